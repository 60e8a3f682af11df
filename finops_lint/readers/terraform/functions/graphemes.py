"""Splits text into grapheme clusters, what a person calls characters: Terraform counts and cuts strings by these.

The rules are those of Unicode Standard Annex 29 over the properties `unicodedata` has; Extended_Pictographic and
Prepend, which it has not, are given by ranges.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ZWJ = "\u200d"
_PICTOGRAPHS = (
    (0xA9, 0xA9), (0xAE, 0xAE), (0x203C, 0x203C), (0x2049, 0x2049), (0x2122, 0x2122), (0x2139, 0x2139),
    (0x2194, 0x2199), (0x21A9, 0x21AA), (0x231A, 0x231B), (0x2328, 0x2328), (0x2388, 0x2388), (0x23CF, 0x23CF),
    (0x23E9, 0x23F3), (0x23F8, 0x23FA), (0x24C2, 0x24C2), (0x25AA, 0x25AB), (0x25B6, 0x25B6), (0x25C0, 0x25C0),
    (0x25FB, 0x25FE), (0x2600, 0x2605), (0x2607, 0x2612), (0x2614, 0x2685), (0x2690, 0x2705), (0x2708, 0x2712),
    (0x2714, 0x2714), (0x2716, 0x2716), (0x271D, 0x271D), (0x2721, 0x2721), (0x2728, 0x2728), (0x2733, 0x2734),
    (0x2744, 0x2744), (0x2747, 0x2747), (0x274C, 0x274C), (0x274E, 0x274E), (0x2753, 0x2755), (0x2757, 0x2757),
    (0x2763, 0x2767), (0x2795, 0x2797), (0x27A1, 0x27A1), (0x27B0, 0x27B0), (0x27BF, 0x27BF), (0x2934, 0x2935),
    (0x2B05, 0x2B07), (0x2B1B, 0x2B1C), (0x2B50, 0x2B50), (0x2B55, 0x2B55), (0x3030, 0x3030), (0x303D, 0x303D),
    (0x3297, 0x3297), (0x3299, 0x3299), (0x1F000, 0x1F0FF), (0x1F10D, 0x1F10F), (0x1F12F, 0x1F12F),
    (0x1F16C, 0x1F171), (0x1F17E, 0x1F17F), (0x1F18E, 0x1F18E), (0x1F191, 0x1F19A), (0x1F1AD, 0x1F1E5),
    (0x1F201, 0x1F20F), (0x1F21A, 0x1F21A), (0x1F22F, 0x1F22F), (0x1F232, 0x1F23A), (0x1F23C, 0x1F23F),
    (0x1F249, 0x1F3FA), (0x1F400, 0x1F53D), (0x1F546, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F774, 0x1F77F),
    (0x1F7D5, 0x1F7FF), (0x1F80C, 0x1F80F), (0x1F848, 0x1F84F), (0x1F85A, 0x1F85F), (0x1F888, 0x1F88F),
    (0x1F8AE, 0x1F8FF), (0x1F90C, 0x1F93A), (0x1F93C, 0x1F945), (0x1F947, 0x1FAFF), (0x1FC00, 0x1FFFD),
)  # fmt: skip
_PREPENDS = frozenset(
    [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0xD4E, 0x110BD, 0x110CD, 0x111C2, 0x111C3, 0x11D46]
)
_OTHER_EXTEND = frozenset(
    (
        *(0x9BE, 0x9D7, 0xB3E, 0xB57, 0xBBE, 0xBD7, 0xCC2, 0xCD5, 0xCD6, 0xD3E, 0xD57, 0xDCF, 0xDDF, 0x1B35, 0x200C),
        *(0x302E, 0x302F, 0xFF9E, 0xFF9F, *range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080)),
    )
)
_NOT_SPACING = frozenset([0x102B, 0x102C, 0x1038, *range(0x1062, 0x1065), *range(0x1067, 0x106E), 0x1083, 0x108F])
_EXTRA_SPACING = frozenset([0xE33, 0xEB3])


def clusters(value: str) -> list[str]:
    """The grapheme clusters of the text, in order; joined they are the text."""
    if value.isascii() and "\r\n" not in value:
        return list(value)
    found: list[str] = []
    start = 0
    for at in range(1, len(value) + 1):
        if at == len(value) or _breaks(value, start, at):
            found.append(value[start:at])
            start = at
    return found


def length(value: str) -> int:
    """How many grapheme clusters the text has."""
    return len(value) if value.isascii() and "\r\n" not in value else len(clusters(value))


def _breaks(value: str, start: int, at: int) -> bool:
    """Whether a cluster that begins at `start` ends before the character at `at`."""
    before, after = _property(value[at - 1]), _property(value[at])
    if (before, after) == ("CR", "LF"):
        return False
    if before in _CONTROLS or after in _CONTROLS:
        return True
    if after in ("Extend", "ZWJ", "SpacingMark") or before == "Prepend":
        return False
    if after in _HANGUL_AFTER.get(before, ()):
        return False
    if before == "ZWJ" and after == "Pictograph":
        return not _pictograph_before(value, start, at - 1)
    if before == after == "Regional":
        return _regionals_before(value, start, at) % 2 == 0
    return True


_CONTROLS = ("CR", "LF", "Control")
_HANGUL_AFTER = {"L": ("L", "V", "LV", "LVT"), "LV": ("V", "T"), "V": ("V", "T"), "LVT": ("T",), "T": ("T",)}


def _pictograph_before(value: str, start: int, at: int) -> bool:
    while at > start:
        at -= 1
        kind = _property(value[at])
        if kind != "Extend":
            return kind == "Pictograph"
    return False


def _regionals_before(value: str, start: int, at: int) -> int:
    count = 0
    while at - count > start and _property(value[at - count - 1]) == "Regional":
        count += 1
    return count


@lru_cache(maxsize=4096)
def _property(character: str) -> str:
    code = ord(character)
    if character == "\r":
        return "CR"
    if character == "\n":
        return "LF"
    if character == _ZWJ:
        return "ZWJ"
    if code in _OTHER_EXTEND:
        return "Extend"
    if code in _PREPENDS:
        return "Prepend"
    if 0x1F1E6 <= code <= 0x1F1FF:
        return "Regional"
    category = unicodedata.category(character)
    if category in ("Mn", "Me"):
        return "Extend"
    if (category == "Mc" and code not in _NOT_SPACING) or code in _EXTRA_SPACING:
        return "SpacingMark"
    if category in ("Cc", "Cf", "Zl", "Zp", "Cs"):
        return "Control"
    if any(low <= code <= high for low, high in _PICTOGRAPHS):
        return "Pictograph"
    return _hangul(code)


def _hangul(code: int) -> str:
    if 0x1100 <= code <= 0x115F or 0xA960 <= code <= 0xA97C:
        return "L"
    if 0x1160 <= code <= 0x11A7 or 0xD7B0 <= code <= 0xD7C6:
        return "V"
    if 0x11A8 <= code <= 0x11FF or 0xD7CB <= code <= 0xD7FB:
        return "T"
    if 0xAC00 <= code <= 0xD7A3:
        return "LV" if (code - 0xAC00) % 28 == 0 else "LVT"
    return "Other"
