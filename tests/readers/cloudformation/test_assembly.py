"""The manifest of `cdk synth`: what it says of a stack, also in older words, and what it may say wrongly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finops_lint.readers.cloudformation.assembly import stack_of
from finops_lint.readers.files import Limits


def tags(folder: Path, metadata: Any) -> dict[str, str]:
    stack = {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": "Shop.template.json"},
        "metadata": metadata,
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"Shop": stack}}), "utf-8")
    found = stack_of(str(folder / "Shop.template.json"), top=str(folder), limits=Limits())
    assert found is not None
    return dict(found.tags)


def test_older_assemblies_note_tags_in_the_metadata(tmp_path: Path) -> None:
    noted = {"type": "aws:cdk:stack-tags", "data": [{"Key": "team", "Value": "ml"}, {"key": "env", "value": "dev"}]}
    assert tags(tmp_path, {"/Shop": [{"type": "aws:cdk:info", "data": "x"}, noted]}) == {"team": "ml", "env": "dev"}


@pytest.mark.parametrize(
    "metadata",
    [5, {"/Shop": 5}, {"/Shop": [5]}, *({"/Shop": [{"type": "aws:cdk:stack-tags", "data": d}]} for d in (5, [5]))],
)
def test_metadata_of_another_shape_has_no_tags(tmp_path: Path, metadata: object) -> None:
    assert tags(tmp_path, metadata) == {}
