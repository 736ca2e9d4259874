"""Identity: who did it, ``@name@host``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from artdag.errors import ParameterError

_ACTOR = re.compile(r"@(?P<name>[A-Za-z0-9_.-]{1,64})@(?P<host>[A-Za-z0-9.:-]{1,255})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Identity:
    """A person or service, by the name that the server *host* vouches for."""

    name: str
    host: str

    def __str__(self) -> str:
        return f"@{self.name}@{self.host}"

    @classmethod
    def parse(cls, text: str) -> Identity:
        """Return the identity written as ``@name@host``.

        Raises:
            ParameterError: when *text* has another form; look-alike letters and markup have none here.
        """
        found = _ACTOR.fullmatch(text)
        if found is None:
            raise ParameterError(f"{text[:80]!r} is not an actor: write @name@host")
        return cls(found["name"], found["host"])


LOCAL = Identity("local", "localhost")
"""Everybody, in single-user mode."""
