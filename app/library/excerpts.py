"""What a text holds, at a glance: its first words, and in a few facts what subtitles, colour tables and reports are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.services import Services
from artdag.digest import Digest
from artdag.media import Kind, MediaFacts

_READ_BYTES = 4 << 20
"""No more of a text is looked at: reports on hours of sound are longer."""
_LINES, _LINE_LENGTH = 7, 60
_NO_WORDS = re.compile(r"\s*(?:\d+|.*-->.*|WEBVTT.*|#.*)?\s*")
_MARKUP = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
_LUT_SIZE = re.compile(r"^\s*LUT_([13])D_SIZE\s+(\d+)", re.MULTILINE | re.ASCII)
_CURVE_POINTS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A text at a glance."""

    lines: tuple[str, ...]
    """The first of its words."""
    facts: tuple[str, ...] = ()
    """What it holds, such as ``12 subtitles``."""
    heard: Heard | None = None
    """Where it is the report of an ANALYZE node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a report tells, to be drawn over time."""

    duration_s: float
    beats: tuple[float, ...]
    """In seconds; the cuts of a picture where there are no beats."""
    curve: tuple[float, ...]
    """Loudness, or motion where there is no loudness: evenly spaced, from 0 to 1."""


def excerpt_of(services: Services, digest: Digest, facts: MediaFacts) -> Excerpt | None:
    """Return the text at a glance; None where the bytes are no text, or are gone."""
    if facts.kind is not Kind.DATA or not services.content.has(digest):
        return None
    return _read(services.content.path(digest), facts.media_type)


@lru_cache(maxsize=512)
def _read(path: Path, media_type: str) -> Excerpt | None:
    with path.open("rb") as file:
        head = file.read(_READ_BYTES)
    text = head.decode("utf-8-sig", errors="ignore")
    if "\0" in text:
        return None
    if media_type == "application/json":
        return _of_report(text) or Excerpt(lines=_first(text))
    if media_type == "application/x-cube-lut":
        size = _LUT_SIZE.search(text)
        told = size and (f"{' × '.join([size[2]] * 3)} colours" if size[1] == "3" else f"{size[2]} tones")
        return Excerpt(lines=_first(text), facts=(told,) if told else ())
    count = text.count("-->")
    return Excerpt(lines=_first(text), facts=(_counted(count, "subtitle"),) if count else ())


def _first(text: str) -> tuple[str, ...]:
    """Return the first lines with words in them, cut to a glance."""
    plain = (_MARKUP.sub("", line).strip() for line in text.splitlines() if not _NO_WORDS.fullmatch(line))
    found = (line[:_LINE_LENGTH] for line in plain if line)
    return tuple(line for _, line in zip(range(_LINES), found, strict=False))


def _of_report(text: str) -> Excerpt | None:
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(report, dict) or not str(report.get("record")).startswith("artdag/analysis/"):
        return None
    facts = tuple(_facts(report))
    return Excerpt(lines=facts, facts=facts, heard=_heard(report))


def _facts(report: Mapping[str, Any]) -> list[str]:
    found = []
    if report.get("tempo"):
        found.append(f"{round(report['tempo'], 1):g} beats per minute")
    counted = (("beats", "beat"), ("downbeats", "downbeat"), ("onsets", "onset"), ("scenes", "cut"))
    found += [_counted(len(report[name]), word) for name, word in counted if name in report]
    if report.get("duration") is not None:
        found.append(f"{report['duration']:g} s long")
    return found or [", ".join(report.get("features", ()))]


def _heard(report: Mapping[str, Any]) -> Heard | None:
    energy, motion = report.get("energy"), report.get("motion")
    values = (energy or motion or {}).get("values", [])
    beats = report.get("beats") or report.get("scenes") or []
    duration_s = report.get("duration") or (len(values) / energy["rate"] if energy else 0.0)
    if not duration_s or not (values or beats):
        return None
    step = max(1, -(-len(values) // _CURVE_POINTS))
    curve = tuple(max(values[place : place + step]) for place in range(0, len(values), step))
    return Heard(duration_s=duration_s, beats=tuple(beats), curve=curve)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
