"""Makes up list entries that a declared line takes, so that every line can be tried."""

from __future__ import annotations

import re
import re._constants as sre  # type: ignore[import-not-found]  # no stub has them
import re._parser as sre_parser  # type: ignore[import-not-found]  # likewise
from collections.abc import Mapping
from itertools import islice, product
from typing import Any

from finops_lint.refresh.declared import Condition, Line, key_of


def sample(pattern: str) -> str:
    """The plainest text that a pattern matches as a whole; what looks ahead is left to luck and checked."""
    return "".join(_sample(sre_parser.parse(pattern)))


def _sample(parts: Any) -> list[str]:
    found: list[str] = []
    for kind, value in parts:
        if kind is sre.LITERAL:
            found.append(chr(value))
        elif kind is sre.ANY:
            found.append("x")
        elif kind is sre.IN:
            found.append(_member(value))
        elif kind is sre.BRANCH:
            found += _sample(value[1][0])
        elif kind is sre.SUBPATTERN:
            found += _sample(value[-1])
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            # An optional part is left out; one that may repeat stands once.
            low, high, of = value
            found += _sample(of) * (low if low or high == 1 else int(high > 1 and not _is_any(of)))
    return found


def _is_any(parts: Any) -> bool:
    return len(parts) == 1 and parts[0][0] is sre.ANY


def _member(choices: Any) -> str:
    kind, value = choices[0]
    return chr(value if kind is sre.LITERAL else value[0]) if kind is not sre.CATEGORY else "1"


def attributes_of(line: Line) -> dict[str, str]:
    """Attributes of an entry that `line` takes: of each translation the first that fits the conditions."""
    ways = [[_assigned(template, name) for name in table] for template, table in line.names.values()]
    for chosen in islice(product(*ways), _MOST_TRIES):
        given = {field: text for way in chosen for field, text in way.items()}
        found = {condition.key: _value(condition, given) for condition in line.conditions}
        free = [field for field in given if not _is_group(line, field)]
        found |= {key_of(field): given[field] for field in free}
        for field in re.findall(r"\{(\w+)", line.item):
            if field not in line.names and key_of(field) not in found and not _is_group(line, field):
                found[key_of(field)] = "m5.large"
        if line.words(found) is not None:
            return found
    raise AssertionError((line.service, line.item))


_MOST_TRIES = 2_000


def _assigned(template: str, name: str) -> dict[str, str]:
    """The words of a translation's template that make it `name`."""
    fields = re.findall(r"\{(\w+)\}", template)
    expression = re.escape(template)
    for field in fields:
        expression = expression.replace(re.escape(f"{{{field}}}"), "(.*)")
    match = re.fullmatch(expression, name)
    assert match is not None, (template, name)
    return dict(zip(fields, match.groups(), strict=True))


def _value(condition: Condition, given: Mapping[str, str]) -> str:
    if condition.pattern is None:
        wanted = [
            given[field] for field in given if key_of(field) == condition.key and given[field] in condition.literals
        ]
        return (wanted or sorted(condition.literals))[0]
    pattern = condition.pattern.pattern
    for group in condition.pattern.groupindex:
        if group in given:
            start = pattern.index(f"(?P<{group}>")
            pattern = pattern[:start] + re.escape(given[group]) + pattern[_end_of_group(pattern, start) :]
    text = sample(pattern)
    return text if condition.pattern.fullmatch(text) else ""


def _end_of_group(pattern: str, start: int) -> int:
    """The place after the bracket that closes the one at `start`."""
    depth = 0
    place = start
    while place < len(pattern):
        letter = pattern[place]
        place += 1 + (letter == "\\")
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return place
    raise AssertionError(pattern)


def _is_group(line: Line, name: str) -> bool:
    return any(condition.pattern is not None and name in condition.pattern.groupindex for condition in line.conditions)
