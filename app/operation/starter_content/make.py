"""Write all starter content into a folder: the same bytes every time."""

from __future__ import annotations

from pathlib import Path

from app.operation.starter_content.cat import draw_cat
from app.operation.starter_content.clips import dunes_clip, waves_clip
from app.operation.starter_content.dog import dog_clip, dog_sound
from app.operation.starter_content.music import music
from app.operation.starter_content.streams import Drawn, Played, still
from app.operation.starter_content.texts import subtitles, warm_table
from app.operation.starter_content.year.months import MONTHS
from artdag.codec.encode import encode
from artdag.codec.profile import profile_for
from artdag.codec.stream import Media
from artdag.media import Kind, Shape


def make_starter(folder: Path) -> dict[str, Path]:
    """Write the starter content into *folder*, which exists; return asset name -> file."""
    video, dog_bark = dog_clip(), Played(dog_sound())
    months = {
        name: _written(folder / f"{name}.png", Kind.IMAGE, picture=still(draw())) for name, draw in MONTHS.items()
    }
    return {
        "cat": _written(folder / "cat.png", Kind.IMAGE, picture=still(draw_cat())),
        "dog": _written(folder / "dog.mp4", Kind.VIDEO, picture=video, sound=dog_bark),
        "music": _written(folder / "music.wav", Kind.AUDIO, "wav", sound=music()),
        "waves": _written(folder / "waves.mp4", Kind.VIDEO, picture=waves_clip()),
        "dunes": _written(folder / "dunes.mp4", Kind.VIDEO, picture=dunes_clip()),
        "warm": _text(folder / "warm.cube", warm_table()),
        "words": _text(folder / "words.srt", subtitles()),
        **months,
    }


def _text(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def _written(
    path: Path, kind: Kind, profile: str | None = None, *, picture: Drawn | None = None, sound: Played | None = None
) -> Path:
    shape = Shape(kind=kind, video=picture.shape if picture else None, sound=sound.shape if sound else None)
    encode(Media(video=picture, sound=sound), shape, profile_for(kind, profile), path)
    return path
