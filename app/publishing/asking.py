"""Asking for something to be made public: checked, written down and held at once; sending it is a job's."""

from __future__ import annotations

from collections.abc import Iterable

from app.publishing.course import hand_over, show_on_run
from app.publishing.registries import registry_of
from app.services import Services
from app.storage.publication_record import Publication, Published
from artdag.digest import Digest, canonical_json, digest_bytes
from artdag.errors import BlobNotFoundError, IllegalTransitionError
from artdag.identity import Identity
from artdag.origin_record import make_origin
from artdag.run import Run, RunState
from artdag.signing import ORIGIN_TYPE

RECIPE_TYPE = "application/yaml"


class NoRegistryError(IllegalTransitionError):
    """There is no registry to publish at."""

    code = "no_registry"


class NoRegistryLoginError(IllegalTransitionError):
    """The caller is known here, but not by a token of their registry."""

    code = "no_registry_login"


class NotPublishableError(IllegalTransitionError):
    """It is not ready to be public."""

    code = "not_publishable"


def publish_run(services: Services, run_id: str, who: Identity, token: str | None) -> Publication:
    """Ask for the output of a completed run to be made public, with the receipt of the run.

    Raises:
        RunNotFoundError: when there is no such run.
        NotPublishableError: when it has no output.
        NoRegistryError, NoRegistryLoginError, BeingDeletedError
    """
    l2, token = _door(services, who, token)
    with services.publications.deciding("run", run_id):
        run = services.runs.get(run_id)
        if run.state is not RunState.COMPLETED or run.output is None or run.provenance is None:
            raise NotPublishableError(f"run {run_id} is {run.state.value}: what is completed can be published")
        held = [*run.outputs.values(), run.provenance, run.recipe_id, run.plan_id, *_inputs(run)]
        wanted = _wanted(services, "run", run_id, run.output, run.provenance, held, who, l2, run.output_name)
        asked = services.publications.ask(wanted, token)
        show_on_run(services, run_id)
    return _handed_over(services, asked)


def publish_media(services: Services, digest: Digest, who: Identity, token: str | None) -> Publication:
    """Ask for a medium of *who*'s library to be made public, with the receipt of the run that made it, if one did.

    Raises:
        BlobNotFoundError: when it does not stand there.
        NoRegistryError, NoRegistryLoginError, BeingDeletedError
    """
    l2, token = _door(services, who, token)
    subject = f"{who}/{digest}"
    with services.publications.deciding("media", subject):
        entry, facts = services.media.entry(who, digest), services.media.facts(digest)
        if entry is None or facts is None or not services.content.has(digest):
            raise BlobNotFoundError(f"there is no {digest} in the library of {who}")
        public = [one for one in services.publications.holding(digest) if one.digest == digest and one.owner == who]
        if there := next((one for one in public if one.holds and one.l2 == l2 and one.kind == "run"), None):
            return there  # once is enough, and with the run it has the better receipt
        made_by = services.runs.get_many([entry.run_id]).get(entry.run_id) if entry.run_id else None
        held = [digest]
        if made_by is not None and made_by.provenance is not None and digest in made_by.outputs.values():
            receipt = made_by.provenance
            held += [made_by.recipe_id, *_inputs(made_by)]
        else:
            record = make_origin(
                name=entry.name,
                digest=digest,
                media_type=facts.media_type,
                held_by=who,
                held_since=entry.uploaded_at,
                came_by=entry.came_by,
                origin=entry.origin,
                signed_at=services.clock(),
            )
            receipt = _signed(services, record)
        wanted = _wanted(services, "media", subject, digest, receipt, [*held, receipt], who, l2, entry.name)
        asked = services.publications.ask(wanted, token)
    return _handed_over(services, asked)


def publish_recipe(services: Services, recipe_id: Digest, who: Identity, token: str | None) -> Publication:
    """Ask for the text of a recipe of *who*'s to be made public.

    Raises:
        BlobNotFoundError: when it is not on *who*'s shelf.
        NoRegistryError, NoRegistryLoginError, BeingDeletedError
    """
    l2, token = _door(services, who, token)
    subject = f"{who}/{recipe_id}"
    with services.publications.deciding("recipe", subject):
        entry = services.recipes.get(recipe_id)
        if entry is None or who not in services.recipes.owners(recipe_id):
            raise BlobNotFoundError(f"there is no recipe {recipe_id} of {who}")
        record = make_origin(
            name=entry.name,
            digest=recipe_id,
            media_type=RECIPE_TYPE,
            held_by=who,
            held_since=entry.uploaded_at,
            came_by="upload",
            origin={"type": "self"},
            signed_at=services.clock(),
        )
        receipt = _signed(services, record)
        held = [recipe_id, receipt]
        wanted = _wanted(services, "recipe", subject, recipe_id, receipt, held, who, l2, entry.name)
        asked = services.publications.ask(wanted, token)
    return _handed_over(services, asked)


def _door(services: Services, who: Identity, token: str | None) -> tuple[str, str]:
    """Return the registry of *who*, and the token that opens it."""
    if not services.settings.l2_servers:
        raise NoRegistryError("no registry is configured here, so there is nowhere to publish: L2_SERVERS names them")
    registry = registry_of(services, who)
    if registry is None:
        raise NoRegistryError(f"none of the registries here knows {who}: log in through one to publish")
    if token is None:
        raise NoRegistryLoginError(f"publishing is done in your name: log in through {registry.origin}")
    return registry.origin, token


def _handed_over(services: Services, asked: Publication) -> Publication:
    if asked.state.is_open:
        hand_over(services, asked)
    return asked


def _wanted(
    services: Services,
    kind: Published,
    subject: str,
    digest: Digest,
    receipt: Digest,
    held: Iterable[Digest],
    who: Identity,
    l2: str,
    name: str,
) -> Publication:
    key = ["artdag/publication/1", services.settings.public_url, l2, kind, subject, digest]
    return Publication(
        id=digest_bytes(canonical_json(key)),
        kind=kind,
        subject=subject,
        digest=digest,
        receipt=receipt,
        held=tuple(dict.fromkeys(held)),
        owner=who,
        l2=l2,
        name=name,
        asked_at=services.clock(),
    )


def _signed(services: Services, record: dict[str, object]) -> Digest:
    envelope = services.signer.envelope(record, predicate=ORIGIN_TYPE)
    return services.content.put_bytes(canonical_json(envelope)).digest


def _inputs(run: Run) -> Iterable[Digest]:
    for value in run.inputs.values():
        yield from map(Digest, [value] if isinstance(value, str) else value)
