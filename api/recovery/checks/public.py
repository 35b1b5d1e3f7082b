"""Check 6: the public folder is byte for byte what the log yields.

Checklist:
1. its checkpoint is one that was signed (`public.checkpoint`, `public.missing`); where it is ahead of the
   database (`public.ahead`), the folder is a copy to recover from, and is neither judged nor touched
2. each tile, bundle and history that it promises is there (`public.missing`), and all that are there are
   those of the log (`public.differs`); later ones may stand there already when publishing was interrupted
3. nothing else is there (`public.stray`)

A folder that lags behind is no fault: the service goes on where it was. The same walk mends: it writes what
should be there, removes what should not, and puts a lost checkpoint in its place last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, text

from api import files
from api.recovery.findings import Mend
from api.recovery.records import logged_history
from api.recovery.scratch import number, stream
from api.registry.histories import FOLDER, history_file, history_text
from api.registry.stored_log import StoredLog
from api.registry.tiles import CHECKPOINT
from did.encoding import decode_multihash34, encode_base58btc
from did.errors import DidError
from did.registry.checkpoint import parse_checkpoint, verify_checkpoint
from did.registry.tiles import TilePath, encode_bundle, tiles_between

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Executable, Row

    from api.recovery.findings import Findings, Watch
    from did.registry.log import Log
    from did.registry.policy import Policy

_STATES: Final = """
SELECT version, hash34, deactivated FROM log_states
WHERE scid34 = :scid34 AND position < :size ORDER BY version
"""
REMEDY: Final = "It follows from the log: `avow fsck --repair` writes it anew."


class PublicCheck:
    """One folder against one log."""

    def __init__(
        self,
        found: Findings,
        connection: Connection,
        log: Log,
        folder: Path,
        *,
        policy: Policy | None,
        mending: bool = False,
    ) -> None:
        self._found = found
        self._policy = policy
        self._mending = mending
        self._connection = connection
        self._log = log
        self._folder = folder
        self._stored = StoredLog.over(connection)

    def run(self, signed: Collection[int], *, watch: Watch) -> str:
        """All steps; `signed` are the sizes of the register."""
        size = self._check_checkpoint(signed)  # 1
        if size > self._log.sealed_size:
            self._found.add(
                "public.ahead",
                f"public/log/{CHECKPOINT}",
                f"it covers {size} entries, and the database has sealed {self._log.sealed_size}",
                remedy="The database is an older copy: `avow recover --from` this folder completes it.",
            )
            return f"a checkpoint of size {size}"
        note = None
        if self._mending and self._found.counts:
            size, note = self._newest_note()
        paths = list(tiles_between(0, size))
        with watch("public folder", len(paths)) as advance:
            for path in paths:  # 2
                self._check_file(path.text, self._content(path))
                advance(1)
        histories = self._check_histories(size)
        self._check_rest({path.text for path in paths})  # 3
        if note is not None:
            files.publish(self._folder / CHECKPOINT, note.encode())
        return f"{len(paths)} tiles and bundles, {histories} histories, up to size {size}"

    def _check_checkpoint(self, signed: Collection[int]) -> int:
        """Step 1: the size that the folder promises; 0 where it promises nothing that holds."""
        try:
            note = (self._folder / CHECKPOINT).read_bytes().decode()
            checkpoint, _ = parse_checkpoint(note)
        except FileNotFoundError:
            if signed:
                self._add("public.missing", CHECKPOINT, "checkpoints were signed, and none is published")
            return 0
        except (OSError, UnicodeDecodeError, DidError):
            self._add("public.checkpoint", CHECKPOINT, "it does not read as a signed checkpoint")
            return 0
        size = checkpoint.size
        try:
            if self._policy is not None:
                verify_checkpoint(note, policy=self._policy, expected_origin=self._log.origin)
        except DidError as error:
            self._add("public.checkpoint", CHECKPOINT, error.detail)
            return 0
        if size > self._log.sealed_size:
            return size
        stored = number(self._connection, "SELECT count(*) FROM checkpoints WHERE size = :size", size=size)
        if not (stored or size in signed) or checkpoint != self._log.checkpoint(size):
            self._add("public.checkpoint", CHECKPOINT, f"no such checkpoint of size {size} was signed")
            return 0
        return size

    def _newest_note(self) -> tuple[int, str | None]:
        """The newest stored checkpoint, if it is good; without one the service's next start writes it."""
        note = self._connection.execute(
            text("SELECT note FROM checkpoints WHERE size <= :size ORDER BY size DESC LIMIT 1"),
            {"size": self._log.sealed_size},
        ).scalar()
        try:
            checkpoint, _ = parse_checkpoint(str(note))
            if checkpoint != self._log.checkpoint(checkpoint.size):
                return 0, None
            if self._policy is not None:
                verify_checkpoint(str(note), policy=self._policy, expected_origin=self._log.origin)
        except DidError:
            return 0, None
        return checkpoint.size, note

    def _check_histories(self, size: int) -> int:
        """Step 2, histories: each holds at least what the checkpoint covers, at most what is logged."""
        count = 0
        for row in stream(
            self._connection, "SELECT DISTINCT scid34 FROM log_states WHERE position < :size", size=size
        ):
            count += 1
            scid = encode_base58btc(row.scid34)
            name = history_file(scid)
            content = self._read(name)
            least, most = (history_text(self._rows, scid, at) for at in (size, 2**62))
            good = content is not None and content.startswith(least) and most.startswith(content)
            # Where the records do not hold (check 4), the file may be the last good copy.
            if (not good or not content) and self._is_logged(row.scid34, least, size):
                code = "public.missing" if content is None else "public.differs"
                self._add(code, name, "it is not the history that is stored", mended=least)
        return count

    def _is_logged(self, scid34: bytes, stored: bytes, size: int) -> bool:
        """Whether a stored history is the one that the log commits to."""
        states = list(stream(self._connection, _STATES, scid34=scid34, size=size))
        try:
            logged_history(stored, encode_base58btc(scid34), states)
        except DidError:
            return False
        return True

    def _check_rest(self, promised: Collection[str]) -> None:
        """Step 3."""
        for file in [path for path in self._folder.rglob("*") if path.is_file()]:
            name = file.relative_to(self._folder).as_posix()
            if name == CHECKPOINT or name in promised or file.name.startswith("."):
                continue
            if name.startswith(f"{FOLDER}/"):
                scid = file.name.removesuffix(".jsonl")
                if name != history_file(scid) or not self._knows(scid):
                    self._add("public.stray", name, "the log knows no such DID")
                continue
            try:
                path = TilePath.parse(name)
                content = self._content(path) if path.needs <= self._log.sealed_size else None
            except DidError:
                content = None
            if content is None:
                self._add("public.stray", name, "the log has nothing of that name")
            else:
                self._check_file(name, content)

    def _knows(self, scid: str) -> bool:
        try:
            scid34 = decode_multihash34(scid)
        except DidError:
            return False
        return any(stream(self._connection, _STATES, scid34=scid34, size=2**62))

    def _check_file(self, name: str, content: bytes) -> None:
        found = self._read(name)
        if found is None:
            self._add("public.missing", name, "the checkpoint promises it", mended=content)
        elif found != content:
            self._add("public.differs", name, "it is not what the log yields", mended=content)

    def _content(self, path: TilePath) -> bytes:
        if path.level is not None:
            return self._log.tile(path)
        return encode_bundle([bytes(e) for e in self._stored.entries(path.first, path.first + path.width)])

    def _read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return None

    def _add(self, code: str, name: str, detail: str, *, mended: bytes | None = None) -> None:
        self._found.add(code, f"public/log/{name}", detail, remedy=REMEDY, mend=Mend.PUBLIC)
        if not self._mending:
            return
        if mended is None:
            (self._folder / name).unlink(missing_ok=True)
        else:
            files.publish(self._folder / name, mended)

    def _rows(self, statement: Executable, values: Mapping[str, object]) -> Sequence[Row[Any]]:
        return self._connection.execute(statement, values).all()
