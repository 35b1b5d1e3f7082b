"""The statements of a credential as BBS messages: signed by an issuer, revealed by a holder, recomputed.

Source: W3C Data Integrity BBS Cryptosuites 1.0 (April 2025), 3.2 and 3.4: the same for every feature.

The BBS header is SHA-256 of the canonical proof options, then SHA-256 of the mandatory statements; the
messages are the other statements, each a canonical N-Quad with its line feed. Blank nodes are labelled in the
order of an HMAC, so that labels say nothing about claims that stay hidden.

Invariants
- Documents are canonicalized in safe mode; booleans are written as such, and members that decide on a
  verification stand under their names.
- Header and messages come from the document at hand, and never from a proof value.

Not here: the signature over header and messages (`credentials.suites.bbs_2023`, with holder binding
`credentials.suites.bbs_2023_bound`, with pseudonyms `credentials.suites.bbs_features`, over typed slots
`credentials.suites.predicates`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn, Protocol

from credentials import pointers
from credentials.errors import CredentialError
from credentials.suites import selective
from credentials.suites.same_json import DECISIVE, check_booleans, check_named
from credentials.suites.selective_proofs import Suite, lines_hash, options_hash
from did.integrity import UnsafeAny
from did.keys import KeyType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.rdf.canonical import Canonicalizer
    from credentials.suites.bbs_proof_value import BaseProofValue, DerivedProofValue
    from did.keys import PublicKey
    from did.types import JsonObject, RandomBytes
    from zk.errors import ZkError

NAME: Final = "bbs-2023"
CLAUSE: Final = "VC Data Integrity BBS 1.0, 3.4"
SUITE: Final = Suite(NAME, CLAUSE)
HMAC_KEY_LENGTH: Final = 32
_FAULTS: Final = {
    "zk.proof": "bbs-2023.proof",
    "zk.signature": "bbs-2023.signature",
    "zk.public-key": "bbs-2023.key",
    "zk.proof-malformed": "bbs-2023.malformed",
    "zk.signature-malformed": "bbs-2023.malformed",
    "zk.pseudonym-malformed": "bbs-2023.malformed",
    "zk.nym-entropy": "bbs-2023.nym-entropy",
    "zk.indexes": "bbs-2023.malformed",
    "zk.length": "bbs-2023.malformed",
    "zk.commitment": "bbs-2023.commitment",
    "zk.commitment-malformed": "bbs-2023.commitment",
}


class Disclosable(Protocol):
    """What a holder derives from: how labels are shuffled, and what every proof discloses."""

    @property
    def hmac_key(self) -> bytes:
        """The key that shuffles labels: 32 octets."""
        ...

    @property
    def mandatory_pointers(self) -> tuple[str, ...]:
        """JSON pointers to what is always disclosed."""
        ...


class Shown(Protocol):
    """How a derived credential lies in what was signed."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Canonical labels of the document at hand, to those under which it was signed."""
        ...

    @property
    def mandatory_indexes(self) -> tuple[int, ...]:
        """Positions of the mandatory statements among those at hand."""
        ...

    @property
    def selective_indexes(self) -> tuple[int, ...]:
        """Positions of the others among all that are not mandatory."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Revealed:
    """What a derived proof discloses.

    Attributes:
        document: the members that the pointers select.
        messages: all that are signed, in order.
        shown: positions of the disclosed ones among them.
        labels: canonical labels of the revealed document, to those under which it was signed.
        mandatory_indexes: positions of the mandatory statements among the revealed ones.
    """

    document: JsonObject
    messages: tuple[bytes, ...]
    shown: tuple[int, ...]
    labels: Mapping[str, str]
    mandatory_indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of documents, as one canonicalizer reads them, for a suite that has this name."""

    canonicalizer: Canonicalizer
    suite: Suite = SUITE

    def signed(
        self, document: JsonObject, proof: JsonObject, hmac_key: bytes, mandatory_pointers: Sequence[str]
    ) -> tuple[bytes, tuple[bytes, ...]]:
        """Return what the issuer's signature is over: the header of 64 bytes, and the messages."""
        partition = self.canonicalizer.partition(document, {"mandatory": mandatory_pointers})
        check_booleans(document, partition.whole.quads)
        check_named(document, partition.whole.quads, DECISIVE)
        shuffled = selective.shuffled_labels(partition.whole.labels.values(), hmac_key)
        grouped = selective.group(partition, shuffled)
        mandatory = [grouped.lines[index] for index in grouped.groups["mandatory"]]
        messages = tuple(grouped.lines[index].encode() for index in grouped.remaining("mandatory"))
        return self._header(document, proof, mandatory), messages

    def received(
        self, unsecured: JsonObject, proof: JsonObject, value: BaseProofValue, raw_key: bytes
    ) -> tuple[bytes, tuple[bytes, ...]]:
        """Return header and messages of a base proof, after checking that key and header are as they must be.

        Raises ``bbs-2023.signature``, ``rdf.*``, ``pointer.*``.
        """
        # [BBS-10] the key that was expected
        if value.public_key != raw_key:
            refuse_signature("it was made with another key than the issuer's")
        header, messages = self.signed(unsecured, proof, value.hmac_key, value.mandatory_pointers)
        # [BBS-11] options and mandatory statements as signed
        if header != value.header:
            refuse_signature("the proof options or what is mandatory were changed")
        return header, messages

    def revealed(
        self, unsecured: JsonObject, value: Disclosable, selective_pointers: Sequence[str]
    ) -> Revealed:
        """Return what the mandatory and the given pointers disclose.

        Raises ``bbs-2023.empty`` where that is nothing, ``rdf.*``, ``pointer.*``.
        """
        combined = (*value.mandatory_pointers, *selective_pointers)
        if not combined:
            raise CredentialError(
                f"{self.suite.name}.empty", "nothing would be disclosed", remedy="select something"
            )
        partition = self.canonicalizer.partition(
            unsecured,
            {"mandatory": value.mandatory_pointers, "selective": selective_pointers, "combined": combined},
        )
        shuffled = selective.shuffled_labels(partition.whole.labels.values(), value.hmac_key)
        grouped = selective.group(partition, shuffled)
        hidden_or_shown = grouped.remaining("mandatory")
        labels = partition.selections["combined"].labels
        return Revealed(
            pointers.select(unsecured, combined),
            tuple(grouped.lines[index].encode() for index in hidden_or_shown),
            selective.ranks(grouped.groups["selective"], within=hidden_or_shown),
            {canonical: grouped.labels[label] for label, canonical in labels.items()},
            selective.ranks(grouped.groups["mandatory"], within=grouped.groups["combined"]),
        )

    def shown(self, unsecured: JsonObject, proof: JsonObject, value: Shown) -> tuple[bytes, list[bytes]]:
        """Return the header and the disclosed messages of a derived credential.

        Raises ``bbs-2023.labels``, ``bbs-2023.indexes``, ``proof.*``, ``rdf.*``.
        """
        canonical = self.canonicalizer.canonicalize(unsecured)
        check_booleans(unsecured, canonical.quads)
        check_named(unsecured, canonical.quads, DECISIVE)
        mandatory, disclosed = self.suite.statements(
            canonical,
            labels=value.labels,
            mandatory_indexes=value.mandatory_indexes,
            disclosed=len(value.selective_indexes),
        )
        return self._header(unsecured, proof, mandatory), [line.encode() for line in disclosed]

    def _header(self, document: JsonObject, proof: JsonObject, mandatory: Sequence[str]) -> bytes:
        """SHA-256 of the canonical proof options, then of the mandatory statements: 64 bytes."""
        return options_hash(self.canonicalizer, document, proof) + lines_hash(mandatory)


def check_header(value: DerivedProofValue, expected: bytes | UnsafeAny) -> None:
    """Check that a proof was derived for this presentation (``bbs-2023.presentation-header``)."""
    # [BBS-12] made for this presentation
    if not isinstance(expected, UnsafeAny) and value.presentation_header != expected:
        raise CredentialError(
            "bbs-2023.presentation-header",
            "the proof was derived for another presentation",
            remedy="derive it anew for this verifier, challenge and holder key",
            clause=CLAUSE,
        )


def draw_hmac_key(random_bytes: RandomBytes) -> bytes:
    """Draw the HMAC key that shuffles labels; `random_bytes` is called once."""
    hmac_key = random_bytes(HMAC_KEY_LENGTH)
    if len(hmac_key) != HMAC_KEY_LENGTH:
        raise CredentialError("bbs-2023.randomness", f"expected {HMAC_KEY_LENGTH} random bytes")
    return hmac_key


def raw_key(public_key: PublicKey) -> bytes:
    """Return the 96 octets of a BLS12-381 key in G2 (``bbs-2023.key``)."""
    if public_key.type is not KeyType.BLS12381_G2:
        detail = f"{NAME} takes {KeyType.BLS12381_G2} keys, found {public_key.type}"
        raise CredentialError("bbs-2023.key", detail, clause=CLAUSE)
    return public_key.raw


def refuse_signature(how: str) -> NoReturn:
    """Refuse a base proof."""
    raise CredentialError("bbs-2023.signature", f"the base proof does not hold: {how}", clause=CLAUSE)


def translated(error: ZkError) -> CredentialError:
    """Say what a fault of the mathematics means for a credential."""
    code = _FAULTS.get(error.code, error.code)
    detail = {
        "zk.proof": "the proof does not hold: the disclosed claims were changed, or another key signed",
        "zk.signature": "the base proof does not hold: the credential was changed, or another key signed",
    }.get(error.code, error.detail)
    return CredentialError(code, detail, remedy=error.remedy, clause=CLAUSE)
