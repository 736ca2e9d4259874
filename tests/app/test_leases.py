import time

import pytest

from app.storage.leases import Leases


@pytest.fixture
def leases(redis_client):
    return Leases(redis_client)


def test_a_lease_has_one_holder(leases):
    token = leases.take("dispatcher", 5)
    assert token is not None
    assert leases.take("dispatcher", 5) is None
    assert leases.take("sweep", 5) is not None


def test_a_released_lease_is_free(leases):
    token = leases.take("dispatcher", 5)
    assert leases.release("dispatcher", token)
    assert leases.take("dispatcher", 5) is not None


def test_a_lease_without_signs_of_life_passes_to_somebody_else_who_gets_a_larger_token(leases):
    old = leases.take("dispatcher", 0.05)
    time.sleep(0.08)
    new = leases.take("dispatcher", 5)
    assert new > old
    assert not leases.renew("dispatcher", old, 5)
    assert not leases.release("dispatcher", old)
    assert leases.renew("dispatcher", new, 5)


def test_renewing_keeps_a_lease(leases):
    token = leases.take("dispatcher", 0.15)
    for _ in range(4):
        time.sleep(0.06)
        assert leases.renew("dispatcher", token, 0.15)
    assert leases.take("dispatcher", 5) is None


def test_a_lapsed_lease_that_nobody_took_may_be_renewed(leases):
    token = leases.take("dispatcher", 0.03)
    time.sleep(0.06)
    assert leases.renew("dispatcher", token, 5)
    assert leases.take("dispatcher", 5) is None
