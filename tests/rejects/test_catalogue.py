"""The catalogue as a whole: numbers and checks belong together, one to one."""

import importlib
from pathlib import Path

from tests.rejects.removal import places

ROOMS = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py") if path.stem != "test_catalogue")


def cases():
    return [case for room in ROOMS for case in importlib.import_module(f"tests.rejects.{room}").CASES]


def test_every_number_has_a_check_and_every_check_a_case():
    numbers = {case.number for case in cases()}
    assert numbers - places().keys() == set(), "cases without a check in the sources"
    assert places().keys() - numbers == set(), "checks in the sources without a case"


def test_no_two_cases_are_one():
    seen = [(case.number, case.title) for case in cases()]
    assert len(seen) == len(set(seen))
