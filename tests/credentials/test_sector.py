"""The sector of a verifier: one host, in one way to write it."""

from __future__ import annotations

import pytest

from credentials.errors import CredentialError
from credentials.sector import sector_of, sector_or_none

LONG = ".".join(["a" * 62] * 4)


@pytest.mark.parametrize(
    ("domain", "sector"),
    [
        ("shop.example", "shop.example"),
        ("Shop.Example", "shop.example"),
        ("https://shop.example", "shop.example"),
        ("HTTPS://SHOP.example/a/b?c#d", "shop.example"),
        ("http://shop.example:8080/", "shop.example"),
        ("shop.example:65535", "shop.example"),
        ("localhost", "localhost"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("a_b-c.example", "a_b-c.example"),
        (f"{LONG}.a", f"{LONG}.a"),
    ],
)
def test_a_host_has_one_sector(domain, sector):
    assert sector_of(domain) == sector_or_none(domain) == sector


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "shop.example.",
        ".example",
        "shop..example",
        "me@shop.example",
        "[::1]",
        "ftp://shop.example",
        "https://",
        "shop.example:",
        "shop.example:123456",
        "shop.example/a b",
        "shop example",
        "shop.ex\u00e4mple",
        "shop.example/\u00e4",
        "\u212aelvin.example",
        "shop.example\n",
        f"{LONG}.ab",
    ],
)
def test_what_names_no_host_has_no_sector(domain):
    with pytest.raises(CredentialError) as caught:
        sector_of(domain)
    assert caught.value.code == "sector.host"
    assert sector_or_none(domain) == ""
