"""Edges that no honest value comes near: the last scalar, the first coordinate too many, a sum of zero."""

from __future__ import annotations

import pytest

from tests.zk.suites import make_backend, make_suite
from zk import bbs
from zk.backend import BackendName, create
from zk.bbs_core import finalize_signature
from zk.curve import (
    FIELD_MODULUS,
    GROUP_ORDER,
    Scalar,
    check_g1_form,
    check_g2_form,
    decode_scalar,
    encode_scalar,
    is_identity,
)
from zk.errors import ZkError
from zk.keys import SecretKey

SECRET = 1234


def compressed(x, *more):
    """The compressed form of a coordinate, whether or not there is such a point."""
    octets = bytearray(x.to_bytes(48, "big"))
    octets[0] |= 0x80
    return bytes(octets) + b"".join(part.to_bytes(48, "big") for part in more)


def test_the_last_scalar_and_the_first_are_taken():
    for value in (1, GROUP_ORDER - 1):
        octets = encode_scalar(Scalar(value))
        assert decode_scalar(octets, what="a scalar", code="zk.some") == value


@pytest.mark.parametrize("value", [0, GROUP_ORDER, GROUP_ORDER + 1])
def test_what_is_no_scalar_is_refused(value):
    with pytest.raises(ZkError) as fault:
        decode_scalar(value.to_bytes(32, "big"), what="a scalar", code="zk.some")
    assert fault.value.code == "zk.some"


@pytest.mark.parametrize("x", [0, FIELD_MODULUS - 1])
def test_coordinates_below_the_modulus_have_the_form(x):
    check_g1_form(compressed(x), what="a point", code="zk.some")
    check_g2_form(compressed(x, x), what="a point", code="zk.some")


@pytest.mark.parametrize("x", [FIELD_MODULUS, FIELD_MODULUS + 1, (0x1B << 376) + 5, (0x1F << 376) + 5])
def test_coordinates_from_the_modulus_on_have_not(x):
    for check, octets in (
        (check_g1_form, compressed(x)),
        (check_g2_form, compressed(x, 5)),
        (check_g2_form, compressed(5, x)),
    ):
        with pytest.raises(ZkError) as fault:
            check(octets, what="a point", code="zk.some")
        assert fault.value.code == "zk.some"
        assert fault.value.detail == "a point has a coordinate that is not below the field modulus"


def test_the_flag_of_the_identity_is_in_the_first_octet():
    assert is_identity(b"\xc0" + bytes(47))
    assert not is_identity(b"\x80" + b"\x40" * 47)
    assert not is_identity(b"\xbf" + b"\xff" * 47)


@pytest.mark.parametrize("e", [0, GROUP_ORDER - SECRET])
def test_a_signer_refuses_a_sum_that_has_no_inverse(e):
    suite = make_suite(BackendName.NATIVE, bbs.SHA256)
    key = SecretKey(bbs.SHA256, Scalar(SECRET))
    with pytest.raises(ZkError) as fault:
        finalize_signature(suite, key, suite.P1.point, Scalar(e), api_id=suite.bbs_api_id)
    assert fault.value.code == "zk.secret-key"


@pytest.mark.parametrize("name", list(BackendName))
def test_which_backends_work_on_secrets(name):
    cautious, unsafe = create(name), create(name, unsafe_variable_time=True)
    assert cautious.admits_secrets is cautious.constant_time is (name is BackendName.NATIVE)
    assert unsafe.admits_secrets is True


@pytest.mark.parametrize("length", [1, 255])
def test_tags_that_are_hashed_with(length):
    backend = make_backend(BackendName.NATIVE)
    assert len(backend.encode_g1(backend.hash_to_g1(b"message", bytes(length)))) == 48


@pytest.mark.parametrize("length", [0, 256])
def test_tags_that_are_not(length):
    with pytest.raises(ZkError) as fault:
        make_backend(BackendName.NATIVE).hash_to_g1(b"message", bytes(length))
    assert fault.value.code == "zk.length"


@pytest.mark.parametrize("element", [0, 1, FIELD_MODULUS - 1])
def test_field_elements_that_are_mapped(element):
    backend = make_backend(BackendName.NATIVE)
    left, right = backend.map_to_g1(element, 5), backend.map_to_g1(5, element)
    assert backend.encode_g1(left) == backend.encode_g1(right)


@pytest.mark.parametrize("element", [-1, FIELD_MODULUS, FIELD_MODULUS + 1])
def test_field_elements_that_are_none(element):
    for pair in ((element, 5), (5, element)):
        with pytest.raises(ZkError) as fault:
            make_backend(BackendName.NATIVE).map_to_g1(*pair)
        assert fault.value.code == "zk.length"
