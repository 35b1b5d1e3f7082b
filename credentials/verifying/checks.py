"""The single checks of the verifier's list, each a function that raises or says what it found.

The order and what depends on what is that of `credentials.verifying.verifier`, as are the numbers.

Invariants:
- a check that does not hold raises; a remark that a policy lets pass is returned, so that it is shown.
- nothing is fetched: contexts come from memory, the issuer's document from the caller's source.

What is not here: the proofs (`credentials.verifying.proofs`), schemas (`.schema_checks` beside it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from credentials.errors import CredentialError, IndeterminateError
from credentials.model import members
from credentials.verifying.verdict import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model.view import CredentialView
    from credentials.verifying.policy import Policy
    from credentials.verifying.presentation_checks import Signer
    from credentials.verifying.verified import Assurance
    from did.document import DidDocument
    from did.errors import DidError
    from did.identifiers import Did
    from did.resolution import DocumentSource
    from did.types import JsonValue
    from schemas.errors import SchemasError
    from schemas.sources import ContextSource
    from zk.errors import ZkError

LOCAL_CHAIN: Final = "local-chain"
NOT_ANCHORED: Final = "not-anchored"
_OUTSIDE: Final = frozenset({"@context", "proof"})


class AssuranceSource(Protocol):
    """Whoever can say how far the registry vouches for a document that a `DocumentSource` gave."""

    def assurance(self, document: DidDocument) -> Assurance | None:
        """Give the assurance of this document, or None where no registry holds it."""
        ...


@dataclass(frozen=True, slots=True)
class Remark:
    """What a check that let something pass has to say; a plain pass says nothing."""

    outcome: Outcome = Outcome.PASSED
    code: str = ""
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Vouched(Remark):
    """The remark on the registry, with what the registry said."""

    assurance: Assurance | None = None


PASSED: Final = Remark()


def issuer_trust(issuer: str, policy: Policy) -> Remark:
    """(2) The policy names the issuer. Codes: issuer.untrusted."""
    # [VER-04] nobody is trusted who is not named
    if issuer not in policy.trusted_issuers:
        raise CredentialError(
            "issuer.untrusted",
            f"{issuer} is not among the {len(policy.trusted_issuers)} issuers of the policy",
            remedy="add the issuer to the policy's trusted issuers, if it is to be trusted",
        )
    return PASSED


def issuer_document(issuer: Did, documents: DocumentSource) -> DidDocument:
    """(3) Get the issuer's newest logged document. Codes: resolution.*, key.document."""
    document = documents.document(issuer)
    # [VER-05] the document is the one asked for
    if document.id != issuer.text:
        raise CredentialError("key.document", f"asked for {issuer.text}, got the document of {document.id}")
    return document


def context(found: tuple[JsonValue, ...], known: ContextSource) -> Remark:
    """(5) Every context is one that is known here. Codes: context.inline, context.unknown."""
    for item in found:
        if not isinstance(item, str):
            raise CredentialError(
                "context.inline",
                "a context stands in the document itself, where it can give any name any meaning",
                clause="VC-DI 1.0, 4.6",
                remedy="publish a schema: a context is made for it",
            )
        if item not in known:
            raise CredentialError(
                "context.unknown",
                f"the context {item[:200]} is not known here, and none is ever fetched",
                clause="VC-DI 1.0, 4.6",
                remedy="have the operator bundle it, if it is to be relied on",
            )
    return PASSED


def form(credential: CredentialView, *, over_rdf: bool) -> Remark:
    """(5) What is signed as RDF is written plainly, since whoever passes it on chooses how to write it.

    In RDF null says nothing, ``{"@value": "x"}`` says what ``"x"`` says, a full IRI what its term says, and
    any object with a subject's id what the subject's own says, so the proof holds for either; whoever reads
    the JSON must not be led by that choice. A list of one and its element cannot be told apart
    here: `VerifiedPresentation.claims` gives the element. Codes: model.ambiguous.
    """
    if over_rdf:
        claims = {name: item for name, item in credential.document.items() if name not in _OUTSIDE}
        members.check_plain(claims)
        subjects = {subject.id: subject.document for subject in credential.subjects if subject.id is not None}
        members.check_told_in_place(claims, subjects)
    return PASSED


def validity(credential: CredentialView, policy: Policy, now: datetime, *, derived: bool) -> Remark:
    """(7) Now lies in the credential's period.

    Codes: credential.not-yet-valid, credential.expired, credential.no-end.
    """
    # Skew moves `now`, since the period's ends may be the last moments that a datetime can hold.
    # [VER-06] before its time
    if credential.valid_from is not None and now + policy.clock_skew < credential.valid_from:
        return _dated("credential.not-yet-valid", "the credential is not valid before its validFrom", policy)
    # [VER-07] after its time
    if credential.valid_until is not None and now - policy.clock_skew > credential.valid_until:
        return _dated("credential.expired", "the credential's validUntil has passed", policy)
    if derived and credential.valid_until is None:
        return Remark(
            Outcome.WARNING,
            "credential.no-end",
            "a derived credential without validUntil may have one that its holder did not disclose",
            remedy="ask the issuer to make validUntil mandatory",
        )
    return PASSED


def _dated(code: str, detail: str, policy: Policy) -> Remark:
    if policy.unsafe_accept_expired:
        return Remark(Outcome.WARNING, code, detail)
    raise CredentialError(
        code, detail, clause="VCDM 2.0, 4.9", remedy="ask the issuer for a current credential"
    )


def registry(document: DidDocument | None, source: AssuranceSource | None, policy: Policy) -> Vouched:
    """(9) The registry vouches for the issuer's document as far as the policy asks.

    Codes: registry.assurance, registry.none, registry.local-chain, registry.not-anchored.
    """
    found = None if source is None or document is None else source.assurance(document)
    demanded = policy.required_assurance
    if found is None:
        detail = "no registry vouches for the issuer's document being the newest"
        # [VER-08] somebody has to vouch for it, where the policy asks for that
        if demanded is not None:
            raise CredentialError("registry.none", f"{detail}, the policy asks for {demanded}")
        return Vouched(Outcome.WARNING, "registry.none", detail)
    # [VER-09] and far enough
    if demanded is not None and not found.state.reaches(demanded):
        raise CredentialError(
            "registry.assurance",
            f"the issuer's document is {found.state}, the policy asks for {demanded}",
            remedy="try again when the registry has anchored it",
        )
    detail = f"version {found.version or 'unnamed'} of the issuer's document is {found.state}"
    if found.chain == LOCAL_CHAIN:
        detail += ", on a local chain: it proves format and flow, not decentralization"
        return Vouched(Outcome.WARNING, "registry.local-chain", detail, assurance=found)
    if found.chain == NOT_ANCHORED:
        detail += ", in a registry that anchors nothing: its operator's word"
        return Vouched(Outcome.WARNING, "registry.not-anchored", detail, assurance=found)
    return Vouched(detail=f"{detail} on {found.chain}" if found.chain else detail, assurance=found)


def policy(
    formats: tuple[str, ...], view: CredentialView | None, policy: Policy, now: datetime, *, alone: bool
) -> Remark:
    """(11) The policy accepts every form of the credential, its age, and its being shown without a holder.

    Codes: policy.format, policy.age, policy.binding.
    """
    # [VER-10] forms
    if not set(formats) <= policy.accepted_formats:
        raise CredentialError(
            "policy.format",
            f"the policy does not accept {', '.join(sorted(set(formats) - policy.accepted_formats))}",
            remedy="present the credential in one of the policy's formats",
        )
    if policy.max_age is not None and view is not None:
        since = view.valid_from
        # [VER-11] age
        if since is None or now - policy.clock_skew - since > policy.max_age:
            raise CredentialError(
                "policy.age",
                "the credential's validity began longer ago than the policy accepts",
                remedy="ask the issuer for a fresh credential",
            )
    # [VER-12] whoever shows it is its holder, where the policy asks for that
    if alone and policy.requires_holder:
        raise CredentialError(
            "policy.binding",
            "the policy accepts credentials from their holder only, and this one was shown alone",
            remedy="ask for a presentation",
        )
    return PASSED


def holder_binding(view: CredentialView, signer: Signer, policy: Policy, *, bound: bool) -> Remark:
    """(10) The form binds the credential to the signer, or every subject is the holder.

    A subject that a derived credential names by its id is the holder too: its claims are read as that one's.

    Codes: presentation.holder.
    """
    if bound:
        return Remark(detail="the credential is bound to the key that signed the presentation")
    if view.subjects and all(subject.id == signer.did.text for subject in view.subjects):
        return Remark(detail="every subject is the holder")
    detail = "a subject of the credential is not the holder that signed the presentation"
    if policy.unsafe_accept_unbound:
        return Remark(Outcome.WARNING, "presentation.holder", detail)
    # [VER-13] somebody else's credential
    raise CredentialError(
        "presentation.holder", detail, remedy="sign the presentation with the key of the credential's subject"
    )


def proof_only() -> Remark:
    """Say that only proofs were asked for, which accepts nothing. Codes: policy.proof-only."""
    raise IndeterminateError(
        "policy.proof-only",
        "issuer, trust, schema, validity, status and registry were not checked, as asked",
        remedy="verify without restricting the checks",
    )


def undecided(code: str, detail: str, *, accept: bool) -> Remark:
    """Say that a check could not be decided: as a remark where the policy accepts it, else as an error."""
    if accept:
        return Remark(Outcome.INDETERMINATE, code, detail)
    raise IndeterminateError(code, detail, remedy="ask the issuer for a credential that can be checked here")


def own(error: CredentialError | DidError | SchemasError | ZkError) -> CredentialError:
    """Give an error of a lower package as ours, with its code, detail, clause and remedy."""
    if isinstance(error, CredentialError):
        return error
    return CredentialError(error.code, error.detail, remedy=error.remedy, clause=error.clause)
