"""did:webvh identifiers: the URLs they stand for, and hosts and paths that would lead elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from did.methods.webvh import WebvhDid, placeholder_did, with_implicit_services
from tests.did.outcomes import code_of, outcome

SCID = "QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwGy"


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("example.com", "https://example.com/.well-known/did.jsonl"),
        ("issuer.example.com", "https://issuer.example.com/.well-known/did.jsonl"),
        ("example.com:dids:issuer", "https://example.com/dids/issuer/did.jsonl"),
        ("example.com%3A3000:dids:issuer", "https://example.com:3000/dids/issuer/did.jsonl"),
        ("localhost%3A8000", "https://localhost:8000/.well-known/did.jsonl"),
        (
            "xn--jp-cd2fp15c.xn--fsq.jp:%E7%94%A8%E6%88%B7",
            "https://xn--jp-cd2fp15c.xn--fsq.jp/%E7%94%A8%E6%88%B7/did.jsonl",
        ),
        ("Example.COM:A", "https://example.com/A/did.jsonl"),
        ("4chan.org", "https://4chan.org/.well-known/did.jsonl"),
    ],
)
def test_urls(place, url):
    did = WebvhDid.parse(f"did:webvh:{SCID}:{place}")
    assert did.log_url == url
    assert did.witness_url == url.replace("did.jsonl", "did-witness.json")
    assert did.scid == SCID


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1",
        "127.0.0.1%3A8080",
        "127.0.0.1%3a8080",
        "127%2E0%2E0%2E1",
        "2130706433",
        "0x7f000001",
        "a.0x7f",
        "127.1",
        "example.1",
        "%5B%3A%3A1%5D",
        "example.com%3a443",
        "example.com%3A",
        "example.com%3A0",
        "example.com%3A65536",
        "example.com%3A080",
        "example.com%2Fevil",
        "user%40example.com",
        "example..com",
        "-example.com",
        "example_.com",
        "internal",
        "example.com.",
        "example.com:",
        "example.com::x",
        "example.com:..",
        "example.com:.",
        "example.com:%2e%2E",
        "example.com:%2E",
        "example.com:a%2Fb",
        "example.com:a%5Cb",
        "example.com:%00",
        "example.com:%252e%252e",
        "example.com:%ff",
        "example.com#x",
        "example.com/x",
        "example.com?x",
        "",
    ],
)
def test_hostile_places_are_refused(place):
    assert code_of(WebvhDid.parse, f"did:webvh:{SCID}:{place}") == "webvh.did"


@pytest.mark.parametrize(
    "did",
    [
        f"did:web:{SCID}:example.com",
        f"did:webvh:{SCID}",
        "did:webvh:example.com",
        f"did:webvh:{SCID[:-1]}:example.com",
        f"did:webvh:{SCID[:-1]}0:example.com",
        "did:webvh:" + "1" * 46 + ":example.com",
        "",
    ],
)
def test_other_identifiers_are_refused(did):
    assert code_of(WebvhDid.parse, did) == "webvh.did"


@given(st.text(max_size=30) | st.text(st.sampled_from("ab.%3A:/-0x"), max_size=30))
def test_random_places_give_only_our_errors(place):
    found = outcome(WebvhDid.parse, f"did:webvh:{SCID}:{place}")
    assert found.code == "webvh.did" if found.value is None else found.value.log_url.endswith("/did.jsonl")


def test_placeholder_is_composed_and_checked():
    assert (
        placeholder_did("localhost", ["dids", "a"], port=8000) == "did:webvh:{SCID}:localhost%3A8000:dids:a"
    )
    assert code_of(placeholder_did, "127.0.0.1") == "webvh.did"
    assert code_of(placeholder_did, "example.com", [".."]) == "webvh.did"
    assert code_of(placeholder_did, "example.com", port=70000) == "webvh.did"


def test_implicit_services_do_not_replace_stated_ones():
    did = f"did:webvh:{SCID}:example.com:a"
    bare = with_implicit_services({"id": did})
    assert [item["serviceEndpoint"] for item in bare["service"]] == [
        "https://example.com/a",
        "https://example.com/a/whois.vp",
    ]
    stated = {"id": did, "service": [{"id": f"{did}#files"}, {"id": "#whois"}]}
    assert with_implicit_services(stated) == stated
