"""`avow log status`: how far the log has got, or one entry of it, as the service says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import JsonOption, UrlOption, command
from api.cli.output import PASSED, WARNING, Output, moment, shown
from api.client.connection import connect

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

_STEPS = {"sealed": "seal", "anchored": "anchor", "final": "final"}
_PLAIN = frozenset({"index", "kind", "state", "assurance", "sealed", "anchored"})


def register(log_app: typer.Typer) -> None:
    """Hang the command under `avow log`."""
    command(
        log_app,
        example="$ avow log status\n$ avow log status 12 --json",
        then="avow monitor --state log.json    checks what the service says",
    )(status)


def status(
    index: Annotated[
        int | None, typer.Argument(metavar="[ENTRY]", min=0, help="An entry's place in the log.")
    ] = None,
    *,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how far the log has got: its size in each state, what lags behind, chain and contract.

    With an entry's place in the log: what kind it is, its state, when it was sealed, and in which block it
    was anchored. This is the service's word; evidence and `avow monitor` check it.
    """
    out = Output(as_json=as_json)
    with connect(url) as service:
        answer = service.get("/log/status" if index is None else f"/log/entries/{index}")
    if index is None:
        _show_log(out, answer)
    else:
        _show_entry(out, answer)
    out.result(answer)


def _show_log(out: Output, answer: JsonObject) -> None:
    chain, sizes, lags, ages = (_object(answer, name) for name in ("chain", "sizes", "lags", "ages"))
    trouble = chain.get("trouble")
    out.mark(WARNING if trouble else PASSED, f"[bold]{shown(answer.get('origin'))}[/]")
    rows = []
    for state, size in sizes.items():
        rows.append([state, size, *_lag(_object(lags, _STEPS.get(state, "")))])
    out.columns(["state", "entries", "waiting", "oldest"], rows)
    head, read = _object(chain, "head"), _seconds(ages.get("chainRead"))
    published = chain.get("assurance") == "not-anchored"
    place = "in the file" if published else f"in block {head.get('blockNumber')}"
    seen = f"size {head.get('size')} {place}, read {read} ago" if head else None
    out.fields(
        {
            "chain": f"{chain.get('chain')}, {chain.get('assurance')}",
            "contract": chain.get("contract"),
            "head": seen,
            "last seal": _ago(ages.get("sealed")),
            "last anchor": None if published else _ago(ages.get("anchored")),
            "public folder": f"{_object(lags, 'public').get('entries')} entries behind",
            "witnesses": ", ".join(_witnesses(answer)),
            "trouble": trouble,
        }
    )
    if trouble:
        out.next("docs/chain.md says what that code means; the service's log has the details")


def _show_entry(out: Output, answer: JsonObject) -> None:
    out.say(f"[bold]entry {shown(answer.get('index'))}[/]")
    sealed, anchored = _object(answer, "sealed"), _object(answer, "anchored")
    block = _object(anchored, "block")
    out.fields(
        {
            "kind": answer.get("kind"),
            **{name: _plain(value) for name, value in answer.items() if name not in _PLAIN},
            "state": f"{answer.get('state')}, {answer.get('assurance')}",
            "sealed": f"{moment(sealed.get('time'))}, at size {sealed.get('size')}" if sealed else None,
            "anchored": (
                f"{moment(anchored.get('time'))}, at size {anchored.get('size')}, block {block.get('number')}"
                if anchored
                else None
            ),
            "transaction": anchored.get("transaction"),
            "final": moment(anchored["finalTime"]) if "finalTime" in anchored else None,
        }
    )


def _lag(lag: JsonObject) -> list[object]:
    waiting = lag.get("entries")
    return [waiting or "", _seconds(lag.get("seconds")) if waiting and "seconds" in lag else ""]


def _witnesses(answer: JsonObject) -> list[str]:
    """Name each witness, and how many entries it has not cosigned yet."""
    sizes, listed = _object(answer, "sizes"), answer.get("witnesses")
    signed = sizes.get("signed")
    told = []
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict) and isinstance(signed, int):
            size = item.get("cosigned")
            behind = max(signed - size, 0) if isinstance(size, int) else signed
            told.append(f"{item.get('name')} ({f'{behind} entries behind' if behind else 'up to date'})")
    return told


def _ago(value: JsonValue) -> str:
    return "none yet" if value is None else f"{_seconds(value)} ago"


def _plain(value: JsonValue) -> JsonValue:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _seconds(value: JsonValue) -> str:
    """A span in the unit that a person would use."""
    if not isinstance(value, int):
        return "unknown"
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if value >= 2 * size:
            return f"{value // size} {unit}"
    return f"{value} s"


def _object(value: JsonObject, member: str) -> JsonObject:
    found = value.get(member)
    return found if isinstance(found, dict) else {}
