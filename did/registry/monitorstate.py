"""What a monitor remembers between two looks, and its form in a file.

The states of all DIDs are kept, so that the map can be computed on; each is one text, SCID and the 51 bytes
that the map commits to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from did.encoding import decode_base64url, encode_base64url
from did.errors import DidError
from did.registry.checkpoint import is_origin
from did.registry.statemap import DidState
from did.registry.tree import EMPTY_ROOT, HASH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from did.types import JsonObject, JsonValue

TYPE: Final = "AvowMonitorState"
_SCID: Final = 34
_STATE: Final = _SCID + 51
_MEMBERS: Final = frozenset({"type", "origin", "since", "size", "root", "note", "states", "findings"})


@dataclass(frozen=True, slots=True)
class MonitorState:
    """The last checkpoint that was followed, the states at it, and the lasting findings.

    `since` is the second of the first look; `known` holds code and detail of each finding.
    """

    origin: str
    since: int
    size: int = 0
    root: bytes = EMPTY_ROOT
    note: str = ""
    states: Mapping[bytes, DidState] = field(default_factory=dict)
    known: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> JsonObject:
        """The file's form."""
        states: list[JsonValue] = [
            encode_base64url(scid34 + state.encode()) for scid34, state in self.states.items()
        ]
        findings: list[JsonValue] = [{"code": code, "detail": detail} for code, detail in self.known]
        return {
            "type": TYPE,
            "origin": self.origin,
            "since": self.since,
            "size": self.size,
            "root": encode_base64url(self.root),
            "note": self.note,
            "states": states,
            "findings": findings,
        }

    @classmethod
    def parse(cls, value: JsonObject) -> MonitorState:
        """Read the file's form; code ``monitor.state``."""
        match value:
            case {
                "type": type_,
                "origin": str(origin),
                "since": int(since),
                "size": int(size),
                "root": str(root),
                "note": str(note),
                "states": list(states),
                "findings": list(findings),
            } if type_ == TYPE and set(value) == _MEMBERS and is_origin(origin) and size >= 0:
                return cls(
                    origin=origin,
                    since=since,
                    size=size,
                    root=_bytes(root, HASH),
                    note=note,
                    states=dict(_state(item) for item in states),
                    known=tuple(_finding(item) for item in findings),
                )
        raise _malformed()


def _state(value: JsonValue) -> tuple[bytes, DidState]:
    raw = _bytes(value, _STATE)
    body = raw[_SCID:]
    state = DidState(
        int.from_bytes(body[:8], "big"), body[8:42], int.from_bytes(body[42:50], "big"), body[50] == 1
    )
    if state.encode() != body:
        raise _malformed()
    return raw[:_SCID], state


def _finding(value: JsonValue) -> tuple[str, str]:
    match value:
        case {"code": str(code), "detail": str(detail)}:
            return code, detail
    raise _malformed()


def _bytes(value: JsonValue, size: int) -> bytes:
    try:
        raw = decode_base64url(value if isinstance(value, str) else "!", max_bytes=size)
    except DidError:
        raise _malformed() from None
    if len(raw) != size:
        raise _malformed()
    return raw


def _malformed() -> DidError:
    return DidError(
        "monitor.state",
        f"expected an object of type {TYPE} as a monitor writes it",
        remedy="move the file away; the monitor then starts at the first entry again",
    )
