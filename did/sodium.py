"""libsodium, the only door to it: Ed25519, sealing with XChaCha20-Poly1305, and argon2id.

Invariants: lengths are checked before the library is called (its low-level binding does not), secrets never
stand in an error, and nothing but `DidError` with a code `sodium.*` leaves. libsodium refuses Ed25519 keys of
small order and signatures whose scalar is not reduced.

Not here: key types and their text forms (`did.keys`), randomness (the caller brings nonces and seeds).
"""

from __future__ import annotations

from typing import Final

import nacl.bindings
import nacl.exceptions
import nacl.pwhash.argon2id

from did.errors import DidError

SEED_BYTES: Final = 32
PUBLIC_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
SEAL_KEY_BYTES: Final = 32
SEAL_NONCE_BYTES: Final = 24
SALT_BYTES: Final = 16


def ed25519_public(seed: bytes) -> bytes:
    """Derive the 32-byte public key of a 32-byte seed."""
    return ed25519_expand(seed)[32:]


def ed25519_expand(seed: bytes) -> bytes:
    """Give the 64-byte secret (seed, then public key) that `ed25519_sign_expanded` takes."""
    _expect(seed, SEED_BYTES, "an Ed25519 seed")
    _, expanded = nacl.bindings.crypto_sign_seed_keypair(seed)
    return expanded


def ed25519_sign(seed: bytes, message: bytes) -> bytes:
    """Sign with a 32-byte seed: 64 bytes. Keep the expanded secret to sign often."""
    return ed25519_sign_expanded(ed25519_expand(seed), message)


def ed25519_sign_expanded(expanded: bytes, message: bytes) -> bytes:
    """Sign with the 64 bytes of `ed25519_expand`: 64 bytes."""
    _expect(expanded, 64, "an expanded Ed25519 secret")
    return nacl.bindings.crypto_sign(message, expanded)[:SIGNATURE_BYTES]


def ed25519_verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Verify a 64-byte signature; `sodium.signature` where it does not hold."""
    if len(public_key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise DidError("sodium.signature", "an Ed25519 key has 32 bytes and a signature 64")
    try:
        nacl.bindings.crypto_sign_open(signature + message, public_key)
    except nacl.exceptions.BadSignatureError:
        raise DidError("sodium.signature", "the Ed25519 signature does not hold for this key") from None


def seal(key: bytes, nonce: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
    """Encrypt with XChaCha20-Poly1305: 32-byte key, 24-byte nonce never used twice; 16 bytes longer."""
    _expect(key, SEAL_KEY_BYTES, "a sealing key")
    _expect(nonce, SEAL_NONCE_BYTES, "a nonce")
    return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, associated_data, nonce, key)


def unseal(key: bytes, nonce: bytes, ciphertext: bytes, associated_data: bytes) -> bytes:
    """Decrypt what `seal` made; `sodium.unseal` where key, nonce, text or associated data differ."""
    _expect(key, SEAL_KEY_BYTES, "a sealing key")
    _expect(nonce, SEAL_NONCE_BYTES, "a nonce")
    try:
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
            ciphertext, associated_data, nonce, key
        )
    except (nacl.exceptions.CryptoError, ValueError):
        raise DidError("sodium.unseal", "the sealed text does not open with this key and context") from None


def argon2id(password: bytes, salt: bytes, *, operations: int, memory: int) -> bytes:
    """Derive 32 bytes from a pass-phrase with argon2id: 16-byte salt, passes, and memory in bytes."""
    _expect(salt, SALT_BYTES, "a salt")
    try:
        return nacl.pwhash.argon2id.kdf(32, password, salt, opslimit=operations, memlimit=memory)
    except (nacl.exceptions.CryptoError, ValueError):
        raise DidError("sodium.argon2id", "operations or memory are out of range") from None


def _expect(value: bytes, length: int, what: str) -> None:
    if len(value) != length:
        raise DidError("sodium.length", f"{what} has {length} bytes, found {len(value)}")
