"""From words on a command line to a request: recipes and media that are files are uploaded first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.client.answers import UsageError, checked
from app.client.doors import Door
from app.client.sending import send


def recipe_word(door: Door, word: str) -> str:
    """Return what the API calls the recipe *word*; a word that ends in .yaml is a file."""
    file = Path(word)
    if file.suffix not in (".yaml", ".yml"):
        return word
    if not file.is_file():
        raise UsageError(f"there is no file {word}")
    return str(checked(door.upload("/recipes/upload", file))["id"])


def inputs_of(door: Door, words: Sequence[str]) -> list[str] | dict[str, str | list[str]]:
    """Return the inputs as the API takes them: in order, or by node; a node that is named again has a list."""
    named = [word.partition("=") for word in words if "=" in word and not Path(word).exists()]
    if named and len(named) != len(words):
        raise UsageError("give all inputs in order, or all as NODE=…")
    if not named:
        return [_medium(door, word) for word in words]
    found: dict[str, str | list[str]] = {}
    for node, _, value in named:
        medium, before = _medium(door, value), found.get(node)
        found[node] = medium if before is None else [*([before] if isinstance(before, str) else before), medium]
    return found


def param(text: str) -> tuple[str, Any]:
    """Return name and value of ``NAME=VALUE``; a value that is no JSON is a text."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"-p takes NAME=VALUE, not {text!r}")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value  # a text needs no quotes


def _medium(door: Door, word: str) -> str:
    """Return a content hash or name: a word with a dot or a slash in it is a file, and is uploaded."""
    looks_like_file = "/" in word or "." in word
    if not looks_like_file:
        return word
    file = Path(word)
    if not file.is_file():
        raise UsageError(f"there is no file {word}")
    return str(send(door, file)["content_hash"])
