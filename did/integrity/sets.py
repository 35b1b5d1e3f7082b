"""Several proofs on one document: W3C Data Integrity 1.0 (May 2025), sections 4.3 and 4.5.

Proofs beside each other are a set: each covers the document alone. A proof that names others in
`previousProof` makes a chain: it covers the document with just these proofs attached, in a list, in the order
of the document.

Checklist of `verify_proofs`; blocks are tagged with these numbers:
1. There is a proof, and there are no more than the caller admits.
2. No two proofs have one id; each id that a proof names is that of a proof of this document.
3. No proof covers itself, by whatever way.
4. Each proof verifies (`did.integrity.checking`), after those that it names. One that does not verify refuses
   the whole, so a proof counts only where those that it names do.

Not here: who must have signed what (the callers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from did.errors import DidError
from did.integrity.checking import check_proof, previous_ids, proof_id, split_proofs
from did.integrity.proof import KEY_AGREEMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from did.integrity.proof import Cryptosuite, Expected, ExpectedDomain, ProofOptions, VerifiedProof
    from did.keys import PublicKey, Signer
    from did.types import JsonObject

MAX_PROOFS: Final = 10
"""Each costs a signature check; real documents have one to three."""
_CLAUSE: Final = "Data Integrity 1.0 section 4.5"


@dataclass(frozen=True, slots=True)
class Link:
    """A proof, its position among the proofs, and the proofs that it covers."""

    position: int
    proof: JsonObject
    previous: tuple[JsonObject, ...]


def verify_proofs(
    secured: JsonObject,
    *,
    suites: Mapping[str, Cryptosuite],
    keys: Callable[[str, str], PublicKey],
    expected_purpose: str,
    expected_domain: ExpectedDomain,
    expected_challenge: Expected,
    now: datetime,
    max_proofs: int = MAX_PROOFS,
) -> tuple[VerifiedProof, ...]:
    """Verify every proof of a document, as `verify_proof` does one; given in the order of the document."""
    document, proofs = split_proofs(secured, max_proofs=max_proofs)  # 1
    verified = {
        link.position: check_proof(  # 4
            document,
            link.proof,
            suites=suites,
            keys=keys,
            expected_purpose=expected_purpose,
            expected_domain=expected_domain,
            expected_challenge=expected_challenge,
            now=now,
            previous=link.previous,
        )
        for link in links(proofs)  # 2, 3
    }
    return tuple(verified[position] for position in range(len(proofs)))


def links(proofs: Sequence[JsonObject]) -> tuple[Link, ...]:
    """Give every proof with those that it names, in an order in which these come first.

    Raises `proof.duplicate-id`, `proof.previous-unknown`, `proof.cycle`, `proof.malformed`.
    """
    if len(proofs) == 1 and "previousProof" not in proofs[0]:
        return (Link(0, proofs[0], ()),)
    places = _places(proofs)  # 2
    waiting = {position: previous_ids(proof) for position, proof in enumerate(proofs)}
    for ids in waiting.values():
        # [DI-14] nothing dangles
        if not places.keys() >= set(ids):
            raise DidError(
                "proof.previous-unknown", "previousProof names a proof that is not here", clause=_CLAUSE
            )
    ordered: list[Link] = []
    done: set[str] = set()
    while waiting:
        ready = [position for position, ids in waiting.items() if done.issuperset(ids)]
        # 3
        if not ready:
            raise DidError("proof.cycle", "proofs name each other as previous ones", clause=_CLAUSE)
        for position in ready:
            named = sorted(places[name] for name in waiting.pop(position))
            previous = tuple(proofs[place] for place in named)
            ordered.append(Link(position, proofs[position], previous))
        done = {name for name, position in places.items() if position not in waiting}
    return tuple(ordered)


def add_proof(
    document: JsonObject, *, suite: Cryptosuite, options: ProofOptions, signer: Signer
) -> JsonObject:
    """Return a copy of the document with one proof more.

    The first stands alone, others make a list. With `previous_proof` in the options the new proof covers the
    document with these proofs. Raises `proof.cryptosuite`, `proof.purpose`, `proof.too-many`,
    `proof.duplicate-id`, `proof.previous-unknown`.
    """
    if options.cryptosuite != suite.name:
        raise DidError("proof.cryptosuite", f"options name {options.cryptosuite}, the suite is {suite.name}")
    # [DI-15] no such purpose
    if options.proof_purpose == KEY_AGREEMENT:
        raise DidError("proof.purpose", f"{KEY_AGREEMENT} is no purpose of a proof")
    if "proof" not in document and not options.previous_proof:
        return {**document, "proof": suite.create_proof(document, options, signer)}
    return _extended(document, suite, options, signer)


def _extended(secured: JsonObject, suite: Cryptosuite, options: ProofOptions, signer: Signer) -> JsonObject:
    document, proofs = split_proofs(secured, max_proofs=MAX_PROOFS - 1)
    draft = options.to_json()
    [link] = [link for link in links((*proofs, draft)) if link.position == len(proofs)]
    covered: JsonObject = {**document, "proof": [*link.previous]} if link.previous else document
    return {**document, "proof": [*proofs, suite.create_proof(covered, options, signer)]}


def _places(proofs: Sequence[JsonObject]) -> dict[str, int]:
    """The positions of proofs by their ids."""
    places: dict[str, int] = {}
    for position, proof in enumerate(proofs):
        if "id" in proof:
            name = proof_id(proof)
            # [DI-16] an id names one
            if name in places:
                raise DidError(
                    "proof.duplicate-id", "two proofs have one id", clause="Data Integrity 1.0, 2.1"
                )
            places[name] = position
    return places
