"""Looking a DID up at the service, waiting for its operation to get on, taking the evidence out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from api.client.failures import RejectedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.client.service_client import ServiceClient
    from did.types import JsonObject

# How far an operation can get, in order (registry protocol, section 7.1).
STATES = ("logged", "sealed", "cosigned", "anchored", "final")
_POLL_SECONDS = 0.1


def resolution(service: ServiceClient, did: str) -> JsonObject:
    """Ask for the full resolution result of a DID (DID Resolution, section 4)."""
    return service.get(f"/1.0/identifiers/{quote(did, safe='')}", accept="application/did-resolution")


def evidence_of(result: JsonObject) -> JsonObject | None:
    """Take the registry's proof bundle out of a resolution result."""
    proofs = resolution_metadata(result).get("proof")
    for proof in proofs if isinstance(proofs, list) else []:
        if isinstance(proof, dict) and proof.get("type") == "AvowRegistryProof":
            return proof
    return None


def wait_until(service: ServiceClient, did: str, state: str, *, seconds: float = 60.0) -> str:
    """Wait until the newest version of a DID has come as far as `state`, and say how far it came."""

    def ask() -> JsonObject:
        return resolution_metadata(resolution(service, did))

    return wait_for(ask, state, code="did.not-yet", what=did, seconds=seconds)


def wait_for(
    ask: Callable[[], JsonObject], state: str, *, code: str, what: str, seconds: float = 60.0
) -> str:
    """Ask until the answer's state is `state` or further, and give it; `code` if that takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        reached = str(answer.get("state", ""))
        if has_reached(answer, state):
            return reached
        if time.monotonic() > deadline:
            raise RejectedError(
                code,
                f"{what} is {described(answer) or 'unknown'} after {seconds:.0f} s, expected {state}",
                remedy="look at /readyz and at the service's log",
            )
        time.sleep(_POLL_SECONDS)


def has_reached(answer: JsonObject, state: str) -> bool:
    """Say whether an answer's state is `state` or further.

    A contract can be quicker than the witnesses: `cosigned` asks for their quorum, where there are witnesses.
    """
    reached, cosigned = answer.get("state"), answer.get("cosigned")
    if state == "cosigned" and isinstance(cosigned, dict):
        return cosigned.get("quorum") is True
    return reached in STATES and STATES.index(str(reached)) >= STATES.index(state)


def described(answer: JsonObject) -> str:
    """Say how far something has got, and how many witnesses have seen it: ``anchored, cosigned 2/3``."""
    cosigned = answer.get("cosigned")
    state = str(answer.get("state") or "")
    if not isinstance(cosigned, dict):
        return state
    count = f"cosigned {cosigned.get('count')}/{cosigned.get('of')}"
    return count if state == "cosigned" else f"{state}, {count}"


def resolution_metadata(result: JsonObject) -> JsonObject:
    """Take the metadata of the resolution out of its result."""
    found = result.get("didResolutionMetadata")
    return found if isinstance(found, dict) else {}
