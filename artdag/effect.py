"""What an effect is: one named transformation with declared settings, and the catalogue of those known here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame
from artdag.codec.graph import Filter
from artdag.codec.stream import Media
from artdag.digest import Digest
from artdag.errors import EffectError, ParameterError
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape, VideoShape
from artdag.params import NoParams, ParamSpec, nearest, specs

PICTURES = (Kind.IMAGE, Kind.VIDEO)
SOUNDS = (Kind.AUDIO, Kind.VIDEO)

ANY_FORMAT = ("yuv420p", "rgb24", "yuva420p", "rgba", "yuv444p", "yuva444p")
"""For what moves pixels about and does not look at their values."""
YUV_FORMATS = ("yuv420p", "yuva420p", "yuv444p", "yuva444p")
"""For what works on luma and chroma; RGB comes as ``yuv444p``, so that no colour detail is lost."""


Cost = Literal["light", "medium", "heavy"]
COSTS: Mapping[Cost, str] = {
    "light": "up to 4 ms of one processor for a frame of 720p",
    "medium": "up to 12 ms of one processor for a frame of 720p",
    "heavy": "more than 12 ms of one processor for a frame of 720p",
}


@dataclass(frozen=True, slots=True)
class Input:
    """One input of an effect: its slot name, the kinds it takes, or the asset of this server that always fills it."""

    slot: str
    kinds: tuple[Kind, ...] = PICTURES
    asset: str | None = None


@dataclass(frozen=True, slots=True)
class SoundMoment:
    """Where a block of samples lies: its first sample's index and the length of the whole, in samples."""

    first: int
    sample_count: int

    def times_s(self, count: int) -> NDArray[np.float64]:
        """Return the time of each of *count* samples from ``first`` on, in seconds."""
        return (self.first + np.arange(count)) / SAMPLE_RATE


_A_CLIP_S = 4
_A_CLIP = Shape(
    kind=Kind.VIDEO,
    video=VideoShape(width=64, height=48, pixel_format="yuv420p", frame_rate=Fraction(25), frame_count=25 * _A_CLIP_S),
    sound=SoundShape(sample_count=SAMPLE_RATE * _A_CLIP_S),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One transformation, in as many forms as make sense: ``native``, ``frame``, ``sound``.

    Attributes:
        name: also the name of its file.
        version: raised by the author when the result changes on purpose.
        group: the heading it stands under: basics, colour, detail, geometry, look, time, text or sound.
        params: frozen dataclass of settings (``artdag.params``).
        inputs: in order; the first one decides size, frame rate and length.
        pixel_formats: those it works in, best first. A frame that comes in one of them stays in it; any other is
            converted to the first that keeps what it has (alpha, RGB).
        native: settings and shape -> filters of the media library that give one frame for each frame.
        frame: frames (one per picture input), the bytes of each data input, settings and moment -> a new frame.
            Inputs are read-only.
        sound: samples (2, n) float32, settings and SoundMoment -> samples of the same shape. A setting that changes
            over time is an array of n values.
        streams: media of the inputs, settings and the shape of the result -> media, for what a frame or a block alone
            cannot do: to go through time in another order, to hear the whole first, to draw a sound. What it gives
            answers for any range (``artdag.codec.stream``); settings that change over time are Animations.
        gives: for ``streams``: settings and the shapes of the inputs -> the shape of the result; that of the first
            input without it.
        result: the kind of the result, where it is not that of the first input.
        reshape: settings and shape -> the shape of the result, where its size differs.
        fit: settings and the shapes of all picture inputs -> (width, height) that each is scaled to before ``frame``.
        same_as: settings -> the slot whose bytes are the result unchanged, or None.
        cost_class: as in ``COSTS``; by its form where it is not given.
        doc: the docstring of its file; set by the loader.
        code_hash: of its source, of the engine modules it imports, and of the versions of what else an operator's file
            does; set by the loader.
    """

    name: str
    version: int = 1
    group: str
    params: type[Any] = NoParams
    inputs: tuple[Input, ...] = (Input("input"),)
    pixel_formats: tuple[str, ...] = ANY_FORMAT
    native: Callable[[Any, VideoShape], Sequence[Filter]] | None = None
    frame: Callable[..., Frame] | None = None
    sound: Callable[[NDArray[np.float32], Any, SoundMoment], NDArray[np.float32]] | None = None
    streams: Callable[[tuple[Media, ...], Any, Shape], Media] | None = None
    gives: Callable[[Any, tuple[Shape, ...]], Shape] | None = None
    result: Kind | None = None
    reshape: Callable[[Any, VideoShape], VideoShape] | None = None
    fit: Callable[[Any, Sequence[VideoShape]], Sequence[tuple[int, int]]] | None = None
    same_as: Callable[[Any], str | None] | None = None
    cost_class: Cost | None = None
    doc: str = ""
    code_hash: Digest = Digest("0" * 64)

    @property
    def cost(self) -> Cost:
        if self.cost_class is not None:
            return self.cost_class
        return "medium" if self.frame or self.streams else "light"

    @property
    def cost_words(self) -> str:
        return COSTS[self.cost]

    @property
    def makes_picture(self) -> bool:
        """Whether what it does can be seen."""
        if self.result is not None:
            return self.result in PICTURES
        return Kind.IMAGE in self.inputs[0].kinds if self.inputs else False

    @property
    def changes_length(self) -> bool:
        """Whether a clip lasts longer or shorter with the usual settings."""
        if self.gives is None or self.result is not None or any(spec.required for spec in self.param_specs):
            return False
        try:
            given = self.gives(self.params(), (_A_CLIP,) * len(self.wired))
        except ParameterError:  # it does not take a clip like this
            return False
        return given.video is not None and given.video.duration_s != _A_CLIP_S

    @property
    def summary(self) -> str:
        return self.doc.strip().split("\n", 1)[0]

    @property
    def param_specs(self) -> tuple[ParamSpec, ...]:
        return specs(self.params)

    @property
    def wired(self) -> tuple[Input, ...]:
        """The inputs that a recipe connects: all but those an asset fills."""
        return tuple(item for item in self.inputs if item.asset is None)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": str(self.version),
            "group": self.group,
            "content_hash": self.code_hash,
            "summary": self.summary,
            "doc": self.doc,
            "cost": self.cost,
            "changes_length": self.changes_length,
            "inputs": [{"slot": item.slot, "kinds": [kind.value for kind in item.kinds]} for item in self.wired],
            "params": [spec.to_json() for spec in self.param_specs],
        }


@dataclass(frozen=True, slots=True)
class EffectCatalog:
    """The effects known here, by name, and why some files could not be loaded."""

    effects: Mapping[str, Effect]
    refused: Mapping[str, str] = field(default_factory=dict)
    """File name -> one sentence."""

    def __iter__(self) -> Iterator[Effect]:
        return iter(self.effects[name] for name in sorted(self.effects))

    def __len__(self) -> int:
        return len(self.effects)

    def __contains__(self, name: object) -> bool:
        return name in self.effects

    def get(self, name: str) -> Effect:
        """Return the effect called *name*.

        Raises:
            EffectError: when there is none; the message tells why its file could not be loaded, or the nearest
                spelling.
        """
        if name not in self.effects:
            if (why := self.why_refused(name)) is not None:
                raise EffectError(f"there is no effect {name!r}: {why}")
            hint = nearest(name, self.effects)
            raise EffectError(f"there is no effect {name!r}" + (f": {hint}" if hint else ""))
        return self.effects[name]

    def why_refused(self, name: str) -> str | None:
        """Return why the file that would be the effect *name* could not be loaded; None where there is no such file."""
        return self.refused.get(f"{name}.py")
