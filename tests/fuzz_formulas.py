"""Formulas by the hundred thousand: made by the grammar, whose value is known another way, and then broken.

``python -m tests.fuzz_formulas 500000 7`` tries so many programs, from that seed on, and says what it saw.
"""

from __future__ import annotations

import math
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from artdag.codec.arithmetic import BEFORE, BETWEEN, FUNCTIONS, POWER
from artdag.effects.expr import EFFECT
from artdag.errors import ParameterError
from artdag.expression import MAX_LENGTH, MAX_NODES, NAMES, Call, Formula, Name, Node, Number, Program, parse_formula
from tests.artdag.effects.apply import apply, drawn

Known = dict[str, float]
Meaning = Callable[[Known], float]
Written = tuple[str, int, Meaning]
"""A formula's text, how tightly its outermost operator binds, and what it means."""

VALUE, POWERED, SIGNED, CHOSEN = 9, 8, 7, -1
KNOWN: Known = {"x": 3.0, "y": 4.0, "w": 64.0, "h": 48.0, "t": 0.5, "i": 12.0, "r": 0.25, "g": 0.5, "b": 0.75, "a": 1.0}
KNOWN |= {"pi": math.pi, "rnd": 0.125}


def _quiet(work: Callable[..., Any]) -> Callable[..., float]:
    """Return *work* on plain numbers as IEEE has it: no errors, but inf and nan."""

    def done(*values: float) -> float:
        with np.errstate(all="ignore"):
            return float(work(*map(np.float64, values)))

    return done


_BINARY: Sequence[Sequence[tuple[str, Callable[..., float]]]] = [
    [("||", lambda a, b: float(a != 0 or b != 0))],
    [("&&", lambda a, b: float(a != 0 and b != 0))],
    [("==", lambda a, b: float(a == b)), ("!=", lambda a, b: float(a != b))],
    [
        ("<", lambda a, b: float(a < b)),
        ("<=", lambda a, b: float(a <= b)),
        (">", lambda a, b: float(a > b)),
        (">=", lambda a, b: float(a >= b)),
    ],
    [("+", _quiet(lambda a, b: a + b)), ("-", _quiet(lambda a, b: a - b))],
    [
        ("*", _quiet(lambda a, b: a * b)),
        ("/", _quiet(lambda a, b: a / b)),
        ("%", _quiet(lambda a, b: a - b * np.floor(a / b))),
    ],
]
_CALLED: dict[str, tuple[int, int, Callable[..., float]]] = {
    "sin": (1, 1, _quiet(np.sin)),
    "cos": (1, 1, _quiet(np.cos)),
    "tan": (1, 1, _quiet(np.tan)),
    "sqrt": (1, 1, _quiet(lambda v: v**0.5 if v >= 0 else math.nan)),
    "exp": (1, 1, _quiet(np.exp)),
    "log": (1, 1, _quiet(np.log)),
    "abs": (1, 1, abs),
    "sign": (1, 1, _quiet(lambda v: math.nan if math.isnan(v) else (v > 0) * 1.0 - (v < 0) * 1.0)),
    "floor": (1, 1, _quiet(np.floor)),
    "fract": (1, 1, _quiet(lambda v: v - np.floor(v))),
    "atan2": (2, 2, _quiet(math.atan2)),
    "length": (2, 2, _quiet(math.hypot)),
    "step": (2, 2, lambda edge, v: float(v >= edge)),
    "min": (2, 8, _quiet(lambda *all_of: np.min(all_of))),
    "max": (2, 8, _quiet(lambda *all_of: np.max(all_of))),
    "mix": (3, 3, _quiet(lambda a, b, share: a + (b - a) * share)),
    "clamp": (3, 3, _quiet(lambda v, low, high: np.min([np.max([v, low]), high]))),
    "if": (3, 3, lambda condition, then, other: then if condition != 0 else other),
}


class Writer:
    """Writes formulas by the grammar, with their meaning beside them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def written(self, depth: int) -> Written:
        chance = self._chance
        kind = chance.choice(["number", "name"] if depth <= 0 else ["two", "two", "two", "call", "sign", "power", "?"])
        match kind:
            case "number":
                text = chance.choice(["0", "1", "2", "0.5", ".25", "3.", "1e-2", "7", f"{chance.uniform(0, 9):.3f}"])
                number = float(text)
                return text, VALUE, lambda known: number
            case "name":
                name = chance.choice(list(KNOWN))
                return name, VALUE, lambda known: known[name]
            case "two":
                level = chance.randrange(len(_BINARY))
                sign, work = chance.choice(_BINARY[level])
                left, one = self._within(depth, level)
                right, other = self._within(depth, level + 1)
                return f"{left}{self._space()}{sign}{self._space()}{right}", level, lambda k: work(one(k), other(k))
            case "sign":
                sign = chance.choice("-+!")
                text, one = self._within(depth, SIGNED)
                signed: dict[str, Callable[[float], float]] = {
                    "-": lambda v: -v,
                    "+": lambda v: v,
                    "!": lambda v: float(v == 0),
                }
                return f"{sign}{text}", SIGNED, lambda known: signed[sign](one(known))
            case "power":
                base, one = self._within(depth, VALUE)
                exponent, other = self._within(depth, SIGNED)
                power = _quiet(np.power)
                return f"{base}^{exponent}", POWERED, lambda known: power(one(known), other(known))
            case "?":
                condition, one = self._within(depth, 0)
                then, two = self._within(depth, CHOSEN)
                otherwise, three = self._within(depth, CHOSEN)
                text = f"{condition} ? {then} : {otherwise}"
                return text, CHOSEN, lambda known: two(known) if one(known) != 0 else three(known)
        name = chance.choice(list(_CALLED))
        least, most, work = _CALLED[name]
        parts = [self._within(depth, CHOSEN) for _ in range(chance.randint(least, min(most, 3)))]
        text = f"{name}({', '.join(text for text, _ in parts)})"
        return text, VALUE, lambda known: work(*(meaning(known) for _, meaning in parts))

    def _within(self, depth: int, binding: int) -> tuple[str, Meaning]:
        """Return a smaller formula for a place where at least *binding* is needed, in parentheses where it is less."""
        text, own, meaning = self.written(depth - 1 - self._chance.randrange(2))
        wanted = own < binding or self._chance.random() < 0.05
        return (f"({text})" if wanted else text), meaning

    def _space(self) -> str:
        return self._chance.choice(["", " ", "  "])


_BITS = [
    *NAMES,
    *FUNCTIONS,
    *"()()+-*/%^<>=!?:,.|&~@#$'\"`[]{};\\_ \t\n\0é²٣ａ𝟙\u202e\ufeff",
    "__import__",
    "__class__",
    ".__globals__",
    "eval(",
    "lambda:0",
    "noise(",
    "1e308*10",
    "1e999",
    "0x1f",
    "1_000",
    "9" * 400,
    "-" * 60,
    "(" * 60,
    "1?" * 30,
    "0^9^9^9",
    "nan",
    "inf",
    "None",
    "True",
]


def broken(text: str, chance: random.Random) -> str:
    """Return *text* with some of it left out, put in, doubled or changed round."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(text))
        stop = min(len(text), start + chance.randint(0, 6))
        piece = chance.choice(
            ["", chance.choice(_BITS), text[start:stop] * chance.randint(2, 40), text[start:stop][::-1]]
        )
        text = text[:start] + piece + text[stop:]
    return text


_WATCHED = ("open", "import", "exec", "compile", "os.", "subprocess.", "socket.", "ctypes.", "pickle.", "marshal.")


class _Watch:
    """Notes what Python tells its audit hooks, while it is wanted: a hook cannot be taken away again."""

    seen: list[str]
    wanted = False
    hooked = False

    def __call__(self, event: str, _arguments: tuple[Any, ...]) -> None:
        if self.wanted and event.startswith(_WATCHED):
            self.seen.append(event)


_watch = _Watch()


@contextmanager
def nothing_reached() -> Iterator[None]:
    """See that Python opens, imports, compiles and starts nothing meanwhile."""
    if not _watch.hooked:
        sys.addaudithook(_watch)
        _watch.hooked = True
    _watch.seen, _watch.wanted = [], True
    try:
        yield
    finally:
        _watch.wanted = False
    assert not _watch.seen, f"a formula reached {_watch.seen[:5]}"


_WORKS = {id(work) for table in (*BETWEEN, POWER, BEFORE) for work in table.values()}
_WORKS |= {id(function.work) for function in FUNCTIONS.values()}


def check_tree(formula: Formula) -> None:
    """See that a formula is made of what the language has, and that its work is bounded."""
    waiting: list[Node] = [formula.tree]
    count = 0
    while waiting:
        node = waiting.pop()
        count += 1
        match node:
            case Number(value):
                assert math.isfinite(value)
            case Name(name):
                assert name in NAMES
            case Call(work, parts):
                assert work is None or id(work) in _WORKS
                waiting += parts
    assert count <= MAX_NODES
    assert len(Program([formula])._steps) <= count


_REFUSED = re.compile(r"column (\d+) of the formula: .|the formula has \d+ characters; \d+ are the most$", re.DOTALL)
_PLACES = {"x": np.arange(4, dtype=np.float32)[None], "y": np.arange(3, dtype=np.float32)[:, None]}
_ARRAYS = KNOWN | _PLACES | {name: np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4) for name in "rgba"}


def refusal(text: str) -> str | None:
    """Return why *text* is no formula; None where it is one."""
    try:
        parse_formula(text)
    except ParameterError as error:
        return error.message
    return None


def tried(text: str) -> str:
    """Read and work out any text; return "read" or "refused" and see that nothing else happens."""
    why = refusal(text)
    if why is not None:
        found = _REFUSED.match(why)
        assert found, (text, why)
        if found[1]:
            assert 1 <= int(found[1]) <= min(len(text), MAX_LENGTH) + 1, (text, why)
        assert len(why) < 400, (text, why)
        return "refused"
    formula = parse_formula(text)
    check_tree(formula)
    (number,) = Program([formula]).run(KNOWN, 1)
    assert isinstance(number, float), text
    (values,) = Program([formula]).run(_ARRAYS, 1)
    if isinstance(values, np.ndarray):
        assert values.dtype == np.float32, text
        assert np.broadcast_shapes(values.shape, (3, 4)) == (3, 4), text
    assert parse_formula(formula) == formula, text
    return "read"


def same(found: float, wanted: float) -> bool:
    if math.isnan(wanted) or math.isnan(found):
        return math.isnan(wanted) and math.isnan(found)
    return found == wanted or math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12)


def fuzz(count: int, seed: int) -> Counter[str]:
    """Try *count* programs, half of them right and half broken; return how many were read and refused.

    Raises:
        AssertionError: naming the program that did what none may do.
    """
    chance = random.Random(seed)
    writer, formula = Writer(chance), Formula("r")
    told: Counter[str] = Counter()
    picture = drawn(8, 6, "rgba")
    apply(EFFECT, picture, r="noise(x, y) + rnd + sin(x)")  # what is loaded when it is first used
    with nothing_reached():
        for number in range(0, count, 2):
            text, _, meaning = writer.written(chance.choice((0, 1, 2, 3, 3, 4, 7)))
            why = refusal(text)
            if why is not None:
                assert f"more than {MAX_NODES}" in why or f"{MAX_LENGTH} are the most" in why, (text, why)
                told["too large"] += 1
            else:
                formula = parse_formula(text)
                (found,) = Program([formula]).run(KNOWN, 1)
                assert isinstance(found, float), text
                wanted = meaning(KNOWN)
                assert same(found, wanted), (text, found, wanted)
                told["right"] += 1
            told[tried(broken(text, chance))] += 1
            if number % 100 == 0:
                apply(EFFECT, picture, **{chance.choice("rgba"): formula})
    return told


if __name__ == "__main__":
    programs, first_seed = (int(word) for word in (*sys.argv[1:], *("200000", "1")[len(sys.argv) - 1 :]))
    print(f"{programs} programs:", ", ".join(f"{number} {word}" for word, number in fuzz(programs, first_seed).items()))
