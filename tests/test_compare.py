"""Two reports to a change: what is matched with what."""

from __future__ import annotations

from dataclasses import replace

from finops_lint.compare import compare
from finops_lint.model.report import ChangeKind, ProjectDiff, ProjectReport, ReportedResource
from tests.reports.builders import component, finding, nat, project, report, resource, unpriced, web


def changes(diff: ProjectDiff) -> dict[str, ChangeKind]:
    return {c.address: c.kind for c in diff.changes}


def vm(address: str, hourly: str = "0.1", *, formerly: tuple[str, ...] = ()) -> ReportedResource:
    return resource(address, component("Instance usage (Linux/UNIX, on-demand, x)", hourly), formerly=formerly)


def test_added_removed_changed_and_unchanged() -> None:
    before = report(project((web(), vm("aws_instance.a"), vm("aws_instance.b"))))
    after = report(project((web("m5.large", "0.096"), vm("aws_instance.a"), nat())))
    [found] = compare(before, after).projects
    assert changes(found) == {
        "aws_instance.web": ChangeKind.CHANGED,
        "aws_instance.a": ChangeKind.UNCHANGED,
        "aws_nat_gateway.this": ChangeKind.ADDED,
        "aws_instance.b": ChangeKind.REMOVED,
    }


def test_the_delta_is_after_less_before() -> None:
    [change] = compare(
        report(project((vm("aws_instance.a"),))), report(project((vm("aws_instance.a", "0.3"),)))
    ).changes
    assert change.delta.expected == 146  # (0.3 − 0.1) × 730


def test_a_moved_resource_is_no_delta() -> None:
    before = report(project((vm("aws_instance.old"),)))
    after = report(project((vm("aws_instance.new", formerly=("aws_instance.old",)),)))
    diff = compare(before, after)
    assert diff.changes == []
    assert diff.projects[0].changes[0].before is not None


def test_a_move_does_not_take_what_still_stands_at_the_old_address() -> None:
    before = report(project((vm("aws_instance.old"),)))
    after = report(project((vm("aws_instance.new", formerly=("aws_instance.old",)), vm("aws_instance.old"))))
    assert changes(compare(before, after).projects[0]) == {
        "aws_instance.new": ChangeKind.ADDED,
        "aws_instance.old": ChangeKind.UNCHANGED,
    }


def test_a_price_that_became_unknown_is_a_change() -> None:
    before = report(project((vm("aws_instance.a"),)))
    after = report(project((resource("aws_instance.a", unpriced("Instance usage", "var.type has no default")),)))
    [change] = compare(before, after).changes
    assert change.kind is ChangeKind.CHANGED
    assert not change.is_certain


def test_where_a_price_comes_from_is_no_change() -> None:
    old = vm("aws_instance.a")
    part = old.estimate.components[0]
    assert part.price is not None
    new_part = replace(part, price=replace(part.price, as_of="2026-10-01", source="another"))
    new = replace(old, estimate=replace(old.estimate, components=(new_part,)))
    assert compare(report(project((old,))), report(project((new,)))).changes == []


def test_one_project_on_each_side_is_a_match_whatever_the_names() -> None:
    diff = compare(report(project((web(),), name="before")), report(project((web(),), name="after")))
    assert len(diff.projects) == 1
    assert diff.changes == []


def test_projects_are_matched_by_their_way_from_what_was_named() -> None:
    before = report(project((web(),), name="old/a"), project((nat(),), name="old/b"))
    after = report(project((nat(),), name="new/b"), project((vm("aws_instance.c"),), name="new/c"))
    diff = compare(before, after, before_root="old", after_root="new")
    sides = [(p.before.name if p.before else None, p.after.name if p.after else None) for p in diff.projects]
    assert sides == [("old/b", "new/b"), (None, "new/c"), ("old/a", None)]


def test_projects_that_moved_are_matched_by_what_is_in_them() -> None:
    def disks(name: str, *more: str) -> ProjectReport:
        return project([vm(f"aws_instance.{n}") for n in ("a", "b", "c", *more)], name=name)

    before = report(disks("live/dev"), disks("live/prod"), project((nat(),), name="live/net"))
    after = report(disks("envs/prod", "d"), disks("envs/dev"), project((web(),), name="envs/net"))
    sides = [(p.before and p.before.name, p.after and p.after.name) for p in compare(before, after).projects]
    assert sides == [("live/prod", "envs/prod"), ("live/dev", "envs/dev"), (None, "envs/net"), ("live/net", None)]


def test_a_copy_beside_its_model_is_new() -> None:
    one = project((web(),), name="a")
    [_, new] = compare(report(one), report(one, project((web(),), name="b"))).projects
    assert new.before is None


def test_workspaces_of_one_folder_are_different_projects() -> None:
    both = report(project((web(),), workspace="prod"), project((nat(),), workspace="dev"))
    swapped = report(project((nat(),), workspace="dev"), project((web(),), workspace="prod"))
    assert compare(both, swapped).changes == []


def test_findings_are_new_fixed_or_still_there_whatever_the_line() -> None:
    old = [finding("gpu-too-large", "aws_instance.a", "x", line=3), finding("missing-tag", "aws_instance.a", "x")]
    new = [finding("gpu-too-large", "aws_instance.a", "x", line=30), finding("missing-tag", "aws_instance.b", "x")]
    [found] = compare(report(project(findings=old)), report(project(findings=new))).projects
    assert [f.line for f in (f.span for f in found.still_findings)] == [30]
    assert [f.address for f in found.new_findings] == ["aws_instance.b"]
    assert [f.address for f in found.fixed_findings] == ["aws_instance.a"]


def test_a_finding_moves_with_its_resource() -> None:
    before = project((vm("aws_instance.old"),), [finding("missing-tag", "aws_instance.old", "x")])
    after = project(
        (vm("aws_instance.new", formerly=("aws_instance.old",)),), [finding("missing-tag", "aws_instance.new", "x")]
    )
    [found] = compare(report(before), report(after)).projects
    assert (len(found.new_findings), len(found.fixed_findings), len(found.still_findings)) == (0, 0, 1)


def test_the_same_rule_twice_on_one_attribute_is_counted_twice() -> None:
    one = finding("missing-tag", "aws_instance.a", "x")
    [found] = compare(report(project(findings=[one])), report(project(findings=[one, replace(one)]))).projects
    assert (len(found.new_findings), len(found.still_findings)) == (1, 1)
