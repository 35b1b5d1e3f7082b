"""The checks of a credential's Data Integrity proofs, each a function that raises or says what it found.

Texts: VC Data Integrity 1.0, 4.4 and 4.5 (sets and chains), VC Data Model 2.0, 7.1 (issuer). The order and
the numbers are those of `credentials.verifying.verifier`.

Invariants:
- At least one proof is the issuer's, with the key from the issuer's document; nobody else's proof stands in
  for it.
- What the issuer's proofs fix is all that is fixed: others' do not make a part the whole, nor JSON of RDF.
- Every proof of a set verifies, for `assertionMethod`, with the key that the document of its own method gives
  under that purpose. One that does not refuses the credential.
- A proof of a chain verifies after those that it names, over the document with these attached.
- The key comes from the newest logged document, never from the proof or a date.
- Several proofs cost no more together than two over the largest document that is canonicalized.

What is not here: how one proof is verified (`did.integrity`, `credentials.suites`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.suites import suite_of
from credentials.verifying.checks import Remark, issuer_document
from did.document import ASSERTION_METHOD
from did.errors import DidError
from did.identifiers import Did, DidUrl
from did.integrity import check_proof, links

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from credentials.model import Credential
    from credentials.suites import CredentialSuite, Setting
    from did.document import DidDocument
    from did.integrity import Cryptosuite, Link, VerifiedProof
    from did.keys import PublicKey
    from did.resolution import DocumentSource
    from did.types import JsonObject, JsonValue

MAX_STATED: Final = 20_000  # values, counted once for each proof over statements: a fifth of a second


def issuer_binding(credential: Credential) -> Did:
    """(2) A proof is by the issuer: its verification method is a DID URL of the issuer's DID.

    Codes: proof.missing, issuer.not-a-did, issuer.mismatch, proof.malformed.
    """
    _check_any(credential)
    try:
        issuer = Did.parse(credential.issuer)
    except DidError as error:
        raise CredentialError("issuer.not-a-did", f"the issuer must be a DID: {error.detail}") from error
    signers = [method_of(proof).did for proof in credential.proofs]
    # [DI-24] whoever else signs, the issuer must
    if issuer not in signers:
        raise CredentialError(
            "issuer.mismatch",
            f"no proof is by the issuer {issuer.text}, the first is by {signers[0].text}",
            clause="VCDM 2.0, 7.1",
            remedy="ask for a credential that its issuer signed",
        )
    return issuer


def method_of(proof: JsonObject) -> DidUrl:
    """Read a proof's verification method as a DID URL with a fragment. Codes: proof.malformed."""
    value = proof.get("verificationMethod")
    if not isinstance(value, str):
        raise CredentialError("proof.malformed", "verificationMethod must be a text", clause="VC-DI 1.0, 2.1")
    try:
        found = DidUrl.parse(value)
    except DidError as error:
        raise CredentialError("proof.malformed", f"verificationMethod: {error.detail}") from error
    # [DI-25] a method, and no other resource of the DID
    if not found.fragment or found.path or found.query:
        raise CredentialError(
            "proof.malformed", "verificationMethod must be a DID with a fragment and no more"
        )
    return found


def issuer_keys(
    credential: Credential,
    document: DidDocument,
    suites: Mapping[str, CredentialSuite],
    documents: DocumentSource,
) -> tuple[PublicKey, ...]:
    """(3) Give the key of each proof: the issuer's from `document`, others' from their own documents.

    Codes: key.not-authorized, key.unsupported, key.type, proof.cryptosuite, resolution.*, key.document.
    """

    def of(did: Did) -> DidDocument:
        return document if did.text == document.id else issuer_document(did, documents)

    return _keys(credential, of, suites)


def own_keys(
    credential: Credential, documents: DocumentSource, suites: Mapping[str, CredentialSuite]
) -> tuple[PublicKey, ...]:
    """Give the key of each proof from the document of its own method, whoever the issuer is.

    Codes: as (3), and proof.missing.
    """
    _check_any(credential)
    return _keys(credential, lambda did: issuer_document(did, documents), suites)


def verify(
    credential: Credential,
    keys: tuple[PublicKey, ...],
    *,
    suites: Mapping[str, CredentialSuite],
    setting: Setting,
    now: datetime,
) -> tuple[VerifiedProof, ...]:
    """(4) Every proof verifies with its key, for `assertionMethod`, and covers every context.

    Codes: proof.*, bbs-2023.*, ecdsa-sd-2023.*, presentation.binding, presentation.base-proof,
    context.unsigned.
    """
    _check_work(credential, suites)
    document = {name: value for name, value in credential.document.items() if name != "proof"}
    verified: dict[int, VerifiedProof] = {}
    for link in links(credential.proofs):
        checker = suite_of(link.proof, suites).checker(link.proof, setting)
        verified[link.position] = _verified(document, link, keys[link.position], checker, setting, now)
    return tuple(verified[position] for position in range(len(keys)))


def _check_work(credential: Credential, suites: Mapping[str, CredentialSuite]) -> None:
    found = [suites.get(name_of(proof)) for proof in credential.proofs]
    stated = sum(suite is not None and suite.over_rdf for suite in found)
    # [DI-29] each canonicalizes the whole document
    if stated > 1 and stated * _values(credential.document) > MAX_STATED:
        raise CredentialError(
            "proof.work",
            f"{stated} proofs are over the statements of a document as large as this one",
            remedy="show it with the issuer's proof only",
        )


def _values(document: JsonObject) -> int:
    total, level = 0, [value for name, value in document.items() if name != "proof"]
    while level:
        total += len(level)
        inner: list[list[JsonValue]] = [
            list(value.values()) if isinstance(value, dict) else value
            for value in level
            if isinstance(value, dict | list)
        ]
        level = [item for values in inner for item in values]
    return total


def signers(methods: tuple[str, ...], issuer: str) -> Remark:
    """(4) Say who signed, where there are several proofs: others than the issuer vouch for themselves."""
    others = sorted({method.partition("#")[0] for method in methods} - {issuer})
    by = f"also by {', '.join(others)}" if others else "all by the issuer"
    return Remark(detail=f"{len(methods)} proofs hold, {by}")


def is_derived(credential: Credential, suites: Mapping[str, CredentialSuite]) -> bool:
    """Whether every proof of the issuer shows a part only; proofs of unknown suites show the whole."""
    found = _by_issuer(credential, suites)
    return bool(found) and all(suite is not None and suite.is_derived(proof) for suite, proof in found)


def is_bound(credential: Credential, suites: Mapping[str, CredentialSuite]) -> bool:
    """Whether every proof of the issuer was derived for one presentation, whose header it is bound to."""
    found = _by_issuer(credential, suites)
    return bool(found) and all(
        suite is not None and suite.unlinkable and suite.is_derived(proof) for suite, proof in found
    )


def is_over_rdf(credential: Credential, suites: Mapping[str, CredentialSuite]) -> bool:
    """Whether every proof of the issuer is over statements, which other JSON would make too."""
    found = _by_issuer(credential, suites)
    return bool(found) and all(suite is not None and suite.over_rdf for suite, _ in found)


def _by_issuer(
    credential: Credential, suites: Mapping[str, CredentialSuite]
) -> list[tuple[CredentialSuite | None, JsonObject]]:
    # Anybody may add a proof of their own over any JSON: it says nothing of what the issuer signed.
    return [
        (suites.get(name_of(proof)), proof)
        for proof in credential.proofs
        if str(proof.get("verificationMethod")).partition("#")[0] == credential.issuer
    ]


def name_of(proof: JsonObject) -> str:
    """Give the name that a proof states for its suite, well formed or not."""
    return str(proof.get("cryptosuite", proof.get("type")))


def _check_any(credential: Credential) -> None:
    if not credential.proofs:
        raise CredentialError(
            "proof.missing", "the credential has no proof", remedy="ask for a secured credential"
        )


def _keys(
    credential: Credential, document_of: Callable[[Did], DidDocument], suites: Mapping[str, CredentialSuite]
) -> tuple[PublicKey, ...]:
    return tuple(_key(document_of(method_of(proof).did), proof, suites) for proof in credential.proofs)


def _key(document: DidDocument, proof: JsonObject, suites: Mapping[str, CredentialSuite]) -> PublicKey:
    suite = suite_of(proof, suites)
    # Of a well-formed method the text and the parsed form are one.
    key = document.authorised(ASSERTION_METHOD, str(proof.get("verificationMethod"))).key
    # [DI-26] the suite fixes the algorithms
    if key.type not in suite.key_types:
        types = " or ".join(sorted(suite.key_types))
        raise CredentialError("key.type", f"{suite.name} takes {types} keys, found {key.type}")
    return key


def _verified(
    document: JsonObject, link: Link, key: PublicKey, checker: Cryptosuite, setting: Setting, now: datetime
) -> VerifiedProof:
    verified = check_proof(
        document,
        link.proof,
        suites={checker.name: checker},
        keys=lambda _method, _purpose: key,
        expected_purpose=ASSERTION_METHOD,
        expected_domain=setting.domain,
        expected_challenge=setting.challenge,
        now=now,
        previous=link.previous,
    )
    # JCS suites let contexts be appended without the signer: they would rename what was signed.
    # [DI-27] every context is signed
    if verified.document.get("@context") != document.get("@context"):
        raise CredentialError(
            "context.unsigned",
            "contexts were added after signing",
            clause="VC-DI EdDSA 1.0, 3.3.2",
            remedy="remove them",
        )
    return verified
