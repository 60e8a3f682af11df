"""The functions that encode and decode: Base64, character sets, URLs, CSV; JSON and YAML have modules of their own."""

from __future__ import annotations

import codecs
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from urllib.parse import quote_plus

from finops_lint.model.records import replace
from finops_lint.model.regexes import regex
from finops_lint.readers.terraform.functions import json_codec, yaml_codec
from finops_lint.readers.terraform.functions.definition import (
    Parameter,
    Table,
    define,
    string,
)
from finops_lint.readers.terraform.types import ANY, BOOL, NUMBER, STRING, ObjectOf, Type
from finops_lint.readers.terraform.values import (
    LONGEST_SKETCH,
    EvaluationError,
    TerraformList,
    Unk,
    Value,
    contains_unknown,
    make_object,
    mark,
    text,
    unknown_from,
    unmark,
)

TABLE: Table = {}


# Base64


def decode_base64(value: str) -> bytes:
    """The bytes; line breaks are skipped, as Go does.

    Raises:
        EvaluationError: it is not Base64.
    """
    try:
        return b64decode(value.replace("\r", "").replace("\n", "").encode("ascii"), validate=True)
    except (Base64Error, ValueError):
        raise EvaluationError("the string is not Base64") from None


@define(TABLE, "base64encode", [string("str")], STRING)
def _base64encode(value: str) -> str:
    return b64encode(value.encode()).decode("ascii")


@define(TABLE, "base64decode", [Parameter("str", STRING, marked=True)], STRING)
def _base64decode(value: Value) -> Value:
    bare, marks = unmark(value)
    try:
        decoded = decode_base64(bare).decode("utf-8")
    except UnicodeDecodeError:
        raise EvaluationError("base64decode(): what is encoded is not UTF-8 text") from None
    return mark(text(decoded), marks)


@define(TABLE, "base64gzip", [string("str")], STRING)
def _base64gzip(value: str) -> Value:
    # The bytes depend on the compressor; only that they begin with gzip's magic number is certain.
    return Unk(STRING, not_null=True, prefix="H4sIAAAAAAAA", reason="what base64gzip() gives depends on the compressor")


@define(TABLE, "urlencode", [string("str")], STRING)
def _urlencode(value: str) -> str:
    return quote_plus(value, safe="")


# Character sets

_CHARSETS = {
    "us-ascii": "ascii", "ascii": "ascii", "utf-8": "utf-8", "utf8": "utf-8", "csutf8": "utf-8",
    "utf-16": "utf-16", "csutf16": "utf-16", "utf-16be": "utf-16-be", "csutf16be": "utf-16-be",
    "utf-16le": "utf-16-le", "csutf16le": "utf-16-le",
    "iso-8859-1": "latin-1", "latin1": "latin-1", "l1": "latin-1", "iso_8859-1": "latin-1", "ibm819": "latin-1",
    "cp819": "latin-1", "csisolatin1": "latin-1", "iso-ir-100": "latin-1", "iso_8859-1:1987": "latin-1",
    "latin2": "iso8859-2", "latin-9": "iso8859-15", "koi8-r": "koi8-r", "koi8-u": "koi8-u", "macintosh": "mac-roman",
    "ibm437": "cp437", "ibm850": "cp850", "ibm852": "cp852", "ibm855": "cp855", "ibm866": "cp866",
    "shift_jis": "cp932", "ms_kanji": "cp932", "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp",
    "euc-kr": "cp949", "gbk": "gbk", "gb18030": "gb18030", "hz-gb-2312": "hz", "big5": "big5",
} | {f"windows-{page}": f"cp{page}" for page in range(1250, 1259)} | {
    f"iso-8859-{part}": f"iso8859-{part}" for part in (*range(2, 11), *range(13, 17))
}  # fmt: skip
"""Python's codecs for the names Go knows."""
_EXACT = frozenset({"ascii", "utf-8", "utf-16-be", "utf-16-le", "latin-1", "utf-16"})
"""Those that have no tables, in which Python's may differ from Go's."""
_BY_TABLES = frozenset({"cp932", "koi8-r", "koi8-u"}) | {
    codec for name, codec in _CHARSETS.items() if name.startswith(("iso-8859-", "windows-", "ibm"))
}
"""Those whose tables are Go's, but for characters that Python has none for."""


def _charset(name: str) -> str | None:
    found = _CHARSETS.get(name.lower())
    if found is not None:
        return found
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        known = ""
    if known.startswith(("utf", "idna", "punycode", "base64", "hex", "rot", "zlib", "bz2")) or not known:
        raise EvaluationError(f"{name!r} is not the name of a character set")
    return None


def _undecided(name: str) -> Unk:
    return Unk(STRING, not_null=True, reason=f"the character set {name!r} is not evaluated")


@define(TABLE, "textencodebase64", [string("string"), string("encoding")], STRING)
def _textencodebase64(value: str, charset: str) -> Value:
    codec = _charset(charset)
    if codec is None or (codec not in _EXACT | _BY_TABLES and not value.isascii()):
        return _undecided(charset)
    if codec == "utf-16":
        codec, value = "utf-16-be", "\ufeff" + value
    try:
        return b64encode(value.encode(codec)).decode("ascii")
    except UnicodeEncodeError as error:
        if codec not in _EXACT and "\x80" <= value[error.start] <= "\x9f":
            return _undecided(charset)
        raise EvaluationError(f"textencodebase64(): a character does not exist in {charset}") from None


@define(TABLE, "textdecodebase64", [string("source"), string("encoding")], STRING)
def _textdecodebase64(value: str, charset: str) -> Value:
    codec = _charset(charset)
    data = decode_base64(value)
    if codec is None or (codec not in _EXACT | _BY_TABLES and not data.isascii()):
        return _undecided(charset)
    if codec == "utf-16":
        codec = "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
        data = data[2:] if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else data
    try:
        decoded = data.decode(codec)
    except UnicodeDecodeError:
        if codec not in _EXACT | {"cp932"}:
            return _undecided(charset)
        decoded = "\ufffd"
    if "\ufffd" in decoded or (codec == "cp932" and any("\uf8f0" <= character <= "\uf8f3" for character in decoded)):
        raise EvaluationError(f"textdecodebase64(): the bytes are not text in {charset}")
    return decoded


# JSON and YAML


@define(TABLE, "jsonencode", [Parameter("val", null=True, unknown=True, dynamic=True)], STRING)
def _jsonencode(value: Value) -> Value:
    if not contains_unknown(value):
        return json_codec.encode(value)
    unknown = unknown_from([value], STRING, not_null=True)
    if isinstance(value, Unk) and not value.not_null:
        return unknown
    sketch = "" if isinstance(value, Unk) else json_codec.encode(value)
    if len(sketch) > LONGEST_SKETCH:
        sketch = ""
    return replace(unknown, prefix=json_codec.beginning(value), sketch=sketch)


def _jsondecode_type(value: Value) -> Type:
    if not isinstance(value, Unk):
        return ANY
    first = value.prefix.strip()[:1]
    if not first or first in "{[n":
        return ANY
    if first == '"':
        return STRING
    if first in "tf":
        return BOOL
    if first in "-0123456789.":
        return NUMBER
    raise EvaluationError(f"jsondecode(): JSON cannot begin with {first!r}")


@define(TABLE, "jsondecode", [string("str")], _jsondecode_type, not_null=False)
def _jsondecode(value: str) -> Value:
    return json_codec.decode(value)


@define(TABLE, "yamlencode", [Parameter("value", null=True, unknown=True, dynamic=True)], STRING, not_null=False)
def _yamlencode(value: Value) -> Value:
    if contains_unknown(value):
        return unknown_from([value], STRING, not_null=True)
    return yaml_codec.encode(value)


@define(TABLE, "yamldecode", [string("src")], ANY, not_null=False)
def _yamldecode(value: str) -> Value:
    return yaml_codec.decode(value)


# CSV

_QUOTED = regex(r'"((?:[^"]|"")*)"')


@define(TABLE, "csvdecode", [string("str")], ANY)
def _csvdecode(value: str) -> Value:
    rows = _read_csv(value)
    if not rows:
        raise EvaluationError("csvdecode(): the header line is missing")
    header = [text(name) for name in rows[0]]
    if len(set(header)) != len(header):
        raise EvaluationError("csvdecode(): two columns have the same name")
    if any(len(row) != len(header) for row in rows):
        raise EvaluationError("csvdecode(): a line has another number of fields than the header")
    row_type = ObjectOf(dict.fromkeys(sorted(header), STRING))
    made = [make_object(dict(zip(header, map(text, row), strict=True))) for row in rows[1:]]
    return TerraformList(made, row_type)


def _read_csv(source: str) -> list[list[str]]:
    """Records as Go's `encoding/csv` reads them: blank lines skipped, a stray quote an error."""
    source = source.replace("\r\n", "\n")
    source = source[:-1] if source.endswith("\r") else source
    rows: list[list[str]] = []
    at = 0
    while at < len(source):
        if source[at] == "\n":
            at += 1
            continue
        row, at = _read_record(source, at)
        rows.append(row)
    return rows


def _read_record(source: str, at: int) -> tuple[list[str], int]:
    row: list[str] = []
    while True:
        if source.startswith('"', at):
            found = _QUOTED.match(source, at)
            if found is None:
                raise EvaluationError("csvdecode(): a quote is not closed")
            row.append(found[1].replace('""', '"'))
            at = found.end()
            if at < len(source) and source[at] not in ",\n":
                raise EvaluationError("csvdecode(): text after a closing quote")
        else:
            end = at
            while end < len(source) and source[end] not in ",\n":
                end += 1
            if '"' in source[at:end]:
                raise EvaluationError("csvdecode(): a quote in a field that does not begin with one")
            row.append(source[at:end])
            at = end
        if at >= len(source) or source[at] == "\n":
            return row, at + 1
        at += 1
