"""``python render.py``: talks to a server where one runs, renders by itself where none does; exit codes mean it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app import create_app
from app.client.render_command import main
from app.services import Services
from artdag.digest import Digest
from artdag.identity import LOCAL
from artdag.run import RunState
from artdag.signing import verify_envelope
from tests.app.conftest import under_test, work_off
from tests.builders import a_clip, put_media

PROJECT = Path(__file__).resolve().parent.parent
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def server(services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A server over HTTP; the command runs in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    with served(under_test(create_app(services))) as address:
        yield address


@pytest.fixture
def worker(services: Services) -> Iterator[None]:
    """Somebody who does what waits, beside the command."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.1):
            work_off_in_thread(services)

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.fixture
def cat(services: Services, tmp_path: Path) -> Digest:
    """The asset ``cat``; a clip here, so that it renders fast."""
    digest = put_media(services, a_clip(tmp_path / "cat-source.mp4"), LOCAL)
    services.assets.register("cat", digest, LOCAL, services.clock())
    return digest


@contextmanager
def served(app: Flask) -> Iterator[str]:
    httpd = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}"
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def work_off_in_thread(services: Services) -> None:
    """Let a process of its own do the work: a stage takes signals, which only a main thread can."""
    if services.stages.open_count() == 0:
        return
    script = "from tests.test_render_command import do_the_work; do_the_work()"
    environ = {**os.environ, "ARTDAG_HOME": str(services.settings.home), "REDIS_URL": services.settings.redis_url or ""}
    subprocess.run([sys.executable, "-c", script], env=environ, cwd=PROJECT, check=True, timeout=60)


def do_the_work() -> None:
    from app.work.jobs import worker_services

    work_off(worker_services())


def test_a_name_gives_a_run_id_at_once(
    server: str, cat: Digest, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["invert", "cat", "--server", server]) == 0
    run = services.runs.get(capsys.readouterr().out.strip())
    assert (run.recipe, list(run.inputs.values())) == ("invert", [cat])


def test_sync_writes_the_same_bytes_and_their_receipt(
    server: str, cat: Digest, services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["identity", "cat", "--sync", "--server", server]) == 0
    assert capsys.readouterr().out.strip() == "identity.mp4"
    assert hashlib.sha3_256((tmp_path / "identity.mp4").read_bytes()).hexdigest() == cat
    record = json.loads((tmp_path / "identity.provenance.json").read_text())
    signed = json.loads((tmp_path / "identity.provenance.dsse.json").read_text())
    assert record["output"]["content_hash"] == cat
    assert verify_envelope(signed, [services.signer.public]) == record


@pytest.mark.usefixtures("worker", "cat")
def test_sync_waits_for_a_worker(server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["invert", "cat", "-p", "intensity=0.5", "--sync", "--json", "--server", server, "-o", "out/night.mp4"]
    assert main(wanted) == 0
    run = json.loads(capsys.readouterr().out)
    assert (run["status"], run["params"], run["output_name"]) == ("completed", {"intensity": 0.5}, "night")
    assert run["files"][0] == "out/night.mp4"
    assert (tmp_path / "out/night.mp4").stat().st_size > 100


def test_files_and_recipes_are_brought_along(
    server: str, services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_clip(tmp_path / "mine.mp4", seed=3)
    (tmp_path / "small.yaml").write_text(
        "name: small\ndag:\n  nodes:\n"
        "    - {id: clip, type: SOURCE, config: {input: true}}\n"
        "    - {id: out, type: EFFECT, config: {effect: invert}, inputs: [clip]}\n"
        "  output: out\n"
    )
    assert main(["small.yaml", "clip=mine.mp4", "--server", server]) == 0
    run = services.runs.get(capsys.readouterr().out.strip())
    content = Digest(hashlib.sha3_256((tmp_path / "mine.mp4").read_bytes()).hexdigest())
    assert (run.recipe, run.inputs) == ("small", {"clip": content})


@pytest.mark.usefixtures("cat")
@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (["no-such-recipe", "cat"], "no-such-recipe"),
        (["invert", "dgo"], "dgo"),
        (["invert", "cat", "-p", "intensity=7"], "intensity"),
        (["invert", "cat", "-p", "intensity"], "NAME=VALUE"),
        (["invert", "none.mp4"], "no file none.mp4"),
        (["none.yaml"], "no file none.yaml"),
        (["invert"], "is needed"),
        (["invert", "cat", "input=cat"], "all inputs in order"),
        (["invert", "cat", "--token-file", "none"], "token file"),
    ],
)
def test_nonsense_is_2_with_one_sentence(
    server: str, capsys: pytest.CaptureFixture[str], wanted: list[str], words: str
) -> None:
    assert main([*wanted, "--server", server]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err
    assert "Traceback" not in told.err


def test_a_failed_run_is_1_and_says_why(
    server: str, cat: Digest, services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail_soon() -> None:
        run = next(services.runs.open_ids())
        services.runs.move(run, RunState.FAILED, error={"code": "x", "message": "out of paint", "node": "brush"})

    monkeypatch.setattr("app.client.doors.HttpDoor.work", lambda _: services.stages.open_count() and fail_soon())
    assert cat
    assert main(["invert", "cat", "--sync", "--server", server]) == 1
    assert "failed: brush: out of paint" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dog", "cat", "--server", NOWHERE]) == 1
    assert f"nobody answers at {NOWHERE}" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["localhost:8100", "ftp://localhost", ""])
def test_an_address_that_is_none_is_2_or_the_default(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARTDAG_HOME", str(tmp_path))
    monkeypatch.setenv("PORT", "9")
    assert main(["dog", "cat", "--server", address]) == 2
    assert "render.py:" in capsys.readouterr().err


def test_without_a_server_only_sync_is_possible(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARTDAG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PORT", "9")
    monkeypatch.delenv("ARTDAG_SERVER", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["dog", "cat"]) == 2
    assert "add --sync" in capsys.readouterr().err


@pytest.mark.slow
def test_without_a_server_sync_renders_here_with_the_same_cache(tmp_path: Path) -> None:
    def render(*wanted: str) -> tuple[int, dict[str, Any]]:
        command = [sys.executable, str(PROJECT / "render.py"), *wanted, "--sync", "--json"]
        environ = {**os.environ, "ARTDAG_HOME": str(home), "PORT": "9"}
        environ.pop("ARTDAG_SERVER", None)
        environ.pop("REDIS_URL", None)
        done = subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=170, check=False
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    home = Path(tempfile.mkdtemp(prefix="artdag-render-"))  # short: a socket's path must be
    try:
        code, first = render("invert", "cat")
        assert (code, first["status"]) == (0, "completed")
        code, again = render("invert", "cat", "-o", "again.png")
        assert (code, again["output_hash"]) == (0, first["output_hash"])
        assert again["progress"]["cached"] == again["progress"]["nodes"]
        code, dog = render("dog", "cat")
        assert (code, dog["status"]) == (0, "completed")
        assert all((tmp_path / name).stat().st_size for name in (*first["files"], *dog["files"]))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_render_py_finds_the_python_that_has_the_parts() -> None:
    done = subprocess.run(
        ["/usr/bin/env", "python3", str(PROJECT / "render.py"), "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        env={name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "exit codes: 0 done" in done.stdout
