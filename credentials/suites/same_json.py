"""JSON that shows what its statements say: what decides on a verification is found under its name.

Suites over RDF sign statements, and many JSON texts make the same ones. A holder may choose among them, and a
verifier reads members by name.
Invariants:
- Members that decide on a verification (`DECISIVE`, `DECISIVE_IN_PROOF`) stand under their own names at the
  top, one value for each statement with their property. Under its full IRI, or within another object, an end
  of validity or a status would be signed and not be seen.
  What stands in a graph of its own, as a credential in a presentation does, is not meant.
- A true or a false is written as one, once: "false" under a term for booleans is signed as false is. Those in
  JSON literals count as what the literal holds.

Not here: null, lists and value objects (`credentials.model.members`), the names that contexts give to claims
(`credentials.exchange.types`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.model import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from did.types import JsonObject, JsonValue

_JSON: Final = "^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>"
_BOOLEAN: Final = "^^<http://www.w3.org/2001/XMLSchema#boolean>"
_TERMS_IN_DEFAULT_GRAPH: Final = 2  # the object, or what follows a literal's text, and the full stop
_SECURITY: Final = "https://w3id.org/security#"
DECISIVE: Final = vocabulary.DECISIVE
"""Name by property: of a credential, and of a presentation, whose credentials are graphs of their own."""
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
    stated: dict[str, int] = {}
    for line in lines:
        name = decisive.get(line.split(" ", 2)[1][1:-1])
        if name is not None and not _in_graph(line):
            stated[name] = stated.get(name, 0) + 1
    for name in decisive.values():
        if name not in stated and name not in document:
            continue
        count = stated.get(name, 0)
        value = document.get(name, [])
        found = len(value) if isinstance(value, list) else 1
        # [BBS-07] found under its name
        if found != count:
            raise CredentialError(
                "rdf.renamed",
                f"{count} statements are made with the property of {name}, {found} values stand under it",
                remedy=f"write {name} under this name, at the top, each value once",
                clause="VCDM 2.0, 4",
            )


def check_booleans(document: JsonObject, lines: Iterable[str]) -> None:
    """Check that every statement of a boolean is a true or false of the JSON (``rdf.boolean``)."""
    lines = tuple(lines)
    found = _booleans([value for name, value in document.items() if name != "@context"])
    stated = sum(_has_datatype(line, _BOOLEAN) for line in lines)
    held = sum(_booleans([_json(line)]) for line in lines if _has_datatype(line, _JSON))
    # [BBS-08] booleans are written as such
    if found != stated + held:
        raise CredentialError(
            "rdf.boolean",
            "a true or a false is written as something else, or twice",
            remedy="write the value itself, once",
            clause="JSON-LD 1.1 API, 8.2.2",
        )


def _booleans(level: list[JsonValue]) -> int:
    booleans = 0
    while level:
        booleans += sum(isinstance(value, bool) for value in level)
        inner = [list(value.values()) if isinstance(value, dict) else value for value in level]
        level = [item for value in inner if isinstance(value, list) for item in value]
    return booleans


def _has_datatype(line: str, datatype: str) -> bool:
    # Most lines do not hold the text at all, and the search for that is quick.
    return datatype in line and datatype in line[line.rfind('"') :]


def _in_graph(line: str) -> bool:
    """Whether a statement names a graph: a term more after its object. A literal's text is cut off first."""
    _, _, rest = line.split(" ", 2)
    return len(rest[rest.rfind('"') + 1 :].split(" ")) > _TERMS_IN_DEFAULT_GRAPH


def _json(line: str) -> JsonValue:
    """The value of a JSON literal; its canonical form escapes nothing that JSON text does not."""
    _, _, rest = line.split(" ", 2)
    try:
        value: JsonValue = json.loads(json.loads(rest[: rest.rfind('"') + 1]))
    except (ValueError, RecursionError):
        raise CredentialError("rdf.literal", "a JSON literal does not hold JSON") from None
    return value
