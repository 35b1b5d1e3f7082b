"""IRIs: which texts are absolute ones, and how a relative one is resolved.

Texts: RFC 3987 for the characters, as N-Quads 1.1 narrows them (no escape is ever written); RFC 3986, 5.2 for
resolution. JSON-LD 1.1 for keywords and for what looks like one.

Not here: compact IRIs and terms, which need a context (`credentials.rdf.json_ld.contexts`).
"""

from __future__ import annotations

import re
from typing import Final

KEYWORDS: Final = frozenset(
    {
        "@base", "@container", "@context", "@default", "@direction", "@embed", "@explicit", "@graph", "@id",
        "@import", "@included", "@index", "@json", "@language", "@list", "@nest", "@none", "@omitDefault",
        "@prefix", "@preserve", "@propagate", "@protected", "@requireAll", "@reverse", "@set", "@type",
        "@value", "@version", "@vocab",
    }
)  # fmt: skip
_KEYWORD_LIKE: Final = re.compile("@[A-Za-z]+")
_SCHEME: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
_CHARACTER: Final = r'[^\x00-\x20<>"{}|^`\\\x7f\ud800-\udfff#]'
_ABSOLUTE: Final = re.compile(f"[A-Za-z][A-Za-z0-9+.-]*:{_CHARACTER}*(?:#{_CHARACTER}*)?")
_PARTS: Final = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL
)
LANGUAGE: Final = re.compile("[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")

is_absolute = _ABSOLUTE.fullmatch
"""Match a whole text that is an absolute IRI and may stand in N-Quads."""


def looks_like_keyword(text: str) -> bool:
    """Tell whether a text has the form that JSON-LD reserves: ``@`` and letters."""
    return _KEYWORD_LIKE.fullmatch(text) is not None


def has_scheme(text: str) -> bool:
    """Tell whether a text begins as an absolute IRI does."""
    return _SCHEME.match(text) is not None


def resolve(base: str | None, reference: str) -> str:
    """Resolve a reference against a base (RFC 3986, 5.2.2); without a base it is returned as it is."""
    if base is None:
        return reference
    scheme, authority, path, query, fragment = _split(reference)
    if scheme is not None:
        return _join(scheme, authority, _without_dots(path), query, fragment)
    base_scheme, base_authority, base_path, base_query, _ = _split(base)
    if authority is not None:
        path = _without_dots(path)
    else:
        authority = base_authority
        if path == "":
            path, query = base_path, query or base_query
        elif path.startswith("/"):
            path = _without_dots(path)
        else:
            path = _without_dots(_merged(base_authority, base_path, path))
    return _join(base_scheme, authority, path, query, fragment)


def _split(text: str) -> tuple[str | None, str | None, str, str | None, str | None]:
    found = _PARTS.fullmatch(text)
    assert found is not None  # every text has these parts, the last two without line feeds or with
    scheme, authority, path, query, fragment = found.groups()
    return scheme, authority, path, query, fragment


def _join(
    scheme: str | None, authority: str | None, path: str, query: str | None, fragment: str | None
) -> str:
    head = "" if scheme is None else scheme + ":"
    if authority is not None:
        head += "//" + authority
    return head + path + (query or "") + (fragment or "")


def _merged(authority: str | None, base_path: str, path: str) -> str:
    if authority is not None and base_path == "":
        return "/" + path
    return base_path[: base_path.rfind("/") + 1] + path


def _without_dots(path: str) -> str:
    """Remove the segments ``.`` and ``..`` (RFC 3986, 5.2.4)."""
    if "." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1 or (kept and kept[0] != ""):
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    joined = "/".join(kept)
    return "/" + joined if path.startswith("/") and not joined.startswith("/") else joined
