"""vc+jwt and its older form: both directions with joserfc, and what the document becomes."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt as peer
from joserfc.jwk import ECKey, OKPKey

from credentials.errors import CredentialError
from credentials.jose import jws, vc_jwt
from did.encoding import encode_base64url
from did.keys import PublicKey
from tests.support import signed
from tests.support.signed import HOLDER, ISSUER, NOW, OTHER, SECONDS, SIGNERS

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


def code(call, *args, **options):
    with pytest.raises(CredentialError) as caught:
        call(*args, **options)
    return caught.value.code


def verified(text, key, **options):
    return vc_jwt.verify(vc_jwt.read(text), key, now=NOW, **options)


def older(header=None, **claims):
    made = {"typ": "JWT", "kid": signed.method_of(ISSUER)} if header is None else header
    return jws.sign(orjson.dumps(signed.older(**claims)), header=made, signer=ISSUER)


@pytest.mark.parametrize("algorithm", SIGNERS)
def test_the_peer_verifies_our_credential(algorithm):
    signer = SIGNERS[algorithm]
    text = vc_jwt.sign(signed.credential(signer), signer=signer, key_id=signed.method_of(signer))
    jwk = signer.public_key.jwk()
    key = (OKPKey if jwk["kty"] == "OKP" else ECKey).import_key(jwk)
    found = peer.decode(text, key, algorithms=[algorithm])
    assert found.claims == signed.credential(signer)
    assert found.header == {"alg": algorithm, "typ": "vc+jwt", "cty": "vc", "kid": signed.method_of(signer)}
    assert verified(text, signer.public_key) == signed.credential(signer)


@pytest.mark.parametrize("algorithm", SIGNERS)
def test_we_verify_the_peers_credential(algorithm):
    kinds = {"EdDSA": (OKPKey, "Ed25519"), "ES256": (ECKey, "P-256"), "ES384": (ECKey, "P-384")}
    kind, curve = kinds[algorithm]
    key = kind.generate_key(curve)
    public = PublicKey.from_jwk(key.as_dict(private=False))

    class Signer:
        public_key = public

    document = signed.credential(Signer)
    header = {"alg": algorithm, "typ": "application/vc+jwt", "kid": signed.method_of(Signer)}
    text = peer.encode(header, document, key, algorithms=[algorithm])
    assert verified(text, public) == document
    assert code(verified, text, OTHER.public_key) in {"jws.signature", "jws.alg"}


def test_what_the_envelope_says_is_read():
    key_id = signed.method_of(ISSUER)
    text = vc_jwt.sign(signed.credential(), signer=ISSUER, key_id=key_id, holder_key=HOLDER.public_key)
    found = vc_jwt.read(text)
    assert (found.issuer, found.key_id, found.typ) == (signed.did_of(ISSUER), key_id, "vc+jwt")
    assert found.confirmation.key == HOLDER.public_key
    assert found.confirmation.key_id is None
    plain = vc_jwt.read(vc_jwt.sign(signed.credential(), signer=ISSUER, key_id=key_id))
    assert plain.confirmation is None
    assert (plain.times.issued, plain.times.not_before, plain.times.expires) == (None, None, None)


def test_agreeing_claims_and_an_issuer_object_are_accepted():
    document = signed.credential(
        issuer={"id": signed.did_of(ISSUER), "name": "University"},
        iss=signed.did_of(ISSUER),
        sub=signed.did_of(HOLDER),
        jti="urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        exp=SECONDS + 0.5,
        nbf=SECONDS,
        cnf={"kid": signed.method_of(HOLDER)},
        unknown="ignored",
    )
    text = vc_jwt.sign(document, signer=ISSUER, key_id=signed.method_of(ISSUER))
    assert verified(text, ISSUER.public_key) == document
    assert vc_jwt.read(text).confirmation.key_id == signed.method_of(HOLDER)


def test_skew_is_granted_at_both_ends():
    skew = timedelta(seconds=60)
    sign = {"signer": ISSUER, "key_id": signed.method_of(ISSUER)}
    for claims, outside in (({"exp": SECONDS - 59}, SECONDS - 60), ({"nbf": SECONDS + 60}, SECONDS + 61)):
        [name] = claims
        verified(vc_jwt.sign(signed.credential(**claims), **sign), ISSUER.public_key, clock_skew=skew)
        late = vc_jwt.sign(signed.credential(**{name: outside}), **sign)
        assert code(verified, late, ISSUER.public_key, clock_skew=skew) in {
            "secured.expired",
            "secured.not-yet",
        }


def test_an_issuer_that_is_no_did_needs_iss_or_an_absolute_kid():
    issuer = "https://university.example/issuers/1"
    for header, found in (
        ({"typ": "vc+jwt", "kid": f"{issuer}#key-1"}, f"{issuer}#key-1"),
        ({"typ": "vc+jwt", "iss": issuer}, None),
    ):
        text = jws.sign(orjson.dumps(signed.credential(issuer=issuer)), header=header, signer=ISSUER)
        assert vc_jwt.read(text).key_id == found
    bare = jws.sign(orjson.dumps(signed.credential(issuer=issuer)), header={"typ": "vc+jwt"}, signer=ISSUER)
    assert code(vc_jwt.read, bare) == "secured.key-id"


def test_contexts_and_types_may_be_texts():
    plain = signed.credential(**{"@context": signed.CONTEXT_V2, "type": "VerifiableCredential"})
    text = vc_jwt.sign(plain, signer=ISSUER, key_id=signed.method_of(ISSUER))
    assert verified(text, ISSUER.public_key) == plain
    wrapped = {"@context": signed.CONTEXT_V1, "type": "VerifiableCredential", "credentialSubject": {}}
    assert verified(older(vc=wrapped), ISSUER.public_key)["type"] == "VerifiableCredential"


@pytest.mark.parametrize(
    "cnf", [None, "key", [], {}, {"jwk": "key"}, {"jwk": {}}, {"jwk": {"kty": "OKP", "d": "x"}}]
)
def test_a_confirmation_that_is_not_understood_is_refused(cnf):
    sign = {"signer": ISSUER, "key_id": signed.method_of(ISSUER)}
    assert code(vc_jwt.sign, signed.credential(cnf=cnf), **sign) == "secured.confirmation"


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "jwk", "kid", "x"]), inner)
    ),
    max_leaves=6,
)
CLAIMS = [
    "@context",
    "type",
    "id",
    "issuer",
    "credentialSubject",
    "iss",
    "sub",
    "jti",
    "exp",
    "nbf",
    "iat",
    "cnf",
    "vc",
]


@given(
    st.dictionaries(st.sampled_from(CLAIMS), ANY_JSON, max_size=4),
    st.dictionaries(st.sampled_from(["kid", "typ", "cty", "iss", "x5c", "jwk"]), ANY_JSON, max_size=3),
    st.booleans(),
)
def test_whatever_is_signed_is_read_or_refused_with_a_code(claims, header, of_old):
    base = signed.older() if of_old else signed.credential()
    full = {"alg": "EdDSA", "typ": "JWT" if of_old else "vc+jwt", "kid": signed.method_of(ISSUER), **header}
    parts = [encode_base64url(orjson.dumps(part)) for part in (full, {**base, **claims})]
    try:
        vc_jwt.read(".".join([*parts, encode_base64url(bytes(64))]))
    except CredentialError as error:
        assert error.code.partition(".")[0] in {"jws", "json", "secured"}  # noqa: PT017 - either is good


def test_nothing_is_signed_that_would_not_be_read():
    sign = {"signer": ISSUER, "key_id": signed.method_of(ISSUER)}
    assert code(vc_jwt.sign, signed.credential(vc={}), **sign) == "secured.wrapped"
    assert code(vc_jwt.sign, signed.credential(OTHER), **sign) == "secured.key-controller"
    assert code(vc_jwt.sign, signed.credential(cnf={}), **sign) == "secured.confirmation"
    assert code(vc_jwt.sign, signed.credential(cnf={}), holder_key=HOLDER.public_key, **sign) == "issue.claim"
    assert code(vc_jwt.sign, {**signed.credential(), "issuer": None}, **sign) == "secured.document"
    assert code(vc_jwt.sign, signed.credential(big=2**53), **sign) == "json.number"


def test_the_older_form_becomes_a_document_of_version_1_1():
    found = vc_jwt.read(older())
    assert vc_jwt.verify(found, ISSUER.public_key, now=NOW) == {
        "@context": [signed.CONTEXT_V1],
        "type": ["VerifiableCredential"],
        "issuer": signed.did_of(ISSUER),
        "id": "urn:uuid:1",
        "issuanceDate": "2026-11-20T11:00:00Z",
        "expirationDate": "2026-11-20T13:00:00Z",
        "credentialSubject": {"id": signed.did_of(HOLDER), "name": "Zoë"},
    }
    assert (found.issuer, found.key_id) == (signed.did_of(ISSUER), signed.method_of(ISSUER))


def test_what_the_older_form_says_twice_may_agree():
    wrapped = {
        **signed.older()["vc"],
        "id": "urn:uuid:1",
        "issuer": {"id": signed.did_of(ISSUER), "name": "University"},
        "issuanceDate": "2026-11-20T12:00:00.25+01:00",
        "credentialSubject": [{"id": signed.did_of(HOLDER)}],
    }
    text = older({}, vc=wrapped)
    assert verified(text, ISSUER.public_key) == {**wrapped, "expirationDate": "2026-11-20T13:00:00Z"}
    assert vc_jwt.read(text).key_id is None


def test_the_older_form_is_not_read_from_what_is_no_credential():
    for claims in ({"vc": None}, {"vc": []}, {"vc": {}}):
        assert code(vc_jwt.read, older(**claims)) == "secured.document"
    assert code(vc_jwt.read, older(nbf="today")) == "secured.time"
    # What was signed as one form is never verified as the other.
    assert code(vc_jwt.read, older({"typ": "vc+jwt", "kid": signed.method_of(ISSUER)})) == "secured.wrapped"
    plain = jws.sign(orjson.dumps(signed.credential()), header={"typ": "JWT"}, signer=ISSUER)
    assert code(vc_jwt.read, plain) == "secured.document"
