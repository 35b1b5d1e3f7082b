"""Issuance: a holder binds secrets to a credential; the issuer never sees them, and still counts heads.

Text: `bbs-predicates-2026` version 1, section 3; commitment and blind signature after the Blind BBS draft,
entropy after the pseudonyms draft. The enrolment tag is our own.

Legend
    s, hs, p_j      blind factor, holder secret, prover's nym secrets (N of them)
    J*              Q_2, J_1 … J_{1+N}            O_j     enrolment bases, hashed from issuer and index
    C               s·Q_2 + hs·J_1 + Σ p_j·J_{j+2}
    E               hs·O_0 + Σ p_j·O_{j+1}, the enrolment tag: one for each holder at this issuer
    t               the issuer's entropy, added to the last nym secret
    B               P1 + domain·Q_1 + Σ m_i·H_i + C + t·J_{1+N};   A = B·1/(SK + e)

Invariants
- The issuer signs only a C whose opening was proven, under its own nonce, key and configuration.
- C and E open to the same hs and p_j: their proof has one response for each.
- Secrets have no repr and do not compare.

Not here: that a nonce is used once, that E is the tag on file for this person and for nobody else, that t is
the same for the same person and configuration. Those are records of the issuer's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zk import transcript
from zk.bbs_core import Possession, calculate_b, core_verify, finalize_signature, possess
from zk.bbs_octets import encode_signature
from zk.curve import G1_LENGTH, GROUP_ORDER, SCALAR_LENGTH, Scalar, encode_scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars
from zk.predicates.header import credential_domain
from zk.predicates.octets import Reader, encode_responses, frame, refuse_identity, u64
from zk.predicates.slots import MAX_NYMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.backend import G1
    from zk.hashing import RandomBytes
    from zk.keys import SecretKey
    from zk.predicates.header import Header
    from zk.predicates.octets import Received
    from zk.predicates.system import System


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class HolderSecrets:
    """What a holder keeps for one issuer: hs, the same in all its credentials, and the nym secrets p_j."""

    holder: Scalar
    nyms: tuple[Scalar, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.nyms) <= MAX_NYMS:
            raise ZkError("predicates.secrets", f"{len(self.nyms)} nym secrets, expected 1 to {MAX_NYMS}")
        if not all(0 < secret < GROUP_ORDER for secret in (self.holder, *self.nyms)):
            raise ZkError("predicates.secrets", "a holder's secret is not a scalar in [1, r)")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Commitment:
    """A holder's request: `octets` go to the issuer, `blind` stays until the signature has come."""

    octets: bytes
    blind: Scalar


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ProvenCommitment:
    """A commitment whose opening was proven to this issuer; `check_commitment` makes it.

    Attributes:
        point: C.
        enrolment: the tag E, 48 octets, to be compared with the one on file.
        nyms: N.
    """

    point: G1
    enrolment: bytes
    nyms: int


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class HeldCredential:
    """A credential whose signature the holder has verified.

    Attributes:
        issuer_key: 96 octets.
        header: as signed.
        scalars: slots, s, hs and nym secrets, L + 2 + N of them; secret.
        possession: what every proof begins with; secret.
    """

    issuer_key: bytes
    header: Header
    scalars: tuple[Scalar, ...]
    possession: Possession

    @property
    def signature(self) -> bytes:
        """The signature, 80 octets."""
        return self.possession.octets

    @property
    def B(self) -> G1:  # noqa: N802
        """The signed sum; secret."""
        return self.possession.B


def issuance_context(*, nonce: bytes, configuration: bytes, issuer_key: bytes) -> bytes:
    """Return what a commitment is bound to: the issuer's nonce, configuration and key."""
    return frame(b"nonce", nonce) + frame(b"configuration", configuration) + frame(b"issuer-key", issuer_key)


def commit(
    system: System, secrets: HolderSecrets, *, issuer: str, context: bytes, random_bytes: RandomBytes
) -> Commitment:
    """Commit to a holder's secrets and prove the opening: C ‖ E ‖ c ‖ x^, 96 + 32·(N + 3) octets."""
    nyms = len(secrets.nyms)
    s, *blindings = draw_scalars(random_bytes, nyms + 3)
    x = (s, secrets.holder, *secrets.nyms)
    bases = [base.point for base in system.secret_generators(nyms).bases]
    tags = _enrolment_bases(system, issuer, nyms)
    msm, encode = system.backend.msm_secret, system.backend.encode_g1
    C, T_C = encode(msm(bases, x)), encode(msm(bases, blindings))
    E, T_E = encode(msm(tags, x[1:])), encode(msm(tags, blindings[1:]))
    c = _challenge(system, issuer, context, nyms, commitment=C + T_C, enrolment=E + T_E)
    responses = (blinding + c * secret for blinding, secret in zip(blindings, x, strict=True))
    return Commitment(C + E + encode_responses((c, *responses)), s)


def check_commitment(
    system: System,
    octets: bytes,
    *,
    expected_issuer: str,
    expected_context: bytes,
    expected_nyms: int,
    expected_enrolment: bytes | None,
) -> ProvenCommitment:
    """Check a holder's commitment.

    Args:
        system: the system.
        octets: C ‖ E ‖ c ‖ x^.
        expected_issuer: this issuer's identifier.
        expected_context: of the nonce that this holder was given (`issuance_context`).
        expected_nyms: N, fixed for each issuer.
        expected_enrolment: the tag on file for this person; None at the first issuance, when the caller
            makes sure that nobody else has the tag that is returned.

    Checklist
    1. The length is that of N (`predicates.length`).
    2. Points and scalars are well formed (`predicates.encoding`, `.identity`, `.scalar`).
    3. C and E open with the same responses, under this issuer and context (`predicates.commitment-proof`).
    4. The tag is the one on file (`predicates.enrolment`).
    """
    # 1
    length = 2 * G1_LENGTH + SCALAR_LENGTH * (expected_nyms + 3)
    if len(octets) != length:
        raise ZkError("predicates.length", f"a commitment of {len(octets)} octets, expected {length}")
    # 2, 3
    C, E = _check_opening(system, octets, expected_issuer, expected_context, expected_nyms)
    # 4
    if expected_enrolment is not None and E.octets != expected_enrolment:
        raise ZkError(
            "predicates.enrolment",
            "the enrolment tag differs from the one on file for this person",
            remedy="use the secrets of the first issuance",
            clause="3.1",
        )
    return ProvenCommitment(C.point, E.octets, expected_nyms)


def _check_opening(
    system: System, octets: bytes, issuer: str, context: bytes, nyms: int
) -> tuple[Received, Received]:
    """Decode C and E, and check the proof that both open to the same secrets."""
    reader = Reader(system.suite, octets)
    C, E = reader.point("the commitment"), reader.point("the enrolment tag")
    c = reader.scalar("the issuance challenge")
    x_hat = reader.scalars(nyms + 2, "a response of the commitment")
    backend, minus_c = system.backend, Scalar(GROUP_ORDER - c)
    bases, tags = system.secret_generators(nyms).bases, _enrolment_bases(system, issuer, nyms)
    T_C = backend.add(backend.msm_fixed_public(bases, x_hat), backend.mul_public(C.point, minus_c))
    T_E = backend.msm_public((*tags, E.point), (*x_hat[1:], minus_c))
    commitment = C.octets + backend.encode_g1(T_C)
    enrolment = E.octets + backend.encode_g1(T_E)
    if _challenge(system, issuer, context, nyms, commitment=commitment, enrolment=enrolment) != c:
        raise ZkError(
            "predicates.commitment-proof",
            "the commitment is not proven for this issuer, nonce and configuration",
            remedy="ask for a new nonce and commit again",
            clause="3.1",
        )
    return C, E


def blind_sign(
    system: System,
    secret_key: SecretKey,
    header: Header,
    slots: Sequence[Scalar],
    commitment: ProvenCommitment,
    *,
    entropy: Scalar,
) -> bytes:
    """Sign the issuer's slots together with what the holder has committed to; 80 octets.

    `entropy` is uniform, unknown to others, and the same for the same person and configuration.
    """
    if len(slots) != header.slots or commitment.nyms != header.nyms:
        raise ZkError(
            "predicates.header",
            f"{len(slots)} slots and {commitment.nyms} nym secrets, the header says {header.slots} and "
            f"{header.nyms}",
        )
    suite, backend = system.suite, system.backend
    public_key = secret_key.public_key(suite)
    domain = credential_domain(system, public_key, header)
    issuer_bases = suite.generators(header.slots + 1, system.api_id)
    last_nym = system.secret_generators(header.nyms).bases[-1].point
    B = calculate_b(suite, issuer_bases, domain, slots, secret_indexes=())
    B = backend.add(B, backend.add(commitment.point, backend.mul_secret(last_nym, _checked(entropy))))
    B_octets = backend.encode_g1(B)
    # Only a relation among generators leads to it; signing it would sign nothing.
    refuse_identity(B_octets, "the signed sum")
    e = system.hash_to_scalar(
        encode_scalar(secret_key.scalar(suite)) + B_octets + encode_scalar(domain), transcript.HASH_TO_SCALAR
    )
    return encode_signature(suite, finalize_signature(suite, secret_key, B, e, api_id=system.api_id))


def accept(
    system: System,
    secrets: HolderSecrets,
    blind: Scalar,
    *,
    issuer_key: bytes,
    header: Header,
    slots: Sequence[Scalar],
    signature: bytes,
    entropy: Scalar,
) -> HeldCredential:
    """Verify a blind signature as its holder; `zk.signature` where it does not hold.

    The caller has recomputed `slots` and `header` from the credential's text, and knows that schema, issuer
    key and list are the published ones.
    """
    if len(slots) != header.slots or len(secrets.nyms) != header.nyms:
        raise ZkError("predicates.header", f"{len(slots)} slots, the header says {header.slots}")
    last = Scalar((secrets.nyms[-1] + _checked(entropy)) % GROUP_ORDER)
    scalars = (*slots, blind, secrets.holder, *secrets.nyms[:-1], last)
    generators, secret = system.generators(header.slots, header.nyms), range(header.slots, header.wires)
    core_verify(
        system.suite,
        issuer_key,
        signature,
        generators,
        header.encode(),
        scalars,
        api_id=system.api_id,
        secret_indexes=secret,
    )
    domain = credential_domain(system, issuer_key, header)
    B = calculate_b(system.suite, generators, domain, scalars, secret_indexes=secret)
    return HeldCredential(issuer_key, header, scalars, possess(system.suite, signature, B))


def _checked(entropy: Scalar) -> Scalar:
    if not 0 < entropy < GROUP_ORDER:
        raise ZkError("predicates.entropy", "the issuer's entropy is not a scalar in [1, r)")
    return entropy


def _enrolment_bases(system: System, issuer: str, nyms: int) -> list[G1]:
    """Hash O_0 … O_N: independent bases, so that no two vectors of secrets share a tag."""
    dst = system.api_id + transcript.ENROLMENT_BASE
    named = frame(b"issuer", issuer.encode())
    return [system.suite.hash_to_g1(named + frame(b"index", u64(j)), dst) for j in range(nyms + 1)]


def _challenge(
    system: System, issuer: str, context: bytes, nyms: int, *, commitment: bytes, enrolment: bytes
) -> Scalar:
    message = b"".join(
        (
            frame(b"context", context),
            frame(b"issuer", issuer.encode()),
            frame(b"nyms", u64(nyms)),
            frame(b"generators", system.secret_generators(nyms).octets),
            frame(b"commitment", commitment),
            frame(b"enrolment", enrolment),
        )
    )
    return system.hash_to_scalar(message, transcript.ISSUE_CHALLENGE)
