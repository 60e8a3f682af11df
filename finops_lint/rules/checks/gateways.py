"""Checks on gateways that stand before a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finops_lint.model.finding import Finding, Undecided
from finops_lint.model.regexes import regex
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown, first_unknown, told_of
from finops_lint.rules.context import Context

Verdicts = Iterator[Finding | Undecided]

_API = "aws_api_gateway_rest_api"
_MODEL = regex(r":(?:runtime\.sagemaker|bedrock[a-z-]*):")
"""The service in the address of an integration that asks a model."""
_TOKENS = regex(r"(?:llm|azure-openai)-token-limit")
_CACHE = "semantic-cache"
_ADVICE = (
    "A model answers behind this gateway, and nothing is kept of what it answered: the same question is worked out "
    "anew each time it is asked."
)


def without_cache(resource: Resource, context: Context, _params: Mapping[str, Any]) -> Verdicts:
    """A gateway in front of a model that keeps no answer.

    An address known in part tells enough where the service is in what is known; a policy known in part does not, for
    the cache may be in the rest.
    """
    yield from (_integration if resource.type == "aws_api_gateway_integration" else _policy)(resource, context)


def _integration(resource: Resource, context: Context) -> Verdicts:
    uri = resource.value("uri")
    text = told_of(uri)
    if isinstance(uri, Unknown) and not text:
        if uri.waits_for and all("aws_lambda_" in name for name in uri.waits_for):
            return  # a function's address names a function
        yield context.undecided(resource, [uri], path=("uri",))
        return
    if not isinstance(text, str) or not _MODEL.search(text) or resource.value("cache_key_parameters") is not None:
        return
    graph = context.graph
    stages = (stage for api in graph.targets(resource, _API) for stage in graph.related(api, "aws_api_gateway_stage"))
    kept = [stage.value("cache_cluster_enabled") for stage in stages]
    if any(value is True for value in kept):
        return
    unknown = first_unknown(kept)
    if unknown is not None:
        yield context.undecided(resource, [unknown])
    else:
        yield context.finding(resource, _ADVICE, path=("uri",))


def _policy(resource: Resource, context: Context) -> Verdicts:
    policy = resource.value("xml_content")
    if isinstance(policy, Unknown):
        if not policy.sketch or (_TOKENS.search(policy.sketch) and _CACHE not in policy.sketch):
            yield context.undecided(resource, [policy], path=("xml_content",))
        return
    if isinstance(policy, str) and _TOKENS.search(policy) and _CACHE not in policy:
        yield context.finding(resource, _ADVICE, path=("xml_content",))
