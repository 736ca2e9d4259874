"""Recipes that want to run code, read files, be large when small, or say something else than they seem to."""

from __future__ import annotations

from tests.hostile.case import SENTINEL

HEAD = "name: x\nversion: '1'\ndag:\n  nodes:\n"
CLIP = "    - {id: a, type: SOURCE, config: {input: true}}\n"


def node(line: str, output: str = "b") -> str:
    return f"{HEAD}{CLIP}    - {{{line}}}\n  output: {output}\n"


def effect(name: str, params: str) -> str:
    return node(f"id: b, type: EFFECT, config: {{effect: {name}, params: {{{params}}}}}, inputs: [a]")


def laughs(levels: int) -> str:
    lines = "".join(f"b{n}: &b{n} [*b{n - 1}, *b{n - 1}]\n" for n in range(1, levels))
    return f"b0: &b0 [x, x]\n{lines}{HEAD}{CLIP}  output: a\n"


WIDE = "\n".join(f"    - {{id: n{n}, type: EFFECT, config: {{effect: invert}}, inputs: [a]}}" for n in range(10_001))

RECIPES: dict[str, str | bytes] = {
    "alias bomb of 9 levels": laughs(9),
    "alias bomb of 30 levels": laughs(30),
    "merge keys that grow": "a: &a {x: 1}\n" + "".join(f"b{n}: &b{n} {{<<: [*a, *a]}}\n" for n in range(20)),
    "an alias of itself": "a: &a [*a]\n",
    "10000 levels deep": "[" * 10_000,
    "a Python object": "!!python/object/apply:os.system ['touch /tmp/owned']\n",
    "a Python name": node("id: b, type: EFFECT, config: {effect: !!python/name:os.system ''}, inputs: [a]"),
    "a tag of its own": "!evil {name: x}\n",
    "an integer of 200000 digits": f"{HEAD}{CLIP}  output: {'9' * 200_000}\n",
    "a hex number of 500000 digits": f"{HEAD}{CLIP}  output: 0x{'f' * 500_000}\n",
    "sexagesimal": effect("blur", f"radius: {'1:' * 2000}1"),
    "a key twice": "name: x\nname: y\n",
    "keys that are no text": "1: x\n.nan: y\n",
    "50000 documents": "---\n" * 50_000,
    "a date that is none": "name: 2026-99-99\n",
    "UTF-16": "name: x\n".encode("utf-16"),
    "a NUL": b"name: x\0y\n",
    "half a surrogate": b"name: \xed\xa0\x80\n",
    "bytes that are no text": b"\xff\xfe\xfd" * 100,
    "a circle": node("id: b, type: EFFECT, config: {effect: invert}, inputs: [b]"),
    "a node that is not there": node("id: b, type: EFFECT, config: {effect: invert}, inputs: [zz]"),
    "an effect that is not there": effect("no_such_effect", ""),
    "an effect by path": effect("../../../etc/passwd", ""),
    "an effect by import": effect("os.system", ""),
    "a type that is not there": node("id: b, type: __import__, inputs: [a]"),
    "10001 nodes": f"{HEAD}{CLIP}{WIDE}\n  output: n1\n",
    "an id that is a path": node("id: ../../x, type: EFFECT, config: {effect: invert}, inputs: [a]", "../../x"),
    "an id that is a dunder of 10 KB": node(
        f"id: {'__class__' * 1200}, type: EFFECT, config: {{effect: invert}}, inputs: [a]"
    ),
    "an id that turns text around": node('id: "b\\u202Egnp", type: EFFECT, config: {effect: invert}, inputs: [a]'),
    "text where a number belongs: drawtext": effect("blur", 'radius: "1,drawtext=textfile=/etc/passwd"'),
    "text where a number belongs: movie": effect("blur", "radius: 'movie=http\\://127.0.0.1'"),
    "text where a number belongs: metadata": effect("hue_shift", 'degrees: "0[x];metadata=print:file=/tmp/x"'),
    "text where a number belongs: shell": effect("blur", "radius: '1; touch /tmp/owned'"),
    "text where a number belongs: $()": effect("blur", "radius: $(id)"),
    "text where a number belongs: a flag": effect("blur", "radius: '-i http://127.0.0.1/'"),
    "a number without end": effect("blur", "radius: .inf"),
    "no number": effect("blur", "radius: .nan"),
    "a number too large": effect("blur", "radius: 1.0e+308"),
    "yes where a number belongs": effect("blur", "radius: yes"),
    "a list where a number belongs": effect("blur", "radius: [1, 2]"),
    "a map where a number belongs": effect("blur", "radius: {a: 1}"),
    "a setting that is not there": effect("blur", "radius: 1, __class__: 2"),
    "a size of a million": node("id: b, type: RESIZE, config: {width: 1000000, height: 1000000}, inputs: [a]"),
    "a size below nothing": node("id: b, type: RESIZE, config: {width: -2, height: 8}, inputs: [a]"),
    "a length of 10¹⁸ seconds": node("id: b, type: SEGMENT, config: {offset: 0, duration: 1.0e+18}, inputs: [a]"),
    "a formula that imports": effect("expr", "luma: \"__import__('os').system('id')\""),
    "a formula of 100 KB": effect("expr", f"luma: '{'(' * 50_000}'"),
    "a source by path": f"{HEAD}    - {{id: a, type: SOURCE, config: {{path: /etc/passwd}}}}\n  output: a\n",
    "a source by address": f"{HEAD}    - {{id: a, type: SOURCE, config: {{url: 'http://127.0.0.1/'}}}}\n  output: a\n",
    "a hash that is a path": f"{HEAD}    - {{id: a, type: SOURCE, config: {{hash: '../../passwd'}}}}\n  output: a\n",
    "a hash of 63 characters": f"{HEAD}    - {{id: a, type: SOURCE, config: {{hash: {'a' * 63}}}}}\n  output: a\n",
    "an asset that is a path": f"{HEAD}    - {{id: a, type: SOURCE, config: {{asset: ../cat}}}}\n  output: a\n",
    "itself inside itself": node("id: b, type: RECIPE, config: {recipe: x}, inputs: [a]"),
    "an output that is not there": f"{HEAD}{CLIP}  output: zz\n",
    "no nodes": "name: x\ndag: {nodes: [], output: a}\n",
    "nodes that are a text": "name: x\ndag: {nodes: abc, output: a}\n",
    "a name of 10 KB": f"name: {'x' * 10_000}\n{HEAD[8:]}{CLIP}  output: a\n",
    "a name that is a page": node("id: b, type: EFFECT, config: {effect: invert}, inputs: [a]").replace(
        "name: x", "name: '<img src=x onerror=alert(1)>'"
    ),
    "a name of control characters": 'name: "a\\u0007\\u001b[2Jb"\n' + HEAD[8:] + CLIP + "  output: a\n",
    "a parameter without sense": f"params: {{a: {{type: os.system}}}}\n{HEAD}{CLIP}  output: a\n",
    "a secret in a comment": f"# {SENTINEL.decode()}\n[",
    "nothing": "",
    "a text": "hello",
    "a list": "- a\n- b\n",
    "JSON that is cut off": '{"name": "x", "dag": {',
}
"""Each is refused with a sentence: 422, or 413 where it is too long to be read at all."""
