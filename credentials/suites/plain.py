"""The suites that sign a whole credential with one signature, and show all of it.

Invariants:
- Everything is shown, so no pointers are mandatory and nothing is derived.
- A proof is checked alike in every setting.

Not here: what is signed (`did.eddsa_jcs`, `credentials.suites.ecdsa_jcs`, `credentials.suites.rdfc`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.errors import CredentialError
from credentials.suites.protocol import BbsKey, wrong_key
from did.integrity import add_proof

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.suites.protocol import Setting
    from did.integrity import Cryptosuite, ProofOptions
    from did.keys import KeyType, Signer
    from did.types import JsonObject, RandomBytes


@dataclass(frozen=True, slots=True)
class Plain:
    """A cryptosuite with one signature, as a way of securing credentials."""

    cryptosuite: Cryptosuite
    key_types: frozenset[KeyType]
    over_rdf: bool
    verify_only: bool = False
    selective: bool = False
    unlinkable: bool = False

    @property
    def name(self) -> str:
        """The name of the cryptosuite."""
        return self.cryptosuite.name

    def sign(
        self,
        document: JsonObject,
        *,
        options: ProofOptions,
        key: Signer | BbsKey,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,  # noqa: ARG002 - nonces follow from key and message
    ) -> JsonObject:
        """Sign with a signer of one of the key types. Codes: issue.verify-only, issue.key, issue.pointers."""
        if self.verify_only:
            raise CredentialError(
                "issue.verify-only",
                f"{self.name} is verified here, and not made",
                remedy="use eddsa-rdfc-2022",
            )
        if isinstance(key, BbsKey) or key.public_key.type not in self.key_types:
            raise wrong_key(self.name, self.key_types, key.public_key)
        if mandatory_pointers:
            raise CredentialError(
                "issue.pointers", f"{self.name} discloses everything: no pointers are mandatory"
            )
        return add_proof(document, suite=self.cryptosuite, options=options, signer=key)

    def mandatory(self, proof: JsonObject) -> tuple[str, ...]:  # noqa: ARG002 - all of it
        """Everything is shown."""
        return ("",)

    def present(
        self,
        secured: JsonObject,
        *,
        pointers: Sequence[str],  # noqa: ARG002 - nothing can be left out
        header: bytes,  # noqa: ARG002 - bound by its subject
        random_bytes: RandomBytes,  # noqa: ARG002 - nothing is drawn
    ) -> JsonObject:
        """Show the credential as it is."""
        return secured

    def is_derived(self, proof: JsonObject) -> bool:  # noqa: ARG002 - never
        """Nothing is derived from these proofs."""
        return False

    def checker(self, proof: JsonObject, setting: Setting) -> Cryptosuite:  # noqa: ARG002 - the same everywhere
        """Check the signature, in every setting."""
        return self.cryptosuite
