"""What the verifier's own list must reject, whatever the form: issuers, times, registry, policy, holders."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from credentials import enveloping
from credentials.dialects.registry import dialects
from credentials.dialects.securing import IssuingKey
from credentials.exchange.dcql import Query
from credentials.holder.signing import sign_presentation
from credentials.issuing import IssuerProfile, issue
from credentials.jose import jws
from credentials.sd_jwt import data_model
from credentials.suites import Reader
from credentials.verifying.verifier import check_credential, check_presentation
from did.eddsa_jcs import hash_data
from did.encoding import encode_multibase
from did.identifiers import Did
from did.keys import Ed25519Signer
from did.methods import key as did_key
from did.registry.states import RegistryState
from tests.rejects.catalogue import Reject, needed, number, refused
from tests.support.world import BBS, EDDSA, World, tamper

UNDEFINED = "https://www.w3.org/ns/credentials/undefined-terms/v2"
HOLDER = Ed25519Signer(bytes(31) + b"h")
THIEF = Ed25519Signer(bytes(31) + b"t")


def text(world, holder=HOLDER.public_key, issuer=None, key_id=None):
    """A vc+jwt, in its envelope."""
    by = issuer or world.issuer
    return issue(
        {"credentialSubject": {"degree": "mathematics"}},
        profile=IssuerProfile(
            did=world.issuer.did, formats=("vc+jwt",), contexts=(UNDEFINED,), types=(), schema=None
        ),
        dialects=dialects(world.suites),
        keys={"vc+jwt": IssuingKey(key_id or f"{by.did}#ed25519", by.signer)},
        now=world.now,
        random_bytes=world.random,
        holder=holder,
    )["vc+jwt"]


def alone(change=None, **policy):
    """Verify a credential that is shown alone, in a world that `change` has changed."""

    def attempt():
        world = World("verifier-rejects")
        credential = world.issue(EDDSA)
        credential = (change(world, credential) if change else None) or credential
        check_credential(credential, world.means(**policy), reader=Reader.VERIFIER)

    return attempt


def wait(days):
    def change(world, _credential):
        world.now += timedelta(days=days)

    return change


def forged_document(world, _credential):
    document = world.registry.document(did(world.issuer.did))
    world.registry.forged[world.issuer.did] = replace(document, id=world.stranger.did)


def did(value):
    return Did.parse(value)


def unanchored(world, _credential):
    world.registry.state = RegistryState.LOGGED


def unregistered(world, _credential):
    world.registry.assurance = lambda _document: None


def undated(world, credential):
    return world.sign({k: v for k, v in credential.items() if k not in {"proof", "validFrom"}})


def present(value, world, query=None):
    check_presentation(
        value,
        world.means(),
        expected_challenge="n",
        expected_domain="https://verifier.example",
        expected_query=query,
    )


def presented(change):
    """Verify a presentation that `change` makes from honest parts."""

    def attempt():
        world = World("presentation-rejects")
        present(change(world), world)

    return attempt


def signed(world, credentials, signer=HOLDER, **changes):
    options = {"challenge": "n", "domain": "https://verifier.example", "now": world.now}
    return sign_presentation(credentials, signer=signer, **{**options, **changes})


def embedded(world, holder=HOLDER):
    credential = {k: v for k, v in world.issue(EDDSA).items() if k != "proof"}
    return world.sign(tamper(credential, "/credentialSubject/id", did_key.create(holder.public_key).text))


def resigned(world, presentation, signer=HOLDER, **options):
    """The presentation without its proof, changed, and signed again by the same suite."""
    document = {k: v for k, v in presentation.items() if k != "proof"}
    method = f"{did_key.create(signer.public_key).text}#{signer.public_key.multikey()}"
    stated = {
        "signer": signer,
        "verification_method": method,
        "proof_purpose": "authentication",
        "challenge": "n",
        "domain": "https://verifier.example",
    }
    return world.sign(document, **{**stated, **options})


def no_proof(world):
    presentation = signed(world, [embedded(world)])
    del presentation["proof"]
    return presentation


def two_proofs(world):
    presentation = signed(world, [embedded(world)])
    presentation["proof"] = [presentation["proof"], copy.deepcopy(presentation["proof"])]
    return presentation


def another_holder(world):
    presentation = signed(world, [embedded(world)])
    presentation["holder"] = did_key.create(THIEF.public_key).text
    return resigned(world, presentation)


def by_a_logged_did(world):
    presentation = signed(world, [embedded(world)])
    del presentation["holder"]
    method = f"{world.issuer.did}#ed25519"
    return resigned(world, presentation, verification_method=method, signer=world.issuer.signer)


def by_another_name(world):
    method = f"{did_key.create(HOLDER.public_key).text}#{THIEF.public_key.multikey()}"
    return resigned(world, signed(world, [embedded(world)]), verification_method=method)


def for_two_verifiers(world):
    presentation = signed(world, [embedded(world)])
    signing = {k: v for k, v in presentation["proof"].items() if k != "proofValue"}
    signing["domain"] = ["https://verifier.example"]
    return signed_as(presentation, signing)


def signed_as(presentation, signing):
    document = {k: v for k, v in presentation.items() if k != "proof"}
    value = encode_multibase(HOLDER.sign(hash_data(document, signing)))
    return {**document, "proof": {**signing, "proofValue": value}}


def with_another_context(world):
    presentation = signed(world, [embedded(world)])
    presentation["@context"] = [*presentation["@context"], UNDEFINED]
    return presentation


def of_nothing(world):
    return signed(world, [])


def by_a_thief(world):
    return signed(world, [embedded(world)], signer=THIEF)


def text_by_a_thief(world):
    return signed(world, [text(world)], signer=THIEF)


def older_in_an_envelope(world):
    claims = jws.claims(jws.read(text(world)["id"].partition(",")[2], max_bytes=9999))
    inner = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiableCredential"],
        "issuanceDate": "2026-11-19T00:00:00Z",
        "credentialSubject": {"id": did_key.create(HOLDER.public_key).text},
    }
    header = {"typ": "JWT", "kid": f"{world.issuer.did}#ed25519"}
    payload = orjson.dumps({"iss": claims["issuer"], "vc": inner})
    signed_text = jws.sign(payload, header=header, signer=world.issuer.signer)
    return enveloping.envelope("application/vc+jwt", signed_text)


def with_a_proof_inside(world):
    claims = jws.claims(jws.read(text(world)["id"].partition(",")[2], max_bytes=9999))
    claims["proof"] = world.issue(EDDSA)["proof"]
    header = {"typ": "vc+jwt", "cty": "vc", "kid": f"{world.issuer.did}#ed25519"}
    return jws.sign(orjson.dumps(claims), header=header, signer=world.issuer.signer)


def sd_jwt_of_another_issuer(world):
    """Signed by a stranger, whose key it names, in the issuer's name."""
    return data_model.issue(
        jws.claims(jws.read(text(world)["id"].partition(",")[2], max_bytes=9999)),
        signer=world.stranger.signer,
        key_id=f"{world.stranger.did}#ed25519",
        random_bytes=world.random,
    )


def by_a_key_that_signs_no_text(world):
    return text(world, key_id=f"{world.issuer.did}#bbs")


def asked_by_position():
    world = World("presentation-rejects")
    world.receive(world.issue(BBS))
    request = world.request("nationality")
    presentation = world.present(request)
    asked = copy.deepcopy(request.query.to_json())
    asked["credentials"][0]["claims"] = [{"path": ["type", 0]}]
    check_presentation(
        presentation,
        world.means(),
        expected_challenge=request.challenge,
        expected_domain=request.domain,
        expected_query=Query.parse(asked),
    )


def hidden_subject(world):
    """A credential of two subjects, each of which its holder can hide."""
    document = jws.claims(jws.read(text(world)["id"].partition(",")[2], max_bytes=9999))
    del document["cnf"]
    document["credentialSubject"] = [{"degree": "mathematics"}, {"degree": "law"}]
    return data_model.issue(
        document,
        signer=world.issuer.signer,
        key_id=f"{world.issuer.did}#ed25519",
        random_bytes=world.random,
        disclosable=[("credentialSubject", None)],
    )


VCDM, DI, BINDING = "VCDM 2.0, 7.1", "VC-DI 1.0, 4.4", "docs/specs/presentation-binding.md"
DAY = timedelta(days=1)
CASES = [
    Reject("VER-04", "an issuer that nobody trusts", VCDM, "issuer.untrusted",
           alone(trusted_issuers=frozenset())),
    Reject("VER-05", "another document than asked for", "DID Resolution", "key.document",
           alone(forged_document)),
    Reject("VER-06", "before its time", "VCDM 2.0, 4.9", "credential.not-yet-valid", alone(wait(-2))),
    Reject("VER-07", "after its time", "VCDM 2.0, 4.9", "credential.expired", alone(wait(400))),
    Reject("VER-08", "nobody vouches", "", "registry.none",
           alone(unregistered, required_assurance=RegistryState.LOGGED)),
    Reject("VER-09", "vouched for, not far enough", "", "registry.assurance",
           alone(unanchored, required_assurance=RegistryState.ANCHORED)),
    Reject("VER-10", "a form that the policy does not accept", "", "policy.format",
           alone(accepted_formats=frozenset({"bbs-2023"}))),
    Reject("VER-11", "too old", "", "policy.age", alone(wait(2), max_age=DAY)),
    Reject("VER-11", "of unknown age", "", "policy.age", alone(undated, max_age=DAY)),
    Reject("VER-12", "shown by nobody", "", "policy.binding", alone(requires_holder=True)),
    Reject("VER-13", "somebody else's credential", BINDING, "presentation.holder", presented(by_a_thief)),
    Reject("VER-14", "two forms at once", "VC-JOSE-COSE, 3.1", "secured.proof",
           alone(lambda world, _: with_a_proof_inside(world))),
    Reject("VER-15", "an envelope that names another form", "VCDM 2.0, 4.13", "envelope.media-type",
           alone(lambda world, _: older_in_an_envelope(world))),
    Reject("VER-03", "another holder than cnf names", "RFC 7800, 3.1", "presentation.holder",
           presented(text_by_a_thief)),
    Reject("VER-01", "a signer that is not the issuer", VCDM, "issuer.mismatch",
           alone(lambda world, _: sd_jwt_of_another_issuer(world))),
    Reject("VER-02", "a key that signs no texts", DI, "key.type",
           alone(lambda world, _: by_a_key_that_signs_no_text(world))),
    Reject("SDJ-52", "a subject that can be hidden", "VC-JOSE-COSE, 3.2", "credential.claims",
           alone(lambda world, _: hidden_subject(world))),
    Reject("PRE-17", "a position in what is signed as RDF", BINDING, "query.index", asked_by_position),
    Reject("PRE-10", "no proof", DI, "proof.missing", presented(no_proof)),
    Reject("PRE-11", "two proofs", DI, "presentation.proofs", presented(two_proofs)),
    Reject("PRE-12", "another holder than the signer", "VCDM 2.0, 4.13.1", "presentation.holder",
           presented(another_holder)),
    Reject("PRE-13", "a holder that would have to be fetched", BINDING, "presentation.holder-method",
           presented(by_a_logged_did)),
    Reject("PRE-14", "a method that a did:key does not have", BINDING, "key.not-authorized",
           presented(by_another_name)),
    Reject("PRE-15", "a list of domains", BINDING, "proof.domain", presented(for_two_verifiers)),
    Reject("PRE-16", "a context that was added", DI, "context.unsigned", presented(with_another_context)),
    Reject("PRE-18", "nothing presented", BINDING, "presentation.empty", presented(of_nothing)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=number)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=number)
def test_needs_its_check(case):
    needed(case)
