"""Why the work of a plan is other work than that of an earlier one: node by node, from what their keys are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import zip_longest
from typing import Any

from artdag.animation import is_animation, is_bind, rebound
from artdag.digest import StepKey
from artdag.media import SAMPLE_RATE
from artdag.plan import ENCODE, SOURCE, Plan, Step
from artdag.value_words import format_value

_NAMED = 3
"""So many changes, or nodes, are named in a sentence; the rest is counted."""
_LONGEST = 60
"""A value that takes more characters is not written out."""
_COUNTED_IN_FRAMES = frozenset({"first", "count", "held", "frame_count", "counts", "overlaps", "starts"})
"""Settled settings that node types write down in frames, or samples of a sound: told as times."""


class Reason(StrEnum):
    """What makes a node's work other work."""

    SAME = "same"
    """Nothing: it is the same."""
    NEW = "new"
    """The earlier plan has no such node."""
    INPUT = "input"
    """Other bytes are given."""
    OPERATION = "operation"
    """It does something else."""
    SETTINGS = "settings"
    WIRING = "wiring"
    """It takes from other nodes."""
    CODE = "code"
    TOOLCHAIN = "toolchain"
    """The engine's core or a library that it stands on."""
    UPSTREAM = "upstream"
    """Nothing of its own, but a node that it takes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One setting that is another one."""

    setting: str
    before: Any
    """None: it was not set."""
    after: Any
    words: str
    """Both, as people read them: ``0.4 → 0.5``."""

    def to_json(self) -> dict[str, Any]:
        return {"setting": self.setting, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What sets a node's work apart from that of the node of the same name in the earlier plan."""

    reasons: tuple[Reason, ...]
    """Never empty; the one that tells most comes first."""
    changes: tuple[Change, ...] = ()
    upstream: tuple[str, ...] = ()
    """The nodes behind it that are themselves the cause."""
    words: str
    """A clause for people, such as ```amount` 0.4 → 0.5``; empty where the work is the same."""

    @property
    def is_same(self) -> bool:
        return self.reasons == (Reason.SAME,)

    @property
    def is_cause(self) -> bool:
        """Whether it has a reason of its own, rather than one behind it."""
        return self.reasons[0] not in (Reason.SAME, Reason.UPSTREAM)

    @property
    def changes_input(self) -> bool:
        """Whether it is an input that is given other bytes."""
        return self.reasons[0] is Reason.INPUT

    def to_json(self) -> dict[str, Any]:
        return {
            "reasons": [reason.value for reason in self.reasons],
            "changes": [change.to_json() for change in self.changes],
            "upstream": list(self.upstream),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A plan that somebody had carried out before, and what that is called."""

    plan: Plan
    name: str
    """Such as ``run 1a2b3c4d``."""


_SAME = Difference(reasons=(Reason.SAME,), words="")
_NEW = Difference(reasons=(Reason.NEW,), words="it is a new node")


def nearest(plan: Plan, earlier: Iterable[Earlier]) -> Earlier | None:
    """Return the one that has most work in common with *plan*, then most nodes, then most inputs; the first of such.

    None where no node is the same, not even by its name and what it does.
    """
    sources = {step.key for step in plan.steps if step.type == SOURCE}
    work = plan.by_key.keys() - sources
    does = _does(plan)
    best, found = (0, 0, 0), None
    for one in earlier:
        there = one.plan.by_key.keys()
        score = (len(work & there), len(does & _does(one.plan)), len(sources & there))
        if score > best and score[:2] != (0, 0):
            best, found = score, one
    return found


def _does(plan: Plan) -> set[tuple[str, str, str | None]]:
    return {(node, plan.by_key[key].type, plan.by_key[key].effect) for node, key in plan.nodes.items()}


def differences(plan: Plan, before: Plan) -> dict[str, Difference]:
    """Return for each node of *plan* how its work differs from that of the same node in *before*.

    An output's way of being written is told under its name in brackets, such as ``[result]``.
    """
    place = {step.key: position for position, step in enumerate(plan.steps)}
    found: dict[str, Difference] = {}
    causes: dict[StepKey, tuple[str, ...]] = {}
    for node, key in sorted(plan.nodes.items(), key=lambda pair: place[pair[1]]):
        step = plan.by_key[key]
        behind = dict.fromkeys(cause for _, source in step.inputs for cause in causes.get(source, ()))
        difference = _difference(node, plan, step, before, tuple(behind), found)
        found[node] = difference
        causes.setdefault(key, (node,) if difference.is_cause else difference.upstream)
    return found | {f"[{name}]": _output_difference(name, plan, before) for name in plan.outputs}


def _difference(
    node: str, plan: Plan, step: Step, before: Plan, behind: tuple[str, ...], known: Mapping[str, Difference]
) -> Difference:
    key = before.nodes.get(node)
    if step.key in before.by_key:
        return _SAME  # under this name or another one
    if key is None:
        return _NEW
    old = before.by_key[key]
    if step.type == SOURCE and old.type == SOURCE:
        words = f"`{node}` is another input: {old.params['digest'][:8]} → {step.params['digest'][:8]}"
        return Difference(reasons=(Reason.INPUT,), words=words)
    if (old.type, old.effect) != (step.type, step.effect):
        words = f"it was {old.effect or old.type} and is {step.effect or step.type}"
        return Difference(reasons=(Reason.OPERATION,), words=words)
    told = dict(_own(plan, step, before, old))
    changes = tuple(_changes(plan, step, before, old))
    if changes:
        told = {Reason.SETTINGS: _and([f"`{one.setting}` {one.words}" for one in changes], "setting"), **told}
    if behind:
        told[Reason.UPSTREAM] = _upstream(behind, known)
    if not told:  # a node without a name, such as an asset that the operator changed
        told[Reason.UPSTREAM] = "what comes into it changed"
    return Difference(reasons=tuple(told), changes=changes, upstream=behind, words=_and(list(told.values())))


def _own(plan: Plan, step: Step, before: Plan, old: Step) -> Iterator[tuple[Reason, str]]:
    """Give what else changed of the step itself: wires, code, toolchain."""
    wires, old_wires = _wires(plan, step), _wires(before, old)
    if wires != old_wires:
        pairs = zip_longest(wires, old_wires, fillvalue=("", ""))
        new, gone = next((new, gone) for new, gone in pairs if new != gone)
        if len(wires) != len(old_wires):
            yield Reason.WIRING, f"it takes {len(wires)} inputs where it took {len(old_wires)}"
        else:
            yield Reason.WIRING, f"it takes `{new[1]}` where it took `{gone[1]}`"
    if old.code != step.code:
        yield Reason.CODE, f"the code of {step.effect or step.type} changed"
    if old.toolchain != step.toolchain:
        yield Reason.TOOLCHAIN, f"the engine or a library of it changed ({_toolchains(old.toolchain, step.toolchain)})"


def _wires(plan: Plan, step: Step) -> list[tuple[str, str]]:
    return [(slot, plan.node_of.get(key, "an asset")) for slot, key in step.inputs]


def _toolchains(before: str, after: str) -> str:
    """Return what is other in the names of two builds, part by part."""
    old, new = (text.replace(",", ";").split(";") for text in (before, after))
    pairs = [(one.strip(), other.strip()) for one, other in zip_longest(old, new, fillvalue="") if one != other]
    return _and([f"{one or 'nothing'} → {other.rpartition(' ')[2] or 'nothing'}" for one, other in pairs], "part")


def _output_difference(name: str, plan: Plan, before: Plan) -> Difference:
    """Return how the file that is written differs in the way it is written; what is shown in it aside."""
    step = plan.by_key[plan.outputs[name]]
    if step.key in before.by_key:
        return _SAME
    if name not in before.outputs:
        return Difference(reasons=(Reason.NEW,), words=f"the output `{name}` is new")
    old = before.by_key[before.outputs[name]]
    if step.type == old.type == ENCODE and any(step.params[name] != old.params[name] for name in _WRITTEN):
        words = f"`profile` {old.params['profile']} → {step.params['profile']}"
        if step.params["profile"] == old.params["profile"]:
            words = f"the profile {step.params['profile']} changed"
        return Difference(reasons=(Reason.SETTINGS,), words=words)
    return Difference(reasons=(Reason.UPSTREAM,), words="what it shows changed")


_WRITTEN = ("profile", "settings")
"""What decides how a file is written; what of an input is copied into it follows from what it shows."""


def _upstream(causes: Sequence[str], known: Mapping[str, Difference]) -> str:
    if len(causes) == 1 and known[causes[0]].reasons[0] is Reason.INPUT:
        return known[causes[0]].words
    if len(causes) == 1 and (why := known[causes[0]]).reasons[0] is Reason.SETTINGS and len(why.changes) == 1:
        return f"`{causes[0]}` before it changed ({why.words})"
    return f"{_and([f'`{cause}`' for cause in causes], 'node')} before it changed"


# --- settings ---


def _changes(plan: Plan, step: Step, before: Plan, old: Step) -> Iterator[Change]:
    new, gone = dict(_flat(_named(plan, step))), dict(_flat(_named(before, old)))
    paths = [path for path in dict.fromkeys([*new, *gone]) if new.get(path) != gone.get(path)]
    last = [path[-1] for path in paths]
    for path in paths:
        short = path[-1] if last.count(path[-1]) == 1 and not path[-1].isdigit() else ".".join(path)
        words = [_words(path[-1], value.get(path), which) for value, which in ((gone, old), (new, step))]
        yield Change(setting=short, before=gone.get(path), after=new.get(path), words=_arrow(*words))


def told_change(before: Any, after: Any) -> str:
    """Return ``0.4 → 0.5``, or ``changed`` where that would be too long to read."""
    return _arrow(format_value(before), format_value(after))


def _arrow(before: str, after: str) -> str:
    too_long = max(len(before), len(after)) > _LONGEST
    return "changed" if too_long or before == after else f"{before} → {after}"


def _named(plan: Plan, step: Step) -> Any:
    """Return the step's settings, those that follow a sound with the name of the node that heard it."""
    follows = {slot: plan.node_of[key] for slot, key in step.inputs if is_bind(slot) and key in plan.node_of}
    return rebound(dict(step.params), follows)


def _flat(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give (path, value) of all that is set in *value*: maps by name, lists of operations by theirs."""
    named = value if isinstance(value, Mapping) and not is_animation(value) else None
    if isinstance(value, list) and value and all(_is_operation(entry) for entry in value):
        named = dict(value) if len({entry[0] for entry in value}) == len(value) else None
    elif isinstance(value, list) and any(isinstance(entry, list | Mapping) for entry in value):
        named = {str(position): entry for position, entry in enumerate(value)}
    if named is None:
        yield path, value
        return
    for name, inner in named.items():
        yield from _flat(inner, (*path, str(name)))


def _is_operation(entry: Any) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)


def _words(name: str, value: Any, step: Step) -> str:
    if value is None:
        return "not set"
    if name not in _COUNTED_IN_FRAMES:
        return format_value(value)
    rate = step.shape.video.frame_rate if step.shape.video is not None else Fraction(SAMPLE_RATE)
    counts = value if isinstance(value, list) else [value]
    if not all(isinstance(count, int) for count in counts):
        return format_value(value)
    return f"{format_value([round(float(count / rate), 3) for count in counts])} s"


def _and(words: Sequence[str], noun: str = "") -> str:
    named = list(words)
    if noun and len(words) > _NAMED + 1:
        named = [*words[:_NAMED], f"{len(words) - _NAMED} {noun}s more"]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
