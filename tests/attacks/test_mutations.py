"""Any one change to an honest presentation is refused, or changes nothing that the verifier reads."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.world import BBS, EDDSA, World

SLOW = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=6)
JSON = st.recursive(
    SCALARS | st.sampled_from(["PT", "did:key:z6Mk", "@id", "https://www.w3.org/ns/credentials/v2"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
KINDS = st.sampled_from(["replace", "remove", "add", "wrap", "double"])


@cache
def honest(cryptosuite: str) -> tuple[World, Any, Any]:
    world = World("mutations")
    world.receive(world.issue(cryptosuite))
    request = world.request()
    return world, world.present(request), request


@st.composite
def mutated(draw: Any, original: Any) -> Any:
    """One change at any place: another value, a member gone or new, a value as a list, an element twice."""
    changed = copy.deepcopy(original)
    places = [
        (node, key)
        for node in containers(changed)
        for key in (node if isinstance(node, dict) else range(len(node)))
    ]
    node, key = draw(st.sampled_from(places))
    kind = draw(KINDS)
    if kind == "remove":
        del node[key]
    elif kind == "add" and isinstance(node, dict):
        node[draw(st.text(min_size=1, max_size=6) | st.sampled_from(["id", "type", "@type"]))] = draw(JSON)
    elif kind == "wrap":
        node[key] = [node[key]]
    elif kind == "double" and isinstance(node, list):
        node.append(copy.deepcopy(node[key]))
    else:
        node[key] = draw(JSON)
    return changed


def containers(value: Any) -> list[Any]:
    nested = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    own = [value] if isinstance(value, dict | list) and value else []
    return own + [found for item in nested for found in containers(item)]


@pytest.mark.parametrize("cryptosuite", [EDDSA, BBS])
@given(data=st.data())
@SLOW
def test_a_presentation_changed_on_its_way_is_refused(cryptosuite, data):
    world, presentation, request = honest(cryptosuite)
    changed = data.draw(mutated(presentation))
    if changed not in (presentation, {**presentation, "proof": [presentation["proof"]]}):
        assert world.refuse(changed, request) != ""


@pytest.mark.parametrize("cryptosuite", [EDDSA, BBS])
@given(data=st.data())
@SLOW
def test_a_holder_that_changes_its_credential_shows_the_same_claims_or_nothing(cryptosuite, data):
    """The holder signs the changed presentation rightly, so only the credential protects itself."""
    world, presentation, request = honest(cryptosuite)
    (credential,) = presentation["verifiableCredential"]
    changed = data.draw(mutated(credential))
    signer = world.last_signer if cryptosuite == BBS else world.holder_signer()
    verdict = world.verify(world.wrap([changed], request, signer=signer), request)
    if verdict.accepted:
        before = world.verify(presentation, request).result
        assert verdict.result.claims() == before.claims()
        assert verdict.result.credentials[0].issuer == before.credentials[0].issuer
        assert verdict.result.credentials[0].credential.valid_until is not None
