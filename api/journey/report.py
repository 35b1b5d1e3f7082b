"""The end of the journey: what happened in a few lines, and where to look."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.output import FAILED, PASSED, Output, shown
from api.journey.model import Attack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.client.service_client import ServiceClient
    from api.journey.model import Outcome
    from did.types import JsonObject, JsonValue


def links(service: ServiceClient, did: str = "") -> dict[str, str]:
    """Name the pages that are worth a look."""
    pages = {"start page": "/", "API reference": "/docs"}
    if did:
        pages["the issuer's DID"] = f"/1.0/identifiers/{did}"
        pages["its history"] = f"/dids/{did.rpartition(':')[2]}/did.jsonl"
    pages |= {"log checkpoint": "/log/checkpoint", "anchors on chain": "/log/anchors"}
    return {name: service.url + path for name, path in pages.items()}


def summarise(out: Output, outcomes: Sequence[Outcome], planned: int) -> bool:
    """Say how the journey ended."""
    held = sum(outcome.ok for outcome in outcomes)
    attacks = [outcome for outcome in outcomes if isinstance(outcome.step, Attack)]
    refused = sum(outcome.ok for outcome in attacks)
    ok = held == planned
    seconds = sum(outcome.seconds for outcome in outcomes)
    out.say()
    if ok:
        steps = planned - len(attacks)
        out.mark(
            PASSED, f"[bold green]all {steps} steps and {refused} refusals as expected[/], {seconds:.1f} s"
        )
    else:
        out.mark(FAILED, f"[bold red]{held} of {planned} as expected[/]; the journey failed")
    return ok


def where_to_look(out: Output, *, data: Path) -> None:
    """Print where to look when the service stays up without a journey's end before it."""
    out.say()
    out.say("[bold]On the command line, in another terminal[/]")
    setting = "" if str(data) == "data" else f"AVOW_DATA={data} "
    for line in ("did create university", "--help"):
        out.say(f"  {shown(setting)}{shown(program())} {line}")


def program() -> str:
    """Name this program as it can be typed here: on the path, or where it was called from."""
    called = Path(sys.argv[0])
    return "avow" if called.name != "avow" or shutil.which("avow") else str(called)


def show_links(out: Output, pages: dict[str, str]) -> None:
    """Print names and addresses, each on a line of its own."""
    out.say()
    out.say("[bold]Where to look[/]")
    out.fields(dict(pages))


def as_json(service: ServiceClient, outcomes: Sequence[Outcome], planned: int, did: str) -> JsonObject:
    """Give the whole journey as one document."""
    steps: list[JsonValue] = [outcome.to_json() for outcome in outcomes]
    return {
        "url": service.url,
        "ok": sum(outcome.ok for outcome in outcomes) == planned,
        "planned": planned,
        "steps": steps,
        "links": dict(links(service, did)),
    }
