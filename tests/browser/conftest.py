"""A real server, a real worker and a real Chromium for tests that walk through pages."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import make_server

from app import create_app
from app.services import Services
from artdag.identity import LOCAL
from artdag.recipe_reader import parse_recipe

PROJECT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
RECIPE = b"""
name: cool-night
version: "0.1"
description: A clip, its colours turned, its rim darkened
params:
  turn: {type: float, default: 120, min: 0, max: 360, description: degrees}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true, name: Clip, accept: [video]}}
    - {id: hue, type: EFFECT, config: {effect: hue_shift, params: {degrees: {param: turn}}}, inputs: [clip]}
    - {id: rim, type: EFFECT, config: {effect: vignette}, inputs: [hue]}
  output: rim
"""


@dataclass
class Visit:
    """One browser window, what it asked the server for, and what its console complained of."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status < 500, f"{path}: {answer.status}"

    def check_access(self) -> None:
        """Let axe look at the page."""
        found = Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}: NOTHING was tested in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def address(services: Services) -> Iterator[str]:
    """A server with one recipe."""
    services.content.put_bytes(RECIPE)
    services.recipes.add(parse_recipe(RECIPE), LOCAL, services.clock())
    httpd = make_server("127.0.0.1", 0, create_app(services), threaded=True)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def start_worker(services: Services) -> Iterator[Callable[[], None]]:
    """Call it to have a worker; it ends with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        settings = services.settings
        environ = {**os.environ, "ARTDAG_HOME": str(settings.home), "REDIS_URL": settings.redis_url or ""}
        started.append(subprocess.Popen([sys.executable, "worker.py"], cwd=PROJECT, env=environ))

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(timeout=30)


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visit]:
    yield from visited(chromium.new_context(viewport={"width": 1280, "height": 900}), address)


@pytest.fixture
def plain_visit(chromium: Browser, address: str) -> Iterator[Visit]:
    """A window with JavaScript switched off."""
    yield from visited(chromium.new_context(java_script_enabled=False), address)


def visited(context: BrowserContext, address: str) -> Iterator[Visit]:
    context.set_default_timeout(20_000)
    found = Visit(context.new_page(), address)

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            found.complaints.append(message.text)

    found.page.on("console", listen)
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("request", lambda request: found.asked.append(request.url.removeprefix(address)))
    yield found
    context.close()
