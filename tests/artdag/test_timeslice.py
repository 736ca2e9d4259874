"""Slices: named by what they show, rendered by themselves, joined to the very bytes of one pass."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pytest

from artdag.codec.encode import encode
from artdag.codec.profile import profile_for
from artdag.executor import render, render_joined, render_slice
from artdag.nodes.effect import never_looks_at_time
from artdag.stage import stages
from artdag.timeslice import find_slice, slices_of
from tests.artdag.codec.synthetic import Pattern, clip
from tests.artdag.nodes.bench import effects, node_types
from tests.artdag.studio import Studio

RATE = Fraction(10)
CLIP = "{id: clip, type: SOURCE, config: {input: true}}"
OTHER = "{id: other, type: SOURCE, config: {input: true}}"


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studio")
    studio = Studio(folder)
    for name, count in (("clip", 220), ("other", 130)):
        media, shape = clip(Pattern(count, width=64, height=48, rate=RATE))
        encode(media, shape, profile_for(shape.kind, "web"), folder / f"{name}.mp4")
        setattr(studio, name, studio.add(folder / f"{name}.mp4"))
    return studio


def planned(studio, *nodes: str):
    inputs = {
        name: getattr(studio, name) for name in ("clip", "other") if any(f"id: {name}," in node for node in nodes)
    }
    return studio.plan(*nodes, inputs=inputs)


def cut(plan):
    (output,) = plan.outputs.values()
    return slices_of(plan, output, node_types(), effects())


def keys(studio, *nodes: str) -> list[str]:
    return [part.key for part in cut(planned(studio, *nodes))]


def using(effect: str, source: str = "clip", node: str = "it", **params: object) -> str:
    listed = ", ".join(f"{name}: {value}" for name, value in params.items())
    return f"{{id: {node}, type: EFFECT, config: {{effect: {effect}, params: {{{listed}}}}}, inputs: [{source}]}}"


def test_a_slice_lasts_two_seconds_and_short_clips_are_not_cut(studio):
    spans = [part.span for part in cut(planned(studio, CLIP, using("invert")))]
    assert spans == [range(first, first + 20) for first in range(0, 220, 20)]
    assert keys(studio, CLIP, "{id: it, type: SEGMENT, config: {offset: 1, duration: 11}, inputs: [clip]}") == []


CHAINS = [
    [CLIP, using("invert")],
    [CLIP, using("film_grain", seed=3), using("vignette", source="it", node="last")],
    [CLIP, using("hue_shift", degrees="{keyframes: [[0, 0], [20, 300]]}")],
    [
        CLIP,
        OTHER,
        "{id: it, type: SEQUENCE, config: {transition: {type: crossfade, duration: 1}}, inputs: [clip, other, clip]}",
    ],
    [CLIP, "{id: it, type: TRANSFORM, config: {effects: {speed: 0.9, blur: 2}}, inputs: [clip]}"],
]


@pytest.mark.parametrize("nodes", CHAINS, ids=lambda nodes: nodes[-1].split("type: ")[1][:30])
def test_slices_join_to_the_bytes_of_one_pass(studio, tmp_path, nodes):
    plan = planned(studio, *nodes)
    (output,) = plan.outputs.values()
    how = {"locate": studio.files.__getitem__, "effects": effects(), "node_types": node_types()}
    whole = render(plan, output, folder=tmp_path, **how)
    (tmp_path / "parts").mkdir()
    parts = [render_slice(plan, part, folder=tmp_path / "parts", **how) for part in reversed(cut(plan))][::-1]
    joined = render_joined(plan, output, [part.path for part in parts], folder=tmp_path / "parts", **how)
    assert joined.path.read_bytes() == whole.path.read_bytes()
    assert joined.facts == whole.facts


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        # the last clip of a sequence is another part of its source: all but the end stays
        (
            [CLIP, OTHER, "{id: cut, type: SEGMENT, config: {duration: 5}, inputs: [other]}",
             "{id: it, type: SEQUENCE, inputs: [clip, cut]}"],
            [CLIP, OTHER, "{id: cut, type: SEGMENT, config: {offset: 1, duration: 5}, inputs: [other]}",
             "{id: it, type: SEQUENCE, inputs: [clip, cut]}"],
            12,
        ),
        # another effect on the last clip
        (
            [CLIP, OTHER, using("invert", source="other", node="inv"), "{id: it, type: SEQUENCE, inputs: [clip, inv]}"],
            [CLIP, OTHER, using("sepia", source="other", node="inv"), "{id: it, type: SEQUENCE, inputs: [clip, inv]}"],
            11,
        ),
        # a setting that changes every frame
        ([CLIP, using("blur", radius=2)], [CLIP, using("blur", radius=3)], 0),
        # a clip that ends earlier
        ([CLIP, using("invert", node="x")],
         [CLIP, "{id: it, type: SEGMENT, config: {duration: 20.5}, inputs: [clip]}",
          using("invert", source="it", node="x")], 10),
        # a clip that begins later: only the slices at its ends are others
        ([CLIP, "{id: it, type: SEGMENT, config: {offset: 0, duration: 18}, inputs: [clip]}",
          using("invert", "it", "x")],
         [CLIP, "{id: it, type: SEGMENT, config: {offset: 1, duration: 18}, inputs: [clip]}",
          using("invert", "it", "x")],
         8),
        # two seconds more in the middle: what comes after them moves and stays
        ([CLIP, OTHER, "{id: it, type: SEQUENCE, inputs: [clip]}", using("invert", "it", "x")],
         [CLIP, OTHER, "{id: a, type: SEGMENT, config: {end: 9.5}, inputs: [clip]}",
          "{id: b, type: SEGMENT, config: {start: 9.5}, inputs: [clip]}",
          "{id: more, type: SEGMENT, config: {duration: 2}, inputs: [other]}",
          "{id: it, type: SEQUENCE, inputs: [a, more, b]}", using("invert", "it", "x")], 10),
        # grain of a step is made for that step
        ([CLIP, using("film_grain", intensity=0.2)], [CLIP, using("film_grain", intensity=0.3)], 0),
    ],
)  # fmt: skip
def test_an_edit_leaves_the_slices_alone_that_do_not_show_it(studio, before, after, same):
    first, second = keys(studio, *before), keys(studio, *after)
    assert len(set(first) & set(second)) == same


def test_equal_names_are_equal_bytes(studio, tmp_path):
    """Wherever two of these plans have a slice of one name, both render it to the same bytes."""
    ending = "{id: cut, type: SEGMENT, config: {offset: %s, duration: 5}, inputs: [other]}"
    sequence = "{id: it, type: SEQUENCE, config: {transition: {type: %s, duration: 0.5}}, inputs: [clip, cut, clip]}"
    plans = [
        planned(studio, CLIP, OTHER, ending % offset, sequence % kind, using("sepia", source="it", node="last"))
        for offset, kind in ((0, "crossfade"), (1, "crossfade"), (0, "wipe_left"))
    ]
    how = {"locate": studio.files.__getitem__, "effects": effects(), "node_types": node_types()}
    seen: dict[str, bytes] = {}
    shared = 0
    for number, plan in enumerate(plans):
        folder = tmp_path / str(number)
        folder.mkdir()
        for part in cut(plan):
            made = render_slice(plan, part, folder=folder, **how).path.read_bytes()
            shared += part.key in seen
            assert seen.setdefault(part.key, made) == made
    assert shared >= 8


def test_a_slice_is_found_by_its_name(studio):
    plan = planned(studio, CLIP, using("invert"))
    for part in cut(plan):
        assert find_slice(plan, part.key, node_types(), effects()) == part
    assert find_slice(plan, next(iter(plan.outputs.values())), node_types(), effects()) is None


def test_stages_are_the_missing_slices_and_the_one_that_joins_them(studio):
    plan = planned(studio, CLIP, using("invert"))
    (output,) = plan.outputs.values()
    parts = cut(plan)
    found = stages(plan, {parts[0].key}, lambda _: parts)
    assert [stage.key for stage in found] == [*(part.key for part in parts[1:]), output]
    assert found[-1].needs == tuple(part.key for part in parts)
    assert stages(plan, {output}, lambda _: parts) == ()
    apart = sum(stage.cost_s for stage in stages(plan, (), lambda _: parts))
    whole = stages(plan, ())[0].cost_s
    assert whole < apart <= whole + 0.05 * (len(parts) + 1)  # each process takes something to begin with


TIMELESS = ("invert", "sepia", "pixelate", "vignette", "hue_shift", "mirror")
MOVING = ("color_cycle", "film_grain", "noise", "strobe", "shake", "wave", "ken_burns")


def test_clips_shorter_than_a_slice_share_one(studio):
    nodes = [CLIP, *(
        f"{{id: c{at}, type: SEGMENT, config: {{offset: {at * 1.1}, duration: 0.8}}, inputs: [clip]}}"
        for at in range(20)
    )]  # fmt: skip
    names = ", ".join(f"c{at}" for at in range(20))
    parts = cut(planned(studio, *nodes, f"{{id: it, type: SEQUENCE, inputs: [{names}]}}", using("invert", "it", "x")))
    assert len(parts) < 14
    assert max(len(part.span) for part in parts) == 20


@pytest.mark.parametrize("effect", [*TIMELESS, *MOVING])
def test_only_what_knows_no_time_may_be_moved_in_time(studio, effect):
    moved = [
        keys(studio, CLIP, f"{{id: cut, type: SEGMENT, config: {{offset: {offset}, duration: 18}}, inputs: [clip]}}",
             using(effect, source="cut"))
        for offset in (0, 4)
    ]  # fmt: skip
    assert len(set(moved[0]) & set(moved[1])) == (7 if effect in TIMELESS else 0)


def test_every_function_that_reads_its_moment_is_known():
    def still(picture, params, moment):
        return picture

    def reads(picture, params, moment):
        return picture if moment.index else None

    def hands_on(picture, params, moment):
        return [lambda: moment]

    def takes_any(*things):
        return things[0]

    assert never_looks_at_time(still)
    assert not any(never_looks_at_time(function) for function in (reads, hands_on, takes_any, None))


def test_an_instruction_that_uses_two_variables_at_once_hides_no_moment(monkeypatch):
    def hands_on(picture, params, moment):
        return picture, moment

    pairs = [SimpleNamespace(opname="LOAD_FAST_LOAD_FAST", argval=("picture", "moment"))]  # as Python 3.13 writes it
    monkeypatch.setattr("artdag.nodes.effect.dis.get_instructions", lambda code: pairs)
    assert not never_looks_at_time(hands_on)
