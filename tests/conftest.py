"""Golden files: `pytest --update-golden` rewrites them; their diff is then read like prose before it is accepted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
# Prices somebody has refreshed on this machine are not those the tests expect.
os.environ["XDG_DATA_HOME"] = "/nonexistent/finops-lint-tests"
# 2026-11-21: what is printed depends on how old the prices are.
os.environ["SOURCE_DATE_EPOCH"] = "1795219200"
# What the tests start runs this code, not that of another checkout which may be installed.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(GOLDEN.parent.parent), os.environ.get("PYTHONPATH"))))
Golden = Callable[[str, str], None]
"""Compares a text with a file under tests/golden."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what is printed now into tests/golden")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden(name, text)`: the text equals tests/golden/name."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        assert file.is_file(), f"{file} is missing: run pytest --update-golden and read what it writes"
        assert text == file.read_text("utf-8")

    return compare
