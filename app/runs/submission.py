"""From a request to a run: planned in milliseconds, completed at once where nothing is missing, else on its way."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import redis.exceptions
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.library.naming import media_digest, recipe_text
from app.library.quota import check_bytes, most_runs
from app.outgoing import LONGEST_URL
from app.runs.announcing import checked_url
from app.runs.completion import completed
from app.runs.doorbell import top_up
from app.runs.outputs import Outputs, find_outputs, put_into_library, sources_of
from app.runs.planned import keep_plan, new_stages, progress_at_first
from app.services import Services
from app.storage.room import check_room
from app.storage.run_store import BeingDeletedError, Created, Remembered
from app.storage.stage_record import NewStage, StageState
from artdag.digest import Digest, canonical_json, digest_bytes
from artdag.errors import IllegalTransitionError
from artdag.identity import Identity
from artdag.params import plain
from artdag.plan import Plan
from artdag.planner import by_place, inputs_by_node, make_plan
from artdag.recipe import Recipe, variable_inputs
from artdag.recipe_reader import parse_recipe
from artdag.run import Run, RunState

_log = logging.getLogger(__name__)


class IdempotencyConflictError(IllegalTransitionError):
    """The Idempotency-Key was used before, for something else."""

    code = "idempotency_conflict"


def _shown(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds characters that cannot be shown")
    return text


def _spelt_as_json(value: dict[str, Any]) -> dict[str, Any]:
    canonical_json(value)  # raises ValueError for NaN and the infinities
    return value


Word = Annotated[str, Field(min_length=1, max_length=400)]


class RunRequest(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: Word
    """A recipe's id, the beginning of it, or its name; or the name of an effect."""
    inputs: list[Word] | dict[str, Word | list[Word]] = Field(default_factory=list)
    """Content hashes, in the recipe's order or by node id; several for a list."""
    params: Annotated[dict[str, Any], AfterValidator(_spelt_as_json)] = Field(default_factory=dict)
    output_name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_shown)] | None = None
    callback_url: (
        Annotated[str, Field(min_length=1, max_length=LONGEST_URL, json_schema_extra={"format": "uri"})] | None
    ) = None
    """Where to tell, once, that the run is over."""

    @property
    def body(self) -> Digest:
        """Equal for equal requests."""
        return digest_bytes(canonical_json(self.model_dump()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """A request with nothing left to decide."""

    request: RunRequest
    owner: Identity
    recipe: Recipe
    given: Mapping[str, Digest]
    """The inputs that the request names, by node id; those of a list as ``node[0]`` and so on."""
    plan: Plan

    @property
    def inputs(self) -> dict[str, Digest]:
        """What fills each hole of the recipe, defaults included."""
        filled = {place.partition("[")[0] for place in self.given}
        free = {hole.node for hole in variable_inputs(self.recipe)} - filled
        sources = {
            node: self.plan.by_key[key] for node, key in self.plan.nodes.items() if node.partition("[")[0] in free
        }
        return {**self.given, **{node: Digest.parse(step.params["digest"]) for node, step in sources.items()}}


def submit_run(services: Services, request: RunRequest, owner: Identity, idempotency_key: str | None = None) -> Run:
    """Return the run that *request* becomes: completed, where all its outputs were made before; else pending.

    Raises:
        RecipeError, InputError, ParameterError: when it cannot be done as asked; ``problems`` lists everything.
        AmbiguousPrefixError: when it names something by too few characters.
        IdempotencyConflictError: when *idempotency_key* came before with another request.
        BeingDeletedError: when an input is deleted at this very moment; there is no run then.
        NoRoomError: when there is work to do and no room on the disk for it.
        QuotaError, TooManyRunsError: when *owner* keeps, or has open, as much as they may.
        AddressError: when `callback_url` is none that we call.
    """
    remembered = Remembered(key=idempotency_key, body=request.body) if idempotency_key is not None else None
    if remembered is not None and (earlier := services.runs.remembered(owner, remembered.key)) is not None:
        return _again(services, earlier, remembered)

    if request.callback_url is not None:
        checked_url(services, request.callback_url)
    check_bytes(services, owner, 1)
    order = _planned(services, request, owner)
    services.memory.adopt(order.plan)
    outputs = find_outputs(services, order.plan)
    run = _new_run(services, order, outputs)
    if not outputs.missing and not put_into_library(services, run, outputs):
        outputs = find_outputs(services, order.plan)  # somebody deleted them a moment ago
    if not outputs.missing and not order.plan.first_part:
        return _finish_at_once(services, run, order, outputs, remembered)
    check_room(services.settings.cache_dir, what="what the run makes")
    return _send_off(services, _new_run(services, order, outputs), order, outputs, remembered)


def cancel_run(services: Services, run_id: str) -> Run:
    """Stop a run; work that other runs wait for goes on.

    Raises:
        RunNotFoundError: when there is none.
        IllegalTransitionError: when it is over.
    """
    run = services.runs.move(run_id, RunState.CANCELLED, completed_at=services.clock())
    services.stages.leave(run_id, (stage.key for stage in services.runs.stages_of(run_id)))
    return run


def retry_run(services: Services, run_id: str, owner: Identity) -> Run:
    """Return a new run that asks for the same again; what is done needs no doing.

    Raises:
        RunNotFoundError: when there is none.
        IllegalTransitionError: when it is not over.
    """
    run = services.runs.get(run_id)
    if not run.state.is_final:
        raise IllegalTransitionError(f"run {run_id} is {run.state.value}: it can be repeated once it is over")
    request = RunRequest(
        recipe=run.recipe_id, inputs=dict(run.inputs), params=dict(run.params), output_name=run.output_name
    )
    return submit_run(services, request, owner)


def _again(services: Services, earlier: Created, remembered: Remembered) -> Run:
    if earlier.body != remembered.body:
        raise IdempotencyConflictError(
            f"the Idempotency-Key {remembered.key[:80]!r} was used for another request, which became {earlier.run_id}"
        )
    return services.runs.get(earlier.run_id)


def _planned(services: Services, request: RunRequest, owner: Identity) -> _Order:
    """Return the order that *request* comes to; its recipe and its plan lie among the blobs then."""
    text = recipe_text(services, request.recipe, owner)
    recipe = parse_recipe(text)
    given = _given(services, recipe, request, owner)
    plan = make_plan(recipe, given, request.params, services.world(owner))
    keep_plan(services, plan)
    if not services.content.has(recipe.recipe_id):
        services.content.put_bytes(text)
    return _Order(request=request, owner=owner, recipe=recipe, given=given, plan=plan)


def _given(services: Services, recipe: Recipe, request: RunRequest, owner: Identity) -> dict[str, Digest]:
    """Return the inputs that the request names, by node id."""
    if isinstance(request.inputs, dict):
        named = {node: _digests(services, words, owner, f"inputs.{node}") for node, words in request.inputs.items()}
        return by_place(inputs_by_node(recipe, named))
    digests = [
        media_digest(services, word, owner, field=f"inputs.{place}") for place, word in enumerate(request.inputs)
    ]
    return by_place(inputs_by_node(recipe, digests))


def _digests(services: Services, words: Word | list[Word], owner: Identity, field: str) -> Digest | list[Digest]:
    if isinstance(words, str):
        return media_digest(services, words, owner, field=field)
    return [media_digest(services, word, owner, field=f"{field}.{place}") for place, word in enumerate(words)]


def _new_run(services: Services, order: _Order, outputs: Outputs) -> Run:
    missing = new_stages(services, order.recipe, order.plan, outputs)
    return Run(
        run_id=str(uuid.uuid4()),
        owner=order.owner,
        recipe=order.recipe.name,
        recipe_version=order.recipe.version,
        recipe_id=order.recipe.recipe_id,
        inputs=order.inputs,
        params=plain(order.recipe.param_values(order.request.params)),
        output_name=order.request.output_name or order.recipe.name,
        plan_id=order.plan.plan_id,
        created_at=services.clock(),
        progress=progress_at_first(order.plan, missing),
        analysing=order.plan.first_part,
    )


def _finish_at_once(
    services: Services, run: Run, order: _Order, outputs: Outputs, remembered: Remembered | None
) -> Run:
    changes, kept = completed(services, run, order.recipe, order.plan, outputs)
    run = run.moved_to(RunState.COMPLETED, **changes)
    created = _created(services, run, order, kept=kept, remembered=remembered)
    if not created.is_new and remembered is not None:
        return _again(services, created, remembered)
    _check_bytes(services, run, [*sources_of(order.plan), *outputs.digests.values()])
    return run


def _send_off(services: Services, run: Run, order: _Order, outputs: Outputs, remembered: Remembered | None) -> Run:
    stages = new_stages(services, order.recipe, order.plan, outputs)
    created = _created(services, run, order, stages=stages, remembered=remembered)
    if not created.is_new and remembered is not None:
        return _again(services, created, remembered)
    _check_bytes(services, run, sources_of(order.plan))
    if StageState.RUNNING.value in created.joined.values():
        run = services.runs.move(run.run_id, RunState.RUNNING, started_at=services.clock())
    try:
        top_up(services)
    except redis.exceptions.RedisError as error:
        # The run is written down: the dispatcher rings for it.
        _log.warning("run %s could not be queued now: %s", run.run_id, error)
    return run


def _created(
    services: Services,
    run: Run,
    order: _Order,
    *,
    stages: Sequence[NewStage] = (),
    kept: Digest | None = None,
    remembered: Remembered | None,
) -> Created:
    """Write the run down, and before it where to call back: it may be over in the next moment."""
    callback = order.request.callback_url
    if callback is not None:
        services.webhooks.call_back(run.run_id, callback)
    created = services.runs.create(
        run,
        stages=stages,
        uses=sources_of(order.plan),
        kept=kept,
        remembered=remembered,
        most_open=most_runs(services, order.owner),
    )
    if callback is not None and not created.is_new:
        services.webhooks.forget_callback(run.run_id)
    return created


def _check_bytes(services: Services, run: Run, others: Iterable[Digest]) -> None:
    """Look once more whether the bytes are there, now that *run* holds on to them; else take the run back."""
    gone = next((one for one in [*run.inputs.values(), *others] if not services.content.has(one)), None)
    if gone is None:
        return
    if not run.state.is_final:
        cancel_run(services, run.run_id)
    services.runs.delete(run.run_id)
    raise BeingDeletedError(f"the bytes {gone} were deleted a moment ago: upload them again first")
