"""The functions over IP address ranges."""

from __future__ import annotations

import ipaddress
import re

from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.readers.terraform.functions.definition import Parameter, Table, define, numeric, string, whole
from finops_lint.readers.terraform.types import NUMBER, STRING, ListOf
from finops_lint.readers.terraform.values import EvaluationError, Number, TerraformList

TABLE: Table = {}

_MASK = regex(r"[0-9]{1,7}", re.ASCII)


@record(frozen=True, slots=True)
class _Network:
    """An address range, with its host bits cleared."""

    address: int
    length: int
    bits: int
    """32 or 128."""

    @property
    def is_ipv4(self) -> bool:
        """Whether the address is an IPv4 address, perhaps one mapped into IPv6."""
        return self.bits == 32 or self.address >> 32 == 0xFFFF

    def __str__(self) -> str:
        # Go writes a mapped IPv4 address as the IPv4 address, and its mask likewise.
        length = max(self.length - 96, 0) if self.bits == 128 and self.is_ipv4 else self.length
        return f"{_address_text(self.address, self.bits)}/{length}"


def _address_text(address: int, bits: int) -> str:
    if bits == 32:
        return str(ipaddress.IPv4Address(address))
    if address >> 32 == 0xFFFF:
        return str(ipaddress.IPv4Address(address & 0xFFFFFFFF))
    return ipaddress.IPv6Address(address).compressed


def _parse(prefix: str) -> _Network:
    address, slash, mask = prefix.partition("/")
    number, bits = _address(address)
    if not slash or number is None or not _MASK.fullmatch(mask) or int(mask) > bits:
        raise EvaluationError(f"{prefix!r} is not an address range such as 10.0.0.0/16")
    length = int(mask)
    return _Network(number >> (bits - length) << (bits - length), length, bits)


def _address(value: str) -> tuple[int | None, int]:
    """The address and its bits; leading zeros are decimal digits like others."""
    parts = value.split(".")
    if len(parts) == 4 and all(re.fullmatch(r"0*[0-9]{1,3}", part, re.ASCII) for part in parts):
        octets = [int(part) for part in parts]
        return (int.from_bytes(bytes(octets), "big"), 32) if max(octets) < 256 else (None, 32)
    if "%" in value:
        return None, 128
    plain = re.sub(r"(?<![0-9])0+(?=[0-9]+(\.|$))", "", value) if "." in value else value
    try:
        return int(ipaddress.IPv6Address(plain)), 128
    except ValueError:
        return None, 128


@define(TABLE, "cidrhost", [string("prefix"), numeric("hostnum")], STRING)
def _cidrhost(prefix: str, host: Number) -> str:
    if not isinstance(host, int):
        raise EvaluationError("cidrhost(): the host number must be a whole number")
    network = _parse(prefix)
    largest = (1 << (network.bits - network.length)) - 1
    if (-host - 1 if host < 0 else _int64(host)) > largest:
        raise EvaluationError(f"cidrhost(): a range of /{network.length} has no host number {host}")
    number = largest + 1 + host if host < 0 else host
    return _address_text(_with_number(network, number, 32 if network.is_ipv4 else network.bits), network.bits)


def _int64(value: int) -> int:
    """The lowest 64 bits, as a signed number: how Go compares large ones."""
    low = value & (2**64 - 1)
    return low - 2**64 if low >= 2**63 else low


def _with_number(network: _Network, number: int, length: int) -> int:
    """The address with `number` put in so that it ends at bit `length`, as Go's big integers do it.

    Raises:
        EvaluationError: the result does not fit an address.
    """
    if not 0 <= length <= network.bits:
        raise EvaluationError(f"{network} has no prefix of {length} bits")
    address = abs(network.address | number << (network.bits - length)) if abs(number) < 1 << 256 else -1
    if not 0 <= address < 1 << network.bits:
        raise EvaluationError(f"{network} has no room for the number {number}")
    return address


@define(TABLE, "cidrnetmask", [string("prefix")], STRING)
def _cidrnetmask(prefix: str) -> str:
    network = _parse(prefix)
    if not network.is_ipv4:
        raise EvaluationError("cidrnetmask(): IPv6 ranges have no netmask")
    mask = (1 << network.bits) - (1 << (network.bits - network.length))
    return _address_text(mask, network.bits)


@define(TABLE, "cidrsubnet", [string("prefix"), numeric("newbits"), numeric("netnum")], STRING)
def _cidrsubnet(prefix: str, new_bits: Number, net: Number) -> str:
    bits = whole(new_bits, "cidrsubnet(): newbits")
    if not isinstance(net, int):
        raise EvaluationError("cidrsubnet(): netnum must be a whole number")
    return str(_subnet(_parse(prefix), bits, net))


def _subnet(network: _Network, bits: int, number: int) -> _Network:
    length = network.length + bits
    if length > network.bits:
        raise EvaluationError(f"cidrsubnet(): {network} cannot be extended by {bits} bits")
    if (abs(number) & (2**64 - 1)) > ((1 << bits) - 1 if 0 <= bits < 64 else 2**64 - 1):
        raise EvaluationError(f"cidrsubnet(): {bits} more bits have no network number {number}")
    return _Network(_with_number(network, number, length), length, network.bits)


@define(TABLE, "cidrsubnets", [string("prefix")], ListOf(STRING), variadic=Parameter("newbits", NUMBER))
def _cidrsubnets(prefix: str, *new_bits: Number) -> TerraformList:
    network = _parse(prefix)
    ranges: list[str] = []
    free = network.address
    end = network.address + (1 << (network.bits - network.length))
    if new_bits and (not network.address or (network.is_ipv4 and network.bits == 128)):
        # Terraform looks for the range before the first one, and takes the wrap around for the end of all addresses;
        # mapped addresses confuse it.
        raise EvaluationError(f"cidrsubnets(): there is no room in {network}")
    for wanted in new_bits:
        bits = whole(wanted, "cidrsubnets(): the number of bits")
        if not 1 <= bits <= 32 or network.length + bits > network.bits:
            raise EvaluationError(f"cidrsubnets(): {network} cannot be extended by {bits} bits")
        size = 1 << (network.bits - network.length - bits)
        start = -(-free // size) * size
        if start + size > end:
            raise EvaluationError(f"cidrsubnets(): no room left in {network} for {bits} more bits")
        ranges.append(str(_Network(start, network.length + bits, network.bits)))
        free = start + size
    return TerraformList(ranges, STRING)
