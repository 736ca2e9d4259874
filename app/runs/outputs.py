"""What a plan's outputs came to, as far as they are there; and putting them into their owner's library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.services import Services
from app.storage.media_index import MediaEntry
from artdag.digest import Digest, StepKey
from artdag.media import MediaFacts
from artdag.plan import SOURCE, Plan
from artdag.result_cache import Result
from artdag.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The outputs of a plan."""

    digests: Mapping[str, Digest]
    """By name, in the plan's order; those that are there."""
    facts: Mapping[Digest, MediaFacts]
    results: Mapping[StepKey, Result]
    """Of those that were rendered; an input's own bytes are no result."""
    missing: frozenset[StepKey]
    fresh: bool
    """Whether today's probe found the facts: those of a plan that an earlier build made are that build's."""


def find_outputs(services: Services, plan: Plan) -> Outputs:
    """Return what is there; a result whose bytes are gone counts as missing."""
    results = services.results.get_many(
        key for key in dict.fromkeys(plan.outputs.values()) if plan.by_key[key].type != SOURCE
    )
    results = {key: result for key, result in results.items() if services.content.has(result.digest)}
    digests: dict[str, Digest] = {}
    facts: dict[Digest, MediaFacts] = {}
    missing: set[StepKey] = set()
    for name, key in plan.outputs.items():
        step = plan.by_key[key]
        if step.type == SOURCE:
            digests[name] = Digest.parse(step.params["digest"])
            facts[digests[name]] = MediaFacts.from_json(step.params["facts"])
        elif key in results:
            digests[name] = results[key].digest
            facts[digests[name]] = results[key].facts
        else:
            missing.add(key)
    fresh = all(plan.by_key[key].toolchain == services.toolchain for key in plan.outputs.values())
    return Outputs(digests=digests, facts=facts, results=results, missing=frozenset(missing), fresh=fresh)


def sources_of(plan: Plan) -> tuple[Digest, ...]:
    """Return the bytes that the plan reads: inputs and assets."""
    return tuple(Digest.parse(step.params["digest"]) for step in plan.steps if step.type == SOURCE)


def put_into_library(services: Services, run: Run, outputs: Outputs) -> bool:
    """Let the outputs stand in the library of the run's owner; False where one of them is gone meanwhile.

    From then on a deletion by somebody else leaves the bytes alone.
    """
    named: dict[Digest, str] = {}
    for position, (name, digest) in enumerate(outputs.digests.items()):
        named.setdefault(digest, run.output_name if position == 0 else f"{run.output_name} ({name})")
    for digest, name in named.items():
        entry = MediaEntry(name=name, uploaded_at=services.clock(), came_by="run", run_id=run.run_id)
        with services.media.changing(digest):
            if not services.content.has(digest):
                return False
            if services.media.entry(run.owner, digest) is None:
                services.media.put_facts(digest, outputs.facts[digest], fresh=outputs.fresh)
                services.media.link(run.owner, digest, entry)
    return True
