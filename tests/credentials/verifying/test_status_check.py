"""Step (8) by itself: every entry is looked at, and only a list that was proven is not looked up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from credentials.errors import CredentialError, IndeterminateError
from credentials.limits import LIMITS
from credentials.model import Typed
from credentials.revocation.reference import STATUS_TYPE
from credentials.status.checking import Status, Terms
from credentials.status.references import ENTRY_TYPE, TOKEN_STATUS
from credentials.verifying import status_check
from credentials.verifying.verdict import Outcome
from tests.support.proving import ProvingWorld

NOW = datetime(2026, 11, 26, tzinfo=UTC)
LIST = "https://issuer.example/revocation/1"
ISSUER = "did:web:issuer.example"
POLICY = replace(
    ProvingWorld().policy,
    status_issuers=frozenset({"did:web:keeper.example"}),
    clock_skew=timedelta(seconds=7),
)
SOURCE, PROOFS = object(), object()


@dataclass
class View:
    """As much of a credential as the step reads."""

    status: tuple[Typed, ...]
    issuer: str = ISSUER


def named(kind, name=LIST):
    return Typed((kind,), name, {})


def listed(purpose="revocation"):
    """An entry of a bitstring list."""
    document = {
        "type": ENTRY_TYPE,
        "statusPurpose": purpose,
        "statusListIndex": "5",
        "statusListCredential": "https://issuer.example/status/1",
    }
    return Typed((ENTRY_TYPE,), None, document)


def judge(*entries, proven=None, source=None, **policy):
    return status_check.status(
        View(entries),
        replace(POLICY, **policy),
        source=source,
        proofs=PROOFS,
        now=NOW,
        proven=proven,
    )


def code_of(*entries, **how):
    with pytest.raises(CredentialError) as caught:
        judge(*entries, **how)
    return caught.value.code


def test_who_names_no_list_is_told_apart_from_who_has_proven():
    assert "names no status list" in judge().detail
    assert "has proven" in judge(named(STATUS_TYPE), proven=LIST).detail
    assert judge().outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("entries", "proven", "code"),
    [
        ([named(STATUS_TYPE)], None, "status.unproven"),
        ([named(STATUS_TYPE, None)], None, "status.unproven"),
        ([named(STATUS_TYPE)], f"{LIST}x", "status.unproven"),
        ([named(STATUS_TYPE), named(STATUS_TYPE, f"{LIST}x")], LIST, "status.unproven"),
        ([named(STATUS_TYPE), listed()], LIST, "status.unsupported"),
        ([named("Other")], LIST, "status.unsupported"),
        ([named(ENTRY_TYPE)], LIST, "status.unsupported"),
    ],
    ids=["silence", "no name", "another list", "one of two", "another entry", "type", "address"],
)
def test_only_the_list_that_was_proven_needs_nothing_more(entries, proven, code):
    assert code_of(*entries, proven=proven) == code
    assert judge(*entries, proven=proven, unsafe_accept_unsupported_status=True).code == code


def test_a_type_that_nobody_knows_is_not_looked_up():
    with pytest.raises(IndeterminateError) as caught:
        judge(named("Other"), source=SOURCE)
    assert caught.value.code == "status.unsupported"
    assert caught.value.detail == "a status of type Other cannot be checked here"


@pytest.fixture
def found(monkeypatch):
    """What lists say, in order, and with what they were asked."""
    asked, answers = [], []

    def check(reference, *, source, proofs, terms):
        asked.append((reference, source, proofs, terms))
        answer = answers.pop(0)
        if isinstance(answer, CredentialError):
            raise answer
        return answer

    monkeypatch.setattr(status_check, "check", check)
    return asked, answers


def test_a_list_is_read_as_the_policy_says(found):
    asked, answers = found
    answers.append(Status("revocation", 0))
    assert judge(listed(), source=SOURCE).outcome is Outcome.PASSED
    ((reference, source, proofs, terms),) = asked
    assert (reference.index, source, proofs) == (5, SOURCE, PROOFS)
    assert terms == Terms(frozenset({ISSUER, "did:web:keeper.example"}), NOW, timedelta(seconds=7), LIMITS)


def test_a_token_list_is_read_too(found):
    asked, answers = found
    answers.append(Status("status", 0))
    claim = {"status_list": {"idx": 9, "uri": "https://issuer.example/token-status/1"}}
    entry = Typed((TOKEN_STATUS,), None, {"status": claim})
    assert judge(entry, source=SOURCE).outcome is Outcome.PASSED
    assert asked[0][0].index == 9


REVOKED = CredentialError("status.revoked", "revoked")
UNDECIDED = IndeterminateError("status.unreachable", "nobody answers", remedy="try again")


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_revoked_stands_before_what_is_undecided(found, order):
    _, answers = found
    for unsafe in (False, True):
        answers[:] = [REVOKED, UNDECIDED][::order]
        code = code_of(listed(), listed(), source=SOURCE, unsafe_accept_unsupported_status=unsafe)
        assert code == "status.revoked"


def test_what_is_undecided_passes_where_the_policy_says(found):
    _, answers = found
    other = IndeterminateError("status.other", "another")
    answers[:] = [UNDECIDED, other]
    assert code_of(listed(), listed(), source=SOURCE) == "status.unreachable"
    answers[:] = [Status("refresh", 1), UNDECIDED, other]
    remark = judge(*[listed()] * 3, source=SOURCE, unsafe_accept_unsupported_status=True)
    assert (remark.outcome, remark.code) == (Outcome.INDETERMINATE, "status.unreachable")
    assert (remark.detail, remark.remedy) == ("nobody answers", "try again")


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([Status("refresh", 1)], "status.refresh"),
        ([Status("revocation", 0), Status("refresh", 1)], "status.refresh"),
        ([Status("refresh", 0)], ""),
        ([Status("message", 1)], ""),
        ([Status("revocation", 0)], ""),
    ],
    ids=["refresh", "second", "no refresh", "message", "good"],
)
def test_a_newer_form_is_worth_a_warning(found, answers, code):
    found[1][:] = answers
    remark = judge(*[listed()] * len(answers), source=SOURCE)
    assert remark.code == code
    assert remark.outcome is (Outcome.WARNING if code else Outcome.PASSED)
    assert ("newer form" in remark.detail) is bool(code)
    assert ("ask the holder" in remark.remedy) is bool(code)
