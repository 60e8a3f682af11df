"""Which types take tags, and where."""

from __future__ import annotations

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.taggable import Taggable, attribute_path
from finops_lint.model.values import Path


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("aws_instance", ("tags",)),
        ("aws_autoscaling_group", ("tag",)),
        ("aws_iam_role_policy", None),
        ("aws_route", None),
        ("aws_s3_bucket", ("tags",)),
        ("aws_s3_object", None),
        ("google_compute_instance", ("labels",)),
        ("google_container_cluster", ("resource_labels",)),
        ("google_container_node_pool", ("node_config", 0, "resource_labels")),
        ("google_sql_database_instance", ("settings", 0, "user_labels")),
        ("google_project_iam_member", None),
        ("azurerm_linux_virtual_machine", ("tags",)),
        ("azurerm_subnet", None),
        ("random_id", None),
        ("apps/Deployment", ("metadata", "labels")),
        ("core/ConfigMap", None),
    ],
)
def test_each_type_has_its_attribute_or_none(kind: str, path: Path | None) -> None:
    assert Taggable(data_root()).attribute(kind) == path


def test_a_path_is_written_with_dots_and_brackets() -> None:
    assert attribute_path("settings[0].user_labels") == ("settings", 0, "user_labels")
    assert attribute_path("") == ()


@pytest.mark.parametrize("cloud", ["aws", "azure", "google"])
def test_each_list_names_its_source_and_is_sorted(cloud: str) -> None:
    lines = (data_root() / "rules" / "taggable" / f"{cloud}.csv").read_text("utf-8").splitlines()
    assert any(line.startswith("# source: ") and "2026-" in line for line in lines)
    rows = [line for line in lines if not line.startswith("#")][1:]
    assert rows == sorted(rows)
    assert len(rows) > 300
