"""Make the sound as loud as others, by the measure of broadcasting (EBU R 128).

The loudness of the whole is measured as ITU-R BS.1770-4 says: K-weighted, in blocks of 400 ms every 100 ms, without
what is below -70 LUFS or 10 LU below the mean of the rest. One gain then brings it to *target_lufs*; or less, where the
true peak would pass *true_peak_dbtp*. So what is loud and what is soft stay apart, and nothing pumps. Silence stays. A
sound shorter than a block is measured as one block. -14 is what most sites play at, -23 is television in Europe. The
picture stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artdag.codec.audible import heard_through, sounding
from artdag.codec.loudness import Normalized
from artdag.codec.stream import Sound
from artdag.effect import SOUNDS, Effect, Input
from artdag.params import Constant, Range

ONE = Constant("is one number for the whole")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    target_lufs: Annotated[float, Range(-23, -5, "LUFS"), ONE, "The loudness of the result."] = -14.0
    true_peak_dbtp: Annotated[
        float, Range(-9, 0, "dBTP"), ONE, "What the highest point of the wave stays below."
    ] = -1.0


def sound(heard: Sound, params: Params) -> Sound:
    return Normalized(heard, params.target_lufs, params.true_peak_dbtp)


EFFECT = Effect(
    name="normalize_loudness",
    group="sound",
    params=Params,
    inputs=(Input("input", SOUNDS),),
    streams=heard_through(sound),
    gives=sounding("normalize_loudness"),
    cost_class="light",
)
