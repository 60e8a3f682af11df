"""What a usage file says about a resource, and what is said about a faulty one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.catalog.sheet_model import UsageKey
from finops_lint.catalog.sheets import Sheets
from finops_lint.costs.errors import CostError
from finops_lint.costs.usage import Usage, read_usage
from finops_lint.model.finding import Problem
from finops_lint.model.resource import Resource
from finops_lint.model.span import Span
from finops_lint.model.values import Value

KEYS = {
    key.name: key
    for key in (
        UsageKey("monthly_gb", "GB"),
        UsageKey("instances", "machines"),
        UsageKey("system", values=("linux", "windows"), is_text=True),
        UsageKey("pool[*].nodes", "nodes"),
        UsageKey("standard.storage_gb", "GB"),
        UsageKey("standard.requests", "requests"),
    )
}


def read(tmp_path: Path, text: str) -> Usage:
    file = tmp_path / "usage.yml"
    file.write_text(text, "utf-8")
    return read_usage(file)


def resource(address: str = "aws_x.a") -> Resource:
    kind = address.rpartition(".")[0].rpartition(".")[2].partition("[")[0] or "aws_x"
    return Resource(address, kind, "a", "aws", "terraform", "p", "us-east-1", {}, Span("main.tf", 1))


def stated(usage: Usage, address: str = "aws_x.a") -> dict[str, Value]:
    return dict(usage.of(resource(address), KEYS)[0])


def complaints(usage: Usage) -> list[str]:
    return [str(p.span) + " " + p.message for p in usage.of(resource(), KEYS)[1]]


def test_usage_of_an_address(tmp_path: Path) -> None:
    usage = read(tmp_path, "version: 0.1\nresource_usage:\n  aws_x.a:\n    monthly_gb: 1_000.5\n    system: windows\n")
    assert stated(usage) == {"monthly_gb": Decimal("1000.5"), "system": "windows"}
    assert stated(usage, "aws_x.b") == {}


def test_numbers_are_exact_from_text(tmp_path: Path) -> None:
    assert stated(read(tmp_path, "resource_usage: {aws_x.a: {monthly_gb: 0.1}}"))["monthly_gb"] == Decimal("0.1")


def test_usage_is_nested(tmp_path: Path) -> None:
    usage = read(tmp_path, "resource_usage:\n  aws_x.a:\n    standard:\n      storage_gb: 5\n")
    assert stated(usage) == {"standard": {"storage_gb": Decimal(5)}}


def test_the_more_exact_wins_key_by_key(tmp_path: Path) -> None:
    text = """\
version: 0.1
resource_type_default_usage:
  aws_x: {monthly_gb: 1, instances: 1, standard: {storage_gb: 1, requests: 1}}
resource_usage:
  module.m.aws_x.a[*]: {instances: 2, standard: {storage_gb: 2}}
  module.m.aws_x.a["b"]: {standard: {storage_gb: 3}}
"""
    usage = read(tmp_path, text)
    assert stated(usage, 'module.m.aws_x.a["b"]') == {
        "monthly_gb": Decimal(1),
        "instances": Decimal(2),
        "standard": {"storage_gb": Decimal(3), "requests": Decimal(1)},
    }
    assert stated(usage, "module.m.aws_x.a[0]")["standard"] == {"storage_gb": Decimal(2), "requests": Decimal(1)}


def test_a_type_among_the_addresses_is_meant_for_all_its_resources(tmp_path: Path) -> None:
    usage = read(tmp_path, "resource_usage: {aws_x: {monthly_gb: 1, instances: 2}, aws_x.b: {monthly_gb: 3}}")
    assert stated(usage) == {"monthly_gb": 1, "instances": 2}
    assert stated(usage, "aws_x.b") == {"monthly_gb": 3, "instances": 2}


def test_a_star_stands_for_one_index_only(tmp_path: Path) -> None:
    usage = read(tmp_path, "resource_usage: {'module.m[*].aws_x.a': {monthly_gb: 1}}")
    assert stated(usage, 'module.m["k"].aws_x.a') == {"monthly_gb": Decimal(1)}
    assert stated(usage, 'module.m["k"].aws_x.a[0]') == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("montly_gb: 5", "montly_gb is no usage key"),
        ("monthly_gb: lots", "monthly_gb must be a number"),
        ("monthly_gb: -1", "monthly_gb cannot be negative"),
        ("monthly_gb: [1]", "monthly_gb must be a number"),
        ("system: solaris", "system must be one of linux, windows"),
        ("standard: 5", "standard is no usage key"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line_and_left_out(tmp_path: Path, line: str, message: str) -> None:
    usage = read(tmp_path, f"resource_usage:\n  aws_x.a:\n    instances: 1\n    {line}\n")
    found = complaints(usage)
    assert len(found) == 1
    assert f"{tmp_path}/usage.yml:4:1 aws_x.a: {message}" in found[0]
    assert stated(usage) == {"instances": Decimal(1)}


def test_a_complaint_is_made_once(tmp_path: Path) -> None:
    usage = read(tmp_path, "resource_type_default_usage: {aws_x: {montly_gb: 5}}")
    first: list[Problem] = usage.of(resource(), KEYS)[1]
    assert len(first) == 1
    assert usage.of(resource("aws_x.b"), KEYS)[1] == []


def test_an_empty_key_states_nothing(tmp_path: Path) -> None:
    usage = read(tmp_path, "resource_usage:\n  aws_x.a:\n    monthly_gb:\n  aws_x.b:\n")
    assert stated(usage) == {}
    assert complaints(usage) == []


def test_an_empty_file_states_nothing(tmp_path: Path) -> None:
    assert stated(read(tmp_path, "")) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", r"usage\.yml:1:1: .*map"),
        ("resource_usage: [a]\n", r"usage\.yml:1:1: resource_usage is a map"),
        ("version: 0.2\n", r"usage\.yml:1:1: version 0\.2"),
        ("resource_usage:\n  aws_x.a: [1]\n", r"usage\.yml:2:1"),
        ("resource_usage:\n  a: {b: [\n", r"usage\.yml:3:1"),
        ("resource_usage: {a: " + "{b: " * 12 + "1" + "}" * 13, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_usage_file_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CostError, match=message):
        read(tmp_path, text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CostError, match=r"none\.yml: no such file$"):
        read_usage(tmp_path / "none.yml")
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CostError, match="cannot be read"):
        read_usage(tmp_path / "binary.yml")


def test_a_deep_flow_of_brackets_is_refused_without_a_crash(tmp_path: Path) -> None:
    with pytest.raises(CostError):
        read(tmp_path, "resource_usage: " + "[" * 50_000)


def test_a_foreign_section_is_a_notice(tmp_path: Path) -> None:
    usage = read(tmp_path, "version: 0.1\nresource_usages: {}\n")
    assert [p.message for p in usage.problems] == ["resource_usages is no section of a usage file"]


def test_aliases_do_not_multiply_without_end(tmp_path: Path) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 8))
    with pytest.raises(CostError, match="nested too deeply"):
        read(tmp_path, f"a0: &a0 [1]\n{levels}resource_usage: {{aws_x.a: *a7}}\n")


def test_an_address_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    entry = "  aws_instance.a:\n    monthly_hrs: "
    (tmp_path / "usage.yml").write_text(f"version: 0.1\nresource_usage:\n{entry}5\n{entry}6\n")
    with pytest.raises(CostError, match=r"usage\.yml:5:1: aws_instance\.a is there twice"):
        read_usage(tmp_path / "usage.yml")


@pytest.mark.parametrize("again", ["  aws_x.a:\n", "  aws_x.a: {monthly_gb: 5}\n"])
def test_an_address_that_is_there_twice_without_contradiction_is_no_fault(tmp_path: Path, again: str) -> None:
    entry = "  aws_x.a: {monthly_gb: 5}\n"
    for text in (entry + again, again + entry):
        usage = read(tmp_path, f"resource_usage:\n{text}")
        assert stated(usage) == {"monthly_gb": Decimal(5)}


def test_usage_of_one_resource_may_stand_inside_that_of_another(tmp_path: Path) -> None:
    usage = read(
        tmp_path,
        "resource_usage:\n  aws_vpc.main[*]:\n    aws_x.a[*]: {monthly_gb: 5}\n",
    )
    assert stated(usage, "aws_x.a[0]") == {"monthly_gb": Decimal(5)}
    assert stated(usage, "aws_vpc.main[0]") == {}


def test_a_key_with_a_number_is_stated_of_that_part_only(tmp_path: Path) -> None:
    usage = read(tmp_path, "resource_usage:\n  aws_x.a:\n    pool[1]: {nodes: 5}\n")
    assert stated(usage) == {"pool[1]": {"nodes": Decimal(5)}}
    assert complaints(read(tmp_path, "resource_usage:\n  aws_x.a:\n    pool[2]:\n      gold: 1\n")) == [
        f"{tmp_path}/usage.yml:4:1 aws_x.a: pool[2].gold is no usage key of this resource"
    ]


# Addresses that are not there


def strangers(tmp_path: Path, text: str, *addresses: str) -> list[str]:
    sheets = Sheets(tmp_path)
    return [f"{p.span}: {p.message}" for p in read(tmp_path, text).strangers(addresses, {"aws_x"}, sheets)]


def test_usage_of_an_address_that_is_not_there_names_the_nearest_of_its_type(tmp_path: Path) -> None:
    text = "resource_usage:\n  aws_x.a: {gb: 1}\n  aws_x.frontand: {gb: 1}\n"
    assert strangers(tmp_path, text, "aws_x.a", "module.m.aws_x.frontend", "aws_x.frontend", "aws_y.frontand") == [
        f"{tmp_path}/usage.yml:3:1: aws_x.frontand is not in what was read; did you mean aws_x.frontend?"
    ]
    text = "resource_usage:\n  aws_x.b: {gb: 1}\n"
    assert strangers(tmp_path, text, "aws_x.a", "module.deep.module.m.aws_x.b") == [
        f"{tmp_path}/usage.yml:2:1: aws_x.b is not in what was read; did you mean module.deep.module.m.aws_x.b?"
    ]


def test_what_resembles_nothing_is_told_in_one_line(tmp_path: Path) -> None:
    text = "resource_usage:\n" + "".join(f"  aws_q.{name}: {{gb: 1}}\n" for name in "abcde")
    assert strangers(tmp_path, text, "aws_x.a") == [
        f"{tmp_path}/usage.yml:2:1: not in what was read: aws_q.a, aws_q.b, aws_q.c and 2 more"
    ]


def test_a_star_that_matches_nothing_is_told(tmp_path: Path) -> None:
    text = "resource_usage:\n  aws_x.a[*]: {gb: 1}\n  aws_x.b[*]: {gb: 1}\n  aws_x: {gb: 1}\n"
    [found] = strangers(tmp_path, text, "aws_x.a[0]", "aws_x.a[1]")
    assert found.startswith(f"{tmp_path}/usage.yml:3:1: aws_x.b[*] is not in what was read")


def test_defaults_of_a_type_that_is_not_there_are_no_mistake(tmp_path: Path) -> None:
    assert strangers(tmp_path, "resource_type_default_usage:\n  aws_q: {gb: 1}\n", "aws_x.a") == []
