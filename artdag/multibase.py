"""Keys and digests in the spelling of the social web: multibase base58btc over multicodec bytes.

Formats: https://www.w3.org/TR/cid-1.0/ (Multikey, multihash); codes from the multicodec table.
"""

from __future__ import annotations

from artdag.digest import Digest
from artdag.errors import SignatureError

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519 = b"\xed\x01"
_SHA3_256 = b"\x16\x20"
"""Code and length of the digest that follows."""


def key_text(raw: bytes) -> str:
    """Return an Ed25519 public key (32 bytes) as ``publicKeyMultibase``."""
    return _base58(_ED25519 + raw)


def parse_key(text: object) -> bytes:
    """Return the 32 bytes of an Ed25519 public key. Raises SignatureError."""
    if not isinstance(text, str) or not text.startswith("z") or len(text) > 100 or set(text[1:]) - set(_ALPHABET):
        raise SignatureError("a key of the social web begins with z and goes on in base58")
    number = 0
    for character in text[1:]:
        number = number * 58 + _ALPHABET.index(character)
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if len(data) != 34 or not data.startswith(_ED25519):
        raise SignatureError("this is no Ed25519 key")
    return data[2:]


def digest_text(digest: Digest) -> str:
    """Return a SHA3-256 as ``digestMultibase``."""
    return _base58(_SHA3_256 + bytes.fromhex(digest))


def _base58(data: bytes) -> str:
    """Return *data*, which does not begin with a zero byte, with the letter of its base before it."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _ALPHABET[rest] + text
    return f"z{text}"
