"""`@record(frozen=True, slots=True)`: a frozen slotted dataclass to whoever checks types, and a cheap one to run.

Python's own sets each field of a frozen instance through `object.__setattr__`, four times the work of setting it: an
eighth of a run went there. The type checker sees the real decorator and refuses every change, so nobody needs the
interpreter to. And it compiles the text of four methods for each class, a third of the start of a small run: here the
comparing, hashing and printing ones are shared, and what sets the fields is compiled once for all classes of one shape,
when the first of them is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as record
    from dataclasses import replace
else:
    import copyreg
    import dataclasses
    from functools import cache
    from operator import attrgetter, ge, gt, le, lt
    from types import CodeType, FunctionType

    _NOT_GIVEN = object()
    """Stands in `__init__` for a value that a factory makes."""

    def record(*, frozen: bool = False, slots: bool = False, eq: bool = True, order: bool = False):  # noqa: ANN201 -- whoever checks types sees the real one
        """As `dataclasses.dataclass`; hashed by value where frozen."""

        def make(cls: type) -> type:
            own = vars(cls)
            names = tuple(own.get("__annotations__", ()))
            given = {name: own[name] for name in names if name in own}
            fields = {name: _field_of(given[name]) if name in given else _PLAIN for name in names}
            fields = {**_inherited(cls), **fields} if cls.__base__ is not object else fields
            made = _slotted(cls, names) if slots else cls
            made.__dataclass_fields__ = _Fields(names, given)
            made.__match_args__ = tuple(name for name, f in fields.items() if f.init)
            made.__init__ = _first_init(made, fields, then="__post_init__" in own)
            if "__repr__" not in own:
                made.__repr__ = _repr
            compared = [name for name, f in fields.items() if f.compare]
            if eq and "__eq__" not in own:
                made.__eq__, by_value = _by_value(compared)
                made.__hash__ = by_value if frozen else None
            if order:
                made.__lt__, made.__le__, made.__gt__, made.__ge__ = _orders(compared)
            if frozen and slots:
                made._values = property(_values_of(made.__match_args__))
                copyreg.pickle(made, _PICKLED)
            return made

        return make

    _PICKLED = attrgetter("__class__", "_values")
    """What pickles a record: a tuple of values, a third shorter and quicker than Python's map of them by name; and no
    line of Python, for there are thousands."""

    _PLAIN = dataclasses.field()
    """What a field is of which only the type is written."""

    def _field_of(given: Any) -> dataclasses.Field:
        """What a class writes after a field's type: a `field(...)`, or a default."""
        return given if isinstance(given, dataclasses.Field) else dataclasses.field(default=given)

    def _inherited(cls: type) -> dict[str, dataclasses.Field]:
        """The fields of the records that `cls` is made of."""
        return {f.name: f for base in cls.__bases__ if dataclasses.is_dataclass(base) for f in dataclasses.fields(base)}

    def _slotted(cls: type, names: tuple[str, ...]) -> type:
        """`cls` with a slot for each field; a class has its slots from its first moment or never."""
        body = {key: value for key, value in vars(cls).items() if key not in (*names, "__dict__", "__weakref__")}
        made = type(cls)(cls.__name__, cls.__bases__, {**body, "__slots__": names})
        made.__qualname__ = cls.__qualname__
        return made

    class _Fields:
        """The fields as `dataclasses.fields` finds them; made when first asked for, which few classes are."""

        def __init__(self, names: tuple[str, ...], given: dict[str, Any]) -> None:
            self._names, self._given = names, given

        def __get__(self, instance: Any, owner: type) -> dict[str, dataclasses.Field]:
            body = {"__annotations__": {name: owner.__annotations__[name] for name in self._names}, **self._given}
            shadow = dataclasses.dataclass(eq=False, repr=False, init=False)(type(owner.__name__, (), body))
            own = {f.name: f for f in dataclasses.fields(shadow)}
            owner.__dataclass_fields__ = found = {**_inherited(owner), **own}
            return found

    def _first_init(cls: type, fields: dict[str, dataclasses.Field], *, then: bool) -> Any:
        """An `__init__` that puts the compiled one in its place: most runs use few of the classes they import."""

        def __init__(self: Any, *args: Any, **given: Any) -> None:  # noqa: N807 -- given to a class above
            cls.__init__ = compiled = _init_of(fields, then=then)
            compiled(self, *args, **given)

        return __init__

    def _init_of(fields: dict[str, dataclasses.Field], *, then: bool) -> Any:
        """What sets each of `fields` to its argument, its default or what its factory makes; with `then`, calls on."""
        set_here = {name: f for name, f in fields.items() if f.init}
        made = [f.default_factory is not dataclasses.MISSING for f in set_here.values()]
        code = _init_code(tuple(made), then=then)
        own = {f"field_{n}": name for n, name in enumerate(set_here)}
        code = code.replace(
            co_varnames=tuple(own.get(name, name) for name in code.co_varnames),
            co_names=tuple(own.get(name, name) for name in code.co_names),
        )
        factories = {f"make_{n}": f.default_factory for n, f in enumerate(set_here.values()) if made[n]}
        defaults = tuple(
            _NOT_GIVEN if is_made else f.default
            for f, is_made in zip(set_here.values(), made, strict=True)
            if is_made or f.default is not dataclasses.MISSING
        )
        return FunctionType(code, {"NOT_GIVEN": _NOT_GIVEN, **factories}, "__init__", defaults)

    @cache
    def _init_code(made: tuple[bool, ...], *, then: bool) -> CodeType:
        """The code of an `__init__` of so many fields, with a factory where `made` says so; to be given their names."""
        head = ", ".join(["self", *(f"field_{n}" for n in range(len(made)))])
        lines = [
            f"self.field_{n} = make_{n}() if field_{n} is NOT_GIVEN else field_{n}"
            if is_made
            else f"self.field_{n} = field_{n}"
            for n, is_made in enumerate(made)
        ]
        lines += ["self.__post_init__()"] if then else []
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

    def _orders(names: list[str]) -> Any:
        """`<`, `<=`, `>` and `>=` of two records of one class: of their values as tuples."""
        values = _values_of(tuple(names))

        def compared(by: Any) -> Any:
            def compare(self: Any, other: Any) -> bool:
                return by(values(self), values(other)) if other.__class__ is self.__class__ else NotImplemented

            return compare

        return map(compared, (lt, le, gt, ge))

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
        names = getattr(cls, "__match_args__", ())
        return {name: place for place, name in enumerate(names)}, _values_of(names)

    def _values_of(names: tuple[str, ...]) -> Any:
        """What gives the values of so many attributes as a tuple."""
        return attrgetter(*names) if len(names) > 1 else lambda one: tuple(getattr(one, name) for name in names)

    def _repr(self: Any) -> str:
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"


__all__ = ["record", "replace"]
