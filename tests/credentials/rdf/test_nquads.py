"""The strict reader and the writer of canonical N-Quads, against pyoxigraph."""

from __future__ import annotations

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.rdf import nquads

STRING = "http://www.w3.org/2001/XMLSchema#string"

READ = {
    "bare": ("<e:s> <e:p> <e:o> .", ("<e:s>", "<e:p>", "<e:o>", "")),
    "graph": ("<e:s> <e:p> <e:o> <e:g> .", ("<e:s>", "<e:p>", "<e:o>", "<e:g>")),
    "blank nodes": ("_:s <e:p> _:o.1 _:g .", ("_:s", "<e:p>", "_:o.1", "_:g")),
    "no white space": ('<e:s><e:p>"o"<e:g>.', ("<e:s>", "<e:p>", '"o"', "<e:g>")),
    "tabs and a comment": ("\t<e:s>\t<e:p>  <e:o>\t. # <", ("<e:s>", "<e:p>", "<e:o>", "")),
    "language": ('<e:s> <e:p> "o"@en-GB .', ("<e:s>", "<e:p>", '"o"@en-GB', "")),
    "datatype": ('<e:s> <e:p> "o"^^<e:d> <e:g> .', ("<e:s>", "<e:p>", '"o"^^<e:d>', "<e:g>")),
    "string is not written": (f'<e:s> <e:p> "o"^^<{STRING}> .', ("<e:s>", "<e:p>", '"o"', "")),
    "escapes not needed": (r"""<e:s> <e:p> "\u0061\U00000062\u00e9\'" .""",
                           ("<e:s>", "<e:p>", "\"abé'\"", "")),
    "escapes needed": (r'<e:s> <e:p> "\u0001\u000b\u007F\t\n\u0022\\" .',
                       ("<e:s>", "<e:p>", r'"\u0001\u000B\u007F\t\n\"\\"', "")),
    "no characters": ('<e:s> <e:p> "\ufffd\ufffe\uffff" .', ("<e:s>", "<e:p>", '"\ufffd\\uFFFE\\uFFFF"', "")),
    "escaped IRI": (r"<e:\u00e9> <e:p> <e:o> .", ("<e:é>", "<e:p>", "<e:o>", "")),
    "delimiters in a literal": ('<e:s> <e:p> "a\\" . <e:g> # @en" .',
                                ("<e:s>", "<e:p>", '"a\\" . <e:g> # @en"', "")),
}  # fmt: skip


@pytest.mark.parametrize(("line", "quad"), READ.values(), ids=READ)
def test_reading(line, quad):
    assert nquads.read(line) == [quad]
    assert nquads.read(nquads.write(quad)) == [quad]


MALFORMED = {
    "no end": "<e:s> <e:p> <e:o>",
    "two statements": "<e:s> <e:p> <e:o> . <e:s> <e:p> <e:o> .",
    "relative": "<s> <e:p> <e:o> .",
    "relative graph": "<e:s> <e:p> <e:o> <g> .",
    "relative datatype": '<e:s> <e:p> "o"^^<d> .',
    "literal subject": '"s" <e:p> <e:o> .',
    "literal graph": '<e:s> <e:p> <e:o> "g" .',
    "blank predicate": "<e:s> _:p <e:o> .",
    "space in an IRI": "<e:a b> <e:p> <e:o> .",
    "escaped space in an IRI": r"<e:a\u0020b> <e:p> <e:o> .",
    "escaped bracket in an IRI": r"<e:s> <e:p> <e:\u003e> .",
    "unknown escape": r'<e:s> <e:p> "\x" .',
    "short escape": r'<e:s> <e:p> "\u12" .',
    "half a surrogate pair": r'<e:s> <e:p> "\ud800" .',
    "beyond Unicode": r'<e:s> <e:p> "\U00110000" .',
    "bad language": '<e:s> <e:p> "o"@e_n .',
    "language and datatype": '<e:s> <e:p> "o"@en^^<e:d> .',
    "label that ends in a stop": "_:s. <e:p> <e:o> .",
    "other white space": "<e:s>\u00a0<e:p> <e:o> .",
}


@pytest.mark.parametrize("line", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_statement_is_refused_by_line(line):
    with pytest.raises(CredentialError) as caught:
        nquads.read("\n# nothing\r\n" + line)
    assert caught.value.code == "rdf.n-quads"
    assert "line 3" in caught.value.detail


def test_only_line_feeds_and_carriage_returns_end_lines():
    text = '<e:s> <e:p> "a\x85\u2028\x0b\x0c" .\r<e:s> <e:p> <e:o> .\r\n\n<e:s> <e:p> <e:o> .\n'
    assert len(nquads.read(text)) == 2


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_text_survives_and_is_written_as_another_implementation_writes_it(text):
    quad = ("<e:s>", "<e:p>", f'"{nquads.escape(text)}"', "")
    line = nquads.write(quad)
    assert nquads.read(line) == [quad]
    found = list(pyoxigraph.parse(line.encode(), format=pyoxigraph.RdfFormat.N_QUADS))
    assert found[0].object.value == text
    dataset = pyoxigraph.Dataset(found)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    assert str(dataset) == line


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_whatever_is_read_gives_only_our_errors(text):
    for line in (text, f"<e:s> <e:p> {text} .", f'<e:s> <e:p> "{text}" .'):
        try:
            quads = nquads.read(line)
        except CredentialError as error:
            assert error.code == "rdf.n-quads"  # noqa: PT017  # either way is right
        else:
            assert nquads.read("".join(map(nquads.write, quads))) == quads
