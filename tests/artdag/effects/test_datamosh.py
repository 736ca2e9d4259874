"""datamosh: blocks show again what was shown before, drift, and are all renewed in their time."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.frame import Frame
from artdag.effects.datamosh import Params, Plan, patterns
from artdag.errors import ParameterError
from artdag.media import Kind, Shape
from tests.artdag.effects.moving import Shown, a_clip, grain, grey, lumas
from tests.artdag.nodes.bench import Made, a_video, an_image, applied, check_ranges, frames, samples


def luma(made: Made, index: int) -> np.ndarray:
    return np.array(Frame.over(next(iter(made.media.video.frames(index, index + 1)))).planes[0])


def cut(index: int, at: int = 30, width: int = 96, height: int = 64) -> Frame:
    """Return a dark frame, from *at* on a light one: nothing moves."""
    return grey(40 if index < at else 200, width, height, "yuv420p")


def moshed(**params: object) -> Made:
    return applied("datamosh", a_clip(cut, 60), renew_s=2, **params)


def test_blocks_that_broke_show_the_past_across_a_cut():
    after = luma(moshed(corruption=0.5, drift=0), 35)
    assert set(np.unique(after)) == {40, 200}
    dark = after[::16, ::16] == 40
    assert np.array_equal(np.repeat(np.repeat(dark, 16, 0), 16, 1), after == 40), "whole blocks"
    assert dark.mean() == pytest.approx(0.5, abs=0.15)
    assert (luma(moshed(corruption=0.5), 29) == 40).all()


@pytest.mark.parametrize(("corruption", "share"), [(0.0, 0), (0.25, 0.25), (0.75, 0.75), (1, 1)])
def test_as_many_blocks_break_as_it_says(corruption, share):
    made = applied("datamosh", a_clip(lambda index: cut(index, width=320, height=320), 60), corruption=corruption)
    assert (luma(made, 31) == 40).mean() == pytest.approx(share, abs=0.05)


def test_they_break_one_after_the_other():
    def stale(begin: int) -> float:
        """Return the share that still shows the frame before the one at *begin*, where a cut is."""
        made = applied("datamosh", a_clip(lambda index: cut(index, begin, 320, 320), 40), corruption=1, renew_s=1.6)
        return float((luma(made, begin) == 40).mean())

    shares = [stale(begin) for begin in (13, 14, 16, 18, 22)]  # renewed within 13 frames, broken 10 after that
    assert shares[0] > 0, "some were renewed first and are at it"
    assert shares == sorted(shares)
    assert shares[-1] > shares[0]


def test_within_each_span_every_block_is_renewed_once():
    plan = Plan.of(Params(renew_s=1), Shape(kind=Kind.VIDEO, video=a_clip(cut, 100).shape.video))
    assert (plan.span, plan.renewal) == (25, 8)
    begins = np.array([plan.begin(index) for index in range(100)])
    assert (np.diff(begins, axis=0) >= 0).all()
    for number in range(1, 4):
        renewed = patterns(plan, number).renewed
        for place, after in np.ndenumerate(renewed):
            at = number * 25 + after
            assert begins[(at - 1, *place)] == (number - 1) * 25
            assert begins[(at, *place)] == number * 25
        assert set(renewed.ravel()) == set(range(8))


def test_what_was_seen_before_the_last_renewal_never_comes_back():
    # each span has a grey of its own; once all blocks are renewed, none of an earlier one is left
    def draw(index: int) -> Frame:
        return grey(40 + 20 * (index // 25), 96, 64, "yuv420p")

    made = applied("datamosh", a_clip(draw, 200), corruption=1, renew_s=1, block_size=8)
    for number in range(1, 8):
        assert luma(made, number * 25 + 8).min() >= 40 + 20 * number


def waves(index: int) -> Frame:
    """Return hills that go 5 px to the right with every frame."""
    y, x = np.arange(96)[:, None], np.arange(256)[None, :] - 5 * index
    picture = grey(0, 256, 96, "yuv420p")
    picture.planes[0][...] = 126 + 36 * (np.sin(x / 17 + y / 29) + np.sin(x / 31 - y / 19))
    return picture


def test_the_past_is_dragged_along_by_what_moves_now():
    made = applied("datamosh", a_clip(waves, 40), corruption=1, drift=0, renew_s=1)
    own, stuck = (np.array(waves(index).planes[0], np.int64) for index in (24, 4))
    error = np.abs(luma(made, 24) - own)[:, 128:]  # on the left side, what comes in was never seen before
    assert not np.array_equal(luma(made, 24), own)
    assert np.median(error) < np.median(np.abs(stuck - own)) / 4


def test_a_block_that_drifts_takes_what_lies_beside_it():
    still = a_clip(lambda index: waves(0), 40)
    assert frames(applied("datamosh", still, corruption=1, drift=0).media.video) == frames(still.media.video)
    drifted = luma(applied("datamosh", still, corruption=1, drift=6), 30)
    assert (drifted != waves(0).planes[0]).mean() > 0.5


@pytest.mark.parametrize(
    "params", [{"seed": 2}, {"block_size": 32}, {"corruption": 0.9}, {"renew_s": 0.4}, {"drift": 9}], ids=str
)
def test_every_setting_changes_it(params):
    clip = a_clip(grain(96, 64), 40)
    one, other = (applied("datamosh", clip, **settings) for settings in ({}, params))
    assert frames(one.media.video)[-5:] != frames(other.media.video)[-5:]


@pytest.mark.parametrize("corruption", [0.5, 1, {"keyframes": [[0, 0], [1, 1], [2, 0.2]]}], ids=str)
@pytest.mark.parametrize("block_size", [4, 7, 64])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "yuv444p", "rgba"])
def test_nothing_is_left_after_the_look_back_whatever_came_before(pixel_format, block_size, corruption):
    clip = a_clip(grain(45, 37, pixel_format), 60)
    made = applied("datamosh", clip, renew_s=0.3, block_size=block_size, corruption=corruption)
    cuts = [(index, index + 2) for index in range(9, 40, 3)]
    check_ranges(made, [(0, 1), *cuts, (59, 60)])


def test_a_range_reads_no_farther_back_than_two_renewals():
    clip = a_clip(grain(), 500)
    shown = clip.media.video
    assert isinstance(shown, Shown)
    lumas(applied("datamosh", clip, renew_s=1), 400, 401)
    assert shown.asked[-1] == (400 - 25 - 8, 401)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (3, 5), (17, 33)], ids=str)
def test_any_size(size):
    made = applied("datamosh", a_clip(grain(*size), 30), corruption=1, renew_s=0.4)
    check_ranges(made)


def test_what_stands_still_and_what_is_opaque_stay_so():
    picture = grey(90, 40, 30, "yuva420p")
    clip = a_clip(lambda index: picture, 30)
    assert frames(applied("datamosh", clip, corruption=1).media.video) == frames(clip.media.video)
    noisy = a_clip(lambda index: opaque(grain(40, 30, "yuva420p")(index)), 30)
    for frame in applied("datamosh", noisy, corruption=1).media.video.frames(0, 30):
        assert (Frame.over(frame).planes[3] == 255).all()


def opaque(picture: Frame) -> Frame:
    picture.planes[3][...] = 255
    return picture


def test_a_still_and_a_clip_of_one_frame_stay_as_they_are():
    for item in (an_image(7, 5, "rgba"), an_image(8, 6), a_video(1, width=7, height=5)):
        made = applied("datamosh", item, corruption=1)
        assert made.shape == item.shape
        assert frames(made.media.video) == frames(item.media.video)


def test_sound_stays_as_it_is():
    clip = a_video(20)
    made = applied("datamosh", clip)
    assert made.shape.sound == clip.shape.sound
    assert samples(made.media).tobytes() == samples(clip.media).tobytes()


@pytest.mark.parametrize("setting", ["block_size", "renew_s", "seed"])
def test_what_it_is_built_from_cannot_change(setting):
    with pytest.raises(ParameterError, match="cannot change over time: it decides"):
        applied("datamosh", a_video(3), **{setting: {"keyframes": [[0, 4], [1, 5]]}})
