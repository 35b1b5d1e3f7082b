"""Canonical N-Quads: how terms and statements are written, and a strict reader.

Source: W3C RDF 1.1 N-Quads, and RDF Dataset Canonicalization 1.0 (21 May 2024), annex A, the canonical form.
Invariants:
- A term is text in canonical form: ``<iri>``, ``_:label``, ``"escaped"``, ``"escaped"@language``,
  ``"escaped"^^<datatype>``. So equal terms are equal strings, and a blank node is what sorts at or after
  ``_``: the other forms begin with ``"`` or ``<``, which stand before it.
- Within literals the quotation mark, the reverse solidus, U+0000 to U+001F, U+007F, U+FFFE and U+FFFF are
  escaped, all else stands for itself. `xsd:string` is never written.
- The reader takes the grammar and nothing besides; what it returns is in canonical form whatever escapes the
  text used.

Not here: labels for blank nodes (`credentials.rdf.labelling`); the walk from JSON-LD.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from credentials.errors import CredentialError

Quad: TypeAlias = tuple[str, str, str, str]
"""Subject, predicate, object, graph; the graph is empty for the default graph."""

_CLAUSE: Final = "RDF 1.1 N-Quads, 4"
_XSD_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_SHORT: Final = {
    "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"',
}  # fmt: skip
_LONG: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_TO_ESCAPE: Final = re.compile('[\x00-\x1f"\\\\\x7f\ufffe\uffff]')
_RARE: Final = re.compile("[\x00-\x07\x0b\x0e-\x1f\x7f\ufffe\uffff]")
_ESCAPE: Final = re.compile(r"""\\(?:([tbnrf"'\\])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))""")
_UCHAR: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_IRI: Final = rf'<(?:[^\x00-\x20<>"{{}}|^`\\]|{_UCHAR})*>'
_LETTER: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff_:"
)
_INNER: Final = _LETTER + "0-9\u00b7\u0300-\u036f\u203f\u2040\\-"
_BLANK: Final = rf"_:[{_LETTER}0-9](?:[{_INNER}.]*[{_INNER}])?"
_STRING: Final = rf"""\"(?:[^"\\\n\r]|\\[tbnrf"'\\]|{_UCHAR})*\""""
_LITERAL: Final = rf"({_STRING})(?:\^\^({_IRI})|@([A-Za-z]+(?:-[A-Za-z0-9]+)*))?"
_STATEMENT: Final = re.compile(
    rf"[ \t]*({_IRI}|{_BLANK})[ \t]*({_IRI})[ \t]*(?:({_IRI}|{_BLANK})|{_LITERAL})[ \t]*"
    rf"({_IRI}|{_BLANK})?[ \t]*\.[ \t]*(?:\#.*)?",
)
_NOTHING: Final = re.compile(r"[ \t]*(?:#.*)?")
_ABSOLUTE: Final = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]*')


def escape(text: str) -> str:
    """Write text as it stands between the quotation marks of a canonical literal."""
    if not _TO_ESCAPE.search(text):
        return text
    # A replacement of all at once is many times faster than one of each; the reverse solidus comes first.
    for found, written in _SHORT.items():
        text = text.replace(found, written)
    return _RARE.sub(_escaped, text)


def write(quad: Quad) -> str:
    """Write one statement as a canonical line, its line feed included."""
    subject, predicate, value, graph = quad
    if graph:
        return f"{subject} {predicate} {value} {graph} .\n"
    return f"{subject} {predicate} {value} .\n"


def read(text: str) -> list[Quad]:
    """Read N-Quads; each statement is returned once, in the order of its first appearance.

    Raises ``rdf.n-quads``, which names the line and not what stands there.
    """
    found: dict[Quad, None] = {}
    for number, line in enumerate(re.split("\r\n|\n|\r", text), 1):
        if _NOTHING.fullmatch(line):
            continue
        statement = _STATEMENT.fullmatch(line)
        # [RDF-81] nothing but what the grammar has
        if statement is None:
            raise _malformed(number, "this is no statement")
        subject, predicate, node, string, datatype, language, graph = statement.groups()
        value = _node(node, number) if node else _literal(string, datatype, language, number)
        found[_node(subject, number), _node(predicate, number), value, _node(graph or "", number)] = None
    return list(found)


def _escaped(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04X}"


def _node(term: str, number: int) -> str:
    if not term.startswith("<"):
        return term
    iri = _unescaped(term[1:-1], number)
    # [RDF-82] an IRI is absolute, whatever its escapes stand for
    if not _ABSOLUTE.fullmatch(iri):
        raise _malformed(number, "an IRI is relative, or holds a character that IRIs must not hold")
    return f"<{iri}>"


def _literal(string: str, datatype: str | None, language: str | None, number: int) -> str:
    text = f'"{escape(_unescaped(string[1:-1], number))}"'
    if language:
        return f"{text}@{language}"
    kind = _node(datatype or f"<{_XSD_STRING}>", number)
    return text if kind == f"<{_XSD_STRING}>" else f"{text}^^{kind}"


def _unescaped(text: str, number: int) -> str:
    def one(found: re.Match[str]) -> str:
        short, four, eight = found.groups()
        if short:
            return _LONG[short]
        point = int(four or eight, 16)
        # [RDF-83] an escape stands for a character
        if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
            raise _malformed(number, "an escape names no character")
        return chr(point)

    return _ESCAPE.sub(one, text) if "\\" in text else text


def _malformed(number: int, how: str) -> CredentialError:
    return CredentialError("rdf.n-quads", f"line {number}: {how}", clause=_CLAUSE)
