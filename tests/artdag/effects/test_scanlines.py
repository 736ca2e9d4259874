from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.scanlines import EFFECT
from tests.artdag.effects.apply import RATE, apply, digest, drawn, filled

WHITE = filled(8, 96, "yuv420p", 235, 100, 150)


def weights(**params):
    return (apply(EFFECT, WHITE, **params).planes[0][:, 0] - 16.0) / 219


def test_two_rows_apart_alternate():
    # the mean of (1 + cos) / 2 over the quarter of a period each side of its top: 1/2 + 1/π
    light = 0.5 + 1 / np.pi
    assert weights(spacing=2, opacity=1)[:4] == pytest.approx([light, 1 - light, light, 1 - light], abs=0.005)


@pytest.mark.parametrize("spacing", [2, 3, 4, 7.5, 16])
def test_the_mean_loss_is_half_the_opacity(spacing):
    assert 1 - weights(spacing=spacing, opacity=0.6).mean() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize("spacing", [3, 4, 16])
def test_lines_repeat_at_their_spacing(spacing):
    rows = weights(spacing=spacing)
    assert rows[spacing:] == pytest.approx(rows[:-spacing], abs=0.005)
    assert rows.max() - rows.min() > 0.2


def test_the_darkest_is_as_dark_as_the_opacity():
    assert weights(spacing=96, opacity=0.7).min() == pytest.approx(0.3, abs=0.01)


def test_lines_move_with_time():
    second = int(RATE)
    still = weights(spacing=16)
    moved = (apply(EFFECT, WHITE, index=second, spacing=16, speed=5).planes[0][:, 0] - 16.0) / 219
    assert moved[5:] == pytest.approx(still[:-5], abs=0.005)
    assert digest(apply(EFFECT, WHITE, index=second, spacing=16, speed=16)) == digest(apply(EFFECT, WHITE, spacing=16))


def test_all_channels_darken_alike():
    rgb = apply(EFFECT, filled(8, 96, "rgb24", 200, 100, 40), spacing=8, opacity=1).planes[0][:, 0].astype(float)
    assert np.abs(rgb / (200, 100, 40) - weights(spacing=8, opacity=1)[:, None]).max() < 0.02
    chroma = apply(EFFECT, WHITE, spacing=16, opacity=1).planes[1][:, 0] - 128.0
    pairs = weights(spacing=16, opacity=1).reshape(-1, 2).mean(axis=1)
    assert np.abs(chroma / -28 - pairs).max() < 0.03


@pytest.mark.parametrize("pixel_format", ["rgba", "yuva420p"])
def test_opacity_stays(pixel_format):
    picture = drawn(9, 31, pixel_format)
    ours, theirs = apply(EFFECT, picture, opacity=1).planes[-1], picture.planes[-1]
    assert np.array_equal(*(plane[..., 3] if pixel_format == "rgba" else plane for plane in (ours, theirs)))
