"""An issuer that keeps its own keys: the service hosts its history and never holds a secret of it.

Its first key signs the identifier's creation and its credentials; the second was committed to in advance and
replaces it. That is what pre-rotation is for: a stolen first key cannot choose its successor.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from api.cli.output import shorten_did
from api.client.documents import HostedHistories
from api.journey.model import Shown, Step
from credentials.dialects.registry import dialects
from credentials.dialects.securing import IssuingKey
from credentials.formats import EDDSA_JCS_2022
from credentials.issuing import IssuerProfile
from credentials.issuing import issue as sign
from credentials.suites import Reader
from credentials.verifying.means import Means
from credentials.verifying.policy import Policy
from credentials.verifying.verifier import check_credential
from did.identifiers import Did
from did.keys import Ed25519Signer
from did.methods.webvh import Changes, WebvhDid, create, hash_key, placeholder_did, update, verify_history
from schemas import examples

if TYPE_CHECKING:
    from datetime import datetime

    from api.journey.stage import Stage
    from did.types import JsonObject

_SEED_BYTES = 32
_CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
_DEGREE_CONTEXT = "https://avow.example/contexts/university-degree/v1"
_DEGREE_SCHEMA = "https://avow.example/schemas/university-degree/v1"


def own_issuer(stage: Stage) -> Shown:
    """Host a DID whose keys stay here, sign with the first, and verify that here."""
    stage.own_keys = [Ed25519Signer(stage.system.random_bytes(_SEED_BYTES)) for _ in range(3)]
    first, second, _ = stage.own_keys
    home = WebvhDid.parse(stage.issuer)
    did = placeholder_did(home.host, (*home.path[:-1], stage.name("college")), port=home.port)
    line = create(
        _document({"id": did}, first),
        signer=first,
        now=stage.system.now(),
        portable=True,
        next_key_hashes=[hash_key(second.public_key)],
    )
    answer = stage.operator.post("/dids", {"name": stage.name("college"), "entry": line}, scope="write:/dids")
    stage.own_did, stage.own_history = str(answer["did"]), line + "\n"
    now = stage.system.now()
    policy = Policy(trusted_issuers=frozenset({stage.own_did}))
    means = Means(HostedHistories(stage.operator, now), stage.suites, policy, now)
    check_credential(sign_degree(stage, now), means, reader=Reader.VERIFIER)
    return Shown((("DID", shorten_did(stage.own_did)), ("keys", "made and kept here; it signs by itself")))


def sign_degree(stage: Stage, when: datetime) -> JsonObject:
    """Sign a degree with the first key, dated `when`."""
    signer = stage.own_keys[0]
    profile = IssuerProfile(
        did=stage.own_did,
        formats=(EDDSA_JCS_2022,),
        contexts=(_DEGREE_CONTEXT,),
        types=("UniversityDegreeCredential",),
        schema=_DEGREE_SCHEMA,
    )
    method = f"{stage.own_did}#{signer.public_key.multikey()}"
    issued = sign(
        {"credentialSubject": examples.load("university-degree")},
        profile=profile,
        dialects=dialects(stage.suites),
        keys={EDDSA_JCS_2022: IssuingKey(method, signer)},
        now=when,
        random_bytes=stage.system.random_bytes,
    )
    return issued[EDDSA_JCS_2022]


def remove_first_key(stage: Stage) -> None:
    """Replace the first key by the third in the document, with an entry signed by the second."""
    _, second, third = stage.own_keys
    did = Did.parse(stage.own_did)
    history = verify_history(stage.own_history.encode(), expected_did=did, witnesses=None, now=None)
    line = update(
        history,
        signer=second,
        now=stage.system.now(),
        document=_document(history.latest.document, third),
        changes=Changes(update_keys=[second.public_key], next_key_hashes=[hash_key(third.public_key)]),
    )
    stage.operator.post(f"/dids/{stage.name('college')}/update", {"entry": line}, scope="write:/dids")


def _document(before: JsonObject, signer: Ed25519Signer) -> JsonObject:
    did, multikey = str(before["id"]), signer.public_key.multikey()
    method: JsonObject = {
        "id": f"{did}#{multikey}",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multikey,
    }
    return copy.deepcopy(before) | {
        "@context": [*_CONTEXTS],
        "verificationMethod": [method],
        "assertionMethod": [method["id"]],
        "authentication": [method["id"]],
    }


STEP = Step("own-keys", "Host an issuer that keeps its own keys, verify its degree", own_issuer)
