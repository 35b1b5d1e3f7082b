"""What everybody who stores presentations can find in them: nothing that is not disclosed or public."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from py_arkworks_bls12381 import GT, G1Point, G2Point

from tests.zk.attacks.windows import WINDOW, repeated
from tests.zk.predicates.test_zero_knowledge import full
from tests.zk.predicates.world import (
    BIRTH,
    CITY,
    COUNTRY,
    DAY,
    INCOME,
    form,
    make_world,
    nullifier,
    pseudonym,
    seeded,
)
from tests.zk.second.curve import encode, generators, mul, to_point
from zk.curve import GROUP_ORDER, Scalar, encode_scalar
from zk.predicates import proof_length
from zk.predicates.issuance import HolderSecrets, commit, issuance_context
from zk.predicates.parts.digits import commit_side
from zk.predicates.predicate import Member
from zk.predicates.wires import slot_form

W = make_world()
PRESENTATIONS = int(os.environ.get("AVOW_PRESENTATIONS", "1000"))
NYM = 48


def kept_from_verifiers(party):
    """Whatever a proof must not repeat: signature, scalars, and what it uses of published lists."""
    held = party.held
    scalars = b"".join(map(encode_scalar, held.scalars))
    sets = b"".join(map(W.system.backend.encode_g1, W.set.signatures.values()))
    gaps = b"".join(gap.signature for gap in W.gaps)
    B = W.system.backend.encode_g1(held.B)
    return held.signature + scalars + B + W.digit_octets + W.own_digits.key + W.set.key + sets + gaps


@pytest.mark.slow
def test_10000_presentations_share_no_octets():
    """Of one credential and one statement with a disclosed value and a pseudonym; all but the pseudonym."""
    statement = W.statement([W.alice], pseudonym(), disclosed=((0, CITY),))
    proofs = [W.prove(statement, [W.alice], seed=seed) for seed in range(10_000)]
    assert len({proof[-NYM:] for proof in proofs}) == 1
    assert not repeated(b"".join(proof[:-NYM] for proof in proofs), kept_from_verifiers(W.alice))


@pytest.mark.slow
def test_presentations_with_every_kind_of_signed_value_share_no_octets():
    """Ranges, sets, a gap; AVOW_PRESENTATIONS says how many, 1,000 where it does not."""
    statement = full(W, [W.alice])
    octets = b"".join(
        W.prove(statement, [W.alice], seed=f"all {seed}")[:-NYM] for seed in range(PRESENTATIONS)
    )
    assert len(octets) == PRESENTATIONS * (proof_length(statement) - NYM)
    assert not repeated(octets, kept_from_verifiers(W.alice))


def test_a_window_that_repeats_is_found():
    octets = seeded("windows")(50_000)
    assert not repeated(octets)
    for at in (0, 777, 50_000 - WINDOW):
        window = octets[at : at + WINDOW]
        assert repeated(octets, b"x" + window) == {window}
        assert window in repeated(octets + b"y" + window)
        assert not repeated(octets, window[:-1])


def test_a_committed_range_shares_no_octets():
    statement = W.statement([W.alice], W.committed(slot_form(0, COUNTRY), 1, 5))
    octets = b"".join(W.prove(statement, [W.alice], seed=seed) for seed in range(25))
    assert not repeated(octets, kept_from_verifiers(W.alice))


def test_sizes_are_those_of_a_statement_whatever_the_witness():
    draw = seeded("sizes")
    lengths = set()
    for n in range(40):
        day, income = (int.from_bytes(draw(8), "big") for _ in range(2))
        party = W.issue(
            claims={BIRTH: date.fromordinal(1 + day % 3_652_059), INCOME: income % (1 << 32)},
            secrets=HolderSecrets(Scalar(1 + day), (Scalar(1 + income),)),
            entropy=1 + n,
        )
        statement = W.statement(
            [party],
            W.range(slot_form(0, BIRTH), 1, None),
            W.range(form((1, INCOME), (1, COUNTRY)), 0, None),
            Member(slot_form(0, COUNTRY), tuple(map(Scalar, range(1, 6)))),
            W.signed_member(slot_form(0, CITY)),
            W.not_revoked(),
            nullifier(),
        )
        lengths |= {proof_length(statement), len(W.prove(statement, [party], seed=n))}
    assert len(lengths) == 1


# Two verifiers, and everything that they and the service store.

OTHER = "other.example"
KEYS = [W.alice.public.issuer_key, W.digits.key, W.gap_key, W.set.key]


def stored(party, sector, seed):
    """What a verifier of this sector keeps: its own nonce, the proof, and points and scalars by place."""
    trust = replace(W.trust, sector=sector)
    statement = W.statement(
        [party], W.range(slot_form(0, BIRTH), 1, None), pseudonym(sector=sector), ph=b"nonce %d" % seed
    )
    proof = W.prove(statement, [party], seed=f"stored {seed}", trust=trust)
    W.verify(statement, proof, trust=trust)
    at = 32 + 144
    starts = [
        32,
        80,
        128,
        *range(len(proof) - NYM - 160 * 3 + 32, len(proof) - NYM - 32 * 5, 48),
        len(proof) - NYM,
    ]
    scalars = [proof[:32], *(proof[n : n + 32] for n in range(at, at + 32 * (3 + 13), 32))]
    return (
        [G1Point.from_compressed_bytes(proof[n : n + 48]) for n in starts],
        [int.from_bytes(scalar, "big") for scalar in scalars],
        proof,
        statement.predicates[1].context.encode(),
    )


@pytest.fixture(scope="module")
def two_verifiers():
    return stored(W.alice, "rp.example", 1), stored(W.alice, OTHER, 2)


def test_records_of_two_verifiers_share_no_octets(two_verifiers):
    (_, _, first, _), (_, _, second, _) = two_verifiers
    assert first[-NYM:] != second[-NYM:]
    assert not repeated(first + second, kept_from_verifiers(W.alice))


def test_records_of_one_verifier_share_the_pseudonym_alone():
    first, second = (stored(W.alice, "rp.example", seed)[2] for seed in (1, 3))
    nym = first[-NYM:]
    found = repeated(first + second)
    assert found == {nym[at : at + WINDOW] for at in range(NYM - WINDOW + 1)}


def test_no_pairing_links_two_verifiers(two_verifiers):
    """e(P, K) = e(Q, K') holds for no points of two records and no known keys, within one it does."""
    (first, *_, context_1), (second, *_, context_2) = two_verifiers
    bases = [G1Point(), *generators(1), to_point(context_1, b"NYM_H2C_"), to_point(context_2, b"NYM_H2C_")]
    keys = [G2Point(), *map(G2Point.from_compressed_bytes, KEYS)]

    def images(points):
        return {bytes.fromhex(str(GT.pairing(P, K))) for P, K in product(points, keys)}

    left, right = images(first), images(second)
    assert len(left) < len(first) * len(keys), "Abar under the issuer's key and Bbar under BP2 are equal"
    assert not left & right
    assert not (left | right) & images(bases)


def test_no_small_sum_links_two_verifiers(two_verifiers):
    """Neither sums, differences nor small multiples of stored points are stored or public points."""
    (first, *_, context_1), (second, *_, context_2) = two_verifiers
    public = [*generators(3), to_point(context_1, b"NYM_H2C_"), to_point(context_2, b"NYM_H2C_")]
    known = {encode(point) for point in (*first, *second, *public)}
    for P, Q in product(first, second):
        for a, b in ((1, 1), (1, -1), (2, -1), (1, -2), (3, -1)):
            assert encode(mul(P, a) + mul(Q, b)) not in known


def test_no_two_responses_solve_for_a_secret(two_verifiers):
    """(s - t)/(c - c') is a secret where two blindings were the same; none of them opens a pseudonym."""
    (first, (c, *left), *_, context_1), (second, (d, *right), *_, context_2) = two_verifiers
    factor = pow(c - d, -1, GROUP_ORDER)
    nyms = {encode(first[-1]), encode(second[-1])}
    bases = [to_point(context, b"NYM_H2C_") for context in (context_1, context_2)]
    secrets = set(W.alice.held.scalars)
    for s, t in product(left, right):
        solved = (s - t) * factor % GROUP_ORDER
        assert solved not in secrets
    for s, t in zip(left, right, strict=True):
        solved = (s - t) * factor % GROUP_ORDER
        assert not {encode(mul(base, solved)) for base in bases} & nyms
        assert not {encode(mul(base, s * pow(t, -1, GROUP_ORDER))) for base in bases} & nyms


def test_nearness_of_pseudonyms_tells_nothing():
    """Who takes the nearest pseudonym of another verifier for the same person is right by chance only."""
    nyms = {}
    for n in range(24):
        party = W.issue(secrets=HolderSecrets(Scalar(50 + n), (Scalar(90 + n),)), entropy=3 + n)
        for sector in ("rp.example", OTHER):
            trust = replace(W.trust, sector=sector)
            statement = W.statement([party], pseudonym(sector=sector))
            proof = W.prove(statement, [party], seed=n, trust=trust)
            nyms[n, sector] = int.from_bytes(proof[-NYM:], "big")
    assert len(set(nyms.values())) == 48
    right = sum(
        n == min(range(24), key=lambda m: (nyms[n, "rp.example"] ^ nyms[m, OTHER]).bit_count())
        for n in range(24)
    )
    assert right <= 5, "one is expected; more than five by chance in one of a thousand worlds"


def test_the_tag_on_file_is_no_pseudonym_and_links_to_none(two_verifiers):
    """The issuer knows E = hs·O_0 + p·O_1 and its entropy; with all records it finds no small relation."""
    context = issuance_context(nonce=b"n" * 32, configuration=b"id", issuer_key=KEYS[0])
    request = commit(
        W.system, W.secrets, issuer="did:example:issuer", context=context, random_bytes=seeded(4)
    )
    E = G1Point.from_compressed_bytes(request.octets[48:96])
    (first, *_, context_1), (second, *_, context_2) = two_verifiers
    entropy = 77
    known = {encode(point) for point in (*first, *second, E)}
    for P, octets in ((first[-1], context_1), (second[-1], context_2)):
        without = P + mul(to_point(octets, b"NYM_H2C_"), -entropy)
        assert not {encode(E + -without), encode(E + without), encode(without)} & known
    assert not repeated(request.octets + two_verifiers[0][2] + two_verifiers[1][2])


# One digit list, many proofs.


def test_no_element_of_a_digit_depends_on_the_digit():
    """A chi-square over a table of digits and first octets, for each element of a proof of one digit."""
    digits, proofs, classes = (0, 1, 2, 127, 128, 254, 255), 256, 16
    places = {"A'": 1, "B'": 49, "rho": 97, "flags of A'": 0}
    counts = {name: [[0] * classes for _ in digits] for name in places}
    for row, digit in enumerate(digits):
        random_bytes = seeded(f"table {digit}")
        for _ in range(proofs):
            pending = commit_side(W.system, W.digits, 1, Scalar(digit), Scalar(12_345), random_bytes)
            sent = pending.respond(Scalar(7))
            for name, at in places.items():
                octet = sent[at] >> 5 & 1 if name.startswith("flags") else sent[at] >> 4
                counts[name][row][octet] += 1
    for name, table in counts.items():
        assert chi_square(table) < limit(table), name


def chi_square(table):
    """Compare a table with the one that its margins give."""
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
    total = sum(rows)
    return sum(
        (count - rows[i] * columns[j] / total) ** 2 / (rows[i] * columns[j] / total)
        for i, row in enumerate(table)
        for j, count in enumerate(row)
        if columns[j]
    )


def limit(table):
    """Five standard deviations above the mean of the distribution."""
    columns = sum(any(column) for column in zip(*table, strict=True))
    freedom = (len(table) - 1) * max(columns - 1, 1)
    return freedom + 5 * (2 * freedom) ** 0.5


def test_a_bias_would_be_seen():
    """A prover that draws rho from one octet gives itself away in the same table."""
    table = [[0] * 16 for _ in range(4)]
    for row, digit in enumerate((0, 1, 2, 255)):
        for n in range(256):
            pending = commit_side(
                W.system,
                W.digits,
                1,
                Scalar(digit),
                Scalar(5),
                lambda length, n=n: bytes([n % 4 + 1]) * length,
            )
            table[row][pending.respond(Scalar(7))[1] >> 4] += 1
    assert chi_square(table) > limit(table)


def test_the_days_of_a_range_look_alike():
    """First octets of all points of a range, for two holders far apart."""
    table = []
    for day in (DAY, DAY - 9):
        party = W.issue(claims={BIRTH: date.fromordinal(day)})
        statement = W.statement([party], W.range(slot_form(0, BIRTH), DAY - 10, DAY + 245))
        proofs = [W.prove(statement, [party], seed=f"{day} {n}") for n in range(150)]
        row = [0] * 16
        for proof, at in product(proofs, (-256, -208, -128, -80)):
            row[proof[at + 1] >> 4] += 1
        table.append(row)
    assert chi_square(table) < limit(table)
