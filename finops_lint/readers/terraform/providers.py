"""Which provider configuration a resource uses: by its type, its `provider` argument, and what modules hand down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_lint.model.records import record
from finops_lint.readers.terraform.blocks import Blocks, Content, evaluate_blocks, lay_out
from finops_lint.readers.terraform.configuration import ModuleConfiguration, literal_text, provider_source
from finops_lint.readers.terraform.evaluation import Evaluation
from finops_lint.readers.terraform.syntax import Attribute, Block, Expression, Index, Name, ObjectExpression
from finops_lint.readers.terraform.values import EvaluationError, Unk, Value, unmark

_META = frozenset({"alias", "version", "for_each"})

CLOUDS: Mapping[str, str] = {
    "aws": "aws",
    "awscc": "aws",
    "azurerm": "azure",
    "azapi": "azure",
    "google": "google",
    "google-beta": "google",
    "kubernetes": "kubernetes",
    "kubectl": "kubernetes",
}
"""A provider's type → whose bill its resources are on."""


@record(eq=False, frozen=True, slots=True)
class Provider:
    """One provider block in one module instance."""

    kind: str
    """The provider's type: `aws`, `google-beta`."""
    key: str
    """`aws`, or `aws.west` for an alias."""
    block: Block
    address: str
    """Of the module that holds the block."""
    scope: Any
    evaluation: Evaluation

    def setting(self, name: str) -> Content:
        """The value of an argument or the blocks of a kind; None where it is not set."""
        return self.evaluation.engine.settle((self.address, "provider", self.key, name), lambda: self._setting(name))

    def _setting(self, name: str) -> Content:
        layout = lay_out(self.block.body, _META)
        if name == "region":
            return self._region(layout.attributes.get(name))
        if name in layout.attributes:
            return self.evaluation.attribute(layout.attributes[name], self.scope)
        if name in layout.blocks:
            return evaluate_blocks(layout.blocks[name], self.scope, self.evaluation)
        return None

    def _region(self, written: Attribute | None) -> Value:
        """The region; what the user says of the project's main provider where the text does not tell."""
        found = None if written is None else self.evaluation.attribute(written, self.scope)
        if self.address or "." in self.key or (found is not None and not isinstance(unmark(found)[0], Unk)):
            return found
        return self.evaluation.options.regions.get(CLOUDS.get(self.kind, ""), found)

    def plain(self, name: str) -> Value:
        """The value of an argument without marks."""
        value = self.setting(name)
        return None if isinstance(value, Blocks) else unmark(value)[0]

    def nested(self, kind: str, name: str) -> tuple[Content, Attribute | None]:
        """The argument `name` of the one block `kind`, with where it is written."""
        found = self.setting(kind)
        if isinstance(found, Blocks):
            if not found.items:
                return found.rest, None
            return found.items[0].values.get(name), found.items[0].layout.attributes.get(name)
        # In JSON the block is an argument that holds an object, or a list of one.
        bare = unmark(found)[0]
        if isinstance(bare, (list, tuple)) and bare:
            bare = unmark(bare[0])[0]
        return (bare.get(name) if isinstance(bare, dict) else bare), self.block.body.attributes.get(kind)


Providers = Mapping[str, Provider]
"""The provider configurations a module instance can use, by key."""


def own_providers(
    configuration: ModuleConfiguration, address: str, scope: Any, evaluation: Evaluation
) -> dict[str, Provider]:
    """The provider blocks of one module instance."""
    return {
        provider_key(name, alias): Provider(
            provider_source(configuration, name), provider_key(name, alias), block, address, scope, evaluation
        )
        for (name, alias), block in configuration.providers.items()
    }


def provider_key(name: str, alias: str) -> str:
    """`aws` or `aws.west`."""
    return f"{name}.{alias}" if alias else name


def handed_down(parent: Providers, argument: Attribute | None) -> dict[str, Provider]:
    """What a called module has: the caller's default configurations, and those its `providers` argument passes."""
    passed = {key: provider for key, provider in parent.items() if "." not in key}
    if argument is not None and isinstance(argument.expression, ObjectExpression):
        for name, value in argument.expression.items:
            inner, outer = reference_key(name), reference_key(value)
            if inner and outer in parent:
                passed[inner] = parent[outer]
            elif inner:
                passed.pop(inner, None)
    return passed


def reference_key(expression: Expression | None) -> str:
    """The key a provider reference names: `aws`, `aws.west`, and `aws.each` for `aws.each[each.key]`."""
    if isinstance(expression, Index):
        expression = expression.target
    if isinstance(expression, Name) and len(expression.steps) <= 1:
        return ".".join((expression.name, *expression.steps))
    return literal_text(expression) or ""


def provider_of(kind: str, block: Block, available: Providers, scope: Any, evaluation: Evaluation) -> Provider | None:
    """The configuration a resource or data source of type `kind` uses; None where there is no block for it."""
    argument = block.body.attributes.get("provider")
    if argument is None:
        return available.get(kind.partition("_")[0])
    found = available.get(reference_key(argument.expression))
    if found is None or "for_each" not in found.block.body.attributes:
        return found
    return _of_each(found, argument.expression, scope, evaluation)


def _of_each(provider: Provider, reference: Expression, scope: Any, evaluation: Evaluation) -> Provider:
    """One of the configurations a provider block with `for_each` makes (OpenTofu)."""
    key: Value = None
    if isinstance(reference, Index):
        from finops_lint.readers.terraform.expressions import evaluate

        try:
            key = unmark(evaluate(reference.key, scope))[0]
        except EvaluationError:
            key = None
    collection = unmark(evaluation.attribute(provider.block.body.attributes["for_each"], provider.scope))[0]
    value = collection.get(key) if isinstance(collection, dict) and isinstance(key, str) else key
    inner = provider.scope.child({"each": {"key": key, "value": value}})
    return Provider(
        provider.kind, f"{provider.key}[{key}]", provider.block, provider.address, inner, provider.evaluation
    )


def default_kind(kind: str, configuration: ModuleConfiguration, block: Block) -> str:
    """The type of the provider a resource belongs to (`aws`, `google`), whether it is configured or not."""
    argument = block.body.attributes.get("provider")
    local = reference_key(argument.expression).partition(".")[0] if argument else kind.partition("_")[0]
    return provider_source(configuration, local)
