"""The holder's side of a composite proof: from chosen credentials to what a presentation shows.

Text: docs/specs/bbs-predicates-2026.md, 4.9 and 4.10.

Invariants:
- the statement is made from the request that the holder saw, by the same code as the verifier's.
- nothing is proven with a list or a gap that was not checked; nothing is fetched here.
- the sector is that of the domain to which the presentation is bound.

What is not here: consent, the signature on the presentation (`credentials.holder.wallet`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.errors import CredentialError, WalletError
from credentials.predicates.advice import advise
from credentials.predicates.compiling import Gaps, Subject, compile_statement, trust_of
from credentials.predicates.expressions import is_resolved
from credentials.predicates.summary import describe
from credentials.sector import sector_or_none
from credentials.suites.predicates.suite import scope_of, translated, write_shown
from credentials.suites.predicates.value import CLAUSE
from zk.errors import ZkError
from zk.predicates import Means, prove
from zk.predicates.predicate import NotRevoked
from zk.predicates.published.gaps import check_gap
from zk.predicates.published.lists import CheckedLists

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.exchange.dcql import Query
    from credentials.exchange.request import PresentationRequest
    from credentials.holder.disclosure import Disclosure
    from credentials.holder.stored_gaps import StoredGap
    from credentials.predicates.advice import Advice
    from credentials.predicates.needs import Needs
    from credentials.suites.predicates.suite import Held, Part, Predicates2026
    from did.types import JsonObject, RandomBytes
    from zk.predicates import Statement
    from zk.predicates.published.gaps import CheckedGap
    from zk.predicates.published.lists import DigitList, SetList
    from zk.predicates.system import System


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A held credential that answers a query, what it shows, and what a proof about it needs."""

    query: str
    held: Held
    pointers: tuple[str, ...]
    needs: Needs
    gap: StoredGap | None


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _Ready:
    """An answer with its checked list and gap."""

    answer: Answer
    part: Part
    digits: DigitList | None
    gap: CheckedGap | None

    def subject(self) -> Subject:
        gaps = None
        if self.gap is not None:
            gaps = Gaps(self.gap.scope.list_id, self.gap.scope.width, self.gap.epoch, self.gap.key)
        digit_key = None if self.digits is None else self.digits.key
        return Subject(self.answer.query, self.answer.held.typing, self.part.public, digit_key, gaps)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a person is told before a proof is made: lines of what it shows, and what to be wary of."""

    lines: tuple[str, ...]
    warnings: tuple[Advice, ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Prepared:
    """Answers whose lists and gaps are checked: ready to be explained, and to be proven."""

    suite: Predicates2026
    request: PresentationRequest
    query: Query
    ready: tuple[_Ready, ...]
    sets: Mapping[bytes, SetList]

    def explain(self) -> Explanation:
        """Say what the proof will show. Codes: request.*."""
        subjects = [item.subject() for item in self.ready]
        sector = sector_or_none(self.request.domain)
        typings = {subject.query: subject.typing for subject in subjects}
        epochs = {subject.query: subject.gaps.epoch for subject in subjects if subject.gaps is not None}
        lines = describe(self.query, typings, sector=sector, epochs=epochs)
        members = {found.key: found.signatures.keys() for found in self.sets.values()}
        return Explanation(lines, advise(self.query, subjects, self._statement(b""), members=members))

    def prove(self, *, header: bytes, random_bytes: RandomBytes) -> list[JsonObject]:
        """Prove for a presentation with this header; each credential as it is shown, in order.

        Codes: request.*, predicates.*.
        """
        statement = self._statement(header)
        subjects = [item.subject() for item in self.ready]
        gaps = {
            predicate: gap
            for predicate in statement.predicates
            if isinstance(predicate, NotRevoked) and (gap := self.ready[predicate.credential].gap) is not None
        }
        means = Means(
            digit_lists={item.digits.key: item.digits for item in self.ready if item.digits is not None},
            set_lists={found.key: found for found in self.sets.values()},
            gaps=gaps,
        )
        try:
            proof = prove(
                self.suite.system,
                statement,
                [item.answer.held.credential for item in self.ready],
                means,
                trust=trust_of(subjects, sector=sector_or_none(self.request.domain), sets=self._set_keys()),
                random_bytes=random_bytes,
            )
        except ZkError as error:
            if error.code == "predicates.witness":
                raise _untrue() from error
            raise translated(error) from error
        return [
            write_shown(
                item.part,
                proof=b"" if position else proof,
                position=position,
                query=item.answer.query,
                epoch=None if item.gap is None else item.gap.epoch,
            )
            for position, item in enumerate(self.ready)
        ]

    def _statement(self, header: bytes) -> Statement:
        return compile_statement(
            self.suite.system,
            self.query,
            [item.subject() for item in self.ready],
            ph=header,
            sector=sector_or_none(self.request.domain),
            sets=self._set_keys(),
        )

    def _set_keys(self) -> dict[bytes, bytes]:
        return {digest: found.key for digest, found in self.sets.items()}


def _untrue() -> CredentialError:
    return CredentialError(
        "predicates.witness",
        "what the request asks does not hold for the credential, and what does not hold has no proof",
        remedy="answer with another credential (--credential), or not at all",
        clause=CLAUSE,
    )


def prepare(
    suite: Predicates2026,
    answers: Sequence[Answer],
    request: PresentationRequest,
    *,
    parameters: Mapping[bytes, bytes],
    random_bytes: RandomBytes,
) -> Prepared:
    """Check what a proof about the answers needs: digit lists, gaps, and what is shown of each.

    `parameters` has the octets of digit lists by digest. Codes: query.absent, request.unresolved,
    wallet.parameters, wallet.gap, wallet.not-revocable, pointer.*, rdf.*.
    """
    if request.query is None:
        raise CredentialError("query.absent", "the request does not say what it asks for")
    asked = [*request.query.prove, *(item for entry in request.query.credentials for item in entry.prove)]
    if not all(map(is_resolved, asked)):
        raise CredentialError(
            "request.unresolved",
            "the request says `today` or `now`, which both sides could understand differently",
            remedy="ask for the request again: whoever makes it puts a day in their place",
        )
    lists = _Lists(CheckedLists(suite.system), parameters, random_bytes)
    ready = tuple(_ready(suite, answer, lists) for answer in answers)
    digests = sorted({digest for answer in answers for digest in answer.needs.sets})
    sets = {digest: lists.members(digest) for digest in digests}
    return Prepared(suite, request, request.query, ready, sets)


def check_prepared(disclosure: Disclosure, prepared: Prepared | None) -> None:
    """Refuse to show claims without the proof that goes with them, or with that of another request.

    Codes: wallet.unprepared.
    """
    proven = [choice.match.query.id for choice in disclosure.choices if choice.proven is not None]
    ready = [] if prepared is None else [item.answer.query for item in prepared.ready]
    if ready != proven or (prepared is not None and prepared.request != disclosure.request):
        raise WalletError(
            "wallet.unprepared",
            "what has to be proven was not prepared for this very request",
            remedy="prepare the disclosure that is presented",
        )


def _ready(suite: Predicates2026, answer: Answer, lists: _Lists) -> _Ready:
    value, needs = answer.held.value, answer.needs
    digits = gap = None
    if needs.digits and value.digit_list:
        digits = lists.digits(value.digit_list)
    if needs.gaps:
        gap = _checked_gap(suite.system, answer)
    return _Ready(answer, suite.reveal(answer.held, answer.pointers), digits, gap)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _Lists:
    """The published lists of a wallet; each that is needed is checked once, for however many credentials."""

    checked: CheckedLists
    parameters: Mapping[bytes, bytes]
    random_bytes: RandomBytes

    def digits(self, digest: bytes) -> DigitList:
        """Give the digit list with this digest. Codes: wallet.parameters, predicates.*."""
        octets = self.parameters.get(digest)
        try:
            found = None if octets is None else self.checked.digits(octets, random_bytes=self.random_bytes)
        except ZkError as error:
            raise translated(error) from error
        if found is None or found.digest != digest:
            raise WalletError(
                "wallet.parameters",
                "the issuer's digit list is not in the wallet",
                remedy="fetch it with `avow wallet sync`",
            )
        return found

    def members(self, digest: bytes) -> SetList:
        """Give the set list with this digest. Codes: wallet.set, predicates.*."""
        octets = self.parameters.get(digest)
        try:
            found = None if octets is None else self.checked.members(octets, random_bytes=self.random_bytes)
        except ZkError as error:
            raise translated(error) from error
        if found is None or found.digest != digest:
            raise WalletError(
                "wallet.set",
                f"the set {digest.hex()[:16]}… that the request asks about is not in the wallet",
                remedy="fetch it with `avow wallet sync --request FILE`",
            )
        return found


def _checked_gap(system: System, answer: Answer) -> CheckedGap:
    revocable, stored = answer.held.value.revocable, answer.gap
    if revocable is None:
        raise WalletError(
            "wallet.not-revocable",
            "the request asks whether the credential is revoked, and it can never be",
            remedy="tell who asks to leave `not revoked` out for this issuer",
        )
    if stored is None or stored.url != revocable.url:
        raise WalletError(
            "wallet.gap",
            "the wallet has no gap of the revocation list for this credential",
            remedy="fetch it with `avow wallet sync`, which also says if the credential has been revoked",
        )
    try:
        return check_gap(system, stored.gap, key=stored.key, scope=scope_of(revocable), epoch=stored.epoch)
    except ZkError as error:
        raise translated(error) from error
