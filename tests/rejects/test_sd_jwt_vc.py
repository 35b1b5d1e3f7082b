"""SD-JWT VCs, issuers' keys and types that must be rejected; credentials of the data model in SD-JWT."""

from __future__ import annotations

import orjson
import pytest

from credentials import sd_jwt
from credentials.sd_jwt import data_model, vc
from credentials.sd_jwt.vc import certificates, integrity, issuer_metadata, svg, type_metadata
from did.keys import Ed25519Signer
from did.methods import key as did_key
from tests.rejects.catalogue import Reject, needed, refused
from tests.support.certificates import DAY, Authority, host, private_key, uri
from tests.support.sd_jwt import ISSUER, NOW, Randomness, digest_of, disclosure, signed

ISS = "https://issuer.example/a"
VCT = "https://types.example/id"
OTHER = Ed25519Signer(bytes(range(1, 33)))
DID = did_key.create(ISSUER.public_key).text
METHOD = did_key.verification_method_id(ISSUER.public_key)
DRAFT = "SD-JWT VC draft 18, "
AUTHORITY = Authority(NOW)
LEAF = private_key(8)


def verify(payload, *disclosures):
    whole = "~".join((signed(payload, typ="dc+sd-jwt"), *disclosures, ""))
    return vc.verify(sd_jwt.read(whole), ISSUER.public_key, now=NOW)


def credential(*disclosures, **members):
    return lambda: verify({"vct": VCT, "iss": ISS, **members}, *disclosures)


def hidden():
    revealed = disclosure("salt", "status", {})
    verify({"vct": VCT, "_sd": [digest_of(revealed)]}, revealed)


def hidden_part():
    revealed = disclosure("salt", "idx", 7)
    verify({"vct": VCT, "status": {"status_list": {"_sd": [digest_of(revealed)]}}}, revealed)


def issue_hidden(*path):
    return lambda: vc.issue(
        {"vct": VCT, "iss": ISS, "status": {"a": 1}},
        signer=ISSUER,
        random_bytes=Randomness(),
        header={"kid": "k"},
        disclosable=[path],
    )


def metadata(**members):
    document = {"issuer": ISS, "jwks": {"keys": [ISSUER.public_key.jwk()]}, **members}
    body = orjson.dumps({name: value for name, value in document.items() if value is not None})
    return lambda: issuer_metadata.read_metadata(body, expected_issuer=ISS)


def two_keys():
    keys = issuer_metadata.read_keys({"keys": [ISSUER.public_key.jwk(), OTHER.public_key.jwk()]})
    issuer_metadata.choose(keys, None)


def chain(*names, anchors=(AUTHORITY.der,), issuer=ISS, x5c=None, **options):
    def attempt():
        leaf = [AUTHORITY.issue(LEAF, list(names), **options)] if x5c is None else x5c
        certificates.verify_chain(leaf, trust_anchors=anchors, now=NOW, expected_issuer=issuer)

    return attempt


class Table:
    """Documents by address or name."""

    def __init__(self, **documents):
        self.documents = documents

    def load(self, name):
        return self.documents[name]

    def document(self, did):
        return did_key.resolve(did)


def by_did(header, *, permitted=("did",), iss=DID):
    def attempt():
        whole = signed({"vct": VCT, "iss": iss}, typ="dc+sd-jwt", **header) + "~"
        vc.find(sd_jwt.read(whole), permitted=permitted, sources=vc.KeySources(documents=Table()), now=NOW)

    return attempt


def another_document():
    document = did_key.resolve(did_key.create(OTHER.public_key))
    vc.in_document(document, issuer=DID, kid=METHOD)


def another_method():
    """The document of the issuer lists a key of another DID, which that other DID may have lost."""
    vc.in_document(Listing(DID), issuer=DID, kid=did_key.verification_method_id(OTHER.public_key))


class Listing:
    """A document that would authorise anything."""

    def __init__(self, did):
        self.id = did

    def authorised(self, _purpose, method_id):
        return method_id


def document(vct=VCT, **members):
    return orjson.dumps({"vct": vct, **members})


def typed(**members):
    return lambda: type_metadata.read(document(**members), expected_vct=VCT)


def extending(child, parent):
    def attempt():
        source = Table(
            **{
                VCT: document(extends="base", claims=[{"path": ["a"], **child}]),
                "base": document("base", claims=[{"path": ["a"], **parent}]),
            }
        )
        type_metadata.resolve(VCT, integrity=None, source=source)

    return attempt


def cycle():
    source = Table(**{VCT: document(extends="base"), "base": document("base", extends=VCT)})
    type_metadata.resolve(VCT, integrity=None, source=source)


def endless():
    names = [VCT, *(f"type-{index}" for index in range(9))]
    documents = {
        name: document(name, **({"extends": following} if following else {}))
        for name, following in zip(names, [*names[1:], None], strict=True)
    }
    type_metadata.resolve(VCT, integrity=None, source=Table(**documents))


def of_type(claim, *disclosures, vct=VCT, **members):
    def attempt():
        source = Table(**{vct: document(vct, claims=[claim])})
        resolved = type_metadata.resolve(vct, integrity=None, source=source)
        vc.check_type(verify({"vct": VCT, **members}, *disclosures), resolved, holds_all_disclosures=False)

    return attempt


def template(text):
    return lambda: svg.fill(f"<svg>{text}</svg>", {"name": "Ines"})


def data_model_credential(header=None, **members):
    def attempt():
        payload = {"issuer": DID, "credentialSubject": {"id": "did:example:s"}, "id": "urn:a", **members}
        whole = signed(payload, typ="vc+sd-jwt", **(header or {})) + "~"
        data_model.verify(sd_jwt.read(whole), ISSUER.public_key, now=NOW)

    return attempt


NAME = disclosure("salt", "name", "Ines")
PINNED = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
CASES = [
    Reject(
        "SVC-01",
        "a disclosable part of status issued",
        DRAFT + "2.2.2.3",
        "sd-jwt.always-visible",
        issue_hidden("status", "a"),
    ),
    Reject(
        "SVC-01", "a disclosable vct issued", DRAFT + "2.2.2.3", "sd-jwt.always-visible", issue_hidden("vct")
    ),
    Reject("SVC-02", "a status out of a disclosure", DRAFT + "2.2.2.3", "sd-jwt-vc.hidden", hidden),
    Reject("SVC-02", "a part of the status hidden", DRAFT + "2.2.2.3", "sd-jwt-vc.hidden", hidden_part),
    Reject("SVC-03", "a vct of no scheme", DRAFT + "2.2.2.1", "sd-jwt-vc.type", credential(vct="1:2")),
    Reject(
        "SVC-04", "aka_vcts that is a string", DRAFT + "2.2.2.2", "sd-jwt-vc.type", credential(aka_vcts="a")
    ),
    Reject("SVC-05", "a status of text", DRAFT + "2.2.2.3", "sd-jwt-vc.claims", credential(status="ok")),
    Reject("SVC-06", "an iss that is a number", DRAFT + "2.2.2.3", "sd-jwt-vc.claims", credential(iss=7)),
    Reject(
        "SVC-07",
        "integrity by a hash that SRI does not have",
        "W3C SRI 3.2",
        "sd-jwt-vc.integrity-form",
        credential(**{"vct#integrity": "md5-1B2M2Y8AsgTpgAmY7PhCfg=="}),
    ),
    Reject(
        "SVC-07",
        "one good digest beside one that is none",
        "W3C SRI 3.2",
        "sd-jwt-vc.integrity-form",
        lambda: integrity.check_form(f"{PINNED} sha256-short"),
    ),
    Reject(
        "SVC-08",
        "another document than the pinned one",
        DRAFT + "Document Integrity",
        "sd-jwt-vc.integrity",
        lambda: integrity.check_integrity(b"{}", PINNED),
    ),
    Reject(
        "SVC-08",
        "a weak digest that matches beside a strong one that does not",
        "W3C SRI 3.3.4",
        "sd-jwt-vc.integrity",
        lambda: integrity.check_integrity(b"", f"{PINNED} sha512-{'A' * 86}=="),
    ),
    Reject(
        "SVC-09",
        "an iss with a query",
        DRAFT + "JWT VC Issuer Metadata",
        "issuer.url",
        lambda: issuer_metadata.metadata_url("https://issuer.example/a?b"),
    ),
    Reject(
        "SVC-09",
        "an iss with a user",
        DRAFT + "JWT VC Issuer Metadata",
        "issuer.url",
        lambda: issuer_metadata.metadata_url("https://a@issuer.example"),
    ),
    Reject(
        "SVC-10",
        "metadata whose issuer differs by a slash",
        DRAFT + "JWT VC Issuer Metadata",
        "issuer.mismatch",
        metadata(issuer=ISS + "/"),
    ),
    Reject(
        "SVC-11",
        "jwks and jwks_uri",
        DRAFT + "JWT VC Issuer Metadata",
        "issuer.metadata",
        metadata(jwks_uri="https://issuer.example/keys"),
    ),
    Reject(
        "SVC-12",
        "a jwks_uri without TLS",
        DRAFT + "JWT VC Issuer Metadata",
        "issuer.metadata",
        metadata(jwks=None, jwks_uri="http://issuer.example/keys"),
    ),
    Reject("SVC-13", "two keys and no kid", DRAFT + "JWT VC Issuer Metadata", "issuer.no-key", two_keys),
    Reject("SVC-14", "no trust anchor", DRAFT + "X.509", "issuer.untrusted", chain(uri(ISS), anchors=())),
    Reject(
        "SVC-15",
        "another authority of the same name",
        "RFC 5280, 6",
        "issuer.untrusted",
        chain(uri(ISS), anchors=(Authority(NOW, number=9).der,)),
    ),
    Reject(
        "SVC-15",
        "a certificate that ended yesterday",
        "RFC 5280, 6.1.3",
        "issuer.untrusted",
        chain(uri(ISS), until=NOW - DAY / 2),
    ),
    Reject(
        "SVC-16",
        "a certificate of another host",
        DRAFT + "X.509",
        "issuer.mismatch",
        chain(host("other.example"), host("issuer.example.other.example")),
    ),
    Reject(
        "SVC-17",
        "seven certificates",
        "RFC 7515, 4.1.6",
        "issuer.certificate",
        chain(x5c=[AUTHORITY.issue(LEAF, [uri(ISS)])] * 7),
    ),
    Reject(
        "SVC-18",
        "an authority's certificate as signer",
        "RFC 5280, 4.2.1.9",
        "issuer.certificate-use",
        chain(uri(ISS), ca=True),
    ),
    Reject(
        "SVC-19",
        "a key that is not for signatures",
        "RFC 5280, 4.2.1.3",
        "issuer.certificate-use",
        chain(uri(ISS), digital_signature=False),
    ),
    Reject(
        "SVC-20",
        "a mechanism that is not permitted",
        DRAFT + "Issuer Signature Mechanisms",
        "issuer.mechanism",
        by_did({"kid": METHOD}, permitted=("x5c",)),
    ),
    Reject(
        "SVC-21",
        "the document of another DID",
        DRAFT + "Issuer Signature Mechanisms",
        "issuer.mismatch",
        another_document,
    ),
    Reject(
        "SVC-22",
        "a kid of another DID",
        DRAFT + "Issuer Signature Mechanisms",
        "issuer.kid",
        another_method,
    ),
    Reject(
        "SVC-23",
        "metadata of another type",
        DRAFT + "Type Metadata",
        "type.mismatch",
        lambda: type_metadata.read(document("other"), expected_vct=VCT),
    ),
    Reject("SVC-24", "a type that extends itself", DRAFT + "Circular extends", "type.cycle", cycle),
    Reject("SVC-25", "nine extended types", "our limits", "type.depth", endless),
    Reject(
        "SVC-26",
        "always becomes never",
        DRAFT + "Claim Metadata",
        "type.widened",
        extending({"sd": "never"}, {"sd": "always"}),
    ),
    Reject(
        "SVC-26",
        "always becomes allowed",
        DRAFT + "Claim Metadata",
        "type.widened",
        extending({"sd": "allowed"}, {"sd": "always"}),
    ),
    Reject(
        "SVC-27",
        "two rules for one path",
        DRAFT + "Claim Metadata",
        "type.malformed",
        typed(claims=[{"path": ["a"]}, {"path": ["a"]}]),
    ),
    Reject(
        "SVC-28",
        "two claims of one svg_id",
        DRAFT + "Claim Metadata",
        "type.malformed",
        typed(claims=[{"path": ["a"], "svg_id": "x"}, {"path": ["b"], "svg_id": "x"}]),
    ),
    Reject(
        "SVC-29",
        "sd sometimes",
        DRAFT + "Claim Metadata",
        "type.malformed",
        typed(claims=[{"path": ["a"], "sd": "sometimes"}]),
    ),
    Reject(
        "SVC-30",
        "mandatory yes",
        DRAFT + "Claim Metadata",
        "type.malformed",
        typed(claims=[{"path": ["a"], "mandatory": "yes"}]),
    ),
    Reject(
        "SVC-31",
        "an svg_id that begins with a digit",
        DRAFT + "Claim Metadata",
        "type.malformed",
        typed(claims=[{"path": ["a"], "svg_id": "1a"}]),
    ),
    Reject(
        "SVC-32",
        "display of no language",
        DRAFT + "Display Metadata",
        "type.malformed",
        typed(display=[{"name": "a"}]),
    ),
    Reject(
        "SVC-33",
        "metadata of a type that the credential is not of",
        DRAFT + "Type Metadata",
        "type.mismatch",
        of_type({"path": ["a"]}, vct="other"),
    ),
    Reject(
        "SVC-34",
        "a mandatory claim that is not there",
        DRAFT + "Claim Metadata",
        "type.mandatory",
        of_type({"path": ["a"], "mandatory": True}),
    ),
    Reject(
        "SVC-34",
        "a mandatory claim not there that could not be hidden",
        DRAFT + "Claim Metadata",
        "type.mandatory",
        of_type({"path": ["a"], "mandatory": True, "sd": "never"}, _sd=["hidden"]),
    ),
    Reject(
        "SVC-35",
        "in plain what is always disclosable",
        DRAFT + "Claim Metadata",
        "type.not-disclosable",
        of_type({"path": ["name"], "sd": "always"}, name="Ines"),
    ),
    Reject(
        "SVC-36",
        "disclosed what never is",
        DRAFT + "Claim Metadata",
        "type.disclosable",
        of_type({"path": ["name"], "sd": "never"}, NAME, _sd=[digest_of(NAME)]),
    ),
    Reject(
        "SVC-37",
        "a path of positions through an object",
        DRAFT + "Claim Path",
        "type.path",
        of_type({"path": ["a", None]}, a={"b": 1}),
    ),
    Reject("SVC-38", "a tag that does not end", DRAFT + "SVG Rendering", "type.svg", template("<a b='")),
    Reject("SVC-39", "an unknown placeholder", DRAFT + "SVG Rendering", "type.svg", template("{{other}}")),
    Reject("SVC-40", "a comment", DRAFT + "SVG Rendering", "type.svg", template("<!-- a -->")),
    Reject(
        "SVC-41", "a placeholder in a tag", DRAFT + "SVG Rendering", "type.svg", template("<a b='{{name}}'>")
    ),
    Reject("SVC-42", "a script", DRAFT + "SVG Rendering", "type.svg", template("<script>")),
    Reject(
        "SVC-42", "an event attribute", DRAFT + "SVG Rendering", "type.svg", template("<g onclick='a()'>")
    ),
    Reject(
        "SVC-42", "a foreign picture", DRAFT + "SVG Rendering", "type.svg", template("<image href='//a'/>")
    ),
    Reject(
        "SVC-43",
        "mandatory becomes optional",
        DRAFT + "Claim Metadata",
        "type.widened",
        extending({"mandatory": False}, {"mandatory": True}),
    ),
    Reject(
        "SDJ-48",
        "cty of something else",
        "VC-JOSE-COSE 3.2.1",
        "jws.cty",
        data_model_credential({"cty": "vp"}),
    ),
    Reject("SDJ-49", "a member vc", "VC-JOSE-COSE 3.2", "credential.claims", data_model_credential(vc={})),
    Reject(
        "SDJ-50",
        "iss of another issuer",
        "VC-JOSE-COSE 4.1.2",
        "secured.issuer",
        data_model_credential(iss="a:b"),
    ),
    Reject(
        "SDJ-51", "jti of another id", "VC-JOSE-COSE 3.1.3", "secured.id", data_model_credential(jti="a:b")
    ),
    Reject(
        "SDJ-51",
        "sub of another subject",
        "VC-JOSE-COSE 3.1.3",
        "secured.subject",
        data_model_credential(sub="a:b"),
    ),
]


def named(case):
    return f"{case.number} {case.title}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_needs_its_check(case):
    needed(case)
