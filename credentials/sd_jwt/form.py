"""The form of an SD-JWT: its parts, told apart and nothing else.

Text: RFC 9901, sections 4 (compact: `<JWT>~<D1>~…~<KB-JWT>`) and 8 (JWS JSON serializations).
Invariants:
- whatever is counted is counted before anything is decoded or hashed.
- a compact text ends in `~`, or in a key binding JWT.
- what it says stands in no `repr`: it is somebody's data.
- nothing here is verified: the payload is the sender's word until `verifying.verify` has run.

Not here: signatures, digests. The general JSON form is read with its first signature, the only one that may
carry disclosures; further ones are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.jose import jws
from credentials.sd_jwt.limits import LIMITS, Limits
from did.errors import DidError
from did.jsontext import parse_object

if TYPE_CHECKING:
    from credentials.jose.jws import Jws
    from did.types import JsonObject, JsonValue

SEPARATOR: Final = "~"
_COMPACT: Final = "RFC 9901 section 4"
_JSON: Final = "RFC 9901 section 8"


@dataclass(frozen=True, slots=True, repr=False)
class SdJwt:
    """An SD-JWT or SD-JWT+KB of good form; nothing about it is verified.

    `jwt` is the issuer's part as text, `jws` the same read, `unverified_payload` its payload;
    `key_binding` is the text of the key binding JWT, None where there is none.
    """

    jwt: str
    jws: Jws
    unverified_payload: JsonObject
    disclosures: tuple[str, ...]
    key_binding: str | None

    @property
    def without_key_binding(self) -> str:
        """The text up to and including the last `~`: what the key binding JWT hashes."""
        return SEPARATOR.join((self.jwt, *self.disclosures, ""))

    @property
    def text(self) -> str:
        """The whole in compact serialization."""
        return self.without_key_binding + (self.key_binding or "")


def read(text: str, *, limits: Limits = LIMITS) -> SdJwt:
    """Read a compact SD-JWT or SD-JWT+KB.

    Codes: sd-jwt.too-large, sd-jwt.disclosures, sd-jwt.form, jws.*, json.* for the payload.
    """
    # [SDJ-05]
    if len(text) > limits.max_bytes:
        raise CredentialError(
            "sd-jwt.too-large", f"{len(text)} characters, at most {limits.max_bytes} are accepted"
        )
    count = text.count(SEPARATOR)
    # [SDJ-06] without splitting, decoding or hashing
    if count > limits.max_disclosures + 1:
        raise _too_many(count - 1, limits)
    jwt, *disclosures = text.split(SEPARATOR)
    last = disclosures.pop() if disclosures else None
    # [SDJ-07]
    if last is None:
        raise _form("an SD-JWT without key binding ends in ~", _COMPACT)
    return _sd_jwt(jwt, disclosures, last or None, limits)


def read_json(document: JsonObject, *, limits: Limits = LIMITS) -> SdJwt:
    """Read the flattened or general JSON serialization: codes as `read`."""
    signature: JsonValue = document
    if "signatures" in document:
        listed = document["signatures"]
        # [SDJ-08]
        if "signature" in document or "protected" in document or not isinstance(listed, list) or not listed:
            raise _form("flattened and general JSON are mixed, or `signatures` is no list of some", _JSON)
        signature, *others = listed
        # [SDJ-09]
        if any(
            not isinstance(other, dict) or not _header(other).keys().isdisjoint(_OURS) for other in others
        ):
            raise _form("only the first signature's header carries disclosures and key binding", _JSON)
    if not isinstance(signature, dict):
        raise _form("a signature is no object", _JSON)
    header = _header(signature)
    disclosures = header.get("disclosures", [])
    key_binding = header.get("kb_jwt")
    # [SDJ-10] form of the unprotected header
    if not isinstance(disclosures, list) or not all(isinstance(item, str) for item in disclosures):
        raise _form("`disclosures` is no list of strings", _JSON)
    if not (key_binding is None or (isinstance(key_binding, str) and key_binding)):
        raise _form("`kb_jwt` is no key binding JWT", _JSON)
    # [SDJ-11] counted before anything is decoded
    if len(disclosures) > limits.max_disclosures:
        raise _too_many(len(disclosures), limits)
    parts = (signature.get("protected"), document.get("payload"), signature.get("signature"))
    if not all(isinstance(part, str) for part in parts):
        raise _form("protected, payload and signature are strings", _JSON)
    texts = [item for item in disclosures if isinstance(item, str)]
    return _sd_jwt(".".join(map(str, parts)), texts, key_binding, limits)


_OURS: Final = frozenset({"disclosures", "kb_jwt"})


def _header(signature: JsonObject) -> JsonObject:
    header = signature.get("header", {})
    if not isinstance(header, dict):
        raise _form("the unprotected header is no object", _JSON)
    return header


def _sd_jwt(jwt: str, disclosures: list[str], key_binding: JsonValue, limits: Limits) -> SdJwt:
    # [SDJ-12] no part is empty
    if not all(disclosures) or any(SEPARATOR in item for item in disclosures):
        raise _form("a disclosure is empty or holds a ~", _COMPACT)
    signed = jws.read(jwt, max_bytes=limits.max_bytes)
    if not (key_binding is None or isinstance(key_binding, str)):
        raise _form("the key binding JWT is no text", _JSON)
    # [SDJ-13] whatever stands after the last ~ is a JWT
    if key_binding is not None and key_binding.count(".") != 2:
        raise _form("what follows the last ~ is no key binding JWT", _COMPACT)
    return SdJwt(jwt, signed, _payload(signed), tuple(disclosures), key_binding)


def _payload(signed: Jws) -> JsonObject:
    try:
        return parse_object(signed.payload, max_bytes=len(signed.payload))
    except DidError as error:
        raise CredentialError(error.code, f"the payload: {error.detail}", clause=_COMPACT) from None


def _too_many(count: int, limits: Limits) -> CredentialError:
    return CredentialError(
        "sd-jwt.disclosures",
        f"{count} disclosures, at most {limits.max_disclosures} are accepted",
        remedy="present fewer claims",
    )


def _form(detail: str, clause: str) -> CredentialError:
    return CredentialError("sd-jwt.form", detail, clause=clause)
