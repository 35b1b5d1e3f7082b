"""What issuer and holder exchange ahead of a blind signature: an offer, and a commitment that answers it.

Text: docs/specs/bbs-predicates-2026.md, section 3; the JSON of both is our own.

    offer       {"offer": nonce, "issuer": DID, "profile": name, "expires": time,
                 "suites": {"bbs-predicates-2026": {"issuerKey": Multikey, "nyms": N},
                            "bbs-2023": {"issuerKey": Multikey, "feature": featureOption}}}
    commitment  {"offer": nonce, "commitments": {"bbs-predicates-2026": octets, "bbs-2023": octets}}

Invariants:
- nonce and octets are base64url without padding; a nonce has 32 octets and serves once.
- whatever is not named here is refused: nobody answers what he does not understand.
- neither shows who the offer is for.
- one suite or both: what an offer names is committed to, no less and no more. Both are signed by one key.

Not here: who keeps offers (`api.services.enrolment`), the mathematics (`zk.predicates.issuance`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.formats import BBS_2023, BBS_PREDICATES_2026
from credentials.suites.bbs_features import Feature
from did.encoding import decode_base64url, encode_base64url
from did.errors import DidError
from did.identifiers import Did
from did.keys import KeyType, PublicKey
from did.timestamps import format_timestamp, parse_timestamp
from zk.predicates.issuance import issuance_context
from zk.predicates.slots import MAX_NYMS

if TYPE_CHECKING:
    from datetime import datetime

    from did.types import JsonObject, JsonValue

NONCE_BYTES: Final = 32
MAX_COMMITMENT: Final = 96 + 32 * (MAX_NYMS + 3)
"""Octets of the longest commitment."""
CLAUSE: Final = "bbs-predicates-2026, 3"
_PROFILE: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_OFFER: Final = frozenset({"offer", "issuer", "profile", "expires", "suites"})
_SUITES: Final = frozenset({BBS_PREDICATES_2026, BBS_2023})
_COMMITMENT: Final = frozenset({"offer", "commitments"})


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer to sign for whoever commits to secrets under its nonce.

    Attributes:
        nonce: 32 octets.
        issuer: the DID that will sign.
        profile: the issuer's name for the kind of credential; the configuration of the commitment.
        expires: the end of the offer.
        issuer_key: the key that will sign.
        nyms: N, how many nym secrets the issuer wants committed; None without bbs-predicates-2026.
        feature: of bbs-2023 with an optional feature; else None.
    """

    nonce: bytes
    issuer: str
    profile: str
    expires: datetime
    issuer_key: PublicKey
    nyms: int | None
    feature: Feature | None = None

    @property
    def context(self) -> bytes:
        """What a commitment to this offer is bound to."""
        return issuance_context(
            nonce=self.nonce, configuration=self.profile.encode(), issuer_key=self.issuer_key.raw
        )

    @property
    def text(self) -> str:
        """The nonce as text."""
        return encode_base64url(self.nonce)

    def to_json(self) -> JsonObject:
        """Give the offer as it goes to the holder."""
        key = self.issuer_key.multikey()
        suites: JsonObject = {}
        if self.nyms is not None:
            suites[BBS_PREDICATES_2026] = {"issuerKey": key, "nyms": self.nyms}
        if self.feature is not None:
            suites[BBS_2023] = {"issuerKey": key, "feature": self.feature.value}
        return {
            "offer": self.text,
            "issuer": self.issuer,
            "profile": self.profile,
            "expires": format_timestamp(self.expires),
            "suites": suites,
        }

    @classmethod
    def parse(cls, value: JsonObject) -> Offer:
        """Read an offer. Codes: offer.malformed."""
        if value.keys() != _OFFER:
            raise _no_offer(f"its members are not {', '.join(sorted(_OFFER))}")
        profile = value["profile"]
        if not isinstance(profile, str) or not _PROFILE.fullmatch(profile):
            raise _no_offer("profile is no name of lower-case letters, digits and hyphens")
        key_text, nyms, feature = _suites(value["suites"])
        try:
            nonce = decode_base64url(_text(value["offer"], "offer"), max_bytes=NONCE_BYTES)
            issuer = Did.parse(_text(value["issuer"], "issuer")).text
            expires = parse_timestamp(_text(value["expires"], "expires"))
            key = PublicKey.from_multikey(key_text)
        except DidError as error:
            raise _no_offer(error.detail) from error
        if len(nonce) != NONCE_BYTES:
            raise _no_offer(f"offer has not {NONCE_BYTES} octets")
        if key.type is not KeyType.BLS12381_G2:
            raise _no_offer(f"issuerKey is no {KeyType.BLS12381_G2} key")
        return cls(nonce, issuer, profile, expires, key, nyms, feature)


@dataclass(frozen=True, slots=True)
class Commitment:
    """A holder's answer to an offer: which one, and the octets for each suite; empty where it has none."""

    nonce: bytes
    octets: bytes
    featured: bytes = b""

    def to_json(self) -> JsonObject:
        """Give the commitment as it goes to the issuer."""
        committed = {BBS_PREDICATES_2026: self.octets, BBS_2023: self.featured}
        return {
            "offer": encode_base64url(self.nonce),
            "commitments": {name: encode_base64url(octets) for name, octets in committed.items() if octets},
        }

    @classmethod
    def parse(cls, value: JsonObject) -> Commitment:
        """Read a commitment. Codes: commitment.malformed."""
        found = value.get("commitments")
        if value.keys() != _COMMITMENT or not isinstance(found, dict):
            raise _no_commitment("its members are not offer and commitments")
        if not found or not found.keys() <= _SUITES:
            raise _no_commitment(f"it has none for {' or '.join(sorted(_SUITES))}, or others")
        nonce, texts = value["offer"], [found.get(name, "") for name in (BBS_PREDICATES_2026, BBS_2023)]
        if not isinstance(nonce, str) or not all(isinstance(text, str) for text in texts):
            raise _no_commitment("offer and commitments are texts")
        try:
            decoded = decode_base64url(nonce, max_bytes=NONCE_BYTES)
            octets, featured = (decode_base64url(str(text), max_bytes=MAX_COMMITMENT) for text in texts)
        except DidError as error:
            raise _no_commitment(error.detail) from error
        if len(decoded) != NONCE_BYTES:
            raise _no_commitment(f"offer has not {NONCE_BYTES} octets")
        return cls(decoded, octets, featured)


def _suites(value: JsonValue) -> tuple[str, int | None, Feature | None]:
    """Read what is to be signed: the key, N, and the feature of bbs-2023."""
    if not isinstance(value, dict) or not value or not value.keys() <= _SUITES:
        raise _no_offer(f"suites does not name {' or '.join(sorted(_SUITES))}, and nothing else")
    keys, nyms, feature = set(), None, None
    for name, terms in value.items():
        other = "nyms" if name == BBS_PREDICATES_2026 else "feature"
        if not isinstance(terms, dict) or terms.keys() != {"issuerKey", other}:
            raise _no_offer(f"{name} has not issuerKey and {other}, and these alone")
        keys.add(_text(terms["issuerKey"], "issuerKey"))
        if other == "nyms":
            nyms = _nyms(terms["nyms"])
        else:
            feature = _feature(terms["feature"])
    if len(keys) != 1:
        raise _no_offer("its suites are by different keys")
    return keys.pop(), nyms, feature


def _nyms(value: JsonValue) -> int:
    if type(value) is not int or not 1 <= value <= MAX_NYMS:
        raise _no_offer(f"nyms is not 1 to {MAX_NYMS}")
    return value


def _feature(value: JsonValue) -> Feature:
    if not isinstance(value, str) or value not in set(Feature):
        raise _no_offer(f"feature is none of {', '.join(Feature)}")
    return Feature(value)


def _text(value: JsonValue, member: str) -> str:
    if not isinstance(value, str):
        raise _no_offer(f"{member} is no text")
    return value


def _no_offer(detail: str) -> CredentialError:
    return CredentialError(
        "offer.malformed",
        f"this is no offer: {detail}",
        remedy="ask the issuer for a new offer, and give the file as it came",
        clause=CLAUSE,
    )


def _no_commitment(detail: str) -> CredentialError:
    return CredentialError(
        "commitment.malformed",
        f"this is no commitment: {detail}",
        remedy="let the wallet answer the offer: avow wallet commit offer.json -o commitment.json",
        clause=CLAUSE,
    )
