"""The last look at a file: everything that is other than planned is named, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from artdag.codec.check import check_result
from artdag.codec.encode import encode
from artdag.codec.probe import probe
from artdag.codec.profile import PROFILES, Profile, profile_for
from artdag.errors import RenderError
from artdag.media import SAMPLE_RATE, Kind, MediaFacts, PictureFacts, Shape, SoundFacts, SoundShape, VideoShape
from tests.artdag.codec.synthetic import Pattern, clip

VIDEO = VideoShape(width=64, height=48, pixel_format="yuv420p", frame_rate=Fraction(25), frame_count=50)
SOUND = SoundShape(sample_count=2 * SAMPLE_RATE)
CLIP = Shape(kind=Kind.VIDEO, video=VIDEO, sound=SOUND)
SILENT = Shape(kind=Kind.VIDEO, video=VIDEO)
STILL = Shape(kind=Kind.IMAGE, video=replace(VIDEO, frame_rate=Fraction(1), frame_count=1))
SONG = Shape(kind=Kind.AUDIO, sound=SOUND)
WEB = profile_for(Kind.VIDEO, "web")


def facts(shape: Shape, profile: Profile = WEB) -> MediaFacts:
    """Return what a probe finds in a file that is exactly what was planned."""
    video, sound = shape.video, shape.sound
    profile = profile.fitted(shape)
    picture = None
    if video is not None and profile.picture is not None:
        width, height = profile.size(video.width, video.height)
        picture = PictureFacts(
            width=width,
            height=height,
            frame_rate=video.frame_rate,
            frame_count=video.frame_count,
            codec="x",
            pixel_format="x",
        )
    heard = SoundFacts(codec="x", sample_rate=48_000, channels=2, duration_s=sound.duration_s) if sound else None
    return MediaFacts(kind=profile.kind, media_type=profile.media_type, size=9, picture=picture, sound=heard)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: f"{profile.kind}-{profile.name}")
def test_what_was_planned_passes(profile):
    shapes = {Kind.VIDEO: [CLIP, SILENT], Kind.IMAGE: [STILL], Kind.AUDIO: [SONG], Kind.DATA: [Shape(kind=Kind.DATA)]}
    for shape in shapes[profile.kind]:
        check_result(facts(shape, profile), shape, profile)


@pytest.mark.parametrize("size", [(63, 47), (1, 1)], ids=str)
def test_a_size_that_the_profile_changes_is_what_was_planned(size):
    shape = replace(CLIP, video=replace(VIDEO, width=size[0], height=size[1]))
    for name in ("web", "preview", "lossless", "alpha"):
        check_result(facts(shape, profile_for(Kind.VIDEO, name)), shape, profile_for(Kind.VIDEO, name))


GOOD = facts(CLIP)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (replace(GOOD, media_type="video/webm"), "it is video/webm, not video/mp4"),
        (replace(GOOD, picture=None), "it has no picture"),
        (replace(GOOD, sound=None), "it has no sound"),
        (replace(GOOD, picture=replace(GOOD.picture, width=62)), "the picture is 62 x 48, not 64 x 48"),
        (replace(GOOD, picture=replace(GOOD.picture, frame_count=49)), "it has 49 frames, not 50"),
        (replace(GOOD, picture=replace(GOOD.picture, frame_count=0)), "it has 0 frames, not 50"),
        (
            replace(GOOD, picture=replace(GOOD.picture, frame_rate=Fraction(24))),
            "it shows 24 frames per second, not 25",
        ),
        (replace(GOOD, sound=replace(GOOD.sound, duration_s=1.998)), "its sound lasts 1.998000 s, not 2.000000 s"),
        (replace(GOOD, sound=replace(GOOD.sound, duration_s=4.0)), "its sound lasts 4.000000 s, not 2.000000 s"),
    ],
)
def test_what_is_other_is_named(found, told):
    with pytest.raises(RenderError) as caught:
        check_result(found, CLIP, WEB)
    assert caught.value.message == f"the written file is not what was planned: {told}"


def test_streams_that_were_not_planned_are_named():
    with pytest.raises(RenderError, match="it has sound"):
        check_result(GOOD, SILENT, WEB)
    audio = profile_for(Kind.AUDIO, None)
    with pytest.raises(RenderError, match="it has a picture"):
        check_result(replace(facts(SONG, audio), picture=GOOD.picture), SONG, audio)


def test_everything_is_named_at_once():
    found = replace(GOOD, media_type="x/y", sound=None, picture=replace(GOOD.picture, width=1, frame_count=2))
    with pytest.raises(RenderError) as caught:
        check_result(found, CLIP, WEB)
    assert caught.value.message.count(";") == 3


def test_a_clip_of_one_frame_is_on_no_grid():
    shape = replace(SILENT, video=replace(VIDEO, frame_count=1))
    found = facts(shape)
    check_result(replace(found, picture=replace(found.picture, frame_rate=Fraction(10))), shape, WEB)


@pytest.mark.parametrize(
    ("name", "rate", "passes"),
    [
        ("alpha", Fraction(49, 1) / Fraction(1961, 1000), True),  # the last frame is 1 ms late
        ("alpha", Fraction(49, 1) / Fraction(1963, 1000), False),
        ("web", Fraction(49, 1) / Fraction(1961, 1000), False),
    ],
)
def test_a_rate_is_exact_but_where_times_are_rounded_to_1_ms(name, rate, passes):
    profile = profile_for(Kind.VIDEO, name)
    found = facts(CLIP, profile)
    other = replace(found, picture=replace(found.picture, frame_rate=rate))
    if passes:
        check_result(other, CLIP, profile)
    else:
        with pytest.raises(RenderError, match="frames per second, not 25"):
            check_result(other, CLIP, profile)


@pytest.mark.parametrize("name", ["alpha", "lossless"])
@pytest.mark.parametrize("rate", [Fraction(15, 2), Fraction(7), Fraction(24000, 1001), Fraction(120)], ids=str)
@pytest.mark.parametrize("count", [1, 2, 7, 8, 40])
def test_files_whose_times_are_rounded_pass_at_any_rate_and_length(tmp_path, name, rate, count):
    media, shape = clip(Pattern(count, width=15, height=9, rate=rate), sound=False)
    profile = profile_for(Kind.VIDEO, name)
    path = tmp_path / f"a{profile.fitted(shape).suffix}"
    encode(media, shape, profile, path)
    check_result(probe(path), shape, profile)
