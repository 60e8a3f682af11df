"""Report or Diff to rows a FinOps tool reads beside its bills: CSV in the columns of FOCUS 1.2.

FOCUS is the FinOps Open Cost and Usage Specification (https://focus.finops.org). A row is a component of an estimate,
charged for the month the run falls in; of a Diff, as it is afterwards. An estimate differs from a bill in two ways, and
both are written as null, for FOCUS forbids placeholders: it has no billing account, and what could not be priced has no
cost. Such a row says why in `x_Unpriced`; whoever loads into columns that must hold a value takes the rows whose
`x_Status` is `priced` or `assumed`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from finops_lint.model.estimate import CostComponent, Coverage
from finops_lint.model.records import record
from finops_lint.model.report import Diff, ProjectReport, Report, ReportedResource
from finops_lint.model.values import known_map
from finops_lint.reports import RenderOptions, cost_rows, digest
from finops_lint.reports.lines import clean
from finops_lint.reports.redaction import redacted
from finops_lint.reports.services import Service, service_of

VERSION = "1.2"
COLUMNS = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuPriceId",
    "Tags",
    "x_Project",
    "x_File",
    "x_Line",
    "x_Status",
    "x_Unpriced",
    "x_LowCost",
    "x_HighCost",
    "x_PriceSource",
    "x_PriceDate",
    "x_FocusVersion",
)
"""All that FOCUS 1.2 calls mandatory, what an estimate knows of the rest, and ours; custom columns stand last."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@record(frozen=True, slots=True)
class _Month:
    """The month charged for, its end exclusive, in the form FOCUS wants."""

    start: str
    end: str


def render(report: Report | Diff, options: RenderOptions) -> str:
    """A header, then a row for each component; free resources have none."""
    run = report.after if isinstance(report, Diff) else report
    month = _month(options.generated or run.prices.newest or "1970-01-01")
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for project in run.projects:
        for resource in project.resources:
            writer.writerows(_rows(project, resource, month))
    return out.getvalue()


def _month(day: str) -> _Month:
    first = date.fromisoformat(day[:10]).replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return _Month(f"{first.isoformat()}T00:00:00Z", f"{after.isoformat()}T00:00:00Z")


def _rows(project: ProjectReport, resource: ReportedResource, month: _Month) -> Iterator[dict[str, str]]:
    if resource.estimate.coverage is Coverage.UNSUPPORTED:
        yield _row(project, resource, None, month)
    # What another resource's price holds already would be counted twice.
    yield from (_row(project, resource, c, month) for c in resource.estimate.components if not c.paid_by)


def _row(
    project: ProjectReport, resource: ReportedResource, component: CostComponent | None, month: _Month
) -> dict[str, str]:
    return {
        **_fixed(month),
        **_what(resource, component),
        **_where(resource, service_of(resource, component)),
        **(_money(component) if component else {}),
        "BillingCurrency": resource.estimate.currency,
        "x_Project": _text(project.name),
        "x_File": _text(digest.path_of(resource.span.file)),
        "x_Line": str(resource.span.line),
        "x_Status": _status(resource, component),
        "x_Unpriced": _text(_reason(component)),
    }


def _fixed(month: _Month) -> dict[str, str]:
    return {
        "BillingPeriodStart": month.start,
        "BillingPeriodEnd": month.end,
        "ChargePeriodStart": month.start,
        "ChargePeriodEnd": month.end,
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "x_FocusVersion": VERSION,
    }


def _what(resource: ReportedResource, component: CostComponent | None) -> dict[str, str]:
    name = ": ".join([*component.group, component.name]) if component else resource.type
    return {
        "ChargeDescription": _text(f"Estimate: {name}"),
        "ResourceId": _text(resource.address),
        "ResourceName": _text(resource.address),
        "ResourceType": _text(resource.type),
        "Tags": _tags(resource),
    }


def _where(resource: ReportedResource, service: Service) -> dict[str, str]:
    return {
        "RegionId": _text(resource.region),
        "RegionName": _text(resource.region),
        "ProviderName": _text(service.provider),
        "PublisherName": _text(service.provider),
        "InvoiceIssuerName": _text(service.provider),
        "ServiceCategory": service.category,
        "ServiceName": _text(service.name),
    }


def _money(component: CostComponent) -> dict[str, str]:
    """Costs and quantity. A price after discounts is the contracted one; what it was before them is not known here."""
    price, monthly = component.price, component.monthly
    found = {
        "PricingCategory": "Dynamic" if price and price.basis == "spot" else "Standard",
        "ContractedUnitPrice": _number(component.per_unit),
        "ListUnitPrice": "" if component.terms else _number(component.per_unit),
    }
    if component.quantity is not None:
        found |= {"PricingQuantity": _number(component.quantity.expected), "PricingUnit": _text(_unit(component.unit))}
    if price is not None:
        found |= {"SkuId": _text(price.item), "SkuPriceId": _text(f"{price.item}/{price.region}")}
        found |= {"x_PriceSource": _text(price.source), "x_PriceDate": price.as_of}
    if monthly is not None:
        cost = _number(monthly.expected)
        found |= dict.fromkeys(("BilledCost", "EffectiveCost", "ContractedCost"), cost)
        found["ListCost"] = "" if component.terms else cost
        found |= {"x_LowCost": _number(monthly.low), "x_HighCost": _number(monthly.high)}
    return found


def _unit(unit: str) -> str:
    """Spelled as FOCUS spells it: `hours` → `Hours`, `GB-hours` → `GB-Hours`, `1M requests` → `1000000 Requests`."""
    amount, _, rest = unit.rpartition(" ")
    word = "-".join(part if part != part.lower() else part.capitalize() for part in rest.split("-"))
    scales = {"k": 10**3, "M": 10**6, "B": 10**9}
    if amount and amount[-1] in scales and amount[:-1].isdigit():
        amount = str(int(amount[:-1]) * scales[amount[-1]])
    return f"{amount} {word}" if amount else word


def _status(resource: ReportedResource, component: CostComponent | None) -> str:
    if component is None or component.monthly is None:
        return "waiting" if component is not None and component.waits_for_usage else "unpriced"
    return "assumed" if component.is_assumed or resource.estimate.assumed else "priced"


def _reason(component: CostComponent | None) -> str:
    if component is None:
        return "no price sheet for this type"
    if component.unpriced is not None:
        return cost_rows.reason_words(component.unpriced)
    return f"waits for usage: {component.usage_key}" if component.waits_for_usage else ""


def _tags(resource: ReportedResource) -> str:
    """What is known of the tags, as a flat JSON object; null where nothing is."""
    tags = known_map(resource.tags)
    known = {redacted(str(k)): redacted(str(v)) for k, v in tags.items() if isinstance(v, str | int | float | bool)}
    return json.dumps(known, sort_keys=True) if known else ""


def _number(amount: Decimal | None) -> str:
    """A plain decimal; null where there is none."""
    return "" if amount is None else f"{amount:f}"


def _text(text: str) -> str:
    """On one line, without tokens; what a spreadsheet would run as a formula is marked as text."""
    shown = redacted(clean(text)).encode("utf-8", "replace").decode()
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
