"""Writing results: every frame and sample arrives, at its time, in the same bytes each time."""

from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from av.audio.frame import AudioFrame

from artdag.codec.ahead import DEPTH
from artdag.codec.check import check_result
from artdag.codec.decode import open_media
from artdag.codec.encode import encode
from artdag.codec.frame import pixels
from artdag.codec.probe import probe
from artdag.codec.profile import PROFILES, profile_for
from artdag.codec.stream import Media, Video
from artdag.codec.tally import Tally
from artdag.errors import NoRoomError, RenderError
from artdag.media import SAMPLE_RATE, Kind, Shape, VideoShape
from tests.artdag.codec.synthetic import Flashes, Pattern, Wave, clip

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]
WEB = profile_for(Kind.VIDEO, "web")


def written(path: Path, media: Media, shape: Shape, name: str | None = None, **how) -> Path:
    profile = profile_for(shape.kind, name)
    file = path / f"result{profile.fitted(shape).suffix}"
    encode(media, shape, profile, file, **how)
    return file


def image(video: Video) -> tuple[Media, Shape]:
    return Media(video=video), Shape(kind=Kind.IMAGE, video=video.shape)


def audio(sound: Wave) -> tuple[Media, Shape]:
    return Media(sound=sound), Shape(kind=Kind.AUDIO, sound=sound.shape)


def decoded_sound(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        frames = [frame for frame in container.decode(audio=0) if isinstance(frame, AudioFrame)]
        return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def threads_of_ours() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("artdag")]


def open_files(path: Path) -> list[str]:
    gc.collect()
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return [str(link.readlink()) for link in links if link.readlink().is_relative_to(path)]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_every_frame_is_there_one_step_apart_and_shown_from_zero(tmp_path, rate):
    media, shape = clip(Pattern(131, rate=rate))
    file = written(tmp_path, media, shape)
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        tick = packets[0].time_base
        shown = sorted(packet.pts * tick for packet in packets)
        read = [packet.dts * tick for packet in packets]
        assert shown == [index / rate for index in range(131)]
        assert {later - sooner for sooner, later in pairwise(read)} == {1 / rate}
        assert stream.start_time == 0
        assert stream.duration * tick == 131 / rate
        assert stream.average_rate == rate
        keys = [packet.pts * tick * rate for packet in packets if packet.is_keyframe]
        assert keys == list(range(0, 131, WEB.gop_frames(rate)))
    with av.open(str(file)) as container:
        assert [frame.pts * frame.time_base for frame in container.decode(video=0)] == shown


def test_the_header_comes_first_and_names_no_program_and_no_day(tmp_path):
    data = written(tmp_path, *clip(Pattern(70))).read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")
    for note in (b"x264", b"Lav", b"ffmpeg", b"options:"):
        assert note not in data
    for box in (b"mvhd", b"tkhd", b"mdhd"):
        at = data.find(box)
        assert data[at + 8 : at + 16] == bytes(8), f"{box!r} has a date"


def test_colours_are_tagged(tmp_path):
    with av.open(str(written(tmp_path, *clip(Pattern(2))))) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
        assert context.profile == "High"
        assert context.pix_fmt == "yuv420p"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: f"{profile.kind}-{profile.name}")
def test_the_same_bytes_twice(tmp_path, profile):
    made = {
        Kind.VIDEO: lambda: clip(Pattern(9)),
        Kind.AUDIO: lambda: audio(Wave(5000)),
        Kind.IMAGE: lambda: image(Pattern(1, pixel_format="rgba")),
        Kind.DATA: lambda: (Media(data=lambda: b"{}"), Shape(kind=Kind.DATA)),
    }[profile.kind]
    first = written(tmp_path, *made(), profile.name).read_bytes()
    assert written(tmp_path, *made(), profile.name).read_bytes() == first


def test_the_same_bytes_in_other_processes_whatever_they_say_of_threads(tmp_path):
    code = (
        "import sys, pathlib; from tests.artdag.codec.synthetic import Pattern, clip;"
        "from artdag.codec.encode import encode; from artdag.codec.profile import profile_for;"
        "media, shape = clip(Pattern(70)); path = pathlib.Path(sys.argv[1]);"
        "encode(media, shape, profile_for(shape.kind, None), path)"
    )
    digests = {hashlib.sha256(written(tmp_path, *clip(Pattern(70))).read_bytes()).hexdigest()}
    for number, threads in enumerate(("1", "7")):
        file = tmp_path / f"{number}.mp4"
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": threads, "TZ": f"UTC-{threads}"}
        one_core = ("taskset", "-c", "0") if number == 0 and Path("/usr/bin/taskset").exists() else ()
        subprocess.run([*one_core, sys.executable, "-c", code, str(file)], check=True, env=environment)
        digests.add(hashlib.sha256(file.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_the_encoder_decides_the_same_at_every_level_of_the_processor(tmp_path):
    results = set()
    for level in ("", ":asm=0", ":asm=SSE2", ":asm=SSE4.2", ":asm=AVX2"):
        options = {**dict(WEB.picture.options)}
        options["x264-params"] += level
        profile = replace(WEB, picture=replace(WEB.picture, options=tuple(options.items())))
        media, shape = clip(Pattern(30, width=160, height=96), sound=False)
        encode(media, shape, profile, tmp_path / "a.mp4")
        results.add((tmp_path / "a.mp4").read_bytes())
    assert len(results) == 1


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_flash_and_beep_meet(tmp_path, rate):
    lit = 37
    video = Flashes(80, {lit}, rate=rate)
    count, begin = video.shape.sample_count, int(lit * SAMPLE_RATE / rate)
    samples = np.zeros((2, count), np.float32)
    samples[:, begin : begin + 4800] = 0.8 * np.sin(np.arange(4800) * 2 * np.pi * 1000 / SAMPLE_RATE)
    sound = Wave(count, samples=samples)
    file = written(
        tmp_path, Media(video=video, sound=sound), Shape(kind=Kind.VIDEO, video=video.shape, sound=sound.shape)
    )

    media = open_media(file, probe(file))
    flash = [index for index, frame in enumerate(media.video.frames(0, 80)) if pixels(frame)[0] > 128]
    heard = np.concatenate(list(media.sound.samples(0, media.sound.shape.sample_count)), axis=1)
    assert flash == [lit]
    assert heard.shape[1] == count
    assert abs(np.argmax(np.abs(heard[0]) > 0.3) - begin) < 0.005 * SAMPLE_RATE

    program = imageio_ffmpeg.get_ffmpeg_exe()
    raw = subprocess.run(
        [program, "-v", "error", "-i", file, "-f", "f32le", "-ac", "2", "-"], check=True, capture_output=True
    ).stdout
    theirs = np.frombuffer(raw, np.float32).reshape(-1, 2).T
    assert theirs.shape[1] == count
    assert abs(np.argmax(np.abs(theirs[0]) > 0.3) - begin) < 0.005 * SAMPLE_RATE
    raw = subprocess.run(
        [program, "-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "gray", "-"], check=True, capture_output=True
    ).stdout
    shown = np.frombuffer(raw, np.uint8).reshape(-1, 48, 64)
    assert [index for index, frame in enumerate(shown) if frame.mean() > 128] == [lit]


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (64, 47)])
@pytest.mark.parametrize("name", ["web", "preview", "lossless", "alpha"])
def test_odd_sizes_are_written(tmp_path, name, size):
    media, shape = clip(Pattern(4, width=size[0], height=size[1]))
    file = written(tmp_path, media, shape, name)
    check_result(probe(file), shape, profile_for(Kind.VIDEO, name))


@pytest.mark.parametrize("name", ["web", "lossless", "alpha"])
@pytest.mark.parametrize("rate", [*RATES, Fraction(15, 2)], ids=str)
@pytest.mark.parametrize("sound", [True, False])
def test_what_was_written_is_what_was_planned(tmp_path, name, rate, sound):
    media, shape = clip(Pattern(31, rate=rate), sound=sound)
    facts = probe(written(tmp_path, media, shape, name))
    check_result(facts, shape, profile_for(Kind.VIDEO, name))
    assert (facts.sound is not None) is sound


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "gbrp", "rgba", "rgb24", "gray"])
@pytest.mark.parametrize("width", [64, 63])
def test_lossless_gives_back_every_pixel_and_every_sample(tmp_path, pixel_format, width):
    video = Pattern(5, width=width, pixel_format=pixel_format)
    media, shape = clip(video)
    loud = Wave(video.shape.sample_count, samples=media.sound.all * 5)  # beyond full scale, as sums may be
    file = written(tmp_path, Media(video=video, sound=loud), shape, "lossless")
    with av.open(str(file)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            given = video.picture(index)
            assert _colours(frame) == _colours(given.carrier), f"frame {index}"
        assert index == 4
    heard = decoded_sound(file)
    assert np.array_equal(heard.reshape(-1, 2).T, loud.all)


def _colours(frame: av.VideoFrame) -> bytes:
    """What both sides must agree on, in an order of bytes that both can give without arithmetic."""
    if frame.format.name in {"bgr0", "rgb24", "gbrp"}:
        return frame.to_ndarray(format="rgb24").tobytes()
    if frame.format.name in {"bgra", "rgba"}:
        return frame.to_ndarray(format="rgba").tobytes()
    return pixels(frame)


def test_sound_in_wav_and_flac_is_exact_to_24_bits(tmp_path):
    sound = Wave(4321)
    for name in ("wav", "flac"):
        heard = decoded_sound(written(tmp_path, *audio(sound), name)).reshape(-1, 2).T / float(1 << 31)
        assert np.abs(heard - sound.all).max() <= 0.5 / (1 << 23)


@pytest.mark.parametrize("name", ["audio", "mp3", "flac", "wav", "lossless"])
@pytest.mark.parametrize("count", [1, 1000, 30_000])
def test_sound_alone_keeps_its_length(tmp_path, name, count):
    media, shape = audio(Wave(count))
    check_result(probe(written(tmp_path, media, shape, name)), shape, profile_for(Kind.AUDIO, name))


@pytest.mark.parametrize("name", ["image", "jpeg", "webp"])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgba", "rgb24", "gbrp"])
def test_pictures_show_the_colours_they_were_given(tmp_path, name, pixel_format):
    video = Pattern(1, width=33, height=17, pixel_format=pixel_format, rate=Fraction(1))
    frame = video.picture(0)
    red = {"yuv420p": (63, 102, 240), "rgba": ((255, 0, 0, 255),), "rgb24": ((255, 0, 0),), "gbrp": (0, 0, 255)}
    for plane, value in zip(frame.planes, red[pixel_format], strict=True):
        plane[:] = value
    video.picture = lambda index: frame
    media, shape = image(video)
    file = written(tmp_path, media, shape, name)
    check_result(probe(file), shape, profile_for(Kind.IMAGE, name))
    seen = next(open_media(file, probe(file)).video.frames(0, 1)).to_ndarray(format="rgb24")
    assert np.abs(seen.astype(int) - (255, 0, 0)).max() <= 4


def test_png_gives_back_every_pixel(tmp_path):
    for pixel_format in ("rgba", "rgb24"):
        video = Pattern(1, width=33, height=17, pixel_format=pixel_format, rate=Fraction(1))
        with av.open(str(written(tmp_path, *image(video)))) as container:
            frame = next(container.decode(video=0))
            assert frame.format.name == pixel_format
            assert pixels(frame) == pixels(video.picture(0).carrier)


def test_see_through_parts_become_black_where_the_profile_has_none(tmp_path):
    video = Pattern(3, pixel_format="rgba")
    frame = video.picture(0)
    frame.planes[0][:] = (0, 255, 0, 0)
    frame.planes[0][:24] = (200, 200, 200, 255)
    video.picture = lambda index: frame
    media, shape = clip(video, sound=False)
    file = written(tmp_path, media, shape)
    with av.open(str(file)) as container:
        seen = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert seen[40:].max() <= 4
    assert abs(int(seen[4:20].mean()) - 200) <= 2


def test_alpha_survives_in_the_alpha_profile(tmp_path):
    video = Pattern(3, pixel_format="yuva420p")
    frame = video.picture(0)
    frame.planes[3][:], frame.planes[3][:, 32:] = 255, 0
    video.picture = lambda index: frame
    file = written(tmp_path, *clip(video, sound=False), "alpha")
    facts = probe(file)
    assert facts.picture.has_alpha
    seen = next(open_media(file, facts).video.frames(0, 1))
    alpha = np.frombuffer(memoryview(seen.planes[3]), np.uint8).reshape(48, -1)[:, :64]
    assert alpha[:, :28].min() > 250
    assert alpha[:, 36:].max() < 5


class Faulty(Pattern):
    """A stream that does not keep its promise."""

    def __init__(self, count: int, fault: str, **shape) -> None:
        super().__init__(count, **shape)
        self.fault = fault
        self.closed = False
        self.pulled = 0

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        try:
            last = stop + {"more": 1, "fewer": -1}.get(self.fault, 0)
            for frame in super().frames(first, last):
                if self.fault == "raises" and frame.pts == 20:
                    raise ValueError("no such pixel")
                if self.fault == "skips" and frame.pts == 20:
                    frame.pts = 21
                self.pulled += 1
                yield frame
        finally:
            self.closed = True


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("more", RenderError, "goes on after its 140 frames"),
        ("fewer", RenderError, "139 of 140|59 of 60|ended after"),
        ("skips", RenderError, "frame 20 of the picture is marked as frame 21"),
        ("raises", ValueError, "no such pixel"),
    ],
)
def test_a_faulty_stream_fails_the_file_and_leaves_nothing(tmp_path, fault, error, words, lanes):
    if fault == "more" and lanes == 2:
        words = "goes on after its"
    video = Faulty(140, fault)
    with pytest.raises(error, match=words):
        written(tmp_path, *clip(video), lanes=lanes)
    assert list(tmp_path.iterdir()) == []
    assert video.closed
    assert threads_of_ours() == []
    assert open_files(tmp_path) == []


def test_a_fault_in_the_sound_stops_the_picture(tmp_path):
    media, shape = clip(Faulty(140, "none"))
    media.sound.all[1, 30_000] = np.nan
    with pytest.raises(RenderError, match="not a number"):
        written(tmp_path, media, shape)
    assert media.video.closed
    assert threads_of_ours() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("difference", [-1, 1])
def test_sound_of_another_length_than_the_picture_is_refused(tmp_path, difference):
    video = Pattern(10)
    sound = Wave(video.shape.sample_count + difference)
    shape = Shape(kind=Kind.VIDEO, video=video.shape, sound=sound.shape)
    with pytest.raises(RenderError, match="do not last as long"):
        written(tmp_path, Media(video=video, sound=sound), shape)


def test_a_missing_stream_is_refused(tmp_path):
    media, shape = clip(Pattern(10))
    with pytest.raises(RenderError, match="sound"):
        written(tmp_path, Media(video=media.video), shape)
    with pytest.raises(RenderError, match="picture"):
        written(tmp_path, Media(sound=media.sound), shape)


def test_a_full_disk_is_named(tmp_path):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    sound = Wave(200_000)
    target = tmp_path / "full.wav"
    target.symlink_to(full)
    with pytest.raises(NoRoomError):
        encode(*audio(sound), profile_for(Kind.AUDIO, "wav"), target)


def test_frames_are_never_far_ahead_of_the_encoder(tmp_path):
    ahead = []

    class Counted(Pattern):
        def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
            for frame in super().frames(first, stop):
                ahead.append(frame.pts - done)
                yield frame

    done = 0

    def note(now: int, whole: int) -> None:
        nonlocal done
        done = now
        assert whole == 200

    written(tmp_path, *clip(Counted(200, width=320, height=240)), on_progress=note)
    assert done == 200
    assert max(ahead) <= DEPTH + 3  # in the queue, in the encoder's hand, in the filter's, and the one being made


def test_a_still_that_gives_one_object_again_and_again_is_fine(tmp_path):
    class Still(Pattern):
        def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
            carrier = self.picture(0).carrier
            for index in range(first, stop):
                carrier.pts, carrier.time_base = index, 1 / self.shape.frame_rate
                yield carrier

    media, shape = clip(Still(100))
    check_result(probe(written(tmp_path, media, shape)), shape, WEB)


def test_the_tally_counts_encoders_and_frames(tmp_path):
    for lanes in (1, 2):
        tally = Tally()
        written(tmp_path, *clip(Pattern(130)), tally=tally, lanes=lanes)
        assert (tally.encoders_opened, tally.frames_encoded) == (3 + 1, 130)


def test_progress_never_goes_back(tmp_path):
    for lanes in (1, 2):
        seen: list[tuple[int, int]] = []
        written(tmp_path, *clip(Pattern(130)), on_progress=lambda *now, seen=seen: seen.append(now), lanes=lanes)
        assert seen == [(done, 130) for done in range(1, 131)]


def test_check_names_everything_that_is_wrong(tmp_path):
    media, shape = clip(Pattern(20))
    facts = probe(written(tmp_path, media, shape))
    other = VideoShape(width=66, height=48, pixel_format="yuv420p", frame_rate=Fraction(25), frame_count=21)
    with pytest.raises(RenderError) as caught:
        check_result(facts, Shape(kind=Kind.VIDEO, video=other), WEB)
    for part in ("64 x 48, not 66 x 48", "20 frames, not 21", "30 frames per second, not 25", "it has sound"):
        assert part in str(caught.value)
    with pytest.raises(RenderError, match="it has no sound"):
        check_result(replace(facts, sound=None), shape, WEB)
    with pytest.raises(RenderError, match="sound lasts"):
        check_result(replace(facts, sound=replace(facts.sound, duration_s=0.5)), shape, WEB)
