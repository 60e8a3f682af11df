"""At wheel build: check shipped rules and sheets against their schemas; write indices of them and what they say."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
SCHEMAS = {
    "rules/*/*.yaml": "finops_lint/catalog/schemas/rule.json",
    "pricing/resources/*/*.yaml": "finops_lint/catalog/schemas/sheet.json",
    "pricing/lists/*.yaml": "finops_lint/catalog/schemas/price-list-cloud.json",
    "pricing/lists/*/*.yaml": "finops_lint/catalog/schemas/price-list.json",
}


class CustomBuildHook(BuildHookInterface[Any]):
    """Runs for wheels that are meant to last; an editable install reads the checkout itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the indices to the wheel."""
        if self.target_name != "wheel" or version == "editable":
            return
        for pattern, schema in SCHEMAS.items():
            _check(pattern, ROOT / schema)
        for target, index in _indices().items():
            file = Path(tempfile.mkdtemp()) / "index.json"
            file.write_text(json.dumps(index, indent=0, sort_keys=True), encoding="utf-8")
            build_data["force_include"][str(file)] = f"finops_lint/_data/{target}/index.json"
        build_data["force_include"][str(_kept())] = "finops_lint/_data/kept"


def _check(pattern: str, schema_file: Path) -> None:
    import jsonschema
    import yaml

    validator = jsonschema.Draft202012Validator(json.loads(schema_file.read_text(encoding="utf-8")))
    for file in sorted(ROOT.glob(pattern)):
        # Through JSON, in which a date is a text as the schemas have it.
        data = json.loads(json.dumps(yaml.safe_load(file.read_text(encoding="utf-8")), default=str))
        for error in validator.iter_errors(data):
            place = ".".join(map(str, error.absolute_path))
            raise SystemExit(f"{file.relative_to(ROOT)}: {place}: {error.message}")


def _kept() -> Path:
    """A folder of what every sheet, part and rule says, made ready."""
    sys.path.insert(0, str(ROOT))
    from finops_lint.catalog.kept import Kept
    from finops_lint.catalog.prices import PriceBook
    from finops_lint.catalog.sheets import Sheets
    from finops_lint.rules.loader import index_rules, load_rule

    folder = Path(tempfile.mkdtemp())
    sheets = Sheets(ROOT / "pricing", kept=Kept(own=folder))
    for name in sheets.types():
        sheets.get(name)
    for file in sorted((ROOT / "pricing/resources").glob("*/parts/*.yaml")):
        sheets.part(file.parent.parent.name, file.stem)
    prices = PriceBook(ROOT / "pricing", kept=Kept(own=folder))
    for manifest in (ROOT / "pricing/tables").glob("*/manifest.yaml"):
        prices.sources(manifest.parent.name)
    for rule in index_rules(ROOT):
        load_rule(rule, kept=Kept(own=folder))
    return folder


def _indices() -> dict[str, Any]:
    sys.path.insert(0, str(ROOT))
    from finops_lint.catalog.sheets import other_names
    from finops_lint.rules.loader import rule_index

    return {"rules": rule_index(ROOT / "rules"), "pricing/resources": other_names(ROOT / "pricing" / "resources")}
