"""`plan` and `explain` on a folder: given, cached or to be made, and why, against what was carried out there before."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from artdag import history
from artdag.cli import main
from artdag.content_store import FileContentStore
from artdag.history import History
from tests.artdag.shelf import CLIP, a_plan, using
from tests.builders import a_clip

RECIPE = """\
name: cool
params:
  chill: {type: float, default: 0.4, min: 0, max: 1}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: pale, type: EFFECT, config: {effect: grayscale}, inputs: [clip]}
    - {id: dark, type: EFFECT, config: {effect: invert, params: {intensity: {param: chill}}}, inputs: [pale]}
  output: dark
"""


@pytest.fixture
def asking(tmp_path: Path) -> list[str]:
    """The recipe, its input and the store, as arguments."""
    recipe = tmp_path / "cool.yaml"
    recipe.write_text(RECIPE, "utf-8")
    return [str(recipe), "-i", f"clip={a_clip(tmp_path / 'clip.mp4', frames=4)}", "--store", str(tmp_path / "store")]


def rendered(asking: list[str], tmp_path: Path, *more: str) -> None:
    assert main(["render", *asking, "-o", str(tmp_path / "out.mp4"), *more]) == 0


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, Any]]:
    capsys.readouterr()
    assert main(["explain", *arguments, "--json"]) == 0
    return {node["node"]: node for node in json.loads(capsys.readouterr().out)["nodes"]}


def test_the_first_time_nobody_had_asked(asking, capsys):
    nodes = told(capsys, *asking)
    assert {name: node["state"] for name, node in nodes.items()} == {
        "clip": "given",
        "pale": "runs",
        "dark": "runs",
        "[dark]": "runs",
    }
    assert {nodes[name]["reason"] for name in ("pale", "dark")} == {"nobody had asked for this work before"}
    assert nodes["dark"]["difference"] is None


def test_what_is_cached_says_which_run_made_it_and_when(asking, tmp_path, capsys):
    rendered(asking, tmp_path)
    nodes = told(capsys, *asking)
    assert {node["state"] for node in nodes.values()} == {"given", "cached"}
    (entry,) = History(tmp_path / "store", FileContentStore(tmp_path / "store")).entries()
    assert nodes["dark"]["reason"].startswith(f"this exact work was done before by run {entry.run[:8]}, on 20")


def test_a_changed_value_is_told_with_both_values_and_the_run_that_had_the_other(asking, tmp_path, capsys):
    rendered(asking, tmp_path)
    rendered(asking, tmp_path, "-p", "chill=0.9")
    nodes = told(capsys, *asking, "-p", "chill=0.5")
    assert nodes["dark"]["reason"].startswith("`intensity` 0.9 → 0.5 since run ")
    assert nodes["pale"]["reason"].startswith("it is the same as in run ")
    assert nodes["pale"]["difference"]["reasons"] == ["same"]
    assert main(["plan", *asking, "-p", "chill=0.5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["given", "runs", "runs", "runs"]
    assert "`intensity` 0.9 → 0.5 since run" in lines[2]


def test_an_explanation_reads_as_sentences_and_may_be_of_one_node(asking, tmp_path, capsys):
    rendered(asking, tmp_path)
    capsys.readouterr()
    assert main(["explain", *asking, "-p", "chill=0.5", "--node", "dark"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("dark  invert: runs, because `intensity` 0.4 → 0.5 since run ")
    assert "  intensity 0.5" in printed
    assert ": pale\n" in printed
    assert "pale  grayscale" not in printed
    assert main(["explain", *asking, "--node", "drak"]) == 2
    assert "there are clip, pale, dark, [dark]" in capsys.readouterr().err
    assert main(["explain", *asking, "-p", "chill=0.5"]) == 0
    assert capsys.readouterr().out.endswith("3 of 3 would run\n")


def test_a_folder_remembers_the_newest_plans_and_forgets_the_papers_of_the_oldest(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "KEPT", 3)
    content = FileContentStore(tmp_path)
    kept = History(tmp_path, content)
    plans = [a_plan(CLIP, using("invert", intensity=number / 10)) for number in range(1, 6)]
    for number, plan in enumerate(plans):
        kept.note(f"{number:08d}", plan, datetime(2026, 11, 24, tzinfo=UTC) + timedelta(seconds=number))
    assert [entry.run for entry in kept.entries()] == ["00000004", "00000003", "00000002"]
    assert [earlier.plan for earlier in kept.plans()] == plans[:1:-1]
    assert set(content.digests()) == {plan.plan_id for plan in plans[2:]}


def test_history_that_cannot_be_read_is_passed_over(tmp_path):
    content = FileContentStore(tmp_path)
    kept = History(tmp_path, content)
    plan = a_plan(CLIP, using("invert"))
    kept.note("11111111", plan, datetime(2026, 11, 24, tzinfo=UTC))
    (tmp_path / "history" / "30000101T000000-broken.json").write_text("{", "utf-8")
    (tmp_path / "history" / "30000102T000000-list.json").write_text("[]", "utf-8")
    assert [earlier.name for earlier in kept.plans()] == ["run 11111111"]
    content.delete(plan.plan_id)
    assert list(kept.plans()) == []
