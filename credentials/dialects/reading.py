"""What the verifier asks of a received credential, whatever its form.

Steps and their numbers are those of `credentials.verifying.verifier`; each raises where its check does not
hold. A reading is what somebody sent: only `prove` gives a view that may be believed.

Invariants:
- `issuer` is read from what is signed, never from an unprotected place.
- `keys` come from the issuer's own document or from trust that the caller named, never from the credential.

What is not here: the order of the steps, checks of what was said (`credentials.verifying.checks`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from credentials.jose.agreement import Confirmation
    from credentials.model.view import CredentialView
    from credentials.sd_jwt import VerifiedSdJwt
    from credentials.sd_jwt.vc import SdJwtVc
    from credentials.suites import Setting
    from credentials.suites.bbs_features import ProvenPseudonym
    from credentials.verifying.means import Means
    from credentials.verifying.presentation_checks import Signer
    from did.document import DidDocument
    from did.keys import PublicKey


@dataclass(frozen=True, slots=True)
class Source:
    """Where keys come from: the issuer's newest logged document, or trust without one (None)."""

    document: DidDocument | None


@dataclass(frozen=True, slots=True)
class Proven:
    """What the proofs cover, and by which methods.

    `confirmation` names the holder to whom the issuer bound it, `partial` says that a holder shows a part,
    `over_rdf` that every proof is over statements, which other JSON would make too, and `sd_jwt` is there
    where a key binding can follow, `typed` where the type has metadata of its own; `pseudonyms` are what its
    proofs show of their holder.
    """

    view: CredentialView
    methods: tuple[str, ...]
    confirmation: Confirmation | None = None
    partial: bool = False
    over_rdf: bool = False
    sd_jwt: VerifiedSdJwt | None = None
    typed: SdJwtVc | None = None
    pseudonyms: tuple[ProvenPseudonym, ...] = ()


class Reading(Protocol):
    """A received credential of one form."""

    @property
    def formats(self) -> tuple[str, ...]:
        """The forms of its proofs (`credentials.formats`)."""
        ...

    @property
    def issuer(self) -> str:
        """Who is said to have issued it."""
        ...

    @property
    def view(self) -> CredentialView | None:
        """What it says before anything is proven, where its form shows it."""
        ...

    @property
    def derived(self) -> bool:
        """Whether its holder derived it, and chose how to write what was signed."""
        ...

    def issuer_binding(self) -> str:
        """(2) Find that who signs is the issuer; give the issuer."""
        ...

    def source(self, means: Means) -> Source:
        """(3) Find where the issuer's keys stand."""
        ...

    def keys(self, source: Source, means: Means) -> tuple[PublicKey, ...]:
        """(3) Find the key of each proof."""
        ...

    def own_keys(self, means: Means) -> tuple[PublicKey, ...]:
        """Find the key of each proof where the proof itself names it, whoever the issuer is."""
        ...

    def prove(self, keys: tuple[PublicKey, ...], means: Means, setting: Setting) -> Proven:
        """(4) Verify every proof."""
        ...

    def bound(self, proven: Proven | None, signer: Signer) -> bool:
        """(10) Whether the form itself binds the credential to the signer of a presentation."""
        ...
