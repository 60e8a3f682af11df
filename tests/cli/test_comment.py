"""`comment` as a pipeline meets it: what is posted, what is printed, and how each run ends."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import finops_lint
from tests.cli.test_commands import INSTANCE, Terminal, lint, write
from tests.forges.stand_in import TOKEN, Fault, StandIn, served

__all__ = ["lint"]
"""The fixture, under the name pytest looks for."""

CI = re.compile(r"^(GITHUB|GH|CI|GITLAB|BITBUCKET|SYSTEM|BUILD|AZURE|FINOPS_LINT)(_|$)")
SAMPLE = [
    str(Path(finops_lint.__file__).parents[1] / "sample_iac" / "terraform" / side) for side in ("before", "after")
]
LARGER = INSTANCE.replace("100", "300")
"""300 GB × $0.10 = $30.00: $20.00 more."""


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if CI.match(name):
            monkeypatch.delenv(name)


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A run of GitHub's for pull request 7."""
    with served(StandIn("github")) as stand_in:
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        monkeypatch.setenv("GITHUB_API_URL", stand_in.api)
        monkeypatch.setenv("GITHUB_REPOSITORY", "acme/infra")
        monkeypatch.setenv("GITHUB_REF", "refs/pull/7/merge")
        yield stand_in


@pytest.fixture
def sides(lint: Terminal) -> tuple[str, str]:
    """Before and after."""
    write("old/main.tf", INSTANCE)
    write("new/main.tf", LARGER)
    return "old", "new"


def saved(lint: Terminal, *sides: str) -> str:
    ended = lint("diff", *sides, "--format", "json=report.json")
    assert ended.code in (0, 1)
    return "report.json"


def test_a_dry_run_prints_the_comment_and_needs_nothing(lint: Terminal, sides: tuple[str, str]) -> None:
    ended = lint("comment", "github", *sides, "--dry-run")
    assert ended.code == 0
    assert ended.out.startswith(
        "<!-- finops-lint:comment tag=default -->\n"
        "### 📈 Monthly cost goes up by $20.00 (+200 %), from $10.00 to $30.00\n"
    )


@pytest.mark.parametrize("kind", ["github", "gitlab", "bitbucket", "azure"])
def test_twice_the_same_run_leaves_one_comment_byte_for_byte(
    lint: Terminal, sides: tuple[str, str], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN", "bitbucket": "BITBUCKET_TOKEN"}
    monkeypatch.setenv(names.get(kind, "SYSTEM_ACCESSTOKEN"), TOKEN)
    with served(StandIn(kind)) as forge:
        where = ("--api-url", forge.api, "--repository", "acme/infra", "--pull-request", "7")
        assert lint("comment", kind, *sides, *where).out.startswith("Comment created")
        [first] = forge.bodies
        assert lint("comment", kind, *sides, *where).out.startswith("Comment unchanged")
        assert forge.bodies == [first]
        assert first == lint("comment", kind, *sides, *where, "--dry-run").out


def test_a_saved_change_is_posted_without_any_code(lint: Terminal, sides: tuple[str, str], forge: StandIn) -> None:
    report = saved(lint, *sides)
    direct = lint("comment", "github", *sides, "--dry-run").out
    for file in (*Path("old").iterdir(), *Path("new").iterdir()):
        file.unlink()
    assert lint("comment", "github", "--report", report).code == 0
    assert forge.bodies == [direct]


def test_a_saved_change_is_the_before_of_the_next(lint: Terminal, sides: tuple[str, str]) -> None:
    report = saved(lint, *sides)
    write("new/main.tf", INSTANCE.replace("100", "400"))
    assert "from $30.00 to $40.00" in lint("comment", "github", report, "new", "--dry-run").out


def test_no_change_is_no_comment(lint: Terminal, sides: tuple[str, str], forge: StandIn) -> None:
    ended = lint("comment", "github", "old", "old")
    assert (ended.code, ended.out) == (0, "Nothing to tell, so no comment.\n")
    assert forge.bodies == []


def test_a_change_that_is_taken_back_is_said_so(lint: Terminal, sides: tuple[str, str], forge: StandIn) -> None:
    lint("comment", "github", *sides)
    assert lint("comment", "github", "old", "old").out.startswith("Comment updated")
    assert "Monthly cost does not change ($10.00)" in forge.bodies[0]


@pytest.mark.parametrize(("threshold", "count"), [("20", 1), ("20.01", 0)])
def test_a_threshold_keeps_small_changes_quiet(
    lint: Terminal, sides: tuple[str, str], forge: StandIn, threshold: str, count: int
) -> None:
    assert lint("comment", "github", *sides, "--threshold", threshold).code == 0
    assert len(forge.bodies) == count


def test_a_broken_guardrail_is_posted_first_and_ends_with_1(
    lint: Terminal, sides: tuple[str, str], forge: StandIn
) -> None:
    write("finops-lint.yaml", "guardrails: [{name: step, increase: 5}]\n")
    ended = lint("comment", "github", *sides, "--threshold", "1000")
    assert ended.code == 1
    assert ended.err.splitlines()[-1] == "finops-lint: 1 guardrail broken: step (exit 1)"
    assert forge.bodies[0].splitlines()[3].startswith("- 🔴 **Guardrail broken:** step: adds $20.00 a month")


def test_a_label_of_the_pull_request_approves(lint: Terminal, sides: tuple[str, str], forge: StandIn) -> None:
    write("finops-lint.yaml", "guardrails: [{name: step, increase: 5}]\napprovals: [{label: cost-approved}]\n")
    assert lint("comment", "github", *sides).code == 1
    report = saved(lint, *sides)
    forge.labels = ["bug", "cost-approved"]
    assert lint("comment", "github", *sides).code == 0
    assert "approved: label cost-approved" in forge.bodies[0]
    assert lint("comment", "github", "--report", report).code == 0


def test_labels_that_may_not_be_read_approve_nothing(lint: Terminal, sides: tuple[str, str], forge: StandIn) -> None:
    write("finops-lint.yaml", "guardrails: [{name: step, increase: 5}]\napprovals: [{label: cost-approved}]\n")
    forge.labels = ["cost-approved"]
    forge.faults.append(Fault("GET", 403, where="labels"))
    ended = lint("comment", "github", *sides)
    assert ended.code == 1
    assert "the labels cannot be read" in ended.err
    assert len(forge.bodies) == 1


@pytest.mark.parametrize("amount", ["nan", "inf", "-1", "1e9", "ten", ""])
def test_a_threshold_that_is_no_amount_is_refused(lint: Terminal, sides: tuple[str, str], amount: str) -> None:
    assert lint("comment", "github", *sides, "--dry-run", "--threshold", amount).code == 2


def test_findings_count_only_where_that_is_asked_for(lint: Terminal, sides: tuple[str, str]) -> None:
    write("new/more.tf", INSTANCE.replace('"data"', '"more"').partition("\n\n")[2])
    assert lint("comment", "github", *sides, "--dry-run").code == 0
    assert lint("comment", "github", *sides, "--dry-run", "--fail-on", "warning").code == 1


FAULTS = [
    (Fault("GET", 401), "answers 401", "is it this forge's, and not expired"),
    (Fault("POST", 403, where="comments"), "answers 403", "comment --report"),
    (Fault("GET", 404), "answers 404", "there is no such repository or pull request"),
    (Fault("POST", 409, where="comments"), "answers 409", "still open"),
    (Fault("POST", 422, where="comments"), "answers 422", "still open"),
    (Fault("GET", 200, body=b"<html>"), "no JSON", "proxy"),
    (Fault("GET", 429, {"Retry-After": "9999"}), "asks to wait 9,999 seconds", "later"),
]


@pytest.mark.parametrize(("fault", "what", "advice"), FAULTS)
def test_what_cannot_be_posted_is_printed_and_ends_with_2(
    lint: Terminal, sides: tuple[str, str], forge: StandIn, fault: Fault, what: str, advice: str
) -> None:
    forge.faults.append(Fault(fault.method, fault.status, fault.headers, fault.body, 9, fault.where))
    ended = lint("comment", "github", *sides)
    assert ended.code == 2
    [line] = ended.err.splitlines()
    assert line.startswith("finops-lint: error: no comment: ")
    assert what in line
    assert advice in line
    assert "Monthly cost change" in ended.out, "the report is still printed"
    assert TOKEN not in ended.out + ended.err


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("GITHUB_TOKEN", "there is no token: GITHUB_TOKEN or GH_TOKEN is not set"),
        ("GITHUB_REPOSITORY", "no repository is named"),
        ("GITHUB_REF", "no pull request is named: is this a run for one?"),
    ],
)
def test_what_the_run_does_not_tell_is_named(
    lint: Terminal, sides: tuple[str, str], forge: StandIn, monkeypatch: pytest.MonkeyPatch, missing: str, words: str
) -> None:
    monkeypatch.delenv(missing)
    ended = lint("comment", "github", *sides)
    assert ended.code == 2
    assert words in ended.err
    assert "Monthly cost change" in ended.out
    assert forge.asked == []


def test_posting_that_fails_wins_over_a_broken_guardrail(lint: Terminal, sides: tuple[str, str]) -> None:
    write("finops-lint.yaml", "guardrails: [{name: step, increase: 5}]\n")
    ended = lint("comment", "github", *sides)
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 1
    assert "step: adds $20.00" in ended.out


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", "null", '{"format": "finops-lint/diff/1"}', '{"format": "finops-lint/diff/2"}', "[" * 99_999],
)
def test_a_report_that_is_none_is_one_line(lint: Terminal, text: str) -> None:
    write("report.json", text)
    ended = lint("comment", "github", "--report", "report.json", "--dry-run")
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 1
    assert ended.err.startswith("finops-lint: error: report.json is ")


def test_a_report_of_one_state_is_no_change(lint: Terminal) -> None:
    lint("check", "infra", "--format", "json=report.json")
    ended = lint("comment", "github", "--report", "report.json", "--dry-run")
    assert ended.code == 2
    assert "is a report, not a change" in ended.err


EVIL = (
    "x`|</summary></details><img src=http://evil.example/x>@team #12 https://evil.example [a](http://evil.example)"
    "\u202e<!-- finops-lint:comment tag=other -->\n# big\n| a |\n```"
)


def test_a_hostile_report_stays_text(lint: Terminal) -> None:
    """A fork's job may write anything into the report that this job posts: any text of it is here another."""
    report = Path(saved(lint, *SAMPLE))
    kept = [
        "format",
        "severity",
        "confidence",
        "level",
        "kind",
        "coverage",
        "dialect",
        "limit",
        "outcome",
        "action",
        "currency",
        "oldest",
        "newest",
    ]

    def spoiled(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {k: spoiled(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [spoiled(v, key) for v in value]
        is_figure = isinstance(value, str) and re.fullmatch(r"-?[0-9.]+", value)
        return value if not isinstance(value, str) or is_figure or key in kept else f"{value}{EVIL}"

    document = spoiled(json.loads(report.read_text("utf-8")))
    report.write_text(json.dumps(document), "utf-8")
    ended = lint("comment", "github", "--report", str(report), "--dry-run")
    assert ended.code == 0
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(ended.out)
    tags = set(re.findall(r"<(/?\w+|!--)", page))
    shown = [
        "h3",
        "p",
        "strong",
        "code",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "ul",
        "li",
        "pre",
        "sub",
    ]
    assert tags == {"!--", "br", *shown, *(f"/{tag}" for tag in shown)}
    assert ended.out.count("<!-- finops-lint:comment tag=default") == 1
    outside = re.sub(r"(?s)```+diff\n.*?\n```+\n|(`+)(?!`).*?(?<!`)\1(?!`)", "", ended.out)
    assert not re.search(r"@\w|#\w|://", outside)
    assert "\u202e" not in ended.out


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("after", "currency"), 3),
        (("after", "currency"), "<b>"),
        (("after", "prices", "newest"), "<b>"),
        (("after", "total", "monthly"), "1e999999999"),
        (("after", "total", "monthly"), "9" * 1000),
        (("projects",), {}),
        (("after", "projects", 0, "findings", 0, "span", "line"), "one"),
        (("after", "projects", 0, "name"), None),
        (("after", "projects", 0, "unheard"), 1),
        (("projects", 0, "changes", 0), {"address": "a.b", "kind": "added", "delta": "1", "certain": True}),
    ],
)
def test_a_report_of_another_shape_is_refused_in_one_line(
    lint: Terminal, sides: tuple[str, str], path: tuple[str | int, ...], value: object
) -> None:
    report = Path(saved(lint, *sides))
    document = json.loads(report.read_text("utf-8"))
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    report.write_text(json.dumps(document), "utf-8")
    ended = lint("comment", "github", "--report", str(report), "--dry-run")
    assert ended.code == 2
    assert re.fullmatch(r"finops-lint: error: report\.json is a damaged report: .{1,300} \(exit 2\)\n", ended.err)


def test_a_finding_about_a_whole_project_comes_back(lint: Terminal) -> None:
    """Such a finding has no address; the sample change brings one."""
    report = saved(lint, *SAMPLE)
    found = json.loads(Path(report).read_text("utf-8"))["projects"][0]["new_findings"]
    assert [f["rule"] for f in found if "address" not in f] == ["no-budget"]
    assert "**no-budget**<br>" in lint("comment", "github", "--report", report, "--dry-run").out


def test_other_formats_can_be_written_too(lint: Terminal, sides: tuple[str, str], forge: StandIn) -> None:
    ended = lint("comment", "github", *sides, "--format", "sarif=out.sarif", "--format", "json=out.json")
    assert (ended.code, ended.out.split(":")[0]) == (0, "Comment created")
    assert Path("out.sarif").is_file()
    assert Path("out.json").is_file()


@pytest.mark.parametrize("tag", ["", "a b", "x-->", "--", "ü", "a" * 65])
def test_a_tag_that_could_end_the_marker_is_refused(lint: Terminal, tag: str) -> None:
    assert lint("comment", "github", "old", "new", "--dry-run", "--tag", tag).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("gitlab", "a", "b", "--behavior", "hide-and-new"),
        ("github", "a", "b", "--report", "c"),
        ("github", "--report", "c", "--base", "main"),
        ("sourceforge",),
        ("github", "--report", "missing.json"),
    ],
)
def test_what_makes_no_sense_is_refused(lint: Terminal, arguments: tuple[str, ...]) -> None:
    assert lint("comment", *arguments, "--dry-run").code == 2


def test_the_token_file_is_used_and_not_named_on_the_screen(
    lint: Terminal, sides: tuple[str, str], forge: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    write("secret", TOKEN)
    assert lint("comment", "github", *sides, "--token-file", "secret").code == 0
    assert len(forge.bodies) == 1
