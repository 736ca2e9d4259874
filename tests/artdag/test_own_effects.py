"""docs/your-own-effect.md and the template: what they say can be done is done here."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.animation import live
from artdag.catalog import load_effects
from artdag.checker import checked_recipe
from artdag.codec.frame import Frame, pixels
from artdag.effect import EffectCatalog
from artdag.errors import EffectError
from artdag.local_store import LocalStore
from artdag.node_type import Building
from artdag.params import settle
from tests.artdag.nodes.bench import Made, a_video, check_ranges, frames, node_types
from tests.own_effects import recipe, written_into

OWN = {"letterbox", "worn_tape", "infrared", "ember"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return written_into(tmp_path_factory.mktemp("my-effects"))


@pytest.fixture(scope="module")
def catalog(folder) -> EffectCatalog:
    return load_effects([folder])


def made(catalog: EffectCatalog, name: str, item: Made, **params: object) -> Made:
    node_type = node_types()["EFFECT"]
    config = settle(node_type.config, {"effect": name, "params": params})
    settled = node_type.settle(config, (item.shape,), catalog)
    building = Building(
        params=live(settled.params, {}),
        inputs=(item.media,),
        shapes=(item.shape,),
        shape=settled.shape,
        effect=settled.effect,
        seed=1,
    )
    return Made(node_type.build(building), settled.shape)


def first(item: Made) -> Frame:
    return Frame.over(next(item.media.video.frames(0, 1)))


def test_all_of_them_are_loaded_and_tell_what_they_do(catalog):
    assert catalog.refused == {}
    assert set(catalog.effects) - set(load_effects().effects) == OWN
    for name in OWN:
        effect = catalog.get(name)
        assert effect.summary.endswith(".")
        assert all(spec.doc for spec in effect.param_specs)
        assert all(spec.low is not None for spec in effect.param_specs if spec.type in {"int", "float"})


@pytest.mark.parametrize("name", sorted(OWN))
@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24", "yuva420p"])
def test_any_range_is_a_part_of_the_whole(catalog, name, pixel_format):
    check_ranges(made(catalog, name, a_video(6, width=34, height=26, pixel_format=pixel_format)))


@pytest.mark.parametrize(
    ("name", "params"), [("letterbox", {"ratio": 1}), ("worn_tape", {"slip": 0}), ("infrared", {"amount": 0})]
)
def test_what_changes_nothing_changes_nothing(catalog, name, params):
    clip = a_video(2, pixel_format="rgb24" if name == "infrared" else "yuv420p")
    assert frames(made(catalog, name, clip, **params).media.video) == frames(clip.media.video)


def test_bars_leave_a_picture_of_the_wanted_ratio(catalog):
    clip = a_video(1, width=64, height=48, sound=False)
    luma = first(made(catalog, "letterbox", clip, ratio=2)).planes[0]
    black = (luma == 16).all(axis=1)
    assert black.tolist() == [True] * 8 + [False] * 32 + [True] * 8
    assert np.array_equal(luma[8:40], first(clip).planes[0][8:40])


def test_lines_slip_with_their_colour_and_otherwise_in_every_frame(catalog):
    clip = a_video(2, width=64, height=48)
    torn = made(catalog, "worn_tape", clip, slip=40, lines=8)
    one, other = frames(torn.media.video)
    assert one != other
    before, after = first(clip), first(torn)
    for number, high in enumerate((8, 4, 4)):
        for top in range(0, len(before.planes[number]), high):
            row, slipped = before.planes[number][top], after.planes[number][top]
            assert any(np.array_equal(np.roll(row, by), slipped) for by in range(len(row)))


def test_green_becomes_light_and_blue_dark(catalog):
    clip = a_video(1, pixel_format="rgb24", sound=False)
    picture = first(clip).blank_like()
    picture.planes[0][:, :32] = (0, 200, 0)
    picture.planes[0][:, 32:] = (0, 100, 200)
    clip.media.video.picture = lambda index: picture
    seen = first(made(catalog, "infrared", clip)).planes[0]
    assert seen[0, 0].tolist() == [255, 255, 255]
    assert seen[0, 40].tolist() == [0, 0, 0]


def test_the_template_swings_between_the_picture_and_its_colour(catalog):
    clip = a_video(31, rate=Fraction(30))
    tinted = made(catalog, "ember", clip, amount=1, color="#ff8a3c", period_s=2, light=True)
    pictures = [Frame.over(frame) for frame in tinted.media.video.frames(0, 31)]
    assert pixels(pictures[0].carrier) == frames(clip.media.video)[0]
    assert [len(np.unique(plane)) for plane in pictures[30].planes] == [1, 1, 1]
    changing = made(catalog, "ember", clip, amount={"keyframes": [[0, 1], [1, 0]]}, swing="steps")
    assert frames(changing.media.video)[30] == frames(clip.media.video)[30]


def test_the_recipe_of_the_guide_is_right(folder, tmp_path):
    world = LocalStore(tmp_path, effects_folders=(folder,)).world()
    _, warnings = checked_recipe(recipe(), world)
    assert warnings == ()


def test_an_effect_that_was_refused_is_missed_with_the_reason(tmp_path):
    (tmp_path / "mine.py").write_text("EFFECT = 1/0\n")
    with pytest.raises(EffectError, match=r"there is no effect 'mine': mine\.py cannot be imported: ZeroDivisionError"):
        load_effects([tmp_path]).get("mine")
