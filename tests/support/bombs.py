"""Inputs of a few bytes, or of as many as are let in, that would cost a verifier much.

Each is shown at the verifier's entry, and signed by a trusted issuer where what ends it comes after the
signature: what must end it is a bound on work.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cbor2
import orjson

from credentials import enveloping, formats
from credentials.jose import jws
from credentials.sd_jwt.disclosures import digest
from credentials.suites import Reader
from credentials.verifying.verifier import verify_credential, verify_presentation
from did import jsontext
from did.encoding import encode_base64url
from did.errors import DidError
from tests.support.statuses import Lists, entry, token_status
from tests.support.world import DOMAIN, EDDSA, World, cause, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

V2 = "https://www.w3.org/ns/credentials/v2"
UNDEFINED_TERMS = "https://www.w3.org/ns/credentials/undefined-terms/v2"
MEBIBYTE = 1 << 20
RDFC = "eddsa-rdfc-2022"
# What is refused before its signature is looked at needs none that holds.
SIGNATURE = "z" + "3" * 87


@dataclass(frozen=True)
class Bomb:
    """A name, the code with which it must be refused, and after how many calls of functions at most.

    `arm(world)` makes the input and gives a function that shows it, and says the code of the refusal. The
    bound is twice what was counted: not a promise of speed, but what another order of growth would break.
    """

    name: str
    code: str
    calls: int
    arm: Callable[[World], Callable[[], str]]


def credential(world: World, **members: Any) -> dict[str, Any]:
    return {
        "@context": [V2, UNDEFINED_TERMS],
        "type": ["VerifiableCredential"],
        "issuer": world.issuer.did,
        "validFrom": "2026-11-01T00:00:00Z",
        "credentialSubject": {"id": world.holder},
        **members,
    }


def with_proof(world: World, document: dict[str, Any], suite: str = RDFC, count: int = 1) -> dict[str, Any]:
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "verificationMethod": f"{world.issuer.did}#ed25519",
        "proofPurpose": "assertionMethod",
        "proofValue": SIGNATURE,
    }
    return {**document, "proof": proof if count == 1 else [proof] * count}


def shown(world: World, value: Any, **policy: Any) -> Callable[[], str]:
    """Show a credential, as a value or as text."""
    means = world.means(accepted_formats=formats.ACCEPTED, **policy)
    return lambda: cause(verify_credential(value, means, reader=Reader.VERIFIER))


def read(world: World, text: bytes) -> Callable[[], str]:
    """Show the text of a credential to the strict decoder, as every edge of the service does, and go on."""

    def show() -> str:
        try:
            value = jsontext.parse_object(text, max_bytes=MEBIBYTE)
        except DidError as error:
            return error.code
        return shown(world, value)()

    return show


def clique(size: int) -> dict[str, Any]:
    """Unnamed nodes, each knowing each other one, that nothing tells apart."""
    nodes = [f"_:n{number}" for number in range(size)]
    known = [{"id": node, "knows": [{"id": other} for other in nodes if other != node]} for node in nodes]
    return {"group": known}


def of_clique(world: World) -> Callable[[], str]:
    return shown(world, with_proof(world, credential(world, credentialSubject=clique(8))))


def ring(world: World) -> Callable[[], str]:
    """Unnamed nodes in a ring, each naming the next."""
    names = [f"_:a{number}" for number in range(400)]
    nodes = [{"id": node, "next": {"id": names[number - 1]}} for number, node in enumerate(names)]
    return shown(world, with_proof(world, credential(world, credentialSubject={"group": nodes})))


def nested_text(world: World) -> Callable[[], str]:
    half = MEBIBYTE // 2 - 8
    return read(world, b'{"a":' + b"[" * half + b"]" * half + b"}")


def nested_objects(world: World) -> Callable[[], str]:
    depth = MEBIBYTE // 6 - 4
    return read(world, b'{"a":' * depth + b"1" + b"}" * depth)


def nested_value(world: World) -> Callable[[], str]:
    """As a value that did not come through the decoder."""
    value: Any = "end"
    for _ in range(100_000):
        value = [value]
    return shown(world, with_proof(world, credential(world, credentialSubject={"a": value}), EDDSA))


def long_integer(world: World) -> Callable[[], str]:
    return read(world, b'{"a":' + b"9" * (MEBIBYTE - 8) + b"}")


def doubled_keys(world: World) -> Callable[[], str]:
    return read(world, b"{" + b",".join(b'"a":1' for _ in range(MEBIBYTE // 6 - 1)) + b"}")


def disclosures(world: World) -> Callable[[], str]:
    header = encode_base64url(b'{"alg":"EdDSA","typ":"vc+sd-jwt"}')
    text = f"{header}.e30.{'A' * 86}~" + "WyJzIiwiYSIsMV0~" * 1000
    return shown(world, text)


def values_in_disclosures(world: World) -> Callable[[], str]:
    """Two hundred disclosures, as many as are let in, each with an array of numbers to look through."""
    texts = [
        encode_base64url(orjson.dumps([f"salt{number}", f"claim{number}", [0] * 260]))
        for number in range(200)
    ]
    return _sd_jwt(world, texts, [digest(text, "sha-256") for text in texts])


def ladder(world: World) -> Callable[[], str]:
    """Disclosures within disclosures, deeper than JSON may be."""
    texts: list[str] = []
    inner: dict[str, Any] = {"end": True}
    for number in range(100):
        texts.append(encode_base64url(orjson.dumps([f"salt{number}", "a", inner])))
        inner = {"_sd": [digest(texts[-1], "sha-256")]}
    return _sd_jwt(world, texts, inner["_sd"])


def _sd_jwt(world: World, texts: list[str], listed: list[str]) -> Callable[[], str]:
    """An SD-JWT that the issuer signed: bounds on work come after the signature."""
    document = credential(world)
    document["credentialSubject"]["_sd"] = listed
    header = {"typ": "vc+sd-jwt", "cty": "vc", "kid": f"{world.issuer.did}#ed25519"}
    signed = jws.sign(
        orjson.dumps({**document, "_sd_alg": "sha-256"}), header=header, signer=world.issuer.signer
    )
    return shown(world, "~".join([signed, *texts, ""]))


def separators(world: World) -> Callable[[], str]:
    return shown(world, "a.b.c" + "~" * (MEBIBYTE - 5))


def contexts(world: World) -> Callable[[], str]:
    many = [V2, *(f"https://e.example/contexts/{number}" for number in range(10_000))]
    return shown(world, with_proof(world, credential(world, **{"@context": many})))


def types(world: World) -> Callable[[], str]:
    many = ["VerifiableCredential", *(f"https://e.example/types#{number}" for number in range(10_000))]
    return shown(world, with_proof(world, credential(world, type=many)))


def types_of_subject(world: World) -> Callable[[], str]:
    many = [f"https://e.example/types#{number}" for number in range(10_000)]
    return shown(world, with_proof(world, credential(world, credentialSubject={"type": many})))


def inline_context(world: World) -> Callable[[], str]:
    terms = {f"t{number}": f"https://e.example/terms#{number}" for number in range(10_001)}
    return shown(world, with_proof(world, credential(world, **{"@context": [V2, terms]})))


def statements(world: World) -> Callable[[], str]:
    claims = {f"claim{number}": [str(n) for n in range(100)] for number in range(101)}
    return shown(world, with_proof(world, credential(world, credentialSubject=claims)))


def proofs(world: World) -> Callable[[], str]:
    return shown(world, with_proof(world, credential(world), EDDSA, count=10_000))


def long_signature(world: World) -> Callable[[], str]:
    secured = with_proof(world, credential(world), EDDSA)
    secured["proof"]["proofValue"] = "z" + "3" * (MEBIBYTE - 2048)
    return shown(world, secured)


def credentials_in_presentation(world: World) -> Callable[[], str]:
    means, request = world.means(), world.request()
    one = with_proof(world, credential(world), EDDSA)
    presentation = world.wrap([one] * 1000, request)
    expected = {
        "expected_challenge": request.challenge,
        "expected_domain": DOMAIN,
        "expected_query": None,
    }
    return lambda: cause(verify_presentation(presentation, means, **expected))


def gzip_in_status_list(world: World) -> Callable[[], str]:
    """A list credential of the issuer's own, of which one mebibyte holds a gibibyte of noughts."""
    return _status_list(world, gzip.compress(bytes(1 << 30), compresslevel=9))


def members_in_status_list(world: World) -> Callable[[], str]:
    """Empty gzip members by the thousand, one after the other."""
    return _status_list(world, gzip.compress(b"") * 30_000)


def zlib_in_status_token(world: World) -> Callable[[], str]:
    lists = Lists(world)
    packed = encode_base64url(zlib.compress(bytes(1 << 28), level=9))
    lists.token(status_list={"bits": 1, "lst": packed})

    def show() -> str:
        with refusal() as codes:
            token_status(world, lists)
        return "".join(codes)

    return show


def _status_list(world: World, packed: bytes) -> Callable[[], str]:
    lists = Lists(world)
    lists.bitstring(subject={"encodedList": "u" + encode_base64url(packed)})
    means = replace(world.means(), statuses=lists)
    secured = world.issue(EDDSA, credentialStatus=entry())
    return lambda: cause(verify_credential(secured, means, reader=Reader.VERIFIER))


def nested_cbor(world: World) -> Callable[[], str]:
    data = b"\xd2\x84" + b"\x81" * (MEBIBYTE // 2)
    return shown(world, enveloping.envelope("application/vc+cose", data))


def cbor_header(world: World) -> Callable[[], str]:
    """A protected header with a hundred thousand labels."""
    header = cbor2.dumps(dict.fromkeys(range(100_000), 0))
    data = cbor2.dumps(cbor2.CBORTag(18, [header, {}, b"{}", bytes(64)]))
    return shown(world, enveloping.envelope("application/vc+cose", data))


def jws_header(world: World) -> Callable[[], str]:
    header = orjson.dumps({"alg": "EdDSA", "typ": "vc+jwt", "crit": ["x"] * 100_000})
    text = f"{encode_base64url(header)}.e30.{'A' * 86}"
    return shown(world, enveloping.envelope("application/vc+jwt", text))


BOMBS = (
    Bomb("a clique of eight unnamed nodes", "rdf.work-limit", 750_000, of_clique),
    Bomb("a ring of 400 unnamed nodes", "rdf.work-limit", 400_000, ring),
    Bomb("10,100 statements", "rdf.work-limit", 190_000, statements),
    Bomb("a mebibyte of arrays in arrays", "json.depth", 100, nested_text),
    Bomb("a mebibyte of objects in objects", "json.depth", 100, nested_objects),
    Bomb("100,000 arrays in arrays, as a value", "model.depth", 1_000, nested_value),
    Bomb("an integer of a mebibyte", "json.number", 100, long_integer),
    Bomb("a mebibyte of one key", "json.duplicate-key", 1_050_000, doubled_keys),
    Bomb("a thousand disclosures", "sd-jwt.disclosures", 300, disclosures),
    Bomb("a mebibyte of separators", "jws.encoding", 100, separators),
    Bomb("200 disclosures of 260 values", "sd-jwt.work", 625_000, values_in_disclosures),
    Bomb("disclosures in disclosures", "sd-jwt.depth", 16_000, ladder),
    Bomb("10,000 contexts", "model.context", 200, contexts),
    Bomb("10,000 types", "model.type", 60_000, types),
    Bomb("10,000 types of a subject", "rdf.work-limit", 45_000, types_of_subject),
    Bomb("10,001 terms in a context", "rdf.work-limit", 10_000, inline_context),
    Bomb("10,000 proofs", "model.proof", 45_000, proofs),
    Bomb("a signature of a mebibyte", "proof.malformed", 2_000, long_signature),
    Bomb("a thousand credentials", "model.credentials", 300, credentials_in_presentation),
    Bomb("a gibibyte in a status list", "status.too-large", 5_000, gzip_in_status_list),
    Bomb("30,000 gzip members in a status list", "status.encoding", 5_000, members_in_status_list),
    Bomb("256 MiB in a status token", "status.too-large", 1_000, zlib_in_status_token),
    Bomb("half a mebibyte of arrays in CBOR", "cbor.depth", 500, nested_cbor),
    Bomb("100,000 labels in a COSE header", "cbor.too-large", 500, cbor_header),
    Bomb("100,000 names in a JWS header", "jws.encoding", 300, jws_header),
)
