"""echo: earlier frames over each frame, as far back and as strong as it says."""

from __future__ import annotations

import pytest

from artdag.codec.frame import Frame
from artdag.errors import ParameterError
from tests.artdag.effects.apply import center, filled
from tests.artdag.effects.moving import a_clip, grain, grey, lumas
from tests.artdag.nodes.bench import Made, a_video, an_image, applied, check_ranges, frames, samples


def flash(index: int) -> Frame:
    """Return a grey frame; frame 10 is lighter."""
    return grey(216 if index == 10 else 116)


def echoed(**params: object) -> list[int]:
    return lumas(applied("echo", a_clip(flash, 40), **params))


def test_a_flash_comes_back_at_each_delay_as_strong_as_its_weight():
    seen = echoed(delay_s=0.2, decay=0.5, count=3)  # 5 frames; weights 137, 68, 34, 17 of 256
    lit = {index: luma for index, luma in enumerate(seen) if luma != 116}
    # at 10 two echoes reach back into the clip, to 5 and 0: weights 146, 73 and 37
    assert lit == {10: 116 + 57, 15: 116 + 27, 20: 116 + 13, 25: 116 + 7}


@pytest.mark.parametrize("params", [{"count": 2}, {"delay_s": 0.4}, {"decay": 0.2}], ids=str)
def test_every_setting_decides_where_or_how_strong(params):
    base: dict[str, object] = {"delay_s": 0.2, "decay": 0.5, "count": 3}
    found, other = (echoed(**settings) for settings in (base, base | params))
    assert found != other
    delay = 10 if "delay_s" in params else 5
    lit = [index for index, luma in enumerate(other) if luma != 116]
    echoes = params.get("count", 3)
    assert lit == [10 + delay * number for number in range(echoes + 1) if 10 + delay * number < 40]


def test_lighten_shows_the_lightest_and_fades_to_black():
    clip = a_clip(lambda index: filled(6, 4, "yuv444p", 216, 90, 160) if index == 2 else grey(56), 12)
    made = applied("echo", clip, delay_s=0.08, decay=0.5, count=4, blend="lighten")
    seen = [center(Frame.over(frame)) for frame in made.media.video.frames(0, 12)]
    assert seen[2] == (216, 90, 160)
    assert seen[4] == (116, 109, 144)  # 16 + 200 / 2, 128 − 38 / 2, 128 + 32 / 2
    assert seen[6] == (66, 119, 136)
    assert seen[8] == (56, 128, 128)  # 16 + 200 / 8 is less than 56
    assert seen[3] == seen[5] == (56, 128, 128)


def test_darken_shows_the_darkest_and_fades_to_white():
    clip = a_clip(lambda index: grey(35 if index == 2 else 200), 12)
    made = applied("echo", clip, delay_s=0.08, decay=0.5, count=4, blend="darken")
    assert lumas(made)[:9] == [200, 200, 35, 200, 135, 200, 185, 200, 200]  # 235 − 200 / 2, 235 − 200 / 4


def test_a_delay_shorter_than_a_frame_is_one_frame():
    assert echoed(delay_s=0, decay=1, count=1)[9:13] == [116, 166, 166, 116]


@pytest.mark.parametrize("blend", ["mix", "lighten", "darken"])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "yuv444p", "rgb24", "rgba"])
def test_any_range_is_a_part_of_the_whole(pixel_format, blend):
    clip = a_clip(grain(7, 5, pixel_format), 40)
    made = applied("echo", clip, delay_s=0.12, count=4, blend=blend)
    check_ranges(made, [(0, 1), (11, 14), (12, 13), (13, 40), (39, 40)])


def test_strength_may_change_over_time():
    decay = {"keyframes": [[0.5, 0], [0.52, 1]], "ease": "hold"}
    seen = echoed(delay_s=0.08, decay=decay, count=1)
    assert seen[12] == 116, "at 0.48 s there is no echo"
    late = lumas(
        applied("echo", a_clip(lambda index: grey(216 if index == 12 else 116), 20), delay_s=0.08, decay=decay, count=1)
    )
    assert late[14] == 166
    clip = a_clip(grain(), 20)
    check_ranges(applied("echo", clip, decay={"keyframes": [[0, 0], [0.8, 1]]}, delay_s=0.12))


@pytest.mark.parametrize("blend", ["mix", "lighten", "darken"])
def test_what_is_opaque_stays_so_and_what_stands_still_too(blend):
    picture = grain(9, 7, "yuva420p")(3)
    picture.planes[3][...] = 255
    clip = a_clip(lambda index: picture, 30)
    assert frames(applied("echo", clip, blend=blend).media.video) == frames(clip.media.video)


def test_a_figure_on_nothing_leaves_echoes_in_its_own_colour():
    clip = a_clip(lambda index: filled(4, 4, "yuva444p", 200, 90, 160, 255 if index == 0 else 0), 4)
    made = applied("echo", clip, delay_s=0.08, decay=1, count=1)
    y, u, v, alpha = center(Frame.over(next(iter(made.media.video.frames(2, 3)))))
    assert alpha == 128
    assert max(abs(y - 200), abs(u - 90), abs(v - 160)) <= 1


@pytest.mark.parametrize("blend", ["mix", "lighten", "darken"])
def test_a_still_and_a_clip_of_one_frame_stay_as_they_are(blend):
    for item in (an_image(7, 5, "rgba"), an_image(8, 6), a_video(1, width=7, height=5)):
        made = applied("echo", item, blend=blend)
        assert made.shape == item.shape
        assert frames(made.media.video) == frames(item.media.video)


def test_sound_stays_as_it_is():
    clip = a_video(20)
    made = applied("echo", clip)
    assert made.shape.sound == clip.shape.sound
    assert samples(made.media).tobytes() == samples(clip.media).tobytes()


def test_more_frames_than_there_is_room_for_are_refused_in_a_sentence():
    large: Made = a_video(1000, width=4096, height=2160, sound=False)
    words = r"echo would hold 120 frames of 4096 × 2160 px, 1518 MB; 512 MB are the most: a shorter delay_s, a smaller"
    with pytest.raises(ParameterError, match=words):
        applied("echo", large, delay_s=1, count=4)
    assert applied("echo", large).shape == large.shape


@pytest.mark.parametrize("setting", ["delay_s", "count"])
def test_what_decides_the_memory_cannot_change(setting):
    with pytest.raises(ParameterError, match="cannot change over time: it decides how many frames are held"):
        applied("echo", a_video(3), **{setting: {"keyframes": [[0, 1], [1, 2]]}})
