"""Processes of every kind are killed at random while runs come in: all that was acknowledged ends well, once.

The seed is printed; ``CHAOS_SEED`` repeats a bad day, ``CHAOS_KILLS`` makes it longer.
"""

from __future__ import annotations

import os
import random
import time
from contextlib import suppress

import pytest
import redis.exceptions

from app.processes.embedded_redis import EmbeddedRedis
from artdag.errors import ArtDagError
from artdag.run import Run, RunState
from tests.processes import Process, wait_until_gone
from tests.test_kill import House

WORKERS = 2
VICTIMS = {"worker": 4, "job": 4, "rendering process": 3, "dispatcher": 2, "redis": 1}

pytestmark = pytest.mark.chaos


def test_whatever_is_killed_every_acknowledged_run_is_completed_once(tmp_path):
    seed = int(os.environ.get("CHAOS_SEED", str(time.time_ns() % 10**6)))
    kills = int(os.environ.get("CHAOS_KILLS", "60"))
    print(f"CHAOS_SEED={seed} CHAOS_KILLS={kills}")
    dice = random.Random(seed)
    home = tmp_path / "home"
    server = EmbeddedRedis(home)
    house = House(home, server.start(), LEASE_S="2")
    acknowledged: list[Run] = []
    seen: set[Process] = set()
    done = dict.fromkeys(VICTIMS, 0)
    try:
        while sum(done.values()) < kills:
            tend(house, server)
            with suppress(redis.exceptions.RedisError, ArtDagError):
                radius = dice.choice([1, 2, 3, 4, 5, 6, 7, 8]) / 2 + dice.random() * 0.01
                acknowledged.append(house.ask(width=96, radius=radius))
            victim = dice.choices(list(VICTIMS), VICTIMS.values())[0]
            done[victim] += kill(victim, house, server, dice, seen)
            time.sleep(dice.uniform(0.05, 0.7))
        drained = time.monotonic()
        while any(not house.services.runs.get(run.run_id).state.is_final for run in acknowledged):
            tend(house, server)
            assert time.monotonic() - drained < 240, house.log.read_text()[-4000:]
            time.sleep(0.2)
        print(f"{len(acknowledged)} runs, kills: {done}, drained in {time.monotonic() - drained:.0f} s")
        ended = [house.services.runs.get(run.run_id) for run in acknowledged]
        stages = [house.stage(run) for run in acknowledged]
        # what killed three workers in a row counts as poison, rightly or not; that must stay rare
        poison = [run for run in ended if run.state is RunState.FAILED]
        assert all(run.error is not None and run.error["code"] == "crashed" for run in poison)
        assert len(poison) <= len(ended) // 20
        assert {run.state for run in ended} <= {RunState.COMPLETED, RunState.FAILED}
        assert (house.services.runs.page().total or 0) >= len(acknowledged)
        for digest in house.services.content.digests():
            house.services.content.verify(digest)
        print(f"most attempts: {max(stage.attempt for stage in stages)}, poison: {len(poison)}")
        assert house.services.stages.open_count() == 0
    finally:
        house.close()
        wait_until_gone(list(seen), 5)
        server.stop()


def tend(house: House, server: EmbeddedRedis) -> None:
    """Do what the supervisor does: start again what died."""
    if not server.alive():
        server.start()
    house.workers = [worker for worker in house.workers if worker.poll() is None]
    while len(house.workers) < WORKERS:
        house.start_worker()


def kill(victim: str, house: House, server: EmbeddedRedis, dice: random.Random, seen: set[Process]) -> bool:
    """Kill one *victim*, if there is one now; remember everybody who must be gone in the end."""
    if victim == "redis":
        assert server.child is not None
        server.child.kill()
        return True
    worker = Process.of(dice.choice(house.workers).pid)
    below = [process for process in worker.tree() if process != worker]
    seen.update(below)
    if victim == "worker":
        worker.kill()
        return True
    with suppress(OSError):
        jobs = [process for process in below if process.is_forked and process.parent == worker]
        found = {
            "dispatcher": [process for process in below if not process.is_forked],
            "job": jobs,
            "rendering process": [process for process in below if process.is_forked and process not in jobs],
        }[victim]
        if found:
            found[0].kill()
            return True
    return False
