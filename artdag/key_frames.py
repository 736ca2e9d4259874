"""The frames of a clip at which a cut leaves whole groups of pictures: what ``SEGMENT precise: false`` settles to.

They are known where the clip is one file, whole or a part of it, whose packets can be copied; nowhere else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from artdag.digest import StepKey
from artdag.media import MediaFacts
from artdag.node_type import NodeType
from artdag.plan import SOURCE, Step


class KeyFrames:
    """Finds them among *steps*, which may grow; what was found once is kept."""

    def __init__(self, steps: Mapping[StepKey, Step], node_types: Mapping[str, NodeType]) -> None:
        self._steps = steps
        self._node_types = node_types
        self._origins: dict[StepKey, tuple[StepKey, int] | None] = {}
        self._bounds: dict[StepKey, Sequence[int]] = {}

    def nearest(self, key: StepKey, frame: int, within: range) -> int:
        """Return the frame of *within* that lies nearest to *frame*, of those where a group or the step begins or ends.

        Of two that are as near, it is the earlier one. *frame* itself where no groups are known. *within* holds the
        step's first frame, or the end of its last one.
        """
        origin = self._origin(key)
        bounds = self._of_file(origin[0]) if origin is not None else ()
        video = self._steps[key].shape.video
        if origin is None or video is None or not bounds:
            return frame
        wanted = min(max(frame, within.start), within.stop - 1)
        place = bisect_left(bounds, wanted + origin[1])
        near = [bound - origin[1] for bound in bounds[max(place - 1, 0) : place + 1]]
        fitting = [one for one in (*near, 0, video.frame_count) if one in within]
        return min(fitting, key=lambda one: (abs(one - wanted), one))

    def _origin(self, key: StepKey) -> tuple[StepKey, int] | None:
        """Return the file that all frames of a step come from as they are, and its frame that the first one is."""
        passed: list[tuple[StepKey, int]] = []
        while key not in self._origins:
            step = self._steps[key]
            if step.type == SOURCE:
                self._origins[key] = (key, 0)
                break
            shapes = tuple(self._steps[source].shape for _, source in step.inputs)
            places = self._node_types[step.type].places(step.params, shapes, step.shape)
            if len(places) != 1 or not places[0].unchanged or places[0].input is None:
                self._origins[key] = None
                break
            passed.append((key, places[0].begin))
            key = step.inputs[places[0].input][1]
        origin = self._origins[key]
        for above, begin in reversed(passed):
            origin = (origin[0], origin[1] + begin) if origin is not None else None
            self._origins[above] = origin
        return origin

    def _of_file(self, key: StepKey) -> Sequence[int]:
        if key not in self._bounds:
            picture = MediaFacts.from_json(self._steps[key].params["facts"]).picture
            groups = picture.groups if picture is not None else None
            found = {bound for span in groups.spans() for bound in (span.start, span.stop)} if groups else set()
            self._bounds[key] = sorted(found)
        return self._bounds[key]
