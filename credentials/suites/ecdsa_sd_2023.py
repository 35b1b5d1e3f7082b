"""The cryptosuite `ecdsa-sd-2023`: W3C Data Integrity ECDSA Cryptosuites 1.0, 3.4 to 3.6.

An issuer signs the mandatory statements of a credential together, and every other statement by itself; its
holder leaves out statements with their signatures. Whoever sees two derived proofs sees that they come from
one credential: the base signature is the same in both.

What is signed by the issuer's P-256 key: SHA-256 of the canonical proof options, a P-256 key made for this
proof alone, SHA-256 of the mandatory statements. That other key signs the other statements, each a canonical
N-Quad with its line feed, and is then forgotten. Blank nodes are labelled by an HMAC, so that labels say
nothing about claims that stay hidden.

Checklist of `verify_derived`; blocks are tagged with these numbers:
1. There is one proof, of type `DataIntegrityProof`, for this suite, without a context of its own.
2. `proofValue` is a derived one, canonical in every byte (`credentials.suites.ecdsa_sd_proof_value`). A base
   proof is refused: it would disclose the HMAC key.
3. The issuer's key is a P-256 key.
4. The document is canonicalized in safe mode; booleans are written as such, and members that decide on a
   verification stand under their names; the label map names each unnamed node, no other.
5. The mandatory indexes lie within the statements; there is a signature for each statement that remains.
6. The base signature holds under the issuer's key: for the options, of which the same as of the document
   holds, for the proof's own key, and for the mandatory statements found here.
7. Each remaining statement's signature holds under the proof's own key.
`verify_base` does the same for a holder that receives a credential, with the HMAC key in place of the label
map and the pointers in place of the indexes.

Not here: which key, purpose, times and challenge (`did.integrity`); binding to a verifier, which this suite
has not: its holder signs the presentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials import pointers
from credentials.errors import CredentialError
from credentials.suites import selective
from credentials.suites.ecdsa_sd_proof_value import (
    BASE,
    DERIVED,
    NAME,
    BaseProofValue,
    DerivedProofValue,
    key_bytes,
)
from credentials.suites.same_json import DECISIVE, check_booleans, check_named
from credentials.suites.selective_proofs import Suite, lines_hash, options_hash
from did.errors import DidError
from did.keys import KeyType, P256Signer, PublicKey, Signer, verify_signature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.rdf.canonical import Canonicalizer
    from did.integrity import ProofOptions
    from did.types import JsonObject, RandomBytes

HMAC_KEY_LENGTH: Final = 32
SECRET_LENGTH: Final = 32
_DRAWS: Final = 4  # one draw in 2^32 is no secret of the curve
_CLAUSE: Final = "VC Data Integrity ECDSA 1.0, 3.6"
_SUITE: Final = Suite(NAME, _CLAUSE)


class EcdsaSd2023:
    """The suite, on a canonicalizer; it has no state of a proof."""

    __slots__ = ("_canonicalizer",)

    def __init__(self, canonicalizer: Canonicalizer) -> None:
        self._canonicalizer = canonicalizer

    @property
    def name(self) -> str:
        """The value of `cryptosuite`."""
        return NAME

    def create_base(
        self,
        document: JsonObject,
        options: ProofOptions,
        signer: Signer,
        *,
        mandatory_pointers: Sequence[str],
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Return the document with a base proof; `mandatory_pointers` select what every proof will disclose.

        `random_bytes` is called for the HMAC key of 32 bytes, then for the secret of the proof's own key, of
        32 bytes. Raises ``proof.present``, ``proof.cryptosuite``, ``ecdsa-sd-2023.key``, ``rdf.*``,
        ``pointer.*``.
        """
        if "proof" in document:
            raise CredentialError("proof.present", "the document already has a proof")
        proof = options.to_json()
        _SUITE.check_options(proof)
        _check_key(signer.public_key)
        hmac_key = random_bytes(HMAC_KEY_LENGTH)
        if len(hmac_key) != HMAC_KEY_LENGTH:
            raise CredentialError("ecdsa-sd-2023.randomness", f"expected {HMAC_KEY_LENGTH} random bytes")
        own = _own_key(random_bytes)
        mandatory, others = self._grouped(document, hmac_key, mandatory_pointers)
        signed = self._signed(document, proof, own.public_key, mandatory)
        value = BaseProofValue(
            signer.sign(signed),
            own.public_key,
            hmac_key,
            tuple(own.sign(line.encode()) for line in others),
            tuple(mandatory_pointers),
        )
        return {**document, "proof": {**proof, "proofValue": value.write()}}

    def verify_base(self, document: JsonObject, *, public_key: PublicKey) -> None:
        """Check a credential that its holder received; the numbers are those of the module's checklist.

        Raises ``proof.*``, ``ecdsa-sd-2023.malformed``, ``ecdsa-sd-2023.derived-proof``,
        ``ecdsa-sd-2023.signature``, ``ecdsa-sd-2023.indexes``, ``ecdsa-sd-2023.key``, ``rdf.*``,
        ``pointer.*``.
        """
        unsecured, proof = _SUITE.split(document)  # 1
        value = _base_value(proof)  # 2
        _check_key(public_key)  # 3
        # 4
        mandatory, others = self._grouped(unsecured, value.hmac_key, value.mandatory_pointers)
        # 5
        # [ESD-08] a signature for each
        if len(others) != len(value.signatures):
            raise CredentialError(
                "ecdsa-sd-2023.indexes",
                f"{len(others)} statements are not mandatory, with {len(value.signatures)} signatures",
                clause=_CLAUSE,
            )
        signed = self._signed(unsecured, proof, value.public_key, mandatory)
        _verify(public_key, signed, value.base_signature, value.public_key, others, value.signatures)  # 6, 7

    def derive(self, secured: JsonObject, *, selective_pointers: Sequence[str]) -> JsonObject:
        """Return what the mandatory and the given pointers disclose, with the signatures for it.

        The base proof is not verified here; its holder did so on receipt (`verify_base`). Raises ``proof.*``,
        ``ecdsa-sd-2023.malformed``, ``ecdsa-sd-2023.derived-proof``, ``ecdsa-sd-2023.indexes``,
        ``ecdsa-sd-2023.empty`` where nothing would be disclosed, ``rdf.*``, ``pointer.*``.
        """
        unsecured, proof = _SUITE.split(secured)
        value = _base_value(proof)
        combined = (*value.mandatory_pointers, *selective_pointers)
        if not combined:
            raise CredentialError(
                "ecdsa-sd-2023.empty", "nothing would be disclosed", remedy="select something"
            )
        partition = self._canonicalizer.partition(
            unsecured,
            {"mandatory": value.mandatory_pointers, "selective": selective_pointers, "combined": combined},
        )
        labels = selective.hmac_labels(partition.whole.labels.values(), value.hmac_key)
        grouped = selective.group(partition, labels)
        others = grouped.remaining("mandatory")
        if len(others) != len(value.signatures):
            raise CredentialError(
                "ecdsa-sd-2023.indexes", "the base proof is not for this document", clause=_CLAUSE
            )
        shown = selective.ranks(grouped.groups["selective"], within=others)
        revealed = partition.selections["combined"]
        derived = DerivedProofValue(
            value.base_signature,
            value.public_key,
            tuple(value.signatures[rank] for rank in shown),
            {canonical: grouped.labels[label] for label, canonical in revealed.labels.items()},
            selective.ranks(grouped.groups["mandatory"], within=grouped.groups["combined"]),
        )
        reveal_document = pointers.select(unsecured, combined)
        return {**reveal_document, "proof": {**proof, "proofValue": derived.write()}}

    def verify_derived(self, document: JsonObject, *, public_key: PublicKey) -> None:
        """Verify a derived credential; the steps are in the module's checklist.

        Raises ``proof.*``, ``ecdsa-sd-2023.malformed``, ``ecdsa-sd-2023.base-proof``,
        ``ecdsa-sd-2023.labels``, ``ecdsa-sd-2023.indexes``, ``ecdsa-sd-2023.signature``,
        ``ecdsa-sd-2023.key``, ``rdf.*``.
        """
        unsecured, proof = _SUITE.split(document)  # 1
        value = DerivedProofValue.read(_SUITE.value(proof))  # 2
        _check_key(public_key)  # 3
        # 4
        canonical = self._canonicalizer.canonicalize(unsecured)
        # [ESD-09] booleans are written as such
        check_booleans(unsecured, canonical.quads)
        # [ESD-10] found under its name
        check_named(unsecured, canonical.quads, DECISIVE)
        mandatory, others = _SUITE.statements(  # 4, 5
            canonical,
            labels=value.labels,
            mandatory_indexes=value.mandatory_indexes,
            disclosed=len(value.signatures),
        )
        signed = self._signed(unsecured, proof, value.public_key, mandatory)
        _verify(public_key, signed, value.base_signature, value.public_key, others, value.signatures)  # 6, 7

    def mandatory_pointers(self, proof: JsonObject) -> tuple[str, ...]:
        """Read the pointers that the issuer wrote into a base proof."""
        return _base_value(proof).mandatory_pointers

    def is_base_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as base ones do."""
        return BASE.begins(proof.get("proofValue"))

    def is_derived_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as derived ones do."""
        return DERIVED.begins(proof.get("proofValue"))

    def _grouped(
        self, document: JsonObject, hmac_key: bytes, mandatory_pointers: Sequence[str]
    ) -> tuple[list[str], list[str]]:
        """The statements under their new labels: mandatory ones, and others."""
        partition = self._canonicalizer.partition(document, {"mandatory": mandatory_pointers})
        check_booleans(document, partition.whole.quads)
        check_named(document, partition.whole.quads, DECISIVE)
        labels = selective.hmac_labels(partition.whole.labels.values(), hmac_key)
        grouped = selective.group(partition, labels)
        return (
            [grouped.lines[index] for index in grouped.groups["mandatory"]],
            [grouped.lines[index] for index in grouped.remaining("mandatory")],
        )

    def _signed(
        self, document: JsonObject, proof: JsonObject, own_key: PublicKey, mandatory: Sequence[str]
    ) -> bytes:
        """What the issuer signs: 32, 35 and 32 bytes."""
        return options_hash(self._canonicalizer, document, proof) + key_bytes(own_key) + lines_hash(mandatory)


def _verify(
    issuer: PublicKey,
    signed: bytes,
    base_signature: bytes,
    own_key: PublicKey,
    others: Sequence[str],
    signatures: Sequence[bytes],
) -> None:
    """Steps 6 and 7; there are as many signatures as statements."""
    # [ESD-11] the issuer signed
    _check(issuer, signed, base_signature, "the options or what is mandatory were changed, or another signed")
    for line, signature in zip(others, signatures, strict=True):
        # [ESD-12] each statement signed
        _check(own_key, line.encode(), signature, "a disclosed statement was changed, or is of another proof")


def _check(key: PublicKey, message: bytes, signature: bytes, otherwise: str) -> None:
    try:
        verify_signature(key, message, signature)
    except DidError as error:
        if error.code != "key.signature":
            raise
        raise CredentialError("ecdsa-sd-2023.signature", otherwise, clause=_CLAUSE) from None


def _own_key(random_bytes: RandomBytes) -> P256Signer:
    for _ in range(_DRAWS):
        try:
            return P256Signer(random_bytes(SECRET_LENGTH))
        except DidError:
            continue
    raise CredentialError("ecdsa-sd-2023.randomness", "no secret of P-256 among the random bytes")


def _base_value(proof: JsonObject) -> BaseProofValue:
    return BaseProofValue.read(_SUITE.value(proof))


def _check_key(public_key: PublicKey) -> None:
    # [ESD-13] a P-256 key
    if public_key.type is not KeyType.P256:
        raise CredentialError(
            "ecdsa-sd-2023.key", f"{NAME} takes {KeyType.P256} keys, found {public_key.type}", clause=_CLAUSE
        )
