"""Fills in what Terraform says for the kept cases: `python -m tests.differential.record`.

The cases are `tests/readers/terraform/cases/*.yaml`; their expressions may use the locals of `inputs.py`.
"""

from __future__ import annotations

import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tests.differential.grammar import lay_out
from tests.differential.oracle import UNKNOWN, Answer, Failed, Planned, ask, available

CASES = Path(__file__).parent.parent / "readers" / "terraform" / "cases"
UNKNOWN_MARK = {"?": "unknown"}


def read_cases(path: Path) -> list[dict[str, Any]]:
    """The cases of one file."""
    cases: list[dict[str, Any]] = yaml.safe_load(path.read_text("utf-8"))
    return cases


def expected(case: dict[str, Any]) -> Answer:
    """The recorded answer of a case."""
    if case["terraform"] == "error":
        return Failed("recorded")
    return Planned(_read(case["terraform"]["value"]), case["terraform"].get("type"))


def _written(answer: Answer) -> Any:
    if isinstance(answer, Failed):
        return "error"
    written = {"value": _write(answer.value)}
    return written if answer.type is None else {**written, "type": answer.type}


def _write(value: Any) -> Any:
    if value is UNKNOWN:
        return dict(UNKNOWN_MARK)
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, dict):
        return {key: _write(item) for key, item in value.items()}
    return [_write(item) for item in value] if isinstance(value, list) else value


def _read(value: Any) -> Any:
    if value == UNKNOWN_MARK:
        return UNKNOWN
    if isinstance(value, dict):
        if value.keys() == {"number"} and isinstance(value["number"], str):
            return Decimal(value["number"])
        return {key: _read(item) for key, item in value.items()}
    return [_read(item) for item in value] if isinstance(value, list) else value


def main() -> int:
    """Ask Terraform for every case and write the files anew."""
    version = available()
    if version is None:
        sys.stderr.write("terraform is not installed\n")
        return 2
    for path in sorted(CASES.glob("*.yaml")):
        cases = read_cases(path)
        with tempfile.TemporaryDirectory(prefix="differential-") as name:
            folder = Path(name)
            lay_out(folder)
            answers = ask([case["expression"] for case in cases], folder)
        entries = [
            {"name": case["name"], "expression": case["expression"], "terraform": _written(answer)}
            for case, answer in zip(cases, answers, strict=True)
        ]
        text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=110)
        path.write_text(
            f"# Recorded from terraform {version} by `python -m tests.differential.record`.\n{text}", "utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
