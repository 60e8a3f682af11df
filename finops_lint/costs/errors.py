"""What this room raises."""

from __future__ import annotations

from finops_lint.model.errors import FinopsLintError


class CostError(FinopsLintError):
    """A usage file, or a sheet's Python model, is wrong."""
