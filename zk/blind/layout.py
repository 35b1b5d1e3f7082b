"""Where the messages of a blind signature stand, and what a holder and a verifier have of them.

Text: blind draft (`zk.transcript.BLIND_DRAFT`), published vectors. The text appends the blind to the scalars
and Q_2 to the signer's generators; the vectors have both in one place, and so have we
(docs/decisions/0012).

    signed list   msg_1 .. msg_L | blind | committed_1 .. committed_M | nym_1 .. nym_N
    generators    H_1 .. H_L     | Q_2   | J_1 .. J_M                 | J_{M+1} .. J_{M+N}

Invariants
- The blind and the nym secrets have no index that a caller can name; neither can be shown by mistake.
- Everything from the blind on is secret to its holder.

Not here: signing and proving (`zk.blind.core`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zk.bbs_core import check_message_count, map_messages
from zk.bbs_octets import count_hidden
from zk.blind.commitment import blind_generators
from zk.curve import Scalar
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zk.blind.secret_scalars import ProverBlind
    from zk.ciphersuites import Suite
    from zk.generators import Generators


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Holding:
    """What a holder keeps of one blind signature.

    Attributes:
        public_key: the signer's, 96 octets.
        signature: 80 octets.
        header: as signed.
        messages: the signer's, all of them, in order.
        committed_messages: the prover's, all of them, in order.
        prover_blind: of the commitment that was signed; None where there was none.
    """

    public_key: bytes
    signature: bytes
    header: bytes
    messages: Sequence[bytes]
    committed_messages: Sequence[bytes]
    prover_blind: ProverBlind | None

    def scalars(self, suite: Suite, *, api_id: bytes) -> list[Scalar]:
        """Return the signed list without nym secrets; the blind of no commitment is zero."""
        if self.prover_blind is None and self.committed_messages:
            raise ZkError("zk.commitment", "committed messages without the blind of their commitment")
        return [
            *map_messages(suite, self.messages, api_id=api_id),
            Scalar(0) if self.prover_blind is None else self.prover_blind.scalars(suite)[0],
            *map_messages(suite, self.committed_messages, api_id=api_id),
        ]

    def layout(self, *, nyms: int = 0) -> Layout:
        """Return how many messages of each kind there are."""
        return Layout(len(self.messages), len(self.committed_messages), nyms)


@dataclass(frozen=True, slots=True)
class Indexes:
    """Positions from 0, strictly ascending: of the signer's messages, and of the prover's committed ones."""

    messages: Sequence[int] = ()
    committed_messages: Sequence[int] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Disclosed:
    """What a proof shows, by position from 0: signer's messages, and the prover's committed ones."""

    messages: Mapping[int, bytes] = field(default_factory=dict)
    committed_messages: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def indexes(self) -> Indexes:
        """The positions, ascending."""
        return Indexes(sorted(self.messages), sorted(self.committed_messages))

    def scalars(self, suite: Suite, *, api_id: bytes) -> list[Scalar]:
        """Return the shown messages as scalars, in the order of their positions."""
        at = self.indexes
        messages = [self.messages[index] for index in at.messages]
        messages += [self.committed_messages[index] for index in at.committed_messages]
        return map_messages(suite, messages, api_id=api_id)


@dataclass(frozen=True, slots=True)
class Layout:
    """How many messages of each kind a signature covers, and so where each of them stands."""

    signer: int
    committed: int
    nyms: int = 0

    def __post_init__(self) -> None:
        """Refuse counts that no signature has (`zk.length`)."""
        if min(self.signer, self.committed, self.nyms) < 0:
            raise ZkError(
                "zk.length",
                f"{self.signer} signer and {self.committed} committed messages, {self.nyms} nym secrets",
            )
        check_message_count(self.total)

    @classmethod
    def of_proof(cls, proof: bytes, disclosed: Disclosed, *, signer: int, nyms: int = 0) -> Layout:
        """Return the layout that a proof of this length claims, given what it shows.

        Raises ZkError: zk.proof-malformed for a length that no proof has, zk.length where hidden and shown
        messages are fewer than the signer's messages, the blind and the nym secrets together.
        """
        total = count_hidden(proof) + len(disclosed.messages) + len(disclosed.committed_messages)
        return cls(signer, total - signer - 1 - nyms, nyms)

    @property
    def total(self) -> int:
        """All signed scalars, the blind among them."""
        return self.signer + 1 + self.committed + self.nyms

    @property
    def secret_indexes(self) -> range:
        """The blind, committed messages and nym secrets."""
        return range(self.signer, self.total)

    @property
    def nym_indexes(self) -> range:
        """The nym secrets."""
        return range(self.total - self.nyms, self.total)

    def positions(self, indexes: Indexes) -> list[int]:
        """Return positions in the signed list; `zk.indexes` unless both are ascending and in their part."""
        _check_ascending(indexes.messages, self.signer, "signer message")
        _check_ascending(indexes.committed_messages, self.committed, "committed message")
        return [*indexes.messages, *(self.signer + 1 + index for index in indexes.committed_messages)]

    def generators(self, suite: Suite, *, api_id: bytes) -> Generators:
        """Return Q_1 and the generators of all signed scalars, in order."""
        blind = blind_generators(suite, self.total - self.signer, api_id=api_id)
        return suite.generators(self.signer + 1, api_id) + blind


def _check_ascending(indexes: Sequence[int], count: int, what: str) -> None:
    previous = -1
    for index in indexes:
        if not previous < index < count:
            raise ZkError(
                "zk.indexes",
                f"{what} {index} after {previous}, expected strictly ascending and below {count}",
            )
        previous = index
