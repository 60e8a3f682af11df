"""Finds the SageMaker jobs that other resources start, as resources of the jobs' own types, for the rules on these.

They are written into states of a Step Functions state machine, steps of a SageMaker pipeline and the objects of
Amazon's controllers for Kubernetes, as requests to SageMaker's API, and into the training jobs that a tuning job tries.
They are judged, never priced: how often they run is not in the text. What is decided when they run is unknown.

Sources, read 2026-11-21: Manage SageMaker with Step Functions, AWS Step Functions developer guide; the JSON schema of
SageMaker Pipelines' definitions (aws-sagemaker-mlops/sagemaker-model-building-pipeline-definition-JSON-schema); samples
of aws-controllers-k8s/sagemaker-controller and of aws/amazon-sagemaker-operator-for-k8s, which it replaces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from finops_lint.catalog.template_words import snake
from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import GAP, Path, Unknown, Value, told_of

_TRAINING, _TUNING = "aws_sagemaker_training_job", "aws_sagemaker_hyper_parameter_tuning_job"
_ACTIONS = {"sagemaker:createTrainingJob": _TRAINING, "sagemaker:createHyperParameterTuningJob": _TUNING}
_STEPS = {"Training": _TRAINING, "Tuning": _TUNING}
_OBJECTS = {
    "sagemaker.services.k8s.aws/HyperParameterTuningJob": _TUNING,
    "sagemaker.aws.amazon.com/TrainingJob": _TRAINING,
    "sagemaker.aws.amazon.com/HyperparameterTuningJob": _TUNING,
}
_CALLED = {_TRAINING: "a SageMaker training job", _TUNING: "a SageMaker tuning job"}
"""What a reader of the holder's language calls them; their types are Terraform's."""
_WITH_MACHINES = {_TRAINING: "resource_config", _TUNING: "hyper_parameter_tuning_job_config"}
"""Type → what its request cannot do without: what has none is a sketch of a workflow."""
_FREE = frozenset({"hyper_parameters", "environment", "static_hyper_parameters"})
"""Maps whose keys are the author's."""
_NUMBERS = frozenset(
    {
        "instance_count",
        "keep_alive_period_in_seconds",
        "max_runtime_in_seconds",
        "max_wait_time_in_seconds",
        "volume_size_in_gb",
    }
)
_BLOCKS = frozenset(
    {
        "algorithm_specification",
        "checkpoint_config",
        "hyper_parameter_tuning_job_config",
        "output_data_config",
        "resource_config",
        "stopping_condition",
        "training_job_definition",
    }
)
_LATER = Unknown("it is decided when the job is started")
_GAP_ALONE = regex(rf"(?<=[:\[,])(\s*){GAP}(?=\s*[,}}\]])")
"""An unknown that stands for a whole value, not within a text."""

Request = tuple[str, str, Mapping[str, Value]]
"""Name of the step, type of the job, and what SageMaker is asked for."""
Resolve = Callable[[Mapping[str, Any]], Value]
"""What a map stands for that is no value itself."""


@record(frozen=True, slots=True)
class Started:
    """A job that a resource starts."""

    job: Resource
    holder: Resource
    step: str
    """What the author calls it; empty where it has no name."""
    path: Path
    """The attribute of the holder that it is written in."""

    def told(self, verdict: Finding | Undecided) -> Finding | Undecided:
        """What is said of the job as said of its holder; nothing can be set in a document by attribute."""
        where, kind = self.holder.where(self.path), self.job.type
        if isinstance(verdict, Undecided):
            return replace(verdict, address=self.holder.address, span=where)
        message = verdict.message.replace(f"type {kind}", _CALLED[kind])
        return replace(
            verdict,
            address=self.holder.address,
            type=self.holder.type,
            span=where,
            path=self.path,
            message=f"{self.step}: {message}" if self.step else message,
            inferred_from=verdict.inferred_from.replace(f"type {kind}", _CALLED[kind]),
            remedy=None,
            saving=None,
        )


def jobs_started(resource: Resource) -> Iterator[Started]:
    """The jobs that `resource` starts, in its order."""
    if resource.type == "aws_sfn_state_machine":
        yield from _of_states(resource)
    elif resource.type == "aws_sagemaker_pipeline":
        yield from _of_steps(resource)
    elif resource.type in _OBJECTS:
        spec = resource.value("spec")
        if isinstance(spec, Mapping):
            yield from _started(resource, ("", _OBJECTS[resource.type], spec), ("spec",), lambda _: _LATER)
    elif resource.type == _TUNING:
        yield from _of_trials(resource, resource, "", ())


def _of_states(machine: Resource) -> Iterator[Started]:
    for name in ("definition", "definition_string"):
        for request in _tasks(_document(machine, name)):
            yield from _started(machine, request, (name,), lambda _: _LATER)


def _of_steps(pipeline: Resource) -> Iterator[Started]:
    path: Path = ("pipeline_definition",)
    document = _document(pipeline, "pipeline_definition")
    if isinstance(document, Mapping):
        defaults = {p.get("Name"): p.get("DefaultValue") for p in _maps(document.get("Parameters"))}

        def resolved(asked: Mapping[str, Any]) -> Value:
            found = defaults.get(str(asked.get("Get")).removeprefix("Parameters."))
            return _LATER if found is None or isinstance(found, (dict, list)) else found

        for request in _steps(document.get("Steps")):
            yield from _started(pipeline, request, path, resolved)


def _of_trials(tuning: Resource, holder: Resource, step: str, path: Path) -> Iterator[Started]:
    """The training jobs that a tuning job tries."""
    for block in ("training_job_definition", "training_job_definitions"):
        trials = tuning.value(block)
        for number, trial in enumerate(trials if isinstance(trials, (list, tuple)) else ()):
            if isinstance(trial, Mapping) and not tuning.is_sensitive((block, number)):
                job = replace(
                    holder,
                    address=f"{tuning.address}/{block}[{number}]",
                    type=_TRAINING,
                    values=trial,
                    positions={},
                    references=(),
                    sensitive=frozenset(p[2:] for p in holder.sensitive if p[:2] == (block, number)),
                )
                yield Started(job, holder, step, path or (block, number))


def _started(holder: Resource, request: Request, path: Path, resolve: Resolve) -> Iterator[Started]:
    step, kind, asked = request
    values = _values(asked, resolve)
    if not isinstance(values, Mapping) or _WITH_MACHINES[kind] not in values:
        return
    job = replace(holder, address=f"{holder.address}/{step}", type=kind, values=values, positions={}, references=())
    yield Started(job, holder, step, path)
    if kind == _TUNING:
        yield from _of_trials(job, holder, step, path)


def _document(holder: Resource, name: str) -> Value:
    """A definition: an object, or the JSON of one, known in part or whole; None where it is neither, or secret."""
    value = None if holder.is_sensitive((name,)) else holder.value(name)
    text = told_of(value)
    if not isinstance(text, str):
        return value
    try:
        return json.loads(_GAP_ALONE.sub(rf'\1"{GAP}"', text))
    except (ValueError, RecursionError):
        return None


def _tasks(document: Value) -> Iterator[Request]:
    """The requests of a state machine, or of a part of one: its branches and what it does for each item."""
    states = _get(document, "States")
    for name, state in states.items() if isinstance(states, Mapping) else ():
        action = str(_get(state, "Resource"))
        kind = next((kind for words, kind in _ACTIONS.items() if words in action), None)
        asked = _get(state, "Parameters") or _get(state, "Arguments")
        if kind and isinstance(asked, Mapping):
            yield str(name).replace(GAP, "…"), kind, asked
        for part in (*_maps(_get(state, "Branches")), _get(state, "Iterator"), _get(state, "ItemProcessor")):
            yield from _tasks(part)


def _steps(steps: Any) -> Iterator[Request]:
    """The requests of a pipeline's steps, with those behind its conditions."""
    for step in _maps(steps):
        kind, asked = _STEPS.get(str(step.get("Type"))), step.get("Arguments")
        if kind and isinstance(asked, Mapping):
            yield str(step.get("Name", "?")).replace(GAP, "…"), kind, asked
        elif isinstance(asked, Mapping):
            yield from _steps(asked.get("IfSteps"))
            yield from _steps(asked.get("ElseSteps"))


def _get(value: Value, name: str) -> Value:
    """An entry of a map, its name written as in JSON or as a template's reader leaves it; None without one."""
    if not isinstance(value, Mapping):
        return None
    return value.get(name, value.get(snake(name)))


def _maps(value: Any) -> Iterator[Mapping[str, Any]]:
    for entry in value if isinstance(value, (list, tuple)) else ():
        if isinstance(entry, Mapping):
            yield entry


def _values(asked: Value, resolve: Resolve, name: str = "") -> Value:
    """A request, or a part of one, in canonical shape: `{"ResourceConfig": {…}}` → `{"resource_config": [{…}]}`."""
    if isinstance(asked, Mapping):
        return _map(asked, resolve, name)
    if isinstance(asked, (list, tuple)):
        return [_values(entry, resolve) if isinstance(entry, Mapping) else _leaf(entry, name) for entry in asked]
    return _leaf(asked, name)


def _map(asked: Mapping[str, Value], resolve: Resolve, name: str) -> Value:
    if name in _FREE:
        return {str(key): _leaf(value, "") for key, value in asked.items()}
    if any(key == "Get" or key.startswith("Std:") for key in asked):
        return _values(resolve(asked), resolve, name)
    if any(GAP in key for key in asked):
        return _LATER
    found: dict[str, Value] = {}
    for key, value in asked.items():
        attribute = snake(key.removesuffix(".$"))
        inner = _LATER if key.endswith(".$") else _values(value, resolve, attribute)
        found[attribute] = [inner] if isinstance(inner, dict) and attribute not in _FREE else inner
    return found


def _leaf(value: Value, name: str) -> Value:
    """A value that is no map, `Unknown` where it stands for another or is not of the sort that it must be."""
    if name in _BLOCKS:
        return _LATER
    if isinstance(value, str) and (GAP in value or "${" in value or value.startswith("{%")):
        return _LATER
    if name == "enable_managed_spot_training" and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), _LATER)
    if name in _NUMBERS and not isinstance(value, Unknown):
        text = str(value)
        return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) else _LATER
    return value
