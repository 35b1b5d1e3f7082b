"""Evidence on the command line, with no service: verify a bundle, a receipt, a credential by its bundle."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from api.cli.exits import ExitCode
from api.cli.grounds import grounds_of
from api.cli.output import PASSED, WARNING, Output, shorten, shown
from api.client import checking
from api.client.documents import ProvenStates
from api.client.failures import RejectedError
from api.client.files import read_bytes, read_object
from api.system import System
from did import jsontext
from did.errors import DidError
from did.registry.bundle import Level

if TYPE_CHECKING:
    from pathlib import Path

    from api.client.chain_reading import Node
    from api.client.checking import Grounds
    from did.registry.bundle import VerifiedState
    from did.registry.receipt import VerifiedReceipt
    from did.types import JsonObject

_MAX_BUNDLE = 8 * 1024 * 1024


def check_bundle(file: Path, did: str | None, grounds: Grounds, node: Node | None, out: Output) -> ExitCode:
    """Verify an evidence bundle and show what it proves."""
    if did is None:
        raise typer.BadParameter("an evidence bundle needs --did: whose history it must be")
    state = checking.check_bundle(read_bytes(file), expected_did=did, grounds=grounds, node=node)
    show_state(out, state, chain_asked=node is not None)
    if node is None and grounds.chains:
        out.next(f"avow log verify {file} --did DID … --level anchored --rpc URL")
    out.result(described(state))
    return ExitCode.DONE


def check_receipt(
    file: Path, digest: bytes, receipt: bytes, grounds: Grounds, node: Node | None, out: Output
) -> ExitCode:
    """Verify the receipt of a file, by the file's digest, and show what it proves."""
    try:
        found = checking.check_receipt(receipt, expected_digest=digest, grounds=grounds, node=node)
    except DidError as error:
        if error.code != "receipt.subject":
            raise
        raise RejectedError(
            error.code,
            f"the receipt is not about {file}: the file was changed since, or the receipt is another file's",
            remedy="compare with the file as it was logged",
            clause=error.clause,
        ) from None
    out.mark(PASSED, f"proven: {shown(file)} was logged, as entry {found.index}")
    out.fields({"sha256": digest.hex(), **_standing(found, chain_asked=node is not None)})
    if node is None and grounds.chains:
        out.next(f"avow evidence verify {file} RECEIPT … --level anchored --rpc URL")
    out.result({"file": str(file), "sha256": digest.hex(), "index": found.index, **_standing_json(found)})
    return ExitCode.DONE


def check_offline(
    document: JsonObject | str,
    request: JsonObject | None,
    evidence: list[Path],
    trust: Path | None,
    policy_file: Path | None,
) -> JsonObject:
    """Verify a credential or presentation with the issuer's evidence; gives an answer like the service's."""
    from api.cli.holder import cryptosuites
    from api.cli.signed_files import is_presentation
    from api.cli.verifying import NEEDS_REQUEST
    from credentials.exchange.request import PresentationRequest
    from credentials.suites import Reader
    from credentials.verifying.means import Means
    from credentials.verifying.policy import Policy
    from credentials.verifying.verifier import verify_credential, verify_presentation

    grounds, system = grounds_of(trust=trust), System()
    states = [_proven(path, grounds) for path in evidence]
    policy = Policy.parse(read_object(policy_file)) if policy_file else Policy()
    means = Means(ProvenStates(states), cryptosuites(), policy, system.now())
    if not is_presentation(document):
        verdict = verify_credential(document, means, reader=Reader.VERIFIER)
        return {"verdict": verdict.to_json()}
    if request is None:
        raise typer.BadParameter(NEEDS_REQUEST)
    asked = PresentationRequest.parse(request)
    judged = verify_presentation(
        document,
        means,
        expected_challenge=asked.challenge,
        expected_domain=asked.domain,
        expected_query=asked.query,
    )
    return {"verdict": judged.to_json()}


def show_state(out: Output, state: VerifiedState, *, chain_asked: bool) -> None:
    """Say what a bundle proves, and what it does not."""
    if state.version is None:
        out.mark(PASSED, "proven: the log knows no such DID")
    elif state.deactivated:
        out.mark(WARNING, f"proven: version {state.version}, [yellow]deactivated[/]")
    else:
        out.mark(PASSED, f"proven: version {state.version} is the newest in the log")
    out.fields({"did": state.did, **_standing(state, chain_asked=chain_asked)})


def described(state: VerifiedState) -> JsonObject:
    """Give a verified state as JSON."""
    return {
        "did": state.did,
        "version": state.version,
        "deactivated": state.deactivated,
        **_standing_json(state),
        "document": state.document,
    }


_BASIS = {Level.ROOT: " (the root that you gave; nobody's signature was looked at)"}


def _standing(found: VerifiedState | VerifiedReceipt, *, chain_asked: bool) -> dict[str, object]:
    """Say on what a proof rests."""
    local = " (local-chain: its operator runs it)" if found.only_local_chains else ""
    return {
        "level": found.level.label + (local or _BASIS.get(found.level, "")),
        "log": f"{found.size} entries, root {shorten(found.root.hex())}",
        "as of": _time(found.as_of),
        **({"cosigned by": ", ".join(found.witnesses)} if found.witnesses else {}),
        "chain": ", ".join(chain.chain for chain in found.chains)
        or (", ".join(found.reasons) if chain_asked else "not asked; --rpc names a node of yours"),
    }


def _standing_json(found: VerifiedState | VerifiedReceipt) -> JsonObject:
    return {
        "level": found.level.label,
        "localChainOnly": found.only_local_chains,
        "size": found.size,
        "root": found.root.hex(),
        "asOf": found.as_of,
        "witnesses": [*found.witnesses],
        "chains": [chain.chain for chain in found.chains],
        "reasons": [*found.reasons],
    }


def _proven(path: Path, grounds: Grounds) -> VerifiedState:
    raw = read_bytes(path)
    named = jsontext.parse_object(raw, max_bytes=_MAX_BUNDLE).get("did")
    # The credential names its issuer, so what a bundle calls itself only decides whether it is looked at.
    return checking.check_bundle(raw, expected_did=str(named), grounds=grounds)


def _time(seconds: int | None) -> str:
    return (
        "no trusted time"
        if seconds is None
        else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    )
