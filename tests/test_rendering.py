"""The user's own helm and kustomize: run only as asked, on local folders, with no option that fetches."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.rendering import RenderError, helm, kustomize


def program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


def test_helm_gets_the_chart_and_its_values_and_nothing_else(programs: Path) -> None:
    program(programs, "helm", 'echo "$@"; echo "$HELM_NO_PLUGINS"')
    Path("My_Chart").mkdir()
    Path("dev.yaml").write_text("a: 1\n", "utf-8")
    assert helm("My_Chart=dev.yaml").text.decode() == "template my-chart My_Chart --values=dev.yaml\n1\n"


@pytest.mark.parametrize("asked", ["oci://registry.example.com/chart", "chart=https://example.com/values.yaml"])
def test_nothing_that_would_be_fetched_is_rendered(asked: str, programs: Path) -> None:
    program(programs, "helm", "echo ran")
    Path("chart").mkdir()
    with pytest.raises(RenderError, match="there is no"):
        helm(asked)


def test_a_missing_program_is_named(programs: Path) -> None:
    assert programs.is_dir()
    Path("chart").mkdir()
    with pytest.raises(RenderError, match="needs helm, which is not installed"):
        helm("chart")


def test_what_helm_complains_of_is_told(programs: Path) -> None:
    program(programs, "helm", "echo 'Error: values are missing' >&2; exit 1")
    Path("chart").mkdir()
    with pytest.raises(RenderError, match="Error: values are missing"):
        helm("chart")


def test_kubectl_builds_where_there_is_no_kustomize(programs: Path) -> None:
    program(programs, "kubectl", 'echo "$@"')
    Path("kustomization.yaml").write_text("resources: [a.yaml]\n", "utf-8")
    assert kustomize(".").text == b"kustomize .\n"


def test_a_kustomization_that_names_something_remote_is_refused_also_further_down(programs: Path) -> None:
    program(programs, "kustomize", "echo ran")
    Path("base").mkdir()
    Path("base/kustomization.yaml").write_text("resources:\n  - https://example.com/a.yaml\n", "utf-8")
    Path("kustomization.yaml").write_text("resources:\n  - base\n", "utf-8")
    with pytest.raises(RenderError, match="remote"):
        kustomize(".")
