"""How much a picture changes from frame to frame."""

from __future__ import annotations

import numpy as np

from artdag.analysis.picture import UNIT, Seen
from artdag.analysis.sound import Curve

_WHITE_OVER_BLACK = 219


def motion_curve(seen: Seen) -> Curve:
    """Return the mean absolute difference of luma from the frame before, at each frame: 1 is from black to white.

    The first frame has 0.
    """
    return np.asarray(np.minimum(seen.luma / (_WHITE_OVER_BLACK * UNIT), 1.0))
