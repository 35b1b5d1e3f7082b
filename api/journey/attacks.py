"""The fourth chapter: six attacks that must be refused, each for its own reason.

The attacker has what attackers have: captured presentations, a key that was stolen before its owner removed
it, a service of their own with a DID that nobody trusts. It never has the holder's wallet.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from api.cli.holder import create_wallet, open_wallet
from api.cli.output import FAILED
from api.cli.verdicts import verdict_of, walk
from api.client.documents import HostedHistories
from api.client.failures import RefusedError, RejectedError
from api.journey.issuing import issue, put_profile
from api.journey.model import Attack, Chapter, Refusal
from api.journey.own_keys import remove_first_key, sign_degree
from api.journey.presenting import answer_request, challenge, verify
from api.journey.stage import ELSEWHERE, SHOP
from credentials.exchange.request import PresentationRequest
from credentials.holder.signing import sign_presentation
from credentials.verifying.binding import presentation_header
from did.keys import Ed25519Signer

if TYPE_CHECKING:
    from api.journey.stage import Stage
    from did.types import JsonObject

_SEED_BYTES = 32


def changed_claim(stage: Stage) -> Refusal:
    """Cheat as the holder: derive an honest proof, change a claim, sign the presentation around it."""
    request = challenge(stage.relying, SHOP)
    signer = Ed25519Signer(stage.system.random_bytes(_SEED_BYTES))
    header = presentation_header(
        domain=SHOP, challenge=str(request["challenge"]), holder_key=signer.public_key
    )
    derived = stage.suites["bbs-2023"].present(
        stage.identity,
        pointers=stage.disclosure.choices[0].match.pointers(),
        header=header,
        random_bytes=stage.system.random_bytes,
    )
    subject = derived["credentialSubject"]
    if not isinstance(subject, dict):
        raise RejectedError("journey.subject", "the derived credential has no single subject")
    subject["nationality"] = "FR"
    return refused(stage, wrap(stage, derived, request, signer), request)


def replayed_challenge(stage: Stage) -> Refusal:
    """Send the accepted presentation a second time."""
    return refused(stage, stage.presentation, stage.request)


def other_audience(stage: Stage) -> Refusal:
    """Relay the shop's challenge to the holder under another domain, and show the shop the answer."""
    request = challenge(stage.relying, SHOP)
    relayed = {**request, "domain": ELSEWHERE}
    return refused(stage, answer_request(stage, relayed), request)


def removed_key(stage: Stage) -> Refusal:
    """See a key's credential accepted, remove the key, sign with it again, dated before the removal."""
    policy = {"trustedIssuers": [stage.own_did]}
    stage.relying.put(f"/policies/{stage.name('college')}", policy, scope="write:/policies")
    before = stage.system.now() - timedelta(minutes=1)
    honest = _verify_credential(stage, sign_degree(stage, stage.system.now()))
    if honest.get("accepted") is not True:
        raise RejectedError("journey.honest", "the key's credential was not accepted before its removal")
    remove_first_key(stage)
    try:
        return _refusal(_verify_credential(stage, sign_degree(stage, before)))
    except RefusedError as error:
        return _problem(error)


def untrusted_issuer(stage: Stage) -> Refusal:
    """Present a flawless credential of an issuer that the policy does not name."""
    answer = stage.operator.post(
        "/dids", {"name": stage.name("stranger"), "keys": "hosted"}, scope="write:/dids"
    )
    profile = stage.name("stranger")
    put_profile(stage.operator, profile, str(answer["did"]), "national-identity", "bbs-2023")
    credential = issue(stage.operator, profile, "national-identity")
    path, phrase = stage.directory / "stranger.avow", stage.passphrase
    create_wallet(path, phrase, stage.system)
    request = challenge(stage.relying, SHOP)
    now = stage.system.now()
    with open_wallet(path, phrase, stage.system) as opened:
        documents = HostedHistories(stage.operator, now)
        wallet, _ = opened.wallet.receive(credential, documents=documents, suites=stage.suites, now=now)
        asked = wallet.match(PresentationRequest.parse(request), suites=stage.suites, now=now)
        presentation = wallet.present(
            asked, suites=stage.suites, random_bytes=stage.system.random_bytes, now=now
        )
    return refused(stage, presentation, request)


def rewrapped(stage: Stage) -> Refusal:
    """Wrap the captured derived credential again, under a fresh challenge and the attacker's key."""
    request = challenge(stage.relying, SHOP)
    captured = first_credential(stage.presentation)
    signer = Ed25519Signer(stage.system.random_bytes(_SEED_BYTES))
    return refused(stage, wrap(stage, captured, request, signer), request)


def first_credential(presentation: JsonObject) -> JsonObject:
    """Take the first derived credential out of a captured presentation."""
    shown = presentation["verifiableCredential"]
    if isinstance(shown, list) and shown and isinstance(shown[0], dict):
        return shown[0]
    raise RejectedError("journey.presentation", "the presentation holds no credential")


def wrap(stage: Stage, credential: JsonObject, request: JsonObject, signer: Ed25519Signer) -> JsonObject:
    """Sign a presentation of a derived credential, as the answer to a request."""
    return sign_presentation(
        [credential],
        signer=signer,
        challenge=str(request["challenge"]),
        domain=str(request["domain"]),
        now=stage.system.now(),
    )


def refused(stage: Stage, presentation: JsonObject, request: JsonObject, *, policy: str = "shop") -> Refusal:
    """Show the relying party a presentation, and read its answer."""
    try:
        return _refusal(verify(stage, presentation, request, policy=policy))
    except RefusedError as error:
        return _problem(error)


def _verify_credential(stage: Stage, credential: JsonObject) -> JsonObject:
    body = {"verifiableCredential": credential, "options": {"policy": stage.name("college")}}
    return stage.relying.post("/credentials/verify", body, scope="write:/credentials/verify")


def _problem(error: RefusedError) -> Refusal:
    found = _refusal(error.problem)
    codes = tuple(dict.fromkeys((*found.codes, error.code)))
    return Refusal(codes, found.detail or error.detail, found.verdict)


def _refusal(answer: JsonObject) -> Refusal:
    """Read an answer: no codes at all where it was accepted."""
    verdict = verdict_of(answer)
    if answer.get("accepted") is True:
        return Refusal((), "it was accepted", verdict)
    failed = [
        check
        for _, check in walk(verdict)
        if check.get("outcome") == FAILED and check.get("code") and not check.get("checks")
    ]
    codes = tuple(dict.fromkeys(str(check["code"]) for check in failed))
    return Refusal(codes, str(failed[0].get("detail", "")) if failed else "", verdict or None)


CHAPTER = Chapter(
    "Six attacks, six refusals",
    (
        Attack("changed-claim", "Change a claim", changed_claim, "proof.signature"),
        Attack("replay", "Send the same presentation again", replayed_challenge, "challenge.used"),
        Attack("other-audience", "Relay an answer meant for another site", other_audience, "proof.domain"),
        Attack("removed-key", "Sign with a removed key, dated earlier", removed_key, "key.not-authorized"),
        Attack("untrusted-issuer", "Present a stranger's credential", untrusted_issuer, "issuer.untrusted"),
        Attack("rewrap", "Wrap a captured proof again", rewrapped, "presentation.binding"),
    ),
)
