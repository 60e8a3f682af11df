"""Opens folders and returns their module configurations; each file is parsed once, however often it is called.

Nothing outside the top folder of a project is opened, and nothing is downloaded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from finops_lint.model.finding import Problem
from finops_lint.model.records import record
from finops_lint.readers.files import Limits, is_inside, notice, read_file, shown_inside, shown_path
from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.configuration import (
    ConfigurationFile,
    ModuleConfiguration,
    build_configuration,
    module_files,
)
from finops_lint.readers.terraform.syntax import ParsedFile

INSTALLED = ".terraform/modules/modules.json"


@record(slots=True)
class Loader:
    """Reads modules for one run, and remembers those that are called."""

    limits: Limits = field(default_factory=Limits)
    _modules: dict[tuple[str, str], ModuleConfiguration] = field(default_factory=dict)
    _listed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sources: dict[str, SourceText] = field(default_factory=dict)
    """The files that were parsed, by their paths; their trees keep them anyway."""

    def load(self, folder: str, top: str) -> ModuleConfiguration:
        """The module in `folder`, a path as the user would type it; `top` is the real path not to leave."""
        key = (folder, top)
        if key not in self._modules:
            self._modules[key] = self._read(folder, top)
        return self._modules[key]

    def listed(self, folder: str) -> tuple[str, ...]:
        """The names of what lies in a folder, looked up once.

        Raises:
            OSError: It cannot be opened.
        """
        if folder not in self._listed:
            self._listed[folder] = tuple(os.listdir(folder))
        return self._listed[folder]

    def _read(self, folder: str, top: str) -> ModuleConfiguration:
        problems: list[Problem] = []
        try:
            names = self.listed(folder)
        except OSError as error:
            names = ()
            problems.append(notice("unreadable-folder", f"cannot be opened: {error.strerror}", folder))
        primary, overrides = module_files(names)
        parsed = [[self._file(folder, name, top, problems) for name in part] for part in (primary, overrides)]
        module = build_configuration(folder, *([f for f in part if f] for part in parsed))
        module.problems[:0] = problems
        module.incomplete = module.incomplete or bool(problems)
        return module

    def _file(self, folder: str, name: str, top: str, problems: list[Problem]) -> ConfigurationFile | None:
        parsed = self.parse(shown_inside(folder, name), top)
        if isinstance(parsed, Problem):
            problems.append(parsed)
            return None
        return ConfigurationFile(name, parsed.body, parsed.problems, parsed.incomplete)

    def parse(self, path: str, top: str | None) -> ParsedFile | Problem:
        """The syntax tree of one file, a path as the user would type it, or why there is none."""
        data = read_file(path, top=top, limits=self.limits)
        if isinstance(data, Problem):
            return data
        from finops_lint.readers.terraform.parse import parse_hcl, parse_json

        source = self.sources[path] = SourceText(path, data)
        return parse_json(source) if path.endswith(".json") else parse_hcl(source)


def is_local(source: str) -> bool:
    """Whether a module's source is a folder of the same repository."""
    return source in {".", ".."} or source.startswith(("./", "../", ".\\", "..\\"))


def installed_modules(root: str, top: str, limits: Limits) -> Mapping[str, str]:
    """Module keys (`vpc`, `eks.nodes`) → folders, from what `terraform init` left; only folders inside `top`."""
    data = read_file(f"{root}/{INSTALLED}", limits=limits) if Path(root, INSTALLED).is_file() else b""
    if isinstance(data, Problem) or not data:
        return {}
    try:
        listed = json.loads(data)["Modules"]
        entries = [(str(m["Key"]), str(m["Dir"])) for m in listed]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    folders = {key: shown_path(os.path.join(root, folder)) for key, folder in entries if key}
    return {key: folder for key, folder in folders.items() if Path(folder).is_dir() and is_inside(folder, top)}
