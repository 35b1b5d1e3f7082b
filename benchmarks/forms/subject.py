"""One credential, its keys and its contexts, for us and for the npm libraries.

A permanent resident card of 39 statements.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.canonicalization import MEDIUM
from credentials.rdf import CompiledCanonicalizer
from credentials.suites import BbsKey, suites
from credentials.suites.bbs_2023 import Bbs2023
from did.encoding import encode_base64url, encode_multibase
from did.identifiers import Did
from did.keys import Ed25519Signer, KeyType, P256Signer, PublicKey
from did.methods import key as did_key
from schemas import contexts
from zk import bbs

if TYPE_CHECKING:
    from did.types import JsonObject

PEERS = Path(__file__).parents[2] / "tests" / "interop"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SECRETS = {"ed25519": bytes(range(32)), "p256": bytes(31) + b"\x07"}
ED25519, P256 = Ed25519Signer(SECRETS["ed25519"]), P256Signer(SECRETS["p256"])
BBS = bbs.suite(bbs.SHA256)
_SECRET = bbs.key_generate(BBS, b"benchmark key material, no secret")
BBS_KEY = BbsKey(_SECRET, PublicKey(KeyType.BLS12381_G2, bbs.public_key(BBS, _SECRET)))
KEYS = {"ed25519": ED25519.public_key, "p256": P256.public_key, "bbs": BBS_KEY.public_key}
METHODS = {name: did_key.verification_method_id(key) for name, key in KEYS.items()}
ISSUER = did_key.create(ED25519.public_key).text
CREDENTIAL: JsonObject = {
    **{name: value for name, value in MEDIUM.items() if name != "credentialStatus"},
    "issuer": {"id": ISSUER, "image": "https://issuer.example/logo.png"},
}
TEXT = orjson.dumps(CREDENTIAL)
MANDATORY = ["/issuer", "/validFrom", "/validUntil"]
SELECTED = ["/credentialSubject/givenName", "/credentialSubject/birthDate", "/credentialSubject/birthCountry"]
DISCLOSED = ["givenName", "birthDate", "birthCountry", "familyName", "gender", "image", "residence", "height"]
HEADER = hashlib.sha256(b"domain and challenge").digest()
CANONICALIZER = CompiledCanonicalizer()
BBS_2023 = Bbs2023(CANONICALIZER, BBS)
SUITES = suites(BBS_2023)
# Multicodecs of secret keys.
_PREFIXES = {"ed25519": b"\x80\x26", "p256": b"\x86\x26", "bbs": b"\x8a\x26"}


def by_npm() -> dict[str, float] | None:
    """Microseconds by operation, or None where the peers are not installed."""
    if shutil.which("node") is None or not (PEERS / "node_modules").is_dir():
        return None
    done = subprocess.run(
        ["node", "peers/suites_speed.mjs"],
        cwd=PEERS,
        input=json.dumps(_given()),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _given() -> dict[str, Any]:
    documents: dict[str, Any] = {url: contexts.load(url) for url in contexts.known()}
    secrets = {**SECRETS, "bbs": _SECRET.to_bytes()}
    keys = {}
    for name, key in KEYS.items():
        resolved = did_key.resolve(Did.parse(did_key.create(key).text)).to_json()
        method: Any = resolved["verificationMethod"]
        documents[str(resolved["id"])] = resolved
        documents[METHODS[name]] = {"@context": "https://w3id.org/security/multikey/v1", **method[0]}
        secret = encode_multibase(_PREFIXES[name] + secrets[name])
        keys[name] = {**documents[METHODS[name]], "secretKeyMultibase": secret}
    return {
        "documents": documents,
        "keys": keys,
        "jwk": {**ED25519.public_key.jwk(), "d": encode_base64url(SECRETS["ed25519"])},
        "now": "2026-11-20T00:00:00Z",
        "credential": CREDENTIAL,
        "mandatory": MANDATORY,
        "selected": SELECTED,
        "header": HEADER.hex(),
        "disclosed": DISCLOSED,
    }
