"""Turns values into values of another type by Terraform's rules, and finds the type several types share.

The rules are those of cty's `convert` package as Terraform 1.11 has it; the words of the errors are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from finops_lint.model.records import replace
from finops_lint.readers.terraform.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    ListOf,
    MapOf,
    ObjectOf,
    Primitive,
    SetOf,
    TupleOf,
    Type,
    has_any,
    has_optional,
    is_collection,
    type_text,
    without_optional,
)
from finops_lint.readers.terraform.values import (
    EvaluationError,
    Marked,
    TerraformList,
    TerraformMap,
    TerraformSet,
    Unk,
    Value,
    contains_unknown,
    make_object,
    make_set,
    mark,
    number_text,
    parse_number,
    type_of,
)

# Converting values


def convert(value: Value, want: Type) -> Value:
    """The value as one of type `want`: marks, unknowns and null stay, `optional()` defaults are put in.

    Raises:
        EvaluationError: the value cannot be one of that type.
    """
    if want is ANY or value is None:
        return value
    if isinstance(want, Primitive):
        return _to_primitive(value, want)
    if has_optional(want):
        value = apply_defaults(value, want)
    have = type_of(value)
    if have == want:
        return value
    if not convertible(have, want):
        raise EvaluationError(mismatch(have, want))
    return _converted(value, want)


def to_string(value: Value) -> Value:
    """The value as a string (or an unknown one); see `convert`."""
    return value if type(value) is str else _to_primitive(value, STRING)


def to_number(value: Value) -> Value:
    """The value as a number (or an unknown one); see `convert`."""
    return value if type(value) is int or type(value) is Decimal else _to_primitive(value, NUMBER)


def to_bool(value: Value) -> Value:
    """The value as a bool (or an unknown one); see `convert`."""
    return value if type(value) is bool else _to_primitive(value, BOOL)


def _to_primitive(value: Value, want: Primitive) -> Value:
    """A primitive of type `want`, from a value of any type."""
    if want == ANY or value is None:
        return value
    if isinstance(value, Marked):
        return Marked(_to_primitive(value.value, want), value.marks)
    if isinstance(value, Unk):
        return _unknown_primitive(value, want)
    if isinstance(value, bool):
        if want == BOOL:
            return value
        if want == STRING:
            return "true" if value else "false"
    elif isinstance(value, (int, Decimal)):
        if want == NUMBER:
            return value
        if want == STRING:
            return number_text(value)
    elif isinstance(value, str):
        if want == STRING:
            return value
        return _number_from(value) if want == NUMBER else _bool_from(value)
    raise EvaluationError(f"{type_text(want)} is required")


def _unknown_primitive(value: Unk, want: Primitive) -> Unk:
    if value.type == want:
        return value
    if not convertible(value.type, want):
        raise EvaluationError(f"{type_text(want)} is required")
    return _retyped(value, want)


def _number_from(value: str) -> Value:
    found = parse_number(value)
    if found is None:
        raise EvaluationError("a number is required")
    return found


def _bool_from(value: str) -> bool:
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    if value.lower() in ("true", "false"):
        raise EvaluationError(f'a bool is required; as a string it is written in lowercase, "{value.lower()}"')
    raise EvaluationError("a bool is required")


def _converted(value: Value, want: Type) -> Value:
    """The value as one of `want`, whose type is known to be convertible to it."""
    if value is None or want == ANY:
        return value
    if isinstance(want, Primitive):
        return _to_primitive(value, want)
    if isinstance(value, Marked):
        return mark(_converted(value.value, want), value.marks)
    if isinstance(value, Unk):
        return _unknown_collection(value, want)
    match want:
        case ListOf():
            return _to_list(value, want)
        case SetOf():
            return _to_set(value, want)
        case MapOf():
            return _to_map(value, want)
        case TupleOf():
            return tuple(_converted(item, of) for item, of in zip(value, want.items, strict=True))
        case ObjectOf():
            return _to_object(value, want)


def _to_list(value: Value, want: ListOf) -> Value:
    if isinstance(value, TerraformSet) and len(value) > 1 and contains_unknown(value):
        unknown = next(item for item in value if contains_unknown(item))
        because = unknown if isinstance(unknown, Unk) else Unk()
        return replace(_retyped(because, ListOf(value.element)), not_null=True, min_length=1, max_length=len(value))
    items, element = _of_one_type(value, want.element)
    return TerraformList(items, element)


def _to_set(value: Value, want: SetOf) -> Value:
    items, element = _of_one_type(value, want.element)
    return make_set(items, element)


def _to_map(value: Mapping[str, Value], want: MapOf) -> TerraformMap:
    keys = sorted(value)
    source = value.element if isinstance(value, TerraformMap) else None
    items, element = _of_one_type([value[key] for key in keys], want.element, source)
    return TerraformMap(zip(keys, items, strict=True), element)


def _of_one_type(value: Iterable[Value], want: Type, source: Type | None = None) -> tuple[list[Value], Type]:
    """The items converted to `want`, and their type; where `want` leaves it open, the type they share."""
    items = list(value)
    if isinstance(value, (TerraformList, TerraformSet)):
        source = value.element
    if want == ANY and source is not None:
        want = source
    elif want == ANY:
        types = [type_of(item) for item in items]
        if types and not has_any(types[0]) and all(of == types[0] for of in types):
            return items, types[0]
        want = _shared(types)
    elif isinstance(want, Primitive):
        return [_to_primitive(item, want) for item in items], want
    items = [_converted(item, want) for item in items]
    want = without_optional(want)
    if isinstance(want, Primitive) or not items:
        return items, want
    shared = unify([type_of(item) for item in items])
    if shared is None:
        raise EvaluationError("cannot find a type that all elements share")
    return [_converted(item, shared) for item in items], shared


def _shared(types: Sequence[Type]) -> Type:
    """The type that values of these types are to be converted to."""
    shared = unify(types)
    if shared is not None and shared != ANY:
        return shared
    typed = [of for of in types if of != ANY]
    if any(of != typed[0] for of in typed):
        raise EvaluationError("cannot find a type that all elements share")
    return typed[0] if typed else ANY


def _to_object(value: Mapping[str, Value], want: ObjectOf) -> dict[str, Value]:
    made: dict[str, Value] = {}
    for name, of in want.attributes.items():
        if name in value:
            if isinstance(value, TerraformMap) and not convertible(value.element, of):
                raise EvaluationError(f"element {name!r} of the map: {mismatch(value.element, of)}")
            made[name] = _element_converted(value[name], of, name)
        elif name in want.optional:
            made[name] = None
        else:
            raise EvaluationError(f"the map has no element {name!r}, which is required")
    return make_object(made)


def _element_converted(value: Value, want: Type, name: str) -> Value:
    try:
        return _converted(value, want)
    except EvaluationError as error:
        raise EvaluationError(f"attribute {name!r}: {error.message}") from None


# Unknown values


def _retyped(value: Unk, type_: Type) -> Unk:
    """An unknown of another type: it keeps its reason and whether it may be null, and no other refinement."""
    return Unk(type_, value.not_null, reason=value.reason, waits_for=value.waits_for, span=value.span)


def _unknown_collection(value: Unk, want: Type) -> Unk:
    """An unknown as one of a collection or structural type, keeping the bounds of its length and its known entries."""
    have = value.type
    converted = _retyped(value, _filled(have, without_optional(want)))
    if isinstance(have, ObjectOf) and isinstance(want, MapOf):
        return replace(converted, min_length=len(have.attributes), max_length=len(have.attributes))
    if isinstance(have, TupleOf) and isinstance(want, ListOf):
        return replace(converted, min_length=len(have.items), max_length=len(have.items))
    if isinstance(have, TupleOf) and isinstance(want, SetOf):
        return replace(converted, min_length=min(1, len(have.items)), max_length=len(have.items))
    if value.known is not None and isinstance(want, (MapOf, ObjectOf)):
        return replace(converted, known=_known_entries(value.known, want), min_length=value.min_length)
    if (is_collection(have) or have == ANY) and is_collection(want):
        shortest = min(1, value.min_length) if isinstance(want, SetOf) else value.min_length
        return replace(converted, min_length=shortest, max_length=value.max_length)
    return converted


def collapse(unknown: Unk) -> Value:
    """The unknown as a known value where its bounds leave no choice: an empty collection, so many unknown elements."""
    type_, size = unknown.type, unknown.max_length
    if not unknown.not_null or size is None or size != unknown.min_length:
        return unknown
    if isinstance(type_, MapOf):
        return unknown if size else TerraformMap({}, type_.element)
    element = Unk(_element_of(type_), reason=unknown.reason, waits_for=unknown.waits_for, span=unknown.span)
    if isinstance(type_, ListOf) and size <= _LONGEST_COLLAPSED:
        return TerraformList([element] * size, type_.element)
    if isinstance(type_, SetOf) and size <= 1:
        return TerraformSet((element,) * size, type_.element)
    return unknown


_LONGEST_COLLAPSED = 1024


def _known_entries(known: Mapping[str, Value], want: MapOf | ObjectOf) -> dict[str, Value]:
    if isinstance(want, MapOf):
        return {key: convert(entry, want.element) for key, entry in known.items()}
    return {key: convert(entry, want.attributes[key]) for key, entry in known.items() if key in want.attributes}


def _filled(have: Type, want: Type) -> Type:
    """`want` with what it leaves open (`any`) taken from `have`."""
    if have == ANY:
        return want
    match want:
        case Primitive():
            return have if want == ANY else want
        case ListOf() | SetOf():
            return type(want)(_filled(_element_of(have), want.element))
        case MapOf():
            return MapOf(_filled(_element_of(have), want.element))
        case TupleOf():
            if not isinstance(have, TupleOf):
                return want
            return TupleOf(tuple(_filled(a, b) for a, b in zip(have.items, want.items, strict=True)))
        case ObjectOf():
            from_map = have.element if isinstance(have, MapOf) else ANY
            attributes = have.attributes if isinstance(have, ObjectOf) else {}
            return ObjectOf({n: _filled(attributes.get(n, from_map), of) for n, of in want.attributes.items()})


def _element_of(have: Type) -> Type:
    """The type of the elements of a collection type, or the one those of a structural type share."""
    match have:
        case ListOf() | SetOf() | MapOf():
            return have.element
        case TupleOf(items=items):
            return (unify(items) or ANY) if items else ANY
        case ObjectOf(attributes=attributes):
            return (unify(list(attributes.values())) or ANY) if attributes else ANY
        case _:
            return ANY


# Defaults of optional attributes


def apply_defaults(value: Value, want: Type) -> Value:
    """The value with the defaults of `want`'s optional attributes where it leaves them out or has null."""
    if isinstance(value, Marked):
        return mark(apply_defaults(value.value, want), value.marks)
    if value is None or isinstance(value, (Unk, str, int, Decimal)) or not has_optional(want):
        return value
    if isinstance(want, (ListOf, SetOf)) and not isinstance(value, dict):
        filled = tuple(apply_defaults(item, want.element) for item in value)
        return make_set(filled, value.element) if isinstance(value, TerraformSet) else _like(value, filled)
    if isinstance(want, TupleOf) and isinstance(value, (list, tuple)) and len(value) == len(want.items):
        return tuple(apply_defaults(item, of) for item, of in zip(value, want.items, strict=True))
    if isinstance(want, MapOf) and isinstance(value, dict):
        return {key: apply_defaults(item, want.element) for key, item in value.items()}
    if isinstance(want, ObjectOf) and isinstance(value, dict):
        return _object_with_defaults(value, want)
    return value


def _like(value: Value, items: tuple[Value, ...]) -> Value:
    """The items as a list if they are all of the type the list has, else as a tuple."""
    if isinstance(value, TerraformList) and all(type_of(item) == value.element for item in items):
        return TerraformList(items, value.element)
    return items


def _object_with_defaults(value: Mapping[str, Value], want: ObjectOf) -> dict[str, Value]:
    filled = {
        name: apply_defaults(item, want.attributes[name]) if name in want.attributes else item
        for name, item in value.items()
    }
    for name, default in want.optional.items():
        if filled.get(name) is None:
            filled[name] = apply_defaults(default, want.attributes[name])
        elif default is not None and isinstance(given := filled[name], Unk):
            filled[name] = replace(given, not_null=True)
    return make_object(filled)


# Types


def convertible(have: Type, want: Type) -> bool:
    """Whether a value of type `have` may turn out to be convertible to `want`; its content may still refuse."""
    if have is want or ANY in (have, want) or have == want:
        return True
    if isinstance(have, Primitive) and isinstance(want, Primitive):
        return STRING in (have, want)
    match want:
        case ListOf() | SetOf():
            if isinstance(have, (ListOf, SetOf)):
                return convertible(have.element, want.element)
            return isinstance(have, TupleOf) and _all_convertible(have.items, want.element)
        case MapOf():
            if isinstance(have, MapOf):
                return convertible(have.element, want.element)
            return isinstance(have, ObjectOf) and _all_convertible(
                list(have.attributes.values()), want.element, beside_null=True
            )
        case TupleOf():
            return (
                isinstance(have, TupleOf)
                and len(have.items) == len(want.items)
                and all(map(convertible, have.items, want.items))
            )
        case ObjectOf():
            return _object_convertible(have, want)
        case _:
            return False


def _all_convertible(have: Sequence[Type], want: Type, *, beside_null: bool = False) -> bool:
    """Whether elements of the types `have` can form a collection of `want`; a map's may stand beside a bare null."""
    if not have:
        return True
    if want == ANY:
        shared = unify(have)
        if shared is None or (shared == ANY and not beside_null and any(of != ANY for of in have)):
            return False
        want = shared
    return all(convertible(of, want) for of in have)


def _object_convertible(have: Type, want: ObjectOf) -> bool:
    if isinstance(have, MapOf):
        return all(n in want.optional or convertible(have.element, of) for n, of in want.attributes.items())
    if not isinstance(have, ObjectOf):
        return False
    return all(
        convertible(have.attributes[name], of) if name in have.attributes else name in want.optional
        for name, of in want.attributes.items()
    )


def unify(types: Sequence[Type]) -> Type | None:
    """The most general of the types, or one made from them, that all can be converted to; None where there is none."""
    if not types:
        return None
    if all(of == types[0] for of in types[1:]):
        return types[0]
    kinds = {type(of) for of in types if of != ANY}
    if len(kinds) == 1 and Primitive not in kinds and any(of == ANY for of in types):
        return ANY
    if kinds == {ListOf} or kinds == {SetOf} or kinds == {MapOf}:
        return _unify_collections(types)
    if kinds == {ObjectOf}:
        return _unify_objects([of for of in types if isinstance(of, ObjectOf)])
    if kinds == {TupleOf}:
        return _unify_tuples([of for of in types if isinstance(of, TupleOf)])
    if kinds == {MapOf, ObjectOf} or kinds == {ListOf, TupleOf}:
        shared = _unify_structural(types)
        if shared is not None:
            return shared
    elif ObjectOf in kinds and TupleOf in kinds:
        return None
    return _preferred(types)


def _unify_collections(types: Sequence[Type]) -> Type | None:
    kind = type(types[0])
    shared = unify([_element_of(of) for of in types])
    if shared is None:
        return None
    return kind(shared) if kind in (ListOf, SetOf, MapOf) else None


def _unify_objects(types: Sequence[ObjectOf]) -> Type | None:
    names = types[0].attributes.keys()
    if all(of.attributes.keys() == names for of in types):
        attributes: dict[str, Type] = {}
        for name in names:
            shared = unify([of.attributes[name] for of in types])
            if shared is None:
                return None
            attributes[name] = shared
        return ObjectOf(attributes)
    return _as_map(types)


def _as_map(types: Sequence[ObjectOf]) -> Type | None:
    inside = [of for object_ in types for of in object_.attributes.values()]
    shared = unify(inside) if inside else None
    if shared is None or not all(convertible(object_, MapOf(shared)) for object_ in types):
        return None
    return MapOf(shared)


def _unify_tuples(types: Sequence[TupleOf]) -> Type | None:
    if all(len(of.items) == len(types[0].items) for of in types):
        items = [unify(across) for across in zip(*(of.items for of in types), strict=True)]
        found = [of for of in items if of is not None]
        return TupleOf(tuple(found)) if len(found) == len(items) else None
    return _as_list(types)


def _as_list(types: Sequence[TupleOf]) -> Type | None:
    inside = [of for tuple_ in types for of in tuple_.items]
    shared = unify(inside) if inside else None
    if shared is None or not all(convertible(tuple_, ListOf(shared)) for tuple_ in types):
        return None
    return ListOf(shared)


def _unify_structural(types: Sequence[Type]) -> Type | None:
    """The collection type of maps and objects, or of lists and tuples, taken together."""
    objects = [of for of in types if isinstance(of, ObjectOf)]
    whole = _as_map(objects) if objects else _as_list([of for of in types if isinstance(of, TupleOf)])
    if whole is None:
        return None
    shared = unify([whole if isinstance(of, (ObjectOf, TupleOf)) else of for of in types])
    return shared if isinstance(shared, (MapOf, ListOf)) else None


def _preferred(types: Sequence[Type]) -> Type | None:
    """The first type, more general ones first, that all others can be converted to."""
    remaining = list(range(len(types)))
    while remaining:
        candidate = next(
            (i for i in remaining if not any(_compare(types[j], types[i]) < 0 for j in remaining if j != i)),
            remaining[0],
        )
        if all(convertible(of, types[candidate]) for of in types):
            return types[candidate]
        remaining.remove(candidate)
    return None


def _compare(a: Type, b: Type) -> int:
    """Negative where `a` is more general than `b`, positive where `b` is, 0 where neither."""
    if ANY in (a, b):
        return (a == ANY) - (b == ANY)
    if isinstance(a, Primitive) and isinstance(b, Primitive):
        return (b == STRING) - (a == STRING)
    if type(a) is type(b) and is_collection(a):
        return _compare(_element_of(a), _element_of(b))
    rank: dict[type, tuple[str, int]] = {
        ListOf: ("sequence", 0),
        TupleOf: ("sequence", 1),
        SetOf: ("sequence", 2),
        MapOf: ("mapping", 0),
        ObjectOf: ("mapping", 1),
    }
    family_a, rank_a = rank.get(type(a), ("", 0))
    family_b, rank_b = rank.get(type(b), ("", 0))
    if family_a and family_a == family_b and rank_a != rank_b:
        return -1 if rank_a < rank_b else 1
    if isinstance(a, ObjectOf) and isinstance(b, ObjectOf) and a.attributes.keys() == b.attributes.keys():
        return _compare_inside([(a.attributes[name], b.attributes[name]) for name in a.attributes])
    if isinstance(a, TupleOf) and isinstance(b, TupleOf) and len(a.items) == len(b.items):
        return _compare_inside(list(zip(a.items, b.items, strict=True)))
    return 0


def _compare_inside(pairs: Sequence[tuple[Type, Type]]) -> int:
    results = {_compare(a, b) for a, b in pairs}
    if -1 in results and 1 in results:
        return 0
    return -1 if -1 in results else int(1 in results)


def mismatch(have: Type, want: Type) -> str:
    """Why a value of type `have` is none of `want`, for a person."""
    if isinstance(have, ObjectOf) and isinstance(want, ObjectOf):
        return _object_mismatch(have, want)
    if isinstance(have, (TupleOf, ObjectOf)) and is_collection(want) and _element_of(want) == ANY:
        kind = type_text(want).removeprefix("a ")
        return f"all elements of a {kind} must be of one type" if _same_shape(have, want) else f"a {kind} is required"
    if _same_shape(have, want) and is_collection(want):
        inside = list(have.items) if isinstance(have, TupleOf) else [_element_of(have)]
        if isinstance(have, ObjectOf):
            inside = list(have.attributes.values())
        for element in inside:
            if not convertible(element, _element_of(want)):
                return f"an element is not suitable: {mismatch(element, _element_of(want))}"
    return f"{type_text(want)} is required"


def _same_shape(have: Type, want: Type) -> bool:
    if isinstance(want, MapOf):
        return isinstance(have, (MapOf, ObjectOf))
    return isinstance(want, (ListOf, SetOf)) and isinstance(have, (ListOf, SetOf, TupleOf))


def _object_mismatch(have: ObjectOf, want: ObjectOf) -> str:
    missing = [n for n in want.attributes if n not in have.attributes and n not in want.optional]
    if missing:
        names = ", ".join(f'"{name}"' for name in missing)
        return f"attribute{'s' if len(missing) > 1 else ''} {names} {'are' if len(missing) > 1 else 'is'} required"
    for name, of in want.attributes.items():
        if name in have.attributes and not convertible(have.attributes[name], of):
            return f'attribute "{name}": {mismatch(have.attributes[name], of)}'
    return "the object has not the attributes required"
