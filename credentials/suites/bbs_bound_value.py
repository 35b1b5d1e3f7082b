"""The proof values of `bbs-2023` with anonymous holder binding: the same CBOR, under headers of their own.

Source: W3C Data Integrity BBS Cryptosuites 1.0 (April 2025), 3.3.1 to 3.3.7, `anonymous_holder_binding`.
Invariants:
- Base: d9 5d 04, then the components of a baseline base proof.
- Derived: d9 5d 05, then those of a baseline derived proof, and how many messages the issuer signed.
- A baseline value is refused here, and these are refused there: the header is all that tells them apart.

Not here: pseudonyms (`credentials.suites.bbs_features.proof_values`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from credentials.errors import CredentialError
from credentials.suites.bbs_proof_value import CLAUSE, BaseProofValue, DerivedProofValue
from credentials.suites.proof_cbor import Form, is_index

BOUND_BASE: Final = Form("bbs-2023", CLAUSE, bytes.fromhex("d95d04"))
BOUND_DERIVED: Final = Form("bbs-2023", CLAUSE, bytes.fromhex("d95d05"), components=6)


@dataclass(frozen=True, slots=True, repr=False)
class BoundBaseProofValue(BaseProofValue):
    """What the issuer hands to a holder that committed to a secret."""

    form = BOUND_BASE
    derived_form = BOUND_DERIVED


@dataclass(frozen=True, slots=True)
class BoundDerivedProofValue(DerivedProofValue):
    """What such a holder shows a verifier; `signer_messages` counts the statements that are not mandatory."""

    signer_messages: int

    def write(self) -> str:
        """Write as `proofValue`."""
        return BOUND_DERIVED.write([*self.components(), self.signer_messages])

    @classmethod
    def read(cls, text: str) -> BoundDerivedProofValue:
        """Read a `proofValue`. Raises ``bbs-2023.malformed``, ``bbs-2023.base-proof``."""
        if BOUND_BASE.begins(text):
            raise CredentialError(
                "bbs-2023.base-proof",
                "the proof is a base proof, which is for its holder only",
                remedy="derive a proof that discloses what was asked for",
                clause=CLAUSE,
            )
        *parts, signer_messages = BOUND_DERIVED.read(text)
        if not is_index(signer_messages):
            BOUND_DERIVED.malformed("the number of signed messages is no whole number")
        return cls(*cls.read_components(BOUND_DERIVED, parts), signer_messages)
