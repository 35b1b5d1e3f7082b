from datetime import timedelta

import pytest

from credentials.errors import CredentialError
from credentials.verifying.policy import Policy
from did.registry.states import RegistryState


def test_the_default_trusts_nobody_and_lets_nothing_pass():
    policy = Policy.parse({})
    assert policy == Policy()
    assert policy.trusted_issuers == frozenset()
    assert not any(value for name, value in policy.to_json().items() if name.startswith("unsafe"))


def test_a_policy_survives_json():
    policy = Policy(
        trusted_issuers=frozenset({"did:example:b", "did:example:a", "https://issuer.example/x"}),
        accepted_formats=frozenset({"bbs-2023"}),
        required_assurance=RegistryState.ANCHORED,
        requires_holder=True,
        max_age=timedelta(days=30),
        clock_skew=timedelta(seconds=5),
        unsafe_accept_expired=True,
    )
    assert Policy.parse(policy.to_json()) == policy


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"trustedIssuer": []},
        {"trustedIssuers": "did:example:a"},
        {"trustedIssuers": ["http://issuer.example"]},
        {"trustedIssuers": ["https://issuer.example?x"]},
        {"trustedIssuers": [5]},
        {"acceptedFormats": ["none"]},
        {"requiredAssurance": "certain"},
        {"requiresHolder": "yes"},
        {"maxAgeSeconds": 0},
        {"maxAgeSeconds": True},
        {"maxAgeSeconds": 10**12},
        {"clockSkewSeconds": 301},
        {"clockSkewSeconds": True},
        {"clockSkewSeconds": -1},
        {"unsafeAcceptExpired": "yes"},
    ],
)
def test_malformed_policies(value):
    with pytest.raises(CredentialError) as caught:
        Policy.parse(value)
    assert caught.value.code == "policy.malformed"
