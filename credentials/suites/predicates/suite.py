"""The cryptosuite `bbs-predicates-2026`: a credential becomes slots, is signed blindly, and shown in parts.

Text: docs/specs/bbs-predicates-2026.md, "The cryptosuite". Our own, experimental, not reviewed outside.
The document is handled as `bbs-2023` handles it (W3C Data Integrity BBS Cryptosuites 1.0, 3.2 and 3.4).

    slots 0 … T-1   typed claims of the schema, by pointer; then the revocation identifier
    slots T …       statements that are not mandatory, in canonical order under shuffled labels
    the rest        padding, up to the next multiple of 16

Invariants
- Header and slots come from the document at hand; of a proof value only what no document says: counts,
  revocation list, digest lists, and at the holder its own numbers.
- A typed slot is never disclosed: what is shown is the statement that says the same. The issuer made both
  from one document, and the holder checks it on receipt.
- The schema is what the document names, by the reader's own copy; the digest in the proof value must be its.
- Nothing here believes a proof: `zk.predicates.verify` does, over all credentials of a presentation at once.

Not here: requests and what is asked (`credentials.predicates`), the whole presentation
(`credentials.verifying.composite`, `credentials.holder.proving`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.predicates.claims import slot_scalars
from credentials.revocation import reference
from credentials.suites.bbs_statements import Statements, draw_hmac_key
from credentials.suites.predicates.typings import typing_in
from credentials.suites.predicates.value import (
    BASE,
    CLAUSE,
    DERIVED,
    NAME,
    BaseValue,
    DerivedValue,
    Revocable,
    SlotCounts,
)
from credentials.suites.selective_proofs import Suite
from did.keys import KeyType
from zk.curve import Scalar, decode_scalar, encode_scalar
from zk.errors import ZkError
from zk.predicates import issuance
from zk.predicates.header import Header, RevocationScope
from zk.predicates.slots import MAX_SLOTS, quad_scalar
from zk.predicates.statement import Credential

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.predicates.claims import Typing
    from credentials.rdf.canonical import Canonicalizer
    from credentials.suites.bbs_statements import Revealed
    from credentials.suites.protocol import BbsKey
    from did.integrity import ProofOptions
    from did.keys import PublicKey
    from did.types import JsonObject, RandomBytes
    from schemas.sources import SchemaSource
    from zk.predicates.issuance import HeldCredential, HolderSecrets, ProvenCommitment
    from zk.predicates.system import System

SUITE: Final = Suite(NAME, CLAUSE)
SCHEMA_POINTER: Final = "/credentialSchema"
"""Mandatory beside what the profile says: it tells a verifier which schema types the slots."""

_CLASS: Final = 16
"""Numbers of slots are multiples of this, so that the number tells little of what is hidden."""
_DIGEST: Final = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Binding:
    """What an issuer signs a credential with, beside its key.

    Attributes:
        commitment: of the holder, checked, with a tag that is the person's.
        entropy: in [1, r); the same for the same person and configuration.
        typing: of the schema that the document names.
        revocable: list URL, width and identifier; None where the credential cannot be revoked.
        digit_list: digest of the issuer's digit list, or empty.
    """

    commitment: ProvenCommitment
    entropy: Scalar
    typing: Typing
    revocable: Revocable | None
    digit_list: bytes


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Held:
    """A credential that its holder can prove with: as received, as signed, and how its slots are typed."""

    unsecured: JsonObject
    proof: JsonObject
    value: BaseValue
    typing: Typing
    credential: HeldCredential


@dataclass(frozen=True, slots=True, repr=False)
class Part:
    """A held credential in one presentation: what is revealed, and its public part of a statement."""

    held: Held
    revealed: Revealed
    public: Credential


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A shown credential: what its proof value claims, how it is typed, its public part of a statement."""

    value: DerivedValue
    typing: Typing
    public: Credential


class Predicates2026:
    """The suite, on a canonicalizer and a system of composite proofs; it has no state of a proof."""

    __slots__ = ("_statements", "_system")

    def __init__(self, canonicalizer: Canonicalizer, system: System) -> None:
        self._statements = Statements(canonicalizer, SUITE)
        self._system = system

    @property
    def name(self) -> str:
        """The value of `cryptosuite`."""
        return NAME

    @property
    def system(self) -> System:
        """The mathematics that the suite was built on."""
        return self._system

    def create_base(
        self,
        document: JsonObject,
        options: ProofOptions,
        key: BbsKey,
        binding: Binding,
        *,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Return the document with a base proof for the holder that made the commitment.

        `random_bytes` is called once, for the HMAC key. Codes: proof.present, proof.cryptosuite,
        bbs-predicates-2026.key, bbs-predicates-2026.slots, predicates.*, rdf.*, pointer.*.
        """
        if "proof" in document:
            raise CredentialError("proof.present", "the document already has a proof")
        proof = options.to_json()
        SUITE.check_options(proof)
        raw = raw_key(key.public_key)
        hmac_key = draw_hmac_key(random_bytes)
        mandatory = tuple(dict.fromkeys((*mandatory_pointers, *_always(binding.revocable))))
        _check_named(document, binding.revocable)
        digests, messages = self._statements.signed(document, proof, hmac_key, mandatory)
        try:
            scalars = self._scalars(document, messages, binding.typing, binding.revocable)
            counts = SlotCounts(len(scalars), binding.commitment.nyms)
            header = _header(digests, binding.typing, counts, binding.revocable, binding.digit_list)
            signature = issuance.blind_sign(
                self._system, key.secret, header, scalars, binding.commitment, entropy=binding.entropy
            )
        except ZkError as error:
            raise translated(error) from error
        value = BaseValue(
            signature,
            raw,
            hmac_key,
            encode_scalar(binding.entropy),
            binding.typing.schema,
            counts,
            binding.revocable,
            binding.digit_list,
            mandatory,
        )
        return {**document, "proof": {**proof, "proofValue": value.write()}}

    def accept(
        self,
        secured: JsonObject,
        *,
        public_key: PublicKey,
        schemas: SchemaSource,
        secrets: HolderSecrets,
        blind: Scalar,
    ) -> Held:
        """Check a credential as its holder, who made the commitment with these secrets and this blind.

        Checklist
        1. One base proof of this suite, by the key expected.
        2. The schema is the one whose digest was signed, the revocation list the one that the document names.
        3. As many slots as document, schema and list make.
        4. The blind signature holds over header and slots as recomputed from the document.

        Codes: proof.*, bbs-predicates-2026.malformed, .derived-proof, .signature, .schema, .key,
        predicates.*.
        """
        # 1
        unsecured, proof = SUITE.split(secured)
        value = BaseValue.read(SUITE.value(proof))
        # [BP-05] the key that was expected
        if value.issuer_key != raw_key(public_key):
            raise _refused("it was made with another key than the issuer's")
        # 2
        typing = _typing(unsecured, schemas, value.schema, value.revocable)
        _check_named(unsecured, value.revocable)
        digests, messages = self._statements.signed(
            unsecured, proof, value.hmac_key, value.mandatory_pointers
        )
        try:
            scalars = self._scalars(unsecured, messages, typing, value.revocable)
            # 3
            # [BP-06] padded as every credential is
            if len(scalars) != value.counts.slots:
                raise _refused(f"{value.counts.slots} slots, the document makes {len(scalars)}")
            # 4
            credential = issuance.accept(
                self._system,
                secrets,
                blind,
                issuer_key=value.issuer_key,
                header=_header(digests, typing, value.counts, value.revocable, value.digit_list),
                slots=scalars,
                signature=value.signature,
                entropy=decode_scalar(value.entropy, what="the entropy", code="predicates.entropy"),
            )
        except ZkError as error:
            raise translated(error) from error
        return Held(unsecured, proof, value, typing, credential)

    def reveal(self, held: Held, selective_pointers: Sequence[str]) -> Part:
        """Choose what a presentation shows of a credential: what is mandatory, and the given pointers.

        That there is a subject shows always: a credential without one says nothing. Codes: pointer.*, rdf.*.
        """
        chosen = (*selective_pointers, *_subjects(held.unsecured))
        revealed = self._statements.revealed(held.unsecured, held.value, chosen)
        first = len(held.typing.types.slots)
        disclosed = tuple(
            (first + position, held.credential.scalars[first + position]) for position in revealed.shown
        )
        public = Credential(held.credential.issuer_key, held.credential.header, held.typing.types, disclosed)
        return Part(held, revealed, public)

    def show(
        self, document: JsonObject, proof: JsonObject, *, public_key: PublicKey, schemas: SchemaSource
    ) -> ShownPart:
        """Read a shown credential as a part of a statement; nothing is verified by that.

        Checklist
        1. One derived proof of this suite.
        2. The schema is the one that the value claims; the statement binds its digest. The revocation list is
           the one that the document names.
        3. Labels fit, positions lie within the statements, none is left over.
        4. Disclosed slots are text slots of the credential.

        Codes: proof.*, bbs-predicates-2026.malformed, .base-proof, .labels, .indexes, .schema, .key.
        """
        # 1
        unsecured, proof = SUITE.split({**document, "proof": proof})
        value = DerivedValue.read(SUITE.value(proof))
        # 2
        typing = _typing(unsecured, schemas, value.schema, value.revocable)
        _check_named(unsecured, value.revocable)
        # 3
        digests, messages = self._statements.shown(unsecured, proof, value)
        # 4
        first = len(typing.types.slots)
        slots = tuple(first + position for position in value.selective_indexes)
        # [BP-07] no slot of the holder's among the disclosed
        if slots and slots[-1] >= value.counts.slots:
            raise CredentialError(
                f"{NAME}.indexes", "a disclosed slot is beyond those of the issuer", clause=CLAUSE
            )
        try:
            header = _header(digests, typing, value.counts, value.revocable, value.digit_list)
            scalars = [quad_scalar(self._system, message) for message in messages]
        except ZkError as error:
            raise translated(error) from error
        public = Credential(
            raw_key(public_key), header, typing.types, tuple(zip(slots, scalars, strict=True))
        )
        return ShownPart(value, typing, public)

    def is_base_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as base ones do."""
        return BASE.begins(proof.get("proofValue"))

    def is_derived_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as derived ones do."""
        return DERIVED.begins(proof.get("proofValue"))

    def _scalars(
        self, document: JsonObject, messages: Sequence[bytes], typing: Typing, revocable: Revocable | None
    ) -> tuple[Scalar, ...]:
        """Map claims and statements to the issuer's slots, and fill up to a multiple of 16."""
        if (typing.revocation_slot is None) is not (revocable is None):
            raise CredentialError(
                f"{NAME}.slots", "the revocation list does not go with how the schema is typed", clause=CLAUSE
            )
        identifier = None if revocable is None else revocable.number
        typed = slot_scalars(self._system, typing, document, identifier=identifier)
        quads = (quad_scalar(self._system, message) for message in messages)
        filled = (*typed, *quads)
        slots = -(-len(filled) // _CLASS) * _CLASS
        if slots > MAX_SLOTS:
            raise CredentialError(
                f"{NAME}.slots",
                f"{len(typed)} typed claims and {len(messages)} statements, {MAX_SLOTS} fit together",
                remedy="issue the claims in several credentials, or make some of them mandatory",
                clause=CLAUSE,
            )
        return (*filled, *[self._system.PAD] * (slots - len(filled)))


def write_shown(part: Part, *, proof: bytes, position: int, query: str, epoch: int | None) -> JsonObject:
    """Write a credential as a presentation shows it; `proof` is empty but at position 0."""
    value, revealed = part.held.value, part.revealed
    revocable = value.revocable
    derived = DerivedValue(
        proof=proof,
        position=position,
        query=query,
        labels=revealed.labels,
        mandatory_indexes=revealed.mandatory_indexes,
        selective_indexes=revealed.shown,
        schema=value.schema,
        counts=value.counts,
        revocable=None if revocable is None else Revocable(revocable.url, revocable.width, epoch or 0),
        digit_list=value.digit_list,
    )
    return {**revealed.document, "proof": {**part.held.proof, "proofValue": derived.write()}}


def raw_key(public_key: PublicKey) -> bytes:
    """Return the 96 octets of a BLS12-381 key in G2 (``bbs-predicates-2026.key``)."""
    if public_key.type is not KeyType.BLS12381_G2:
        detail = f"{NAME} takes {KeyType.BLS12381_G2} keys, found {public_key.type}"
        raise CredentialError(f"{NAME}.key", detail, clause=CLAUSE)
    return public_key.raw


def scope_of(revocable: Revocable) -> RevocationScope:
    """Return what a header says of a list: SHA-256 of its URL, and the width."""
    return RevocationScope(hashlib.sha256(revocable.url.encode()).digest(), revocable.width)


_FAULTS: Final[Mapping[str, str]] = {"zk.signature": f"{NAME}.signature", "zk.public-key": f"{NAME}.key"}


def translated(error: ZkError) -> CredentialError:
    """Say what a fault of the mathematics means for a credential."""
    code = _FAULTS.get(error.code, error.code)
    return CredentialError(code, error.detail, remedy=error.remedy, clause=error.clause or CLAUSE)


def _header(
    digests: bytes, typing: Typing, counts: SlotCounts, revocable: Revocable | None, digit_list: bytes
) -> Header:
    return Header(
        proof=digests[:_DIGEST],
        mandatory=digests[_DIGEST:],
        schema=typing.schema,
        types=typing.types.digest(),
        typed=len(typing.types.slots),
        slots=counts.slots,
        nyms=counts.nyms,
        revocation=None if revocable is None else scope_of(revocable),
        digit_key=digit_list,
    )


def _typing(
    unsecured: JsonObject, schemas: SchemaSource, digest: bytes, revocable: Revocable | None
) -> Typing:
    """Type the slots by the schema that the document names, which must be the one that was signed."""
    typing = typing_in(unsecured, schemas, width=None if revocable is None else revocable.width)
    # [BP-08] the schema that was signed
    if typing.schema != digest:
        raise CredentialError(
            f"{NAME}.schema",
            "the schema that the credential names is another one here than its issuer signed",
            remedy="get the schema from its issuer again",
            clause=CLAUSE,
        )
    return typing


def _always(revocable: Revocable | None) -> tuple[str, ...]:
    """Give pointers to what is mandatory whatever the profile says."""
    return (SCHEMA_POINTER,) if revocable is None else (SCHEMA_POINTER, reference.POINTER)


def _check_named(unsecured: JsonObject, revocable: Revocable | None) -> None:
    """Check that the document names the revocation list that is signed, for whoever is shown other proofs."""
    status = unsecured.get("credentialStatus")
    # [BP-23] one list, in the header and in the open
    if status is not None if revocable is None else not reference.is_entry(status, revocable.url):
        raise CredentialError(
            f"{NAME}.revocation",
            "the document does not name the revocation list that its proof has, or names another",
            clause=CLAUSE,
        )


def _subjects(unsecured: JsonObject) -> tuple[str, ...]:
    """Give pointers to the subjects as nodes, without what is said of them."""
    found = unsecured.get("credentialSubject")
    if isinstance(found, list):
        return tuple(f"/credentialSubject/{index}/" for index in range(len(found)))
    return ("/credentialSubject/",)


def _refused(how: str) -> CredentialError:
    return CredentialError(f"{NAME}.signature", f"the base proof does not hold: {how}", clause=CLAUSE)
