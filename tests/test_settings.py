"""Settings files: what they say, which one counts, and how a fault is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.finding import Confidence, Severity
from finops_lint.model.guardrail import Action, Approval, GuardrailRule, Scope, UnitCostRule, Volume
from finops_lint.model.money import Range
from finops_lint.model.settings import DEFAULT_TAGS, RequiredTag, RuleScope, Settings
from finops_lint.model.terms import Selector
from finops_lint.settings import load_settings
from finops_lint.settings_document import SettingsError
from finops_lint.settings_file import find_settings


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(text: str, name: str = "finops-lint.yaml") -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, "utf-8")


def fault(text: str, name: str = "finops-lint.yaml") -> str:
    write(text, name)
    with pytest.raises(SettingsError) as caught:
        load_settings(".")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_a_file_the_defaults_hold(here: Path) -> None:
    assert load_settings(".") == Settings()


def test_everything_can_be_set(here: Path) -> None:
    write(
        """
select: [gpu-*]
ignore: [ebs-gp2-volume]
fail_on: error
severity: {required-tags: info}
params: {log-group-without-retention: {days: 14}}
min_confidence: medium
required_tags:
  - team
  - key: env
    values: [dev, prod]
    pattern: "[a-z]+"
    types: [ai]
    not_types: [aws_iam_*]
    paths: [infra/*]
    google_key: e
untaggable: [aws_x]
workloads:
  - {kind: training, addresses: ["module.t.*"], paths: [train/*], tags: {job: fit}}
rules: [own/rules]
sheets: [own/sheets]
prices: own/prices
regions: {aws: eu-west-1}
exclude: [examples/*]
usage_file: usage.yml
var_files: [prod.tfvars]
workspace: prod
"""
    )
    for name in ("rules", "sheets", "prices"):
        (here / "own" / name).mkdir(parents=True)
    settings = load_settings(".")
    assert settings.select == ("gpu-*",)
    assert settings.fail_on is Severity.ERROR
    assert settings.severity == {"required-tags": Severity.INFO}
    assert settings.params == {"log-group-without-retention": {"days": 14}}
    assert settings.min_confidence is Confidence.MEDIUM
    assert settings.required_tags == (
        RequiredTag("team"),
        RequiredTag(
            "env", values=("dev", "prod"), pattern="[a-z]+", types=("ai",), not_types=("aws_iam_*",),
            paths=("infra/*",), google_key="e",
        ),
    )  # fmt: skip
    assert settings.workloads[0].kind == "training"
    assert settings.workloads[0].tags == {"job": "fit"}
    assert settings.rules == ("own/rules",)
    assert settings.prices == "own/prices"
    assert settings.regions == {"aws": "eu-west-1"}
    assert settings.usage_file == "usage.yml"
    assert settings.var_files == ("prod.tfvars",)
    assert settings.workspace == "prod"
    assert settings.file == "finops-lint.yaml"


def test_pyproject_says_the_same_with_hyphens(here: Path) -> None:
    write(
        '[tool.finops-lint]\nfail-on = "error"\n[tool.finops-lint.severity]\nrequired-tags = "info"\n',
        "pyproject.toml",
    )
    settings = load_settings(".")
    assert settings.fail_on is Severity.ERROR
    assert settings.severity == {"required-tags": Severity.INFO}
    assert settings.required_tags == DEFAULT_TAGS


def test_an_empty_file_is_all_defaults(here: Path) -> None:
    write("# nothing yet\n")
    assert load_settings(".") == Settings(file="finops-lint.yaml")


def test_the_nearest_file_wins_and_its_paths_start_at_its_folder(here: Path) -> None:
    write("ignore: [required-tags]\nexclude: [old/*]\n")
    write("ignore: [ebs-*]\nexclude: [old/*, '*/examples']\nrules: [rules]\n", "infra/finops-lint.yaml")
    (here / "infra" / "prod").mkdir()
    (here / "infra" / "rules").mkdir()
    settings = load_settings("infra/prod")
    assert settings.ignore == ("ebs-*",)
    assert settings.exclude == ("infra/old/*", "*/examples")
    assert settings.rules == ("infra/rules",)
    assert load_settings("elsewhere").ignore == ("required-tags",)


def test_the_search_ends_at_the_repository(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("ignore: [a]\n")
    (here / "inner" / ".git").mkdir(parents=True)
    assert find_settings(here / "inner") is None


def test_what_was_found_for_one_folder_serves_those_beside_and_below_it(here: Path) -> None:
    write("ignore: [a]\n")
    write("ignore: [b]\n", "infra/finops-lint.yaml")
    (here / "inner" / ".git").mkdir(parents=True)
    (here / "infra" / "prod" / "eu").mkdir(parents=True)
    (here / "other").mkdir()
    known: dict[str, str] = {}
    for _ in range(2):
        found = [find_settings(here / f, known) for f in ("infra/prod", "infra/prod/eu", "other", "inner", "infra")]
        assert found == [
            here / "infra/finops-lint.yaml",
            here / "infra/finops-lint.yaml",
            here / "finops-lint.yaml",
            None,
            here / "infra/finops-lint.yaml",
        ]


def test_a_pyproject_of_others_is_passed_by(here: Path) -> None:
    write("ignore: [required-tags]\n")
    write("[tool.ruff]\nline-length = 100\n", "app/pyproject.toml")
    assert load_settings("app").ignore == ("required-tags",)


def test_a_named_file_must_be_there(here: Path) -> None:
    with pytest.raises(SettingsError, match=r"^missing\.yaml: no such file$"):
        load_settings(".", "missing.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail_on: sometimes\n", "finops-lint.yaml:1:1: fail_on: must be one of error, warning, info"),
        ("ignore: [a]\n\nignor: [b]\n", "finops-lint.yaml:3:1: ignor is no setting; did you mean ignore?"),
        ("ignore: yes\n", "finops-lint.yaml:1:1: ignore: must be a list"),
        ("select:\n  - a\n  - [b]\n", "finops-lint.yaml:3:5: select.1: must be text"),
        ("fail_on: eror\n", "finops-lint.yaml:1:1: fail_on: must be one of error, warning, info; did you mean error?"),
        ("required_tags:\n  - {values: [a]}\n", "finops-lint.yaml:2:5: required_tags.0: key is missing"),
        ("required_tags:\n  - {kye: a}\n", "finops-lint.yaml:2:6: kye is no setting; did you mean key?"),
        ("required_tags: [5]\n", "finops-lint.yaml:1:17: required_tags.0: must be text or a map"),
        (
            "params:\n  log-group-without-retention: {dyas: 14}\n",
            "finops-lint.yaml:2:33: params: dyas: log-group-without-retention has no such parameter; did you mean",
        ),
        (
            "scopes:\n  - {tags: {a: b}, params: {log-group-without-retention: {days: soon}}}\n",
            "finops-lint.yaml:2:59: params: days: must be a number, like 30",
        ),
        ("ignore: [a]\nignore: [b]\n", "finops-lint.yaml:2:1: ignore is there twice"),
        ("ignore: [a\n", "finops-lint.yaml:2:1: not YAML: "),
        ("- a\n", "finops-lint.yaml:1:1: must be a map"),
        ("regions: {aws: ''}\n", "finops-lint.yaml:1:11: regions.aws: "),
        (
            "required_tags:\n  - {key: a, pattern: '['}\n",
            "finops-lint.yaml:2:14: required_tags: a: not a regular",
        ),
        ("workloads: [{kind: gaming}]\n", "finops-lint.yaml:1:14: workloads.0.kind: must be one of training"),
        ("a: &a [*a]\nignore: *a\n", "finops-lint.yaml:1:1: "),
        ("ignore: !!python/object:os.system [x]\n", "finops-lint.yaml:1"),
    ],
)
def test_a_fault_is_told_with_file_line_and_column(here: Path, text: str, said: str) -> None:
    assert fault(text).startswith(said)


def test_aliases_that_multiply_without_end_are_refused(here: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert "repeat too much" in fault(bomb)


def test_deep_nesting_is_refused(here: Path) -> None:
    assert "finops-lint.yaml:1:1: " in fault("ignore: " + "[" * 20_000 + "]" * 20_000)


def test_a_toml_fault_names_its_line(here: Path) -> None:
    assert fault('[tool.finops-lint]\nfail-on = "x"\n', "pyproject.toml").startswith(
        "pyproject.toml:2:1: fail_on: must be one of"
    )
    assert fault("[tool.finops-lint]\nfail-on = \n", "pyproject.toml").startswith("pyproject.toml:2:11: not TOML: ")


def test_a_file_that_is_no_text_is_refused(here: Path) -> None:
    (here / "finops-lint.yaml").write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(SettingsError, match="not UTF-8 text"):
        load_settings(".")


def test_a_huge_file_is_not_read(here: Path) -> None:
    (here / "finops-lint.yaml").write_bytes(b"# " + b"x" * 1_100_000)
    with pytest.raises(SettingsError, match="larger than 1 MiB"):
        load_settings(".")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ignore: []\nrules: [nowhere]\n", "finops-lint.yaml:2:9: rules: there is no nowhere"),
        ("sheets: [ nowhere]\n", "finops-lint.yaml:1:11: sheets: there is no nowhere"),
        ("prices: nowhere\n", "finops-lint.yaml:1:1: prices: there is no nowhere"),
        (
            "ignore: [ebs-*, requird-tags]\n",
            "finops-lint.yaml:1:17: ignore: no rule is called requird-tags; did you mean required-tags?",
        ),
        ("params:\n  x: {y: 1}\n", "finops-lint.yaml:2:3: params: no rule is called x (finops-lint rules list)"),
    ],
)
def test_what_the_settings_name_must_be_there(here: Path, text: str, complaint: str) -> None:
    write(text)
    with pytest.raises(SettingsError) as raised:
        load_settings(".")
    assert str(raised.value) == complaint


# Terms


TERMS = """
discounts:
  - {provider: aws, percent: 9, reason: agreement}
  - {service: ec2, family: m5, factor: 1.05}
price_overrides:
  - {item: vpc/nat-gateway-hours, region: eu-*, price: 0.04}
commitments:
  - {name: plan, family: m5, hours: 1460, term: 1y}
  - {service: rds, percent: 80, discount: 35}
schedules:
  - name: office
    hours: weekdays 8-19
    tags: {env: dev}
    workspaces: [dev]
    paths: [dev/*]
    addresses: [module.*]
    types: [aws_*]
usage: typical
"""


def test_terms_are_read_with_their_places(here: Path) -> None:
    write(TERMS, "infra/finops-lint.yaml")
    found = load_settings("infra")
    assert [(d.selector, d.factor, d.reason) for d in found.discounts] == [
        (Selector(provider="aws"), Decimal("0.91"), "agreement"),
        (Selector(service="ec2", family="m5"), Decimal("1.05"), ""),
    ]
    assert str(found.discounts[1].where) == "infra/finops-lint.yaml:4:5"
    [price] = found.price_overrides
    assert (price.item, price.region, price.price) == ("vpc/nat-gateway-hours", "eu-*", Decimal("0.04"))
    plan, other = found.commitments
    assert (plan.name, plan.hours, plan.term) == ("plan", Decimal(1460), "1y")
    assert (other.name, other.percent, other.factor) == ("commitment 2 (rds)", Decimal(80), Decimal("0.65"))
    [schedule] = found.schedules
    assert (schedule.minutes, schedule.paths) == (3300, ("infra/dev/*",))
    assert found.usage == "typical"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("discounts:\n  - {percent: 101}", "finops-lint.yaml:2:6: discounts: percent is 101, and must be 0 to 100"),
        ("discounts: [{percent: -5}]", "finops-lint.yaml:1:14: discounts: percent is -5, and must be 0 or more"),
        ("discounts: [{percent: .nan}]", "finops-lint.yaml:1:14: discounts: percent is NaN"),
        ("discounts: [{service: s3}]", "finops-lint.yaml:1:13: discounts: state a percent or a factor"),
        ("discounts: [{percent: 5, factor: 0.5}]", "finops-lint.yaml:1:26: discounts: state percent or factor"),
        ("discounts: [{provider: amazon, percent: 5}]", "finops-lint.yaml:1:14: discounts.0.provider: must be one of"),
        ("discounts: [{servic: s3, percent: 5}]", "finops-lint.yaml:1:14: servic is no setting; did you mean service?"),
        (
            "discounts:\n  - {service: s3, percent: 5}\n  - {service: s3, percent: 6}",
            "finops-lint.yaml:3:5: discounts: this entry and number 1 are for the same things",
        ),
        (
            "discounts: [{percent: 5, region: eu-wst-1}]",
            "finops-lint.yaml:1:26: discounts.0.region: no price list has the region eu-wst-1; did you mean eu-west-1",
        ),
        (
            "regions:\n  aws: us-esat-1",
            "finops-lint.yaml:2:3: regions.aws: no price list has the region us-esat-1; "
            "did you mean us-west-1, us-east-1",
        ),
        (
            "discounts: [{service: ec3, percent: 5}]",
            "finops-lint.yaml:1:14: discounts.0.service: no price table has the service ec3; did you mean ecr, ec2",
        ),
        (
            "price_overrides: [{item: ecx2/linux/m5.large, price: 1}]",
            "finops-lint.yaml:1:20: price_overrides.0.item: no price table has the service ecx2; did you mean ec2",
        ),
        (
            "discounts: [{provider: google, service: ec2, percent: 5}]",
            "finops-lint.yaml:1:32: discounts.0.service: no price table has the service ec2",
        ),
        ("price_overrides: [{item: s3/b, price: -1}]", "finops-lint.yaml:1:32: price_overrides: price is -1"),
        (
            "price_overrides: [{item: s3/b, price: 1, currency: GBP}]",
            "finops-lint.yaml:1:42: price_overrides: GBP has no rate: state it under currency, in rates",
        ),
        (
            "commitments: [{hours: 1.0e+300, discount: 5}]",
            "finops-lint.yaml:1:16: commitments.0.hours: must be 1,000,000,000 at",
        ),
        ("price_overrides: [{item: s3/b}]", "finops-lint.yaml:1:19: price_overrides.0: price is missing"),
        (
            "schedules:\n  - name: a\n    hours: weekdays 8-19, mon 9-10",
            "finops-lint.yaml:3:5: schedules: Monday 9:00 is covered twice",
        ),
        ("schedules: [{name: a, hours: sometimes}]", "finops-lint.yaml:1:23: schedules: 'sometimes' is no day"),
        (
            "schedules:\n  - {name: a, hours: mon 8-9}\n  - {name: b, hours: mon 9-10}",
            "finops-lint.yaml:3:5: schedules: this entry and number 1 are for the same things",
        ),
        (
            "commitments:\n  - {machine: m5.large, discount: 40}",
            "finops-lint.yaml:2:5: commitments: state either hours a month or a percent of them",
        ),
        (
            "commitments: [{hours: 5, discount: 140}]",
            "finops-lint.yaml:1:26: commitments: discount is 140, and must be 0 to 100",
        ),
        ("commitments: [{hours: -5, term: 1y}]", "finops-lint.yaml:1:16: commitments: hours is -5, and must be 0 or"),
        ("commitments: [{hours: 5}]", "finops-lint.yaml:1:15: commitments: state a discount, a price, or the term"),
        ("commitments: [{hours: 5, term: 2y}]", "finops-lint.yaml:1:26: commitments.0.term: must be one of 1y, 3y"),
        (
            "currency: {code: EUR, rate: 0, as_of: 2026-11-01}",
            "finops-lint.yaml:1:23: currency: the rate of USD is 0, and must be more than 0",
        ),
        (
            "currency:\n  code: EUR\n  rate: 0.9\n  as_of: 2026-11-01\n  rates:\n    CNY: -1",
            "finops-lint.yaml:6:5: currency: the rate of CNY is -1, and must be more than 0",
        ),
        ("currency: {code: EUR, as_of: 2026-11-01}", "finops-lint.yaml:1:1: currency: state the rate, EUR for one USD"),
        ("currency: {code: USD, rate: 2, as_of: 2026-11-01}", "finops-lint.yaml:1:1: currency: one USD is one USD"),
        ("currency: {code: EUR, rate: 0.9}", "finops-lint.yaml:1:1: currency: as_of is missing"),
        (
            "currency: {code: EUR, rate: 0.9, as_of: yesterday}",
            "finops-lint.yaml:1:34: currency: as_of is yesterday, and must be a day",
        ),
        ("currency: {code: euro, rate: 0.9, as_of: 2026-11-01}", "finops-lint.yaml:1:12: currency.code: "),
        ("usage: average", "finops-lint.yaml:1:1: usage: must be one of stated, typical"),
    ],
)
def test_wrong_terms_are_told_with_file_line_and_column(here: Path, text: str, said: str) -> None:
    assert fault(text).startswith(said)


def test_a_folder_of_prices_may_know_further_regions(here: Path) -> None:
    Path("prices").mkdir()
    write("prices: prices\nregions: {aws: xx-north-7}\n")
    assert load_settings(".").regions == {"aws": "xx-north-7"}


# Unit costs, guardrails, approvals


def test_unit_costs_and_guardrails_can_be_set(here: Path) -> None:
    write(
        """
unit_costs:
  - name: per 1,000 tokens
    volume: {usage: monthly_tokens, of: [aws_x.*]}
    per: 1000
    tags: {service: chat}
    guardrail: {above: 0.001, action: warn}
  - {name: per customer, volume: [10, 20.5, 50], types: [aws_*]}
guardrails:
  - {name: growth, increase: 200, increase_percent: 10, each: project, message: ask Ann}
  - {name: budget, total: 5000, projects: [infra/*], action: warn}
approvals:
  - {guardrail: budget, reason: FIN-12, until: 2026-12-31}
  - {label: cost-approved}
history: finops/history.jsonl
"""
    )
    settings = load_settings(".")
    assert settings.unit_costs == (
        UnitCostRule(
            "per 1,000 tokens",
            Volume(usage="monthly_tokens", of=("aws_x.*",)),
            Decimal(1000),
            Scope(tags={"service": "chat"}),
            Decimal("0.001"),
            Action.WARN,
        ),
        UnitCostRule(
            "per customer",
            Volume(Range(Decimal(10), Decimal("20.5"), Decimal(50))),
            scope=Scope(types=("aws_*",)),
        ),
    )
    assert settings.guardrails == (
        GuardrailRule("growth", each="project", increase=Decimal(200), increase_percent=Decimal(10), message="ask Ann"),
        GuardrailRule("budget", Scope(projects=("infra/*",)), total=Decimal(5000), action=Action.WARN),
    )
    assert settings.approvals == (
        Approval("budget", reason="FIN-12", until=date(2026, 12, 31)),
        Approval(label="cost-approved"),
    )
    assert settings.history == "finops/history.jsonl"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("guardrails: [{name: a}]", "1:14: guardrails.0: needs total, or increase, or increase_percent"),
        ("guardrails:\n- {name: a, total: lots}", "2:13: guardrails.0.total: must be a number"),
        ("guardrails:\n- {name: a, total: -1}", "2:13: guardrails.0.total: must be 0 at least"),
        ("guardrails:\n- {name: a, total: .nan}", "2:13: total: not a figure"),
        ("guardrails:\n- {name: a, total: .inf}", "2:13: guardrails.0.total: must be 1,000,000,000,000,000 at most"),
        ("guardrails: [{name: a, total: 1, each: tag}]", "1:34: each: one of project, resource, type, tag:KEY"),
        ("guardrails:\n- {name: a, total: 1}\n- {name: a, total: 2}", "3:4: a is the name of another one"),
        ("guardrails: [{name: a, totl: 1}]", "1:24: totl is no setting; did you mean total?"),
        ("unit_costs: [{name: a}]", "1:14: unit_costs.0: volume is missing"),
        ("unit_costs: [{name: a, volume: many}]", "1:24: unit_costs.0.volume: must be a number or a list or a map"),
        ("unit_costs: [{name: a, volume: [3, 2, 1]}]", "1:24: volume: low, expected and high in this order"),
        ("unit_costs: [{name: a, volume: 1, per: 0}]", "1:35: unit_costs.0.per: must be more than 0"),
        ("approvals: [{label: x, guardrail: b}]", "1:24: approvals: there is no guardrail b; there are: none"),
        ("approvals: [{reason: x}]", "1:13: approvals.0: needs label, or guardrail with reason and until"),
        (
            "guardrails: [{name: b, total: 1}]\napprovals: [{guardrail: b, reason: x, until: soon}]",
            "2:39: until: a day, as 2027-03-31",
        ),
        ("history: ../../elsewhere", "1:1: history: a file in the settings file's folder or below"),
        ("history: /etc/motd", "1:1: history: a file in the settings file's folder or below"),
    ],
)
def test_a_wrong_limit_is_told_with_its_place(here: Path, text: str, complaint: str) -> None:
    assert f"finops-lint.yaml:{complaint}" in fault(text)


def test_a_file_may_extend_another(here: Path) -> None:
    write("ignore: [ebs-gp2-volume]\nfail_on: error\nparams: {log-group-without-retention: {days: 7}}\n", "base.yaml")
    write("extend: base.yaml\nignore: [required-tags]\nseverity: {rds-gp2-storage: error}\n")
    settings = load_settings(".")
    assert settings.ignore == ("ebs-gp2-volume", "required-tags")
    assert settings.fail_on is Severity.ERROR
    assert settings.params == {"log-group-without-retention": {"days": 7}}
    assert settings.severity == {"rds-gp2-storage": Severity.ERROR}
    assert settings.file == "finops-lint.yaml"


def test_paths_of_an_extended_file_start_at_its_own_folder(here: Path) -> None:
    write("exclude: [examples/*]\n", "shared/base.yaml")
    write("extend: ../shared/base.yaml\n", "infra/finops-lint.yaml")
    assert load_settings("infra").exclude == ("shared/examples/*",)


def test_files_that_extend_each_other_are_refused(here: Path) -> None:
    write("extend: finops-lint.yaml\n", "base.yaml")
    assert "extend each other" in fault("extend: base.yaml\n")
    assert "there is no gone.yaml" in fault("extend: gone.yaml\n")


def test_scopes_say_where_and_what(here: Path) -> None:
    write("scopes:\n  - {paths: [dev/*], environments: [development], ignore: [no-budget], reason: small}\n")
    assert load_settings(".").scopes == (
        RuleScope(paths=("dev/*",), environments=("development",), ignore=("no-budget",)),
    )
    assert "finops-lint.yaml:1:" in fault("scopes: [{ignore: [no-budget]}]\n")
    assert "no rule is called no-such" in fault("scopes: [{paths: [a], ignore: [no-such]}]\n")


def test_measured_gpu_use_is_read_with_the_settings(here: Path) -> None:
    (here / "use.csv").write_text("address,percent\naws_instance.llm,20\n")
    write("utilisation: use.csv\n")
    [measured] = load_settings(".").measured
    assert (measured.names, str(measured.percent)) == (("aws_instance.llm",), "20.0")


def test_an_export_that_is_not_there_or_is_none_is_told(here: Path) -> None:
    assert "there is no use.csv" in fault("utilisation: use.csv\n")
    (here / "use.csv").write_text("a,b\n")
    with pytest.raises(FinopsLintError, match="expected CSV"):
        load_settings(".")


def test_a_file_outside_the_repository_is_not_extended(here: Path) -> None:
    (here.parent / "base.yaml").write_text("ignore: [no-budget]\n", "utf-8")
    assert "lies outside this repository" in fault("extend: ../base.yaml\n")
    (here / "link.yaml").symlink_to(here.parent / "base.yaml")
    assert "lies outside this repository" in fault("extend: link.yaml\n")
