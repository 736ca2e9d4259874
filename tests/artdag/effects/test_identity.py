from __future__ import annotations

from artdag.effects.identity import EFFECT
from artdag.media import Kind
from tests.artdag.effects.apply import settled


def test_the_result_is_the_inputs_own_bytes():
    assert EFFECT.same_as is not None
    assert EFFECT.same_as(settled(EFFECT, {})) == "input"


def test_it_takes_pictures_clips_and_sound():
    assert EFFECT.inputs[0].kinds == (Kind.IMAGE, Kind.VIDEO, Kind.AUDIO)
