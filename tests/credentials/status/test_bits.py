"""Packing: both orders of bits, all sizes, and what strangers compress."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.limits import LIMITS
from credentials.status import bitstring, cwt, token_list
from credentials.status.inflating import Form, Work, inflate
from did.encoding import decode_base64url, encode_base64url
from tests.support.statuses import ENTRIES, marked

CAP = LIMITS.max_status_bytes


def refusal(attempt) -> str:
    with pytest.raises(CredentialError) as caught:
        attempt()
    return caught.value.code


@pytest.mark.parametrize("index", [0, 1, 6, 7, 8, 9, 1023, ENTRIES - 1])
def test_the_two_kinds_count_from_opposite_ends_of_each_byte(index):
    left_first, right_first = marked(index), marked(index, "little")
    assert bitstring.read(left_first, index) == 1
    assert token_list.read(right_first, index, size=1) == 1
    mirrored = index ^ 7
    assert bitstring.read(right_first, mirrored) == 1
    assert bitstring.read(right_first, index) == 0
    assert token_list.read(left_first, index, size=1) == 0


def test_index_0_is_the_first_bit_of_the_first_byte_or_the_last():
    assert marked(0)[0] == 0x80
    assert marked(0, "little")[0] == 0x01


@given(
    st.sampled_from([1, 2, 4, 8]),
    st.dictionaries(st.integers(0, ENTRIES - 1), st.integers(0, 255), max_size=20),
)
def test_what_is_written_is_read_in_both_kinds(size, values):
    values = {index: value % (1 << size) for index, value in values.items()}
    left, right = bytearray(ENTRIES * size // 8), bytearray(ENTRIES * size // 8)
    for index, value in values.items():
        bitstring.write(left, index, 255 % (1 << size), size=size)
        bitstring.write(left, index, value, size=size)
        token_list.write(right, index, 255 % (1 << size), size=size)
        token_list.write(right, index, value, size=size)
    for index in [*values, 0, ENTRIES - 1]:
        assert bitstring.read(bytes(left), index, size=size) == values.get(index, 0)
        assert token_list.read(bytes(right), index, size=size) == values.get(index, 0)


@pytest.mark.parametrize("size", range(1, 9))
def test_several_bits_are_one_number_from_left_to_right(size):
    bits = int("10110111" * (ENTRIES * size // 8), 2).to_bytes(ENTRIES * size // 8, "big")
    text = "10110111" * 32
    for index in range(16):
        assert bitstring.read(bits, index, size=size) == int(text[index * size : (index + 1) * size], 2)


@given(st.binary(max_size=2000))
def test_packed_bits_come_back(bits):
    assert bitstring.decode(bitstring.encode(bits), max_bytes=2000) == bits
    for size in (1, 2, 4, 8):
        assert token_list.decode(token_list.encode(bits, size=size), max_bytes=2000) == (size, bits)


def outcome(attempt) -> str:
    try:
        attempt()
    except CredentialError as error:
        return error.code
    return ""


@given(st.text(max_size=40))
def test_any_text_gives_bits_or_our_refusal(text):
    left = outcome(lambda: bitstring.decode("u" + text, max_bytes=100))
    right = outcome(lambda: token_list.decode({"bits": 1, "lst": text}, max_bytes=100))
    assert {left, right} <= {"", "status.encoding", "status.too-large"}


@given(st.binary(max_size=60))
def test_any_cbor_gives_a_list_or_our_refusal(raw):
    found = {outcome(lambda read=read: read(raw, max_bytes=100)) for read in (cwt.decode, cwt.parse)}
    assert found <= {"", "status.encoding", "status.list"}


def test_the_same_bits_give_the_same_text_at_any_time():
    header = gzip.decompress(bitstring_bytes(bitstring.encode(bytes(ENTRIES // 8))))
    assert header == bytes(ENTRIES // 8)
    assert bitstring_bytes(bitstring.encode(b"x"))[4:8] == bytes(4)


def bitstring_bytes(text):
    return decode_base64url(text[1:])


def gibibyte_of_zeros(form):
    """A gibibyte in a megabyte: one block of 16 MiB, flushed so that it can stand 64 times."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    body = block * 64 + zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    if form is Form.ZLIB:
        return b"\x78\xda" + body + struct.pack(">I", 1)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body + struct.pack("<II", 0, 1 << 30)


@pytest.mark.parametrize("form", Form)
def test_a_bomb_costs_no_more_than_the_largest_list(form, record_property):
    bomb = gibibyte_of_zeros(form)
    text, work = encode_base64url(bomb), Work()
    tracemalloc.start()
    if form is Form.GZIP:
        code = refusal(lambda: bitstring.decode("u" + text, max_bytes=CAP, work=work))
    else:
        code = refusal(lambda: token_list.decode({"bits": 1, "lst": text}, max_bytes=CAP, work=work))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert code == "status.too-large"
    assert work.produced == CAP + 1
    assert peak < 8 << 20
    record_property(
        "figure", f"{len(bomb):,} bytes for 1 GiB: {work.produced:,} bytes inflated, then refused"
    )


def test_what_is_longer_than_any_list_is_not_even_decoded():
    work = Work()
    assert refusal(lambda: bitstring.decode("u" + "A" * CAP * 2, max_bytes=CAP, work=work)) == (
        "status.too-large"
    )
    assert work.produced == 0


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("size", [0, 1, 4096])
def test_the_cap_itself_is_no_bomb(form, size):
    packed = gzip.compress(bytes(size)) if form is Form.GZIP else zlib.compress(bytes(size))
    assert inflate(packed, form, max_bytes=size) == bytes(size)
    if size:
        assert refusal(lambda: inflate(packed, form, max_bytes=size - 1)) == "status.too-large"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packed: packed + b"\0",
        lambda packed: packed + packed,
        lambda packed: packed[:-1],
        lambda packed: packed[:-5] + bytes([packed[-5] ^ 1]) + packed[-4:],
        lambda packed: packed[: len(packed) // 2],
        lambda packed: b"",
        lambda packed: packed[1:],
    ],
    ids=["garbage", "second member", "short", "checksum", "half", "empty", "no header"],
)
@pytest.mark.parametrize("form", Form)
def test_streams_that_are_not_one_whole_stream(form, spoil):
    packed = gzip.compress(b"list" * 99) if form is Form.GZIP else zlib.compress(b"list" * 99)
    assert refusal(lambda: inflate(spoil(packed), form, max_bytes=CAP)) == "status.encoding"


def test_the_other_kind_s_compression_is_refused():
    assert refusal(lambda: inflate(gzip.compress(b"x"), Form.ZLIB, max_bytes=9)) == "status.encoding"
    assert refusal(lambda: inflate(zlib.compress(b"x"), Form.GZIP, max_bytes=9)) == "status.encoding"
