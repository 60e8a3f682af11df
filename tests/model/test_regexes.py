"""Regular expressions that wait until they are used."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

import finops_lint
from finops_lint.model.regexes import regex

Waiting = type(regex(""))


def test_it_finds_what_the_compiled_one_finds() -> None:
    found = regex(r"(?P<word>[a-z]+)\.", re.IGNORECASE)
    assert found.pattern == r"(?P<word>[a-z]+)\."
    assert [match["word"] for match in found.finditer("One. two.")] == ["One", "two"]
    assert found.fullmatch("one") is None


def test_it_is_compiled_when_first_used() -> None:
    wrong = regex("(")
    with pytest.raises(re.error, match="unterminated subpattern"):
        wrong.search("")


def of_module(name: str) -> Iterator[re.Pattern[str]]:
    for value in vars(import_module(name)).values():
        yield from (one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Waiting))


def test_all_that_the_modules_name_can_be_compiled() -> None:
    modules = [found.name for found in pkgutil.walk_packages(finops_lint.__path__, "finops_lint.")]
    patterns = [one.pattern for name in modules if name != "finops_lint.__main__" for one in of_module(name)]
    assert len(patterns) > 150
