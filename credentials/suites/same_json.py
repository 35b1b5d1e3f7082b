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
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import orjson

from credentials.errors import CredentialError
from credentials.model import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from credentials.rdf.nquads import Quad
    from did.types import JsonObject, JsonValue

_JSON: Final = "^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>"
_BOOLEAN: Final = "^^<http://www.w3.org/2001/XMLSchema#boolean>"
_COUNTED: Final = (_BOOLEAN, _JSON)
_VALUE: Final = itemgetter(2)
_SECURITY: Final = "https://w3id.org/security#"
DECISIVE: Final = {f"<{iri}>": name for iri, name in vocabulary.DECISIVE.items()}
"""Name by property: of a credential, and of a presentation, whose credentials are graphs of their own."""
DECISIVE_IN_PROOF: Final = {
    f"<{_SECURITY}expiration>": "expires",
    "<http://purl.org/dc/terms/created>": "created",
    **{
        f"<{_SECURITY}{name}>": name
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


def check_named(document: JsonObject, quads: Iterable[Quad], decisive: Mapping[str, str]) -> None:
    """Check that statements with a decisive property are the members of that name (``rdf.renamed``).

    `quads` are the statements of `document`.
    """
    stated: dict[str, int] = {}
    for _, predicate, _, graph in quads:
        if predicate in decisive and not graph:
            name = decisive[predicate]
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


def check_booleans(document: JsonObject, quads: Iterable[Quad]) -> None:
    """Check that every statement of a boolean is a true or false of the JSON (``rdf.boolean``)."""
    typed = [value for value in map(_VALUE, quads) if value.endswith(_COUNTED)]
    stated = sum(value.endswith(_BOOLEAN) for value in typed)
    held = sum(_booleans([_json(value)]) for value in typed if value.endswith(_JSON))
    body = orjson.dumps(document)
    # Most documents hold neither word, and the search for them is quick.
    found = _booleans(_claims(document)) if b"true" in body or b"false" in body else 0
    # [BBS-08] booleans are written as such
    if found != stated + held:
        raise CredentialError(
            "rdf.boolean",
            "a true or a false is written as something else, or twice",
            remedy="write the value itself, once",
            clause="JSON-LD 1.1 API, 8.2.2",
        )


def _claims(document: JsonObject) -> list[JsonValue]:
    return [value for name, value in document.items() if name != "@context"]


def _booleans(level: list[JsonValue]) -> int:
    booleans = 0
    while level:
        booleans += sum(isinstance(value, bool) for value in level)
        inner = [list(value.values()) if isinstance(value, dict) else value for value in level]
        level = [item for value in inner if isinstance(value, list) for item in value]
    return booleans


def _json(literal: str) -> JsonValue:
    """The value of a JSON literal; its canonical form escapes nothing that JSON text does not."""
    try:
        value: JsonValue = json.loads(json.loads(literal.removesuffix(_JSON)))
    except (ValueError, RecursionError):
        raise CredentialError("rdf.literal", "a JSON literal does not hold JSON") from None
    return value
