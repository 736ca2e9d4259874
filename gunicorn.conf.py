"""How gunicorn serves the pages: two processes of sixteen threads, on loopback unless HOST says otherwise."""

import os
from pathlib import Path

from app import areas
from app.settings import Settings, SettingsError

try:
    _settings = Settings.from_env(os.environ, Path(".env"))
except SettingsError as error:
    raise SystemExit(str(error)) from None

bind = [f"{_settings.url_host}:{_settings.port}"]
loglevel = _settings.log_level.lower()

# A thread per request: a slow upload or a long poll holds one thread, not a process. What gunicorn refuses by itself is
# told in our shape of errors.
worker_class = "app.web.refusals.Worker"
# Of the sixteen, bodies that come in and long polls never take all (app/web/bodies.py, app/web/long_poll.py).
workers = 2
threads = 16

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
