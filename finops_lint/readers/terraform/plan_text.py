"""A file's bytes to the JSON document in them: wrappers' lines skipped, other formats named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from finops_lint.model.finding import Level, Problem
from finops_lint.model.regexes import regex
from finops_lint.model.span import Span
from finops_lint.readers.documents import PLAN_LOG, PLAN_TEXT

_SHOW_PLAN = "run `terraform show -json plan.out > plan.json` and give plan.json"
_DOCUMENT = regex(rb"^[ \t]*\{", re.MULTILINE)
_BEGINNING = 8192
_ADDRESS = regex(rb'"address"\s*:\s*"((?:[^"\\]|\\.)*+)"')


def json_document(data: bytes, file: str, problems: list[Problem]) -> bytes | None:
    """The JSON object in `data`; None, with a Problem that says what to do, where there is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        # What `>` writes in Windows PowerShell.
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    complaint = _complaint(data)
    if complaint is not None:
        problems.append(Problem(Level.ERROR, "not-a-plan", complaint[0], Span(file, 1), complaint[1]))
        return None
    found = _DOCUMENT.search(data)
    if found is None:
        message = "there is no JSON object in this file"
        problems.append(Problem(Level.ERROR, "not-a-plan", message, Span(file, 1), _SHOW_PLAN))
        return None
    start = found.start()
    before = data[:start].strip()
    if before:
        problems.append(wrapped(file, len(before.splitlines()), "before"))
    # Line breaks stay, so that a position in the rest is one in the file.
    return data if start == 0 else b"\n" * data.count(b"\n", 0, start) + data[start:]


def wrapped(file: str, lines: int, where: str) -> Problem:
    """The notice that a wrapper script's output stands around the JSON."""
    what = "line" if lines == 1 else "lines"
    message = f"{lines} {what} {where} the JSON skipped, as a wrapper script prints"
    return Problem(Level.NOTICE, "wrapped-plan", message, Span(file, 1))


def _complaint(data: bytes) -> tuple[str, str] | None:
    """What the file is instead of a plan's JSON, and what to do."""
    if data.startswith(b"PK\x03\x04"):
        return "this is a binary plan file", _SHOW_PLAN.replace("plan.out", "THIS_FILE")
    if not data.strip():
        return "the file is empty", _SHOW_PLAN
    if PLAN_LOG.match(data):
        return "this is the log of `terraform plan -json`, not a plan", _SHOW_PLAN
    if PLAN_TEXT.search(data[:_BEGINNING]) and not _DOCUMENT.search(data):
        return "this is what `terraform plan` prints, not the plan's JSON", _SHOW_PLAN
    return None


def malformed(data: bytes, file: str, message: str, offset: int) -> Problem:
    """JSON that cannot be read, at a byte offset or nowhere in particular."""
    span = Span(file, 1)
    if offset >= 0:
        line = data.count(b"\n", 0, offset) + 1
        start = data.rfind(b"\n", 0, offset) + 1
        span = Span(file, line, len(data[start:offset].decode("utf-8", "replace")) + 1)
    return Problem(Level.ERROR, "not-a-plan", f"the JSON cannot be read: {message}", span, _SHOW_PLAN)


def address_lines(data: bytes, section: bytes) -> dict[str, int]:
    """Address → its line below the key `section`; empty where the JSON is on one line."""
    if data.count(b"\n", 0, 100_000) < 2:
        return {}
    start = max(data.find(b'"' + section + b'"'), 0)
    return dict(_lines(data, start))


def _lines(data: bytes, start: int) -> Iterator[tuple[str, int]]:
    line, at = data.count(b"\n", 0, start) + 1, start
    seen: set[bytes] = set()
    for found in _ADDRESS.finditer(data, start):
        line += data.count(b"\n", at, found.start())
        at = found.start()
        raw = found.group(1)
        if raw not in seen:
            seen.add(raw)
            yield raw.decode("utf-8", "replace").replace('\\"', '"'), line
