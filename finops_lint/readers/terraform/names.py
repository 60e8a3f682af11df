"""What the names in a module's expressions stand for: `var.x`, `local.x`, `module.x`, `a_type.x`, `path.module`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from finops_lint.readers.terraform.groups import read_group
from finops_lint.readers.terraform.values import EvaluationError, Unk, Value

if TYPE_CHECKING:
    from finops_lint.readers.terraform.module import Module


def resolve(module: Module, root: str, names: Sequence[Value]) -> tuple[Value, int]:
    """The value of the reference that `root` and the first of `names` make, and how many of them it used.

    Raises:
        UndeclaredError: nothing declares it.
        EvaluationError: it is no reference.
    """
    resolver: Resolver | None = _RESOLVERS.get(root)
    if resolver is not None:
        return resolver(module, names)
    if not names:
        raise EvaluationError(f'nothing is called "{root}" here')
    return _resolve_block(module, "resource", root, names)


def _resolve_block(module: Module, mode: str, kind: str, names: Sequence[Value]) -> tuple[Value, int]:
    name = _need(names, kind)
    group = module.group(mode, kind, name)
    if group is None:
        prefix = "" if mode == "resource" else f"{mode}."
        return module.undeclared(f"{prefix}{kind}.{name}", "there is no block for it"), 1
    value, used = read_group(group, names[1:])
    return value, used + 1


def _need(names: Sequence[Value], root: str) -> str:
    if names and isinstance(names[0], str):
        return names[0]
    raise EvaluationError(f'"{root}" alone is no value: a name must follow it')


def _resolve_variable(module: Module, names: Sequence[Value]) -> tuple[Value, int]:
    return module.variable(_need(names, "var")), 1


def _resolve_local(module: Module, names: Sequence[Value]) -> tuple[Value, int]:
    return module.local(_need(names, "local")), 1


def _resolve_data(module: Module, names: Sequence[Value]) -> tuple[Value, int]:
    return _resolve_mode(module, "data", names)


def _resolve_resource(module: Module, names: Sequence[Value]) -> tuple[Value, int]:
    """`resource.aws_instance.web`, the long way to write `aws_instance.web`."""
    return _resolve_mode(module, "resource", names)


def _resolve_ephemeral(module: Module, names: Sequence[Value]) -> tuple[Value, int]:
    return _resolve_mode(module, "ephemeral", names)


def _resolve_mode(module: Module, mode: str, names: Sequence[Value]) -> tuple[Value, int]:
    if len(names) < 2:
        raise EvaluationError(f'"{mode}" needs a type and a name after it')
    value, used = _resolve_block(module, mode, _need(names, mode), names[1:])
    return value, used + 1


def _resolve_module(module: Module, names: Sequence[Value]) -> tuple[Value, int]:
    name = _need(names, "module")
    group = module.children(name)
    if group is not None:
        value, used = read_group(group, names[1:])
        return value, used + 1
    title = f"module.{name}"
    if name not in module.configuration.modules:
        return module.undeclared(title, "there is no module block for it"), 1
    return Unk(reason=f"{title} is not at hand", waits_for=(title,)), 1


def _resolve_path(module: Module, names: Sequence[Value]) -> tuple[Value, int]:
    root = Path(module.evaluation.folder)
    match _need(names, "path"):
        case "module":
            return module_path(module), 1
        case "root":
            return ".", 1
        case "cwd":
            return root.resolve().as_posix(), 1
        case other:
            raise EvaluationError(f'path has no attribute "{other}"; it has module, root and cwd')


def module_path(module: Module) -> str:
    """The module's folder from the root module's, as `path.module` is."""
    return os.path.relpath(module.configuration.folder, module.evaluation.folder).replace(os.sep, "/")


def _resolve_terraform(module: Module, names: Sequence[Value]) -> tuple[Value, int]:
    match _need(names, "terraform"):
        case "workspace":
            return module.evaluation.workspace, 1
        case "applying":
            return Unk(reason="it differs between plan and apply"), 1
        case other:
            raise EvaluationError(f'terraform has no attribute "{other}"')


def _resolve_unbound(what: str) -> Resolver:
    def resolve(_: Module, __: Sequence[Value]) -> tuple[Value, int]:
        raise EvaluationError(what)

    return resolve


Resolver: TypeAlias = "Callable[[Module, Sequence[Value]], tuple[Value, int]]"
_RESOLVERS: Mapping[str, Resolver] = {
    "var": _resolve_variable,
    "local": _resolve_local,
    "data": _resolve_data,
    "resource": _resolve_resource,
    "ephemeral": _resolve_ephemeral,
    "module": _resolve_module,
    "path": _resolve_path,
    "terraform": _resolve_terraform,
    "tofu": _resolve_terraform,
    "each": _resolve_unbound("each is known only in a block with for_each"),
    "count": _resolve_unbound("count is known only in a block with count"),
    "self": _resolve_unbound("self is known only in provisioners and conditions"),
}
