"""Effects written for moviepy 2, dropped in as they are.

A file ``painting.py`` in the operator's effects folder, with a docstring that says what it does::

    from moviepy.video.fx import Painting
    from artdag.moviepy_adapter import from_moviepy

    EFFECT = from_moviepy(Painting)

A class of one's own with ``apply`` does as well. Its fields are the settings (``artdag.moviepy_settings``).

The effect is applied to a clip that shows our frames (RGB, with a mask where there is opacity) and sounds as our sound;
what the result says of its size, duration, mask and sound is what comes out, on the frame grid of the input. That is
found out beforehand with a clip of the same size that is grey and hums, so an effect may not choose its size or length
by what is in the frames. A sound that the effect leaves alone stays untouched. A clip that is given a position is laid
on an empty picture of the input's size, there.

For each range the effect is applied anew, and before each frame the random generators of Python and numpy are set by
the frame's number. So a frame does not depend on those made before it, unless the effect keeps things outside of
itself. It runs a frame at a time over RGB, at about the pace of moviepy.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from artdag.animation import extremes
from artdag.codec.anywhere import Pictures, Waves
from artdag.codec.frame import Frame, Plane, stamped
from artdag.codec.stream import Media, Samples, Sound, Video
from artdag.codec.timeline import BLOCK, sound_of
from artdag.effect import PICTURES, Cost, Effect, Input
from artdag.errors import ArtDagError, ParameterError, RenderError
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape, VideoShape
from artdag.moviepy_settings import arguments, settings_class
from artdag.params import Range

NOT_HERE: Mapping[str, str] = {
    "MasksAnd": "it takes a second clip, which from_moviepy has no input for; BLEND of mode darken does the same",
    "MasksOr": "it takes a second clip, which from_moviepy has no input for; BLEND of mode lighten does the same",
}
"""Classes of moviepy's own that cannot be used here, and why. All others can."""

Seen = Callable[[float], Plane]
Heard = Callable[[Any], NDArray[np.float64]]


def from_moviepy(
    effect: type[Any],
    *,
    name: str | None = None,
    group: str = "look",
    version: int = 1,
    kinds: Sequence[Kind] = PICTURES,
    ranges: Mapping[str, Range] | None = None,
    cost_class: Cost = "heavy",
) -> Effect:
    """Return *effect*, a class derived from ``moviepy.Effect``, as an effect of ours.

    Args:
        effect: the class, best a dataclass.
        name: must be that of the file; by default that of the class, as in ``BlackAndWhite``: ``black_and_white``.
        group: the heading it stands under.
        version: raised when its result changes on purpose.
        kinds: what it takes; ``artdag.effect.SOUNDS`` for an effect on sound alone.
        ranges: setting -> what it may be; see ``artdag.moviepy_settings`` for numbers without one.
        cost_class: what a frame costs; 8 ms (720p) for one that turns over bytes, most take more than 12.

    Raises:
        TypeError: when a field without a default cannot be set from a recipe.
    """
    if effect.__module__.startswith("moviepy.") and effect.__name__ in NOT_HERE:
        raise TypeError(f"moviepy's {effect.__name__} cannot be used here: {NOT_HERE[effect.__name__]}")
    own = name or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", effect.__name__).lower()
    adapted = _Adapted(effect, own)
    return Effect(
        name=own,
        version=version,
        group=group,
        params=settings_class(effect, ranges or {}),
        inputs=(Input("input", tuple(kinds)),),
        pixel_formats=("rgb24", "rgba"),
        streams=adapted.streams,
        gives=adapted.gives,
        cost_class=cost_class,
    )


class _Adapted:
    """One class of moviepy's, as the engine uses effects."""

    def __init__(self, effect: type[Any], name: str) -> None:
        self._effect = effect
        self.name = name

    def gives(self, params: Any, shapes: tuple[Shape, ...]) -> Shape:
        shape = shapes[0]
        try:
            result = self._rehearsed(params, shape)
            if shape.video is None:
                return replace(shape, sound=SoundShape(sample_count=max(1, round(_lasts(result) * SAMPLE_RATE))))
            video = _video_shape(result, shape.video, still=shape.kind is Kind.IMAGE)
        except ArtDagError:
            raise
        except Exception as error:
            raise ParameterError(f"{self.name} cannot be applied: {type(error).__name__}: {error}") from error
        sounds = result.audio is not None and shape.kind is not Kind.IMAGE
        return replace(shape, video=video, sound=SoundShape(sample_count=video.sample_count) if sounds else None)

    def streams(self, inputs: tuple[Media, ...], params: Any, shape: Shape) -> Media:
        media = inputs[0]
        video = _Shown(self, params, media, shape.video) if shape.video is not None else None
        if shape.sound is None:
            return Media(video=video)
        rehearsed = self._rehearsed(params, replace(shape, video=_shape(media.video), sound=_shape(media.sound)))
        if _sound_of(rehearsed).frame_function is _humming:
            return Media(video=video, sound=sound_of(media.sound, shape.sound.sample_count))
        return Media(video=video, sound=_Sounding(self, params, media, shape.sound))

    def applied(self, params: Any, media: Media) -> Any:
        """Return the clip that the effect makes of *media*, for one run over a range."""
        seen = Pictures(media.video).at if media.video is not None else None
        heard = Waves(media.sound).at if media.sound is not None else None
        return self._on(params, _shape(media.video), seen, _shape(media.sound), heard)

    def _rehearsed(self, params: Any, shape: Shape) -> Any:
        seen = None
        if shape.video is not None:
            channels = 4 if shape.video.pixel_format == "rgba" else 3
            seen = _grey((shape.video.height, shape.video.width, channels))
        return self._on(extremes(params)[0], shape.video, seen, shape.sound, _humming)

    def _on(
        self, params: Any, video: VideoShape | None, seen: Seen | None, sound: SoundShape | None, heard: Heard | None
    ) -> Any:
        from moviepy import AudioClip, VideoClip

        audio: Any = None
        clip: Any = None
        if sound is not None:
            audio = clip = AudioClip(heard, duration=sound.duration_s, fps=SAMPLE_RATE)
        if video is not None and seen is not None:
            clip = VideoClip(lambda time_s: seen(time_s)[..., :3], duration=video.duration_s)
            clip.fps = float(video.frame_rate)
            if video.pixel_format == "rgba":
                mask = VideoClip(lambda time_s: seen(time_s)[..., 3] / 255, is_mask=True, duration=video.duration_s)
                mask.fps = clip.fps
                clip = clip.with_mask(mask)
            if audio is not None:
                clip = clip.with_audio(audio)
        with _chance(0):
            result = clip.with_effects([self._effect(**arguments(self._effect, params))])
            return result if video is None or _is_at_home(result) else _placed(result, (video.width, video.height))


def _shape(stream: Any) -> Any:
    return stream.shape if stream is not None else None


def _is_at_home(clip: Any) -> bool:
    """Return whether nothing was said of where in a composition the clip lies."""
    from moviepy import VideoClip

    return getattr(clip.pos, "__code__", None) is VideoClip().pos.__code__


def _placed(clip: Any, size: tuple[int, int]) -> Any:
    """Return a clip of *size* that shows *clip* at its position, and nothing (by its mask) elsewhere."""
    from moviepy import CompositeVideoClip

    whole = CompositeVideoClip([clip.with_start(0)], size=size).with_duration(clip.duration)
    whole.audio = clip.audio
    return whole


def _grey(size: tuple[int, int, int]) -> Seen:
    def seen(time_s: float) -> Plane:
        return np.full(size, 127, np.uint8)

    return seen


def _humming(times_s: Any) -> NDArray[np.float64]:
    return np.full((*np.shape(times_s), 2), 0.5)


def _lasts(clip: Any) -> float:
    if clip.duration is None:
        raise ParameterError("the clip that it gives has no end: set its duration")
    return float(clip.duration)


def _video_shape(clip: Any, own: VideoShape, *, still: bool) -> VideoShape:
    height, width = _picture(clip, 0.0).shape[:2]
    count = 1 if still else max(1, round(_lasts(clip) * float(own.frame_rate)))
    pixel_format = "rgb24" if clip.mask is None else "rgba"
    return replace(own, width=width, height=height, pixel_format=pixel_format, frame_count=count)


def _picture(clip: Any, time_s: float) -> Plane:
    """Return what a clip shows: (height, width, 3) bytes; floats are cut off as moviepy does it."""
    frame: NDArray[Any] = np.asarray(clip.get_frame(time_s))
    if frame.dtype != np.uint8:
        frame = np.clip(np.nan_to_num(frame), 0, 255).astype(np.uint8)
    result: Plane = np.stack([frame] * 3, axis=2) if frame.ndim == 2 else frame
    return result


def _opacity(clip: Any, time_s: float) -> Plane:
    codes: Plane = np.rint(255 * np.clip(clip.mask.get_frame(time_s), 0, 1)).astype(np.uint8)
    return codes


def _sound_of(clip: Any) -> Any:
    return clip.audio if hasattr(clip, "audio") else clip


class _Shown(Video):
    """What the clip shows at the beginning of each frame."""

    def __init__(self, adapted: _Adapted, params: Any, media: Media, shape: VideoShape) -> None:
        self._adapted = adapted
        self._params = params
        self._media = media
        self.shape = shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        if first >= stop:
            return
        shape = self.shape
        with _told(self._adapted.name, "its beginning"):
            clip = self._adapted.applied(self._params, self._media)
        for index in range(first, stop):
            time_s = float(index / shape.frame_rate)
            with _told(self._adapted.name, f"frame {index}"), _chance(index):
                parts = [_picture(clip, time_s)]
                if shape.pixel_format == "rgba":
                    parts.append(_opacity(clip, time_s)[..., None])
                for part in parts:
                    height, width = part.shape[:2]
                    if (width, height) != (shape.width, shape.height):
                        raise RenderError(f"it gave {width} × {height}, not {shape.width} × {shape.height}")
            result = Frame.blank(shape.width, shape.height, shape.pixel_format)
            np.concatenate(parts, axis=2, out=result.planes[0])
            yield stamped(result.carrier, index, shape.frame_rate)


class _Sounding(Sound):
    """What the clip sounds like; behind its end, silence."""

    def __init__(self, adapted: _Adapted, params: Any, media: Media, shape: SoundShape) -> None:
        self._adapted = adapted
        self._params = params
        self._media = media
        self.shape = shape

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        if first >= stop:
            return
        with _told(self._adapted.name, "its beginning"):
            audio = _sound_of(self._adapted.applied(self._params, self._media))
        for start in range(first, stop, BLOCK):
            times_s = np.arange(start, min(start + BLOCK, stop)) / SAMPLE_RATE
            block = np.zeros((2, len(times_s)), np.float32)
            within = times_s[: len(times_s) if audio.duration is None else np.searchsorted(times_s, audio.duration)]
            if len(within):
                # moviepy takes a block of one sample for one channel
                asked = within if len(within) > 1 else np.repeat(within, 2)
                with _told(self._adapted.name, f"sample {start}"), _chance(start):
                    heard = np.asarray(audio.get_frame(asked)).reshape(len(asked), -1)
                    block[:, : len(within)] = heard[: len(within)].T
            yield block


@contextmanager
def _chance(number: int) -> Iterator[None]:
    """Set the random generators that effects use by *number*, and give them back as they were."""
    python, numbers = random.getstate(), np.random.get_state()
    random.seed(number)
    np.random.seed(number % 2**32)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)


@contextmanager
def _told(name: str, where: str) -> Iterator[None]:
    """Translate what an effect raises: anything may come out of one."""
    try:
        yield
    except Exception as error:
        what = error.message if isinstance(error, ArtDagError) else f"{type(error).__name__}: {error}"
        raise RenderError(f"the effect {name} failed at {where}: {what}") from error
