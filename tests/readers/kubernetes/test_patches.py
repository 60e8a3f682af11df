"""What kustomizations change: strategic merges, JSON patches, replicas and components, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.fixes.edits import CannotEdit
from finops_lint.fixes.kubernetes import manifest_edits
from finops_lint.fixes.yaml_edits import Text
from finops_lint.model.project import Project
from finops_lint.model.resource import Resource
from finops_lint.readers.kubernetes.grouping import groups
from finops_lint.readers.kubernetes.manifests import read_manifests

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  template:
    spec:
      containers:
        - {name: web, image: "web:1", args: [--plain], env: [{name: MODE, value: slow}]}
        - {name: proxy, image: "proxy:1"}
      tolerations: [{key: a, operator: Exists}]
"""
RAY = """\
apiVersion: ray.io/v1
kind: RayCluster
metadata: {name: ray}
spec:
  workerGroupSpecs: [{groupName: small, replicas: 1}, {groupName: large, replicas: 5}]
"""


def written(folder: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return [str(folder / name) for name in files]


def overlay(folder: Path, kustomization: str, **more: str) -> Project:
    files = {
        "base/kustomization.yaml": "resources: [web.yaml, ray.yaml]\n",
        "base/web.yaml": DEPLOYMENT,
        "base/ray.yaml": RAY,
        "over/kustomization.yaml": f"resources: [../base]\n{kustomization}",
        **{f"over/{name.replace('__', '/')}.yaml": text for name, text in more.items()},
    }
    [group] = [g for g in groups(written(folder, files), str(folder), str(folder)) if g.path.endswith("over")]
    return read_manifests(group, name="over")


def web(project: Project) -> Resource:
    return next(r for r in project.resources if r.name == "web")


def test_a_strategic_merge_meets_containers_by_name_and_replaces_other_lists(tmp_path: Path) -> None:
    # As `kubectl kustomize` 5.5.0 prints it: env is merged by name, args and tolerations are replaced.
    patch = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, labels: {team: ml}}
    spec:
      template:
        spec:
          containers:
            - name: web
              args: [--fast]
              env: [{name: SIZE, value: "1"}]
              resources: {limits: {nvidia.com/gpu: 1}}
            - {name: proxy, $patch: delete}
          tolerations: [{key: b, operator: Exists}]
    """
    project = overlay(tmp_path, "patches: [{path: patch.yaml}]\n", patch=patch)
    assert project.problems == ()
    pod = ("spec", "template", "spec")
    assert web(project).value(*pod, "containers") == [
        {
            "name": "web",
            "image": "web:1",
            "args": ["--fast"],
            "env": [{"name": "MODE", "value": "slow"}, {"name": "SIZE", "value": "1"}],
            "resources": {"limits": {"nvidia.com/gpu": 1}},
        }
    ]
    assert web(project).value(*pod, "tolerations") == [{"key": "b", "operator": "Exists"}]
    assert web(project).tags.effective == {"app": "web", "team": "ml"}


def test_a_json_patch_adds_replaces_and_removes(tmp_path: Path) -> None:
    changes = """\
patches:
  - target: {kind: Deployment, name: w.*}
    patch: |-
      - {op: test, path: /spec/replicas, value: 2}
      - {op: replace, path: /spec/replicas, value: 7}
      - {op: add, path: /spec/template/spec/containers/0/args/-, value: --more}
      - {op: remove, path: /spec/template/spec/containers/1}
      - {op: add, path: /metadata/labels/cost~1center, value: a1}
"""
    found = web(overlay(tmp_path, changes))
    [container] = found.value("spec", "template", "spec", "containers")
    assert (found.value("spec", "replicas"), container["args"]) == (7, ["--plain", "--more"])
    assert found.value("metadata", "labels") == {"app": "web", "cost/center": "a1"}


def test_a_list_may_say_that_it_replaces(tmp_path: Path) -> None:
    patch = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: web, env: [{$patch: replace}, {name: A, value: b}]}]}}}
    """
    found = web(overlay(tmp_path, "patches: [{path: patch.yaml}]\n", patch=patch))
    assert found.value("spec", "template", "spec", "containers", 0, "env") == [{"name": "A", "value": "b"}]


def test_lists_of_custom_resources_are_replaced(tmp_path: Path) -> None:
    patch = (
        "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: ray}\nspec: {workerGroupSpecs: [{groupName: one}]}\n"
    )
    project = overlay(tmp_path, "patchesStrategicMerge: [patch.yaml]\n", patch=patch)
    ray = next(r for r in project.resources if r.name == "ray")
    assert ray.value("spec", "workerGroupSpecs") == [{"groupName": "one"}]
    assert web(project).value("spec", "replicas") == 2


def test_replicas_and_components_are_applied(tmp_path: Path) -> None:
    component = """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
  - target: {kind: Deployment}
    patch: '[{op: add, path: /spec/paused, value: true}]'
"""
    project = overlay(
        tmp_path,
        "replicas: [{name: web, count: 9}]\ncomponents: [part]\n",
        part__kustomization=component,
    )
    assert (web(project).value("spec", "replicas"), web(project).value("spec", "paused")) == (9, True)


@pytest.mark.parametrize(
    "changes",
    [
        "patches: [{patch: '{$patch: delete, apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}'}]",
        "patches: [{target: {kind: Deployment, name: web}, patch: '{$patch: delete, metadata: {name: any}}'}]",
        "patchesStrategicMerge: [gone.yaml]",
    ],
)
def test_an_object_that_a_patch_deletes_is_not_there(tmp_path: Path, changes: str) -> None:
    gone = "$patch: delete\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
    project = overlay(tmp_path, changes + "\n", gone=gone)
    assert [r.name for r in project.resources] == ["ray"]
    assert project.problems == ()


@pytest.mark.parametrize(
    ("selector", "replicas"),
    [("app=web", 7), ("app == web", 7), ("app=api", 2), ("app=web,tier=front", 2)],
)
def test_a_patch_may_choose_by_labels(tmp_path: Path, selector: str, replicas: int) -> None:
    patch = "[{op: replace, path: /spec/replicas, value: 7}]"
    changes = f"patches: [{{target: {{kind: Deployment, labelSelector: '{selector}'}}, patch: '{patch}'}}]\n"
    assert web(overlay(tmp_path, changes)).value("spec", "replicas") == replicas


@pytest.mark.parametrize(
    ("entry", "image"),
    [
        ("{name: web, newTag: 2}", "web:2"),
        ("{name: web, newName: 'host:5000/x/web'}", "host:5000/x/web:1"),
        ("{name: web, newName: y, digest: 'sha256:ab'}", "y@sha256:ab"),
        ("{name: other, newTag: '2'}", "web:1"),
    ],
)
def test_images_are_replaced_by_name(tmp_path: Path, entry: str, image: str) -> None:
    project = overlay(tmp_path, f"images: [{entry}]\n")
    containers = web(project).value("spec", "template", "spec", "containers")
    assert [c["image"] for c in containers] == [image, "proxy:1"]
    assert project.problems == ()


def test_outer_patches_know_an_object_by_its_new_name_too(tmp_path: Path) -> None:
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "base/web.yaml": DEPLOYMENT,
        "dev/kustomization.yaml": "resources: [../base]\nnamePrefix: dev-\nnameSuffix: -x\n",
        "all/kustomization.yaml": "resources: [../dev]\nreplicas: [{name: dev-web-x, count: 5}]\n",
    }
    [group] = groups(written(tmp_path, files), str(tmp_path), str(tmp_path))
    assert web(read_manifests(group, name="all")).value("spec", "replicas") == 5


@pytest.mark.parametrize(
    "changes",
    [
        "patches: [{path: gone.yaml}]",
        "patches: [{path: ../../outside.yaml}]",
        "patches: [{target: {kind: Deployment, labelSelector: a in (b)}, patch: '[{op: remove, path: /spec}]'}]",
        "patches: [{target: {kind: Deployment, name: (web|api)}, patch: '[{op: remove, path: /spec/replicas}]'}]",
        "patches: [{target: {kind: Deployment}, patch: '[{op: copy, from: /a, path: /b}]'}]",
        "patches: [{path: broken.yaml}]",
    ],
)
def test_what_is_not_understood_is_said_and_changes_nothing(tmp_path: Path, changes: str) -> None:
    (tmp_path.parent / "outside.yaml").write_text(DEPLOYMENT.replace("replicas: 2", "replicas: 3"), "utf-8")
    project = overlay(tmp_path, changes + "\n", broken="a: [\n")
    assert [p.code for p in project.problems] == ["kustomize-patches"]
    assert web(project).value("spec", "replicas") == 2


SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"


@pytest.mark.parametrize(
    ("patch", "target"),
    [
        (f"{SECRET}stringData: {{password: hunter2}}\ndata: {{a: b}}\ntype: Opaque\n", ""),
        (
            "- {op: add, path: /stringData/password, value: hunter2}\n- {op: add, path: /data, value: {a: b}}\n"
            "- {op: add, path: /type, value: Opaque}\n",
            ", target: {kind: Secret}",
        ),
    ],
)
def test_what_a_secret_holds_does_not_come_in_by_a_patch(tmp_path: Path, patch: str, target: str) -> None:
    files = {
        "kustomization.yaml": f"resources: [s.yaml]\npatches: [{{path: patch.yaml{target}}}]\n",
        "s.yaml": SECRET,
        "patch.yaml": patch,
    }
    [group] = groups(written(tmp_path, files), str(tmp_path), str(tmp_path))
    [found] = read_manifests(group, name="s").resources
    assert set(found.values) == {"apiVersion", "kind", "metadata", "type"}


def test_an_object_that_is_changed_elsewhere_is_not_edited(tmp_path: Path) -> None:
    found = web(overlay(tmp_path, "replicas: [{name: web, count: 9}]\n"))
    with pytest.raises(CannotEdit, match=r"kustomization\.yaml changes this object"):
        list(manifest_edits(Text("web.yaml", DEPLOYMENT.encode()), found, ("spec", "replicas"), 1))
