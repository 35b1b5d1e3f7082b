"""Trust anchors: what a verifier holds about a log before it looks at any evidence.

The file `avow log trust` writes one, at first contact. From then on nothing that the service says can change
it. The code hash in it is that of the contract that comes with this program, not one that a service names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from api.client.failures import LocalError, RejectedError
from did.chain.abi import artefact
from did.chain.driver import ChainKind
from did.chain.reader import read_head
from did.encoding import decode_hex, encode_hex
from did.registry.bundle import (
    AnchorClaim,
    ChainView,
    Expectations,
    Level,
    ObservedHead,
    Requirement,
    TrustedBlock,
    TrustedChain,
    VerifiedState,
    parse_bundle,
    verify_bundle,
)
from did.registry.policy import parse_policy
from did.registry.receipt import EvidenceSubject, VerifiedReceipt, parse_receipt, verify_receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.client.service_client import ServiceClient
    from did.types import JsonObject, JsonValue

    Call = Callable[[str, Sequence[object]], object]

Verified = TypeVar("Verified", VerifiedState, VerifiedReceipt)

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
        parse_policy(policy)
        return cls(origin, policy, tuple(TrustedChain.from_json(item) for item in chains))

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


def observe(call: Call, chain: TrustedChain) -> ObservedHead:
    """Read a contract's head and code from a node; the code is hashed here."""
    reading = read_head(call, contract=chain.contract, log_id=chain.log_id)
    return ObservedHead.of(reading, final=chain.kind is ChainKind.LOCAL)


def verify(
    bundle: bytes,
    *,
    expected_did: str,
    anchors: TrustAnchors,
    level: Level,
    now: int,
    heads: tuple[ObservedHead, ...] = (),
    blocks: tuple[TrustedBlock, ...] = (),
) -> VerifiedState:
    """Verify a bundle by the anchors and by what was read from the verifier's own node."""
    expectations = _expectations(anchors, level, now, heads, blocks)
    return verify_bundle(bundle, expected_did=expected_did, expectations=expectations)


def verify_evidence(
    receipt: bytes,
    *,
    expected_digest: bytes,
    anchors: TrustAnchors,
    level: Level,
    now: int,
    heads: tuple[ObservedHead, ...] = (),
    blocks: tuple[TrustedBlock, ...] = (),
) -> VerifiedReceipt:
    """Verify the receipt of a digest (32 bytes), as `verify` does a bundle."""
    expectations = _expectations(anchors, level, now, heads, blocks)
    subject = EvidenceSubject(expected_digest)
    return verify_receipt(receipt, expected_subject=subject, expectations=expectations)


def _expectations(
    anchors: TrustAnchors,
    level: Level,
    now: int,
    heads: tuple[ObservedHead, ...],
    blocks: tuple[TrustedBlock, ...],
) -> Expectations:
    return Expectations(
        origin=anchors.origin,
        policy=parse_policy(anchors.policy),
        view=ChainView(
            chains=anchors.chains if heads or blocks else (),
            heads=heads,
            trusted_blocks=blocks,
            extensions={},
        ),
        require=Requirement(level=level, max_age=None, cosigned=False),
        now=now,
        known=(),
    )


def verify_with_node(
    bundle: bytes, *, expected_did: str, anchors: TrustAnchors, level: Level, now: int, call: Call
) -> VerifiedState:
    """Verify a bundle against a node of the verifier's own.

    The contract's newest head serves where it has the bundle's size. Where it has moved on, the block that
    the bundle names is looked up at the node, and the state proof in the bundle is checked under its hash.
    """
    check = partial(verify, bundle, expected_did=expected_did, anchors=anchors, now=now)
    return _with_node(check, lambda: parse_bundle(bundle).anchors, anchors=anchors, level=level, call=call)


def verify_evidence_with_node(
    receipt: bytes, *, expected_digest: bytes, anchors: TrustAnchors, level: Level, now: int, call: Call
) -> VerifiedReceipt:
    """Verify the receipt of a digest against a node of the verifier's own, as `verify_with_node` does."""
    check = partial(verify_evidence, receipt, expected_digest=expected_digest, anchors=anchors, now=now)
    return _with_node(check, lambda: parse_receipt(receipt).anchors, anchors=anchors, level=level, call=call)


def _with_node(
    check: Callable[..., Verified],
    claims: Callable[[], Sequence[AnchorClaim]],
    *,
    anchors: TrustAnchors,
    level: Level,
    call: Call,
) -> Verified:
    heads = tuple(observe(call, chain) for chain in anchors.chains)
    found = check(level=Level.SEALED, heads=heads)
    if "anchor.extension" in found.reasons:
        return check(level=level, blocks=_blocks(call, claims(), anchors))
    return check(level=level, heads=heads)


def level_named(name: str) -> Level:
    """Read a level's name; code `cli.level`."""
    for level in Level:
        if level.label == name:
            return level
    raise LocalError(
        "cli.level", f"{name!r} is no level; choose from {', '.join(each.label for each in Level)}"
    )


def _blocks(call: Call, claims: Sequence[AnchorClaim], anchors: TrustAnchors) -> tuple[TrustedBlock, ...]:
    """Ask the node for the hashes of the blocks that a proof names."""
    trusted = {chain.chain: chain for chain in anchors.chains}
    blocks = []
    for claim in claims:
        chain = trusted.get(claim.chain)
        answer = call("eth_getBlockByNumber", [hex(claim.block_number), False]) if chain else None
        found = answer.get("hash") if isinstance(answer, dict) else None
        if chain and isinstance(found, str):
            final = chain.kind is ChainKind.LOCAL
            blocks.append(TrustedBlock(chain=claim.chain, hash=decode_hex(found, length=32), final=final))
    return tuple(blocks)


def _malformed(detail: str) -> LocalError:
    return LocalError("trust.malformed", detail, remedy="write the file again with `avow log trust`")
