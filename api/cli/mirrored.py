"""`avow did resolve --mirror`: from a copy, when the origin is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.cli.evidence import show_state
from api.cli.grounds import grounds_of
from api.client.failures import RejectedError
from api.client.files import write_object
from api.client.mirrored import prove

if TYPE_CHECKING:
    from pathlib import Path

    from api.cli.output import Output


def resolve_from(
    mirror: Path,
    did: str,
    trust: Path | None,
    out: Output,
    *,
    evidence: Path | None,
    out_file: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Look a DID up in a mirror's directory, prove it from there, and show both."""
    proven = prove(mirror, did, grounds_of(trust=trust))
    if evidence:
        write_object(evidence, proven.bundle, replace=replace)
    result = proven.result()
    if result is None:
        raise RejectedError(
            "resolution.not-found",
            "proven: the log that was copied does not know this DID",
            remedy="check the DID; a newer one needs a newer copy",
        )
    if out_file:
        write_object(out_file, result, replace=replace)
    show_state(out, proven.state, chain_asked=False)
    if evidence:
        out.next(f"avow log verify {evidence} --did DID --trust trust.json")
    if as_json:
        out.document(result)
    elif not (out_file or evidence):
        out.document(result.get("didDocument"))
