"""What is rendered: each piece of work as a recipe for us, as filters for ffmpeg, as effects for moviepy."""

from __future__ import annotations

from dataclasses import dataclass

EXACT = "bicubic+accurate_rnd+full_chroma_int+bitexact"


@dataclass(frozen=True, slots=True)
class Node:
    """One node, said three ways."""

    recipe: str
    """``type`` and ``config`` in the recipe language."""
    filters: str
    """The same as an ffmpeg filter chain: what the engine itself asks the media library for, or its native equal."""
    moviepy: str
    """Name of a function in ``benchmarks.moviepy_way``."""


@dataclass(frozen=True, slots=True)
class Workload:
    """A chain of nodes over one clip, or a row of clips with crossfades."""

    name: str
    nodes: tuple[Node, ...] = ()
    clips: int = 1
    crossfade: float = 0.0
    """As a share of a clip's length."""

    def recipe(self, seconds: float) -> str:
        lines = ["name: bench", "dag:", "  nodes:"]
        lines += [
            f"    - {{id: clip{number}, type: SOURCE, config: {{input: true, accept: [video]}}}}"
            for number in range(self.clips)
        ]
        last = "clip0"
        if self.clips > 1:
            names = ", ".join(f"clip{number}" for number in range(self.clips))
            transition = f"{{type: crossfade, duration: {self.crossfade * seconds}}}"
            lines.append(f"    - {{id: film, type: SEQUENCE, config: {{transition: {transition}}}, inputs: [{names}]}}")
            last = "film"
        for number, node in enumerate(self.nodes):
            lines.append(f"    - {{id: n{number}, {node.recipe}, inputs: [{last}]}}")
            last = f"n{number}"
        return "\n".join([*lines, f"  output: {last}", ""])

    def graph(self, seconds: float) -> str:
        """Return the filter graph of one ffmpeg command that does it all."""
        if self.clips == 1:
            return ",".join(f"{node.filters},format=yuv420p" for node in self.nodes)
        steps, sound = [], []
        video, audio = "[0:v]", "[0:a]"
        for number in range(1, self.clips):
            overlap = self.crossfade * seconds
            offset = number * (seconds - overlap)
            steps.append(f"{video}[{number}:v]xfade=fade:duration={overlap}:offset={offset}[v{number}]")
            sound.append(f"{audio}[{number}:a]acrossfade=d={overlap}[a{number}]")
            video, audio = f"[v{number}]", f"[a{number}]"
        return ";".join([*steps, *sound])


def _effect(name: str, **params: float) -> str:
    told = ", ".join(f"{key}: {value}" for key, value in params.items())
    return f"type: EFFECT, config: {{effect: {name}, params: {{{told}}}}}"


HUE = Node(_effect("hue_shift", degrees=30), "hue=h=30", "hue")
_STRONGER = "'clip(128+1.3*(val-128),16,240)+0.5'"
_HARDER = "'clip(128+1.1*(val-128),16,240)+0.5'"
SATURATION = Node(_effect("saturation", amount=1.3), f"lutyuv=u={_STRONGER}:v={_STRONGER}", "saturation")
CONTRAST = Node(
    _effect("contrast", amount=1.1),
    f"lutyuv=y='clip(125.5+1.1*(val-125.5),16,235)+0.5':u={_HARDER}:v={_HARDER}",
    "contrast",
)
BLUR = Node(
    _effect("blur", radius=4), "gblur=sigma=2:steps=2:planes=1,format=yuv420p,gblur=sigma=1:steps=2:planes=6", "blur"
)
FLIP = Node(_effect("flip"), "hflip", "flip")
RESIZE = Node(
    "type: RESIZE, config: {width: 960, height: 540, mode: stretch}", f"scale=w=960:h=540:flags={EXACT}", "resize"
)
POSTERIZE = Node(
    _effect("posterize", levels=6),
    "lutyuv=y='16+219*floor(min(clip((val-16)/219,0,1)*6,5))/5+0.5'",
    "posterize",
)

WORKLOADS = (
    Workload("1 native effect", (HUE,)),
    Workload("6 native effects", (RESIZE, HUE, SATURATION, CONTRAST, BLUR, FLIP)),
    Workload("1 numpy effect", (POSTERIZE,)),
    Workload("native and numpy mixed", (HUE, POSTERIZE, BLUR, POSTERIZE, FLIP)),
    Workload("8 clips, crossfades", clips=8, crossfade=0.2),
)


def picture_recipe(nodes: int) -> str:
    """Return a recipe of *nodes* effects, one behind the other, over one picture."""
    lines = ["name: tiny", "dag:", "  nodes:", "    - {id: picture, type: SOURCE, config: {input: true}}"]
    last = "picture"
    for number in range(nodes):
        lines.append(f"    - {{id: n{number}, {_effect('saturation', amount=1.1 + number / 1000)}, inputs: [{last}]}}")
        last = f"n{number}"
    return "\n".join([*lines, f"  output: {last}", ""])
