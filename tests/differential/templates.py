"""Hold our reading of CloudFormation templates against cfn-lint's: no resource may be lost.

    python -m tests.differential.templates FOLDER…

For every file that cfn-lint decodes to a template: each logical id is ours too, or its condition is false, or it has
no type of CloudFormation's (a loop, a module of another tool), which is reported.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from finops_lint.catalog.data import data_root
from finops_lint.catalog.sheets import Sheets
from finops_lint.catalog.taggable import Taggable
from finops_lint.readers.cloudformation.source import Templates, read_stack
from finops_lint.readers.discover import ProjectPath, discover
from finops_lint.readers.documents import DOCUMENT_SUFFIXES


def decoded(path: Path) -> dict[str, Any] | None:
    """The template as cfn-lint decodes it; None where it does not, or where it is none."""
    from cfnlint.decode import decode

    template, matches = decode(str(path))
    if matches or not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        return None
    kinds = [r.get("Type") for r in template["Resources"].values() if isinstance(r, dict)]
    is_template = any(isinstance(k, str) and k.startswith(("AWS::", "Custom::", "Alexa::")) for k in kinds)
    return template if is_template or "AWSTemplateFormatVersion" in template else None


def main(folders: list[str]) -> int:
    """Compare, print the numbers and what is lost; 1 where anything is."""
    sheets, taggable, found = Sheets(data_root() / "pricing"), Taggable(data_root()), Counter[str]()
    lost: list[str] = []
    for folder in folders:
        known = {str(Path(p.path).resolve()) for p in discover([folder]).projects if p.kind == "cloudformation"}
        top = str(Path(folder).resolve())
        for path in sorted(p for p in Path(folder).rglob("*") if p.is_file() and p.name.endswith(DOCUMENT_SUFFIXES)):
            template = decoded(path) if ".git" not in path.parts else None
            if template is None:
                continue
            found["templates cfn-lint decodes"] += 1
            found["of them discovered as projects"] += str(path.resolve()) in known
            place = ProjectPath("cloudformation", str(path), str(path), top)
            project = read_stack(place, Templates(paths=(place,)), sheets=sheets, taggable=taggable)
            found["templates of ours that are broken"] += not any(project.resources) and bool(project.problems)
            found["resources of ours"] += len(project.resources)
            ours = {r.name.partition("[")[0] for r in project.resources}
            for name, entry in template["Resources"].items():
                found["resources of cfn-lint"] += 1
                if name in ours:
                    found["in both"] += 1
                elif name.startswith("Fn::") or "::" not in str(entry.get("Type")) or isinstance(entry["Type"], dict):
                    found["loops, and entries without a type of CloudFormation's"] += 1
                elif "Condition" in entry:
                    found["left out, its condition being false"] += 1
                else:
                    lost.append(f"{path}: {name}")
    for what, count in found.items():
        sys.stdout.write(f"{count:8,}  {what}\n")
    sys.stdout.write("\n".join((f"{len(lost):8,}  lost", *lost, "")))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
