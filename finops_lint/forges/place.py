"""A CI's environment variables and the user's options to the place a comment belongs, and the way there.

The variables are those each CI documents: GitHub Actions "default variables", GitLab "predefined CI/CD variables",
Bitbucket Pipelines "default variables", Azure Pipelines "predefined variables".
"""

from __future__ import annotations

import base64
import json
import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from finops_lint.forges.azure import AzureDevOps
from finops_lint.forges.bitbucket import BitbucketCloud, BitbucketServer
from finops_lint.forges.client import TIMEOUT, Client, ForgeError
from finops_lint.forges.forge import Forge, number_at, text_at
from finops_lint.forges.github import GitHub
from finops_lint.forges.gitlab import GitLab
from finops_lint.model.records import record, replace
from finops_lint.network import Patience

GITHUB, GITLAB, BITBUCKET, AZURE = "github", "gitlab", "bitbucket", "azure"
LIMITS = {
    GITHUB: GitHub.limit,
    GITLAB: GitLab.limit,
    BITBUCKET: BitbucketCloud.limit,
    AZURE: AzureDevOps.limit,
}
"""Bytes a comment may have."""
MOST_EVENT = 8 << 20
"""Bytes of GitHub's event file; the events themselves are held to 25 MB, a pull request's to far less."""
_NAMES = {
    GITHUB: ("pull request", "GITHUB_REPOSITORY", "GITHUB_EVENT_PATH or GITHUB_REF", "GITHUB_API_URL"),
    GITLAB: ("merge request", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID", "CI_API_V4_URL"),
    BITBUCKET: ("pull request", "BITBUCKET_REPO_FULL_NAME", "BITBUCKET_PR_ID", "BITBUCKET_API_URL"),
    AZURE: (
        "pull request", "SYSTEM_TEAMPROJECT and BUILD_REPOSITORY_ID", "SYSTEM_PULLREQUEST_PULLREQUESTID",
        "SYSTEM_COLLECTIONURI",
    ),
}  # fmt: skip
_TOKENS = {
    GITHUB: ("GITHUB_TOKEN", "GH_TOKEN"),
    GITLAB: ("GITLAB_TOKEN",),
    BITBUCKET: ("BITBUCKET_TOKEN",),
    AZURE: ("SYSTEM_ACCESSTOKEN", "AZURE_DEVOPS_EXT_PAT"),
}
_RIGHTS = {
    GITHUB: "pull-requests: write",
    GITLAB: "the scope api and the role Reporter or above; CI_JOB_TOKEN may not comment",
    BITBUCKET: "pullrequest:write",
    AZURE: "Contribute to pull requests",
}


@record(frozen=True, slots=True)
class Place:
    """Where a comment goes, and where its links point. What is not known is empty."""

    kind: str
    api: str = ""
    """The API's address, without a slash at its end."""
    repository: str = ""
    number: int = 0
    head: str = ""
    """`owner:branch` of a change whose number the event does not tell, at GitHub."""
    web: str = ""
    """The repository as a person sees it."""
    commit: str = ""
    """The change's last commit."""
    job: str = ""
    """The page of the run."""
    folder: str = ""
    """Where in the repository the files' names begin, with a slash at its end; empty at its top."""

    @property
    def is_server(self) -> bool:
        """Whether this is a Bitbucket of one's own, whose API is another."""
        return self.kind == BITBUCKET and not self.api.endswith("/2.0")

    def link(self, file: str, line: int) -> str:
        """The page of a line at the commit; empty where it is not known, or the file lies outside."""
        if not self.web or not self.commit or re.match(r"/|[A-Za-z]:|-$", file):
            return ""
        inside = posixpath.normpath(self.folder + file)
        if inside.startswith(".."):
            return ""
        path = quote(inside)
        match self.kind:
            case "github":
                return f"{self.web}/blob/{self.commit}/{path}#L{line}"
            case "gitlab":
                return f"{self.web}/-/blob/{self.commit}/{path}#L{line}"
            case "bitbucket" if self.is_server:
                return f"{self.web}/browse/{path}?at={self.commit}#{line}"
            case "bitbucket":
                return f"{self.web}/src/{self.commit}/{path}#lines-{line}"
            case _:
                end = f"lineEnd={line + 1}&lineStartColumn=1&lineEndColumn=1"
                return f"{self.web}?path=/{path}&version=GC{self.commit}&line={line}&{end}"


def place_of(
    kind: str, environment: Mapping[str, str], *, repository: str = "", number: int = 0, api: str = ""
) -> Place:
    """The place that options and environment name; an option wins.

    Raises:
        ForgeError: An address that is none.
    """
    make: Callable[[Mapping[str, str]], Place] = {
        GITHUB: _github,
        GITLAB: _gitlab,
        BITBUCKET: _bitbucket,
        AZURE: _azure,
    }[kind]
    try:
        found = make({**environment, **_overriding(kind, repository, api)})
    except ValueError:
        raise _no_address() from None
    if repository and repository != found.repository:
        found = replace(found, repository=repository)
    if number and number != found.number:
        found = replace(found, number=number, head="")
    return replace(
        found,
        api=_address(found.api) if found.api else "",
        web=_shown_address(found.web),
        job=_shown_address(found.job),
        commit=found.commit if re.fullmatch(r"[0-9a-fA-F]{7,64}", found.commit) else "",
    )


def check_complete(place: Place) -> None:
    """Refuse a place that nobody can post to.

    Raises:
        ForgeError: The repository or the number is not known.
    """
    request, repository, number, api = _NAMES[place.kind]
    if not place.repository:
        raise ForgeError("no repository is named", hint=f"--repository names it, or the CI's {repository}")
    if not place.number and not place.head:
        raise ForgeError(
            f"no {request} is named: is this a run for one?", hint=f"--pull-request names it, or the CI's {number}"
        )
    if not place.api:
        raise ForgeError("the API's address is not known", hint=f"--api-url names it, or the CI's {api}")


def token_of(kind: str, environment: Mapping[str, str], file: str = "") -> str:
    """The token, from `file` or the environment; never from the command line, where every process could read it.

    Raises:
        ForgeError: There is none, or it is none.
        OSError: The file cannot be read.
    """
    names = _TOKENS[kind]
    if file:
        with Path(file).open("rb") as stream:
            token = stream.read(16_384).decode("utf-8", "replace").strip()
    else:
        token = next((environment[name].strip() for name in names if environment.get(name, "").strip()), "")
    if not token:
        where = f"{file} is empty" if file else f"there is no token: {' or '.join(names)} is not set"
        raise ForgeError(where, hint=f"it needs {_RIGHTS[kind]}; --dry-run prints the comment without one")
    if not re.fullmatch(r"[!-~]+", token):
        raise ForgeError("the token holds a space or a character that no token has", hint="was it cut or quoted?")
    return token


def forge_at(
    place: Place, token: str, patience: Patience, timeout: tuple[float, float] = TIMEOUT
) -> tuple[Forge, Client]:
    """The forge, and its connections for whoever closes them; at GitHub the number is looked up where need be.

    Raises:
        ForgeError: There is no such pull request.
    """
    client = Client(
        place.api,
        authorization=_authorization(place.kind, token),
        secret=token,
        patience=patience,
        hints=lambda status: _hint(place.kind, status),
        timeout=timeout,
    )
    match place.kind:
        case "github":
            if not place.number:
                place = replace(place, number=_looked_up(client, place))
            return GitHub(client, place.repository, place.number), client
        case "gitlab":
            return GitLab(client, place.repository, place.number), client
        case "bitbucket" if place.is_server:
            return BitbucketServer(client, place.repository, place.number), client
        case "bitbucket":
            return BitbucketCloud(client, place.repository, place.number), client
        case _:
            return AzureDevOps(client, place.repository, place.number), client


def _looked_up(client: Client, place: Place) -> int:
    number = GitHub(client, place.repository, 0).pull_request_of(place.head, place.commit)
    if not number:
        raise ForgeError(
            f"no open pull request from {place.head} ends with the commit of this run", hint="--pull-request names it"
        )
    return number


def _authorization(kind: str, token: str) -> dict[str, str]:
    """The header each forge wants: a pair `user:password` and Azure's personal tokens go as Basic."""
    if kind == GITLAB:
        return {"PRIVATE-TOKEN": token}
    if kind == BITBUCKET and ":" in token:
        return {"Authorization": f"Basic {_base64(token)}"}
    if kind == AZURE and token.count(".") != 2:  # a job's own token is a JWT
        return {"Authorization": f"Basic {_base64(':' + token)}"}
    extra = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"} if kind == GITHUB else {}
    return {"Authorization": f"Bearer {token}", **extra}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _hint(kind: str, status: int) -> str:
    request = _NAMES[kind][0]
    match status:
        case 401:
            return f"the token ({' or '.join(_TOKENS[kind])}) is not accepted: is it this forge's, and not expired?"
        case 403:
            return (
                f"the token lacks the right: {_RIGHTS[kind]}. A fork's run has none: save the change there with"
                " `diff --format json=report.json` and post it with `comment --report` in a job of this repository"
            )
        case 404:
            return f"there is no such repository or {request}, or the token may not see it"
        case 409 | 422:
            return f"is the {request} still open, and its conversation not locked?"
        case _:
            return ""


def _overriding(kind: str, repository: str, api: str) -> dict[str, str]:
    """Options as the variables they stand for, so that links follow them."""
    names = {
        GITHUB: ("GITHUB_REPOSITORY", "GITHUB_API_URL"),
        GITLAB: ("", "CI_API_V4_URL"),
        BITBUCKET: ("BITBUCKET_REPO_FULL_NAME", "BITBUCKET_API_URL"),
        AZURE: ("", "SYSTEM_COLLECTIONURI"),
    }[kind]
    given = dict(zip(names, (repository, api), strict=True))
    if api and kind == GITHUB:
        given["GITHUB_SERVER_URL"] = _github_web(api)
    return {name: value for name, value in given.items() if name and value}


def _shown_address(url: str) -> str:
    """Of a page that a comment points to: without it there is no link, and no harm."""
    try:
        return _address(url)
    except ForgeError:
        return ""


def _address(url: str) -> str:
    """`url` without a user's name or a slash at its end."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        host, parts, port = "", urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or not re.fullmatch(r"[!-~]+", url.strip()):
        raise _no_address()
    name = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, name + port, parts.path.rstrip("/"), parts.query, ""))


def _no_address() -> ForgeError:
    return ForgeError("the address of the API or of the repository is none", hint="https://host/path is one")


# GitHub


def _github(env: Mapping[str, str]) -> Place:
    server = env.get("GITHUB_SERVER_URL") or "https://github.com"
    repository = env.get("GITHUB_REPOSITORY", "")
    event = _event(env.get("GITHUB_EVENT_PATH", ""))
    run = event.get("workflow_run")
    web = f"{server.rstrip('/')}/{repository}" if repository else ""
    ref = re.fullmatch(r"refs/pull/(\d+)/(?:merge|head)", env.get("GITHUB_REF", ""))
    number = number_at(event, "pull_request", "number") or number_at(event, "issue", "number")
    if isinstance(run, dict) and not number:
        requests = run.get("pull_requests")
        number = number_at(requests[0], "number") if isinstance(requests, list) and len(requests) == 1 else 0
    return Place(
        GITHUB,
        api=env.get("GITHUB_API_URL") or _github_api(server),
        repository=repository,
        number=number or (int(ref[1]) if ref else 0),
        head=_head(run) if not number else "",
        web=web,
        commit=text_at(event, "pull_request", "head", "sha") or text_at(run, "head_sha") or env.get("GITHUB_SHA", ""),
        job=f"{web}/actions/runs/{env['GITHUB_RUN_ID']}" if web and env.get("GITHUB_RUN_ID") else "",
    )


def _head(run: object) -> str:
    """`owner:branch` of a finished run: that of a fork's change does not name its pull request."""
    owner, branch = text_at(run, "head_repository", "owner", "login"), text_at(run, "head_branch")
    return f"{owner}:{branch}" if owner and branch else ""


def _event(path: str) -> dict[str, Any]:
    """The event that started the run; empty where there is none that can be read."""
    try:
        with Path(path).open("rb") as stream:
            document = json.loads(stream.read(MOST_EVENT)) if path else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def labels_of_event(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The labels that the pull request had when GitHub started the run; none where it is a run for something else."""
    event = _event(environment.get("GITHUB_EVENT_PATH", ""))
    request = event.get("pull_request") or event.get("issue")  # a comment on it is an event of its issue
    labels = request.get("labels") if isinstance(request, dict) else None
    return tuple(name for label in labels if (name := text_at(label, "name"))) if isinstance(labels, list) else ()


def _github_api(server: str) -> str:
    host = urlsplit(server)
    if host.hostname == "github.com":
        return "https://api.github.com"
    if (host.hostname or "").endswith(".ghe.com"):
        return f"{host.scheme}://api.{host.netloc}"
    return f"{server.rstrip('/')}/api/v3"


def _github_web(api: str) -> str:
    """The server of an API's address, the reverse of `_github_api`."""
    parts = urlsplit(api)
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"


# GitLab


def _gitlab(env: Mapping[str, str]) -> Place:
    server = env.get("CI_SERVER_URL", "").rstrip("/")
    opened = re.match(r"([^,!]+)!(\d+)", env.get("CI_OPEN_MERGE_REQUESTS", ""))
    number = env.get("CI_MERGE_REQUEST_IID", "")
    return Place(
        GITLAB,
        api=env.get("CI_API_V4_URL") or (f"{server}/api/v4" if server else "https://gitlab.com/api/v4"),
        repository=env.get("CI_MERGE_REQUEST_PROJECT_ID")
        or (opened[1] if opened and not number else "")
        or env.get("CI_PROJECT_ID")
        or env.get("CI_PROJECT_PATH", ""),
        number=int(number) if number.isdecimal() else int(opened[2]) if opened else 0,
        web=env.get("CI_MERGE_REQUEST_SOURCE_PROJECT_URL") or env.get("CI_PROJECT_URL", ""),
        commit=env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or env.get("CI_COMMIT_SHA", ""),
        job=env.get("CI_JOB_URL", ""),
    )


# Bitbucket


def _bitbucket(env: Mapping[str, str]) -> Place:
    workspace, slug = env.get("BITBUCKET_WORKSPACE", ""), env.get("BITBUCKET_REPO_SLUG", "")
    repository = env.get("BITBUCKET_REPO_FULL_NAME") or (f"{workspace}/{slug}" if workspace and slug else "")
    number, build = env.get("BITBUCKET_PR_ID", ""), env.get("BITBUCKET_BUILD_NUMBER", "")
    api = (env.get("BITBUCKET_API_URL") or "https://api.bitbucket.org/2.0").rstrip("/")
    is_cloud = api.endswith("/2.0")
    if not is_cloud and "/rest/api/" not in api:
        api = f"{api}/rest/api/1.0"
    project, _, name = repository.partition("/")
    server = api.partition("/rest/api/")[0]
    web = f"https://bitbucket.org/{repository}" if is_cloud else f"{server}/projects/{project}/repos/{name}"
    return Place(
        BITBUCKET,
        api=api,
        repository=repository,
        number=int(number) if number.isdecimal() else 0,
        web=web if repository else "",
        commit=env.get("BITBUCKET_COMMIT", ""),
        job=f"{web}/pipelines/results/{build}" if build.isdecimal() and repository and is_cloud else "",
    )


# Azure DevOps


def _azure(env: Mapping[str, str]) -> Place:
    provider = env.get("BUILD_REPOSITORY_PROVIDER", "TfsGit")
    if provider.lower().startswith(("github", "bitbucket")):
        raise ForgeError(
            f"this repository is at {provider}, not at Azure DevOps", hint="`comment github` or `comment bitbucket`"
        )
    collection = (env.get("SYSTEM_COLLECTIONURI") or env.get("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "")).rstrip("/")
    project = env.get("SYSTEM_TEAMPROJECT", "")
    name = env.get("BUILD_REPOSITORY_ID") or env.get("BUILD_REPOSITORY_NAME", "")
    number, build = env.get("SYSTEM_PULLREQUEST_PULLREQUESTID", ""), env.get("BUILD_BUILDID", "")
    return Place(
        AZURE,
        api=collection,
        repository=f"{project}/{name}" if project and name else "",
        number=int(number) if number.isdecimal() else 0,
        web=env.get("BUILD_REPOSITORY_URI", ""),
        commit=env.get("SYSTEM_PULLREQUEST_SOURCECOMMITID") or env.get("BUILD_SOURCEVERSION", ""),
        job=f"{collection}/{quote(project)}/_build/results?buildId={build}" if build.isdecimal() and project else "",
    )
