"""Turns price rows into sorted tables on disk, the same bytes for the same rows; refuses two prices for one thing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from finops_lint.catalog.data import CatalogError
from finops_lint.catalog.price_tables import COLUMNS
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
        return line_of(self, self.item)


def line_of(row: Row, item: str) -> str:
    """A row as written, by the name `item`.

    Raises:
        FactsError: A field would not survive it.
    """
    fields = (
        item,
        row.region,
        plain(row.start),
        row.unit,
        plain(row.price),
        row.currency,
        row.basis,
        row.source,
        row.as_of,
    )
    if any(set(field) & set(',"\r\n') or not field for field in fields):
        raise FactsError(f"{row.service}/{item}: a field is empty or holds a comma, a quote or a line break")
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
        files.setdefault(folder / "tables" / file_of(row.cloud, row.service, row.region), []).append(row)
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(table(content))
    for file in (folder / "tables").rglob("*.csv"):
        if file not in files and file.name != "factors.csv":
            file.unlink()
    return len(files)


def table(rows: Iterable[Row]) -> bytes:
    """One table as its file holds it.

    Raises:
        FactsError: Two rows have the same item, region and tier.
    """
    content = sorted(rows, key=lambda row: row.key)
    _refuse_doubles(content)
    return ("\n".join([",".join(COLUMNS), *(row.line() for row in content)]) + "\n").encode()


def file_of(cloud: str, service: str, region: str) -> Path:
    """Where the rows of a service and region are, below `tables`."""
    if (cloud, service) in BY_REGION and region != "*":
        return Path(cloud) / service / f"{region}.csv"
    return Path(cloud) / f"{service}.csv"


def _refuse_doubles(rows: list[Row]) -> None:
    for before, after in pairwise(rows):
        if before.key == after.key:
            raise FactsError(
                f"two prices for {after.service}/{after.item} in {after.region}: "
                f"{before.price} ({before.source}) and {after.price} ({after.source})"
            )
