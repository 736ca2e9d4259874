"""The engine alone on the command line: no server, no queue.

Exit codes: 0 done, 1 it failed, 2 the call or the recipe is not right.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from artdag.checker import check_recipe
from artdag.digest import Digest, digest_file
from artdag.errors import ArtDagError, InputError, ParameterError, Problem, RecipeError
from artdag.local_store import LocalStore
from artdag.params import specs
from artdag.plan import ENCODE
from artdag.recipe_reader import parse_recipe
from artdag.replay import Verdict, replay
from artdag.signing import PublicKey, open_envelope, verify_envelope
from artdag.yaml_document import read_yaml

USAGE = (RecipeError, InputError, ParameterError)


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    try:
        code: int = options.do(options)
    except USAGE as error:
        _complain(error)
        return 2
    except (ArtDagError, OSError) as error:
        _complain(error)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m artdag", description="Render recipes without a server.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    render = commands.add_parser("render", help="render a recipe into a file")
    _recipe_arguments(render)
    render.add_argument("-o", "--output", type=Path, required=True, help="file to write")
    render.set_defaults(do=_render)

    plan = commands.add_parser("plan", help="say what a render would do")
    _recipe_arguments(plan)
    plan.set_defaults(do=_plan)

    lint = commands.add_parser("lint", help="check a recipe")
    lint.add_argument("recipe", type=Path)
    lint.add_argument("--json", action="store_true")
    lint.set_defaults(do=_lint)

    effects = commands.add_parser("effects", help="list the effects and their settings")
    effects.add_argument("name", nargs="?")
    effects.add_argument("--json", action="store_true")
    effects.set_defaults(do=_effects)

    verify = commands.add_parser("verify", help="check a signed provenance record, and files against it")
    verify.add_argument("record", type=Path)
    verify.add_argument("--key", required=True, help="public key in base64 (GET / of the server says it)")
    verify.add_argument("--file", type=Path, help="the output: its hash must be the recorded one")
    verify.set_defaults(do=_verify)

    again = commands.add_parser("replay", help="render a recorded run again and compare")
    again.add_argument("record", type=Path, help="provenance record, plain or signed")
    again.add_argument("--store", type=Path, required=True, help="folder with its inputs (a server's CACHE_DIR)")
    again.set_defaults(do=_replay)
    return parser


def _recipe_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", type=Path, help="recipe file")
    parser.add_argument("-i", "--input", action="append", default=[], metavar="NODE=FILE", help="media for a SOURCE")
    parser.add_argument("-p", "--param", action="append", default=[], metavar="NAME=VALUE", help="value for a param")
    parser.add_argument("--store", type=Path, help="folder that remembers work (default: forget it afterwards)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _pairs(texts: Sequence[str], what: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"write {what}, not {text!r}")
        pairs[name] = value
    return pairs


def _with_store(options: argparse.Namespace, work: Any) -> int:
    if options.store is not None:
        return int(work(LocalStore(options.store), options))
    with TemporaryDirectory(prefix="artdag-") as folder:
        return int(work(LocalStore(Path(folder)), options))


def _planned(store: LocalStore, options: argparse.Namespace) -> Any:
    recipe = parse_recipe(options.recipe.read_bytes())
    check_recipe(recipe, store.world())
    inputs: dict[str, Digest] = {}
    for node, name in _pairs(options.input, "-i NODE=FILE").items():
        path = Path(name)
        if not path.is_file():
            raise InputError(f"there is no file {name!r} for the input {node!r}")
        inputs[node] = store.add(path)
    params = {name: read_yaml(text.encode()).value for name, text in _pairs(options.param, "-p NAME=VALUE").items()}
    return store.plan(recipe, inputs, params)


def _render(options: argparse.Namespace) -> int:
    return _with_store(options, _render_in)


def _render_in(store: LocalStore, options: argparse.Namespace) -> int:
    plan = _planned(store, options)
    bar = _bar if sys.stderr.isatty() and not options.json else None
    outcome = store.carry_out(plan, bar)
    if bar is not None:
        sys.stderr.write("\r\033[K")
    digest = next(iter(outcome.outputs.values()))
    shutil.copyfile(store.content.path(digest), options.output)
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


def _bar(done: int, total: int) -> None:
    width = 30
    filled = width * done // max(1, total)
    sys.stderr.write(f"\r[{'█' * filled}{'·' * (width - filled)}] {100 * done // max(1, total):3d} %")
    sys.stderr.flush()


def _plan(options: argparse.Namespace) -> int:
    return _with_store(options, _plan_in)


def _plan_in(store: LocalStore, options: argparse.Namespace) -> int:
    plan = _planned(store, options)
    done = store.results.get_many([step.key for step in plan.steps if step.type == ENCODE])
    cached = {step.key for key in done for step in plan.behind(key)}
    if options.json:
        print(json.dumps({**plan.to_json(), "plan_id": plan.plan_id, "cached": sorted(cached)}))
        return 0
    nodes = {key: node for node, key in reversed(list(plan.nodes.items()))}
    for step in plan.steps:
        state = "cached" if step.key in cached else "source" if step.type == "SOURCE" else "runs"
        print(f"{state:7} {step.key[:10]}  {step.type:9} {step.effect or '':14} {nodes.get(step.key, '')}")
    return 0


def _lint(options: argparse.Namespace) -> int:
    with TemporaryDirectory(prefix="artdag-") as folder:
        warnings = check_recipe(parse_recipe(options.recipe.read_bytes()), LocalStore(Path(folder)).world())
    if options.json:
        print(json.dumps({"valid": True, "warnings": [warning.to_json() for warning in warnings]}))
    else:
        for warning in warnings:
            print(f"{options.recipe}:{_line(warning)} (warning)")
        print(f"{options.recipe} is right")
    return 0


def _effects(options: argparse.Namespace) -> int:
    with TemporaryDirectory(prefix="artdag-") as folder:
        catalog = LocalStore(Path(folder)).effects
    chosen = [catalog.get(options.name)] if options.name else list(catalog)
    if options.json:
        print(json.dumps([effect.to_json() for effect in chosen]))
        return 0
    for effect in chosen:
        print(f"{effect.name:16} {effect.group:9} {effect.summary}")
        if options.name:
            for spec in specs(effect.params):
                limits = (
                    f"{spec.low:g} … {spec.high:g} {spec.unit}" if spec.low is not None else ", ".join(spec.choices)
                )
                print(f"  {spec.name:14} {spec.type:6} default {spec.default!s:10} {limits}  {spec.doc}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    record = verify_envelope(json.loads(options.record.read_bytes()), [PublicKey.parse(options.key)])
    output = record["output"]
    if options.file is not None and digest_file(options.file) != output["content_hash"]:
        print(f"{options.file} is not the recorded output", file=sys.stderr)
        return 1
    print(
        f"valid: {output['name']} ({output['content_hash']}), made {record['rendered_at']} by {record['rendered_by']}"
    )
    return 0


def _replay(options: argparse.Namespace) -> int:
    record = json.loads(options.record.read_bytes())
    verdicts = replay(open_envelope(record) if "payload" in record else record, LocalStore(options.store))
    for name, verdict in verdicts.items():
        print(f"{name}: {verdict.value}")
    return 1 if Verdict.DIFFERS in verdicts.values() else 0


def _line(problem: Problem) -> str:
    place = f"{problem.line}:{problem.column}: " if problem.line is not None else " "
    return f"{place}{problem.message}" + (f" ({problem.hint})" if problem.hint else "")


def _complain(error: Exception) -> None:
    problems = error.problems if isinstance(error, ArtDagError) else ()
    if not problems:
        print(f"error: {error}", file=sys.stderr)
    for problem in problems:
        print(f"error: {_line(problem)}", file=sys.stderr)
