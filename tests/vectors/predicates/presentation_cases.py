"""Presentations: each predicate alone, every digit count, and one with all of them over two credentials."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from unittest.mock import patch

from tests.vectors.predicates.notation import scalar_text, split_frames, statement_json
from tests.vectors.predicates.scene import (
    BIRTH,
    BONUS,
    CITY,
    COUNTRY,
    EPOCH,
    INCOME,
    LEVEL,
    OFFSET,
    RESIDENT,
    SCORE,
    SECTOR,
    Mock,
)
from zk.predicates import Means, Statement, proving
from zk.predicates.pairings import draw_weights
from zk.predicates.parts.bullet_transcript import BulletTranscript
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
from zk.predicates.statement import bit_count, digit_count
from zk.predicates.verifying import check_before_pairing
from zk.predicates.wires import Form, Relation, Term, slot_form

PH = hashlib.sha256(b"bbs-predicates-2026 presentation header").digest()
TOP = (1 << 64) - 1
DAY = 730_611
"""2001-05-06."""


def form(*terms, constant=0):
    """A form of (coefficient, credential, slot)."""
    return Form(tuple(Term(k, i, a) for a, k, i in terms), constant)


class Writer:
    """Makes cases; each has a seed of its own."""

    def __init__(self, scene):
        self.scene, self.system = scene, scene.system
        self.text = lambda value: self.system.typed_scalar(b"text", value.encode())

    # Predicates, with what follows from the statement.

    def range(self, form, lo, hi, names):
        digits = digit_count(form, lo, hi, self.public(names))
        return Range(form, lo, hi, digits, self.scene.digits.key)

    def committed(self, form, lo, hi, names):
        return CommittedRange(form, lo, hi, bit_count(form, lo, hi, self.public(names)))

    def public(self, names):
        return [self.scene.issued[name].public for name in names]

    def not_revoked(self, k, name):
        which = list(self.scene.issued).index(name)
        scope, slot = self.scene.scopes[which], len(self.scene.issued[name].types.slots) - 1
        key = self.scene.public_keys[f"gap-{which + 1}"]
        return NotRevoked(k, slot, scope.list_id, EPOCH, scope.width, key, self.scene.digits.key)

    def present(self, k, slot):
        return Exclude(slot_form(k, slot), (self.system.ABSENT,))

    # Cases.

    def case(self, name, *predicates, names=("person",), disclosed=(), relations=()):
        statement = self.statement(names, predicates, disclosed, relations)
        return self.write(name, names, statement)

    def statement(self, names, predicates, disclosed=(), relations=()):
        credentials = tuple(
            replace(
                self.scene.issued[name].public,
                disclosed=tuple((i, self.scene.issued[name].held.scalars[i]) for k, i in disclosed if k == n),
            )
            for n, name in enumerate(names)
        )
        first = credentials[0].header.holder_slot
        linked = tuple(
            Relation(n, credential.header.holder_slot, slot_form(0, first))
            for n, credential in enumerate(credentials)
            if n
        )
        return Statement(
            ph=PH, credentials=credentials, relations=(*linked, *relations), predicates=tuple(predicates)
        )

    def means(self, statement):
        scene = self.scene
        return Means(
            digit_lists={scene.digits.key: scene.digits},
            set_lists={scene.set.key: scene.set},
            gaps={
                predicate: scene.checked_gap(predicate)
                for predicate in statement.predicates
                if isinstance(predicate, NotRevoked)
            },
        )

    def write(self, name, names, statement):
        seed = f"bbs-predicates-2026 presentation {name}"
        mock, held = Mock(self.system, seed), [self.scene.issued[each].held for each in names]
        proof, frames, draws = observed(
            self.system, statement, held, self.means(statement), self.scene.trust, mock
        )
        case = {
            "name": name,
            "statement": statement_json(statement, names),
            "seed": seed,
            "draws": mock.count,
            **described(self.system, statement, proof, frames, self.scene.trust),
        }
        return {**case, "bulletproofs": draws} if draws else case


def observed(system, statement, held, means, trust, random_bytes):
    """Prove; return the proof, the frames under the challenge, and what Bulletproofs drew."""
    frames, draws = [], []
    challenge, draw, start = proving.challenge, BulletTranscript.draw, BulletTranscript.__init__

    def listening(system, octets, *parts):
        frames.extend(parts := tuple(parts))
        return challenge(system, octets, *parts)

    def started(self, *args):
        start(self, *args)
        draws.append({"seed": split_frames(self._octets), "challenges": []})

    def drawn(self, name):
        x = draw(self, name)
        draws[-1]["challenges"].append([name.decode(), scalar_text(x)])
        return x

    with (
        patch.object(proving, "challenge", listening),
        patch.object(BulletTranscript, "draw", drawn),
        patch.object(BulletTranscript, "__init__", started),
    ):
        proof = proving.prove(system, statement, held, means, trust=trust, random_bytes=random_bytes)
    return proof, b"".join(frames), draws


def described(system, statement, proof, frames, trust):
    """What can be recomputed from a statement and a proof."""
    octets = statement.encode(system)
    unpaired = check_before_pairing(system, statement, proof, trust=trust)
    weights = draw_weights(system, len(unpaired.items), statement=octets, proof=proof, seed=b"")
    return {
        "statementOctets": octets.hex(),
        "statementSha256": hashlib.sha256(octets).hexdigest(),
        "transcript": split_frames(frames),
        "challenge": proof[:32].hex(),
        "proof": proof.hex(),
        "proofLength": len(proof),
        "proofSha256": hashlib.sha256(proof).hexdigest(),
        "nyms": [nym.hex() for _, nym in unpaired.verified.nyms],
        "weights": [f"{weight:032x}" for weight in weights[:3]],
    }


def ranges(writer):
    """One- and two-sided ranges of each digit count, at the ends of what they can say."""
    score, level = slot_form(0, SCORE), slot_form(0, LEVEL)
    made = []
    for n in range(1, 9):
        span = 256**n - 1
        made += [
            writer.case(f"range upper {n}", writer.range(score, None, span, ["person"])),
            writer.case(f"range lower {n}", writer.range(level, TOP - span, None, ["person"])),
            writer.case(f"range both {n}", writer.range(score, 100 if n % 2 else 0, span, ["person"])),
        ]
    return made


def committed_ranges(writer):
    score, level = slot_form(0, SCORE), slot_form(0, LEVEL)
    return [
        writer.case("range-bp upper 8", writer.committed(score, None, 255, ["person"])),
        writer.case("range-bp lower 16", writer.committed(level, TOP - 65_535, None, ["person"])),
        writer.case("range-bp both 32", writer.committed(score, 100, (1 << 32) - 1, ["person"])),
        writer.case("range-bp both 64", writer.committed(score, 0, TOP, ["person"])),
    ]


def single(writer):
    """What is no range of one plain slot."""
    country, city, text = slot_form(0, COUNTRY), slot_form(0, CITY), writer.text
    birth, ABSENT = slot_form(0, BIRTH), writer.system.ABSENT
    cities = tuple(sorted(map(text, ("Lyon", "Nice", "Paris"))))
    both, first = ("person", "membership"), 11
    total = form((1, 0, BONUS), (1, 0, INCOME))
    nym = Pseudonym(0, NymContext("pseudonym", SECTOR, ""))
    return [
        writer.case("possession"),
        writer.case("disclosed", disclosed=((0, first), (0, first + 2))),
        writer.case("disclosed typed", disclosed=((0, RESIDENT), (0, first))),
        writer.case("range equal bounds", writer.range(birth, DAY, DAY, ["person"])),
        writer.case(
            "sum of decimals",
            writer.present(0, BONUS),
            writer.range(total, 2 * OFFSET + 3_000_000, None, ["person"]),
        ),
        writer.case("member enumeration", Member(country, (1, 4))),
        writer.case("member text", Member(city, cities)),
        writer.case("member scaled", Member(form((3, 0, COUNTRY), constant=-2), (1, 4, 10))),
        writer.case("exclude one", Exclude(country, (5,))),
        writer.case("exclude three", Exclude(country, (1, 2, 5))),
        writer.case("exclude present", Exclude(slot_form(0, BONUS), tuple(sorted((OFFSET, ABSENT))))),
        writer.case("signed-member", SignedMember(city, writer.scene.set.key)),
        writer.case("not-revoked 32", writer.not_revoked(0, "person")),
        writer.case("not-revoked 8", writer.not_revoked(0, "membership"), names=("membership",)),
        writer.case("pseudonym one secret", nym),
        writer.case("pseudonym two secrets", nym, names=("membership",)),
        writer.case("nullifier", Pseudonym(0, NymContext("nullifier", SECTOR, "ballot 2026"))),
        writer.case("relation", relations=(Relation(0, SCORE, form((99, 0, RESIDENT), constant=1)),)),
        writer.case("same holder", names=both),
        writer.case(
            "equal claims",
            names=both,
            relations=(Relation(1, 0, birth), Relation(1, 2, city)),
        ),
        writer.case("unequal texts", Exclude(form((1, 0, CITY), (-1, 1, 1)), (0,)), names=both),
        writer.case("unequal claims", Exclude(form((-1, 0, LEVEL), (1, 0, SCORE)), (0,))),
    ]


def composite(writer):
    """Everything at once, over two credentials of one holder."""
    both = ("person", "membership")
    birth, country = slot_form(0, BIRTH), slot_form(0, COUNTRY)
    age = form((1, 0, BIRTH), (1, 1, 0))
    predicates = (
        writer.range(birth, None, 732_000, both),
        writer.range(age, 1_000_000, 2_000_000, both),
        writer.committed(slot_form(0, INCOME), OFFSET + 3_000_000, OFFSET + 9_000_000, both),
        Member(country, (1, 3, 4)),
        writer.present(0, BONUS),
        Exclude(country, (2, 5)),
        SignedMember(slot_form(1, 1), writer.scene.set.key),
        writer.not_revoked(0, "person"),
        writer.not_revoked(1, "membership"),
        Pseudonym(0, NymContext("pseudonym", SECTOR, "")),
        Pseudonym(1, NymContext("nullifier", SECTOR, "ballot 2026")),
    )
    relations = (
        Relation(0, SCORE, form((99, 0, RESIDENT), constant=1)),
        Relation(1, 0, birth),
        Relation(1, 2, slot_form(0, CITY)),
    )
    disclosed = ((0, 11), (0, 12), (1, 5))
    return writer.case("composite", *predicates, names=both, disclosed=disclosed, relations=relations)
