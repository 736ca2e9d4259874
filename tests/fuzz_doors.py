"""What comes in from outside, mutated without end: files, recipes, forms, ranges. Each answer must be a right one.

``python -m tests.fuzz_doors probe 600 7`` mutates media for ten minutes from seed 7 on; ``recipes``, ``forms``,
``ranges``, or ``all``, which takes so long for each. What is found is printed with the seed that makes it again.
"""

from __future__ import annotations

import logging
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask.testing import FlaskClient

from app import create_app
from app.processes.embedded_redis import EmbeddedRedis
from app.services import Services, build_services
from app.settings import Settings
from artdag.checker import checked_recipe
from artdag.digest import Digest
from artdag.errors import RecipeError
from artdag.identity import LOCAL
from tests.builders import a_clip, put_media
from tests.hostile import bombs
from tests.hostile.recipes import RECIPES

Dice = random.Random
SLOWEST_S = 30.0
EXTREMES = (b"\xff\xff\xff\xff", bytes(4), b"\x7f\xff\xff\xff", b"\x80\0\0\0")
PIECES = (
    *("bytes", "=", "-", "0", "1", "5", "9" * 20, ",", " ", "\t"),
    *("lines", "１", "-0", "1e3", "0x1", ";", "*", "/"),
)


class FoundError(Exception):
    """An answer that is wrong."""


@dataclass(frozen=True, slots=True)
class House:
    """A service to throw things at."""

    services: Services
    client: FlaskClient
    clip: str
    seeds: tuple[bytes, ...]
    """True files of many kinds."""
    recipes: tuple[bytes, ...]
    """True recipes."""


@contextmanager
def built() -> Iterator[House]:
    """Build it in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="artdag-fuzz-"))
    try:
        with EmbeddedRedis(folder / "home") as server:
            environ = {"ARTDAG_HOME": str(folder / "home"), "REDIS_URL": server.url or ""}
            services = build_services(Settings.from_env(environ))
            app = create_app(services)
            clip = put_media(services, a_clip(folder / "clip.mp4"), LOCAL)
            seeds = [bombs.clip(), bombs.encoded("webm", "libvpx"), bombs.encoded("jpg", "mjpeg"), bombs.small_png()]
            seeds += [bombs.wav(), bombs.gif(16, 16, 3), bombs.tiff(3), bombs.bmp(8, 8), bombs.encoded("mkv", "mpeg4")]
            seeds += [bombs.encoded("ts", "mpeg2video"), bombs.encoded("avi", "mpeg4")]
            examples = tuple(path.read_bytes() for path in sorted(Path("examples").rglob("*.yaml")))
            texts = tuple(text if isinstance(text, bytes) else text.encode() for text in RECIPES.values())
            yield House(services, app.test_client(), clip, tuple(seeds), examples + texts)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def bent(data: bytes, dice: Dice, *, more: bytes = b"") -> bytes:
    """Return *data* with a few of the things done to it that break readers."""
    found = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 3, 8, 30))):
        place = dice.randrange(len(found) + 1)
        match dice.randrange(8):
            case 0:
                found[place : place + 1] = bytes([dice.randrange(256)])
            case 1:
                found[place : place + 4] = dice.choice(EXTREMES)
            case 2:
                del found[place : place + dice.randrange(1, 64)]
            case 3:
                size = dice.randrange(1, 200)
                found[place:place] = found[place : place + size] * dice.randrange(1, 20)
            case 4:
                del found[place:]
            case 5:
                found[place:place] = dice.randbytes(dice.randrange(1, 32))
            case 6 if found:
                at = dice.randrange(len(found))
                found[at] ^= 1 << dice.randrange(8)
            case _:
                other = more or data
                at = dice.randrange(len(other) or 1)
                found[place:place] = other[at : at + dice.randrange(1, 300)]
        if not found:
            break
    return bytes(found[: 4 << 20])


def form(data: bytes, name: str = "x") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return head + data + b"\r\n--b--\r\n"


def probe(house: House, dice: Dice) -> str:
    """Send one file."""
    data = bent(dice.choice(house.seeds), dice, more=dice.choice(house.seeds))
    answer = house.client.post("/cache/upload", data=form(data), content_type="multipart/form-data; boundary=b")
    if answer.status_code not in (200, 201, 413, 415, 422):
        raise FoundError(f"{answer.status_code} {answer.text[:300]}")
    if list(house.services.content.scratch.iterdir()):
        raise FoundError("something is left in scratch")
    if answer.status_code in (200, 201):
        digest = answer.json["content_hash"]
        shown = house.client.get(f"/cache/{digest}/poster")
        if shown.status_code >= 500:
            raise FoundError(f"its poster: {shown.status_code} {shown.text[:300]}")
        shown.close()
        house.client.delete(f"/cache/{digest}")
    return str(answer.status_code)


def recipes(house: House, dice: Dice) -> str:
    """Read one recipe, right or broken."""
    text = bent(dice.choice(house.recipes), dice, more=dice.choice(house.recipes))
    try:
        checked_recipe(text, house.services.world(LOCAL))
    except RecipeError as error:
        if not error.message:
            raise FoundError("it is refused without a word") from error
        return "refused"
    return "taken"


def forms(house: House, dice: Dice) -> str:
    """Send one form."""
    file = form(dice.choice(house.seeds)[:2000], dice.choice(["x", '"', "../x", "x\r\ny", "é" * 300, "\0"]))
    field = b'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\nx\r\n'
    more = b"--b--\r\nContent-Disposition: form-data; name*=utf-8''x"
    body = bent(dice.choice((b"", field)) + file, dice, more=more)
    kinds = ("multipart/form-data; boundary=b", "multipart/form-data", 'multipart/form-data; boundary="b', "text/plain")
    kind = dice.choice((kinds[0], kinds[0], kinds[0], *kinds[1:]))
    path = dice.choice(("/cache/upload", "/cache/upload", "/recipes/upload"))
    answer = house.client.post(path, data=body, content_type=kind)
    if answer.status_code >= 500:
        raise FoundError(f"{path}: {answer.status_code} {answer.text[:300]}")
    if list(house.services.content.scratch.iterdir()):
        raise FoundError("something is left in scratch")
    return str(answer.status_code)


def ranges(house: House, dice: Dice) -> str:
    """Ask for one range."""
    wanted = "bytes=" * dice.randrange(2) + "".join(dice.choice(PIECES) for _ in range(dice.randrange(1, 40)))
    if dice.randrange(3) == 0:
        wanted = f"bytes={dice.choice(('', dice.randrange(12_000)))}-{dice.choice(('', dice.randrange(12_000)))}"
    headers = {"Range": wanted}
    if dice.randrange(3) == 0:
        headers["If-Range"] = dice.choice((f'"{house.clip}"', '"x"', "W/", "Wed, 21 Oct 2015 07:28:00 GMT", "\x7f"))
    if dice.randrange(4) == 0:
        headers[dice.choice(("If-Match", "If-None-Match"))] = dice.choice(("*", '"', f'"{house.clip}"', "a,b,,", "W/*"))
    answer = house.client.get(f"/cache/{house.clip}/raw", headers=headers)
    size = house.services.content.size(Digest(house.clip))
    if answer.status_code not in (200, 206, 304, 400, 412, 416):
        raise FoundError(f"{headers}: {answer.status_code} {answer.text[:300]}")
    if answer.status_code in (200, 206) and len(answer.data) > size:
        raise FoundError(f"{headers}: {len(answer.data)} bytes of {size}")
    answer.close()
    return str(answer.status_code)


DOORS: dict[str, Callable[[House, Dice], str]] = {"probe": probe, "recipes": recipes, "forms": forms, "ranges": ranges}


def throw(house: House, door: str, *, for_s: float, seed: int, most: int = 10**9) -> tuple[Counter[str], list[str]]:
    """Throw mutated things at *door*; return how the answers were, and what was wrong."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    until, number = time.monotonic() + for_s, seed
    while time.monotonic() < until and sum(counts.values()) < most:
        began = time.monotonic()
        try:
            counts[DOORS[door](house, random.Random(number))] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            counts["wrong"] += 1
            wrong.append(f"{door} {number}: {type(error).__name__}: {error}")
            print(wrong[-1], file=sys.stderr)
        if time.monotonic() - began > SLOWEST_S:
            wrong.append(f"{door} {number}: took {time.monotonic() - began:.0f} s")
        number += 1
    return counts, wrong


def main(arguments: list[str]) -> int:
    """Throw for as long as asked; 1 where something was wrong."""
    logging.disable(logging.CRITICAL)
    door, seconds, seed = (*arguments, *("all", "600", str(time.time_ns() % 10**6))[len(arguments) :])[:3]
    wrong: list[str] = []
    with built() as house:
        for name in DOORS if door == "all" else [door]:
            counts, found = throw(house, name, for_s=float(seconds), seed=int(seed))
            tried = f"{name}: {sum(counts.values())} tried from seed {seed}: {dict(counts)}"
            print(f"{tried}; wrong: {len(found)}", flush=True)
            wrong += found
    return 1 if wrong else 0


if __name__ == "__main__":
    # Each child that looks into a file would import this module anew; without these it finds nothing to import.
    __spec__ = None  # type: ignore[assignment]
    del __file__
    sys.exit(main(sys.argv[1:]))
