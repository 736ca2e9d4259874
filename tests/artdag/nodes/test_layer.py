"""LAYER: pictures and clips lie where, when and as they are told to."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from artdag.animation import Keyframes
from artdag.codec.composite import Mode
from artdag.codec.decode import open_media
from artdag.codec.frame import Frame
from artdag.codec.probe import probe
from artdag.codec.stream import Media
from artdag.errors import ParameterError
from artdag.media import Kind, Shape, samples_at
from artdag.params import Ungiven, settle
from artdag.planner import source_shape
from tests.artdag.codec.files import a_video_file, an_image_file
from tests.artdag.codec.synthetic import Pattern, Wave
from tests.artdag.effects.apply import alpha
from tests.artdag.nodes.bench import (
    Made,
    a_video,
    an_image,
    applied,
    check_ranges,
    frames,
    kept,
    made,
    node_types,
    samples,
)
from tests.artdag.nodes.colours import grey, lumas, plain, shown, still
from tests.artdag.studio import Studio

RATE = Fraction(25)


def layer(*inputs: Made, over: list[dict[str, Any]] | None = None, **config: Any) -> Made:
    """Return what LAYER makes of them; *over* are the settings of those above the base."""
    if over is not None:
        config["inputs"] = [{}, *over]
    return made("LAYER", config, *inputs)


def white_box(base: Made, size: int = 4, **settings: Any) -> np.ndarray:
    """Return where a white square lies over black, as (rows, columns) of luma being white."""
    whole = layer(base, still((255, 255, 255), width=size, height=size), over=[settings])
    return shown(whole).planes[0] == 235


def black(count: int = 1, **shape: Any) -> Made:
    return plain(*[grey(16)] * count, **shape)


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Return x, y, width and height of what is true, which is a rectangle."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    return columns[0], rows[0], len(columns), len(rows)


# --- where ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("position", "corner"),
    [
        ([0, 0], (0, 0)),
        ([3, 5], (3, 5)),
        ([3.4, 4.5], (3, 5)),
        (["left", "top"], (0, 0)),
        (["right", "bottom"], (12, 8)),
        (["center", "center"], (6, 4)),
        (["50%", "100%"], (6, 8)),
        (["25%", "0%"], (4, 0)),
        ([2, "bottom"], (2, 8)),
    ],
)
def test_a_layer_lies_where_it_is_told(position, corner):
    assert box_of(white_box(black(), position=position)) == (*corner, 4, 4)


@pytest.mark.parametrize(
    ("position", "box"),
    [
        ([-2, -3], (0, 0, 2, 1)),
        ([14, 10], (14, 10, 2, 2)),
        ([-10, -6], (0, 0, 10, 14)),
        (["50%", "50%"], (0, 0, 16, 12)),
        (["right", "bottom"], (0, 0, 16, 12)),
    ],
)
def test_what_lies_outside_is_cut_off(position, box):
    size = 20 if position[0] in (-10, "50%", "right") else 4
    x, y, width, height = box
    mask = white_box(black(), size, position=position)
    assert box_of(mask) == (x, y, min(width, 16), min(height, 12))


def test_a_layer_wholly_outside_leaves_the_base_as_it_is():
    base = a_video(3)
    for position in ([64, 0], [-4, 0], [0, 48], [0, -4], [30_000, -30_000]):
        whole = layer(base, still((255, 255, 255), width=4, height=4), over=[{"position": position}])
        assert frames(whole.media.video) == frames(base.media.video)


@pytest.mark.parametrize(("scale", "size"), [(1, (8, 6)), (0.5, (4, 3)), (1.5, (12, 9)), (0.01, (1, 1))])
def test_a_layer_is_as_large_as_it_is_told(scale, size):
    whole = layer(
        plain(grey(16), width=32, height=24), still((255, 255, 255), width=8, height=6), over=[{"scale": scale}]
    )
    assert box_of(shown(whole).planes[0] == 235) == (0, 0, *size)


def test_it_moves_grows_and_appears_frame_by_frame():
    over = {
        "position": [{"keyframes": [[0, 0], [0.16, 8]]}, {"keyframes": [[0, 4], [0.16, 0]], "ease": "hold"}],
        "scale": {"keyframes": [[0, 1], [0.08, 1], [0.16, 2]]},
        "opacity": {"keyframes": [[0, 0], [0.04, 1]]},
    }
    whole = layer(black(5, width=20), still((255, 255, 255), width=4, height=4), over=[over])
    masks = [shown(whole, index).planes[0] == 235 for index in range(5)]
    assert not masks[0].any(), "it cannot be seen yet"
    assert [box_of(mask) for mask in masks[1:]] == [(2, 4, 4, 4), (4, 4, 4, 4), (6, 4, 6, 6), (8, 0, 8, 8)]
    check_ranges(whole, cuts=[(0, 2), (1, 3), (3, 5), (4, 5)])


def test_a_moving_clip_shows_its_own_frames_in_any_range():
    over = {"position": [{"keyframes": [[0, -20], [1, 60]]}, "center"], "scale": {"keyframes": [[0, 0.3], [1, 1.4]]}}
    clip = a_video(20, width=30, height=22, pixel_format="yuva420p", rate=Fraction(20), sound=False)
    for blend in ("normal", "multiply"):
        whole = layer(a_video(25, rate=RATE), clip, over=[{**over, "start": 0.2, "blend": blend}])
        check_ranges(whole, cuts=[(0, 3), (4, 6), (5, 25), (13, 14), (24, 25)])


# --- what is seen -----------------------------------------------------------------------------------------------------


def test_each_layer_lies_over_those_before_it():
    whole = layer(black(), still((255, 0, 0)), still((255, 255, 255), width=8), plain(grey(99), width=4), over=[{}] * 3)
    assert shown(whole).planes[0][0].tolist() == [99] * 4 + [235] * 4 + [63] * 8


def test_alpha_opacity_and_mode_are_honoured():
    clear = still((255, 255, 255, 102), "rgba")
    assert (shown(layer(still((50, 100, 0)), clear)).planes[0] == (132, 162, 102)).all()
    half = layer(still((50, 100, 0)), clear, over=[{"opacity": 0.5}])
    assert (shown(half).planes[0] == (91, 131, 51)).all()  # 102 · 128 / 255 is 51, a fifth
    times = layer(still((50, 100, 0)), still((100, 51, 9)), over=[{"blend": "multiply"}])
    assert (shown(times).planes[0] == (20, 20, 0)).all()
    clip = layer(black(), plain((235, 128, 128, 51), pixel_format="yuva420p"))
    assert lumas(clip) == [60]


def test_a_see_through_base_stays_so():
    base = still((10, 20, 30, 0), "rgba", width=8, height=4)
    whole = layer(base, still((200, 100, 50), width=4, height=4))
    assert whole.shape.video.pixel_format == "rgba"
    assert alpha(shown(whole)).tolist() == [[255] * 4 + [0] * 4] * 4
    assert (shown(whole).planes[0][:, :4, :3] == (200, 100, 50)).all()
    assert (shown(whole).planes[0][:, 4:] == (10, 20, 30, 0)).all()


@pytest.mark.parametrize("blend", get_args(Mode))
def test_beside_a_layer_the_base_is_exactly_what_it_was(blend):
    base = a_video(2)
    whole = layer(base, an_image(12, 10, "rgba"), over=[{"position": [20, 10], "blend": blend}])
    for index in range(2):
        for own, before, step in zip(shown(whole, index).planes, shown(base, index).planes, (1, 2, 2), strict=True):
            outside = np.ones(own.shape, bool)
            outside[10 // step : 20 // step, 20 // step : 32 // step] = False
            assert np.array_equal(own[outside], before[outside])
            assert not np.array_equal(own, before)


def test_hidden_colours_do_not_come_out_when_a_layer_is_scaled():
    picture = Frame.blank(32, 32, "rgba")
    picture.planes[0][...] = (0, 0, 0, 0)
    picture.planes[0][8:24, 8:24] = 255
    video = Pattern(1, width=32, height=32, pixel_format="rgba", rate=Fraction(1))
    video.picture = lambda index: picture
    logo = Made(Media(video=video), Shape(kind=Kind.IMAGE, video=video.shape))
    whole = layer(still((255, 255, 255), width=64, height=64), logo, over=[{"scale": 1.7}])
    assert shown(whole).planes[0].min() >= 253, "white over white is white, with no dark fringe"


# --- when and how long ------------------------------------------------------------------------------------------------


def test_a_clip_appears_at_its_start_and_ends_with_its_own_end():
    clip = plain(*(grey(100 + 10 * index) for index in range(3)))
    assert lumas(layer(black(7), clip, over=[{"start": 0.08}])) == [16, 16, 100, 110, 120, 16, 16]
    assert lumas(layer(black(4), clip, over=[{"start": 0.08}])) == [16, 16, 100, 110]


def test_a_still_stays_to_the_end():
    assert lumas(layer(black(4), still((255, 255, 255)), over=[{"start": 0.08}])) == [16, 16, 235, 235]


def test_a_clip_of_another_rate_shows_what_it_shows_at_that_time():
    clip = plain(*(grey(100 + 10 * index) for index in range(6)), rate=Fraction(50))
    assert lumas(layer(black(5), clip, over=[{"start": 0.04}])) == [16, 100, 120, 140, 16]


def test_a_still_under_clips_lasts_until_the_last_one_ends():
    base = still((255, 255, 255), width=20, height=20)
    whole = layer(base, plain(grey(20), grey(30)), plain(grey(50), rate=Fraction(10)), over=[{}, {"start": 0.08}])
    assert whole.shape.kind is Kind.VIDEO
    assert (whole.shape.video.frame_rate, whole.shape.video.frame_count) == (25, 5)
    assert whole.shape.video.pixel_format == "yuv420p"
    assert lumas(whole) == [20, 30, 50, 50, 50]
    assert int(shown(whole, 4).planes[0][19, 19]) == 235
    see_through = layer(still((0, 0, 0, 0), "rgba"), plain(grey(20), width=8))
    assert see_through.shape.video.pixel_format == "yuva420p"
    assert alpha(shown(see_through))[0].tolist() == [255] * 8 + [0] * 8


def test_stills_alone_give_a_still():
    moving = {"position": [{"keyframes": [[0, 3], [1, 9]]}, 0]}
    whole = layer(still((0, 0, 0)), still((255, 255, 255), width=4, height=4), over=[moving])
    assert whole.shape == Shape(kind=Kind.IMAGE, video=still((0, 0, 0)).shape.video)
    assert box_of(shown(whole).planes[0][..., 0] == 255) == (3, 0, 4, 4)


def test_one_input_is_itself():
    assert layer(a_video(3)).same_as == 0
    assert layer(an_image(), over=[]).same_as == 0


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "rgb24", "rgba"])
@pytest.mark.parametrize("above", ["yuv420p", "yuva420p", "rgb24", "rgba"])
def test_any_range_is_that_part_of_the_whole(pixel_format, above):
    base = a_video(9, pixel_format=pixel_format, width=21, height=17)
    clip = a_video(5, pixel_format=above, rate=Fraction(24000, 1001), sound=False)
    over = [
        {"position": [3, -2], "scale": 0.4, "start": 0.05, "opacity": 0.8},
        {"blend": "screen", "opacity": {"keyframes": [[0, 1], [0.3, 0]]}},
    ]
    whole = layer(base, clip, an_image(9, 30, "rgba"), over=over)
    assert whole.shape.video == base.shape.video
    check_ranges(whole, cuts=[(0, 1), (1, 3), (2, 9), (5, 8), (8, 9)])


def test_a_still_is_opened_once_and_a_clip_from_its_first_frame_that_is_seen():
    opened: list[tuple[str, int, int]] = []

    class Watched(Pattern):
        def frames(self, first, stop):
            opened.append((self.name, first, stop))
            return super().frames(first, stop)

    def watched(name: str, count: int) -> Made:
        kind, rate = (Kind.VIDEO, RATE) if count > 1 else (Kind.IMAGE, Fraction(1))
        video = Watched(count, width=8, height=8, rate=rate)
        video.name = name
        return Made(Media(video=video), Shape(kind=kind, video=video.shape))

    whole = layer(black(20), watched("still", 1), watched("clip", 10), over=[{}, {"start": 0.2}])
    list(whole.media.video.frames(0, 20))
    assert opened == [("still", 0, 1), ("clip", 0, 10)]
    opened.clear()
    list(whole.media.video.frames(8, 12))
    assert opened == [("still", 0, 1), ("clip", 3, 7)]
    opened.clear()
    list(whole.media.video.frames(17, 20))
    assert opened == [("still", 0, 1)]


# --- sound ------------------------------------------------------------------------------------------------------------


def loud(level: float, count: int = 10, **shape: Any) -> Made:
    item = plain(*[grey(16)] * count, **shape)
    length = item.shape.video.sample_count
    sound = Wave(length, samples=np.full((2, length), level, np.float32))
    return Made(
        Media(video=item.media.video, sound=sound), Shape(kind=Kind.VIDEO, video=item.shape.video, sound=sound.shape)
    )


def test_the_sound_is_the_bases():
    whole = layer(loud(0.25), loud(0.5))
    assert (samples(whole.media) == 0.25).all()


def test_where_the_base_has_none_it_is_that_of_the_first_layer_that_has_any():
    whole = layer(black(10), still((9, 9, 9)), loud(0.5, 4), loud(0.7), over=[{}, {"start": 0.12}, {}])
    heard = samples(whole.media)[0]
    begin, end = samples_at(3, RATE), samples_at(7, RATE)
    assert not heard[:begin].any()
    assert (heard[begin:end] == 0.5).all()
    assert not heard[end:].any()
    assert len(heard) == samples_at(10, RATE)
    check_ranges(whole)


def test_mixed_all_are_heard_and_never_louder_than_full_scale():
    quiet = layer(loud(0.25), loud(0.5, 4), over=[{"start": 0.12}], sound="mix")
    heard = samples(quiet.media)[0]
    begin, end = samples_at(3, RATE), samples_at(7, RATE)
    assert (heard[:begin] == 0.25).all()
    assert (heard[begin:end] == 0.75).all()
    assert (heard[end:] == 0.25).all()
    check_ranges(quiet)
    much = samples(layer(loud(0.75), loud(0.75, 4), sound="mix").media)[0]
    assert much.max() == pytest.approx(1)
    assert much[-1] == pytest.approx(0.5)


def test_without_any_sound_there_is_none():
    for sound in ("base", "mix"):
        assert layer(black(3), an_image(), sound=sound).shape.sound is None
        assert layer(an_image(), an_image(), sound=sound).shape.sound is None
    under = layer(an_image(), a_video(6))
    assert np.array_equal(samples(under.media), samples(a_video(6).media))


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ([], r"LAYER has 2 inputs, and its 'inputs' lists 1: one for each, the base's first"),
        ([{}, {}], r"LAYER has 2 inputs, and its 'inputs' lists 3"),
        ([{"position": 3}], r"'position' is \[x, y\]"),
        ([{"position": [3]}], r"'position' is \[x, y\]"),
        ([{"position": ["middle", 0]}], r"left, center, right; not 'middle'"),
        ([{"position": ["top", 0]}], r"left, center, right; not 'top'"),
        ([{"position": [0, "5"]}], r"top, center, bottom; not '5'"),
        ([{"position": [True, 0]}], r"'position' takes a number"),
        ([{"position": [40_000, 0]}], r"outside -32768 to 32768"),
        ([{"position": [{"keyframes": [[0, 0], [1, 99_999]]}, 0]}], r"outside -32768 to 32768"),
        ([{"scale": 0}], r"outside 0.01 to 20"),
        ([{"opacity": 1.1}], r"outside 0 to 1"),
        ([{"start": {"keyframes": [[0, 0], [1, 2]]}}], r"'start' cannot change over time: it decides when it is seen"),
        ([{"blend": "burn"}], r"'blend' cannot be 'burn'"),
        ([{"opactiy": 1}], r"did you mean 'opacity'|has no setting 'opactiy'"),
        ([{"start": 5}], r"input 2 starts at 5 s, and the whole lasts 0.4 s: it is never seen"),
        (["right"], r"input 2 takes a map of settings"),
    ],
)
def test_what_cannot_be_is_refused(over, words):
    with pytest.raises(ParameterError, match=words):
        layer(a_video(10, rate=RATE), an_image(), over=over)


@pytest.mark.parametrize("scale", [20, {"keyframes": [[0, 1], [1, 20]]}])
def test_a_layer_that_would_be_huge_is_refused(scale):
    with pytest.raises(ParameterError, match=r"input 2 would become 12000×9000: no side may be longer than 8192 px"):
        layer(a_video(2), an_image(600, 450), over=[{"scale": scale}])


def test_a_start_means_nothing_among_stills():
    with pytest.raises(ParameterError, match="stills alone give a still"):
        layer(an_image(), an_image(), over=[{"start": 1}])


def test_the_base_has_nothing_to_set():
    neutral = {"position": [0, 0], "opacity": 1, "scale": 1, "start": 0, "blend": "normal"}
    made("LAYER", {"inputs": [neutral, {}]}, a_video(2), an_image())
    with pytest.raises(ParameterError, match="the first entry of 'inputs' is the base's"):
        made("LAYER", {"inputs": [{"scale": 0.5}, {}]}, a_video(2), an_image())


def test_all_that_is_wrong_is_told_at_once_with_its_place():
    with pytest.raises(ParameterError) as caught:
        layer(a_video(2), an_image(), an_image(), over=[{"scale": 99, "opacity": 2}, {"position": []}])
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["config.inputs.1.opacity", "config.inputs.1.scale", "config.inputs.2.position"]


def test_settled_settings_are_spelt_one_way_and_build_the_same_again():
    over = [{"position": ["center", "12.50 %"], "opacity": {"keyframes": [[0, 0.5], [1, 1]]}}]
    (entry,) = layer(a_video(2), an_image(), over=over).params["layers"]
    assert entry["position"] == ["50%", "12.5%"]
    assert entry["opacity"] == {"keyframes": [[0.0, 0.5], [1.0, 1.0]], "ease": "linear"}
    assert layer(a_video(2), an_image()).params["layers"] == layer(a_video(2), an_image(), over=[{}]).params["layers"]


def test_values_that_a_run_gives_fit_anywhere():
    config = node_types()["LAYER"].config
    given = {"position": [Ungiven("float", 1.0), Ungiven("text", "x")], "scale": Ungiven("float", 1.0)}
    entry = settle(config, {"inputs": [{}, given]}, field="config", what="LAYER").inputs[1]
    assert entry.scale == 1
    live = settle(config, {"inputs": [{}, {"position": [Keyframes(points=((0.0, 0.0), (1.0, 5.0))), 0]}]})
    assert live.inputs[1].position[0].high == 5


# --- through files ----------------------------------------------------------------------------------------------------

SOURCES = [f"{{id: {name}, type: SOURCE, config: {{input: true}}}}" for name in ("clip", "logo", "other")]


def opened(path: Path) -> Made:
    facts = probe(path)
    return Made(open_media(path, facts), source_shape(facts))


@pytest.mark.parametrize("blend", ["normal", "screen"])
def test_a_recipe_with_files_gives_the_file_that_the_node_describes(tmp_path, blend):
    studio = Studio(tmp_path)
    paths = {
        "clip": a_video_file(tmp_path, count=12, rate=RATE, width=62, height=40),
        "logo": an_image_file(tmp_path, "logo", width=33, height=21, pixel_format="rgba"),
        "other": a_video_file(tmp_path, "other", count=9, rate=Fraction(30), pixel_format="yuva420p", sound=False),
    }
    over = [
        {"position": ["right", {"keyframes": [[0, 0], [0.4, 20]]}], "scale": 0.6, "blend": blend},
        {"position": [-5, 3], "start": 0.12, "opacity": {"keyframes": [[0, 0.2], [0.4, 1]]}},
    ]
    node = f"{{id: it, type: LAYER, config: {json.dumps({'inputs': [{}, *over]})}, inputs: [clip, logo, other]}}"
    inputs = {name: studio.add(path) for name, path in paths.items()}
    plan = studio.plan(*SOURCES, node, inputs=inputs, head="output: {profile: lossless}")
    found = opened(studio.render(plan).path)
    wanted = layer(*map(opened, paths.values()), over=over)
    assert frames(found.media.video) == frames(wanted.media.video)
    assert np.abs(samples(found.media) - samples(wanted.media)).max() < 1e-4


STEPS: dict[str, Callable[[Made], Made]] = {
    "native": lambda item: applied("blur", item, radius=2),
    "frames": lambda item: applied("sepia", item),
    "size": lambda item: made("RESIZE", {"width": 20, "height": 30, "mode": "pad"}, item),
    "layer": lambda item: layer(item, an_image(9, 9, "rgba"), over=[{"position": [3, 3], "blend": "overlay"}]),
    "blend": lambda item: made("BLEND", {"mode": "difference"}, item, an_image(9, 9)),
}


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "rgb24"])
@pytest.mark.parametrize("before", STEPS)
@pytest.mark.parametrize("after", STEPS)
def test_in_one_pass_it_gives_the_same_pixels_as_step_by_step(before, after, pixel_format):
    source = a_video(3, width=24, height=18, pixel_format=pixel_format)
    first = STEPS[before](source)
    over = [{"position": [2, 5], "scale": 0.7}]
    fused = STEPS[after](layer(first, first, over=over))
    stepwise = STEPS[after](kept(layer(kept(first), kept(first), over=over)))
    assert fused.shape == stepwise.shape
    assert frames(fused.media.video) == frames(stepwise.media.video)
