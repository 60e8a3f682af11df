"""An object that makes pods → the model they serve, and the memory it needs on each of their GPUs.

What names the model: a container's command, arguments, environment and image, a KServe or llm-d model, a KAITO preset,
Ray Serve's configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, text
from finops_lint.catalog.kubernetes.pods import Pods
from finops_lint.catalog.model_memory import GIB, USABLE, weights
from finops_lint.catalog.models import Model, model_at
from finops_lint.catalog.serving import Serving, engine_of, serving_of
from finops_lint.model.records import replace
from finops_lint.model.regexes import regex
from finops_lint.model.values import Unknown, Value


def held_by_pods(kind: str, values: Mapping[str, Value], pods: Pods) -> tuple[str, Decimal]:
    """The model that `pods` serve and the GiB its weights need on each GPU of one pod; `("", 0)` where not known.

    Not known either where several pods hold one model together.
    """
    found = server_of(kind, values, pods, pods.ask.devices.get("nvidia.com/gpu"))
    if found is None or found[0].pipeline > 1:
        return "", Decimal(0)
    serving, model, gpus = found
    return model.name, weights(model, serving.bits) / GIB / gpus / (serving.share or USABLE)


def server_of(
    kind: str, values: Mapping[str, Value], pods: Pods, asked: Value | Decimal
) -> tuple[Serving, Model, int] | None:
    """The one server in the pods with its model, and the GPUs it may use of those `asked` for.

    None where there is none or more than one, where pods serve a model together, or the GPUs are parts of one.
    """
    if kind.startswith("leaderworkerset.") or len(pods.ask.devices) > 1:
        return None
    if not isinstance(asked, Decimal) or asked < 1 or asked != int(asked):
        return None
    found = list(servings_of_pods(kind, values, pods))
    model = model_at(found[0].model) if len(found) == 1 else None
    if model is None:
        return None
    # each replica of Ray's takes its own, other replicas the rest
    return found[0], model, max(found[0].tensor, 1) if found[0].engine == "ray" else int(asked)


def servings_of_pods(kind: str, values: Mapping[str, Value], pods: Pods) -> Iterator[Serving]:
    """What the servers in the pods were told; `kind` is the canonical type of the object, `values` its own."""
    if kind == "kaito.sh/Workspace":
        preset = at(values, ("inference", "preset", "name"))
        if isinstance(preset, str):
            yield Serving(preset, "inference.preset", "kaito")
        return
    if kind == "ray.io/RayService":
        yield from _of_ray(at(values, ("spec", "serveConfigV2")))
        return
    if kind == "apps.nvidia.com/NIMService":
        image = text(at(values, ("spec", "image", "repository")))
        yield replace(
            serving_of([], _environment(at(values, ("spec",)))), model=image, because="the image", engine="nim"
        )
        return
    outer = text(at(values, ("spec", "model", "uri"))) if kind.endswith("/LLMInferenceService") else ""
    for container in as_list(pods.spec.get("containers")):
        limits = {**as_map(at(container, ("resources", "requests"))), **as_map(at(container, ("resources", "limits")))}
        if any(str(name).startswith("nvidia.com/") for name in limits):
            found = _of_container(container, kind, outer)
            if found.model:
                yield found


def is_model_server(kind: str, pods: Pods) -> bool:
    """Whether the pods serve a model, told or not: by the object's kind, an image or a command."""
    if kind in ("kaito.sh/Workspace", "ray.io/RayService", "apps.nvidia.com/NIMService"):
        return True
    texts = [
        text(word)
        for container in as_list(pods.spec.get("containers"))
        for word in (
            at(container, ("image",)),
            *as_list(at(container, ("command",))),
            *as_list(at(container, ("args",))),
        )
    ]
    return kind.startswith("serving.kserve.io/") or any(engine_of(found) for found in texts)


_RAY_LINE = regex(r"^\s*(?:-\s+)?(\w+):\s*[\"']?([^\s\"'#]+)[\"']?\s*(?:#.*)?$", re.MULTILINE)


def _of_ray(config: Value) -> Iterator[Serving]:
    """What Ray Serve's own configuration says: `model_source` and engine arguments, or MODEL_ID for the application."""
    lines = _RAY_LINE.findall(config) if isinstance(config, str) else []
    named = [(key, value) for key, value in lines if key in ("model_source", "MODEL_ID")]
    if len(named) != 1:
        return
    words = [f"--{key}={value}" for key, value in lines if key not in ("model_id", "model", "config")]
    found = serving_of([*words, f"--model={named[0][1]}"], {}, engine="ray")
    if found.model:
        yield replace(found, because=f"{named[0][0]} in serveConfigV2")


def _of_container(container: Value, kind: str, outer: str) -> Serving:
    image = text(at(container, ("image",)))
    words = [
        None if isinstance(w, Unknown) else text(w)
        for part in ("command", "args")
        for w in as_list(at(container, (part,)))
    ]
    engine = engine_of(image) or engine_of(" ".join(w for w in words if w))
    if not engine and at(container, ("modelFormat", "name")) == "huggingface":
        engine = "kserve"  # the runtime's own image; the model is in `storageUri` or the argument `--model_id`
    uri = text(at(container, ("storageUri",))) or text(at(container, ("storage", "uri"))) or outer
    is_served = kind.startswith("serving.kserve.io/")
    if not engine and not (is_served and uri):
        return Serving()
    if kind.endswith("/LLMInferenceService") or not engine:
        engine = "kserve"  # which sets how many GPUs are used
    found = serving_of(words, _environment(container), engine=engine)
    if uri and (not found.model or found.model.startswith("/")):
        return replace(found, model=uri, because="storageUri" if not outer else "spec.model.uri")
    if engine == "nim" and not found.model:
        return replace(found, model=image, because="the image")
    return replace(found, model="") if found.model.startswith("/") else found


def _environment(container: Value) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for entry in as_list(at(container, ("env",))):
        name, value = text(at(entry, ("name",))), at(entry, ("value",))
        if name:
            found[name] = text(value) if value is not None and not isinstance(value, Unknown) else None
    return found
