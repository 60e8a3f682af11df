"""Turns price rows into sorted tables on disk, the same bytes for the same rows; refuses two prices for one thing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from finops_lint.catalog.data import CatalogError
from finops_lint.catalog.prices import COLUMNS
from finops_lint.model.records import record

BY_REGION = frozenset(
    {
        ("aws", "ec2"),
        ("aws", "rds"),
        ("aws", "elasticache"),
        ("aws", "opensearch"),
        ("azure", "vm"),
        ("google", "compute"),
    }
)
"""Services with so many prices that each region has its own file."""


class FactsError(CatalogError):
    """The facts, or what is declared about them, cannot become tables."""


@record(frozen=True, slots=True)
class Row:
    """One line of a table."""

    cloud: str
    service: str
    item: str
    """Without its service."""
    region: str
    unit: str
    price: Decimal
    source: str
    as_of: str
    basis: str = "list"
    start: Decimal = Decimal(0)
    currency: str = "USD"

    @property
    def key(self) -> tuple[bytes, Decimal]:
        """What the table is sorted by: bytes of item and region, then the tier."""
        return f"{self.item},{self.region},".encode(), self.start

    def line(self) -> str:
        """The row as written."""
        fields = (
            self.item,
            self.region,
            plain(self.start),
            self.unit,
            plain(self.price),
            self.currency,
            self.basis,
            self.source,
            self.as_of,
        )
        if any(set(field) & set(',"\r\n') or not field for field in fields):
            raise FactsError(f"{self.service}/{self.item}: a field is empty or holds a comma, a quote or a line break")
        return ",".join(fields)


def plain(number: Decimal) -> str:
    """`number` in plain digits without trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_tables(folder: Path, rows: Iterable[Row]) -> int:
    """Write every table of `rows` under `folder`/tables and remove those no row belongs to; the number of files.

    Raises:
        FactsError: Two rows have the same item, region and tier.
    """
    files: dict[Path, list[Row]] = {}
    for row in rows:
        files.setdefault(folder / "tables" / _file_of(row), []).append(row)
    for file, content in files.items():
        content.sort(key=lambda row: row.key)
        _refuse_doubles(content)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = "\n".join([",".join(COLUMNS), *(row.line() for row in content)]) + "\n"
        file.write_bytes(text.encode())
    for file in (folder / "tables").rglob("*.csv"):
        if file not in files and file.name != "factors.csv":
            file.unlink()
    return len(files)


def _file_of(row: Row) -> Path:
    if (row.cloud, row.service) in BY_REGION and row.region != "*":
        return Path(row.cloud) / row.service / f"{row.region}.csv"
    return Path(row.cloud) / f"{row.service}.csv"


def _refuse_doubles(rows: list[Row]) -> None:
    for before, after in pairwise(rows):
        if before.key == after.key:
            raise FactsError(
                f"two prices for {after.service}/{after.item} in {after.region}: "
                f"{before.price} ({before.source}) and {after.price} ({after.source})"
            )
