import pytest

from credentials.errors import CredentialError
from credentials.limits import Limits
from credentials.model.members import check_keywords, check_plain
from tests.support.world import refusal


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"a": "b", "c": [1, {"d": True}]}, True),
        ({"name": {"@value": "x", "@language": "en"}}, True),
        ({"name": {"@value": "x"}}, False),
        ({"name": {"@value": "x", "@type": "urn:x:y"}}, False),
        ({"@id": "urn:x:y"}, False),
        ({"a": {"@type": "T"}}, False),
        ({"a": None}, False),
        ({"a": []}, False),
        ({"a": [None]}, False),
        ({"a": [["x"]]}, False),
    ],
)
def test_what_rdf_reads_as_json_does(value, plain):
    with refusal() as codes:
        check_plain(value)
    assert codes == ([] if plain else ["model.ambiguous"])


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"a": {"@value": 5}}, None),
        ({"a": {"@value": "2026-01-01", "@type": "urn:x:date"}}, None),
        ({"a": [{"@value": "x", "@language": "en", "@direction": "ltr"}]}, None),
        ({"a": {"@id": "urn:x:y", "@type": "T"}}, None),
        ({"a": {"@value": "x", "b": 1}}, "model.value-object"),
        ({"a": {"@value": "x", "@id": "urn:x:y"}}, "model.value-object"),
        ({"a": {"@language": "en"}}, "model.value-object"),
        ({"a": {"@value": "x", "@language": None}}, "model.value-object"),
        ({"a": {"@value": "x", "@language": "en", "@type": "T"}}, "model.value-object"),
        ({"a": {"@value": 5, "@language": "en"}}, "model.value-object"),
        ({"a": {"@value": "x", "@direction": "up"}}, "model.value-object"),
        ({"a": {"@list": []}}, "model.keyword"),
        ({"a": {"@none": 1}}, "model.keyword"),
        ({"a": [{"@context": {}}]}, "model.nested-context"),
    ],
)
def test_keywords_among_claims(value, code):
    with refusal() as codes:
        check_keywords(value, Limits())
    assert codes == ([] if code is None else [code])


def test_the_limit_on_depth_is_exact():
    nested = {"a": {"a": {}}}
    check_keywords(nested, Limits(max_depth=3))
    with pytest.raises(CredentialError, match=r"model\.depth"):
        check_keywords(nested, Limits(max_depth=2))
