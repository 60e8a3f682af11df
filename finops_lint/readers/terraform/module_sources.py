"""Finds the folder a module call names: beside the caller, or where `terraform init` has put it. Nothing is fetched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from finops_lint.model.finding import Level, Problem
from finops_lint.readers.files import is_inside, notice, shown_path
from finops_lint.readers.terraform.configuration import ModuleConfiguration, module_files
from finops_lint.readers.terraform.loader import installed_modules, is_local
from finops_lint.readers.terraform.syntax import Block
from finops_lint.readers.terraform.values import unmark

if TYPE_CHECKING:
    from finops_lint.readers.terraform.module import Module


def find_module(caller: Module, block: Block, address: str) -> ModuleConfiguration | None:
    """The configuration of the module `block` calls; None, with a problem noted, where it is not at hand."""
    evaluation = caller.evaluation
    attribute = block.body.attributes.get("source")
    source = unmark(evaluation.attribute(attribute, caller.scope))[0] if attribute else None
    if not isinstance(source, str):
        evaluation.missing.setdefault(address, "its source is not known" if attribute else "it has no source")
        return None
    if not is_local(source):
        return _installed(caller, block, address, source)
    folder = shown_path(os.path.join(caller.configuration.folder, source))  # keeps the text
    return _open(caller, block, address, folder)


def has_room_for_module(caller: Module, address: str) -> bool:
    """Whether the project may have one more module; the first for which there is no room is told."""
    evaluation = caller.evaluation
    if evaluation.room_for_instances():
        return True
    if not evaluation.is_full:
        most = evaluation.options.limits.total_instances
        what = f"more than {most:,} instances of resources and modules: {address} and what follows is not read"
        evaluation.report(notice("too-large", what, evaluation.folder))
    evaluation.is_full = evaluation.incomplete = True
    return False


def _installed(caller: Module, block: Block, address: str, source: str) -> ModuleConfiguration | None:
    evaluation = caller.evaluation
    if evaluation.installed is None:
        evaluation.installed = installed_modules(evaluation.folder, evaluation.top, evaluation.options.limits)
    folder = evaluation.installed.get(".".join((*caller.names, block.labels[0])))
    if folder is None:
        evaluation.missing.setdefault(address, source)
        return None
    return _open(caller, block, address, folder)


def _open(caller: Module, block: Block, address: str, folder: str) -> ModuleConfiguration | None:
    evaluation = caller.evaluation
    if not is_inside(folder, evaluation.top):
        why, code = f"{address}: {folder} lies outside the project and is not read", "outside-project"
    elif not Path(folder).is_dir() or not any(module_files(os.listdir(folder))):
        evaluation.folders.setdefault(address, folder)
        evaluation.incomplete = True
        return None
    elif _calls_itself(caller, folder):
        why, code = f"{address}: the module in {folder} calls itself", "module-cycle"
    elif len(caller.names) >= evaluation.options.limits.module_depth:
        why, code = f"{address}: modules are nested too deeply", "too-deep"
    else:
        evaluation.readable.add(Path(folder).resolve())
        return evaluation.loader.load(folder, evaluation.top)
    level = Level.ERROR if code == "module-cycle" else Level.NOTICE
    evaluation.report(Problem(level, code, why, block.span))
    evaluation.incomplete = True
    return None


def _calls_itself(caller: Module, folder: str) -> bool:
    real_of = caller.evaluation.real_folder
    above: Module | None = caller
    while above is not None:
        if real_of(above.configuration.folder) == real_of(folder):
            return True
        above = above.parent
    return False
