"""Tags are those of RFC 5646, 2.2.9 and appendix A, and faults of each rule."""

import pytest

from credentials.model.texts import check_texts, is_well_formed_tag
from tests.support.world import refusal


@pytest.mark.parametrize(
    "tag",
    [
        "de",
        "fr-CA",
        "zh-Hant",
        "zh-cmn-Hans-CN",
        "sr-Latn-RS",
        "sl-rozaj-biske",
        "sl-nedis",
        "de-CH-1901",
        "es-419",
        "hy-Latn-IT-arevela",
        "de-CH-x-phonebk",
        "az-Arab-x-AZE-derbend",
        "x-whatever",
        "qaa-Qaaa-QM-x-southern",
        "en-US-u-islamcal",
        "abcd",
        "abcdefgh",
        "en-a-myext-b-another",
        "zh-CN-a-myext-x-private",
        "ar-a-aaa-b-bbb",
        "EN",
        "i-klingon",
        "sgn-BE-FR",
        "en-GB-oed",
        "zh-min-nan",
        "art-lojban",
        "de-1996",
        "x-a-b-12345678",
    ],
)
def test_well_formed_tags(tag):
    assert is_well_formed_tag(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "a",
        "e n",
        "en_US",
        "en-",
        "-en",
        "en--US",
        "1en",
        "abcdefghi",
        "en-a",
        "en-a-x-b",
        "de-DE-1901-1901",
        "ar-a-aaa-b-bbb-a-ccc",
        "x",
        "x-",
        "x-123456789",
        "i-unknown",
        "en-US-Latn",
        "déu",
        "\u017fr",
        "\u212ao",
        "en\n",
    ],
)
def test_tags_that_are_not_well_formed(tag):
    assert not is_well_formed_tag(tag)


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("Ausweis", True),
        ("", True),
        ({"@value": "x"}, True),
        ({"@value": "x", "@language": "en"}, True),
        ({"@value": "x", "@language": "ar", "@direction": "rtl"}, True),
        ([{"@value": "x", "@language": "en"}, {"@value": "y", "@direction": "ltr"}], True),
        ({"@language": "en"}, False),
        ({"@value": 5}, False),
        ({"@value": None}, False),
        ({"@value": "x", "@language": ["en"]}, False),
        ({"@value": "x", "@language": None}, False),
        ({"@value": "x", "@direction": "auto"}, False),
        ({"@value": "x", "@direction": None}, False),
        ({"@value": "x", "@type": "T"}, False),
        ({"@value": "x", "id": "urn:x:y"}, False),
        ({}, False),
        ([], False),
        (["x"], False),
        ([[{"@value": "x"}]], False),
        (None, False),
        (True, False),
    ],
)
@pytest.mark.parametrize("member", ["name", "description"])
def test_names_and_descriptions(member, value, accepted):
    with refusal() as codes:
        check_texts({member: value}, "model.text", "")
    assert codes == ([] if accepted else ["model.text"])
