"""Published lists and issuance under attack: crafted digits, weights that can be foreseen, tags of others."""

from __future__ import annotations

import pytest

from tests.zk.predicates.world import DAY, ISSUER, SLOTS, make_world, seeded
from zk.curve import GROUP_ORDER, Scalar, encode_scalar
from zk.errors import ZkError
from zk.keys import SecretKey
from zk.predicates.issuance import HolderSecrets, blind_sign, check_commitment, commit, issuance_context
from zk.predicates.octets import u64
from zk.predicates.published.lists import check_digits, check_set, publish_digits, publish_set

W = make_world()
BACKEND = W.system.backend
HEAD = 8 + 96
NONCE = b"n" * 32


def refusal(call, *args, **kwargs):
    with pytest.raises(ZkError) as fault:
        call(*args, **kwargs)
    return fault.value.code


def inverse(scalar):
    return pow(scalar, -1, GROUP_ORDER)


class Publisher:
    """Whoever makes a digit list and knows its key."""

    def __init__(self):
        self.key = W.fresh_key()
        self.y = self.key.scalar(W.system.suite)
        self.octets = publish_digits(W.system, self.key)

    def signature(self, value):
        return BACKEND.mul_secret(W.system.G_dig.point, Scalar(inverse(self.y + value)))

    def with_points(self, points):
        octets = bytearray(self.octets)
        for d, P in points.items():
            octets[HEAD + 48 * d : HEAD + 48 * d + 48] = BACKEND.encode_g1(P)
        return bytes(octets)


def check(octets, seed="the operating system"):
    return check_digits(W.system, octets, random_bytes=seeded(seed))


def test_the_publishers_own_list_holds():
    made = Publisher()
    assert check(made.octets).digest == check(made.with_points({7: made.signature(7)})).digest


@pytest.mark.parametrize("digit", [0, 1, 128, 255])
@pytest.mark.parametrize("instead", [256, 257, -1, DAY, GROUP_ORDER - 2])
def test_a_signature_on_what_is_no_digit(digit, instead):
    """With it a holder who colludes would prove a range of any value."""
    made = Publisher()
    assert refusal(check, made.with_points({digit: made.signature(instead)})) == "predicates.parameters"


def test_lists_shifted_turned_or_all_the_same():
    made = Publisher()
    for moved in (
        {d: made.signature(d + 1) for d in range(256)},
        {d: made.signature(255 - d) for d in range(256)},
        {d: made.signature(5) for d in range(256)},
        {d: BACKEND.negate(made.signature(d)) for d in range(256)},
        dict.fromkeys(range(256), W.system.G_dig.point),
        {0: made.signature(1), 1: made.signature(0)},
    ):
        assert refusal(check, made.with_points(moved)) == "predicates.parameters"


def test_a_list_over_another_generator():
    key = W.fresh_key()
    members = publish_set(W.system, key, [Scalar(d) for d in range(1, 256)])
    entries = [members[HEAD + 80 * n : HEAD + 80 * n + 80] for n in range(255)]
    octets = u64(256) + members[8:HEAD] + W.digit_octets[HEAD : HEAD + 48]
    assert refusal(check, octets + b"".join(entry[32:] for entry in entries)) == "predicates.parameters"


def test_weights_that_a_publisher_foresees_are_none():
    """Two errors that cancel under known weights pass; under weights drawn afterwards they do not."""
    made = Publisher()
    foreseen = seeded("foreseen")
    weights = [int.from_bytes(foreseen(16), "big") for _ in range(256)]
    error = Scalar(12_345)
    # An error P at digit d counts weight·(y + d)·P in the sum.
    other = -error * weights[3] * (made.y + 3) * inverse(weights[9] * (made.y + 9)) % GROUP_ORDER
    G = W.system.G_dig.point
    crafted = made.with_points(
        {
            3: BACKEND.add(made.signature(3), BACKEND.mul_secret(G, error)),
            9: BACKEND.add(made.signature(9), BACKEND.mul_secret(G, Scalar(other))),
        }
    )
    check(crafted, seed="foreseen")
    assert refusal(check, crafted, seed="not foreseen") == "predicates.parameters"


def test_the_key_of_a_list_is_not_its_opposite_nor_another():
    made = Publisher()
    opposite = SecretKey(W.system.suite.ciphersuite, Scalar(GROUP_ORDER - made.y))
    for key in (opposite, W.fresh_key(), W.issuer):
        octets = u64(256) + key.public_key(W.system.suite) + made.octets[HEAD:]
        assert refusal(check, octets) == "predicates.parameters"


def test_a_member_moved_in_a_set():
    """The point of one member under the number of another."""
    octets = publish_set(W.system, W.fresh_key(), [Scalar(3), Scalar(5)])
    for x in (4, 6, GROUP_ORDER - 1):
        crafted = octets[: HEAD + 80] + encode_scalar(Scalar(x)) + octets[HEAD + 112 :]
        code = refusal(check_set, W.system, crafted, random_bytes=seeded(1))
        assert code == "predicates.parameters"


# Issuance.


@pytest.fixture(scope="module")
def context():
    return issuance_context(nonce=NONCE, configuration=b"id", issuer_key=W.alice.public.issuer_key)


def commitment(secrets, context, seed=1, issuer=ISSUER):
    return commit(W.system, secrets, issuer=issuer, context=context, random_bytes=seeded(seed))


def checked(octets, context, **expected):
    return check_commitment(
        W.system,
        octets,
        **{
            "expected_issuer": ISSUER,
            "expected_context": context,
            "expected_nyms": 1,
            "expected_enrolment": None,
            **expected,
        },
    )


MALLORY = HolderSecrets(Scalar(31), (Scalar(32),))


def test_the_tag_of_another_person(context):
    """Alice's tag beside Mallory's commitment, with Mallory's responses or with Alice's."""
    alice, mallory = (commitment(secrets, context).octets for secrets in (W.secrets, MALLORY))
    E = alice[48:96]
    for crafted in (
        mallory[:48] + E + mallory[96:],
        mallory[:48] + E + alice[96:],
        alice[:48] + mallory[48:96] + alice[96:],
        mallory[:48] + alice[48:],
    ):
        assert refusal(checked, crafted, context) == "predicates.commitment-proof"
    assert refusal(checked, mallory, context, expected_enrolment=E) == "predicates.enrolment"
    assert checked(alice, context, expected_enrolment=E).enrolment == E


def test_only_the_holder_secret_of_another_person(context):
    """A tag over Alice's holder secret and other nym secrets is another tag."""
    mixed = HolderSecrets(W.secrets.holder, MALLORY.nyms)
    tags = {commitment(secrets, context).octets[48:96] for secrets in (W.secrets, MALLORY, mixed)}
    assert len(tags) == 3


def test_a_nonce_answered_twice(context):
    """A replay is the same octets, so the caller must remember the nonce; it gains no second signature."""
    octets = commitment(W.secrets, context).octets
    first, second = checked(octets, context), checked(octets, context)
    header, slots = W.alice.public.header, W.alice.held.scalars[:SLOTS]
    signatures = {
        blind_sign(W.system, W.issuer, header, slots, proven, entropy=Scalar(77))
        for proven in (first, second)
    }
    assert len(signatures) == 1
    for nonce in (b"m" * 32, b"", NONCE + b"n"):
        other = issuance_context(nonce=nonce, configuration=b"id", issuer_key=W.alice.public.issuer_key)
        assert refusal(checked, octets, other) == "predicates.commitment-proof"


def test_two_commitments_under_one_nonce_tell_nothing_of_each_other(context):
    first, second = (commitment(W.secrets, context, seed).octets for seed in (1, 2))
    assert first[48:96] == second[48:96]
    factor = int.from_bytes(first[96:128], "big") - int.from_bytes(second[96:128], "big")
    for at in range(128, len(first), 32):
        left, right = (int.from_bytes(octets[at : at + 32], "big") for octets in (first, second))
        assert (left - right) * inverse(factor) % GROUP_ORDER not in W.alice.held.scalars
        assert first[at : at + 32] != second[at : at + 32]
