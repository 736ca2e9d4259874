"""A count of costly things, handed to whoever does them: what tests and reports look at, never a global."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """How often the media library was asked for something costly. Not safe to share between threads."""

    decoders_opened: int = 0
    encoders_opened: int = 0
    frames_decoded: int = 0
    frames_encoded: int = 0
    frames_copied: int = 0
