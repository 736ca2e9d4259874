import io
import json
import threading
from dataclasses import replace

import pytest
import redis.exceptions

from app.library.ingest import ingest
from app.library.naming import AmbiguousPrefixError, UnknownRecipeError
from app.runs.submission import IdempotencyConflictError, RunRequest, cancel_run, retry_run, submit_run
from app.storage.media_index import MediaEntry
from app.storage.run_store import BeingDeletedError, RunNotFoundError
from app.storage.stage_record import StageState
from artdag.codec.probe import probe
from artdag.errors import IllegalTransitionError, InputError, ParameterError, RecipeError
from artdag.media import MediaFacts
from artdag.plan import SOURCE, Plan
from artdag.recipe_reader import parse_recipe
from artdag.run import RunState
from artdag.signing import open_envelope, verify_envelope
from tests.builders import a_clip, put_media

TWO_OUTPUTS = b"""
name: pair
version: "2"
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true, name: Clip}}
    - {id: grey, type: EFFECT, config: {effect: grayscale}, inputs: [clip]}
    - {id: turned, type: EFFECT, config: {effect: invert}, inputs: [grey]}
  outputs: {turned: turned, grey: grey}
"""


@pytest.fixture
def clip(services, alice, tmp_path):
    return put_media(services, a_clip(tmp_path / "clip.mp4"), alice)


def ask(services, owner, recipe="invert", inputs=(), key=None, **more):
    return submit_run(services, RunRequest(recipe=recipe, inputs=list(inputs), **more), owner, key)


def add_recipe(services, text, owner):
    recipe = parse_recipe(text)
    services.content.put_bytes(text)
    services.recipes.add(recipe, owner, services.clock())
    return recipe.recipe_id


def test_a_run_is_written_down_with_its_work_and_queued(services, alice, clip):
    run = ask(services, alice, inputs=[clip], params={"intensity": 0.5}, output_name="other way round")
    assert services.runs.get(run.run_id) == run
    assert (run.state, run.recipe, run.inputs, run.owner) == (RunState.PENDING, "invert", {"input": clip}, alice)
    assert (run.params, run.output_name) == ({"intensity": 0.5}, "other way round")
    assert (run.progress.nodes, run.progress.cached) == (2, 1)
    (stage,) = services.stages.active()
    assert (stage.state, stage.plan, stage.nodes) == (StageState.QUEUED, run.plan_id, ("result",))
    assert services.queue.get_job_ids() == [f"{stage.key}-1"]
    (job,) = services.queue.get_jobs()
    assert job.description == "invert: result → web for @alice@art.example"
    assert job.timeout >= services.settings.render_timeout_s


def test_what_needs_no_work_is_completed_in_the_request_with_its_receipt(services, alice, clip):
    run = ask(services, alice, "identity", [clip])
    assert (run.state, run.output) == (RunState.COMPLETED, clip)
    assert services.runs.get(run.run_id) == run
    record = verify_envelope(json.loads(services.content.read(run.provenance)), [services.signer.public])
    assert (record["run_id"], record["output"]["content_hash"]) == (run.run_id, clip)
    assert services.queue.count == 0


def test_a_completed_run_is_kept_among_the_blobs_too(services, alice, clip):
    run = ask(services, alice, "identity", [clip])
    kept = services.content.read(services.runs.kept_copy(run.run_id))
    assert kept.startswith(b'{"artdag/run/1":')
    assert json.loads(kept)["artdag/run/1"] == run.to_json()


def the_facts_planned_with(services, run):
    plan = Plan.from_json(json.loads(services.content.read(run.plan_id)))
    return next(MediaFacts.from_json(step.params["facts"]) for step in plan.steps if step.type == SOURCE)


def by_an_earlier_probe(services, digest, facts, monkeypatch):
    with monkeypatch.context() as then:
        then.setattr("app.storage.media_index.probe_name", lambda: "the probe of last year")
        services.media.put_facts(digest, facts)


def test_what_an_earlier_probe_found_is_found_anew_before_it_decides_a_result(services, alice, clip, monkeypatch):
    right = services.media.facts(clip)
    picture = replace(right.picture, frame_count=99)
    by_an_earlier_probe(services, clip, replace(right, picture=picture), monkeypatch)
    run = ask(services, alice, inputs=[clip])
    assert the_facts_planned_with(services, run) == right
    assert services.media.fresh_facts(clip) == right


def test_a_medium_that_the_probe_no_longer_takes_stays_and_is_told_of(services, alice, tmp_path, monkeypatch):
    damaged = services.content.put_bytes(b"\x89PNG\r\n\x1a\n" + bytes(30)).digest
    facts = probe(a_clip(tmp_path / "clip.mp4"))
    by_an_earlier_probe(services, damaged, facts, monkeypatch)
    services.media.link(alice, damaged, MediaEntry(name="old.png", uploaded_at=services.clock()))
    with pytest.raises(InputError, match="was accepted once and is not any more: this picture is cut off"):
        ask(services, alice, inputs=[damaged])
    assert services.content.has(damaged)
    assert [item.entry.name for item in services.media.page(alice).items] == ["old.png"]


def test_the_same_bytes_again_are_looked_into_again_where_an_earlier_probe_did(services, alice, tmp_path, monkeypatch):
    path = a_clip(tmp_path / "clip.mp4")
    data, right = path.read_bytes(), probe(path)
    clip = put_media(services, path, alice)
    by_an_earlier_probe(services, clip, replace(right, duration_s=7.0), monkeypatch)
    again = ingest(services, io.BytesIO(data), filename="a.mp4", owner=alice, limit=1 << 20)
    assert again.facts == services.media.fresh_facts(clip) == right


def test_two_people_who_ask_for_the_same_share_the_work(services, alice, bob, clip):
    first, second = ask(services, alice, inputs=[clip]), ask(services, bob, inputs=[clip])
    assert first.run_id != second.run_id
    assert first.plan_id == second.plan_id
    (stage,) = services.stages.active()
    assert set(services.stages.runs_of(stage.key)) == {first.run_id, second.run_id}
    assert services.queue.count == 1


def test_a_run_with_two_outputs_waits_for_two_stages(services, alice, clip):
    recipe_id = add_recipe(services, TWO_OUTPUTS, alice)
    run = ask(services, alice, recipe_id, [clip])
    assert [stage.nodes for stage in services.runs.stages_of(run.run_id)] == [("grey", "turned"), ("grey",)]
    assert services.stages.open_count() == 2


@pytest.mark.parametrize("name", ["id", "prefix", "name"])
def test_a_recipe_is_found_by_id_prefix_and_name(services, alice, clip, name):
    recipe_id = add_recipe(services, TWO_OUTPUTS, alice)
    word = {"id": recipe_id, "prefix": recipe_id[:10], "name": "pair"}[name]
    assert ask(services, alice, word, {"clip": clip}.values()).recipe_id == recipe_id


def test_nobody_can_put_a_recipe_in_the_place_of_an_effect_for_others(services, alice, bob, clip):
    text = TWO_OUTPUTS.replace(b"name: pair", b"name: invert")
    recipe_id = add_recipe(services, text, bob)
    assert ask(services, bob, "invert", [clip]).recipe_id == recipe_id
    assert ask(services, alice, "invert", [clip]).recipe_id != recipe_id


def test_inputs_are_named_by_asset_and_prefix_too(services, alice, clip):
    services.assets.register("cat", clip, alice)
    assert ask(services, alice, inputs=["cat"]).inputs == {"input": clip}
    assert ask(services, alice, inputs=[clip[:8]]).inputs == {"input": clip}


def test_the_beginning_of_somebody_elses_hash_means_nothing(services, bob, clip):
    with pytest.raises(InputError):
        ask(services, bob, inputs=[clip[:12]])


def test_an_ambiguous_beginning_names_the_candidates(services, alice, clip, monkeypatch):
    monkeypatch.setattr(type(services.recipes), "spelt", lambda *_: (clip, clip))
    with pytest.raises(AmbiguousPrefixError) as caught:
        ask(services, alice, "abcdef01")
    assert caught.value.more["candidates"] == [clip, clip]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"recipe": "invret"}, (UnknownRecipeError, "invert")),
        ({"recipe": "0" * 64}, (UnknownRecipeError, "no recipe")),
        ({"recipe": "invert", "params": {"intensty": 1}}, (ParameterError, "intensty")),
        ({"recipe": "invert", "params": {"intensity": 7}}, ((ParameterError, RecipeError), "intensity")),
        ({"recipe": "invert", "inputs": []}, (InputError, "input")),
        ({"recipe": "invert", "inputs": ["0" * 64]}, (InputError, "no such bytes")),
        ({"recipe": "invert", "inputs": {"inptu": "0" * 64}}, (InputError, "inptu")),
    ],
)
def test_what_cannot_be_done_is_refused_now_and_leaves_nothing(services, alice, clip, wrong, expected):
    request = RunRequest(**{"inputs": [clip], **wrong})
    error, told = expected
    with pytest.raises(error, match=told):
        submit_run(services, request, alice)
    assert services.runs.page().total == 0
    assert services.stages.open_count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipe": ""},
        {"recipe": "invert", "params": {"intensity": float("nan")}},
        {"recipe": "invert", "output_name": "a\u202eb"},
        {"recipe": "invert", "extra": 1},
        {"recipe": "invert", "inputs": [1]},
    ],
)
def test_a_malformed_request_is_no_request(wrong):
    with pytest.raises(ValueError, match="validation error"):
        RunRequest(**wrong)


def test_a_repeated_request_with_its_key_is_the_same_run(services, alice, bob, clip):
    first = ask(services, alice, inputs=[clip], key="k")
    assert ask(services, alice, inputs=[clip], key="k") == first
    assert ask(services, bob, inputs=[clip], key="k").run_id != first.run_id
    with pytest.raises(IdempotencyConflictError):
        ask(services, alice, inputs=[clip], key="k", params={"intensity": 0.5})
    assert IdempotencyConflictError.code == "idempotency_conflict"
    assert services.runs.page(alice).total == 1


@pytest.mark.parametrize("recipe", ["invert", "identity"])
def test_twenty_requests_with_one_key_at_once_are_one_run(services, alice, clip, recipe):
    found = set()
    threads = [
        threading.Thread(target=lambda: found.add(ask(services, alice, recipe, [clip], key="k").run_id))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
    assert services.runs.page(alice).total == 1


def test_inputs_are_held_from_the_moment_of_submission(services, alice, clip):
    run = ask(services, alice, inputs=[clip])
    assert services.runs.mark_deleting(clip) == (run.run_id,)
    cancel_run(services, run.run_id)
    assert services.runs.mark_deleting(clip) == (run.run_id,)


def test_a_run_whose_input_is_being_deleted_loses_cleanly(services, alice, clip):
    services.runs.mark_deleting(clip)
    with pytest.raises(BeingDeletedError):
        ask(services, alice, inputs=[clip])
    assert (services.runs.page().total, services.stages.open_count()) == (0, 0)


def test_a_run_whose_input_went_while_it_was_planned_loses_cleanly(services, alice, clip, monkeypatch):
    create = services.runs.create

    def delete_first(*arguments, **more):
        services.content.delete(clip)
        return create(*arguments, **more)

    monkeypatch.setattr(services.runs, "create", delete_first)
    with pytest.raises(BeingDeletedError):
        ask(services, alice, inputs=[clip])
    assert services.runs.page().total == 0
    assert services.stages.open_count() == 0
    assert services.runs.runs_using(clip) == ()


def test_a_bell_that_cannot_be_rung_loses_no_run(services, alice, clip, monkeypatch):
    def away(*_, **__):
        raise redis.exceptions.ConnectionError("gone")

    monkeypatch.setattr(services.queue, "enqueue_call", away)
    run = ask(services, alice, inputs=[clip])
    assert services.runs.get(run.run_id).state is RunState.PENDING


def test_cancelling_stops_the_work_that_nobody_else_waits_for(services, alice, bob, clip):
    first, second = ask(services, alice, inputs=[clip]), ask(services, bob, inputs=[clip])
    (stage,) = services.stages.active()
    assert cancel_run(services, first.run_id).state is RunState.CANCELLED
    assert services.stages.get(stage.key).state is StageState.QUEUED
    cancel_run(services, second.run_id)
    assert services.stages.get(stage.key).state is StageState.CANCELLED
    with pytest.raises(IllegalTransitionError):
        cancel_run(services, first.run_id)
    with pytest.raises(RunNotFoundError):
        cancel_run(services, "nobody")


def test_a_run_is_repeated_as_a_new_one(services, alice, clip):
    run = ask(services, alice, inputs=[clip], params={"intensity": 0.5}, output_name="x")
    with pytest.raises(IllegalTransitionError):
        retry_run(services, run.run_id, alice)
    cancel_run(services, run.run_id)
    again = retry_run(services, run.run_id, alice)
    assert again.run_id != run.run_id
    assert (again.plan_id, again.params, again.output_name) == (run.plan_id, run.params, "x")
    assert services.stages.active()[0].attempt == 2


def test_a_receipt_of_a_run_that_reused_work_says_so(services, alice, clip):
    run = ask(services, alice, "identity", [clip])
    record = open_envelope(json.loads(services.content.read(run.provenance)))
    assert all(step["cached"] for step in record["steps"])
    assert record["rendered_by"] == "@alice@art.example"


def test_the_private_key_is_not_kept_in_memory(services, alice, clip):
    ask(services, alice, "identity", [clip])
    assert services.settings.signing_key_path.stat().st_mode & 0o777 == 0o600
    assert set(vars(services.signer)) <= {"_path", "public"}
