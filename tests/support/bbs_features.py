"""Credentials with the features of bbs-2023, from commitment to derived proof, for tests."""

from __future__ import annotations

from functools import cache

import cbor2
import pytest

from credentials.errors import CredentialError
from credentials.rdf import CompiledCanonicalizer
from credentials.suites.bbs_features import BbsFeatures, Feature, draw_signer_nym_entropy
from did.encoding import decode_multibase, encode_base64url
from tests.support import bbs as world
from tests.support.bbs import HEADER, MANDATORY, Randomness
from zk import bbs

SUITE = bbs.suite(bbs.SHA256)
FEATURES = BbsFeatures(CompiledCanonicalizer(), SUITE)
ISSUER = world.key_pair(SUITE, b"an issuer's key material, for tests")
SECRET = b"a holder's secret of 32 octets, "
ENTROPY = draw_signer_nym_entropy(random_bytes=Randomness(b"entropy"))
SELECTED = ("/credentialSubject/nationality", "/credentialSubject/birthDate")
CONTEXT = "shop.example"
NAMED = [Feature.PSEUDONYM, Feature.HOLDER_BINDING_PSEUDONYM]
every_feature = pytest.mark.parametrize("feature", list(Feature))
every_named = pytest.mark.parametrize("feature", NAMED)


def commit(feature, seed=b"holder", nym=None):
    secret = SECRET if feature.binds else None
    return FEATURES.commit(feature, secret=secret, nym=nym, random_bytes=Randomness(seed))


def create(feature, commitment, **changes):
    given = {
        "feature": feature,
        "commitment": commitment,
        "signer_nym_entropy": ENTROPY if feature.names else None,
        "mandatory_pointers": MANDATORY,
        "random_bytes": Randomness(),
    }
    return FEATURES.create_base(world.credential(), world.options(), *ISSUER, **given | changes)


def derive(base, holder, context=CONTEXT, **changes):
    given = {
        "selective_pointers": SELECTED,
        "presentation_header": HEADER,
        "random_bytes": Randomness(b"derive"),
    }
    return FEATURES.derive(base, holder=holder, context=context, **given | changes)


def verify(document, context=CONTEXT, header=HEADER, key=ISSUER[1]):
    return FEATURES.verify_derived(
        document, public_key=key, expected_presentation_header=header, expected_context=context
    )


def code_of(call, *args, **kwargs):
    with pytest.raises(CredentialError) as refused:
        call(*args, **kwargs)
    return refused.value.code


def put(secured, **members):
    return {**secured, "proof": {**secured["proof"], **members}}


@cache
def issued(feature):
    """What the issuer made, and what the holder keeps."""
    commitment, holder = commit(feature)
    return create(feature, commitment), holder


@cache
def shown(feature):
    """What a verifier is shown."""
    return derive(*issued(feature))


def changed(secured, change, form):
    parts = cbor2.loads(decode_multibase(secured["proof"]["proofValue"])[3:])
    change(parts)
    body = cbor2.dumps(parts, canonical=True)
    return put(secured, proofValue="u" + encode_base64url(form.header + body))


def setter(index, value):
    return lambda parts: parts.__setitem__(index, value(parts[index]))
