"""Pieces of a report to HTML: escaped text, tables a screen reader can follow, bars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from html import escape

from finops_lint.reports.lines import clean
from finops_lint.reports.redaction import redacted


def text(words: str) -> str:
    """`words` as themselves, in an element or in a quoted attribute; tokens are taken out."""
    return escape(redacted(clean(words)))


def cell(words: str, kind: str = "") -> str:
    """A cell of plain words; `kind` is one of the page's classes."""
    return f'<td class="{kind}">{text(words)}</td>' if kind else f"<td>{text(words)}</td>"


def head(words: str, kind: str = "") -> str:
    """The cell that names its row."""
    return f'<th scope="row" class="{kind or "name"}">{text(words)}</th>'


def bar(share: Decimal) -> str:
    """A cell with a bar of `share` (0 to 1) of its width; the figure stands beside it, so it is not read out."""
    width = max(Decimal(0), min(Decimal(1), share)) * 100
    return (
        '<td class="bar"><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<rect width="{width:.2f}" height="8"/></svg></td>'
    )


def table(caption: str, columns: Sequence[str], rows: Iterable[str], attributes: str = "") -> Iterator[str]:
    """A table with its caption; a column whose name starts with `>` is of figures. Wide ones scroll by themselves."""
    yield f'<div class="scroll" tabindex="0" role="region" aria-label="{text(caption)}"><table{attributes}>'
    yield f"<caption>{text(caption)}</caption><thead><tr>"
    for name in columns:
        kind = ' class="n"' if name.startswith(">") else ""
        yield f'<th scope="col"{kind}>{text(name.removeprefix(">"))}</th>'
    yield "</tr></thead><tbody>"
    yield from (row if row.startswith("<tr") else f"<tr>{row}</tr>" for row in rows)
    yield "</tbody></table></div>"


def bullets(lines: Iterable[str]) -> Iterator[str]:
    """A list of plain lines; nothing where there are none."""
    items = [f"<li>{text(line)}</li>" for line in lines]
    if items:
        yield f"<ul>{''.join(items)}</ul>"


def choice(label: str, name: str, values: Iterable[str]) -> str:
    """A labelled choice of one value or all."""
    choices = "".join(f'<option value="{text(value)}">{text(value)}</option>' for value in values)
    return f'<label>{text(label)}<select name="{name}"><option value="">all</option>{choices}</select></label>'
