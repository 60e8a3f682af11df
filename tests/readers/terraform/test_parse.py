"""HCL to nodes; texts of templates and heredocs are what Terraform 1.11 prints for them."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_lint.readers.source_text import SourceText
from finops_lint.readers.terraform import syntax
from finops_lint.readers.terraform.parse import HclError, parse_expression, parse_hcl, parse_template
from finops_lint.readers.terraform.parse_tokens import MAX_DEPTH
from finops_lint.readers.terraform.syntax import Body, Expression, Literal, Template

ROOT = Path(__file__).parents[3]


def body(text: str | bytes) -> Body:
    parsed = parse_hcl(SourceText("main.tf", text.encode() if isinstance(text, str) else text))
    assert not parsed.problems, [f"{p.span} {p.message}" for p in parsed.problems]
    return parsed.body


def value(text: str) -> Expression:
    return body(f"x = {text}\n").attributes["x"].expression


def shape(node: Any) -> Any:
    """A node without its offsets: the class's name and its fields."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, syntax.Name):
        return "@" + ".".join((node.name, *node.steps))
    if isinstance(node, tuple):
        return [shape(item) for item in node]
    if hasattr(node, "__dataclass_fields__"):
        fields = [name for name in node.__dataclass_fields__ if name not in ("start", "end")]
        return (type(node).__name__, *(shape(getattr(node, name)) for name in fields))
    return node


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("1.50", Decimal("1.50")),
        ("1e3", 1000),
        ("true", True),
        ("null", None),
        ('"a"', "a"),
        ("a-1", "@a-1"),
        ("-a + b", ("Binary", "+", ("Unary", "-", "@a"), "@b")),
        ("a - b - c", ("Binary", "-", ("Binary", "-", "@a", "@b"), "@c")),
        ("a + b * c", ("Binary", "+", "@a", ("Binary", "*", "@b", "@c"))),
        ("!a == b", ("Binary", "==", ("Unary", "!", "@a"), "@b")),
        (
            "a || b && c == d < e",
            ("Binary", "||", "@a", ("Binary", "&&", "@b", ("Binary", "==", "@c", ("Binary", "<", "@d", "@e")))),
        ),
        ("a ? b : c ? d : e", ("Conditional", "@a", "@b", ("Conditional", "@c", "@d", "@e"))),
        ("(1\n+\n2)", ("Binary", "+", 1, 2)),
        ("a.b[0].c", ("GetAttr", ("Index", "@a.b", 0), "c")),
        ("a.0", ("Index", "@a", 0)),
        ("[1, 2,]", ("TupleExpression", [1, 2])),
        ("[\n1\n,\n2\n]", ("TupleExpression", [1, 2])),
        ("f(a, b...)", ("Call", "f", ["@a", "@b"], True)),
        ("provider::x::f(1)", ("Call", "provider::x::f", [1], False)),
        ("{}", ("ObjectExpression", [])),
        ("[for v in c : v]", ("For", "", "v", "@c", None, "@v", None, False)),
        ("{for k, v in c : k => v... if k}", ("For", "k", "v", "@c", "@k", "@v", "@k", True)),
        ("{\n  for k, v in c :\n  k => v\n  if v\n}", ("For", "k", "v", "@c", "@k", "@v", "@v", False)),
    ],
)
def test_an_expression_becomes_its_nodes(text: str, expected: object) -> None:
    assert shape(value(text)) == expected


def test_an_index_after_an_attribute_splat_applies_to_the_whole() -> None:
    splat = ("Splat", "@a", ("GetAttr", ("SplatItem",), "b"), False)
    assert shape(value("a.*.b[0]")) == ("Index", splat, 0)


def test_an_index_after_a_full_splat_applies_to_each_element() -> None:
    each = ("GetAttr", ("Index", ("GetAttr", ("SplatItem",), "b"), 0), "c")
    assert shape(value("a[*].b[0].c")) == ("Splat", "@a", each, True)


def test_parentheses_end_a_splat() -> None:
    assert shape(value("(a[*].b)[0]")) == ("Index", ("Splat", "@a", ("GetAttr", ("SplatItem",), "b"), True), 0)


def test_object_keys_are_words_strings_templates_or_expressions_in_parentheses() -> None:
    text = '{ a = 1, "b c" : 2\n (d) = 3\n "${e}" = 4\n if = 5, null = 6\n 7 = 8 }'
    node = value(text)
    assert isinstance(node, syntax.ObjectExpression)
    keys = [shape(key) for key, _ in node.items]
    assert keys == ["a", "b c", "@d", ("Template", ["@e"]), "if", "null", 7]


def test_a_key_in_parentheses_on_the_next_line_is_no_call_of_the_value_before() -> None:
    node = value("{\n  a = var.b\n  (var.c) = 1\n}")
    assert isinstance(node, syntax.ObjectExpression)
    assert len(node.items) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'"\n\r\t\"\\"', '\n\r\t"\\'),
        (r'"\u00e9\U0001F600"', "é😀"),
        ('"$${x} %%{y} $x %y $"', "${x} %{y} $x %y $"),
        ('"$$${x}"', "$${x}"),
        ('<<EOT\na \\n "q" $${b} %%{c}\nEOT', 'a \\n "q" ${b} %{c}\n'),
        ("<<EOT\nEOT", ""),
        ("<<-EOT\n    a\n\n      b\n  \tc\n    EOT", " a\n\n   b\nc\n"),
        ("<<EOT\nl1\r\n  l2\r\nEOT", "l1\r\n  l2\r\n"),
        ("<<-EOT\n  a\n EOT # c\n b\n EOT", " a\nEOT # c\nb\n"),
    ],
)
def test_a_literal_text_is_decoded_as_terraform_does(text: str, expected: str) -> None:
    node = value(text)
    assert isinstance(node, Literal)
    assert node.value == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a   ${~ b ~}   c"', ["a", "@b", "c"]),
        # The indentation is taken off the text before the value.
        ("<<-EOT\n      ${a} b\n    y\n      EOT", ["  ", "@a", " b\ny\n"]),
        ("<<-EOT\n    ${a}\n  EOT", ["", "@a", "\n"]),
    ],
)
def test_a_template_keeps_its_parts_in_order(text: str, expected: list[object]) -> None:
    assert shape(value(text)) == ("Template", expected)


def test_a_strip_marker_in_a_heredoc_ends_at_the_line() -> None:
    text = "<<-EOT\n    x\n      %{ if t ~}\n      foo\n      %{ endif ~}\n    bar\n    EOT"
    # Terraform prints "x\n        foo\n      bar\n": `~` takes the line break, later lines keep their indentation.
    choice = ("TemplateIf", "@t", ("Template", ["      foo\n  "]), None)
    assert shape(value(text)) == ("Template", ["x\n  ", choice, "    bar\n"])


def test_directives_nest() -> None:
    node = value('"%{ for k, v in c }${k}%{ if v }y%{ else }n%{ endif }%{ endfor }"')
    choice = ("TemplateIf", "@v", ("Template", ["y"]), ("Template", ["n"]))
    assert shape(node) == ("Template", [("TemplateFor", "k", "v", "@c", ("Template", ["@k", choice]))])


def test_a_string_that_is_one_interpolation_stays_a_template() -> None:
    assert shape(value('"${a}"')) == ("Template", ["@a"])
    assert shape(value('"${"${"a"}"}"')) == ("Template", [("Template", ["a"])])


def test_blocks_have_labels_bodies_and_positions() -> None:
    text = 'resource "aws_instance" web {\n  ami = "x"\n  ebs { size = 1 }\n}\n'
    (block,) = body(text).blocks
    assert (block.type, block.labels) == ("resource", ("aws_instance", "web"))
    assert (block.span.line, block.span.column, block.span.end_column) == (1, 1, 30)
    (inner,) = block.body.blocks
    size = inner.body.attributes["size"].span
    assert (size.line, size.column, size.end_line, size.end_column) == (3, 9, 3, 17)


def test_comments_count_as_what_they_stand_for() -> None:
    text = "/* a\nb */ x = 1 # c\n// d\ny = [1, # e\n 2 /* f */]\n"
    assert {name: shape(a.expression) for name, a in body(text).attributes.items()} == {
        "x": 1,
        "y": ("TupleExpression", [1, 2]),
    }


def test_a_byte_order_mark_takes_no_column() -> None:
    attribute = body(b"\xef\xbb\xbfa = 1\n").attributes["a"]
    assert (attribute.span.column, attribute.span.end_column) == (1, 6)


def test_columns_count_characters() -> None:
    attribute = body('größe = "日本" # x\n').attributes["größe"]
    assert attribute.span.end_column == 13


def test_windows_line_ends_are_line_ends() -> None:
    read = body("a {\r\n  x = 1\r\n}\r\ny = 2\r\n")
    assert read.blocks[0].body.attributes["x"].span.line == 2
    assert read.attributes["y"].span.line == 4


def test_names_of_attributes_may_be_keywords() -> None:
    assert set(body("for = 1\nin = 2\nif = 3\n").attributes) == {"for", "in", "if"}


def test_an_expression_and_a_template_are_read_alone() -> None:
    assert shape(parse_expression(SourceText("-var", b'{\n a = [1, "b"]\n}'))) == (
        "ObjectExpression",
        [["a", ("TupleExpression", [1, "b"])]],
    )
    assert shape(parse_template(SourceText("t.tftpl", b'line "1"\n${a}\n'))) == ("Template", ['line "1"\n', "@a", "\n"])
    with pytest.raises(HclError, match="expected the end of the expression"):
        parse_expression(SourceText("-var", b"a b"))


def test_a_strip_marker_in_a_template_file_stays_on_its_line() -> None:
    text = b"a\n  ${~ b ~}\n\n  c"
    assert shape(parse_template(SourceText("t.tftpl", text))) == ("Template", ["a\n", "@b", "\n  c"])


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 100_000,
        'x = "' + '${"' * 100_000,
        "x = " + "-" * 100_000,
        "b {\n" * 100_000,
        "x = " + "f(" * 9999,
    ],
)
def test_nesting_without_end_is_one_problem(text: str) -> None:
    parsed = parse_hcl(SourceText("main.tf", text.encode()))
    assert [p.code for p in parsed.problems] == ["syntax-error"]
    assert f"{MAX_DEPTH} levels" in parsed.problems[0].message


def plain(node: Expression) -> object:
    """The value of an expression without variables, as python-hcl2 spells it; None where it has some."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, syntax.TupleExpression):
        return [plain(item) for item in node.items]
    if isinstance(node, syntax.Unary) and isinstance(node.operand, Literal) and isinstance(node.operand.value, int):
        return -node.operand.value
    return None


def differences(mine: Body, other: dict[str, Any]) -> list[str]:
    """Where python-hcl2 disagrees about which arguments and blocks there are, and about plain values."""
    found = []
    kinds = {block.type for block in mine.blocks}
    names = {name for name in other if not name.startswith("__")}
    if names != set(mine.attributes) | kinds:
        found.append(f"names: {names ^ (set(mine.attributes) | kinds)}")
    for name, attribute in mine.attributes.items():
        value = plain(attribute.expression)
        theirs = other.get(name)
        if isinstance(value, str) and isinstance(theirs, str) and theirs.startswith('"'):
            theirs = theirs[1:-1]
        if isinstance(value, (str, int)) and "\\" not in str(theirs) and "<<" not in str(theirs) and value != theirs:
            found.append(f"{attribute.span}: {value!r} is {theirs!r}")
    for kind in kinds:
        ours = [block for block in mine.blocks if block.type == kind]
        if len(ours) != len(other[kind]):
            found.append(f"{kind}: {len(ours)} is {len(other[kind])}")
            continue
        for block, theirs in zip(ours, other[kind], strict=True):
            for label in block.labels:
                theirs = theirs.get(label, theirs.get(f'"{label}"', {}))
            found += differences(block.body, theirs)
    return found


def test_python_hcl2_reads_the_same_from_the_samples() -> None:
    import hcl2

    files = sorted((ROOT / "sample_iac").rglob("*.tf"))
    assert files
    for path in files:
        text = path.read_text()
        assert differences(body(text), hcl2.loads(text)) == [], path


def test_tree_sitter_counts_the_same_arguments_and_blocks_in_the_samples() -> None:
    import tree_sitter
    import tree_sitter_hcl

    language = tree_sitter.Language(tree_sitter_hcl.language())
    query = tree_sitter.Query(language, "(attribute) @attribute (block) @block")
    for path in sorted((ROOT / "sample_iac").rglob("*.tf")):
        data = path.read_bytes()
        captures = tree_sitter.QueryCursor(query).captures(tree_sitter.Parser(language).parse(data).root_node)
        theirs = {node.start_byte for nodes in captures.values() for node in nodes}
        assert set(starts(body(data))) == theirs, path


def starts(read: Body) -> list[int]:
    inner = [start for block in read.blocks for start in (block.start, *starts(block.body))]
    return [attribute.start for attribute in read.attributes.values()] + inner


def test_every_node_lies_inside_its_parent() -> None:
    text = 'x = [for k, v in {a = "p${q[0].r}"} : f(k, -v)... if !true]\n'.replace("...", "")
    outside: list[str] = []

    def walk(node: Any, low: int, high: int) -> None:
        if isinstance(node, tuple):
            for item in node:
                walk(item, low, high)
        elif hasattr(node, "start") and not isinstance(node, SourceText):
            if not low <= node.start <= node.end <= high:
                outside.append(repr(node))
            for name in node.__dataclass_fields__:
                walk(getattr(node, name), node.start, node.end)

    walk(body(text).attributes["x"].expression, 0, len(text))
    assert outside == []


def test_a_template_node_says_where_its_value_stands() -> None:
    text = 'x = "ab${foo}"\n'
    node = body(text).attributes["x"].expression
    assert isinstance(node, Template)
    (name,) = (part for part in node.parts if isinstance(part, syntax.Name))
    found = re.search("foo", text)
    assert found is not None
    assert (name.start, name.end) == found.span()
