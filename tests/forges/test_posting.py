"""One comment of ours on the pull request, whatever the forge does and however many runs post."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest

from finops_lint.forges.client import ForgeError
from finops_lint.forges.place import Place, forge_at
from finops_lint.forges.posting import Behavior, Posted, post
from finops_lint.network import Patience
from tests.forges.stand_in import ME, TOKEN, Fault, StandIn, served

MARKER = "<!-- finops-lint:comment tag=default -->"
BODY = f"{MARKER}\n### Monthly cost goes up by $10.00\n"


def posted(
    forge: StandIn,
    body: str = BODY,
    *,
    marker: str = MARKER,
    behavior: Behavior = Behavior.UPDATE,
    is_news: bool = True,
    waits: list[float] | None = None,
    token: str = TOKEN,
    timeout: tuple[float, float] = (5, 5),
) -> Posted:
    place = Place(forge.forge, api=forge.api, repository="acme/infra", number=7)
    patience = Patience((waits if waits is not None else []).append, tries=4, longest=60)
    there, client = forge_at(place, token, patience, timeout)
    with closing(client):
        return post(there, body, marker, behavior, is_news=is_news)


def test_the_first_run_creates_and_the_same_again_changes_nothing(forge: StandIn) -> None:
    assert posted(forge).done == "created"
    assert posted(forge).done == "unchanged"
    assert forge.bodies == [BODY]
    assert forge.count("PUT") + forge.count("PATCH") == 0


def test_our_comment_is_found_on_a_later_page_and_updated(forge: StandIn) -> None:
    for number in range(5):
        forge.write(f"remark {number}")
    posted(forge, BODY.replace("$10.00", "$5.00"))
    forge.write("one more")
    assert posted(forge).done == "updated"
    assert forge.bodies == [*(f"remark {n}" for n in range(5)), BODY, "one more"]


def test_a_body_whose_line_endings_the_forge_changed_is_the_same(forge: StandIn) -> None:
    posted(forge)
    next(iter(forge.notes.values())).body = BODY.replace("\n", "\r\n").rstrip()
    assert posted(forge).done == "unchanged"


def test_nothing_is_posted_where_nothing_changed_and_there_is_no_comment(forge: StandIn) -> None:
    forge.write("a remark")
    assert posted(forge, is_news=False).done == "nothing"
    assert forge.bodies == ["a remark"]


def test_a_comment_is_brought_back_to_nothing(forge: StandIn) -> None:
    posted(forge)
    nothing = f"{MARKER}\n### Monthly cost does not change\n"
    assert posted(forge, nothing, is_news=False).done == "updated"
    assert forge.bodies == [nothing]


def test_another_tag_is_another_comment(forge: StandIn) -> None:
    other = MARKER.replace("default", "staging")
    posted(forge)
    posted(forge, BODY.replace("default", "staging"), marker=other)
    assert len(forge.bodies) == 2


def test_whoever_quotes_or_forges_the_marker_is_left_alone(forge: StandIn) -> None:
    quoted = forge.write(f"> {BODY}", ME)
    forged = forge.write(f"{MARKER}\ncosts nothing, merge it", "mallory")
    posted(forge)
    assert forge.bodies == [quoted.body, forged.body, BODY]
    assert "costs nothing" in forged.body


def test_two_runs_at_once_leave_one_comment(forge: StandIn) -> None:
    """Both have looked and found none before either may create."""
    forge.before_create = threading.Barrier(2)
    done: list[Posted] = []
    runs = [threading.Thread(target=lambda: done.append(posted(forge))) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert forge.bodies == [BODY]
    assert len(done) == 2
    forge.before_create = None
    assert posted(forge).done == "unchanged"


def test_doubles_of_an_earlier_race_are_deleted_and_the_oldest_kept(forge: StandIn) -> None:
    for body in ("old", "newer", "newest"):
        forge.write(f"{MARKER}\n{body}", ME)
    assert posted(forge).removed == 2
    assert list(forge.notes) == [1]
    assert forge.bodies == [BODY]


def test_a_comment_deleted_in_between_is_made_anew(forge: StandIn) -> None:
    posted(forge)
    method = {"github": "PATCH", "azure": "PATCH"}.get(forge.kind, "PUT")
    forge.faults.append(Fault(method, 404, is_gone=True))
    assert posted(forge, BODY.replace("10", "11")).done == "created"
    assert forge.bodies == [BODY.replace("10", "11")]


def test_new_leaves_the_earlier_one(forge: StandIn) -> None:
    posted(forge)
    assert posted(forge, behavior=Behavior.NEW).done == "created"
    assert forge.bodies == [BODY, BODY]


@pytest.mark.parametrize("behavior", [Behavior.NEW, Behavior.DELETE_AND_NEW])
def test_that_nothing_changed_is_said_once(forge: StandIn, behavior: Behavior) -> None:
    posted(forge)
    nothing = f"{MARKER}\n### Monthly cost does not change\n"
    assert posted(forge, nothing, behavior=behavior, is_news=False).done == "created"
    assert posted(forge, nothing, behavior=behavior, is_news=False).done == "unchanged"
    assert forge.bodies[-1] == nothing


def test_delete_and_new_has_the_comment_last(forge: StandIn) -> None:
    posted(forge)
    forge.write("a remark")
    assert posted(forge, behavior=Behavior.DELETE_AND_NEW).removed == 1
    assert forge.bodies == ["a remark", BODY]


def test_hide_and_new_folds_each_earlier_one_away_once(github: StandIn) -> None:
    posted(github)
    posted(github, behavior=Behavior.HIDE_AND_NEW)
    posted(github, behavior=Behavior.HIDE_AND_NEW)
    assert [note.is_hidden for note in github.notes.values()] == [True, True, False]
    assert sum("minimize" in path for _, path in github.asked) == 0  # one address for all of GraphQL
    assert github.bodies == [BODY] * 3


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_waited_for(forge: StandIn, status: int) -> None:
    forge.faults.append(Fault("GET", status, times=2))
    waits: list[float] = []
    assert posted(forge, waits=waits).done == "created"
    assert waits == [1, 2]
    assert forge.bodies == [BODY]


def test_the_forge_says_how_long_to_wait(forge: StandIn) -> None:
    forge.faults.append(Fault("POST", 429, {"Retry-After": "17"}, where="s"))
    waits: list[float] = []
    posted(forge, waits=waits)
    assert waits == [17]
    assert forge.bodies == [BODY]


def test_a_rate_limit_of_github_is_a_403_with_the_time_of_the_next_request(github: StandIn) -> None:
    """The stand-in's clock says 2026-11-21 12:00:00, which is 1795262400; the limit ends 30 seconds later."""
    limit = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795262430"}
    github.faults.append(Fault("GET", 403, limit))
    waits: list[float] = []
    assert posted(github, waits=waits).done == "created"
    assert waits == [30]


def test_nobody_waits_for_an_hour(forge: StandIn) -> None:
    forge.faults.append(Fault("GET", 429, {"Retry-After": "3600"}))
    with pytest.raises(ForgeError, match="asks to wait 3,600 seconds"):
        posted(forge)


def test_a_forge_that_stays_down_is_given_up(forge: StandIn) -> None:
    forge.faults.append(Fault("GET", 503, times=99))
    with pytest.raises(ForgeError, match="gave up after 4 tries: the forge answers 503"):
        posted(forge)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", 0, is_done=True, where="s"),
        Fault("POST", 504, is_done=True, where="s"),
        Fault("POST", 502, is_done=True, where="s"),
        Fault("POST", 201, body=b"<html>", is_done=True, where="s"),
        Fault("POST", is_done=True, hangs=True, where="s"),
    ],
    ids=["broken-off", "504", "502", "garbage", "silent"],
)
@pytest.mark.parametrize("behavior", [Behavior.UPDATE, Behavior.NEW])
def test_a_comment_that_was_made_though_no_answer_came_is_not_made_twice(
    forge: StandIn, fault: Fault, behavior: Behavior
) -> None:
    forge.faults.append(Fault(fault.method, fault.status, {}, fault.body, 1, "s", fault.is_done, fault.hangs))
    posted(forge, behavior=behavior, timeout=(5, 0.2))
    assert forge.bodies == [BODY]


def test_a_comment_that_was_not_made_is_made_again(forge: StandIn) -> None:
    forge.faults.append(Fault("POST", 0, where="s"))
    assert posted(forge).done == "created"
    assert forge.bodies == [BODY]


def test_a_silent_forge_is_given_up(forge: StandIn) -> None:
    forge.faults.append(Fault("GET", hangs=True, times=99))
    with pytest.raises(ForgeError, match="gave up after 4 tries"):
        posted(forge, timeout=(5, 0.05))


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "is it this forge's, and not expired"),
        (403, "comment --report"),
        (404, "there is no such repository or"),
        (422, "still open"),
        (400, ""),
    ],
)
def test_a_refusal_says_what_to_do(forge: StandIn, status: int, advice: str) -> None:
    forge.faults.append(Fault("GET", status, body=b'{"message": "the forge says why"}', times=9))
    with pytest.raises(ForgeError, match=f"answers {status} .*: the forge says why") as error:
        posted(forge)
    assert advice in error.value.hint
    assert len(forge.asked) == 1, "a refusal is not asked for twice"


# The shapes of GitHub, GitLab, Bitbucket Cloud and Bitbucket Server.
@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "the forge says why", "errors": [{"message": "a detail"}]}',
        b'{"error": "the forge says why"}',
        b'{"type": "error", "error": {"message": "the forge says why"}}',
        b'{"errors": [{"context": null, "message": "the forge\\n says why"}]}',
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_forge(forge: StandIn, body: bytes) -> None:
    forge.faults.append(Fault("GET", 400, body=body))
    with pytest.raises(ForgeError, match=r": the forge says why$"):
        posted(forge)


@pytest.mark.parametrize("body", [b'{"errors": []}', b'{"errors": 3}', b"[]", b"{", b'{"message": 3}'])
def test_a_refusal_without_words_has_none(forge: StandIn, body: bytes) -> None:
    forge.faults.append(Fault("GET", 400, body=body))
    with pytest.raises(ForgeError, match=r"answers 400[^:]*$"):
        posted(forge)


def test_a_wrong_token_is_not_repeated(forge: StandIn) -> None:
    with pytest.raises(ForgeError) as error:
        posted(forge, token="glpat-wrong-token-of-mine")
    assert "wrong-token" not in f"{error.value}{error.value.hint}"


def test_a_forge_that_echoes_the_token_does_not_get_it_printed(forge: StandIn) -> None:
    forge.faults.append(Fault("GET", 400, body=b'{"message": "what is %s?"}' % TOKEN.encode()))
    with pytest.raises(ForgeError, match=r"what is \(token\)\?") as error:
        posted(forge)
    assert TOKEN not in str(error.value)


def test_a_sign_in_page_is_a_token_that_is_not_accepted() -> None:
    """Azure DevOps answers 203 with a page."""
    with served(StandIn("azure")) as azure:
        azure.faults.append(Fault("GET", 203, body=b"<html>sign in</html>"))
        with pytest.raises(ForgeError, match="203") as error:
            posted(azure)
    assert "SYSTEM_ACCESSTOKEN" in error.value.hint


def test_a_netrc_file_does_not_take_the_tokens_place(
    github: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ann password hers\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert posted(github).done == "created"
    assert set(github.authorizations) == {f"Bearer {TOKEN}"}


def test_a_conflict_of_versions_is_settled() -> None:
    with served(StandIn("bitbucket-server")) as server:
        note = server.write(f"{MARKER}\nold", ME)
        note.version = 3
        server.faults.append(Fault("PUT", 409))
        assert posted(server).done == "updated"
        assert (note.body, note.version) == (BODY, 4)


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"[1, 2", b'"text"', b"3", b"[" * 100_000, b"\xff\xfe"])
def test_garbage_is_one_line(forge: StandIn, body: bytes) -> None:
    forge.faults.append(Fault("GET", 200, body=body, times=9))
    with pytest.raises(ForgeError, match=r"no JSON|another shape") as error:
        posted(forge)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"values": 3}', b'{"value": [{}]}', b'[{"id": "x"}]', b"[3]"])
def test_json_of_another_shape_makes_no_traceback(forge: StandIn, body: bytes) -> None:
    forge.faults += [Fault("GET", 200, body=body, times=9), Fault("POST", 201, body=body, times=9, where="s")]
    with pytest.raises(ForgeError):
        posted(forge)


def test_an_endless_answer_is_not_read(github: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finops_lint.forges.client.MOST", 1 << 20)
    github.faults.append(Fault("GET", 200, body=b" " * (2 << 20)))
    with pytest.raises(ForgeError, match="larger than 1 MiB"):
        posted(github)


@pytest.mark.parametrize(
    "headers", [{"Link": '<http://169.254.169.254/latest>; rel="next"'}, {"Link": '<https://127.0.0.1/x>; rel="next"'}]
)
def test_a_next_page_on_another_host_is_not_asked_for(github: StandIn, headers: dict[str, str]) -> None:
    github.faults.append(Fault("GET", 200, headers, b"[]"))
    with pytest.raises(ForgeError, match="points to another host"):
        posted(github)


def test_a_redirect_to_another_host_is_not_followed(forge: StandIn) -> None:
    forge.faults.append(Fault("GET", 302, {"Location": "https://login.example.com/"}, b""))
    with pytest.raises(ForgeError, match=r"redirects to login\.example\.com"):
        posted(forge)


def test_a_redirect_on_the_same_host_is_followed(github: StandIn) -> None:
    github.faults.append(Fault("GET", 301, {"Location": "/repos/acme/infra/issues/7/comments?page=1"}, b""))
    assert posted(github).done == "created"


def test_redirects_in_a_circle_end(github: StandIn) -> None:
    github.faults.append(Fault("GET", 302, {"Location": "/round"}, b"", times=99))
    with pytest.raises(ForgeError, match="in a circle"):
        posted(github)


def test_pages_without_end_are_given_up(github: StandIn) -> None:
    link = {"Link": f'<{github.api}/repos/acme/infra/issues/7/comments?page=2>; rel="next"'}
    github.faults.append(Fault("GET", 200, link, b"[]", times=1000))
    with pytest.raises(ForgeError, match="more than 100 pages"):
        posted(github)


def test_a_token_that_may_not_ask_who_it_is_still_updates(github: StandIn) -> None:
    github.faults.append(Fault("POST", 403, times=99, where="graphql"))
    posted(github)
    assert posted(github, BODY.replace("10", "12")).done == "updated"
    assert github.bodies == [BODY.replace("10", "12")]


@pytest.mark.parametrize(
    ("kind", "token", "header"),
    [
        ("github", "ghs_x", "Bearer ghs_x"),
        ("gitlab", "glpat-x", "glpat-x"),
        ("bitbucket", "ATCTT3x", "Bearer ATCTT3x"),
        ("bitbucket", "ann:app-password", "Basic YW5uOmFwcC1wYXNzd29yZA=="),
        ("azure", "eyJ0.eyJ1.c2ln", "Bearer eyJ0.eyJ1.c2ln"),
        ("azure", "personal", "Basic OnBlcnNvbmFs"),
    ],
)
def test_each_forge_gets_the_token_as_it_wants_it(kind: str, token: str, header: str) -> None:
    with served(StandIn(kind)) as stand_in:
        with pytest.raises(ForgeError, match="401"):
            posted(stand_in, token=token)
        assert stand_in.authorizations == [header]
