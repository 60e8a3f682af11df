"""Usage files that are written: what comes first, and that nothing a file says is touched."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.costs.usage import read_usage
from finops_lint.model.estimate import CostComponent
from finops_lint.model.explanation import UsageFact, Wanted
from finops_lint.model.records import replace
from finops_lint.usage_file import Entry, UsageFileError, entries, new_text, updated_text, words_of
from tests.reports.builders import component


def line(name: str = "Data processed", per_unit: str = "0.045", *group: str) -> CostComponent:
    return component(name, per_unit, None, unit="GB", group=group)


def key(name: str, money: str = "", typical: tuple[int, ...] = (10, 100, 1000), unit: str = "GB") -> Wanted:
    figures = tuple(Decimal(n) for n in typical)
    return Wanted(UsageFact(name, unit, figures), (line(),), Decimal(money) if money else None)


def entry(address: str, *keys: Wanted) -> Entry:
    [found] = entries([(address, keys)])
    return found


def updated(text: str, *found: Entry) -> str:
    return updated_text(text, found, file="usage.yml")[0]


# Entries


def test_what_has_most_money_comes_first() -> None:
    found = entries([("aws_x.a", [key("gb", "1")]), ("aws_x.b", [key("gb", "5")]), ("aws_x.c", [key("gb")])])
    assert [e.address for e in found] == ["aws_x.b", "aws_x.a", "aws_x.c"]


def test_instances_are_stated_once_under_a_star() -> None:
    wanted = [(f'module.m["{name}"].aws_x.a[0]', [key("gb", "2")]) for name in "pq"]
    assert [(e.address, e.monthly) for e in entries(wanted)] == [("module.m[*].aws_x.a[*]", Decimal(4))]
    assert entries([("aws_x.a[0]", [key("gb")])])[0].address == "aws_x.a[0]"


def test_keys_nobody_knows_a_typical_figure_of_are_left_out_where_there_are_others() -> None:
    both = [key("gb", "2"), key("odd", typical=())]
    assert [k.fact.name for k in entries([("aws_x.a", both)])[0].keys] == ["gb"]
    assert len(entries([("aws_x.a", both)], every_key=True)[0].keys) == 2
    assert [k.fact.name for k in entries([("aws_x.a", both[1:])])[0].keys] == ["odd"]


def test_keys_that_are_usually_not_used_are_left_out_too() -> None:
    found = entries([("aws_x.a", [key("gb", "2"), key("scanned", "0", typical=(0, 0, 0))])])
    assert [k.fact.name for k in found[0].keys] == ["gb"]


def test_a_key_says_what_it_decides() -> None:
    assert words_of(key("gb", "4.5")) == (
        "Data processed, $0.045 per GB. Usually 10 to 1,000 GB. ≈ $4.50 a month at 100"
    )
    assert words_of(key("gb", typical=())) == "Data processed, $0.045 per GB. In GB"
    text = Wanted(UsageFact("system", values=("linux", "windows")), (line(),))
    assert words_of(text) == "Data processed, $0.045 per GB. One of linux, windows"


def test_a_key_is_told_in_the_currency_of_its_prices() -> None:
    here = line()
    assert here.price is not None
    there = replace(here, price=replace(here.price, currency="CNY"))  # AWS's regions in China
    told = words_of(replace(key("gb", "4.5"), lines=(there,)))
    assert told == "Data processed, CN¥0.045 per GB. Usually 10 to 1,000 GB. ≈ CN¥4.50 a month at 100"


# New files


def test_a_new_file_is_a_usage_file_that_states_nothing(tmp_path: Path) -> None:
    file = tmp_path / "usage.yml"
    found = entries(
        [
            ('aws_s3_bucket.a["x y"]', [key("standard.gb", "2"), key("standard.deep.gb", "1"), key("objects", "1")]),
            ("aws_x.b", [key("gb", "1")]),
        ]
    )
    file.write_text(new_text(found), "utf-8")
    usage = read_usage(file)
    assert usage.problems == ()
    assert new_text(found).splitlines()[2:] == [
        "version: 0.1",
        "resource_usage:",
        "  'aws_s3_bucket.a[\"x y\"]':",
        "    # standard:",
        "    ## Data processed, $0.045 per GB. Usually 10 to 1,000 GB. ≈ $2.00 a month at 100",
        "    #   gb: 100",
        "    # standard:",
        "    #   deep:",
        "    ## Data processed, $0.045 per GB. Usually 10 to 1,000 GB. ≈ $1.00 a month at 100",
        "    #     gb: 100",
        "    ## Data processed, $0.045 per GB. Usually 10 to 1,000 GB. ≈ $1.00 a month at 100",
        "    # objects: 100",
        "  aws_x.b:",
        "    ## Data processed, $0.045 per GB. Usually 10 to 1,000 GB. ≈ $1.00 a month at 100",
        "    # gb: 100",
    ]


def test_where_nothing_waits_the_file_is_still_one(tmp_path: Path) -> None:
    file = tmp_path / "usage.yml"
    file.write_text(new_text([]), "utf-8")
    assert not read_usage(file).is_stated


# Files that are there


HERE = """\
version: 0.1   # ours
resource_usage:
    aws_x.a:  # the first
        standard:
            gb: 5

    # about b
    aws_x.b: {gb: 3}
# the end
resource_type_default_usage: {}
"""


def without_new(old: str, new: str) -> list[str]:
    """The lines of `new` that are not comments of ours, which must be those of `old`."""
    return [text for text in new.splitlines() if text in old.splitlines()]


def test_every_line_of_a_file_stays_and_new_keys_join_their_entry() -> None:
    found = updated(
        HERE,
        entry("aws_x.a", key("standard.gb"), key("standard.requests"), key("objects")),
        entry("aws_x.c", key("gb")),
    )
    assert without_new(HERE, found) == HERE.splitlines()
    lines = found.splitlines()
    assert lines[4:9] == [
        "            gb: 5",
        "            ## Data processed, $0.045 per GB. Usually 10 to 1,000 GB",
        "            # requests: 100",
        "        ## Data processed, $0.045 per GB. Usually 10 to 1,000 GB",
        "        # objects: 100",
    ]
    assert lines[11:15] == [
        "    aws_x.b: {gb: 3}",
        "    aws_x.c:",
        "        ## Data processed, $0.045 per GB. Usually 10 to 1,000 GB",
        "        # gb: 100",
    ]


def test_a_second_update_changes_nothing() -> None:
    wanted = [entry("aws_x.a", key("standard.gb"), key("objects"), key("deep.er.gb")), entry("aws_x.c", key("gb"))]
    once = updated(HERE, *wanted)
    assert updated_text(once, wanted, file="usage.yml") == (once, 0)
    fresh = new_text(wanted)
    assert updated_text(fresh, wanted, file="usage.yml") == (fresh, 0)


def test_a_key_under_a_commented_heading_joins_it() -> None:
    old = new_text([entry("aws_x.a", key("standard.gb"))])
    assert updated(old, entry("aws_x.a", key("standard.requests"))).splitlines()[-3:] == [
        "    #   gb: 100",
        "    ## Data processed, $0.045 per GB. Usually 10 to 1,000 GB",
        "    #   requests: 100",
    ]


def test_what_the_last_entry_gets_stays_with_it() -> None:
    old = "resource_usage:\n  aws_x.z:\n    gb: 1\n"
    found = updated(old, entry("aws_x.new", key("gb", "9")), entry("aws_x.z", key("requests", "1")))
    assert [text for text in found.splitlines() if "##" not in text] == [
        "resource_usage:",
        "  aws_x.z:",
        "    gb: 1",
        "    # requests: 100",
        "  aws_x.new:",
        "    # gb: 100",
    ]


@pytest.mark.parametrize("old", ["version: 0.1", "version: 0.1\n", "version: 0.1\nresource_usage:\n", ""])
def test_a_file_without_entries_gets_its_section_once(tmp_path: Path, old: str) -> None:
    file = tmp_path / "usage.yml"
    found = updated(old, entry("aws_x.a", key("gb")))
    file.write_text(found, "utf-8")
    assert found.startswith(old)
    assert found.count("resource_usage:") == 1
    assert read_usage(file).problems == ()


def test_line_ends_of_windows_stay() -> None:
    found = updated("resource_usage:\r\n  aws_x.a:\r\n    gb: 1\r\n", entry("aws_x.a", key("requests")))
    assert found.count("\r\n") == found.count("\n") == 5


def test_a_section_in_braces_is_refused_with_its_place() -> None:
    with pytest.raises(UsageFileError, match=r"usage.yml:2:1: resource_usage is written in braces"):
        updated("version: 0.1\nresource_usage: {aws_x.a: {gb: 1}}\n", entry("aws_x.a", key("requests")))


def test_what_is_taken_from_its_comment_counts(tmp_path: Path) -> None:
    file = tmp_path / "usage.yml"
    text = updated(HERE, entry("aws_x.a", key("standard.requests"), key("objects")), entry("aws_x.c", key("gb")))
    # Taking one "# " away from every commented line, as an editor does, leaves the remarks comments.
    opened = "\n".join(t.replace("# ", "", 1) if t.lstrip().startswith(("# ", "##")) else t for t in text.splitlines())
    file.write_text(opened.replace("about b", "# about b").replace("the end", "# the end"), "utf-8")
    usage = read_usage(file)
    assert usage.problems == ()
    assert "            requests: 100\n" in file.read_text("utf-8")
