"""The engine alone on the command line: no server, no queue.

Exit codes: 0 done, 1 it failed, 2 the call or the recipe is not right.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from artdag.checker import checked_recipe
from artdag.commands.kept import fsck
from artdag.commands.recipes import add_siblings, explain, plan, recipe_arguments, render, text_of
from artdag.digest import digest_file
from artdag.effects_reference import effect_text
from artdag.errors import ArtDagError, EffectError, InputError, ParameterError, Problem, RecipeError, SignatureError
from artdag.local_store import LocalStore
from artdag.published_check import check_published, is_published, read_published
from artdag.reference import reference, renewed
from artdag.replay import Verdict, replay
from artdag.schema import recipe_schema
from artdag.signing import PublicKey, open_envelope, verify_envelope

USAGE = (RecipeError, InputError, ParameterError, EffectError)


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    try:
        code: int = options.do(options)
    except (ArtDagError, OSError) as error:
        _complain(error, getattr(options, "recipe", None))
        if getattr(options, "json", False):
            facts = error.to_json() if isinstance(error, ArtDagError) else {"code": "error", "message": str(error)}
            print(json.dumps({"error": facts}))
        return 2 if isinstance(error, USAGE) else 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m artdag", description="Render recipes without a server.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    whole = commands.add_parser("render", help="render a recipe into a file")
    recipe_arguments(whole)
    whole.add_argument("-o", "--output", type=Path, required=True, help="file to write")
    whole.set_defaults(do=render)

    dry = commands.add_parser("plan", help="say what a render would do, and why, a line for each node")
    recipe_arguments(dry)
    dry.set_defaults(do=plan)

    why = commands.add_parser("explain", help="say of each node what it is made of, and why it has to run or has not")
    recipe_arguments(why)
    why.add_argument("-n", "--node", action="append", default=[], help="only this node, or these")
    why.set_defaults(do=explain)

    lint = commands.add_parser("lint", help="check recipes")
    lint.add_argument("recipes", type=Path, nargs="+", metavar="recipe")
    lint.add_argument("--effects", type=Path, action="append", default=[], metavar="FOLDER", help="effects of yours")
    lint.add_argument("--json", action="store_true", help="print one JSON object for each, a line each")
    lint.set_defaults(do=_lint)

    effects = commands.add_parser("effects", help="list the effects and their settings")
    effects.add_argument("name", nargs="?")
    effects.add_argument("--json", action="store_true")
    effects.set_defaults(do=_effects)

    verify = commands.add_parser("verify", help="check a signed provenance record, or something that was published")
    verify.add_argument("record", help="signed record, or a published object: a file, or its address (https://…)")
    verify.add_argument("--key", help="public key in base64, from whom you trust (default: what comes with the record)")
    verify.add_argument("--file", type=Path, help="the output: its hash must be the recorded one")
    verify.add_argument("--l1", metavar="ORIGIN", help="the server that must have made what is published")
    verify.add_argument("--l2", metavar="ORIGIN", help="the registry that must have published it")
    verify.add_argument("--json", action="store_true", help="print one JSON object about what is published")
    verify.set_defaults(do=_verify)

    schema = commands.add_parser("schema", help="print the JSON Schema of recipes, for editors")
    schema.set_defaults(do=_schema)

    tables = commands.add_parser("reference", help="print the tables of the language reference")
    tables.add_argument("file", type=Path, nargs="?", help="Markdown file that they stand in: renewed in place")
    tables.set_defaults(do=_reference)

    again = commands.add_parser("replay", help="render a recorded run again and compare")
    again.add_argument("record", type=Path, help="provenance record, plain or signed")
    again.add_argument("--store", type=Path, required=True, help="folder with its inputs (a server's CACHE_DIR)")
    again.set_defaults(do=_replay)

    look = commands.add_parser("fsck", help="check a store: every blob against its name, every result")
    look.add_argument("--store", type=Path, required=True, help="folder to look over (a server's CACHE_DIR, too)")
    look.add_argument("--mend", action="store_true", help="take what is damaged out, so that it is made again")
    look.add_argument("--json", action="store_true", help="print one JSON object")
    look.set_defaults(do=fsck)
    return parser


def _lint(options: argparse.Namespace) -> int:
    with _known(*options.effects) as store:
        return max(_linted(recipe, store, options) for recipe in options.recipes)


def _linted(recipe: Path, store: LocalStore, options: argparse.Namespace) -> int:
    try:
        text = text_of(recipe)
        add_siblings(store, recipe, text)
        _, warnings = checked_recipe(text, store.world())
    except (RecipeError, InputError) as error:
        _complain(error, recipe)
        if options.json:
            print(json.dumps({"recipe": str(recipe), "valid": False, **error.to_json()}))
        return 2
    if options.json:
        told = [warning.to_json() for warning in warnings]
        print(json.dumps({"recipe": str(recipe), "valid": True, "warnings": told}))
        return 0
    for warning in warnings:
        print(f"{_line(warning, recipe)} (warning)")
    print(f"{recipe} is right")
    return 0


@contextmanager
def _known(*effects: Path) -> Iterator[LocalStore]:
    """Give a store for what needs none: the effects and node types that there are."""
    with TemporaryDirectory(prefix="artdag-") as folder:
        yield LocalStore(Path(folder), effects_folders=effects)


def _schema(options: argparse.Namespace) -> int:
    with _known() as store:
        print(json.dumps(recipe_schema(store.node_types, store.effects), ensure_ascii=False, indent=2))
    return 0


def _reference(options: argparse.Namespace) -> int:
    with _known() as store:
        tables = reference(store.node_types, store.effects)
    if options.file is None:
        print(tables)
    else:
        options.file.write_text(renewed(options.file.read_text("utf-8"), tables), "utf-8")
    return 0


def _effects(options: argparse.Namespace) -> int:
    with _known() as store:
        catalog = store.effects
    chosen = [catalog.get(options.name)] if options.name else list(catalog)
    if options.json:
        print(json.dumps([effect.to_json() for effect in chosen]))
        return 0
    if options.name:
        print(effect_text(chosen[0]))
        return 0
    for effect in chosen:
        print(f"{effect.name:18} {effect.group:9} {effect.cost:7} {effect.summary}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    is_address = options.record.startswith(("http://", "https://"))
    envelope = read_published(options.record) if is_address else _record(Path(options.record))
    if is_address or is_published(envelope):
        return _verify_published(envelope, options)
    path = Path(options.record)
    key, whose = (PublicKey.parse(options.key), "") if options.key else _key_with(path, envelope)
    record = verify_envelope(envelope, [key])
    output = record["output"]
    if options.file is not None and digest_file(options.file) != output["content_hash"]:
        print(f"{options.file} is not the recorded output", file=sys.stderr)
        return 1
    what = f"{output['name']} ({output['content_hash']}), made {record['rendered_at']} by {record['rendered_by']}"
    print(f"{'unchanged' if whose else 'valid'}: {what}")
    if whose:
        print(f"checked with {whose}: {key.text}")
        print("So nothing was changed since it was signed; who signed it shows only if that key is one you know.")
    return 0


def _verify_published(document: Mapping[str, Any], options: argparse.Namespace) -> int:
    for found in check_published(document, l1=options.l1, l2=options.l2):
        if isinstance(found, str):
            if not options.json:
                print(f"✓ {found}", flush=True)
            continue
        if options.key is not None and found.key != PublicKey.parse(options.key):
            raise SignatureError(f"it is signed with the key {found.key.text}, not with yours")
        if options.file is not None and digest_file(options.file) != found.digest:
            raise SignatureError(f"{options.file} is not what is published")
        facts = {
            "name": found.name,
            "content_hash": found.digest,
            "size": found.size,
            "made_by": found.made_by,
            "l1": found.l1,
            "l2": found.l2,
            "key": found.key.text,
            "record": dict(found.record),
        }
        told = f"valid: {found.name}, {found.size:,} bytes, by {found.made_by}, made at {found.l1}"
        print(json.dumps(facts) if options.json else told)
    return 0


def _key_with(path: Path, envelope: Mapping[str, Any]) -> tuple[PublicKey, str]:
    """Return the key that comes with a record, and where it stood: whoever forges a record can bring such a key."""
    open_envelope(envelope)
    listed = envelope.get("signatures")
    signatures = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    key_ids = [entry.get("keyid") for entry in signatures]
    for file in sorted(path.absolute().parent.glob("*.pub")):
        with suppress(SignatureError, UnicodeDecodeError):  # other programs' keys are called so too
            if (key := PublicKey.parse(file.read_text("utf-8"))).key_id in key_ids:
                return key, f"the key in {file.name}, next to the record"
    for entry in signatures:
        if isinstance(entry.get("public_key"), str):
            return PublicKey.parse(entry["public_key"]), "the key inside the record itself"
    raise InputError("no key comes with this record: give that of the server with --key, or put it next to it as *.pub")


def _replay(options: argparse.Namespace) -> int:
    record = _record(options.record)
    record = open_envelope(record) if "payload" in record else record
    if not {"plan_id", "outputs"} <= record.keys():
        raise SignatureError(f"{options.record} is no record of a run")
    verdicts = replay(record, LocalStore(options.store))
    for name, verdict in verdicts.items():
        print(f"{name}: {verdict.value}")
    return 1 if Verdict.DIFFERS in verdicts.values() else 0


def _record(path: Path) -> Any:
    try:
        record = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise SignatureError(f"{path} is no record: it is not JSON") from error
    if not isinstance(record, dict):
        raise SignatureError(f"{path} is no record")
    return record


def _line(problem: Problem, recipe: Path | None) -> str:
    """Return the problem in one line that editors can jump from."""
    place = f"{recipe}:{problem.line}:{problem.column}: " if problem.line is not None and recipe is not None else ""
    hint = f" ({problem.hint})" if problem.hint else ""
    return " ".join(f"{place}{_at(problem.node, problem.message)}{problem.message}{hint}".split())


def _complain(error: ArtDagError | OSError, recipe: Path | None) -> None:
    problems = error.problems if isinstance(error, ArtDagError) else ()
    for line in [_line(problem, recipe) for problem in problems] or [_sentence(error)]:
        print(f"error: {line}", file=sys.stderr)


def _sentence(error: ArtDagError | OSError) -> str:
    """Return what an error says, on one line, with the node it happened at where that is not said already."""
    node = error.node if isinstance(error, ArtDagError) else None
    return " ".join(f"{_at(node, str(error))}{error}".split())


def _at(node: str | None, message: str) -> str:
    return f"{node!r}: " if node is not None and repr(node) not in message else ""
