"""The schema and the language reference from the command line, and that the reference in ``docs`` is of today."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from artdag.catalog import load_effects, load_node_types
from artdag.checker import checked_recipe
from artdag.cli import main
from artdag.errors import InputError
from artdag.params import specs
from artdag.reference import BEGIN, END, reference, renewed
from artdag.schema import recipe_schema
from artdag.yaml_document import read_yaml
from tests.artdag.shelf import the_world

DOCUMENT = Path(__file__).parents[2] / "docs" / "recipes.md"
NODE_TYPES = load_node_types()
TABLES = reference(NODE_TYPES, load_effects())


def test_the_schema_is_printed(capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == recipe_schema(NODE_TYPES, load_effects())


def test_the_tables_are_printed(capsys):
    assert main(["reference"]) == 0
    assert capsys.readouterr().out == f"{TABLES}\n"


def test_the_reference_is_of_today():
    text = DOCUMENT.read_text("utf-8")
    assert renewed(text, TABLES) == text, (
        "docs/recipes.md is stale; renew it: python -m artdag reference docs/recipes.md"
    )


def test_the_tables_are_renewed_in_place_and_all_else_stays(tmp_path, capsys):
    document = tmp_path / "mine.md"
    document.write_text(f"# é\n\n{BEGIN}\nold\n{END}\n\nmore\n", "utf-8")
    assert main(["reference", str(document)]) == 0
    assert document.read_text("utf-8") == f"# é\n\n{BEGIN}\n\n{TABLES}\n{END}\n\nmore\n"
    assert capsys.readouterr().out == ""


def test_a_file_without_a_place_for_them_stays_as_it_is(tmp_path, capsys):
    document = tmp_path / "mine.md"
    document.write_text("# mine\n", "utf-8")
    assert main(["reference", str(document)]) == 2
    assert "there is no place for the tables" in capsys.readouterr().err
    assert document.read_text("utf-8") == "# mine\n"
    with pytest.raises(InputError):
        renewed(f"{END}{BEGIN}", "")


@pytest.mark.parametrize("name", sorted(NODE_TYPES))
def test_every_setting_of_a_node_type_has_a_row(name):
    section = TABLES.split(f"### {name}\n", 1)[1].split("\n##", 1)[0]
    rows = re.findall(r"^\| `([\w.]+)` \|", section, re.MULTILINE)
    assert [row for row in rows if "." not in row] == [spec.name for spec in specs(NODE_TYPES[name].config)]
    assert all(line.count(" | ") == 3 for line in section.splitlines() if line.startswith("| `"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", [block for block in blocks("yaml") if "name:" in block.splitlines()[0]])
def test_the_recipes_in_the_reference_are_right(text):
    world = the_world("clip")
    checked_recipe(text.encode(), world)
    schema = recipe_schema(world.node_types, world.effects)
    jsonschema_rs.Draft202012Validator(schema).validate(read_yaml(text.encode()).value)
