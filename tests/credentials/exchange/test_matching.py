import pytest

from credentials.errors import CredentialError
from credentials.exchange import matching
from credentials.exchange.dcql import Query
from credentials.exchange.matching import Held, format_of, select
from credentials.exchange.types import full_type, full_types
from credentials.model import CONTEXT_V2, Credential
from tests.support.world import IDENTITY_CONTEXT, IDENTITY_TYPE

VC = "https://www.w3.org/2018/credentials#VerifiableCredential"
DOCUMENT = {
    "a/b": {"~": [{"x": 1}, {"x": 2}, {"y": 3}]},
    "list": [[1, 2], [3]],
    "nothing": None,
    "empty": [],
}


@pytest.mark.parametrize(
    ("path", "pointers"),
    [
        (("a/b", "~", 1, "x"), ["/a~1b/~0/1/x"]),
        (("a/b", "~", None, "x"), ["/a~1b/~0/0/x", "/a~1b/~0/1/x"]),
        (("list", None, None), ["/list/0/0", "/list/0/1", "/list/1/0"]),
        (("list", 2), []),
        (("list", "0"), []),
        (("a/b", 0), []),
        (("a/b", None), []),
        (("none",), []),
    ],
)
def test_a_path_leads_to_places(path, pointers):
    assert [place.pointer for place in select(DOCUMENT, path)] == pointers


def held(credentials):
    return [Held(found, "ldp_vc") for found in credentials]


def match(wanted, found):
    return matching.match(wanted, Held(found, "ldp_vc"))


def satisfy(wanted, credentials):
    return matching.satisfy(wanted, held(credentials))


def answer(wanted, credentials, **options):
    return matching.answer(wanted, held(credentials), **options)


def credential(types=("NationalIdentityCredential",), contexts=(IDENTITY_CONTEXT,), **claims):
    return Credential.parse(
        {
            "@context": [CONTEXT_V2, *contexts],
            "type": ["VerifiableCredential", *types],
            "issuer": "did:example:issuer",
            "credentialSubject": {"nationality": "PT", **claims},
        }
    )


def query(*credentials):
    entries = []
    for number, claims in enumerate(credentials):
        entry = {"id": f"q{number}", "format": "ldp_vc", "meta": {"type_values": [[IDENTITY_TYPE]]}}
        if claims:
            entry["claims"] = [
                {"path": ["credentialSubject", name], **({"values": values} if values else {})}
                for name, values in claims.items()
            ]
        entries.append(entry)
    return Query.parse({"credentials": entries})


def answers(claims, **have):
    return match(query(claims).credentials[0], credential(**have)) is not None


@pytest.mark.parametrize(
    ("value", "wanted", "same"),
    [
        (True, [True], True),
        (True, [1], False),
        (1, [True], False),
        (1, ["1"], False),
        (0, [False], False),
        ("PT", ["ES", "PT"], True),
        (["PT"], ["PT"], False),
    ],
)
def test_values_are_compared_with_their_type(value, wanted, same):
    assert answers({"resident": wanted}, resident=value) is same


@pytest.mark.parametrize("value", [None, []])
def test_what_says_nothing_is_no_answer(value):
    assert not answers({"birthDate": None}, birthDate=value)


@pytest.mark.parametrize("value", [False, 0, "", {"x": 1}])
def test_what_is_false_or_empty_text_is_an_answer(value):
    assert answers({"birthDate": None}, birthDate=value)


def test_types_are_compared_in_full():
    assert full_type("NationalIdentityCredential", (CONTEXT_V2, IDENTITY_CONTEXT)) == IDENTITY_TYPE
    assert full_types(("VerifiableCredential", "Other"), (CONTEXT_V2,)) == {VC}
    wanted = query(None).credentials[0]
    assert match(wanted, credential()) is not None
    assert match(wanted, credential(types=(IDENTITY_TYPE,))) is None
    assert match(wanted, credential(contexts=())) is None
    assert match(wanted, credential(types=("EmploymentCredential",))) is None


def test_a_context_that_does_not_protect_its_terms_defines_no_type():
    assert (
        full_type("AlumniCredential", (CONTEXT_V2, "https://www.w3.org/2018/credentials/examples/v1")) is None
    )
    assert full_type("x", ("https://www.w3.org/ns/credentials/undefined-terms/v2", {"x": "urn:x:y"})) is None


def test_the_first_claim_set_that_holds_decides():
    entry = {
        "id": "q",
        "format": "ldp_vc",
        "meta": {"type_values": [[IDENTITY_TYPE]]},
        "claims": [
            {"id": "a", "path": ["credentialSubject", "birthDate"]},
            {"id": "b", "path": ["credentialSubject", "nationality"]},
        ],
        "claim_sets": [["a"], ["b"]],
    }
    wanted = Query.parse({"credentials": [entry]}).credentials[0]
    assert match(wanted, credential()).pointers() == ("/credentialSubject/nationality",)
    assert match(wanted, credential(birthDate="x")).pointers() == ("/credentialSubject/birthDate",)


def test_every_query_gets_a_credential_of_its_own():
    """The first credential answers both queries, the second only the first: they must change places."""
    both, one = credential(resident=True), credential()
    found = satisfy(query({"nationality": None}, {"resident": None}), [both, one])
    assert [item.credential for item in found] == [one, both]


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        ([], "query.unsatisfied"),
        ([credential()], "query.unsatisfied"),
        ([credential(), credential(), credential()], "query.unrequested"),
    ],
)
def test_neither_less_nor_more_than_asked_for(credentials, code):
    with pytest.raises(CredentialError) as caught:
        satisfy(query(None, None), credentials)
    assert caught.value.code == code


def test_a_wallet_may_have_more_and_may_be_told_which():
    first, second = credential(), credential()
    assert answer(query(None), [first, second])[0].credential is first
    assert answer(query(None), [first, second], allowed={"q0": second})[0].credential is second


@pytest.mark.parametrize(
    ("formats", "name"),
    [
        (("eddsa-jcs-2022", "bbs-2023"), "ldp_vc"),
        (("vc+jwt",), "jwt_vc_json"),
        (("dc+sd-jwt",), "dc+sd-jwt"),
        (("vc+sd-jwt",), None),
        (("vc+jwt", "eddsa-jcs-2022"), None),
        ((), None),
    ],
)
def test_dcql_has_names_for_most_forms(formats, name):
    assert format_of(formats) == name


def test_a_query_asks_for_one_form():
    wanted = query(None).credentials[0]
    assert matching.match(wanted, Held(credential(), "jwt_vc_json")) is None
    assert matching.match(wanted, Held(credential(), None)) is None
