"""The benchmark measures what it says: every way really renders every workload."""

from __future__ import annotations

import json
import os
import sys
import time
from fractions import Fraction

import pytest

from artdag.catalog import load_effects
from artdag.codec.encode import encode
from artdag.codec.profile import profile_for
from artdag.effect import COSTS
from benchmarks.__main__ import main
from benchmarks.cost import Cost, cost_in_child, cost_of_command
from benchmarks.effect_figures import LIMITS_MS, differs, effect_rows
from benchmarks.effects import Bench, Measured
from benchmarks.films import GOALS as FILM_GOALS
from benchmarks.films import films
from benchmarks.latencies import latencies
from benchmarks.plot import bars
from benchmarks.report import goal_table, report, table, wall_ratios
from benchmarks.sources import FRAME_RATE, make_clip
from benchmarks.ways import WAYS, engine
from benchmarks.workloads import WORKLOADS
from tests.artdag.codec.synthetic import Pattern, clip

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")

SECONDS = 0.3


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    return [make_clip(folder, SECONDS, number=number) for number in range(8)]


@pytest.mark.parametrize("workload", [WORKLOADS[1], WORKLOADS[3], WORKLOADS[4]], ids=lambda workload: workload.name)
def test_our_engine_and_the_floors_render_the_workload(workload, clips):
    for way in ("floor", "floor, 1 thread", "engine"):
        cost = WAYS[way](workload, clips[: workload.clips], SECONDS)
        assert cost.cpu_s > 0
        assert cost.wall_s > 0
        assert cost.peak_mb > 10


def test_the_slower_ways_render_too(clips):
    for way in ("per node", "moviepy"):
        assert WAYS[way](WORKLOADS[2], clips[:1], SECONDS).cpu_s > 0


def test_a_workload_that_fails_is_told(clips):
    with pytest.raises(RuntimeError, match="in the child failed"):
        engine(WORKLOADS[-1], clips[:2], SECONDS)
    with pytest.raises(RuntimeError, match="ended with 3"):
        cost_of_command([sys.executable, "-c", "raise SystemExit(3)"])


def test_processor_time_and_memory_are_those_of_the_whole_tree():
    grandchild = "import time; held = bytearray(80_000_000); time.sleep(0.4)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    assert cost_of_command([sys.executable, "-c", child]).peak_mb > 85

    def prepare():
        time.sleep(0.2)
        return lambda: sum(range(2_000_000))

    cost = cost_in_child(prepare)
    assert 0 < cost.cpu_s <= cost.wall_s + 2 / os.sysconf("SC_CLK_TCK")


def test_wall_times_of_disturbed_rounds_are_left_out_or_marked():
    def costs(*walls_and_others):
        return [Cost(cpu_s=1, wall_s=wall, peak_mb=1, others=others) for wall, others in walls_and_others]

    assert wall_ratios(costs((2, 0), (9, 1)), costs((1, 0), (1, 0))) == ([2], True)
    assert wall_ratios(costs((2, 1), (9, 1)), costs((1, 0), (1, 0))) == ([2, 9], False)


def test_short_work_is_measured_in_milliseconds(tmp_path):
    waits = latencies(tmp_path, 1)
    assert len(waits) == 4
    assert all(0 < value < 60_000 for values in waits.values() for value in values)


def test_the_figures_become_a_table_data_and_a_picture(clips):
    one = [Cost(cpu_s=2, wall_s=1, peak_mb=100), Cost(cpu_s=4, wall_s=2, peak_mb=100)]
    costs = {"floor": one, "engine": [Cost(cpu_s=2.04, wall_s=1, peak_mb=120), Cost(cpu_s=4.08, wall_s=2, peak_mb=1)]}
    assert "1.02 (1.02–1.02)" in table("work", costs)
    figures = report({"work": costs}, {"wait": [1.234]}, seconds=1, rounds=2)
    assert json.loads(json.dumps(figures))["workloads"]["work"]["engine"]["cpu_ratio"] == 1.02
    assert "engine 1.02" in bars(figures)


def test_a_quick_run_writes_its_results_and_publishes_them_when_asked(tmp_path, capsys):
    quick = ["workloads", "--seconds", str(SECONDS), "--rounds", "1", "--only", "1 native", "--ways", "engine"]
    main([*quick, "--publish"], results=tmp_path / "results", published=tmp_path)
    assert "1 native effect" in capsys.readouterr().out
    for path in (tmp_path / "results" / "latest.json", tmp_path / "benchmarks.json"):
        assert set(json.loads(path.read_text())["workloads"]["1 native effect"]) == {"floor", "engine"}
        assert path.with_suffix(".svg").read_text().startswith("<svg")


def test_effects_are_measured_alone_and_beside_what_they_declare(tmp_path, capsys):
    quick = ["effects", "--seconds", "1", "--rounds", "1", "--only", "saturation"]
    main(quick, results=tmp_path)
    assert "saturation" in capsys.readouterr().out
    (figures,) = json.loads((tmp_path / "effects.json").read_text())["effects"].values()
    assert (figures["form"], figures["declared"], figures["settings"]) == ("native", "light", "amount 2.8")
    assert 0 < figures["ms_per_frame"] < 1000
    assert figures["ms_per_megapixel"] == pytest.approx(figures["ms_per_frame"] / 0.9216, rel=0.01)
    assert set(figures["trials"]) == {"defaults", "amount 2.8"}
    assert not (tmp_path / "latest.json").exists()


def test_effects_of_every_form_can_be_measured(tmp_path):
    catalog = load_effects()
    bench = Bench(catalog, tmp_path, 2 / FRAME_RATE)
    for name, frame in (("displace", 0.9216), ("dog", 0.9216), ("gain", 0)):  # two pictures; an asset; a sound
        assert bench.measure(catalog.get(name), 1)[0].megapixels == frame


def test_a_wrong_class_is_marked_unless_it_is_near():
    def measured(ms):
        return [Measured(settings="defaults", ms=(ms, ms + 1), megapixels=0.9216, memory_mb=1, quiet=True)]

    effect = load_effects().get("identity")  # light
    marks = {ms: "measured" in effect_rows(effect, measured(ms))[0] for ms in (0.1, 3.9, 4.3, 4.5, 13)}
    assert marks == {0.1: False, 3.9: False, 4.3: False, 4.5: True, 13: True}
    assert [differs("heavy", ms, ms) for ms in (3, 10, 11, 40)] == [True, True, False, False]
    # where some settings take longer, the class of either is right
    assert [differs(cost, 2, 8) for cost in ("light", "medium", "heavy")] == [False, False, True]


def test_the_classes_are_those_the_catalogue_tells_of():
    for cost, limit in LIMITS_MS.items():
        assert f"up to {limit:g} ms" in COSTS[cost]


def test_films_are_cut_edited_and_made_in_slices(tmp_path):
    # small clips under the names of the large ones: what is measured is tried, not how long it takes
    for name, seconds in [
        ("clip-18-0", 18),
        ("clip-2-1", 2),
        *((f"clip-2.25-{number}-60", 2.25) for number in range(8)),
    ]:
        media, shape = clip(Pattern(round(seconds * FRAME_RATE), rate=Fraction(FRAME_RATE)))
        encode(media, shape, profile_for(shape.kind, "web"), tmp_path / f"{name}.mp4")
    measured = films(tmp_path, 18, 1)
    assert set(measured) == set(FILM_GOALS)
    assert all(value > 0 for values in measured.values() for value in values)
    assert "≤ 0.10" in goal_table("Films", measured, FILM_GOALS)
