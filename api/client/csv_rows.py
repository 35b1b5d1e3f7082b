"""A CSV file as templates of credentials: its header says where each column's values stand.

A header is a dotted name below `credentialSubject` (`degree.name`) or a JSON pointer from the credential on
(`/validUntil`); digits are places in a list. What the schema calls an integer, a number or a boolean is read
as one; dates and the rest stay text. A value that cannot be read so stays text, for the schema to refuse. An
empty cell leaves its member out.

Not here: files, and whether the claims follow the schema.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from api.client.failures import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from did.types import JsonObject

SUBJECT: Final = "credentialSubject"
MAX_COLUMNS: Final = 1_000
MAX_DEPTH: Final = 32
TEXT, INTEGER, NUMBER, BOOLEAN = "string", "integer", "number", "boolean"
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,15})?")
_BOOLEANS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, the place of its values, and how they are read."""

    name: str
    path: tuple[str, ...]
    kind: str

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer from the credential on."""
        return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in self.path)


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row: its number from 1 on, the line it ends in, the key it is sent under, and its template."""

    number: int
    line: int
    key: str
    credential: JsonObject


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of a file."""

    columns: tuple[Column, ...]
    rows: tuple[CsvRow, ...]

    def column_of(self, pointer: str) -> str:
        """The header of the column whose values stand at a place, or below it, or around it; else empty."""
        for column in self.columns:
            own = column.pointer
            if own == pointer or pointer.startswith(own + "/"):
                return column.name
        return ""


def read_table(
    content: bytes,
    *,
    renamed: Mapping[str, str],
    key_column: str | None,
    schema: JsonObject | None,
) -> Table:
    """Read a whole file; codes `csv.encoding`, `csv.header`, `csv.row`, `csv.key`, `csv.empty`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LocalError(
            "csv.encoding", f"line {line} is not UTF-8", remedy="save the file as UTF-8"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        columns = _columns(header, renamed, schema)
        at = _key_place(header, key_column)
        rows = tuple(_rows(reader, header, columns, at))
    except csv.Error as error:
        raise LocalError("csv.row", f"line {reader.line_num}: {error}") from None
    if not rows:
        raise LocalError("csv.empty", "there is no row below the header")
    return Table(tuple(column for column in columns if column is not None), rows)


def _columns(
    header: Sequence[str], renamed: Mapping[str, str], schema: JsonObject | None
) -> list[Column | None]:
    """The columns in order; None for one that is left out."""
    names = [name.strip() for name in header]
    if not any(names) or len(names) > MAX_COLUMNS or len(set(names)) != len(names):
        raise LocalError(
            "csv.header",
            f"the first line names each column once, at most {MAX_COLUMNS} of them",
            remedy="write the claims' names there, such as givenName or degree.name",
        )
    foreign = sorted(set(renamed) - set(names))
    if foreign:
        raise LocalError("csv.header", f"--map names a column that is not there: {', '.join(foreign)}")
    paths = [path_of(renamed.get(name, name)) for name in names]
    wanted = [path for path in paths if path]
    for path in wanted:
        if any(other[: len(path)] == path for other in wanted if other is not path):
            raise LocalError("csv.header", f"two columns stand at the same place: {'.'.join(path)}")
    return [
        Column(name, path, kind_of(schema, path)) if path else None
        for name, path in zip(names, paths, strict=True)
    ]


def path_of(name: str) -> tuple[str, ...]:
    """Read a header: a JSON pointer from the credential, or a dotted name below its subject; empty: none."""
    if not name:
        return ()
    if name.startswith("/"):
        parts = tuple(part.replace("~1", "/").replace("~0", "~") for part in name[1:].split("/"))
    else:
        parts = (SUBJECT, *name.split("."))
    if not all(parts) or len(parts) > MAX_DEPTH or parts[0].isdigit():
        raise LocalError(
            "csv.header",
            f"{name[:80]!r} is neither a JSON pointer nor a dotted name",
            remedy="write /validUntil or degree.name; --map COLUMN=PLACE gives a column another place",
        )
    return parts


def kind_of(schema: JsonObject | None, path: Sequence[str]) -> str:
    """How the schema has the value at a place; text where it does not say."""
    node: Any = schema
    for part in path:
        node = _below(schema, node, part, 0)
    named = _followed(schema, node).get("type")
    kinds = named if isinstance(named, list) else [named]
    return next((kind for kind in kinds if kind in {TEXT, INTEGER, NUMBER, BOOLEAN}), TEXT)


def value_of(kind: str, cell: str) -> str | int | float | bool:
    """Read a cell."""
    if kind in {INTEGER, NUMBER} and _INTEGER.fullmatch(cell):
        return int(cell)
    if kind == NUMBER and _NUMBER.fullmatch(cell):
        return float(cell)
    if kind == BOOLEAN:
        return _BOOLEANS.get(cell.lower(), cell)
    return cell


def _followed(schema: Any, node: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
    """The node that a local reference stands for."""
    for _ in range(MAX_DEPTH):
        if not isinstance(node, dict):
            return {}
        reference = node.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return node
        node = schema
        for part in reference[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            node = node.get(name) if isinstance(node, dict) else None
    return {}


def _below(schema: Any, node: Any, part: str, depth: int) -> Any:  # noqa: ANN401  any JSON
    """What a schema says of one member, or of a place in a list."""
    found = _followed(schema, node)
    properties = found.get("properties")
    if isinstance(properties, dict) and part in properties:
        return properties[part]
    if part.isdigit() and isinstance(found.get("items"), dict):
        return found["items"]
    for word in ("allOf", "anyOf", "oneOf"):
        branches = found.get(word)
        for branch in branches if isinstance(branches, list) and depth < MAX_DEPTH else []:
            below = _below(schema, branch, part, depth + 1)
            if below is not None:
                return below
    return None


def _key_place(header: Sequence[str], key_column: str | None) -> int | None:
    if key_column is None:
        return None
    names = [name.strip() for name in header]
    if key_column not in names:
        raise LocalError("csv.header", f"--key names a column that is not there: {key_column[:80]!r}")
    return names.index(key_column)


def _rows(
    reader: Any,  # noqa: ANN401  the type of csv.reader has no public name
    header: Sequence[str],
    columns: Sequence[Column | None],
    key_at: int | None,
) -> Iterator[CsvRow]:
    seen: set[str] = set()
    number = 0
    for cells in reader:
        if not any(cells):
            continue
        number += 1
        if len(cells) != len(header):
            raise LocalError(
                "csv.row", f"line {reader.line_num} has {len(cells)} cells, the header {len(header)}"
            )
        key = str(number) if key_at is None else cells[key_at].strip()
        if not 1 <= len(key) <= 255 or key in seen:
            raise LocalError(
                "csv.key",
                f"line {reader.line_num}: its key is empty, longer than 255 characters, or another row's",
                remedy="name a column with --key that is different in each row, or leave it out",
            )
        seen.add(key)
        yield CsvRow(number, reader.line_num, key, _credential(columns, cells))


def _credential(columns: Sequence[Column | None], cells: Sequence[str]) -> JsonObject:
    tree: dict[str, Any] = {SUBJECT: {}}
    for column, cell in zip(columns, cells, strict=True):
        text = cell.strip()
        if column is None or not text:
            continue
        node = tree
        for part in column.path[:-1]:
            node = node.setdefault(part, {})
        node[column.path[-1]] = value_of(column.kind, text)
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:  # noqa: ANN401  any JSON
    """Let members that are numbered be a list, without gaps."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(item) for name, item in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
