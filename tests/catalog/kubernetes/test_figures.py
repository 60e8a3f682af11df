"""Quantities, schedules and the split of a machine's price; figures from documentation or by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_lint.catalog.kubernetes.cron import runs_a_month
from finops_lint.catalog.kubernetes.quantities import quantity
from finops_lint.catalog.kubernetes.split import Weights, split


# kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity
@pytest.mark.parametrize(
    ("written", "figure"),
    [
        ("500m", Decimal("0.5")),
        ("0.1", Decimal("0.1")),
        (2, Decimal(2)),
        (1.5, Decimal("1.5")),
        ("10Gi", Decimal(10) * 1024**3),
        ("1G", Decimal(10) ** 9),
        ("12e6", Decimal(12_000_000)),
        ("1E", Decimal(10) ** 18),
        ("250u", Decimal("0.00025")),
    ],
)
def test_a_quantity_is_read_as_kubernetes_reads_it(written: object, figure: Decimal) -> None:
    assert quantity(written) == figure


@pytest.mark.parametrize("written", ["", "ten", "1 Gi", "-1", "1GB", True, None, {}, "9" * 400 + "e99"])
def test_what_is_no_quantity_has_no_figure(written: object) -> None:
    assert quantity(written) is None


@pytest.mark.parametrize(
    ("expression", "runs"),
    [
        ("0 2 * * *", Decimal(365) / 12),
        ("@hourly", Decimal(730)),
        ("*/15 * * * *", Decimal(4 * 730)),
        ("0 0 1 * *", Decimal(1)),
        ("0 0 31 * *", Decimal(7) / 12),  # seven months have a 31st
        ("30 6 * * mon-fri", Decimal(365) * 5 / 7 / 12),
        ("0 9,17 * * 1", Decimal(365) * 2 / 7 / 12),
        ("0 0 * * */2", Decimal(365) * 4 / 7 / 12),  # Sunday, Tuesday, Thursday and Saturday
        ("0 0 * * 5-7", Decimal(365) * 3 / 7 / 12),  # 7 is Sunday, too
        ("TZ=Europe/Berlin 0 0 * * 0", Decimal(365) / 7 / 12),
        ("@every 1h30m", Decimal(8760) / 12 / Decimal("1.5")),
    ],
)
def test_a_schedule_fires_so_often_in_an_average_month(expression: str, runs: Decimal) -> None:
    assert runs_a_month(expression) == pytest.approx(runs)


def test_a_date_or_a_weekday_is_enough_where_both_are_restricted() -> None:
    # crontab(5): 12 firsts, and one in seven of the 353 other days
    assert runs_a_month("0 0 1 * 1") == pytest.approx((12 + Decimal(353) / 7) / 12)


@pytest.mark.parametrize("expression", ["", "* * * *", "61 * * * *", "0 0 * * fun", "*/0 * * * *", "5-1 * * * *"])
def test_what_is_no_schedule_has_no_runs(expression: str) -> None:
    assert runs_a_month(expression) is None


def test_the_parts_of_a_machine_make_its_whole_price() -> None:
    hour = Decimal("1.006")  # g5.xlarge: 4 vCPU, 16 GiB, one GPU
    parts = split(hour, vcpu=Decimal(4), memory_gib=Decimal(16), gpus=Decimal(1), on_demand=hour, weights=Weights())
    assert parts.vcpu == pytest.approx(Decimal("0.031611"))
    assert parts.gpu == pytest.approx(Decimal("0.811764"))
    assert parts.vcpu * 4 + parts.gb * 16 + parts.gpu == pytest.approx(hour)


def test_on_spot_a_gpu_keeps_its_share_of_the_price() -> None:
    full, spot = Decimal("1.006"), Decimal("0.503")
    size = {"vcpu": Decimal(4), "memory_gib": Decimal(16), "gpus": Decimal(1)}
    cheap = split(spot, **size, on_demand=full, weights=Weights())
    assert cheap.gpu == pytest.approx(Decimal("0.811764") / 2)


def test_without_gpus_memory_and_vcpu_share_by_weight() -> None:
    parts = split(
        Decimal(10),
        vcpu=Decimal(2),
        memory_gib=Decimal(4),
        gpus=Decimal(0),
        on_demand=Decimal(10),
        weights=Weights(Decimal(3), Decimal(1)),
    )
    assert [parts.vcpu, parts.gb, parts.gpu] == [3, 1, 0]
