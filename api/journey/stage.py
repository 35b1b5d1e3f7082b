"""What the journey has in its hands: the service, the people in the story, and what they have made so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from did.encoding import encode_base58btc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack
    from datetime import datetime
    from pathlib import Path

    from api.client.connection import Client
    from api.client.service_client import ServiceClient
    from api.client.trust import TrustAnchors
    from api.system import System
    from credentials.holder.disclosure import Disclosure
    from credentials.holder.wallet import Wallet
    from credentials.suites import CredentialSuite
    from did.keys import Ed25519Signer
    from did.registry.bundle import VerifiedState
    from did.types import JsonObject

SHOP = "https://shop.example"
ELSEWHERE = "https://elsewhere.example"


@dataclass(slots=True)
class Stage:
    """One walk. Steps write down what later steps need; names are new on every walk."""

    operator: ServiceClient
    system: System
    suites: Mapping[str, CredentialSuite]
    directory: Path
    tag: str
    closing: ExitStack
    relying: ServiceClient = field(init=False)
    anchors: TrustAnchors = field(init=False)
    issuer: str = ""
    log_index: int = 0
    proven: VerifiedState = field(init=False)
    identity: JsonObject = field(init=False)
    request: JsonObject = field(init=False)
    disclosure: Disclosure = field(init=False)
    presentation: JsonObject = field(init=False)
    passphrase: str = field(init=False, repr=False)
    commitment: JsonObject = field(init=False)
    provable: JsonObject = field(init=False)
    revocation: JsonObject = field(init=False)
    opened: Wallet = field(init=False, repr=False)
    question: JsonObject = field(init=False)
    proof: JsonObject = field(init=False)
    effective: datetime = field(init=False)
    own_keys: list[Ed25519Signer] = field(default_factory=list)
    own_did: str = ""
    own_history: str = ""

    def log_in(self, client: Client) -> ServiceClient:
        """Call the same service as another client, until the walk ends."""
        return self.closing.enter_context(self.operator.as_client(client))

    def name(self, of: str) -> str:
        """Make a name that no walk before has used."""
        return f"{of}-{self.tag}"

    @property
    def wallet_path(self) -> Path:
        """Where the holder's wallet is."""
        return self.directory / "wallet.avow"


def new_tag(system: System) -> str:
    """Make the part of names that tells walks apart: a little chance, so that no clock is needed."""
    return encode_base58btc(system.random_bytes(4)).lower()
