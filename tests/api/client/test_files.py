"""Files that commands read and write: bounded, strict, never in part, never over another."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from api.client import files
from api.client.failures import LocalError
from did.errors import DidError


def test_a_document_comes_back_as_it_was_written(tmp_path):
    files.write_object(tmp_path / "a.json", {"ü": [1, None]})
    assert files.read_object(tmp_path / "a.json") == {"ü": [1, None]}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_what_was_written_is_there_after_a_power_cut(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(files, "sync_directory", synced.append)
    files.write_text(tmp_path / "a.json", "new")
    assert synced == [tmp_path]


def test_another_file_is_replaced_only_when_asked(tmp_path):
    path = tmp_path / "a.json"
    files.write_text(path, "old")
    with pytest.raises(LocalError) as found:
        files.write_text(path, "new")
    assert (found.value.code, path.read_text()) == ("file.exists", "old")
    files.write_text(path, "new", replace=True)
    assert path.read_text() == "new"


def test_private_means_readable_by_its_owner_only(tmp_path):
    files.write_text(tmp_path / "a", "", private=True)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_nothing_is_left_where_writing_fails(tmp_path):
    with pytest.raises(LocalError) as found:
        files.write_text(tmp_path / "none" / "a", "")
    assert found.value.code == "file.missing"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"[1]", "json.not-object"), (b'{"a":1,"a":2}', "json.duplicate-key"), (b"\xff\xfe{\x00", "json.utf8")],
)
def test_only_strict_objects_are_read(tmp_path, content, code):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(DidError) as found:
        files.read_object(tmp_path / "a")
    assert found.value.code == code


def test_reading_ends_at_the_cap(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 10)
    (tmp_path / "a").write_bytes(b" " * 11)
    with pytest.raises(LocalError) as found:
        files.read_bytes(tmp_path / "a")
    assert found.value.code == "file.too-large"


def test_a_dash_is_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"a": 1}')))
    assert files.read_object(Path("-")) == {"a": 1}
