"""The shape of a DAG: order and cycles, without recursion, for chains of any length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def topological(inputs: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str]]:
    """Return the nodes with inputs before users, and the nodes of one cycle where there is one.

    Args:
        inputs: node -> the nodes it takes from; names that are no node are passed over.

    Returns:
        (order, cycle): nodes on or behind a cycle are missing from the order; the cycle is named in its own direction.
    """
    waiting = {node: sum(source in inputs for source in sources) for node, sources in inputs.items()}
    users: dict[str, list[str]] = {node: [] for node in inputs}
    for node, sources in inputs.items():
        for source in sources:
            if source in users:
                users[source].append(node)
    ready = [node for node, count in waiting.items() if count == 0]
    order: list[str] = []
    for node in ready:  # grows while it is walked
        order.append(node)
        for user in users[node]:
            waiting[user] -= 1
            if waiting[user] == 0:
                ready.append(user)
    if len(order) == len(inputs):
        return order, []
    return order, _cycle(inputs, set(inputs) - set(order))


def _cycle(inputs: Mapping[str, Sequence[str]], left: set[str]) -> list[str]:
    """Return one cycle among *left*, where every node has an input that is also left, or is behind one."""
    node = next(node for node in inputs if node in left)
    seen: dict[str, int] = {}
    path: list[str] = []
    while node not in seen:
        seen[node] = len(path)
        path.append(node)
        node = next(source for source in inputs[node] if source in left)
    return path[seen[node] :][::-1]


def behind(inputs: Mapping[str, Sequence[str]], wanted: Iterable[str]) -> set[str]:
    """Return the nodes that *wanted* need, themselves included."""
    found: set[str] = set()
    waiting = [node for node in wanted if node in inputs]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(source for source in inputs[node] if source in inputs)
    return found
