"""What can go wrong between a registry and us. Each says one sentence, and whether asking again may help."""

from __future__ import annotations

from typing import Any, ClassVar

from artdag.errors import ArtDagError


class RegistryError(ArtDagError):
    """A registry was asked and gave no answer that counts."""

    code = "registry"
    may_pass: ClassVar[bool] = True
    """Whether the same request may succeed later."""


class RegistryAwayError(RegistryError):
    """Nobody takes connections at the registry's address."""

    code = "registry_away"


class RegistryLateError(RegistryError):
    """The registry took longer than we wait."""

    code = "registry_late"


class RegistryAnswerError(RegistryError):
    """The answer is none: a 5xx, a redirect, no JSON, too long, cut off, or it says what cannot be."""

    code = "registry_answer"

    def __init__(self, message: str, *, status: int | None = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.status = status
        """What the registry said; None where there was no whole answer."""


class RegistryRefusedError(RegistryError):
    """The registry understood and said no (4xx)."""

    code = "registry_refused"

    def __init__(self, message: str, *, status: int, **more: Any) -> None:
        super().__init__(message, **more)
        self.status = status

    @property
    def passes(self) -> bool:
        """Whether it said: not now (408, 425, 429), which asking later may change."""
        return self.status in (408, 425, 429)
