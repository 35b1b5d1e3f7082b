"""Proof values with features of `bbs-2023` that were changed, or are of another form."""

from __future__ import annotations

import pytest

from credentials.rdf import CompiledCanonicalizer
from credentials.suites import Bbs2023, Reader, Setting
from credentials.suites.bbs_features import (
    Feature,
)
from credentials.suites.bbs_features.proof_values import NYM_BASE, NYM_DERIVED
from credentials.suites.selective_suites import Bbs
from did.encoding import decode_multibase, encode_base64url
from tests.support import bbs as world
from tests.support.bbs import HEADER
from tests.support.bbs_features import (
    CONTEXT,
    FEATURES,
    ISSUER,
    SUITE,
    changed,
    code_of,
    derive,
    every_named,
    issued,
    put,
    setter,
    shown,
    verify,
)
from zk.curve import GROUP_ORDER


@pytest.mark.parametrize("header", ["d95d06", "d95d07", "d95d05", "d95d03"])
def test_other_headers_are_not_read(header):
    """Those of the text for pseudonyms (06, 07), and those of other features."""
    secured = shown(Feature.PSEUDONYM)
    body = decode_multibase(secured["proof"]["proofValue"])[3:]
    other = put(secured, proofValue="u" + encode_base64url(bytes.fromhex(header) + body))
    assert code_of(verify, other) == "bbs-2023.malformed"
    suite = Bbs(Bbs2023(CompiledCanonicalizer(), SUITE))
    if header in {"d95d06", "d95d07"}:
        setting = Setting(Reader.VERIFIER, HEADER, audience=CONTEXT)
        assert code_of(suite.checker, other["proof"], setting) == "proof.malformed"


@every_named
def test_changes_are_refused(feature):
    derived = shown(feature)
    _, other_key = world.key_pair(SUITE, b"another issuer's key material, for tests")
    subject = {**derived["credentialSubject"], "nationality": "XX"}
    for secured, changes, code in (
        (derived, {"header": b"other"}, "bbs-2023.presentation-header"),
        (derived, {"key": other_key}, "bbs-2023.proof"),
        ({**derived, "credentialSubject": subject}, {}, "bbs-2023.proof"),
        (put(derived, created="2026-11-21T00:00:00Z"), {}, "bbs-2023.proof"),
        (put(derived, proofValue=derived["proof"]["proofValue"][:-2]), {}, "bbs-2023.malformed"),
        (put(derived, cryptosuite="other"), {}, "proof.cryptosuite"),
        ({**derived, "proof": "x"}, {}, "proof.malformed"),
    ):
        assert code_of(verify, secured, **changes) == code


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts.pop(),
        lambda parts: parts.append(1),
        lambda parts: parts.insert(5, CONTEXT),
        setter(6, lambda _: -1),
        setter(6, str),
        setter(6, lambda _: True),
        setter(6, lambda count: count - 1),
        setter(6, lambda _: 2**30),
        setter(6, lambda _: 2**70),
        setter(3, lambda indexes: [*indexes[:-1], 900]),
        setter(0, lambda proof: proof[:-1]),
        setter(0, lambda proof: proof + proof[-32:]),
        setter(5, lambda pseudonym: pseudonym[:-1]),
        setter(5, lambda pseudonym: pseudonym.hex()),
        setter(5, lambda _: bytes([0xC0]) + bytes(47)),
        setter(5, lambda _: bytes(48)),
    ],
    ids=[
        "a part less",
        "a part more",
        "with the context, as the text has it",
        "a negative count",
        "a count in text",
        "a count that is a truth",
        "a count too low",
        "a count beyond limits",
        "a large number",
        "an index beyond the messages",
        "a proof cut short",
        "a proof with another hidden message",
        "a pseudonym cut short",
        "a pseudonym in text",
        "the identity",
        "no point",
    ],
)
def test_malformed_derived_values(change):
    secured = changed(shown(Feature.HOLDER_BINDING_PSEUDONYM), change, NYM_DERIVED)
    assert code_of(verify, secured) == "bbs-2023.malformed"


def test_one_feature_is_not_read_as_the_other():
    """A hidden message less, or more, or counted as the issuer's: one header, but not one signature."""
    bound = changed(
        shown(Feature.HOLDER_BINDING_PSEUDONYM),
        setter(0, lambda proof: proof[:272] + proof[304:]),
        NYM_DERIVED,
    )
    free = changed(
        shown(Feature.PSEUDONYM),
        setter(0, lambda proof: proof[:272] + proof[272:304] + proof[272:]),
        NYM_DERIVED,
    )
    more = changed(shown(Feature.HOLDER_BINDING_PSEUDONYM), setter(6, lambda count: count + 1), NYM_DERIVED)
    nothing = derive(*issued(Feature.PSEUDONYM), selective_pointers=())
    less = changed(nothing, setter(6, lambda count: count - 1), NYM_DERIVED)
    for secured in (bound, free, more, less):
        assert code_of(verify, secured) == "bbs-2023.proof"


@pytest.mark.parametrize(
    "change",
    [
        setter(5, lambda _: 0),
        setter(5, lambda _: -1),
        setter(5, lambda _: GROUP_ORDER),
        setter(5, lambda _: 2**4096),
        setter(5, lambda entropy: entropy.to_bytes(32, "big")),
        setter(5, lambda _: True),
        setter(4, lambda _: [2**70]),
        setter(0, lambda signature: signature[:-1]),
        lambda parts: parts.pop(),
    ],
    ids=["zero", "negative", "r", "huge", "octets", "a truth", "a number for a pointer", "short", "missing"],
)
def test_malformed_base_values(change):
    base, holder = issued(Feature.PSEUDONYM)
    secured = changed(base, change, NYM_BASE)
    assert code_of(FEATURES.verify_base, secured, public_key=ISSUER[1], holder=holder) == "bbs-2023.malformed"
    assert code_of(derive, secured, holder) == "bbs-2023.malformed"


@every_named
def test_a_changed_credential_is_not_received(feature):
    """Mandatory and other claims, options, header and key: as with the baseline."""
    base, holder = issued(feature)
    _, other = world.key_pair(SUITE, b"another issuer's key material, for tests")
    subject = {**base["credentialSubject"], "nationality": "XX"}
    for secured, key in (
        ({**base, "validFrom": "2026-11-21T00:00:00Z"}, ISSUER[1]),
        ({**base, "credentialSubject": subject}, ISSUER[1]),
        (put(base, created="2026-11-21T00:00:00Z"), ISSUER[1]),
        (changed(base, setter(1, lambda _: bytes(64)), NYM_BASE), ISSUER[1]),
        (changed(base, setter(2, lambda _: other.raw), NYM_BASE), ISSUER[1]),
        (base, other),
    ):
        given = {"public_key": key, "holder": holder}
        assert code_of(FEATURES.verify_base, secured, **given) == "bbs-2023.signature"


def test_other_entropy_than_the_signed_one():
    base, holder = issued(Feature.PSEUDONYM)
    secured = changed(base, setter(5, lambda _: 7), NYM_BASE)
    given = {"public_key": ISSUER[1], "holder": holder}
    assert code_of(FEATURES.verify_base, secured, **given) == "bbs-2023.signature"
    assert code_of(verify, derive(secured, holder)) == "bbs-2023.proof"
