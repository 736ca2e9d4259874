from __future__ import annotations

import pytest

from artdag.codec.sniff import HEAD_BYTES, MEDIA_TYPES, sniff
from tests.media import HOSTILE

EXPECTED = {
    "plain.mp4": "video/mp4",
    "fragmented.mp4": "video/mp4",
    "plain.mov": "video/quicktime",
    "tone.m4a": "audio/mp4",
    "plain.mkv": "video/x-matroska",
    "plain.webm": "video/webm",
    "xvid.avi": "video/x-msvideo",
    "plain.ts": "video/mp2t",
    "plain.ogv": "video/ogg",
    "tone.ogg": "audio/ogg",
    "tone.opus": "audio/ogg",
    "tone.wav": "audio/wav",
    "tone.mp3": "audio/mpeg",
    "cover.mp3": "audio/mpeg",
    "tone.flac": "audio/flac",
    "tone.aac": "audio/aac",
    "still.gif": "image/gif",
    "still.png": "image/png",
    "still.jpg": "image/jpeg",
    "still.webp": "image/webp",
    "still.bmp": "image/bmp",
    "still.tiff": "image/tiff",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_media_are_known_by_their_bytes(media, name):
    assert sniff(media[name].read_bytes()[:HEAD_BYTES]) == EXPECTED[name]


def test_an_mp3_without_a_tag_is_known_by_its_frames(media):
    content = media["tone.mp3"].read_bytes()
    assert content.startswith(b"ID3")
    assert sniff(content[45:][content[45:].index(b"\xff\xfb") :][:HEAD_BYTES]) == "audio/mpeg"


@pytest.mark.parametrize("name", HOSTILE)
def test_everything_else_is_refused(name):
    assert sniff(HOSTILE[name][:HEAD_BYTES]) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n00:00:01,000 --> 00:00:02,000\nhello\n", "application/x-subrip"),
        ("\ufeff1\r\n00:00:01,000 --> 00:00:02,000\r\nhello\r\n", "application/x-subrip"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n", "text/vtt"),
        ("WEBVTT - title\n", "text/vtt"),
        ("WEBVTTX\n", None),
        ('# made by hand\nTITLE "warm"\nLUT_3D_SIZE 2\n0 0 0\n1 0 0\n', "application/x-cube-lut"),
        ("LUT_1D_SIZE 2\n0 0 0\n1.0 1e0 1\n", "application/x-cube-lut"),
        ("LUT_3D_SIZE 2\n0 0 0\n1 0 nan\n", "application/x-cube-lut"),  # the probe says which line is wrong
        ("0.1 0.2 0.3\nLUT_3D_SIZE 2\n", None),
        ("LUT_3D_SIZE 2\n<script>\n", "application/x-cube-lut"),  # and keeps nothing of it
        ("1\nhello\n", None),
        ("0 0 0\n", None),
        ("1\n00:00:01,000 --> 00:00:02,000\nhe\x00llo\n", None),
    ],
)
def test_text_companions_are_recognised_strictly(text, expected):
    assert sniff(text.encode()) == expected


def test_a_text_longer_than_the_head_may_end_within_a_character_or_a_line():
    subtitle = "1\n00:00:01,000 --> 00:00:02,000\n" + "é" * 4000
    assert sniff(subtitle.encode()[:HEAD_BYTES]) == "application/x-subrip"
    table = "LUT_3D_SIZE 9\n" + "0.123456 0.5 0.5\n" * 729
    assert sniff(table.encode()[:HEAD_BYTES]) == "application/x-cube-lut"


def test_every_type_has_one_extension_and_media_have_a_demuxer():
    extensions = [item.extension for item in MEDIA_TYPES.values()]
    assert len(set(extensions)) == len(extensions)
    assert all((item.demuxer is None) == (item.kind.value == "data") for item in MEDIA_TYPES.values())
