"""The single checks of a presentation itself, each a function that raises or gives what it found.

The order is `credentials.verifying.verifier`'s; the numbers are those of its checklist.

What is not here: the credentials in it (`credentials.verifying.checks`), freshness of the challenge (`api`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.exchange.matching import Match, satisfy
from credentials.formats import EDDSA_JCS_2022
from credentials.model import Presentation, unenveloped
from credentials.verifying.checks import method_of
from did.document import AUTHENTICATION
from did.eddsa_jcs import EddsaJcs2022
from did.integrity import VerifiedProof, check_proof
from did.methods import key as did_key

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.exchange.dcql import Query
    from credentials.verifying.policy import Policy
    from credentials.verifying.verified import VerifiedCredential
    from did.identifiers import Did
    from did.keys import PublicKey
    from did.types import JsonObject, JsonValue

HOLDER_METHOD: Final = "key"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs a presentation, as the presentation has it: shown by (P3) only."""

    did: Did
    key: PublicKey
    proof: JsonObject


def parse(value: JsonValue, policy: Policy) -> Presentation:
    """(P1) Read the presentation.

    Codes: model.*, presentation.nested, presentation.enveloped, presentation.empty.
    """
    presentation = Presentation.parse(value, limits=policy.limits)
    if not unenveloped(presentation):
        raise CredentialError("presentation.empty", "the presentation holds no credential")
    return presentation


def signer(presentation: Presentation) -> Signer:
    """(P2) One proof, by a did:key that `holder` does not contradict.

    Codes: proof.missing, presentation.proofs, presentation.holder-method, presentation.holder,
    proof.malformed, key.not-authorized.
    """
    if not presentation.proofs:
        raise CredentialError(
            "proof.missing", "the presentation has no proof", remedy="sign the presentation"
        )
    if len(presentation.proofs) > 1:
        raise CredentialError(
            "presentation.proofs", f"the presentation has {len(presentation.proofs)} proofs, expected one"
        )
    proof = presentation.proofs[0]
    method = method_of(proof)
    if method.did.method != HOLDER_METHOD:
        raise CredentialError(
            "presentation.holder-method",
            f"the presentation is signed by a did:{method.did.method}, expected a did:key",
            clause="docs/specs/presentation-binding.md",
            remedy="sign the presentation with a key made for it",
        )
    if presentation.holder is not None and presentation.holder != method.did.text:
        raise CredentialError(
            "presentation.holder",
            f"the holder is {presentation.holder}, the presentation is signed by {method.did.text}",
            clause="VCDM 2.0, 4.13.1",
        )
    # The document of a did:key authorises its one key, named like the DID, for authentication.
    if method.fragment != method.did.method_specific_id:
        raise CredentialError(
            "key.not-authorized", "a did:key has one verification method, named as the key is"
        )
    return Signer(method.did, did_key.public_key(method.did), proof)


def proof(
    presentation: Presentation, signer: Signer, *, challenge: str, domain: str, now: datetime
) -> VerifiedProof:
    """(P3) The proof verifies for `authentication`, this challenge and this domain. Codes: proof.*."""
    document = {name: value for name, value in presentation.document.items() if name != "proof"}
    verified = check_proof(
        document,
        signer.proof,
        suites={EDDSA_JCS_2022: EddsaJcs2022()},
        keys=lambda _method, _purpose: signer.key,
        expected_purpose=AUTHENTICATION,
        expected_domain=domain,
        expected_challenge=challenge,
        now=now,
    )
    if not isinstance(signer.proof.get("domain"), str):
        raise CredentialError(
            "proof.domain", "domain must be one text", clause="docs/specs/presentation-binding.md"
        )
    if verified.document.get("@context") != document.get("@context"):
        raise CredentialError("context.unsigned", "contexts were added after signing", remedy="remove them")
    return verified


def query(found: tuple[VerifiedCredential, ...], expected: Query | None) -> tuple[Match, ...]:
    """(P6) What was verified answers what was asked.

    Codes: query.unsatisfied, query.unrequested, query.index.
    """
    if expected is None:
        return ()
    matches = satisfy(expected, [verified.credential for verified in found])
    derived = {id(verified.credential) for verified in found if verified.derived}
    if any(match.query.has_index and id(match.credential) in derived for match in matches):
        raise CredentialError(
            "query.index",
            "positions in a derived credential are its holder's choice",
            remedy="ask for all elements (null)",
        )
    return matches
