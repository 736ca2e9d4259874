"""Play it backwards, picture and sound.

Frame i of n is the input's frame n - 1 - i, sample i of m its sample m - 1 - i, each unchanged, opacity too. A sound
alone is turned round as well. A still stays as it is.
"""

from __future__ import annotations

from artdag.codec.retime import Reordered, SoundReordered
from artdag.codec.stream import Media
from artdag.effect import Effect, Input
from artdag.media import Kind, Shape
from artdag.params import NoParams


def streams(inputs: tuple[Media, ...], params: NoParams, shape: Shape) -> Media:
    (media,) = inputs
    video, sound = media.video, media.sound
    if video is not None:
        last = video.shape.frame_count - 1
        video = Reordered(video, video.shape, lambda index: last - index)
    if sound is not None:
        end = sound.shape.sample_count - 1
        sound = SoundReordered(sound, lambda index: end - index.astype(float), sound.shape.sample_count)
    return Media(video=video, sound=sound)


EFFECT = Effect(
    name="reverse",
    group="time",
    inputs=(Input("input", (Kind.VIDEO, Kind.IMAGE, Kind.AUDIO)),),
    streams=streams,
    cost_class="light",
)
