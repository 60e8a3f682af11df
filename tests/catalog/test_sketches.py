"""Which texts known in part say enough."""

from __future__ import annotations

import pytest

from finops_lint.catalog.sketches import enough
from finops_lint.model.values import GAP


@pytest.mark.parametrize(
    ("sketch", "expected"),
    [
        (f"arn:aws:bedrock:{GAP}::foundation-model/x.y", "arn:aws:bedrock:*::foundation-model/x.y"),
        (f"endpoint/{GAP}/variant/a", "endpoint/*/variant/a"),
        (f"endpoint/{GAP}-x/variant/a", ""),
        (f"arn:aws:bedrock:us-east-1::foundation-model/{GAP}", ""),
        (f"endpoint/e/variant/{GAP}", ""),
        ("", ""),
    ],
)
def test_a_text_says_enough_where_its_end_is_known(sketch: str, expected: str) -> None:
    assert enough(sketch) == expected
