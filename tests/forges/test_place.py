"""Where a comment goes and where its links point, from what each CI says of its run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from finops_lint.forges.client import ForgeError
from finops_lint.forges.place import check_complete, place_of, token_of
from tests.forges.stand_in import TOKEN, StandIn

SHA = "0123456789abcdef0123456789abcdef01234567"


def event(folder: Path, document: object) -> str:
    file = folder / "event.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return str(file)


def test_a_workflow_of_github(tmp_path: Path) -> None:
    """The checked-out commit is a merge that nobody else sees; links lead to the last commit of the change."""
    environment = {
        "GITHUB_REPOSITORY": "acme/infra",
        "GITHUB_API_URL": "https://api.github.com",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REF": "refs/pull/12/merge",
        "GITHUB_SHA": "f" * 40,
        "GITHUB_RUN_ID": "99",
        "GITHUB_EVENT_PATH": event(tmp_path, {"pull_request": {"number": 12, "head": {"sha": SHA}}}),
    }
    place = place_of("github", environment)
    assert (place.api, place.repository, place.number) == ("https://api.github.com", "acme/infra", 12)
    assert place.link("a b/main.tf", 3) == f"https://github.com/acme/infra/blob/{SHA}/a%20b/main.tf#L3"
    assert place.job == "https://github.com/acme/infra/actions/runs/99"


@pytest.mark.parametrize(
    "document", ["", "{", "[]", "3", '{"pull_request": 3}', '{"workflow_run": {"pull_requests": [3]}}']
)
def test_an_event_that_cannot_be_read_leaves_the_ref(tmp_path: Path, document: str) -> None:
    environment = {"GITHUB_EVENT_PATH": event(tmp_path, document), "GITHUB_REF": "refs/pull/12/merge"}
    assert place_of("github", environment).number == 12


@pytest.mark.parametrize(
    ("environment", "api"),
    [
        ({}, "https://api.github.com"),
        ({"GITHUB_SERVER_URL": "https://git.acme.example"}, "https://git.acme.example/api/v3"),
        ({"GITHUB_SERVER_URL": "https://acme.ghe.com"}, "https://api.acme.ghe.com"),
        ({"GITHUB_API_URL": "https://git.acme.example/api/v3/"}, "https://git.acme.example/api/v3"),
    ],
)
def test_the_api_of_each_github(environment: dict[str, str], api: str) -> None:
    assert place_of("github", environment).api == api


def test_a_merge_request_of_gitlab_from_a_fork() -> None:
    """Its pipeline runs in the fork; the request is the target's."""
    place = place_of(
        "gitlab",
        {
            "CI_API_V4_URL": "https://git.acme.example/api/v4",
            "CI_PROJECT_ID": "2",
            "CI_MERGE_REQUEST_PROJECT_ID": "1",
            "CI_MERGE_REQUEST_IID": "5",
            "CI_PROJECT_URL": "https://git.acme.example/ann/infra",
            "CI_COMMIT_SHA": SHA,
            "CI_JOB_URL": "https://git.acme.example/ann/infra/-/jobs/8",
        },
    )
    assert (place.api, place.repository, place.number) == ("https://git.acme.example/api/v4", "1", 5)
    assert place.link("main.tf", 3) == f"https://git.acme.example/ann/infra/-/blob/{SHA}/main.tf#L3"


def test_a_branch_pipeline_of_gitlab_with_an_open_merge_request() -> None:
    environment = {"CI_OPEN_MERGE_REQUESTS": "acme/infra!5,ann/infra!6", "CI_PROJECT_ID": "2"}
    place = place_of("gitlab", environment)
    assert (place.repository, place.number) == ("acme/infra", 5)


def test_a_pipeline_of_bitbucket() -> None:
    environment = {
        "BITBUCKET_WORKSPACE": "acme",
        "BITBUCKET_REPO_SLUG": "infra",
        "BITBUCKET_PR_ID": "4",
        "BITBUCKET_COMMIT": SHA,
        "BITBUCKET_BUILD_NUMBER": "31",
    }
    place = place_of("bitbucket", environment)
    assert (place.api, place.repository, place.number) == ("https://api.bitbucket.org/2.0", "acme/infra", 4)
    assert place.link("main.tf", 3) == f"https://bitbucket.org/acme/infra/src/{SHA}/main.tf#lines-3"
    assert place.job == "https://bitbucket.org/acme/infra/pipelines/results/31"


def test_a_bitbucket_of_ones_own() -> None:
    environment = {"BITBUCKET_COMMIT": SHA}
    place = place_of("bitbucket", environment, repository="ACME/infra", number=4, api="https://git.acme.example/bb")
    assert place.is_server
    assert place.api == "https://git.acme.example/bb/rest/api/1.0"
    assert place.link("main.tf", 3) == (
        f"https://git.acme.example/bb/projects/ACME/repos/infra/browse/main.tf?at={SHA}#3"
    )


def test_what_the_user_names_goes_before_what_the_run_tells(tmp_path: Path) -> None:
    """A finished run of a fork knows a branch only; it is not looked for where the number is given."""
    run = {"head_repository": {"owner": {"login": "ann"}}, "head_branch": "cheaper", "head_sha": SHA}
    environment = {
        "GITHUB_REPOSITORY": "acme/infra",
        "GITHUB_EVENT_PATH": event(tmp_path, {"workflow_run": {**run, "pull_requests": []}}),
    }
    found = place_of("github", environment)
    assert (found.repository, found.number, found.head) == ("acme/infra", 0, "ann:cheaper")
    named = place_of("github", environment, repository="acme/shop", number=9)
    assert (named.repository, named.number, named.head) == ("acme/shop", 9, "")
    pull_request = {"GITHUB_REF": "refs/pull/12/merge"}
    assert place_of("github", pull_request, number=9).number == 9
    assert place_of("github", pull_request).number == 12


def test_a_pipeline_of_azure() -> None:
    """BUILD_REPOSITORY_URI names the organization as a user; in a link that would ask for a password."""
    environment = {
        "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
        "SYSTEM_TEAMPROJECT": "shop",
        "BUILD_REPOSITORY_ID": "3411ebc1",
        "BUILD_REPOSITORY_URI": "https://acme@dev.azure.com/acme/shop/_git/infra",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "22",
        "SYSTEM_PULLREQUEST_SOURCECOMMITID": SHA,
        "BUILD_BUILDID": "77",
    }
    place = place_of("azure", environment)
    assert (place.api, place.repository, place.number) == ("https://dev.azure.com/acme", "shop/3411ebc1", 22)
    assert place.link("main.tf", 3) == (
        f"https://dev.azure.com/acme/shop/_git/infra?path=/main.tf&version=GC{SHA}"
        "&line=3&lineEnd=4&lineStartColumn=1&lineEndColumn=1"
    )
    assert place.job == "https://dev.azure.com/acme/shop/_build/results?buildId=77"


def test_an_azure_pipeline_over_a_github_repository_says_so() -> None:
    with pytest.raises(ForgeError, match="is at GitHub"):
        place_of("azure", {"BUILD_REPOSITORY_PROVIDER": "GitHub"})


@pytest.mark.parametrize("file", ["/etc/passwd", "../other/main.tf", "C:/main.tf", "-"])
def test_what_lies_outside_the_repository_has_no_link(file: str) -> None:
    assert place_of("github", {"GITHUB_REPOSITORY": "acme/infra", "GITHUB_SHA": SHA}).link(file, 1) == ""


@pytest.mark.parametrize(
    ("folder", "file", "path"),
    [
        ("", "./main.tf", "main.tf"),
        ("stacks/web/", "main.tf", "stacks/web/main.tf"),
        ("stacks/web/", "../db/main.tf", "stacks/db/main.tf"),
        ("stacks/", "a#b?.tf", "stacks/a%23b%3F.tf"),
    ],
)
def test_a_link_begins_at_the_top_of_the_repository(folder: str, file: str, path: str) -> None:
    place = place_of("github", {"GITHUB_REPOSITORY": "acme/infra", "GITHUB_SHA": SHA})
    assert replace(place, folder=folder).link(file, 1) == f"https://github.com/acme/infra/blob/{SHA}/{path}#L1"


@pytest.mark.parametrize("commit", ["", "main", "../../x", "0123", f"{SHA}\n"])
def test_what_is_no_commit_has_no_link(commit: str) -> None:
    assert place_of("github", {"GITHUB_REPOSITORY": "acme/infra", "GITHUB_SHA": commit}).link("main.tf", 1) == ""


@pytest.mark.parametrize("url", ["file:///etc", "ftp://x", "https://", "//host", "https://[::1", "https://a b/", "x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ForgeError, match="is none"):
        place_of("github", {}, api=url)


def test_a_password_in_an_address_is_left_out() -> None:
    assert (
        place_of("gitlab", {}, api="https://ann:secret@git.acme.example/api/v4").api
        == "https://git.acme.example/api/v4"
    )


@pytest.mark.parametrize(
    ("kind", "environment", "complaint"),
    [
        ("github", {}, "no repository is named"),
        ("github", {"GITHUB_REPOSITORY": "acme/infra", "GITHUB_REF": "refs/heads/main"}, "no pull request is named"),
        ("gitlab", {"CI_PROJECT_ID": "1"}, "no merge request is named"),
        (
            "azure",
            {"SYSTEM_TEAMPROJECT": "a", "BUILD_REPOSITORY_ID": "b", "SYSTEM_PULLREQUEST_PULLREQUESTID": "1"},
            "address",
        ),
    ],
)
def test_what_is_missing_is_named(kind: str, environment: dict[str, str], complaint: str) -> None:
    with pytest.raises(ForgeError, match=complaint) as error:
        check_complete(place_of(kind, environment))
    assert "--" in error.value.hint


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "GH_TOKEN"])
def test_a_token_is_read_from_the_environment(name: str) -> None:
    assert token_of("github", {name: f" {TOKEN}\n"}) == TOKEN


def test_a_token_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n", "utf-8")
    assert token_of("github", {"GITHUB_TOKEN": "another"}, str(tmp_path / "token")) == TOKEN


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "naïve", "a\x00b"])
def test_what_is_no_token_is_not_repeated(token: str) -> None:
    with pytest.raises(ForgeError, match="no token has") as error:
        token_of("github", {"GITHUB_TOKEN": token})
    assert token not in str(error.value)


def test_without_a_token_the_variable_is_named() -> None:
    with pytest.raises(ForgeError, match="GITLAB_TOKEN is not set") as error:
        token_of("gitlab", {"GITLAB_TOKEN": "  "})
    assert "--dry-run" in error.value.hint


def test_the_job_after_a_forks_run_finds_the_pull_request_by_its_branch(tmp_path: Path, github: StandIn) -> None:
    """A workflow_run event names no pull request where the change comes from a fork."""
    from contextlib import closing

    from finops_lint.forges.place import forge_at
    from finops_lint.network import Patience

    run = {
        "head_sha": SHA,
        "head_branch": "cheaper",
        "head_repository": {"owner": {"login": "ann"}},
        "pull_requests": [],
    }
    environment = {"GITHUB_REPOSITORY": "acme/infra", "GITHUB_EVENT_PATH": event(tmp_path, {"workflow_run": run})}
    place = place_of("github", environment, api=github.api)
    assert (place.number, place.head, place.commit) == (0, "ann:cheaper", SHA)
    github.pulls = [{"number": 7, "head": {"sha": SHA}}, {"number": 8, "head": {"sha": "f" * 40}}]
    check_complete(place)
    there, client = forge_at(place, TOKEN, Patience(list[float]().append))
    with closing(client):
        there.create("hello")
    assert github.bodies == ["hello"]
    assert ("GET", "/repos/acme/infra/pulls?state=open&per_page=100&head=ann%3Acheaper") in github.asked
    github.pulls = []
    with pytest.raises(ForgeError, match="no open pull request from ann:cheaper"):
        forge_at(place, TOKEN, Patience(list[float]().append))
