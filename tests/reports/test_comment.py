"""The comment on a pull request: what stands in it, in which order, and that it fits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from finops_lint.compare import compare
from finops_lint.model.estimate import Coverage
from finops_lint.model.finding import Level, Problem, Remedy
from finops_lint.model.report import Diff
from finops_lint.reports.comment import CommentOptions, is_news, marker_of, render_comment
from finops_lint.reports.redaction import HIDDEN, redacted
from tests.conftest import Golden
from tests.reports.builders import component, finding, nat, node, pods, project, report, resource, stack, unpriced, web

MARKER = marker_of("default")


def change() -> Diff:
    """-$490.56 for the machine, +$5.00 for the disk, +$32.85 for the NAT gateway: -$452.71 of $565.64."""
    before = report(project((web(),), stack().findings[:2]))
    return compare(before, report(project((web("m5.large", "0.096", "100"), nat()), stack().findings[1:])))


def link(file: str, line: int) -> str:
    return f"https://forge.example/{file}#L{line}"


def comment(diff: Diff, *, limit: int = 65_536, folds: bool = True, job: str = "") -> str:
    marker = marker_of("default", html=folds)
    return render_comment(diff, CommentOptions(marker, limit, link, job, commit="0123456789abcdef", folds=folds))


def many(count: int) -> Diff:
    """`count` new resources, number n at n dollars a month."""
    found = tuple(resource(f"aws_thing.n{n}", component("Thing", str(n), "1")) for n in range(1, count + 1))
    findings = [finding("some-rule", f"aws_thing.n{n}", "Waste.", line=n, at_stake=str(n)) for n in range(1, count + 1)]
    return compare(report(project(())), report(project(found, findings)))


def test_the_comment_as_it_is_posted(golden: Golden) -> None:
    golden("comment/github.md", comment(change()))


def test_where_html_is_shown_as_written_there_is_none(golden: Golden) -> None:
    page = comment(change(), folds=False)
    golden("comment/bitbucket.md", page)
    assert "<" not in page.replace("](<https", "](https")


def test_the_marker_is_the_first_line() -> None:
    assert comment(change()).startswith("<!-- finops-lint:comment tag=default -->\n### ")
    assert comment(change(), folds=False).startswith("[//]: # (finops-lint:comment tag=default)\n### ")


def test_what_is_not_priced_is_in_no_sum_and_named() -> None:
    odd = resource("aws_instance.odd", unpriced("Instance usage", "no price for p9.48xlarge"))
    page = comment(compare(report(project(())), report(project((odd, nat())))))
    assert "goes up by $32.85, from $0.00 to $32.85" in page
    missing = "what is unpriced of `aws_instance.odd`; what depends on the use of `aws_nat_gateway.this`"
    assert f"\nNot in the figure: {missing}.\n" in page
    assert "<summary>What could not be priced or decided: 1 unpriced</summary>" in page


def test_a_project_names_how_much_of_it_has_no_price() -> None:
    odd = resource("aws_quantum_thing.x", coverage=Coverage.UNSUPPORTED)
    text = comment(compare(report(project(())), report(project((odd, web())))))
    assert "| `stack` | $0.00 | $565.64 | **+$565.64** | 1 unpriced |" in text


def test_projects_that_stay_as_they_are_complete_the_sum() -> None:
    """500 of the one that stays and 565.64 are the 1,065.64 of the head."""
    same = project((resource("aws_instance.db", component("Hours", "1", "500")),), name="data")
    text = comment(compare(report(same, project(())), report(same, project((web(),)))))
    assert "from $500.00 to $1,065.64" in text
    assert "1 further project does not change: $500.00 a month, in the figures above." in text


def test_a_share_of_a_node_says_so_and_stands_below_what_is_paid() -> None:
    text = comment(compare(report(project((node("290"), pods("50")))), report(project((node(), pods())))))
    details = text[text.index("```diff") :]
    assert details.index("aws_eks_node_group.gpu  +$10.00") < details.index("apps.Deployment.chat  +$150.00")
    assert "    a part of aws_eks_node_group.gpu, whose price holds it: shown, not added up\n" in details


def test_what_waits_for_usage_is_said() -> None:
    bucket = resource("aws_s3_bucket.logs", component("Storage", "0.023", None, unit="GB", usage_key="storage_gb"))
    page = comment(compare(report(project(())), report(project((bucket,)))))
    assert "\nNot in the figure: what depends on the use of `aws_s3_bucket.logs`.\n" in page


def test_what_could_not_be_read_stands_above_the_findings() -> None:
    problem = Problem(Level.ERROR, "syntax-error", "a bracket is not closed")
    diff = change()
    page = comment(replace(diff, after=replace(diff.after, problems=(problem,))))
    assert page.index("⚠️ **Not read:** a bracket is not closed") < page.index("| New finding |")
    assert page.splitlines()[1].startswith("### 🔴 ")


def test_many_findings_of_one_rule_are_one_line_at_first_sight() -> None:
    """Six do not fit: those of a rule stand together, with what all of them save."""
    alike = [finding("disk", f"aws_disk.d{n}", "Old.", line=n, at_stake="9", saving="2") for n in range(1, 6)]
    other = finding("tags", "aws_thing.a", "Untagged.", line=9, at_stake="1")
    body = comment(compare(report(), report(project((web(),), [*alike, other]))))
    seen, _, _ = body.partition("<details>")
    assert "**disk** `aws_disk.d1`" in seen
    assert "aws_disk.d2" not in seen
    assert "and 4 more of this rule | saves\u00a0$10.00 |" in seen
    assert "**tags** `aws_thing.a`" in seen
    assert "<summary>4 more new findings</summary>" in body
    assert all(body.count(f"`aws_disk.d{n}`") == 1 for n in range(1, 6))


def test_what_could_not_be_read_of_the_base_is_told_beside_the_figure() -> None:
    body = comment(compare(report(project((web(),), complete=False)), report(project((web("m5.large", "0.096"),)))))
    assert "Not in the figure: what could not be read of `stack`." in body


def test_advice_that_the_message_gives_is_not_repeated() -> None:
    told = finding(
        "tags", "aws_thing.a", "No tags on disks; set volume_tags.", remedy=Remedy("aws_thing.a", (), "set volume_tags")
    )
    assert "→" not in comment(compare(report(), report(project((web(),), [told])))).partition("<details>")[0]


def test_a_place_is_linked() -> None:
    assert "[`main.tf:3`](<https://forge.example/main.tf#L3>) | $3.00\u00a0at\u00a0stake |" in comment(many(4))


@pytest.mark.parametrize("limit", [60_000, 20_000, 5_000, 2_000, 600])
def test_a_long_comment_is_folded_until_it_fits_the_least_money_first(limit: int) -> None:
    page = comment(many(900), limit=limit, job="https://forge.example/runs/1")
    assert len(page.encode()) <= limit
    assert page.startswith(MARKER)
    assert "from $0.00 to $405,450.00" in page  # 900 × 901 / 2
    assert "(https://forge.example/runs/1)" in page
    shown = [n for n in range(1, 901) if f"+ aws_thing.n{n}  +" in page]
    assert shown == list(range(901 - len(shown), 901)), "what is shown is what costs most"
    assert page.count("<details>") == page.count("</details>")
    assert page.count("```") % 2 == 0


def test_names_longer_than_any_comment_are_cut() -> None:
    long = resource("aws_thing." + "x" * 50_000, component("Thing", "1", "1"))
    findings = [finding("some-rule", "aws_thing." + "x" * 50_000, "Waste.")]
    page = comment(compare(report(project(())), report(project((long,), findings))), limit=32_768)
    assert len(page.encode()) <= 32_768
    assert "goes up by $1.00" in page
    assert page.count("`" * 3) % 2 == 0


def test_characters_of_several_bytes_count_as_bytes() -> None:
    wide = resource("aws_thing." + "ü" * 5_000, component("Thing", "1", "1"))
    page = comment(compare(report(project(())), report(project((wide,)))), limit=8_000)
    assert len(page.encode()) <= 8_000


def test_a_change_of_nothing_that_costs_is_no_news() -> None:
    assert not is_news(compare(stack(), stack()))
    free = resource("aws_iam_role.new")
    assert not is_news(compare(report(project((web(),))), report(project((web(), free)))))


def test_what_costs_by_usage_or_has_no_price_is_news() -> None:
    for part in (component("Storage", "0.023", None), unpriced("Instance usage", "no price")):
        assert is_news(compare(report(project(())), report(project((resource("aws_thing.a", part),)))))


def test_new_and_fixed_findings_are_news() -> None:
    plain, found = (
        report(project((web(),))),
        report(project((web(),), [finding("some-rule", "aws_instance.web", "Waste.")])),
    )
    assert is_news(compare(plain, found))
    assert is_news(compare(found, plain))


@pytest.mark.parametrize(("threshold", "news"), [("32.85", True), ("32.86", False), ("0", True)])
def test_a_threshold_counts_both_ways(threshold: str, news: bool) -> None:
    less, more = report(project((web(),))), report(project((web(), nat())))
    assert is_news(compare(less, more), Decimal(threshold)) is news
    assert is_news(compare(more, less), Decimal(threshold)) is news


def test_no_change_stays_below_any_threshold() -> None:
    assert not is_news(compare(stack(), stack()), Decimal(0))


KEYS = [
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "11ABCDEFG0" * 4,
    "glpat-" + "a1b2c3d4e5f6g7h8i9j0",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "xoxb-" + "123456789012-abcdefABCDEF",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_in_a_name_is_not_published(key: str) -> None:
    """The forms are the examples of their makers' documentation, or made after them."""
    assert key not in redacted(f"tag token = {key}, and more")
    named = resource(f'aws_thing.a["{key}"]', component(f"Thing {key}", "1", "1"))
    findings = [finding("some-rule", f'aws_thing.a["{key}"]', f"The tag {key} is odd.")]
    page = comment(compare(report(project(())), report(project((named,), findings))))
    assert key not in page
    assert HIDDEN in page


@pytest.mark.parametrize(
    "text",
    [
        "module.gpu_pool_for_training_and_inference.aws_sagemaker_endpoint_configuration.this",
        "Environments/Production2/EuropeWest1/Infrastructure/Modules/NetworkGateway01/main.tf",
        "0123456789abcdef0123456789abcdef01234567",
        "AWS-Service-Catalog-Product-Version-2026-Europe-Frankfurt-Production",
        "GoogleKubernetesEngineAutopilotClusterForMachineLearning2026Production",
        "https://example.com/a/b",
    ],
)
def test_names_and_commits_are_no_keys(text: str) -> None:
    assert redacted(text) == text
