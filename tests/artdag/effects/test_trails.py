"""trails: the past fades behind the present, and after its time nothing of it is left."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.afterglow import Fade
from artdag.codec.frame import Frame
from artdag.effects.trails import exposure, share
from tests.artdag.effects.apply import center, filled
from tests.artdag.effects.moving import a_clip, grain, grey, lumas
from tests.artdag.nodes.bench import a_video, an_image, applied, check_ranges, frames, samples

BLENDS = ["mix", "lighten", "darken"]


def trailing(at: int, rest: int, count: int = 12, rate: Fraction = Fraction(25), **params: object) -> list[int]:
    """Return the luma of a grey clip of which frame 2 is another."""
    return lumas(applied("trails", a_clip(lambda index: grey(at if index == 2 else rest), count, rate), **params))


def test_light_fades_to_black_by_its_share():
    # 200 and so on: 16 + 184 / 2, 16 + 92 / 2, rounded to black; at 25 the ground is lighter
    assert trailing(200, 25, blend="lighten", decay=0.5)[:9] == [25, 25, 200, 108, 62, 39, 27, 25, 25]


def test_shade_fades_to_white_by_its_share():
    # 255 − 35 is 220: 200 above the 20 that white is then
    assert trailing(35, 230, blend="darken", decay=0.5)[:9] == [230, 230, 35, 135, 185, 210, 223, 229, 230]


def test_a_long_exposure_takes_up_its_share():
    # 16 + 200 / 4 = 66, and 3/4 of what is above 16 from then on
    assert trailing(216, 16, blend="mix", decay=0.75)[:7] == [16, 16, 66, 54, 44, 37, 32]


@pytest.mark.parametrize("blend", BLENDS)
def test_as_much_is_left_after_the_same_time_at_any_frame_rate(blend):
    values = {"mix": (216, 16), "lighten": (216, 17), "darken": (35, 234)}[blend]
    slow = trailing(*values, rate=Fraction(25), count=20, blend=blend, decay=0.8)
    fast = trailing(*values, rate=Fraction(50), count=40, blend=blend, decay=0.8)
    ratio = 1 if blend != "mix" else (1 - 0.8) / (1 - 0.8**0.5)
    base = values[1]
    for index in range(1, 8):
        assert (fast[2 + 2 * index] - base) * ratio == pytest.approx(slow[2 + index] - base, abs=6)


def test_the_light_keeps_its_colour():
    clip = a_clip(lambda index: filled(6, 4, "yuv420p", 216, 90, 160) if index == 0 else grey(40, 6, 4, "yuv420p"), 3)
    made = applied("trails", clip, blend="lighten", decay=0.5)
    seen = [center(Frame.over(frame)) for frame in made.media.video.frames(0, 3)]
    assert seen == [(216, 90, 160), (116, 109, 144), (66, 119, 136)]


def test_how_long_an_exposure_reaches_back():
    assert exposure(0) == 1
    for left in (0.01, 0.5, 0.9, 0.993):
        assert left ** exposure(left) <= 1 / 512 * (1 + 1e-9)
        assert exposure(left) == 1 or left ** (exposure(left) - 1) > 1 / 512
    assert exposure(share(0.98, 25)) == 309


@pytest.mark.parametrize("decay", [0, 0.05, 0.5, 0.8])
@pytest.mark.parametrize("blend", BLENDS)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "yuv444p", "rgba"])
def test_nothing_is_left_after_the_look_back_whatever_came_before(pixel_format, blend, decay):
    reach = max(2 * Fade.by(share(decay, 25), 0).steps, 2 * exposure(share(decay, 25)))
    count = reach + 40
    clip = a_clip(grain(7, 5, pixel_format), count)
    made = applied("trails", clip, blend=blend, decay=decay)
    check_ranges(made, [(0, 1), (reach - 1, reach + 2), (reach + 9, count), (count - 1, count), (5, 6)])


@pytest.mark.parametrize("blend", BLENDS)
def test_the_longest_trails_end_too(blend):
    def sparks(index: int) -> Frame:
        return grain(5, 3)(index) if index % 37 == 0 else grey(128, 5, 3, "yuv420p")

    made = applied("trails", a_clip(sparks, 800), blend=blend, decay=0.98)
    check_ranges(made, [(700, 702), (650, 651), (799, 800)])


@pytest.mark.parametrize("blend", BLENDS)
def test_the_share_may_change_over_time(blend):
    decay = {"keyframes": [[0, 0], [1, 0.9], [3, 0.2]], "ease": "smooth"}
    made = applied("trails", a_clip(grain(5, 3), 120), blend=blend, decay=decay)
    check_ranges(made, [(40, 43), (99, 120), (119, 120)])
    assert frames(made.media.video, 0, 1) == frames(a_clip(grain(5, 3), 1).media.video)


@pytest.mark.parametrize("blend", BLENDS)
def test_what_is_opaque_stays_so_and_what_stands_still_too(blend):
    picture = grain(9, 7, "yuva420p")(3)
    picture.planes[3][...] = 255
    clip = a_clip(lambda index: picture, 50)
    assert frames(applied("trails", clip, blend=blend).media.video) == frames(clip.media.video)


@pytest.mark.parametrize("blend", BLENDS)
def test_a_figure_on_nothing_fades_in_its_own_colour(blend):
    clip = a_clip(lambda index: filled(4, 4, "yuva444p", 200, 90, 160, 255 if index == 0 else 0), 4)
    made = applied("trails", clip, blend=blend, decay=0.5)
    y, u, v, alpha = center(Frame.over(next(iter(made.media.video.frames(1, 2)))))
    assert alpha in {127, 128}
    assert np.abs(np.array([y, u, v]) - (200, 90, 160)).max() <= (6 if blend == "darken" else 2)


@pytest.mark.parametrize("blend", BLENDS)
def test_a_still_and_a_clip_of_one_frame_stay_as_they_are(blend):
    for item in (an_image(7, 5, "rgba"), an_image(8, 6), a_video(1, width=7, height=5)):
        made = applied("trails", item, blend=blend)
        assert made.shape == item.shape
        assert frames(made.media.video) == frames(item.media.video)


def test_sound_stays_as_it_is():
    clip = a_video(20)
    made = applied("trails", clip)
    assert made.shape.sound == clip.shape.sound
    assert samples(made.media).tobytes() == samples(clip.media).tobytes()
