"""`# finops-lint: ignore[…]` takes findings aside where it stands, and says so when it is of no use."""

from __future__ import annotations

from datetime import date

import pytest

from finops_lint.model.finding import Confidence, Finding, Severity
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.settings import Settings
from finops_lint.model.span import Span
from finops_lint.rules.checker import Checker, CheckResult
from finops_lint.rules.context import Catalog
from finops_lint.rules.suppressions import Suppression, in_text, of_resource, sort_out
from tests.rules.bench import machines, prices, read_terraform, rule_files, taggable

TODAY = date(2026, 11, 20)
OTHERS = ("required-tags", "unattached-volume")
"""Rules that would have a word on the volume too."""


def only(text: str) -> Suppression:
    [found] = in_text(text, "main.tf")
    return found


def test_rules_date_and_reason_are_read() -> None:
    found = only("size = 1 # finops-lint: ignore[ebs-gp2-volume, required-tags] until=2027-03-31 -- moves in spring")
    assert found.rules == ("ebs-gp2-volume", "required-tags")
    assert found.until == date(2027, 3, 31)
    assert found.reason == "moves in spring"
    assert found.span == Span("main.tf", 1, 10)
    assert found.lines == {1}


@pytest.mark.parametrize("comment", ["# %s", "// %s", "/* %s */"])
def test_every_comment_of_hcl_will_do(comment: str) -> None:
    found = only(comment % "finops-lint: ignore[ebs-gp2-volume] -- legacy")
    assert (found.rules, found.reason, found.fault) == (("ebs-gp2-volume",), "legacy", "")


def test_a_comment_of_its_own_speaks_for_the_next_line_of_code() -> None:
    text = "# finops-lint: ignore[ebs-gp2-volume] -- legacy\n# a word on the type\n\ntype = 1\n"
    assert only(text).lines == {1, 4}


def test_the_last_day_still_counts() -> None:
    found = only("# finops-lint: ignore[a] until=2026-11-20 -- x")
    assert not found.expired(date(2026, 11, 20))
    assert found.expired(date(2026, 11, 21))


@pytest.mark.parametrize(
    ("comment", "fault"),
    [
        ("# finops-lint: ignore", "write it as"),
        ("# finops-lint: ignore ebs-gp2-volume -- x", "write it as"),
        ("# finops-lint: ignore[] -- x", "no rule is named"),
        ("# finops-lint: ignore[a] until=31.3.2027 -- x", "is not a date"),
        ("# finops-lint: disable[a] -- x", "write it as"),
    ],
)
def test_what_cannot_be_read_says_why_and_counts_for_nothing(comment: str, fault: str) -> None:
    found = only(comment)
    assert fault in found.fault
    assert not found.counts(TODAY)


def test_without_a_reason_it_counts_for_nothing() -> None:
    assert not only("# finops-lint: ignore[a]").counts(TODAY)
    assert not only("# finops-lint: ignore[a] --").counts(TODAY)


def test_a_kubernetes_annotation_says_the_same() -> None:
    note = {"finops-lint.io/ignore": "job-without-ttl, required-tags until=2027-03-31 -- kept for the audit"}
    pod = Resource(
        address="job/ml/train",
        type="batch/Job",
        name="train",
        provider="kubernetes",
        dialect="kubernetes",
        project="p",
        region=None,
        values={"metadata": {"annotations": note}},
        span=Span("job.yaml", 1),
    )
    [found] = of_resource(pod)
    assert found.rules == ("job-without-ttl", "required-tags")
    assert (found.until, found.reason, found.address) == (date(2027, 3, 31), "kept for the audit", "job/ml/train")
    finding = Finding(
        "required-tags", Severity.WARNING, Confidence.HIGH, pod.address, pod.type, "p", pod.span, "Missing labels."
    )
    result = sort_out([finding], [found], Graph([pod]), TODAY)
    assert [f.suppressed for f in result.suppressed] == ["kept for the audit"]


def check(code: str, *, settings: Settings | None = None, today: date = TODAY) -> CheckResult:
    project = read_terraform(code)
    assert not project.problems
    graph = Graph(project.resources)
    checker = Checker(rule_files(), Catalog(machines(), taggable()), settings or Settings(ignore=OTHERS))
    return checker.check(graph, prices(graph), project="p", today=today, read=lambda _file: code)


def ids(result: CheckResult) -> list[str]:
    return [finding.rule for finding in result.findings]


VOLUME = """
resource "aws_ebs_volume" "data" {{ {head}
  availability_zone = "us-east-1a"
  size              = 100
  {above}
  type = "gp2" {line}
}}
"""
IGNORE = "# finops-lint: ignore[ebs-gp2-volume] -- legacy"


@pytest.mark.parametrize("place", ["head", "above", "line"])
def test_a_suppression_counts_on_the_line_above_it_and_at_the_head(place: str) -> None:
    code = VOLUME.format(**{"head": "", "above": "", "line": "", place: IGNORE})
    result = check(code)
    assert ids(result) == []
    assert [f.suppressed for f in result.suppressed] == ["legacy"]


def test_a_comment_above_the_block_counts_for_the_block() -> None:
    result = check(IGNORE + VOLUME.format(head="", above="", line=""))
    assert ids(result) == []
    assert len(result.suppressed) == 1


def test_a_suppression_elsewhere_in_the_block_does_not_count_and_is_unused() -> None:
    code = VOLUME.format(head="", above="", line="").replace("size ", f"{IGNORE}\n  size ")
    assert ids(check(code)) == ["ebs-gp2-volume", "suppression-unused"]


def test_an_expired_one_lets_the_finding_stand_and_is_one_itself() -> None:
    code = VOLUME.format(head="", above="", line="# finops-lint: ignore[ebs-gp2-volume] until=2026-11-19 -- legacy")
    result = check(code)
    assert ids(result) == ["ebs-gp2-volume", "suppression-expired"]
    assert "2026-11-19" in result.findings[1].message
    assert result.findings[1].span.line == 6


def test_a_rule_that_does_not_exist_is_named() -> None:
    result = check(VOLUME.format(head="", above="", line="# finops-lint: ignore[ebs-gp3] -- x"))
    assert "There is no rule ebs-gp3" in next(f.message for f in result.findings if f.rule == "suppression-unused")


def test_the_suppression_of_a_rule_that_did_not_run_is_not_called_unused() -> None:
    code = VOLUME.format(head="", above="", line=IGNORE)
    settings = Settings(ignore=(*OTHERS, "ebs-gp2-volume"))
    assert ids(check(code, settings=settings)) == []


def test_the_suppression_of_a_rule_that_could_not_decide_is_not_called_unused() -> None:
    code = 'variable "kind" {}\n' + VOLUME.format(head="", above="", line=IGNORE).replace('"gp2"', "var.kind")
    result = check(code)
    assert ids(result) == []
    assert [u.rule for u in result.undecided] == ["ebs-gp2-volume"]


def test_a_module_call_can_be_excused_at_its_head() -> None:
    call = Span("main.tf", 1)
    volume = Resource(
        address="module.disks.aws_ebs_volume.data",
        type="aws_ebs_volume",
        name="data",
        provider="aws",
        dialect="terraform",
        project="p",
        region="us-east-1",
        values={"type": "gp2", "size": 10},
        span=Span("modules/disks/main.tf", 3),
        calls=(call,),
    )
    graph = Graph([volume])
    checker = Checker(rule_files(), Catalog(machines(), taggable()), Settings(select=("ebs-gp2-volume",)))
    texts = {"main.tf": f'module "disks" {{ {IGNORE}\n}}\n'}
    result = checker.check(graph, prices(graph), project="p", today=TODAY, read=texts.get)
    assert result.findings == ()
    assert len(result.suppressed) == 1


def in_template(*entries: object) -> list[Suppression]:
    held = Resource(
        "Data", "aws_ebs_volume", "Data", "aws", "cloudformation", "p", None, {}, Span("stack.yaml", 3, 3),
        metadata={"finops-lint": {"ignore": list(entries)}},
    )  # fmt: skip
    return list(of_resource(held))


def test_the_metadata_of_a_template_says_rules_reason_and_date() -> None:
    one, several = in_template(
        {"rule": "ebs-gp2-volume", "reason": "moves in spring", "until": date(2027, 3, 31)},
        {"rules": ["required-tags", "unattached-volume"], "reason": "for tests"},
    )
    assert (one.rules, one.reason, one.until) == (("ebs-gp2-volume",), "moves in spring", date(2027, 3, 31))
    assert (several.rules, several.reason) == (("required-tags", "unattached-volume"), "for tests")
    assert {one.address, several.address} == {"Data"}


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("ebs-gp2-volume", "write it as: {rule: rule-id, reason: why}"),
        ({"reason": "moves"}, "no rule is named"),
        ({"rule": "a", "reason": "moves", "until": "spring"}, "is not a date"),
    ],
)
def test_what_the_metadata_says_wrongly_is_told(entry: object, fault: str) -> None:
    [found] = in_template(entry)
    assert fault in found.fault
