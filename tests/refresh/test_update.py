"""Public price lists, served from the loopback in their documented shapes, become tables; what breaks is survived."""

from __future__ import annotations

import errno
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.catalog.data import data_root, user_prices
from finops_lint.catalog.prices import PriceBook
from finops_lint.cli.main import run
from finops_lint.model.estimate import Unpriced
from finops_lint.network import Patience
from finops_lint.refresh.declared import Line, read_cloud
from finops_lint.refresh.telling import Telling
from finops_lint.refresh.update import Order, Summary, UpdateError, update
from finops_lint.refresh.workshop import BusyError, Workshop
from tests.refresh.list_server import Answer, Asked, ListServer, aws_csv, aws_json, azure_item, google_sku, serving
from tests.refresh.sample_entries import attributes_of

SHIPPED = data_root() / "pricing"
KEY = "AIza-loopback-key-7"

M5 = {
    "Product Family": "Compute Instance",
    "Instance Type": "m5.large",
    "Operating System": "Linux",
    "Tenancy": "Shared",
    "Pre Installed S/W": "NA",
    "License Model": "No License required",
    "CapacityStatus": "Used",
    "usageType": "BoxUsage:m5.large",
    "Unit": "Hrs",
    "PricePerUnit": "0.0960000000",
    "Region Code": "us-east-1",
}
NAT = {
    "Product Family": "NAT Gateway",
    "usageType": "NatGateway-Hours",
    "Unit": "Hrs",
    "PricePerUnit": "0.0450000000",
    "Region Code": "us-east-1",
}
FOREIGN = {"Product Family": "Fee", "usageType": "SomethingNew", "Unit": "Hrs", "PricePerUnit": "1"}


@pytest.fixture
def lists() -> Iterator[ListServer]:
    with serving() as server:
        yield server


class Told(Telling):
    """What was told, as lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def done(self, name: str, words: str) -> None:
        self.lines.append(f"{name}: {words}")


def refresh(
    lists: ListServer,
    target: Path,
    *clouds: str,
    services: frozenset[str] = frozenset(),
    regions: tuple[str, ...] = ("us-east-1",),
    force: bool = False,
    folder: Path | None = None,
    waits: list[float] | None = None,
    told: Told | None = None,
    work: Path | None = None,
) -> Summary:
    order = Order(
        clouds=tuple(read_cloud(SHIPPED, cloud) for cloud in clouds or ("aws",)),
        target=target,
        work=work or target / ".work",
        shipped=SHIPPED,
        today="2026-11-21",
        patience=Patience((waits if waits is not None else []).append),
        services=services,
        regions=regions,
        mirror=lists.url,
        folder=folder,
        google_key=KEY,
        force=force,
    )
    return update(order, told or Told())


def price(target: Path, item: str, region: str = "us-east-1", cloud: str = "aws") -> Decimal:
    """The price a report would use."""
    found = PriceBook(SHIPPED, [target]).look_up(item, cloud=cloud, region=region)
    assert not isinstance(found, Unpriced), found.reason
    return found[0].price.amount


def ec2(*rates: dict[str, str], region: str = "us-east-1") -> dict[str, dict[str, bytes]]:
    return {"AmazonEC2": {region: aws_csv("AmazonEC2", rates)}}


def rows_of(target: Path, file: str) -> list[str]:
    return (target / "tables" / file).read_text(encoding="utf-8").splitlines()[1:]


# What a list becomes


def test_a_file_of_the_aws_list_becomes_tables(lists: ListServer, tmp_path: Path) -> None:
    lists.aws(ec2(M5, NAT, FOREIGN))
    told = Told()
    summary = refresh(lists, tmp_path, told=told)
    assert summary.faults == ()
    assert rows_of(tmp_path, "aws/ec2/us-east-1.csv") == [
        "linux/m5.large,us-east-1,0,hours,0.096,USD,list,aws-list,2026-11-20"
    ]
    assert rows_of(tmp_path, "aws/vpc.csv") == [
        "nat-gateway-hours,us-east-1,0,hours,0.045,USD,list,aws-list,2026-11-20"
    ]
    assert "aws AmazonEC2 us-east-1: 3 entries, 2 prices, 1 not used" in told.lines


def test_the_json_names_of_attributes_and_the_csv_headings_are_one(lists: ListServer, tmp_path: Path) -> None:
    lists.aws(ec2(M5, {**M5, "Operating System": "Windows", "PricePerUnit": "0.188"}, {**M5, "Tenancy": "Host"}))
    refresh(lists, tmp_path)
    assert price(tmp_path, "ec2/windows/m5.large") == Decimal("0.188")
    assert len(rows_of(tmp_path, "aws/ec2/us-east-1.csv")) == 2


def test_china_is_priced_in_yuan(lists: ListServer, tmp_path: Path) -> None:
    rate = {**M5, "Currency": "CNY", "PricePerUnit": "0.905", "Region Code": "cn-north-1"}
    lists.aws(ec2(rate, region="cn-north-1"), partition="cn")
    refresh(lists, tmp_path, regions=("cn-north-1",))
    assert rows_of(tmp_path, "aws/ec2/cn-north-1.csv") == [
        "linux/m5.large,cn-north-1,0,hours,0.905,CNY,list,aws-list,2026-11-20"
    ]


def test_two_prices_for_one_item_leave_it_as_it_is(lists: ListServer, tmp_path: Path) -> None:
    told = Told()
    lists.aws(ec2(M5, {**M5, "SKU": "OTHER", "PricePerUnit": "0.12"}, NAT))
    refresh(lists, tmp_path, told=told)
    assert not (tmp_path / "tables/aws/ec2").exists()
    assert any("left out for several prices: ec2/linux/m5.large in us-east-1" in line for line in told.lines)


def test_a_unit_nobody_declared_is_left_out(lists: ListServer, tmp_path: Path) -> None:
    told = Told()
    lists.aws(ec2(M5, {**NAT, "Unit": "Fortnights"}))
    refresh(lists, tmp_path, told=told)
    assert not (tmp_path / "tables/aws/vpc.csv").exists()
    assert any("a unit that is not declared: 'Fortnights'" in line for line in told.lines)


def test_a_reservation_is_spread_over_its_term(lists: ListServer, tmp_path: Path) -> None:
    """$438 upfront + $0.03 an hour for a year of 8,760 hours: 0.05 + 0.03; the hourly part is a price of its own."""
    node = {
        "Product Family": "Cache Instance",
        "Location Type": "AWS Region",
        "Instance Type": "cache.m5.large",
        "Cache Engine": "Redis",
        "usageType": "EU-NodeUsage:cache.m5.large",
        "Region Code": "eu-west-1",
        "TermType": "Reserved",
        "LeaseContractLength": "1yr",
        "PurchaseOption": "Partial Upfront",
        "SKU": "R",
        "OfferTermCode": "HU7G6KETJZ",
    }
    rows = [{**node, "Unit": "Quantity", "PricePerUnit": "438"}, {**node, "Unit": "Hrs", "PricePerUnit": "0.03"}]
    lists.aws({"AmazonElastiCache": {"eu-west-1": aws_csv("AmazonElastiCache", rows)}})
    refresh(lists, tmp_path, regions=("eu-west-1",))
    offer = "redis/1yr-partial-upfront/cache.m5.large"
    assert price(tmp_path, f"elasticache/reserved/{offer}", "eu-west-1") == Decimal("0.08")
    assert price(tmp_path, f"elasticache/reserved-hourly/{offer}", "eu-west-1") == Decimal("0.03")


def test_what_is_paid_in_advance_is_no_part_of_the_hour_of_a_machine(lists: ListServer, tmp_path: Path) -> None:
    term = {"TermType": "Reserved", "LeaseContractLength": "1yr", "OfferingClass": "standard", "SKU": "R"}
    partial = {**M5, **term, "PurchaseOption": "Partial Upfront", "OfferTermCode": "HU7G6KETJZ"}
    lists.aws(ec2(M5, {**partial, "Unit": "Quantity", "PricePerUnit": "438"}, {**partial, "PricePerUnit": "0.03"}))
    refresh(lists, tmp_path)
    assert price(tmp_path, "ec2/reserved/linux/standard-1yr-partial-upfront/m5.large") == Decimal("0.03")


def test_a_local_zone_has_its_own_table(lists: ListServer, tmp_path: Path) -> None:
    zone = {**M5, "Region Code": "us-east-1-bos-1", "PricePerUnit": "0.12"}
    lists.aws(ec2(M5, zone, {**M5, "Region Code": "eu-west-1"}))
    refresh(lists, tmp_path)
    names = sorted(file.name for file in (tmp_path / "tables/aws/ec2").iterdir())
    assert names == ["us-east-1-bos-1.csv", "us-east-1.csv"]


def test_a_region_that_would_be_a_path_is_not_written(lists: ListServer, tmp_path: Path) -> None:
    lists.aws(ec2(M5, {**M5, "Region Code": "../../evil"}))
    refresh(lists, tmp_path, regions=())
    assert [file.name for file in tmp_path.rglob("*.csv") if "evil" in str(file)] == []


# A server that misbehaves


def test_throttles_are_waited_for_as_long_as_the_server_asks(lists: ListServer, tmp_path: Path) -> None:
    lists.aws(ec2(M5))
    index = "/offers/v1.0/aws/index.json"
    lists.faults[index] = [
        Answer(status=429, headers={"Retry-After": "7"}),
        Answer(
            status=503,
            headers={"Retry-After": "Sat, 21 Nov 2026 10:00:30 GMT", "Date": "Sat, 21 Nov 2026 10:00:10 GMT"},
        ),
        Answer(status=429, headers={"Retry-After": "99999"}),
        Answer(reset=True),
    ]
    waits: list[float] = []
    assert refresh(lists, tmp_path, waits=waits).faults == ()
    assert waits[:3] == [7, 20, 120]  # the last bounded; then the doubling of the first second
    assert waits[3] == 8


def test_a_server_that_stays_down_costs_its_part_only(lists: ListServer, tmp_path: Path) -> None:
    lists.aws({"AmazonEC2": {r: aws_csv("AmazonEC2", [{**M5, "Region Code": r}]) for r in ("us-east-1", "eu-west-1")}})
    lists.faults["/offers/v1.0/aws/AmazonEC2/20261120010203/eu-west-1/index.csv"] = [Answer(status=500)] * 10
    summary = refresh(lists, tmp_path, regions=())
    assert price(tmp_path, "ec2/linux/m5.large") == Decimal("0.096")
    [fault] = summary.faults
    assert fault.startswith("aws AmazonEC2 eu-west-1: ")
    assert fault.endswith("gave up after 6 tries: the server answers 500 Internal Server Error")


def test_a_file_that_breaks_off_is_continued_where_it_ended(lists: ListServer, tmp_path: Path) -> None:
    data = aws_csv("AmazonEC2", [M5, NAT] + [FOREIGN] * 500)
    path = "/offers/v1.0/aws/AmazonEC2/20261120010203/us-east-1/index.csv"
    lists.aws({"AmazonEC2": {"us-east-1": data}})
    etag = f'"{hash(data) & 0xFFFFFFFF:x}"'
    lists.faults[path] = [Answer(data, headers={"ETag": etag}, cut=30_000)]
    assert refresh(lists, tmp_path).faults == ()
    assert [asked.headers.get("range") for asked in lists.asked if asked.path == path] == [None, "bytes=30000-"]
    assert price(tmp_path, "vpc/nat-gateway-hours") == Decimal("0.045")


def test_a_file_that_changed_meanwhile_is_begun_anew(lists: ListServer, tmp_path: Path) -> None:
    path = "/offers/v1.0/aws/AmazonEC2/20261120010203/us-east-1/index.csv"
    lists.aws(ec2(M5, NAT))
    old = aws_csv("AmazonEC2", [FOREIGN] * 40)
    lists.faults[path] = [Answer(old, headers={"ETag": '"old"'}, cut=2_000)]
    assert refresh(lists, tmp_path).faults == ()
    assert price(tmp_path, "vpc/nat-gateway-hours") == Decimal("0.045")


def test_a_length_that_is_too_short_is_noticed(lists: ListServer, tmp_path: Path) -> None:
    path = "/offers/v1.0/aws/AmazonEC2/20261120010203/us-east-1/index.csv"
    data = aws_csv("AmazonEC2", [M5, NAT])
    lists.aws({"AmazonEC2": {"us-east-1": data}})
    lists.faults[path] = [Answer(data, headers={"Content-Length": str(len(data) - 30)})]
    [fault] = refresh(lists, tmp_path).faults
    assert "us-east-1: " in fault
    assert "ends in the middle" in fault or "not CSV" in fault
    assert not (tmp_path / "tables").exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>Service unavailable</html>", "its first lines name no offer and day"),
        (b"\xff\xfe\x00garbage", "not UTF-8 text"),
        (aws_csv("AmazonRDS", [M5]), "the file is of another offer, AmazonRDS"),
        (aws_csv("AmazonEC2", [M5]) + b'"A","B"\n', "a line has 2 fields where"),
        (b"", "its first lines name no offer and day"),
        (gzip.compress(aws_csv("AmazonEC2", [M5]))[:-20], "not a proper gzip file"),
    ],
)
def test_garbage_leaves_the_old_table(lists: ListServer, tmp_path: Path, body: bytes, words: str) -> None:
    lists.aws(ec2(M5))
    refresh(lists, tmp_path)
    lists.aws({"AmazonEC2": {"us-east-1": body}}, version="20261121")
    [fault] = refresh(lists, tmp_path).faults
    assert words in fault
    assert price(tmp_path, "ec2/linux/m5.large") == Decimal("0.096")


def test_an_index_that_leads_elsewhere_is_not_followed(lists: ListServer, tmp_path: Path) -> None:
    lists.aws(ec2(M5))
    region_index = "/offers/v1.0/aws/AmazonEC2/current/region_index.json"
    entry = {"regionCode": "us-east-1", "currentVersionUrl": "https://evil.example/index.json"}
    lists.files[region_index] = json.dumps({"regions": {"us-east-1": entry}}).encode()
    [fault] = refresh(lists, tmp_path).faults
    assert "leads to evil.example, which is not a host of this list" in fault


def test_a_redirect_to_another_host_is_not_followed(lists: ListServer, tmp_path: Path) -> None:
    lists.aws(ec2(M5))
    index = "/offers/v1.0/aws/index.json"
    lists.files["/moved"] = lists.files[index]
    lists.faults[index] = [Answer(status=302, headers={"Location": "/moved"})]
    assert refresh(lists, tmp_path).faults == ()
    lists.faults[index] = [Answer(status=302, headers={"Location": "http://127.0.0.2:1/index.json"})]
    [fault] = refresh(lists, tmp_path).faults
    assert "redirected to 127.0.0.2, which is not a host of this list" in fault


def test_a_small_answer_that_unzips_without_end_is_not_read(lists: ListServer, tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * (80 << 20))
    lists.files["/offers/v1.0/aws/index.json"] = lambda asked: Answer(bomb, headers={"Content-Encoding": "gzip"})
    [fault] = refresh(lists, tmp_path).faults
    assert "larger than 64 MiB, so it is not read" in fault


def test_a_zipped_file_is_read_as_it_comes(lists: ListServer, tmp_path: Path) -> None:
    lists.aws({"AmazonEC2": {"us-east-1": gzip.compress(aws_csv("AmazonEC2", [M5]))}})
    assert refresh(lists, tmp_path).faults == ()
    assert price(tmp_path, "ec2/linux/m5.large") == Decimal("0.096")


# What is kept, and what is refused


def test_what_has_not_changed_is_not_fetched_again(lists: ListServer, tmp_path: Path) -> None:
    lists.aws(ec2(M5))
    refresh(lists, tmp_path)
    lists.asked.clear()
    told = Told()
    refresh(lists, tmp_path, told=told)
    assert [path for path in lists.paths() if path.endswith(".csv")] == []
    assert "aws AmazonEC2 us-east-1: as before" in told.lines


def test_a_table_that_lost_most_of_its_prices_is_refused(lists: ListServer, tmp_path: Path) -> None:
    sizes = [{**M5, "Instance Type": f"m5.{n}xlarge", "SKU": f"S{n}", "PricePerUnit": "0.4"} for n in (2, 4, 8)]
    lists.aws(ec2(*sizes))
    refresh(lists, tmp_path)
    lists.aws(ec2(sizes[0]), version="2")
    [table] = refresh(lists, tmp_path).tables
    assert table.file == "aws/ec2/us-east-1.csv"
    expected = "2 of its 3 prices would be gone: linux/m5.4xlarge in us-east-1, linux/m5.8xlarge in us-east-1"
    assert table.refused == expected
    assert len(rows_of(tmp_path, "aws/ec2/us-east-1.csv")) == 3
    assert refresh(lists, tmp_path, force=True).tables[0].refused == ""
    assert len(rows_of(tmp_path, "aws/ec2/us-east-1.csv")) == 1


def test_a_price_that_moved_more_than_tenfold_is_refused(lists: ListServer, tmp_path: Path) -> None:
    lists.aws(ec2({**NAT, "PricePerUnit": "4.5"}))  # a hundred times the shipped price
    [table] = refresh(lists, tmp_path).tables
    assert table.refused == ("1 prices would move more than tenfold: nat-gateway-hours in us-east-1 from 0.045 to 4.5")
    assert not (tmp_path / "tables/aws/vpc.csv").exists()


def test_other_regions_stay_when_one_is_refreshed(lists: ListServer, tmp_path: Path) -> None:
    lists.aws({"AmazonEC2": {r: aws_csv("AmazonEC2", [{**NAT, "Region Code": r}]) for r in ("us-east-1", "eu-west-1")}})
    refresh(lists, tmp_path, regions=())
    lists.aws(ec2({**NAT, "PricePerUnit": "0.05"}), version="2")
    refresh(lists, tmp_path)
    assert [row.split(",")[1:5:3] for row in rows_of(tmp_path, "aws/vpc.csv")] == [
        ["eu-west-1", "0.045"],
        ["us-east-1", "0.05"],
    ]


def test_a_full_disk_is_one_line_and_the_tables_stay(
    lists: ListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists.aws(ec2(M5))
    refresh(lists, tmp_path)
    lists.aws(ec2({**M5, "PricePerUnit": "0.1"}), version="2")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UpdateError, match=r"no space left for .*: the tables are as they were"):
        refresh(lists, tmp_path)
    assert price(tmp_path, "ec2/linux/m5.large") == Decimal("0.096")


def test_a_folder_of_downloaded_files_needs_no_network(lists: ListServer, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "ec2.csv").write_bytes(aws_csv("AmazonEC2", [M5], published="2026-10-01"))
    (given / "zipped.csv.gz").write_bytes(gzip.compress(aws_csv("AmazonEC2", [NAT])))
    (given / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert refresh(lists, tmp_path / "own", folder=given).faults == ()
    assert lists.asked == []
    [row] = rows_of(tmp_path / "own", "aws/ec2/us-east-1.csv")
    assert row.endswith(",2026-10-01")
    assert price(tmp_path / "own", "vpc/nat-gateway-hours") == Decimal("0.045")


def test_a_run_that_is_killed_goes_on_where_it_was(lists: ListServer, tmp_path: Path) -> None:
    regions = ("eu-west-1", "us-east-1", "us-west-2")
    lists.aws({"AmazonEC2": {r: aws_csv("AmazonEC2", [{**M5, "Region Code": r}]) for r in regions}})
    target = tmp_path / "finops-lint/prices"
    base = "/offers/v1.0/aws/AmazonEC2/20261120010203"
    whole = lists.files[f"{base}/us-east-1/index.csv"]
    reached, released = threading.Event(), threading.Event()

    def hanging(asked: Asked) -> Answer:
        reached.set()
        released.wait(30)
        return Answer(b"", 500)

    lists.files[f"{base}/us-east-1/index.csv"] = hanging
    arguments = ["prices", "update", "--provider", "aws", "--mirror", lists.url, "--backoff", "0"]
    code = f"import sys; from finops_lint.cli.main import run; sys.exit(run({arguments!r}))"
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.DEVNULL)
    try:
        assert reached.wait(30)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        released.set()
    assert not (target / "tables").exists()
    lists.files[f"{base}/us-east-1/index.csv"] = whole
    lists.asked.clear()
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"3 tables with 3 prices written to {target}\n")
    assert [path for path in lists.paths() if path.endswith(".csv")] == [
        f"{base}/us-east-1/index.csv",
        f"{base}/us-west-2/index.csv",
    ]


# The command


def command(*arguments: str) -> int:
    return run(["prices", *arguments])


def test_the_command_says_what_it_wrote_and_what_failed(
    lists: ListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    lists.aws(ec2(M5, NAT))
    asked = ("update", "--provider", "aws", "--region", "us-east-1", "--mirror", lists.url, "--backoff", "0")
    assert command(*asked) == 0
    assert capsys.readouterr().out == f"2 tables with 2 prices written to {tmp_path}/finops-lint/prices\n"
    lists.aws(ec2({**M5, "PricePerUnit": "9"}, NAT), version="2")
    assert command(*asked) == 2
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == (
        "aws/ec2/us-east-1.csv: kept as it was: 1 prices would move more than tenfold: "
        "linux/m5.large in us-east-1 from 0.096 to 9 (--force takes it)"
    )
    assert "1 tables are kept as they were (exit 2)" in printed.err


def test_an_unknown_service_gets_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("update", "--service", "opensearchs") == 2
    assert "--service opensearchs: no list has it; did you mean opensearch?" in capsys.readouterr().err


def test_prices_are_shown_with_source_and_set(
    lists: ListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    lists.aws(ec2({**NAT, "PricePerUnit": "0.05"}))
    refresh(lists, tmp_path / "finops-lint/prices")
    assert command("show", "vpc/nat-gateway-hours", "--region", "us-east-1", "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out)["prices"]
    assert [(row["set"], row["price"], row["source"]) for row in rows] == [
        ("user", "0.05", "aws-list"),
        ("shipped", "0.045", "infracost-goldens"),
    ]
    assert command("show", "vpc/nonsense") == 2


def test_the_status_counts_rows_and_says_what_no_list_can_renew(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("status", "--provider", "aws", "--service", "vpc", "--format", "json") == 0
    [entry] = json.loads(capsys.readouterr().out)["services"]
    assert (entry["service"], entry["set"], entry["items"], entry["refreshable"]) == ("vpc", "shipped", 14, 14)
    assert command("status", "--service", "vpc") == 0
    assert "prices by region: " in capsys.readouterr().out


# The order of use


@pytest.mark.parametrize(
    ("settings", "ci", "expected"),
    [
        ("", "", Decimal("0.05")),
        ("prices: shipped", "", Decimal("0.045")),
        ("prices: user", "", Decimal("0.05")),
        ("", "true", Decimal("0.045")),
        ("prices: user", "true", Decimal("0.05")),
        ("prices: own", "", Decimal("0.03")),
        ("prices: own", "true", Decimal("0.03")),
    ],
)
def test_a_folder_wins_over_refreshed_prices_which_win_over_the_shipped(
    lists: ListServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: str,
    ci: str,
    expected: Decimal,
) -> None:
    lists.aws(ec2({**NAT, "PricePerUnit": "0.05"}))
    refresh(lists, tmp_path / "data/finops-lint/prices")
    own = tmp_path / "code/own/tables/aws"
    own.mkdir(parents=True)
    (own / "vpc.csv").write_text(
        "item,region,tier_from,unit,price,currency,basis,source,as_of\n"
        "nat-gateway-hours,us-east-1,0,hours,0.03,USD,list,ours,2026-11-01\n",
        encoding="utf-8",
    )
    (tmp_path / "code/finops-lint.yaml").write_text(settings or "{}", encoding="utf-8")
    (tmp_path / "code/main.tf").write_text(
        'provider "aws" {\n  region = "us-east-1"\n}\nresource "aws_nat_gateway" "a" {\n  subnet_id = "s"\n}\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("CI", ci)
    monkeypatch.chdir(tmp_path / "code")
    assert run(["cost", ".", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    names = {Decimal("0.05"): "user", Decimal("0.045"): "shipped", Decimal("0.03"): "own" if ci else "own, user"}
    assert report["prices"]["name"] == names[expected]
    assert f'"{expected}"' in json.dumps(report)


# Azure


def vm(size: str, price: float, **facts: object) -> dict[str, object]:
    return azure_item(
        armSkuName=f"Standard_{size}",
        skuName=size.replace("_", " "),
        meterName=size.replace("_", " "),
        productName="Virtual Machines Dsv3 Series",
        serviceName="Virtual Machines",
        retailPrice=price,
        **facts,
    )


def test_pages_of_the_azure_list_are_followed_to_the_end(lists: ListServer, tmp_path: Path) -> None:
    windows = {"productName": "Virtual Machines Dsv3 Series Windows"}
    lists.azure(
        [
            vm("D2s_v3", 0.096),
            {**vm("D2s_v3", 0.188), **windows, "meterId": "w"},
            {**vm("D2s_v3", 0.02), "skuName": "D2s v3 Spot", "meterName": "D2s v3 Spot"},
            {**vm("D2s_v3", 0.03), "skuName": "D2s v3 Low Priority", "meterName": "D2s v3 Low Priority"},
            {**vm("D2s_v3", 600.0), "type": "Reservation", "reservationTerm": "1 Year"},
            vm("D4s_v3", 0.2, armRegionName="westeurope"),
        ]
    )
    assert refresh(lists, tmp_path, "azure", services=frozenset({"vm"}), regions=("eastus",)).faults == ()
    assert [row.split(",")[0:5:4] for row in rows_of(tmp_path, "azure/vm/eastus.csv")] == [
        ["linux/Standard_D2s_v3", "0.096"],
        ["low-priority/Standard_D2s_v3", "0.03"],
        ["spot/Standard_D2s_v3", "0.02"],
        ["windows/Standard_D2s_v3", "0.188"],
    ]
    assert not (tmp_path / "tables/azure/vm/westeurope.csv").exists()
    assert {asked.query["$filter"][0] for asked in lists.asked} == {
        f"serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq '{region}'"
        for region in ("eastus", "Global")
    }


def test_an_azure_figure_keeps_the_digits_it_is_written_with(lists: ListServer, tmp_path: Path) -> None:
    lists.azure([vm("D2s_v3", 0.0123456789), vm("D4s_v3", 1e-05)])
    refresh(lists, tmp_path, "azure", services=frozenset({"vm"}), regions=("eastus",), force=True)
    assert price(tmp_path, "vm/linux/Standard_D2s_v3", "eastus", "azure") == Decimal("0.0123456789")
    assert price(tmp_path, "vm/linux/Standard_D4s_v3", "eastus", "azure") == Decimal("0.00001")


def test_pages_that_were_fetched_before_a_fault_are_not_fetched_again(lists: ListServer, tmp_path: Path) -> None:
    lists.azure([vm(f"D{n}s_v3", 0.05 * n) for n in (2, 4, 8, 16, 32)])
    answer = lists.files["/api/retail/prices"]
    assert callable(answer)
    broken = True

    def failing(asked: Asked) -> Answer:
        skip = asked.query.get("$skip", ["0"])[0]
        return Answer(b'{"Items": [{"cut', 200) if broken and skip == "4" else answer(asked)

    lists.files["/api/retail/prices"] = failing
    [fault] = refresh(lists, tmp_path, "azure", services=frozenset({"vm"}), regions=()).faults
    assert fault == "azure Virtual Machines: azure/Virtual Machines/all: not JSON, or cut off"
    lists.asked.clear()
    broken = False
    assert refresh(lists, tmp_path, "azure", services=frozenset({"vm"}), regions=()).faults == ()
    assert [asked.query.get("$skip") for asked in lists.asked] == [["4"]]
    assert len(rows_of(tmp_path, "azure/vm/eastus.csv")) == 5


# Google


def google(lists: ListServer) -> None:
    lists.google(
        {
            "Compute Engine": [
                google_sku("N2 Instance Core running in Americas", "0.031611"),
                google_sku("N2 Instance Ram running in Americas", "0.004237", "GiBy.h"),
                google_sku("Spot Preemptible N2 Instance Core running in Americas", "0.01", usage="Preemptible"),
                google_sku("A2 Instance Core running in Americas", "0.031611"),
                google_sku("A2 Instance Ram running in Americas", "0.004237", "GiBy.h"),
                google_sku("Nvidia Tesla A100 GPU running in Americas", "2.933908"),
                google_sku("E2 Instance Core running in Americas", "0.021811"),
                google_sku("E2 Instance Ram running in Americas", "0.002923", "GiBy.h"),
                google_sku("SSD backed PD Capacity", "0.17", "GiBy.mo", regions=["us-central1", "us-east1"]),
                google_sku("A SKU nobody knows", "1"),
            ]
        },
        key=KEY,
    )


def test_google_machines_are_the_sum_of_their_parts(lists: ListServer, tmp_path: Path) -> None:
    google(lists)
    assert refresh(lists, tmp_path, "google", regions=()).faults == ()

    def of(item: str) -> Decimal:
        return price(tmp_path, item, "us-central1", "google")

    # 4 × 0.031611 + 16 × 0.004237, 80 % of it; 12 × 0.031611 + 85 × 0.004237 + 2.933908; 0.5 × 0.021811 + 2 × 0.002923
    assert of("compute/ondemand/n2-standard-4") == Decimal("0.194236")
    assert of("compute/sustained/n2-standard-4") == Decimal("0.1553888")
    assert of("compute/ondemand/a2-highgpu-1g") == Decimal("3.673385")
    assert of("compute/ondemand/e2-small") == Decimal("0.0167515")
    assert price(tmp_path, "compute/disk/pd-ssd-gb", "us-east1", "google") == Decimal("0.17")
    rows = rows_of(tmp_path, "google/compute/us-central1.csv")
    assert not any(row.startswith("part/") for row in rows)
    # Its memory has no price as spot, so the machine has none.
    assert not any(row.startswith("spot/n2-") for row in rows)


def test_the_key_is_in_no_address_and_no_message(lists: ListServer, tmp_path: Path) -> None:
    google(lists)
    told = Told()
    lists.faults["/v1/services/S-0/skus"] = [Answer(f"bad key {KEY}".encode(), 400)]
    summary = refresh(lists, tmp_path, "google", told=told, regions=("us-central1",))
    assert "is the API key right" in summary.faults[0]
    assert all(asked.headers["x-goog-api-key"] == KEY for asked in lists.asked)
    assert KEY not in "".join((*summary.faults, *told.lines, *map(str, (asked.query for asked in lists.asked))))
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert KEY.encode() not in kept


def test_without_a_key_google_is_left_and_the_others_go_on(
    lists: ListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    lists.aws(ec2(NAT))
    asked = ("update", "--provider", "aws", "--provider", "google", "--service", "vpc", "--service", "dns")
    assert command(*asked, "--mirror", lists.url) == 2
    printed = capsys.readouterr()
    assert "google: Google's list wants an API key (make one for the Cloud Billing API" in printed.out
    assert price(tmp_path / "finops-lint/prices", "vpc/nat-gateway-hours") == Decimal("0.045")


def test_the_key_is_not_sent_over_plain_http(tmp_path: Path) -> None:
    order = Order(
        clouds=(read_cloud(SHIPPED, "google"),),
        target=tmp_path,
        work=tmp_path / ".work",
        shipped=SHIPPED,
        today="2026-11-21",
        patience=Patience(list[float]().append),
        mirror="http://mirror.example",
        google_key=KEY,
    )
    assert update(order, Told()).faults == ("google: http://mirror.example: the API key is not sent over plain http",)


def test_pages_in_a_folder_are_read_for_every_service(lists: ListServer, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "page-1.json").write_text(json.dumps({"Items": [vm("D2s_v3", 0.096)], "NextPageLink": None}))
    sku = google_sku("SSD backed PD Capacity", "0.17", "GiBy.mo")
    (given / "skus.json").write_text(json.dumps({"skus": [sku], "nextPageToken": ""}))
    assert refresh(lists, tmp_path / "own", "azure", "google", regions=(), folder=given).faults == ()
    assert price(tmp_path / "own", "vm/linux/Standard_D2s_v3", "eastus", "azure") == Decimal("0.096")
    assert price(tmp_path / "own", "compute/disk/pd-ssd-gb", "us-central1", "google") == Decimal("0.17")


# Every table


BOOK = PriceBook(SHIPPED, suggests=False)
REFERENCE = {"aws": "us-east-1", "azure": "eastus", "google": "us-central1"}


def serve_every_line(lists: ListServer, cloud: str) -> None:
    """An entry for every declared line, at the shipped price where there is one."""
    by_list: dict[str, list[tuple[dict[str, str], str, Decimal]]] = {}
    for line in read_cloud(SHIPPED, cloud).lines:
        unit, count = next(iter(line.units.items()))
        amount = count * shipped_price(line, cloud)
        by_list.setdefault(line.list, []).append((attributes_of(line), unit, amount))
    if cloud == "aws":
        lists.aws({name: {"us-east-1": aws_csv(name, list(map(aws_rate, of)))} for name, of in by_list.items()})
    elif cloud == "azure":
        lists.azure(
            [azure_rate(*entry, number) for of in by_list.values() for number, entry in enumerate(of)], page=100
        )
    else:
        skus = {name: [sku_of(*entry, number) for number, entry in enumerate(of)] for name, of in by_list.items()}
        lists.google(skus, key=KEY, page=50)


def aws_rate(entry: tuple[dict[str, str], str, Decimal]) -> dict[str, str]:
    attributes, unit, amount = entry
    names = {"termtype": "TermType", "productfamily": "Product Family", "usagetype": "usageType"}
    named = {names.get(key, key): text for key, text in attributes.items()}
    return {**named, "Unit": unit, "PricePerUnit": f"{amount:f}", "Region Code": "us-east-1"}


def azure_rate(attributes: dict[str, str], unit: str, amount: Decimal, number: int) -> dict[str, object]:
    names = ("armSkuName", "meterName", "productName", "serviceName", "skuName", "type")
    named = {name: attributes.get(name.lower(), "") for name in names}
    measure = f"1{unit}" if unit.startswith("/") else f"1 {unit}".strip()
    return azure_item(
        **named, unitOfMeasure=measure, retailPrice=float(amount), meterId=f"{named['serviceName']}{number}"
    )


def sku_of(attributes: dict[str, str], unit: str, amount: Decimal, number: int) -> dict[str, object]:
    known = {"group": attributes.get("resourcegroup", ""), "usage": attributes.get("usagetype", "Preemptible")}
    return google_sku(
        attributes.get("description", ""),
        f"{amount:.9f}",
        unit,
        sku=str(number),
        service=attributes["servicedisplayname"],
        **known,
    )


@pytest.mark.parametrize("cloud", sorted(REFERENCE))
def test_every_declared_table_is_refreshed(lists: ListServer, tmp_path: Path, cloud: str) -> None:
    serve_every_line(lists, cloud)
    summary = refresh(lists, tmp_path, cloud, regions=(), force=True)
    assert summary.faults == ()
    written = {table.file.split("/")[1].removesuffix(".csv") for table in summary.tables if table.rows}
    assert written == {line.service for line in read_cloud(SHIPPED, cloud).lines}
    book = PriceBook(SHIPPED, [tmp_path])
    for file in (tmp_path / "tables").rglob("*.csv"):
        service = file.relative_to(tmp_path / "tables" / cloud).parts[0].removesuffix(".csv")
        for row in file.read_text("utf-8").splitlines()[1:]:
            item, region = row.split(",")[:2]
            found = book.look_up(f"{service}/{item}", cloud=cloud, region=REFERENCE[cloud] if region == "*" else region)
            assert not isinstance(found, Unpriced)
            assert found[0].price.source == f"{cloud}-list"


def shipped_price(line: Line, cloud: str) -> Decimal:
    """What the shipped tables have for the line's item in the reference region; 1 where they have none."""
    attributes = attributes_of(line)
    item = line.item_of(attributes, line.words(attributes) or {})
    found = BOOK.look_up(f"{line.service}/{item}", cloud=cloud, region=REFERENCE[cloud])
    return Decimal(1) if isinstance(found, Unpriced) else found[0].price.amount


@pytest.mark.parametrize(
    ("settings", "said"),
    [("max_price_age_days: 100", True), ("max_price_age_days: 0", False), ("max_price_age_days: 5000", False)],
)
def test_a_report_says_that_prices_are_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: str, said: bool
) -> None:
    (tmp_path / "finops-lint.yaml").write_text(settings, encoding="utf-8")
    (tmp_path / "main.tf").write_text(
        'provider "aws" {\n  region = "us-east-1"\n}\nresource "aws_kms_key" "a" {}\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    assert run(["cost", "."]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert ("some older than 100 days (finops-lint prices update renews what it can)" in printed) is said


def test_a_maintainer_rewrites_the_shipped_tables(
    lists: ListServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pricing = tmp_path / "pricing"
    for name in ("aws", "azure", "google"):
        shutil.copytree(SHIPPED / "tables" / name, pricing / "tables" / name)
    before = (pricing / "tables/aws/vpc.csv").read_text("utf-8").splitlines()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    lists.aws(ec2({**NAT, "PricePerUnit": "0.046"}))
    asked = ("update", "--provider", "aws", "--service", "vpc", "--region", "us-east-1", "--mirror", lists.url)
    assert command(*asked, "--write-shipped", str(pricing)) == 0
    after = (pricing / "tables/aws/vpc.csv").read_text("utf-8").splitlines()
    assert [line for line in after if line not in before] == [
        "nat-gateway-hours,us-east-1,0,hours,0.046,USD,list,aws-list,2026-11-20"
    ]
    assert len(after) == len(before)
    # The tables are whole: sorted, and with every source spelled out.
    found = PriceBook(pricing).look_up("vpc/nat-gateway-hours", cloud="aws", region="us-east-1")
    assert not isinstance(found, Unpriced)
    assert found[0].price.amount == Decimal("0.046")
    assert "| vpc" in (pricing / "README.md").read_text("utf-8")
    assert not (pricing / ".work").exists()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"XDG_DATA_HOME": "/data"}, "/data/finops-lint/prices"),
        ({"XDG_DATA_HOME": "not/absolute"}, "/home/me/.local/share/finops-lint/prices"),
        ({}, "/home/me/.local/share/finops-lint/prices"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
def test_the_users_prices_are_where_the_system_keeps_such_data(environment: dict[str, str], expected: str) -> None:
    assert user_prices(environment, Path("/home/me")).as_posix() == expected


def test_only_one_refresh_is_at_work_in_a_folder(lists: ListServer, tmp_path: Path) -> None:
    lists.aws(ec2(NAT))
    with Workshop(tmp_path / ".work").alone(), pytest.raises(BusyError, match="another refresh is at work"):
        refresh(lists, tmp_path)


def test_a_spoilt_journal_costs_a_fetch_and_nothing_else(lists: ListServer, tmp_path: Path) -> None:
    lists.aws(ec2(NAT))
    refresh(lists, tmp_path)
    (tmp_path / ".work/journal.json").write_text('{"parts": {"aws/Amaz', encoding="utf-8")
    lists.asked.clear()
    assert refresh(lists, tmp_path).faults == ()
    assert [path for path in lists.paths() if path.endswith(".csv")] != []


def test_a_rate_that_names_no_region_is_of_the_files(lists: ListServer, tmp_path: Path) -> None:
    """Files of 2020 have no column for it; a price of one region must not become that of all."""
    lists.aws(ec2({key: text for key, text in NAT.items() if key != "Region Code"}))
    refresh(lists, tmp_path)
    [row] = rows_of(tmp_path, "aws/vpc.csv")
    assert row.startswith("nat-gateway-hours,us-east-1,0,")


def test_a_global_service_is_read_from_the_file_of_all_regions(lists: ListServer, tmp_path: Path) -> None:
    zone = {"Product Family": "DNS Zone", "usageType": "HostedZone", "Unit": "HostedZone", "PricePerUnit": "0.5"}
    lists.aws({"AmazonRoute53": {}})
    path = "/offers/v1.0/aws/AmazonRoute53/current/index.csv"
    lists.files[path] = aws_csv("AmazonRoute53", [zone, {**zone, "StartingRange": "25", "PricePerUnit": "0.1"}])
    assert refresh(lists, tmp_path, services=frozenset({"route53"})).faults == ()
    assert rows_of(tmp_path, "aws/route53.csv") == ["zone-months,*,0,months,0.5,USD,list,aws-list,2026-11-20"]


def test_nodes_on_outposts_are_left_out(lists: ListServer, tmp_path: Path) -> None:
    """Both are in the list of 2023 as eu-west-1, at two prices."""
    node = {
        "Product Family": "Cache Instance",
        "Location Type": "AWS Region",
        "Instance Type": "cache.m5.large",
        "Cache Engine": "Redis",
        "usageType": "EU-NodeUsage:cache.m5.large",
        "Unit": "Hrs",
        "PricePerUnit": "0.172",
        "Region Code": "eu-west-1",
    }
    outpost = {**node, "usageType": "EU-Outpost-NodeUsage:cache.m5.large", "PricePerUnit": "0.09"}
    lists.aws({"AmazonElastiCache": {"eu-west-1": aws_csv("AmazonElastiCache", [outpost, node])}})
    refresh(lists, tmp_path, regions=("eu-west-1",))
    assert price(tmp_path, "elasticache/redis/cache.m5.large", "eu-west-1") == Decimal("0.172")


def test_extended_support_of_a_node_is_a_price_of_its_own(lists: ListServer, tmp_path: Path) -> None:
    """As the list has them since 2026: the surcharge and what durability costs name the node type, too."""
    node = {
        "Product Family": "Cache Instance",
        "Location Type": "AWS Region",
        "Instance Type": "cache.t3.micro",
        "Cache Engine": "Redis",
        "usageType": "USE1-NodeUsage:cache.t3.micro",
        "Unit": "Hrs",
        "PricePerUnit": "0.017",
        "Region Code": "us-east-1",
    }
    others = {
        "USE1-ExtendedSupportYr1_Yr2-NodeUsage:cache.t3.micro": "0.014",
        "USE1-ExtendedSupportYr3-NodeUsage:cache.t3.micro": "0.027",
        "USE1-SyncDurability-NodeUsage:cache.t3.micro": "0.005",
    }
    rows = [node, *({**node, "usageType": kind, "PricePerUnit": cost} for kind, cost in others.items())]
    lists.aws({"AmazonElastiCache": {"us-east-1": aws_csv("AmazonElastiCache", rows)}})
    refresh(lists, tmp_path, regions=("us-east-1",))
    assert price(tmp_path, "elasticache/redis/cache.t3.micro", "us-east-1") == Decimal("0.017")
    assert price(tmp_path, "elasticache/extended-support/year-1-2/cache.t3.micro", "us-east-1") == Decimal("0.014")
    assert price(tmp_path, "elasticache/extended-support/year-3/cache.t3.micro", "us-east-1") == Decimal("0.027")


def test_names_of_usage_as_the_lists_have_them(lists: ListServer, tmp_path: Path) -> None:
    """Quoted in public code from the lists of 2026: a space's machine stands behind a dash, HyperPod's is `Cluster`.

    What EKS lists for extended support comes on top of the cluster's hour: it is not taken for the whole.
    """
    base = {"Region Code": "us-east-1", "Unit": "Hrs"}
    machines = [
        {**base, "Product Family": "ML Instance", "usageType": usage, "PricePerUnit": cost}
        for usage, cost in {
            "USE1-Studio:JupyterLab-ml.t3.medium": "0.051",
            "USE1-Cluster:ml.g5.8xlarge": "3.07",
            "USE1-Train:ml.m5.large": "0.116",
        }.items()
    ]
    support = [
        {"Region Code": "us-east-1", "Unit": unit, "usageType": usage, "PricePerUnit": cost}
        for usage, unit, cost in (
            ("ExtendedSupport:Yr1-Yr2:PostgreSQL13", "vCPU-Hours", "0.11"),
            ("ExtendedSupport:Yr1-Yr2:ASv2:AuroraPostgreSQL13", "ACU-Hr", "0.085"),
            ("ExtendedSupport:Yr3:MySQL5.7", "vCPU-Hours", "0.22"),
        )
    ]
    cluster = {**base, "Product Family": "Compute"}
    clusters = [
        {**cluster, "usageType": "USE1-AmazonEKS-Hours:perCluster", "PricePerUnit": "0.11"},
        {**cluster, "usageType": "USE1-AmazonEKS-Hours:extendedSupport", "PricePerUnit": "0.5"},
    ]
    watched = [
        {"Region Code": "us-east-1", **kind, "StartingRange": "0", "PricePerUnit": cost}
        for kind, cost in (
            (
                {
                    "Product Family": "Metric",
                    "Group": "Metric",
                    "Unit": "Metrics",
                    "usageType": "CW:MetricMonitorUsage",
                },
                "0.31",
            ),
            (
                {
                    "Product Family": "Alarm",
                    "Alarm Type": "Standard",
                    "Unit": "Alarms",
                    "usageType": "CW:AlarmMonitorUsage",
                },
                "0.11",
            ),
        )
    ]
    offers = {"AmazonSageMaker": machines, "AmazonRDS": support, "AmazonEKS": clusters, "AmazonCloudWatch": watched}
    lists.aws({offer: {"us-east-1": aws_csv(offer, rows)} for offer, rows in offers.items()})
    refresh(lists, tmp_path, regions=("us-east-1",))
    found = {
        item: price(tmp_path, item, "us-east-1")
        for item in (
            "sagemaker/studio-jupyterlab/ml.t3.medium",
            "sagemaker/cluster/ml.g5.8xlarge",
            "sagemaker/training/ml.m5.large",
            "rds/extended-support/year-1-2",
            "rds/extended-support/year-3",
            "eks/cluster-hours",
            "eks/cluster-extended-support-hours",
            "cloudwatch/metrics",
            "cloudwatch/alarm-standard-months",
        )
    }
    assert [str(figure) for figure in found.values()] == [
        "0.051",
        "3.07",
        "0.116",
        "0.11",
        "0.22",
        "0.11",
        "0.6",
        "0.31",
        "0.11",
    ]


def test_json_files_of_a_folder_give_what_csv_files_give(lists: ListServer, tmp_path: Path) -> None:
    term = {"TermType": "Reserved", "LeaseContractLength": "1yr", "OfferingClass": "standard", "SKU": "M5"}
    partial = {**M5, **term, "PurchaseOption": "Partial Upfront", "OfferTermCode": "HU7G6KETJZ"}
    rates = [
        {**M5, "SKU": "M5"},
        NAT,
        FOREIGN,
        {**partial, "Unit": "Quantity", "PricePerUnit": "438"},
        {**partial, "PricePerUnit": "0.03"},
        *({**M5, "SKU": f"SQL{n}", "Pre Installed S/W": "SQL Std"} for n in range(400)),
    ]
    found = []
    for write in (aws_csv, aws_json):
        given = tmp_path / write.__name__
        given.mkdir()
        (given / f"index.{write.__name__.removeprefix('aws_')}").write_bytes(write("AmazonEC2", rates))
        assert refresh(lists, given / "own", folder=given).faults == ()
        found.append([rows_of(given / "own", file) for file in ("aws/ec2/us-east-1.csv", "aws/vpc.csv")])
    assert found[0] == found[1]
    assert [row.split(",")[0:5:4] for row in found[1][0]] == [
        ["linux/m5.large", "0.096"],
        ["reserved/linux/standard-1yr-partial-upfront/m5.large", "0.03"],
    ]


@pytest.mark.parametrize("cut", [200, 4_000, -40, -2])
def test_a_json_file_that_is_cut_off_is_told(lists: ListServer, tmp_path: Path, cut: int) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "index.json").write_bytes(aws_json("AmazonEC2", [M5, NAT] + [FOREIGN] * 10)[:cut])
    summary = refresh(lists, tmp_path / "own", folder=given)
    assert [fault.partition(": ")[2] for fault in summary.faults][0:1] in (
        [],  # nothing in it says that it is a price list
        ["aws/AmazonEC2/index.json: not a file of the AWS price list: it ends in the middle, or is no JSON"],
        ["aws/AmazonEC2/index.json: not a file of the AWS price list: it ends in the middle, or '}' is missing"],
    )
    assert not (tmp_path / "own/tables").exists()


def test_a_region_of_one_cloud_is_not_asked_of_the_others(lists: ListServer, tmp_path: Path) -> None:
    lists.aws(ec2(NAT))
    lists.azure([vm("D2s_v3", 0.096)])
    assert refresh(lists, tmp_path, "aws", "azure", "google", regions=("us-east-1",)).faults == ()
    assert {path.split("/")[1] for path in lists.paths()} == {"offers"}
