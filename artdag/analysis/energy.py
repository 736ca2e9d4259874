"""How loud a sound is from moment to moment."""

from __future__ import annotations

import numpy as np

from artdag.analysis.sound import Curve, Heard


def energy_curve(heard: Heard) -> Curve:
    """Return the root mean square over 20 ms at each moment, 0..1 of its highest; of silence, zeros."""
    highest = float(heard.power.max())
    if highest <= 0:
        return np.zeros(len(heard.power))
    return np.asarray(np.sqrt(heard.power / np.float64(highest)))
