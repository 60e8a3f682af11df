"""The page: well-formed, escaped, closed to the outside, readable by a screen reader."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from finops_lint.compare import compare
from finops_lint.model.report import Diff, Report
from finops_lint.model.values import Partial, Unknown
from finops_lint.reports import RenderOptions, render, shares
from tests.reports.builders import finding, project, report, stack, web

OPTIONS = RenderOptions(generated="2026-11-21T00:00:00Z")
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&<!--\x00\x1b[31m\u202e"
VOID = {"meta", "input", "br", "link", "img"}


class Page(HTMLParser):
    """Elements with their attributes, the text without style and script; fails on what is not closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.raw: dict[str, str] = {}
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("style", "script"):
            self.raw[self.open[-1]] = data
        else:
            self.words.append(data)

    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(thing: Report | Diff) -> Page:
    return Page(render("html", thing, OPTIONS))


def change() -> Diff:
    return compare(report(project((web("m5.large", "0.10"),))), report(project((web(),), stack().findings)))


def hostile() -> Report:
    bad = replace(web(), address=HOSTILE, region=HOSTILE, tags={"team": HOSTILE, "env": HOSTILE})
    return report(project((bad,), (finding(HOSTILE, HOSTILE, HOSTILE, file=HOSTILE),), name=HOSTILE))


def test_the_money_stands_first() -> None:
    text = page(stack()).text()
    # 560.64 + 5.00 + 32.85 + 584.00 + 146.00; over 730 hours 1.8199
    assert text.index("$1,328.49 a month") < text.index("By project")
    assert "An hour $1.82" in text
    assert "Savings found, a month $490.56" in text


def test_a_change_says_what_changes() -> None:
    text = page(change()).text()
    assert "Monthly cost goes up by $487.64" in text
    assert "aws_instance.web +$487.64 $78.00 $565.64 changed stack" in text


def test_of_many_changes_the_largest_stand_first_and_the_rest_behind_a_heading() -> None:
    disks = [replace(web(hourly=f"{n}"), address=f"aws_instance.n{n}") for n in range(1, 36)]
    # $730 a month for each dollar an hour, and $5.00 for the disk: the thirty-first has $5 × 730 + $5.
    assert (
        "5 more changed resources, each by $3,655.00 or less" in page(compare(report(), report(project(disks)))).text()
    )


@pytest.mark.parametrize("thing", [stack(), change(), hostile(), report(), report(project())])
def test_nothing_is_asked_of_the_outside(thing: Report | Diff) -> None:
    found = page(thing)
    policy = next(m["content"] for m in found.named("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    for kind in ("style", "script"):
        digest = base64.b64encode(sha256(found.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert not any({"src", "srcset", "style", "action"} & set(attributes) for _, attributes in found.elements)
    assert all(link["href"].startswith("#") for link in found.named("a"))
    assert not re.search(r"url\(|@import|https?:", found.raw["style"] + found.raw["script"])


def test_hostile_names_stay_text() -> None:
    found = page(hostile())
    assert len(found.named("script")) == 1
    assert not found.named("img")
    assert "<img src=x onerror=alert(1)>" in found.text()
    assert not any(name.startswith("on") for _, attributes in found.elements for name in attributes)
    assert "\x1b" not in render("html", hostile(), OPTIONS)


def test_what_a_screen_reader_needs_is_there() -> None:
    found = page(stack())
    assert found.named("html")[0]["lang"] == "en"
    assert len(found.named("table")) == len(found.named("caption"))
    assert all("scope" in cell for cell in found.named("th"))
    assert all(svg["aria-hidden"] == "true" for svg in found.named("svg"))
    assert len(found.named("label")) == len(found.named("input")) + len(found.named("select"))


def test_no_token_is_shown() -> None:
    token = "ghp_" + "a1B2" * 9
    secret = replace(web(), tags={"team": token})
    assert token not in render("html", report(project((secret,))), OPTIONS)


def test_sums_by_service_and_tag_add_up() -> None:
    lines = shares.lines_of(stack().projects)
    for found in (shares.by_service(lines), shares.by(lines, lambda line: line.team)):
        assert sum(share.amount for share in found) == stack().total.all.expected
    assert [(s.name, s.amount) for s in shares.by(lines, lambda line: line.team)] == [
        ("ml", Decimal("584.00")),
        ("search", Decimal("565.64")),
        ("(no tag)", Decimal("178.85")),
    ]


def test_a_tag_that_may_be_there_is_not_called_missing() -> None:
    unknown = Unknown("var.tags has no default", ("var.tags",))
    keys = ("finops:team", "team")
    assert shares.tag_of(Partial({"owner": "x"}, unknown), keys) == "(not known)"
    assert shares.tag_of({"Team": unknown}, keys) == "(not known)"
    assert shares.tag_of({"TEAM": "ml"}, keys) == "ml"
    assert shares.tag_of({}, keys) == "(no tag)"


def test_what_is_not_priced_says_so_in_its_row() -> None:
    text = page(stack()).text()
    assert "aws_instance.odd" in text
    assert "not priced" in text
    assert "no price for p9.48xlarge in eu-west-1" in text
