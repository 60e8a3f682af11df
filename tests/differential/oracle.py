"""Asks the real Terraform: many expressions in one plan, those that fail taken out and the rest planned again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.differential.inputs import module_text

BATCH = 600
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Unknown:
    """A leaf Terraform does not know yet."""


UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True)
class Failed:
    """Terraform refuses the expression."""

    message: str


INFINITE = Failed("the value is infinite, which no plan can hold")


@dataclass(frozen=True, slots=True)
class Planned:
    """What the plan says the expression is."""

    value: Any
    """JSON values, with UNKNOWN where Terraform does not know; numbers are int or Decimal."""
    type: Any
    """Terraform's type as its JSON writes it; None where the value is not wholly known."""


Answer = Failed | Planned


def available() -> str | None:
    """The version of the terraform on the PATH, None where there is none."""
    if shutil.which("terraform") is None:
        return None
    found = _terraform(["version", "-json"], Path.cwd())
    return str(json.loads(found.stdout)["terraform_version"]) if found.returncode == 0 else None


def ask(expressions: Sequence[str], place: Path) -> list[Answer]:
    """Terraform's answers, in order; `place` becomes the root module's folder."""
    (place / "main.tf").write_text(module_text(), "utf-8")
    (place / "plan").touch()
    answers: list[Answer] = []
    for start in range(0, len(expressions), BATCH):
        answers += _ask_batch(expressions[start : start + BATCH], place)
    return answers


def _ask_batch(expressions: Sequence[str], place: Path) -> list[Answer]:
    answers: dict[int, Answer] = {}
    for _ in range(_ROUNDS):
        left = [number for number in range(len(expressions)) if number not in answers]
        failed = _plan(place, {number: expressions[number] for number in left})
        if not failed:
            answers |= dict(_read(place, left))
            return [answers[number] for number in range(len(expressions))]
        answers |= failed
    raise RuntimeError("terraform finds new errors in every round")


def _plan(place: Path, expressions: Mapping[int, str]) -> dict[int, Answer]:
    """Plan the expressions; the errors by expression, nothing where the plan was made."""
    lines: list[str] = []
    owners: dict[int, int] = {}
    for number, expression in expressions.items():
        lines += [f'output "o{number}" {{', "  sensitive = true", f"  value = {{ v = {expression} }}", "}"]
        owners |= dict.fromkeys(range(len(lines) - 3, len(lines) + 1), number)
    (place / "outputs.tf").write_text("\n".join(lines) + "\n", "utf-8")
    done = _terraform(["plan", "-json", "-input=false", "-lock=false", "-refresh=false", "-out=plan"], place)
    failed: dict[int, Answer] = {}
    strays = []
    for line in done.stdout.splitlines():
        diagnostic = json.loads(line).get("diagnostic") if line.startswith(b"{") else None
        if diagnostic is None or diagnostic["severity"] != "error":
            continue
        span = diagnostic.get("range") or {}
        if span.get("filename") == "outputs.tf":
            failed[owners[span["start"]["line"]]] = Failed(f"{diagnostic['summary']}: {diagnostic['detail']}")
        elif "infinity" in diagnostic["detail"]:
            named = re.findall(r'output value "o(\d+)"', diagnostic["detail"])
            failed |= {int(number): INFINITE for number in named}
        else:
            strays.append(diagnostic)
    if not failed and done.returncode != 0:
        raise RuntimeError(f"terraform plan failed: {strays or done.stderr[-2000:]!r}")
    return failed


def plan(place: Path) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """The JSON of a plan of what lies in the folder, or the errors."""
    done = _terraform(["plan", "-json", "-input=false", "-lock=false", "-refresh=false", "-out=plan"], place)
    if done.returncode != 0:
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{")]
        found = [line["diagnostic"] for line in lines if "diagnostic" in line]
        return None, [diagnostic for diagnostic in found if diagnostic["severity"] == "error"]
    shown = _terraform(["show", "-json", "plan"], place)
    return json.loads(shown.stdout, parse_float=Decimal), []


def _read(place: Path, numbers: Sequence[int]) -> Iterator[tuple[int, Answer]]:
    shown = _terraform(["show", "-json", "plan"], place)
    document = json.loads(shown.stdout, parse_float=Decimal)
    planned = document["planned_values"].get("outputs", {})
    for number in numbers:
        change = document["output_changes"][f"o{number}"]
        value = _merged(change["after"], change["after_unknown"])
        type_ = planned[f"o{number}"].get("type")
        yield number, Planned(value["v"], type_[1]["v"] if type_ else None)


def _merged(value: Any, unknown: Any) -> Any:
    """The value with UNKNOWN where `unknown` says so."""
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, dict):
        given = value or {}
        return {key: _merged(given.get(key), unknown.get(key, False)) for key in {**given, **unknown}}
    if isinstance(unknown, list):
        given = value or []
        return [_merged(given[at] if at < len(given) else None, of) for at, of in enumerate(unknown)]
    return value


def _terraform(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    environment = {
        **os.environ,
        "TF_CLI_CONFIG_FILE": os.devnull,
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "HOME": "/nonexistent",
    }
    return subprocess.run(["terraform", *arguments], cwd=folder, env=environment, capture_output=True, check=False)
