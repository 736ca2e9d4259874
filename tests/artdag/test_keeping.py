"""What was seen before is kept when it is seen again, the last such step of a chain; the result is the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from artdag.codec.encode import encode
from artdag.codec.profile import profile_for
from artdag.digest import Digest, digest_file
from artdag.errors import NoRoomError
from artdag.executor import render, render_joined, render_slice
from artdag.keeping import NOTHING, Reuse, Strips
from artdag.local_store import LocalStore, Outcome
from artdag.plan import Plan
from artdag.recipe_reader import parse_recipe
from artdag.seen import SeenSteps
from artdag.stage import computed_steps
from artdag.timeslice import slices_of
from tests.artdag.codec.synthetic import Pattern, clip
from tests.artdag.nodes.bench import effects, node_types
from tests.artdag.shelf import CLIP, a_plan, text_of
from tests.artdag.studio import Studio, still
from tests.builders import a_clip, a_digest

ROOM = 1 << 30


def link(name: str, source: str, effect: str, **params: object) -> str:
    config = json.dumps({"effect": effect, "params": params})
    return f"{{id: {name}, type: EFFECT, config: {config}, inputs: [{source}]}}"


def chain(last: float = 0.5, middle: float = 3) -> list[str]:
    return [
        CLIP,
        link("soft", "clip", "blur", radius=middle),
        link("bent", "soft", "swirl", strength=0.5),
        link("dark", "bent", "vignette", strength=0.4),
        link("end", "dark", "invert", intensity=last),
    ]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def source(store: LocalStore, tmp_path: Path) -> Digest:
    return store.add(a_clip(tmp_path / "clip.mp4", frames=12))


def planned(store: LocalStore, source: Digest, *nodes: str, **parts: str) -> Plan:
    return store.plan(parse_recipe(text_of(*nodes, **parts)), {"clip": source}, {})


def carried(store: LocalStore, source: Digest, *nodes: str, **parts: str) -> tuple[Plan, Outcome]:
    plan = planned(store, source, *nodes, **parts)
    return plan, store.carry_out(plan)


def reused(outcome: Outcome) -> set[str]:
    """Return the nodes whose frames were read."""
    steps = {step for rendered in outcome.rendered.values() for step in rendered.reused}
    return {node for node, key in outcome.plan.nodes.items() if key in steps}


def kept(outcome: Outcome) -> set[str]:
    steps = {one.step for rendered in outcome.rendered.values() for one in rendered.kept}
    return {node for node, key in outcome.plan.nodes.items() if key in steps}


def fresh(store: LocalStore, source: Digest, tmp_path: Path, plan: Plan) -> Digest:
    """Return what *plan* gives where nothing was ever kept."""
    other = LocalStore(tmp_path / f"fresh-{plan.plan_id[:8]}")
    assert other.add(store.content.path(source)) == source
    (digest,) = other.carry_out(plan).outputs.values()
    return digest


def test_the_last_common_step_is_kept_the_second_time_and_read_the_third(store, source, tmp_path):
    outcomes = [carried(store, source, *chain(last)) for last in (0.5, 0.6, 0.7)]
    assert [kept(outcome) for _, outcome in outcomes] == [set(), {"dark"}, set()]
    assert [reused(outcome) for _, outcome in outcomes] == [set(), set(), {"dark"}]
    for plan, outcome in outcomes:
        assert list(outcome.outputs.values()) == [fresh(store, source, tmp_path, plan)]


def test_an_edit_further_up_keeps_what_is_before_it_and_further_down_builds_on_what_is_kept(store, source, tmp_path):
    longer = [*chain(0.5), link("last", "end", "contrast", amount=1.2)]
    carried(store, source, *chain(0.5))
    _, second = carried(store, source, *longer)
    assert kept(second) == {"end"}, "the whole of the first plan"
    _, third = carried(store, source, *longer[:-1], link("last", "end", "contrast", amount=1.4))
    assert (kept(third), reused(third)) == (set(), {"end"})
    changed = [node.replace('"strength": 0.4', '"strength": 0.6') for node in longer]
    plan, fourth = carried(store, source, *changed)
    assert (kept(fourth), reused(fourth)) == ({"bent"}, set())
    assert list(fourth.outputs.values()) == [fresh(store, source, tmp_path, plan)]


def test_doing_the_same_plan_again_keeps_nothing(store, source):
    plan, _ = carried(store, source, *chain())
    for key in list(store.results.keys()):
        store.results.delete(key)
    assert kept(store.carry_out(plan)) == set()


def test_what_is_quickly_done_again_is_not_kept(store, source):
    for last in (0.5, 0.6):
        _, outcome = carried(
            store, source, CLIP, link("pale", "clip", "grayscale"), link("end", "pale", "invert", intensity=last)
        )
    assert kept(outcome) == set()


def test_what_is_kept_tells_what_it_costs_and_who_made_it(store, source):
    carried(store, source, *chain(0.5))
    plan, outcome = carried(store, source, *chain(0.6))
    ((one,),) = [rendered.kept for rendered in outcome.rendered.values()]
    entry = store.results.get(one.key)
    assert entry is not None
    assert store.content.size(entry.digest) == entry.facts.size > 0
    assert 0 < entry.seconds < next(iter(outcome.rendered.values())).seconds
    assert entry.plan == plan.plan_id
    assert entry.material == {"type": "KEPT", "step": plan.nodes["dark"], "frames": [0, 12]}


def test_an_explanation_says_what_need_not_be_done_again(store, source):
    carried(store, source, *chain(0.5))
    carried(store, source, *chain(0.6))
    explained = {one.node: one for one in store.explain(planned(store, source, *chain(0.7)))}
    assert {node: one.state for node, one in explained.items()} == {
        "clip": "given",
        "soft": "cached",
        "bent": "cached",
        "dark": "cached",
        "end": "runs",
        "[end]": "runs",
    }
    assert explained["dark"].why.startswith("this exact work was done before by run ")


def test_kept_frames_that_are_lost_or_damaged_are_computed_again(store, source, tmp_path):
    carried(store, source, *chain(0.5))
    _, second = carried(store, source, *chain(0.6))
    ((one,),) = [rendered.kept for rendered in second.rendered.values()]
    place = store.content.path(store.results.get(one.key).digest)
    place.chmod(0o644)
    place.write_bytes(bytes(place.stat().st_size))
    plan, third = carried(store, source, *chain(0.7))
    assert list(third.outputs.values()) == [fresh(store, source, tmp_path, plan)]
    assert reused(third) == set()
    assert any("damaged" in note or "cannot" in note for rendered in third.rendered.values() for note in rendered.notes)
    place.unlink()
    plan, fourth = carried(store, source, *chain(0.8))
    assert list(fourth.outputs.values()) == [fresh(store, source, tmp_path, plan)]


def test_a_full_disk_on_the_side_ends_no_render(store, source, tmp_path, monkeypatch):
    carried(store, source, *chain(0.5))
    real = store.content.put_file

    def refuse(path: Path):
        if path.suffix == ".kept":
            raise NoRoomError("full")
        return real(path)

    monkeypatch.setattr(store.content, "put_file", refuse)
    plan, second = carried(store, source, *chain(0.6))
    assert list(second.outputs.values()) == [fresh(store, source, tmp_path, plan)]
    monkeypatch.setattr("artdag.side._MOST_BYTES", 100)
    _, third = carried(store, source, *chain(0.65))
    assert kept(third) == set()
    assert list(store.content.scratch.iterdir()) == []


def test_stills_are_made_again(store, tmp_path):
    picture = store.add(still(tmp_path / "still.png", size=(90, 61)))
    for last in (0.5, 0.6):
        _, outcome = carried(store, picture, *chain(last))
    assert kept(outcome) == set()


# --- any plan, any step ---


def every_strip(plan: Plan) -> Strips:
    (output,) = plan.outputs.values()
    step = plan.by_key[output]
    assert step.shape.video is not None
    return Strips(plan, step.inputs[0][1], range(step.shape.video.frame_count), node_types(), effects())


JOINED = (
    "{id: joined, type: SEQUENCE, config: {transition: {type: crossfade, duration: 0.3}}, inputs: [soft, bent, soft]}"
)
ANY = {
    "chain": chain(),
    "cut, turned round and faster": [
        CLIP,
        "{id: cut, type: SEGMENT, config: {offset: 0.2, duration: 0.8}, inputs: [clip]}",
        link("soft", "cut", "blur", radius=2),
        link("back", "soft", "reverse"),
        link("end", "back", "speed_ramp", factor=1.7),
    ],
    "one clip three times": [*chain()[:3], JOINED, link("end", "joined", "vignette")],
    "with memory and by time": [
        CLIP,
        link("soft", "clip", "echo"),
        link("bent", "soft", "hue_shift", degrees={"keyframes": [[0, 0], [1, 200]]}),
        link("end", "bent", "film_grain", seed=4),
    ],
    "see-through": [
        CLIP,
        link("key", "clip", "chroma_key", color="#00ff00"),
        "{id: soft, type: TRANSFORM, config: {effects: {blur: 2}}, inputs: [clip]}",
        "{id: end, type: LAYER, config: {inputs: [{}, {scale: 0.5, position: [3, 5]}]}, inputs: [soft, key]}",
    ],
    "in RGB": [
        CLIP,
        link("soft", "clip", "kaleidoscope"),
        link("bent", "soft", "rgb_split"),
        link("end", "bent", "bloom"),
    ],
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Studio:
    studio = Studio(tmp_path_factory.mktemp("studio"))
    for name, count in (("clip", 20), ("long", 190)):
        media, shape = clip(Pattern(count, width=48, height=32, rate=Fraction(10)))
        encode(media, shape, profile_for(shape.kind, "web"), studio.folder / f"{name}.mp4")
        setattr(studio, name, studio.add(studio.folder / f"{name}.mp4"))
    return studio


@pytest.mark.parametrize("nodes", ANY.values(), ids=ANY)
def test_keeping_every_step_and_reading_each_of_them_changes_no_byte(studio, nodes):
    plan = studio.plan(*nodes, inputs={"clip": studio.clip})
    plain = studio.render(plan)
    wanted = digest_file(plain.path)
    strips = tuple(every_strip(plan).all())
    assert strips
    keeping = studio.render(plan, reuse=Reuse(keep=strips, room_bytes=ROOM))
    assert digest_file(keeping.path) == wanted
    assert keeping.kept or all("in order" in note for note in keeping.notes)
    by_step = {strip.step: strip for strip in strips}
    for one in keeping.kept:
        reading = studio.render(plan, reuse=Reuse(read=((by_step[one.step], one.path),)))
        assert digest_file(reading.path) == wanted
        assert reading.notes == ()
        assert reading.reused == (one.step,)
        one.path.unlink()
    reading.path.unlink(missing_ok=True)


def test_a_slice_keeps_its_part_and_finds_it_by_what_it_shows(studio):
    plan, edited = (studio.plan(*chain(last), inputs={"clip": studio.long}) for last in (0.5, 0.6))
    how = {"locate": studio.files.__getitem__, "effects": effects(), "node_types": node_types()}
    (studio.folder / "slices").mkdir()

    def parts_of(plan: Plan) -> Iterator[tuple]:
        (output,) = plan.outputs.values()
        source = plan.by_key[output].inputs[0][1]
        for part in slices_of(plan, output, node_types(), effects()):
            yield part, Strips(plan, source, part.span, node_types(), effects())

    places = {}
    for part, strips in parts_of(plan):
        found = strips.reuse(lambda _: None, lambda keys: set(keys) & {plan.nodes["dark"]}, ROOM)
        assert [strip.span for strip in found.keep] == [part.span]
        made = render_slice(plan, part, folder=studio.folder / "slices", reuse=found, **how)
        places |= {one.key: one.path for one in made.kept}
    assert len(places) == len(list(parts_of(plan))) > 3
    slices = []
    for part, strips in parts_of(edited):
        found = strips.reuse(places.get, lambda keys: (), ROOM)
        assert [strip.step for strip, _ in found.read] == [edited.nodes["dark"]]
        made = render_slice(edited, part, folder=studio.folder / "slices", reuse=found, **how)
        assert (made.reused, made.notes) == ((edited.nodes["dark"],), ())
        slices.append(made.path)
    (output,) = edited.outputs.values()
    joined = render_joined(edited, output, slices, folder=studio.folder / "slices", **how)
    (studio.folder / "whole").mkdir()
    whole = render(edited, output, folder=studio.folder / "whole", **how)
    assert digest_file(joined.path) == digest_file(whole.path)


# --- which ---


def test_only_what_is_seen_elsewhere_is_kept_and_only_the_last_of_each_way():
    plan = a_plan(*chain())
    names = {key: node for node, key in plan.nodes.items()}

    def kept_where(*seen: str) -> set[str]:
        keys = {plan.nodes[node] for node in seen}
        found = every_strip(plan).reuse(lambda _: None, lambda asked: keys & set(asked), ROOM)
        return {names[strip.step] for strip in found.keep}

    assert kept_where() == set()
    assert kept_where("soft", "bent", "dark") == {"dark"}
    assert kept_where("soft", "bent", "dark", "end") == {"end"}
    assert kept_where("bent") == {"bent"}


def test_what_there_is_no_room_for_is_not_kept():
    plan = a_plan(*chain())
    strips = every_strip(plan)
    assert strips.reuse(lambda _: None, set, 10_000).keep == ()


def test_what_only_stands_behind_what_is_read_is_not_computed():
    plan = a_plan(*chain())
    (output,) = plan.outputs.values()
    found = computed_steps(plan, [output], [plan.nodes["bent"]])
    assert set(found) == {plan.nodes["dark"], plan.nodes["end"], output}
    assert NOTHING.read == ()


def test_equal_frames_of_other_plans_are_found_by_their_name():
    cut = "{id: cut, type: SEGMENT, config: {offset: 0.2, duration: 0.4}, inputs: [%s]}"
    first = a_plan(CLIP, cut % "clip", link("soft", "cut", "blur"), link("end", "soft", "invert"))
    other = a_plan(CLIP, link("soft", "clip", "blur"), cut % "soft", link("end", "cut", "invert"))
    soft = {every_strip(plan).of(plan.nodes["soft"]).span for plan in (first, other)}
    assert soft == {range(10), range(5, 15)}


def test_a_chain_of_two_thousand_steps_is_looked_through_in_no_time():
    nodes = [CLIP, *(link(f"n{place}", f"n{place - 1}" if place else "clip", "invert") for place in range(2_000))]
    plan = a_plan(*nodes)
    found = every_strip(plan).reuse(lambda _: None, set, ROOM)
    assert [strip.step for strip in found.keep] == [plan.nodes["n1999"]]


def test_a_very_large_plan_is_not_looked_through(store):
    nodes = [CLIP, *(link(f"n{place}", f"n{place - 1}" if place else "clip", "invert") for place in range(2_010))]
    plan = a_plan(*nodes)
    (output,) = plan.outputs.values()
    assert store.memory.reuse(plan, output) == NOTHING


# --- seen ---


def test_a_step_is_seen_elsewhere_once_another_plan_had_it(tmp_path):
    plan = a_plan(*chain())
    keys = [step.key for step in plan.steps]
    seen = SeenSteps(tmp_path)
    one, other = a_digest("one"), a_digest("other")
    assert set(seen.elsewhere(keys, one)) == set()
    assert not (tmp_path / "seen").exists(), "to ask leaves nothing"
    seen.note(keys, one)
    seen.note(keys, one)
    assert set(seen.elsewhere(keys, one)) == set()
    assert set(SeenSteps(tmp_path).elsewhere(keys, other)) == set(keys)
    seen.note(keys[:2], other)
    assert set(seen.elsewhere(keys, other)) == set(keys)
    assert set(seen.elsewhere(keys, one)) == set(keys[:2])
    assert (tmp_path / "seen").stat().st_size == 1 << 20


def test_a_table_that_is_broken_or_cannot_be_written_is_no_matter(tmp_path):
    keys = [step.key for step in a_plan(*chain()).steps]
    (tmp_path / "seen").write_bytes(b"short")
    assert set(SeenSteps(tmp_path).elsewhere(keys, a_digest("one"))) == set()
    SeenSteps(tmp_path).note(keys, a_digest("one"))
    assert set(SeenSteps(tmp_path).elsewhere(keys, a_digest("other"))) == set(keys)
    nowhere = SeenSteps(tmp_path / "nowhere")
    nowhere.note(keys, a_digest("one"))
    assert set(nowhere.elsewhere(keys, a_digest("other"))) == set()
    assert replace(NOTHING, room_bytes=1).room_bytes == 1
