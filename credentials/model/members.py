"""What no member may hold, wherever it stands: checks that walk the whole of a document.

Texts: VC Data Model 2.0, 11.1; JSON-LD 1.1, 9 (grammar); VC Data Integrity 1.0, 4.6 (context validation).

Invariants:
- no context and no structural keyword below the top, so contexts named at the top give every meaning.
- an object with `@value` is a value object, with a well-formed language and direction where it has them.
- the walk is level by level and bounded in depth, whatever built the value.

What is not here: which members exist (`credentials.model.vocabulary`), terms of contexts (`credentials.rdf`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.model.texts import LANGUAGE_VALUE, is_language_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.limits import Limits
    from did.types import JsonObject, JsonValue

_NESTED: Final = (dict, list)
_TYPED_VALUE: Final = frozenset({"@value", "@type"})
_KEYWORDS: Final = LANGUAGE_VALUE | {"@type", "@id"}


def check_keywords(value: JsonValue, limits: Limits) -> None:
    """Refuse contexts below the top, other JSON-LD keywords that change how claims are read, and depth.

    Codes: model.nested-context, model.keyword, model.value-object, model.depth.
    """
    level = [value]
    for _ in range(limits.max_depth):
        below: list[JsonValue] = []
        for node in level:
            if isinstance(node, dict):
                keyword = False
                for key, child in node.items():
                    if key.startswith("@"):
                        keyword = True
                        _check_keyword(key)
                    if isinstance(child, _NESTED):
                        below.append(child)
                if keyword:
                    _check_value_object(node)
            elif isinstance(node, list):
                below.extend([child for child in node if isinstance(child, _NESTED)])
        if not below:
            return
        level = below
    raise CredentialError("model.depth", f"nested deeper than {limits.max_depth}")


def check_plain(value: JsonValue) -> None:
    """Refuse what RDF reads like something plainer, or not at all. Codes: model.ambiguous.

    That is null, an empty list, a list in a list, keywords but for texts with a language or direction, and
    names with a colon, which RDF reads like the term for the same property.
    """
    level: list[JsonValue] = [value]
    while level:
        below: list[JsonValue] = []
        for node in level:
            if isinstance(node, dict):
                keywords = {key for key in node if key.startswith("@")}
                # [MDL-19] RDF reads x in it as x itself
                if keywords and not (is_language_value(node) and len(node) > 1):
                    raise _ambiguous(f"the keyword {min(keywords)} where a plain member would do")
                # [MDL-49] under its full IRI a claim is signed, and not found by its name
                if any(":" in key for key in node):
                    raise _ambiguous("a name with a colon, where a term of a context would do")
                below.extend(node.values())
            elif isinstance(node, list):
                # [MDL-20] RDF reads one list of it
                if any(isinstance(item, list) for item in node):
                    raise _ambiguous("a list in a list")
                below.extend(node)
            # [MDL-21] RDF reads nothing
            if node is None or node == []:
                raise _ambiguous("null or an empty list")
        level = below


def check_told_in_place(value: JsonValue, subjects: Mapping[str, JsonObject]) -> None:
    """Refuse an object elsewhere that says something of a subject, given by its id. Codes: model.ambiguous.

    RDF reads it as if the subject's own object said so, and the other way round.
    """
    level: list[JsonValue] = [value]
    while level:
        below: list[JsonValue] = []
        for node in level:
            if isinstance(node, dict):
                name = node.get("id")
                subject = subjects.get(name) if isinstance(name, str) else None
                # [MDL-50] it would be signed, and not be found with the subject
                if subject is not None and node is not subject and len(node) > 1:
                    raise _ambiguous("an object with the id of a subject, elsewhere and with claims")
                below.extend(node.values())
            elif isinstance(node, list):
                below.extend(node)
        level = below


def _ambiguous(what: str) -> CredentialError:
    return CredentialError(
        "model.ambiguous",
        f"what is signed as RDF has {what}, which RDF reads in another way than JSON",
        remedy="show the credential as the issuer wrote it",
    )


def _check_keyword(key: str) -> None:
    # [MDL-22] it could give any name any meaning
    if key == "@context":
        raise CredentialError(
            "model.nested-context",
            "a context stands inside the claims",
            clause="VC Data Integrity 1.0, 4.6 (context validation)",
            remedy="name contexts at the top of the document only",
        )
    # [MDL-23] each would change how claims are read
    if key != "@context" and key not in _KEYWORDS:
        raise CredentialError(
            "model.keyword", f"the JSON-LD keyword {key[:20]!r} is not accepted among claims"
        )


def _check_value_object(node: JsonObject) -> None:
    language = "@language" in node or "@direction" in node
    # [MDL-24] a value object and more is neither
    if (language and not is_language_value(node)) or (
        "@value" in node and not language and not node.keys() <= _TYPED_VALUE
    ):
        raise CredentialError(
            "model.value-object",
            "an object among claims is no value object: it has a text as @value, beside it @type, or a "
            "well-formed @language and @direction, and nothing else",
            clause="VCDM 2.0, 11.1",
        )
