"""What this server signs with: requests that anybody can check by the letter of RFC 9421, and keys that retire."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.signing_key import OutgoingRequest, SigningKey
from artdag.errors import SignatureError
from artdag.signing import Signer

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY_URL = "https://l1.example/actor#key"
BODY = b'{"run_id": "r"}'


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey(tmp_path / "signing_key")


def signed(key: SigningKey) -> OutgoingRequest:
    headers = {"Content-Type": "application/json", "Authorization": "Bearer secret"}
    request = OutgoingRequest(method="POST", url="https://l2.example/assets/record-run", headers=headers, body=BODY)
    key.sign_request(request, key_url=KEY_URL, at=NOON)
    return request


def test_a_request_is_signed_by_the_letter_of_the_rfc(key: SigningKey) -> None:
    headers = signed(key).headers
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(BODY).digest()).decode()}:"
    assert digest in headers["Content-Digest"]
    label, _, parameters = headers["Signature-Input"].partition("=")
    assert label == "l1"
    assert parameters == (
        '("@method" "@target-uri" "content-type" "content-digest");'
        f'created={int(NOON.timestamp())};keyid="{KEY_URL}";alg="ed25519"'
    )
    base = "\n".join(
        [
            '"@method": POST',
            '"@target-uri": https://l2.example/assets/record-run',
            '"content-type": application/json',
            f'"content-digest": {headers["Content-Digest"]}',
            f'"@signature-params": {parameters}',
        ]
    )
    signature = base64.b64decode(headers["Signature"].removeprefix("l1=:").removesuffix(":"))
    public = Ed25519PublicKey.from_public_bytes(key.public.raw)
    public.verify(signature, base.encode())
    with pytest.raises(InvalidSignature):
        public.verify(signature, base.replace("record-run", "record-ruin").encode())


def test_the_token_is_no_part_of_what_the_server_signs(key: SigningKey) -> None:
    assert "authorization" not in signed(key).headers["Signature-Input"]


def test_retired_keys_are_listed_after_todays(key: SigningKey, tmp_path: Path) -> None:
    old, older = Signer.generate().public, Signer.generate().public
    (tmp_path / "signing_key.retired").write_text(f"{old.text}\n\n{older.text}\n")
    assert key.publics == (key.public, old, older)
    (tmp_path / "signing_key.retired").write_text("nonsense\n")
    with pytest.raises(SignatureError, match="retired, line 1: a public key"):
        _ = key.publics
