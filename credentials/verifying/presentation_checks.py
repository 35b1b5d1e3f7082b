"""The single checks of a presentation itself, each a function that raises or gives what it found.

The order is `credentials.verifying.verifier`'s; the numbers are those of its checklist.

What is not here: the credentials in it (`credentials.verifying.checks`), freshness of the challenge (`api`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.exchange.matching import Held, Match, format_of, satisfy
from credentials.model import Presentation
from credentials.sd_jwt import verify_key_binding
from credentials.suites import Reader, Setting, suite_of
from credentials.verifying.checks import issuer_document
from credentials.verifying.proofs import method_of
from did.document import AUTHENTICATION
from did.integrity import VerifiedProof, check_proof
from did.methods import key as did_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from credentials.exchange.dcql import Query
    from credentials.model import Presentation
    from credentials.sd_jwt import VerifiedSdJwt
    from credentials.suites import CredentialSuite
    from credentials.verifying.composite import Composite
    from credentials.verifying.means import Means
    from credentials.verifying.verified import VerifiedCredential
    from did.identifiers import Did
    from did.keys import PublicKey
    from did.types import JsonObject
    from schemas.sources import ContextSource

MAX_BINDING_AGE: Final = timedelta(minutes=10)  # a challenge lives five; a holder may take a while


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs a presentation, as the presentation has it: shown by (P3) only."""

    did: Did
    key: PublicKey
    proof: JsonObject


def signer(presentation: Presentation, means: Means) -> Signer:
    """(P2) One proof, by a DID that `holder` does not contradict.

    Codes: proof.missing, presentation.proofs, presentation.holder-method, presentation.holder,
    proof.malformed, key.not-authorized, resolution.*.
    """
    # [PRE-10] unsigned
    if not presentation.proofs:
        raise CredentialError(
            "proof.missing", "the presentation has no proof", remedy="sign the presentation"
        )
    # [PRE-11] one signer
    if len(presentation.proofs) > 1:
        raise CredentialError(
            "presentation.proofs", f"the presentation has {len(presentation.proofs)} proofs, expected one"
        )
    proof = presentation.proofs[0]
    signer = holder_of(proof, means)
    # [PRE-12] the signer is who the presentation says
    if presentation.holder is not None and presentation.holder != signer.did.text:
        raise CredentialError(
            "presentation.holder",
            f"the holder is {presentation.holder}, the presentation is signed by {signer.did.text}",
            clause="VCDM 2.0, 4.13.1",
        )
    return signer


def holder_of(proof: JsonObject, means: Means) -> Signer:
    """(P2) The key that a proof names: of a did:key, or of another DID that the policy lets present.

    The key of another DID stands in its newest document under `authentication`, where the source has it:
    nothing is fetched for a presentation that has proved nothing yet.

    Codes: proof.malformed, presentation.holder-method, key.not-authorized, resolution.*, key.document.
    """
    method = method_of(proof)
    accepted = means.policy.holder_methods
    # [PRE-13] who presents is known without asking anybody
    if method.did.method not in accepted:
        raise CredentialError(
            "presentation.holder-method",
            f"the presentation is signed by a did:{method.did.method}, "
            f"expected {' or '.join(f'did:{name}' for name in sorted(accepted))}",
            clause="docs/specs/presentation-binding.md",
            remedy="sign the presentation with a key made for it, or name the method in holderMethods",
        )
    if method.did.method != "key":
        document = issuer_document(method.did, means.documents)
        named = document.authorised(AUTHENTICATION, str(proof.get("verificationMethod")))
        return Signer(method.did, named.key, proof)
    # The document of a did:key authorises its one key, named like the DID, for authentication.
    # [PRE-14] its one key
    if method.fragment != method.did.method_specific_id:
        raise CredentialError(
            "key.not-authorized", "a did:key has one verification method, named as the key is"
        )
    return Signer(method.did, did_key.public_key(method.did), proof)


def key_binding(
    found: VerifiedSdJwt | None, *, expected_challenge: str, expected_domain: str, means: Means
) -> Signer:
    """(P2, P3) The holder that the issuer named has bound it to this challenge and this domain.

    Codes: key-binding.*, jws.*.
    """
    if found is None:
        raise CredentialError("form.unknown", "a text with ~ that is no SD-JWT cannot be bound by its holder")
    key = verify_key_binding(
        found,
        expected_nonce=expected_challenge,
        expected_audience=expected_domain,
        now=means.now,
        max_age=MAX_BINDING_AGE,
        skew=means.policy.clock_skew,
    )
    return Signer(did_key.create(key), key, {})


def proof(
    presentation: Presentation,
    signer: Signer,
    *,
    suites: Mapping[str, CredentialSuite],
    challenge: str,
    domain: str,
    now: datetime,
) -> VerifiedProof:
    """(P3) The proof verifies for `authentication`, this challenge and this domain, in a suite of today.

    Codes: proof.*, key.type.
    """
    able = {name: suite for name, suite in suites.items() if not suite.selective and not suite.verify_only}
    suite = suite_of(signer.proof, able)
    # [DI-28] the suite fixes the algorithms
    if signer.key.type not in suite.key_types:
        raise CredentialError("key.type", f"{suite.name} does not take {signer.key.type} keys")
    checker = suite.checker(signer.proof, Setting(Reader.VERIFIER))
    document = {name: value for name, value in presentation.document.items() if name != "proof"}
    verified = check_proof(
        document,
        signer.proof,
        suites={checker.name: checker},
        keys=lambda _method, _purpose: signer.key,
        expected_purpose=AUTHENTICATION,
        expected_domain=domain,
        expected_challenge=challenge,
        now=now,
    )
    # [PRE-15] for one verifier only
    if not isinstance(signer.proof.get("domain"), str):
        raise CredentialError(
            "proof.domain", "domain must be one text", clause="docs/specs/presentation-binding.md"
        )
    # [PRE-16] every context is signed
    if verified.document.get("@context") != document.get("@context"):
        raise CredentialError("context.unsigned", "contexts were added after signing", remedy="remove them")
    return verified


def query(
    found: tuple[VerifiedCredential, ...],
    expected: Query | None,
    known: ContextSource,
    composite: Composite | None,
) -> tuple[Match, ...]:
    """(P7) What was verified answers what was asked; where something had to be proven, it was.

    A credential of a composite proof answers the query that it was proven for, and no other.

    Codes: query.unsatisfied, query.unrequested, query.unproven, query.index.
    """
    if expected is None:
        return ()
    answered = [None if composite is None else composite.answers(index) for index in range(len(found))]
    # [BP-17] what spans several credentials was proven too
    if expected.prove and composite is None:
        raise CredentialError(
            "query.unproven",
            "the query asks for a proof over several credentials, and there is none",
            remedy="answer the request with `avow prove`",
        )
    matches = satisfy(
        expected,
        [
            Held(verified.credential, format_of(verified.formats), provable=name is not None)
            for verified, name in zip(found, answered, strict=True)
        ],
        known,
        allowed={
            name: verified.credential
            for verified, name in zip(found, answered, strict=True)
            if name is not None
        },
    )
    over_rdf = {id(verified.credential) for verified in found if verified.over_rdf}
    # [PRE-17] RDF keeps no positions
    if any(match.query.has_index and id(match.credential) in over_rdf for match in matches):
        raise CredentialError(
            "query.index",
            "positions in what is signed as RDF are its holder's choice",
            remedy="ask for all elements (null)",
        )
    return matches
