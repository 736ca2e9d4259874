"""/effects: the catalogue, each with a picture that the effect made itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import Blueprint, Response, url_for
from markupsafe import Markup

from app.library.effect_examples import BusyTryoutError, Example, example_of, loop_of, tryout_of
from app.library.recipe_form import RecipeForm, given_params, recipe_form
from app.runs.submission import RunRequest, submit_run
from app.services import Services
from app.web.bytes_response import send_bytes
from app.web.current import caller, services, visitor
from app.web.incoming import takes_media
from app.web.openapi import api
from app.web.payload import MalformedRequestError, query_groups
from app.web.prose import paragraphs
from app.web.recipe_pages import StartedPage
from app.web.respond import Page, go_to, items_json, respond, wants_page
from app.web.run_request import RecipeRun, asked, problems_of
from artdag.effect import COSTS, Effect
from artdag.errors import (
    BlobNotFoundError,
    EffectError,
    InputError,
    ParameterError,
    Problem,
    RecipeError,
    RenderError,
)
from artdag.identity import Identity
from artdag.params import settle
from artdag.recipe_reader import parse_recipe, recipe_for_effect

bp = Blueprint("effects", __name__, url_prefix="/effects")

_GROUPS = ("basics", "colour", "detail", "geometry", "look", "time", "text", "sound")


class UnknownEffectError(BlobNotFoundError):
    """There is no effect of that name here."""

    code = "effect_not_found"


@dataclass(frozen=True)
class EffectsPage(Page):
    """The catalogue."""

    template: ClassVar[str] = "effects/index.html"

    groups: Mapping[str, tuple[Effect, ...]]
    refused: Mapping[str, str]
    """File name -> why it could not be loaded."""

    @property
    def costs(self) -> Mapping[str, str]:
        """Class -> how long a frame takes, in words short enough for a line that explains all of them."""
        return {name: words.partition(" of one")[0] for name, words in COSTS.items()}

    @property
    def count(self) -> int:
        return sum(len(effects) for effects in self.groups.values())

    def to_json(self) -> dict[str, Any]:
        items = [_effect_json(effect) for effects in self.groups.values() for effect in effects]
        return items_json(items, None, len(items)) | {"refused": dict(self.refused)}


@dataclass(frozen=True)
class EffectPage(Page):
    """One effect."""

    template: ClassVar[str] = "effects/show.html"
    fragments: ClassVar[tuple[str, ...]] = ("tryout",)
    polled: ClassVar[bool] = False

    services: Services
    effect: Effect
    who: Identity | None
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    """Why it could not be run as the form says."""

    @property
    def text(self) -> tuple[Markup, ...]:
        """What its author says of it, in paragraphs, the first line aside."""
        return paragraphs(self.effect.doc.strip().partition("\n")[2])

    @property
    def tryout(self) -> str:
        """Where the picture with these settings is."""
        given = {f"params.{name}": _spelt(value) for name, value in self.params.items()}
        return url_for("effects.tryout", name=self.effect.name) + (f"?{urlencode(given)}" if given else "")

    @property
    def tryout_problem(self) -> str | None:
        """Why there is none."""
        try:
            settle(self.effect.params, self.params, what=self.effect.name)
        except ParameterError as error:
            return error.message
        return None

    @cached_property
    def recipe(self) -> str:
        """The recipe that the bare name of the effect means."""
        return recipe_for_effect(self.effect).decode()

    @cached_property
    def form(self) -> RecipeForm:
        recipe = parse_recipe(self.recipe.encode())
        return recipe_form(self.services, recipe, self.who, inputs=self.inputs, params=self.params)

    def to_json(self) -> dict[str, Any]:
        return _effect_json(self.effect) | {"recipe": self.recipe}


def _effect_json(effect: Effect) -> dict[str, Any]:
    made = {door: url_for(f"effects.{door}", name=effect.name) for door in ("example", "loop")}
    return effect.to_json() | made


@bp.get("")
@api("List the effects", tag="effects")
def index() -> Response:
    catalog = services().effects
    groups: dict[str, list[Effect]] = {}
    for effect in catalog:
        groups.setdefault(effect.group, []).append(effect)
    ordered = sorted(groups, key=lambda group: (_GROUPS.index(group) if group in _GROUPS else len(_GROUPS), group))
    return respond(EffectsPage({group: tuple(groups[group]) for group in ordered}, catalog.refused))


@bp.get("/<name>")
@api("Show an effect: parameters, inputs, hash", tag="effects")
def show(name: str) -> Response:
    effect = _effect(name)
    return respond(EffectPage(services(), effect, visitor(), params=_asked_params(effect)))


@bp.post("/<name>/run")
@takes_media
@api("Run one effect", tag="effects", body=RecipeRun, answers={201: None}, login=True)
def run(name: str) -> Response:
    owner, effect = caller(), _effect(name)
    wanted = asked(parse_recipe(recipe_for_effect(effect)))
    try:
        made = submit_run(services(), RunRequest(recipe=effect.name, **wanted.model_dump()), owner)
    except (RecipeError, InputError, ParameterError) as error:
        if wants_page():
            page = EffectPage(
                services(),
                effect,
                owner,
                inputs=wanted.shown_inputs,
                params=wanted.params,
                problems=problems_of(error),
            )
            return respond(page, 422)
        raise
    location = url_for("runs.show", run_id=made.run_id)
    return go_to(location) if wants_page() else respond(StartedPage(made), 201, {"Location": location})


@bp.get("/<name>/example")
@api("A picture that the effect made", tag="effects", html=False, produces=("image/webp",))
def example(name: str) -> Response:
    return _shown(name, example_of, "example")


@bp.get("/<name>/loop")
@api("A few seconds of what the effect does", tag="effects", html=False, produces=("video/mp4",))
def loop(name: str) -> Response:
    return _shown(name, loop_of, "loop")


@bp.get("/<name>/tryout")
@api("A small picture with the settings of the query", tag="effects", html=False, produces=("image/webp",), login=True)
def tryout(name: str) -> Response:
    caller()
    params = _asked_params(_effect(name))
    return _shown(name, lambda services, effect: tryout_of(services, effect, params), "picture")


def _asked_params(effect: Effect) -> dict[str, Any]:
    """Return the settings that the query gives, ``params.size=3``."""
    given = query_groups().get("params", {})
    if not isinstance(given, dict):
        raise MalformedRequestError("settings are given one by one, such as params.size=3")
    return given_params(parse_recipe(recipe_for_effect(effect)), given)


def _spelt(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _shown(name: str, of: Callable[[Services, Effect], Example | None], what: str) -> Response:
    try:
        found = of(services(), _effect(name))
    except BusyTryoutError:
        raise
    except (RenderError, RecipeError) as error:
        raise BlobNotFoundError(f"there is no {what} of {name}: {error.message}") from error
    if found is None:
        raise BlobNotFoundError(f"there is no {what} of {name}: the media that this server began with are not here")
    return send_bytes(services(), found.digest, found.facts, f"{name}-{what}")


def _effect(name: str) -> Effect:
    try:
        return services().effects.get(name)
    except EffectError as error:
        raise UnknownEffectError(error.message) from error
