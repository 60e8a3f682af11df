"""The functions over lists, tuples, maps, objects and sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from finops_lint.model.records import replace
from finops_lint.readers.terraform.conversion import collapse, convert, unify
from finops_lint.readers.terraform.functions import graphemes
from finops_lint.readers.terraform.functions.definition import (
    Parameter,
    Table,
    define,
    element_of,
    kind,
    numeric,
    whole,
)
from finops_lint.readers.terraform.operators import equals
from finops_lint.readers.terraform.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    ListOf,
    MapOf,
    ObjectOf,
    SetOf,
    TupleOf,
    Type,
    has_any,
)
from finops_lint.readers.terraform.values import (
    NO_MARKS,
    EvaluationError,
    LimitError,
    Number,
    TerraformList,
    TerraformMap,
    TerraformSet,
    Unk,
    Value,
    contains_unknown,
    identity,
    make_object,
    make_set,
    mark,
    type_of,
    unknown_from,
    unknown_map,
    unknowns_in,
    unmark,
    unmark_deep,
)

TABLE: Table = {}

MAX_ELEMENTS = 200_000
"""Longer collections are not made; hostile input could ask for any length."""


def _is_sequence(type_: Type) -> bool:
    return isinstance(type_, (ListOf, TupleOf))


# Length and search


def _length_type(value: Value) -> Type:
    type_ = type_of(value)
    if type_ in (NUMBER, BOOL):
        raise EvaluationError(f"length() takes a string, a collection or a structure, not {kind(value)}")
    return NUMBER


@define(TABLE, "length", [Parameter("value", unknown=True, dynamic=True, marked=True)], _length_type)
def _length(value: Value) -> Value:
    bare, marks = unmark(value)
    return mark(_length_of(bare), marks)


def _length_of(value: Value) -> Value:
    if isinstance(value, str):
        return graphemes.length(value)
    if isinstance(value, TerraformSet) and len(value) > 1 and contains_unknown(value):
        return replace(unknown_from([value], NUMBER, not_null=True), minimum=1, maximum=len(value))
    if not isinstance(value, Unk):
        return len(value)
    type_ = value.type
    if isinstance(type_, TupleOf):
        return len(type_.items)
    if isinstance(type_, ObjectOf):
        return len(type_.attributes)
    if type_ == STRING:
        return replace(unknown_from([value], NUMBER, not_null=True), minimum=graphemes.length(value.prefix))
    unknown = unknown_from([value], NUMBER, not_null=True)
    if value.max_length is not None and value.min_length == value.max_length:
        return value.min_length
    return replace(unknown, minimum=value.min_length, maximum=value.max_length)


@define(TABLE, "contains", [Parameter("list", unknown=True), Parameter("value", unknown=True)], BOOL)
def _contains(values: Value, value: Value) -> Value:
    type_ = type_of(values)
    if not isinstance(type_, (ListOf, TupleOf, SetOf)):
        raise EvaluationError(f"contains() takes a list, tuple or set, not {kind(values)}")
    if isinstance(values, Unk):
        empty = isinstance(type_, TupleOf) and not type_.items
        return False if empty else unknown_from((values, value), BOOL, not_null=True)
    return _any_equal(value, values)


def _any_equal(value: Value, values: Iterable[Value]) -> Value:
    undecided: Unk | None = None
    for item in values:
        same = equals(value, item)
        if same is True:
            return True
        if isinstance(same, Unk):
            undecided = same if undecided is None else undecided
    return False if undecided is None else undecided


@define(TABLE, "index", [Parameter("list"), Parameter("value")], NUMBER)
def _index(values: Value, value: Value) -> Value:
    if not isinstance(values, (TerraformList, tuple)):
        raise EvaluationError(f"index() takes a list or tuple, not {kind(values)}")
    if not values:
        raise EvaluationError("index(): the list is empty")
    for position, item in enumerate(values):
        same = equals(item, value)
        if isinstance(same, Unk):
            return unknown_from([same], NUMBER)
        if same:
            return position
    raise EvaluationError("index(): the value is not in the list")


def _element_type(values: Value, position: Value) -> Type:
    type_ = type_of(values)
    if isinstance(type_, ListOf):
        return type_.element
    if not isinstance(type_, TupleOf):
        raise EvaluationError(f"element() takes a list or tuple, not {kind(values)}")
    if isinstance(position, Unk):
        return ANY
    at = whole(position, "element(): the index")
    if not type_.items:
        raise EvaluationError("element(): the list is empty")
    return type_.items[at % len(type_.items)]


@define(TABLE, "element", [Parameter("list", marked=True), numeric("index")], _element_type, not_null=False)
def _element(values: Value, position: Number) -> Value:
    bare, marks = unmark(values)
    at = whole(position, "element(): the index")
    if not bare:
        raise EvaluationError("element(): the list is empty")
    return mark(bare[at % len(bare)], marks)


def _lookup_type(values: Value, key: Value, *default: Value) -> Type:
    if len(default) > 1:
        raise EvaluationError("lookup() takes two or three arguments")
    type_ = type_of(values)
    if isinstance(type_, MapOf):
        if default:
            _lookup_default(default[0], type_.element)
        return type_.element
    if isinstance(values, Unk) and type_ == ANY:
        return ANY
    if not isinstance(type_, ObjectOf):
        raise EvaluationError(f"lookup() takes a map, not {kind(values)}")
    if isinstance(key, Unk):
        return ANY
    if key in type_.attributes:
        return type_.attributes[key]
    if default:
        return type_of(default[0])
    raise EvaluationError(f"lookup(): the object has no attribute {key!r}")


def _lookup_default(default: Value, type_: Type) -> Value:
    try:
        return convert(default, type_)
    except EvaluationError:
        raise EvaluationError("lookup(): the default is of another type than the map's elements") from None


@define(
    TABLE,
    "lookup",
    [
        Parameter("inputMap", unknown=True, dynamic=True, marked=True),
        Parameter("key", STRING, unknown=True, marked=True),
    ],
    _lookup_type,
    variadic=Parameter("default", null=True, unknown=True, dynamic=True, marked=True),
    not_null=False,
)
def _lookup(values: Value, key: Value, *default: Value) -> Value:
    bare, marks = unmark(values)
    name, of_key = unmark(key)
    marks |= of_key
    type_ = _lookup_type(bare, name, *(unmark(value)[0] for value in default))
    if isinstance(bare, Unk) and not isinstance(name, Unk) and bare.known is not None and name in bare.known:
        return mark(bare.known[name], marks)
    if isinstance(bare, Unk) or isinstance(name, Unk):
        return mark(unknown_from((bare, name), type_), marks)
    if name in bare:
        return mark(bare[name], marks)
    if default:
        return mark(convert(default[0], type_), marks)
    raise EvaluationError(
        f"lookup(): the map has no key {name!r}" if not marks else "lookup(): the map has no such key"
    )


# The first of several


def _coalesce_type(*values: Value) -> Type:
    type_ = unify([type_of(value) for value in values])
    if type_ is None:
        raise EvaluationError("coalesce(): all arguments must be of one type")
    return type_


@define(TABLE, "coalesce", [], _coalesce_type, variadic=Parameter("vals", null=True, unknown=True, dynamic=True))
def _coalesce(*values: Value) -> Value:
    type_ = _coalesce_type(*[value for value in values if value is not None] or values)
    for position, value in enumerate(values):
        converted = convert(value, type_)
        if isinstance(converted, Unk):
            return _certain(converted, values[position:], type_)
        if converted is not None and converted != "":
            return converted
    raise EvaluationError("coalesce(): no argument is neither null nor an empty string")


def _certain(first: Unk, rest: Sequence[Value], type_: Type) -> Unk:
    """The unknown first argument where it is certainly the one chosen, otherwise an unknown that waits for all."""
    if first.not_null and (first.prefix or (first.type not in (STRING, ANY))):
        return first
    guess = any(has_any(unknown.type) for unknown in unknowns_in(tuple(rest)))
    return unknown_from(rest, ANY if guess else type_, not_null=True)


def _coalescelist_type(*values: Value) -> Type:
    if not values:
        raise EvaluationError("coalescelist() takes at least one argument")
    types = []
    for value in values:
        if isinstance(value, Unk):
            return ANY
        if value is None:
            continue
        type_ = type_of(value)
        if not _is_sequence(type_):
            raise EvaluationError(f"coalescelist() takes lists and tuples, not {kind(value)}")
        types.append(type_)
    return types[0] if types and all(type_ == types[0] for type_ in types) else ANY


@define(
    TABLE,
    "coalescelist",
    [],
    _coalescelist_type,
    variadic=Parameter("vals", null=True, unknown=True, dynamic=True),
)
def _coalescelist(*values: Value) -> Value:
    for position, value in enumerate(values):
        if isinstance(value, Unk):
            return unknown_from(values[position:], ANY, not_null=True)
        if value is not None and len(value):
            return value
    raise EvaluationError("coalescelist(): all lists are empty")


def _one_type(value: Value) -> Type:
    type_ = type_of(value)
    if isinstance(type_, (ListOf, SetOf)):
        return type_.element
    if isinstance(type_, TupleOf) and len(type_.items) < 2:
        return type_.items[0] if type_.items else ANY
    raise EvaluationError("one() takes a list, set or tuple of no more than one element")


@define(TABLE, "one", [Parameter("list")], _one_type, not_null=False)
def _one(values: Value) -> Value:
    items = list(values)
    if isinstance(values, TerraformSet) and len(items) > 1 and contains_unknown(values):
        return unknown_from([values], values.element)
    if len(items) > 1:
        raise EvaluationError("one() takes a list, set or tuple of no more than one element")
    return items[0] if items else None


# Truth of all and any


@define(TABLE, "alltrue", [Parameter("list", ListOf(BOOL))], BOOL)
def _alltrue(values: Sequence[Value]) -> Value:
    if any(value is False or value is None for value in values):
        return False
    return unknown_from(values, BOOL) if contains_unknown(values) else True


@define(TABLE, "anytrue", [Parameter("list", ListOf(BOOL))], BOOL)
def _anytrue(values: Sequence[Value]) -> Value:
    if any(value is True for value in values):
        return True
    return unknown_from(values, BOOL) if contains_unknown(values) else False


# Lists to lists


@define(TABLE, "compact", [Parameter("list", ListOf(STRING))], ListOf(STRING))
def _compact(values: Sequence[Value]) -> Value:
    if contains_unknown(values):
        certain = sum(1 for value in values if isinstance(value, str) and value)
        return _bounded(unknown_from(values, ListOf(STRING)), certain, len(values))
    return TerraformList([value for value in values if value], STRING)


def _bounded(unknown: Unk, least: int, most: int | None) -> Unk:
    return replace(unknown, not_null=True, min_length=least, max_length=most)


def _distinct_type(values: Value) -> Type:
    return type_of(values)


@define(TABLE, "distinct", [Parameter("list", ListOf(ANY))], _distinct_type)
def _distinct(values: TerraformList) -> Value:
    if contains_unknown(values):
        return _bounded(unknown_from(values, ListOf(values.element)), min(1, len(values)), len(values))
    kept: dict[Any, Value] = {}
    for value in values:
        kept.setdefault(identity(value), value)
    return TerraformList(kept.values(), values.element)


def _chunklist_type(values: Value, size: Value) -> Type:
    return ListOf(type_of(values))


@define(
    TABLE, "chunklist", [Parameter("list", ListOf(ANY), marked=True), Parameter("size", NUMBER, marked=True)],
    _chunklist_type,
)  # fmt: skip
def _chunklist(values: Value, size: Value) -> Value:
    items, marks = unmark(values)
    bare, of_size = unmark(size)
    width = whole(bare, "chunklist(): the size")
    if width < 0:
        raise EvaluationError("chunklist(): the size must not be negative")
    step = width or max(len(items), 1)
    chunks = [TerraformList(items[at : at + step], items.element) for at in range(0, len(items), step)]
    return mark(TerraformList(chunks, ListOf(items.element)), marks | of_size)


def _flatten_type(values: Value) -> Type:
    if contains_unknown(values):
        return ANY
    if not isinstance(type_of(values), (ListOf, SetOf, TupleOf)):
        raise EvaluationError(f"flatten() takes a list, set or tuple, not {kind(values)}")
    return ANY


@define(TABLE, "flatten", [Parameter("list", marked=True)], _flatten_type)
def _flatten(values: Value) -> Value:
    flat: list[Value] = []
    bare, marks = unmark(values)
    if not isinstance(bare, (list, tuple, TerraformSet)):
        raise EvaluationError(f"flatten() takes a list, set or tuple, not {kind(bare)}")
    if not len(bare):
        return mark((), marks)
    inside, complete = _flatten_into(flat, bare, 0)
    if not complete:
        return mark(unknown_from([values], ANY, not_null=True), marks | inside)
    return mark(tuple(flat), marks | inside)


def _flatten_into(flat: list[Value], values: Value, depth: int) -> tuple[frozenset[str], bool]:
    """Add the leaves of `values`; returns the marks of the lists met, and whether all of them were known."""
    if depth > 200:
        raise LimitError("flatten() goes too deep to evaluate")
    if isinstance(values, TerraformSet) and len(values) > 1 and contains_unknown(values):
        return NO_MARKS, False
    marks, complete = NO_MARKS, True
    for value in values:
        bare, own = unmark(value)
        if isinstance(bare, Unk) and (bare.type == ANY or isinstance(bare.type, (ListOf, SetOf, TupleOf))):
            complete = False
            marks |= own
        elif isinstance(bare, (list, tuple, TerraformSet)):
            inside, known = _flatten_into(flat, bare, depth + 1)
            marks |= own | inside
            complete = complete and known
        else:
            flat.append(value)
        if len(flat) > MAX_ELEMENTS:
            raise LimitError("flatten() gives too many elements to evaluate")
    return marks, complete


def _concat_type(*values: Value) -> Type:
    if not values:
        raise EvaluationError("concat() takes at least one argument")
    types = [type_of(value) for value in values]
    if all(isinstance(type_, ListOf) for type_ in types):
        shared = unify(types)
        if shared is not None:
            return shared
    items: list[Type] = []
    for value, type_ in zip(values, types, strict=True):
        if isinstance(type_, TupleOf):
            items += type_.items
        elif not isinstance(type_, ListOf):
            raise EvaluationError(f"concat() takes lists and tuples, not {kind(value)}")
        elif isinstance(value, Unk):
            return ANY
        else:
            items += [type_.element] * len(value)
    return TupleOf(tuple(items))


@define(TABLE, "concat", [], _concat_type, variadic=Parameter("seqs", marked=True))
def _concat(*values: Value) -> Value:
    marks = NO_MARKS
    for value in values:
        marks |= unmark(value)[1]
    type_ = _concat_type(*(unmark_deep(value)[0] for value in values))
    items: list[Value] = []
    for value in values:
        items += unmark(convert(value, type_) if isinstance(type_, ListOf) else value)[0]
        if len(items) > MAX_ELEMENTS:
            raise LimitError("concat() gives too many elements to evaluate")
    return mark(TerraformList(items, type_.element) if isinstance(type_, ListOf) else tuple(items), marks)


def _reverse_type(values: Value) -> Type:
    type_ = type_of(values)
    if isinstance(type_, TupleOf):
        return TupleOf(type_.items[::-1])
    if isinstance(type_, (ListOf, SetOf)):
        return ListOf(type_.element)
    raise EvaluationError(f"reverse() takes a list or tuple, not {kind(values)}")


@define(TABLE, "reverse", [Parameter("list", marked=True)], _reverse_type)
def _reverse(values: Value) -> Value:
    bare, marks = unmark(values)
    items = list(bare)[::-1]
    return mark(tuple(items) if isinstance(bare, tuple) else TerraformList(items, bare.element), marks)


def _slice_type(values: Value, start: Value, end: Value) -> Type:
    type_ = type_of(values)
    if isinstance(type_, SetOf):
        raise EvaluationError("slice() takes a list or tuple; a set has no order, convert it with tolist() first")
    if not _is_sequence(type_):
        raise EvaluationError(f"slice() takes a list or tuple, not {kind(values)}")
    size = len(type_.items) if isinstance(type_, TupleOf) else None if isinstance(values, Unk) else len(values)
    first, last = _slice_bound(start, size, "start"), _slice_bound(end, size, "end")
    if first is not None and last is not None and first > last:
        raise EvaluationError("slice(): the start must not be after the end")
    if isinstance(type_, ListOf):
        return type_
    return TupleOf(type_.items[first:last]) if isinstance(type_, TupleOf) and None not in (first, last) else ANY


def _slice_bound(value: Value, size: int | None, what: str) -> int | None:
    if isinstance(value, Unk):
        return None
    bound = whole(value, f"slice(): the {what}")
    if bound < 0 or (size is not None and bound > size):
        raise EvaluationError(f"slice(): the {what} must be within the list")
    return bound


@define(TABLE, "slice", [Parameter("list", marked=True), numeric("start_index"), numeric("end_index")], _slice_type)
def _slice(values: Value, start: Number, end: Number) -> Value:
    bare, marks = unmark(values)
    items = bare[int(start) : int(end)]
    return mark(items if isinstance(bare, tuple) else TerraformList(items, bare.element), marks)


@define(TABLE, "sort", [Parameter("list", ListOf(STRING), unknown=True)], ListOf(STRING))
def _sort(values: Value) -> Value:
    if isinstance(values, Unk):
        return collapse(_bounded(unknown_from([values], ListOf(STRING)), values.min_length, values.max_length))
    if contains_unknown(values):
        return collapse(_bounded(unknown_from(values, ListOf(STRING)), len(values), len(values)))
    if None in values:
        raise EvaluationError("sort(): an element is null")
    return TerraformList(sorted(values, key=lambda item: item.encode("utf-8", "surrogatepass")), STRING)


def _matchkeys_type(values: Value, keys: Value, search: Value) -> Type:
    if unify([type_of(keys), type_of(search)]) is None:
        raise EvaluationError("matchkeys(): the keys and the searchset must be of one type")
    return type_of(values)


@define(
    TABLE,
    "matchkeys",
    [Parameter("values", ListOf(ANY)), Parameter("keys", ListOf(ANY)), Parameter("searchset", ListOf(ANY))],
    _matchkeys_type,
)
def _matchkeys(values: TerraformList, keys: TerraformList, search: TerraformList) -> Value:
    if len(values) != len(keys):
        raise EvaluationError("matchkeys(): there must be as many keys as values")
    type_ = unify([type_of(keys), type_of(search)]) or ANY
    wanted = list(convert(search, type_))
    if not wanted:
        return TerraformList([], values.element)
    if contains_unknown(values) or contains_unknown(keys):
        return unknown_from((values, keys, search), ListOf(values.element))
    if len(keys) * len(wanted) > MAX_ELEMENTS:
        raise LimitError("matchkeys() compares too many elements to evaluate")
    kept: list[Value] = []
    for value, key in zip(values, convert(keys, type_), strict=True):
        for candidate in wanted:
            same = equals(key, candidate)
            if isinstance(same, Unk):
                # Terraform answers with an empty list here; what the unknown turns out to be may change that.
                return unknown_from((search,), ListOf(values.element))
            if same:
                kept.append(value)
                break
    return TerraformList(kept, values.element)


# Maps


def _keys_type(values: Value) -> Type:
    type_ = type_of(values)
    if isinstance(type_, MapOf):
        return ListOf(STRING)
    if isinstance(type_, ObjectOf):
        return TupleOf((STRING,) * len(type_.attributes))
    raise EvaluationError(f"keys() takes a map or object, not {kind(values)}")


@define(TABLE, "keys", [Parameter("inputMap", unknown=True, marked=True)], _keys_type)
def _keys(values: Value) -> Value:
    bare, marks = unmark(values)
    if isinstance(bare, TerraformMap):
        return mark(TerraformList(sorted(bare), STRING), marks)
    if isinstance(bare, dict):
        return mark(tuple(sorted(bare)), marks)
    if isinstance(bare.type, ObjectOf):
        return mark(tuple(sorted(bare.type.attributes)), marks)
    unknown = unknown_from([bare], ListOf(STRING))
    return mark(collapse(_bounded(unknown, bare.min_length, bare.max_length)), marks)


def _values_type(values: Value) -> Type:
    type_ = type_of(values)
    if isinstance(type_, MapOf):
        return ListOf(type_.element)
    if isinstance(type_, ObjectOf):
        return TupleOf(tuple(type_.attributes[name] for name in sorted(type_.attributes)))
    raise EvaluationError(f"values() takes a map or object, not {kind(values)}")


@define(TABLE, "values", [Parameter("mapping", marked=True)], _values_type)
def _values(values: Value) -> Value:
    bare, marks = unmark(values)
    items = [bare[key] for key in sorted(bare)]
    return mark(TerraformList(items, bare.element) if isinstance(bare, TerraformMap) else tuple(items), marks)


@define(TABLE, "merge", [], ANY, variadic=Parameter("maps", null=True, unknown=True, dynamic=True, marked=True))
def _merge(*values: Value) -> Value:
    marks = NO_MARKS
    merged: dict[str, Value] = {}
    open_: Unk | None = None
    for value in values:
        bare, own = unmark(value)
        marks |= own
        if isinstance(bare, Unk) and bare.type == ANY and bare.known is None:
            # May be a map of any keys: the entries so far may be overridden by it.
            merged = {key: unknown_from([bare, entry]) for key, entry in merged.items()}
            open_ = bare if open_ is None else open_
        elif isinstance(bare, Unk):
            merged, open_ = _merge_unknown(merged, bare, open_)
        elif isinstance(bare, dict):
            merged |= bare
        elif bare is not None:
            raise EvaluationError(f"merge() takes maps and objects, not {kind(bare)}")
    type_ = _merged_type([unmark(value)[0] for value in values], merged)
    if open_ is not None:
        return mark(unknown_map(merged, open_, type_), marks)
    if isinstance(type_, MapOf):
        return mark(TerraformMap(merged, type_.element), marks)
    return mark(make_object(merged), marks)


def _merge_unknown(merged: dict[str, Value], value: Unk, open_: Unk | None) -> tuple[dict[str, Value], Unk | None]:
    """Merge a map or object that is not known: an object's attributes are certain, a map's entries may override."""
    if isinstance(value.type, ObjectOf) and value.known is None:
        entries = {name: unknown_from([value], of) for name, of in value.type.attributes.items()}
        if value.not_null:
            return merged | entries, open_
        # It may be null: only what was there before is certain, and its values no longer are.
        either = {name: unknown_from([value, merged[name]]) for name in entries if name in merged}
        return merged | either, value if open_ is None else open_
    if value.type != ANY and not isinstance(value.type, (MapOf, ObjectOf)):
        raise EvaluationError(f"merge() takes maps and objects, not {kind(value)}")
    certain = value.known or {}
    of = element_of(value.type)
    shadowed = {key: unknown_from([value, entry], of if type_of(entry) == of else ANY) for key, entry in merged.items()}
    return shadowed | dict(certain), value if open_ is None else open_


def _merged_type(values: Sequence[Value], merged: dict[str, Value]) -> Type:
    types = [type_of(value) for value in values]
    if not types or ANY in types:
        return ANY if any(isinstance(value, Unk) for value in values) else ObjectOf({})
    if all(type_ == types[0] for type_ in types):
        return types[0]
    return ANY


def _zipmap_type(names: Value, values: Value) -> Type:
    type_ = type_of(values)
    if isinstance(type_, ListOf):
        return MapOf(type_.element)
    if not isinstance(type_, TupleOf):
        raise EvaluationError(f"zipmap() takes a list or tuple of values, not {kind(values)}")
    if contains_unknown(names):
        return ANY
    bare = unmark_deep(names)[0]
    if len(bare) != len(type_.items):
        raise EvaluationError(f"zipmap(): {len(bare)} keys for {len(type_.items)} values")
    if None in bare:
        raise EvaluationError("zipmap(): a key is null")
    return ObjectOf(dict(zip(bare, type_.items, strict=True)))


@define(
    TABLE, "zipmap", [Parameter("keys", ListOf(STRING), marked=True), Parameter("values", marked=True)], _zipmap_type
)
def _zipmap(names: Value, values: Value) -> Value:
    bare_names, marks = unmark(names)
    bare_values, of_values = unmark(values)
    marks |= of_values
    if contains_unknown(bare_names):
        return mark(unknown_from([bare_names], _zipmap_type(bare_names, bare_values), not_null=True), marks)
    if len(bare_names) != len(bare_values):
        raise EvaluationError(f"zipmap(): {len(bare_names)} keys for {len(bare_values)} values")
    made: dict[str, Value] = {}
    for name, value in zip(bare_names, bare_values, strict=True):
        key, of_key = unmark(name)
        if key is None:
            raise EvaluationError("zipmap(): a key is null")
        marks |= of_key
        made[key] = value
    is_map = isinstance(bare_values, TerraformList)
    return mark(TerraformMap(made, bare_values.element) if is_map else make_object(made), marks)


@define(TABLE, "transpose", [Parameter("values", MapOf(ListOf(STRING)))], MapOf(ListOf(STRING)))
def _transpose(values: TerraformMap) -> Value:
    if contains_unknown(values):
        return unknown_from([values], MapOf(ListOf(STRING)))
    turned: dict[str, list[str]] = {}
    for key, items in values.items():
        if items is None or None in items:
            raise EvaluationError("transpose(): a list or string in the map is null")
        for item in items:
            turned.setdefault(item, []).append(key)
    lists = {item: TerraformList(sorted(names), STRING) for item, names in turned.items()}
    return TerraformMap(lists, ListOf(STRING))


# Sets

_SET = Parameter("first_set", SetOf(ANY), dynamic=True)
_MORE_SETS = Parameter("other_sets", SetOf(ANY), dynamic=True)


def _set_type(*values: Value) -> Type:
    elements = []
    for value in values:
        type_ = element_of(type_of(value))
        if not (type_ == ANY and isinstance(value, TerraformSet) and not len(value)):
            elements.append(type_)
    if not elements:
        return SetOf(ANY)
    shared = unify(elements)
    if shared is None:
        raise EvaluationError("the sets must have elements of one type")
    return SetOf(shared)


def _certain_set_type(values: Sequence[Value], type_: Type) -> Type:
    """The type, unless it is a guess about elements of unknown type."""
    return SetOf(ANY) if any(has_any(unknown.type) for unknown in unknowns_in(tuple(values))) else type_


@define(TABLE, "setunion", [_SET], _set_type, variadic=_MORE_SETS)
def _setunion(*values: Value) -> Value:
    type_ = _set_type(*values)
    items = [item for value in values for item in convert(value, type_)]
    return make_set(items, element_of(type_))


@define(TABLE, "setintersection", [_SET], _set_type, variadic=_MORE_SETS)
def _setintersection(*values: Value) -> Value:
    type_ = _set_type(*values)
    if contains_unknown(values):
        return unknown_from(values, _certain_set_type(values, type_))
    first, *others = [convert(value, type_) for value in values]
    in_others = [set(map(identity, other)) for other in others]
    kept = [item for item in first if all(identity(item) in other for other in in_others)]
    return make_set(kept, element_of(type_))


@define(TABLE, "setsubtract", [replace(_SET, name="a"), replace(_MORE_SETS, name="b")], _set_type)
def _setsubtract(first: Value, second: Value) -> Value:
    type_ = _set_type(first, second)
    if contains_unknown(first) or contains_unknown(second):
        return unknown_from((first, second), _certain_set_type((first, second), type_))
    removed = set(map(identity, convert(second, type_)))
    kept = [item for item in convert(first, type_) if identity(item) not in removed]
    return make_set(kept, element_of(type_))


def _setproduct_type(*values: Value) -> Type:
    if len(values) < 2:
        raise EvaluationError("setproduct() takes at least two arguments")
    elements: list[Type] = []
    lists = True
    for value in values:
        type_ = type_of(value)
        lists = lists and not isinstance(type_, SetOf)
        if isinstance(type_, (SetOf, ListOf)):
            elements.append(type_.element)
        elif isinstance(type_, TupleOf):
            shared = unify(type_.items) if type_.items else ANY
            if shared is None:
                raise EvaluationError("setproduct(): all elements of a tuple must be of one type")
            elements.append(shared)
        else:
            raise EvaluationError(f"setproduct() takes sets and lists, not {kind(value)}")
    return ListOf(TupleOf(tuple(elements))) if lists else SetOf(TupleOf(tuple(elements)))


@define(TABLE, "setproduct", [], _setproduct_type, variadic=Parameter("sets", unknown=True, marked=True))
def _setproduct(*values: Value) -> Value:
    marks = NO_MARKS
    bare: list[Value] = []
    for value in values:
        plain, own = unmark(value)
        bare.append(plain)
        marks |= own
    type_ = _setproduct_type(*bare)
    if any(isinstance(value, Unk) or _may_shrink(value) for value in bare):
        return mark(_unknown_product(bare, type_), marks)
    total = 1
    for value in bare:
        total *= len(value)
    if total > MAX_ELEMENTS:
        raise LimitError("setproduct() gives too many elements to evaluate")
    row = element_of(type_)
    rows = [convert(tuple(items), row) for items in product(*map(list, bare))]
    made: Value = TerraformList(rows, row) if isinstance(type_, ListOf) else make_set(rows, row)
    return mark(made, marks)


def _may_shrink(value: Value) -> bool:
    """Whether it is a set whose unknown elements may turn out to be the same."""
    return isinstance(value, TerraformSet) and len(value) > 1 and contains_unknown(value)


def _unknown_product(values: Sequence[Value], type_: Type) -> Value:
    """The product while a factor is unknown: its length has bounds where all factors have."""
    unknown = unknown_from(values, type_, not_null=True)
    most = 1
    for value in values:
        size = _most(value)
        if size is None or size > 1024 or most * size > 2048:
            return unknown
        most *= size
    return collapse(_bounded(unknown, 0 if most == 0 or any(map(_least_is_zero, values)) else 1, most))


def _most(value: Value) -> int | None:
    if not isinstance(value, Unk):
        return len(value)
    return len(value.type.items) if isinstance(value.type, TupleOf) else value.max_length


def _least_is_zero(value: Value) -> bool:
    return isinstance(value, Unk) and not isinstance(value.type, TupleOf) and value.min_length == 0
