"""Films that are cut, not coded: what an edit of a film takes, against making all of it, and against ffmpeg."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from artdag.executor import render_joined, render_slice
from artdag.grouping import Run
from artdag.local_store import LocalStore
from artdag.plan import Plan
from artdag.recipe_reader import parse_recipe
from artdag.timeslice import Piece, pieces_of
from benchmarks.cost import Cost, cost_in_child, cost_of_command
from benchmarks.sources import FFMPEG, make_clip
from benchmarks.ways import encoding

GROUP_FRAMES = 60
CLIPS = 8
GOALS = {
    "8 clips cut together: processor time / one ffmpeg command that codes them": "≤ 0.10",
    "8 clips cut together: wall time / that command": "",
    "the last 2 s edited: processor time / the whole film": "≤ 0.06",
    "2 s put into the middle: processor time / the whole film": "≤ 0.08",
    "the film in slices: processor time / one ffmpeg command with all cores": "≤ 1.05",
    "the film in slices, two processes: wall time / that command": "≤ 1.00",
}


def films(folder: Path, seconds: float, rounds: int) -> dict[str, list[float]]:
    """Return the ratios of each round. A film lasts *seconds*; the clips that are cut together an eighth of it each."""
    found: dict[str, list[float]] = {name: [] for name in GOALS}
    for _ in range(rounds):
        for name, ratio in {**_cut_only(folder, seconds), **_edits(folder, seconds)}.items():
            found[name].append(ratio)
    return found


def _cut_only(folder: Path, seconds: float) -> dict[str, float]:
    clips = [make_clip(folder, seconds / CLIPS, number=number, group=GROUP_FRAMES) for number in range(CLIPS)]
    inputs = [argument for clip in clips for argument in ("-i", str(clip))]
    streams = "".join(f"[{number}:v][{number}:a]" for number in range(CLIPS))
    with TemporaryDirectory() as scratch:
        graph = ("-filter_complex", f"{streams}concat=n={CLIPS}:v=1:a=1[v][a]", "-map", "[v]", "-map", "[a]")
        out = f"{scratch}/out.mp4"
        coded = cost_of_command([FFMPEG, "-v", "error", "-y", *inputs, *graph, *encoding(None), out])
        names = [f"clip{number}" for number in range(CLIPS)]
        text = _recipe(names, [f"{{id: film, type: SEQUENCE, inputs: [{', '.join(names)}]}}"])
        ours = cost_in_child(partial(_rendering, Path(scratch), text, dict(zip(names, clips, strict=True))))
    first, second = list(GOALS)[:2]
    return {first: ours.cpu_s / coded.cpu_s, second: ours.wall_s / coded.wall_s}


def _rendering(folder: Path, text: str, clips: Mapping[str, Path]) -> Callable[[], object]:
    store, plan = _planned(folder, text, clips)
    return lambda: store.carry_out(plan)


def _edits(folder: Path, seconds: float) -> dict[str, float]:
    film = make_clip(folder, seconds)
    more = make_clip(folder, 2, number=1)
    given = {"film": film, "more": more}
    half = seconds / 2 + 0.3  # not where a group begins
    cuts = [
        "{id: all, type: EFFECT, config: {effect: hue_shift, params: {degrees: 30}}, inputs: [film]}",
        f"{{id: most, type: SEGMENT, config: {{end: {seconds - 2}}}, inputs: [all]}}",
        f"{{id: last, type: SEGMENT, config: {{start: {seconds - 2}}}, inputs: [all]}}",
    ]
    end = "{id: end, type: EFFECT, config: {effect: saturation, params: {amount: %s}}, inputs: [last]}"
    whole = [*cuts, end % 1.2, "{id: out, type: SEQUENCE, inputs: [most, end]}"]
    edited = [*cuts, end % 1.4, "{id: out, type: SEQUENCE, inputs: [most, end]}"]
    inserted = [
        *cuts,
        f"{{id: one, type: SEGMENT, config: {{end: {half}}}, inputs: [most]}}",
        f"{{id: two, type: SEGMENT, config: {{start: {half}}}, inputs: [most]}}",
        *("{id: new, type: EFFECT, config: {effect: hue_shift, params: {degrees: 30}}, inputs: [more]}", end % 1.2),
        "{id: out, type: SEQUENCE, inputs: [one, new, two, end]}",
    ]
    with TemporaryDirectory() as scratch:
        full, last, middle = (
            _in_slices(Path(scratch), _recipe(["film", "more"], nodes), given) for nodes in (whole, edited, inserted)
        )
        graph = ("-vf", "hue=h=30,format=yuv420p")
        out = f"{scratch}/out.mp4"
        floor = cost_of_command([FFMPEG, "-v", "error", "-y", "-i", str(film), *graph, *encoding(None), out])
    names = list(GOALS)[2:]
    values = (
        *(last.cpu_s / full.cpu_s, middle.cpu_s / full.cpu_s),
        *(full.cpu_s / floor.cpu_s, full.wall_s / floor.wall_s),
    )
    return dict(zip(names, values, strict=True))


def _recipe(sources: Sequence[str], nodes: Sequence[str]) -> str:
    lines = [f"{{id: {name}, type: SOURCE, config: {{input: true}}}}" for name in sources]
    last = nodes[-1].split("id: ", 1)[1].split(",", 1)[0]
    listed = "\n".join(f"    - {node}" for node in [*lines, *nodes])
    return f"name: bench\ndag:\n  nodes:\n{listed}\n  output: {last}\n"


def _planned(folder: Path, text: str, clips: Mapping[str, Path]) -> tuple[LocalStore, Plan]:
    store = LocalStore(folder / "store")
    store.world()  # names the toolchain, once in a process
    used = {name: store.add(path) for name, path in clips.items() if f"{{id: {name}," in text}
    return store, store.plan(parse_recipe(text.encode()), used, {})


def _in_slices(folder: Path, text: str, clips: Mapping[str, Path]) -> Cost:
    """Return what making the film takes whose slices lie in *folder*, those that are missing, in two processes."""
    return cost_in_child(partial(_slicing, folder, text, clips))


def _slicing(folder: Path, text: str, clips: Mapping[str, Path]) -> Callable[[], object]:
    store, plan = _planned(folder, text, clips)
    (output,) = plan.outputs.values()

    def work() -> None:
        pieces = pieces_of(plan, output, store.node_types, store.effects)
        kept = folder / "slices.json"
        have: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
        missing = [piece for piece in pieces if not isinstance(piece, Run) and piece.key not in have]
        have |= _side_by_side(store, plan, missing, folder)
        kept.write_text(json.dumps(have))
        parts = [piece if isinstance(piece, Run) else Path(have[piece.key]) for piece in pieces]
        if parts:
            render_joined(plan, output, parts, folder=folder, **_how(store))
        else:
            store.carry_out(plan)

    return work


def _side_by_side(store: LocalStore, plan: Plan, missing: Sequence[Piece], folder: Path) -> dict[str, str]:
    """Render slices in two processes, as two workers do; return where they lie."""
    found: dict[str, str] = {}
    children = []
    for place in range(2):
        own = missing[place::2]
        found |= {piece.key: str(folder / f"{piece.key}.mp4") for piece in own if not isinstance(piece, Run)}
        if not own:
            continue
        child = os.fork()
        if child == 0:
            status = 1
            try:
                for piece in own:
                    assert not isinstance(piece, Run)
                    render_slice(plan, piece, folder=folder, **_how(store))
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    for child in children:
        _, status = os.waitpid(child, 0)
        if status:
            raise RuntimeError("a slice could not be made")
    return found


def _how(store: LocalStore) -> dict[str, Any]:
    return {"locate": store.content.path, "effects": store.effects, "node_types": store.node_types}
