"""What an issuer must refuse to sign, beyond what nobody may accept.

Texts: VC Data Model 2.0, 4.4 and 4.5 (identifiers and types, in every object of a credential); VC Data
Integrity 1.0, 4.2.

Checklist of `issued_form`:
1. The document has no proof: what it says about its own security is the suite's to write.
2. It is a well-formed credential of version 2.0 or 1.1.
3. Every `id` in its claims is an absolute URL: a relative one means something else wherever it is read.
4. Every `type` in its claims is a name or a list of different names.

A JSON literal is data of another language: the schema of a schema credential, or a value of type `@json`. Its
members are no identifiers and no types.

Details begin with the JSON pointer of what is at fault.
What is not here: the issuer's profile, contexts and schemas (`credentials.issuing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.limits import LIMITS, Limits
from credentials.model import identifiers
from credentials.model.credential import Credential, as_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from did.types import JsonObject, JsonValue

_ID: Final = ("id", "@id")
_TYPE: Final = ("type", "@type")
_LITERAL: Final = "jsonSchema"


def issued_form(value: JsonValue, *, limits: Limits = LIMITS) -> Credential:
    """Check the form of a whole credential that is about to be signed.

    Codes: issue.proof, issue.id, issue.type, model.*.
    """
    document = as_object(value, "a credential")
    # [MDL-43] (1) no proof before signing
    if "proof" in document:
        raise CredentialError("issue.proof", "/proof: the template has a proof", remedy="send it without")
    credential = Credential.parse(document, limits=limits)  # 2
    for where, node in _objects({key: item for key, item in document.items() if key != "@context"}):
        # [MDL-44] (3) absolute identifiers
        for name in _ID:
            if name in node:
                identifiers.url(node[name], "issue.id", f"{where}/{name}", limits)
        # [MDL-45] (4) names of types
        for name in _TYPE:
            if name in node:
                identifiers.names(node[name], "issue.type", f"{where}/{name}", limits)
    return credential


def _objects(document: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    # Bounded: `Credential.parse` has measured the depth.
    level: list[tuple[str, JsonValue]] = [("", document)]
    while level:
        below: list[tuple[str, JsonValue]] = []
        for where, node in level:
            if isinstance(node, dict) and node.get("@type") != "@json":
                yield where, node
                below.extend(
                    (f"{where}/{_escaped(key)}", child) for key, child in node.items() if key != _LITERAL
                )
            elif isinstance(node, list):
                below.extend((f"{where}/{index}", child) for index, child in enumerate(node))
        level = below


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
