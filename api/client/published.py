"""Schemas and contexts that a service published, fetched for a credential that names them.

A published address names a version, which never changes. The credential's signature decides whether what came
is what its issuer meant, so it does not matter who sent it.

Not here: what a wallet keeps of it (`credentials.holder.kept`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from api.client.failures import LocalError
from credentials.formats import BBS_PREDICATES_2026
from credentials.holder.kept import MAX_BYTES
from credentials.verifying.proofs import name_of

if TYPE_CHECKING:
    from api.client.service_client import ServiceClient
    from credentials.holder.kept import Kept
    from credentials.model import Credential

_PLACE = re.compile(r"/(schemas|contexts)/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/v[1-9][0-9]{0,5}")


def completed(kept: Kept, credential: Credential, service: ServiceClient) -> Kept:
    """Add what a credential names and nobody knows here, if the service publishes it.

    Only for a credential with a proof whose signature covers the schema. Code `schema.too-large`.
    """
    if not any(name_of(proof) == BBS_PREDICATES_2026 for proof in credential.proofs):
        return kept
    contexts, schemas = kept.missing(credential)
    return kept.added(_found(service, contexts), _found(service, schemas))


def _found(service: ServiceClient, urls: list[str]) -> dict[str, bytes]:
    found = {}
    for url in urls:
        place = _PLACE.fullmatch(urlsplit(url).path)
        content = None if place is None else service.find(place[0])
        if content is None:
            continue
        if len(content) > MAX_BYTES:
            raise LocalError(
                "schema.too-large",
                f"{url[:200]} has more than {MAX_BYTES} bytes",
                remedy="ask the issuer for a credential by a smaller schema",
            )
        found[url] = content
    return found
