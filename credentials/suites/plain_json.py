"""JSON that says what its statements say, so that whoever reads members by name reads what was signed.

Suites over RDF sign statements, and many JSON texts make the same ones. A holder may choose among them. These
checks leave no choice that a reader of the JSON would take for something else.
Invariants:
- Nothing stands in the JSON that makes no statement: null, an empty list, a value object without a value.
- A true or a false is written as JSON writes it, alone: never as a text, a value object or in a list, which
  would be signed as a false is and be taken for a true. A number is no value object.
- Members that decide on a verification (`DECISIVE`, `DECISIVE_IN_PROOF`) stand under their own names at the
  top, one value for each statement with their property. Under its full IRI, or within another object, an end
  of validity or a status would be signed and not be seen.

Not here: names that contexts give to claims (`credentials.exchange.types`), order and repetition in lists,
which RDF does not keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from did.types import JsonObject, JsonValue

_BOOLEAN: Final = "^^<http://www.w3.org/2001/XMLSchema#boolean>"
_CREDENTIALS: Final = "https://www.w3.org/2018/credentials#"
_SECURITY: Final = "https://w3id.org/security#"
DECISIVE: Final = {
    _CREDENTIALS + name: name
    for name in (
        "issuer",
        "validFrom",
        "validUntil",
        "credentialSubject",
        "credentialStatus",
        "credentialSchema",
        "evidence",
        "termsOfUse",
        "refreshService",
        "relatedResource",
    )
}
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
_CLAUSE: Final = "VC Data Integrity 1.0, 4.2, data loss"


def check_plain(document: JsonObject, lines: Iterable[str]) -> None:
    """Refuse what makes no statement, and native values in disguise (``rdf.no-statement``, ``rdf.value``).

    `lines` are the canonical statements of `document`.
    """
    booleans = 0
    level: list[JsonValue] = [value for name, value in document.items() if name != "@context"]
    while level:
        booleans += sum(isinstance(value, bool) for value in level)
        level = [below for value in level for below in _checked_members(value)]
    if booleans != sum(_BOOLEAN in line[line.rfind('"') :] for line in lines):
        raise _disguised("a true or a false is written as something else, or twice")


def _checked_members(value: JsonValue) -> Iterable[JsonValue]:
    if value is None or value == []:
        raise _no_statement()
    if isinstance(value, list):
        if any(isinstance(item, bool) for item in value):
            raise _disguised("a true or a false stands in a list")
        return value
    if not isinstance(value, dict):
        return ()
    if "@value" in value:
        if not isinstance(value["@value"], str) or len(value) == 1:
            raise _disguised("a value object stands where a plain value says the same")
    elif value and value.keys() <= {"@language", "@direction"}:
        raise _no_statement()
    return value.values()


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


def _disguised(detail: str) -> CredentialError:
    return CredentialError(
        "rdf.value", detail, remedy="write the value itself, once", clause="JSON-LD 1.1 API, 8.2.2"
    )


def _no_statement() -> CredentialError:
    return CredentialError(
        "rdf.no-statement",
        "a null, an empty list or a value object without a value makes no statement: it is not signed",
        remedy="leave the member out",
        clause=_CLAUSE,
    )
