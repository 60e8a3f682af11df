"""A Helm chart or kustomization → what the user's own helm, kustomize or kubectl makes of it; only where asked for.

Both are local folders: what would be fetched from elsewhere is refused, and no option that fetches is ever given.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from finops_lint.model.errors import FinopsLintError
from finops_lint.model.records import record
from finops_lint.model.regexes import regex
from finops_lint.readers.folders import KUSTOMIZATIONS

SECONDS = 120
"""A command that takes longer is ended."""
MOST_BYTES = 100_000_000
"""More output than this is refused."""
_REMOTE = regex(r"^[ \t]*-[ \t]*[\"']?(?:[a-z+]+://|git@|github\.com/|[^\s#]*\?ref=)", re.MULTILINE)
_MOST_FOLDERS = 1_000


class RenderError(FinopsLintError):
    """What the user asked to be rendered cannot be: the run stops with exit 2."""


@record(frozen=True, slots=True)
class Rendered:
    """What one command printed."""

    name: str
    """What was rendered, as the user typed it."""
    text: bytes


def helm(asked: str) -> Rendered:
    """`CHART`, `CHART=values.yaml` or `CHART=one.yaml,two.yaml`, rendered by the user's own helm.

    Raises:
        RenderError: There is no helm, no such chart, or helm fails.
    """
    chart, _, listed = asked.partition("=")
    values = [v for v in listed.split(",") if v]
    for path in (chart, *values):
        if not Path(path).exists():
            raise RenderError(f"--helm: there is no {path}", hint="charts and values are local files")
    program = _program("helm", "--helm")
    release = re.sub(r"[^a-z0-9-]+", "-", Path(chart).resolve().name.lower()).strip("-")[:50] or "release"
    command = [program, "template", release, _path(chart), *(f"--values={v}" for v in values)]
    return Rendered(asked, _run(command, f"--helm {chart}", {"HELM_NO_PLUGINS": "1"}))


def kustomize(folder: str) -> Rendered:
    """The kustomization in `folder`, built by the user's own kustomize, else kubectl.

    Raises:
        RenderError: There is neither, no such kustomization, it names something remote, or the program fails.
    """
    if not any(Path(folder, name).is_file() for name in KUSTOMIZATIONS):
        raise RenderError(f"--kustomize: there is no kustomization.yaml in {folder}")
    for file in _kustomizations(Path(folder)):
        if _REMOTE.search(file.read_text("utf-8", "replace")):
            raise RenderError(
                f"--kustomize: {file} names something remote, which would be fetched", hint="vendor it first"
            )
    own = shutil.which("kustomize")
    command = [own, "build", _path(folder)] if own else [_program("kubectl", "--kustomize"), "kustomize", _path(folder)]
    return Rendered(folder, _run(command, f"--kustomize {folder}", {}))


def _kustomizations(folder: Path) -> Iterator[Path]:
    """The kustomization files in `folder` and in all that they name."""
    pending, seen = [folder.resolve()], set[Path]()
    while pending and len(seen) < _MOST_FOLDERS:
        here = pending.pop()
        file = next((here / name for name in KUSTOMIZATIONS if (here / name).is_file()), None)
        if here in seen or file is None:
            continue
        seen.add(here)
        yield file
        names = re.findall(r"^[ \t]*-[ \t]*[\"']?([^\s\"'#]+)", file.read_text("utf-8", "replace"), re.MULTILINE)
        pending += [(here / name).resolve() for name in names if (here / name).is_dir()]


def _path(path: str) -> str:
    """A path no program takes for an option."""
    return f"./{path}" if path.startswith("-") else path


def _program(name: str, option: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RenderError(
            f"{option} needs {name}, which is not installed", hint=f"install {name}, or pipe rendered manifests into -"
        )
    return found


def _run(command: Sequence[str], what: str, more: Mapping[str, str]) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 -- the user's own program, and only as the user asks
            command,
            capture_output=True,
            check=False,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **more},
        )
    except subprocess.TimeoutExpired:
        raise RenderError(f"{what}: {Path(command[0]).name} took longer than {SECONDS} seconds") from None
    except OSError as error:
        raise RenderError(f"{what}: {Path(command[0]).name} cannot be run: {error.strerror}") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RenderError(f"{what}: {lines[-1][:300] if lines else 'it failed and said nothing'}")
    if len(done.stdout) > MOST_BYTES:
        raise RenderError(f"{what}: more than {MOST_BYTES // 1_000_000} MB")
    return done.stdout
