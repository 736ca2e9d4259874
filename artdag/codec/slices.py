"""Time slices: a clip coded in pieces, on any number of workers, and joined to the bytes that one pass gives.

A slice begins and ends on the profile's grid of groups of pictures (the last ends with the clip). Each group is coded
by an encoder of its own, so neither the cut nor who codes what shows in the result; sound is coded once, for the
whole, because the encoder's delay would add up at every seam.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from artdag.codec.coder import Packets
from artdag.codec.encode import picture_line, sound_line, writing
from artdag.codec.mux import Muxer
from artdag.codec.profile import Profile
from artdag.codec.progress import Progress
from artdag.codec.stream import Sound, Video
from artdag.codec.tally import Tally
from artdag.errors import ParameterError, RenderError
from artdag.media import VideoShape


def slice_spans(shape: VideoShape, profile: Profile, groups: int = 1) -> list[range]:
    """Return the frames of each slice of *groups* groups of pictures; one span where the profile cannot be sliced."""
    gop = profile.gop_frames(shape.frame_rate)
    if gop is None:
        return [range(shape.frame_count)]
    step = gop * groups
    return [range(first, min(first + step, shape.frame_count)) for first in range(0, shape.frame_count, step)]


def encode_slice(
    video: Video,
    span: range,
    profile: Profile,
    path: Path,
    *,
    tally: Tally | None = None,
    on_progress: Progress | None = None,
) -> None:
    """Write the frames in *span* as a file of its own, without sound, that plays from 0.

    Raises:
        ParameterError: when *span* does not lie on the grid of :func:`slice_spans`.
        RenderError: when the stream is not what its shape says, or the encoder refuses it.
    """
    shape, gop = video.shape, profile.gop_frames(video.shape.frame_rate)
    on_grid = gop is not None and span.start % gop == 0 and (span.stop % gop == 0 or span.stop == shape.frame_count)
    if not on_grid or not 0 <= span.start < span.stop <= shape.frame_count:
        raise ParameterError(f"frames {span.start} to {span.stop} are no slice of profile {profile.name!r}")
    with writing(path), Muxer(path, profile, shape.frame_rate) as muxer:
        muxer.add_picture(shape)
        with closing(picture_line(video, span, profile, tally or Tally(), on_progress)) as packets:
            muxer.write(packets, ())


def encode_sound(
    sound: Sound, profile: Profile, path: Path, *, tally: Tally | None = None, on_progress: Progress | None = None
) -> None:
    """Write all of *sound* as a file of its own, as *profile* codes it beside its picture.

    Raises:
        RenderError: when the stream is not what its shape says, or the encoder refuses it.
    """
    with writing(path), Muxer(path, profile, None) as muxer:
        muxer.add_sound()
        with closing(sound_line(sound, profile, tally or Tally(), on_progress)) as packets:
            muxer.write((), packets)


def join(slices: Sequence[Path], sound: Path | None, shape: VideoShape, profile: Profile, path: Path) -> None:
    """Write *slices*, in order, and *sound* as one file by copying packets: the bytes that one pass gives.

    *slices* are files of :func:`encode_slice`, *sound* is one of :func:`encode_sound`, *shape* that of the whole clip.

    Raises:
        RenderError: when the slices together are not *shape*, or were not made alike.
    """
    if not slices:
        raise RenderError("there are no slices to join")
    with writing(path), Muxer(path, profile, shape.frame_rate) as muxer, _opened(slices[0]) as first:
        muxer.copy_picture(first.streams.video[0], shape.frame_rate)
        pictures = _joined(slices, shape, profile)
        if sound is None:
            muxer.write(pictures, ())
            return
        with _opened(sound) as spoken:
            muxer.copy_sound(spoken.streams.audio[0])
            muxer.write(pictures, _copied(spoken, spoken.streams.audio[0]))


def _joined(slices: Sequence[Path], shape: VideoShape, profile: Profile) -> Packets:
    assert profile.picture is not None
    base = 1 / shape.frame_rate
    settings: bytes | None = None
    number = 0
    for path in slices:
        with _opened(path) as container:
            stream = container.streams.video[0]
            settings = settings or stream.codec_context.extradata
            if stream.codec_context.extradata != settings:
                raise RenderError(f"slice {path.name} was coded with other settings than the first")
            begin = number
            for packet in _copied(container, stream):
                assert packet.pts is not None
                shown = packet.pts * packet.time_base / base
                packet.pts, packet.dts = begin + _whole(shown, path), number - profile.picture.reorder
                packet.duration, packet.time_base = 1, base
                number += 1
                yield packet
    if number != shape.frame_count:
        raise RenderError(f"the slices hold {number} frames, not {shape.frame_count}")


def _copied(container: InputContainer, stream: Stream) -> Iterator[Packet[Stream]]:
    return (packet for packet in container.demux(stream) if packet.size)


def _whole(frames: Fraction, path: Path) -> int:
    if frames.denominator != 1:
        raise RenderError(f"slice {path.name} has a frame between two frames of the grid")
    return frames.numerator


def _opened(path: Path) -> InputContainer:
    return av.open(str(path), options={"protocol_whitelist": "file"})
