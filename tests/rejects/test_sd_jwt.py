"""SD-JWTs that must be rejected, by issuers, holders and verifiers."""

from __future__ import annotations

import pytest

from credentials import sd_jwt
from credentials.sd_jwt.packing import pack
from credentials.sd_jwt.processing import process
from did.encoding import encode_base64url
from did.keys import P256Signer
from did.methods import key as did_key
from tests.rejects.catalogue import Reject, needed, refused
from tests.support.sd_jwt import (
    BOUND,
    HOLDER,
    ISSUER,
    NOW,
    TYP,
    Randomness,
    binding,
    bound,
    digest_of,
    disclosure,
    signed,
    text,
    verify,
    verify_binding,
)

SECONDS = int(NOW.timestamp())
NAME = disclosure("salt", "name", "Ines")
ELEMENT = disclosure("salt", "FR")


def with_member(*content):
    revealed = disclosure(*content)
    return lambda: verify(text({"_sd": [digest_of(revealed)]}, revealed))


def payload(claims, *disclosures, **options):
    return lambda: verify(text(claims, *disclosures), **options)


def read_json(**document):
    protected, body, signature = signed({"a": 1}).split(".")
    flat = {"payload": body, "protected": protected, "signature": signature, **document}
    return lambda: sd_jwt.read_json({name: value for name, value in flat.items() if value is not None})


def general(*others):
    protected, body, signature = signed({"a": 1}).split(".")
    first = {"protected": protected, "signature": signature, "header": {"disclosures": []}}
    return lambda: sd_jwt.read_json({"payload": body, "signatures": [first, *others]})


def mixed():
    protected, body, signature = signed({"a": 1}).split(".")
    one = {"protected": protected, "signature": signature}
    sd_jwt.read_json({"payload": body, "signatures": [one], **one})


def deep():
    def nested(value):
        for _ in range(40):
            value = [value]
        return value

    inner = disclosure("salt", "inner", nested(1))
    outer = disclosure("salt", "outer", nested({"_sd": [digest_of(inner)]}))
    verify(text({"_sd": [digest_of(outer)]}, inner, outer))


def unsigned():
    header = encode_base64url(b'{"alg":"none","typ":"example+sd-jwt"}')
    verify(f"{header}.{encode_base64url(b'{}')}.~")


def many(count):
    return [disclosure("salt", f"claim-{index}", 1) for index in range(count)]


def processed_many():
    texts = many(201)
    process({"_sd": [digest_of(item) for item in texts]}, texts)


def packed(claims, *paths):
    return lambda: pack(claims, disclosable=paths, random_bytes=Randomness(), hash_name="sha-256")


def hidden_key():
    sd_jwt.issue(BOUND, signer=ISSUER, typ=TYP, random_bytes=Randomness(), disclosable=[("cnf",)])


def other_disclosures():
    presentation = text({**BOUND, "_sd": [digest_of(NAME)]}, NAME)
    whole = text({**BOUND, "_sd": [digest_of(NAME)]})
    verify_binding(whole + binding(presentation))


def received_with_binding():
    presentation = text(BOUND)
    bound_text = presentation + binding(presentation)
    sd_jwt.receive(sd_jwt.read(bound_text), ISSUER.public_key, expected_typ=TYP, now=NOW)


def outer_missing():
    whole = sd_jwt.issue(
        {"a": {"b": 1}},
        signer=ISSUER,
        typ=TYP,
        random_bytes=Randomness(),
        disclosable=[("a",), ("a", "b")],
    )
    sd_jwt.present_places(verify(whole), {("a", "b")})


def kid(fragment):
    did = did_key.create(HOLDER.public_key).text
    return lambda: bound({"cnf": {"kid": f"{did}{fragment}"}})


def two_keys():
    other = did_key.create(ISSUER.public_key).text
    bound({"cnf": {"jwk": HOLDER.public_key.jwk(), "kid": other}})


STEP_3C = "RFC 9901, 7.1 step 3c"
CASES = [
    Reject("SDJ-01", "fifty thousand values", "our limits", "sd-jwt.work", payload({"a": [0] * 50_001})),
    Reject(
        "SDJ-02", "a disclosure of four", "RFC 9901, 4.2", "sd-jwt.disclosure", with_member("s", "a", 1, 2)
    ),
    Reject("SDJ-03", "a claim named 7", "RFC 9901, 4.2.1", "sd-jwt.disclosure", with_member("s", 7, 1)),
    Reject(
        "SDJ-04", "a salt that is a number", "RFC 9901, 4.2.1", "sd-jwt.disclosure", with_member(1, "a", 1)
    ),
    Reject(
        "SDJ-05",
        "more than a mebibyte",
        "our limits",
        "sd-jwt.too-large",
        lambda: sd_jwt.read(text({"a": 1}) + "a" * (1 << 20)),
    ),
    Reject(
        "SDJ-06",
        "a thousand disclosures",
        "our limits",
        "sd-jwt.disclosures",
        lambda: sd_jwt.read(text({}, *many(1000))),
    ),
    Reject("SDJ-07", "a JWT without ~", "RFC 9901, 4", "sd-jwt.form", lambda: sd_jwt.read(signed({"a": 1}))),
    Reject("SDJ-08", "flattened and general at once", "RFC 7515, 7.2.2", "sd-jwt.form", mixed),
    Reject(
        "SDJ-09",
        "disclosures beside the second signature",
        "RFC 9901, 8",
        "sd-jwt.form",
        general({"header": {"disclosures": []}}),
    ),
    Reject(
        "SDJ-10",
        "a disclosure that is a number",
        "RFC 9901, 8",
        "sd-jwt.form",
        read_json(header={"disclosures": [NAME, 7]}),
    ),
    Reject(
        "SDJ-11",
        "a thousand disclosures in JSON",
        "our limits",
        "sd-jwt.disclosures",
        read_json(header={"disclosures": many(1000)}),
    ),
    Reject("SDJ-12", "an empty disclosure", "RFC 9901, 4", "sd-jwt.form", lambda: sd_jwt.read(text({}, ""))),
    Reject(
        "SDJ-13",
        "a disclosure after the last ~",
        "RFC 9901, 4",
        "sd-jwt.form",
        lambda: sd_jwt.read(text({}, binding=NAME)),
    ),
    Reject("SDJ-14", "201 disclosures to process", "our limits", "sd-jwt.disclosures", processed_many),
    Reject(
        "SDJ-15",
        "a disclosure sent twice",
        "RFC 9901, 7.1 step 4",
        "sd-jwt.disclosure-twice",
        payload({"_sd": [digest_of(NAME)]}, NAME, NAME),
    ),
    Reject(
        "SDJ-16", "a disclosure of nothing", "RFC 9901, 7.1 step 5", "sd-jwt.unreferenced", payload({}, NAME)
    ),
    Reject("SDJ-17", "a claim named ...", "RFC 9901, 4.2.3", "sd-jwt.element", payload({"a": {"...": "x"}})),
    Reject("SDJ-18", "_sd of numbers", "RFC 9901, 7.1 step 3b", "sd-jwt.digests", payload({"_sd": ["x", 7]})),
    Reject(
        "SDJ-19",
        "an element's disclosure for a member",
        STEP_3C,
        "sd-jwt.kind",
        payload({"_sd": [digest_of(ELEMENT)]}, ELEMENT),
    ),
    Reject(
        "SDJ-20", "a disclosed claim named _sd", STEP_3C, "sd-jwt.reserved-name", with_member("s", "_sd", [])
    ),
    Reject(
        "SDJ-20", "a disclosed claim named ...", STEP_3C, "sd-jwt.reserved-name", with_member("s", "...", "x")
    ),
    Reject(
        "SDJ-21",
        "a disclosed claim that is there in plain",
        STEP_3C,
        "sd-jwt.claim-twice",
        payload({"name": "Max", "_sd": [digest_of(NAME)]}, NAME),
    ),
    Reject(
        "SDJ-22",
        "... beside another name",
        "RFC 9901, 7.1 step 3b",
        "sd-jwt.element",
        payload({"a": [{"...": digest_of(ELEMENT), "b": 1}]}, ELEMENT),
    ),
    Reject(
        "SDJ-22", "... of a number", "RFC 9901, 7.1 step 3b", "sd-jwt.element", payload({"a": [{"...": 7}]})
    ),
    Reject(
        "SDJ-23",
        "a member's disclosure for an element",
        STEP_3C,
        "sd-jwt.kind",
        payload({"a": [{"...": digest_of(NAME)}]}, NAME),
    ),
    Reject(
        "SDJ-24",
        "a digest twice in one list",
        "RFC 9901, 7.1 step 4",
        "sd-jwt.digest-twice",
        payload({"_sd": ["x", "x"]}),
    ),
    Reject(
        "SDJ-24",
        "a digest twice, once in a disclosure",
        "RFC 9901, 7.1 step 4",
        "sd-jwt.digest-twice",
        lambda: verify(
            text(
                {"_sd": [digest_of(disclosure("s", "a", {"_sd": ["x"]})), "x"]},
                disclosure("s", "a", {"_sd": ["x"]}),
            )
        ),
    ),
    Reject(
        "SDJ-25",
        "2001 digests",
        "our limits",
        "sd-jwt.work",
        payload({"_sd": [f"digest {index}" for index in range(2001)]}),
    ),
    Reject("SDJ-26", "depth by disclosures in disclosures", "our limits", "sd-jwt.depth", deep),
    Reject(
        "SDJ-27",
        "201 disclosable elements issued",
        "our limits",
        "sd-jwt.disclosures",
        packed({"a": [1] * 201}, ("a", None)),
    ),
    Reject(
        "SDJ-28",
        "a claim named _sd_alg issued",
        "RFC 9901, 4.1.1",
        "sd-jwt.claims",
        packed({"_sd_alg": "md5"}),
    ),
    Reject(
        "SDJ-29", "a claim named _sd issued", "RFC 9901, 4.2.3", "sd-jwt.claims", packed({"a": [{"_sd": []}]})
    ),
    Reject(
        "SDJ-30", "a disclosable holder's key issued", "RFC 9901, 9.7", "sd-jwt.always-visible", hidden_key
    ),
    Reject(
        "SDJ-31",
        "no exp where one is required",
        "RFC 9901, 9.7",
        "sd-jwt.claim-missing",
        payload({}, required=("exp",)),
    ),
    Reject("SDJ-32", "expired this second", "RFC 7519, 4.1.4", "sd-jwt.expired", payload({"exp": SECONDS})),
    Reject(
        "SDJ-32",
        "an expiry that a disclosure shows",
        "RFC 9901, 7.1 step 6",
        "sd-jwt.expired",
        with_member("s", "exp", SECONDS - 1),
    ),
    Reject("SDJ-33", "not yet valid", "RFC 7519, 4.1.5", "sd-jwt.not-yet", payload({"nbf": SECONDS + 1})),
    Reject(
        "SDJ-34",
        "issued in the future",
        "RFC 7519, 4.1.6",
        "sd-jwt.issued-later",
        payload({"iat": SECONDS + 1}),
    ),
    Reject(
        "SDJ-35",
        "for another audience",
        "RFC 7519, 4.1.3",
        "sd-jwt.audience",
        payload({"aud": ["a", "b"]}, expected_audience="c"),
    ),
    Reject("SDJ-36", "alg none", "RFC 9901, 7.1 step 2", "jws.alg", unsigned),
    Reject(
        "SDJ-36",
        "a typ of another format",
        "RFC 9901, 9.11",
        "jws.typ",
        payload({}, expected_typ="dc+sd-jwt"),
    ),
    Reject(
        "SDJ-37",
        "no key binding where it is demanded",
        "RFC 9901, 7.3",
        "key-binding.missing",
        lambda: verify_binding(text(BOUND)),
    ),
    Reject(
        "SDJ-38",
        "key binding by another key",
        "RFC 9901, 7.3",
        "jws.signature",
        lambda: bound(signer=P256Signer(bytes(range(2, 34)))),
    ),
    Reject("SDJ-38", "key binding of another typ", "RFC 9901, 4.3", "jws.typ", lambda: bound(typ="jwt")),
    Reject("SDJ-39", "another nonce", "RFC 9901, 7.3", "key-binding.nonce", lambda: bound(nonce="x")),
    Reject(
        "SDJ-40",
        "another audience",
        "RFC 9901, 7.3",
        "key-binding.audience",
        lambda: bound(aud="https://other.example"),
    ),
    Reject(
        "SDJ-40",
        "a list of audiences",
        "RFC 9901, 4.3",
        "key-binding.audience",
        lambda: bound(aud=["https://verifier.example"]),
    ),
    Reject("SDJ-41", "no cnf", "RFC 9901, 7.3", "key-binding.key", lambda: bound({})),
    Reject("SDJ-42", "cnf with two keys", "RFC 7800, 3", "key-binding.key", two_keys),
    Reject("SDJ-43", "a kid that names no method", "RFC 7800, 3.4", "key-binding.key", kid("#other")),
    Reject(
        "SDJ-44",
        "signed seven minutes ago",
        "RFC 9901, 7.3",
        "key-binding.age",
        lambda: bound(iat=SECONDS - 420),
    ),
    Reject("SDJ-45", "another set of disclosures", "RFC 9901, 4.3.1", "key-binding.hash", other_disclosures),
    Reject(
        "SDJ-46", "key binding from an issuer", "RFC 9901, 7.2", "sd-jwt.key-binding", received_with_binding
    ),
    Reject("SDJ-47", "an inner disclosure alone", "RFC 9901, 7.2", "sd-jwt.outer-missing", outer_missing),
]


def named(case):
    return f"{case.number} {case.title}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_needs_its_check(case):
    needed(case)
