"""Fetches documents and large files over HTTP: patient with throttles and broken lines, strict about size and host.

A file that was cut off is continued where it ended if the server says it is still the same; what a server sends is
written as it comes, decoded only when it is read, and never beyond a limit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.records import record
from finops_lint.network import TRANSIENT, Patience, TransientError, asked_wait, cause_of

if TYPE_CHECKING:
    from requests import Response, Session

_MOST_REDIRECTS = 5
_CHUNK = 1 << 16
_HTTP_OK, _HTTP_PARTIAL, _HTTP_NOT_MODIFIED, _HTTP_RANGE = 200, 206, 304, 416
_MOST_TRIES = 200
"""However often a file moves on a little before it breaks off again."""


T = TypeVar("T")


class FetchError(FinopsLintError):
    """A list cannot be fetched; the message never holds a key."""


@record(frozen=True, slots=True)
class Stamp:
    """What tells whether a file is still the one that was fetched."""

    url: str
    etag: str = ""
    modified: str = ""
    encoding: str = ""
    """The Content-Encoding its bytes are in."""

    @property
    def validator(self) -> str:
        """What a server can compare; a weak ETag says nothing about bytes."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


class Fetcher:
    """One run's connections. `hosts` are those it may be sent on to, beside the one it asks."""

    def __init__(
        self, patience: Patience, *, hosts: Iterable[str] = (), secrets: Mapping[str, str] | None = None
    ) -> None:
        self._patience = patience
        self._hosts = frozenset(hosts)
        self._secrets = dict(secrets or {})
        """Header → its secret value, sent to the host that was asked only."""
        self._session: Session | None = None

    def document(self, url: str, *, most: int) -> bytes:
        """The whole answer, at most `most` bytes once decoded.

        Raises:
            FetchError: It is not there, too large, or could not be had.
        """

        def once() -> bytes:
            with self._answer(url, {"Accept-Encoding": "gzip, identity"}, secret=True) as response:
                self._check(response, url, {_HTTP_OK})
                return b"".join(_limited(_reading(response, decode=True), most, url))

        return self._patiently(once, url, lambda: 0)

    def download(self, url: str, file: Path, *, most: int, known: Stamp | None = None) -> Stamp | None:
        """The answer as `file`, continued where an earlier try ended; None where it is the `known` one.

        Raises:
            FetchError: It is not there, too large, or could not be had.
        """
        return self._patiently(
            lambda: self._download(url, file, most, known), url, lambda: file.stat().st_size if file.exists() else 0
        )

    def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            self._session.close()

    def _download(self, url: str, file: Path, most: int, known: Stamp | None) -> Stamp | None:
        begun = _begun(file, url)
        headers = {"Accept-Encoding": "identity"}
        if begun is not None and begun.validator:
            headers |= {"Range": f"bytes={file.stat().st_size}-", "If-Range": begun.validator}
        elif known is not None and known.url == url:
            headers |= {"If-None-Match": known.etag} if known.etag else {}
            headers |= {"If-Modified-Since": known.modified} if known.modified else {}
        with self._answer(url, headers, secret=False) as response:
            self._check(response, url, {_HTTP_OK, _HTTP_PARTIAL, _HTTP_NOT_MODIFIED, _HTTP_RANGE})
            if response.status_code == _HTTP_NOT_MODIFIED:
                return None
            if response.status_code == _HTTP_RANGE:
                forget(file)
                raise TransientError("the server does not know that part")
            stamp = _stamp(response, url)
            start = self._start(response, file, stamp)
            _sidecar(file).write_text(json.dumps(_plain(stamp)), encoding="utf-8")
            with file.open("r+b" if start else "wb") as out:
                out.seek(start)
                out.truncate()
                for chunk in _limited(_reading(response, decode=False), most - start, url):
                    out.write(chunk)
        return stamp

    def _start(self, response: Response, file: Path, stamp: Stamp) -> int:
        """Where in the file the answer begins."""
        if response.status_code != _HTTP_PARTIAL:
            return 0
        have = file.stat().st_size if file.exists() else 0
        match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        before = _begun(file, stamp.url)
        if match is None or int(match[1]) != have or before is None or before.validator != stamp.validator:
            forget(file)
            raise TransientError("the server sent another part than the one asked for")
        return have

    def _patiently(self, once: Callable[[], T], url: str, progress: Callable[[], int]) -> T:
        failures, got = 0, progress()
        for _ in range(_MOST_TRIES):
            try:
                return once()
            except TransientError as error:
                failures = 1 if progress() > got else failures + 1
                got = progress()
                if failures >= self._patience.tries:
                    raise FetchError(f"{self._shown(url)}: gave up after {failures} tries: {error}") from None
                self._patience.wait(failures, error.wait)
        raise FetchError(f"{self._shown(url)}: gave up: the connection keeps breaking off")

    @contextmanager
    def _answer(self, url: str, headers: Mapping[str, str], *, secret: bool) -> Iterator[Response]:
        """The answer to a GET, redirects followed to hosts that are allowed only."""
        import requests
        import urllib3

        home = urlsplit(url)
        here = url
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                sent = {**headers, **(self._secrets if secret and urlsplit(here).netloc == home.netloc else {})}
                response = self._get(here, sent)
                if not response.is_redirect:
                    with response:
                        yield response
                    return
                with response:
                    here = self._next(here, response.headers["Location"], home.netloc)
            raise FetchError(f"{self._shown(url)}: redirected more than {_MOST_REDIRECTS} times")
        except requests.exceptions.SSLError as error:
            raise FetchError(f"{self._shown(url)}: the certificate is not to be trusted: {cause_of(error)}") from None
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
            raise TransientError(f"no connection: {cause_of(error)}") from None
        except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.HTTPError) as error:
            raise TransientError(f"the connection broke off: {cause_of(error)}") from None
        except requests.exceptions.RequestException as error:
            raise FetchError(f"{self._shown(url)}: {cause_of(error)}") from None

    def _get(self, url: str, headers: Mapping[str, str]) -> Response:
        import requests

        from finops_lint import __version__

        if self._session is None:
            self._session = requests.Session()
            self._session.headers["User-Agent"] = f"finops-lint/{__version__}"
        return self._session.get(url, headers=dict(headers), stream=True, timeout=(10, 60), allow_redirects=False)

    def _next(self, here: str, location: str, home: str) -> str:
        there = urljoin(here, location)
        parts = urlsplit(there)
        if parts.netloc != home and parts.hostname not in self._hosts:
            raise FetchError(f"{self._shown(here)}: redirected to {parts.hostname}, which is not a host of this list")
        if parts.scheme != "https" and urlsplit(here).scheme == "https":
            raise FetchError(f"{self._shown(here)}: redirected from https to {parts.scheme or 'nowhere'}")
        return there

    def _check(self, response: Response, url: str, good: set[int]) -> None:
        status = response.status_code
        if status in good:
            return
        if status in TRANSIENT:
            raise TransientError(f"the server answers {status} {response.reason}", asked_wait(response.headers))
        hint = ""
        if self._secrets and status in (400, 401, 403):
            hint = "is the API key right, and may it use this API?"
        raise FetchError(f"{self._shown(url)}: the server answers {status} {response.reason}", hint=hint)

    def _shown(self, url: str) -> str:
        """The URL for a person, without anything secret."""
        for secret in self._secrets.values():
            url = url.replace(secret, "(hidden)")
        return re.sub(r"://[^/@]*@", "://", url)


def opened(file: Path, *, most: int, encoding: str = "") -> Iterator[bytes]:
    """The file's bytes in pieces, unzipped where it is zipped; stops at `most`.

    Raises:
        FetchError: It is cut off, no proper gzip, or larger than that once unzipped.
    """
    import zlib

    with file.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise FetchError(f"{file.name}: in an encoding nobody asked for: {encoding}")
        if not zipped:
            yield from _limited(iter(lambda: raw.read(_CHUNK), b""), most, file.name)
            return
        try:
            yield from _limited(_unzipped(raw), most, file.name)
        except zlib.error as error:
            raise FetchError(f"{file.name}: not a proper gzip file: {error}") from None


def _unzipped(raw: Any) -> Iterator[bytes]:
    """Every member of a gzip file, a piece at a time, so that a small file cannot become a large one in memory."""
    import zlib

    machine = zlib.decompressobj(wbits=31)
    pending = b""
    begun = False
    while True:
        pending = pending or raw.read(_CHUNK)
        if not pending:
            break
        begun = True
        piece = machine.decompress(pending, _CHUNK)
        pending = machine.unconsumed_tail
        if piece:
            yield piece
        if machine.eof:
            pending, begun = machine.unused_data, False
            machine = zlib.decompressobj(wbits=31)
    if begun:
        raise zlib.error("it ends in the middle")


def forget(file: Path) -> None:
    """Remove a download and what is known of it."""
    file.unlink(missing_ok=True)
    _sidecar(file).unlink(missing_ok=True)


def stamp_of(entry: Mapping[str, Any]) -> Stamp:
    """A stamp as `json` has it; unknown words are left out."""
    names = ("url", "etag", "modified", "encoding")
    return Stamp(**{"url": "", **{name: str(entry[name]) for name in names if name in entry}})


def _plain(stamp: Stamp) -> dict[str, str]:
    return {"url": stamp.url, "etag": stamp.etag, "modified": stamp.modified, "encoding": stamp.encoding}


def _sidecar(file: Path) -> Path:
    return file.with_name(file.name + ".stamp")


def _begun(file: Path, url: str) -> Stamp | None:
    """The stamp of a download of `url` that has begun, where there is one with anything in it."""
    try:
        if not file.stat().st_size:
            return None
        stamp = stamp_of(json.loads(_sidecar(file).read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError):
        return None
    return stamp if stamp.url == url else None


def _stamp(response: Response, url: str) -> Stamp:
    headers = response.headers
    return Stamp(
        url, headers.get("ETag", ""), headers.get("Last-Modified", ""), headers.get("Content-Encoding", "").lower()
    )


def _reading(response: Response, *, decode: bool) -> Iterator[bytes]:
    """The body in pieces; urllib3 raises where it is shorter than promised."""
    length = response.headers.get("Content-Length", "")
    if length and not length.isdigit():
        raise TransientError(f"the server sends a length that is none: {length[:20]!r}")
    yield from response.raw.stream(_CHUNK, decode_content=decode)


def _limited(pieces: Iterable[bytes], most: int, name: str) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > most:
            raise FetchError(f"{_without_user(name)}: larger than {most >> 20} MiB, so it is not read")
        yield piece


def _without_user(url: str) -> str:
    return re.sub(r"://[^/@]*@", "://", url)
