"""The stand-in, one for each kind of forge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.forges.stand_in import KINDS, StandIn, served


@pytest.fixture(params=KINDS)
def forge(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    """Each forge in turn."""
    with served(StandIn(request.param)) as stand_in:
        yield stand_in


@pytest.fixture
def github() -> Iterator[StandIn]:
    """GitHub alone."""
    with served(StandIn("github")) as stand_in:
        yield stand_in
