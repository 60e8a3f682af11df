"""Resources to sums by what a person asks for: project, service, team, environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from finops_lint.catalog.environments import TAGS as ENVIRONMENT_TAGS
from finops_lint.model.records import record
from finops_lint.model.report import ProjectReport, ReportedResource
from finops_lint.model.values import Partial, Unknown, Value, known_map
from finops_lint.reports.cost_rows import monthly_of
from finops_lint.reports.services import service_of

TEAM_TAGS = ("finops:team", "finops_team", "team", "owner-team", "owning-team", "app.kubernetes.io/team")
"""Keys, in lower case, of tags that name the team, the most telling first."""
NO_TAG = "(no tag)"
NOT_KNOWN = "(not known)"
NOT_PRICED = "(not priced)"


@record(frozen=True, slots=True)
class Share:
    """A part of the total."""

    name: str
    amount: Decimal
    """Currency units a month, expected, unrounded."""
    resources: int


@record(frozen=True, slots=True)
class Line:
    """One resource with all it can be grouped by."""

    resource: ReportedResource
    project: str
    amount: Decimal
    """Currency units a month, without what another resource's price holds already."""
    service: str
    team: str
    environment: str


def lines_of(projects: Iterable[ProjectReport]) -> list[Line]:
    """Every resource, the dearest first."""
    found = [_line(project, resource) for project in projects for resource in project.resources]
    return sorted(found, key=lambda line: (-line.amount, line.project, line.resource.address))


def _line(project: ProjectReport, resource: ReportedResource) -> Line:
    amounts = _services(resource)
    dearest = max(amounts, key=lambda name: amounts[name]) if amounts else NOT_PRICED
    return Line(
        resource,
        project.name,
        sum(amounts.values(), Decimal(0)),
        dearest,
        tag_of(resource.tags, TEAM_TAGS),
        tag_of(resource.tags, ENVIRONMENT_TAGS),
    )


def _services(resource: ReportedResource) -> dict[str, Decimal]:
    """Service → currency units a month; the parts of one resource may be billed by several."""
    found: dict[str, Decimal] = {}
    for part in resource.estimate.components:
        if part.monthly is not None and not part.paid_by:
            name = service_of(resource, part).name
            found[name] = found.get(name, Decimal(0)) + monthly_of(part)
    return found


def tag_of(tags: Value, keys: Iterable[str]) -> str:
    """The value of the first of `keys` that is there; `(no tag)` where none is, `(not known)` where one may be."""
    by_key = {str(k).lower(): v for k, v in known_map(tags).items()}
    for key in keys:
        value = by_key.get(key)
        if isinstance(value, str | int | float):
            return str(value)
        if isinstance(value, Unknown):
            return NOT_KNOWN
    return NOT_KNOWN if isinstance(tags, Unknown | Partial) else NO_TAG


def by(lines: Iterable[Line], name_of: Callable[[Line], str]) -> list[Share]:
    """Sums by what `name_of` says of a line, the largest first; what costs nothing is left out."""
    return _shares((name_of(line), line.amount) for line in lines)


def by_service(lines: Iterable[Line]) -> list[Share]:
    """Sums by service, a resource's parts each by its own."""
    return _shares(part for line in lines for part in _services(line.resource).items())


def _shares(parts: Iterable[tuple[str, Decimal]]) -> list[Share]:
    sums: dict[str, tuple[Decimal, int]] = {}
    for name, amount in parts:
        before, count = sums.get(name, (Decimal(0), 0))
        sums[name] = (before + amount, count + bool(amount))
    return sorted(_kept(sums), key=lambda share: (-share.amount, share.name))


def _kept(sums: Mapping[str, tuple[Decimal, int]]) -> Iterator[Share]:
    return (Share(name, amount, count) for name, (amount, count) in sums.items() if amount)
