"""One forge's API over HTTP: patient with throttles, strict about hosts and sizes, and silent about the token."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.records import record
from finops_lint.network import TRANSIENT, Patience, TransientError, asked_wait, cause_of

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

MOST = 32 << 20
"""Bytes of one answer; a page of the longest comments there are is a fifth of that."""
_MOST_REDIRECTS = 3
_MOST_WORDS = 200
"""Characters of the forge's own message that are repeated."""
TIMEOUT = (10.0, 30.0)
"""Seconds to connect, and between two pieces of an answer."""
HTTP_GONE = (404, 410)
_SIGN_IN = 203
"""What Azure DevOps answers to a token it does not know, with its sign-in page."""


class ForgeError(FinopsLintError):
    """The forge did not do what it was asked; the message never holds the token."""

    def __init__(self, message: str, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        """The HTTP status; 0 where there was none."""


class MaybeDoneError(ForgeError):
    """The forge may or may not have done what it was asked: the line broke before its answer was read."""


@record(frozen=True, slots=True)
class Answer:
    """What a forge says."""

    document: Any
    """The JSON; None where there is none."""
    headers: Mapping[str, str]


class Client:
    """A run's connections to one forge."""

    def __init__(
        self,
        api: str,
        *,
        authorization: Mapping[str, str],
        secret: str,
        patience: Patience,
        hints: Callable[[int], str] = lambda _: "",
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        self.api = api
        self._authorization = dict(authorization)
        self._secret = secret
        self._patience = patience
        self._hints = hints
        """HTTP status → what to do about it at this forge."""
        self._timeout = timeout
        self._session: Session | None = None

    def get(self, path: str) -> Answer:
        """The answer to a GET of `path`, relative to the API's address or on its host."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """One request, tried again while that may help and can do no harm.

        Raises:
            MaybeDoneError: A POST whose answer was lost.
            ForgeError: Anything else that is not success.
        """
        url = self._address(path)
        failures = 0
        while True:
            try:
                return self._once(method, url, body)
            except TransientError as error:
                failures += 1
                self._wait_or_give_up(failures, error)

    def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            self._session.close()

    def _wait_or_give_up(self, failures: int, error: TransientError) -> None:
        host = urlsplit(self.api).netloc
        if error.wait is not None and error.wait > self._patience.longest:
            raise ForgeError(f"{host}: {error}, and asks to wait {error.wait:,.0f} seconds", hint="try again later")
        if failures >= self._patience.tries:
            raise ForgeError(f"{host}: gave up after {failures} tries: {error}", hint="try again later")
        self._patience.wait(failures, error.wait)

    def _address(self, path: str) -> str:
        """Where `path` is; only ever on the API's own host, whatever the forge's answers say."""
        url = path if "://" in path else f"{self.api.rstrip('/')}/{path.lstrip('/')}"
        if _origin(url) != _origin(self.api):
            raise ForgeError(f"the forge points to another host, {urlsplit(url).hostname}: it is not followed there")
        return url

    def _once(self, method: str, url: str, body: object) -> Answer:
        import requests
        import urllib3

        is_safe = method != "POST"  # to do it twice is as good as once
        try:
            with self._sent(method, url, body) as response:
                return self._read(response, is_safe=is_safe)
        except requests.exceptions.SSLError as error:
            raise ForgeError(
                f"{urlsplit(url).netloc}: the certificate is not to be trusted: {cause_of(error)}",
                hint="REQUESTS_CA_BUNDLE names the certificates of an authority of your own",
            ) from None
        except requests.exceptions.ConnectTimeout as error:
            raise TransientError(f"no connection: {cause_of(error)}") from None
        except (
            requests.exceptions.ConnectionError,
            requests.exceptions.Timeout,
            requests.exceptions.ChunkedEncodingError,
            urllib3.exceptions.HTTPError,
        ) as error:
            raise self._broken(f"the connection broke off: {cause_of(error)}", is_safe or _is_refused(error)) from None
        except requests.exceptions.RequestException as error:
            raise ForgeError(f"{urlsplit(url).netloc}: {cause_of(error)}") from None

    def _broken(self, what: str, is_safe: bool, wait: float | None = None) -> Exception:
        return TransientError(what, wait) if is_safe else MaybeDoneError(f"{urlsplit(self.api).netloc}: {what}")

    def _sent(self, method: str, url: str, body: object) -> Response:
        """The answer, redirects followed on the same host with the same method."""
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._connected().request(
                method, url, json=body, stream=True, timeout=self._timeout, allow_redirects=False
            )
            if not response.is_redirect:
                return response
            with response:
                there = urljoin(url, response.headers["Location"])
            if _origin(there) != _origin(url):
                hint = "is the API's address right? A sign-in page is where a forge sends those without rights"
                raise ForgeError(f"{urlsplit(url).netloc} redirects to {urlsplit(there).hostname}", hint=hint)
            url = there
        raise ForgeError(f"{urlsplit(url).netloc} redirects in a circle", hint="is the API's address right?")

    def _connected(self) -> Session:
        import requests

        from finops_lint import __version__

        if self._session is None:
            self._session = requests.Session()
            self._session.headers.update({"User-Agent": f"finops-lint/{__version__}", "Accept": "application/json"})
            # As `auth`, so that a .netrc file cannot take its place.
            self._session.auth = self._authorize
        return self._session

    def _authorize(self, request: PreparedRequest) -> PreparedRequest:
        request.headers.update(self._authorization)
        return request

    def _read(self, response: Response, *, is_safe: bool) -> Answer:
        status = response.status_code
        text = _limited(response)
        headers = dict(response.headers)
        wait = _throttled(response)
        if wait is not None or status in TRANSIENT:
            # A throttle refuses before it does anything; a gateway's timeout may come after.
            is_safe = is_safe or wait is not None or status in (408, 425, 429, 503)
            raise self._broken(f"the forge answers {status} {response.reason}", is_safe, wait)
        if not response.ok or status == _SIGN_IN:
            refused = 401 if status == _SIGN_IN else status
            raise ForgeError(self._refusal(response, text), hint=self._hints(refused), status=refused)
        if not text.strip():
            return Answer(None, headers)
        try:
            return Answer(json.loads(text), headers)
        except (ValueError, RecursionError):
            message = f"{urlsplit(self.api).netloc} answers with something that is no JSON"
            hint = "is the API's address right, and is there no proxy or sign-in page before it?"
            raise (ForgeError if is_safe else MaybeDoneError)(message, hint) from None

    def _refusal(self, response: Response, text: bytes) -> str:
        words = _message(text)
        if self._secret:
            words = words.replace(self._secret, "(token)")
        said = f": {words[:_MOST_WORDS]}" if words else ""
        return f"{urlsplit(self.api).netloc} answers {response.status_code} {response.reason}{said}"


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _is_refused(error: BaseException) -> bool:
    """Whether no connection was made, so that nothing can have been done."""
    import urllib3

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, urllib3.exceptions.NewConnectionError | ConnectionRefusedError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _limited(response: Response) -> bytes:
    found = b""
    for piece in response.raw.stream(1 << 16, decode_content=True):
        found += piece
        if len(found) > MOST:
            raise ForgeError(f"{urlsplit(response.url).netloc}: an answer larger than {MOST >> 20} MiB is not read")
    return found


def _throttled(response: Response) -> float | None:
    """Seconds to wait where the forge says it was asked too often; None where it says no such thing.

    GitHub answers 403 or 429, with Retry-After, or with no request remaining and the time of the next.
    """
    if response.status_code not in (403, 429, 503):
        return None
    wait = asked_wait(response.headers)
    if wait is not None or response.headers.get("X-RateLimit-Remaining") != "0":
        return wait
    reset = response.headers.get("X-RateLimit-Reset", "")
    now = _told_time(response)
    return max(0.0, float(reset) - now) if re.fullmatch(r"\d{1,12}", reset) and now is not None else None


def _told_time(response: Response) -> float | None:
    """The server's own clock, in seconds since 1970."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
    except (TypeError, ValueError):
        return None


def _message(text: bytes) -> str:
    """What the forge says in its own words, on one line; empty where that is no JSON of a known shape."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    found: object = document.get("message") or document.get("error") if isinstance(document, dict) else ""
    if not found and isinstance(document, dict) and isinstance(document.get("errors"), list) and document["errors"]:
        found = document["errors"][0]
    if isinstance(found, dict):
        found = found.get("message", "")
    words = " ".join(found.split()) if isinstance(found, str) else ""
    return "".join(c for c in words if c.isprintable())
