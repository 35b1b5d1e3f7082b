"""Data Integrity: signing, issuing, deriving, verifying, each from text, beside the primitive below it.

What verifying does here is the suite's and `did.integrity`'s work on a strictly decoded document with the key
at hand. Raw is: parse, one SHA-256, and as many operations of the primitive as the form needs.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import nacl.bindings
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.canonicalization import by_pyld
from benchmarks.forms.subject import (
    BBS,
    BBS_2023,
    BBS_KEY,
    CREDENTIAL,
    ED25519,
    HEADER,
    KEYS,
    MANDATORY,
    METHODS,
    NOW,
    P256,
    SECRETS,
    SELECTED,
    SUITES,
    TEXT,
)
from credentials.suites import Reader, Setting
from credentials.suites.bbs_proof_value import BaseProofValue, DerivedProofValue
from credentials.suites.ecdsa_sd_proof_value import BaseProofValue as SdBase
from credentials.suites.ecdsa_sd_proof_value import DerivedProofValue as SdDerived
from did import jsontext
from did.integrity import ProofOptions, verify_proof
from schemas.sources import BundledContexts, LayeredContexts
from zk import bbs

if TYPE_CHECKING:
    from collections.abc import Callable

    from did.types import JsonObject

PLAIN = {
    "eddsa-jcs-2022": "ed25519",
    "eddsa-rdfc-2022": "ed25519",
    "ecdsa-jcs-2019": "p256",
    "ecdsa-rdfc-2019": "p256",
}
SIGNERS: dict[str, Any] = {"ed25519": ED25519, "p256": P256, "bbs": BBS_KEY}
_, _SECRET = nacl.bindings.crypto_sign_seed_keypair(SECRETS["ed25519"])
_SIGNED = nacl.bindings.crypto_sign(bytes(64), _SECRET)
_P256 = ec.derive_private_key(int.from_bytes(SECRETS["p256"], "big"), ec.SECP256R1())
_P256_PUBLIC, _ALGORITHM = _P256.public_key(), ec.ECDSA(hashes.SHA256())
_P256_SIGNATURE = _P256.sign(bytes(64), _ALGORITHM)


def parse(text: bytes) -> JsonObject:
    return jsontext.parse_object(text, max_bytes=1 << 20)


def raw_sign(key: str, text: bytes, times: int = 1) -> object:
    document = orjson.loads(text)
    hashlib.sha256(text).digest()
    for _ in range(times):
        if key == "ed25519":
            nacl.bindings.crypto_sign(bytes(64), _SECRET)
        else:
            _P256.sign(bytes(64), _ALGORITHM)
    return orjson.dumps(document)


def raw_verify(key: str, text: bytes, times: int = 1) -> None:
    orjson.loads(text)
    hashlib.sha256(text).digest()
    for _ in range(times):
        if key == "ed25519":
            nacl.bindings.crypto_sign_open(_SIGNED, _SECRET[32:])
        else:
            _P256_PUBLIC.verify(_P256_SIGNATURE, bytes(64), _ALGORITHM)


def _issue(name: str, key: str, mandatory: list[str]) -> bytes:
    options = ProofOptions(name, METHODS[key], "assertionMethod", created=NOW)
    return orjson.dumps(
        SUITES[name].sign(
            parse(TEXT),
            options=options,
            key=SIGNERS[key],
            mandatory_pointers=mandatory,
            random_bytes=os.urandom,
        )
    )


def _verify(name: str, key: str, secured: bytes, header: bytes | None = None) -> None:
    document = parse(secured)
    proof: Any = document["proof"]
    checker = SUITES[name].checker(proof, Setting(Reader.VERIFIER, header))
    verify_proof(
        document,
        suites={name: checker},
        keys=lambda _method, _purpose: KEYS[key],
        expected_purpose="assertionMethod",
        expected_domain=None,
        expected_challenge=None,
        now=NOW,
    )


def _derive(name: str, secured: bytes) -> bytes:
    return orjson.dumps(
        SUITES[name].present(parse(secured), pointers=SELECTED, header=HEADER, random_bytes=os.urandom)
    )


def plain() -> dict[str, Callable[[], object]]:
    """The suites with one signature."""
    found: dict[str, Callable[[], object]] = {}
    for name, key in PLAIN.items():
        secured = _issue(name, key, [])
        found |= {
            f"{name} sign": lambda name=name, key=key: _issue(name, key, []),
            f"{name} verify": lambda name=name, key=key, secured=secured: _verify(name, key, secured),
        }
    secured = _issue("eddsa-jcs-2022", "ed25519", [])
    indented = orjson.dumps(orjson.loads(secured), option=orjson.OPT_INDENT_2)
    for key in ("ed25519", "p256"):
        found[f"raw {key} sign"] = lambda key=key: raw_sign(key, TEXT)
        found[f"raw {key} verify"] = lambda key=key: raw_verify(key, secured)
    found["eddsa-jcs-2022 verify, indented"] = lambda: _verify("eddsa-jcs-2022", "ed25519", indented)
    found["eddsa-rdfc-2022 verify, by PyLD"] = _by_pyld(_issue("eddsa-rdfc-2022", "ed25519", []))
    return found


def _by_pyld(secured: bytes) -> Callable[[], object]:
    """What a verifier on PyLD does at least: canonicalize document and options, hash, Ed25519."""
    canonicalize = by_pyld(LayeredContexts([BundledContexts()]))

    def verify() -> None:
        document = orjson.loads(secured)
        proof = document.pop("proof")
        del proof["proofValue"]
        proof["@context"] = document["@context"]
        for part in (proof, document):
            hashlib.sha256(canonicalize(part).encode()).digest()
        nacl.bindings.crypto_sign_open(_SIGNED, _SECRET[32:])

    return verify


def ecdsa_sd() -> dict[str, Callable[[], object]]:
    """ecdsa-sd-2023: raw is a signature for each statement that is shown, and the issuer's over all."""
    name, key = "ecdsa-sd-2023", "p256"
    base = _issue(name, key, MANDATORY)
    shown = _derive(name, base)
    issued = SdBase.read(orjson.loads(base)["proof"]["proofValue"])
    value = SdDerived.read(orjson.loads(shown)["proof"]["proofValue"])
    signatures, checks = len(issued.signatures) + 1, len(value.signatures) + 1
    return {
        f"{name} issue": lambda: _issue(name, key, MANDATORY),
        f"{name} issue, raw": lambda: raw_sign(key, TEXT, signatures),
        f"{name} derive": lambda: _derive(name, base),
        f"{name} verify": lambda: _verify(name, key, shown),
        f"{name} verify, raw": lambda: raw_verify(key, shown, checks),
    }


def bbs_2023() -> dict[str, Callable[[], object]]:
    """bbs-2023: raw is the BBS operation over as many statements."""
    name, key = "bbs-2023", "bbs"
    base = _issue(name, key, MANDATORY)
    shown = _derive(name, base)
    header = BaseProofValue.read(orjson.loads(base)["proof"]["proofValue"]).header
    value = DerivedProofValue.read(orjson.loads(shown)["proof"]["proofValue"])
    mandatory = len(value.mandatory_indexes)
    lines = [line.encode() for line in BBS_2023.canonicalizer.canonicalize(CREDENTIAL).lines][mandatory:]
    indexes = list(value.selective_indexes)
    public = BBS_KEY.public_key.raw
    signature = bbs.sign(BBS, BBS_KEY.secret, public, header, lines)

    def prove() -> bytes:
        return bbs.prove(BBS, public, signature, header, HEADER, lines, indexes, random_bytes=os.urandom)

    proof, disclosed = prove(), [lines[index] for index in indexes]
    return {
        f"{name} issue": lambda: _issue(name, key, MANDATORY),
        f"{name} issue, raw": lambda: bbs.sign(BBS, BBS_KEY.secret, public, header, lines),
        f"{name} derive": lambda: _derive(name, base),
        f"{name} derive, raw": prove,
        f"{name} verify": lambda: _verify(name, key, shown, HEADER),
        f"{name} verify, raw": lambda: bbs.verify_proof(
            BBS, public, proof, header, HEADER, disclosed, indexes
        ),
    }
