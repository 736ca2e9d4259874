"""The records of the contract as models, for the API's documentation."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

RunStatus = Literal["pending", "running", "completed", "failed", "cancelled"]
NodeStatus = Literal["pending", "running", "cached", "joined", "done", "failed", "cancelled", "blocked"]


class ProgressRecord(BaseModel):
    """How far a run has come."""

    nodes: int
    cached: int
    done: int
    running: int
    fraction: float
    eta_seconds: float | None


class RunRecord(BaseModel):
    """One request to carry out a plan."""

    run_id: str
    status: RunStatus
    recipe: str
    recipe_version: str
    recipe_id: str
    inputs: dict[str, Any]
    params: dict[str, Any]
    output_name: str
    output_hash: str | None
    outputs: dict[str, str]
    created_at: str
    started_at: str | None
    completed_at: str | None
    username: str
    plan_id: str
    progress: ProgressRecord
    analysing: bool
    error: dict[str, Any] | None
    provenance_hash: str | None
    infrastructure: dict[str, Any] | None
    published: list[dict[str, Any]]


class RunList(BaseModel):
    """A page of runs."""

    items: list[RunRecord]
    next: str | None
    total: int | None


class SlotRecord(BaseModel):
    """One input of a node."""

    slot: str
    node: str


class ChangeRecord(BaseModel):
    """One setting that is another one than before."""

    setting: str
    before: Any
    after: Any


class DifferenceRecord(BaseModel):
    """What sets a node's work apart from that of the nearest earlier run."""

    reasons: list[str]
    changes: list[ChangeRecord]
    upstream: list[str]


class NodeRecord(BaseModel):
    """A node of a run: where it stands and why."""

    node: str
    type: str
    effect: str | None
    effect_hash: str | None
    state: NodeStatus
    reason: str
    difference: DifferenceRecord | None
    step_key: str
    params: dict[str, Any]
    inputs: list[SlotRecord]
    outputs: list[str]
    content_hash: str | None
    seconds: float | None


class PlanRecord(BaseModel):
    """A plan with the state of each node."""

    run_id: str
    status: RunStatus
    plan_id: str
    recipe_id: str
    compared_with: str | None
    nodes: list[NodeRecord]
    outputs: dict[str, str]
    plan: dict[str, Any]


class UploadState(BaseModel):
    """How far an upload in pieces is."""

    upload_id: str
    name: str
    length: int
    offset: int
    expires_at: str
    content_hash: str | None
    url: str | None


class HaveItem(BaseModel):
    """Some bytes, and whether they need sending."""

    content_hash: str
    here: bool
    mine: bool
    name: str | None
    known_since: str | None
    url: str


class HaveAnswer(BaseModel):
    """What is here of what was asked for."""

    items: list[HaveItem]
    next: str | None
    total: int | None
    sizes: list[int]


class UploadList(BaseModel):
    """Uploads that are not finished."""

    items: list[UploadState]
    next: str | None
    total: int | None
