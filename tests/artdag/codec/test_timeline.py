"""Streams along time: any range of a cut, held, joined or stretched stream is that part of the whole."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from artdag.codec.frame import Frame
from artdag.codec.stream import Media, Sound, Video
from artdag.codec.timeline import (
    Framewise,
    Joined,
    Silence,
    SoundCut,
    SoundJoined,
    SoundMapped,
    Span,
    conformed,
    cut,
    held,
    passing,
    sample_span,
    sound_of,
    spans,
)
from artdag.codec.transitions import crossfade
from artdag.media import samples_at
from tests.artdag.codec.synthetic import Pattern, Wave
from tests.artdag.nodes.bench import frames, samples

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(10), Fraction(15, 2)]
SMALL = {"width": 8, "height": 6}


def heard(sound: Sound, first: int = 0, stop: int | None = None) -> np.ndarray:
    return samples(Media(sound=sound), first, stop)


@given(st.integers(0, 10**6), st.sampled_from(RATES), st.sampled_from(RATES))
def test_what_passes_is_seen_within_half_a_frame_of_its_time(index, own, grid):
    ratio = own / grid
    seen = passing(index, ratio)
    middle = (index + Fraction(1, 2)) / grid
    if own <= grid:
        assert seen / own <= middle < (seen + 1) / own, "it is what is on the screen in the middle of the frame"
    else:
        assert abs(seen / own - index / grid) <= 1 / own / 2
    assert passing(index + 1, ratio) >= seen
    assert passing(0, ratio) == 0


@given(st.integers(1, 12), st.sampled_from(RATES), st.sampled_from(RATES), st.integers(1, 20), st.data())
@settings(max_examples=60)
def test_any_range_of_a_conformed_clip_is_a_part_of_it(count, own, grid, wanted, data):
    beyond = data.draw(st.sampled_from(["hold", "loop"]))
    video = conformed(Pattern(count, rate=own, **SMALL), grid, wanted, beyond=beyond)
    assert (video.shape.frame_rate, video.shape.frame_count) == (grid, wanted)
    whole = frames(video)
    first = data.draw(st.integers(0, wanted))
    stop = data.draw(st.integers(first, wanted))
    assert frames(video, first, stop) == whole[first:stop]


def test_a_clip_that_is_too_short_holds_its_last_frame_or_begins_again():
    clip = Pattern(3, rate=Fraction(25), **SMALL)
    own = frames(clip)
    assert frames(conformed(clip, Fraction(25), 7)) == [*own, *[own[-1]] * 4]
    assert frames(conformed(clip, Fraction(25), 7, beyond="loop")) == [*own, *own, own[0]]
    assert conformed(clip, Fraction(25), 3) is clip
    assert frames(conformed(clip, Fraction(50), 8, beyond="loop")) == [own[n] for n in (0, 0, 1, 1, 2, 2, 0, 0)]


def test_a_still_is_held_and_its_frames_are_objects_of_their_own():
    still = Pattern(1, rate=Fraction(1), **SMALL)
    video = held(still, Fraction(25), 4)
    shown = list(video.frames(0, 4))
    assert [frame.pts for frame in shown] == [0, 1, 2, 3]
    assert len(set(map(id, shown))) == 4
    assert len(set(frames(video))) == 1


def test_a_cut_counts_from_zero_again():
    clip = Pattern(10, **SMALL)
    assert frames(cut(clip, 4, 3)) == frames(clip, 4, 7)
    assert frames(cut(cut(clip, 4, 5), 1, 2)) == frames(clip, 5, 7)


def test_framewise_sees_the_same_moment_in_every_range():
    seen: list[tuple[int, int, int]] = []

    def look(pictures: tuple[Frame, ...], moment) -> Frame:
        assert all(not plane.flags.writeable for picture in pictures for plane in picture.planes)
        seen.append((moment.index, moment.frame_count, moment.seed))
        return crossfade(*pictures, 0.5)

    video = Framewise([Pattern(6, **SMALL), cut(Pattern(9, **SMALL), 3, 6)], look, Pattern(6, **SMALL).shape, 11)
    whole = frames(video)
    assert frames(video, 2, 5) == whole[2:5]
    assert seen == [*((index, 6, 11) for index in range(6)), *((index, 6, 11) for index in range(2, 5))]


@given(st.lists(st.integers(4, 9), min_size=1, max_size=5), st.integers(0, 2), st.data())
@settings(max_examples=50)
def test_any_range_of_joined_clips_is_a_part_of_the_whole(counts, overlap, data):
    video = Joined([Pattern(count, **SMALL) for count in counts], overlap=overlap, mix=crossfade)
    assert video.shape.frame_count == sum(counts) - overlap * (len(counts) - 1)
    whole = frames(video)
    first = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(first, len(whole)))
    assert frames(video, first, stop) == whole[first:stop]


def test_spans_overlap_by_the_transition():
    assert spans([5, 6, 7], 2) == [Span(0, 5), Span(3, 9), Span(7, 14)]
    assert sample_span(Span(3, 9), Fraction(30000, 1001)) == Span(samples_at(3, RATES[2]), samples_at(9, RATES[2]))


class Watched(Pattern):
    """Tells how many of its streams are open."""

    def __init__(self, count: int) -> None:
        super().__init__(count, **SMALL)
        self.open = 0

    def frames(self, first: int, stop: int) -> Iterator:
        self.open += 1
        try:
            yield from super().frames(first, stop)
        finally:
            self.open -= 1


def test_never_more_than_two_clips_are_open_and_none_when_it_ends():
    clips = [Watched(5) for _ in range(8)]
    most = 0
    for _ in Joined(clips, overlap=2, mix=crossfade).frames(0, 8 * 5 - 7 * 2):
        most = max(most, sum(clip.open for clip in clips))
    gc.collect()
    assert most == 2
    assert [clip.open for clip in clips] == [0] * 8


def test_closing_early_closes_what_is_behind():
    clip = Watched(9)
    chain: Video = cut(conformed(cut(clip, 0, 8), Fraction(60), 16), 2, 9)
    stream = chain.frames(0, 9)
    next(stream)
    assert clip.open == 1
    stream.close()
    del stream
    gc.collect()
    assert clip.open == 0


# --- sound ------------------------------------------------------------------------------------------------------------


def test_silence_is_as_long_as_asked():
    assert not heard(Silence(100_000)).any()
    assert heard(Silence(100_000), 99_999).shape == (2, 1)
    assert heard(sound_of(None, 7)).shape == (2, 7)


@given(st.integers(0, 3000), st.integers(0, 3000), st.data())
@settings(max_examples=50)
def test_a_cut_of_sound_is_exact_and_silent_beyond_its_end(first, count, data):
    wave = Wave(2500)
    part = SoundCut(wave, first, count)
    padded = np.concatenate([wave.all, np.zeros((2, 6000), np.float32)], axis=1)[:, first : first + count]
    begin = data.draw(st.integers(0, count))
    end = data.draw(st.integers(begin, count))
    assert np.array_equal(heard(part, begin, end), padded[:, begin:end])


def test_sound_of_the_right_length_is_taken_as_it_is():
    wave = Wave(500)
    assert sound_of(wave, 500) is wave
    assert np.array_equal(heard(sound_of(wave, 300)), wave.all[:, :300])
    assert np.array_equal(heard(sound_of(wave, 600))[:, :500], wave.all)


def test_a_function_of_sound_is_told_where_each_block_lies():
    places: list[tuple[int, int]] = []

    def note(block: np.ndarray, first: int) -> np.ndarray:
        places.append((first, block.shape[1]))
        return block * 2

    doubled = SoundMapped(Wave(2500), note)
    assert np.array_equal(heard(doubled, 300, 2400), Wave(2500).all[:, 300:2400] * 2)
    assert places == [(300, 1000), (1300, 1000), (2300, 100)]


@given(st.lists(st.integers(40, 90), min_size=1, max_size=4), st.integers(0, 20), st.data())
@settings(max_examples=50)
def test_any_range_of_joined_sound_is_a_part_of_the_whole(counts, overlap, data):
    waves = [Wave(count, samples=np.full((2, count), 0.25, np.float32)) for count in counts]
    joined = SoundJoined(waves, spans(counts, overlap))
    whole = heard(joined)
    assert np.abs(whole - 0.25).max() < 1e-6, "equal sounds cross over without a dent"
    first = data.draw(st.integers(0, whole.shape[1]))
    stop = data.draw(st.integers(first, whole.shape[1]))
    assert np.array_equal(heard(joined, first, stop), whole[:, first:stop])


def test_joined_sound_is_read_once_however_long_it_is():
    asked: list[tuple[int, int]] = []

    class Long(Wave):
        def samples(self, first: int, stop: int) -> Iterator:
            asked.append((first, stop))
            return super().samples(first, stop)

    one, other = Long(150_000), Long(100_000)
    joined = SoundJoined([one, other], [Span(0, 150_000), Span(150_000, 250_000)])
    assert np.array_equal(heard(joined), np.concatenate([one.all, other.all], axis=1))
    assert asked == [(0, 150_000), (0, 100_000)]
