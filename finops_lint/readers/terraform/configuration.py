"""Turns the parsed files of one folder into one module configuration, with override files merged as Terraform does.

Declarations only: nothing is evaluated, and a file that cannot be read costs nothing but itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeAlias

from finops_lint.model.finding import Level, Problem
from finops_lint.model.records import record, replace
from finops_lint.model.span import Span
from finops_lint.readers.terraform.syntax import Attribute, Block, Body, Expression, Literal, ObjectExpression, Template

SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")

Pair: TypeAlias = tuple[str, str]

_LABELS: Mapping[str, int] = {
    "variable": 1,
    "output": 1,
    "module": 1,
    "provider": 1,
    "check": 1,
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "locals": 0,
    "terraform": 0,
    "moved": 0,
    "removed": 0,
    "import": 0,
}
_LATER = frozenset({"action", "language"})
"""Blocks of later Terraform and OpenTofu releases that make no resource."""


@record(slots=True)
class ModuleConfiguration:
    """Everything one folder declares; blocks are merged with their overrides and keep the positions of their parts."""

    folder: str
    variables: dict[str, Block] = field(default_factory=dict)
    locals: dict[str, Attribute] = field(default_factory=dict)
    outputs: dict[str, Block] = field(default_factory=dict)
    resources: dict[Pair, Block] = field(default_factory=dict)
    """(type, name) → block, in the order of files and lines."""
    data: dict[Pair, Block] = field(default_factory=dict)
    ephemeral: dict[Pair, Block] = field(default_factory=dict)
    modules: dict[str, Block] = field(default_factory=dict)
    providers: dict[Pair, Block] = field(default_factory=dict)
    """(local name, alias or empty) → block."""
    required_providers: dict[str, Attribute] = field(default_factory=dict)
    """Local name → its requirement: an object with `source`, or a bare version."""
    moved: list[Block] = field(default_factory=list)
    removed: list[Block] = field(default_factory=list)
    imports: list[Block] = field(default_factory=list)
    checks: dict[str, Block] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    incomplete: bool = False
    """A file or block was left out: a name that is not declared here may be declared there."""


@record(frozen=True, slots=True)
class ConfigurationFile:
    """One parsed file of a module."""

    name: str
    body: Body
    problems: tuple[Problem, ...] = ()
    incomplete: bool = False


def is_override(name: str) -> bool:
    """Whether Terraform merges the file over the others: `override.tf`, `x_override.tf` and their kin."""
    stem = name.split(".", 1)[0]
    return stem == "override" or stem.endswith("_override")


def module_files(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Which of a folder's files make its module: the ordinary ones and the overrides, each in Terraform's order.

    `x.tofu` takes the place of `x.tf`, as in OpenTofu. Editors' and hidden files do not count.
    """
    wanted = [n for n in names if n.endswith(SUFFIXES) and not n.startswith((".", "#")) and not n.endswith("~")]
    present = set(wanted)
    chosen = sorted(n for n in wanted if _tofu_twin(n) not in present)
    return [n for n in chosen if not is_override(n)], [n for n in chosen if is_override(n)]


def _tofu_twin(name: str) -> str:
    """The file that would replace `name` in OpenTofu; empty for one that is OpenTofu's already."""
    for suffix, twin in ((".tf.json", ".tofu.json"), (".tf", ".tofu")):
        if name.endswith(suffix):
            return name.removesuffix(suffix) + twin
    return ""


def build_configuration(
    folder: str, primary: Sequence[ConfigurationFile], overrides: Sequence[ConfigurationFile] = ()
) -> ModuleConfiguration:
    """The module the files make together."""
    module = ModuleConfiguration(folder)
    for file in primary:
        _note_file(module, file)
        for block in file.body.blocks:
            _declare(module, block)
    for file in overrides:
        _note_file(module, file)
        for block in file.body.blocks:
            _override(module, block)
    return module


def _note_file(module: ModuleConfiguration, file: ConfigurationFile) -> None:
    module.problems.extend(file.problems)
    module.incomplete = module.incomplete or file.incomplete
    for attribute in file.body.attributes.values():
        message = f"{attribute.name!r} stands outside of any block; Terraform takes arguments only inside blocks"
        module.problems.append(Problem(Level.ERROR, "misplaced-argument", message, attribute.span))


def _declare(module: ModuleConfiguration, block: Block) -> None:
    if not _has_labels(module, block):
        return
    kind, labels = block.type, block.labels
    if kind == "locals":
        for name, attribute in block.body.attributes.items():
            _add(module, module.locals, name, attribute, f"local.{name}")
    elif kind == "terraform":
        _declare_settings(module, block)
    elif kind == "provider":
        alias = literal_text(block.body.attributes.get("alias")) or ""
        title = f"provider {labels[0]}.{alias}" if alias else f"provider {labels[0]}"
        _add(module, module.providers, (labels[0], alias), block, title)
    elif kind in _LISTS:
        _LISTS[kind](module).append(block)
    elif kind in _BY_PAIR:
        prefix = {"resource": "", "data": "data.", "ephemeral": "ephemeral."}[kind]
        pair = (labels[0], labels[1])
        _add(module, _BY_PAIR[kind](module), pair, block, f"{prefix}{labels[0]}.{labels[1]}")
    else:
        _add(module, _BY_NAME[kind](module), labels[0], block, f"{_PREFIXES.get(kind, kind + ' ')}{labels[0]}")


_LISTS: Mapping[str, Callable[[ModuleConfiguration], list[Block]]] = {
    "moved": lambda m: m.moved,
    "removed": lambda m: m.removed,
    "import": lambda m: m.imports,
}
_BY_PAIR: Mapping[str, Callable[[ModuleConfiguration], dict[Pair, Block]]] = {
    "resource": lambda m: m.resources,
    "data": lambda m: m.data,
    "ephemeral": lambda m: m.ephemeral,
}
_BY_NAME: Mapping[str, Callable[[ModuleConfiguration], dict[str, Block]]] = {
    "variable": lambda m: m.variables,
    "output": lambda m: m.outputs,
    "module": lambda m: m.modules,
    "check": lambda m: m.checks,
}
_PREFIXES = {"variable": "var.", "module": "module."}


def _unknown_block(block: Block) -> Problem:
    """A slip of the pen leaves a resource out; anything else may be a block of a release to come."""
    from difflib import get_close_matches

    near = get_close_matches(block.type, _LABELS, 1, cutoff=0.8)
    level, meant = (Level.ERROR, f"; did you mean {near[0]}?") if near else (Level.NOTICE, "")
    message = f"there is no top-level block called {block.type!r}; it is left out{meant}"
    return Problem(level, "unknown-block", message, block.span)


def _has_labels(module: ModuleConfiguration, block: Block) -> bool:
    """Whether the block is of a kind Terraform knows, with as many labels as it takes; reported if not."""
    wanted = _LABELS.get(block.type)
    if wanted is None:
        if block.type not in _LATER:
            module.problems.append(_unknown_block(block))
        return False
    if len(block.labels) == wanted:
        return True
    count = {0: "no label", 1: "one label", 2: "two labels, a type and a name"}[wanted]
    message = f"a {block.type} block takes {count}; this one has {len(block.labels)}"
    module.problems.append(Problem(Level.ERROR, "wrong-labels", message, block.span))
    module.incomplete = True
    return False


def _add(module: ModuleConfiguration, table: dict[Any, Any], key: object, part: Block | Attribute, title: str) -> None:
    """Note a declaration; of two of one name the first stands, and the second is reported."""
    first = table.setdefault(key, part)
    if first is not part:
        message = f"{title} is declared twice; the first declaration is at {first.span}"
        module.problems.append(Problem(Level.ERROR, "duplicate-declaration", message, part.span))


def _declare_settings(module: ModuleConfiguration, block: Block) -> None:
    for inner in block.body.blocks:
        if inner.type == "required_providers":
            module.required_providers.update(inner.body.attributes)


# Overrides: https://developer.hashicorp.com/terraform/language/files/override


def _override(module: ModuleConfiguration, block: Block) -> None:
    """Merge one block of an override file over the declaration it names."""
    if not _has_labels(module, block):
        return
    kind, labels = block.type, block.labels
    if kind == "locals":
        for name, attribute in block.body.attributes.items():
            if name not in module.locals:
                _missing_base(module, f"local.{name}", attribute.span)
            module.locals[name] = attribute
    elif kind == "terraform":
        _declare_settings(module, block)
    elif kind == "provider":
        alias = literal_text(block.body.attributes.get("alias")) or ""
        existing = module.providers.get((labels[0], alias))
        module.providers[labels[0], alias] = merge_block(existing, block) if existing else block
    elif kind in _LISTS:
        _LISTS[kind](module).append(block)
    elif kind in _BY_PAIR:
        _override_in(module, _BY_PAIR[kind](module), (labels[0], labels[1]), block)
    else:
        _override_in(module, _BY_NAME[kind](module), labels[0], block)


def _override_in(module: ModuleConfiguration, table: dict[Any, Block], key: object, block: Block) -> None:
    existing = table.get(key)
    if existing is None:
        _missing_base(module, " ".join((block.type, *block.labels)), block.span)
        table[key] = block
    else:
        table[key] = merge_block(existing, block)


def _missing_base(module: ModuleConfiguration, title: str, span: Span) -> None:
    if not module.incomplete:
        message = f"{title} stands in an override file, but nothing declares it for it to override"
        module.problems.append(Problem(Level.ERROR, "missing-base", message, span))


def merge_block(base: Block, over: Block) -> Block:
    """`base` with the arguments of `over`; nested blocks of a kind in `over` replace all of that kind in `base`.

    `lifecycle` is merged argument by argument; the block keeps the place of `base`, each argument its own.
    """
    replaced = {b.type for b in over.body.blocks} | _generated(over)
    kept = [b for b in base.body.blocks if b.type not in replaced and not (_generated_by(b) & replaced)]
    lifecycle = [b for b in base.body.blocks if b.type == "lifecycle"]
    added = [merge_block(lifecycle[0], b) if b.type == "lifecycle" and lifecycle else b for b in over.body.blocks]
    attributes = {**base.body.attributes, **over.body.attributes}
    return replace(base, body=replace(base.body, attributes=attributes, blocks=(*kept, *added)))


def _generated(block: Block) -> set[str]:
    return {kind for inner in block.body.blocks for kind in _generated_by(inner)}


def _generated_by(block: Block) -> set[str]:
    """The kind of blocks a `dynamic` block makes."""
    return {block.labels[0]} if block.type == "dynamic" and block.labels else set()


# Static text


def literal_text(part: Attribute | Expression | None) -> str | None:
    """The string an expression certainly is without evaluating anything; None for all else."""
    expression = part.expression if isinstance(part, Attribute) else part
    if isinstance(expression, Literal):
        return expression.value if isinstance(expression.value, str) else None
    if isinstance(expression, Template):
        if not expression.parts:
            return ""
        if all(isinstance(p, str) for p in expression.parts):
            return "".join(p for p in expression.parts if isinstance(p, str))
    return None


def provider_source(module: ModuleConfiguration, local_name: str) -> str:
    """The type of the provider a module calls `local_name`: `aws` for `{source = "hashicorp/aws"}` of any name."""
    requirement = module.required_providers.get(local_name)
    if requirement is not None and isinstance(requirement.expression, ObjectExpression):
        for key, value in requirement.expression.items:
            if literal_text(key) == "source" and (source := literal_text(value)):
                return source.rsplit("/", 1)[-1]
    return local_name
