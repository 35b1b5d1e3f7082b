"""SD-JWT VC type metadata made from the JSON Schema of a credential.

Text: SD-JWT-based Verifiable Digital Credentials (SD-JWT VC), "SD-JWT VC Type Metadata".

Invariants:
- a claim is mandatory only if the schema demands it and everything that it stands in;
- paths name members by their name and every element of an array by null; the subject's claims stand at the
  top, as they do in an SD-JWT VC;
- the same schema and address give the same bytes.

What is not here: `extends`, rendering with pictures, reading (`credentials.sd_jwt`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from schemas import shapes

if TYPE_CHECKING:
    from schemas.shapes import Shape

LOCALE: Final = "en"
"""The language of titles and descriptions, where a schema does not say it by `x-locale`."""
_OUTSIDE: Final = frozenset({"id", "type"})
"""Members of a subject that are no claims of their own in an SD-JWT VC."""


def make(schema: dict[str, Any], *, vct: str, name: str) -> bytes:
    """Make the type metadata of a schema that was admitted, as readable JSON; `name` stands for no title."""
    said = schema.get("x-locale")
    locale = said if isinstance(said, str) and said else LOCALE
    title, description = schema.get("title") or name, schema.get("description", "")
    shown = {"locale": locale, "name": title, **({"description": description} if description else {})}
    document = {
        "vct": vct,
        "name": title,
        **({"description": description} if description else {}),
        "display": [shown],
        "claims": _claims(shapes.subject(schema), (), locale, demanded=True),
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _claims(
    shape: Shape, path: tuple[str | None, ...], locale: str, *, demanded: bool
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name, member in shape.members.items():
        if not path and name in _OUTSIDE:
            continue
        place, mandatory = (*path, name), demanded and name in shape.required
        found.append(_claim(member, place, locale, mandatory=mandatory))
        found += _claims(member, place, locale, demanded=mandatory)
        if member.items is not None:
            some = mandatory and member.min_items > 0
            found += _claims(member.items, (*place, None), locale, demanded=some)
    return found


def _claim(shape: Shape, path: tuple[str | None, ...], locale: str, *, mandatory: bool) -> dict[str, Any]:
    claim: dict[str, Any] = {"path": list(path)}
    if shape.title or shape.description:
        display = {"locale": locale, "label": shape.title or str(path[-1])}
        claim["display"] = [display | ({"description": shape.description} if shape.description else {})]
    if mandatory:
        claim["mandatory"] = True
    return claim
