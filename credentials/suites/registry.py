"""The cryptosuites by which credentials are secured, in one registry: a mapping from name to suite.

Names are the values of `cryptosuite`; a suite from before there were any has the type of its proofs as its
name. A policy names those that it accepts (`credentials.verifying.policy`).

Not here: the suites.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.suites.ecdsa_jcs import EcdsaJcs2019
from credentials.suites.ecdsa_sd_2023 import EcdsaSd2023
from credentials.suites.plain import Plain
from credentials.suites.predicates.credential_suite import Predicates
from credentials.suites.predicates.suite import Predicates2026
from credentials.suites.rdfc import (
    ECDSA_RDFC_2019,
    ED25519_SIGNATURE_2020,
    EDDSA_RDFC_2022,
    EDWARDS,
    NIST,
    Rdfc,
)
from credentials.suites.selective_suites import Bbs, EcdsaSd
from did.eddsa_jcs import EddsaJcs2022
from did.errors import DidError
from did.integrity import suite_name
from zk.predicates import system as predicate_system

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.suites.bbs_2023 import Bbs2023
    from credentials.suites.protocol import CredentialSuite
    from did.types import JsonObject

_CLAUSE: Final = "VC-DI 1.0, 3.1"


def suites(bbs: Bbs2023) -> Mapping[str, CredentialSuite]:
    """Give all suites by name; those over RDF work with canonicalizer and mathematics of `bbs`."""
    canonicalizer, system = bbs.canonicalizer, predicate_system(bbs.bbs_suite)
    found: tuple[CredentialSuite, ...] = (
        Plain(EddsaJcs2022(), EDWARDS, over_rdf=False),
        Plain(EcdsaJcs2019(), NIST, over_rdf=False),
        Plain(Rdfc(EDDSA_RDFC_2022, EDWARDS, canonicalizer), EDWARDS, over_rdf=True),
        Plain(Rdfc(ECDSA_RDFC_2019, NIST, canonicalizer), NIST, over_rdf=True),
        Plain(Rdfc(ED25519_SIGNATURE_2020, EDWARDS, canonicalizer), EDWARDS, over_rdf=True, verify_only=True),
        EcdsaSd(EcdsaSd2023(canonicalizer)),
        Bbs(bbs),
        Predicates(Predicates2026(canonicalizer, system)),
    )
    return MappingProxyType({suite.name: suite for suite in found})


def suite_of(proof: JsonObject, known: Mapping[str, CredentialSuite]) -> CredentialSuite:
    """Find the suite that a proof names. Codes: proof.cryptosuite, proof.malformed."""
    try:
        name = suite_name(proof)
    except DidError as error:
        raise CredentialError(error.code, error.detail, clause=error.clause) from error
    suite = known.get(name)
    if suite is None:
        raise CredentialError(
            "proof.cryptosuite", f"the suite must be one of {', '.join(sorted(known))}", clause=_CLAUSE
        )
    return suite
