"""The proof values of `bbs-2023` with pseudonyms, with holder binding and without.

Source: the published vectors of W3C Data Integrity BBS Cryptosuites 1.0 (April 2025). Its text (3.3.1, 3.3.6)
has other ones, for which there are no vectors; those are not read (docs/decisions/0015).

| | vectors, and here | text |
|---|---|---|
| base, pseudonym | d9 5d 08 | d9 5d 06 |
| base, both | d9 5d 08 | d9 5d 08 |
| derived, pseudonym | d9 5d 09 | d9 5d 07 |
| derived, both | d9 5d 09 | d9 5d 09 |
| parts of a derived one, after the baseline's | pseudonym, count | context, pseudonym, count |

Invariants:
- Base: the components of a baseline base proof, and the issuer's entropy as a number, with CBOR's tag for
  large numbers (the text forbids tags).
- Derived: the components of a baseline derived proof, the pseudonym (48 octets), and how many messages the
  issuer signed. No context stands there; who verifies knows it.
- One header serves two features. Which of them a proof is of follows from the number of hidden messages,
  which the signature binds.

Not here: whether any of it holds (`credentials.suites.bbs_features.pseudonyms`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from credentials.errors import CredentialError
from credentials.suites.bbs_proof_value import CLAUSE, BaseProofValue, DerivedProofValue
from credentials.suites.proof_cbor import Form, is_index
from zk.blind.layout import Disclosed, Layout
from zk.curve import G1_LENGTH, GROUP_ORDER, SCALAR_LENGTH

if TYPE_CHECKING:
    from typing import Self

NYM_BASE: Final = Form("bbs-2023", CLAUSE, bytes.fromhex("d95d08"), components=6, large_numbers=True)
NYM_DERIVED: Final = Form("bbs-2023", CLAUSE, bytes.fromhex("d95d09"), components=7)


@dataclass(frozen=True, slots=True, repr=False)
class NymBaseProofValue(BaseProofValue):
    """What the issuer hands to a holder that committed to a share of a nym secret."""

    form = NYM_BASE
    derived_form = NYM_DERIVED

    signer_nym_entropy: bytes

    def components(self) -> list[Any]:
        """Give what is written: the baseline's, and the entropy as a number."""
        return [*super(NymBaseProofValue, self).components(), int.from_bytes(self.signer_nym_entropy, "big")]

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a `proofValue`. Raises ``bbs-2023.malformed``, ``bbs-2023.derived-proof``."""
        parts = cls.parts_of(text)
        entropy = parts[-1]
        # [BBS-19] a scalar of the group
        if type(entropy) is not int or not 0 < entropy < GROUP_ORDER:
            cls.form.malformed("the issuer's entropy is no scalar")
        return cls(*cls.read_components(parts), entropy.to_bytes(SCALAR_LENGTH, "big"))


@dataclass(frozen=True, slots=True)
class NymDerivedProofValue(DerivedProofValue):
    """What such a holder shows a verifier; `signer_messages` counts the statements that are not mandatory."""

    pseudonym: bytes
    signer_messages: int

    def write(self) -> str:
        """Write as `proofValue`."""
        return NYM_DERIVED.write([*self.components(), self.pseudonym, self.signer_messages])

    @classmethod
    def read(cls, text: str) -> NymDerivedProofValue:
        """Read a `proofValue`. Raises ``bbs-2023.malformed``, ``bbs-2023.base-proof``."""
        if NYM_BASE.begins(text):
            raise CredentialError(
                "bbs-2023.base-proof",
                "the proof is a base proof, which is for its holder only",
                remedy="derive a proof that discloses what was asked for",
                clause=CLAUSE,
            )
        *parts, pseudonym, signer_messages = NYM_DERIVED.read(text)
        NYM_DERIVED.check_bytes(pseudonym, "pseudonym", G1_LENGTH)
        # [BBS-25] a count
        if not is_index(signer_messages):
            NYM_DERIVED.malformed("the number of signed messages is no whole number")
        return cls(*cls.read_components(NYM_DERIVED, parts), pseudonym, signer_messages)


@dataclass(frozen=True, slots=True)
class ProvenPseudonym:
    """A pseudonym that a verified proof has tied to a credential.

    Attributes:
        context: for which it was made, as the verifier expected it.
        octets: the pseudonym, 48 octets; the same whenever this holder shows this credential here.
        holder_bound: whether the credential is bound to a holder's secret too.
    """

    context: str
    octets: bytes
    holder_bound: bool


def proven_by(value: NymDerivedProofValue, context: str) -> ProvenPseudonym:
    """Say what a proof value proves once it is verified in this context; nothing is verified here.

    Raises ``bbs-2023.malformed``, `ZkError` for counts that no proof has. A wrong count of signed messages
    gives other generators, and no proof holds under those.
    """
    shown = Disclosed(dict.fromkeys(value.selective_indexes, b""))
    layout = Layout.of_proof(value.proof, shown, signer=value.signer_messages, nyms=1)
    # [BBS-16] one secret of the holder at most, beside the nym secret
    if layout.committed > 1:
        NYM_DERIVED.malformed(f"the proof is over {layout.committed} messages of the holder, expected one")
    return ProvenPseudonym(context, value.pseudonym, holder_bound=layout.committed == 1)
