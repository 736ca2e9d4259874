"""A real worker process, as people start it."""

import json
import logging
import os
import pickle
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from rq import Queue
from rq.worker_registration import REDIS_WORKER_KEYS

from app.runs.submission import RunRequest, submit_run
from app.work.rq_worker import RenderWorker, _Housekeeping
from artdag.run import RunState
from tests.builders import a_clip, put_media

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def work(settings, redis_url):
    """Let a worker work until the queue is empty."""

    def burst(*arguments, **environ):
        return subprocess.run(
            [sys.executable, "worker.py", "--burst", "--no-dispatcher", *arguments],
            cwd=PROJECT,
            env={**os.environ, "ARTDAG_HOME": str(settings.home), "REDIS_URL": redis_url, **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return burst


def test_the_log_is_about_work_not_about_housekeeping(caplog):
    log = logging.getLogger("rq.worker")
    log.addFilter(housekeeping := _Housekeeping())
    with caplog.at_level(logging.INFO, "rq.worker"):
        log.info("Worker %s: cleaning registries for queue: %s", "w", "renders")
        log.info("Worker %s: started with PID %s", "w", 7)
    log.removeFilter(housekeeping)
    assert [record.getMessage() for record in caplog.records] == ["Worker w: started with PID 7"]


def test_a_worker_renders_what_waits_and_nothing_that_is_not_on_the_list(services, work, alice, tmp_path):
    marker = tmp_path / "marker"
    clip = put_media(services, a_clip(tmp_path / "clip.mp4"), alice)
    run = submit_run(services, RunRequest(recipe="invert", inputs=[clip]), alice)
    evil = Queue("renders", connection=services.redis, serializer="json")
    evil.enqueue_call("os.system", args=(f"touch {marker}",), result_ttl=60)
    pickled = Queue("renders", connection=services.redis)
    pickled.enqueue_call("os.system", args=(f"touch {marker}",), result_ttl=60)
    assert pickle.loads(pickled.fetch_job(pickled.get_job_ids()[-1]).data)[0] == "os.system"
    ended = work("--name", "burster")
    assert ended.returncode == 0, ended.stderr
    assert services.runs.get(run.run_id).state is RunState.COMPLETED
    assert "UnlistedFunctionError" in ended.stderr
    assert not marker.exists()
    assert services.redis.smembers(REDIS_WORKER_KEYS) == set()


def test_a_worker_without_a_redis_to_speak_of_says_what_to_do(work):
    ended = work(REDIS_URL="")
    assert ended.returncode == 1
    assert "make run" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_worker_with_a_wrong_setting_says_so_in_one_line(work):
    ended = work(LEASE_S="soon")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "LEASE_S='soon'" in ended.stderr


def test_a_name_that_a_killed_worker_of_this_machine_left_behind_is_free(services, redis_client):
    worker = RenderWorker(services, "renders", name="w1", tend=lambda: None)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    redis_client.hset(worker.key, mapping={"hostname": socket.gethostname(), "pid": gone.pid, "birth": "x"})
    worker.register_birth()
    assert json.loads(redis_client.hget(worker.key, "pid")) == os.getpid()


def test_a_name_in_use_is_refused(services, redis_client):
    worker = RenderWorker(services, "renders", name="w1", tend=lambda: None)
    redis_client.hset(worker.key, mapping={"hostname": socket.gethostname(), "pid": os.getppid(), "birth": "x"})
    with pytest.raises(ValueError, match="active worker"):
        worker.register_birth()
