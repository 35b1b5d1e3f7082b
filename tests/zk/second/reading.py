"""The octets of a statement, of its headers and of a type map, read into plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.zk.second.curve import API, R, RefusedError, require


class Octets:
    """Octets that are read from the front, to the last one."""

    def __init__(self, octets):
        self.rest = octets

    def take(self, count):
        require(len(self.rest) >= count, "statement", "octets are missing")
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def number(self, size=8):
        return int.from_bytes(self.take(size), "big")

    def signed(self):
        return int.from_bytes(self.take(16), "big", signed=True)

    def scalar(self):
        value = self.number(32)
        require(value < R, "scalar")
        return value

    def frame(self):
        label = self.take(self.number(1))
        return label, Octets(self.take(self.number()))

    def expect(self, label):
        found, value = self.frame()
        require(found == label, "statement", f"{found} in place of {label}")
        return value

    def end(self):
        require(not self.rest, "statement", "octets are left over")


@dataclass
class Form:
    terms: list
    constant: int


def read_form(octets):
    terms = [
        ((octets.number(), octets.number()), octets.scalar()) for _ in range(count_below(octets, 1 << 16))
    ]
    return Form(terms, octets.scalar())


def count_below(octets, limit):
    count = octets.number()
    require(count < limit, "statement")
    return count


@dataclass
class Header:
    types: bytes
    T: int
    L: int
    N: int
    revocation: tuple | None
    digit_key: bytes


def read_header(octets):
    reader = Octets(octets)
    require(reader.expect(b"format").rest == b"bbs-predicates-2026/1", "header")
    for label in (b"proof", b"mandatory", b"schema"):
        require(len(reader.expect(label).rest) == 32, "header")
    types = reader.expect(b"types").rest
    slots = reader.expect(b"slots")
    T, L, N = (slots.number() for _ in range(3))
    slots.end()
    revocation = reader.expect(b"revocation").rest
    require(len(revocation) in {0, 33}, "header")
    digit_key = reader.expect(b"digit-key").rest
    require(len(digit_key) in {0, 32}, "header")
    reader.end()
    require(1 <= N <= 16 and T <= L <= 128, "header")
    scope = (revocation[:32], revocation[32]) if revocation else None
    return Header(types, T, L, N, scope, digit_key)


@dataclass
class Credential:
    issuer_key: bytes
    L: int
    N: int
    header_octets: bytes
    header: Header
    disclosed: list

    def hidden(self):
        shown = {i for i, _ in self.disclosed}
        return [i for i in range(self.L + 2 + self.N) if i not in shown]


@dataclass
class Predicate:
    kind: str
    form: Form | None = None
    mode: int = 0
    lo: int = 0
    hi: int = 0
    base: int = 0
    size: int = 0
    values: list = field(default_factory=list)
    slot: tuple = ()
    list_id: bytes = b""
    epoch: int = 0
    width: int = 0
    key: bytes = b""
    digit_key: bytes = b""
    context: bytes = b""


@dataclass
class Statement:
    ph: bytes
    credentials: list
    relations: list
    predicates: list


def read_statement(octets):
    reader = Octets(octets)
    require(reader.expect(b"suite").rest == API, "statement")
    require(reader.expect(b"version").rest == (1).to_bytes(8, "big"), "statement")
    ph = reader.expect(b"ph").rest
    credentials = [_read_credential(reader) for _ in range(_only_number(reader, b"credentials"))]
    relations = [
        _read_relation(reader.expect(b"relation")) for _ in range(_only_number(reader, b"relations"))
    ]
    predicates = [_read_predicate(*reader.frame()) for _ in range(_only_number(reader, b"predicates"))]
    reader.end()
    return Statement(ph, credentials, relations, predicates)


def _only_number(reader, label):
    value = reader.expect(label)
    count = count_below(value, 1 << 16)
    value.end()
    return count


def _read_credential(reader):
    issuer_key = reader.expect(b"issuer-key").rest
    slots = reader.expect(b"slots")
    L, N = slots.number(), slots.number()
    slots.end()
    header = reader.expect(b"header").rest
    shown = reader.expect(b"disclosed")
    disclosed = [(shown.number(), shown.scalar()) for _ in range(count_below(shown, 1 << 16))]
    shown.end()
    parsed = read_header(header)
    require((parsed.L, parsed.N) == (L, N), "header")
    return Credential(issuer_key, L, N, header, parsed, disclosed)


def _read_relation(octets):
    pivot = (octets.number(), octets.number())
    form = read_form(octets)
    octets.end()
    return pivot, form


def _read_predicate(label, octets):
    kind = label.decode(errors="replace")
    found = Predicate(kind)
    if kind in {"range", "range-bp"}:
        found.form, found.mode = read_form(octets), octets.number(1)
        found.lo, found.hi = octets.signed(), octets.signed()
        require(found.mode in {1, 2, 3}, "statement")
        require((found.mode & 1 or not found.lo) and (found.mode & 2 or not found.hi), "statement")
        if kind == "range":
            found.base = octets.number()
        found.size = octets.number()
        if kind == "range":
            found.digit_key = octets.take(96)
    elif kind in {"member", "exclude"}:
        found.form = read_form(octets)
        found.values = [octets.scalar() for _ in range(count_below(octets, 1 << 16))]
    elif kind == "signed-member":
        found.form, found.key = read_form(octets), octets.take(96)
    elif kind == "not-revoked":
        found.slot = (octets.number(), octets.number())
        found.list_id, found.epoch, found.width = octets.take(32), octets.number(), octets.number()
        found.key, found.digit_key = octets.take(96), octets.take(96)
    elif kind == "pseudonym":
        found.slot = (octets.number(),)
        found.context = octets.take(len(octets.rest))
    else:
        raise RefusedError("statement", "an unknown predicate")
    octets.end()
    return found


@dataclass
class SlotType:
    kind: str
    scale: bytes
    optional: bool
    least: int
    most: int


def read_types(octets):
    reader, found = Octets(octets), []
    while reader.rest:
        slot = reader.expect(b"slot")
        require(slot.number() == len(found), "header")
        kind = slot.expect(b"kind").rest.decode()
        parameter, optional = slot.expect(b"param").rest, slot.number(1)
        require(optional in {0, 1}, "header")
        found.append(SlotType(kind, parameter, bool(optional), slot.signed(), slot.signed()))
        slot.expect(b"pointer")
        slot.end()
    return found
