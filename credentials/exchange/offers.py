"""What issuer and holder exchange ahead of a blind signature: an offer, and a commitment that answers it.

Text: docs/specs/bbs-predicates-2026.md, section 3; the JSON of both is our own.

    offer       {"offer": nonce, "issuer": DID, "profile": name, "expires": time,
                 "suites": {"bbs-predicates-2026": {"issuerKey": Multikey, "nyms": N}}}
    commitment  {"offer": nonce, "commitments": {"bbs-predicates-2026": octets}}

Invariants:
- nonce and octets are base64url without padding; a nonce has 32 octets and serves once.
- whatever is not named here is refused: nobody answers what he does not understand.
- neither shows who the offer is for.

Not here: who keeps offers (`api.services.enrolment`), the mathematics (`zk.predicates.issuance`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.formats import BBS_PREDICATES_2026
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
        nyms: N, how many nym secrets the issuer wants committed.
    """

    nonce: bytes
    issuer: str
    profile: str
    expires: datetime
    issuer_key: PublicKey
    nyms: int

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
        return {
            "offer": self.text,
            "issuer": self.issuer,
            "profile": self.profile,
            "expires": format_timestamp(self.expires),
            "suites": {BBS_PREDICATES_2026: {"issuerKey": self.issuer_key.multikey(), "nyms": self.nyms}},
        }

    @classmethod
    def parse(cls, value: JsonObject) -> Offer:
        """Read an offer. Codes: offer.malformed."""
        if value.keys() != _OFFER:
            raise _no_offer(f"its members are not {', '.join(sorted(_OFFER))}")
        profile, suites = value["profile"], value["suites"]
        if not isinstance(profile, str) or not _PROFILE.fullmatch(profile):
            raise _no_offer("profile is no name of lower-case letters, digits and hyphens")
        if not isinstance(suites, dict) or suites.keys() != {BBS_PREDICATES_2026}:
            raise _no_offer(f"suites does not name {BBS_PREDICATES_2026}, and that alone")
        terms = suites[BBS_PREDICATES_2026]
        if not isinstance(terms, dict) or terms.keys() != {"issuerKey", "nyms"}:
            raise _no_offer(f"{BBS_PREDICATES_2026} has not issuerKey and nyms, and these alone")
        nyms = terms["nyms"]
        if type(nyms) is not int or not 1 <= nyms <= MAX_NYMS:
            raise _no_offer(f"nyms is not 1 to {MAX_NYMS}")
        try:
            nonce = decode_base64url(_text(value["offer"], "offer"), max_bytes=NONCE_BYTES)
            issuer = Did.parse(_text(value["issuer"], "issuer")).text
            expires = parse_timestamp(_text(value["expires"], "expires"))
            key = PublicKey.from_multikey(_text(terms["issuerKey"], "issuerKey"))
        except DidError as error:
            raise _no_offer(error.detail) from error
        if len(nonce) != NONCE_BYTES:
            raise _no_offer(f"offer has not {NONCE_BYTES} octets")
        if key.type is not KeyType.BLS12381_G2:
            raise _no_offer(f"issuerKey is no {KeyType.BLS12381_G2} key")
        return cls(nonce, issuer, profile, expires, key, nyms)


@dataclass(frozen=True, slots=True)
class Commitment:
    """A holder's answer to an offer: which one, and the octets for `bbs-predicates-2026`."""

    nonce: bytes
    octets: bytes

    def to_json(self) -> JsonObject:
        """Give the commitment as it goes to the issuer."""
        return {
            "offer": encode_base64url(self.nonce),
            "commitments": {BBS_PREDICATES_2026: encode_base64url(self.octets)},
        }

    @classmethod
    def parse(cls, value: JsonObject) -> Commitment:
        """Read a commitment. Codes: commitment.malformed."""
        found = value.get("commitments")
        if value.keys() != _COMMITMENT or not isinstance(found, dict):
            raise _no_commitment("its members are not offer and commitments")
        if found.keys() != {BBS_PREDICATES_2026}:
            raise _no_commitment(f"it has not one for {BBS_PREDICATES_2026}, and that alone")
        nonce, octets = value["offer"], found[BBS_PREDICATES_2026]
        if not isinstance(nonce, str) or not isinstance(octets, str):
            raise _no_commitment("offer and commitments are texts")
        try:
            decoded = decode_base64url(nonce, max_bytes=NONCE_BYTES)
            committed = decode_base64url(octets, max_bytes=MAX_COMMITMENT)
        except DidError as error:
            raise _no_commitment(error.detail) from error
        if len(decoded) != NONCE_BYTES:
            raise _no_commitment(f"offer has not {NONCE_BYTES} octets")
        return cls(decoded, committed)


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
