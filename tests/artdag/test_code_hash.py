"""The hash of code follows what code does, not how it is explained or laid out."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import artdag
from artdag.code_hash import code_hash, read_source, remember, tree_hash

CODE = '''\
"""What it does."""

from __future__ import annotations

# why
AMOUNT = 3  # px
TEXT = """a # b

  c\x20\x20\x20
"""


class Params:
    """Its settings."""

    size: int = 8
    """How large."""


def frame(picture: int) -> int:
    """Return more."""
    return picture + AMOUNT  # at last
'''


def hash_of(tmp_path: Path, text: str) -> str:
    path = tmp_path / "effect.py"
    path.write_text(text, "utf-8")
    return code_hash(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# why", "# because"),
        ("# why\n", ""),
        ("  # px", "  # pixels, many"),
        ("What it does.", "Something else.\n\nAt length."),
        ("Return more.", "Give back."),
        ("Its settings.", "Ä setting, 雪."),
        ('    """How large."""\n', ""),
        ('    """Its settings."""\n\n', ""),
        ("\n\n\nclass", "\n\nclass"),
        ("AMOUNT  # at last", "AMOUNT   "),
    ],
)
def test_words_about_code_are_no_code(tmp_path, old, new):
    assert old in CODE
    assert hash_of(tmp_path, CODE.replace(old, new)) == hash_of(tmp_path, CODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("AMOUNT = 3", "AMOUNT = 4"),
        ("size: int = 8", "size: int = 9"),
        ("a # b", "a # c"),
        ("  c   \n", "  c\n"),
        ("a # b\n\n", "a # b\n"),
        ("picture + AMOUNT", "picture - AMOUNT"),
        ('"""What it does."""\n', '"""What it does."""; OFFSET = 1\n'),
        ("    return", "    picture += 1\n    return"),
    ],
)
def test_any_change_of_code_shows(tmp_path, old, new):
    assert old in CODE
    assert hash_of(tmp_path, CODE.replace(old, new)) != hash_of(tmp_path, CODE)


def test_code_behind_a_docstring_on_one_line_counts(tmp_path):
    one, other = ('"""Dög."""; AMOUNT = 1\n', '"""Dög."""; AMOUNT = 2\n')
    assert hash_of(tmp_path, one) != hash_of(tmp_path, other)
    assert hash_of(tmp_path, one) == hash_of(tmp_path, '"""Cät."""; AMOUNT = 1\n')


def test_the_engine_modules_that_it_leans_on_count_near_and_far(tmp_path):
    plain = hash_of(tmp_path, "X = 1\n")
    near = hash_of(tmp_path, "from artdag.codec.frame import Frame\n\nX = 1\n")
    assert plain != near
    assert near != hash_of(tmp_path, "from artdag.codec.graph import Filter\n\nX = 1\n")
    assert near == hash_of(tmp_path, "from artdag.codec.frame import Frame\n\n\nX = 1\n")


def test_a_module_of_the_engine_that_changes_changes_the_hash(tmp_path, monkeypatch):
    path = tmp_path / "effect.py"
    path.write_text("from artdag.codec.adjust import tone\n", "utf-8")
    changed = tmp_path / "geometry.py"
    changed.write_text((Path(artdag.__file__).parent / "codec/graph.py").read_text("utf-8") + "\nMORE = 1\n", "utf-8")
    before = code_hash(path)
    own = artdag.code_hash._module
    monkeypatch.setattr(
        artdag.code_hash, "_module", lambda name: changed if name == "artdag.codec.graph" else own(name)
    )
    artdag.code_hash._module_essence.cache_clear()
    assert code_hash(path) != before


def test_what_is_left_of_every_module_here_is_still_the_same_program():
    for path in sorted(Path(artdag.__file__).parent.rglob("*.py")):
        text = path.read_text("utf-8")
        left = ast.parse(text)
        for node in ast.walk(left):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                node.body = [one for one in body if not _is_text(one)]
        assert _shape(ast.parse(_with_bodies(read_source(text).bare))) == _shape(left), path


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _with_bodies(text: str) -> str:
    """A class that had nothing but a docstring has no body left; give it one, so that it can be parsed."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        indent = len(line) - len(line.lstrip())
        opens = line.lstrip().startswith(("class ", "def ")) and line.endswith(":")
        if opens and len(following) - len(following.lstrip()) <= indent:
            lines[number] += " pass"
    return "\n".join(lines)


def _shape(tree: ast.AST) -> str:
    for node in ast.walk(tree):
        if getattr(node, "body", None) == []:
            node.body = [ast.Pass()]
    return ast.dump(tree)


@pytest.mark.parametrize(
    "text",
    [
        "import artdag.plan",
        "import json, artdag.plan as made",
        "import json; import artdag.plan",
        "if made: import artdag.plan",
        "from artdag import plan",
        "from artdag.plan import Plan",
        "from artdag.plan import (\n    Plan as Made,  # a plan\n    Step,\n)",
        "def later():\n    from artdag.plan import Plan",
    ],
)
def test_every_form_of_import_is_seen(text):
    assert read_source(text).imports == {"artdag.plan"}


@pytest.mark.parametrize("text", ["from .plan import Plan", "raise it from plan", "x = 'import artdag.plan'"])
def test_other_words_are_no_imports(text):
    assert read_source(text).imports == frozenset()


def test_the_hash_of_a_tree_follows_names_and_bytes_of_its_python_files(tmp_path):
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/c.py").write_text("2")
    first = tree_hash(tmp_path)
    (tmp_path / "b/__pycache__").mkdir()
    (tmp_path / "b/__pycache__/c.py").write_text("3")
    (tmp_path / "notes.txt").write_text("4")
    assert tree_hash(tmp_path) == first
    (tmp_path / "b/c.py").rename(tmp_path / "b/d.py")
    assert tree_hash(tmp_path) != first


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A memory of our own, empty."""
    place = tmp_path / "pycache/sources.json"
    monkeypatch.setattr(artdag.code_hash, "_MEMORY", place)
    monkeypatch.setattr(artdag.code_hash.sys, "dont_write_bytecode", False)
    _forget()
    yield place
    _forget()


def _forget() -> None:
    for known in (artdag.code_hash._remembered, artdag.code_hash._module_essence):
        known.cache_clear()
    artdag.code_hash._fresh.clear()


def test_what_was_read_once_is_remembered_and_comes_to_the_same_hash(tmp_path, memory, monkeypatch):
    before = hash_of(tmp_path, CODE)
    remember()
    assert memory.exists()
    _forget()
    monkeypatch.setattr(artdag.code_hash, "read_source", None)  # nothing is taken apart again
    assert hash_of(tmp_path, CODE) == before


def test_a_changed_text_is_not_remembered(tmp_path, memory):
    before = hash_of(tmp_path, CODE)
    remember()
    _forget()
    assert hash_of(tmp_path, CODE.replace("AMOUNT = 3", "AMOUNT = 4")) != before


@pytest.mark.parametrize("text", ["", "[]", '{"by": "another reader", "entries": {"x": 1}}', '{"entries": 3}'])
def test_a_memory_of_others_is_not_believed(tmp_path, memory, text):
    before = hash_of(tmp_path, CODE)
    _forget()
    memory.parent.mkdir(exist_ok=True)
    memory.write_text(text)
    assert hash_of(tmp_path, CODE) == before


def test_where_nothing_may_be_written_it_is_read_again(tmp_path, memory, monkeypatch):
    (tmp_path / "pycache").write_text("in the way")
    hash_of(tmp_path, CODE)
    remember()
    assert not memory.exists()
