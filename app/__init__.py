"""The service: what serves the pages, the API and the queue. ``create_app`` puts the web part together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask

    from app.services import Services


def create_app(services: Services | None = None) -> Flask:
    """Return the web application on *services*; without them they are built from the environment."""
    from app.web.application import bare_app

    app = bare_app(services)
    for blueprint in areas():
        app.register_blueprint(blueprint)
    return app


def areas() -> tuple[Blueprint, ...]:
    """Return the areas of the site, and with them have all modules of the web part in memory."""
    # Imported here, because workers and the supervisor import `app.…` too and need no web server in their memory.
    from app.blueprints import (
        account,
        arrivals,
        assets,
        auth,
        cache,
        docs,
        effects,
        health,
        home,
        media,
        picked_runs,
        publishing,
        recipes,
        runs,
        sweeps,
        upkeep,
        uploads,
        webhooks,
        workers,
        writing,
    )

    return tuple(
        area.bp
        for area in (
            home,
            runs,
            sweeps,
            picked_runs,
            writing,
            recipes,
            media,
            uploads,
            arrivals,
            cache,
            upkeep,
            assets,
            effects,
            publishing,
            webhooks,
            workers,
            health,
            docs,
            auth,
            account,
        )
    )
