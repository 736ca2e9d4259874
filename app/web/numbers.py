"""/metrics: what Prometheus is told. Requests are counted by all processes of the web server, work by Redis."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from typing import Any

import redis.exceptions
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from app.services import Services
from app.storage.job_queue import CHORES, open_queue, worker_count
from app.storage.tallies import BUCKETS_S, Tally
from artdag import VERSION

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes of one web server leave their numbers for each other; gunicorn.conf.py sets it."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody draws

_REQUEST_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REQUESTS = Histogram(
    "artdag_http_request_seconds",
    "Time until an answer's headers were ready, by route.",
    ("method", "endpoint", "status"),
    buckets=_REQUEST_BUCKETS_S,
)


def exposition(services: Services) -> bytes:
    """Return all numbers as Prometheus reads them; those that Redis holds are left out where it is away."""
    registry = CollectorRegistry()
    registry.register(_Work(services))
    if os.environ.get(SHARED_FOLDER):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(registry) + generate_latest(_Requests())


class _Requests(CollectorRegistry):
    """The requests of this process alone: where there is one only, as in development."""

    def collect(self) -> Iterable[Metric]:
        return (family for family in REGISTRY.collect() if family.name == "artdag_http_request_seconds")


class _Work(Collector):
    """What stands in Redis and on the disk."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        yield _gauge("artdag_info", "What this server is.", 1, version=VERSION)
        disk = shutil.disk_usage(self._services.content.scratch)
        yield _gauge("artdag_store_free_bytes", "Room on the disk that the store is on.", disk.free)
        yield _gauge("artdag_store_disk_bytes", "Size of the disk that the store is on.", disk.total)
        try:
            found = list(self._told())
        except redis.exceptions.RedisError:
            yield _gauge("artdag_redis_up", "Whether Redis answers.", 0)
            return
        yield _gauge("artdag_redis_up", "Whether Redis answers.", 1)
        yield from found

    def _told(self) -> Iterator[Metric]:
        services = self._services
        runs = GaugeMetricFamily("artdag_runs", "Runs by state.", labels=["state"])
        for state, count in services.runs.counts().items():
            runs.add_metric([state.value], count)
        yield runs
        workers = GaugeMetricFamily("artdag_workers", "Workers that are connected, by queue.", labels=["queue"])
        jobs = GaugeMetricFamily("artdag_queue_jobs", "Jobs that lie ready, by queue.", labels=["queue"])
        for queue in (services.queue, open_queue(services.redis, CHORES)):
            workers.add_metric([queue.name], worker_count(queue))
            jobs.add_metric([queue.name], queue.count)
        yield from (workers, jobs)
        waiting = services.stages.waiting_count()
        yield _gauge("artdag_stages_waiting", "Stages that nobody works on yet.", waiting)
        yield _gauge("artdag_stages_running", "Stages that are handed out.", services.stages.open_count() - waiting)
        yield _gauge(
            "artdag_deliveries_waiting", "Messages that have not arrived yet.", services.deliveries.waiting_count()
        )
        yield _gauge("artdag_recipes", "Recipes.", services.recipes.count())
        yield _gauge("artdag_effects", "Effects in the catalogue.", len(services.effects))
        for tally in services.tallies.all():
            yield _family(tally)


def _gauge(name: str, words: str, value: float, **labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def _family(tally: Tally) -> Metric:
    if not tally.is_timed:
        counter = CounterMetricFamily(tally.name, tally.words, labels=[tally.label])
        for value, count in tally.counts.items():
            counter.add_metric([value], count)
        return counter
    timed = HistogramMetricFamily(tally.name, tally.words, labels=[tally.label])
    for value, seconds in tally.sums.items():
        buckets: list[Any] = []
        total = 0.0
        for limit in (*BUCKETS_S, float("inf")):
            total += tally.buckets.get((value, limit), 0.0)
            buckets.append(("+Inf" if limit == float("inf") else repr(limit), total))
        timed.add_metric([value], buckets, seconds)
    return timed
