"""How gunicorn serves the pages: two processes of sixteen threads, on loopback unless HOST says otherwise."""

import os
from pathlib import Path
from typing import Any

from app import areas, logs
from app.settings import Settings, SettingsError

try:
    _settings = Settings.from_env(os.environ, Path(".env"))
except SettingsError as error:
    raise SystemExit(str(error)) from None

bind = [f"{_settings.url_host}:{_settings.port}"]
loglevel = _settings.log_level.lower()
logconfig_dict = logs.gunicorn_config(_settings)

# A thread per request: a slow upload or a long poll holds one thread, not a process. What gunicorn refuses by itself is
# told in our shape of errors.
worker_class = "app.web.refusals.Worker"
# Of the sixteen, bodies that come in and long polls never take all (app/web/bodies.py, app/web/long_poll.py).
workers = 2
threads = 16

# The processes count their requests in files that any of them can read; those of an earlier start are removed.
_counts = _settings.run_dir / f"requests-{_settings.port}"
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_counts)  # before anything that counts is read
_counts.mkdir(mode=0o700, parents=True, exist_ok=True)


def on_starting(_server: object) -> None:
    for file in _counts.glob("*.db"):
        file.unlink()


def child_exit(_server: object, worker: Any) -> None:
    from prometheus_client import multiprocess  # once it is read, it has decided where it counts

    multiprocess.mark_process_dead(worker.pid)


# Modules are read once, before the fork; but each process builds its own services, so no Redis connection is shared.
areas()
preload_app = False

timeout = 60  # a process whose main loop is silent this long is replaced; slow requests do not count
graceful_timeout = 8  # less than the supervisor's grace, so that the end is always gunicorn's own
keepalive = 5

# The heartbeat file is touched every second: memory, so that a busy disk never looks like a hung process.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

accesslog = None
errorlog = "-"

# Nothing here uses gunicorn's control socket, and it would be made in the user's home.
control_socket_disable = True
