"""The JSON that `terraform show -json` and `tofu show -json` print, as typed structs, and the raw state file.

Attribute values stay undecoded bytes until a resource is built, and what is not named here is skipped by the decoder:
https://developer.hashicorp.com/terraform/internals/json-format
This module is imported only where a plan or a state is read.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec  # noqa: TID253 -- see the module
from msgspec import Raw, Struct, field  # noqa: TID253 -- likewise

T = TypeVar("T")


class Change(Struct):
    """What happens to one object."""

    actions: list[str] = []
    before: Raw = Raw(b"null")
    after: Raw = Raw(b"null")
    after_unknown: Raw = Raw(b"false")
    before_sensitive: Raw = Raw(b"false")
    after_sensitive: Raw = Raw(b"false")


class ResourceChange(Struct):
    """One entry of `resource_changes`."""

    address: str
    type: str
    change: Change
    mode: str = "managed"
    name: str = ""
    index: Any = None
    provider_name: str = ""
    module_address: str = ""
    previous_address: str = ""
    deposed: str = ""


class DeferredChange(Struct):
    """A change Terraform put off to a later run."""

    resource_change: ResourceChange
    reason: str = ""


class StateResource(Struct):
    """One object of `values` or `planned_values`."""

    address: str
    type: str
    mode: str = "managed"
    name: str = ""
    index: Any = None
    provider_name: str = ""
    values: Raw = Raw(b"{}")
    sensitive_values: Raw = Raw(b"false")
    depends_on: list[str] = []
    deposed_key: str = ""


def full_address(resource: StateResource, module: str) -> str:
    """The whole address: Terraform 0.12 leaves the module and the key out."""
    address = resource.address
    if module and not address.startswith(f"{module}."):
        address = f"{module}.{address}"
    if resource.index is not None and not address.endswith("]"):
        key = resource.index
        address += f"[{key}]" if isinstance(key, int) else f'["{key}"]'
    return address


class StateModule(Struct):
    """A module and those below it."""

    resources: list[StateResource] = []
    child_modules: list[StateModule] = []
    address: str = ""


class StateValues(Struct):
    """`values`, `planned_values`."""

    root_module: StateModule = field(default_factory=StateModule)


class State(Struct):
    """`terraform show -json` of a state; a plan's `prior_state`."""

    format_version: str = ""
    values: StateValues | None = None


class Plan(Struct):
    """`terraform show -json` of a plan."""

    format_version: str = ""
    resource_changes: list[ResourceChange] | None = None
    deferred_changes: list[DeferredChange] = []
    prior_state: Raw = Raw(b"null")
    configuration: Raw = Raw(b"null")
    variables: dict[str, dict[str, Any]] = {}
    errored: bool = False
    values: Raw = Raw(b"null")
    """A state has this, a plan never."""


class RawInstance(Struct):
    """One instance in a state file."""

    index_key: str | int | None = None
    attributes: Raw = Raw(b"{}")
    sensitive_attributes: Raw = Raw(b"[]")
    dependencies: list[str] = []
    deposed: str = ""


class RawResource(Struct):
    """One resource in a state file."""

    type: str
    name: str
    mode: str = "managed"
    module: str = ""
    provider: str = ""
    instances: list[RawInstance] = []


class RawState(Struct):
    """`terraform.tfstate`, version 4."""

    version: int = 0
    resources: list[RawResource] | None = None


class NotReadableError(ValueError):
    """The JSON is broken, or not what it should be; `offset` is the byte, -1 where that is not known."""

    def __init__(self, message: str, offset: int = -1) -> None:
        super().__init__(message)
        self.offset = offset


def decode(data: bytes | Raw, kind: type[T]) -> T:
    """`data` as `kind`.

    Raises:
        NotReadableError: It is not that.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise NotReadableError(str(error)) from error
    except msgspec.DecodeError as error:
        message, _, byte = str(error).partition(" (byte ")
        offset = int(byte.rstrip(")")) if byte.rstrip(")").isdigit() else -1
        raise NotReadableError(message.removeprefix("JSON is malformed: "), offset) from error
    except RecursionError as error:
        raise NotReadableError("nested too deep") from error


_DECODER = msgspec.json.Decoder()


def decode_document(data: bytes, kind: type[T]) -> tuple[T, int]:
    """The JSON document at the beginning of `data`, and where it ends.

    Raises:
        NotReadableError: It is not that.
    """
    try:
        return decode(data, kind), len(data)
    except NotReadableError as error:
        if error.offset < 0 or str(error) != "trailing characters":
            raise
        # msgspec counts the first of them as read.
        end = error.offset - 1
    return decode(data[:end], kind), end


def plain(raw: Raw) -> Any:
    """Attribute values as dicts, lists and scalars.

    Raises:
        NotReadableError: They are nested too deep.
    """
    try:
        return _DECODER.decode(raw)
    except RecursionError as error:
        raise NotReadableError("nested too deep") from error
    except msgspec.DecodeError as error:
        raise NotReadableError(f"{error} in a resource's values") from error


def attributes(raw: Raw, address: str) -> dict[str, Any]:
    """The values of one object by attribute; none where they are null.

    Raises:
        NotReadableError: They are nested too deep, or no object.
    """
    values = plain(raw)
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise NotReadableError(f"the values of {address} must be an object")
    return values
