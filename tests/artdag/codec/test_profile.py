"""Profiles are a closed set, settled to the last option."""

from __future__ import annotations

from fractions import Fraction

import pytest

from artdag.codec.profile import DEFAULTS, EXACT, PROFILES, profile_for
from artdag.digest import canonical_json
from artdag.errors import ParameterError
from artdag.media import Kind, Shape, VideoShape


def shape(width: int = 64, height: int = 48, pixel_format: str = "yuv420p") -> Shape:
    video = VideoShape(width=width, height=height, pixel_format=pixel_format, frame_rate=Fraction(25), frame_count=50)
    return Shape(kind=Kind.VIDEO, video=video)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: f"{profile.kind}-{profile.name}")
def test_settings_are_plain_data_and_differ_between_profiles(profile):
    spelt = canonical_json(profile.settings())
    assert [other.name for other in PROFILES.values() if canonical_json(other.settings()) == spelt] == [profile.name]


@pytest.mark.parametrize("kind", [Kind.VIDEO, Kind.IMAGE, Kind.AUDIO])
def test_each_kind_has_a_usual_and_an_exact_profile(kind):
    assert profile_for(kind, None) is PROFILES[kind, DEFAULTS[kind]]
    assert profile_for(kind, EXACT[kind]).kind is kind


def test_an_unknown_profile_is_refused_with_those_that_exist():
    with pytest.raises(ParameterError, match=r"'h265' for video; it has alpha, lossless, preview, web"):
        profile_for(Kind.VIDEO, "h265")


def test_a_profile_of_another_kind_is_refused():
    with pytest.raises(ParameterError, match="for image"):
        profile_for(Kind.IMAGE, "web")


def test_data_has_one_profile():
    assert profile_for(Kind.DATA, None).media_type == "application/json"
    with pytest.raises(ParameterError, match="it has data"):
        profile_for(Kind.DATA, "web")


@pytest.mark.parametrize(
    ("given", "suffix"),
    [
        (shape(), ".mp4"),
        (shape(63), ".mkv"),
        (shape(pixel_format="yuva420p"), ".mkv"),
        (shape(pixel_format="rgba"), ".mkv"),
    ],
)
def test_lossless_takes_the_container_that_holds_the_shape_exactly(given, suffix):
    assert profile_for(Kind.VIDEO, "lossless").fitted(given).suffix == suffix


def test_web_makes_odd_sizes_even_and_preview_limits_the_height():
    assert profile_for(Kind.VIDEO, "web").size(1, 1) == (2, 2)
    assert profile_for(Kind.VIDEO, "web").size(1921, 1081) == (1922, 1082)
    assert profile_for(Kind.VIDEO, "preview").size(1920, 1080) == (640, 360)
    assert profile_for(Kind.VIDEO, "preview").size(101, 1000) == (36, 360)
    assert profile_for(Kind.VIDEO, "preview").size(64, 48) == (64, 48)


@pytest.mark.parametrize(
    ("rate", "frames"),
    [
        (Fraction(24000, 1001), 48),
        (Fraction(25), 50),
        (Fraction(30000, 1001), 60),
        (Fraction(60), 120),
        (Fraction(1, 5), 1),
    ],
)
def test_a_group_of_pictures_lasts_two_seconds_on_the_frame_grid(rate, frames):
    assert profile_for(Kind.VIDEO, "web").gop_frames(rate) == frames


def test_a_format_that_a_profile_cannot_hold_is_refused():
    with pytest.raises(ParameterError, match="yuv444p10le"):
        profile_for(Kind.IMAGE, "image").pixel_format("yuv444p10le")
