"""What closes every terminal report: problems, totals, savings, what was not priced and why, the prices' date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from finops_lint.model.currencies import rate_words
from finops_lint.model.estimate import Coverage
from finops_lint.model.finding import Level, Problem
from finops_lint.model.report import Diff, ProjectReport, Report
from finops_lint.reports import RenderOptions, digest, figures, limits
from finops_lint.reports.lines import Painter, clean, left, listed, wrapped
from finops_lint.reports.terminal_diff import total_lines
from finops_lint.reports.terminal_limits import unit_cost_facts

MOST_ERRORS = 20
MOST_ERRORS_OF_A_FILE = 3
"""Where there are more errors than are shown, no file takes the room of the others."""
MOST_NOTICES = 10
MOST_NOTICES_OF_A_KIND = 3
"""Where there are more than are shown, no kind takes the room of the others."""
MOST_REASONS = 5
LABEL = 16


def problem_lines(report: Report | Diff, options: RenderOptions, paint: Painter) -> list[str]:
    """The first errors and notices, one line each with what to do."""
    problems = all_problems(report)
    errors = [p for p in problems if p.level is Level.ERROR]
    notices = [] if options.quiet else [p for p in problems if p.level is Level.NOTICE]
    lines: list[str] = []
    shown = _first(errors)
    for problem in shown:
        lines += _problem(problem, options, paint)
    if len(errors) > len(shown):
        lines.append(paint(f"and {len(errors) - len(shown):,} more errors (--format json lists all)", "error"))
    shown = _of_each_kind(notices)
    for problem in shown:
        lines += _problem(problem, options, paint)
    if len(notices) > len(shown):
        lines.append(paint(f"and {len(notices) - len(shown):,} more notices (--format json lists all)", "faint"))
    return [*lines, ""] if lines else []


def _first(errors: Sequence[Problem]) -> list[Problem]:
    """All of them, or of many some of each file."""
    if len(errors) <= MOST_ERRORS:
        return list(errors)
    files: Counter[str] = Counter()
    shown = []
    for error in errors:
        file = error.span.file if error.span else ""
        files[file] += 1
        if files[file] <= MOST_ERRORS_OF_A_FILE:
            shown.append(error)
    return shown[:MOST_ERRORS]


def _of_each_kind(notices: Sequence[Problem]) -> list[Problem]:
    """All of them, or of many the first of each kind and then the others, in their order."""
    if len(notices) <= MOST_NOTICES:
        return list(notices)
    places: dict[str, list[int]] = {}
    for place, problem in enumerate(notices):
        places.setdefault(problem.code, []).append(place)
    kept = sorted(place for found in places.values() for place in found[:MOST_NOTICES_OF_A_KIND])
    others = (place for place in range(len(notices)) if place not in kept)
    return [notices[place] for place in sorted([*kept, *others][:MOST_NOTICES])]


def all_problems(report: Report | Diff) -> list[Problem]:
    """Each problem once, though both sides of a change, or several projects, may have met it."""
    sides = [report] if isinstance(report, Report) else [report.after, report.before]
    seen: dict[tuple[str, str, str], Problem] = {}
    for problem in (problem for side in sides for problem in side.all_problems):
        seen.setdefault((problem.code, problem.message, str(problem.span)), problem)
    return list(seen.values())


def problem_text(problem: Problem) -> str:
    """`main.tf:3:1: message (hint)`."""
    hint = f" ({problem.hint})" if problem.hint else ""
    return clean(f"{digest.place_of(problem)}{problem.message}{hint}")


def _problem(problem: Problem, options: RenderOptions, paint: Painter) -> Iterator[str]:
    lines = wrapped(problem_text(problem), options.width, " " * 8)
    style = "error" if problem.level is Level.ERROR else "notice"
    yield paint(left(problem.level.value, 8), style) + lines[0].lstrip()
    yield from lines[1:]


def closing_lines(report: Report | Diff, options: RenderOptions, paint: Painter) -> list[str]:
    """The summary, one fact a line with its label at the left."""
    projects = digest.projects_of(report)
    is_unread = any(p.level is Level.ERROR for p in all_problems(report))
    if not is_unread and not digest.is_about_any(report):
        return [] if isinstance(report, Diff) else [paint("Nothing to check.", "title")]
    lines = _headline(report, options, paint)
    if is_unread and not any(p.resources for p in projects):
        return [paint("Nothing could be checked.", "title")]
    if isinstance(report, Diff):
        lines += total_lines(report.before.projects, report.after.projects, options, paint)
        saving = digest.total_saving(f for p in report.projects for f in p.new_findings)
    else:
        lines += _labelled(
            "Monthly cost",
            figures.total_words(report.total, digest.unsupported_count(projects)),
            options,
            paint,
            "money",
        )
        doubt = figures.doubt_words(report.total)
        lines += _labelled("", doubt, options, paint) if doubt else []
        saving = digest.total_saving(report.findings)
    label = "Unit costs"
    for fact in unit_cost_facts(report):
        lines += _labelled(label, fact, options, paint)
        label = ""
    if report.guardrails:
        lines += _labelled("Guardrails", limits.count_words(report.guardrails), options, paint)
    if saving:
        words = f"{figures.money(saving, currency_of(report))} a month"
        lines += _labelled("Could save", words, options, paint, "good")
    if not options.quiet:
        lines += _coverage(projects, options, paint)
        lines += _prices(report.after if isinstance(report, Diff) else report, options, paint)
    return lines


def currency_of(report: Report | Diff) -> str:
    """The currency the report adds up in."""
    return report.after.currency if isinstance(report, Diff) else report.currency


def _headline(report: Report | Diff, options: RenderOptions, paint: Painter) -> list[str]:
    if isinstance(report, Diff):
        words = diff_words(report)
    elif options.view == "cost":
        return []
    else:
        words = findings_words(report, hint=" (--show-undecided lists them)")
    return [*(paint(line, "title") for line in wrapped(words, options.width))]


def findings_words(report: Report, hint: str = "") -> str:
    """`5 findings: 2 errors, 3 warnings; 1 ignored in the code; 4 undecided`, with how to see the undecided."""
    found = report.findings
    none = "No findings" if all(p.complete for p in report.projects) else "No findings in what could be read"
    parts = [f"{figures.count(len(found), 'finding')}: {digest.severity_words(found)}" if found else none]
    known = sum(f.is_in_baseline for p in report.projects for f in p.suppressed)
    suppressed = sum(len(p.suppressed) for p in report.projects) - known
    undecided = sum(len(p.undecided) for p in report.projects)
    if suppressed:
        parts.append(f"{suppressed:,} ignored in the code")
    if known:
        parts.append(f"{known:,} in the baseline")
    if undecided:
        parts.append(f"{undecided:,} undecided{hint}")
    return "; ".join(parts)


def diff_words(diff: Diff) -> str:
    """`1 new finding: 1 error; 2 fixed; 7 still there`."""
    new = [f for p in diff.projects for f in p.new_findings]
    fixed = sum(len(p.fixed_findings) for p in diff.projects)
    still = sum(len(p.still_findings) for p in diff.projects)
    parts = [f"{figures.count(len(new), 'new finding')}: {digest.severity_words(new)}" if new else "No new findings"]
    if fixed:
        parts.append(f"{fixed:,} fixed")
    if still:
        parts.append(f"{still:,} still there")
    return "; ".join(parts)


def _labelled(label: str, text: str, options: RenderOptions, paint: Painter, style: str = "") -> list[str]:
    lines = wrapped(clean(text), options.width - LABEL)
    return [left(name, LABEL) + paint(line, style) for name, line in zip_longest((label,), lines, fillvalue="")]


def _coverage(projects: tuple[ProjectReport, ...], options: RenderOptions, paint: Painter) -> Iterator[str]:
    """How many resources were priced, free, or not, and the reasons."""
    yield from _labelled("Resources", resource_words(projects), options, paint)
    yield from _reasons("Assumed (≈)", digest.assumptions(projects), options, paint)
    label = "Not priced"
    kinds = digest.unsupported(projects)
    if kinds:
        names = listed((f"{name} ({number:,})" if number > 1 else name for name, number in kinds.items()), 6)
        yield from _labelled(label, f"no price sheet for {names}", options, paint)
        label = ""
    yield from _reasons(label, digest.not_priced(projects), options, paint)


def _reasons(label: str, reasons: list[digest.NotPriced], options: RenderOptions, paint: Painter) -> Iterator[str]:
    for group in reasons[:MOST_REASONS]:
        yield from _labelled(label, f"{listed(group.addresses, 3)}: {group.reason}", options, paint)
        label = ""
    if len(reasons) > MOST_REASONS:
        yield from _labelled(label, f"and {len(reasons) - MOST_REASONS:,} more reasons", options, paint)


def resource_words(projects: tuple[ProjectReport, ...]) -> str:
    """`12 in all: 9 priced, 2 free, 1 without a price sheet`."""
    counts = Counter(resource.estimate.coverage for project in projects for resource in project.resources)
    words = {Coverage.PRICED: "priced", Coverage.FREE: "free", Coverage.UNSUPPORTED: "without a price sheet"}
    parts = [f"{counts[kind]:,} {word}" for kind, word in words.items() if counts[kind]]
    return f"{sum(counts.values()):,} in all" + (f": {', '.join(parts)}" if parts else "")


def _prices(report: Report, options: RenderOptions, paint: Painter) -> list[str]:
    prices = report.prices
    lines = _labelled("Currency", rate_words(report.exchange), options, paint) if report.exchange else []
    if not prices.newest:
        return lines
    span = prices.newest if prices.oldest in ("", prices.newest) else f"{prices.oldest} to {prices.newest}"
    return lines + _labelled("Prices", f"{prices.name}, as of {span}{digest.price_remarks(prices)}", options, paint)
