"""The rules S1 to S10 of a statement, once more, over its octets and plain values of a verifier's policy."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from tests.zk.second.curve import ABSENT, PAD, F, R, key, require
from tests.zk.second.reading import read_statement, read_types
from tests.zk.second.verifier import check

NUMBERS = {"integer", "decimal", "date", "timestamp", "boolean", "enumeration"}


@dataclass
class Policy:
    """What a verifier knows without the holder.

    Attributes:
        types: octets of the type map, for each credential.
        digit_keys: those accepted for each issuer key.
        set_keys: of signed sets.
        lists: (list id, width, gap key, epochs).
        sector: the verifier's own.
        different_holders: whether several credentials may have several holders.
    """

    types: list
    digit_keys: dict
    set_keys: set
    lists: list
    sector: str
    different_holders: bool = False


def second_verify_all(statement_octets, proof_octets, policy):
    """Check the rules, the policy and the proof; return the pseudonyms or raise `RefusedError`."""
    statement = read_statement(statement_octets)
    Rules(statement, policy).check()
    return check(statement, statement_octets, proof_octets)


def signed(a):
    return a - R if a > R // 2 else a


class Rules:
    """A statement beside a policy."""

    def __init__(self, statement, policy):
        self.statement, self.policy = statement, policy
        self.pivots = [pivot for pivot, _ in statement.relations]
        self.types = []

    def check(self):
        K, relations, predicates = (
            len(items)
            for items in (self.statement.credentials, self.statement.relations, self.statement.predicates)
        )
        require(1 <= K <= 4 and predicates <= 16 and relations <= 16, "limits")
        require(len(self.policy.types) == K, "header")
        for credential, octets in zip(self.statement.credentials, self.policy.types, strict=True):
            self._credential(credential, octets)
        self._relations()
        digits = 0
        for predicate in self.statement.predicates:
            getattr(self, "_" + predicate.kind.replace("-", "_"))(predicate)
            count = (predicate.mode & 1) + (predicate.mode >> 1)
            digits += predicate.size * count if predicate.kind == "range" else 0
            digits += predicate.width // 4 if predicate.kind == "not-revoked" else 0
        require(digits <= 64, "digit-count")
        self._holders()
        self._presence()
        self._key_roles()

    def _credential(self, credential, octets):
        require(hashlib.sha256(octets).digest() == credential.header.types, "header")
        types = read_types(octets)
        require(len(types) == credential.header.T, "header")
        self.types.append(types)
        indexes = [i for i, _ in credential.disclosed]
        require(len(set(indexes)) == len(indexes), "repeated-index")
        require(indexes == sorted(indexes) and all(i < credential.L for i in indexes), "index")
        for i, value in credential.disclosed:
            if i >= len(types):
                require(value != PAD, "value")
                continue
            slot = types[i]
            require(slot.kind != "revocation", "value")
            inside = slot.kind not in NUMBERS or slot.least <= value <= slot.most
            require((value == ABSENT and slot.optional) or (value != ABSENT and inside), "value")

    def hidden(self, wire):
        k, i = wire
        return k < len(self.statement.credentials) and i in self.statement.credentials[k].hidden()

    def type_of(self, wire):
        k, i = wire
        return self.types[k][i] if i < len(self.types[k]) else None

    def holder(self, k):
        return (k, self.statement.credentials[k].L + 1)

    def _relations(self):
        require(len(set(self.pivots)) == len(self.pivots), "relation")
        for pivot, form in self.statement.relations:
            require(self.hidden(pivot) and form.terms, "relation")
            for wire, a in form.terms:
                require(self.hidden(wire) and wire not in self.pivots, "relation")
                require(a, "bounds")
            if pivot == self.holder(pivot[0]):
                require(form.terms == [(self.holder(0), 1)] and not form.constant and pivot[0], "relation")
            else:
                self._slots([(pivot, 1), *form.terms], code="relation", texts=True)
                self._sizes(form)

    def _form(self, form, *, texts):
        require(form.terms, "form")
        self._slots(form.terms, code="form", texts=texts)
        self._sizes(form)

    def _sizes(self, form):
        wires = [wire for wire, _ in form.terms]
        require(len(wires) <= 8 and wires == sorted(set(wires)), "form")
        require(all(0 < abs(signed(a)) < 1 << 32 for _, a in form.terms), "bounds")
        require(abs(signed(form.constant)) < 1 << 100, "bounds")

    def _slots(self, terms, *, code, texts):
        require(all(self.hidden(wire) for wire, _ in terms), code)
        slots = [self.type_of(wire) for wire, _ in terms]
        allowed = NUMBERS | ({"text"} if texts else set())
        require(all(slot is not None and slot.kind in allowed for slot in slots), code)
        require(len({slot.scale for slot in slots if slot.kind == "decimal"}) <= 1, code)

    def _ends(self, form):
        least = most = signed(form.constant)
        for wire, a in form.terms:
            slot, factor = self.type_of(wire), signed(a)
            ends = factor * slot.least, factor * slot.most
            least, most = least + min(ends), most + max(ends)
        return least, most

    def _span(self, predicate):
        self._form(predicate.form, texts=False)
        least, most = self._ends(predicate.form)
        lo = predicate.lo if predicate.mode & 1 else least
        hi = predicate.hi if predicate.mode & 2 else most
        require(abs(predicate.lo) < 1 << 100 and abs(predicate.hi) < 1 << 100 and lo <= hi, "bounds")
        return hi - lo

    def _range(self, predicate):
        span = self._span(predicate)
        needed = next((n for n in range(1, 9) if 256**n > span), 9)
        require(predicate.base == 256 and predicate.size == needed < 9, "digit-count")
        for (k, _), _ in predicate.form.terms:
            self._digit_key(k, predicate.digit_key)

    def _range_bp(self, predicate):
        span = self._span(predicate)
        needed = next((bits for bits in (8, 16, 32, 64) if 1 << bits > span), 65)
        require(predicate.size == needed < 65, "digit-count")

    def _digit_key(self, k, octets):
        accepted = self.policy.digit_keys.get(self.statement.credentials[k].issuer_key, ())
        require(octets in accepted, "digit-key")

    def _values(self, predicate, least):
        values = predicate.values
        require(least <= len(values) <= 16 and values == sorted(set(values)), "set")

    def _member(self, predicate):
        self._form(predicate.form, texts=True)
        self._values(predicate, 2)

    def _exclude(self, predicate):
        self._form(predicate.form, texts=True)
        self._values(predicate, 1)

    def _signed_member(self, predicate):
        self._form(predicate.form, texts=True)
        require(predicate.key in self.policy.set_keys, "set-key")

    def _not_revoked(self, predicate):
        k, _ = predicate.slot
        require(k < len(self.types), "form")
        scope = (predicate.list_id, predicate.width)
        require(predicate.width in {8, 16, 24, 32}, "header")
        require(self.statement.credentials[k].header.revocation == scope, "revocation")
        slot = self.type_of(predicate.slot)
        require(slot is not None and slot.kind == "revocation", "revocation")
        known = [item for item in self.policy.lists if item[:2] == scope and item[2] == predicate.key]
        require(any(predicate.epoch in epochs for *_, epochs in known), "epoch")
        self._digit_key(k, predicate.digit_key)

    def _pseudonym(self, predicate):
        require(predicate.slot[0] < len(self.types), "form")
        sector = F(b"sector", self.policy.sector.encode())
        pattern = re.escape(sector) + rb"\x05scope(?P<length>.{8})(?P<scope>.*)"
        context = predicate.context
        for kind in (b"pseudonym", b"nullifier"):
            prefix = F(b"kind", kind)
            found = re.fullmatch(pattern, context.removeprefix(prefix), re.DOTALL)
            if context.startswith(prefix) and found:
                length, scope = int.from_bytes(found["length"], "big"), found["scope"]
                require(length == len(scope) and bool(scope) == (kind == b"nullifier"), "context")
                return
        require(condition=False, code="context")

    def _holders(self):
        linked = {pivot for pivot, _ in self.statement.relations}
        for k in range(1, len(self.statement.credentials)):
            require(self.policy.different_holders or self.holder(k) in linked, "same-holder")

    def _presence(self):
        present = {
            predicate.form.terms[0][0]
            for predicate in self.statement.predicates
            if predicate.kind == "exclude"
            and [a for _, a in predicate.form.terms] == [1]
            and not predicate.form.constant
            and ABSENT in predicate.values
        }
        needed = set()
        for pivot, form in self.statement.relations:
            if pivot != self.holder(pivot[0]):
                needed |= {pivot, *(wire for wire, _ in form.terms)}
        for predicate in self.statement.predicates:
            terms = predicate.form.terms if predicate.form else ()
            if len(terms) > 1 or predicate.kind == "exclude":
                needed |= {wire for wire, _ in terms}
        for wire in needed:
            require(not self.type_of(wire).optional or wire in present, "presence")

    def _key_roles(self):
        digits = set().union(*self.policy.digit_keys.values())
        roles = (
            {credential.issuer_key for credential in self.statement.credentials}
            | set(self.policy.digit_keys),
            digits,
            set(self.policy.set_keys),
            {item[2] for item in self.policy.lists},
        )
        require(len(set().union(*roles)) == sum(map(len, roles)), "key-role")
        for octets in roles[0]:
            key(octets)
