"""A tag that is there under another key is repeated where its value is written out, never where it is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.fixes.remedies import fixes_of
from finops_lint.model.settings import RequiredTag, Settings
from finops_lint.request import Request

SETTINGS = Settings(select=("required-tags",), required_tags=(RequiredTag("finops:team"),))
DISK = 'variable "team" { default = "ml" }\nresource "aws_ebs_volume" "a" {\n  tags = { %s }\n}\n'
TEMPLATE = """\
Parameters: {Team: {Type: String, Default: ml}}
Resources:
  Disk:
    Type: AWS::EC2::Volume
    Properties:
      Size: 10
      Tags:
%s
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def mended(name: str, text: str) -> tuple[str, list[str]]:
    """The file after all fixes, and why findings were left."""
    Path(name).write_text(text, "utf-8")
    fixes = fixes_of(Request((".",), settings=SETTINGS))
    after = fixes.files[0].after.decode() if fixes.files else text
    return after, [left.reason for left in fixes.left]


@pytest.mark.parametrize("tags", ['Team = "ml"', '"Team" = "ml", app = "x"'])
def test_a_value_that_is_written_out_is_repeated(tags: str) -> None:
    assert mended("main.tf", DISK % tags) == (DISK % f'{tags}, "finops:team" = "ml"', [])


@pytest.mark.parametrize("tags", ["Team = var.team", 'Team = "${var.team}"', 'Team = lower("ML")'])
def test_a_value_that_is_made_is_not_repeated_as_what_it_is_here(tags: str) -> None:
    after, reasons = mended("main.tf", DISK % tags)
    assert after == DISK % tags
    assert reasons == ["the tag it would repeat is made of something else: write it by hand"]


@pytest.mark.parametrize(
    ("tags", "more"),
    [
        ("        - Key: Team\n          Value: ml", '        - Key: "finops:team"\n          Value: ml\n'),
        ("        - {Key: Team, Value: ml}", '        - {Key: "finops:team", Value: ml}\n'),
        ("        - Key: Team\n          Value: !Ref Team", ""),
        ("        - {Key: Team, Value: !Sub '${Team}'}", ""),
    ],
)
def test_templates_keep_the_style_of_their_list(tags: str, more: str) -> None:
    after, reasons = mended("template.yaml", TEMPLATE % tags)
    assert after == TEMPLATE % tags + more
    assert bool(reasons) == (not more)
