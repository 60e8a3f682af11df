"""Paths to a Report: discovers the projects, has each read, priced and checked (`tools`), and sums up.

Touches neither network nor clock: the caller says which day it is.
"""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from finops_lint import __version__
from finops_lint.catalog.data import data_root
from finops_lint.catalog.prices import is_old
from finops_lint.model.currencies import in_one_currency
from finops_lint.model.explanation import Explanation, Wanted
from finops_lint.model.finding import Problem, RuleSummary
from finops_lint.model.project import Project
from finops_lint.model.records import replace
from finops_lint.model.report import PriceSet, ProjectReport, Report, ReportedResource
from finops_lint.model.resource import Graph
from finops_lint.model.settings import Settings
from finops_lint.readers.discover import Discovery, ProjectPath, discover
from finops_lint.readers.touched import touched
from finops_lint.request import Request
from finops_lint.tools import Outcome, Tools, failed, summary_of
from finops_lint.workers import CAN_FORK, side_by_side

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets

Progress = Callable[[int, int], None]
"""Called with how many projects are done, and how many there are."""

PARALLEL_FROM = 8
"""Fewer projects than this are not worth a second process."""


def analyze(request: Request, progress: Progress | None = None) -> Report:
    """Everything `request.paths` hold, read, priced and, if asked for, checked.

    Raises:
        FinopsLintError: a rule, sheet, table or usage file is wrong.
    """
    [(outcomes, problems)] = _outcomes([Run(request)], progress)
    return _report(request, [(o.after, o.rules) for o in outcomes], problems)


def analyze_sides(before: Run, after: Run, progress: Progress | None = None) -> tuple[Report, Report]:
    """Both sides of a change by the same rules, sheets and prices, which are opened once; side by side where it helps.

    Raises:
        FinopsLintError: a rule, sheet, table or usage file is wrong.
    """
    # What is new comes first: it was begun already where there was something to wait for.
    now, then = (
        _report(run.request, [(o.after, o.rules) for o in outcomes], problems)
        for run, (outcomes, problems) in zip((after, before), _outcomes([after, before], progress), strict=True)
    )
    return then, now


def analyze_each(
    whole: Request,
    parts: Iterable[tuple[Request, Callable[[Sequence[ProjectReport]], Sequence[str | None]]]],
    progress: Progress | None = None,
) -> Report:
    """One report of several requests, each with variables and usage of its own; `whole` decides what concerns all.

    Beside each request stands what names the projects found for it; None leaves one out.

    Raises:
        FinopsLintError: a rule, sheet, table or usage file is wrong.
    """
    found: list[tuple[ProjectReport, tuple[RuleSummary, ...]]] = []
    problems: list[Problem] = []
    for part, called in parts:
        [(outcomes, more)] = _outcomes([Run(part)], progress)
        names = called([outcome.after for outcome in outcomes])
        pairs = zip(outcomes, names, strict=True)
        found += [(_renamed(o.after, own), o.rules) for o, own in pairs if own is not None]
        problems += [problem for problem in more if problem not in problems]
    return _report(whole, found, problems)


def _renamed(project: ProjectReport, name: str) -> ProjectReport:
    """`project` under another name, in what it says of itself too."""
    if name == project.name:
        return project
    return replace(
        project,
        name=name,
        findings=tuple(replace(f, project=name) for f in project.findings),
        suppressed=tuple(replace(f, project=name) for f in project.suppressed),
        undecided=tuple(replace(u, project=name) for u in project.undecided),
    )


def analyze_change(request: Request, progress: Progress | None = None) -> tuple[Report, Report]:
    """Before and after of inputs that hold both: plans. What holds one state only is in `after`.

    Raises:
        FinopsLintError: a rule, sheet, table or usage file is wrong.
    """
    [(outcomes, problems)] = _outcomes([Run(replace(request, change=True))], progress)
    before = _report(request, [(o.before, o.rules) for o in outcomes if o.before is not None], ())
    before = replace(before, problems=())  # what is to be said about commitments concerns what will be
    return before, _report(request, [(o.after, o.rules) for o in outcomes], problems)


def rule_summaries(settings: Settings, *, only: str = "", examples: bool = False) -> list[tuple[RuleSummary, bool]]:
    """Every rule, shipped and the project's own, in order of id, and whether it runs; `only` names one.

    Raises:
        FinopsLintError: a rule file is wrong.
    """
    from finops_lint.rules.loader import index_rules, is_selected, load_rule

    files = index_rules(data_root(), [Path(p) for p in settings.rules])
    rules = [load_rule(file, settings, examples=examples) for file in files if only in ("", file.id)]
    return [(summary_of(r, settings), is_selected(r.id, settings, default=r.default)) for r in rules]


def explanations(request: Request, found: Iterable[tuple[ProjectReport, ReportedResource]]) -> tuple[Explanation, ...]:
    """What the shipped and the project's own data say around each resource: sources in words, usage keys.

    Raises:
        FinopsLintError: a sheet or manifest is wrong.
    """
    from finops_lint.catalog.sheet_model import cloud_of

    tools = Tools(request)
    return tuple(
        Explanation(
            project, resource, tools.prices.sources(cloud_of(resource.type)), tuple(tools.usage_of(resource.type))
        )
        for project, resource in found
    )


def usage_wanted(request: Request) -> tuple[list[tuple[str, list[Wanted]]], tuple[Problem, ...]]:
    """Address → the usage its price waits for, what has most money first; and what went wrong while reading.

    Raises:
        FinopsLintError: a sheet, table or usage file is wrong.
    """
    found = _discover(request)
    tools = Tools(request)
    wanted: list[tuple[str, list[Wanted]]] = []
    problems = [*found.problems]
    for path in found.projects:
        try:
            project = tools.read(path)
        except (RecursionError, MemoryError):
            problems += failed(path, "input-too-deep", "nested too deeply or too large to be read", "").after.problems
            continue
        problems += project.problems
        graph = Graph(project.resources)
        wanted += [(r.address, tools.pricer.wanted(r, graph)) for r in graph.resources]
    return [(address, keys) for address, keys in wanted if keys], tuple(problems)


def judged_projects(request: Request) -> Iterator[tuple[Project, ProjectReport, Sheets]]:
    """Each project with its resources and what the rules say of them, for those who want to change the source.

    Raises:
        FinopsLintError: a rule, sheet, table or usage file is wrong.
    """
    found = _discover(request)
    tools = Tools(request, found.projects)
    for path in found.projects:
        project = tools.read(path)
        report, _ = tools.judge(project, tools.around(path, project))
        yield project, report, tools.sheets


def _outcomes(runs: Sequence[Run], progress: Progress | None) -> list[tuple[list[Outcome], tuple[Problem, ...]]]:
    """The outcomes of each run's projects, in order, and what else is to be said; by the same shipped data."""
    for run in runs[1:]:
        run.tools.share(runs[0].tools)
    units = [(run, path) for run in runs for path in run.projects]
    outcomes: dict[int, Outcome] = {}
    for place, outcome in _each(units, runs[0].request.jobs):
        outcomes[place] = outcome
        if progress is not None:
            progress(len(outcomes), len(units))
    in_order = [outcomes[place] for place in range(len(units))]
    ends = list(accumulate(len(run.projects) for run in runs))
    return [run.ended(in_order[end - len(run.projects) : end]) for run, end in zip(runs, ends, strict=True)]


class Run:
    """One request under way: its projects are known, none is read yet."""

    def __init__(self, request: Request, found: Discovery | None = None) -> None:
        self.request = request
        self._begun: dict[tuple[str, str], Outcome] = {}
        with self._inside():
            self._found = _discover(request) if found is None else found
            self.tools = Tools(request, self._found.projects)
            changed = request.changed
            self.projects = self._found.projects if changed is None else touched(self._found, changed)

    def begin(self, until: Callable[[], bool]) -> None:
        """Read the first project ahead of all others, and with it what they share; then more, `until` that says so."""
        for path in self.projects:
            self._begun[path.kind, path.path] = self.project(path)
            if until():
                return

    def project(self, path: ProjectPath) -> Outcome:
        """The outcome of one project."""
        if (path.kind, path.path) in self._begun:
            return self._begun[path.kind, path.path]
        with self._inside():
            outcome = self.tools.project(path)
        for side in (outcome.before, outcome.after):
            if side is not None:
                _settle(side)
        return outcome

    def ended(self, outcomes: list[Outcome]) -> tuple[list[Outcome], tuple[Problem, ...]]:
        """The outcomes with what only the usage file tells of, and what is to be said beside them."""
        with self._inside():
            if not self.request.change:  # it is the same before and after
                outcomes += self.tools.stated()
            problems = (*self._found.problems, *self.tools.usage.problems, *_strangers(self.tools, outcomes))
            return outcomes, problems

    def _inside(self) -> contextlib.AbstractContextManager[None]:
        folder = self.request.folder
        return contextlib.chdir(folder) if folder else contextlib.nullcontext()


def _settle(side: ProjectReport) -> None:
    """Work out what every report asks for: here that is done side by side with other projects."""
    _ = side.total, side.currencies, side.price_facts
    for resource in side.resources:
        for component in resource.estimate.components:
            if component.unpriced is not None:
                _ = len(component.unpriced.nearest)


def _strangers(tools: Tools, outcomes: Sequence[Outcome]) -> Iterator[Problem]:
    """What the usage file says of addresses that nobody read; nothing where something could not be read."""
    sides = [side for o in outcomes for side in (o.after, o.before) if side is not None]
    if tools.request.checks_usage and sides and all(side.complete for side in sides):
        resources = [r for side in sides for r in side.resources]
        yield from tools.usage.strangers((r.address for r in resources), {r.type for r in resources}, tools.sheets)


def _discover(request: Request) -> Discovery:
    if request.projects is not None:
        return Discovery(request.projects)
    found = _discover_paths(request)
    here = os.path.realpath(".")
    rendered = (ProjectPath("kubernetes", name, name, here, named_by_user=True) for name, _ in request.rendered)
    return replace(found, projects=(*found.projects, *rendered))


def _discover_paths(request: Request) -> Discovery:
    if not request.paths:
        return Discovery(())
    if request.stdin is None:
        return discover(request.paths, exclude=request.settings.exclude)
    from finops_lint.readers.documents import document_kind, infrastructure_kind

    kind = document_kind(request.stdin[:65_536]) or infrastructure_kind(request.stdin) or "plan"
    return Discovery((ProjectPath(kind, "-", "standard input", os.path.realpath("."), named_by_user=True),))


def worth_forking(jobs: int, projects: int) -> bool:
    """Whether so many projects are read side by side, as far as `jobs` allow."""
    return jobs != 1 and projects >= PARALLEL_FROM and CAN_FORK


def _each(units: Sequence[tuple[Run, ProjectPath]], jobs: int) -> Iterator[tuple[int, Outcome]]:
    """The outcome of each project with its place, in the order of finishing.

    The first is always done here and alone, so that what it loads is shared.
    """

    def work(place: int) -> Outcome:
        run, path = units[place]
        return run.project(path)

    if not worth_forking(jobs, len(units)):
        yield from ((place, work(place)) for place in range(len(units)))
        return
    first, left = work(0), len(units) - 1
    gc.freeze()
    sizes = [path.size for _, path in units[1:]]
    done = side_by_side(lambda number: work(number + 1), left, min(jobs, left), sizes=sizes)
    yield 0, first
    for number, outcome in done:
        lost = outcome or failed(units[number + 1][1], "worker-died", "its process ended before it was done", "")
        yield number + 1, lost


def _report(
    request: Request, projects: Iterable[tuple[ProjectReport, tuple[RuleSummary, ...]]], problems: Sequence[Problem]
) -> Report:
    found = list(projects)
    rules = {rule.id: rule for _, summaries in found for rule in summaries}
    every: Sequence[ProjectReport] = [project for project, _ in found]
    if request.settings.commitments:
        from finops_lint.costs.commitments import with_commitments

        every, more = with_commitments(every, request.settings.commitments, Tools(request).prices)
        problems = (*problems, *more)
    exchange = request.settings.exchange
    reports, currency = in_one_currency(every, exchange)
    return Report(
        projects=reports,
        prices=_price_set(request, reports),
        problems=tuple(problems),
        currency=currency,
        exchange=exchange,
        version=__version__,
        rules=tuple(rules[name] for name in sorted(rules)),
    )


def _price_set(request: Request, projects: Sequence[ProjectReport]) -> PriceSet:
    """The dates and sources of every price that was used."""
    used = frozenset[tuple[str, str]]().union(*(project.price_facts for project in projects))
    dates = sorted(day for day, _ in used if day)
    sources = tuple(sorted({source for _, source in used if source}))
    day = request.as_of.isoformat() if request.as_of else ""
    if not dates:
        return PriceSet(request.price_set, sources=sources, priced_for=day)
    limit = request.settings.max_price_age_days
    too_old = limit if is_old(dates[0], request.today, limit) else 0
    return PriceSet(request.price_set, dates[0], dates[-1], sources, too_old, day)
