"""The order in which a line is written: the Unicode Bidirectional Algorithm (UAX #9) for one line of plain text.

A text has no embeddings and isolates here (they are not kept), so that each line is one sequence: rules P2-P3, W1-W7,
N0-N2, I1-I2 and L1-L2 are all there is.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby

_STRONG = {"L": 0, "R": 1, "AL": 1}
_LEFTWARD = frozenset({"R", "AL", "AN"})
"""Without any of these a line goes from left to right."""
_NEUTRAL = frozenset({"B", "S", "WS", "ON"})
_AS_STRONG = {"L": "L", "R": "R", "EN": "R", "AN": "R"}
"""What N0 to N2 take numbers for."""
_MOST_OPEN = 63


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters *start* to *stop* of a line that are written in one direction."""

    start: int
    stop: int
    leftward: bool


def is_leftward(text: str) -> bool:
    """Return whether *text* as a whole is written from the right: whether its first letter is (P2, P3)."""
    return next((bool(_STRONG[kind]) for kind in map(unicodedata.bidirectional, text) if kind in _STRONG), False)


def stretches(line: str) -> list[Stretch]:
    """Return the stretches of *line* as they stand from left to right."""
    if not _LEFTWARD.intersection(map(unicodedata.bidirectional, line)):
        return [Stretch(0, len(line), leftward=False)] if line else []
    base = int(is_leftward(line))
    found: list[tuple[int, Stretch]] = []
    start = 0
    for level, group in groupby(_levels(line, base)):
        stop = start + len(list(group))
        found.append((level, Stretch(start, stop, bool(level % 2))))
        start = stop
    for least in range(max((level for level, _ in found), default=0), 0, -1):  # L2
        turned: list[tuple[int, Stretch]] = []
        for high, run in groupby(found, key=lambda entry: entry[0] >= least):
            parts = list(run)
            turned += reversed(parts) if high else parts
        found = turned
    return [stretch for _, stretch in found]


def _levels(line: str, base: int) -> list[int]:
    """Return the level of each character: odd ones are written to the left."""
    given = [unicodedata.bidirectional(character) or "L" for character in line]
    kept = [at for at, kind in enumerate(given) if kind != "BN"]
    original = [given[at] for at in kept]
    outer = "R" if base else "L"
    kinds = _weak(original, outer)
    _pair_brackets([line[at] for at in kept], original, kinds, outer)
    _resolve_neutrals(kinds, outer)
    levels = [base] * len(line)
    for at, kind in zip(kept, kinds, strict=True):
        levels[at] = base + (kind != "R" if base else {"L": 0, "R": 1}.get(kind, 2))
    for at, kind in enumerate(given):  # joiners go with what is before them
        if kind == "BN" and at:
            levels[at] = levels[at - 1]
    for at in reversed(range(len(line))):  # L1
        if given[at] not in ("WS", "BN"):
            break
        levels[at] = base
    return levels


def _weak(original: list[str], outer: str) -> list[str]:
    kinds = list(original)
    before, strong = outer, outer
    for at, kind in enumerate(kinds):
        before = before if kind == "NSM" else kind  # W1
        if before in _STRONG:
            strong = before
        kinds[at] = "AN" if before == "EN" and strong == "AL" else before  # W2
    kinds = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for at in range(1, len(kinds) - 1):  # W4
        left, kind, right = kinds[at - 1 : at + 2]
        if left == right and (left, kind) in (("EN", "ES"), ("EN", "CS"), ("AN", "CS")):
            kinds[at] = left
    at = 0
    for kind, group in groupby(list(kinds)):  # W5, W6
        stop = at + len(list(group))
        if kind == "ET":
            beside = "EN" in (*kinds[max(0, at - 1) : at], *kinds[stop : stop + 1])
            kinds[at:stop] = ["EN" if beside else "ON"] * (stop - at)
        elif kind in ("ES", "CS"):
            kinds[at:stop] = ["ON"] * (stop - at)
        at = stop
    strong = outer
    for at, kind in enumerate(kinds):  # W7
        if kind in _STRONG:
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[at] = "L"
    return kinds


def _pair_brackets(characters: list[str], original: list[str], kinds: list[str], outer: str) -> None:
    """Give the brackets of a pair one direction (N0)."""
    for first, last in _pairs(characters, kinds):
        inside = {_AS_STRONG[kind] for kind in kinds[first + 1 : last] if kind in _AS_STRONG}
        if not inside:
            continue
        direction = outer
        if outer not in inside:
            before = (_AS_STRONG[kind] for kind in reversed(kinds[:first]) if kind in _AS_STRONG)
            direction = next(before, outer)
        for at in (first, last):
            kinds[at] = direction
            following = at + 1
            while following < len(kinds) and original[following] == "NSM":
                kinds[following] = direction
                following += 1


def _pairs(characters: list[str], kinds: list[str]) -> list[tuple[int, int]]:
    """Return where brackets open and close, in the order in which they open (BD16)."""
    found: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    for at, character in enumerate(characters):
        if kinds[at] != "ON" or not unicodedata.mirrored(character):
            continue
        category = unicodedata.category(character)
        if category == "Ps":
            if len(opened) == _MOST_OPEN:
                return []
            opened.append((_closing(character), at))
        elif category == "Pe":
            depth = next((depth for depth in reversed(range(len(opened))) if opened[depth][0] == character), None)
            if depth is not None:
                found.append((opened[depth][1], at))
                del opened[depth:]
    return sorted(found)


def _closing(character: str) -> str:
    following = chr(ord(character) + 1)
    return following if unicodedata.category(following) == "Pe" else chr(ord(character) + 2)


def _resolve_neutrals(kinds: list[str], outer: str) -> None:
    """Give neutral characters the direction on both their sides, or else that of the line (N1, N2)."""
    at = 0
    for neutral, group in groupby([kind in _NEUTRAL for kind in kinds]):
        stop = at + len(list(group))
        if neutral:
            left = _AS_STRONG[kinds[at - 1]] if at else outer
            right = _AS_STRONG[kinds[stop]] if stop < len(kinds) else outer
            kinds[at:stop] = [left if left == right else outer] * (stop - at)
        at = stop
