"""The checker: three verdicts, entries of a list, secrets, faults of rules, order and fingerprints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from finops_lint.catalog.data import data_root
from finops_lint.model.finding import Confidence, Finding, Severity, Undecided
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.settings import Settings
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Unknown, Value
from finops_lint.rules.checker import Checker, CheckResult
from finops_lint.rules.context import Catalog, Context
from finops_lint.rules.loader import index_rules
from tests.rules.bench import machines, prices, taggable

HEAD = """\
id: mine
since: 0.1.0
severity: warning
confidence: high
types: [%s]
why: A rule of a test. It says nothing about the world.
source: {title: None, url: "https://example.com/", read: 2026-11-21}
examples: [{fails: terraform, code: a}, {passes: terraform, code: b}]
"""


def resource(values: Mapping[str, Value], kind: str = "aws_thing", name: str = "a", **more: Any) -> Resource:
    return Resource(
        address=f"{kind}.{name}",
        type=kind,
        name=name,
        provider="aws",
        dialect="terraform",
        project="p",
        region="us-east-1",
        values=values,
        span=Span("main.tf", 1),
        **more,
    )


def check(folder: Path, rule: str, *resources: Resource, kind: str = "aws_thing", **settings: Any) -> CheckResult:
    file = folder / "mine.yaml"
    file.write_text(HEAD % kind + rule, "utf-8")
    files = index_rules(data_root(), [file])
    checker = Checker(files, Catalog(machines(), taggable()), Settings(select=("mine",), **settings))
    graph = Graph(resources)
    return checker.check(graph, prices(graph), project="p", today=date(2026, 11, 20))


SIZE = "when: r.size > 100\nmessage: 'It has {r.size} GB.'\npath: size\n"


def test_a_rule_fails_passes_or_is_undecided(tmp_path: Path) -> None:
    unknown = Unknown("var.size has no default", ("var.size",))
    result = check(
        tmp_path,
        SIZE,
        resource({"size": 500}, name="large"),
        resource({"size": 5}, name="small"),
        resource({"size": unknown}, name="open"),
    )
    assert [(f.address, f.message) for f in result.findings] == [("aws_thing.large", "It has 500 GB.")]
    assert [(u.address, u.reason, u.waits_for) for u in result.undecided] == [
        ("aws_thing.open", "var.size has no default", ("var.size",))
    ]
    assert result.problems == ()


def test_all_and_any_absorb_what_is_unknown(tmp_path: Path) -> None:
    rule = "when:\n  any:\n    - all: [r.a == 1, r.b == 1]\n    - {not: r.c == 1}\nmessage: It is so indeed.\n"
    open_ = Unknown("not known")

    def verdict(a: Value, b: Value, c: Value) -> str:
        result = check(tmp_path, rule, resource({"a": a, "b": b, "c": c}))
        return "fails" if result.findings else "undecided" if result.undecided else "passes"

    assert verdict(open_, 0, 1) == "passes"
    assert verdict(open_, 1, 1) == "undecided"
    assert verdict(open_, open_, 0) == "fails"
    assert verdict(1, 1, open_) == "fails"
    assert verdict(0, 1, open_) == "undecided"


def test_each_judges_every_entry_and_points_into_it(tmp_path: Path) -> None:
    rule = "each: disk\nwhen: item.gb > 100\nmessage: 'Disk {i} of {r.name} has {item.gb} GB.'\npath: gb\n"
    disks = [{"gb": 10}, {"gb": 200}, Unknown("not known"), {"gb": 300}]
    result = check(tmp_path, rule, resource({"name": "n", "disk": disks}))
    assert [(f.path, f.message) for f in result.findings] == [
        (("disk", 1, "gb"), "Disk 1 of n has 200 GB."),
        (("disk", 3, "gb"), "Disk 3 of n has 300 GB."),
    ]
    assert len(result.undecided) == 1


def test_each_over_a_list_known_in_part_judges_what_is_known(tmp_path: Path) -> None:
    rule = "each: disk\nwhen: item.gb > 100\nmessage: It is large.\n"
    partial = Partial(({"gb": 200},), Unknown("a dynamic block"))
    result = check(tmp_path, rule, resource({"disk": partial}))
    assert (len(result.findings), [u.reason for u in result.undecided]) == (1, ["a dynamic block"])


def test_a_remedy_is_computed_and_numbers_stay_whole(tmp_path: Path) -> None:
    rule = SIZE + "remedy: {set: {size: '{r.size / 2}', kind: null}, advice: 'halve it to {r.size / 2}', safe: true}\n"
    [finding] = check(tmp_path, rule, resource({"size": 500})).findings
    assert finding.remedy is not None
    assert finding.remedy.set == ((("size",), 250), (("kind",), None))
    assert (finding.remedy.advice, finding.remedy.safe) == ("halve it to 250", True)


def test_a_remedy_on_an_entry_names_the_entry(tmp_path: Path) -> None:
    rule = "each: disk\nwhen: item.gb > 100\nmessage: It is large.\nremedy: {set: {gb: 100}}\n"
    [finding] = check(tmp_path, rule, resource({"disk": [{"gb": 1}, {"gb": 200}]})).findings
    assert finding.remedy is not None
    assert finding.remedy.set == ((("disk", 1, "gb"), 100),)
    assert finding.remedy.advice == "set gb to 100"


def test_secrets_decide_but_are_never_shown(tmp_path: Path) -> None:
    rule = "when: r.password == 'hunter2'\nmessage: 'The password is {r.password}, the user {r.user}.'\n"
    secret = resource({"password": "hunter2", "user": "root"}, sensitive=frozenset({("password",)}))
    [finding] = check(tmp_path, rule, secret).findings
    assert finding.message == "The password is (sensitive), the user root."


def test_what_is_unknown_reads_so_in_a_message(tmp_path: Path) -> None:
    rule = "when: r.size > 100\nmessage: 'A {r.kind} of {r.size} GB.'\n"
    [finding] = check(tmp_path, rule, resource({"size": 200, "kind": Unknown("not known")})).findings
    assert finding.message == "A unknown of 200 GB."


def test_a_rule_that_fails_is_a_problem_and_the_rest_goes_on(tmp_path: Path) -> None:
    result = check(tmp_path, SIZE, resource({"size": "large"}), resource({"size": 500}, name="b"))
    assert [p.code for p in result.problems] == ["rule-failed"]
    assert "mine failed on aws_thing.a" in result.problems[0].message


def raising(_resource: Resource, _context: Context, _params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    raise ZeroDivisionError("boom")


def test_a_python_check_that_raises_is_a_problem(tmp_path: Path) -> None:
    rule = "check: tests.rules.test_checker.raising\nmessage: Never said at all.\n"
    result = check(tmp_path, rule, resource({}))
    assert "ZeroDivisionError: boom" in result.problems[0].message


def saying(resource: Resource, context: Context, params: Mapping[str, Any]) -> Iterator[Finding | Undecided]:
    yield context.finding(resource, f"said with {params['word']}")


def test_a_users_python_check_gets_its_parameters(tmp_path: Path) -> None:
    rule = "check: tests.rules.test_checker.saying\nparams: {word: a}\nmessage: Never said at all.\n"
    result = check(tmp_path, rule, resource({}), params={"mine": {"word": "b"}})
    assert [f.message for f in result.findings] == ["said with b"]


def test_settings_change_severity_and_leave_out_what_is_less_sure(tmp_path: Path) -> None:
    result = check(tmp_path, SIZE, resource({"size": 500}), severity={"mine": Severity.ERROR})
    assert [f.severity for f in result.findings] == [Severity.ERROR]
    unsure = SIZE.replace("when", "default: true\nwhen")
    assert check(tmp_path, unsure, resource({"size": 500}), min_confidence=Confidence.HIGH).findings


def test_edges_and_workload_reach_the_condition(tmp_path: Path) -> None:
    from finops_lint.model.resource import Reference

    rule = (
        "when: related['aws_target'].exists(t, t.max > 3) && workload.kind == 'training'\n"
        "message: 'It may grow; {workload.because}.'\n"
    )
    target = resource({"max": 5}, kind="aws_target", name="t")
    user = resource({}, name="training", references=(Reference(("x",), "aws_target.t"),))
    [finding] = check(tmp_path, rule, user, target).findings
    assert finding.message == "It may grow; name training."
    assert not check(tmp_path, rule, resource({}, name="training"), target).findings


def test_the_machine_and_the_month_reach_the_condition(tmp_path: Path) -> None:
    rule = "when: machine.gpus >= 1 && monthly > 100\nmessage: '{machine.gpu_name} for ${monthly}.'\n"
    values = {"instance_type": "g5.xlarge", "ami": "ami-1"}
    result = check(tmp_path, rule, resource(values, kind="aws_instance"), kind="aws_instance")
    # g5.xlarge in us-east-1 costs 1.006 an hour: 734.38 in 730 hours, and 0.80 for the 8 GB of its gp2 root volume
    assert [f.message for f in result.findings] == ["A10G for $735.18."]


def test_an_unpriced_month_is_undecided(tmp_path: Path) -> None:
    rule = "when: monthly > 100\nmessage: It costs too much.\n"
    result = check(tmp_path, rule, resource({}))
    assert (result.findings, [u.reason for u in result.undecided]) == ((), ["aws_thing is not priced yet"])


def test_findings_are_sorted_by_money(tmp_path: Path) -> None:
    rule = "when: 'true'\nmessage: It is there.\n"
    made = [resource({"type": "gp3", "size": s}, kind="aws_ebs_volume", name=f"v{s}") for s in (10, 1000, 100)]
    result = check(tmp_path, rule, *made, kind="aws_ebs_volume")
    assert [f.address for f in result.findings] == ["aws_ebs_volume.v1000", "aws_ebs_volume.v100", "aws_ebs_volume.v10"]


def test_fingerprints_survive_moved_lines_and_tell_attributes_apart(tmp_path: Path) -> None:
    from dataclasses import replace

    here = resource({"size": 500})
    [before] = check(tmp_path, SIZE, here).findings
    [after] = check(tmp_path, SIZE, replace(here, span=Span("other.tf", 99))).findings
    [other] = check(tmp_path, SIZE.replace("path: size", "path: kind"), here).findings
    assert before.fingerprint == after.fingerprint != other.fingerprint
    assert len(before.fingerprint) == 16
