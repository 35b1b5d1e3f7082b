"""Verifying credentials and presentations.

Texts: VC Data Model 2.0 section 7, VC Data Integrity 1.0 section 4, VCALM (meaning of `verified`),
OpenID4VP 1.0 section 8.6, docs/specs/presentation-binding.md.

Checklist for a credential:
 (1) parse: data model 2.0, sizes.
 (2) issuer binding: at least one proof is by the issuer. Trust: the policy names the issuer.
 (3) key: the newest logged document of each proof's own DID, for one the issuer's, has the method under
     `assertionMethod`; its key is of the suite's types. Dates of the signer select nothing.
 (4) proof: each proof of a set or chain verifies, with purpose `assertionMethod`; in a presentation a derived
     bbs-2023 proof under the header of (P4); a part of a composite proof as (P5) found it.
 (5) context: all known here. (The model was checked with (1): its form needs nothing from outside.) What is
     signed as RDF is written plainly, since RDF would let whoever passes it on write it in other ways.
 (6) schema: each named schema is known, or comes by a schema credential that holds, and the claims follow
     it.
 (7) validity: now lies in the period.
 (8) status: no entry speaks against the credential; a list is looked for only where (4) held and the issuer
     is trusted, and one that cannot be had or judged leaves the status undecided. Of a list that holders
     prove against nothing is looked for: (P5) has shown it, or it is undecided.
 (9) registry: how far the registry vouches for the document of (3).
(10) holder binding: in a presentation, a derived bbs-2023 proof was bound by (4); any other credential by
     its subjects, as is a derived one that names them. A text that
     names its holder (`cnf`) is shown by that one only.
(11) policy: the forms are accepted, the credential is fresh enough, a holder is bound where one must be.

Checklist for a presentation:
(P1) parse: the form, sizes, at least one credential, none of them a presentation.
(P2) holder: exactly one proof, by a did:key or a DID of a method that the policy names, whose key stands in
     its newest document under `authentication`; nothing is fetched. `holder`, where present, is that DID.
(P3) proof: verifies with purpose `authentication`, the expected challenge and the expected domain, one text.
     An SD-JWT with key binding is a presentation of one credential: its holder is the key in `cnf`, its proof
     the key binding with the challenge as nonce and the domain as audience.
(P4) header: computed from expected domain, expected challenge and the key of (P3).
(P5) composite proof, where credentials have parts of one: what is proven of them together, by the list of
     `credentials.verifying.composite`.
(P6) each credential by the list above.
(P7) query: on what was verified, every demand is met and nothing was presented beyond it; what had to be
     proven was.

One walk serves two callers: `check_*` raise at the first fault and return the narrower type; `verify_*` go on
with every check that does not depend on a failed one, and give the tree.

What is not here: freshness of challenges (`api` uses each once), fetching.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.dialects import recognition
from credentials.suites import Reader, Setting
from credentials.verifying import checks
from credentials.verifying.credential_walk import INTEGRITY, MODEL, Shown, walk_credential
from credentials.verifying.presentation_walk import Expected, walk_presentation
from credentials.verifying.verdict import Verdict
from credentials.verifying.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from credentials.exchange.dcql import Query
    from credentials.verifying.means import Means
    from credentials.verifying.verified import VerifiedCredential, VerifiedPresentation
    from did.keys import PublicKey
    from did.types import JsonObject, JsonValue

    Beyond: TypeAlias = Callable[[JsonObject, PublicKey], None]


def check_credential(
    value: JsonValue, means: Means, *, reader: Reader, beyond: Beyond | None = None
) -> VerifiedCredential:
    """Verify a credential, or raise `CredentialError` at the first check that does not hold.

    `reader` says for whom: a holder receives base proofs, a verifier is shown derived ones. No holder is
    bound here: whoever shows a credential alone has proved nothing about themselves. `beyond` checks proofs
    that only a holder's secrets open (`Setting`).
    """
    setting = Setting(reader, beyond=beyond)
    found = walk_credential(Walk(raising=True), value, means, Shown(setting)).verified
    assert found is not None  # a raising walk has no other way out
    return found


def verify_credential(
    value: JsonValue,
    means: Means,
    *,
    reader: Reader,
    expected_domain: str | None = None,
    expected_challenge: str | None = None,
) -> Verdict[VerifiedCredential]:
    """Verify a credential as `check_credential` does, and give the tree of all checks.

    Embedded proofs state exactly the expected domain and challenge: without an expectation, none.
    """
    walk = Walk(raising=False)
    setting = Setting(reader, domain=expected_domain, challenge=expected_challenge)
    found = walk_credential(walk, value, means, Shown(setting)).verified
    return Verdict(walk.verified, tuple(walk.checks), found, walk.cause)


def verify_proofs(
    value: JsonValue,
    means: Means,
    *,
    expected_domain: str | None = None,
    expected_challenge: str | None = None,
) -> Verdict[VerifiedCredential]:
    """Verify nothing but form, proofs and contexts, for test suites; the answer is never accepted.

    Each proof is checked with the key that the document of *its own* verification method gives: nothing says
    that the issuer made it. The tree says so.
    """
    walk = Walk(raising=False)
    setting = Setting(Reader.VERIFIER, domain=expected_domain, challenge=expected_challenge)
    # step 1, parse
    reading = walk.step("parse", MODEL, lambda: recognition.read(value, means), core=True)
    if reading is not None:
        # step 3, key
        keys = walk.step("key", INTEGRITY, lambda: reading.own_keys(means), core=True)
        # step 4, proof
        proven = walk.then(
            keys, "proof", INTEGRITY, lambda found: reading.prove(found, means, setting), core=True
        )
        # step 5, context
        view = reading.view if proven is None else proven.view
        walk.then(
            view,
            "context",
            "VC-DI 1.0, 4.6",
            lambda found: checks.context(found.contexts, means.known.contexts),
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
    expected = Expected(expected_challenge, expected_domain, expected_query)
    found = walk_presentation(Walk(raising=True), value, means, expected)
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
    expected = Expected(expected_challenge, expected_domain, expected_query)
    found = walk_presentation(walk, value, means, expected)
    return Verdict(walk.verified, tuple(walk.checks), found, walk.cause)
