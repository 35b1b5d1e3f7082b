"""The cryptosuite `bbs-2023`: W3C Data Integrity BBS Cryptosuites 1.0 (April 2025), baseline feature.

An issuer signs every statement of a credential; its holder derives proofs that disclose the mandatory
statements and those it selects, and that cannot be linked by what is not disclosed.

What is signed, and where the statements come from: `credentials.suites.bbs_statements`.

Checklist of `verify_derived`; blocks are tagged with these numbers:
1. There is one proof, of type `DataIntegrityProof`, for this suite, without a context of its own.
2. `proofValue` is a derived one, canonical in every byte (`credentials.suites.bbs_proof_value`). A base proof
   is refused: it would disclose the HMAC key and link whatever is derived.
3. The presentation header is the expected one. It is the caller who knows it; the proof's is only compared.
4. The document is canonicalized in safe mode; booleans are written as such, and members that
   decide on a verification stand under their names; the label map names each unnamed node, no other.
5. The mandatory indexes lie within the statements; what remains is as many statements as are said to be
   disclosed.
6. The BBS header is computed from the proof options, of which the same holds, and the mandatory statements
   found here.
7. The BBS proof holds for header, presentation header and disclosed statements under the given key. That the
   disclosed indexes lie within the signed messages is part of that check (`zk.bbs`).
`verify_base` does the same for a holder that receives a credential, with the signature in place of 3, 5 and
7.

Not here: which key, purpose, times and challenge (`did.integrity`), the form of the presentation header
(`credentials.verifying.binding`), holder binding (`credentials.suites.bbs_2023_bound`), pseudonyms
(`credentials.suites.bbs_features`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.errors import CredentialError
from credentials.suites.bbs_proof_value import BASE, DERIVED, BaseProofValue, DerivedProofValue
from credentials.suites.bbs_statements import (
    NAME,
    SUITE,
    Statements,
    check_header,
    draw_hmac_key,
    raw_key,
    translated,
)
from zk import bbs
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.rdf.canonical import Canonicalizer
    from did.integrity import ProofOptions, UnsafeAny
    from did.keys import PublicKey
    from did.types import JsonObject, RandomBytes


class Bbs2023:
    """The suite, on a canonicalizer and a BBS suite with SHA-256; it has no state of a proof."""

    __slots__ = ("_bbs", "_statements")

    def __init__(self, canonicalizer: Canonicalizer, bbs_suite: bbs.Suite | None = None) -> None:
        self._statements = Statements(canonicalizer)
        self._bbs = bbs_suite if bbs_suite is not None else bbs.suite(bbs.SHA256)

    @property
    def name(self) -> str:
        """The value of `cryptosuite`."""
        return NAME

    @property
    def canonicalizer(self) -> Canonicalizer:
        """The engine that the suite was built on."""
        return self._statements.canonicalizer

    @property
    def bbs_suite(self) -> bbs.Suite:
        """The mathematics that the suite was built on."""
        return self._bbs

    def create_base(
        self,
        document: JsonObject,
        options: ProofOptions,
        secret_key: bbs.SecretKey,
        public_key: PublicKey,
        *,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Return the document with a base proof; `mandatory_pointers` select what every proof will disclose.

        `random_bytes` is called once, for the HMAC key of 32 bytes. Leave `created` out of the options, or
        give it as a whole day: it is disclosed in every presentation. Raises ``proof.present``,
        ``proof.cryptosuite``, ``bbs-2023.key``, ``rdf.*``, ``pointer.*``.
        """
        if "proof" in document:
            raise CredentialError("proof.present", "the document already has a proof")
        proof = options.to_json()
        SUITE.check_options(proof)
        raw = raw_key(public_key)
        hmac_key = draw_hmac_key(random_bytes)
        header, messages = self._statements.signed(document, proof, hmac_key, mandatory_pointers)
        try:
            signature = bbs.sign(self._bbs, secret_key, raw, header, messages)
        except ZkError as error:
            raise translated(error) from error
        value = BaseProofValue(signature, header, raw, hmac_key, tuple(mandatory_pointers))
        return {**document, "proof": {**proof, "proofValue": value.write()}}

    def verify_base(self, document: JsonObject, *, public_key: PublicKey) -> None:
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
            bbs.verify(self._bbs, raw, value.signature, header, messages)
        except ZkError as error:
            raise translated(error) from error

    def derive(
        self,
        secured: JsonObject,
        *,
        selective_pointers: Sequence[str],
        presentation_header: bytes,
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Return what the mandatory and the given pointers disclose, with a proof for this header only.

        The base proof is not verified here; its holder did so on receipt (`verify_base`). Raises ``proof.*``,
        ``bbs-2023.malformed``, ``bbs-2023.derived-proof``, ``bbs-2023.empty`` where nothing would be
        disclosed, ``rdf.*``, ``pointer.*``.
        """
        unsecured, proof = SUITE.split(secured)
        value = _base_value(proof)
        revealed = self._statements.revealed(unsecured, value, selective_pointers)
        try:
            bbs_proof = bbs.prove(
                self._bbs,
                value.public_key,
                value.signature,
                value.header,
                presentation_header,
                revealed.messages,
                revealed.shown,
                random_bytes=random_bytes,
            )
        except ZkError as error:
            raise translated(error) from error
        derived = DerivedProofValue(
            bbs_proof, revealed.labels, revealed.mandatory_indexes, revealed.shown, presentation_header
        )
        return {**revealed.document, "proof": {**proof, "proofValue": derived.write()}}

    def verify_derived(
        self,
        document: JsonObject,
        *,
        public_key: PublicKey,
        expected_presentation_header: bytes | UnsafeAny,
    ) -> None:
        """Verify a derived credential; the steps are in the module's checklist.

        The expected header is recomputed by the caller from what it asked (`credentials.verifying.binding`).
        `UNSAFE_ANY` in its place is for a derived credential that is met outside of a presentation and grants
        nothing. Raises ``proof.*``, ``bbs-2023.malformed``, ``bbs-2023.base-proof``,
        ``bbs-2023.presentation-header``, ``bbs-2023.labels``, ``bbs-2023.indexes``, ``bbs-2023.proof``,
        ``bbs-2023.key``, ``rdf.*``.
        """
        unsecured, proof = SUITE.split(document)  # 1
        value = DerivedProofValue.read(SUITE.value(proof))  # 2
        raw = raw_key(public_key)
        check_header(value, expected_presentation_header)  # 3
        header, disclosed = self._statements.shown(unsecured, proof, value)  # 4, 5, 6
        # 7
        try:
            bbs.verify_proof(
                self._bbs,
                raw,
                value.proof,
                header,
                value.presentation_header,
                disclosed,
                value.selective_indexes,
            )
        except ZkError as error:
            raise translated(error) from error

    def mandatory_pointers(self, proof: JsonObject) -> tuple[str, ...]:
        """Read the pointers that the issuer wrote into a base proof."""
        return _base_value(proof).mandatory_pointers

    def is_base_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as base ones do."""
        return BASE.begins(proof.get("proofValue"))

    def is_derived_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as derived ones do."""
        return DERIVED.begins(proof.get("proofValue"))


def _base_value(proof: JsonObject) -> BaseProofValue:
    return BaseProofValue.read(SUITE.value(proof))
