"""What ships is plain YAML: libyaml forgives what other readers, the wheel's build among them, refuse."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from finops_lint.catalog.data import data_root

FILES = sorted(f for folder in ("pricing", "rules") for f in (data_root() / folder).rglob("*.yaml"))


@pytest.mark.parametrize(
    "folder", sorted({f.parent for f in FILES}), ids=lambda f: f.relative_to(data_root()).as_posix()
)
def test_a_strict_reader_understands_every_file(folder: Path) -> None:
    refused = {}
    for file in FILES:
        if file.parent == folder:
            try:
                list(yaml.parse(file.read_text("utf-8"), Loader=yaml.SafeLoader))
            except yaml.YAMLError as error:
                refused[file.name] = str(error)
    assert not refused


def test_no_key_of_a_sheet_is_a_number() -> None:
    """What has one cannot be kept as JSON between runs, and would be read and compiled in each."""
    sheets = {f: f.read_text("utf-8").partition("\nexamples:")[0] for f in FILES if "resources" in f.parts}
    assert not [f.name for f, text in sheets.items() if re.search(r"(?m)(?:^[ -]*|[{,] *)[0-9.]+: ", text)]
