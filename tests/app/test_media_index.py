"""MediaIndex and AssetIndex: what is in a blob, whose it is, what they call it, and pages that stay fast."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from fractions import Fraction

import pytest
from redis import Redis

from app.storage.asset_index import AssetIndex
from app.storage.media_index import MediaEntry, MediaFilter, MediaIndex
from app.storage.newest_first import score_of
from artdag.errors import ParameterError
from artdag.media import Kind, MediaFacts, PictureFacts, SoundFacts
from tests.builders import NOON, a_digest

SOUND = MediaFacts(
    kind=Kind.AUDIO,
    media_type="audio/flac",
    size=500,
    duration_s=1.5,
    sound=SoundFacts(codec="flac", sample_rate=48_000, channels=2, duration_s=1.5),
)


@pytest.fixture
def media(redis_client: Redis) -> MediaIndex:
    return MediaIndex(redis_client)


@pytest.fixture
def assets(redis_client: Redis) -> AssetIndex:
    return AssetIndex(redis_client)


def a_picture(size: int = 100) -> MediaFacts:
    picture = PictureFacts(
        width=64, height=48, frame_rate=Fraction(1), frame_count=1, codec="png", pixel_format="rgb24"
    )
    return MediaFacts(kind=Kind.IMAGE, media_type="image/png", size=size, picture=picture)


def an_entry(name: str = "cat.png", *, minute: float = 0, **changes) -> MediaEntry:
    return MediaEntry(name=name, uploaded_at=NOON + timedelta(minutes=minute), **changes)


def put(media: MediaIndex, owner, name: str, *, facts: MediaFacts | None = None, **changes):
    digest = a_digest(name)
    media.put_facts(digest, facts or a_picture())
    media.link(owner, digest, an_entry(name, **changes))
    return digest


def test_facts_come_back_as_they_were(media):
    for facts in (a_picture(), SOUND):
        media.put_facts(a_digest(facts.media_type), facts)
        assert media.facts(a_digest(facts.media_type)) == facts
    assert media.facts(a_digest("nothing")) is None


def found_by_an_earlier_probe(media, digest, facts, monkeypatch):
    with monkeypatch.context() as then:
        then.setattr("app.storage.media_index.probe_name", lambda: "the probe of last year")
        media.put_facts(digest, facts)


def test_facts_that_another_probe_found_are_shown_but_not_fresh(media, monkeypatch):
    digest = a_digest("cat")
    found_by_an_earlier_probe(media, digest, SOUND, monkeypatch)
    assert (media.facts(digest), media.fresh_facts(digest)) == (SOUND, None)
    media.put_facts(digest, a_picture())
    assert media.facts(digest) == media.fresh_facts(digest) == a_picture()
    media.put_facts(digest, SOUND, fresh=False)
    assert media.fresh_facts(digest) == a_picture()
    assert media.fresh_facts(a_digest("nothing")) is None


def test_a_medium_that_turns_out_to_be_of_another_kind_moves_to_the_list_of_that_kind(media, redis_client, alice):
    digest = put(media, alice, "cat.png", facts=SOUND)
    media.put_facts(digest, a_picture())
    assert media.page(alice, only=MediaFilter(kind=Kind.AUDIO)).items == ()
    assert [item.digest for item in media.page(alice, only=MediaFilter(kind=Kind.IMAGE)).items] == [digest]
    media.unlink(alice, digest)
    assert list(redis_client.scan_iter("artdag:media:newest*")) == []


def test_an_entry_comes_back_as_it_was(media, alice, bob):
    entry = an_entry(
        tags=("night", "blue"),
        folder="trips/lisbon",
        collections=("best",),
        description="at the window",
        origin={"type": "external", "url": "https://example.org/cat"},
        came_by="import",
    )
    digest = a_digest("cat")
    media.put_facts(digest, a_picture())
    assert media.link(alice, digest, entry)
    assert media.entry(alice, digest) == entry
    assert media.entry(bob, digest) is None


def test_the_first_entry_stays_so_that_already_here_since_is_true(media, alice):
    digest = put(media, alice, "cat.png", minute=0)
    assert not media.link(alice, digest, an_entry("other name", minute=5))
    assert media.entry(alice, digest).uploaded_at == NOON


def test_two_people_have_the_same_bytes_under_names_of_their_own(media, alice, bob):
    digest = put(media, alice, "cat.png")
    media.link(bob, digest, an_entry("puss.png"))
    assert media.owners(digest) == {alice, bob}
    assert media.names([digest], alice) == {digest: "cat.png"}
    assert media.names([digest], bob) == {digest: "puss.png"}
    assert media.names([digest], None) == {}
    assert media.unlink(alice, digest)
    assert not media.unlink(alice, digest)
    assert media.owners(digest) == {bob}
    assert media.names([digest], bob) == {digest: "puss.png"}


def test_count_and_size_follow_what_comes_and_goes(media, alice):
    small = put(media, alice, "a", facts=a_picture(100))
    put(media, alice, "b", facts=SOUND)
    assert (media.count(alice), media.size(alice)) == (2, 600)
    media.unlink(alice, small)
    assert (media.count(alice), media.size(alice)) == (1, 500)


def test_nothing_of_an_unlinked_medium_stays_in_the_store(media, redis_client, alice):
    digest = put(media, alice, "a")
    media.unlink(alice, digest)
    media.forget_facts(digest)
    assert [key for key in redis_client.scan_iter("artdag:media*") if b":bytes:" not in key] == []


def test_pages_are_newest_first_and_go_on_where_they_ended(media, alice, bob):
    for number in range(5):
        put(media, alice, f"{number}", minute=number)
    put(media, bob, "bob's", minute=9)
    first = media.page(alice, limit=2)
    put(media, alice, "late", minute=10)
    media.unlink(alice, first.items[-1].digest)
    second = media.page(alice, first.next, limit=2)
    third = media.page(alice, second.next, limit=2)
    names = [item.entry.name for page in (first, second, third) for item in page.items]
    assert names == ["4", "3", "2", "1", "0"]
    assert third.next is None


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (MediaFilter(kind=Kind.AUDIO), ["song"]),
        (MediaFilter(q="LISBON"), ["tram"]),
        (MediaFilter(q="blue sky"), ["sky"]),
        (MediaFilter(tag="blue"), ["tram", "sky"]),
        (MediaFilter(tag="blu"), []),
        (MediaFilter(folder="trips"), ["tram"]),
        (MediaFilter(folder="trip"), []),
        (MediaFilter(collection="best"), ["song"]),
        (MediaFilter(came_by="run"), ["song"]),
        (MediaFilter(kind=Kind.IMAGE, q="sky"), ["sky"]),
        (MediaFilter(q="image/png"), ["tram", "sky"]),
    ],
)
def test_filters_narrow_the_library(media, alice, only, expected):
    put(media, alice, "sky", tags=("blue",), minute=0)
    put(media, alice, "tram", tags=("blue", "yellow"), folder="trips/lisbon", minute=1)
    put(media, alice, "song", facts=SOUND, collections=("best",), came_by="run", run_id="r", minute=2)
    assert [item.entry.name for item in media.page(alice, only=only).items] == expected


def test_a_filtered_page_goes_on_too(media, alice):
    for number in range(6):
        put(media, alice, f"{number}", tags=("even",) if number % 2 == 0 else (), minute=number)
    first = media.page(alice, limit=2, only=MediaFilter(tag="even"))
    rest = media.page(alice, first.next, limit=2, only=MediaFilter(tag="even"))
    assert [item.entry.name for item in (*first.items, *rest.items)] == ["4", "2", "0"]


def test_a_change_touches_only_what_it_names_and_only_ones_own(media, alice, bob):
    digest = put(media, alice, "cat.png", tags=("night",))
    assert media.change(alice, digest, description="at the window").tags == ("night",)
    assert media.change(bob, digest, description="mine") is None
    assert media.entry(alice, digest).description == "at the window"
    media.pin(alice, digest, "published")
    assert media.entry(alice, digest).pinned == "published"


def test_changes_at_the_same_moment_are_all_kept(media, alice):
    digest = put(media, alice, "cat.png")
    fields = ["description", "folder", "name"]
    threads = [threading.Thread(target=media.change, args=(alice, digest), kwargs={field: "new"}) for field in fields]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entry = media.entry(alice, digest)
    assert [getattr(entry, field) for field in fields] == ["new"] * 3


def test_a_beginning_of_a_hash_is_looked_for_in_ones_own_library_only(media, alice, bob):
    digest = put(media, alice, "cat.png")
    assert media.spelt(alice, digest[:8]) == (digest,)
    assert media.spelt(bob, digest[:8]) == ()


def test_only_one_at_a_time_brings_or_takes_the_same_bytes(media):
    inside: list[str] = []

    def work(name: str) -> None:
        with media.changing(a_digest("cat")):
            inside.append(name)
            time.sleep(0.02)
            inside.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [inside[place] == inside[place + 1] for place in (0, 2, 4)] == [True] * 3


def test_an_asset_keeps_its_name_for_who_registered_it(assets, alice, bob):
    assets.register("cat", a_digest("cat"), alice, NOON)
    with pytest.raises(ParameterError, match="taken by @alice"):
        assets.register("cat", a_digest("dog"), bob)
    assets.register("cat", a_digest("better cat"), alice)
    assert assets.get("cat") == a_digest("better cat")
    assert assets.names_of(a_digest("better cat")) == ("cat",)
    assets.forget("cat")
    assert assets.all() == {}


@pytest.mark.parametrize("name", ["", "Cat", "a b", "../x", "-cat", "ä", "x" * 65, "cat\n"])
def test_what_is_no_name_for_an_asset_is_refused(assets, alice, name):
    with pytest.raises(ParameterError, match="cannot name an asset"):
        assets.register(name, a_digest("cat"), alice)


@pytest.mark.slow
def test_a_page_and_a_search_read_little_of_a_hundred_thousand_media(media, redis_client, alice):
    facts, names = json.dumps(a_picture().to_json()), [f"{number:064x}" for number in range(100_000)]
    whole = [*range(49_900, 50_000), *range(78_000, 100_000)]  # as far as anybody looks; the others count only
    pipe = redis_client.pipeline(transaction=False)
    pipe.mset({f"artdag:media:facts:{names[number]}": facts for number in whole})
    entries = {names[number]: json.dumps(an_entry(f"picture {number}").to_json()) for number in whole}
    pipe.hset(f"artdag:media:of:{alice}", mapping=entries)
    pipe.zadd(f"artdag:media:newest:{alice}", {name: score_of(NOON) + place for place, name in enumerate(names)})
    pipe.execute()
    cursor = f"{score_of(NOON) + 50_000}.{50_000:064x}"
    assert _bytes_read(redis_client, lambda: media.page(alice, cursor, 50)) < 100_000
    assert media.page(alice, cursor, 1).items[0].entry.name == "picture 49999"
    assert _bytes_read(redis_client, lambda: media.page(alice, only=MediaFilter(q="picture 99"), limit=50)) < 2_000_000
    nothing = media.page(alice, only=MediaFilter(q="zebra"))  # looks through a part, and says where to go on
    assert nothing.items == ()
    assert nothing.next is not None


def _bytes_read(redis_client, work) -> int:
    """Return how many bytes Redis sends for *work*; all entries together are some 20 MB."""
    before = redis_client.info("stats")["total_net_output_bytes"]
    work()
    return redis_client.info("stats")["total_net_output_bytes"] - before
