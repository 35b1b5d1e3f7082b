"""Literals: how JSON values and value objects are written as RDF terms.

Source: JSON-LD 1.1 Processing Algorithms and API, 8.2.2 Object to RDF Conversion; value objects are checked
as 5.1.2 Expansion, step 15, says. JSON literals are canonical by RFC 8785.
Invariants:
- Numbers are integers within 2^53, for engines disagree on the digits of others; `Values.unsafe_doubles` lets
  them by, for published vectors only.
- Text holds no control characters but tab, line feed and carriage return.
- A value object has just the members that the text allows.

Not here: base direction, which RDF cannot express.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from credentials.rdf.json_ld import faults
from credentials.rdf.json_ld.faults import Fault
from credentials.rdf.json_ld.rdf_terms import RDF, XSD, property_term, tail
from credentials.rdf.nquads import escape
from credentials.rdf.values import MAX_INTEGER
from did import jcs
from did.errors import DidError

if TYPE_CHECKING:
    from credentials.rdf.json_ld.tables import Slot, Typed

_UNSUITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_DOUBLE: Final = re.compile(r"-?[0-9]\.[0-9]{1,15}E(0|-?[1-9][0-9]*)")
_XSD_DOUBLE: Final = XSD + "double"
_BOOLEAN: Final = f'"^^<{XSD}boolean>'
_INTEGER: Final = f'"^^<{XSD}integer>'
_DOUBLE_TAIL: Final = f'"^^<{_XSD_DOUBLE}>'
_JSON: Final = f'"^^<{RDF}JSON>'


@dataclass(frozen=True, slots=True)
class Values:
    """How literals of one reader are written."""

    unsafe_doubles: bool = False

    def text(self, value: str, slot: Slot) -> str:
        """Write a text that stands as a literal under a name."""
        # [RDF-21] the direction of a text has no place in RDF
        if slot.directed:
            raise faults.dropped("a text's base direction is not signed")
        self._check_double(value, slot.datatype)
        return f'"{checked_text(value)}{slot.tail}'

    def number(self, value: Any, datatype: str | None, end: str) -> str:  # noqa: ANN401  # int, float, bool
        """Write a number or truth value; `end` is the tail for its datatype."""
        if value is True or value is False:
            return f'"{"true" if value else "false"}{_BOOLEAN if datatype is None else end}'
        if abs(value) <= MAX_INTEGER and value == int(value):
            whole = int(value)
            if datatype == _XSD_DOUBLE:
                return f'"{canonical_double(float(whole))}{_DOUBLE_TAIL}'
            return f'"{whole}{_INTEGER if datatype is None else end}'
        # [RDF-22] engines disagree on the digits of fractions, and on integers beyond 2^53
        if not self.unsafe_doubles or type(value) is int or not math.isfinite(value):
            raise Fault(
                "rdf.number",
                "a number with a fraction, or beyond 2^53: implementations disagree on its digits",
                remedy="write it as a string, with a datatype in the context where one is wanted",
            )
        return f'"{canonical_double(value)}{_DOUBLE_TAIL if datatype is None else end}'

    def json(self, value: Any) -> str:  # noqa: ANN401  # JSON
        """Write a JSON literal."""
        self._check_json(value)
        try:
            text = jcs.canonicalize(value).decode()
        except DidError as error:
            raise Fault("rdf.number", error.detail, remedy=error.remedy, clause=error.clause) from None
        return f'"{escape(text)}{_JSON}'

    def described(self, members: dict[str, Any], types: Typed | None) -> str | None:
        """Write a value object, given its members by keyword; None where its value is null."""
        # [RDF-23] a value object has no list and no graph
        if not members.keys() <= {"@value", "@type", "@language", "@direction"}:
            raise faults.invalid("invalid value object")
        value = members["@value"]
        language = members.get("@language")
        if language is not None and type(language) is not str:
            raise faults.invalid("invalid language-tagged string")
        if members.get("@direction") not in (None, "ltr", "rtl"):
            raise faults.invalid("invalid base direction")
        directed = members.get("@direction") is not None
        if "@type" in members:
            # [RDF-24] a value has a datatype or a language
            if language is not None or directed:
                raise faults.invalid("invalid value object")
            return self._typed(value, members["@type"], types)
        if value is None:
            return None
        if type(value) is str:
            end = tail(None, language)
            # [RDF-25] nor has the direction of a value object a place in RDF
            if directed:
                raise faults.dropped("a text's base direction is not signed")
            return f'"{checked_text(value)}{end}'
        # [RDF-61] only a text has a language
        if language is not None or directed:
            raise faults.invalid("invalid language-tagged value")
        return self.number(_scalar(value), None, "")

    def _typed(self, value: Any, name: Any, types: Typed | None) -> str | None:  # noqa: ANN401  # JSON
        # [RDF-49] a value has one datatype
        if type(name) is not str or types is None:
            raise faults.invalid("invalid typed value")
        datatype = types.iris[0]
        if datatype == "@json":
            return self.json(value)
        if value is None:
            return None
        property_term(datatype, name, "a datatype")
        assert datatype is not None
        if type(value) is str:
            self._check_double(value, datatype)
            return f'"{checked_text(value)}{tail(datatype, None)}'
        return self.number(_scalar(value), datatype, tail(datatype, None))

    def _check_double(self, value: str, datatype: str | None) -> None:
        if datatype != _XSD_DOUBLE or self.unsafe_doubles:
            return
        # [RDF-26] a double that is written as a text is in its canonical form
        if not _DOUBLE.fullmatch(value):
            raise Fault("rdf.number", "an xsd:double is not in its canonical form, as in 5.5E0")

    def _check_json(self, value: Any) -> None:  # noqa: ANN401  # JSON
        level = [value]
        while level:
            following: list[Any] = []
            for item in level:
                if type(item) is dict:
                    following += item
                    following += item.values()
                elif type(item) is list:
                    following += item
                elif type(item) is str:
                    checked_text(item)
                elif item is not None:
                    self.number(checked_number(item), None, "")
            level = following


def checked_text(value: str) -> str:
    """Return a text as it stands in a literal. Raises ``rdf.text``."""
    if value.isprintable() and '"' not in value and "\\" not in value:
        return value
    # [RDF-27] no control characters, no half of a surrogate pair
    if _UNSUITABLE.search(value):
        raise unsuitable()
    return escape(value)


def unsuitable() -> Fault:
    """A text that must not be signed."""
    return Fault(
        "rdf.text",
        "a string holds a control character or half of a surrogate pair",
        remedy="remove it: tab, line feed and carriage return are the only controls that may stand",
    )


def _scalar(value: Any) -> float:  # noqa: ANN401  # JSON
    # [RDF-62] a value object holds no object and no array
    if type(value) in {dict, list}:
        raise faults.invalid("invalid value object value")
    return checked_number(value)


def checked_number(value: Any) -> float:  # noqa: ANN401  # JSON
    """Return a number or truth value as it is. Raises ``rdf.document``."""
    if type(value) not in {int, float, bool}:
        raise Fault("rdf.document", f"{type(value).__name__} is no JSON value")
    number: float = value
    return number


def canonical_double(value: float) -> str:
    """Write a double as XML Schema's canonical mapping does, with at most 15 digits after the point."""
    mantissa, _, exponent = f"{value:.15E}".partition("E")
    mantissa = mantissa.rstrip("0")
    if mantissa.endswith("."):
        mantissa += "0"
    return f"{mantissa}E{int(exponent)}"
