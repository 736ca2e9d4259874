from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from fractions import Fraction

import pytest
from PIL import Image

from artdag.codec.decode import open_media
from artdag.codec.frame import pixels
from artdag.codec.grid import Grid, timing_of
from artdag.codec.probe import probe
from artdag.errors import BrokenMediaError, UnsupportedMediaError
from artdag.media import Kind, MediaFacts
from tests.media import HOSTILE, png_chunk, png_that_claims, with_orientation

VIDEOS = {  # name: (width, height, rate, frames, codec)
    "plain.mp4": (96, 64, "30", 45, "h264"),
    "plain.mov": (96, 64, "30", 45, "h264"),
    "plain.mkv": (96, 64, "30", 45, "h264"),
    "plain.webm": (96, 64, "30", 45, "vp9"),
    "altref.webm": (96, 64, "30", 45, "vp8"),
    "plain.ts": (96, 64, "30", 45, "h264"),
    "mpeg2.ts": (96, 64, "30", 45, "mpeg2video"),
    "xvid.avi": (96, 64, "30", 45, "mpeg4"),
    "x264.avi": (96, 64, "30", 45, "h264"),
    "motion.avi": (96, 64, "30", 45, "mjpeg"),
    "plain.ogv": (96, 64, "30", 45, "theora"),
    "fragmented.mp4": (96, 64, "30", 45, "h264"),
    "av1.mp4": (96, 64, "30", 45, "av1"),
    "ntsc.mp4": (96, 64, "30000/1001", 30, "h264"),
    "film.mkv": (96, 64, "24000/1001", 24, "h264"),
    "fast.mp4": (96, 64, "240", 120, "h264"),
    "one_frame.mp4": (96, 64, "30", 1, "h264"),
    "wide_pixels.mp4": (140, 64, "30", 15, "h264"),
    "wild_pixels.mp4": (96, 64, "30", 6, "h264"),
    "odd.mp4": (97, 65, "30", 15, "h264"),
    "moving.gif": (64, 48, "10", 10, "gif"),
    "rotated_90.mp4": (64, 96, "30", 45, "h264"),
    "rotated_180.mp4": (96, 64, "30", 45, "h264"),
    "prores.mov": (96, 64, "30", 45, "prores"),
}


@pytest.mark.parametrize("name", VIDEOS)
def test_video_facts(media, name):
    facts = probe(media[name])
    picture = facts.picture
    assert facts.kind is Kind.VIDEO
    shown = (picture.width, picture.height, str(picture.frame_rate), picture.frame_count, picture.codec)
    assert shown == VIDEOS[name]
    assert facts.duration_s == pytest.approx(float(picture.frame_count / picture.frame_rate))
    assert facts.size == media[name].stat().st_size
    assert MediaFacts.from_json(facts.to_json()) == facts


def test_a_clip_of_variable_rate_gets_a_standard_grid_for_its_true_duration(media):
    facts = probe(media["vfr.mp4"])
    assert facts.picture.variable_rate
    assert facts.picture.frame_rate in (30, Fraction(30000, 1001))
    assert facts.duration_s == pytest.approx(1.47, abs=0.05)


@pytest.mark.parametrize(
    ("name", "alpha"),
    [
        *[(name, True) for name in ("alpha.webm", "alpha_vp8.webm", "prores.mov", "qt.mov", "alpha.png")],
        *[(name, False) for name in ("plain.mp4", "moving.gif", "still.gif", "palette.png", "still.png", "still.webp")],
    ],
)
def test_alpha(media, name, alpha):
    assert probe(media[name]).picture.has_alpha is alpha


@pytest.mark.parametrize(("name", "hdr"), [("hlg.mp4", "hlg"), ("pq.mov", "pq"), ("ten_bits.mp4", None)])
def test_hdr(media, name, hdr):
    facts = probe(media[name])
    assert facts.picture.hdr == hdr
    assert facts.picture.pixel_format == "yuv420p10le"


@pytest.mark.parametrize(
    "name", ["still.png", "deep.png", "still.jpg", "still.bmp", "still.tiff", "still.webp", "still.gif"]
)
def test_stills(media, name):
    facts = probe(media[name])
    assert facts.kind is Kind.IMAGE
    assert facts.duration_s is None
    assert (facts.picture.width, facts.picture.height) == (64, 48)
    assert (facts.picture.frame_rate, facts.picture.frame_count) == (1, 1)


@pytest.mark.parametrize("behind", ["a byte", "rubbish", "itself", "another picture", "a film"])
@pytest.mark.parametrize("name", ["still.png", "still.jpg", "still.bmp", "still.tiff", "still.webp"])
def test_what_follows_a_picture_in_its_file_is_no_part_of_it(media, tmp_path, name, behind):
    alone = probe(media[name])
    path = tmp_path / "picture"
    tails = {
        "a byte": b"\n",
        "rubbish": bytes(range(256)) * 40,
        "itself": media[name].read_bytes(),
        "another picture": media["alpha.png"].read_bytes() + media["still.jpg"].read_bytes(),
        "a film": media["plain.mp4"].read_bytes(),  # as cameras do, behind a JPEG
    }
    path.write_bytes(media[name].read_bytes() + tails[behind])
    facts = probe(path)
    assert facts == replace(alone, size=path.stat().st_size)
    (frame,) = open_media(path, facts).video.frames(0, 1)
    (wanted,) = open_media(media[name], alone).video.frames(0, 1)
    assert pixels(frame) == pixels(wanted)


def test_rubbish_behind_a_gif_is_no_part_of_it(media, tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(media["moving.gif"].read_bytes() + bytes(range(256)) * 40)
    facts = probe(path)
    assert facts.picture == probe(media["moving.gif"]).picture
    assert len(list(open_media(path, facts).video.frames(0, 10))) == 10


def test_the_film_behind_a_photograph_may_hold_marks_of_a_photograph(media, tmp_path):
    path = tmp_path / "motion.jpg"
    path.write_bytes(media["still.jpg"].read_bytes() + b"\xff\xd9\xff\xda" + bytes(100))
    assert probe(path).kind is Kind.IMAGE


def test_a_png_that_moves_is_its_first_picture(tmp_path):
    path = tmp_path / "moving.png"
    looks = [Image.new("RGB", (64, 48), color) for color in ("red", "blue")]
    looks[0].save(path, "PNG", save_all=True, append_images=looks[1:], duration=100)
    facts = probe(path)
    assert facts.kind is Kind.IMAGE
    (frame,) = open_media(path, facts).video.frames(0, 1)
    assert pixels(frame)[:3] == b"\xff\x00\x00"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_a_photograph(media, tmp_path, orientation):
    path = tmp_path / "photo"
    path.write_bytes(with_orientation(media["still.jpg"].read_bytes(), orientation))
    picture = probe(path).picture
    assert (picture.width, picture.height) == ((64, 48) if orientation <= 4 else (48, 64))
    assert picture.rotation == (0, 0, 180, 180, 270, 90, 90, 270)[orientation - 1]


SOUNDS = {  # name: (codec, rate, channels, seconds)
    "tone.mp3": ("mp3", 44100, 1, 1.5),
    "cover.mp3": ("mp3", 44100, 1, 1.5),
    "tone.ogg": ("vorbis", 44100, 1, 1.5),
    "tone.opus": ("opus", 48000, 1, 1.5),
    "tone.flac": ("flac", 96000, 1, 1.5),
    "tone.m4a": ("alac", 44100, 1, 1.5),
    "tone.wav": ("pcm_s16le", 44100, 1, 1.5),
    "mono.wav": ("pcm_u8", 22050, 1, 1.0),
    "six.mkv": ("flac", 48000, 6, 1.0),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_facts(media, name):
    facts = probe(media[name])
    codec, rate, channels, seconds = SOUNDS[name]
    assert facts.kind is Kind.AUDIO
    assert facts.picture is None
    assert (facts.sound.codec, facts.sound.sample_rate, facts.sound.channels) == (codec, rate, channels)
    assert facts.sound.duration_s == pytest.approx(seconds, abs=0.002)


def test_raw_aac_has_no_note_of_what_its_encoder_added(media):
    assert probe(media["tone.aac"]).sound.duration_s == pytest.approx(1.5, abs=0.06)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("no_index.mp4", "cannot be read"), ("cut_off.mp4", "cut off"), ("moving.webp", "moving WebP")],
)
def test_broken_files_are_refused(media, name, hint):
    with pytest.raises((BrokenMediaError, UnsupportedMediaError), match=hint):
        probe(media[name])


def test_a_recording_that_starts_between_two_key_frames_is_taken_from_the_first_on(media):
    picture = probe(media["cut.ts"]).picture
    assert 10 <= picture.frame_count < 45


def test_exotic_codecs_are_refused(media):
    with pytest.raises(UnsupportedMediaError, match="magicyuv"):
        probe(media["magicyuv.avi"])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    with pytest.raises(BrokenMediaError if not HOSTILE[name] else UnsupportedMediaError):
        probe(path)


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x00\x00\x18ftypisom" + bytes(200),
        b"\x1a\x45\xdf\xa3" + b"#EXTM3U\nfile:///etc/passwd\n",
        b"RIFF\xff\xff\xff\xffAVI " + bytes(50),
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00" + b"\xff" * 16,
        b"OggS" + b"\x00\x02" + bytes(60),
        b"GIF89a" + b"\xff" * 7 + bytes(30),
        b"\x89PNG\r\n\x1a\n" + bytes(30),
        b"\xff\xd8\xff\xe0" + bytes(30),
        b"fLaC" + bytes(40),
        b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(30),
        b"II*\x00\x08\x00\x00\x00" + bytes(30),
        b"\x47" + b"\xff" * 187 + b"\x47" + b"\xff" * 187 + b"\x47" + b"\xff" * 187,
        b"WEBVTT\n\nrubbish\n",
        b"LUT_3D_SIZE 2\n0 0 0\n",
    ],
)
def test_what_only_begins_like_media_is_broken(tmp_path, content):
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    with pytest.raises((BrokenMediaError, UnsupportedMediaError)) as caught:
        probe(path)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(("width", "height"), [(16_000, 16_000), (65_535, 65_535), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded(tmp_path, width, height):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_that_claims(width, height))
    with pytest.raises((BrokenMediaError, UnsupportedMediaError)):
        probe(path)


def test_a_png_full_of_packed_text_is_refused_before_it_is_unpacked(media, tmp_path):
    path = tmp_path / "text.png"
    whole = media["still.png"].read_bytes()
    path.write_bytes(whole[:33] + 60 * png_chunk(b"zTXt", b"k\x00\x00" + zlib.compress(bytes(10_000_000))) + whole[33:])
    with pytest.raises(UnsupportedMediaError, match="packed text"):
        probe(path)


CUT_TELLS = [
    *("still.png", "still.jpg", "still.gif", "moving.gif", "still.webp", "still.bmp", "still.tiff", "plain.mp4"),
    *("plain.mov", "plain.mkv", "plain.webm", "fragmented.mp4", "xvid.avi", "tone.wav", "tone.flac", "tone.m4a"),
]


@pytest.mark.parametrize("name", CUT_TELLS)
def test_files_that_are_cut_off_are_broken(media, tmp_path, name):
    path = tmp_path / "cut"
    content = media[name].read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    with pytest.raises(BrokenMediaError):
        probe(path)


@pytest.mark.parametrize("name", ["plain.ts", "tone.mp3", "tone.aac"])
def test_recordings_without_a_written_length_may_end_anywhere(media, tmp_path, name):
    path = tmp_path / "cut"
    content = media[name].read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10 + 50])
    facts = probe(path)
    assert 0.4 < facts.duration_s < 1.3
    streams = open_media(path, facts)
    if streams.video is not None:
        assert len(list(streams.video.frames(0, facts.picture.frame_count))) == facts.picture.frame_count
    assert sum(block.shape[1] for block in streams.sound.samples(0, streams.sound.shape.sample_count))


def test_a_picture_just_within_the_limit_is_accepted(tmp_path):
    path = tmp_path / "large.png"
    width, height = 10_000, 12_000
    rows = zlib.compress(bytes((1 + width // 8) * height))
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b""))
    assert probe(path).picture.width == width


def test_text_companions_are_data(tmp_path):
    path = tmp_path / "x"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nhello\n")
    facts = probe(path)
    assert (facts.kind, facts.media_type, facts.picture, facts.sound) == (Kind.DATA, "application/x-subrip", None, None)


@pytest.mark.parametrize(
    ("rate", "declared", "expected"),
    [
        (Fraction(30), None, Fraction(30)),
        (Fraction(30000, 1001), None, Fraction(30000, 1001)),
        (Fraction(2997, 100), None, Fraction(30000, 1001)),
        (Fraction(30), Fraction(30000, 1001), Fraction(30000, 1001)),
        (Fraction(24024, 1000), None, Fraction(24)),
        (Fraction(7), None, Fraction(7)),
        (Fraction(100, 7), None, Fraction(100, 7)),
        (Fraction(1, 5), None, Fraction(1, 5)),
        (Fraction(1000), None, Fraction(240)),
    ],
)
def test_constant_rates_snap(rate, declared, expected):
    ticks = [round(index * 90_000 / rate) for index in range(50)]
    timing = timing_of(ticks, round(90_000 / rate), Fraction(1, 90_000), declared)
    assert timing.frame_rate == expected
    assert timing.frame_count == pytest.approx(50 / rate * expected, abs=1)


def test_times_in_whole_milliseconds_are_still_a_constant_rate():
    ticks = [round(index * 1001 / 24) for index in range(240)]
    timing = timing_of(ticks, 42, Fraction(1, 1000), None)
    assert (timing.frame_rate, timing.frame_count, timing.variable_rate) == (Fraction(24000, 1001), 240, False)


def test_the_grid_shows_the_nearest_frame_and_inverts():
    grid = Grid(Fraction(30000, 1001), Fraction(1, 90_000))
    assert [grid.index_of(ticks) for ticks in (0, 1501, 1502, 3003, 4504, 4505)] == [0, 0, 1, 1, 1, 2]
    for index in range(100):
        latest = grid.latest_tick(index)
        assert grid.index_of(latest) <= index < grid.index_of(latest + 1)
