"""The holder's check: its gap, under the list's key, for the epoch; and none for what is revoked."""

from __future__ import annotations

import os

import pytest

from credentials.errors import CredentialError
from credentials.revocation import (
    DIGITS,
    SET,
    PreviousKey,
    check_gap,
    check_parameters,
    parameters_digest,
)
from tests.support.revocation import EPOCH, gap_key, gap_secret, metadata, predicates, published
from zk.curve import Scalar
from zk.predicates.published.lists import check_digits, check_set, publish_digits, publish_set

REVOKED = {7, 8, 4_000_000_000}


@pytest.fixture(scope="module")
def file():
    return published(REVOKED)


def check(file, identifier, **changes):
    return check_gap(predicates(), file, identifier, metadata=metadata(**changes))


def code(act, *args, **kwargs):
    with pytest.raises(CredentialError) as error:
        act(*args, **kwargs)
    return error.value.code


@pytest.mark.parametrize(("identifier", "ends"), [(1, (0, 7)), (9, (8, 4_000_000_000)), (2**32 - 2, None)])
def test_who_is_not_revoked_has_a_gap(file, identifier, ends):
    found = check(file, identifier)
    assert (found.epoch, found.key, found.scope) == (EPOCH, gap_key(), metadata().scope)
    assert (found.gap.left, found.gap.right) == (ends or (4_000_000_000, 2**32 - 1))


@pytest.mark.parametrize("identifier", [*REVOKED, 0, 2**32 - 1])
def test_who_is_revoked_has_none(file, identifier):
    assert code(check, file, identifier) == "revocation.revoked"


def test_gaps_under_another_key_or_of_another_list_are_refused(file):
    assert code(check, file, 1, gap_key=gap_key(b"\x08")) == "revocation.gap"
    assert code(check, file, 1, url="https://issuer.example/revocation/other") == "revocation.gap"
    assert code(check, published(REVOKED, seed=b"\x08"), 1) == "revocation.gap"


def test_the_key_is_that_of_the_epoch(file):
    rotated = {"gap_key": gap_key(b"\x08"), "previous": PreviousKey(gap_key(), EPOCH)}
    assert check(file, 1, **rotated).key == gap_key()
    later = published(REVOKED, epoch=EPOCH + 1, seed=b"\x08")
    assert check(later, 1, **rotated).key == gap_key(b"\x08")
    assert code(check, published(REVOKED, epoch=EPOCH + 1), 1, **rotated) == "revocation.gap"


def test_a_gap_that_was_widened_is_refused(file):
    [first, *_] = file.gaps
    wide = type(first)(first.left, 9, first.signature)
    forged = type(file)(file.scope, file.epoch, file.page, file.first, file.last, (wide,))
    assert code(check, forged, 8) == "revocation.gap"


def test_published_lists_are_named_by_the_digests_that_their_checks_give():
    digits = publish_digits(predicates(), gap_secret(b"\x09"))
    members = publish_set(predicates(), gap_secret(b"\x0a"), [Scalar(2), Scalar(3)])
    checked = check_digits(predicates(), digits, random_bytes=os.urandom)
    assert check_parameters(digits, expected_digest=checked.digest) == digits
    assert parameters_digest(digits, DIGITS) == checked.digest
    digest = check_set(predicates(), members, random_bytes=os.urandom).digest
    assert check_parameters(members, expected_digest=digest) == members
    assert parameters_digest(members, SET) == digest
    assert code(check_parameters, digits[:-1] + b"x", expected_digest=checked.digest) == "revocation.digest"
    assert code(check_parameters, members, expected_digest=checked.digest) == "revocation.digest"
