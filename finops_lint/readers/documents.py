"""Tells what a JSON or YAML file is by its first bytes, without parsing it."""

from __future__ import annotations

import re

from finops_lint.model.regexes import regex

_PLAN = regex(rb'"(?:planned_values|resource_changes|output_changes|prior_state|resource_drift|configuration)"\s*:')
_VERSION = rb'"format_version"\s*:\s*"[\d.]+"\s*'
_TERRAFORM = rb',\s*"terraform_version"\s*:\s*"[^"]*"\s*'
_STATE = regex(rb"^\W*\{\s*" + _VERSION + rb"(?:\}|" + _TERRAFORM + rb'(?:\}|,\s*"(?:values|checks)"))')
_RAW_STATE = regex(rb'^\s*\{\s*"version"\s*:\s*\d+\s*,\s*"terraform_version"\s*:')

_CHANGE_SET = regex(rb'^\s*\{.*?"(?:ResourceChange|ChangeSetName|ChangeSetId)"\s*:', re.DOTALL)

PLAN_LOG = regex(rb'\s*\{"@level"')
"""How what `terraform plan -json` prints begins."""
PLAN_TEXT = regex(rb"(?:Terraform|OpenTofu) (?:used the selected providers|will perform the following actions)")
"""What `terraform plan` says to people."""

UTF16 = (b"\xff\xfe", b"\xfe\xff")
"""How a text begins that Windows PowerShell's `>` wrote."""


def document_kind(head: bytes) -> str:
    """`plan`, `state` or `changeset` by the first bytes of a JSON file, or empty.

    Lines before the JSON do not matter.
    """
    if head.startswith(UTF16):
        head = head.decode("utf-16", "ignore").encode()
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _RAW_STATE.match(head) or _STATE.search(head):
        return "state"
    if b'"Changes"' in head and b'"format_version"' not in head and _CHANGE_SET.match(head):
        return "changeset"
    if b'"format_version"' not in head or b'"provider_schemas"' in head:
        return ""
    return "plan" if _PLAN.search(head) or b'"terraform_version"' in head else ""


DOCUMENT_SUFFIXES = (".json", ".yaml", ".yml", ".template")
"""Files that may be templates or manifests."""
_LINE = rb"^(?:[\"']?)%s(?:[\"']?)[ \t]*:(?=\s|$)"
_VERSION_LINE = regex(_LINE % b"AWSTemplateFormatVersion", re.MULTILINE)
_RESOURCES_LINE = regex(_LINE % b"Resources", re.MULTILINE)
_SECTION_LINE = regex(_LINE % b"(?:Parameters|Mappings|Metadata|Conditions|Globals|Transform)", re.MULTILINE)
_YAML_TYPE = regex(rb"^[^#\n]*?[\s{,\"']Type[\"']?[ \t]*:[ \t]*[\"']?(?:AWS|Custom|Alexa)::", re.MULTILINE)
_LIST = regex(rb"(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:-\s|\[)")
"""A list, as the `Resources` of CodeDeploy's AppSpec are one."""
_JSON_LIST = regex(rb'"Resources"\s*:\s*\[')
_JSON_TYPE = regex(rb'"Type"\s*:\s*"(?:AWS|Custom|Alexa)::')
_JSON_VERSION = regex(rb'^\s*\{(?:\s*"(?!AWST)[^"]*"\s*:\s*"(?:[^"\\]|\\.)*"\s*,)*+\s*"AWSTemplateFormatVersion"\s*:')
_MANIFEST_LINES = tuple(regex(_LINE % name, re.MULTILINE) for name in (b"apiVersion", b"kind"))
_JSON_MANIFEST = tuple(regex(rb'"%s"\s*:\s*"' % name) for name in (b"apiVersion", b"kind"))


def infrastructure_kind(head: bytes, *, whole: bool = True) -> str:
    """`cloudformation` or `kubernetes` by the text of a YAML or JSON file, or its first bytes; otherwise empty.

    Keys count where they are keys of the whole document, and words in comments never. Where the head is not the
    `whole` and could be that of a template, the answer is `more`: what follows decides.
    """
    if head.startswith(UTF16):
        head = head.decode("utf-16", "ignore").encode()
    head = head.removeprefix(b"\xef\xbb\xbf")
    return _json_kind(head, whole=whole) if head.lstrip()[:1] == b"{" else _yaml_kind(head, whole=whole)


def _yaml_kind(head: bytes, *, whole: bool) -> str:
    if b"AWSTemplateFormatVersion" in head and _VERSION_LINE.search(head):  # a word is found faster than a line
        return "cloudformation"
    if (
        b"Resources" in head
        and (line := _RESOURCES_LINE.search(head))
        and _YAML_TYPE.search(head)
        and not _LIST.match(head, line.end())
    ):
        return "cloudformation"
    if b"apiVersion" in head and b"kind" in head and all(line.search(head) for line in _MANIFEST_LINES):
        return "kubernetes"
    return "more" if not whole and _SECTION_LINE.search(head) else ""


def _json_kind(head: bytes, *, whole: bool) -> str:
    at = head.find(b'"Resources"')
    if _JSON_VERSION.match(head) or (at >= 0 and _JSON_TYPE.search(head) and not _JSON_LIST.match(head, at)):
        return "cloudformation"
    if all(line.search(head) for line in _JSON_MANIFEST):
        return "kubernetes"
    return "more" if not whole and at >= 0 else ""
