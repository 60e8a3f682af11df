"""What a file is by its text."""

from __future__ import annotations

import pytest

from finops_lint.readers.documents import infrastructure_kind

TEMPLATE = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n"


@pytest.mark.parametrize(
    "text",
    [
        TEMPLATE,
        "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n",
        "'AWSTemplateFormatVersion' : 2010-09-09\n",
        "# words\n---\nResources:\n  A: {Type: x}\n  C:\n    Properties: {}\n    Type: 'Custom::Thing'\n",
        '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}',
        '{"Description": "a \\"b\\"", "AWSTemplateFormatVersion": "2010-09-09"}',
        '\n{\n "Resources" : {"B": {"Type" : "AWS::S3::Bucket"}}}',
        "\ufeff" + TEMPLATE,
        TEMPLATE.replace("Resources:\n", "Resources:  # what is made\n\n  # - a bucket\n"),
    ],
)
def test_templates_are_known(text: str) -> None:
    assert infrastructure_kind(text.encode()) == "cloudformation"


@pytest.mark.parametrize(
    "text",
    [
        "# AWSTemplateFormatVersion: 2010-09-09\na: 1\n",
        "# Resources:\n#   B:\n#     Type: AWS::S3::Bucket\na: 1\n",
        "docs:\n  AWSTemplateFormatVersion: 2010-09-09\n",
        "Resources:\n  - name: x\n    Type: Pod\n",
        "Resources: !Include x\n# Type: AWS::S3::Bucket\n",
        '{"name": "x", "Resources": [1], "Type": "aws"}',
        '{"text": {"AWSTemplateFormatVersion": "2010-09-09"}}',
        # CodeDeploy's AppSpec for ECS: AWS CodeDeploy User Guide, "AppSpec file example for an Amazon ECS deployment".
        "version: 0.0\nResources:\n\n  # one\n  - TargetService:\n      Type: AWS::ECS::Service\n",
        "version: 0.0\nResources:\n- TargetService:\n    Type: AWS::ECS::Service\n",
        '{"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service"}}]}',
        "kind: x\n",
        "",
        "just words",
    ],
)
def test_other_files_are_not(text: str) -> None:
    assert infrastructure_kind(text.encode()) == ""


def test_manifests_are_known_in_any_document() -> None:
    assert infrastructure_kind(b"a: 1\n---\napiVersion: v1\nkind: Pod\n") == "kubernetes"
    assert infrastructure_kind(b'{"kind": "Pod", "apiVersion": "v1"}') == "kubernetes"
    assert infrastructure_kind(b"spec:\n  apiVersion: v1\n  kind: Pod\n") == ""


def test_a_head_that_may_become_a_template_asks_for_more() -> None:
    assert infrastructure_kind(b"Parameters:\n  A:\n", whole=False) == "more"
    assert infrastructure_kind(b"Parameters:\n  A:\n") == ""


def test_utf_16_is_read() -> None:
    assert infrastructure_kind(TEMPLATE.encode("utf-16")) == "cloudformation"
