"""Revocation lists in the service: made once, identifiers once, epochs by the clock, public and cacheable."""

from __future__ import annotations

import os

import pytest

from api.services.revocation import lists, parameters
from credentials.revocation import EpochSummary, check_gap
from zk.predicates.published.lists import check_digits

from .conftest import world
from .revocations import epoch, identifiers, issuer, metadata

pytestmark = pytest.mark.anyio


@pytest.fixture
async def avow(tmp_path):
    async with world(tmp_path) as running:
        await issuer(running)
        yield running


async def test_a_list_and_a_digit_list_are_made_once(avow):
    again = await lists.ensure_list(avow.core, "default", avow.did)
    assert again == avow.list
    digest = await parameters.ensure_digit_list(avow.core, "default", avow.did)
    assert await parameters.ensure_digit_list(avow.core, "default", avow.did) == digest
    answer = await avow.client.get(f"/parameters/{digest.hex()}")
    assert answer.headers["cache-control"].endswith("immutable")
    checked = check_digits(avow.core.revocations.system, answer.content, random_bytes=os.urandom)
    assert checked.digest == digest


async def test_a_holder_fetches_and_checks_its_gap(avow):
    found = await metadata(avow)
    assert found == avow.list.metadata
    [identifier] = await identifiers(avow)
    now = found.epoch_at(avow.clock.now())
    answer = await epoch(avow, now)
    said = (await epoch(avow, now, "/summary")).json()
    summary = EpochSummary.from_json(said, expected_scope=found.scope, expected_epoch=now)
    file = summary.read(answer.content)
    assert check_gap(avow.core.revocations.system, file, identifier, metadata=found).epoch == now
