"""Edges between resources, and the instances they mean."""

from __future__ import annotations

from collections.abc import Iterable

from finops_lint.model.resource import Graph, Reference, Resource, without_index
from finops_lint.model.span import Span

HERE = Span("main.tf", 1)


def resource(address: str, *targets: str, path: str = "subnet_id") -> Resource:
    kind, _, rest = without_index(address).partition(".")
    return Resource(
        address,
        kind,
        rest,
        "aws",
        "terraform",
        "p",
        "us-east-1",
        {},
        HERE,
        references=tuple(Reference((path,), t) for t in targets),
    )


def addresses(found: Iterable[Resource]) -> list[str]:
    return [r.address for r in found]


def test_the_last_index_is_cut_whatever_stands_inside_the_quotes() -> None:
    assert without_index('module.a["x"].aws_instance.b["c[0]"]') == 'module.a["x"].aws_instance.b'
    assert without_index("aws_instance.b[12]") == "aws_instance.b"
    assert without_index("aws_instance.b") == "aws_instance.b"


def test_a_reference_without_index_means_every_instance() -> None:
    graph = Graph(
        [resource("aws_instance.a", "aws_subnet.s"), resource("aws_subnet.s[0]"), resource("aws_subnet.s[1]")]
    )
    assert addresses(graph.targets(graph.resources[0])) == ["aws_subnet.s[0]", "aws_subnet.s[1]"]


def test_an_instance_means_the_instance_of_the_same_key() -> None:
    graph = Graph(
        [resource('aws_instance.a["x"]', "aws_subnet.s"), resource('aws_subnet.s["x"]'), resource('aws_subnet.s["y"]')]
    )
    assert addresses(graph.targets(graph.resources[0])) == ['aws_subnet.s["x"]']


def test_related_looks_both_ways() -> None:
    graph = Graph([resource("aws_instance.a", "aws_subnet.s"), resource("aws_subnet.s")])
    assert addresses(graph.related(graph.resources[1], "aws_instance")) == ["aws_instance.a"]
    assert addresses(graph.related(graph.resources[0], "aws_subnet")) == ["aws_subnet.s"]


def test_targets_can_be_narrowed_by_attribute() -> None:
    graph = Graph([resource("aws_instance.a", "aws_subnet.s"), resource("aws_subnet.s")])
    assert addresses(graph.targets(graph.resources[0], path="subnet_id")) == ["aws_subnet.s"]
    assert addresses(graph.targets(graph.resources[0], path="vpc_id")) == []


def test_a_position_falls_back_to_the_nearest_parent() -> None:
    block = Span("main.tf", 7)
    held = Resource(
        "a.b", "a", "b", "aws", "terraform", "p", None, {}, HERE, positions={("ebs_block_device", 0): block}
    )
    assert held.where(("ebs_block_device", 0, "volume_type")) == block
    assert held.where(("tags",)) == HERE


def test_what_is_handed_out_is_known_by_its_own_address_and_by_its_blocks() -> None:
    graph = Graph(
        [resource('aws_instance.a["x"]'), resource('aws_instance.b["x"]'), resource("aws_instance.c")],
        handed_out=lambda: frozenset({'aws_instance.a["x"]', "aws_instance.b"}),
    )
    assert [graph.is_handed_out(r) for r in graph.resources] == [True, True, False]
