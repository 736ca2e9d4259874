"""Estimates learnt from what passes took: near after five of them, on any machine, and never thrown by nonsense."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence
from pathlib import Path

import pytest

from artdag.costs import KEEP, PASS, READ, SOUND, Costs, FileCosts, Work, joining, megapixels, work_of
from tests.artdag.shelf import CLIP, a_plan, using

EFFECTS = ("blur", "bloom", "swirl", "vignette", "grayscale", "title")
ENCODINGS = ("ENCODE web", "ENCODE lossless")


class Machine:
    """A machine with rates of its own, and other programs on it."""

    def __init__(self, seed: int, noise: float = 0.15) -> None:
        self._chance = random.Random(seed)
        self._noise = noise
        speed = self._chance.lognormvariate(0, 0.7)
        kinds = (*EFFECTS, *ENCODINGS, "SOURCE", PASS, SOUND)
        self.rates = {kind: Costs().rate(kind).mean * speed * self._chance.lognormvariate(0, 0.6) for kind in kinds}

    def takes(self, work: Work) -> float:
        exact = sum(amount * self.rates[kind] for kind, amount in work.items())
        return exact * self._chance.lognormvariate(0, self._noise)

    def a_work(self, effects: Sequence[str], encoding: str = ENCODINGS[0]) -> Work:
        """Return a pass over a clip of any length and size."""
        frames = self._chance.randint(50, 2_000)
        amount = frames * self._chance.choice([0.2, 0.92, 2.07])
        return {PASS: 1.0, SOUND: frames / 30, "SOURCE": amount, encoding: amount} | dict.fromkeys(effects, amount)


def errors(machine: Machine, taught: Sequence[Work], asked: Sequence[Work]) -> list[float]:
    """Return how far off the estimates of *asked* are, as shares, after the passes *taught*."""
    costs = Costs()
    for work in taught:
        costs = costs.learnt(work, machine.takes(work))
    found = []
    for work in asked:
        took = machine.takes(work)
        found.append(abs(costs.seconds(work) - took) / took)
    return found


@pytest.mark.parametrize("kind", ["one recipe, other clips", "any three of the effects"])
def test_after_five_passes_the_median_estimate_is_less_than_a_quarter_off(kind):
    at_first, later = [], []
    for seed in range(60):
        machine, chance = Machine(seed), random.Random(1_000 + seed)
        own = chance.sample(EFFECTS, 3)

        def one(machine: Machine = machine, chance: random.Random = chance, own: Sequence[str] = own) -> Work:
            return machine.a_work(own if kind.startswith("one") else chance.sample(EFFECTS, 3))

        asked = [one() for _ in range(10)]
        at_first += errors(machine, [], asked)
        later += errors(machine, [one() for _ in range(5)], asked)
    assert statistics.median(later) < 0.25
    assert statistics.median(later) < statistics.median(at_first) / 2


def test_what_one_recipe_teaches_helps_another():
    off = []
    for seed in range(40):
        machine = Machine(seed)
        taught = [machine.a_work(pair) for pair in (("blur", "bloom"), ("bloom", "swirl"), ("swirl", "blur")) * 4]
        off += errors(machine, taught, [machine.a_work(("blur", "bloom", "swirl")) for _ in range(5)])
    assert statistics.median(off) < 0.25


def test_it_follows_a_machine_that_becomes_slower():
    machine, costs = Machine(3), Costs()
    for _ in range(30):
        work = machine.a_work(EFFECTS[:2])
        costs = costs.learnt(work, machine.takes(work))
    machine.rates = {kind: rate * 3 for kind, rate in machine.rates.items()}
    for _ in range(40):
        work = machine.a_work(EFFECTS[:2])
        costs = costs.learnt(work, machine.takes(work))
    asked = [machine.a_work(EFFECTS[:2]) for _ in range(20)]
    off = [abs(costs.seconds(work) - took) / took for work in asked if (took := machine.takes(work))]
    assert statistics.median(off) < 0.25


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf])
def test_nonsense_teaches_nothing(seconds):
    costs = Costs().learnt({PASS: 1.0, "blur": 10.0}, 2.0)
    assert costs.learnt({PASS: 1.0, "blur": 10.0}, seconds) == costs
    assert costs.learnt({}, 1.0) == costs


def test_one_pass_of_a_second_in_place_of_an_hour_leaves_every_rate_above_zero():
    costs = Costs()
    for _ in range(20):
        costs = costs.learnt({PASS: 1.0, "blur": 1e6, "SOURCE": 1e6}, 0.001)
    assert all(rate.mean > 0 and rate.variance > 0 for rate in costs.rates.values())
    assert costs.seconds({PASS: 1.0, "blur": 1.0}) > 0


def test_the_work_of_a_plan_is_counted_by_what_each_step_is():
    plan = a_plan(CLIP, using("invert"))
    (output,) = plan.outputs.values()
    everything = [step.key for step in plan.behind(output)]
    work = work_of(plan, output, everything)
    amount = 64 * 48 * 25 / 1e6
    assert work == pytest.approx({PASS: 1.0, "SOURCE": amount, "invert": amount, "ENCODE web": amount, SOUND: 3.0})
    half = work_of(plan, output, everything, share=0.5, sound=False)
    assert half == pytest.approx({PASS: 1.0, "SOURCE": amount / 2, "invert": amount / 2, "ENCODE web": amount / 2})
    assert joining(plan, output) == pytest.approx({PASS: 1.0, SOUND: 3.0, "join": amount})
    assert megapixels(plan.by_key[output]) == amount
    assert Costs().seconds(work) > Costs().seconds(half) > 0


def test_what_was_learnt_is_found_by_every_process_and_broken_files_are_no_matter(tmp_path: Path):
    costs = FileCosts(tmp_path)
    assert costs.get() == Costs()
    costs.learn({PASS: 1.0, READ: 5.0, KEEP: 2.0}, 3.0)
    known = FileCosts(tmp_path).get()
    assert known.rates.keys() == {PASS, READ, KEEP}
    for broken in ("", "[]", "{", '{"blur": 3}', '{"blur": [0, 1]}', '{"blur": [1, NaN]}', '{"blur": ["x", 1]}'):
        (tmp_path / "costs.json").unlink()
        (tmp_path / "costs.json").write_text(broken, "utf-8")
        assert FileCosts(tmp_path).get() == Costs()
    costs.learn({PASS: 1.0}, 2.0)
    assert FileCosts(tmp_path).get().rates.keys() == {PASS}
    FileCosts(tmp_path / "nowhere" / "deeper").learn({PASS: 1.0}, 2.0)
