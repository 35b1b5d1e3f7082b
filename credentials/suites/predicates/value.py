"""The proof values of `bbs-predicates-2026`: one form for the holder, one for verifiers.

Text: docs/specs/bbs-predicates-2026.md, "Proof values". Our own; the CBOR is that of `bbs-2023`.
Invariants:
- Base: d9 5d 60, then [signature 80, issuer key 96, HMAC key 32, entropy 32, schema 32, L, N, revocation,
  digit list, mandatory pointers]; revocation is [] or [list URL, width, identifier].
- Derived: d9 5d 61, then [composite proof, position, query, label map, mandatory indexes, disclosed slots,
  schema 32, L, N, revocation, digit list]; revocation is [] or [list URL, width, epoch].
- The composite proof stands in the credential at position 0, and is empty in every other.
- What a derived value says is what its holder claims in public; each item is bound by the statement.
- Whatever else comes is ``bbs-predicates-2026.malformed``.

Not here: the form of the CBOR (`credentials.suites.proof_cbor`), the meaning of any of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from credentials.errors import CredentialError
from credentials.suites.proof_cbor import Form, is_index

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "bbs-predicates-2026"
CLAUSE: Final = "bbs-predicates-2026, 10.3"
BASE: Final = Form(NAME, CLAUSE, bytes.fromhex("d95d60"), components=10)
DERIVED: Final = Form(NAME, CLAUSE, bytes.fromhex("d95d61"), components=11)

_SIZES: Final = {"signature": 80, "issuer key": 96, "HMAC key": 32, "entropy": 32, "schema digest": 32}
_DIGEST: Final = 32
_MAX_URL: Final = 2048
_MAX_QUERY: Final = 128
_MAX_SLOTS: Final = 128
_MAX_NYMS: Final = 16
_MAX_CREDENTIALS: Final = 4


@dataclass(frozen=True, slots=True)
class Revocable:
    """Which list decides, by its URL, how many bits its identifiers have, and one number beside it.

    `number` is the credential's identifier where its holder has it, the epoch where it is shown.
    """

    url: str
    width: int
    number: int


@dataclass(frozen=True, slots=True)
class SlotCounts:
    """L and N: how many slots the issuer fills, how many nym secrets follow."""

    slots: int
    nyms: int


@dataclass(frozen=True, slots=True, repr=False)
class BaseValue:
    """What the issuer hands to the holder; all but key and counts is the holder's secret from then on."""

    signature: bytes
    issuer_key: bytes
    hmac_key: bytes
    entropy: bytes
    schema: bytes
    counts: SlotCounts
    revocable: Revocable | None
    digit_list: bytes
    mandatory_pointers: tuple[str, ...]

    def write(self) -> str:
        """Write as `proofValue`."""
        return BASE.write(
            [
                self.signature,
                self.issuer_key,
                self.hmac_key,
                self.entropy,
                self.schema,
                self.counts.slots,
                self.counts.nyms,
                _revocation(self.revocable),
                self.digit_list,
                list(self.mandatory_pointers),
            ]
        )

    @classmethod
    def read(cls, text: str) -> BaseValue:
        """Read a `proofValue`. Codes: bbs-predicates-2026.malformed, bbs-predicates-2026.derived-proof."""
        if DERIVED.begins(text):
            raise CredentialError(
                f"{NAME}.derived-proof",
                "the proof is derived, where a base proof is expected",
                remedy="use the credential as the issuer issued it",
                clause=CLAUSE,
            )
        parts = BASE.read(text)
        for part, (name, size) in zip(parts, _SIZES.items(), strict=False):
            BASE.check_bytes(part, name, size)
        signature, issuer_key, hmac_key, entropy, schema, *rest = parts
        slots, nyms, revocation, digit_list, pointers = rest
        return cls(
            signature,
            issuer_key,
            hmac_key,
            entropy,
            schema,
            _counts(BASE, slots, nyms),
            _revocable(BASE, revocation),
            _digest_or_empty(BASE, digit_list),
            BASE.texts(pointers, "the mandatory pointers"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedValue:
    """What the holder shows a verifier of one credential.

    Attributes:
        proof: the composite proof, or empty where the credential at position 0 has it.
        position: of the credential among those of the proof, from 0.
        query: id of the credential query that it answers.
        labels: canonical labels of the revealed document (``c14n0``), to those as signed (``b2``).
        mandatory_indexes: positions of the mandatory statements among the revealed ones.
        selective_indexes: positions of the other revealed ones among all that are not mandatory.
        schema: SHA-256 of the schema.
        counts: L and N.
        revocable: the list, with the epoch that is claimed; 0 where none is.
        digit_list: digest of the issuer's digit list, or empty.
    """

    proof: bytes
    position: int
    query: str
    labels: Mapping[str, str]
    mandatory_indexes: tuple[int, ...]
    selective_indexes: tuple[int, ...]
    schema: bytes
    counts: SlotCounts
    revocable: Revocable | None
    digit_list: bytes

    def write(self) -> str:
        """Write as `proofValue`."""
        return DERIVED.write(
            [
                self.proof,
                self.position,
                self.query,
                {int(canonical[4:]): int(label[1:]) for canonical, label in self.labels.items()},
                list(self.mandatory_indexes),
                list(self.selective_indexes),
                self.schema,
                self.counts.slots,
                self.counts.nyms,
                _revocation(self.revocable),
                self.digit_list,
            ]
        )

    @classmethod
    def read(cls, text: str) -> DerivedValue:
        """Read a `proofValue`. Codes: bbs-predicates-2026.malformed, bbs-predicates-2026.base-proof."""
        if BASE.begins(text):
            raise CredentialError(
                f"{NAME}.base-proof",
                "the proof is a base proof, which is for its holder only",
                remedy="prove what was asked for, with `avow prove`",
                clause=CLAUSE,
            )
        proof, position, query, labels, mandatory, selective, schema, *rest = DERIVED.read(text)
        slots, nyms, revocation, digit_list = rest
        DERIVED.check_bytes(proof, "composite proof")
        DERIVED.check_bytes(schema, "schema digest", _DIGEST)
        # [BP-01] as many credentials as a statement has
        if not is_index(position) or position >= _MAX_CREDENTIALS:
            DERIVED.malformed(f"the position is not one of 0 to {_MAX_CREDENTIALS - 1}")
        # [BP-02] the whole proof once
        if bool(proof) is not (position == 0):
            DERIVED.malformed("the composite proof does not stand in the first credential alone")
        if type(query) is not str or not 0 < len(query) <= _MAX_QUERY:
            DERIVED.malformed(f"the query is no text of 1 to {_MAX_QUERY} characters")
        return cls(
            proof=proof,
            position=position,
            query=query,
            labels={canonical: f"b{label}" for canonical, label in DERIVED.labels(labels, is_index).items()},
            mandatory_indexes=DERIVED.indexes(mandatory),
            selective_indexes=DERIVED.indexes(selective),
            schema=schema,
            counts=_counts(DERIVED, slots, nyms),
            revocable=_revocable(DERIVED, revocation),
            digit_list=_digest_or_empty(DERIVED, digit_list),
        )


def _revocation(revocable: Revocable | None) -> list[Any]:
    return [] if revocable is None else [revocable.url, revocable.width, revocable.number]


def _revocable(form: Form, part: object) -> Revocable | None:
    if part == [] and type(part) is list:
        return None
    if type(part) is not list or len(part) != 3:
        form.malformed("the revocation list is not its URL, width and number")
    url, width, number = part
    if type(url) is not str or not 0 < len(url) <= _MAX_URL or not url.isascii():
        form.malformed("the URL of the revocation list is no text of ASCII")
    # [BP-03] widths that there are
    if type(width) is not int or width not in {8, 16, 24, 32}:
        form.malformed("the width of the revocation list is not 8, 16, 24 or 32")
    if type(number) is not int or not 0 <= number < 1 << 63:
        form.malformed("the number beside the revocation list is no whole number")
    return Revocable(url, width, number)


def _counts(form: Form, slots: object, nyms: object) -> SlotCounts:
    # [BP-04] counts that a signature can have
    if type(slots) is not int or not 0 < slots <= _MAX_SLOTS:
        form.malformed(f"the number of slots is not 1 to {_MAX_SLOTS}")
    if type(nyms) is not int or not 0 < nyms <= _MAX_NYMS:
        form.malformed(f"the number of nym secrets is not 1 to {_MAX_NYMS}")
    return SlotCounts(slots, nyms)


def _digest_or_empty(form: Form, part: object) -> bytes:
    if type(part) is not bytes or len(part) not in {0, _DIGEST}:
        form.malformed("the digest of the digit list is not 32 bytes, nor empty")
    return part
