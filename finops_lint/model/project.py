"""What a reader hands over: one project's resources and what went wrong on the way."""

from __future__ import annotations

from collections.abc import Callable

from finops_lint.model.finding import Problem
from finops_lint.model.records import record
from finops_lint.model.resource import Resource
from finops_lint.model.values import Unknown


@record(frozen=True, slots=True)
class Project:
    """One root module, plan, state, template or set of manifests."""

    name: str
    """What people call it: the path from the working folder, or the file's name."""
    path: str
    dialect: str
    """`terraform`, `plan`, `state`, `cloudformation` or `kubernetes`."""
    resources: tuple[Resource, ...] = ()
    problems: tuple[Problem, ...] = ()
    complete: bool = True
    """False where a syntax error or a missing module left something out."""
    workspace: str = ""
    handed_out: Callable[[], frozenset[str]] = frozenset
    """Gives the addresses of resources that an output or a module not at hand is given, so that others may use them:
    finding them takes its time, and few rules ask."""
    part: Unknown | None = None
    """Why these are not all resources of the project; None where they are, as far as the text tells."""
    before: Project | None = None
    """The state before the change, where the input holds both (a plan)."""
