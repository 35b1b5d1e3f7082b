"""The settings of one service: read once from `AVOW_*`, validated once, never changed afterwards."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from api.egress.target import Origin
from api.errors import ApiError
from did.chain.driver import ChainKind
from did.chain.network.finality import Finality
from did.errors import DidError
from did.methods.webvh import placeholder_did

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "AVOW_"
MAX_ORIGIN = 255
ADDRESS = "^0x[0-9a-fA-F]{40}$"
METRICS_OFF, METRICS_LOOPBACK = "off", "loopback"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
LAG_INTERVALS = 12
LEAST_LAG_SECONDS = 60.0


class Settings(BaseModel):
    """Everything an operator can choose; each field is the environment variable `AVOW_<NAME>`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_url: str = "http://localhost:8000"
    """Scheme, host and port (and path) under which others reach this service; fixed at the first start."""
    data: Path = Path("data")
    """The data directory: database, embedded chain, checkpoint register, key files."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    master_key_file: Path | None = None
    """Default `<data>/master.key`; made at the first start unless a pass-phrase is given."""
    master_passphrase: SecretStr | None = None
    """Derives the master key with argon2id; no key file is read or written then."""
    chain: Literal["embedded", "memory", "file", "evm"] = "embedded"
    """`evm` anchors on a network; the settings that begin with `chain_` are for it (docs/chain.md). `file`
    publishes checkpoints and anchors nothing."""
    chain_file: Path | None = None
    """Where `file` publishes; default `<data>/published-checkpoints.jsonl`."""
    chain_rpc: SecretStr | None = None
    """Addresses of its nodes, separated by commas; secret because they often hold a provider's key."""
    chain_id: Annotated[int, Field(ge=1, lt=2**53)] | None = None
    chain_contract: Annotated[str, Field(pattern=ADDRESS)] | None = None
    chain_admin: Annotated[str, Field(pattern=ADDRESS)] | None = None
    """The account that opened the log; default: the publisher's."""
    chain_key_file: Path | None = None
    """The publisher's secret as 64 hex digits, mode 600; default: derived from this service's own keys."""
    chain_kind: Literal[ChainKind.PUBLIC, ChainKind.CONSORTIUM, ChainKind.LOCAL] = ChainKind.PUBLIC
    chain_finality: str = "finalized"
    """`finalized`, or the number of blocks that must stand on top."""
    chain_reads: Literal["quorum", "proof"] = "quorum"
    """`proof`: each node must also prove what it says (EIP-1186)."""
    chain_fee_cap_gwei: Annotated[Decimal, Field(ge=0, le=10**9, decimal_places=9)] = Decimal(50)
    """The highest price per gas that is ever signed; above it anchors wait."""
    chain_tip_gwei: Annotated[Decimal, Field(ge=0, le=10**9, decimal_places=9)] = Decimal("0.001")
    """The least tip; more where the network's recent blocks had more."""
    chain_wait_ms: Annotated[int, Field(ge=10, le=600_000)] = 1_000
    """Delay between two looks at a transaction that waits."""
    seal_interval_ms: Annotated[int, Field(ge=10, le=3_600_000)] = 250
    """Longest delay between an operation and its seal; an idle service does not use it up."""
    seal_entries: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    """So many entries are sealed without waiting for more; what one transaction wrote stays together."""
    anchor_interval_ms: Annotated[int, Field(ge=10, le=86_400_000)] = 2_000
    """Least time between two anchors while load is steady; the first after a pause goes at once."""
    anchor_entries: Annotated[int, Field(ge=0, lt=2**53)] = 10_000
    """So many entries that are sealed and not anchored do not wait for the interval; 0: they always do."""
    heartbeat_seconds: Annotated[int, Field(ge=1, le=2_592_000)] = 86_400
    """A log that was silent for so long is sealed and anchored as it is, so that its age stays meaningful."""
    metrics: str = "loopback"
    """`off`; `loopback`: /metrics for this machine, while the public URL is its own; or `ADDRESS:PORT`."""
    witnesses: Path | None = None
    """A C2SP tlog-policy: the witnesses that are asked to cosign, with their addresses, and the quorum."""
    witness_logs: Path | None = None
    """The logs that this service is a witness for: `log` lines, as in a policy."""
    token_seconds: Annotated[int, Field(ge=60, le=900)] = 900
    challenge_seconds: Annotated[int, Field(ge=10, le=3600)] = 300
    request_seconds: Annotated[int, Field(ge=1, le=300)] = 30
    requests_in_flight: Annotated[int, Field(ge=4, le=100_000)] = 512
    """Requests worked on at once; more are told to come back (503)."""
    batch_rows: Annotated[int, Field(ge=1, le=1_000_000)] = 100_000
    """Rows that one batch of credentials may have."""
    batches_at_a_time: Annotated[int, Field(ge=1, le=1_000)] = 16
    """Batches that one tenant may keep here at a time; one counts until it is erased."""
    batch_hours: Annotated[int, Field(ge=1, le=720)] = 24
    """How long what a batch gave is kept after the last change, if nobody erases it before."""
    revocation_epoch_seconds: Annotated[int, Field(ge=10, le=2_592_000)] = 3_600
    """How long an epoch of a new revocation list lasts: a revocation counts from the next one on."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    fetch: Literal["off", "on"] = "off"
    """`on`: what other hosts publish is fetched: did:webvh DIDs for whoever resolves one; keys, status lists,
    types and schemas of issuers that a policy trusts."""
    unsafe_egress_origins: str = ""
    """For tests and development: origins such as http://localhost:8001, separated by commas, that are fetched
    from whatever their scheme, name, port and address are. Strangers can then make this service ask them."""

    @field_validator("public_url")
    @classmethod
    def _plain_url(cls, value: str) -> str:
        """Accept scheme, host, port and path only: the log's origin and every hosted DID derive from it."""
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            raise ValueError("is not a URL") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must begin http:// or https:// and name a host")
        if parts.query or parts.fragment or parts.username is not None or parts.password is not None:
            raise ValueError("must have no user, query or fragment")
        if port == 0 or not value.isascii() or any(c in value for c in " +") or not value.isprintable():
            raise ValueError("must be printable ASCII without space or +")
        plain = value.rstrip("/")
        if len(plain) + len("/log") > MAX_ORIGIN:
            raise ValueError("is too long for a log's origin (255 characters)")
        try:
            placeholder_did(*_place(plain)[::2], port=parts.port)
        except DidError as error:
            raise ValueError(f"cannot stand in a DID: {error.detail}") from None
        return plain

    @field_validator("metrics")
    @classmethod
    def _metrics(cls, value: str) -> str:
        """Accept two words, or an address and a port that are to listen for nothing but /metrics."""
        if value in {METRICS_OFF, METRICS_LOOPBACK}:
            return value
        host, colon, port = value.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
            raise ValueError("must be off, loopback, or an address and a port such as 127.0.0.1:9464")
        return value

    @field_validator("chain_finality")
    @classmethod
    def _finality(cls, value: str) -> str:
        try:
            return Finality.parse(value).text
        except DidError as error:
            raise ValueError(error.detail) from None

    @field_validator("unsafe_egress_origins")
    @classmethod
    def _origins(cls, value: str) -> str:
        try:
            _egress_origins(value)
        except ApiError as error:
            raise ValueError(error.detail) from None
        return value

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], **overrides: object) -> Self:
        """Read `AVOW_*`; what the command line gave (not None) wins. Code `settings.invalid`."""
        known = {
            name: environment[PREFIX + name.upper()]
            for name in cls.model_fields
            if environment.get(PREFIX + name.upper())
        }
        known.update({name: value for name, value in overrides.items() if value is not None})  # type: ignore[misc]
        return cls.checked(known)

    @classmethod
    def checked(cls, values: Mapping[str, object]) -> Self:
        """Build from plain values; names the variable that is wrong. Code `settings.invalid`."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
            raise ApiError(
                "settings.invalid", f"{name}: {first['msg']}", remedy=f"Correct or unset {name}."
            ) from None

    @property
    def place(self) -> tuple[str, int | None, tuple[str, ...]]:
        """Host, port and path segments (percent-encoded) of the public URL, as hosted DIDs name them."""
        return _place(self.public_url)

    @property
    def origin(self) -> str:
        """The log's origin: the public URL without scheme, `/log` appended (registry-protocol 5.2)."""
        return self.public_url.split("://", 1)[1] + "/log"

    @property
    def egress_origins(self) -> frozenset[Origin]:
        """The origins that are freed of the rules for what strangers name."""
        return _egress_origins(self.unsafe_egress_origins)

    @property
    def local(self) -> bool:
        """Whether the public URL names this machine, so that nothing forwards other people's requests."""
        return self.place[0] in LOOPBACK_NAMES

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Where /metrics listens on its own; None where it does not."""
        if self.metrics in {METRICS_OFF, METRICS_LOOPBACK}:
            return None
        host, _, port = self.metrics.rpartition(":")
        return host.removeprefix("[").removesuffix("]"), int(port)

    @property
    def anchor_lag_seconds(self) -> float:
        """Anchoring that has not succeeded for so long although it was due makes the service not ready."""
        return max(LEAST_LAG_SECONDS, LAG_INTERVALS * self.anchor_interval_ms / 1000)

    @property
    def witness_name(self) -> str:
        """The key name of this service as a witness: the public URL without scheme, `/witness` appended."""
        return self.public_url.split("://", 1)[1] + "/witness"

    @property
    def master_key_path(self) -> Path:
        """Where the master key stands when no pass-phrase is given."""
        return self.master_key_file or self.data / "master.key"

    @property
    def service_keys_path(self) -> Path:
        """The service's own keys, wrapped, beside the database: for the day on which it is lost."""
        return self.data / "service-keys.json"

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return self.data / "avow.sqlite3"

    @property
    def register_path(self) -> Path:
        """The checkpoint register: outside the database, so that an old copy of it is noticed."""
        return self.data / "checkpoint-register.txt"

    @property
    def public_log_path(self) -> Path:
        """The log as static files, for any file server: checkpoint, tiles, entries, histories."""
        return self.data / "public" / "log"

    @property
    def chain_path(self) -> Path:
        """The embedded chain's own file."""
        return self.data / "chain.sqlite3"

    @property
    def published_path(self) -> Path:
        """The file of published checkpoints."""
        return self.chain_file or self.data / "published-checkpoints.jsonl"

    @property
    def outbox_path(self) -> Path:
        """What was signed for a network, before it is sent."""
        return self.data / "chain-outbox.sqlite3"

    @property
    def bootstrap_path(self) -> Path:
        """The credentials of the first client."""
        return self.data / "bootstrap-client.json"


def _egress_origins(text: str) -> frozenset[Origin]:
    return frozenset(Origin.parse(part.strip()) for part in text.split(",") if part.strip())


def _place(public_url: str) -> tuple[str, int | None, tuple[str, ...]]:
    parts = urlsplit(public_url)
    segments = tuple(quote(part, safe="") for part in parts.path.split("/") if part)
    return str(parts.hostname), parts.port, segments
