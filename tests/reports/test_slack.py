"""The Slack message, within the limits of Block Kit."""

from __future__ import annotations

import json
from typing import Any

from finops_lint.compare import compare
from finops_lint.model.estimate import Coverage
from finops_lint.model.finding import Severity
from finops_lint.model.report import Diff, Report
from finops_lint.reports import RenderOptions, render
from tests.conftest import Golden
from tests.reports.builders import finding, node, pods, project, report, resource, stack, web


def message(thing: Report | Diff) -> dict[str, Any]:
    """The message, once it keeps what Slack's reference of blocks asks for."""
    found: dict[str, Any] = json.loads(render("slack", thing, RenderOptions()))
    assert found["text"]
    assert 1 <= len(found["blocks"]) <= 50
    for block in found["blocks"]:
        match block["type"]:
            case "header":
                assert block["text"]["type"] == "plain_text"
                assert 1 <= len(block["text"]["text"]) <= 150
            case "section":
                assert block["text"]["type"] == "mrkdwn"
                assert 1 <= len(block["text"]["text"]) <= 3000
            case other:
                assert other == "context"
                assert 1 <= len(block["elements"]) <= 10
    return found


def text_of(thing: Report | Diff) -> str:
    return "\n".join(b["text"]["text"] for b in message(thing)["blocks"] if "text" in b)


def test_the_message_is_as_its_golden_file_has_it(golden: Golden) -> None:
    message(stack())
    golden("lists/slack.json", render("slack", stack(), RenderOptions()))


def test_a_change_says_what_it_costs_first() -> None:
    change = compare(report(project((web("m5.large", "0.10"),))), report(project((web(),))))
    blocks = message(change)["blocks"]
    assert "$487.64" in blocks[0]["text"]["text"]


def test_a_change_says_what_of_it_is_in_doubt() -> None:
    odd = resource("aws_quantum_thing.x", coverage=Coverage.UNSUPPORTED)
    text = text_of(compare(report(project(())), report(project((odd, web())))))
    assert "Of the figure: 0 unpriced before, 1 unpriced after" in text


def test_what_another_resource_pays_for_is_in_no_projects_figure() -> None:
    then, now = project((node("100"), pods("50"))), project((node(), pods()))
    assert "• stack: +$200.00 a month" in text_of(compare(report(then), report(now)))


def test_the_longest_report_fits() -> None:
    many = [
        finding("missing-tag", f"aws_instance.w{n}", "&" * 5000, severity=Severity.ERROR, saving="1")
        for n in range(999)
    ]
    projects = [project((web(),), many if n == 0 else (), name=f"{'&' * 900}{n}") for n in range(300)]
    text = text_of(report(*projects))
    assert "… and 998 more" in text or "… and 997 more" in text


def test_no_mention_or_link_comes_of_a_name() -> None:
    text = text_of(report(project((web(),), (finding("x", "a.b", "<!channel> <http://x|y>", file="<@U1>.tf"),))))
    assert "<" not in text
    assert "&lt;!channel&gt;" in text
