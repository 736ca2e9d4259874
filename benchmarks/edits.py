"""What an edit of the last of ten nodes takes, time after time: processor time against that of the last node alone.

The last node alone is given what the nine before it make, so that the same pictures are encoded.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from artdag.local_store import LocalStore
from artdag.recipe_reader import parse_recipe
from benchmarks.cost import cost_in_child
from benchmarks.sources import make_clip

_BEFORE = (
    *("blur", "vignette", "saturation", "contrast", "sharpen", "hue_shift", "color_balance", "film_grain", "bloom"),
)
"""The nine nodes that stay as they are."""
_NAMES = ("first run", "first edit (frames are kept)", "second edit (frames are read)", "third edit")


def edits(folder: Path, seconds: float, rounds: int) -> dict[str, list[float]]:
    """Return what each edit took in each round, as a ratio to the last node alone."""
    clip = make_clip(folder, seconds)
    with TemporaryDirectory() as store:
        made = _rendered(Path(store), clip, folder / f"nine-{seconds:g}.mp4")
    found: dict[str, list[float]] = {name: [] for name in _NAMES}
    for _ in range(rounds):
        with TemporaryDirectory() as store, TemporaryDirectory() as other:
            alone = _cpu_s(Path(other), made, [], 0.1)
            for place, name in enumerate(_NAMES):
                found[name].append(_cpu_s(Path(store), clip, _BEFORE, 0.1 + place / 10) / alone)
    return found


def _rendered(folder: Path, clip: Path, target: Path) -> Path:
    """Return what the nine nodes before the last make of *clip*, losslessly."""
    store = LocalStore(folder)
    text = _recipe(_BEFORE, None) + "output: {profile: lossless}\n"
    outcome = store.carry_out(store.plan(parse_recipe(text.encode()), {"clip": store.add(clip)}, {}))
    (digest,) = outcome.outputs.values()
    shutil.copyfile(store.content.path(digest), target)
    return target


def _cpu_s(folder: Path, clip: Path, before: Sequence[str], last: float) -> float:
    return cost_in_child(partial(_prepared, folder, clip, before, last)).cpu_s


def _prepared(folder: Path, clip: Path, before: Sequence[str], last: float) -> Callable[[], object]:
    store = LocalStore(folder)
    store.world()  # names the toolchain, once in a process
    inputs = {"clip": store.add(clip)}
    recipe = parse_recipe(_recipe(before, last).encode())
    return lambda: store.carry_out(store.plan(recipe, inputs, {}))


def _recipe(before: Sequence[str], last: float | None) -> str:
    lines = ["name: edited", "dag:", "  nodes:", "    - {id: clip, type: SOURCE, config: {input: true}}"]
    source = "clip"
    for place, effect in enumerate(before):
        lines.append(f"    - {{id: n{place}, type: EFFECT, config: {{effect: {effect}}}, inputs: [{source}]}}")
        source = f"n{place}"
    if last is not None:
        params = f"{{effect: brightness, params: {{amount: {last}}}}}"
        lines.append(f"    - {{id: last, type: EFFECT, config: {params}, inputs: [{source}]}}")
        source = "last"
    return "\n".join([*lines, f"  output: {source}", ""])
