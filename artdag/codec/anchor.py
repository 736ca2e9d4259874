"""Where something small lies in a picture: at a corner, at the middle of a side, or in the middle; and how large."""

from __future__ import annotations

from typing import Literal

Position = Literal[
    "top_left",
    "top",
    "top_right",
    "left",
    "center",
    "right",
    "bottom_left",
    "bottom",
    "bottom_right",
]

Safe = Literal["title", "action", "none"]
"""Which part of the picture something stays in."""
SAFE_INSETS = {"title": 0.05, "action": 0.035, "none": 0.0}
"""How far those areas stay from each side, in widths and heights: 90 and 93 % of the picture (EBU R 95)."""

LINES = 720
"""Sizes are given for a picture of so many lines."""


def scale_of(width: int, height: int) -> float:
    """Return by what sizes are multiplied in a picture: its shorter side's share of ``LINES``.

    That is its height, and in an upright picture its width; so letters take the same share of either.
    """
    return min(width, height) / LINES


def aligned(position: Position) -> float:
    """Return 0 for what lies at the left side, 1 at the right, 0.5 between."""
    return 0.0 if position.endswith("left") else 1.0 if position.endswith("right") else 0.5


def raised(position: Position) -> float:
    """Return 0 for what lies at the top, 1 at the bottom, 0.5 between."""
    return 0.0 if position.startswith("top") else 1.0 if position.startswith("bottom") else 0.5


def anchored(
    position: Position, picture: tuple[int, int], size: tuple[float, float], margin: float, safe: Safe = "none"
) -> tuple[float, float]:
    """Return the upper left corner, in pixels, of something of *size* in *picture* (width, height).

    *margin* is how far it stays from the sides of the *safe* area where it lies; what is larger than the room stands
    out evenly.
    """
    places = []
    for share, whole, own in zip((aligned(position), raised(position)), picture, size, strict=True):
        inset = (margin + SAFE_INSETS[safe] * whole) * (1 - 2 * share)
        places.append((whole - own) * share + inset)
    return places[0], places[1]
