"""The twelve pictures by name, in the order of the year."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.operation.starter_content.year.autumn import november, october, september
from app.operation.starter_content.year.spring import april, march, may
from app.operation.starter_content.year.summer import august, july, june
from app.operation.starter_content.year.winter import december, february, january
from artdag.codec.frame import Frame

MONTHS: Mapping[str, Callable[[], Frame]] = {
    draw.__name__: draw
    for draw in (january, february, march, april, may, june, july, august, september, october, november, december)
}
