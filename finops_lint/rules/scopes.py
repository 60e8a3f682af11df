"""Which of the settings' scopes a resource is in, and what rules do there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from finops_lint.catalog.environments import environment_of
from finops_lint.model.records import replace
from finops_lint.model.resource import Resource
from finops_lint.model.settings import RuleScope, Settings
from finops_lint.model.values import known_map


def scopes_of(resource: Resource, scopes: Sequence[RuleScope], project: str, workspace: str) -> tuple[int, ...]:
    """The numbers of the scopes `resource` is in. An unknown tag is in none that asks for it."""
    return tuple(n for n, scope in enumerate(scopes) if _holds(scope, resource, project, workspace))


def _holds(scope: RuleScope, resource: Resource, project: str, workspace: str) -> bool:
    return (
        _one_of(resource.span.file, scope.paths)
        and _one_of(resource.address, scope.addresses)
        and _one_of(resource.type, scope.types)
        and (not scope.tags or _has_tags(resource, scope.tags))
        and (not scope.environments or environment_of(resource, project, workspace).kind in scope.environments)
    )


def _one_of(text: str, globs: Sequence[str]) -> bool:
    return not globs or any(fnmatchcase(text, glob) for glob in globs)


def _has_tags(resource: Resource, wanted: Mapping[str, str]) -> bool:
    known = known_map(resource.tags.effective)
    return all(isinstance(value := known.get(key), str) and fnmatchcase(value, glob) for key, glob in wanted.items())


def settings_in(settings: Settings, numbers: Sequence[int]) -> Settings:
    """The settings as they are in the scopes `numbers`, later ones winning."""
    for number in numbers:
        scope = settings.scopes[number]
        params = {**settings.params}
        for rule, values in scope.params.items():
            params[rule] = {**params.get(rule, {}), **values}
        settings = replace(
            settings,
            ignore=(*settings.ignore, *scope.ignore),
            severity={**settings.severity, **scope.severity},
            params=params,
        )
    return settings
