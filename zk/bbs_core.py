"""BBS core: domain, the signed sum B, signing and verifying, for any interface built on BBS.

Text: BBS draft (`zk.transcript.BBS_DRAFT`), "Core Operations" and "Domain Calculation". Messages are already
scalars here; generators and api identifier are arguments everywhere, so that blind signatures and typed
credentials use the same functions with their own.

Legend
    SK, W       secret scalar and public key, W = BP2·SK
    Q_1, H_i    generators; P1 the ciphersuite's fixed point
    domain      hash of key, generators, api identifier and header
    B           P1 + Q_1·domain + Σ H_i·msg_i
    (A, e)      signature: A = B·1/(SK + e)

Invariants
- Every signature that leaves here decodes again: A is not the identity, 0 < e < r.
- SK meets points only through `mul_secret`, and is inverted only under a blinding.
- A message is public or secret by the caller's word. A signer holds its messages in clear and has parsed and
  hashed them in variable time: public. What a prover hides, and a holder's own secrets, are secret.

Not here: octet forms (`zk.bbs_octets`), proofs of knowledge (`zk.bbs_proof`), octet messages (`zk.bbs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zk import transcript
from zk.bbs_octets import Signature, decode_signature, encode_signature
from zk.curve import GROUP_ORDER, Scalar, encode_scalar
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.backend import G1
    from zk.ciphersuites import Suite
    from zk.generators import Generators
    from zk.keys import SecretKey


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Possession:
    """A signature with the sums that every proof of it begins with; secret, and a holder may keep it.

    Attributes:
        octets: the signature, 80 octets, of which A and e are decoded.
        B: the signed sum.
        Y: B - A·e, which equals A·SK where the signature holds.
    """

    octets: bytes
    A: G1
    e: Scalar
    B: G1
    Y: G1


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what callers, and through them strangers, can make this package compute."""

    messages: int = 1024
    """Signed messages. A credential has tens; each costs a generator to compute and keep."""


LIMITS: Final = Limits()


def check_message_count(count: int) -> None:
    """Refuse more messages than `LIMITS` allows (`zk.length`)."""
    if count > LIMITS.messages:
        raise ZkError("zk.length", f"{count} messages, expected at most {LIMITS.messages}")


def map_messages(suite: Suite, messages: Sequence[bytes], *, api_id: bytes) -> list[Scalar]:
    """Map each message to a scalar, by itself (BBS draft, "Messages to Scalars"); `zk.length`."""
    check_message_count(len(messages))
    dst = api_id + transcript.MAP_MESSAGE
    return [suite.hash_to_scalar(message, dst) for message in messages]


def calculate_domain(
    suite: Suite, public_key: bytes, generators: Generators, header: bytes, *, api_id: bytes
) -> Scalar:
    """Hash key, generators and header to the domain (BBS draft, "Domain Calculation").

    Args:
        suite: the suite.
        public_key: the signer's, 96 octets; the caller has decoded it or made it.
        generators: Q_1, then one for each message.
        header: bound to the signature, always disclosed.
        api_id: the api identifier of the interface.
    """
    L = len(generators) - 1
    dom_input = b"".join(
        (
            public_key,
            L.to_bytes(8, "big"),
            generators.octets,
            api_id,
            len(header).to_bytes(8, "big"),
            header,
        )
    )
    return suite.hash_to_scalar(dom_input, api_id + transcript.HASH_TO_SCALAR)


def calculate_b(
    suite: Suite,
    generators: Generators,
    domain: Scalar,
    scalars: Sequence[Scalar],
    *,
    secret_indexes: Sequence[int],
) -> G1:
    """Compute B = P1 + Q_1·domain + Σ H_i·msg_i.

    Args:
        suite: the suite.
        generators: Q_1, then one for each message (`zk.length`).
        domain: as calculated.
        scalars: all messages, in order.
        secret_indexes: those of them that must not show in running time; the others are summed with tables.
    """
    if len(generators) != len(scalars) + 1:
        raise ZkError("zk.length", f"{len(generators)} generators for {len(scalars)} messages")
    backend, H = suite.backend, generators.H
    secret = frozenset(secret_indexes)
    public = [i for i in range(len(scalars)) if i not in secret]
    B = backend.msm_fixed_public(
        (suite.P1, generators.Q_1, *(H[i] for i in public)),
        (Scalar(1), domain, *(scalars[i] for i in public)),
    )
    if not secret:
        return B
    hidden = [H[i].point for i in secret_indexes]
    return backend.add(B, backend.msm_secret(hidden, [scalars[i] for i in secret_indexes]))


def possess(suite: Suite, signature: bytes, B: G1) -> Possession:
    """Decode a signature (`zk.signature-malformed`), unverified, and compute what its proofs begin with."""
    decoded = decode_signature(suite, signature)
    minus_e = Scalar(-decoded.e % GROUP_ORDER)
    Y = suite.backend.add(B, suite.backend.mul_secret(decoded.A, minus_e))
    return Possession(signature, decoded.A, decoded.e, B, Y)


def core_sign(
    suite: Suite,
    secret_key: SecretKey,
    public_key: bytes,
    generators: Generators,
    header: bytes,
    scalars: Sequence[Scalar],
    *,
    api_id: bytes,
) -> bytes:
    """Sign message scalars (BBS draft, "CoreSign"); 80 octets. The same input gives the same signature."""
    SK = secret_key.scalar(suite)
    domain = calculate_domain(suite, public_key, generators, header, api_id=api_id)
    e_input = b"".join(encode_scalar(scalar) for scalar in (SK, *scalars, domain))
    e = suite.hash_to_scalar(e_input, api_id + transcript.HASH_TO_SCALAR)
    B = calculate_b(suite, generators, domain, scalars, secret_indexes=())
    return encode_signature(suite, finalize_signature(suite, secret_key, B, e, api_id=api_id))


def finalize_signature(suite: Suite, secret_key: SecretKey, B: G1, e: Scalar, *, api_id: bytes) -> Signature:
    """Compute A = B·1/(SK + e), for a B and an e that the signer itself has computed.

    The inverse is taken of rho·(SK + e) and multiplied by rho, so that the variable time of a modular inverse
    says nothing about SK. rho is a hash of SK and e: no randomness is needed, and none can be missing.
    """
    SK = secret_key.scalar(suite)
    rho = suite.hash_to_scalar(encode_scalar(SK) + encode_scalar(e), api_id + transcript.INVERSION_BLIND)
    blinded = rho * (SK + e) % GROUP_ORDER
    if blinded == 0 or e == 0:
        raise ZkError(
            "zk.secret-key",
            "this key cannot sign these messages (probability 2^-255)",
            remedy="change the header",
        )
    inverse = Scalar(rho * pow(blinded, -1, GROUP_ORDER) % GROUP_ORDER)
    return Signature(suite.backend.mul_secret(B, inverse), e)


def core_verify(
    suite: Suite,
    public_key: bytes,
    signature: bytes,
    generators: Generators,
    header: bytes,
    scalars: Sequence[Scalar],
    *,
    api_id: bytes,
    secret_indexes: Sequence[int],
) -> None:
    """Verify a signature over message scalars (BBS draft, "CoreVerify").

    `secret_indexes` are the messages that must not show in running time: none for a signer's plain messages,
    a holder's own secrets where it checks a blind signature.

    Checklist
    1. One generator per message, and Q_1 (`zk.length`).
    2. The public key is a point of the subgroup and not the identity (`zk.public-key`).
    3. The signature is 80 octets; A as in 2, e in [1, r) (`zk.signature-malformed`).
    4. The domain is recomputed from what the verifier holds; nothing of it is read from the signature.
    5. e(A, W + BP2·e) = e(B, BP2), computed as e(A, W)·e(A·e - B, BP2) = 1, which spares a
       multiplication in G2 (`zk.signature`).
    """
    backend = suite.backend
    # 2
    W = suite.decode_public_key(public_key)
    # 3
    decoded = decode_signature(suite, signature)
    # 4
    domain = calculate_domain(suite, public_key, generators, header, api_id=api_id)
    # 1, 5
    B = calculate_b(suite, generators, domain, scalars, secret_indexes=secret_indexes)
    right = backend.add(backend.mul_public(decoded.A, decoded.e), backend.negate(B))
    if not backend.pairing_check([(decoded.A, W), (right, suite.BP2)]):
        raise ZkError(
            "zk.signature",
            "the signature does not hold for this key, header and these messages",
            clause="CoreVerify",
        )
