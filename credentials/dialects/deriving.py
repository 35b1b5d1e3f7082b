"""Deriving: a part of a credential, in whatever form lets its holder choose what to show.

Texts: VC-DI ECDSA 1.0 and VC-DI BBS 1.0 (section 3 each), RFC 9901 section 7.2,
docs/specs/presentation-binding.md.

| form | what is made | bound to a holder |
|---|---|---|
| `bbs-2023` | a fresh derived proof | by its header: domain, challenge and holder key, which must be given |
| `ecdsa-sd-2023` | a derived proof | by its subject only |
| `vc+sd-jwt`, `dc+sd-jwt` | the text with fewer disclosures | later, by the key that `cnf` names |

Invariants:
- pointers lead into the credential as it is written: into the object, or into the claims of the text.
- what binds nothing is refused, so that nobody relies on it.
- the form stays: of a text comes a text, of an envelope an envelope.

Not here: key binding of an SD-JWT (its holder makes it), presentations (`credentials.dialects.wrapping`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials import enveloping, pointers, sd_jwt
from credentials.dialects import recognition
from credentials.dialects.embedded import Embedded
from credentials.errors import CredentialError
from credentials.formats import BBS_PREDICATES_2026
from credentials.suites import Reader, Setting, suite_of
from credentials.verifying import binding

if TYPE_CHECKING:
    from credentials.model import Credential
    from credentials.sd_jwt import Path, VerifiedSdJwt
    from credentials.verifying.means import Means
    from did.keys import PublicKey
    from did.types import JsonObject, JsonValue, RandomBytes

_REMEDY: Final = "issue it as bbs-2023, ecdsa-sd-2023, vc+sd-jwt or dc+sd-jwt, to show parts of it"


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom a `bbs-2023` proof is derived, and by whom it will be shown."""

    domain: str
    challenge: str
    holder_key: PublicKey


def derive(
    value: JsonObject | str,
    *,
    selected: tuple[str, ...],
    audience: Audience | None,
    means: Means,
    random_bytes: RandomBytes,
) -> JsonObject | str:
    """Give the credential with what `selected` points to, and what is always shown.

    Codes: derive.form, derive.binding, pointer.*, those of reading, and of the issuer's signature for texts.
    """
    reading = recognition.read(value, means)
    if isinstance(reading, Embedded):
        return _embedded(reading.view, selected, audience, means, random_bytes)
    if audience is not None:
        raise _binds_nothing("a text, which its holder binds with the key that it names")
    proven = reading.prove(reading.keys(reading.source(means), means), means, Setting(Reader.HOLDER))
    if proven.sd_jwt is None:
        raise _whole(reading.formats)
    text = _shortened(proven.sd_jwt, selected)
    if isinstance(value, str):
        return text
    media_type = recognition.media_type(text, means.policy.limits)
    return enveloping.envelope(media_type, text)


def _embedded(
    credential: Credential,
    selected: tuple[str, ...],
    audience: Audience | None,
    means: Means,
    random_bytes: RandomBytes,
) -> JsonObject:
    proof = _derivable(credential)
    suite = suite_of(proof, means.suites)
    if not suite.selective:
        raise _whole((suite.name,))
    if suite.unlinkable and audience is None and suite.name != BBS_PREDICATES_2026:
        raise CredentialError(
            "derive.binding",
            f"a {suite.name} proof is derived for one verifier, challenge and holder",
            clause="docs/specs/presentation-binding.md",
            remedy="give domain, challenge and holder",
        )
    if not suite.unlinkable and audience is not None:
        raise _binds_nothing(f"a {suite.name} proof, which names nobody")
    header = b""
    if audience is not None:
        header = binding.presentation_header(
            domain=audience.domain, challenge=audience.challenge, holder_key=audience.holder_key
        )
    secured = {**credential.document, "proof": proof}
    return suite.present(secured, pointers=selected, header=header, random_bytes=random_bytes)


def _derivable(credential: Credential) -> JsonObject:
    """Find the one proof to derive from; beside others, that of a wallet's own secrets is left out."""
    found = [proof for proof in credential.proofs if proof.get("cryptosuite") != BBS_PREDICATES_2026]
    if len(found or credential.proofs) != 1:
        raise CredentialError(
            "derive.form", f"the credential has {len(credential.proofs)} proofs, expected one to derive from"
        )
    return (found or credential.proofs)[0]


def _shortened(held: VerifiedSdJwt, selected: tuple[str, ...]) -> str:
    if held.sd_jwt.key_binding is not None:
        raise CredentialError(
            "sd-jwt.key-binding",
            "the text is bound to one presentation already",
            remedy="send it as its issuer gave it",
            clause="RFC 9901 section 7.2",
        )
    return sd_jwt.present(held, [_path(pointer, held.claims) for pointer in selected])


def _path(pointer: str, claims: JsonObject) -> Path:
    """The path of a pointer: positions in lists as numbers. Codes: pointer.*."""
    pointers.find(claims, pointer)
    place: list[str | int | None] = []
    value: JsonValue = claims
    for token in pointers.parse(pointer):
        if isinstance(value, list):
            place.append(int(token))
            value = value[int(token)]
        else:
            place.append(token)
            value = value[token] if isinstance(value, dict) else None
    return tuple(place)


def _whole(formats: tuple[str, ...]) -> CredentialError:
    return CredentialError(
        "derive.form", f"{', '.join(formats)}: the credential is shown whole or not at all", remedy=_REMEDY
    )


def _binds_nothing(what: str) -> CredentialError:
    return CredentialError(
        "derive.binding",
        f"domain, challenge and holder bind nothing in {what}",
        clause="docs/specs/presentation-binding.md",
        remedy="leave them out, and sign the presentation for domain and challenge",
    )
