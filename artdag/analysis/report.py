"""What was measured, as plain data: the record that an ANALYZE node gives, and that other nodes follow.

Every time is in seconds from the beginning, to 4 decimals; every curve runs from 0 to 1, to 3 decimals, so that the
last bits of a processor's arithmetic do not show. ``record`` and ``features`` are always there; of the rest, what was
asked for:

- ``duration``: seconds.
- ``tempo``: beats per minute, to 2 decimals; null where nothing recurs.
- ``beats``, ``downbeats``: times.
- ``onsets``: times; ``onset_strengths``: one for each, 1 for the strongest; ``onset_curve``: {rate, values}.
- ``energy``: {rate, values}; ``bands``: {rate, low, mid, high}. ``rate`` is values per second; value i is of the moment
  i / rate.
- ``scenes``: times of cuts; ``scene_frames``: the frames that they come before.
- ``motion``: {frame_rate, values}, one value for each frame; the rate is a fraction as text, such as "30000/1001".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from artdag.analysis.bands import band_curves
from artdag.analysis.beats import find_beats
from artdag.analysis.energy import energy_curve
from artdag.analysis.flux import flux
from artdag.analysis.motion import motion_curve
from artdag.analysis.onsets import find_onsets, strength_curve
from artdag.analysis.picture import watch
from artdag.analysis.scenes import find_cuts
from artdag.analysis.sound import RATE, listen
from artdag.analysis.tempo import find_tempo
from artdag.codec.stream import Media, Sound, Video
from artdag.codec.timeline import sound_of
from artdag.digest import canonical_json
from artdag.errors import ParameterError
from artdag.media import Shape
from artdag.params import nearest

RECORD = "artdag/analysis/1"
HEARD = ("tempo", "beats", "downbeats", "onsets", "energy", "bands")
SEEN = ("scenes", "motion")
FEATURES = ("duration", *HEARD, *SEEN)

_RHYTHM = ("tempo", "beats", "downbeats", "onsets")


def settled_features(features: Iterable[str]) -> tuple[str, ...]:
    """Return *features*, each once, in the one order that they have: how they were listed is no meaning.

    Raises:
        ParameterError: when one is not known, or there is none.
    """
    asked = list(features)
    for name in asked:
        if name not in FEATURES:
            hint = nearest(str(name), FEATURES)
            raise ParameterError(f"there is no feature {name!r}" + (f": {hint}" if hint else ""))
    if not asked:
        raise ParameterError(f"name at least one feature; known: {', '.join(FEATURES)}")
    return tuple(name for name in FEATURES if name in asked)


def check_features(features: Sequence[str], shape: Shape) -> None:
    """See that *features* can be found in something of this shape. A silent clip has sound: silence.

    Raises:
        ParameterError: when a feature of the picture is asked of sound alone, or there is neither.
    """
    if shape.video is None and shape.sound is None:
        raise ParameterError(f"there is neither picture nor sound to analyse in {shape.kind.value}")
    unseen = [name for name in features if name in SEEN]
    if unseen and shape.video is None:
        raise ParameterError(f"{' and '.join(unseen)} can be found in a picture only, and this is sound alone")


def analyse(media: Media, shape: Shape, features: Sequence[str]) -> dict[str, Any]:
    """Return the record of *features* found in *media*: one pass over its sound, one over its picture, as needed.

    Raises:
        ParameterError: as ``settled_features`` and ``check_features`` do.
    """
    asked = settled_features(features)
    check_features(asked, shape)
    found: dict[str, Any] = {"record": RECORD, "features": list(asked)}
    if "duration" in asked:
        whole = shape.video or shape.sound
        assert whole is not None
        found["duration"] = _times([whole.duration_s])[0]
    if any(name in HEARD for name in asked):
        count = shape.video.sample_count if shape.video is not None else None
        sound = media.sound if count is None else sound_of(media.sound, count)
        assert sound is not None
        found |= _heard(sound, asked)
    if any(name in SEEN for name in asked):
        assert media.video is not None
        found |= _seen(media.video, asked)
    return found


def report_bytes(media: Media, shape: Shape, features: Sequence[str]) -> bytes:
    """Return :func:`analyse`'s record in its one spelling."""
    return canonical_json(analyse(media, shape, features))


def _heard(sound: Sound, asked: Sequence[str]) -> dict[str, Any]:
    heard = listen(sound)
    found: dict[str, Any] = {}
    if "energy" in asked:
        found["energy"] = {"rate": RATE, "values": _curve(energy_curve(heard))}
    if "bands" in asked:
        bands = band_curves(heard)
        found["bands"] = {
            "rate": RATE,
            "low": _curve(bands.low),
            "mid": _curve(bands.mid),
            "high": _curve(bands.high),
        }
    if not any(name in _RHYTHM for name in asked):
        return found
    rises = flux(heard)
    onsets = find_onsets(rises)
    if "onsets" in asked:
        found["onsets"] = _times(onsets.times_s)
        found["onset_strengths"] = _curve(onsets.strengths)
        found["onset_curve"] = {"rate": RATE, "values": _curve(strength_curve(rises))}
    tempo = find_tempo(rises, onsets)
    if "tempo" in asked:
        found["tempo"] = round(tempo.bpm, 2) if tempo is not None else None
    beats = find_beats(rises, onsets, tempo)
    if "beats" in asked:
        found["beats"] = _times(beats.times_s)
    if "downbeats" in asked:
        found["downbeats"] = _times(beats.downbeats_s)
    return found


def _seen(video: Video, asked: Sequence[str]) -> dict[str, Any]:
    seen = watch(video)
    rate = video.shape.frame_rate
    found: dict[str, Any] = {}
    if "scenes" in asked:
        cuts = find_cuts(seen)
        found["scenes"] = _times([float(frame / rate) for frame in cuts])
        found["scene_frames"] = list(cuts)
    if "motion" in asked:
        found["motion"] = {"frame_rate": str(rate), "values": _curve(motion_curve(seen))}
    return found


def _times(times_s: ArrayLike) -> list[float]:
    return _rounded(times_s, 10_000)


def _curve(values: ArrayLike) -> list[float]:
    return _rounded(values, 1_000)


def _rounded(values: ArrayLike, steps: int) -> list[float]:
    """Return the nearest multiples of 1 / *steps*, each the float that is written shortest."""
    exact = np.asarray(values, np.float64)
    return [float(value) for value in np.rint(exact * steps) / steps]
