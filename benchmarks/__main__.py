"""Time finops-lint beside the tools people use today: whole processes, in turn, medians and peak memory.

    python -m benchmarks [FOLDER ...] [--checkov BIN] [--c7n-left BIN] [--runs 5] [--plan-resources 50000]
    python -m benchmarks --files 0 --plan-resources 0 --templates FOLDER [--cfn-lint BIN]
    python -m benchmarks --files 0 --plan-resources 0 --manifests FOLDER [--manifests FOLDER ...] [--checkov BIN]

Peers are run where their program is given or on the PATH; otherwise their columns say so. Network access is not needed.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.generate_monorepo import write_monorepo

POLICY = """policies:
  - name: tagged
    resource: [aws_*]
    filters:
      - taggable
      - "tag:finops:team": absent
"""
TINY = 'resource "aws_ebs_volume" "a" {\n  availability_zone = "us-east-1a"\n  size = 100\n  type = "gp2"\n}\n'

TINY_TEMPLATE = "Resources:\n  A:\n    Type: AWS::EC2::Volume\n    Properties: {Size: 100, VolumeType: gp2}\n"
TINY_MANIFEST = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n"


def templates_in(path: Path) -> list[str]:
    """The template files below a folder, which cfn-lint wants named one by one."""
    from finops_lint.readers.discover import discover

    return [p.path for p in discover([str(path)]).projects if p.kind == "cloudformation"]


@dataclass
class Timing:
    """Whole-process measurements of one command."""

    seconds: list[float] = field(default_factory=list)
    peak_mib: float = 0.0
    code: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def run_once(argv: Sequence[str], cwd: Path) -> tuple[float, float, int]:
    """Wall seconds, peak MiB (of the process and what it waited for) and exit code."""
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.chdir(cwd)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.environ["CHECKOV_RUN_SCA_PACKAGE_SCAN"] = "false"
        try:
            os.execvp(argv[0], argv)
        except OSError:
            os._exit(127)  # no such program; this copy must not clear away the folder its parent works in
    _, status, usage = os.wait4(pid, 0)
    return time.perf_counter() - started, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def compare(title: str, commands: dict[str, Sequence[str]], *, cwd: Path, runs: int, limit: float = 120.0) -> None:
    """Run `commands` in turn and print a row each; one that is slower than `limit` seconds runs once."""
    timings = {name: Timing() for name in commands}
    for turn in range(runs):
        for name, argv in commands.items():
            timing = timings[name]
            if turn and timing.median > limit / runs:
                continue
            seconds, peak, timing.code = run_once(argv, cwd)
            timing.seconds.append(seconds)
            timing.peak_mib = max(timing.peak_mib, peak)
    own = timings["finops-lint"].median
    print(f"\n{title}")
    for name, timing in timings.items():
        ratio = "" if name == "finops-lint" else f"{timing.median / own:8.1f} ×"
        print(
            f"  {name:14} {timing.median:9.3f} s  {timing.peak_mib:7.0f} MiB  n={len(timing.seconds)}"
            f"  exit {timing.code} {ratio}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--finops-lint", default=str(Path(sys.executable).with_name("finops-lint")))
    parser.add_argument("--checkov", default=shutil.which("checkov"))
    parser.add_argument("--c7n-left", default=shutil.which("c7n-left"))
    parser.add_argument("--cfn-lint", default=shutil.which("cfn-lint"))
    parser.add_argument("--templates", type=Path, help="a folder of CloudFormation templates, for cfn-lint too")
    parser.add_argument(
        "--manifests", type=Path, action="append", default=[], help="a folder of Kubernetes manifests, for checkov too"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, default=1000, help="size of the generated monorepo; 0 leaves it out")
    parser.add_argument(
        "--plan-resources", type=int, default=50_000, help="size of the generated plan; 0 leaves it out"
    )
    options = parser.parse_args()
    own = options.finops_lint
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        (work / "policies").mkdir()
        (work / "policies/tags.yaml").write_text(POLICY, encoding="utf-8")
        compare(
            "start: --version",
            {"finops-lint": [own, "--version"], "bare python": [sys.executable, "-c", "pass"]},
            cwd=work,
            runs=options.runs * 3,
        )
        (work / "tiny").mkdir()
        (work / "tiny/main.tf").write_text(TINY, encoding="utf-8")
        folders = [("check, one small file", work / "tiny")]
        if options.files:
            write_monorepo(work / "monorepo", files=options.files)
            folders.append((f"check, generated monorepo of {options.files} files", work / "monorepo"))
        folders += [(f"check, {folder.name}", folder.resolve()) for folder in options.folders]
        for title, folder in folders:
            commands: dict[str, Sequence[str]] = {"finops-lint": [own, "check", str(folder)]}
            if options.checkov:
                commands["checkov"] = [
                    options.checkov, "-d", str(folder), "--framework", "terraform", "--compact", "--skip-download",
                ]  # fmt: skip
            if options.c7n_left and folder == work / "tiny":  # one root a run
                commands["c7n-left"] = [options.c7n_left, "run", "-p", str(work / "policies"), "-d", str(folder)]
            compare(title, commands, cwd=work, runs=options.runs)
        if options.templates:
            (work / "tiny.yaml").write_text(TINY_TEMPLATE, encoding="utf-8")
            for title, path in (("one small template", work / "tiny.yaml"), ("templates", options.templates.resolve())):
                commands = {"finops-lint": [own, "check", str(path)], "bare python": [sys.executable, "-c", "pass"]}
                if options.cfn_lint:
                    commands["cfn-lint"] = [options.cfn_lint, *templates_in(path)]
                compare(f"check, {title}", commands, cwd=work, runs=options.runs)
        if options.manifests:
            (work / "manifest").mkdir()
            (work / "manifest/pod.yaml").write_text(TINY_MANIFEST, encoding="utf-8")
            for folder in (work / "manifest", *(folder.resolve() for folder in options.manifests)):
                commands = {"finops-lint": [own, "check", str(folder)], "bare python": [sys.executable, "-c", "pass"]}
                if options.checkov:
                    commands["checkov"] = [options.checkov, "-d", str(folder), "--framework", "kubernetes", "--compact"]
                title = "one small manifest" if folder == work / "manifest" else folder.name
                compare(f"check, {title}", commands, cwd=work, runs=options.runs)
        if options.plan_resources:
            from benchmarks.generate_plan import write_plan

            plan = work / "plan.json"
            write_plan(plan, resources=options.plan_resources)
            size = plan.stat().st_size / 1e6
            compare(
                f"check, plan of {options.plan_resources} resources ({size:.0f} MB)",
                {"finops-lint": [own, "check", str(plan), "--format", f"json={work / 'report.json'}"]},
                cwd=work,
                runs=min(3, options.runs),
            )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\n{os.cpu_count()} cores, Python {sys.version.split()[0]}, {used.ru_utime + used.ru_stime:.0f} CPU seconds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
