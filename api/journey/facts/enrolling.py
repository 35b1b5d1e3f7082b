"""The fifth chapter: a credential that is signed for one wallet, whose secrets the issuer never sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.cli.holder import cryptosuites, open_wallet
from api.cli.issuing import summary
from api.cli.output import shorten
from api.cli.syncing import Fetching
from api.client.documents import HostedHistories
from api.client.failures import RejectedError
from api.journey.issuing import member, put_profile, sign
from api.journey.model import Chapter, Shown, Step
from credentials.exchange.offers import Offer
from credentials.formats import BBS_2023, BBS_PREDICATES_2026
from credentials.holder.offers import answer
from credentials.suites.predicates.credential_suite import Predicates
from did import jcs
from did.identifiers import Did

if TYPE_CHECKING:
    from api.journey.stage import Stage
    from credentials.suites.predicates.suite import Predicates2026

SCHEMA: Final = "national-identity"


def set_profile(stage: Stage) -> Shown:
    """Let the same DID issue credentials that can be proven with."""
    profile = stage.name("proofs")
    made = put_profile(stage.operator, profile, stage.issuer, SCHEMA, BBS_2023, BBS_PREDICATES_2026)
    return Shown(
        (
            ("signs with", f"{BBS_2023}, {BBS_PREDICATES_2026}"),
            ("publishes", "a list of signed digits, whose key is erased; a revocation list"),
            ("list", _tail(made.get("revocationList"))),
        )
    )


def commit(stage: Stage) -> Shown:
    """Offer it to one person; the wallet checks whose offer it is and commits to its secrets."""
    person = stage.name("citizen")
    made = stage.operator.post(
        f"/issuers/{stage.name('proofs')}/offers", {"person": person}, scope="write:/credentials/issue"
    )
    offer, now = Offer.parse(made), stage.system.now()
    document = HostedHistories(stage.operator, now).document(Did.parse(offer.issuer))
    with open_wallet(stage.wallet_path, stage.passphrase, stage.system) as opened:
        secrets, committed = answer(
            opened.wallet.secrets,
            offer,
            document,
            cryptosuites(),
            random_bytes=stage.system.random_bytes,
            now=now,
        )
        opened.save(opened.wallet.with_secrets(secrets))
    stage.commitment = committed.to_json()
    return Shown(
        (
            ("offer", f"good once, until {made.get('expires')}; it does not name the person"),
            ("commits to", "a holder secret and a pseudonym secret, both made in the wallet"),
            ("sends", f"{len(jcs.canonicalize(stage.commitment)):,} bytes that show neither"),
        )
    )


def issue_blind(stage: Stage) -> Shown:
    """Sign the claims for that commitment; the wallet that made it opens the signature."""
    answered = sign(stage.operator, stage.name("proofs"), SCHEMA, commitment=stage.commitment)
    stage.provable = member(answered, "verifiableCredential")
    stage.revocation = member(answered, "revocation")
    with open_wallet(stage.wallet_path, stage.passphrase, stage.system) as opened:
        now = stage.system.now()
        documents = HostedHistories(stage.operator, now)
        changed, _ = opened.wallet.receive(stage.provable, documents=documents, suites=stage.suites, now=now)
        opened.save(changed)
    return Shown(
        (
            ("signed", f"{summary(stage.provable).get('proof')}, one set of claims"),
            ("opened", "by this wallet; header, slots and identifier computed again from the claims"),
            ("revoke by", f"identifier {stage.revocation.get('identifier')}, which no proof shows"),
        )
    )


def sync(stage: Stage) -> Shown:
    """Fetch all signed gaps of the epoch, so that nobody learns which one is needed."""
    with open_wallet(stage.wallet_path, stage.passphrase, stage.system) as opened:
        fetching = Fetching(stage.operator, stage.system.now(), page=False)
        changed, lines = fetching.synced(opened.wallet)
        opened.save(changed)
    if not all(line.ready for line in lines):
        raise RejectedError("journey.revoked", "the new credential stands among the revoked ones")
    return Shown(
        (
            ("checked", "the list as its issuer signed it, each digit's signature, the gap around ours"),
            ("epoch", str(lines[0].epoch)),
        )
    )


def predicates() -> Predicates2026:
    """Give the suite of proofs about hidden claims."""
    suite = cryptosuites()[BBS_PREDICATES_2026]
    if not isinstance(suite, Predicates):
        raise RejectedError("journey.suite", f"{BBS_PREDICATES_2026} is not the suite that it should be")
    return suite.suite


def _tail(url: object) -> str:
    address, _, last = str(url).rpartition("/")
    return f"{address}/{shorten(last)}"


CHAPTER = Chapter(
    "A wallet gets a credential to prove with",
    (
        Step("set-proofs", "Set a profile that signs for a wallet's commitment", set_profile),
        Step("commit", "Offer it to a person, whose wallet commits", commit),
        Step("issue-blind", "Sign for the commitment; the wallet opens it", issue_blind),
        Step("sync", "The wallet fetches the revocation list's gaps", sync),
    ),
)
