"""Bringing back work whose worker is gone, until it has taken too many workers with it."""

from __future__ import annotations

from app.runs.completion import complete_runs
from app.runs.doorbell import top_up
from app.services import Services
from app.storage.stage_record import Returned, StageRecord, StageState
from artdag.errors import ArtDagError, CrashError


def return_stage(
    services: Services, stage: StageRecord, *, died: bool, unless_held: bool, last: ArtDagError | None = None
) -> Returned | None:
    """Let a stage wait again at once, or fail where too many of its workers died; then see to its runs.

    Args:
        services: where it stands.
        stage: as it was seen; where another attempt began since, nothing happens.
        died: its worker died, rather than gave it back.
        unless_held: leave it alone where somebody gave a sign of life for it.
        last: what went wrong.
    """
    error = _crashed_repeatedly(stage, last)
    returned = services.stages.put_back(
        stage.key, stage.attempt, died=died, unless_held=unless_held, error=error.to_json()
    )
    if returned is not None:
        if returned.state is StageState.FAILED:
            complete_runs(services, returned.runs)
        top_up(services)
    return returned


def _crashed_repeatedly(stage: StageRecord, last: ArtDagError | None) -> CrashError:
    nodes = ", ".join(stage.nodes) or "its inputs"
    said = f"; the last time: {last.message}" if last is not None else ""
    return CrashError(
        f"rendering {nodes} crashed repeatedly{said}",
        node=stage.nodes[-1] if stage.nodes else None,
        detail=last.detail if last is not None else None,
    )
