"""A schema with every kind of claim, credentials of it, and queries: to test what can be asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from credentials.exchange.dcql import Query
from credentials.predicates.claims import Typing, slot_scalars, typing_of
from credentials.predicates.compiling import Gaps, Subject, compile_statement, trust_of
from tests.zk.predicates.world import EPOCH, IDENTIFIER, ISSUER, make_world, seeded
from zk.curve import Scalar
from zk.predicates import Means, prove, verify
from zk.predicates.header import Header
from zk.predicates.issuance import accept, blind_sign, check_commitment, commit, issuance_context
from zk.predicates.predicate import NotRevoked
from zk.predicates.slots import quad_scalar
from zk.predicates.statement import Credential

SECTOR = "shop.example"
TYPE = "https://issuer.example/types#Person"
PH = b"\x07" * 32

SCHEMA = {
    "type": "object",
    "properties": {
        "credentialSubject": {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "birthDate": {"type": "string", "format": "date"},
                "joined": {"type": "string", "format": "date"},
                "left": {"type": "string", "format": "date"},
                "seen": {"type": "string", "format": "date-time"},
                "income": {"type": "integer", "minimum": 0, "maximum": 10_000_000},
                "bonus": {"type": "integer", "minimum": 0, "maximum": 10_000_000},
                "score": {"type": "integer"},
                "rent": {
                    "type": "string",
                    "avow:decimal": 2,
                    "avow:minimum": "0",
                    "avow:maximum": "99999.99",
                },
                "ratio": {"type": "string", "avow:decimal": 3},
                "resident": {"type": "boolean"},
                "nationality": {"enum": ["AT", "DE", "FR", "IT"]},
                "birthplace": {"enum": ["AT", "DE", "FR", "IT"]},
                "level": {"enum": ["low", "middle", "high"]},
                "nick": {"type": "string"},
                "city": {"type": "string"},
                "work": {
                    "type": "object",
                    "properties": {"city": {"type": "string"}, "pay": {"type": "integer", "minimum": 0}},
                    "required": ["city"],
                },
            },
            "required": [
                *("birthDate", "joined", "seen", "income", "score", "rent", "ratio", "resident"),
                *("nationality", "birthplace", "level", "city", "work"),
            ],
        }
    },
}
ALICE = {
    "birthDate": "2001-05-06",
    "joined": "2020-02-01",
    "seen": "2026-11-26T09:30:00Z",
    "income": 52_000,
    "bonus": 800,
    "score": -5,
    "rent": "1250.50",
    "ratio": "0.125",
    "resident": True,
    "nationality": "FR",
    "birthplace": "FR",
    "level": "middle",
    "city": "Lyon",
    "work": {"city": "Lyon"},
}
WIDTH = 16


@dataclass(frozen=True, eq=False)
class Person:
    """A credential as its holder has it, and as a statement names it."""

    held: object
    subject: Subject


def typing() -> Typing:
    return typing_of(SCHEMA, width=WIDTH)


def issue(claims=ALICE, *, query="person", key=None, secrets=None, schema=SCHEMA, digit_key=...):
    """Issue a credential with these claims, both sides of it."""
    world = make_world()
    system = world.system
    key, secrets = key or world.issuer, secrets or world.secrets
    typed = typing_of(schema, width=WIDTH)
    scalars = [*slot_scalars(system, typed, {"credentialSubject": claims}, identifier=IDENTIFIER)]
    scalars.append(quad_scalar(system, b"_:c14n0 <a> <b> .\n"))
    scalars += [system.PAD] * (32 - len(scalars))
    public_key = key.public_key(system.suite)
    header = Header(
        proof=b"\x01" * 32,
        mandatory=b"\x02" * 32,
        schema=typed.schema,
        types=typed.types.digest(),
        typed=len(typed.types.slots),
        slots=32,
        nyms=len(secrets.nyms),
        revocation=world.scope,
        digit_key=world.digits.digest,
    )
    context = issuance_context(nonce=b"n" * 32, configuration=b"id", issuer_key=public_key)
    request = commit(system, secrets, issuer=ISSUER, context=context, random_bytes=seeded(4))
    proven = check_commitment(
        system,
        request.octets,
        expected_issuer=ISSUER,
        expected_context=context,
        expected_nyms=len(secrets.nyms),
        expected_enrolment=None,
    )
    entropy = Scalar(77)
    held = accept(
        system,
        secrets,
        request.blind,
        issuer_key=public_key,
        header=header,
        slots=scalars,
        signature=blind_sign(system, key, header, scalars, proven, entropy=entropy),
        entropy=entropy,
    )
    gaps = Gaps(world.scope.list_id, WIDTH, EPOCH, world.gap_key)
    digits = world.digits.key if digit_key is ... else digit_key
    return Person(held, Subject(query, typed, Credential(public_key, header, typed.types, ()), digits, gaps))


@cache
def alice():
    return issue()


@cache
def alice_twice():
    """Two credentials of one holder, the second from another issuer."""
    second = {**ALICE, "income": 40_000, "birthDate": "1999-01-01", "nick": "al"}
    return alice(), issue(second, query="second", key=make_world().issuer_2)


def query_of(*texts, ids=("person",), whole=()):
    """A query for people; `texts` are asked of the first, `whole` of all together."""
    entry = {"format": "ldp_vc", "meta": {"type_values": [[TYPE]]}}
    credentials = [{"id": identifier, **entry} for identifier in ids]
    if texts:
        credentials[0]["avow_prove"] = list(texts)
    return Query.parse({"credentials": credentials} | ({"avow_prove": list(whole)} if whole else {}))


def sets():
    world = make_world()
    return {world.set.digest: world.set.key}


def compiled(query, *people, sector=SECTOR):
    subjects = [person.subject for person in people or (alice(),)]
    return compile_statement(make_world().system, query, subjects, ph=PH, sector=sector, sets=sets())


def trust(*people, sector=SECTOR):
    return trust_of([person.subject for person in people or (alice(),)], sector=sector, sets=sets())


def proven(statement, *people):
    world, people = make_world(), people or (alice(),)
    means = Means(
        digit_lists={world.digits.key: world.digits},
        set_lists={world.set.key: world.set},
        gaps={
            predicate: world.checked_gap()
            for predicate in statement.predicates
            if isinstance(predicate, NotRevoked)
        },
    )
    return prove(
        world.system,
        statement,
        [person.held for person in people],
        means,
        trust=trust(*people),
        random_bytes=seeded("prove"),
    )


def verified(statement, proof, *people):
    return verify(make_world().system, statement, proof, trust=trust(*people), weight_seed=b"")
