"""All hashing there is: pinned, so that no key ever changes by accident."""

from __future__ import annotations

import hashlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artdag.digest import (
    Digest,
    StepKey,
    canonical_json,
    digest_bytes,
    digest_chunks,
    digest_file,
    record_key,
    source_key,
)
from artdag.errors import InvalidDigestError

EMPTY = "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"
"""SHA3-256 of nothing, as its standard gives it."""

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    # no half of a surrogate pair: it is no character
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_canonical_json_has_one_spelling_to_the_byte():
    value = {"b": [1, 1.0, None, True, 'é\u2028\x7f"'], "a": {"z": -1e-7, "y": 1e22, "x": 0.1}}
    spelt = b'{"a":{"x":0.1,"y":1e+22,"z":-1e-07},"b":[1,1.0,null,true,"\xc3\xa9\xe2\x80\xa8\x7f\\""]}'
    assert canonical_json(value) == spelt


def test_keys_of_work_are_those_of_every_earlier_day():
    assert digest_bytes(b"") == EMPTY
    assert source_key(Digest(EMPTY)) == "5613078efdce4b57ef146a38c8a07ecb41130d948d1c9a9c7db87b0f7b8239aa"
    fields = ("EFFECT", "blur", None, {"radius": 8.0}, [["input", "x"]], "t")
    assert record_key("artdag/step/1", *fields) == "75420fa1aa73fdaafb80d41561f1e2e3fa1217857756e52d8f8b04ec39c49c6a"


def test_the_hash_is_plain_sha3_of_the_canonical_bytes():
    spelt = b'["artdag/source/1","' + EMPTY.encode() + b'"]'
    assert source_key(Digest(EMPTY)) == hashlib.sha3_256(spelt).hexdigest()


@given(PLAIN)
def test_canonical_json_is_json_and_says_the_same(value):
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), PLAIN, min_size=2, max_size=6))
def test_the_order_of_a_map_is_no_meaning(value):
    turned = dict(reversed(list(value.items())))
    assert canonical_json(turned) == canonical_json(value)


@given(st.lists(st.integers(), min_size=2, max_size=6, unique=True))
def test_the_order_of_a_list_is_meaning(value):
    assert canonical_json(value[::-1]) != canonical_json(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [1, {"a": math.nan}], "\ud800"], ids=repr)
def test_what_has_no_spelling_is_refused(value):
    with pytest.raises(ValueError, match=r"JSON compliant|surrogates"):
        canonical_json(value)


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object(), {"a": b""}], ids=lambda value: type(value).__name__)
def test_what_is_no_plain_data_is_refused(value):
    with pytest.raises(TypeError):
        canonical_json(value)


@given(st.binary(max_size=5000), st.integers(1, 999))
def test_pieces_a_file_and_the_whole_have_one_digest(tmp_path_factory, data, size):
    path = tmp_path_factory.getbasetemp() / "bytes"
    path.write_bytes(data)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert digest_chunks(pieces) == digest_file(path) == digest_bytes(data)


@pytest.mark.parametrize(
    "text", ["", EMPTY[:-1], EMPTY + "0", EMPTY.upper(), EMPTY[:-1] + "g", EMPTY + "\n", "٣" * 64, None, 7, b"a" * 64]
)
@pytest.mark.parametrize("kind", [Digest, StepKey])
def test_only_64_lower_case_hex_characters_are_a_name(kind, text):
    with pytest.raises(InvalidDigestError, match="64 lower-case hex"):
        kind.parse(text)


def test_a_name_that_fits_is_taken_as_it_is():
    assert Digest.parse(EMPTY) == EMPTY
    assert type(StepKey.parse(EMPTY)) is StepKey


def test_a_refused_name_is_not_repeated_at_length():
    with pytest.raises(InvalidDigestError) as caught:
        Digest.parse("x" * 100_000)
    assert len(caught.value.message) < 200
