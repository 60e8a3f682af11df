"""`@record(frozen=True, slots=True)`: a frozen slotted dataclass to whoever checks types, and a cheap one to make.

Python's own sets each field of a frozen instance through `object.__setattr__`, four times the work of setting it: an
eighth of a run went there. The type checker sees the real decorator, refuses every change, and so nobody needs the
interpreter to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    import dataclasses

    def record(*, frozen: bool, slots: bool, **options: bool):  # noqa: ANN201
        """As `dataclasses.dataclass`; hashed by value, as frozen ones are."""
        is_hashed = frozen and options.get("eq", True)
        return dataclasses.dataclass(slots=slots, unsafe_hash=is_hashed, **options)


__all__ = ["record"]
