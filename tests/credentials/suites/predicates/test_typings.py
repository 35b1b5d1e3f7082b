"""One schema types the slots of a credential, from the reader's own copy."""

from __future__ import annotations

import pytest

from credentials.errors import IndeterminateError
from credentials.suites.predicates import typings
from schemas.errors import SchemasError
from schemas.sources import BUNDLED
from tests.support.provable import NAME, code_of
from tests.support.world import IDENTITY_SCHEMA

CLAIM = "/credentialSubject/nationality"
ADDRESS = {"addressLocality": "Coimbra", "addressCountry": "PT"}


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        "https://avow.example/schemas/national-identity/v1",
        {"type": "JsonSchema"},
        {"id": IDENTITY_SCHEMA},
        {"id": IDENTITY_SCHEMA, "type": "JsonSchemaCredential"},
        {"id": 5, "type": "JsonSchema"},
        [{"id": IDENTITY_SCHEMA, "type": "JsonSchema"}] * 2,
    ],
    ids=str,
)
def test_one_schema_types_the_slots(entry):
    assert code_of(lambda: typings.typing_in({"credentialSchema": entry}, BUNDLED.schemas, width=None)) == (
        f"{NAME}.schema"
    )


def test_a_list_of_one_schema_is_that_schema():
    entry = {"id": IDENTITY_SCHEMA, "type": "JsonSchema"}
    one = typings.typing_in({"credentialSchema": entry}, BUNDLED.schemas, width=32)
    assert one is typings.typing_in({"credentialSchema": [entry]}, BUNDLED.schemas, width=32)
    assert one.revocation_slot == len(one.claims)
    assert typings.typing_in({"credentialSchema": entry}, BUNDLED.schemas, width=None).revocation_slot is None


def test_an_unknown_schema_leaves_undecided():
    with pytest.raises(IndeterminateError) as caught:
        typings.typing_by("https://unknown.example/schema", BUNDLED.schemas, width=None)
    assert caught.value.code == "schema.unknown"


def test_a_fault_of_the_schema_keeps_its_code():
    assert code_of(lambda: typings.typing_by(IDENTITY_SCHEMA, Broken(), width=None)) == "schema.digest"


class Broken:
    """A source whose schema is not what was published."""

    def schema(self, url, *, fetch):
        raise SchemasError("schema.digest", f"{url} {fetch}")
