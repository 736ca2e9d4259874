"""How like two clips are is told frame by frame, by numbers that can be worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from artdag.codec.likeness import MOST_FRAMES, likeness
from artdag.codec.probe import probe
from artdag.errors import InputError
from tests.artdag.studio import still
from tests.builders import a_clip


def seen(path: Path):
    return path, probe(path)


def flat(path: Path, value: int, size: tuple[int, int] = (32, 24)) -> Path:
    return still(path, (value, value, value), size)


def test_a_file_is_equal_to_itself(tmp_path: Path):
    clip = seen(a_clip(tmp_path / "a.mp4", frames=60))
    found = likeness(clip, clip)
    assert (found.looked_at, found.equal, found.ssim, found.psnr_db) == (MOST_FRAMES, MOST_FRAMES, 1.0, None)
    assert found.lengths == (60, 60)


def test_a_level_of_ten_is_told_in_decibel(tmp_path: Path):
    found = likeness(seen(flat(tmp_path / "a.png", 100)), seen(flat(tmp_path / "b.png", 110)))
    assert (found.looked_at, found.equal) == (1, 0)
    assert found.psnr_db == pytest.approx(10 * math.log10(255**2 / 10**2))
    c1 = (0.01 * 255) ** 2
    assert found.ssim == pytest.approx((2 * 100 * 110 + c1) / (100**2 + 110**2 + c1))


def test_other_noise_is_not_alike_and_shorter_clips_are_compared_as_far_as_they_go(tmp_path: Path):
    found = likeness(seen(a_clip(tmp_path / "a.mp4", frames=12)), seen(a_clip(tmp_path / "b.mp4", frames=5, seed=3)))
    assert (found.looked_at, found.equal, found.lengths) == (5, 0, (12, 5))
    assert found.ssim < 0.5
    assert 0 <= found.worst < 5


def test_tiny_pictures_are_compared_too(tmp_path: Path):
    one = flat(tmp_path / "a.png", 7, (3, 1))
    assert likeness(seen(one), seen(one)).equal == 1


def test_other_sizes_are_refused_in_a_sentence(tmp_path: Path):
    with pytest.raises(InputError, match="of different sizes: 32 × 24 and 16 × 16"):
        likeness(seen(flat(tmp_path / "a.png", 1)), seen(flat(tmp_path / "b.png", 1, (16, 16))))
