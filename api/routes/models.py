"""The requests and answers at the edge, as pydantic models; unknown members are refused."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from did.registry.states import RegistryState

MAX_DIGESTS = 10_000
"""In one request: half a megabyte of JSON, and a moment in the writer that others wait for."""

Json = dict[str, Any]
Text = Annotated[str, Field(min_length=1, max_length=255)]
DidText = Annotated[str, Field(min_length=7, max_length=2048, pattern=r"^did:")]
Url = Annotated[str, Field(min_length=1, max_length=2048)]
DigestText = Annotated[
    str,
    Field(
        max_length=255,
        description="The 32 bytes of a SHA-256 digest in base64url without padding",
        json_schema_extra={"pattern": "^[A-Za-z0-9_-]{43}$"},
    ),
]
Pointers = Annotated[list[Annotated[str, Field(max_length=1024)]], Field(max_length=200)]
CertificateText = Annotated[str, Field(max_length=22_000)]


def _object_or_text(value: object) -> object:
    if not isinstance(value, dict | str):
        raise ValueError("expected a JSON object, or the signed text itself")  # noqa: TRY004  pydantic reads it
    return value


Signed = Annotated[
    Any,
    AfterValidator(_object_or_text),
    WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "string"}]}),
]
"""A secured document: an object (with its proof, or an envelope), or a signed text (JWT, SD-JWT)."""


class Body(BaseModel):
    """Base of requests: strict types, nothing unknown."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(BaseModel):
    """Problem details (RFC 9457). `code` is stable; `remedy` says what to do next."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    clause: str | None = None
    remedy: str | None = None


class TokenAnswer(BaseModel):
    """An access token."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str


class NewClient(Body):
    """A client to register; it gets at most the scopes of the token that registers it."""

    name: Text
    scopes: Annotated[list[Text], Field(min_length=1, max_length=32)]


class ClientAnswer(BaseModel):
    """A registered client. The secret is shown this once."""

    client_id: str
    client_secret: str
    scopes: list[str]


class NewChallenge(Body):
    """A challenge to ask for: whom it is for, and a DCQL query if something is to be disclosed."""

    domain: Url
    query: Json | None = None


class ChallengeAnswer(BaseModel):
    """A challenge. It serves one presentation, until it expires."""

    challenge: str
    domain: str
    expires: str
    query: Json | None


class PolicyBody(Body):
    """A relying party's demands; what is left out has its strict default."""

    trustedIssuers: Annotated[list[DidText], Field(max_length=10_000)] = []  # noqa: N815  JSON names
    acceptedFormats: list[Text] | None = None  # noqa: N815
    requiredAssurance: Literal["logged", "sealed", "cosigned", "anchored", "final"] | None = None  # noqa: N815
    statusIssuers: Annotated[list[DidText], Field(max_length=10_000)] | None = None  # noqa: N815
    trustAnchors: Annotated[list[CertificateText], Field(max_length=100)] = []  # noqa: N815
    requiresHolder: bool | None = None  # noqa: N815
    holderMethods: Annotated[list[Text], Field(max_length=16)] | None = None  # noqa: N815
    maxAgeSeconds: Annotated[int, Field(ge=1)] | None = None  # noqa: N815
    clockSkewSeconds: Annotated[int, Field(ge=0, le=300)] | None = None  # noqa: N815
    epochAge: Annotated[int, Field(ge=0, le=24)] | None = None  # noqa: N815
    unsafeAcceptUnbound: bool | None = None  # noqa: N815
    unsafeAcceptExpired: bool | None = None  # noqa: N815
    unsafeAcceptUnsupportedStatus: bool | None = None  # noqa: N815
    unsafeAcceptUnknownSchema: bool | None = None  # noqa: N815


class PolicyAnswer(BaseModel):
    """A policy under its name and version."""

    model_config = ConfigDict(extra="allow")
    name: str
    version: int
    trustedIssuers: list[str]  # noqa: N815


class NewKey(Body):
    """A key to add, made and kept by the service."""

    type: Literal["Ed25519", "P-256", "P-384", "BLS12-381-G2"]


class NewDid(Body):
    """A DID to host: with keys kept here, or complete entries signed by the controller."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    keys: Literal["hosted"] | None = None
    entry: Annotated[str, Field(max_length=900_000)] | None = None


class UpdateDid(Body):
    """One change of a DID: exactly one of the three kinds."""

    rotate: Literal[True] | None = None
    removeKeys: Annotated[list[Url], Field(max_length=32)] | None = None  # noqa: N815
    addKeys: Annotated[list[NewKey], Field(max_length=8)] | None = None  # noqa: N815
    document: Json | None = None
    entry: Annotated[str, Field(max_length=900_000)] | None = None


class DeactivateDid(Body):
    """The end of a DID; `entry` where its keys are not kept here."""

    entry: Annotated[str, Field(max_length=900_000)] | None = None


class KeyAnswer(BaseModel):
    """A key that the service keeps."""

    id: str
    type: str
    purpose: str


class DidAnswer(BaseModel):
    """A DID after an operation was durably logged."""

    did: str
    versionId: str  # noqa: N815
    state: str
    logIndex: int  # noqa: N815
    document: Json
    keys: list[KeyAnswer]


class CosignedAnswer(BaseModel):
    """How many of the configured witnesses have seen it, and whether their quorum has."""

    count: int
    of: int
    quorum: bool


class VersionAnswer(BaseModel):
    """A version of a DID, its place in the log, and how far that has got."""

    versionId: str  # noqa: N815
    logIndex: int  # noqa: N815
    state: RegistryState
    time: int
    deactivated: bool


class DidProgressAnswer(BaseModel):
    """A hosted DID with its versions, oldest first; the last one's state is the DID's."""

    name: str
    did: str
    state: RegistryState
    cosigned: CosignedAnswer | None = None
    assurance: str
    versions: list[VersionAnswer]


class EntryAnswer(BaseModel):
    """An entry of the log. `sealed` and `anchored` name the first checkpoint and anchor that cover it."""

    model_config = ConfigDict(extra="allow")
    index: int
    kind: Literal["did-operation", "evidence", "issuer-event", "seal"]
    state: RegistryState
    assurance: str
    sealed: Json | None = None
    anchored: Json | None = None


class NewEvidence(Body):
    """What to log: exactly one of a digest and a batch of them. SHA-256, made where the object is."""

    digest: DigestText | None = None
    digests: Annotated[list[DigestText], Field(min_length=1, max_length=MAX_DIGESTS)] | None = None


class LoggedAnswer(BaseModel):
    """A digest that is durably logged."""

    id: str
    state: Literal["logged"]
    logIndex: int  # noqa: N815


class LoggedBatchAnswer(BaseModel):
    """Digests that are durably logged, in the order of the request."""

    evidence: list[LoggedAnswer]


class EvidenceAnswer(BaseModel):
    """Evidence, and its receipt (type AvowRegistryReceipt) once it is sealed.

    `receiptState` is what the receipt alone shows: at the newest anchor it can be less than `state`.
    """

    id: str
    digest: str
    state: RegistryState
    logIndex: int  # noqa: N815
    assurance: str
    cosigned: CosignedAnswer | None = None
    receipt: Json | None = None
    receiptState: RegistryState | None = None  # noqa: N815


class ErasedAnswer(BaseModel):
    """Evidence that was erased; its leaf stays in the log and says nothing."""

    id: str
    state: Literal["erased"]
    logIndex: int  # noqa: N815


class IssuerBody(Body):
    """A profile of an issuer: which DID signs what, and how."""

    did: DidText
    formats: Annotated[list[Text], Field(min_length=1, max_length=16)]
    schema_: Annotated[Url | None, Field(alias="schema")] = None
    verificationMethods: Annotated[list[Url], Field(max_length=16)] = []  # noqa: N815
    validityDays: Annotated[int, Field(ge=1, le=36_600)] | None = None  # noqa: N815
    vct: Url | None = None
    mandatoryPointers: Pointers | None = None  # noqa: N815
    status: Literal[True] | Annotated[list[Text], Field(min_length=1, max_length=2)] | None = None
    revocable: bool | None = None
    bbs2023: (
        Literal["baseline", "anonymous_holder_binding", "pseudonym", "holder_binding_pseudonym"] | None
    ) = None


class OfferBody(Body):
    """Whom an offer is for, by a reference of the issuer's own, and how long it is good."""

    person: Annotated[str, Field(min_length=1, max_length=256)]
    validSeconds: Annotated[int, Field(ge=60, le=2_592_000)] | None = None  # noqa: N815


class OfferAnswer(BaseModel):
    """An offer for a wallet to commit to; it does not show whom it is for."""

    offer: str
    issuer: str
    profile: str
    expires: str
    suites: Json


class SchemaStateBody(Body):
    """The state of a version of a schema."""

    state: Literal["active", "deprecated"]


class SchemaCredentialBody(Body):
    """By which profile a schema is signed."""

    profile: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]


class SchemaAnswer(BaseModel):
    """A version of a schema, and what was made from it; `contextRefused` says why there is no context."""

    name: str
    version: int
    id: str
    sha256: str
    digestSRI: str  # noqa: N815
    type: str
    title: str | None = None
    description: str | None = None
    state: Literal["active", "deprecated"]
    context: str | None = None
    contextRefused: Json | None = None  # noqa: N815
    vct: str
    credential: str | None = None
    created: int


class BundledSchemaAnswer(BaseModel):
    """A schema that every Avow knows."""

    id: str
    digestSRI: str  # noqa: N815
    title: str | None = None
    description: str | None = None


class SchemaListAnswer(BaseModel):
    """The schemas of a tenant, and those that are bundled."""

    schemas: list[SchemaAnswer]
    bundled: list[BundledSchemaAnswer]


class SchemaVersionsAnswer(BaseModel):
    """Every version under one name, oldest first."""

    name: str
    versions: list[SchemaAnswer]


class IssueOptions(Body):
    """Options of one issuance.

    `holder` is the did:key to which forms that can bind the credential, `commitment` a wallet's answer to an
    offer, for forms that are signed blindly.
    """

    mandatoryPointers: Pointers | None = None  # noqa: N815
    holder: DidText | None = None
    commitment: Json | None = None


class IssueBody(Body):
    """A credential to sign; the profile supplies issuer, types, schema and validity if they are left out."""

    credential: Json
    options: IssueOptions | None = None


class CredentialAnswer(BaseModel):
    """A secured credential; `forms` has each form by its name where the profile has several.

    `revocation` says by which identifier the issuer can revoke it, where it was signed blindly; keep it.
    """

    verifiableCredential: Signed  # noqa: N815
    forms: Json | None = None
    revocation: Json | None = None


class StatusBody(Body):
    """Which credential, by its own `credentialStatus` or by its id, and what is said of it."""

    credentialId: Url | None = None  # noqa: N815
    credentialStatus: Json | None = None  # noqa: N815
    status: bool = True


class StatusAnswer(BaseModel):
    """The entries that were meant, what they say now, and how many of them changed.

    `effective`, of an identifier: when the next epoch begins, from which on holders cannot prove any more.
    """

    credentialStatus: Json | list[Json]  # noqa: N815
    status: bool
    changed: int
    at: str
    effective: str | None = None


class VerifyOptions(Body):
    """By which policy, or only the proof; which domain and challenge its embedded proofs must state."""

    policy: Text | None = None
    domain: Url | None = None
    challenge: Text | None = None
    checks: Annotated[list[Literal["proof"]], Field(max_length=1)] | None = None


class VerifyBody(Body):
    """A credential to verify, in any form."""

    verifiableCredential: Signed  # noqa: N815
    options: VerifyOptions | None = None


class DeriveOptions(Body):
    """What to reveal; for bbs-2023 also to whom the derived proof is bound, all three or none."""

    selectivePointers: Pointers  # noqa: N815
    domain: Url | None = None
    challenge: Text | None = None
    holder: DidText | None = None


class DeriveBody(Body):
    """A credential to derive from: with a base proof, or an SD-JWT."""

    verifiableCredential: Signed  # noqa: N815
    options: DeriveOptions


class PresentOptions(Body):
    """The challenge that the presentation answers, and the policy to judge it by."""

    challenge: Text
    domain: Url
    policy: Text | None = None


class PresentBody(Body):
    """A presentation to verify, in any form."""

    verifiablePresentation: Signed  # noqa: N815
    options: PresentOptions


class SetBody(Body):
    """A set to publish: values of one claim of a schema, each once."""

    schema_: Annotated[Url, Field(alias="schema")]
    claim: Annotated[str, Field(min_length=1, max_length=512, examples=["nationality"])]
    values: Annotated[list[str | int | bool], Field(min_length=1, max_length=65_536)]


class SetAnswer(BaseModel):
    """A published set: its digest, which names it, and the expression that asks for it."""

    model_config = ConfigDict(populate_by_name=True)
    set: str
    url: str
    schema_: Annotated[str, Field(alias="schema")]
    claim: str
    members: int
    expression: str


class QueuedOptions(Body):
    """The challenge that a presentation of a queue answers."""

    challenge: Text
    domain: Url


class QueuedBody(Body):
    """A presentation of a queue, in any form."""

    verifiablePresentation: Signed  # noqa: N815
    options: QueuedOptions


class QueueOptions(Body):
    """The policy by which a queue is judged."""

    policy: Text | None = None


class QueueBody(Body):
    """Presentations to verify together."""

    presentations: Annotated[list[QueuedBody], Field(min_length=1, max_length=64)]
    options: QueueOptions | None = None


class QueueAnswer(BaseModel):
    """A result for each presentation, in order: `status` as it would be alone, with its answer or problem."""

    results: list[Json]


class PresentationOptions(Body):
    """The challenge to answer, the form, and the key if it is not to be the newest."""

    challenge: Text
    domain: Url
    form: Text | None = None
    verificationMethod: Url | None = None  # noqa: N815


class NewPresentation(Body):
    """A presentation to sign: `holder` is a DID whose keys are kept here, credentials come in any form."""

    presentation: Json
    options: PresentationOptions


class PresentationAnswer(BaseModel):
    """A signed presentation: with its proof, or in an envelope."""

    verifiablePresentation: Json  # noqa: N815


class VerdictAnswer(BaseModel):
    """What the verification found. Rely on `accepted`; `verified` says only that nothing is forged."""

    model_config = ConfigDict(extra="allow")
    verified: bool
    accepted: bool
    verdict: Json
    problemDetails: list[Json] | None = None  # noqa: N815
