"""Generators of other interfaces: the families that blind signatures and predicates will use."""

from __future__ import annotations

import pytest

PREDICATES = b"BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_H2G_TM2S_PREDICATES2026V1_"

# Known answers of the composite protocol (its section on known answers), computed by another implementation.
KNOWN = {
    b"": [
        "b31bd87a118d8e6ada821f98e97d99c9c12944f2909b3f72cfd08c977dc9f1a7990868eb9e4c626e2d933ea5a73d1d08",
        "ae70b14c1ea3c8e755d4e16225f7e65cf4be1ac5efbcff578bf9fb372ea74d3861f3554db4385ffe503367630fe42207",
    ],
    b"BLIND_": [
        "b6b20f9fed1b2b19a1eb9494b2e62e27ab7012584d42cb95befe67ebef9b76be5966f444d766310991752250a4eb98b6",
        "83ff6fa23d410efacd6d089d3cb00393a59faab1dd86d26a1c13fc8844611f40b9e4994c50a8e3a4bda12f64b53a0515",
    ],
    b"COM_DIS_": [
        "8b436dd68f204c832ac2804e4b76b5717e9231228cd897f15edcc0bcc10d3c55a4821471ea5aaf18c180a735da5cbcb8",
        "8fb15a3f650689b5637da378d6f78ba61b50472f7caa3888a7fda6520fcf0369ca8fd5a974083952af035fae3a72447a",
    ],
    b"DIGIT_": [
        "970d36c0f518081a050e8a560131a3209aa782ed266699a073ba2c94e86113d478d8c92ca47d1a64e14e2b0b6b1698b2",
    ],
}


@pytest.mark.parametrize(("prefix", "points"), KNOWN.items(), ids=["issuer", "blind", "committed", "digit"])
def test_families_are_told_apart_by_api_identifier(native, prefix, points):
    generators = native.generators(len(points), prefix + PREDICATES)
    assert [base.octets.hex() for base in generators.bases] == points


def test_prefixes_of_a_family_agree(native):
    long, short = native.generators(20, b"AVOW_TEST_A_"), native.generators(7, b"AVOW_TEST_A_")
    assert short.bases == long.bases[:7]
    assert short.octets == long.octets[: 7 * 48]


def test_many_generators_and_few_tables(native):
    """Past the tabled ones a family goes on; sums over all of it agree with plain multiplication."""
    generators = native.generators(60, b"AVOW_TEST_B_")
    scalars = list(range(1, 61))
    backend = native.backend
    expected = backend.msm_secret([base.point for base in generators.bases], scalars)
    assert backend.encode_g1(backend.msm_fixed_public(generators.bases, scalars)) == backend.encode_g1(
        expected
    )
    assert len({base.octets for base in generators.bases}) == 60
