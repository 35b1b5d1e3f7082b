"""BBS in both ciphersuites against the npm implementation: signatures bit for bit, proofs both ways."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, replace

import pytest

from tests.support.bbs import Randomness
from tests.support.peers import ask, values
from zk import bbs
from zk.errors import ZkError

NAMES = {bbs.SHA256: "BLS12-381-SHA-256", bbs.SHAKE256: "BLS12-381-SHAKE-256"}
PRESENTATION = b"nonce and audience"


@dataclass(frozen=True)
class Case:
    """A signature's input, and what a proof discloses of it."""

    header: bytes
    messages: tuple[bytes, ...]
    disclosed: tuple[int, ...]

    @property
    def shown(self):
        return [self.messages[index] for index in self.disclosed]


def some(count):
    return tuple(hashlib.shake_256(bytes([count, number])).digest(number * 7) for number in range(count))


CASES = {
    "one message, shown": Case(b"header", (b"message",), (0,)),
    "one message, hidden": Case(b"", (b"message",), ()),
    "all shown": Case(b"header", some(3), (0, 1, 2)),
    "first and last of ten": Case(b"h" * 64, some(10), (0, 9)),
    "one message twice, one empty": Case(b"header", (b"", b"a", b"a"), (1,)),
    "no message": Case(b"header", (), ()),
}
ALTERED = "first and last of ten"
GRID = [pytest.param(kind, name, id=f"{NAMES[kind]}, {name}") for kind in NAMES for name in CASES]


def refused(call, *args):
    with pytest.raises(ZkError) as caught:
        call(*args)
    return caught.value.code


class World:
    """What both sides made of all cases, in three conversations."""

    def __init__(self):
        self.suites = {kind: bbs.suite(kind) for kind in NAMES}
        keys = values(
            ask(
                "bbs",
                {kind: {"do": "key", "ciphersuite": NAMES[kind], "material": "07" * 48} for kind in NAMES},
            )
        )
        self.their_keys = {
            kind: {part: bytes.fromhex(text) for part, text in key.items()} for kind, key in keys.items()
        }
        self.secrets = {kind: bbs.key_generate(suite, b"\7" * 48) for kind, suite in self.suites.items()}
        self.publics = {kind: bbs.public_key(self.suites[kind], self.secrets[kind]) for kind in NAMES}
        self.signatures = {
            (kind, name): bbs.sign(
                self.suites[kind], self.secrets[kind], self.publics[kind], case.header, case.messages
            )
            for kind in NAMES
            for name, case in CASES.items()
        }
        self.proofs = {pair: self.prove(*pair) for pair in self.signatures}
        self.answers = ask("bbs", self.tasks())
        self.verdicts = ask("bbs", self.altered())

    def prove(self, kind, name):
        case = CASES[name]
        return bbs.prove(
            self.suites[kind],
            self.publics[kind],
            self.signatures[kind, name],
            case.header,
            PRESENTATION,
            case.messages,
            case.disclosed,
            random_bytes=Randomness(name.encode()),
        )

    def verify_proof(self, kind, case, proof, presentation_header=PRESENTATION):
        bbs.verify_proof(
            self.suites[kind],
            self.publics[kind],
            proof,
            case.header,
            presentation_header,
            case.shown,
            case.disclosed,
        )

    def task(self, verb, messages, *, kind, case, **more):
        return {
            "do": verb,
            "ciphersuite": NAMES[kind],
            "public_key": self.publics[kind].hex(),
            "header": case.header.hex(),
            "messages": [message.hex() for message in messages],
            "disclosed_indexes": list(case.disclosed),
            "presentation_header": PRESENTATION.hex(),
            **more,
        }

    def tasks(self):
        made = {}
        for (kind, name), signature in self.signatures.items():
            case = CASES[name]
            do = functools.partial(self.task, kind=kind, case=case)
            secret = self.secrets[kind].to_bytes()
            made[f"{kind} {name} sign"] = do("sign", case.messages, secret_key=secret.hex())
            made[f"{kind} {name} verify"] = do("verify", case.messages, signature=signature.hex())
            made[f"{kind} {name} prove"] = do("prove", case.messages, signature=signature.hex())
            proof = self.proofs[kind, name]
            made[f"{kind} {name} verify_proof"] = do("verify_proof", case.shown, proof=proof.hex())
        return made

    def alterations(self):
        """Altered inputs, signatures and proofs: label, ciphersuite, case, signature, proof."""
        case = CASES[ALTERED]
        for kind in NAMES:
            signature, proof = self.signatures[kind, ALTERED], self.proofs[kind, ALTERED]
            other = replace(case, messages=(b"other", *case.messages[1:]))
            yield f"{kind} message", kind, other, signature, proof
            yield f"{kind} header", kind, replace(case, header=b"other"), signature, proof
            yield f"{kind} order", kind, replace(case, messages=case.messages[::-1]), signature, proof
            yield f"{kind} bit", kind, case, flipped(signature), flipped(proof)

    def altered(self):
        tasks = {}
        for label, kind, case, signature, proof in self.alterations():
            do = functools.partial(self.task, kind=kind, case=case)
            tasks[f"{label} signature"] = do("verify", case.messages, signature=signature.hex())
            tasks[f"{label} proof"] = do("verify_proof", case.shown, proof=proof.hex())
        for kind in NAMES:
            case, proof = CASES[ALTERED], self.proofs[kind, ALTERED]
            tasks[f"{kind} presentation header"] = self.task(
                "verify_proof",
                case.shown,
                kind=kind,
                case=case,
                proof=proof.hex(),
                presentation_header=b"other".hex(),
            )
        return tasks


def flipped(octets):
    """Change the last bit, which is one of the challenge or of the scalar `e`."""
    return octets[:-1] + bytes([octets[-1] ^ 1])


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.mark.parametrize("kind", NAMES)
def test_the_same_key_from_the_same_material_and_tag(world, kind):
    """The default tag of the fixtures and of draft -10 has the API's identifier, the peer's is older."""
    suite = world.suites[kind]
    older = suite.bbs_api_id.removesuffix(b"H2G_HM2S_") + b"KEYGEN_DST_"
    secret = bbs.key_generate(suite, b"\7" * 48, key_dst=older)
    assert world.their_keys[kind] == {"secret": secret.to_bytes(), "public": bbs.public_key(suite, secret)}
    assert world.their_keys[kind]["public"] != world.publics[kind]


@pytest.mark.parametrize(("kind", "name"), GRID)
def test_the_same_signature_and_both_verify_it(world, kind, name):
    theirs = world.answers[f"{kind} {name} sign"]
    assert theirs.value == world.signatures[kind, name].hex()
    assert world.answers[f"{kind} {name} verify"].value is True
    bbs.verify(
        world.suites[kind],
        world.publics[kind],
        bytes.fromhex(theirs.value),
        CASES[name].header,
        CASES[name].messages,
    )


@pytest.mark.parametrize(("kind", "name"), GRID)
def test_proofs_both_ways(world, kind, name):
    assert world.answers[f"{kind} {name} verify_proof"].value is True
    theirs = bytes.fromhex(world.answers[f"{kind} {name} prove"].value)
    case = CASES[name]
    assert (
        len(theirs) == len(world.proofs[kind, name]) == 272 + 32 * (len(case.messages) - len(case.disclosed))
    )
    world.verify_proof(kind, case, theirs)
    assert refused(world.verify_proof, kind, case, theirs, b"other") == "zk.proof"
    assert refused(world.verify_proof, kind, case, flipped(theirs)) == "zk.proof"


def test_altered_ones_are_refused_by_both(world):
    for label, kind, case, signature, proof in world.alterations():
        public = world.publics[kind]
        code = refused(bbs.verify, world.suites[kind], public, signature, case.header, case.messages)
        assert (label, code) == (label, "zk.signature")
        assert (label, refused(world.verify_proof, kind, case, proof)) == (label, "zk.proof")
    assert len(world.verdicts) == 18
    accepted = {
        label for label, answer in world.verdicts.items() if answer.value is True or answer.error is not None
    }
    assert accepted == set()


def test_a_proof_of_one_ciphersuite_is_none_of_the_other(world):
    theirs = bytes.fromhex(world.answers[f"{bbs.SHAKE256} {ALTERED} prove"].value)
    assert refused(world.verify_proof, bbs.SHA256, CASES[ALTERED], theirs) == "zk.proof"
