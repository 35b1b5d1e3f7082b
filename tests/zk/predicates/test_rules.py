"""Every rule of a statement, by the code it is refused with, on the prover's side and on the verifier's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.zk.predicates.world import (
    BIRTH,
    BONUS,
    CITY,
    COUNTRY,
    DAY,
    EPOCH,
    INCOME,
    NICK,
    OFFSET,
    REVOCATION,
    SLOTS,
    TYPES,
    form,
    make_world,
    nullifier,
    pseudonym,
)
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates import proving, rules, trust
from zk.predicates.header import RevocationScope
from zk.predicates.issuance import HolderSecrets
from zk.predicates.predicate import Exclude, Member, NymContext, Pseudonym
from zk.predicates.published.gaps import check_gap, find_gap
from zk.predicates.slots import Kind, SlotType, TypeMap
from zk.predicates.trust import EpochKey
from zk.predicates.wires import Form, Relation, Values, slot_form

W = make_world()
BIRTH_FORM, COUNTRY_FORM, CITY_FORM = (slot_form(0, slot) for slot in (BIRTH, COUNTRY, CITY))
TWO = [W.alice, W.alice_2]
VALUES = tuple(Scalar(v) for v in range(1, 18))

MIXED = TypeMap(
    (
        SlotType(Kind.DECIMAL, "/a", OFFSET, OFFSET + 99, optional=False, parameter=b"\x02"),
        SlotType(Kind.DECIMAL, "/b", OFFSET, OFFSET + 99, optional=False, parameter=b"\x03"),
    )
)


def one(*predicates, **more):
    return W.statement([W.alice], *predicates, **more)


def two(*predicates, **more):
    return W.statement(TWO, *predicates, **more)


def with_credential(**changes):
    statement = one()
    return replace(statement, credentials=(replace(statement.credentials[0], **changes),))


def decimals():
    party = replace(W.alice, public=replace(W.alice.public, types=MIXED))
    header = replace(party.public.header, types=MIXED.digest(), typed=2)
    statement = W.statement([replace(party, public=replace(party.public, header=header))])
    claim = Exclude(form((1, 0), (1, 1)), (Scalar(0),))
    return replace(statement, predicates=(claim,))


def relation(slot, what, credential=1):
    return Relation(credential, slot, what)


CASES = {
    "S1 no credential": ("limits", lambda: replace(one(), credentials=())),
    "S1 five credentials": ("limits", lambda: W.statement([W.alice] * 5)),
    "S1 17 predicates": ("limits", lambda: one(*[pseudonym()] * 17)),
    "S1 17 relations": ("limits", lambda: one(relations=[relation(0, BIRTH_FORM)] * 17)),
    "S1 66 digits": ("digit-count", lambda: one(*[W.range(BIRTH_FORM, 1, 3_652_059)] * 11)),
    "S2 a slot twice (A15)": ("repeated-index", lambda: with_credential(disclosed=((1, 2), (1, 3)))),
    "S2 slots that fall": (
        "index",
        lambda: with_credential(disclosed=((2, Scalar(4)), (0, Scalar(DAY)))),
    ),
    "S2 the blind factor": ("index", lambda: with_credential(disclosed=((SLOTS, Scalar(1)),))),
    "S2 the holder secret (A26)": ("index", lambda: one(disclosed=((0, SLOTS + 1),))),
    "S2 a nym secret": ("index", lambda: one(disclosed=((0, SLOTS + 2),))),
    "S2 beyond the end": ("index", lambda: with_credential(disclosed=((SLOTS + 9, Scalar(1)),))),
    "S2 a negative slot": ("index", lambda: with_credential(disclosed=((-1, Scalar(1)),))),
    "S2 padding": ("value", lambda: one(disclosed=((0, SLOTS - 1),))),
    "S2 the identifier": ("value", lambda: one(disclosed=((0, REVOCATION),))),
    "S2 a date that is none": ("value", lambda: with_credential(disclosed=((0, Scalar(0)),))),
    "S2 absent, not optional": ("value", lambda: with_credential(disclosed=((0, W.ABSENT),))),
    "S2 no scalar": ("value", lambda: with_credential(disclosed=((7, Scalar(GROUP_ORDER)),))),
    "another type map": ("header", lambda: with_credential(types=TypeMap(TYPES.slots[::-1]))),
    "a shorter type map": ("header", lambda: with_credential(types=TypeMap(TYPES.slots[:5]))),
    "S3 a pivot twice": (
        "relation",
        lambda: two(relations=[relation(BIRTH, BIRTH_FORM), relation(BIRTH, form((1, COUNTRY)))]),
    ),
    "S3 a pivot on the right": (
        "relation",
        lambda: two(relations=[relation(BIRTH, BIRTH_FORM), Relation(0, BIRTH, form((1, 1, BIRTH)))]),
    ),
    "S3 a pivot that is its own form": (
        "relation",
        lambda: one(relations=[Relation(0, BIRTH, BIRTH_FORM)]),
    ),
    "S3 a disclosed pivot": (
        "relation",
        lambda: two(relations=[relation(BIRTH, BIRTH_FORM)], disclosed=((1, BIRTH),)),
    ),
    "S3 a disclosed term": (
        "relation",
        lambda: two(relations=[relation(BIRTH, BIRTH_FORM)], disclosed=((0, BIRTH),)),
    ),
    "S3 a pivot that is not there": ("relation", lambda: one(relations=[relation(0, BIRTH_FORM)])),
    "S3 no term": ("relation", lambda: two(relations=[relation(BIRTH, Form((), 5))])),
    "S4 a secret as pivot": ("relation", lambda: two(relations=[relation(SLOTS + 2, BIRTH_FORM)])),
    "S4 holder secret with a constant": (
        "relation",
        lambda: replace(two(), relations=(relation(SLOTS + 1, form((1, SLOTS + 1), constant=1)),)),
    ),
    "S4 holder secret of itself": (
        "relation",
        lambda: one(relations=[Relation(0, SLOTS + 1, form((1, SLOTS + 2)))]),
    ),
    "S4 identifiers related": (
        "relation",
        lambda: two(relations=[relation(REVOCATION, slot_form(0, REVOCATION))]),
    ),
    "S4 an identifier as pivot": ("relation", lambda: two(relations=[relation(REVOCATION, BIRTH_FORM)])),
    "S4 quads related": ("relation", lambda: two(relations=[relation(7, slot_form(0, 7))])),
    "S4 kinds that differ": ("relation", lambda: two(relations=[relation(COUNTRY, BIRTH_FORM)])),
    "S4 a text computed": (
        "relation",
        lambda: two(relations=[relation(CITY, form((2, CITY)))]),
    ),
    "S4 a text pivot of a number": (
        "relation",
        lambda: two(relations=[relation(CITY, form((2, INCOME)))]),
    ),
    "S4 a form without terms": ("form", lambda: one(Exclude(Form((), 0), (Scalar(1),)))),
    "S4 nine terms": (
        "form",
        lambda: W.statement(
            [W.alice] * 3,
            Exclude(form(*[(1, k, i) for k in range(3) for i in (BIRTH, INCOME, COUNTRY)]), (Scalar(1),)),
        ),
    ),
    "S4 terms that fall": ("form", lambda: one(Exclude(form((1, INCOME), (1, BIRTH)), (Scalar(1),)))),
    "S4 a term twice": ("form", lambda: one(Exclude(form((1, BIRTH), (1, BIRTH)), (Scalar(1),)))),
    "S4 a holder secret (A25)": ("form", lambda: one(Exclude(form((1, SLOTS + 1)), (Scalar(1),)))),
    "S4 an identifier": ("form", lambda: one(Exclude(form((1, REVOCATION)), (Scalar(1),)))),
    "S4 a quad": ("form", lambda: one(Exclude(form((1, 7)), (Scalar(1),)))),
    "S4 a disclosed slot": (
        "form",
        lambda: one(W.range(BIRTH_FORM, DAY, None), disclosed=((0, BIRTH),)),
    ),
    "S4 another credential": ("form", lambda: one(Exclude(form((1, 1, BIRTH)), (Scalar(1),)))),
    "S4 a coefficient of zero": ("bounds", lambda: one(Exclude(form((0, BIRTH)), (Scalar(1),)))),
    "S4 a coefficient of 2^32": ("bounds", lambda: one(Exclude(form((1 << 32, BIRTH)), (Scalar(1),)))),
    "S4 a constant of 2^100": (
        "bounds",
        lambda: one(Exclude(form((1, BIRTH), constant=-(1 << 100)), (Scalar(1),))),
    ),
    "S4 a bound of 2^100": ("bounds", lambda: one(W.range(BIRTH_FORM, None, 1 << 100))),
    "S4 scales that differ": ("form", decimals),
    "S4 a range over a text": ("form", lambda: one(W.range(CITY_FORM, 0, 5))),
    "S4 a text added": ("form", lambda: one(Exclude(form((1, BIRTH), (-1, CITY)), (Scalar(0),)))),
    "S4 twice a text": ("form", lambda: one(Exclude(form((2, CITY)), (Scalar(0),)))),
    "S4 a member of differences": (
        "form",
        lambda: two(Member(form((1, 0, CITY), (-1, 1, CITY)), VALUES[:2])),
    ),
    "S4 a signed member of differences": (
        "form",
        lambda: two(W.signed_member(form((1, 0, CITY), (-1, 1, CITY)))),
    ),
    "S5 lo above hi": ("bounds", lambda: one(W.range(BIRTH_FORM, DAY, DAY - 1))),
    "S5 no bound": ("bounds", lambda: one(W.range(BIRTH_FORM, None, None))),
    "S5 a least that nobody meets": ("bounds", lambda: one(W.range(BIRTH_FORM, 3_652_060, None))),
    "S5 a most that nobody meets": ("bounds", lambda: one(W.range(BIRTH_FORM, None, 0))),
    "S5 a digit too many": (
        "digit-count",
        lambda: one(W.range(BIRTH_FORM, DAY, DAY + 255, digits=2)),
    ),
    "S5 a digit too few": ("digit-count", lambda: one(W.range(BIRTH_FORM, DAY, DAY + 256, digits=1))),
    "S5 no digit": ("digit-count", lambda: one(W.range(BIRTH_FORM, DAY, DAY, digits=0))),
    "S5 nine digits": ("digit-count", lambda: one(W.range(form((1, INCOME)), -(1 << 64), None))),
    "S5 bits of another span": (
        "digit-count",
        lambda: one(W.committed(BIRTH_FORM, DAY, DAY + 255, bits=16)),
    ),
    "S5 128 bits": ("digit-count", lambda: one(W.committed(form((1, INCOME)), -(1 << 64), None))),
    "S5 committed, lo above hi": ("bounds", lambda: one(W.committed(BIRTH_FORM, DAY, DAY - 1))),
    "S4 a committed range over a text": ("form", lambda: one(W.committed(CITY_FORM, 0, 5))),
    "S4 a committed range over a secret": (
        "form",
        lambda: one(replace(W.committed(BIRTH_FORM, DAY, None), form=form((1, SLOTS + 1)))),
    ),
    "one value": ("set", lambda: one(Member(COUNTRY_FORM, VALUES[:1]))),
    "17 values": ("set", lambda: one(Member(COUNTRY_FORM, VALUES))),
    "no value": ("set", lambda: one(Exclude(COUNTRY_FORM, ()))),
    "values that fall": ("set", lambda: one(Exclude(COUNTRY_FORM, VALUES[1::-1]))),
    "a value twice": ("set", lambda: one(Exclude(COUNTRY_FORM, (Scalar(1), Scalar(1))))),
    "a value of r": ("set", lambda: one(Exclude(COUNTRY_FORM, (Scalar(GROUP_ORDER),)))),
    "a negative value": ("set", lambda: one(Exclude(COUNTRY_FORM, (Scalar(-1),)))),
    "S6 no relation (A10)": ("same-holder", lambda: replace(two(), relations=())),
    "S6 one of two relations": (
        "same-holder",
        lambda: replace(
            W.statement([*TWO, W.alice]),
            relations=W.statement([*TWO, W.alice]).relations[:1],
        ),
    ),
    "S7 absent in a sum (A22)": (
        "presence",
        lambda: one(W.range(form((1, INCOME), (-1, BONUS)), 0, None)),
    ),
    "S7 absent in an equality": (
        "presence",
        lambda: two(relations=[relation(BONUS, slot_form(0, BONUS))]),
    ),
    "S7 absent on one side": (
        "presence",
        lambda: two(W.present(BONUS), relations=[relation(BONUS, slot_form(0, BONUS))]),
    ),
    "S7 an exclusion without absent": ("presence", lambda: one(Exclude(form((1, BONUS)), (Scalar(1),)))),
    "S7 an absent text": ("presence", lambda: one(Exclude(form((1, NICK)), (Scalar(1),)))),
    "S8 a prover's own digit key (A20)": (
        "digit-key",
        lambda: one(W.range(BIRTH_FORM, DAY, None, key=W.set.key)),
    ),
    "S8 non-revocation under another digit key": (
        "digit-key",
        lambda: one(W.not_revoked(digit_key=W.set.key)),
    ),
    "S8 another set": ("set-key", lambda: one(replace(W.signed_member(CITY_FORM), set_key=W.digits.key))),
    "S9 an old epoch (A7)": ("epoch", lambda: one(W.not_revoked(epoch=EPOCH - 1))),
    "S9 another gap key": ("epoch", lambda: one(W.not_revoked(gap_key=W.digits.key))),
    "S9 another list (A23)": ("revocation", lambda: one(W.not_revoked(list_id=b"\x06" * 32))),
    "S9 another width": ("revocation", lambda: one(W.not_revoked(width=24))),
    "S9 no such width": ("header", lambda: one(W.not_revoked(width=20))),
    "S9 another slot": ("revocation", lambda: one(W.not_revoked(slot=INCOME))),
    "S9 a secret slot": ("revocation", lambda: one(W.not_revoked(slot=SLOTS + 1))),
    "S9 another credential": ("form", lambda: one(W.not_revoked(1))),
    "S10 another sector": ("context", lambda: one(pseudonym(sector="evil.example"))),
    "S10 another credential": ("form", lambda: one(pseudonym(-1))),
}


@pytest.mark.parametrize("side", ["prover", "verifier"])
@pytest.mark.parametrize("title", CASES)
def test_a_statement_against_a_rule_is_refused(title, side):
    code, build = CASES[title]
    statement = build()
    parties = [W.alice] * len(statement.credentials)
    with pytest.raises(ZkError) as fault:
        W.prove(statement, parties) if side == "prover" else W.verify(statement, b"")
    assert fault.value.code == f"predicates.{code}"


LIMITS = {
    "16 predicates and 64 digits": lambda: one(*[W.range(BIRTH_FORM, DAY - 300, DAY)] * 16),
    "eight terms": lambda: W.statement(
        [W.alice] * 3,
        Exclude(form(*[(1, k, i) for k in range(3) for i in (BIRTH, INCOME, COUNTRY)][:8]), (Scalar(1),)),
    ),
    "the greatest coefficient and constant": lambda: one(
        Exclude(form((1 - (1 << 32), BIRTH), constant=(1 << 100) - 1), (Scalar(1),))
    ),
    "16 values up to r - 1": lambda: one(Exclude(COUNTRY_FORM, (*VALUES[:15], Scalar(GROUP_ORDER - 1)))),
    "a scalar of zero among the values": lambda: one(Exclude(COUNTRY_FORM, (Scalar(0),))),
    "two values": lambda: one(Member(COUNTRY_FORM, VALUES[:2])),
    "eight digits": lambda: one(
        W.range(form((1, INCOME)), OFFSET + (1 << 32) - (1 << 64), None),
    ),
    "every slot that may be": lambda: one(disclosed=[(0, i) for i in (0, 1, 2, 3, 5, 6, 7)]),
}


@pytest.mark.parametrize("title", LIMITS)
def test_a_statement_at_a_limit_is_fine(title):
    rules.check_rules(W.system, LIMITS[title]())


@pytest.mark.parametrize("role", ["digit", "set", "gap"])
def test_a_key_in_two_roles(role):
    issuer = W.alice.public.issuer_key
    changed = {
        "digit": {"digit_keys": {issuer: frozenset({issuer})}},
        "set": {"set_keys": frozenset({W.digits.key})},
        "gap": {"lists": (replace(W.trust.lists[0], gap_key=W.set.key),)},
    }
    with pytest.raises(ZkError) as fault:
        W.verify(one(), b"", trust=replace(W.trust, **changed[role]))
    assert fault.value.code == "predicates.key-role"


def test_a_form_over_two_issuers_needs_a_key_trusted_for_both():
    statement = two(W.range(form((1, 0, INCOME), (1, 1, INCOME)), 2 * OFFSET, None, TWO))
    keys = {**W.trust.digit_keys, W.alice_2.public.issuer_key: frozenset({W.own_digits.key})}
    with pytest.raises(ZkError) as fault:
        W.verify(statement, b"", trust=replace(W.trust, digit_keys=keys))
    assert fault.value.code == "predicates.digit-key"


def test_a_digit_of_an_unknown_issuer():
    with pytest.raises(ZkError) as fault:
        W.verify(one(W.range(BIRTH_FORM, DAY, None)), b"", trust=replace(W.trust, digit_keys={}))
    assert fault.value.code == "predicates.digit-key"


@pytest.mark.parametrize(
    ("kind", "sector", "scope"),
    [
        ("pseudonym", "", ""),
        ("pseudonym", "RP.example", ""),
        ("pseudonym", "rp.example/", ""),
        ("pseudonym", "rp.example", "scope"),
        ("nullifier", "rp.example", ""),
        ("other", "rp.example", ""),
    ],
)
def test_a_context_that_is_none(kind, sector, scope):
    with pytest.raises(ZkError) as fault:
        NymContext(kind, sector, scope)
    assert fault.value.code == "predicates.context"


# The attacks behind some rules, with the rule taken away.


def test_a7_a_gap_of_the_last_epoch_where_the_verifier_takes_any():
    old = W.gaps_of(EPOCH - 1, revoked=(5,))
    revoked = W.issue(claims={4: 2000})
    claim = W.not_revoked(epoch=EPOCH - 1)
    statement = W.statement([revoked], claim)

    checked = check_gap(W.system, find_gap(old, 2000), key=W.gap_key, scope=W.scope, epoch=EPOCH - 1)
    lax = replace(W.trust, lists=(replace(W.trust.lists[0], epochs=frozenset({EPOCH - 1, EPOCH})),))
    means = replace(W.means(statement), gaps={claim: checked})
    proof = W.prove(statement, [revoked], means=means, trust=lax)
    W.verify(statement, proof, trust=lax)
    with pytest.raises(ZkError) as fault:
        W.verify(statement, proof)
    assert fault.value.code == "predicates.epoch"
    current = W.statement([revoked], W.not_revoked())
    with pytest.raises(ZkError) as fault:
        W.verify(current, proof)
    assert fault.value.code == "predicates.challenge"
    with pytest.raises(ZkError) as fault:
        W.prove(current, [revoked], means=replace(means, gaps={W.not_revoked(): checked}))
    assert fault.value.code == "predicates.parameters"


def test_a10_two_holders():
    bob = W.issue(key=W.issuer_2, secrets=HolderSecrets(Scalar(9), (Scalar(8),)))
    pooled = W.statement([W.alice, bob])
    with pytest.raises(ZkError) as fault:
        W.prove(pooled, [W.alice, bob])
    assert fault.value.code == "predicates.witness"
    lax = replace(W.trust, different_holders=True)
    unrelated = replace(pooled, relations=())
    proof = W.prove(unrelated, [W.alice, bob], trust=lax)
    W.verify(unrelated, proof, trust=lax)
    with pytest.raises(ZkError) as fault:
        W.verify(unrelated, proof)
    assert fault.value.code == "predicates.same-holder"


def test_a15_a_value_split_over_two_entries(monkeypatch):
    party = W.alice
    income = party.held.scalars[INCOME]
    split = ((INCOME, Scalar(2)), (INCOME, Scalar(income - 2)))
    statement = W.statement([party])
    statement = replace(statement, credentials=(replace(statement.credentials[0], disclosed=split),))

    wires = {(0, i): scalar for i, scalar in enumerate(party.held.scalars)}
    with monkeypatch.context() as removed:
        removed.setattr(rules, "_check_credential", lambda *_: None)
        removed.setattr(proving, "_witness", lambda *_: Values(wires, Scalar(1)))
        proof = W.prove(statement, [party])
        W.verify(statement, proof)
    with pytest.raises(ZkError) as fault:
        W.verify(statement, proof)
    assert fault.value.code == "predicates.repeated-index"


def test_a22_two_absent_values_compare_as_equal(monkeypatch):
    absent = [W.issue(claims={BONUS: None}), W.issue(key=W.issuer_2, claims={BONUS: None})]
    difference = W.range(form((1, 0, BONUS), (-1, 1, BONUS)), 0, None, absent)
    statement = W.statement(absent, difference)
    with monkeypatch.context() as removed:
        removed.setattr(rules, "_check_presence", lambda *_: None)
        proof = W.prove(statement, absent)
        W.verify(statement, proof)
    with pytest.raises(ZkError) as fault:
        W.verify(statement, proof)
    assert fault.value.code == "predicates.presence"
    present = W.statement(absent, difference, W.present(BONUS), W.present(BONUS, 1))
    with pytest.raises(ZkError) as fault:
        W.prove(present, absent)
    assert fault.value.code == "predicates.witness"


@pytest.mark.parametrize("bounds", [(0, None), (None, OFFSET + 9), (0, (1 << 64) - 1), (OFFSET, OFFSET)])
def test_an_absent_value_is_in_no_range(bounds):
    party = W.issue(claims={BONUS: None})
    statement = W.statement([party], W.range(form((1, BONUS)), *bounds))
    with pytest.raises(ZkError) as fault:
        W.prove(statement, [party])
    assert fault.value.code == "predicates.witness"


def test_a23_a_gap_of_another_list_under_the_same_key(monkeypatch):

    other = RevocationScope(b"\x06" * 32, 16)
    revoked = W.issue(claims={4: 2000})
    claim = W.not_revoked(list_id=other.list_id)
    gap = find_gap(W.gaps_of(EPOCH, scope=other, revoked=()), 2000)
    checked = check_gap(W.system, gap, key=W.gap_key, scope=other, epoch=EPOCH)
    both = (*W.trust.lists, EpochKey(other, W.gap_key, frozenset({EPOCH})))
    known = replace(W.trust, lists=both)
    statement = W.statement([revoked], claim)
    means = replace(W.means(statement), gaps={claim: checked})
    with monkeypatch.context() as removed:
        removed.setattr(trust, "_check_epoch", lambda *_: None)
        proof = W.prove(statement, [revoked], means=means, trust=known)
        W.verify(statement, proof, trust=known)
    with pytest.raises(ZkError) as fault:
        W.verify(statement, proof, trust=known)
    assert fault.value.code == "predicates.revocation"


def test_a25_the_digits_of_a_secret(monkeypatch):
    """A holder secret is small here, so a site that could ask for its range would learn it."""
    asked = Exclude(form((1, SLOTS + 1)), (Scalar(1),))
    statement = one(asked)
    with monkeypatch.context() as removed:
        removed.setattr(rules, "_check_form", lambda *_, **__: None)
        W.verify(statement, W.prove(statement, [W.alice]))
    with pytest.raises(ZkError) as fault:
        W.prove(statement, [W.alice])
    assert fault.value.code == "predicates.form"


def test_a_pseudonym_and_a_nullifier_of_one_sector_differ():
    statement = one(pseudonym(), nullifier(), nullifier(scope="vote 2"))
    nyms = W.verify(statement, W.prove(statement, [W.alice])).nyms
    assert len({nym for _, nym in nyms}) == 3
    assert [predicate for predicate, _ in nyms] == list(statement.predicates)
    assert all(isinstance(predicate, Pseudonym) for predicate, _ in nyms)
