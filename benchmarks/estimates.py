"""How far the estimates of passes are off, before anything was learnt and after five: shares of the wall time."""

from __future__ import annotations

import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from artdag.costs import Costs
from artdag.local_store import LocalStore
from artdag.recipe_reader import parse_recipe
from artdag.stage import stages
from benchmarks.sources import make_clip

_EFFECTS = ("blur", "vignette", "saturation", "sharpen", "bloom", "swirl", "pixelate", "film_grain")
_TAUGHT, _ASKED = 5, 6


def estimates(folder: Path, seconds: float) -> dict[str, list[float]]:
    """Return how far off the estimates of chains of three effects were, each as a share of what the chain took."""
    chance, off_at_first, off_later = random.Random(7), [], []
    with TemporaryDirectory() as place:
        store = LocalStore(Path(place))
        for number in range(_TAUGHT + _ASKED):
            clip = store.add(make_clip(folder, seconds * (1 + number % 3) / 4))
            plan = store.plan(parse_recipe(_recipe(chance.sample(_EFFECTS, 3)).encode()), {"clip": clip}, {})
            known = store.costs.get()
            told, at_first = (sum(one.cost_s for one in stages(plan, (), costs=costs)) for costs in (known, Costs()))
            started = time.monotonic()
            store.carry_out(plan)
            took = time.monotonic() - started
            if number >= _TAUGHT:
                off_at_first.append(abs(at_first - took) / took)
                off_later.append(abs(told - took) / took)
    return {"as written down": off_at_first, f"after {_TAUGHT} passes": off_later}


def _recipe(effects: list[str]) -> str:
    lines = ["name: guessed", "dag:", "  nodes:", "    - {id: clip, type: SOURCE, config: {input: true}}"]
    source = "clip"
    for place, effect in enumerate(effects):
        lines.append(f"    - {{id: n{place}, type: EFFECT, config: {{effect: {effect}}}, inputs: [{source}]}}")
        source = f"n{place}"
    return "\n".join([*lines, f"  output: {source}", ""])
