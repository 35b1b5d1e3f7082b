"""The header of a credential: what its signature binds beside the slots, always disclosed.

Text: `bbs-predicates-2026` version 1, sections 2.3 and 2.4 ("digest").

Invariants
- Schema, type map, T, L and N stand in the header, the header in the domain, the domain in the signature:
  no slot can be read as another, and no secret slot as a claim.
- Equal headers are equal octets. A header must not be unique to a holder; that is the issuer's duty.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zk.bbs_core import calculate_domain
from zk.errors import ZkError
from zk.predicates.octets import frame, u8, u64
from zk.predicates.slots import MAX_NYMS, MAX_SLOTS

if TYPE_CHECKING:
    from zk.curve import Scalar
    from zk.predicates.system import System

FORMAT: Final = b"bbs-predicates-2026/1"
WIDTHS: Final = frozenset({8, 16, 24, 32})
"""Bits of a revocation identifier."""

_DIGEST: Final = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class RevocationScope:
    """Which list decides about a credential: SHA-256 of its URL, and the width of its identifiers in bits."""

    list_id: bytes
    width: int

    def __post_init__(self) -> None:
        if len(self.list_id) != _DIGEST or self.width not in WIDTHS:
            raise ZkError(
                "predicates.header", f"a revocation list of {self.width} bits, expected 8, 16, 24, 32"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a header says.

    Attributes:
        proof: SHA-256 of the canonical proof options.
        mandatory: SHA-256 of the mandatory N-Quads.
        schema: SHA-256 of the schema.
        types: digest of the type map.
        typed: T, the number of typed slots.
        slots: L, the number of slots that the issuer fills.
        nyms: N, the number of nym secrets.
        revocation: the list, or None where the credential cannot be revoked.
        digit_key: digest of the issuer's digit list, or empty.
    """

    proof: bytes
    mandatory: bytes
    schema: bytes
    types: bytes
    typed: int
    slots: int
    nyms: int
    revocation: RevocationScope | None
    digit_key: bytes

    def __post_init__(self) -> None:
        if any(len(digest) != _DIGEST for digest in (self.proof, self.mandatory, self.schema, self.types)):
            raise ZkError("predicates.header", f"a digest that has not {_DIGEST} octets")
        if len(self.digit_key) not in {0, _DIGEST}:
            raise ZkError("predicates.header", f"a digit-key digest that has not {_DIGEST} octets")
        if not 0 <= self.typed <= self.slots <= MAX_SLOTS or self.slots == 0:
            raise ZkError(
                "predicates.header",
                f"{self.typed} typed of {self.slots} slots, expected at most {MAX_SLOTS} and at least one",
            )
        if not 1 <= self.nyms <= MAX_NYMS:
            raise ZkError("predicates.header", f"{self.nyms} nym secrets, expected 1 to {MAX_NYMS}")

    @property
    def blind_slot(self) -> int:
        """Index of the blind factor s; the issuer's slots are those below."""
        return self.slots

    @property
    def holder_slot(self) -> int:
        """Index of the holder secret hs."""
        return self.slots + 1

    @property
    def first_nym_slot(self) -> int:
        """Index of nym secret n_0."""
        return self.slots + 2

    @property
    def wires(self) -> int:
        """How many scalars the signature covers: L + 2 + N."""
        return self.slots + 2 + self.nyms

    def encode(self) -> bytes:
        """Encode as the octets that BBS signs as header."""
        scope = self.revocation
        return b"".join(
            (
                frame(b"format", FORMAT),
                frame(b"proof", self.proof),
                frame(b"mandatory", self.mandatory),
                frame(b"schema", self.schema),
                frame(b"types", self.types),
                frame(b"slots", u64(self.typed), u64(self.slots), u64(self.nyms)),
                frame(b"revocation", scope.list_id + u8(scope.width) if scope else b""),
                frame(b"digit-key", self.digit_key),
            )
        )


def credential_domain(system: System, issuer_key: bytes, header: Header) -> Scalar:
    """Hash issuer key, generators and header to the domain of the signature."""
    generators = system.generators(header.slots, header.nyms)
    return calculate_domain(system.suite, issuer_key, generators, header.encode(), api_id=system.api_id)
