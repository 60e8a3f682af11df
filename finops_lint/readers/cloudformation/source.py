"""Turns one template, with the nested templates at hand, into a Project.

Nothing is run and nothing is fetched; what the text cannot tell is unknown, and what could not be read is reported.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

from finops_lint.model.finding import Level, Problem
from finops_lint.model.project import Project
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown
from finops_lint.readers.cloudformation.assembly import stack_of
from finops_lint.readers.cloudformation.definitions import with_definition
from finops_lint.readers.cloudformation.given import Given, read_parameters, sam_configuration
from finops_lint.readers.cloudformation.intrinsics import UNHEEDING
from finops_lint.readers.cloudformation.nested import TEMPLATES, file_of, named_template
from finops_lint.readers.cloudformation.properties import Here, Notes
from finops_lint.readers.cloudformation.resources import Declared, Maker, declared, not_made
from finops_lint.readers.cloudformation.stack import Collected, Place, Stack, Surroundings
from finops_lint.readers.cloudformation.tags import handed_down
from finops_lint.readers.cloudformation.template import (
    EXTENSIONS,
    MOST_RESOURCES,
    Template,
    load,
    macros,
    read_template,
    text_of,
)
from finops_lint.readers.cycles import resource_cycles
from finops_lint.readers.discover import ProjectPath
from finops_lint.readers.files import Limits, notice, read_file
from finops_lint.readers.yaml_nodes import Node, decoded

if TYPE_CHECKING:
    from finops_lint.catalog.sheets import Sheets
    from finops_lint.catalog.taggable import Taggable

Tools: TypeAlias = "tuple[Sheets | None, Taggable | None]"
"""What gives types and shapes their canonical form, and what says where a type writes its tags."""
MOST_NESTED = 12
"""Stacks inside stacks."""
MOST_STACKS = 2000
"""Stacks of one template with all it nests that are read; more is a mistake or an attack."""


@record(frozen=True, slots=True)
class TemplateOptions:
    """How templates are read."""

    parameters: tuple[str, ...] = ()
    """Parameter files, later ones winning."""
    region: str = ""
    """The region of stacks for which nothing else names one; empty for none."""
    limits: Limits = field(default_factory=Limits)


@record(slots=True)
class Templates:
    """The templates of a run, each read once."""

    options: TemplateOptions = field(default_factory=TemplateOptions)
    paths: tuple[ProjectPath, ...] = ()
    """All templates under check: what one exports, another may import."""
    _read: dict[str, Template] = field(default_factory=dict)
    _given: tuple[dict[str, str], list[Problem]] | None = None
    _exports: dict[str, Any] | None = None

    def load(self, path: str, top: str, given: Mapping[str, Any] | None = None) -> Template:
        """The template in a file; with parameters `given`, after the language extensions it asks for."""
        if path not in self._read:
            self._read[path] = load(path, top=top, limits=self.options.limits)
        template = self._read[path]
        if EXTENSIONS not in template.transforms or given is None:
            return template
        from finops_lint.readers.cloudformation.extensions import extended, is_used

        data = read_file(path, top=top, limits=self.options.limits)
        text = decoded(data) if isinstance(data, bytes) else None
        return extended(text, template, given) if isinstance(text, str) and is_used(text) else template

    def given(self) -> tuple[dict[str, str], list[Problem]]:
        """The parameters of the files the user named, and what is wrong with those."""
        if self._given is None:
            self._given = read_parameters(self.options.parameters)
        return self._given

    def exported(self, name: str) -> Any:
        """What a template under check exports by `name`."""
        if self._exports is None:
            self._exports = {}  # an export that imports finds nothing
            self._exports = dict(self._all_exports())
        return self._exports.get(name, Unknown(f"{name} is exported by a stack that is not here", (name,)))

    def _all_exports(self) -> Iterator[tuple[str, Any]]:
        for path in self.paths:
            data = read_file(path.path, top=path.top, limits=self.options.limits)
            if isinstance(data, Problem) or b"Export" not in data:
                continue  # most export nothing, and need no parsing for that
            template = self.load(path.path, path.top)
            if template.exports:
                around = Surroundings(parameters=self.given()[0])
                place = Place(self.options.region or None)
                yield from Stack(template, place, around, _not_here, _closed).exported()


def _not_here(name: str) -> Unknown:
    return Unknown(f"{name} is exported by another stack", (name,))


def _closed(_stack: Stack, _name: str) -> None:
    return None


def read_stack(
    project: ProjectPath,
    templates: Templates | None = None,
    *,
    sheets: Sheets | None = None,
    taggable: Taggable | None = None,
) -> Project:
    """The project whose template is the file `project.path`.

    `templates` remembers files that several projects of a run nest; `sheets` give types and shapes their canonical
    form; `taggable` says where a type writes its tags.
    """
    templates = templates or Templates()
    parameters, problems = templates.given()
    folder = os.path.dirname(project.path) or "."
    limits = templates.options.limits
    stack = stack_of(project.path, top=project.top, limits=limits)
    if stack is not None:
        given = Given(stack.parameters, stack.region, stack.name, stack.account, stack.tags)
    else:
        given = sam_configuration(folder, project.top, limits)
    given = replace(given, parameters={**given.parameters, **parameters})
    template = templates.load(project.path, project.top, given.parameters)
    return read_given(template, project, given, templates=templates, known=problems, tools=(sheets, taggable))


def read_given(
    template: Template,
    project: ProjectPath,
    given: Given,
    *,
    templates: Templates,
    known: Iterable[Problem] = (),
    tools: Tools = (None, None),
) -> Project:
    """The project that a template makes with what is `given`."""
    walk = _Walk(project, templates, Maker(project.name, *tools))
    place = Place(given.region or templates.options.region or None, given.account, given.stack)
    around = Surroundings(parameters=given.parameters, tags=given.tags, files=(template.file,))
    stack = walk.stack(template, place, around)
    resources = list(walk.resources(stack))
    # SAM puts what refers back, a function's events, into resources of their own.
    rings = () if template.is_serverless else resource_cycles(resources)
    problems = [*known, *walk.problems(), *rings, *_undeclared(stack, project, given)]
    handed_out = _handed_out(stack)
    return Project(
        name=project.name,
        path=project.path,
        dialect="cloudformation",
        resources=tuple(resources),
        problems=tuple({(p.code, p.message, p.span): p for p in problems}.values()),
        complete=not walk.incomplete and not any(p.level is Level.ERROR for p in problems),
        handed_out=lambda: handed_out,
    )


def _handed_out(stack: Stack) -> frozenset[str]:
    """Addresses of what exported outputs name, so that other stacks may use it."""
    notes = Notes()
    for name, node in stack.template.section("Outputs").items():
        if node.get("Export") is not None:
            stack.output(name, Here(notes, (name,)))
    return frozenset(reference.target for reference in notes.references)


def _undeclared(stack: Stack, project: ProjectPath, given: Given) -> Iterator[Problem]:
    """Parameters given to a template that was named, and that it does not declare."""
    names = [name for name in given.parameters if name not in stack.parameters]
    if names and project.named_by_user and not stack.template.broken:
        yield notice("undeclared-parameter", f"the template has no parameter {', '.join(names)}", project.path)


@record(slots=True)
class _Walk:
    """Reads a stack and the stacks nested in it."""

    project: ProjectPath
    templates: Templates
    maker: Maker
    stacks: list[Stack] = field(default_factory=list)
    incomplete: bool = False
    count: int = 0

    def stack(self, template: Template, place: Place, around: Surroundings) -> Stack:
        """The stack of a template; macros it asks for are reported."""
        made = Stack(template, place, around, self.templates.exported, self.open)
        self.stacks.append(made)
        self.incomplete |= template.broken or any(p.code == "language-extensions" for p in template.problems)
        for name in macros(template):
            made.report(notice("macro", f"the macro {name} is not run: it may change what is here", template.file))
        if len(template.section("Resources")) > MOST_RESOURCES:
            message = f"more than {MOST_RESOURCES} resources: CloudFormation refuses it"
            made.report(notice("over-quota", message, template.file, "split it into nested stacks"))
        return made

    def problems(self) -> Iterator[Problem]:
        """What is wrong with any of the templates."""
        for stack in self.stacks:
            yield from stack.template.problems
            yield from stack.problems

    def resources(self, stack: Stack) -> Iterator[Resource]:
        """Every resource of a stack, those of a nested one after the resource that nests it."""
        for entry in declared(stack):
            self.count += 1
            if self.count > self.templates.options.limits.total_instances:
                if not self.incomplete:
                    stack.report(notice("too-large", "too many resources: the rest is not read", stack.template.file))
                self.incomplete = True
                return
            folder = os.path.dirname(stack.template.file) or "."
            is_one = entry.kind in TEMPLATES and entry.kind != "AWS::CloudFormation::StackSet"
            nested = stack.nested(entry.name) if is_one else None
            for made in self.maker.resources(stack, entry):
                told = made if nested is None else _with_types(made, nested.template)
                yield with_definition(told, folder, self.project.top, self.templates.options.limits)
            if entry.kind == "AWS::CloudFormation::StackSet":
                yield from self._instances(stack, entry)
            elif nested is not None:
                yield from self.resources(nested)
        for entry in not_made(stack):
            self._left_out(stack, entry)

    # Nested stacks

    def _left_out(self, stack: Stack, entry: Declared) -> None:
        """Tell of a nested stack that is not made; its template is read for what is wrong with it."""
        name = f"{stack.around.prefix}{entry.name}"
        message = f"condition {entry.node.value['Condition'].text} does not hold: {name} is not made"
        path = self._path(stack, entry)
        if len(self.stacks) >= MOST_STACKS:
            self._too_many()
        elif path:
            message += f", {path} is read but not counted"
            template = self._template(stack, entry)
            if template is not None:
                deque(self.resources(self._nest(stack, entry, template, f"{name}.")), maxlen=0)
        where = stack.template.span_of("Resources", entry.name)
        stack.report(Problem(Level.NOTICE, "stack-not-made", message, where, "give the --parameters it is made with"))

    def open(self, stack: Stack, name: str) -> Stack | None:
        """The stack that the resource `name` of `stack` nests."""
        entry = next((e for e in declared(stack) if e.name == name), None)
        if entry is None or entry.kind not in TEMPLATES or entry.kind == "AWS::CloudFormation::StackSet":
            return None
        if len(self.stacks) >= MOST_STACKS:
            self._too_many()
            return None
        template = self._template(stack, entry)
        return None if template is None else self._nest(stack, entry, template, f"{stack.around.prefix}{name}.")

    def _too_many(self) -> None:
        if not any(problem.code == "too-many-stacks" for problem in self.stacks[0].problems):
            message = f"it nests more than {MOST_STACKS:,} stacks: the rest is not read"
            self.stacks[0].report(notice("too-many-stacks", message, self.stacks[0].template.file))
        self.incomplete = True

    def _nest(
        self, stack: Stack, entry: Declared, template: Template, prefix: str, *, place: Place | None = None
    ) -> Stack:
        values, origins = _parameters(stack, entry.properties.get("Parameters"))
        tags = _tags(stack, entry.properties.get("Tags"))
        around = Surroundings(
            parameters=values,
            origins=origins,
            prefix=prefix,
            calls=(*stack.around.calls, stack.template.span_of("Resources", entry.name)),
            tags=handed_down(stack.around.tags, tags),
            assumed=entry.assumed,
            files=(*stack.around.files, template.file),
        )
        return self.stack(template, place or stack.place, around)

    def _template(self, stack: Stack, entry: Declared) -> Template | None:
        """The template that an entry nests; what is missing is reported."""
        body = entry.properties.get("TemplateBody")
        text = stack.functions.text(body, UNHEEDING) if body is not None else None
        if isinstance(text, str) and body is not None:
            return read_template(text.encode(), stack.template.file, above=body.line if "\n" in text else body.line - 1)
        path = self._path(stack, entry)
        if not path:
            self._missing(stack, entry, entry.properties.get(TEMPLATES[entry.kind]))
            return None
        if path in stack.around.files or len(stack.around.files) > MOST_NESTED:
            message = f"{path} nests itself" if path in stack.around.files else "stacks nested too deeply"
            stack.report(Problem(Level.ERROR, "cycle", message, stack.template.span_of("Resources", entry.name)))
            return None
        values, _ = _parameters(stack, entry.properties.get("Parameters"))
        return self.templates.load(path, self.project.top, values)

    def _path(self, stack: Stack, entry: Declared) -> str:
        """The file of the template that an entry nests; empty where it is not at hand."""
        asset = entry.node.get("Metadata", "aws:asset:path")
        named = text_of(asset) if asset is not None else None
        named = named or named_template(stack.functions, entry.properties.get(TEMPLATES[entry.kind]))
        folder = os.path.dirname(stack.template.file) or "."
        return file_of(named, folder, self.project.top) if named else ""

    def _missing(self, stack: Stack, entry: Declared, node: Node | None) -> None:
        span = (node or entry.node).span(stack.template.file)
        message = f"the template of {entry.name} is not at hand, so what it makes is not covered"
        stack.report(Problem(Level.NOTICE, "missing-template", message, span))
        self.incomplete = True

    # Stack sets

    def _instances(self, stack: Stack, entry: Declared) -> Iterator[Resource]:
        """The resources of a stack set: its template's, for each account and region it is deployed to."""
        template = self._template(stack, entry)
        if template is None:
            return
        for account, region, why in _targets(stack, entry.properties.get("StackInstancesGroup")):
            shown = "/".join(part if isinstance(part, str) else "*" for part in (account, region))
            prefix = f'{stack.around.prefix}{entry.name}["{shown}"].'
            place = Place(region, account if isinstance(account, str) else "")
            assumed = replace(entry, assumed=entry.assumed or why)
            yield from self.resources(self._nest(stack, assumed, template, prefix, place=place))


def _with_types(resource: Resource, template: Template) -> Resource:
    """A nested stack with the types of its template in the template's place: those of other vendors are charged."""
    if resource.type != "aws_cloudformation_stack" or "template_body" in resource.values:
        return resource
    kinds = (node.get("Type") for node in template.section("Resources").values())
    body = "\n".join(dict.fromkeys(f"Type: {kind.text}" for kind in kinds if kind is not None))
    return replace(resource, values={**resource.values, "template_body": body})


def _targets(stack: Stack, node: Node | None) -> Iterator[tuple[str | Unknown, str | Unknown, str]]:
    """Each account and region of a stack set, and why it is not certain; unknown units stand for one account."""
    groups = stack.functions.value(node, UNHEEDING) if node is not None else []
    for group in groups if isinstance(groups, list) else ():
        if not isinstance(group, dict):
            continue
        where = group.get("DeploymentTargets")
        accounts = where.get("Accounts") if isinstance(where, dict) else None
        units = Unknown("how many accounts the organizational units hold is not in the code", (entry_name(where),))
        listed: list[Any] = (
            [a if isinstance(a, Unknown) else str(a) for a in accounts]
            if isinstance(accounts, list) and accounts
            else [units]
        )
        regions = group.get("Regions")
        places: list[Any] = regions if isinstance(regions, list) else [Unknown("its regions are not in the code")]
        for account, region in product(listed, places):
            yield account, region, units.reason if account is units else ""


def entry_name(where: Any) -> str:
    """What decides how many accounts there are."""
    return "OrganizationalUnitIds" if isinstance(where, dict) and "OrganizationalUnitIds" in where else "Accounts"


def _parameters(stack: Stack, node: Node | None) -> tuple[dict[str, Any], dict[str, tuple[tuple[str, str], ...]]]:
    """What a stack hands to a nested one: values, and the resources they name."""
    values: dict[str, Any] = {}
    origins: dict[str, tuple[tuple[str, str], ...]] = {}
    pairs = _pairs(stack, node)
    for name, written in pairs:
        seen = Collected()
        value = stack.functions.text(written, seen)
        if isinstance(value, list):
            value = ",".join(value) if all(isinstance(v, str) for v in value) else value
        if seen.secret and not isinstance(value, Unknown):
            value = Unknown(f"parameter {name} is secret", (name,))
        values[name] = value
        origins[name] = tuple(seen.edges)
    return values, origins


def _pairs(stack: Stack, node: Node | None) -> Iterator[tuple[str, Node]]:
    found = stack.functions.reduce(node, UNHEEDING) if node is not None else None
    if isinstance(found, Node) and found.is_map:
        yield from found.value.items()
    for entry in found.value if isinstance(found, Node) and found.is_list else ():
        key, value = entry.get("ParameterKey"), entry.get("ParameterValue")
        if key is not None and value is not None:
            yield key.text, value


def _tags(stack: Stack, node: Node | None) -> Any:
    """The tags of a nested stack, which all its resources bear."""
    from finops_lint.readers.cloudformation.properties import reader_for

    if node is None:
        return {}
    return reader_for(None, stack.functions, stack.template.file, Notes()).value(node, "Tags", ("tags",))
