"""``make screenshots``: a picture of each page of a running server, in three widths, light and dark, to look at."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS

FOLDER = Path("screenshots")
WIDTHS = (360, 768, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SETTLED_MS = 400
FIXED = (
    ("home", "/"),
    ("runs", "/runs"),
    ("recipes", "/recipes"),
    ("new-recipe", "/recipes/upload"),
    ("language", "/recipes/language"),
    ("media", "/media"),
    ("assets", "/assets"),
    ("effects", "/effects"),
    ("effect", "/effects/blur"),
    ("cache", "/cache"),
    ("make-room", "/upkeep/clear?limit=0"),
    ("webhooks", "/webhooks"),
    ("account", "/account"),
    ("audit", "/audit"),
    ("workers", "/workers"),
    ("health", "/readyz"),
    ("keys", "/actor"),
    ("api", "/docs"),
    ("not-found", "/nowhere"),
)


def places(server: str) -> Iterator[tuple[str, str]]:
    """Give (name, path) of the pages that are there: a run of each state, an item of each kind."""
    yield from FIXED
    for state in ("completed", "failed", "cancelled", "running", "pending"):
        for run in listed(server, f"/runs?limit=1&status={state}"):
            path = f"/runs/{run['run_id']}"
            yield f"run-{state}", path
            if state == "completed":
                yield from ((f"run-{tab}", f"{path}/{tab}") for tab in ("plan", "provenance", "commands", "discard"))
    for recipe in listed(server, "/recipes?limit=1"):
        yield "recipe", f"/recipes/{recipe['id']}"
    kinds = {item["kind"]: item["content_hash"] for item in listed(server, "/media?limit=100")}
    yield from ((f"item-{kind}", f"/cache/{digest}") for kind, digest in kinds.items())


def listed(server: str, path: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(server + path, timeout=10) as answer:
        items: list[dict[str, Any]] = json.load(answer)["items"]
    return items


def main(server: str) -> int:
    try:
        found = list(places(server))
    except urllib.error.URLError as error:
        print(f"no server answers at {server} ({error.reason}): start one with `make run`", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        for width in WIDTHS:
            for scheme in SCHEMES:
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
                page = context.new_page()
                for name, path in found:
                    page.goto(server + path)
                    page.wait_for_timeout(SETTLED_MS)
                    page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True)
                context.close()
        browser.close()
    print(f"{len(found) * len(WIDTHS) * len(SCHEMES)} pictures of {len(found)} pages are in {FOLDER}/")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ.get("ARTDAG_SERVER", "http://localhost:8100")))
