"""One set of claims in every form: each is issued, verified, and says the same."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials import enveloping, pointers, sd_jwt
from credentials.dialects.registry import dialects
from credentials.dialects.securing import IssuingKey
from credentials.errors import CredentialError
from credentials.exchange.dcql import Query
from credentials.holder.signing import sign_presentation
from credentials.issuing import IssuerProfile, issue
from credentials.jose import vp_jwt
from credentials.status.sources import Kind
from credentials.suites import Reader
from credentials.verifying.verifier import verify_credential, verify_presentation, verify_proofs
from did.keys import Ed25519Signer
from did.methods import key as did_key
from tests.support.statuses import Lists, entry, marked
from tests.support.world import BBS, EDDSA, World

VCT = "https://avow.example/vct/example"
TEXTS = ("vc+jwt", "vc+sd-jwt", "dc+sd-jwt")
ALL = (*TEXTS, "vc+cose")
FORMS = (EDDSA, BBS, *TEXTS)
UNDEFINED = "https://www.w3.org/ns/credentials/undefined-terms/v2"


@pytest.fixture(scope="module")
def world():
    return World("dialects")


def issued(world, subject, forms=TEXTS, holder=None, **template):
    keys = world.issuer.keys()
    text_key = IssuingKey(f"{world.issuer.did}#ed25519", world.issuer.signer)
    return issue(
        {"credentialSubject": subject, **template},
        profile=IssuerProfile(
            did=world.issuer.did, formats=forms, contexts=(UNDEFINED,), types=(), schema=None, vct=VCT
        ),
        dialects=dialects(world.suites),
        keys={**dict.fromkeys(TEXTS, text_key), **keys},
        now=world.now,
        random_bytes=world.random,
        holder=holder,
    )


def test_every_form_carries_one_index_and_fails_once_it_is_marked(world):
    lists = Lists(world)
    world.statuses = lists
    forms = tuple(form for form in FORMS if form != BBS)
    held = issued(world, {"id": world.holder, "a": 1}, forms=forms, credentialStatus=entry(7))
    for bits, expected in ((marked(8), ""), (marked(7), "status.revoked")):
        lists.bitstring(bits)
        lists.token(marked(8 if not expected else 7, "little"))
        found = {form: world.refuse_credential(credential) for form, credential in held.items()}
        assert found == dict.fromkeys(forms, expected)
    assert {kind for _, kind in lists.signed} == set(Kind)
    world.statuses = None


def claims_of(view):
    """What was said of the subject, whatever the form."""
    return {name: value for name, value in view.subjects[0].document.items() if name not in {"id", "type"}}


JSON = st.recursive(
    st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(alphabet='abcé~" \\€', min_size=1, max_size=8),
    lambda inner: st.dictionaries(
        st.sampled_from(["alumniOf", "degree", "name", "spouse"]), inner, min_size=1, max_size=3
    ),
    max_leaves=8,
)
SUBJECTS = st.dictionaries(
    st.sampled_from(["alumniOf", "degree", "spouse", "child"]), JSON, min_size=1, max_size=4
)


@given(SUBJECTS)
def test_every_form_says_the_same(world, subject):
    forms = (EDDSA, *TEXTS)
    made = issued(world, copy.deepcopy(subject), forms)
    assert tuple(made) == forms
    for form, credential in made.items():
        verdict = verify_credential(credential, world.means(), reader=Reader.VERIFIER)
        assert verdict.accepted, (form, verdict.codes())
        assert verdict.result.formats == (form,)
        assert claims_of(verdict.result.credential) == subject
        assert verdict.result.credential.valid_from == world.now
        assert verdict.result.credential.issuer == world.issuer.did


def test_one_claim_set_with_bbs_has_the_whole_days_of_the_strictest_form(world):
    made = issued(world, {"degree": "mathematics"}, (BBS, *TEXTS))
    for form, credential in made.items():
        reader = Reader.HOLDER if form == BBS else Reader.VERIFIER
        verdict = verify_credential(credential, world.means(), reader=reader)
        assert verdict.accepted, (form, verdict.codes())
        assert verdict.result.credential.valid_from.time().isoformat() == "00:00:00"


@pytest.fixture(scope="module")
def holder():
    return Ed25519Signer(bytes(31) + b"h")


def method_of(signer):
    did = did_key.create(signer.public_key)
    return f"{did.text}#{did.method_specific_id}"


def signed(world, envelopes, signer, **changes):
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": envelopes,
    }
    terms = {"nonce": "n", "audience": "https://verifier.example", "now": world.now, **changes}
    return vp_jwt.sign(document, signer=signer, key_id=method_of(signer), **terms)


def verify(world, value, **policy):
    return verify_presentation(
        value,
        world.means(**policy),
        expected_challenge="n",
        expected_domain="https://verifier.example",
        expected_query=None,
    )


def test_a_signed_presentation_of_texts_that_name_their_holder(world, holder):
    made = issued(world, {"degree": "mathematics"}, holder=holder.public_key)
    text = signed(world, list(made.values()), holder)
    for value in (text, enveloping.envelope("application/vp+jwt", text)):
        verdict = verify(world, value)
        assert verdict.accepted, verdict.codes()
        assert verdict.result.holder_key == holder.public_key
        assert [found.formats[0] for found in verdict.result.credentials] == list(TEXTS)


def test_texts_in_a_presentation_with_an_embedded_proof(world, holder):
    made = issued(world, {"degree": "mathematics"}, holder=holder.public_key)
    presentation = sign_presentation(
        list(made.values()),
        signer=holder,
        challenge="n",
        domain="https://verifier.example",
        now=world.now,
    )
    assert verify(world, presentation).accepted


def test_nobody_else_presents_what_names_its_holder(world, holder):
    thief = Ed25519Signer(bytes(31) + b"t")
    for envelope in issued(world, {"degree": "mathematics"}, holder=holder.public_key).values():
        text = signed(world, [envelope], thief)
        assert verify(world, text).codes()[0] == "presentation.holder"
        # a policy that takes credentials from anybody does not take them from whom the issuer excluded
        assert verify(world, text, unsafe_accept_unbound=True).codes()[0] == "presentation.holder"


def test_what_names_no_holder_is_presented_by_nobody(world, holder):
    for envelope in issued(world, {"degree": "mathematics"}).values():
        assert verify(world, signed(world, [envelope], holder)).codes()[0] == "presentation.holder"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": "m"}, "secured.nonce"),
        ({"audience": "https://elsewhere.example"}, "secured.audience"),
    ],
)
def test_a_signed_presentation_answers_one_question(world, holder, changes, code):
    made = issued(world, {"degree": "mathematics"}, ("vc+jwt",), holder=holder.public_key)
    assert verify(world, signed(world, list(made.values()), holder, **changes)).codes()[0] == code


def bound(world, envelope, signer, nonce="n"):
    text = envelope["id"].partition(",")[2]
    held = sd_jwt.read(text)
    typ = "dc+sd-jwt" if "dc+sd-jwt" in envelope["id"] else "vc+sd-jwt"
    received = sd_jwt.receive(held, world.issuer.signer.public_key, expected_typ=typ, now=world.now)
    path = ("degree",) if typ == "dc+sd-jwt" else ("credentialSubject", "degree")
    key_binding = sd_jwt.KeyBinding(signer, "https://verifier.example", nonce, world.now)
    return sd_jwt.present(received, [path], key_binding=key_binding)


@pytest.mark.parametrize("form", ["vc+sd-jwt", "dc+sd-jwt"])
def test_an_sd_jwt_with_key_binding_is_a_presentation(world, holder, form):
    subject = {"degree": "mathematics", "spouse": "nobody"}
    envelope = issued(world, subject, (form,), holder=holder.public_key)[form]
    verdict = verify(world, bound(world, envelope, holder))
    assert verdict.accepted, verdict.codes()
    assert verdict.result.holder == did_key.create(holder.public_key).text
    assert claims_of(verdict.result.credentials[0].credential) == {"degree": "mathematics"}
    assert verify(world, bound(world, envelope, holder, nonce="m")).codes()[0] == "key-binding.nonce"
    thief = Ed25519Signer(bytes(31) + b"t")
    assert verify(world, bound(world, envelope, thief)).codes()[0] == "jws.signature"
    unbound = envelope["id"].partition(",")[2]
    assert verify(world, unbound).codes()[0] == "key-binding.missing"


@pytest.mark.parametrize("form", TEXTS)
def test_a_text_by_another_key_or_issuer_is_refused(form):
    world = World("dialects")
    envelope = issued(world, {"degree": "mathematics"}, (form,))[form]
    text = envelope["id"].partition(",")[2]
    head, dot, rest = text.partition(".")
    changed = f"{head}{dot}{'A' if rest[0] != 'A' else 'B'}{rest[1:]}"
    assert not verify_credential(changed, world.means(), reader=Reader.VERIFIER).verified
    untrusted = verify_credential(text, world.means(trusted_issuers=frozenset()), reader=Reader.VERIFIER)
    assert untrusted.verified
    assert untrusted.codes()[0] == "issuer.untrusted"
    world.now += timedelta(days=1)
    world.remove_key("ed25519")
    removed = verify_credential(text, world.means(), reader=Reader.VERIFIER)
    assert removed.codes()[0] == "key.not-authorized"


ASKED = {
    "vc+jwt": {
        "format": "jwt_vc_json",
        "meta": {"type_values": [["https://www.w3.org/2018/credentials#VerifiableCredential"]]},
        "claims": [{"path": ["credentialSubject", "degree"]}],
    },
    "dc+sd-jwt": {"format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}, "claims": [{"path": ["degree"]}]},
}


@pytest.mark.parametrize("form", ASKED)
def test_texts_answer_queries(world, holder, form):
    envelope = issued(world, {"degree": "mathematics"}, (form,), holder=holder.public_key)[form]
    shown = bound(world, envelope, holder) if form == "dc+sd-jwt" else signed(world, [envelope], holder)

    def ask(**changes):
        return verify_presentation(
            shown,
            world.means(),
            expected_challenge="n",
            expected_domain="https://verifier.example",
            expected_query=Query.parse({"credentials": [{"id": "q", **ASKED[form], **changes}]}),
        )

    verdict = ask()
    assert verdict.accepted, verdict.codes()
    pointer = pointers.write(ASKED[form]["claims"][0]["path"])
    assert verdict.result.claims() == {"q": {pointer: "mathematics"}}
    assert ask(claims=[{"path": ["age"]}]).codes()[0] == "query.unsatisfied"
    other = {"format": "ldp_vc", "meta": ASKED["vc+jwt"]["meta"]}
    assert ask(**other).codes()[0] == "query.unsatisfied"


@pytest.mark.parametrize("form", TEXTS)
def test_proof_only_reads_every_form(world, form):
    envelope = issued(world, {"degree": "mathematics"}, (form,))[form]
    assert verify_proofs(envelope, world.means()).verified


def test_what_has_no_place_in_an_sd_jwt_vc_is_refused(world):
    for subject, template, code in (
        ({"exp": "never"}, {}, "issue.claim"),
        ([{"degree": "a"}, {"degree": "b"}], {}, "issue.member"),
        ({"degree": "a"}, {"evidence": [{"type": "Seen"}]}, "issue.member"),
    ):
        with pytest.raises(CredentialError) as caught:
            issued(world, subject, ("dc+sd-jwt",), **template)
        assert caught.value.code == code


@pytest.mark.parametrize(
    "value", ["", "a", "~", "a.b.c", "a.b.c~", "data:,", "data:application/vc+jwt,a.b.c"]
)
def test_texts_of_no_form(world, value):
    verdict = verify_credential(value, world.means(), reader=Reader.VERIFIER)
    assert not verdict.verified
    assert verdict.codes()[0].partition(".")[0] in {"jws", "envelope", "form", "sd-jwt"}


TYPE = {
    "vct": VCT,
    "name": "Example",
    "claims": [{"path": ["degree"], "mandatory": True, "sd": "always"}],
}


class Types:
    """Metadata of one type."""

    def __init__(self, **changes):
        self.document = {**TYPE, **changes}

    def load(self, vct):
        if vct != self.document["vct"]:
            raise CredentialError("type.unknown", "not here")
        return json.dumps(self.document).encode()


@pytest.mark.parametrize(
    ("types", "code"),
    [
        (Types(), ""),
        (None, "type.unknown"),
        (Types(vct="https://avow.example/vct/other"), "type.unknown"),
        (Types(claims=[{"path": ["height"], "mandatory": True}]), "type.mandatory"),
        (Types(claims=[{"path": ["degree"], "sd": "never"}]), "type.disclosable"),
    ],
)
def test_an_sd_jwt_vc_keeps_to_its_type(world, types, code):
    envelope = issued(world, {"degree": "mathematics"}, ("dc+sd-jwt",))["dc+sd-jwt"]
    means = replace(world.means(), types=types)
    verdict = verify_credential(envelope, means, reader=Reader.VERIFIER)
    assert verdict.codes() == ((code,) if code else ())
    assert verdict.accepted == (code in {"", "type.unknown"})
