"""Attacks on what a composite proof shows: claims, contexts, subjects and options that are not as signed."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from functools import cache

from credentials.exchange.request import PresentationRequest
from credentials.suites.predicates.suite import write_shown
from credentials.suites.predicates.typings import typing_by
from did.integrity import ProofOptions
from schemas.json_schemas import SchemaText
from schemas.sources import BUNDLED
from tests.support.forging import Shown, accepted, sealed
from tests.support.proving import PREDICATES, ProvingWorld
from tests.support.world import EDDSA, tamper

OPEN = "birthDate <= 2008-11-26 by bulletproof"
CLAIM = "/credentialSubject/nationality"


@cache
def one():
    """One credential that shows a claim, and of which facts are proven."""
    return Shown("birthDate <= 2008-11-26", "not revoked", "pseudonym")


@cache
def two():
    return Shown(OPEN, issuers=("issuer", "issuer"), formats=(PREDICATES,), revocable=False)


@cache
def three():
    return Shown(OPEN, issuers=("issuer",) * 3, formats=(PREDICATES,), revocable=False)


def refuse(found, credentials, request=None):
    asked = request or found.request
    return found.world.refuse(sealed(found.world, credentials, asked), asked)


def asked_anew(found, **changes):
    """The same request but for what changes."""
    request = found.request
    document = {"challenge": request.challenge, "domain": request.domain, "query": request.query.document}
    return PresentationRequest.parse({**document, **changes})


def expressions(found, *texts):
    query = copy.deepcopy(found.request.query.document)
    query["credentials"][0]["avow_prove"] = list(texts)
    return asked_anew(found, query=query)


def test_a_claim_that_is_shown_is_as_it_was_signed():
    (credential,) = one().credentials
    for changed in (
        tamper(credential, CLAIM, "FR"),
        tamper(credential, CLAIM, ...),
        tamper(credential, "/credentialSubject/resident", True),
        tamper(credential, "/credentialSubject/id", "did:example:holder"),
        tamper(credential, "/issuer", one().world.stranger.did),
        tamper(credential, "/validUntil", "2036-11-20T00:00:00Z"),
        tamper(credential, "/validUntil", ...),
        tamper(credential, "/credentialSchema/id", "https://avow.example/schemas/university-degree/v1"),
        tamper(credential, "/credentialSchema", ...),
        tamper(credential, "/name", "x"),
        tamper(credential, "/type", ["VerifiableCredential"]),
    ):
        assert refuse(one(), [changed])


def test_other_json_for_the_same_statements_is_read_plainly_or_refused():
    (credential,) = one().credentials
    subject = credential["credentialSubject"]
    term = "https://avow.example/vocab/national-identity#nationality"
    for other, code in (
        ({"nationality": {"@value": "PT"}}, "model.ambiguous"),
        ({"nationality": "PT", "birthDate": None}, "model.ambiguous"),
        ({"nationality": "PT", "birthDate": []}, "model.ambiguous"),
        ({term: "PT"}, None),
        ({"nationality": "PT", "@context": {}}, None),
        ({"@graph": [subject]}, None),
    ):
        found = refuse(one(), [{**credential, "credentialSubject": other}])
        if code is None:
            assert found, other
        else:
            assert found == code, other


def test_a_list_of_one_is_read_as_what_is_in_it():
    (credential,) = one().credentials
    other = {**credential, "credentialSubject": {"nationality": ["PT"]}}
    request = expressions(one(), "birthDate <= 2008-11-26", "not revoked", "pseudonym")
    query = copy.deepcopy(request.query.document)
    query["credentials"][0]["claims"] = [{"path": ["credentialSubject", "nationality"]}]
    request = asked_anew(one(), query=query)
    verdict = one().world.verify(sealed(one().world, [other], request), request)
    assert verdict.result.claims() == {"identity": {CLAIM: "PT"}}


def test_a_subject_in_a_list_is_one_subject():
    (credential,) = one().credentials
    subject = credential["credentialSubject"]
    assert refuse(one(), [{**credential, "credentialSubject": [subject, {"birthPlace": "Lima"}]}])
    assert refuse(one(), [{**credential, "credentialSubject": [subject, {}]}])
    assert refuse(one(), [{**credential, "credentialSubject": []}]).startswith("model.")


def test_contexts_are_signed():
    (credential,) = one().credentials
    contexts = credential["@context"]
    for other in (
        [*contexts, "https://www.w3.org/ns/credentials/examples/v2"],
        [*contexts, {"birthDate": "https://other.example/birthDate"}],
        contexts[:1],
    ):
        assert refuse(one(), [{**credential, "@context": other}])


def test_statements_of_one_credential_do_not_move_to_another():
    first, second = two().credentials
    subject = {"nationality": "PT", "familyName": "Almeida"}
    assert refuse(two(), [{**first, "credentialSubject": subject}, second])
    moved = [{**first, "credentialSubject": {}}, {**second, "credentialSubject": subject}]
    assert refuse(two(), moved)


def test_options_of_the_proof_are_signed():
    (credential,) = one().credentials
    for name, value in (
        ("created", "2026-11-20T12:00:00Z"),
        ("expires", "2026-11-21T12:00:00Z"),
        ("domain", "https://verifier.example"),
        ("proofPurpose", "authentication"),
        ("verificationMethod", f"{one().world.issuer.did}#ed25519"),
        ("verificationMethod", f"{one().world.stranger.did}#bbs"),
        ("nonce", "n"),
        ("previousProof", "urn:proof:1"),
    ):
        assert refuse(one(), [{**credential, "proof": {**credential["proof"], name: value}}]), name


class Listed:
    """A source with one schema more, of credentials about several subjects, none of whose claims is typed."""

    URL = "https://schemas.example/party"

    def schema(self, url, *, fetch):
        if url != self.URL:
            return BUNDLED.schemas.schema(url, fetch=fetch)
        content = {"type": "object", "properties": {"credentialSubject": {"type": "array"}}}
        return SchemaText.of(url, json.dumps(content).encode(), content)


def test_statements_do_not_move_from_one_subject_to_another():
    """Of a list of subjects each shows as a node, so that none can be taken for another."""
    world = ProvingWorld()
    secured, _ = world.issue_provable(formats=(PREDICATES,), revocable=False)
    document = {name: item for name, item in secured.items() if name != "proof"}
    document["credentialSchema"] = {"id": Listed.URL, "type": "JsonSchema"}
    document["credentialSubject"] = [
        {"givenName": "Ines", "nationality": "PT"},
        {"givenName": "Rui", "nationality": "ES"},
    ]
    binding, blind = world.binding(world.issuer, revocable=False)
    binding = replace(binding, typing=typing_by(Listed.URL, Listed(), width=None))
    options = ProofOptions(PREDICATES, f"{world.issuer.did}#bbs", "assertionMethod")
    made = world.suite.create_base(
        document,
        options,
        world.issuer.bbs,
        binding,
        mandatory_pointers=("/issuer",),
        random_bytes=world.random,
    )
    held = accepted(world, made, blind, schemas=Listed())
    part = world.suite.reveal(held, ("/credentialSubject/0/givenName", "/credentialSubject/1/nationality"))
    shown_so = write_shown(part, proof=b"p", position=0, query="party", epoch=None)
    assert shown_so["credentialSubject"] == [{"givenName": "Ines"}, {"nationality": "ES"}]

    def public(subjects):
        read = {**shown_so, "credentialSubject": subjects}
        key = world.issuer.bbs.public_key
        return world.suite.show(read, read["proof"], public_key=key, schemas=Listed()).public

    assert public(shown_so["credentialSubject"]) == part.public
    assert public([{"nationality": "ES"}, {"givenName": "Ines"}]) == part.public
    moved = public([{"givenName": "Ines", "nationality": "ES"}, {}])
    assert moved != part.public
    assert moved.disclosed != part.public.disclosed


def test_an_empty_subject_is_for_proofs_only():
    """Whatever says nothing in another suite is refused, also with a proof of this suite made up."""
    world = ProvingWorld()
    document = {name: item for name, item in world.issue(EDDSA).items() if name != "proof"}
    empty = world.sign({**document, "credentialSubject": {}})
    assert world.refuse_credential(empty) == "model.subject"
    pretended = {"type": "DataIntegrityProof", "cryptosuite": PREDICATES, "proofValue": "u2V1h"}
    assert world.refuse_credential({**empty, "proof": [empty["proof"], pretended]}) == "proof.malformed"
    pretended["verificationMethod"] = f"{world.issuer.did}#bbs"
    pretended["proofPurpose"] = "assertionMethod"
    assert world.refuse_credential({**empty, "proof": [empty["proof"], pretended]}) == "proof.alone"
    foreign = {**pretended, "verificationMethod": f"{world.stranger.did}#bbs"}
    assert world.refuse_credential({**empty, "proof": [empty["proof"], foreign]}) == "proof.alone"
