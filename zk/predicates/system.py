"""The composite proof system on one suite: its identifiers, generators and constants.

Text: `bbs-predicates-2026` version 1, sections 1.2, 1.3 and the constants of 2.2.

    family              points                          use
    api_id              Q_1, H_0 …                      slots that the issuer fills
    BLIND_ ‖ api_id     Q_2, J_1 …                      blind factor, holder secret, nym secrets
    COM_DIS_ ‖ api_id   Y_0, Y_1                        commitments to hidden values
    DIGIT_ ‖ api_id     G_dig                           digit signatures
    MEMBER_ ‖ api_id    G_mem                           signed set members
    GAP_ ‖ api_id       Q_g, H_left, H_right            gap signatures

Invariants
- Only the SHA-256 ciphersuite has this system (`predicates.suite`); another hash would be another name.
- Immutable, and safe to share between threads; make it once, since tables cost some milliseconds a point.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from zk import transcript
from zk.ciphersuites import Ciphersuite
from zk.errors import ZkError
from zk.predicates.octets import frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from zk.backend import G1, Backend, FixedBase
    from zk.ciphersuites import Suite
    from zk.curve import Scalar
    from zk.generators import Generators

_REMEMBERED_CONTEXTS: Final = 64
"""Contexts of pseudonyms kept hashed: a verifier has one for its logins and one for each ballot."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class System:
    """A suite with what the composite proofs add to it.

    Attributes:
        suite: the BBS ciphersuite on a backend.
        api_id: the api identifier, the start of every tag.
        gap_api_id: that of gap signatures.
        Y_0: blinding base of commitments.
        Y_1: value base of commitments.
        G_dig: what digit signatures are made of.
        G_mem: what set signatures are made of.
        gap_generators: Q_g, H_left, H_right.
        ABSENT: the scalar of an optional slot without a value.
        PAD: the scalar of a text slot that only fills up.
        hash_context: the octets of a context to O and z of its pseudonyms; remembers the last contexts.
    """

    suite: Suite
    api_id: bytes
    gap_api_id: bytes
    Y_0: FixedBase
    Y_1: FixedBase
    G_dig: FixedBase
    G_mem: FixedBase
    gap_generators: Generators
    ABSENT: Scalar
    PAD: Scalar
    hash_context: Callable[[bytes], tuple[G1, Scalar]]

    @property
    def backend(self) -> Backend:
        """What does the arithmetic."""
        return self.suite.backend

    def generators(self, slots: int, nyms: int) -> Generators:
        """Return Q_1, H_0 … H_{L-1}, Q_2, J_1 … J_{1+N} for L slots and N nym secrets."""
        return self.suite.generators(slots + 1, self.api_id) + self.secret_generators(nyms)

    def secret_generators(self, nyms: int) -> Generators:
        """Return Q_2, J_1 … J_{1+N}."""
        return self.suite.generators(nyms + 2, transcript.BLIND_GENERATORS + self.api_id)

    def hash_to_scalar(self, message: bytes, suffix: bytes) -> Scalar:
        """Hash octets to a scalar under a tag of this system."""
        return self.suite.hash_to_scalar(message, self.api_id + suffix)

    def typed_scalar(self, kind: bytes, value: bytes) -> Scalar:
        """Map octets of a kind (`quad` or `text`) to a scalar."""
        return self.hash_to_scalar(frame(b"kind", kind) + frame(b"value", value), transcript.MAP_TYPED)

    def __repr__(self) -> str:
        return f"System({self.suite!r})"


def system(suite: Suite) -> System:
    """Make the system on a suite of the SHA-256 ciphersuite."""
    if suite.ciphersuite is not Ciphersuite.SHA256:
        raise ZkError("predicates.suite", f"a suite of {suite.ciphersuite}, expected {Ciphersuite.SHA256}")
    api_id = suite.ciphersuite_id + transcript.INTERFACE_PREDICATES

    def constant(kind: bytes) -> Scalar:
        return suite.hash_to_scalar(frame(b"kind", kind), api_id + transcript.MAP_TYPED)

    @lru_cache(_REMEMBERED_CONTEXTS)
    def hash_context(context: bytes) -> tuple[G1, Scalar]:
        O = suite.hash_to_g1(context, api_id + transcript.PSEUDONYM_BASE)  # noqa: E741
        return O, suite.hash_to_scalar(context, api_id + transcript.PSEUDONYM_POWER)

    Y_0, Y_1 = suite.generators(2, transcript.COMMITTED_DISCLOSURE_GENERATORS + api_id).bases
    (G_dig,) = suite.generators(1, transcript.FAMILY_DIGIT + api_id).bases
    (G_mem,) = suite.generators(1, transcript.FAMILY_MEMBER + api_id).bases
    return System(
        suite=suite,
        api_id=api_id,
        gap_api_id=transcript.FAMILY_GAP + api_id,
        Y_0=Y_0,
        Y_1=Y_1,
        G_dig=G_dig,
        G_mem=G_mem,
        gap_generators=suite.generators(3, transcript.FAMILY_GAP + api_id),
        ABSENT=constant(b"absent"),
        PAD=constant(b"pad"),
        hash_context=hash_context,
    )
