"""A thousand random cuts: no frame and no sample is lost, doubled or moved, whoever renders which part."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import cache, partial

import numpy as np
import pytest

from artdag.codec.decode import open_media
from artdag.codec.encode import encode
from artdag.codec.frame import Frame
from artdag.codec.profile import profile_for
from artdag.executor import render_joined, render_slice
from artdag.grouping import Run
from artdag.media import SAMPLE_RATE, samples_at
from artdag.timeslice import pieces_of
from tests.artdag.codec.synthetic import Pattern, Wave, clip
from tests.artdag.nodes.bench import effects, node_types
from tests.artdag.studio import Studio

RATES = (Fraction(10), Fraction(30000, 1001))
COUNT, CUTS = 150, 250
"""Frames of the clip; cuts of each of the four films, half of which every run of the tests makes."""
CLIP = "{id: clip, type: SOURCE, config: {input: true}}"


@cache
def noise(rate: Fraction) -> np.ndarray:
    """Sound of which every sample differs from its neighbours, but not by much: a missing one would be a jump."""
    times = np.arange(samples_at(COUNT, rate)) / SAMPLE_RATE
    sweep = 0.5 * np.sin(2 * np.pi * (80 * times + 20 * times**2))
    return np.stack([sweep, 0.4 * sweep]).astype(np.float32)


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    studio = Studio(tmp_path_factory.mktemp("studio"))
    for number, rate in enumerate(RATES):
        media, shape = clip(Pattern(COUNT, rate=rate))
        wave = Wave(samples_at(COUNT, rate), samples=noise(rate))
        media = type(media)(video=media.video, sound=wave)
        path = studio.folder / f"{number}.mp4"
        encode(media, shape, profile_for(shape.kind, "lossless"), path)
        setattr(studio, f"clip{number}", studio.add(path))
    return studio


def film(studio: Studio, number: int, seed: int, cuts: int, profile: str, last: str = "", most: int = 3) -> tuple:
    """Return the plan of a film of random pieces of a clip, and which frames of the clip it shows."""
    dice, rate = random.Random(seed), RATES[number]
    nodes, shown = [CLIP], []
    for at in range(cuts):
        first = dice.randrange(COUNT - 6)
        count = dice.randint(1, most)
        times = [f"{float(Fraction(frame) / rate):.9f}" for frame in (first, first + count)]
        nodes.append(f"{{id: n{at}, type: SEGMENT, config: {{start: {times[0]}, end: {times[1]}}}, inputs: [clip]}}")
        shown.append(range(first, first + count))
    nodes.append(f"{{id: film, type: SEQUENCE, inputs: [{', '.join(f'n{at}' for at in range(cuts))}]}}")
    inputs = {"clip": getattr(studio, f"clip{number}")}
    return studio.plan(*nodes, *([last] if last else []), inputs=inputs, head=f"output: {{profile: {profile}}}"), shown


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
@pytest.mark.parametrize("number", range(len(RATES)), ids=lambda number: str(RATES[number]))
def test_every_frame_and_sample_is_the_sources_at_a_thousand_cuts(studio, number, seed):
    plan, shown = film(studio, number, seed, CUTS, "lossless")
    made = studio.render(plan)
    rate = RATES[number]
    frames = [index for span in shown for index in span]
    facts = made.facts
    assert (facts.picture.frame_count, facts.picture.frame_rate) == (len(frames), rate)
    media = open_media(made.path, facts)
    pattern = Pattern(COUNT, rate=rate)
    expected = {index: pattern.picture(index).planes[0].copy() for index in set(frames)}
    for place, (frame, index) in enumerate(zip(media.video.frames(0, len(frames)), frames, strict=True)):
        assert np.array_equal(Frame.over(frame).planes[0], expected[index]), place
    heard = np.concatenate(list(media.sound.samples(0, media.sound.shape.sample_count)), axis=1)
    assert heard.shape[1] == samples_at(len(frames), rate)
    source, place = noise(rate), 0
    for span in shown:
        begin, end = samples_at(place, rate), samples_at(place + len(span), rate)
        first = samples_at(span.start, rate)
        part, wanted = heard[:, begin:end], source[:, first : first + end - begin]
        # where frames do not last whole samples, a piece may be a sample short: it is held, never silent
        assert np.array_equal(part[:, :-1], wanted[:, :-1]), place
        assert np.abs(part[:, -1] - wanted[:, -1]).max() < 0.06, place
        place += len(span)


def test_the_bytes_are_the_same_with_one_two_and_four_workers(studio, tmp_path):
    touched = "{id: it, type: EFFECT, config: {effect: sepia}, inputs: [film]}"
    plan, shown = film(studio, 0, 3, 60, "web", touched, most=6)
    (output,) = plan.outputs.values()
    how = {"locate": studio.files.__getitem__, "effects": effects(), "node_types": node_types()}
    pieces = pieces_of(plan, output, node_types(), effects())
    assert len(pieces) > 8
    found = set()
    for workers in (1, 2, 4):
        folder = tmp_path / str(workers)
        folder.mkdir()
        order = random.Random(workers).sample(range(len(pieces)), len(pieces))
        with ThreadPoolExecutor(workers) as pool:
            one = partial(render_slice, plan, folder=folder, **how)
            made = pool.map(one, [pieces[at] for at in order])
            paths = {at: rendered.path for at, rendered in zip(order, made, strict=True)}
        assert not any(isinstance(piece, Run) for piece in pieces)
        joined = render_joined(plan, output, [paths[at] for at in range(len(pieces))], folder=folder, **how)
        found.add(joined.path.read_bytes())
    assert len(found) == 1
    assert found == {studio.render(plan).path.read_bytes()}
    assert joined.facts.picture.frame_count == sum(map(len, shown))
