"""BBS: what must be refused and with which code, what must not leak, and how much work is done."""

from __future__ import annotations

import copy
import hashlib
import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ecc.bls.point_compression import decompress_G1

from tests.zk.suites import make_suite
from zk import bbs, bbs_core, bbs_proof
from zk.backend import BackendName
from zk.backend.native import NativeBackend
from zk.bbs_core import LIMITS, calculate_b, core_sign, core_verify
from zk.bbs_octets import decode_proof, decode_signature, encode_proof, encode_signature
from zk.bbs_proof import core_prove, hidden_indexes
from zk.curve import G2_GENERATOR, GROUP_ORDER, encode_scalar
from zk.errors import ZkError
from zk.generators import GeneratorFamily, Generators

IDENTITY_G1 = bytes([0xC0]) + bytes(47)
IDENTITY_G2 = bytes([0xC0]) + bytes(95)
MESSAGES = (b"given name", b"family name", b"birth date", b"nationality", b"")
SHOWN = (1, 3)


def stream(seed=b"seed"):
    """Deterministic randomness: a fresh stream of distinct octets."""
    count = 0

    def random_bytes(length):
        nonlocal count
        count += 1
        return hashlib.shake_256(seed + count.to_bytes(4, "big")).digest(length)

    return random_bytes


@dataclass(frozen=True)
class Case:
    """A signed list of messages and a proof from it; `replace` one part and nothing may verify."""

    suite: bbs.Suite
    key: bbs.SecretKey
    public_key: bytes
    signature: bytes
    proof: bytes
    header: bytes = b"header"
    presentation_header: bytes = b"nonce"
    messages: tuple[bytes, ...] = MESSAGES
    shown: tuple[int, ...] = SHOWN
    disclosed: tuple[bytes, ...] = tuple(MESSAGES[i] for i in SHOWN)

    def verify(self):
        bbs.verify(self.suite, self.public_key, self.signature, self.header, self.messages)

    def verify_proof(self):
        bbs.verify_proof(
            self.suite,
            self.public_key,
            self.proof,
            self.header,
            self.presentation_header,
            self.disclosed,
            self.shown,
        )

    def prove(self, random_bytes=None):
        return bbs.prove(
            self.suite,
            self.public_key,
            self.signature,
            self.header,
            self.presentation_header,
            self.messages,
            self.shown,
            random_bytes=random_bytes or stream(),
        )


def make_case(suite, material=b"key material of the issuer......"):
    key = bbs.key_generate(suite, material)
    public_key = bbs.public_key(suite, key)
    signature = bbs.sign(suite, key, public_key, b"header", MESSAGES)
    case = Case(suite, key, public_key, signature, b"")
    return replace(case, proof=case.prove())


@pytest.fixture(scope="module")
def case(native):
    return make_case(native)


def code_of(call):
    with pytest.raises(ZkError) as refused:
        call()
    return refused.value.code


def test_round_trip(suite):
    case = make_case(suite)
    case.verify()
    case.verify_proof()
    assert len(case.signature) == bbs.SIGNATURE_LENGTH == 80
    assert len(case.proof) == bbs.PROOF_FLOOR + 3 * 32 == 272 + 96


@pytest.mark.parametrize("shown", [(), (0,), (4,), (0, 1, 2, 3, 4)])
def test_any_selection_can_be_shown(case, shown):
    other = replace(case, shown=shown, disclosed=tuple(MESSAGES[i] for i in shown))
    replace(other, proof=other.prove()).verify_proof()


def test_no_message_at_all(native, case):
    signature = bbs.sign(native, case.key, case.public_key, b"", [])
    bbs.verify(native, case.public_key, signature, b"", [])
    empty = replace(case, signature=signature, header=b"", messages=(), shown=(), disclosed=())
    replace(empty, proof=empty.prove()).verify_proof()


def test_signing_is_deterministic_and_proving_is_not(case):
    assert bbs.sign(case.suite, case.key, case.public_key, case.header, MESSAGES) == case.signature
    assert case.prove(stream(b"other")) != case.proof


# Whatever differs from what was signed or shown is refused.


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"header": b"other"}, "zk.signature"),
        ({"messages": (b"other", *MESSAGES[1:])}, "zk.signature"),
        ({"messages": MESSAGES[:-1]}, "zk.signature"),
        ({"messages": (*MESSAGES, b"")}, "zk.signature"),
        ({"messages": (MESSAGES[1], MESSAGES[0], *MESSAGES[2:])}, "zk.signature"),
        ({"public_key": G2_GENERATOR}, "zk.signature"),
        ({"public_key": IDENTITY_G2}, "zk.public-key"),
        ({"public_key": G2_GENERATOR[:-1]}, "zk.public-key"),
        ({"public_key": b""}, "zk.public-key"),
    ],
)
def test_a_changed_statement_is_refused_by_verify(case, change, code):
    assert code_of(replace(case, **change).verify) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"header": b"other"}, "zk.proof"),
        ({"presentation_header": b"other nonce"}, "zk.proof"),
        ({"presentation_header": b""}, "zk.proof"),
        ({"disclosed": (b"other", MESSAGES[3])}, "zk.proof"),
        ({"disclosed": (MESSAGES[3], MESSAGES[1])}, "zk.proof"),
        ({"shown": (0, 3)}, "zk.proof"),
        ({"shown": (1,), "disclosed": (MESSAGES[1],)}, "zk.proof"),
        ({"shown": (), "disclosed": ()}, "zk.proof"),
        ({"shown": (1, 3, 4), "disclosed": (MESSAGES[1], MESSAGES[3], b"")}, "zk.proof"),
        ({"public_key": G2_GENERATOR}, "zk.proof"),
        ({"public_key": IDENTITY_G2}, "zk.public-key"),
        ({"public_key": G2_GENERATOR + b"\x00"}, "zk.public-key"),
        # Indexes.
        ({"shown": (3, 1)}, "zk.indexes"),
        ({"shown": (1, 1)}, "zk.indexes"),
        ({"shown": (1, 5)}, "zk.indexes"),
        ({"shown": (-1, 3)}, "zk.indexes"),
        ({"shown": (1, 2**64)}, "zk.indexes"),
        # Counts.
        ({"shown": (1,)}, "zk.length"),
        ({"disclosed": (MESSAGES[1],)}, "zk.length"),
        ({"disclosed": ()}, "zk.length"),
    ],
)
def test_a_changed_statement_is_refused_by_verify_proof(case, change, code):
    assert code_of(replace(case, **change).verify_proof) == code


def test_a_proof_of_another_issuer_is_refused(case):
    other = make_case(case.suite, b"key material of another issuer..")
    assert code_of(replace(case, public_key=other.public_key).verify_proof) == "zk.proof"


def test_a_simulated_proof_passes_the_challenge_and_fails_the_pairing(case):
    """Without the pairing a proof needs no signature: choose Abar and Bbar freely, Bbar = Abar·x.

    The prover signs for itself with x and presents the result under the issuer's key in the domain; only the
    pairing can tell.
    """
    suite = case.suite
    impostor = bbs.key_generate(suite, b"key material of the impostor....")
    scalars = bbs.messages_to_scalars(suite, MESSAGES)
    api_id, generators = suite.bbs_api_id, suite.generators(len(MESSAGES) + 1, suite.bbs_api_id)
    forged = core_sign(suite, impostor, case.public_key, generators, case.header, scalars, api_id=api_id)
    proof = replace(case, signature=forged).prove()
    with pytest.raises(ZkError) as refused:
        replace(case, proof=proof).verify_proof()
    assert (refused.value.code, "not of this key" in refused.value.detail) == ("zk.proof", True)


# Malformed octets.


MALFORMED_SIGNATURES = {
    "one octet short": lambda s: s[:-1],
    "one octet long": lambda s: s + b"\x00",
    "empty": lambda _: b"",
    "A is the identity": lambda s: IDENTITY_G1 + s[48:],
    "A is not compressed": lambda s: bytes([s[0] & 0x7F]) + s[1:],
    "e is zero": lambda s: s[:48] + bytes(32),
    "e is r": lambda s: s[:48] + GROUP_ORDER.to_bytes(32, "big"),
    "e is all ones": lambda s: s[:48] + b"\xff" * 32,
    # The same scalar: a second encoding of one signature.
    "e plus r": lambda s: s[:48] + (int.from_bytes(s[48:], "big") + GROUP_ORDER).to_bytes(33, "big")[-32:],
}


@pytest.mark.parametrize("change", MALFORMED_SIGNATURES.values(), ids=MALFORMED_SIGNATURES)
def test_malformed_signatures(case, change):
    broken = replace(case, signature=change(case.signature))
    if len(broken.signature) != 80:
        with pytest.raises(ZkError, match=f"a signature of {len(broken.signature)} octets, expected 80"):
            broken.verify()
    assert code_of(broken.verify) == "zk.signature-malformed"
    assert code_of(broken.prove) == "zk.signature-malformed"


def patch(octets, at, piece):
    return octets[:at] + piece + octets[at + len(piece) :]


POINTS = {"Abar": 0, "Bbar": 48, "D": 96}
SCALARS = {"e^": 144, "r1^": 176, "r3^": 208, "m^_0": 240, "m^_2": 272, "m^_4": 304, "c": 336}
MALFORMED_PROOFS = {
    "one octet long": lambda p: p + b"\x00",
    "one octet short": lambda p: p[:-1],
    "below the floor": lambda p: p[:271],
    "no scalar but c": lambda p: p[:240],
    "empty": lambda _: b"",
    **{f"{name} is the identity": lambda p, at=at: patch(p, at, IDENTITY_G1) for name, at in POINTS.items()},
    **{f"{name} is zero": lambda p, at=at: patch(p, at, bytes(32)) for name, at in SCALARS.items()},
    **{
        f"{name} is r": lambda p, at=at: patch(p, at, GROUP_ORDER.to_bytes(32, "big"))
        for name, at in SCALARS.items()
    },
    "Abar is not compressed": lambda p: patch(p, 0, bytes([p[0] & 0x7F])),
    "Bbar claims infinity": lambda p: patch(p, 48, bytes([p[48] | 0x40])),
}


@pytest.mark.parametrize("change", MALFORMED_PROOFS.values(), ids=MALFORMED_PROOFS)
def test_malformed_proofs(case, change):
    assert code_of(replace(case, proof=change(case.proof)).verify_proof) == "zk.proof-malformed"


def test_appended_scalars_change_the_message_count(case):
    """32 more octets parse; the domain binds the count, so the challenge does not hold."""
    assert code_of(replace(case, proof=case.proof + encode_scalar(1)).verify_proof) == "zk.proof"
    assert code_of(replace(case, proof=case.proof[:-32]).verify_proof) == "zk.proof"


def test_every_component_of_a_proof_is_bound(case):
    """Negating a point or adding one to a scalar keeps the form and breaks the proof."""
    for at in POINTS.values():
        negated = patch(case.proof, at, bytes([case.proof[at] ^ 0x20]))
        assert code_of(replace(case, proof=negated).verify_proof) == "zk.proof", at
    for at in SCALARS.values():
        raised = (int.from_bytes(case.proof[at : at + 32], "big") % (GROUP_ORDER - 1) + 1).to_bytes(32, "big")
        assert code_of(replace(case, proof=patch(case.proof, at, raised)).verify_proof) == "zk.proof", at


def test_a_point_outside_the_subgroup_is_refused_on_every_backend(suite):
    case = make_case(suite)
    x = next(x for x in range(1, 50) if pyecc_decodes(bytes([0x80]) + bytes(46) + bytes([x])))
    octets = bytes([0x80]) + bytes(46) + bytes([x])
    assert code_of(replace(case, signature=octets + case.signature[48:]).verify) == "zk.signature-malformed"
    assert code_of(replace(case, proof=patch(case.proof, 48, octets)).verify_proof) == "zk.proof-malformed"


def pyecc_decodes(octets):
    try:
        decompress_G1(int.from_bytes(octets, "big"))
    except ValueError:
        return False
    return True


@given(octets=st.one_of(st.binary(max_size=400), st.binary(min_size=272, max_size=272)))
@settings(max_examples=100, deadline=None)
def test_random_octets_raise_only_our_error(octets):
    case = RANDOM_CASE
    assert code_of(replace(case, proof=octets).verify_proof) in {"zk.proof-malformed", "zk.indexes"}
    assert code_of(replace(case, signature=octets).verify) == "zk.signature-malformed"
    assert code_of(replace(case, public_key=octets).verify) == "zk.public-key"
    if len(octets) != 32:
        assert code_of(lambda: bbs.SecretKey.from_bytes(case.suite, octets)) == "zk.secret-key"


@given(flips=st.lists(st.integers(0, 367 * 8), min_size=1, max_size=4, unique=True))
@settings(max_examples=60, deadline=None)
def test_flipped_bits_never_verify(flips):
    octets = bytearray(RANDOM_CASE.proof)
    for flip in flips:
        octets[flip // 8] ^= 1 << flip % 8
    assert code_of(replace(RANDOM_CASE, proof=bytes(octets)).verify_proof) in {
        "zk.proof-malformed",
        "zk.proof",
    }


RANDOM_CASE = make_case(make_suite(BackendName.NATIVE, bbs.SHA256))


def test_octets_round_trip(case):
    signature = decode_signature(case.suite, case.signature)
    assert encode_signature(case.suite, signature) == case.signature
    proof = decode_proof(case.suite, case.proof)
    assert encode_proof(proof.points, proof.responses, proof.c) == case.proof


# Arguments.


def test_a_prover_is_held_to_the_rules_too(case):
    for shown in ((3, 1), (1, 1), (1, 5), (-1,)):
        assert code_of(replace(case, shown=shown).prove) == "zk.indexes"
    assert code_of(replace(case, public_key=IDENTITY_G2).prove) == "zk.public-key"


def test_hidden_indexes_are_the_others():
    assert hidden_indexes(5, [1, 3]) == (0, 2, 4)
    assert hidden_indexes(0, []) == ()


def test_more_messages_than_the_limit_are_refused(case):
    many = [b""] * (LIMITS.messages + 1)
    suite = case.suite
    assert code_of(lambda: bbs.sign(suite, case.key, case.public_key, b"", many)) == "zk.length"
    assert code_of(lambda: bbs.verify(suite, case.public_key, case.signature, b"", many)) == "zk.length"
    assert code_of(replace(case, messages=tuple(many)).prove) == "zk.length"
    # A long proof names that many hidden messages: refused before a generator is computed.
    long = case.proof + encode_scalar(1) * LIMITS.messages
    assert code_of(replace(case, proof=long).verify_proof) == "zk.length"


def test_generators_and_messages_must_match(case):
    suite, api_id = case.suite, case.suite.bbs_api_id
    scalars = bbs.messages_to_scalars(suite, MESSAGES)
    short = suite.generators(len(MESSAGES), api_id)
    assert code_of(lambda: calculate_b(suite, short, 1, scalars, secret_indexes=())) == "zk.length"
    assert (
        code_of(
            lambda: core_verify(
                suite, case.public_key, case.signature, short, b"", scalars, api_id=api_id, secret_indexes=()
            )
        )
        == "zk.length"
    )


def test_key_generation_bounds(native):
    assert code_of(lambda: bbs.key_generate(native, b"x" * 31)) == "zk.length"
    assert code_of(lambda: bbs.key_generate(native, b"x" * 32, b"i" * 65536)) == "zk.length"
    a, b, c = (
        bbs.key_generate(native, b"x" * 32, *rest).to_bytes() for rest in ((), (b"i",), (b"", b"DST_"))
    )
    assert len({a, b, c}) == 3


@pytest.mark.parametrize("octets", [bytes(32), GROUP_ORDER.to_bytes(32, "big"), b"\x01" * 31, b"\x01" * 33])
def test_secret_keys_out_of_range(native, octets):
    assert code_of(lambda: bbs.SecretKey.from_bytes(native, octets)) == "zk.secret-key"


def test_a_key_serves_one_ciphersuite(native, case):
    other = make_suite(BackendName.NATIVE, bbs.SHAKE256)
    assert code_of(lambda: bbs.public_key(other, case.key)) == "zk.secret-key"
    assert code_of(lambda: bbs.sign(other, case.key, case.public_key, b"", [])) == "zk.secret-key"


def test_signing_wants_its_own_public_key(case):
    assert code_of(lambda: bbs.sign(case.suite, case.key, G2_GENERATOR, b"", [b"m"])) == "zk.public-key"


def test_check_public_key(case):
    bbs.check_public_key(case.suite, case.public_key)
    assert code_of(lambda: bbs.check_public_key(case.suite, IDENTITY_G2)) == "zk.public-key"


@pytest.mark.parametrize("source", [bytes, lambda n: b"\x01" * (n - 1)], ids=["zero", "short"])
def test_a_broken_random_source_gives_no_proof(case, source):
    assert code_of(lambda: case.prove(source)) == "zk.randomness"


def test_a_response_of_zero_gives_no_proof(case, monkeypatch):
    monkeypatch.setattr(bbs_proof, "_response", lambda *_: 0)
    assert code_of(case.prove) == "zk.randomness"


# Free generators and api identifiers, as blind signatures and typed credentials will use them.


def test_another_interface_is_another_world(case):
    suite, api_id = case.suite, case.suite.ciphersuite_id + b"H2G_TM2S_TEST_"
    scalars = bbs.messages_to_scalars(suite, MESSAGES)
    first = suite.generators(len(MESSAGES) + 1, api_id)
    assert first.octets != suite.generators(len(MESSAGES) + 1, suite.bbs_api_id).octets
    arguments = (suite, case.public_key)
    signature = core_sign(suite, case.key, case.public_key, first, b"h", scalars, api_id=api_id)
    core_verify(*arguments, signature, first, b"h", scalars, api_id=api_id, secret_indexes=(0, 2))
    assert (
        code_of(
            lambda: core_verify(
                *arguments, signature, first, b"h", scalars, api_id=suite.bbs_api_id, secret_indexes=()
            )
        )
        == "zk.signature"
    )


def test_generators_concatenate(native):
    api_id = native.bbs_api_id
    left, right = native.generators(3, api_id), native.generators(2, b"BLIND_" + api_id)
    both = left + right
    assert isinstance(both, Generators)
    assert (len(both), both.octets) == (5, left.octets + right.octets)
    assert both.bases == left.bases + right.bases


def test_generators_grow_under_many_threads(native):
    """The sequence is a chain; two threads extending it at once would tear it."""

    def slow_hash(message, dst):
        time.sleep(0.001)  # lets another thread in
        return native.hash_to_g1(message, dst)

    family = GeneratorFamily(native.backend, native.expand_message, slow_hash, b"AVOW_TEST_")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: family.first(n).octets, [3, 40, 7, 25, 1, 40, 12, 33]))
    expected = native.generators(40, b"AVOW_TEST_").octets
    assert all(expected.startswith(octets) for octets in found)
    assert max(len(octets) for octets in found) == 40 * 48


def test_one_suite_serves_many_threads(case):
    with ThreadPoolExecutor(4) as pool:
        proofs = list(pool.map(lambda i: case.prove(stream(bytes([i]))), range(8)))
        list(pool.map(lambda proof: replace(case, proof=proof).verify_proof(), proofs))
    assert len(set(proofs)) == 8


# Secrets.


def test_secrets_do_not_show(case):
    octets = case.key.to_bytes()
    for text in (repr(case.key), str(case.key), f"{case.key}"):
        assert octets.hex() not in text
        assert str(int.from_bytes(octets, "big")) not in text
    assert repr(case.key) == "SecretKey(BLS12-381-SHA-256, hidden)"
    assert not hasattr(case.key, "__dict__")
    signature, proof = decode_signature(case.suite, case.signature), decode_proof(case.suite, case.proof)
    for value in (signature, proof, proof.responses):
        assert str(int.from_bytes(case.signature[48:], "big")) not in repr(value)
        assert "Scalar" not in repr(value)


def test_a_secret_key_is_not_pickled_or_copied(case):
    assert code_of(lambda: pickle.dumps(case.key)) == "zk.secret-key"
    assert code_of(lambda: copy.deepcopy(case.key)) == "zk.secret-key"


def test_a_refused_secret_key_is_not_in_the_error(native):
    octets = (GROUP_ORDER + 12345).to_bytes(32, "big")
    with pytest.raises(ZkError) as refused:
        bbs.SecretKey.from_bytes(native, octets)
    assert octets.hex() not in str(refused.value)
    assert str(GROUP_ORDER + 12345) not in str(refused.value)


class Recorder(NativeBackend):
    """The native backend, writing down which scalars took which path."""

    def __init__(self):
        super().__init__()
        self.public, self.secret, self.calls = set(), set(), []

    def mul_secret(self, point, scalar):
        self.secret.add(scalar)
        return super().mul_secret(point, scalar)

    def mul_secret_g2(self, point, scalar):
        self.secret.add(scalar)
        return super().mul_secret_g2(point, scalar)

    def msm_secret(self, points, scalars):
        self.secret.update(scalars)
        return super().msm_secret(points, scalars)

    def mul_public(self, point, scalar):
        self.calls.append("mul")
        self.public.add(scalar)
        return super().mul_public(point, scalar)

    def msm_public(self, points, scalars):
        self.calls += ["mul"] * len(points)
        self.public.update(scalars)
        return super().msm_public(points, scalars)

    def msm_fixed_public(self, bases, scalars):
        self.calls += ["fixed"] * len(bases)
        self.public.update(scalars)
        return super().msm_fixed_public(bases, scalars)

    def pairing_check(self, pairs):
        self.calls.append(f"pairing of {len(pairs)}")
        return super().pairing_check(pairs)

    def decode_g1(self, octets, *, what, code):
        self.calls.append("decode")
        return super().decode_g1(octets, what=what, code=code)


@pytest.fixture
def recorder():
    return Recorder()


def test_signing_keeps_the_key_on_the_secret_path(recorder):
    case = make_case(bbs.suite(bbs.SHA256, recorder))
    SK = int.from_bytes(case.key.to_bytes(), "big")
    e = int.from_bytes(case.signature[48:], "big")
    inverse = pow(SK + e, -1, GROUP_ORDER)
    assert {SK, inverse} <= recorder.secret
    assert not {SK, inverse, SK + e} & recorder.public


def test_proving_keeps_everything_hidden_on_the_secret_path(recorder):
    suite = bbs.suite(bbs.SHA256, recorder)
    case = make_case(suite)
    recorder.public.clear()
    recorder.secret.clear()
    drawn = []
    source = stream(b"recorded")

    def random_bytes(length):
        octets = source(length)
        drawn.append(int.from_bytes(octets, "big") % GROUP_ORDER)
        return octets

    case.prove(random_bytes)
    scalars = bbs.messages_to_scalars(suite, MESSAGES)
    hidden = {scalars[i] for i in range(5) if i not in SHOWN}
    e = int.from_bytes(case.signature[48:], "big")
    r1, r2, *rest = drawn
    secrets = {r1, r2, r1 * r2 % GROUP_ORDER, *rest, *hidden}
    assert secrets <= recorder.secret | {r1, r2}
    assert not (secrets | {e, -e % GROUP_ORDER}) & recorder.public
    assert recorder.public & set(scalars) == {scalars[i] for i in SHOWN}


def test_the_inversion_is_blinded(case, monkeypatch):
    """What goes into the variable-time inverse is not SK + e, and differs from message to message."""
    inverted = []

    def recording_pow(base, exponent, modulus):
        inverted.append(base)
        return pow(base, exponent, modulus)

    monkeypatch.setattr(bbs_core, "pow", recording_pow, raising=False)
    signature = bbs.sign(case.suite, case.key, case.public_key, b"h", [b"m"])
    SK, e = int.from_bytes(case.key.to_bytes(), "big"), int.from_bytes(signature[48:], "big")
    assert inverted
    assert inverted[0] not in {(SK + e) % GROUP_ORDER, SK + e}


# Work.


def test_verifying_a_proof_does_this_much_work(recorder):
    case = make_case(bbs.suite(bbs.SHA256, recorder))
    recorder.calls.clear()
    case.verify_proof()
    counts = {name: recorder.calls.count(name) for name in set(recorder.calls)}
    # 3 points; T1 of 3 terms and D·r3^; P1, Q_1 and five messages; one check of two pairs.
    assert counts == {"decode": 3, "mul": 4, "fixed": 7, "pairing of 2": 1}


def test_verifying_a_signature_does_this_much_work(recorder):
    case = make_case(bbs.suite(bbs.SHA256, recorder))
    recorder.calls.clear()
    case.verify()
    counts = {name: recorder.calls.count(name) for name in set(recorder.calls)}
    assert counts == {"decode": 1, "mul": 1, "fixed": 7, "pairing of 2": 1}


def test_cheap_refusals_come_before_points_are_decoded(recorder):
    case = make_case(bbs.suite(bbs.SHA256, recorder))
    recorder.calls.clear()
    for change in ({"shown": (3, 1)}, {"shown": (1,)}, {"proof": case.proof[:-1]}):
        code_of(replace(case, **change).verify_proof)
    assert recorder.calls == []


def test_core_prove_takes_generators_of_any_interface(case):
    """The count of generators is checked against the messages, not assumed."""
    suite, api_id = case.suite, case.suite.bbs_api_id
    scalars = bbs.messages_to_scalars(suite, MESSAGES)
    assert (
        code_of(
            lambda: core_prove(
                suite,
                case.public_key,
                case.signature,
                suite.generators(3, api_id),
                b"",
                b"",
                scalars,
                [0],
                api_id=api_id,
                random_bytes=stream(),
            )
        )
        == "zk.length"
    )
