"""What a recipe finds on the command line besides its inputs: recipes beside it, assets, effects of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from artdag.cli import main
from artdag.codec.probe import probe
from tests.builders import a_clip

INNER = """\
name: inner
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: dark, type: EFFECT, config: {effect: invert}, inputs: [clip]}
  output: dark
"""
OUTER = """\
name: outer
dag:
  nodes:
    - {id: film, type: SOURCE, config: {input: true}}
    - {id: both, type: RECIPE, config: {recipe: inner}, inputs: {clip: film}}
  output: both
"""
NAMED = """\
name: named
dag:
  nodes:
    - {id: film, type: SOURCE, config: {asset: bark}}
    - {id: dark, type: EFFECT, config: {effect: %s}, inputs: [film]}
  output: dark
"""
OWN = '''\
"""Turn the picture over, once more."""

from artdag.effect import Effect
from artdag.codec.frame import Frame


def over(frame, params, moment):
    result = frame.blank_like()
    for given, made in zip(frame.planes, result.planes, strict=True):
        made[:] = given[::-1]
    return result


EFFECT = Effect(name="over", group="geometry", frame=over)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner.yaml").write_text(INNER, "utf-8")
    (tmp_path / "outer.yaml").write_text(OUTER, "utf-8")
    (tmp_path / "broken.yml").write_text("name: [", "utf-8")
    (tmp_path / "notes.txt").write_text("nothing", "utf-8")
    a_clip(tmp_path / "clip.mp4", frames=4)
    return tmp_path


def rendering(folder: Path, recipe: str, *more: str) -> list[str]:
    return ["render", str(folder / recipe), "-o", str(folder / "out.mp4"), *more]


def test_a_recipe_finds_those_in_files_beside_it(folder, capsys):
    assert main(rendering(folder, "outer.yaml", "-i", f"film={folder / 'clip.mp4'}")) == 0
    facts = probe(folder / "out.mp4")
    assert facts.picture is not None
    assert facts.picture.frame_count == 4
    assert main(["lint", str(folder / "outer.yaml")]) == 0
    (folder / "inner.yaml").unlink()
    capsys.readouterr()
    assert main(["lint", str(folder / "outer.yaml")]) == 2
    assert "inner" in capsys.readouterr().err


def test_what_a_recipe_names_is_given_as_an_asset(folder, capsys):
    (folder / "named.yaml").write_text(NAMED % "invert", "utf-8")
    assert main(rendering(folder, "named.yaml")) == 2
    assert "bark" in capsys.readouterr().err
    assert main(rendering(folder, "named.yaml", "-a", f"bark={folder / 'clip.mp4'}")) == 0
    assert main(rendering(folder, "named.yaml", "-a", "bark=nowhere.mp4")) == 2
    assert "there is no file 'nowhere.mp4' for the asset 'bark'" in capsys.readouterr().err


def test_effects_of_ones_own_are_found_where_one_says(folder, capsys):
    (folder / "mine").mkdir()
    (folder / "mine" / "over.py").write_text(OWN, "utf-8")
    (folder / "named.yaml").write_text(NAMED % "over", "utf-8")
    asked = ["-a", f"bark={folder / 'clip.mp4'}"]
    assert main(rendering(folder, "named.yaml", *asked)) == 2
    assert "over" in capsys.readouterr().err
    assert main(rendering(folder, "named.yaml", *asked, "--effects", str(folder / "mine"))) == 0
