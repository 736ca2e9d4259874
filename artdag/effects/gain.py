"""Make the sound louder or softer.

Every sample is multiplied by 10^(gain_db / 20): 6 dB is about twice, -6 dB about half the amplitude. The picture stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.effect import SOUNDS, Effect, Input, SoundMoment
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    gain_db: Annotated[float, Range(-60, 24, "dB"), "0 changes nothing."] = -6.0


def sound(samples: NDArray[np.float32], params: Params, moment: SoundMoment) -> NDArray[np.float32]:
    return samples * np.float32(10 ** (params.gain_db / 20))


EFFECT = Effect(name="gain", group="sound", params=Params, inputs=(Input("input", SOUNDS),), sound=sound)
