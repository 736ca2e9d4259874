"""A recipe as a form: fields from its declarations, and from what the form sends back the values that are meant."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.library.node_names import by_input
from app.services import Services
from app.storage.media_index import MediaFilter, MediaItem
from artdag.animation import is_animation
from artdag.digest import Digest
from artdag.identity import Identity
from artdag.media import Kind, MediaFacts
from artdag.params import ParamSpec, plain
from artdag.recipe import Recipe, Reference, VariableInput, variable_inputs

SHOWN_CHOICES = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One medium that may be picked."""

    digest: Digest
    name: str
    facts: MediaFacts
    is_asset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InputField:
    """A variable input."""

    node: str
    name: str
    description: str
    accept: tuple[Kind, ...]
    choices: tuple[Choice, ...]
    """Where it takes many, those that are chosen come first, in their order; one may be chosen twice."""
    chosen: tuple[Digest, ...]
    defaults: tuple[Choice, ...]
    """What a run takes where nothing is chosen; none where something must be."""
    many: bool
    """Whether it takes several, in order."""

    @property
    def default(self) -> Choice | None:
        """The one that is offered beside the others; a list's defaults are many, and told of."""
        return None if self.many or not self.defaults else self.defaults[0]

    def is_chosen(self, place: int) -> bool:
        """Tell whether the choice at *place* is taken."""
        return place < len(self.chosen) if self.many else self.choices[place].digest in self.chosen

    @property
    def accepted_types(self) -> str:
        """For the ``accept`` of a file field."""
        patterns = {Kind.IMAGE: "image/*", Kind.VIDEO: "video/*", Kind.AUDIO: "audio/*", Kind.DATA: ".srt,.vtt,.cube"}
        return ",".join(patterns[kind] for kind in self.accept)

    @property
    def kinds(self) -> str:
        """Return them as a person would say them."""
        words = {Kind.IMAGE: "picture", Kind.VIDEO: "video", Kind.AUDIO: "sound", Kind.DATA: "text file"}
        ending = "s" if self.many else ""
        return " or ".join(words[kind] + ending for kind in self.accept)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamField:
    """A value to set."""

    name: str
    type: str
    value: Any
    default: Any
    required: bool
    low: float | None
    high: float | None
    step: str
    unit: str
    choices: tuple[str, ...]
    doc: str
    changing: Mapping[str, Any] | None = None
    """How the value changes over time, where it does; *value* is then the one it begins with."""

    @property
    def changing_text(self) -> str:
        """The same for the form to send back."""
        return json.dumps(self.changing)

    @property
    def has_range(self) -> bool:
        """Whether a slider makes sense: both ends are known and not far apart."""
        return self.low is not None and self.high is not None and self.high - self.low <= 100_000

    @property
    def slider_step(self) -> str:
        """Steps that a hand can hit: about two hundred over the range, of round width."""
        if self.type == "int" or self.low is None or self.high is None or self.high <= self.low:
            return "1"
        width = 10.0 ** math.floor(math.log10((self.high - self.low) / 100))
        return f"{width:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeForm:
    """All fields."""

    inputs: tuple[InputField, ...]
    params: tuple[ParamField, ...]


def recipe_form(
    services: Services,
    recipe: Recipe,
    who: Identity | None,
    *,
    inputs: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> RecipeForm:
    """Return the form, filled with *inputs* and *params* where given, else with defaults."""
    given, chosen = params or {}, by_input(inputs or {})
    return RecipeForm(
        inputs=tuple(
            input_field(services, recipe, hole, who, chosen=chosen.get(hole.node, ()), place=place)
            for place, hole in enumerate(variable_inputs(recipe))
        ),
        params=tuple(_param(decl.spec, given.get(decl.name)) for decl in recipe.params),
    )


def choices(services: Services, who: Identity | None, accept: Iterable[Kind], *, q: str = "") -> tuple[Choice, ...]:
    """Return media that fit, assets first, then *who*'s newest."""
    accepted = set(accept)
    found = {
        choice.digest: choice
        for choice in _assets(services)
        if choice.facts.kind in accepted and q.lower() in choice.name
    }
    if who is not None:
        own: list[MediaItem] = []
        for kind in accepted:
            own += services.media.page(who, limit=SHOWN_CHOICES, only=MediaFilter(q=q, kind=kind)).items
        for item in sorted(own, key=lambda item: item.entry.uploaded_at, reverse=True):
            found.setdefault(item.digest, Choice(digest=item.digest, name=item.entry.name, facts=item.facts))
    return tuple(found.values())[:SHOWN_CHOICES]


def input_field(
    services: Services,
    recipe: Recipe,
    hole: VariableInput,
    who: Identity | None,
    *,
    chosen: Sequence[str] = (),
    q: str = "",
    place: int = 0,
) -> InputField:
    """Return the field of one input.

    Args:
        services: where media and assets stand.
        recipe: whose input it is.
        hole: the input.
        who: whose media are offered, beside the assets.
        chosen: the content hashes that are chosen, in order; they are offered whatever *q* says.
        q: what names must hold.
        place: which input of the recipe it is: with nothing chosen and no default, each begins with another medium.
    """
    defaults = _defaults(services, recipe, hole.defaults)
    default = None if hole.many or not defaults else defaults[0]
    fitting = choices(services, who, hole.accept, q=q)
    found = tuple(one for one in fitting if default is None or one.digest != default.digest)
    taken = tuple(Digest(one) for one in chosen if not (default and default.digest == one))
    if hole.many:
        own = _chosen(services, who, taken, found)
        taken = tuple(one.digest for one in own)
        found = (*own, *(one for one in found if one.digest not in taken))
    else:
        taken = taken[:1]
        if taken and taken[0] not in {choice.digest for choice in found}:
            found = (*_chosen(services, who, taken, ()), *found[: SHOWN_CHOICES - 1])
        if not taken and default is None and found and not q:
            taken = (found[place % len(found)].digest,)
    return InputField(
        node=hole.node,
        name=hole.name,
        description=hole.description,
        accept=hole.accept,
        choices=found,
        chosen=taken,
        defaults=defaults,
        many=hole.many,
    )


def given_params(recipe: Recipe, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form's texts mean for the params of *recipe*; the recipe itself checks ranges and names."""
    specs = {decl.name: decl.spec for decl in recipe.params}
    return {
        name: _meant(specs.get(name), value)
        for name, value in raw.items()
        if not (value == "" and name in specs and specs[name].type != "text")  # left empty: the default
    }


def given_inputs(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that were chosen."""
    return {node: value for node, value in raw.items() if value != ""}


def _chosen(
    services: Services, who: Identity | None, taken: Sequence[Digest], found: Sequence[Choice]
) -> tuple[Choice, ...]:
    """Return what is chosen, as choices, in order; what is not here is left out."""
    known = {choice.digest: choice for choice in found}
    others = [digest for digest in dict.fromkeys(taken) if digest not in known]
    facts, names = services.media.facts_of(others), services.media.names(others, who)
    for digest in others:
        if digest in facts:
            name = names.get(digest) or next(iter(services.assets.names_of(digest)), digest[:10])
            known[digest] = Choice(digest=digest, name=name, facts=facts[digest])
    return tuple(known[digest] for digest in taken if digest in known)


def _defaults(services: Services, recipe: Recipe, references: Sequence[Reference]) -> tuple[Choice, ...]:
    """Return what *references* mean; nothing where one of them is not here."""
    found = [_named(services, recipe, reference) for reference in references]
    known = tuple(choice for choice in found if choice is not None)
    return known if len(known) == len(found) else ()


def _named(services: Services, recipe: Recipe, reference: Reference) -> Choice | None:
    named = reference.asset
    digest = reference.digest or (recipe.assets.get(named) or services.assets.get(named) if named else None)
    facts = services.media.facts(digest) if digest else None
    if digest is None or facts is None:
        return None
    return Choice(digest=digest, name=named or digest[:10], facts=facts, is_asset=named is not None)


def _assets(services: Services) -> list[Choice]:
    names = services.assets.all()
    facts = services.media.facts_of(names.values())
    return [
        Choice(digest=digest, name=name, facts=facts[digest], is_asset=True)
        for name, digest in names.items()
        if digest in facts
    ]


def _param(spec: ParamSpec, given: Any) -> ParamField:
    default = None if spec.required else plain(spec.default)
    value = given if given is not None else default
    changing = value if is_animation(value) else None
    if changing is not None:
        value = _beginning(changing)
    return ParamField(
        name=spec.name,
        type=spec.type,
        value=value if value is not None else (spec.low if spec.low is not None else ""),
        default=default,
        required=spec.required,
        low=spec.low,
        high=spec.high,
        step="1" if spec.type == "int" else "any",
        unit=spec.unit,
        choices=spec.choices,
        doc=spec.doc,
        changing=changing,
    )


def _beginning(changing: Mapping[str, Any]) -> Any:
    """Return the value that a changing one begins with; None where it is not written as one has to be."""
    points = changing.get("keyframes") or [[0, (changing.get("range") or [None])[0]]]
    first = points[0] if isinstance(points, list) else None
    return first[1] if isinstance(first, list) and len(first) == 2 and isinstance(first[1], int | float) else None


def _meant(spec: ParamSpec | None, value: Any) -> Any:
    if isinstance(value, list) and value:
        value = value[-1]  # a checkbox, behind the field that counts without it
    if spec is None or not isinstance(value, str):
        return value
    if spec.type == "bool":
        return {"true": True, "on": True, "1": True, "false": False, "0": False}.get(value, value)
    if spec.type in ("float", "int"):
        try:
            return json.loads(value) if value.startswith("{") else int(value) if spec.type == "int" else float(value)
        except (ValueError, RecursionError):
            return value  # the recipe says what is wrong with it
    return value
