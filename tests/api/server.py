"""A server for schemathesis: the real application behind a real socket, with things in it that ids may name."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from rq import Worker
from werkzeug.serving import make_server

from app import create_app
from app.services import Services
from tests.builders import a_clip, put_media

RECIPE = b"""
name: darker
params:
  much: {type: float, default: 0.5, min: 0, max: 1}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: dark, type: EFFECT, config: {effect: brightness, params: {amount: {param: much}}}, inputs: [clip]}
  output: dark
"""


@contextmanager
def serving(services: Services, folder: Path) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Serve; give the address, and values for parameters of paths that mean something there."""
    app = create_app(services)
    Worker([services.queue], connection=services.redis).register_birth()  # as if one were connected
    known = filled(services, app.test_client(), folder)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def filled(services: Services, client: FlaskClient, folder: Path) -> dict[str, list[str]]:
    """Put in media, a recipe, runs in several states and an upload that is not finished."""
    media = [put_media(services, a_clip(folder / f"{seed}.mp4", seed=seed)) for seed in range(12)]
    recipes = [_recipe(client, number) for number in range(12)]
    runs = [_run(client, effect, media[number % 4]) for number, effect in enumerate(["identity", "grayscale"] * 12)]
    for run in runs[1::2]:  # none that waits: half a minute is what asking for its end would take
        client.post(f"/runs/{run}/cancel")
    uploads = [_made(client.post("/cache/uploads", headers={"Upload-Length": "1000"}))["upload_id"] for _ in range(8)]
    return {
        "run_id": runs,
        "other_id": runs,
        "cache.name": [*media, media[0][:12]],
        "recipes.name": [*recipes, "darker"],
        "configs.name": [*recipes, "darker"],
        "recipe.name": recipes,
        "effects.name": ["identity", "grayscale", "brightness"],
        "node": ["clip"],
        "upload_id": uploads,
    }


def _recipe(client: FlaskClient, number: int) -> str:
    text = RECIPE.replace(b"0.5", f"0.{number}1".encode())
    return str(_made(client.post("/recipes/upload", data=text, content_type="application/yaml"))["id"])


def _run(client: FlaskClient, effect: str, digest: str) -> str:
    return str(_made(client.post("/runs", json={"recipe": effect, "inputs": [digest]}))["run_id"])


def _made(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found
