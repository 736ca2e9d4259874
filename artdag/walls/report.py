"""Which walls stand around a process, in words and as facts."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """Which walls stand around a process.

    *landlock* is the version of the kernel's interface (files from 1, cutting files from 3, TCP from 4, signals
    and abstract sockets from 6) or None. *network_namespace* is an extra that only a privileged parent gets; the
    filter of *seccomp* refuses sockets anyway. *gaps* are the attacks that succeeded in the self-test of
    :func:`probe_walls`, in words; None when no such test was made.
    """

    rlimits: bool = False
    own_group: bool = False
    dies_with_parent: bool = False
    no_new_privs: bool = False
    unprivileged: bool = False
    landlock: int | None = None
    seccomp: bool = False
    network_namespace: bool = False
    gaps: tuple[str, ...] | None = None

    @property
    def complete(self) -> bool:
        """True when nothing that matters is missing; what a setting that *requires* the walls asks for."""
        return not self.missing() and not self.gaps

    def missing(self) -> list[str]:
        """Return what does not hold, in words."""
        wanted = {
            "limits on memory, processor time and file size": self.rlimits,
            "a process group of its own": self.own_group,
            "death with the parent": self.dies_with_parent,
            "no new privileges": self.no_new_privs,
            "no special rights of root": self.unprivileged,
            "files (Landlock)": self.landlock is not None,
            "network and new processes (seccomp)": self.seccomp,
        }
        return [words for words, holds in wanted.items() if not holds]

    def to_json(self) -> dict[str, object]:
        facts: dict[str, object] = asdict(self)
        facts["gaps"] = None if self.gaps is None else list(self.gaps)
        return facts | {"complete": self.complete}

    def describe(self) -> str:
        """Return one paragraph for a person who decides whether to trust this machine with strangers' files."""
        sentences = []
        if self.landlock is not None:
            sentences.append(f"It opens only the files it was given (Landlock {self.landlock}).")
        if self.seccomp:
            sentences.append("It cannot reach the network, start programs or touch other processes (seccomp).")
        if self.network_namespace:
            sentences.append("It has an empty network of its own.")
        if self.rlimits:
            sentences.append("Memory, processor time and file size are limited.")
        if self.dies_with_parent:
            sentences.append("It dies with its parent.")
        if missing := self.missing():
            sentences.append(f"Missing here: {'; '.join(missing)}.")
        if self.gaps:
            sentences.append(f"In the self-test it could still {'; '.join(self.gaps)}.")
        return " ".join(["A rendering process is confined.", *sentences])
