"""Receipts: something was logged at an index, before a time. They say nothing about the latest state.

Registry protocol version 1, sections 9.1 to 9.3.

Invariants:
- The entry is rebuilt from the opening; the receipt brings no entry.
- The verifier says what the receipt is to be about; an opening about anything else is refused.
- `VerifiedReceipt` is made by `verify_receipt` alone.

Not here: the search for events of a credential, the rule for removed keys (9.4; `credentials`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from did.encoding import decode_multihash34, encode_base58btc, encode_base64url
from did.errors import DidError
from did.jsontext import parse_object
from did.registry.bundle.anchors import judge_anchors, require_level
from did.registry.bundle.members import Members
from did.registry.bundle.trust import parse_claims
from did.registry.bundle.verify import accept_checkpoint, only_local, require_trust
from did.registry.entries import (
    MAX_INTEGER,
    DidOperation,
    Entry,
    Event,
    Evidence,
    IssuerEvent,
    encode,
    event_commitment,
    evidence_commitment,
)
from did.registry.tlogproof import TlogProof, parse_tlog_proof
from did.registry.tree import leaf_hash, verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.registry.bundle.trust import AnchorClaim, Level, TrustedChain
    from did.registry.bundle.verify import Expectations
    from did.types import JsonObject

TYPE: Final = "AvowRegistryReceipt"
VERSION: Final = 1
MAX_RECEIPT: Final = 256 * 1024

_VERSION_ID: Final = re.compile(r"([1-9][0-9]{0,15})-([1-9A-HJ-NP-Za-km-z]{1,64})")


@dataclass(frozen=True, slots=True)
class EvidenceSubject:
    """The question: was this digest (32 bytes) logged?"""

    digest: bytes


@dataclass(frozen=True, slots=True)
class EventSubject:
    """The question: did this issuer (scid34) log this event about the object with that digest?"""

    issuer: bytes
    event: Event
    digest: bytes


@dataclass(frozen=True, slots=True)
class DidSubject:
    """The question: was this version of this DID logged? `hash34` is the one of its version id."""

    scid34: bytes
    version: int
    hash34: bytes
    deactivated: bool


Subject: TypeAlias = EvidenceSubject | EventSubject | DidSubject


@dataclass(frozen=True, slots=True)
class Opening:
    """What a receipt reveals: its subject, and the salt where the entry is a commitment."""

    subject: Subject
    salt: bytes | None

    @property
    def entry(self) -> Entry:
        """The entry that this opening says was logged."""
        match self.subject:
            case EvidenceSubject(digest):
                return Evidence(evidence_commitment(self.salt or b"", digest))
            case EventSubject(issuer, event, digest):
                commitment = event_commitment(issuer, event, self.salt or b"", digest)
                return IssuerEvent(issuer, event, commitment)
            case DidSubject(scid34, version, hash34, deactivated):
                return DidOperation(scid34, version, hash34, deactivated)

    def to_json(self) -> JsonObject:
        """The member `opening`."""
        salt = encode_base64url(self.salt or b"")
        match self.subject:
            case EvidenceSubject(digest):
                return {"kind": "evidence", "salt": salt, "digest": encode_base64url(digest)}
            case EventSubject(issuer, event, digest):
                return {
                    "kind": "event",
                    "issuer": encode_base58btc(issuer),
                    "event": event.label,
                    "salt": salt,
                    "digest": encode_base64url(digest),
                }
            case DidSubject(scid34, version, hash34, deactivated):
                return {
                    "kind": "did",
                    "scid": encode_base58btc(scid34),
                    "versionId": f"{version}-{encode_base58btc(hash34)}",
                    "deactivated": deactivated,
                }


@dataclass(frozen=True, slots=True)
class Receipt:
    """A parsed receipt. Nothing of it is verified."""

    opening: Opening
    proof: TlogProof
    anchors: tuple[AnchorClaim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedReceipt:
    """The subject was logged at `index`, before `as_of`. Of two of one log, the smaller index came first."""

    subject: Subject
    index: int
    size: int
    root: bytes
    level: Level
    as_of: int | None
    witnesses: tuple[str, ...]
    chains: tuple[TrustedChain, ...]
    bearing: tuple[TrustedChain, ...]
    reasons: tuple[str, ...]

    @property
    def only_local_chains(self) -> bool:
        """Whether the level rests on the operator's own chains alone (assurance ``local-chain``)."""
        return only_local(self.bearing)


def parse_receipt(raw: bytes) -> Receipt:
    """Read a receipt; `DidError` ``receipt.malformed``. For those who need to see its subject."""
    try:
        members = Members(parse_object(raw, max_bytes=MAX_RECEIPT), code="receipt.malformed", place="receipt")
        opening = _parse_opening(members.object("opening"))
        proof = parse_tlog_proof(members.text("proof", max_chars=MAX_RECEIPT))
        anchors = parse_claims(members)
        if (members.text("type", max_chars=256), members.integer("version")) != (TYPE, VERSION):
            raise members.fault(f"expected type {TYPE} and version {VERSION}")
        members.done()
    except DidError as error:
        raise DidError("receipt.malformed", error.detail, clause="registry 9.1") from None
    return Receipt(opening, proof, anchors)


def build_receipt(opening: Opening, proof: TlogProof, anchors: Sequence[AnchorClaim] = ()) -> JsonObject:
    """Put a receipt together; its JCS form is what is sent."""
    receipt: JsonObject = {
        "type": TYPE,
        "version": VERSION,
        "opening": opening.to_json(),
        "proof": proof.text,
    }
    if anchors:
        receipt["anchors"] = [claim.to_json() for claim in anchors]
    return receipt


def verify_receipt(raw: bytes, *, expected_subject: Subject, expectations: Expectations) -> VerifiedReceipt:
    """Verify a receipt (section 9.1).

    1. strict decoding
    2. the opening concerns what was asked
    3. the checkpoint, as steps 4 and 5 of a bundle
    4. the entry, rebuilt, is in the log at the index
    5. anchors, level and age, as steps 10 to 12, with no map root to compare
    """
    # Step 1: form.
    receipt = parse_receipt(raw)
    # Step 2: the subject.
    if receipt.opening.subject != expected_subject:
        raise DidError(
            "receipt.subject", "the receipt is about something else than was asked", clause="registry 9.1"
        )
    # Step 3: the checkpoint.
    verified = accept_checkpoint(receipt.proof.checkpoint, expectations)
    checkpoint = verified.checkpoint
    # Step 4: inclusion.
    leaf = leaf_hash(encode(receipt.opening.entry))
    proof = receipt.proof
    verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root, code="entry.inclusion")
    # Step 5: anchors, level, age.
    verdict = judge_anchors(
        receipt.anchors,
        checkpoint=checkpoint,
        map_root=None,
        view=expectations.view,
        unanchored=expectations.unanchored,
    )
    require_level(verdict, expectations.require)
    as_of = require_trust(verified, verdict.times, expectations)
    return VerifiedReceipt(
        subject=expected_subject,
        index=proof.index,
        size=checkpoint.size,
        root=checkpoint.root,
        level=verdict.level,
        as_of=as_of,
        witnesses=verified.witnesses,
        chains=verdict.chains,
        bearing=verdict.bearing,
        reasons=verdict.reasons,
    )


def _parse_opening(members: Members) -> Opening:
    kind = members.text("kind", max_chars=16)
    salt = None if kind == "did" else members.hash32("salt")
    if kind == "evidence":
        subject: Subject = EvidenceSubject(members.hash32("digest"))
    elif kind == "event":
        subject = EventSubject(
            members.read("issuer", decode_multihash34, max_chars=64),
            Event.from_label(members.text("event", max_chars=16)),
            members.hash32("digest"),
        )
    elif kind == "did":
        subject = _did_subject(members)
    else:
        raise members.fault(f"no opening has the kind {kind!r}")
    members.done()
    return Opening(subject, salt)


def _did_subject(members: Members) -> DidSubject:
    version_id = _VERSION_ID.fullmatch(members.text("versionId", max_chars=128))
    if version_id is None or int(version_id[1]) >= MAX_INTEGER:
        raise members.fault("a versionId reads number-hash")
    return DidSubject(
        members.read("scid", decode_multihash34, max_chars=64),
        int(version_id[1]),
        decode_multihash34(version_id[2]),
        members.boolean("deactivated"),
    )
