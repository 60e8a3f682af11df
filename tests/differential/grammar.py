"""Hypothesis strategies for Terraform expressions: every function, operator, directive and conversion, by type.

An expression is text. Most arguments are of the type a function wants, some are of another, many are unknown.
"""

# ruff: noqa: E501  (tables of HCL)

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

# What stands at the leaves, by kind of value

WORDS = [
    "",
    "a",
    "abc",
    "Hello World",
    "10.0.0.0/16",
    "é",
    "e\\u0301x",
    "日本",
    "x\\ny\\n",
    " pad\\t",
    "true",
    "12",
    "-0.5",
]
WORDS += ["a,b,,c", "ÀÉ ßſ", "<&>", "aaa", '\\"q\\"', "👍🏽x", "\\r\\n", "ab-cd_ef", "$${x}"]

LEAVES: Mapping[str, Sequence[str]] = {
    "string": [*(f'"{word}"' for word in WORDS), "local.s", "local.us", "local.us", "local.uid", '"pre-${local.us}"', "local.o.a", "local.sec"],
    "number": ["0", "1", "2", "3", "7", "-1", "2.5", "-3.75", "10", "1e3", "0.1", "123456789", "local.n", "local.f", "local.un", "local.un", "length(local.ul)"],
    "bool": ["true", "false", "local.b", "local.ub", "local.ub", '"true"'],
    "list": ["local.l", "local.ul", "local.ul", "local.el", 'tolist(["a", local.us])', '["a", "b"]', '["b", "", "a", "b"]', "[]", '["x", local.us, "y"]', "local.secl", 'sort(local.ul)', '["a", 1, true]', "[null]"],
    "numbers": ["local.ln", "local.uln", "[1, 2, 3]", "[2.5, -1]", "[1, local.un]", "[]", '["4", 5]', "range(3)"],
    "bools": ["[true, false]", "[true]", "[]", "[local.ub, false]", "[true, local.ub]", "[null, true]", 'tolist([local.ub])', '["false", true]'],
    "tuple": ["local.t", "local.ut", '["x", 1, [true]]', '[{a = 1}, {a = 2}]', "[[1, 2], [3]]", "[local.us, [local.ul]]", "[[], [1, [2, [3]]]]", "[local.ua]"],
    "map": ["local.m", "local.um", "local.um", '{a = "1"}', '{a = local.us, b = "2"}', "{}", 'tomap({a = local.us})', '{z = "q", a = ""}', "local.secm"],
    "object": ["local.o", "local.uo", "local.uo", '{a = "x", n = 1}', "{a = local.un, b = [1]}", "{a = null}", '{"k y" = {b = local.us}}', "{a = {b = {c = 1}}}"],
    "set": ["local.st", "local.uset", "local.uset", 'toset(["x", "y", "x"])', "toset([])", "toset([1, 2])", "toset([local.us])", 'toset(["a", local.us])'],
    "null": ["null", "local.nul", "tostring(null)"],
    "any": ["local.ua", "local.ua"],
    "cidr": ['"10.0.0.0/16"', '"192.168.1.7/24"', '"10.0.0.0/8"', '"fd00::/48"', '"2001:db8::1/64"', '"0.0.0.0/0"', '"10.1.2.3/32"', '"10.0.0.0"', '"300.0.0.0/8"', '"010.0.0.0/8"', "local.us", '"::ffff:10.0.0.0/104"', '"10.0.0.0/33"', '"::/0"'],
    "date": ['"2018-01-02T23:12:01Z"', '"2020-02-29T00:00:00+05:30"', '"1999-12-31T23:59:59-08:00"', '"2021-06-01T12:00:00.123456Z"', '"2018-1-2T3:4:5Z"', '"2018-13-01T00:00:00Z"', '"not a date"', "local.us", '"2023-10-10T9:00:00Z"', '"0001-01-01T00:00:00Z"', '"2021-02-30T00:00:00Z"', "timestamp()", "plantimestamp()"],
    "duration": ['"1h"', '"-10m30s"', '"1.5h"', '"0"', '"90000ms"', '"1d"', '"h"', '""', "local.us", '"+2h45m"', '"1h-1m"', '"100ns"', '".5s"'],
    "datefmt": ['"DD MMM YYYY hh:mm ZZZ"', '"EEEE, DD-MMM-YY hh:mm:ss ZZZ"', '"\'T\'hh"', '"H:mm aa"', '"HH:mmAA Z"', '"YYYY-MM-DD\'T\'hh:mm:ssZZZZZ"', '"M/D/YY h\'h\'"', '"QQ"', '"YYY"', '"\'open"', "local.us", '"\'it\'\'s\' EEE"', '"\'\'"', '"MMMM ZZZZ"', '""'],
    "pattern": ['"[a-z]+"', '"(\\\\d+)-(\\\\w+)"', '"(?P<first>[a-z])(?P<rest>.*)"', '"^$"', '"(a)|(b)"', '"l+"', '"("', '"(?=x)"', '"\\\\1"', '"(?i)HELLO"', '"[[:alpha:]]+"', '"a{2,3}"', '"a**"', '"(?P<x>a)(b)"', '".*"', '"\\\\bw"', '"(a*)*b"', '"[^a-c]"', '"\\\\pL+"', '"x*"', '"(?s)x.y"', '"(?m)^y$"', '"\\\\Q.\\\\E|o"', "local.us", '"(?U)l+"', '"e\\\\z"', '"[0-9.]+/(\\\\d+)"', '"\\\\x{65}"', '"(?:(a+)|b)+"', '"(|a)+"', '"(a|ab)(c|bcd)?"', '"\\\\D\\\\S\\\\W?"'],
    "regexreplace": ['"/l+/"', '"/(\\\\w)(\\\\w)/"', '"l"', '""', '"/(?P<x>o)/"', '"/"', '"//"', '"/[/"', '"/^/"', '"/a*/"', "local.us"],
    "replacement": ['"L"', '"$2$1"', '"${local.s}"', '"$${x}!"', '"$$"', '""', '"$1x"', '"$0"', "local.us", '"<$${1}>"'],
    "json": ['"{\\"a\\": 1, \\"b\\": [true, null, \\"x\\"]}"', '"[1, 2.50, 1e3]"', '"\\"s\\""', '"null"', '"{bad"', '""', '"[1] x"', '"12345678901234567890"', 'jsonencode(local.o)', "local.us", '"{\\"a\\":1,\\"a\\":2}"', '"\\"\\\\u00e9\\\\ud83d\\\\ude00\\""', '" true "', '"\\"p${local.us}"', '"[${local.us}"', '"zz${local.us}"', '"[1,]"', '"01"'],
    "yaml": ['"a: 1\\nb: [x, y]\\n"', '"- 1\\n- 0x1F\\n- 1_000\\n- 1e3\\n- .5\\n"', '"yes"', '"a: &x {k: 1}\\nb: *x\\nc:\\n  <<: *x\\n  d: 2\\n"', '"2020-01-01"', '""', '"a: b: c"', '"---\\na\\n---\\nb\\n"', '"~"', '"\\"1\\""', '"!!str 5"', '"a: |\\n  line\\n  two\\n"', '"{a: null, true: 1, 2: x}"', '"[1, \'2\', off]"', "local.us", '"? [a]\\n: b"', '"!foo bar"', '"2001-12-14t21:59:43.10-05:00"', '"# c"', '"0o17"', '"a: 012"', '"x: *nope"', "yamlencode(local.o)"],
    "csv": ['"a,b\\n1,2\\n3,4\\n"', '"a\\n"', '"a,a\\n1,2"', '"a,b\\n1\\n"', '""', '"a,\\"b c\\"\\n\\"x,\\"\\"y\\",2\\n"', '"a\\n\\n1\\n"', '"a\\n\\"1"', '"a\\nx\\"y\\n"', "local.us", '"é,b\\r\\n1,2\\r\\n"', '"a,b\\n1,\\"2\\n3\\"\\n"', '"a\\n\\"1\\"x"'],
    "b64": ['"aGVsbG8="', '"////"', '"aGVsbG8"', '"w6k="', '""', '"a GVs"', 'base64encode(local.s)', "local.us", '"aGVs\\nbG8="', '"aGVsbG9="', "local.sec", '"aQBjAGUA"'],
    "charset": ['"UTF-16LE"', '"UTF-8"', '"ISO-8859-1"', '"US-ASCII"', '"windows-1252"', '"nope"', '"utf-16be"', '"UTF-16"', "local.us", '"latin1"', '"Shift_JIS"', '"UTF-32"'],
    "namespace": ['"dns"', '"url"', '"oid"', '"x500"', '"6ba7b810-9dad-11d1-80b4-00c04fd430c8"', '"nope"', "local.us", '"urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8"', '"{6ba7b810-9dad-11d1-80b4-00c04fd430c8}"', '"6ba7b8109dad11d180b400c04fd430c8"', '""', '"6ba7b810-9dad-11d1-80b4-00c04fd430cg"'],
    "format": ['"%s"', '"%s-%s"', '"%d"', '"%05d|%-6d|%+d"', '"%v"', '"%#v"', '"%5.1f"', '"%q"', '"%x %X %o %b"', '"%t"', '"%e"', '"%g"', '"%%"', '"plain"', '"%z"', '"%"', '"%[2]s %[1]s"', '"%[3]v"', '"%10s|%-10s|"', '"%.2s"', '"id-%s"', "local.us", '"%08.3f"', '"%.0f"', '"%G"', '"%s %"', '"%+.2e"', '"% d"', '"%#x"', '"%03s"', '"%5t"', '"%.3d"'],
    "path": ['"a.txt"', '"sub/b.txt"', '"missing.txt"', '"sub"', '"bin.dat"', '"${path.module}/a.txt"', "local.us", '"./sub/../a.txt"', '"sub/tpl.txt"', '""', '"é.txt"'],
    "glob": ['"*.txt"', '"**/*.txt"', '"**"', '"{a,b}.txt"', '"[ab].txt"', '"nothing*"', "local.us", '"sub/*"', '"?.txt"', '"*"', '"**/b*"', '"[^a].txt"', '"["'],
    "pathlike": ['"/a/b/c.txt"', '"a/b/"', '"a"', '""', '"."', '"/"', '"../x/./y"', '"a//b"', '"~/x"', '"~"', "local.us", '"/a/../../b"', '"C:\\\\x"', '"/a/b/"', '"~root/x"',
        "local.uid",
        '"~${local.us}"',
        '"x/${local.un}"', "local.uid", '"~${local.us}"', '"x/${local.un}"'],
    "template": ["local.tpl", "local.tplfor", "local.s", "local.us", '"x"', "local.o.a", "local.n", "local.nul", '"${local.tpl}"', "local.t[0]"],
    "vars": ['{name = "Ann"}', "{xs = [1, 2]}", "{}", "{name = local.us}", "local.um", '{name = "x", xs = []}', '{"1x" = 1}', "null", '"x"', '{name = local.sec}', "local.uo"],
    "index": ["0", "1", "2", "-1", "5", "1.5", '"1"', "local.un", "local.n", "length(local.l) - 1"],
    "small": ["0", "1", "2", "3", "4", "8", "-1", "local.un", '"2"', "16"],
    "big": ["0", "1", "5", "255", "65536", "-1", "-2", "4294967296", "1.5", "local.un", "local.n"],
    "digits": ['"12"', '"-7f"', '"zz"', '"Zz"', '"1010"', '""', '"1_0"', '"0x1f"', '"+5"', '"9"', "local.us", "local.n", "true"],
    "base": ["2", "8", "10", "16", "36", "62", "1", "63", "local.un", "10.5", '"16"'],
    "key": ['"a"', '"b"', '"zz"', '"n"', "local.us", "local.s", "1", '"k y"', "null"],
    "chars": ['"a"', '" "', '"lo"', '""', '"\\n"', '"é"', '"Hh"', "local.us", '"-"', '"0/"'],
    "listish": ["local.l", "local.t", "local.ul", "local.ut", '["a", local.us]', "[]", "local.st", "local.ua", "[1, [2]]", "local.el", '["a", "b", "c"]', "local.uset"],
}  # fmt: skip

FALLBACK = {"numbers": "list", "bools": "list", "listish": "tuple"}
WRONG = ["number", "bool", "list", "tuple", "map", "object", "set", "null", "any", "string"]

# What functions take: kinds of arguments; `...kind` for any number of them. What they give.

FUNCTIONS: Mapping[str, tuple[Sequence[str], str]] = {
    "abs": (["number"], "number"),
    "abspath": (["pathlike"], "string"),
    "alltrue": (["bools"], "bool"),
    "anytrue": (["bools"], "bool"),
    "base64decode": (["b64"], "string"),
    "base64encode": (["string"], "string"),
    "base64gzip": (["string"], "string"),
    "base64sha256": (["string"], "string"),
    "base64sha512": (["string"], "string"),
    "basename": (["pathlike"], "string"),
    "bcrypt": (["string", "...small"], "string"),
    "can": (["value"], "bool"),
    "ceil": (["number"], "number"),
    "chomp": (["string"], "string"),
    "chunklist": (["list", "small"], "tuple"),
    "cidrhost": (["cidr", "big"], "string"),
    "cidrnetmask": (["cidr"], "string"),
    "cidrsubnet": (["cidr", "small", "big"], "string"),
    "cidrsubnets": (["cidr", "...small"], "list"),
    "coalesce": (["...string"], "string"),
    "coalescelist": (["...listish"], "list"),
    "compact": (["list"], "list"),
    "concat": (["...listish"], "list"),
    "contains": (["listish", "string"], "bool"),
    "csvdecode": (["csv"], "tuple"),
    "dirname": (["pathlike"], "string"),
    "distinct": (["list"], "list"),
    "element": (["listish", "index"], "string"),
    "endswith": (["string", "chars"], "bool"),
    "ephemeralasnull": (["value"], "string"),
    "file": (["path"], "string"),
    "filebase64": (["path"], "string"),
    "filebase64sha256": (["path"], "string"),
    "filebase64sha512": (["path"], "string"),
    "fileexists": (["path"], "bool"),
    "filemd5": (["path"], "string"),
    "fileset": (["pathdir", "glob"], "set"),
    "filesha1": (["path"], "string"),
    "filesha256": (["path"], "string"),
    "filesha512": (["path"], "string"),
    "flatten": (["tuple"], "list"),
    "floor": (["number"], "number"),
    "format": (["format", "...value"], "string"),
    "formatdate": (["datefmt", "date"], "string"),
    "formatlist": (["format", "...value"], "list"),
    "indent": (["small", "string"], "string"),
    "index": (["listish", "string"], "number"),
    "issensitive": (["value"], "bool"),
    "join": (["chars", "...list"], "string"),
    "jsondecode": (["json"], "object"),
    "jsonencode": (["value"], "string"),
    "keys": (["mapish"], "list"),
    "length": (["value"], "number"),
    "log": (["number", "number"], "number"),
    "lookup": (["mapish", "key", "...value"], "string"),
    "lower": (["string"], "string"),
    "matchkeys": (["list", "list", "list"], "list"),
    "max": (["...number"], "number"),
    "md5": (["string"], "string"),
    "merge": (["...mapish"], "map"),
    "min": (["...number"], "number"),
    "nonsensitive": (["value"], "string"),
    "one": (["listish"], "string"),
    "parseint": (["digits", "base"], "number"),
    "pathexpand": (["pathlike"], "string"),
    "plantimestamp": ([], "string"),
    "pow": (["number", "small"], "number"),
    "range": (["...index"], "numbers"),
    "regex": (["pattern", "string"], "string"),
    "regexall": (["pattern", "string"], "list"),
    "replace": (["string", "regexreplace", "replacement"], "string"),
    "reverse": (["listish"], "list"),
    "rsadecrypt": (["b64", "string"], "string"),
    "sensitive": (["value"], "string"),
    "setintersection": (["set", "...setish"], "set"),
    "setproduct": (["...setish"], "tuple"),
    "setsubtract": (["setish", "setish"], "set"),
    "setunion": (["set", "...setish"], "set"),
    "sha1": (["string"], "string"),
    "sha256": (["string"], "string"),
    "sha512": (["string"], "string"),
    "signum": (["number"], "number"),
    "slice": (["listish", "index", "index"], "list"),
    "sort": (["list"], "list"),
    "split": (["chars", "string"], "list"),
    "startswith": (["string", "chars"], "bool"),
    "strcontains": (["string", "chars"], "bool"),
    "strrev": (["string"], "string"),
    "substr": (["string", "index", "index"], "string"),
    "sum": (["numbers"], "number"),
    "templatefile": (["path", "vars"], "string"),
    "templatestring": (["template", "vars"], "string"),
    "textdecodebase64": (["b64", "charset"], "string"),
    "textencodebase64": (["string", "charset"], "string"),
    "timeadd": (["date", "duration"], "string"),
    "timecmp": (["date", "date"], "number"),
    "timestamp": ([], "string"),
    "title": (["string"], "string"),
    "tobool": (["value"], "bool"),
    "tolist": (["value"], "list"),
    "tomap": (["value"], "map"),
    "tonumber": (["value"], "number"),
    "toset": (["value"], "set"),
    "tostring": (["value"], "string"),
    "transpose": (["lists"], "map"),
    "trim": (["string", "chars"], "string"),
    "trimprefix": (["string", "chars"], "string"),
    "trimspace": (["string"], "string"),
    "trimsuffix": (["string", "chars"], "string"),
    "try": (["...value"], "string"),
    "upper": (["string"], "string"),
    "urlencode": (["string"], "string"),
    "uuid": ([], "string"),
    "uuidv5": (["namespace", "string"], "string"),
    "values": (["mapish"], "list"),
    "yamldecode": (["yaml"], "object"),
    "yamlencode": (["value"], "string"),
    "zipmap": (["list", "listish"], "map"),
}

_UNIONS: Mapping[str, Sequence[str]] = {
    "value": ["string", "number", "bool", "list", "numbers", "tuple", "map", "object", "set", "null", "any"],
    "mapish": ["map", "object", "map", "any"],
    "setish": ["set", "list", "set", "numbers", "tuple"],
}
LEAF_KINDS = {
    **LEAVES,
    "pathdir": ['"."', '"sub"', '"missing"', "path.module", "local.us", '"./sub/"', '""'],
    "lists": [
        '{a = ["x", "y"], b = ["x"]}', "{}", '{a = []}', "{a = [local.us]}", "local.um", '{a = local.ul}',
        '{a = ["1"], b = [2]}', "{a = null}", "{a = [null]}", '"x"', "{é = [\"k\"]}",
    ],
}  # fmt: skip

FILES: Mapping[str, bytes] = {
    "a.txt": b"content of a\n",
    "sub/b.txt": "é in b".encode(),
    "sub/tpl.txt": b"Dear ${name}, %{ for x in try(xs, []) }${x};%{ endfor }",
    "bin.dat": b"\xff\xfe\x00",
    "é.txt": b"",
}


def lay_out(folder: Path) -> None:
    """Write the files that expressions may read."""
    for path, content in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


# Strategies


def _draw(draw: Draw, strategy: st.SearchStrategy[str]) -> str:
    chosen: str = draw(strategy)
    return chosen


_T = TypeVar("_T")


def _pick(draw: Draw, options: Sequence[_T]) -> _T:
    chosen: _T = draw(st.sampled_from(options))
    return chosen


@st.composite
def expression(draw: Draw, kind: str, depth: int) -> str:
    """An expression that mostly gives a value of the kind."""
    if kind in _UNIONS:
        kind = _pick(draw, _UNIONS[kind])
    if depth <= 1:
        return _pick(draw, LEAF_KINDS[kind])
    form = _pick(draw, _FORMS.get(kind, _ANY_FORMS))
    return form(draw, kind, depth)


def call(name: str, draw: Draw, depth: int, wrong: int = 30) -> str:
    """A call of the function; now and then with a wrong argument, or a wrong number of them."""
    kinds, _ = FUNCTIONS[name]
    args: list[str] = []
    for kind in kinds:
        if not kind.startswith("..."):
            args.append(_argument(draw, kind, depth, wrong))
            continue
        count = _pick(draw, [0, 1, 1, 2, 2, 3])
        args += [_argument(draw, kind[3:], depth, wrong) for _ in range(count)]
    odd = draw(st.integers(0, 5 * wrong))
    if odd == 0:
        args = args[:-1]
    elif odd == 1:
        args.append(_pick(draw, LEAVES["number"]))
    elif odd == 2 and args:
        listed = draw(expression(_pick(draw, ["list", "tuple", "numbers", "set"]), 1))
        return f"{name}({', '.join([*args[:-1], listed])}...)"
    prefix = "core::" if odd == 3 else ""
    return f"{prefix}{name}({', '.join(args)})"


def _argument(draw: Draw, kind: str, depth: int, wrong: int = 8) -> str:
    if draw(st.integers(0, wrong)) == 0:
        kind = _pick(draw, WRONG)
    return _draw(draw, expression(kind, draw(st.integers(1, max(depth - 1, 1)))))


def _leaf(draw: Draw, kind: str, depth: int) -> str:
    return _pick(draw, LEAF_KINDS[kind])


def _sub(draw: Draw, kind: str, depth: int) -> str:
    return _draw(draw, expression(kind, depth - 1))


def _conditional(draw: Draw, kind: str, depth: int) -> str:
    return f"({_sub(draw, 'bool', depth)} ? {_sub(draw, kind, depth)} : {_sub(draw, kind, depth)})"


def _in_tuple(draw: Draw, kind: str, depth: int) -> str:
    index = _pick(draw, ["0", "1", "local.n - 7"])
    return f"[{_sub(draw, kind, depth)}, {_sub(draw, kind, depth)}][{index}]"


def _in_object(draw: Draw, kind: str, depth: int) -> str:
    shape: str = draw(
        st.sampled_from(["{{a = {0}}}.a", '{{"a" = {0}, b = 1}}["a"]', "one([{0}])", "[{{q = {0}}}][0].q"])
    )
    return shape.format(_sub(draw, kind, depth))


def _tried(draw: Draw, kind: str, depth: int) -> str:
    return f"try({_sub(draw, kind, depth)}, {_sub(draw, kind, depth)})"


def _parenthesis(draw: Draw, kind: str, depth: int) -> str:
    return f"({_sub(draw, kind, depth)})"


def _call_for(draw: Draw, kind: str, depth: int) -> str:
    suitable = [name for name, (_, gives) in FUNCTIONS.items() if gives == kind]
    if not suitable:
        return _conditional(draw, kind, depth)
    return call(_pick(draw, suitable), draw, depth)


def _template(draw: Draw, kind: str, depth: int) -> str:
    inside = _sub(draw, _pick(draw, ["string", "number", "bool", "value"]), depth)
    shape: str = draw(
        st.sampled_from(
            [
                '"a-${{{0}}}-z"', '"${{{0}}}"', '"${{{0}}}${{local.s}}"', '"%{{ if {1} }}yes ${{{0}}}%{{ else }}no%{{ endif }}"',
                '"%{{ if {1} }}yes%{{ endif }}"', '"%{{ for x in {2} }}<${{x}}>%{{ endfor }}"',
                '"%{{ for k, v in {3} }}${{k}}=${{jsonencode(v)}};%{{ endfor }}"', '" ${{~ {0} ~}} x"',
                '"x  %{{~ if {1} ~}}  y %{{~ endif }} z"', "\"pre ${{ {0} }} ${{ local.n }}\"",
            ]
        )
    )  # fmt: skip
    return shape.format(
        inside,
        _sub(draw, "bool", depth),
        _sub(draw, "list", depth),
        _sub(draw, _pick(draw, ["map", "object"]), depth),
    )


def _arithmetic(draw: Draw, kind: str, depth: int) -> str:
    operator = _pick(draw, ["+", "-", "*", "/", "%"])
    return f"({_sub(draw, 'number', depth)} {operator} {_sub(draw, 'number', depth)})"


def _negative(draw: Draw, kind: str, depth: int) -> str:
    return f"-({_sub(draw, 'number', depth)})"


def _comparison(draw: Draw, kind: str, depth: int) -> str:
    operator = _pick(draw, ["<", "<=", ">", ">="])
    return f"({_sub(draw, 'number', depth)} {operator} {_sub(draw, 'number', depth)})"


def _equality(draw: Draw, kind: str, depth: int) -> str:
    of = _pick(draw, _UNIONS["value"])
    other = of if draw(st.booleans()) else _pick(draw, _UNIONS["value"])
    return f"({_sub(draw, of, depth)} {_pick(draw, ['==', '!='])} {_sub(draw, other, depth)})"


def _logic(draw: Draw, kind: str, depth: int) -> str:
    operator = _pick(draw, ["&&", "||"])
    return f"({_sub(draw, 'bool', depth)} {operator} {_sub(draw, 'bool', depth)})"


def _not(draw: Draw, kind: str, depth: int) -> str:
    return f"!({_sub(draw, 'bool', depth)})"


def _for_tuple(draw: Draw, kind: str, depth: int) -> str:
    source = _sub(draw, _pick(draw, ["list", "set", "tuple", "numbers", "map", "object"]), depth)
    shape: str = draw(
        st.sampled_from(
            [
                "[for x in {0} : x]", "[for i, x in {0} : i]", "[for x in {0} : jsonencode(x)]", "[for x in {0} : x if {1}]",
                '[for x in {0} : x if x != "a"]', '[for i, x in {0} : "${{i}}:${{jsonencode(x)}}"]', "{0}[*]", "[for x in {0} : upper(x)]",
            ]
        )
    )  # fmt: skip
    return shape.format(source, _sub(draw, "bool", depth))


def _for_object(draw: Draw, kind: str, depth: int) -> str:
    source = _sub(draw, _pick(draw, ["list", "set", "map", "object"]), depth)
    shape: str = draw(
        st.sampled_from(
            [
                "{{for k, v in {0} : k => v}}", '{{for k, v in {0} : "x${{k}}" => v if {1}}}', "{{for v in {0} : jsonencode(v) => 1...}}",
                "{{for k, v in {0} : upper(k) => v}}", "{{for k, v in {0} : k => v if v != null}}", "{{for k, v in {0} : {2} => v...}}",
            ]
        )
    )  # fmt: skip
    return shape.format(source, _sub(draw, "bool", depth), _sub(draw, "string", depth))


def _tuple_of(draw: Draw, kind: str, depth: int) -> str:
    of = _pick(draw, ["string", "number", "value", "tuple"])
    return f"[{', '.join(_sub(draw, of, depth) for _ in range(draw(st.integers(0, 3))))}]"


def _object_of(draw: Draw, kind: str, depth: int) -> str:
    of = _pick(draw, ["string", "number", "value"])
    entries = [f"{name} = {_sub(draw, of, depth)}" for name in ["a", '"b"', "(local.s)"][: draw(st.integers(0, 3))]]
    if draw(st.integers(0, 9)) == 0:
        entries.append(f"({_sub(draw, 'string', depth)}) = 1")
    return "{" + ", ".join(entries) + "}"


def _splat(draw: Draw, kind: str, depth: int) -> str:
    shape: str = draw(
        st.sampled_from(
            ["[{{a = {0}}}, {{a = {1}}}][*].a", "[{{a = [{0}]}}].*.a", "local.uo[*].a", "{0}[*]", "local.nul[*]"]
        )
    )
    return shape.format(_sub(draw, "string", depth), _sub(draw, "number", depth))


def _indexed(draw: Draw, kind: str, depth: int) -> str:
    if draw(st.booleans()):
        return f"{_sub(draw, 'list', depth)}[{_sub(draw, 'index', depth)}]"
    return f"{_sub(draw, _pick(draw, ['map', 'object']), depth)}[{_sub(draw, 'key', depth)}]"


def _attribute(draw: Draw, kind: str, depth: int) -> str:
    source = _sub(draw, _pick(draw, ["object", "map", "any"]), depth)
    return f"({source}).{_pick(draw, ['a', 'b', 'zz'])}"


Form = Callable[[Draw, str, int], str]
_ANY_FORMS: list[Form] = [_leaf, _conditional, _in_tuple, _in_object, _tried, _parenthesis]
_FORMS: Mapping[str, list[Form]] = {
    "string": [_call_for, _call_for, _call_for, _template, _template, _conditional, _in_object, _indexed, _attribute, _leaf, _tried],
    "number": [_call_for, _call_for, _arithmetic, _arithmetic, _negative, _conditional, _in_object, _leaf],
    "bool": [_call_for, _call_for, _comparison, _equality, _logic, _not, _conditional, _leaf],
    "list": [_call_for, _call_for, _call_for, _for_tuple, _conditional, _tuple_of, _splat, _leaf],
    "tuple": [_call_for, _for_tuple, _tuple_of, _tuple_of, _conditional, _leaf],
    "map": [_call_for, _call_for, _for_object, _object_of, _conditional, _leaf],
    "object": [_call_for, _for_object, _object_of, _object_of, _conditional, _leaf],
    "set": [_call_for, _call_for, _conditional, _in_object, _leaf],
    "numbers": [_call_for, _for_tuple, _conditional, _leaf],
}  # fmt: skip


@st.composite
def call_of(draw: Draw, name: str) -> str:
    """A call of one function."""
    return call(name, draw, _pick(draw, [1, 2, 3, 3, 4]), 9)


@st.composite
def anything(draw: Draw) -> str:
    """Any expression, three to five deep."""
    kind = _pick(draw, [*_UNIONS["value"], *_FORMS])
    return _draw(draw, expression(kind, _pick(draw, [3, 3, 4, 4, 5])))
