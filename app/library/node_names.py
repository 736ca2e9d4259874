"""What the names of nodes say: ``cuts[3]`` is a piece of a list, ``sub.inner`` stands in the recipe at ``sub``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_OF_LIST = re.compile(r"(?P<name>.+)\[(?P<place>[0-9]{1,9})\]", re.ASCII)


def list_of(node: str) -> tuple[str, int] | None:
    """Return the list and the place in it that a node's name tells; None where it is in none."""
    match = _OF_LIST.fullmatch(node)
    return (match["name"], int(match["place"])) if match else None


def shown_name(node: str) -> str:
    """Return ``sub › inner`` for ``sub.inner``."""
    return " › ".join(node.split("."))


def by_input(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return what each input is given, in order, whether a list is spelt as one or as ``node[0]``, ``node[1]``.

    What is no text is passed over.
    """
    found: dict[str, tuple[str, ...]] = {}
    placed: dict[str, dict[int, str]] = {}
    for name, value in given.items():
        named = list_of(name)
        if named is not None and isinstance(value, str):
            found.setdefault(named[0], ())
            placed.setdefault(named[0], {})[named[1]] = value
        else:
            values = value if isinstance(value, list | tuple) else [value]
            found[name] = tuple(one for one in values if isinstance(one, str))
    return found | {name: tuple(value for _, value in sorted(values.items())) for name, values in placed.items()}
