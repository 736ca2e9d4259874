from __future__ import annotations

import numpy as np
import pytest

from artdag.codec import remap
from artdag.codec.bordered import Border
from artdag.codec.frame import Frame
from artdag.codec.remap import Lattice, bent, fixed, halvings_for, lattices, remapped
from tests.artdag.effects.apply import digest, drawn, filled

FORMATS = ("yuv420p", "yuva420p", "yuv444p", "yuva444p", "rgb24", "rgba")


def planes_of(picture):
    packed = picture.planes[0].ndim == 3
    return [*np.moveaxis(picture.planes[0], 2, 0)] if packed else list(picture.planes)


def lattice_of(picture, index):
    luma, chroma = lattices(picture.width, picture.height, picture.pixel_format)
    return chroma if index in {1, 2} else luma


def slope(width, height, pixel_format, across, down) -> Frame:
    """A picture in which the value of every sample is what lies at its place: across × x + down × y."""
    picture = Frame.blank(width, height, pixel_format)
    for index, plane in enumerate(planes_of(picture)):
        lattice = lattice_of(picture, index)
        plane[...] = np.rint(across * lattice.x + down * lattice.y(slice(None)))
    return picture


def straight(x, y):
    return x, y


@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (7, 1), (1, 7), (17, 9), (64, 48)])
def test_places_on_samples_give_the_samples(pixel_format, size):
    picture = drawn(*size, pixel_format)
    for edge in ("repeat", "mirror", "background"):
        border = Border(1, fill=(0, 0, 0, 0)) if edge == "background" else None
        result = remapped(picture, bent(*size, pixel_format, straight, edge=edge), border=border)
        assert digest(result) == digest(picture)


def test_between_four_samples_lies_their_weighted_mean():
    picture = filled(2, 2, "rgb24", 0, 0, 0)
    picture.planes[0][..., 0] = [[10, 50], [90, 250]]
    result = remapped(picture, bent(2, 2, "rgb24", lambda x, y: (x * 0 + 0.75, y * 0 + 1.0)))
    # a quarter to the right and half way down: (0.75 × 10 + 0.25 × 50 + 0.75 × 90 + 0.25 × 250) / 2 = 75
    assert (result.planes[0][..., 0] == 75).all()


@pytest.mark.parametrize("value", [0, 1, 127, 254, 255])
def test_one_colour_stays_wherever_it_is_fetched_from(value):
    picture = filled(40, 30, "yuv444p", value, value, value)
    result = remapped(picture, bent(40, 30, "yuv444p", lambda x, y: (x * 0.37 + y * 0.61, y * 0.83 - x * 0.2)))
    assert all((plane == value).all() for plane in result.planes)


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_luma_and_chroma_are_fetched_from_the_same_places(pixel_format):
    def bend(x, y):
        return 12 + 0.8 * (x - 4) + 0.3 * y, 10 + 0.7 * y - 0.2 * (x - 4)

    picture = slope(64, 48, pixel_format, 2, 1.5)
    result = remapped(picture, bent(64, 48, pixel_format, bend))
    for index, plane in enumerate(planes_of(result)):
        lattice = lattice_of(picture, index)
        x, y = bend(lattice.x, lattice.y(slice(None)))
        inner = (x > 1) & (x < 63) & (y > 1) & (y < 47)
        assert inner.sum() > 200
        assert np.abs(plane - (2 * x + 1.5 * y))[inner].max() < 1.1


@pytest.mark.parametrize(("edge", "row"), [("repeat", [10, 10, 10, 20, 30, 30]), ("mirror", [20, 10, 10, 20, 30, 30])])
def test_beyond_the_sides_lies_what_was_asked_for(edge, row):
    picture = filled(3, 1, "yuv444p", 0, 128, 128)
    picture.planes[0][0] = [10, 20, 30]
    fields = bent(3, 1, "yuv444p", lambda x, y: (x - 2, y), edge=edge, size=(6, 1))
    assert remapped(picture, fields, size=(6, 1)).planes[0][0].tolist() == row


def test_the_background_begins_half_way_into_the_next_pixel():
    picture = filled(2, 1, "rgb24", 100, 100, 100)
    fields = bent(2, 1, "rgb24", lambda x, y: (x - 1.5, y), edge="background", size=(5, 1))
    result = remapped(picture, fields, size=(5, 1), border=Border(1, fill=(0, 200, 100)))
    assert result.planes[0][0].tolist() == [[0, 200, 100], [50, 150, 100], [100] * 3, [50, 150, 100], [0, 200, 100]]


def test_a_border_can_be_reached_by_fields_that_are_worked_out_for_one_frame():
    picture = drawn(20, 10, "yuv420p")
    luma, chroma = lattices(20, 10, "yuv420p")

    def moved(lattice):
        return lambda rows: (fixed(lattice.x - 4, lattice.across), fixed(lattice.y(rows), lattice.down))

    result = remapped(picture, (moved(luma), moved(chroma)), border=Border(5))
    for plane, source, shift in zip(result.planes, picture.planes, (4, 2, 2), strict=True):
        assert np.array_equal(plane[:, shift:], source[:, :-shift])
        assert np.array_equal(plane[:, :shift], source[:, :shift][:, ::-1])


def test_what_is_halved_first_shows_means():
    picture = filled(8, 4, "yuv420p", 100, 90, 160)
    picture.planes[0][:, ::2] = 200
    fields = bent(8, 4, "yuv420p", lambda x, y: (x * 2, y * 2), halvings=(1, 1))
    assert (remapped(picture, fields, halvings=(1, 1)).planes[0] == 150).all()


def test_halving_keeps_places():
    picture = slope(64, 64, "yuv420p", 2, 1)
    fields = bent(64, 64, "yuv420p", lambda x, y: (x * 2, y * 4), size=(32, 16), halvings=(1, 2))
    result = remapped(picture, fields, size=(32, 16), halvings=(1, 2))
    for index, plane in enumerate(result.planes):
        lattice = lattices(32, 16, "yuv420p")[index > 0]
        expected = 2 * 2 * lattice.x + 4 * lattice.y(slice(None))
        assert np.abs(plane - expected)[1:-1, 1:-1].max() <= 1.5


def test_pictures_too_large_to_keep_their_places_come_out_the_same(monkeypatch):
    picture = drawn(90, 70, "yuva420p")

    def bend(x, y):
        return x + 0.1 * y, y - 0.2 * x

    kept = remapped(picture, bent(90, 70, "yuva420p", bend))
    monkeypatch.setattr(remap, "KEPT", 100)
    monkeypatch.setattr(remap, "AREA", 300)
    assert digest(remapped(picture, bent(90, 70, "yuva420p", bend))) == digest(kept)


def test_rows_are_worked_on_in_bands_that_cover_all():
    rows = [row for band in Lattice(70_000, 3).bands for row in range(3)[band]]
    assert rows == [0, 1, 2]


@pytest.mark.parametrize(("factor", "count"), [(20, 0), (1, 0), (0.67, 0), (0.5, 1), (0.25, 2), (0.05, 4)])
def test_the_smaller_the_oftener_it_is_halved(factor, count):
    assert halvings_for(factor) == count
