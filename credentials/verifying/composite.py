"""The composite proof of a presentation: one proof over several credentials, verified once.

Text: docs/specs/bbs-predicates-2026.md, 4.13 and "Verification of a presentation".

Checklist
(C1) each credential has one derived proof of the suite; they stand in the order of their positions, from 0.
(C2) each answers a query of its own, which the verifier made.
(C3) issuer: the policy trusts it. Key: as for every proof, from the issuer's newest logged document.
(C4) slots, header and disclosed statements: recomputed from the credential, by the schema that is known.
(C5) parameters: digit lists by the digest that the issuer signed, revocation lists by metadata that it
     signed, epochs by the verifier's clock.
(C6) the statement, from the verifier's own query and from (C3) to (C5), for this presentation's header and
     the sector of the verifier's own domain.
(C7) `zk.predicates.verify`: rules, trust, length, encodings, challenge, pairings.

Invariants
- Nothing is asked of anybody (C5) for an issuer whom the policy does not trust.
- A `Composite` exists only where all of this holds; what a credential's own walk asks it, it answers for
  exactly the credentials, keys and proofs that it was made from.

What is not here: the walk through each credential (`credentials.verifying.credential_walk`), what was asked
beside proofs (`credentials.exchange.matching`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError, IndeterminateError
from credentials.model import Credential
from credentials.predicates.compiling import Gaps, Subject, compile_statement, trust_of
from credentials.predicates.needs import needs_of
from credentials.predicates.sets import KEY
from credentials.revocation.checking import DIGITS, SET, parameters_digest
from credentials.revocation.metadata import verify_metadata
from credentials.sector import sector_or_none
from credentials.suites.predicates.credential_suite import Predicates
from credentials.suites.predicates.suite import SUITE, translated
from credentials.suites.predicates.value import CLAUSE, NAME, DerivedValue
from credentials.verifying import checks, proofs
from did.identifiers import Did
from zk.errors import ZkError
from zk.predicates import verify
from zk.predicates.predicate import NotRevoked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.exchange.dcql import Query
    from credentials.model import Enveloped
    from credentials.predicates.expressions import Expression
    from credentials.revocation.sources import RevocationSource
    from credentials.suites import CredentialSuite
    from credentials.suites.predicates.suite import ShownPart
    from credentials.suites.predicates.value import Revocable
    from credentials.verifying.means import Means
    from did.keys import PublicKey
    from did.types import JsonObject
    from zk.predicates import Statement, System, Verified
    from zk.predicates.trust import Trust

VERIFICATION: Final = "bbs-predicates-2026, 4.13"


@dataclass(frozen=True, slots=True)
class Occasion:
    """For what a composite proof must have been made: the verifier's query, domain and the header of (P4)."""

    query: Query | None
    domain: str
    header: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """One credential of the proof: its place in the presentation, its proof, and what was made of it."""

    index: int
    credential: Credential
    proof: JsonObject
    key: PublicKey
    part: ShownPart


@dataclass(frozen=True, slots=True)
class ProvenNym:
    """A pseudonym or nullifier that a holder has proven, 48 octets: for which query, sector and scope.

    Those of different suites or issuers differ, whoever the holder is: who counts people counts them for one
    suite and issuer.
    """

    query: str
    issuer: str
    suite: str
    kind: str
    sector: str
    scope: str
    value: bytes


@dataclass(frozen=True, slots=True)
class ProvenClaims:
    """What was proven for a query, by its id; of several credentials together where the id is empty."""

    query: str
    expressions: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Composite:
    """A composite proof that holds.

    Attributes:
        received: the credentials, in the order of their positions.
        statement: what was proven.
        nyms: pseudonyms and nullifiers.
    """

    received: tuple[Received, ...]
    statement: Statement
    nyms: tuple[ProvenNym, ...]

    def answers(self, index: int) -> str | None:
        """Give the id of the query that the credential at a place of the presentation is proven for."""
        return next((item.part.value.query for item in self.received if item.index == index), None)

    def unrevoked(self, index: int) -> str | None:
        """Give the list by which the credential at a place is proven not to be revoked."""
        return next(
            (
                item.part.value.revocable.url
                for position, item in enumerate(self.received)
                if item.index == index
                and item.part.value.revocable is not None
                and any(
                    isinstance(claim, NotRevoked) and claim.credential == position
                    for claim in self.statement.predicates
                )
            ),
            None,
        )

    def proven(self, query: Query) -> tuple[ProvenClaims, ...]:
        """Say what was proven: the expressions of each query, and those over several credentials."""
        named = {item.part.value.query for item in self.received}
        own = [ProvenClaims(entry.id, entry.prove) for entry in query.credentials if entry.id in named]
        return (*own, *([ProvenClaims("", query.prove)] if query.prove else []))

    def check(self, secured: JsonObject, key: PublicKey) -> None:
        """Check that a credential with its one proof is one of those that were proven, under this key.

        Codes: proof.signature.
        """
        document = {name: value for name, value in secured.items() if name != "proof"}
        # [BP-11] what was proven, and nothing else
        if not any(
            item.proof == secured.get("proof") and item.key == key and _unsecured(item.credential) == document
            for item in self.received
        ):
            raise CredentialError(
                "proof.signature", "the composite proof is not over this credential", clause=VERIFICATION
            )


def has_composite(
    credentials: Sequence[Credential | Enveloped], suites: Mapping[str, CredentialSuite]
) -> bool:
    """Whether some credential has a derived proof of the suite."""
    suite = _suite(suites)
    return suite is not None and bool(_parts(credentials, suite))


@dataclass(frozen=True, slots=True)
class Stated:
    """A composite proof up to C6: what it must show, and what is accepted. It shows nothing yet."""

    received: tuple[Received, ...]
    statement: Statement
    trust: Trust

    @property
    def proof(self) -> bytes:
        """The octets of the proof."""
        return self.received[0].part.value.proof

    def shown(self, verified: Verified) -> Composite:
        """Give what holds, where C7 verified this very statement."""
        # [BP-19] the statement that was verified
        if verified.statement != self.statement:
            raise CredentialError(
                "composite.statement", "another statement was verified than this one", clause=VERIFICATION
            )
        return Composite(self.received, self.statement, _nyms(verified, self.received))


def check_composite(
    credentials: Sequence[Credential | Enveloped], means: Means, occasion: Occasion
) -> Composite:
    """Verify the composite proof of a presentation that has one.

    Codes: bbs-predicates-2026.*, composite.*, predicates.*, request.*, revocation.*, issuer.untrusted, those
    of (3).
    """
    stated = state_composite(credentials, means, occasion)
    # C7
    try:
        verified = verify(
            system_of(means), stated.statement, stated.proof, trust=stated.trust, weight_seed=b""
        )
    except ZkError as error:
        raise translated(error) from error
    return stated.shown(verified)


def state_composite(
    credentials: Sequence[Credential | Enveloped], means: Means, occasion: Occasion
) -> Stated:
    """Take the steps up to C6. Codes: as `check_composite`, without predicates.*."""
    suite = _suite(means.suites)
    found = [] if suite is None else _parts(credentials, suite)
    if suite is None or not found:
        raise CredentialError("composite.absent", "no credential has a composite proof", clause=VERIFICATION)
    # [BP-21] a statement is the verifier's own
    if occasion.query is None:
        raise CredentialError(
            "composite.query",
            "a composite proof answers a query, and nothing was asked",
            remedy="make the challenge with a query",
            clause=VERIFICATION,
        )
    # C1
    _check_order(found)
    # C3, C4
    received = tuple(_received(index, credential, proof, suite, means) for index, credential, proof in found)
    # C2
    _check_queries(received, occasion.query)
    # C5, C6
    statement, trust = _stated(suite.suite.system, received, occasion.query, occasion, means)
    return Stated(received, statement, trust)


def system_of(means: Means) -> System:
    """Give the mathematics of the suite. Codes: composite.absent."""
    suite = _suite(means.suites)
    if suite is None:
        raise CredentialError("composite.absent", f"there is no suite {NAME} here", clause=VERIFICATION)
    return suite.suite.system


def _suite(suites: Mapping[str, CredentialSuite]) -> Predicates | None:
    suite = suites.get(NAME)
    return suite if isinstance(suite, Predicates) else None


def _parts(
    credentials: Sequence[Credential | Enveloped], suite: Predicates
) -> list[tuple[int, Credential, JsonObject]]:
    return [
        (index, credential, proof)
        for index, credential in enumerate(credentials)
        if isinstance(credential, Credential)
        for proof in credential.proofs
        if proofs.name_of(proof) == NAME and suite.is_derived(proof)
    ]


def _received(
    index: int, credential: Credential, proof: JsonObject, suite: Predicates, means: Means
) -> Received:
    """C3 and C4: the key of the issuer's own proof, and the credential's part of the statement."""
    # [BP-20] nobody is asked for a stranger's sake
    checks.issuer_trust(credential.issuer, means.policy)
    issuer = proofs.issuer_binding(credential)
    # [BP-12] the issuer's, and nobody else's
    if proofs.method_of(proof).did != issuer:
        raise CredentialError(
            "composite.signer", "a composite proof is about what its issuer signed", clause=VERIFICATION
        )
    document = checks.issuer_document(issuer, means.documents)
    keys = proofs.issuer_keys(credential, document, means.suites, means.documents)
    key = keys[credential.proofs.index(proof)]
    part = suite.suite.show(_unsecured(credential), proof, public_key=key, schemas=means.known.schemas)
    return Received(index, credential, proof, key, part)


def _check_order(found: Sequence[tuple[int, Credential, JsonObject]]) -> None:
    """C1, before anything is made of the credentials: what is out of order costs no more than reading it."""
    positions = [DerivedValue.read(SUITE.value(proof)).position for _, _, proof in found]
    places = {index for index, _, _ in found}
    # [BP-13] one composite proof in a presentation, its parts in order
    if positions != list(range(len(found))) or len(places) != len(found):
        raise CredentialError(
            "composite.order",
            "the credentials of the composite proof are not all there, each once and in order",
            remedy="present the credentials as they were proven together",
            clause=CLAUSE,
        )


def _check_queries(received: Sequence[Received], query: Query) -> None:
    """C2."""
    named = [item.part.value.query for item in received]
    asked = {entry.id for entry in query.credentials}
    # [BP-14] each answers what was asked, once
    if len(set(named)) != len(named) or not asked.issuperset(named):
        raise CredentialError(
            "composite.query",
            "the composite proof answers queries that were not asked, or one of them twice",
            clause=VERIFICATION,
        )


def _stated(
    system: System, received: Sequence[Received], query: Query, occasion: Occasion, means: Means
) -> tuple[Statement, Trust]:
    """C5 and C6."""
    subjects = [_subject(item, query, means) for item in received]
    sets = _sets([item.part.value.query for item in received], query, means)
    sector = sector_or_none(occasion.domain)
    statement = compile_statement(system, query, subjects, ph=occasion.header, sector=sector, sets=sets)
    return statement, trust_of(subjects, sector=sector, sets=sets)


def _subject(item: Received, query: Query, means: Means) -> Subject:
    """C5: what one credential's part of the statement needs beside itself."""
    value, needs = item.part.value, needs_of(query, item.part.value.query)
    digit_key = _digit_key(item, means) if needs.digits and value.digit_list else None
    gaps = _gaps(item, value.revocable, means) if needs.gaps and value.revocable is not None else None
    return Subject(value.query, item.part.typing, item.part.public, digit_key, gaps)


def _digit_key(item: Received, means: Means) -> bytes:
    """The key of the list whose digest the issuer signed: 96 octets."""
    digest = item.part.value.digit_list
    octets = _source(means).digit_list(digest, issuer=item.credential.issuer)
    # [BP-16] the list that was signed, whoever gave it
    if parameters_digest(octets, DIGITS) != digest:
        raise CredentialError(
            "composite.digit-list",
            "the digit list is not the one that the issuer signed",
            clause="bbs-predicates-2026, S8",
        )
    return octets[KEY]


def _sets(named: Sequence[str], query: Query, means: Means) -> dict[bytes, bytes]:
    """The keys of the sets that the verifier asks about, by digest."""
    digests = {digest for name in named for digest in needs_of(query, name).sets}
    found = {}
    for digest in sorted(digests):
        octets = _source(means).set_list(digest)
        # [BP-22] the set that was named, whoever gave it
        if parameters_digest(octets, SET) != digest:
            raise CredentialError(
                "composite.set",
                "the set is not the one that the query names",
                clause="bbs-predicates-2026, S8",
            )
        found[digest] = octets[KEY]
    return found


def _gaps(item: Received, revocable: Revocable, means: Means) -> Gaps:
    """The list as its issuer signed it, in the epoch that the holder claims and the clock allows."""
    found = _source(means).metadata(revocable.url, issuer=item.credential.issuer)
    if isinstance(found, bytes):
        found = verify_metadata(
            found,
            expected_url=revocable.url,
            expected_issuer=item.credential.issuer,
            document=checks.issuer_document(Did.parse(item.credential.issuer), means.documents),
            now=means.now,
        )
    claimed, current = revocable.number, found.epoch_at(means.now)
    # [BP-15] an epoch of now, by the verifier's clock
    if not current - means.policy.epoch_age <= claimed <= current:
        raise CredentialError(
            "composite.epoch",
            f"epoch {claimed} of the revocation list; current is {current}, and up to "
            f"{means.policy.epoch_age} before are accepted",
            remedy="fetch the list again with `avow wallet sync`, and prove anew",
            clause="bbs-predicates-2026, S9",
        )
    return Gaps(found.list_id, found.width, claimed, found.key_at(claimed))


def _source(means: Means) -> RevocationSource:
    if means.revocation is None:
        raise IndeterminateError(
            "revocation.unreachable",
            "nothing gives digit lists and revocation lists here",
            remedy="verify where they can be had",
        )
    return means.revocation


def _nyms(verified: Verified, received: Sequence[Received]) -> tuple[ProvenNym, ...]:
    return tuple(
        ProvenNym(
            received[nym.credential].part.value.query,
            received[nym.credential].credential.issuer,
            NAME,
            nym.context.kind,
            nym.context.sector,
            nym.context.scope,
            value,
        )
        for nym, value in verified.nyms
    )


def _unsecured(credential: Credential) -> JsonObject:
    return {name: value for name, value in credential.document.items() if name != "proof"}
