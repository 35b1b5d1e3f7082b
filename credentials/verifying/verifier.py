"""Verifying credentials and presentations.

Texts: VC Data Model 2.0 section 7, VC Data Integrity 1.0 section 4, VCALM (meaning of `verified`),
OpenID4VP 1.0 section 8.6, docs/specs/presentation-binding.md.

Checklist for a credential:
 (1) parse: data model 2.0, sizes.
 (2) issuer binding: each proof is by the issuer. Trust: the policy names the issuer.
 (3) key: the issuer's newest logged document has the method under `assertionMethod`; its key is of the
     suite's type. Dates of the signer select nothing.
 (4) proof: each proof of the set verifies, with purpose `assertionMethod`; in a presentation a derived proof
     under the header of (P4).
 (5) context: all known here. (The model was checked with (1): its form needs nothing from outside.) A derived
     credential is written plainly, since RDF would let its holder write it in other ways.
 (6) schema: each named schema is known, or comes by a schema credential that holds, and the claims follow
     it.
 (7) validity: now lies in the period.
 (8) status: until lists are read, a status is indeterminate.
 (9) registry: how far the registry vouches for the document of (3).
(10) holder binding: in a presentation, a derived proof was bound by (4); any other credential by its
     subjects, as is a derived one that names them.
(11) policy: the forms are accepted, the credential is fresh enough, a holder is bound where one must be.

Checklist for a presentation:
(P1) parse: data model 2.0, sizes, at least one credential, none of them a presentation.
(P2) holder: exactly one proof, by a did:key, which needs no fetch; `holder`, where present, is that DID.
(P3) proof: verifies with purpose `authentication`, the expected challenge and the expected domain, one text.
(P4) header: computed from expected domain, expected challenge and the key of (P3).
(P5) each credential by the list above.
(P6) query: on what was verified, every demand is met and nothing was presented beyond it.

One walk serves two callers: `check_*` raise at the first fault and return the narrower type; `verify_*` go on
with every check that does not depend on a failed one, and give the tree.

What is not here: freshness of challenges (`api` uses each once), status lists, fetching.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.dialects import recognition
from credentials.model import Credential, unenveloped
from credentials.securing import Reader, Setting
from credentials.verifying import binding, checks, presentation_checks, schema_checks
from credentials.verifying.verdict import Verdict
from credentials.verifying.verified import SEAL, VerifiedCredential, VerifiedPresentation
from credentials.verifying.walk import Walk

if TYPE_CHECKING:
    from credentials.dialects.reading import Proven, Reading, Source
    from credentials.exchange.dcql import Query
    from credentials.model.view import CredentialView
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.types import JsonValue

_VCDM: Final = "VCDM 2.0, 4"
_DI: Final = "VC-DI 1.0, 4.4"
_BINDING: Final = "docs/specs/presentation-binding.md"


def check_credential(value: JsonValue, means: Means, *, reader: Reader) -> VerifiedCredential:
    """Verify a credential, or raise `CredentialError` at the first check that does not hold.

    `reader` says for whom: a holder receives base proofs, a verifier is shown derived ones. No holder is
    bound here: whoever shows a credential alone has proved nothing about themselves.
    """
    found = _credential(Walk(raising=True), value, means, Setting(reader), None)
    assert found is not None  # a raising walk has no other way out
    return found


def verify_credential(value: JsonValue, means: Means, *, reader: Reader) -> Verdict[VerifiedCredential]:
    """Verify a credential as `check_credential` does, and give the tree of all checks."""
    walk = Walk(raising=False)
    found = _credential(walk, value, means, Setting(reader), None)
    return Verdict(walk.verified, tuple(walk.checks), found, walk.cause)


def verify_proofs(value: JsonValue, means: Means) -> Verdict[VerifiedCredential]:
    """Verify nothing but form, proofs and contexts, for test suites; the answer is never accepted.

    Each proof is checked with the key that the document of *its own* verification method gives: nothing says
    that the issuer made it. The tree says so.
    """
    walk = Walk(raising=False)
    # step 1, parse
    credential = walk.step(
        "parse", _VCDM, lambda: Credential.parse(value, limits=means.policy.limits), core=True
    )
    if credential is not None:
        # step 3, key
        keys = walk.step(
            "key", _DI, lambda: checks.own_keys(credential, means.documents, means.suites), core=True
        )
        # step 4, proof
        walk.then(
            keys,
            "proof",
            _DI,
            lambda found: checks.proofs(
                credential, found, suites=means.suites, setting=Setting(Reader.VERIFIER), now=means.now
            ),
            core=True,
        )
        # step 5, context
        walk.step(
            "context",
            "VC-DI 1.0, 4.6",
            lambda: checks.context(credential.contexts, means.known.contexts),
            core=True,
        )
    walk.step("policy", "", checks.proof_only)
    return Verdict(walk.verified, tuple(walk.checks), None, walk.cause)


def check_presentation(
    value: JsonValue,
    means: Means,
    *,
    expected_challenge: str,
    expected_domain: str,
    expected_query: Query | None,
) -> VerifiedPresentation:
    """Verify a presentation, or raise `CredentialError` at the first check that does not hold.

    Whoever calls has made sure that the challenge is its own, for this domain, and has never been answered.
    """
    expected = _Expected(expected_challenge, expected_domain, expected_query)
    found = _presentation(Walk(raising=True), value, means, expected)
    assert found is not None  # a raising walk has no other way out
    return found


def verify_presentation(
    value: JsonValue,
    means: Means,
    *,
    expected_challenge: str,
    expected_domain: str,
    expected_query: Query | None,
) -> Verdict[VerifiedPresentation]:
    """Verify a presentation as `check_presentation` does, and give the tree of all checks."""
    walk = Walk(raising=False)
    expected = _Expected(expected_challenge, expected_domain, expected_query)
    found = _presentation(walk, value, means, expected)
    return Verdict(walk.verified, tuple(walk.checks), found, walk.cause)


@dataclass(frozen=True, slots=True)
class _Expected:
    challenge: str
    domain: str
    query: Query | None


def _credential(
    walk: Walk, value: JsonValue | Credential, means: Means, setting: Setting, signer: Signer | None
) -> VerifiedCredential | None:
    # step 1, parse
    reading = walk.step("parse", _VCDM, lambda: recognition.read(value, means), core=True)
    if reading is None:
        return None
    # steps 2 to 4, issuer, key, proof
    source, proven = _proof(walk, reading, means, setting)
    # steps 5 to 8
    view = proven.view if proven is not None else reading.view
    _claims(walk, view, means, derived=reading.derived)
    # step 9, registry
    vouched = walk.then(
        source, "registry", "", lambda found: checks.registry(found.document, means.assurances, means.policy)
    )
    # step 10, holder binding
    if signer is not None:
        walk.then(
            view,
            "holder-binding",
            _BINDING,
            lambda found: checks.holder_binding(
                found, signer, means.policy, bound=reading.bound(proven, signer)
            ),
        )
    # step 11, policy
    walk.step(
        "policy",
        "",
        lambda: checks.policy(reading.formats, view, means.policy, means.now, alone=signer is None),
    )
    if not walk.accepted or proven is None or vouched is None:
        return None
    return VerifiedCredential(
        credential=proven.view,
        issuer=reading.issuer,
        verification_methods=proven.methods,
        formats=reading.formats,
        derived=reading.derived,
        assurance=vouched.assurance,
        seal=SEAL,
    )


def _proof(
    walk: Walk, reading: Reading, means: Means, setting: Setting
) -> tuple[Source | None, Proven | None]:
    # step 2, issuer
    issuer = walk.step("issuer-binding", "VCDM 2.0, 7.1", reading.issuer_binding, core=True)
    walk.step("issuer-trust", "", lambda: checks.issuer_trust(reading.issuer, means.policy))
    # step 3, key
    source = walk.then(issuer, "issuer-document", "", lambda _issuer: reading.source(means), core=True)
    keys = walk.then(source, "key", _DI, lambda found: reading.keys(found, means), core=True)
    # step 4, proof
    proven = walk.then(keys, "proof", _DI, lambda found: reading.prove(found, means, setting), core=True)
    return source, proven


def _claims(walk: Walk, view: CredentialView | None, means: Means, *, derived: bool) -> None:
    policy = means.policy
    # step 5, context
    walk.then(
        view,
        "context",
        "VC-DI 1.0, 4.6",
        lambda found: checks.context(found.contexts, means.known.contexts),
        core=True,
    )
    walk.then(view, "form", _VCDM, lambda found: checks.form(found, derived=derived), core=True)
    # step 6, schema; unless everything above holds, a credential must not make us fetch anything
    ground = _ground(means, fetch=walk.accepted)
    walk.then(
        view,
        "schema",
        "VCDM 2.0, 4.11",
        lambda found: schema_checks.schema(found, policy, ground, derived=derived),
    )
    # step 7, validity
    walk.then(
        view,
        "validity",
        "VCDM 2.0, 4.9",
        lambda found: checks.validity(found, policy, means.now, derived=derived),
    )
    # step 8, status
    walk.then(view, "status", "VCDM 2.0, 4.10", lambda found: checks.status(found, policy))


def _ground(means: Means, *, fetch: bool) -> schema_checks.Ground:
    def verify(found: Credential) -> None:
        _credential(Walk(raising=True), found, means, Setting(Reader.VERIFIER), None)

    return schema_checks.Ground(means.known.schemas, verify, fetch=fetch)


def _presentation(
    walk: Walk, value: JsonValue, means: Means, expected: _Expected
) -> VerifiedPresentation | None:
    # step P1, parse
    presentation = walk.step(
        "parse", _VCDM, lambda: presentation_checks.parse(value, means.policy), core=True
    )
    if presentation is None:
        return None
    walk.step(
        "context",
        "VC-DI 1.0, 4.6",
        lambda: checks.context(presentation.contexts, means.known.contexts),
        core=True,
    )
    # step P2, holder
    signer = walk.step(
        "holder", "VCDM 2.0, 4.13.1", lambda: presentation_checks.signer(presentation), core=True
    )
    # step P3, proof
    walk.then(
        signer,
        "proof",
        _DI,
        lambda found: presentation_checks.proof(
            presentation, found, challenge=expected.challenge, domain=expected.domain, now=means.now
        ),
        core=True,
    )
    # step P4, header
    header = walk.then(
        signer,
        "presentation-header",
        _BINDING,
        lambda found: binding.presentation_header(
            domain=expected.domain, challenge=expected.challenge, holder_key=found.key
        ),
        core=True,
    )
    # step P5, credentials
    verified = []
    for number, credential in enumerate(unenveloped(presentation)):
        if signer is None or header is None:
            walk.skip(f"credential-{number}", _VCDM)
            continue
        inner = walk.below()
        verified.append(_credential(inner, credential, means, Setting(Reader.VERIFIER, header), signer))
        walk.close(f"credential-{number}", inner)
    # step P6, query
    held = tuple(item for item in verified if item is not None)
    whole = held if len(held) == len(presentation.credentials) else None
    matches = walk.then(
        whole, "query", "OpenID4VP 1.0, 8.6", lambda found: presentation_checks.query(found, expected.query)
    )
    if not walk.accepted or signer is None or matches is None:
        return None
    return VerifiedPresentation(
        presentation=presentation,
        holder=signer.did.text,
        holder_key=signer.key,
        challenge=expected.challenge,
        domain=expected.domain,
        credentials=held,
        matches=matches,
        seal=SEAL,
    )
