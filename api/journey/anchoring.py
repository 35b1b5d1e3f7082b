"""The first chapter: an identifier, its way into log and chain, and a check that trusts nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.cli.output import shorten, shorten_did
from api.client.chain_reading import Node
from api.client.checking import Grounds, check_bundle
from api.client.failures import RejectedError
from api.client.resolving import evidence_of, resolution, wait_until
from api.client.trust import pin
from api.journey.model import Chapter, Shown, Step
from did import jcs
from did.chain.abi import artefact
from did.registry.bundle import Level
from did.registry.policy import parse_policy

if TYPE_CHECKING:
    from api.journey.stage import Stage
    from did.registry.bundle import ObservedHead, VerifiedState
    from did.types import JsonObject

PATIENCE_SECONDS: Final = 120.0
"""A few blocks of any network; somebody watches, and a chain that is down must not look like a slow one."""


def create_issuer(stage: Stage) -> Shown:
    """Create the issuer's DID, with keys that the service keeps."""
    answer = stage.operator.post("/dids", {"name": stage.name("city"), "keys": "hosted"}, scope="write:/dids")
    stage.issuer = str(answer["did"])
    index = answer.get("logIndex")
    stage.log_index = index if isinstance(index, int) else 0
    keys = answer.get("keys")
    kinds = [str(key.get("type")) for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    return Shown(
        (
            ("DID", shorten_did(stage.issuer)),
            ("keys", ", ".join(kinds)),
            ("state", f"{answer['state']}: entry {answer['logIndex']} of the public log"),
        )
    )


def wait_anchored(stage: Stage) -> Shown:
    """Wait until the operation is sealed into the log's map and anchored on chain."""
    state = wait_until(stage.operator, stage.issuer, "anchored", seconds=PATIENCE_SECONDS)
    named = stage.operator.get("/log/anchors")
    own = ", this service's own: it shows form, not decentralization" if named.get("kind") == "local" else ""
    return Shown(
        (
            ("state", state),
            ("chain", f"{named.get('chain')}{own}"),
            ("block", _first_anchor(named, stage.log_index)),
        )
    )


def _first_anchor(named: JsonObject, index: int) -> str:
    """Describe the first anchor that covers a log entry."""
    anchors = named.get("anchors")
    covering = [
        (size, anchor)
        for anchor in (anchors if isinstance(anchors, list) else [])
        if isinstance(anchor, dict) and isinstance(size := anchor.get("size"), int) and size > index
    ]
    if not covering:
        return "not listed any more"
    size, anchor = min(covering, key=lambda found: found[0])
    block = anchor.get("block")
    number = block.get("number") if isinstance(block, dict) else None
    return f"{number}, transaction {shorten(anchor.get('transaction'))}, root of {size} entries"


def pin_anchors(stage: Stage) -> Shown:
    """Take the trust anchors once; the contract's code must be the one checked in with this program."""
    stage.anchors = pin(stage.operator)
    chain = stage.anchors.chains[0]
    return Shown(
        (
            ("origin", stage.anchors.origin),
            ("contract", chain.contract),
            ("code", f"{shorten(artefact().code_hash.hex())}, as compiled from our source"),
        )
    )


def check_evidence(stage: Stage) -> Shown:
    """Verify the evidence bundle here, against a head read from the chain itself."""
    bundle, anchors, node = _bundle(stage), stage.anchors, Node(stage.operator.rpc)
    grounds = Grounds(
        origin=anchors.origin,
        stated_origin=None,
        policy=parse_policy(anchors.policy),
        root=None,
        chains=anchors.chains,
        level=Level.ANCHORED,
        max_age=None,
        cosigned=False,
        now=stage.system.seconds(),
    )
    state = check_bundle(jcs.canonicalize(bundle), expected_did=stage.issuer, grounds=grounds, node=node)
    head = node.newest(anchors.chains[0])
    return _proven(stage, state, head, bundle)


def _bundle(stage: Stage) -> JsonObject:
    bundle = evidence_of(resolution(stage.operator, stage.issuer))
    if bundle is None:
        raise RejectedError("evidence.none", "the resolution of an anchored DID carries no evidence")
    return bundle


def _proven(stage: Stage, state: VerifiedState, head: ObservedHead, bundle: JsonObject) -> Shown:
    if state.document is None or state.document.get("id") != stage.issuer:
        raise RejectedError("journey.document", "the proven document is not the issuer's")
    stage.proven = state
    return Shown(
        (
            (
                "bundle",
                f"{len(jcs.canonicalize(bundle)):,} bytes: history, log and map paths, checkpoint, anchor",
            ),
            (
                "contract",
                f"read over JSON-RPC: size {head.head.size}, block {head.head.block}, code as above",
            ),
            ("root", f"{shorten(state.root.hex())}, in bundle and contract"),
            ("proves", f"version {state.version} is the newest; level {state.level.label}"),
        )
    )


CHAPTER = Chapter(
    "An issuer gets an identifier",
    (
        Step("create-did", "Create the issuer's DID", create_issuer),
        Step("anchor-did", "Wait until it is sealed and anchored", wait_anchored),
        Step("pin-anchors", "Note the trust anchors, compare the contract's code", pin_anchors),
        Step("check-evidence", "Check the evidence here, trusting nobody", check_evidence),
    ),
)
