"""Which proof of a held credential answers a query, and what that shows.

An issuer may have made several proofs of one credential. What is to be proven of hidden claims takes the one
of `bbs-predicates-2026`; everything else goes by the others.

What is not here: which credential answers (`credentials.exchange.matching`), making proofs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials import pointers
from credentials.errors import CredentialError, WalletError
from credentials.formats import BBS_PREDICATES_2026
from credentials.holder.disclosure import Choice, split
from credentials.model import Credential
from credentials.predicates.needs import needs_of
from credentials.suites import suite_of
from credentials.verifying.proofs import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.exchange.dcql import Query
    from credentials.exchange.matching import Match
    from credentials.model.view import CredentialView
    from credentials.suites import CredentialSuite
    from did.types import JsonObject, JsonValue, RandomBytes


def choice_of(match: Match, query: Query, stored_id: str, suites: Mapping[str, CredentialSuite]) -> Choice:
    """Say what a credential shows that answers a query. Codes: query.no-claim, query.index, wallet.format."""
    credential = embedded(match.credential)
    needs = needs_of(query, match.query.id)
    proof = predicates_proof(credential)
    by_predicates = proof is not None and (needs.proof or len(credential.proofs) == 1)
    if proof is None or not by_predicates:
        proof = plain(credential, suites).proof
    suite = suite_of(proof, suites)
    disclosed = (*suite.mandatory(proof), *match.pointers())
    if suite.selective:
        if not needs.proof and not any(
            pointers.parse(pointer)[:1] in ((), ("credentialSubject",)) for pointer in disclosed
        ):
            raise CredentialError("query.no-claim", "the request asks for no claim of the subject")
        if match.query.has_index:
            raise CredentialError(
                "query.index",
                "positions change when parts are disclosed",
                remedy="ask for all elements (null)",
            )
    revealed, hidden = split(credential.document, disclosed)
    proven = (*match.query.prove, *query.prove) if by_predicates else None
    return Choice(stored_id, match, suite.selective, revealed, hidden, proven)


def embedded(credential: CredentialView) -> Credential:
    """Give a credential with proofs in it, which alone are presented. Codes: wallet.format."""
    if not isinstance(credential, Credential):
        raise WalletError("wallet.format", "this wallet presents credentials with embedded proofs")
    return credential


@dataclass(frozen=True, slots=True)
class Plain:
    """A credential with those proofs of it that are shown by themselves; the first says how."""

    secured: JsonObject
    proof: JsonObject
    suite: CredentialSuite

    def present(self, shown: tuple[str, ...], *, header: bytes, random_bytes: RandomBytes) -> JsonObject:
        """Give it as a presentation with this header shows it."""
        return self.suite.present(self.secured, pointers=shown, header=header, random_bytes=random_bytes)


def plain(credential: Credential, suites: Mapping[str, CredentialSuite]) -> Plain:
    """Leave out the proof that is for proving, where there are others."""
    others: list[JsonValue] = [proof for proof in credential.proofs if name_of(proof) != BBS_PREDICATES_2026]
    secured = credential.document
    if 0 < len(others) < len(credential.proofs):
        secured = {**secured, "proof": others if len(others) > 1 else others[0]}
    proof = next((item for item in credential.proofs if item in others), credential.proofs[0])
    return Plain(secured, proof, suite_of(proof, suites))


def predicates_proof(credential: Credential) -> JsonObject | None:
    """Give the proof of a credential by which statements about it can be proven."""
    found = (proof for proof in credential.proofs if name_of(proof) == BBS_PREDICATES_2026)
    return next(found, None)


def provable(credential: Credential, blinds: Mapping[str, bytes]) -> bool:
    """Whether its holder, who has these blind factors, can prove statements about it."""
    return predicates_proof(credential) is not None and BBS_PREDICATES_2026 in blinds
