"""Mutated credentials and presentations in every form and under every media type: no 5xx, and a verdict's form.

Seeded, so that a failure can be had again: the message names the request.
"""

# ruff: noqa: E501  a table of seeds reads better in long lines

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from credentials import enveloping
from credentials.sd_jwt.key_binding import KeyBinding, bind

from .test_forms import DOMAIN, ENVELOPED, HOLDER, asked, avow, content, issue, signed_jwt  # noqa: F401  a fixture
from .test_mutated_requests import ask, check_form, mutate

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

REQUESTS = 4_000
SEED = 20261126


async def seeds(avow):  # noqa: F811
    """A good request for each form on each route: method, path, body, headers."""
    base = (await issue(avow, "unlinkable", subject=None))["unlinkable"]
    request = await asked(avow)
    binding = {"challenge": request["challenge"], "domain": DOMAIN}
    query = urlencode(binding)
    texts = {form: content(avow.forms[form]) for form in ENVELOPED}
    raw = {form: text if isinstance(text, bytes) else text.encode() for form, text in texts.items()}
    terms = KeyBinding(HOLDER, nonce=request["challenge"], audience=DOMAIN, now=datetime.now(UTC))
    bound = texts["vc+sd-jwt"] + bind(texts["vc+sd-jwt"], terms, algorithm="sha-256")
    jwt = signed_jwt([avow.forms["vc+jwt"]], request)
    inside = enveloping.envelope("application/vp+jwt", jwt)
    verify, present, derive = "/credentials/verify", "/presentations/verify", "/credentials/derive"
    wrapped = {"holder": avow.did, "verifiableCredential": [avow.forms["vc+jwt"], texts["vc+sd-jwt"]]}
    return [
        *(("POST", verify, {"verifiableCredential": value, "options": {"policy": "default"}}, {}) for value in avow.forms.values()),
        *(("POST", verify, {"verifiableCredential": text}, {}) for text in texts.values() if isinstance(text, str)),
        *(("POST", f"{verify}?policy=default", body, {"content-type": f"application/{form}"}) for form, body in raw.items()),
        ("POST", present, {"verifiablePresentation": jwt, "options": binding}, {}),
        ("POST", present, {"verifiablePresentation": inside, "options": binding}, {}),
        ("POST", present, {"verifiablePresentation": bound, "options": binding}, {}),
        ("POST", f"{present}?{query}", jwt.encode(), {"content-type": "application/vp+jwt"}),
        ("POST", f"{present}?{query}", raw["vc+cose"], {"content-type": "application/vp+cose"}),
        ("POST", f"{present}?{query}", bound.encode(), {"content-type": "application/vc+sd-jwt"}),
        ("POST", derive, {"verifiableCredential": texts["vc+sd-jwt"], "options": {"selectivePointers": ["/credentialSubject"]}}, {}),
        ("POST", derive, {"verifiableCredential": avow.forms["ecdsa-sd-2023"], "options": {"selectivePointers": ["/credentialSubject/id"]}}, {}),
        ("POST", derive, {"verifiableCredential": base, "options": {"selectivePointers": [], "holder": "did:key:z6Mk", **binding}}, {}),
        ("POST", "/presentations", {"presentation": wrapped, "options": {**binding, "form": "vp+jwt"}}, {}),
        ("POST", "/presentations", {"presentation": wrapped, "options": binding}, {}),
        ("POST", "/dids/city/update", {"addKeys": [{"type": "P-256"}], "removeKeys": ["#no"]}, {}),
        ("PUT", "/issuers/mutated", {"did": avow.did, "formats": ["dc+sd-jwt", "vc+cose"], "vct": "https://x.example/t"}, {}),
    ]  # fmt: skip


async def test_whatever_bytes_are_sent_as_a_credential_the_answer_is_no_5xx(avow):  # noqa: F811
    rng = random.Random(SEED)
    chosen = await seeds(avow)
    authorization = (await avow.headers())["Authorization"]
    codes: set[str] = set()
    statuses: dict[int, int] = {}

    async def one(number, method, path, headers, body):
        status, kind, answered = await ask(avow.app, method, path, headers, body)
        statuses[status] = statuses.get(status, 0) + 1
        told = f"request {number}: {method} {path} {headers} {body[:600]!r} → {status} {answered[:600]!r}"
        assert status < 500 or (status == 503 and json.loads(answered)["code"] == "service.busy"), told
        if status >= 400:
            codes.add(check_form(method, path, kind, answered, told))

    for start in range(0, REQUESTS, 20):
        batch = [mutate(rng, rng.choice(chosen)) for _ in range(20)]
        for _, _, headers, _ in batch:
            headers.setdefault("authorization", authorization)
        await asyncio.gather(*(one(start + number, *each) for number, each in enumerate(batch)))
    assert len(codes) > 60, sorted(codes)
    assert statuses[200] > 30, statuses
