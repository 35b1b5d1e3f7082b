"""The sixth chapter: a relying party asks for facts, gets a proof, and sees none of the claims."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from api.cli.holder import open_wallet
from api.cli.output import shorten
from api.cli.relying import dcql
from api.cli.verdicts import verdict_of
from api.cli.wallet import hidden, revealed
from api.client.failures import RejectedError
from api.journey.model import Chapter, Shown, Step
from api.journey.presenting import verify
from api.journey.stage import SHOP
from credentials.exchange.request import PresentationRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.journey.stage import Stage
    from did.types import JsonObject

OF_AGE: Final = "birthDate <= today - 18y"
LIVES: Final = 'address.addressCountry in ["PT", "ES"]'
IN_FORCE: Final = "not revoked"
SAME_PERSON: Final = "pseudonym"
FACTS: Final = (OF_AGE, LIVES, IN_FORCE, SAME_PERSON)
POLICY: Final = "facts"
EPOCH_AGE: Final = 6
"""A minute in the journey's own service, whose epochs last seconds: a busy machine needs some of it."""
SECRET: Final = ("1994-03-17", "Coimbra", "PT-4471-9920", '"PT"')
"""Values of the example claims; none of them may stand in a proof."""


def ask(stage: Stage) -> Shown:
    """Ask for facts; the service puts a day in the place of `today`."""
    policy = {"trustedIssuers": [stage.issuer], "epochAge": EPOCH_AGE}
    stage.relying.put(f"/policies/{stage.name(POLICY)}", policy, scope="write:/policies")
    stage.question = question(stage, FACTS)
    return Shown((("asks", "; ".join(FACTS)), ("claims", "none: nothing is to be shown")))


def explain(stage: Stage) -> Shown:
    """Let the wallet say what it would prove, before it proves."""
    with open_wallet(stage.wallet_path, stage.passphrase, stage.system) as opened:
        kept = stage.opened = opened.wallet
    asked = PresentationRequest.parse(stage.question)
    disclosure = kept.match(asked, suites=stage.suites, now=stage.system.now())
    prepared = kept.prepare(disclosure, suites=stage.suites, random_bytes=stage.system.random_bytes)
    if prepared is None:
        raise RejectedError("journey.preview", "the wallet would prove nothing")
    explanation, choice = prepared.explain(), disclosure.choices[0]
    claims, members = revealed(choice)
    if claims:
        raise RejectedError("journey.preview", f"the wallet would reveal {claims[0][0]}")
    return Shown(
        (
            *(("proves", line) for line in explanation.lines),
            *(("wary of", warning.text) for warning in explanation.warnings),
            ("reveals", ", ".join(members)),
            ("hides", ", ".join(hidden(choice))),
        )
    )


def prove(stage: Stage) -> Shown:
    """Prove it, and look that no claim is in what goes out."""
    stage.proof = answer(stage, stage.question)
    sent = json.dumps(stage.proof, ensure_ascii=False)
    if any(value in sent for value in SECRET):
        raise RejectedError("journey.leak", "what the wallet sends holds the value of a hidden claim")
    return Shown(
        (
            ("sends", f"{len(sent.encode()):,} bytes, and no claim in them"),
            ("made for", f"{SHOP}, this challenge, a fresh holder key; a second one cannot be linked to it"),
        )
    )


def accept(stage: Stage) -> Shown:
    """Let the relying party verify the facts."""
    answered = verify(stage, stage.proof, stage.question, policy=POLICY)
    if answered.get("accepted") is not True:
        raise RejectedError("journey.refused", "the honest proof was not accepted")
    facts = [("learned", text) for text in _proven(answered)]
    nyms = answered.get("pseudonyms")
    facts += [
        ("pseudonym", f"{shorten(nym.get('value'))} at {nym.get('sector')}, and nowhere else")
        for nym in (nyms if isinstance(nyms, list) else [])
        if isinstance(nym, dict)
    ]
    facts.append(("as well", "issuer, schema, validity, epoch; not which holder of that issuer it is"))
    return Shown(tuple(facts), verdict_of(answered))


def question(stage: Stage, facts: Sequence[str], domain: str = SHOP) -> JsonObject:
    """Make a request that asks to prove facts, of a credential of the national identity schema."""
    body = {"domain": domain, "query": dcql("NationalIdentityCredential", [], facts)}
    return stage.relying.post("/challenges", body, scope="write:/challenges")


def answer(stage: Stage, request: JsonObject) -> JsonObject:
    """Let the opened wallet answer a request with a proof."""
    asked, kept = PresentationRequest.parse(request), stage.opened
    draw, now = stage.system.random_bytes, stage.system.now()
    disclosure = kept.match(asked, suites=stage.suites, now=now)
    prepared = kept.prepare(disclosure, suites=stage.suites, random_bytes=draw)
    return kept.present(disclosure, suites=stage.suites, random_bytes=draw, now=now, prepared=prepared)


def _proven(answered: JsonObject) -> list[str]:
    """List the expressions that hold, in the relying party's answer."""
    found = answered.get("proven")
    texts = [
        item.get("expressions")
        for item in (found if isinstance(found, list) else [])
        if isinstance(item, dict)
    ]
    return [str(text) for group in texts if isinstance(group, list) for text in group]


CHAPTER = Chapter(
    "A relying party asks for facts and sees no claim",
    (
        Step("ask-facts", "Ask: adult, lives in PT or ES, not revoked, pseudonym", ask),
        Step("explain", "The wallet says what it would prove", explain),
        Step("prove", "The wallet proves it", prove),
        Step("accept-facts", "The relying party verifies and accepts", accept),
    ),
)
