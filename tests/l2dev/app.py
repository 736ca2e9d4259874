"""The registry as a web application: what renderers ask, what people see, what other servers read."""

from __future__ import annotations

from flask import Flask

from tests.l2dev import activitypub, pages, questions
from tests.l2dev.config import Config
from tests.l2dev.store import Store
from tests.l2dev.tokens import Tokens


def create_l2(config: Config) -> Flask:
    app = Flask("l2dev", template_folder=str(pages.TEMPLATES))
    app.json.sort_keys = False  # type: ignore[attr-defined]  # "@context" goes first
    store = Store(config.home)
    for name, password in config.accounts:
        store.add_account(name, password)
    app.extensions["l2"] = (config, store, Tokens(config, store))
    for area in (questions.bp, pages.bp, activitypub.bp):
        app.register_blueprint(area)
    return app
