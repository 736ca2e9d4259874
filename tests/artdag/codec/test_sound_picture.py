from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.sound_picture import Brush, Marching, Passing, heard, picture_shape, rate_of, spans, stadium
from artdag.codec.stream import Media
from artdag.media import Kind, Shape, SoundShape, VideoShape
from artdag.params import Color
from tests.artdag.codec.synthetic import Pattern, Wave
from tests.artdag.effects.apply import to_yuv


@pytest.mark.parametrize(
    ("number", "rate"),
    [
        (25.0, Fraction(25)),
        (29.97, Fraction(30_000, 1001)),
        (23.976, Fraction(24_000, 1001)),
        (59.94, Fraction(60_000, 1001)),
        (30.0, Fraction(30)),
        (12.7, Fraction(127, 10)),
    ],
)
def test_numbers_mean_the_rates_that_people_mean_by_them(number, rate):
    assert rate_of(number) == rate


@pytest.mark.parametrize(("samples", "count"), [(1, 1), (48_000, 25), (48_001, 26), (1920, 1)])
def test_the_picture_lasts_as_long_as_the_sound_up_to_a_whole_frame(samples, count):
    source = Shape(kind=Kind.AUDIO, sound=SoundShape(sample_count=samples))
    shape = picture_shape(source, 64, 32, 25.0, see_through=False)
    assert shape.video is not None
    assert shape.sound is not None
    assert (shape.kind, shape.video.frame_count, shape.video.pixel_format) == (Kind.VIDEO, count, "yuv420p")
    assert shape.sound.sample_count == shape.video.sample_count == count * 1920


def test_a_picture_without_sound_is_as_long_and_silent():
    video = Pattern(30)
    source = Shape(kind=Kind.VIDEO, video=video.shape)
    shape = picture_shape(source, 64, 32, 25.0, see_through=True)
    assert shape.video is not None
    assert (shape.video.frame_count, shape.video.pixel_format) == (25, "yuva420p")
    assert heard(Media(video=video)).shape.sample_count == 48_000


def test_samples_pass_in_overlapping_ranges_with_silence_around():
    sound = Wave(5000)
    whole = np.pad(sound.all, ((0, 0), (3000, 3000)))
    passing = Passing(sound)
    for low, high in ((-3000, -1000), (-100, 50), (-50, 1200), (10, 11), (900, 4000), (3999, 6000), (5500, 7000)):
        assert np.array_equal(passing.between(low, high), whole[:, low + 3000 : high + 3000]), (low, high)


def test_a_late_beginning_reads_from_there_on():
    class Watched(Wave):
        first = 0

        def samples(self, first, stop):
            self.first = first
            return super().samples(first, stop)

    sound = Watched(5000)
    Passing(sound).between(4000, 4100)
    assert sound.first == 4000


def test_each_measurement_is_made_once():
    made = []

    def measure(first, stop):
        made.extend(range(first, stop))
        return np.arange(first, stop) * 10

    marching = Marching(measure)
    for first, stop in ((-5, 5), (-3, 7), (6, 7), (6, 9), (20, 22), (20, 21)):
        assert marching.between(first, stop).tolist() == [10 * value for value in range(first, stop)]
    assert made == [*range(-5, 9), 20, 21]


def test_spans_cover_parts_of_pixels():
    top, bottom, weight = (np.array(row, np.float32) for row in ([0.5, 2, 1.25], [2, 2, 1.75], [1, 1, 0.5]))
    assert spans(top, bottom, weight, 4).tolist() == [[128, 0, 0], [255, 0, 64], [0, 0, 0], [0, 0, 0]]


def test_bars_have_round_ends_and_gaps():
    zero = np.zeros(2)
    before, behind, cover = stadium(np.array([20.0, 60.0]), (np.array([30.0, 0.0]), zero), 40, 80)
    radius = 40 * 0.31
    assert before[20] == pytest.approx(30, abs=0.1)
    assert before[60] == pytest.approx(radius, abs=0.1)
    assert behind[20] == pytest.approx(radius, abs=0.1)
    assert before[8] < 30 - radius / 2
    assert cover[40] == 0
    assert cover.sum() == pytest.approx(4 * radius, rel=1e-6)


SHAPE = VideoShape(width=4, height=4, pixel_format="yuv420p", frame_rate=Fraction(25), frame_count=1)
SEE_THROUGH = VideoShape(width=4, height=4, pixel_format="yuva420p", frame_rate=Fraction(25), frame_count=1)
RED, BLUE, BLACK = Color("#ff0000"), Color("#0000ff"), Color("#000000")


def test_paint_goes_from_background_to_colour():
    coverage = np.array([[0, 0, 255, 255]] * 4, np.uint8)
    for color2 in (None, RED):
        frame = Brush(SHAPE, RED, color2, BLACK, np.linspace(0, 1, 4))(coverage)
        assert frame.planes[0][0].tolist() == [16, 16, to_yuv(255, 0, 0)[0], to_yuv(255, 0, 0)[0]]
        assert frame.planes[2][0].tolist() == [128, to_yuv(255, 0, 0)[2]]


def test_two_colours_change_from_row_to_row():
    frame = Brush(SHAPE, RED, BLUE, BLACK, np.array([0, 0, 1, 1.0]))(np.full((4, 4), 255, np.uint8))
    for row, color in ((0, (255, 0, 0)), (3, (0, 0, 255))):
        found = [int(plane[row // (4 // len(plane)), 0]) for plane in frame.planes]
        assert found == pytest.approx(to_yuv(*color), abs=1)


def test_without_background_the_coverage_is_the_opacity():
    coverage = np.arange(16, dtype=np.uint8).reshape(4, 4)
    frame = Brush(SEE_THROUGH, RED, None, None, np.zeros(4))(coverage)
    assert np.array_equal(frame.planes[3], coverage)
    assert (frame.planes[0] == to_yuv(255, 0, 0)[0]).all()
