import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.exchange.dcql import Query
from tests.support.world import IDENTITY_TYPE, refusal, tamper

QUERY = {
    "credentials": [
        {
            "id": "identity",
            "format": "ldp_vc",
            "meta": {"type_values": [[IDENTITY_TYPE]]},
            "claims": [
                {"id": "a", "path": ["credentialSubject", "nationality"], "values": ["PT", "ES"]},
                {"id": "b", "path": ["credentialSubject", "addresses", None, "postalCode"]},
                {"id": "c", "path": ["credentialSubject", "names", 0]},
            ],
            "claim_sets": [["a", "b"], ["c"]],
            "multiple": False,
            "require_cryptographic_holder_binding": True,
        }
    ]
}
CREDENTIAL = "/credentials/0"


def refused(value):
    with pytest.raises(CredentialError) as caught:
        Query.parse(value)
    return caught.value.code


def test_a_query_gives_its_members():
    query = Query.parse(QUERY)
    (credential,) = query.credentials
    assert credential.id == "identity"
    assert credential.type_values == (frozenset({IDENTITY_TYPE}),)
    assert [claim.path for claim in credential.claims] == [
        ("credentialSubject", "nationality"),
        ("credentialSubject", "addresses", None, "postalCode"),
        ("credentialSubject", "names", 0),
    ]
    assert [[claim.id for claim in claims] for claims in credential.claim_sets] == [["a", "b"], ["c"]]
    assert Query.parse(query.to_json()) == query


def test_without_claims_nothing_is_asked_for_beyond_the_credential():
    query = Query.parse(tamper(tamper(QUERY, f"{CREDENTIAL}/claims", ...), f"{CREDENTIAL}/claim_sets", ...))
    assert query.credentials[0].claim_sets == ((),)


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/credentials", ..., "query.malformed"),
        ("/credentials", [], "query.malformed"),
        ("/credentials", {}, "query.malformed"),
        ("/credentials", QUERY["credentials"] * 2, "query.malformed"),
        ("/credentials", QUERY["credentials"] * 21, "query.limit"),
        ("/credential_sets", [], "query.unsupported"),
        ("/predicates", [], "query.unsupported"),
        (CREDENTIAL, "identity", "query.malformed"),
        (f"{CREDENTIAL}/id", ..., "query.malformed"),
        (f"{CREDENTIAL}/id", "a b", "query.malformed"),
        (f"{CREDENTIAL}/id", "", "query.malformed"),
        (f"{CREDENTIAL}/format", "mso_mdoc", "query.unsupported"),
        (f"{CREDENTIAL}/multiple", True, "query.unsupported"),
        (f"{CREDENTIAL}/require_cryptographic_holder_binding", False, "query.unsupported"),
        (f"{CREDENTIAL}/trusted_authorities", [], "query.unsupported"),
        (f"{CREDENTIAL}/predicate", [], "query.unsupported"),
        (f"{CREDENTIAL}/meta", ..., "query.malformed"),
        (f"{CREDENTIAL}/meta", {}, "query.malformed"),
        (f"{CREDENTIAL}/meta/type_values", [], "query.malformed"),
        (f"{CREDENTIAL}/meta/type_values", [[]], "query.malformed"),
        (f"{CREDENTIAL}/meta/type_values", [IDENTITY_TYPE], "query.malformed"),
        (f"{CREDENTIAL}/meta/type_values", [["NationalIdentityCredential"]], "query.malformed"),
        (f"{CREDENTIAL}/claims", [], "query.malformed"),
        (f"{CREDENTIAL}/claims", [{"path": ["a"]}] * 101, "query.limit"),
        (f"{CREDENTIAL}/claims/0/path", [], "query.malformed"),
        (f"{CREDENTIAL}/claims/0/path", ["a"] * 17, "query.limit"),
        (f"{CREDENTIAL}/claims/0/path", ["a", -1], "query.malformed"),
        (f"{CREDENTIAL}/claims/0/path", ["a", True], "query.malformed"),
        (f"{CREDENTIAL}/claims/0/path", ["a", 1.5], "query.malformed"),
        (f"{CREDENTIAL}/claims/0/path", ["a", ""], "query.malformed"),
        (f"{CREDENTIAL}/claims/0/path", ["proof", "proofValue"], "query.malformed"),
        (f"{CREDENTIAL}/claims/0/values", [], "query.malformed"),
        (f"{CREDENTIAL}/claims/0/values", [None], "query.malformed"),
        (f"{CREDENTIAL}/claims/0/values", ["a" * 513], "query.malformed"),
        (f"{CREDENTIAL}/claims/0/values", list(range(101)), "query.limit"),
        (f"{CREDENTIAL}/claims/0/predicate", ">= 18", "query.unsupported"),
        (f"{CREDENTIAL}/claims/0/id", "b", "query.malformed"),
        (f"{CREDENTIAL}/claims/0/id", ..., "query.malformed"),
        (f"{CREDENTIAL}/claims", ..., "query.malformed"),
        (f"{CREDENTIAL}/claim_sets", [], "query.malformed"),
        (f"{CREDENTIAL}/claim_sets", [["d"]], "query.malformed"),
        (f"{CREDENTIAL}/claim_sets", [["a"]] * 21, "query.limit"),
    ],
)
def test_refused_queries(pointer, value, code):
    assert refused(tamper(QUERY, pointer, value)) == code


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(QUERY["credentials"][0])), JSON)
def test_only_our_errors_leave(member, value):
    query = copy.deepcopy(QUERY)
    query["credentials"][0][member] = value
    with refusal() as codes:
        Query.parse(query)
    assert all(code.startswith("query.") for code in codes)
