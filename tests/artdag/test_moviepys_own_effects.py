"""Every effect that moviepy ships, through the adapter: each frame and sample is the one that moviepy itself gives."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from moviepy import AudioClip, CompositeVideoClip, VideoClip
from moviepy import Effect as MoviepyEffect
from moviepy.audio import fx as afx
from moviepy.video import fx

from artdag.effect import SOUNDS
from artdag.media import SAMPLE_RATE
from artdag.moviepy_adapter import NOT_HERE, from_moviepy
from tests.artdag.nodes.bench import Made, a_sound, a_video, check_ranges, frames, samples
from tests.artdag.test_moviepy_adapter import made, pictures
from tests.own_effects import GUIDE

COUNT, RATE = 10, 30
ODD, PLAIN = (63, 47), (64, 48)

PICTURES: dict[str, dict[str, Any]] = {
    "AccelDecel": {"new_duration": 0.4, "abruptness": 0.7, "soonness": 0.8},
    "BlackAndWhite": {"RGB": "CRT_phosphor"},
    "Blink": {"duration_on": 0.1, "duration_off": 0.05},
    "Crop": {"x_center": 30, "y_center": 20, "width": 20, "height": 10},
    "CrossFadeIn": {"duration": 0.2},
    "CrossFadeOut": {"duration": 0.2},
    "EvenSize": {},
    "FadeIn": {"duration": 0.2, "initial_color": [200, 10, 40]},
    "FadeOut": {"duration": 0.2, "final_color": [200, 10, 40]},
    "Freeze": {"t": 0.1, "total_duration": 0.5},
    "FreezeRegion": {"t": 0.1, "outside_region": [10, 8, 40, 30]},
    "GammaCorrection": {"gamma": 2.2},
    "HeadBlur": {"fx": 20, "fy": 25, "radius": 12, "intensity": 3},
    "InvertColors": {},
    "Loop": {"duration": 0.5},
    "LumContrast": {"lum": 20, "contrast": 0.4},
    "MakeLoopable": {"overlap_duration": 0.1},
    "Margin": {"margin_size": 5, "color": [10, 200, 30], "opacity": 0.5},
    "MaskColor": {"color": [60, 100, 140], "threshold": 40, "stiffness": 2},
    "MirrorX": {},
    "MirrorY": {},
    "MultiplyColor": {"factor": 0.6},
    "MultiplySpeed": {"final_duration": 0.2},
    "Painting": {"saturation": 1.2},
    "Resize": {"width": 40},
    "Rotate": {"angle": 30, "expand": False, "bg_color": [9, 9, 9]},
    "Scroll": {"h": 30, "y_speed": 40, "y_start": 2},
    "SlideIn": {"duration": 0.2, "side": "left"},
    "SlideOut": {"duration": 0.2, "side": "bottom"},
    "SuperSample": {"d": 0.1, "n_frames": 5},
    "TimeMirror": {},
    "TimeSymmetrize": {},
}
AUDIO: dict[str, dict[str, Any]] = {
    "AudioDelay": {"offset": 0.1, "n_repeats": 2, "decay": 0.5},
    "AudioFadeIn": {"duration": 0.2},
    "AudioFadeOut": {"duration": 0.2},
    "AudioLoop": {"n_loops": 2},
    "AudioNormalize": {},
    "MultiplyStereoVolume": {"left": 0.2, "right": 0.7},
    "MultiplyVolume": {"factor": 0.5, "start_time": 0.1, "end_time": 0.2},
}
SHORTER = {"Freeze": {"t": 0}, "MakeLoopable": {"overlap_duration": 0.02}}
"""For a clip of a single frame: what lies within it."""
FUNCTIONS = {"HeadBlur": ("fx", "fy")}
PLACED = {"SlideIn", "SlideOut"}


def shipped(module: Any) -> set[str]:
    found = {name: getattr(module, name) for name in dir(module)}
    return {name for name, one in found.items() if inspect.isclass(one) and issubclass(one, MoviepyEffect)} - {"Effect"}


def test_every_effect_that_moviepy_ships_runs_here_or_stands_in_a_list_with_the_reason():
    assert shipped(fx) == set(PICTURES) | set(NOT_HERE)
    assert shipped(afx) == set(AUDIO)
    assert not set(NOT_HERE) & (set(PICTURES) | set(AUDIO))


def a_clip(name: str) -> Made:
    width, height = ODD if name == "EvenSize" else PLAIN
    return a_video(COUNT, pixel_format="rgb24", width=width, height=height)


def by_moviepy(name: str, clip: Made, params: dict[str, Any]) -> Any:
    """Return the clip that moviepy makes of the same frames and samples, with nothing of ours between."""
    shown, heard = pictures(clip), samples(clip.media)

    def picture(time_s: float) -> np.ndarray:
        return shown[min(max(int(time_s * RATE + 1e-5), 0), COUNT - 1)].copy()

    def sound(times_s: Any) -> np.ndarray:
        index = np.floor(np.asarray(times_s) * SAMPLE_RATE + 0.5).astype(int)
        inside = (index >= 0) & (index < heard.shape[1])
        return np.where(inside[..., None], heard[:, np.clip(index, 0, heard.shape[1] - 1)].T, 0.0)

    given = {key: tuple(value) if isinstance(value, list) else value for key, value in params.items()}
    given |= {key: lambda time_s, value=given[key]: value for key in FUNCTIONS.get(name, ())}
    audio = AudioClip(sound, duration=COUNT / RATE, fps=SAMPLE_RATE)
    if name in AUDIO:
        return audio.with_effects([getattr(afx, name)(**given)])
    source = VideoClip(picture, duration=COUNT / RATE).with_fps(RATE).with_audio(audio)
    result = source.with_effects([getattr(fx, name)(**given)])
    return CompositeVideoClip([result], size=source.size) if name in PLACED else result


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_what_it_shows_is_what_moviepy_shows(name):
    clip, params = a_clip(name), PICTURES[name]
    result, wanted = made(from_moviepy(getattr(fx, name)), clip, **params), by_moviepy(name, clip, params)
    assert result.shape.video.frame_count == round(wanted.duration * RATE)
    shown = pictures(result)
    for index, picture in enumerate(shown):
        expected = np.clip(wanted.get_frame(index / RATE), 0, 255).astype(np.uint8)
        assert np.array_equal(picture[..., :3], expected), index
        if wanted.mask is not None:
            opacity = np.clip(wanted.mask.get_frame(index / RATE), 0, 1)
            assert np.array_equal(picture[..., 3], np.rint(255 * opacity).astype(np.uint8)), index
    assert result.shape.video.pixel_format == ("rgb24" if wanted.mask is None else "rgba")
    assert shown.shape != pictures(clip).shape or not np.array_equal(shown, pictures(clip)), "it does nothing"
    check_ranges(result)


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_a_clip_without_sound_and_one_of_a_single_frame_do_as_well(name):
    effect, params = from_moviepy(getattr(fx, name)), PICTURES[name]
    for count, others in ((COUNT, {}), (1, SHORTER.get(name, {}))):
        result = made(effect, a_video(count, pixel_format="rgb24", sound=False), **params | others)
        assert result.media.sound is None
        assert len(frames(result.media.video)) == result.shape.video.frame_count >= 1


@pytest.mark.parametrize("name", sorted(AUDIO))
def test_what_is_heard_is_what_moviepy_lets_hear(name):
    params, effect = AUDIO[name], from_moviepy(getattr(afx, name), kinds=SOUNDS, group="sound")
    clip = a_video(COUNT, pixel_format="rgb24")
    for source in (a_sound(samples(clip.media).shape[1], samples(clip.media)), clip):
        result, wanted = made(effect, source, **params), by_moviepy(name, clip, params)
        heard = samples(result.media)
        if source is not clip:
            assert heard.shape[1] == round(wanted.duration * SAMPLE_RATE)
        times_s = np.arange(heard.shape[1]) / SAMPLE_RATE
        expected = np.where(times_s[:, None] < wanted.duration, wanted.get_frame(times_s), 0).T
        np.testing.assert_allclose(heard, expected, atol=1e-6)
        longer = name == "AudioLoop" and source is clip  # the picture decides how much of it is heard
        assert longer or not np.array_equal(heard, samples(clip.media)), "it does nothing"
        check_ranges(result)
        if source is clip:
            assert frames(result.media.video) == frames(clip.media.video)


def test_a_function_of_time_is_a_number_that_may_be_keyframed():
    effect, clip = from_moviepy(fx.HeadBlur), a_clip("HeadBlur")
    path = {"fx": {"keyframes": [[0, 10], [0.3, 50]]}, "fy": 20, "radius": 8}
    result = made(effect, clip, **path)
    shown, source = pictures(result), pictures(clip)
    for index in (0, 3, 9):
        blurred = np.argwhere((shown[index] != source[index]).any(axis=2))
        assert abs(blurred[:, 1].mean() - (10 + 40 * index / 9)) < 3
    check_ranges(result)


@pytest.mark.parametrize("name", sorted(NOT_HERE))
def test_a_class_that_cannot_be_used_is_refused_with_the_reason(name):
    with pytest.raises(TypeError, match=f"moviepy's {name} cannot be used here: it takes a second clip"):
        from_moviepy(getattr(fx, name))
    assert f"`{name}`" in GUIDE
