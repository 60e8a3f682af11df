"""Tells what a JSON file is by its first bytes, without parsing it."""

from __future__ import annotations

import re

_PLAN = re.compile(
    rb'"(?:planned_values|resource_changes|output_changes|prior_state|resource_drift|configuration)"\s*:'
)
_VERSION = rb'"format_version"\s*:\s*"[\d.]+"\s*'
_TERRAFORM = rb',\s*"terraform_version"\s*:\s*"[^"]*"\s*'
_STATE = re.compile(rb"^\W*\{\s*" + _VERSION + rb"(?:\}|" + _TERRAFORM + rb'(?:\}|,\s*"(?:values|checks)"))')
_RAW_STATE = re.compile(rb'^\s*\{\s*"version"\s*:\s*\d+\s*,\s*"terraform_version"\s*:')

UTF16 = (b"\xff\xfe", b"\xfe\xff")
"""How a text begins that Windows PowerShell's `>` wrote."""


def document_kind(head: bytes) -> str:
    """`plan` or `state` by the first bytes of a JSON file, or empty; lines before the JSON do not matter."""
    if head.startswith(UTF16):
        head = head.decode("utf-16", "ignore").encode()
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _RAW_STATE.match(head) or _STATE.search(head):
        return "state"
    if b'"format_version"' not in head or b'"provider_schemas"' in head:
        return ""
    return "plan" if _PLAN.search(head) or b'"terraform_version"' in head else ""
