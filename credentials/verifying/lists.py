"""How the signed forms of status lists are verified: as credentials are, by the keys of the DID they name.

Invariants:
- a list credential is read in any form that credentials have; a token has its own type and no other.
- the key comes from the newest logged document of the list's issuer, under `assertionMethod`.
- a list's own status is not looked at: lists do not lead to lists.

What is not here: the list's contents and its period (`credentials.status.checking`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from credentials.dialects import recognition
from credentials.errors import CredentialError
from credentials.jose import jws
from credentials.status.token_list import TYPE
from credentials.suites import Reader, Setting
from credentials.verifying import checks, proofs
from did.document import ASSERTION_METHOD
from did.errors import DidError
from did.jsontext import parse_object

if TYPE_CHECKING:
    from credentials.model.view import CredentialView
    from credentials.verifying.means import Means
    from did.types import JsonObject

_OVERHEAD: Final = 1 << 16  # bytes around the encoded list, which has four characters for three bytes


@dataclass(frozen=True, slots=True)
class SignedLists:
    """Verifies lists by what verifies credentials (`credentials.status.sources.ListProofs`)."""

    means: Means

    def credential(self, raw: bytes) -> CredentialView:
        """Verify a list credential with its proofs. Codes as for a credential's own."""
        means = self._roomy()
        received = _object(raw, self._max_bytes()) if raw[:1] == b"{" else _text(raw)
        reading = recognition.read(received, means)
        # [STA-33] a list is shown whole: a derived one could leave out until when it holds
        if reading.derived:
            raise CredentialError("proof.derived", "a status list is shown in parts", clause="VC-DI 1.0, 4.2")
        reading.issuer_binding()
        keys = reading.keys(reading.source(means), means)
        view = reading.prove(keys, means, Setting(Reader.VERIFIER)).view
        checks.context(view.contexts, means.known.contexts)
        return view

    def token(self, raw: bytes) -> tuple[str, JsonObject]:
        """Verify a Status List Token by the key that `kid` names in its issuer's document."""
        found = jws.read(_text(raw), max_bytes=self._max_bytes())
        method = proofs.method_of({"verificationMethod": found.kid})
        document = checks.issuer_document(method.did, self.means.documents)
        key = document.authorised(ASSERTION_METHOD, method.text).key
        # [STA-31] the signature, and that it is no token of another type
        jws.verify(found, key, expected_typ=TYPE)
        claims = jws.claims(found)
        # [STA-32] one issuer
        if claims.get("iss", method.did.text) != method.did.text:
            raise CredentialError("jws.issuer", "iss is not the DID whose key signed the list")
        return method.did.text, claims

    def _max_bytes(self) -> int:
        return self.means.policy.limits.max_status_bytes * 4 // 3 + _OVERHEAD

    def _roomy(self) -> Means:
        """The same means, with room for a list."""
        policy = self.means.policy
        limits = replace(policy.limits, max_bytes=self._max_bytes())
        return replace(self.means, policy=replace(policy, limits=limits))


def _object(raw: bytes, max_bytes: int) -> JsonObject:
    try:
        return parse_object(raw, max_bytes=max_bytes)
    except DidError as error:
        raise CredentialError("model.json", f"{error.code}: {error.detail}") from error


def _text(raw: bytes) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError:
        raise CredentialError("jws.encoding", "the list is no ASCII text") from None
