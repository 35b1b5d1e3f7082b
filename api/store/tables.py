"""The tables. Every row has a tenant; times are whole seconds since 1970 UTC; digests are bytes.

Not here: plaintext secrets. Tokens, client secrets and challenges stand as SHA-256, private keys and stored
answers sealed under the master key.
"""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

SERVICE_TENANT = ""
"""Rows that belong to the service itself: seals, the log's key, the chain publisher's key."""
FIRST_TENANT = "default"


class Meta(SQLModel, table=True):
    """Facts fixed at the first start: the public URL, the salt of the pass-phrase."""

    __tablename__ = "meta"
    tenant: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value: str


class Client(SQLModel, table=True):
    """A program that may ask for tokens."""

    __tablename__ = "clients"
    client_id: str = Field(primary_key=True)
    tenant: str = Field(index=True)
    name: str
    secret_hash: bytes
    scopes: str
    created: int


class Token(SQLModel, table=True):
    """An access token, by its digest."""

    __tablename__ = "tokens"
    digest: bytes = Field(primary_key=True)
    tenant: str
    client_id: str = Field(index=True)
    scopes: str
    expires: int = Field(index=True)


class Answer(SQLModel, table=True):
    """What a request with an Idempotency-Key was answered, sealed."""

    __tablename__ = "answers"
    tenant: str = Field(primary_key=True)
    client_id: str = Field(primary_key=True)
    key_digest: bytes = Field(primary_key=True)
    request_digest: bytes
    nonce: bytes
    sealed: bytes
    created: int = Field(index=True)


class Challenge(SQLModel, table=True):
    """A challenge, by its digest, bound to the client that asked for it, the domain and the query."""

    __tablename__ = "challenges"
    digest: bytes = Field(primary_key=True)
    tenant: str
    client_id: str
    domain: str
    query: str
    created: int
    expires: int = Field(index=True)
    used: int | None = None


class VerdictRow(SQLModel, table=True):
    """What a presentation was judged to be: no claim, no proof, only digests and codes."""

    __tablename__ = "verdicts"
    challenge_digest: bytes = Field(primary_key=True)
    tenant: str
    client_id: str
    policy: str
    policy_version: int
    presentation_digest: bytes
    verified: bool
    accepted: bool
    code: str
    at: int


class Key(SQLModel, table=True):
    """A private key, wrapped; the public half in the clear."""

    __tablename__ = "keys"
    tenant: str = Field(primary_key=True)
    key_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    purpose: str
    type: str
    public: str
    scid: str = Field(index=True)
    state: str
    nonce: bytes
    wrapped: bytes
    created: int


class DidRow(SQLModel, table=True):
    """A hosted DID."""

    __tablename__ = "dids"
    scid: str = Field(primary_key=True)
    tenant: str = Field(index=True)
    name: str = Field(unique=True)
    did: str = Field(unique=True)
    hosted_keys: bool
    created: int


class DidVersion(SQLModel, table=True):
    """One entry of a DID's history with its place in the log; written in one transaction with its leaf."""

    __tablename__ = "did_versions"
    scid: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    tenant: str
    entry_hash: bytes
    deactivated: bool
    time: int
    line: str
    log_index: int = Field(unique=True)


class LogEntry(SQLModel, table=True):
    """One entry of the log, seals included; never changed, never deleted."""

    __tablename__ = "log_entries"
    position: int = Field(primary_key=True)
    tenant: str
    entry: bytes


class LogTile(SQLModel, table=True):
    """A full hash tile of the log's tree with its inner nodes.

    This and the next three tables follow from `log_entries`.
    """

    __tablename__ = "log_tiles"
    level: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    tenant: str
    hashes: bytes


class LogState(SQLModel, table=True):
    """The state of a DID after the entry at `position`; written with it."""

    __tablename__ = "log_states"
    __table_args__ = {"sqlite_with_rowid": False}
    scid34: bytes = Field(primary_key=True)
    version: int = Field(primary_key=True)
    tenant: str
    hash34: bytes
    position: int
    deactivated: bool


class MapPage(SQLModel, table=True):
    """A page of the map of latest states; `version` is the sealed size that wrote it."""

    __tablename__ = "map_pages"
    prefix: bytes = Field(primary_key=True)
    version: int = Field(primary_key=True)
    tenant: str
    page: bytes


class MapReplaced(SQLModel, table=True):
    """A page that maps from `by_version` on do not use any more."""

    __tablename__ = "map_replaced"
    __table_args__ = {"sqlite_with_rowid": False}
    by_version: int = Field(primary_key=True)
    prefix: bytes = Field(primary_key=True)
    version: int
    tenant: str


class EvidenceRow(SQLModel, table=True):
    """What opens an evidence leaf: digest and salt. Erased, nothing but the leaf's index is left."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_tenant_digest", "tenant", "digest"),)
    evidence_id: str = Field(primary_key=True)
    tenant: str
    log_index: int = Field(unique=True)
    digest: bytes | None
    salt: bytes | None
    client_id: str | None
    """With `key_digest`, the stored answer to the request that logged it: erased together."""
    key_digest: bytes | None


class Checkpoint(SQLModel, table=True):
    """A signed checkpoint; the newest one is what `/log/checkpoint` gives."""

    __tablename__ = "checkpoints"
    size: int = Field(primary_key=True)
    tenant: str
    root: bytes
    map_root: bytes
    note: str
    time: int


class WitnessedRow(SQLModel, table=True):
    """The newest checkpoint of another log that this service cosigned; its size never gets smaller."""

    __tablename__ = "witnessed"
    origin: str = Field(primary_key=True)
    tenant: str
    size: int
    root: bytes
    note: str
    time: int


class Anchor(SQLModel, table=True):
    """A checkpoint's way onto a chain: `intent` before it is sent, `anchored` when a block holds it.

    In a file, which anchors nothing, it is `published`.
    """

    __tablename__ = "anchors"
    chain: str = Field(primary_key=True)
    log_id: bytes = Field(primary_key=True)
    size: int = Field(primary_key=True)
    tenant: str
    contract: str
    state: str
    block_number: int | None = None
    block_hash: bytes | None = None
    transaction: bytes | None = None
    final: bool = False
    time: int
    """When this service first saw it in its block."""
    final_time: int | None = None
    proof: str | None = None
    """The chain's state proof at its block, as JSON; kept until a newer anchor is final."""


class Issuer(SQLModel, table=True):
    """A profile: who signs, how, and under which schema."""

    __tablename__ = "issuers"
    tenant: str = Field(primary_key=True)
    profile: str = Field(primary_key=True)
    did: str
    settings: str
    updated: int


class PolicyRow(SQLModel, table=True):
    """A relying party's policy; each change is a new version."""

    __tablename__ = "policies"
    tenant: str = Field(primary_key=True)
    client_id: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    settings: str
    created: int


class SchemaVersion(SQLModel, table=True):
    """A version of a published schema with all that was made from it; only `state` and `credential` change.

    A name belongs to the tenant of its first version.
    """

    __tablename__ = "schema_versions"
    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    tenant: str = Field(index=True)
    digest: bytes
    content: bytes
    type_name: str
    title: str
    description: str
    state: str
    context: bytes | None = None
    context_refused: str = ""
    """Why there is no context, as JSON."""
    vct: bytes
    credential: bytes | None = None
    """The newest schema credential that the tenant issued for it."""
    created: int


class StatusList(SQLModel, table=True):
    """A list of status of one issuer. `purposes` stand in it, separated by spaces, in their order."""

    __tablename__ = "status_lists"
    __table_args__ = (Index("ix_status_lists_owner", "tenant", "did", "purposes"),)
    list_id: str = Field(primary_key=True)
    tenant: str
    did: str
    purposes: str
    entries: int
    allocated: int
    created: int


class StatusEntry(SQLModel, table=True):
    """An index that was given to a credential, and is never given again. `state` is 0 while it is valid."""

    __tablename__ = "status_entries"
    __table_args__ = (
        Index("ix_status_entries_marked", "list_id", sqlite_where=text("state > 0")),
        Index(
            "ix_status_entries_credential",
            "tenant",
            "credential_digest",
            sqlite_where=text("credential_digest IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )
    list_id: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    tenant: str
    state: int
    credential_digest: bytes | None
    """SHA-256 of the credential's id, where it has one: enough to find it again."""
    created: int


class StatusChange(SQLModel, table=True):
    """Who set or lifted which status, and when; never changed, never deleted."""

    __tablename__ = "status_changes"
    __table_args__ = (Index("ix_status_changes_entry", "list_id", "position"),)
    number: int | None = Field(default=None, primary_key=True)
    tenant: str
    list_id: str
    position: int
    purpose: str
    value: bool
    client_id: str
    at: int


class OfferRow(SQLModel, table=True):
    """An offer to a person; its nonce serves once. `person` is a keyed digest of the issuer's reference."""

    __tablename__ = "offers"
    __table_args__ = (Index("ix_offers_owner", "tenant", "did"),)
    digest: bytes = Field(primary_key=True)
    tenant: str
    did: str
    profile: str
    person: bytes
    created: int
    expires: int = Field(index=True)
    used: int | None = None


class Enrolment(SQLModel, table=True):
    """The tag that a person's secrets have at an issuer: one for each person, and one person for each."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("did", "tag"),)
    did: str = Field(primary_key=True)
    person: bytes = Field(primary_key=True)
    tenant: str
    tag: bytes
    created: int


class RevocationList(SQLModel, table=True):
    """The list of one issuer that holders prove against; its gap key stands wrapped in `keys`."""

    __tablename__ = "revocation_lists"
    __table_args__ = (UniqueConstraint("tenant", "did"),)
    list_id: str = Field(primary_key=True)
    tenant: str
    did: str
    width: int
    epoch_zero: int
    epoch_seconds: int
    gap_key: bytes
    created: int


class RevocationIdentifier(SQLModel, table=True):
    """An identifier that was given to a credential, and is never given again; `state` as in `StatusEntry`."""

    __tablename__ = "revocation_identifiers"
    __table_args__ = (
        Index("ix_revocation_identifiers_marked", "list_id", sqlite_where=text("state > 0")),
        {"sqlite_with_rowid": False},
    )
    list_id: str = Field(primary_key=True)
    identifier: int = Field(primary_key=True)
    tenant: str
    state: int
    changed: int | None = None
    """When `state` changed last."""
    created: int


class RevocationEpoch(SQLModel, table=True):
    """What was published for an epoch; without `content`, the gap file, once nobody is served it any more."""

    __tablename__ = "revocation_epochs"
    list_id: str = Field(primary_key=True)
    epoch: int = Field(primary_key=True)
    tenant: str
    digest: bytes
    revoked: int
    gaps: int
    evidence_id: str
    """Under which the digest was logged, in the same transaction."""
    content: bytes | None
    made: int = Field(index=True)


class Parameters(SQLModel, table=True):
    """A published digit or set list, by its digest. Its key was erased when it was made."""

    __tablename__ = "parameters"
    __table_args__ = (
        Index("ix_parameters_digits", "tenant", "did", unique=True, sqlite_where=text("kind = 'digits'")),
    )
    digest: bytes = Field(primary_key=True)
    tenant: str
    did: str
    kind: str
    content: bytes
    created: int


class Batch(SQLModel, table=True):
    """Many credentials of one profile, asked for together.

    `wrapped` is the key that its rows are sealed under: erased, it is gone, and `rows` counts what is still
    to be deleted.
    """

    __tablename__ = "batches"
    __table_args__ = (UniqueConstraint("tenant", "client_id", "key_digest"),)
    batch_id: str = Field(primary_key=True)
    tenant: str = Field(index=True)
    client_id: str
    key_digest: bytes
    request_digest: bytes
    profile: str
    settings: str
    """The profile as it was when the batch was made: all rows get the same forms."""
    state: str = Field(index=True)
    rows: int
    issued: int
    refused: int
    nonce: bytes | None
    wrapped: bytes | None
    created: int
    expires: int = Field(index=True)


class BatchRow(SQLModel, table=True):
    """A row of a batch: its template, sealed, while `state` is 0; then its result (1 issued, 2 refused).

    Both digests are keyed with the batch's key: they confirm no guess.
    """

    __tablename__ = "batch_rows"
    __table_args__ = (Index("ix_batch_rows_key", "batch_id", "key_digest", unique=True),)
    batch_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    tenant: str
    key_digest: bytes
    content_digest: bytes
    state: int
    nonce: bytes
    sealed: bytes
    status: str | None = None
    """The `credentialStatus` that was reserved for it: whoever signs it, however often, gives it this one."""
