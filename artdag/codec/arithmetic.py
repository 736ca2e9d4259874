"""What the operators and functions of formulas do, over numbers and arrays of 32-bit floats alike.

What is the same for all pixels is a number, of 64 bits: a time of hours must not lose its fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Value = float | Values
Work = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Function:
    """What stands before parentheses in a formula."""

    usage: str
    doc: str
    work: Work
    least: int = 1
    most: int = 1
    """Numbers of values it takes."""


def worked(work: Work, *values: Value) -> Value:
    """Return what *work* makes of *values*: an array where one of them is, else a number; truths are 1 and 0."""
    with np.errstate(all="ignore"):
        result = work(*values)
        if isinstance(result, np.ndarray) and result.ndim:  # np.where makes an array of anything
            return result.astype(np.float32, copy=False)
    return float(result)


def _power(base: Value, exponent: Value) -> Any:
    if isinstance(exponent, float) and exponent == 2:
        return np.multiply(base, base)
    return np.power(base, exponent)


def _rest(value: Value, unit: Value) -> Any:
    return np.subtract(value, np.multiply(unit, np.floor(np.divide(value, unit))))


def _clamp(value: Value, low: Value, high: Value) -> Any:
    return np.minimum(np.maximum(value, low), high)


def _mix(start: Value, end: Value, share: Value) -> Any:
    return np.add(start, np.multiply(np.subtract(end, start), share))


def _smoothstep(low: Value, high: Value, value: Value) -> Any:
    share = _clamp(np.divide(np.subtract(value, low), np.subtract(high, low)), 0.0, 1.0)
    return np.multiply(np.multiply(share, share), np.subtract(3.0, np.multiply(2.0, share)))


def _step(edge: Value, value: Value) -> Any:
    return np.greater_equal(value, edge)


def _fract(value: Value) -> Any:
    return np.subtract(value, np.floor(value))


def _chosen(condition: Value, then: Value, otherwise: Value) -> Any:
    return np.where(np.not_equal(condition, 0.0), then, otherwise)


def _least(*values: Value) -> Any:
    return reduce(np.minimum, values)


def _greatest(*values: Value) -> Any:
    return reduce(np.maximum, values)


BETWEEN: tuple[Mapping[str, Work], ...] = (
    {"||": np.logical_or},
    {"&&": np.logical_and},
    {"==": np.equal, "!=": np.not_equal},
    {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal},
    {"+": np.add, "-": np.subtract},
    {"*": np.multiply, "/": np.divide, "%": _rest},
)
"""Operators between two values, from what binds least."""
POWER: Mapping[str, Work] = {"^": _power}
BEFORE: Mapping[str, Work] = {"-": np.negative, "+": np.positive, "!": np.logical_not}
"""Operators before a value."""

MANY = 8
FUNCTIONS: Mapping[str, Function] = {
    "sin": Function("sin(v)", "sine of an angle in radians", np.sin),
    "cos": Function("cos(v)", "cosine", np.cos),
    "tan": Function("tan(v)", "tangent", np.tan),
    "atan2": Function("atan2(y, x)", "angle of a direction, -pi to pi", np.arctan2, 2, 2),
    "sqrt": Function("sqrt(v)", "square root", np.sqrt),
    "exp": Function("exp(v)", "e to the power of v", np.exp),
    "log": Function("log(v)", "natural logarithm", np.log),
    "abs": Function("abs(v)", "without its sign", np.abs),
    "sign": Function("sign(v)", "-1, 0 or 1", np.sign),
    "floor": Function("floor(v)", "next whole number below", np.floor),
    "fract": Function("fract(v)", "v - floor(v)", _fract),
    "min": Function("min(a, b, …)", "the least", _least, 2, MANY),
    "max": Function("max(a, b, …)", "the greatest", _greatest, 2, MANY),
    "clamp": Function("clamp(v, low, high)", "v, but no less than low and no more than high", _clamp, 3, 3),
    "mix": Function("mix(a, b, share)", "a + (b - a) * share", _mix, 3, 3),
    "step": Function("step(edge, v)", "1 where v >= edge, else 0", _step, 2, 2),
    "smoothstep": Function("smoothstep(low, high, v)", "0 to 1, softly, as v goes from low to high", _smoothstep, 3, 3),
    "length": Function("length(x, y)", "sqrt(x*x + y*y)", np.hypot, 2, 2),
    "if": Function("if(condition, then, else)", "then where the condition is not 0", _chosen, 3, 3),
}  # fmt: skip
CHOICE = FUNCTIONS["if"].work
