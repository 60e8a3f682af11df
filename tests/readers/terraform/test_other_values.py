"""Files of values that Terraform reads only when they are named are told, never taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.readers.terraform.project import problems, read

CODE = """
variable "size" {}
variable "place" {}
variable "kept" {
  default = 1
}
resource "a_b" "c" {
  size = var.size
}
"""


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"prod.tfvars": "size = 1\n"}, "2 variables have no value here; prod.tfvars sets 1 of them"),
        (
            {
                "env/dev/terraform.tfvars": "size  = 1\nplace = 2\n",
                "env/prod/terraform.tfvars": "size = 1\nplace = 2\n",
            },
            "2 variables have no value here; env/dev/terraform.tfvars sets all of them, 1 more file does too",
        ),
        ({"env/dev.tfvars.json": '{\n  "size": 1,\n  "kept": 2\n}'}, "env/dev.tfvars.json sets 1 of them"),
        # A backend's settings, a commented line and a key inside an object set no variable of that name at the top.
        ({"backend.tfvars": 'bucket = "x"\n# size = 1\n'}, ""),
        # They belong to the code beside them.
        ({"sub/main.tf": "", "sub/dev.tfvars": "size = 1\n"}, ""),
        ({"a/b/c/dev.tfvars": "size = 1\n", ".git/dev.tfvars": "size = 1\n"}, ""),
        # Terraform reads this one by itself.
        ({"terraform.tfvars": "size  = 1\nplace = 2\n"}, ""),
    ],
)
def test_a_file_with_the_missing_values_is_named(tmp_path: Path, files: dict[str, str], said: str) -> None:
    project = read(tmp_path, {"main.tf": CODE, **files})
    found = [p.message for p in problems(project, "values-elsewhere")]
    assert (said in found[0]) if said else not found


def test_who_names_a_file_is_told_of_no_others(tmp_path: Path) -> None:
    files = {"main.tf": CODE, "dev.tfvars": "size = 1\n", "prod.tfvars": "size = 1\nplace = 1\n"}
    assert problems(read(tmp_path, files, inputs=(("file", "dev.tfvars"),)), "values-elsewhere") == []
    [told] = problems(read(tmp_path, files), "values-elsewhere")
    assert told.hint == "name the one that holds: --var-file prod.tfvars"
