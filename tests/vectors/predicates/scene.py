"""Issuers, lists and credentials of the vectors: every key and every blinding follows from a text."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.zk.suites import make_suite
from zk import bbs
from zk.backend import BackendName
from zk.hashing import draw_scalars
from zk.keys import SecretKey
from zk.predicates import Trust
from zk.predicates.header import Header, RevocationScope
from zk.predicates.issuance import (
    HolderSecrets,
    accept,
    blind_sign,
    check_commitment,
    commit,
    issuance_context,
)
from zk.predicates.published.gaps import check_gap, find_gap, sign_gaps
from zk.predicates.published.lists import check_digits, check_set, publish_digits, publish_set
from zk.predicates.slots import Kind, SlotType, TypeMap, code_list_digest, quad_scalar, slot_scalar
from zk.predicates.statement import Credential
from zk.predicates.system import system as make_system
from zk.predicates.trust import EpochKey

if TYPE_CHECKING:
    from zk.curve import Scalar

OFFSET = 1 << 63
SECTOR = "verifier.example"
EPOCH = 7
CODES = ("AT", "CH", "DE", "FR", "IT")
SUBJECT = "/credentialSubject"

PERSON = TypeMap(
    (
        SlotType(Kind.DATE, f"{SUBJECT}/birthDate", 1, 3_652_059, optional=False),
        SlotType(Kind.DECIMAL, f"{SUBJECT}/bonus", OFFSET, OFFSET + (1 << 40) - 1, True, b"\x02"),
        SlotType(Kind.TEXT, f"{SUBJECT}/city", 0, 0, optional=False),
        SlotType(Kind.ENUMERATION, f"{SUBJECT}/country", 1, 5, False, code_list_digest(CODES)),
        SlotType(Kind.DECIMAL, f"{SUBJECT}/income", OFFSET, OFFSET + (1 << 40) - 1, False, b"\x02"),
        SlotType(Kind.INTEGER, f"{SUBJECT}/level", 0, (1 << 64) - 1, optional=False),
        SlotType(Kind.TEXT, f"{SUBJECT}/nick", 0, 0, optional=True),
        SlotType(Kind.BOOLEAN, f"{SUBJECT}/resident", 0, 1, optional=False),
        SlotType(Kind.INTEGER, f"{SUBJECT}/score", 0, (1 << 64) - 1, optional=False),
        SlotType(Kind.TIMESTAMP, f"{SUBJECT}/seen", 0, 3_652_059 * 86_400 - 1, optional=False),
        SlotType(Kind.REVOCATION, "", 1, (1 << 32) - 2, optional=False),
    )
)
BIRTH, BONUS, CITY, COUNTRY, INCOME, LEVEL, NICK, RESIDENT, SCORE, SEEN, IDENTIFIER = range(11)

MEMBERSHIP = TypeMap(
    (
        SlotType(Kind.DATE, f"{SUBJECT}/birthDate", 1, 3_652_059, optional=False),
        SlotType(Kind.TEXT, f"{SUBJECT}/city", 0, 0, optional=False),
        SlotType(Kind.TEXT, f"{SUBJECT}/place", 0, 0, optional=False),
        SlotType(Kind.REVOCATION, "", 1, (1 << 8) - 2, optional=False),
    )
)


def text(value):
    """How the files write a value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, dt.date) else value if value is None else str(value)


class Mock:
    """Octets of a scalar: expand_message(seed ‖ u64(i), api_id ‖ MOCK_RANDOM_, 48), i = 1, 2, …"""

    def __init__(self, system, seed):
        self._system, self.seed, self.count = system, seed, 0

    def __call__(self, length):
        self.count += 1
        message = self.seed.encode() + self.count.to_bytes(8, "big")
        return self._system.suite.expand_message(message, self._system.api_id + b"MOCK_RANDOM_", length)


@dataclass(frozen=True, eq=False)
class Issued:
    """A credential with all that went into it."""

    name: str
    issuer: str
    key: SecretKey
    types: TypeMap
    values: tuple
    quads: tuple
    header: Header
    context: dict
    secrets: HolderSecrets
    seed: str
    request: object
    entropy: Scalar
    held: object

    @property
    def public(self):
        return Credential(self.held.issuer_key, self.header, self.types, ())


class Scene:
    """All parties, on one backend."""

    def __init__(self, backend=BackendName.NATIVE):
        self.system = make_system(make_suite(backend, bbs.SHA256))
        self.keys = {
            name: SecretKey(bbs.SHA256, self.scalar(f"key {name}"))
            for name in ("issuer-a", "issuer-b", "digits", "set", "gap-1", "gap-2")
        }
        self.public_keys = {name: key.public_key(self.system.suite) for name, key in self.keys.items()}
        # The check of a list draws weights, which have no influence on what comes out.
        weights = Mock(self.system, "list check")
        self.digit_octets = publish_digits(self.system, self.keys["digits"])
        self.digits = check_digits(self.system, self.digit_octets, random_bytes=weights)
        self.cities = ("Lyon", "Nice", "Paris")
        members = sorted(self.system.typed_scalar(b"text", city.encode()) for city in self.cities)
        self.set_octets = publish_set(self.system, self.keys["set"], members)
        self.set = check_set(self.system, self.set_octets, random_bytes=weights)
        self.urls = [f"https://issuer-{name}.example/revocation/1" for name in "ab"]
        self.scopes = [
            RevocationScope(hashlib.sha256(url.encode()).digest(), width)
            for url, width in zip(self.urls, (32, 8), strict=True)
        ]
        self.revoked = [(123_456_789, 123_456_790, 4_000_000_000), (41, 43, 200)]
        self.gaps = [
            list(sign_gaps(self.system, self.keys[key], revoked, scope=scope, epoch=EPOCH))
            for key, revoked, scope in zip(("gap-1", "gap-2"), self.revoked, self.scopes, strict=True)
        ]
        self.secrets = HolderSecrets(self.scalar("holder"), (self.scalar("nym 0"),))
        self.secrets_2 = HolderSecrets(self.secrets.holder, (self.scalar("nym b 0"), self.scalar("nym b 1")))
        self.issued = {each.name: each for each in (self._person(), self._membership())}
        self.trust = self._trust()

    def scalar(self, seed):
        return next(draw_scalars(Mock(self.system, f"bbs-predicates-2026 {seed}"), 1))

    def quads(self, subject):
        return (
            f'<urn:example:{subject}> <https://schema.example/birthDate> "2001-05-06" .\n'.encode(),
            f'<urn:example:{subject}> <https://schema.example/city> "Lyon" .\n'.encode(),
            b'_:b0 <https://schema.example/level> "9" .\n',
        )

    def _person(self):
        values = (
            dt.date(2001, 5, 6),
            Decimal("800.50"),
            "Lyon",
            4,
            Decimal("52000.00"),
            (1 << 63) - 8,
            None,
            True,
            -(1 << 63) + 100,
            dt.datetime(2026, 3, 1, 12, 30, 15, tzinfo=dt.UTC),
            1_000_000_007,
        )
        return self._issue("person", "a", PERSON, values, self.secrets, self.scopes[0], 16)

    def _membership(self):
        values = (dt.date(2001, 5, 6), "Nice", "Lyon", 42)
        return self._issue("membership", "b", MEMBERSHIP, values, self.secrets_2, self.scopes[1], 16)

    def _issue(self, name, issuer, types, values, secrets, scope, slots):
        system, key = self.system, self.keys[f"issuer-{issuer}"]
        public_key, iss = self.public_keys[f"issuer-{issuer}"], f"did:example:issuer-{issuer}"
        quads = self.quads(name)
        header = Header(
            proof=hashlib.sha256(f"{name} proof options".encode()).digest(),
            mandatory=hashlib.sha256(f"{name} mandatory".encode()).digest(),
            schema=hashlib.sha256(f"{name} schema".encode()).digest(),
            types=types.digest(),
            typed=len(types.slots),
            slots=slots,
            nyms=len(secrets.nyms),
            revocation=scope,
            digit_key=self.digits.digest,
        )
        scalars = [slot_scalar(system, slot, value) for slot, value in zip(types.slots, values, strict=True)]
        scalars += [quad_scalar(system, quad) for quad in quads]
        scalars += [system.PAD] * (slots - len(scalars))
        context = {
            "nonce": hashlib.sha256(f"{name} nonce".encode()).digest(),
            "configuration": f"https://issuer-{issuer}.example/{name}".encode(),
            "issuer_key": public_key,
        }
        octets, seed = issuance_context(**context), f"bbs-predicates-2026 commit {name}"
        request = commit(system, secrets, issuer=iss, context=octets, random_bytes=Mock(system, seed))
        proven = check_commitment(
            system,
            request.octets,
            expected_issuer=iss,
            expected_context=octets,
            expected_nyms=len(secrets.nyms),
            expected_enrolment=None,
        )
        entropy = self.scalar(f"entropy {name}")
        signature = blind_sign(system, key, header, scalars, proven, entropy=entropy)
        held = accept(
            system,
            secrets,
            request.blind,
            issuer_key=public_key,
            header=header,
            slots=scalars,
            signature=signature,
            entropy=entropy,
        )
        return Issued(
            name, iss, key, types, values, quads, header, context, secrets, seed, request, entropy, held
        )

    def _trust(self):
        accepted = frozenset({self.digits.key})
        return Trust(
            digit_keys={self.public_keys[name]: accepted for name in ("issuer-a", "issuer-b")},
            set_keys=frozenset({self.set.key}),
            lists=tuple(
                EpochKey(scope, self.public_keys[key], frozenset({EPOCH}))
                for scope, key in zip(self.scopes, ("gap-1", "gap-2"), strict=True)
            ),
            sector=SECTOR,
            different_holders=False,
        )

    def checked_gap(self, claim):
        which = [scope.list_id for scope in self.scopes].index(claim.list_id)
        identifier = list(self.issued.values())[which].values[-1]
        return check_gap(
            self.system,
            find_gap(self.gaps[which], identifier),
            key=self.public_keys[f"gap-{which + 1}"],
            scope=self.scopes[which],
            epoch=EPOCH,
        )
