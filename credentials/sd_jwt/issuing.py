"""Issuing an SD-JWT: claims packed, signed, and written with their disclosures.

Text: RFC 9901, sections 4.1 (payload), 4.1.2 (`cnf`), 6 (issuing).
Invariants:
- `typ` is stated by the caller; the algorithm follows from the signer's key.
- the holder's key stands in `cnf`, in plain.

Not here: which claims a type of credential needs (`sd_jwt.vc`, `sd_jwt.data_model` build on this).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.errors import CredentialError
from credentials.jose import jws
from credentials.sd_jwt.disclosures import DEFAULT_HASH, HashName, dump
from credentials.sd_jwt.form import SEPARATOR
from credentials.sd_jwt.limits import LIMITS, Limits
from credentials.sd_jwt.packing import pack
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.sd_jwt.paths import Path
    from did.keys import PublicKey, Signer
    from did.types import JsonObject, RandomBytes


def issue(
    claims: JsonObject,
    *,
    signer: Signer,
    typ: str,
    random_bytes: RandomBytes,
    disclosable: Sequence[Path] = (),
    holder_key: PublicKey | None = None,
    header: JsonObject | None = None,
    hash_name: HashName = DEFAULT_HASH,
    decoys: int = 0,
    limits: Limits = LIMITS,
) -> str:
    """Issue an SD-JWT with the disclosures of everything that `disclosable` selects.

    `header` adds members such as `kid` or `x5c`. Codes: path.nothing, sd-jwt.claims, sd-jwt.disclosures,
    sd-jwt.depth, sd-jwt.too-large, key.unsupported, jws.*.
    """
    if holder_key is not None:
        if "cnf" in claims:
            raise CredentialError("sd-jwt.claims", "cnf is among the claims, and a holder's key is given")
        claims = {**claims, "cnf": {"jwk": _jwk(holder_key)}}
    # [SDJ-30] always visible
    if any(path[0] == "cnf" for path in disclosable):
        raise CredentialError(
            "sd-jwt.always-visible",
            "the holder's key cannot be disclosed selectively",
            clause="RFC 9901 section 9.7",
        )
    packed = pack(
        claims,
        disclosable=disclosable,
        random_bytes=random_bytes,
        hash_name=hash_name,
        decoys=decoys,
        limits=limits,
    )
    signed = jws.sign(dump(packed.payload), header={"typ": typ, **(header or {})}, signer=signer)
    text = SEPARATOR.join((signed, *packed.disclosures, ""))
    if len(text) > limits.max_bytes:
        raise CredentialError(
            "sd-jwt.too-large", f"{len(text)} characters, at most {limits.max_bytes} are written"
        )
    return text


def _jwk(key: PublicKey) -> JsonObject:
    try:
        return key.jwk()
    except DidError as error:
        raise CredentialError(error.code, f"the holder's key: {error.detail}", remedy=error.remedy) from None
