"""Objects of Azure Service Operator, whose fields are Azure's own → what they declare, as azurerm types.

The table beside the price data says which field is which argument; what a name alone cannot turn into azurerm's shape
(a SKU of two parts, a cluster of several pools) is done here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from finops_lint.catalog.kubernetes.controllers import Controller
from finops_lint.catalog.kubernetes.fields import as_list, as_map, text
from finops_lint.catalog.template_words import snake
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Path, Unknown, Value, first_unknown, get
from finops_lint.readers.azapi import arguments_of
from finops_lint.readers.converted import put_in, steps_of
from finops_lint.readers.kubernetes.declared import Declared, Mention

_POOL = "microsoft.containerservice/managedclusters/agentpools"
_TIERS = {"Burstable": "B", "GeneralPurpose": "GP", "MemoryOptimized": "MO", "BusinessCritical": "MO"}
"""Tier of a flexible server → what its SKU begins with in azurerm."""
_SERIES = regex(r"(?i)(?:gp|bc|hs)(?:_s)?_[a-z0-9]+")
"""The SKU of a database by vCores without their number."""
_GB = 1024**3


@record(slots=True)
class _Object:
    """One object on its way to a resource of azurerm."""

    spec: Mapping[str, Value]
    type: str
    values: dict[str, Any] = field(default_factory=dict)
    ways: dict[Path, Path] = field(default_factory=dict)

    def take(self, fields: Mapping[str, str]) -> None:
        """Copy the fields that are there to their arguments."""
        for source, target in fields.items():
            for way, value in _every(self.spec, steps_of(source)):
                counted = iter([step for step in way if isinstance(step, int)])
                here = tuple(next(counted) if step == "*" else step for step in steps_of(target))
                self.put(here, value, ("spec", *way))

    def put(self, path: Path, value: Value, way: Path) -> None:
        """Set one argument, with the blocks on the way."""
        put_in(self.values, path, value)
        self.ways[path] = way


def of_azure(resource: Resource, controller: Controller) -> Iterator[Declared]:
    """What an object of Azure Service Operator declares; nothing where that is not known, or the type cannot say it."""
    group, _, kind = resource.type.partition("/")
    entry = controller.table("kinds").get(f"{group.removesuffix('.azure.com')}/{kind}")
    spec = resource.value("spec")
    if entry is None or not isinstance(spec, Mapping):
        return
    made = _Object(spec, entry["type"])
    made.take(_fields(entry))
    made.take({"location": "location", "tags": "tags", "zones": "zones"})
    adapt = _ADAPTERS.get(made.type)
    if adapt is not None and not adapt(made):
        return
    name = spec.get("azureName", resource.name)
    if isinstance(name, Unknown) or not text(name).endswith(("*", ")")):
        made.put(("name",), name, ("spec", "azureName") if "azureName" in spec else ("metadata", "name"))
    mentions = tuple(_mentions(made, entry.get("owner", "resource_group_name")))
    yield Declared(made.type, made.values, made.ways, mentions)
    if made.type == "azurerm_kubernetes_cluster":
        yield from _pools(spec)


def _fields(entry: Mapping[str, Any]) -> Mapping[str, str]:
    """The fields of a kind: those of Azure's interface stand without the `properties` around them."""
    if "interface" not in entry:
        found: Mapping[str, str] = entry.get("fields", {})
        return found
    said = arguments_of(entry["interface"])
    return {path.removeprefix("properties."): target for path, target in said.items()} | dict(said)


def _mentions(made: _Object, owner: str) -> Iterator[Mention]:
    """What the object belongs to, and what its references name."""
    said = made.spec.get("owner")
    name = as_map(said).get("name")
    if isinstance(name, str):
        yield Mention((owner,), name, uses=False)
    if said is not None:
        made.put(
            (owner,), Unknown(f"it is that of {text(name) or 'its owner'}", (text(name) or "owner",)), ("spec", "owner")
        )
    for path, named in _references(made.spec, ()):
        yield Mention(path, text(named.get("name")), text(named.get("kind")))


def _references(value: Value, path: Path) -> Iterator[tuple[Path, Mapping[str, Value]]]:
    """Every reference to an object below, with the argument it may be of."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            if key.lower().endswith("reference") and isinstance(entry, Mapping):
                if isinstance(entry.get("name"), str):
                    yield (*path, snake(key)), entry
            else:
                yield from _references(entry, (*path, snake(key)))
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _references(entry, path)


def _pools(spec: Mapping[str, Value]) -> Iterator[Declared]:
    """The pools of a cluster beyond the first of its system, which azurerm makes resources of their own."""
    profiles = as_list(spec.get("agentPoolProfiles"))
    for place in range(len(profiles)):
        if place != _first(profiles):
            made = _Object(spec, "azurerm_kubernetes_cluster_node_pool")
            fields = {path.removeprefix("properties."): target for path, target in arguments_of(_POOL).items()}
            made.take({f"agentPoolProfiles.{place}.{path}": target for path, target in fields.items()})
            made.take({f"agentPoolProfiles.{place}.name": "name", "location": "location"})
            yield Declared(
                made.type, made.values, made.ways, part=f"agentPoolProfiles[{place}]", owner="kubernetes_cluster_id"
            )


def _first(profiles: list[Any] | tuple[Any, ...]) -> int:
    """The pool that azurerm calls the default one: the first of mode System."""
    return next((n for n, profile in enumerate(profiles) if as_map(profile).get("mode") == "System"), 0)


def _cluster(made: _Object) -> bool:
    """The pool of the system as the default one; a cluster that pays for its pods says more than the type can."""
    profiles = made.spec.get("agentPoolProfiles")
    if get(made.spec, ("sku", "name")) == "Automatic" or isinstance(profiles, Unknown):
        return False
    first = _first(as_list(profiles))
    if first:
        made.values.pop("default_node_pool", None)
        fields = {p: t for p, t in arguments_of("microsoft.containerservice/managedclusters").items() if ".0." in p}
        moved = {p.removeprefix("properties.").replace(".0.", f".{first}.", 1): t for p, t in fields.items()}
        made.take(moved)
    return True


def _machine(made: _Object) -> bool:
    """Linux or Windows; a machine with data disks is of the older type, which has blocks for them and no spot."""
    disks = as_list(get(made.spec, ("storageProfile", "dataDisks")))
    windows = _is_windows(made.spec)
    if not disks:
        made.type = f"azurerm_{'windows' if windows else 'linux'}_virtual_machine"
        made.values.setdefault("os_disk", [{}])
        return True
    if made.values.get("priority", "Regular") != "Regular":
        return False
    made.type, made.values, made.ways = "azurerm_virtual_machine", {}, {}
    made.take(_OLDER_MACHINE)
    made.take({"location": "location", "tags": "tags", "zones": "zones"})
    if windows:
        made.values["os_profile_windows_config"] = [{}]
    made.values.setdefault("storage_os_disk", [{}])
    return True


_OLDER_MACHINE = {
    "hardwareProfile.vmSize": "vm_size",
    "licenseType": "license_type",
    "storageProfile.osDisk.osType": "storage_os_disk.0.os_type",
    "storageProfile.osDisk.diskSizeGB": "storage_os_disk.0.disk_size_gb",
    "storageProfile.osDisk.managedDisk.storageAccountType": "storage_os_disk.0.managed_disk_type",
    "storageProfile.dataDisks.*.diskSizeGB": "storage_data_disk.*.disk_size_gb",
    "storageProfile.dataDisks.*.managedDisk.storageAccountType": "storage_data_disk.*.managed_disk_type",
    "storageProfile.dataDisks.*.managedDisk.reference": "storage_data_disk.*.managed_disk_id",
    "storageProfile.dataDisks.*.vhd.uri": "storage_data_disk.*.vhd_uri",
    "storageProfile.imageReference.offer": "storage_image_reference.0.offer",
    "storageProfile.imageReference.publisher": "storage_image_reference.0.publisher",
    "storageProfile.imageReference.sku": "storage_image_reference.0.sku",
    "storageProfile.imageReference.version": "storage_image_reference.0.version",
}


def _is_windows(profile: Mapping[str, Value]) -> bool:
    """Whether a machine's profile says Windows: its disk, its settings or its image."""
    system = text(get(profile, ("storageProfile", "osDisk", "osType"))).lower()
    offer = text(get(profile, ("storageProfile", "imageReference", "offer"))).lower()
    return system == "windows" or "windowsConfiguration" in as_map(profile.get("osProfile")) or offer == "windowsserver"


def _scale_set(made: _Object) -> bool:
    if _is_windows(as_map(made.spec.get("virtualMachineProfile"))):
        made.type = "azurerm_windows_virtual_machine_scale_set"
    made.values.setdefault("os_disk", [{}])
    return True


def _flexible_server(made: _Object) -> bool:
    """The tier goes before the SKU; a standby that is switched off is none; PostgreSQL's storage is in MB."""
    values = made.values
    tier, size = values.pop("tier", None), values.get("sku_name")
    unknown = first_unknown((tier, size))
    if unknown is not None:
        values["sku_name"] = unknown
    elif size is not None:
        values["sku_name"] = f"{_TIERS.get(text(tier), text(tier))}_{size}"
    if get(values, ("high_availability", 0, "mode")) == "Disabled":
        del values["high_availability"]
    storage = values.pop("storage_gb", None)
    if storage is not None:
        values["storage_mb"] = storage * 1024 if isinstance(storage, int) else storage
        made.ways[("storage_mb",)] = made.ways[("storage_gb",)]
    return True


def _database(made: _Object) -> bool:
    """A SKU of vCores has their number at its end; the size is in GB."""
    values = made.values
    size, cores = values.get("sku_name"), values.pop("capacity", None)
    if isinstance(size, str) and cores is not None and _SERIES.fullmatch(size):
        values["sku_name"] = cores if isinstance(cores, Unknown) else f"{size}_{cores}"
    elif size in ("Standard", "Premium"):
        values["sku_name"] = Unknown(f"the size of its {size} tier is not in the name of its SKU")
    return _sized(made)


def _sized(made: _Object) -> bool:
    size = made.values.pop("max_size_bytes", None)
    if size is not None:
        made.values["max_size_gb"] = size / _GB if isinstance(size, int) else size
        made.ways[("max_size_gb",)] = made.ways[("max_size_bytes",)]
    return True


def _storage_account(made: _Object) -> bool:
    """`Standard_LRS` is a tier and a replication."""
    sku = made.values.get("account_replication_type")
    if isinstance(sku, Unknown):
        made.values["account_tier"] = sku
    elif isinstance(sku, str):
        tier, _, replication = sku.partition("_")
        made.values |= {"account_tier": tier, "account_replication_type": replication}
    return True


def _named_with_capacity(made: _Object) -> bool:
    """`Developer` and 1 is `Developer_1`."""
    size, units = made.values.get("sku_name"), made.values.pop("capacity", 1)
    unknown = first_unknown((size, units))
    if size is not None:
        made.values["sku_name"] = f"{size}_{units}" if unknown is None else unknown
    return True


def _redis(made: _Object) -> bool:
    """The sizes of Redis Enterprise are another service; high availability is a word in Azure's interface."""
    if text(made.values.get("sku_name")).startswith("Enterprise"):
        made.type = "azurerm_redis_enterprise_cluster"
    said = made.values.get("high_availability_enabled")
    if isinstance(said, str):
        made.values["high_availability_enabled"] = said != "Disabled"
    made.values.pop("capacity", None)
    return True


def _plan(made: _Object) -> bool:
    """Linux is `reserved` in Azure's interface."""
    reserved = made.values.pop("reserved", False)
    made.values["os_type"] = reserved if isinstance(reserved, Unknown) else "Linux" if reserved else "Windows"
    return True


_ADAPTERS: Mapping[str, Callable[[_Object], bool]] = {
    "azurerm_api_management": _named_with_capacity,
    "azurerm_kubernetes_cluster": _cluster,
    "azurerm_linux_virtual_machine": _machine,
    "azurerm_linux_virtual_machine_scale_set": _scale_set,
    "azurerm_managed_redis": _redis,
    "azurerm_mssql_database": _database,
    "azurerm_mssql_elasticpool": _sized,
    "azurerm_mysql_flexible_server": _flexible_server,
    "azurerm_postgresql_flexible_server": _flexible_server,
    "azurerm_service_plan": _plan,
    "azurerm_storage_account": _storage_account,
}
"""What more is to be done, by the type in the table; False where the type cannot say it."""


def _every(values: Value, path: Path, above: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every value that `path` leads to, with its way; an unknown on the way is one."""
    if "*" not in path:
        value = get(values, path)
        if value is not None:
            yield (*above, *path), value
        return
    place = path.index("*")
    for number, entry in enumerate(as_list(get(values, path[:place]))):
        yield from _every(entry, path[place + 1 :], (*above, *path[:place], number))
