"""A tiny typeface, drawn as data: five by seven dots for each character."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Plane

WIDTH, HEIGHT = 5, 7
"""Dots of a character; one empty column and row follow."""

_DOTS = {
    " ": "..... ..... ..... ..... ..... ..... .....",
    ".": "..... ..... ..... ..... ..... .##.. .##..",
    ":": "..... .##.. .##.. ..... .##.. .##.. .....",
    "-": "..... ..... ..... ##### ..... ..... .....",
    "=": "..... ..... ##### ..... ##### ..... .....",
    "+": "..... ..#.. ..#.. ##### ..#.. ..#.. .....",
    "*": "..... ..#.. #.#.# .###. #.#.# ..#.. .....",
    "i": "..#.. ..... .##.. ..#.. ..#.. ..#.. .###.",
    "o": "..... ..... .###. #...# #...# #...# .###.",
    "a": "..... ..... .###. ....# .#### #...# .####",
    "%": "##... ##..# ...#. ..#.. .#... #..## ...##",
    "X": "#...# #...# .#.#. ..#.. .#.#. #...# #...#",
    "8": ".###. #...# #...# .###. #...# #...# .###.",
    "0": ".###. #...# #..## #.#.# ##..# #...# .###.",
    "@": ".###. #...# ....# .##.# #.#.# #.#.# .###.",
    "#": ".#.#. .#.#. ##### .#.#. ##### .#.#. .#.#.",
    "B": "####. #...# #...# ####. #...# #...# ####.",
    "M": "#...# ##.## #.#.# #.#.# #...# #...# #...#",
    "W": "#...# #...# #...# #.#.# #.#.# ##.## #...#",
}


def dots(character: str) -> NDArray[np.bool_]:
    """Return the dots of a character, (7, 5). Raises KeyError for one that is not drawn."""
    return np.array([[dot == "#" for dot in row] for row in _DOTS[character].split()])


def characters_by_weight() -> str:
    """Return all characters, from the emptiest to the fullest."""
    return "".join(sorted(_DOTS, key=lambda character: (dots(character).sum(), character)))


@lru_cache(maxsize=16)
def drawn(characters: str, height: int, width: int) -> Plane:
    """Return the characters as (count, height, width) of coverage, 0..255: each dot's share of each pixel."""
    glyphs = np.zeros((len(characters), HEIGHT + 1, WIDTH + 1))
    for glyph, character in zip(glyphs, characters, strict=True):
        glyph[:HEIGHT, :WIDTH] = dots(character)
    down, across = _shares(height, HEIGHT + 1), _shares(width, WIDTH + 1)
    shares = np.einsum("yj,njk,xk->nyx", down, glyphs, across)
    coverage: Plane = np.rint(255 * shares - 1e-6).astype(np.uint8)
    return coverage


def _shares(length: int, count: int) -> NDArray[np.float64]:
    """Return (length, count): how much of each of *length* pixels each of *count* dots covers."""
    start, first = np.arange(length)[:, None] * count / length, np.arange(count)[None, :]
    covered = np.minimum(start + count / length, first + 1) - np.maximum(start, first)
    shares: NDArray[np.float64] = np.clip(covered, 0, None) * length / count
    return shares
