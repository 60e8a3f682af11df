"""Data sources whose answer follows from the provider's settings alone, so that nobody has to ask the cloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from finops_lint.model.records import replace
from finops_lint.model.values import GAP
from finops_lint.readers.terraform.types import STRING
from finops_lint.readers.terraform.values import Unk, Value, mark, type_of, unmark

Setting = Callable[[str], Value]
"""The value of one of the provider's settings; None where it is not set."""


def known_attributes(kind: str, arguments: Mapping[str, object], setting: Setting) -> Mapping[str, Value]:
    """Attributes of the data source of type `kind` that are certain, given the names of its own arguments."""
    if arguments or kind not in _KNOWN:
        return {}
    return {name: value for name, value in _KNOWN[kind](setting).items() if value is not None}


def of_named_data(kind: str, given: Callable[[str], Value], unknown: Unk) -> Mapping[str, Value]:
    """Attributes that the arguments alone tell, as far as they do: the ARN of the Bedrock model of an id."""
    if kind not in _NAMED:
        return {}
    argument, attribute, resource = _NAMED[kind]
    name, marks = unmark(given(argument))
    if not isinstance(name, str):
        return {}
    # Partition, region and account are those of the provider.
    arn = replace(unknown, type=STRING, not_null=True, sketch=f"arn:{GAP}:bedrock:{GAP}:{GAP}:{resource}/{name}")
    return {attribute: mark(arn, marks), "id": mark(arn if resource == "foundation-model" else name, marks)}


def of_terraform_data(given: Value, unknown: Unk) -> Mapping[str, Value]:
    """What is certain of a `terraform_data` of which `input` is `given`: its output is of the same type."""
    bare, marks = unmark(given)
    output = None if bare is None else mark(replace(unknown, type=type_of(bare)), marks)
    return {"id": replace(unknown, type=STRING, not_null=True), "output": output}


def _aws_region(setting: Setting) -> dict[str, Value]:
    # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/region
    return dict.fromkeys(("id", "name", "region"), setting("region"))


def _aws_partition(setting: Setting) -> dict[str, Value]:
    region = setting("region")
    if not isinstance(region, str):
        return {}
    for prefix, partition, suffix in _PARTITIONS:
        if region.startswith(prefix):
            return {"partition": partition, "id": partition, "dns_suffix": suffix}
    return {}


_PARTITIONS = (
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-iso", "", ""),
    ("eu-iso", "", ""),
    ("", "aws", "amazonaws.com"),
)


def _google_client_config(setting: Setting) -> dict[str, Value]:
    return {name: setting(name) for name in ("project", "region", "zone")}


_KNOWN: Mapping[str, Callable[[Setting], dict[str, Value]]] = {
    "aws_region": _aws_region,
    "aws_partition": _aws_partition,
    "google_client_config": _google_client_config,
}

# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/bedrock_foundation_model
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/bedrock_inference_profile
_NAMED: Mapping[str, tuple[str, str, str]] = {
    "aws_bedrock_foundation_model": ("model_id", "model_arn", "foundation-model"),
    "aws_bedrock_inference_profile": ("inference_profile_id", "inference_profile_arn", "inference-profile"),
}
"""Type → its argument, the attribute that holds the ARN, and what the ARN calls it."""
