"""File names to the tools whose code makes resources that no reader here sees, and what to give instead.

One notice a tool says that it was not covered: a total without what such code makes would look like all there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from finops_lint.model.finding import Problem
from finops_lint.model.records import record
from finops_lint.readers.files import notice


@record(frozen=True, slots=True)
class Tool:
    """A tool that is not read itself."""

    message: str
    """What is not covered; `{more}` is ` (and N more)` or nothing."""
    hint: str
    """What to run and give instead; empty where no output of it is read."""
    output: str = ""
    """What lies beside the file where that was done already, and is then read."""


_CDK = Tool("an AWS CDK app{more}: its code is not read", "run `cdk synth` and give its cdk.out", "cdk.out")
_CDKTF = Tool("a CDKTF app{more}: its code is not read", "run `cdktf synth` and give its cdktf.out", "cdktf.out")
# https://docs.terragrunt.com/reference/cli/commands/run/, read 2026-11-21
_TERRAGRUNT = Tool(
    "a Terragrunt unit{more}: what it fetches and passes to modules is not read",
    "run `terragrunt run --all --json-out-dir /tmp/plans -- plan` and give /tmp/plans",
)
_SERVERLESS = Tool(
    "a Serverless Framework service{more}: only the template made of it can be read",
    "run `serverless package` and give .serverless/cloudformation-template-update-stack.json",
)
_HELMFILE = Tool(
    "a helmfile{more}: what its releases install is not read", "pipe the output of `helmfile template` into -"
)
_PULUMI = Tool("a Pulumi program{more}: it is not read", "")
_BICEP = Tool("Bicep{more} is not read", "")

_NAMES: Mapping[str, Tool] = {
    "cdk.json": _CDK,
    "cdktf.json": _CDKTF,
    "terragrunt.hcl": _TERRAGRUNT,
    "terragrunt.stack.hcl": _TERRAGRUNT,
    "serverless.yml": _SERVERLESS,
    "serverless.yaml": _SERVERLESS,
    "helmfile.yaml": _HELMFILE,
    "helmfile.yaml.gotmpl": _HELMFILE,
    "Pulumi.yaml": _PULUMI,
    "Pulumi.yml": _PULUMI,
}


def tools_of(folder: str, names: Sequence[str]) -> Iterator[tuple[Tool, str]]:
    """The tools whose code lies in a folder that has files of these names, each with its file."""
    for name in names:
        tool = _BICEP if name.endswith(".bicep") else _NAMES.get(name)
        if tool is not None and not (tool.output and Path(folder, tool.output).is_dir()):
            yield tool, name if folder == "." else f"{folder}/{name}"


def told(found: Mapping[Tool, Sequence[str]]) -> Iterator[Problem]:
    """One notice a tool, at the first of its files."""
    for tool, files in found.items():
        more = f" (and {len(files) - 1:,} more)" if len(files) > 1 else ""
        yield notice("other-tool", tool.message.format(more=more), min(files), tool.hint)
