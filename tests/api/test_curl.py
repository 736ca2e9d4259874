"""The examples that this system always had, and a script that does all a browser can, in real curl."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from app import create_app
from app.services import Services
from artdag.identity import LOCAL
from tests.builders import a_clip, put_media

PROJECT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")]


@pytest.fixture
def server(services: Services) -> Iterator[str]:
    """The application and a worker; the address."""
    settings = services.settings
    httpd = make_server("127.0.0.1", 0, create_app(services), threaded=True)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    environ = {**os.environ, "ARTDAG_HOME": str(settings.home), "REDIS_URL": settings.redis_url or ""}
    worker = subprocess.Popen([sys.executable, "worker.py"], cwd=PROJECT, env=environ)
    yield f"http://localhost:{httpd.server_port}"
    worker.terminate()
    worker.wait(timeout=30)
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def shell(line: str) -> Any:
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_old_examples_work_as_they_are_written(server: str, services: Services, tmp_path: Path) -> None:
    digest = put_media(services, a_clip(tmp_path / "input.mp4", seed=1))
    dog = put_media(services, a_clip(tmp_path / "dog.mp4", seed=2))
    services.assets.register("dog", dog, LOCAL)
    run = shell(
        f"""curl -X POST {server}/runs -H "Content-Type: application/json" \\
     -d '{{"recipe": "dog", "inputs": ["{digest[:8]}"], "output_name": "my-output"}}'"""
    )
    assert run["output_name"] == "my-output"
    run = shell(f"curl {server}/runs/{run['run_id']}?wait=30")
    assert run["status"] == "completed", run
    refused = shell(f'curl -X DELETE {server}/cache/{digest} -H "Authorization: Bearer <token>"')
    assert refused["code"] == "in_use_by_run"
    assert shell(f'curl -X DELETE {server}/runs/{run["run_id"]} -H "Authorization: Bearer <token>"')["removes"]
    assert shell(f'curl -X DELETE {server}/cache/{digest} -H "Authorization: Bearer <token>"')["deleted"] is True


def test_plain_curl_does_all_that_a_browser_can(server: str, tmp_path: Path) -> None:
    clip = a_clip(tmp_path / "clip.mp4")
    done = subprocess.run(
        ["sh", "-x", "examples/curl.sh", server, str(clip)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    said = done.stdout
    for words in ("completed", "cancelled", "in_use_by_run", "\n304\n", "\n410\n", "all of it done"):
        assert words in said, f"{words!r} is missing in:\n{said}"
