"""Templates that are whole files: the values are those `terraform plan` printed for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_lint.readers.terraform.functions import Context, call


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("x:\n%{ for i in l ~}\n   - ${i}\n%{ endfor ~}\n   end\n", "x:\n   - 1\n   - 2\n   end\n"),
        ("x:\n%{ for i in [] ~}\n   - ${i}\n%{ endfor ~}\n   end\n", "x:\n   end\n"),
        ("x:\n   %{~ for i in l }\n   - ${i}\n   %{~ endfor }\n   end\n", "x:\n\n   - 1\n\n   - 2\n\n   end\n"),
        ('x \n\n\n   ${~ "v" ~}   \n\n\n   end\n', "x \n\n\nv\n\n   end\n"),
        (
            "x \n\n   %{~ if true ~}   \n\n  y  \n\n %{~ endif ~}  \n\n   end",
            "x \n\n\n  y  \n\n\n   end",
        ),
        ('a\r\n  ${~ "v" ~}\r\n  b\r\n', "a\r\nv  b\r\n"),
        ('a $${ \n  ${~ "v" ~}  $${x} \n %%{ b', "a ${ \nv${x} \n %{ b"),
        ('  ${~ "v" ~}\t\n\tb', "v\tb"),
        ("\u00c5\u0085\u2028 ${~ 1 ~} \u00c5\n\u00c5", "\u00c5\u0085\u20281\u00c5\n\u00c5".replace("\u0085\u2028", "")),
    ],
)
def test_a_tilde_strips_no_more_than_its_own_line(tmp_path: Path, template: str, text: str) -> None:
    (tmp_path / "t.tftpl").write_bytes(template.encode())
    context = Context(tmp_path)
    assert call("templatefile", ["t.tftpl", {"l": (1, 2)}], context) == text
