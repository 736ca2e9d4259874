"""Effects written for moviepy, those of moviepy itself and one dropped in: their results on our frames."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from moviepy import Effect as MoviepyEffect
from moviepy.audio import fx as afx
from moviepy.video import fx

from artdag.catalog import load_effects
from artdag.codec.frame import Frame
from artdag.effect import SOUNDS, Effect, EffectCatalog
from artdag.errors import ParameterError, RenderError
from artdag.media import Kind
from artdag.moviepy_adapter import from_moviepy
from artdag.node_type import Building
from artdag.params import Range, settle
from tests.artdag.codec.synthetic import Pattern
from tests.artdag.nodes.bench import Made, a_sound, a_video, an_image, check_ranges, frames, node_types, samples


def made(effect: Effect, source: Made, **params: Any) -> Made:
    """Return what *effect* makes of *source*, planned and built as any effect."""
    node, catalog = node_types()["EFFECT"], EffectCatalog({effect.name: effect})
    config = settle(node.config, {"effect": effect.name, "params": params}, field="config", what="EFFECT")
    settled = node.settle(config, (source.shape,), catalog)
    building = Building(
        params=settled.params,
        inputs=(source.media,),
        shapes=(source.shape,),
        shape=settled.shape,
        effect=effect,
        seed=1,
    )
    return Made(node.build(building), settled.shape)


def a_clip(count: int = 10, **shape: Any) -> Made:
    return a_video(count, pixel_format="rgb24", **shape)


def pictures(item: Made) -> np.ndarray:
    """Return all frames: (count, height, width, channels)."""
    shape = item.media.video.shape
    channels = 4 if shape.pixel_format == "rgba" else 3
    return np.frombuffer(b"".join(frames(item.media.video)), np.uint8).reshape(-1, shape.height, shape.width, channels)


SOURCE = pictures(a_clip())


def test_mirror_x_turns_each_frame():
    result = made(from_moviepy(fx.MirrorX), a_clip())
    assert np.array_equal(pictures(result), SOURCE[:, :, ::-1])
    check_ranges(result)


def test_black_and_white_is_grey_and_as_moviepy_weighs_it():
    result = pictures(made(from_moviepy(fx.BlackAndWhite), a_clip()))
    assert np.array_equal(result[..., 0], result[..., 1])
    assert np.array_equal(result[..., 0], result[..., 2])
    assert np.array_equal(result, np.stack([SOURCE @ (np.ones(3) / 3)] * 3, axis=-1).astype(np.uint8))


@pytest.mark.parametrize("gamma", [0.5, 1, 2.2])
def test_gamma_correction_takes_its_setting(gamma):
    result = pictures(made(from_moviepy(fx.GammaCorrection), a_clip(), gamma=gamma))
    assert np.array_equal(result, (255 * (SOURCE / 255.0) ** gamma).astype(np.uint8))


def test_painting_draws():
    effect = from_moviepy(fx.Painting)
    result = made(effect, a_clip())
    assert np.abs(pictures(result).astype(int) - SOURCE).mean() > 5
    check_ranges(result)
    assert not np.array_equal(pictures(made(effect, a_clip(), saturation=0.5)), pictures(result))


def test_a_fade_follows_time():
    result = pictures(made(from_moviepy(fx.FadeIn), a_clip(), duration=0.2))  # six frames at 30 a second
    for index in range(10):
        share = min(1.0, index / 6)
        assert np.abs(result[index] - share * SOURCE[index]).max() <= 1


@pytest.mark.parametrize(
    ("effect", "params", "size"),
    [
        (fx.Resize, {"new_size": 0.5}, (32, 24)),
        (fx.Resize, {"new_size": [30, 20]}, (30, 20)),
        (fx.Resize, {"width": 16}, (16, 12)),
        (fx.Crop, {"x1": 10, "y1": 5, "width": 21, "height": 11}, (21, 11)),
        (fx.Margin, {"left": 3, "top": 2}, (67, 50)),
        (fx.Rotate, {"angle": 90}, (48, 64)),
    ],
)
def test_the_size_is_what_the_clip_says(effect, params, size):
    result = made(from_moviepy(effect), a_clip(), **params)
    assert (result.shape.video.width, result.shape.video.height) == size
    check_ranges(result)


def test_a_cut_out_part_is_that_part():
    result = pictures(made(from_moviepy(fx.Crop), a_clip(), x1=10, y1=5, width=21, height=11))
    assert np.array_equal(result, SOURCE[:, 5:16, 10:31])


@pytest.mark.parametrize(
    ("effect", "params", "order"),
    [
        (fx.MultiplySpeed, {"factor": 2}, [0, 2, 4, 6, 8]),
        (fx.MultiplySpeed, {"factor": 0.5}, [index // 2 for index in range(20)]),
        (fx.Loop, {"n": 3}, [*range(10)] * 3),
        (fx.TimeMirror, {}, [*range(9, -1, -1)]),
        (fx.TimeSymmetrize, {}, [*range(10), *range(9, -1, -1)]),
        (fx.Freeze, {"t": 0.1, "freeze_duration": 0.2}, [0, 1, 2, *[3] * 6, *range(3, 10)]),
    ],
)
def test_the_length_is_what_the_clip_says_and_frames_come_in_its_order(effect, params, order):
    result = made(from_moviepy(effect), a_clip(), **params)
    assert result.shape.video.frame_count == len(order)
    assert np.array_equal(pictures(result), SOURCE[order])
    check_ranges(result)


def test_sound_goes_along_where_the_effect_moves_it():
    clip = a_clip(30)
    mirrored = made(from_moviepy(fx.TimeMirror), clip)
    assert mirrored.shape.sound.sample_count == 48_000
    whole, heard = samples(clip.media), samples(mirrored.media)
    # moviepy turns a clip about its last frame, not its end
    np.testing.assert_array_equal(heard[:, : 48_000 - 1600], whole[:, 48_000 - 1600 : 0 : -1])
    check_ranges(mirrored)
    fast = made(from_moviepy(fx.MultiplySpeed), clip, factor=2)
    np.testing.assert_array_equal(samples(fast.media), whole[:, ::2])


def test_sound_that_the_effect_leaves_alone_stays_untouched():
    clip = a_clip()
    assert made(from_moviepy(fx.MirrorX), clip).media.sound is clip.media.sound
    longer = made(from_moviepy(fx.AccelDecel), clip, new_duration=0.5)
    heard = samples(longer.media)
    assert heard.shape == (2, 24_000)
    np.testing.assert_array_equal(heard[:, :16_000], samples(clip.media))
    assert not heard[:, 16_000:].any()
    assert made(from_moviepy(fx.MirrorX), a_video(4, sound=False)).media.sound is None


def test_effects_on_sound_are_heard_and_leave_the_picture():
    clip = a_clip(30)
    louder = made(from_moviepy(afx.MultiplyVolume), clip, factor=0.5)
    np.testing.assert_allclose(samples(louder.media), 0.5 * samples(clip.media), atol=1e-7)
    assert frames(louder.media.video) == frames(clip.media.video)
    check_ranges(louder)
    rising = made(from_moviepy(afx.AudioFadeIn), clip, duration=1)
    share = np.arange(48_000) / 48_000
    np.testing.assert_allclose(samples(rising.media), share * samples(clip.media), atol=1e-6)
    normal = made(from_moviepy(afx.AudioNormalize), clip)
    assert np.abs(samples(normal.media)).max() == pytest.approx(1, abs=1e-3)


def test_a_sound_alone_can_be_taken_too():
    effect = from_moviepy(afx.AudioDelay, kinds=SOUNDS, group="sound")
    result = made(effect, a_sound(4800), offset=0.1, n_repeats=1, decay=0.5)
    whole, heard = samples(a_sound(4800).media), samples(result.media)
    assert heard.shape == (2, 9600)
    np.testing.assert_allclose(heard[:, :4800], whole, atol=1e-6)
    np.testing.assert_allclose(heard[:, 4900:], 0.5 * whole[:, 100:], atol=1e-3)
    check_ranges(result)


def test_opacity_is_the_clips_mask():
    clip = a_video(4, pixel_format="rgba", sound=False)
    source = pictures(clip)
    assert np.array_equal(pictures(made(from_moviepy(fx.MirrorX), clip)), source[:, :, ::-1])
    shown = pictures(made(from_moviepy(fx.InvertColors), clip))
    assert np.array_equal(shown[..., :3], 255 - source[..., :3])
    assert np.array_equal(shown[..., 3], source[..., 3])


def test_a_mask_that_the_effect_makes_is_opacity():
    result = made(from_moviepy(fx.CrossFadeIn), a_clip(), duration=0.2)
    assert result.shape.video.pixel_format == "rgba"
    shown = pictures(result)
    assert shown[0, ..., 3].max() == 0
    assert abs(int(shown[3, 0, 0, 3]) - 128) <= 1
    assert shown[9, ..., 3].min() == 255
    assert np.array_equal(shown[..., :3], SOURCE)


def test_an_image_stays_one():
    result = made(from_moviepy(fx.Resize), an_image(), new_size=2)
    assert result.shape.kind is Kind.IMAGE
    assert (result.shape.video.width, result.shape.video.frame_count) == (128, 1)
    assert made(from_moviepy(fx.Loop), an_image(), n=3).shape.video.frame_count == 1


DROP_IN = '''
"""Move the channels apart, more and more."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from moviepy import Effect

from artdag.moviepy_adapter import from_moviepy
from artdag.params import Range


@dataclass
class DriftApart(Effect):
    pixels_per_second: Annotated[float, Range(0, 100, "px/s"), "How fast."] = 30.0
    grain: int = 0

    def apply(self, clip):
        def drift(get_frame, t):
            frame = get_frame(t)
            frame[..., 0] = np.roll(frame[..., 0], int(self.pixels_per_second * t + 0.001), axis=1)
            frame[..., 1] = np.clip(frame[..., 1] + np.random.randint(0, self.grain + 1, frame.shape[:2]), 0, 255)
            return frame

        return clip.transform(drift)


EFFECT = from_moviepy(DriftApart, group="look", ranges={"grain": Range(0, 50)})
'''


@pytest.fixture
def drop_in(tmp_path: Path) -> Effect:
    (tmp_path / "drift_apart.py").write_text(DROP_IN)
    catalog = load_effects([tmp_path])
    assert catalog.refused == {}
    return catalog.get("drift_apart")


def test_a_file_dropped_in_is_an_effect_like_any_other(drop_in):
    assert drop_in.summary == "Move the channels apart, more and more."
    assert drop_in.group == "look"
    speed, grain = drop_in.param_specs
    assert (speed.type, speed.default, speed.low, speed.high, speed.unit, speed.doc) == (
        "float",
        30.0,
        0,
        100,
        "px/s",
        "How fast.",
    )
    assert (grain.type, grain.default, grain.low, grain.high) == ("int", 0, 0, 50)
    result = pictures(made(drop_in, a_clip()))
    for index in range(10):
        assert np.array_equal(result[index, ..., 0], np.roll(SOURCE[index, ..., 0], index, axis=1))
        assert np.array_equal(result[index, ..., 1:], SOURCE[index, ..., 1:])


def test_its_settings_are_checked_and_stand_still(drop_in):
    with pytest.raises(ParameterError, match="outside 0 to 100"):
        made(drop_in, a_clip(), pixels_per_second=101)
    with pytest.raises(ParameterError, match="no setting 'grian'"):
        made(drop_in, a_clip(), grian=1)
    with pytest.raises(ParameterError, match="cannot change over time"):
        made(drop_in, a_clip(), grain={"keyframes": [[0, 0], [1, 9]]})


def test_chance_is_the_frames_own_whatever_was_made_before(drop_in):
    result = made(drop_in, a_clip(), grain=40)
    check_ranges(result)
    shown = pictures(result).astype(int)
    assert len({(shown[index, ..., 1] - SOURCE[index, ..., 1]).tobytes() for index in range(10)}) == 10
    state = np.random.get_state()[1].copy()
    frames(result.media.video)
    assert np.array_equal(np.random.get_state()[1], state)


@dataclass
class Averaged(MoviepyEffect):
    """Looks around in time, backwards and forwards."""

    reach_s: float = 0.1

    def apply(self, clip):
        def mean(get_frame, t):
            return np.mean([get_frame(max(0, t + shift)) for shift in (self.reach_s, 0, -self.reach_s)], axis=0)

        return clip.transform(mean)


class Counted(Pattern):
    """Counts how many frames were made."""

    made = 0

    def picture(self, index: int) -> Frame:
        Counted.made += 1
        return super().picture(index)


def test_frames_around_are_not_made_again_and_again():
    clip = a_clip(60)
    counted = Made(replace(clip.media, video=Counted(60, pixel_format="rgb24")), clip.shape)
    result = made(from_moviepy(Averaged), counted)
    Counted.made = 0
    shown = pictures(result)
    assert Counted.made < 70
    wanted = np.mean([pictures(clip)[index] for index in (23, 20, 17)], axis=0).astype(np.uint8)
    assert np.array_equal(shown[20], wanted)
    Counted.made = 0
    frames(made(from_moviepy(fx.TimeMirror), counted).media.video)
    assert Counted.made < 150


@dataclass
class Odd(MoviepyEffect):
    """Takes all sorts of settings."""

    flag: bool = False
    count: int = 3
    word: str = "one"
    pair: tuple = (1, 2)
    numbers: list = field(default_factory=lambda: [1.5])
    maybe: float | None = None
    curve: callable = None
    inner: object = field(default=None, init=False)

    def apply(self, clip):
        assert isinstance(self.pair, tuple)
        assert isinstance(self.numbers, list)
        level = self.count + self.pair[1] + self.numbers[0] + (self.maybe or 0) + len(self.word) + self.flag
        return clip.image_transform(lambda frame: np.full_like(frame, round(level)))


def test_settings_are_made_from_the_fields():
    effect = from_moviepy(Odd)
    declared = {spec.name: (spec.type, spec.default) for spec in effect.param_specs}
    assert declared == {
        "flag": ("bool", False),
        "count": ("int", 3),
        "word": ("text", "one"),
        "pair": ("custom", (1, 2)),
        "numbers": ("custom", (1.5,)),
        "maybe": ("float", None),
    }
    assert (pictures(made(effect, a_clip(1))) == round(3 + 2 + 1.5 + 3)).all()
    given = {"flag": True, "count": 10, "word": "", "pair": [0, 20], "numbers": [30, 1], "maybe": 4}
    assert (pictures(made(effect, a_clip(1), **given)) == 65).all()
    (count,) = (spec for spec in effect.param_specs if spec.name == "count")
    assert (count.low, count.high) == (-10_000, 10_000)
    for unbounded in ({"count": 10_001}, {"pair": [0, 1e6]}):
        with pytest.raises(ParameterError, match="outside -10000 to 10000"):
            made(effect, a_clip(1), **unbounded)
    with pytest.raises(ParameterError, match="a number, true or false, a text, or a list"):
        made(effect, a_clip(1), pair={"a": 1})


def test_what_cannot_be_set_and_has_no_default_is_refused_when_the_file_is_loaded(tmp_path):
    (tmp_path / "laid_over.py").write_text(
        "from dataclasses import dataclass\nfrom moviepy import Clip, Effect\n"
        "from artdag.moviepy_adapter import from_moviepy\n\n\n"
        "@dataclass\nclass LaidOver(Effect):\n    other: Clip\n\n"
        "    def apply(self, clip):\n        return clip\n\n\nEFFECT = from_moviepy(LaidOver)\n"
    )
    refused = load_effects([tmp_path]).refused["laid_over.py"]
    assert "LaidOver.other cannot be set from a recipe" in refused
    with pytest.raises(TypeError, match="no field 'gama'"):
        from_moviepy(fx.GammaCorrection, ranges={"gama": Range(0, 4)})


@dataclass
class Unruly(MoviepyEffect):
    where: str = "apply"

    def apply(self, clip):
        if self.where == "apply":
            raise ValueError("not like this")
        if self.where == "endless":
            return clip.with_duration(None)

        def frame(get_frame, t):
            if t > 0.1 and self.where == "size":
                return get_frame(t)[::2]
            if t > 0.1:
                raise IndexError("lost")
            return get_frame(t)

        return clip.transform(frame)


def test_what_goes_wrong_is_told_with_its_place():
    effect = from_moviepy(Unruly)
    with pytest.raises(ParameterError, match="unruly cannot be applied: ValueError: not like this"):
        made(effect, a_clip())
    with pytest.raises(ParameterError, match="has no end"):
        made(effect, a_clip(), where="endless")
    with pytest.raises(RenderError, match="unruly failed at frame 4: IndexError: lost"):
        frames(made(effect, a_clip(), where="later").media.video)
    with pytest.raises(RenderError, match="unruly failed at frame 4: it gave 64 × 24"):
        frames(made(effect, a_clip(), where="size").media.video)


def test_names_come_from_the_class_or_are_given():
    assert from_moviepy(fx.BlackAndWhite).name == "black_and_white"
    assert from_moviepy(fx.BlackAndWhite, name="grey").name == "grey"
    scrolled = from_moviepy(fx.Scroll)  # no dataclass
    assert [spec.name for spec in scrolled.param_specs][:3] == ["w", "h", "x_speed"]
    result = pictures(made(scrolled, a_clip(4), w=20, x_speed=30))
    assert np.array_equal(result[3], pictures(a_clip(4))[3, :, 3:23])


def test_moviepy_is_imported_only_when_it_is_used():
    code = (
        "import sys, artdag.moviepy_adapter; from artdag.catalog import load_effects; load_effects();"
        "print('moviepy' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
