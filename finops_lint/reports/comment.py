"""Diff to the comment on a pull request: what it costs in a sentence, what is wrong, and the rest folded.

One screen, however large the change: what is long is cut or folded, the least money first, and a body a forge would
refuse for its length is shortened until it fits. Nothing in it depends on when it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from finops_lint.model.currencies import rate_words
from finops_lint.model.estimate import Coverage, Total
from finops_lint.model.finding import Finding, Level, Severity
from finops_lint.model.money import ZERO
from finops_lint.model.records import record, replace
from finops_lint.model.report import ChangeKind, Diff, ProjectDiff, ProjectReport, ResourceChange
from finops_lint.reports import digest, figures, limits
from finops_lint.reports.lines import listed
from finops_lint.reports.markdown import (
    MARKS,
    at_most,
    change_lines,
    change_words,
    code,
    code_in_text,
    escaped,
    fenced,
    folded,
    guardrail_lines,
    table,
    unit_cost_lines,
)
from finops_lint.reports.pairs import pairs
from finops_lint.reports.redaction import redacted
from finops_lint.reports.terminal_foot import all_problems, diff_words, problem_text, resource_words

SHOWN_FINDINGS = 5
SHOWN_PROJECTS = 5
SHOWN_PROBLEMS = 5
MOST_REASONS = 20
_TIGHT = "\u00a0"
"""A space at which no cell is broken."""
MOST_DETAILS = 1000
"""Resources whose parts are listed, where the length allows it."""


def no_link(file: str, line: int) -> str:
    """The link of a place that nobody knows."""
    del file, line
    return ""


@record(frozen=True, slots=True)
class CommentOptions:
    """Where the comment will stand."""

    marker: str
    """Its first line, by which it is found again."""
    limit: int
    """Bytes the forge takes; its characters are never more."""
    link: Callable[[str, int], str] = no_link
    """File and line → the page that shows them; empty where there is none."""
    job: str = ""
    """The page of the run, where the whole report is; empty where unknown."""
    commit: str = ""
    folds: bool = True
    """Whether the forge knows `<details>` and line breaks in tables."""


@record(frozen=True, slots=True)
class _Room:
    """How many of each there is room for."""

    details: int = MOST_DETAILS
    findings: int = 100
    projects: int = 100
    notes: int = 100


@record(frozen=True, slots=True)
class _Facts:
    """What takes time to find out and does not depend on the room there is."""

    head: tuple[str, ...]
    new: tuple[Finding, ...]
    """Worst first."""
    details: tuple[tuple[str, ...], ...]
    """The lines of each changed resource, the most money first, for the first of them."""
    sizes: tuple[Decimal, ...]
    """By how much each changes the cost, the most first."""
    counts: str
    gaps: tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]
    """A heading, lines that always stand, and groups of lines that may be shortened."""


def marker_of(tag: str, *, html: bool = True) -> str:
    """The line by which a comment is found again; `tag` tells several on one pull request apart."""
    words = f"finops-lint:comment tag={tag}"
    # Bitbucket shows HTML as it is written, but drops the definition of a link that nothing uses.
    return f"<!-- {words} -->" if html else f"[//]: # ({words})"


def render_comment(diff: Diff, options: CommentOptions) -> str:
    """The whole body, at most `options.limit` bytes."""
    room = _Room()
    facts = _facts(diff)
    body = _body(diff, facts, options, room)
    for name in ("details", "notes", "findings", "projects"):
        if _fits(body, options):
            return body
        room = _most(diff, facts, options, room, name)
        body = _body(diff, facts, options, room)
    return body if _fits(body, options) else _cut(body, options)


def is_news(diff: Diff, threshold: Decimal | None = None) -> bool:
    """Whether there is anything to tell: money, new or fixed findings, a broken guardrail, or what could not be read.

    With a threshold (currency units a month) money counts only from there on, more or less.
    """
    if any(limits.head_of(g) in ("error", "warning", "approved") and not g.standing for g in diff.guardrails):
        return True
    if any(p.new_findings or p.fixed_findings for p in diff.projects):
        return True
    if any(problem.level is Level.ERROR for problem in diff.after.all_problems):
        return True
    if threshold is not None:
        delta = diff.after.total.all - diff.before.total.all
        return max(abs(edge) for edge in (delta.low, delta.expected, delta.high)) >= max(threshold, Decimal("0.01"))
    return any(_costs(change) for change in diff.changes)


def _costs(change: ResourceChange) -> bool:
    """Whether a change is about money: what is free may come and go."""
    if any(side and side.estimate.coverage is Coverage.UNSUPPORTED for side in (change.before, change.after)):
        return change.before is None or change.after is None or change.before.type != change.after.type
    return any(pair.kind != "unchanged" for pair in pairs(change.before, change.after))


def _facts(diff: Diff) -> _Facts:
    found = [(abs(c.added.expected), p, c) for p in diff.projects for c in p.changed]
    # What is only a part of another's price comes last, by its own size.
    found.sort(key=lambda one: (-one[0], -abs(one[2].delta.expected)))
    several = len({id(project) for _, project, _ in found}) > 1
    return _Facts(
        tuple(_head(diff)),
        tuple(digest.worst_first(digest.once(f for p in diff.projects for f in p.new_findings))),
        tuple(_detail(p, c, several=several) for _, p, c in found[:MOST_DETAILS]),
        tuple(size for size, _, _ in found),
        _counts([c for _, _, c in found]),
        _gaps(diff),
    )


def _body(diff: Diff, facts: _Facts, options: CommentOptions, room: _Room) -> str:
    lines = [options.marker, *facts.head, *_findings(facts, options, room), *_projects(diff, options, room)]
    lines += unit_cost_lines(diff)
    lines += _details(diff, facts, options, room)
    lines += _fixed(diff, options, room)
    lines += _gap_lines(facts, options, room)
    return "\n".join([*lines, *_foot(diff, options)]).rstrip() + "\n"


def _fits(body: str, options: CommentOptions) -> bool:
    return len(body.encode()) <= options.limit


def _most(diff: Diff, facts: _Facts, options: CommentOptions, room: _Room, name: str) -> _Room:
    """`room` with as many of `name` as fit; none where even that is too long."""
    low, high = 0, getattr(room, name)
    while low < high:
        middle = (low + high + 1) // 2
        if _fits(_body(diff, facts, options, replace(room, **{name: middle})), options):
            low = middle
        else:
            high = middle - 1
    return replace(room, **{name: low})


def _cut(body: str, options: CommentOptions) -> str:
    """The last resort, for names longer than any comment: whole lines from the start."""
    end = "\n\n" + _rest("The rest is too long for a comment", options) + "\n"
    kept = body.encode()[: options.limit - len(end.encode())].decode(errors="ignore")
    lines = kept.splitlines()[:-1]
    # A fold or a fence that is cut open would swallow what follows.
    start = next((i for i, line in enumerate(lines) if line == "<details>" or line.startswith("```")), len(lines))
    return "\n".join(lines[:start]).rstrip() + end


def _rest(words: str, options: CommentOptions) -> str:
    return f"{words}: [the run]({options.job}) has all of it." if options.job else f"{words}."


# The head


def _head(diff: Diff) -> Iterator[str]:
    yield f"### {_mark(diff)} {escaped(change_words(diff))}"
    yield ""
    doubts = list(_doubts(diff))
    if doubts:
        yield " ".join(f"{doubt}." for doubt in doubts)
        yield ""
    # One list, for what is broken and what was not read.
    listed_first = [line for line in (*guardrail_lines(diff), *_errors(diff)) if line]
    if listed_first:
        yield from (*listed_first, "")
    yield f"**{diff_words(diff)}.**{_saving(diff)}"


def _mark(diff: Diff) -> str:
    """Up, down or neither, or what is broken: the one thing to see from afar."""
    if any(g.fails for g in diff.guardrails) or any(p.level is Level.ERROR for p in diff.after.all_problems):
        return "🔴"
    delta = figures.rounded(diff.after.total.all.expected - diff.before.total.all.expected, diff.after.currency)
    return "📈" if delta > 0 else "📉" if delta < 0 else "💰"


def _doubts(diff: Diff) -> Iterator[str]:
    """Why the figure is not the whole truth."""
    before, after = diff.before.total, diff.after.total
    span = figures.change_span(after.all - before.all, after.currency)
    if span:
        yield f"The change lies {span}"
    unpriced = [c.address for c in diff.changes if not c.is_certain]
    waiting = [
        c.address for c in diff.changes if c.is_certain and c.after and c.after.estimate.total.waiting and _costs(c)
    ]
    missing = [f"what is unpriced of {_names(unpriced)}"] if unpriced else []
    missing += [f"what depends on the use of {_names(waiting)}"] if waiting else []
    unread = [p.name for p in diff.projects if any(side and not side.complete for side in (p.before, p.after))]
    missing += [f"what could not be read of {_names(unread)}"] if unread else []
    if missing:
        yield f"Not in the figure: {'; '.join(missing)}"
    assumed = after.assumed.expected - before.assumed.expected
    if figures.rounded(assumed, after.currency):
        yield f"{figures.change(assumed, after.currency)} is assumed (≈)"


def _names(addresses: Sequence[str]) -> str:
    return listed((code_in_text(address) for address in addresses), 3)


def _errors(diff: Diff) -> Iterator[str]:
    errors = [p for p in all_problems(diff) if p.level is Level.ERROR]
    return at_most([f"- ⚠️ **Not read:** {escaped(problem_text(error))}" for error in errors], SHOWN_PROBLEMS)


def _saving(diff: Diff) -> str:
    saving = digest.total_saving(f for p in diff.projects for f in p.new_findings)
    return f" Their remedies save {figures.money(saving, diff.after.currency)} a month." if saving else ""


# New findings


def _findings(facts: _Facts, options: CommentOptions, room: _Room) -> Iterator[str]:
    new = facts.new
    shown = _first_seen(new)[: min(SHOWN_FINDINGS, room.findings)]
    heads = {id(group[0]) for group in shown}
    rest = [f for f in new if id(f) not in heads]
    folded_in = rest[: max(0, room.findings - len(shown))]
    if shown:
        yield ""
        yield from _finding_table(shown, options)
    if folded_in:
        table_of_one_each = list(_finding_table([(f,) for f in folded_in], options))
        yield from _fold(figures.count(len(folded_in), "more new finding"), table_of_one_each, options)
    left = len(rest) - len(folded_in)
    if left > 0:
        yield ""
        yield _rest(f"… and {figures.count(left, 'more new finding')}", options)


def _first_seen(findings: Sequence[Finding]) -> list[tuple[Finding, ...]]:
    """What a glance should see: each finding alone where all fit, otherwise those of one rule together."""
    if len(findings) <= SHOWN_FINDINGS:
        return [(f,) for f in findings]
    groups: dict[tuple[str, Severity], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.severity), []).append(finding)
    return [tuple(group) for group in groups.values()]


def _finding_table(groups: Iterable[Sequence[Finding]], options: CommentOptions) -> list[str]:
    rows = ((MARKS[g[0].severity], _finding(g[0], options), _where(g, options), _money_of(g)) for g in groups)
    return table(("", "New finding", "Where", "A month"), rows, padded=False)


def _finding(finding: Finding, options: CommentOptions) -> str:
    """What is wasted and what to do; of a long message only the first sentence, the report has the rest."""
    address = f" {code(finding.address)}" if finding.address else ""
    line_break = "<br>" if options.folds else ": "
    first, _, _ = finding.message.partition(". ")
    remedy = finding.remedy.advice if finding.remedy else ""
    advice = f" → {escaped(remedy)}" if remedy and remedy not in first else ""
    return f"**{escaped(finding.rule)}**{address}{line_break}{escaped(first.rstrip('.'))}{advice}"


def _where(group: Sequence[Finding], options: CommentOptions) -> str:
    span = group[0].span
    place = code(f"{span.file}:{span.line}")
    link = options.link(span.file, span.line) if redacted(span.file) == span.file else ""
    more = f"{'<br>' if options.folds else ' '}and {len(group) - 1:,} more of this rule" if len(group) > 1 else ""
    return (f"[{place}](<{link}>)" if link else place) + more


def _money_of(group: Sequence[Finding]) -> str:
    """What the remedies of all save; else what is at stake at the first, which has the most."""
    first = group[0]
    saving, stake = digest.total_saving(group), first.at_stake
    if saving:
        currency = next(f.saving.currency for f in group if f.saving)
        return f"saves {figures.money(saving, currency)}".replace(" ", _TIGHT)
    if stake is None:
        return digest.stake_words(first)
    most = "up to " if len(group) > 1 else ""
    return f"{most}{digest.stake_words(first)} at stake".replace(" ", _TIGHT)


# Projects and resources


def _delta(project: ProjectDiff) -> Decimal:
    before, after = project.totals
    return after.all.expected - before.all.expected


def _projects(diff: Diff, options: CommentOptions, room: _Room) -> Iterator[str]:
    changed = [p for p in diff.projects if p.changed]
    if not changed:
        return
    ordered = sorted(changed, key=lambda p: -abs(_delta(p)))
    shown = ordered[: min(SHOWN_PROJECTS, room.projects)]
    more = ordered[len(shown) : room.projects]
    yield ""
    yield from _project_table(shown)
    if more:
        yield from _fold(f"{figures.count(len(more), 'more project')}", _project_table(more), options)
    left = ordered[len(shown) + len(more) :]
    if left:
        together = figures.change(sum((_delta(p) for p in left), Decimal(0)), diff.after.currency)
        yield ""
        yield _rest(f"… and {figures.count(len(left), 'more project')}, together {together}", options)
    yield from _unchanged(diff)


def _unchanged(diff: Diff) -> Iterator[str]:
    """What else the sums of the head hold, so that the tables add up to them; nothing where that costs nothing."""
    same = [p for p in diff.projects if not p.changed and p.after and p.after.total.all != ZERO]
    if same:
        whole = sum((p.after.total for p in same if p.after), Total(currency=diff.after.currency))
        yield ""
        words = figures.count(len(same), "further project does", "further projects do")
        yield f"{words} not change: {_money(whole)} a month, in the figures above."


def _project_table(projects: Sequence[ProjectDiff]) -> list[str]:
    gaps = any(_missing(side) for p in projects for side in (p.before, p.after))
    head = ("Project", "Before", "After", "Change", *(("Not in it",) if gaps else ()))
    return table(head, (_project_row(p, gaps=gaps) for p in projects), right=(1, 2, 3), padded=False)


def _project_row(project: ProjectDiff, *, gaps: bool) -> tuple[str, ...]:
    before, after = project.totals
    old, new = before.all.expected, after.all.expected
    percent = figures.percent(old, new)
    row = (
        code(project.name),
        _money(before),
        _money(after),
        f"**{figures.change(new - old, after.currency)}**" + (f" ({percent})".replace(" ", _TIGHT) if percent else ""),
    )
    return (*row, _missing(project.after)) if gaps else row


def _money(total: Total) -> str:
    """What is expected; ≈ where it is not certain, as the head tells in full."""
    mark = "" if total.all.is_exact and total.assumed == ZERO else f"≈{_TIGHT}"
    return mark + figures.money(total.all.expected, total.currency)


def _missing(side: ProjectReport | None) -> str:
    """What one side of a project has no figure for."""
    if side is None:
        return ""
    unpriced, waiting = digest.missing_count([side]), side.total.waiting
    parts = [f"{unpriced:,} unpriced"] if unpriced else []
    return ", ".join([*parts, *([f"{waiting:,} by usage"] if waiting else [])])


def _details(diff: Diff, facts: _Facts, options: CommentOptions, room: _Room) -> Iterator[str]:
    """Each changed resource by its parts, the most money first."""
    shown = facts.details[: room.details]
    if shown:
        body = [line for lines in shown for line in lines]
        yield from _fold(f"What changed, part by part: {facts.counts}", fenced(body), options)
    left = facts.sizes[len(shown) :]
    if left:
        words = f"{figures.count(len(left), 'resource')} left out for length (each changes by at most "
        yield ""
        yield _rest(f"{words}{figures.money(left[0], diff.after.currency)})", options)


def _detail(project: ProjectDiff, change: ResourceChange, *, several: bool) -> tuple[str, ...]:
    first, *rest = change_lines(change)
    return f"{first}  ({project.name})" if several else first, *rest


def _counts(changes: Sequence[ResourceChange]) -> str:
    kinds = [change.kind for change in changes]
    words = {ChangeKind.ADDED: "added", ChangeKind.CHANGED: "changed", ChangeKind.REMOVED: "removed"}
    return ", ".join(f"{kinds.count(kind):,} {word}" for kind, word in words.items() if kind in kinds)


def _fixed(diff: Diff, options: CommentOptions, room: _Room) -> list[str]:
    fixed = [f"- {code(f.rule)} {code_in_text(f.address)}".rstrip() for p in diff.projects for f in p.fixed_findings]
    shown = list(at_most(fixed, min(MOST_REASONS, room.notes)))
    return _fold(f"{figures.count(len(fixed), 'finding')} fixed", shown, options) if fixed else []


# What is not known, and where the figures are from


def _gaps(diff: Diff) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """What could be neither priced nor decided, and what was not covered."""
    projects = diff.after.projects
    undecided = [u for p in projects for u in p.undecided]
    notices = [p for p in all_problems(diff) if p.level is Level.NOTICE]
    kinds = digest.unsupported(projects)
    always = [f"- Resources: {resource_words(projects)}"]
    always += [f"- no price sheet for {listed((code(name) for name in kinds), 10)}"] if kinds else []
    groups = (
        tuple(f"- {_names(g.addresses)}: {escaped(g.reason)}" for g in digest.not_priced(projects)),
        tuple(f"- ≈ {_names(g.addresses)}: {escaped(g.reason)}" for g in digest.assumptions(projects)),
        tuple(
            f"- undecided: {code(u.rule)} {code_in_text(u.address or u.span.file)}: {escaped(u.reason)}"
            for u in undecided
        ),
        tuple(f"- {escaped(problem_text(notice))}" for notice in notices),
    )
    return _gap_words(diff, len(undecided), len(notices)), tuple(always), groups


def _gap_lines(facts: _Facts, options: CommentOptions, room: _Room) -> list[str]:
    heading, always, groups = facts.gaps
    most = min(MOST_REASONS, room.notes)
    return _fold(heading, [*always, *(line for group in groups for line in at_most(group, most))], options)


def _gap_words(diff: Diff, undecided: int, notices: int) -> str:
    unpriced = digest.missing_count(diff.after.projects)
    parts = [f"{unpriced:,} unpriced"] if unpriced else []
    parts += [f"{undecided:,} undecided"] if undecided else []
    parts += [figures.count(notices, "notice")] if notices else []
    return f"What could not be priced or decided: {', '.join(parts)}" if parts else "What was priced"


def _fold(summary: str, body: Sequence[str], options: CommentOptions) -> list[str]:
    return folded(summary, body) if options.folds else ["", f"**{escaped(summary)}**", "", *body]


def _foot(diff: Diff, options: CommentOptions) -> Iterator[str]:
    prices, exchange = diff.after.prices, diff.after.exchange
    parts = ["List prices" if diff.after.total.all != ZERO or diff.before.total.all != ZERO else "Nothing priced"]
    if prices.newest:
        span = prices.newest if prices.oldest in ("", prices.newest) else f"{prices.oldest} to {prices.newest}"
        parts = [f"Prices: {escaped(prices.name)}, as of {escaped(span)}"]
    parts += [f"priced for {escaped(prices.priced_for)}"] if prices.priced_for else []
    parts += [escaped(rate_words(exchange))] if exchange else []
    parts += [f"commit {code(options.commit[:10])}"] if options.commit else []
    words = " · ".join([*parts, "finops-lint; this comment is kept up to date"])
    yield ""
    yield f"<sub>{words}</sub>" if options.folds else f"*{words}*"
