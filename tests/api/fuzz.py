"""Schemathesis at every documented operation with all its checks: ``python -m tests.api.fuzz [EXAMPLES]``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from redis import Redis

from app.processes.embedded_redis import EmbeddedRedis
from app.services import Services, build_services
from app.settings import Settings
from tests.api.server import serving

PROJECT = Path(__file__).resolve().parents[2]


def throw(services: Services, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Let schemathesis try the API of a server on *services*; its exit code is 0 where it found nothing."""
    with serving(services, folder) as (address, known):
        command = [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", "tests/api/schemathesis.toml", "run", f"{address}/openapi.json"),
            *("--checks", "all", "--generation-database", "none", "--warnings", "off", "--no-color", *options),
        ]
        environ = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.api.hooks", "ARTDAG_KNOWN": json.dumps(known)}
        return subprocess.run(
            command, cwd=PROJECT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )


def main(examples: str) -> int:
    home = Path(tempfile.mkdtemp(prefix="artdag-fuzz-"))
    try:
        with EmbeddedRedis(home) as server:
            environ = {"ARTDAG_HOME": str(home), "REDIS_URL": server.url or ""}
            with Redis.from_url(environ["REDIS_URL"]) as redis:
                services = build_services(Settings.from_env(environ), redis)
                done = throw(services, home, "--max-examples", examples, "--continue-on-failure")
        print(done.stdout)
        return done.returncode
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(*(sys.argv[1:] or ["100"])))
