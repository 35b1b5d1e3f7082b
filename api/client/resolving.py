"""Looking a DID up at the service, waiting for its operation to get on, taking the evidence out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from api.client.failures import RejectedError
from did.chain.driver import NOT_ANCHORED
from did.registry.states import PROVABLE, RegistryState

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.client.service_client import ServiceClient
    from did.types import JsonObject

# How far an operation can get, in order, and what of it a proof can show.
STATES = tuple(RegistryState)
LEVELS = PROVABLE
# Anchors on a network may be ten minutes apart and take a quarter of an hour to be final.
WAIT_SECONDS = 1800.0
# A wait that takes long is not made shorter by asking often: each pause is this part of the time so far.
_POLL_SECONDS, _POLL_SHARE, _POLL_MOST = 0.1, 0.05, 5.0

Heard: TypeAlias = "Callable[[str, float], None]"
"""Hears the state reached so far and the seconds waited."""


def resolution(service: ServiceClient, did: str, *, level: str = "") -> JsonObject:
    """Ask for the full resolution result of a DID (DID Resolution, section 4).

    `level` is what its proof is to show, if it can.
    """
    wanted = f"?assurance={quote(level, safe='')}" if level else ""
    address = f"/1.0/identifiers/{quote(did, safe='')}{wanted}"
    return service.get(address, accept="application/did-resolution")


def evidence_of(result: JsonObject) -> JsonObject | None:
    """Take the registry's proof bundle out of a resolution result."""
    proofs = resolution_metadata(result).get("proof")
    for proof in proofs if isinstance(proofs, list) else []:
        if isinstance(proof, dict) and proof.get("type") == "AvowRegistryProof":
            return proof
    return None


def wait_until(
    service: ServiceClient,
    did: str,
    state: str,
    *,
    seconds: float = WAIT_SECONDS,
    heard: Heard | None = None,
) -> str:
    """Wait until the newest version of a DID has come as far as `state`, and say how far it came."""

    def ask() -> JsonObject:
        return resolution_metadata(resolution(service, did))

    return wait_for(ask, state, code="did.not-yet", what=did, seconds=seconds, heard=heard)


def wait_for(
    ask: Callable[[], JsonObject],
    state: str,
    *,
    code: str,
    what: str,
    seconds: float = WAIT_SECONDS,
    heard: Heard | None = None,
) -> str:
    """Ask until the answer's `state` is this one or further, and give it; `code` if that takes too long.

    Where the answer says that nothing is anchored, `registry.not-anchored` comes at once.
    """
    wanted, begun = RegistryState(state), time.monotonic()
    while True:
        found = ask()
        if found.get("assurance") == NOT_ANCHORED and wanted.reaches(RegistryState.ANCHORED):
            raise RejectedError(
                "registry.not-anchored",
                "this service publishes its checkpoints in a file and anchors nothing",
                remedy="what was logged is logged; ask for sealed, or let the service anchor (docs/chain.md)",
            )
        reached = str(found.get("state", ""))
        if has_reached(found, wanted):
            return reached
        waited = time.monotonic() - begun
        if waited > seconds:
            raise RejectedError(
                code,
                f"{what} is {state_text(found) or 'unknown'} after {seconds:.0f} s, expected {state}",
                remedy="`avow log status` and /readyz say what lags behind; --timeout waits longer",
            )
        if heard is not None:
            heard(reached, waited)
        time.sleep(min(max(_POLL_SECONDS, waited * _POLL_SHARE), _POLL_MOST))


def check_shows(shows: object, wanted: str) -> None:
    """Refuse evidence that shows less than was asked for (`evidence.level`)."""
    if wanted and not (shows in LEVELS and RegistryState(str(shows)).reaches(RegistryState(wanted))):
        raise RejectedError(
            "evidence.level",
            f"the evidence shows {shows or 'nothing'} so far, and {wanted} was asked for",
            remedy=f"add --wait {wanted}, or take what there is with a lower --level",
        )


def has_reached(answer: JsonObject, wanted: RegistryState) -> bool:
    """Say whether an answer's state is `wanted` or further.

    A contract can be quicker than the witnesses: `cosigned` asks for their quorum, where there are witnesses.
    """
    reached, cosigned = answer.get("state"), answer.get("cosigned")
    if wanted is RegistryState.COSIGNED and isinstance(cosigned, dict):
        return cosigned.get("quorum") is True
    return reached in STATES and RegistryState(str(reached)).reaches(wanted)


def state_text(answer: JsonObject) -> str:
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
