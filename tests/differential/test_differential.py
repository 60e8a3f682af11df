"""A small run of the differential test; `python -m tests.differential` is the full one."""

from __future__ import annotations

import random

import pytest

from tests.differential import campaign, modules
from tests.differential.oracle import available

VERSION = available()


pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(VERSION is None, reason="terraform is not installed"),
    pytest.mark.skipif(not (VERSION or "").startswith("1.11."), reason="held against terraform 1.11 only"),
]


def test_we_evaluate_as_terraform_does() -> None:
    seed = random.randrange(10**6)
    summary = campaign.run(seed, 300)
    assert not summary.wrong, campaign.report(summary, seed)


def test_we_read_modules_as_terraform_does() -> None:
    seed = random.randrange(10**6)
    planned = modules.run(campaign.examples(modules.small(), 40, seed))
    assert not planned.wrong, f"seed {seed}: {modules.report(planned)}"
