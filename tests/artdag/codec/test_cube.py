"""Colour tables made fast: the same as reading them point by point."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.companions import parse_cube
from artdag.codec.cube import FULL, Cube, Curves, read_table
from artdag.errors import BrokenMediaError


def text_3d(size, look, *head) -> bytes:
    axis = np.linspace(0, 1, size)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    rows = np.stack(look(red, green, blue), axis=-1).reshape(-1, 3)
    lines = "\n".join(" ".join(f"{value:.6f}" for value in row) for row in rows)
    return "\n".join([*head, f"LUT_3D_SIZE {size}", lines]).encode() + b"\n"


def text_1d(rows, *head) -> bytes:
    lines = "\n".join(" ".join(f"{value:.6f}" for value in row) for row in rows)
    return "\n".join([*head, f"LUT_1D_SIZE {len(rows)}", lines]).encode() + b"\n"


def colours(seed=0) -> np.ndarray:
    """Return a picture of 100 × 120 colours, corners and greys of the cube among them."""
    picture = np.random.default_rng(seed).integers(0, 256, (100, 120, 3), np.uint8)
    picture[0, :8] = [[255 * (n & 1), 255 * (n >> 1 & 1), 255 * (n >> 2)] for n in range(8)]
    picture[1] = np.linspace(0, 255, 120).astype(np.uint8)[:, None]
    return picture


def written(data: bytes, picture: np.ndarray, share: int = FULL) -> np.ndarray:
    result = np.zeros_like(picture)
    read_table(data).write(picture, result, share)
    return result


def exact(data: bytes, picture: np.ndarray) -> np.ndarray:
    """Return code values, not rounded: the eight points around each colour, weighted as the specification says."""
    table = parse_cube(data.decode())
    places = (picture / 255 - np.array(table.low)) / (np.array(table.high) - np.array(table.low))
    places = np.clip(places, 0, 1) * (table.size - 1)
    cell = np.minimum(places.astype(int), table.size - 2)
    share = places - cell
    total = np.zeros(picture.shape)
    for corner in range(8):
        step = np.array([corner & 1, corner >> 1 & 1, corner >> 2])
        weight = np.where(step, share, 1 - share).prod(axis=-1)
        red, green, blue = np.moveaxis(cell + step, -1, 0)
        total += weight[..., None] * table.values[blue, green, red]
    return 255 * np.clip(total, 0, 1)


def teal_and_orange(red, green, blue):
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return red**0.8 * 0.9 + 0.1 * luma, green * 0.95 + 0.05 * luma**2, 0.7 * blue + 0.3 * (1 - luma)


@pytest.mark.parametrize("size", [2, 3, 5, 17, 33, 65])
def test_a_cube_that_changes_nothing_changes_nothing(size):
    picture = colours()
    assert np.array_equal(written(text_3d(size, lambda r, g, b: (r, g, b)), picture), picture)


@pytest.mark.parametrize("size", [2, 4, 16, 17, 33, 65])
def test_a_cube_is_read_linearly_between_its_points(size):
    data = text_3d(size, teal_and_orange)
    picture = colours(1)
    assert np.abs(written(data, picture) - exact(data, picture)).max() < 0.5 + 1 / 64 + 8 / 512 + 1e-6


def test_at_its_points_a_cube_gives_its_values():
    data = text_3d(4, teal_and_orange)  # points at 0, 85, 170 and 255
    picture = np.array([[[85, 170, 0], [255, 85, 85], [0, 0, 255]]], np.uint8)
    wanted = np.stack(teal_and_orange(*np.moveaxis(picture / 255, -1, 0)), axis=-1) * 255
    assert np.abs(written(data, picture) - wanted).max() < 0.5 + 1 / 64


def test_red_is_red_and_blue_is_blue():
    data = text_3d(3, lambda r, g, b: (b, r, g))
    picture = np.array([[[200, 100, 50]]], np.uint8)
    assert written(data, picture).tolist() == [[[50, 200, 100]]]


def test_a_random_cube_with_edges_stays_near():
    rng = np.random.default_rng(5)
    data = text_3d(9, lambda r, g, b: tuple(rng.random(r.shape) for _ in range(3)))
    picture = colours(2)
    assert np.abs(written(data, picture) - exact(data, picture)).max() < 0.5 + 1 / 64 + 64 / 512


def test_a_domain_is_where_the_table_applies():
    data = text_3d(5, lambda r, g, b: (1 - r, g, b), "DOMAIN_MIN 0.2 0 0", "DOMAIN_MAX 0.8 1 2")
    picture = colours(3)
    assert np.abs(written(data, picture) - exact(data, picture)).max() < 0.6
    ends = written(data, np.array([[[0, 9, 0], [51, 9, 0], [204, 9, 0], [255, 9, 0]]], np.uint8))
    assert ends[0, :, 0].tolist() == [255, 255, 0, 0]


def test_a_table_per_channel_is_read_linearly_between_its_points():
    rows = [(0, 1, 0), (0.5, 0.5, 0.25), (1, 0, 1)]
    picture = np.array([[[0, 0, 0], [51, 51, 51], [127, 128, 129], [255, 255, 255]]], np.uint8)
    wanted = [[0, 255, 0], [51, 204, 26], [127, 127, 66], [255, 0, 255]]
    assert written(text_1d(rows), picture)[0].tolist() == wanted
    assert isinstance(read_table(text_1d(rows)), Curves)
    assert isinstance(read_table(text_3d(2, teal_and_orange)), Cube)


def test_what_lies_outside_is_cut_off():
    picture = colours()
    bright = written(text_1d([(-1, -1, -1), (2, 2, 2)]), picture)
    assert np.array_equal(bright, np.rint(np.clip(3.0 * picture - 255, 0, 255)))
    cube = written(text_3d(2, lambda r, g, b: (r * 3 - 1, g, b)), picture)
    assert np.array_equal(cube[..., 0], bright[..., 0])


@pytest.mark.parametrize("data", [text_3d(3, teal_and_orange), text_1d([(1, 0, 0.5), (0, 1, 0.7)])])
def test_a_share_is_a_mixture(data):
    picture = colours(4)
    wholly = written(data, picture).astype(float)
    for share in (0, 64, 200):
        mixed = picture + share / FULL * (wholly - picture)
        assert np.abs(written(data, picture, share) - mixed).max() <= 1
    assert np.array_equal(written(data, picture, 0), picture)


def test_what_is_no_table_is_refused_with_its_line():
    with pytest.raises(BrokenMediaError, match="line 1"):
        read_table(b"1\n00:00:01,000 --> 00:00:02,000\nx\n")
    with pytest.raises(BrokenMediaError, match="UTF-8"):
        read_table(b"\xff\xfe")
