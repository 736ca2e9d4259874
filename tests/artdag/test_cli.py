"""The engine on the command line: exit codes, one line per problem, JSON for scripts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from artdag.cli import main
from artdag.codec.probe import probe
from artdag.digest import digest_file
from artdag.signing import Signer
from tests.builders import a_clip

RECIPE = """\
name: cool
params:
  chill: {type: float, default: 0.5, min: 0, max: 1}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: dark, type: EFFECT, config: {effect: invert, params: {intensity: {param: chill}}}, inputs: [clip]}
  output: dark
"""
WRONG = """\
name: wrong
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: dark, type: EFFECT, config: {effect: invret}, inputs: [clip]}
    - {id: box, type: RESIZE, config: {width: 1}, inputs: [dark]}
  output: bax
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    return written(tmp_path / "cool.yaml", RECIPE)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return a_clip(tmp_path / "clip.mp4", frames=5)


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def rendering(recipe: Path, clip: Path, output: Path, *more: str) -> list[str]:
    return ["render", str(recipe), "-i", f"clip={clip}", "-o", str(output), *more]


def test_a_recipe_is_rendered_into_a_file(recipe, clip, tmp_path, capsys):
    output = tmp_path / "out.mp4"
    assert main(rendering(recipe, clip, output)) == 0
    facts = probe(output)
    assert facts.picture is not None
    assert facts.picture.frame_count == 5
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{output}  {digest_file(output)[:10]}  rendered in ")
    assert printed.err == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "cool.yaml", "out.mp4"]


def test_a_store_remembers_and_json_says_so(recipe, clip, tmp_path, capsys):
    output, store = tmp_path / "out.mp4", str(tmp_path / "store")
    told = []
    for _ in range(2):
        assert main(rendering(recipe, clip, output, "--store", store, "--json", "-p", "chill=1")) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert [facts["cached"] for facts in told] == [False, True]
    assert told[0]["content_hash"] == told[1]["content_hash"] == digest_file(output)
    assert told[0]["plan_id"] == told[1]["plan_id"]
    assert told[1]["seconds"] == 0


def test_a_plan_says_what_a_render_would_do(recipe, clip, tmp_path, capsys):
    planning = ["plan", str(recipe), "-i", f"clip={clip}", "--store", str(tmp_path / "store")]
    assert main(planning) == 0
    states = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert states == ["given", "runs", "runs"]
    assert main(rendering(recipe, clip, tmp_path / "out.mp4", "--store", str(tmp_path / "store"))) == 0
    capsys.readouterr()
    assert main([*planning, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert {step["key"] for step in plan["steps"]} == set(plan["cached"])
    assert plan["nodes"].keys() == {"clip", "dark"}


def test_a_right_recipe_lints_in_silence_but_for_warnings(recipe, tmp_path, capsys):
    assert main(["lint", str(recipe)]) == 0
    assert capsys.readouterr().out == f"{recipe} is right\n"
    loose = written(tmp_path / "loose.yaml", RECIPE.replace("  output: dark", "  output: clip"))
    assert main(["lint", str(loose)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{loose}:7:7: no output needs the node 'dark' (warning)",
        f"{loose} is right",
    ]
    assert main(["lint", str(loose), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["valid"] is True
    assert [warning["node"] for warning in answer["warnings"]] == ["dark"]


def test_every_problem_is_one_line_with_its_place(tmp_path, capsys):
    wrong = written(tmp_path / "wrong.yaml", WRONG)
    assert main(["lint", str(wrong)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    lines = printed.err.splitlines()
    assert [line.split(" ")[1] for line in lines] == [f"{wrong}:5:49:", f"{wrong}:6:47:", f"{wrong}:7:11:"]
    assert "did you mean 'invert'?" in lines[0]
    assert "did you mean 'box'?" in lines[2]


def test_several_recipes_are_checked_in_one_go(recipe, tmp_path, capsys):
    wrong, none = written(tmp_path / "wrong.yaml", WRONG), tmp_path / "none.yaml"
    assert main(["lint", str(wrong), str(recipe), str(none)]) == 2
    printed = capsys.readouterr()
    assert printed.out == f"{recipe} is right\n"
    assert len(printed.err.splitlines()) == 4
    assert main(["lint", "--json", str(wrong), str(recipe), str(none)]) == 2
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(answer["recipe"], answer["valid"]) for answer in answers] == [
        (str(wrong), False),
        (str(recipe), True),
        (str(none), False),
    ]
    assert main(["lint", str(recipe), str(recipe)]) == 0


def test_problems_are_json_for_scripts(tmp_path, capsys):
    wrong = written(tmp_path / "wrong.yaml", WRONG)
    assert main(["lint", str(wrong), "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer["valid"] is False
    assert [problem["line"] for problem in answer["errors"]] == [5, 6, 7]
    assert main(["plan", str(wrong), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "invalid_recipe"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([], "the input 'clip' is needed"),
        (["-i", "clip=nowhere.mp4"], "there is no file 'nowhere.mp4' for the input 'clip'"),
        (["-i", "clip"], "write -i NODE=FILE, not 'clip'"),
        (["-i", "clip={clip}", "-i", "clip={clip}"], "'clip' is given twice"),
        (["-i", "clip={clip}", "-i", "clap={clip}"], "cool has no input 'clap' (its inputs: clip)"),
        (["-i", "clip={clip}", "-p", "chill=2"], "'chill' is 2, outside 0 to 1"),
        (["-i", "clip={clip}", "-p", "chill=no"], "'chill' takes a number, not 'no'"),
        (["-i", "clip={clip}", "-p", "chill="], "'chill' takes a number, not ''"),
        (["-i", "clip={clip}", "-p", "chill=[1"], "-p chill=[1: this is not YAML"),
        (["-i", "clip={clip}", "-p", "chil=1"], "did you mean 'chill'?"),
    ],
)
def test_a_wrong_call_is_2_and_one_line(recipe, clip, tmp_path, capsys, more, message):
    words = [word.replace("{clip}", str(clip)) for word in more]
    output = tmp_path / "out.mp4"
    assert main(["render", str(recipe), "-o", str(output), *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert not output.exists()


def test_a_file_that_cannot_be_taken_in_is_named(recipe, tmp_path, capsys):
    broken = tmp_path / "broken.srt"
    broken.write_text("1\n00:00:05,000 --> 00:00:01,000\nlate\n", "utf-8")
    assert main(["render", str(recipe), "-i", f"clip={broken}", "-o", str(tmp_path / "out.mp4")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"error: {broken}: line 2: a subtitle ends before it begins"


def test_a_wrong_setting_is_told_with_its_place_and_its_node(tmp_path, capsys):
    recipe = tmp_path / "wrong.yaml"
    recipe.write_text(
        """\
name: wrong
dag:
  nodes:
    - {id: card, type: GENERATE, config: {kind: color, width: .nan}}
  output: card
""",
        "utf-8",
    )
    assert main(["render", str(recipe), "-o", str(tmp_path / "out.png")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {recipe}:4:63: 'card': 'width' takes a finite number, not nan")


def test_what_fails_while_it_is_rendered_is_told_with_its_node(tmp_path, capsys):
    recipe, words = tmp_path / "wrong.yaml", tmp_path / "words.srt"
    words.write_text("1\n00:00:01,000 --> 00:00:02,000\nhello\n", "utf-8")
    recipe.write_text(
        """\
name: wrong
dag:
  nodes:
    - {id: card, type: GENERATE, config: {kind: color, width: 16, height: 16}}
    - {id: table, type: SOURCE, config: {input: true}}
    - {id: look, type: EFFECT, config: {effect: lut}, inputs: [card, table]}
  output: look
""",
        "utf-8",
    )
    assert main(["render", str(recipe), "-i", f"table={words}", "-o", str(tmp_path / "out.png")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: 'look': the effect lut failed at frame 0: the table is no .cube file")


def test_words_are_taken_as_they_are_given(clip, tmp_path):
    text = """\
name: boxed
params:
  beside: {type: color, default: black}
  how: {type: enum, choices: [fit, pad], default: fit}
  wide: {type: int, default: 32}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - id: box
      type: RESIZE
      config: {width: {param: wide}, height: 64, mode: {param: how}, background: {param: beside}}
      inputs: [clip]
  output: box
"""
    boxed = written(tmp_path / "boxed.yaml", text)
    more = ("-p", "beside=#ff8800", "-p", "how=pad", "-p", "wide=1.6e1")
    assert main(rendering(boxed, clip, tmp_path / "out.mp4", *more)) == 0
    facts = probe(tmp_path / "out.mp4")
    assert facts.picture is not None
    assert (facts.picture.width, facts.picture.height) == (16, 64)


def test_a_recipe_or_folder_that_is_not_there_is_a_wrong_call(recipe, clip, tmp_path, capsys):
    assert main(["lint", str(tmp_path / "none.yaml")]) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err
    assert main(rendering(recipe, clip, tmp_path / "none" / "out.mp4")) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_media_that_cannot_be_read_is_a_failure(recipe, tmp_path, capsys):
    broken = written(tmp_path / "broken.mp4", "this is no video")
    assert main(rendering(recipe, broken, tmp_path / "out.mp4")) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_output_that_cannot_be_written_leaves_the_old_one(recipe, clip, tmp_path, capsys, monkeypatch):
    output = written(tmp_path / "out.mp4", "what was there")

    def full(_source, target):
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("artdag.commands.recipes.shutil.copyfile", full)
    assert main(rendering(recipe, clip, output)) == 1
    assert output.read_text("utf-8") == "what was there"
    assert "No space left" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "cool.yaml", "out.mp4"}


def test_effects_are_listed_and_one_is_told_with_its_settings(capsys):
    assert main(["effects"]) == 0
    assert any(line.startswith("identity ") for line in capsys.readouterr().out.splitlines())
    assert main(["effects", "invert"]) == 0
    assert "intensity" in capsys.readouterr().out
    assert main(["effects", "--json", "invert"]) == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert (facts["name"], facts["params"][0]["name"]) == ("invert", "intensity")
    assert main(["effects", "invret"]) == 2
    assert "did you mean 'invert'?" in capsys.readouterr().err


def test_a_record_and_its_file_are_verified(tmp_path, capsys):
    output = written(tmp_path / "out.bin", "the result")
    signer = Signer.generate()
    record = {
        "output": {"name": "out", "content_hash": digest_file(output)},
        "rendered_at": "2026-11-24T12:00:00.000Z",
        "rendered_by": "@alice@art.example",
    }
    envelope = written(tmp_path / "record.json", json.dumps(signer.envelope(record)))
    verifying = ["verify", str(envelope), "--key", signer.public.text]
    assert main([*verifying, "--file", str(output)]) == 0
    assert capsys.readouterr().out.startswith("valid: out (")
    assert main(["verify", str(envelope), "--key", Signer.generate().public.text]) == 1
    assert main([*verifying, "--file", str(envelope)]) == 1
    assert "is not the recorded output" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"payload": "x"}', "[" * 100_000])
def test_what_is_no_record_is_refused_in_one_line(tmp_path, capsys, text):
    record = written(tmp_path / "record.json", text)
    assert main(["verify", str(record), "--key", Signer.generate().public.text]) == 1
    assert main(["replay", str(record), "--store", str(tmp_path / "store")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_the_process_ends_with_the_code(recipe, tmp_path):
    wrong = written(tmp_path / "wrong.yaml", WRONG)
    codes = [
        subprocess.run(
            [sys.executable, "-m", "artdag", *words], capture_output=True, check=False, stdin=subprocess.DEVNULL
        ).returncode
        for words in (["lint", str(recipe)], ["lint", str(wrong)], ["no-such-command"])
    ]
    assert codes == [0, 2, 2]
