"""A worker: ``python worker.py`` renders what waits in the queue ``renders``. Start as many as there are cores."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from app import logs
from app.settings import Settings, SettingsError
from app.storage.job_queue import FUNCTIONS, RENDERS
from app.work.rq_worker import WorkerError, serve


def main(arguments: list[str]) -> int:
    """Work as *arguments* and the environment ask for; return the exit code."""
    parser = argparse.ArgumentParser(prog="worker.py", description=__doc__)
    parser.add_argument("--queue", choices=sorted(FUNCTIONS), default=RENDERS, help="the one queue to listen to")
    parser.add_argument("--burst", action="store_true", help="end when the queue is empty")
    parser.add_argument("--no-dispatcher", action="store_true", help="bring no dispatcher along")
    parser.add_argument("--name", help="name in lists of workers; without it: queue, machine and process")
    asked = parser.parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ, Path(".env"))
        logs.configure(settings)
        serve(
            settings,
            queue=asked.queue,
            name=asked.name,
            burst=asked.burst,
            with_dispatcher=not asked.no_dispatcher,
        )
    except (SettingsError, WorkerError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
