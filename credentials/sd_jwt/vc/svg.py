"""Values of claims for the placeholders of an SVG template, escaped.

Text: SD-JWT VC draft 18, Display Metadata (SVG Rendering).
Invariants:
- a placeholder `{{svg_id}}` is filled in text only; one within a tag, a comment or a declaration is refused.
- values are escaped, so that they stay text; an absent claim is an empty text.
- a template that could run or fetch anything is refused: scripts, event attributes, declarations, references
  to anything but the template itself or an inlined picture.

Not here: drawing. Whoever draws the result still does so where nothing can run or be fetched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from credentials.errors import CredentialError
from credentials.sd_jwt.paths import matches, value_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.sd_jwt.vc.type_metadata import ResolvedType
    from did.types import JsonObject, JsonValue

MAX_TEMPLATE: Final = 1 << 20
_CLAUSE: Final = "SD-JWT VC draft 18, SVG Rendering"
_PLACEHOLDER: Final = re.compile(r"\{\{([A-Za-z0-9_]*)\}\}")
_TAG: Final = re.compile(r"<(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>")
_TAG_START: Final = re.compile(r"</?[A-Za-z][A-Za-z0-9:._-]*[\s/>]")
_ACTIVE: Final = re.compile(
    r"<(?:[A-Za-z0-9._-]+:)?(?:script|foreignobject|iframe|object|embed|handler|listener|set|animate\w*|style)\b"
    r"|[\s\"'/]on[A-Za-z]+\s*="
    r"|(?:href|src)\s*=\s*+[\"']?+\s*+(?!#|data:image/(?:png|jpeg|webp);)"
    r"|url\s*\(\s*+[\"']?+\s*+(?!#)",
    re.IGNORECASE,
)
_QUOTES: Final = {'"': "&quot;", "'": "&apos;"}


def values(resolved: ResolvedType, claims: JsonObject) -> dict[str, str]:
    """Give the text of every `svg_id` of a type; several values are joined by a comma."""
    found: dict[str, str] = {}
    for claim in resolved.claims:
        if claim.svg_id is not None:
            shown = [_shown(value_at(place, claims)) for place in matches(claim.path, claims)]
            found[claim.svg_id] = ", ".join(shown)
    return found


def fill(template: str, texts: Mapping[str, str]) -> str:
    """Fill the placeholders of a template (`type.svg`)."""
    if len(template) > MAX_TEMPLATE:
        raise _refused(f"the template has more than {MAX_TEMPLATE} characters")
    filled: list[str] = []
    position = 0
    for tag in _TAG.finditer(template):
        filled.append(_text(template[position : tag.start()], texts))
        _check_tag(tag[0])
        filled.append(tag[0])
        position = tag.end()
    filled.append(_text(template[position:], texts))
    return "".join(filled)


def _text(text: str, texts: Mapping[str, str]) -> str:
    # [SVC-38] what is not text was no well-formed tag
    if "<" in text or ">" in text:
        raise _refused("the template is not well-formed")
    names = set(_PLACEHOLDER.findall(text))
    # [SVC-39] known placeholders
    if not names <= texts.keys():
        raise _refused("a placeholder names no svg_id of the type")
    return _PLACEHOLDER.sub(lambda match: escape(texts.get(match[1], ""), _QUOTES), text)


def _check_tag(tag: str) -> None:
    # [SVC-40] comments and declarations among them
    if not _TAG_START.match(tag):
        raise _refused("a comment, declaration or instruction stands in the template")
    # [SVC-41] in text only
    if "{{" in tag:
        raise _refused("a placeholder stands within a tag")
    # [SVC-42] also what is written with character references
    if _ACTIVE.search(tag) or "&" in tag:
        raise _refused("the template could run or fetch something")


def _shown(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _refused(detail: str) -> CredentialError:
    return CredentialError("type.svg", detail, remedy="use the simple rendering", clause=_CLAUSE)
