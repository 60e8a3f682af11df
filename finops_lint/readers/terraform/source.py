"""Turns a folder of Terraform source into a Project: every module and resource instance, with values, tags and edges.

Nothing is run and nothing is fetched; what the text cannot tell is unknown, and what could not be read is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from finops_lint.catalog.regions import azure_region
from finops_lint.model.finding import Level, Problem
from finops_lint.model.project import Project
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Resource, Tags
from finops_lint.model.span import Span
from finops_lint.model.values import Path as ValuePath
from finops_lint.model.values import Value
from finops_lint.readers.converted import converted
from finops_lint.readers.cycles import resource_cycles
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.files import notice
from finops_lint.readers.terraform.blocks import Blocks, to_canonical
from finops_lint.readers.terraform.edges import Edges, narrowed
from finops_lint.readers.terraform.empty_texts import CLOUDS_OF_ARGUMENTS, drop_empty_texts
from finops_lint.readers.terraform.engine import deep_recursion
from finops_lint.readers.terraform.evaluation import Evaluation
from finops_lint.readers.terraform.functions import Context, Functions
from finops_lint.readers.terraform.loader import Loader
from finops_lint.readers.terraform.module import CALL_META, Module
from finops_lint.readers.terraform.moves import formerly, moves_in
from finops_lint.readers.terraform.positions import Positions
from finops_lint.readers.terraform.providers import CLOUDS, Provider, default_kind, provider_of
from finops_lint.readers.terraform.regions import Region, region_of, text_of, with_parents
from finops_lint.readers.terraform.resource_instances import Instance
from finops_lint.readers.terraform.syntax import Block, TupleExpression
from finops_lint.readers.terraform.tags import provider_defaults, tags_of
from finops_lint.readers.terraform.traversals import as_traversal
from finops_lint.readers.terraform.values import to_model
from finops_lint.readers.terraform.variables import TerraformOptions, gather, undeclared

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets
    from finops_lint.catalog.taggable import Taggable

_SHOWN_MODULES = 12
_LONGEST_CHAIN_OF_PLACES = 10
"""A blob is where its container is, which is where its account is, which is where its group is."""


def read_source(
    project: ProjectPath,
    options: TerraformOptions | None = None,
    *,
    loader: Loader | None = None,
    sheets: Sheets | None = None,
    taggable: Taggable | None = None,
) -> Project:
    """The project whose root module lies in the folder `project.path`.

    `loader` remembers modules that several projects of a run call; `sheets` give types and shapes their canonical form;
    `taggable` says where a type writes its tags.
    """
    options = options or TerraformOptions()
    with deep_recursion():
        return _read(project, options, loader or Loader(options.limits), sheets, taggable)


def _read(
    project: ProjectPath,
    options: TerraformOptions,
    loader: Loader,
    sheets: Sheets | None,
    taggable: Taggable | None,
) -> Project:
    context = Context(Path(project.path))
    evaluation = Evaluation(project.path, project.top, loader, options, Functions(context), context.modules)
    configuration = loader.load(project.path, project.top)
    problems: list[Problem] = []
    given = gather(project.path, project.top, options, loader, problems)
    for problem in problems:
        evaluation.report(problem)
    root = Module(evaluation, configuration, given=given)
    variables = configuration.variables.items()
    missing = [n for n, block in variables if "default" not in block.body.attributes and n not in given]
    evaluation.waits_for_user = project.is_called or bool(missing)
    modules = list(_all_modules(root))
    _check_declarations(root)
    moves = [move for module in modules for move in moves_in(module.address, module.configuration)]
    edges = Edges(evaluation)
    reader = _Reader(project.name, edges, sheets, taggable, moves)
    resources = reader.with_places([reader.resource(m, i) for m, i in _all_instances(modules, evaluation)])
    if missing and not project.is_called and all(kind != "file" for kind, _ in options.inputs):
        from finops_lint.readers.terraform.other_values import values_elsewhere

        elsewhere = values_elsewhere(project.path, project.top, missing, options.limits)
        if elsewhere is not None:
            evaluation.report(elsewhere)
    for problem in (*resource_cycles(resources), *_missing_modules(evaluation), *_unknown_workspace(evaluation)):
        evaluation.report(problem)
    return Project(
        name=project.name,
        path=project.path,
        dialect="terraform",
        resources=tuple(resources),
        problems=tuple(evaluation.problems.values()),
        complete=not (evaluation.incomplete or evaluation.missing),
        workspace=evaluation.workspace,
        handed_out=lambda: _handed_out(edges, modules),
    )


def _handed_out(edges: Edges, modules: Sequence[Module]) -> frozenset[str]:
    with deep_recursion():
        return edges.handed_out(modules)


def _all_modules(root: Module) -> Iterator[Module]:
    """Every module instance, callers before what they call; the problems of their files are reported on the way."""
    pending = [root]
    while pending:
        module = pending.pop()
        yield module
        for problem in module.configuration.problems:
            module.evaluation.report(problem)
        module.evaluation.incomplete |= module.configuration.incomplete
        if module.call is not None:
            _check_arguments(module, module.call)
        called: list[Module] = []
        for name in module.configuration.modules:
            group = module.children(name)
            called.extend(group.members if group else ())
        pending.extend(reversed(called))


def _all_instances(modules: Iterable[Module], evaluation: Evaluation) -> Iterator[tuple[Module, Instance]]:
    """The resource instances of all modules, up to the limit; what is beyond it is told."""
    most = evaluation.options.limits.total_instances
    found = ((module, instance) for module in modules for instance in _instances(module))
    yield from islice(found, most)
    if (more := next(found, None)) is not None:
        what = f"more than {most:,} resources: {more[1].address} and what follows is not read"
        evaluation.report(notice("too-large", what, evaluation.folder))
        evaluation.incomplete = True


def _instances(module: Module) -> Iterator[Instance]:
    """The resource instances of one module instance, in the order written."""
    for kind, name in module.configuration.resources:
        group = module.group("resource", kind, name)
        yield from group.members if group else ()


def _check_arguments(module: Module, call: Block) -> None:
    """Look at what a call passes, whether or not a resource reads it."""
    evaluation, declared = module.evaluation, module.configuration.variables
    for name, attribute in call.body.attributes.items():
        if name in declared:
            module.variable(name)
        elif name not in CALL_META and not module.configuration.incomplete:
            message = f"the module in {module.configuration.folder} has no variable {name!r}"
            evaluation.report(Problem(evaluation.level, "unsupported-argument", message, attribute.span))
    missing = [n for n, b in declared.items() if "default" not in b.body.attributes and n not in call.body.attributes]
    if missing:
        message = f"module {call.labels[0]!r} needs {', '.join(missing)}, which this call does not give"
        evaluation.report(Problem(evaluation.level, "missing-argument", message, call.span))


def _check_declarations(root: Module) -> None:
    """Look at what no resource needs, so that its mistakes are told too."""
    for name in root.configuration.variables:
        root.variable(name)
    for name in root.configuration.locals:
        root.local(name)
    for name in root.configuration.outputs:
        root.read(name)
    for name in undeclared(root.given, root.configuration):
        message = f"--var {name}: the project {root.evaluation.folder} has no variable of this name"
        root.evaluation.report(Problem(Level.NOTICE, "undeclared-variable", message, Span(root.evaluation.folder, 1)))
    _check_imports(root)


def _check_imports(root: Module) -> None:
    """An `import` block whose target has no resource block: Terraform would write one, so its values are not here."""
    from finops_lint.readers.terraform.moves import address_parts

    for block in root.configuration.imports:
        parts = address_parts(block.body.attributes.get("to"))
        if len(parts) == 2 and parts not in root.configuration.resources:
            message = f"{parts[0]}.{parts[1]} is imported without a resource block, so nothing is known of it"
            root.evaluation.report(Problem(Level.NOTICE, "import-without-resource", message, block.span))


def _unknown_workspace(evaluation: Evaluation) -> Iterator[Problem]:
    """One notice for all that goes wrong in the workspace that was taken, and may not in the one that is meant."""
    if evaluation.in_workspace:
        span, first = min(evaluation.in_workspace.items(), key=lambda item: (item[0].file, item[0].line))
        number = len(evaluation.in_workspace)
        rest = "1 more argument" if number == 2 else f"{number - 1:,} more arguments"
        more = f", as {rest}" if number > 1 else ""
        message = (
            f"cannot be evaluated{more} where terraform.workspace is {evaluation.workspace}, which was taken: {first}"
        )
        yield Problem(Level.NOTICE, "workspace-not-named", message, span, "name the workspace: --workspace NAME")


def _missing_modules(evaluation: Evaluation) -> Iterator[Problem]:
    """One notice for all the modules to be fetched, and one for all the folders that are not there."""
    hint = f"run `terraform init` or `terraform get` in {evaluation.folder}"
    for missing, how in ((evaluation.missing, hint), (evaluation.folders, "")):
        if not missing:
            continue
        listed = [f"{address} ({source})" for address, source in missing.items()]
        shown = ", ".join(listed[:_SHOWN_MODULES])
        more = f" and {len(listed) - _SHOWN_MODULES} more" if len(listed) > _SHOWN_MODULES else ""
        count = "1 module is" if len(listed) == 1 else f"{len(listed)} modules are"
        message = f"{count} not at hand, so what they make is not covered: {shown}{more}"
        yield notice("missing-module", message, evaluation.folder, how)


@record(slots=True)
class _Common:
    """What the instances of one block in one module have in common."""

    module: Module
    block: Block
    type: str
    """Canonical."""
    cloud: str
    span: Span
    tag_path: ValuePath | None
    """Where its type writes its tags, if the catalog knows."""
    notes: dict[str, Value]


class _Reader:
    """Makes Resources of instances."""

    def __init__(
        self,
        project: str,
        edges: Edges,
        sheets: Sheets | None,
        taggable: Taggable | None,
        moves: Sequence[tuple[str, str]],
    ) -> None:
        self.project = project
        self.edges = edges
        self.sheets = sheets
        self.taggable = taggable
        self.moves = moves
        self._last: _Common | None = None
        # Many resources ask the same of few providers.
        self._places: dict[tuple[Provider | None, str], Region] = {}
        self._defaults: dict[tuple[Provider | None, str, ValuePath], tuple[Value, Span | None]] = {}

    def _common(self, module: Module, instance: Instance) -> _Common:
        """What is the same for the instances of a block, which come one after another."""
        last, block = self._last, instance.block
        if last is not None and last.block is block and last.module is module:
            return last
        kind = self.sheets.canonical_type(instance.type) if self.sheets else instance.type
        provider = default_kind(instance.type, module.configuration, block)
        cloud = CLOUDS.get(provider, provider)
        path = self.taggable.attribute(kind) if self.taggable else None
        found = _Common(module, block, kind, cloud, block.span, path, _notes(block, module, cloud))
        self._last = found
        return found

    def resource(self, module: Module, instance: Instance) -> Resource:
        """One instance in canonical form."""
        common = self._common(module, instance)
        kind, cloud, path, notes = common.type, common.cloud, common.tag_path, common.notes
        sensitive: list[ValuePath] = []
        values = to_canonical(instance.contents(), sensitive)
        if cloud in CLOUDS_OF_ARGUMENTS:
            drop_empty_texts(values)
        shaped = self.sheets.shape(kind, values) if self.sheets else values
        moved = converted(instance.type, values, self.sheets) if self.sheets else None
        if moved is not None:
            kind, shaped = moved.type, moved.values
            sensitive = list(moved.places(sensitive))
            path = self.taggable.attribute(kind) if self.taggable else None
            notes = {**notes, "renamed": instance.type}
        provider = provider_of(instance.type, instance.block, module.providers, instance.scope, module.evaluation)
        return Resource(
            address=instance.address,
            type=kind,
            name=instance.name,
            provider=cloud,
            dialect="terraform",
            project=self.project,
            region=region_of(cloud, shaped, partial(self._place_said, provider)),
            values=shaped,
            span=common.span,
            positions=Positions(instance),
            calls=module.calls,
            tags=self._tags(path or _usual_tag_path(cloud, shaped), cloud, shaped, provider),
            references=narrowed(self.edges.of(instance), shaped, self.edges.groups),
            assumed=instance.assumed,
            sensitive=frozenset(sensitive),
            formerly=formerly(instance.address, self.moves) if self.moves else (),
            module=module.address,
            metadata=notes,
        )

    def _tags(self, path: ValuePath | None, cloud: str, values: Mapping[str, Value], provider: Provider | None) -> Tags:
        """The tags of what writes them at `path`; None where its type takes none."""
        if path is None:
            return _NO_TAGS
        key = (provider, cloud, path)
        if key not in self._defaults:
            self._defaults[key] = provider_defaults(cloud, path, provider)
        return tags_of(values, path, *self._defaults[key])

    def _place_said(self, provider: Provider | None, name: str) -> Region:
        """The region or zone that a provider sets for its resources."""
        key = (provider, name)
        if key not in self._places:
            said = provider.setting(name) if provider is not None else None
            self._places[key] = None if isinstance(said, Blocks) else text_of(to_model(said))
        return self._places[key]

    def with_places(self, resources: list[Resource]) -> list[Resource]:
        """The resources, those of Azure and Google that lie where another one does with its region."""
        found = list(with_parents(resources))
        left = [number for number, r in enumerate(found) if r.region is None and r.provider == "azure"]
        if not left:
            return found
        places: dict[str, Region] = {
            r.address: r.region for r in found if r.provider == "azure" and r.region is not None
        }
        for _ in range(_LONGEST_CHAIN_OF_PLACES):
            placed = {n: new for n in left if (new := self._placed(found[n], places)) is not found[n]}
            if not placed:
                break
            for number, resource in placed.items():
                found[number] = resource
                places[resource.address] = resource.region
            left = [number for number in left if number not in placed]
        return found

    def _placed(self, resource: Resource, places: Mapping[str, Region]) -> Resource:
        for edge in resource.references:
            place = places.get(edge.target, places.get(edge.target + "[0]"))
            if place is not None:
                return replace(resource, region=azure_region(place) if isinstance(place, str) else place)
        return resource


_NO_TAGS = Tags()


def _usual_tag_path(cloud: str, values: Mapping[str, Value]) -> ValuePath | None:
    """Where a type that the catalog does not know writes its tags, by what the block has."""
    name = {"aws": "tags", "azure": "tags", "google": "labels"}.get(cloud)
    return (name,) if name and name in values else None


def _notes(block: Block, module: Module, cloud: str) -> dict[str, Value]:
    """What is noted of a block's resources beside their arguments."""
    found = _left_alone(block)
    if cloud == "kubernetes":
        beside = {name for p in module.providers.values() if (name := CLOUDS.get(p.kind, "")) not in ("", cloud)}
        if len(beside) == 1:
            found["cloud"] = beside.pop()
    return found


def _left_alone(block: Block) -> dict[str, Value]:
    """`ignore_changes` with the attributes that are kept up elsewhere, as a lifecycle block names them; or nothing."""
    for inner in block.body.blocks:
        said = inner.body.attributes.get("ignore_changes") if inner.type == "lifecycle" else None
        expression = said.expression if said else None
        parts = expression.items if isinstance(expression, TupleExpression) else (expression,) if expression else ()
        names = [found.root for part in parts if (found := as_traversal(part)) is not None]
        if names:
            return {"ignore_changes": names}
    return {}
