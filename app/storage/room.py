"""Room on the disk: how much is left, and what is not begun any more before the disk is full.

Redis writes its journal to the same disk where it is our own, and ends when it cannot. So the cache stops long before:
first nothing new is taken in, then no work begins, then work that is going on ends.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from artdag.errors import NoRoomError

TAKE_IN = (0.10, 5 << 30)
"""This share of the disk, or so many bytes where that is less, stays free of uploads and new runs."""
BEGIN = (0.04, 2 << 30)
"""With less than this no stage begins; those that wait go on by themselves when there is room again."""
GO_ON = (0.02, 1 << 30)
"""With less than this a stage that is rendered ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Bytes of the disk that the cache is on."""

    free: int
    total: int

    def leaves(self, mark: tuple[float, int], more: int = 0) -> bool:
        """Tell whether *more* bytes would leave what *mark* keeps free."""
        return self.free - more >= self.reserve(mark)

    def reserve(self, mark: tuple[float, int]) -> int:
        """Return the bytes that *mark* keeps free."""
        share, most = mark
        return int(min(self.total * share, most))


def room_on(folder: Path) -> Room:
    """Return what there is on the disk of *folder*."""
    disk = shutil.disk_usage(folder)
    return Room(free=disk.free, total=disk.total)


def check_room(folder: Path, more: int = 0, *, what: str = "this file") -> None:
    """Make sure that *more* bytes may be taken in.

    Raises:
        NoRoomError: when the disk would keep less than its reserve; the sentence says how much there is.
    """
    room = room_on(folder)
    if not room.leaves(TAKE_IN, more):
        kept = room.reserve(TAKE_IN)
        raise NoRoomError(
            f"there is no room on the server's disk for {what}: {max(0, room.free - kept) / 1e6:,.0f} MB may be filled,"
            f" and {kept / 1e6:,.0f} MB stay free for what keeps the server going"
        )
