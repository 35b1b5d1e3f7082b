"""Text forms of bytes: round trips, canonical decoding, and agreement with the multiformats package."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from multiformats import multibase, multihash

from did import encoding
from tests.did.outcomes import code_of, outcome

TEXTS = st.text(st.sampled_from("123zuABCabc-_+/=Ll0OI\u0661 \n0xf"), max_size=40) | st.text(max_size=20)


@given(st.binary(max_size=100))
@example(bytes(40))
def test_round_trips(data):
    assert encoding.decode_base64url(encoding.encode_base64url(data)) == data
    assert encoding.decode_base64(encoding.encode_base64(data)) == data
    assert encoding.decode_base58btc(encoding.encode_base58btc(data)) == data
    assert encoding.decode_multibase(encoding.encode_multibase(data)) == data
    assert encoding.decode_multibase("u" + encoding.encode_base64url(data)) == data
    assert encoding.decode_hex(encoding.encode_hex(data), length=len(data)) == data


@given(st.binary(max_size=100))
def test_equals_multiformats(data):
    assert encoding.encode_multibase(data) == multibase.encode(data, "base58btc")
    assert encoding.decode_multibase(multibase.encode(data, "base58btc")) == data
    assert encoding.decode_multibase(multibase.encode(data, "base64url")) == data


@given(TEXTS)
def test_base58btc_decodes_as_multiformats_or_refuses(text):
    try:
        expected = multibase.decode("z" + text)
    except Exception:  # noqa: BLE001 - the oracle has no error type of its own
        expected = None
    found, code = outcome(encoding.decode_base58btc, text)
    assert code in {None, "encoding.base58btc"}
    assert found == expected
    assert found is None or encoding.encode_base58btc(found) == text


@given(TEXTS)
def test_whatever_decodes_is_canonical(text):
    for decode, encode, code in (
        (encoding.decode_base64url, encoding.encode_base64url, "encoding.base64url"),
        (encoding.decode_base64, encoding.encode_base64, "encoding.base64"),
    ):
        data, found = outcome(decode, text)
        assert found == code if data is None else encode(data) == text


@pytest.mark.parametrize(
    "text", ["A", "AA=", "AA==", "AB", "AAB", "+/8", "A A", "AAA\n", "\u00e9AAA", "AAAAA"]
)
def test_base64url_refuses(text):
    assert code_of(encoding.decode_base64url, text) == "encoding.base64url"


@pytest.mark.parametrize(
    "text", ["AA", "AA=", "AB==", "AAB=", "-_8=", "AAA\n", "AAAA\n", "\u00e9AA=", "AA==AA=="]
)
def test_base64_refuses(text):
    assert code_of(encoding.decode_base64, text) == "encoding.base64"


@pytest.mark.parametrize("text", ["", "Z1", "mAA", "f00", "U", "z0", "uA", "u==", "9"])
def test_multibase_refuses(text):
    assert code_of(encoding.decode_multibase, text) == "encoding.multibase"


def test_sizes_are_capped():
    assert code_of(encoding.decode_base64url, "AAAA", max_bytes=2) == "encoding.base64url"
    assert code_of(encoding.decode_base64url, "A" * 1000, max_bytes=2) == "encoding.base64url"
    assert code_of(encoding.decode_base64, "AAAA", max_bytes=2) == "encoding.base64"
    assert code_of(encoding.decode_base58btc, "1" * 4097) == "encoding.base58btc"
    assert code_of(encoding.decode_multibase, "z1111", max_bytes=3) == "encoding.multibase"
    assert encoding.decode_base64url("AAAA", max_bytes=3) == bytes(3)


@pytest.mark.parametrize("text", ["0xAB", "ab", "0x0", "0xabcd", "0Xab", "0xg0", "0x a", "0x\u0661\u0661"])
def test_hex_refuses(text):
    assert code_of(encoding.decode_hex, text, length=1) == "encoding.hex"


@given(st.binary(min_size=32, max_size=32))
def test_multihash_equals_multiformats(digest):
    ours = encoding.sha256_multihash(digest)
    assert ours == multihash.wrap(digest, "sha2-256")
    assert encoding.decode_multihash34(encoding.encode_base58btc(ours)) == ours


@pytest.mark.parametrize(
    "data",
    [b"", b"\x12\x20" + bytes(31), b"\x12\x20" + bytes(33), b"\x13\x20" + bytes(32), b"\x12\x1f" + bytes(32)],
)
def test_multihash_refuses(data):
    assert code_of(encoding.decode_multihash34, encoding.encode_base58btc(data)) == "encoding.multihash"


def test_multihash_refuses_other_lengths_and_letters():
    assert code_of(encoding.sha256_multihash, bytes(31)) == "encoding.multihash"
    assert code_of(encoding.decode_multihash34, "0") == "encoding.multihash"
    assert code_of(encoding.decode_multihash34, "1" * 65) == "encoding.multihash"


def test_base58btc_published_examples():
    # draft-msporny-base58-03 section 5.
    for text, encoded in (
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
    ):
        assert encoding.encode_base58btc(text) == encoded
        assert encoding.decode_base58btc(encoded) == text


def test_base64_published_examples():
    assert encoding.encode_base64(b"fooba") == "Zm9vYmE="  # RFC 4648 section 10
    assert (
        encoding.encode_base64url(bytes([255, 254]))
        == base64.urlsafe_b64encode(bytes([255, 254])).decode()[:-1]
    )
