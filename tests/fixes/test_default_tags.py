"""Tags that a whole project lacks are written once, at the provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.fixes.remedies import fixes_of
from finops_lint.model.settings import RequiredTag, Settings
from finops_lint.request import Request

SETTINGS = Settings(select=("required-tags",), required_tags=(RequiredTag("team", default="ml"),))
PROVIDER = 'provider "aws" {\n  region = "us-east-1"\n}\n'
BUCKET = 'resource "aws_s3_bucket" "%s" {\n  bucket = "%s"\n}\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def mended(text: str) -> str:
    Path("main.tf").write_text(text, "utf-8")
    fixes = fixes_of(Request((".",), settings=SETTINGS))
    for file in fixes.files:
        Path(file.file).write_bytes(file.after)
    assert fixes_of(Request((".",), settings=SETTINGS)).mended == ()
    return Path("main.tf").read_text("utf-8")


def test_where_all_resources_lack_a_tag_the_provider_gives_it() -> None:
    text = PROVIDER + BUCKET % ("a", "a") + BUCKET % ("b", "b")
    assert mended(text) == text.replace(
        '  region = "us-east-1"\n',
        '  region = "us-east-1"\n  default_tags {\n    tags = {\n      team = "ml"\n    }\n  }\n',
    )


def test_default_tags_that_are_there_get_one_more() -> None:
    provider = PROVIDER.replace("}\n", '  default_tags {\n    tags = {\n      env = "dev"\n    }\n  }\n}\n')
    text = provider + BUCKET % ("a", "a") + BUCKET % ("b", "b")
    assert mended(text) == text.replace('      env = "dev"\n', '      env = "dev"\n\n      team = "ml"\n')


def test_where_one_resource_has_the_tag_the_other_gets_its_own() -> None:
    tagged = (BUCKET % ("a", "a")).replace("}\n", '  tags = { team = "web" }\n}\n')
    text = PROVIDER + tagged + BUCKET % ("b", "b")
    assert mended(text) == PROVIDER + tagged + (BUCKET % ("b", "b")).replace(
        "}\n", '  tags = {\n    team = "ml"\n  }\n}\n'
    )


def test_with_several_providers_each_resource_gets_its_own() -> None:
    text = PROVIDER + PROVIDER.replace("region", 'alias  = "eu"\n  region') + BUCKET % ("a", "a") + BUCKET % ("b", "b")
    assert mended(text).count('team = "ml"') == 2
