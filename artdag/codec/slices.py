"""Time slices: a clip coded in pieces, on any number of workers, and joined to the bytes that one pass gives.

A slice is some groups of pictures. Each group is coded by an encoder of its own, so neither the cut nor who codes what
shows in the result; frames that are copied from other files stand between slices as they are. Sound is coded once, for
the whole, because the encoder's delay would add up at every seam.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from artdag.codec.coder import Packets
from artdag.codec.copying import Copied
from artdag.codec.encode import picture_line, placed, record_of, sound_line, writing
from artdag.codec.mux import Muxer
from artdag.codec.profile import Profile
from artdag.codec.progress import Progress
from artdag.codec.stream import Sound, Video
from artdag.codec.tally import Tally
from artdag.errors import ParameterError, RenderError
from artdag.media import VideoShape


def encode_slice(
    video: Video,
    groups: Sequence[range],
    profile: Profile,
    path: Path,
    *,
    tally: Tally | None = None,
    on_progress: Progress | None = None,
) -> None:
    """Write some *groups* of pictures, one after the other, as a file of its own, without sound, that plays from 0.

    Raises:
        ParameterError: when they are no groups of this profile.
        RenderError: when the stream is not what its shape says, or the encoder refuses it.
    """
    shape, gop = video.shape, profile.gop_frames(video.shape.frame_rate)
    in_line = all(one.stop == other.start for one, other in pairwise(groups))
    whole = gop is not None and all(0 < len(group) <= gop for group in groups) and groups
    if not in_line or not whole or not 0 <= groups[0].start < groups[-1].stop <= shape.frame_count:
        spans = f"{groups[0].start} to {groups[-1].stop}" if groups else "none"
        raise ParameterError(f"frames {spans} are no slice of profile {profile.name!r}")
    with writing(path), Muxer(path, profile, shape.frame_rate) as muxer:
        muxer.add_picture(shape)
        with closing(picture_line(video, groups, profile, tally or Tally(), on_progress)) as packets:
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


def join(
    pieces: Sequence[Path | Copied],
    sound: Path | None,
    shape: VideoShape,
    profile: Profile,
    path: Path,
    *,
    tally: Tally | None = None,
) -> None:
    """Write *pieces*, in order, and *sound* as one file by copying packets: the bytes that one pass gives.

    *pieces* are files of :func:`encode_slice` or frames of other files, *sound* is one of :func:`encode_sound`,
    *shape* that of the whole clip.

    Raises:
        RenderError: when the pieces together are not *shape*, or slices were not made alike.
    """
    if not pieces:
        raise RenderError("there are no slices to join")
    slices = [piece for piece in pieces if isinstance(piece, Path)]
    settings = _settings(slices)
    with writing(path), Muxer(path, profile, shape.frame_rate) as muxer:
        muxer.add_picture(shape, record_of(pieces, profile, shape) or settings)
        pictures = _joined(pieces, shape, profile, tally or Tally())
        if sound is None:
            muxer.write(pictures, ())
            return
        with _opened(sound) as spoken:
            muxer.copy_sound(spoken.streams.audio[0])
            muxer.write(pictures, _copied(spoken, spoken.streams.audio[0]))


def _settings(slices: Sequence[Path]) -> bytes | None:
    """Return what each of *slices* says of its picture."""
    found: bytes | None = None
    for path in slices:
        with _opened(path) as container:
            own = container.streams.video[0].codec_context.extradata
        if found not in (None, own):
            raise RenderError(f"slice {path.name} was coded with other settings than the first")
        found = own
    return found


def _joined(pieces: Sequence[Path | Copied], shape: VideoShape, profile: Profile, tally: Tally) -> Packets:
    assert profile.picture is not None
    base, number = 1 / shape.frame_rate, 0
    for piece in pieces:
        if isinstance(piece, Copied):
            yield from placed(piece.packets(tally), number, profile)
            number += piece.count
            continue
        with _opened(piece) as container:
            stream = container.streams.video[0]
            begin = number
            for packet in _copied(container, stream):
                assert packet.pts is not None
                shown = packet.pts * packet.time_base / base
                packet.pts, packet.dts = begin + _whole(shown, piece), number - profile.picture.reorder
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
