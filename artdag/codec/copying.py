"""What is not touched is not coded: packets of whole closed groups, taken out of one file to stand in another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from artdag.codec import demux
from artdag.codec.coder import Packets, parameter_sets
from artdag.codec.grid import Grid
from artdag.codec.parameter_sets import ParameterSets, with_lengths
from artdag.codec.profile import Profile
from artdag.codec.tally import Tally
from artdag.errors import BrokenMediaError
from artdag.media import MediaFacts, VideoShape

MOST_BITS_PER_PIXEL = 0.5
"""Of a file's picture, on average: 28 Mb/s at 1080p30. What is fatter is made for editing, not for sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """Frames of an output that are frames of a file, as they are."""

    path: Path
    facts: MediaFacts
    """Of the file; its picture has groups."""
    begin: int
    """The file's frame that is the first; a group begins with it, and one ends with the last."""
    count: int

    @property
    def sets(self) -> ParameterSets:
        picture = self.facts.picture
        assert picture is not None
        assert picture.groups is not None
        return ParameterSets.parse(bytes.fromhex(picture.groups.settings))

    def packets(self, tally: Tally) -> Packets:
        """Yield the packets in the order of decoding; they are shown at 0 to *count* - 1, and count in frames.

        Raises:
            BrokenMediaError: when the file does not hold what its facts say.
        """
        assert self.facts.picture is not None
        rate = self.facts.picture.frame_rate
        number = -1
        with demux.opened(self.path, self.facts.media_type) as container:
            stream = demux.picture_stream(container)
            if stream is None or stream.time_base is None:
                raise BrokenMediaError("this file holds no picture with times")
            # no notes of an encoder stay, as with our own coder
            cleaner = BitStreamFilterContext("filter_units=remove_types=6", stream)
            for number, (packet, index) in enumerate(self._found(container, stream, Grid(rate, stream.time_base))):
                if number == self.count:
                    return
                shown = index - self.begin
                if (number == 0 and not packet.is_keyframe) or not 0 <= shown < self.count:
                    raise BrokenMediaError(f"frame {index} of this file does not stand where it stood")
                for kept in cleaner.filter(packet):
                    kept.pts, kept.dts, kept.duration, kept.time_base = shown, number, 1, 1 / rate
                    tally.frames_copied += 1
                    yield kept
            if number + 1 < self.count:
                raise BrokenMediaError(f"the picture of this file ends {self.count - number - 1} frames early")

    def _found(
        self, container: InputContainer, stream: VideoStream, grid: Grid
    ) -> Iterator[tuple[Packet[VideoStream], int]]:
        """Yield the file's packets from the group at *begin* on, each with the frame it is shown at."""
        packets: Iterator[Packet[VideoStream]] = (packet for packet in container.demux(stream) if packet.size)
        first = next(packets, None)
        if first is None or first.pts is None:
            return
        zero = first.pts
        if self.begin:
            container.seek(zero + grid.latest_tick(self.begin), stream=stream)
            packets = (packet for packet in container.demux(stream) if packet.size)
        else:
            packets = chain([first], packets)
        seen = False
        for packet in packets:
            if packet.pts is None:
                raise BrokenMediaError("the picture of this file has no time stamps")
            index = grid.index_of(packet.pts - zero)
            seen |= index == self.begin
            if seen:
                yield packet, index


def may_be_copied(facts: MediaFacts, profile: Profile, shape: VideoShape) -> ParameterSets | None:
    """Return the parameter sets of a file whose groups may stand in a file of *profile*, with pictures of *shape*.

    None where they may not: another codec, size, grid or format, pictures that have to wait longer for others than
    the profile's, more bytes than anybody should be sent, or sets that cannot be told from the profile's own.
    """
    picture, coding = facts.picture, profile.picture
    if picture is None or picture.groups is None or coding is None or not coding.copies:
        return None
    size, rate = (shape.width, shape.height), shape.frame_rate
    own = (picture.width, picture.height) == size == profile.size(*size) and picture.frame_rate == rate
    formats = picture.pixel_format == shape.pixel_format == profile.pixel_format(shape.pixel_format)
    bits = 8 * picture.groups.size / (size[0] * size[1] * picture.frame_count)
    if not own or not formats or picture.groups.lag > coding.reorder or bits > MOST_BITS_PER_PIXEL:
        return None
    sets, ours = ParameterSets.parse(bytes.fromhex(picture.groups.settings)), parameter_sets(profile, shape)
    return sets if are_apart(sets, ours) else None


def are_apart(one: ParameterSets, other: ParameterSets) -> bool:
    """Return whether streams with these sets can share a file: no name in both, unless they are the very same."""
    return (one.sequences, one.pictures) == (other.sequences, other.pictures) or not one.ids & other.ids


def in_lengths(packet: Packet[Stream]) -> Packet[Stream]:
    """Return a packet of our coder as it stands beside copied ones: NAL units after lengths, not after start codes."""
    found: Packet[Stream] = Packet(with_lengths(bytes(packet)))
    found.pts, found.dts, found.duration = packet.pts, packet.dts, packet.duration
    found.time_base, found.is_keyframe = packet.time_base, packet.is_keyframe
    return found
