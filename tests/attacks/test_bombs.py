"""Inputs that are made to cost: each is refused with its code, after work that is bounded in units.

Units are those of the product, where it counts them, and calls of functions, Python's and C's. No clock is
read here; `benchmarks/bombs.py` prints times.
"""

from __future__ import annotations

import sys

import pytest

from credentials.limits import LIMITS
from credentials.rdf import compiled
from credentials.rdf.canonical import Limits
from credentials.sd_jwt import processing
from credentials.sd_jwt.limits import LIMITS as SD_LIMITS
from credentials.status import inflating
from tests.support import bombs
from tests.support.bombs import BOMBS
from tests.support.world import World


def counted(show):
    """The code of the refusal, and how many functions were called."""
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        code = show()
    finally:
        sys.setprofile(before)
    return code, calls


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name)
def test_it_is_refused_after_bounded_work(bomb):
    show = bomb.arm(World("bombs"))
    show()  # contexts are compiled once
    code, calls = counted(show)
    assert code == bomb.code
    assert calls <= bomb.calls


def kept(monkeypatch, module):
    """Every budget of work that a module opens from now on."""
    opened = []

    class Kept(module.Work):
        def __init__(self, *limit):
            super().__init__(*limit)
            opened.append(self)

    monkeypatch.setattr(module, "Work", Kept)
    return opened


@pytest.mark.parametrize("arm", [bombs.of_clique, bombs.ring])
def test_labelling_stops_within_its_budget(monkeypatch, arm):
    show = arm(World("bombs"))
    opened = kept(monkeypatch, compiled)
    assert show() == "rdf.work-limit"
    # One for the options of the proof, one for the document.
    assert len(opened) <= 2
    assert max(work.spent for work in opened) <= Limits().max_work


@pytest.mark.parametrize(
    ("arm", "code", "most"),
    [
        (bombs.disclosures, "sd-jwt.disclosures", 0),
        (bombs.values_in_disclosures, "sd-jwt.work", SD_LIMITS.max_work + 260),
        (bombs.ladder, "sd-jwt.depth", 1_000),
    ],
)
def test_disclosures_stop_within_their_budget(monkeypatch, arm, code, most):
    show = arm(World("bombs"))
    opened = kept(monkeypatch, processing)
    assert show() == code
    assert sum(work.spent for work in opened) <= most


@pytest.mark.parametrize(
    ("arm", "code", "most"),
    [
        (bombs.gzip_in_status_list, "status.too-large", LIMITS.max_status_bytes + 1),
        (bombs.zlib_in_status_token, "status.too-large", LIMITS.max_status_bytes + 1),
        (bombs.members_in_status_list, "status.encoding", 0),
    ],
)
def test_inflating_stops_at_the_largest_list(monkeypatch, arm, code, most):
    show = arm(World("bombs"))
    work, inflate = inflating.Work(), inflating.inflate
    monkeypatch.setattr(
        inflating, "inflate", lambda data, form, **limits: inflate(data, form, **{**limits, "work": work})
    )
    assert show() == code
    assert work.produced == most
