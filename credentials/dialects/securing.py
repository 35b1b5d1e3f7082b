"""What issuing asks of a form: to secure one document by one key.

Invariants:
- every form of a credential says the same: a dialect adds nothing to the claims and drops nothing.
- the result is JSON: what is a text by nature comes in an envelope (VCDM 2.0, 4.13).

What is not here: what the document is (`credentials.issuing`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from credentials.errors import CredentialError
from credentials.suites import BbsKey

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.suites.bbs_features import Feature
    from credentials.suites.predicates.suite import Binding
    from did.keys import KeyType, PublicKey, Signer
    from did.types import JsonObject, RandomBytes


@dataclass(frozen=True, slots=True)
class IssuingKey:
    """A key that signs for an issuer, and the DID URL of its verification method."""

    verification_method: str
    key: Signer | BbsKey

    def signer(self) -> Signer:
        """Give the key as one that signs texts (`issue.key`)."""
        if isinstance(self.key, BbsKey):
            raise CredentialError("issue.key", "a BBS key signs no text")
        return self.key


@dataclass(frozen=True, slots=True, repr=False)
class Featured:
    """A commitment for a feature of `bbs-2023`; entropy of the issuer (32 octets) where it has pseudonyms."""

    feature: Feature
    commitment: bytes
    entropy: bytes | None


@dataclass(frozen=True, slots=True, repr=False)
class Blind:
    """What the holder committed to, checked by whoever keeps the records: one item for each suite.

    `predicates` is for `bbs-predicates-2026`, `featured` for `bbs-2023` with an optional feature.
    """

    predicates: Binding | None = None
    featured: Featured | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """With what, and how, a document is secured.

    `mandatory_pointers` are JSON pointers to what a form of selective disclosure always shows. `holder` is
    the key to which forms that can bind the credential, `vct` the type in SD-JWT VC; `blind` is what forms
    sign of a holder's secrets without seeing them.
    """

    key: IssuingKey
    now: datetime
    mandatory_pointers: tuple[str, ...]
    random_bytes: RandomBytes = field(repr=False)
    holder: PublicKey | None = None
    vct: str | None = None
    blind: Blind = Blind()


class Dialect(Protocol):
    """One form of secured credentials."""

    @property
    def name(self) -> str:
        """Its name in profiles and policies (`credentials.formats`)."""
        ...

    @property
    def key_types(self) -> frozenset[KeyType]:
        """The types of key that it takes."""
        ...

    @property
    def selective(self) -> bool:
        """Whether holders disclose parts."""
        ...

    @property
    def unlinkable(self) -> bool:
        """Whether two presentations of one credential cannot be linked by its proof."""
        ...

    def secure(self, document: JsonObject, terms: Terms) -> JsonObject:
        """Give the document in this form."""
        ...
