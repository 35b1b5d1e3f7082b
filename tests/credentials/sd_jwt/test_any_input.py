"""Whatever an issuer signs, a server answers or a type says: our errors and no others."""

from __future__ import annotations

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials import sd_jwt
from credentials.errors import CredentialError
from credentials.sd_jwt import data_model, holder_key, vc
from credentials.sd_jwt.vc import integrity, issuer_keys, issuer_metadata, type_claims, type_metadata
from did.methods import key as did_key
from tests.support.sd_jwt import HOLDER, ISSUER, NOW, digest_of, disclosure, signed

VCT = "https://types.example/id"
DID = did_key.create(ISSUER.public_key).text
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS
LIKELY = st.sampled_from(
    [
        VCT,
        DID,
        "https://issuer.example",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "always",
        "EC",
        "P-256",
        HOLDER.public_key.jwk(),
        {"jwk": HOLDER.public_key.jwk()},
        {"keys": [ISSUER.public_key.jwk()]},
        [[]],
    ]
)
NAMES = st.sampled_from(
    [
        *("_sd", "...", "_sd_alg", "iss", "vct", "vct#integrity", "aka_vcts", "cnf", "jwk", "kid", "status"),
        *("exp", "nbf", "iat", "aud", "sub", "issuer", "jwks", "jwks_uri", "keys", "kty", "crv", "x", "y"),
        *("claims", "display", "path", "sd", "mandatory", "svg_id", "extends", "extends#integrity", "locale"),
        *("credentialSubject", "id", "jti", "vc"),
    ]
)
VALUES = st.recursive(
    SCALARS | LIKELY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=4),
    max_leaves=10,
)
OBJECTS = st.dictionaries(NAMES | TEXTS, VALUES, max_size=6)


def ours(attempt, *arguments, **options):
    try:
        return attempt(*arguments, **options)
    except CredentialError:
        return None


@settings(max_examples=150)
@given(OBJECTS, VALUES, st.sampled_from([{}, {"kid": "#0"}, {"x5c": ["AAAA"]}, {"x5c": 7}, {"kid": DID}]))
def test_whatever_an_issuer_signs(claims, value, header):
    revealed = disclosure("salt", "name", value)
    payload = {"vct": VCT, "_sd": [digest_of(revealed)], **claims}
    whole = "~".join((signed(payload, typ="dc+sd-jwt", **header), revealed, ""))
    found = sd_jwt.read(whole)
    ours(issuer_keys.find, found, permitted=("x5c", "did"), sources=issuer_keys.KeySources(), now=NOW)
    ours(vc.verify, found, ISSUER.public_key, now=NOW)
    credential = sd_jwt.read(signed(claims, typ="vc+sd-jwt", **header) + "~")
    ours(data_model.verify, credential, ISSUER.public_key, now=NOW)
    ours(holder_key, claims)


@settings(max_examples=150)
@given(OBJECTS, OBJECTS)
def test_whatever_a_type_says(document, claims):
    source = {VCT: orjson.dumps({**document, "vct": VCT})}

    class Source:
        def load(self, name):
            if name not in source:
                raise CredentialError("type.unknown", "no such type")
            return source[name]

    resolved = ours(type_metadata.resolve, VCT, integrity=None, source=Source())
    verified = ours(
        vc.verify,
        sd_jwt.read(signed({**claims, "vct": VCT}, typ="dc+sd-jwt") + "~"),
        ISSUER.public_key,
        now=NOW,
    )
    if resolved is not None and verified is not None:
        ours(type_claims.check_type, verified, resolved, holds_all_disclosures=True)


@given(OBJECTS, st.binary(max_size=40), VALUES)
def test_whatever_a_server_answers(document, body, value):
    ours(issuer_metadata.read_metadata, orjson.dumps(document), expected_issuer="https://issuer.example")
    ours(issuer_metadata.read_metadata, body, expected_issuer="https://issuer.example")
    ours(issuer_metadata.read_keys, value)
    ours(integrity.check_integrity, body, value)
    ours(sd_jwt.read_json, document)
