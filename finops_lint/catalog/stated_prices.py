"""Prices that the settings state → price look-ups that give them before any table's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from finops_lint.catalog.price_tables import Tier
from finops_lint.catalog.prices import PriceBook
from finops_lint.model.estimate import STATED, UnitPrice, Unpriced
from finops_lint.model.terms import PriceOverride


class StatedPrices(PriceBook):
    """A price book in which some items have the prices of the user's own, one for every quantity."""

    def __init__(
        self, root: Path, overlays: Iterable[Path] = (), *, stated: Sequence[PriceOverride], **options: Any
    ) -> None:
        """As `PriceBook`; of several `stated` prices that fit, the one with the most exact item counts."""
        super().__init__(root, overlays, **options)
        self._stated = sorted(stated, key=_exactness, reverse=True)

    def look_up(self, item: str, *, cloud: str, region: str) -> tuple[Tier, ...] | Unpriced:
        """As the tables have it, unless the settings state a price for this item and region."""
        found = super().look_up(item, cloud=cloud, region=region)
        for own in self._stated:
            if fnmatchcase(item, own.item) and fnmatchcase(region, own.region):
                return (_tier(item, region, own, found),)
        return found


def _exactness(own: PriceOverride) -> tuple[int, int]:
    return _literal(own.item), _literal(own.region)


def _literal(glob: str) -> int:
    return 1_000 if not set("*?[") & set(glob) else len(glob.replace("*", "").replace("?", ""))


def _tier(item: str, region: str, own: PriceOverride, found: tuple[Tier, ...] | Unpriced) -> Tier:
    unit = own.unit or ("" if isinstance(found, Unpriced) else found[0].price.unit)
    price = UnitPrice(item, region, own.price, unit or "unit", own.currency, STATED, f"settings, {own.where}")
    return Tier(Decimal(0), price)
