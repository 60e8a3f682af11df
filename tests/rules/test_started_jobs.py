"""Jobs that are written into state machines, pipelines and tuning jobs."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from finops_lint.model.records import replace
from finops_lint.model.resource import Graph
from finops_lint.model.settings import Settings
from finops_lint.model.values import Unknown
from finops_lint.rules.checker import Checker, CheckResult
from finops_lint.rules.context import Catalog
from finops_lint.rules.started_jobs import Started, jobs_started
from tests.rules.bench import machines, prices, read, read_terraform, rule_files, taggable

JOB = {
    "TrainingJobName.$": "$.name",
    "EnableManagedSpotTraining": True,
    "HyperParameters": {"MaxDepth": "5"},
    "ResourceConfig": {"InstanceType": "ml.g5.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 100},
    "StoppingCondition": {"MaxRuntimeInSeconds": 7200, "MaxWaitTimeInSeconds": 3600},
}


def task(job: Any = JOB, action: str = "sagemaker:createTrainingJob.sync", name: str = "Parameters") -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{action}", name: job}


def machine(definition: str) -> str:
    return f"""
    variable "seconds" {{
      type = number
    }}
    resource "aws_sfn_state_machine" "weekly" {{
      role_arn   = "arn:aws:iam::123456789012:role/states"
      definition = <<-JSON
{definition}
      JSON
    }}
    """


def started(code: str) -> list[Started]:
    return [job for resource in read_terraform(code).resources for job in jobs_started(resource)]


def of_states(**states: Any) -> list[Started]:
    return started(machine(json.dumps({"StartAt": "A", "States": states})))


def check(project_code: str, *rules: str, dialect: str = "terraform") -> CheckResult:
    graph = Graph(read(dialect, project_code).resources)
    checker = Checker(rule_files(), Catalog(machines(), taggable()), Settings(select=rules))
    result = checker.check(graph, prices(graph), project="p", today=date(2026, 11, 20))
    assert not result.problems, result.problems
    return result


def test_a_request_has_the_shape_of_a_training_job() -> None:
    [found] = of_states(Train=task())
    assert found.step == "Train"
    assert found.job.type == "aws_sagemaker_training_job"
    assert found.job.values["resource_config"] == [
        {"instance_type": "ml.g5.2xlarge", "instance_count": 1.0, "volume_size_in_gb": 100.0}
    ]
    assert found.job.values["enable_managed_spot_training"] is True
    assert found.job.values["hyper_parameters"] == {"MaxDepth": "5"}
    assert isinstance(found.job.values["training_job_name"], Unknown)


def test_jobs_are_found_in_branches_and_in_what_is_done_for_each_item() -> None:
    inner = {"StartAt": "B", "States": {"B": task()}}
    found = of_states(
        Both={"Type": "Parallel", "Branches": [inner, inner]},
        Each={"Type": "Map", "ItemProcessor": inner},
        Old={"Type": "Map", "Iterator": inner},
    )
    assert [job.step for job in found] == ["B"] * 4


def test_jsonata_writes_arguments_and_leaves_expressions_open() -> None:
    job = {**JOB, "StoppingCondition": {"MaxRuntimeInSeconds": "{% $states.input.seconds %}"}}
    [found] = of_states(Train=task(job, name="Arguments"))
    assert isinstance(found.job.value("stopping_condition", 0, "max_runtime_in_seconds"), Unknown)


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Task", "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync"},
        task({"TrainingJobName": "sketch"}),
        task(action="sagemaker:createProcessingJob.sync"),
        {"Type": "Pass"},
    ],
)
def test_a_state_that_asks_for_no_machines_starts_no_job(state: Any) -> None:
    assert of_states(Train=state) == []


@pytest.mark.parametrize("definition", ["{", "[]", "null", "3", '{"States": []}', '{"States": {"A": 1}}', "[" * 5000])
def test_a_definition_of_another_shape_starts_nothing(definition: str) -> None:
    assert started(machine(definition)) == []


@pytest.mark.parametrize("block", ["soon", 3, None, ["x"]])
def test_what_has_not_the_sort_it_must_have_is_unknown(block: Any) -> None:
    [found] = of_states(Train=task({**JOB, "StoppingCondition": block}))
    assert not isinstance(found.job.value("stopping_condition", 0), dict)
    check(
        machine(json.dumps({"States": {"Train": task({**JOB, "StoppingCondition": block})}})),
        "spot-wait-below-runtime",
        "training-without-deadline",
    )


def test_a_number_that_terraform_fills_in_is_unknown_and_the_rest_is_judged() -> None:
    job = json.dumps(JOB).replace("3600", "${var.seconds}")
    code = machine(f'{{"States": {{"Train": {{"Resource": "sagemaker:createTrainingJob", "Parameters": {job}}}}}}}')
    result = check(code, "spot-wait-below-runtime", "spot-training-without-checkpoint")
    assert [f.rule for f in result.findings] == ["spot-training-without-checkpoint"]
    assert [u.rule for u in result.undecided] == ["spot-wait-below-runtime"]


def test_a_definition_that_may_be_secret_is_not_read() -> None:
    [resource] = read_terraform(machine(json.dumps({"States": {"Train": task()}}))).resources
    assert list(jobs_started(resource))
    assert not list(jobs_started(replace(resource, sensitive=frozenset({("definition",)}))))


def test_a_finding_names_the_machine_and_the_step_and_offers_no_edit() -> None:
    [finding] = check(machine(json.dumps({"States": {"Train": task()}})), "spot-wait-below-runtime").findings
    assert (finding.address, finding.type) == ("aws_sfn_state_machine.weekly", "aws_sfn_state_machine")
    assert finding.message.startswith("Train: Waiting and running may take 3600 s together")
    assert finding.path == ("definition",)
    assert finding.span.line == 7
    assert finding.remedy is None
    assert finding.saving is None


def test_a_job_is_called_by_no_type_of_another_language() -> None:
    job = {name: value for name, value in JOB.items() if name != "EnableManagedSpotTraining"}
    [finding] = check(machine(json.dumps({"States": {"Train": task(job)}})), "training-on-demand").findings
    assert finding.message.startswith("Train: This is training (a SageMaker training job) at the on-demand price.")
    assert finding.inferred_from == "a SageMaker training job"


def test_two_jobs_of_one_machine_have_findings_of_their_own() -> None:
    code = machine(json.dumps({"States": {"A": task(), "B": task()}}))
    found = check(code, "spot-wait-below-runtime").findings
    assert len({f.fingerprint for f in found}) == 2


def test_a_job_that_is_started_has_no_tags_to_ask_for() -> None:
    code = machine(json.dumps({"States": {"Train": task()}}))
    assert {f.address for f in check(code, "required-tags").findings} == {"aws_sfn_state_machine.weekly"}
    assert not any(f.message.startswith("Train") for f in check(code, "required-tags").findings)


def test_a_parameter_of_a_pipeline_stands_for_its_default() -> None:
    config = {"InstanceType": {"Get": "Parameters.Machine"}, "InstanceCount": {"Get": "Parameters.Count"}}
    definition = {
        "Parameters": [{"Name": "Machine", "DefaultValue": "ml.p3.2xlarge"}, {"Name": "Count"}],
        "Steps": [
            {
                "Name": "If",
                "Type": "Condition",
                "Arguments": {
                    "IfSteps": [{"Name": "Fit", "Type": "Training", "Arguments": {"ResourceConfig": config}}],
                    "ElseSteps": [{"Name": "Stop", "Type": "Fail"}],
                },
            }
        ],
    }
    [found] = started(
        f"""
        resource "aws_sagemaker_pipeline" "weekly" {{
          pipeline_definition = <<-JSON
{json.dumps(definition)}
          JSON
        }}
        """
    )
    [spec] = found.job.values["resource_config"]
    assert spec["instance_type"] == "ml.p3.2xlarge"
    assert isinstance(spec["instance_count"], Unknown)


def test_the_trials_of_a_tuning_job_are_training_jobs() -> None:
    [finding] = check(
        """
        resource "aws_sagemaker_hyper_parameter_tuning_job" "search" {
          hyper_parameter_tuning_job_name = "search"
          hyper_parameter_tuning_job_config {
            strategy = "Bayesian"
          }
          training_job_definition {
            enable_managed_spot_training = true
            resource_config {
              instance_type  = "ml.g5.2xlarge"
              instance_count = 1
            }
          }
        }
        """,
        "spot-training-without-checkpoint",
    ).findings
    assert finding.address == "aws_sagemaker_hyper_parameter_tuning_job.search"
    assert finding.path == ("training_job_definition", 0)
    assert finding.message.startswith("Managed spot training")


@pytest.mark.parametrize(
    ("group", "paths"),
    [
        (
            "sagemaker.services.k8s.aws/v1alpha1",
            {("enable_managed_spot_training",), ("stopping_condition", 0, "max_wait_time_in_seconds")},
        ),
        ("sagemaker.aws.amazon.com/v1", {("spec",)}),
    ],
)
def test_an_object_of_amazons_controllers_is_a_job(group: str, paths: set[tuple[str | int, ...]]) -> None:
    code = f"""
apiVersion: {group}
kind: TrainingJob
metadata: {{name: ranker}}
spec:
  enableManagedSpotTraining: true
  resourceConfig: {{instanceType: ml.g5.2xlarge, instanceCount: 1, volumeSizeInGB: 30}}
  stoppingCondition: {{maxRuntimeInSeconds: 7200, maxWaitTimeInSeconds: 3600}}
"""
    rules = ("spot-wait-below-runtime", "spot-training-without-checkpoint", "training-without-deadline")
    found = check(code, *rules, dialect="kubernetes").findings
    assert {f.rule for f in found} == {"spot-wait-below-runtime", "spot-training-without-checkpoint"}
    assert {f.address for f in found} == {"TrainingJob/default/ranker"}
    assert {f.path for f in found} == paths


def test_what_is_secret_in_a_trial_is_so_in_its_job() -> None:
    [tuning] = read_terraform(
        """
        resource "aws_sagemaker_hyper_parameter_tuning_job" "search" {
          training_job_definition {
            resource_config {
              instance_type = "ml.g5.2xlarge"
            }
          }
        }
        """
    ).resources
    block = ("training_job_definition", 0)
    [found] = jobs_started(replace(tuning, sensitive=frozenset({(*block, "resource_config", 0, "instance_type")})))
    assert found.job.is_sensitive(("resource_config", 0, "instance_type"))
    assert not list(jobs_started(replace(tuning, sensitive=frozenset({block}))))


def test_a_placeholder_of_a_template_is_left_open() -> None:
    code = """
Resources:
  Weekly:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/states
      DefinitionSubstitutions: {Seconds: 3600}
      DefinitionString: |
        {"States": {"Train": {"Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync", "Parameters": {
          "ResourceConfig": {"InstanceType": "ml.g5.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
          "StoppingCondition": {"MaxRuntimeInSeconds": "${Seconds}"}}}}}
"""
    result = check(code, "training-without-deadline", "spot-wait-below-runtime", dialect="cloudformation")
    assert not result.findings
