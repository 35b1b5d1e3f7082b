"""The catalogue as a whole: numbers and checks belong together, and the page tells of them all."""

from tests.rejects.listing import PAGE, cases, page
from tests.rejects.removal import places


def test_every_number_has_a_check_and_every_check_a_case():
    numbers = {case.number for case in cases()}
    assert numbers - places().keys() == set(), "cases without a check in the sources"
    assert places().keys() - numbers == set(), "checks in the sources without a case"


def test_no_two_cases_are_one():
    seen = [(case.number, case.title) for case in cases()]
    assert len(seen) == len(set(seen))


def test_the_page_is_the_catalogue():
    assert PAGE.read_text() == page(), "write it again: python -m tests.rejects.listing"
