"""Profiles: the closed set of ways a result is written to a file, each settled to the last option.

Everything here goes into step keys through :meth:`Profile.settings`: a changed option is other work.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from artdag.codec.frame import HAS_ALPHA
from artdag.errors import ParameterError
from artdag.media import Kind, Shape, VideoShape

GOP_S = 2
"""Seconds from one key frame to the next, and the grid that time slices are cut on."""

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCoding:
    """How the picture is coded."""

    codec: str
    """Encoder, in the media library's spelling."""
    options: Options = ()
    pixel_format: str | None = None
    """What every frame is brought to; None: what *pixel_formats* says for the format it comes in."""
    pixel_formats: tuple[tuple[str, str], ...] = ()
    even: bool = False
    """Both sides of the picture are scaled to the next even number."""
    height_limit: int | None = None
    """Higher pictures are scaled down to this height, keeping their proportions."""
    gop_s: int | None = None
    """Seconds of one closed group of pictures. Each is coded by an encoder of its own, so slices of whole groups join
    to the same bytes as one pass. None: one encoder for the whole, and no slices."""
    reorder: int = 0
    """Frames that decoding lags behind showing: how far below 0 the first decoding time lies."""
    copies: bool = False
    """Whether groups of pictures that nothing touches are copied from their file, where they fit, and not coded."""
    jfif: bool = False
    """Colours as JPEG files have them: BT.601, full range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundCoding:
    """How sound is coded: stereo, 48 kHz."""

    codec: str
    sample_format: str
    bit_rate: int | None = None
    """Bits per second."""
    options: Options = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One way to write a result."""

    name: str
    kind: Kind
    container: str | None
    """Muxer; None for a still picture, whose encoder writes the whole file."""
    suffix: str
    media_type: str
    picture: PictureCoding | None = None
    sound: SoundCoding | None = None
    muxing: Options = ()
    otherwise: Profile | None = None
    """The profile for shapes that this one cannot hold exactly (it holds even-sized ``yuv420p``)."""

    def settings(self) -> dict[str, Any]:
        """Return everything that decides the bytes, as plain data for a step key."""
        facts = asdict(replace(self, otherwise=None))
        facts["kind"] = self.kind.value
        facts["otherwise"] = self.otherwise.settings() if self.otherwise else None
        for part in (facts, facts["picture"], facts["sound"]):
            for name, value in (part or {}).items():
                if isinstance(value, tuple):
                    part[name] = [list(pair) for pair in value]
        return facts

    def fitted(self, shape: Shape) -> Profile:
        """Return the profile that writes *shape*: this one, or what stands in for it. Suffix and type may change."""
        video = shape.video
        if self.otherwise is None or video is None:
            return self
        even = video.width % 2 == 0 and video.height % 2 == 0
        return self if even and video.pixel_format == "yuv420p" else self.otherwise

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height of the picture in the file for frames of *width* × *height*."""
        coding = self.picture
        if coding is None:
            return width, height
        if coding.height_limit is not None and height > coding.height_limit:
            width = max(1, int(Fraction(width * coding.height_limit, height) + Fraction(1, 2)))
            height = coding.height_limit
        if coding.even:
            width, height = width + width % 2, height + height % 2
        return width, height

    def pixel_format(self, source: str) -> str:
        """Return the pixel format in the file for frames that come as *source*.

        Raises:
            ParameterError: when this profile holds no picture of that format.
        """
        coding = self.picture
        found = None if coding is None else coding.pixel_format or dict(coding.pixel_formats).get(source)
        if found is None:
            raise ParameterError(f"profile {self.name!r} cannot hold a picture of format {source!r}")
        return found

    def keeps_alpha(self, source: str) -> bool:
        """Return whether see-through parts of frames that come as *source* stay so; else they are laid on black."""
        return source in HAS_ALPHA and self.pixel_format(source) in {*HAS_ALPHA, "bgra"}

    def gop_frames(self, frame_rate: Fraction) -> int | None:
        """Return the most frames of one group of pictures; None where all is coded as one, and cannot be sliced."""
        if self.picture is None or self.picture.gop_s is None:
            return None
        return max(1, int(self.picture.gop_s * frame_rate + Fraction(1, 2)))

    def groups(self, shape: VideoShape) -> list[range]:
        """Return the frames of each group of pictures, counted from the beginning."""
        gop, count = self.gop_frames(shape.frame_rate) or shape.frame_count, shape.frame_count
        return [range(first, min(first + gop, count)) for first in range(0, count, gop)]


def _options(**options: str | int) -> Options:
    return tuple((name.replace("__", "-"), str(value)) for name, value in options.items())


def _x264(*, preset: str, crf: int | None, **more: Any) -> PictureCoding:
    # One thread and one look-ahead thread: x264's bytes follow their number. cpu-independent: the same decisions at
    # every SIMD level. Key frames only where the GOP grid has them; keyint is added when the frame rate is known.
    rate = {"crf": str(crf), "profile": "high"} if crf is not None else {"qp": "0"}
    # The parameter sets bear the number 1, for files bring sets of number 0 along when packets are copied from them.
    exact = "scenecut=0:open-gop=0:lookahead-threads=1:cpu-independent=1:sps-id=1"
    return PictureCoding(
        codec="libx264",
        options=(*_options(preset=preset, **rate, a53cc="0", threads="1"), ("x264-params", exact)),
        gop_s=GOP_S,
        reorder=2 if preset != "ultrafast" else 0,  # ultrafast codes no B-frames
        **more,
    )


_MP4 = _options(movflags="+faststart", write_btrt="0")
_AAC = SoundCoding(codec="aac", sample_format="fltp", bit_rate=192_000)
_FLOAT = SoundCoding(codec="pcm_f32le", sample_format="flt")  # sound between nodes is float: nothing else is exact

_FFV1 = Profile(
    name="lossless",
    kind=Kind.VIDEO,
    container="matroska",
    suffix=".mkv",
    media_type="video/x-matroska",
    picture=PictureCoding(
        codec="ffv1",
        options=_options(level=1, g=1, context=0, coder="range_def", threads=1),
        pixel_formats=(
            ("yuv420p", "yuv420p"),
            ("yuva420p", "yuva420p"),
            ("yuv444p", "yuv444p"),
            ("yuva444p", "yuva444p"),
            ("gray", "gray"),
            ("gbrp", "bgr0"),
            ("rgb24", "bgr0"),
            ("rgba", "bgra"),
        ),
    ),
    sound=_FLOAT,
)

_ALL = (
    Profile(name="data", kind=Kind.DATA, container=None, suffix=".json", media_type="application/json"),
    Profile(
        name="web",
        kind=Kind.VIDEO,
        container="mp4",
        suffix=".mp4",
        media_type="video/mp4",
        picture=_x264(preset="fast", crf=18, pixel_format="yuv420p", even=True, copies=True),
        sound=_AAC,
        muxing=_MP4,
    ),
    Profile(
        name="preview",
        kind=Kind.VIDEO,
        container="mp4",
        suffix=".mp4",
        media_type="video/mp4",
        picture=_x264(preset="ultrafast", crf=26, pixel_format="yuv420p", even=True, height_limit=360),
        sound=SoundCoding(codec="aac", sample_format="fltp", bit_rate=128_000),
        muxing=_MP4,
    ),
    Profile(
        name="lossless",
        kind=Kind.VIDEO,
        container="mp4",
        suffix=".mp4",
        media_type="video/mp4",
        picture=_x264(preset="ultrafast", crf=None, pixel_format="yuv420p"),
        sound=_FLOAT,
        muxing=_MP4,
        otherwise=_FFV1,
    ),
    Profile(
        name="alpha",
        kind=Kind.VIDEO,
        container="webm",
        suffix=".webm",
        media_type="video/webm",
        picture=PictureCoding(
            codec="libvpx-vp9",
            options=(
                *_options(deadline="good", crf=20, b=0, g=120, threads=1),
                ("cpu-used", "4"),
                ("row-mt", "0"),
                ("auto-alt-ref", "0"),  # the encoder has none for see-through pictures
                ("lag-in-frames", "16"),
            ),
            pixel_format="yuva420p",
            even=True,
        ),
        sound=SoundCoding(codec="libopus", sample_format="flt", bit_rate=160_000),
    ),
    Profile(
        name="audio",
        kind=Kind.AUDIO,
        container="ipod",
        suffix=".m4a",
        media_type="audio/mp4",
        sound=_AAC,
        muxing=_MP4,
    ),
    Profile(
        name="wav",
        kind=Kind.AUDIO,
        container="wav",
        suffix=".wav",
        media_type="audio/wav",
        sound=SoundCoding(codec="pcm_s24le", sample_format="s32"),
        muxing=_options(rf64="auto"),
    ),
    Profile(
        name="flac",
        kind=Kind.AUDIO,
        container="flac",
        suffix=".flac",
        media_type="audio/flac",
        sound=SoundCoding(codec="flac", sample_format="s32"),
    ),
    Profile(
        name="mp3",
        kind=Kind.AUDIO,
        container="mp3",
        suffix=".mp3",
        media_type="audio/mpeg",
        sound=SoundCoding(codec="libmp3lame", sample_format="fltp", bit_rate=256_000),
    ),
    Profile(
        name="lossless",
        kind=Kind.AUDIO,
        container="wav",
        suffix=".wav",
        media_type="audio/wav",
        sound=_FLOAT,
        muxing=_options(rf64="auto"),
    ),
    Profile(
        name="image",
        kind=Kind.IMAGE,
        container=None,
        suffix=".png",
        media_type="image/png",
        picture=PictureCoding(
            codec="png",
            options=_options(compression_level=6, pred="mixed", threads=1),
            pixel_formats=(
                ("yuv420p", "rgb24"),
                ("yuva420p", "rgba"),
                ("yuv444p", "rgb24"),
                ("yuva444p", "rgba"),
                ("gray", "rgb24"),
                ("gbrp", "rgb24"),
                ("rgb24", "rgb24"),
                ("rgba", "rgba"),
            ),
        ),
    ),
    Profile(
        name="jpeg",
        kind=Kind.IMAGE,
        container=None,
        suffix=".jpg",
        media_type="image/jpeg",
        picture=PictureCoding(
            codec="mjpeg", options=_options(q=2, huffman="optimal", threads=1), pixel_format="yuv420p", jfif=True
        ),
    ),
    Profile(
        name="webp",
        kind=Kind.IMAGE,
        container=None,
        suffix=".webp",
        media_type="image/webp",
        picture=PictureCoding(
            codec="libwebp", options=_options(quality=90, compression_level=4, threads=1), pixel_format="bgra"
        ),
    ),
)

PROFILES = {(profile.kind, profile.name): profile for profile in _ALL}
DEFAULTS = {Kind.VIDEO: "web", Kind.IMAGE: "image", Kind.AUDIO: "audio", Kind.DATA: "data"}
EXACT = {Kind.VIDEO: "lossless", Kind.IMAGE: "image", Kind.AUDIO: "lossless", Kind.DATA: "data"}
"""The profile of each kind that gives back every pixel and every sample: for what is kept between steps."""


def profile_for(kind: Kind, name: str | None) -> Profile:
    """Return the profile *name*, or the usual one for *kind*.

    Raises:
        ParameterError: when there is no such profile for this kind.
    """
    found = PROFILES.get((kind, DEFAULTS[kind] if name is None else name))
    if found is None:
        fitting = ", ".join(sorted(known for of, known in PROFILES if of is kind))
        raise ParameterError(f"there is no profile {name!r} for {kind.value}; it has {fitting}")
    return found
