"""Wrapped keys and the master key."""

from __future__ import annotations

import pickle
import secrets
import stat

import pytest

from api.errors import ApiError
from api.keys import master
from api.keys.secret import Secret
from api.keys.vault import Label, Sealed, Vault

LABEL = Label("default", "did:example:1#k", "assertion", 1)


def vault():
    return Vault(Secret(b"\x01" * 32), secrets.token_bytes)


def test_what_is_sealed_opens_for_its_row_only():
    sealed = vault().seal(LABEL, b"private")
    assert vault().open(LABEL, sealed) == b"private"
    for other in (
        Label("other", LABEL.key_id, LABEL.purpose, 1),
        Label(LABEL.tenant, "did:example:1#l", LABEL.purpose, 1),
        Label(LABEL.tenant, LABEL.key_id, "authentication", 1),
        Label(LABEL.tenant, LABEL.key_id, LABEL.purpose, 2),
    ):
        with pytest.raises(ApiError) as caught:
            vault().open(other, sealed)
        assert caught.value.code == "keys.unwrap"


def test_labels_do_not_run_into_each_other():
    assert Label("a", "bc", "d", 1).encode() != Label("ab", "c", "d", 1).encode()


def test_a_wrong_master_key_or_a_changed_text_does_not_open():
    sealed = vault().seal(LABEL, b"private")
    with pytest.raises(ApiError):
        Vault(Secret(b"\x02" * 32), secrets.token_bytes).open(LABEL, sealed)
    with pytest.raises(ApiError):
        vault().open(LABEL, Sealed(sealed.nonce, sealed.text[:-1] + bytes([sealed.text[-1] ^ 1])))


def test_secrets_do_not_show():
    assert "private" not in repr(Secret(b"private"))
    assert "private" not in f"{Secret(b'private')}"
    with pytest.raises(TypeError):
        pickle.dumps(Secret(b"private"))


def test_the_master_key_file_is_made_once_and_private(tmp_path):
    path = tmp_path / "keys" / "master.key"
    first = master.from_file(path, may_create=True, random_bytes=secrets.token_bytes)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (
        master.from_file(path, may_create=True, random_bytes=secrets.token_bytes).reveal() == first.reveal()
    )


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda path: None, "keys.master-missing"),
        (lambda path: (path.write_text("00" * 32), path.chmod(0o644)), "keys.master-file"),
        (lambda path: (path.write_text("00" * 31), path.chmod(0o600)), "keys.master-file"),
        (lambda path: (path.write_text("zz" * 32), path.chmod(0o600)), "keys.master-file"),
    ],
    ids=["gone", "readable by others", "short", "no hex"],
)
def test_a_master_key_file_that_cannot_be_right_is_refused(tmp_path, prepare, code):
    path = tmp_path / "master.key"
    prepare(path)
    with pytest.raises(ApiError) as caught:
        master.from_file(path, may_create=False, random_bytes=secrets.token_bytes)
    assert caught.value.code == code


def test_a_passphrase_gives_one_key_for_one_salt(monkeypatch):
    monkeypatch.setattr(master, "MEMORY", 1 << 20)
    one = master.from_passphrase("correct horse", b"\x01" * 16).reveal()
    assert one == master.from_passphrase("correct horse", b"\x01" * 16).reveal()
    assert one != master.from_passphrase("correct horse", b"\x02" * 16).reveal()
    assert one != master.from_passphrase("battery staple", b"\x01" * 16).reveal()
