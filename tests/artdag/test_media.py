"""Facts and shapes: plain data, and the one rule that keeps sound and picture together."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artdag.digest import canonical_json
from artdag.media import (
    SAMPLE_RATE,
    Kind,
    MediaFacts,
    PictureFacts,
    Shape,
    SoundFacts,
    SoundShape,
    VideoShape,
    frame_at,
    samples_at,
)

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(1), Fraction(15, 2)]

PICTURE = PictureFacts(
    width=64,
    height=48,
    frame_rate=Fraction(30000, 1001),
    frame_count=30,
    codec="h264",
    pixel_format="yuv420p10le",
    has_alpha=True,
    rotation=90,
    variable_rate=True,
    hdr="pq",
)
SOUND = SoundFacts(codec="aac", sample_rate=44100, channels=6, duration_s=1.001)


@pytest.mark.parametrize("picture", [None, PICTURE])
@pytest.mark.parametrize("sound", [None, SOUND])
def test_facts_survive_being_written_down(picture, sound):
    facts = MediaFacts(kind=Kind.VIDEO, media_type="video/mp4", size=1234, duration_s=1.0, picture=picture, sound=sound)
    assert MediaFacts.from_json(facts.to_json()) == facts
    canonical_json(facts.to_json())


@pytest.mark.parametrize(
    "video", [None, VideoShape(width=3, height=5, pixel_format="rgba", frame_rate=RATES[0], frame_count=7)]
)
@pytest.mark.parametrize("sound", [None, SoundShape(sample_count=99)])
def test_shapes_survive_being_written_down(video, sound):
    shape = Shape(kind=Kind.VIDEO, video=video, sound=sound)
    assert Shape.from_json(shape.to_json()) == shape
    canonical_json(shape.to_json())


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_sound_never_drifts_from_the_picture(rate):
    for frame in (0, 1, 2, 999, 100_000, 10_000_000):
        exact = frame * SAMPLE_RATE / rate
        assert abs(samples_at(frame, rate) - exact) <= Fraction(1, 2)


def test_samples_are_rounded_half_up():
    assert samples_at(1, Fraction(96_000)) == 1
    assert samples_at(3, Fraction(96_000)) == 2


@given(st.integers(0, 10_000_000), st.sampled_from(RATES))
def test_a_frame_is_found_again_at_the_time_it_begins(frame, rate):
    assert frame_at(float(frame / rate), rate) == frame


def test_a_time_written_in_decimals_means_what_it_says():
    assert frame_at(0.1 + 0.2, Fraction(25)) == frame_at(0.3, Fraction(25)) == 8  # 7.5: half up
    assert frame_at(0.02, Fraction(25)) == 1
    assert frame_at(0.0199, Fraction(25)) == 0
