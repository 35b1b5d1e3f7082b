"""The transcript of a Bulletproof, written out by hand: its seed, its draws, and the weight of the check."""

from __future__ import annotations

from tests.zk.predicates.test_octet_forms import framed
from tests.zk.predicates.world import make_world
from zk.curve import GROUP_ORDER, Scalar
from zk.predicates.octets import Received
from zk.predicates.parts.bullet_checking import ReceivedBits, _draw
from zk.predicates.parts.bullet_transcript import BulletTranscript, bullet_bases, powers

W = make_world()
SEED = (
    framed(b"statement", b"digest")
    + framed(b"challenge", (5).to_bytes(32, "big"))
    + framed(b"predicate", (3).to_bytes(8, "big"))
    + framed(b"bits", (16).to_bytes(8, "big"))
    + framed(b"values", (2).to_bytes(8, "big") + b"V_0" + b"V_1")
)


def log():
    return BulletTranscript(W.system, b"digest", Scalar(5), 3, 16, [b"V_0", b"V_1"])


def hashed(octets, suffix):
    return W.system.suite.hash_to_scalar(octets, W.system.api_id + suffix)


def test_draws():
    drawing = log()
    drawing.absorb(b"as", b"A", b"S")
    octets = SEED + framed(b"as", b"AS")
    y = hashed(octets + framed(b"draw", b"y"), b"BULLET_CHAL_")
    assert drawing.draw(b"y") == y
    octets += framed(b"y", y.to_bytes(32, "big"))
    assert drawing.draw(b"z") == hashed(octets + framed(b"draw", b"z"), b"BULLET_CHAL_")


def test_weight():
    ended = framed(b"end", (7).to_bytes(32, "big") + (8).to_bytes(32, "big"))
    assert log().weight(Scalar(7), Scalar(8)) == hashed(SEED + ended, b"BULLET_WEIGHT_")


def test_bases_are_taken_by_turns():
    U, G, H = bullet_bases(W.system, 3)
    bases = W.system.suite.generators(7, b"BULLET_" + W.system.api_id).bases
    assert [base.octets for base in (U, *G, *H)] == [bases[n].octets for n in (0, 1, 3, 5, 2, 4, 6)]


def test_powers():
    assert powers(3, 4) == [1, 3, 9, 27]
    assert powers(GROUP_ORDER - 1, 3) == [1, GROUP_ORDER - 1, 1]


class Recorder:
    """A transcript that only notes what is asked of it; challenges are numbered."""

    def __init__(self):
        self.noted = []

    def absorb(self, label, *octets):
        self.noted.append((label, b"".join(octets)))

    def draw(self, name):
        self.noted.append(name)
        return len(self.noted)

    def weight(self, a, b):
        self.noted.append(("end", a, b))
        return len(self.noted)


def test_a_verifier_absorbs_and_draws_in_the_order_of_the_text():
    points = {name: Received(None, name) for name in (b"A", b"S", b"T_1", b"T_2", b"L", b"R")}
    heads = tuple(points[name] for name in (b"A", b"S", b"T_1", b"T_2"))
    proof = ReceivedBits(
        heads, Scalar(1), Scalar(2), Scalar(3), ((points[b"L"], points[b"R"]),) * 2, Scalar(4), Scalar(5)
    )
    recorder = Recorder()
    drawn = _draw(proof, recorder)
    opened = b"".join(value.to_bytes(32, "big") for value in (1, 2, 3))
    assert recorder.noted == [
        (b"as", b"AS"),
        b"y",
        b"z",
        (b"t", b"T_1T_2"),
        b"x",
        (b"open", opened),
        b"w",
        *[(b"lr", b"LR"), b"e"] * 2,
        ("end", 4, 5),
    ]
    assert (drawn.y, drawn.z, drawn.x, drawn.w, drawn.rounds, drawn.g) == (2, 3, 5, 7, (9, 11), 12)
