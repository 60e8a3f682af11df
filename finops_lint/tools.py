"""What a run needs to read, price and check: opened when first asked for, and used on one project after another.

The one place where readers, costs and rules meet; `pipeline` has the runs.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from finops_lint.catalog.data import data_root
from finops_lint.catalog.links import with_links
from finops_lint.model.errors import FinopsLintError, words_of
from finops_lint.model.estimate import Estimate, UnitPrice, Unpriced
from finops_lint.model.explanation import UsageFact
from finops_lint.model.finding import Finding, Level, Problem, RuleSummary
from finops_lint.model.project import Project
from finops_lint.model.records import record, replace
from finops_lint.model.regexes import regex
from finops_lint.model.report import ProjectReport, ReportedResource
from finops_lint.model.resource import Graph, Resource
from finops_lint.model.settings import Settings
from finops_lint.model.span import Span
from finops_lint.model.values import Unknown, Value, get, known_map, set_in
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.files import read_file
from finops_lint.request import Request

if TYPE_CHECKING:
    from finops_lint.catalog.kept import Kept
    from finops_lint.catalog.kubernetes.workloads import Clusters
    from finops_lint.catalog.machines import Machines
    from finops_lint.catalog.prices import PriceBook
    from finops_lint.catalog.sheets import Sheets
    from finops_lint.catalog.taggable import Taggable
    from finops_lint.costs.pricer import Pricer
    from finops_lint.costs.usage import Usage
    from finops_lint.readers.cloudformation.source import Templates
    from finops_lint.readers.terraform.loader import Loader
    from finops_lint.readers.terraform.variables import TerraformOptions
    from finops_lint.rules.checker import Checker
    from finops_lint.rules.rule import Rule
    from finops_lint.surroundings import Surroundings

MACHINE_ITEMS = {
    "aws": ("aws", "ec2/linux/{}"),
    "azure": ("azure", "vm/linux/{}"),
    "google": ("google", "compute/ondemand/{}"),
    "sagemaker/hosting": ("aws", "sagemaker/hosting/{}"),
    "sagemaker/notebook": ("aws", "sagemaker/notebook/{}"),
    "sagemaker/studio": ("aws", "sagemaker/studio-jupyterlab/{}"),
    "sagemaker/training": ("aws", "sagemaker/training/{}"),
}
"""Service, as rules name it → cloud and price item of a machine's hour."""

COLLECT_FROM = 2_000_000
"""Objects made and kept that make a collection of garbage worth its time, where Python's own are off: some 200 MB."""

_SECRET_NAME = regex(r"(?i)passw(?:or)?d|passphrase|secret|token|credential|(?:private|api|access)[_-]?key")
_CLUSTER_TYPES = ("kubernetes_", "kubectl_manifest")
"""How the Terraform types begin that declare objects in a cluster."""


@record(frozen=True, slots=True)
class Outcome:
    """One project after its reading: now, and before where the input tells."""

    after: ProjectReport
    before: ProjectReport | None = None
    rules: tuple[RuleSummary, ...] = ()


_LASTING = ("sheets", "taggable", "machines", "prices", "kept", "checker")
"""The tools that open shipped data only."""


class Tools:
    """What reading, pricing and checking need, made when first asked for and shared by all projects of a run."""

    def __init__(self, request: Request, paths: Sequence[ProjectPath] = ()) -> None:
        self.request = request
        self._summarized: dict[str, RuleSummary] = {}
        self.paths = paths
        """All projects of the run: what one exports, another may import."""
        self._by_settings: dict[str, Tools] = {}

    def share(self, other: Tools) -> None:
        """Take the shipped data that another run with the same rules, sheets and prices opens."""
        self.__dict__.update((name, getattr(other, name)) for name in _LASTING)

    def project(self, path: ProjectPath) -> Outcome:
        """Read and judge one project, by the settings nearest to it.

        A fault of ours in it is told, and costs no other project its result.
        """
        tools = self._nearest(path)
        return tools._project(path)

    def _nearest(self, path: ProjectPath) -> Tools:
        """The tools with the settings that hold where a project lies: those of a file nearer to it than the run's."""
        near = self.request.settings_near
        settings = near(path.path) if near is not None else self.request.settings
        if settings.file == self.request.settings.file:
            return self
        if settings.file not in self._by_settings:
            usage = self.request.usage_file or settings.usage_file
            request = replace(self.request, settings=settings, usage_file=usage, settings_near=None)
            self._by_settings[settings.file] = Tools(request, self.paths)
        return self._by_settings[settings.file]

    def _project(self, path: ProjectPath) -> Outcome:
        self._tidy()
        self.prices.begin_project()
        try:
            project = self.read(path)
            after, rules = self.judge(project, self.around(path, project))
            if project.before is None or not self.request.change:
                return Outcome(after, None, rules)
            before, more = self.judge(project.before)
            return Outcome(after, before, tuple({r.id: r for r in (*more, *rules)}.values()))
        except FinopsLintError:
            raise
        except (RecursionError, MemoryError):
            return failed(path, "input-too-deep", "nested too deeply or too large to be read", "")
        except Exception as error:  # one project's fault must not cost the others their results
            if os.environ.get("FINOPS_LINT_DEBUG", "") not in ("", "0"):
                raise
            hint = "a bug of finops-lint: please report this line; FINOPS_LINT_DEBUG=1 prints the details"
            return failed(path, "internal-error", words_of(error), hint)

    def _tidy(self) -> None:
        """Free what finished projects leave in rings, where the caller has turned Python's own collector off.

        What is kept from them is kept for good, so that it is not walked again.
        """
        if not gc.isenabled() and gc.get_count()[0] > COLLECT_FROM:
            gc.collect()
            gc.freeze()

    def read(self, path: ProjectPath) -> Project:
        """The project's resources, with the edges their names make."""
        project = self._read(path)
        return replace(self._linked(project), before=project.before and self._linked(project.before))

    def _linked(self, project: Project) -> Project:
        """The project with the edges that names make, its cluster objects in Terraform as what they declare."""
        if any(r.type.startswith(_CLUSTER_TYPES) for r in project.resources):
            from finops_lint.readers.kubernetes.embedded import with_objects

            project = self._with_clouds(replace(project, resources=with_objects(project.resources)))
        return replace(project, resources=with_links(project.resources))

    def _with_clouds(self, project: Project) -> Project:
        from finops_lint.readers.kubernetes.declared import clouds_in

        found = clouds_in(project.resources, self.sheets, self.taggable)
        if found is None:
            return project
        return replace(
            project,
            resources=found.resources,
            problems=(*project.problems, *found.problems),
            handed_out=lambda: project.handed_out() | found.in_use,
        )

    def _read(self, path: ProjectPath) -> Project:
        if path.kind == "terraform":
            from finops_lint.readers.terraform.source import read_source

            return read_source(path, self.terraform, loader=self.loader, sheets=self.sheets, taggable=self.taggable)
        if path.kind == "cloudformation":
            from finops_lint.readers.cloudformation.source import read_stack

            return read_stack(path, self.templates, sheets=self.sheets, taggable=self.taggable)
        if path.kind == "kubernetes":
            return self._manifests(path)
        data = self._document(path)
        if isinstance(data, Problem):
            return Project(path.name, path.path, path.kind, problems=(data,), complete=False)
        if path.kind == "changeset":
            from finops_lint.readers.cloudformation.changeset import read_change_set

            return read_change_set(data, path, self.templates, (self.sheets, self.taggable))
        if path.kind == "state":
            from finops_lint.readers.terraform.state import read_state

            return read_state(data, file=path.path, name=path.name, sheets=self.sheets, taggable=self.taggable)
        from finops_lint.readers.terraform.plan import read_plan

        return read_plan(
            data,
            file=path.path,
            name=path.name,
            sheets=self.sheets,
            taggable=self.taggable,
            source=self.plan_source,
            must_match=not self.request.source,
        )

    def _manifests(self, path: ProjectPath) -> Project:
        from finops_lint.readers.kubernetes.grouping import Group
        from finops_lint.readers.kubernetes.manifests import Catalog, read_manifests, read_rendered

        catalog = Catalog(self.clusters.kinds, self.sheets, self.taggable)
        rendered = dict(self.request.rendered).get(path.path) if not path.files else None
        if rendered is not None:
            return read_rendered(rendered, file=path.path, name=path.name, catalog=catalog)
        if self.request.stdin is not None:
            return read_rendered(self.request.stdin, file=path.path, name=path.name, catalog=catalog)
        group = path.group or Group(path.path, path.files)
        return read_manifests(group, name=path.name, top=path.top, catalog=catalog)

    def _document(self, path: ProjectPath) -> bytes | Problem:
        """A plan's or state's bytes."""
        if self.request.stdin is not None:
            return self.request.stdin
        limits = self.terraform.limits
        data = read_file(path.path, limits=replace(limits, file_bytes=limits.document_bytes))
        return replace(data, level=Level.ERROR) if isinstance(data, Problem) else data

    @cached_property
    def plan_source(self) -> ProjectPath | None:
        """The source a plan was made from: the folder the user names, else the working folder."""
        folder = Path(self.request.source or ".")
        if not any(folder.glob("*.tf")) and not any(folder.glob("*.tofu")) and not any(folder.glob("*.tf.json")):
            return None
        real = folder.resolve()
        top = next((here for here in (real, *real.parents) if (here / ".git").exists()), real)
        return ProjectPath("terraform", folder.as_posix(), folder.as_posix(), str(top))

    def stated(self) -> list[Outcome]:
        """What only the usage file tells of, as a project of its own; there is nothing in it to check."""
        resources = tuple(self.usage.resources(self.sheets))
        if not resources:
            return []
        name = self.request.usage_file
        graph = Graph(resources)
        report = self._priced(Project(name, name, "usage", resources), graph, self.pricing(graph))
        return [Outcome(report)]

    def usage_of(self, type_name: str) -> Iterator[UsageFact]:
        """The usage keys of a type's sheet."""
        from finops_lint.catalog.sheet_model import fact_of

        sheet = self.sheets.get(type_name)
        yield from map(fact_of, sheet.usage.values() if sheet else ())

    def judge(self, project: Project, around: Sequence[Resource] = ()) -> tuple[ProjectReport, tuple[RuleSummary, ...]]:
        """The project's estimates and, if asked for, what the rules say; `around` are nodes its pods may run on."""
        graph = Graph(project.resources, around, project.handed_out, project.part)
        prices = self.pricing(graph, project.workspace)
        report = self._priced(project, graph, prices)
        return self._checked(report, project, graph, prices) if self.request.check else (report, ())

    def _priced(self, project: Project, graph: Graph, prices: Prices) -> ProjectReport:
        known = len(self.pricer.problems)
        estimates = [prices.price(resource, graph) for resource in graph.resources]
        misfits = self.pricer.problems[known:]
        return ProjectReport(
            name=project.name,
            path=project.path,
            dialect=project.dialect,
            resources=tuple(_reported(r, e) for r, e in zip(graph.resources, estimates, strict=True)),
            problems=(*project.problems, *misfits),
            complete=project.complete,
            workspace=project.workspace,
        )

    def pricing(self, graph: Graph, workspace: str = "") -> Prices:
        """The prices of one project's resources."""
        return Prices(self, graph, workspace)

    def _checked(
        self, report: ProjectReport, project: Project, graph: Graph, prices: Prices
    ) -> tuple[ProjectReport, tuple[RuleSummary, ...]]:
        result = self.checker.check(
            graph,
            prices,
            project=project.name,
            today=self.request.today,
            read=self._text,
            facts={"name": project.name, "dialect": project.dialect, "workspace": project.workspace},
        )
        mentioned = {f.rule for f in (*result.findings, *result.suppressed)} | {u.rule for u in result.undecided}
        checked = replace(
            report,
            findings=tuple(self._in_its_words(found, graph) for found in result.findings),
            suppressed=result.suppressed,
            undecided=result.undecided,
            problems=(*report.problems, *result.problems),
        )
        return checked, tuple(summary for name in sorted(mentioned) for summary in self._summaries(name))

    def _in_its_words(self, finding: Finding, graph: Graph) -> Finding:
        """What is said of a template or an object, with the names these have for types and attributes."""
        resource = graph.by_address.get(finding.address)
        if resource is not None and resource.dialect == "kubernetes" and "renamed" in resource.metadata:
            return _in_field_words(finding, resource)
        if resource is None or resource.dialect != "cloudformation":
            return finding
        from finops_lint.catalog.template_words import in_template_words

        sheet = self.sheets.get(resource.type)
        names = sheet.properties if sheet is not None else {}
        keys = {tag.key for tag in self.request.settings.required_tags} | known_map(resource.tags.effective).keys()
        said = partial(in_template_words, names=names, type_name=self.sheets.template_name, but=keys)
        remedy = finding.remedy
        if remedy is not None:
            remedy = replace(remedy, advice=said(remedy.advice))
        return replace(finding, message=said(finding.message), remedy=remedy)

    def _summaries(self, rule_id: str) -> Iterator[RuleSummary]:
        """What the report keeps of a rule; nothing of those that live in the checker itself."""
        if rule_id not in self._summarized:
            try:
                rule = self.checker.rule(rule_id)
            except KeyError:
                return
            summary = summary_of(rule, self.request.settings)
            self._summarized[rule_id] = replace(summary, types=(), params=(), examples=())
        yield self._summarized[rule_id]

    def _text(self, file: str) -> str | None:
        """A source file's text, for the suppressions in it; a plan holds none."""
        if file.endswith(".json") and not file.endswith((".tf.json", ".tofu.json")):
            return None
        parsed = self.loader.sources.get(file) if "loader" in self.__dict__ else None
        data = read_file(file) if parsed is None else parsed.data
        return None if isinstance(data, Problem) else data.decode("utf-8", "replace")

    @cached_property
    def root(self) -> Path:
        """The shipped data."""
        return data_root()

    @cached_property
    def terraform(self) -> TerraformOptions:
        """How Terraform is read."""
        from finops_lint.readers.terraform.variables import TerraformOptions

        files = tuple(("file", f) for f in self.request.settings.var_files)
        return TerraformOptions(
            inputs=(*files, *self.request.inputs),
            environment=self.request.environment,
            workspace=self.request.workspace or self.request.settings.workspace,
            regions=self.request.settings.regions,
        )

    @cached_property
    def templates(self) -> Templates:
        """The templates read so far: those that several stacks nest are read once."""
        from finops_lint.readers.cloudformation.source import TemplateOptions, Templates

        options = TemplateOptions(self.request.parameters, self.request.settings.regions.get("aws", ""))
        return Templates(options, tuple(p for p in self.paths if p.kind == "cloudformation"))

    def around(self, path: ProjectPath, project: Project) -> tuple[Resource, ...]:
        """What pods of `project` may need to know of the run's others; it is kept for them in turn."""
        if not self._has_manifests:
            return ()
        self._surroundings.keep(path, project)
        return self._surroundings.of(path)

    @cached_property
    def _has_manifests(self) -> bool:
        return any(path.kind == "kubernetes" for path in self.paths)

    @cached_property
    def _surroundings(self) -> Surroundings:
        """What the projects of the run may need to know of one another."""
        from finops_lint.surroundings import Surroundings

        return Surroundings(self.paths, self.read)

    @cached_property
    def clusters(self) -> Clusters:
        """What is known about where pods run: shipped facts and the settings."""
        from finops_lint.catalog.kubernetes.kinds import Kinds
        from finops_lint.catalog.kubernetes.nodes import Defaults
        from finops_lint.catalog.kubernetes.split import Weights
        from finops_lint.catalog.kubernetes.workloads import Clusters

        says, regions = self.request.settings.kubernetes, self.request.settings.regions
        defaults = Defaults(says.cloud, says.region, says.machine, regions, says.pods_per_gpu)
        weights = Weights(*says.split) if says.split else None
        return Clusters(self.prices, self.machines, defaults=defaults, kinds=Kinds(says.kinds), weights=weights)

    @cached_property
    def loader(self) -> Loader:
        """The modules read so far: those that several projects call are read once."""
        from finops_lint.readers.terraform.loader import Loader

        return Loader(self.terraform.limits)

    @cached_property
    def sheets(self) -> Sheets:
        """The price sheets: the user's own before the shipped ones."""
        from finops_lint.catalog.sheets import Sheets

        own = [Path(p) for p in self.request.settings.sheets]
        kinds = self.request.settings.kubernetes.kinds
        return Sheets(self.root / "pricing", extra=own, machines=self.machines, own_kinds=kinds, kept=self.kept)

    @cached_property
    def kept(self) -> Kept:
        """What shipped files say, made ready when the wheel was built or in earlier runs."""
        from finops_lint.catalog.kept import Kept

        own = Path(self.request.cache) if self.request.cache else None
        return Kept(shipped=self.root / "kept", own=own)

    @cached_property
    def taggable(self) -> Taggable:
        """Which types take tags, and where."""
        from finops_lint.catalog.taggable import Taggable

        return Taggable(self.root)

    @cached_property
    def checker(self) -> Checker:
        """The rules."""
        from finops_lint.rules.checker import Checker
        from finops_lint.rules.context import Catalog
        from finops_lint.rules.loader import index_rules

        files = index_rules(self.root, [Path(p) for p in self.request.settings.rules], kept=self.kept)
        catalog = Catalog(self.machines, self.taggable, self.kept, lambda: self.clusters)
        return Checker(files, catalog, self.request.settings)

    @cached_property
    def machines(self) -> Machines:
        """The machine lists."""
        from finops_lint.catalog.machines import Machines

        return Machines(self.root / "pricing")

    @cached_property
    def prices(self) -> PriceBook:
        """The price tables: the user's, where the settings name any, before the shipped ones."""
        from finops_lint.catalog.prices import PriceBook

        overlays, stated = [Path(p) for p in self.request.price_folders], self.request.settings.price_overrides
        suggests, machines = self.request.suggests, self.machines
        if not stated:
            return PriceBook(self.root / "pricing", overlays, suggests=suggests, kept=self.kept, machines=machines)
        from finops_lint.catalog.stated_prices import StatedPrices

        return StatedPrices(
            self.root / "pricing", overlays, stated=stated, suggests=suggests, kept=self.kept, machines=machines
        )

    @cached_property
    def usage(self) -> Usage:
        """The stated usage."""
        from finops_lint.costs.usage import NO_USAGE, read_usage

        return read_usage(Path(self.request.usage_file)) if self.request.usage_file else NO_USAGE

    @cached_property
    def pricer(self) -> Pricer:
        """The cost models, with the stated usage."""
        from finops_lint.costs.pricer import Pricer, PricerOptions

        settings = self.request.settings
        options = PricerOptions(
            regions=settings.regions,
            discounts=settings.discounts,
            schedules=settings.schedules,
            typical=settings.usage == "typical",
            today=self.request.as_of or self.request.today,
            clusters=lambda: self.clusters,
        )
        return Pricer(self.sheets, self.prices, usage=self.usage, options=options)

    def machine_hour(self, service: str, machine: str, region: str | Unknown | None) -> UnitPrice | Unpriced:
        """List price of one hour of `machine` on demand, in the reference region where none is known."""
        from finops_lint.catalog.regions import REFERENCE

        cloud, item = MACHINE_ITEMS[service]
        known = region if isinstance(region, str) and region else ""
        place = known or self.request.settings.regions.get(cloud) or REFERENCE[cloud]
        found = self.prices.look_up(item.format(machine), cloud=cloud, region=place)
        return found if isinstance(found, Unpriced) else found[0].price


class Prices:
    """Estimates of one project, each worked out once; what the rules ask for prices."""

    def __init__(self, tools: Tools, graph: Graph, workspace: str) -> None:
        self._tools = tools
        self._graph = graph
        self._workspace = workspace
        self._known: dict[int, Estimate] = {}

    def price(self, resource: Resource, graph: Graph) -> Estimate:
        """The monthly cost of `resource`; remembered where it stands in the project's own graph."""
        if graph is not self._graph:
            return self._tools.pricer.price(resource, graph, self._workspace)
        estimate = self._known.get(id(resource))
        if estimate is None:
            estimate = self._tools.pricer.price(resource, graph, self._workspace)
            if graph.by_address.get(resource.address) is resource:
                self._known[id(resource)] = estimate
        return estimate

    @cached_property
    def _dependents(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self._graph.resources:
            for address in self.price(resource, self._graph).through:
                found.setdefault(address, []).append(resource)
        return found

    def priced_through(self, address: str) -> tuple[Resource, ...]:
        """The resources whose estimate was read from the one at `address`."""
        return tuple(self._dependents.get(address, ()))

    def machine_hour(self, service: str, machine: str, region: str | Unknown | None) -> UnitPrice | Unpriced:
        """List price of one hour of `machine` on demand."""
        return self._tools.machine_hour(service, machine, region)


def _in_field_words(finding: Finding, resource: Resource) -> Finding:
    """What is said of a cloud's resource that an object declares, with the names its fields have.

    Fields of Azure's operator are not called after Terraform's arguments; what is said of labels names these.
    """
    if str(resource.metadata["renamed"]).partition("/")[0].endswith(".azure.com") or finding.path == resource.tags.path:
        return finding
    from finops_lint.catalog.template_words import in_field_words

    tags = known_map(resource.tags.effective)
    remedy = finding.remedy and replace(finding.remedy, advice=in_field_words(finding.remedy.advice, but=tags))
    return replace(finding, message=in_field_words(finding.message, but=tags), remedy=remedy)


def failed(path: ProjectPath, code: str, message: str, hint: str) -> Outcome:
    """The outcome of a project that gave none, with why."""
    problem = Problem(Level.ERROR, code, message, Span(path.path, 1), hint)
    return Outcome(ProjectReport(path.name, path.path, path.kind, problems=(problem,), complete=False))


def _reported(resource: Resource, estimate: Estimate) -> ReportedResource:
    return ReportedResource(
        address=resource.address,
        type=resource.type,
        provider=resource.provider,
        region=resource.region if isinstance(resource.region, str) else "",
        span=resource.span,
        estimate=estimate,
        tags=_shown_tags(resource),
        calls=resource.calls,
        module=resource.module,
        formerly=resource.formerly,
    )


def _shown_tags(resource: Resource) -> Value:
    """The effective tags, with those that may be secret withheld."""
    tags, path = resource.tags.effective, resource.tags.path
    for name in known_map(tags):
        if _speaks_of_a_secret(str(name)):
            tags = set_in(tags, (name,), Unknown("withheld: its name speaks of a secret"))
    if path is None or not resource.sensitive:
        return tags
    if resource.is_sensitive(path):
        return Unknown("withheld: sensitive")
    for secret in resource.sensitive:
        if secret[: len(path)] == path and get(tags, secret[len(path) :]) is not None:
            tags = set_in(tags, secret[len(path) :], Unknown("withheld: sensitive"))
    return tags


@lru_cache(maxsize=1_000)
def _speaks_of_a_secret(name: str) -> bool:
    """Whether a tag's value is better withheld; a stack has few names and thousands of tags."""
    return _SECRET_NAME.search(name) is not None


def summary_of(rule: Rule, settings: Settings) -> RuleSummary:
    """What a report says of `rule`, with the severity the settings give it."""
    return RuleSummary(
        id=rule.id,
        severity=settings.severity.get(rule.id, rule.severity),
        title=rule.title,
        why=rule.why,
        confidence=rule.confidence,
        source_title=rule.source.title,
        source_url=rule.source.url,
        types=rule.types,
        needs=rule.needs,
        params=tuple((name, str(value)) for name, value in rule.params.items()),
        examples=tuple((example.verdict, example.code) for example in rule.examples),
    )
