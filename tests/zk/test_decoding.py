"""What the libraries accept, as measured, and that none of it passes our decoder (facts behind `zk.curve`).

The first half of each row is about foreign code: if it fails after an upgrade, the library has changed its
mind, and our decoder is what still holds.
"""

from __future__ import annotations

import py_arkworks_bls12381 as arkworks
import pyblst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ecc.bls.point_compression import decompress_G1, decompress_G2
from py_ecc.optimized_bls12_381 import b, b2, is_inf, is_on_curve

from tests.zk.suites import make_backend
from zk.backend import BackendName
from zk.curve import (
    FIELD_MODULUS,
    G2_GENERATOR,
    GROUP_ORDER,
    check_g1_form,
    check_g2_form,
    decode_scalar,
    encode_scalar,
)
from zk.errors import ZkError

NATIVE = make_backend(BackendName.NATIVE)
P = NATIVE.encode_g1(NATIVE.hash_to_g1(b"P", b"AVOW_TEST_"))
ACCEPTS, REJECTS = "accepts", "rejects"


def raw_pyecc_g1(octets):
    if len(octets) != 48:
        raise ValueError("py_ecc takes integers; the length is its caller's affair")
    return decompress_G1(int.from_bytes(octets, "big"))


def raw_pyecc_g2(octets):
    if len(octets) != 96:
        raise ValueError("py_ecc takes integers; the length is its caller's affair")
    return decompress_G2((int.from_bytes(octets[:48], "big"), int.from_bytes(octets[48:], "big")))


RAW_G1 = {
    "native": pyblst.BlstP1Element.uncompress,
    "arkworks": arkworks.G1Point.from_compressed_bytes,
    "pyecc": raw_pyecc_g1,
}
RAW_G2 = {
    "native": pyblst.BlstP2Element.uncompress,
    "arkworks": arkworks.G2Point.from_compressed_bytes,
    "pyecc": raw_pyecc_g2,
}


def first(octets, byte):
    return bytes([byte]) + octets[1:]


def outside_subgroup(length):
    """A compressed point on the curve whose order is not r: nearly every x that is on the curve gives one."""
    for x in range(1, 100):
        octets = bytes([0x80]) + bytes(length - 2) + bytes([x])
        try:
            point = raw_pyecc_g1(octets) if length == 48 else raw_pyecc_g2(octets)
        except ValueError:
            continue
        assert is_on_curve(point, b if length == 48 else b2)
        return octets
    raise AssertionError


def off_curve(length):
    for x in range(1, 100):
        octets = bytes([0x80]) + bytes(length - 2) + bytes([x])
        try:
            raw_pyecc_g1(octets) if length == 48 else raw_pyecc_g2(octets)
        except ValueError:
            return octets
    raise AssertionError


TOO_LARGE = first(FIELD_MODULUS.to_bytes(48, "big"), 0x80 | FIELD_MODULUS.to_bytes(48, "big")[0])
ALL = (REJECTS, REJECTS, REJECTS)

# What, the octets, and what native (pyblst), arkworks and py_ecc themselves do with them.
PROBES_G1 = {
    "identity": (bytes([0xC0]) + bytes(47), (ACCEPTS, ACCEPTS, ACCEPTS)),
    "identity with sign": (bytes([0xE0]) + bytes(47), (REJECTS, ACCEPTS, REJECTS)),
    "identity with junk": (bytes([0xC0]) + bytes(46) + b"\x01", (REJECTS, ACCEPTS, REJECTS)),
    "infinity flag over a point": (first(P, P[0] | 0x40), (REJECTS, ACCEPTS, REJECTS)),
    "all ones": (b"\xff" * 48, (REJECTS, ACCEPTS, REJECTS)),
    "no compression flag": (first(P, P[0] & 0x7F), ALL),
    "all zero": (bytes(48), ALL),
    "x = p": (TOO_LARGE, ALL),
    "one octet short": (P[:-1], ALL),
    "one octet long": (P + b"\x00", ALL),
    "empty": (b"", ALL),
    "off the curve": (off_curve(48), ALL),
    "outside the subgroup": (outside_subgroup(48), (REJECTS, REJECTS, ACCEPTS)),
}
PROBES_G2 = {
    "identity": (bytes([0xC0]) + bytes(95), (ACCEPTS, ACCEPTS, ACCEPTS)),
    "identity with sign": (bytes([0xE0]) + bytes(95), (REJECTS, ACCEPTS, REJECTS)),
    "identity with junk": (bytes([0xC0]) + bytes(94) + b"\x01", (REJECTS, ACCEPTS, REJECTS)),
    "no compression flag": (first(G2_GENERATOR, G2_GENERATOR[0] & 0x7F), ALL),
    "x1 = p": (TOO_LARGE + G2_GENERATOR[48:], ALL),
    "x0 = p": (G2_GENERATOR[:48] + FIELD_MODULUS.to_bytes(48, "big"), ALL),
    "flags in the second half": (G2_GENERATOR[:48] + first(G2_GENERATOR[48:], 0x80), ALL),
    "one octet short": (G2_GENERATOR[:-1], ALL),
    "one octet long": (G2_GENERATOR + b"\x00", ALL),
    "off the curve": (off_curve(96), ALL),
    "outside the subgroup": (outside_subgroup(96), (REJECTS, REJECTS, ACCEPTS)),
}


def behaviour(decode, octets):
    try:
        decode(octets)
    except ValueError:
        return REJECTS
    return ACCEPTS


@pytest.mark.parametrize(("octets", "expected"), PROBES_G1.values(), ids=PROBES_G1)
def test_libraries_decode_g1_as_measured(octets, expected):
    assert tuple(behaviour(decode, octets) for decode in RAW_G1.values()) == expected


@pytest.mark.parametrize(("octets", "expected"), PROBES_G2.values(), ids=PROBES_G2)
def test_libraries_decode_g2_as_measured(octets, expected):
    assert tuple(behaviour(decode, octets) for decode in RAW_G2.values()) == expected


@pytest.mark.parametrize("octets", [octets for octets, _ in PROBES_G1.values()], ids=PROBES_G1)
def test_ours_refuses_g1(backend, octets):
    with pytest.raises(ZkError) as refused:
        backend.decode_g1(octets, what="P", code="zk.test-code")
    assert refused.value.code == "zk.test-code"
    assert refused.value.detail.startswith("P ")
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("octets", [octets for octets, _ in PROBES_G2.values()], ids=PROBES_G2)
def test_ours_refuses_g2(backend, octets):
    with pytest.raises(ZkError) as refused:
        backend.decode_g2(octets, what="W", code="zk.test-code")
    assert refused.value.code == "zk.test-code"


@pytest.mark.parametrize(
    "name", [name for name in PROBES_G1 if name not in {"off the curve", "outside the subgroup"}]
)
def test_the_form_alone_refuses_what_a_library_would_take(name):
    """Before any backend: no library is asked."""
    with pytest.raises(ZkError):
        check_g1_form(PROBES_G1[name][0], what="P", code="zk.test-code")


@pytest.mark.parametrize(
    "name", [name for name in PROBES_G2 if name not in {"off the curve", "outside the subgroup"}]
)
def test_the_form_alone_refuses_what_a_library_would_take_in_g2(name):
    with pytest.raises(ZkError):
        check_g2_form(PROBES_G2[name][0], what="W", code="zk.test-code")


def test_arkworks_truncates_a_sum_in_silence():
    """Why `Backend` checks lengths: two points and one scalar are a sum of one term."""
    point = arkworks.G1Point.from_compressed_bytes(P)
    total = arkworks.G1Point.multiexp_unchecked([point, point], [arkworks.Scalar(2)])
    assert total == point + point


def test_libraries_reduce_scalars_in_silence():
    point = arkworks.G1Point.from_compressed_bytes(P)
    assert int(arkworks.Scalar(GROUP_ORDER)) == 0
    assert point * arkworks.Scalar(GROUP_ORDER + 2) == point + point
    native = pyblst.BlstP1Element.uncompress(P)
    assert native.scalar_mul(GROUP_ORDER + 2).compress() == (native + native).compress()
    with pytest.raises(ValueError, match="seriali"):
        arkworks.Scalar.from_be_bytes(GROUP_ORDER.to_bytes(32, "big"))


def test_libraries_refuse_unequal_pairings():
    point, other = (
        arkworks.G1Point.from_compressed_bytes(P),
        arkworks.G2Point.from_compressed_bytes(G2_GENERATOR),
    )
    with pytest.raises(ValueError, match="length"):
        arkworks.GT.pairing_check([point, point], [other])


def test_pyecc_takes_the_identity_as_a_point():
    assert is_inf(raw_pyecc_g1(bytes([0xC0]) + bytes(47)))


# Properties.


@given(octets=st.binary(max_size=100))
@settings(max_examples=200, deadline=None)
def test_random_octets_are_no_point_or_raise_our_error(octets):
    for decode, encode in ((NATIVE.decode_g1, NATIVE.encode_g1), (NATIVE.decode_g2, NATIVE.encode_g2)):
        try:
            point = decode(octets, what="P", code="zk.test-code")
        except ZkError as refused:
            assert refused.code == "zk.test-code"  # noqa: PT017  both outcomes are allowed
        else:
            assert encode(point) == octets


@given(octets=st.binary(min_size=48, max_size=48), flags=st.sampled_from([0x80, 0xA0]))
@settings(max_examples=150, deadline=None)
def test_backends_agree_on_what_is_a_point(octets, flags):
    octets = first(octets, octets[0] & 0x1F | flags)
    arkworks_backend = make_backend(BackendName.ARKWORKS)
    assert decodes(NATIVE, octets) == decodes(arkworks_backend, octets)


def decodes(backend, octets):
    try:
        backend.decode_g1(octets, what="P", code="zk.test-code")
    except ZkError:
        return False
    return True


@given(value=st.integers(1, GROUP_ORDER - 1))
def test_scalars_round_trip(value):
    assert decode_scalar(encode_scalar(value), what="s", code="test") == value


@pytest.mark.parametrize(
    "octets",
    [
        bytes(32),
        GROUP_ORDER.to_bytes(32, "big"),
        (GROUP_ORDER + 1).to_bytes(32, "big"),
        b"\xff" * 32,
        b"\x01" * 31,
        b"\x01" * 33,
        b"",
    ],
)
def test_scalars_out_of_range_are_refused(octets):
    with pytest.raises(ZkError) as refused:
        decode_scalar(octets, what="s", code="zk.test-code")
    assert refused.value.code == "zk.test-code"
