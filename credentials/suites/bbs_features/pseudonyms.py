"""`bbs-2023` with pseudonyms: one name of the holder for each verifier, proven of the credential.

Source: W3C Data Integrity BBS Cryptosuites 1.0 (April 2025), 3.4, features `pseudonym` and
`holder_binding_pseudonym`, as its published vectors have them: they hold, issued byte for byte. The
mathematics is `zk.blind.single_pseudonyms`; why it is not that of today's draft: docs/decisions/0015.

The holder commits to its share of a nym secret, and to its secret where it is bound too. The issuer adds
entropy to the share, so that no holder takes the nym secret of another, and signs. A proof carries the
pseudonym for one context: who verifies in this context meets it again, and nobody in any other.

Checklist of `verify_derived`; blocks are tagged with these numbers:
1. to 6. As for the baseline (`credentials.suites.bbs_2023`), with the proof values of these features.
7. The proof hides the nym secret and at most one message of the holder: which of the two features it is of.
8. The proof holds for header, presentation header, disclosed statements and pseudonym under the given key, in
   the context that the caller expects. Nothing in the proof says which context it is for.
`verify_base` does the same for a holder that receives a credential, with the signature in place of 3, 5, 7
and 8.

Not here: what a context is (`credentials.suites.bbs_features.sector`); that a person has one nym secret only,
which the issuer sees to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.errors import CredentialError
from credentials.suites.bbs_features.holding import Feature, HolderSecrets
from credentials.suites.bbs_features.proof_values import (
    NYM_BASE,
    NYM_DERIVED,
    NymBaseProofValue,
    NymDerivedProofValue,
    ProvenPseudonym,
    proven_by,
)
from credentials.suites.bbs_statements import (
    CLAUSE,
    SUITE,
    Statements,
    check_header,
    draw_hmac_key,
    raw_key,
    translated,
)
from zk.blind import single_pseudonyms
from zk.blind.commitment import count_committed
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.rdf.canonical import Canonicalizer
    from did.integrity import ProofOptions, UnsafeAny
    from did.keys import PublicKey
    from did.types import JsonObject, RandomBytes
    from zk import bbs


class PseudonymBbs2023:
    """Both features, on a canonicalizer and a BBS suite with SHA-256; it has no state of a proof."""

    __slots__ = ("_bbs", "_statements")

    def __init__(self, canonicalizer: Canonicalizer, bbs_suite: bbs.Suite) -> None:
        self._statements = Statements(canonicalizer)
        self._bbs = bbs_suite

    def commit(
        self,
        secret: bytes | None,
        nym: single_pseudonyms.SingleProverNym | None,
        *,
        random_bytes: RandomBytes,
    ) -> tuple[bytes, HolderSecrets]:
        """Commit to a share, drawn where it is None, and to a secret where one is given.

        Returns octets for the issuer, and what the holder keeps. Raises ``bbs-2023.holder-secret``, ``zk.*``.
        """
        feature = Feature.PSEUDONYM if secret is None else Feature.HOLDER_BINDING_PSEUDONYM
        committed = [] if secret is None else [secret]
        try:
            if nym is None:
                nym = single_pseudonyms.draw_prover_nym(self._bbs, random_bytes=random_bytes)
            octets, blind = single_pseudonyms.commit(self._bbs, committed, nym, random_bytes=random_bytes)
        except ZkError as error:
            raise translated(error) from error
        return octets, HolderSecrets(feature, blind, secret, nym)

    def create_base(
        self,
        document: JsonObject,
        options: ProofOptions,
        secret_key: bbs.SecretKey,
        public_key: PublicKey,
        *,
        feature: Feature,
        commitment: bytes,
        signer_nym_entropy: bytes,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Return the document with a base proof for the holder that made the commitment.

        `signer_nym_entropy` are 32 octets, a scalar in [1, r): nothing that the holder could foresee, and
        the same for the same person on re-issue. Raises as with holder binding, and ``bbs-2023.nym-entropy``.
        """
        if "proof" in document:
            raise CredentialError("proof.present", "the document already has a proof")
        proof = options.to_json()
        SUITE.check_options(proof)
        raw = raw_key(public_key)
        hmac_key = draw_hmac_key(random_bytes)
        header, messages = self._statements.signed(document, proof, hmac_key, mandatory_pointers)
        try:
            _check_count(commitment, feature)
            signature = single_pseudonyms.sign(
                self._bbs,
                secret_key,
                raw,
                commitment,
                header,
                messages,
                signer_nym_entropy=signer_nym_entropy,
            )
        except ZkError as error:
            raise translated(error) from error
        pointers = tuple(mandatory_pointers)
        value = NymBaseProofValue(signature, header, raw, hmac_key, pointers, signer_nym_entropy)
        return {**document, "proof": {**proof, "proofValue": value.write()}}

    def verify_base(self, document: JsonObject, *, public_key: PublicKey, holder: HolderSecrets) -> None:
        """Check a credential that its holder received; the numbers are those of the module's checklist.

        Raises as with holder binding, and ``bbs-2023.holder-nym`` for a holder without a share.
        """
        unsecured, proof = SUITE.split(document)  # 1
        value = NymBaseProofValue.read(SUITE.value(proof))  # 2
        raw = raw_key(public_key)
        header, messages = self._statements.received(unsecured, proof, value, raw)  # 4, 6
        # 8
        try:
            single_pseudonyms.verify(
                self._bbs,
                single_pseudonyms.Holding(
                    raw, value.signature, header, messages, holder.committed_messages, holder.blind
                ),
                _share(holder),
                signer_nym_entropy=value.signer_nym_entropy,
            )
        except ZkError as error:
            raise translated(error) from error

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
        """Return what the pointers disclose, with the pseudonym for this context and a proof for this header.

        `context` comes from the channel on which the verifier was met, never from free text. The base proof
        is not verified here. Raises as the baseline does, ``bbs-2023.context``, ``bbs-2023.holder-nym``.
        """
        unsecured, proof = SUITE.split(secured)
        value = NymBaseProofValue.read(SUITE.value(proof))
        context_id = _context_id(context)
        revealed = self._statements.revealed(unsecured, value, selective_pointers)
        holding = single_pseudonyms.Holding(
            value.public_key,
            value.signature,
            value.header,
            revealed.messages,
            holder.committed_messages,
            holder.blind,
        )
        try:
            nym_secret = single_pseudonyms.finalize(
                self._bbs, _share(holder), signer_nym_entropy=value.signer_nym_entropy
            )
            bbs_proof, pseudonym = single_pseudonyms.prove(
                self._bbs,
                holding,
                nym_secret,
                context_id,
                presentation_header,
                single_pseudonyms.Indexes(revealed.shown),
                random_bytes=random_bytes,
            )
        except ZkError as error:
            raise translated(error) from error
        derived = NymDerivedProofValue(
            bbs_proof,
            revealed.labels,
            revealed.mandatory_indexes,
            revealed.shown,
            presentation_header,
            pseudonym,
            len(revealed.messages),
        )
        return {**revealed.document, "proof": {**proof, "proofValue": derived.write()}}

    def verify_derived(
        self,
        document: JsonObject,
        *,
        public_key: PublicKey,
        expected_presentation_header: bytes | UnsafeAny,
        expected_context: str,
    ) -> ProvenPseudonym:
        """Verify a derived credential; the steps are in the module's checklist, the codes the baseline's.

        Raises ``bbs-2023.context`` too, for an expected context that cannot be one.
        """
        unsecured, proof = SUITE.split(document)  # 1
        value = NymDerivedProofValue.read(SUITE.value(proof))  # 2
        raw = raw_key(public_key)
        check_header(value, expected_presentation_header)  # 3
        header, disclosed = self._statements.shown(unsecured, proof, value)  # 4, 5, 6
        shown = single_pseudonyms.Disclosed(dict(zip(value.selective_indexes, disclosed, strict=True)))
        context_id = _context_id(expected_context)
        try:
            proven = proven_by(value, expected_context)  # 7
            # 8
            # [BBS-18] by the holder of the credential, for this presentation, in this context
            single_pseudonyms.verify_proof(
                self._bbs,
                raw,
                value.proof,
                value.pseudonym,
                shown,
                expected_header=header,
                expected_presentation_header=value.presentation_header,
                expected_context_id=context_id,
                expected_signer_messages=value.signer_messages,
            )
        except ZkError as error:
            raise _translated(error) from error
        return proven

    def is_base_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as base ones of these features do."""
        return NYM_BASE.begins(proof.get("proofValue"))

    def is_derived_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as derived ones of these features do."""
        return NYM_DERIVED.begins(proof.get("proofValue"))


def _check_count(commitment: bytes, feature: Feature) -> None:
    # [BBS-15] what the feature needs, and nothing else
    if count_committed(commitment) != feature.committed:
        raise CredentialError(
            "bbs-2023.commitment",
            f"for {feature} a holder commits to {feature.committed} scalars, no more and no less",
            clause=CLAUSE,
        )


def _share(holder: HolderSecrets) -> single_pseudonyms.SingleProverNym:
    if holder.nym is None:
        raise CredentialError("bbs-2023.holder-nym", f"secrets for {holder.feature} have no share of a nym")
    return holder.nym


def _context_id(context: str) -> bytes:
    """Write a context as it is hashed: UTF-8, at least one octet."""
    try:
        octets = context.encode()
    except UnicodeEncodeError:
        octets = b""
    # [BBS-23] a name of somebody
    if not octets:
        raise CredentialError("bbs-2023.context", "a pseudonym is made in a context, which is no empty text")
    return octets


def _translated(error: ZkError) -> CredentialError:
    if error.code != "zk.proof":
        return translated(error)
    return CredentialError(
        "bbs-2023.proof",
        "the proof does not hold: claims or pseudonym were changed, the pseudonym is for another verifier, "
        "or another key signed",
        clause=CLAUSE,
    )
