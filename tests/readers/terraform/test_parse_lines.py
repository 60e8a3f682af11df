"""What is read by lines is what the grammar reads, and what the grammar refuses is left to it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform.parse_bodies import BodyReader
from finops_lint.readers.terraform.parse_lines import read_lines
from finops_lint.readers.terraform.parse_tokens import END, HclError, tokenize
from finops_lint.readers.terraform.syntax import Attribute, Block, Body

ROOT = Path(__file__).parents[3]
SAMPLES = sorted(ROOT.glob("sample_iac/**/*.tf")) + sorted(Path(__file__).parent.glob("sources/**/*.tf"))
PIECES = (
    *(
        '"',
        "{",
        "}",
        "\n",
        "\r\n",
        "\r",
        "=",
        "#",
        "//",
        "/*",
        "*/",
        "${",
        "%{",
        "(",
        "]",
        ",",
        ".",
        "1.5",
        "é",
        "\\",
        "?",
    ),
    *(
        "<<EOT\n",
        "EOT\n",
        "a = 1",
        "a = b.c",
        "a = true.b",
        "a.0.b",
        'a "b" {\n',
        "a {}",
        "}\n",
        "for",
        'a = "b"\n',
        "\x85",
    ),
)


def by_grammar(source: SourceText) -> Body | None:
    """The body as tokens and grammar alone make it; None where they refuse it."""
    text = source.data.decode("latin-1")
    attributes: dict[str, Attribute] = {}
    blocks: list[Block] = []
    try:
        BodyReader(source, text, tokenize(text)).items(attributes, blocks, END)
    except HclError:
        return None
    return Body(attributes, tuple(blocks), source, 0, len(text))


def by_lines(source: SourceText) -> Body | None:
    return read_lines(source, source.data.decode("latin-1"), 0)


def assert_same(text: str) -> None:
    source = SourceText("main.tf", text.encode())
    assert repr(by_lines(source)) == repr(by_grammar(source)), text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only this",
        "a = 1",
        'a = "b" # c\nb = 2 // d\n/* e\n*/ c = 3\n/* f */\n\n',
        "a = true\nb = truex\nc = null\nd = string\ne = true.x\nf = a-1.b-2\ng = a . b\nh = 1.5\ni = 007\n",
        'a {\n  b = "c"\n  d {}\n  e "f" { g = 1 }\n}',
        'a "b" "c" {\r\n  d = e.f\r\n}\r\n',
        'a b "c"{\n}\n',
        'a"b""c" {\n}\n',
        'a = "b$c"\nd = "e\\n"\nf = "é"\ng = "%{if true}h%{endif}"\n',
        "a = (\n  b\n)\nc = [\n  1,\n]\nd = { e = 1\n f = 2 }\n",
        "a = <<-EOT\n  b = 1\n  EOT\nc = 2\n",
        "a {\n  b = <<EOT\n}\nEOT\n}\n",
        "a {\n  b = { for c in d : c => c }\n}\n",
        'a = []\nb = [ ]\nc = ["d, e]", f.g, 007,] # h\ni = [true, j-1 , null.k ]\r\n',
        'a = [for b in c : b]\nd = [for-e]\nf = ["g${h}", "i"]\nj = [k[0], 1.5, -1]\nl = ["é"]\nm = [n].o',
    ],
)
def test_every_way_to_write_a_line_makes_the_same_nodes(text: str) -> None:
    source = SourceText("main.tf", text.encode())
    assert by_lines(source) is not None
    assert_same(text)


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\na = 2\n",
        "a = 1\na = b + c\n",
        "a =\nb = 1\n",
        "a = 1 b = 2\n",
        "a {\n",
        "}\n",
        "a {\n  b = 1 }\n",
        "a {}\n}\n",
        "a { b = 1\n}\n",
        'a = "b\n',
        "a == b\n",
        "a = b.\n",
        "a = (b\n)}\n",
        "a\n",
        "a: 1\n",
        f"a = b{'.c' * 251}\n",
        "a = /* b",
        "a = [for]\n",
        "a = [b c]\n",
        "a = [,]\n",
        "a = [b,, c]\n",
        "a = [1b]\n",
        "a = [b] c\n",
        f"a = [b{'.c' * 251}]\n",
    ],
)
def test_what_is_wrong_is_left_to_the_grammar(text: str) -> None:
    source = SourceText("main.tf", text.encode())
    assert by_lines(source) is None
    assert by_grammar(source) is None


def test_blocks_that_go_deep_are_left_to_the_grammar_which_counts_them() -> None:
    text = "a {\n" * 60 + "b = 1\n" + "}\n" * 60
    source = SourceText("main.tf", text.encode())
    assert by_lines(source) is None
    assert by_grammar(source) is not None


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_the_samples_and_damaged_copies_of_them_are_read_the_same(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert_same(text)
    chance = random.Random(file.name)
    for _ in range(30):
        start = chance.randrange(max(len(text) - 1500, 1))
        part = text[text.find("\n", start) + 1 : start + 1500]
        at = chance.randrange(len(part) + 1)
        cut = chance.choice((0, 0, 1, 2, 20))
        assert_same(part[:at] + chance.choice(("", *PIECES)) + part[at + cut :])
