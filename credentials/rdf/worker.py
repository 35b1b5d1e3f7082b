"""The process in which PyLD runs: reads requests from its standard input, writes answers to its output.

A frame is a length (4 bytes, big endian) and that many bytes of JSON. The first frame holds the settings,
each further one a request; there is one answer to each request, in order. The parent keeps the deadline by
killing this process. It ends by itself when its input ends, that is, when the parent does.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from credentials.errors import CredentialError
from credentials.rdf.canonical import Canonical, Limits
from credentials.rdf.engine import Engine

if TYPE_CHECKING:
    from did.types import JsonObject


def main() -> None:
    """Serve until the input ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints must not come between the frames
    settings = read_frame(source)
    if settings is None:
        return
    engine = Engine(
        Limits(**settings["limits"]), settings["contexts"], unsafe_doubles=settings["unsafe_doubles"]
    )
    while (request := read_frame(source)) is not None:
        write_frame(sink, _answer(engine, request))


def read_frame(source: BinaryIO) -> dict[str, Any] | None:
    """Read one frame; None at the end of the input."""
    head = source.read(4)
    if len(head) < 4:
        return None
    body = source.read(int.from_bytes(head, "big"))
    frame: dict[str, Any] = orjson.loads(body)
    return frame


def write_frame(sink: BinaryIO, value: JsonObject) -> None:
    """Write one frame."""
    body = orjson.dumps(value)
    sink.write(len(body).to_bytes(4, "big") + body)
    sink.flush()


def _answer(engine: Engine, request: dict[str, Any]) -> dict[str, Any]:
    try:
        if "selections" not in request:
            return {"whole": _written(engine.canonicalize(request["document"]))}
        partition = engine.partition(request["document"], request["selections"])
    except CredentialError as error:
        return {
            "error": {
                "code": error.code,
                "detail": error.detail,
                "remedy": error.remedy,
                "clause": error.clause,
            }
        }
    except Exception as error:  # noqa: BLE001  # PyLD raises whatever its input provokes; none of it may leave
        return {
            "error": {
                "code": "rdf.json-ld",
                "detail": f"the JSON-LD processor cannot read the document ({type(error).__name__})",
                "remedy": "",
                "clause": "JSON-LD 1.1 API",
            }
        }
    return {
        "whole": _written(partition.whole),
        "selections": {name: _written(part) for name, part in partition.selections.items()},
    }


def _written(canonical: Canonical) -> dict[str, Any]:
    return {"lines": canonical.lines, "labels": dict(canonical.labels)}


if __name__ == "__main__":
    main()
