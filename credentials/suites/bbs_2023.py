"""The cryptosuite `bbs-2023`: W3C Data Integrity BBS Cryptosuites 1.0 (April 2025), baseline feature.

An issuer signs every statement of a credential; its holder derives proofs that disclose the mandatory
statements and those it selects, and that cannot be linked by what is not disclosed.

What is signed: the BBS header is SHA-256 of the canonical proof options, then SHA-256 of the mandatory
statements; the messages are the other statements, each a canonical N-Quad with its line feed. Blank nodes are
labelled in the order of an HMAC, so that labels say nothing about claims that stay hidden.

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
(`credentials.verifying.binding`), the features holder binding and pseudonyms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from credentials import pointers
from credentials.errors import CredentialError
from credentials.suites import selective
from credentials.suites.bbs_proof_value import BASE, DERIVED, BaseProofValue, DerivedProofValue
from credentials.suites.same_json import DECISIVE, check_booleans, check_named
from credentials.suites.selective_proofs import Suite, lines_hash, options_hash
from did.integrity import UnsafeAny
from did.keys import KeyType
from zk import bbs
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.rdf.canonical import Canonicalizer
    from did.integrity import ProofOptions
    from did.keys import PublicKey
    from did.types import JsonObject, RandomBytes

NAME: Final = "bbs-2023"
HMAC_KEY_LENGTH: Final = 32
_CLAUSE: Final = "VC Data Integrity BBS 1.0, 3.4"
_SUITE: Final = Suite(NAME, _CLAUSE)
_FAULTS: Final = {
    "zk.proof": "bbs-2023.proof",
    "zk.signature": "bbs-2023.signature",
    "zk.public-key": "bbs-2023.key",
    "zk.proof-malformed": "bbs-2023.malformed",
    "zk.signature-malformed": "bbs-2023.malformed",
    "zk.indexes": "bbs-2023.malformed",
    "zk.length": "bbs-2023.malformed",
}


class Bbs2023:
    """The suite, on a canonicalizer and a BBS suite with SHA-256; it has no state of a proof."""

    __slots__ = ("_bbs", "_canonicalizer")

    def __init__(self, canonicalizer: Canonicalizer, bbs_suite: bbs.Suite | None = None) -> None:
        self._canonicalizer = canonicalizer
        self._bbs = bbs_suite if bbs_suite is not None else bbs.suite(bbs.SHA256)

    @property
    def name(self) -> str:
        """The value of `cryptosuite`."""
        return NAME

    @property
    def canonicalizer(self) -> Canonicalizer:
        """The engine that the suite was built on."""
        return self._canonicalizer

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
        _SUITE.check_options(proof)
        raw_key = _raw(public_key)
        hmac_key = random_bytes(HMAC_KEY_LENGTH)
        if len(hmac_key) != HMAC_KEY_LENGTH:
            raise CredentialError("bbs-2023.randomness", f"expected {HMAC_KEY_LENGTH} random bytes")
        header, messages = self._signed(document, proof, hmac_key, mandatory_pointers)
        try:
            signature = bbs.sign(self._bbs, secret_key, raw_key, header, messages)
        except ZkError as error:
            raise _translated(error) from error
        value = BaseProofValue(signature, header, raw_key, hmac_key, tuple(mandatory_pointers))
        return {**document, "proof": {**proof, "proofValue": value.write()}}

    def verify_base(self, document: JsonObject, *, public_key: PublicKey) -> None:
        """Check a credential that its holder received; the numbers are those of the module's checklist.

        Raises ``proof.*``, ``bbs-2023.malformed``, ``bbs-2023.derived-proof``, ``bbs-2023.signature``,
        ``bbs-2023.key``, ``rdf.*``, ``pointer.*``.
        """
        unsecured, proof = _SUITE.split(document)  # 1
        value = _base_value(proof)  # 2
        raw_key = _raw(public_key)
        # [BBS-10] the key that was expected
        if value.public_key != raw_key:
            _refuse_signature("it was made with another key than the issuer's")
        # 4
        header, messages = self._signed(unsecured, proof, value.hmac_key, value.mandatory_pointers)
        # 6
        # [BBS-11] options and mandatory statements as signed
        if header != value.header:
            _refuse_signature("the proof options or what is mandatory were changed")
        # 7
        try:
            bbs.verify(self._bbs, raw_key, value.signature, header, messages)
        except ZkError as error:
            raise _translated(error) from error

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
        unsecured, proof = _SUITE.split(secured)
        value = _base_value(proof)
        combined = (*value.mandatory_pointers, *selective_pointers)
        if not combined:
            raise CredentialError("bbs-2023.empty", "nothing would be disclosed", remedy="select something")
        partition = self._canonicalizer.partition(
            unsecured,
            {"mandatory": value.mandatory_pointers, "selective": selective_pointers, "combined": combined},
        )
        shuffled = selective.shuffled_labels(partition.whole.labels.values(), value.hmac_key)
        grouped = selective.group(partition, shuffled)
        hidden_or_shown = grouped.remaining("mandatory")
        shown = selective.ranks(grouped.groups["selective"], within=hidden_or_shown)
        try:
            bbs_proof = bbs.prove(
                self._bbs,
                value.public_key,
                value.signature,
                value.header,
                presentation_header,
                [grouped.lines[index].encode() for index in hidden_or_shown],
                shown,
                random_bytes=random_bytes,
            )
        except ZkError as error:
            raise _translated(error) from error
        revealed = partition.selections["combined"]
        derived = DerivedProofValue(
            bbs_proof,
            {canonical: grouped.labels[label] for label, canonical in revealed.labels.items()},
            selective.ranks(grouped.groups["mandatory"], within=grouped.groups["combined"]),
            shown,
            presentation_header,
        )
        reveal_document = pointers.select(unsecured, combined)
        return {**reveal_document, "proof": {**proof, "proofValue": derived.write()}}

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
        unsecured, proof = _SUITE.split(document)  # 1
        value = DerivedProofValue.read(_SUITE.value(proof))  # 2
        raw_key = _raw(public_key)
        # 3
        expected = expected_presentation_header
        # [BBS-12] made for this presentation
        if not isinstance(expected, UnsafeAny) and value.presentation_header != expected:
            raise CredentialError(
                "bbs-2023.presentation-header",
                "the proof was derived for another presentation",
                remedy="derive it anew for this verifier, challenge and holder key",
                clause=_CLAUSE,
            )
        # 4
        canonical = self._canonicalizer.canonicalize(unsecured)
        check_booleans(unsecured, canonical.quads)
        check_named(unsecured, canonical.quads, DECISIVE)
        mandatory, disclosed = _SUITE.statements(  # 4, 5
            canonical,
            labels=value.labels,
            mandatory_indexes=value.mandatory_indexes,
            disclosed=len(value.selective_indexes),
        )
        header = self._header(unsecured, proof, mandatory)  # 6
        # 7
        try:
            bbs.verify_proof(
                self._bbs,
                raw_key,
                value.proof,
                header,
                value.presentation_header,
                [line.encode() for line in disclosed],
                value.selective_indexes,
            )
        except ZkError as error:
            raise _translated(error) from error

    def mandatory_pointers(self, proof: JsonObject) -> tuple[str, ...]:
        """Read the pointers that the issuer wrote into a base proof."""
        return _base_value(proof).mandatory_pointers

    def is_base_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as base ones do."""
        return BASE.begins(proof.get("proofValue"))

    def is_derived_proof(self, proof: JsonObject) -> bool:
        """Whether the proof value begins as derived ones do."""
        return DERIVED.begins(proof.get("proofValue"))

    def _signed(
        self, document: JsonObject, proof: JsonObject, hmac_key: bytes, mandatory_pointers: Sequence[str]
    ) -> tuple[bytes, tuple[bytes, ...]]:
        """What the issuer's signature is over: the header of 64 bytes, and the messages."""
        partition = self._canonicalizer.partition(document, {"mandatory": mandatory_pointers})
        check_booleans(document, partition.whole.quads)
        check_named(document, partition.whole.quads, DECISIVE)
        shuffled = selective.shuffled_labels(partition.whole.labels.values(), hmac_key)
        grouped = selective.group(partition, shuffled)
        mandatory = [grouped.lines[index] for index in grouped.groups["mandatory"]]
        messages = tuple(grouped.lines[index].encode() for index in grouped.remaining("mandatory"))
        return self._header(document, proof, mandatory), messages

    def _header(self, document: JsonObject, proof: JsonObject, mandatory: Sequence[str]) -> bytes:
        """SHA-256 of the canonical proof options, then of the mandatory statements: 64 bytes."""
        return options_hash(self._canonicalizer, document, proof) + lines_hash(mandatory)


def _base_value(proof: JsonObject) -> BaseProofValue:
    return BaseProofValue.read(_SUITE.value(proof))


def _raw(public_key: PublicKey) -> bytes:
    if public_key.type is not KeyType.BLS12381_G2:
        detail = f"{NAME} takes {KeyType.BLS12381_G2} keys, found {public_key.type}"
        raise CredentialError("bbs-2023.key", detail, clause=_CLAUSE)
    return public_key.raw


def _refuse_signature(how: str) -> NoReturn:
    raise CredentialError("bbs-2023.signature", f"the base proof does not hold: {how}", clause=_CLAUSE)


def _translated(error: ZkError) -> CredentialError:
    code = _FAULTS.get(error.code, error.code)
    detail = {
        "zk.proof": "the proof does not hold: the disclosed claims were changed, or another key signed",
        "zk.signature": "the base proof does not hold: the credential was changed, or another key signed",
    }.get(error.code, error.detail)
    return CredentialError(code, detail, remedy=error.remedy, clause=_CLAUSE)
