"""The settings of an effect written for moviepy, made from its fields.

Numbers, truths and texts are themselves; tuples and lists are lists of such; a field whose default is None may be left
out. Where a field says ``Annotated[float, Range(0, 1), "what it does"]``, that counts; any other number goes from
-10,000 to 10,000, because planning applies the effect, and it may not make a picture of any size. A function of time
without a default is a number, which may be keyframed. A field that is something else (a clip) keeps its default, and
must have one.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from artdag.animation import Animation
from artdag.errors import ParameterError
from artdag.params import Constant, Parsed, Range

MISSING: Any = dataclasses.MISSING
_SIMPLE = (bool, int, float, str)
_MANY = (tuple, list, Sequence)
_LONGEST, _MOST = 1000, 64
_BOUNDS = Range(-10_000, 10_000)
_WHOLE = Constant("is given once, for the whole clip")


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    name: str
    hint: Any
    default: Any


def settings_class(effect: type[Any], ranges: Mapping[str, Range]) -> type[Any]:
    """Return the settings of *effect*; *ranges* are those of its numbers.

    Raises:
        TypeError: when a field without a default cannot be set from a recipe, or a range is for no field.
    """
    fields = _fields(effect)
    unknown = set(ranges) - {field.name for field in fields}
    if unknown:
        raise TypeError(f"{effect.__name__} has no field {min(unknown)!r}")
    made: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for field in fields:
        annotation = _annotation(field, f"{field.name} of {effect.__name__}.", ranges.get(field.name))
        if annotation is None:
            if field.default is MISSING:
                raise TypeError(
                    f"{effect.__name__}.{field.name} cannot be set from a recipe: derive a class with numbers from it"
                )
        elif field.default is MISSING:
            made.append((field.name, annotation))
        else:
            made.append((field.name, annotation, dataclasses.field(default=_default(annotation, field.default))))
    return dataclasses.make_dataclass("Params", made, frozen=True, kw_only=True, slots=True)


def arguments(effect: type[Any], params: Any) -> dict[str, Any]:
    """Return what *effect* is made with."""
    given: dict[str, Any] = {}
    for field in _fields(effect):
        if hasattr(params, field.name):
            value = getattr(params, field.name)
            if _is_function(field):
                value = _over_time(value)
            if isinstance(value, (list, tuple)):
                as_tuple = _origin(field.hint) is tuple or isinstance(field.default, tuple)
                value = tuple(value) if as_tuple else list(value)
            given[field.name] = value
    return given


def _fields(effect: type[Any]) -> list[_Field]:
    try:
        hints = get_type_hints(effect, include_extras=True)
    except (NameError, TypeError):  # names that are known while checking types only
        hints = {}
    if not dataclasses.is_dataclass(effect):
        parameters = list(inspect.signature(effect).parameters.values())
        return [
            _Field(one.name, hints.get(one.name, Any), MISSING if one.default is one.empty else one.default)
            for one in parameters
            if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
        ]
    found = []
    for field in dataclasses.fields(effect):
        default = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if field.init:
            found.append(_Field(field.name, hints.get(field.name, Any), default))
    return found


def _is_function(field: _Field) -> bool:
    """Return whether it is a function of time that has to be given; moviepy writes ``callable`` for it."""
    return field.default is MISSING and _origin(field.hint) in (callable, Callable)


def _over_time(value: Any) -> Callable[[float], float]:
    return value.at if isinstance(value, Animation) else lambda time_s: float(value)


def _origin(hint: Any) -> Any:
    return get_origin(hint) or hint


def _annotation(field: _Field, doc: str, bounds: Range | None) -> Any:
    """Return how the field is declared among our settings; None where it cannot be set."""
    if _is_function(field):
        return Annotated[float, bounds or _BOUNDS, doc]
    hint, extras = field.hint, []
    if get_origin(hint) is Annotated:
        hint, *extras = get_args(hint)
    if hint is Any and field.default is not MISSING and field.default is not None:
        hint = float if type(field.default) is int else type(field.default)
    members = [hint]
    if get_origin(hint) in (Union, types.UnionType):
        members = [member for member in get_args(hint) if member is not type(None)]
    optional = field.default is None or len(members) < len(get_args(hint))
    members = [member for member in members if _origin(member) in (*_SIMPLE, *_MANY)]
    if hint is Any:
        members = [*_SIMPLE, *_MANY]
    if not members:
        return None
    notes = [extra for extra in extras if isinstance(extra, (Range, str))]
    if not any(isinstance(note, str) for note in notes):
        notes.append(doc)
    if bounds is not None:
        notes = [bounds, *(note for note in notes if isinstance(note, str))]
    if len(members) > 1 or _origin(members[0]) in _MANY:
        return Annotated[(Any, Parsed(_plain_value, {}), _WHOLE, *notes)]
    simple = float if members[0] is int and type(field.default) is float else members[0]
    if simple in (int, float) and not any(isinstance(note, Range) for note in notes):
        notes.append(_BOUNDS)
    return Annotated[(simple | None if optional else simple, _WHOLE, *notes)]


def _default(annotation: Any, value: Any) -> Any:
    number = get_args(annotation)[0] in (float, float | None)
    if number and isinstance(value, int):
        return float(value)
    return tuple(value) if isinstance(value, list) else value


def _plain_value(raw: Any) -> Any:
    """Return a number, truth, text or list of such. Raises ParameterError."""
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, (int, float)) and math.isfinite(raw):
        if not _BOUNDS.low <= raw <= _BOUNDS.high:
            raise ParameterError(f"{raw:g} is outside {_BOUNDS.low:g} to {_BOUNDS.high:g}")
        return raw
    if isinstance(raw, str) and len(raw) <= _LONGEST:
        return raw
    if isinstance(raw, (list, tuple)) and len(raw) <= _MOST:
        return [_plain_value(item) for item in raw]
    raise ParameterError("this takes a number, true or false, a text, or a list of such")
