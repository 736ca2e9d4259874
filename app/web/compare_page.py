"""What /runs/<id>/compare/<other> answers with: two runs side by side, in sight and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from app.library.likenesses import likeness_of
from app.runs.comparison import Comparison
from app.web.current import services, visitor
from app.web.respond import Page
from artdag.digest import Digest
from artdag.errors import ArtDagError
from artdag.media import Kind, MediaFacts
from artdag.run import Run

MODES = ("side", "wipe", "onion", "difference", "blink")


@dataclass(frozen=True)
class ComparePage(Page):
    """Two runs."""

    template: ClassVar[str] = "runs/compare.html"
    fragments: ClassVar[tuple[str, ...]] = ("verdict",)

    comparison: Comparison
    sees_frames: bool
    """Whether the pictures are looked at now: it takes a moment, so that the page asks for it by itself."""

    @property
    def runs(self) -> tuple[Run, Run]:
        return self.comparison.before, self.comparison.after

    @cached_property
    def facts(self) -> Mapping[Digest, MediaFacts]:
        return services().media.facts_of(run.output for run in self.runs if run.output)

    @property
    def kind(self) -> str | None:
        """What both are: ``image`` or ``video``; None where they cannot be laid over each other."""
        kinds = {self.facts[run.output].kind for run in self.runs if run.output and run.output in self.facts}
        both = all(run.output in self.facts for run in self.runs)
        kind = next(iter(kinds)) if both and len(kinds) == 1 else None
        return kind.value if kind in (Kind.IMAGE, Kind.VIDEO) else None

    @property
    def rate(self) -> float:
        """Frames per second of the first."""
        found = self.facts.get(self.runs[0].output or Digest(""))
        return float(found.picture.frame_rate) if found is not None and found.picture is not None else 25.0

    @property
    def verdict(self) -> tuple[str, str]:
        """(state of a pill, sentence) of how alike the results are."""
        one, other = self.comparison.before, self.comparison.after
        if one.output is None or other.output is None:
            unfinished = [run.output_name for run in self.runs if run.output is None]
            return "blocked", f"There is no result of {' and of '.join(unfinished)} to compare."
        if one.output == other.output:
            return "ok", "The results are the same bytes."
        if not self.sees_frames:
            return "pending", "The results are different files."
        return self._seen(one.output, other.output)

    def _seen(self, one: Digest, other: Digest) -> tuple[str, str]:
        try:
            found = likeness_of(services(), one, other)
        except ArtDagError as error:
            return "warning", f"The results are different files: {error.message}."
        if found is None:
            return "warning", "The results are different files."
        lengths, looked_at = found["lengths"], found["looked_at"]
        of = f"all {looked_at}" if looked_at == min(lengths) else f"the {looked_at}"
        frames = f"{of} frames that were looked at"
        longer = "" if lengths[0] == lengths[1] else f" One has {lengths[0]} frames, the other {lengths[1]}."
        if found["equal"] == looked_at:
            state = "ok" if not longer else "warning"
            words = (
                "The picture is the same, sample by sample" if max(lengths) == 1 else f"The same picture in {frames}"
            )
            return state, f"{words}; the files differ.{longer}"
        alike = f"SSIM {found['ssim']:.3f}, {found['psnr_db']:.1f} dB"
        if max(lengths) == 1:
            return "warning", f"The pictures differ ({alike})."
        least = f"least alike at frame {found['worst']}"
        differ = looked_at - found["equal"]
        return "warning", f"{differ} of {looked_at} frames that were looked at differ ({alike}; {least}).{longer}"

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Of each medium that was given."""
        digests = {str(one) for given in self.comparison.inputs for one in (given.before, given.after) if one}
        assets: dict[str, str] = {digest: name for name, digest in services().assets.all().items()}
        return assets | {**services().media.names([Digest(one) for one in sorted(digests)], visitor())}

    def seconds(self, run: Run) -> float | None:
        return (run.completed_at - run.started_at).total_seconds() if run.started_at and run.completed_at else None

    def to_json(self) -> dict[str, Any]:
        state, words = self.verdict
        return self.comparison.to_json() | {"verdict": words, "alike": state == "ok"}
