"""Settings declared once: the same line is default, check, form field, help text and documentation.

A settings class is a frozen dataclass with annotated fields: ``Annotated[float, Range(0, 1, "px"), "what it does"]``.
``settle`` checks raw values against it and settles their spelling (``1`` becomes ``1.0`` for a float), because two
spellings would be two step keys for one piece of work.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from artdag.animation import Animation, is_animation, parse_animation
from artdag.errors import ParameterError, Problem

T = TypeVar("T")

_COLORS = {
    "black": "#000000",
    "white": "#ffffff",
    "red": "#ff0000",
    "lime": "#00ff00",
    "green": "#008000",
    "blue": "#0000ff",
    "yellow": "#ffff00",
    "cyan": "#00ffff",
    "magenta": "#ff00ff",
    "gray": "#808080",
    "orange": "#ffa500",
    "purple": "#800080",
    "pink": "#ffc0cb",
    "brown": "#a52a2a",
    "navy": "#000080",
    "teal": "#008080",
}
SettingType = Literal["float", "int", "bool", "text", "enum", "color", "group", "custom"]

_HEX_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from *low* to *high*, both included, in *unit*; for text, its length in characters."""

    low: float
    high: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value with a form of its own: *parse* turns the raw value into the settled one or raises ParameterError."""

    parse: Callable[[Any], Any]
    schema: Mapping[str, Any]
    """JSON Schema of the raw value."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What else has to be true of a value of the right type and range: *check* raises ParameterError."""

    check: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Constant:
    """Marks a number that cannot change over time."""

    reason: str
    """What follows "it", such as "decides the size"."""


@dataclass(frozen=True, slots=True)
class Ungiven:
    """A value that each run gives: it fits wherever its type does, whatever the range there is."""

    type: str
    """That of a param; ``any`` fits everywhere."""
    example: Any


class Color(str):
    """A colour as ``#rrggbb``, lower case."""

    __slots__ = ()

    @property
    def rgb(self) -> tuple[int, int, int]:
        return int(self[1:3], 16), int(self[3:5], 16), int(self[5:7], 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoParams:
    """For what has nothing to set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamSpec:
    """One declared setting, as forms, checks and documentation see it."""

    name: str
    type: SettingType
    required: bool
    default: Any
    optional: bool = False
    """True where "not given" is a value of its own (``None``)."""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    doc: str = ""
    group: Any = None
    """The settings class of a nested group."""
    parsed: Parsed | None = None
    constant: str | None = None
    """Why it cannot change over time."""
    checked: Checked | None = None

    @property
    def can_change(self) -> bool:
        """Return whether keyframes and the like may stand where its value stands."""
        return self.type in ("float", "int") and self.constant is None

    def to_json(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"name": self.name, "type": self.type, "required": self.required, "doc": self.doc}
        if not self.required:
            facts["default"] = plain(self.default)
        if self.low is not None:
            facts |= {"min": self.low, "max": self.high}
        if self.unit:
            facts["unit"] = self.unit
        if self.choices:
            facts["choices"] = list(self.choices)
        if self.can_change:
            facts["animated"] = True
        return facts


_SPECS: dict[type[Any], tuple[ParamSpec, ...]] = {}


def specs(declaration: type[Any]) -> tuple[ParamSpec, ...]:
    """Return what the settings class declares, in order."""
    if declaration not in _SPECS:
        hints = get_type_hints(declaration, include_extras=True)
        _SPECS[declaration] = tuple(_spec(field, hints[field.name]) for field in dataclasses.fields(declaration))
    return _SPECS[declaration]


def _spec(field: dataclasses.Field[Any], hint: Any) -> ParamSpec:
    extras: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        extras = tuple(rest)
    optional = False
    if get_origin(hint) in (Union, types.UnionType):
        hint, none = get_args(hint)
        optional = none is type(None)
    bounds = next((extra for extra in extras if isinstance(extra, Range)), None)
    parsed = next((extra for extra in extras if isinstance(extra, Parsed)), None)
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    default = None
    if field.default is not dataclasses.MISSING:
        default = field.default
    elif field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    kind, choices = _kind(hint, parsed)
    return ParamSpec(
        name=field.name,
        type=kind,
        required=required,
        default=default,
        optional=optional,
        low=bounds.low if bounds else None,
        high=bounds.high if bounds else None,
        unit=bounds.unit if bounds else "",
        choices=choices,
        doc=next((extra for extra in extras if isinstance(extra, str)), ""),
        group=hint if kind == "group" else None,
        parsed=parsed,
        constant=next((extra.reason for extra in extras if isinstance(extra, Constant)), None),
        checked=next((extra for extra in extras if isinstance(extra, Checked)), None),
    )


def _kind(hint: Any, parsed: Parsed | None) -> tuple[Any, tuple[str, ...]]:
    if parsed is not None:
        return "custom", ()
    if get_origin(hint) is Literal:
        return "enum", tuple(get_args(hint))
    if dataclasses.is_dataclass(hint):
        return "group", ()
    if hint is Any:
        return "custom", ()
    known: dict[Any, str] = {bool: "bool", int: "int", float: "float", Color: "color", str: "text"}
    if hint not in known:
        raise TypeError(f"a setting cannot be declared as {hint!r}")
    return known[hint], ()


def settle(declaration: type[T], raw: object, *, field: str = "", what: str = "this") -> T:
    """Return the settings class filled from *raw*, a mapping of names to values as YAML or JSON give them.

    Args:
        declaration: the frozen dataclass.
        raw: what the author wrote; ``None`` counts as an empty mapping.
        field: dotted path of *raw* in its document; problems name the place below it.
        what: whose settings these are, for the messages.

    Raises:
        ParameterError: with one problem for everything that is wrong, not only the first.
    """
    if raw is None:
        raw = {}
    if not isinstance(raw, Mapping):
        raise _error([Problem(message=f"{what} takes a map of settings, not {_shown(raw)}", field=field or None)])
    declared = {spec.name: spec for spec in specs(declaration)}
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name in raw:
        if name not in declared:
            hint = nearest(str(name), declared)
            message = f"{what} has no setting {_shown(str(name))}"
            problems.append(Problem(message=message, field=_join(field, str(name)), hint=hint))
    for name, spec in declared.items():
        path = _join(field, name)
        if name not in raw:
            if spec.required:
                problems.append(Problem(message=f"{what} needs {name!r}", field=field or None, hint=_expected(spec)))
            continue
        try:
            values[name] = settled(spec, raw[name], path)
        except ParameterError as error:
            problems += list(error.problems) or [Problem(message=error.message, field=path, hint=_expected(spec))]
    if problems:
        raise _error(problems)
    return declaration(**values)


def _error(problems: list[Problem]) -> ParameterError:
    return ParameterError("; ".join(problem.message for problem in problems[:3]), problems=problems)


def _join(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def settled(spec: ParamSpec, value: Any, path: str = "") -> Any:
    """Return one value checked against its declaration, in its settled spelling.

    Raises:
        ParameterError: saying what would be right.
    """
    if value is None and spec.optional:
        return None
    if isinstance(value, Ungiven):
        return _stand_in(spec, value)
    if isinstance(value, Animation):
        if spec.type not in ("group", "custom"):
            _check_can_change(spec)
            _check_extremes(spec, value)
        return value.rounded() if spec.type == "int" else value
    if spec.type not in ("group", "custom") and is_animation(value):
        return _changing(spec, value)
    if spec.group is not None:
        return settle(spec.group, value, field=path, what=spec.name)
    if spec.parsed is not None:
        return spec.parsed.parse(value)
    result = _CHECKS[spec.type](spec, value)
    size = len(result) if spec.type == "text" else result
    if spec.low is not None and spec.high is not None and not spec.low <= size <= spec.high:
        what = "is" if spec.type != "text" else "has length"
        raise ParameterError(f"{spec.name!r} {what} {size:g}, outside {spec.low:g} to {spec.high:g}")
    if spec.checked is not None:
        spec.checked.check(result)
    return result


def _changing(spec: ParamSpec, value: Mapping[str, Any]) -> Any:
    _check_can_change(spec)
    found = parse_animation(value, lambda one: _at_one_time(spec, one), spec.name)
    return settled(spec, found)


def _check_can_change(spec: ParamSpec) -> None:
    if spec.type not in _NUMBERS:
        raise ParameterError(f"{spec.name!r} cannot change over time: only numbers can")
    if spec.constant is not None:
        raise ParameterError(f"{spec.name!r} cannot change over time: it {spec.constant}")


def _check_extremes(spec: ParamSpec, value: Animation) -> None:
    """See that a value stays in range; it was checked against the param's that it came by, which may be wider."""
    if spec.low is not None and spec.high is not None:
        for extreme in (value.low, value.high):
            if not spec.low <= extreme <= spec.high:
                raise ParameterError(f"{spec.name!r} becomes {extreme:g}, outside {spec.low:g} to {spec.high:g}")


def _at_one_time(spec: ParamSpec, value: Any) -> Any:
    """Return one of the values that a number takes over time, checked."""
    if value is None or isinstance(value, Animation) or is_animation(value):
        what = "something that changes" if isinstance(value, Animation) else _shown(value)
        raise ParameterError(f"{spec.name!r} takes a number at each time, not {what}")
    return settled(spec, value)


_NUMBERS = ("float", "int")


def _stand_in(spec: ParamSpec, value: Ungiven) -> Any:
    if value.type == "any":
        return spec.default
    if spec.parsed is not None:
        example = next(iter(spec.parsed.schema.get("examples", ())), value.example)
        return spec.parsed.parse(example) if spec.required else spec.default
    if value.type not in _GIVES.get(spec.type, ()):
        raise ParameterError(f"{spec.name!r} takes {_TAKES.get(spec.type, spec.type)}, and that param is {value.type}")
    if not spec.required and spec.default is not None:
        return spec.default
    if spec.choices:
        return spec.choices[0]
    return {"float": float, "int": int}[spec.type](spec.low) if spec.low and spec.type != "text" else value.example


_GIVES: Mapping[str, tuple[str, ...]] = {
    "float": ("float", "int"),
    "int": ("int", "float"),
    "bool": ("bool",),
    "text": ("text", "enum", "color"),
    "enum": ("text", "enum"),
    "color": ("text", "enum", "color"),
}
_TAKES: Mapping[str, str] = {"float": "a number", "int": "a whole number", "bool": "true or false"}


def _number(spec: ParamSpec, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ParameterError(f"{spec.name!r} takes {_TAKES[spec.type]}, not {_shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ParameterError(f"{spec.name!r} takes a finite number, not {_shown(value)}")
    return number + 0.0  # -0.0 becomes 0.0: one spelling


def _whole(spec: ParamSpec, value: Any) -> int:
    number = _number(spec, value)
    if number != int(number):
        raise ParameterError(f"{spec.name!r} takes a whole number, not {_shown(value)}")
    return int(value)


def _truth(spec: ParamSpec, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ParameterError(f"{spec.name!r} takes true or false, not {_shown(value)}")
    return value


def _text(spec: ParamSpec, value: Any) -> str:
    if not isinstance(value, str):
        raise ParameterError(f"{spec.name!r} takes text, not {_shown(value)}")
    return value


def _choice(spec: ParamSpec, value: Any) -> str:
    if value not in spec.choices:
        close = nearest(str(value), spec.choices)
        raise ParameterError(f"{spec.name!r} cannot be {_shown(value)}" + (f": {close}" if close else ""))
    return str(value)


def _color(spec: ParamSpec, value: Any) -> Color:
    if isinstance(value, str):
        text = _COLORS.get(value.lower(), value)
        if _HEX_COLOR.fullmatch(text):
            digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
            return Color("#" + digits.lower())
    raise ParameterError(f"{spec.name!r} takes a colour such as '#ff8800' or 'orange', not {_shown(value)}")


_CHECKS: dict[str, Callable[[ParamSpec, Any], Any]] = {
    "float": _number,
    "int": _whole,
    "bool": _truth,
    "text": _text,
    "enum": _choice,
    "color": _color,
}


def _expected(spec: ParamSpec) -> str | None:
    if spec.choices:
        return "one of " + ", ".join(spec.choices)
    if spec.low is not None and spec.type != "text":
        return f"{spec.low:g} to {spec.high:g}" + (f" {spec.unit}" if spec.unit else "")
    return None


_MANY = 60


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return a hint naming the closest known spelling, or all of them where they are few."""
    options = list(known)
    few = len(options) <= 12
    if len(options) > _MANY:  # comparing costs about 10 µs each
        options = [option for option in options if option[:2] == word[:2]][:_MANY]
    close = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    if few and options:
        return "known: " + ", ".join(options)
    return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def plain(value: Any) -> Any:
    """Return settled settings as plain data: the spelling that goes into keys, plans and records."""
    if isinstance(value, Animation):
        return value.to_json()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str):
        return str(value)
    return value
