"""Composite proofs against the BBS proof that each of them begins with: ten slots, five disclosed.

    python benchmarks/predicates.py [--json]

The bar: with one one-sided 32-bit range a proof costs at most 2.1 times what possession alone does, each way.
Figures against the plain BBS proof of the draft (ten messages, no secret slots) and against one pairing check
stand beside it. Everything that the service has on is on: rules, strict decoding, constant-time
multiplication of secrets.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.harness import Ratio, measure, report
from zk import bbs
from zk.curve import Scalar
from zk.predicates import Means, Statement, System, Trust, prove, system, verify, verify_many
from zk.predicates.header import Header, RevocationScope
from zk.predicates.issuance import HeldCredential, HolderSecrets, accept, blind_sign, check_commitment, commit
from zk.predicates.predicate import (
    CommittedRange,
    Exclude,
    Member,
    NotRevoked,
    NymContext,
    Pseudonym,
    Range,
    SignedMember,
)
from zk.predicates.published.gaps import check_gap, find_gap, sign_gaps
from zk.predicates.published.lists import check_digits, check_set, publish_digits, publish_set
from zk.predicates.slots import Kind, SlotType, TypeMap
from zk.predicates.statement import Credential, digit_count
from zk.predicates.trust import EpochKey
from zk.predicates.wires import Relation, slot_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from zk.predicates.predicate import Predicate

NUMBER = SlotType(Kind.INTEGER, "/n", 1 << 63, (1 << 63) + (1 << 32) - 1, optional=False)
WIDE = SlotType(Kind.INTEGER, "/w", 0, (1 << 64) - 1, optional=False)
DAY = SlotType(Kind.DATE, "/d", 1, 3_652_059, optional=False)
IDENTIFIER = SlotType(Kind.REVOCATION, "/r", 1, (1 << 32) - 2, optional=False)
TYPES = TypeMap((NUMBER, WIDE, DAY, IDENTIFIER, *[WIDE] * 6))
SLOTS = [
    Scalar((1 << 63) + 52_000),
    Scalar(5 << 60),
    Scalar(731_000),
    Scalar(123_456),
    *map(Scalar, range(6)),
]
SHOWN = (5, 6, 7, 8, 9)
SCOPE = RevocationScope(b"\x05" * 32, 32)
SECRETS = HolderSecrets(Scalar(1111), (Scalar(2222),))


class World:
    """Two credentials of one holder, and every published list."""

    def __init__(self, suite: bbs.Suite | None = None) -> None:
        self.system: System = system(suite or bbs.suite(bbs.SHA256))
        suite = self.system.suite
        self.digit_key, self.gap_key, self.set_key = (
            bbs.key_generate(suite, name.encode() * 8) for name in ("digit", "gap..", "set..")
        )
        self.digit_octets = publish_digits(self.system, self.digit_key)
        self.digits = check_digits(self.system, self.digit_octets, random_bytes=os.urandom)
        members = [Scalar(n) for n in range(700_000, 700_064)] + [SLOTS[2]]
        set_octets = publish_set(self.system, self.set_key, sorted(members))
        self.members = check_set(self.system, set_octets, random_bytes=os.urandom)
        gaps = list(sign_gaps(self.system, self.gap_key, range(1000, 900_000, 9_000), scope=SCOPE, epoch=1))
        self.gap_public = self.gap_key.public_key(suite)
        self.gap = check_gap(
            self.system, find_gap(gaps, int(SLOTS[3])), key=self.gap_public, scope=SCOPE, epoch=1
        )
        self.held = [self.issue(bytes([n]) * 32) for n in (1, 2)]
        self.trust = Trust(
            digit_keys={held.issuer_key: frozenset({self.digits.key}) for held in self.held},
            set_keys=frozenset({self.members.key}),
            lists=(EpochKey(SCOPE, self.gap_public, frozenset({1})),),
            sector="rp.example",
            different_holders=False,
        )

    def issue(self, material: bytes) -> HeldCredential:
        """Run an issuance, both sides of it."""
        suite = self.system.suite
        key = bbs.key_generate(suite, material)
        header = Header(
            proof=bytes(32),
            mandatory=bytes(32),
            schema=bytes(32),
            types=TYPES.digest(),
            typed=10,
            slots=10,
            nyms=1,
            revocation=SCOPE,
            digit_key=self.digits.digest,
        )
        request = commit(self.system, SECRETS, issuer="i", context=b"c", random_bytes=os.urandom)
        proven = check_commitment(
            self.system,
            request.octets,
            expected_issuer="i",
            expected_context=b"c",
            expected_nyms=1,
            expected_enrolment=None,
        )
        signature = blind_sign(self.system, key, header, SLOTS, proven, entropy=Scalar(7))
        return accept(
            self.system,
            SECRETS,
            request.blind,
            issuer_key=key.public_key(suite),
            header=header,
            slots=SLOTS,
            signature=signature,
            entropy=Scalar(7),
        )

    def range(self, slot: int, lo: int | None, hi: int | None) -> Range:
        """Claim a range of a slot of the first credential."""
        form = slot_form(0, slot)
        return Range(form, lo, hi, digit_count(form, lo, hi, [self.public(self.held[0])]), self.digits.key)

    def public(self, held: HeldCredential) -> Credential:
        """Show half of the slots."""
        shown = tuple((i, held.scalars[i]) for i in SHOWN)
        return Credential(held.issuer_key, held.header, TYPES, shown)

    def statement(self, *predicates: Predicate, credentials: int = 1) -> Statement:
        """Claim predicates over one credential or two of one holder with an equal date."""
        statement = Statement(
            ph=b"nonce and audience",
            credentials=tuple(map(self.public, self.held[:credentials])),
            relations=(),
            predicates=predicates,
        )
        if credentials == 1:
            return statement
        linked = (Relation(1, 11, slot_form(0, 11)), Relation(1, 2, slot_form(0, 2)))
        return replace(statement, relations=linked)

    def prove(self, statement: Statement) -> bytes:
        """Prove a statement."""
        held = self.held[: len(statement.credentials)]
        means = self.means(statement)
        return prove(self.system, statement, held, means, trust=self.trust, random_bytes=os.urandom)

    def means(self, statement: Statement) -> Means:
        """Collect what a statement is proven with."""
        return Means(
            digit_lists={self.digits.key: self.digits},
            set_lists={self.members.key: self.members},
            gaps={claim: self.gap for claim in statement.predicates if isinstance(claim, NotRevoked)},
        )

    def both(self, name: str, statement: Statement) -> dict[str, Callable[[], object]]:
        """Prove and verify a statement."""
        make = partial(self.prove, statement)
        proof = make()
        check = partial(verify, self.system, statement, proof, trust=self.trust, weight_seed=os.urandom(32))
        print(f"  {name}: {len(proof):,} octets", file=sys.stderr)
        return {f"prove {name}": make, f"verify {name}": check}


def statements(world: World) -> dict[str, Statement]:
    one_sided = world.range(0, (1 << 63) + 40_000, None)
    two_sided = world.range(0, 1 << 63, (1 << 63) + (1 << 32) - 1)
    not_revoked = NotRevoked(0, 3, SCOPE.list_id, 1, 32, world.gap_public, world.digits.key)
    pseudonym = Pseudonym(0, NymContext("pseudonym", "rp.example", ""))
    day = slot_form(0, 2)
    four, gone = (731_000, 731_001, 731_002, 731_003), (1, 2, 3, 4)
    return {
        "possession": world.statement(),
        "24 bits one-sided": world.statement(world.range(2, 720_000, None)),
        "32 bits one-sided": world.statement(one_sided),
        "32 bits two-sided": world.statement(two_sided),
        "64 bits two-sided": world.statement(world.range(1, 0, (1 << 64) - 1)),
        "32 bits one-sided, Bulletproof": world.statement(
            CommittedRange(slot_form(0, 0), (1 << 63) + 40_000, None, 32)
        ),
        "64 bits two-sided, Bulletproof": world.statement(
            CommittedRange(slot_form(0, 1), 0, (1 << 64) - 1, 64)
        ),
        "not revoked": world.statement(not_revoked),
        "pseudonym": world.statement(pseudonym),
        "member of 4": world.statement(Member(day, tuple(map(Scalar, four)))),
        "signed member": world.statement(SignedMember(day, world.members.key)),
        "exclude 4": world.statement(Exclude(day, tuple(map(Scalar, gone)))),
        "range, not revoked, pseudonym": world.statement(one_sided, not_revoked, pseudonym),
        "reference": world.statement(two_sided, not_revoked, pseudonym, credentials=2),
    }


def plain(world: World) -> dict[str, Callable[[], object]]:
    """One BBS proof as the draft has it, ten messages, five disclosed."""
    suite = world.system.suite
    key = bbs.key_generate(suite, b"benchmark key material, no secret")
    public, messages = bbs.public_key(suite, key), [f"claim {i}".encode() for i in range(10)]
    signature = bbs.sign(suite, key, public, b"header", messages)
    shown = list(range(0, 10, 2))
    make = partial(
        bbs.prove, suite, public, signature, b"header", b"nonce", messages, shown, random_bytes=os.urandom
    )
    check = partial(
        bbs.verify_proof, suite, public, make(), b"header", b"nonce", [messages[i] for i in shown], shown
    )
    pairs = [(suite.P1.point, suite.BP2), (suite.backend.negate(suite.P1.point), suite.BP2)]
    return {
        "one pairing check": partial(suite.backend.pairing_check, pairs),
        "sign BBS": partial(bbs.sign, suite, key, public, b"header", messages),
        "verify BBS signature": partial(bbs.verify, suite, public, signature, b"header", messages),
        "prove BBS": make,
        "verify BBS": check,
    }


def main() -> int:
    world = World()
    cases = plain(world)
    for name, statement in statements(world).items():
        cases |= world.both(name, statement)
    cases["check a digit list"] = partial(
        check_digits, world.system, world.digit_octets, random_bytes=os.urandom
    )
    one_sided = statements(world)["32 bits one-sided"]
    queue = [(one_sided, world.prove(one_sided)) for _ in range(16)]
    cases["verify 16 at once, 32 bits one-sided"] = partial(
        verify_many, world.system, queue, trust=world.trust, weight_seed=os.urandom(32)
    )
    figures = measure(cases, rounds=15)
    together = "range, not revoked, pseudonym"
    ratios = []
    for way in ("prove", "verify"):
        ratios.append(Ratio(f"{way} 32 bits one-sided", f"{way} possession", at_most=2.1))
        ratios += [
            Ratio(f"{way} {name}", f"{way} BBS")
            for name in (
                "possession",
                "32 bits one-sided",
                "32 bits two-sided",
                "not revoked",
                "pseudonym",
                together,
                "reference",
            )
        ]
        ratios.append(Ratio(f"{way} {together}", "one pairing check"))
    return report("Composite proofs, 10 slots, 5 disclosed", figures, ratios)


if __name__ == "__main__":
    sys.exit(main())
