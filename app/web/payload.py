"""What a request says, as one nested dict, whether a form or JSON said it; and the checks that both need."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, TypeVar

from flask import request
from pydantic import BaseModel, BeforeValidator, Field
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from artdag.errors import ArtDagError

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_DIGITS = 400

Cursor = Annotated[
    str,
    Field(
        max_length=200,
        description="`next` of the page before.",
        json_schema_extra={"pattern": r"^([0-9]{1,17}[.][!-~]+)?$"},
    ),
]
"""Where a page of a list begins. Its form is checked where it is read: 400, as for all that was never given out."""


def _no_truth(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("is a truth value, not a number")  # noqa: TRY004 - pydantic tells no other
    return value


def _no_number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError("is a number, not true or false")  # noqa: TRY004 - pydantic tells no other
    return value


Whole = Annotated[int, BeforeValidator(_no_truth)]
"""A whole number, in JSON or as a form writes it; pydantic alone takes true for 1."""

Truth = Annotated[bool, BeforeValidator(_no_number)]
"""true or false, in JSON or as a form writes it; pydantic alone takes 1 for true."""

M = TypeVar("M", bound=BaseModel)


class MalformedRequestError(ArtDagError):
    """The request's body or query cannot be read at all."""

    code = "malformed"


class MediaTypeError(ArtDagError):
    """The request's body is of a type that this route does not read."""

    code = "unsupported_media_type"


def payload(*, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Return the body as a dict; none at all is an empty one.

    In a form ``inputs.day=…`` means ``{"inputs": {"day": …}}`` and a field given several times is a list.

    Raises:
        MalformedRequestError: when it is no JSON object, has the same key twice, or is nested too deeply.
        MediaTypeError: when it is neither JSON nor a form.
    """
    request.max_content_length = max_bytes
    if (request.content_length or 0) > max_bytes and request.mimetype != "multipart/form-data":
        raise RequestEntityTooLarge  # whoever looked for files before has begun the stream with another limit
    mimetype = request.mimetype
    if mimetype == "application/json" or mimetype.endswith("+json"):
        return _from_json(request.get_data())
    if mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return _from_form(request.form)
    if request.get_data():
        raise MediaTypeError(f"this route reads application/json or a form, not {mimetype or 'an unnamed type'}")
    return {}


def query(model: type[M]) -> M:
    """Return the query string as *model*; an empty field counts as not given, unless a number should stand there."""
    numbers = {name for name, field in model.model_fields.items() if field.annotation in (int, float)}
    return model.model_validate({name: value for name, value in request.args.items() if value != "" or name in numbers})


def query_groups() -> dict[str, Any]:
    """Return the query string as :func:`payload` returns a form: ``params.size=3`` means ``{"params": {"size": …}}``.

    Raises:
        MalformedRequestError: as it does.
    """
    return _from_form(request.args)


def _from_form(form: MultiDict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, values in form.lists():
        if name == "csrf_token":
            continue
        group, dot, key = name.partition(".")
        place, last = (found.setdefault(group, {}), key) if dot else (found, group)
        if not isinstance(place, dict) or last in place:
            raise MalformedRequestError(f"the form gives {group[:80]!r} both as a value and as a group")
        place[last] = values[0] if len(values) == 1 else values
    _check(found)
    return found


def _from_json(data: bytes) -> dict[str, Any]:
    if not data.strip():
        return {}
    try:
        found = json.loads(
            data, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole
        )
    except RecursionError:
        raise MalformedRequestError("the body is nested too deeply") from None
    except ValueError as error:  # also UnicodeDecodeError
        raise MalformedRequestError(f"the body is not JSON: {error}"[:300]) from None
    if not isinstance(found, dict):
        raise MalformedRequestError("the body must be a JSON object")
    _check(found)
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} is given twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} has no meaning in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large")
    return number


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(text)


def _check(found: dict[str, Any]) -> None:
    """Refuse what would fail far from here: bottomless nesting, and text that no encoding can carry."""
    level: list[Any] = [found]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.keys())
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, str) and any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in value):
                raise MalformedRequestError("a text holds a NUL or half of a surrogate pair")
        if not below:
            return
        level = below
    raise MalformedRequestError(f"the body is nested more than {MAX_DEPTH} levels deep")
