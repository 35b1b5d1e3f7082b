"""Sealing and pass-phrases: published figures, and every way a sealed text must not open."""

from __future__ import annotations

from did import sodium
from tests.did.outcomes import code_of

# draft-irtf-cfrg-xchacha-03 appendix A.3.1
KEY = bytes(range(0x80, 0xA0))
NONCE = bytes(range(0x40, 0x58))
CONTEXT = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
PLAIN = (
    b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    b"sunscreen would be it."
)


def test_seal_published_example():
    sealed = sodium.seal(KEY, NONCE, PLAIN, CONTEXT)
    assert sealed[:16].hex() == "bd6d179d3e83d43b9576579493c0e939"
    assert sealed[-16:].hex() == "c0875924c1c7987947deafd8780acf49"
    assert sodium.unseal(KEY, NONCE, sealed, CONTEXT) == PLAIN


def test_unseal_refuses_whatever_differs():
    sealed = sodium.seal(KEY, NONCE, PLAIN, CONTEXT)
    other = bytes(32)
    for arguments in (
        (other, NONCE, sealed, CONTEXT),
        (KEY, bytes(24), sealed, CONTEXT),
        (KEY, NONCE, bytes([sealed[0] ^ 1]) + sealed[1:], CONTEXT),
        (KEY, NONCE, sealed[:-1], CONTEXT),
        (KEY, NONCE, b"", CONTEXT),
        (KEY, NONCE, sealed, b""),
    ):
        assert code_of(sodium.unseal, *arguments) == "sodium.unseal"


def test_lengths_are_checked():
    assert code_of(sodium.seal, KEY[:-1], NONCE, b"", b"") == "sodium.length"
    assert code_of(sodium.seal, KEY, NONCE[:-1], b"", b"") == "sodium.length"
    assert code_of(sodium.unseal, KEY + b"x", NONCE, b"", b"") == "sodium.length"
    assert code_of(sodium.ed25519_sign, bytes(31), b"") == "sodium.length"
    assert code_of(sodium.ed25519_sign_expanded, bytes(32), b"") == "sodium.length"
    assert code_of(sodium.ed25519_verify, bytes(31), b"", bytes(64)) == "sodium.signature"
    assert code_of(sodium.argon2id, b"p", bytes(15), operations=1, memory=8192) == "sodium.length"


def test_argon2id_depends_on_everything():
    made = {
        sodium.argon2id(password, salt, operations=operations, memory=memory)
        for password, salt, operations, memory in (
            (b"pass", bytes(16), 1, 8192),
            (b"past", bytes(16), 1, 8192),
            (b"pass", bytes(15) + b"1", 1, 8192),
            (b"pass", bytes(16), 2, 8192),
            (b"pass", bytes(16), 1, 16384),
        )
    }
    assert len(made) == 5
    assert {len(key) for key in made} == {32}
    assert code_of(sodium.argon2id, b"p", bytes(16), operations=0, memory=8192) == "sodium.argon2id"
    assert code_of(sodium.argon2id, b"p", bytes(16), operations=1, memory=1) == "sodium.argon2id"
