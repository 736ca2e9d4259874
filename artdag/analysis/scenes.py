"""Where one picture follows another without a transition: hard cuts, exact to the frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from artdag.analysis.picture import UNIT, Seen, Whole

_LEAST = 2 * UNIT
"""Jump below which nothing is a cut."""
_TIMES = 3
"""How many times as high as what happens around it a jump must be."""
_AROUND = 5
"""Frames to each side that count as around it; the highest of them does not, for it may be another cut."""
_APART = 2
"""Frames around a cut that hold no higher jump."""
_FIELDS_PERCENT = 40
"""Share of the picture that must have changed: less is something that appears in it."""


def find_cuts(seen: Seen) -> tuple[int, ...]:
    """Return the frames that begin a new scene; the first frame is none.

    A jump is what changes in the distribution of brightness and colour within the fields of the picture. Motion and
    noise change pixels more than distributions, so the jump counts by the ratio of the two; and whatever goes on for a
    few frames (a pan, a fade, a dissolve) is not higher than what is around it. A picture that comes back within two
    frames was interrupted by a flash.
    """
    jumps = _jumps(seen)
    candidates = np.flatnonzero((jumps >= _LEAST) & (seen.others >= _FIELDS_PERCENT))
    return tuple(frame for frame in candidates.tolist() if _stands_out(jumps, frame) and not _flash(seen, frame))


def _jumps(seen: Seen) -> Whole:
    fields = seen.fields[0]
    return np.asarray(fields * fields // np.maximum(seen.pixels, 1))


def _stands_out(jumps: Whole, frame: int) -> bool:
    jump = int(jumps[frame])
    if max(jumps[max(0, frame - _APART) : frame], default=0) >= jump:
        return False
    if max(jumps[frame + 1 : frame + 1 + _APART], default=0) > jump:
        return False
    before, after = jumps[max(0, frame - _AROUND) : frame], jumps[frame + 1 : frame + 1 + _AROUND]
    return jump >= _TIMES * max(_second(before), _second(after))


def _second(values: NDArray[np.int64]) -> int:
    """Return the second highest; 0 where there is none."""
    return int(np.sort(values)[-2]) if len(values) > 1 else 0


def _flash(seen: Seen, frame: int) -> bool:
    """Return whether the picture around *frame* is the same but for one or two frames."""
    half = int(seen.fields[0][frame]) // 2
    for lag in range(2, seen.fields.shape[0] + 1):
        across = [at for at in (frame, frame + lag - 1) if lag <= at < seen.fields.shape[1]]
        if any(int(seen.fields[lag - 1][at]) < half for at in across):
            return True
    return False
