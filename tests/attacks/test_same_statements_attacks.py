"""Attacks that leave every signed statement as it is and change the JSON that verifiers read.

A derived bbs-2023 credential is signed as RDF. The holder, who may be dishonest, writes the JSON.
"""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest

from credentials.exchange.request import PresentationRequest
from credentials.suites import Reader
from credentials.verifying.binding import presentation_header
from did.document import ASSERTION_METHOD
from did.integrity import ProofOptions
from schemas import examples
from tests.support.world import BBS, EDDSA, World

CREDENTIALS = "https://www.w3.org/2018/credentials#"
SECURITY = "https://w3id.org/security#"
XSD = "http://www.w3.org/2001/XMLSchema#"
STATUS_LIST = "https://www.w3.org/ns/credentials/status#"
LATER = timedelta(days=800)


def shown(world, *claims, subject=None, expires=None, **members):
    """An honest presentation of a credential with more members than issuing lets by, and its request."""
    document = world.issue(BBS)
    del document["proof"], document["credentialSchema"]
    document.update(members)
    document["credentialSubject"].update(subject or {})
    pointers = ["/issuer", "/validFrom", "/validUntil", *(f"/{name}" for name in members)]
    world.receive(
        world.suites[BBS].sign(
            document,
            options=ProofOptions(
                cryptosuite=BBS,
                verification_method=f"{world.issuer.did}#bbs",
                proof_purpose=ASSERTION_METHOD,
                expires=expires,
            ),
            key=world.issuer.bbs,
            mandatory_pointers=pointers,
            random_bytes=world.random,
        )
    )
    request = world.request(*claims)
    return world.present(request), request


def rewritten(world, presentation, request, change):
    credential = copy.deepcopy(presentation["verifiableCredential"][0])
    change(credential)
    return world.refuse(world.wrap([credential], request, signer=world.last_signer), request)


def moved(place, name, iri, datatype=None):
    value = place.pop(name)
    place[iri] = value if datatype is None else {"@value": value, "@type": XSD + datatype}


def test_the_rewriting_alone_is_no_fault():
    world = World("rewrite")
    assert rewritten(world, *shown(world), lambda credential: None) == ""


@pytest.mark.parametrize("name", ["validFrom", "validUntil"])
def test_a_validity_date_under_its_iri_is_seen(name):
    world = World("rewrite")
    presentation, request = shown(world)

    def hide(credential):
        moved(credential, name, CREDENTIALS + name, "dateTime")

    world.now += LATER if name == "validUntil" else -timedelta(days=1)
    honest = world.refuse(presentation, request)
    assert honest == {"validFrom": "credential.not-yet-valid", "validUntil": "credential.expired"}[name]
    assert rewritten(world, presentation, request, hide) == "rdf.renamed"


STATUS = {
    "id": "https://issuer.example/status/1#94567",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "94567",
    "statusListCredential": "https://issuer.example/status/1",
}


def test_a_status_under_its_iri_is_seen():
    world = World("rewrite")
    presentation, request = shown(world, credentialStatus=STATUS)
    assert world.refuse(presentation, request) == "status.unsupported"

    def hide(credential):
        moved(credential, "credentialStatus", CREDENTIALS + "credentialStatus")

    assert rewritten(world, presentation, request, hide) == "rdf.renamed"


def test_one_status_of_two_under_its_iri_is_seen():
    world = World("rewrite")
    second = {**STATUS, "id": "https://issuer.example/status/2#7", "statusPurpose": "suspension"}
    presentation, request = shown(world, credentialStatus=[STATUS, second])

    def hide(credential):
        entries = credential["credentialStatus"]
        credential[CREDENTIALS + "credentialStatus"] = [entries.pop()]

    assert rewritten(world, presentation, request, hide) == "rdf.renamed"


def test_an_end_of_the_proof_under_its_iri_is_seen():
    world = World("rewrite")
    presentation, request = shown(world, expires=world.now + timedelta(days=1))
    world.now += timedelta(days=2)
    assert world.refuse(presentation, request) == "proof.expired"

    def hide(credential):
        moved(credential["proof"], "expires", SECURITY + "expiration", "dateTime")

    assert rewritten(world, presentation, request, hide) == "rdf.renamed"


def test_a_wallet_does_not_take_a_credential_with_renamed_members():
    world = World("rewrite")
    credential = world.issue(BBS)
    moved(credential, "credentialSchema", CREDENTIALS + "credentialSchema")
    assert world.refuse_credential(credential, Reader.HOLDER) == "rdf.renamed"


NOTHING = {
    "null": None,
    "null-in-a-list": [None],
    "empty-list": [],
    "list-in-a-list": [[]],
    "value-object-of-null": {"@value": None},
    "list-of-such": [{"@value": None}],
    "language-without-text": {"@language": "en"},
}


@pytest.mark.parametrize("value", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize("place", ["givenName", "address"])
def test_a_claim_that_says_nothing_answers_no_query(value, place):
    world = World("rewrite")
    presentation, asked = shown(world, "nationality")
    wider = world.request("nationality", place, challenge=asked.challenge)
    assert world.refuse(presentation, wider) == "query.unsatisfied"

    def add(credential):
        credential["credentialSubject"][place] = value

    code = "model.value-object" if value == {"@language": "en"} else "model.ambiguous"
    assert rewritten(world, presentation, wider, add) == code


DISGUISED = {
    "value-object": ({"@value": False}, "model.ambiguous"),
    "text-with-datatype": ({"@value": "false", "@type": XSD + "boolean"}, "rdf.boolean"),
    "in-a-list-of-lists": ([[False]], "model.ambiguous"),
    "twice": ([False, False], "rdf.boolean"),
}


@pytest.mark.parametrize(("value", "code"), DISGUISED.values(), ids=DISGUISED)
def test_a_signed_false_is_not_shown_as_something_that_counts_as_true(value, code):
    world = World("rewrite")
    presentation, request = shown(world, "resident", subject={"resident": False})
    assert world.verify(presentation, request).result.claims() == {
        "identity": {"/credentialSubject/resident": False}
    }

    def disguise(credential):
        credential["credentialSubject"]["resident"] = value

    assert rewritten(world, presentation, request, disguise) == code


def test_a_signed_false_in_a_list_is_given_as_false():
    world = World("rewrite")
    presentation, request = shown(world, "resident", subject={"resident": False})
    credential = copy.deepcopy(presentation["verifiableCredential"][0])
    credential["credentialSubject"]["resident"] = [False]
    verdict = world.verify(world.wrap([credential], request, signer=world.last_signer), request)
    assert verdict.result.claims() == {"identity": {"/credentialSubject/resident": False}}


def test_positions_in_a_derived_credential_are_the_holders_choice():
    world = World("rewrite")
    presentation, asked = shown(world, "nationality", subject={"nationality": ["PT", "FR"]})
    query = copy.deepcopy(asked.query.to_json())
    query["credentials"][0]["claims"][0]["path"].append(0)
    first = PresentationRequest.parse({"challenge": asked.challenge, "domain": asked.domain, "query": query})

    def swap(credential):
        credential["credentialSubject"]["nationality"].reverse()

    assert rewritten(world, presentation, first, swap) == "query.index"
    assert world.refuse(presentation, first) == "query.index"


def test_positions_in_a_credential_shown_whole_are_the_issuers():
    world = World("rewrite")
    subject = {"id": world.holder, **examples.load("national-identity"), "nationality": "PT"}
    document = {**world.issue(EDDSA), "credentialSubject": [subject]}
    del document["proof"], document["credentialSchema"]
    world.receive(world.sign(document))
    asked = world.request("nationality")
    query = copy.deepcopy(asked.query.to_json())
    query["credentials"][0]["claims"][0]["path"] = ["credentialSubject", 0, "nationality"]
    request = world.request(query=query)
    assert world.refuse(world.present(request), request) == ""


def test_a_subject_that_a_derived_credential_names_is_the_holder():
    """Whoever got hold of the base credential would else show the claims of someone else, named."""
    world = World("rewrite")
    presentation, request = shown(world, subject={"id": world.holder})
    assert world.last_signer.public_key == world.holder_signer().public_key
    assert world.refuse(presentation, request) == ""

    thief = World("thief")
    thief.registry, thief.policy = world.registry, world.policy
    stored = world.wallet.credentials[0].credential
    shown_by_thief = thief.suites[BBS].present(
        stored.document,
        pointers=("/credentialSubject/nationality", "/credentialSubject/resident"),
        header=presentation_header(
            domain=request.domain,
            challenge=request.challenge,
            holder_key=thief.holder_signer().public_key,
        ),
        random_bytes=thief.random,
    )
    stolen = thief.wrap([shown_by_thief], request, signer=thief.holder_signer())
    assert thief.refuse(stolen, request) == "presentation.holder"
