"""Blind issuance: what the issuer refuses, what the holder refuses, and what neither sees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.zk.predicates.world import ISSUER, SLOTS, seeded
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates.issuance import (
    HolderSecrets,
    ProvenCommitment,
    accept,
    blind_sign,
    check_commitment,
    commit,
    issuance_context,
)
from zk.predicates.octets import frame

SECRETS = HolderSecrets(Scalar(1111), (Scalar(2222), Scalar(3333)))
NONCE = b"n" * 32


@pytest.fixture(scope="module")
def context(world):
    key = world.alice.public.issuer_key
    return issuance_context(nonce=NONCE, configuration=b"id", issuer_key=key)


@pytest.fixture(scope="module")
def request_(world, context):
    return commit(world.system, SECRETS, issuer=ISSUER, context=context, random_bytes=seeded(1))


def check(world, octets, context, **expected):
    return check_commitment(
        world.system,
        octets,
        **{
            "expected_issuer": ISSUER,
            "expected_context": context,
            "expected_nyms": 2,
            "expected_enrolment": None,
            **expected,
        },
    )


def refusal(call, *args, **kwargs):
    with pytest.raises(ZkError) as fault:
        call(*args, **kwargs)
    return fault.value.code


def test_a_commitment_has_96_octets_and_32_for_each_response(world, request_, context):
    assert len(request_.octets) == 96 + 32 * (2 + 3)
    assert check(world, request_.octets, context).enrolment == request_.octets[48:96]


def test_every_alteration_of_a_commitment_is_refused(world, request_, context):
    octets = request_.octets
    codes = {f"predicates.{code}" for code in ("encoding", "identity", "scalar", "commitment-proof")}
    for at in range(0, len(octets), 8):
        altered = octets[: at + 7] + bytes([octets[at + 7] ^ 1]) + octets[at + 8 :]
        assert refusal(check, world, altered, context) in codes
    assert refusal(check, world, octets[:-1], context) == "predicates.length"
    assert refusal(check, world, octets + bytes(32), context) == "predicates.length"


@pytest.mark.parametrize("point", [0, 48])
def test_a_commitment_to_nothing_is_refused(world, request_, context, point):
    identity = b"\xc0" + bytes(47)
    octets = request_.octets[:point] + identity + request_.octets[point + 48 :]
    assert refusal(check, world, octets, context) == "predicates.identity"


def test_a_commitment_holds_for_one_occasion(world, request_, context):
    key = world.alice.public.issuer_key
    for other in (
        issuance_context(nonce=b"m" * 32, configuration=b"id", issuer_key=key),
        issuance_context(nonce=NONCE, configuration=b"other", issuer_key=key),
        issuance_context(nonce=NONCE, configuration=b"id", issuer_key=world.alice_2.public.issuer_key),
    ):
        assert refusal(check, world, request_.octets, other) == "predicates.commitment-proof"
    assert (
        refusal(check, world, request_.octets, context, expected_issuer="did:example:other")
        == "predicates.commitment-proof"
    )


def test_another_number_of_nym_secrets_is_refused(world, request_, context):
    assert refusal(check, world, request_.octets, context, expected_nyms=1) == "predicates.length"


def test_a_second_identity_at_reissue_is_refused(world, request_, context):
    mine = request_.octets[48:96]
    other = HolderSecrets(SECRETS.holder, (Scalar(2222), Scalar(3334)))
    again = commit(world.system, SECRETS, issuer=ISSUER, context=context, random_bytes=seeded(2))
    sybil = commit(world.system, other, issuer=ISSUER, context=context, random_bytes=seeded(2))
    assert again.octets[:48] != request_.octets[:48]
    assert check(world, again.octets, context, expected_enrolment=mine).enrolment == mine
    assert refusal(check, world, sybil.octets, context, expected_enrolment=mine) == "predicates.enrolment"


def test_the_tag_is_another_one_at_another_issuer(world, request_, context):
    elsewhere = commit(
        world.system, SECRETS, issuer="did:example:other", context=context, random_bytes=seeded(1)
    )
    assert elsewhere.octets[:48] == request_.octets[:48]
    assert elsewhere.octets[48:96] != request_.octets[48:96]


def test_a18_no_two_vectors_of_secrets_share_a_tag(world, context):
    """With one base and powers of z, (a, b) and (a + z, b - 1) would."""
    z = world.system.hash_to_scalar(b"any", b"NYM_Z_")
    tags = set()
    for nyms in ((50, 60), ((50 + z) % GROUP_ORDER, 59)):
        secrets = HolderSecrets(SECRETS.holder, tuple(map(Scalar, nyms)))
        assert (nyms[0] + z * nyms[1]) % GROUP_ORDER == (50 + z * 60) % GROUP_ORDER
        octets = commit(world.system, secrets, issuer=ISSUER, context=context, random_bytes=seeded(1)).octets
        tags.add(octets[48:96])
    assert len(tags) == 2


def test_a17_a_holder_who_rewrites_an_issuers_message(world, request_, context):
    """C + delta·H_2 is signed as slot 2 plus delta, where nobody asks for a proof of what C is made of."""
    system, delta = world.system, Scalar(994)
    bases = system.generators(SLOTS, 2)
    C = system.backend.decode_g1(request_.octets[:48], what="C", code="test")
    moved = system.backend.add(C, system.backend.mul_secret(bases.H[2].point, delta))
    octets = system.backend.encode_g1(moved) + request_.octets[48:]
    assert refusal(check, world, octets, context) == "predicates.commitment-proof"

    party = world.issue(secrets=SECRETS)
    slots = party.held.scalars[:SLOTS]
    unproven = ProvenCommitment(moved, request_.octets[48:96], 2)
    header = party.public.header
    signature = blind_sign(system, world.issuer, header, slots, unproven, entropy=Scalar(7))
    rewritten = (*slots[:2], Scalar(slots[2] + delta), *slots[3:])
    arguments = {
        "issuer_key": party.public.issuer_key,
        "header": header,
        "signature": signature,
        "entropy": Scalar(7),
    }
    accept(system, SECRETS, request_.blind, slots=rewritten, **arguments)
    assert refusal(accept, system, SECRETS, request_.blind, slots=slots, **arguments) == "zk.signature"


def signed(world, request_, context):
    party = world.issue(secrets=SECRETS)
    slots, header = party.held.scalars[:SLOTS], party.public.header
    proven = check(world, request_.octets, context)
    signature = blind_sign(world.system, world.issuer, header, slots, proven, entropy=Scalar(7))
    return {
        "issuer_key": party.public.issuer_key,
        "header": header,
        "slots": slots,
        "signature": signature,
        "entropy": Scalar(7),
    }


def test_a_holder_accepts_only_what_it_asked_for(world, request_, context):
    good = signed(world, request_, context)
    accept(world.system, SECRETS, request_.blind, **good)
    slots, header = good["slots"], good["header"]
    for changed in (
        {"slots": (Scalar(slots[0] + 1), *slots[1:])},
        {"header": replace(header, schema=b"\x09" * 32)},
        {"issuer_key": world.alice_2.public.issuer_key},
        {"entropy": Scalar(8)},
    ):
        assert refusal(accept, world.system, SECRETS, request_.blind, **{**good, **changed}) == "zk.signature"
    other = HolderSecrets(Scalar(1), SECRETS.nyms)
    assert refusal(accept, world.system, other, request_.blind, **good) == "zk.signature"


@pytest.mark.parametrize("entropy", [0, GROUP_ORDER, -1])
def test_entropy_is_a_scalar(world, request_, context, entropy):
    good = signed(world, request_, context)
    proven = check(world, request_.octets, context)
    assert (
        refusal(
            blind_sign,
            world.system,
            world.issuer,
            good["header"],
            good["slots"],
            proven,
            entropy=Scalar(entropy),
        )
        == "predicates.entropy"
    )
    changed = {**good, "entropy": Scalar(entropy)}
    assert refusal(accept, world.system, SECRETS, request_.blind, **changed) == "predicates.entropy"


def test_header_slots_and_secrets_belong_together(world, request_, context):
    good = signed(world, request_, context)
    proven = check(world, request_.octets, context)
    header, slots = good["header"], good["slots"]
    for changed, given in ((header, slots[1:]), (replace(header, nyms=1), slots)):
        assert (
            refusal(blind_sign, world.system, world.issuer, changed, given, proven, entropy=Scalar(7))
            == "predicates.header"
        )
        arguments = {**good, "header": changed, "slots": given}
        assert refusal(accept, world.system, SECRETS, request_.blind, **arguments) == "predicates.header"


@pytest.mark.parametrize(
    ("holder", "nyms"),
    [(0, (1,)), (GROUP_ORDER, (1,)), (1, ()), (1, (0,)), (1, (GROUP_ORDER,)), (1, (1,) * 17)],
)
def test_secrets_that_are_none(holder, nyms):
    assert refusal(HolderSecrets, Scalar(holder), tuple(map(Scalar, nyms))) == "predicates.secrets"


def test_no_secret_shows_in_a_repr(world, request_):
    for holder in (SECRETS, request_, world.alice.held, world.digits, world.set):
        assert type(holder).__repr__ is object.__repr__


def test_a_context_splits_in_one_way(world):
    assert issuance_context(nonce=b"a", configuration=b"b", issuer_key=b"c") == (
        frame(b"nonce", b"a") + frame(b"configuration", b"b") + frame(b"issuer-key", b"c")
    )
