"""Forgeries by a prover, each run twice: it succeeds with the check taken away, and fails where it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.zk.predicates.world import (
    BIRTH,
    COUNTRY,
    DAY,
    INCOME,
    OFFSET,
    form,
    nullifier,
    pseudonym,
    seeded,
)
from zk.bbs_core import possess
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars
from zk.predicates import proving, rules, verifying
from zk.predicates import statement as statement_module
from zk.predicates.issuance import HolderSecrets
from zk.predicates.octets import Received, committed, encode_responses, frame
from zk.predicates.parts import digits, gap, nyms, sets
from zk.predicates.parts.part import Pending, Recomputed
from zk.predicates.predicate import Exclude, Member
from zk.predicates.published.lists import check_digits, publish_digits
from zk.predicates.wires import slot_form

BIRTH_FORM, COUNTRY_FORM = slot_form(0, BIRTH), slot_form(0, COUNTRY)
IDENTITY = b"\xc0" + bytes(47)


def inverse(scalar):
    return pow(scalar, -1, GROUP_ORDER)


def refused(world, statement, proof, code, *, trust=None):
    with pytest.raises(ZkError) as fault:
        world.verify(statement, proof, trust=trust)
    assert fault.value.code == f"predicates.{code}"


@pytest.fixture
def unchecked_points(monkeypatch):
    """Take away R2: points are decoded by the library alone."""

    def lax():
        monkeypatch.setattr(
            "zk.predicates.octets.decode_point",
            lambda suite, octets, *, what: Received(suite.backend._decode_g1(octets), octets),
        )

    return lax


def test_a1_a_credential_from_nothing(world, monkeypatch, unchecked_points):
    """Abar and Bbar at the identity, D from invented messages: no signature is behind the proof."""
    held = replace(world.alice.held, scalars=tuple(Scalar(900 + i) for i in range(13)))
    liar = replace(world.alice, held=held)
    statement = world.statement([liar], pseudonym())

    def forge(system, signed, _possession, _hidden, blindings, random_bytes):
        scalars = held.scalars
        backend, encode = system.backend, system.backend.encode_g1
        bases = [signed.generators.Q_1.point, *(base.point for base in signed.generators.H)]
        D = backend.add(system.suite.P1.point, backend.msm_secret(bases, (signed.domain, *scalars)))
        e_hat, r1_tilde, r3_tilde = draw_scalars(random_bytes, 3)
        T1 = backend.mul_secret(D, r1_tilde)
        hidden = [bases[1 + j] for j in signed.hidden]
        T2 = backend.msm_secret((D, *hidden), (r3_tilde, *blindings))
        points = IDENTITY + IDENTITY + encode(D)
        domain = signed.domain.to_bytes(32, "big")
        return Pending(
            frame(b"bbs", points, encode(T1), encode(T2), domain),
            lambda c: points + encode_responses((e_hat, r1_tilde, r3_tilde - c)),
        )

    monkeypatch.setattr(proving, "commit_signature", forge)
    proof = world.prove(statement, [liar])
    refused(world, statement, proof, "identity")
    unchecked_points()
    world.verify(statement, proof)


def test_a2_digits_at_the_identity(world, monkeypatch, unchecked_points):
    statement = world.statement([world.alice], world.range(BIRTH_FORM, DAY + 1, None))

    def forge(system, _digit_list, count, _x, x_tilde, random_bytes):
        rhos, d = list(draw_scalars(random_bytes, count)), list(draw_scalars(random_bytes, count - 1))
        Ts = [system.backend.encode_g1(system.backend.mul_secret(system.G_dig.point, rho)) for rho in rhos]
        frames = b"".join(frame(b"digit", IDENTITY, IDENTITY, T) for T in Ts)
        return Pending(frames, lambda _c: IDENTITY * 2 * count + encode_responses((*rhos, *d)))

    monkeypatch.setattr(digits, "commit_side", forge)
    proof = world.prove(statement, [world.alice])
    refused(world, statement, proof, "identity")
    unchecked_points()
    world.verify(statement, proof)


def untied_side(system, digit_list, count, _x, x_tilde, random_bytes, *, send_lowest):
    """Digits of 5, with a blinding of the lowest digit that is not derived from the side."""
    value = (5).to_bytes(count, "little")
    tildes = list(draw_scalars(random_bytes, count))
    parts = [
        digits._Committed(
            system, system.G_dig, digit_list.signatures[d], digit_list.images[d], tilde, random_bytes
        )
        for d, tilde in zip(value, tildes, strict=True)
    ]

    def respond(c):
        hats = [tilde + c * d for tilde, d in zip(tildes, value, strict=True)]
        rhos = [part.rho_tilde + c * part.rho for part in parts]
        points = b"".join(part.points for part in parts)
        return points + encode_responses((*rhos, *hats[0 if send_lowest else 1 :]))

    return Pending(b"".join(frame(b"digit", part.points, part.T) for part in parts), respond)


@pytest.mark.parametrize("send_lowest", [False, True])
def test_a3_digits_of_another_number(world, monkeypatch, send_lowest):
    statement = world.statement([world.alice], world.range(BIRTH_FORM, DAY + 1, None))
    monkeypatch.setattr(digits, "commit_side", lambda *args: untied_side(*args, send_lowest=send_lowest))
    proof = world.prove(statement, [world.alice])
    refused(world, statement, proof, "length" if send_lowest else "challenge")
    if not send_lowest:
        return

    def lax_read(system, key, count, reader):
        points = [(reader.point("A'"), reader.point("B'")) for _ in range(count)]
        rho_hats, d_hats = reader.scalars(count, "rho"), reader.scalars(count, "d")

        def recompute(_x_hat, c):
            frames = b"".join(
                frame(
                    b"digit",
                    A.octets,
                    B.octets,
                    digits._recompute_t(system, system.G_dig, A, B, d, rho, c),
                )
                for (A, B), d, rho in zip(points, d_hats, rho_hats, strict=True)
            )
            return Recomputed(frames)

        return recompute

    monkeypatch.setattr(digits, "read_side", lax_read)
    monkeypatch.setattr(verifying, "side_length", lambda count: digits.side_length(count) + 32)
    world.verify(statement, proof)


def test_a4_a_fresh_nullifier_at_will(world, monkeypatch):
    """With only T in the transcript, nym is solved for after the challenge."""
    statement = world.statement([world.alice], nullifier())
    honest = world.verify(statement, world.prove(statement, [world.alice])).nyms[0][1]

    def forge(system, predicate, header, witness, blinding):
        O, z = nyms.context_base(system, predicate.context)  # noqa: E741
        f, f_tilde = (nyms._secret(predicate, header, z, values) for values in (witness, blinding))
        t = 4711
        T = system.backend.encode_g1(system.backend.mul_secret(O, Scalar(t)))

        def respond(c):
            solved = (f + (f_tilde - t) * inverse(c)) % GROUP_ORDER
            return system.backend.encode_g1(system.backend.mul_secret(O, Scalar(solved)))

        return Pending(frame(b"pseudonym", T), respond)

    monkeypatch.setattr(proving, "commit_pseudonym", forge)
    proof = world.prove(statement, [world.alice])
    refused(world, statement, proof, "challenge")
    monkeypatch.setattr(nyms, "frame", lambda label, _nym, T: frame(label, T))
    assert world.verify(statement, proof).nyms[0][1] != honest


def test_a5_an_excluded_value(world, monkeypatch):
    """With C outside the transcript, C is solved for after the challenge."""
    statement = world.statement([world.alice], Exclude(COUNTRY_FORM, (Scalar(4),)))

    def forge(system, predicate, _witness, blinding, random_bytes):
        x_tilde = blinding.of(predicate.form)
        u_1, u_0, t_1, t_0, s_hat = draw_scalars(random_bytes, 5)
        suite, Y_1, Y_0, encode = system.suite, system.Y_1, system.Y_0, system.backend.encode_g1
        T_C, T = (encode(committed(suite, Y_1, a, Y_0, b)) for a, b in ((u_1, u_0), (t_1, t_0)))

        def respond(c):
            k_1 = (x_tilde - u_1) * inverse(c) % GROUP_ORDER
            k_0 = (s_hat - u_0) * inverse(c) % GROUP_ORDER
            C = committed(suite, Y_1, Scalar((k_1 + 4) % GROUP_ORDER), Y_0, Scalar(k_0))
            alpha_hat = (t_1 + c) * inverse(k_1)
            return encode(C) + encode_responses((s_hat, alpha_hat, t_0 - k_0 * alpha_hat))

        return Pending(frame(b"exclude", T_C) + frame(b"not", T), respond)

    monkeypatch.setattr(proving, "commit_exclude", forge)
    proof = world.prove(statement, [world.alice])
    refused(world, statement, proof, "challenge")
    monkeypatch.setattr(sets, "frame", lambda label, *values: frame(label, values[-1]))
    world.verify(statement, proof)


def test_a6_the_same_proof_under_a_new_nonce(world, monkeypatch):
    statement = world.statement([world.alice], pseudonym())
    replayed = replace(statement, ph=b"another nonce")
    refused(world, replayed, world.prove(statement, [world.alice]), "challenge")
    monkeypatch.setattr(
        statement_module,
        "frame",
        lambda label, *values: b"" if label == b"ph" else frame(label, *values),
    )
    world.verify(replayed, world.prove(statement, [world.alice]))


def test_a8_a_revoked_holder_at_the_end_of_a_gap(world, monkeypatch):
    """Without the -1 a revoked identifier proves with the gap that begins at it."""
    party = world.issue(claims={4: 1000})
    claim = world.not_revoked()
    statement = world.statement([party], claim)
    means = replace(world.means(statement), gaps={claim: world.checked_gap(1001)})
    with pytest.raises(ZkError) as fault:
        world.prove(statement, [party], means=means)
    assert fault.value.code == "predicates.witness"
    strict = gap._sides
    monkeypatch.setattr(gap, "_sides", lambda wire, ends, *, one: strict(wire, ends, one=Scalar(0)))
    proof = world.prove(statement, [party], means=means)
    world.verify(statement, proof)
    monkeypatch.setattr(gap, "_sides", strict)
    refused(world, statement, proof, "challenge")


def test_a9_a_range_that_wraps(world, monkeypatch):
    statement = world.statement([world.alice], world.range(BIRTH_FORM, DAY + 1, None, digits=32))
    with pytest.raises(ZkError) as fault:
        world.prove(statement, [world.alice])
    assert fault.value.code == "predicates.digit-count"
    monkeypatch.setattr(rules, "_check_range", lambda *_: None)
    proof = world.prove(statement, [world.alice])
    world.verify(statement, proof)
    monkeypatch.undo()
    refused(world, statement, proof, "digit-count")


def test_a11_a_pseudonym_that_everybody_has(world, monkeypatch, unchecked_points):
    """A nym secret of zero gives the identity."""
    secrets = HolderSecrets(Scalar(1111), (Scalar(5),))
    party = world.issue(secrets=secrets, entropy=GROUP_ORDER - 5)
    statement = world.statement([party], pseudonym())
    with pytest.raises(ZkError) as fault:
        world.prove(statement, [party])
    assert fault.value.code == "predicates.witness"

    def forge(system, predicate, header, _witness, blinding):
        O, z = nyms.context_base(system, predicate.context)  # noqa: E741
        f_tilde = nyms._secret(predicate, header, z, blinding)
        T = system.backend.encode_g1(system.backend.mul_secret(O, f_tilde))
        return Pending(frame(b"pseudonym", IDENTITY, T), lambda _c: IDENTITY)

    monkeypatch.setattr(proving, "commit_pseudonym", forge)
    proof = world.prove(statement, [party])
    refused(world, statement, proof, "identity")
    unchecked_points()
    world.verify(statement, proof)


@pytest.mark.parametrize("weights", [(1, 1, 1), (1, 2, 3)])
def test_a12_a13_pairing_errors_that_cancel(world, monkeypatch, weights):
    """Two digits with the signature of 5, and values of the prover's choice."""
    statement = world.statement([world.alice], world.range(BIRTH_FORM, DAY - 100_000, DAY - 40_000))
    statement = replace(
        statement, predicates=(replace(statement.predicates[0], hi=None, lo=DAY - 100_000, digits=2),)
    )
    monkeypatch.setattr(rules, "_check_range", lambda *_: None)

    def forge(system, digit_list, _count, x, x_tilde, random_bytes):
        value = (x % 256, x // 256)
        tilde_1, rho_0, rho_0_tilde, rho_1_tilde = draw_scalars(random_bytes, 4)
        tildes = (digits._lowest(x_tilde, [tilde_1]), tilde_1)
        rho_1 = -weights[1] * (value[0] - 5) * rho_0 * inverse(weights[2] * (value[1] - 5)) % GROUP_ORDER
        rhos, rho_tildes = (rho_0, Scalar(rho_1)), (rho_0_tilde, rho_1_tilde)
        backend, encode, G = system.backend, system.backend.encode_g1, system.G_dig.point
        frames = points = b""
        for d, tilde, rho, rho_tilde in zip(value, tildes, rhos, rho_tildes, strict=True):
            A = backend.mul_secret(digit_list.signatures[5], rho)
            B = backend.msm_secret((A, G), (digits._neg(Scalar(d)), rho))
            T = backend.msm_secret((A, G), (digits._neg(tilde), rho_tilde))
            points += encode(A) + encode(B)
            frames += frame(b"digit", encode(A), encode(B), encode(T))
        return Pending(
            frames,
            lambda c: (
                points
                + encode_responses(
                    (
                        *(tilde + c * rho for tilde, rho in zip(rho_tildes, rhos, strict=True)),
                        tilde_1 + c * value[1],
                    )
                )
            ),
        )

    monkeypatch.setattr(digits, "commit_side", forge)
    proof = world.prove(statement, [world.alice])
    refused(world, statement, proof, "pairing")
    monkeypatch.setattr(verifying, "draw_weights", lambda *_, **__: tuple(map(Scalar, weights)))
    world.verify(statement, proof)


@pytest.mark.parametrize("send_last", [False, True])
def test_a19_every_branch_simulated(world, monkeypatch, send_last):
    statement = world.statement([world.alice], Member(COUNTRY_FORM, (Scalar(1), Scalar(2), Scalar(3))))

    def forge(system, predicate, witness, blinding, random_bytes):
        x, x_tilde = witness.of(predicate.form), blinding.of(predicate.form)
        s, s_tilde, *drawn = draw_scalars(random_bytes, 8)
        z, shares = drawn[:3], drawn[3:]
        backend, encode = system.backend, system.backend.encode_g1
        C = committed(system.suite, system.Y_1, x, system.Y_0, s)
        T_C = committed(system.suite, system.Y_1, x_tilde, system.Y_0, s_tilde)
        frames = frame(b"member", encode(C), encode(T_C))
        for v, share, z_j in zip(predicate.values, shares, z, strict=True):
            K = sets._less(system, C, v)
            T = backend.msm_secret((system.Y_0.point, K), (z_j, sets._neg(share)))
            frames += frame(b"branch", encode(T))
        sent = shares if send_last else shares[:-1]
        return Pending(frames, lambda c: encode(C) + encode_responses((s_tilde + c * s, *sent, *z)))

    monkeypatch.setattr(proving, "commit_member", forge)
    proof = world.prove(statement, [world.alice])
    refused(world, statement, proof, "length" if send_last else "challenge")
    if not send_last:
        return

    def lax_read(system, predicate, reader):
        C, s_hat = reader.point("C"), reader.scalar("s")
        shares, z = reader.scalars(3, "share"), reader.scalars(3, "z")

        def recompute(responses):
            c, backend = responses.one, system.backend
            T_C = sets.recompute_t_c(system, C, responses.of(predicate.form), s_hat, c)
            frames = frame(b"member", C.octets, T_C)
            for share, z_j, v in zip(shares, z, predicate.values, strict=True):
                K = sets._less(system, C.point, v)
                T = backend.msm_public((system.Y_0.point, K), (z_j, sets._neg(share)))
                frames += frame(b"branch", backend.encode_g1(T))
            return Recomputed(frames)

        return recompute

    monkeypatch.setattr(verifying, "read_member", lax_read)
    monkeypatch.setattr(verifying, "member_length", lambda k: sets.member_length(k) + 32)
    world.verify(statement, proof)


def test_a20_a_provers_own_digit_key(world, monkeypatch):
    """Its one digit is the whole value."""
    own = world.fresh_key()
    mine = check_digits(world.system, publish_digits(world.system, own), random_bytes=seeded(5))
    claim = world.range(BIRTH_FORM, DAY - 300, DAY - 45, key=mine.key)
    lower_only = replace(claim, hi=None, digits=1)
    monkeypatch.setattr(rules, "_check_range", lambda *_: None)
    statement = world.statement([world.alice], lower_only)
    y = own.scalar(world.system.suite)
    whole = world.system.backend.mul_secret(world.system.G_dig.point, Scalar(inverse(y + 300)))
    image = world.system.backend.mul_secret(whole, y)

    def forge(system, _digit_list, _count, x, x_tilde, random_bytes):
        assert x == 300
        part = digits._Committed(system, system.G_dig, whole, image, x_tilde, random_bytes)
        return Pending(
            frame(b"digit", part.points, part.T),
            lambda c: part.points + encode_responses((part.rho_tilde + c * part.rho,)),
        )

    monkeypatch.setattr(digits, "commit_side", forge)
    accepting = replace(
        world.trust,
        digit_keys={key: {*keys, mine.key} for key, keys in world.trust.digit_keys.items()},
    )
    means = replace(world.means(statement), digit_lists={mine.key: mine})
    proof = world.prove(statement, [world.alice], means=means, trust=accepting)
    world.verify(statement, proof, trust=accepting)
    refused(world, statement, proof, "digit-key")


def test_a14_a_crafted_list_shows_a_digit_by_failing(world):
    value = (DAY - (DAY - 10)) & 0xFF
    key = world.fresh_key()
    octets = publish_digits(world.system, key)
    at = 8 + 96 + 48 * value
    crafted = octets[:at] + octets[at + 48 : at + 96] + octets[at + 48 :]
    with pytest.raises(ZkError) as fault:
        check_digits(world.system, crafted, random_bytes=seeded(6))
    assert fault.value.code == "predicates.parameters"

    good = check_digits(world.system, octets, random_bytes=seeded(6))
    wrong = good.signatures[value + 1]
    less = world.system.backend.mul_public(wrong, Scalar(GROUP_ORDER - value))
    image = world.system.backend.add(world.system.G_dig.point, less)
    unchecked = replace(
        good,
        signatures=(*good.signatures[:value], wrong, *good.signatures[value + 1 :]),
        images=(*good.images[:value], image, *good.images[value + 1 :]),
    )
    trust = replace(
        world.trust,
        digit_keys={issuer: frozenset({unchecked.key}) for issuer in world.trust.digit_keys},
    )
    outcomes = {}
    for least in (DAY - 10, DAY - 11):
        statement = world.statement(
            [world.alice], world.range(BIRTH_FORM, least, least + 255, key=unchecked.key)
        )
        means = replace(world.means(statement), digit_lists={unchecked.key: unchecked})
        proof = world.prove(statement, [world.alice], means=means, trust=trust)
        try:
            world.verify(statement, proof, trust=trust)
            outcomes[least] = "accepted"
        except ZkError as found:
            outcomes[least] = found.code
    assert outcomes == {DAY - 10: "predicates.pairing", DAY - 11: "accepted"}


def test_a_revoked_holder_with_every_gap(world, monkeypatch):
    """Invented digits do not help, whichever gap it takes and however it turns the ends."""
    party = world.issue(claims={4: 2000})
    claim = world.not_revoked()
    statement = world.statement([party], claim)
    honest = digits.commit_side

    def invented(system, digit_list, count, x, x_tilde, random_bytes):
        return honest(system, digit_list, count, Scalar(x % 256**count), x_tilde, random_bytes)

    monkeypatch.setattr(gap, "commit_side", invented)
    for gap_ in world.gaps:
        for turned in (gap_, replace(gap_, left=gap_.right, right=gap_.left)):
            possession = possess(world.system.suite, turned.signature, world.gap_sum(turned))
            checked = replace(world.checked_gap(), gap=turned, possession=possession)
            means = replace(world.means(statement), gaps={claim: checked})
            proof = world.prove(statement, [party], means=means)
            with pytest.raises(ZkError) as fault:
                world.verify(statement, proof)
            assert fault.value.code in {"predicates.challenge", "predicates.pairing"}


def test_out_of_range_witnesses_are_refused_by_the_prover(world):
    for claim in (
        world.range(BIRTH_FORM, DAY + 1, None),
        world.range(BIRTH_FORM, None, DAY - 1),
        world.range(BIRTH_FORM, DAY + 1, DAY + 9),
        world.range(form((1, INCOME)), OFFSET, OFFSET + 51_999),
        Member(COUNTRY_FORM, (Scalar(1), Scalar(2))),
        Exclude(COUNTRY_FORM, (Scalar(3), Scalar(4))),
        world.signed_member(COUNTRY_FORM),
    ):
        statement = world.statement([world.alice], claim)
        with pytest.raises(ZkError) as fault:
            world.prove(statement, [world.alice])
        assert fault.value.code == "predicates.witness"
        assert not any(character.isdigit() for character in fault.value.detail)
