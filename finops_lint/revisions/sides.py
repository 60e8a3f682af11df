"""A commit and the work tree (or what is staged) → the two Reports to compare, of the projects a change may touch.

Where only Terraform changed, just the folders of the touched projects and of their modules are written out.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

from finops_lint.model.finding import Level
from finops_lint.model.records import record, replace
from finops_lint.model.report import Report
from finops_lint.model.settings import PRICE_SETS, Settings
from finops_lint.pipeline import Progress, Run, analyze_sides, worth_forking
from finops_lint.readers.discover import Discovery, ProjectPath, discover
from finops_lint.readers.files import Limits
from finops_lint.readers.folders import SOURCE_SUFFIXES, Search, note_folder
from finops_lint.readers.touched import closure, is_document, touched
from finops_lint.request import Request
from finops_lint.revisions.git import (
    INDEX,
    MODULES,
    Copy,
    changed_files,
    listed,
    module_folders,
    opened,
    resolve,
    top_folder,
)
from finops_lint.workers import CAN_FORK, beside


@record(frozen=True, slots=True)
class Comparison:
    """What is to be compared."""

    request: Request
    commit: str
    """The base."""
    top: str
    """Real path of the work tree."""
    staged: bool
    """Whether the other side is what is staged, and not the work tree."""
    changed: tuple[str, ...]
    """Real paths of what differs, as if it lay in the work tree."""
    whole: bool
    """Whether every project is read: a limit on the total asks for all of it."""


Result = TypeVar("Result")
Meanwhile = Callable[[Callable[[], bool]], None]
"""What is done until its argument says so."""
Placed = Callable[[Request], Request]
"""A request of the working folder → the same for one side."""


def sides(
    request: Request,
    base: str,
    environment: Mapping[str, str],
    *,
    staged: bool = False,
    progress: Progress | None = None,
) -> tuple[Report, Report]:
    """The reports of the commit `base` names and of the work tree or, with `staged`, of the index.

    Raises:
        RevisionError: git is missing, or the base is not at hand.
        FinopsLintError: a rule, sheet, table or usage file is wrong.
    """
    if staged or not all(os.path.lexists(path) for path in request.paths):
        with whole_sides(request, base, environment, staged=staged) as (then, now):
            return analyze_sides(Run(then(request)), Run(now(request)), progress)
    with _discovering(request) as discovered:
        comparison = _comparison(request, base, environment)
        quick = None if comparison.whole else _quick(comparison, discovered, progress)
        return quick if quick is not None else _beside_whole(comparison, discovered(), progress)


def _beside_whole(comparison: Comparison, found: Discovery, progress: Progress | None) -> tuple[Report, Report]:
    """Both reports, the commit written out whole; the projects of now are read meanwhile."""
    request = comparison.request
    changed = None if comparison.whole else frozenset(comparison.changed)
    after = Run(replace(request, changed=changed), None if request.rendered else found)
    with _in_copy(comparison, comparison.commit, _beginning(after)) as then:
        return analyze_sides(Run(then(request)), after, progress)


def _beginning(run: Run) -> Meanwhile | None:
    """What reads projects of a run ahead of the others; None where a second process is not worth its while."""
    return run.begin if worth_forking(run.request.jobs, len(run.projects)) else None


def _beside(work: Callable[[], Result], meanwhile: Meanwhile | None) -> Result:
    """The result of `work`; of a forked copy's where there is something to do here until it is done."""
    if meanwhile is None:
        return work()
    with beside(work) as elsewhere:
        meanwhile(elsewhere.is_there)
        return elsewhere.wait()


@contextmanager
def whole_sides(
    request: Request, base: str, environment: Mapping[str, str], *, staged: bool = False
) -> Iterator[tuple[Placed, Placed]]:
    """What makes of a request those for the two sides, as `sides` names them; for requests that are parts of this one.

    Raises:
        RevisionError: git is missing, or the base is not at hand.
    """
    with _whole(_comparison(request, base, environment, staged=staged)) as both:
        yield both


def _comparison(request: Request, base: str, environment: Mapping[str, str], *, staged: bool = False) -> Comparison:
    commit = resolve(base, environment)
    top = os.path.realpath(top_folder())
    changed = tuple(os.path.join(top, file) for file in changed_files(commit, staged=staged))
    settings = request.settings
    whole = bool(settings.guardrails or settings.unit_costs or settings.history) or _inputs_changed(request, changed)
    return Comparison(request, commit, top, staged, changed, whole)


def _inputs_changed(request: Request, changed: Sequence[str]) -> bool:
    """Whether a file changed that all projects read: variables of the command line, say."""
    given = [text for kind, text in request.inputs if kind == "file"]
    files = {os.path.realpath(file) for file in (*given, *request.settings.var_files, *request.parameters)}
    return not files.isdisjoint(changed)


@contextmanager
def _discovering(request: Request) -> Iterator[Callable[[], Discovery]]:
    """What tells the projects of now: they are looked for while git tells what changed."""

    @cache
    def look() -> Discovery:
        return discover(request.paths, exclude=request.settings.exclude)

    if request.jobs == 1 or not CAN_FORK:
        yield look
    else:
        with beside(look) as looked:
            yield looked.wait


@contextmanager
def _whole(comparison: Comparison) -> Iterator[tuple[Placed, Placed]]:
    """Both sides, the commits among them written out whole."""
    changed = None if comparison.whole else frozenset(comparison.changed)
    with contextlib.ExitStack() as copies:
        then = copies.enter_context(_in_copy(comparison, comparison.commit))
        if comparison.staged:
            yield then, copies.enter_context(_in_copy(comparison, INDEX))
        else:
            yield then, lambda request: replace(_still_here(request, then(request)), changed=changed)


def _still_here(request: Request, then: Request) -> Request:
    """`request` without the paths that the change removes: those that are here no more, and were in the base."""
    was = frozenset(then.paths)
    return replace(
        request, paths=tuple(p for p in request.paths if os.path.lexists(p) or os.path.relpath(p) not in was)
    )


@contextmanager
def _in_copy(comparison: Comparison, commit: str, meanwhile: Meanwhile | None = None) -> Iterator[Placed]:
    """What makes of a request the one for a commit, which is written out whole; `meanwhile` is done until it is."""
    modules = [*module_folders(top_folder())]  # they are copied, too, and may be large
    with opened(commit, in_memory=not modules) as copy:
        _beside(lambda: copy.write_all(modules), meanwhile)
        moved = frozenset(f"{copy.root}{file.removeprefix(comparison.top)}" for file in comparison.changed)
        changed = None if comparison.whole else moved
        yield lambda request: replace(in_folder(request, copy.here), checks_usage=False, changed=changed)


# The quick way: no more of the commit than the touched projects need


def _quick(
    comparison: Comparison, discovered: Callable[[], Discovery], progress: Progress | None
) -> tuple[Report, Report] | None:
    """Both reports; None where the change touches more than Terraform source, or a folder changed its role."""
    request, top = comparison.request, comparison.top
    if any(is_document(file) for file in comparison.changed):
        return None
    listing = listed(comparison.commit)
    found = discovered()
    now = touched(found, comparison.changed)
    if any(p.kind != "terraform" for p in now) or any(p.level is Level.ERROR for p in found.problems):
        return None
    # Modules that were fetched are copied, too, and may be large.
    is_small = not any(os.path.isdir(os.path.join(p.path, MODULES)) for p in now)
    with opened(comparison.commit, listing, in_memory=is_small) as copy:
        after = Run(replace(request, projects=now))
        written = _Written(copy, top, request)
        then = _beside(lambda: _projects_then(comparison, now, found, written), _beginning(after))
        if then is None:
            return None
        there = replace(in_folder(request, copy.here), checks_usage=False, projects=then)
        return analyze_sides(Run(there), after, progress)


def is_source(file: str) -> bool:
    """Whether a file is Terraform source."""
    return file.endswith(SOURCE_SUFFIXES)


class _Written:
    """Folders of the commit, written out with the modules they lead to."""

    def __init__(self, copy: Copy, top: str, request: Request) -> None:
        self.copy, self.top = copy, top
        self._search = Search(Limits(), request.settings.exclude)
        self.calls: dict[str, frozenset[str]] = {}
        """Folder → those its module blocks name; as real paths of the work tree."""

    def write(self, folders: Iterable[str]) -> None:
        """Write out folders of the work tree, as they were, and all their modules."""
        while names := {f: name for f in folders if f not in self.calls and (name := self._name(f)) is not None}:
            there = self.copy.write_folders(names.values(), is_source)
            for folder, name in names.items():
                if name in there:
                    self.calls[folder] = frozenset(self._called(os.path.join(self.copy.root, name)))
            folders = [called for folder in names for called in self.calls.get(folder, ())]

    def _name(self, folder: str) -> str | None:
        """A folder of the work tree from the top; None outside of it."""
        name = os.path.relpath(folder, self.top)
        return None if name.startswith("..") else "" if name == "." else name

    def _called(self, folder: str) -> Iterator[str]:
        files = [entry.name for entry in os.scandir(folder) if entry.is_file()]
        note_folder(self._search, folder, files, str(self.copy.root))
        found = self._search.folders.get(os.path.realpath(folder))
        for target in found.calls if found is not None else ():
            yield f"{self.top}{target.removeprefix(str(self.copy.root))}"

    def was_source(self, folder: str) -> bool:
        """Whether the commit has source files in a folder of the work tree."""
        name = self._name(folder)
        return name is not None and self.copy.has_source(name, is_source)


def _projects_then(
    comparison: Comparison, now: Sequence[ProjectPath], found: Discovery, written: _Written
) -> tuple[ProjectPath, ...] | None:
    """The projects of the commit that stand against `now`, written out with the variable files that all projects read.

    None where what is a module and what a project differs.
    """
    changed = comparison.changed
    gone = sorted({os.path.dirname(file) for file in changed if is_source(file)} - set(found.calls))
    gone = [folder for folder in gone if written.was_source(folder) and _is_under(folder, found)]
    starts = [os.path.realpath(p.path) for p in now]
    written.write((*starts, *gone))
    old = {f for start in starts if start in written.calls for f in closure(start, written.calls)}
    new = {f for start in starts if start in written.calls for f in closure(start, found.calls)}
    removed = [folder for folder in gone if folder not in old]
    if removed or {f for f in old ^ new if f not in gone and (written.was_source(f) or f in found.calls)}:
        return None
    written.copy.write_folders(_input_folders(comparison.request, written.top), is_source)
    root = str(written.copy.root)
    return tuple(
        replace(p, path=os.path.relpath(p.path), top=root)
        for p, start in zip(now, starts, strict=True)
        if start in written.calls
    )


def _is_under(folder: str, found: Discovery) -> bool:
    """Whether a folder lies where projects are looked for: in the top of one of them."""
    return any(folder == p.top or folder.startswith(f"{p.top}{os.sep}") for p in found.projects) or not found.projects


def _input_folders(request: Request, top: str) -> Iterator[str]:
    """Folders, from the top, of the variable files that all projects read."""
    given = [text for kind, text in request.inputs if kind == "file"]
    for file in (*given, *request.settings.var_files):
        folder = os.path.relpath(os.path.dirname(os.path.realpath(file)), top)
        if not folder.startswith(".."):
            yield "" if folder == "." else folder


def in_folder(request: Request, folder: Path) -> Request:
    """`request` for a run inside `folder`, a copy of the working folder at another commit.

    The paths under check and the variable files are the copy's; rules, sheets, prices and usage are those of now.
    """
    paths = [os.path.relpath(p) for p in request.paths]
    here, near = Path.cwd(), request.settings_near

    def near_now(path: str) -> Settings:
        with contextlib.chdir(here):
            return _settings_now(near(path), folder) if near is not None else request.settings

    inputs = ((kind, _copied([text], folder)[0] if kind == "file" else text) for kind, text in request.inputs)
    return replace(
        request,
        folder=str(folder),
        paths=tuple(p for p in paths if (folder / p).exists()),
        settings=_settings_now(request.settings, folder),
        settings_near=near_now if near is not None else None,
        inputs=tuple(inputs),
        parameters=_copied(request.parameters, folder),
        usage_file="".join(_absolute([request.usage_file])) if request.usage_file else "",
    )


def _settings_now(settings: Settings, folder: Path) -> Settings:
    """Settings of the working folder, for a run inside the copy."""
    return replace(
        settings,
        rules=_absolute(settings.rules),
        sheets=_absolute(settings.sheets),
        prices=settings.prices if settings.prices in PRICE_SETS else _absolute([settings.prices])[0],
        var_files=_copied(settings.var_files, folder),
    )


def _absolute(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(os.path.abspath(p) for p in paths)  # a link's own place counts


def _copied(paths: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Each path as it is where the copy has the file, otherwise the file of now."""
    return tuple(p if (folder / p).is_file() else _absolute([p])[0] for p in paths)
