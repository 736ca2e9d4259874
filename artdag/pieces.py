"""The frames that something is cut at, so that it follows the beats of a sound."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

from artdag.errors import ParameterError
from artdag.media import frame_at

AT_THE_BEGINNING_S = 0.05
"""A beat so near to the beginning is the beginning: it is not counted."""


class Timing(Protocol):
    """What a MAP or a SWITCH says of lengths."""

    @property
    def feature(self) -> str: ...
    @property
    def every(self) -> int: ...
    @property
    def least_s(self) -> float: ...


def cut_frames(report: Mapping[str, Any], timing: Timing, end: int, frame_rate: Fraction) -> list[int]:
    """Return the frames at which something of *end* frames is cut, in order, at every so many beats.

    They are the frames nearest to the beats, so that nothing drifts. A cut that would leave less than the least length
    before it, or before the end, is left out.

    Raises:
        ParameterError: when the report does not tell where to cut.
    """
    times = report.get(timing.feature)
    if times is None:
        raise ParameterError(f"the ANALYZE node has no {timing.feature}: add it to its 'features'")
    least = max(1, frame_at(timing.least_s, frame_rate))
    counted = [float(time) for time in times if time >= AT_THE_BEGINNING_S]
    cuts = [0]
    for time_s in counted[timing.every - 1 :: timing.every]:
        frame = frame_at(time_s, frame_rate)
        if frame - cuts[-1] >= least and end - frame >= least:
            cuts.append(frame)
    return cuts[1:]


def piece_counts(report: Mapping[str, Any], timing: Timing, frame_rate: Fraction) -> list[int]:
    """Return how many frames each piece lasts: from the sound's beginning to its end, cut as ``cut_frames`` says.

    Raises:
        ParameterError: when the report does not tell where to cut, or how long the sound is.
    """
    duration_s = report.get("duration")
    if duration_s is None:
        raise ParameterError("the ANALYZE node has no duration: add it to its 'features'")
    end = max(1, frame_at(float(duration_s), frame_rate))
    cuts = cut_frames(report, timing, end, frame_rate)
    return [stop - start for start, stop in zip([0, *cuts], [*cuts, end], strict=True)]
