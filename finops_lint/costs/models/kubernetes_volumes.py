"""Volumes that pods claim → cost components: by storage class, or by the volume a claim is bound to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from finops_lint.catalog.kubernetes.fields import as_list, as_map, at, text
from finops_lint.catalog.kubernetes.kinds import namespace_of
from finops_lint.catalog.kubernetes.quantities import gib, quantity
from finops_lint.costs.models.kubernetes_parts import component_of
from finops_lint.model.estimate import CostComponent, Unpriced
from finops_lint.model.money import Range
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown, Value

if TYPE_CHECKING:
    from finops_lint.costs.frames import Frame
    from finops_lint.costs.lines import Lines

_DISKS: Mapping[str, tuple[str, str]] = {
    "ebs.csi.aws.com": ("aws", "gp3"),
    "ebs.csi.eks.amazonaws.com": ("aws", "gp3"),
    "kubernetes.io/aws-ebs": ("aws", "gp2"),
    "pd.csi.storage.gke.io": ("google", "pd-standard"),
    "kubernetes.io/gce-pd": ("google", "pd-standard"),
    "disk.csi.azure.com": ("azure", "StandardSSD_LRS"),
    "kubernetes.io/azure-disk": ("azure", "StandardSSD_LRS"),
}
"""Provisioner → cloud, and the type of disk where the class names none (the drivers' pages, read 2026-11-21)."""
_CLASSES: Mapping[str, tuple[str, str]] = {
    "gp2": ("aws", "gp2"),
    "gp3": ("aws", "gp3"),
    "ebs-sc": ("aws", "gp3"),
    "standard-rwo": ("google", "pd-balanced"),
    "premium-rwo": ("google", "pd-ssd"),
    "managed": ("azure", "StandardSSD_LRS"),
    "managed-csi": ("azure", "StandardSSD_LRS"),
    "managed-premium": ("azure", "Premium_LRS"),
    "managed-csi-premium": ("azure", "Premium_LRS"),
}
"""Classes that clusters come with (documentation of EKS, GKE and AKS, read 2026-11-21)."""
_DEFAULT_CLASSES = {"aws": "gp2", "google": "pd-balanced", "azure": "StandardSSD_LRS"}
"""What a claim without a class gets: gp2, standard-rwo and managed-csi are the default classes."""
_OWN_VOLUMES = {
    "nfs": "it is billed with its NFS server",
    "hostPath": "it lies on the disk of its node",
    "local": "it lies on the disk of its node",
    "iscsi": "it is billed with its iSCSI server",
    "fc": "it lies in a storage network",
    "cephfs": "it is billed with its Ceph cluster",
    "rbd": "it is billed with its Ceph cluster",
    "glusterfs": "it is billed with its Gluster cluster",
}
"""Sorts of persistent volumes that no cloud makes for the claim → where their storage is."""


@record(frozen=True, slots=True)
class _Disk:
    """What a claim is made of."""

    cloud: str
    kind: str
    said: str = ""


def claim(lines: Lines, frame: Frame) -> Iterator[CostComponent]:
    """One persistent volume claim."""
    yield from _claimed(lines, frame, frame.resource.values, Range.of(Decimal(1)))


def claims_of(lines: Lines, frame: Frame, count: Range) -> Iterator[CostComponent]:
    """The claims a StatefulSet makes for each of its pods."""
    for number, template in enumerate(as_list(frame.resource.value("spec", "volumeClaimTemplates"))):
        name = text(at(template, ("metadata", "name"))) or f"volumeClaimTemplates[{number}]"
        for component in _claimed(lines, frame, as_map(template), count):
            yield replace(component, group=(name,))


def _claimed(lines: Lines, frame: Frame, values: Mapping[str, Value], count: Range) -> Iterator[CostComponent]:
    asked = at(values, ("spec", "resources", "requests", "storage"))
    size = quantity(asked)
    if size is None:
        why = (
            Unpriced(asked.reason, asked.waits_for) if isinstance(asked, Unknown) else Unpriced("no size is asked for")
        )
        yield CostComponent("Storage", "GB", None, None, unpriced=why)
        return
    bound = _bound(frame, values)
    if isinstance(bound, str):
        frame.notes.append(bound)
        return
    disk = bound or _disk(lines, frame, at(values, ("spec", "storageClassName")))
    if isinstance(disk, Unpriced):
        yield CostComponent("Storage", "GB", None, None, unpriced=disk)
        return
    region, doubt = lines.clusters.of(frame.graph).nodes.region_of(disk.cloud)
    item, unit, amount = _item(lines, disk, gib(size))
    price = lines.clusters.unit(item, disk.cloud, region)
    doubt = "; ".join(t for t in (disk.said, doubt) if t)
    yield component_of(f"Storage ({disk.kind})", unit, count * amount, price, doubt)


def _bound(frame: Frame, values: Mapping[str, Value]) -> str | Unpriced | None:
    """What is to say of a claim that gets a volume which is there already; None where its class makes one.

    A claim whose class is the empty text gets no volume made for it (Kubernetes documentation, "Persistent Volumes",
    section "Class", read 2026-11-21).
    """
    named, storage_class = text(at(values, ("spec", "volumeName"))), at(values, ("spec", "storageClassName"))
    volume = _volume(frame, values, named, storage_class)
    if volume is None:
        if storage_class != "":
            return None
        return Unpriced(f"the volume {named or 'it is to be bound to'} is not in the code")
    kind = next((k for k in as_map(volume.value("spec")) if k in _OWN_VOLUMES), "")
    if kind:
        return f"bound to the volume {volume.name}, made by hand: {_OWN_VOLUMES[kind]}"
    driver = text(volume.value("spec", "csi", "driver"))
    if driver and driver not in _DISKS:
        return Unpriced(f"no price for volumes of {driver}")
    return Unpriced(f"the volume {volume.name} was made elsewhere: its disk is not in the code")


def _volume(frame: Frame, values: Mapping[str, Value], named: str, storage_class: Value) -> Resource | None:
    """The persistent volume that a claim names, that names the claim, or that shares a class which makes none."""
    volumes = frame.graph.of_type("core/PersistentVolume")
    claim = text(at(values, ("metadata", "name")))
    by_name = (v for v in volumes if v.name == named or (claim and _wants(v, claim, frame.resource)))
    found = next(by_name, None)
    if found is not None or not text(storage_class) or named:
        return found
    if any(c.name == storage_class for c in frame.graph.of_type("storage.k8s.io/StorageClass")):
        return None
    return next((v for v in volumes if v.value("spec", "storageClassName") == storage_class), None)


def _wants(volume: Resource, claim: str, resource: Resource) -> bool:
    wanted = as_map(volume.value("spec", "claimRef"))
    return text(wanted.get("name")) == claim and (text(wanted.get("namespace")) or "default") == namespace_of(resource)


def _item(lines: Lines, disk: _Disk, size_gib: Decimal) -> tuple[str, str, Decimal]:
    """Price item, unit, and how many of it."""
    if disk.cloud == "aws":
        return f"ebs/{disk.kind}-gb", "GB", size_gib
    if disk.cloud == "google":
        return f"compute/disk/{disk.kind}-gb", "GB", size_gib
    return f"managed-disk/{_managed_disk(lines, disk.kind, size_gib)}", "months", Decimal(1)


def _managed_disk(lines: Lines, kind: str, size_gib: Decimal) -> str:
    """The disk that Azure charges for: the next larger one of its series, `p10-lrs`; the kind where it has no sizes."""
    says = lines.constants("azure", "disk_storage")
    letter = says["letters"].get(kind)
    if letter is None:
        return kind
    fitting = (s["name"] for s in says["sizes"] if size_gib <= s["gb"] and (letter != "s" or s["gb"] >= 32))
    return f"{letter}{next(fitting, '80')}-{'zrs' if kind.endswith('_ZRS') else 'lrs'}"


def _disk(lines: Lines, frame: Frame, named: Value) -> _Disk | Unpriced:
    if isinstance(named, Unknown):
        return Unpriced(named.reason, named.waits_for)
    nodes = lines.clusters.of(frame.graph).nodes
    classes = frame.graph.of_type("storage.k8s.io/StorageClass")
    name = text(named)
    found = (
        next((c for c in classes if c.name == name), None)
        if name
        else next((c for c in classes if _is_default(c)), None)
    )
    if found is not None:
        return _of_class(found)
    if name in _CLASSES:
        return _Disk(*_CLASSES[name])
    cloud = nodes.cloud
    if name and name != "standard" and name != "default":
        return Unpriced(f"the storage class {name} is not in the code")
    kind = "pd-standard" if name == "standard" and cloud == "google" else _DEFAULT_CLASSES[cloud]
    return _Disk(cloud, kind, f"{kind} taken, the usual default class of {cloud}")


def _is_default(storage_class: Resource) -> bool:
    notes = as_map(storage_class.value("metadata", "annotations"))
    return text(notes.get("storageclass.kubernetes.io/is-default-class")) == "true"


def _of_class(storage_class: Resource) -> _Disk | Unpriced:
    provisioner = text(storage_class.value("provisioner"))
    if provisioner not in _DISKS:
        return Unpriced(f"no price for volumes of {provisioner or 'a class without provisioner'}")
    cloud, kind = _DISKS[provisioner]
    says = as_map(storage_class.value("parameters"))
    named = next((says[n] for n in ("type", "skuName", "skuname", "storageaccounttype") if n in says), kind)
    return Unpriced(named.reason, named.waits_for) if isinstance(named, Unknown) else _Disk(cloud, text(named))
