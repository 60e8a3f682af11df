"""Reads `# finops-lint: ignore[rule] until=DATE -- reason` out of text and takes the findings it names aside.

A suppression counts on its own line, on the line below it, and, at a block's head, for the whole block. Without a
reason it counts for nothing; an expired one, an unused one and one that cannot be read are findings themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from finops_lint.model.finding import Confidence, Finding, Severity
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Value

ReadText = Callable[[str], str | None]
"""File as in a span → its text; None where it cannot be had."""

_MARK = "finops-lint:"
_COMMENT = regex(r"(?:#|//|/\*)\s*finops-lint:\s*(?P<what>[\w-]+)(?P<rest>.*?)(?:\*/\s*)?$")
_BODY = regex(
    r"^\s*\[(?P<rules>[^\]]*)\]"
    r"(?:\s+until=(?P<until>\S+))?"
    r"(?:\s*--\s*(?P<reason>.*?))?\s*$"
)
_OWN_LINE = regex(r"^\s*(?:#|//|/\*)")
_ANNOTATED = regex(r"(?P<names>[^\n]{0,2000}?)(?P<rest>(?:\s+until=\S+)?\s*(?:--[^\n]*)?)\s*$")
_MAX_CHARACTERS = 20_000_000

ANNOTATION = "finops-lint.io/ignore"
"""The Kubernetes annotation that says the same."""


@record(frozen=True, slots=True)
class Suppression:
    """One request to ignore rules."""

    rules: tuple[str, ...]
    span: Span
    lines: frozenset[int]
    """Lines of its file it speaks for; empty where `address` says it."""
    reason: str = ""
    until: date | None = None
    fault: str = ""
    """What cannot be read in it; empty where all can."""
    address: str = ""
    """The resource that carries it as an annotation or metadata."""

    def expired(self, today: date) -> bool:
        """Whether its last day is past."""
        return self.until is not None and self.until < today

    def counts(self, today: date) -> bool:
        """Whether it takes findings aside."""
        return bool(self.reason) and not self.fault and not self.expired(today)


def in_text(text: str, file: str) -> Iterator[Suppression]:
    """The suppressions in the comments of `text`."""
    if _MARK not in text or len(text) > _MAX_CHARACTERS:
        return
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        at = line.find(_MARK)
        if at < 0:
            continue
        comment = _COMMENT.search(line)
        if comment is None:
            continue
        span = Span(file, number, comment.start() + 1)
        covered = {number}
        if _OWN_LINE.match(line):
            covered.add(_next_code(lines, number))
        yield parse(comment["what"], comment["rest"], span, frozenset(covered))


def _next_code(lines: list[str], number: int) -> int:
    """The line below `number` that a comment above it speaks for: the next that is neither comment nor empty."""
    for below in range(number, min(number + 20, len(lines))):
        if lines[below].strip() and not _OWN_LINE.match(lines[below]):
            return below + 1
    return number + 1


def parse(what: str, rest: str, span: Span, lines: frozenset[int], address: str = "") -> Suppression:
    """The suppression that `what` and `rest`, the words after `finops-lint:`, ask for."""
    body = _BODY.match(rest.rstrip().removesuffix("*/"))
    if what != "ignore" or body is None:
        return Suppression((), span, lines, fault="write it as: ignore[rule-id] -- reason", address=address)
    rules = tuple(name.strip() for name in body["rules"].split(",") if name.strip())
    fault = "" if rules else "no rule is named between the brackets"
    until = None
    if body["until"]:
        try:
            until = date.fromisoformat(body["until"])
        except ValueError:
            fault = f"until={body['until']} is not a date like 2027-03-31"
    return Suppression(rules, span, lines, body["reason"] or "", until, fault, address)


def of_resource(resource: Resource) -> Iterator[Suppression]:
    """What a Kubernetes object's annotation, or a template's metadata, asks for.

    The annotation is `"rule, rule until=2027-03-31 -- reason"`; the metadata a list of `{rule, reason, until}`.
    """
    if resource.dialect == "cloudformation":
        yield from _in_metadata(resource)
    if resource.dialect != "kubernetes":
        return
    path = ("metadata", "annotations", ANNOTATION)
    is_cloud = "renamed" in resource.metadata  # its attributes are a cloud's, where `metadata` is something else
    text = resource.metadata.get("annotation") if is_cloud else _annotation(resource.value("metadata"))
    asked = _ANNOTATED.match(text) if isinstance(text, str) else None
    if asked is not None:
        body = f"[{asked['names']}]{asked['rest']}"
        yield parse("ignore", body, resource.where(path), frozenset(), resource.address)


def _in_metadata(resource: Resource) -> Iterator[Suppression]:
    """`Metadata: finops-lint: ignore:` of a template's resource: entries with `rule` or `rules`, `reason`, `until`."""
    said = resource.metadata.get("finops-lint")
    asked = said.get("ignore") if isinstance(said, Mapping) else None
    for number, entry in enumerate(asked if isinstance(asked, list) else ()):
        span = resource.where(("Metadata", "finops-lint", "ignore", number))
        if not isinstance(entry, Mapping):
            fault = "write it as: {rule: rule-id, reason: why}"
            yield Suppression((), span, frozenset(), fault=fault, address=resource.address)
            continue
        names = entry.get("rules", entry.get("rule", ()))
        rules = ", ".join(map(str, names)) if isinstance(names, list) else str(names or "")
        until = f" until={entry['until']}" if entry.get("until") else ""
        reason = f" -- {entry['reason']}" if entry.get("reason") else ""
        yield parse("ignore", f"[{rules}]{until}{reason}", span, frozenset(), resource.address)


def _annotation(metadata: Value) -> Value:
    here = metadata[0] if isinstance(metadata, list) and metadata else metadata
    for step in ("annotations", ANNOTATION):
        here = here.known if isinstance(here, Partial) else here
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


def collect(graph: Graph, read: ReadText) -> list[Suppression]:
    """Every suppression in the files of `graph`'s resources, and on the resources themselves."""
    files = dict.fromkeys(span.file for r in graph.resources for span in (r.span, *r.calls))
    found: list[Suppression] = []
    for file in files:
        text = read(file)
        if text is not None:
            found += in_text(text, file)
    for resource in graph.resources:
        found += of_resource(resource)
    return found


@record(frozen=True, slots=True)
class Sorted:
    """Findings after the suppressions have spoken."""

    stand: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    used: frozenset[Suppression]


def sort_out(findings: Iterable[Finding], suppressions: Iterable[Suppression], graph: Graph, today: date) -> Sorted:
    """Take aside the findings that a suppression names at a place it speaks for."""
    by_place: dict[tuple[str, int | str], list[Suppression]] = {}
    for suppression in suppressions:
        for line in suppression.lines:
            by_place.setdefault((suppression.span.file, line), []).append(suppression)
        if suppression.address:
            by_place.setdefault(("", suppression.address), []).append(suppression)
    stand, suppressed, used = [], [], set()
    for finding in findings:
        hits = _speaking_for(finding, by_place, graph) if by_place else []
        used.update(hits)
        counting = next((s for s in hits if s.counts(today)), None)
        if counting is None:
            stand.append(finding)
        else:
            suppressed.append(replace(finding, suppressed=counting.reason))
    return Sorted(tuple(stand), tuple(suppressed), frozenset(used))


def _speaking_for(
    finding: Finding, by_place: Mapping[tuple[str, int | str], list[Suppression]], graph: Graph
) -> list[Suppression]:
    places: list[tuple[str, int | str]] = [(s.file, s.line) for s in (finding.span, *finding.calls)]
    resource = graph.by_address.get(finding.address)
    if resource is not None:
        places.append((resource.span.file, resource.span.line))
        heads = (resource.where(finding.path[:n]) for n in range(1, len(finding.path)))
        places += [(head.file, head.line) for head in heads]
    places.append(("", finding.address))
    found = dict.fromkeys(s for place in places for s in by_place.get(place, ()))
    return [s for s in found if finding.rule in s.rules]


@record(frozen=True, slots=True)
class Known:
    """What is needed to say whether a suppression is of use."""

    ids: frozenset[str]
    """Every rule there is."""
    ran: Mapping[str, Severity]
    """The rules the settings select, with their severity here."""
    undecided: frozenset[str]
    """Rules that could not decide somewhere, so that a suppression of theirs may yet be needed."""

    def can_tell(self, rules: tuple[str, ...]) -> bool:
        """Whether all of `rules` ran and decided everywhere."""
        return self.ran.keys() >= set(rules) and not self.undecided.intersection(rules)


def complaints(
    suppressions: Iterable[Suppression], used: frozenset[Suppression], known: Known, *, today: date, project: str
) -> Iterator[Finding]:
    """A finding for each suppression that is faulty, gives no reason, is expired or is not needed."""
    for suppression in suppressions:
        for rule, message in _complaints_about(suppression, suppression in used, known, today):
            if rule in known.ran:
                yield Finding(
                    rule=rule,
                    severity=known.ran[rule],
                    confidence=Confidence.HIGH,
                    address=suppression.address,
                    type="",
                    project=project,
                    span=suppression.span,
                    message=message,
                )


def _complaints_about(suppression: Suppression, is_used: bool, known: Known, today: date) -> Iterator[tuple[str, str]]:
    names = ", ".join(suppression.rules)
    if suppression.fault:
        yield "suppression-unreadable", f"This suppression cannot be read: {suppression.fault}."
        return
    strangers = [name for name in suppression.rules if name not in known.ids]
    if strangers:
        yield "suppression-unused", f"There is no rule {', '.join(strangers)} to ignore."
    if not suppression.reason:
        message = f"Say why {names} may be ignored: add ` -- reason`. Until then it is not ignored."
        yield "suppression-without-reason", message
    elif suppression.expired(today):
        message = f"The suppression of {names} ended on {suppression.until}; mend the finding or set a new date."
        yield "suppression-expired", message
    elif not (is_used or strangers) and known.can_tell(suppression.rules):
        yield "suppression-unused", f"Nothing here breaks {names}: remove this suppression."
