"""`bbs-predicates-2026` as a way of securing credentials.

Invariants:
- A credential is signed for a holder that committed to its secrets, and for nobody else.
- A base proof is checked by the holder with its secrets; a derived one with all those of its presentation.
  Who has neither has no check to make, and is told so: `Setting.beyond` brings it.

Not here: the suite itself (`credentials.suites.predicates.suite`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.errors import CredentialError
from credentials.suites.predicates.suite import SUITE
from credentials.suites.predicates.value import CLAUSE, NAME, BaseValue
from credentials.suites.protocol import Reader
from credentials.suites.selective_suites import Checker, check_form
from did.keys import KeyType

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from credentials.suites.predicates.suite import Predicates2026
    from credentials.suites.protocol import BbsKey, Setting
    from did.integrity import Cryptosuite, ProofOptions
    from did.keys import Signer
    from did.types import JsonObject, RandomBytes


@dataclass(frozen=True, slots=True)
class Predicates:
    """The suite among the others."""

    suite: Predicates2026
    key_types: frozenset[KeyType] = frozenset({KeyType.BLS12381_G2})
    verify_only: bool = False
    over_rdf: bool = True
    selective: bool = True
    unlinkable: bool = True

    @property
    def name(self) -> str:
        """The name of the cryptosuite."""
        return NAME

    def sign(
        self,
        document: JsonObject,
        *,
        options: ProofOptions,
        key: Signer | BbsKey,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,
    ) -> NoReturn:
        """Refuse: without a holder's commitment there is nothing to sign. Codes: issue.commitment."""
        del document, options, key, mandatory_pointers, random_bytes
        raise CredentialError(
            "issue.commitment",
            f"{NAME} is signed for a holder that has committed to its secrets",
            remedy="make an offer, let the holder commit to it, and issue with its commitment",
            clause=CLAUSE,
        )

    def mandatory(self, proof: JsonObject) -> tuple[str, ...]:
        """Read the pointers that the issuer wrote into the base proof."""
        return BaseValue.read(SUITE.value(proof)).mandatory_pointers

    def present(
        self, secured: JsonObject, *, pointers: Sequence[str], header: bytes, random_bytes: RandomBytes
    ) -> NoReturn:
        """Refuse: one proof is made over all credentials of a presentation. Codes: presentation.composite."""
        del secured, pointers, header, random_bytes
        raise CredentialError(
            "presentation.composite",
            f"{NAME} is proven by its holder, for a whole presentation",
            remedy="answer the request with `avow prove`",
            clause=CLAUSE,
        )

    def is_derived(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as derived ones do."""
        return self.suite.is_derived_proof(proof)

    def checker(self, proof: JsonObject, setting: Setting) -> Cryptosuite:
        """Check with what the setting brings: a holder's secrets, or the composite proof of a presentation.

        Codes: presentation.base-proof, proof.base, proof.derived, proof.alone, proof.secrets, the suite's.
        """
        check_form(self.suite, proof, setting)
        if setting.beyond is not None:
            return Checker(self.name, setting.beyond)
        if setting.reader is Reader.HOLDER:
            raise CredentialError(
                "proof.secrets",
                "only the holder that committed to its secrets can check this credential",
                remedy="receive it into the wallet that made the commitment",
                clause=CLAUSE,
            )
        # [BP-10] never by itself
        raise CredentialError(
            "proof.alone",
            "the proof speaks about all credentials of its presentation and about what was asked",
            remedy="verify the presentation, with the request that it answers",
            clause=CLAUSE,
        )
