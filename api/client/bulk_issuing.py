"""A bulk run against the service: rows out in chunks, progress in by events, results in by pages.

Whatever breaks off is taken up again: a chunk that was acknowledged is not sent twice, a stream goes on from
its last event, results from the last row that is safe on this machine's disk. A service that is restarting
is waited for.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from api.client.events import read_events
from api.client.failures import RefusedError, UnreachableError
from did import jsontext
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from api.client.bulk_files import Files, State
    from api.client.csv_rows import CsvRow, Table
    from api.client.service_client import ServiceClient
    from did.types import JsonObject

T = TypeVar("T")

WRITE: Final = "write:/credentials/issue"
READ: Final = "read:/credentials/issue"
CHUNK_ROWS: Final = 250
CHUNK_BYTES: Final = 512 * 1024
PAGE_ROWS: Final = 500
MAX_LINE: Final = 2 * 1024 * 1024
UNAVAILABLE: Final = HTTPStatus.SERVICE_UNAVAILABLE
TRIES: Final = 40
"""Half a minute: a service that is started again is there by then."""
PAUSE_SECONDS: Final = 0.5


def send(
    service: ServiceClient, table: Table, files: Files, state: State, tell: Callable[[int], None]
) -> State:
    """Send all rows of a table that are not there yet; `tell` hears of each piece that is safe there."""
    base = f"/issuers/{quote(state.profile, safe='')}/batches"
    made = _patient(lambda: service.post(base, {}, scope=WRITE, once=state.key))
    state = replace(state, batch=str(made["batch"]))
    files.write_state(state)
    files.begin(state)
    path = f"{base}/{state.batch}"
    there = made.get("rows")
    known = there if isinstance(there, int) else 0
    tell(known)
    for chunk in chunks(table.rows[known:]):
        body = {"rows": [{"key": row.key, "credential": row.credential} for row in chunk]}
        _patient(partial(service.post, f"{path}/rows", body, scope=WRITE))
        tell(len(chunk))
    if made.get("state") == "open":
        _patient(lambda: service.post(f"{path}/close", {}, scope=WRITE))
    return state


def erase(service: ServiceClient, state: State) -> None:
    """Let the service forget the batch: everything is here. Safe to repeat."""
    profile = quote(state.profile, safe="")
    try:
        _patient(lambda: service.delete(f"/issuers/{profile}/batches/{state.batch}", scope=WRITE))
    except RefusedError as error:
        if error.code not in {"batch.erased", "batch.unknown"}:
            raise


def chunks(rows: Sequence[CsvRow]) -> Iterator[list[CsvRow]]:
    """Cut rows into pieces that one request carries."""
    chunk: list[CsvRow] = []
    size = 0
    for row in rows:
        # Characters that JSON writes as escapes are counted as such.
        weight = len(json.dumps(row.credential)) + len(row.key) + 64
        if chunk and (len(chunk) >= CHUNK_ROWS or size + weight > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += weight
    if chunk:
        yield chunk


def collect(
    service: ServiceClient, table: Table, files: Files, state: State, tell: Callable[[int], None]
) -> State:
    """Follow the batch and fetch what is settled; `tell` hears of each page that is safe here."""
    path = f"/issuers/{quote(state.profile, safe='')}/batches/{state.batch}"
    tell(state.fetched)
    last, over, tries = str(state.fetched), False, 0
    while not over:
        try:
            for event in read_events(service.stream(f"{path}/events", scope=READ, last=last)):
                last, over, tries = event.id or last, event.name == "end", 0
                settled = _settled(event.data)
                # A page is worth a request once it is full, or is the last.
                while settled - state.fetched >= (1 if over else PAGE_ROWS):
                    before = state.fetched
                    state = _fetch(service, path, table, files, state)
                    tell(state.fetched - before)
        except (UnreachableError, RefusedError) as error:
            tries = _bear(error, tries)
        except DidError as error:
            raise _no_answer(f"an event is not JSON ({error.code})") from error
    return state


def _settled(told: JsonObject) -> int:
    """How many rows have results, by an event that says so."""
    issued, refused = told.get("issued"), told.get("refused")
    return issued + refused if isinstance(issued, int) and isinstance(refused, int) else 0


def _fetch(service: ServiceClient, path: str, table: Table, files: Files, state: State) -> State:
    """Fetch a page of results and make it safe here."""
    page = service.read(f"{path}/results?after={state.fetched}&limit={PAGE_ROWS}", scope=READ)
    issued: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    try:
        found = [jsontext.parse_object(line, max_bytes=MAX_LINE) for line in page.splitlines()]
    except DidError as error:
        raise _no_answer(f"a result is not JSON ({error.code})") from error
    if not found:
        raise _no_answer("a page of results is empty")
    for number, result in enumerate(found, state.fetched + 1):
        if result.get("row") != number or number > len(table.rows):
            raise _no_answer(f"row {number} was expected, and another came")
        kept = {name: value for name, value in result.items() if name != "state"}
        if result.get("state") == "issued":
            issued.append(kept)
        else:
            refused.append(_placed(table, number, kept))
    return files.add(state, issued, refused)


def _placed(table: Table, number: int, refusal: dict[str, Any]) -> dict[str, Any]:
    """A refusal with the place in the file that it speaks of."""
    column = table.column_of(str(refusal.get("pointer", "")))
    place = {"row": number, "line": table.rows[number - 1].line}
    return {**place, **({"column": column} if column else {}), **refusal}


def _patient(call: Callable[[], T]) -> T:
    """Call, and call again while the service is away or busy. Each call here may be repeated safely."""
    tries = 0
    while True:
        try:
            return call()
        except (UnreachableError, RefusedError) as error:
            tries = _bear(error, tries)


def _bear(error: UnreachableError | RefusedError, tries: int) -> int:
    """Wait a little for what will pass; raise what will not, and what lasts."""
    lasting = isinstance(error, RefusedError) and error.status != UNAVAILABLE
    if lasting or error.code == "service.answer" or tries >= TRIES:
        raise error
    time.sleep(PAUSE_SECONDS)
    return tries + 1


def _no_answer(what: str) -> UnreachableError:
    return UnreachableError("service.answer", f"the service's answer cannot be right: {what}")
