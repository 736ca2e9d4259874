"""Slices: whoever codes them and wherever they are cut, the joined file has the bytes of one pass."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from artdag.codec.check import check_result
from artdag.codec.encode import encode
from artdag.codec.probe import probe
from artdag.codec.profile import profile_for
from artdag.codec.slices import encode_slice, encode_sound, join
from artdag.errors import ParameterError, RenderError
from artdag.media import Kind
from tests.artdag.codec.synthetic import Pattern, clip

WEB = profile_for(Kind.VIDEO, "web")


def key_frames(path: Path) -> list[bool]:
    with av.open(path) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        return [packet.is_keyframe for packet in sorted(packets, key=lambda packet: packet.pts)]


def sliced(folder: Path, media, shape, profile, groups: int = 1) -> Path:
    paths = []
    listed = profile.groups(shape.video)
    for number in range(0, len(listed), groups):
        paths.append(folder / f"slice-{number}.mp4")
        encode_slice(media.video, listed[number : number + groups], profile, paths[-1])
    sound = None
    if media.sound is not None:
        sound = folder / "sound.mp4"
        encode_sound(media.sound, profile, sound)
    join(paths, sound, shape.video, profile, folder / "joined.mp4")
    return folder / "joined.mp4"


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)], ids=str)
@pytest.mark.parametrize("count", [1, 2, 61, 250])
def test_slices_join_to_the_bytes_of_one_pass(tmp_path, rate, count):
    media, shape = clip(Pattern(count, rate=rate))
    encode(media, shape, WEB, tmp_path / "whole.mp4")
    assert sliced(tmp_path, media, shape, WEB).read_bytes() == (tmp_path / "whole.mp4").read_bytes()


@pytest.mark.parametrize("name", ["web", "preview", "lossless"])
@pytest.mark.parametrize("sound", [True, False])
def test_neither_the_length_of_slices_nor_lanes_show(tmp_path, name, sound):
    media, shape = clip(Pattern(190), sound=sound)
    profile = profile_for(Kind.VIDEO, name)
    encode(media, shape, profile, tmp_path / "whole.mp4")
    whole = (tmp_path / "whole.mp4").read_bytes()
    for groups in (2, 5, 100):
        assert sliced(tmp_path, media, shape, profile, groups).read_bytes() == whole
    for lanes in (2, 3):
        encode(media, shape, profile, tmp_path / "lanes.mp4", lanes=lanes)
        assert (tmp_path / "lanes.mp4").read_bytes() == whole
    check_result(probe(tmp_path / "joined.mp4"), shape, profile)


def test_a_slice_depends_on_its_frames_alone_not_on_where_they_lie(tmp_path):
    class Later(Pattern):
        def picture(self, index: int):
            return super().picture(index - 60)

    encode_slice(Pattern(120), [range(60)], WEB, tmp_path / "a.mp4")
    encode_slice(Later(120), [range(60, 120)], WEB, tmp_path / "b.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_slice_plays_by_itself(tmp_path):
    encode_slice(Pattern(130), [range(60, 120)], WEB, tmp_path / "slice.mp4")
    facts = probe(tmp_path / "slice.mp4")
    assert (facts.picture.frame_count, facts.picture.frame_rate, facts.sound) == (60, 30, None)


@pytest.mark.parametrize(
    "groups",
    [[], [range(61)], [range(60, 60)], [range(120, 131)], [range(-60, 0)], [range(60), range(61, 120)]],
    ids=str,
)
def test_what_is_no_row_of_groups_is_refused(tmp_path, groups):
    with pytest.raises(ParameterError, match="no slice"):
        encode_slice(Pattern(130), groups, WEB, tmp_path / "slice.mp4")


def test_groups_may_begin_anywhere(tmp_path):
    media, shape = clip(Pattern(130))
    layout = [range(7), range(7, 67), range(67, 68), range(68, 127), range(127, 130)]
    encode(media, shape, WEB, tmp_path / "whole.mp4", layout=layout)
    for lanes in (2, 3):
        encode(media, shape, WEB, tmp_path / "lanes.mp4", layout=layout, lanes=lanes)
        assert (tmp_path / "lanes.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()
    for number, groups in enumerate((layout[:2], layout[2:])):
        encode_slice(media.video, groups, WEB, tmp_path / f"{number}.mp4")
    encode_sound(media.sound, WEB, tmp_path / "sound.mp4")
    join([tmp_path / "0.mp4", tmp_path / "1.mp4"], tmp_path / "sound.mp4", shape.video, WEB, tmp_path / "joined.mp4")
    assert (tmp_path / "joined.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()
    assert [index for index, key in enumerate(key_frames(tmp_path / "joined.mp4")) if key] == [0, 7, 67, 68, 127]


def test_profiles_without_a_grid_have_one_span_and_no_slices(tmp_path):
    video, alpha = Pattern(130), profile_for(Kind.VIDEO, "alpha")
    assert alpha.groups(video.shape) == [range(130)]
    with pytest.raises(ParameterError, match="no slice"):
        encode_slice(video, [range(60)], alpha, tmp_path / "slice.webm")


def test_a_missing_slice_fails_the_join_and_leaves_nothing(tmp_path):
    media, shape = clip(Pattern(130), sound=False)
    first, last = tmp_path / "first.mp4", tmp_path / "last.mp4"
    encode_slice(media.video, [range(60)], WEB, first)
    encode_slice(media.video, [range(120, 130)], WEB, last)
    with pytest.raises(RenderError, match="70 frames, not 130"):
        join([first, last], None, shape.video, WEB, tmp_path / "joined.mp4")
    assert not (tmp_path / "joined.mp4").exists()
    with pytest.raises(RenderError, match="no slices"):
        join([], None, shape.video, WEB, tmp_path / "joined.mp4")


def test_slices_of_another_size_are_not_joined(tmp_path):
    encode_slice(Pattern(60), [range(60)], WEB, tmp_path / "a.mp4")
    encode_slice(Pattern(60, width=80), [range(60)], WEB, tmp_path / "b.mp4")
    with pytest.raises(RenderError, match="other settings"):
        join([tmp_path / "a.mp4", tmp_path / "b.mp4"], None, Pattern(120).shape, WEB, tmp_path / "joined.mp4")
