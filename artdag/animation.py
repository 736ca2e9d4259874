"""Settings that change over time: keyframes, and numbers that follow what a sound does.

Time is that of the node they stand at, in seconds from its beginning. A setting between two keyframes never leaves
the values of the two, so what is checked at the keyframes holds everywhere.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from artdag.errors import ParameterError

T = TypeVar("T")
Times = NDArray[np.float64]

EASES = ("linear", "smooth", "hold")
FEATURES = ("energy", "onset", "low", "mid", "high", "beat")
MAX_KEYFRAMES = 10_000
_LONGEST_S = 86_400.0
_SMOOTHEST_S = 10.0


class Animation(ABC):
    """A number as a function of time."""

    __slots__ = ()

    @property
    @abstractmethod
    def low(self) -> float:
        """The least value it can take."""

    @property
    @abstractmethod
    def high(self) -> float:
        """The greatest value it can take."""

    @abstractmethod
    def values(self, times_s: Times) -> NDArray[np.float64]:
        """Return its value at each of *times_s*."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return it as it is written in a recipe, in its settled spelling."""

    def at(self, time_s: float) -> float:
        return float(self.values(np.array([time_s]))[0])

    def rounded(self) -> Animation:
        """Return it in whole numbers, rounded half up: for settings that take no others."""
        return Whole(self)


@dataclass(frozen=True, slots=True)
class Whole(Animation):
    """The whole numbers nearest to another animation's values."""

    exact: Animation

    @property
    def low(self) -> int:
        return math.floor(self.exact.low + 0.5)

    @property
    def high(self) -> int:
        return math.floor(self.exact.high + 0.5)

    def values(self, times_s: Times) -> NDArray[np.float64]:
        return np.floor(self.exact.values(times_s) + 0.5)

    def to_json(self) -> dict[str, Any]:
        return self.exact.to_json()

    def at(self, time_s: float) -> int:
        return int(super(Whole, self).at(time_s))

    def rounded(self) -> Animation:
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyframes(Animation):
    """Values at given times; before the first and after the last, theirs.

    Between two: ``linear``; ``smooth`` (3u² - 2u³, at rest in both); ``hold`` (the earlier one).
    """

    points: tuple[tuple[float, float], ...]
    """(seconds, value), in order, two or more."""
    ease: str = "linear"

    @property
    def low(self) -> float:
        return min(value for _, value in self.points)

    @property
    def high(self) -> float:
        return max(value for _, value in self.points)

    def values(self, times_s: Times) -> NDArray[np.float64]:
        times, values = (np.array(column) for column in zip(*self.points, strict=True))
        after = np.clip(np.searchsorted(times, times_s, side="right"), 1, len(times) - 1)
        share = np.clip((times_s - times[after - 1]) / (times[after] - times[after - 1]), 0, 1)
        if self.ease == "hold":
            share = np.floor(share)
        elif self.ease == "smooth":
            share = share * share * (3 - 2 * share)
        return np.asarray(values[after - 1] * (1 - share) + values[after] * share)

    def to_json(self) -> dict[str, Any]:
        return {"keyframes": [list(point) for point in self.points], "ease": self.ease}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound(Animation):
    """A number that follows a feature of a sound, which an ANALYZE node measures.

    At 0 of the feature it is *start*, at 1 *end*. energy, low, mid and high are smoothed by a mean over *smooth_s*;
    beat and onset jump to 1 at each and fall to 1/e in *smooth_s*.
    """

    source: str
    """Slot of the step that the report comes in by; in a recipe, the ANALYZE node."""
    feature: str
    start: float
    end: float
    smooth_s: float
    curve: tuple[tuple[float, float], ...] = ()
    """(seconds, feature), in order; empty as long as nothing is measured."""

    @property
    def low(self) -> float:
        return min(self.start, self.end)

    @property
    def high(self) -> float:
        return max(self.start, self.end)

    def heard(self, report: Mapping[str, Any]) -> Bound:
        """Return it with the curve from an ANALYZE node's *report*.

        Raises:
            ParameterError: when the report does not have the feature.
        """
        return replace(self, curve=_measured(report, self.feature, self.smooth_s))

    def values(self, times_s: Times) -> NDArray[np.float64]:
        assert self.curve, "nothing is measured yet"
        times, values = (np.array(column) for column in zip(*self.curve, strict=True))
        if self.feature in _PULSES:
            last = np.searchsorted(times, times_s, side="right") - 1
            age = times_s - times[np.maximum(last, 0)]
            pulse = np.exp(-age / self.smooth_s) if self.smooth_s > 0 else (age < _PULSE_S).astype(float)
            share = np.where(last >= 0, pulse, 0.0)
        else:
            share = np.interp(times_s, times, values)
        return np.asarray(self.start + (self.end - self.start) * share)

    def to_json(self) -> dict[str, Any]:
        return {
            "bind": self.source,
            "feature": self.feature,
            "range": [self.start, self.end],
            "smooth_s": self.smooth_s,
        }


_PULSES = {"beat": "beats", "onset": "onsets"}
_PULSE_S = 0.04
"""How long a pulse that does not fade is seen: a frame at 25 per second."""


def _measured(report: Mapping[str, Any], feature: str, smooth_s: float) -> tuple[tuple[float, float], ...]:
    if feature in _PULSES:
        times = report.get(_PULSES[feature])
        if times is None:
            raise ParameterError(f"the ANALYZE node has no {_PULSES[feature]}: add it to its 'features'")
        return tuple((float(time), 1.0) for time in times) or ((math.inf, 1.0),)
    curves = report.get("energy") if feature == "energy" else (report.get("bands") or {})
    wanted = "energy" if feature == "energy" else "bands"
    if not curves:
        raise ParameterError(f"the ANALYZE node has no {wanted}: add it to its 'features'")
    values = np.array(curves["values"] if feature == "energy" else curves[feature], np.float64)
    rate = float(curves["rate"])
    span = max(1, round(smooth_s * rate))
    padded = np.pad(values, (span // 2, span - 1 - span // 2), mode="edge")
    total = np.concatenate([[0.0], np.cumsum(padded)])
    smooth = (total[span:] - total[:-span]) / span
    return tuple((index / rate, float(value)) for index, value in enumerate(smooth))


def is_animation(raw: object) -> bool:
    """Return whether *raw*, as YAML or JSON give it, is meant as a value that changes."""
    return isinstance(raw, Mapping) and ("keyframes" in raw or "bind" in raw)


def parse_animation(raw: Mapping[str, Any], number: Callable[[Any], float], name: str) -> Animation | float:
    """Return what *raw* describes; a plain number where it never changes.

    Args:
        raw: ``{keyframes: [[t, value], …], ease: …}`` or ``{bind: NODE, feature: …, range: [from, to], smooth_s: …}``.
        number: checks one value; raises ParameterError.
        name: of the setting, for messages.

    Raises:
        ParameterError: with a sentence that says what would be right.
    """
    allowed = ("keyframes", "ease") if "keyframes" in raw else ("bind", "feature", "range", "smooth_s")
    unknown = [str(key) for key in raw if key not in allowed]
    if unknown:
        raise ParameterError(f"{name!r} has {unknown[0]!r} beside {allowed[0]!r}; known are {', '.join(allowed)}")
    return _keyframes(raw, number, name) if "keyframes" in raw else _bound(raw, number, name)


def _keyframes(raw: Mapping[str, Any], number: Callable[[Any], float], name: str) -> Animation | float:
    listed = raw["keyframes"]
    if not isinstance(listed, list) or not listed or any(not _is_pair(entry) for entry in listed):
        raise ParameterError(f"{name!r} takes keyframes as a list of [seconds, value], such as [[0, 1], [2.5, 3]]")
    if len(listed) > MAX_KEYFRAMES:
        raise ParameterError(f"{name!r} has {len(listed):,} keyframes; {MAX_KEYFRAMES:,} are the most")
    ease = raw.get("ease", "linear")
    if ease not in EASES:
        raise ParameterError(f"'ease' of {name!r} must be one of {', '.join(EASES)}, not {str(ease)[:40]!r}")
    points: list[tuple[float, float]] = []
    for time, value in listed:
        at = _seconds(time, f"a keyframe of {name!r}", _LONGEST_S)
        if points and at <= points[-1][0]:
            order = f"{at:g} s stands after {points[-1][0]:g} s"
            raise ParameterError(f"the keyframes of {name!r} are not in order: {order}")
        points.append((at, float(number(value))))
    if len({value for _, value in points}) == 1:
        return points[0][1]
    return Keyframes(points=tuple(points), ease=ease)


def _bound(raw: Mapping[str, Any], number: Callable[[Any], float], name: str) -> Animation | float:
    source, feature, span = raw["bind"], raw.get("feature"), raw.get("range")
    if not isinstance(source, str):
        raise ParameterError(f"'bind' of {name!r} names an ANALYZE node")
    if feature not in FEATURES:
        raise ParameterError(f"'feature' of {name!r} must be one of {', '.join(FEATURES)}")
    if not _is_pair(span):
        raise ParameterError(f"'range' of {name!r} is [from, to]: its values at 0 and at 1 of the feature")
    start, end = (float(number(value)) for value in cast("list[Any]", span))
    smooth_s = _seconds(raw.get("smooth_s", 0.1), f"'smooth_s' of {name!r}", _SMOOTHEST_S)
    if start == end:
        return start
    return Bound(source=source, feature=feature, start=start, end=end, smooth_s=smooth_s)


def _is_pair(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 2


def _seconds(raw: Any, what: str, longest: float) -> float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not 0 <= raw <= longest:
        raise ParameterError(f"{what} must be a time from 0 to {longest:g} s, not {str(raw)[:40]!r}")
    return float(raw) + 0.0


def binds(raw: Any) -> tuple[str, ...]:
    """Return the ANALYZE nodes that values in *raw*, a node's settings as written, are bound to, each once."""
    found: dict[str, None] = {}
    waiting = [raw]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            if isinstance(value.get("bind"), str):
                found[value["bind"]] = None
            waiting += reversed(list(value.values()))
        elif isinstance(value, list):
            waiting += reversed(value)
    return tuple(found)


def followed(raw: Any) -> tuple[tuple[str, str], ...]:
    """Return (ANALYZE node, what it has to look for) for all that values in *raw*, a node's settings, are bound to."""
    found: dict[tuple[str, str], None] = {}
    waiting = [raw]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            source, feature = value.get("bind"), value.get("feature", "beats")
            if isinstance(source, str) and isinstance(feature, str):
                found[source, _FOUND_IN.get(feature, feature)] = None
            waiting += reversed(list(value.values()))
        elif isinstance(value, list):
            waiting += reversed(value)
    return tuple(found)


_FOUND_IN = {**_PULSES, **dict.fromkeys(("low", "mid", "high"), "bands")}
"""The feature of an ANALYZE node that has the feature of a bound value, where it is called otherwise."""


def rebound(raw: Any, names: Mapping[str, str]) -> Any:
    """Return settings as written, with other names for the ANALYZE nodes that values in them are bound to."""
    if isinstance(raw, Mapping):
        source = raw.get("bind")
        bound = {"bind": names[source]} if isinstance(source, str) and source in names else {}
        return {key: rebound(value, names) for key, value in raw.items()} | bound
    if isinstance(raw, list):
        return [rebound(value, names) for value in raw]
    return raw


def bind_slot(position: int) -> str:
    """Return the slot by which a step gets the report of the ANALYZE node that its settings name at *position*."""
    return f"bind{position}"


def is_bind(slot: str) -> bool:
    return slot.startswith("bind")


def has_animation(plain: Any) -> bool:
    """Return whether anything in settled settings, plain data, changes over time."""
    if is_animation(plain):
        return True
    parts = plain.values() if isinstance(plain, Mapping) else plain if isinstance(plain, list) else ()
    return any(has_animation(part) for part in parts)


def live(plain: Any, reports: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return settled settings, plain data, with an Animation in place of every description of one.

    *reports* are those of the ANALYZE steps, by slot.
    """
    if is_animation(plain):
        found = parse_animation(plain, float, "a setting")
        return found.heard(reports[found.source]) if isinstance(found, Bound) else found
    if isinstance(plain, Mapping):
        return {key: live(value, reports) for key, value in plain.items()}
    if isinstance(plain, list):
        return [live(value, reports) for value in plain]
    return plain


def animated(settings: Any) -> tuple[str, ...]:
    """Return the names of the fields of *settings*, a dataclass, that change over time."""
    return tuple(
        field.name for field in dataclasses.fields(settings) if isinstance(getattr(settings, field.name), Animation)
    )


def value_at(settings: T, time_s: float) -> T:
    """Return *settings*, a dataclass, as they are at *time_s*; whole numbers are rounded half up."""
    return _replaced(settings, lambda animation: animation.at(time_s))


def extremes(settings: T) -> list[T]:
    """Return *settings* with each that changes at its least, then with one after the other at its greatest."""
    names = animated(settings)
    least = _replaced(settings, lambda animation: animation.low)
    most = [dataclasses.replace(least, **{name: getattr(settings, name).high}) for name in names]  # type: ignore[type-var]
    return [least, *most]


def values_over(settings: T, times_s: Times) -> T:
    """Return *settings* with an array, one value for each of *times_s*, in place of each that changes."""
    return _replaced(settings, lambda animation: animation.values(times_s))


def _replaced(settings: T, value: Callable[[Animation], Any]) -> T:
    changed = {name: value(getattr(settings, name)) for name in animated(settings)}
    return dataclasses.replace(settings, **changed) if changed else settings  # type: ignore[type-var]
