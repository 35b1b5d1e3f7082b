"""Trust anchors: what a verifier holds about a log before it looks at any evidence.

The file `avow log trust` writes one, at first contact. From then on nothing that the service says can change
it. The code hash in it is that of the contract that comes with this program, not one that a service names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.client.failures import LocalError, RejectedError
from did.chain.abi import artefact
from did.chain.driver import ChainKind
from did.encoding import encode_hex
from did.errors import DidError
from did.registry.bundle import TrustedChain
from did.registry.checkpoint import is_origin
from did.registry.policy import parse_policy

if TYPE_CHECKING:
    from api.client.service_client import ServiceClient
    from did.types import JsonObject, JsonValue

TYPE = "AvowTrustAnchors"
_MEMBERS = ("type", "origin", "policy", "chains")
_CHAIN_MEMBERS = ("chain", "contract", "logId", "codeHash", "kind")


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """One log as its verifier knows it: origin, keys (a C2SP tlog-policy), contracts that hold its root."""

    origin: str
    policy: str
    chains: tuple[TrustedChain, ...]

    @classmethod
    def parse(cls, value: JsonObject) -> TrustAnchors:
        """Read the file's form; code `trust.malformed`."""
        origin, policy, chains = value.get("origin"), value.get("policy"), value.get("chains")
        good = value.get("type") == TYPE and set(value) == set(_MEMBERS)
        if (
            not good
            or not isinstance(origin, str)
            or not isinstance(policy, str)
            or not isinstance(chains, list)
        ):
            raise _malformed(f"expected an object of type {TYPE} with {', '.join(_MEMBERS[1:])}")
        if not is_origin(origin):
            raise _malformed("the origin names no log")
        try:
            parse_policy(policy)
            return cls(origin, policy, tuple(TrustedChain.from_json(item) for item in chains))
        except DidError as error:
            raise _malformed(f"{error.code}: {error.detail}") from None

    def to_json(self) -> JsonObject:
        """Give the file's form."""
        chains: list[JsonValue] = [
            {
                "chain": chain.chain,
                "contract": chain.contract,
                "logId": encode_hex(chain.log_id),
                "codeHash": encode_hex(chain.code_hash),
                "kind": chain.kind.value,
            }
            for chain in self.chains
        ]
        return {"type": TYPE, "origin": self.origin, "policy": self.policy, "chains": chains}


def pin(service: ServiceClient) -> TrustAnchors:
    """Take the trust anchors that a service names; this is the one moment in which it is believed.

    A service that anchors nothing names no chain: what it says is then proven up to ``sealed`` at most.
    """
    text = service.text("/log/policy")
    origins = [*dict.fromkeys(key.name for key in parse_policy(text).logs)]
    if len(origins) != 1:
        raise RejectedError("trust.origin", f"the service names {len(origins)} logs, expected one")
    named = service.get("/log/anchors")
    if named.get("kind") == ChainKind.FILE:
        return TrustAnchors(origins[0], text, ())
    chain = TrustedChain.from_json({name: named.get(name) for name in _CHAIN_MEMBERS})
    if chain.code_hash != artefact().code_hash:
        raise RejectedError(
            "trust.code",
            "the service anchors in another contract than the one that this program knows",
            remedy="compare versions of service and command line; do not trust the service until they agree",
        )
    return TrustAnchors(origins[0], text, (chain,))


def _malformed(detail: str) -> LocalError:
    return LocalError("trust.malformed", detail, remedy="write the file again with `avow log trust`")
