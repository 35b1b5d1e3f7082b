"""How the signed forms of status lists are verified: as credentials are, by the keys of the DID they name.

Invariants:
- the key comes from the newest logged document of the list's issuer, under `assertionMethod`.
- a list's own status is not looked at: lists do not lead to lists.

What is not here: the list's contents and its period (`credentials.status.checking`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.jose import jws
from credentials.model import Credential
from credentials.securing import Reader, Setting
from credentials.status.token_list import TYPE
from credentials.verifying import checks
from did.document import ASSERTION_METHOD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from credentials.limits import Limits
    from credentials.securing import CredentialSuite
    from did.resolution import DocumentSource
    from did.types import JsonObject

_OVERHEAD: Final = 1 << 16  # bytes around the encoded list, which has four characters for three bytes


@dataclass(frozen=True, slots=True)
class SignedLists:
    """Verifies lists by what verifies credentials."""

    documents: DocumentSource
    suites: Mapping[str, CredentialSuite]
    limits: Limits
    now: datetime

    def credential(self, raw: bytes) -> Credential:
        """Verify a list credential with its proofs. Codes as for a credential's own."""
        credential = Credential.decode(raw, limits=replace(self.limits, max_bytes=self._max_bytes()))
        checks.context(credential.contexts)
        document = checks.issuer_document(checks.issuer_binding(credential), self.documents)
        keys = checks.issuer_keys(credential, document, self.suites)
        checks.proofs(credential, keys, suites=self.suites, setting=Setting(Reader.VERIFIER), now=self.now)
        return credential

    def token(self, raw: bytes) -> tuple[str, JsonObject]:
        """Verify a Status List Token by the key that `kid` names in its issuer's document."""
        try:
            text = raw.decode("ascii")
        except UnicodeDecodeError:
            raise CredentialError("jws.encoding", "the token is no ASCII text") from None
        found = jws.read(text, max_bytes=self._max_bytes())
        method = checks.method_of({"verificationMethod": found.kid})
        document = checks.issuer_document(method.did, self.documents)
        key = document.authorised(ASSERTION_METHOD, method.text).key
        # [STA-31] the signature, and that it is no token of another type
        jws.verify(found, key, expected_typ=TYPE)
        claims = jws.claims(found)
        # [STA-32] one issuer
        if claims.get("iss", method.did.text) != method.did.text:
            raise CredentialError("jws.issuer", "iss is not the DID whose key signed the list")
        return method.did.text, claims

    def _max_bytes(self) -> int:
        return self.limits.max_status_bytes * 4 // 3 + _OVERHEAD
