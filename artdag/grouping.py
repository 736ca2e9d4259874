"""Where an output's groups of pictures begin, and which of them are copied from a file: decided while planning.

A group begins where another clip does, and then every two seconds, counted from that clip's own beginning. So what is
put in, taken out or trimmed before a clip moves its groups without changing what is in them, and the groups of a file
that was made like this lie where they lay. Whole groups of a file that pass through unchanged are not coded again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from artdag.codec.copying import are_apart, may_be_copied
from artdag.codec.parameter_sets import ParameterSets
from artdag.codec.profile import Profile
from artdag.digest import StepKey
from artdag.media import MediaFacts, VideoShape
from artdag.node_type import NodeType, Place
from artdag.plan import SOURCE, Step

MOST_RUNS = 50_000
"""An output in more pieces gets groups that are counted from its beginning, and nothing is copied into it."""
_SHORTEST_PART = 8
"""A clip that begins sooner than an eighth of a group's length after the last one begins no group of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Frames of an output that come, one for one, from frames of a step."""

    first: int
    count: int
    source: StepKey
    begin: int
    """The step's frame that *first* comes from."""
    unchanged: bool
    """Whether they are the same frames."""

    @property
    def stop(self) -> int:
        return self.first + self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Frames that are coded together."""

    span: range


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """How an output's frames are laid out."""

    count: int
    gop: int
    """Most frames of a group."""
    stretches: tuple[tuple[int, int], ...]
    """(first frame, frame from which groups are counted, which may lie before it)."""
    copied: tuple[Run, ...] = ()

    def to_json(self) -> dict[str, Any]:
        copied = [[run.first, run.count, run.source, run.begin] for run in self.copied]
        return {"gop": self.gop, "stretches": [list(pair) for pair in self.stretches], "copied": copied}

    @classmethod
    def from_json(cls, record: Mapping[str, Any], count: int) -> Grouping:
        copied = [
            Run(first=first, count=many, source=StepKey.parse(source), begin=begin, unchanged=True)
            for first, many, source, begin in record["copied"]
        ]
        stretches = tuple((first, anchor) for first, anchor in record["stretches"])
        return cls(count=count, gop=record["gop"], stretches=stretches, copied=tuple(copied))

    def pieces(self) -> Iterator[Group | Run]:
        """Yield all frames in order: groups to be coded, and runs to be copied."""
        position = 0
        for run in self.copied:
            yield from self._groups(position, run.first)
            yield run
            position = run.stop
        yield from self._groups(position, self.count)

    def _groups(self, first: int, stop: int) -> Iterator[Group]:
        place = bisect_right(self.stretches, (first, self.count)) - 1
        while first < stop:
            anchor = self.stretches[place][1]
            following = self.stretches[place + 1][0] if place + 1 < len(self.stretches) else self.count
            number = (first - anchor) // self.gop
            end = min(stop, following, anchor + (number + 1) * self.gop)
            yield Group(span=range(first, end))
            first = end
            place += first == following


def grouping_of(
    steps: Mapping[StepKey, Step], node_types: Mapping[str, NodeType], key: StepKey, profile: Profile
) -> Grouping | None:
    """Return how the frames of the step *key* are laid out in a file of *profile*; None where it has no groups."""
    video = steps[key].shape.video
    gop = profile.gop_frames(video.frame_rate) if video is not None else None
    if video is None or gop is None:
        return None
    runs = runs_of(steps, node_types, key)
    if runs is None:
        return Grouping(count=video.frame_count, gop=gop, stretches=((0, 0),))
    copied = _copied(steps, runs, profile, video, gop)
    return Grouping(count=video.frame_count, gop=gop, stretches=tuple(_stretches(runs, gop)), copied=tuple(copied))


def runs_of(steps: Mapping[StepKey, Step], node_types: Mapping[str, NodeType], key: StepKey) -> list[Run] | None:
    """Return where all frames of the step *key* come from, as far down as frames can be followed; None: too many."""
    video = steps[key].shape.video
    assert video is not None
    known: dict[StepKey, Sequence[Place]] = {}
    found: list[Run] = []
    waiting = [(Run(first=0, count=video.frame_count, source=key, begin=0, unchanged=True), True)]
    looked_at = 0
    while waiting:
        run, goes_on = waiting.pop()
        looked_at += 1
        if looked_at > MOST_RUNS:
            return None
        if run.source not in known:
            known[run.source] = _places(steps[run.source], steps, node_types)
        if goes_on and known[run.source]:
            waiting += reversed(list(_through(run, steps[run.source], known[run.source])))
        elif found and _go_together(found[-1], run):
            found[-1] = replace(found[-1], count=found[-1].count + run.count)
        else:
            found.append(run)
    return found


def _places(step: Step, steps: Mapping[StepKey, Step], node_types: Mapping[str, NodeType]) -> Sequence[Place]:
    if step.type == SOURCE:
        return ()
    shapes = tuple(steps[source].shape for _, source in step.inputs)
    return node_types[step.type].places(step.params, shapes, step.shape)


def _go_together(one: Run, other: Run) -> bool:
    return (one.source, one.begin + one.count, one.unchanged) == (other.source, other.begin, other.unchanged)


def _through(run: Run, step: Step, places: Sequence[Place]) -> Iterator[tuple[Run, bool]]:
    """Yield *run* in pieces, each as a run of the input that is seen in it; with False where there is none."""
    number = bisect_right([place.first for place in places], run.begin) - 1
    begin, stop = run.begin, run.begin + run.count
    while begin < stop:
        place = places[number]
        end = min(stop, places[number + 1].first if number + 1 < len(places) else stop)
        source = step.inputs[place.input][1] if place.input is not None else run.source
        part = Run(
            first=run.first + begin - run.begin,
            count=end - begin,
            source=source,
            begin=place.begin + begin - place.first,
            unchanged=run.unchanged and place.unchanged,
        )
        yield part, place.input is not None
        begin, number = end, number + 1


def _stretches(runs: Iterable[Run], gop: int) -> Iterator[tuple[int, int]]:
    last: tuple[int, int] | None = None
    for run in runs:
        anchor = run.first - run.begin
        too_soon = last is not None and run.first - last[0] < gop / _SHORTEST_PART
        if last is None or (anchor != last[1] and not too_soon):
            last = (run.first, anchor)
            yield last


def _copied(
    steps: Mapping[StepKey, Step], runs: Iterable[Run], profile: Profile, video: VideoShape, gop: int
) -> Iterator[Run]:
    """Yield what is copied: whole groups, from files whose parameter sets do not stand in each other's way."""
    found: dict[ParameterSets, list[Run]] = {}
    sets_of: dict[StepKey, ParameterSets | None] = {}
    facts_of: dict[StepKey, MediaFacts] = {}
    for run in runs:
        if not run.unchanged or steps[run.source].type != SOURCE:
            continue
        if run.source not in sets_of:
            facts_of[run.source] = MediaFacts.from_json(steps[run.source].params["facts"])
            sets_of[run.source] = may_be_copied(facts_of[run.source], profile, video)
        sets = sets_of[run.source]
        if sets is not None:
            found.setdefault(sets, []).extend(_whole_groups(run, facts_of[run.source], gop))
    taken: list[ParameterSets] = []
    for sets in sorted(found, key=lambda one: -sum(run.count for run in found[one])):
        if all(are_apart(sets, other) for other in taken):
            taken.append(sets)
    yield from sorted((run for sets in taken for run in found[sets]), key=lambda run: run.first)


def _whole_groups(run: Run, facts: MediaFacts, gop: int) -> Iterator[Run]:
    """Yield those parts of *run* that are whole groups of the file, none of them longer than ours, next ones in one."""
    assert facts.picture is not None
    assert facts.picture.groups is not None
    begin = stop = run.begin
    for group in facts.picture.groups.spans():
        fits = run.begin <= group.start and group.stop <= run.begin + run.count and len(group) <= gop
        if fits and group.start == stop:
            stop = group.stop
            continue
        if stop > begin:
            yield _part(run, begin, stop)
        begin, stop = (group.start, group.stop) if fits else (group.stop, group.stop)
    if stop > begin:
        yield _part(run, begin, stop)


def _part(run: Run, begin: int, stop: int) -> Run:
    first = run.first + begin - run.begin
    return Run(first=first, count=stop - begin, source=run.source, begin=begin, unchanged=True)
