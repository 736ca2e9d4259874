"""``artdag``: everything that the service does, from a terminal.

Exit codes: 0 done · 1 it failed (a run, a check) · 2 the request makes no sense · 3 nobody answers · 4 not logged in,
or not allowed · 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from app.client.answers import FailedError, NotAllowedError, UsageError
from app.client.doors import NobodyThereError
from app.client.shown import say, say_json
from app.commands import account, library, records, runs, store, upkeep, workers
from app.processes.embedded_redis import EmbeddedRedisError
from app.settings import SettingsError
from artdag import VERSION
from artdag.errors import ArtDagError

DONE, FAILED, USAGE, NOBODY_THERE, NOT_ALLOWED, INTERRUPTED = 0, 1, 2, 3, 4, 130
_PROGRAM = "artdag"


@click.group(
    epilog="Exit codes: 0 done, 1 it failed, 2 the request makes no sense, 3 nobody answers, 4 not allowed, "
    "130 interrupted.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(VERSION, prog_name=_PROGRAM)
def artdag() -> None:
    """Render recipes on a server, or here where none runs.

    Commands talk to the server of --server or ARTDAG_SERVER; else to the one of the last `artdag login`; else to that
    of this machine; and where none runs, they work in this process, on the same home and cache.
    """


for _command in (
    *(runs.run, runs.plan, runs.explain, runs.diff, runs.cancel, runs.retry, runs.discard, runs.publish),
    *(library.upload, library.ls, library.recipe, library.effects, library.lineage),
    *(records.verify, records.replay),
    *(store.gc, store.reindex),
    *(workers.list_workers, workers.drain, workers.resume),
    *(account.login, account.logout, account.list_servers),
    *(upkeep.status, upkeep.doctor, upkeep.fsck, upkeep.starter, upkeep.up, upkeep.completion),
):
    artdag.add_command(_command)


def main(arguments: Sequence[str]) -> int:
    """Do what *arguments* ask for; return the exit code."""
    wants_json = "--json" in arguments
    try:
        code = artdag.main(list(arguments), prog_name=_PROGRAM, standalone_mode=False)
    except click.exceptions.Exit as end:
        return int(end.exit_code)
    except click.ClickException as error:
        error.show(sys.stderr)
        return USAGE
    except BrokenPipeError:  # `artdag ls | head`
        sys.stderr.close()
        return DONE
    except (
        UsageError,
        FailedError,
        NobodyThereError,
        SettingsError,
        EmbeddedRedisError,
        ArtDagError,
        OSError,
    ) as error:
        return _told(error, wants_json=wants_json)
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"\n{_PROGRAM}: interrupted; a run that a server took goes on there", err=True)
        return INTERRUPTED
    return int(code or DONE)


def _told(error: Exception, *, wants_json: bool) -> int:
    code = _code_of(error)
    say(f"{_PROGRAM}: {error}", err=True)
    if wants_json:
        problem = dict(getattr(error, "problem", {})) or {"detail": str(error)}
        say_json({"error": problem})
    return code


def _code_of(error: Exception) -> int:
    for kind, code in ((NotAllowedError, NOT_ALLOWED), (UsageError, USAGE), (NobodyThereError, NOBODY_THERE)):
        if isinstance(error, kind):
            return code
    return FAILED
