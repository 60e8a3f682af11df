"""`@record(frozen=True, slots=True)`: a frozen slotted dataclass to whoever checks types, and a cheap one to run.

Python's own sets each field of a frozen instance through `object.__setattr__`, four times the work of setting it: an
eighth of a run went there. The type checker sees the real decorator and refuses every change, so nobody needs the
interpreter to. And it compiles the text of four methods for each class, a third of the start of a small run: here the
comparing, hashing and printing ones are shared, and what sets the fields is compiled once for all classes of one shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as record
    from dataclasses import replace
else:
    import dataclasses
    from functools import cache
    from operator import attrgetter
    from types import CodeType, FunctionType

    _NOT_GIVEN = object()
    """Stands in `__init__` for a value that a factory makes."""

    def record(*, frozen: bool, slots: bool, eq: bool = True, order: bool = False):  # noqa: ANN201 -- whoever checks types sees the real one
        """As `dataclasses.dataclass`; hashed by value, as frozen ones are."""
        if order:
            return dataclasses.dataclass(slots=slots, order=True, unsafe_hash=frozen)

        def make(cls: type) -> type:
            own = vars(cls)
            made = dataclasses.dataclass(slots=slots, eq=False, repr=False, init=False)(cls)
            made.__init__ = _init_of(dataclasses.fields(made))
            if "__repr__" not in own:
                made.__repr__ = _repr
            if eq and "__eq__" not in own:
                made.__eq__, made.__hash__ = _by_value([f.name for f in dataclasses.fields(made) if f.compare])
            if "__reduce__" not in own:
                made.__reduce__ = _reduce
            return made

        return make

    def _init_of(fields: tuple[dataclasses.Field, ...]) -> Any:
        """What sets each of `fields` to its argument, its default or what its factory makes."""
        made = [f.default_factory is not dataclasses.MISSING for f in fields]
        code = _init_code(tuple(made))
        names = {f"field_{n}": f.name for n, f in enumerate(fields)}
        code = code.replace(
            co_varnames=tuple(names.get(name, name) for name in code.co_varnames),
            co_names=tuple(names.get(name, name) for name in code.co_names),
        )
        factories = {f"make_{n}": f.default_factory for n, f in enumerate(fields) if made[n]}
        defaults = tuple(
            _NOT_GIVEN if is_made else f.default
            for f, is_made in zip(fields, made, strict=True)
            if is_made or f.default is not dataclasses.MISSING
        )
        return FunctionType(code, {"NOT_GIVEN": _NOT_GIVEN, **factories}, "__init__", defaults)

    @cache
    def _init_code(made: tuple[bool, ...]) -> CodeType:
        """The code of an `__init__` of so many fields, with a factory where `made` says so; to be given their names."""
        head = ", ".join(["self", *(f"field_{n}" for n in range(len(made)))])
        lines = [
            f"self.field_{n} = make_{n}() if field_{n} is NOT_GIVEN else field_{n}"
            if is_made
            else f"self.field_{n} = field_{n}"
            for n, is_made in enumerate(made)
        ]
        space: dict[str, Any] = {}
        exec(f"def __init__({head}):\n " + "\n ".join(lines or ["pass"]), space)  # noqa: S102 -- no text but our own
        code: CodeType = space["__init__"].__code__
        return code

    def _by_value(names: list[str]) -> Any:
        values = attrgetter(*names) if names else lambda _: ()

        def __eq__(self: Any, other: Any) -> bool:  # noqa: N807 -- given to a class below
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        def __hash__(self: Any) -> int:  # noqa: N807 -- likewise
            return hash(values(self))

        return __eq__, __hash__

    def replace(instance, /, **changes):  # noqa: ANN001, ANN003, ANN201 -- as `record`
        """As `dataclasses.replace`, which looks every field up by name each time: a thirtieth of a run went there."""
        cls = instance.__class__
        places, of = _fields_of(cls)
        values = [*of(instance)]
        for name, value in changes.items():
            values[places[name]] = value
        return cls(*values)

    @cache
    def _fields_of(cls: type) -> tuple[dict[str, int], Any]:
        """Each field's place among the arguments, and what gives all their values."""
        names = [f.name for f in dataclasses.fields(cls) if f.init]
        of = attrgetter(*names) if len(names) > 1 else lambda one: (getattr(one, names[0]),)
        return {name: place for place, name in enumerate(names)}, of

    def _reduce(self: Any) -> Any:
        """Itself for `pickle`, to be made by its class again: half the work of setting each field by name."""
        cls = self.__class__
        return cls, _fields_of(cls)[1](self)

    def _repr(self: Any) -> str:
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"


__all__ = ["record", "replace"]
