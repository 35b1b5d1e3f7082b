"""`avow fsck`: each kind of damage is found with its code and no other, and mended where it may be."""

from __future__ import annotations

import shutil

import pytest

from did.registry.entries import KIND_EVIDENCE
from tests.support.data_directory import check, codes, repair, sql

REGISTER = "checkpoint-register.txt"


def entry_of_kind(data, kind, *, last=False):
    rows = sql(data, "select position, entry from log_entries order by position")
    found = [row for row in rows if row[1][13] == kind]
    return found[-1 if last else 0]


def rewrite(kind, at, *, last=False):
    def plant(data):
        position, entry = entry_of_kind(data, kind, last=last)
        changed = entry[:at] + bytes((entry[at] ^ 1,)) + entry[at + 1 :]
        sql(data, "update log_entries set entry = ? where position = ?", changed, position)

    return plant


def run(statement, *values):
    return lambda data: sql(data, statement, *values)


def register_lines(change):
    def plant(data):
        path = data / REGISTER
        path.write_text("".join(change(path.read_text().splitlines(keepends=True))))

    return plant


def swap_roots(line):
    size, root, map_root, time = line.split(" ")
    return f"{size} {map_root} {root} {time}"


def public_file(name, change):
    def plant(data):
        file = next((data / "public/log").glob(name))
        content = change(file.read_bytes())
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)

    return plant


def flip(content):
    return content[:-1] + bytes((content[-1] ^ 1,))


def add_file(name):
    return lambda data: (data / "public/log" / name).write_bytes(b"x")


def damaged_page(data):
    ((root,),) = sql(data, "select rootpage from sqlite_master where name = 'dids'")
    with (data / "avow.sqlite3").open("r+b") as file:
        file.seek((root - 1) * 4096 + 8)
        file.write(b"\xff" * 64)


def older_chain(data):
    shutil.copy(data.parent / "older-chain.sqlite3", data / "chain.sqlite3")


DID = "(select scid from dids where name = 'one')"
STRAY_PAGE = "insert into map_pages values (x'0110', 3, '', x'00000000')"

ONLY_FOUND = {
    "a gap": (run("delete from log_entries where position in (5, 6)"), {"log.missing": 1}),
    "no beginning": (run("delete from log_entries where position = 0"), {"log.missing": 1}),
    "no end": (run("delete from log_entries where position > 20"), {"log.missing": 1}),
    "an operation rewritten": (rewrite(1, 60), {"log.rewritten": 1}),
    "an operation that does not parse": (rewrite(1, 15), {"log.rewritten": 1}),
    "evidence rewritten, which has no effect": (rewrite(KIND_EVIDENCE, 20), {"log.rewritten": 1}),
    "evidence rewritten at the edge": (rewrite(KIND_EVIDENCE, 20, last=True), {"log.rewritten": 1}),
    "a seal rewritten": (rewrite(4, 30), {"log.rewritten": 1}),
    "several entries rewritten": (
        lambda data: [rewrite(kind, 30)(data) for kind in (1, 2, 4)],
        {"log.rewritten": 3},
    ),
    "a record gone": (
        run(f"delete from did_versions where version = 2 and scid = {DID}"),
        {"record.missing": 1},
    ),
    "a record of no leaf": (
        run(
            "insert into did_versions select scid, 9, tenant, entry_hash, 0, 0, line, 9999 "
            "from did_versions "
            f"where version = 1 and scid = {DID}"
        ),
        {"record.stray": 1},
    ),
    "a record with another hash": (
        run("update did_versions set entry_hash = zeroblob(34) where version = 2"),
        {"record.differs": 3},
    ),
    "a record with another flag": (
        run("update did_versions set deactivated = 1 - deactivated where version = 1"),
        {"record.differs": 3},
    ),
    "a record at another leaf": (
        run(f"update did_versions set version = 7 where version = 2 and scid = {DID}"),
        {"record.differs": 1},
    ),
    "a line of another version": (
        run(
            f"update did_versions set line = "
            f"(select line from did_versions where version = 1 and scid = {DID}) "
            f"where version = 2 and scid = {DID}"
        ),
        {"record.history": 1},
    ),
    "a DID without its row": (run("delete from dids where name = 'one'"), {"record.did": 1}),
    "a DID under another name": (
        run("update dids set did = did || 'x' where name = 'one'"),
        {"record.did": 1},
    ),
    "a row without versions": (
        run("insert into dids values ('Qmx', 'default', 'x', 'did:x', 1, 0)"),
        {"record.did": 1},
    ),
    "evidence that opens nothing": (
        run(
            "update evidence set salt = zeroblob(32) where log_index = (select min(log_index) from evidence)"
        ),
        {"evidence.opening": 1},
    ),
    "evidence half erased": (
        run("update evidence set salt = null where log_index = (select min(log_index) from evidence)"),
        {"evidence.opening": 1},
    ),
    "evidence without its row": (
        run("delete from evidence where log_index = (select min(log_index) from evidence)"),
        {"record.missing": 1},
    ),
    "evidence of no leaf": (
        run("insert into evidence values ('x', 'default', 0, null, null, null, null)"),
        {"evidence.entry": 1},
    ),
    "a register line that does not read": (
        register_lines(lambda lines: [lines[0], "x" + lines[1], *lines[2:]]),
        {"register.malformed": 1, "register.lost": 1},
    ),
    "a register line with other roots": (
        register_lines(lambda lines: [lines[0], swap_roots(lines[1]), *lines[2:]]),
        {"register.forked": 1, "checkpoint.differs": 1},
    ),
    "the newest register line with other roots": (
        register_lines(lambda lines: [*lines[:-1], swap_roots(lines[-1])]),
        {"register.forked": 1, "checkpoint.differs": 1},
    ),
    "register lines that do not rise": (
        register_lines(lambda lines: [lines[1], lines[0], *lines[2:]]),
        {"register.forked": 1},
    ),
    "a register that was cut": (
        register_lines(lambda lines: lines[:-1]),
        {"register.lost": 1},
    ),
    "a register that knows more": (
        register_lines(lambda lines: [*lines, "9999" + lines[-1][lines[-1].index(" ") :]]),
        {"register.behind": 1},
    ),
    "a checkpoint with other roots": (
        run("update checkpoints set root = map_root where size = (select max(size) from checkpoints)"),
        {"checkpoint.differs": 1},
    ),
    "a note of another checkpoint": (
        run(
            "update checkpoints set note = (select note from checkpoints order by size limit 1) "
            "where size = (select size from checkpoints order by size limit 1 offset 1)"
        ),
        {"checkpoint.differs": 1},
    ),
    "a note that nobody signed": (
        run(
            "update checkpoints set note = replace(note, substr(note, -10), 'AAAAAAAA=' || char(10)) "
            "where size = (select size from checkpoints order by size limit 1)"
        ),
        {"checkpoint.signature": 1},
    ),
    "a note that does not read": (
        run(
            "update checkpoints set note = 'x' where size = "
            "(select size from checkpoints order by size limit 1)"
        ),
        {"checkpoint.malformed": 1},
    ),
    "an anchor in another block": (
        run("update anchors set block_hash = zeroblob(32) where size = (select min(size) from anchors)"),
        {"anchor.row": 1},
    ),
    "an anchor of another size": (
        run("update anchors set size = size + 1 where size = (select min(size) from anchors)"),
        {"anchor.row": 1},
    ),
    "a chain that lost blocks": (older_chain, {"anchor.row"}),
    "no chain": (lambda data: (data / "chain.sqlite3").unlink(), {"chain.missing": 1}),
    "a chain that is none": (
        lambda data: (data / "chain.sqlite3").write_bytes(b"x" * 5000),
        {"chain.store": 1},
    ),
    "a key moved to another purpose": (
        run("update keys set purpose = 'x' where key_id like 'update:%' and state = 'next'"),
        {"keys.unwrap": 2},
    ),
    "a key in the clear": (
        run("update keys set wrapped = zeroblob(32) where key_id like 'update:%' and state = 'next'"),
        {"keys.plaintext": 2},
    ),
    "another public half": (
        run(
            "update keys set public = (select public from keys where state = 'next' limit 1) "
            "where state = 'retired' and type = 'Ed25519'"
        ),
        {"keys.public"},
    ),
    "another master key": (lambda data: (data / "master.key").write_text("00" * 32), {"keys.unwrap": 1}),
    "an older schema": (run("update alembic_version set version_num = '0002'"), {"store.revision": 1}),
    "a table that lacks a column": (run("alter table tokens drop column scopes"), {"store.schema": 1}),
    "a damaged page": (damaged_page, {"store.damaged"}),
    "no database": (
        lambda data: (data / "avow.sqlite3").write_bytes(b"garbage" * 1000),
        {"store.unreadable": 1},
    ),
}

MENDED = {
    "a state with another hash": (
        run("update log_states set hash34 = zeroblob(34) where version = 2"),
        {"derived.state": 3},
    ),
    "a state gone": (run("delete from log_states where version = 2"), {"derived.state": 3}),
    "a state of nothing": (
        run("insert into log_states values (zeroblob(34), 1, '', zeroblob(34), 3, 0)"),
        {"derived.stray": 1},
    ),
    "a tile changed": (run("update log_tiles set hashes = zeroblob(8192)"), {"derived.tile": 1}),
    "a tile gone": (run("delete from log_tiles"), {"derived.tile": 1}),
    "a tile of nothing": (
        run("insert into log_tiles values (0, 7, '', zeroblob(8192))"),
        {"derived.stray": 1},
    ),
    "the top page changed": (
        run("update map_pages set page = x'00000000' where prefix = x'00'"),
        {"derived.page": 1},
    ),
    "all pages gone": (run("delete from map_pages"), None),
    "a page of nothing": (run(STRAY_PAGE), {"derived.stray": 1}),
    "a page named as replaced": (
        run(
            "insert or replace into map_replaced select 1, prefix, version, '' "
            "from map_pages where prefix = x'00'"
        ),
        {"derived.stray": 1},
    ),
    "a tile file changed": (public_file("tile/0/000", flip), {"public.differs": 1}),
    "a bundle changed": (public_file("tile/entries/001.p/*", flip), {"public.differs": 1}),
    "a bundle gone": (public_file("tile/entries/000", lambda _: None), {"public.missing": 1}),
    "a history changed": (public_file("history/*.jsonl", flip), {"public.differs": 1}),
    "a history gone": (public_file("history/*.jsonl", lambda _: None), {"public.missing": 1}),
    "a history cut": (
        lambda data: [
            public_file(f"history/{scid}.jsonl", lambda text: text[: text.index(b"\n") + 1])(data)
            for (scid,) in sql(data, "select scid from dids where name = 'one'")
        ],
        {"public.differs": 1},
    ),
    "a history of nobody": (add_file("history/Qmx.jsonl"), {"public.stray": 1}),
    "a tile beyond the log": (add_file("tile/entries/077"), {"public.stray": 1}),
    "a file of another kind": (add_file("tile/x"), {"public.stray": 1}),
    "a checkpoint that nobody signed": (public_file("checkpoint", flip), None),
    "a checkpoint of another size": (
        public_file("checkpoint", lambda text: text.replace(b"\n", b"\n1", 1)),
        {"public.checkpoint": 1},
    ),
    "no checkpoint": (public_file("checkpoint", lambda _: None), {"public.missing": 1}),
    "no public folder": (lambda data: shutil.rmtree(data / "public"), {"public.missing": 1}),
    "no file of the service's keys": (
        lambda data: (data / "service-keys.json").unlink(),
        {"keys.service-file": 1},
    ),
    "a damaged file of the service's keys": (
        lambda data: (data / "service-keys.json").write_text("{}"),
        {"keys.service-file": 1},
    ),
}


def test_a_directory_that_a_service_left_is_whole(data, older):
    assert codes(data) == {}
    assert codes(older) == {}
    looked = {checked.name: checked for checked in check(data, deep=True)}
    assert not any(checked.left_out for checked in looked.values())
    assert looked["entries"].looked_at.startswith("3")
    assert "1 tiles" in looked["derived"].looked_at


@pytest.mark.parametrize("name", ONLY_FOUND)
def test_damage_is_found_with_its_code(built, data, name):
    shutil.copy(built / "older/chain.sqlite3", data.parent / "older-chain.sqlite3")
    plant, expected = ONLY_FOUND[name]
    plant(data)
    found = codes(data)
    assert (set(found) if isinstance(expected, set) else found) == expected


def test_keys_that_do_not_open_are_not_written_over_good_ones(data):
    path = data / "service-keys.json"
    kept = path.read_bytes()
    sql(data, "update keys set nonce = zeroblob(24) where key_id = 'log'")
    assert codes(data) == {"keys.unwrap": 1, "keys.service-file": 1}
    repair(data)
    assert path.read_bytes() == kept


def test_a_folder_ahead_of_the_database_is_left_alone(data, older):
    """It is the copy to recover from; register and database are both an older copy."""
    for name in ("avow.sqlite3", REGISTER, "chain.sqlite3"):
        shutil.copy(older / name, data)
    before = sorted((file, file.read_bytes()) for file in (data / "public").rglob("*") if file.is_file())
    assert codes(data) == {"public.ahead": 1}
    repair(data)
    assert before == sorted(
        (file, file.read_bytes()) for file in (data / "public").rglob("*") if file.is_file()
    )


@pytest.mark.parametrize("name", MENDED)
def test_damage_of_what_follows_is_found_and_mended(data, name):
    plant, expected = MENDED[name]
    plant(data)
    found = check(data)
    counts = {code: n for checked in found for code, n in checked.findings.counts.items()}
    assert counts
    if expected is not None:
        assert counts == expected
    before = (
        sql(data, "select * from log_entries"),
        (data / REGISTER).read_bytes(),
        sql(data, "select * from keys"),
    )
    repair(data)
    assert codes(data) == {}
    assert before == (
        sql(data, "select * from log_entries"),
        (data / REGISTER).read_bytes(),
        sql(data, "select * from keys"),
    )
