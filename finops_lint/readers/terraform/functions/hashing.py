"""Hashes and name-based UUIDs; what is random or needs a key is unknown."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping

from finops_lint.model.regexes import regex
from finops_lint.readers.terraform.functions.definition import Parameter, Table, define, string
from finops_lint.readers.terraform.functions.encoding import decode_base64
from finops_lint.readers.terraform.types import NUMBER, STRING
from finops_lint.readers.terraform.values import EvaluationError, Unk, Value

TABLE: Table = {}

_KEY = regex(r"\s*-----BEGIN ")
_HEX = regex("[0-9a-fA-F]{32}")


def _digest(algorithm: str, data: bytes) -> bytes:
    from hashlib import new

    return new(algorithm, data, usedforsecurity=False).digest()


def _hex(algorithm: str) -> Callable[[bytes], str]:
    return lambda data: _digest(algorithm, data).hex()


def _base64(algorithm: str) -> Callable[[bytes], str]:
    return lambda data: b64encode(_digest(algorithm, data)).decode("ascii")


DIGESTS: Mapping[str, Callable[[bytes], str]] = {
    "md5": _hex("md5"),
    "sha1": _hex("sha1"),
    "sha256": _hex("sha256"),
    "sha512": _hex("sha512"),
    "base64sha256": _base64("sha256"),
    "base64sha512": _base64("sha512"),
}
"""What `md5` and its kin do; `filemd5` and its kin do the same to a file."""


def _define_digest(name: str, digest: Callable[[bytes], str]) -> None:
    def of_text(value: str) -> str:
        return digest(value.encode())

    define(TABLE, name, [string("str")], STRING)(of_text)


for _name, _encoded in DIGESTS.items():
    _define_digest(_name, _encoded)

_NAMESPACES = {
    name: bytes.fromhex(f"6ba7b81{digit}9dad11d180b400c04fd430c8")
    for name, digit in {"dns": "0", "url": "1", "oid": "2", "x500": "4"}.items()
}


@define(TABLE, "uuidv5", [string("namespace"), string("name")], STRING)
def _uuidv5(namespace: str, name: str) -> str:
    space = _NAMESPACES.get(namespace) or _parse_uuid(namespace)
    made = bytearray(_digest("sha1", space + name.encode())[:16])
    made[6] = made[6] & 0x0F | 0x50
    made[8] = made[8] & 0x3F | 0x80
    digits = made.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _parse_uuid(value: str) -> bytes:
    """The spellings Go's parser takes: plain, `urn:uuid:` before it, in braces, or 32 digits."""
    digits = value
    if len(value) == 45 and value[:9].lower() == "urn:uuid:":
        digits = value[9:]
    elif len(value) == 38:
        digits = value[1:-1]
    if len(digits) == 36 and all(digits[at] == "-" for at in (8, 13, 18, 23)):
        digits = digits.replace("-", "")
    elif len(value) != 32:
        digits = ""
    if not _HEX.fullmatch(digits):
        raise EvaluationError("uuidv5(): the namespace is neither dns, url, oid, x500 nor a UUID")
    return bytes.fromhex(digits)


@define(TABLE, "uuid", [], STRING)
def _uuid() -> Value:
    return Unk(STRING, not_null=True, reason="uuid() gives another value each time")


@define(TABLE, "bcrypt", [string("str")], STRING, variadic=Parameter("cost", NUMBER))
def _bcrypt(value: str, *cost: Value) -> Value:
    if len(cost) > 1:
        raise EvaluationError("bcrypt() takes no more than two arguments")
    return Unk(STRING, not_null=True, reason="bcrypt() gives another value each time")


@define(TABLE, "rsadecrypt", [string("ciphertext"), string("privatekey")], STRING)
def _rsadecrypt(ciphertext: str, key: str) -> Value:
    decode_base64(ciphertext)
    if not _KEY.match(key):
        raise EvaluationError("rsadecrypt(): the key is not a private key in PEM")
    return Unk(STRING, not_null=True, reason="rsadecrypt() is not evaluated")
