"""A JSON-LD context made from the JSON Schema of a credential, for issuers who do not want to write one.

Texts: JSON-LD 1.1, 4.1 and 9.15; W3C VC Data Model 2.0, 5.2 and appendix B.2.

Invariants:
- what is signed as RDF holds every claim that the schema allows; a schema that allows a claim which RDF would
  lose or write in several ways has no context, and the message says what to change;
- no term of the data model gets another meaning;
- the same schema, address and type give the same bytes; all terms are `@protected`.

Each claim is a term ``{schema id}#claim``, one of a nested object ``{schema id}#object/claim`` in a context
of that object's own property; each type ``{schema id}#Type``. Arrays are sets, unless `x-ordered` asks for a
list.

The terms stand at the top of the context, not in one scoped to the credential's type: scoped to a type whose
name sorts behind "VerifiableCredential", JSON-LD would drop them again on the way to `credentialSubject`.

What is not here: other members of a credential than `credentialSubject`; reading schemas (`schemas.shapes`).
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from schemas import contexts, shapes
from schemas.errors import SchemasError

if TYPE_CHECKING:
    from schemas.shapes import Shape

DATA_MODEL: Final = "https://www.w3.org/ns/credentials/v2"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
TYPE_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9]{0,99}")
COERCED: Final = {
    "date": f"{XSD}date",
    "date-time": f"{XSD}dateTime",
    "time": f"{XSD}time",
    "uri": "@id",
    "iri": "@id",
}
NATIVE: Final = {"integer": f"{XSD}integer", "boolean": f"{XSD}boolean"}
_CLAUSE: Final = "JSON-LD 1.1, 9.15"


def make(schema: dict[str, Any], *, schema_id: str, type_name: str) -> bytes:
    """Make the context of a schema that was admitted, as readable JSON.

    Raises `SchemasError`: ``schema.type-name``; ``schema.context``, naming the claim and what to change.
    """
    if not TYPE_NAME.fullmatch(type_name) or type_name in data_model_terms():
        raise SchemasError(
            "schema.type-name",
            "the name of a credential's type is a capital with up to 99 letters and digits, and none of the "
            "data model's own",
            remedy="choose one such as UniversityDegreeCredential",
        )
    making = _Making(schema_id, type_name)
    terms = making.terms(shapes.subject(schema), ())
    types = {name: f"{schema_id}#{quote(name, safe='')}" for name in (type_name, *making.types)}
    context = {"@version": 1.1, "@protected": True, **types, **terms}
    return (json.dumps({"@context": context}, indent=2, ensure_ascii=False) + "\n").encode()


@cache
def data_model_terms() -> frozenset[str]:
    """Every term of the data model, also those that only hold in some of its objects."""
    outer = contexts.load(DATA_MODEL)["@context"]
    found = set(outer)
    for definition in outer.values():
        inner = definition.get("@context") if isinstance(definition, dict) else None
        found |= set(inner or ())
    return frozenset(found)


@cache
def _defined_everywhere() -> frozenset[str]:
    return frozenset(contexts.load(DATA_MODEL)["@context"])


_SHARED: Final = frozenset({"name", "description", "mediaType", "digestSRI", "digestMultibase"})
"""Terms of the data model that claims may use, with the data model's meaning."""


class _Making:
    """One context being made: the types are collected on the way."""

    def __init__(self, schema_id: str, type_name: str) -> None:
        self._schema_id = schema_id
        self._type_name = type_name
        self.types: dict[str, None] = {}

    def terms(self, shape: Shape, path: tuple[str, ...]) -> dict[str, Any]:
        """The terms for the members of one object."""
        found = {}
        for name, member in shape.members.items():
            place = (*path, name)
            if name == "type":
                self._types(member, place)
            elif name == "id":
                _check_identifier(member, place)
            elif name in _SHARED:
                _check_shared(member, place)
            else:
                _check_name(name, place)
                found[name] = self._term(member, place)
        for name in found:
            # [SCH-13] a name has one meaning
            if name in self.types or name == self._type_name:
                raise _refused((*path, name), "has the name of a type", "rename one of them")
        return found

    def _term(self, shape: Shape, path: tuple[str, ...]) -> object:
        iri = f"{self._schema_id}#{'/'.join(quote(part, safe='') for part in path)}"
        definition: dict[str, Any] = {"@id": iri}
        value = shape
        if shape.kinds == shapes.ARRAY:
            value = _element(shape, path)
            if shape.ordered:
                definition["@container"] = "@list"
        if value.kinds == shapes.OBJECT:
            _check_object(value, path)
            inner = self.terms(value, path)
            if inner:
                definition["@context"] = {"@protected": True, **inner}
        elif coerced := _coerced(value, path):
            definition["@type"] = coerced
        return iri if len(definition) == 1 else definition

    def _types(self, shape: Shape, path: tuple[str, ...]) -> None:
        """Each type that a schema lists is a term, unless it is the data model's or an absolute IRI."""
        value = shape.items if shape.kinds == shapes.ARRAY else shape
        if value is None or value.names is None or value.kinds != frozenset({"string"}):
            raise _refused(path, "may be any type", "list the allowed ones by const or enum")
        for name in value.names:
            if ":" in name or name in data_model_terms():
                continue
            if not TYPE_NAME.fullmatch(name):
                raise _refused(path, "lists a type that is no name", "begin it with a capital, letters only")
            self.types[name] = None


def _element(shape: Shape, path: tuple[str, ...]) -> Shape:
    """What stands in an array, which must be one that RDF holds as it is."""
    element = shape.items
    if element is None or element.kinds is None:
        raise _refused(path, "is an array of anything", 'say what stands in it: "items": {"type": …}')
    if "array" in element.kinds:
        raise _refused(path, "is an array of arrays", "put each inner array into an object")
    if shape.ordered:
        return element
    # [SCH-14] equal members of a set are one
    if element.kinds != shapes.OBJECT and not shape.unique:
        raise _refused(
            path,
            "may hold a value twice, and a set in RDF holds it once",
            'say "uniqueItems": true, or "x-ordered": true if it is a list',
        )
    # [SCH-15] an empty set says nothing
    if shape.min_items < 1:
        raise _refused(
            path,
            "may be empty, of which RDF says nothing",
            'say "minItems": 1 and leave the claim out instead, or "x-ordered": true if it is a list',
        )
    return element


def _coerced(shape: Shape, path: tuple[str, ...]) -> str:
    """The `@type` of a term for plain values; empty where they are written by their JSON type."""
    kinds = shape.kinds
    if kinds is None:
        raise _refused(path, "may be anything", 'say its kind: "type": …')
    # [SCH-16] numbers have many spellings
    if "number" in kinds:
        raise _refused(
            path,
            "is a number that need not be an integer, which RDF libraries write differently",
            "use an integer of a smaller unit (cents, grams), or a text",
        )
    # [SCH-17] null says nothing
    if "null" in kinds:
        raise _refused(path, "may be null, which RDF drops", "leave the claim out instead of null")
    if kinds & (shapes.OBJECT | shapes.ARRAY):
        raise _refused(path, "may be an object or array, or something else", "choose one form")
    if len(kinds) > 1:
        return ""
    [kind] = kinds
    if kind != "string":
        return NATIVE.get(kind, "")
    [format_, *others] = [*shape.formats] or [""]
    return "" if others else COERCED.get(format_, "")


def _check_object(shape: Shape, path: tuple[str, ...]) -> None:
    if shape.mapped:
        raise _refused(
            path,
            "has members of any name (patternProperties or a schema for additionalProperties)",
            "name the members, or use an array of objects with a name and a value",
        )


def _check_identifier(shape: Shape, path: tuple[str, ...]) -> None:
    if shape.kinds != frozenset({"string"}) or not shape.formats & {"uri", "iri"}:
        raise _refused(path, "need not be a URL", 'say "type": "string", "format": "uri"')


def _check_shared(shape: Shape, path: tuple[str, ...]) -> None:
    value = _element(shape, path) if shape.kinds == shapes.ARRAY else shape
    if shape.ordered or value.kinds != frozenset({"string"}):
        raise _refused(path, "is a text in the data model", "make it a text, or choose another name")


def _check_name(name: str, path: tuple[str, ...]) -> None:
    if not name or name.startswith("@") or set(name) & set(":/\\") or not name.isprintable():
        raise _refused(path, "is no name of a claim in JSON-LD", "use letters, digits and hyphens")
    # [SCH-34] readers of JSON-LD disagree on what an object's own term means within it
    if path[-2:] == (name, name):
        raise _refused(path, "has the name of the object that it stands in", "rename one of them")
    reserved = data_model_terms() if len(path) == 1 else _defined_everywhere()
    # [SCH-18] the data model's terms keep their meaning
    if name in reserved:
        raise _refused(
            path, "has a name to which the data model gives a meaning", "choose another name for the claim"
        )


def _refused(path: tuple[str, ...], what: str, remedy: str) -> SchemasError:
    place = "".join(f"/{part}" for part in ("credentialSubject", *path))
    return SchemasError(
        "schema.context", f"no context can be made: {place} {what}", remedy=remedy, clause=_CLAUSE
    )
