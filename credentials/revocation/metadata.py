"""Metadata of a revocation list: its clock of epochs and its gap key, signed by the issuer.

Text: `bbs-predicates-2026` version 1, section 4.7, first paragraph; secured with `eddsa-jcs-2022` (W3C Data
Integrity EdDSA Cryptosuites 1.0, May 2025) by a key of the issuer's `assertionMethod`.

    {"type": "RevocationList", "id": URL, "issuer": DID, "width": 32, "epochZero": time, "epochSeconds": 3600,
     "gapKey": multibase of 96 octets, "previous": {"gapKey": …, "lastEpoch": n}, "proof": …}

Invariants:
- `list_id` is SHA-256 of the URL, so metadata speak for one list only.
- epoch n lasts from epochZero + n·epochSeconds until the next one begins.
- an epoch has one gap key: after a change of keys, epochs up to `lastEpoch` have the previous one.
- a signed text runs out (`expires`), so that a withheld change is noticed; it may have no member that is not
  named here.

Not here: who keeps the clock (`api`); whether the key is a point of its group (`zk` decodes it when it is
used, once).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from credentials.limits import LIMITS
from credentials.revocation.faults import epoch_fault, metadata_fault
from did.document import ASSERTION_METHOD
from did.eddsa_jcs import NAME, EddsaJcs2022
from did.encoding import decode_multibase, encode_multibase
from did.errors import DidError
from did.integrity import ProofOptions, verify_proof
from did.jsontext import parse_object
from did.timestamps import format_timestamp, parse_timestamp
from zk.predicates.header import WIDTHS, RevocationScope

if TYPE_CHECKING:
    from did.document import DidDocument
    from did.keys import Signer
    from did.types import JsonObject, JsonValue

TYPE: Final = "RevocationList"
MAX_BYTES: Final = 1 << 14
"""Of a signed text: some 900 octets are usual, with a long URL and a long DID three thousand."""
MAX_EPOCH: Final = 2**53
"""Epochs stay below, as all integers of JSON here."""
MAX_EPOCH_SECONDS: Final = 2_592_000
"""Thirty days: whoever needs longer epochs needs no revocation."""
KEY_LENGTH: Final = 96
_SUITES: Final = MappingProxyType({NAME: EddsaJcs2022()})
_MEMBERS: Final = frozenset({"type", "id", "issuer", "width", "epochZero", "epochSeconds", "gapKey"})


@dataclass(frozen=True, slots=True)
class PreviousKey:
    """The gap key before the present one (96 octets), and the last epoch that has it."""

    gap_key: bytes
    last_epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMetadata:
    """What is fixed about a list. Made by its issuer, or by `verify_metadata`.

    Attributes:
        url: where the list lives.
        issuer: the DID that signs.
        width: bits of an identifier.
        epoch_zero: when epoch 0 begins, in whole seconds, aware.
        epoch_seconds: how long an epoch lasts.
        gap_key: 96 octets, of the present epochs.
        previous: the key of earlier ones, where it was changed.
    """

    url: str
    issuer: str
    width: int
    epoch_zero: datetime
    epoch_seconds: int
    gap_key: bytes
    previous: PreviousKey | None = None

    @property
    def list_id(self) -> bytes:
        """SHA-256 of the URL."""
        return list_id(self.url)

    @property
    def scope(self) -> RevocationScope:
        """List and width, as the header of a credential binds them."""
        return RevocationScope(self.list_id, self.width)

    def epoch_at(self, now: datetime) -> int:
        """Give the epoch of a moment; `revocation.epoch` before the first."""
        passed = (now - self.epoch_zero) // timedelta(seconds=self.epoch_seconds)
        if not 0 <= passed < MAX_EPOCH:
            raise epoch_fault(f"the list's first epoch begins at {format_timestamp(self.epoch_zero)}")
        return passed

    def begins(self, epoch: int) -> datetime:
        """Give the moment at which an epoch begins; `revocation.epoch` beyond the calendar."""
        try:
            return self.epoch_zero + epoch * timedelta(seconds=self.epoch_seconds)
        except OverflowError:
            raise epoch_fault("no such epoch in the years that can be written") from None

    def key_at(self, epoch: int) -> bytes:
        """Give the gap key of an epoch."""
        if self.previous is not None and epoch <= self.previous.last_epoch:
            return self.previous.gap_key
        return self.gap_key

    def to_json(self) -> JsonObject:
        """Write without proof."""
        members: JsonObject = {
            "type": TYPE,
            "id": self.url,
            "issuer": self.issuer,
            "width": self.width,
            "epochZero": format_timestamp(self.epoch_zero),
            "epochSeconds": self.epoch_seconds,
            "gapKey": encode_multibase(self.gap_key),
        }
        if self.previous is not None:
            members["previous"] = {
                "gapKey": encode_multibase(self.previous.gap_key),
                "lastEpoch": self.previous.last_epoch,
            }
        return members

    @classmethod
    def from_json(cls, source: JsonObject) -> ListMetadata:
        """Read strictly, without proof (`revocation.metadata`)."""
        if source.keys() - {"previous"} != _MEMBERS:
            wrong = sorted((source.keys() ^ _MEMBERS) - {"previous"})
            raise metadata_fault(f"members that are missing, or not known: {', '.join(wrong)[:200]}")
        if source["type"] != TYPE:
            raise metadata_fault(f"type is not {TYPE}")
        width = _integer(source["width"], "width", most=max(WIDTHS))
        if width not in WIDTHS:
            raise metadata_fault(f"a width of {width} bits, expected 8, 16, 24 or 32")
        gap_key = _key(source["gapKey"])
        previous = _previous(source["previous"]) if "previous" in source else None
        if previous is not None and previous.gap_key == gap_key:
            raise metadata_fault("the previous gap key is the present one")
        seconds = _integer(source["epochSeconds"], "epochSeconds", most=MAX_EPOCH_SECONDS)
        if seconds == 0:
            raise metadata_fault("an epoch of no seconds")
        return cls(
            url=_text(source["id"], "id"),
            issuer=_text(source["issuer"], "issuer"),
            width=width,
            epoch_zero=_time(source["epochZero"]),
            epoch_seconds=seconds,
            gap_key=gap_key,
            previous=previous,
        )


def list_id(url: str) -> bytes:
    """Hash a list's URL to its id, 32 octets."""
    return hashlib.sha256(url.encode()).digest()


def sign_metadata(
    metadata: ListMetadata, *, method: str, signer: Signer, now: datetime, lasts: timedelta
) -> JsonObject:
    """Secure metadata with an Ed25519 key of the issuer's `assertionMethod`, for some time from now."""
    document = metadata.to_json()
    options = ProofOptions(
        cryptosuite=NAME,
        verification_method=method,
        proof_purpose=ASSERTION_METHOD,
        created=now,
        expires=now + lasts,
    )
    return {**document, "proof": _SUITES[NAME].create_proof(document, options, signer)}


def verify_metadata(
    signed: bytes, *, expected_url: str, expected_issuer: str, document: DidDocument, now: datetime
) -> ListMetadata:
    """Verify and read the metadata of a list, as fetched from its URL.

    1. strict JSON, within `MAX_BYTES` (`json.*`)
    2. one proof, `eddsa-jcs-2022`, for `assertionMethod`, by a key that the issuer's newest document lists
       for that; it says when it runs out, and has not (`proof.*`, `key.*`)
    3. the document is the expected issuer's, and so are the metadata (`revocation.metadata`)
    4. they are those of the expected URL (`revocation.metadata`)
    """
    secured = parse_object(signed, max_bytes=MAX_BYTES)  # 1
    verified = verify_proof(  # 2
        secured,
        suites=_SUITES,
        keys=lambda method, purpose: document.authorised(purpose, method).key,
        expected_purpose=ASSERTION_METHOD,
        expected_domain=None,
        expected_challenge=None,
        now=now,
    )
    if "expires" not in verified.proof:
        raise metadata_fault("the proof does not say when it runs out")
    metadata = ListMetadata.from_json(verified.document)
    if document.id != expected_issuer or metadata.issuer != expected_issuer:  # 3
        raise metadata_fault("they are of another issuer than the credential's")
    if metadata.url != expected_url:  # 4
        raise metadata_fault("they are of another list than the one at this address")
    return metadata


def _previous(value: JsonValue) -> PreviousKey:
    if not isinstance(value, dict) or value.keys() != {"gapKey", "lastEpoch"}:
        raise metadata_fault("previous has gapKey and lastEpoch, and nothing else")
    last = _integer(value["lastEpoch"], "lastEpoch", most=MAX_EPOCH - 1)
    return PreviousKey(_key(value["gapKey"]), last)


def _key(value: JsonValue) -> bytes:
    text = _text(value, "gapKey")
    try:
        key = decode_multibase(text, max_bytes=KEY_LENGTH)
    except DidError as error:
        raise metadata_fault(f"gapKey: {error.detail}") from None
    if len(key) != KEY_LENGTH or encode_multibase(key) != text:
        raise metadata_fault(f"gapKey is not multibase base58btc of {KEY_LENGTH} octets")
    return key


def _time(value: JsonValue) -> datetime:
    text = _text(value, "epochZero")
    try:
        time = parse_timestamp(text)
        same = format_timestamp(time) == text
    except DidError as error:
        raise metadata_fault(f"epochZero: {error.detail}") from None
    if not same:
        raise metadata_fault("epochZero is a time of whole seconds in UTC, with Z")
    return time.astimezone(UTC)


def _text(value: JsonValue, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LIMITS.max_url:
        raise metadata_fault(f"{name} is no text, or too long")
    return value


def _integer(value: JsonValue, name: str, *, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise metadata_fault(f"{name} is no integer from 0 to {most}")
    return value
