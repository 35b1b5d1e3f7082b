"""The walk through the checklist of a credential; the numbers are those of `credentials.verifying.verifier`.

What is not here: the checks themselves, and who calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.dialects import recognition
from credentials.suites import Reader, Setting
from credentials.verifying import checks, proofs, schema_checks, status_check, type_check
from credentials.verifying.lists import SignedLists
from credentials.verifying.verified import SEAL, VerifiedCredential
from credentials.verifying.walk import Walk

if TYPE_CHECKING:
    from credentials.dialects.reading import Proven, Reading, Source
    from credentials.model import Credential, Enveloped
    from credentials.model.view import CredentialView
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.types import JsonValue

MODEL: Final = "VCDM 2.0, 4"
INTEGRITY: Final = "VC-DI 1.0, 4.4"
BINDING: Final = "docs/specs/presentation-binding.md"


@dataclass(frozen=True, slots=True)
class Shown:
    """In what setting a credential is met: alone, or in a presentation and by whom it is signed.

    `bound_later` says that a key binding, which comes after, binds it to its holder. `unrevoked` is the list
    by which the holder has proven that the credential is not revoked.
    """

    setting: Setting
    signer: Signer | None = None
    bound_later: bool = False
    unrevoked: str | None = None

    @property
    def alone(self) -> bool:
        """Whether nobody has to prove to be its holder."""
        return self.signer is None and not self.bound_later


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk found: the verified credential, where every check held, and what was proven."""

    verified: VerifiedCredential | None
    proven: Proven | None


def walk_credential(
    walk: Walk, value: JsonValue | Credential | Enveloped, means: Means, shown: Shown
) -> Walked:
    """Walk through steps 1 to 11."""
    # step 1, parse
    reading = walk.step("parse", MODEL, lambda: recognition.read(value, means), core=True)
    if reading is None:
        return Walked(None, None)
    # steps 2 to 4, issuer, key, proof
    source, proven = _proof(walk, reading, means, shown.setting)
    # steps 5 to 7
    view = proven.view if proven is not None else reading.view
    partial = proven.partial if proven is not None else reading.derived
    over_rdf = reading.derived or (proven is not None and proven.over_rdf)
    _claims(walk, view, means, over_rdf=over_rdf, derived=reading.derived, partial=partial)
    if proven is not None and proven.typed is not None:
        typed = proven.typed if _is_trusted(proven.view, means) else None
        walk.then(typed, "type", "SD-JWT VC, 4", lambda found: type_check.type_metadata(found, means.types))
    # step 8, status
    _status(walk, view, means, proven=proven is not None, unrevoked=shown.unrevoked)
    # step 9, registry
    vouched = walk.then(
        source, "registry", "", lambda found: checks.registry(found.document, means.assurances, means.policy)
    )
    # step 10, holder binding
    signer = shown.signer
    if signer is not None:
        walk.then(
            view,
            "holder-binding",
            BINDING,
            lambda found: checks.holder_binding(
                found, signer, means.policy, bound=reading.bound(proven, signer)
            ),
        )
    # step 11, policy
    walk.step(
        "policy",
        "",
        lambda: checks.policy(reading.formats, view, means.policy, means.now, alone=shown.alone),
    )
    if not walk.accepted or proven is None or vouched is None:
        return Walked(None, proven)
    verified = VerifiedCredential(
        credential=proven.view,
        issuer=proven.view.issuer,
        verification_methods=proven.methods,
        formats=reading.formats,
        derived=reading.derived,
        over_rdf=proven.over_rdf,
        assurance=vouched.assurance,
        pseudonyms=proven.pseudonyms,
        seal=SEAL,
    )
    return Walked(verified, proven)


def _proof(
    walk: Walk, reading: Reading, means: Means, setting: Setting
) -> tuple[Source | None, Proven | None]:
    # step 2, issuer
    issuer = walk.step("issuer-binding", "VCDM 2.0, 7.1", reading.issuer_binding, core=True)
    walk.step("issuer-trust", "", lambda: checks.issuer_trust(reading.issuer, means.policy))
    # step 3, key
    source = walk.then(issuer, "issuer-document", "", lambda _issuer: reading.source(means), core=True)
    keys = walk.then(source, "key", INTEGRITY, lambda found: reading.keys(found, means), core=True)
    # step 4, proof
    proven = walk.then(
        keys, "proof", INTEGRITY, lambda found: reading.prove(found, means, setting), core=True
    )
    if proven is not None and len(proven.methods) > 1:
        methods = proven.methods
        walk.step("signers", "VC-DI 1.0, 4.5", lambda: proofs.signers(methods, reading.issuer))
    return source, proven


def _claims(
    walk: Walk,
    view: CredentialView | None,
    means: Means,
    *,
    over_rdf: bool,
    derived: bool,
    partial: bool,
) -> None:
    policy = means.policy
    # step 5, context
    walk.then(
        view,
        "context",
        "VC-DI 1.0, 4.6",
        lambda found: checks.context(found.contexts, means.known.contexts),
        core=True,
    )
    walk.then(view, "form", MODEL, lambda found: checks.form(found, over_rdf=over_rdf), core=True)
    # step 6, schema; unless everything above holds, a credential must not make us fetch anything
    ground = _ground(means, fetch=walk.accepted)
    walk.then(
        view,
        "schema",
        "VCDM 2.0, 4.11",
        lambda found: schema_checks.schema(found, policy, ground, derived=partial),
    )
    # step 7, validity
    walk.then(
        view,
        "validity",
        "VCDM 2.0, 4.9",
        lambda found: checks.validity(found, policy, means.now, derived=derived),
    )


def _is_trusted(view: CredentialView, means: Means) -> bool:
    """Whether the credential may make us ask others: anybody can sign one that names any address."""
    return view.issuer in means.policy.trusted_issuers


def _status(
    walk: Walk, view: CredentialView | None, means: Means, *, proven: bool, unrevoked: str | None
) -> None:
    """Step 8: nobody's list is asked for on the word of a stranger, or of nobody."""
    known = view is not None and proven and _is_trusted(view, means)
    walk.then(
        view if view is None or known or not view.status else None,
        "status",
        "VCDM 2.0, 4.10",
        lambda found: status_check.status(
            found,
            means.policy,
            source=means.statuses,
            proofs=SignedLists(means),
            now=means.now,
            proven=unrevoked,
        ),
    )


def _ground(means: Means, *, fetch: bool) -> schema_checks.Ground:
    def verify(found: Credential) -> None:
        walk_credential(Walk(raising=True), found, means, Shown(Setting(Reader.VERIFIER)))

    return schema_checks.Ground(means.known.schemas, verify, fetch=fetch)
