"""Which environment a resource belongs to: said by a tag, a workspace, a name or a folder, else not said."""

from __future__ import annotations

import pytest

from finops_lint.catalog.environments import environment_of, kind_of
from finops_lint.model.records import replace
from finops_lint.model.resource import Resource, Tags
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Unknown, Value


def resource(tags: Value = None, name: str = "main", **values: Value) -> Resource:
    span = Span("main.tf", 1)
    return Resource(
        f"aws_instance.{name}",
        "aws_instance",
        name,
        "aws",
        "terraform",
        "infra",
        "us-east-1",
        values,
        span,
        tags=Tags(effective=tags if tags is not None else {}, path=("tags",)),
    )


def named(name: str) -> Resource:
    return replace(resource(), values={"name": name})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("prod", "production"),
        ("eu-prod-1", "production"),
        ("nonprod", "development"),
        ("non-prod", "development"),
        ("pre_production", "staging"),
        ("QA", "staging"),
        ("dev", "development"),
        ("development-test", "development"),
        ("prod-to-dev-copy", ""),
        ("product", ""),
        ("devices", ""),
        ("orders-staging-db", "staging"),
        ("cafm-staging-export", ""),
        ("module.staging_tables", ""),
        ("dev-staging-bucket", "development"),
    ],
)
def test_words_tell_the_environment_and_parts_of_words_do_not(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_the_tag_is_believed_before_the_workspace_the_name_and_the_folder() -> None:
    tagged = resource({"Environment": "staging"}, name="dev")
    assert environment_of(tagged, "live/web", "prod").because == "tag Environment = staging"
    assert environment_of(resource(name="dev"), "live/web", "prod").because == "workspace prod"
    assert environment_of(resource(name="dev"), "live/web").because == "name dev"
    assert environment_of(resource(), "live/web").because == "folder live"
    assert environment_of(resource(), "infra").kind == "unknown"


def test_the_nearest_folder_wins() -> None:
    assert environment_of(resource(), "prod/modules/dev").kind == "development"


def test_what_is_unknown_tells_nothing() -> None:
    open_ = Unknown("var.env has no value", ("var.env",))
    assert environment_of(resource(Partial({"team": "ml"}, open_)), "infra").kind == "unknown"
    assert environment_of(resource(open_), "infra").kind == "unknown"
    assert environment_of(resource({"env": open_}), "infra").kind == "unknown"


def test_a_block_or_folder_called_after_what_it_does_is_no_environment() -> None:
    assert environment_of(resource(name="vm_test"), "infra").kind == "unknown"
    assert environment_of(resource(name="stg"), "infra").kind == "unknown"
    assert environment_of(resource(), "envs/stg").kind == "staging"
    assert environment_of(named("web-stg"), "infra").kind == "staging"
    assert environment_of(resource(), "network/connectivity_test").kind == "unknown"
    assert environment_of(resource(), "infra/stage-2").kind == "unknown"
    assert environment_of(named("gpt-4-preview"), "infra").kind == "unknown"
    assert environment_of(resource(), "envs/test").kind == "development"
    assert environment_of(resource(name="web_dev"), "infra").kind == "development"
    assert environment_of(named("web-test"), "infra").kind == "development"


def test_the_folders_above_an_absolute_path_are_somebodys_disk() -> None:
    assert environment_of(resource(), "/home/me/dev/infra").kind == "unknown"
    assert environment_of(resource(), "/builds/infra/dev").kind == "development"
