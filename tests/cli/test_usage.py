"""`usage init`: a usage file to start from, never written over."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_commands import Terminal, lint, write

__all__ = ["lint"]
"""The fixture, under the name pytest looks for."""

NAT = 'resource "aws_nat_gateway" "out" {\n  subnet_id = "subnet-1"\n}\n'


def test_the_file_is_written_once(lint: Terminal) -> None:
    write("infra/nat.tf", NAT)
    ended = lint("usage", "init", "infra")
    assert (ended.code, ended.out) == (0, "Wrote infracost-usage.yml: 1 key of 1 resource.\n")
    text = Path("infracost-usage.yml").read_text("utf-8")
    assert "  aws_nat_gateway.out:\n    ## Data processed, $0.045 per GB. Usually 10 to 1,000 GB. ≈ $4.50" in text
    assert "    # monthly_data_processed_gb: 100\n" in text
    again = lint("usage", "init", "infra")
    assert again.code == 2
    assert "infracost-usage.yml is there already" in again.err
    assert Path("infracost-usage.yml").read_text("utf-8") == text


def test_no_file_is_written_of_a_path_that_is_not_there(lint: Terminal) -> None:
    ended = lint("usage", "init", "nowhere")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "finops-lint: error: nowhere: no such file or folder (exit 2)\n"
    assert not Path("infracost-usage.yml").exists()


def test_it_is_printed_where_a_dash_is_named(lint: Terminal) -> None:
    write("infra/nat.tf", NAT)
    ended = lint("usage", "init", "infra", "--usage-file", "-")
    assert ended.code == 0
    assert "aws_nat_gateway.out:" in ended.out
    assert not Path("infracost-usage.yml").exists()


def test_an_update_adds_what_is_missing_and_no_more(lint: Terminal) -> None:
    write("infra/nat.tf", NAT)
    old = "version: 0.1\nresource_usage:\n  aws_nat_gateway.out:\n    monthly_data_processed_gb: 7\n"
    write("usage.yml", old)
    write("finops-lint.yaml", "usage_file: usage.yml\n")
    assert lint("usage", "init", "infra", "--update").out == "usage.yml has every key.\n"
    write("infra/nat2.tf", NAT.replace("out", "more"))
    assert lint("usage", "init", "infra", "--update").out == "Added 1 key to usage.yml.\n"
    assert Path("usage.yml").read_text("utf-8").startswith(old)


def test_settings_do_not_name_a_place_outside_to_write_to(lint: Terminal) -> None:
    write("infra/nat.tf", NAT)
    write("finops-lint.yaml", "usage_file: ../elsewhere.yml\n")
    ended = lint("usage", "init", "infra")
    assert ended.code == 2
    assert "lies outside the working folder" in ended.err
    assert not Path("../elsewhere.yml").exists()


def test_usage_of_an_address_that_is_not_there_is_told(lint: Terminal) -> None:
    write("infra/nat.tf", NAT)
    write("usage.yml", "resource_usage:\n  aws_nat_gateway.outt: {monthly_data_processed_gb: 7}\n")
    ended = lint("cost", "infra", "--usage-file", "usage.yml")
    assert ended.code == 0
    said = " ".join(ended.out.split())
    assert "usage.yml:2:1: aws_nat_gateway.outt is not in what was read; did you mean aws_nat_gateway.out?" in said


def test_usage_of_what_a_change_adds_is_no_mistake_of_the_side_before(lint: Terminal) -> None:
    write("after/main.tf", Path("infra/main.tf").read_text("utf-8") + NAT)
    write("usage.yml", "resource_usage:\n  aws_nat_gateway.out: {monthly_data_processed_gb: 7}\n")
    assert "not in what was read" not in lint("diff", "infra", "after", "--usage-file", "usage.yml").out
