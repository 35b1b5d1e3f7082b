"""`bbs-2023` with any of its optional features: one interface for issuers, holders and verifiers.

Source: W3C Data Integrity BBS Cryptosuites 1.0 (April 2025), `featureOption`.

1. The holder commits: `commit(feature, …)`; the octets go to the issuer, the secrets into its wallet.
2. The issuer signs: `create_base(…, feature=…, commitment=…)`, with entropy of its own for pseudonyms.
3. The holder checks what it got: `verify_base`. From then on it derives.
4. A verifier takes what it is shown: `verify_derived`, and gets the pseudonym where there is one.

Invariants:
- How a proof value begins tells its feature, a holder's secrets tell theirs; the two must agree.
- An issuer says which feature it signs; a commitment made for another is refused.

Not here: one commitment for each person, freshness, storage of entropy: the issuer's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.errors import CredentialError
from credentials.suites.bbs_2023_bound import BoundBbs2023, HolderBinding
from credentials.suites.bbs_bound_value import BoundBaseProofValue
from credentials.suites.bbs_features.holding import Feature, HolderSecrets
from credentials.suites.bbs_features.proof_values import (
    NymBaseProofValue,
    NymDerivedProofValue,
    ProvenPseudonym,
    proven_by,
)
from credentials.suites.bbs_features.pseudonyms import PseudonymBbs2023
from credentials.suites.bbs_statements import CLAUSE, NAME, SUITE
from zk import bbs
from zk.blind import pseudonyms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.rdf.canonical import Canonicalizer
    from did.integrity import ProofOptions, UnsafeAny
    from did.keys import PublicKey
    from did.types import JsonObject, RandomBytes
    from zk.blind.single_pseudonyms import SingleProverNym


class BbsFeatures:
    """The features, on a canonicalizer and a BBS suite with SHA-256; it has no state of a proof."""

    __slots__ = ("_bound", "_nyms")

    def __init__(self, canonicalizer: Canonicalizer, bbs_suite: bbs.Suite | None = None) -> None:
        suite = bbs_suite if bbs_suite is not None else bbs.suite(bbs.SHA256)
        self._bound = BoundBbs2023(canonicalizer, suite)
        self._nyms = PseudonymBbs2023(canonicalizer, suite)

    @property
    def name(self) -> str:
        """The value of `cryptosuite`."""
        return NAME

    def commit(
        self,
        feature: Feature,
        *,
        secret: bytes | None = None,
        nym: SingleProverNym | None = None,
        random_bytes: RandomBytes,
    ) -> tuple[bytes, HolderSecrets]:
        """Commit for a feature: octets for the issuer, and what the holder keeps.

        Args:
            feature: what the issuer offers.
            secret: the holder's, 32 octets, for features with binding and no other.
            nym: the holder's share from an earlier commitment, for pseudonyms that stay; None draws one.
            random_bytes: secure randomness.

        Codes: ``bbs-2023.holder-secret``, ``bbs-2023.holder-nym``, ``zk.*``.
        """
        if (secret is not None) is not feature.binds:
            raise CredentialError("bbs-2023.holder-secret", f"a secret and {feature} do not go together")
        if feature.names:
            return self._nyms.commit(secret, nym, random_bytes=random_bytes)
        octets, kept = self._bound.commit(secret or b"", random_bytes=random_bytes)
        return octets, HolderSecrets(feature, kept.blind, secret, nym)

    def create_base(
        self,
        document: JsonObject,
        options: ProofOptions,
        secret_key: bbs.SecretKey,
        public_key: PublicKey,
        *,
        feature: Feature,
        commitment: bytes,
        signer_nym_entropy: bytes | None = None,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Return the document with a base proof for the holder that made the commitment.

        `signer_nym_entropy` is for features with pseudonyms and no other: see `draw_signer_nym_entropy`.
        `random_bytes` is called once, for the HMAC key. Codes: the baseline's, ``bbs-2023.commitment``,
        ``bbs-2023.nym-entropy``.
        """
        # [BBS-20] entropy of the issuer, where and only where there is a pseudonym
        if (signer_nym_entropy is not None) is not feature.names:
            raise CredentialError(
                "bbs-2023.nym-entropy",
                f"entropy of the issuer and {feature} do not go together",
                clause=CLAUSE,
            )
        if signer_nym_entropy is None:
            return self._bound.create_base(
                document,
                options,
                secret_key,
                public_key,
                commitment=commitment,
                mandatory_pointers=mandatory_pointers,
                random_bytes=random_bytes,
            )
        return self._nyms.create_base(
            document,
            options,
            secret_key,
            public_key,
            feature=feature,
            commitment=commitment,
            signer_nym_entropy=signer_nym_entropy,
            mandatory_pointers=mandatory_pointers,
            random_bytes=random_bytes,
        )

    def verify_base(self, document: JsonObject, *, public_key: PublicKey, holder: HolderSecrets) -> None:
        """Check a credential that its holder received. Codes: those of the feature."""
        if holder.feature.names:
            self._nyms.verify_base(document, public_key=public_key, holder=holder)
        else:
            self._bound.verify_base(document, public_key=public_key, holder=_binding(holder))

    def derive(
        self,
        secured: JsonObject,
        *,
        holder: HolderSecrets,
        context: str,
        selective_pointers: Sequence[str],
        presentation_header: bytes,
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Return what the pointers disclose, with a proof for this header, and a pseudonym for this context.

        `context` is `sector_of` the verifier's domain; only pseudonyms need it. Codes: those of the feature.
        """
        if holder.feature.names:
            return self._nyms.derive(
                secured,
                holder=holder,
                context=context,
                selective_pointers=selective_pointers,
                presentation_header=presentation_header,
                random_bytes=random_bytes,
            )
        return self._bound.derive(
            secured,
            holder=_binding(holder),
            selective_pointers=selective_pointers,
            presentation_header=presentation_header,
            random_bytes=random_bytes,
        )

    def verify_derived(
        self,
        document: JsonObject,
        *,
        public_key: PublicKey,
        expected_presentation_header: bytes | UnsafeAny,
        expected_context: str | None,
    ) -> ProvenPseudonym | None:
        """Verify a derived credential of any feature; the pseudonym is returned where the feature has one.

        `expected_context` is `sector_of` the verifier's own domain; with None no pseudonym is accepted
        (``bbs-2023.context``).
        """
        proof = document.get("proof")
        if not (isinstance(proof, dict) and self._nyms.is_derived_proof(proof)):
            self._bound.verify_derived(
                document, public_key=public_key, expected_presentation_header=expected_presentation_header
            )
            return None
        return self._nyms.verify_derived(
            document,
            public_key=public_key,
            expected_presentation_header=expected_presentation_header,
            expected_context=_checked(expected_context),
        )

    def has_pseudonym(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as those with pseudonyms do."""
        return self._nyms.is_base_proof(proof) or self._nyms.is_derived_proof(proof)

    def mandatory_pointers(self, proof: JsonObject) -> tuple[str, ...]:
        """Read the pointers that the issuer wrote into the base proof of a feature."""
        text = SUITE.value(proof)
        if self._nyms.is_base_proof(proof):
            return NymBaseProofValue.read(text).mandatory_pointers
        return BoundBaseProofValue.read(text).mandatory_pointers

    def is_base_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as base ones of a feature do."""
        return self._bound.is_base_proof(proof) or self._nyms.is_base_proof(proof)

    def is_derived_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as derived ones of a feature do."""
        return self._bound.is_derived_proof(proof) or self._nyms.is_derived_proof(proof)


def draw_signer_nym_entropy(*, random_bytes: RandomBytes) -> bytes:
    """Draw an issuer's entropy, 32 octets in [1, r).

    `random_bytes` is called once, for 48 octets: secure randomness, and the result is kept for the person; or
    a keyed function of person and configuration, which gives the same again on re-issue.
    """
    return pseudonyms.draw_signer_nym_entropy(random_bytes=random_bytes)


def _checked(expected: str | None) -> str:
    """Return the context that a verifier expects (``bbs-2023.context``)."""
    # [BBS-17] a verifier that has a name
    if expected is None:
        raise CredentialError(
            "bbs-2023.context",
            "the proof carries a pseudonym, which is for one verifier, and none is named here",
            remedy="verify it in a presentation for your own domain",
            clause=CLAUSE,
        )
    return expected


def verified_pseudonym(proof: JsonObject, context: str) -> ProvenPseudonym:
    """Read the pseudonym of a proof that `verify_derived` has accepted in this context, and of no other."""
    return proven_by(NymDerivedProofValue.read(SUITE.value(proof)), context)


def _binding(holder: HolderSecrets) -> HolderBinding:
    return HolderBinding(holder.secret or b"", holder.blind)
