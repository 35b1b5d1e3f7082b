"""Issuers, holders and a verifier for the tests of composite proofs, made once for the whole run."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from tests.zk.suites import make_suite
from zk import bbs
from zk.backend import BackendName
from zk.bbs_core import calculate_b, possess
from zk.curve import GROUP_ORDER, Scalar
from zk.keys import SecretKey
from zk.predicates import Means, Statement, Trust, prove, verify
from zk.predicates.header import Header, RevocationScope, credential_domain
from zk.predicates.issuance import (
    HolderSecrets,
    accept,
    blind_sign,
    check_commitment,
    commit,
    issuance_context,
)
from zk.predicates.octets import frame, u64
from zk.predicates.predicate import (
    CommittedRange,
    Exclude,
    NotRevoked,
    NymContext,
    Pseudonym,
    Range,
    SignedMember,
)
from zk.predicates.published.gaps import check_gap, find_gap, gap_domain, sign_gaps
from zk.predicates.published.lists import check_digits, check_set, publish_digits, publish_set
from zk.predicates.slots import Kind, SlotType, TypeMap, code_list_digest, quad_scalar, slot_scalar
from zk.predicates.statement import Credential, bit_count, digit_count
from zk.predicates.system import system as make_system
from zk.predicates.trust import EpochKey
from zk.predicates.wires import Form, Relation, Term, slot_form

BIRTH, INCOME, COUNTRY, CITY, REVOCATION, BONUS, NICK = range(7)
SLOTS = 10
CODES = ("AT", "CH", "DE", "FR", "IT")
SECTOR = "rp.example"
ISSUER = "did:example:issuer"
EPOCH = 7
REVOKED = (1000, 2000, 2001, 3000)
IDENTIFIER = 1500

TYPES = TypeMap(
    (
        SlotType(Kind.DATE, "/birthDate", 1, 3_652_059, optional=False),
        SlotType(Kind.INTEGER, "/income", 1 << 63, (1 << 63) + (1 << 32) - 1, optional=False),
        SlotType(Kind.ENUMERATION, "/country", 1, 5, optional=False, parameter=code_list_digest(CODES)),
        SlotType(Kind.TEXT, "/city", 0, 0, optional=False),
        SlotType(Kind.REVOCATION, "/revocation", 1, (1 << 16) - 2, optional=False),
        SlotType(Kind.INTEGER, "/bonus", 1 << 63, (1 << 63) + 65_535, optional=True),
        SlotType(Kind.TEXT, "/nick", 0, 0, optional=True),
    )
)
CLAIMS = {
    BIRTH: date(2001, 5, 6),
    INCOME: 52_000,
    COUNTRY: 4,
    CITY: "Lyon",
    REVOCATION: IDENTIFIER,
    BONUS: 800,
    NICK: None,
}
DAY = date(2001, 5, 6).toordinal()
OFFSET = 1 << 63


def presentation_header(
    *, purpose: str, audience: str, nonce: bytes, expiry: int, response: str, holder_key: bytes
) -> bytes:
    """Frame what binds a presentation to its occasion.

    Args:
        purpose: of the presentation.
        audience: origin of the verifier.
        nonce: single-use, the verifier's.
        expiry: seconds since 1970.
        response: URI that the presentation is sent to.
        holder_key: thumbprint of the key that signs the presentation; empty where none does.
    """
    return b"".join(
        (
            frame(b"purpose", purpose.encode()),
            frame(b"audience", audience.encode()),
            frame(b"nonce", nonce),
            frame(b"expiry", u64(expiry)),
            frame(b"response", response.encode()),
            frame(b"holder-key", holder_key),
        )
    )


PH = presentation_header(
    purpose="login",
    audience="https://rp.example",
    nonce=b"nonce",
    expiry=1,
    response="https://rp.example/r",
    holder_key=b"",
)


def seeded(seed):
    """A source of octets that gives the same ones for the same seed."""
    return random.Random(seed).randbytes


@dataclass(frozen=True, eq=False)
class Party:
    """A holder's credential, with what is public of it when nothing is disclosed."""

    held: object
    public: Credential


class World:
    """Everything around a presentation, on the production backend."""

    def __init__(self):
        self.system = make_system(make_suite(BackendName.NATIVE, bbs.SHA256))
        self.ABSENT = self.system.ABSENT
        self._keys = itertools.count(1)
        self.issuer, self.issuer_2, digit_key, gap_key, set_key, verifier_key = (
            self.fresh_key() for _ in range(6)
        )
        self.digit_octets = publish_digits(self.system, digit_key)
        self.digits = check_digits(self.system, self.digit_octets, random_bytes=seeded(1))
        self.digit_secret, self.gap_secret, self.set_secret = digit_key, gap_key, set_key
        self.own_digits = check_digits(
            self.system, publish_digits(self.system, verifier_key), random_bytes=seeded(2)
        )
        members = sorted({*range(1, 4), *map(self.text, ("Lyon", "Paris", "Nice"))})
        self.set = check_set(self.system, publish_set(self.system, set_key, members), random_bytes=seeded(3))
        self.scope = RevocationScope(b"\x05" * 32, 16)
        self.gap_key = gap_key.public_key(self.system.suite)
        self.gaps = self.gaps_of(EPOCH)
        self.secrets = HolderSecrets(Scalar(1111), (Scalar(2222),))
        self.alice = self.issue()
        self.alice_2 = self.issue(key=self.issuer_2)
        self.trust = Trust(
            digit_keys={
                party.public.issuer_key: frozenset({self.digits.key, self.own_digits.key})
                for party in (self.alice, self.alice_2)
            },
            set_keys=frozenset({self.set.key}),
            lists=(EpochKey(self.scope, self.gap_key, frozenset({EPOCH})),),
            sector=SECTOR,
            different_holders=False,
        )

    def fresh_key(self):
        octets = seeded(f"key {next(self._keys)}")(48)
        return SecretKey(bbs.SHA256, Scalar(int.from_bytes(octets, "big") % GROUP_ORDER))

    def text(self, value):
        return self.system.typed_scalar(b"text", value.encode())

    def gaps_of(self, epoch, scope=None, revoked=REVOKED):
        scope = scope or self.scope
        return list(sign_gaps(self.system, self.gap_secret, revoked, scope=scope, epoch=epoch))

    def checked_gap(self, identifier=IDENTIFIER):
        gap = find_gap(self.gaps, identifier)
        return check_gap(self.system, gap, key=self.gap_key, scope=self.scope, epoch=EPOCH)

    def gap_sum(self, gap):
        """The sum that a signature on this gap would be over, signed or not."""
        system, ends = self.system, (Scalar(gap.left), Scalar(gap.right))
        domain = gap_domain(system, self.gap_key, self.scope, EPOCH)
        return calculate_b(system.suite, system.gap_generators, domain, ends, secret_indexes=())

    def resummed(self, held):
        """A credential with the sum that its header and scalars would have."""
        system, header = self.system, held.header
        generators = system.generators(header.slots, header.nyms)
        domain = credential_domain(system, held.issuer_key, header)
        B = calculate_b(system.suite, generators, domain, held.scalars, secret_indexes=())
        return replace(held, possession=possess(system.suite, held.signature, B))

    def issue(self, *, key=None, claims=None, secrets=None, types=TYPES, slots=SLOTS, entropy=77):
        """Run an issuance, both sides of it."""
        key, secrets = key or self.issuer, secrets or self.secrets
        public_key = key.public_key(self.system.suite)
        header = Header(
            proof=b"\x01" * 32,
            mandatory=b"\x02" * 32,
            schema=b"\x03" * 32,
            types=types.digest(),
            typed=len(types.slots),
            slots=slots,
            nyms=len(secrets.nyms),
            revocation=self.scope,
            digit_key=self.digits.digest,
        )
        values = {**CLAIMS, **(claims or {})}
        scalars = [slot_scalar(self.system, slot, values.get(i)) for i, slot in enumerate(types.slots)]
        scalars.append(quad_scalar(self.system, b"_:c14n0 <a> <b> .\n"))
        scalars += [self.system.PAD] * (slots - len(scalars))
        context = issuance_context(nonce=b"n" * 32, configuration=b"id", issuer_key=public_key)
        request = commit(self.system, secrets, issuer=ISSUER, context=context, random_bytes=seeded(4))
        proven = check_commitment(
            self.system,
            request.octets,
            expected_issuer=ISSUER,
            expected_context=context,
            expected_nyms=len(secrets.nyms),
            expected_enrolment=None,
        )
        signature = blind_sign(self.system, key, header, scalars, proven, entropy=Scalar(entropy))
        held = accept(
            self.system,
            secrets,
            request.blind,
            issuer_key=public_key,
            header=header,
            slots=scalars,
            signature=signature,
            entropy=Scalar(entropy),
        )
        return Party(held, Credential(public_key, header, types, ()))

    # Predicates, with whatever follows from the statement filled in.

    def range(self, form, lo, hi, parties=None, *, digits=None, key=None):
        credentials = [party.public for party in parties or (self.alice,)]
        count = digit_count(form, lo, hi, credentials) if digits is None else digits
        return Range(form, lo, hi, count, key or self.digits.key)

    def committed(self, form, lo, hi, parties=None, *, bits=None):
        credentials = [party.public for party in parties or (self.alice,)]
        return CommittedRange(form, lo, hi, bits or bit_count(form, lo, hi, credentials))

    def not_revoked(self, credential=0, **changes):
        claim = NotRevoked(
            credential, REVOCATION, self.scope.list_id, EPOCH, 16, self.gap_key, self.digits.key
        )
        return replace(claim, **changes)

    def signed_member(self, form):
        return SignedMember(form, self.set.key)

    def present(self, slot, credential=0):
        return Exclude(slot_form(credential, slot), (self.ABSENT,))

    # Presentations.

    def statement(self, parties, *predicates, relations=(), disclosed=(), ph=PH):
        credentials = tuple(
            replace(
                party.public,
                disclosed=tuple((i, party.held.scalars[i]) for k, i in disclosed if k == n),
            )
            for n, party in enumerate(parties)
        )
        linked = tuple(
            Relation(n, party.public.header.holder_slot, slot_form(0, parties[0].public.header.holder_slot))
            for n, party in enumerate(parties)
            if n
        )
        return Statement(
            ph=ph, credentials=credentials, relations=(*linked, *relations), predicates=predicates
        )

    def means(self, statement):
        return Means(
            digit_lists={self.digits.key: self.digits, self.own_digits.key: self.own_digits},
            set_lists={self.set.key: self.set},
            gaps={
                predicate: self.checked_gap()
                for predicate in statement.predicates
                if isinstance(predicate, NotRevoked)
            },
        )

    def prove(self, statement, parties, *, seed=0, means=None, trust=None):
        return prove(
            self.system,
            statement,
            [party.held for party in parties],
            means or self.means(statement),
            trust=trust or self.trust,
            random_bytes=seeded(f"prove {seed}"),
        )

    def verify(self, statement, proof, *, trust=None):
        return verify(self.system, statement, proof, trust=trust or self.trust, weight_seed=b"")


@cache
def make_world():
    return World()


def pseudonym(credential=0, sector=SECTOR):
    return Pseudonym(credential, NymContext("pseudonym", sector, ""))


def nullifier(credential=0, scope="vote 1"):
    return Pseudonym(credential, NymContext("nullifier", SECTOR, scope))


def form(*terms, constant=0):
    """A form from (coefficient, slot) of the first credential or (coefficient, credential, slot)."""
    wires = (Term(*term[1:], term[0]) if len(term) == 3 else Term(0, term[1], term[0]) for term in terms)
    return Form(tuple(wires), constant)
