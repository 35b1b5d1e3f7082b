"""JSON that shows what its statements say: what decides on a verification is found under its name.

Suites over RDF sign statements, and many JSON texts make the same ones. A holder may choose among them, and a
verifier reads members by name.
Invariants:
- Members that decide on a verification (`DECISIVE`, `DECISIVE_IN_PROOF`) stand under their own names at the
  top, one value for each statement with their property. Under its full IRI, or within another object, an end
  of validity or a status would be signed and not be seen.
- A true or a false is written as one, once: "false" under a term for booleans is signed as false is.

Not here: null, lists and value objects (`credentials.model.members`), the names that contexts give to claims
(`credentials.exchange.types`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.model.vocabulary import DECISIVE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from did.types import JsonObject, JsonValue

__all__ = ["DECISIVE", "DECISIVE_IN_PROOF", "check_booleans", "check_named"]

_BOOLEAN: Final = "^^<http://www.w3.org/2001/XMLSchema#boolean>"
_SECURITY: Final = "https://w3id.org/security#"
DECISIVE_IN_PROOF: Final = {
    _SECURITY + "expiration": "expires",
    "http://purl.org/dc/terms/created": "created",
    **{
        _SECURITY + name: name
        for name in (
            "challenge",
            "cryptosuite",
            "domain",
            "nonce",
            "previousProof",
            "proofPurpose",
            "verificationMethod",
        )
    },
}


def check_named(document: JsonObject, lines: Iterable[str], decisive: Mapping[str, str]) -> None:
    """Check that statements with a decisive property are the members of that name (``rdf.renamed``).

    `lines` are the canonical statements of `document`.
    """
    stated = dict.fromkeys(decisive.values(), 0)
    for line in lines:
        name = decisive.get(line.split(" ", 2)[1][1:-1])
        if name is not None:
            stated[name] += 1
    for name, count in stated.items():
        value = document.get(name, [])
        found = len(value) if isinstance(value, list) else 1
        if found != count:
            raise CredentialError(
                "rdf.renamed",
                f"{count} statements are made with the property of {name}, {found} values stand under it",
                remedy=f"write {name} under this name, at the top, each value once",
                clause="VCDM 2.0, 4",
            )


def check_booleans(document: JsonObject, lines: Iterable[str]) -> None:
    """Check that every statement of a boolean is a true or false of the JSON (``rdf.boolean``)."""
    booleans = 0
    level: list[JsonValue] = [value for name, value in document.items() if name != "@context"]
    while level:
        booleans += sum(isinstance(value, bool) for value in level)
        inner = [list(value.values()) if isinstance(value, dict) else value for value in level]
        level = [item for value in inner if isinstance(value, list) for item in value]
    if booleans != sum(_BOOLEAN in line[line.rfind('"') :] for line in lines):
        raise CredentialError(
            "rdf.boolean",
            "a true or a false is written as something else, or twice",
            remedy="write the value itself, once",
            clause="JSON-LD 1.1 API, 8.2.2",
        )
