import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.errors import WalletError
from credentials.holder.vault import MAX_BYTES, Cost, Vault
from tests.support.world import Random, tamper

MIB = 1 << 20
CHEAP = Cost(operations=1, memory=8 * MIB)
CONTENTS = {"credentials": [], "keys": [{"seed": "canary-secret"}]}
PASSPHRASE = "correct horse"
RANDOM = Random("vault")
VAULT = Vault.create(PASSPHRASE, cost=CHEAP, random_bytes=RANDOM)
CONTAINER = VAULT.seal(CONTENTS, random_bytes=RANDOM)
DOCUMENT = orjson.loads(CONTAINER)


def refused(container, passphrase=PASSPHRASE):
    with pytest.raises(WalletError) as caught:
        Vault.open(container, passphrase)
    assert "canary" not in str(caught.value)
    assert passphrase not in str(caught.value)
    return caught.value.code


def test_what_was_sealed_is_opened():
    vault, contents = Vault.open(CONTAINER, PASSPHRASE)
    assert contents == CONTENTS
    again = vault.seal({"credentials": [1]}, random_bytes=RANDOM)
    assert Vault.open(again, PASSPHRASE)[1] == {"credentials": [1]}


def test_every_sealing_takes_a_new_nonce_and_keeps_the_salt():
    again = orjson.loads(VAULT.seal(CONTENTS, random_bytes=RANDOM))
    assert again["kdf"] == DOCUMENT["kdf"]
    assert again["nonce"] != DOCUMENT["nonce"]
    assert again["ciphertext"] != DOCUMENT["ciphertext"]


def test_neither_contents_nor_passphrase_nor_key_are_readable():
    assert b"canary" not in CONTAINER
    assert PASSPHRASE.encode() not in CONTAINER
    assert VAULT._key.hex() not in repr(VAULT)
    assert "Cost(" in repr(VAULT)


def test_a_wrong_passphrase_does_not_open():
    assert refused(CONTAINER, "correct horsE") == "wallet.locked-out"


def test_a_passphrase_is_the_same_in_both_unicode_forms():
    container = Vault.create("caf\u00e9", cost=CHEAP, random_bytes=RANDOM).seal({}, random_bytes=RANDOM)
    assert Vault.open(container, "cafe\u0301")[1] == {}


@pytest.mark.parametrize("passphrase", ["", "a" * 1025, "\ud800"])
def test_refused_passphrases(passphrase):
    with pytest.raises(WalletError) as caught:
        Vault.create(passphrase, cost=CHEAP, random_bytes=RANDOM)
    assert caught.value.code == "wallet.passphrase"


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/format", "other", "wallet.unreadable"),
        ("/version", 2, "wallet.unreadable"),
        ("/version", ..., "wallet.unreadable"),
        ("/cipher", "aes-gcm", "wallet.unreadable"),
        ("/extra", 1, "wallet.unreadable"),
        ("/kdf", ..., "wallet.unreadable"),
        ("/kdf/name", "scrypt", "wallet.unreadable"),
        ("/kdf/operations", "1", "wallet.unreadable"),
        ("/kdf/operations", True, "wallet.unreadable"),
        ("/kdf/operations", 0, "wallet.cost"),
        ("/kdf/operations", 17, "wallet.cost"),
        ("/kdf/memory", 8 * MIB - 1, "wallet.cost"),
        ("/kdf/memory", 1024 * MIB + 1, "wallet.cost"),
        ("/kdf/operations", 2, "wallet.locked-out"),
        ("/kdf/memory", 9 * MIB, "wallet.locked-out"),
        ("/kdf/salt", "AAAA", "wallet.unreadable"),
        ("/kdf/salt", "AAAAAAAAAAAAAAAAAAAAAA", "wallet.locked-out"),
        ("/kdf/salt", DOCUMENT["kdf"]["salt"] + "=", "wallet.unreadable"),
        ("/nonce", "A" * 32, "wallet.locked-out"),
        ("/nonce", "A" * 28, "wallet.unreadable"),
        ("/ciphertext", "", "wallet.locked-out"),
        ("/ciphertext", DOCUMENT["ciphertext"][:40], "wallet.locked-out"),
        ("/ciphertext", "*", "wallet.unreadable"),
    ],
)
def test_a_changed_container_does_not_open(pointer, value, code):
    assert refused(orjson.dumps(tamper(DOCUMENT, pointer, value))) == code


def test_the_header_is_authenticated_beside_what_the_key_depends_on(monkeypatch):
    """Another version that some later reader accepts would not open: it is associated data."""
    monkeypatch.setattr("credentials.holder.vault.VERSION", 2)
    assert refused(orjson.dumps(tamper(DOCUMENT, "/version", 2))) == "wallet.locked-out"


def test_a_container_has_a_size():
    assert refused(b" " * (MAX_BYTES + 1)) == "wallet.unreadable"


@given(st.binary(max_size=60) | st.text(max_size=20).map(lambda text: orjson.dumps({"format": text})))
def test_only_our_errors_leave(container):
    assert refused(container) == "wallet.unreadable"
