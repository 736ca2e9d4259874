"""What is published can be checked by anybody with nothing but its addresses; and nothing false passes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from artdag.cli import main
from artdag.digest import canonical_json, digest_bytes
from artdag.errors import ArtDagError, InputError, SignatureError
from artdag.fetching import FetchError, fetched, origin_of
from artdag.identity import Identity
from artdag.media import Kind, MediaFacts
from artdag.multibase import digest_text, key_text, parse_key
from artdag.origin_record import make_origin
from artdag.published import published_object, server_actor
from artdag.published_check import Checked, check_published
from artdag.signing import ORIGIN_TYPE, PublicKey, Signer
from tests.registries import FakeL2, fake_l2, raw_answers

BYTES = b"the picture"
DIGEST = digest_bytes(BYTES)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class World:
    """A server and a registry, each with what it gives at which path."""

    def __init__(self, l1: FakeL2, l2: FakeL2) -> None:
        self.l1, self.l2 = l1, l2
        self.signer = Signer.generate()
        self.alice = Identity("alice", l2.host)
        self.gives: dict[str, Any] = {}
        l1.says, l2.says = self._answers(l1.origin), self._answers(l2.origin)
        self.publish()

    def publish(self, **changes: Any) -> None:
        """Make the picture public; *changes* are made to the receipt."""
        record = make_origin(
            name="night",
            digest=DIGEST,
            media_type="image/png",
            held_by=self.alice,
            held_since=NOON,
            came_by="upload",
            origin={"type": "self"},
            signed_at=NOON,
        )
        envelope = self.signer.envelope({**record, **changes}, predicate=ORIGIN_TYPE)
        papers = canonical_json(envelope)
        self.receipt = digest_bytes(papers)
        self.object = published_object(
            name="night",
            digest=DIGEST,
            media_type="image/png",
            facts=MediaFacts(kind=Kind.IMAGE, media_type="image/png", size=len(BYTES)),
            receipt=self.receipt,
            envelope=envelope,
            made_by=self.alice,
            l1=self.l1.origin,
        ) | {"id": f"{self.l2.origin}/objects/1", "attributedTo": f"{self.l2.origin}/users/alice"}
        self.gives |= {
            f"{self.l2.origin}/objects/1": self.object,
            f"{self.l2.origin}/users/alice": {
                "id": f"{self.l2.origin}/users/alice",
                "type": "Person",
                "preferredUsername": "alice",
            },
            f"{self.l1.origin}/actor": server_actor(self.l1.origin, (self.signer.public,), name="Art DAG"),
            f"{self.l1.origin}/cache/{DIGEST}/raw": BYTES,
            f"{self.l1.origin}/cache/{self.receipt}/raw": papers,
        }

    def check(self, **wanted: str) -> Checked:
        *_, found = check_published(self.object, **wanted)
        assert isinstance(found, Checked)
        return found

    def _answers(self, origin: str) -> Callable[..., tuple[int, dict[str, str], bytes]]:
        def answer(_: str, path: str, *__: Any) -> tuple[int, dict[str, str], bytes]:
            found = self.gives.get(f"{origin}{path}")
            if found is None:
                return 404, {}, b""
            data = found if isinstance(found, bytes) else json.dumps(found).encode()
            return 200, {"Content-Type": "application/activity+json"}, data

        return answer


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        yield World(stack.enter_context(fake_l2()), stack.enter_context(fake_l2()))


def test_what_is_right_is_found_right(world: World) -> None:
    found = world.check(l1=world.l1.origin, l2=world.l2.origin)
    assert (found.digest, found.size, found.made_by) == (DIGEST, len(BYTES), str(world.alice))
    assert (found.l1, found.l2) == (world.l1.origin, world.l2.origin)


def test_the_activity_around_it_and_its_address_are_as_good(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    activity = tmp_path / "activity.json"
    activity.write_text(json.dumps({"type": "Create", "object": world.object}))
    assert main(["verify", str(activity)]) == 0
    assert main(["verify", f"{world.l2.origin}/objects/1", "--l1", world.l1.origin]) == 0
    assert "valid: night" in capsys.readouterr().out
    assert main(["verify", f"{world.l2.origin}/objects/1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["content_hash"] == DIGEST
    assert main(["verify", f"{world.l2.origin}/objects/1", "--key", Signer.generate().public.text]) == 1
    assert main(["verify", f"{world.l2.origin}/objects/1", "--file", str(activity)]) == 1
    assert main(["verify", f"{world.l2.origin}/objects/2"]) == 1


def test_what_an_older_key_signed_stays_as_good(world: World) -> None:
    newer = Signer.generate().public
    actor = server_actor(world.l1.origin, (newer, world.signer.public), name="Art DAG")
    world.gives[f"{world.l1.origin}/actor"] = actor
    assert world.check().key == world.signer.public


def test_an_object_that_its_registry_does_not_publish_is_refused(world: World) -> None:
    world.object = {**world.object, "name": "x", "madeBy": "@bob@elsewhere"}
    with pytest.raises(ArtDagError, match="publishes another 'madeBy'"):
        world.check()
    del world.gives[f"{world.l2.origin}/objects/1"]
    with pytest.raises(FetchError, match="404"):
        world.check()


def _published_with(world: World, **changes: Any) -> None:
    world.object = {**copy.deepcopy(world.object), **changes}
    world.gives[f"{world.l2.origin}/objects/1"] = world.object


def test_an_author_of_another_place_is_refused(world: World) -> None:
    _published_with(world, attributedTo=f"{world.l1.origin}/users/alice")
    with pytest.raises(ArtDagError, match="who is not of"):
        world.check()


def test_a_name_that_is_not_the_authors_is_refused(world: World) -> None:
    _published_with(world, madeBy=f"@bob@{world.l2.host}")
    with pytest.raises(ArtDagError, match="says it was made by"):
        world.check()


def test_a_receipt_that_names_somebody_else_or_other_bytes_is_refused(world: World) -> None:
    world.publish(held_by=f"@bob@{world.l2.host}")
    with pytest.raises(ArtDagError, match="names @bob@"):
        world.check()
    world.publish(output={"name": "night", "content_hash": digest_bytes(b"other"), "media_type": "image/png"})
    with pytest.raises(ArtDagError, match="other bytes"):
        world.check()


def test_other_bytes_and_another_receipt_are_refused(world: World) -> None:
    world.gives[f"{world.l1.origin}/cache/{DIGEST}/raw"] = BYTES + b"!"
    with pytest.raises(ArtDagError, match="gives other bytes"):
        world.check()
    world.gives[f"{world.l1.origin}/cache/{world.receipt}/raw"] = b"{}"
    with pytest.raises(ArtDagError, match="another than the published one"):
        world.check()


def test_a_key_that_the_server_does_not_publish_is_refused_even_where_it_comes_with_the_receipt(world: World) -> None:
    world.signer = Signer.generate()
    actor = world.gives[f"{world.l1.origin}/actor"]
    world.publish()
    world.gives[f"{world.l1.origin}/actor"] = actor
    with pytest.raises(SignatureError, match="publishes no key"):
        world.check()
    world.object["receipt"]["signingKey"] = actor["assertionMethod"][0]["id"]
    with pytest.raises(SignatureError, match="none of the keys"):
        world.check()


def test_bytes_and_receipt_at_another_place_than_their_maker_are_refused(world: World) -> None:
    _published_with(world, generator={"type": "Application", "id": f"{world.l2.origin}/actor"})
    with pytest.raises(ArtDagError, match="not at one place"):
        world.check()


def test_who_expects_other_servers_is_told(world: World) -> None:
    with pytest.raises(ArtDagError, match="the registry is"):
        world.check(l2="https://l2.example")
    with pytest.raises(ArtDagError, match="the server that made it is"):
        world.check(l1="https://l1.example")


@pytest.mark.parametrize("field", ["id", "attributedTo", "url", "receipt", "generator", "contentHash", "madeBy"])
def test_what_lacks_something_or_has_nonsense_there_is_refused_in_a_sentence(world: World, field: str) -> None:
    whole = world.object
    for nonsense in (None, 7, [], [[]], {}, "x", "file:///etc/passwd", "http://user@host/", "http://\n"):
        world.object = {**whole, field: nonsense}
        if field != "id":
            world.gives[f"{world.l2.origin}/objects/1"] = world.object
        with pytest.raises(ArtDagError):
            world.check()


def test_what_is_no_published_object_is_said_to_be_none() -> None:
    with pytest.raises(InputError, match="no published object"):
        list(check_published({"type": "Note"}))


def test_nothing_is_followed_elsewhere_nothing_larger_is_taken_and_a_broken_answer_is_none() -> None:
    def read(url: str) -> bytes:
        with fetched(url, accept="*/*", most_bytes=100, within_s=5) as answer:
            return answer.whole()

    for pieces, why in (
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", "not followed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n" + b"x" * 200, "more than the 100 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nxxx", "broke off|IncompleteRead"),
        (b"SSH-2.0\r\n", "could not be asked"),
        (b"", "could not be asked"),
    ):
        with raw_answers(pieces) as origin, pytest.raises(FetchError, match=why):
            read(f"{origin}/x")


@pytest.mark.parametrize("url", ["", "x", "ftp://h/", "http://", "http://u:p@h/", "http://h:99999/", "http://h/a b"])
def test_what_is_no_address_of_the_web_is_not_asked(url: str) -> None:
    with pytest.raises(FetchError):
        origin_of(url)


def test_keys_and_digests_are_spelt_as_others_spell_them() -> None:
    raw = Signer.generate().public.raw
    assert parse_key(key_text(raw)) == raw
    assert key_text(raw).startswith("z6Mk")
    # a key that specifications of decentralised identifiers use as their example
    assert parse_key("z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")[:2] == bytes.fromhex("2e6f")
    assert digest_text(DIGEST).startswith("zW1")
    for wrong in (None, 7, "", "z", "z0", "m" + key_text(raw)[1:], key_text(raw)[:-1], "z" + "1" * 99):
        with pytest.raises(SignatureError):
            parse_key(wrong)
    assert PublicKey(raw).key_id == digest_bytes(raw)


ACTIVITY_STREAMS_WORDS = {
    *("id", "type", "name", "url", "href", "mediaType", "width", "height", "duration", "generator", "attributedTo"),
    *("Image", "Video", "Audio", "Document", "Link", "Application", "@context"),
}
"""Those of the vocabulary that we use: https://www.w3.org/TR/activitystreams-vocabulary/."""


def test_every_word_of_the_object_is_of_the_vocabulary_or_explained_in_its_context(world: World) -> None:
    (vocabulary, ours) = world.object["@context"]
    assert vocabulary == "https://www.w3.org/ns/activitystreams"

    def words(value: Any) -> Iterator[str]:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from one
                yield from [one["type"]] if "type" in one else []
                for name, inner in one.items():
                    if name != "@context":
                        yield from words(inner)

    assert set(words(world.object)) - ACTIVITY_STREAMS_WORDS - ours.keys() == set()
    for term in ours.values():
        address = term["@id"] if isinstance(term, dict) else term
        prefix, _, rest = address.partition(":")
        assert rest.startswith("//") or prefix in ours
