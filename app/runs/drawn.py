"""What is to be drawn of a DAG: its nodes, each list as one box, and more of them folded where they are many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.library.node_names import list_of, shown_name
from app.runs.node_group import state_word, weightiest
from artdag.dag import topological
from artdag.recipe import Node

FOLLOWS = "follows"
"""The slot of an edge along which no picture and no sound goes: a setting follows what the other node heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A node to draw."""

    id: str
    title: str
    subtitle: str = ""
    state: str | None = None
    word: str | None = None
    """What to call the state, where not by its name."""
    inputs: tuple[tuple[str, str], ...] = ()
    """(slot, node id)"""
    href: str | None = None
    picture: str | None = None
    """Address of an image to show in the box."""
    members: int = 1
    """How many nodes the box stands for."""
    is_list: bool = False
    """Whether they are the pieces of a list."""


def is_timing(node: Node, slot: str | int) -> bool:
    """Tell whether a MAP takes the lengths of its pieces by this slot, and nothing that is seen or heard."""
    return node.type == "MAP" and slot in ("timing", 1)


def with_lists_folded(nodes: Sequence[Drawn]) -> tuple[Drawn, ...]:
    """Return *nodes* with every list as one box: twenty-four cuts are one thing to whoever looks."""
    lists = {node.id: named[0] for node in nodes if (named := list_of(node.id)) is not None}
    return _folded(nodes, lists, _list)


def with_recipes_folded(nodes: Sequence[Drawn]) -> tuple[Drawn, ...]:
    """Return *nodes* with every recipe inside the recipe as one box."""
    outermost = {node.id: node.id.partition(".")[0] for node in nodes if "." in node.id}
    return _folded(nodes, outermost, _recipe)


def with_chains_folded(nodes: Iterable[Drawn]) -> tuple[Drawn, ...]:
    """Return *nodes* with every chain (one input, one user, in a row) as one box."""
    found = list(nodes)
    known = {node.id for node in found}
    users: dict[str, int] = {}
    for node in found:
        for _, source in node.inputs:
            users[source] = users.get(source, 0) + 1
    stands_for: dict[str, str] = {}
    boxes: dict[str, Drawn] = {}
    for node in found:
        inputs = tuple((slot, stands_for[source]) for slot, source in node.inputs if source in known)
        before = boxes[inputs[0][1]] if len(inputs) == 1 and users[node.inputs[0][1]] == 1 else None
        if before is not None and before.inputs:
            members = before.members + node.members
            first = before.title.partition(" … ")[0]
            boxes[before.id] = replace(
                before,
                title=f"{first} … {node.title}",
                subtitle=f"{members} steps",
                state=_joint([before, node]),
                members=members,
            )
            stands_for[node.id] = before.id
        else:
            boxes[node.id] = replace(node, inputs=inputs)
            stands_for[node.id] = node.id
    return tuple(boxes.values())


def _folded(
    nodes: Sequence[Drawn], box_of: Mapping[str, str], fold: Callable[[str, list[Drawn]], Drawn]
) -> tuple[Drawn, ...]:
    """Return *nodes* with one box, made by *fold*, for all that have the same one in *box_of*."""
    if not box_of:
        return tuple(nodes)
    members: dict[str, list[Drawn]] = {}
    for node in nodes:
        members.setdefault(box_of.get(node.id, node.id), []).append(node)
    boxes: dict[str, Drawn] = {}
    for name, found in members.items():
        wires = dict.fromkeys((slot, box_of.get(source, source)) for node in found for slot, source in node.inputs)
        one = fold(name, found) if len(found) > 1 else replace(found[0], title=shown_name(name))
        boxes[name] = replace(one, id=name, inputs=tuple(wire for wire in wires if wire[1] != name))
    order, circle = topological({name: [source for _, source in box.inputs] for name, box in boxes.items()})
    # equal work in two places is one node here, and so a box may come to stand on both sides of another
    return tuple(nodes) if circle else tuple(boxes[name] for name in order)


def _list(name: str, found: list[Drawn]) -> Drawn:
    return replace(
        found[0],
        title=shown_name(name),
        subtitle=f"{len(found)} × {' or '.join(dict.fromkeys(node.subtitle for node in found))}",
        state=_joint(found),
        word=_joint_word(found),
        href=None,
        members=len(found),
        is_list=True,
    )


def _recipe(name: str, found: list[Drawn]) -> Drawn:
    members = sum(node.members for node in found)
    shown = next((node for node in found if node.picture), found[0])
    return replace(
        shown,
        title=name,
        subtitle=f"recipe of {members} steps",
        state=_joint(found),
        word=None,
        href=None,
        members=members,
        is_list=False,
    )


def _joint(nodes: Iterable[Drawn]) -> str | None:
    """The state that matters most."""
    return weightiest(node.state for node in nodes if node.state is not None)


def _joint_word(nodes: Sequence[Drawn]) -> str | None:
    state = _joint(nodes)
    if state is None:
        return None
    those = [node for node in nodes if node.state == state]
    word = those[0].word or state_word(state)
    return word if len(those) == len(nodes) else f"{len(those)}/{len(nodes)} {word}"
