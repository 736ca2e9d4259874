"""The benchmark measures what it says: every way really renders every workload."""

from __future__ import annotations

import pytest

from benchmarks.plot import bars
from benchmarks.sources import make_clip
from benchmarks.ways import WAYS, engine
from benchmarks.workloads import WORKLOADS


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    return [make_clip(folder, 0.5, number=number) for number in range(8)]


@pytest.mark.parametrize("workload", [WORKLOADS[1], WORKLOADS[3], WORKLOADS[4]], ids=lambda workload: workload.name)
def test_our_engine_and_the_floor_render_the_workload(workload, clips):
    for way in ("floor", "engine"):
        cost = WAYS[way](workload, clips[: workload.clips], 0.5)
        assert cost.cpu_s > 0
        assert cost.wall_s > 0
        assert cost.peak_mb > 10


def test_the_slower_ways_render_too(clips):
    for way in ("per node", "moviepy"):
        assert WAYS[way](WORKLOADS[2], clips[:1], 0.5).cpu_s > 0


def test_a_workload_that_fails_is_told(clips):
    with pytest.raises(RuntimeError, match="could not render"):
        engine(WORKLOADS[-1], clips[:2], 0.5)


def test_the_figures_become_a_picture():
    report = {"workloads": {"one": {"floor": {"cpu_ratio": 1.0}, "engine": {"cpu_ratio": 1.02}}}}
    assert "engine 1.02" in bars(report)
