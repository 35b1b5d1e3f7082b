"""What a holder keeps of a feature of `bbs-2023`, and for whom a pseudonym is made."""

from __future__ import annotations

import pytest

from credentials.errors import CredentialError
from credentials.sector import sector_of
from credentials.suites.bbs_features import Feature, HolderSecrets
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
