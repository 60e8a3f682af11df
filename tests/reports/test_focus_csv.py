"""CSV in FOCUS columns, against the constraints of the specification 1.2, column by column."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from decimal import Decimal

from finops_lint.catalog.data import data_root
from finops_lint.compare import compare
from finops_lint.model.report import Diff, Report
from finops_lint.reports import RenderOptions, render
from finops_lint.reports.focus_csv import COLUMNS
from finops_lint.reports.services import SERVICES
from tests.conftest import Golden
from tests.reports.builders import component, project, report, resource, stack, web

OPTIONS = RenderOptions(generated="2026-11-21T08:30:00Z")
# "Feature level: Mandatory" in specification/columns/*.md of FOCUS 1.2.
MANDATORY = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
]
# "Allows nulls: False" there, but for the costs and the account, which an estimate may not have.
NEVER_NULL = [
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "InvoiceIssuerName",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
]
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
NUMBERS = (*COSTS, "ListUnitPrice", "ContractedUnitPrice", "PricingQuantity", "x_LowCost", "x_HighCost")
TIMES = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
CATEGORIES = {
    "AI and Machine Learning",
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Multicloud",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Networking",
    "Security",
    "Storage",
    "Web",
    "Other",
}


def rows(thing: Report | Diff) -> list[dict[str, str]]:
    """The rows, once each keeps the rules."""
    found = list(csv.DictReader(io.StringIO(render("focus-csv", thing, OPTIONS))))
    for row in found:
        check(row)
    return found


def check(row: dict[str, str]) -> None:
    assert all(row[name] for name in NEVER_NULL)
    assert all(re.fullmatch(r"-?\d+(\.\d+)?|", row[name]) for name in NUMBERS)
    assert all(re.fullmatch(r"\d{4}-\d\d-01T00:00:00Z", row[name]) for name in TIMES)
    assert re.fullmatch(r"[A-Z]{3}", row["BillingCurrency"])
    assert row["ChargeCategory"] in ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
    assert row["ChargeClass"] in ("", "Correction")
    assert row["ChargeFrequency"] in ("One-Time", "Recurring", "Usage-Based")
    assert row["PricingCategory"] in ("", "Standard", "Dynamic", "Committed", "Other")
    assert row["ServiceCategory"] in CATEGORIES
    assert bool(row["PricingUnit"]) == bool(row["PricingQuantity"])
    for unit_price, cost in (("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost")):
        if row[unit_price] and row["PricingQuantity"] and row[cost]:
            assert Decimal(row[unit_price]) * Decimal(row["PricingQuantity"]) == Decimal(row[cost])
    if row["Tags"]:
        assert all(isinstance(value, str) for value in json.loads(row["Tags"]).values())


def test_the_file_is_as_its_golden_file_has_it(golden: Golden) -> None:
    rows(stack())
    golden("lists/focus.csv", render("focus-csv", stack(), OPTIONS))


def test_the_columns_are_those_of_the_specification_and_ours_stand_last() -> None:
    assert set(MANDATORY) <= set(COLUMNS)
    own = [name.startswith("x_") for name in COLUMNS]
    assert own == sorted(own)


def test_the_sum_of_the_rows_is_the_total() -> None:
    costs = [Decimal(row["BilledCost"]) for row in rows(stack()) if row["BilledCost"]]
    assert sum(costs) == stack().total.all.expected


def test_what_has_no_figure_is_null_and_says_why() -> None:
    missing = {row["ResourceId"]: row for row in rows(stack()) if row["x_Status"] in ("unpriced", "waiting")}
    assert {name: row["x_Unpriced"] for name, row in missing.items()} == {
        "aws_nat_gateway.this": "waits for usage: monthly_data_processed_gb",
        "aws_instance.odd": "no price for p9.48xlarge in eu-west-1",
        "aws_quantum_thing.x": "no price sheet for this type",
    }
    assert all(row[cost] == "" for row in missing.values() for cost in COSTS)
    assert missing["aws_nat_gateway.this"]["ListUnitPrice"] == "0.045"


def test_the_month_is_that_of_the_run_its_end_exclusive() -> None:
    row = rows(report(project((web(),))))[0]
    assert [row["ChargePeriodStart"], row["ChargePeriodEnd"]] == ["2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"]
    december = render("focus-csv", report(project((web(),))), RenderOptions(generated="2026-12-31T23:59:59Z"))
    assert "2026-12-01T00:00:00Z" in december
    assert "2027-01-01T00:00:00Z" in december


def test_a_discount_leaves_the_list_price_open() -> None:
    cheaper = replace(component("Instance usage", "0.09"), terms=("10 % less",))
    [row] = rows(report(project((resource("aws_instance.web", cheaper),))))
    assert (row["ListCost"], row["ListUnitPrice"]) == ("", "")
    assert row["ContractedCost"] == "65.70"


def test_what_a_spreadsheet_would_run_is_text() -> None:
    evil = replace(web(), address='=HYPERLINK("http://x","y")', region="+1", tags={"=cmd": "@SUM(1)"})
    row = rows(report(project((evil,), name="-2+3")))[0]
    assert row["ResourceId"] == '\'=HYPERLINK("http://x","y")'
    assert row["RegionId"] == "'+1"
    assert row["x_Project"] == "'-2+3"
    assert row["Tags"].startswith("{")


def test_units_are_spelled_as_the_specification_spells_them() -> None:
    parts = [component("Requests", "0.2", "3", unit="1M requests"), component("Data", "0.1", "5", unit="GB")]
    found = rows(report(project((resource("aws_instance.web", *parts),))))
    assert [row["PricingUnit"] for row in found] == ["1000000 Requests", "GB"]


def test_of_a_change_what_will_be() -> None:
    change = compare(report(project((web(),))), report(project((web("m5.large", "0.10"),))))
    assert "m5.large" in rows(change)[0]["ChargeDescription"]


def test_every_service_of_the_price_tables_has_a_name_and_a_category() -> None:
    for cloud, services in SERVICES.items():
        tables = {p.stem for p in (data_root() / "pricing" / "tables" / cloud).iterdir() if p.suffix != ".yaml"} - {
            "factors"
        }
        assert tables <= set(services), f"name them in reports/services.py: {tables - set(services)}"
        assert {category for _, category in services.values()} <= CATEGORIES
