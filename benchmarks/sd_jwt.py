"""SD-JWT beside the reference from PyPI and the raw signature.

    python benchmarks/sd_jwt.py [--json]

A person's credential: ten disclosable claims, two of them within an object. The holder shows four and binds
them to a key. "raw" is the signature alone: one for issuing and for verifying without key binding, two for
verifying with it. Keys are Ed25519 and P-256; the reference uses jwcrypto. Verifying starts from the text,
and the reference checks neither exp nor nbf. Bombs are refused before they are hashed; their time is printed
too.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))
# In this folder, this file would hide the reference's package.
sys.path.remove(str(Path(__file__).parent))

import orjson
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from benchmarks.harness import Ratio, measure, report
from credentials import sd_jwt
from credentials.errors import CredentialError
from credentials.sd_jwt import vc
from credentials.sd_jwt.disclosures import digest
from credentials.sd_jwt.processing import process
from did.encoding import encode_base64url
from did.keys import Ed25519Signer, P256Signer, verify_signature

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
SECRET, HOLDER_SECRET = bytes(range(32)), bytes(range(1, 33))
NONCE, VERIFIER = "n-0S6_WzA2Mj", "https://verifier.example"
NAMES = ("given_name", "family_name", "birthdate", "email", "phone_number", "place", "sex", "address")
CLAIMS: dict[str, Any] = {
    "iss": "https://issuer.example",
    "iat": SECONDS,
    "exp": SECONDS + 31_536_000,
    "vct": "https://types.example/person",
    "given_name": "Ines",
    "family_name": "Ferreira",
    "birthdate": "1990-05-17",
    "email": "ines@example.org",
    "phone_number": "+351 210 000 000",
    "place": "Lisboa",
    "sex": 2,
    "address": {"street_address": "Rua 1", "locality": "Lisboa", "country": "PT"},
}
PATHS = [*((name,) for name in NAMES), ("address", "street_address"), ("address", "locality")]
SHOWN = [("given_name",), ("birthdate",), ("address", "locality")]
SHOWN_BY_REFERENCE = {"given_name": True, "birthdate": True, "address": {"locality": True}}


def marked() -> dict[Any, Any]:
    address = {SDObj("street_address"): "Rua 1", SDObj("locality"): "Lisboa", "country": "PT"}
    claims = {SDObj(name) if name in NAMES else name: value for name, value in CLAIMS.items()}
    return {name: address if value is CLAIMS["address"] else value for name, value in claims.items()}


def operations(alg: str, kind: Any) -> dict[str, Callable[[], object]]:
    signer, holder = kind(SECRET), kind(HOLDER_SECRET)
    key, holder_key = signer.public_key, holder.public_key
    issuer_jwk = JWK(**key.jwk(), d=encode_base64url(SECRET))
    holder_jwk = JWK(**holder_key.jwk(), d=encode_base64url(HOLDER_SECRET))
    claims = marked()

    def issue() -> str:
        return vc.issue(
            CLAIMS,
            signer=signer,
            random_bytes=os.urandom,
            header={"kid": "key"},
            disclosable=PATHS,
            holder_key=holder_key,
        )

    def issue_reference() -> str:
        header = {"typ": "dc+sd-jwt"}
        return SDJWTIssuer(
            claims, issuer_jwk, holder_jwk, sign_alg=alg, extra_header_parameters=header
        ).sd_jwt_issuance

    text = issue()
    held = sd_jwt.receive(sd_jwt.read(text), key, expected_typ=vc.TYP, now=NOW)
    binding = sd_jwt.KeyBinding(holder, VERIFIER, NONCE, NOW)

    def present() -> str:
        return sd_jwt.present(held, SHOWN, key_binding=binding)

    def present_reference() -> str:
        holding = SDJWTHolder(text)
        holding.create_presentation(SHOWN_BY_REFERENCE, NONCE, VERIFIER, holder_jwk, sign_alg=alg)
        return holding.sd_jwt_presentation

    presentation = present()

    def verify() -> object:
        return vc.verify(sd_jwt.read(presentation), key, now=NOW)

    def verify_bound() -> object:
        found = vc.verify(sd_jwt.read(presentation), key, now=NOW)
        return sd_jwt.verify_key_binding(
            found.verified,
            expected_nonce=NONCE,
            expected_audience=VERIFIER,
            now=NOW,
            max_age=timedelta(minutes=5),
            skew=timedelta(0),
        )

    def verify_reference() -> object:
        return SDJWTVerifier(presentation, lambda _issuer, _header: issuer_jwk).get_verified_payload()

    signed = held.sd_jwt.jws
    bound = sd_jwt.read(presentation).key_binding or ""
    bound_input, bound_signature = sd_jwt_parts(bound)
    operations = {
        "raw sign": lambda: signer.sign(signed.signing_input),
        "raw verify": lambda: verify_signature(key, signed.signing_input, signed.signature),
        "two raw verifies": lambda: (
            verify_signature(key, signed.signing_input, signed.signature),
            verify_signature(holder_key, bound_input, bound_signature),
        ),
        "issue": issue,
        "issue, reference": issue_reference,
        "present with binding": present,
        "present with binding, reference": present_reference,
        "verify": verify,
        "verify, reference": verify_reference,
        "verify with binding": verify_bound,
    }
    return {f"{alg} {name}": run for name, run in operations.items()}


def sd_jwt_parts(text: str) -> tuple[bytes, bytes]:
    from credentials.jose import jws  # noqa: PLC0415 - for the raw figure only

    read = jws.read(text, max_bytes=1 << 14)
    return read.signing_input, read.signature


def refusal(text: str) -> Callable[[], object]:
    def attempt() -> str:
        try:
            sd_jwt.read(text)
        except CredentialError as error:
            return error.code
        raise AssertionError("a bomb was taken")

    return attempt


def dearest() -> Callable[[], object]:
    """What costs most and is still taken: 200 disclosures, 40,000 values."""
    texts = [encode_base64url(orjson.dumps(["salt", f"claim-{index}", [0] * 200])) for index in range(200)]
    payload: dict[str, Any] = {"_sd": [digest(item, "sha-256") for item in texts]}
    return lambda: process(payload, texts)


def main() -> int:
    cases = {
        **operations("EdDSA", Ed25519Signer),
        **operations("ES256", P256Signer),
        "refuse a thousand disclosures": refusal("a.b.c~" + "WyJzIiwiYSIsMV0~" * 1000),
        "process the dearest that is taken": dearest(),
        "refuse a mebibyte of separators": refusal("a.b.c" + "~" * ((1 << 20) - 5)),
    }
    figures = measure(cases, rounds=21)
    pairs = [
        ("issue", "raw sign"),
        ("issue, reference", "issue"),
        ("present with binding", "raw sign"),
        ("present with binding, reference", "present with binding"),
        ("verify", "raw verify"),
        ("verify, reference", "verify"),
        ("verify with binding", "two raw verifies"),
    ]
    ratios = [
        Ratio(f"{alg} {work}", f"{alg} {against}") for alg in ("EdDSA", "ES256") for work, against in pairs
    ]
    return report("SD-JWT, ten disclosable claims, four shown", figures, ratios)


if __name__ == "__main__":
    sys.exit(main())
