"""Vector 1: issuance and presentation with fixed randomness, byte for byte, and the known answers."""

from __future__ import annotations

import hashlib
import itertools

import pytest

from tests.support import vectors
from tests.zk.predicates.world import seeded
from tests.zk.suites import make_suite
from zk import bbs
from zk.backend import BackendName
from zk.curve import encode_scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars
from zk.keys import SecretKey
from zk.predicates import Means, Statement, Trust, prove, verify
from zk.predicates.header import Header, credential_domain
from zk.predicates.issuance import HolderSecrets, accept, blind_sign, check_commitment, commit
from zk.predicates.octets import frame
from zk.predicates.parts.nyms import context_base
from zk.predicates.predicate import NymContext, Pseudonym, Range
from zk.predicates.published.lists import check_digits, publish_digits
from zk.predicates.slots import Kind, SlotType, TypeMap, quad_scalar
from zk.predicates.statement import Credential, digit_count
from zk.predicates.system import system as make_system
from zk.predicates.wires import slot_form

unhex = bytes.fromhex

KNOWN = {
    "Q_1": "b31bd87a118d8e6ada821f98e97d99c9c12944f2909b3f72cfd08c977dc9f1a7990868eb9e4c626e2d933ea5a73d1d08",
    "H_0": "ae70b14c1ea3c8e755d4e16225f7e65cf4be1ac5efbcff578bf9fb372ea74d3861f3554db4385ffe503367630fe42207",
    "Q_2": "b6b20f9fed1b2b19a1eb9494b2e62e27ab7012584d42cb95befe67ebef9b76be5966f444d766310991752250a4eb98b6",
    "J_1": "83ff6fa23d410efacd6d089d3cb00393a59faab1dd86d26a1c13fc8844611f40b9e4994c50a8e3a4bda12f64b53a0515",
    "Y_0": "8b436dd68f204c832ac2804e4b76b5717e9231228cd897f15edcc0bcc10d3c55a4821471ea5aaf18c180a735da5cbcb8",
    "Y_1": "8fb15a3f650689b5637da378d6f78ba61b50472f7caa3888a7fda6520fcf0369ca8fd5a974083952af035fae3a72447a",
    "G_dig": (
        "970d36c0f518081a050e8a560131a3209aa782ed266699a073ba2c94e86113d478d8c92ca47d1a64e14e2b0b6b1698b2"
    ),
    "G_mem": (
        "97ce66f2174c4ea2a7d540699e616cc0fcdafd175ff5ec852cb0893f19a4dce68d3cf6614f1592298be887fd053c4e09"
    ),
    "Q_g": "b4f757db7953082f4b3d0eff41e950c41eb92439e23c8db8e3c6b449f2c11c37bc3083ffc1434a67bac80eb11eb8f211",
    "H_left": (
        "80c091e84e49c811526251b33d41a76a2df1846ddb612d8bb48f1e18c80f59a4bd0bb154fdc21169c4fb489a79de83fe"
    ),
    "H_right": (
        "a123cf9481b974dfa81a45d064eee72889cc8b9d3cf9f40e1a1fd3fa47adf90659de8d84727ef125b386164ea8b544c9"
    ),
    "ABSENT": "579ec93cc5c8120a38023f7b9a87b6f4ec4e8066eb5a46e2bb75bfd09f9b502b",
    "PAD": "596b4e53eb2fdb1acb3c120826f05b2f60124997fca585271c2b85edeb620ac6",
    "FR": "27078abae67387bc52e9cc71aa80e013207ae47ffcd5f0a7fd75ca8c58d926f3",
    "z": "0171bc9f532e8d7e2710fdad6f6e79e99b3229f717e3b947ae8b5d3b5fda8039",
    "O": "aa472ee805199434059a0643ad61e381d226a6b524ced5bc9e692df98bc41ede6e5c48ba9b9d50bd2b605c8987e101a3",
}
CONTEXT = NymContext("pseudonym", "rp.example", "")
ISSUER = "did:example:issuer"

# The vector has a filler where a type map's digest would stand, so the rule that compares the two is met by
# giving the map that digest.
TYPES = TypeMap(
    (
        SlotType(Kind.DATE, "/birthDate", 1, 3_652_059, optional=False),
        SlotType(Kind.INTEGER, "/number", 0, (1 << 64) - 1, optional=False),
    )
)


@pytest.fixture(params=list(BackendName), scope="module")
def system(request):
    return make_system(make_suite(request.param, bbs.SHA256))


@pytest.fixture(scope="module")
def vector():
    return vectors.load("bbs-predicates", "vector1.json")


@pytest.fixture
def filler(monkeypatch):
    monkeypatch.setattr(TypeMap, "digest", lambda _self: b"\x44" * 32)


class Run:
    """Issuance and presentation of the vector, drawing its scalars in the order of the text."""

    def __init__(self, system, vector):
        self.system, self.vector, self._drawn = system, vector, itertools.count(1)
        secret_key, digit_key, holder, nym, self.entropy = draw_scalars(self.random_bytes, 5)
        self.issuer = SecretKey(bbs.SHA256, secret_key)
        self.digit_octets = publish_digits(system, SecretKey(bbs.SHA256, digit_key))
        self.digits = check_digits(system, self.digit_octets, random_bytes=seeded(0))
        self.secrets = HolderSecrets(holder, (nym,))
        self.public_key = self.issuer.public_key(system.suite)
        self.header = Header(
            proof=b"\x11" * 32,
            mandatory=b"\x22" * 32,
            schema=b"\x33" * 32,
            types=b"\x44" * 32,
            typed=2,
            slots=4,
            nyms=1,
            revocation=None,
            digit_key=self.digits.digest,
        )
        quads = [quad_scalar(system, quad) for quad in (b"q0", b"q1")]
        self.slots = [731_000, 1_234_567, *quads]

    def random_bytes(self, length):
        dst = self.system.api_id + b"MOCK_RANDOM_"
        message = self.vector["seed"].encode() + next(self._drawn).to_bytes(8, "big")
        return self.system.suite.expand_message(message, dst, length)

    def issue(self):
        context = b"\x01" * 32
        self.request = commit(
            self.system, self.secrets, issuer=ISSUER, context=context, random_bytes=self.random_bytes
        )
        proven = check_commitment(
            self.system,
            self.request.octets,
            expected_issuer=ISSUER,
            expected_context=context,
            expected_nyms=1,
            expected_enrolment=None,
        )
        self.signature = blind_sign(
            self.system, self.issuer, self.header, self.slots, proven, entropy=self.entropy
        )
        return accept(
            self.system,
            self.secrets,
            self.request.blind,
            issuer_key=self.public_key,
            header=self.header,
            slots=self.slots,
            signature=self.signature,
            entropy=self.entropy,
        )

    def statement(self):
        return statement_of(self.public_key, self.header, self.slots[2], self.digits.key)


def statement_of(public_key, header, shown, digit_key):
    credential = Credential(public_key, header, TYPES, ((2, shown),))
    form = slot_form(0, 0)
    digits = digit_count(form, 730_000, 740_000, [credential])
    return Statement(
        ph=frame(b"purpose", b"test"),
        credentials=(credential,),
        relations=(),
        predicates=(Range(form, 730_000, 740_000, digits, digit_key), Pseudonym(0, CONTEXT)),
    )


def trust_of(public_key, digit_key):
    return Trust(
        digit_keys={public_key: frozenset({digit_key})},
        set_keys=frozenset(),
        lists=(),
        sector="rp.example",
        different_holders=False,
    )


def test_known_answers(system):
    bases = system.generators(1, 1).bases
    O, z = context_base(system, CONTEXT)  # noqa: E741
    gap = system.gap_generators.bases
    found = {
        "Q_1": bases[0],
        "H_0": bases[1],
        "Q_2": bases[2],
        "J_1": bases[3],
        "Y_0": system.Y_0,
        "Y_1": system.Y_1,
        "G_dig": system.G_dig,
        "G_mem": system.G_mem,
        "Q_g": gap[0],
        "H_left": gap[1],
        "H_right": gap[2],
    }
    scalars = {
        "ABSENT": system.ABSENT,
        "PAD": system.PAD,
        "FR": system.typed_scalar(b"text", b"FR"),
        "z": z,
    }
    assert {
        **{name: base.octets.hex() for name, base in found.items()},
        **{name: encode_scalar(scalar).hex() for name, scalar in scalars.items()},
        "O": system.backend.encode_g1(O).hex(),
    } == KNOWN


@pytest.mark.parametrize("name", [BackendName.NATIVE, BackendName.ARKWORKS])
def test_issuance_and_presentation_are_those_of_the_vector(name, vector, filler):
    system = make_system(make_suite(name, bbs.SHA256))
    run = Run(system, vector)
    held, statement = run.issue(), run.statement()
    encoded = statement.encode(system)
    proof = prove(
        system,
        statement,
        [held],
        Means(digit_lists={run.digits.key: run.digits}, set_lists={}, gaps={}),
        trust=trust_of(run.public_key, run.digits.key),
        random_bytes=run.random_bytes,
    )
    assert {
        "seed": vector["seed"],
        "PK": run.public_key.hex(),
        "W_dig": run.digits.key.hex(),
        "header": run.header.encode().hex(),
        "commitment": run.request.octets[:48].hex(),
        "enrolment": run.request.octets[48:96].hex(),
        "issue_challenge": run.request.octets[96:128].hex(),
        "domain": encode_scalar(credential_domain(system, run.public_key, run.header)).hex(),
        "A": run.signature[:48].hex(),
        "e": run.signature[48:].hex(),
        "statement_sha256": hashlib.sha256(encoded).hexdigest(),
        "statement_len": len(encoded),
        "challenge": proof[:32].hex(),
        "pseudonym": proof[-48:].hex(),
        "proof_sha256": hashlib.sha256(proof).hexdigest(),
        "proof_len": len(proof),
        "proof": proof.hex(),
        "statement": encoded.hex(),
    } == vector


def test_every_backend_verifies_the_vector(system, vector, filler):
    header = Header(
        proof=b"\x11" * 32,
        mandatory=b"\x22" * 32,
        schema=b"\x33" * 32,
        types=b"\x44" * 32,
        typed=2,
        slots=4,
        nyms=1,
        revocation=None,
        digit_key=unhex(vector["header"])[-32:],
    )
    public_key, digit_key = unhex(vector["PK"]), unhex(vector["W_dig"])
    statement = statement_of(public_key, header, quad_scalar(system, b"q0"), digit_key)
    trust, proof = trust_of(public_key, digit_key), unhex(vector["proof"])
    verified = verify(system, statement, proof, trust=trust, weight_seed=b"")
    assert [nym.hex() for _, nym in verified.nyms] == [vector["pseudonym"]]
    altered = bytes([*proof[:300], proof[300] ^ 1, *proof[301:]])
    with pytest.raises(ZkError) as refused:
        verify(system, statement, altered, trust=trust, weight_seed=b"")
    assert refused.value.code == "predicates.challenge"


def test_only_the_sha_256_ciphersuite_has_this_system():
    with pytest.raises(ZkError) as refused:
        make_system(make_suite(BackendName.NATIVE, bbs.SHAKE256))
    assert refused.value.code == "predicates.suite"
