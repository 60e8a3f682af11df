"""rules/README.md shows the rules as they are; --update-golden (with -p no:xdist) writes it anew."""

from __future__ import annotations

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.model.settings import Settings
from finops_lint.pipeline import rule_summaries
from finops_lint.reports.rule_pages import rule_pages

PAGE = data_root() / "rules" / "README.md"


def test_the_page_of_the_rules_is_up_to_date(request: pytest.FixtureRequest) -> None:
    text = rule_pages(rule_summaries(Settings(), examples=True))
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text, "utf-8")
    rewrite = "rewrite it: pytest --update-golden -p no:xdist tests/rules/test_pages.py"
    assert PAGE.read_text("utf-8") == text, rewrite
