"""Regular expressions that are compiled when first used: a run needs one in six of those its modules name.

Compiling them all took a tenth of the start. To whoever checks types `regex` is `re.compile`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from re import compile as regex
else:
    import re
    from functools import cached_property

    class regex:  # noqa: N801 -- called as `re.compile` is
        """What `re.compile(expression, flags)` is, from the first look at it on."""

        def __init__(self, expression: str | bytes, flags: int = 0) -> None:
            self._said = expression, flags

        @cached_property
        def _compiled(self) -> re.Pattern[Any]:
            return re.compile(*self._said)

        def __getattr__(self, name: str) -> Any:
            found = self.__dict__[name] = getattr(self._compiled, name)
            return found


__all__ = ["regex"]
