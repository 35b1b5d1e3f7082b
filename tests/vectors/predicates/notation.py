"""How the vectors write statements: JSON to the types of `zk.predicates`, and back.

Octets are lower-case hex, scalars 64 digits of it; bounds, coefficients and constants are decimal texts,
since many are beyond what a JSON number holds. A wire is [credential, slot].
"""

from __future__ import annotations

import copy
from dataclasses import replace

from zk.curve import Scalar, encode_scalar
from zk.predicates import Statement, Trust
from zk.predicates.header import Header, RevocationScope
from zk.predicates.predicate import (
    CommittedRange,
    Exclude,
    Member,
    NotRevoked,
    NymContext,
    Pseudonym,
    Range,
    SignedMember,
)
from zk.predicates.slots import Kind, SlotType, TypeMap
from zk.predicates.statement import Credential
from zk.predicates.trust import EpochKey
from zk.predicates.wires import Form, Relation, Term

unhex = bytes.fromhex


def scalar_text(scalar):
    return encode_scalar(scalar).hex()


def scalar_of(text):
    return Scalar(int(text, 16))


# Types and headers.


def type_json(slot):
    return {
        "kind": str(slot.kind),
        "pointer": slot.pointer,
        "minimum": str(slot.minimum),
        "maximum": str(slot.maximum),
        "optional": slot.optional,
        "parameter": slot.parameter.hex(),
    }


def type_of(found):
    return SlotType(
        Kind(found["kind"]),
        found["pointer"],
        int(found["minimum"]),
        int(found["maximum"]),
        optional=found["optional"],
        parameter=unhex(found["parameter"]),
    )


def types_of(found):
    return TypeMap(tuple(map(type_of, found)))


def header_json(header):
    scope = header.revocation
    return {
        "proof": header.proof.hex(),
        "mandatory": header.mandatory.hex(),
        "schema": header.schema.hex(),
        "types": header.types.hex(),
        "T": header.typed,
        "L": header.slots,
        "N": header.nyms,
        "revocation": scope and {"list": scope.list_id.hex(), "width": scope.width},
        "digitKey": header.digit_key.hex(),
    }


def header_of(found):
    scope = found["revocation"]
    return Header(
        proof=unhex(found["proof"]),
        mandatory=unhex(found["mandatory"]),
        schema=unhex(found["schema"]),
        types=unhex(found["types"]),
        typed=found["T"],
        slots=found["L"],
        nyms=found["N"],
        revocation=scope and RevocationScope(unhex(scope["list"]), scope["width"]),
        digit_key=unhex(found["digitKey"]),
    )


# Forms and predicates.


def form_json(form):
    terms = [[term.credential, term.slot, str(term.coefficient)] for term in form.terms]
    return {"terms": terms, "constant": str(form.constant)}


def form_of(found):
    terms = (Term(credential, slot, int(a)) for credential, slot, a in found["terms"])
    return Form(tuple(terms), int(found["constant"]))


def bound_text(bound):
    return None if bound is None else str(bound)


def bound_of(text):
    return None if text is None else int(text)


def predicate_json(predicate):
    match predicate:
        case Range() | CommittedRange():
            found = {
                "kind": "range" if isinstance(predicate, Range) else "range-bp",
                "form": form_json(predicate.form),
                "lo": bound_text(predicate.lo),
                "hi": bound_text(predicate.hi),
            }
            if isinstance(predicate, Range):
                return {**found, "digits": predicate.digits, "digitKey": predicate.digit_key.hex()}
            return {**found, "bits": predicate.bits}
        case Member() | Exclude():
            return {
                "kind": "member" if isinstance(predicate, Member) else "exclude",
                "form": form_json(predicate.form),
                "values": [scalar_text(value) for value in predicate.values],
            }
        case SignedMember():
            return {
                "kind": "signed-member",
                "form": form_json(predicate.form),
                "setKey": predicate.set_key.hex(),
            }
        case NotRevoked():
            return {
                "kind": "not-revoked",
                "wire": [predicate.credential, predicate.slot],
                "list": predicate.list_id.hex(),
                "epoch": predicate.epoch,
                "width": predicate.width,
                "gapKey": predicate.gap_key.hex(),
                "digitKey": predicate.digit_key.hex(),
            }
        case _:
            context = predicate.context
            return {
                "kind": "pseudonym",
                "credential": predicate.credential,
                "context": {"kind": context.kind, "sector": context.sector, "scope": context.scope},
            }


def predicate_of(found):
    match found["kind"]:
        case "range":
            lo, hi = bound_of(found["lo"]), bound_of(found["hi"])
            return Range(form_of(found["form"]), lo, hi, found["digits"], unhex(found["digitKey"]))
        case "range-bp":
            lo, hi = bound_of(found["lo"]), bound_of(found["hi"])
            return CommittedRange(form_of(found["form"]), lo, hi, found["bits"])
        case "member":
            return Member(form_of(found["form"]), tuple(map(scalar_of, found["values"])))
        case "exclude":
            return Exclude(form_of(found["form"]), tuple(map(scalar_of, found["values"])))
        case "signed-member":
            return SignedMember(form_of(found["form"]), unhex(found["setKey"]))
        case "not-revoked":
            return NotRevoked(
                *found["wire"],
                unhex(found["list"]),
                found["epoch"],
                found["width"],
                unhex(found["gapKey"]),
                unhex(found["digitKey"]),
            )
        case _:
            return Pseudonym(found["credential"], NymContext(**found["context"]))


# Statements and what a verifier accepts.


def statement_json(statement, names):
    return {
        "ph": statement.ph.hex(),
        "credentials": [
            {
                "credential": name,
                "disclosed": [[slot, scalar_text(scalar)] for slot, scalar in credential.disclosed],
            }
            for name, credential in zip(names, statement.credentials, strict=True)
        ],
        "relations": [
            {"pivot": list(relation.pivot), "form": form_json(relation.form)}
            for relation in statement.relations
        ],
        "predicates": [predicate_json(predicate) for predicate in statement.predicates],
    }


def statement_of(found, credentials):
    """Build a statement; `credentials` are those of credentials.json, by name."""
    return Statement(
        ph=unhex(found["ph"]),
        credentials=tuple(_shown(part, credentials[part["credential"]]) for part in found["credentials"]),
        relations=tuple(
            Relation(*relation["pivot"], form_of(relation["form"])) for relation in found["relations"]
        ),
        predicates=tuple(map(predicate_of, found["predicates"])),
    )


def _shown(part, known):
    """A credential as a statement shows it; altered statements name what is not as in credentials.json."""
    credential = Credential(
        unhex(part.get("issuerKey", known["issuerKey"])),
        header_of({**known["header"], **part.get("header", {})}),
        types_of(part.get("types", known["types"])),
        (),
    )
    disclosed = tuple((slot, scalar_of(text)) for slot, text in part["disclosed"])
    return replace(credential, disclosed=disclosed)


def trust_json(trust):
    return {
        "digitKeys": {
            key.hex(): sorted(accepted.hex() for accepted in keys) for key, keys in trust.digit_keys.items()
        },
        "setKeys": sorted(key.hex() for key in trust.set_keys),
        "lists": [
            {
                "list": known.scope.list_id.hex(),
                "width": known.scope.width,
                "gapKey": known.gap_key.hex(),
                "epochs": sorted(known.epochs),
            }
            for known in trust.lists
        ],
        "sector": trust.sector,
        "differentHolders": trust.different_holders,
    }


def trust_of(found):
    return Trust(
        digit_keys={
            unhex(key): frozenset(map(unhex, accepted)) for key, accepted in found["digitKeys"].items()
        },
        set_keys=frozenset(map(unhex, found["setKeys"])),
        lists=tuple(
            EpochKey(
                RevocationScope(unhex(known["list"]), known["width"]),
                unhex(known["gapKey"]),
                frozenset(known["epochs"]),
            )
            for known in found["lists"]
        ),
        sector=found["sector"],
        different_holders=found["differentHolders"],
    )


# Frames and changes.


def split_frames(octets):
    """Split a concatenation of frames into [label, hex of the value]."""
    found, at = [], 0
    while at < len(octets):
        end = at + 1 + octets[at]
        label = octets[at + 1 : end].decode()
        length = int.from_bytes(octets[end : end + 8], "big")
        at = end + 8 + length
        found.append([label, octets[end + 8 : at].hex()])
    return found


def changed(document, changes):
    """Apply changes of the form {path, value} or {path, remove: true} to a copy, as JSON pointers."""
    document = copy.deepcopy(document)
    for change in changes:
        *path, last = (part.replace("~1", "/").replace("~0", "~") for part in change["path"][1:].split("/"))
        inner = document
        for step in path:
            inner = inner[int(step)] if isinstance(inner, list) else inner[step]
        if isinstance(inner, list):
            place = len(inner) if last == "-" else int(last)
            inner[place : place + 1] = [] if change.get("remove") else [change["value"]]
        elif change.get("remove"):
            del inner[last]
        else:
            inner[last] = change["value"]
    return document


def spliced(octets, splice):
    """Cut octets out and put others in."""
    at, cut = splice["at"], splice["cut"]
    return octets[:at] + unhex(splice["put"]) + octets[at + cut :]
