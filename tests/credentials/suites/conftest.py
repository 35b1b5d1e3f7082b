from __future__ import annotations

import pytest

from credentials.rdf import CompiledCanonicalizer
from credentials.suites import Bbs2023
from tests.support.bbs import HEADER, MANDATORY, Randomness, credential, key_pair, options
from zk import bbs


@pytest.fixture(scope="session")
def bbs_suite():
    return bbs.suite(bbs.SHA256)


@pytest.fixture(scope="session")
def canonicalizer():
    return CompiledCanonicalizer()


@pytest.fixture(scope="session")
def suite(canonicalizer, bbs_suite):
    return Bbs2023(canonicalizer, bbs_suite)


@pytest.fixture(scope="session")
def issuer(bbs_suite):
    return key_pair(bbs_suite, b"an issuer's key material, for tests")


@pytest.fixture(scope="session")
def other_issuer(bbs_suite):
    return key_pair(bbs_suite, b"another issuer's key material, for tests")


@pytest.fixture(scope="session")
def secured(suite, issuer):
    return suite.create_base(
        credential(), options(), *issuer, mandatory_pointers=MANDATORY, random_bytes=Randomness()
    )


@pytest.fixture(scope="session")
def derived(suite, secured):
    return suite.derive(
        secured,
        selective_pointers=["/credentialSubject/birthDate", "/credentialSubject/address/addressCountry"],
        presentation_header=HEADER,
        random_bytes=Randomness(b"derive"),
    )
