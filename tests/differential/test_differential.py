"""A small run of the differential test; `python -m tests.differential` is the full one."""

from __future__ import annotations

import pytest

from tests.differential import campaign, modules
from tests.differential.oracle import available

VERSION = available()
SEED = 1
"""Always the same here, so that a change is to blame for a failure; the full run takes another each time."""


pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(VERSION is None, reason="terraform is not installed"),
    pytest.mark.skipif(not (VERSION or "").startswith("1.11."), reason="held against terraform 1.11 only"),
]


def test_we_evaluate_as_terraform_does() -> None:
    summary = campaign.run(SEED, 200)
    assert not summary.wrong, campaign.report(summary, SEED)


def test_we_read_modules_as_terraform_does() -> None:
    planned = modules.run(campaign.examples(modules.small(), 25, SEED))
    assert not planned.wrong, modules.report(planned)
