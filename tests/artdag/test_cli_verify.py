"""Checking a signed record: with a key that one trusts, or with the one that came along, which proves less."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from artdag.cli import main
from artdag.signing import Signer

RECORD = {
    "output": {"name": "out", "content_hash": "ab" * 32},
    "rendered_at": "2026-11-24T12:00:00.000Z",
    "rendered_by": "@alice@art.example",
}


@pytest.fixture
def signer() -> Signer:
    return Signer.generate()


def signed(folder: Path, signer: Signer, **more: Any) -> Path:
    """Write a record signed by *signer*, with *more* beside its signature."""
    envelope = signer.envelope(RECORD)
    envelope["signatures"][0] |= more
    path = folder / "out.provenance.dsse.json"
    path.write_text(json.dumps(envelope), "utf-8")
    return path


def test_with_a_key_that_was_given_it_is_valid(tmp_path, signer, capsys):
    assert main(["verify", str(signed(tmp_path, signer)), "--key", signer.public.text]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"valid: out ({'ab' * 32}), made 2026-11-24T12:00:00.000Z by @alice@art.example"
    ]


def test_a_key_next_to_it_is_taken_and_told(tmp_path, signer, capsys):
    record = signed(tmp_path, signer)
    (tmp_path / "another.pub").write_text(Signer.generate().public.text)
    (tmp_path / "id_rsa.pub").write_bytes(b"ssh-rsa \xff\xfe")
    (tmp_path / "studio.pub").write_text(signer.public.text + "\n")
    assert main(["verify", str(record)]) == 0
    first, key, words = capsys.readouterr().out.splitlines()
    assert first.startswith("unchanged: out (")
    assert key == f"checked with the key in studio.pub, next to the record: {signer.public.text}"
    assert "only if that key is one you know" in words


def test_a_key_inside_it_is_taken_and_told_to_prove_little(tmp_path, signer, capsys):
    assert main(["verify", str(signed(tmp_path, signer, public_key=signer.public.text))]) == 0
    first, key, words = capsys.readouterr().out.splitlines()
    assert first.startswith("unchanged: ")
    assert key == f"checked with the key inside the record itself: {signer.public.text}"
    assert "who signed it shows only" in words


def test_a_key_next_to_it_goes_before_one_inside(tmp_path, signer, capsys):
    (tmp_path / "studio.pub").write_text(signer.public.text)
    assert main(["verify", str(signed(tmp_path, signer, public_key=signer.public.text))]) == 0
    assert "the key in studio.pub" in capsys.readouterr().out


def test_a_key_inside_that_did_not_sign_it_is_refused(tmp_path, signer, capsys):
    record = signed(tmp_path, signer, public_key=Signer.generate().public.text)
    assert main(["verify", str(record)]) == 1
    assert "none of the keys given has signed" in capsys.readouterr().err


def test_a_changed_record_is_refused_by_its_own_key_too(tmp_path, signer, capsys):
    record = signed(tmp_path, signer, public_key=signer.public.text)
    envelope = json.loads(record.read_text("utf-8"))
    other = Signer.generate().envelope({**RECORD, "rendered_by": "@eve@art.example"})
    record.write_text(json.dumps({**envelope, "payload": other["payload"]}), "utf-8")
    assert main(["verify", str(record)]) == 1
    assert "the record was changed" in capsys.readouterr().err


def test_without_any_key_it_says_what_to_do(tmp_path, signer, capsys):
    record = signed(tmp_path, signer)
    envelope = json.loads(record.read_text("utf-8"))
    del envelope["signatures"][0]["public_key"]  # as other tools may write it
    record.write_text(json.dumps(envelope), "utf-8")
    assert main(["verify", str(record)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no key comes with this record" in line
    assert "--key" in line


@pytest.mark.parametrize("signatures", [3, None, [3], [{}], [{"keyid": []}], [{"keyid": "x", "public_key": "x"}]])
def test_signatures_that_are_none_are_refused_in_one_line(tmp_path, signer, capsys, signatures):
    record = signed(tmp_path, signer)
    record.write_text(json.dumps({**json.loads(record.read_text("utf-8")), "signatures": signatures}), "utf-8")
    (tmp_path / "studio.pub").write_text(signer.public.text)
    assert main(["verify", str(record)]) in (1, 2)
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_plain_record_is_told_from_a_signed_one(tmp_path, capsys):
    record = tmp_path / "out.provenance.json"
    record.write_text(json.dumps({**RECORD, "run_id": "1"}), "utf-8")
    assert main(["verify", str(record)]) == 1
    assert "a plain one: take the signed one" in capsys.readouterr().err
