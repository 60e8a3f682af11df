"""Guardrails on the command line: what is printed first, and how the run ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_commands import Terminal, lint, write

__all__ = ["lint"]
"""The fixture, under the name pytest looks for."""

BUDGET = "guardrails: [{name: budget, total: 9}]\n"
"""The volume of the test folder costs $10.00."""


@pytest.fixture(autouse=True)
def _no_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FINOPS_LINT_LABELS", "CI_MERGE_REQUEST_LABELS", "GITHUB_EVENT_PATH"):
        monkeypatch.delenv(name, raising=False)


def test_a_broken_guardrail_ends_a_cost_with_1_and_stands_first(lint: Terminal) -> None:
    write("finops-lint.yaml", BUDGET)
    ended = lint("cost", "infra")
    assert ended.code == 1
    first, second = ended.out.splitlines()[:2]
    assert first == "Guardrails"
    assert second == "error      budget: costs $10.00 a month, more than the $9.00 allowed"
    assert ended.err.splitlines()[-1] == "finops-lint: 1 guardrail broken: budget (exit 1)"


def test_a_check_names_guardrails_and_findings_together(lint: Terminal) -> None:
    write("finops-lint.yaml", BUDGET)
    ended = lint("check", "infra")
    assert "1 guardrail broken: budget; " in ended.err
    assert "at or above warning (exit 1)" in ended.err
    assert lint("check", "infra", "--fail-on", "never").code == 1


def test_explain_ends_with_1_for_a_broken_guardrail(lint: Terminal) -> None:
    write("finops-lint.yaml", BUDGET)
    assert lint("explain", "aws_ebs_volume.data", "infra").code == 1


def test_exit_zero_keeps_the_words_and_drops_the_code(lint: Terminal) -> None:
    write("finops-lint.yaml", BUDGET)
    ended = lint("cost", "infra", "--exit-zero")
    assert ended.code == 0
    assert "more than the $9.00 allowed" in ended.out


def test_a_warning_and_a_kept_limit_end_with_0(lint: Terminal) -> None:
    write("finops-lint.yaml", "guardrails: [{name: a, total: 9, action: warn}, {name: b, total: 10}]\n")
    ended = lint("cost", "infra")
    assert ended.code == 0
    assert "Guardrails      1 broken, 1 kept" in ended.out


def test_a_diff_is_held_against_what_it_adds(lint: Terminal) -> None:
    write("finops-lint.yaml", "guardrails: [{name: growth, increase: 5}]\n")
    write("after/main.tf", Path("infra/main.tf").read_text("utf-8").replace("100", "200"))
    ended = lint("diff", "infra", "after", "--fail-on", "never")
    assert ended.code == 1
    assert ended.out.splitlines()[1] == "error      growth: adds $10.00 a month, more than the $5.00 allowed"
    assert lint("diff", "after", "infra", "--fail-on", "never").code == 0


def test_a_label_approves_from_the_command_line_or_the_environment(
    lint: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("finops-lint.yaml", BUDGET + "approvals: [{label: cost approved}]\n")
    assert lint("cost", "infra", "--approved-by-label", "bug,cost approved").code == 0
    assert lint("cost", "infra", "--approved-by-label", "bug").code == 1
    monkeypatch.setenv("CI_MERGE_REQUEST_LABELS", "bug,cost approved")
    ended = lint("cost", "infra")
    assert ended.code == 0
    assert "approved   budget: " in ended.out


def test_a_label_in_githubs_event_approves(lint: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    write("finops-lint.yaml", BUDGET + "approvals: [{label: cost approved}]\n")
    write("event.json", '{"pull_request": {"labels": [{"name": "bug"}, {"name": "cost approved"}]}}')
    monkeypatch.setenv("GITHUB_EVENT_PATH", "event.json")
    assert lint("cost", "infra").code == 0
    assert lint("cost", "infra", "--approved-by-label", "bug").code == 1
    write("event.json", '{"issue": {"labels": [{"name": "cost approved"}]}, "comment": {}}')
    assert lint("cost", "infra").code == 0
    for event in ("", "[]", '{"pull_request": {"labels": 3}}', '{"pull_request": {"labels": [3, {"name": {}}]}}'):
        write("event.json", event)
        assert lint("cost", "infra").code == 1


def test_unit_costs_take_their_volume_from_the_usage_file(lint: Terminal) -> None:
    write(
        "infra/api.tf",
        'resource "aws_lambda_function" "api" {\n  function_name = "api"\n  memory_size = 512\n}\n',
    )
    write(
        "usage.yml",
        "version: 0.1\nresource_usage:\n  aws_lambda_function.api: "
        "{monthly_requests: 2000000, request_duration_ms: 200}\n",
    )
    write(
        "finops-lint.yaml",
        "usage_file: usage.yml\nunit_costs:\n"
        "- {name: per 1M requests, per: 1000000, volume: {usage: monthly_requests}, types: [aws_lambda_function]}\n",
    )
    ended = lint("cost", "infra")
    # 2 × $0.20 + 2,000,000 × 0.2 s × 0.5 GB × $0.0000166667 = $0.40 + $3.33334
    assert "per 1M requests: $1.87 for 1,000,000; $3.73 a month" in " ".join(ended.out.split())


def test_a_run_is_recorded_where_that_is_asked_for(lint: Terminal) -> None:
    write("finops-lint.yaml", "history: finops/history.jsonl\n")
    assert lint("cost", "infra").code == 0
    assert not Path("finops").exists()
    write("after/main.tf", Path("infra/main.tf").read_text("utf-8").replace("100", "200"))
    assert lint("cost", "infra", "--record").code == 0
    assert lint("diff", "infra", "after", "--record", "--fail-on", "never").code == 0
    first, second = Path("finops/history.jsonl").read_text("utf-8").splitlines()
    assert '"total": "10"' in first
    assert '"change": "10"' in second


def test_an_unusual_change_is_told(lint: Terminal) -> None:
    write("finops-lint.yaml", "history: history.jsonl\n")
    write("after/main.tf", Path("infra/main.tf").read_text("utf-8").replace("100", "200"))
    line = '{"date": "2026-11-01", "paths": ["after", "infra"], "total": "1", "change": "%s", "currency": "USD"}\n'
    write("history.jsonl", "".join(line % change for change in ("1", "2", "1", "2", "1", "2", "1", "2")) + "nonsense\n")
    ended = lint("diff", "infra", "after", "--fail-on", "never")
    assert ended.code == 0
    said = " ".join(ended.out.split())
    assert "warning usual changes: +$10.00 a month, where the last 8 changes lie between" in said
    assert "history.jsonl:9:1: not a run of the cost history (it is left out)" in said


def test_recording_needs_a_history(lint: Terminal) -> None:
    ended = lint("cost", "infra", "--record")
    assert ended.code == 2
    assert "--record needs a history in the settings" in ended.err


def test_a_run_with_errors_is_not_recorded(lint: Terminal) -> None:
    write("finops-lint.yaml", "history: history.jsonl\n")
    write("infra/broken.tf", 'resource "aws_kms_key" "b" {\n')
    assert lint("cost", "infra", "--record").code == 2
    assert not Path("history.jsonl").exists()
