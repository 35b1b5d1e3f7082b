"""DID documents for checks on this machine: from verified histories or evidence, never on a service's word.

`HostedHistories` fetches the public history of a DID and verifies it, so that no host can forge a document;
only evidence (`ProvenStates`) shows that there is no newer one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from api.client.failures import RejectedError
from did.document import DidDocument
from did.errors import DidError
from did.methods import key
from did.methods.webvh import verify_history

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from api.client.service_client import ServiceClient
    from did.identifiers import Did
    from did.registry.bundle import VerifiedState


class HostedHistories:
    """Documents of DIDs that one service hosts, and of did:key."""

    def __init__(self, service: ServiceClient, now: datetime) -> None:
        self._service = service
        self._now = now

    def document(self, did: Did) -> DidDocument:
        """Give the newest document; codes `resolution.*`, `history.*`."""
        if did.method == "key":
            return key.resolve(did)
        name = hosted_name(did)
        text = self._service.text(f"/dids/{quote(name, safe='')}/did.jsonl").encode()
        latest = verify_history(text, expected_did=did, witnesses=None, now=self._now).latest
        if latest.deactivated:
            raise DidError("resolution.deactivated", f"{did.text} is deactivated")
        return DidDocument.from_json(latest.document)


class ProvenStates:
    """Documents out of verified evidence, for checks without any service."""

    def __init__(self, states: Sequence[VerifiedState]) -> None:
        self._states = {state.did: state for state in states}

    def document(self, did: Did) -> DidDocument:
        """Give the document that evidence proves; codes `evidence.none`, `resolution.deactivated`."""
        if did.method == "key":
            return key.resolve(did)
        state = self._states.get(did.text)
        if state is None or state.version is None:
            raise RejectedError(
                "evidence.none",
                f"no evidence was given for {did.text}",
                remedy="add --evidence with its bundle",
            )
        if state.document is None:
            raise DidError("resolution.deactivated", f"{did.text} is deactivated")
        return DidDocument.from_json(state.document)


def hosted_name(did: Did) -> str:
    """Take the name under which a service hosts a did:webvh."""
    if did.method != "webvh":
        raise DidError("resolution.method", f"{did.method} is not looked up here; did:webvh and did:key are")
    return did.text.rpartition(":")[2]
