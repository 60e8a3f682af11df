"""A Terraform file to its syntax tree: bodies, blocks, arguments; blocks that touch a syntax error are left out."""

from __future__ import annotations

from finops_lint.model.finding import Level, Problem
from finops_lint.readers.source_text import BYTE_ORDER_MARK, SourceText
from finops_lint.readers.terraform import recovery
from finops_lint.readers.terraform.parse_bodies import BodyReader
from finops_lint.readers.terraform.parse_expressions import Parser
from finops_lint.readers.terraform.parse_json import parse_json
from finops_lint.readers.terraform.parse_lines import read_lines
from finops_lint.readers.terraform.parse_templates import bare_template
from finops_lint.readers.terraform.parse_tokens import END, NEWLINE, HclError, tokenize, tokenize_template
from finops_lint.readers.terraform.syntax import Attribute, Block, Body, Expression, ParsedFile

__all__ = ["HclError", "ParsedFile", "parse_expression", "parse_hcl", "parse_json", "parse_template"]

MAX_PROBLEMS = 20
"""Syntax errors told of one file."""


def parse_hcl(source: SourceText) -> ParsedFile:
    """The tree of a `.tf`, `.tofu` or `.tfvars` file; blocks that touch a syntax error are left out."""
    problems = list(recovery.encoding_problems(source))
    if any(problem.code in recovery.UNREADABLE for problem in problems):
        return ParsedFile(Body({}, (), source, 0, 0), tuple(problems), incomplete=True)
    text = source.data.decode("latin-1")
    start = len(BYTE_ORDER_MARK) if source.data.startswith(BYTE_ORDER_MARK) else 0
    body = None if problems else read_lines(source, text, start)
    return ParsedFile(body) if body is not None else _read_with_faults(source, text, start, problems)


def _read_with_faults(source: SourceText, text: str, start: int, problems: list[Problem]) -> ParsedFile:
    """The tree of what can be read, and what is wrong with the rest."""
    attributes: dict[str, Attribute] = {}
    blocks: list[Block] = []
    at: int | None = start
    while at is not None:
        reader = BodyReader(source, text, tokenize(text, at))
        try:
            reader.items(attributes, blocks, END)
            break
        except HclError as fault:
            problems.append(recovery.problem(source, text, reader.tokens, reader.item, fault))
            at = recovery.next_item(source, text, reader.starts[reader.item])
            if len(problems) > MAX_PROBLEMS:
                at = None
    incomplete = any(problem.level is Level.ERROR for problem in problems)
    return ParsedFile(Body(attributes, tuple(blocks), source, 0, len(text)), tuple(problems), incomplete)


def parse_expression(source: SourceText) -> Expression:
    """One expression, as `--var` gives it; raises HclError."""
    text = source.data.decode("latin-1")
    parser = Parser(text, tokenize(text))
    _skip_newlines(parser)
    result = parser.expression()
    _skip_newlines(parser)
    parser.expect(END, "expected the end of the expression")
    return result


def parse_template(source: SourceText) -> Expression:
    """A whole file or string as one template, as `templatefile` reads it; raises HclError."""
    text = source.data.decode("latin-1")
    return bare_template(Parser(text, tokenize_template(text)))


def _skip_newlines(parser: Parser) -> None:
    while parser.kinds[parser.at] == NEWLINE:
        parser.at += 1
