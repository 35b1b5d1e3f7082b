"""Ranges by digit signatures: x = Σ 256^i·d_i, and each d_i has a signature in the digit list.

Text: `bbs-predicates-2026` version 1, section 4.5; digits after Camenisch, Chaabouni and shelat (2008), with
the proof of a weak Boneh-Boyen signature that costs the prover no pairing. Folding by derivation is our own.

Legend, for one digit d of a side
    A'      A_d·rho                     Bbar'   A'·(-d) + G_dig·rho = A'·y, made as (G_dig - A_d·d)·rho
    T       A'·(-d~) + G_dig·rho~       item    e(A', W_dig) = e(Bbar', BP2)

    frames  range (empty, before the first side of a range predicate); digit: A' ‖ Bbar' ‖ T, ascending
    sent    (A' ‖ Bbar')… ‖ rho^… ‖ d^_1 … d^_{n-1}           160·n - 32 octets a side

Invariants
- The lowest digit is derived from the side on both sides: d~_0 = x~ - Σ 256^i·d~_i, and d^_0 likewise. It is
  never sent, so the tie between digits and value cannot be left out.
- A side is in [0, 256^n) with n <= 8. Two sides add up to hi - lo over the integers.
- The prover refuses a side outside its range (`predicates.witness`) and says nothing about it.

A prover reads the digit list at a secret place; in Python that is as far as constant time goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zk.curve import G1_LENGTH, GROUP_ORDER, SCALAR_LENGTH, Scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars
from zk.predicates.octets import encode_responses, frame
from zk.predicates.pairings import PairingItem
from zk.predicates.parts.part import Pending, Recomputed
from zk.predicates.published.lists import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zk.backend import G1, FixedBase
    from zk.hashing import RandomBytes
    from zk.predicates.octets import Reader, Received
    from zk.predicates.parts.part import Opened
    from zk.predicates.predicate import Range, SignedMember
    from zk.predicates.published.lists import DigitList
    from zk.predicates.system import System
    from zk.predicates.wires import Values

MEMBER_LENGTH: Final = 2 * G1_LENGTH + SCALAR_LENGTH


def side_length(digits: int) -> int:
    """Return the octets of one side."""
    return digits * MEMBER_LENGTH + (digits - 1) * SCALAR_LENGTH


def commit_range(
    system: System,
    predicate: Range,
    digit_list: DigitList,
    witness: Values,
    blinding: Values,
    random_bytes: RandomBytes,
) -> Pending:
    """Commit to a range of a form."""
    sides = [
        commit_side(system, digit_list, predicate.digits, witness.of(form), blinding.of(form), random_bytes)
        for form in predicate.sides
    ]
    frames = frame(b"range") + b"".join(side.frames for side in sides)
    return Pending(frames, lambda c: b"".join(side.respond(c) for side in sides))


def read_range(system: System, predicate: Range, reader: Reader) -> Opened:
    """Decode a range."""
    sides = [read_side(system, predicate.digit_key, predicate.digits, reader) for _ in predicate.sides]

    def recompute(responses: Values) -> Recomputed:
        done = [
            side(responses.of(form), responses.one) for side, form in zip(sides, predicate.sides, strict=True)
        ]
        frames = frame(b"range") + b"".join(part.frames for part in done)
        return Recomputed(frames, tuple(item for part in done for item in part.items))

    return recompute


def commit_side(
    system: System,
    digit_list: DigitList,
    digits: int,
    x: Scalar,
    x_tilde: Scalar,
    random_bytes: RandomBytes,
) -> Pending:
    """Commit to 0 <= x < 256^digits."""
    if x >= BASE**digits:
        raise ZkError(
            "predicates.witness",
            "a hidden value does not meet the statement",
            remedy="do not answer this request with this credential",
        )
    d = [Scalar(octet) for octet in x.to_bytes(digits, "little")]
    upper = list(draw_scalars(random_bytes, digits - 1))
    tildes = [_lowest(x_tilde, upper), *upper]
    parts = [
        _Committed(
            system,
            system.G_dig,
            digit_list.signatures[digit],
            digit_list.images[digit],
            tilde,
            random_bytes,
        )
        for digit, tilde in zip(d, tildes, strict=True)
    ]

    def respond(c: Scalar) -> bytes:
        points = b"".join(part.points for part in parts)
        rhos = (part.rho_tilde + c * part.rho for part in parts)
        higher = (tilde + c * digit for tilde, digit in zip(upper, d[1:], strict=True))
        return points + encode_responses((*rhos, *higher))

    return Pending(b"".join(frame(b"digit", part.points, part.T) for part in parts), respond)


def read_side(
    system: System, key: bytes, digits: int, reader: Reader
) -> Callable[[Scalar, Scalar], Recomputed]:
    """Decode a side; the result takes x^ and c."""
    points = [(reader.point("A'"), reader.point("Bbar'")) for _ in range(digits)]
    rho_hats = reader.scalars(digits, "a response of a digit")
    upper = reader.scalars(digits - 1, "a response of a digit")

    def recompute(x_hat: Scalar, c: Scalar) -> Recomputed:
        d_hats = (_lowest(x_hat, upper), *upper)
        frames = b"".join(
            frame(b"digit", A.octets, B.octets, _recompute_t(system, system.G_dig, A, B, d_hat, rho_hat, c))
            for (A, B), d_hat, rho_hat in zip(points, d_hats, rho_hats, strict=True)
        )
        return Recomputed(frames, tuple(PairingItem(key, A.point, B.point) for A, B in points))

    return recompute


def commit_signed_member(
    system: System,
    signature: G1,
    x: Scalar,
    x_tilde: Scalar,
    random_bytes: RandomBytes,
) -> Pending:
    """Commit to a signature on x in a set list: one digit whose value is x as a whole (section 4.6)."""
    backend = system.backend
    image = backend.add(system.G_mem.point, backend.mul_secret(signature, _neg(x)))
    part = _Committed(system, system.G_mem, signature, image, x_tilde, random_bytes)
    return Pending(
        frame(b"signed-member", part.points, part.T),
        lambda c: part.points + encode_responses((part.rho_tilde + c * part.rho,)),
    )


def read_signed_member(system: System, predicate: SignedMember, reader: Reader) -> Opened:
    """Decode a signed member."""
    A, B = reader.point("A'"), reader.point("Bbar'")
    rho_hat = reader.scalar("a response of a member")

    def recompute(responses: Values) -> Recomputed:
        x_hat = responses.of(predicate.form)
        T = _recompute_t(system, system.G_mem, A, B, x_hat, rho_hat, responses.one)
        item = PairingItem(predicate.set_key, A.point, B.point)
        return Recomputed(frame(b"signed-member", A.octets, B.octets, T), (item,))

    return recompute


class _Committed:
    """A prover's commitment to one signed value; `image` is signature·y = base - signature·value."""

    __slots__ = ("T", "points", "rho", "rho_tilde")

    def __init__(
        self,
        system: System,
        base: FixedBase,
        signature: G1,
        image: G1,
        tilde: Scalar,
        random_bytes: RandomBytes,
    ) -> None:
        backend = system.backend
        self.rho, self.rho_tilde = draw_scalars(random_bytes, 2)
        A = backend.mul_secret(signature, self.rho)
        B = backend.mul_secret(image, self.rho)
        self.points = backend.encode_g1(A) + backend.encode_g1(B)
        self.T = backend.encode_g1(backend.msm_secret((A, base.point), (_neg(tilde), self.rho_tilde)))


def _recompute_t(
    system: System, base: FixedBase, A: Received, B: Received, d_hat: Scalar, rho_hat: Scalar, c: Scalar
) -> bytes:
    """T = A'·(-d^) + base·rho^ - c·Bbar'."""
    backend = system.backend
    variable = backend.msm_public((A.point, B.point), (_neg(d_hat), _neg(c)))
    return backend.encode_g1(backend.add(variable, backend.msm_fixed_public((base,), (rho_hat,))))


def _lowest(x: Scalar, upper: Sequence[Scalar]) -> Scalar:
    """Derive the blinding or response of the lowest digit."""
    return Scalar((x - sum(BASE**i * digit for i, digit in enumerate(upper, start=1))) % GROUP_ORDER)


def _neg(scalar: Scalar) -> Scalar:
    return Scalar(-scalar % GROUP_ORDER)
