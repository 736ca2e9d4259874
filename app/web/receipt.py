"""The receipt of a run: read from its blob, checked against this server's key, and told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flask import Response

from app.runs.node_group import NodeGroup, grouped
from app.services import Services
from app.web.respond import vary
from artdag.digest import Digest
from artdag.errors import ArtDagError, SignatureError
from artdag.plan import SOURCE
from artdag.run import Run
from artdag.signing import PAYLOAD_TYPE, open_envelope, verify_envelope


class NoReceiptError(ArtDagError):
    """The run has no receipt, or not yet."""

    code = "no_provenance"


@dataclass(frozen=True, slots=True)
class ReceiptStep:
    """A step as the receipt tells of it."""

    record: Mapping[str, Any]
    reason: str = ""

    @property
    def id(self) -> str:
        return str(self.record["node"])

    @property
    def title(self) -> str:
        return str(self.record.get("effect") or self.record["type"]).lower().replace("_", " ")

    @property
    def state(self) -> str:
        return "cached" if self.record["cached"] else "done"

    @property
    def word(self) -> str:
        return "given" if self.record["type"] == SOURCE else "reused" if self.record["cached"] else "rendered"

    @property
    def seconds(self) -> float:
        return float(self.record["seconds"])

    @property
    def content(self) -> str | None:
        digest = self.record["content_hash"]
        return None if digest is None else str(digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A provenance record and how far it can be believed."""

    digest: Digest
    record: Mapping[str, Any]
    envelope: Mapping[str, Any]
    signature: Literal["valid", "broken", "unknown key"]
    signature_words: str
    public_key: str

    @property
    def tale(self) -> tuple[NodeGroup[ReceiptStep], ...]:
        """The steps in order, those of one list together."""
        return grouped(ReceiptStep(step) for step in self.record["steps"])

    def as_response(self, run: Run) -> Response:
        """Return the signed envelope, as a file."""
        response = Response(json.dumps(self.envelope, ensure_ascii=False) + "\n", mimetype=PAYLOAD_TYPE)
        name = f"{run.run_id}.provenance.dsse.json"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        vary(response)
        return response


def read_receipt(services: Services, run: Run) -> Receipt:
    """Return the receipt of *run*.

    Raises:
        NoReceiptError: when there is none: only completed runs have one.
    """
    if run.provenance is None:
        raise NoReceiptError(f"run {run.run_id} is {run.state.value}: a receipt is written when a run is completed")
    envelope = json.loads(services.content.read(run.provenance))
    keys = services.signer.publics
    signature: Literal["valid", "broken", "unknown key"] = "valid"
    words = "Signed by this server; nothing was changed since."
    key_ids = {entry.get("keyid") for entry in envelope.get("signatures", ())}
    used = next((key for key in keys if key.key_id in key_ids), None)
    try:
        record = verify_envelope(envelope, keys)
    except SignatureError as error:
        record = open_envelope(envelope)
        signature = "broken" if used is not None else "unknown key"
        words = error.message[0].upper() + error.message[1:] + "."
    return Receipt(
        digest=run.provenance,
        record=record,
        envelope=envelope,
        signature=signature,
        signature_words=words,
        public_key=(used or services.signer.public).text,
    )
