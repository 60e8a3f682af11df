"""The order of the rooms and the lightness of the start, by fact: what imports what."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import finops_lint

PACKAGE = Path(finops_lint.__file__).parent
ORDER = (
    {"model"},
    {"catalog"},
    {"readers", "costs", "rules", "reports", "workers"},
    {"surroundings", "network", "request", "settings_document", "settings_file"},
    {"tools"},
    {"pipeline", "compare", "terms", "unit_costs"},
    {"guardrails"},
    {
        "settings",
        "infracost_config",
        "usage_file",
        "history",
        "trials",
        "revisions",
        "rendering",
        "fixes",
        "refresh",
        "forges",
        "cli",
    },
)
"""Rooms from left to right; a room may import those left of it and itself, never those beside it or right of it."""
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
BESIDE_ALLOWED = {
    ("cli", room)
    for room in (
        "settings",
        "usage_file",
        "history",
        "trials",
        "revisions",
        "rendering",
        "fixes",
        "forges",
        "refresh",
        "infracost_config",
    )
}
"""The command line calls every room at its own level."""
HEAVY = (
    "yaml", "rich", "jsonschema", "tree_sitter", "tree_sitter_hcl", "cel_expr_python", "msgspec", "requests",
    "tabulate", "hcl2", "cfnlint", "multiprocessing", "hypothesis",
)  # fmt: skip


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(name: str) -> str:
    """`finops_lint.rules.checker` → `rules`; the package itself has none."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(file: Path) -> Iterator[tuple[str, int]]:
    """Every finops_lint module a file imports, anywhere in it, with the line."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "finops_lint":
                yield from ((f"finops_lint.{alias.name}", node.lineno) for alias in node.names)
            yield node.module, node.lineno


def test_every_room_has_its_place() -> None:
    rooms = {
        p.stem if p.suffix else p.name for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()
    }
    assert rooms - {"__init__", "__main__"} <= set(LEVEL)


@pytest.mark.parametrize("file", modules(), ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_no_module_imports_to_the_right_or_beside(file: Path) -> None:
    relative = file.relative_to(PACKAGE)
    room = relative.parts[0].removesuffix(".py")
    if room not in LEVEL:
        return
    for name, line in imports(file):
        other = room_of(name) if name.startswith("finops_lint.") else ""
        if other in LEVEL and other != room and (room, other) not in BESIDE_ALLOWED:
            assert LEVEL[other] < LEVEL[room], f"{relative}:{line} imports {name}"


def loaded_after(statement: str) -> set[str]:
    """Top-level modules in a fresh interpreter after `statement`."""
    code = f"{statement}\nimport sys\nprint('\\n'.join({{m.partition('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_command_line_starts_without_anything_heavy() -> None:
    assert not loaded_after("import finops_lint.cli.main") & set(HEAVY)


def test_help_and_version_load_no_room() -> None:
    code = (
        "import sys\n"
        "from finops_lint.cli.main import run\n"
        "assert run(['--version']) == 0 and run(['--help']) == 0\n"
        "print('LOADED', sorted(m for m in sys.modules if m.startswith('finops_lint.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.partition("LOADED ")[2].strip()
    assert ast.literal_eval(loaded) == [
        "finops_lint.cli",
        "finops_lint.cli.main",
        "finops_lint.model",
        "finops_lint.model.errors",
        "finops_lint.model.records",
        "finops_lint.model.span",
    ]


@pytest.mark.parametrize(
    "name", ["pipeline", "compare", "settings", "cli.check", "cli.cost", "cli.diff", "reports.terminal"]
)
def test_importing_a_room_loads_nothing_heavy(name: str) -> None:
    assert not loaded_after(f"import finops_lint.{name}") & set(HEAVY)


def test_only_the_rooms_for_it_open_sockets() -> None:
    network = {"requests", "urllib", "http", "socket", "ssl", "ftplib", "smtplib"}
    for file in modules():
        room = file.relative_to(PACKAGE).parts[0]
        if room in {"refresh", "forges"}:
            continue
        for name, line in imports(file):
            allowed = name == "urllib.parse"
            assert allowed or name.partition(".")[0] not in network, f"{file}:{line} imports {name}"


def test_only_the_command_line_reads_the_clock() -> None:
    for file in modules():
        if file.relative_to(PACKAGE).parts[0] in {"cli", "refresh", "forges"}:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow", "monotonic", "perf_counter"}:
                owner = node.value
                called = isinstance(owner, ast.Name) and owner.id in {"datetime", "date", "time"}
                assert not called, f"{file}:{node.lineno} reads the clock"


SILENCED = re.compile(r"# (?:ruff: )?(?:noqa|type: ignore)(?P<code>: ?[A-Z0-9, ]+|\[[a-z-]+\])?(?P<reason>.*)")


@pytest.mark.parametrize("folder", ["finops_lint", "tests", "benchmarks"])
def test_what_silences_a_check_names_it_and_says_why(folder: str) -> None:
    for file in (PACKAGE.parent / folder).rglob("*.py"):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            found = SILENCED.search(line)
            if found and not line.lstrip().startswith("SILENCED"):
                assert found["code"], f"{file}:{number}"
                assert re.search(r"\w{3}", found["reason"]), f"{file}:{number}"
