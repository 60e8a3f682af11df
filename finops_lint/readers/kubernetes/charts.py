"""Objects that have charts or folders of other repositories installed → a notice that what these hold is not covered.

Shapes: fluxcd.io/flux/components/helm, argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml,
docs.k3s.io/helm, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from finops_lint.catalog.kubernetes.fields import as_list, as_map, text
from finops_lint.model.finding import Level, Problem
from finops_lint.model.resource import Resource
from finops_lint.model.values import Value


def elsewhere(resources: Sequence[Resource], top: str | None) -> Problem | None:
    """The notice, at the first such object; None where all that is installed lies in the repository `top`."""
    found = [(resource, what) for resource in resources if (what := _installed(resource, top))]
    if not found:
        return None
    first, what = found[0]
    more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
    message = f"{first.address}{more} installs {what}, which is rendered elsewhere and not covered"
    hint = "render it and pipe it in: helm template … | finops-lint cost -"
    return Problem(Level.NOTICE, "rendered-elsewhere", message, first.span, hint)


def _installed(resource: Resource, top: str | None) -> str:
    """What an object installs that is not in the repository; empty where it installs nothing else."""
    if resource.type == "helm.toolkit.fluxcd.io/HelmRelease":
        chart = text(resource.value("spec", "chart", "spec", "chart"))
        chart = chart or text(resource.value("spec", "chartRef", "name"))
        return "" if _is_here(chart, top) else f"the chart {chart}" if chart else "a chart"
    if resource.type == "helm.cattle.io/HelmChart":
        return f"the chart {text(resource.value('spec', 'chart')) or 'it holds'}"
    template = {"argoproj.io/Application": (), "argoproj.io/ApplicationSet": ("spec", "template")}.get(resource.type)
    if template is None:
        return ""
    spec = as_map(resource.value(*template, "spec"))
    return next((what for source in _sources(spec) if (what := _of_source(source, top))), "")


def _sources(spec: Value) -> Iterator[Value]:
    yield as_map(spec.get("source"))
    yield from map(as_map, as_list(spec.get("sources")))


def _of_source(source: Value, top: str | None) -> str:
    """What one source of an Argo CD Application is; a folder of the same repository is read where it lies."""
    chart, path, repository = (text(source.get(key)) for key in ("chart", "path", "repoURL"))
    if chart:
        return f"the chart {chart}"
    is_told = bool(path and repository) and "{{" not in path + repository
    return f"{path} in {repository}" if is_told and not _is_here(path, top) else ""


def _is_here(path: str, top: str | None) -> bool:
    """Whether a path from the top of the repository is there; not one that leads out of it."""
    if top is None or not path or ".." in Path(path).parts or Path(path).is_absolute():
        return False
    return Path(top, path).is_dir()
