"""The file of published checkpoints: durable, checked at the start, and never another's file overwritten."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import subprocess
import sys
from hashlib import sha256

import pytest

from did import jcs
from did.chain import ChainError, ChainRejectedError
from did.chain.driver import AnchorCall
from did.chain.file import FileChain
from did.chain.published import PublishedFile
from did.encoding import encode_base64url
from tests.support import vectors
from tests.support.network_world import Publisher

ORIGIN = "localhost:8000/log"
SIZES = (2, 5, 9)


@pytest.fixture
def path(tmp_path):
    """A file of three checkpoints."""
    found = tmp_path / "published.jsonl"
    publish(found, SIZES)
    return found


def publish(path, sizes, publisher=None, old=0):
    publisher = publisher or Publisher()
    file = PublishedFile(path, ORIGIN)
    for size in sizes:
        file.append(publisher.call(old, size), 1_800_000_000 + size)
        old = size
    file.close()


def opened(path):
    file = PublishedFile(path, ORIGIN)
    try:
        return file.count, file.head.size, file.line_hash(file.count)
    finally:
        file.close()


def refused(path, code, origin=ORIGIN):
    before = path.read_bytes()
    with pytest.raises(ChainError) as found:
        PublishedFile(path, origin)
    assert found.value.code == code
    assert found.value.remedy
    assert path.read_bytes() == before
    return found.value


def lines(path):
    return path.read_bytes().splitlines()


def write(path, found):
    path.write_bytes(b"".join(line + b"\n" for line in found))


def test_each_line_names_the_one_before_and_carries_its_proofs(path):
    first, *rest = lines(path)
    assert json.loads(first) == {"origin": ORIGIN, "type": "AvowPublishedCheckpoints", "version": 1}
    for number, (before, line) in enumerate(zip([first, *rest], rest, strict=False), start=1):
        value = json.loads(line)
        assert value["previous"] == encode_base64url(sha256(before).digest())
        assert (value["sequence"], value["size"]) == (number, SIZES[number - 1])
        assert value["edge"]
        assert jcs.canonicalize(value) == line


def test_it_goes_on_after_a_restart(path):
    assert opened(path) == (3, 9, sha256(lines(path)[-1]).digest())
    publisher = Publisher()
    for old, new in ((0, 2), (2, 5), (5, 9)):
        publisher.call(old, new)
    publish(path, (20,), publisher, old=9)
    assert opened(path)[:2] == (4, 20)


@pytest.mark.parametrize("kept", [0, 1, 40, -1])
def test_what_a_crash_left_of_a_line_was_never_published(path, kept):
    whole = path.read_bytes()
    torn = b'{"edge":["' + b"A" * 200
    path.write_bytes(whole + torn[:kept])
    assert opened(path)[:2] == (3, 9)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("kept", [0, 1, 30])
def test_a_first_start_that_was_cut_off_is_made_again(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    assert opened(path)[:2] == (0, 0)
    assert path.read_bytes().endswith(b'"version":1}\n')


@pytest.mark.parametrize(
    "name", ["edge", "extension", "mapRoot", "previous", "root", "sequence", "size", "time"]
)
@pytest.mark.parametrize("at", [1, 2])
def test_a_changed_line_is_refused(path, name, at):
    found = lines(path)
    value = json.loads(found[at])
    if isinstance(value[name], int):
        value[name] += 1
    elif isinstance(value[name], str):
        value[name] = encode_base64url(b"\x07" * 32)
    else:
        value[name] = value[name][1:] or [encode_base64url(b"\x07" * 32)]
    found[at] = jcs.canonicalize(value)
    write(path, found)
    refused(path, "chain.store")


@pytest.mark.parametrize("name", ["edge", "extension", "mapRoot", "previous", "root", "sequence", "size"])
def test_in_the_newest_line_the_rules_of_the_contract_notice_a_change(path, name):
    test_a_changed_line_is_refused(path, name, 3)


CHANGES = {
    "one is missing": lambda found: [found[0], found[2], found[3]],
    "two are swapped": lambda found: [found[0], found[2], found[1], found[3]],
    "the last stands twice": lambda found: [*found, found[3]],
    "the first is missing": lambda found: found[1:],
    "a space": lambda found: [*found[:2], found[2].replace(b":", b": ", 1), found[3]],
    "a decimal point": lambda found: [*found[:2], found[2].replace(b'"size":5', b'"size":5.0'), found[3]],
    "a member more": lambda found: [*found[:3], found[3].replace(b'"size"', b'"sighs":1,"size"')],
    "an empty object": lambda found: [*found[:3], b"{}"],
    "an empty line": lambda found: [*found[:3], b""],
    "no text": lambda found: [*found[:3], b"\xff"],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_lines_out_of_place_or_of_another_form_are_refused(path, change):
    write(path, change(lines(path)))
    refused(path, "chain.store")


@pytest.mark.parametrize("name", ["sequence", "size"])
def test_true_is_not_one(tmp_path, name):
    path = tmp_path / "published.jsonl"
    publish(path, (1,))
    path.write_bytes(path.read_bytes().replace(b'"%s":1' % name.encode(), b'"%s":true' % name.encode()))
    refused(path, "chain.store")


def test_what_follows_the_lines_and_is_none_is_left_as_it_is(path):
    path.write_bytes(path.read_bytes() + b"x" * 9_000)
    refused(path, "chain.store")


@pytest.mark.parametrize(
    "content",
    [b"# my notes\n", b"no line end", b"x" * 20_000, b'{"origin":"other.example/log"'],
    ids=["notes", "no line end", "long", "another log"],
)
def test_another_file_is_left_as_it_is(path, content):
    path.write_bytes(content)
    refused(path, "chain.store")


def test_the_file_of_another_log_is_refused(path):
    assert "this log" in refused(path, "chain.store", origin="other.example/log").detail


def test_a_file_of_one_process(path):
    file = PublishedFile(path, ORIGIN)
    code = (
        "import pathlib, sys; from did.chain.published import PublishedFile;"
        " PublishedFile(pathlib.Path(sys.argv[1]), 'x')"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert "chain.in-use" in other.stderr
    file.close()
    opened(path)


def test_a_directory_that_is_not_there_is_unavailable(tmp_path):
    with pytest.raises(ChainError) as found:
        PublishedFile(tmp_path / "nowhere" / "published.jsonl", ORIGIN)
    assert found.value.code == "chain.unavailable"


def test_a_line_is_synced_before_it_counts_and_a_full_disk_leaves_nothing(path, monkeypatch):
    publisher = Publisher()
    for old, new in ((0, 2), (2, 5), (5, 9)):
        publisher.call(old, new)
    call = publisher.call(9, 20)
    whole, events = path.read_bytes(), []
    file = PublishedFile(path, ORIGIN)
    write_, sync = os.pwrite, os.fsync

    def full(descriptor, data, at):
        write_(descriptor, bytes(data)[:50], at)
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(ChainError) as found:
        file.append(call, 1_800_000_100)
    assert found.value.code == "chain.unavailable"
    assert (file.count, file.head.size) == (3, 9)
    monkeypatch.setattr(os, "pwrite", lambda *given: events.append("write") or write_(*given))
    monkeypatch.setattr(os, "fsync", lambda given: events.append("sync") or sync(given))
    file.append(call, 1_800_000_100)
    assert events == ["write", "sync"]
    file.close()
    assert path.read_bytes().startswith(whole)
    assert opened(path)[:2] == (4, 20)


def test_a_line_that_was_not_synced_is_written_over(path, monkeypatch):
    publisher, sync = Publisher(), os.fsync
    for old, new in ((0, 2), (2, 5), (5, 9)):
        publisher.call(old, new)
    file = PublishedFile(path, ORIGIN)

    def failing(_):
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(ChainError):
        file.append(publisher.call(9, 1_000), 1_800_000_100)
    monkeypatch.setattr(os, "fsync", sync)
    file.append(publisher.call(9, 10), 1_800_000_100)
    file.close()
    assert opened(path)[:2] == (4, 10)


def test_short_writes_are_gone_on_with(path, monkeypatch):
    publisher, write_ = Publisher(), os.pwrite
    for old, new in ((0, 2), (2, 5), (5, 9)):
        publisher.call(old, new)
    monkeypatch.setattr(os, "pwrite", lambda descriptor, data, at: write_(descriptor, bytes(data)[:100], at))
    publish(path, (20,), publisher, old=9)
    assert opened(path)[:2] == (4, 20)


def test_a_refused_checkpoint_is_not_written(path):
    publisher = Publisher()
    whole = path.read_bytes()
    file = PublishedFile(path, ORIGIN)
    for call, error in (
        (publisher.call(0, 9), "NotLarger"),
        (publisher.call(0, 20), "NotConsistent"),
    ):
        with pytest.raises(ChainRejectedError) as found:
            file.append(call, 1_800_000_100)
        assert found.value.error == error
    with pytest.raises(ChainError) as found:
        file.append(AnchorCall(2**53, bytes(32), bytes(32), (), ()), 1)
    assert found.value.code == "chain.call"
    file.close()
    assert path.read_bytes() == whole


CHILD = """
import os, pathlib, signal, sys
from did.chain.published import PublishedFile
from tests.support.network_world import Publisher

publisher, old = Publisher(), 0
file = PublishedFile(pathlib.Path(sys.argv[1]), "localhost:8000/log")
for size in range(2, 10_000, 3):
    file.append(publisher.call(old, size), 1_800_000_000)
    old = size
    os.write(1, b"%d\\n" % size)
"""


def test_killed_while_publishing_nothing_that_was_told_is_lost(tmp_path):
    path = tmp_path / "published.jsonl"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, cwd=vectors.ROOT
    )
    told = [int(child.stdout.readline()) for _ in range(20)]
    child.kill()
    rest, _ = child.communicate()
    told += [int(line) for line in rest.split()]
    count, size, _ = opened(path)
    assert size >= told[-1]
    assert count >= len(told)


def test_a_driver_closes_its_file_and_may_be_opened_again(path):
    async def scenario():
        chain = await FileChain.open(path, origin=ORIGIN, now=lambda: 1_800_000_000)
        with pytest.raises(ChainError) as found:
            await FileChain.open(path, origin=ORIGIN, now=lambda: 1_800_000_000)
        assert found.value.code == "chain.in-use"
        await chain.close()
        again = await FileChain.open(path, origin=ORIGIN, now=lambda: 1_800_000_000)
        assert (await again.head()).size == 9
        await again.close()

    asyncio.run(scenario())
