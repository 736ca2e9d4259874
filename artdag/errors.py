"""Every error the engine raises: one family, each with a stable code and a sentence that helps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a recipe or a request, and where.

    *field* is a dotted path such as ``dag.nodes.3.config.width``; *line* and *column* count from 1;
    *hint* says what would be right.
    """

    message: str
    field: str | None = None
    line: int | None = None
    column: int | None = None
    node: str | None = None
    hint: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


class ArtDagError(Exception):
    """The root: ``str(error)`` is one sentence for a person; ``code`` is for programs."""

    code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        node: str | None = None,
        detail: str | None = None,
        problems: Iterable[Problem] = (),
    ) -> None:
        super().__init__(message)
        self.node = node
        self.detail = detail
        self.problems = tuple(problems)

    @property
    def message(self) -> str:
        return str(self.args[0])

    def to_json(self) -> dict[str, Any]:
        """Return the error as plain data, fit for a pipe, a run record or a page."""
        facts: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.node is not None:
            facts["node"] = self.node
        if self.detail is not None:
            facts["detail"] = self.detail
        if self.problems:
            facts["errors"] = [problem.to_json() for problem in self.problems]
        return facts


class InvalidDigestError(ArtDagError):
    """A text that should name bytes or work is not 64 lower-case hex characters."""

    code = "invalid_digest"


class BlobNotFoundError(ArtDagError):
    """The content store has no such bytes."""

    code = "blob_not_found"


class CorruptBlobError(ArtDagError):
    """Stored bytes are not what their name says."""

    code = "corrupt_blob"


class NoRoomError(ArtDagError):
    """The disk, or the share of it that is ours, is full."""

    code = "no_room"


class DiskError(ArtDagError):
    """The disk does not do what it is asked: it fails, or may only be read."""

    code = "storage"


class UnsupportedMediaError(ArtDagError):
    """The bytes are not of a type that is accepted here."""

    code = "unsupported_media"


class BrokenMediaError(ArtDagError):
    """The bytes claim a known type but cannot be read, or hold nothing to show."""

    code = "broken_media"


class ParameterError(ArtDagError):
    """One or more settings have no such name, the wrong type, or lie out of range."""

    code = "invalid_parameter"


MAX_PROBLEMS = 1_000
"""More are not listed: nobody reads them, and a hostile text could make millions."""


class RecipeError(ArtDagError):
    """A recipe cannot be understood, or cannot work; ``problems`` lists everything that is wrong."""

    code = "invalid_recipe"

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> RecipeError:
        found = tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0)))
        first = found[0]
        where = f"line {first.line}: " if first.line is not None else ""
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return cls(f"{where}{first.message}{more}", node=first.node, problems=found[:MAX_PROBLEMS])


class InputError(ArtDagError):
    """The inputs of a run do not fit its recipe: one is missing, unknown or of the wrong kind."""

    code = "invalid_input"


class EffectError(ArtDagError):
    """An effect file cannot be loaded, or an effect is not known here."""

    code = "effect"


class RenderError(ArtDagError):
    """A step could not be rendered."""

    code = "render_failed"


class CrashError(RenderError):
    """The rendering process ended without an answer."""

    code = "crashed"


class LimitError(RenderError):
    """The rendering process went over a limit: memory, processor time, file size or wall time."""

    code = "limit"


class StoppedError(ArtDagError):
    """Work was stopped because nobody wants it any more."""

    code = "stopped"


class IllegalTransitionError(ArtDagError):
    """A run cannot go from its state to the one asked for."""

    code = "illegal_transition"


class SignatureError(ArtDagError):
    """A signed record does not carry a valid signature."""

    code = "bad_signature"


def _family(root: type[ArtDagError]) -> dict[str, type[ArtDagError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _family(child)
    return found


def error_from_json(facts: Mapping[str, Any]) -> ArtDagError:
    """Return the error that :meth:`ArtDagError.to_json` described; an unknown code gives the root class."""
    kind = _family(ArtDagError).get(str(facts.get("code")), ArtDagError)
    return kind(
        str(facts.get("message", "")),
        node=facts.get("node"),
        detail=facts.get("detail"),
        problems=[Problem(**problem) for problem in facts.get("errors", ())],
    )
