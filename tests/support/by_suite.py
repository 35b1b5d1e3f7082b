"""Credentials of did:key issuers secured by any suite, for tests of the verifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from credentials.formats import ACCEPTED
from did.document import ASSERTION_METHOD
from did.integrity import ProofOptions
from did.keys import Ed25519Signer, P256Signer, P384Signer
from did.methods import key as did_key
from schemas import examples
from tests.support.world import IDENTITY_CONTEXT

if TYPE_CHECKING:
    from tests.support.world import World

ED25519 = Ed25519Signer(bytes(range(32)))
OTHER = Ed25519Signer(bytes(range(1, 33)))
P256 = P256Signer(bytes(31) + b"\x07")
P384 = P384Signer(bytes(47) + b"\x07")
PLAIN = {
    "eddsa-jcs-2022": ED25519,
    "eddsa-rdfc-2022": ED25519,
    "ecdsa-jcs-2019": P256,
    "ecdsa-rdfc-2019": P256,
}
SELECTED = ("/credentialSubject/nationality", "/credentialSubject/resident")


def did(signer: Any) -> str:
    return did_key.create(signer.public_key).text


def trust(world: World, *signers: Any) -> None:
    world.policy = world.means(trusted_issuers=frozenset(map(did, signers)), accepted_formats=ACCEPTED).policy


def document(world: World, issuer: Any, **members: Any) -> Any:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", IDENTITY_CONTEXT],
        "type": ["VerifiableCredential", "NationalIdentityCredential"],
        "issuer": did(issuer),
        "validFrom": "2026-11-20T00:00:00Z",
        "validUntil": "2027-11-20T00:00:00Z",
        "credentialSubject": {"id": world.holder, **examples.load("national-identity")},
        **members,
    }


def sign(world: World, unsecured: Any, suite: str, signer: Any, **stated: Any) -> Any:
    options = ProofOptions(
        suite,
        did_key.verification_method_id(signer.public_key),
        stated.pop("purpose", ASSERTION_METHOD),
        created=world.now,
        **stated,
    )
    mandatory = ("/issuer", "/validFrom", "/validUntil") if world.suites[suite].selective else ()
    return world.suites[suite].sign(
        unsecured, options=options, key=signer, mandatory_pointers=mandatory, random_bytes=world.random
    )
