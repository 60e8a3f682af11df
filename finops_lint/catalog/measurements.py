"""An export of a monitoring system → average GPU use by name.

Three forms are understood: CSV with the columns `address,percent`; the answer of CloudWatch's GetMetricData
(`MetricDataResults`, API reference read 2026-11-21; each `Label` is the name); the answer of Prometheus' query or
query_range (`data.result`, HTTP API read 2026-11-21), with the labels that DCGM's exporter and kube-prometheus set.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_lint.catalog.given import read_given
from finops_lint.model.errors import FinopsLintError
from finops_lint.model.measured import Measured
from finops_lint.model.span import Span

_LARGEST = 50_000_000
_LABELS = (
    "address", "exported_pod", "pod", "exported_container", "container", "Hostname", "hostname", "node", "instance",
    "instance_id", "endpoint_name", "EndpointName", "name",
)  # fmt: skip
_SPACES = ("exported_namespace", "namespace")
_FORMS = "CSV with the columns address,percent, or the JSON of CloudWatch's GetMetricData or of Prometheus' query_range"


class MeasurementError(FinopsLintError):
    """The export cannot be read."""


def read_measured(path: Path) -> tuple[Measured, ...]:
    """The series of an export, in its order.

    Raises:
        MeasurementError: The file is not there, or is none of the three forms.
    """
    text = read_given(path, MeasurementError, most=_LARGEST)
    place = path.as_posix()
    if text.lstrip()[:1] not in ("{", "["):
        return tuple(_of_csv(text, place))
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MeasurementError(f"not JSON: {error}", Span(place, getattr(error, "lineno", 1))) from error
    if isinstance(data, dict) and isinstance(data.get("MetricDataResults"), list):
        return tuple(_of_cloudwatch(data["MetricDataResults"], place))
    inner = data.get("data") if isinstance(data, dict) else None
    if isinstance(inner, dict) and isinstance(inner.get("result"), list):
        return tuple(_of_prometheus(inner["result"], place))
    raise MeasurementError(f"no measurements: expected {_FORMS}", Span(place, 1))


def _of_csv(text: str, place: str) -> Iterator[Measured]:
    reader = csv.reader(io.StringIO(text))
    head = [name.strip().lower() for name in next(reader, [])]
    if head[:2] != ["address", "percent"]:
        raise MeasurementError(f"the first line is {','.join(head)[:80]}: expected {_FORMS}", Span(place, 1))
    for fields in reader:
        if not any(f.strip() for f in fields):
            continue
        figure = percentage(fields[1]) if len(fields) > 1 else None
        if figure is None or not fields[0].strip():
            raise MeasurementError("expected an address and a percentage", Span(place, reader.line_num))
        yield Measured((fields[0].strip(),), figure, 1)


def _of_cloudwatch(results: Iterable[Any], place: str) -> Iterator[Measured]:
    for number, result in enumerate(results):
        label = result.get("Label") if isinstance(result, Mapping) else None
        values = result.get("Values") if isinstance(result, Mapping) else None
        if not isinstance(label, str) or not isinstance(values, list):
            raise MeasurementError(f"MetricDataResults[{number}]: expected Label and Values", Span(place, 1))
        found = _average(values)
        if found is not None:
            yield Measured((label, *label.split()[:1]), found, len(values), is_sum=True)


def _of_prometheus(results: Iterable[Any], place: str) -> Iterator[Measured]:
    for number, result in enumerate(results):
        labels = result.get("metric") if isinstance(result, Mapping) else None
        if not isinstance(labels, Mapping):
            raise MeasurementError(f"data.result[{number}]: expected metric and values", Span(place, 1))
        pairs = result.get("values", [result["value"]] if "value" in result else [])
        values = [p[1] for p in pairs if isinstance(p, list) and len(p) == 2] if isinstance(pairs, list) else []
        found = _average(values)
        names = tuple(str(labels[name]) for name in _LABELS if labels.get(name))
        if found is not None and names:
            space = next((str(labels[name]) for name in _SPACES if labels.get(name)), "")
            yield Measured(names, found, len(values), space)


def _average(values: Iterable[Any]) -> Decimal | None:
    """The mean of what are numbers; None without any."""
    known = [figure for value in values if (figure := percentage(value)) is not None]
    return sum(known, Decimal(0)) / len(known) if known else None


def percentage(value: Any) -> Decimal | None:
    """A percentage; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(str(value).strip().removesuffix("%"))
    except ValueError:
        return None
    return Decimal(str(number)) if math.isfinite(number) and 0 <= number <= 10_000 else None
