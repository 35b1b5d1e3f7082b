"""What a holder keeps of a feature of `bbs-2023`, and for whom a pseudonym is made."""

from __future__ import annotations

from dataclasses import replace

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.sector import sector_of
from credentials.suites.bbs_features import Feature, HolderSecrets
from credentials.suites.bbs_features.proof_values import (
    NYM_BASE,
    NYM_DERIVED,
    NymBaseProofValue,
    NymDerivedProofValue,
)
from credentials.suites.proof_cbor import Form
from did.encoding import decode_multibase, encode_base64url
from zk import bbs
from zk.blind.single_pseudonyms import ProverBlind, SingleProverNym

SUITE = bbs.suite(bbs.SHA256)
SECRET = b"a holder's secret of 32 octets, "
BLIND = ProverBlind(bbs.SHA256, [5])
NYM = SingleProverNym(bbs.SHA256, [7])
KEPT = {
    Feature.HOLDER_BINDING: HolderSecrets(Feature.HOLDER_BINDING, BLIND, SECRET, None),
    Feature.PSEUDONYM: HolderSecrets(Feature.PSEUDONYM, BLIND, None, NYM),
    Feature.HOLDER_BINDING_PSEUDONYM: HolderSecrets(Feature.HOLDER_BINDING_PSEUDONYM, BLIND, SECRET, NYM),
}


def code_of(call, *args):
    with pytest.raises(CredentialError) as refused:
        call(*args)
    return refused.value.code


@pytest.mark.parametrize("feature", list(Feature))
def test_what_is_kept_is_read_again(feature):
    kept = KEPT[feature]
    written = kept.to_json()
    again = HolderSecrets.from_json(SUITE, written)
    assert again.to_json() == written
    assert (again.feature, again.secret) == (feature, kept.secret)
    assert again.committed_messages == ([SECRET] if feature.binds else [])
    assert (again.nym is not None) is feature.names
    assert feature.committed == feature.binds + feature.names
    assert "secret of 32" not in repr(kept)


@pytest.mark.parametrize(
    ("feature", "change", "code"),
    [
        (Feature.PSEUDONYM, {"feature": "baseline"}, "bbs-2023.holder-secrets"),
        (Feature.PSEUDONYM, {"feature": None}, "bbs-2023.holder-secrets"),
        (Feature.PSEUDONYM, {"feature": ["pseudonym"]}, "bbs-2023.holder-secrets"),
        (Feature.PSEUDONYM, {"more": 1}, "bbs-2023.holder-secrets"),
        (Feature.PSEUDONYM, {"blind": None}, "bbs-2023.holder-secrets"),
        (Feature.PSEUDONYM, {"blind": 5}, "bbs-2023.holder-secrets"),
        (Feature.PSEUDONYM, {"blind": "="}, "bbs-2023.holder-secrets"),
        (Feature.PSEUDONYM, {"blind": "AAAA"}, "bbs-2023.holder-secrets"),
        (Feature.PSEUDONYM, {"nym": "A" * 43}, "bbs-2023.holder-secrets"),
        (Feature.PSEUDONYM, {"nym": None}, "bbs-2023.holder-nym"),
        (Feature.PSEUDONYM, {"secret": "A" * 43}, "bbs-2023.holder-secret"),
        (Feature.HOLDER_BINDING, {"secret": None}, "bbs-2023.holder-secret"),
        (Feature.HOLDER_BINDING, {"secret": "AAAA"}, "bbs-2023.holder-secret"),
        (Feature.HOLDER_BINDING, {"nym": KEPT[Feature.PSEUDONYM].to_json()["nym"]}, "bbs-2023.holder-nym"),
    ],
)
def test_what_is_no_holders(feature, change, code):
    assert code_of(HolderSecrets.from_json, SUITE, {**KEPT[feature].to_json(), **change}) == code


def test_large_numbers_are_read_where_a_form_has_them():
    form = Form("bbs-2023", "", b"\xd9\x5d\xff", components=1, large_numbers=True)
    written = form.write([1 << 254])
    assert form.read(written) == [1 << 254]
    assert code_of(replace(form, large_numbers=False).read, written) == "bbs-2023.malformed"
    for tagged in (cbor2.CBORTag(3, b"\x01" * 32), cbor2.CBORTag(2, b"\x00" * 32), cbor2.CBORTag(2, b"\x01")):
        text = "u" + encode_base64url(form.header + cbor2.dumps([tagged]))
        assert code_of(form.read, text) == "bbs-2023.malformed"


@pytest.mark.parametrize(
    ("domain", "sector"),
    [
        ("shop.example", "shop.example"),
        ("Shop.Example", "shop.example"),
        ("shop.example:8443", "shop.example"),
        ("https://shop.example", "shop.example"),
        ("HTTPS://SHOP.example:443/verify?x=1", "shop.example"),
        ("http://localhost:8080/", "localhost"),
        ("127.0.0.1:8080", "127.0.0.1"),
        ("https://xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_the_sector_is_the_host(domain, sector):
    assert sector_of(domain) == sector


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "a verifier",
        "https://",
        "shop.example.",
        ".example",
        "shop..example",
        "user@shop.example",
        "https://user@shop.example/",
        "https://shop.example@evil.example",
        "https://shop.example\\@evil.example",
        "ftp://shop.example",
        "did:web:shop.example",
        "bücher.example",
        "shop.example\n",
        "shop.example:port",
        "https://[::1]/",
        "\u212a.example",
        "a" * 254,
    ],
)
def test_what_names_no_host(domain):
    assert code_of(sector_of, domain) == "sector.host"


@given(st.binary(max_size=200), st.integers(0, 300))
def test_any_bytes_give_a_value_or_our_error(body, cut):
    whole = NymBaseProofValue(bytes(80), bytes(64), bytes(96), bytes(32), ("/issuer",), bytes(31) + b"\x07")
    written = decode_multibase(whole.write())
    assert NymBaseProofValue.read(whole.write()) == whole
    for read, octets in (
        (NymBaseProofValue.read, NYM_BASE.header + body),
        (NymBaseProofValue.read, written[: 3 + cut] + body),
        (NymDerivedProofValue.read, NYM_DERIVED.header + body),
    ):
        if octets != written:
            assert code_of(read, "u" + encode_base64url(octets)) == "bbs-2023.malformed"


@given(st.binary(max_size=300), st.binary(min_size=48, max_size=48), st.integers(0, 2**31 - 1))
def test_what_is_written_is_read_back(proof, pseudonym, count):
    value = NymDerivedProofValue(proof, {"c14n0": "b1", "c14n1": "b0"}, (0, 2), (1,), b"h", pseudonym, count)
    assert NymDerivedProofValue.read(value.write()) == value
