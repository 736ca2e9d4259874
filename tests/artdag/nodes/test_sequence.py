"""SEQUENCE: every frame and every sample in its place, whatever the clips are."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest

from artdag.codec.frame import Frame
from artdag.codec.stream import Media, Video
from artdag.codec.transitions import Transition
from artdag.errors import ParameterError
from artdag.media import SAMPLE_RATE, Kind, Shape, VideoShape, samples_at
from tests.artdag.codec.synthetic import Pattern, Wave
from tests.artdag.effects.apply import to_yuv
from tests.artdag.nodes.bench import Made, a_video, an_image, check_ranges, frames, made, samples

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]


class Plain(Video):
    """Frames of one grey each: frame i is ``levels[i]``."""

    def __init__(self, *levels: int, rate: Fraction = Fraction(25), width: int = 16, height: int = 8) -> None:
        self.levels = levels
        self.shape = VideoShape(
            width=width, height=height, pixel_format="yuv420p", frame_rate=rate, frame_count=len(levels)
        )

    def frames(self, first: int, stop: int):
        for index in range(first, stop):
            frame = Frame.blank(self.shape.width, self.shape.height, "yuv420p")
            for plane, value in zip(frame.planes, (self.levels[index], 128, 128), strict=True):
                plane[...] = value
            frame.carrier.pts, frame.carrier.time_base = index, 1 / self.shape.frame_rate
            yield frame.carrier


def plain(*levels: int, loud: float | None = None, **shape) -> Made:
    video = Plain(*levels, **shape)
    sound = None
    if loud is not None:
        count = video.shape.sample_count
        sound = Wave(count, samples=np.full((2, count), loud, np.float32))
    return Made(
        Media(video=video, sound=sound),
        Shape(kind=Kind.VIDEO, video=video.shape, sound=sound.shape if sound else None),
    )


def sequence(*clips: Made, **config: object) -> Made:
    return made("SEQUENCE", config, *clips)


def crossfade(*clips: Made, duration: float, **config: object) -> Made:
    return sequence(*clips, transition={"type": "crossfade", "duration": duration}, **config)


def levels(item: Made) -> list[int]:
    count = item.shape.video.frame_count
    return [int(Frame.over(frame).planes[0][0, 0]) for frame in item.media.video.frames(0, count)]


# --- cuts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_cuts_are_exact_to_the_frame_and_the_sample(rate):
    clips = [a_video(count, rate=rate) for count in (7, 11, 5)]
    whole = sequence(*clips)
    assert frames(whole.media.video) == [frame for clip in clips for frame in frames(clip.media.video)]
    heard, frame = samples(whole.media), 0
    for clip in clips:
        begin, end = samples_at(frame, rate), samples_at(frame + clip.shape.video.frame_count, rate)
        own = samples(clip.media)
        assert abs(own.shape[1] - (end - begin)) <= 1, "a frame need not be a whole number of samples"
        same = min(own.shape[1], end - begin)
        assert np.array_equal(heard[:, begin : begin + same], own[:, :same])
        frame += clip.shape.video.frame_count
    assert heard.shape[1] == samples_at(23, rate)
    check_ranges(whole)


def test_one_clip_is_that_clip():
    clip = a_video(9)
    for whole in (sequence(clip), crossfade(clip, duration=60)):
        assert frames(whole.media.video) == frames(clip.media.video)
        assert np.array_equal(samples(whole.media), samples(clip.media))


def test_the_same_clip_may_come_again():
    clip = a_video(4)
    assert frames(sequence(clip, clip, clip).media.video) == frames(clip.media.video) * 3


def test_clips_of_one_frame_are_shown_for_one_frame():
    whole = sequence(plain(20), plain(30), plain(40))
    assert levels(whole) == [20, 30, 40]
    check_ranges(whole)


# --- crossfades -------------------------------------------------------------------------------------------------------


def test_a_crossfade_goes_from_one_to_the_other_in_even_steps():
    whole = crossfade(plain(*[100] * 6), plain(*[200] * 6), duration=3 / 25)
    # shares of the entering clip: 1/4, 2/4, 3/4
    assert levels(whole) == [100, 100, 100, 125, 150, 175, 200, 200, 200]


def test_the_middle_of_a_crossfade_is_the_mean_of_both():
    whole = crossfade(plain(31, 32, 33), plain(130, 131, 132), duration=1 / 25)
    assert levels(whole) == [31, 32, (33 + 130 + 1) // 2, 131, 132]


def test_both_clips_move_during_a_crossfade():
    whole = crossfade(plain(40, 50, 60, 70), plain(100, 110, 120, 130), duration=2 / 25)
    wanted = [40, 50, round(60 + (100 - 60) / 3), round(70 + (110 - 70) * 2 / 3), 120, 130]
    assert [abs(level - other) <= 1 for level, other in zip(levels(whole), wanted, strict=True)] == [True] * 6


def test_three_clips_may_have_nothing_but_transitions_in_the_middle():
    whole = crossfade(plain(*[40] * 4), plain(*[80] * 4), plain(*[120] * 4), duration=2 / 25)
    assert levels(whole) == [40, 40, 53, 67, 93, 107, 120, 120]
    check_ranges(whole, cuts=[(first, first + 2) for first in range(7)])


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_frames_overlap_by_the_transition_and_sound_lasts_as_long_as_the_picture(rate, count):
    clips = [a_video(20, rate=rate) for _ in range(count)]
    whole = crossfade(*clips, duration=float(6 / rate))
    assert whole.shape.video.frame_count == 20 * count - 6 * (count - 1)
    assert whole.shape.sound.sample_count == samples_at(whole.shape.video.frame_count, rate)
    check_ranges(whole, cuts=[(0, 20), (13, 16), (14, 20), (15, 31), (19, 21)])


def test_sound_crosses_over_with_the_picture_and_equal_sound_stays_as_loud():
    whole = crossfade(plain(*[40] * 10, loud=0.5), plain(*[80] * 10, loud=0.5), duration=4 / 25)
    assert np.abs(samples(whole.media) - 0.5).max() < 1e-6
    over = crossfade(plain(*[40] * 10, loud=0.0), plain(*[80] * 10, loud=1.0), duration=4 / 25)
    heard = samples(over.media)[0]
    begin, end = samples_at(6, Fraction(25)), samples_at(10, Fraction(25))
    assert not heard[:begin].any()
    assert (heard[end:] == 1).all()
    steps = (np.arange(end - begin) + 0.5) / (end - begin)
    assert np.abs(heard[begin:end] - steps).max() < 1e-6
    assert abs(heard[(begin + end) // 2] - 0.5) < 0.001


def test_a_crossfade_of_less_than_a_frame_is_one_frame_and_never_a_cut():
    whole = crossfade(plain(40, 40), plain(80, 80), duration=0.01)
    assert levels(whole) == [40, 60, 80]


@pytest.mark.parametrize(
    ("counts", "duration", "words"),
    [
        ((3, 10), 4 / 25, r"clip 1 lasts 0.12 s, too short for the transitions that touch it: crossfade of 0.16 s"),
        ((10, 3), 4 / 25, r"clip 2 lasts 0.12 s, too short"),
        ((10, 7, 10), 4 / 25, r"clip 2 lasts 0.28 s, too short"),
        ((10, 1, 10), 0.01, r"clip 2 lasts 0.04 s, too short"),
    ],
)
def test_a_clip_too_short_for_its_transitions_is_refused_by_name(counts, duration, words):
    with pytest.raises(ParameterError, match=words):
        crossfade(*[plain(*[40] * count) for count in counts], duration=duration)


def test_clips_just_long_enough_are_not():
    assert crossfade(plain(*[40] * 4), plain(*[50] * 8), plain(*[60] * 4), duration=4 / 25).shape.video.frame_count == 8


# --- other transitions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in get_args(Transition) if name != "cut"])
def test_every_transition_lasts_as_long_as_it_is_told_and_gives_the_same_in_any_range(name):
    whole = sequence(a_video(9), a_video(11, width=48), transition={"type": name, "duration": 5 / 30})
    assert whole.shape.video.frame_count == 9 + 11 - 5
    assert whole.shape.sound.sample_count == samples_at(15, Fraction(30))
    assert frames(whole.media.video, 0, 4) == frames(a_video(9).media.video, 0, 4)
    mixed = set(frames(whole.media.video, 4, 9))
    assert len(mixed) == 5
    assert not mixed & set(frames(a_video(9).media.video))
    check_ranges(whole, cuts=[(0, 5), (4, 5), (6, 8), (8, 15), (9, 10)])


def test_a_fade_goes_out_and_comes_in():
    whole = sequence(
        plain(*[116] * 5), plain(*[216] * 5), transition={"type": "fade", "duration": 3 / 25}, background="#000000"
    )
    assert levels(whole) == [116, 116, 66, 16, 116, 216, 216]


def test_a_fade_goes_through_the_background():
    whole = sequence(
        plain(*[116] * 5), plain(*[216] * 5), transition={"type": "fade", "duration": 3 / 25}, background="#ffffff"
    )
    assert levels(whole) == [116, 116, 176, 235, 226, 216, 216]


def test_at_a_fade_one_sound_falls_silent_before_the_other_rises():
    clips = (plain(*[40] * 10, loud=0.5), plain(*[80] * 10, loud=1.0))
    heard = samples(sequence(*clips, transition={"type": "fade", "duration": 4 / 25}).media)[0]
    begin, end = samples_at(6, Fraction(25)), samples_at(10, Fraction(25))
    middle = (begin + end) // 2
    assert (heard[:begin] == 0.5).all()
    assert (heard[end:] == 1).all()
    steps = (np.arange(middle - begin) + 0.5) / (middle - begin)
    assert np.abs(heard[begin:middle] - 0.5 * (1 - steps)).max() < 1e-6
    assert np.abs(heard[middle:end] - steps).max() < 1e-6


def test_each_joint_may_have_its_own():
    joints = [{"type": "crossfade", "duration": 1 / 25}, {"type": "cut"}, {"type": "fade", "duration": 3 / 25}]
    clips = [plain(*[level] * 4, loud=level / 400) for level in (40, 80, 120, 216)]
    whole = sequence(*clips, transition=joints)
    assert levels(whole) == [40, 40, 40, 60, 80, 80, 80, 120, 68, 16, 116, 216]
    assert whole.params["overlaps"] == [1, 0, 3]
    heard = samples(whole.media)[0]
    at = [samples_at(index, Fraction(25)) for index in range(13)]
    assert np.allclose(heard[at[7] : at[8]], 0.3)
    assert np.abs(heard[at[9] : at[10]]).max() < 0.2, "silent in the middle of the fade"
    check_ranges(whole, cuts=[(0, 4), (3, 8), (7, 9), (9, 12)])


def test_a_list_of_equal_ones_is_the_same_as_one_for_all():
    clips, joint = [a_video(9), a_video(9), a_video(9)], {"type": "slide_up", "duration": 0.1}
    one, many = sequence(*clips, transition=joint), sequence(*clips, transition=[joint, joint])
    assert one.params == many.params
    assert frames(one.media.video) == frames(many.media.video)
    assert sequence(clips[0], transition=[]).params == sequence(clips[0]).params


@pytest.mark.parametrize(
    ("joints", "words"),
    [
        ([{"type": "cut"}], r"3 clips have 2 joints, and 'transition' lists 1: one for each"),
        ([{}, {}, {}], r"3 clips have 2 joints, and 'transition' lists 3"),
        ([{}, {"type": "wipe_lft"}], r"did you mean 'wipe_left'"),
        ([{}, "fade"], r"transition takes a map of settings, not 'fade'"),
        (
            [{"type": "fade", "duration": 0.2}, {"type": "circle", "duration": 0.3}],
            r"fade of 0.2 s and circle of 0.3 s",
        ),
        ({"duration": {"keyframes": [[0, 1], [1, 2]]}}, r"'duration' cannot change over time: it decides the length"),
    ],
)
def test_joints_that_cannot_be_are_refused(joints, words):
    with pytest.raises(ParameterError, match=words):
        sequence(*[plain(*[40] * 10)] * 3, transition=joints)


def test_wrong_joints_are_told_at_their_places():
    with pytest.raises(ParameterError) as caught:
        sequence(a_video(9), a_video(9), a_video(9), transition=[{"type": "x"}, {"duration": 0}])
    assert [problem.field for problem in caught.value.problems] == [
        *("config.transition.0.type", "config.transition.1.duration"),
    ]


# --- unlike clips -----------------------------------------------------------------------------------------------------


def test_the_first_video_decides_the_grid_and_the_first_clip_the_size():
    whole = sequence(an_image(63, 47), a_video(10, rate=Fraction(30)), a_video(10, width=32, rate=Fraction(60)))
    assert (whole.shape.video.width, whole.shape.video.height) == (64, 48)
    assert whole.shape.video.frame_rate == 30
    assert whole.shape.video.frame_count == 90 + 10 + 5
    check_ranges(whole, cuts=[(0, 1), (88, 92), (99, 101), (104, 105)])


@pytest.mark.parametrize(
    ("config", "size"),
    [
        ({"target_size": "first"}, (32, 16)),
        ({"target_size": "last"}, (16, 32)),
        ({"target_size": "largest"}, (64, 48)),
        ({"target_size": "explicit", "width": 20, "height": 10}, (20, 10)),
        ({"target_size": "explicit", "width": 21, "height": 11}, (20, 12)),
    ],
)
def test_the_size_is_the_one_that_was_asked_for(config, size):
    clips = [a_video(2, width=width, height=height) for width, height in ((32, 16), (64, 48), (16, 32))]
    whole = sequence(*clips, **config)
    assert (whole.shape.video.width, whole.shape.video.height) == size
    check_ranges(whole)


def test_a_clip_of_another_aspect_lies_on_the_background():
    whole = sequence(plain(40, width=32, height=32), plain(200, width=32, height=16), background="#0000ff")
    frame = Frame.over(list(whole.media.video.frames(0, 2))[1])
    assert (frame.planes[0][8:24] == 200).all()
    for plane, value, step in zip(frame.planes, to_yuv(0, 0, 255), (1, 2, 2), strict=True):
        for band in (plane[: 8 // step], plane[24 // step :]):
            assert np.abs(band.astype(int) - value).max() <= 1


@pytest.mark.parametrize(
    ("rate", "count", "shown"),
    [
        (Fraction(50), 8, [0, 2, 4, 6]),
        (Fraction(25, 2), 3, [0, 0, 1, 1, 2, 2]),
        (Fraction(30), 6, [0, 1, 2, 4, 5]),
        (Fraction(20), 4, [0, 1, 2, 2, 3]),
        (Fraction(10), 2, [0, 0, 1, 1, 1]),
    ],
)
def test_a_clip_of_another_rate_shows_what_it_shows_at_that_time(rate, count, shown):
    other = plain(*range(100, 100 + 10 * count, 10), rate=rate)
    whole = sequence(plain(20), other)
    assert levels(whole)[1:] == [100 + 10 * index for index in shown]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_a_silent_clip_gets_silence_of_its_own_length(rate):
    loud, quiet = a_video(6, rate=rate), a_video(9, rate=rate, sound=False)
    for clips in ((loud, quiet), (quiet, loud), (loud, quiet, loud), (an_image(), loud)):
        whole = sequence(*clips, still_duration=0.5)
        heard, frame = samples(whole.media), 0
        for clip in clips:
            count = clip.shape.video.frame_count if clip.shape.kind is Kind.VIDEO else int(rate / 2 + Fraction(1, 2))
            begin, end = samples_at(frame, rate), samples_at(frame + count, rate)
            part = heard[:, begin:end]
            if clip is loud:
                same = min(part.shape[1], samples(loud.media).shape[1])
                assert np.array_equal(part[:, :same], samples(loud.media)[:, :same])
            else:
                assert not part.any()
            frame += count
        assert frame == whole.shape.video.frame_count


def test_silent_clips_alone_stay_silent():
    whole = sequence(a_video(3, sound=False), an_image())
    assert whole.shape.sound is None
    assert whole.media.sound is None


def test_stills_alone_become_a_clip():
    whole = sequence(an_image(), an_image(33, 21, "rgba"), still_duration=0.2)
    assert whole.shape.kind is Kind.VIDEO
    assert (whole.shape.video.frame_rate, whole.shape.video.frame_count) == (25, 10)
    shown = frames(whole.media.video)
    assert len(set(shown[:5])) == len(set(shown[5:])) == 1
    check_ranges(whole)


def test_hidden_colours_of_a_see_through_still_do_not_come_back():
    still = an_image(16, 16, "rgba")
    picture = Frame.blank(16, 16, "rgba")
    picture.planes[0][...] = (0, 255, 0, 0)
    picture.planes[0][:8] = (255, 255, 255, 255)
    still.media.video.picture = lambda index: picture
    whole = sequence(still, still_duration=0.04, background="#0000ff")
    frame = Frame.over(next(iter(whole.media.video.frames(0, 1))))
    assert np.abs(frame.planes[0][:7].astype(int) - 235).max() <= 1
    for plane, value, step in zip(frame.planes, to_yuv(0, 0, 255), (1, 2, 2), strict=True):
        assert np.abs(plane[10 // step :].astype(int) - value).max() <= 2


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (63, 47)], ids=str)
def test_odd_sizes_are_made_even(size):
    whole = sequence(a_video(3, width=size[0], height=size[1]), a_video(3))
    assert (whole.shape.video.width % 2, whole.shape.video.height % 2) == (0, 0)
    check_ranges(whole)


# --- how it works -----------------------------------------------------------------------------------------------------


def test_a_clip_is_opened_when_it_is_needed_and_once():
    opened: list[tuple[int, int, int]] = []

    class Watched(Pattern):
        def __init__(self, number: int) -> None:
            super().__init__(10)
            self.number = number

        def frames(self, first, stop):
            opened.append((self.number, first, stop))
            return super().frames(first, stop)

    clips = [Made(Media(video=video), Shape(kind=Kind.VIDEO, video=video.shape)) for video in map(Watched, range(4))]
    whole = crossfade(*clips, duration=3 / 30)
    stream = whole.media.video.frames(0, whole.shape.video.frame_count)
    for _ in range(7):
        next(stream)
    assert opened == [(0, 0, 10)]
    next(stream)
    assert opened == [(0, 0, 10), (1, 0, 10)]
    list(stream)
    assert opened == [(number, 0, 10) for number in range(4)]
    opened.clear()
    list(whole.media.video.frames(15, 18))
    assert opened == [(1, 8, 10), (2, 1, 4)]


def test_many_clips_and_their_sound_are_joined_in_time_in_step_with_their_length():
    clips = [plain(*[16 + number] * 5, loud=number / 100) for number in range(60)]
    whole = sequence(*clips)
    assert levels(whole) == [16 + number for number in range(60) for _ in range(5)]
    heard = samples(whole.media)[0]
    for number, (begin, end) in enumerate(pairwise([samples_at(5 * n, Fraction(25)) for n in range(61)])):
        assert (heard[begin:end] == np.float32(number / 100)).all()
    assert heard.shape[0] == 60 * SAMPLE_RATE // 5


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"target_size": "explicit"}, "needs 'width' and 'height'"),
        ({"target_size": "explicit", "width": 8}, "needs 'width' and 'height'"),
        ({"width": 8, "height": 8}, "only with target_size explicit"),
        ({"transition": {"type": "crossfade", "duration": 0}}, "outside 0.01 to 60"),
        ({"transition": "crossfade"}, "takes a map of settings"),
        ({"still_duration": 0}, "outside 0.04 to 3600"),
    ],
)
def test_what_cannot_be_is_refused(config, words):
    with pytest.raises(ParameterError, match=words):
        sequence(a_video(2), **config)
