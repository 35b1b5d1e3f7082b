"""What the suites for selective disclosure share: taking a credential apart, and its statements in order.

Source: W3C Data Integrity ECDSA Cryptosuites 1.0, 3.5, and Data Integrity BBS Cryptosuites 1.0, 3.3.
Invariants:
- A document has one proof of the suite, with no context of its own and no previous proof: what a derived
  proof shows of a chain would not be what was signed.
- Statements are split by checked positions: each lies within them, none is left over.
- Proof options are canonicalized under the document's contexts, and say what they say under its own name.

Not here: which suite, and what it makes of the statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from credentials.errors import CredentialError
from credentials.suites import selective
from credentials.suites.same_json import DECISIVE_IN_PROOF, check_named
from did.errors import DidError
from did.integrity import PROOF_TYPE, split_proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from credentials.rdf.canonical import Canonical, Canonicalizer
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class Suite:
    """The name of a suite for its errors, and the clause that they cite."""

    name: str
    clause: str

    def split(self, secured: JsonObject) -> tuple[JsonObject, JsonObject]:
        """Separate document and proof (``proof.*``)."""
        try:
            document, proof = split_proof(secured)
        except DidError as error:
            raise CredentialError(
                error.code, error.detail, remedy=error.remedy, clause=error.clause
            ) from None
        if proof.get("type") != PROOF_TYPE:
            raise CredentialError(
                "proof.malformed", f"the type of a proof is {PROOF_TYPE}", clause=self.clause
            )
        self.check_options(proof)
        # [BBS-09] no context of its own
        if "@context" in proof:
            raise CredentialError(
                "proof.malformed", f"a proof of {self.name} has the document's context", clause=self.clause
            )
        return document, proof

    def check_options(self, proof: JsonObject) -> None:
        """Check that a proof, or the options of one, can be this suite's."""
        if proof.get("cryptosuite") != self.name:
            raise CredentialError("proof.cryptosuite", f"expected {self.name}", clause=self.clause)
        # [ESD-04] alone on its document
        if "previousProof" in proof:
            raise CredentialError(
                "proof.chain", f"proofs of {self.name} cover no other proofs", clause=self.clause
            )

    def value(self, proof: JsonObject) -> str:
        """Read `proofValue` as the text that it is."""
        value = proof.get("proofValue")
        if not isinstance(value, str):
            raise CredentialError(
                f"{self.name}.malformed", "proofValue is missing or no text", clause=self.clause
            )
        return value

    def statements(
        self,
        canonical: Canonical,
        *,
        labels: Mapping[str, str],
        mandatory_indexes: Sequence[int],
        disclosed: int,
    ) -> tuple[list[str], list[str]]:
        """Split the statements of a derived credential, under the labels as signed: mandatory, and others.

        `disclosed` says how many others there must be. Raises ``<suite>.labels``, ``<suite>.indexes``.
        """
        # [ESD-05] a label for each unnamed node
        if set(canonical.labels.values()) != labels.keys():
            raise CredentialError(
                f"{self.name}.labels",
                "the label map does not fit the unnamed nodes of the document",
                clause=self.clause,
            )
        lines = selective.relabelled(canonical.lines, labels)
        # [ESD-06] within the statements
        if mandatory_indexes and mandatory_indexes[-1] >= len(lines):
            raise CredentialError(
                f"{self.name}.indexes", "a mandatory index is beyond the statements", clause=self.clause
            )
        chosen = set(mandatory_indexes)
        mandatory = [line for index, line in enumerate(lines) if index in chosen]
        others = [line for index, line in enumerate(lines) if index not in chosen]
        # [ESD-07] none left over
        if len(others) != disclosed:
            raise CredentialError(
                f"{self.name}.indexes",
                f"{len(others)} statements are disclosed, the proof is made for {disclosed}",
                clause=self.clause,
            )
        return mandatory, others


def options_hash(canonicalizer: Canonicalizer, document: JsonObject, proof: JsonObject) -> bytes:
    """SHA-256 of the canonical proof options: 32 bytes."""
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if "@context" in document:
        options["@context"] = document["@context"]
    canonical = canonicalizer.canonicalize(options)
    check_named(options, canonical.quads, DECISIVE_IN_PROOF)
    return lines_hash(canonical.lines)


def lines_hash(lines: Iterable[str]) -> bytes:
    """SHA-256 of statements, one after the other: 32 bytes."""
    return sha256("".join(lines).encode()).digest()
