"""The last look at a file before it may be published: is it what the plan said it would be?"""

from __future__ import annotations

from fractions import Fraction

from artdag.codec.profile import Profile
from artdag.errors import RenderError
from artdag.media import Kind, MediaFacts, Shape, VideoShape

_LENIENT = {"webm": 0.021, "matroska": 0.002}
"""Seconds that the length of sound may be off, by container: their times are rounded to 1 ms, and the last packet of
WebM (20 ms) counts as a whole when almost nothing of it is to be heard. Everywhere else it is said to the sample."""
_STRICT = 0.001
_ROUNDED = Fraction(1, 1000)
_FEW = 6
"""Frames at times that are rounded to 1 ms, of which no rate can be told."""


def check_result(facts: MediaFacts, shape: Shape, profile: Profile) -> None:
    """Compare the facts of a written file with what :func:`artdag.codec.encode.encode` was asked for.

    Raises:
        RenderError: naming everything that is different: streams, size, frame rate, frame count or length of sound.
    """
    profile = profile.fitted(shape)
    wrong = [*_wrong_file(facts, profile), *_wrong_picture(facts, shape, profile), *_wrong_sound(facts, shape, profile)]
    if wrong:
        raise RenderError(f"the written file is not what was planned: {'; '.join(wrong)}")


def _wrong_file(facts: MediaFacts, profile: Profile) -> list[str]:
    if facts.media_type == profile.media_type:
        return []
    return [f"it is {facts.media_type}, not {profile.media_type}"]


def _wrong_picture(facts: MediaFacts, shape: Shape, profile: Profile) -> list[str]:
    found, video = facts.picture, shape.video
    if profile.picture is None or video is None:
        return [] if found is None else ["it has a picture"]
    if found is None:
        return ["it has no picture"]
    wrong = []
    size = profile.size(video.width, video.height)
    if (found.width, found.height) != size:
        wrong.append(f"the picture is {found.width} x {found.height}, not {size[0]} x {size[1]}")
    if found.frame_count != video.frame_count:
        wrong.append(f"it has {found.frame_count} frames, not {video.frame_count}")
    if profile.kind is Kind.VIDEO and not _is_rate(found.frame_rate, video, profile):
        wrong.append(f"it shows {found.frame_rate} frames per second, not {video.frame_rate}")
    return wrong


def _is_rate(found: Fraction, video: VideoShape, profile: Profile) -> bool:
    if found == video.frame_rate or video.frame_count == 1:  # one frame is on no grid
        return True
    if profile.container == "mp4":
        return False
    steps = (video.frame_count - 1) / video.frame_rate  # seconds from the first frame to the last, each known to 1 ms
    return video.frame_count <= _FEW or abs(found / video.frame_rate - 1) * steps <= _ROUNDED


def _wrong_sound(facts: MediaFacts, shape: Shape, profile: Profile) -> list[str]:
    found, sound = facts.sound, shape.sound
    if profile.sound is None or sound is None:
        return [] if found is None else ["it has sound"]
    if found is None:
        return ["it has no sound"]
    if abs(found.duration_s - sound.duration_s) > _LENIENT.get(profile.container or "", _STRICT):
        return [f"its sound lasts {found.duration_s:.6f} s, not {sound.duration_s:.6f} s"]
    return []
