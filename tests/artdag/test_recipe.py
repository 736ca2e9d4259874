"""From text to a recipe: the whole language is read, and every fault of structure is told with its place."""

from __future__ import annotations

import pytest

from artdag.catalog import load_effects
from artdag.checker import check_recipe
from artdag.digest import digest_bytes
from artdag.errors import ParameterError, RecipeError
from artdag.media import Kind
from artdag.recipe import variable_inputs
from artdag.recipe_reader import MAX_NODES, parse_recipe, recipe_for_effect
from tests.artdag.shelf import CLIP, a_recipe, text_of, the_world
from tests.builders import a_digest

WHOLE = f"""
name: soft-night
version: "0.3"
description: Shorten a clip
owner: "@ana@example.org"
registry:
  assets:
    bark: {{hash: "{a_digest("bark")}"}}
  effects:
    blur: {{hash: "{a_digest("code")}"}}
params:
  chill: {{type: float, default: 0.4, min: 0, max: 1, unit: "°", description: how blue}}
  size: {{type: int}}
  way: {{type: enum, choices: [fit, pad], default: fit}}
  tint: {{type: color, default: orange}}
dag:
  nodes:
    - {{id: clip, type: SOURCE, config: {{input: true, name: Clip, accept: [video]}}}}
    - {{id: bark, type: SOURCE, config: {{asset: bark}}}}
    - {{id: both, type: MUX, inputs: {{audio: bark, video: clip}}}}
    - {{id: one, type: SEGMENT, config: {{duration: 1}}, inputs: both}}
    - {{id: two, type: SEQUENCE, inputs: [one, one]}}
  output: two
  outputs: {{first: one, whole: two}}
output: {{profile: preview}}
"""


def problems(text: bytes | str) -> list[str]:
    """Return what is wrong as ``line:column field message (hint)``."""
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text if isinstance(text, bytes) else text.encode())
    return [
        f"{problem.line}:{problem.column} {problem.field} {problem.message}"
        + (f" ({problem.hint})" if problem.hint else "")
        for problem in caught.value.problems
    ]


def test_every_part_of_the_language_is_read():
    recipe = parse_recipe(WHOLE.encode())
    assert recipe.recipe_id == digest_bytes(WHOLE.encode())
    assert (recipe.name, recipe.version, recipe.owner) == ("soft-night", "0.3", "@ana@example.org")
    assert recipe.assets == {"bark": a_digest("bark")}
    assert recipe.effect_pins == {"blur": a_digest("code")}
    assert [(decl.name, decl.type, decl.spec.required) for decl in recipe.params] == [
        *(("chill", "float", False), ("size", "int", True), ("way", "enum", False), ("tint", "color", False)),
    ]
    assert [node.inputs for node in recipe.nodes] == [
        *((), (), (("audio", "bark"), ("video", "clip")), ((0, "both"),), ((0, "one"), (1, "one"))),
    ]
    assert list(recipe.outputs.items()) == [("whole", "two"), ("first", "one")], "the main output comes first"
    assert recipe.profile == "preview"
    (hole,) = variable_inputs(recipe)
    assert (hole.node, hole.name, hole.accept) == ("clip", "Clip", (Kind.VIDEO,))


def test_param_values_are_settled_and_defaults_filled_in():
    recipe = parse_recipe(WHOLE.encode())
    values = recipe.param_values({"size": 7.0, "chill": 1})
    assert repr(values) == "{'chill': 1.0, 'size': 7, 'way': 'fit', 'tint': '#ffa500'}"


def test_params_that_do_not_fit_are_told_all_at_once():
    with pytest.raises(ParameterError) as caught:
        parse_recipe(WHOLE.encode()).param_values({"chil": 1, "chill": 2, "way": "fill"})
    told = {(problem.field, problem.message, problem.hint) for problem in caught.value.problems}
    assert told == {
        ("params.chil", "soft-night has no param 'chil'", "did you mean 'chill'?"),
        ("params.chill", "'chill' is 2, outside 0 to 1", None),
        ("params.size", "the param 'size' is needed", None),
        ("params.way", "'way' cannot be 'fill': known: fit, pad", None),
    }


@pytest.mark.parametrize("raw", ["1.5", '"1.5"'])
def test_a_version_may_be_written_with_or_without_quotes(raw):
    assert a_recipe(CLIP, head=f"version: {raw}").version == "1.5"


def test_everything_wrong_with_the_structure_is_told_at_once():
    text = """\
name: bad name
colour: red
registry:
  assets: {bark: {hash: beef}}
  efects: {}
params:
  p: {type: flaot}
  q: {type: enum}
  r: {type: int, min: 5, max: 1}
  s: {type: int, default: 1.5}
  "1x": {type: int}
  t: {type: text, min: 1}
  u: {type: int, choices: [a]}
dag:
  nodes:
    - {id: a, type: SOURCE, input: [b]}
    - {id: a, type: SOURCE}
    - {id: "9", type: SOURCE}
    - {id: c}
    - {id: d, type: BLUR, config: [1]}
    - {id: e, type: BLUR, inputs: [[a]]}
    - just a word
    - {type: SOURCE}
  outputs: {"": a, x: [a]}
  output: [a]
"""
    told = problems(text)
    for part in (
        "2:9 colour a recipe has no setting 'colour'",
        "1:7 name a recipe's name has letters",
        "5:11 registry.efects 'registry' has no setting 'efects' (did you mean 'effects'?)",
        "16:36 dag.nodes.0.input a node has no setting 'input' (did you mean 'inputs'?)",
        "17:12 dag.nodes.1.id the id 'a' is taken by the node on line 16",
        "18:12 dag.nodes.2.id '9' is not a node id",
        "19:7 dag.nodes.3.type 'c' needs a 'type'",
        "20:35 dag.nodes.4.config 'config' of 'd' must be a map",
        "21:35 dag.nodes.5.inputs 'inputs' of 'e' must be a list of node ids",
        "22:7 dag.nodes.6 a node must be a map",
        "23:7 dag.nodes.7.id a node needs an 'id'",
        "24:17 dag.outputs. 'outputs' must map names to node ids",
        "24:23 dag.outputs.x 'outputs' must map names to node ids",
        "25:11 dag.output 'output' must be the id of the node",
        "7:13 params.p.type 'type' cannot be 'flaot': did you mean 'float'?",
        "8:6 params.q the param 'q' is an enum and needs 'choices'",
        "9:23 params.r.min 'min' 5 is above 'max' 1",
        "10:27 params.s.default 's' takes a whole number, not 1.5",
        "11:9 params.1x a param's name has letters",
        "12:6 params.t 'min' and 'max' are for numbers",
        "13:27 params.u.choices 'choices' is for the type enum",
        "4:25 registry.assets.bark.hash 'beef' is not a content hash",
    ):
        assert any(line.startswith(part) for line in told), (part, told)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, 2]", "1:1 None a recipe must be a map with 'name' and 'dag'"),
        ("name: x", "a recipe needs 'dag'"),
        ("dag: {nodes: [{id: a, type: SOURCE}], output: a}", "a recipe needs 'name'"),
        ("name: x\ndag:\n", "2:5 dag 'dag' needs 'nodes'"),
        ("name: x\ndag: 5", "2:6 dag 'dag' must be a map"),
        ("name: x\ndag: {}", "'dag' needs 'nodes'"),
        ("name: x\ndag: {nodes: []}", "2:14 dag.nodes 'dag' needs 'nodes', a list of at least one node"),
        ("name: x\ndag: {nodes: [{id: a, type: SOURCE}]}", "'dag' needs 'output'"),
        ("name: x\ndag: {nodes: [{id: a, type: SOURCE}], outputs: {}}", "'dag' needs 'output'"),
        (
            "name: x\nversion: []\ndag: {nodes: [{id: a, type: S}], output: a}",
            "2:10 version 'version' must be a short text",
        ),
        ("name: x\noutput: {profile: 5}\ndag: {nodes: [{id: a, type: S}], output: a}", "'profile' must be the name"),
        ("name: x\noutput: {profil: web}\ndag: {nodes: [{id: a, type: S}], output: a}", "did you mean 'profile'?"),
        ("name: x\nregistry: [1]\ndag: {nodes: [{id: a, type: S}], output: a}", "'registry' must be a map"),
        ("name: x\nregistry: {effects: {dog: x}}\ndag: {nodes: [{id: a, type: S}], output: a}", "must be a map"),
        ("name: x\nregistry: {effects: {dog: {}}}\ndag: {nodes: [{id: a, type: S}], output: a}", "must be pinned by"),
    ],
)
def test_a_missing_or_misshapen_part_is_told(text, words):
    assert any(words in line for line in problems(text)), problems(text)


def test_the_number_of_nodes_and_outputs_is_bounded():
    nodes = [f"{{id: n{number}, type: S}}" for number in range(MAX_NODES + 1)]
    assert "10,000 nodes" in problems(text_of(*nodes))[0]
    assert len(a_recipe(*nodes[:-1]).nodes) == MAX_NODES
    outputs = "{" + ", ".join(f"o{number}: n0" for number in range(101)) + "}"
    assert "100 outputs" in problems(text_of(*nodes[:2], outputs=outputs))[0]


def test_a_text_with_thousands_of_faults_tells_a_thousand():
    text = "name: x\ndag:\n  nodes:\n" + "  - {}\n" * 9999 + "  output: a\n"
    with pytest.raises(RecipeError, match="9998 more") as caught:
        parse_recipe(text.encode())
    assert len(caught.value.problems) == 1000


@pytest.mark.parametrize("effect", [pytest.param(effect, id=effect.name) for effect in load_effects()])
def test_the_bare_name_of_an_effect_means_a_recipe(effect):
    recipe = parse_recipe(recipe_for_effect(effect))
    assert recipe.name == effect.name
    assert check_recipe(recipe, the_world("dog")) == ()
    assert [hole.node for hole in variable_inputs(recipe)] == [item.slot for item in effect.wired]
    declared = {spec.name: spec for spec in effect.param_specs}
    for decl in recipe.params:
        assert decl.spec.default == declared[decl.name].default
        if decl.type != "text":
            assert (decl.spec.low, decl.spec.high) == (declared[decl.name].low, declared[decl.name].high)
