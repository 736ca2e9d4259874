"""Rendering without a running server: the same service, in this process, on the same home and cache."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from app import create_app
from app.client.doors import Answer
from app.operation.starter import start_content
from app.processes.embedded_redis import EmbeddedRedis, running_url
from app.services import Services, build_services
from app.settings import Settings
from app.storage.stage_record import StageState
from app.work.jobs import StageJob

_CHUNK_BYTES = 1 << 20


@contextmanager
def local_door(settings: Settings) -> Iterator[LocalDoor]:
    """Give a door to the service of this home, with a Redis of its own while it lasts where none runs.

    Raises:
        EmbeddedRedisError: when none can be started.
    """
    # One's own machine, one's own home: who may log in over the network is of no matter here.
    settings = replace(settings, api_tokens=None, l2_servers=())
    own = settings.redis_url is None and running_url(settings.home) is None
    if not own:
        yield LocalDoor(build_services(settings))
        return
    with EmbeddedRedis(settings.home) as server:
        yield LocalDoor(build_services(replace(settings, redis_url=server.url)))


class LocalDoor:
    """The service in this process."""

    def __init__(self, services: Services) -> None:
        self.address = f"this process, home {services.settings.home}"
        self._services = services
        start_content(services)
        self._client = create_app(services).test_client()
        self._host = services.settings.allowed_hosts[0]

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        data = json.dumps(body) if body is not None else raw
        answer = self._client.open(
            path,
            method=method,
            data=data,
            content_type="application/json" if body is not None else None,
            headers={"Host": self._host, "Accept": accept, **(headers or {})},
        )
        told = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(status=answer.status_code, data=answer.get_data(), headers=told)

    def upload(self, path: str, file: Path, *, on_sent: Callable[[int], None] | None = None) -> Answer:
        """Hand *file* over; that takes no time worth telling *on_sent* about."""
        with file.open("rb") as opened:
            answer = self._client.post(path, data={"file": (opened, file.name)}, headers={"Host": self._host})
            return Answer(status=answer.status_code, data=answer.get_data())

    def fetch(self, path: str, target: BinaryIO) -> int:
        answer = self._client.get(path, headers={"Host": self._host})
        for chunk in answer.iter_encoded():
            target.write(chunk)
        answer.close()
        return answer.status_code

    def work(self) -> None:
        """Carry out one stage that waits, if there is one."""
        stages = self._services.stages
        stages.take_next()
        queued = next((stage for stage in stages.active() if stage.state is StageState.QUEUED), None)
        if queued is not None:
            StageJob(self._services, queued.key, queued.attempt).carry_out()
