from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.catalog.measurements import MeasurementError, read_measured
from finops_lint.model.measured import Measured


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "export"
    file.write_text(text)
    return file


def test_a_table_has_an_address_and_a_percentage(tmp_path: Path) -> None:
    found = read_measured(
        written(tmp_path, "Address,Percent\naws_instance.llm,23.5\n\nmodule.a.aws_instance.b[0],80%\n")
    )
    assert found == (
        Measured(("aws_instance.llm",), Decimal("23.5"), 1),
        Measured(("module.a.aws_instance.b[0]",), Decimal("80.0"), 1),
    )


def test_cloudwatch_s_answer_is_averaged_by_label(tmp_path: Path) -> None:
    # The shape of GetMetricData's answer, CloudWatch API reference.
    answer = {
        "MetricDataResults": [
            {
                "Id": "m1",
                "Label": "llm AllTraffic",
                "StatusCode": "Complete",
                "Timestamps": ["t"],
                "Values": [40, 60, 20],
            },
            {"Id": "m2", "Label": "empty", "StatusCode": "Complete", "Timestamps": [], "Values": []},
        ]
    }
    [found] = read_measured(written(tmp_path, json.dumps(answer)))
    assert found == Measured(("llm AllTraffic", "llm"), Decimal(40), 3, is_sum=True)


def test_prometheus_s_answer_is_averaged_by_series(tmp_path: Path) -> None:
    # The shape of query_range's answer, Prometheus HTTP API; NaN where a GPU was not there.
    metric = {"__name__": "DCGM_FI_DEV_GPU_UTIL", "gpu": "0", "exported_pod": "llm-0", "exported_namespace": "ml"}
    series = {"metric": metric, "values": [[1, "10"], [2, "30"], [3, "NaN"]]}
    answer = {"status": "success", "data": {"resultType": "matrix", "result": [series]}}
    [found] = read_measured(written(tmp_path, json.dumps(answer)))
    assert (found.names, found.percent, found.space) == (("llm-0",), Decimal(20), "ml")


def test_an_instant_query_has_one_sample(tmp_path: Path) -> None:
    series = {"metric": {"pod": "llm-0"}, "value": [1, "55"]}
    answer = {"status": "success", "data": {"resultType": "vector", "result": [series]}}
    [found] = read_measured(written(tmp_path, json.dumps(answer)))
    assert (found.percent, found.samples) == (Decimal(55), 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name,value\na,1\n",
        "address,percent\na,much\n",
        "address,percent\na,-3\n",
        "address,percent\na\n",
        "{",
        "{}",
        "[" * 100_000,
        '{"MetricDataResults": [1]}',
        '{"data": {"result": ["x"]}}',
        '{"data": 3}',
    ],
)
def test_what_is_no_export_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(MeasurementError):
        read_measured(written(tmp_path, text))
