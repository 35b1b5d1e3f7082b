"""Identifiers, generators, constants, slot encodings, headers and published lists."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal

from tests.vectors.predicates.notation import (
    header_json,
    scalar_text,
    split_frames,
    type_json,
    type_of,
)
from tests.vectors.predicates.scene import (
    BIRTH,
    BONUS,
    CITY,
    CODES,
    COUNTRY,
    EPOCH,
    IDENTIFIER,
    INCOME,
    LEVEL,
    NICK,
    PERSON,
    RESIDENT,
    SEEN,
    text,
)
from zk import transcript
from zk.curve import G2_GENERATOR, encode_scalar
from zk.errors import ZkError
from zk.predicates.header import credential_domain
from zk.predicates.issuance import _enrolment_bases
from zk.predicates.parts.bullet_transcript import bullet_bases
from zk.predicates.parts.nyms import context_base
from zk.predicates.predicate import NymContext
from zk.predicates.published.gaps import gap_domain, gap_ends, gap_header
from zk.predicates.slots import _frame_slot, code_list_digest, quad_scalar, slot_scalar

SHOWN = 8
"""How many generators of a family are written out; a digest covers the others."""

SUFFIXES = (
    "HASH_TO_SCALAR",
    "MAP_TYPED",
    "ISSUE_CHALLENGE",
    "ENROLMENT_BASE",
    "PRESENTATION_CHALLENGE",
    "PSEUDONYM_BASE",
    "PSEUDONYM_POWER",
    "BULLETPROOF_CHALLENGE",
    "BULLETPROOF_WEIGHT",
    "PAIRING_WEIGHTS",
)


def family(system, prefix, count):
    """The first generators of a family, and SHA-256 over the octets of all that can be used."""
    points = [base.octets for base in system.suite.generators(count, prefix + system.api_id).bases]
    return {
        "id": (prefix + system.api_id).decode(),
        "count": count,
        "first": [point.hex() for point in points[:SHOWN]],
        "sha256": hashlib.sha256(b"".join(points)).hexdigest(),
    }


def parameters(scene):
    system = scene.system
    U, G, H = bullet_bases(system, 128)
    enrolment = _enrolment_bases(system, "did:example:issuer-a", 2)
    return {
        "ciphersuiteId": system.suite.ciphersuite_id.decode(),
        "apiId": system.api_id.decode(),
        "tags": {name: (system.api_id + getattr(transcript, name)).decode() for name in SUFFIXES},
        "gapTag": (system.gap_api_id + transcript.HASH_TO_SCALAR).decode(),
        "P1": system.suite.P1.octets.hex(),
        "BP2": G2_GENERATOR.hex(),
        "families": {
            "Q_1, H_0 … H_127": family(system, b"", 129),
            "Q_2, J_1 … J_17": family(system, b"BLIND_", 18),
            "Y_0, Y_1": family(system, b"COM_DIS_", 2),
            "G_dig": family(system, b"DIGIT_", 1),
            "G_mem": family(system, b"MEMBER_", 1),
            "Q_g, H_left, H_right": family(system, b"GAP_", 3),
            "U, G_0, H_0 … G_127, H_127": family(system, b"BULLET_", 257),
        },
        "bulletproof": {"U": U.octets.hex(), "G_127": G[127].octets.hex(), "H_127": H[127].octets.hex()},
        "constants": {"ABSENT": scalar_text(system.ABSENT), "PAD": scalar_text(system.PAD)},
        "enrolment": {
            "issuer": "did:example:issuer-a",
            "bases": [system.backend.encode_g1(point).hex() for point in enrolment],
        },
        "contexts": [
            context(system, kind, scope) for kind, scope in (("pseudonym", ""), ("nullifier", "ballot 2026"))
        ],
    }


def context(system, kind, scope):
    found = NymContext(kind, "verifier.example", scope)
    O, z = context_base(system, found)  # noqa: E741
    return {
        "kind": kind,
        "sector": found.sector,
        "scope": scope,
        "octets": found.encode().hex(),
        "O": system.backend.encode_g1(O).hex(),
        "z": scalar_text(z),
    }


UTC = dt.UTC
FIRST, LAST = dt.datetime(1, 1, 1, tzinfo=UTC), dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
DECOMPOSED = "Me\u0301xico"

SLOT_VALUES = (
    *((LEVEL, value) for value in (0, 1, -1, 42, -(1 << 63), (1 << 63) - 1)),
    *((INCOME, Decimal(value)) for value in ("0", "0.01", "52000.00", "52000", "10995116277.75")),
    (BONUS, None),
    *((BIRTH, dt.date(*day)) for day in ((1, 1, 1), (1970, 1, 1), (2000, 2, 29), (9999, 12, 31))),
    *((SEEN, moment) for moment in (FIRST, dt.datetime(1970, 1, 1, tzinfo=UTC), LAST)),
    (RESIDENT, False),
    (RESIDENT, True),
    *((COUNTRY, position) for position in (1, 5)),
    *((IDENTIFIER, identifier) for identifier in (1, (1 << 32) - 2)),
    *((CITY, city) for city in ("", "FR", "M\u00e9xico", DECOMPOSED)),
    (NICK, None),
)

SLOT_REFUSALS = (
    (LEVEL, 1 << 63),
    (LEVEL, -(1 << 63) - 1),
    (INCOME, Decimal("-0.01")),
    (INCOME, Decimal("0.001")),
    (INCOME, Decimal("10995116277.76")),
    (SEEN, dt.datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
    (SEEN, dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))),
    (COUNTRY, 0),
    (COUNTRY, 6),
    (IDENTIFIER, 0),
    (IDENTIFIER, (1 << 32) - 1),
    (BIRTH, None),
)


def slots(scene):
    system, types = scene.system, PERSON.slots
    frames = split_frames(b"".join(_frame_slot(i, slot) for i, slot in enumerate(types)))
    return {
        "types": [type_json(slot) for slot in types],
        "typeMap": {"frames": frames, "sha256": PERSON.digest().hex()},
        "codeList": {"codes": list(CODES), "sha256": code_list_digest(CODES).hex()},
        "scalars": [
            {
                "slot": slot,
                "kind": str(types[slot].kind),
                "value": text(value),
                "scalar": scalar_text(slot_scalar(system, types[slot], value)),
            }
            for slot, value in SLOT_VALUES
        ],
        # The same number at another scale is another scalar; what is negative stands below the offset.
        "decimals": [decimal(system, scale, value) for scale, value in DECIMALS],
        "quads": [
            {"quad": quad.decode(), "scalar": scalar_text(quad_scalar(system, quad))}
            for quad in scene.issued["person"].quads
        ],
        "refused": [
            {
                "slot": slot,
                "kind": str(types[slot].kind),
                "value": text(value),
                "code": refusal(system, slot, value),
            }
            for slot, value in SLOT_REFUSALS
        ],
    }


DECIMALS = ((0, "-3"), (2, "-0.01"), (2, "1.5"), (18, "0.000000000000000001"), (18, "-9.223372036854775808"))


def decimal(system, scale, value):
    full = {"kind": "decimal", "pointer": "/x", "minimum": "0", "maximum": str((1 << 64) - 1)}
    slot = type_of({**full, "optional": False, "parameter": bytes([scale]).hex()})
    scalar = slot_scalar(system, slot, Decimal(value))
    return {"scale": scale, "value": value, "scalar": scalar_text(scalar)}


def refusal(system, slot, value):
    try:
        slot_scalar(system, PERSON.slots[slot], value)
    except ZkError as fault:
        return fault.code
    raise AssertionError


def credentials(scene):
    """The credentials that presentations are about, with everything that a holder keeps."""
    return {name: credential(scene, each) for name, each in scene.issued.items()}


def credential(scene, issued):
    system, held, header = scene.system, issued.held, issued.header
    return {
        "issuer": issued.issuer,
        "issuerSecretKey": issued.key.to_bytes().hex(),
        "issuerKey": held.issuer_key.hex(),
        "types": [type_json(slot) for slot in issued.types.slots],
        "values": [text(value) for value in issued.values],
        "quads": [quad.decode() for quad in issued.quads],
        "header": header_json(header),
        "headerOctets": header.encode().hex(),
        "domain": scalar_text(credential_domain(system, held.issuer_key, header)),
        "scalars": [scalar_text(scalar) for scalar in held.scalars],
        "B": system.backend.encode_g1(held.B).hex(),
        "signature": held.signature.hex(),
    }


def lists(scene):
    return {
        "gapApiId": scene.system.gap_api_id.decode(),
        "digits": {
            "secretKey": scene.keys["digits"].to_bytes().hex(),
            "key": scene.digits.key.hex(),
            "octets": scene.digit_octets.hex(),
            "digest": scene.digits.digest.hex(),
        },
        "set": {
            "secretKey": scene.keys["set"].to_bytes().hex(),
            "members": list(scene.cities),
            "key": scene.set.key.hex(),
            "octets": scene.set_octets.hex(),
            "digest": scene.set.digest.hex(),
        },
        "gaps": [gap_list(scene, n) for n in range(2)],
        "ends": [
            {
                "width": width,
                "revoked": list(revoked),
                "ends": [list(pair) for pair in gap_ends(revoked, width)],
            }
            for width, revoked in ((8, ()), (8, (1, 2, 254)), (8, (0, 255)), (16, (5, 5, 7)))
        ],
        "refused": refused_lists(scene),
    }


def refused_lists(scene):
    """Lists that C-LIST refuses, as splices of the lists above; swapped points are points of the list."""
    digits, members = scene.digit_octets, scene.set_octets
    identity, size = "c0" + "00" * 47, 80
    swapped = members[104 + size : 104 + 2 * size] + members[104 : 104 + size]
    rows = (
        ("digits", "A_5 in the place of A_4", (296, 48, digits[344:392].hex()), "parameters"),
        ("digits", "A_0 is the identity", (104, 48, identity), "identity"),
        ("digits", "the key of the set list", (8, 96, scene.set.key.hex()), "parameters"),
        ("digits", "a count of 255", (7, 1, "ff"), "length"),
        ("digits", "one point less", (12_344, 48, ""), "length"),
        ("set", "members descend", (104, 2 * size, swapped.hex()), "set"),
        (
            "set",
            "two signatures change places",
            (136, 48, members[136 + size : 184 + size].hex()),
            "parameters",
        ),
        ("set", "a member of 0", (104, 32, "00" * 32), "scalar"),
        ("set", "a member less", (104, size, ""), "length"),
    )
    return [
        {
            "title": title,
            "of": of,
            "splice": dict(zip(("at", "cut", "put"), splice, strict=True)),
            "code": f"predicates.{code}",
        }
        for of, title, splice, code in rows
    ]


def gap_list(scene, n):
    system, scope, key = scene.system, scene.scopes[n], scene.public_keys[f"gap-{n + 1}"]
    return {
        "url": scene.urls[n],
        "list": scope.list_id.hex(),
        "width": scope.width,
        "epoch": EPOCH,
        "secretKey": scene.keys[f"gap-{n + 1}"].to_bytes().hex(),
        "key": key.hex(),
        "revoked": list(scene.revoked[n]),
        "header": gap_header(scope, EPOCH).hex(),
        "domain": encode_scalar(gap_domain(system, key, scope, EPOCH)).hex(),
        "gaps": [[gap.left, gap.right, gap.signature.hex()] for gap in scene.gaps[n]],
    }
