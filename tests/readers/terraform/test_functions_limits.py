"""Functions on hostile input: bounded time, bounded memory, no file outside of the project."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from finops_lint.readers.terraform.functions import Context, call
from finops_lint.readers.terraform.values import EvaluationError, LimitError, TerraformList, TerraformSet

NOWHERE = Context(Path("/nonexistent"))


def value(name: str, *args: Any, context: Context = NOWHERE) -> Any:
    return call(name, args, context)


LONG = "a" * 3_000_000
BOMB = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 8)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
MANY = tuple(f"{number}" for number in range(2000))


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("format", ("%999999s", "x")),
        ("format", ("%.999999f", 1)),
        ("replace", (LONG, "a", "bb")),
        ("replace", (LONG, "/a/", "bb")),
        ("join", (LONG, ("x", "y", "z"))),
        ("indent", (100_000, "\n" * 1000)),
        ("setproduct", (MANY, MANY)),
        ("matchkeys", (MANY, MANY, tuple(f"x{item}" for item in MANY))),
        ("jsondecode", ("[" * 100_000,)),
        ("yamldecode", ("[" * 10_000,)),
        ("yamldecode", (BOMB,)),
        ("regex", ("(" * 500 + ")" * 500, "a")),
        ("regex", ("a" * 5000, "a")),
    ],
)  # fmt: skip
def test_what_is_too_large_is_not_evaluated(name: str, args: Sequence[Any]) -> None:
    begun = time.process_time()
    with pytest.raises(LimitError):
        value(name, *args)
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", ".*.*.*.*.*=", "(x+x+)+y"]
)
def test_a_pattern_that_backtracks_forever_ends_soon(pattern: str) -> None:
    begun = time.process_time()
    with pytest.raises(EvaluationError):
        value("regex", pattern, "a" * 3000 + "!" + "x" * 3000)
    assert time.process_time() - begun < 3


def test_the_two_ways_of_matching_agree() -> None:
    from finops_lint.readers.terraform.functions.pattern_matching import compile_pattern, simulate

    for pattern in ["a*b", "(a+)(b?)c", "[^x]*x", "(?:ab){2,3}", "a??b", r"\bfoo\b", "^a|b$", "(a)|(b)"]:
        read = compile_pattern(pattern)
        for text in ["", "ab", "aab", "ababab", "foo bar", "xaabcx", "b", "a foo"]:
            found = read.fast.search(text)
            spans = found and tuple(place for group in range(len(read.names) + 1) for place in found.span(group))
            assert simulate(read, text) == spans, (pattern, text)


# Files


@pytest.fixture
def project(tmp_path: Path) -> Context:
    root = tmp_path / "top" / "root"
    root.mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    (tmp_path / "top" / "module").mkdir()
    (tmp_path / "top" / "module" / "shared.txt").write_text("shared", "utf-8")
    (root / "own.txt").write_text("own", "utf-8")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "away").symlink_to(tmp_path)
    (root / "loop").symlink_to(root / "loop")
    return Context(root)


def test_files_of_the_project_are_read(project: Context) -> None:
    assert value("file", "own.txt", context=project) == "own"
    project.modules.add((project.root.parent / "module").resolve())
    assert value("file", "../module/shared.txt", context=project) == "shared"
    assert value("file", str(project.root / "own.txt"), context=project) == "own"


@pytest.mark.parametrize(
    "path",
    [
        "../../secret.txt",
        "link.txt",
        "away/secret.txt",
        "/etc/passwd",
        "~/.ssh/id_rsa",
        "loop",
        "a\0b",
        "../../nope",
        "../module/shared.txt",
    ],
)
@pytest.mark.parametrize("name", ["file", "filebase64", "filemd5", "fileexists"])
def test_no_other_file_is_read(name: str, path: str, project: Context) -> None:
    with pytest.raises(LimitError):
        value(name, path, context=project)


def test_a_fileset_stays_in_the_project(project: Context) -> None:
    def matches(folder: str, glob: str) -> tuple[str, ...]:
        found = value("fileset", folder, glob, context=project)
        assert isinstance(found, TerraformSet)
        return found.items

    assert matches(".", "**") == ("link.txt", "own.txt")
    assert matches(".", "away/*.txt") == ()
    with pytest.raises(LimitError):
        matches("../..", "*")
    with pytest.raises(LimitError):
        matches(".", "../../*")


def test_a_large_file_is_not_read(project: Context) -> None:
    (project.root / "large.txt").write_bytes(b"x" * 5_000_000)
    with pytest.raises(LimitError):
        value("file", "large.txt", context=project)


def test_a_template_calls_no_template(project: Context) -> None:
    (project.root / "own.txt").write_text('${templatefile("own.txt", {})}', "utf-8")
    with pytest.raises(EvaluationError, match="cannot be called inside of a template"):
        value("templatefile", "own.txt", {}, context=project)


def test_results_are_terraforms_kinds_of_values() -> None:
    assert isinstance(value("split", ",", "a,b"), TerraformList)
    assert value("range", 3) == TerraformList([0, 1, 2])
