"""Real workers are killed in mid-render: nothing is lost, nothing is left behind, nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.processes.embedded_redis import EmbeddedRedis
from app.runs.submission import RunRequest, cancel_run, submit_run
from app.services import Services, build_services
from app.settings import Settings
from app.storage.job_queue import worker_count
from app.storage.stage_record import StageRecord, StageState
from artdag.identity import LOCAL
from artdag.recipe_reader import parse_recipe
from artdag.run import Run, RunState
from tests.builders import a_clip, put_media
from tests.processes import Process, wait_until_gone

PROJECT = Path(__file__).resolve().parent.parent
PATIENCE_S = 90.0

SLOW = b"""
name: slow
params:
  radius: {type: float, default: 3, min: 0, max: 50}
  width: {type: int, default: 640, min: 16, max: 4096}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: big, type: RESIZE, config: {width: {param: width}}, inputs: [clip]}
    - {id: soft, type: EFFECT, config: {effect: blur, params: {radius: {param: radius}}}, inputs: [big]}
  output: soft
"""

POISON = '''"""Kill whoever renders it."""

import os

from artdag.effect import Effect


def frame(base, params, moment):
    os.abort()


EFFECT = Effect(name="poison", group="look", frame=frame)
'''

pytestmark = pytest.mark.slow


class House:
    """A service without a web server: stores, and workers that can be killed."""

    def __init__(self, home: Path, url: str, **environ: str) -> None:
        self._environ = {**os.environ, "ARTDAG_HOME": str(home), "REDIS_URL": url, **environ}
        self.services: Services = build_services(Settings.from_env(self._environ))
        self.workers: list[subprocess.Popen[bytes]] = []
        self.log = home / "workers.log"
        recipe = parse_recipe(SLOW)
        self.services.content.put_bytes(SLOW)
        self.services.recipes.add(recipe, LOCAL, self.services.clock())
        self.clip = put_media(self.services, a_clip(home / "clip.mp4", frames=250))

    def start_worker(self, *arguments: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "worker.py", *arguments],
                cwd=PROJECT,
                env=self._environ,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    def ask(self, recipe: str = "slow", **params: float) -> Run:
        return submit_run(self.services, RunRequest(recipe=recipe, inputs=[self.clip], params=params), LOCAL)

    def stage(self, run: Run) -> StageRecord:
        (wanted,) = self.services.runs.stages_of(run.run_id)
        record = self.services.stages.get(wanted.key)
        assert record is not None
        return record

    def wait(self, what: Callable[[], bool], within_s: float = PATIENCE_S) -> float:
        """Wait, and return how long it took."""
        began = time.monotonic()
        while not what():
            assert time.monotonic() - began < within_s, self.log.read_text()[-4000:]
            time.sleep(0.02)
        return time.monotonic() - began

    def wait_until_rendering(self, run: Run) -> Process:
        """Return the process that supervises the render, once frames come out of it."""
        self.wait(lambda: self.stage(run).state is StageState.RUNNING and self.stage(run).fraction > 0)
        return Process.of(int(self.stage(run).worker.rpartition("-")[2]))

    def wait_for_end(self, run: Run) -> Run:
        self.wait(lambda: self.services.runs.get(run.run_id).state.is_final)
        return self.services.runs.get(run.run_id)

    def assert_store_is_whole(self) -> None:
        for digest in self.services.content.digests():
            self.services.content.verify(digest)
        assert list(self.services.content.scratch.glob("render-*")) == []

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()


@pytest.fixture
def house(redis_url, redis_client, tmp_path) -> Iterator[House]:
    made = House(tmp_path / "home", redis_url, LEASE_S="2")
    yield made
    made.close()


def started_again(house: House, run: Run) -> bool:
    stage = house.stage(run)
    return stage.attempt == 2 and stage.state in (StageState.RUNNING, StageState.DONE)


def test_work_of_a_killed_worker_is_taken_up_by_another_within_15_seconds(redis_url, redis_client, tmp_path):
    house = House(tmp_path / "home", redis_url)  # with the lease that people have, not with a short one
    try:
        house.start_worker()
        house.start_worker()
        run = house.ask()
        horse = house.wait_until_rendering(run)
        parent = horse.parent
        tree = parent.tree()
        assert len(tree) == 4  # worker, dispatcher, job, rendering process
        parent.kill()
        taken_s = house.wait(lambda: started_again(house, run))
        print(f"taken up after {taken_s:.1f} s")
        assert taken_s < 15
        wait_until_gone(tree, 5)
        assert house.wait_for_end(run).state is RunState.COMPLETED
        assert house.stage(run).lost == 1
        house.assert_store_is_whole()
    finally:
        house.close()


def test_work_of_a_killed_job_goes_back_at_once(house):
    house.start_worker()
    run = house.ask()
    horse = house.wait_until_rendering(run)
    tree = horse.tree()
    assert len(tree) == 2  # the job and its rendering process
    horse.kill()
    taken_s = house.wait(lambda: started_again(house, run))
    print(f"taken up after {taken_s:.1f} s")
    assert taken_s < 5
    wait_until_gone(tree, 5)
    assert house.wait_for_end(run).state is RunState.COMPLETED
    assert house.stage(run).lost == 1
    house.assert_store_is_whole()


def test_a_redis_that_goes_away_and_comes_back_stops_no_render(tmp_path):
    home = tmp_path / "home"
    server = EmbeddedRedis(home)
    house = House(home, server.start())
    try:
        house.start_worker()
        run = house.ask()
        horse = house.wait_until_rendering(run)
        assert server.child is not None
        server.child.kill()
        time.sleep(1.5)
        server.start()
        assert horse.is_alive
        ended = house.wait_for_end(run)
        assert ended.state is RunState.COMPLETED
        assert house.stage(run).attempt == 1
        again = house.ask(radius=4)  # the worker is as good as before
        assert house.wait_for_end(again).state is RunState.COMPLETED
        house.assert_store_is_whole()
    finally:
        house.close()
        server.stop()


def test_a_redis_that_is_away_longer_than_the_lease_costs_at_most_a_repetition(tmp_path):
    home = tmp_path / "home"
    server = EmbeddedRedis(home)
    house = House(home, server.start(), LEASE_S="1")
    try:
        house.start_worker()
        run = house.ask()
        house.wait_until_rendering(run)
        assert server.child is not None
        server.child.kill()
        time.sleep(4)
        server.start()
        assert house.wait_for_end(run).state is RunState.COMPLETED
        assert house.stage(run).attempt <= 2
        house.assert_store_is_whole()
    finally:
        house.close()
        server.stop()


def test_the_same_work_asked_for_ten_times_at_once_is_done_once(house):
    house.start_worker()
    house.start_worker()
    runs: list[Run] = []
    threads = [threading.Thread(target=lambda: runs.append(house.ask())) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = [house.wait_for_end(run) for run in runs]
    assert [run.state for run in ended] == [RunState.COMPLETED] * 10
    assert len({run.output for run in ended}) == 1
    assert house.stage(runs[0]).attempt == 1
    assert house.log.read_text().count("is done") == 1


def test_cancelling_one_of_two_joined_runs_leaves_the_other_whole(house):
    house.start_worker()
    first = house.ask()
    house.wait_until_rendering(first)
    second = house.ask()
    assert second.state is RunState.RUNNING
    cancel_run(house.services, first.run_id)
    assert house.wait_for_end(second).state is RunState.COMPLETED
    assert house.services.runs.get(first.run_id).state is RunState.CANCELLED
    assert house.stage(second).attempt == 1


def test_cancelling_the_last_run_stops_the_render_within_two_seconds(house):
    house.start_worker()
    run = house.ask()
    horse = house.wait_until_rendering(run)
    tree = horse.tree()
    cancel_run(house.services, run.run_id)
    wait_until_gone(tree, 2)
    house.assert_store_is_whole()
    assert house.wait_for_end(house.ask(radius=4)).state is RunState.COMPLETED


def test_work_that_kills_its_workers_fails_after_three_and_others_go_on(redis_url, redis_client, tmp_path):
    effects = tmp_path / "effects"
    effects.mkdir()
    (effects / "poison.py").write_text(POISON)
    house = House(tmp_path / "home", redis_url, LEASE_S="2", EFFECTS_DIR=str(effects))
    try:
        house.start_worker()
        poisoned, healthy = house.ask(recipe="poison"), house.ask()
        ended = house.wait_for_end(poisoned)
        assert ended.state is RunState.FAILED
        assert ended.error is not None
        assert ended.error["code"] == "crashed"
        assert "crashed repeatedly" in ended.error["message"]
        assert ended.error["node"] == "result"
        assert house.stage(poisoned).attempt == 3
        assert house.wait_for_end(healthy).state is RunState.COMPLETED
        house.assert_store_is_whole()
    finally:
        house.close()


def test_a_worker_asked_to_end_puts_its_job_back_and_another_takes_it_up(house):
    worker = house.start_worker()
    run = house.ask(width=1920)
    house.wait_until_rendering(run)
    tree = Process.of(worker.pid).tree()
    os.killpg(worker.pid, signal.SIGTERM)
    assert worker.wait(10) == 0
    wait_until_gone(tree, 1)
    stage = house.stage(run)
    assert (stage.state, stage.attempt, stage.lost) == (StageState.QUEUED, 2, 0)
    house.start_worker()
    house.wait(lambda: house.stage(run).state is StageState.RUNNING)
    cancel_run(house.services, run.run_id)


def test_a_lost_dispatcher_is_replaced(house):
    worker = house.start_worker()
    house.wait(lambda: bool(house.services.redis.exists("artdag:lease:dispatcher")))
    _, dispatcher = Process.of(worker.pid).tree()
    dispatcher.kill()
    house.wait(lambda: len(Process.of(worker.pid).tree()) == 2 and not dispatcher.is_alive, 15)


def test_a_redis_that_loses_everything_while_a_run_renders_loses_no_run(house):
    house.start_worker()
    run = house.ask()
    house.wait_until_rendering(run)
    house.services.redis.flushdb()
    house.wait(lambda: bool(house.services.redis.exists(f"artdag:run:{run.run_id}")))
    assert house.wait_for_end(run).state is RunState.COMPLETED
    house.wait(lambda: worker_count(house.services.queue) == 1)  # the worker tells its name again
    assert house.services.media.entry(LOCAL, house.clip) is not None
    house.assert_store_is_whole()
