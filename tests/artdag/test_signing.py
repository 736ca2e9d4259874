"""Signatures: what was signed is believed, and nothing else."""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artdag.digest import digest_bytes
from artdag.errors import SignatureError
from artdag.signing import PAYLOAD_TYPE, PublicKey, Signer, open_envelope, verify_envelope
from tests.builders import a_digest

RECORD = {"output": {"name": "night", "content_hash": a_digest("night")}, "rendered_by": "@ana@example.org", "é": 1.5}
SIGNER = Signer.generate()


def signed() -> dict[str, Any]:
    return json.loads(json.dumps(SIGNER.envelope(RECORD)))


def test_what_was_signed_is_given_back():
    assert verify_envelope(signed(), [SIGNER.public]) == RECORD
    assert verify_envelope(signed(), [Signer.generate().public, SIGNER.public]) == RECORD
    assert open_envelope(signed()) == RECORD


def test_the_envelope_is_what_other_tools_expect():
    envelope = signed()
    assert envelope["payloadType"] == PAYLOAD_TYPE == "application/vnd.in-toto+json"
    body = base64.b64decode(envelope["payload"])
    statement = json.loads(body)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [{"name": "night", "digest": {"sha3_256": a_digest("night")}}]
    assert statement["predicate"] == RECORD
    (signature,) = envelope["signatures"]
    assert signature["keyid"] == digest_bytes(SIGNER.public.raw)


def test_openssl_agrees(tmp_path):
    """The signature is over the DSSE pre-authentication encoding, worked out here by hand."""
    envelope = signed()
    body = base64.b64decode(envelope["payload"])
    message = b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(body), body)
    (tmp_path / "message").write_bytes(message)
    (tmp_path / "signature").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    prefix = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: how the key is wrapped
    (tmp_path / "key.der").write_bytes(prefix + SIGNER.public.raw)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.der", "-keyform", "DER", "-rawin"]
    try:
        done = subprocess.run(
            [*command, "-in", "message", "-sigfile", "signature"], cwd=tmp_path, capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no openssl here")
    assert b"Success" in done.stdout, done.stderr


def test_equal_records_have_equal_envelopes():
    turned = dict(reversed(list(RECORD.items())))
    assert SIGNER.envelope(turned) == SIGNER.envelope(RECORD)


@given(st.data())
def test_a_changed_payload_is_refused(data):
    envelope = signed()
    body = bytearray(base64.b64decode(envelope["payload"]))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= 1 << data.draw(st.integers(0, 7))
    envelope["payload"] = base64.b64encode(bytes(body)).decode()
    with pytest.raises(SignatureError):
        verify_envelope(envelope, [SIGNER.public])


@given(st.integers(0, 63), st.integers(0, 7))
def test_a_changed_signature_is_refused(place, bit):
    envelope = signed()
    signature = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
    signature[place] ^= 1 << bit
    envelope["signatures"][0]["sig"] = base64.b64encode(bytes(signature)).decode()
    with pytest.raises(SignatureError):
        verify_envelope(envelope, [SIGNER.public])


def test_a_foreign_key_is_refused_even_under_the_name_of_ours():
    stranger = Signer.generate()
    envelope = stranger.envelope(RECORD)
    with pytest.raises(SignatureError, match="none of the keys"):
        verify_envelope(envelope, [SIGNER.public])
    envelope["signatures"][0]["keyid"] = SIGNER.public.key_id
    with pytest.raises(SignatureError, match="does not fit"):
        verify_envelope(envelope, [SIGNER.public])
    with pytest.raises(SignatureError, match="none of the keys"):
        verify_envelope(signed(), [])


def statement_with(**changes: Any) -> Callable[[dict[str, Any]], None]:
    def change(envelope: dict[str, Any]) -> None:
        statement = {**json.loads(base64.b64decode(envelope["payload"])), **changes}
        envelope["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()

    return change


MALFORMED: dict[str, Callable[[dict[str, Any]], None]] = {
    "no payload": lambda envelope: envelope.pop("payload"),
    "a payload that is no base64": lambda envelope: envelope.update(payload="!!!"),
    "a payload that is a number": lambda envelope: envelope.update(payload=7),
    "a payload that is no JSON": lambda envelope: envelope.update(payload=base64.b64encode(b"x").decode()),
    "a payload that is a list": lambda envelope: envelope.update(payload=base64.b64encode(b"[]").decode()),
    "a payload of depth": lambda envelope: envelope.update(payload=base64.b64encode(b"[" * 100_000).decode()),
    "another payload type": lambda envelope: envelope.update(payloadType="text/plain"),
    "no signatures": lambda envelope: envelope.pop("signatures"),
    "signatures that are none": lambda envelope: envelope.update(signatures=[]),
    "signatures that are a number": lambda envelope: envelope.update(signatures=7),
    "a signature that is a word": lambda envelope: envelope.update(signatures=["x"]),
    "a signature without a key": lambda envelope: envelope["signatures"][0].pop("keyid"),
    "a signature that is a number": lambda envelope: envelope["signatures"][0].update(sig=7),
    "a signature that is short": lambda envelope: envelope["signatures"][0].update(sig="AAAA"),
    "a key that is a list": lambda envelope: envelope["signatures"][0].update(keyid=[1]),
    "another statement": statement_with(_type="x"),
    "another predicate": statement_with(predicateType="https://example.org/other"),
    "no predicate": statement_with(predicate=None),
    "no subject": statement_with(subject=[]),
    "a subject that is a word": statement_with(subject="x"),
    "other bytes than its record": statement_with(subject=[{"name": "night", "digest": {"sha3_256": a_digest("day")}}]),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_refused(name):
    envelope = signed()
    MALFORMED[name](envelope)
    with pytest.raises(SignatureError):
        verify_envelope(envelope, [SIGNER.public])


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(["payload", "payloadType", "signatures", "keyid", "sig"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    ).filter(lambda value: isinstance(value, dict))
)
def test_any_map_is_refused_in_words(envelope):
    with pytest.raises(SignatureError):
        verify_envelope(envelope, [SIGNER.public])


def test_a_public_key_is_passed_on_as_text():
    assert PublicKey.parse(SIGNER.public.text + "\n") == SIGNER.public
    assert len(SIGNER.public.text) == 44


@pytest.mark.parametrize("text", ["", "x", "AAAA", "é" * 44, base64.b64encode(bytes(33)).decode()])
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(SignatureError, match="a public key"):
        PublicKey.parse(text)


# --- the key file -----------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    path = tmp_path / "home" / "signing.pem"
    before = os.umask(0)
    try:
        first = Signer.load_or_create(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert Signer.load_or_create(path).public == first.public
    assert [entry.name for entry in path.parent.iterdir()] == ["signing.pem"]


def _public_text(path: Path, start: Any) -> str:
    start.wait()
    return Signer.load_or_create(path).public.text


def test_processes_that_come_first_at_once_end_with_one_key(tmp_path):
    context = multiprocessing.get_context("fork")
    with context.Manager() as manager, context.Pool(4) as pool:
        for round_number in range(5):
            start = manager.Barrier(4)
            path = tmp_path / str(round_number) / "signing.pem"
            keys = pool.starmap(_public_text, [(path, start)] * 4, chunksize=1)
            assert len(set(keys)) == 1
            assert [entry.name for entry in path.parent.iterdir()] == ["signing.pem"]


RSA = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize("content", ["", "no key", RSA])
def test_a_file_that_is_no_key_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "signing.pem"
    path.write_text(content)
    with pytest.raises(SignatureError, match="signing key"):
        Signer.load_or_create(path)
    assert path.read_text() == content


def test_a_key_of_another_kind_is_refused(tmp_path):
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "signing.pem").write_bytes(pem)
    with pytest.raises(SignatureError, match="not an Ed25519 key"):
        Signer.load_or_create(tmp_path / "signing.pem")
