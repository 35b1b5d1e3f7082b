"""bbs-2023 from issuing to presenting; each attack with the code it meets; what two presentations share."""

from __future__ import annotations

import copy
import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials import pointers
from credentials.errors import CredentialError
from credentials.suites import Bbs2023
from credentials.suites.bbs_proof_value import BaseProofValue, DerivedProofValue
from did.integrity import UNSAFE_ANY
from did.keys import Ed25519Signer, PublicKey
from schemas import examples
from tests.support.bbs import HEADER, MANDATORY, V2, Randomness, credential, options

BIRTH = "/credentialSubject/birthDate"
COUNTRY = "/credentialSubject/address/addressCountry"


def code_of(call, *arguments, **named):
    with pytest.raises(CredentialError) as caught:
        call(*arguments, **named)
    return caught.value.code


def base_value(secured):
    return BaseProofValue.read(secured["proof"]["proofValue"])


def derived_value(derived):
    return DerivedProofValue.read(derived["proof"]["proofValue"])


def with_value(document, value):
    return {**document, "proof": {**document["proof"], "proofValue": value.write()}}


def changed(document, pointer, value):
    document = copy.deepcopy(document)
    *way, last = pointers.parse(pointer)
    at = document
    for token in way:
        at = at[int(token)] if isinstance(at, list) else at[token]
    at[last] = value
    return document


@pytest.fixture
def verify(suite, issuer):
    def run(document, *, header=HEADER, key=issuer[1]):
        suite.verify_derived(document, public_key=key, expected_presentation_header=header)

    return run


@pytest.fixture
def verify_base(suite, issuer):
    def run(document, *, key=issuer[1]):
        suite.verify_base(document, public_key=key)

    return run


def test_issue_receive_derive_verify(suite, verify, verify_base, secured, derived):
    verify_base(secured)
    verify(derived)
    assert derived["credentialSubject"] == {"birthDate": "1994-03-17", "address": {"addressCountry": "PT"}}
    assert suite.is_base_proof(secured["proof"])
    assert not suite.is_derived_proof(secured["proof"])
    assert suite.is_derived_proof(derived["proof"])
    assert not suite.is_base_proof(derived["proof"])
    assert suite.mandatory_pointers(secured["proof"]) == MANDATORY


@pytest.mark.parametrize("name", examples.NAMES)
def test_every_claim_of_every_profile_can_be_disclosed_alone(suite, issuer, verify, name):
    kind = "".join(part.capitalize() for part in name.split("-")) + "Credential"
    claims = examples.load(name)
    document = credential(
        **{"@context": [V2, f"https://avow.example/contexts/{name}/v1"]},
        type=["VerifiableCredential", kind],
        credentialSubject=claims,
    )
    secured = suite.create_base(
        document, options(), *issuer, mandatory_pointers=["/issuer"], random_bytes=Randomness()
    )
    for claim, value in claims.items():
        derived = suite.derive(
            secured,
            selective_pointers=[pointers.write(("credentialSubject", claim))],
            presentation_header=HEADER,
            random_bytes=Randomness(),
        )
        verify(derived)
        assert derived["credentialSubject"] == {claim: value}


def test_a_whole_and_an_empty_selection(suite, verify, secured):
    for chosen, expected in (([""], credential()["credentialSubject"]), ([], None)):
        derived = suite.derive(
            secured, selective_pointers=chosen, presentation_header=b"", random_bytes=Randomness()
        )
        verify(derived, header=b"")
        assert derived.get("credentialSubject") == expected


def test_nothing_mandatory_is_possible_and_everything_mandatory_too(suite, issuer, verify, verify_base):
    for mandatory in ([], [""]):
        secured = suite.create_base(
            credential(), options(), *issuer, mandatory_pointers=mandatory, random_bytes=Randomness()
        )
        verify_base(secured)
        verify(
            suite.derive(
                secured, selective_pointers=[BIRTH], presentation_header=HEADER, random_bytes=Randomness()
            )
        )
    empty = suite.create_base(
        credential(), options(), *issuer, mandatory_pointers=[], random_bytes=Randomness()
    )
    assert (
        code_of(
            suite.derive, empty, selective_pointers=[], presentation_header=b"", random_bytes=Randomness()
        )
        == "bbs-2023.empty"
    )


def test_the_input_is_left_as_it_was(suite, issuer):
    document = credential()
    secured = suite.create_base(
        document, options(), *issuer, mandatory_pointers=MANDATORY, random_bytes=Randomness()
    )
    assert document == credential()
    before = copy.deepcopy(secured)
    suite.derive(secured, selective_pointers=[BIRTH], presentation_header=HEADER, random_bytes=Randomness())
    assert secured == before


FROZEN = sorted((Path(__file__).parent / "frozen").glob("*.json"))


@pytest.mark.parametrize("file", FROZEN, ids=lambda file: file.stem)
def test_what_was_once_issued_verifies_for_ever(verify, verify_base, file):
    frozen = json.loads(file.read_bytes())
    key = PublicKey.from_multikey(frozen["publicKeyMultibase"])
    verify_base(frozen["base"], key=key)
    verify(frozen["derived"], header=bytes.fromhex(frozen["presentationHeader"]), key=key)


def test_something_is_frozen():
    assert FROZEN


def test_a_claim_that_looks_like_a_label_stays_as_it_is(suite, issuer, verify, verify_base):
    claims = {**examples.load("national-identity"), "givenName": '_:c14n0 _:b1 "_:c14n1" <urn:bnid:s0>'}
    secured = suite.create_base(
        credential(credentialSubject=claims),
        options(),
        *issuer,
        mandatory_pointers=MANDATORY,
        random_bytes=Randomness(),
    )
    verify_base(secured)
    derived = suite.derive(
        secured,
        selective_pointers=["/credentialSubject/givenName", COUNTRY],
        presentation_header=HEADER,
        random_bytes=Randomness(),
    )
    verify(derived)
    assert derived["credentialSubject"]["givenName"] == claims["givenName"]


# What a verifier must reject.

DERIVED_CHANGES = {
    "disclosed claim": (BIRTH, "1994-03-18", "bbs-2023.proof"),
    "disclosed nested claim": (COUNTRY, "ES", "bbs-2023.proof"),
    "mandatory claim": ("/issuer", "did:example:mallory", "bbs-2023.proof"),
    "mandatory date": ("/validFrom", "2026-11-21T00:00:00Z", "bbs-2023.proof"),
    "claim added": ("/credentialSubject/resident", True, "bbs-2023.indexes"),
    "undefined claim added": ("/credentialSubject/isAdmin", True, "rdf.undefined-term"),
    "end of validity added": ("/validUntil", "2099-01-01T00:00:00Z", "bbs-2023.indexes"),
    "type added": ("/credentialSubject/type", "VerifiableCredential", "bbs-2023.indexes"),
    "node added": ("/credentialSubject/address", [{"addressCountry": "PT"}, {}], "bbs-2023.labels"),
    "identifier added": ("/credentialSubject/id", "did:example:mallory", "bbs-2023.labels"),
    "other key named": ("/proof/verificationMethod", "did:example:issuer#other", "bbs-2023.proof"),
    "other purpose": ("/proof/proofPurpose", "authentication", "bbs-2023.proof"),
    "time added": ("/proof/created", "2026-11-20T00:00:00Z", "bbs-2023.proof"),
    "undefined member of the proof": ("/proof/isAdmin", True, "rdf.undefined-term"),
    "other suite": ("/proof/cryptosuite", "eddsa-jcs-2022", "proof.cryptosuite"),
    "other type of proof": ("/proof/type", "Ed25519Signature2020", "proof.malformed"),
    "context in the proof": ("/proof/@context", [V2], "proof.malformed"),
    "context taken away": ("/@context", [V2], "rdf.undefined-term"),
    "unknown context": ("/@context", [V2, "https://example.com/c"], "rdf.context-unknown"),
    "claim renamed by a context": (
        "/@context",
        [V2, "https://avow.example/contexts/national-identity/v1", {"birthDate": "https://schema.org/deathDate"}],
        "rdf.json-ld",
    ),
    "no proof value": ("/proof/proofValue", None, "bbs-2023.malformed"),
}  # fmt: skip


@pytest.mark.parametrize(("pointer", "value", "code"), DERIVED_CHANGES.values(), ids=DERIVED_CHANGES)
def test_a_changed_derived_credential(verify, derived, pointer, value, code):
    assert code_of(verify, changed(derived, pointer, value)) == code


def test_a_claim_taken_away(verify, derived):
    less = copy.deepcopy(derived)
    del less["credentialSubject"]["birthDate"]
    assert code_of(verify, less) == "bbs-2023.indexes"


def test_no_proof_and_two_proofs(verify, derived):
    assert code_of(verify, {**derived, "proof": [derived["proof"]] * 2}) == "proof.set"
    assert code_of(verify, {name: derived[name] for name in derived if name != "proof"}) == "proof.missing"
    assert code_of(verify, {**derived, "proof": "proof"}) == "proof.malformed"


def test_another_presentation_header(verify, derived):
    assert code_of(verify, derived, header=b"another verifier") == "bbs-2023.presentation-header"
    assert code_of(verify, derived, header=b"") == "bbs-2023.presentation-header"


def test_a_presentation_header_written_into_the_proof_does_not_help(verify, derived):
    forged = with_value(derived, replace(derived_value(derived), presentation_header=b"another verifier"))
    assert code_of(verify, forged, header=b"another verifier") == "bbs-2023.proof"


def test_outside_of_a_presentation_any_header_is_possible_but_only_when_said(suite, derived, issuer, verify):
    suite.verify_derived(derived, public_key=issuer[1], expected_presentation_header=UNSAFE_ANY)
    forged = with_value(derived, replace(derived_value(derived), presentation_header=b"another"))
    assert code_of(verify, forged, header=UNSAFE_ANY) == "bbs-2023.proof"
    assert code_of(verify, derived, header=None) == "bbs-2023.presentation-header"


def test_another_key(verify, verify_base, derived, secured, other_issuer):
    assert code_of(verify, derived, key=other_issuer[1]) == "bbs-2023.proof"
    assert code_of(verify_base, secured, key=other_issuer[1]) == "bbs-2023.signature"
    forged = with_value(secured, replace(base_value(secured), public_key=other_issuer[1].raw))
    assert code_of(verify_base, forged, key=other_issuer[1]) == "bbs-2023.signature"


def test_another_key_written_into_a_base_value(verify_base, secured, other_issuer):
    """The signature holds, but what the holder derived would not."""
    forged = with_value(secured, replace(base_value(secured), public_key=other_issuer[1].raw))
    assert code_of(verify_base, forged) == "bbs-2023.signature"


def test_a_key_of_another_type(verify, verify_base, derived, secured):
    ed25519 = Ed25519Signer(bytes(32)).public_key
    assert code_of(verify, derived, key=ed25519) == "bbs-2023.key"
    assert code_of(verify_base, secured, key=ed25519) == "bbs-2023.key"


def test_each_form_of_proof_in_the_place_of_the_other(suite, verify, verify_base, secured, derived):
    assert code_of(verify, secured) == "bbs-2023.base-proof"
    assert code_of(verify_base, derived) == "bbs-2023.derived-proof"
    assert (
        code_of(
            suite.derive,
            derived,
            selective_pointers=[BIRTH],
            presentation_header=HEADER,
            random_bytes=Randomness(),
        )
        == "bbs-2023.derived-proof"
    )


def forged_values(value):
    """Derived proof values that a dishonest holder could write, each with the code it meets."""
    labels = dict(value.labels)
    first, second = list(labels)[:2]
    swapped = {**labels, first: labels[second], second: labels[first]}
    end = value.selective_indexes[-1]
    yield "labels swapped", replace(value, labels=swapped), "bbs-2023.proof"
    yield (
        "label missing",
        replace(value, labels={k: labels[k] for k in sorted(labels)[:-1]}),
        "bbs-2023.labels",
    )
    yield "label too many", replace(value, labels={**labels, f"c14n{len(labels)}": "b99"}), "bbs-2023.labels"
    yield (
        "label twice",
        replace(value, labels={**labels, first: labels[second]}),
        "bbs-2023.malformed",
    )
    yield "label gap", replace(value, labels={**labels, "c14n9": "b99"}), "bbs-2023.malformed"
    yield (
        "disclosed index moved",
        replace(value, selective_indexes=(*value.selective_indexes[:-1], end + 1)),
        "bbs-2023.proof",
    )
    yield (
        "disclosed index beyond",
        replace(value, selective_indexes=(*value.selective_indexes[:-1], 1000)),
        "bbs-2023.malformed",
    )
    yield (
        "disclosed index missing",
        replace(value, selective_indexes=value.selective_indexes[:-1]),
        "bbs-2023.indexes",
    )
    yield (
        "disclosed indexes unsorted",
        replace(value, selective_indexes=tuple(reversed(value.selective_indexes))),
        "bbs-2023.malformed",
    )
    yield (
        "mandatory index beyond",
        replace(value, mandatory_indexes=(*value.mandatory_indexes[:-1], 500)),
        "bbs-2023.indexes",
    )
    yield (
        "mandatory index beyond, made up for",
        replace(
            value,
            mandatory_indexes=(*value.mandatory_indexes[:-1], 500),
            selective_indexes=(*value.selective_indexes, end + 1),
        ),
        "bbs-2023.indexes",
    )
    yield (
        "mandatory index twice",
        replace(value, mandatory_indexes=(value.mandatory_indexes[0], *value.mandatory_indexes)),
        "bbs-2023.malformed",
    )
    yield (
        "mandatory passed off as selective",
        replace(
            value,
            mandatory_indexes=value.mandatory_indexes[:-1],
            selective_indexes=(*value.selective_indexes, end + 1),
        ),
        "bbs-2023.proof",
    )
    yield (
        "proof changed",
        replace(value, proof=value.proof[:-1] + bytes([value.proof[-1] ^ 1])),
        "bbs-2023.proof",
    )
    yield "proof cut", replace(value, proof=value.proof[:-32]), "bbs-2023.proof"
    yield "proof cut oddly", replace(value, proof=value.proof[:-1]), "bbs-2023.malformed"
    yield "proof empty", replace(value, proof=b""), "bbs-2023.malformed"
    yield "proof without points", replace(value, proof=bytes(len(value.proof))), "bbs-2023.malformed"


def test_forged_derived_values(verify, derived):
    seen = {}
    expected = {}
    for name, value, code in forged_values(derived_value(derived)):
        expected[name] = code
        seen[name] = code_of(verify, with_value(derived, value))
    assert seen == expected
    assert len(seen) == 18


BASE_CHANGES = {
    "claim": (BIRTH, "1994-03-18", "bbs-2023.signature"),
    "mandatory claim": ("/issuer", "did:example:mallory", "bbs-2023.signature"),
    "claim added": ("/credentialSubject/givenName", ["Ines", "Maria"], "bbs-2023.signature"),
    "undefined claim": ("/credentialSubject/isAdmin", True, "rdf.undefined-term"),
    "key named": ("/proof/verificationMethod", "did:example:issuer#other", "bbs-2023.signature"),
}


@pytest.mark.parametrize(("pointer", "value", "code"), BASE_CHANGES.values(), ids=BASE_CHANGES)
def test_a_changed_base_credential(verify_base, secured, pointer, value, code):
    assert code_of(verify_base, changed(secured, pointer, value)) == code


@pytest.mark.parametrize(
    "change",
    [
        {"signature": bytes(80)},
        {"header": bytes(64)},
        {"hmac_key": b"\3" * 32},
        {"mandatory_pointers": ("/issuer",)},
        {"mandatory_pointers": (*MANDATORY, BIRTH)},
    ],
    ids=["signature", "header", "HMAC key", "a mandatory pointer less", "a mandatory pointer more"],
)
def test_a_changed_base_value(verify_base, secured, change):
    code = code_of(verify_base, with_value(secured, replace(base_value(secured), **change)))
    assert code == ("bbs-2023.malformed" if "signature" in change else "bbs-2023.signature")


@pytest.mark.parametrize(
    ("pointer", "code"),
    [
        ("/credentialSubject/none", "pointer.nothing"),
        ("credentialSubject", "pointer.malformed"),
        ("/@context/0", "pointer.context"),
        ("/proof/proofValue", "pointer.nothing"),
    ],
)
def test_a_pointer_that_selects_nothing(suite, issuer, secured, pointer, code):
    assert (
        code_of(
            suite.create_base,
            credential(),
            options(),
            *issuer,
            mandatory_pointers=[pointer],
            random_bytes=Randomness(),
        )
        == code
    )
    assert (
        code_of(
            suite.derive,
            secured,
            selective_pointers=[pointer],
            presentation_header=HEADER,
            random_bytes=Randomness(),
        )
        == code
    )


def test_a_part_of_an_ordered_list_is_not_selected(suite, issuer):
    document = credential(
        **{"@context": [V2, {"steps": {"@id": "https://e.example/steps", "@container": "@list"}}]},
        type="VerifiableCredential",
        credentialSubject={"steps": ["a", "b"]},
    )
    make = {"mandatory_pointers": ["/issuer"], "random_bytes": Randomness()}
    secured = suite.create_base(document, options(), *issuer, **make)
    ask = {"presentation_header": HEADER, "random_bytes": Randomness()}
    assert code_of(suite.derive, secured, selective_pointers=["/credentialSubject/steps/0"], **ask) == (
        "pointer.partial"
    )
    whole = suite.derive(secured, selective_pointers=["/credentialSubject/steps"], **ask)
    suite.verify_derived(whole, public_key=issuer[1], expected_presentation_header=HEADER)


def test_what_cannot_be_issued(suite, issuer, other_issuer, secured):
    make = {"mandatory_pointers": MANDATORY, "random_bytes": Randomness()}
    assert code_of(suite.create_base, secured, options(), *issuer, **make) == "proof.present"
    other = options(cryptosuite="eddsa-jcs-2022")
    assert code_of(suite.create_base, credential(), other, *issuer, **make) == "proof.cryptosuite"
    assert (
        code_of(suite.create_base, credential(), options(), issuer[0], other_issuer[1], **make)
        == "bbs-2023.key"
    )
    assert (
        code_of(
            suite.create_base,
            credential(),
            options(),
            *issuer,
            mandatory_pointers=MANDATORY,
            random_bytes=lambda _: b"short",
        )
        == "bbs-2023.randomness"
    )
    for claims, code in (({"isAdmin": True}, "rdf.undefined-term"), ({"name": 1.5}, "rdf.number")):
        assert (
            code_of(suite.create_base, credential(credentialSubject=claims), options(), *issuer, **make)
            == code
        )


# Unlinkability: what two presentations of one credential have in common.


def tokens(value):
    """Every text and byte string in a JSON value, taken apart as far as a reader can."""
    if isinstance(value, dict):
        return set(value) | set(itertools.chain.from_iterable(tokens(member) for member in value.values()))
    if isinstance(value, list):
        return set(itertools.chain.from_iterable(map(tokens, value)))
    return {json.dumps(value)}


def windows(data, size):
    return {data[start : start + size] for start in range(len(data) - size + 1)}


def two_presentations(suite, secured):
    for seed, chosen in ((b"one", BIRTH), (b"two", COUNTRY)):
        yield suite.derive(
            secured,
            selective_pointers=[chosen],
            presentation_header=seed * 11,
            random_bytes=Randomness(seed),
        )


def test_two_presentations_share_only_what_is_public_or_disclosed(suite, secured, verify):
    one, two = two_presentations(suite, secured)
    verify(one, header=b"one" * 11)
    verify(two, header=b"two" * 11)
    public = tokens(
        {
            name: credential()[name] for name in ("@context", "type", "issuer", "validFrom")
        }
        | {"credentialSubject": {}, "proof": options().to_json() | {"proofValue": ""}}
    )  # fmt: skip
    assert tokens(one) & tokens(two) <= public
    first, second = derived_value(one), derived_value(two)
    assert windows(first.proof, 8).isdisjoint(windows(second.proof, 8))


def test_a_presentation_holds_nothing_of_the_base_proof(suite, secured):
    base = base_value(secured)
    for derived in two_presentations(suite, secured):
        raw = derived_value(derived).proof
        for secret in (base.signature, base.hmac_key, base.header):
            assert windows(raw, 8).isdisjoint(windows(secret, 8))
        shown = json.dumps(derived)
        hidden = set(tokens(credential()["credentialSubject"])) - tokens(derived)
        assert hidden
        assert not [token for token in hidden if len(token) > 6 and token.strip('"') in shown]


def test_the_same_selection_twice_shares_no_proof_bytes(suite, secured):
    pair = [
        suite.derive(
            secured, selective_pointers=[BIRTH], presentation_header=HEADER, random_bytes=Randomness(seed)
        )
        for seed in (b"one", b"two")
    ]
    one, two = map(derived_value, pair)
    assert windows(one.proof, 8).isdisjoint(windows(two.proof, 8))


def test_labels_do_not_follow_from_the_claims(suite, issuer):
    """With another HMAC key the same credential has its nodes in another order."""
    orders = set()
    for seed in range(12):
        secured = suite.create_base(
            credential(),
            options(),
            *issuer,
            mandatory_pointers=MANDATORY,
            random_bytes=Randomness(bytes([seed])),
        )
        derived = suite.derive(
            secured, selective_pointers=[""], presentation_header=b"", random_bytes=Randomness()
        )
        orders.add(tuple(derived_value(derived).labels.values()))
    assert len(orders) > 1


POINTERS = [
    pointers.write(path)
    for path in [
        *(("credentialSubject", claim) for claim in examples.load("national-identity")),
        *(("credentialSubject", "address", part) for part in examples.load("national-identity")["address"]),
        ("issuer",), ("validFrom",), ("credentialSubject",), ("type",),
    ]
]  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mandatory=st.lists(st.sampled_from(POINTERS), max_size=4),
       chosen=st.lists(st.sampled_from(POINTERS), min_size=1, max_size=5))  # fmt: skip
def test_any_choice_of_pointers_verifies(suite, issuer, mandatory, chosen):
    secured = suite.create_base(
        credential(), options(), *issuer, mandatory_pointers=mandatory, random_bytes=Randomness()
    )
    derived = suite.derive(
        secured, selective_pointers=chosen, presentation_header=HEADER, random_bytes=Randomness()
    )
    suite.verify_derived(derived, public_key=issuer[1], expected_presentation_header=HEADER)
    for pointer in (*mandatory, *chosen):
        assert pointers.find(derived, pointer) == pointers.find(credential(), pointer)


def test_the_suite_needs_no_bbs_suite_of_the_caller(canonicalizer, derived, issuer):
    Bbs2023(canonicalizer).verify_derived(derived, public_key=issuer[1], expected_presentation_header=HEADER)
