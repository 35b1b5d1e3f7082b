"""Step 6 of the verifier: the claims follow every schema that a credential names.

Texts: VC Data Model 2.0, 4.11; W3C Verifiable Credentials JSON Schema Specification, 2 and 4.

Checklist:
(S1) each entry is of type `JsonSchema` or `JsonSchemaCredential`; of any other type nothing can be said.
(S2) where the schema is: in the package, in the service's own registry, or with whoever may fetch; where a
     `digestSRI` is given, what was found has that digest.
(S3) a schema credential is verified as any other, so that its issuer is one whom the policy trusts. Its own
     schema is the one that W3C publishes for such credentials, whose demands are (S4): none is looked for,
     and a schema credential whose schema is a credential is refused, so that this ends.
(S4) its types are `VerifiableCredential` and `JsonSchemaCredential`; its only subject has an id, the type
     `JsonSchema`, and under `jsonSchema` the schema, or a `$ref` to that id, where the schema then stands.
(S5) a schema in a credential is called as its subject is, if it says so by `$id`; where it also stands at
     that address, there is the same.
(S6) the credential as received, proof included, is valid under each schema.

Nothing is fetched for a credential of which an earlier check failed (`Ground.fetch`).

What is not here: the source that fetches; compiling (`schemas.json_schemas`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.model import Credential
from credentials.verifying.checks import PASSED, Remark, own, undecided
from credentials.verifying.verdict import Outcome
from did.jcs import canonicalize
from schemas import json_schemas
from schemas.digests import check_sri
from schemas.errors import SchemasError
from schemas.json_schemas import SchemaText

if TYPE_CHECKING:
    from collections.abc import Callable

    from credentials.model.typed import Typed
    from credentials.model.view import CredentialView
    from credentials.verifying.policy import Policy
    from did.types import JsonObject
    from schemas.sources import SchemaSource

SCHEMA_TYPE: Final = "JsonSchema"
CREDENTIAL_TYPES: Final = ("VerifiableCredential", "JsonSchemaCredential")
SCHEMA_OF_SCHEMAS: Final = "https://www.w3.org/ns/credentials/json-schema/v2.json"
SCHEMA_OF_SCHEMAS_DIGEST: Final = "sha384-FdPKzKLFNWo+3ZqV9vjuY8aNQk+636lvGRKKNzAfy93Q9jf+lNHD8j91g/KHWCBX"
"""Of the file that W3C serves there since March 2025."""
_CLAUSE: Final = "VC JSON Schema, 2.2"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where schemas come from, and how a schema credential is verified: `verify` raises if it does not hold.

    `fetch` says whether everything that was checked before holds, so that a source may send requests.
    """

    source: SchemaSource
    verify: Callable[[Credential], None]
    fetch: bool


def schema(credential: CredentialView, policy: Policy, ground: Ground, *, derived: bool) -> Remark:
    """(6) The claims follow each schema that the credential names.

    A derived credential shows a part, for which a schema of the whole says nothing.
    Codes: schema.violation, schema.unknown, schema.partial, schema.digest, schema.credential, and those of a
    schema credential that does not hold.
    """
    if not credential.schemas:
        return Remark(detail="the credential names no schema")
    if derived:
        return Remark(
            Outcome.WARNING, "schema.partial", "a part of a credential cannot be held against its schema"
        )
    unknown = ""
    for entry in credential.schemas:
        try:
            found = _text(entry, policy, ground)
            if found is None:
                unknown = f"the schema {entry.id} ({', '.join(entry.types)}) is not known here"
                continue
            json_schemas.check(found, credential.document)
        except SchemasError as error:
            raise own(error) from error
    if not unknown:
        return PASSED
    return undecided("schema.unknown", unknown, accept=policy.unsafe_accept_unknown_schema)


def check_claims(schema_id: str, document: JsonObject, source: SchemaSource) -> None:
    """Check what is to be issued by the schema of its profile. Codes: schema.unknown, schema.violation."""
    try:
        found = source.schema(schema_id, fetch=False)
        if found is None:
            raise CredentialError(
                "schema.unknown",
                f"the schema {schema_id[:200]} is not known here, and none is fetched to issue by it",
                remedy="use a bundled schema, or publish yours with `avow schema publish`",
            )
        json_schemas.check(found, document)
    except SchemasError as error:
        raise own(error) from error


def _text(entry: Typed, policy: Policy, ground: Ground) -> SchemaText | None:
    """(S1) The schema of one entry; None where it is not known."""
    url = str(entry.id)
    if entry.types == (SCHEMA_TYPE,):
        found = ground.source.schema(url, fetch=ground.fetch)
        if found is not None and "digestSRI" in entry.document:  # (S2)
            check_sri(entry.document["digestSRI"], found.content, "the schema")
        return found
    if entry.types == (CREDENTIAL_TYPES[1],):
        content = ground.source.credential(url, fetch=ground.fetch)
        if content is None:
            return None
        if "digestSRI" in entry.document:  # (S2)
            check_sri(entry.document["digestSRI"], content, "the schema credential")
        return _of_credential(Credential.decode(content, limits=policy.limits), url, ground)
    return None


def _of_credential(credential: Credential, url: str, ground: Ground) -> SchemaText | None:
    """(S3, S4) The schema that a schema credential holds."""
    # [SCH-19] it is the one that was named
    if credential.id is not None and credential.id != url:
        raise _refused("the schema credential is called otherwise than the address at which it was found")
    # [SCH-20] a schema credential, and nothing else besides
    if credential.types != CREDENTIAL_TYPES:
        raise _refused(f"its types must be {' and '.join(CREDENTIAL_TYPES)}, in this order")
    # [SCH-21] this ends
    if any(entry.types != (SCHEMA_TYPE,) or entry.id != SCHEMA_OF_SCHEMAS for entry in credential.schemas):
        raise _refused(f"the schema of a schema credential is {SCHEMA_OF_SCHEMAS}, of type {SCHEMA_TYPE}")
    # [SCH-22] it holds, as any credential
    _check_holds(credential, ground)
    subject, held = _subject(credential)
    identifier = str(subject.get("id"))
    known = ground.source.schema(identifier, fetch=ground.fetch)
    if known is not None and "digestSRI" in subject:
        check_sri(subject["digestSRI"], known.content, "the schema of the schema credential")
    # [SCH-23] one schema, in the credential and at its address
    if known is not None and not _refers(held) and known.value != held:
        raise _refused("the schema in the credential is another than the one at the address of its subject")
    if known is not None or _refers(held):
        return known
    # By its canonical bytes the compiled validator is kept.
    return SchemaText.of(identifier, canonicalize(held), held)


def _check_holds(credential: Credential, ground: Ground) -> None:
    """(S3) Verify a schema credential, whose own schema stands in this module's code."""
    try:
        ground.verify(replace(credential, schemas=()))
    except CredentialError as error:
        detail = f"of the schema credential: {error.detail}"
        raise type(error)(error.code, detail, clause=error.clause, remedy=error.remedy) from error


def _refers(held: JsonObject) -> bool:
    """Whether what a credential holds is no schema but a reference out of it."""
    reference = held.get("$ref")
    return isinstance(reference, str) and not reference.startswith("#")


def _subject(credential: Credential) -> tuple[JsonObject, JsonObject]:
    """(S4, S5) The only subject, and the schema in it."""
    # [SCH-24] one subject
    if len(credential.subjects) != 1:
        raise _refused("it must have exactly one subject")
    subject = credential.subjects[0]
    # [SCH-25] that has a name
    if subject.id is None:
        raise _refused("its subject must have an id, the address of the schema")
    # [SCH-26] that is a schema
    if subject.document.get("type") not in (SCHEMA_TYPE, [SCHEMA_TYPE]):
        raise _refused(f"its subject must be of type {SCHEMA_TYPE}")
    held = subject.document.get("jsonSchema")
    if not isinstance(held, dict):
        raise _refused("its subject must hold a JSON object under jsonSchema")
    # [SCH-27] a reference leads where the subject is
    if _refers(held) and held != {"$ref": subject.id}:
        raise _refused("a $ref under jsonSchema stands alone, and is the id of the subject")
    # [SCH-28] the schema is called as the subject
    if held.get("$id", subject.id) != subject.id:
        raise _refused("the $id of its schema is not the id of its subject")
    return subject.document, held


def _refused(detail: str) -> CredentialError:
    return CredentialError(
        "schema.credential",
        f"a schema credential cannot be used: {detail}",
        clause=_CLAUSE,
        remedy="ask the issuer of the schema for one that follows VC JSON Schema",
    )
