"""What media are: the facts of a file, and the shape of what flows along an edge of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

SAMPLE_RATE = 48_000
"""Samples per second of all sound between nodes; it is stereo, 32-bit float, full scale ±1."""


STILL_RATE = Fraction(25)
"""Frames per second of a still that becomes a clip where no other clip gives a rate."""


class Kind(StrEnum):
    """What a file or an edge is, coarsely."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DATA = "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """The closed groups of pictures that a file's picture is made of, where their packets can be copied as they are."""

    settings: str
    """The stream's H.264 parameter sets as the file keeps them, in hexadecimal."""
    runs: tuple[tuple[int, int, int], ...]
    """(first frame, frames of each, how many): where each group begins, all frames covered."""
    lag: int
    """Frames that decoding lags behind showing."""
    size: int
    """Bytes of the picture's packets."""

    def spans(self) -> Iterator[range]:
        """Yield the frames of each group, in order."""
        for first, length, count in self.runs:
            for number in range(count):
                yield range(first + number * length, first + (number + 1) * length)

    def to_json(self) -> dict[str, Any]:
        runs = [list(run) for run in self.runs]
        return {"settings": self.settings, "runs": runs, "lag": self.lag, "size": self.size}

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> GroupFacts:
        runs = tuple((first, length, count) for first, length, count in facts["runs"])
        return cls(settings=facts["settings"], runs=runs, lag=facts["lag"], size=facts["size"])


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFacts:
    """The picture part of a file, as it is shown: rotation and pixel aspect are already applied to the size."""

    width: int
    height: int
    frame_rate: Fraction
    """Frames per second of the constant grid that decoding brings the file to; 1 for a still."""
    frame_count: int
    """Frames on that grid; 1 for a still."""
    codec: str
    pixel_format: str
    """As stored, in FFmpeg's spelling, such as ``yuv420p10le``."""
    has_alpha: bool = False
    rotation: int = 0
    """Degrees clockwise that the stored picture is turned by to be shown: 0, 90, 180 or 270."""
    variable_rate: bool = False
    hdr: str | None = None
    """``pq`` or ``hlg`` where the picture needs a tone curve."""
    groups: GroupFacts | None = None
    """None wherever it is not certain that packets may be copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFacts:
    """The sound part of a file, as stored."""

    codec: str
    sample_rate: int
    channels: int
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """What is in a file, found by looking at its bytes, never at its name."""

    kind: Kind
    media_type: str
    size: int
    """Bytes."""
    duration_s: float | None = None
    picture: PictureFacts | None = None
    sound: SoundFacts | None = None

    def to_json(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"kind": self.kind.value, "media_type": self.media_type, "size": self.size}
        if self.duration_s is not None:
            facts["duration_s"] = self.duration_s
        if self.picture is not None:
            picture = self.picture
            facts["picture"] = {
                "width": picture.width,
                "height": picture.height,
                "frame_rate": str(picture.frame_rate),
                "frame_count": picture.frame_count,
                "codec": picture.codec,
                "pixel_format": picture.pixel_format,
                "has_alpha": picture.has_alpha,
                "rotation": picture.rotation,
                "variable_rate": picture.variable_rate,
                "hdr": picture.hdr,
                **({"groups": picture.groups.to_json()} if picture.groups else {}),
            }
        if self.sound is not None:
            sound = self.sound
            facts["sound"] = {
                "codec": sound.codec,
                "sample_rate": sound.sample_rate,
                "channels": sound.channels,
                "duration_s": sound.duration_s,
            }
        return facts

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> MediaFacts:
        picture, sound = facts.get("picture"), facts.get("sound")
        return cls(
            kind=Kind(facts["kind"]),
            media_type=facts["media_type"],
            size=facts["size"],
            duration_s=facts.get("duration_s"),
            picture=_picture_from_json(picture) if picture else None,
            sound=SoundFacts(**sound) if sound else None,
        )


def _picture_from_json(facts: dict[str, Any]) -> PictureFacts:
    groups = GroupFacts.from_json(facts["groups"]) if facts.get("groups") else None
    return PictureFacts(**{**facts, "frame_rate": Fraction(facts["frame_rate"]), "groups": groups})


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoShape:
    """A run of equal-sized frames on a constant grid; frame *i* is shown from ``i / frame_rate`` seconds on."""

    width: int
    height: int
    pixel_format: str
    frame_rate: Fraction
    frame_count: int

    @property
    def duration_s(self) -> float:
        return float(self.frame_count / self.frame_rate)

    @property
    def sample_count(self) -> int:
        """Samples of sound that last exactly as long as these frames."""
        return samples_at(self.frame_count, self.frame_rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundShape:
    """Stereo sound of *sample_count* samples at ``SAMPLE_RATE``."""

    sample_count: int

    @property
    def duration_s(self) -> float:
        return self.sample_count / SAMPLE_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What an edge carries. Where there are both, sound is exactly as long as ``video.sample_count``.

    An image is one frame on a grid of 1 per second; it becomes a clip where a node needs one.
    """

    kind: Kind
    video: VideoShape | None = None
    sound: SoundShape | None = None

    def to_json(self) -> dict[str, Any]:
        shape: dict[str, Any] = {"kind": self.kind.value}
        if self.video is not None:
            video = self.video
            shape["video"] = {
                "width": video.width,
                "height": video.height,
                "pixel_format": video.pixel_format,
                "frame_rate": str(video.frame_rate),
                "frame_count": video.frame_count,
            }
        if self.sound is not None:
            shape["sound"] = {"sample_count": self.sound.sample_count}
        return shape

    @classmethod
    def from_json(cls, shape: dict[str, Any]) -> Shape:
        video, sound = shape.get("video"), shape.get("sound")
        return cls(
            kind=Kind(shape["kind"]),
            video=VideoShape(**{**video, "frame_rate": Fraction(video["frame_rate"])}) if video else None,
            sound=SoundShape(**sound) if sound else None,
        )


def samples_at(frame: int, frame_rate: Fraction) -> int:
    """Return the sample at which *frame* begins, rounded half up: the rule that keeps sound and picture together."""
    return int(frame * SAMPLE_RATE / frame_rate + Fraction(1, 2))


def frame_at(time_s: float, frame_rate: Fraction) -> int:
    """Return the frame whose beginning lies nearest to *time_s* (half up)."""
    return int(Fraction(time_s).limit_denominator(1_000_000) * frame_rate + Fraction(1, 2))
