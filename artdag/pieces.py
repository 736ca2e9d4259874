"""The pieces that a sound is cut into at its beats, as counts of frames."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

from artdag.errors import ParameterError
from artdag.media import frame_at


class Timing(Protocol):
    """What a MAP says of lengths."""

    @property
    def feature(self) -> str: ...
    @property
    def every(self) -> int: ...
    @property
    def least_s(self) -> float: ...


def piece_counts(report: Mapping[str, Any], timing: Timing, frame_rate: Fraction) -> list[int]:
    """Return how many frames each piece lasts: from the sound's beginning to its end, cut at every so many beats.

    Cuts fall on the frames nearest to the beats, so that nothing drifts. A cut that would leave less than the least
    length before it, or before the end, is left out.

    Raises:
        ParameterError: when the report does not tell where to cut, or how long the sound is.
    """
    times, duration_s = report.get(timing.feature), report.get("duration")
    if times is None or duration_s is None:
        missing = "duration" if times is not None else timing.feature
        raise ParameterError(f"the ANALYZE node has no {missing}: add it to its 'features'")
    end, least = frame_at(float(duration_s), frame_rate), max(1, frame_at(timing.least_s, frame_rate))
    cuts = [0]
    for time in times[timing.every - 1 :: timing.every]:
        frame = frame_at(float(time), frame_rate)
        if frame - cuts[-1] >= least and end - frame >= least:
            cuts.append(frame)
    return [stop - start for start, stop in zip(cuts, [*cuts[1:], max(end, 1)], strict=True)]
