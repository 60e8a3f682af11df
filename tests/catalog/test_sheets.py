"""How sheets are found, read and completed by the user's own."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops_lint.catalog.cel import Language
from finops_lint.catalog.data import data_root
from finops_lint.catalog.formulas import SheetError, template
from finops_lint.catalog.sheet_model import Sheet, cloud_of, scale_of
from finops_lint.catalog.sheets import Sheets, other_names
from finops_lint.model.values import Partial, Unknown

SHIPPED = data_root() / "pricing"


def written(root: Path, name: str, text: str) -> Path:
    file = root / "resources" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def sheet(tmp_path: Path, text: str, name: str = "aws/aws_thing.yaml") -> Sheet:
    written(tmp_path, name, text)
    found = Sheets(tmp_path).get(Path(name).stem)
    assert found is not None
    return found


def test_only_the_file_of_the_type_asked_for_is_opened(tmp_path: Path) -> None:
    written(tmp_path, "aws/aws_a.yaml", "type: aws_a\nfree: nothing\n")
    written(tmp_path, "aws/aws_b.yaml", "this: [is, not, yaml")
    found = Sheets(tmp_path).get("aws_a")
    assert found is not None
    assert found.free == "nothing"


def test_examples_are_not_read_in_a_run(tmp_path: Path) -> None:
    found = sheet(tmp_path, "type: aws_thing\nfree: nothing\nexamples: [broken, {yaml\n")
    assert found.free == "nothing"


def test_a_type_without_a_sheet_has_none_and_keeps_its_name() -> None:
    sheets = Sheets(SHIPPED)
    assert sheets.get("aws_no_such_thing") is None
    assert sheets.canonical_type("aws_no_such_thing") == "aws_no_such_thing"


@pytest.mark.parametrize("name", ["../../secrets", "aws_x/../../y", "aws_\0", ""])
def test_no_type_name_leads_out_of_the_folder(name: str) -> None:
    assert Sheets(SHIPPED).get(name) is None


@pytest.mark.parametrize("name", ["aws_lb", "aws_alb", "AWS::ElasticLoadBalancingV2::LoadBalancer"])
def test_a_sheet_is_found_by_all_its_names(name: str) -> None:
    assert Sheets(SHIPPED).canonical_type(name) == "aws_lb"


def test_a_type_whose_attributes_have_other_names_is_not_priced_by_the_sheet() -> None:
    name = "awscc_ec2_instance"
    assert (Sheets(SHIPPED).canonical_type(name), Sheets(SHIPPED).get(name)) == (name, None)


def test_no_two_sheets_claim_one_name() -> None:
    names = other_names(SHIPPED / "resources")
    for file in (SHIPPED / "resources").glob("*/*.yaml"):
        found = Sheets(SHIPPED).get(file.stem.replace("__", "/"))
        assert found is not None
        for name in (*found.aliases, *found.also, *found.cloudformation):
            assert names[name] == found.type, name


def test_another_type_with_the_same_lines_keeps_its_name() -> None:
    """A Grafana is no Spring app; `aws_alb` is another name of `aws_lb`."""
    sheets = Sheets(SHIPPED)
    assert sheets.canonical_type("azurerm_dashboard_grafana") == "azurerm_dashboard_grafana"
    assert sheets.get("azurerm_dashboard_grafana") is sheets.get("azurerm_spring_cloud_service")
    assert sheets.canonical_type("aws_alb") == "aws_lb"
    assert sheets.template_name("aws_kms_replica_external_key") == ""


def test_an_index_saves_looking_through_all_sheets(tmp_path: Path) -> None:
    written(tmp_path, "aws/aws_a.yaml", "type: aws_a\nfree: nothing\n")
    written(tmp_path, "index.json", '{"aws_other": "aws_a"}')
    assert Sheets(tmp_path).canonical_type("aws_other") == "aws_a"


def test_free_types_are_listed_with_the_reason() -> None:
    sheets = Sheets(SHIPPED)
    assert sheets.free("aws_iam_role").startswith("access")
    assert sheets.free("random_id") == "lives in Terraform's state alone"
    assert sheets.free("aws_instance") == ""
    assert sheets.free("aws_no_such_thing") == ""


def test_no_free_type_has_a_sheet_with_costs() -> None:
    sheets = Sheets(SHIPPED)
    for file in (SHIPPED / "resources").glob("*/free.txt"):
        for line in file.read_text("utf-8").splitlines():
            found = sheets.get(line) if line and not line.startswith("#") else None
            assert found is None, line


def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, "aws/aws_thing.yaml", "type: aws_thing\ncosts:\n  - {name: [\n")
    with pytest.raises(SheetError, match=rf"{file}:\d"):
        Sheets(tmp_path).get("aws_thing")


def test_a_formula_that_does_not_compile_is_told_with_its_line(tmp_path: Path) -> None:
    text = "type: aws_thing\ncosts:\n  - name: A\n    unit: GB\n    quantity: r.size +\n    price: a/b\n"
    found = sheet(tmp_path, text)
    assert found.lines[0].quantity is not None
    with pytest.raises(SheetError, match=r"aws_thing\.yaml:5:1"):
        _ = found.lines[0].quantity.low.expression


@pytest.mark.parametrize(
    ("unit", "scale"),
    [
        ("hours", 1),
        ("GB", 1),
        ("1M requests", 10**6),
        ("1M request", 10**6),
        ("1k requests", 1000),
        ("10k tags", 10_000),
        ("100 requests", 100),
        ("1B queries", 10**9),
        ("vCPU-hours", 1),
    ],
)
def test_a_printed_unit_says_how_many_single_ones_it_holds(unit: str, scale: int) -> None:
    assert scale_of(unit) == Decimal(scale)


def test_usage_keys_are_nested_and_typed(tmp_path: Path) -> None:
    text = """\
type: aws_thing
usage:
  monthly_gb: GB
  system: {values: [linux, windows], default: linux}
  standard:
    storage_gb: {unit: GB, typical: [1, 2, 3]}
free: nothing
"""
    usage = sheet(tmp_path, text).usage
    assert set(usage) == {"monthly_gb", "system", "standard.storage_gb"}
    assert usage["standard.storage_gb"].typical == (Decimal(1), Decimal(2), Decimal(3))
    assert usage["system"].is_text
    assert usage["system"].default == "linux"


def test_texts_become_what_the_sheet_says_through_every_block(tmp_path: Path) -> None:
    text = (
        "type: aws_thing\nfree: x\nattributes: {size: number, set: bool, disk.gb: number, id: string}\nblocks: [disk]\n"
    )
    written(tmp_path, "aws/aws_thing.yaml", text)
    values = {"size": "8", "set": "true", "disk": {"gb": "1.5", "kind": "x"}, "id": 7, "other": "9"}
    shaped = Sheets(tmp_path).shape("aws_thing", values)
    assert shaped == {"size": 8, "set": True, "disk": [{"gb": 1.5, "kind": "x"}], "id": "7", "other": "9"}


def test_unknown_and_odd_values_keep_their_shape(tmp_path: Path) -> None:
    written(
        tmp_path, "aws/aws_thing.yaml", "type: aws_thing\nfree: nothing\nattributes: {size: number, disk.gb: number}\n"
    )
    rest = Unknown("local.disks is not known", ("local.disks",))
    values = {"size": "eight", "disk": Partial(({"gb": "4"}, {"gb": rest}), rest)}
    shaped = Sheets(tmp_path).shape("aws_thing", values)
    assert shaped["size"] == "eight"
    assert shaped["disk"] == Partial(({"gb": 4}, {"gb": rest}), rest)


def test_a_template_is_cut_at_its_formulas(tmp_path: Path) -> None:
    found = template("a {r.b} c {m[?'}'].orValue('{')}", language=Language(["r", "m"]), file=tmp_path)
    assert found.pieces[0] == "a "
    assert [f.text for f in found.formulas] == ["r.b", "m[?'}'].orValue('{')"]
    with pytest.raises(SheetError, match="brace"):
        template("a {r.b", language=Language(["r"]), file=tmp_path)


def own(tmp_path: Path, text: str) -> Sheets:
    file = tmp_path / "own" / "aws_nat_gateway.yaml"
    file.parent.mkdir()
    file.write_text(text, "utf-8")
    return Sheets(SHIPPED, extra=[file.parent])


def test_a_sheet_of_the_users_own_replaces_the_shipped_one(tmp_path: Path) -> None:
    text = "type: aws_nat_gateway\ncosts:\n  - {name: Shared, unit: hours, quantity: hours, amount: 0.01}\n"
    found = own(tmp_path, text).get("aws_nat_gateway")
    assert found is not None
    assert [line.name.text for line in found.lines if line.name] == ["Shared"]


def test_a_sheet_of_the_users_own_extends_the_shipped_one(tmp_path: Path) -> None:
    line = "{name: Support, unit: hours, quantity: hours, amount: 0.01}"
    text = f"type: aws_nat_gateway\nextends: true\ncosts: [{line}]\n"
    found = own(tmp_path, text).get("aws_nat_gateway")
    assert found is not None
    assert [line.name.text for line in found.lines if line.name] == ["NAT gateway", "Data processed", "Support"]
    assert "monthly_data_processed_gb" in found.usage


@pytest.mark.parametrize(
    "text",
    [
        "type: aws_nat_gateway\n",
        "type: aws_nat_gateway\ncosts: []\n",
        "type: aws_nat_gateway\ncosts:\n  - {nmae: A, unit: GB}\n",
        "type: aws_nat_gateway\ncosts:\n  - {name: A}\n",
        "type: aws_nat_gateway\ncosts:\n  - {use: x, through: y}\n",
        "[1]",
    ],
)
def test_a_sheet_of_the_users_own_is_checked_when_it_is_loaded(tmp_path: Path, text: str) -> None:
    with pytest.raises(SheetError, match=r"aws_nat_gateway\.yaml"):
        own(tmp_path, text).get("aws_nat_gateway")


def test_kinds_of_kubernetes_and_foreign_providers_have_folders_of_their_own() -> None:
    assert cloud_of("aws_instance") == "aws"
    assert cloud_of("azurerm_linux_virtual_machine") == "azure"
    assert cloud_of("google_compute_instance") == "google"
    assert cloud_of("apps/Deployment") == "kubernetes"
    assert cloud_of("datadog_monitor") == "datadog"
