"""Controllers that make a cloud's resources of Kubernetes objects: which groups are theirs, and what their names mean.

One file a controller, `pricing/kubernetes/controllers/<name>.yaml`, opened when one of its groups is first met.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from finops_lint.catalog.data import CatalogError, data_root
from finops_lint.catalog.template_words import snake
from finops_lint.catalog.yaml_text import safe_loader
from finops_lint.model.records import record
from finops_lint.model.span import Span

_SUFFIXES: Mapping[str, str] = {
    ".aws.upbound.io": "crossplane-aws",
    ".aws.m.upbound.io": "crossplane-aws",
    ".azure.upbound.io": "crossplane-azure",
    ".azure.m.upbound.io": "crossplane-azure",
    ".gcp.upbound.io": "crossplane-gcp",
    ".gcp.m.upbound.io": "crossplane-gcp",
    ".cnrm.cloud.google.com": "config-connector",
    ".services.k8s.aws": "ack",
    ".azure.com": "aso",
}
"""End of a group → its controller."""
_OTHERS = (".crossplane.io", ".upbound.io")
"""Ends of groups whose objects make resources, or are made of them, in ways that are not followed."""
_ENDS = tuple(end[1:] for end in (*_SUFFIXES, *_OTHERS))
_OF_AZURE = frozenset(
    {
        "alertsmanagement", "apimanagement", "app", "appconfiguration", "authorization", "batch", "cache", "cdn",
        "cognitiveservices", "compute", "containerinstance", "containerregistry", "containerservice", "databricks",
        "datafactory", "dataprotection", "dbformariadb", "dbformysql", "dbforpostgresql", "devices", "documentdb",
        "entra", "eventgrid", "eventhub", "insights", "keyvault", "kubernetesconfiguration", "kusto",
        "machinelearningservices", "managedidentity", "monitor", "network", "network.frontdoor", "notificationhubs",
        "operationalinsights", "quota", "redhatopenshift", "resources", "search", "servicebus", "signalrservice",
        "sql", "storage", "subscription", "synapse", "web",
    }
)  # fmt: skip
"""Groups of Azure Service Operator, without `.azure.com`: others there are something else (`karpenter.azure.com`)."""
_SETTINGS = frozenset({"ProviderConfig", "ClusterProviderConfig", "ProviderConfigUsage", "StoreConfig"})
"""Kinds of Crossplane's providers that say how to reach the cloud, not what to make there."""


@record(frozen=True, slots=True)
class Controller:
    """What a controller's kinds and fields are called elsewhere; see the files for the entries."""

    name: str
    says: Mapping[str, Any]

    def table(self, name: str) -> Mapping[str, Any]:
        """One of its tables; an empty one where it has none of that name."""
        found: Mapping[str, Any] = self.says.get(name) or {}
        return found

    def type_of(self, group: str, kind: str) -> str | Mapping[str, str]:
        """The Terraform type of a kind, or several with what decides; empty where it is not to be converted."""
        label = group.partition(".")[0]
        listed = self.table("kinds")
        if self.says.get("only"):
            found: str | Mapping[str, str] = listed.get(kind, "")
            return found
        if f"{label}/{kind}" in listed:
            return str(listed[f"{label}/{kind}"])
        word = self.table("words").get(label, label)
        return "_".join(part for part in (self.says["prefix"], word, snake(kind)) if part)

    def template_type(self, group: str, kind: str) -> str:
        """The CloudFormation or Terraform type of a kind of Amazon's controllers; empty where it has none."""
        label = group.partition(".")[0]
        listed = self.table("kinds").get(f"{label}/{kind}")
        return f"AWS::{self.table('services').get(label, label)}::{kind}" if listed is None else str(listed)

    def leaves(self, type_name: str) -> bool:
        """Whether rules read objects of that `group/Kind` as they are written."""
        group, _, kind = type_name.partition("/")
        return f"{group.partition('.')[0]}/{kind}" in self.says.get("as_is", ())

    def is_map(self, type_name: str, dotted: str) -> bool:
        """Whether the keys of an argument that is written as an object are the author's; else it is a block."""
        name, whole = dotted.rpartition(".")[2], f"{type_name}:{dotted}"
        maps = self.says["maps"]
        return whole in maps or (name in maps and whole not in self.says["blocks"])


def declares_a_cloud(type_name: str) -> bool:
    """Whether objects of that `group/Kind` are, or may become, resources of a cloud."""
    group = type_name.partition("/")[0]
    return group.endswith(_ENDS) and (not group.endswith("azure.com") or group.removesuffix(".azure.com") in _OF_AZURE)


def lies_in_no_namespace(type_name: str) -> bool:
    """Whether it is of the groups of Crossplane whose objects belong to the whole cluster."""
    group = type_name.partition("/")[0]
    return group.endswith((".upbound.io", ".crossplane.io")) and ".m." not in group


def controller_of(type_name: str) -> Controller | None:
    """The controller whose `group/Kind` it is, one that `declares_a_cloud`; None where none is known here."""
    group, _, kind = type_name.partition("/")
    if kind in _SETTINGS or group == "services.k8s.aws":
        return None
    name = next((name for end, name in _SUFFIXES.items() if f".{group}".endswith(end)), None)
    return _controller(name) if name else None


@cache
def _controller(name: str) -> Controller:
    import yaml

    file = data_root() / "pricing" / "kubernetes" / "controllers" / f"{name}.yaml"
    says = yaml.load(file.read_bytes(), Loader=safe_loader())  # noqa: S506 -- the loader is the safe one
    if not isinstance(says, dict) or "kinds" not in says:
        raise CatalogError("not a controller's names", Span(file.as_posix(), 1))
    return Controller(name, says | {key: frozenset(says.get(key, ())) for key in ("maps", "blocks")})
