"""run, plan, explain, diff, cancel, retry, discard: runs, before, while and after they are carried out."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from app.client.answers import FailedError, checked
from app.client.asking import inputs_of, param, recipe_word
from app.client.doors import Door
from app.client.results import write
from app.client.shown import age, duration, mark, safe, say, say_json, table, took, value
from app.client.watching import watched, why
from app.commands.talking import at_server, part, run_id_of

_HASH = re.compile("[0-9a-f]{64}")

_params = click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="A setting.")


@click.command("run")
@click.argument("recipe")
@click.argument("inputs", nargs=-1)
@_params
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the result here.")
@click.option("--name", help="What the output is called.")
@click.option("--detach", is_flag=True, help="Do not wait: print the run's id.")
@click.option("--callback-url", metavar="URL", help="Told when the run is over.")
@at_server
def run(
    door: Door,
    *,
    recipe: str,
    inputs: tuple[str, ...],
    params: tuple[str, ...],
    output: Path | None,
    name: str | None,
    detach: bool,
    callback_url: str | None,
    as_json: bool,
) -> int:
    """Render RECIPE with INPUTS, and wait for the result.

    RECIPE is a name, an id, an effect or a .yaml file. INPUTS are asset names, content hashes or files, in order, or
    NODE=… by node.
    """
    request = _request(door, recipe, inputs, params)
    if called := name or (output.stem if output else None):
        request["output_name"] = called
    if callback_url:
        request["callback_url"] = callback_url
    key = secrets.token_hex(16)  # sent again, it is still one run
    made = checked(door.ask("POST", "/runs", request, headers={"Idempotency-Key": key}))
    if detach:
        say_json(made) if as_json else say(made["run_id"])
        return 0
    ended = watched(door, made)
    if ended["status"] != "completed":
        if as_json:
            say_json(ended)
            return 1
        raise FailedError(why(ended))
    files = [str(path) for path in write(door, ended, output)] if output else []
    if as_json:
        say_json({**ended, "files": files})
    else:
        reused = f"{ended['progress']['cached']} of {ended['progress']['nodes']} reused"
        say(f"{mark('completed')}  {safe(ended['output_name'])}  {duration(took(ended))}, {reused}")
        say(files[0] if files else f"{ended['output_hash']}\n{door.address}/runs/{ended['run_id']}")
    return 0


@click.command("plan")
@click.argument("recipe")
@click.argument("inputs", nargs=-1)
@_params
@at_server
def plan(door: Door, *, recipe: str, inputs: tuple[str, ...], params: tuple[str, ...], as_json: bool) -> int:
    """Say what a run would do, without doing it."""
    found = _dry_run(door, recipe, inputs, params)
    if as_json:
        say_json(found)
        return 0
    table(
        [
            (mark("cached" if node["state"] == "cached" else "pending"), node["node"], _does(node), node["reason"])
            for node in found["nodes"]
        ],
        ("STATE", "NODE", "DOES", "WHY"),
    )
    say()
    more = " for what has to be heard first" if found["analysing"] else ""
    to_do = f"{found['to_do']} to do, about {duration(found['estimated_seconds'])} of one processor{more}"
    say(f"{found['cached']} of {len(found['nodes'])} reused; {to_do if found['to_do'] else 'nothing to do'}.")
    return 0


@click.command("explain")
@click.argument("what")
@click.argument("inputs", nargs=-1)
@_params
@at_server
def explain(door: Door, *, what: str, inputs: tuple[str, ...], params: tuple[str, ...], as_json: bool) -> int:
    """Say what each node is, where it stands and why.

    WHAT is a run (its id, the beginning of it, `last`) where there are no INPUTS, or else a recipe.
    """
    found = _run_plan(door, what) if not inputs and not params and _looks_like_run(what) else None
    found = found or _dry_run(door, what, inputs, params)
    if as_json:
        say_json(found)
        return 0
    for node in found["nodes"]:
        say(f"{click.style(safe(node['node']), bold=True)}  {_does(node)}")
        say(f"  {mark(node['state'])}: {safe(node['reason'])}")
        wires = ", ".join(f"{wire['slot']} = {wire['node']}" for wire in node["inputs"])
        settings = ", ".join(f"{name}={value(one)}" for name, one in (node.get("params") or {}).items())
        for title, text in (("takes", wires), ("with", settings), ("key", node["step_key"])):
            if text:
                say(f"  {title:6}{safe(text)}")
        if node.get("content_hash"):
            say(f"  gave  {node['content_hash']}" + _in_seconds(node.get("seconds")))
    return 0


@click.command("diff")
@click.argument("first")
@click.argument("second")
@at_server
def diff(door: Door, *, first: str, second: str, as_json: bool) -> int:
    """Compare two runs, and say where the work first parts."""
    one, other = (run_id_of(door, word) for word in (first, second))
    found = checked(door.ask("GET", f"/runs/{one}/compare/{other}"))
    if as_json:
        say_json(found)
        return 0
    if found["same_work"]:
        say("The same work" + (", and the same result." if found["same_result"] else "."))
    for title in ("params", "inputs", "outputs"):
        if found[title]:
            say(click.style(title.capitalize(), bold=True))
            table([("  " + safe(d["name"]), _side(d["before"]), "→", _side(d["after"])) for d in found[title]])
    if found["recipe"]:
        say(click.style("Recipe", bold=True))
        for line in found["recipe"]:
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            say("  " + click.style(safe(line), fg=colour))
    parted = [node for node in found["nodes"] if node["kind"] != "follows"]
    if parted:
        say(click.style("Where the work parts", bold=True))
        table([("  " + safe(node["node"]), node["kind"], node["reason"]) for node in parted])
        follow = len(found["nodes"]) - len(parted)
        say(f"  {follow} more follow from these; {found['shared_nodes']} are the same.")
    return 0


@click.command("cancel")
@click.argument("run_word", metavar="RUN")
@at_server
def cancel(door: Door, *, run_word: str, as_json: bool) -> int:
    """Stop a run; work that other runs wait for goes on."""
    return _told(checked(door.ask("POST", f"/runs/{run_id_of(door, run_word)}/cancel")), as_json=as_json)


@click.command("retry")
@click.argument("run_word", metavar="RUN")
@at_server
def retry(door: Door, *, run_word: str, as_json: bool) -> int:
    """Ask for the same again: only what is missing is done."""
    return _told(checked(door.ask("POST", f"/runs/{run_id_of(door, run_word)}/retry")), as_json=as_json)


@click.command("discard")
@click.argument("run_word", metavar="RUN")
@click.option("--yes", is_flag=True, help="Do not ask.")
@at_server
def discard(door: Door, *, run_word: str, yes: bool, as_json: bool) -> int:
    """Remove a run, and intermediates that nothing else uses. Never uploads."""
    run_id = run_id_of(door, run_word)
    if not yes:
        impact = checked(door.ask("GET", f"/runs/{run_id}/discard"))
        click.confirm(f"Discard run {run_id[:8]}? {_impact(impact)}", abort=True, err=True)
    gone = checked(door.ask("DELETE", f"/runs/{run_id}"))
    say_json(gone) if as_json else say(f"{run_id} is discarded")
    return 0


@click.command("publish")
@click.argument("run_word", metavar="RUN")
@at_server
def publish(door: Door, *, run_word: str, as_json: bool) -> int:
    """Publish a run's result at your registry; a job tries until it is there."""
    run_id = run_id_of(door, run_word)
    checked(door.ask("POST", f"/runs/{run_id}/publish"))
    found = checked(door.ask("GET", f"/runs/{run_id}"))
    if as_json:
        say_json(found)
        return 0
    for one in found["published"]:
        say(f"{safe(one['l2'])}  {mark(one['state'])}  {safe(one.get('error') or '')}".rstrip())
    return 0


def list_runs(runs: Sequence[Mapping[str, Any]]) -> None:
    """Print runs in a table."""
    table(
        [
            (
                run["run_id"][:8],
                mark(run["status"]),
                run["output_name"],
                run["recipe"],
                f"{run['progress']['cached']}/{run['progress']['nodes']}",
                duration(took(run)),
                age(run["created_at"]),
            )
            for run in runs
        ],
        ("RUN", "STATE", "OUTPUT", "RECIPE", "REUSED", "TOOK", "AGE"),
    )


def _request(door: Door, recipe: str, inputs: Sequence[str], params: Sequence[str]) -> dict[str, Any]:
    return {
        "recipe": recipe_word(door, recipe),
        "inputs": inputs_of(door, inputs),
        "params": dict(param(text) for text in params),
    }


def _dry_run(door: Door, recipe: str, inputs: Sequence[str], params: Sequence[str]) -> dict[str, Any]:
    asked = _request(door, recipe, inputs, params)
    name = asked.pop("recipe")
    found: dict[str, Any] = checked(door.ask("POST", f"/recipes/{part(name)}/plan", asked))
    return found


def _run_plan(door: Door, word: str) -> dict[str, Any]:
    found: dict[str, Any] = checked(door.ask("GET", f"/runs/{run_id_of(door, word)}/plan"))
    return found


def _looks_like_run(word: str) -> bool:
    return word == "last" or (len(word) >= 6 and not set(word) - set("0123456789abcdef-") and len(word) <= 36)


def _does(node: Mapping[str, Any]) -> str:
    return safe(node["effect"] or str(node["type"]).lower().replace("_", " "))


def _in_seconds(seconds: float | None) -> str:
    return f" in {duration(seconds)}" if seconds else ""


def _side(found: Any) -> str:
    text = found[:10] if isinstance(found, str) and _HASH.fullmatch(found) else value(found)
    return "–" if found is None else text if len(text) <= 40 else text[:39] + "…"


def _told(run: Mapping[str, Any], *, as_json: bool) -> int:
    say_json(run) if as_json else say(f"{run['run_id']}  {mark(run['status'])}")
    return 0


def _impact(impact: Mapping[str, Any]) -> str:
    counted = {name: len(one) for name, one in impact.items() if isinstance(one, list) and one}
    return "; ".join(f"{name.replace('_', ' ')}: {count}" for name, count in counted.items()) or "Nothing else goes."
