"""/recipes/<id>/sweep and /runs/sheet: one recipe with many values, and the runs side by side."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request

from app.library.lookup import recipe_named
from app.library.quota import check_runs
from app.library.recipe_shelf import read_recipe
from app.runs.sheet import lay_out
from app.runs.submission import RunRequest, submit_run
from app.runs.sweep import MOST_RUNS, combinations, sweep_values
from app.web.current import caller, services, visitor
from app.web.incoming import takes_media
from app.web.openapi import api
from app.web.payload import MalformedRequestError
from app.web.recipe_pages import RecipePage
from app.web.records import RunList
from app.web.respond import go_to, respond, wants_page
from app.web.run_request import asked, problems_of
from app.web.sheet_page import RecipeSweep, SheetPage, sheet_url
from artdag.errors import InputError, ParameterError, RecipeError
from artdag.planner import make_plan
from artdag.value_words import format_value

bp = Blueprint("sweeps", __name__)


@bp.post("/recipes/<recipe:name>/sweep")
@bp.post("/configs/<recipe:name>/sweep", endpoint="sweep_alias")
@takes_media
@api(
    "Run a recipe with each of several values",
    tag="recipes",
    description=f"At most {MOST_RUNS} runs; all of them are planned before the first is started.",
    body=RecipeSweep,
    answers={201: RunList},
    login=True,
)
def sweep(name: str) -> Response:
    owner = caller()
    recipe = read_recipe(services(), recipe_named(services(), name, visitor()))
    wanted = asked(recipe, RecipeSweep)
    try:
        values, inputs = sweep_values(recipe, wanted.sweep), wanted.digests(recipe)
        for chosen in combinations(values):  # what is wrong shows before any run is started
            make_plan(recipe, inputs, {**wanted.params, **chosen}, services().world(owner))
    except (RecipeError, InputError, ParameterError) as error:
        entry = services().recipes.get(recipe.recipe_id)
        if entry is None or not wants_page():
            raise
        page = RecipePage(
            services(),
            entry,
            recipe,
            owner,
            inputs=wanted.shown_inputs,
            params=wanted.params,
            output_name=wanted.output_name or "",
            sweep=wanted.sweep,
            problems=problems_of(error),
        )
        return respond(page, 422)
    check_runs(services(), owner, len(list(combinations(values))))
    base = wanted.output_name or recipe.name
    key, runs = request.headers.get("Idempotency-Key"), []
    for place, chosen in enumerate(combinations(values)):
        words = ", ".join(f"{param} {format_value(value)}" for param, value in chosen.items())
        one = RunRequest(
            recipe=recipe.recipe_id,
            inputs=dict(inputs),
            params={**wanted.params, **chosen},
            output_name=f"{base} · {words}"[:200],
            callback_url=wanted.callback_url,
        )
        runs.append(submit_run(services(), one, owner, f"{key}/{place}" if key is not None else None))
    location = sheet_url([run.run_id for run in runs])
    if wants_page():
        return go_to(location)
    return respond(SheetPage(lay_out(runs), 0), 201, {"Location": location})


@bp.get("/runs/sheet")
@api(
    "Show several runs side by side, and what they differ in",
    tag="runs",
    description=f"`run` is given once for each, {MOST_RUNS} at most.",
    answers={200: RunList},
)
def sheet() -> Response:
    asked_for = list(dict.fromkeys(request.args.getlist("run")))
    if not 1 <= len(asked_for) <= MOST_RUNS:
        raise ParameterError(f"a sheet shows 1 to {MOST_RUNS} runs (run=…), and {len(asked_for)} were asked for")
    found = services().runs.get_many([_checked(run_id) for run_id in asked_for])
    runs = list(found.values())
    return respond(SheetPage(lay_out(runs), len(asked_for) - len(runs)))


def _checked(run_id: str) -> str:
    try:
        return str(UUID(run_id))
    except ValueError:
        raise MalformedRequestError(f"{run_id[:80]!r} is not the id of a run") from None
