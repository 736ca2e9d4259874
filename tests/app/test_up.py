"""The supervisor, for real, with small programs standing in for web and workers."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.operation.up import FIRST_PAUSE_S, LONGEST_PAUSE_S, STEADY_S, Post, Supervisor
from app.processes.child import Child, rotate
from app.processes.embedded_redis import running_url

PROJECT = Path(__file__).parents[2]

SUPERVISED = """
import sys
from pathlib import Path
from app.operation import up
from app.processes.child import Child
from app.processes.embedded_redis import EmbeddedRedis

home = Path(sys.argv[1])

def stand_in(name, code):
    return up.Post(name, lambda: Child.python(name, "-c", code, log=home / "logs" / f"{name}.log"))

FAMILY = '''
import os, subprocess, time
subprocess.Popen(["sleep", "300"], process_group=0)  # as the job of a worker: same session, group of its own
print("family is here", flush=True)
time.sleep(300)
'''
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"

server = EmbeddedRedis(home)
server.start()
try:
    up.Supervisor(
        [up._redis_post(server), stand_in("family", FAMILY), stand_in("stubborn", STUBBORN)],
        ready=lambda: "family is here" in (home / "logs" / "family.log").read_text(),
        welcome=stand_in("starter", "print('oh no'); raise SystemExit(3)").launch,
        say=lambda line: print(line, flush=True),
        greeting="Welcome",
        making="Making",
        grace_s=0.5,
    ).run()
finally:
    server.stop()
"""


def eventually(true, timeout_s: float = 15.0):
    deadline = time.monotonic() + timeout_s
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.05)
    return found


def descendants_of(home: Path) -> set[int]:
    """Living processes with this home in their environment, or (Valkey writes over its own) in their title."""
    marker = f"UP_TEST_HOME={home}".encode()
    socket_path = f"{home}/run/redis.sock".encode()
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            alive = (entry / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
            ours = marker in (entry / "environ").read_bytes() or socket_path in (entry / "cmdline").read_bytes()
            if alive and ours:
                found.add(int(entry.name))
        except OSError:
            continue
    return found


class Supervised:
    """A running supervisor and what it has said."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.output = home / "said"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISED, str(home)],
                cwd=PROJECT,
                env={**os.environ, "UP_TEST_HOME": str(home)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.output.read_text()

    def pids(self, text: str) -> list[int]:
        """Processes of ours whose command line has *text* in it."""
        return [
            pid
            for pid in descendants_of(self.home)
            if text.encode() in Path(f"/proc/{pid}/cmdline").read_bytes() and pid != self.process.pid
        ]

    def kill_leftovers(self) -> None:
        self.process.kill()
        self.process.wait()
        for pid in descendants_of(self.home):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def supervised(tmp_path):
    supervised = Supervised(tmp_path)
    try:
        eventually(lambda: "Welcome" in supervised.said())
        yield supervised
    finally:
        supervised.kill_leftovers()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_leaves_nobody_behind(supervised, number):
    assert len(descendants_of(supervised.home)) >= 5
    supervised.process.send_signal(number)
    assert supervised.process.wait(10) == 0
    assert not descendants_of(supervised.home)
    assert running_url(supervised.home) is None
    assert "Stopping" in supervised.said()


def test_a_second_signal_does_not_wait_for_the_stubborn(tmp_path):
    supervised = Supervised(tmp_path)
    try:
        eventually(lambda: "Welcome" in supervised.said())
        supervised.process.send_signal(signal.SIGINT)
        supervised.process.send_signal(signal.SIGTERM)
        assert supervised.process.wait(10) == 0
        assert not descendants_of(tmp_path)
    finally:
        supervised.kill_leftovers()


def test_a_killed_supervisor_takes_its_children_along(supervised):
    direct = {*supervised.pids("valkey-server"), *supervised.pids("SIG_IGN"), *supervised.pids("family is here")}
    assert len(direct) == 3
    supervised.process.kill()
    eventually(lambda: not direct & descendants_of(supervised.home))


def test_what_dies_comes_back_and_its_orphans_go(supervised):
    (family,) = supervised.pids("family is here")
    (orphan,) = supervised.pids("sleep\x00300")
    os.kill(family, signal.SIGKILL)
    eventually(lambda: [pid for pid in supervised.pids("family is here") if pid != family])
    assert "family ended (signal 9); starting it again in 0.2 s." in supervised.said()
    assert "  | family is here" in supervised.said()
    assert orphan not in descendants_of(supervised.home)


def test_redis_comes_back_at_the_same_address(supervised):
    url = running_url(supervised.home)
    (server,) = supervised.pids("valkey-server")
    os.kill(server, signal.SIGKILL)
    eventually(lambda: [pid for pid in supervised.pids("valkey-server") if pid != server])
    assert eventually(lambda: running_url(supervised.home)) == url


def test_a_failed_welcome_is_shown_and_the_service_stands(supervised):
    assert "The starter content is not complete.\n  | oh no\nWelcome" in supervised.said()
    assert supervised.process.poll() is None


def test_a_starter_that_takes_a_while_is_told_of_before_the_greeting(monkeypatch, tmp_path):
    monkeypatch.setattr("app.operation.up.PATIENCE_S", 0.2)
    said = []
    supervisor = Supervisor(
        [],
        ready=lambda: True,
        welcome=lambda: Child.python("starter", "-c", "import time; time.sleep(0.5)", log=tmp_path / "log"),
        say=said.append,
        greeting="Welcome",
        making="Making",
    )
    for _ in supervisor._receive():
        time.sleep(0.02)
    assert said == ["Starting ...", "Making", "Welcome"]


def test_pauses_double_and_end_with_a_steady_life():
    post = Post("web", launch=lambda: None)
    pauses = []
    for _ in range(7):
        post.fill(100.0)
        post.vacate(100.1)
        pauses.append(post.pause_s)
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0])
    assert pauses[0] == FIRST_PAUSE_S
    assert pauses[-1] == LONGEST_PAUSE_S
    post.fill(100.0)
    post.vacate(100.0 + STEADY_S)
    assert post.pause_s == FIRST_PAUSE_S


def up(home: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the real command where it is expected to refuse."""
    return subprocess.run(
        [sys.executable, "-m", "app.operation.up"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "ARTDAG_HOME": str(home), **environ},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_taken_port_is_one_clear_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = up(tmp_path, PORT=str(port))
    assert refused.returncode == 1
    assert refused.stderr == f"Port {port} on 127.0.0.1 is taken; choose another: PORT={port + 1} make run\n"
    assert not (tmp_path / "redis").exists()


def test_a_wrong_setting_is_one_clear_line(tmp_path):
    refused = up(tmp_path, WORKERS="many")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "WORKERS='many' must be a whole number from 0 to 256\n"


def test_a_file_that_is_no_font_is_one_clear_line(tmp_path):
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    (fonts / "notes.ttf").write_text("no font")
    refused = up(tmp_path / "home", FONTS_DIR=str(fonts))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"FONTS_DIR={fonts}: notes.ttf is no font that can be read\n"


def test_a_home_that_cannot_be_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()
    refused = up(tmp_path / "file" / "home")
    assert refused.returncode == 1
    assert refused.stderr == f"ARTDAG_HOME='{tmp_path}/file/home' cannot be written to: Not a directory\n"


def test_a_home_has_one_supervisor(tmp_path):
    holder = (
        "import sys, time; from app.operation import up; from app.settings import Settings\n"
        "with up._alone(Settings.from_env({'ARTDAG_HOME': sys.argv[1]})): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout.readline() == "held\n"
        refused = up(tmp_path)
        first.kill()
    assert refused.returncode == 1
    assert re.fullmatch(
        rf"Art DAG is already running from {tmp_path}: http://127\.0\.0\.1:8100, process {first.pid}\n", refused.stderr
    )


def test_a_child_that_cannot_be_started_says_so(tmp_path):
    child = Child("nobody", ["/no/such/program"], log=tmp_path / "log")
    assert child.wait(10)
    assert child.exit_code() == 1
    assert child.last_lines() == ["/no/such/program: No such file or directory"]


def test_only_a_large_log_is_put_aside(tmp_path):
    log = tmp_path / "web.log"
    rotate(log)
    log.write_bytes(b"x" * 1000)
    rotate(log)
    assert log.exists()
    os.truncate(log, 10_000_001)
    rotate(log)
    assert [entry.name for entry in tmp_path.iterdir()] == ["web.log.1"]
