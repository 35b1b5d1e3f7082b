"""Presentations of the VC Data Model 2.0 and 1.1 as typed, frozen values.

Texts: VC Data Model 2.0, 4.13; 1.1, 4.10.

Invariants:
- the form of the presentation and of each credential in it is checked; credentials are objects.
- a presentation of 2.0 holds credentials of both versions, and envelopes. One of 1.1 holds those of 1.1:
  2.0 is not known to its text, and its context would give a newer credential's names two meanings.
- no presentation in a presentation.
- an empty list of credentials is none: conformance suites make such presentations. A verifier that asked for
  credentials refuses it.

What is not here: who signed it, and for whom (`credentials.verifying`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.limits import LIMITS, Limits
from credentials.model import identifiers, members, vocabulary
from credentials.model.contexts import Version, read_contexts, version_of
from credentials.model.credential import (
    PRESENTATION_TYPE,
    Credential,
    as_object,
    decode,
    read_proofs,
    read_types,
)
from credentials.model.enveloped import Enveloped, Holds, is_enveloped
from credentials.model.texts import check_texts
from credentials.model.typed import read_typed

if TYPE_CHECKING:
    from credentials.model.typed import Typed
    from did.types import JsonObject, JsonValue

_CREDENTIALS: Final = vocabulary.CREDENTIALS.name
_APART: Final = frozenset({"@context", "proof", _CREDENTIALS})


@dataclass(frozen=True, slots=True)
class Presentation:
    """A presentation whose form, and that of each credential in it, has been checked, and nothing else."""

    document: JsonObject
    version: Version
    contexts: tuple[JsonValue, ...]
    id: str | None
    types: tuple[str, ...]
    holder: str | None
    credentials: tuple[Credential | Enveloped, ...]
    terms_of_use: tuple[Typed, ...]
    proofs: tuple[JsonObject, ...]

    @classmethod
    def decode(cls, raw: bytes, *, limits: Limits = LIMITS) -> Presentation:
        """Read a presentation from bytes through the strict decoder (codes json.* come as model.json)."""
        return cls.parse(decode(raw, limits), limits=limits)

    @classmethod
    def parse(cls, value: JsonValue, *, limits: Limits = LIMITS) -> Presentation:
        """Read a presentation from a parsed value; `proof` may be absent.

        Codes: model.*, presentation.nested, presentation.version.
        """
        document = as_object(value, "a presentation")
        types = read_types(document, PRESENTATION_TYPE, limits)
        version, contexts = read_contexts(document, limits)
        members.check_keywords({key: item for key, item in document.items() if key not in _APART}, limits)
        return cls(
            document=document,
            version=version,
            contexts=contexts,
            id=identifiers.optional_id(document, "model.id", "", limits),
            types=types,
            holder=_holder(document, version, limits),
            credentials=_credentials(document, version, limits),
            terms_of_use=read_typed(document, vocabulary.TERMS_OF_USE, version, limits),
            proofs=read_proofs(document, limits),
        )


def read_presentation(value: JsonValue, *, limits: Limits = LIMITS) -> Presentation | Enveloped:
    """Read a presentation, in an envelope or not. Codes: as `Presentation.parse`."""
    if not is_enveloped(value):
        return Presentation.parse(value, limits=limits)
    found = Enveloped.parse(value, limits=limits)
    # [PRE-01] a credential is no presentation
    if found.holds is not Holds.PRESENTATION:
        raise CredentialError("model.type", "/type: an enveloped credential is no presentation")
    return found


def _holder(document: JsonObject, version: Version, limits: Limits) -> str | None:
    name, code = vocabulary.HOLDER.name, vocabulary.HOLDER.code
    if name not in document:
        return None
    holder = document[name]
    if isinstance(holder, dict):
        check_texts(holder, code, f"/{name}")
    return identifiers.identified(holder, code, f"/{name}", limits, or_object=version is Version.V2)


def _credentials(
    document: JsonObject, version: Version, limits: Limits
) -> tuple[Credential | Enveloped, ...]:
    if _CREDENTIALS not in document:
        return ()
    value = document[_CREDENTIALS]
    listed = value if isinstance(value, list) else [value]
    # [PRE-03] each costs a proof
    if len(listed) > limits.max_credentials:
        raise CredentialError(
            vocabulary.CREDENTIALS.code,
            f"/{_CREDENTIALS}: {len(listed)} credentials, at most {limits.max_credentials} are accepted",
        )
    found = tuple(_credential(item, version, limits) for item in listed)
    proofs = sum(len(item.proofs) for item in found if isinstance(item, Credential))
    # [PRE-19] twenty sets of ten are work for seconds
    if proofs > limits.max_presented_proofs:
        raise CredentialError(
            vocabulary.CREDENTIALS.code,
            f"/{_CREDENTIALS}: {proofs} proofs, at most {limits.max_presented_proofs} are accepted",
            remedy="present fewer credentials, or without the proofs of others than the issuer",
        )
    return found


def _credential(item: JsonValue, version: Version, limits: Limits) -> Credential | Enveloped:
    # [PRE-02] a link or a text is verified by nobody
    if not isinstance(item, dict):
        raise CredentialError(
            "model.not-object",
            f"/{_CREDENTIALS}: a credential is a JSON object, never its URL or its text",
            clause="VCDM 2.0, 4.13",
        )
    found = item.get("type")
    types = found if isinstance(found, list) else [found]
    # [PRE-04] a holder presents once
    if PRESENTATION_TYPE in types or Holds.PRESENTATION.value in types:
        raise CredentialError("presentation.nested", "a presentation stands inside a presentation")
    # [PRE-05] 2.0 is unknown to 1.1
    if version is Version.V1 and (is_enveloped(item) or version_of(item.get("@context")) is Version.V2):
        raise CredentialError(
            "presentation.version",
            "a presentation of version 1.1 holds a credential of version 2.0",
            clause="VCDM 1.1, 4.10",
            remedy="make a presentation of version 2.0, which may hold both",
        )
    if is_enveloped(item):
        return Enveloped.parse(item, limits=limits)
    return Credential.parse(item, limits=limits)
