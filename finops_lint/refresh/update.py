"""Turns an order ("AWS, eu-west-1") into refreshed tables: asks the lists, keeps every finished part, writes tables.

A fault costs the part it is in, never the run: the others are written, the faults are told at the end.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from finops_lint.catalog.regions import REFERENCE
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.records import record
from finops_lint.network import Patience
from finops_lint.refresh import aws_json, aws_lists, azure_lists, google_lists
from finops_lint.refresh.collect import Collector, told
from finops_lint.refresh.declared import Cloud
from finops_lint.refresh.fetching import Fetcher, FetchError, Stamp, forget, opened
from finops_lint.refresh.machine_sums import with_machines
from finops_lint.refresh.pages import AZURE, GOOGLE, Pages, Paging
from finops_lint.refresh.shelves import Shelved, Shelves, shelve, spell_source
from finops_lint.refresh.telling import Telling
from finops_lint.refresh.workshop import Part, Workshop

MOST_PAGE = 64 << 20
_MOST_PAGES = 5_000


@record(frozen=True, slots=True)
class Order:
    """What is to be refreshed, from where, into where."""

    clouds: tuple[Cloud, ...]
    target: Path
    """A folder laid out like `pricing`."""
    work: Path
    """Where downloads and finished parts are kept between runs."""
    shipped: Path
    """The shipped `pricing`."""
    today: str
    """ISO day."""
    patience: Patience
    services: frozenset[str] = frozenset()
    """Table services; all if empty."""
    regions: tuple[str, ...] = ()
    """All if empty."""
    mirror: str = ""
    """An address that stands in for every cloud's own."""
    folder: Path | None = None
    """Files already downloaded, instead of the network."""
    google_key: str = ""
    force: bool = False


@record(frozen=True, slots=True)
class Summary:
    """What a refresh did."""

    tables: tuple[Shelved, ...]
    faults: tuple[str, ...]
    """What could not be had, each in one line."""


class UpdateError(FinopsLintError):
    """The order cannot be carried out at all."""


def update(order: Order, telling: Telling) -> Summary:
    """Refresh what the order names.

    Raises:
        UpdateError: Nothing fits the order, or the disk is full.
    """
    try:
        return _update(order, telling)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UpdateError(
                f"no space left for {order.target}: the tables are as they were",
                hint="make room or set XDG_DATA_HOME to another disk, then run it again: it goes on where it stopped",
            ) from None
        raise


def _update(order: Order, telling: Telling) -> Summary:
    workshop = Workshop(order.work)
    tables: list[Shelved] = []
    faults: list[str] = []
    with workshop.alone():
        for cloud in order.clouds:
            run = _Run(order, cloud, workshop, telling)
            try:
                run.gather()
            except FetchError as error:
                run.faults.append(f"{cloud.cloud}: {error}{f' ({error.hint})' if error.hint else ''}")
            finally:
                run.close()
            tables += run.write()
            faults += run.faults
        if not faults:
            workshop.tidy()
    return Summary(tuple(tables), tuple(faults))


@record(frozen=True, slots=True)
class _Piece:
    """One file or paged answer of a list."""

    name: str
    """Of the part it becomes: `aws/AmazonEC2/us-east-1`."""
    list: str
    """The part of the cloud's list it is; empty for all of it."""
    region: str
    """The region it was asked for; empty for all."""
    stamp: Stamp


class _Run:
    """One cloud's part of a refresh."""

    def __init__(self, order: Order, cloud: Cloud, workshop: Workshop, telling: Telling) -> None:
        self.order = order
        self.cloud = cloud
        self.workshop = workshop
        self.telling = telling
        self.finished: list[Part] = []
        self.faults: list[str] = []
        secrets = {google_lists.KEY_HEADER: order.google_key} if cloud.cloud == "google" and order.google_key else {}
        self.fetcher = Fetcher(order.patience, hosts=cloud.hosts, secrets=secrets)

    @property
    def services(self) -> frozenset[str]:
        """The table services that are asked for, of those this list feeds."""
        known = frozenset(line.service for line in self.cloud.lines)
        return known & self.order.services if self.order.services else known

    @property
    def lists(self) -> list[str]:
        """The parts of the list these services need."""
        return [name for name in self.cloud.lists if self.cloud.services_of(name) & self.services]

    def wanted(self, region: str) -> bool:
        """Whether a region is asked for; its zones are with it, and what is the same everywhere."""
        asked = self.order.regions
        return not asked or region == "*" or any(region == r or region.startswith(f"{r}-") for r in asked)

    def gather(self) -> None:
        """Fetch and read every part; nothing where only regions of other clouds are asked for."""
        if self.order.regions and not self._asked(".*"):
            return
        if self.order.folder is not None:
            self._from_folder(self.order.folder)
        elif self.cloud.cloud == "aws":
            self._aws()
        elif self.cloud.cloud == "azure":
            self._azure()
        else:
            self._google()

    def close(self) -> None:
        """Close the connections."""
        self.fetcher.close()

    def write(self) -> Iterator[Shelved]:
        """Write the tables of what was gathered."""
        if not self.finished:
            return
        shelves = Shelves(self.order.target, self.order.shipped, self.wanted, self.order.force)
        spell_source(self.order.target, self.cloud, reference=REFERENCE[self.cloud.cloud], today=self.order.today)
        for service in sorted(self.services):
            feeding = [name for name in self.cloud.lists if service in self.cloud.services_of(name)]
            parts = [p for p in self.finished if _list_of(p) in (*feeding, _FOLDER_PART)]
            if parts:
                found = shelve(shelves, self.workshop, self.cloud, parts, service)
                yield from (table for table in found if table.rows or table.refused)

    def _asked(self, pattern: str) -> tuple[str, ...]:
        """The regions asked for that are this cloud's and match `pattern`."""
        own = [base.get("regions", ".*") for base in self.cloud.bases]
        return tuple(r for r in self.order.regions if re.fullmatch(pattern, r) and any(re.fullmatch(p, r) for p in own))

    def _base(self, base: str) -> str:
        return self.order.mirror.rstrip("/") or base

    def _is_own(self) -> bool:
        """Whether the cloud itself is asked: what it says is true today."""
        return not self.order.mirror

    # AWS

    def _aws(self) -> None:
        for number, base in enumerate(self.cloud.bases):
            asked = self._asked(base.get("regions", ".*"))
            if self.order.regions and not asked:
                continue
            try:
                self._aws_base(self._base(base["url"]), base["path"], asked)
            except FetchError as error:
                if not number or asked or not self.order.mirror:
                    raise
                self.telling.done(f"aws {base['path']}", f"left out: {error}")

    def _aws_base(self, base: str, path: str, asked: tuple[str, ...]) -> None:
        offers = aws_lists.offer_index(self.fetcher.document(base + path, most=aws_lists.MOST_INDEX), base + path)
        addresses: list[aws_lists.Address] = []
        for offer in self.lists:
            if offer not in offers:
                self.telling.done(f"aws {offer}", "not in this list")
                continue
            with self._part_faults(f"aws {offer}"):
                addresses += self._aws_addresses(base, offer, offers[offer], asked)
        self.telling.plan(len(addresses))
        for address in addresses:
            with self._part_faults(f"aws {address.offer} {address.region or 'all regions'}"):
                self._aws_file(address)

    def _aws_addresses(self, base: str, offer: str, entry: Any, asked: tuple[str, ...]) -> list[aws_lists.Address]:
        """The files to fetch of one offer; that of all regions where it has no others, or none for a global service."""
        index = str(entry.get("currentRegionIndexUrl", ""))
        found: list[aws_lists.Address] = []
        if index:
            url = _inside(base, index)
            every = aws_lists.region_addresses(self.fetcher.document(url, most=aws_lists.MOST_INDEX), base, offer)
            found = [a for a in every if not asked or a.region in asked]
        whole = str(entry.get("currentVersionUrl", ""))
        everywhere = any(line.region == "*" for line in self.cloud.lines_of(offer))
        if not found and whole and (not index or everywhere):
            found = [aws_lists.Address(offer, "", aws_lists.csv_url(base, whole))]
        return [a for a in found if _inside(base, a.url)]

    def _aws_file(self, address: aws_lists.Address) -> None:
        name = f"aws/{address.offer}/{address.region or 'all'}"
        known = self._known(name, address.offer)
        if known is not None and known.stamp.url == address.url and "/current/" not in address.url:
            self._keep(known)
            return
        file = self.workshop.download(name)
        stamp = self.fetcher.download(
            address.url, file, most=aws_lists.MOST_FILE, known=known.stamp if known is not None else None
        )
        if stamp is None and known is not None:
            self._keep(known)
            return
        try:
            self._aws_read(name, address, file, stamp or Stamp(address.url))
        finally:
            forget(file)

    def _aws_read(self, name: str, address: aws_lists.Address, file: Path, stamp: Stamp) -> None:
        collector = self._collector(address.offer)
        pieces = opened(file, most=aws_lists.MOST_FILE, encoding=stamp.encoding)
        first = next(pieces, b"")
        read = aws_json.read_offer if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else aws_lists.read_offer
        about = read(chain((first,), pieces), collector, name=name, region=address.region)
        if about.offer != address.offer:
            raise FetchError(f"{name}: the file is of another offer, {about.offer}")
        day = self.order.today if self._is_own() and self.order.folder is None else about.published
        self._finish(_Piece(name, address.offer, address.region, stamp), collector, day)

    # Azure and Google

    def _azure(self) -> None:
        base = self.cloud.bases[0]
        regions = (*self._asked(".*"), "Global") if self.order.regions else ("",)
        self.telling.plan(len(self.lists) * len(regions))
        for service in self.lists:
            for region in regions:
                with self._part_faults(f"azure {service} {region}".rstrip()):
                    url = azure_lists.first_address(
                        self._base(base["url"]), base["path"], service, region, self.cloud.filter
                    )
                    name = f"azure/{service}/{region.lower() or 'all'}"
                    self._paged(_Piece(name, service, region.lower(), Stamp(url)), AZURE)

    def _google(self) -> None:
        base = self.cloud.bases[0]
        host = self._base(base["url"])
        if not self.order.google_key:
            raise FetchError(
                "Google's list wants an API key",
                hint="make one for the Cloud Billing API, put it in the environment as GOOGLE_API_KEY "
                "or name its variable with --api-key-env",
            )
        if urlsplit(host).scheme != "https" and not _is_loopback(host):
            raise FetchError(f"{host}: the API key is not sent over plain http")
        paths = self._google_services(host, base["path"])
        self.telling.plan(len(self.lists))
        for service in self.lists:
            if service not in paths:
                self.telling.done(f"google {service}", "not in this list")
                continue
            with self._part_faults(f"google {service}"):
                url = google_lists.first_address(host, f"/v1/{paths[service]}/skus")
                self._paged(_Piece(f"google/{service}/all", service, "", Stamp(url)), GOOGLE)

    def _google_services(self, host: str, path: str) -> dict[str, str]:
        found: dict[str, str] = {}
        first = url = google_lists.first_address(host, path)
        for _ in range(_MOST_PAGES):
            more, token = google_lists.read_services(self.fetcher.document(url, most=MOST_PAGE), "the list of services")
            found |= {name: where for name, where in more.items() if re.fullmatch(r"services/[A-Z0-9-]+", where)}
            if not token:
                break
            url = google_lists.next_address(first, token)
        return found

    def _paged(self, piece: _Piece, paging: Paging) -> None:
        """Fetch page after page, each kept until all are there; then read them."""
        name, url = piece.name, piece.stamp.url
        known = self._known(name, piece.list)
        if known is not None and known.stamp.url == url and known.read == self.order.today and not self.order.force:
            self._keep(known)
            return
        pages = Pages(self.workshop.pages(name), url, self.order.today)
        here = pages.resume(paging)
        while here:
            if pages.count >= _MOST_PAGES:
                raise FetchError(f"{name}: more than {_MOST_PAGES:,} pages")
            data = self.fetcher.document(here, most=MOST_PAGE)
            token = paging.read(data, name).following
            pages.add(data)
            there = paging.following(here, token) if token else ""
            if there == here:
                raise FetchError(f"{name}: a page leads to itself")
            here = there
        collector = self._collector(piece.list)
        for file in pages.files():
            for entry in paging.read(file.read_bytes(), name).entries:
                collector.add(entry)
        self._finish(piece, collector, self.order.today)
        pages.remove()

    # A folder

    def _from_folder(self, folder: Path) -> None:
        from finops_lint.refresh.local_files import given_files

        files = [given for given in given_files(folder) if given.cloud == self.cloud.cloud]
        self.telling.plan(len(files))
        pages = self._collector("")
        days = []
        for given in files:
            label = f"{self.cloud.cloud} {given.path.relative_to(folder)}"
            with self._part_faults(label):
                if given.cloud == "aws":
                    if given.offer in self.lists:
                        address = aws_lists.Address(given.offer, "", given.path.absolute().as_uri())
                        self._aws_read(f"aws/{given.offer}/{given.path.name}", address, given.path, Stamp(address.url))
                    continue
                data = b"".join(opened(given.path, most=MOST_PAGE))
                read = azure_lists.read_page if given.cloud == "azure" else google_lists.read_page
                for entry in read(data, label).entries:
                    pages.add(entry)
                days.append(given.day)
                self.telling.done(label, "read")
        if days:
            name = f"{self.cloud.cloud}/{_FOLDER_PART}/all"
            self._finish(_Piece(name, "", "", Stamp(folder.absolute().as_uri())), pages, min(days))

    # Parts

    def _collector(self, name: str) -> Collector:
        lines = self.cloud.lines_of(name) if name else self.cloud.lines
        return Collector(self.cloud.cloud, lines, source=self.cloud.source, regions=self.cloud.regions)

    def _known(self, name: str, list_: str) -> Part | None:
        """The part as an earlier run left it, if nothing declared about it has changed since."""
        part = self.workshop.parts.get(name)
        good = part is not None and part.digest == self.cloud.digest(list_) and self.workshop.has_rows(name)
        return part if good else None

    def _keep(self, part: Part) -> None:
        self.finished.append(part)
        self.telling.done(part.name.replace("/", " "), "as before")

    def _finish(self, piece: _Piece, collector: Collector, day: str) -> None:
        outcome = collector.outcome(day)
        rows = with_machines(outcome.rows, self.cloud, self.order.shipped)
        asked = {piece.region} if piece.region not in ("", "global") else set()
        part = Part(
            piece.name,
            piece.stamp,
            self.cloud.digest(piece.list) if piece.list else "",
            self.order.today,
            tuple(sorted({row.region for row in rows} | asked)),
            outcome.read,
            outcome.ignored,
            told(outcome),
        )
        self.workshop.finish(part, rows)
        self.finished.append(part)
        self.telling.done(piece.name.replace("/", " "), part.notes)

    def _part_faults(self, name: str) -> _Faults:
        return _Faults(name, self.faults, self.telling)


_FOLDER_PART = "folder"


def _list_of(part: Part) -> str:
    """The part of the cloud's list; its name may hold a slash ("Cloud Pub/Sub")."""
    return part.name.partition("/")[2].rpartition("/")[0]


class _Faults:
    """Keeps a fault of one part from the others."""

    def __init__(self, name: str, faults: list[str], telling: Telling) -> None:
        self.name, self.faults, self.telling = name, faults, telling

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, FetchError):
            return False
        self.faults.append(f"{self.name}: {error}{f' ({error.hint})' if error.hint else ''}")
        self.telling.done(self.name, f"failed: {error}")
        return True


def _inside(base: str, url: str) -> str:
    """`url` below `base`.

    Raises:
        FetchError: It leads to another host.
    """
    whole = url if "://" in url else base.rstrip("/") + "/" + url.lstrip("/")
    if urlsplit(whole).netloc != urlsplit(base).netloc:
        raise FetchError(f"{base}: its index leads to {urlsplit(whole).netloc}, which is not a host of this list")
    return whole


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
