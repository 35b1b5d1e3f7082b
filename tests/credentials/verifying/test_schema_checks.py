from __future__ import annotations

import pytest

from credentials.errors import CredentialError
from credentials.suites import Reader
from credentials.verifying.schema_checks import SCHEMA_OF_SCHEMAS
from credentials.verifying.verdict import Outcome
from credentials.verifying.verifier import check_credential, verify_credential
from schemas.digests import digest_sri
from tests.support.published import (
    CREDENTIAL_ID,
    RESIDENT,
    SCHEMA_ID,
    STRICT,
    Published,
    content,
    entry,
    means,
    naming,
    schema_credential,
)
from tests.support.world import IDENTITY_SCHEMA, World, tamper

BY_CREDENTIAL = entry("JsonSchemaCredential")


@pytest.fixture
def world():
    return World("schema checks")


def verdict(world, shown, published, **policy):
    """The verdict; the raising verifier must agree with it."""
    ground = means(world, published, **policy)
    found = verify_credential(shown, ground, reader=Reader.VERIFIER)
    code = ""
    try:
        check_credential(shown, ground, reader=Reader.VERIFIER)
    except CredentialError as error:
        code = error.code
    assert code == ("" if found.cause is None else found.cause.code)
    return found


def code(world, shown, published, **policy):
    found = verdict(world, shown, published, **policy)
    return "" if found.cause is None else found.cause.code


def schema_step(found):
    return next(check for check in found.checks if check.name == "schema")


def test_a_schema_from_a_source_holds_or_does_not(world):
    shown = naming(world, entry())
    assert code(world, shown, Published({SCHEMA_ID: RESIDENT})) == ""
    assert code(world, shown, Published({SCHEMA_ID: STRICT})) == "schema.violation"
    assert code(world, shown, Published()) == "schema.unknown"


def test_a_digest_is_of_the_bytes_that_stand_there(world):
    shown = naming(world, entry(digestSRI=digest_sri(content(RESIDENT))))
    assert code(world, shown, Published({SCHEMA_ID: RESIDENT})) == ""
    assert code(world, shown, Published({SCHEMA_ID: RESIDENT | {"title": "x"}})) == "schema.digest"
    shown = naming(world, entry("JsonSchemaCredential", digestSRI=digest_sri(b"another")))
    held = Published(credentials={CREDENTIAL_ID: schema_credential(world)})
    assert code(world, shown, held) == "schema.digest"


def test_every_schema_must_hold(world):
    bundled = entry(url=IDENTITY_SCHEMA)
    assert code(world, naming(world, bundled, entry()), Published({SCHEMA_ID: RESIDENT})) == ""
    for entries in ((bundled, entry()), (entry(), bundled)):
        assert code(world, naming(world, *entries), Published({SCHEMA_ID: STRICT})) == "schema.violation"
        assert code(world, naming(world, *entries), Published()) == "schema.unknown"


def test_a_violation_counts_more_than_what_is_unknown(world):
    shown = naming(world, entry(url="https://other.example/unknown"), entry())
    policy = {"unsafe_accept_unknown_schema": True}
    assert code(world, shown, Published({SCHEMA_ID: STRICT}), **policy) == "schema.violation"
    found = verdict(world, shown, Published({SCHEMA_ID: RESIDENT}), **policy)
    assert found.accepted
    assert schema_step(found).outcome is Outcome.INDETERMINATE


def test_an_unknown_kind_of_schema_decides_nothing(world):
    shown = naming(world, entry("1EdTechJsonSchemaValidator2019"))
    found = verdict(world, shown, Published({SCHEMA_ID: RESIDENT}))
    assert (found.cause.code, schema_step(found).outcome) == ("schema.unknown", Outcome.INDETERMINATE)
    shown = naming(world, {"id": SCHEMA_ID, "type": ["JsonSchema", "Other"]})
    assert code(world, shown, Published({SCHEMA_ID: RESIDENT})) == "schema.unknown"


@pytest.mark.parametrize(
    ("subject", "known"),
    [
        ({}, {}),
        ({}, {SCHEMA_ID: RESIDENT}),
        ({"jsonSchema": {"$ref": SCHEMA_ID}}, {SCHEMA_ID: RESIDENT}),
        ({"digestSRI": digest_sri(content(RESIDENT))}, {SCHEMA_ID: RESIDENT}),
        ({"jsonSchema": {"$ref": "#/$defs/all", "$defs": {"all": RESIDENT}}}, {}),
        ({"jsonSchema": RESIDENT | {"$id": SCHEMA_ID}}, {}),
    ],
    ids=["in it", "in both", "by reference", "with digest", "own reference", "named"],
)
def test_a_schema_credential_is_relied_on(world, subject, known):
    published = Published(known, {CREDENTIAL_ID: schema_credential(world, subject=subject)})
    assert code(world, naming(world, BY_CREDENTIAL), published) == ""


def test_the_schema_in_a_schema_credential_is_applied(world):
    published = Published(
        credentials={CREDENTIAL_ID: schema_credential(world, subject={"jsonSchema": STRICT})}
    )
    found = verdict(world, naming(world, BY_CREDENTIAL), published)
    assert found.cause.code == "schema.violation"
    assert "/credentialSubject/nationality" in found.cause.detail


def test_the_digest_in_a_schema_credential_is_of_the_published_schema(world):
    subject = {"jsonSchema": {"$ref": SCHEMA_ID}, "digestSRI": digest_sri(content(RESIDENT))}
    held = {CREDENTIAL_ID: schema_credential(world, subject=subject)}
    shown = naming(world, BY_CREDENTIAL)
    assert code(world, shown, Published({SCHEMA_ID: RESIDENT}, held)) == ""
    assert code(world, shown, Published({SCHEMA_ID: RESIDENT | {"title": "x"}}, held)) == "schema.digest"


def test_a_reference_to_what_is_not_there_decides_nothing(world):
    held = schema_credential(world, subject={"jsonSchema": {"$ref": SCHEMA_ID}})
    published = Published(credentials={CREDENTIAL_ID: held})
    assert code(world, naming(world, BY_CREDENTIAL), published) == "schema.unknown"


def test_a_schema_credential_must_hold_as_any_other(world):
    good = schema_credential(world)
    cases = {
        "proof.signature": tamper(good, "/credentialSubject/jsonSchema/title", "x"),
        "proof.missing": {name: item for name, item in good.items() if name != "proof"},
        "credential.expired": schema_credential(world, validUntil="2026-02-01T00:00:00Z"),
        "issuer.untrusted": schema_credential(world, issuer=world.stranger),
        "context.unknown": schema_credential(
            world, **{"@context": ["https://www.w3.org/ns/credentials/v2", "https://other.example/c"]}
        ),
    }
    for expected, held in cases.items():
        found = verdict(world, naming(world, BY_CREDENTIAL), Published(credentials={CREDENTIAL_ID: held}))
        assert found.cause.code == expected
        assert found.cause.detail.startswith("of the schema credential: ")


def test_what_is_no_credential_is_refused(world):
    for held, expected in (([], "model.json"), ({"type": "x"}, "model.")):
        published = Published(credentials={CREDENTIAL_ID: held})
        assert code(world, naming(world, BY_CREDENTIAL), published).startswith(expected)


def test_a_dangerous_schema_in_a_credential_costs_nothing(world):
    defs = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)} | {"d30": True}
    held = schema_credential(world, subject={"jsonSchema": {"$ref": "#/$defs/d0", "$defs": defs}})
    published = Published(credentials={CREDENTIAL_ID: held})
    assert code(world, naming(world, BY_CREDENTIAL), published) == "schema.too-large"


def test_nothing_is_fetched_for_a_credential_that_does_not_hold(world):
    held = {CREDENTIAL_ID: schema_credential(world, subject={"jsonSchema": {"$ref": SCHEMA_ID}})}
    far = frozenset({CREDENTIAL_ID, SCHEMA_ID})
    good = naming(world, BY_CREDENTIAL)

    published = Published({SCHEMA_ID: RESIDENT}, held, far)
    assert code(world, good, published) == ""
    assert set(published.fetched) == far

    forged = tamper(good, "/credentialSubject/nationality", "FR")
    published = Published({SCHEMA_ID: RESIDENT}, held, far)
    assert code(world, forged, published) == "proof.signature"
    assert published.fetched == []

    published = Published({SCHEMA_ID: RESIDENT}, held, far)
    assert code(world, good, published, trusted_issuers=frozenset()) == "issuer.untrusted"
    assert published.fetched == []


def test_nothing_is_looked_for_to_check_a_schema_credential_by(world):
    published = Published(
        credentials={CREDENTIAL_ID: schema_credential(world)}, far=frozenset({SCHEMA_OF_SCHEMAS})
    )
    assert code(world, naming(world, BY_CREDENTIAL), published) == ""
    assert published.fetched == []
