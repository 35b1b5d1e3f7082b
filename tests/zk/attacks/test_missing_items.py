"""Each item of the statement, taken out of the hash: a forgery that works without it, and fails with it.

The prover deviates by a constant delta before the challenge c is known, and finds afterwards for which
statement its proof holds: an item that was not hashed becomes what it was plus delta/c. Rules are taken
away throughout; they only make the numbers smaller that such an item can be.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.zk.attacks.test_cheating_provers import Pretend
from tests.zk.predicates.world import (
    BIRTH,
    CITY,
    COUNTRY,
    DAY,
    INCOME,
    PH,
    form,
    make_world,
    nullifier,
    presentation_header,
    pseudonym,
)
from tests.zk.second.curve import RefusedError
from tests.zk.second.verifier import second_verify
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates import predicate as predicate_module
from zk.predicates import proving, verifying
from zk.predicates import statement as statement_module
from zk.predicates.octets import committed, encode_responses, frame
from zk.predicates.parts import sets
from zk.predicates.parts.part import Pending
from zk.predicates.predicate import Exclude, Member
from zk.predicates.wires import Form, Relation, Values, slot_form

W = make_world()
COUNTRY_FORM = slot_form(0, COUNTRY)
DELTA = 0xDE17A
MODULES = {
    b"ph": statement_module,
    b"disclosed": statement_module,
    b"relation": statement_module,
    b"issuer-key": statement_module,
    b"slots": statement_module,
    b"header": statement_module,
}


def inverse(scalar):
    return pow(scalar, -1, GROUP_ORDER)


def challenge_of(proof):
    return int.from_bytes(proof[:32], "big")


@pytest.fixture
def unhashed(monkeypatch):
    """Take a frame out of the statement's octets, and the rules away."""

    def take(label):
        monkeypatch.setattr(
            MODULES.get(label, predicate_module),
            "frame",
            lambda found, *values: b"" if found == label else frame(found, *values),
        )
        for module in (verifying, proving):
            monkeypatch.setattr(module, "check_rules", lambda *_: None)

    return take


def holds_only_unhashed(statement, proof, monkeypatch):
    """It verifies as things are. With the item hashed, and rules still gone, neither verifier takes it."""
    W.verify(statement, proof)
    monkeypatch.undo()
    for module in (verifying, proving):
        monkeypatch.setattr(module, "check_rules", lambda *_: None)
    with pytest.raises(ZkError) as fault:
        W.verify(statement, proof)
    assert fault.value.code == "predicates.challenge"
    with pytest.raises(RefusedError) as other:
        second_verify(statement.encode(W.system), proof)
    assert other.value.code == "challenge"


OTHER_PH = {
    "purpose": {"purpose": "pay"},
    "audience": {"audience": "https://evil.example"},
    "nonce": {"nonce": b"another"},
    "expiry": {"expiry": 2},
    "response": {"response": "https://rp.example/s"},
    "holder key": {"holder_key": b"\x01" * 32},
}


@pytest.mark.parametrize("title", OTHER_PH)
def test_the_occasion(title, unhashed, monkeypatch):
    """The same octets, sent again elsewhere or later."""
    parts = {
        "purpose": "login",
        "audience": "https://rp.example",
        "nonce": b"nonce",
        "expiry": 1,
        "response": "https://rp.example/r",
        "holder_key": b"",
    }
    assert presentation_header(**parts) == PH
    statement = W.statement([W.alice], pseudonym())
    unhashed(b"ph")
    proof = W.prove(statement, [W.alice])
    moved = replace(statement, ph=presentation_header(**{**parts, **OTHER_PH[title]}))
    holds_only_unhashed(moved, proof, monkeypatch)


@pytest.mark.parametrize("slot", [BIRTH, INCOME, CITY, 7])
def test_a_disclosed_value(slot, unhashed, monkeypatch):
    """T2 gets delta times the generator of a slot; its value turns into m + delta/c."""
    statement = W.statement([W.alice], disclosed=((0, slot),))
    plain = proving.commit_signature

    def shifted(system, signed, possession, scalars, blindings, random_bytes):
        signed = replace(signed, hidden=(*signed.hidden, slot))
        scalars, blindings = [*scalars, Scalar(1)], [*blindings, Scalar(DELTA)]
        return plain(system, signed, possession, scalars, blindings, random_bytes)

    unhashed(b"disclosed")
    monkeypatch.setattr(proving, "commit_signature", shifted)
    proof = W.prove(statement, [W.alice])
    signed = W.alice.held.scalars[slot]
    false = Scalar((signed + DELTA * inverse(challenge_of(proof))) % GROUP_ORDER)
    credential = replace(statement.credentials[0], disclosed=((slot, false),))
    holds_only_unhashed(replace(statement, credentials=(credential,)), proof, monkeypatch)


def test_the_constant_of_a_relation(unhashed, monkeypatch):
    """The pivot's blinding is not that of its form; the constant takes up the difference."""
    relation = Relation(1, INCOME, form((1, 0, INCOME), constant=999))
    parties = [W.alice, W.alice_2]
    statement = W.statement(parties, relations=[relation])
    plain = proving.derive
    scalars = {(k, i): x for k, party in enumerate(parties) for i, x in enumerate(party.held.scalars)}

    def untied(free, relations, *, one):
        values = plain(free, relations, one=one)
        moved = Scalar(values.at(relation.pivot) + DELTA)
        return Values({**values.scalars, relation.pivot: moved}, one)

    unhashed(b"relation")
    monkeypatch.setattr(proving, "derive", untied)
    monkeypatch.setattr(proving, "_witness", lambda *_: Values(scalars, Scalar(1)))
    proof = W.prove(statement, parties)
    constant = DELTA * inverse(challenge_of(proof)) % GROUP_ORDER
    assert constant, "the incomes are equal, so any other difference is false"
    false = replace(relation, form=Form(relation.form.terms, constant))
    holds_only_unhashed(replace(statement, relations=(statement.relations[0], false)), proof, monkeypatch)


def test_the_coefficient_of_a_relation(unhashed, monkeypatch):
    """The same with a factor: the pivot is a·m, and a = 1 + delta/m^ is found afterwards."""
    relation = Relation(1, BIRTH, form((1, 0, BIRTH)))
    parties = [W.alice, W.alice_2]
    statement = W.statement(parties, relations=[relation])
    plain, free_of = proving.derive, {}

    def untied(free, relations, *, one):
        values = plain(free, relations, one=one)
        free_of.update(free)
        moved = Scalar(values.at(relation.pivot) + DELTA)
        return Values({**values.scalars, relation.pivot: moved}, one)

    unhashed(b"relation")
    monkeypatch.setattr(proving, "derive", untied)
    proof = W.prove(statement, parties)
    hat = free_of[0, BIRTH] + challenge_of(proof) * DAY
    factor = (hat + DELTA) * inverse(hat) % GROUP_ORDER
    assert factor != 1
    false = replace(relation, form=form((factor, 0, BIRTH)))
    holds_only_unhashed(replace(statement, relations=(statement.relations[0], false)), proof, monkeypatch)


FORMS = {
    "range": (W.range(slot_form(0, BIRTH), DAY + 1, None), 5),
    "range-bp": (W.committed(slot_form(0, BIRTH), DAY + 1, None), 5),
    "member": (Member(COUNTRY_FORM, (Scalar(1), Scalar(2))), -2),
    "exclude": (Exclude(COUNTRY_FORM, (Scalar(4),)), 1),
    "signed-member": (W.signed_member(COUNTRY_FORM), -1),
}


@pytest.mark.parametrize("label", FORMS)
def test_the_form_of_a_predicate(label, unhashed, monkeypatch):
    """The value is moved to where the predicate is true; the constant turns into move + delta/c."""
    claim, move = FORMS[label]
    statement = W.statement([W.alice], claim)
    plain = proving._commit_predicate

    def commit(system, statement, n, digest, means, witness, blinding, random_bytes):
        witness = Pretend(witness, lambda x: Scalar((x + move) % GROUP_ORDER))
        blinding = Pretend(blinding, lambda x: Scalar((x + DELTA) % GROUP_ORDER))
        return plain(system, statement, n, digest, means, witness, blinding, random_bytes)

    unhashed(label.encode())
    monkeypatch.setattr(proving, "_commit_predicate", commit)
    proof = W.prove(statement, [W.alice])
    constant = (move + DELTA * inverse(challenge_of(proof))) % GROUP_ORDER
    moved = Form(claim.form.terms, constant)
    false = replace(statement, predicates=(replace(claim, form=moved),))
    if label != "exclude":
        assert (constant + W.alice.held.scalars[claim.form.wires[0][1]]) % GROUP_ORDER > 1 << 200
    holds_only_unhashed(false, proof, monkeypatch)


def test_the_values_of_a_set(unhashed, monkeypatch):
    """All branches are simulated; the last value is found afterwards, and it is not the signed one."""
    claim = Member(COUNTRY_FORM, (Scalar(1), Scalar(2)))
    statement = W.statement([W.alice], claim)
    kept = {}

    def forge(system, predicate, witness, blinding, random_bytes):
        x, x_tilde = witness.of(predicate.form), blinding.of(predicate.form)
        s, s_tilde, share, z, t_0 = proving.draw_scalars(random_bytes, 5)
        backend, encode = system.backend, system.backend.encode_g1
        C = committed(system.suite, system.Y_1, x, system.Y_0, s)
        T_C = committed(system.suite, system.Y_1, x_tilde, system.Y_0, s_tilde)
        K = sets._less(system, C, predicate.values[0])
        T_1 = backend.msm_secret((system.Y_0.point, K), (z, sets._neg(share)))
        T_2 = committed(system.suite, system.Y_1, Scalar(DELTA), system.Y_0, t_0)

        def respond(c):
            last = c - share
            kept["value"] = (x + DELTA * inverse(last)) % GROUP_ORDER
            return encode(C) + encode_responses((s_tilde + c * s, share, z, t_0 + last * s))

        frames = frame(b"member", encode(C), encode(T_C))
        frames += frame(b"branch", encode(T_1)) + frame(b"branch", encode(T_2))
        return Pending(frames, respond)

    unhashed(b"member")
    monkeypatch.setattr(proving, "commit_member", forge)
    proof = W.prove(statement, [W.alice])
    false = replace(claim, values=(Scalar(1), Scalar(kept["value"])))
    assert W.alice.held.scalars[COUNTRY] not in false.values
    holds_only_unhashed(replace(statement, predicates=(false,)), proof, monkeypatch)


TWICE = {
    b"issuer-key": lambda credential: replace(credential, issuer_key=W.alice_2.public.issuer_key),
    b"slots": lambda credential: replace(credential, header=replace(credential.header, slots=11)),
    b"header": lambda credential: replace(credential, header=replace(credential.header, schema=b"\x09" * 32)),
}


@pytest.mark.parametrize("label", TWICE)
def test_what_the_domain_binds_as_well(label, unhashed):
    """Issuer, sizes and header are in the domain of the signature, which is hashed with the commitments."""
    statement = W.statement([W.alice], pseudonym())
    unhashed(label)
    proof = W.prove(statement, [W.alice])
    W.verify(statement, proof)
    other = replace(statement, credentials=(TWICE[label](statement.credentials[0]),))
    with pytest.raises(ZkError) as fault:
        W.verify(other, proof)
    assert fault.value.code in {"predicates.challenge", "predicates.length"}


GAP = {
    "epoch": {"epoch": 8},
    "list": {"list_id": b"\x06" * 32},
    "gap key": {"gap_key": W.set.key},
    "digit key": {"digit_key": W.own_digits.key},
}


@pytest.mark.parametrize("title", GAP)
def test_what_the_gap_binds_as_well(title, unhashed, monkeypatch):
    """List, epoch and gap key are in the gap's domain, and keys are in the pairings."""
    claim = W.not_revoked()
    statement = W.statement([W.alice], claim)
    unhashed(b"not-revoked")
    monkeypatch.setattr(verifying, "check_trust", lambda *_: None)
    proof = W.prove(statement, [W.alice])
    W.verify(statement, proof)
    with pytest.raises(ZkError) as fault:
        W.verify(replace(statement, predicates=(replace(claim, **GAP[title]),)), proof)
    assert fault.value.code == f"predicates.{'pairing' if title == 'digit key' else 'challenge'}"


@pytest.mark.parametrize(
    "other", [pseudonym(sector="other.example"), nullifier(), nullifier(scope="vote 2"), pseudonym(1)]
)
def test_what_the_base_of_a_pseudonym_binds_as_well(other, unhashed, monkeypatch):
    """The context decides the base, so an old pseudonym is not taken for another context."""
    parties = [W.alice, W.alice_2]
    statement = W.statement(parties, pseudonym())
    unhashed(b"pseudonym")
    monkeypatch.setattr(verifying, "check_trust", lambda *_: None)
    proof = W.prove(statement, parties)
    W.verify(statement, proof)
    with pytest.raises(ZkError) as fault:
        W.verify(replace(statement, predicates=(other,)), proof)
    assert fault.value.code == "predicates.challenge"
