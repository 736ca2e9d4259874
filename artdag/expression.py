"""Formulas for pixels: a small language of numbers, names, operators and functions, and nothing else.

    0.5 + 0.5 * sin(x / 20 + t)       r < 0.5 ? 2*r*g : 1 - 2*(1-r)*(1-g)       if(fract(y / 8) > 0.5, r, 0)

From what binds least: ``c ? a : b``, ``||``, ``&&``, ``== !=``, ``< <= > >=``, ``+ -``, ``* / %``, a sign (``- + !``)
before a value, ``^``. Comparisons give 1 or 0; what is not 0 is true; ``v % m`` is v - m * floor(v / m); ``^``
goes from the right, and binds more than a sign before it: -2^2 is -4.

A formula is read into a tree by the code below and worked out over arrays; Python never sees it. Its length, depth and
size are bounded, and so is the work: each operation is done once for each pixel, and what stands in several formulas,
or several times in one, is done once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from artdag.codec.arithmetic import BEFORE, BETWEEN, CHOICE, FUNCTIONS, POWER, Value, Work, worked
from artdag.codec.clouds import clouds
from artdag.errors import ParameterError
from artdag.params import nearest

MAX_LENGTH = 1000
MAX_DEPTH = 40
MAX_NODES = 250
_LONGEST_SHOWN = 40

NAMES: Mapping[str, str] = {
    "x": "column, from 0",
    "y": "row, from 0",
    "w": "width in pixels",
    "h": "height in pixels",
    "t": "time in seconds",
    "i": "number of the frame, from 0",
    "r": "the pixel's red, 0 to 1",
    "g": "its green",
    "b": "its blue",
    "a": "its opacity",
    "rnd": "a random number from 0 to 1, another one for every pixel and frame",
    "pi": "3.14159…",
}
NOISE = "noise"
_USAGE = {name: function.usage for name, function in FUNCTIONS.items()} | {NOISE: "noise(x, y)"}


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator; ``work`` is None for noise, which needs a seed."""

    work: Work | None
    arguments: tuple[Node, ...]


Node = Number | Name | Call


class Formula(str):
    """The text of a formula that has been read without complaint."""

    __slots__ = ()

    @property
    def tree(self) -> Node:
        return read(self)


def parse_formula(raw: Any) -> Formula:
    """Return *raw*, a text or a number, as a formula.

    Raises:
        ParameterError: naming the column, from 1, of what is wrong, and what would be right.
    """
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and math.isfinite(raw):
        raw = f"{float(raw):g}" if float(raw) == float(f"{float(raw):g}") else repr(float(raw))
    if not isinstance(raw, str):
        raise ParameterError("a formula is a text, such as '1 - r'")
    read(re.sub(r"\s", " ", raw))  # columns are those of what was written
    return Formula(" ".join(raw.split()))


@lru_cache(maxsize=256)
def read(text: str) -> Node:
    """Return the tree of a formula. Raises ParameterError as :func:`parse_formula` does."""
    if len(text) > MAX_LENGTH:
        raise ParameterError(f"the formula has {len(text)} characters; {MAX_LENGTH} are the most")
    return _Reader(text).all()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """number, name, sign or end."""
    text: str
    column: int


_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\|\||&&|[<>=!]=|[-+*/%^<>!?:(),])",
    re.ASCII,
)
_MEANT = {"=": "==", "&": "&&", "|": "||", "[": "(", "]": ")", "{": "(", "}": ")", ";": ","}


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")


def _wrong(column: int, what: str, hint: str | None = None) -> ParameterError:
    return ParameterError(f"column {column} of the formula: {what}" + (f"; {hint}" if hint else ""))


def _unjoined(token: _Token) -> ParameterError:
    return _wrong(token.column, f"an operator is missing before {_quoted(token.text)}", "write * to multiply")


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            meant = _MEANT.get(text[at])
            raise _wrong(at + 1, f"{text[at]!r} means nothing here", f"did you mean {meant!r}?" if meant else None)
        assert match.lastgroup is not None
        found.append(_Token(match.lastgroup, match.group(), at + 1))
        at = match.end()
    return [*found, _Token("end", "", len(text) + 1)]


class _Reader:
    """Reads tokens from left to right, one function for each thing that may stand in a formula."""

    def __init__(self, text: str) -> None:
        self._left = _tokens(text)[::-1]
        self._nodes = 0
        self._depth = 0

    def all(self) -> Node:
        node = self._choice()
        token = self._next
        match token.kind, token.text:
            case "end", _:
                return node
            case _, ",":
                raise _wrong(token.column, "',' stands between the values of a function only")
            case _, ")":
                raise _wrong(token.column, "there is no '(' for this ')'")
            case "sign", _:
                raise _wrong(token.column, f"{_quoted(token.text)} does not belong here")
            case _:
                raise _unjoined(token)

    @property
    def _next(self) -> _Token:
        return self._left[-1]

    def _take(self) -> _Token:
        return self._left.pop()

    def _made(self, node: Node) -> Node:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _wrong(self._next.column, f"more than {MAX_NODES} numbers, names, operators and functions stand here")
        return node

    def _deeper(self, read: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _wrong(self._next.column, f"more than {MAX_DEPTH} things stand within each other")
        node = read()
        self._depth -= 1
        return node

    def _choice(self) -> Node:
        condition = self._between(0)
        if self._next.text != "?":
            return condition
        mark = self._take()
        then = self._deeper(self._choice)
        if self._next.text != ":":
            raise _wrong(self._next.column, f"the '?' of column {mark.column} has no ':'", "write c ? a : b")
        self._take()
        return self._made(Call(CHOICE, (condition, then, self._deeper(self._choice))))

    def _between(self, level: int) -> Node:
        if level == len(BETWEEN):
            return self._signed()
        node = self._between(level + 1)
        while self._next.text in BETWEEN[level]:
            work = BETWEEN[level][self._take().text]
            node = self._made(Call(work, (node, self._between(level + 1))))
        return node

    def _signed(self) -> Node:
        if self._next.text not in BEFORE:
            return self._power()
        work = BEFORE[self._take().text]
        return self._made(Call(work, (self._deeper(self._signed),)))

    def _power(self) -> Node:
        base = self._value()
        if self._next.text not in POWER:
            return base
        work = POWER[self._take().text]
        return self._made(Call(work, (base, self._deeper(self._signed))))

    def _value(self) -> Node:
        token = self._take()
        if token.kind == "number":
            value = float(token.text)
            if not math.isfinite(value):
                raise _wrong(token.column, "this number is too large")
            return self._made(Number(value))
        if token.kind == "name":
            return self._called(token) if self._next.text == "(" else self._named(token)
        if token.text == "(":
            node = self._deeper(self._choice)
            self._closed(token)
            return node
        raise _wrong(
            token.column, "a value is missing" + (f" before {_quoted(token.text)}" if token.text else " at the end")
        )

    def _closed(self, opening: _Token) -> None:
        if self._next.text != ")":
            what = (
                f"an operator is missing before {_quoted(self._next.text)}"
                if self._next.kind in ("name", "number")
                else None
            )
            raise _wrong(self._next.column, what or f"the '(' of column {opening.column} has no ')'")
        self._take()

    def _named(self, token: _Token) -> Node:
        if token.text in NAMES:
            return self._made(Name(token.text))
        if token.text in _USAGE:
            raise _wrong(token.column, f"{token.text} is a function", f"write {_USAGE[token.text]}")
        hint = nearest(token.text, [*NAMES, *_USAGE]) or "known: " + ", ".join(NAMES)
        raise _wrong(token.column, f"there is no {_quoted(token.text)}", hint)

    def _called(self, token: _Token) -> Node:
        opening = self._take()
        if token.text not in _USAGE:
            if token.text in NAMES:
                raise _wrong(token.column, f"{token.text} is a value, not a function", "write * to multiply")
            hint = nearest(token.text, _USAGE) or "known: " + ", ".join(_USAGE)
            raise _wrong(token.column, f"there is no function {_quoted(token.text)}", hint)
        arguments: list[Node] = []
        if self._next.text != ")":
            arguments.append(self._deeper(self._choice))
            while self._next.text == ",":
                self._take()
                arguments.append(self._deeper(self._choice))
        self._closed(opening)
        function = FUNCTIONS.get(token.text)
        least, most = (function.least, function.most) if function is not None else (2, 2)
        if not least <= len(arguments) <= most:
            what = f"{token.text} is given {len(arguments)} value{'s' * (len(arguments) != 1)}"
            raise _wrong(token.column, what, f"write {_USAGE[token.text]}")
        return self._made(Call(function.work if function is not None else None, tuple(arguments)))


class Program:
    """Formulas that are worked out together."""

    def __init__(self, formulas: Sequence[Formula]) -> None:
        self._steps: list[tuple[Node, tuple[int, ...]]] = []
        known: dict[Node, int] = {}
        self._results = [self._placed(formula.tree, known) for formula in formulas]
        last = {place: number for number, (_, needs) in enumerate(self._steps) for place in needs}
        self._done: list[list[int]] = [[] for _ in self._steps]
        """For each step, those that nobody needs after it."""
        for place, number in last.items():
            if place not in self._results:
                self._done[number].append(place)

    @property
    def names(self) -> frozenset[str]:
        """What they need to know."""
        return frozenset(node.name for node, _ in self._steps if isinstance(node, Name))

    def _placed(self, node: Node, known: dict[Node, int]) -> int:
        if node not in known:
            needs = tuple(self._placed(part, known) for part in node.arguments) if isinstance(node, Call) else ()
            self._steps.append((node, needs))
            known[node] = len(self._steps) - 1
        return known[node]

    def run(self, known: Mapping[str, Value], seed: int) -> list[Value]:
        """Return the value of each formula.

        Args:
            known: name -> number or array, for each of ``names``; the arrays fit each other's shapes.
            seed: of noise.
        """
        values: dict[int, Value] = {}
        for place, ((node, needs), done) in enumerate(zip(self._steps, self._done, strict=True)):
            if isinstance(node, Number):
                values[place] = node.value
            elif isinstance(node, Name):
                values[place] = known[node.name]
            else:
                work = node.work or partial(_noise, seed=seed)
                values[place] = worked(work, *(values[need] for need in needs))
            for need in done:
                del values[need]
        return [values[place] for place in self._results]


def _noise(x: Value, y: Value, *, seed: int) -> Any:
    across, down = np.asarray(x, np.float32), np.asarray(y, np.float32)
    values = clouds(across, down, seed)
    return values if values.ndim else float(values)
