"""Schemas and contexts that a wallet keeps, because its credentials name them and they are not bundled.

Invariants:
- a schema is kept with a credential whose issuer signed its digest, a context with one whose signature holds
  over the statements that it makes; so who sent the file had nothing to choose.
- the bundled ones come first and cannot be shadowed.
- all is checked when it is read from the wallet, as when it came.

Not here: fetching (`api.client.schemas`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from credentials.errors import WalletError
from did.jsontext import parse_object
from schemas.errors import SchemasError
from schemas.json_schemas import SchemaText
from schemas.sources import BUNDLED, CONTEXT_CLAUSE, LayeredContexts, LayeredSchemas, Sources

if TYPE_CHECKING:
    from credentials.model import Credential
    from did.types import JsonObject, JsonValue

MAX_BYTES: Final = 1 << 18
"""Of one file; a published schema is some kilobytes."""
MAX_FILES: Final = 64
SCHEMA_TYPE: Final = "JsonSchema"


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """Files by address, a source of contexts and of schemas."""

    files: tuple[tuple[str, bytes], ...] = ()

    def load(self, url: str) -> dict[str, Any]:
        """Give the context at `url`. Raises `SchemasError` ``context.unknown``."""
        content = dict(self.files).get(url)
        if content is None:
            raise SchemasError("context.unknown", "the wallet keeps no such context", clause=CONTEXT_CLAUSE)
        return parse_object(content, max_bytes=MAX_BYTES)

    def __contains__(self, url: object) -> bool:
        """Whether the wallet keeps it."""
        return any(known == url for known, _ in self.files)

    def schema(self, url: str, *, fetch: bool) -> SchemaText | None:  # noqa: ARG002  nothing is fetched
        """Give the schema at `url`."""
        content = dict(self.files).get(url)
        if content is None:
            return None
        return SchemaText.of(url, content, parse_object(content, max_bytes=MAX_BYTES))

    def credential(self, url: str, *, fetch: bool) -> bytes | None:  # noqa: ARG002  nothing is fetched
        """No schema credential is kept."""
        del url
        return None


@dataclass(frozen=True, slots=True)
class Kept:
    """What a wallet keeps beside its credentials."""

    contexts: KeptFiles = KeptFiles()
    schemas: KeptFiles = KeptFiles()

    def sources(self) -> Sources:
        """Give what may be relied on: the bundled, and over it what is kept."""
        return Sources(
            LayeredContexts((BUNDLED.contexts, self.contexts)),
            LayeredSchemas((BUNDLED.schemas, self.schemas)),
        )

    def missing(self, credential: Credential) -> tuple[list[str], list[str]]:
        """Give the addresses of contexts and of schemas that a credential names and nobody knows here."""
        known = self.sources()
        contexts = [url for url in credential.contexts if isinstance(url, str) and url not in known.contexts]
        named = [str(entry.id) for entry in credential.schemas if entry.types == (SCHEMA_TYPE,)]
        return contexts, [url for url in named if known.schemas.schema(url, fetch=False) is None]

    def added(self, contexts: dict[str, bytes], schemas: dict[str, bytes]) -> Kept:
        """Give the same with more files. Codes: wallet.full, json.*."""
        return Kept(_more(self.contexts, contexts), _more(self.schemas, schemas))

    def to_json(self) -> JsonObject:
        """Give as the wallet keeps it."""
        return {
            "contexts": {url: content.decode() for url, content in self.contexts.files},
            "schemas": {url: content.decode() for url, content in self.schemas.files},
        }

    @classmethod
    def parse(cls, value: JsonValue) -> Kept:
        """Read what `to_json` gave; a wallet of before keeps nothing. Codes: wallet.contents, json.*."""
        if value is None:
            return cls()
        found = value if isinstance(value, dict) else {}
        return cls().added(_files(found.get("contexts")), _files(found.get("schemas")))


def _more(known: KeptFiles, more: dict[str, bytes]) -> KeptFiles:
    for content in more.values():
        parse_object(content, max_bytes=MAX_BYTES)
    files = {**more, **dict(known.files)}
    if len(files) > MAX_FILES:
        raise WalletError(
            "wallet.full",
            f"the wallet would keep more than {MAX_FILES} schemas or contexts",
            remedy="use another wallet for some of the credentials",
        )
    return KeptFiles(tuple(sorted(files.items())))


def _files(value: JsonValue) -> dict[str, bytes]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise WalletError("wallet.contents", "schemas and contexts are not as this wallet writes them")
    return {url: str(text).encode() for url, text in value.items()}
