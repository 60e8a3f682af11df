"""Text that will be published to the same without what looks like a credential.

Reports hold no attribute values, but a name, a tag or a path may hold anything. Forms: GitHub, GitLab, AWS, Google,
Slack, Stripe, npm and PyPI publish the prefixes of their tokens so that scanners find them; a JWT is RFC 7519's.
"""

from __future__ import annotations

import re
from itertools import pairwise

from finops_lint.model.regexes import regex

HIDDEN = "(redacted)"
_FORMS = (
    r"(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}",
    r"github_pat_[A-Za-z0-9_]{22,}",
    r"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas)-[A-Za-z0-9_.-]{16,}",
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
    r"AIza[A-Za-z0-9_-]{35}",
    r"ya29\.[A-Za-z0-9_-]{20,}",
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"(?:sk|rk)_live_[A-Za-z0-9]{16,}",
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-[A-Za-z0-9_-]{50,}",
    r"sk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}",
    r"hf_[A-Za-z0-9]{30,}",
    r"ATATT[A-Za-z0-9_=-]{30,}",
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*",
    r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)",
)
_TOKEN = regex(rf"(?<![A-Za-z0-9])(?:{'|'.join(_FORMS)})", re.DOTALL)
_LONG = regex(r"[A-Za-z0-9+/_-]{40,}={0,2}")
_LEAST = {"a": 4, "A": 4, "0": 1}
"""Of small letters, capitals and digits in what is taken for a key: one random text of 40 in a thousand has less."""
_TURNS = 0.35
"""The share of neighbours of different sorts from which on text is no words: random text has 0.6, names have 0.2."""


def redacted(text: str) -> str:
    """`text` with `(redacted)` in the place of each token and each long key."""
    return _LONG.sub(_unless_words, _TOKEN.sub(HIDDEN, text)) if len(text) >= 16 else text


def _unless_words(found: re.Match[str]) -> str:
    sorts = [_sort(character) for character in found[0]]
    if any(sorts.count(sort) < least for sort, least in _LEAST.items()):
        return found[0]
    turns = sum(one != other for one, other in pairwise(sorts))
    return HIDDEN if turns >= _TURNS * len(sorts) else found[0]


def _sort(character: str) -> str:
    if character.isdigit():
        return "0"
    return "A" if character.isupper() else "a" if character.islower() else "-"
