"""Small reports built by hand: figures a reader can check in the head."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from finops_lint.model.estimate import CostComponent, Coverage, Estimate, UnitPrice, Unpriced
from finops_lint.model.finding import (
    Confidence,
    Finding,
    Level,
    Problem,
    Remedy,
    RuleSummary,
    Severity,
    Undecided,
)
from finops_lint.model.money import Money, Range
from finops_lint.model.records import replace
from finops_lint.model.report import PriceSet, ProjectReport, Report, ReportedResource
from finops_lint.model.span import Span
from finops_lint.model.values import Partial, Unknown, Value


def price(amount: str, item: str = "ec2/linux/m5.large", *, approximate: str = "") -> UnitPrice:
    return UnitPrice(
        item, "us-east-1", Decimal(amount), "hours", source="table-2026", as_of="2026-07-20", approximate=approximate
    )


def component(
    name: str,
    per_unit: str,
    quantity: str | tuple[str, str, str] | None = "730",
    *,
    unit: str = "hours",
    group: tuple[str, ...] = (),
    usage_key: str = "",
    approximate: str = "",
) -> CostComponent:
    if isinstance(quantity, str):
        figures: Range | None = Range.of(Decimal(quantity))
    else:
        figures = Range(*(Decimal(q) for q in quantity)) if quantity else None
    return CostComponent(
        name,
        unit,
        figures,
        price(per_unit, approximate=approximate),
        per_unit=Decimal(per_unit),
        group=group,
        usage_key=usage_key,
    )


def unpriced(name: str, reason: str, *waits_for: str) -> CostComponent:
    return CostComponent(name, "hours", None, None, unpriced=Unpriced(reason, waits_for))


def resource(
    address: str,
    *components: CostComponent,
    coverage: Coverage = Coverage.PRICED,
    file: str = "main.tf",
    line: int = 1,
    assumed: str = "",
    tags: Value = None,
    formerly: tuple[str, ...] = (),
    calls: tuple[Span, ...] = (),
    note: str = "",
) -> ReportedResource:
    kind = address.split("[")[0].split(".")[-2]
    return ReportedResource(
        address,
        kind,
        "aws",
        "us-east-1",
        Span(file, line),
        Estimate(address, kind, coverage, components, assumed=assumed, note=note),
        tags={} if tags is None else tags,
        formerly=formerly,
        calls=calls,
    )


def usd(amount: str) -> Money:
    return Money(Range.of(Decimal(amount)))


def finding(
    rule: str,
    address: str,
    message: str,
    *,
    severity: Severity = Severity.WARNING,
    file: str = "main.tf",
    line: int = 1,
    at_stake: str = "",
    saving: str = "",
    path: tuple[str | int, ...] = (),
    inferred_from: str = "",
    suppressed: str = "",
    remedy: Remedy | None = None,
) -> Finding:
    return Finding(
        rule,
        severity,
        Confidence.HIGH,
        address,
        address.split(".")[0],
        "stack",
        Span(file, line, 3),
        message,
        path=path,
        at_stake=usd(at_stake) if at_stake else None,
        saving=usd(saving) if saving else None,
        inferred_from=inferred_from,
        suppressed=suppressed,
        remedy=remedy,
        fingerprint=f"{rule}:{address}",
    )


def project(
    resources: Iterable[ReportedResource] = (),
    findings: Iterable[Finding] = (),
    *,
    name: str = "stack",
    suppressed: Iterable[Finding] = (),
    undecided: Iterable[Undecided] = (),
    problems: Iterable[Problem] = (),
    complete: bool = True,
    workspace: str = "",
) -> ProjectReport:
    return ProjectReport(
        name,
        name,
        "terraform",
        tuple(resources),
        tuple(findings),
        tuple(suppressed),
        tuple(undecided),
        tuple(problems),
        complete,
        workspace,
    )


PRICES = PriceSet("shipped", "2026-07-20", "2026-09-29", ("table-2026",))
RULES = (
    RuleSummary(
        "gpu-too-large",
        Severity.ERROR,
        "A large GPU machine does small work.",
        "A large GPU machine does small work. A smaller one keeps the memory it needs.",
        source_title="Choosing a GPU",
        source_url="https://example.org/gpu",
    ),
    RuleSummary("missing-tag", Severity.WARNING, "A bill line cannot be told apart."),
)


def report(
    *projects: ProjectReport, problems: tuple[Problem, ...] = (), rules: tuple[RuleSummary, ...] = RULES
) -> Report:
    return Report(projects, PRICES, problems, version="0.1.0", rules=rules)


def web(machine: str = "m5.4xlarge", hourly: str = "0.768", disk: str = "50") -> ReportedResource:
    """0.768 × 730 = 560.64; 50 × 0.10 = 5.00."""
    return resource(
        "aws_instance.web",
        component(f"Instance usage (Linux/UNIX, on-demand, {machine})", hourly),
        component("Storage (general purpose SSD, gp2)", "0.10", disk, unit="GB", group=("root_block_device",)),
        tags={"finops:team": "search", "owner": Unknown("var.owner has no default", ("var.owner",))},
    )


def nat() -> ReportedResource:
    """0.045 × 730 = 32.85, and a line by usage."""
    return resource(
        "aws_nat_gateway.this",
        component("NAT gateway", "0.045"),
        component("Data processed", "0.045", None, unit="GB", usage_key="monthly_data_processed_gb"),
        file="network.tf",
        line=4,
    )


def node(monthly: str = "300") -> ReportedResource:
    """A node group of $300.00 a month."""
    return resource("aws_eks_node_group.gpu", component("Instance usage", "1", monthly))


def pods(monthly: str = "200", *, team: str = "ml") -> ReportedResource:
    """Pods whose share of that node group is $200.00, shown and not added up."""
    share = replace(component("GPU", "1", monthly), paid_by="aws_eks_node_group.gpu")
    found = resource("apps.Deployment.chat", share, tags={"team": team})
    remark = "a part of aws_eks_node_group.gpu, whose price holds it: shown, not added up"
    return replace(found, estimate=replace(found.estimate, remarks=(remark,)))


def stack() -> Report:
    """Every kind of line a report can have."""
    maybe = resource(
        "aws_instance.gpu[*]",
        component("Instance usage (Linux/UNIX, on-demand, g6.xlarge)", "0.80", approximate="us-east-1 price × 1.1"),
        assumed="count depends on var.gpu",
        file="gpu.tf",
        line=12,
        tags=Partial({"finops:team": "ml"}, Unknown("var.tags has no default", ("var.tags",))),
    )
    group = resource(
        "module.pool.aws_autoscaling_group.workers",
        component("Instance usage (Linux/UNIX, on-demand, m5.large)", "0.10", ("730", "1460", "2920")),
        file="modules/pool/main.tf",
        line=7,
        calls=(Span("main.tf", 30),),
    )
    odd = resource(
        "aws_instance.odd",
        unpriced("Instance usage", "no price for p9.48xlarge in eu-west-1"),
        file="gpu.tf",
        line=40,
    )
    role = resource("aws_iam_role.web", coverage=Coverage.FREE, note="costs nothing")
    new = resource("aws_quantum_thing.x", coverage=Coverage.UNSUPPORTED)
    findings = (
        finding(
            "gpu-too-large",
            "aws_instance.web",
            "m5.4xlarge is larger than a web server needs: m5.large keeps what it uses.",
            severity=Severity.ERROR,
            line=2,
            at_stake="565.64",
            saving="490.56",
            path=("instance_type",),
            inferred_from="tag workload_type = inference",
            remedy=Remedy("aws_instance.web", ((("instance_type",), "m5.large"),), "use m5.large"),
        ),
        finding("missing-tag", "aws_instance.web", "The tag finops:cost-center is missing.", at_stake="565.64"),
        finding("missing-tag", "aws_instance.gpu[*]", "The tag finops:service is missing.", file="gpu.tf", line=12),
    )
    undecided = Undecided(
        "missing-tag", "aws_instance.gpu[*]", "stack", Span("gpu.tf", 14, 3), "var.tags has no default", ("var.tags",)
    )
    ignored = finding("missing-tag", "aws_iam_role.web", "The tag finops:team is missing.", suppressed="shared role")
    missing = Problem(
        Level.NOTICE,
        "missing-module",
        "module vpc comes from a registry and was not fetched",
        Span("main.tf", 20, 3),
        "terraform init fetches it",
    )
    return report(
        project(
            (web(), nat(), maybe, group, odd, role, new),
            findings,
            suppressed=(ignored,),
            undecided=(undecided,),
            problems=(missing,),
        )
    )
