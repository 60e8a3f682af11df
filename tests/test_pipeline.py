"""Where reading, pricing and checking meet: small folders in, whole reports out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.estimate import Coverage
from finops_lint.model.report import Report
from finops_lint.model.settings import Settings
from finops_lint.model.values import Partial, Unknown, get
from finops_lint.pipeline import analyze, rule_summaries
from finops_lint.request import Request

TODAY = date(2026, 11, 20)
PROVIDER = 'provider "aws" {\n  region = "us-east-1"\n}\n'
VOLUME = 'resource "aws_ebs_volume" "data" {\n  availability_zone = "us-east-1a"\n  type = "gp2"\n  size = 100\n}\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, "utf-8")


def report(*paths: str, settings: Settings | None = None, check: bool = True, **more: Any) -> Report:
    return analyze(Request(paths or (".",), settings or Settings(), check=check, today=TODAY, **more))


def test_a_report_holds_the_projects_in_order_with_their_totals() -> None:
    write("b/main.tf", PROVIDER + VOLUME)
    write("a/main.tf", PROVIDER + VOLUME.replace("100", "50"))
    found = report()
    assert [p.name for p in found.projects] == ["a", "b"]
    assert [p.total.known.expected for p in found.projects] == [Decimal(5), Decimal(10)]
    assert found.total.known.expected == 15


def test_rules_run_only_where_asked_for() -> None:
    write("main.tf", PROVIDER + VOLUME)
    assert {f.rule for f in report().findings} == {"ebs-gp2-volume", "required-tags", "unattached-volume"}
    assert report(check=False).findings == []


def test_a_report_describes_the_rules_it_mentions_and_no_others() -> None:
    write("main.tf", PROVIDER + VOLUME)
    rules = report().rules
    assert [r.id for r in rules] == ["ebs-gp2-volume", "required-tags", "unattached-volume"]
    assert all(r.why and r.title for r in rules)


def test_the_price_set_is_what_was_used() -> None:
    write("main.tf", PROVIDER + VOLUME)
    [component] = report().projects[0].resources[0].estimate.components
    assert component.price is not None
    prices = report().prices
    assert (prices.name, prices.oldest, prices.newest) == ("shipped", component.price.as_of, component.price.as_of)
    assert prices.sources == (component.price.source,)


def test_nothing_used_has_no_date() -> None:
    write("main.tf", "locals {\n  a = 1\n}\n")
    assert report().prices.newest == ""


def test_prices_of_the_projects_own_win() -> None:
    write("main.tf", PROVIDER + VOLUME)
    write(
        "prices/tables/aws/ebs.csv",
        "item,region,tier_from,unit,price,currency,basis,source,as_of\ngp2-gb,us-east-1,0,GB,0.2,USD,list,ours,2026-11-01\n",
    )
    found = report(settings=Settings(prices="prices"))
    assert found.total.known.expected == 20
    assert found.prices.sources == ("ours",)


def test_a_usage_file_counts_and_a_key_that_fits_nothing_is_told() -> None:
    write("main.tf", PROVIDER + 'resource "aws_sqs_queue" "q" {}\n')
    write(
        "usage.yml",
        "version: 0.1\nresource_usage:\n  aws_sqs_queue.q:\n    monthly_requests: 1000000\n    no_such_key: 3\n",
    )
    found = report(usage_file="usage.yml")
    assert found.total.known.expected == Decimal("0.4")
    assert "no_such_key" in " ".join(p.message for p in found.all_problems)


def test_traffic_that_only_the_usage_file_tells_of_is_a_project_of_its_own() -> None:
    write("a/main.tf", PROVIDER + VOLUME)
    write("b/main.tf", PROVIDER + VOLUME)
    write(
        "usage.yml",
        "resource_usage:\n"
        "  aws_data_transfer.ohio: {region: us-east-2, monthly_outbound_internet_gb: 1000}\n"
        "  aws_sqs_queue.gone: {monthly_requests: 1}\n",
    )
    found = report(usage_file="usage.yml")
    assert [p.name for p in found.projects] == ["a", "b", "usage.yml"]
    [traffic] = found.projects[2].resources
    assert (traffic.address, traffic.span.file, traffic.span.line) == ("aws_data_transfer.ohio", "usage.yml", 2)
    assert found.projects[2].total.known.expected == 90  # 1,000 × 0.09, once for all projects
    assert found.projects[2].findings == ()


def test_a_usage_file_that_is_none_stops_the_run() -> None:
    write("main.tf", PROVIDER + VOLUME)
    write("usage.yml", "[")
    with pytest.raises(FinopsLintError, match=r"usage\.yml"):
        report(usage_file="usage.yml")


def test_an_unknown_type_is_counted_and_not_priced() -> None:
    write("main.tf", 'resource "nobody_knows_this" "x" {}\n')
    [resource] = report().projects[0].resources
    assert resource.estimate.coverage is Coverage.UNSUPPORTED
    assert report().total.unpriced == 0


def test_tags_are_reported_with_unknown_ones_as_unknown() -> None:
    tags = 'variable "owner" {}\n' + VOLUME.replace(
        "size = 100", 'size = 100\n  tags = { team = "ml", owner = var.owner }'
    )
    write("main.tf", PROVIDER + tags)
    [resource] = report().projects[0].resources
    assert resource.tags["team"] == "ml"
    assert isinstance(resource.tags["owner"], Unknown)


def test_a_sensitive_tag_is_withheld() -> None:
    text = 'variable "owner" {\n  sensitive = true\n  default = "s3cret"\n}\n'
    write(
        "main.tf", PROVIDER + text + VOLUME.replace("size = 100", 'size = 100\n  tags = { owner = var.owner, a = "b" }')
    )
    [resource] = report().projects[0].resources
    assert "s3cret" not in repr(resource)


def test_an_unknown_map_of_tags_is_known_in_part() -> None:
    text = VOLUME.replace("size = 100", 'size = 100\n  tags = merge(var.more, { a = "b" })')
    write("main.tf", PROVIDER + 'variable "more" {\n  type = map(string)\n}\n' + text)
    [resource] = report().projects[0].resources
    assert isinstance(resource.tags, Partial)
    assert get(resource.tags, ("a",)) == "b"


def test_a_suppression_in_the_code_takes_a_finding_aside_until_its_day() -> None:
    line = "  # finops-lint: ignore[ebs-gp2-volume] until=2026-11-{} -- moves soon\n"
    write("main.tf", PROVIDER + VOLUME.replace("  type", line.format(21) + "  type"))
    found = report().projects[0]
    assert [f.rule for f in found.suppressed] == ["ebs-gp2-volume"]
    write("main.tf", PROVIDER + VOLUME.replace("  type", line.format(19) + "  type"))
    assert "ebs-gp2-volume" in {f.rule for f in report().projects[0].findings}


def test_several_processes_say_what_one_says() -> None:
    for number in range(9):
        write(f"p{number}/main.tf", PROVIDER + VOLUME.replace("100", str(number + 1)))
    write("broken/main.tf", 'resource "a" {\n')
    assert report(jobs=1) == report(jobs=2)


def test_progress_is_told_project_by_project() -> None:
    write("a/main.tf", VOLUME)
    write("b/main.tf", VOLUME)
    told: list[tuple[int, int]] = []
    analyze(Request((".",), today=TODAY), lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_no_paths_make_an_empty_report() -> None:
    assert analyze(Request((), today=TODAY)).projects == ()


def test_rules_are_summed_up_with_the_settings_word_on_them() -> None:
    from finops_lint.model.finding import Severity

    settings = Settings(ignore=("ebs-*",), severity={"ebs-gp2-volume": Severity.INFO})
    [(rule, is_on)] = rule_summaries(settings, only="ebs-gp2-volume", examples=True)
    assert (rule.severity, is_on) == (Severity.INFO, False)
    assert {verdict for verdict, _ in rule.examples} >= {"fails", "passes"}
    assert rule_summaries(settings, only="no-such-rule") == []
