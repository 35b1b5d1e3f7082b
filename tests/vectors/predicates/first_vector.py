"""Vector 1: one credential from its issuer's key to its first proof, with one stream of randomness.

It is older than the type maps: its header holds a filler where the digest of one would stand, so whoever
verifies it leaves out the comparison of section 2.3. Everything else is as the text says.
"""

from __future__ import annotations

import hashlib

from tests.vectors.predicates.notation import header_json, scalar_text
from tests.vectors.predicates.presentation_cases import described, observed
from tests.vectors.predicates.scene import Mock
from zk import bbs
from zk.curve import encode_scalar
from zk.hashing import draw_scalars
from zk.keys import SecretKey
from zk.predicates import Means, Statement, Trust
from zk.predicates.header import Header, credential_domain
from zk.predicates.issuance import HolderSecrets, accept, blind_sign, check_commitment, commit
from zk.predicates.octets import frame
from zk.predicates.predicate import NymContext, Pseudonym, Range
from zk.predicates.published.lists import check_digits, publish_digits
from zk.predicates.slots import Kind, SlotType, TypeMap, quad_scalar
from zk.predicates.statement import Credential
from zk.predicates.wires import slot_form

SEED, ISSUER, CONTEXT = "bbs-predicates-2026 vector 1", "did:example:issuer", b"\x01" * 32
FILLER = b"\x44" * 32


def types():
    found = TypeMap(
        (
            SlotType(Kind.DATE, "/birthDate", 1, 3_652_059, optional=False),
            SlotType(Kind.INTEGER, "/number", 0, (1 << 64) - 1, optional=False),
        )
    )
    object.__setattr__(found, "_digest", FILLER)
    return found


def header_for(digit_digest):
    return Header(
        proof=b"\x11" * 32,
        mandatory=b"\x22" * 32,
        schema=b"\x33" * 32,
        types=FILLER,
        typed=2,
        slots=4,
        nyms=1,
        revocation=None,
        digit_key=digit_digest,
    )


def statement_for(system, public_key, header, digit_key):
    credential = Credential(public_key, header, types(), ((2, quad_scalar(system, b"q0")),))
    return Statement(
        ph=frame(b"purpose", b"test"),
        credentials=(credential,),
        relations=(),
        predicates=(
            Range(slot_form(0, 0), 730_000, 740_000, 2, digit_key),
            Pseudonym(0, NymContext("pseudonym", "rp.example", "")),
        ),
    )


def trust_for(public_key, digit_key):
    return Trust(
        digit_keys={public_key: frozenset({digit_key})},
        set_keys=frozenset(),
        lists=(),
        sector="rp.example",
        different_holders=False,
    )


def vector(scene):
    system, mock = scene.system, Mock(scene.system, SEED)
    issuer, digit_key, holder, nym, entropy = draw_scalars(mock, 5)
    key, secrets = SecretKey(bbs.SHA256, issuer), HolderSecrets(holder, (nym,))
    octets = publish_digits(system, SecretKey(bbs.SHA256, digit_key))
    digits = check_digits(system, octets, random_bytes=Mock(system, "list check"))
    public_key, header = key.public_key(system.suite), header_for(digits.digest)
    slots = [731_000, 1_234_567, *(quad_scalar(system, quad) for quad in (b"q0", b"q1"))]
    request = commit(system, secrets, issuer=ISSUER, context=CONTEXT, random_bytes=mock)
    proven = check_commitment(
        system,
        request.octets,
        expected_issuer=ISSUER,
        expected_context=CONTEXT,
        expected_nyms=1,
        expected_enrolment=None,
    )
    signature = blind_sign(system, key, header, slots, proven, entropy=entropy)
    held = accept(
        system,
        secrets,
        request.blind,
        issuer_key=public_key,
        header=header,
        slots=slots,
        signature=signature,
        entropy=entropy,
    )
    statement = statement_for(system, public_key, header, digits.key)
    trust = trust_for(public_key, digits.key)
    means = Means(digit_lists={digits.key: digits}, set_lists={}, gaps={})
    proof, frames, _ = observed(system, statement, [held], means, trust, mock)
    return {
        "seed": SEED,
        "draws": mock.count,
        "drawn": [f"{scalar:064x}" for scalar in draw_scalars(Mock(system, SEED), mock.count)],
        "issuer": ISSUER,
        "context": CONTEXT.hex(),
        "issuerKey": public_key.hex(),
        "digitKey": digits.key.hex(),
        "header": header_json(header),
        "headerOctets": header.encode().hex(),
        "scalars": [scalar_text(scalar) for scalar in held.scalars],
        "commitment": request.octets.hex(),
        "domain": encode_scalar(credential_domain(system, public_key, header)).hex(),
        "signature": signature.hex(),
        "B": system.backend.encode_g1(held.B).hex(),
        "ph": statement.ph.hex(),
        **described(system, statement, proof, frames, trust),
        "digitListSha256": hashlib.sha256(octets).hexdigest(),
    }
