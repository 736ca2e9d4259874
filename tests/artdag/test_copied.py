"""What is not touched is not coded: whole groups of a file stand in the result as they are, frame for frame."""

from __future__ import annotations

import random
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from artdag.codec.copying import may_be_copied
from artdag.codec.decode import shape_of
from artdag.codec.frame import Frame
from artdag.codec.probe import probe
from artdag.codec.profile import profile_for
from artdag.executor import render_joined, render_slice
from artdag.grouping import Run
from artdag.media import Kind
from artdag.timeslice import Slice, grouping_in, pieces_of
from tests.artdag.nodes.bench import effects, node_types
from tests.artdag.studio import Studio

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
TAGGED = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
RATE, GOP, COUNT = 10, 20, 130
CLIP = "{id: clip, type: SOURCE, config: {input: true}}"
OTHER = "{id: other, type: SOURCE, config: {input: true}}"


def filmed(path: Path, *coding: str, source: str = f"testsrc2=s=64x48:r={RATE}:d=13", filters: str = TAGGED) -> Path:
    """Write a clip as somebody else would have made it."""
    tone = ("-f", "lavfi", "-i", "sine=300:d=13:r=48000")
    picture = ("-c:v", "libx264", "-preset", "veryfast", "-g", str(GOP), "-pix_fmt", "yuv420p", "-sc_threshold", "0")
    command = [FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i", source, *tone, "-vf", filters, *picture]
    subprocess.run([*command, "-crf", "30", "-c:a", "aac", "-shortest", *coding, str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    studio = Studio(tmp_path_factory.mktemp("studio"))
    studio.clip = studio.add(filmed(studio.folder / "clip.mp4"))
    studio.other = studio.add(
        filmed(studio.folder / "other.mp4", "-crf", "25", source="testsrc=s=64x48:r=10:d=13", filters=TAGGED)
    )
    return studio


def planned(studio, *nodes: str, **inputs):
    given = {"clip": studio.clip, "other": studio.other} | inputs
    return studio.plan(*nodes, inputs={name: given[name] for name in given if any(f"id: {name}," in n for n in nodes)})


def grouping(plan):
    return grouping_in(plan.by_key[next(iter(plan.outputs.values()))])


def copied(plan) -> list[tuple[int, int, int]]:
    return [(run.first, run.count, run.begin) for run in grouping(plan).copied]


def lumas(path: Path) -> list[np.ndarray]:
    """Decode all of a file with a decoder of its own, strictly; the times must be those of the grid."""
    with av.open(path) as container:
        container.streams.video[0].codec_context.options = {"err_detect": "explode"}
        frames = list(container.decode(video=0))
    assert [frame.pts * frame.time_base for frame in frames] == [Fraction(index, RATE) for index in range(len(frames))]
    assert not any(frame.is_corrupt for frame in frames)
    return [Frame.over(frame).planes[0].copy() for frame in frames]


def test_a_cut_keeps_whole_groups_and_codes_the_edges(studio):
    plan = planned(studio, CLIP, "{id: cut, type: SEGMENT, config: {offset: 1.3, duration: 8}, inputs: [clip]}")
    assert copied(plan) == [(7, 60, 20)]
    made = studio.render(plan)
    assert made.tally.frames_copied == 60
    assert made.tally.frames_encoded == 20
    ours, theirs = lumas(made.path), lumas(studio.files[studio.clip])[13:93]
    assert len(ours) == 80
    for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        if 7 <= index < 67:
            assert np.array_equal(one, other), index
        else:
            assert np.abs(one.astype(int) - other).mean() < 3, index
    # neither another decoder nor a stricter look finds anything wrong
    checked = [FFMPEG, "-v", "error", "-xerror", "-err_detect", "explode", "-i", str(made.path), "-f", "null", "-"]
    assert subprocess.run(checked, check=True, capture_output=True).stderr == b""
    assert made.facts.sound is not None
    assert made.facts.sound.duration_s == pytest.approx(8, abs=1e-4)


def test_where_all_is_whole_nothing_is_coded(studio):
    plan = planned(studio, CLIP, "{id: cut, type: SEGMENT, config: {offset: 2, duration: 8}, inputs: [clip]}")
    made = studio.render(plan)
    assert (made.tally.frames_copied, made.tally.frames_encoded, copied(plan)) == (80, 0, [(0, 80, 20)])
    assert all(map(np.array_equal, lumas(made.path), lumas(studio.files[studio.clip])[20:100]))


SEQUENCES = {
    "cuts": ("{id: it, type: SEQUENCE, inputs: [clip, other, clip]}", [(0, 130, 0), (130, 130, 0), (260, 130, 0)]),
    "a crossfade": (
        "{id: it, type: SEQUENCE, config: {transition: {type: crossfade, duration: 1}}, inputs: [clip, other]}",
        [(0, 120, 0), (140, 110, 20)],
    ),
    "another size": (
        "{id: it, type: SEQUENCE, config: {target_size: explicit, width: 32, height: 48}, inputs: [clip, other]}",
        [],
    ),
    "an effect": (
        "{id: it, type: EFFECT, config: {effect: invert}, inputs: [clip]}",
        [],
    ),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_what_transitions_and_effects_touch_is_coded(studio, name):
    node, expected = SEQUENCES[name]
    plan = planned(studio, CLIP, OTHER, node) if "other" in node else planned(studio, CLIP, node)
    found = copied(plan)
    assert found == [run for run in expected if run in found]
    assert {run[0] for run in found} <= {run[0] for run in expected}
    if name == "cuts":
        assert (0, 130, 0) in found


def test_a_sequence_of_cuts_plays_through(studio):
    plan = planned(
        studio,
        CLIP,
        "{id: a, type: SEGMENT, config: {offset: 0.7, duration: 5}, inputs: [clip]}",
        "{id: b, type: SEGMENT, config: {offset: 6.4, duration: 5.5}, inputs: [clip]}",
        "{id: dark, type: EFFECT, config: {effect: invert}, inputs: [clip]}",
        "{id: c, type: SEGMENT, config: {offset: 3, duration: 1.5}, inputs: [dark]}",
        "{id: it, type: SEQUENCE, inputs: [a, c, b]}",
    )
    made = studio.render(plan)
    source = lumas(studio.files[studio.clip])
    dark = planned(studio, CLIP, "{id: dark, type: EFFECT, config: {effect: invert}, inputs: [clip]}")
    shown = source[7:57] + lumas(studio.render(dark).path)[30:45] + source[64:119]
    ours = lumas(made.path)
    assert len(ours) == len(shown) == 120
    exact = {run.first + offset for run in grouping(plan).copied for offset in range(run.count)}
    assert len(exact) == 40
    for index, (one, other) in enumerate(zip(ours, shown, strict=True)):
        difference = np.abs(one.astype(int) - other)
        assert difference.max() == 0 if index in exact else difference.mean() < 4, index


def test_slices_with_copies_between_them_join_to_the_bytes_of_one_pass(studio, tmp_path):
    nodes = [CLIP, "{id: dark, type: EFFECT, config: {effect: invert}, inputs: [clip]}"]
    names = []
    for number, offset in enumerate((0.3, 2.5, 1.1)):
        for source in ("clip", "dark"):
            names.append(f"{source}{number}")
            config = f"{{offset: {offset}, duration: 5}}"
            nodes.append(f"{{id: {names[-1]}, type: SEGMENT, config: {config}, inputs: [{source}]}}")
    plan = planned(studio, *nodes, f"{{id: it, type: SEQUENCE, inputs: [{', '.join(names)}]}}")
    (output,) = plan.outputs.values()
    whole = studio.render(plan)
    how = {"locate": studio.files.__getitem__, "effects": effects(), "node_types": node_types()}
    pieces = pieces_of(plan, output, node_types(), effects())
    assert {type(piece) for piece in pieces} == {Slice, Run}
    parts = [
        piece if isinstance(piece, Run) else render_slice(plan, piece, folder=tmp_path, **how).path for piece in pieces
    ]
    joined = render_joined(plan, output, parts, folder=tmp_path, **how)
    assert joined.path.read_bytes() == whole.path.read_bytes()
    assert joined.tally.frames_copied == whole.tally.frames_copied > 0


def test_a_result_of_ours_is_cut_again_without_being_coded_again(studio):
    dark = studio.render(planned(studio, CLIP, "{id: dark, type: EFFECT, config: {effect: invert}, inputs: [clip]}"))
    own = studio.add(dark.path)
    assert probe(dark.path).picture.groups.runs == ((0, 20, 6), (120, 10, 1))
    again = planned(
        studio, CLIP, "{id: cut, type: SEGMENT, config: {offset: 3.5, duration: 7.5}, inputs: [clip]}", clip=own
    )
    assert copied(again) == [(5, 60, 40)]
    with_other = planned(studio, CLIP, OTHER, "{id: it, type: SEQUENCE, inputs: [clip, other]}", clip=own)
    assert copied(with_other) == [(0, 130, 0), (130, 130, 0)]
    made = studio.render(with_other)
    assert made.tally.frames_encoded == 0
    shown = lumas(dark.path) + lumas(studio.files[studio.other])
    assert all(map(np.array_equal, lumas(made.path), shown))


UNFIT = {
    "colours that are not told": {"filters": "null"},
    "full range": {"filters": TAGGED.replace("range=tv", "range=pc")},
    "BT.601": {"filters": TAGGED.replace("colorspace=bt709", "colorspace=smpte170m")},
    "groups of thirteen seconds": {"coding": ("-g", "500")},
    "oblong pixels": {"filters": f"{TAGGED},setsar=4/3"},
    "interlaced": {"coding": ("-flags", "+ilme+ildct")},
    "4:4:4": {"coding": ("-pix_fmt", "yuv444p")},
    "ten bits": {"coding": ("-pix_fmt", "yuv420p10le")},
    "another codec": {"coding": ("-c:v", "mpeg4")},
    "far too many bits": {"coding": ("-crf", "1")},
    "sets of the number of ours": {"coding": ("-x264-params", "sps-id=1")},
    "a stream of packets without records": {"suffix": ".ts"},
}


@pytest.mark.parametrize("why", UNFIT)
def test_whatever_is_unusual_is_coded(studio, tmp_path, why):
    how = UNFIT[why]
    path = filmed(
        tmp_path / f"clip{how.get('suffix', '.mp4')}", *how.get("coding", ()), filters=how.get("filters", TAGGED)
    )
    plan = planned(
        studio, CLIP, "{id: cut, type: SEGMENT, config: {offset: 1.3, duration: 8}, inputs: [clip]}",
        clip=studio.add(path),
    )  # fmt: skip
    assert copied(plan) == []


def test_pictures_that_wait_longer_for_others_than_ours_are_coded(studio):
    facts = studio.facts[studio.clip]
    assert facts.picture.groups.lag == 2
    web, shape = profile_for(Kind.VIDEO, "web"), shape_of(facts)
    assert may_be_copied(facts, web, shape)
    slower = replace(facts, picture=replace(facts.picture, groups=replace(facts.picture.groups, lag=3)))
    assert not may_be_copied(slower, web, shape)
    assert not may_be_copied(facts, web, replace(shape, frame_rate=Fraction(25)))


def test_other_profiles_code_everything(studio):
    cut = "{id: cut, type: SEGMENT, config: {offset: 2, duration: 8}, inputs: [clip]}"
    for profile in ("lossless", "preview"):
        plan = studio.plan(CLIP, cut, inputs={"clip": studio.clip}, head=f"output: {{profile: {profile}}}")
        assert copied(plan) == []


def test_random_cuts_are_exact_in_their_frames_and_times(studio, tmp_path):
    """Films of random pieces, copied and coded: each frame is the source's, nothing is lost or shown twice."""
    source = lumas(studio.files[studio.clip])
    random_ = random.Random(7)
    for _ in range(6):
        nodes, wanted = [CLIP], []
        for number in range(12):
            first = random_.randrange(COUNT - 1)
            count = random_.randint(1, COUNT - first)
            config = f"{{offset: {first / RATE}, duration: {count / RATE}}}"
            nodes.append(f"{{id: n{number}, type: SEGMENT, config: {config}, inputs: [clip]}}")
            wanted += range(first, first + count)
        names = ", ".join(f"n{number}" for number in range(12))
        plan = planned(studio, *nodes, f"{{id: it, type: SEQUENCE, inputs: [{names}]}}")
        shown = lumas(studio.render(plan).path)
        assert len(shown) == len(wanted)
        exact = {run.first + offset for run in grouping(plan).copied for offset in range(run.count)}
        assert exact
        for index, (one, number) in enumerate(zip(shown, wanted, strict=True)):
            difference = np.abs(one.astype(int) - source[number])
            assert difference.max() == 0 if index in exact else difference.mean() < 4, (index, number)


def loosely(offset: float, duration: float, source: str = "clip", name: str = "cut") -> str:
    config = f"{{offset: {offset}, duration: {duration}, precise: false}}"
    return f"{{id: {name}, type: SEGMENT, config: {config}, inputs: [{source}]}}"


def exactly(offset: float, duration: float, source: str = "clip", name: str = "cut") -> str:
    return loosely(offset, duration, source, name).replace("false", "true")


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ((1.3, 8), (2, 8)),  # from 1.3 s to 9.3 s
        ((2.9, 3.9), (2, 4)),
        ((3, 4), (2, 4)),  # between two: the earlier one
        ((0.4, 0.3), (0, 2)),  # less than a group is a whole one
        ((12.8, 0.1), (12, 1)),
        ((11.9, 9), (12, 1)),  # the end of the clip is an end
    ],
)
def test_a_cut_that_need_not_be_exact_is_the_cut_at_the_nearest_key_frames(studio, asked, got):
    plan = planned(studio, CLIP, loosely(*asked))
    assert plan.outputs == planned(studio, CLIP, exactly(*got)).outputs
    assert sum(count for _, count, _ in copied(plan)) == grouping(plan).count == got[1] * RATE


def test_key_frames_are_known_through_other_cuts(studio):
    first = exactly(1.5, 9, name="first")
    plan = planned(studio, CLIP, first, loosely(0.7, 4, source="first"))
    assert plan.outputs == planned(studio, CLIP, first, exactly(0.5, 4, source="first")).outputs
    assert copied(plan) == [(0, 40, 20)]
    beginning = planned(studio, CLIP, first, loosely(0.1, 2.6, source="first"))  # it begins within a group
    assert beginning.outputs == planned(studio, CLIP, first, exactly(0, 2.5, source="first")).outputs


def test_where_no_key_frames_are_known_a_cut_is_exact(studio):
    grey = "{id: grey, type: EFFECT, config: {effect: grayscale}, inputs: [clip]}"
    for before in (grey, "{id: grey, type: SEQUENCE, inputs: [clip, other]}"):
        nodes = (CLIP, OTHER, before) if "other" in before else (CLIP, before)
        loose = planned(studio, *nodes, loosely(1.3, 8, source="grey"))
        assert loose.outputs == planned(studio, *nodes, exactly(1.3, 8, source="grey")).outputs
