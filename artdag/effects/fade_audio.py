"""Let the sound rise from silence at its beginning and sink into silence at its end.

The amplitude grows evenly over the first *in_s* seconds and falls evenly over the last *out_s* seconds; where both meet
in a short sound, their product counts. The picture stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.effect import SOUNDS, Effect, Input, SoundMoment
from artdag.media import SAMPLE_RATE
from artdag.params import Constant, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    in_s: Annotated[
        float, Range(0, 60, "s"), Constant("says where the fade lies"), "Length of the rise; 0 for none."
    ] = 1.0
    out_s: Annotated[
        float, Range(0, 60, "s"), Constant("says where the fade lies"), "Length of the fall; 0 for none."
    ] = 1.0


def sound(samples: NDArray[np.float32], params: Params, moment: SoundMoment) -> NDArray[np.float32]:
    count = samples.shape[1]
    time_s = moment.times_s(count)
    level = np.ones(count)
    if params.in_s > 0:
        level *= np.clip(time_s / params.in_s, 0, 1)
    if params.out_s > 0:
        level *= np.clip((moment.sample_count / SAMPLE_RATE - time_s) / params.out_s, 0, 1)
    return samples * level.astype(np.float32)


EFFECT = Effect(name="fade_audio", group="sound", params=Params, inputs=(Input("input", SOUNDS),), sound=sound)
