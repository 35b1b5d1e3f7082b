"""IRIs: the examples of RFC 3986, 5.4, and which texts may stand in N-Quads."""

from __future__ import annotations

import pytest

from credentials.rdf.json_ld.iris import is_absolute, looks_like_keyword, resolve

BASE = "http://a/b/c/d;p?q"
EXAMPLES = {
    "g:h": "g:h", "g": "http://a/b/c/g", "./g": "http://a/b/c/g", "g/": "http://a/b/c/g/", "/g": "http://a/g",
    "//g": "http://g", "?y": "http://a/b/c/d;p?y", "g?y": "http://a/b/c/g?y", "#s": "http://a/b/c/d;p?q#s",
    "g#s": "http://a/b/c/g#s", ";x": "http://a/b/c/;x", "": "http://a/b/c/d;p?q", ".": "http://a/b/c/",
    "./": "http://a/b/c/", "..": "http://a/b/", "../": "http://a/b/", "../g": "http://a/b/g", "../..": "http://a/",
    "../../g": "http://a/g", "../../../g": "http://a/g", "/./g": "http://a/g", "/../g": "http://a/g",
    "g.": "http://a/b/c/g.", ".g": "http://a/b/c/.g", "..g": "http://a/b/c/..g", "./../g": "http://a/b/g",
    "./g/.": "http://a/b/c/g/", "g/./h": "http://a/b/c/g/h", "g/../h": "http://a/b/c/h",
    "g;x=1/../y": "http://a/b/c/y", "g?y/../x": "http://a/b/c/g?y/../x", "g#s/../x": "http://a/b/c/g#s/../x",
}  # fmt: skip


@pytest.mark.parametrize(("reference", "expected"), EXAMPLES.items())
def test_resolution(reference, expected):
    assert resolve(BASE, reference) == expected


@pytest.mark.parametrize(("base", "reference", "expected"), [
    (None, "g", "g"), ("http://a", "g", "http://a/g"), ("urn:a:b", "g", "urn:g"), ("http://a/b", "", "http://a/b"),
])  # fmt: skip
def test_resolution_at_the_edges(base, reference, expected):
    assert resolve(base, reference) == expected


@pytest.mark.parametrize(
    "text", ["urn:x", "did:x:1#k", "https://é.example/?q#f", "x:", "data:image/png;base64,a+/="]
)
def test_absolute(text):
    assert is_absolute(text)


@pytest.mark.parametrize("text", [
    "", "x", "/x", "//x/y", ":x", "1:x", "_:b", "urn:a b", "urn:<", "urn:>", 'urn:"', "urn:{", "urn:|",
    "urn:^", "urn:`", "urn:\\", "urn:\n", "urn:x\n", "urn:\x7f", "urn:\ud800", "urn:a#b#c",
])  # fmt: skip
def test_not_absolute(text):
    assert not is_absolute(text)


def test_what_looks_like_a_keyword():
    assert looks_like_keyword("@foo")
    assert not any(map(looks_like_keyword, ["@", "@foo.bar", "@1", "foo@bar", "@foo-bar"]))
