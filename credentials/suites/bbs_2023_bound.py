"""`bbs-2023` with anonymous holder binding: the issuer signs a secret of the holder that it never sees.

Source: W3C Data Integrity BBS Cryptosuites 1.0 (April 2025), 3.4, feature `anonymous_holder_binding`, over
blind BBS (`zk.blind.signatures`). The published vectors of the feature hold.

The holder commits to its secret and sends the commitment; the issuer signs it beside the statements; nobody
without secret and blind derives a proof, not even who has the credential. The secret is one message of 32
octets, never disclosed, the same in all credentials that shall be shown to be of one holder.

Checklist of `verify_derived`; blocks are tagged with these numbers:
1. to 6. As for the baseline (`credentials.suites.bbs_2023`), with the proof values of this feature.
7. The blind BBS proof holds for header, presentation header and disclosed statements under the given key, and
   hides one message of the holder: no more, no less.
`verify_base` does the same for a holder that receives a credential, with the signature in place of 3, 5
and 7.

Not here: freshness of a commitment, and who may send one; pseudonyms (`credentials.suites.bbs_features`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.suites.bbs_bound_value import (
    BOUND_BASE,
    BOUND_DERIVED,
    BoundBaseProofValue,
    BoundDerivedProofValue,
)
from credentials.suites.bbs_statements import (
    CLAUSE,
    NAME,
    SUITE,
    Statements,
    check_header,
    draw_hmac_key,
    raw_key,
    translated,
)
from zk import bbs
from zk.blind import signatures
from zk.blind.commitment import count_committed
from zk.blind.layout import Layout
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.rdf.canonical import Canonicalizer
    from did.integrity import ProofOptions, UnsafeAny
    from did.keys import PublicKey
    from did.types import JsonObject, RandomBytes

SECRET_LENGTH: Final = 32


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class HolderBinding:
    """What a holder keeps: its secret of 32 octets, and the blind of the commitment that was signed."""

    secret: bytes
    blind: signatures.ProverBlind

    def __post_init__(self) -> None:
        """Check the length of the secret (``bbs-2023.holder-secret``)."""
        if len(self.secret) != SECRET_LENGTH:
            raise CredentialError("bbs-2023.holder-secret", f"the secret is not {SECRET_LENGTH} bytes")


class BoundBbs2023:
    """The feature, on a canonicalizer and a BBS suite with SHA-256; it has no state of a proof."""

    __slots__ = ("_bbs", "_statements")

    def __init__(self, canonicalizer: Canonicalizer, bbs_suite: bbs.Suite | None = None) -> None:
        self._statements = Statements(canonicalizer)
        self._bbs = bbs_suite if bbs_suite is not None else bbs.suite(bbs.SHA256)

    @property
    def name(self) -> str:
        """The value of `cryptosuite`."""
        return NAME

    def commit(self, secret: bytes, *, random_bytes: RandomBytes) -> tuple[bytes, HolderBinding]:
        """Commit to a holder's secret: octets for the issuer, and what the holder keeps.

        Raises ``bbs-2023.holder-secret``, ``zk.*``.
        """
        try:
            octets, blind = signatures.commit(self._bbs, [secret], random_bytes=random_bytes)
        except ZkError as error:
            raise translated(error) from error
        return octets, HolderBinding(secret, blind)

    def create_base(
        self,
        document: JsonObject,
        options: ProofOptions,
        secret_key: bbs.SecretKey,
        public_key: PublicKey,
        *,
        commitment: bytes,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Return the document with a base proof for the holder that made the commitment.

        Otherwise as the baseline. Raises ``proof.present``, ``proof.cryptosuite``, ``bbs-2023.key``,
        ``bbs-2023.commitment`` for one that must not be signed, ``rdf.*``, ``pointer.*``.
        """
        if "proof" in document:
            raise CredentialError("proof.present", "the document already has a proof")
        proof = options.to_json()
        SUITE.check_options(proof)
        raw = raw_key(public_key)
        hmac_key = draw_hmac_key(random_bytes)
        header, messages = self._statements.signed(document, proof, hmac_key, mandatory_pointers)
        try:
            # [BBS-13] one secret, and nothing else
            if count_committed(commitment) != 1:
                raise CredentialError(
                    "bbs-2023.commitment",
                    "a holder commits to one secret, and to nothing else",
                    clause=CLAUSE,
                )
            signature = signatures.sign(self._bbs, secret_key, raw, commitment, header, messages)
        except ZkError as error:
            raise translated(error) from error
        value = BoundBaseProofValue(signature, header, raw, hmac_key, tuple(mandatory_pointers))
        return {**document, "proof": {**proof, "proofValue": value.write()}}

    def verify_base(self, document: JsonObject, *, public_key: PublicKey, holder: HolderBinding) -> None:
        """Check a credential that its holder received; the numbers are those of the module's checklist.

        Raises ``proof.*``, ``bbs-2023.malformed``, ``bbs-2023.derived-proof``, ``bbs-2023.signature``,
        ``bbs-2023.key``, ``rdf.*``, ``pointer.*``.
        """
        unsecured, proof = SUITE.split(document)  # 1
        value = _base_value(proof)  # 2
        raw = raw_key(public_key)
        header, messages = self._statements.received(unsecured, proof, value, raw)  # 4, 6
        # 7
        try:
            signatures.verify(
                self._bbs,
                signatures.Holding(raw, value.signature, header, messages, [holder.secret], holder.blind),
            )
        except ZkError as error:
            raise translated(error) from error

    def derive(
        self,
        secured: JsonObject,
        *,
        holder: HolderBinding,
        selective_pointers: Sequence[str],
        presentation_header: bytes,
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Return what the mandatory and the given pointers disclose, with a proof for this header only.

        The base proof is not verified here. Raises as the baseline does.
        """
        unsecured, proof = SUITE.split(secured)
        value = _base_value(proof)
        revealed = self._statements.revealed(unsecured, value, selective_pointers)
        holding = signatures.Holding(
            value.public_key, value.signature, value.header, revealed.messages, [holder.secret], holder.blind
        )
        try:
            bbs_proof = signatures.prove(
                self._bbs,
                holding,
                presentation_header,
                signatures.Indexes(revealed.shown),
                random_bytes=random_bytes,
            )
        except ZkError as error:
            raise translated(error) from error
        derived = BoundDerivedProofValue(
            bbs_proof,
            revealed.labels,
            revealed.mandatory_indexes,
            revealed.shown,
            presentation_header,
            len(revealed.messages),
        )
        return {**revealed.document, "proof": {**proof, "proofValue": derived.write()}}

    def verify_derived(
        self,
        document: JsonObject,
        *,
        public_key: PublicKey,
        expected_presentation_header: bytes | UnsafeAny,
    ) -> None:
        """Verify a derived credential; the steps are in the module's checklist, the codes the baseline's.

        That the proof holds shows that whoever made it has the holder's secret; it does not show who that is.
        """
        unsecured, proof = SUITE.split(document)  # 1
        value = BoundDerivedProofValue.read(SUITE.value(proof))  # 2
        raw = raw_key(public_key)
        check_header(value, expected_presentation_header)  # 3
        header, disclosed = self._statements.shown(unsecured, proof, value)  # 4, 5, 6
        shown = signatures.Disclosed(dict(zip(value.selective_indexes, disclosed, strict=True)))
        # 7
        try:
            _check_one_secret(value, shown)
            signatures.verify_proof(
                self._bbs,
                raw,
                value.proof,
                shown,
                expected_header=header,
                expected_presentation_header=value.presentation_header,
                expected_signer_messages=value.signer_messages,
            )
        except ZkError as error:
            raise translated(error) from error

    def is_base_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as base ones of this feature do."""
        return BOUND_BASE.begins(proof.get("proofValue"))

    def is_derived_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as derived ones of this feature do."""
        return BOUND_DERIVED.begins(proof.get("proofValue"))


def _base_value(proof: JsonObject) -> BoundBaseProofValue:
    return BoundBaseProofValue.read(SUITE.value(proof))


def _check_one_secret(value: BoundDerivedProofValue, shown: signatures.Disclosed) -> None:
    """Check that a proof hides one message of the holder, where the count of signed messages is right.

    The count comes from the proof value; a wrong one gives other generators, and no proof holds under those.
    """
    layout = Layout.of_proof(value.proof, shown, signer=value.signer_messages)
    # [BBS-14] one secret, and nothing else
    if layout.committed != 1:
        BOUND_DERIVED.malformed(f"the proof is over {layout.committed} messages of the holder, expected one")
