"""The issuer's key: out of its DID, its own address, or its certificates."""

from __future__ import annotations

import orjson
import pytest
from cryptography import x509

from credentials import sd_jwt
from credentials.errors import CredentialError
from credentials.sd_jwt import vc
from credentials.sd_jwt.vc import certificates
from credentials.sd_jwt.vc.certificates import verify_chain
from credentials.sd_jwt.vc.issuer_metadata import choose, metadata_url, read_keys
from did.encoding import decode_base64, encode_base64
from did.errors import DidError
from did.keys import Ed25519Signer, KeyType, P256Signer
from did.methods import key as did_key
from tests.support.certificates import DAY, Authority, host, private_key, uri
from tests.support.sd_jwt import ISSUER, NOW, signed

DID = did_key.create(ISSUER.public_key).text
METHOD = did_key.verification_method_id(ISSUER.public_key)
WEB = "https://issuer.example/tenant"
ALL = ("did", "metadata", "x5c")
AUTHORITY = Authority(NOW)
LEAF = private_key(8)
LEAF_SIGNER = P256Signer((8).to_bytes(32, "big"))


class Documents:
    """Resolves did:key only."""

    def document(self, did):
        return did_key.resolve(did)


class Web:
    """Bodies by address, and what was asked for."""

    def __init__(self, **bodies):
        self.bodies = bodies
        self.asked = []

    def load(self, url):
        self.asked.append(url)
        return orjson.dumps(self.bodies[url])


def credential(iss, *, signer=ISSUER, **header):
    claims = {"vct": "https://types.example/id", **({} if iss is None else {"iss": iss})}
    return sd_jwt.read(signed(claims, typ="dc+sd-jwt", signer=signer, **header) + "~")


def find(found, **sources):
    return vc.find(found, permitted=ALL, sources=vc.KeySources(**sources), now=NOW)


def code(attempt):
    with pytest.raises(CredentialError) as caught:
        attempt()
    return caught.value.code


@pytest.mark.parametrize("kid", [METHOD, METHOD.removeprefix(DID)])
def test_by_did(kid):
    found = credential(DID, kid=kid)
    issuer = find(found, documents=Documents())
    assert issuer == vc.IssuerKey(DID, ISSUER.public_key, "did", METHOD)
    assert vc.verify(found, issuer.key, now=NOW).issuer == DID


@pytest.mark.parametrize("kid", [None, "key-1", DID, "did:key:z6Mk"])
def test_by_did_needs_a_kid_in_that_document(kid):
    found = credential(DID, **({} if kid is None else {"kid": kid}))
    assert code(lambda: find(found, documents=Documents())) in {"issuer.kid", "key.not-authorized"}


@pytest.mark.parametrize(
    ("issuer", "url"),
    [
        ("https://a.example", "https://a.example/.well-known/jwt-vc-issuer"),
        ("https://a.example/", "https://a.example/.well-known/jwt-vc-issuer"),
        ("https://a.example:8443/b/c", "https://a.example:8443/.well-known/jwt-vc-issuer/b/c"),
        ("https://a.example/b/", "https://a.example/.well-known/jwt-vc-issuer/b"),
        ("https://[::1]/b", "https://[::1]/.well-known/jwt-vc-issuer/b"),
    ],
)
def test_the_address_of_metadata(issuer, url):
    assert metadata_url(issuer) == url


@pytest.mark.parametrize(
    "issuer",
    [
        "http://a.example",
        "HTTPS://a.example",
        "https://",
        "https://a.example#b",
        "https://a.example/b?c",
        "https://u:p@a.example",
        "https://a.example\\@b.example",
        "https://a.example/\n",
        "https://a.example/\u00e9",
        "https://" + "a" * 2048,
    ],
)
def test_addresses_that_are_none(issuer):
    assert code(lambda: metadata_url(issuer)) == "issuer.url"


def test_by_metadata_with_keys():
    keys = [
        {**Ed25519Signer(bytes(32)).public_key.jwk(), "kid": "old"},
        {**ISSUER.public_key.jwk(), "kid": "new"},
    ]
    url = "https://issuer.example/.well-known/jwt-vc-issuer/tenant"
    web = Web(**{url: {"issuer": WEB, "jwks": {"keys": keys}}})
    assert find(credential(WEB, kid="new"), metadata=web) == vc.IssuerKey(WEB, ISSUER.public_key, "metadata")
    assert web.asked == [url]


def test_by_metadata_with_an_address_of_keys():
    url, keys = "https://issuer.example/.well-known/jwt-vc-issuer/tenant", "https://keys.example/set?a=b"
    web = Web(
        **{url: {"issuer": WEB, "jwks_uri": keys}, keys: {"keys": [{**ISSUER.public_key.jwk(), "kid": "k"}]}}
    )
    assert find(credential(WEB), metadata=web).key == ISSUER.public_key
    assert web.asked == [url, keys]


def test_keys_that_sign_nothing_are_passed_over():
    keys = read_keys(
        {
            "keys": [
                {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "k"},
                {**Ed25519Signer(bytes(32)).public_key.jwk(), "use": "enc", "kid": "k"},
                {**ISSUER.public_key.jwk(), "use": "sig", "kid": "k"},
            ]
        }
    )
    assert choose(keys, "k") == ISSUER.public_key


@pytest.mark.parametrize(
    "jwks",
    [
        None,
        {},
        {"keys": []},
        {"keys": ["a"]},
        {"keys": [{"kid": 7}]},
        {"keys": [{**ISSUER.public_key.jwk(), "d": "AAAA"}]},
        {"keys": [{}] * 101},
    ],
    ids=lambda jwks: repr(jwks)[:30],
)
def test_what_is_no_set_of_keys(jwks):
    assert code(lambda: read_keys(jwks)) == "issuer.metadata"


@pytest.mark.parametrize("kid", ["other", "twice"])
def test_no_key_is_guessed(kid):
    jwk = {**ISSUER.public_key.jwk(), "kid": "twice"}
    assert code(lambda: choose(read_keys({"keys": [jwk, jwk]}), kid)) == "issuer.no-key"


@pytest.mark.parametrize(
    "names",
    [[uri(WEB)], [host("issuer.example")], [host("other.example"), host("issuer.example")]],
    ids=["address", "host", "one of two hosts"],
)
def test_by_certificate(names):
    x5c = [AUTHORITY.issue(LEAF, names)]
    found = credential(WEB, signer=LEAF_SIGNER, x5c=x5c)
    issuer = find(found, trust_anchors=[AUTHORITY.der])
    assert issuer == vc.IssuerKey(WEB, LEAF_SIGNER.public_key, "x5c")
    assert vc.verify(found, issuer.key, now=NOW).issuer == WEB


def test_the_subject_is_the_issuer_where_there_is_no_iss():
    x5c = [AUTHORITY.issue(LEAF, [host("issuer.example")], subject="City of Lisboa")]
    found = credential(None, signer=LEAF_SIGNER, x5c=x5c)
    assert find(found, trust_anchors=[AUTHORITY.der]).issuer == "CN=City of Lisboa"
    assert vc.verify(found, LEAF_SIGNER.public_key, now=NOW).issuer is None


@pytest.mark.parametrize("name", [host("issuer.example"), uri(DID)])
def test_certificates_never_serve_a_did(name):
    x5c = [AUTHORITY.issue(LEAF, [name])]
    found = credential(DID, signer=LEAF_SIGNER, x5c=x5c, kid=METHOD)
    issuer = find(found, trust_anchors=[AUTHORITY.der], documents=Documents())
    assert issuer.mechanism == "did"
    assert issuer.key != LEAF_SIGNER.public_key
    assert code(lambda: vc.verify(found, issuer.key, now=NOW)) == "jws.alg"


@pytest.mark.parametrize(
    "name", ["*.example", "issuer.example.evil.example", "xissuer.example", "issuer.exam", "example"]
)
def test_hosts_that_do_not_own_the_address(name):
    x5c = [AUTHORITY.issue(LEAF, [host(name)])]
    assert (
        code(lambda: verify_chain(x5c, trust_anchors=[AUTHORITY.der], now=NOW, expected_issuer=WEB))
        == "issuer.mismatch"
    )


@pytest.mark.parametrize("now", [NOW - 2 * DAY, NOW + 31 * DAY])
def test_certificates_are_valid_at_the_time_of_verification(now):
    x5c = [AUTHORITY.issue(LEAF, [uri(WEB)])]
    assert (
        code(lambda: verify_chain(x5c, trust_anchors=[AUTHORITY.der], now=now, expected_issuer=WEB))
        == "issuer.untrusted"
    )


def test_the_leaf_is_no_trust_anchor_of_itself_to_others():
    own = Authority(NOW, number=11, name="Own")
    x5c = [own.issue(LEAF, [uri(WEB)]), encode_base64(own.der)]
    assert (
        code(lambda: verify_chain(x5c, trust_anchors=[AUTHORITY.der], now=NOW, expected_issuer=WEB))
        == "issuer.untrusted"
    )


@pytest.mark.parametrize(
    "x5c",
    [None, [], "a", [7], ["AAAA"], ["not base64"], [encode_base64(b"\x30" * 9000)]],
    ids=lambda x: repr(x)[:20],
)
def test_what_is_no_chain(x5c):
    assert (
        code(lambda: verify_chain(x5c, trust_anchors=[AUTHORITY.der], now=NOW, expected_issuer=None))
        == "issuer.certificate"
    )


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("bit", [0, 3, 6])
def test_one_changed_bit_of_what_is_signed_is_refused(bit):
    der = decode_base64(AUTHORITY.issue(LEAF, [uri(WEB), host("issuer.example")]))
    covered = x509.load_der_x509_certificate(der).tbs_certificate_bytes
    start = der.index(covered)
    for position in range(start, start + len(covered)):
        changed = bytearray(der)
        changed[position] ^= 1 << bit
        with pytest.raises(CredentialError):
            verify_chain(
                [encode_base64(bytes(changed))], trust_anchors=[AUTHORITY.der], now=NOW, expected_issuer=WEB
            )


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_parts_that_cannot_be_read_give_our_errors(monkeypatch):
    """As an authority might sign them: the path holds, whatever the certificate says."""
    monkeypatch.setattr(certificates, "_check_path", lambda *_: None)
    der = decode_base64(AUTHORITY.issue(LEAF, [uri(WEB), host("issuer.example")]))
    codes = set()
    for position in range(len(der)):
        for bit in range(8):
            changed = bytearray(der)
            changed[position] ^= 1 << bit
            for issuer in (WEB, None):
                try:
                    x5c = [encode_base64(bytes(changed))]
                    verify_chain(x5c, trust_anchors=[AUTHORITY.der], now=NOW, expected_issuer=issuer)
                except CredentialError as error:
                    codes.add(error.code)
    assert codes == {"issuer.certificate", "issuer.certificate-use", "issuer.mismatch"}


@pytest.mark.parametrize("iss", [None, "issuer", 7, "http://issuer.example"])
def test_nothing_leads_to_a_key(iss):
    assert code(lambda: vc.mechanism(credential(iss))) == "issuer.mechanism"


@pytest.mark.parametrize("found", [credential(DID, kid=METHOD), credential(WEB)], ids=["did", "metadata"])
def test_what_has_no_source_is_refused(found):
    assert code(lambda: find(found)) == "issuer.mechanism"


def test_errors_of_resolution_keep_their_code():
    class Absent:
        def document(self, did):
            raise DidError("resolution.not-found", f"no {did}")

    assert code(lambda: find(credential(DID, kid=METHOD), documents=Absent())) == "resolution.not-found"


def test_keys_are_of_the_types_that_sign():
    assert LEAF_SIGNER.public_key.type is KeyType.P256
