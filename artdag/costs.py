"""What work will take: seconds for each kind of it, learnt from the passes that were made.

A pass tells only how long it took as a whole. So the figures are learnt as a Kalman filter does it: each kind of work
has a rate (seconds for a unit) with an uncertainty; a pass that took other than was thought moves the rates of what was
in it, those most that are least known; and every pass makes them better known. Uncertainties are taken to be
independent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artdag.content_store import write_atomically
from artdag.digest import StepKey
from artdag.errors import NoRoomError
from artdag.media import SAMPLE_RATE
from artdag.plan import ENCODE, SOURCE, Plan, Step

Work = Mapping[str, float]
"""Kind of work -> how much: megapixels (of all frames together), seconds of sound, or passes."""

PASS, SOUND, READ, KEEP, JOIN = "pass", "sound", "read", "keep", "join"
MEGA = 1e6
_720P = 1280 * 720 / MEGA

_AT_FIRST = {
    PASS: 0.05,
    SOUND: 0.0016,
    READ: 0.0045 / _720P,
    KEEP: 0.005 / _720P,
    JOIN: 0.0005 / _720P,
    SOURCE: 0.004 / _720P,
    f"{ENCODE} web": 0.030 / _720P,
    f"{ENCODE} alpha": 0.060 / _720P,
    f"{ENCODE} preview": 0.004 / _720P,
}
"""Seconds for a unit before anything was measured; a frame of 720p is 0.92 megapixels."""
_ELSE_AT_FIRST = 0.004 / _720P
_UNSURE = 1.0
"""How far a rate may be off at first, as a share of itself."""
_NOISE = 0.2
"""How much two passes of the same work differ, as a share: other programs run as well."""
_DRIFT = 0.05
"""How much less is known of a rate with each pass, as a share: machines, and what people make, change."""
_LEAST = 1e-3
"""A rate falls no lower than to this share of what it was at first."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Seconds for a unit of some kind of work."""

    mean: float
    variance: float


def _at_first(kind: str) -> Rate:
    mean = _AT_FIRST.get(kind, _ELSE_AT_FIRST)
    return Rate(mean, (_UNSURE * mean) ** 2)


@dataclass(frozen=True, slots=True)
class Costs:
    """What is known of rates. A value: learning gives another one."""

    rates: Mapping[str, Rate] = field(default_factory=dict)

    def rate(self, kind: str) -> Rate:
        return self.rates.get(kind) or _at_first(kind)

    def seconds(self, work: Work) -> float:
        """Return how long *work* takes, most likely."""
        return sum(amount * self.rate(kind).mean for kind, amount in work.items())

    def learnt(self, work: Work, seconds: float) -> Costs:
        """Return what is known after *work* took *seconds*; nonsense teaches nothing."""
        if not (math.isfinite(seconds) and seconds > 0) or not any(work.values()):
            return self
        known = {kind: self.rate(kind) for kind, amount in work.items() if amount > 0}
        doubt = {kind: rate.variance + (_DRIFT * rate.mean) ** 2 for kind, rate in known.items()}
        off = seconds - self.seconds(work)
        spread = sum(doubt[kind] * work[kind] ** 2 for kind in known) + (_NOISE * seconds) ** 2
        moved = {}
        for kind, rate in known.items():
            gain = doubt[kind] * work[kind] / spread
            least = _LEAST * _at_first(kind).mean
            moved[kind] = Rate(max(rate.mean + gain * off, least), doubt[kind] * (1 - gain * work[kind]))
        return Costs({**self.rates, **moved})

    def to_json(self) -> dict[str, Any]:
        return {kind: [rate.mean, rate.variance] for kind, rate in self.rates.items()}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Costs:
        """Raises ValueError where a figure is none."""
        rates = {}
        for kind, (mean, variance) in record.items():
            if not (math.isfinite(mean) and math.isfinite(variance) and mean > 0 and variance > 0):
                raise ValueError(f"{kind} has no rate")
            rates[str(kind)] = Rate(float(mean), float(variance))
        return cls(rates)


def work_of(
    plan: Plan, target: StepKey, steps: Collection[StepKey], *, share: float = 1.0, sound: bool = True
) -> dict[str, float]:
    """Return the work of a pass that makes the ENCODE step *target*.

    Args:
        plan: the plan.
        target: what is made.
        steps: those that the pass computes, itself among them.
        share: how much of the output's frames it makes.
        sound: whether it makes the sound as well.
    """
    found: dict[str, float] = {PASS: 1.0}
    for key in steps:
        step = plan.by_key[key]
        if share and step.shape.video is not None:
            found[_kind(step)] = found.get(_kind(step), 0.0) + share * megapixels(step)
        if sound and step.shape.sound is not None:
            found[SOUND] = found.get(SOUND, 0.0) + step.shape.sound.sample_count / SAMPLE_RATE
    return found


def joining(plan: Plan, target: StepKey) -> dict[str, float]:
    """Return the work of joining the slices of the ENCODE step *target*, and of making its sound."""
    behind = [step.key for step in plan.behind(target)]
    return work_of(plan, target, behind, share=0.0) | {JOIN: megapixels(plan.by_key[target])}


def megapixels(step: Step) -> float:
    """Return how many a step gives, in all its frames."""
    video = step.shape.video
    return video.width * video.height * video.frame_count / MEGA if video is not None else 0.0


def _kind(step: Step) -> str:
    if step.type == ENCODE:
        return f"{ENCODE} {step.params['profile']}"
    return step.effect or step.type


class FileCosts:
    """What was learnt in one folder: ``costs.json``. Of two who learn at once, one may be lost: it learns again."""

    def __init__(self, root: Path) -> None:
        self._path = root / "costs.json"

    def get(self) -> Costs:
        """Return what is known; what cannot be read is nothing."""
        try:
            return Costs.from_json(json.loads(self._path.read_bytes()))
        except (OSError, ValueError, TypeError, AttributeError):
            return Costs()

    def learn(self, work: Work, seconds: float) -> None:
        """Remember how long *work* took; where there is no room, it is forgotten."""
        with suppress(NoRoomError, OSError):
            write_atomically(self._path, json.dumps(self.get().learnt(work, seconds).to_json()).encode())
