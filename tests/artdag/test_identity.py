"""Who did it."""

from __future__ import annotations

import pytest

from artdag.errors import ParameterError
from artdag.identity import LOCAL, Identity


@pytest.mark.parametrize("text", ["@alice@art.example", "@a.b_c-d@localhost:8200", "@local@localhost"])
def test_an_actor_is_read_and_written_alike(text):
    assert str(Identity.parse(text)) == text


def test_everybody_is_local_in_single_user_mode():
    assert str(LOCAL) == "@local@localhost"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "alice",
            "alice@art.example",
            "@alice",
            "@alice@",
            "@@host",
            "@аlice@art.example",
            "@a b@host",
            "@a@host/x",
        ),
        *("@a@host\n", "@<b>@host", "@" + "a" * 65 + "@host"),
    ],
)
def test_anything_else_is_no_actor(text):
    with pytest.raises(ParameterError, match="write @name@host"):
        Identity.parse(text)
