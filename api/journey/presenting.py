"""The third chapter: a relying party asks for two things and learns two things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.cli.holder import open_wallet
from api.cli.relying import RELYING_SCOPES, dcql, register_client
from api.cli.verdicts import verdict_of
from api.cli.wallet import claim_name, hidden, plain, revealed
from api.client.connection import Client
from api.client.failures import RejectedError
from api.journey.model import Chapter, Shown, Step
from api.journey.stage import SHOP
from credentials.exchange.request import PresentationRequest

if TYPE_CHECKING:
    from api.client.service_client import ServiceClient
    from api.journey.stage import Stage
    from did.types import JsonObject, JsonValue

ASKED = ["nationality", "resident"]


def register_shop(stage: Stage) -> Shown:
    """Register the relying party as a client of its own, with a policy that trusts the issuer alone."""
    answer = register_client(stage.operator, stage.name("shop"), [*RELYING_SCOPES])
    client = Client(str(answer["client_id"]), str(answer["client_secret"]))
    stage.relying = stage.log_in(client)
    policy = {"trustedIssuers": [stage.issuer]}
    stage.relying.put(f"/policies/{stage.name('shop')}", policy, scope="write:/policies")
    return Shown((("client", ", ".join(RELYING_SCOPES)), ("policy", "trusts this issuer and nobody else")))


def ask(stage: Stage) -> Shown:
    """Ask for nationality and residence only."""
    stage.request = challenge(stage.relying, SHOP)
    return Shown(
        (
            ("asks", "nationality and resident, of a NationalIdentityCredential"),
            ("domain", SHOP),
            ("challenge", f"good once, until {stage.request.get('expires')}"),
        )
    )


def preview(stage: Stage) -> Shown:
    """Let the wallet say what it would reveal, before it answers."""
    with open_wallet(stage.wallet_path, stage.passphrase, stage.system) as opened:
        asked = PresentationRequest.parse(stage.request)
        stage.disclosure = opened.wallet.match(asked, suites=stage.suites, now=stage.system.now())
    choice = stage.disclosure.choices[0]
    claims, members = revealed(choice)
    if sorted(name for name, _ in claims) != sorted(ASKED):
        raise RejectedError(
            "journey.preview", f"the wallet would reveal {', '.join(name for name, _ in claims)}"
        )
    return Shown(
        (
            ("reveals", ", ".join(name for name, _ in claims) + f" (and {', '.join(members)})"),
            ("hides", ", ".join(hidden(choice))),
        )
    )


def present(stage: Stage) -> Shown:
    """Derive a proof that shows only that, under a key made for this answer."""
    stage.presentation = answer_request(stage, stage.request)
    shown = stage.presentation["verifiableCredential"]
    derived = shown[0] if isinstance(shown, list) and isinstance(shown[0], dict) else {}
    text = str(derived)
    leaked = [name for name in ("givenName", "birthDate", "documentNumber", "address") if name in text]
    if leaked:
        raise RejectedError("journey.leak", f"the derived credential holds {', '.join(leaked)}")
    subject = derived.get("credentialSubject")
    return Shown(
        (
            (
                "shows",
                ", ".join(name for name in subject if name != "type") if isinstance(subject, dict) else "",
            ),
            ("bound to", f"{SHOP}, this challenge, a fresh holder key"),
        )
    )


def accept(stage: Stage) -> Shown:
    """Let the relying party verify the answer by its policy."""
    answer = verify(stage, stage.presentation, stage.request)
    if answer.get("accepted") is not True:
        raise RejectedError("journey.refused", "the honest presentation was not accepted")
    names = ", ".join(f"{name} = {plain(value)}" for name, value in learned(answer))
    not_seen = ", ".join(hidden(stage.disclosure.choices[0]))
    return Shown((("learned", names), ("not seen", not_seen)), verdict_of(answer))


def learned(answer: JsonObject) -> list[tuple[str, JsonValue]]:
    """List the claims in the relying party's answer: by query, then by JSON pointer."""
    groups = answer.get("claims")
    found = (
        [group for group in groups.values() if isinstance(group, dict)] if isinstance(groups, dict) else []
    )
    return [(claim_name(pointer), value) for group in found for pointer, value in group.items()]


def challenge(relying: ServiceClient, domain: str) -> JsonObject:
    """Get a challenge for the two claims."""
    body = {"domain": domain, "query": dcql("NationalIdentityCredential", ASKED)}
    return relying.post("/challenges", body, scope="write:/challenges")


def answer_request(stage: Stage, request: JsonObject) -> JsonObject:
    """Let the wallet answer a request."""
    asked = PresentationRequest.parse(request)
    with open_wallet(stage.wallet_path, stage.passphrase, stage.system) as opened:
        disclosure = opened.wallet.match(asked, suites=stage.suites, now=stage.system.now())
        return opened.wallet.present(
            disclosure, suites=stage.suites, random_bytes=stage.system.random_bytes, now=stage.system.now()
        )


def verify(
    stage: Stage, presentation: JsonObject, request: JsonObject, *, policy: str = "shop"
) -> JsonObject:
    """Let the relying party verify a presentation as the answer to its own request."""
    options = {
        "challenge": request["challenge"],
        "domain": request["domain"],
        "policy": stage.name(policy),
    }
    body = {"verifiablePresentation": presentation, "options": options}
    return stage.relying.post("/presentations/verify", body, scope="write:/presentations/verify")


CHAPTER = Chapter(
    "A relying party asks for two things",
    (
        Step("register-shop", "Register the relying party and its policy", register_shop),
        Step("ask", "Ask for nationality and residence only", ask),
        Step("preview", "The wallet shows what it would reveal and hide", preview),
        Step("present", "The wallet derives a proof and presents it", present),
        Step("accept", "The relying party verifies and accepts", accept),
    ),
)
