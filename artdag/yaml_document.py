"""YAML as plain values that remember where they stood, read safely.

The YAML 1.2 core schema decides what a plain word means (``no`` is text, ``1e3`` a number). Anchors, aliases, tags,
several documents, duplicate keys, great depth and great size are refused before any value is built, so that no text
can cost more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from artdag.errors import MAX_PROBLEMS, Problem, RecipeError

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_SCALAR = 65_536

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]{1,18}|0o[0-7]{1,20}|0x[0-9a-fA-F]{1,15}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,5})?", re.ASCII)
_WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A value of maps with text keys, lists and scalars, and the place of each part of it."""

    value: Any
    marks: Mapping[str, tuple[int, int]]
    """Dotted path -> line and column, from 1; the whole document is ``""``."""

    def problem(self, field: str, message: str, *, node: str | None = None, hint: str | None = None) -> Problem:
        """Return the problem at *field*, or at the nearest part around it that stands in the text."""
        place = field
        while place not in self.marks and place:
            place = place.rpartition(".")[0]
        line, column = self.marks.get(place, (1, 1))
        return Problem(message=message, field=field or None, line=line, column=column, node=node, hint=hint)


def read_yaml(text: bytes) -> Document:
    """Return the document in *text*.

    Raises:
        RecipeError: with line and column, for everything that is not one plain document.
    """
    if len(text) > MAX_BYTES:
        raise _refused(f"a recipe may have {MAX_BYTES:,} bytes; this one has {len(text):,}")
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(f"a recipe is UTF-8 text; byte {error.start} is not") from error
    if not decoded.strip():
        raise _refused("the recipe is empty")
    builder = _Builder()
    try:
        for event in yaml.parse(decoded, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = {"line": mark.line + 1, "column": mark.column + 1} if mark else {}
        raise _refused(f"this is not YAML: {error.problem or error.context}", **where) from error
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise _refused(f"this is not YAML: {str(error).splitlines()[0]}") from error
    if builder.problems:
        raise RecipeError.of(builder.problems)
    return Document(builder.root, builder.marks)


def _refused(message: str, **where: Any) -> RecipeError:
    return RecipeError.of([Problem(message=message, **where)])


class _Builder:
    """Builds the value from parser events, without recursion."""

    def __init__(self) -> None:
        self.root: Any = None
        self.marks: dict[str, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self._stack: list[tuple[str, Any]] = []  # (path, container)
        self._key: list[str | None] = []  # the pending key of each open map
        self._documents = 0

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._checked(event)
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._checked(event)
            container: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            if self._is_key():
                raise self._stop(event, "a key must be a plain word, not a map or a list")
            path = self._place(container, event)
            if len(self._stack) >= MAX_DEPTH:
                raise self._stop(event, f"a recipe may be {MAX_DEPTH} levels deep, no more")
            self._stack.append((path, container))
            self._key.append(None)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._stack.pop()
            self._key.pop()
        elif isinstance(event, yaml.AliasEvent):
            raise self._stop(event, "aliases (*name) are not part of the recipe language: write the value out")
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._stop(event, "a recipe is one document: remove the second '---'")

    def _checked(self, event: Any) -> None:
        if event.anchor is not None:
            raise self._stop(event, "anchors (&name) are not part of the recipe language: write the value out")
        if event.tag is not None and event.tag != "!":
            raise self._stop(event, f"tags such as {str(event.tag)[:40]!r} are not part of the recipe language")

    def _scalar(self, event: Any) -> None:
        if len(event.value) > MAX_SCALAR:
            raise self._stop(event, f"a text may have {MAX_SCALAR:,} characters, no more")
        if self._is_key():
            _, container = self._stack[-1]
            if event.value in container:
                self._note(event, f"the key {event.value[:80]!r} stands here twice")
                if len(self.problems) >= MAX_PROBLEMS:
                    raise RecipeError.of(self.problems)
            self._key[-1] = event.value
            return
        value = _plain(event.value) if event.implicit[0] and event.style in (None, "") else event.value
        if value is _TOO_LONG:
            raise self._stop(event, "this number has too many digits")
        self._place(value, event)

    def _is_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1][1], dict) and self._key[-1] is None

    def _place(self, value: Any, event: Any) -> str:
        mark = (event.start_mark.line + 1, event.start_mark.column + 1)
        if not self._stack:
            self.root = value
            self.marks[""] = mark
            return ""
        path, container = self._stack[-1]
        if isinstance(container, dict):
            name = str(self._key[-1])
            self._key[-1] = None
            container[name] = value
        else:
            name = str(len(container))
            container.append(value)
        own = f"{path}.{name}" if path else name
        self.marks[own] = mark
        return own

    def _note(self, event: Any, message: str) -> None:
        mark = event.start_mark
        self.problems.append(Problem(message=message, line=mark.line + 1, column=mark.column + 1))

    def _stop(self, event: Any, message: str) -> RecipeError:
        self._note(event, message)
        return RecipeError.of(self.problems)


_TOO_LONG: Any = object()


def _plain(word: str) -> Any:
    if word in _WORDS:
        return _WORDS[word]
    if _INT.fullmatch(word):
        return int(word, 0) if word[:2] in ("0o", "0x") else int(word)
    if word.lstrip("+-").isdigit() and len(word) > 18:
        return _TOO_LONG
    if _FLOAT.fullmatch(word):
        return float(word)
    return word
