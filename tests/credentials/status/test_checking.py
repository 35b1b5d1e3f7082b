"""From an entry to its meaning, through the verifier, with lists that a simulated issuer signs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from credentials.errors import CredentialError
from credentials.limits import LIMITS
from credentials.status.checking import Terms, check
from credentials.status.faults import W3C_NAMES
from credentials.status.references import BitstringReference
from credentials.status.sources import KeptList, Kind
from credentials.verifying.lists import SignedLists
from credentials.verifying.policy import Policy
from credentials.verifying.verdict import Outcome
from tests.support.statuses import ENTRIES, URI, Lists, entry, marked, token_status
from tests.support.world import EDDSA, World, tamper


@pytest.fixture
def world():
    made = World("status")
    made.statuses = Lists(made)
    return made


def code(world, *entries, **policy):
    credential = world.issue(EDDSA, credentialStatus=list(entries) if len(entries) > 1 else entries[0])
    return world.refuse_credential(credential, **policy)


def token_remark(world, index=7, **policy):
    return token_status(world, world.statuses, index, **policy)


def token_code(world, index=7, **more):
    try:
        token_remark(world, index, **more)
    except CredentialError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        ("revocation", "status.revoked"),
        ("suspension", "status.suspended"),
        ("message", "status.message"),
        ("https://x.example/purpose", "status.value"),
    ],
)
def test_a_set_bit_means_its_purpose_and_an_unset_one_nothing(world, purpose, expected):
    world.statuses.bitstring(marked(7), purpose=purpose)
    assert code(world, entry(7, purpose)) == expected
    assert code(world, entry(8, purpose)) == ""
    assert code(world, entry(0, purpose)) == ""


def test_the_classic_mistake_of_order_would_show(world):
    world.statuses.bitstring(marked(7))
    world.statuses.token(marked(7, "little"))
    assert code(world, entry(7)) == "status.revoked"
    assert token_code(world, 7) == "status.revoked"
    assert code(world, entry(0)) == ""
    assert token_code(world, 0) == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, ""), (1, "status.revoked"), (2, "status.suspended"), (3, "status.value"), (12, "status.value")],
)
def test_the_values_of_tokens(world, value, expected):
    data = bytearray(ENTRIES // 2)
    data[3] = value << 4
    world.statuses.token(bytes(data), size=4)
    assert token_code(world, 7) == expected
    assert token_code(world, 6) == ""


def test_a_message_is_shown_by_its_value(world):
    messages = [{"status": hex(value), "message": f"state {value}"} for value in range(4)]
    bits = bytearray(ENTRIES // 4)
    bits[1] = 0b0001_1000  # entries 4 to 7: 0, 1, 2, 0
    world.statuses.bitstring(bytes(bits), purpose="message")
    found = [
        world.verify_credential(
            world.issue(EDDSA, credentialStatus=entry(index, "message", statusSize=2, statusMessage=messages))
        )
        for index in (4, 5, 6)
    ]
    assert [verdict.accepted for verdict in found] == [True, False, False]
    assert ["state 1" in str(v.to_json()) or "state 2" in str(v.to_json()) for v in found] == [0, 1, 1]
    assert "state 2" in found[2].cause.detail


def test_a_refresh_is_a_warning(world):
    world.statuses.bitstring(marked(7), purpose="refresh")
    verdict = world.verify_credential(world.issue(EDDSA, credentialStatus=entry(7, "refresh")))
    assert verdict.accepted
    assert verdict.codes() == ("status.refresh",)


def test_no_order_of_entries_hides_a_revocation(world):
    world.statuses.bitstring(marked(7))
    unreachable = entry(1, statusListCredential="https://gone.example/list")
    other = {"type": "Other2024"}
    for entries in ([unreachable, other, entry(7)], [entry(7), other, unreachable]):
        assert code(world, *entries) == "status.revoked"
        assert code(world, *entries, unsafe_accept_unsupported_status=True) == "status.revoked"
    assert code(world, unreachable, entry(8)) == "status.unreachable"
    assert code(world, other, entry(8)) == "status.unsupported"
    assert code(world, unreachable, other, unsafe_accept_unsupported_status=True) == ""


@pytest.mark.parametrize("purpose", ["revocation", "suspension"])
def test_a_known_status_can_not_be_let_pass(world, purpose):
    world.statuses.bitstring(marked(7), purpose=purpose)
    assert code(world, entry(7, purpose), unsafe_accept_unsupported_status=True).startswith("status.")


def test_what_is_undecided_is_indeterminate_fatal_and_can_be_let_pass(world):
    credential = world.issue(EDDSA, credentialStatus=entry())
    assert world.refuse_credential(credential) == "status.unreachable"
    verdict = world.verify_credential(credential, unsafe_accept_unsupported_status=True)
    assert verdict.accepted
    assert [(check.code, check.outcome) for check in verdict.not_passed()] == [
        ("status.unreachable", Outcome.INDETERMINATE)
    ]


def test_without_a_source_nothing_is_looked_up(world):
    world.statuses = None
    assert code(world, entry()) == "status.unsupported"
    assert token_code(world) == "status.unsupported"


def test_nothing_is_asked_for_before_the_proof_verified_and_the_issuer_is_trusted(world):
    world.statuses.bitstring()
    good = world.issue(EDDSA, credentialStatus=entry())
    for credential in (
        tamper(good, "/credentialSubject/nationality", "FR"),
        tamper(good, "/credentialStatus/statusListCredential", "https://canary.example"),
        world.issue(EDDSA, world.stranger, credentialStatus=entry()),
    ):
        verdict = world.verify_credential(credential)
        assert not verdict.accepted
        assert "status" in {check.name for check in verdict.not_passed()}
    assert world.statuses.asked == []
    assert world.verify_credential(good).accepted
    assert set(world.statuses.asked) == {URI}


def test_a_keeper_of_lists_is_named_by_the_policy(world):
    world.statuses.bitstring(marked(7), issuer=world.stranger)
    world.statuses.token(marked(7, "little"), issuer=world.stranger)
    keepers = {"status_issuers": frozenset({world.stranger.did})}
    assert code(world, entry(7)) == "status.list-issuer"
    assert code(world, entry(7), **keepers) == "status.revoked"
    assert code(world, entry(8), **keepers) == ""
    assert token_code(world) == "status.list-issuer"
    assert token_code(world, **keepers) == "status.revoked"
    policy = Policy.parse({"statusIssuers": [world.stranger.did]})
    assert policy.status_issuers == keepers["status_issuers"]
    assert Policy.parse(policy.to_json()) == policy


@pytest.mark.parametrize(("seconds", "expected"), [(3660, ""), (3661, "status.expired")])
def test_a_list_runs_out_a_minute_after_its_end(world, seconds, expected):
    world.statuses.bitstring()
    world.statuses.token()
    credential = world.issue(EDDSA, credentialStatus=entry())
    world.now += timedelta(seconds=seconds)
    assert world.refuse_credential(credential) == expected
    assert token_code(world) == expected


def test_a_list_that_begins_tomorrow_says_nothing_today(world):
    world.statuses.bitstring(validFrom="2026-11-21T12:00:00Z", validUntil="2026-11-22T12:00:00Z")
    assert code(world, entry()) == "status.not-yet-valid"


def test_a_removed_key_signs_no_list(world):
    world.statuses.bitstring()
    credential = world.issue(EDDSA, credentialStatus=entry())
    stolen = world.statuses.signed[URI, Kind.BITSTRING]
    assert world.refuse_credential(credential) == ""
    world.statuses.signed[URI, Kind.BITSTRING] = stolen.replace(b"encodedList", b"encodedlist")
    assert world.refuse_credential(credential) == "status.list-proof"


def test_a_list_of_an_issuer_that_can_not_be_resolved_is_undecided(world):
    world.statuses.token()
    world.registry.histories.pop(world.issuer.did)
    assert token_code(world) == "status.list-proof"
    assert token_remark(world, unsafe_accept_unsupported_status=True).outcome is Outcome.INDETERMINATE


@pytest.mark.parametrize("typ", ["JWT", "vc+jwt", "statuslist+cwt"])
def test_a_token_of_another_type_is_no_list(world, typ):
    world.statuses.token(typ=typ)
    assert token_code(world) == "status.list-proof"


def test_a_forged_list_can_not_be_let_pass(world):
    world.statuses.token()
    world.statuses.signed[URI, Kind.TOKEN] = world.statuses.signed[URI, Kind.TOKEN][:-4] + b"AAAA"
    assert token_code(world, unsafe_accept_unsupported_status=True) == "status.list-proof"


def test_a_kept_list_needs_no_signature_and_still_an_owner_and_a_purpose(world):
    class Kept:
        issuer = world.issuer.did

        def status_list(self, _uri, kind):
            return KeptList(kind, self.issuer, frozenset({"revocation"}), marked(7))

    world.statuses = Kept()
    assert code(world, entry(7)) == "status.revoked"
    assert code(world, entry(8)) == ""
    assert code(world, entry(8, "suspension")) == "status.purpose"
    Kept.issuer = world.stranger.did
    assert code(world, entry(8)) == "status.list-issuer"


def test_a_valid_status_is_what_the_w3c_text_calls_valid(world):
    world.statuses.bitstring(marked(7), purpose="refresh")
    lists = SignedLists(world.means())
    terms = Terms(frozenset({world.issuer.did}), world.now, timedelta(0), LIMITS)
    found = [
        check(BitstringReference(URI, index, "refresh"), source=world.statuses, proofs=lists, terms=terms)
        for index in (7, 8)
    ]
    assert [status.valid for status in found] == [False, True]


@pytest.mark.parametrize(
    ("attempt", "expected", "name"),
    [
        (lambda w: code(w, entry()), "status.unreachable", "STATUS_RETRIEVAL_ERROR"),
        (lambda w: code(w, entry(1, "suspension")), "status.purpose", "STATUS_VERIFICATION_ERROR"),
        (lambda w: code(w, entry(ENTRIES)), "status.index", "RANGE_ERROR"),
    ],
)
def test_the_w3c_names_stand_in_the_clause(world, attempt, expected, name):
    if expected != "status.unreachable":
        world.statuses.bitstring()
    assert attempt(world) == expected
    index = ENTRIES if expected == "status.index" else 1
    purpose = "suspension" if expected == "status.purpose" else "revocation"
    verdict = world.verify_credential(world.issue(EDDSA, credentialStatus=entry(index, purpose)))
    assert name in verdict.cause.clause
    assert W3C_NAMES[expected] == name
