"""Settings for a part of the code: there other rules run, with other parameters and severities."""

from __future__ import annotations

from datetime import date

import pytest

from finops_lint.model.finding import Severity
from finops_lint.model.resource import Graph
from finops_lint.model.settings import RuleScope, Settings
from finops_lint.rules.checker import Checker, CheckResult
from finops_lint.rules.context import Catalog
from tests.rules.bench import machines, prices, read_terraform, rule_files, taggable

LOGS = """
resource "aws_cloudwatch_log_group" "dev" {
  name = "/dev/api"
  tags = { team = "ml" }
}
resource "aws_cloudwatch_log_group" "live" {
  name = "/live/api"
}
"""


def check(*scopes: RuleScope) -> CheckResult:
    graph = Graph(read_terraform(LOGS).resources)
    settings = Settings(select=("log-group-without-retention",), scopes=scopes)
    checker = Checker(rule_files(), Catalog(machines(), taggable()), settings)
    return checker.check(graph, prices(graph), project="p", today=date(2026, 11, 20))


@pytest.mark.parametrize(
    "scope",
    [
        RuleScope(environments=("development",), ignore=("log-*",)),
        RuleScope(addresses=("*.dev",), ignore=("log-group-without-retention",)),
        RuleScope(tags={"team": "m*"}, ignore=("log-*",)),
    ],
)
def test_a_rule_is_left_out_where_the_scope_holds_and_nowhere_else(scope: RuleScope) -> None:
    assert [f.address for f in check(scope).findings] == ["aws_cloudwatch_log_group.live"]


def test_every_condition_must_hold() -> None:
    scope = RuleScope(environments=("development",), types=("aws_s3_*",), ignore=("log-*",))
    assert len(check(scope).findings) == 2


def test_parameters_and_severity_change_and_later_scopes_win() -> None:
    rule = "log-group-without-retention"
    result = check(
        RuleScope(types=("aws_*",), severity={rule: Severity.INFO}, params={rule: {"days": 7}}),
        RuleScope(environments=("production",), severity={rule: Severity.ERROR}),
    )
    found = {f.address.rpartition(".")[2]: f for f in result.findings}
    assert (found["dev"].severity, found["live"].severity) == (Severity.INFO, Severity.ERROR)
    assert [f.remedy and f.remedy.set for f in found.values()] == [((("retention_in_days",), 7),)] * 2
