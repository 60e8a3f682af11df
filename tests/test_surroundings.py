"""What the projects of a run know of one another: the same whatever was read before, so that no process differs."""

from __future__ import annotations

from pathlib import Path

from finops_lint.model.project import Project
from finops_lint.model.resource import Resource
from finops_lint.model.span import Span
from finops_lint.readers.discover import ProjectPath
from finops_lint.surroundings import Surroundings


def nodes(project: str) -> Resource:
    """A node group."""
    where = Span(f"{project}/main.tf", 1)
    address = f"aws_eks_node_group.{project}"
    return Resource(address, "aws_eks_node_group", project, "aws", "terraform", project, "us-east-1", {}, where)


def test_projects_that_only_speak_of_clusters_take_no_place_whether_they_were_read_or_not(tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(8)]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text("# for eks", "utf-8")
    code = [ProjectPath("terraform", str(tmp_path / name), name, str(tmp_path)) for name in names]
    pods = ProjectPath("kubernetes", str(tmp_path / "app"), "app", str(tmp_path))

    def read(path: ProjectPath) -> Project:
        # The first six only mention a cluster.
        return Project(path.name, path.path, "terraform", (nodes(path.name),) if path.name > "p5" else ())

    fresh, experienced = (Surroundings([*code, pods], read) for _ in range(2))
    for path in code:
        experienced.keep(path, read(path))
    expected = ["aws_eks_node_group.p6", "aws_eks_node_group.p7"]
    assert [r.address for r in fresh.of(pods)] == expected
    assert [r.address for r in experienced.of(pods)] == expected
