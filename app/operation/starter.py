"""What a new server begins with: media, two texts, a handful of recipes, and two things already rendered.

``python -m app.operation.starter`` is run at every start; it is quick where everything is there.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import redis.exceptions

from app.library.ingest import ingest
from app.library.recipe_shelf import shelve
from app.runs.submission import RunRequest, submit_run
from app.services import Services, build_services
from app.settings import Settings, SettingsError
from app.storage.job_queue import DRAW_PICTURES, enqueue_chore
from artdag.digest import digest_bytes
from artdag.errors import ArtDagError
from artdag.identity import LOCAL
from artdag.run import RunState

MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
ASSETS = ("cat", "dog", "music", "waves", "dunes", "warm", "words", *MONTHS)
EXAMPLES = Path(__file__).parents[2] / "examples"
FIRST_RENDERS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("dog", ("cat",), "dog-of-cat"),
    ("two-clips-and-music", (), "two-clips-and-music"),
)
"""(recipe or effect, assets as inputs, output name)."""
PATIENCE_S = 120.0
_RENDERED = "artdag:starter:rendered"
"""Names among FIRST_RENDERS that were done once: who deletes such a run does not want it back."""
_LIMIT_BYTES = 1 << 30


def start_content(services: Services) -> None:
    """Bring in the media and the recipes that are not there yet."""
    known = services.assets.all()
    if not all(name in known and services.content.has(known[name]) for name in ASSETS):
        _draw(services)
    for path in sorted(EXAMPLES.glob("*.yaml")):
        text = path.read_bytes()
        if services.recipes.get(digest_bytes(text)) is None:
            shelve(services, text, LOCAL)


def _draw(services: Services) -> None:
    from app.operation.starter_content.make import make_starter  # drawing is slow to import and wanted once

    with TemporaryDirectory(dir=services.content.scratch) as folder:
        for name, path in make_starter(Path(folder)).items():
            with path.open("rb") as file:
                arrived = ingest(services, file, filename=path.name, owner=LOCAL, limit=_LIMIT_BYTES, came_by="starter")
            services.assets.register(name, arrived.digest, LOCAL, services.clock())


def first_renders(services: Services) -> bool:
    """Render what a visitor should find, where that was never done before; return whether all went well."""
    done = True
    for recipe, assets, name in FIRST_RENDERS:
        if services.redis.sismember(_RENDERED, name):
            continue
        inputs = [str(services.assets.all()[asset]) for asset in assets]
        request = RunRequest(recipe=recipe, inputs=inputs, output_name=name)
        run = submit_run(services, request, LOCAL, idempotency_key=f"starter-{name}")
        deadline = time.monotonic() + PATIENCE_S
        while not run.state.is_final and time.monotonic() < deadline:
            time.sleep(0.1)
            run = services.runs.get(run.run_id)
        print(f"{name}: {run.state.value}" + (f" ({run.error['message']})" if run.error else ""))
        if run.state is RunState.COMPLETED:
            services.redis.sadd(_RENDERED, name)
        else:
            done = False
    return done


def main(arguments: Sequence[str] = ()) -> int:
    """Bring everything in; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m app.operation.starter", description=__doc__)
    parser.add_argument("--no-renders", action="store_true", help="render nothing: no worker is needed")
    asked = parser.parse_args(arguments)
    try:
        services = build_services(Settings.from_env(os.environ, Path(".env")))
        start_content(services)
        enqueue_chore(
            services.redis, DRAW_PICTURES, description="pictures of the assets and the effects", job_id="pictures"
        )
        return 0 if asked.no_renders or first_renders(services) else 1
    except (ArtDagError, SettingsError) as error:
        print(error, file=sys.stderr)
    except redis.exceptions.RedisError as error:
        print(f"Redis does not answer: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
