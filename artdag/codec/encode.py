"""Writing results: one streaming pass from what a node gives to a file."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import reduce
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

import av
from av.packet import Packet
from av.stream import Stream

from artdag.codec.ahead import ahead
from artdag.codec.coder import Packets, parameter_sets, picture_packets, sound_packets
from artdag.codec.copying import Copied, in_lengths
from artdag.codec.fit import fitted_frames
from artdag.codec.lanes import packets_in_lanes
from artdag.codec.mux import Muxer
from artdag.codec.parameter_sets import ParameterSets
from artdag.codec.profile import Profile
from artdag.codec.progress import Progress
from artdag.codec.still import write_still
from artdag.codec.stream import Media, Sound, Video
from artdag.codec.tally import Tally
from artdag.errors import NoRoomError, RenderError
from artdag.media import Kind, Shape, VideoShape

Layout: TypeAlias = Sequence[range | Copied]
"""All frames of a clip, in order: groups of pictures to code, and frames that are copied."""


def encode(
    media: Media,
    shape: Shape,
    profile: Profile,
    path: Path,
    *,
    layout: Layout | None = None,
    tally: Tally | None = None,
    on_progress: Progress | None = None,
    lanes: int = 1,
) -> None:
    """Write *media*, which has *shape*, to *path* in one pass, as :meth:`Profile.fitted` of *profile* says.

    Frames are made in a thread of their own, a few ahead of the encoder. Sound is encoded once, beside the picture.
    On any error nothing is left at *path*.

    *layout* says where groups of pictures begin, and which frames are copied; without it all are coded, in
    :meth:`Profile.groups`. With more than one of *lanes*, profiles with groups code that many at once, see
    :func:`packets_in_lanes`. The bytes are the same; it helps where cores are free.

    Raises:
        ParameterError: when the profile cannot hold the picture's format.
        RenderError: when the streams are not what the shape says, or the encoder refuses them.
        NoRoomError: when the disk is full.
    """
    profile = profile.fitted(shape)
    tally = tally if tally is not None else Tally()
    if profile.kind is Kind.DATA:
        assert media.data is not None
        with writing(path):
            path.write_bytes(media.data())
        return
    video, sound = _needed(media, shape, profile)
    with writing(path):
        if profile.kind is Kind.IMAGE:
            assert video is not None
            write_still(video, profile, path, tally)
            return
        rate = video.shape.frame_rate if video is not None else None
        with contextlib.ExitStack() as closers, Muxer(path, profile, rate) as muxer:
            picture, spoken = None, None
            if video is not None:
                layout = layout or profile.groups(video.shape)
                muxer.add_picture(video.shape, record_of(layout, profile, video.shape))
                packets = laid_out(video, layout, profile, tally, lanes=lanes, on_progress=on_progress)
                picture = closers.enter_context(closing(packets))
            if sound is not None:
                muxer.add_sound()
                progress = on_progress if video is None else None
                spoken = closers.enter_context(closing(sound_line(sound, profile, tally, progress)))
            muxer.write(picture or (), spoken or ())


def record_of(layout: Iterable[range | Path | Copied], profile: Profile, shape: VideoShape) -> bytes | None:
    """Return what a file laid out so says of its picture; None where nothing is copied into it."""
    pieces = list(layout)
    found = list(dict.fromkeys(piece.sets for piece in pieces if isinstance(piece, Copied)))
    if not found:
        return None
    if not all(isinstance(piece, Copied) for piece in pieces):
        found.insert(0, parameter_sets(profile, shape))
    return reduce(ParameterSets.joined, found).record()


def laid_out(
    video: Video,
    layout: Layout,
    profile: Profile,
    tally: Tally,
    *,
    lanes: int = 1,
    on_progress: Progress | None = None,
) -> Packets:
    """Yield the packets of all frames of *video*: those of groups that are coded, and those that are copied.

    Times count from the first of *layout*.
    """
    place, total = 0, sum(piece.count if isinstance(piece, Copied) else len(piece) for piece in layout)

    mixed = any(isinstance(piece, Copied) for piece in layout)

    def told(done: int, _: int) -> None:
        if on_progress is not None:
            on_progress(place + done, total)

    for copied, pieces in groupby(layout, key=lambda piece: isinstance(piece, Copied)):
        if copied:
            for piece in pieces:
                assert isinstance(piece, Copied)
                yield from placed(piece.packets(tally), place, profile)
                place += piece.count
                told(0, total)
        else:
            groups = [piece for piece in pieces if isinstance(piece, range)]
            if lanes > 1 and len(groups) > 1:
                packets = packets_in_lanes(video, groups, profile, tally, lanes, told)
            else:
                packets = picture_line(video, groups, profile, tally, told)
            for packet in packets:
                yield _moved(in_lengths(packet) if mixed else packet, place)
            place += groups[-1].stop - groups[0].start


def placed(packets: Packets, place: int, profile: Profile) -> Packets:
    """Yield copied *packets*, whose times count from 0, as they stand from frame *place* on."""
    assert profile.picture is not None
    for packet in packets:
        yield _moved(packet, place, profile.picture.reorder)


def _moved(packet: Packet[Stream], place: int, reorder: int = 0) -> Packet[Stream]:
    assert packet.pts is not None
    packet.pts += place
    if packet.dts is not None:
        packet.dts += place - reorder
    return packet


def picture_line(
    video: Video, groups: Sequence[range], profile: Profile, tally: Tally, on_progress: Progress | None = None
) -> Packets:
    """Yield the packets of *groups*, one after the other in *video*; times count from the first frame."""
    first, stop = groups[0].start, groups[-1].stop
    with closing(ahead(fitted_frames(video, first, stop, profile))) as frames:
        told = _told(frames, stop - first, on_progress)
        yield from picture_packets(told, groups, profile, video.shape, tally)


def sound_line(sound: Sound, profile: Profile, tally: Tally, on_progress: Progress | None = None) -> Packets:
    """Yield the packets of all samples."""
    assert profile.sound is not None
    count = sound.shape.sample_count
    blocks = sound.samples(0, count)
    try:
        for packet in sound_packets(blocks, count, profile.sound, tally):
            if on_progress is not None and packet.pts is not None:
                on_progress(min(max(packet.pts, 0), count), count)
            yield packet
    finally:
        if isinstance(blocks, Generator):
            blocks.close()
    if on_progress is not None:
        on_progress(count, count)


def _told(frames: Iterator[av.VideoFrame], count: int, on_progress: Progress | None) -> Iterator[av.VideoFrame]:
    for done, frame in enumerate(frames, start=1):
        yield frame
        if on_progress is not None:
            on_progress(done, count)


def _needed(media: Media, shape: Shape, profile: Profile) -> tuple[Video | None, Sound | None]:
    """Return the streams that *profile* writes, checked against *shape*.

    Raises:
        RenderError: when one is missing, or its own shape is another.
    """
    video = media.video if profile.picture is not None else None
    sound = media.sound if profile.sound is not None and shape.sound is not None else None
    if profile.picture is not None and (shape.video is None or video is None or video.shape != shape.video):
        raise RenderError(f"the picture to write is {video and video.shape}, not {shape.video}")
    if profile.sound is not None and shape.sound is not None and (sound is None or sound.shape != shape.sound):
        raise RenderError(f"the sound to write is {sound and sound.shape}, not {shape.sound}")
    if video is None and sound is None:
        raise RenderError(f"there is no sound for a file of profile {profile.name!r}")
    if video is not None and sound is not None and sound.shape.sample_count != video.shape.sample_count:
        wanted = video.shape.sample_count
        raise RenderError(f"{sound.shape.sample_count} samples of sound do not last as long as the picture's {wanted}")
    return video, sound


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Translate the media library's errors, and leave nothing at *path* after any error."""
    try:
        yield
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise NoRoomError("there is no room to write the result") from error
        if isinstance(error, av.FFmpegError) and not isinstance(error, MemoryError):
            raise RenderError(f"the result could not be written: {error.strerror}") from error
        raise
