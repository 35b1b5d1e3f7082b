"""One contract for all backends, and each against the others."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import vectors
from tests.zk.suites import make_backend
from zk import bbs
from zk.backend import BackendName, best, create
from zk.backend.native import NativeBackend
from zk.curve import FIELD_MODULUS, G2_GENERATOR, GROUP_ORDER
from zk.errors import ZkError
from zk.hashing import expand_message_xmd, hash_to_field

r = GROUP_ORDER
EDGES = [0, 1, 2, 127, 128, 129, 255, 256, 2**64 - 1, 2**128, 2**254, r - 2, r - 1]
DST = b"AVOW_TEST_"
IDENTITY = bytes([0xC0]) + bytes(47)


def point(backend, name=b"P"):
    return backend.hash_to_g1(name, DST)


def octets(backend, value):
    return backend.encode_g1(value)


def test_generator_of_g2_and_encodings_round_trip(backend):
    P = octets(backend, point(backend))
    assert octets(backend, backend.decode_g1(P, what="P", code="test")) == P
    assert backend.encode_g2(backend.decode_g2(G2_GENERATOR, what="Q", code="test")) == G2_GENERATOR


def test_hash_to_g1_is_rfc_9380(backend):
    # RFC 9380 appendix J.9.1, message "" and "abc"; x coordinate with our flags.
    dst = b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_"
    expected = {
        b"": "052926add2207b76ca4fa57a8734416c8dc95e24501772c8"
        "14278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1",
        b"abc": "03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0"
        "a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903",
    }
    for message, x in expected.items():
        encoded = octets(backend, backend.hash_to_g1(message, dst))
        assert bytes([encoded[0] & 0x1F]).hex() + encoded[1:].hex() == x


def test_mapping_two_field_elements_is_the_second_half_of_hashing(backend):
    fields = hash_to_field(expand_message_xmd, b"message", DST)
    assert octets(backend, backend.map_to_g1(*fields)) == octets(backend, backend.hash_to_g1(b"message", DST))


def test_add_is_complete(backend):
    P = point(backend)
    opposite, double = backend.negate(P), backend.add(P, P)
    zero = backend.add(P, opposite)
    assert octets(backend, zero) == IDENTITY
    assert octets(backend, backend.add(zero, P)) == octets(backend, P)
    assert octets(backend, double) == octets(backend, backend.mul_public(P, 2))
    assert octets(backend, backend.negate(zero)) == IDENTITY


def test_every_multiplication_agrees(backend):
    P, Q = point(backend), point(backend, b"Q")
    bases = [backend.fixed_base(P, tabled=True), backend.fixed_base(Q, tabled=False)]
    assert [base.octets for base in bases] == [octets(backend, P), octets(backend, Q)]
    for a, b in zip(EDGES, reversed(EDGES), strict=True):
        expected = octets(backend, backend.add(backend.mul_secret(P, a), backend.mul_secret(Q, b)))
        assert octets(backend, backend.msm_secret([P, Q], [a, b])) == expected
        assert octets(backend, backend.msm_public([P, Q], [a, b])) == expected
        assert octets(backend, backend.msm_fixed_public(bases, [a, b])) == expected


def test_pairing_is_bilinear_and_checked(backend):
    P, Q = point(backend), backend.decode_g2(G2_GENERATOR, what="Q", code="test")
    left, right = backend.mul_public(P, 6), backend.mul_secret_g2(Q, 6)
    assert backend.pairing_check([(left, Q), (backend.negate(P), right)])
    assert not backend.pairing_check([(left, Q), (P, right)])
    assert not backend.pairing_check([(left, Q), (backend.mul_public(P, r - 2), right)])
    assert not backend.pairing_check([(P, Q)])


def test_pairing_of_one_three_and_the_identity(backend):
    P, Q = point(backend), backend.decode_g2(G2_GENERATOR, what="Q", code="test")
    zero = backend.add(P, backend.negate(P))
    assert backend.pairing_check([(zero, Q)])
    triple = [(P, Q), (backend.mul_public(P, 2), Q), (backend.mul_public(P, r - 3), Q)]
    assert backend.pairing_check(triple)
    assert not backend.pairing_check([triple[0], triple[1], (P, Q)])


@pytest.mark.parametrize("sum_name", ["msm_secret", "msm_public", "msm_fixed_public"])
@pytest.mark.parametrize(("points", "scalars"), [(2, 1), (1, 2), (0, 0), (1, 0)])
def test_lists_of_other_length_are_refused(backend, sum_name, points, scalars):
    P = point(backend)
    terms = [backend.fixed_base(P, tabled=False) if "fixed" in sum_name else P] * points
    with pytest.raises(ZkError) as refused:
        getattr(backend, sum_name)(terms, [5] * scalars)
    assert refused.value.code == "zk.length"


def test_arguments_out_of_range_are_refused(backend):
    for call in (
        lambda: backend.pairing_check([]),
        lambda: backend.hash_to_g1(b"", b""),
        lambda: backend.hash_to_g1(b"", b"x" * 256),
        lambda: backend.map_to_g1(FIELD_MODULUS, 0),
        lambda: backend.map_to_g1(0, -1),
    ):
        with pytest.raises(ZkError) as refused:
            call()
        assert refused.value.code == "zk.length"


@pytest.mark.parametrize("name", [BackendName.ARKWORKS, BackendName.PYECC])
def test_a_variable_time_backend_refuses_secrets(name):
    backend = create(name)
    assert not backend.admits_secrets
    P, Q = point(backend), backend.decode_g2(G2_GENERATOR, what="Q", code="test")
    suite = bbs.suite(bbs.SHA256, backend)
    key = bbs.key_generate(suite, b"k" * 32)
    for call in (
        lambda: backend.mul_secret(P, 5),
        lambda: backend.msm_secret([P], [5]),
        lambda: backend.mul_secret_g2(Q, 5),
        lambda: bbs.public_key(suite, key),
        lambda: bbs.sign(suite, key, G2_GENERATOR, b"", []),
    ):
        with pytest.raises(ZkError) as refused:
            call()
        assert refused.value.code == "zk.variable-time"
        assert "unsafe_variable_time" in refused.value.remedy
    assert octets(backend, backend.mul_public(P, 2)) == octets(backend, backend.add(P, P))


@pytest.mark.parametrize("name", [BackendName.ARKWORKS, BackendName.PYECC])
def test_a_variable_time_backend_refuses_to_prove(name):
    case = vectors.load("bbs", "bls12-381-sha-256", "proof", "proof001.json")
    suite = bbs.suite(bbs.SHA256, create(name))
    arguments = [bytes.fromhex(case[part]) for part in ("signerPublicKey", "signature", "header")]
    with pytest.raises(ZkError) as refused:
        bbs.prove(
            suite,
            *arguments,
            b"",
            [bytes.fromhex(case["messages"][0])],
            [0],
            random_bytes=lambda n: b"\x01" * n,
        )
    assert refused.value.code == "zk.variable-time"


def test_native_admits_secrets():
    assert create(BackendName.NATIVE).admits_secrets


def test_best_is_native_and_falls_back_to_one_that_refuses_secrets(monkeypatch):
    assert best().name == "native"
    for missing, expected in (
        (["pyblst"], "arkworks"),
        (["pyblst", "py_arkworks_bls12381"], "pyecc"),
    ):
        with monkeypatch.context() as patch:
            hide(patch, missing)
            fallback = best()
            assert (fallback.name, fallback.admits_secrets) == (expected, False)


@pytest.mark.parametrize(
    ("name", "library"),
    [
        (BackendName.NATIVE, "pyblst"),
        (BackendName.NATIVE, "py_arkworks_bls12381"),
        (BackendName.ARKWORKS, "py_arkworks_bls12381"),
        (BackendName.PYECC, "py_ecc"),
    ],
)
def test_a_missing_library_is_named(monkeypatch, name, library):
    hide(monkeypatch, [library])
    with pytest.raises(ZkError) as refused:
        create(name)
    assert refused.value.code == "zk.backend"
    assert library in refused.value.detail


def test_without_any_library_there_is_no_best(monkeypatch):
    hide(monkeypatch, ["pyblst", "py_arkworks_bls12381", "py_ecc"])
    with pytest.raises(ZkError) as refused:
        best()
    assert refused.value.code == "zk.backend"


def hide(patch, libraries):
    """Make libraries unimportable, and our modules forget that they had them."""
    for name in ("zk.backend.native", "zk.backend.arkworks", "zk.backend.pyecc"):
        patch.delitem(sys.modules, name, raising=False)
    for library in libraries:
        for loaded in [name for name in sys.modules if name.split(".")[0] == library]:
            patch.delitem(sys.modules, loaded)
        patch.setitem(sys.modules, library, None)


def test_importing_bbs_imports_no_library():
    script = (
        "import sys, zk.bbs, zk.backend;"
        "print([m for m in sys.modules if m.split('.')[0] in ('pyblst', 'py_ecc', 'py_arkworks_bls12381')])"
    )
    output = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=vectors.ROOT
    )
    assert output.stdout.strip() == "[]"


def test_only_the_backend_package_imports_the_libraries():
    libraries = ("pyblst", "py_ecc", "py_arkworks_bls12381")
    offenders = [
        f"{path.relative_to(vectors.ROOT)}: {line.strip()}"
        for package in ("api", "credentials", "did", "schemas", "zk")
        for path in (vectors.ROOT / package).rglob("*.py")
        if path.parent != vectors.ROOT / "zk" / "backend"
        for line in path.read_text().splitlines()
        if line.split()[:1] in (["import"], ["from"]) and line.split()[1].split(".")[0] in libraries
    ]
    assert offenders == []


# Differential: native against arkworks on random input, py_ecc on a few.

scalars = st.one_of(st.sampled_from(EDGES), st.integers(0, r - 1))
NATIVE, ARKWORKS, PYECC = (make_backend(name) for name in BackendName)


@given(message=st.binary(max_size=80), dst=st.binary(min_size=1, max_size=255))
@settings(max_examples=40, deadline=None)
def test_hashing_agrees(message, dst):
    assert octets(NATIVE, NATIVE.hash_to_g1(message, dst)) == octets(
        ARKWORKS, ARKWORKS.hash_to_g1(message, dst)
    )


@given(u0=st.integers(0, FIELD_MODULUS - 1), u1=st.integers(0, FIELD_MODULUS - 1))
@settings(max_examples=40, deadline=None)
def test_mapping_agrees(u0, u1):
    assert octets(NATIVE, NATIVE.map_to_g1(u0, u1)) == octets(ARKWORKS, ARKWORKS.map_to_g1(u0, u1))


def test_mapping_agrees_with_pyecc_at_the_edges():
    for pair in ((0, 0), (0, 1), (1, FIELD_MODULUS - 1), (7, 7), (7, FIELD_MODULUS - 7)):
        assert octets(NATIVE, NATIVE.map_to_g1(*pair)) == octets(PYECC, PYECC.map_to_g1(*pair)), pair


@given(values=st.lists(scalars, min_size=1, max_size=24), tabled=st.integers(0, 24))
@settings(max_examples=40, deadline=None)
def test_sums_agree(values, tabled):
    """Few and many, with tables, without, and mixed; beyond sixteen untabled ones arkworks does the sum."""
    ours = [BASES[i] if i < tabled else UNTABLED[i] for i in range(len(values))]
    points = [ARKWORKS.decode_g1(base.octets, what="P", code="test") for base in ours]
    expected = octets(ARKWORKS, ARKWORKS.msm_public(points, values))
    assert octets(NATIVE, NATIVE.msm_fixed_public(ours, values)) == expected
    assert octets(NATIVE, NATIVE.msm_secret([base.point for base in ours], values)) == expected
    assert octets(NATIVE, NATIVE.msm_public([base.point for base in ours], values)) == expected


POINTS = [point(NATIVE, bytes([i])) for i in range(24)]
BASES = [NATIVE.fixed_base(P, tabled=True) for P in POINTS[:4]] * 6
UNTABLED = [NATIVE.fixed_base(P, tabled=False) for P in POINTS]


def test_a_large_sum_that_comes_to_the_identity():
    values = [3, r - 3] * 10
    bases = [UNTABLED[0]] * 20
    assert octets(NATIVE, NATIVE.msm_fixed_public(bases, values)) == IDENTITY


def test_sums_agree_with_pyecc():
    values = [EDGES[-1], 12345, 2**200 + 1]
    points = [PYECC.decode_g1(base.octets, what="P", code="test") for base in UNTABLED[:3]]
    ours = NATIVE.msm_fixed_public(UNTABLED[:3], values)
    assert octets(PYECC, PYECC.msm_public(points, values)) == octets(NATIVE, ours)


def test_public_keys_agree():
    keys = set()
    for name in BackendName:
        suite = bbs.suite(bbs.SHA256, make_backend(name))
        keys.add(bbs.public_key(suite, bbs.key_generate(suite, b"k" * 32)))
    assert len(keys) == 1


def test_secrets_do_not_reach_tables_or_arkworks(monkeypatch):
    """On native a secret multiplication is pyblst's `scalar_mul` and nothing else."""
    backend = NativeBackend()
    for name in ("_msm", "_msm_fixed"):
        monkeypatch.setattr(backend, name, lambda *_: pytest.fail("a secret took a public path"))
    backend.msm_secret([point(backend)] * 20, [5] * 20)
    backend.mul_secret(point(backend), 5)


@pytest.mark.parametrize("count", [1, 2, 5, 40])
@pytest.mark.parametrize("bits", [1, 5, 8, 31, 64, 128, 254])
def test_public_sums_of_short_scalars_agree(count, bits):
    """Joint sums begin where scalars are short or points many; edges of the signed windows are in here."""
    edges = [0, 1, (1 << bits) - 1, 1 << (bits - 1), (1 << bits) // 3]
    values = [edges[i % len(edges)] for i in range(count)]
    points = [base.point for base in (UNTABLED * 20)[:count]]
    assert octets(NATIVE, NATIVE.msm_public(points, values)) == octets(
        NATIVE, NATIVE.msm_secret(points, values)
    )
