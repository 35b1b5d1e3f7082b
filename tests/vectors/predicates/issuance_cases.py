"""Issuance, step by step: one nym secret and two."""

from __future__ import annotations

from tests.vectors.predicates.notation import changed, scalar_text, spliced, split_frames
from zk.errors import ZkError
from zk.predicates import issuance
from zk.predicates.issuance import check_commitment, issuance_context

unhex = bytes.fromhex
R = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"
IDENTITY = "c0" + "00" * 47


def cases(scene):
    return [case(scene, issued) for issued in scene.issued.values()]


def case(scene, issued):
    nyms, octets = len(issued.secrets.nyms), issued.request.octets
    context = issuance_context(**issued.context)
    return {
        "name": issued.name,
        "issuer": issued.issuer,
        "nonce": issued.context["nonce"].hex(),
        "configuration": issued.context["configuration"].decode(),
        "issuerKey": issued.context["issuer_key"].hex(),
        "context": context.hex(),
        "N": nyms,
        "holderSecret": scalar_text(issued.secrets.holder),
        "nymSecrets": [scalar_text(nym) for nym in issued.secrets.nyms],
        "seed": issued.seed,
        "blind": scalar_text(issued.request.blind),
        "transcript": split_frames(transcript_of(scene, issued)),
        "commitment": octets[:48].hex(),
        "enrolment": octets[48:96].hex(),
        "challenge": octets[96:128].hex(),
        "octets": octets.hex(),
        "credential": issued.name,
        "entropy": scalar_text(issued.entropy),
        "signature": issued.held.signature.hex(),
    }


def transcript_of(scene, issued):
    """The octets that the issuance challenge hashes, as the issuer finds them."""
    seen = []
    system = scene.system

    class Listening:
        def __getattr__(self, name):
            return getattr(system, name)

        def hash_to_scalar(self, message, suffix):
            seen.append(message)
            return system.hash_to_scalar(message, suffix)

    issuance._check_opening(
        Listening(),
        issued.request.octets,
        issued.issuer,
        issuance_context(**issued.context),
        len(issued.secrets.nyms),
    )
    return seen[-1]


def check(system, found):
    """Check the commitment of a case as the issuer does."""
    return check_commitment(
        system,
        unhex(found["octets"]),
        expected_issuer=found["issuer"],
        expected_context=issuance_context(
            nonce=unhex(found["nonce"]),
            configuration=found["configuration"].encode(),
            issuer_key=unhex(found["issuerKey"]),
        ),
        expected_nyms=found["N"],
        expected_enrolment=unhex(found["onFile"]) if "onFile" in found else None,
    )


# What is refused: a change of the case, or a splice of its octets.

CHANGES = (
    ("another issuer", [{"path": "/issuer", "value": "did:example:issuer-c"}], None),
    ("another nonce", [{"path": "/nonce", "value": "00" * 32}], None),
    ("another configuration", [{"path": "/configuration", "value": "other"}], None),
    ("another number of nym secrets", [{"path": "/N", "value": 3}], None),
    ("another enrolment tag is on file", [{"path": "/onFile", "value": IDENTITY}], None),
    ("C is the identity", [], (0, 48, IDENTITY)),
    ("E is the identity", [], (48, 48, IDENTITY)),
    ("C is not compressed", [], (0, 1, "29")),
    ("challenge 0", [], (96, 32, "00" * 32)),
    ("a response of r", [], (128, 32, R)),
    ("another response", [], (159, 1, "00")),
    ("one octet less", [], (223, 1, "")),
)


def refused(scene, found):
    base = next(each for each in found if each["name"] == "person")
    return [refusal(scene.system, base, *change) for change in CHANGES]


def refusal(system, base, title, changes, splice):
    case = {"title": title, "of": base["name"], "changes": changes}
    if splice:
        case["splice"] = dict(zip(("at", "cut", "put"), splice, strict=True))
    return {**case, "code": code_of(system, base, case)}


def code_of(system, base, case):
    document = changed(base, case["changes"])
    if "splice" in case:
        document["octets"] = spliced(unhex(document["octets"]), case["splice"]).hex()
    try:
        check(system, document)
    except ZkError as fault:
        return fault.code
    raise AssertionError(case["title"])
