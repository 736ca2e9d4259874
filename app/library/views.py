"""The library as pages and programs see it: what is somebody's own, then the assets, and everything about one blob."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.library.recipe_shelf import read_recipe
from app.services import Services
from app.storage.media_index import MediaEntry, MediaFilter, MediaItem
from app.storage.newest_first import Page
from app.storage.recipe_index import RecipeEntry
from artdag.digest import Digest
from artdag.errors import BlobNotFoundError
from artdag.identity import Identity
from artdag.media import Kind, MediaFacts
from artdag.recipe import variable_inputs
from artdag.run import Run

_RUNS_LOOKED_AT, _RUNS_SHOWN, _RECIPES_LOOKED_AT = 1000, 100, 60
_TEXT_BYTES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """A recipe that the medium fits into, and where."""

    recipe: RecipeEntry
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaView:
    """One blob, as the page about it tells."""

    digest: Digest
    size: int
    facts: MediaFacts | None
    """None for what is no medium: plans, records, recipes."""
    entry: MediaEntry | None
    """The visitor's own."""
    name: str
    asset_names: tuple[str, ...]
    made_by: tuple[Run, ...]
    used_in: tuple[Run, ...]

    @property
    def kind(self) -> str:
        return self.facts.kind.value if self.facts else "data"

    def to_json(self) -> dict[str, Any]:
        found = facts_json(self.digest, self.size, self.facts)
        if self.entry is not None:
            found |= self.entry.to_json()
        return found | {
            "name": self.name,
            "assets": list(self.asset_names),
            "made_by": [run.run_id for run in self.made_by],
            "used_in": [run.run_id for run in self.used_in],
        }


def view_of(services: Services, digest: Digest, who: Identity | None, *, sees_all: bool = False) -> MediaView:
    """Return everything about a blob that *who* may know: of runs, their own; with *sees_all* everybody's.

    Raises:
        BlobNotFoundError: when it is not here.
    """
    if not services.content.has(digest):
        raise BlobNotFoundError(f"there are no bytes {digest} here")
    entry = services.media.entry(who, digest) if who else None
    asset_names = services.assets.names_of(digest)
    runs = services.runs.get_many(services.runs.runs_using(digest)[:_RUNS_LOOKED_AT]).values()
    seen = [run for run in runs if sees_all or run.owner == who]
    newest = sorted(seen, key=lambda run: run.created_at, reverse=True)[:_RUNS_SHOWN]
    return MediaView(
        digest=digest,
        size=services.content.size(digest),
        facts=services.media.facts(digest),
        entry=entry,
        name=entry.name if entry else asset_names[0] if asset_names else digest[:10],
        asset_names=asset_names,
        made_by=tuple(run for run in newest if digest in run.outputs.values()),
        used_in=tuple(run for run in newest if digest in _inputs(run)),
    )


def text_of(services: Services, view: MediaView) -> str | None:
    """Return the beginning of a text; None where the bytes are no text, or nobody would read them."""
    if view.facts is not None and view.facts.kind is not Kind.DATA:
        return None
    with services.content.path(view.digest).open("rb") as file:
        head = file.read(_TEXT_BYTES)
    text = head.decode("utf-8-sig", errors="ignore" if len(head) == _TEXT_BYTES else "replace")
    return None if "\ufffd" in text or "\0" in text else text


def fitting_recipes(services: Services, facts: MediaFacts, *, limit: int = 8) -> tuple[Fitting, ...]:
    """Return recipes, newest first, with an input that takes such a medium."""
    found = []
    for entry in services.recipes.page(limit=_RECIPES_LOOKED_AT).items:
        if not services.content.has(entry.id):
            continue
        holes = variable_inputs(read_recipe(services, entry.id))
        node = next((hole.node for hole in holes if facts.kind in hole.accept), None)
        if node is not None:
            found.append(Fitting(recipe=entry, node=node))
            if len(found) == limit:
                break
    return tuple(found)


def library_page(
    services: Services, who: Identity | None, cursor: str | None, limit: int, only: MediaFilter
) -> Page[MediaItem]:
    """Return a page of *who*'s library, newest first, with the assets of others behind its end.

    Raises:
        ValueError: when *cursor* is none of this list.
    """
    own: Page[MediaItem] = services.media.page(who, cursor, limit, only=only) if who else Page(items=(), total=0)
    others = [item for item in assets(services) if only.takes(item) and not _has(services, who, item.digest)]
    return Page(
        items=(*own.items, *others) if own.next is None else own.items,
        next=own.next,
        total=None if own.total is None else own.total + len(others),
    )


def assets(services: Services) -> list[MediaItem]:
    """Return the assets whose bytes are here, by name."""
    entries = services.assets.entries()
    facts = services.media.facts_of(entry.digest for entry in entries.values())
    return [
        MediaItem(
            digest=asset.digest,
            entry=MediaEntry(name=asset.name, uploaded_at=asset.registered_at, came_by="starter"),
            facts=facts[asset.digest],
        )
        for asset in entries.values()
        if asset.digest in facts
    ]


def item_json(item: MediaItem) -> dict[str, Any]:
    return facts_json(item.digest, item.facts.size, item.facts) | item.entry.to_json()


def facts_json(digest: Digest, size: int, facts: MediaFacts | None) -> dict[str, Any]:
    """Return what is known of some bytes, in flat fields that a program can pick from."""
    found: dict[str, Any] = {"content_hash": digest, "size": size, "media_type": "application/octet-stream"}
    if facts is None:
        return found
    picture, sound = facts.picture, facts.sound
    found |= {"media_type": facts.media_type, "kind": facts.kind.value, "duration_s": facts.duration_s}
    if picture is not None:
        found |= {
            "width": picture.width,
            "height": picture.height,
            "frame_rate": float(picture.frame_rate),
            "frame_count": picture.frame_count,
            "video_codec": picture.codec,
        }
    found["has_audio"] = sound is not None
    if sound is not None:
        found |= {"audio_codec": sound.codec, "sample_rate": sound.sample_rate, "channels": sound.channels}
    return found


def disk_space(services: Services) -> tuple[int, int]:
    """Return the free and the total bytes of the disk that the store is on."""
    disk = shutil.disk_usage(services.settings.cache_dir)
    return disk.free, disk.total


def _has(services: Services, who: Identity | None, digest: Digest) -> bool:
    return who is not None and services.media.entry(who, digest) is not None


def _inputs(run: Run) -> Iterable[str]:
    for value in run.inputs.values():
        yield from [value] if isinstance(value, str) else value
