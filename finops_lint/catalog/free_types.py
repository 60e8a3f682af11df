"""`free.txt` → which types cost nothing by themselves, and why."""

from __future__ import annotations

from collections.abc import Mapping

from finops_lint.model.records import record


@record(frozen=True, slots=True)
class FreeTypes:
    """Type, or the beginning of its name → why it costs nothing."""

    exact: Mapping[str, str]
    beginnings: Mapping[str, str]

    def of(self, type_name: str) -> str:
        """The reason, empty where the type is not listed."""
        return self.exact.get(type_name, "") or next(
            (why for beginning, why in self.beginnings.items() if type_name.startswith(beginning)), ""
        )


def read_free(text: str) -> FreeTypes:
    """A `# reason` line holds for the types below it; a name that ends in `*` is a beginning."""
    exact: dict[str, str] = {}
    beginnings: dict[str, str] = {}
    why = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("#"):
            why = line.lstrip("# ")
        elif line.endswith("*"):
            beginnings[line[:-1]] = why
        elif line:
            exact[line] = why
    return FreeTypes(exact, beginnings)
