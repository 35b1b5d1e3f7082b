"""Server-sent events (HTML Living Standard, 9.2) as a client reads them: name, id and JSON of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from did import jsontext

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from did.types import JsonObject

MAX_EVENT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `id` is what to send as Last-Event-ID after a break."""

    name: str
    id: str
    data: JsonObject


def read_events(lines: Iterable[str]) -> Iterator[Event]:
    """Read events from a stream's lines; one that was cut off in the middle is none. Raises `json.*`."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            data = jsontext.parse_object(fields["data"].encode(), max_bytes=MAX_EVENT_BYTES)
            yield Event(fields.get("event", "message"), fields.get("id", ""), data)
            fields = {}
        else:
            fields = {}
