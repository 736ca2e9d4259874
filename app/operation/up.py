"""The whole service on one machine, behind ``make run``: Redis, web and workers, started again when they die.

``python -m app.operation.up`` runs until Ctrl-C or SIGTERM and then leaves nothing behind.
"""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import shlex
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.processes.child import Child
from app.processes.embedded_redis import EmbeddedRedis, EmbeddedRedisError
from app.settings import Settings, SettingsError
from app.typefaces import use_typefaces

PROJECT = Path(__file__).resolve().parents[2]
GRACE_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
STEADY_S = 10.0  # who lived this long and then dies starts with a short pause again
TICK_S = 0.1
PATIENCE_S = 3.0  # a starter that has nothing to make is over by then


class UpError(Exception):
    """The service cannot be started; the message is one line for the person at the terminal."""


@dataclass
class Post:
    """A place that has to be filled: what fills it, and when to try again after it fell vacant."""

    name: str
    launch: Callable[[], Child]
    outlives: bool = False
    """Stopped after the others, by whoever made it."""
    child: Child | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    pause_s: float = 0.0

    def fill(self, now: float) -> None:
        """Start the child; its death will be counted from *now*."""
        self.started_at = now
        self.child = self.launch()

    def vacate(self, now: float) -> None:
        """Note that the child is gone, and settle when to start it again."""
        self.child = None
        steady = now - self.started_at >= STEADY_S
        self.pause_s = FIRST_PAUSE_S if steady or not self.pause_s else min(2 * self.pause_s, LONGEST_PAUSE_S)
        self.start_at = now + self.pause_s


class Supervisor:
    """Keeps posts filled until it is asked to stop."""

    def __init__(
        self,
        posts: Sequence[Post],
        *,
        ready: Callable[[], bool],
        welcome: Callable[[], Child],
        say: Callable[[str], None],
        greeting: str,
        making: str,
        grace_s: float = GRACE_S,
    ) -> None:
        """Prepare, start nothing yet.

        Args:
            posts: in the order of starting.
            ready: tells whether the web answers.
            welcome: starts what brings in the starter content and ends by itself.
            say: prints a line.
            greeting: what is said when all stands.
            making: what is said before that, where the starter content takes a while.
            grace_s: seconds that children get to end by themselves.
        """
        self._posts = list(posts)
        self._ready = ready
        self._welcome = welcome
        self._say = say
        self._greeting = greeting
        self._making = making
        self._grace_s = grace_s
        self._asked_to_stop = 0

    def run(self) -> None:
        """Keep the posts filled until SIGINT, SIGTERM or SIGHUP; a second signal ends the children at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        guests = self._receive()
        try:
            while not self._asked_to_stop:
                for post in self._posts:
                    self._tend(post)
                next(guests, None)
                time.sleep(TICK_S)
        finally:
            if self._asked_to_stop:
                self._say("Stopping ...")
            guests.close()
            self._stop([post.child for post in self._posts if post.child and not post.outlives])

    def _ask_to_stop(self, *_: object) -> None:
        self._asked_to_stop += 1

    def _tend(self, post: Post) -> None:
        now = time.monotonic()
        try:
            if post.child is None and now >= post.start_at:
                post.fill(now)
            elif post.child is not None and not post.child.alive():
                child = post.child
                child.kill()  # what it left behind: a dead server's workers would still hold the port
                post.vacate(now)
                again = f"starting it again in {post.pause_s:g} s"
                self._say("\n".join([f"{post.name} ended ({_ending(child)}); {again}.", *_quoted(child)]))
        except EmbeddedRedisError as error:
            post.vacate(now)
            self._say(f"{post.name}: {error}")

    def _receive(self) -> Generator[None, None, None]:
        """Bring in the starter content; greet when that is done and the web answers. One step at each call."""
        self._say("Starting ...")
        starter = self._welcome()  # beside the others: it needs Redis and, at most once, the workers
        answers_since: float | None = None
        told = False
        try:
            while starter.alive() or answers_since is None:
                if answers_since is None and self._ready():
                    answers_since = time.monotonic()
                if not told and answers_since is not None and time.monotonic() - answers_since >= PATIENCE_S:
                    told = True
                    self._say(self._making)
                yield
            if starter.exit_code():
                self._say("\n".join(["The starter content is not complete.", *_quoted(starter)]))
            self._say(self._greeting)
        finally:
            starter.kill()

    def _stop(self, children: Sequence[Child]) -> None:
        for child in children:
            child.terminate()
        deadline = time.monotonic() + self._grace_s
        while any(child.alive() for child in children) and time.monotonic() < deadline and self._asked_to_stop < 2:
            time.sleep(0.05)
        for child in children:
            child.kill()


def main(environ: Mapping[str, str]) -> int:
    """Run the service as *environ* and the file ``.env`` ask for; return the exit code."""
    os.chdir(PROJECT)
    try:
        settings = Settings.from_env(environ, PROJECT / ".env")
        with _alone(settings):
            _check_port(settings.host, settings.port)
            if settings.fonts_dir is not None:
                use_typefaces(settings)  # wrong files stop the start here, with one line
            _serve(settings, environ)
    except (SettingsError, UpError, EmbeddedRedisError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _serve(settings: Settings, environ: Mapping[str, str]) -> None:
    env = {**environ, "PYTHONUNBUFFERED": "1"}
    own_redis = None if settings.redis_url else EmbeddedRedis(settings.home)
    try:
        url = settings.redis_url or (own_redis.start() if own_redis else "")
        env["REDIS_URL"] = url

        def program(name: str, *arguments: str) -> Callable[[], Child]:
            return lambda: Child.python(name, *arguments, log=settings.logs_dir / f"{name}.log", env=env)

        commands = {"web": ["-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]}
        commands |= {f"worker-{number}": ["worker.py"] for number in range(1, settings.workers + 1)}
        commands |= {"chores": ["worker.py", "--queue", "chores"]}
        posts = [Post(name, program(name, *arguments)) for name, arguments in commands.items()]
        if own_redis:
            posts.insert(0, _redis_post(own_redis))
        Supervisor(
            posts,
            ready=lambda: _answers(settings),
            welcome=program("starter", "-m", "app.operation.starter"),
            say=lambda line: print(line, flush=True),
            greeting=_greeting(settings, url),
            making=f"{_address(settings)} answers; making the starter content, which takes a while the first time ...",
        ).run()
    finally:
        if own_redis:
            own_redis.stop()


def _redis_post(server: EmbeddedRedis) -> Post:
    """The post of a *server* that runs already."""

    def launch() -> Child:
        server.start()
        assert server.child is not None
        return server.child

    return Post("redis", launch, outlives=True, child=server.child, started_at=time.monotonic())


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold this home for one supervisor; a killed one lets go of it by itself."""
    try:
        for folder in (settings.home, settings.run_dir):  # one by one: `mode` is not for parents
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = (settings.run_dir / "up.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise UpError(f"ARTDAG_HOME={str(settings.home)!r} cannot be written to: {error.strerror}") from None
    with held as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise UpError(f"Art DAG is already running from {settings.home}: {lock.read()}") from None
        lock.truncate(0)
        lock.write(f"{_address(settings)}, process {os.getpid()}")
        lock.flush()
        yield


def _check_port(host: str, port: int, patience_s: float = 2.0) -> None:
    """Raise UpError when nobody could listen there; the web server of a killed supervisor is given time to go."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            if not taken or time.monotonic() > deadline:
                reason = "is taken" if taken else f"cannot be listened on ({error.strerror})"
                raise UpError(f"Port {port} on {host} {reason}; choose another: PORT={port + 1} make run") from None
            time.sleep(0.2)
        else:
            return


def _answers(settings: Settings) -> bool:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  we connect, not bind
    connection = http.client.HTTPConnection(here, settings.port, timeout=1)
    try:
        connection.request("GET", "/healthz", headers={"Host": settings.allowed_hosts[0]})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _address(settings: Settings) -> str:
    return f"http://{settings.url_host}:{settings.port}"


def _greeting(settings: Settings, redis_url: str) -> str:
    rq = Path(sys.executable).with_name("rq")
    rq = rq.relative_to(PROJECT) if rq.is_relative_to(PROJECT) else rq
    return "\n".join(
        [
            "",
            f"  Art DAG       {_address(settings)}",
            f"  queues        {rq} info --url {shlex.quote(redis_url)}",
            f"  data, logs    {settings.home}, {settings.logs_dir}",
            "  stop          Ctrl-C",
            "",
        ]
    )


def _ending(child: Child) -> str:
    code = child.exit_code() or 0
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _quoted(child: Child) -> list[str]:
    return [f"  | {line}" for line in child.last_lines()]


if __name__ == "__main__":
    sys.exit(main(os.environ))
