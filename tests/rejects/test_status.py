"""Statuses that must be rejected: packed lists, entries, and lists of both kinds."""

from __future__ import annotations

import gzip

import orjson
import pytest

from credentials.limits import LIMITS
from credentials.status import bitstring, token_list
from credentials.status.inflating import Form, inflate, inflate_text
from credentials.status.references import bitstring_reference, token_reference
from credentials.status.sources import Kind
from credentials.suites import Reader
from credentials.verifying.verifier import check_credential
from did.encoding import encode_base64url
from did.integrity import ProofOptions
from tests.rejects.catalogue import Reject, needed, number, refused
from tests.support.statuses import ENTRIES, URI, Lists, entry, marked, token_status
from tests.support.world import BBS, EDDSA, World

W3C = "Bitstring Status List 1.0"
TSL = "Token Status List"
PACKED = gzip.compress(b"list")


def reading(**changes):
    """Read an entry with these members."""

    def attempt():
        return bitstring_reference({**entry(), **changes}, limits=LIMITS)

    return attempt


def referring(status):
    return lambda: token_reference({"status": status}, limits=LIMITS)


def listed(purpose="revocation", bits=None, **changes):
    """Verify a credential whose list credential has these members."""

    def attempt():
        world = World("rejects")
        world.statuses = Lists(world)
        issuer = world.stranger if changes.get("by") == "stranger" else None
        plain = {name: value for name, value in changes.items() if name != "by"}
        world.statuses.bitstring(*([] if bits is None else [bits]), issuer=issuer, **plain)
        credential = world.issue(EDDSA, credentialStatus=entry(7, purpose))
        return check_credential(credential, world.means(), reader=Reader.VERIFIER)

    return attempt


def tokened(index=7, spoil=None, **changes):
    """Verify a reference whose list token has these claims."""

    def attempt():
        world = World("rejects")
        lists = Lists(world)
        lists.token(**changes)
        if spoil is not None:
            lists.signed = {name: spoil(signed) for name, signed in lists.signed.items()}
        return token_status(world, lists, index)

    return attempt


def shown_in_parts():
    """A list without its end, which whoever serves it left out of a derived proof."""
    world = World("rejects")
    world.statuses = lists = Lists(world)
    lists.bitstring()
    document = orjson.loads(lists.signed[URI, Kind.BITSTRING])
    del document["proof"]
    suite = world.suites[BBS]
    options = ProofOptions(BBS, f"{world.issuer.did}#bbs", "assertionMethod")
    base = suite.sign(
        document,
        options=options,
        key=world.issuer.bbs,
        mandatory_pointers=("/issuer",),
        random_bytes=world.random,
    )
    shown = suite.present(base, pointers=["/credentialSubject"], header=b"", random_bytes=world.random)
    lists.signed[URI, Kind.BITSTRING] = orjson.dumps(shown)
    credential = world.issue(EDDSA, credentialStatus=entry(7, "revocation"))
    return check_credential(credential, world.means(), reader=Reader.VERIFIER)


def claims(**changes):
    plain = {"sub": URI, "iat": 1, "status_list": token_list.encode(bytes(8), size=1)}
    return lambda: token_list.parse({**plain, **changes}, max_bytes=8)


def flipped(signed):
    """Another character near the end of the signature."""
    return signed[:-10] + (b"A" if signed[-10:-9] != b"A" else b"B") + signed[-9:]


HEX = [{"status": hex(value), "message": "m"} for value in (0, 1, 2, 2)]
PAST = {"validFrom": "2026-11-01T00:00:00Z", "validUntil": "2026-11-02T00:00:00Z"}
FUTURE = {"validFrom": "2027-11-01T00:00:00Z", "validUntil": "2027-11-02T00:00:00Z"}
NO_TYPE = {"type": ["VerifiableCredential"]}
LONG = encode_base64url(PACKED + bytes(4000))

CASES = [
    Reject(
        "STA-01",
        "more comes out than the cap",
        f"{W3C}, 3.4",
        "status.too-large",
        lambda: inflate(gzip.compress(b"lists"), Form.GZIP, max_bytes=4),
    ),
    Reject(
        "STA-02",
        "a stream that breaks off",
        "RFC 1952, 2.3",
        "status.encoding",
        lambda: inflate(PACKED[:-1], Form.GZIP, max_bytes=4),
    ),
    Reject(
        "STA-03",
        "a second gzip member",
        f"{W3C}, 3.4",
        "status.encoding",
        lambda: inflate(PACKED + PACKED, Form.GZIP, max_bytes=4),
    ),
    Reject(
        "STA-04",
        "a text longer than any list",
        f"{W3C}, 3.4",
        "status.too-large",
        lambda: inflate_text(LONG, Form.GZIP, max_bytes=4),
    ),
    Reject(
        "STA-05",
        "a list in base58",
        f"{W3C}, 2.2",
        "status.encoding",
        lambda: bitstring.decode("z" + bitstring.encode(b"list")[1:], max_bytes=4),
    ),
    Reject("STA-06", "131,064 entries", f"{W3C}, 3.2", "status.length", listed(bits=marked(7)[1:])),
    Reject(
        "STA-07",
        "an index beyond the end",
        f"{W3C}, 3.2",
        "status.index",
        lambda: bitstring.read(bytes(ENTRIES // 8), ENTRIES),
    ),
    Reject(
        "STA-08",
        "entries of 3 bits",
        f"{TSL}, 4.2",
        "status.list",
        claims(status_list={"bits": 3, "lst": token_list.encode(bytes(8), size=1)["lst"]}),
    ),
    Reject("STA-09", "no iat", f"{TSL}, 5.1", "status.list", claims(iat=None)),
    Reject("STA-10", "a ttl of nothing", f"{TSL}, 5.1", "status.list", claims(ttl=0)),
    Reject("STA-11", "sub is another address", f"{TSL}, 8.3", "status.list-id", tokened(sub=f"{URI}0")),
    Reject("STA-12", "a token that has run out", f"{TSL}, 8.3", "status.expired", tokened(exp=1)),
    Reject("STA-13", "an idx beyond the end", f"{TSL}, 8.3", "status.index", tokened(index=ENTRIES)),
    Reject("STA-14", "exp as text", f"{TSL}, 5.1", "status.list", claims(exp="2291720170")),
    Reject("STA-15", "an empty purpose", f"{W3C}, 2.1", "status.entry", reading(statusPurpose="")),
    Reject(
        "STA-16", "an index with a zero before", f"{W3C}, 2.1", "status.entry", reading(statusListIndex="07")
    ),
    Reject("STA-17", "an entry with the list's id", f"{W3C}, 2.1", "status.entry", reading(id=URI)),
    Reject("STA-18", "a size of 0", f"{W3C}, 2.1", "status.entry", reading(statusSize=0)),
    Reject("STA-19", "another mechanism", f"{TSL}, 6.1", "status.entry", referring({"other": {}})),
    Reject(
        "STA-20",
        "an idx below 0",
        f"{TSL}, 6.2",
        "status.entry",
        referring({"status_list": {"idx": -1, "uri": URI}}),
    ),
    Reject("STA-21", "two bits without messages", f"{W3C}, 2.1", "status.entry", reading(statusSize=2)),
    Reject(
        "STA-22",
        "a message for a value twice",
        f"{W3C}, 2.1",
        "status.entry",
        reading(statusSize=2, statusMessage=HEX),
    ),
    Reject("STA-23", "a stranger's list", f"{W3C}, 3.2", "status.list-issuer", listed(by="stranger")),
    Reject(
        "STA-24",
        "a list for suspension",
        f"{W3C}, 3.2",
        "status.purpose",
        listed(purpose="revocation", subject={"statusPurpose": "suspension"}),
    ),
    Reject("STA-25", "a credential that is no list", f"{W3C}, 2.2", "status.list", listed(**NO_TYPE)),
    Reject("STA-26", "a list with another id", f"{W3C}, 2.2", "status.list-id", listed(id=f"{URI}0")),
    Reject(
        "STA-27", "encodedList is a list", f"{W3C}, 2.2", "status.list", listed(subject={"encodedList": [1]})
    ),
    Reject("STA-28", "a list of next year", f"{W3C}, 3.2", "status.not-yet-valid", listed(**FUTURE)),
    Reject("STA-29", "a list of last month", f"{W3C}, 3.2", "status.expired", listed(**PAST)),
    Reject(
        "STA-30", "a subject of another type", f"{W3C}, 2.2", "status.list", listed(subject={"type": "Thing"})
    ),
    Reject(
        "STA-31", "a signature that does not hold", f"{TSL}, 8.3", "status.list-proof", tokened(spoil=flipped)
    ),
    Reject(
        "STA-32", "iss is not the signer", f"{TSL}, 8.3", "status.list-proof", tokened(iss="did:example:x")
    ),
    Reject("STA-33", "a list shown in parts", f"{W3C}, 3.2", "status.list-proof", shown_in_parts),
]


@pytest.mark.parametrize("case", CASES, ids=number)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=number)
def test_needs_its_check(case):
    needed(case)
