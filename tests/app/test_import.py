"""Importing from the server's disk: only from the roots that are open, never through a link."""

from __future__ import annotations

import os
import socket

import pytest

from app import create_app
from app.services import build_services
from app.settings import Settings
from tests.builders import a_clip


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "in"
    (root / "sub").mkdir(parents=True)
    a_clip(root / "one.mp4", seed=1)
    a_clip(root / "sub" / "two.mp4", seed=2)
    (root / "notes.txt").write_text("not media")
    return root


@pytest.fixture
def importer(redis_client, redis_url, tmp_path, root):
    environ = {"ARTDAG_HOME": str(tmp_path / "h"), "REDIS_URL": redis_url, "IMPORT_ROOTS": str(root)}
    return create_app(build_services(Settings.from_env(environ), redis_client)).test_client()


def test_a_file_and_a_folder_are_taken_in(importer, root):
    assert importer.post(f"/cache/import?path={root}/one.mp4").status_code == 201
    answer = importer.post("/cache/import", query_string={"path": str(root)})
    assert answer.status_code == 201
    assert sorted(item["name"] for item in answer.json["items"]) == ["one.mp4", "sub/two.mp4"]
    assert [entry["name"] for entry in answer.json["skipped"]] == ["notes.txt"]


def test_with_no_root_nothing_is_open(client, root):
    answer = client.post("/cache/import", query_string={"path": f"{root}/one.mp4"})
    assert answer.status_code == 403


def test_no_trick_leads_out_of_the_root(importer, root, tmp_path):
    secret = tmp_path / "in-secret"
    secret.mkdir()
    a_clip(secret / "s.mp4", seed=3)
    (root / "link.mp4").symlink_to(secret / "s.mp4")
    (root / "linked").symlink_to(secret)
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "socket"))
        tricks = [
            "/etc/passwd",
            "/dev/zero",
            f"{secret}/s.mp4",
            f"{root}/../in-secret/s.mp4",
            f"{root}/link.mp4",
            f"{root}/linked/s.mp4",
            f"{root}/pipe",
            f"{root}/socket",
            f"{root}/a\0b",
            f"{root}/{'x' * 4000}",
            "relative.mp4",
            "",
        ]
        for path in tricks:
            answer = importer.post("/cache/import", query_string={"path": path})
            assert answer.status_code in (400, 403, 422), path
            assert "Traceback" not in answer.text
    assert importer.get("/cache").json["items"] == []
