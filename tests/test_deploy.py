"""What is in deploy/ and the Procfile, run or checked by the programs that read it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import knobs

PROJECT = Path(__file__).resolve().parent.parent
DEPLOY = PROJECT / "deploy"
GUIDE = (PROJECT / "docs" / "deploy.md").read_text()
TOKEN, ADA = "a-token-of-adas", "@ada@art.example.org"


def procfile() -> dict[str, str]:
    lines = (PROJECT / "Procfile").read_text().splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines)}


class Platform:
    """Starts the lines of the Procfile, as a platform does: with a port, a Redis, and whatever was set."""

    def __init__(self, home: Path, redis_url: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        tokens = home / "tokens"
        tokens.write_text(f"{hashlib.sha256(TOKEN.encode()).hexdigest()} {ADA}\n")
        kept = {
            name: value for name, value in os.environ.items() if name not in {knob.name for knob in knobs().values()}
        }
        self.environ = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(home),
            "PORT": str(self.port),
            "REDIS_URL": redis_url,
            "HOST": "0.0.0.0",
            "ARTDAG_HOME": str(home / "data"),
            "L1_PUBLIC_URL": "https://art.example.org",
            "API_TOKENS": str(tokens),
            "ADMINS": ADA,
        }
        self.log = home / "log"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                shlex.split(procfile()[name]),
                cwd=PROJECT,
                env=self.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.processes[name]

    def ask(
        self, path: str, body: dict[str, Any] | None = None, *, token: str | None = TOKEN, host: str = "art.example.org"
    ) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, {"Host": host})
        asked.add_header("Content-Type", "application/json")
        if token:
            asked.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def wait(self, what: Any, within_s: float = 120.0) -> Any:
        deadline = time.monotonic() + within_s
        while True:
            try:
                if found := what():
                    return found
            except (OSError, urllib.error.URLError):
                pass
            assert time.monotonic() < deadline, self.log.read_text()[-4000:]
            time.sleep(0.1)

    def close(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def platform(redis_url, redis_client, tmp_path) -> Iterator[Platform]:
    made = Platform(tmp_path, redis_url)
    yield made
    made.close()


@pytest.mark.slow
def test_the_procfile_runs_as_it_is_on_an_empty_disk(platform):
    assert platform.start("release").wait(180) == 0, platform.log.read_text()[-2000:]
    assert platform.start("release").wait(60) == 0  # at every release; nothing is left to do
    for name in ("web", "worker", "chores"):
        platform.start(name)
    platform.wait(lambda: platform.ask("/readyz")["ready"])
    assert {entry["queue"] for entry in platform.wait(lambda: _both(platform))} == {"renders", "chores"}
    for refused, token, host in (
        (401, None, "art.example.org"),
        (401, "wrong", "art.example.org"),
        (400, TOKEN, "evil.example"),
    ):
        with pytest.raises(urllib.error.HTTPError) as error:
            platform.ask("/runs", {"recipe": "invert", "inputs": ["cat"]}, token=token, host=host)
        assert error.value.code == refused
        error.value.close()
    run = platform.ask("/runs", {"recipe": "invert", "inputs": ["cat"]})
    ended = platform.wait(lambda: _over(platform, run["run_id"]))
    assert (ended["status"], ended["username"]) == ("completed", ADA)
    for name in ("worker", "chores", "web"):
        platform.processes[name].terminate()
    assert [platform.processes[name].wait(30) for name in ("worker", "chores", "web")] == [0, 0, 0]
    assert TOKEN not in platform.log.read_text()


def _both(platform: Platform) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = platform.ask("/workers")["items"]
    return items if len(items) == 2 else []


def _over(platform: Platform, run_id: str) -> dict[str, Any] | None:
    run: dict[str, Any] = platform.ask(f"/runs/{run_id}")
    return run if run["status"] not in ("pending", "running") else None


def test_the_release_says_in_one_line_why_it_cannot(platform):
    platform.environ["REDIS_URL"] = "redis://127.0.0.1:1/5"
    assert platform.start("release").wait(120) == 1
    said = platform.log.read_text()
    assert "Redis does not answer" in said
    assert "Traceback" not in said


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    units = []
    for unit in sorted((DEPLOY / "systemd").glob("*.service")):
        text = unit.read_text().replace("/opt/artdag/.venv/bin", str(Path(sys.executable).parent))
        units.append(tmp_path / unit.name)
        units[-1].write_text(text.replace("/opt/artdag", str(PROJECT)))
    assert {unit.name for unit in units} == {"artdag-web.service", "artdag-worker@.service", "artdag-chores.service"}
    checked = subprocess.run(
        ["systemd-analyze", "verify", *map(str, units)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not here")
def test_nginx_finds_nothing_wrong_with_its_configuration(tmp_path):
    whole = tmp_path / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    http = f"{temporary} access_log off; include {DEPLOY / 'nginx.conf'};"
    whole.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {http} }}")
    checked = subprocess.run(
        ["nginx", "-t", "-p", str(tmp_path), "-c", str(whole)], capture_output=True, text=True, timeout=60, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_the_units_and_the_compose_file_start_what_the_procfile_starts():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    started = {name: shlex.join(one.get("command", [])) for name, one in compose["services"].items()}
    image = (DEPLOY / "Containerfile").read_text()
    lines = procfile()
    default = shlex.join(json.loads(re.search(r"^CMD (.*)$", image, re.MULTILINE)[1]))
    assert (started["worker"], started["chores"], started["starter"]) == (
        lines["worker"],
        lines["chores"],
        lines["release"],
    )
    assert default == lines["web"]
    for name, line in (("web", lines["web"]), ("worker@", lines["worker"]), ("chores", lines["chores"])):
        unit = (DEPLOY / "systemd" / f"artdag-{name}.service").read_text()
        assert f"/.venv/bin/{line}" in unit


def test_every_setting_that_is_written_down_for_servers_exists():
    names = {knob.name for knob in knobs().values()}
    written = set(re.findall(r"^([A-Z][A-Z0-9_]+)=", GUIDE, re.MULTILINE)) - {"SITE", "TOKEN"}
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    written |= set(compose["x-artdag"]["environment"])
    assert written - names == set()
    assert len(written) > 8


def test_the_image_holds_all_that_the_service_reads():
    image = (DEPLOY / "Containerfile").read_text()
    copied = {name for line in re.findall(r"^COPY (.*) \S+$", image, re.MULTILINE) for name in line.split()}
    assert all((PROJECT / name).exists() for name in copied)
    tracked = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    top = {Path(line).parts[0] for line in tracked.splitlines()}
    needless = {name for name in top if name.startswith(".")} | {
        *("README.md", "ARCHITECTURE.md", "Makefile", "pyproject.toml", "requirements.in", "requirements-dev.in"),
        *("requirements-dev.txt", "docs", "tests", "benchmarks", "deploy"),
    }
    assert top - needless == copied


def test_the_guide_names_every_file_of_deploy():
    names = {path.name for path in DEPLOY.iterdir() if path.name not in ("tokens", "artdag.env")}
    assert {name for name in names if name not in GUIDE} == set()
