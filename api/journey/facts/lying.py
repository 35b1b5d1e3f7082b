"""The last chapter: what must not be proven, each attempt refused for its own reason.

The liar here is the holder, with a wallet of their own and every right to change it; or the relying party,
who has seen an honest proof. A wallet that refuses is a courtesy to its holder. What protects the relying
party is its own verdict, and each attempt that gets as far as a proof ends with that.

The last two attempts need the next epoch of the revocation list. They are made where that is near: by
`avow journey`, whose own service has short epochs.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from api.client.documents import HostedHistories
from api.client.failures import RejectedError
from api.client.revocation import fetch_epoch, fetch_gaps, fetch_metadata
from api.journey.attacks import first_credential, refused, wrap
from api.journey.facts.asking import FACTS, IN_FORCE, OF_AGE, POLICY, SAME_PERSON, answer, question
from api.journey.facts.enrolling import predicates
from api.journey.model import Attack, Chapter, Refusal, Shown, Step
from api.journey.stage import ELSEWHERE
from credentials.errors import CredentialError
from credentials.holder.wallet import Wallet
from credentials.revocation import check_gap
from did.keys import Ed25519Signer
from did.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.journey.stage import Stage
    from credentials.revocation import ListMetadata

EPOCH_SECONDS: Final = 10
"""How long epochs last in the journey's own service: the shortest that a service takes."""
_SEED_BYTES: Final = 32
_MINOR: Final = "birthDate > today - 18y"
_RETIRED: Final = "birthDate <= today - 65y"


def other_site(stage: Stage) -> Refusal:
    """Take the proof that the shop got, and show it to another site under a key of one's own."""
    request = question(stage, FACTS, ELSEWHERE)
    signer = Ed25519Signer(stage.system.random_bytes(_SEED_BYTES))
    return refused(stage, wrap(stage, first_credential(stage.proof), request, signer), request, policy=POLICY)


def easier_question(stage: Stage) -> Refusal:
    """Answer that one is 18 where the shop asked for 65."""
    request = question(stage, [_RETIRED if fact == OF_AGE else fact for fact in FACTS])
    relayed = {**request, "query": stage.question["query"]}
    return refused(stage, answer(stage, relayed), request, policy=POLICY)


def false_statement(stage: Stage) -> Refusal:
    """Prove of an adult that she is a minor."""
    return _wallet(lambda: answer(stage, question(stage, (_MINOR, IN_FORCE))))


def other_pseudonym(stage: Stage) -> Refusal:
    """Ask as the shop for the pseudonym that the holder has at another site."""
    asked = (IN_FORCE, f"{SAME_PERSON} for elsewhere.example")
    return _wallet(lambda: answer(stage, question(stage, asked)))


def stolen_credential(stage: Stage) -> Refusal:
    """Put the holder's credential, as the issuer sent it, into a thief's wallet."""
    now = stage.system.now()
    documents = HostedHistories(stage.operator, now)
    return _wallet(
        lambda: Wallet().receive(stage.provable, documents=documents, suites=stage.suites, now=now)
    )


def revoke(stage: Stage) -> Shown:
    """Revoke by what was kept from issuing: no proof that was seen says which credential it came of."""
    status = {**stage.revocation, "statusPurpose": "revocation"}
    answered = stage.operator.post(
        "/credentials/status", {"credentialStatus": status, "status": True}, scope="write:/credentials/status"
    )
    stage.effective = parse_timestamp(str(answered["effective"]))
    return Shown(
        (
            ("named by", "the list and the identifier that the issuer kept"),
            ("counts", f"from the next epoch, {answered['effective']}; proofs of this one hold until then"),
        )
    )


def no_gap(stage: Stage) -> Refusal:
    """Look in the next epoch's list for a gap around the revoked identifier."""
    seconds = (stage.effective - stage.system.now()).total_seconds()
    if seconds > EPOCH_SECONDS:
        raise RejectedError("journey.epoch", f"the next epoch begins in {seconds:.0f} s, too long to wait")
    time.sleep(max(0.0, seconds))
    metadata = _metadata(stage)
    fetched = fetch_epoch(stage.operator, metadata, epoch=metadata.epoch_at(stage.system.now()))
    gaps = fetch_gaps(stage.operator, metadata, fetched.summary)
    identifier = int(str(stage.revocation["identifier"]))
    return _wallet(lambda: check_gap(predicates().system, gaps, identifier, metadata=metadata))


def old_gap(stage: Stage) -> Refusal:
    """Prove with the gap of the epoch before, to a relying party that takes the present one only."""
    policy = {"trustedIssuers": [stage.issuer], "epochAge": 0}
    stage.relying.put(f"/policies/{stage.name('strict')}", policy, scope="write:/policies")
    request = question(stage, (IN_FORCE,))
    return refused(stage, answer(stage, request), request, policy="strict")


def _metadata(stage: Stage) -> ListMetadata:
    now = stage.system.now()
    return fetch_metadata(
        stage.operator,
        str(stage.revocation["list"]),
        issuer=stage.issuer,
        documents=HostedHistories(stage.operator, now),
        now=now,
    )


def _wallet(attempt: Callable[[], object]) -> Refusal:
    """Let the wallet try: no codes at all where it did not refuse."""
    try:
        attempt()
    except CredentialError as error:
        return Refusal((error.code,), error.detail)
    return Refusal((), "the wallet did it")


_REVOKE: Final = Step("revoke", "Revoke the credential, from the next epoch on", revoke)
_NOW: Final = (
    Attack("other-site", "Show the shop's proof elsewhere", other_site, "predicates.challenge"),
    Attack("easier-question", "Answer an easier question", easier_question, "predicates.challenge"),
    Attack("false-statement", "Prove what is not so", false_statement, "predicates.witness"),
    Attack("other-pseudonym", "Ask for another site's pseudonym", other_pseudonym, "request.sector"),
    Attack("stolen", "Open a stolen credential", stolen_credential, "wallet.secrets"),
)
_NEXT_EPOCH: Final = (
    Attack("no-gap", "Find a gap when revoked", no_gap, "revocation.revoked"),
    Attack("old-gap", "Prove with the gap of before", old_gap, "composite.epoch"),
)
CHAPTER = Chapter("Five more attacks, five refusals", (_REVOKE, *_NOW))
PATIENT_CHAPTER = Chapter("Seven more attacks, seven refusals", (_REVOKE, *_NOW, *_NEXT_EPOCH))
