"""Names of Terraform in a sentence, as a CloudFormation template writes them (names of AWS's documentation)."""

from __future__ import annotations

import pytest

from finops_lint.catalog.data import data_root
from finops_lint.catalog.sheets import Sheets
from finops_lint.catalog.template_words import in_field_words, in_template_words

SHEETS = Sheets(data_root() / "pricing")


def told(sentence: str, kind: str, *but: str) -> str:
    sheet = SHEETS.get(kind)
    return in_template_words(sentence, sheet.properties if sheet else {}, SHEETS.template_name, but=set(but))


@pytest.mark.parametrize(
    ("kind", "sentence", "expected"),
    [
        ("aws_autoscaling_group", "set min_size to 0", "set MinSize to 0"),
        ("aws_eks_node_group", "set scaling_config.min_size to 0", "set ScalingConfig.MinSize to 0"),
        ("aws_db_instance", "set instance_class to db.m6g.large", "set DBInstanceClass to db.m6g.large"),
        (
            "aws_sagemaker_endpoint",
            "Register it with aws_appautoscaling_target or set managed_instance_scaling.",
            "Register it with AWS::ApplicationAutoScaling::ScalableTarget or set ManagedInstanceScaling.",
        ),
    ],
)
def test_types_and_attributes_are_named_as_in_a_template(kind: str, sentence: str, expected: str) -> None:
    assert told(sentence, kind) == expected


def test_keys_of_tags_and_names_within_others_stay() -> None:
    said = "Missing tags: model_name. It is training (tag workload_type = training) on s3://my_bucket/a_b, see x-my_y."
    assert told(said, "aws_instance", "model_name") == said


def test_attributes_are_named_as_the_fields_of_an_object_and_types_and_tags_stay() -> None:
    said = "Register it with aws_appautoscaling_target, or set root_block_device.volume_type; tag_name stays."
    assert in_field_words(said, but=("tag_name",)) == (
        "Register it with aws_appautoscaling_target, or set rootBlockDevice.volumeType; tag_name stays."
    )
