"""The second chapter: claims become a credential, the credential goes into a wallet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.cli.holder import create_wallet, open_wallet
from api.cli.issuing import summary
from api.cli.wallet import flatten
from api.client.documents import HostedHistories, ProvenStates
from api.client.failures import RejectedError
from api.client.schemas import address_of
from api.journey import own_keys
from api.journey.model import Chapter, Shown, Step
from credentials.suites import Reader
from credentials.verifying.means import Means
from credentials.verifying.policy import Policy
from credentials.verifying.verifier import check_credential
from did.encoding import encode_base64url
from schemas import examples

if TYPE_CHECKING:
    from api.client.service_client import ServiceClient
    from api.journey.stage import Stage
    from did.types import JsonObject

_PHRASE_BYTES = 18


def set_profile(stage: Stage) -> Shown:
    """Let the DID issue national identity credentials with bbs-2023."""
    profile = stage.name("identity")
    put_profile(stage.operator, profile, stage.issuer, "national-identity", "bbs-2023")
    return Shown((("profile", profile), ("schema", "national-identity"), ("signs with", "bbs-2023")))


def issue_identity(stage: Stage) -> Shown:
    """Issue the example claims."""
    stage.identity = issue(stage.operator, stage.name("identity"), "national-identity")
    claims = flatten(stage.identity["credentialSubject"])
    return Shown(
        (
            ("claims", ", ".join(name for name, _ in claims if not name.endswith("type"))),
            ("signed", f"{summary(stage.identity).get('proof')}, {summary(stage.identity).get('valid')}"),
        )
    )


def receive_identity(stage: Stage) -> Shown:
    """Put it into a new, encrypted wallet; the wallet checks it against the proven document."""
    phrase = encode_base64url(stage.system.random_bytes(_PHRASE_BYTES))
    stage.passphrase = phrase
    create_wallet(stage.wallet_path, phrase, stage.system)
    keep(stage, stage.identity)
    size = stage.wallet_path.stat().st_size
    mode = stage.wallet_path.stat().st_mode & 0o777
    return Shown(
        (
            ("checked", "proof, issuer's key in the proven document, data model, dates"),
            ("kept", f"argon2id and XChaCha20-Poly1305, {size:,} bytes, mode {mode:o}"),
        )
    )


def issue_degree(stage: Stage) -> Shown:
    """Issue and check a second kind: eddsa-jcs-2022, signed as a whole, verified here as well."""
    profile = stage.name("degrees")
    put_profile(stage.operator, profile, stage.issuer, "university-degree", "eddsa-jcs-2022")
    degree = issue(stage.operator, profile, "university-degree")
    policy = Policy(trusted_issuers=frozenset({stage.issuer}))
    documents = HostedHistories(stage.operator, stage.system.now())
    means = Means(documents, stage.suites, policy, stage.system.now())
    verified = check_credential(degree, means, reader=Reader.VERIFIER)
    return Shown(
        (
            ("signed", f"{verified.formats[0]}, {summary(degree).get('valid')}"),
            ("checked", "here, with the issuer's verified history"),
        )
    )


def keep(stage: Stage, credential: JsonObject) -> None:
    """Let the holder's wallet receive a credential of the proven issuer."""
    with open_wallet(stage.wallet_path, stage.passphrase, stage.system) as opened:
        changed, _ = opened.wallet.receive(
            credential, documents=ProvenStates([stage.proven]), suites=stage.suites, now=stage.system.now()
        )
        opened.save(changed)


def put_profile(service: ServiceClient, profile: str, did: str, schema: str, *forms: str) -> JsonObject:
    """Set an issuer profile; gives what the service says of it."""
    body = {"did": did, "schema": address_of(service, schema), "formats": [*forms], "validityDays": 365}
    return service.put(f"/issuers/{profile}", body, scope="write:/issuers")


def issue(service: ServiceClient, profile: str, example: str) -> JsonObject:
    """Issue one of the example claim sets."""
    return member(sign(service, profile, example), "verifiableCredential")


def sign(
    service: ServiceClient, profile: str, example: str, commitment: JsonObject | None = None
) -> JsonObject:
    """Have one of the example claim sets signed, for a wallet's commitment if there is one; the answer."""
    options: JsonObject = {} if commitment is None else {"options": {"commitment": commitment}}
    body: JsonObject = {"credential": {"credentialSubject": examples.load(example)}, **options}
    return service.post(f"/issuers/{profile}/credentials/issue", body, scope="write:/credentials/issue")


def member(answer: JsonObject, name: str) -> JsonObject:
    """Take an object out of the answer to issuing."""
    found = answer.get(name)
    if not isinstance(found, dict):
        raise RejectedError("service.answer", f"issuing gave no {name}")
    return found


CHAPTER = Chapter(
    "It signs real claims, a holder keeps them",
    (
        Step("set-profile", "Set a profile for national identity credentials", set_profile),
        Step("issue-identity", "Issue a credential from the example claims", issue_identity),
        Step("receive", "The wallet checks it and keeps it, encrypted", receive_identity),
        Step("issue-degree", "Issue a university degree with eddsa-jcs-2022, verify it", issue_degree),
        own_keys.STEP,
    ),
)
