"""Turns the tables and sheets into `pricing/README.md`: what is priced, where, by whose figures, how old.

`python -m finops_lint.refresh.overview` rewrites it, after a new sheet say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from finops_lint.catalog.data import data_root
from finops_lint.model.records import record
from finops_lint.refresh.type_sources import Origin, Origins, PricedType, priced_types

_HEAD = """# Prices

List prices of cloud services, one a line, each with its source and the day it was true. They are facts for estimates
and gates, gathered from public data sets; before money depends on a number, ask the provider's own price list.

| files | what they hold |
| --- | --- |
| `tables/<cloud>/<service>[/<region>].csv` | prices: item, region, tier, unit, price, currency, basis, source, day |
| `tables/<cloud>/manifest.yaml` | sources spelled out; how a missing price is estimated, which always marks it ≈ |
| `machines/<cloud>.csv` | vCPU, memory, GPUs and other accelerators |
| `models/models.csv` | published models: parameters, layers, what they keep of each token |
| `lists/<cloud>.yaml`, `lists/<cloud>/<service>.yaml` | how entries of the public price lists become items |
| `imports/<cloud>.yaml` | how observed cost lines become items |
| `tables/<cloud>/differences.yaml` | where a public example says otherwise, and why |
| `resources/<cloud>/<type>.yaml` | one sheet a resource type |

`basis`: `list` is a published list price, `observed` was read off a public example, `derived` was worked out, `spot`
moves. A region of `*` means every region. `python -m finops_lint.refresh.facts DATA_FOLDER` rewrites what
facts make of the tables, keeps what price lists brought, and rewrites this page; the page alone is rewritten by
`python -m finops_lint.refresh.overview`.
"""


@record(slots=True)
class _Service:
    items: dict[str, set[Origin]] = field(default_factory=dict)
    regions: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    days: list[str] = field(default_factory=lambda: ["9999", "0000"])
    rows: int = 0


def write_overview(pricing: Path) -> None:
    """Write `pricing/README.md` anew."""
    (pricing / "README.md").write_text(overview(pricing), encoding="utf-8")


def overview(pricing: Path) -> str:
    """The page for the tables under `pricing`."""
    parts = [_HEAD]
    clouds = sorted(path for path in (pricing / "tables").iterdir() if path.is_dir())
    parts.extend("\n".join(_cloud(folder)) for folder in clouds)
    return "\n".join(parts) + "\n"


def _cloud(folder: Path) -> Iterator[str]:
    import yaml

    manifest: Mapping[str, Any] = yaml.safe_load((folder / "manifest.yaml").read_text(encoding="utf-8"))
    titles = {name: service.get("title", "") for name, service in manifest.get("services", {}).items()}
    services = _services(folder)
    yield f"## {folder.name}\n"
    yield "| service | prices | items | regions | days | sources |"
    yield "| --- | ---: | ---: | ---: | --- | --- |"
    for name, service in sorted(services.items()):
        title = f"{name}: {titles[name]}" if titles.get(name) else name
        regions = "all" if service.regions == {"*"} else str(len(service.regions - {"*"}))
        days = service.days[0] if service.days[0] == service.days[1] else " to ".join(service.days)
        sources = ", ".join(sorted(service.sources))
        yield f"| {title} | {service.rows:,} | {len(service.items):,} | {regions} | {days} | {sources} |"
    yield "\n| source | what it is | newest fact |"
    yield "| --- | --- | --- |"
    for name, source in sorted(manifest["sources"].items()):
        doubt = f"; ≈ {source['approximate']}" if source.get("approximate") else ""
        yield f"| {name} | {source['name']}{doubt} | {source['read']} |"
    yield ""
    yield from _differences(folder / "differences.yaml")
    items = {
        f"{name}/{item}".lower(): found for name, service in services.items() for item, found in service.items.items()
    }
    yield from _types(folder.parents[1] / "resources" / folder.name, items)


def _differences(file: Path) -> Iterator[str]:
    """The table of what the examples of others say otherwise, both figures side by side."""
    import yaml

    if not file.is_file():
        return
    listed = yaml.safe_load(file.read_text(encoding="utf-8"))["differences"]
    yield "Where Infracost's published expectations say otherwise:\n"
    yield "| type | line | here | there | why |"
    yield "| --- | --- | --- | --- | --- |"
    for entry in sorted(listed, key=lambda entry: (entry["type"], entry["line"])):
        yield f"| {entry['type']} | {entry['line']} | {entry['ours']} | {entry['theirs']} | {entry['why']} |"
    yield ""


def _types(sheets: Path, items: Origins) -> Iterator[str]:
    if not sheets.is_dir():
        return
    yield "| type | priced from | days | sources |"
    yield "| --- | --- | --- | --- |"
    yield from (_type_line(priced) for priced in priced_types(sheets, items))
    free = sheets / "free.txt"
    if free.is_file():
        lines = [line for line in free.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        yield f"\nKnown to be free: {len(lines):,} types and families of types, in `resources/{sheets.name}/free.txt`."
    yield ""


def _type_line(priced: PricedType) -> str:
    what = "; ".join(filter(None, (", ".join(priced.services), priced.says))) or "no price in the tables"
    return f"| {priced.type} | {what} | {priced.days} | {', '.join(priced.sources)} |"


def _services(folder: Path) -> dict[str, _Service]:
    found: dict[str, _Service] = {}
    for file in sorted(folder.rglob("*.csv")):
        if file.name != "factors.csv":
            name = file.relative_to(folder).parts[0].removesuffix(".csv")
            _count(found.setdefault(name, _Service()), file.read_text(encoding="utf-8").splitlines()[1:])
    return found


def _count(service: _Service, lines: Iterable[str]) -> None:
    for line in lines:
        item, region, *_, source, day = line.split(",")
        service.rows += 1
        service.items.setdefault(item, set()).add((source, day))
        service.regions.add(region)
        service.sources.add(source)
        service.days[0], service.days[1] = min(service.days[0], day), max(service.days[1], day)


if __name__ == "__main__":
    write_overview(data_root() / "pricing")
