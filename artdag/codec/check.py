"""Is a file what was planned? Nothing is a result before its streams, frames, size and length are seen to fit."""

from __future__ import annotations

from artdag.codec.profile import Profile
from artdag.errors import RenderError
from artdag.media import SAMPLE_RATE, MediaFacts, Shape

SOUND_SLACK_S = 0.025
"""An AAC frame is 21 ms, and a container may tell a stream's length by whole frames."""


def check_result(facts: MediaFacts, shape: Shape, profile: Profile) -> None:
    """Compare what the probe found in a file with the shape that was to be written.

    Raises:
        RenderError: saying what is other than planned.
    """
    profile = profile.fitted(shape)
    wants_picture = profile.picture is not None and shape.video is not None
    wants_sound = profile.sound is not None and shape.sound is not None
    if (facts.picture is not None) != wants_picture or (facts.sound is not None) != wants_sound:
        raise RenderError(f"the file has {_streams(facts)}, where {_wanted(wants_picture, wants_sound)} was planned")
    if facts.picture is not None and shape.video is not None:
        size = (facts.picture.width, facts.picture.height)
        planned = profile.size(shape.video.width, shape.video.height)
        if size != planned:
            raise RenderError(f"the file shows {size[0]}×{size[1]}, where {planned[0]}×{planned[1]} was planned")
        if facts.picture.frame_count != shape.video.frame_count:
            raise RenderError(
                f"the file has {facts.picture.frame_count} frames, where {shape.video.frame_count} were planned"
            )
    elif facts.sound is not None and shape.sound is not None:
        missing_s = shape.sound.sample_count / SAMPLE_RATE - facts.sound.duration_s
        if abs(missing_s) > SOUND_SLACK_S:
            raise RenderError(
                f"the file lasts {facts.sound.duration_s:g} s, where {shape.sound.duration_s:g} s was planned"
            )


def _streams(facts: MediaFacts) -> str:
    return _wanted(facts.picture is not None, facts.sound is not None)


def _wanted(picture: bool, sound: bool) -> str:
    return " and ".join([*(["a picture"] if picture else []), *(["sound"] if sound else [])]) or "nothing"
