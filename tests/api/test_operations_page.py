"""docs/operations.md names every setting and every figure, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.settings import PREFIX, Settings

from .conftest import world
from .test_dids import settled

pytestmark = pytest.mark.anyio
DOCS = Path(__file__).parents[2] / "docs"
ELSEWHERE = {"AVOW_URL", "AVOW_CLIENT_FILE", "AVOW_WALLET", "AVOW_WALLET_PASSPHRASE_FILE", "AVOW_CHAIN_"}


def text(name):
    return (DOCS / name).read_text("utf-8")


def test_every_setting_is_described():
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    named = set(re.findall(r"AVOW_[A-Z_]+", text("operations.md")))
    assert named - known == ELSEWHERE
    assert known <= named | set(re.findall(r"AVOW_[A-Z_]+", text("chain.md")))


def test_the_defaults_are_those_of_the_code():
    for name in (
        "seal_interval_ms",
        "seal_entries",
        "anchor_interval_ms",
        "anchor_entries",
        "heartbeat_seconds",
    ):
        row = re.search(rf"^\| `AVOW_{name.upper()}` \|.*\| (\d+) \|$", text("operations.md"), re.MULTILINE)
        assert int(row[1]) == Settings.model_fields[name].default


async def test_every_figure_is_described_and_every_alert_uses_figures_that_exist(tmp_path):
    async with world(tmp_path) as avow:
        await settled(avow, (await avow.post("/dids", {"name": "city"}, status=201))["did"])
        shown = (await avow.client.get("/metrics")).text
    families = set(re.findall(r"^# TYPE (avow_\w+) ", shown, re.MULTILINE))
    named = set(re.findall(r"\bavow_[a-z_]+", text("operations.md")))
    assert named == families
