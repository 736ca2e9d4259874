"""Let blocks of the picture stick and be dragged along, as when key frames are missing.

The picture is divided into blocks of *block_size* px. A broken block does not show the frame: it shows again what was
shown before, from where the frame's own motion says it came (``artdag.codec.motion``) plus a drift of the block's own,
at most *drift* px a frame across and down.
So the past is smeared along by whatever moves now, most of all across a cut. *corruption* is the share of blocks that
break, in patches; they break one after the other in the first quarter of each span of *renew_s*, and at its end, patch
by patch, all of them are renewed, once in each span.

What was seen before the last renewal never comes back: blocks do not take from neighbours that are older. *seed*
decides patches and drifts, for each span anew. Opacity is dragged along. Sound stays as it is, and a still too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Annotated

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from artdag.animation import value_at
from artdag.codec.frame import SUBSAMPLED, Frame, Moment, Plane
from artdag.codec.motion import BLOCK, Small, motion
from artdag.codec.noise import random_bytes
from artdag.codec.retime import Carried
from artdag.codec.stream import Media
from artdag.codec.yuv import yuv_clip, yuv_shape
from artdag.effect import Effect
from artdag.media import Kind, Shape, frame_at
from artdag.params import Constant, Range

PATCH = 5
"""Blocks that a patch is wide, about."""
GOLDEN = 0.6180339887498949
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    block_size: Annotated[
        int, Range(4, 64, "px"), Constant("decides how the picture is divided"), "Side of a block; made even."
    ] = 16
    corruption: Annotated[float, Range(0, 1), "Share of the blocks that break."] = 0.4
    drift: Annotated[float, Range(0, 32, "px"), "How far a broken block drifts by itself in a frame, at most."] = 2.5
    renew_s: Annotated[
        float, Range(0.2, 10, "s"), Constant("decides how far it has to look back"), "Time until all are renewed."
    ] = 2.0
    seed: Annotated[int, Range(0, 2**31 - 1), Constant("decides all of it"), "Another seed breaks other blocks."] = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What does not change in a clip."""

    size: int
    """Pixels of a block's side."""
    rows: int
    columns: int
    span: int
    """Frames from one renewal to the next."""
    renewal: int
    """Frames that a renewal takes."""
    seed: int

    @classmethod
    def of(cls, params: Params, shape: Shape) -> Plan:
        video = shape.video
        assert video is not None
        size = params.block_size + params.block_size % 2
        span = max(2, frame_at(params.renew_s, video.frame_rate))
        return cls(size, -(-video.height // size), -(-video.width // size), span, max(1, span // 3), params.seed)

    def begin(self, index: int) -> Whole:
        """Return for each block in which frame the span began that it is in at *index*."""
        number = index // self.span
        pattern = patterns(self, number)
        return np.where(index % self.span >= pattern.renewed, number, number - 1) * self.span


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What the blocks do in one span, (rows, columns) each."""

    renewed: Whole
    """How many frames after the span's beginning a block is renewed."""
    order: NDArray[np.float64]
    """0..1: those with the least break first."""
    down: NDArray[np.float64]
    """-1..1: how it drifts."""
    right: NDArray[np.float64]


@lru_cache(maxsize=8)
def patterns(plan: Plan, number: int) -> Pattern:
    """Return the pattern of span *number*, -1 or more."""
    fields = [_patches(plan, number + 1, stream) for stream in range(4)]
    renewed, order, down, right = (_ranks(field) for field in fields)
    return Pattern(
        renewed=np.floor(renewed * plan.renewal).astype(np.int64),
        order=order,
        down=down * 2 - 1,
        right=right * 2 - 1,
    )


def _patches(plan: Plan, number: int, stream: int) -> NDArray[np.float64]:
    """Return random numbers that change slowly from block to block, with some grain."""
    rows, columns = plan.rows // PATCH + 2, plan.columns // PATCH + 2
    count = plan.rows * plan.columns
    found = random_bytes(rows * columns + count, plan.seed, number, stream).astype(np.float64)
    coarse, grain = found[: rows * columns].reshape(rows, columns), found[rows * columns :]
    y, x = (np.arange(length) / PATCH for length in (plan.rows, plan.columns))
    above, left = y.astype(np.int64), x.astype(np.int64)
    share_y, share_x = (y - above)[:, None], (x - left)[None, :]
    upper = coarse[above][:, left] * (1 - share_x) + coarse[above][:, left + 1] * share_x
    lower = coarse[above + 1][:, left] * (1 - share_x) + coarse[above + 1][:, left + 1] * share_x
    return np.asarray(upper * (1 - share_y) + lower * share_y + grain.reshape(plan.rows, plan.columns) * 0.25)


def _ranks(field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the place of each value in the order of all, evenly from 0 to just below 1."""
    ranks = np.empty(field.size)
    ranks[np.argsort(field, axis=None, kind="stable")] = np.arange(field.size) / field.size
    return ranks.reshape(field.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What was shown last, and the frame behind it made small."""

    planes: tuple[Plane, ...]
    """Filled up to whole blocks."""
    small: Small


def gives(params: Params, shapes: tuple[Shape, ...]) -> Shape:
    return yuv_shape(shapes[0])


def streams(inputs: tuple[Media, ...], params: Params, shape: Shape) -> Media:
    (media,) = inputs
    if shape.kind is Kind.IMAGE:
        return media
    assert media.video is not None
    video = yuv_clip(media.video)
    plan = Plan.of(params, shape)
    return replace(
        media,
        video=Carried(video, partial(frame, params, plan), video.shape, look_back=plan.span + plan.renewal),
    )


def frame(params: Params, plan: Plan, picture: Frame, moment: Moment, before: Kept | None) -> tuple[Frame, Kept]:
    planes = tuple(_filled(plane, _side(picture, plan, number)) for number, plane in enumerate(picture.planes))
    small = Small.of(picture.planes[0])
    kept = Kept(planes, small)
    now = value_at(params, moment.time_s)
    broken = _broken(plan, moment.index, now.corruption)
    if before is None or not broken.any():
        return picture, kept
    _drag(plan, moment.index, broken, now.drift, before, kept)
    result = picture.blank_like()
    for out, plane in zip(result.planes, planes, strict=True):
        out[...] = plane[: out.shape[0], : out.shape[1]]
    return result, kept


def _side(picture: Frame, plan: Plan, number: int) -> int:
    return plan.size // 2 if picture.pixel_format in SUBSAMPLED and number in (1, 2) else plan.size


def _filled(plane: Plane, side: int) -> Plane:
    """Return a copy of *plane* with the border repeated up to whole blocks."""
    return np.pad(plane, ((0, -plane.shape[0] % side), (0, -plane.shape[1] % side)), mode="edge")


def _broken(plan: Plan, index: int, corruption: float) -> NDArray[np.bool_]:
    begin = plan.begin(index)
    age = index - begin - _of_spans(plan, index, "renewed")
    share = corruption * np.minimum(1, age / max(1, plan.span // 4))
    return np.asarray((begin >= 0) & (age > 0) & (_of_spans(plan, index, "order") < share))


def _of_spans(plan: Plan, index: int, name: str) -> NDArray[np.float64]:
    """Return for each block what *name* of the pattern says in the span that it is in."""
    number = index // plan.span
    now, last = patterns(plan, number), patterns(plan, number - 1)
    return np.asarray(np.where(index % plan.span >= now.renewed, getattr(now, name), getattr(last, name)))


def _drag(plan: Plan, index: int, broken: NDArray[np.bool_], drift: float, before: Kept, kept: Kept) -> None:
    """Write into what is kept, for each broken block, what was shown where it came from."""
    rows, columns = np.nonzero(broken)
    size = plan.size
    down, right = (shift[rows, columns] for shift in _shifts(plan, index, drift, before.small, kept.small))
    top = np.clip(rows * size + down, 0, (plan.rows - 1) * size)
    left = np.clip(columns * size + right, 0, (plan.columns - 1) * size)
    # what lies there may be of an older span, where a block has not been renewed yet: that is never taken
    begin, old = plan.begin(index)[rows, columns], plan.begin(index - 1)
    young = np.ones(len(rows), np.bool_)
    for y in (top // size, (top + size - 1) // size):
        for x in (left // size, (left + size - 1) // size):
            young &= old[y, x] >= begin
    rows, columns, top, left = (values[young] for values in (rows, columns, top, left))
    for target, source in zip(kept.planes, before.planes, strict=True):
        side = len(target) // plan.rows
        scale = size // side
        windows = sliding_window_view(source, (side, side))
        blocks = target.reshape(plan.rows, side, plan.columns, side).swapaxes(1, 2)
        blocks[rows, columns] = windows[top // scale, left // scale]


def _shifts(plan: Plan, index: int, drift: float, before: Small, now: Small) -> tuple[Whole, Whole]:
    """Return for each block how far from its place it came, in even numbers of pixels."""
    found = []
    for shift, name in zip(motion(before, now), ("down", "right"), strict=True):
        y, x = (
            np.minimum((np.arange(count) * plan.size + plan.size // 2) // BLOCK, limit - 1)
            for count, limit in zip((plan.rows, plan.columns), shift.shape, strict=True)
        )
        exact = shift[y][:, x] + _of_spans(plan, index, name) * drift
        # by turns rounded up and down, all blocks alike, so that slow motion drags too
        found.append(2 * np.floor(exact / 2 + index * GOLDEN % 1).astype(np.int64))
    return found[0], found[1]


def same_as(params: Params) -> str | None:
    return "input" if params.corruption == 0 else None


EFFECT = Effect(name="datamosh", group="look", params=Params, streams=streams, gives=gives, same_as=same_as)
