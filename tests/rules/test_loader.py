"""Rule files become rules; a user's own that is wrong is told with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.settings import Settings
from finops_lint.rules.loader import index_rules, is_selected, load_rule, pieces, rule_index
from finops_lint.rules.rule import Rule

GOOD = """\
id: big-volume
since: 0.1.0
severity: warning
confidence: high
types: [aws_ebs_volume]   # one type
params: {max_gb: 500, kinds: [gp2]}
when: r.size > params.max_gb
message: "{r.size} GB is more than {params.max_gb}."
why: Large volumes are seldom full. Look whether it is used.
source: {title: None, url: "https://example.com/", read: 2026-11-21}
examples:
  - fails: terraform
    code: |
      resource "aws_ebs_volume" "a" { size = 600 }
  - passes: terraform
    code: |
      resource "aws_ebs_volume" "a" { size = 60 }
"""


def write(folder: Path, text: str, name: str = "big-volume.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def load(folder: Path, text: str, settings: Settings | None = None) -> Rule:
    path = write(folder, text)
    [file] = [f for f in index_rules(data_root(), [path]) if f.id == "big-volume"]
    return load_rule(file, settings)


def test_a_users_rule_stands_among_the_shipped_ones(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    files = index_rules(data_root(), [tmp_path])
    assert [f.types for f in files if f.own] == [("aws_ebs_volume",)]
    assert [f.id for f in files] == sorted(f.id for f in files)


def test_a_users_rule_replaces_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("big-volume", "ebs-gp2-volume"), "ebs-gp2-volume.yaml")
    files = index_rules(data_root(), [tmp_path])
    assert [f.own for f in files if f.id == "ebs-gp2-volume"] == [True]


def test_types_may_be_a_list_in_lines(tmp_path: Path) -> None:
    lines = "types:\n  - aws_ebs_volume  # disks\n  - aws_instance\n"
    assert load(tmp_path, GOOD.replace("types: [aws_ebs_volume]   # one type\n", lines)).types == (
        "aws_ebs_volume",
        "aws_instance",
    )


def test_settings_give_parameters(tmp_path: Path) -> None:
    rule = load(tmp_path, GOOD, Settings(params={"big-volume": {"max_gb": 50.5}}))
    assert rule.params == {"max_gb": 50.5, "kinds": ["gp2"]}


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({"max": 1}, "max: big-volume has no such parameter; did you mean max_gb?"),
        ({"size": 1}, "size: big-volume has no such parameter (it has: max_gb, kinds)"),
        ({"max_gb": "many"}, "big-volume: max_gb: must be a number, like 500"),
        ({"max_gb": True}, "must be a number"),
        ({"kinds": "gp2"}, "must be a list"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(tmp_path: Path, params: dict[str, object], complaint: str) -> None:
    with pytest.raises(FinopsLintError) as raised:
        load(tmp_path, GOOD, Settings(params={"big-volume": params}))
    assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "complaint"),
    [
        ("severity: warning", "severity: bad", 3, "severity: must be one of error, warning, info"),
        ("when: r.size > params.max_gb", "when: r.size > ", 7, "Syntax error"),
        ("when: r.size > params.max_gb", "when: s.size > 5", 7, "s"),
        ("when: r.size > params.max_gb", "when: {all: [r.size > 5, 'r.size >']}", 7, "Syntax error"),
        ("when: r.size > params.max_gb", "check: no.such_check", 7, "there is no check no.such_check"),
        ("when: r.size > params.max_gb", "check: gpu.LIGHT", 7, "gpu.LIGHT is not a check"),
        ("when: r.size > params.max_gb", "", 1, "either `when` or `check`"),
        ("{params.max_gb}.", "{params.max_gb.", 8, "no closing brace"),
        ("id: big-volume", "id: other", 1, "the id is other, the file is called big-volume"),
        ("  - passes: terraform", "  - tries: terraform", 15, "tries is no key of a rule"),
        ("since: 0.1.0", "since: 0.1.0\nserverity: of", 3, "serverity is no key of a rule; did you mean severity?"),
        ("types: [aws_ebs_volume]   # one type\n", "types: aws_ebs_volume\n", 1, "needs `types:`"),
        ("confidence: high", "confidence: [high", 5, "not YAML"),
    ],
)
def test_a_faulty_file_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, complaint: str) -> None:
    with pytest.raises(FinopsLintError) as raised:
        load(tmp_path, GOOD.replace(old, new))
    assert complaint in str(raised.value)
    assert raised.value.span is not None
    assert (Path(raised.value.span.file).name, raised.value.span.line) == ("big-volume.yaml", line)


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "big-volume.yaml"
    path.write_bytes(b"\xff\xfe\x00id")
    with pytest.raises(FinopsLintError, match="cannot be read"):
        index_rules(data_root(), [path])


def test_the_index_beside_a_copy_spares_the_reading(tmp_path: Path) -> None:
    folder = tmp_path / "rules" / "aws"
    folder.mkdir(parents=True)
    write(folder, GOOD)
    index = rule_index(tmp_path / "rules")
    (tmp_path / "rules" / "index.json").write_text(json.dumps(index), "utf-8")
    (folder / "big-volume.yaml").unlink()
    assert [(f.id, f.types) for f in index_rules(tmp_path)] == [("big-volume", ("aws_ebs_volume",))]


def test_examples_are_only_read_when_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "rules" / "aws"
    folder.mkdir(parents=True)
    write(folder, GOOD)
    [file] = index_rules(tmp_path)
    assert load_rule(file).examples == ()
    assert [(e.verdict, e.line) for e in load_rule(file, examples=True).examples] == [("fails", 12), ("passes", 15)]


@pytest.mark.parametrize(
    ("settings", "chosen"),
    [
        (Settings(), True),
        (Settings(select=("ebs-*",)), True),
        (Settings(select=("gpu-*",)), False),
        (Settings(ignore=("ebs-gp2-volume",)), False),
        (Settings(select=("ebs-*",), ignore=("*-volume",)), False),
    ],
)
def test_select_and_ignore_take_globs(settings: Settings, chosen: bool) -> None:
    assert is_selected("ebs-gp2-volume", settings) is chosen


def test_a_rule_that_is_off_runs_where_it_is_selected() -> None:
    assert not is_selected("a", Settings(), default=False)
    assert is_selected("a", Settings(select=("a",)), default=False)


def test_a_text_falls_into_words_and_expressions() -> None:
    assert list(pieces("a {r.b} c {{'k': 1}['k']}")) == [
        (False, "a "),
        (True, "r.b"),
        (False, " c "),
        (True, "{'k': 1}['k']"),
    ]
