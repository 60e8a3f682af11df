"""Guards libyaml against texts nested so deeply that its composer overflows the C stack and ends the process."""

from __future__ import annotations

import re

DEEPEST = 200
"""Levels of nesting allowed; no file a person wrote has a tenth of it."""
_OPENERS = re.compile(r"[\[{]|- |-\n|: |:\n|\? ")


def too_deep(text: str) -> int:
    """The line, from 1, where `text` is nested more than `DEEPEST` levels deep; 0 where it is not, or is no YAML."""
    import yaml

    # Each level takes an opener of some sort: a text with few of them needs no look.
    if sum(1 for _ in _OPENERS.finditer(text)) <= DEEPEST:
        return 0
    depth = 0
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                depth += 1
                if depth > DEEPEST:
                    return event.start_mark.line + 1 if event.start_mark else 1
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                depth -= 1
    except yaml.YAMLError:
        return 0  # it is read again, and told what is wrong with it
    return 0
