"""Presentations that are refused: what was altered, and the code that says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tests.vectors.predicates.notation import (
    changed,
    scalar_text,
    spliced,
    statement_of,
    trust_json,
    trust_of,
)
from tests.vectors.predicates.presentation_cases import observed
from tests.vectors.predicates.scene import BONUS, COUNTRY, EPOCH, IDENTIFIER, OFFSET, SCORE, Mock
from zk.bbs_core import possess
from zk.curve import FIELD_MODULUS, GROUP_ORDER
from zk.errors import ZkError
from zk.predicates import verify
from zk.predicates.predicate import CommittedRange, Pseudonym
from zk.predicates.verifying import _sent_length

unhex = bytes.fromhex
IDENTITY = "c0" + "00" * 47
ZERO, R = "00" * 32, f"{GROUP_ORDER:064x}"
ANY_KEY = "11" * 96


@dataclass
class Refusal:
    """A case: `changes` of the statement, `trust` of what is accepted, a splice or a whole new proof."""

    title: str
    of: str
    clause: str
    code: str
    changes: list = field(default_factory=list)
    trust: list = field(default_factory=list)
    splice: tuple = ()
    proof: str = ""

    def json(self):
        found = {"title": self.title, "of": self.of, "clause": self.clause, "code": f"predicates.{self.code}"}
        if self.changes:
            found["changes"] = self.changes
        if self.trust:
            found["trustChanges"] = self.trust
        if self.splice:
            found["splice"] = dict(zip(("at", "cut", "put"), self.splice, strict=True))
        if self.proof:
            found["proof"] = self.proof
        return found


def outcome(system, case, presentations, credentials, trust):
    """Verify what a case describes; the code, or `holds`."""
    base = presentations[case["of"]]
    try:
        verify(
            system,
            statement_of(changed(base["statement"], case.get("changes", [])), credentials),
            altered_proof(case, base),
            trust=trust_of(changed(trust, case.get("trustChanges", []))),
            weight_seed=b"",
        )
    except ZkError as fault:
        return fault.code
    return "holds"


def altered_proof(case, base):
    if "proof" in case:
        return unhex(case["proof"])
    proof = unhex(base["proof"])
    return spliced(proof, case["splice"]) if "splice" in case else proof


def put(path, value):
    return [{"path": path, "value": value}]


def gone(path):
    return [{"path": path, "remove": True}]


def off_curve():
    """The least x for which x^3 + 4 is no square, compressed."""
    x = next(x for x in range(1, 99) if pow(x**3 + 4, (FIELD_MODULUS - 1) // 2, FIELD_MODULUS) != 1)
    return f"{x | 1 << 383:096x}"


def encodings(base):
    """Points and scalars of a proof of possession with a pseudonym: c, Abar, Bbar, D, e^ … nym."""
    of, last = base["name"], base["proofLength"] - 48
    proof = unhex(base["proof"])
    at = next(
        at
        for at in range(176, last, 32)
        if int.from_bytes(proof[at : at + 32], "big") + GROUP_ORDER < 1 << 256
    )
    wrapped = int.from_bytes(proof[at : at + 32], "big") + GROUP_ORDER
    points = (
        ("the pseudonym is the identity", "R2", "identity", IDENTITY),
        ("an infinity with the sign bit", "R2", "identity", "e0" + "00" * 47),
        ("an infinity with a coordinate", "R2", "identity", "c0" + "00" * 46 + "01"),
        ("a point of order 3, (0, 2)", "R1", "encoding", "80" + "00" * 47),
        ("its negative, (0, -2)", "R1", "encoding", "a0" + "00" * 47),
        ("a coordinate of p", "R1", "encoding", f"{FIELD_MODULUS | 1 << 383:096x}"),
        ("a coordinate that no point has", "R1", "encoding", off_curve()),
        ("compression bit clear", "R1", "encoding", f"{proof[last] & 0x7F:02x}" + proof[last + 1 :].hex()),
    )
    scalars = (
        ("a challenge of 0", 0, ZERO),
        ("a challenge of r", 0, R),
        ("a response of 0", 176, ZERO),
        ("a response and r", at, f"{wrapped:064x}"),
    )
    return [
        *(Refusal(title, of, rule, code, splice=(last, 48, octets)) for title, rule, code, octets in points),
        Refusal("Abar is the identity", of, "R2", "identity", splice=(32, 48, IDENTITY)),
        Refusal("D is the identity", of, "R2", "identity", splice=(128, 48, IDENTITY)),
        *(Refusal(title, of, "R3", "scalar", splice=(at, 32, octets)) for title, at, octets in scalars),
        Refusal("one octet less", of, "R4", "length", splice=(base["proofLength"] - 1, 1, "")),
        Refusal("one octet more", of, "R4", "length", splice=(base["proofLength"], 0, "00")),
    ]


def alterations(base, statement):
    """One bit of the last scalar of each element; points are left whole, so the challenge tells."""
    proof, of = unhex(base["proof"]), base["name"]
    # What stands in the order of the predicates; Bulletproofs follow at the end.
    sent = [80 if isinstance(each, CommittedRange) else _sent_length(each) for each in statement.predicates]
    tail = sum(_sent_length(each) - 80 for each in statement.predicates if isinstance(each, CommittedRange))
    end = len(proof) - tail
    ends = [end - sum(sent[n:]) for n in range(1, len(sent))]
    places = {"the challenge": 31, "e^ of credential 0": 207, "r3^ of credential 1": 511, "a free wire": 543}
    places |= {
        f"the last response of predicate {n}": at - 1
        for n, at in enumerate(ends)
        if not isinstance(statement.predicates[n], Pseudonym)
    }
    swapped = proof[end - 48 : end] + proof[end - 96 : end - 48]
    return [
        *(
            Refusal(f"one bit of {what}", of, "R7", "challenge", splice=(at, 1, f"{proof[at] ^ 1:02x}"))
            for what, at in places.items()
        ),
        Refusal(
            "pseudonym and nullifier change places",
            of,
            "R7",
            "challenge",
            splice=(end - 96, 96, swapped.hex()),
        ),
        Refusal(
            "the last scalar of a Bulletproof",
            of,
            "4.11",
            "bulletproof",
            splice=(len(proof) - 1, 1, f"{proof[-1] ^ 1:02x}"),
        ),
    ]


def restated(scene, base):
    """A good proof under another statement that is itself in order."""
    of, predicates = base["name"], base["statement"]["predicates"]
    issuer_b = scene.public_keys["issuer-b"].hex()
    reordered = [*predicates[:9], predicates[10], predicates[9]]
    changes = (
        ("another presentation header", put("/ph", "00" * 32)),
        ("another issuer", put("/credentials/0/issuerKey", issuer_b)),
        ("other proof options", put("/credentials/0/header", {"proof": ZERO})),
        ("other mandatory statements", put("/credentials/0/header", {"mandatory": ZERO})),
        ("another schema", put("/credentials/0/header", {"schema": ZERO})),
        ("another digit list in the header", put("/credentials/0/header", {"digitKey": ""})),
        ("another disclosed value", put("/credentials/0/disclosed/0/1", scalar_text(7))),
        ("another upper bound", put("/predicates/0/hi", "731999")),
        ("another coefficient", put("/predicates/1/form/terms/1/2", "2")),
        ("another value of a set", put("/predicates/3/values/1", scalar_text(2))),
        ("another excluded value", put("/predicates/5/values/0", scalar_text(1))),
        ("another scope of a nullifier", put("/predicates/10/context/scope", "ballot 2027")),
        ("a nullifier of the other credential", put("/predicates/10/credential", 0)),
        ("another constant of a relation", put("/relations/1/form/constant", "2")),
        ("predicates in another order", put("/predicates", reordered)),
    )
    dropped = (
        ("a relation less", gone("/relations/3"), "length"),
        ("a predicate less", gone("/predicates/10"), "length"),
        ("a disclosed slot less", gone("/credentials/0/disclosed/1"), "length"),
    )
    return [
        *(Refusal(title, of, "R7", "challenge", changes) for title, changes in changes),
        *(Refusal(title, of, "R4", code, changes) for title, changes, code in dropped),
    ]


def ruled_out(scene, base):
    """Statements that no proof is looked at for: S1 to S10."""
    of, predicates = base["name"], base["statement"]["predicates"]
    score, bonus, unknown = [0, SCORE, "1"], [0, BONUS, "1"], scene.system.PAD
    plain = {"terms": [[0, COUNTRY, "1"]], "constant": "0"}
    many = [{"kind": "exclude", "form": plain, "values": [scalar_text(5)]}] * 17
    over = [predicates[7]] * 8 + [predicates[0]]
    total = {"terms": [[0, 0, "1"], bonus], "constant": "0"}
    summed = {**predicates[0], "form": total, "hi": str(OFFSET + 1000), "digits": 2}

    def term(*terms, constant="0"):
        return put("/predicates/3/form", {"terms": list(terms), "constant": constant})

    def relation(pivot, *terms):
        return put("/relations/1", {"pivot": pivot, "form": {"terms": list(terms), "constant": "0"}})

    digit = scene.digits.key.hex()
    rows = (
        ("S1", "limits", "17 predicates", put("/predicates", many), []),
        ("S1", "limits", "no credential", [*put("/credentials", []), *put("/relations", [])], []),
        ("S1", "digit-count", "more than 64 digits", put("/predicates", over), []),
        ("2.3", "header", "a type map of another digest", put("/credentials/0/header", {"types": ZERO}), []),
        ("S2", "repeated-index", "a slot disclosed twice", put("/credentials/0/disclosed/1/0", 11), []),
        ("S2", "index", "disclosed slots descend", put("/credentials/0/disclosed/0/0", 13), []),
        ("S2", "index", "the holder secret disclosed", put("/credentials/0/disclosed/1/0", 17), []),
        ("S2", "value", "padding disclosed", put("/credentials/0/disclosed/1/1", scalar_text(unknown)), []),
        (
            "S2",
            "value",
            "the identifier disclosed",
            put("/credentials/0/disclosed/0", [IDENTIFIER, scalar_text(9)]),
            [],
        ),
        (
            "S2",
            "value",
            "a typed slot out of its bounds",
            put("/credentials/0/disclosed/0", [7, scalar_text(2)]),
            [],
        ),
        ("S3", "relation", "one pivot twice", put("/relations/2/pivot", [0, SCORE]), []),
        ("S3", "relation", "a pivot on a right-hand side", relation([1, 0], score), []),
        ("S3", "relation", "a relation of no term", relation([0, SCORE]), []),
        ("S3", "relation", "a pivot that is disclosed", relation([0, 11], bonus), []),
        ("S3", "relation", "claims of different kinds are equal", relation([0, SCORE], [0, 0, "1"]), []),
        ("S4", "form", "a form without terms", term(), []),
        ("S4", "form", "a form over the holder secret", term([0, 17, "1"]), []),
        ("S4", "form", "a form over the identifier", term([0, IDENTIFIER, "1"]), []),
        ("S4", "form", "a form over a quad", term([0, 13, "1"]), []),
        ("S4", "form", "terms descend", term(score, [0, COUNTRY, "1"]), []),
        ("S4", "form", "a form computes with a text", term([0, 2, "2"]), []),
        ("S4", "bounds", "a coefficient of 0", term([0, COUNTRY, "0"]), []),
        ("S4", "bounds", "a coefficient of 2^32", term([0, COUNTRY, str(1 << 32)]), []),
        ("S4", "bounds", "a constant of 2^100", term([0, COUNTRY, "1"], constant=str(1 << 100)), []),
        ("S4", "set", "a set of one", put("/predicates/3/values", [scalar_text(1)]), []),
        (
            "S4",
            "set",
            "a set that descends",
            put("/predicates/3/values", [scalar_text(4), scalar_text(1)]),
            [],
        ),
        ("S5", "digit-count", "one digit more", put("/predicates/0/digits", 4), []),
        ("S5", "digit-count", "more bits", put("/predicates/2/bits", 64), []),
        ("S5", "bounds", "lo above hi", put("/predicates/1/hi", "999999"), []),
        ("S5", "bounds", "no bound", put("/predicates/0/hi", None), []),
        ("S5", "bounds", "a bound that no value meets", put("/predicates/0/hi", "0"), []),
        ("S6", "same-holder", "no relation of the holders", gone("/relations/0"), []),
        (
            "S7",
            "presence",
            "an exclusion leaves out the absent value",
            put("/predicates/4/values", [scalar_text(1)]),
            [],
        ),
        (
            "S7",
            "presence",
            "a sum over an optional claim",
            [*put("/predicates/0", summed), *gone("/predicates/4")],
            [],
        ),
        ("S8", "digit-key", "a digit key of the prover's", put("/predicates/0/digitKey", ANY_KEY), []),
        ("S8", "set-key", "a set key of the prover's", put("/predicates/6/setKey", ANY_KEY), []),
        ("S8", "key-role", "one key for digits and sets", [], put("/setKeys/0", digit)),
        ("S9", "epoch", "an epoch that is over", put("/predicates/7/epoch", EPOCH - 1), []),
        ("S9", "epoch", "another gap key", put("/predicates/7/gapKey", scene.public_keys["gap-2"].hex()), []),
        ("S9", "revocation", "another list", put("/predicates/7/list", scene.scopes[1].list_id.hex()), []),
        ("S9", "revocation", "another slot", put("/predicates/7/wire/1", COUNTRY), []),
        (
            "S10",
            "context",
            "a pseudonym for another site",
            put("/predicates/9/context/sector", "other.example"),
            [],
        ),
    )
    return [Refusal(title, of, rule, code, changes, trust) for rule, code, title, changes, trust in rows]


def forged(writer, base):
    """A signature on other slots, which passes every equation but the one that needs the issuer's key."""
    scene, seed = writer.scene, "bbs-predicates-2026 forged signature"
    person, other = (scene.issued[name].held for name in ("person", "membership"))
    mixed = other.signature[:48] + person.signature[48:]
    held = replace(person, possession=possess(scene.system.suite, mixed, person.B))
    statement = writer.statement(("person",), ())
    proof, _, _ = observed(
        scene.system, statement, [held], writer.means(statement), scene.trust, Mock(scene.system, seed)
    )
    return [Refusal("A of another credential", base["name"], "R8", "pairing", proof=proof.hex())]


def cases(writer, presentations, credentials):
    found = {each["name"]: each for each in presentations}
    everything = found["composite"]
    statement = statement_of(everything["statement"], credentials)
    refusals = [
        *encodings(found["pseudonym one secret"]),
        *alterations(everything, statement),
        *restated(writer.scene, everything),
        *ruled_out(writer.scene, everything),
        *forged(writer, found["possession"]),
    ]
    return [refusal.json() for refusal in refusals]


def checked(writer, presentations, credentials, refusals):
    """Make sure that every case is refused with the code that it says."""
    found, trust = {each["name"]: each for each in presentations}, trust_json(writer.scene.trust)
    wrong = [
        (case["title"], case["code"], code)
        for case in refusals
        if (code := outcome(writer.system, case, found, credentials, trust)) != case["code"]
    ]
    if wrong:
        raise AssertionError(wrong)
    return refusals
