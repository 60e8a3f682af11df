"""A plan's JSON (`terraform show -json`, OpenTofu's too) to a Project: what there will be, and what there was before.

Attributes the provider fills in are left out as long as they are not known, as they are when source is read; what the
code sets and the plan cannot tell yet is Unknown.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any

from finops_lint.model.finding import Level, Problem
from finops_lint.model.project import Project
from finops_lint.model.records import record, replace
from finops_lint.model.resource import Reference, Resource
from finops_lint.model.span import Span
from finops_lint.model.values import Path, Unknown, Value
from finops_lint.readers.terraform.empty_texts import CLOUDS_OF_ARGUMENTS, drop_empty_texts
from finops_lint.readers.terraform.plan_configuration import Configuration, Place, Target, longest, references_in
from finops_lint.readers.terraform.plan_positions import Source, source_of, without_keys
from finops_lint.readers.terraform.plan_resources import (
    NO_SETTINGS,
    Identities,
    Settings,
    Shapes,
    naming_others,
    region_of,
    tags_of,
    with_places,
)
from finops_lint.readers.terraform.plan_text import address_lines, json_document, malformed, wrapped
from finops_lint.readers.terraform.plan_values import ANYTHING, Inside, Written, cleaned, marked, merged_object

if TYPE_CHECKING:
    from msgspec import Raw

    from finops_lint.catalog.sheets import Sheets
    from finops_lint.catalog.taggable import Taggable
    from finops_lint.readers.discover import ProjectPath
    from finops_lint.readers.terraform.plan_format import Plan, ResourceChange, StateResource

NEWEST_FORMAT = 1
"""The major version of the format this reader knows."""
WORKED_OUT = ("tags_all", "terraform_labels", "effective_labels")
"""Attributes a provider derives from tags and its defaults."""
_SHOWN = 5


def read_plan(
    data: bytes,
    *,
    file: str,
    name: str,
    sheets: Sheets | None = None,
    taggable: Taggable | None = None,
    source: ProjectPath | None = None,
    must_match: bool = False,
) -> Project:
    """The project after the plan, with the one before it as `before`.

    `source` is the folder the plan was made of, if it is at hand: positions are taken from it. With `must_match` it is
    only used if it declares everything the plan's root module does.
    """
    from finops_lint.readers.terraform.plan_format import NotReadableError, Plan, decode_document

    problems: list[Problem] = []
    document = json_document(data, file, problems)
    if document is None:
        return Project(name, file, "plan", (), tuple(problems), complete=False)
    with _without_collection():
        try:
            plan, end = decode_document(document, Plan)
            if document[end:].strip():
                problems.append(wrapped(file, len(document[end:].strip().splitlines()), "after"))
            reader = _Reader(file, name, Shapes(sheets, taggable), plan, problems)
            reader.look_at_source(source, must_match=must_match)
            if reader.source is None:
                reader.lines = address_lines(document, b"resource_changes")
            return reader.project()
        except NotReadableError as error:
            problems.append(malformed(document, file, str(error), error.offset))
            return Project(name, file, "plan", (), tuple(problems), complete=False)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Millions of values that all stay make Python's collector walk them again and again for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            # They hold no cycles, so reference counts free them; the collector need not look at them ever.
            gc.freeze()
            gc.enable()


@record(slots=True)
class _Module:
    """What the instances of one module share."""

    place: Place | None
    resources: dict[tuple[str, str], Mapping[str, Any] | None] = field(default_factory=dict)


@record(slots=True)
class _Reader:
    """Makes one plan's resources."""

    file: str
    name: str
    shapes: Shapes
    plan: Plan
    problems: list[Problem]
    configuration: Configuration = field(init=False)
    source: Source | None = None
    lines: Mapping[str, int] = field(default_factory=dict)
    lost: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    """Address → arguments whose references the plan does not show."""
    _uncertain: dict[str, list[Raw]] | None = None
    _settings: dict[tuple[str, str], Settings] = field(default_factory=dict)
    _modules: dict[str, _Module] = field(default_factory=dict)

    def __post_init__(self) -> None:
        changes = self.plan.resource_changes or ()
        modules = frozenset(c.module_address for c in changes if c.module_address)
        self.configuration = _configuration(self.plan, modules | frozenset(_outer_modules(modules)))

    def project(self) -> Project:
        """Both sides of the plan."""
        changes = [c for c in self.plan.resource_changes or () if c.mode == "managed"]
        before, after = [], []
        for change in changes:
            old, new = self.sides(change)
            if old is not None:
                before.append(old)
            if new is not None:
                after.append(new)
        for deferred in self.plan.deferred_changes:
            if deferred.resource_change.mode == "managed":
                old, new = self.sides(deferred.resource_change)
                why = f"put off to a later run ({deferred.reason.replace('_', ' ')})"
                before += [old] if old else []
                after += [replace(new, assumed=why)] if new else []
        untouched = self.untouched({r.address for r in before} | {c.previous_address for c in changes})
        before, after = before + untouched, after + untouched
        self.tell(changes, len(untouched))
        return self.assembled(before, after)

    def assembled(self, before: list[Resource], after: list[Resource]) -> Project:
        """The project and the one before it, with the edges and places only the whole shows."""
        old = self.finished(before)
        new = self.finished(after)
        complete = not self.plan.errored
        past = Project(self.name, self.file, "plan", tuple(old), (), complete)
        return Project(self.name, self.file, "plan", tuple(new), tuple(self.problems), complete, before=past)

    def finished(self, resources: list[Resource]) -> list[Resource]:
        """The resources of one side, with edges found by ids where the code's are not in the plan."""
        if self.lost:
            known = Identities(resources)
            for index, resource in enumerate(resources):
                more = known.edges(resource, self.lost.get(resource.address, ()))
                if more:
                    resources[index] = replace(resource, references=(*resource.references, *more))
        return with_places(resources)

    # -- one change -----------------------------------------------------------------------------------------------

    def sides(self, change: ResourceChange) -> tuple[Resource | None, Resource | None]:
        """The object before and after; None where it does not exist then, or is no longer managed."""
        from finops_lint.readers.terraform.plan_format import attributes

        actions = change.change.actions
        has_before = bytes(change.change.before) != b"null"
        stays = not ({"delete", "forget"} & set(actions)) or "create" in actions
        has_after = stays and (bytes(change.change.after) != b"null" or bytes(change.change.after_unknown) != b"false")
        old = new = None
        unchanged = has_before and has_after and bytes(change.change.before) == bytes(change.change.after)
        certain = b"true" not in bytes(change.change.after_unknown)
        if has_after:
            values = attributes(change.change.after, change.address)
            values = cleaned(values) if certain else self.merged(change, values)
            new = self.resource(change, values, change.change.after_sensitive)
        if new is not None and unchanged and certain and not change.previous_address:
            return new, new
        if has_before:
            values = cleaned(attributes(change.change.before, change.address))
            old = self.resource(change, values, change.change.before_sensitive, earlier=True)
        if "forget" in actions and new is None:  # leaves the state, not the bill
            return old, old
        return old, new

    def merged(self, change: ResourceChange, values: Mapping[str, Any]) -> dict[str, Value]:
        """What will be, with Unknowns where the code sets what is not known yet."""
        from finops_lint.readers.terraform.plan_format import plain

        module, written = self.written(change)
        expressions: Written = ANYTHING
        if written is not None:
            arguments = written.get("expressions")
            expressions = dict(arguments) if isinstance(arguments, dict) else {}
            # What the provider works out of tags is not known exactly where they are not.
            for name in WORKED_OUT:
                expressions.setdefault(name, {})

        def reason(expression: Written) -> Unknown | None:
            return self.unknown(expression, module, written)

        result = merged_object(values, plain(change.change.after_unknown), expressions, reason)
        for name in WORKED_OUT:
            if isinstance(result.get(name), Unknown):
                del result[name]
        return result

    def unknown(self, expression: Written, module: _Module, owner: Mapping[str, Any] | None) -> Unknown | None:
        """Why an argument is not known; None where what it is made of is known: then it is null, and the provider's."""
        if module.place is None or owner is None or expression is ANYTHING:
            return Unknown("known after apply")
        is_whole = not isinstance(expression, Inside)
        expression = expression if is_whole else expression.expression
        references = longest(references_in(expression))
        targets = [t for name in references for t in self.configuration.targets(name, module.place, owner)]
        names = [
            f"{target.address}.{target.attribute}" if target.attribute else target.address
            for target in targets
            if target.kind == "local" or self.is_uncertain(target)
        ]
        if is_whole and references and not names:
            return None
        return Unknown("known after apply", tuple(dict.fromkeys(names)))

    def is_uncertain(self, target: Target) -> bool:
        """Whether what a reference leads to has a value that is not known."""
        if self._uncertain is None:
            self._uncertain = {}
            for change in self.plan.resource_changes or ():
                if b"true" in bytes(change.change.after_unknown):
                    self._uncertain.setdefault(without_keys(change.address), []).append(change.change.after_unknown)
        return any(_is_unknown(raw, target.attribute) for raw in self._uncertain.get(without_keys(target.address), ()))

    def written(self, change: ResourceChange) -> tuple[_Module, Mapping[str, Any] | None]:
        """The module of a change and the configuration of its resource."""
        module = self._modules.get(change.module_address)
        if module is None:
            module = self._modules[change.module_address] = _Module(self.configuration.place(change.module_address))
        key = (change.type, change.name)
        if key not in module.resources:
            module.resources[key] = self.configuration.resource(module.place, change.type, change.name)
        return module, module.resources[key]

    def resource(
        self, change: ResourceChange, values: dict[str, Value], sensitive: Raw, *, earlier: bool = False
    ) -> Resource:
        """One side of a change."""
        address = self.address(change, earlier=earlier)
        module, written = self.written(change)
        references: tuple[Reference, ...] = ()
        lost: tuple[Path, ...]
        if module.place is not None and written is not None and not change.deposed:
            references, lost = self.configuration.edges(module.place, written, key_of(change.address))
        else:
            lost = naming_others(values)
        if lost:
            self.lost[address] = lost
        kind = self.shapes.canonical_type(change.type)
        cloud = self.shapes.cloud(change.provider_name, change.type)
        if cloud in CLOUDS_OF_ARGUMENTS:
            drop_empty_texts(values)
        shaped = self.shapes.shaped(kind, values)
        secrets = sensitive_paths(sensitive)
        moved = self.shapes.converted(change.type, values)
        if moved is not None:
            kind, shaped = moved.type, moved.values
            secrets = moved.places(secrets)
        settings = self.settings(module.place, written)
        where = self.source.find(change.address) if self.source else None
        return Resource(
            address=address,
            type=kind,
            name=change.name,
            provider=cloud,
            dialect="plan",
            project=self.name,
            region=region_of(cloud, shaped, settings),
            values=shaped,
            span=where.span if where else Span(self.file, self.lines.get(change.address, 1)),
            positions=where.positions if where else {},
            calls=where.calls if where else (),
            tags=tags_of(cloud, shaped, self.shapes.tag_path(kind, cloud, shaped), settings),
            references=self.source.edges(address, references) if self.source else references,
            sensitive=secrets,
            formerly=(change.previous_address,) if change.previous_address and not earlier else (),
            module=change.module_address,
        )

    def address(self, change: ResourceChange, *, earlier: bool) -> str:
        """The address on one side: what was moved had another before; a deposed object stands beside its successor."""
        if change.deposed:
            return f"{change.address} (deposed {change.deposed})"
        return change.previous_address if earlier and change.previous_address else change.address

    def settings(self, place: Place | None, written: Mapping[str, Any] | None) -> Settings:
        """What the provider configuration of a resource says."""
        if place is None or written is None:
            return NO_SETTINGS
        key = (str(written.get("provider_config_key", "")), place.address)
        if key not in self._settings:
            self._settings[key] = provider_settings(self.configuration, *key[:1], place)
        return self._settings[key]

    # -- what the plan leaves alone -------------------------------------------------------------------------------

    def untouched(self, known: set[str]) -> list[Resource]:
        """Objects of the prior state that no change mentions: `-target` leaves them out, but they go on to exist."""
        from finops_lint.readers.terraform.plan_format import State, decode, full_address

        listed = {change.address for change in self.plan.resource_changes or ()} | known
        if bytes(self.plan.prior_state) == b"null":
            return []
        state = decode(self.plan.prior_state, State)
        if state.values is None:
            return []
        return [
            self.from_state(resource, module)
            for resource, module in state_resources(state.values.root_module)
            if resource.mode == "managed" and not resource.deposed_key and full_address(resource, module) not in listed
        ]

    def from_state(self, resource: StateResource, module: str) -> Resource:
        """A resource the plan does not touch."""
        from finops_lint.readers.terraform.plan_format import Change, ResourceChange, full_address

        values = resource.values if bytes(resource.values) != b"null" else type(resource.values)(b"{}")
        change = ResourceChange(
            full_address(resource, module),
            resource.type,
            Change(["no-op"], before=values, after=values, after_sensitive=resource.sensitive_values),
            name=resource.name,
            provider_name=resource.provider_name,
            module_address=module,
        )
        made = self.sides(change)[1]
        assert made is not None
        return made

    def tell(self, changes: Sequence[ResourceChange], untouched: int) -> None:
        """Notices about the plan as a whole."""
        where = Span(self.file, 1)
        if untouched:
            count = "1 resource of the state is" if untouched == 1 else f"{untouched} resources of the state are"
            message = f"{count} not among this plan's changes and taken as before"
            self.problems.append(Problem(Level.NOTICE, "partial-plan", message, where))
        if self.plan.errored:
            message = "Terraform could not finish this plan, so it is incomplete"
            self.problems.append(
                Problem(Level.NOTICE, "incomplete-plan", message, where, "look at the plan's own errors")
            )
        forgotten = [change.address for change in changes if "forget" in change.change.actions]
        if forgotten:
            shown = ", ".join(forgotten[:_SHOWN]) + (" …" if len(forgotten) > _SHOWN else "")
            message = f"removed from the state only, so still there and still billed: {shown}"
            self.problems.append(Problem(Level.NOTICE, "forgotten-resources", message, where))
        major = self.plan.format_version.partition(".")[0]
        if not self.plan.format_version or (major.isdigit() and int(major) > NEWEST_FORMAT):
            message = f"the plan's format is {self.plan.format_version or 'not stated'}; this reads 0.1 to 1.x"
            self.problems.append(Problem(Level.NOTICE, "unknown-plan-format", message, where))

    # -- source ---------------------------------------------------------------------------------------------------

    def look_at_source(self, source: ProjectPath | None, *, must_match: bool) -> None:
        """Read the folder the plan was made of."""
        if source is None:
            return
        root = self.configuration.root
        listed = root.get("resources")
        names = {
            f"{entry.get('type')}.{entry.get('name')}"
            for entry in (listed if isinstance(listed, list) else ())
            if isinstance(entry, dict) and entry.get("mode") == "managed"
        }
        calls = root.get("module_calls")
        self.source = source_of(source, names, calls if isinstance(calls, dict) else {}, must_match=must_match)


def _configuration(plan: Plan, modules: frozenset[str]) -> Configuration:
    from finops_lint.readers.terraform.plan_format import plain

    raw = plain(plan.configuration)
    if not isinstance(raw, dict):
        return Configuration(variables=plan.variables, module_addresses=modules)
    root, providers = raw.get("root_module"), raw.get("provider_config")
    return Configuration(
        root if isinstance(root, dict) else {},
        providers if isinstance(providers, dict) else {},
        plan.variables,
        modules,
    )


def _outer_modules(addresses: frozenset[str]) -> Iterator[str]:
    """Every module around those at `addresses`."""
    for address in addresses:
        here = address
        while ".module." in here:
            here = here[: here.rfind(".module.")]
            yield here


def provider_settings(configuration: Configuration, key: str, place: Place) -> Settings:
    """Region and default tags of a provider configuration."""
    found = configuration.provider(key, place)
    if found is None:
        return NO_SETTINGS
    provider, home = found
    expressions = provider.get("expressions")
    if not isinstance(expressions, dict):
        return NO_SETTINGS
    region = configuration.value(expressions.get("region") or expressions.get("zone"), home)
    tags: Value = {}
    blocks = expressions.get("default_tags")
    if isinstance(blocks, list) and blocks and isinstance(blocks[0], dict):
        tags = configuration.value(blocks[0].get("tags"), home)
    elif "default_labels" in expressions:
        tags = configuration.value(expressions["default_labels"], home)
    return Settings(
        region if isinstance(region, str | Unknown) else None, tags if isinstance(tags, dict | Unknown) else {}
    )


def _is_unknown(raw: Raw, attribute: str) -> bool:
    """Whether `after_unknown` has anything in the attribute, or at all where none is named."""
    from finops_lint.readers.terraform.plan_format import plain

    flags = plain(raw)
    return not attribute or not isinstance(flags, dict) or bool(marked(flags.get(attribute)))


def key_of(address: str) -> str:
    """The instance key at an address's end, with its brackets."""
    if not address.endswith("]"):
        return ""
    return address[address.rfind('["' if address.endswith('"]') else "[") :]


def sensitive_paths(raw: Raw) -> frozenset[Path]:
    """The paths that must not be printed."""
    from finops_lint.readers.terraform.plan_format import plain

    return with_tags(marked(plain(raw))) if b"true" in bytes(raw) else frozenset()


_ALL_TAGS = {"tags_all": "tags", "effective_labels": "labels", "terraform_labels": "labels"}
"""Where the provider repeats the tags with its defaults → where the block has them, and we the effective ones."""


def with_tags(paths: Iterable[Path]) -> frozenset[Path]:
    """`paths`, those of the provider's copy of the tags also as paths of the tags."""
    known = frozenset(paths)
    return known | {(_ALL_TAGS[str(path[0])], *path[1:]) for path in known if path and path[0] in _ALL_TAGS}


def state_resources(module: Any) -> Iterator[tuple[StateResource, str]]:
    """Every resource of a state's values with its module's address."""
    pending = [module]
    while pending:
        here = pending.pop()
        for resource in here.resources:
            yield resource, here.address
        pending.extend(reversed(here.child_modules))
