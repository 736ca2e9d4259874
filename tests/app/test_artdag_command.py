"""``artdag``: everything from a terminal, against a real server over HTTP; exit codes mean it."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from app.cli import artdag, main
from app.client.servers import Servers
from app.services import Services
from artdag.digest import Digest, digest_file
from artdag.identity import LOCAL
from tests.app.conftest import token_of, under_test
from tests.builders import a_clip, put_media
from tests.test_render_command import NOWHERE, served, worker

PROJECT = Path(__file__).resolve().parents[2]
__all__ = ["worker"]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Commands run in an empty folder, with a home of their own, on a machine without a server."""
    for name in ("ARTDAG_SERVER", "ARTDAG_TOKEN_FILE", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ARTDAG_HOME", str(tmp_path / "client"))
    monkeypatch.setenv("PORT", "9")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "client"


@pytest.fixture
def server(services: Services, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    assert home
    with served(under_test(create_app(services))) as address:
        monkeypatch.setenv("ARTDAG_SERVER", address)
        yield address


@pytest.fixture
def clip(services: Services, tmp_path: Path) -> Digest:
    digest = put_media(services, a_clip(tmp_path / "clip.mp4"), LOCAL)
    services.assets.register("cat", digest, LOCAL, services.clock())
    return digest


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    found = main(arguments)
    told = capsys.readouterr()
    assert found == code, f"{arguments}: {told.out}{told.err}"
    assert "Traceback" not in told.err
    return told.out if code == 0 else told.err


def data(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(said(capsys, *arguments, "--json"))


def test_a_run_is_waited_for_and_its_result_written_with_its_receipt(server, worker, clip, capsys) -> None:
    told = said(capsys, "run", "invert", "cat", "-p", "intensity=0.5", "-o", "made.mp4")
    assert "completed" in told
    assert {path.name for path in Path().iterdir()} == {
        "made.mp4",
        "made.provenance.json",
        "made.provenance.dsse.json",
    }
    record = data(capsys, "run", "invert", "cat", "-p", "intensity=0.5")
    assert record["status"] == "completed"
    assert record["progress"]["cached"] == record["progress"]["nodes"]
    assert "unchanged: made" in said(capsys, "verify", "made.provenance.dsse.json", "--file", "made.mp4")
    assert data(capsys, "verify", "last")["valid"]
    assert data(capsys, "replay", "last") == {"same": True, "outputs": {"result": "identical bytes"}}


def test_what_was_changed_since_it_was_signed_does_not_verify(server, clip, capsys) -> None:
    said(capsys, "run", "identity", "cat", "-o", "same.mp4")
    with Path("same.mp4").open("ab") as file:
        file.write(b"x")
    said(capsys, "verify", "same.provenance.dsse.json", "--file", "same.mp4", code=1)


def test_detached_gives_the_id_that_other_commands_take_by_its_beginning(server, clip, capsys, services) -> None:
    run_id = said(capsys, "run", "invert", "cat", "--detach").strip()
    assert "pending" in said(capsys, "ls", "runs", "--status", "pending")
    assert run_id in said(capsys, "cancel", run_id[:8])
    assert services.runs.get(run_id).state.value == "cancelled"
    again = said(capsys, "retry", "last").split()[0]
    assert again != run_id
    said(capsys, "cancel", "last")
    said(capsys, "discard", run_id[:8], "--yes")
    assert [run["run_id"] for run in data(capsys, "ls", "runs")["items"]] == [again]


def test_a_failed_run_is_1_and_says_why(server, clip, capsys, services, monkeypatch) -> None:
    from artdag.run import RunState

    def fail(_: object) -> None:
        for run in list(services.runs.open_ids()):
            services.runs.move(run, RunState.FAILED, error={"code": "x", "message": "out of paint", "node": "brush"})

    monkeypatch.setattr("app.client.doors.HttpDoor.work", fail)
    assert "brush: out of paint" in said(capsys, "run", "invert", "cat", code=1)
    assert main(["run", "sepia", "cat", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["status"] == "failed"


def test_plan_and_explain_say_why_and_do_nothing(server, clip, capsys) -> None:
    assert "1 to do" in said(capsys, "plan", "invert", "cat")
    found = data(capsys, "plan", "invert", "cat")
    assert [node["state"] for node in found["nodes"]] == ["cached", "pending"]
    assert found["nodes"][1]["reason"] in said(capsys, "explain", "invert", "cat")
    assert data(capsys, "ls", "runs")["items"] == []
    run_id = said(capsys, "run", "invert", "cat", "--detach").strip()
    assert data(capsys, "explain", run_id)["run_id"] == run_id


def test_diff_says_where_two_runs_part(server, clip, capsys) -> None:
    one, other = (
        said(capsys, "run", "invert", "cat", "-p", f"intensity={value}", "--detach").strip() for value in (0.5, 0.6)
    )
    told = said(capsys, "diff", one[:8], other[:8])
    assert "intensity" in told
    assert "Where the work parts" in told
    assert data(capsys, "diff", one, other)["first"] == ["result"]
    assert "The same work" in said(capsys, "diff", one, one)


def test_lineage_goes_both_ways_from_a_hash_or_an_asset(server, clip, capsys) -> None:
    said(capsys, "run", "identity", "cat", "--name", "copy")
    told = said(capsys, "lineage", "cat")
    assert told.count("identity  run") == 2
    assert data(capsys, "lineage", clip[:10])["content_hash"] == clip


def test_media_go_up_and_are_listed(server, capsys, tmp_path) -> None:
    path = a_clip(tmp_path / "up.mp4")
    (arrived,) = data(capsys, "upload", str(path))["items"]
    assert "was here already" in said(capsys, "upload", str(path))
    assert arrived["content_hash"][:10] in said(capsys, "ls")
    assert data(capsys, "ls", "-q", "nothing like it")["items"] == []


def test_a_large_file_goes_up_in_pieces_goes_on_where_it_stopped_and_is_not_sent_twice(
    server, capsys, tmp_path, monkeypatch
) -> None:
    from app.client import sending
    from app.client.doors import HttpDoor, NobodyThereError

    monkeypatch.setattr(sending, "LARGE_BYTES", 1000)
    monkeypatch.setattr(sending, "PIECE_BYTES", 4000)
    monkeypatch.setattr(sending, "_PAUSE_S", 0.0)
    path = a_clip(tmp_path / "large.mp4", seed=5)
    size, asked, whole = path.stat().st_size, [], HttpDoor.ask
    assert 8000 < size < 40_000

    def breaks(door, method, place, *rest, **more):
        asked.append(method)
        if method == "PATCH" and asked.count("PATCH") > 2:
            raise NobodyThereError("the line is dead")
        return whole(door, method, place, *rest, **more)

    monkeypatch.setattr(HttpDoor, "ask", breaks)
    assert "the line is dead" in said(capsys, "upload", str(path), code=3)
    sent = []

    def counts(door, method, place, *rest, **more):
        if method == "PATCH":
            sent.append(len(more["raw"]))
            if len(sent) == 1:
                raise NobodyThereError("once more")
        return whole(door, method, place, *rest, **more)

    monkeypatch.setattr(HttpDoor, "ask", counts)
    (arrived,) = data(capsys, "upload", str(path))["items"]
    assert arrived["content_hash"] == digest_file(path)
    assert sum(sent[1:]) == size - 8000  # two pieces were there
    sent.clear()
    assert "was here already" in said(capsys, "upload", str(path))
    assert sent == []


def test_recipes_are_checked_here_and_shown_as_the_server_has_them(server, capsys) -> None:
    poster = str(PROJECT / "examples" / "soft-night.yaml")
    assert "is right" in said(capsys, "recipe", "lint", poster)
    Path("wrong.yaml").write_text("name: x\ndag: {nodes: [{id: a, type: BLURR}], output: a}\n")
    assert "BLURR" in said(capsys, "recipe", "lint", "wrong.yaml", code=2)
    said(capsys, "recipe", "upload", poster)
    told = said(capsys, "recipe", "show", "soft-night")
    assert all(word in told for word in ("Inputs", "Settings", "vignette"))
    assert said(capsys, "recipe", "show", "soft-night", "--text") == Path(poster).read_text()
    assert "soft-night" in said(capsys, "ls", "recipes")
    assert "radius" in said(capsys, "effects", "blur")


NO_SENSE = [
    (["run"], "Missing argument"),
    (["nothing"], "No such command"),
    (["run", "nothing-like-it"], "no recipe or effect"),
    (["run", "invert"], "is needed"),
    (["run", "invert", "cat", "-p", "x"], "NAME=VALUE"),
    (["run", "invert", "cat", "-p", "no_such=1"], "no_such"),
    (["run", "invert", "no-such-file.png"], "there is no file"),
    (["run", "invert", "cat", "--callback-url", "http://10.0.0.1/"], "no public address"),
    (["cancel", "zz"], "is no run"),
    (["cancel", "abcdef"], "begins no run"),
    (["cancel", "last"], "no run of yours yet"),
    (["diff", "last", "last"], "no run of yours yet"),
    (["lineage", "no-such-asset"], "no hash and no asset"),
    (["lineage", "0" * 64], "no bytes"),
    (["recipe", "show", "../../etc"], "nothing at this address"),
    (["effects", "no/such"], "nothing at this address"),
    (["ls", "media", "--status", "failed"], "--status is for runs"),
    (["login", "ftp://example.org"], "is not an address"),
    (["login", "http://example.org"], "use https://"),
    (["replay", "abcdef"], "begins no run"),
    (["fsck"], "there is no store"),
    (["run", "invert", "cat", "--server", "nowhere"], "is not an address"),
    (["ls", "--token-file", "no-such-token"], "cannot be read"),
]


def test_what_makes_no_sense_is_2_with_one_sentence(server, clip, capsys) -> None:
    for wanted, words in NO_SENSE:
        assert words in said(capsys, *wanted, code=2), wanted


def test_with_json_an_error_is_json_too(server, clip, capsys) -> None:
    assert main(["run", "nothing-like-it", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "unknown_recipe"


def test_nobody_there_is_3(home, capsys) -> None:
    assert home
    assert NOWHERE in said(capsys, "ls", "--server", NOWHERE, code=3)
    assert "make run" in said(capsys, "status", code=2)
    assert "add" not in said(capsys, "run", "invert", "cat", "--detach", code=2)


def test_who_is_not_known_is_4_and_is_told_so(shared_services, home, capsys, monkeypatch, alice) -> None:
    with served(under_test(create_app(shared_services))) as address:
        assert "login" in said(capsys, "ls", "runs", "--server", address, code=4)
        Path("token").write_text("wrong")
        said(capsys, "login", address, "--token-file", "token", code=4)
        assert not (home / "config").exists()
        monkeypatch.setattr("sys.stdin", io.StringIO(token_of(alice) + "\n"))
        assert "Logged in" in said(capsys, "login", address, "--token-file", "-")
        kept = home / "config" / "servers.json"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
        assert data(capsys, "ls", "runs")["items"] == []  # the default from now on
        assert address in said(capsys, "servers")
        kept.chmod(0o644)
        assert "chmod 600" in said(capsys, "ls", "runs", code=2)
        kept.chmod(0o600)
        said(capsys, "logout")
        assert "None" in said(capsys, "servers")


def test_a_token_goes_to_the_server_it_is_for_and_to_no_other(tmp_path) -> None:
    servers = Servers(tmp_path)
    servers.remember("https://art.example.org", "secret", as_default=True)
    assert servers.token("https://art.example.org:443/some/path") == "secret"
    for other in ("http://art.example.org", "https://art.example.org:8443", "https://art.example.org.evil.example"):
        assert servers.token(other) is None


def test_what_a_server_says_cannot_command_the_terminal(server, clip, capsys, services, tmp_path, monkeypatch) -> None:
    from app.storage.media_index import MediaEntry

    other = services.content.put_file(a_clip(tmp_path / "other.mp4", seed=3)).digest
    services.media.put_facts(other, services.media.facts(clip))
    services.media.link(LOCAL, other, MediaEntry(name="a\x1b[2Jb\nc", uploaded_at=services.clock()))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)  # colours are not stripped then
    told = said(capsys, "ls")
    assert "\x1b" in told
    assert "\x1b[2J" not in told
    assert "a�[2Jb c" in told


def test_admins_make_room_fill_redis_and_see_the_workers(server, clip, capsys) -> None:
    assert "would be let go" in said(capsys, "gc", "--limit", "1GB", "--dry-run")
    assert data(capsys, "gc", "--limit", "1GB")["dry_run"] is False
    assert "500MB" in said(capsys, "gc", "--limit", "much", code=2)
    assert "entries written" in said(capsys, "reindex")
    assert "No worker" in said(capsys, "workers")
    assert "no worker and no machine" in said(capsys, "drain", "nobody", code=2)
    assert "is drained" in said(capsys, "resume", "nobody", code=2)


def test_publishing_without_a_registry_says_so(server, clip, capsys) -> None:
    said(capsys, "run", "identity", "cat")
    said(capsys, "publish", "last", code=2)


def test_doctor_and_status_look_at_what_is_there(server, capsys, services, monkeypatch, redis_url) -> None:
    monkeypatch.setenv("ARTDAG_HOME", str(services.settings.home))
    monkeypatch.setenv("REDIS_URL", redis_url)
    assert main(["doctor", "--json"]) == 1  # no worker
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["workers"]["state"] == "broken"
    assert checks["python"]["state"] == checks["store"]["state"] == "ok"
    assert main(["status"]) == 1
    assert "python worker.py" in capsys.readouterr().out


def test_the_page_on_the_command_line_shows_every_command_and_no_other() -> None:
    page = (PROJECT / "docs" / "command-line.md").read_text()
    shown = set(re.findall(r"(?:^|; )artdag ([a-z]+)", page, re.MULTILINE))
    assert shown == set(artdag.commands) - {"up", "starter"}  # these two stand in docs/deploy.md


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_completion_script_for_each_shell(shell, capsys) -> None:
    assert "_ARTDAG_COMPLETE" in said(capsys, "completion", shell)


def test_the_program_completes_and_starts_from_any_folder(tmp_path) -> None:
    environ = {**os.environ, "_ARTDAG_COMPLETE": "bash_complete", "COMP_WORDS": "artdag li", "COMP_CWORD": "1"}
    link = tmp_path / "artdag"
    link.symlink_to(PROJECT / "bin" / "artdag")
    done = subprocess.run(
        [sys.executable, str(link)], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.splitlines() == ["plain,lineage"], done.stderr
