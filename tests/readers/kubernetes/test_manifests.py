"""Objects from manifests: many in a file, lists, anchors, positions, placeholders, and what is broken."""

from __future__ import annotations

from pathlib import Path

from finops_lint.model.finding import Level
from finops_lint.model.project import Project
from finops_lint.model.values import Unknown
from finops_lint.readers.kubernetes.grouping import Group, groups
from finops_lint.readers.kubernetes.manifests import read_manifests, read_rendered


def read(text: str) -> Project:
    return read_rendered(text.encode(), file="m.yaml", name="m")


def addresses(project: Project) -> list[str]:
    return [r.address for r in project.resources]


def written(folder: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return sorted(str(folder / name) for name in files)


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\n"


def test_documents_and_lists_each_give_their_objects() -> None:
    project = read(
        POD % "a"
        + "---\n"
        + "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: s, namespace: n}}\n"
    )
    assert addresses(project) == ["Pod/default/a", "Service/n/s"]
    assert [r.type for r in project.resources] == ["core/Pod", "core/Service"]


def test_json_is_read_with_tabs() -> None:
    data = b'{\n\t"apiVersion": "apps/v1",\n\t"kind": "Deployment",\n\t"metadata": {"name": "d"}\n}'
    project = read_rendered(data, file="d.json", name="d")
    assert addresses(project) == ["Deployment/default/d"]


def test_every_value_knows_where_it_stands() -> None:
    [pod] = read(
        "# first\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  nodeSelector:\n    x: 'y'\n"
    ).resources
    assert str(pod.span) == "m.yaml:2:1"
    assert str(pod.where(("spec", "nodeSelector", "x"))) == "m.yaml:8:5"
    assert str(pod.where(("spec", "nodeSelector", "missing"))) == "m.yaml:7:3"


def test_merge_keys_bring_what_the_anchor_holds() -> None:
    project = read(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  one: &one {cpu: 1}\n  two: {<<: *one, memory: 2}\n"
    )
    assert project.resources[0].value("spec", "two") == {"cpu": 1, "memory": 2}


def test_a_broken_document_costs_the_others_nothing() -> None:
    project = read(POD % "a" + "---\nkind: [\n---\n" + POD % "b")
    assert addresses(project) == ["Pod/default/a", "Pod/default/b"]
    [problem] = project.problems
    assert (problem.level, problem.code) == (Level.ERROR, "syntax-error")
    assert not project.complete


def test_a_key_that_stands_twice_is_told() -> None:
    [problem] = read(POD % "a" + "kind: Pod\n").problems
    assert problem.code == "duplicate-key"
    assert problem.span is not None
    assert problem.span.line == 4


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["apiVersion: v1", "kind: ConfigMap", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    [problem] = read("\n".join(lines)).problems
    assert "repeat" in problem.message


def test_placeholders_are_unknown_and_scripts_are_not() -> None:
    [pod] = read(POD % "a" + "spec:\n  replicas: ${N}\n  other: '{{ x }}'\n  args: ['echo ${HOME}']\n").resources
    assert isinstance(pod.value("spec", "replicas"), Unknown)
    assert pod.value("spec", "replicas").waits_for == ("N",)
    assert isinstance(pod.value("spec", "other"), Unknown)
    assert pod.value("spec", "args") == ["echo ${HOME}"]


def test_what_a_secret_holds_is_not_kept() -> None:
    [secret] = read(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {token: aHVzaA==}\nstringData: {a: b}\n"
    ).resources
    assert "aHVzaA" not in repr(secret.values)
    assert secret.value("stringData") is None


def test_a_namespace_and_a_pod_template_lend_their_labels() -> None:
    project = read(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: ml, labels: {team: ml, env: prod}}\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: ml, labels: {env: dev}}\n"
        "spec: {template: {metadata: {labels: {app: d}}, spec: {containers: []}}}\n"
    )
    assert project.resources[1].tags.effective == {"team": "ml", "env": "dev", "app": "d"}
    assert project.resources[1].tags.own == {"env": "dev"}


def test_an_autoscaler_refers_to_what_it_scales() -> None:
    project = read(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n---\n"
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: s}\nspec: {scaleTargetRef: {name: d}}\n"
    )
    assert [e.target for e in project.resources[1].references] == ["Deployment/default/d"]


def test_an_object_whose_kind_is_encrypted_is_told_and_not_taken_for_a_type() -> None:
    text = "apiVersion: ENC[AES256_GCM,data:Wro=]\nkind: ENC[AES256_GCM,data:abc=]\nsops: {version: 3.9.0}\n"
    project = read_rendered(text.encode(), file="m.yaml", name="m")
    assert project.resources == ()
    assert [p.code for p in project.problems] == ["encrypted"]


def test_an_object_written_twice_keeps_two_addresses() -> None:
    project = read(POD % "a" + "---\n" + POD % "a")
    assert addresses(project) == ["Pod/default/a", 'Pod/default/a["m.yaml"]']
    assert [p.code for p in project.problems] == ["object-repeated"]


def test_definitions_are_noted_by_name_and_lines_below_stay_right() -> None:
    crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n"
    crd += "  name: things.example.com\nspec:\n  group: x\n"
    project = read(crd + "---\n" + POD % "a")
    assert addresses(project) == ["CustomResourceDefinition/things.example.com", "Pod/default/a"]
    assert project.resources[1].span.line == 8


def test_the_raw_templates_of_a_chart_are_one_notice(tmp_path: Path) -> None:
    files = written(
        tmp_path,
        {
            "c/templates/a.yaml": "apiVersion: v1\nkind: Pod\n{{ if .Values.x }}\n",
            "c/templates/b.yaml": "apiVersion: v1\nkind: Pod\n{{ end }}\n",
        },
    )
    (tmp_path / "c" / "Chart.yaml").write_text("name: c\n", "utf-8")
    [group] = groups(files, str(tmp_path), str(tmp_path))
    project = read_manifests(group, name="c")
    [problem] = project.problems
    assert (problem.level, problem.code, project.complete) == (Level.NOTICE, "helm-chart", True)
    assert "--helm" in problem.hint


def test_a_template_outside_a_chart_is_a_notice_not_a_fault() -> None:
    [problem] = read("apiVersion: v1\nkind: Pod\n{{- if .Values.on }}\nx: 1\n{{- end }}\n").problems
    assert (problem.level, problem.code) == (Level.NOTICE, "template")


# Projects


def test_overlays_are_projects_and_their_base_is_none(tmp_path: Path) -> None:
    files = written(
        tmp_path,
        {
            "base/kustomization.yaml": "resources: [pod.yaml]\n",
            "base/pod.yaml": POD % "a",
            "dev/kustomization.yaml": "resources: [../base]\nnamespace: dev\ncommonLabels: {team: ml}\n",
            "prod/kustomization.yaml": "resources: [../base]\nnamespace: prod\nhelmCharts: [{name: a}]\n",
            "loose.yaml": POD % "b",
        },
    )
    found = {Path(g.path).name: g for g in groups(files, str(tmp_path), str(tmp_path))}
    assert set(found) == {"dev", "prod", tmp_path.name}
    dev = read_manifests(found["dev"], name="dev")
    assert addresses(dev) == ["Pod/dev/a"]
    assert dev.resources[0].tags.effective == {"team": "ml"}
    prod = read_manifests(found["prod"], name="prod")
    assert addresses(prod) == ["Pod/prod/a"]
    assert [p.code for p in prod.problems] == ["kustomize-patches"]


def test_an_overlay_named_alone_has_the_base_beside_it(tmp_path: Path) -> None:
    written(tmp_path, {"base/kustomization.yaml": "resources: [pod.yaml]\n", "base/pod.yaml": POD % "a"})
    files = written(
        tmp_path / "overlays",
        {
            "dev/kustomization.yaml": "resources: [../../base]\nnamespace: dev\n",
            "prod/kustomization.yaml": "resources: [../../base]\nnamespace: prod\n",
        },
    )
    found = groups(files, str(tmp_path / "overlays"), str(tmp_path))
    assert [addresses(read_manifests(g, name=g.path)) for g in found] == [["Pod/dev/a"], ["Pod/prod/a"]]


def test_kustomizations_that_name_each_other_end(tmp_path: Path) -> None:
    files = written(
        tmp_path, {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"}
    )
    assert list(groups(files, str(tmp_path), str(tmp_path))) == []


def test_no_kustomization_leads_out_of_the_project(tmp_path: Path) -> None:
    inside = tmp_path / "repository"
    files = written(inside, {"kustomization.yaml": "resources: [../secret.yaml]\n"})
    written(tmp_path, {"secret.yaml": POD % "a"})
    assert [g.files for g in groups(files, str(inside), str(inside))] == [()]


def test_at_the_top_of_a_repository_each_folder_is_a_project(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    files = written(tmp_path, {"shop/a.yaml": POD % "a", "shop/deep/b.yaml": POD % "b", "infra/c.yaml": POD % "c"})
    found = {Path(g.path).name: len(g.files) for g in groups(files, str(tmp_path), str(tmp_path))}
    assert found == {"shop": 2, "infra": 1}


def test_what_an_appwrapper_wraps_is_read_too(tmp_path: Path) -> None:
    text = """\
apiVersion: workload.codeflare.dev/v1beta2
kind: AppWrapper
metadata: {name: tune}
spec:
  components:
    - template:
        apiVersion: batch/v1
        kind: Job
        metadata: {name: tune}
        spec: {template: {spec: {containers: [{name: a}]}}}
    - template: {metadata: {name: broken}}
"""
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    found = read_manifests(Group(str(tmp_path), (str(tmp_path / "a.yaml"),)), name="x")
    assert addresses(found) == ["AppWrapper/default/tune", "Job/default/tune"]
    assert found.resources[1].span.line == 7
