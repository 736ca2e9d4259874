"""Every block that a page offers renders by itself, under the id that it is asked for by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, template_rendered
from flask.testing import FlaskClient
from jinja2 import nodes

from app.services import Services
from app.web.errors import ErrorPage
from app.web.respond import Page
from artdag.digest import Digest
from artdag.identity import LOCAL
from artdag.recipe_reader import parse_recipe
from tests.app.conftest import Person
from tests.app.test_runs_pages import RECIPE


@pytest.fixture
def places(client: FlaskClient, services: Services, clip: Digest) -> list[str]:
    """An address of every page that offers blocks, in as many states as matter."""
    services.content.put_bytes(RECIPE)
    recipe = parse_recipe(RECIPE)
    services.recipes.add(recipe, LOCAL, services.clock())
    runs = [
        client.post("/runs", json={"recipe": name, "inputs": [clip]}).get_json()["run_id"]
        for name in ("identity", "soft-night", "invert")
    ]
    client.post(f"/runs/{runs[2]}/cancel")
    return [
        *(
            "/",
            "/readyz",
            "/runs",
            "/runs?status=failed",
            f"/runs/sheet?run={runs[0]}&run={runs[1]}",
            f"/runs/{runs[0]}/compare/{runs[1]}",
            f"/runs/{runs[1]}/timeline",
            "/media",
            "/recipes",
            "/effects",
            "/cache",
            "/docs",
            "/webhooks",
            "/workers",
        ),
        *("/recipes/upload", f"/recipes/{recipe.recipe_id}", f"/cache/{clip}", "/effects/invert"),
        *(f"/runs/{run}{tab}" for run in runs for tab in ("", "/plan", "/commands")),
        f"/runs/{runs[0]}/provenance",
        f"/runs/{runs[0]}/discard",
    ]


def test_every_block_that_is_offered_renders_alone(app: Flask, person: Person, places: list[str]) -> None:
    seen: set[type[Page]] = {ErrorPage}  # tests/app/test_error_shape.py
    for place in places:
        with rendered(app) as pages:
            answer = person.get(place)
        assert answer.status_code == 200, f"{place}: {answer.text[:500]}"
        page = pages[-1]
        seen.add(type(page))
        for block in page.fragments:
            alone = person.fragment(place, f"div#{block}")
            assert alone.status_code == 200, f"{place} {block}"
            assert f'id="{block}"' in alone.text, f"{place} {block}"
            assert "<html" not in alone.text, f"{place} {block}"
    recipe = parse_recipe(RECIPE).recipe_id
    with rendered(app) as pages:
        person.post(f"/recipes/{recipe}/plan")
    seen.add(type(pages[-1]))
    alone = person.post(f"/recipes/{recipe}/plan", **{"HX-Request": "true", "HX-Target": "div#dry_plan"})
    assert 'id="dry_plan"' in alone.text
    assert "<html" not in alone.text
    missed = [kind.__name__ for kind in every_page() if kind.fragments and kind not in seen]
    assert missed == []


def test_every_block_that_is_offered_is_in_its_template(app: Flask) -> None:
    for kind in every_page():
        source, _, _ = app.jinja_env.loader.get_source(app.jinja_env, kind.template)  # type: ignore[union-attr]
        blocks = {block.name for block in app.jinja_env.parse(source).find_all(nodes.Block)}
        assert set(kind.fragments) <= blocks, kind.__name__


def test_a_block_that_is_not_offered_gives_the_page(person: Person) -> None:
    assert "<html" in person.fragment("/", "div#something_else").text


def test_boosted_links_and_history_get_whole_pages(person: Person) -> None:
    for header in ("HX-Boosted", "HX-History-Restore-Request"):
        person.headers = {**person.headers, header: "true"}
        assert "<html" in person.fragment("/runs", "section#run_list").text
        del person.headers[header]


def every_page() -> Iterator[type[Page]]:
    waiting: list[type[Page]] = list(Page.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if hasattr(kind, "template"):
            yield kind


@contextmanager
def rendered(app: Flask) -> Iterator[list[Page]]:
    """Collect the pages that templates are rendered for."""
    found: list[Page] = []

    def note(_: Flask, *, context: dict[str, Any], **__: object) -> None:
        found.append(context["page"])

    with template_rendered.connected_to(note, app):
        yield found
