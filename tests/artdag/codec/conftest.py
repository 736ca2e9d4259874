from __future__ import annotations

import pytest

from tests.media import MediaFolder


@pytest.fixture(scope="session")
def media(tmp_path_factory):
    return MediaFolder(tmp_path_factory.mktemp("media"))
