"""A plan: recipe, inputs and settings with nothing left to decide. A value: equal for equal work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from artdag.codec.profile import profile_for
from artdag.digest import Digest, StepKey, canonical_json, digest_bytes, record_key, source_key
from artdag.media import Shape

STEP_RECORD = "artdag/step/1"
PLAN_RECORD = "artdag/plan/1"

SOURCE = "SOURCE"
ENCODE = "ENCODE"
"""The step that writes an output file: its settings are those of the output's profile."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One piece of work. Its key names it before it is done; labels, users and times are not part of it."""

    type: str
    """Node type, or ``SOURCE``, or ``ENCODE``."""
    effect: str | None = None
    code: Digest | None = None
    """Code hash of the node type and, for an EFFECT, of the effect."""
    params: Mapping[str, Any]
    """Settled, defaults included. For a SOURCE: its digest and facts."""
    inputs: tuple[tuple[str, StepKey], ...] = ()
    """(slot, key) in order: order is meaning."""
    toolchain: str
    shape: Shape

    @cached_property
    def key(self) -> StepKey:
        if self.type == SOURCE:
            return source_key(Digest(self.params["digest"]))
        return record_key(STEP_RECORD, *self.material.values())

    @property
    def material(self) -> dict[str, Any]:
        """What the key is made of."""
        return {
            "type": self.type,
            "effect": self.effect,
            "code": self.code,
            "params": dict(self.params),
            "inputs": [list(pair) for pair in self.inputs],
            "toolchain": self.toolchain,
        }

    def to_json(self) -> dict[str, Any]:
        return {"key": self.key, "shape": self.shape.to_json(), **self.material}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Step:
        return cls(
            type=record["type"],
            effect=record["effect"],
            code=Digest(record["code"]) if record["code"] else None,
            params=record["params"],
            inputs=tuple((slot, StepKey.parse(key)) for slot, key in record["inputs"]),
            toolchain=record["toolchain"],
            shape=Shape.from_json(record["shape"]),
        )


def encoding(key: StepKey, shape: Shape, profile_name: str | None, toolchain: str) -> Step:
    """Return the step that writes what the step *key* gives to a file, in the usual way where none is named.

    Raises:
        ParameterError: when there is no such profile, or it cannot hold this.
    """
    profile = profile_for(shape.kind, profile_name)
    return Step(
        type=ENCODE,
        params={"profile": profile.name, "settings": profile.fitted(shape).settings()},
        inputs=(("input", key),),
        toolchain=toolchain,
        shape=shape,
    )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Steps in topological order, inputs before users."""

    recipe_id: Digest
    steps: tuple[Step, ...]
    nodes: Mapping[str, StepKey]
    """Node id of the recipe -> its step; several nodes may name one step. Nodes no output needs are not here."""
    outputs: Mapping[str, StepKey]
    """Output name -> its step: an ENCODE, or a SOURCE where the output is an input's own bytes."""
    first_part: bool = False
    """True where only what has to be heard first is in it; the outputs are then ANALYZE nodes and their reports."""

    @cached_property
    def by_key(self) -> Mapping[StepKey, Step]:
        return {step.key: step for step in self.steps}

    @cached_property
    def node_of(self) -> Mapping[StepKey, str]:
        """Step -> the first of the nodes that came to it; steps of assets and outputs have none."""
        return {key: node for node, key in reversed(list(self.nodes.items()))}

    @cached_property
    def plan_id(self) -> Digest:
        """The name of this value: the digest of its JSON, which is also how it is kept as a blob."""
        return digest_bytes(self.to_bytes())

    def to_bytes(self) -> bytes:
        return canonical_json(self.to_json())

    def to_json(self) -> dict[str, Any]:
        return {
            "record": PLAN_RECORD,
            "recipe_id": self.recipe_id,
            "steps": [step.to_json() for step in self.steps],
            "nodes": dict(self.nodes),
            "outputs": [list(pair) for pair in self.outputs.items()],  # the first one is the main output
            **({"first_part": True} if self.first_part else {}),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Plan:
        return cls(
            recipe_id=Digest.parse(record["recipe_id"]),
            steps=tuple(Step.from_json(step) for step in record["steps"]),
            nodes={node: StepKey.parse(key) for node, key in record["nodes"].items()},
            outputs={name: StepKey.parse(key) for name, key in record["outputs"]},
            first_part=record.get("first_part", False),
        )

    def behind(self, *keys: StepKey) -> tuple[Step, ...]:
        """Return the steps that *keys* need, themselves included, in the plan's order."""
        needed: set[StepKey] = set()
        waiting = list(keys)
        while waiting:
            one = waiting.pop()
            if one not in needed:
                needed.add(one)
                waiting.extend(source for _, source in self.by_key[one].inputs)
        return tuple(step for step in self.steps if step.key in needed)
