"""`avow log rotate-key`: replace the key with which the log signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataOption, JsonOption, YesOption, ask, command
from api.cli.output import Output
from api.cli.serving import settings_of

if TYPE_CHECKING:
    from api.services.rotation import Phase


def register(log_app: typer.Typer) -> None:
    """Hang this command under `avow log`."""
    command(
        log_app,
        "rotate-key",
        example=(
            "$ avow log rotate-key --data ./data\n"
            "$ avow log rotate-key --retire --data ./data\n"
            "$ avow log rotate-key --revoke --data ./data"
        ),
        then="avow serve    then tell witnesses and verifiers, see docs/witnesses.md",
    )(rotate_key)


def rotate_key(
    *,
    retire: Annotated[
        bool, typer.Option("--retire", help="Stop signing with the older of two keys, and erase it.")
    ] = False,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="The key was stolen: stop every key now, sign with a new one.")
    ] = False,
    data: DataOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Replace the key with which the log signs, in two steps; nothing in the log changes.

    The first step adds a key: from the next start on both sign, so that witnesses and verifiers can take
    over the new one without a gap. With --retire the older one stops. With --revoke every key stops at once,
    and whoever does not have the new one refuses this log until they do. Works on the data directory itself
    and takes its lock, so the service must be stopped.
    """
    from api.services.rotation import Phase, rotate
    from api.system import System

    if retire and revoke:
        raise typer.BadParameter("give one of --retire and --revoke")
    phase = Phase.RETIRE if retire else Phase.REVOKE if revoke else Phase.ADD
    if phase is not Phase.ADD:
        ask(_question(phase), yes=yes)
    out = Output(as_json=as_json)
    rotated = rotate(settings_of(data=data), System(), phase)
    out.mark("passed", _done(phase))
    for name, keys in (("signs", rotated.signing), ("stopped", rotated.stopped)):
        for key in keys:
            out.fields({name: f"log {key}"})
    out.next("avow serve", "avow log trust -o trust.json --replace    what verifiers do")
    out.result({"phase": phase.value, "signing": [*rotated.signing], "stopped": [*rotated.stopped]})


def _question(phase: Phase) -> str:
    from api.services.rotation import Phase

    if phase is Phase.RETIRE:
        return "Stop signing with the older key? Whoever does not have the newer one refuses this log."
    return "Stop every key of the log now? Nobody accepts this log until they have the new one."


def _done(phase: Phase) -> str:
    from api.services.rotation import Phase

    return {
        Phase.ADD: "the log signs with two keys from the next start on",
        Phase.RETIRE: "the log signs with the newer key alone from the next start on",
        Phase.REVOKE: "the log signs with a new key alone from the next start on",
    }[phase]
