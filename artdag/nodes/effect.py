"""One effect of the catalogue, with its settings under `params`."""

from __future__ import annotations

import dis
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Annotated, Any, TypeVar

import numpy as np

from artdag.animation import animated, extremes, has_animation, value_at, values_over
from artdag.codec.frame import Frame, Moment
from artdag.codec.geometry import in_format, nearest_format, resized
from artdag.codec.graph import KEEP_MEMORY, Filter, Filtered, FilteredOverTime
from artdag.codec.stream import Media, Samples, Video
from artdag.codec.timeline import Framewise, SoundMapped, conformed
from artdag.effect import Effect, EffectCatalog, SoundMoment
from artdag.errors import ArtDagError, EffectError, ParameterError, Problem, RenderError
from artdag.media import Shape, VideoShape
from artdag.node_type import ALL_KINDS, Building, Excerpt, NodeType, Settled, Slots, same_frames
from artdag.params import Parsed, Range, plain
from artdag.params import settle as settle_params

T = TypeVar("T")


def _mapping(raw: Any) -> Mapping[str, Any]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise ParameterError("'params' is a map of settings")
    return raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    effect: Annotated[str, Range(1, 100), "Name of the effect."]
    params: Annotated[Mapping[str, Any] | None, Parsed(_mapping, {"type": "object"}), "Its settings."] = None


def known(config: Config, effects: EffectCatalog) -> Effect:
    """Return the effect. Raises ParameterError naming the nearest spelling."""
    try:
        return effects.get(config.effect)
    except EffectError as error:
        raise ParameterError(error.message, problems=[Problem(message=error.message, field="config.effect")]) from error


def slots(config: Config, effects: EffectCatalog) -> Slots:
    effect = known(config, effects)
    wired = effect.wired
    asset_for_result = effect.same_as is not None and len(wired) < len(effect.inputs)
    return Slots(
        minimum=len(wired),
        maximum=len(wired),
        names=tuple(item.slot for item in wired),
        kinds=tuple(item.kinds for item in wired),
        gives=(effect.result,) if effect.result else ALL_KINDS if asset_for_result else None,
    )


def check(config: Config, effects: EffectCatalog) -> None:
    effect = known(config, effects)
    settle_params(effect.params, config.params or {}, field="config.params", what=effect.name)


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    effect = known(config, effects)
    params = settle_params(effect.params, config.params or {}, field="config.params", what=effect.name)
    with _planned(effect):
        same = effect.same_as(params) if effect.same_as and not animated(params) else None
    if same is not None:
        asset = next((item.asset for item in effect.inputs if item.slot == same), None)
        wired = [item.slot for item in effect.wired]
        return Settled(
            params=plain(params),
            shape=inputs[0],
            effect=effect,
            same_as=wired.index(same) if asset is None else None,
            same_as_asset=asset,
        )
    shape = inputs[0]
    if effect.streams is not None:
        shape = _in_its_format(effect, shape)
        if effect.gives is not None:
            with _planned(effect):
                shape = _a(Shape, "gives", effect.gives(params, (shape, *inputs[1:])))
    elif shape.video is not None and (effect.native or effect.frame):
        shape = _in_its_format(effect, shape)
        assert shape.video is not None
        shape = replace(shape, video=_reshaped(effect, params, shape.video))
    elif effect.sound is None or shape.sound is None:
        what = "a picture" if effect.sound is None else "a sound"
        raise ParameterError(f"{effect.name} needs {what}, and its input has none")
    assets = tuple((item.slot, item.asset) for item in effect.inputs if item.asset is not None)
    return Settled(params=plain(params), shape=shape, effect=effect, assets=assets)


def _in_its_format(effect: Effect, shape: Shape) -> Shape:
    """Return *shape* with the picture as the effect takes it."""
    if shape.video is None:
        return shape
    return replace(
        shape, video=replace(shape.video, pixel_format=nearest_format(shape.video.pixel_format, effect.pixel_formats))
    )


def _reshaped(effect: Effect, params: Any, video: VideoShape) -> VideoShape:
    if effect.reshape is None:
        return video
    with _planned(effect):
        shapes = [_a(VideoShape, "reshape", effect.reshape(settings, video)) for settings in extremes(params)]
    for name, shape in zip(animated(params), shapes[1:], strict=True):
        if shape != shapes[0]:
            message = f"{name!r} of {effect.name} cannot change over time here: it changes the size of the picture"
            raise ParameterError(message, problems=[Problem(message=message, field=f"config.params.{name}")])
    return shapes[0]


def build(building: Building) -> Media:
    effect = building.effect
    assert effect is not None
    params = settle_params(effect.params, building.params, what=effect.name)
    media, shape = building.inputs[0], building.shape
    video, sound = media.video, media.sound
    if effect.streams is not None:
        if video is not None:
            video = in_format(video, nearest_format(video.shape.pixel_format, effect.pixel_formats))
        inputs = (replace(media, video=video), *building.inputs[1:])
        with _told(effect, "its beginning", building.node):
            return effect.streams(inputs, params, shape)
    if video is not None and (effect.native or effect.frame):
        video = in_format(video, nearest_format(video.shape.pixel_format, effect.pixel_formats))
        assert shape.video is not None
        video = _picture(effect, params, video, shape.video, building)
    if sound is not None and effect.sound is not None:
        work = partial(_sounded, effect, params, sound.shape.sample_count, building.node)
        sound = SoundMapped(sound, work)
    return Media(video=video, sound=sound)


def _picture(effect: Effect, params: Any, video: Video, shape: VideoShape, building: Building) -> Video:
    if effect.native is not None:
        filters = partial(_filters, effect, video.shape, building.node)
        if not animated(params):
            return Filtered(video, filters(params), shape)
        return FilteredOverTime(video, lambda time_s: filters(value_at(params, time_s)), shape)
    others = [_brought_in(media.video, video) for media in building.inputs[1:] if media.video is not None]
    pictures: Sequence[Video] = [video, *others]
    if effect.fit is not None:
        sizes = effect.fit(extremes(params)[0], [picture.shape for picture in pictures])
        pictures = [
            resized(picture, width, height, "stretch") for picture, (width, height) in zip(pictures, sizes, strict=True)
        ]
    texts = tuple(media.data() for media in building.inputs[1:] if media.data is not None)
    work = partial(_framed, effect, params, texts, shape, building.node)
    return Framewise(pictures, work, shape, building.seed)


def _filters(effect: Effect, shape: VideoShape, node: str | None, params: Any) -> tuple[Filter, ...]:
    assert effect.native is not None
    with _told(effect, "its beginning", node):
        filters = tuple(effect.native(params, shape))
        if not all(isinstance(item, Filter) for item in filters):
            raise RenderError("native gives filters, each made with Filter.of(…)")
        keeper = next((item.name for item in filters if item.name in KEEP_MEMORY), None)
        if keeper is not None:
            raise RenderError(f"the filter {keeper!r} keeps memory of earlier frames, and frames are made one by one")
        return filters


def _brought_in(video: Video, base: Video) -> Video:
    """Return a further picture input in the base's format and on its grid; a shorter clip begins again."""
    return conformed(
        in_format(video, base.shape.pixel_format), base.shape.frame_rate, base.shape.frame_count, beyond="loop"
    )


def _framed(
    effect: Effect,
    params: Any,
    texts: tuple[bytes, ...],
    shape: VideoShape,
    node: str | None,
    frames: tuple[Frame, ...],
    moment: Moment,
) -> Frame:
    assert effect.frame is not None
    with _told(effect, f"frame {moment.index}", node):
        result = effect.frame(*frames, *texts, value_at(params, moment.time_s), moment)
        if not isinstance(result, Frame):
            raise RenderError(f"it gave {type(result).__name__}, not a Frame")
        given = (result.width, result.height, result.pixel_format)
        if given != (shape.width, shape.height, shape.pixel_format):
            raise RenderError(
                "it gave {}×{} {}, not {}×{} {}".format(*given, shape.width, shape.height, shape.pixel_format)
            )
        return result


def _sounded(effect: Effect, params: Any, sample_count: int, node: str | None, block: Samples, first: int) -> Samples:
    assert effect.sound is not None
    with _told(effect, f"sample {first}", node):
        moment = SoundMoment(first, sample_count)
        settings = values_over(params, moment.times_s(block.shape[1])) if animated(params) else params
        result = effect.sound(block, settings, moment)
        if not isinstance(result, np.ndarray):
            raise RenderError(f"it gave {type(result).__name__}, not samples")
        if result.shape != block.shape or result.dtype != np.float32:
            raise RenderError(f"it gave {result.dtype} of shape {result.shape}, not float32 of {block.shape}")
        return result


def _a(kind: type[T], form: str, given: object) -> T:
    if not isinstance(given, kind):
        raise TypeError(f"{form} gave {type(given).__name__}, not {kind.__name__}")
    return given


@contextmanager
def _planned(effect: Effect) -> Iterator[None]:
    """Translate what a drop-in file raises while nothing is rendered yet. Raises ParameterError, or what it said."""
    try:
        yield
    except ArtDagError:
        raise
    except Exception as error:
        raise ParameterError(
            f"the effect {effect.name} failed while planning: {type(error).__name__}: {error}"
        ) from error


@contextmanager
def _told(effect: Effect, where: str, node: str | None) -> Iterator[None]:
    """Translate what a drop-in file raises: anything may come out of one."""
    try:
        yield
    except Exception as error:
        what = error.message if isinstance(error, ArtDagError) else f"{type(error).__name__}: {error}"
        if isinstance(error, ValueError) and "read-only" in what:
            what += " (what an effect is given is not its own: write into blank_like(), or into a copy of samples)"
        raise RenderError(f"the effect {effect.name} failed at {where}: {what}", node=node) from error


def excerpt(
    params: Mapping[str, Any], inputs: tuple[Shape, ...], shape: Shape, effect: Effect | None, frames: range
) -> Excerpt | None:
    assert effect is not None
    video = inputs[0].video
    if video is None or has_animation(params) or not _is_timeless(effect, params, video):
        return None
    return same_frames(params, inputs, shape, effect, frames)


def _is_timeless(effect: Effect, params: Mapping[str, Any], video: VideoShape) -> bool:
    """Return whether what is made of a frame depends on nothing but the frame and the settings.

    Native filters keep no memory; but a formula among their options may know the time.
    """
    if effect.native is not None:
        with _planned(effect):
            filters = effect.native(settle_params(effect.params, params, what=effect.name), video)
            return not any(_TIME.search(value) for item in filters for _, value in item.options)
    return effect.streams is None and never_looks_at_time(effect.frame)


_TIME = re.compile(r"(?<![A-Za-z_])(?:t|n|T|N|PTS|STARTPTS|pts|pos|random|ld|st)(?![A-Za-z_])")


@cache
def never_looks_at_time(frame: Callable[..., Frame] | None) -> bool:
    """Return whether the code of a frame function never reads the moment it is given, its last argument."""
    code = getattr(frame, "__code__", None)
    if code is None or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS) or not code.co_argcount:
        return False
    moment = code.co_varnames[code.co_argcount - 1]
    reads = set(_locals_used(dis.get_instructions(code)))
    by_other_ways = {"locals", "eval", "exec"} & set(code.co_names)
    return moment not in reads and moment not in code.co_cellvars and not by_other_ways


def _locals_used(instructions: Iterable[dis.Instruction]) -> Iterator[str]:
    """Yield the names of local variables; from Python 3.13 on, one instruction may use two of them."""
    for instruction in instructions:
        if "FAST" in instruction.opname:
            names = instruction.argval
            yield from names if isinstance(names, tuple) else (names,)


NODE = NodeType(name="EFFECT", config=Config, slots=slots, settle=settle, excerpt=excerpt, check=check, build=build)
