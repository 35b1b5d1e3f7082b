import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.verifying.binding import LABEL, presentation_header
from did.keys import PublicKey

KEY = PublicKey.from_multikey("z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
OTHER = PublicKey.from_multikey("z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH")
DOMAIN = "https://verifier.example"
CHALLENGE = "3q2-7wAAAAAAAAAAAAAAAA"
PAGE = Path(__file__).parents[3] / "docs" / "specs" / "presentation-binding.md"


def header(domain=DOMAIN, challenge=CHALLENGE, key=KEY):
    return presentation_header(domain=domain, challenge=challenge, holder_key=key)


def test_the_worked_example_of_the_page():
    table = PAGE.read_text().partition("## Worked example")[2].splitlines()
    rows = [line.strip("|").split("|") for line in table if line.count("|") == 3]
    example = {name.strip(): value.strip().strip("`") for name, value in rows}
    assert (example["domain"], example["challenge"]) == (DOMAIN, CHALLENGE)
    assert example["holder"] == KEY.multikey()
    assert header().hex() == example["header"]


def test_the_bytes_are_length_prefixed_fields():
    fields = (LABEL, DOMAIN.encode(), CHALLENGE.encode(), KEY.multikey().encode())
    encoded = b"".join(len(field).to_bytes(8, "big") + field for field in fields)
    assert header() == hashlib.sha256(encoded).digest()


def test_each_part_counts():
    headers = {header(), header(domain=DOMAIN + "/"), header(challenge=CHALLENGE[:-1]), header(key=OTHER)}
    assert len(headers) == 4


@given(st.text("ab", min_size=1, max_size=4), st.text("ab", min_size=1, max_size=4))
def test_moving_text_between_the_parts_changes_the_header(left, right):
    moved = header(domain=left + right[0], challenge=right[1:] or "x")
    assert moved != header(domain=left, challenge=right)


def test_unicode_is_not_normalised():
    assert header(domain="caf\u00e9.example") != header(domain="cafe\u0301.example")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"domain": ""}, "binding.domain"),
        ({"challenge": ""}, "binding.challenge"),
        ({"domain": "a" * 2049}, "binding.domain"),
        ({"challenge": "\ud800"}, "binding.challenge"),
    ],
)
def test_refused_inputs(changes, code):
    with pytest.raises(CredentialError) as caught:
        header(**changes)
    assert caught.value.code == code
