"""The entry point: loads one command, runs it, and turns whatever happens into an exit code and one line."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from finops_lint import __version__
from finops_lint.model.errors import FinopsLintError, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "check": "Find what is wasteful: tags, GPU sizes, spot, checkpoints.",
    "cost": "Estimate the monthly cost.",
    "diff": "What a change costs a month, and which findings it brings.",
    "comment": "Post what a change costs as one comment on its pull request.",
    "explain": "Explain a rule, or the price of one resource line by line.",
    "rules": "List the rules, run their examples, or write a new one.",
    "usage": "Write a usage file with the keys that matter.",
    "prices": "What the price tables hold, how old it is; fetch them anew.",
    "init": "Write a settings file to start from.",
    "baseline": "Remember today's findings, so that only new ones fail.",
}
"""Command → its line in the help; the module of the same name is imported only when the command runs."""

EXIT_CODES = """\b
Exit codes:
  0  clean
  1  findings at or above --fail-on, or a guardrail of the settings broken
  2  wrong usage, or something that cannot be read: the result cannot be trusted
"""

WRONG = 2
"""Exit code: the result cannot be trusted, or there is none."""


class LazyGroup(click.Group):
    """Commands that live in modules of their own, imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"finops_lint.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command, or the one that was probably meant, as a rule or a path is told."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            if not near:
                raise
            raise click.UsageError(f"{error.message.rstrip('.')}; did you mean {near[0]}?", ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="finops-lint", message="%(prog)s %(version)s")
def command() -> None:
    """FinOps policy and monthly cost of infrastructure code, before it is merged.

    Reads Terraform, CloudFormation and Kubernetes manifests; needs no account and no cloud credentials, and no
    network but for `prices update` and `comment`.
    """


def run(arguments: Sequence[str] | None = None, *, held: list[object] | None = None) -> int:
    """Run one command line; the exit code. Nothing but a debugging request lets a traceback through.

    What took long to make is put into `held`, so that it lasts as long as the caller's list.
    """
    try:
        code = command.main(args=arguments, prog_name="finops-lint", standalone_mode=False, obj=held)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except SystemExit as exit_:
        # click leaves by itself where a pipe closes while it prints help.
        return exit_.code if isinstance(exit_.code, int) else WRONG
    except click.ClickException as error:
        error.show()
        return WRONG
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", 130)
    except BrokenPipeError:
        # The reader has what it wanted. The interpreter would complain again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except FinopsLintError as error:
        return _refuse(f"{error}{f' ({error.hint})' if error.hint else ''}")
    except OSError as error:
        if _debugging():
            raise
        place = f"{error.filename}: " if error.filename else ""
        if isinstance(error, FileNotFoundError) and not place:
            place = "the working folder is gone: "
        return _refuse(f"{place}{error.strerror or error}")
    except MemoryError:
        return _refuse("out of memory: check fewer files at a time")
    except Exception as error:  # the last resort: a user must never see a traceback
        if _debugging():
            raise
        return _say(_our_bug(error), WRONG)


def _debugging() -> bool:
    return os.environ.get("FINOPS_LINT_DEBUG", "") not in ("", "0")


def _our_bug(error: Exception) -> str:
    return (
        f"this is a bug of finops-lint {__version__}, not of your code: {words_of(error)}\n"
        "Please report this line and the command; FINOPS_LINT_DEBUG=1 prints the details."
    )


def _refuse(message: str) -> int:
    """One line in the form of every other: what is wrong, and the exit code."""
    return _say(f"error: {message} (exit {WRONG})", WRONG)


def _say(message: str, code: int) -> int:
    # Where nobody is listening the exit code still tells.
    with contextlib.suppress(OSError):
        click.echo(f"finops-lint: {message}", err=True)
    return code


def main() -> NoReturn:
    """The console script: runs, flushes, and leaves without taking the objects of a large run apart one by one."""
    # A run makes values that nearly all stay: collecting costs a fifth of it, and the pipeline does what is needed.
    gc.disable()
    held: list[object] = []
    code = run(held=held)
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue  # closed by whoever called us
        try:
            stream.flush()
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                code = WRONG
                _say(f"the output is incomplete: {error.strerror or error}", WRONG)
        except ValueError:
            pass  # the stream was closed by whoever called us
    os._exit(code)
