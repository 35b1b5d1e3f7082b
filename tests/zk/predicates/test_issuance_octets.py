"""What an issuance hashes, written out by hand, and what issuer and holder refuse before any algebra."""

from __future__ import annotations

import pytest

from tests.zk.predicates.test_octet_forms import framed
from tests.zk.predicates.world import ISSUER, make_world
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates import issuance
from zk.predicates.issuance import HolderSecrets, issuance_context
from zk.predicates.octets import decode_key, decode_point, encode_responses, frame, i128, u8, u64

W = make_world()


def number(value):
    return value.to_bytes(8, "big")


def refusal(call, *args, **kwargs):
    with pytest.raises(ZkError) as fault:
        call(*args, **kwargs)
    return fault.value.code


def test_context():
    found = issuance_context(nonce=b"fresh", configuration=b"id", issuer_key=b"key")
    assert found == framed(b"nonce", b"fresh") + framed(b"configuration", b"id") + framed(
        b"issuer-key", b"key"
    )


def test_enrolment_bases():
    system = W.system
    expected = [
        system.suite.hash_to_g1(
            framed(b"issuer", ISSUER.encode()) + framed(b"index", number(j)), system.api_id + b"ENROL_H2C_"
        )
        for j in range(3)
    ]
    found = issuance._enrolment_bases(system, ISSUER, 2)
    assert [system.backend.encode_g1(point) for point in found] == list(
        map(system.backend.encode_g1, expected)
    )


def test_challenge():
    system = W.system
    message = (
        framed(b"context", b"where and when")
        + framed(b"issuer", ISSUER.encode())
        + framed(b"nyms", number(2))
        + framed(b"generators", system.secret_generators(2).octets)
        + framed(b"commitment", b"C and T_C")
        + framed(b"enrolment", b"E and T_E")
    )
    found = issuance._challenge(
        system, ISSUER, b"where and when", 2, commitment=b"C and T_C", enrolment=b"E and T_E"
    )
    assert found == system.suite.hash_to_scalar(message, system.api_id + b"ISSUE_CHAL_")


@pytest.mark.parametrize("entropy", [1, GROUP_ORDER - 1])
def test_entropy_may_be_any_scalar_but_zero(entropy):
    assert issuance._checked(Scalar(entropy)) == entropy
    for outside in (0, -1, GROUP_ORDER):
        assert refusal(issuance._checked, Scalar(outside)) == "predicates.entropy"


@pytest.mark.parametrize("secret", [1, GROUP_ORDER - 1])
def test_secrets_may_be_any_scalar_but_zero(secret):
    assert HolderSecrets(Scalar(secret), (Scalar(secret),) * 16).holder == secret
    for outside in (0, -1, GROUP_ORDER):
        assert refusal(HolderSecrets, Scalar(outside), (Scalar(secret),)) == "predicates.secrets"
        assert refusal(HolderSecrets, Scalar(secret), (Scalar(5), Scalar(outside))) == "predicates.secrets"
    for nyms in ((), (Scalar(secret),) * 17):
        assert refusal(HolderSecrets, Scalar(secret), nyms) == "predicates.secrets"


def test_a_holder_treats_its_own_scalars_as_secrets(monkeypatch):
    """What may show in running time ends where the holder's scalars begin."""
    seen, plain = [], issuance.core_verify

    def noted(*args, secret_indexes, **kwargs):
        seen.append(list(secret_indexes))
        plain(*args, secret_indexes=secret_indexes, **kwargs)

    monkeypatch.setattr(issuance, "core_verify", noted)
    header = W.issue().public.header
    assert seen == [[header.blind_slot, header.holder_slot, header.first_nym_slot]]


def test_numbers_and_frames():
    assert (u8(255), u64(258), i128(-2)) == (b"\xff", bytes(6) + b"\x01\x02", b"\xff" * 15 + b"\xfe")
    assert frame(b"label", b"a", b"bc") == framed(b"label", b"abc")
    assert frame(b"label") == framed(b"label", b"")


OFF_CURVE = b"\x80" + bytes(46) + b"\x01"


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "predicates.encoding"),
        (bytes(48), "predicates.encoding"),
        (OFF_CURVE, "predicates.encoding"),
        (b"\x40" + bytes(47), "predicates.encoding"),
        (b"\xc0" + bytes(47), "predicates.identity"),
        (b"\xe0" + bytes(47), "predicates.identity"),
        (b"\xc0" + bytes(46) + b"\x01", "predicates.identity"),
    ],
)
def test_points(octets, code):
    assert refusal(decode_point, W.system.suite, octets, what="a point") == code


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "zk.public-key"),
        (bytes(96), "zk.public-key"),
        (b"\xc0" + bytes(95), "predicates.identity"),
    ],
)
def test_keys(octets, code):
    assert refusal(decode_key, W.system.suite, octets, what="a key") == code


def test_responses_are_reduced_and_none_is_zero():
    assert encode_responses([1, GROUP_ORDER + 2]) == bytes(31) + b"\x01" + bytes(31) + b"\x02"
    for zero in (0, GROUP_ORDER):
        assert refusal(encode_responses, [5, zero]) == "zk.randomness"
