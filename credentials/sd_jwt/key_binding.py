"""Key binding: the holder proves the key that the issuer named, for one verifier and one moment.

Texts: RFC 9901, sections 4.3 (KB-JWT) and 7.3; RFC 7800 (`cnf`).

Checklist of `verify_key_binding`:
1. There is a KB-JWT: the caller demands it, so its absence is a refusal (7.3, step 2).
2. The holder's key comes from the verified `cnf`: `jwk`, or `kid` with a did:key.
3. The KB-JWT is a JWS of typ `kb+jwt` by that key, whose algorithm follows from the key (step 4a to 4d).
4. `iat` lies within the window that the caller allows; `exp` and `nbf`, where given, hold (4e, 4f).
5. `nonce` is the expected one; `aud` is one string, the expected one (4f).
6. `sd_hash` is the digest over everything up to the last `~`, with the algorithm of the SD-JWT (4g).

Not here: whether the nonce was used before (the verifier's store).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.jose import jws
from credentials.sd_jwt.disclosures import HashName, digest, dump, hash_name
from credentials.sd_jwt.validity import check_times
from did.errors import DidError
from did.identifiers import DidUrl
from did.keys import PublicKey
from did.methods import key as did_key

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from credentials.sd_jwt.verifying import VerifiedSdJwt
    from did.keys import Signer
    from did.types import JsonObject

TYP: Final = "kb+jwt"
MAX_BYTES: Final = 16 * 1024  # header and four claims have some 400
_CLAUSE: Final = "RFC 9901 section 7.3"


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """What the holder signs beside the presentation: for whom, against which nonce, and when."""

    signer: Signer
    audience: str
    nonce: str
    now: datetime


def bind(without_key_binding: str, binding: KeyBinding, *, algorithm: HashName) -> str:
    """Write the KB-JWT for a presentation that ends in `~`."""
    claims: JsonObject = {
        "iat": int(binding.now.timestamp()),
        "aud": binding.audience,
        "nonce": binding.nonce,
        "sd_hash": digest(without_key_binding, algorithm),
    }
    return jws.sign(dump(claims), header={"typ": TYP}, signer=binding.signer)


def verify_key_binding(
    verified: VerifiedSdJwt,
    *,
    expected_nonce: str,
    expected_audience: str,
    now: datetime,
    max_age: timedelta,
    skew: timedelta,
) -> PublicKey:
    """Verify the KB-JWT by the checklist above, and give the holder's key.

    Codes: key-binding.missing, key-binding.key, jws.*, json.*, key-binding.claims, key-binding.age,
    key-binding.issued-later, key-binding.expired, key-binding.not-yet, key-binding.nonce,
    key-binding.audience, key-binding.hash.
    """
    text = verified.sd_jwt.key_binding
    # [SDJ-37] policy, not presence
    if text is None:
        raise CredentialError(
            "key-binding.missing",
            "the presentation carries no key binding JWT",
            remedy="sign the presentation with the key that the credential names in cnf",
            clause=_CLAUSE + ", step 2",
        )
    key = holder_key(verified.claims)
    signed = jws.read(text or "", max_bytes=MAX_BYTES)
    # [SDJ-38] signed by the holder
    jws.verify(signed, key, expected_typ=TYP)
    claims = jws.claims(signed)
    _check_window(claims, now, max_age, skew)
    # [SDJ-39] fresh
    if claims.get("nonce") != expected_nonce:
        raise CredentialError(
            "key-binding.nonce",
            "nonce is another one",
            clause=_CLAUSE,
            remedy="answer the verifier's request",
        )
    # [SDJ-40] a list of audiences is none
    if claims.get("aud") != expected_audience:
        raise CredentialError(
            "key-binding.audience", "aud is no single string, or another verifier", clause=_CLAUSE
        )
    _check_hash(claims, verified)
    return key


def holder_key(claims: JsonObject) -> PublicKey:
    """Give the key that `cnf` names: `jwk`, or `kid` holding a did:key (`key-binding.key`)."""
    confirmation = claims.get("cnf")
    # [SDJ-41] a key is named
    if not isinstance(confirmation, dict) or not confirmation.keys() & {"jwk", "kid"}:
        raise _key("cnf names no key by jwk or kid")
    jwk, kid = confirmation.get("jwk"), confirmation.get("kid")
    # [SDJ-42] two keys would leave the choice to the reader
    if "jwk" in confirmation and "kid" in confirmation and _by_kid(kid) != _by_jwk(jwk):
        raise _key("cnf names two keys")
    return _by_jwk(jwk) if "jwk" in confirmation else _by_kid(kid)


def _by_jwk(jwk: object) -> PublicKey:
    if not isinstance(jwk, dict):
        raise _key("cnf.jwk is no object")
    try:
        return PublicKey.from_jwk(jwk)
    except DidError as error:
        raise _key(f"cnf.jwk: {error.code}, {error.detail}") from None


def _by_kid(kid: object) -> PublicKey:
    try:
        url = DidUrl.parse(kid if isinstance(kid, str) else "")
        key = did_key.public_key(url.did)
    except DidError as error:
        raise _key(f"cnf.kid is no did:key: {error.code}, {error.detail}") from None
    # [SDJ-43] the key of that did:key
    if url.path or url.query is not None or url.fragment not in {None, url.did.method_specific_id}:
        raise _key("cnf.kid names nothing in the document of that did:key")
    return key


def _check_window(claims: JsonObject, now: datetime, max_age: timedelta, skew: timedelta) -> None:
    check_times(claims, now=now, skew=skew, required=("iat", "aud", "nonce", "sd_hash"), what="key-binding")
    issued = claims["iat"]
    # [SDJ-44] window
    if not isinstance(issued, int | float) or now.timestamp() - issued > (max_age + skew).total_seconds():
        raise CredentialError(
            "key-binding.age",
            f"the key binding was signed more than {max_age} ago",
            remedy="present again",
            clause=_CLAUSE,
        )


def _check_hash(claims: JsonObject, verified: VerifiedSdJwt) -> None:
    found = claims.get("sd_hash")
    algorithm = hash_name(verified.sd_jwt.unverified_payload)
    expected = digest(verified.sd_jwt.without_key_binding, algorithm)
    # [SDJ-45] bound to this presentation
    if not isinstance(found, str) or not hmac.compare_digest(found.encode(), expected.encode()):
        raise CredentialError(
            "key-binding.hash",
            "sd_hash is not that of this credential with these disclosures",
            remedy="sign after the disclosures were chosen",
            clause=_CLAUSE + ", section 4.3.1",
        )


def _key(detail: str) -> CredentialError:
    return CredentialError(
        "key-binding.key",
        detail,
        remedy="ask the issuer for a credential that names the holder's key",
        clause="RFC 7800 section 3, RFC 9901 section 4.1.2",
    )
