"""A small run of the differential test; `python -m tests.differential` is the full one."""

from __future__ import annotations

import random

import pytest

from tests.differential import campaign
from tests.differential.oracle import available

pytestmark = pytest.mark.system
VERSION = available()


@pytest.mark.skipif(VERSION is None, reason="terraform is not installed")
@pytest.mark.skipif(VERSION is not None and not VERSION.startswith("1.11."), reason="held against terraform 1.11 only")
def test_we_evaluate_as_terraform_does() -> None:
    seed = random.randrange(10**6)
    summary = campaign.run(seed, 300)
    assert not summary.wrong, campaign.report(summary, seed)
