"""SWITCH: one input at a time, each at the timeline's time whenever it is seen."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from artdag.checker import check_recipe
from artdag.codec.decode import open_media
from artdag.codec.encode import encode
from artdag.codec.frame import Frame
from artdag.codec.probe import probe
from artdag.codec.profile import profile_for
from artdag.codec.stream import Media, Video
from artdag.errors import ParameterError, RecipeError
from artdag.media import Kind, Shape, VideoShape, frame_at, samples_at
from artdag.nodes.switch import spans, turns
from tests.artdag.analysis.tracks import click
from tests.artdag.codec.files import a_video_file, an_image_file
from tests.artdag.codec.synthetic import Pattern, Wave
from tests.artdag.effects.apply import to_yuv
from tests.artdag.nodes.bench import Made, a_video, an_image, check_ranges, frames, made, samples
from tests.artdag.shelf import CLIP, OTHER, SONG, a_plan, a_recipe, key, the_world
from tests.artdag.studio import Studio
from tests.media import run_ffmpeg

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]


class Numbered(Video):
    """Frame i is grey of level *base* + i; notes what is pulled."""

    def __init__(self, base: int, count: int, *, rate: Fraction = Fraction(25), width: int = 16, height: int = 8):
        self.base = base
        self.pulled: list[tuple[int, int]] = []
        self.shape = VideoShape(width=width, height=height, pixel_format="yuv420p", frame_rate=rate, frame_count=count)

    def frames(self, first: int, stop: int):
        self.pulled.append((first, stop))
        for index in range(first, stop):
            frame = Frame.blank(self.shape.width, self.shape.height, "yuv420p")
            for plane, value in zip(frame.planes, ((self.base + index) % 256, 128, 128), strict=True):
                plane[...] = value
            frame.carrier.pts, frame.carrier.time_base = index, 1 / self.shape.frame_rate
            yield frame.carrier


def numbered(base: int, count: int, *, loud: bool = False, **shape) -> Made:
    video = Numbered(base, count, **shape)
    sound = Wave(video.shape.sample_count, frequency_hz=97.0 + base) if loud else None
    return Made(
        Media(video=video, sound=sound),
        Shape(kind=Kind.VIDEO, video=video.shape, sound=sound.shape if sound else None),
    )


def switched(*inputs: Made, times: list[float], **config: object) -> Made:
    return made("SWITCH", {"times": times, **config}, *inputs)


def on_beats(*inputs: Made, beats: list[float], every: int = 1, least_s: float = 0.0, **config: object) -> Made:
    times = {"bind": "bind0", "every": every, "least_s": least_s}
    return made("SWITCH", {"times": times, **config}, *inputs, reports={"bind0": {"beats": beats}})


def levels(item: Made) -> list[int]:
    count = item.shape.video.frame_count
    return [round(float(Frame.over(frame).planes[0].mean())) for frame in item.media.video.frames(0, count)]


def node(config: str, *inputs: str) -> str:
    return f"{{id: it, type: SWITCH, config: {config}, inputs: [{', '.join(inputs)}]}}"


# --- what is seen when ------------------------------------------------------------------------------------------------


def test_inputs_take_turns_and_run_on_while_they_are_not_seen():
    whole = switched(numbered(20, 10), numbered(60, 10), numbered(100, 10), times=[2 / 25, 4 / 25, 6 / 25, 8 / 25])
    assert levels(whole) == [20, 21, 62, 63, 104, 105, 26, 27, 68, 69]
    assert whole.shape.kind is Kind.VIDEO
    check_ranges(whole, cuts=[(0, 1), (1, 3), (2, 4), (3, 9), (9, 10)])


def test_a_change_comes_at_the_frame_nearest_to_its_time():
    whole = switched(numbered(20, 6), numbered(60, 6), times=[0.099, 0.141])  # frames 2.475 and 3.525
    assert levels(whole) == [20, 21, 62, 63, 24, 25]


def test_changes_after_the_end_or_at_the_beginning_are_none():
    both = numbered(20, 4), numbered(60, 4)
    assert levels(switched(*both, times=[0.08, 0.16, 100])) == [20, 21, 62, 63]
    assert levels(switched(*both, times=[0.01, 0.08])) == [20, 21, 62, 63]
    assert levels(switched(*both, times=[7])) == [20, 21, 22, 23]
    assert switched(*both, times=[0.08]).params == switched(*both, times=[0.01, 0.08, 9]).params


def test_changes_at_one_frame_are_one_change():
    assert levels(switched(numbered(20, 4), numbered(60, 4), times=[0.079, 0.081])) == [20, 21, 62, 63]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_parts_follow_one_another_without_a_gap(rate):
    parts = spans([0.3, 1.0, 1.001, 2.5, 40], rate, 600)
    assert [part.start for part in parts] == [0, *(frame_at(time, rate) for time in (0.3, 1.0, 2.5))]
    assert all(one.stop == other.start for one, other in pairwise(parts))
    assert parts[-1].stop == 600


# --- order ------------------------------------------------------------------------------------------------------------


def test_by_chance_never_shows_an_input_twice_running_and_shows_each_as_often():
    for seed in range(20):
        shown = turns(3000, 4, seed)
        assert all(one != other for one, other in pairwise(shown))
        assert all(650 < shown.count(number) < 850 for number in range(4))
    assert {turns(1, 3, seed)[0] for seed in range(30)} == {0, 1, 2}


def test_two_inputs_by_chance_can_only_alternate():
    shown = turns(50, 2, 3)
    assert all(one != other for one, other in pairwise(shown))


def test_a_seed_is_an_order_and_another_seed_another():
    clips = [numbered(20 + 40 * number, 30) for number in range(4)]
    times = [index / 25 for index in range(1, 30)]
    one, same, other = (switched(*clips, times=times, order="random", seed=seed) for seed in (1, 1, 2))
    assert levels(one) == levels(same) != levels(other)
    assert one.params["shown"] == turns(30, 4, 1)
    check_ranges(one, cuts=[(4, 9), (17, 18), (22, 30)])


def test_the_order_of_a_seed_stays_what_it_is():
    assert turns(16, 3, 0) == [2, 0, 2, 0, 2, 1, 2, 0, 2, 0, 1, 0, 1, 2, 1, 2]


# --- with a sound -----------------------------------------------------------------------------------------------------


def test_inputs_change_at_the_beats_of_a_sound():
    both = numbered(20, 10), numbered(60, 10)
    whole = on_beats(*both, beats=[0.0067, 0.0826, 0.1567, 0.2407, 0.3195, 0.4])  # 0.17, 2.07, 3.92, 6.02, 7.99, 10
    assert levels(whole) == levels(switched(*both, times=[0.08, 0.16, 0.24, 0.32]))
    check_ranges(whole, cuts=[(0, 1), (1, 3), (2, 4), (3, 9), (9, 10)])


def test_every_second_beat_is_counted_from_the_beginning():
    both, beats = (numbered(20, 12), numbered(60, 12)), [index * 2 / 25 for index in range(6)]
    halves = levels(switched(*both, times=[0.16, 0.32]))
    assert levels(on_beats(*both, beats=beats, every=2)) == levels(on_beats(*both, beats=beats[1:], every=2)) == halves
    assert levels(on_beats(*both, beats=beats, every=6)) == levels(both[0])


def test_nothing_is_seen_for_less_than_the_least_time():
    whole = on_beats(numbered(20, 10), numbered(60, 10), beats=[0.06, 0.2, 0.24, 0.36], least_s=0.12)
    assert levels(whole) == [20, 21, 22, 23, 24, 65, 66, 67, 68, 69]


def test_without_beats_the_first_is_seen_throughout():
    assert levels(on_beats(numbered(20, 3), numbered(60, 3), beats=[])) == [20, 21, 22]


def test_by_chance_on_beats_is_by_chance_at_those_times():
    clips, beats = [numbered(20 + 40 * number, 30) for number in range(4)], [index / 25 for index in range(2, 30)]
    one, other = (on_beats(*clips, beats=beats, order="random", seed=seed) for seed in (1, 2))
    assert levels(one) == levels(switched(*clips, times=beats, order="random", seed=1)) != levels(other)


def test_length_and_shape_do_not_hang_on_the_sound():
    one, other = (on_beats(numbered(20, 10, loud=True), numbered(60, 7), beats=beats) for beats in ([], [0.1, 0.2]))
    assert one.shape == other.shape == switched(numbered(20, 10, loud=True), numbered(60, 7), times=[0.1]).shape
    assert one.params == other.params


HEARD = "{id: heard, type: ANALYZE, config: {features: [beats]}, inputs: [song]}"


def test_a_switch_on_beats_is_planned_in_one_part_and_hangs_on_its_sound():
    def of(config: str, *, song: str = "song", order: str = "") -> str:
        it = node(f"{{times: {config}{order}}}", "clip", "other")
        return key(CLIP, OTHER, SONG, HEARD, it, inputs={"song": song})

    plain = of("{bind: heard}")
    assert plain == of("{bind: heard, every: 1, feature: beats}") == of("{bind: heard}", order=", seed: 3")
    assert len({plain, of("{bind: heard}", song="other"), of("{bind: heard, every: 2}")}) == 3
    it = node("{times: {bind: heard}}", "clip", "other")
    assert not a_plan(CLIP, OTHER, SONG, HEARD, it).first_part


def test_a_file_is_switched_on_the_beats_of_another(tmp_path: Path):
    studio = Studio(tmp_path)
    strokes = np.zeros((2, 48_000 * 5), np.float32)
    for beat in range(10):
        start = 12_000 + 24_000 * beat
        strokes[:, start : start + 1440] = click()
    song = Wave(strokes.shape[1], samples=strokes)
    path = tmp_path / "song.wav"
    encode(Media(sound=song), Shape(kind=Kind.AUDIO, sound=song.shape), profile_for(Kind.AUDIO, "wav"), path)
    inputs = {
        "clip": studio.add(a_video_file(tmp_path, rate=Fraction(25))),
        "photo": studio.add(an_image_file(tmp_path)),
        "song": studio.add(path),
    }
    nodes = [CLIP, "{id: photo, type: SOURCE, config: {input: true}}", SONG, HEARD]
    it = node("{times: {bind: heard}}", "clip", "photo")
    done = studio.render(studio.plan(*nodes, it, inputs=inputs, head="output: {profile: lossless}"))
    seen, own = frames(open_media(done.path, probe(done.path)).video), frames(Pattern(25, rate=Fraction(25)))
    alike = [shown == mine for shown, mine in zip(seen, own, strict=True)]
    assert alike == [True] * 6 + [False] * 13 + [True] * 6  # beats at 0.25 s and 0.75 s: frames 6.25 and 18.75


# --- unlike inputs ----------------------------------------------------------------------------------------------------


def test_the_longest_clip_decides_and_a_shorter_one_begins_again():
    whole = switched(numbered(20, 3), numbered(60, 8), times=[4 / 25, 6 / 25])
    assert levels(whole) == [20, 21, 22, 20, 64, 65, 20, 21]
    check_ranges(whole, cuts=[(2, 7), (6, 8), (3, 4)])


def test_all_get_the_size_of_the_first_on_black():
    whole = switched(numbered(200, 2, width=32, height=32), numbered(199, 2, width=32, height=16), times=[1 / 25])
    first, second = (Frame.over(frame) for frame in whole.media.video.frames(0, 2))
    assert (first.width, first.height) == (32, 32)
    assert (second.planes[0][8:24] == 200).all()
    for plane, value, step in zip(second.planes, to_yuv(0, 0, 0), (1, 2, 2), strict=True):
        assert (plane[: 8 // step] == round(value)).all()
        assert (plane[24 // step :] == round(value)).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (63, 47)], ids=str)
def test_odd_sizes_are_made_even(size):
    whole = switched(a_video(3, width=size[0], height=size[1]), a_video(3), times=[0.04])
    assert (whole.shape.video.width % 2, whole.shape.video.height % 2) == (0, 0)
    check_ranges(whole)


def test_the_first_video_decides_the_grid():
    whole = switched(an_image(32, 16), numbered(60, 8, rate=Fraction(50)), numbered(100, 4), times=[0.04, 0.1])
    assert (whole.shape.video.width, whole.shape.video.height) == (32, 16)
    assert (whole.shape.video.frame_rate, whole.shape.video.frame_count) == (50, 8)
    middle = [Frame.over(frame).planes[0][8, 16] for frame in whole.media.video.frames(2, 8)]
    assert middle == [62, 63, 64, 102, 103, 103]
    check_ranges(whole)


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("count", range(1, 9))
def test_the_longest_clip_does_not_begin_again_at_its_end(rate, count):
    for other in (Fraction(20), Fraction(30), Fraction(50), Fraction(24)):
        whole = switched(
            numbered(100, 1, rate=rate), numbered(20, count, rate=other), times=[0.001 + 0.5 / float(rate)]
        )
        seen = levels(whole)[1:]
        assert seen == sorted(seen)


def test_a_see_through_input_lies_on_black():
    glass = an_image(16, 16, "rgba")
    picture = Frame.blank(16, 16, "rgba")
    picture.planes[0][...] = (0, 255, 0, 0)
    glass.media.video.picture = lambda index: picture
    whole = switched(glass, numbered(60, 2, height=16), times=[0.04])
    shown = Frame.over(next(iter(whole.media.video.frames(0, 1))))
    assert [int(plane[3, 3]) for plane in shown.planes] == [16, 128, 128]


def test_of_stills_alone_the_last_is_seen_as_long_as_the_one_before():
    whole = switched(an_image(), an_image(30, 40), an_image(), times=[0.2, 0.52])
    assert (whole.shape.video.frame_rate, whole.shape.video.frame_count) == (25, 21)
    shown = frames(whole.media.video)
    assert len(set(shown[:5])) == len(set(shown[5:13])) == len(set(shown[13:])) == 1
    assert shown[4] != shown[5] != shown[13]
    assert shown[0] == shown[20]  # equal pictures
    check_ranges(whole)
    assert switched(an_image(), an_image(), times=[0.2]).shape.video.frame_count == 10


# --- sound ------------------------------------------------------------------------------------------------------------


def test_the_sound_of_the_first_input_that_has_any_runs_through():
    silent, one, other = numbered(20, 10), numbered(60, 10, loud=True), numbered(100, 10, loud=True)
    whole = switched(silent, one, other, times=[0.08, 0.16, 0.24])
    assert np.array_equal(samples(whole.media), samples(one.media))
    check_ranges(whole)


def test_without_any_sound_there_is_none():
    whole = switched(numbered(20, 4), an_image(), times=[0.08])
    assert whole.shape.sound is None
    assert whole.media.sound is None


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_the_sound_of_a_shorter_clip_begins_again_with_its_picture(rate):
    short, long = numbered(20, 7, loud=True, rate=rate), numbered(60, 24, rate=rate)
    whole = switched(short, long, times=[0.1])
    heard, own = samples(whole.media), samples(short.media)
    for turn in range(4):
        begin, end = samples_at(7 * turn, rate), min(samples_at(7 * turn + 7, rate), heard.shape[1])
        length = min(end - begin, own.shape[1])
        assert np.array_equal(heard[:, begin : begin + length], own[:, :length])
        assert (heard[:, begin + length : end] == own[:, -1:]).all()  # a sample at most, held: silence would click
        assert end - begin - length <= 1
    check_ranges(whole)


def test_any_range_of_a_looped_sound_is_that_of_the_whole():
    whole = switched(numbered(20, 2, loud=True, rate=RATES[2]), numbered(60, 19, rate=RATES[2]), times=[0.1])
    heard = samples(whole.media)
    for first in range(0, heard.shape[1] - 400, 397):
        assert np.array_equal(samples(whole.media, first, first + 400), heard[:, first : first + 400]), first
    edges = [samples_at(2 * turn, RATES[2]) for turn in range(10)]
    for edge in edges[1:]:
        assert np.array_equal(samples(whole.media, edge - 1, edge + 1), heard[:, edge - 1 : edge + 1])
        assert np.array_equal(samples(whole.media, edge, edge + 1), heard[:, edge : edge + 1])


def test_sound_of_another_grid_stays_in_step():
    short, long = a_video(30, rate=Fraction(30)), a_video(50, rate=Fraction(25), sound=False)
    whole = switched(long, short, times=[0.5])
    heard, own = samples(whole.media), samples(short.media)
    assert np.array_equal(heard[:, :48_000], own)
    assert np.array_equal(heard[:, 48_000:], own)


# --- how it works -----------------------------------------------------------------------------------------------------


def test_inputs_are_decoded_only_where_they_are_seen():
    clips = [numbered(20, 12), numbered(60, 12), numbered(100, 12)]
    whole = switched(*clips, times=[4 / 25, 8 / 25])
    assert [clip.media.video.pulled for clip in clips] == [[], [], []]
    list(whole.media.video.frames(0, 12))
    assert [clip.media.video.pulled for clip in clips] == [[(0, 4)], [(4, 8)], [(8, 12)]]
    list(whole.media.video.frames(5, 7))
    assert [len(clip.media.video.pulled) for clip in clips] == [1, 2, 1]
    assert clips[1].media.video.pulled[1] == (5, 7)


def test_many_changes_are_one_part_each():
    clips = [numbered(20, 200), numbered(60, 200)]
    whole = switched(*clips, times=[index / 25 for index in range(1, 200)])
    assert whole.params["starts"] == list(range(200))
    assert whole.params["shown"] == [0, 1] * 100
    check_ranges(whole, cuts=[(77, 80)])


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "SWITCH needs 'times'"),
        ({"times": []}, "'times' is a list of seconds"),
        ({"times": 2}, "'times' is a list of seconds"),
        ({"times": {}}, "times needs 'bind'"),
        ({"times": {"bind": "bind0", "every": 0}}, "'every' is 0, outside 1 to 1000"),
        ({"times": {"bind": "bind0", "feature": "energy"}}, "'feature' cannot be 'energy'"),
        ({"times": {"bind": "bind0", "evry": 2}}, "times has no setting 'evry'"),
        ({"times": [0, 1]}, "the first change comes after 0 s"),
        ({"times": [1, 1]}, "not in order: 1 s stands after 1 s"),
        ({"times": [2, 1]}, "not in order: 1 s stands after 2 s"),
        ({"times": [-1]}, "outside 0 to 86400"),
        ({"times": ["soon"]}, "takes a number, not 'soon'"),
        ({"times": [{"keyframes": [[0, 1], [1, 2]]}]}, "cannot change over time: it decides what is seen"),
        ({"times": [float("nan")]}, "takes a finite number"),
        ({"times": [1.0] * 100_001}, "100,001 entries; 100,000 are the most"),
        ({"times": [1], "order": "chance"}, "'order' cannot be 'chance'"),
        ({"times": [1], "seed": -1}, "outside 0 to"),
    ],
)
def test_what_cannot_be_is_refused(config, words):
    with pytest.raises(ParameterError, match=words):
        made("SWITCH", config, a_video(2), a_video(2))


def test_a_wrong_time_is_told_at_its_place():
    with pytest.raises(ParameterError) as told:
        switched(a_video(2), a_video(2), times=[1, 3, 2])
    assert [problem.field for problem in told.value.problems] == ["config.times.2"]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (("clip", "song"), "SWITCH needs image or video in slot 2; 'song' gives audio"),
        (("clip",), "SWITCH 'it' takes 2 or more inputs, and is given 1"),
    ],
)
def test_a_recipe_that_cannot_be_switched_is_refused(inputs, words):
    sources = [f"{{id: {name}, type: SOURCE, config: {{input: true}}}}" for name in inputs]
    with pytest.raises(RecipeError, match=words):
        a_plan(*sources, node("{times: [1]}", *inputs))


def test_stills_alone_cannot_follow_a_sound():
    with pytest.raises(ParameterError, match="have no length of their own: make one of them a clip"):
        on_beats(an_image(), an_image(), beats=[0.2])


def test_what_is_followed_has_to_be_looked_for():
    deaf = HEARD.replace("beats", "energy")
    with pytest.raises(RecipeError, match="'it' needs the beats of 'heard', which does not look for that"):
        a_plan(CLIP, OTHER, SONG, deaf, node("{times: {bind: heard}}", "clip", "other"))


def test_times_may_be_params_that_each_run_gives():
    head = "params: {a: {type: float}, b: {type: float}}"
    recipe = a_recipe(CLIP, OTHER, node("{times: [{param: a}, {param: b}, 9]}", "clip", "other"), head=head)
    assert check_recipe(recipe, the_world()) == ()


# --- keys and files ---------------------------------------------------------------------------------------------------


def test_equal_work_has_equal_keys():
    def of(config: str) -> str:
        return key(CLIP, OTHER, node(config, "clip", "other"))

    assert of("{times: [0.5]}") == of("{times: [0.5, 100], seed: 5}") == of("{times: [0.501], order: round_robin}")
    assert of("{times: [0.5]}") != of("{times: [0.6]}")


def test_files_are_switched_and_written(tmp_path: Path):
    studio = Studio(tmp_path)
    clip = studio.add(a_video_file(tmp_path, rate=Fraction(25)))
    run_ffmpeg(
        *("-f", "lavfi", "-i", "testsrc=size=96x40:rate=30000/1001:duration=2"),
        *("-f", "lavfi", "-i", "sine=sample_rate=44100:duration=2", "-pix_fmt", "yuv420p", tmp_path / "other.mp4"),
    )
    other = studio.add(tmp_path / "other.mp4")
    photo = studio.add(an_image_file(tmp_path))
    third = "{id: photo, type: SOURCE, config: {input: true}}"
    inputs = {"clip": clip, "other": other, "photo": photo}
    head = "output: {profile: lossless}"
    it = node("{times: [0.4, 1, 1.4]}", "clip", "other", "photo")
    done = studio.render(studio.plan(CLIP, OTHER, third, it, inputs=inputs, head=head))
    shown = open_media(done.path, probe(done.path))
    assert (shown.video.shape.width, shown.video.shape.height) == (64, 48)
    assert (shown.video.shape.frame_rate, shown.video.shape.frame_count) == (25, 50)
    own = frames(Pattern(25, rate=Fraction(25)))
    seen = frames(shown.video)
    assert seen[:10] == own[:10]
    assert len(set(seen[25:35])) == 1
    assert seen[35:] == own[10:25]  # of the second turn
    heard = samples(shown)
    first = samples(open_media(studio.files[clip], probe(studio.files[clip])))
    assert np.array_equal(heard[:, :48_000], first)
    assert np.array_equal(heard[:, 48_000:], first)
