"""Wanted usage to the text of a usage file, Infracost's format 0.1; what a file says already stays byte for byte.

New keys are written as comments with what they decide, so that the file says nothing its user did not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from finops_lint.catalog.yaml_text import safe_loader
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.estimate import CostComponent
from finops_lint.model.explanation import UsageFact, Wanted
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span
from finops_lint.reports import cost_rows, figures

HEAD = """\
# What the code does not tell, in Infracost's usage format. Take the # away and put in your own figures.
# What has most money at typical use comes first; `finops-lint explain ADDRESS` lists every key of a resource.
version: 0.1
resource_usage:
"""
SECTION = "resource_usage"
_KEY = regex(r"""(?P<indent>\s*)(?:\#(?:\x20)?(?P<more>\s*))?["']?(?P<key>[\w.\-\[\]*]+)["']?:(?:\s|$)""")
_MOST_LINES = 3


class UsageFileError(FinopsLintError):
    """The usage file cannot be added to."""


@record(frozen=True, slots=True)
class Entry:
    """What one address, or several that differ in their index only, could state."""

    address: str
    keys: tuple[Wanted, ...]
    """What one instance waits for."""
    monthly: Decimal
    """Currency units a month at typical use, over all instances."""


def entries(wanted: Iterable[tuple[str, Sequence[Wanted]]], *, every_key: bool = False) -> list[Entry]:
    """One entry an address, instances together under `[*]`, what has most money first.

    Without `every_key`, keys that are usually not used, or whose use nobody knows, are left out where the resource has
    others.
    """
    groups: dict[str, dict[str, Sequence[Wanted]]] = {}
    for address, keys in wanted:
        groups.setdefault(_starred(address), {})[address] = keys
    found = []
    for starred, instances in groups.items():
        # A list or map of instances is stated once; what has no index, or one only, under its own name.
        address = starred if len(instances) > 1 else next(iter(instances))
        keys = tuple(_chosen(max(instances.values(), key=len), every_key=every_key))
        money = sum((_money(keys_of) for keys_of in instances.values()), Decimal(0))
        found.append(Entry(address, keys, money))
    return sorted(found, key=lambda entry: -entry.monthly)


def _starred(address: str) -> str:
    return re.sub(r"\[[^\]]*\]", "[*]", address)


def _chosen(keys: Sequence[Wanted], *, every_key: bool) -> Sequence[Wanted]:
    typical = [one for one in keys if any(one.fact.typical)]
    return keys if every_key or not typical else typical


def _money(keys: Sequence[Wanted]) -> Decimal:
    """The money of all lines, each counted once though several keys may decide it."""
    return max((one.monthly or Decimal(0) for one in keys), default=Decimal(0))


def new_text(found: Sequence[Entry]) -> str:
    """A whole usage file."""
    if not found:
        return HEAD.replace(f"{SECTION}:\n", f"{SECTION}: {{}}\n")
    return HEAD + "".join(f"{line}\n" for entry in found for line in entry_lines(entry, "  "))


def entry_lines(entry: Entry, indent: str) -> Iterator[str]:
    """`entry` under its address."""
    yield f"{indent}{_quoted(entry.address)}:"
    for heading, keys in _by_heading(entry.keys).items():
        steps = heading.split(".") if heading else []
        for depth, step in enumerate(steps):
            yield f"{indent * 2}# {'  ' * depth}{step}:"
        yield from _key_lines(keys, (indent * 2, "  " * len(steps)), each="[*]" in entry.address)


def _quoted(address: str) -> str:
    """The address as a YAML key: plain where it may be."""
    if re.fullmatch(r"[A-Za-z_][\w.\-/]*(?:\[(?:\d+|\*)\][\w.\-]*)*", address):
        return address
    return "'" + address.replace("'", "''") + "'"


def _by_heading(keys: Iterable[Wanted]) -> dict[str, list[Wanted]]:
    groups: dict[str, list[Wanted]] = {}
    for one in keys:
        groups.setdefault(one.fact.name.rpartition(".")[0], []).append(one)
    return groups


def _key_lines(keys: Iterable[Wanted], margin: tuple[str, str], *, each: bool) -> Iterator[str]:
    """The keys as comments, each with what it decides; `margin` is what stands before the # and after it."""
    before, after = margin
    for one in keys:
        yield f"{before}## {words_of(one, each=each)}"
        yield f"{before}# {after}{one.fact.name.rpartition('.')[2]}: {_value(one.fact)}"


def words_of(one: Wanted, *, each: bool = False) -> str:
    """`Data processed, $0.045 per GB. Usually 10 to 1,000 GB. ≈ $4.50 a month at 100`."""
    lines = dict.fromkeys(_line_words(line, one.currency) for line in one.lines)
    more = f" and {len(lines) - _MOST_LINES} more" if len(lines) > _MOST_LINES else ""
    parts = ["; ".join(list(lines)[:_MOST_LINES]) + more]
    fact = one.fact
    if fact.values:
        parts.append(f"One of {', '.join(fact.values)}")
    elif len(fact.typical) == 3:
        low, _, high = (figures.quantity(amount) for amount in fact.typical)
        parts.append(f"Usually {low} to {high} {fact.unit}".rstrip())
    elif fact.unit:
        parts.append(f"In {fact.unit}")
    if one.monthly is not None:
        parts.append(f"≈ {figures.money(one.monthly, one.currency)} a month{' each' if each else ''} at {_value(fact)}")
    return ". ".join(parts)


def _line_words(line: CostComponent, currency: str) -> str:
    name = " / ".join((*line.group, re.sub(r" \((?:first|next|over) [^)]*\)$", "", line.name)))
    if line.per_unit is None:
        return name
    return f"{name}, {figures.unit_price(line.per_unit, currency)} per {cost_rows.singular(line.unit)}"


def _value(fact: UsageFact) -> str:
    if fact.values:
        return fact.values[0]
    return f"{fact.typical[1]:f}" if len(fact.typical) == 3 else "0"


# A file that is there


@record(frozen=True, slots=True)
class _Block:
    """The lines of one entry: from its key to where the next begins, counted from 0."""

    start: int
    end: int


@record(frozen=True, slots=True)
class _Key:
    """A key of an entry, or a commented one."""

    name: str
    """With dots where it is nested."""
    line: int
    """Counted from 0."""
    before: int
    """How many columns stand before it, or before its #."""
    column: int
    """Where it would begin without the # and the one space after it."""
    is_comment: bool


def updated_text(text: str, found: Sequence[Entry], *, file: str) -> tuple[str, int]:
    """`text` with the keys it does not have, and how many they are; every line of it stays as it is.

    Raises:
        UsageFileError: its entries are not written as a block, so that nothing can be added.
    """
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    blocks, at, indent = _blocks(text, lines, file)
    added: dict[int, list[str]] = {}
    fresh: list[str] = []
    count = 0
    for entry in found:
        block = blocks.get(entry.address)
        known = _keys_of(lines, block) if block else []
        keys = [one for one in entry.keys if one.fact.name not in {key.name for key in known}]
        count += len(keys)
        if block and keys:
            for place, more in _additions(replace(entry, keys=tuple(keys)), lines, block, known):
                added.setdefault(place, []).extend(more)
        elif keys:
            fresh += entry_lines(entry, indent)
    if not count:
        return text, 0
    if fresh and not blocks and not any(line.startswith(f"{SECTION}:") for line in lines):
        fresh.insert(0, f"{SECTION}:")
    added.setdefault(at, []).extend(fresh)  # after what the last entry gets
    return _woven(text, lines, added, ending), count


def _additions(
    entry: Entry, lines: Sequence[str], block: _Block, known: Sequence[_Key]
) -> Iterator[tuple[int, list[str]]]:
    """Before which line what is to be written: under a heading that is there, else at the end of the block."""
    each = "[*]" in entry.address
    depth = next((key.before for key in known), _indent(lines[block.start]) + 2)
    rest: list[Wanted] = []
    for heading, keys in _by_heading(entry.keys).items():
        head = next((key for key in known if key.name == heading), None)
        if head is None:
            rest += keys
            continue
        inside = [key for key in known if key.name.startswith(f"{heading}.")]
        column = next((key.column for key in inside), head.column + 2)
        # Below a heading that is in use the # stands before the key, below a commented one before the heading.
        before = head.before if head.is_comment else column
        margin = (" " * before, " " * (column - before))
        last = max((key.line for key in inside), default=head.line)
        yield last + 1, list(_key_lines(keys, margin, each=each))
    if rest:
        body = list(entry_lines(replace(entry, keys=tuple(rest)), ""))[1:]
        yield _last(lines, block), [" " * depth + line for line in body]


def _woven(text: str, lines: Sequence[str], added: Mapping[int, list[str]], ending: str) -> str:
    """`text` with lines put in before the given ones."""
    kept = text.splitlines(keepends=True)
    if kept and not kept[-1].endswith(("\n", "\r")) and any(added):
        kept[-1] += ending
    out: list[str] = []
    for number in range(len(lines) + 1):
        out += [line + ending for line in added.get(number, ())]
        out += kept[number : number + 1]
    return "".join(out)


def _blocks(text: str, lines: Sequence[str], file: str) -> tuple[dict[str, _Block], int, str]:
    """Address → its block; where a new entry goes; how far entries are indented."""
    import yaml

    root = yaml.compose(text, Loader=safe_loader())
    pairs = list(root.value) if isinstance(root, yaml.MappingNode) else []
    tops = [key.start_mark.line for key, _ in pairs] + [len(lines)]
    for place, (key, node) in enumerate(pairs):
        if key.value != SECTION:
            continue
        end = tops[place + 1]
        if getattr(node, "flow_style", False):
            raise UsageFileError(
                f"{SECTION} is written in braces: write it as a block, one entry below the other",
                Span(file, key.start_mark.line + 1),
            )
        if not isinstance(node, yaml.MappingNode) or not node.value:
            return {}, key.start_mark.line + 1, "  "
        starts = [inner.start_mark.line for inner, _ in node.value] + [end]
        blocks = {str(k.value): _Block(starts[n], starts[n + 1]) for n, (k, _) in enumerate(node.value)}
        last = _Block(starts[-2], end)
        return blocks, _last(lines, last), " " * node.value[0][0].start_mark.column
    return {}, len(lines), "  "


def _last(lines: Sequence[str], block: _Block) -> int:
    """The line after the last one of `block` that belongs to it: comments and blank lines before the next do not."""
    depth = _indent(lines[block.start])
    last = block.start
    for number in range(block.start + 1, block.end):
        if lines[number].strip() and _indent(lines[number]) > depth:
            last = number
    return last + 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _keys_of(lines: Sequence[str], block: _Block) -> list[_Key]:
    """The keys an entry's lines hold, commented ones too."""
    found: list[_Key] = []
    above: list[tuple[int, str]] = []
    for number in range(block.start + 1, block.end):
        match = _KEY.match(lines[number])
        if match is None:
            continue
        before, column = len(match["indent"]), len(match["indent"]) + len(match["more"] or "")
        above = [(other, name) for other, name in above if other < column]
        above.append((column, match["key"]))
        name = ".".join(name for _, name in above)
        found.append(_Key(name, number, before, column, is_comment=match["more"] is not None))
    return found
