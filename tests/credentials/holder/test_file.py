import os
import stat
import subprocess
import sys

import pytest

from credentials.errors import WalletError
from credentials.holder.file import locked


def refused(act):
    with pytest.raises(WalletError) as caught:
        act()
    return caught.value.code


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "wallet.json"


def test_a_file_is_created_read_and_replaced(path):
    with locked(path) as file:
        assert not file.exists()
        file.create(b"one")
        assert file.exists()
        assert file.read() == b"one"
        file.replace(b"two")
        assert file.path == path
    assert path.read_bytes() == b"two"
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["wallet.json", "wallet.json.lock"]


def test_only_the_owner_may_read_it_whatever_the_umask(path):
    before = os.umask(0)
    try:
        with locked(path) as file:
            file.create(b"one")
            file.replace(b"two")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_wallet_is_not_overwritten_by_creating_one(path):
    with locked(path) as file:
        file.create(b"one")
        assert refused(lambda: file.create(b"two")) == "wallet.exists"
        assert file.read() == b"one"


def test_there_is_no_wallet_yet(path):
    with locked(path) as file:
        assert refused(file.read) == "wallet.absent"


def test_a_second_writer_is_refused(path):
    with locked(path):
        assert refused(lambda: locked(path).__enter__()) == "wallet.busy"
    with locked(path):
        pass


def test_a_second_program_is_refused(path):
    code = (
        "import sys, pathlib\n"
        "from credentials.holder.file import locked\n"
        "from credentials.errors import WalletError\n"
        "try:\n    locked(pathlib.Path(sys.argv[1])).__enter__()\n"
        "except WalletError as error:\n    print(error.code)\n"
    )
    with locked(path):
        found = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "wallet.busy"


def test_a_write_that_was_cut_short_leaves_the_old_file_and_is_cleaned_up(path):
    with locked(path) as file:
        file.create(b"old")
        path.with_name("wallet.json.new").write_bytes(b"half of the n")
        assert file.read() == b"old"
        file.replace(b"new")
    assert path.read_bytes() == b"new"


def test_a_failed_write_leaves_the_old_file(path, monkeypatch):
    with locked(path) as file:
        file.create(b"old")
        monkeypatch.setattr(
            os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device"))
        )
        assert refused(lambda: file.replace(b"new")) == "wallet.file"
        assert file.read() == b"old"


def test_data_is_synced_before_the_name_changes_and_the_folder_after(path, monkeypatch):
    steps = []
    sync, replace = os.fsync, os.replace

    def recorded_sync(descriptor):
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def recorded_replace(*arguments, **options):
        steps.append("rename")
        replace(*arguments, **options)

    monkeypatch.setattr(os, "fsync", recorded_sync)
    monkeypatch.setattr(os, "replace", recorded_replace)
    with locked(path) as file:
        file.create(b"one")
    assert steps == ["file", "rename", "folder"]


def test_a_link_beside_the_wallet_is_not_followed(path, tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    with locked(path) as file:
        path.with_name("wallet.json.new").symlink_to(victim)
        file.create(b"one")
    assert victim.read_bytes() == b"precious"
    path.with_name("wallet.json.lock").unlink()
    path.with_name("wallet.json.lock").symlink_to(victim)
    assert refused(lambda: locked(path).__enter__()) == "wallet.file"
