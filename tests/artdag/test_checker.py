"""A recipe is checked before anything runs: all that is wrong at once, each with its place and what would be right."""

from __future__ import annotations

import re
import time

import pytest

from artdag.checker import check_recipe, checked_recipe, effects_used, fixed_inputs
from artdag.errors import RecipeError
from artdag.planner import make_plan
from artdag.recipe_reader import parse_recipe
from artdag.world import World
from tests.artdag.shelf import CLIP, SONG, a_recipe, text_of, the_world, using
from tests.builders import a_digest


def problems(*nodes: str, world: World | None = None, **parts: str) -> list[str]:
    """Return what is wrong as ``line 'what stands there' [node] message (hint)``."""
    text = text_of(*nodes, **parts)
    with pytest.raises(RecipeError) as caught:
        check_recipe(parse_recipe(text), world or the_world())
    told = []
    for one in caught.value.problems:
        there = text.decode().splitlines()[one.line - 1][one.column - 1 :]
        word = re.match(r"[\[{]*[^,\s\]}]*", there)
        told.append(f"{one.line} {word[0]!r} [{one.node}] {one.message}" + (f" ({one.hint})" if one.hint else ""))
    return told


def test_the_example_of_the_first_readme_is_accepted_as_it_stands():
    world = the_world("dog")
    text = f"""
name: my-recipe
version: "1.0"
registry:
  effects:
    dog:
      hash: "{world.effects.get("dog").code_hash}"
dag:
  nodes:
    - id: source
      type: SOURCE
      config:
        input: true
    - id: result
      type: EFFECT
      config:
        effect: dog
      inputs:
        - source
  output: result
"""
    assert check_recipe(parse_recipe(text.encode()), world) == ()


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (
            "{id: it, type: RESIZ, inputs: [clip]}",
            "6 'RESIZ' [it] there is no node type 'RESIZ' (did you mean 'RESIZE'?)",
        ),
        (
            "{id: it, type: resize, config: {width: 8}, inputs: [clip]}",
            "6 'resize' [it] there is no node type 'resize' (did you mean 'RESIZE'?)",
        ),
        (
            "{id: it, type: RESIZE, config: {widht: 8, height: 8}, inputs: [clip]}",
            "6 '8' [it] RESIZE has no setting 'widht' (did you mean 'width'?)",
        ),
        (
            "{id: it, type: RESIZE, config: {width: 1}, inputs: [clip]}",
            "6 '1' [it] 'width' is 1, outside 2 to 8192 (2 to 8192 px)",
        ),
        (
            "{id: it, type: RESIZE, config: {width: .nan}, inputs: [clip]}",
            "6 '.nan' [it] 'width' takes a finite number, not nan (2 to 8192 px)",
        ),
        (
            "{id: it, type: RESIZE, config: {width: 8, mode: stretsh}, inputs: [clip]}",
            "6 'stretsh' [it] 'mode' cannot be 'stretsh': did you mean 'stretch'? (one of fit, fill, stretch, pad)",
        ),
        (
            "{id: it, type: RESIZE, config: {mode: no}, inputs: [clip]}",
            "6 'no' [it] 'mode' cannot be 'no': known: fit, fill, stretch, pad (one of fit, fill, stretch, pad)",
        ),
        ("{id: it, type: RESIZE, inputs: [clip]}", "6 '{id:' [it] RESIZE needs 'width', 'height' or both"),
        (
            "{id: it, type: RESIZE, config: {width: 8}}",
            "6 '{id:' [it] RESIZE 'it' takes 1 input, and is given none",
        ),
        (
            "{id: it, type: RESIZE, config: {width: 8}, inputs: [clip, clip]}",
            "6 '[clip' [it] RESIZE 'it' takes 1 input, and is given 2",
        ),
        (
            "{id: it, type: MUX, inputs: [clip]}",
            "6 '[clip' [it] MUX 'it' takes 2 inputs, and is given 1 (slots: video, audio)",
        ),
        ("{id: it, type: SEQUENCE}", "6 '{id:' [it] SEQUENCE 'it' takes 1 or more inputs, and is given none"),
        (
            "{id: it, type: SOURCE, config: {input: true}, inputs: [clip]}",
            "6 '[clip' [it] SOURCE 'it' takes no inputs, and is given 1",
        ),
        (
            "{id: it, type: MUX, inputs: {video: clip, adio: clip}}",
            "6 'clip' [it] MUX has no slot 'adio' (did you mean 'audio'?)",
        ),
        (
            "{id: it, type: SEQUENCE, inputs: {first: clip}}",
            "6 'clip' [it] the inputs of SEQUENCE are a list, in order",
        ),
        (
            "{id: it, type: RESIZE, config: {width: 8}, inputs: [clap]}",
            "6 'clap' [it] 'it' takes 'clap', which is no node (did you mean 'clip'?)",
        ),
        (
            "{id: it, type: SOURCE}",
            "6 '{id:' [it] 'it' must say exactly one of 'input: true', 'asset: NAME' and 'hash: …'",
        ),
        (
            "{id: it, type: SOURCE, config: {input: true, asset: dog}}",
            "6 '{input:' [it] 'it' must say exactly one of 'input: true', 'asset: NAME' and 'hash: …'",
        ),
        (
            "{id: it, type: SOURCE, config: {asset: dgo}}",
            "6 'dgo' [it] there is no asset 'dgo' here (did you mean 'dog'?)",
        ),
        (
            "{id: it, type: SOURCE, config: {hash: beef}}",
            "6 'beef' [it] 'hash' takes a content hash of 64 lower-case hex characters",
        ),
        (
            "{id: it, type: SOURCE, config: {input: true, accept: [vidio]}}",
            "6 '[vidio' [it] 'accept' must be a list of image, video, audio, data",
        ),
        (
            "{id: it, type: SOURCE, config: {input: true, default: {asset: [1]}}}",
            "6 '{asset:' [it] write {asset: NAME} or {hash: 64 hex characters}",
        ),
        (using("blurr", "clip"), "6 '\"blurr\"' [it] there is no effect 'blurr': did you mean 'blur'?"),
        (using("blur", radus=3), "6 '3' [it] blur has no setting 'radus' (did you mean 'radius'?)"),
        (using("blur", radius=-1), "6 '-1' [it] 'radius' is -1, outside 0 to 200 (0 to 200 px)"),
        (using("blur", radius="soft"), "6 '\"soft\"' [it] 'radius' takes a number, not 'soft' (0 to 200 px)"),
        (
            using("blur", "clip", "clip"),
            "6 '[clip' [it] EFFECT 'it' takes 1 input, and is given 2 (slots: input)",
        ),
        (
            "{id: it, type: EFFECT, config: {effect: blur, params: [3]}, inputs: [clip]}",
            "6 '[3' [it] 'params' is a map of settings",
        ),
        ("{id: it, type: EFFECT, inputs: [clip]}", "6 '{id:' [it] EFFECT needs 'effect'"),
        (
            "{id: it, type: SEGMENT, config: {offset: 1, start: 1}, inputs: [clip]}",
            "6 '{offset:' [it] SEGMENT takes 'offset' or 'start', not both",
        ),
        (
            "{id: it, type: TRANSFORM, config: {effects: {sped: 2}}, inputs: [clip]}",
            "6 '2' [it] TRANSFORM has no setting 'sped' (did you mean 'speed'?)",
        ),
        (
            "{id: it, type: TRANSFORM, config: {effects: [{hue: 2}, {sped: 2}]}, inputs: [clip]}",
            "6 '2' [it] TRANSFORM has no operation 'sped' (did you mean 'speed'?)",
        ),
        (
            "{id: it, type: TRANSFORM, config: {effects: [[1]]}, inputs: [clip]}",
            "6 '[1' [it] each entry of 'effects' is a map with one operation, such as {hue: 30}",
        ),
        (
            "{id: it, type: TRANSFORM, config: {effects: [[[hue, 30]]]}, inputs: [clip]}",
            "6 '[[hue' [it] each entry of 'effects' is a map with one operation, such as {hue: 30}",
        ),
        (
            "{id: it, type: SEQUENCE, config: {transition: {type: wipe}}, inputs: [clip]}",
            "6 'wipe' [it] 'type' cannot be 'wipe': did you mean 'wipe_up'? (one of cut, crossfade, fade, wipe_left,"
            " wipe_right, wipe_up, wipe_down, slide_left, slide_right, slide_up, slide_down, circle)",
        ),
    ],
)
def test_a_wrong_node_is_told_with_its_place_and_what_would_be_right(node, told):
    assert problems(CLIP, node, world=the_world("dog")) == [told]


def test_all_problems_come_at_once_in_the_order_of_the_text():
    told = problems(
        CLIP,
        using("blurr", "clip"),
        "{id: b, type: RESIZE, config: {width: 9999}, inputs: [clap]}",
        "{id: c, type: MUX, inputs: {video: clip, sound: clip}}",
        output="gone",
        head="output: {profile: wbe}",
    )
    assert [line.split(" [", 1)[0] for line in told] == [
        *("2 'wbe'", "6 '\"blurr\"'", "7 '9999'", "7 'clap'", "8 'clip'", "9 'gone'"),
    ]
    assert told[0] == "2 'wbe' [None] there is no profile 'wbe' (did you mean 'web'?)"
    assert told[-1] == "9 'gone' [None] the output names 'gone', which is no node (known: clip, it, b, c)"


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        (["{id: a, type: SEQUENCE, inputs: [a]}"], "these nodes need each other in a circle: a → a"),
        (
            [
                "{id: a, type: SEQUENCE, inputs: [b]}",
                "{id: b, type: SEQUENCE, inputs: [c]}",
                "{id: c, type: SEQUENCE, inputs: [clip, a]}",
            ],
            "these nodes need each other in a circle: c → b → a → c",
        ),
    ],
)
def test_a_circle_names_its_nodes(nodes, words):
    (told,) = problems(CLIP, *nodes)
    assert told.endswith(words)


def test_a_long_circle_is_told_in_short():
    nodes = [f"{{id: n{number}, type: SEQUENCE, inputs: [n{(number + 1) % 50}]}}" for number in range(50)]
    (told,) = problems(*nodes, output="n1")
    assert told.endswith("n49 → n48 → n47 → n46 → n45 → n44 → n43 → n42 → …")


def test_a_pin_that_does_not_match_and_one_of_an_unknown_effect_are_refused():
    code, pin = the_world().effects.get("blur").code_hash, a_digest("x")
    told = problems(
        CLIP,
        using("blur"),
        head=f"registry: {{effects: {{blur: {{hash: {pin}}}, blurr: {{hash: {code}}}}}}}",
    )
    assert told == [
        f"2 '{pin}' [None] 'blur' is pinned to other code than this server has (the code here is {code})",
        "2 '{hash:' [None] there is no effect 'blurr' here (did you mean 'blur'?)",
    ]
    pinned = a_recipe(CLIP, using("blur"), head=f"registry: {{effects: {{blur: {{hash: {code}}}}}}}")
    assert check_recipe(pinned, the_world()) == ()


IMAGE_ONLY = "{id: clip, type: SOURCE, config: {input: true, accept: [image]}}"
AUDIO_ONLY = "{id: clip, type: SOURCE, config: {input: true, accept: [audio]}}"
BOX = "{id: box, type: RESIZE, config: {width: 8, height: 8}, inputs: [clip]}"


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        (
            [IMAGE_ONLY, BOX, "{id: it, type: MUX, inputs: [clip, box]}"],
            "7 '[clip' [it] MUX needs audio or video in slot 'audio'; 'box' gives image",
        ),
        ([AUDIO_ONLY, BOX], "6 '[clip' [box] RESIZE needs image or video in slot 1; 'clip' gives audio"),
        (
            [AUDIO_ONLY, using("blur")],
            "6 '[clip' [it] EFFECT needs image or video in slot 'input'; 'clip' gives audio",
        ),
        (
            [
                IMAGE_ONLY,
                "{id: it, type: SEQUENCE, inputs: [clip, song]}",
                SONG.replace("true", "true, accept: [audio]"),
            ],
            "6 '[clip' [it] SEQUENCE needs image or video in slot 2; 'song' gives audio",
        ),
    ],
)
def test_kinds_that_cannot_fit_are_told(nodes, told):
    assert problems(*nodes, output="clip") == [told]


def test_kinds_that_may_fit_are_left_to_the_run():
    check_recipe(a_recipe(CLIP, BOX, SONG, "{id: it, type: MUX, inputs: [box, song]}"), the_world())


@pytest.mark.parametrize("source", [IMAGE_ONLY, AUDIO_ONLY])
def test_the_dog_is_a_clip_whatever_came_in(source):
    check_recipe(a_recipe(source, using("dog"), "{id: b, type: SEGMENT, inputs: [it]}"), the_world("dog"))
    check_recipe(a_recipe(source, using("dog"), BOX.replace("clip]", "it]")), the_world("dog"))


def test_nodes_that_no_output_needs_are_a_warning():
    recipe = a_recipe(CLIP, using("blur"), BOX, output="it")
    (warning,) = check_recipe(recipe, the_world())
    assert (warning.line, warning.column, warning.node) == (7, 7, "box")
    assert warning.message == "no output needs the node 'box'"
    assert check_recipe(a_recipe(CLIP, using("blur"), BOX, output="it", outputs="{b: box}"), the_world()) == ()


PARAMS = (
    "params: {n: {type: float}, i: {type: int}, t: {type: text}, b: {type: bool}, c: {type: color},"
    " e: {type: enum, choices: [fit, pad]}}"
)


@pytest.mark.parametrize(
    "node",
    [
        "{id: it, type: RESIZE, config: {width: {param: i}, height: {param: n}, mode: {param: e}}, inputs: [clip]}",
        "{id: it, type: RESIZE, config: {width: 8, background: {param: c}}, inputs: [clip]}",
        "{id: it, type: RESIZE, config: {width: 8, background: {param: t}}, inputs: [clip]}",
        "{id: it, type: SEGMENT, config: {offset: {param: n}, duration: {param: n}}, inputs: [clip]}",
        "{id: it, type: TRANSFORM, config: {effects: {hue: {param: n}, speed: {param: n}}}, inputs: [clip]}",
        "{id: it, type: TRANSFORM, config: {effects: [{blur: {param: i}}]}, inputs: [clip]}",
        "{id: it, type: SEQUENCE, config: {transition: {type: crossfade, duration: {param: n}}}, inputs: [clip]}",
        "{id: it, type: SEQUENCE, config: {still_duration: {param: n}, target_size: first}, inputs: [clip]}",
        "{id: it, type: MUX, config: {shortest: {param: b}}, inputs: [clip, clip]}",
        "{id: it, type: EFFECT, config: {effect: blur, params: {radius: {param: n}}}, inputs: [clip]}",
        "{id: it, type: EFFECT, config: {effect: dog, params: {overlay: {param: b}}}, inputs: [clip]}",
    ],
)
def test_a_param_may_stand_anywhere_in_a_config_and_needs_no_default(node):
    assert check_recipe(a_recipe(CLIP, node, head=PARAMS), the_world("dog")) == ()


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("{width: {param: t}}", "'width' takes a whole number, and that param is text"),
        ("{width: {param: b}}", "'width' takes a whole number, and that param is bool"),
        ("{width: 8, mode: {param: n}}", "'mode' takes enum, and that param is float"),
        ("{width: 8, background: {param: i}}", "'background' takes color, and that param is int"),
        ("{width: {param: nn}}", "there is no param 'nn' (did you mean 'n'?)"),
        ("{width: {param: [n]}}", "there is no param ['n']"),
        ("{width: {param: n, else: 3}}", "'width' takes a whole number, not {'param': 'n', 'else': 3}"),
    ],
)
def test_a_param_of_the_wrong_type_is_told(config, told):
    (line,) = problems(CLIP, f"{{id: it, type: RESIZE, config: {config}, inputs: [clip]}}", head=PARAMS)
    assert told in line


def test_a_default_that_does_not_fit_where_it_is_used_is_told_at_once():
    (line,) = problems(CLIP, using("blur", radius={"param": "n"}), head="params: {n: {type: float, default: 300}}")
    assert "'radius' is 300, outside 0 to 200" in line


def test_what_a_recipe_names_is_listed():
    recipe = a_recipe(
        CLIP,
        "{id: fixed, type: SOURCE, config: {asset: dog}}",
        f"{{id: own, type: SOURCE, config: {{hash: {a_digest('photo')}}}}}",
        "{id: kept, type: SOURCE, config: {asset: bark}}",
        using("blur"),
        "{id: again, type: EFFECT, config: {effect: blur}, inputs: [it]}",
        head=f"registry: {{assets: {{bark: {{hash: {a_digest('song')}}}}}}}",
    )
    assert effects_used(recipe) == ("blur",)
    found = fixed_inputs(recipe, the_world("dog"))
    assert found == {"fixed": a_digest("dog"), "own": a_digest("photo"), "kept": a_digest("song")}


def chain(kind: str, count: int) -> bytes:
    nodes = [f"{{id: n{number}, type: {kind}, inputs: [n{number - 1}]}}" for number in range(1, count)]
    return text_of("{id: n0, type: SOURCE, config: {input: true}}", *nodes)


@pytest.mark.parametrize(
    "kind", ["EFFECT, config: {effect: blur, params: {radius: 3}}", "TRANSFORM, config: {effects: {hue: 3}}"]
)
def test_a_chain_of_10_000_nodes_is_read_checked_and_planned_in_seconds(kind):
    text = chain(kind, 10_000)
    started = time.process_time()
    recipe = parse_recipe(text)
    check_recipe(recipe, the_world())
    checked = time.process_time()
    plan = make_plan(recipe, [a_digest("clip")], {}, the_world())
    planned = time.process_time()
    assert len(plan.steps) == 10_001
    assert checked - started < 5
    assert planned - checked < 5  # the goal is 1 s; it takes 0.6 s where nothing else runs


def test_a_circle_of_10_000_nodes_is_found():
    nodes = [f"{{id: n{number}, type: SEQUENCE, inputs: [n{(number + 1) % 10_000}]}}" for number in range(10_000)]
    (told,) = problems(*nodes, output="n1")
    assert "in a circle" in told


def test_thousands_of_misspelt_names_are_refused_in_seconds():
    params = ", ".join(f"pp{number}: {{type: int}}" for number in range(3000))
    nodes = [
        f"{{id: a{number}, type: SEQUENCE, config: {{still_duration: {{param: pp1x{number}}}}}}}"
        for number in range(9000)
    ]
    started = time.process_time()
    assert len(problems(*nodes, output="a1", head=f"params: {{{params}}}")) == 1000
    assert time.process_time() - started < 5


def test_what_is_wrong_with_a_declaration_is_told_there_and_not_where_it_is_used():
    text = text_of(
        CLIP,
        using("blur", radius={"param": "n"}),
        "{id: box, type: RESIZE, config: {width: {param: m}, mode: zoom}, inputs: [it]}",
        head="params: {n: {type: flaot}}",
    )
    with pytest.raises(RecipeError) as caught:
        checked_recipe(text, the_world())
    assert [(problem.line, problem.message) for problem in caught.value.problems] == [
        (2, "'type' cannot be 'flaot': did you mean 'float'?"),
        (7, "there is no param 'm'"),
        (7, "'mode' cannot be 'zoom': known: fit, fill, stretch, pad"),
    ]


def test_structure_and_meaning_are_told_at_once():
    text = text_of(CLIP, "{id: box, type: RESIZE, confg: {}, inputs: [clap]}", "{id: bad}", using("blurr", "bad"))
    with pytest.raises(RecipeError) as caught:
        checked_recipe(text, the_world())
    assert [problem.message for problem in caught.value.problems] == [
        "RESIZE needs 'width', 'height' or both",
        "a node has no setting 'confg'",
        "'box' takes 'clap', which is no node",
        "'bad' needs a 'type' such as SOURCE or EFFECT",
        "there is no effect 'blurr': did you mean 'blur'?",
    ]


HEARD = "{id: heard, type: ANALYZE, config: {features: [energy, bands]}, inputs: [song]}"


@pytest.mark.parametrize(
    ("bind", "told"),
    [
        ("{bind: heard, feature: low, range: [1, 2]}", None),
        (
            "{bind: heard, feature: beat, range: [1, 2]}",
            "'it' needs the beats of 'heard', which does not look for that",
        ),
        ("{bind: herd, feature: low, range: [1, 2]}", "'it' is bound to 'herd', which is no node"),
        ("{bind: song, feature: low, range: [1, 2]}", "'it' is bound to 'song', which is no ANALYZE node"),
        (
            "{bind: {param: who}, feature: low, range: [1, 2]}",
            "'it' is bound by a param: 'bind' names its ANALYZE node",
        ),
    ],
)
def test_what_a_value_is_bound_to_has_to_be_there(bind, told):
    zoomed = f"{{id: it, type: EFFECT, config: {{effect: zoom, params: {{factor: {bind}}}}}, inputs: [clip]}}"
    nodes, head = (CLIP, SONG, HEARD, zoomed), "params: {who: {type: text, default: heard}}"
    if told is None:
        assert check_recipe(a_recipe(*nodes, head=head), the_world()) == ()
    else:
        assert told in problems(*nodes, head=head)[0]


def test_lengths_that_follow_beats_need_beats_and_a_duration():
    timed = "{id: cut, type: MAP, config: {operation: SEGMENT, timing: {every: 2}}, inputs: [clip, heard]}"
    show = "{id: show, type: SEQUENCE, inputs: [cut]}"
    told = problems(CLIP, SONG, HEARD, timed, show)
    assert [one.split("] ")[1] for one in told] == [
        "'cut' needs the duration of 'heard', which does not look for that (add duration to its 'features')",
        "'cut' needs the beats of 'heard', which does not look for that (add beats to its 'features')",
    ]
