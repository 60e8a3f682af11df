"""A forge on this machine: keeps comments, pages them, and does wrong what it is told to do wrong.

Shapes, statuses and headers are those the four forges document; see the modules of `finops_lint/forges`.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "tokenForTheStandIn"
KINDS = ("github", "gitlab", "bitbucket", "bitbucket-server", "azure")
PATHS = {"gitlab": "/api/v4", "bitbucket": "/2.0", "bitbucket-server": "/rest/api/1.0"}
ME, SOMEBODY = "ci-user", "somebody"
DATE = "Sat, 21 Nov 2026 12:00:00 GMT"


@dataclass
class Fault:
    """What goes wrong with the next requests that fit."""

    method: str
    status: int = 0
    """What is answered; 0 breaks the connection off without an answer."""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "no"}'
    times: int = 1
    where: str = ""
    """A part of the path."""
    is_done: bool = False
    """Whether the forge does what is asked before it goes wrong."""
    is_gone: bool = False
    """Whether all comments are deleted just before the answer."""
    hangs: bool = False
    """Whether no answer comes at all, for as long as the stand-in lives."""


@dataclass
class Note:
    id: int
    body: str
    author: str = ME
    version: int = 0
    is_hidden: bool = False


class StandIn:
    """One pull request, number 7 of `acme/infra`."""

    def __init__(self, kind: str, page: int = 2) -> None:
        self.kind = kind
        self.page = page
        self.notes: dict[int, Note] = {}
        self.labels: list[str] = []
        self.faults: list[Fault] = []
        self.asked: list[tuple[str, str]] = []
        self.authorizations: list[str] = []
        self.before_create: threading.Barrier | None = None
        self.pulls: list[dict[str, Any]] = []
        self.ended = threading.Event()
        self.lock = threading.RLock()
        self.url = ""
        self._last = 0

    @property
    def api(self) -> str:
        """What --api-url would name."""
        return self.url + PATHS.get(self.kind, "")

    @property
    def forge(self) -> str:
        """The word of the command line."""
        return self.kind.removesuffix("-server")

    @property
    def bodies(self) -> list[str]:
        """What stands on the pull request, the oldest first."""
        return [note.body for note in self.notes.values()]

    def write(self, body: str, author: str = SOMEBODY) -> Note:
        """A comment."""
        with self.lock:
            self._last += 1
            note = self.notes[self._last] = Note(self._last, body, author)
            return note

    def count(self, method: str, part: str = "") -> int:
        """How many such requests came."""
        return sum(m == method and part in path for m, path in self.asked)

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The fault that comes next for such a request, used up once."""
        with self.lock:
            for fault in self.faults:
                if fault.method == method and fault.where in path and fault.times:
                    fault.times -= 1
                    return fault
        return None

    # What each forge answers: (status, headers, document)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, str], Any]:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with self.lock:
            answer = getattr(self, self.kind.replace("-", "_"))
            found: tuple[int, dict[str, str], Any] = answer(method, parts.path, query, body)
            return found

    def github(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, dict[str, str], Any]:
        if path == "/graphql":
            return 200, {}, {"data": self._graphql(body)}
        if path == "/repos/acme/infra/issues/7/labels":
            return 200, {}, [{"name": name} for name in self.labels]
        if path == "/repos/acme/infra/pulls":
            return 200, {}, self.pulls
        if path == "/repos/acme/infra/issues/7/comments":
            if method == "POST":
                return 201, {}, self._github_note(self.write(body["body"], ME))
            page = int(query.get("page", "1"))
            found, more = self._page(page)
            link = f'<{self.url}{path}?per_page=100&page={page + 1}>; rel="next", <{self.url}{path}?page=9>; rel="last"'
            return 200, {"Link": link} if more else {}, [self._github_note(note) for note in found]
        return self._one(method, path, r"/repos/acme/infra/issues/comments/(\d+)", "PATCH", body, ("body",))

    def gitlab(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, dict[str, str], Any]:
        request = "/api/v4/projects/acme%2Finfra/merge_requests/7"
        if path == "/api/v4/user":
            return 200, {}, {"id": ME}
        if path == request:
            return 200, {}, {"iid": 7, "labels": self.labels}
        if path == f"{request}/notes":
            if method == "POST":
                return 201, {}, self._gitlab_note(self.write(body["body"], ME))
            page = int(query.get("page", "1"))
            found, more = self._page(page)
            # A note of GitLab's own, on every page.
            own = {"id": 900, "body": "added 1 commit", "system": True, "author": {"id": ME}}
            return 200, {"X-Next-Page": str(page + 1) if more else ""}, [own, *map(self._gitlab_note, found)]
        return self._one(method, path, rf"{re.escape(request)}/notes/(\d+)", "PUT", body, ("body",))

    def bitbucket(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, dict[str, str], Any]:
        comments = "/2.0/repositories/acme/infra/pullrequests/7/comments"
        if path == "/2.0/user":
            return 200, {}, {"uuid": ME}
        if path == comments:
            if method == "POST":
                return 201, {}, self._cloud_note(self.write(body["content"]["raw"], ME))
            page = int(query.get("page", "1"))
            found, more = self._page(page)
            gone = {"id": 900, "deleted": True, "content": {"raw": ""}, "user": {"uuid": ME}}
            following = {"next": f"{self.url}{comments}?page={page + 1}"} if more else {}
            return 200, {}, {"values": [gone, *map(self._cloud_note, found)], **following}
        return self._one(method, path, rf"{re.escape(comments)}/(\d+)", "PUT", body, ("content", "raw"))

    def bitbucket_server(
        self, method: str, path: str, query: dict[str, str], body: Any
    ) -> tuple[int, dict[str, str], Any]:
        request = "/rest/api/1.0/projects/acme/repos/infra/pull-requests/7"
        head = {"X-AUSERNAME": ME}
        if path == f"{request}/activities":
            start = int(query.get("start", "0"))
            newest_first = list(self.notes.values())[::-1]
            found = newest_first[start : start + self.page]
            values = [{"action": "COMMENTED", "comment": self._server_note(note)} for note in found]
            is_last = start + self.page >= len(newest_first)
            following = {} if is_last else {"nextPageStart": start + self.page}
            return 200, head, {"values": [{"action": "OPENED"}, *values], "isLastPage": is_last, **following}
        if path == f"{request}/comments":
            return 201, head, self._server_note(self.write(body["text"], ME))
        match = re.fullmatch(rf"{re.escape(request)}/comments/(\d+)", path)
        note = self.notes.get(int(match[1])) if match else None
        if note is None:
            return 404, head, {"errors": [{"message": "no such comment"}]}
        if method == "GET":
            return 200, head, self._server_note(note)
        version = body["version"] if method == "PUT" else int(query["version"])
        if version != note.version:
            return 409, head, {"errors": [{"message": "it was changed since"}]}
        if method == "DELETE":
            del self.notes[note.id]
            return 204, head, None
        note.body, note.version = body["text"], note.version + 1
        return 200, head, self._server_note(note)

    def azure(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, dict[str, str], Any]:
        assert query["api-version"].startswith("6.0")
        threads = "/acme/_apis/git/repositories/infra/pullRequests/7/threads"
        if path == "/_apis/connectionData":
            return 200, {}, {"authenticatedUser": {"id": ME}}
        if path == "/acme/_apis/git/repositories/infra/pullRequests/7/labels":
            return 200, {}, {"value": [{"name": name} for name in self.labels]}
        if path == threads:
            if method == "POST":
                assert body["status"] == 4
                return 200, {}, self._thread(self.write(body["comments"][0]["content"], ME))
            gone = {"id": 900, "isDeleted": True, "comments": [{"id": 1, "content": "", "isDeleted": True}]}
            return 200, {}, {"value": [gone, *map(self._thread, self.notes.values())]}
        return self._one(method, path, rf"{re.escape(threads)}/(\d+)/comments/1", "PATCH", body, ("content",))

    def _one(
        self, method: str, path: str, pattern: str, change: str, body: Any, keys: tuple[str, ...]
    ) -> tuple[int, dict[str, str], Any]:
        match = re.fullmatch(pattern, path)
        note = self.notes.get(int(match[1])) if match else None
        if note is None:
            return 404, {}, {"message": "Not Found"}
        if method == "DELETE":
            del self.notes[note.id]
            return 204, {}, None
        assert method == change
        for key in keys:
            body = body[key]
        note.body = body
        return 200, {}, {"id": note.id}

    def _page(self, page: int) -> tuple[list[Note], bool]:
        notes = list(self.notes.values())
        start = (page - 1) * self.page
        return notes[start : start + self.page], start + self.page < len(notes)

    def _graphql(self, body: Any) -> dict[str, Any]:
        if "viewer" in body["query"]:
            return {"viewer": {"login": ME}}
        if "minimizeComment" in body["query"]:
            self.notes[int(body["variables"]["id"][3:])].is_hidden = True
            return {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}
        found = (self.notes[int(node[3:])] for node in body["variables"]["ids"])
        return {"nodes": [{"id": f"IC_{note.id}", "isMinimized": note.is_hidden} for note in found]}

    def _github_note(self, note: Note) -> dict[str, Any]:
        url = f"https://github.example/acme/infra/pull/7#issuecomment-{note.id}"
        user = {"login": f"{note.author}[bot]" if note.author == ME else note.author}
        return {"id": note.id, "node_id": f"IC_{note.id}", "body": note.body, "user": user, "html_url": url}

    def _gitlab_note(self, note: Note) -> dict[str, Any]:
        return {"id": note.id, "body": note.body, "author": {"id": note.author}, "system": False}

    def _cloud_note(self, note: Note) -> dict[str, Any]:
        return {"id": note.id, "content": {"raw": note.body}, "user": {"uuid": note.author}, "deleted": False}

    def _server_note(self, note: Note) -> dict[str, Any]:
        return {"id": note.id, "version": note.version, "text": note.body, "author": {"name": note.author}}

    def _thread(self, note: Note) -> dict[str, Any]:
        return {"id": note.id, "comments": [{"id": 1, "content": note.body, "author": {"id": note.author}}]}


@contextmanager
def served(stand_in: StandIn) -> Iterator[StandIn]:
    """The stand-in at an address of its own."""

    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would wait for each other

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = json.loads(self.rfile.read(length)) if length else None
            stand_in.asked.append((self.command, self.path))
            stand_in.authorizations.append(
                self.headers.get("Authorization", "") or self.headers.get("PRIVATE-TOKEN", "")
            )
            is_create = self.command == "POST" and "graphql" not in self.path
            if is_create and stand_in.before_create is not None:
                stand_in.before_create.wait(timeout=20)
            fault = stand_in.fault_for(self.command, self.path)
            if fault is None:
                if TOKEN not in _plain(stand_in.authorizations[-1]):
                    self._send(401, {}, b'{"message": "Bad credentials"}')
                    return
                status, headers, document = stand_in.answer(self.command, self.path, body)
                self._send(status, headers, b"" if document is None else json.dumps(document).encode())
                return
            if fault.is_done:
                stand_in.answer(self.command, self.path, body)
            if fault.is_gone:
                stand_in.notes.clear()
            if fault.hangs:
                stand_in.ended.wait(timeout=20)
            if fault.status and not fault.hangs:
                self._send(fault.status, fault.headers, fault.body)
            else:
                self.close_connection = True
                self.connection.shutdown(2)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 -- the library's names

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            self.send_header("Date", DATE)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that went away is what some tests are about

    server = Server(("127.0.0.1", 0), Requests)
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _plain(authorization: str) -> str:
    """What a Basic header holds, or the header itself."""
    kind, _, value = authorization.partition(" ")
    return base64.b64decode(value).decode() if kind == "Basic" else authorization
