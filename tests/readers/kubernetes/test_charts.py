"""Charts and folders that others install are told of, those of the repository are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.readers.kubernetes.grouping import Group
from finops_lint.readers.kubernetes.manifests import read_manifests

RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: %s, namespace: ai}\nspec: %s\n"
APPLICATION = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec: %s\n"
SET = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: a}\nspec: {template: {spec: %s}}\n"
K3S = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: a, namespace: kube-system}\nspec: %s\n"


def told(folder: Path, text: str) -> list[str]:
    (folder / "apps").mkdir()
    file = folder / "a.yaml"
    file.write_text(text, "utf-8")
    return [p.message for p in read_manifests(Group(str(folder), (str(file),)), name="x", top=str(folder)).problems]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            RELEASE % ("vllm", "{chart: {spec: {chart: vllm-stack}}}"),
            "HelmRelease/ai/vllm installs the chart vllm-stack, which is rendered elsewhere and not covered",
        ),
        (
            RELEASE % ("a", "{chartRef: {kind: OCIRepository, name: b}}") + "---\n" + RELEASE % ("c", "{}"),
            "HelmRelease/ai/a (and 1 more) installs the chart b, which is rendered elsewhere and not covered",
        ),
        (
            APPLICATION % "{sources: [{repoURL: r, ref: values}, {chart: ray-cluster, repoURL: r}]}",
            "Application/argocd/a installs the chart ray-cluster, which is rendered elsewhere and not covered",
        ),
        (
            APPLICATION % "{source: {path: gpu, repoURL: git@example.com:x/y.git}}",
            "Application/argocd/a installs gpu in git@example.com:x/y.git, which is rendered elsewhere and not covered",
        ),
        (
            SET % "{source: {chart: kserve}}",
            "ApplicationSet/default/a installs the chart kserve, which is rendered elsewhere and not covered",
        ),
        (
            K3S % "{chart: traefik}",
            "HelmChart/kube-system/a installs the chart traefik, which is rendered elsewhere and not covered",
        ),
    ],
)
def test_what_is_rendered_elsewhere_is_told_once(tmp_path: Path, text: str, message: str) -> None:
    assert told(tmp_path, text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        RELEASE % ("a", "{chart: {spec: {chart: ./apps}}}"),
        APPLICATION % "{source: {path: apps, repoURL: r}}",
        SET % "{source: {path: '{{path}}', repoURL: r}}",
        APPLICATION % "{}",
    ],
)
def test_what_lies_in_the_repository_is_not(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == []
