from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artdag.codec.decode import open_media
from artdag.codec.frame import BT709, LIMITED_RANGE, Frame, pixels
from artdag.codec.probe import probe
from artdag.codec.tally import Tally
from artdag.errors import BrokenMediaError
from artdag.media import SAMPLE_RATE, Kind, MediaFacts
from tests.media import COMMANDS, run_ffmpeg, with_orientation

VIDEOS = [
    *("plain.mp4", "untagged.mp4", "full_range.mp4", "plain.mov", "plain.mkv", "plain.webm", "altref.webm", "plain.ts"),
    *("mpeg2.ts", "xvid.avi", "x264.avi", "motion.avi", "plain.ogv", "fragmented.mp4", "av1.mp4", "ffv1.mkv", "qt.mov"),
    *("open_gop.ts", "open_gop.mkv", "refresh.mp4", "vfr.mp4", "ntsc.mp4", "film.mkv", "fast.mp4", "one_frame.mp4"),
    *("wide_pixels.mp4", "odd.mp4", "interlaced.mp4", "hlg.mp4", "pq.mov", "ten_bits.mp4", "alpha.webm"),
    *("alpha_vp8.webm", "prores.mov", "moving.gif", "rotated_90.mp4", "cut.ts"),
]
SOUNDS = [
    *("plain.mp4", "plain.mov", "plain.mkv", "plain.webm", "plain.ts", "xvid.avi", "plain.ogv", "late_sound.mkv"),
    *("early_sound.mkv", "mono.wav", "six.mkv", "tone.mp3", "cover.mp3", "tone.ogg", "tone.opus", "tone.flac"),
    *("tone.m4a", "tone.aac", "tone.wav"),
]


def opened(path, tally=None):
    return open_media(path, probe(path), tally)


def all_samples(sound, first=0, stop=None):
    blocks = list(sound.samples(first, sound.shape.sample_count if stop is None else stop))
    return np.concatenate(blocks, axis=1) if blocks else np.zeros((2, 0), np.float32)


@pytest.mark.parametrize("name", VIDEOS)
def test_every_range_gives_the_same_frames_in_the_promised_shape(media, name):
    video = opened(media[name]).video
    shape = video.shape
    whole = []
    for index, frame in enumerate(video.frames(0, shape.frame_count)):
        assert (frame.pts, frame.time_base) == (index, 1 / shape.frame_rate)
        assert (frame.width, frame.height, frame.format.name) == (shape.width, shape.height, shape.pixel_format)
        assert (frame.colorspace, frame.color_range) == (BT709, LIMITED_RANGE)
        whole.append(pixels(frame))
    assert len(whole) == shape.frame_count
    count = shape.frame_count
    asked = {(0, 1), (1, 4), (count // 3, count // 3 + 5), (count // 2, count), (count - 1, count), (7, 7)}
    for first, stop in sorted((min(begin, count), min(end, count)) for begin, end in asked):
        part = list(video.frames(first, stop))
        assert [frame.pts for frame in part] == list(range(first, stop))
        assert [pixels(frame) for frame in part] == whole[first:stop]


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("name", ["plain.mp4", "open_gop.mkv", "vfr.mp4", "mpeg2.ts", "xvid.avi"])
def test_any_range_is_a_part_of_the_whole(media, name, data):
    video = opened(media[name]).video
    count = video.shape.frame_count
    first = data.draw(st.integers(0, count))
    stop = data.draw(st.integers(first, count))
    whole = [pixels(frame) for frame in video.frames(0, count)]
    assert [pixels(frame) for frame in video.frames(first, stop)] == whole[first:stop]


@pytest.mark.parametrize("name", SOUNDS)
def test_every_range_gives_the_same_samples(media, name):
    facts = probe(media[name])
    streams = open_media(media[name], facts)
    sound = streams.sound
    count = sound.shape.sample_count
    if streams.video is not None:
        assert count == streams.video.shape.sample_count
    else:
        assert count == round(facts.sound.duration_s * SAMPLE_RATE)
    whole = all_samples(sound)
    assert whole.shape == (2, count)
    assert whole.dtype == np.float32
    assert np.abs(whole).max() > 0.05
    for first, stop in ((0, 1), (1, 2), (count // 3, count // 2), (count - 100, count), (5, 5)):
        np.testing.assert_array_equal(all_samples(sound, first, stop), whole[:, first:stop])


@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("name", ["plain.mp4", "tone.mp3", "late_sound.mkv"])
def test_any_range_of_samples_is_a_part_of_the_whole(media, name, data):
    sound = opened(media[name]).sound
    count = sound.shape.sample_count
    first = data.draw(st.integers(0, count))
    stop = data.draw(st.integers(first, count))
    np.testing.assert_array_equal(all_samples(sound, first, stop), all_samples(sound)[:, first:stop])


def test_a_file_in_the_working_format_comes_straight_from_the_decoder(media):
    with av.open(str(media["plain.mp4"])) as container:
        bare = [pixels(frame) for frame in container.decode(video=0)]
    video = opened(media["plain.mp4"]).video
    assert [pixels(frame) for frame in video.frames(0, 45)] == bare


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.startswith("flash")])
def test_flash_and_beep_meet(media, name):
    streams = opened(media[name])
    bright = [frame.pts for frame in streams.video.frames(0, streams.video.shape.frame_count) if _luma(frame) > 128]
    loud = np.flatnonzero(np.abs(all_samples(streams.sound)[0]) > 0.2) / SAMPLE_RATE
    assert bright == [15]
    assert loud[0] == pytest.approx(0.5, abs=0.005)
    assert loud[-1] == pytest.approx(0.6, abs=0.005)


def _luma(frame):
    return Frame.over(frame).planes[0].mean()


def test_sound_that_starts_late_is_preceded_by_silence(media):
    samples = all_samples(opened(media["late_sound.mkv"]).sound)
    assert not samples[:, : round(0.299 * SAMPLE_RATE)].any()
    assert np.abs(samples[:, round(0.301 * SAMPLE_RATE) :][:, :200]).max() > 0.05


def test_sound_that_starts_before_the_picture_is_cut(media):
    samples = all_samples(opened(media["early_sound.mkv"]).sound)[0]
    time = np.arange(len(samples)) / SAMPLE_RATE + 0.3
    heard = slice(1000, 40_000)
    np.testing.assert_allclose(samples[heard], np.sin(2 * np.pi * 440 * time)[heard] / 8, atol=0.01)


def test_resampling_keeps_time_and_level(media):
    for name, tone in (("tone.wav", 440), ("tone.flac", 440), ("tone.m4a", 440)):
        samples = all_samples(opened(media[name]).sound)[0]
        expected = np.sin(2 * np.pi * tone * np.arange(len(samples)) / SAMPLE_RATE) / 8
        np.testing.assert_allclose(samples[500:-500], expected[500:-500], atol=2e-4)


def test_six_channels_become_two_by_the_matrix(media):
    left, right = all_samples(opened(media["six.mkv"]).sound)
    half = np.sqrt(0.5)
    spectrum = {tone: (_level(left, tone), _level(right, tone)) for tone in (300, 400, 500, 60, 700, 800)}
    share = 0.2 / (1 + 2 * half)
    expected = {
        300: (share, 0),
        400: (0, share),
        500: (share * half, share * half),
        60: (0, 0),
        700: (share * half, 0),
        800: (0, share * half),
    }
    for tone, levels in expected.items():
        assert spectrum[tone] == pytest.approx(levels, abs=0.001), tone


def _level(samples, tone):
    window = samples[:48_000]
    turn = np.exp(-2j * np.pi * tone * np.arange(len(window)) / SAMPLE_RATE)
    return 2 * abs(np.mean(window * turn))


@pytest.mark.parametrize("name", ["rotated_90.mp4", "rotated_180.mp4", "rotated_270.mp4", "wide_pixels.mp4"])
def test_pictures_are_upright_as_other_players_show_them(media, tmp_path, name):
    video = opened(media[name]).video
    shape = video.shape
    raw = tmp_path / "shown.raw"
    scale = ("-vf", f"scale={shape.width}:{shape.height}:flags=bicubic+accurate_rnd+full_chroma_int+bitexact")
    run_ffmpeg("-i", media[name], "-frames:v", "1", *scale, "-pix_fmt", "yuv420p", "-f", "rawvideo", raw)
    shown = np.frombuffer(raw.read_bytes(), np.uint8)[: shape.width * shape.height].astype(int)
    frame = next(iter(video.frames(0, 1)))
    ours = Frame.over(frame).planes[0].astype(int).ravel()
    assert np.corrcoef(shown, ours)[0, 1] > 0.999


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_as_the_standard_says(media, tmp_path, orientation):
    path = tmp_path / "photo"
    path.write_bytes(with_orientation(media["still.jpg"].read_bytes(), orientation))
    (frame,) = opened(path).video.frames(0, 1)
    (plain,) = opened(media["still.jpg"]).video.frames(0, 1)
    stored = Frame.over(plain).planes[0]
    upright = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.transpose(1, 0, 2),
        6: np.rot90(stored, -1),
        7: stored[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(stored, 1),
    }[orientation]
    difference = np.abs(Frame.over(frame).planes[0].astype(int) - upright)
    assert difference.mean() < 2  # chroma is interpolated along other lines


@pytest.mark.parametrize(
    "name", ["still.png", "deep.png", "palette.png", "still.jpg", "still.bmp", "still.tiff", "still.webp", "still.gif"]
)
def test_stills_are_rgb(media, name):
    video = opened(media[name]).video
    assert (video.shape.pixel_format, video.shape.frame_rate, video.shape.frame_count) == ("rgb24", 1, 1)
    (frame,) = video.frames(0, 1)
    (reference,) = opened(media["still.png"]).video.frames(0, 1)
    assert np.abs(Frame.over(frame).planes[0].astype(int) - Frame.over(reference).planes[0]).mean() < 12


def test_a_still_keeps_its_alpha(media):
    (frame,) = opened(media["alpha.png"]).video.frames(0, 1)
    (plane,) = Frame.over(frame).planes
    assert frame.format.name == "rgba"
    np.testing.assert_allclose(plane[..., 3], 128, atol=1)
    np.testing.assert_allclose(plane[..., :3], np.broadcast_to((254, 0, 0), plane[..., :3].shape), atol=2)


@pytest.mark.parametrize("name", ["alpha.webm", "alpha_vp8.webm", "prores.mov", "qt.mov"])
def test_moving_alpha_is_kept(media, name):
    video = opened(media[name]).video
    assert video.shape.pixel_format == "yuva420p"
    assert all(len(Frame.over(frame).planes) == 4 for frame in video.frames(0, 3))


@pytest.mark.parametrize("name", ["untagged.mp4", "full_range.mp4", "ten_bits.mp4", "odd.mp4"])
def test_colours_are_those_that_were_meant(media, name):
    video = opened(media[name]).video
    frame = next(iter(video.frames(0, 1)))
    ours = frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG").to_ndarray().astype(int)
    with av.open(str(media[name])) as container:
        stored = next(container.decode(video=0))
        # untagged pictures of this size are BT.601; yuvj420p says by its name that it is full range
        source = "JPEG" if name == "full_range.mp4" else "MPEG"
        meant = (
            stored.reformat(format="rgb24", src_colorspace="ITU601", src_color_range=source).to_ndarray().astype(int)
        )
    assert np.median(np.abs(ours - meant)) <= 3


def test_interlaced_pictures_lose_their_combs(media):
    video = opened(media["interlaced.mp4"]).video
    with av.open(str(media["interlaced.mp4"])) as container:
        woven = list(container.decode(video=0))
    assert woven[0].interlaced_frame
    assert not any(frame.interlaced_frame for frame in video.frames(0, 3))


def test_grid_frames_of_a_clip_of_variable_rate_are_the_nearest_in_time(media):
    path = media["vfr.mp4"]
    video = opened(path).video
    with av.open(str(path)) as container:
        frames = [(frame.pts * frame.time_base, pixels_709(frame)) for frame in container.decode(video=0)]
    zero = frames[0][0]
    half = 1 / (2 * video.shape.frame_rate)
    ours = [Frame.over(frame).planes[0].mean() for frame in video.frames(0, video.shape.frame_count)]
    for index, value in enumerate(ours):
        until = index / video.shape.frame_rate + half
        shown = [luma for time, luma in frames if time - zero < until][-1]
        assert value == pytest.approx(shown, abs=1.5), index


def pixels_709(frame):
    return Frame.over(frame).planes[0].mean()


def test_files_are_opened_when_asked_and_closed_when_left(media):
    tally = Tally()
    streams = opened(media["plain.mp4"], tally)
    assert tally == Tally()
    frames = streams.video.frames(0, 45)
    assert tally.decoders_opened == 0
    next(frames)
    assert tally.decoders_opened == 1
    frames.close()
    decoded = tally.frames_decoded
    assert decoded < 10
    list(streams.video.frames(40, 42))
    assert tally.decoders_opened == 2
    assert tally.frames_decoded - decoded < 16  # from the key frame at 30 on
    assert list(streams.video.frames(5, 5)) == []
    assert tally.decoders_opened == 2


@pytest.mark.parametrize(("whole", "damaged"), [("ffv1.mkv", "damaged.mkv"), ("plain.mp4", "damaged.mp4")])
def test_damage_is_told_with_its_time(media, whole, damaged):
    facts = probe(media[whole])
    video = open_media(media[damaged], facts).video
    with pytest.raises(BrokenMediaError, match=r"\d\.\d\d\d s"):
        list(video.frames(0, facts.picture.frame_count))


def test_a_file_that_ends_early_is_not_padded(media):
    facts = probe(media["plain.mp4"])
    longer = facts.to_json()
    longer["picture"]["frame_count"] = 400
    video = open_media(media["plain.mp4"], MediaFacts.from_json(longer)).video
    with pytest.raises(BrokenMediaError, match="ends at"):
        list(video.frames(0, 400))


def test_text_is_its_bytes_and_no_streams(tmp_path):
    (tmp_path / "x").write_bytes(b"WEBVTT")
    media = open_media(tmp_path / "x", MediaFacts(kind=Kind.DATA, media_type="text/vtt", size=6))
    assert media.video is None
    assert media.sound is None
    assert media.data is not None
    assert media.data() == b"WEBVTT"


def test_rates_of_one_over_1001_stay_exact(media):
    video = opened(media["ntsc.mp4"]).video
    assert video.shape.frame_rate == Fraction(30000, 1001)
    assert len({pixels(frame) for frame in video.frames(0, 30)}) == 30
