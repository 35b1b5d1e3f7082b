"""Answering an issuer's offer with a commitment, and accepting what the issuer signed for it.

Text: docs/specs/bbs-predicates-2026.md, section 3.

Checklist of `answer`
1. The offer has not expired.
2. The issuer's newest document lists the offered key for assertions: nobody else's offer is answered.
3. It wants as many nym secrets as this wallet has for an issuer: always the same, or the tags would differ.
4. The secrets are those that this issuer has always seen; a blind factor is drawn anew each time.

Invariants
- A commitment shows nothing of the secrets; the blind factor stays, until the credential has come.
- A credential is accepted only if one of the offers that its issuer made to this wallet led to it.
- What never came of an offer is forgotten a month after its end.

Not here: the form of offers (`credentials.exchange.offers`), the wallet's file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError, WalletError
from credentials.exchange.offers import CLAUSE, Commitment
from credentials.formats import BBS_2023, BBS_PREDICATES_2026
from credentials.holder import featured as features
from credentials.holder.secrets import NYMS, Pending, Secrets
from credentials.suites import suite_of
from credentials.suites.predicates.credential_suite import Predicates
from credentials.suites.selective_suites import Bbs
from did.document import ASSERTION_METHOD
from did.timestamps import format_timestamp, parse_timestamp
from zk.curve import decode_scalar, encode_scalar
from zk.predicates import issuance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from credentials.exchange.offers import Offer
    from credentials.suites import CredentialSuite
    from did.document import DidDocument
    from did.keys import PublicKey
    from did.types import JsonObject, RandomBytes
    from schemas.sources import SchemaSource
    from zk.predicates.issuance import HolderSecrets

KEPT: Final = timedelta(days=30)
_OTHER: Final = frozenset({f"{BBS_PREDICATES_2026}.signature", "bbs-2023.signature", "wallet.secrets"})
"""Codes that say that a credential came of another offer."""


def check_offer(offer: Offer, document: DidDocument, *, now: datetime) -> None:
    """Check that an offer can be answered now, and that it is its issuer's.

    Codes: offer.expired, offer.issuer-key, offer.nyms.
    """
    # 1
    if offer.expires <= now:
        raise CredentialError(
            "offer.expired", "the offer has expired", remedy="ask the issuer for a new one", clause=CLAUSE
        )
    # 2
    own = {
        method.key
        for method in document.relationship(ASSERTION_METHOD)
        if method.controller == document.id == offer.issuer
    }
    if offer.issuer_key not in own:
        raise CredentialError(
            "offer.issuer-key",
            "the issuer's newest document does not list the offered key for assertions",
            remedy="ask the issuer for a new offer, and do not answer this one",
            clause=CLAUSE,
        )
    # 3
    if offer.nyms not in {None, NYMS}:
        raise CredentialError(
            "offer.nyms",
            f"the offer wants {offer.nyms} nym secrets, this wallet has {NYMS} for each issuer",
            remedy="ask the issuer for an offer by this release",
            clause=CLAUSE,
        )


def answer(
    secrets: Secrets,
    offer: Offer,
    document: DidDocument,
    suites: Mapping[str, CredentialSuite],
    *,
    random_bytes: RandomBytes,
    now: datetime,
) -> tuple[Secrets, Commitment]:
    """Commit to the wallet's secrets under an offer, and remember what the credential will be opened with.

    `document` is the newest of the issuer. Codes: those of `check_offer`.
    """
    check_offer(offer, document, now=now)
    # 4
    prepared = _without_past(secrets, now).prepared(offer.issuer, random_bytes=random_bytes)
    own, predicates, bbs = prepared.of(offer.issuer), suites[BBS_PREDICATES_2026], suites[BBS_2023]
    blinds: dict[str, bytes] = {}
    octets = featured = b""
    if offer.nyms is not None and isinstance(predicates, Predicates):
        system = predicates.suite.system
        made = issuance.commit(
            system, own, issuer=offer.issuer, context=offer.context, random_bytes=random_bytes
        )
        octets, blinds[BBS_PREDICATES_2026] = made.octets, encode_scalar(made.blind)
    if offer.feature is not None and isinstance(bbs, Bbs):
        featured, blind = features.commit(bbs, offer.feature, own, random_bytes=random_bytes)
        blinds[features.kept_as(offer.feature)] = blind
    pending = Pending(offer.text, offer.issuer, format_timestamp(offer.expires), MappingProxyType(blinds))
    return prepared.with_pending(pending), Commitment(offer.nonce, octets, featured)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a received credential leaves: the secrets without its offer, and its blind factors."""

    secrets: Secrets
    blinds: Mapping[str, bytes]


class Acceptance:
    """The check of blind base proofs in one received credential, with the secrets of the wallet.

    It is `Setting.beyond`: called with the credential, with one such proof alone, and the issuer's key.
    """

    __slots__ = ("_found", "_issuer", "_schemas", "_secrets", "_suites")

    def __init__(
        self,
        suites: Mapping[str, CredentialSuite],
        secrets: Secrets,
        *,
        issuer: str,
        schemas: SchemaSource,
    ) -> None:
        self._suites = suites
        self._secrets = secrets
        self._issuer = issuer
        self._schemas = schemas
        self._found: list[Pending] = []

    def __call__(self, secured: JsonObject, key: PublicKey) -> None:
        """Try each offer of the issuer that was answered.

        Codes: wallet.secrets, wallet.offer, and those of the suites.
        """
        own = self._secrets.of(self._issuer)
        refusal: CredentialError = WalletError(
            "wallet.offer",
            "no answered offer of that issuer is open in this wallet",
            remedy="let the issuer make an offer, and commit to it with `avow wallet commit`",
        )
        # One commitment answers one offer: the second proof of a set is opened by what the first one was.
        for pending in self._found or self._secrets.pending:
            if pending.issuer != self._issuer:
                continue
            try:
                self._check(secured, key, own, pending.blinds)
            except CredentialError as error:
                if error.code not in _OTHER:
                    raise
                refusal = refusal if error.code == "wallet.secrets" else error
                continue
            self._found = [pending]
            return
        raise refusal

    def _check(
        self, secured: JsonObject, key: PublicKey, own: HolderSecrets, blinds: Mapping[str, bytes]
    ) -> None:
        proof = secured.get("proof")
        suite = suite_of(proof if isinstance(proof, dict) else {}, self._suites)
        if isinstance(suite, Bbs):
            suite.features.verify_base(secured, public_key=key, holder=features.found(suite, own, blinds))
        elif isinstance(suite, Predicates) and BBS_PREDICATES_2026 in blinds:
            octets = blinds[BBS_PREDICATES_2026]
            suite.suite.accept(
                secured,
                public_key=key,
                schemas=self._schemas,
                secrets=own,
                blind=decode_scalar(octets, what="the blind factor", code="wallet.contents"),
            )
        else:
            raise WalletError("wallet.secrets", "the offer was for another suite")

    def accepted(self) -> Accepted:
        """Give what is left to keep, once the credential was found good as a whole."""
        secrets, blinds = self._secrets, {}
        for pending in self._found:
            secrets, blinds = secrets.without_pending(pending.nonce), {**pending.blinds}
        return Accepted(secrets, MappingProxyType(blinds))


def _without_past(secrets: Secrets, now: datetime) -> Secrets:
    open_still = tuple(item for item in secrets.pending if parse_timestamp(item.expires) + KEPT > now)
    return replace(secrets, pending=open_still)
