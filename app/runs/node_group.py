"""Nodes as people see them: those of one list together, and those of a recipe inside the recipe under its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from app.library.node_names import list_of, shown_name

WEIGHT = ("failed", "running", "joined", "blocked", "cancelled", "pending", "done", "cached")
"""States, the one first that matters most of several."""


class Stated(Protocol):
    """A node with a state and a reason in words."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def word(self) -> str | None: ...
    @property
    def reason(self) -> str: ...


N = TypeVar("N", bound=Stated)


def weightiest(states: Iterable[str]) -> str | None:
    """Return the state that matters most; None where there is none."""
    return min(states, key=lambda state: WEIGHT.index(state) if state in WEIGHT else len(WEIGHT), default=None)


@dataclass(frozen=True)
class NodeGroup(Generic[N]):
    """A node, or all that are in one list."""

    id: str
    """That of the list, or of the single node."""
    members: tuple[N, ...]
    """In the list's order."""

    @property
    def first(self) -> N:
        return self.members[0]

    @property
    def is_list(self) -> bool:
        return len(self.members) > 1

    @property
    def name(self) -> str:
        return shown_name(self.id)

    @cached_property
    def title(self) -> str:
        """What each of them does."""
        return " or ".join(dict.fromkeys(member.title for member in self.members))

    @cached_property
    def state(self) -> str:
        return weightiest(member.state for member in self.members) or "pending"

    @cached_property
    def tally(self) -> tuple[tuple[str, str, int], ...]:
        """(state, word for it, how many), the state that matters most first."""
        words = {member.state: member.word or state_word(member.state) for member in self.members}
        states = [member.state for member in self.members]
        return tuple((state, words[state], states.count(state)) for state in sorted(words, key=_weight))

    @property
    def words(self) -> str:
        """How many there are and where they stand, such as ``24 pieces, 20 reused``."""
        told = ", ".join(f"{count:,} {word}" for _, word, count in self.tally)
        if len(self.tally) == 1:
            told = f"all {self.tally[0][1]}" if self.is_list else self.tally[0][1]
        return f"{len(self.members):,} pieces, {told}" if self.is_list else told

    @cached_property
    def reason(self) -> str:
        """Why, for those whose state matters most."""
        told = [member.reason for member in self.members if member.state == self.state]
        reasons = list(dict.fromkeys(told))
        why = reasons[0] if len(reasons) == 1 else f"{reasons[0]}; others for other reasons"
        return why if len(told) == len(self.members) else f"{len(told):,} of them: {why}"


def state_word(state: str) -> str:
    """Return what people call a state where nothing else is said."""
    return "reused" if state == "cached" else state


def grouped(nodes: Iterable[N]) -> tuple[NodeGroup[N], ...]:
    """Return *nodes* in their order, those of a list at the place of the first of them."""
    found: dict[tuple[str, int], list[tuple[int, N]]] = {}
    for position, node in enumerate(nodes):
        named = list_of(node.id)
        key, place = ((named[0], -1), named[1]) if named else ((node.id, position), 0)
        found.setdefault(key, []).append((place, node))
    return tuple(
        NodeGroup(name, tuple(node for _, node in sorted(members, key=lambda pair: pair[0])))
        for (name, _), members in found.items()
    )


def _weight(state: str) -> int:
    return WEIGHT.index(state) if state in WEIGHT else len(WEIGHT)
