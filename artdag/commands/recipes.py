"""Commands on a recipe with its inputs: `render`, `plan` and `explain`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from artdag.checker import checked_recipe
from artdag.digest import Digest
from artdag.errors import BrokenMediaError, InputError, ParameterError, RecipeError, UnsupportedMediaError
from artdag.explanation import GIVEN, RUNS, Explained
from artdag.local_store import LocalStore
from artdag.plan import ENCODE, Plan
from artdag.recipe_reader import parse_recipe
from artdag.value_words import format_value
from artdag.yaml_document import MAX_BYTES, read_yaml


def recipe_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", type=Path, help="recipe file")
    parser.add_argument("-i", "--input", action="append", default=[], metavar="NODE=FILE", help="media for a SOURCE")
    parser.add_argument("-p", "--param", action="append", default=[], metavar="NAME=VALUE", help="value for a param")
    parser.add_argument("-a", "--asset", action="append", default=[], metavar="NAME=FILE", help="media that it names")
    parser.add_argument("--effects", type=Path, action="append", default=[], metavar="FOLDER", help="effects of yours")
    parser.add_argument("--store", type=Path, help="folder that remembers work (default: forget it afterwards)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _pairs(texts: Sequence[str], what: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"write {what}, not {text!r}")
        if name in pairs:
            raise InputError(f"{name!r} is given twice")
        pairs[name] = value
    return pairs


def _with_store(options: argparse.Namespace, work: Callable[[LocalStore, argparse.Namespace], int]) -> int:
    if options.store is not None:
        return work(LocalStore(options.store, effects_folders=tuple(options.effects)), options)
    with TemporaryDirectory(prefix="artdag-") as folder:
        return work(LocalStore(Path(folder), effects_folders=tuple(options.effects)), options)


def _planned(store: LocalStore, options: argparse.Namespace) -> Plan:
    text = text_of(options.recipe)
    add_siblings(store, options.recipe, text)
    for name, path in _files(options.asset, "-a NAME=FILE", "the asset"):
        store.assets[name] = _added(store, path)
    recipe, _ = checked_recipe(text, store.world())
    inputs = {node: _added(store, path) for node, path in _files(options.input, "-i NODE=FILE", "the input")}
    types = {decl.name: decl.type for decl in recipe.params}
    given = _pairs(options.param, "-p NAME=VALUE")
    params = {name: text if types.get(name) in _WORDS else _value(name, text) for name, text in given.items()}
    return store.plan(recipe, inputs, params)


_WORDS = ("text", "enum", "color")
"""Types of params whose values are taken as they are: '#ff8800' is no comment and 'no' or '5' may be a title."""


def _files(texts: Sequence[str], what: str, role: str) -> Iterator[tuple[str, Path]]:
    for name, place in _pairs(texts, what).items():
        if not Path(place).is_file():
            raise InputError(f"there is no file {place!r} for {role} {name!r}")
        yield name, Path(place)


def _added(store: LocalStore, path: Path) -> Digest:
    """Take in a file of the command line; where it cannot be, the error says which one it is."""
    try:
        return store.add(path)
    except (UnsupportedMediaError, BrokenMediaError) as error:
        raise type(error)(f"{path}: {error.message}") from error


def add_siblings(store: LocalStore, recipe: Path, text: bytes) -> None:
    """Let a recipe that has others inside find those in files beside it; of two with one name, the first counts.

    What is no recipe, or a broken one, is passed over: it is missed where it is named.
    """
    if b"RECIPE" not in text:
        return
    files = sorted(path for path in recipe.absolute().parent.iterdir() if path.suffix in (".yaml", ".yml"))
    for path in files[:_MOST_SIBLINGS]:
        if path.is_file() and path.stat().st_size <= MAX_BYTES and path != recipe.absolute():
            with suppress(RecipeError, OSError):
                sibling = parse_recipe(path.read_bytes())
                if sibling.name not in store.recipes:
                    store.add_recipe(sibling)


_MOST_SIBLINGS = 200


def text_of(recipe: Path) -> bytes:
    try:
        return recipe.read_bytes()
    except OSError as error:
        raise InputError(f"{recipe} cannot be read: {error.strerror}") from error


def _value(name: str, text: str) -> Any:
    """Return what *text* means in YAML; an empty one is empty."""
    try:
        return read_yaml(text.encode()).value if text.strip() else text
    except RecipeError as error:
        raise ParameterError(f"-p {name}={text}: {error.problems[0].message}") from error


def render(options: argparse.Namespace) -> int:
    return _with_store(options, _render_in)


def _render_in(store: LocalStore, options: argparse.Namespace) -> int:
    plan = _planned(store, options)
    if not options.output.parent.is_dir():
        raise InputError(f"there is no folder {str(options.output.parent)!r} to write to")
    bar = _bar if sys.stderr.isatty() and not options.json else None
    outcome = store.carry_out(plan, bar)
    if bar is not None:
        sys.stderr.write("\r\033[K")
    digest = next(iter(outcome.outputs.values()))
    _copy(store.content.path(digest), options.output)
    seconds = round(sum(rendered.seconds for rendered in outcome.rendered.values()), 3)
    facts = {
        "output": str(options.output),
        "content_hash": digest,
        "plan_id": plan.plan_id,
        "cached": not outcome.rendered,
        "seconds": seconds,
    }
    how = "was already made" if not outcome.rendered else f"rendered in {seconds:g} s"
    print(json.dumps(facts) if options.json else f"{options.output}  {digest[:10]}  {how}")
    return 0


def _copy(source: Path, target: Path) -> None:
    """Write *target* whole or not at all."""
    with TemporaryDirectory(prefix=".artdag-", dir=target.parent) as folder:
        written = Path(folder) / target.name
        shutil.copyfile(source, written)
        written.replace(target)


def _bar(done: int, total: int) -> None:
    width = 30
    filled = width * done // max(1, total)
    sys.stderr.write(f"\r[{'█' * filled}{'·' * (width - filled)}] {100 * done // max(1, total):3d} %")
    sys.stderr.flush()


def plan(options: argparse.Namespace) -> int:
    """Print each node and what would become of it, a line each."""
    return _with_store(options, _plan_in)


def _plan_in(store: LocalStore, options: argparse.Namespace) -> int:
    plan = _planned(store, options)
    explained = store.explain(plan)
    cached = sorted({one.key for one in explained if one.state != RUNS})
    if options.json:
        told = [one.to_json() for one in explained]
        print(json.dumps({**plan.to_json(), "plan_id": plan.plan_id, "cached": cached, "explained": told}))
        return 0
    for one in explained:
        print(f"{one.state:7} {one.key[:10]}  {one.type:9} {one.effect or '':14} {one.node:14} {one.why}".rstrip())
    return 0


def explain(options: argparse.Namespace) -> int:
    """Print of each node, or of those that are named, what it is made of and why it has to run or has not."""
    return _with_store(options, _explain_in)


def _explain_in(store: LocalStore, options: argparse.Namespace) -> int:
    plan = _planned(store, options)
    explained = store.explain(plan)
    names = [one.node for one in explained]
    unknown = [node for node in options.node if node not in names]
    if unknown:
        raise InputError(f"no output needs a node {unknown[0]!r}; there are {', '.join(names)}")
    chosen = [one for one in explained if not options.node or one.node in options.node]
    if options.json:
        print(json.dumps({"plan_id": plan.plan_id, "nodes": [one.to_json() for one in chosen]}))
        return 0
    print("\n\n".join("\n".join(_paragraph(plan, one)) for one in chosen))
    work = [one for one in explained if one.state != GIVEN]
    if not options.node:
        print(f"\n{sum(one.state == RUNS for one in work)} of {len(work)} would run")
    return 0


def _paragraph(plan: Plan, one: Explained) -> list[str]:
    step = plan.by_key[one.key]
    inputs = ", ".join(f"{slot}: {plan.node_of.get(key, 'an asset')}" for slot, key in step.inputs)
    lines = [f"{one.node}  {one.effect or one.type}: {one.state}, because {one.why}", f"  key     {one.key}"]
    if inputs:
        lines.append(f"  inputs  {inputs}")
    if one.state != GIVEN and one.type != ENCODE:
        lines += [f"  {name:7} {format_value(value)}" for name, value in step.params.items()]
    return lines
