"""Drop-in files: what is right is found, what is wrong is told and disturbs nothing."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import signal
from pathlib import Path

import pytest
import yaml

import artdag.effects
import artdag.packages
from artdag.catalog import load_effects, load_node_types
from artdag.code_hash import code_hash
from artdag.errors import EffectError
from artdag.params import settle, specs

EFFECT = '''\
"""Make it {word}."""

from dataclasses import dataclass
from typing import Annotated

from artdag.effect import Effect, Input
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    {word}: Annotated[float, Range(0, 1), "How {word}."] = 0.5


def frame(picture, params, moment):
    return picture


EFFECT = Effect(name="mine", group="look", params=Params, frame=frame)
'''


def folder_with(tmp_path: Path, **files: str) -> Path:
    tmp_path.mkdir(exist_ok=True)
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
    return tmp_path


def test_all_that_come_with_the_engine_are_loaded():
    catalog = load_effects()
    assert catalog.refused == {}
    files = Path(next(iter(artdag.effects.__path__))).glob("[a-z]*.py")
    assert sorted(path.stem for path in files) == [effect.name for effect in catalog]
    assert len({effect.code_hash for effect in catalog}) == len(catalog)
    assert set(load_node_types()) >= {"SOURCE", "SEGMENT", "RESIZE", "TRANSFORM", "SEQUENCE", "MUX", "EFFECT"}
    assert all(node.doc and node.name == name for name, node in load_node_types().items())


def test_an_operators_file_is_an_effect_like_any_other(tmp_path):
    folder = folder_with(tmp_path, mine=EFFECT.format(word="rough"))
    effect = load_effects([folder]).get("mine")
    assert effect.summary == "Make it rough."
    assert effect.code_hash == code_hash(tmp_path / "mine.py")
    assert [spec.name for spec in effect.param_specs] == ["rough"]


def test_effects_of_one_name_in_two_folders_keep_their_own_settings(tmp_path):
    one = load_effects([folder_with(tmp_path / "a", mine=EFFECT.format(word="rough"))]).get("mine")
    other = load_effects([folder_with(tmp_path / "b", mine=EFFECT.format(word="smooth"))]).get("mine")
    assert [spec.name for spec in specs(one.params)] == ["rough"]
    assert [spec.name for spec in specs(other.params)] == ["smooth"]
    assert settle(one.params, {"rough": 1}).rough == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("EFFECT = 1/0\n", "mine.py cannot be imported: ZeroDivisionError: division by zero"),
        (
            "import no_such_module\n",
            "mine.py cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("def (\n", "mine.py cannot be imported: SyntaxError"),
        ("\0", "mine.py cannot be imported: "),
        ("raise SystemExit(3)\n", "mine.py cannot be imported: SystemExit: 3"),
        (
            "class Own(BaseException):\n    pass\nraise Own('of no family')\n",
            "mine.py cannot be imported: Own: of no family",
        ),
        (
            "def again():\n    return again()\nagain()\n",
            "mine.py cannot be imported: RecursionError: maximum recursion depth exceeded",
        ),
        ("assert False\n", "mine.py cannot be imported: AssertionError"),
        ("raise ValueError('one\\n\\n  two ' + 999 * 'x')\n", "mine.py cannot be imported: ValueError: one two xxx"),
        ("from artdag.effect import Efect\n", "mine.py cannot be imported: ImportError: cannot import name 'Efect'"),
        ("X = 1\n", "mine.py has no EFFECT = Effect(…)"),
        ("EFFECT = {'name': 'mine'}\n", "mine.py has no EFFECT = Effect(…)"),
        (
            EFFECT.replace('"mine"', '"yours"').format(word="rough"),
            "mine.py declares the effect 'yours': file and effect",
        ),
        (EFFECT.replace(", frame=frame", "").format(word="rough"), "mine.py: the effect has no form"),
        (EFFECT.replace("frame=frame", "frame='frame'").format(word="x"), "mine.py: frame is a function, not str"),
        (
            EFFECT.replace("params=Params", "params=Params, pixel_formats=('yuv422p',)").format(word="rough"),
            "mine.py: 'yuv422p' is no pixel format of effects: they are yuv420p, ",
        ),
        (
            EFFECT.replace("params=Params", "params=Params, pixel_formats=()").format(word="rough"),
            "mine.py: it takes no pixel format: they are yuv420p, ",
        ),
        (
            EFFECT.replace("params=Params", "params=Params, inputs=(Input('a'), Input('a'))").format(word="rough"),
            "mine.py: each input has a name of its own",
        ),
        (EFFECT.replace("params=Params", "params=Params, inputs=()").format(word="rough"), "mine.py: each input has a"),
        (
            EFFECT.replace("0.5", "1.5").format(word="rough"),
            "mine.py: the default of a setting is not allowed: 'rough' is 1.5, outside 0 to 1",
        ),
        (
            EFFECT.replace("0.5", "'half'").format(word="rough"),
            "mine.py: the default of a setting is not allowed: 'rough' takes a number, not 'half'",
        ),
        (
            EFFECT.replace("params=Params", "params=dict").format(word="rough"),
            "mine.py: its params cannot be read: TypeError",
        ),
        (
            EFFECT.replace("Annotated[float,", "Annotated[bytes,").format(word="rough"),
            "mine.py: its params cannot be read",
        ),
        (
            EFFECT.replace("frame=frame", "frame=frame, gives=lambda params, shapes: 1 / 0").format(word="rough"),
            "mine.py: how long its result lasts cannot be told: ZeroDivisionError",
        ),
        (
            EFFECT.replace('group="look"', 'inputs=(Input("a", asset="dog"), Input("b")), group="look"').format(
                word="x"
            ),
            "mine.py: inputs that an asset fills come after",
        ),
    ],
)
def test_a_file_that_is_no_effect_is_left_out_and_told_of(tmp_path, text, why):
    catalog = load_effects([folder_with(tmp_path, mine=text)])
    assert set(load_effects().effects) == set(catalog.effects)
    assert list(catalog.refused) == ["mine.py"]
    told = catalog.refused["mine.py"]
    assert told.startswith(why)
    assert len(told) < 300
    assert "\n" not in told


ENDLESS = [
    "while True:\n    pass\n",
    "import time\ntime.sleep(1e9)\n",
    "while True:\n    try:\n        1 / 0\n    except Exception:\n        pass\n",
    "import threading\nthreading.Event().wait()\n",
    EFFECT.format(word="rough") + "\nclass Endless:\n    def __getattr__(self, name):\n        while True: pass\n"
    "Params.__annotations__['rough'] = 'Endless().a'\n",
]


@pytest.mark.parametrize("text", ENDLESS)
def test_a_file_that_is_never_done_is_given_up_and_its_neighbours_stay(tmp_path, monkeypatch, text):
    monkeypatch.setattr("artdag.catalog.LONGEST_S", 0.2)
    before = signal.getsignal(signal.SIGALRM)
    neighbour = EFFECT.replace('"mine"', '"next_one"').format(word="rough")
    catalog = load_effects([folder_with(tmp_path, mine=text, next_one=neighbour)])
    assert catalog.refused == {"mine.py": "mine.py was given up: after 0.2 s it was still not loaded"}
    assert "next_one" in catalog
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_one_bad_file_does_not_keep_its_neighbours_out(tmp_path):
    folder = folder_with(tmp_path, bad="EFFECT = 1/0\n", mine=EFFECT.format(word="rough"), worse="def (\n")
    catalog = load_effects([folder])
    assert "mine" in catalog
    assert sorted(catalog.refused) == ["bad.py", "worse.py"]


def test_a_text_that_is_not_utf8_is_refused_although_python_would_take_it(tmp_path):
    text = "# coding: latin-1\n" + EFFECT.format(word="rough").replace("Make it", "Mäke it")
    (tmp_path / "mine.py").write_bytes(text.encode("latin-1"))
    refused = load_effects([tmp_path]).refused
    assert refused["mine.py"].startswith("mine.py cannot be read as UTF-8: UnicodeDecodeError: ")


@pytest.mark.parametrize("name", ["Mine", "my-effect", "my effect", "9lives", "größe"])
def test_a_name_that_no_recipe_would_write_is_refused(tmp_path, name):
    folder_with(tmp_path, **{name: EFFECT.replace('"mine"', repr(name)).format(word="rough")})
    told = load_effects([tmp_path]).refused[f"{name}.py"]
    assert told == f"{name}.py: the name of an effect is of small letters, digits and _, and begins with a letter"


def test_a_folder_and_a_link_to_nowhere_are_no_effects(tmp_path):
    (tmp_path / "mine.py").mkdir()
    (tmp_path / "lost.py").symlink_to(tmp_path / "nowhere.py")
    assert set(load_effects([tmp_path]).refused) == {"mine.py", "lost.py"}


def test_a_name_that_two_of_the_operators_files_have_goes_to_the_first(tmp_path):
    first = folder_with(tmp_path / "a", mine=EFFECT.format(word="rough"))
    second = folder_with(tmp_path / "b", mine=EFFECT.format(word="smooth"))
    catalog = load_effects([first, second])
    assert catalog.get("mine").summary == "Make it rough."
    assert catalog.refused == {"mine.py": "there is an effect 'mine' already"}


def test_ctrl_c_while_a_file_is_imported_still_ends_the_program(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        load_effects([folder_with(tmp_path, mine="raise KeyboardInterrupt\n")])


OTHERS = ["from artdag_effects_of_operator.aaa import K", "from .aaa import K", "from . import aaa", "import beside"]


@pytest.mark.parametrize("text", [*OTHERS, "def frame(picture):\n    from artdag_effects_of_operator import aaa"])
def test_an_effect_that_takes_code_from_another_file_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    folder_with(tmp_path / "elsewhere", beside="K = 1\n")
    aaa = EFFECT.replace('"mine"', '"aaa"').format(word="rough") + "\nK = 1\n"
    mine = EFFECT.format(word="rough") + "\n" + text + "\n"
    catalog = load_effects([folder_with(tmp_path / "effects", aaa=aaa, mine=mine)])
    assert "aaa" in catalog
    assert catalog.refused["mine.py"].endswith(
        ": an effect file may import the engine, numpy and installed packages, not other files"
    )


@pytest.mark.parametrize("text", ["import yaml", "import yaml.nodes as n", "def later():\n    from yaml import load"])
def test_the_version_of_a_package_that_it_imports_is_part_of_its_code(tmp_path, monkeypatch, text):
    folder = folder_with(tmp_path, mine=EFFECT.format(word="rough") + "\n" + text + "\n")
    before = load_effects([folder]).get("mine").code_hash
    assert before == code_hash(folder / "mine.py", {"PyYAML": yaml.__version__})
    own = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "99" if name == "PyYAML" else own(name))
    assert load_effects([folder]).get("mine").code_hash == code_hash(folder / "mine.py", {"PyYAML": "99"}) != before


def test_a_package_that_it_can_do_without_counts_once_it_is_there(tmp_path, monkeypatch):
    text = EFFECT.format(word="rough") + "\ntry:\n    import no_such_thing\nexcept ImportError:\n    pass\n"
    folder = folder_with(tmp_path, mine=text)
    before = load_effects([folder]).get("mine").code_hash
    assert before == code_hash(folder / "mine.py")
    packages = {**artdag.packages._packages_by_module(), "no_such_thing": ["PyYAML"]}
    monkeypatch.setattr(artdag.packages, "_packages_by_module", lambda: packages)
    assert load_effects([folder]).get("mine").code_hash != before


def test_a_name_that_is_taken_is_refused_and_the_first_one_stays(tmp_path):
    text = EFFECT.replace('"mine"', '"blur"').format(word="rough")
    catalog = load_effects([folder_with(tmp_path, blur=text)])
    assert catalog.refused == {"blur.py": "there is an effect 'blur' already"}
    assert catalog.get("blur") == load_effects().get("blur")


def test_files_with_an_underscore_or_a_dot_and_other_files_are_none(tmp_path):
    folder = folder_with(tmp_path, _mine="1/0", **{".hidden": "1/0"})
    (folder / "notes.txt").write_text("1/0")
    assert load_effects([folder, tmp_path / "nowhere"]).refused == {}


def test_an_unknown_effect_is_told_with_the_nearest_spelling():
    with pytest.raises(EffectError, match=r"there is no effect 'blurr': did you mean 'blur'?"):
        load_effects().get("blurr")
    assert "blurr" not in load_effects()


def test_a_copy_of_an_effect_has_the_hash_of_the_original(tmp_path):
    source = Path(next(iter(artdag.effects.__path__))) / "sepia.py"
    shutil.copy(source, tmp_path / "sepia.py")
    assert code_hash(tmp_path / "sepia.py") == load_effects().get("sepia").code_hash


def test_an_edit_counts_at_once_and_nothing_is_left_in_the_operators_folder(tmp_path):
    text = EFFECT.format(word="rough")
    os.utime(folder_with(tmp_path, mine=text) / "mine.py", (1, 1))
    load_effects([tmp_path])
    os.utime(folder_with(tmp_path, mine=text.replace("0.5", "0.7")) / "mine.py", (1, 1))  # as long, as old
    assert load_effects([tmp_path]).get("mine").param_specs[0].default == 0.7
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]
