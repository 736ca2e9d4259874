"""Web and workers are replaced while runs are going on: nobody's request is refused and no run fails."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.storage.stage_record import StageState
from artdag.run import RunState
from tests.processes import Process
from tests.test_kill import House

PROJECT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow


class Web:
    """gunicorn, as the Procfile starts it."""

    def __init__(self, home: Path, environ: dict[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = home / "web.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"],
                cwd=PROJECT,
                env={**environ, "PORT": str(self.port), "LOG_FORMAT": "json"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data)
        asked.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def text(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.read().decode()

    def answers(self) -> bool:
        try:
            return bool(self.ask("/healthz"))
        except (OSError, urllib.error.URLError):
            return False

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


@pytest.fixture
def house(redis_url, redis_client, tmp_path) -> Iterator[House]:
    made = House(tmp_path / "home", redis_url, LEASE_S="2")
    yield made
    made.close()


@pytest.fixture
def web(house, tmp_path) -> Iterator[Web]:
    made = Web(tmp_path, house._environ)
    house.wait(made.answers)
    yield made
    made.close()


class Customer:
    """Somebody who asks for one run after the other until told to stop, and forgives no refusal."""

    def __init__(self, web: Web, clip: str) -> None:
        self.runs: list[str] = []
        self.refused: list[str] = []
        self._web, self._clip = web, clip
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        number = 0
        while not self._stop.wait(0.15):
            number += 1
            body = {"recipe": "slow", "inputs": [self._clip], "params": {"radius": 1 + number / 100, "width": 64}}
            try:
                self.runs.append(self._web.ask("/runs", body)["run_id"])
            except OSError as error:
                self.refused.append(f"run {number}: {error}")

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


def test_replacing_web_and_workers_one_by_one_fails_no_run_and_refuses_no_request(house, web):
    first, second = house.start_worker(), house.start_worker()
    house.wait(lambda: web.ask("/")["queue"]["workers"] == 2)
    customer = Customer(web, house.clip)
    try:
        house.wait(lambda: len(customer.runs) >= 3)
        before = {process.pid for process in Process.of(web.process.pid).tree()}
        os.kill(web.process.pid, signal.SIGHUP)  # new processes of the web server, then the old ones end
        house.wait(lambda: _replaced(web, before))
        for old in (first, second):
            house.start_worker()
            os.kill(old.pid, signal.SIGTERM)
            assert old.wait(30) == 0
        seen = len(customer.runs)
        house.wait(lambda: len(customer.runs) >= seen + 3)
    finally:
        customer.stop()
    assert customer.refused == []
    states = {house.wait_for_end(house.services.runs.get(run_id)).state for run_id in customer.runs}
    assert states == {RunState.COMPLETED}
    house.assert_store_is_whole()


def _replaced(web: Web, before: set[int]) -> bool:
    return len({process.pid for process in Process.of(web.process.pid).tree()} - before) >= 2


def test_both_web_processes_count_into_the_same_figures_and_log_json(house, web):
    def counted() -> float:
        lines = [
            line
            for line in web.text("/metrics").splitlines()
            if line.startswith("artdag_http_request_seconds_count") and 'endpoint="home.index"' in line
        ]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    threads = [threading.Thread(target=lambda: [web.ask("/") for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {counted() for _ in range(6)} == {40.0}  # whichever process answers
    web.close()
    lines = [json.loads(line) for line in web.log.read_text().splitlines()]
    assert {"level", "logger", "message", "reference"} <= set(lines[0])


def test_a_worker_told_to_finish_ends_after_its_job_and_takes_no_other(house):
    worker = house.start_worker()
    run = house.ask(width=320)
    house.wait_until_rendering(run)
    waiting = house.ask(radius=7, width=64)
    os.kill(worker.pid, signal.SIGUSR1)
    assert worker.wait(60) == 0
    assert house.services.runs.get(run.run_id).state is RunState.COMPLETED
    assert house.stage(run).attempt == 1
    assert house.stage(waiting).state is not StageState.DONE
    house.start_worker()
    assert house.wait_for_end(waiting).state is RunState.COMPLETED


def test_a_drained_worker_stays_and_rests_until_it_is_resumed(house):
    worker = house.start_worker("--name", "renders-1")
    house.wait(lambda: [entry.state for entry in house.services.workers.all()] == ["waiting"])
    house.services.workers.drain("renders-1")
    house.wait(lambda: _rq_state(house) == "suspended")
    run = house.ask(width=64)
    time.sleep(2)
    assert house.services.runs.get(run.run_id).state is RunState.PENDING
    house.services.workers.resume("renders-1")
    assert house.wait_for_end(run).state is RunState.COMPLETED
    house.services.workers.drain(socket.gethostname())
    house.wait(lambda: _rq_state(house) == "suspended")
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait(20) == 0


def _rq_state(house: House) -> str:
    found = house.services.redis.hget("rq:worker:renders-1", "state")
    return found.decode() if found else ""


def test_rq_info_tells_queues_workers_and_jobs_in_words(house):
    house.start_worker("--name", "renders-1")
    run = house.ask(width=640)
    house.wait_until_rendering(run)
    told = _rq_info(house)
    assert "renders" in told
    assert "renders-1" in told
    assert "busy" in told
    entry = next(entry for entry in house.services.workers.all() if entry.name == "renders-1")
    assert entry.job == "slow: soft → web for @local@localhost"


def _rq_info(house: House) -> str:
    command = [str(Path(sys.executable).with_name("rq")), "info", "--url", house._environ["REDIS_URL"]]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
