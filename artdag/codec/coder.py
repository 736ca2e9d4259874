"""Coders: fitted frames and samples become packets, with times that are counted and never guessed."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.bitstream import BitStreamFilterContext
from av.codec.context import CodecContext, Flags
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from artdag.codec.frame import BT709, FULL_RANGE, IS_RGB, LIMITED_RANGE, RGB_MATRIX
from artdag.codec.parameter_sets import ParameterSets
from artdag.codec.profile import PictureCoding, Profile, SoundCoding
from artdag.codec.stream import Samples
from artdag.codec.tally import Tally
from artdag.errors import RenderError
from artdag.media import SAMPLE_RATE, VideoShape

SOUND_BASE = Fraction(1, SAMPLE_RATE)
BT601 = 5
"""FFmpeg's AVColorSpace for the matrix of JPEG files."""

_RGB = {*IS_RGB, "bgra", "bgr0"}
_PCM_BLOCK = 1024
"""Samples to a packet where the codec has no frames of its own."""
_FULL_SCALE_24 = 1 << 23
"""What 1.0 becomes in 24 bits, which FFmpeg takes in the upper part of 32."""

Packets: TypeAlias = "Generator[Packet[Stream], None, None]"


def set_up_picture(context: VideoCodecContext, profile: Profile, shape: VideoShape) -> None:
    """Settle every option of an encoder that is not open yet, for frames of *shape* as *profile* writes them."""
    coding = profile.picture
    assert coding is not None
    context.width, context.height = profile.size(shape.width, shape.height)
    context.pix_fmt = profile.pixel_format(shape.pixel_format)
    context.time_base, context.framerate = 1 / shape.frame_rate, shape.frame_rate
    context.sample_aspect_ratio = Fraction(1)
    context.thread_count = 1
    rgb = context.pix_fmt in _RGB
    context.colorspace = BT601 if coding.jfif else RGB_MATRIX if rgb else BT709
    context.color_range = FULL_RANGE if rgb or coding.jfif else LIMITED_RANGE
    context.color_primaries = context.color_trc = BT709
    context.flags |= Flags.bitexact | (Flags.global_header if profile.container else 0)
    context.options = dict(coding.options) | _key_frames(coding, profile.gop_frames(shape.frame_rate))


def _key_frames(coding: PictureCoding, gop: int | None) -> dict[str, str]:
    if gop is None:
        return {}
    exact = dict(coding.options)["x264-params"]
    return {"x264-params": f"keyint={gop}:min-keyint={gop}:{exact}"}


def set_up_sound(context: AudioCodecContext, coding: SoundCoding) -> None:
    """Settle every option of an encoder that is not open yet."""
    context.sample_rate, context.layout, context.format = SAMPLE_RATE, "stereo", coding.sample_format
    context.time_base = SOUND_BASE
    context.thread_count = 1
    if coding.bit_rate is not None:
        context.bit_rate = coding.bit_rate
    context.flags |= Flags.bitexact | Flags.global_header
    context.options = dict(coding.options)


def parameter_sets(profile: Profile, shape: VideoShape) -> ParameterSets:
    """Return what an H.264 coder of *profile* says of its streams, for frames of *shape* of any number."""
    return _parameter_sets(profile, replace(shape, frame_count=1))


@lru_cache(maxsize=256)
def _parameter_sets(profile: Profile, shape: VideoShape) -> ParameterSets:
    assert profile.picture is not None
    context = CodecContext.create(profile.picture.codec, "w")
    assert isinstance(context, VideoCodecContext)
    set_up_picture(context, profile, shape)
    context.open()
    return ParameterSets.parse(context.extradata)


def picture_packets(
    frames: Iterable[av.VideoFrame], groups: Sequence[range], profile: Profile, shape: VideoShape, tally: Tally
) -> Packets:
    """Yield the packets of the fitted *frames*, which are exactly those of *groups*, one after the other.

    Times count in frames, from the first of *groups*. Where the profile has groups of pictures, each is coded by an
    encoder of its own. So what a group becomes depends on nothing but its frames, and the packets are the same
    whether the clip was coded in one piece or in many.

    Raises:
        RenderError: when there are fewer or more frames.
    """
    assert profile.picture is not None
    source = iter(frames)
    for group in groups:
        begin = group.start - groups[0].start
        for number, packet in enumerate(_coded(source, len(group), profile, shape, tally), start=begin):
            assert packet.pts is not None
            packet.pts += begin
            if profile.picture.gop_s is not None:
                packet.dts = number - profile.picture.reorder
            packet.duration = 1
            yield packet
    if next(source, None) is not None:
        raise RenderError(f"the picture goes on after its {groups[-1].stop - groups[0].start} frames")


def _coded(source: Iterator[av.VideoFrame], count: int, profile: Profile, shape: VideoShape, tally: Tally) -> Packets:
    """Yield the packets of the next *count* frames, from an encoder that begins at time 0."""
    assert profile.picture is not None
    context = CodecContext.create(profile.picture.codec, "w")
    assert isinstance(context, VideoCodecContext)
    set_up_picture(context, profile, shape)
    context.open()
    tally.encoders_opened += 1
    # x264 writes its version and options beside the first frame, as supplemental information (type 6); with constant
    # quality and no buffer model it writes no other of that type, so nothing that players need is lost.
    cleaner = BitStreamFilterContext("filter_units=remove_types=6", "h264") if context.name == "libx264" else None
    for index in range(count):
        frame = next(source, None)
        if frame is None:
            raise RenderError(f"the picture ended {count - index} frames early")
        frame.pts, frame.time_base = index, context.time_base
        frame.pict_type = PictureType.NONE  # else the encoder repeats the key frames of the file it came from
        yield from _cleaned(context.encode(frame), cleaner, context.time_base)
        tally.frames_encoded += 1
    yield from _cleaned(context.encode(None), cleaner, context.time_base)


def _cleaned(packets: Iterable[Packet[Stream]], cleaner: BitStreamFilterContext | None, base: Fraction) -> Packets:
    for packet in packets:
        for kept in (packet,) if cleaner is None else cleaner.filter(packet):
            kept.time_base = base
            yield kept


def sound_packets(blocks: Iterable[Samples], count: int, coding: SoundCoding, tally: Tally) -> Packets:
    """Yield the packets of *blocks*, which together are exactly *count* samples; times count in samples.

    The first packet begins before 0 by the encoder's delay: the muxer writes that down for players to skip.

    Raises:
        RenderError: when there are fewer or more samples, or one is not a number.
    """
    context = CodecContext.create(coding.codec, "w")
    assert isinstance(context, AudioCodecContext)
    set_up_sound(context, coding)
    context.open()
    tally.encoders_opened += 1
    begin = 0
    for block in rechunked(blocks, context.frame_size or _PCM_BLOCK):
        if not np.isfinite(block).all():
            raise RenderError(f"the sound between samples {begin} and {begin + block.shape[1]} is not a number")
        frame = _sound_frame(block, coding.sample_format)
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, begin, SOUND_BASE
        begin += block.shape[1]
        if begin > count:
            raise RenderError(f"the sound goes on after its {count} samples")
        yield from _cleaned(context.encode(frame), None, SOUND_BASE)
    if begin < count:
        raise RenderError(f"the sound ended after {begin} of {count} samples")
    yield from _cleaned(context.encode(None), None, SOUND_BASE)


def rechunked(blocks: Iterable[Samples], size: int) -> Generator[Samples, None, None]:
    """Yield the same samples in blocks of *size*; the last may be shorter."""
    waiting: list[Samples] = []
    held = 0
    for block in blocks:
        waiting.append(block)
        held += block.shape[1]
        if held < size:
            continue
        joined = np.concatenate(waiting, axis=1) if len(waiting) > 1 else block
        whole = held - held % size
        yield from (joined[:, at : at + size] for at in range(0, whole, size))
        waiting, held = [joined[:, whole:]], held - whole
    if held:
        yield np.concatenate(waiting, axis=1)


def _sound_frame(block: Samples, sample_format: str) -> av.AudioFrame:
    if sample_format == "fltp":
        return av.AudioFrame.from_ndarray(np.ascontiguousarray(block, np.float32), "fltp", "stereo")
    packed = np.ascontiguousarray(block.T, np.float32).reshape(1, -1)
    if sample_format == "flt":
        return av.AudioFrame.from_ndarray(packed, "flt", "stereo")
    steps = np.rint(packed.astype(np.float64) * _FULL_SCALE_24).clip(-_FULL_SCALE_24, _FULL_SCALE_24 - 1)
    return av.AudioFrame.from_ndarray(steps.astype(np.int32) << 8, "s32", "stereo")
