"""Witness proofs of a did:webvh history: did:webvh 1.0, DID Witnesses.

Checklist:
1. The rule for an entry is that of the version before it; where that had none, the entry's own, at once.
2. The file is a list of `versionId` and proofs, each version once; versions not in the log are ignored.
3. A proof is over `{"versionId": …}` alone, `eddsa-jcs-2022`, `assertionMethod`, by the key that the
   witness's did:key names. Proofs that do not hold count for nothing.
4. A valid proof approves its version and all before it.
5. Each entry with a rule is approved by as many distinct witnesses of that rule as its threshold says.

Errors: `history.witness-missing`, `history.witness-file`, `history.witness-threshold`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from did import jsontext
from did.document import ASSERTION_METHOD
from did.eddsa_jcs import NAME, EddsaJcs2022
from did.errors import DidError
from did.integrity import check_proof
from did.keys import PublicKey
from did.methods.webvh.parameters import NO_WITNESSES, WitnessRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.types import JsonObject, JsonValue

MAX_WITNESS_BYTES: Final = 1 << 20  # as a proof bundle's `witnesses`
_SUITES: Final = {NAME: EddsaJcs2022()}


def rules_in_force(stated: Sequence[WitnessRule]) -> list[WitnessRule]:
    """Give the rule that each version must satisfy, from the rules in force after each version."""
    rules, before = [], NO_WITNESSES
    for rule in stated:
        rules.append(before if before.active else rule)  # 1
        before = rule
    return rules


def check_witnesses(
    versions: Sequence[tuple[str, WitnessRule]], witnesses: bytes | None, *, from_number: int = 1
) -> None:
    """Check the approvals of versions `(versionId, rule after it)`, from version `from_number` on."""
    rules = rules_in_force([rule for _, rule in versions])
    needed = {witness for rule in rules[from_number - 1 :] for witness in rule.witnesses}
    if not needed:
        return
    if witnesses is None:
        raise DidError(
            "history.witness-missing",
            "the history names witnesses and their proofs were not given",
            remedy="fetch did-witness.json beside did.jsonl",
        )
    numbers = {version_id: number for number, (version_id, _) in enumerate(versions, start=1)}
    approved = _approvals(_read_file(witnesses), numbers, needed)
    for number, rule in enumerate(rules, start=1):
        # 5
        count = sum(approved.get(witness, 0) >= number for witness in rule.witnesses)
        if number >= from_number and count < rule.threshold:
            raise DidError(
                "history.witness-threshold",
                f"version {number} is approved by {count} of the {rule.threshold} witnesses needed",
            )


def _read_file(witnesses: bytes) -> dict[str, list[JsonObject]]:
    # 2
    try:
        listed = jsontext.parse(witnesses, max_bytes=MAX_WITNESS_BYTES)
    except DidError as error:
        raise _malformed(f"{error.code}: {error.detail}") from None
    if not isinstance(listed, list):
        raise _malformed("expected a list")
    proofs: dict[str, list[JsonObject]] = {}
    for item in listed:
        version_id, found = _read_item(item)
        if version_id in proofs:
            raise _malformed("a version stands twice")
        proofs[version_id] = found
    return proofs


def _read_item(item: JsonValue) -> tuple[str, list[JsonObject]]:
    if not isinstance(item, dict) or not set(item) <= {"versionId", "proof"}:
        raise _malformed("expected versionId and proof")
    version_id, proofs = item.get("versionId"), item.get("proof", [])
    if not isinstance(version_id, str) or not isinstance(proofs, list):
        raise _malformed("expected versionId as text and proof as list")
    found = [proof for proof in proofs if isinstance(proof, dict)]
    if len(found) != len(proofs):
        raise _malformed("a proof is no object")
    return version_id, found


def _approvals(
    proofs: dict[str, list[JsonObject]], numbers: dict[str, int], needed: set[str]
) -> dict[str, int]:
    """The newest version that each needed witness approved."""
    approved: dict[str, int] = {}
    published = [version_id for version_id in proofs if version_id in numbers]
    for version_id in sorted(published, key=numbers.__getitem__, reverse=True):
        for proof in proofs[version_id]:
            witness = str(proof.get("verificationMethod")).partition("#")[0]
            # Newest first: a witness that approved a later version approved this one (4).
            if witness in needed and witness not in approved and _holds(version_id, proof, witness):
                approved[witness] = numbers[version_id]
    return approved


def _holds(version_id: str, proof: JsonObject, witness: str) -> bool:
    # 3
    multikey = witness.removeprefix("did:key:")

    def key_of(method: str, _purpose: str) -> PublicKey:
        if method != f"{witness}#{multikey}":
            raise DidError("history.witness-proof", "the method is not the witness's key")
        return PublicKey.from_multikey(multikey)

    try:
        check_proof(
            {"versionId": version_id},
            proof,
            suites=_SUITES,
            keys=key_of,
            expected_purpose=ASSERTION_METHOD,
            expected_domain=None,
            expected_challenge=None,
            now=None,
        )
    except DidError:
        return False
    return True


def _malformed(detail: str) -> DidError:
    return DidError("history.witness-file", detail, clause="did:webvh 1.0, The Witness Proofs File")
