"""What a way of securing credentials is: `CredentialSuite`, and where a proof is met.

Each suite signs a credential for an issuer, and gives the Data Integrity cryptosuite that checks a proof as
it is met: received by a holder, or by a verifier, alone or in a presentation.

Invariants:
- The algorithm follows from the suite's name and the type of the key, which is among the suite's own.
- A base proof of a suite for selective disclosure is checked for its holder only; a verifier refuses it.

Not here: the suites, which key may sign (`did.document`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from credentials.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from did.integrity import Cryptosuite, ProofOptions
    from did.keys import KeyType, PublicKey, Signer
    from did.types import JsonObject, RandomBytes
    from zk.bbs import SecretKey


class Reader(StrEnum):
    """Who meets a proof: the holder that receives a credential, or a verifier."""

    HOLDER = "holder"
    VERIFIER = "verifier"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a proof is met; in a presentation, under the `header` that the verifier computed.

    `domain` and `challenge` are what an embedded proof of a credential alone must state; where they are None,
    it states none. `audience` is the verifier's own domain, for whose host a pseudonym must be made; where it
    is None, no pseudonym is accepted. `beyond` checks proofs that no key alone can check: with a holder's own
    secrets, or together with the other credentials of a presentation; it takes the credential with its one
    proof, and the key.
    """

    reader: Reader
    header: bytes | None = None
    domain: str | None = None
    challenge: str | None = None
    beyond: Callable[[JsonObject, PublicKey], None] | None = None
    audience: str | None = None


@dataclass(frozen=True, slots=True)
class BbsKey:
    """A BBS key pair for signing base proofs; the secret does not show."""

    secret: SecretKey
    public_key: PublicKey

    def __repr__(self) -> str:
        return f"BbsKey({self.public_key.multikey()})"


class CredentialSuite(Protocol):
    """One way of securing credentials."""

    @property
    def name(self) -> str:
        """The suite's name in `cryptosuite`, or the type of its proofs where they have none."""
        ...

    @property
    def key_types(self) -> frozenset[KeyType]:
        """The types of key that the suite takes."""
        ...

    @property
    def verify_only(self) -> bool:
        """Whether nothing new is signed with it: a suite of the past."""
        ...

    @property
    def over_rdf(self) -> bool:
        """Whether statements are signed and not JSON: many texts then carry one proof."""
        ...

    @property
    def selective(self) -> bool:
        """Whether holders disclose parts."""
        ...

    @property
    def unlinkable(self) -> bool:
        """Whether a derived proof is made anew for one presentation, whose header it is bound to."""
        ...

    def sign(
        self,
        document: JsonObject,
        *,
        options: ProofOptions,
        key: Signer | BbsKey,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Give the document with a proof by this key."""
        ...

    def mandatory(self, proof: JsonObject) -> tuple[str, ...]:
        """Give the pointers to what every presentation discloses; the root where all is shown."""
        ...

    def present(
        self, secured: JsonObject, *, pointers: Sequence[str], header: bytes, random_bytes: RandomBytes
    ) -> JsonObject:
        """Give the credential as it goes into a presentation with this header."""
        ...

    def is_derived(self, proof: JsonObject) -> bool:
        """Whether the proof shows a part of what was signed."""
        ...

    def checker(self, proof: JsonObject, setting: Setting) -> Cryptosuite:
        """Give what checks this proof in this setting, or raise where it has no place there."""
        ...


def wrong_key(name: str, expected: frozenset[KeyType], found: PublicKey) -> CredentialError:
    """Say that a suite does not sign with keys of this type."""
    types = " or ".join(sorted(expected))
    return CredentialError("issue.key", f"{name} takes {types} keys, found {found.type}")
