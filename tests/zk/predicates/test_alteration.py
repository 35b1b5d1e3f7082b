"""Nothing can be altered: no bit and no element of a proof, and no item of a statement."""

from __future__ import annotations

from dataclasses import replace

import pytest
from py_ecc.bls.point_compression import compress_G1, decompress_G1
from py_ecc.fields import optimized_bls12_381_FQ as FQ
from py_ecc.optimized_bls12_381 import add

from tests.zk.predicates.world import (
    BIRTH,
    BONUS,
    CITY,
    COUNTRY,
    DAY,
    EPOCH,
    INCOME,
    OFFSET,
    TYPES,
    form,
    make_world,
    nullifier,
    pseudonym,
)
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates.octets import Reader
from zk.predicates.predicate import Exclude, Member
from zk.predicates.slots import TypeMap
from zk.predicates.wires import Relation, slot_form

W = make_world()
PARTIES = [W.alice, W.alice_2]
STATEMENT = W.statement(
    PARTIES,
    W.range(slot_form(0, BIRTH), DAY - 100, DAY + 400, PARTIES),
    W.range(form((2, 0, INCOME), (1, 1, INCOME), constant=5), 3 * OFFSET, None, PARTIES),
    Member(slot_form(0, COUNTRY), (Scalar(2), Scalar(4), Scalar(5))),
    Exclude(slot_form(0, COUNTRY), (Scalar(1), Scalar(3))),
    W.signed_member(slot_form(0, CITY)),
    W.not_revoked(),
    pseudonym(),
    nullifier(1),
    relations=(Relation(1, BIRTH, form((1, BIRTH))), Relation(1, COUNTRY, slot_form(0, COUNTRY))),
    disclosed=((0, 7), (1, BONUS), (1, 7)),
)
PROOF = W.prove(STATEMENT, PARTIES)
ORDER_3 = (FQ(0), FQ(2), FQ(1))

REFUSALS = {f"predicates.{code}" for code in ("encoding", "identity", "scalar", "challenge", "pairing")}


def code_of(proof, statement=STATEMENT, accepted=None):
    with pytest.raises(ZkError) as fault:
        W.verify(statement, proof, trust=accepted)
    return fault.value.code


@pytest.fixture(scope="module")
def elements():
    """Where each point and each scalar of the proof stands."""
    found = {"point": [], "scalar": []}
    with pytest.MonkeyPatch.context() as spied:
        for kind, places in found.items():
            plain = getattr(Reader, kind)

            def note(self, what, *, places=places, plain=plain):
                places.append(self._at)
                return plain(self, what)

            spied.setattr(Reader, kind, note)
        W.verify(STATEMENT, PROOF)
    assert 48 * len(found["point"]) + 32 * len(found["scalar"]) == len(PROOF)
    return found


def spliced(at, octets):
    return PROOF[:at] + octets + PROOF[at + len(octets) :]


def test_a_bit_in_every_16_octets():
    for at in range(0, len(PROOF), 16):
        altered = spliced(at + 9, bytes([PROOF[at + 9] ^ (1 << at // 16 % 8)]))
        assert code_of(altered) in REFUSALS, at


def test_every_scalar(elements):
    for at in elements["scalar"]:
        value = int.from_bytes(PROOF[at : at + 32], "big")
        assert code_of(spliced(at, (value % (GROUP_ORDER - 1) + 1).to_bytes(32, "big"))) == (
            "predicates.challenge"
        ), at
        assert code_of(spliced(at, bytes(32))) == "predicates.scalar", at
        assert code_of(spliced(at, GROUP_ORDER.to_bytes(32, "big"))) == "predicates.scalar", at


def test_a21_every_scalar_a_second_time(elements, monkeypatch):
    """x + r fits 32 octets and means the same: a second encoding of one proof."""
    seconds = []
    for at in elements["scalar"]:
        value = int.from_bytes(PROOF[at : at + 32], "big") + GROUP_ORDER
        if value < 1 << 256:
            seconds.append(spliced(at, value.to_bytes(32, "big")))
    assert len(seconds) > 10
    assert {code_of(second) for second in seconds} == {"predicates.scalar"}
    monkeypatch.setattr(
        "zk.predicates.octets.decode_scalar",
        lambda octets, **_: Scalar(int.from_bytes(octets, "big") % GROUP_ORDER),
    )
    W.verify(STATEMENT, seconds[0])


def test_every_point(elements):
    other = W.system.Y_1.octets
    for at in elements["point"]:
        assert code_of(spliced(at, other)) == "predicates.challenge", at
        negative = bytes([PROOF[at] ^ 0x20])
        assert code_of(spliced(at, negative)) == "predicates.challenge", at
        for identity in (b"\xc0" + bytes(47), b"\xe0" + bytes(47), b"\xc0" + bytes(46) + b"\x01"):
            assert code_of(spliced(at, identity)) == "predicates.identity", at
        for faulty in (bytes(48), b"\x80" + bytes(47), b"\xa0" + bytes(47), b"\x9f" + b"\xff" * 47):
            assert code_of(spliced(at, faulty)) == "predicates.encoding", at


def test_every_point_moved_out_of_the_subgroup(elements):
    for at in elements["point"]:
        point = decompress_G1(int.from_bytes(PROOF[at : at + 48], "big"))
        moved = int(compress_G1(add(point, ORDER_3))).to_bytes(48, "big")
        assert code_of(spliced(at, moved)) == "predicates.encoding", at


def test_equal_elements_swapped(elements):
    for kind, size in (("point", 48), ("scalar", 32)):
        for at, then in zip(elements[kind], elements[kind][1:], strict=False):
            first, second = PROOF[at : at + size], PROOF[then : then + size]
            swapped = bytearray(PROOF)
            swapped[at : at + size], swapped[then : then + size] = second, first
            assert code_of(bytes(swapped)) == "predicates.challenge", (at, then)


@pytest.mark.parametrize(
    "altered",
    [b"", PROOF[:-1], PROOF[1:], PROOF + b"\x00", PROOF[:-32], PROOF + PROOF[-32:], PROOF[:-48], PROOF * 2],
)
def test_other_lengths(altered):
    assert code_of(altered) == "predicates.length"


def in_credential(k, **changes):
    credentials = list(STATEMENT.credentials)
    credentials[k] = replace(credentials[k], **changes)
    return replace(STATEMENT, credentials=tuple(credentials))


def in_header(k, **changes):
    return in_credential(k, header=replace(STATEMENT.credentials[k].header, **changes))


def in_predicate(n, **changes):
    predicates = list(STATEMENT.predicates)
    predicates[n] = replace(predicates[n], **changes)
    return replace(STATEMENT, predicates=tuple(predicates))


def in_relation(n, **changes):
    relations = list(STATEMENT.relations)
    relations[n] = replace(relations[n], **changes)
    return replace(STATEMENT, relations=tuple(relations))


def without(field, n):
    items = getattr(STATEMENT, field)
    return replace(STATEMENT, **{field: items[:n] + items[n + 1 :]})


SHOWN = STATEMENT.credentials[0].disclosed[0]
ALTERATIONS = {
    "ph": lambda: replace(STATEMENT, ph=STATEMENT.ph + b"x"),
    "nonce": lambda: replace(STATEMENT, ph=STATEMENT.ph.replace(b"nonce", b"n0nce")),
    "issuer key": lambda: in_credential(0, issuer_key=W.alice_2.public.issuer_key),
    "issuers exchanged": lambda: replace(STATEMENT, credentials=STATEMENT.credentials[::-1]),
    "header": lambda: in_header(0, mandatory=b"\x09" * 32),
    "schema": lambda: in_header(0, schema=b"\x09" * 32),
    "digit digest": lambda: in_header(0, digit_key=b""),
    "disclosed value": lambda: in_credential(0, disclosed=((7, Scalar(SHOWN[1] + 1)),)),
    "disclosed slot": lambda: in_credential(0, disclosed=((8, SHOWN[1]),)),
    "lo": lambda: in_predicate(0, lo=DAY - 101),
    "hi": lambda: in_predicate(0, hi=DAY + 401),
    "mode": lambda: in_predicate(1, lo=None, hi=3 * OFFSET),
    "digits": lambda: in_predicate(0, digits=3),
    "digit key": lambda: in_predicate(0, digit_key=W.own_digits.key),
    "coefficient": lambda: in_predicate(1, form=form((3, 0, INCOME), (1, 1, INCOME), constant=5)),
    "constant": lambda: in_predicate(1, form=form((2, 0, INCOME), (1, 1, INCOME), constant=6)),
    "slot of a form": lambda: in_predicate(0, form=slot_form(0, COUNTRY)),
    "member set": lambda: in_predicate(2, values=(Scalar(2), Scalar(4), Scalar(6))),
    "excluded set": lambda: in_predicate(3, values=(Scalar(1), Scalar(2))),
    "set key": lambda: in_predicate(4, set_key=W.issuer_2.public_key(W.system.suite)),
    "epoch": lambda: in_predicate(5, epoch=EPOCH + 1),
    "list": lambda: in_predicate(5, list_id=b"\x06" * 32),
    "width": lambda: in_predicate(5, width=24),
    "gap key": lambda: in_predicate(5, gap_key=W.set.key),
    "credential of a predicate": lambda: in_predicate(5, credential=1),
    "sector": lambda: in_predicate(6, context=replace(pseudonym().context, sector="other.example")),
    "scope": lambda: in_predicate(7, context=nullifier(scope="vote 2").context),
    "form of a relation": lambda: in_relation(1, form=form((2, BIRTH))),
    "relation constant": lambda: in_relation(1, form=form((1, BIRTH), constant=1)),
    "relation dropped": lambda: without("relations", 1),
    "holder relation dropped": lambda: without("relations", 0),
    "predicate dropped": lambda: without("predicates", 3),
    "pseudonym dropped": lambda: without("predicates", 6),
    "predicates reordered": lambda: replace(STATEMENT, predicates=STATEMENT.predicates[::-1]),
    "a predicate twice": lambda: replace(
        STATEMENT, predicates=(*STATEMENT.predicates, STATEMENT.predicates[2])
    ),
    "N": lambda: in_header(0, nyms=2),
    "L": lambda: in_header(0, slots=11),
    "type map": lambda: in_credential(
        0,
        types=TypeMap((replace(TYPES.slots[0], pointer="/x"), *TYPES.slots[1:])),
        header=replace(
            STATEMENT.credentials[0].header,
            types=TypeMap((replace(TYPES.slots[0], pointer="/x"), *TYPES.slots[1:])).digest(),
        ),
    ),
}


@pytest.mark.parametrize("title", ALTERATIONS)
def test_every_item_of_the_statement(title, monkeypatch):
    """Rules and trust are taken away, so that nothing but the proof stands against the alteration."""
    monkeypatch.setattr("zk.predicates.verifying.check_rules", lambda *_: None)
    monkeypatch.setattr("zk.predicates.verifying.check_trust", lambda *_: None)
    W.verify(STATEMENT, PROOF)
    expected = {"predicates.challenge", "predicates.length"}
    if title == "predicates reordered":
        expected |= {"predicates.encoding", "predicates.scalar"}
    assert code_of(PROOF, ALTERATIONS[title]()) in expected


def test_the_proof_as_part_of_another_statement():
    assert code_of(PROOF, W.statement(PARTIES)) == "predicates.length"
