"""Runs the examples inside rules on the real readers and prices, for whoever writes a rule."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from finops_lint.model.finding import Level, Problem
from finops_lint.model.project import Project
from finops_lint.model.settings import Settings
from finops_lint.readers.discover import ProjectPath
from finops_lint.request import Request
from finops_lint.rules.context import Catalog
from finops_lint.rules.examples import TODAY, Bench, Outcome
from finops_lint.rules.loader import index_rules
from finops_lint.tools import Tools

FILES = {"terraform": "main.tf", "cloudformation": "template.yaml", "kubernetes": "manifest.yaml"}
"""Dialect → the file an example's code is written to."""


def run_examples(settings: Settings, wanted: Sequence[str] = ()) -> list[Outcome]:
    """What came of each example of the rules whose ids match one of `wanted`, of all if it is empty.

    Raises:
        FinopsLintError: a rule file is wrong.
    """
    tools = Tools(Request((), settings, today=TODAY))
    files = index_rules(tools.root, [Path(p) for p in settings.rules])
    bench = Bench(
        files,
        Catalog(tools.machines, tools.taggable, clusters=lambda: tools.clusters),
        lambda d, c: read_code(tools, d, c),
        tools.pricing,
    )
    chosen = [f for f in files if not wanted or any(fnmatchcase(f.id, glob) for glob in wanted)]
    return [outcome for file in chosen for outcome in bench.run(file)]


def read_code(tools: Tools, dialect: str, code: str) -> Project:
    """The project that one example's code makes, in a folder of its own."""
    name = FILES.get(dialect)
    if name is None:
        problem = Problem(Level.ERROR, "unsupported-dialect", f"no reader for {dialect} yet")
        return Project("example", "example", dialect, problems=(problem,))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_text(code, "utf-8")
        path = folder if dialect == "terraform" else str(file)
        return tools.read(ProjectPath(dialect, path, "example", os.path.realpath(folder), True, (str(file),)))
