"""What the user asks of a run, as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date

from finops_lint.model.records import record
from finops_lint.model.settings import PRICE_SETS, Settings
from finops_lint.readers.discover import ProjectPath


@record(frozen=True, slots=True)
class Request:
    """What the user asks for."""

    paths: tuple[str, ...]
    """Files and folders, or `-` alone for `stdin`."""
    settings: Settings = field(default_factory=Settings)
    inputs: tuple[tuple[str, str], ...] = ()
    """Variables: `("file", path)` and `("value", "name=text")`, later ones winning."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Where `TF_VAR_name` and `TF_WORKSPACE` are looked for."""
    parameters: tuple[str, ...] = ()
    """CloudFormation parameter files, later ones winning."""
    rendered: tuple[tuple[str, bytes], ...] = ()
    """Charts and kustomizations the user had rendered: name and manifests."""
    workspace: str = ""
    usage_file: str = ""
    source: str = ""
    """Folder of the source a plan was made from; empty for the working folder."""
    stdin: bytes | None = None
    check: bool = True
    """Whether the rules run."""
    change: bool = False
    """Whether the state before a plan is wanted too."""
    today: date = date.min
    """Decides which suppressions are expired, and which prices of a calendar are paid."""
    as_of: date | None = None
    """Another day whose prices of a calendar are wanted, such as those of extended support."""
    settings_near: Callable[[str], Settings] | None = None
    """Path → the settings of the file nearest to it; None where one file is for all. What concerns the whole report
    (currency, guardrails, unit costs, exit code) is that of `settings`."""
    changed: frozenset[str] | None = None
    """Real paths of the files that changed: only projects they may touch are read. None for all projects."""
    projects: tuple[ProjectPath, ...] | None = None
    """The projects to read, where they are known already; `paths` are not searched then."""
    folder: str = ""
    """Where relative paths start; empty for the working folder."""
    jobs: int = 1
    checks_usage: bool = True
    """Whether it is told which usage is stated of addresses that are not there."""
    cache: str = ""
    """Folder for what is worth keeping between runs; empty for none."""
    suggests: bool = True
    """Whether names close to one without a price are looked for: it takes its time, and few formats show them."""
    refreshed: str = ""
    """Folder of the user's refreshed price tables; empty where they are not used."""

    @property
    def price_folders(self) -> tuple[str, ...]:
        """Folders of price tables that win over the shipped ones, the first one most."""
        own = self.settings.prices
        return tuple(folder for folder in ("" if own in PRICE_SETS else own, self.refreshed) if folder)

    @property
    def price_set(self) -> str:
        """What a report calls the prices it used."""
        own = self.settings.prices
        names = ("" if own in PRICE_SETS else own, "user" if self.refreshed else "")
        return ", ".join(name for name in names if name) or "shipped"
