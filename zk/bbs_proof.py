"""BBS proofs of knowledge of a signature, with selective disclosure.

Text: BBS draft (`zk.transcript.BBS_DRAFT`), "CoreProofGen", "CoreProofVerify" and their subroutines, under
the draft's names. The subroutines take the challenge as an argument, so a larger protocol can put several
of them under one challenge of its own. An interface that proves something more of hidden messages under the
same challenge (`Extension`) reuses their blindings and responses.

Legend (x~ blinding, x^ response; i runs over disclosed messages, j over hidden ones)
    B           P1 + Q_1·domain + Σ H_i·msg_i + Σ H_j·msg_j
    D           B·r2
    Abar        A·r1·r2
    Y           B - A·e, which equals A·SK
    Bbar        Y·r1·r2, which equals Abar·SK; the draft writes D·r1 - Abar·e
    T1          Abar·e~ + D·r1~
    T2          D·r3~ + Σ H_j·m~_j
    c           challenge
    e^          e~ + e·c        r1^  r1~ - r1·c       r3^  r3~ - c/r2       m^_j  m~_j + msg_j·c

Invariants
- The prover's secrets (A, e, hidden messages, all blindings) meet points only through `…_secret`.
- A blinding is used once; a failed attempt is not retried with what it drew.
- The verifier takes from the proof its points and responses, and nothing of the statement but the number of
  hidden messages, which the domain binds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zk import transcript
from zk.bbs_core import calculate_b, calculate_domain, check_message_count, possess
from zk.bbs_octets import Responses, count_hidden, decode_proof, encode_proof
from zk.curve import GROUP_ORDER, Scalar, encode_scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zk.bbs_core import Possession
    from zk.bbs_octets import Proof
    from zk.ciphersuites import Suite
    from zk.generators import Generators
    from zk.hashing import RandomBytes

_RANDOM_FLOOR: Final = 5
"""Scalars that every proof draws, before those of hidden messages."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ProofRandomness:
    """The blindings of one proof; secret, and used once."""

    r1: Scalar
    r2: Scalar
    e_tilde: Scalar
    r1_tilde: Scalar
    r3_tilde: Scalar
    m_tilde: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Commitments:
    """What a challenge binds of one proof, as octets: Abar ‖ Bbar ‖ D, and T1 ‖ T2, and the domain."""

    points: bytes
    T: bytes
    domain: Scalar


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Extension:
    """What another interface adds to the octets that the challenge hashes; each part fixes its own length.

    Attributes:
        after_points: between T2 and the domain.
        after_domain: between the domain and the presentation header.
        at_end: after the presentation header.
    """

    after_points: bytes = b""
    after_domain: bytes = b""
    at_end: bytes = b""


NO_EXTENSION: Final = Extension()
"""Plain BBS."""


def draw_randomness(random_bytes: RandomBytes, hidden: int) -> ProofRandomness:
    """Draw blindings in the draft's order: r1, r2, e~, r1~, r3~, then m~_j, 48 octets each."""
    r1, r2, e_tilde, r1_tilde, r3_tilde, *m_tilde = draw_scalars(random_bytes, _RANDOM_FLOOR + hidden)
    return ProofRandomness(r1, r2, e_tilde, r1_tilde, r3_tilde, tuple(m_tilde))


def hidden_indexes(count: int, disclosed_indexes: Sequence[int]) -> tuple[int, ...]:
    """Return the indexes below `count` that are not disclosed.

    Disclosed indexes must be strictly ascending and in [0, count); `zk.indexes` otherwise. Order and
    uniqueness are what makes "message i is m" unambiguous.
    """
    previous = -1
    for index in disclosed_indexes:
        if not previous < index < count:
            raise ZkError(
                "zk.indexes",
                f"disclosed index {index} after {previous}, expected strictly ascending and below {count}",
            )
        previous = index
    disclosed = frozenset(disclosed_indexes)
    return tuple(index for index in range(count) if index not in disclosed)


def proof_init(
    suite: Suite,
    possession: Possession,
    generators: Generators,
    randomness: ProofRandomness,
    domain: Scalar,
    hidden: Sequence[int],
) -> Commitments:
    """Commit to a signature and to the hidden messages (BBS draft, "Proof Initialization").

    Args:
        suite: the suite.
        possession: what is proven; the same for every proof from one signature.
        generators: Q_1, then one for each message.
        randomness: fresh, with as many m~ as there are hidden messages.
        domain: as calculated from header and key.
        hidden: indexes of the messages that stay hidden, ascending.
    """
    backend, H = suite.backend, generators.H
    r1_r2 = _mul(randomness.r1, randomness.r2)
    D = backend.mul_secret(possession.B, randomness.r2)
    Abar = backend.mul_secret(possession.A, r1_r2)
    Bbar = backend.mul_secret(possession.Y, r1_r2)
    T1 = backend.msm_secret((Abar, D), (randomness.e_tilde, randomness.r1_tilde))
    T2 = backend.msm_secret((D, *(H[j].point for j in hidden)), (randomness.r3_tilde, *randomness.m_tilde))
    encode = backend.encode_g1
    return Commitments(encode(Abar) + encode(Bbar) + encode(D), encode(T1) + encode(T2), domain)


def calculate_challenge(
    suite: Suite,
    commitments: Commitments,
    disclosed: Sequence[tuple[int, Scalar]],
    presentation_header: bytes,
    *,
    api_id: bytes,
    extension: Extension = NO_EXTENSION,
) -> Scalar:
    """Hash statement and commitments to the challenge (BBS draft, "Challenge Calculation")."""
    c_octets = b"".join(
        (
            len(disclosed).to_bytes(8, "big"),
            *(index.to_bytes(8, "big") + encode_scalar(scalar) for index, scalar in disclosed),
            commitments.points,
            commitments.T,
            extension.after_points,
            encode_scalar(commitments.domain),
            extension.after_domain,
            len(presentation_header).to_bytes(8, "big"),
            presentation_header,
            extension.at_end,
        )
    )
    return suite.hash_to_scalar(c_octets, api_id + transcript.HASH_TO_SCALAR)


def proof_finalize(
    randomness: ProofRandomness, e: Scalar, hidden_scalars: Sequence[Scalar], c: Scalar
) -> Responses:
    """Answer the challenge (BBS draft, "Proof Finalization").

    1/r2 is taken as r1·1/(r1·r2): r1 is uniform, unknown and used once, so it blinds the inversion.
    """
    r1 = randomness.r1
    r3 = _mul(r1, Scalar(pow(_mul(r1, randomness.r2), -1, GROUP_ORDER)))
    responses = Responses(
        e_hat=_response(randomness.e_tilde, e, c),
        r1_hat=_response(randomness.r1_tilde, _neg(r1), c),
        r3_hat=_response(randomness.r3_tilde, _neg(r3), c),
        m_hat=tuple(
            _response(m_tilde, scalar, c)
            for m_tilde, scalar in zip(randomness.m_tilde, hidden_scalars, strict=True)
        ),
    )
    if 0 in (c, responses.e_hat, responses.r1_hat, responses.r3_hat, *responses.m_hat):
        raise ZkError("zk.randomness", "a response came out as zero, which no verifier accepts")
    return responses


def proof_verify_init(
    suite: Suite,
    proof: Proof,
    generators: Generators,
    domain: Scalar,
    disclosed: Sequence[tuple[int, Scalar]],
    hidden: Sequence[int],
    *,
    c: Scalar,
) -> Commitments:
    """Recompute T1 and T2 from the responses (BBS draft, "Proof Verification Initialization").

    T1 = Bbar·c + Abar·e^ + D·r1^, and T2 = (P1 + Q_1·domain + Σ H_i·msg_i)·c + D·r3^ + Σ H_j·m^_j with the
    factor c moved into each term, so that all fixed bases stand in one sum.
    """
    backend, H, responses = suite.backend, generators.H, proof.responses
    T1 = backend.msm_public((proof.Bbar, proof.Abar, proof.D), (c, responses.e_hat, responses.r1_hat))
    fixed = backend.msm_fixed_public(
        (suite.P1, generators.Q_1, *(H[i] for i, _ in disclosed), *(H[j] for j in hidden)),
        (c, _mul(domain, c), *(_mul(scalar, c) for _, scalar in disclosed), *responses.m_hat),
    )
    T2 = backend.add(fixed, backend.mul_public(proof.D, responses.r3_hat))
    return Commitments(proof.points, backend.encode_g1(T1) + backend.encode_g1(T2), domain)


def core_prove(
    suite: Suite,
    public_key: bytes,
    signature: bytes,
    generators: Generators,
    header: bytes,
    presentation_header: bytes,
    scalars: Sequence[Scalar],
    disclosed_indexes: Sequence[int],
    *,
    api_id: bytes,
    random_bytes: RandomBytes,
    extend: Callable[[Mapping[int, Scalar]], Extension] | None = None,
) -> bytes:
    """Prove knowledge of a signature over message scalars (BBS draft, "CoreProofGen").

    The signature is not verified: a proof from a wrong one reveals nothing and convinces nobody.
    `extend` gets the blinding of every hidden message, by index, before the challenge exists.

    Returns:
        272 + 32·U octets, U being the number of hidden messages.
    """
    hidden = hidden_indexes(len(scalars), disclosed_indexes)
    suite.decode_public_key(public_key)
    domain = calculate_domain(suite, public_key, generators, header, api_id=api_id)
    randomness = draw_randomness(random_bytes, len(hidden))
    B = calculate_b(suite, generators, domain, scalars, secret_indexes=hidden)
    possession = possess(suite, signature, B)
    commitments = proof_init(suite, possession, generators, randomness, domain, hidden)
    extension = NO_EXTENSION
    if extend is not None:
        extension = extend(dict(zip(hidden, randomness.m_tilde, strict=True)))
    disclosed = [(i, scalars[i]) for i in disclosed_indexes]
    c = calculate_challenge(
        suite, commitments, disclosed, presentation_header, api_id=api_id, extension=extension
    )
    responses = proof_finalize(randomness, possession.e, [scalars[j] for j in hidden], c)
    return encode_proof(commitments.points, responses, c)


def core_verify_proof(
    suite: Suite,
    public_key: bytes,
    proof: bytes,
    header: bytes,
    presentation_header: bytes,
    disclosed_scalars: Sequence[Scalar],
    disclosed_indexes: Sequence[int],
    *,
    api_id: bytes,
    generators_for: Callable[[int], Generators],
    extend: Callable[[Mapping[int, Scalar], Scalar], Extension] | None = None,
) -> None:
    """Verify a proof against disclosed message scalars (BBS draft, "CoreProofVerify").

    `generators_for` gives Q_1 and the generators of so many messages, in their order. `extend` gets the
    response of every hidden message, by index, and the challenge, and recomputes what the prover added.

    Checklist, cheap steps first
    1. One message for each disclosed index (`zk.length`).
    2. The proof is 272 + 32·U octets (`zk.proof-malformed`), and L = R + U is within limits (`zk.length`).
    3. Disclosed indexes are strictly ascending and below L (`zk.indexes`).
    4. The public key is a point of the subgroup and not the identity (`zk.public-key`).
    5. Abar, Bbar and D likewise, and all scalars are in [1, r) (`zk.proof-malformed`). With Abar at the
       identity the pairing would hold for any key.
    6. Generators and domain are recomputed from what the verifier holds.
    7. The challenge over the statement, the recomputed T1, T2 and extension is the proof's own (`zk.proof`).
    8. e(Abar, W) = e(Bbar, BP2) (`zk.proof`).
    """
    # 1
    if len(disclosed_scalars) != len(disclosed_indexes):
        raise ZkError(
            "zk.length",
            f"{len(disclosed_scalars)} disclosed messages for {len(disclosed_indexes)} indexes",
        )
    # 2
    L = len(disclosed_indexes) + count_hidden(proof)
    check_message_count(L)
    # 3
    hidden = hidden_indexes(L, disclosed_indexes)
    # 4
    W = suite.decode_public_key(public_key)
    # 5
    decoded = decode_proof(suite, proof)
    # 6
    generators = generators_for(L)
    domain = calculate_domain(suite, public_key, generators, header, api_id=api_id)
    # 7
    disclosed = list(zip(disclosed_indexes, disclosed_scalars, strict=True))
    commitments = proof_verify_init(suite, decoded, generators, domain, disclosed, hidden, c=decoded.c)
    extension = NO_EXTENSION
    if extend is not None:
        extension = extend(dict(zip(hidden, decoded.responses.m_hat, strict=True)), decoded.c)
    challenge = calculate_challenge(
        suite, commitments, disclosed, presentation_header, api_id=api_id, extension=extension
    )
    if challenge != decoded.c:
        raise ZkError(
            "zk.proof",
            "the challenge does not hold for this key, headers and these disclosed messages",
            clause="CoreProofVerify",
        )
    # 8
    backend = suite.backend
    if not backend.pairing_check([(decoded.Abar, W), (backend.negate(decoded.Bbar), suite.BP2)]):
        raise ZkError("zk.proof", "the proven signature is not of this key", clause="CoreProofVerify")


def _mul(left: Scalar, right: Scalar) -> Scalar:
    return Scalar(left * right % GROUP_ORDER)


def _neg(scalar: Scalar) -> Scalar:
    return Scalar(-scalar % GROUP_ORDER)


def _response(blinding: Scalar, secret: Scalar, c: Scalar) -> Scalar:
    return Scalar((blinding + secret * c) % GROUP_ORDER)
