"""Read and write the files that commands are given: bounded, strict, never in part, never over another."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from api.client.failures import LocalError
from api.files import sync_directory
from did import jsontext
from did.errors import DidError

if TYPE_CHECKING:
    from pathlib import Path

    from did.types import JsonObject

# The largest thing that commands exchange is an evidence bundle (8 MiB by its own rule).
MAX_FILE_BYTES = 9 * 1024 * 1024


def read_bytes(path: Path, *, max_bytes: int | None = None) -> bytes:
    """Read a whole file, or standard input for `-`; raises `file.*`."""
    max_bytes = MAX_FILE_BYTES if max_bytes is None else max_bytes
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(max_bytes + 1)
        else:
            with path.open("rb") as file:
                data = file.read(max_bytes + 1)
    except OSError as error:
        raise os_failure(error, path) from error
    if len(data) > max_bytes:
        raise LocalError("file.too-large", f"{path} is larger than {max_bytes} bytes")
    return data


def read_object(path: Path, *, max_bytes: int | None = None) -> JsonObject:
    """Read one strict JSON object from a file; raises `file.*` or `json.*`."""
    data = read_bytes(path, max_bytes=max_bytes)
    try:
        return jsontext.parse_object(data, max_bytes=len(data))
    except DidError as error:
        name = "standard input" if str(path) == "-" else path
        raise DidError(
            error.code,
            f"{name}: {error.detail}",
            remedy=error.remedy or "give the file with the JSON object that this command takes",
            clause=error.clause,
        ) from None


def write_object(path: Path, value: object, *, private: bool = False, replace: bool = False) -> None:
    """Write JSON in one step; refuses to replace a file unless told to."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    write_text(path, text, private=private, replace=replace)


def write_text(path: Path, text: str, *, private: bool = False, replace: bool = False) -> None:
    """Write a text in UTF-8 as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8"), private=private, replace=replace)


def write_bytes(path: Path, content: bytes, *, private: bool = False, replace: bool = False) -> None:
    """Write a file in one step (beside it, synced, renamed, its name synced); mode 600 if private."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.exists() and not replace:
            raise LocalError(
                "file.exists", f"{path} exists already", remedy="choose another name, or add --replace"
            )
        number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            sync_directory(path.parent)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise os_failure(error, path) from error


def os_failure(error: OSError, path: Path | str | None = None) -> LocalError:
    """Turn an operating system's error about a file into ours."""
    named = path if path is not None else error.filename
    where = "a file" if named is None else str(named)
    match error:
        case FileNotFoundError():
            return LocalError("file.missing", f"{where} does not exist", remedy="check the path")
        case PermissionError():
            return LocalError(
                "file.permission", f"no permission for {where}", remedy="check its owner and mode"
            )
        case IsADirectoryError():
            return LocalError("file.directory", f"{where} is a directory, expected a file")
    return LocalError("file.failed", f"{where}: {error.strerror or error}")
