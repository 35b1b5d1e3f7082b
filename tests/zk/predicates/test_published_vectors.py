"""The vectors of docs/specs/bbs-predicates-2026.md: made again byte for byte, and read from JSON alone."""

from __future__ import annotations

import hashlib
import json
from functools import cache

import pytest

from tests.vectors.predicates import first_vector, issuance_cases, make_vectors, refused_cases
from tests.vectors.predicates.notation import (
    header_of,
    scalar_of,
    scalar_text,
    spliced,
    split_frames,
    statement_of,
    trust_of,
    type_of,
    types_of,
)
from tests.vectors.predicates.scene import Mock
from tests.zk.suites import make_suite
from zk import bbs
from zk.backend import BackendName
from zk.curve import GROUP_ORDER, encode_scalar
from zk.errors import ZkError
from zk.keys import SecretKey
from zk.predicates import Means, proof_length, prove, verify
from zk.predicates.challenge import challenge
from zk.predicates.header import RevocationScope, credential_domain
from zk.predicates.issuance import HolderSecrets, accept, blind_sign, commit
from zk.predicates.octets import frame
from zk.predicates.predicate import NotRevoked
from zk.predicates.published.gaps import Gap, check_gap, find_gap, gap_ends, sign_gaps
from zk.predicates.published.lists import check_digits, check_set, publish_digits
from zk.predicates.statement import Credential
from zk.predicates.system import system as make_system

unhex = bytes.fromhex
PRESENTED = ("ranges", "ranges-bulletproof", "presentations", "composite")


@cache
def read(name):
    return json.loads((make_vectors.FOLDER / f"{name}.json").read_bytes())


@cache
def system_on(name):
    return make_system(make_suite(name, bbs.SHA256))


@pytest.fixture
def system():
    return system_on(BackendName.NATIVE)


def by_name(*files):
    return {case["name"]: case for file in files for case in read(file)["cases"]}


def known(name):
    return read("credentials")["credentials"][name]


def held(system, name):
    """Take a signature as its holder, from what stands in the files."""
    case, credential = by_name("issuance")[name], known(name)
    return accept(
        system,
        secrets_of(case),
        scalar_of(case["blind"]),
        issuer_key=unhex(credential["issuerKey"]),
        header=header_of(credential["header"]),
        slots=[scalar_of(text) for text in credential["scalars"][: credential["header"]["L"]]],
        signature=unhex(case["signature"]),
        entropy=scalar_of(case["entropy"]),
    )


def secrets_of(case):
    return HolderSecrets(scalar_of(case["holderSecret"]), tuple(map(scalar_of, case["nymSecrets"])))


@cache
def lists_of(system):
    found, weights = read("lists"), Mock(system, "weights")
    digits = check_digits(system, unhex(found["digits"]["octets"]), random_bytes=weights)
    members = check_set(system, unhex(found["set"]["octets"]), random_bytes=weights)
    return digits, members


def means_of(system, statement, names):
    digits, members = lists_of(system)
    gaps = {
        predicate: gap_of(system, predicate, known(names[predicate.credential])["values"][-1])
        for predicate in statement.predicates
        if isinstance(predicate, NotRevoked)
    }
    return Means(digit_lists={digits.key: digits}, set_lists={members.key: members}, gaps=gaps)


def gap_of(system, claim, identifier):
    found = next(each for each in read("lists")["gaps"] if each["list"] == claim.list_id.hex())
    gaps = [Gap(left, right, unhex(signature)) for left, right, signature in found["gaps"]]
    scope = RevocationScope(claim.list_id, found["width"])
    gap = find_gap(gaps, int(identifier))
    return check_gap(system, gap, key=unhex(found["key"]), scope=scope, epoch=found["epoch"])


def stated(case):
    return statement_of(case["statement"], read("credentials")["credentials"])


def proven(system, case, trust):
    names = [part["credential"] for part in case["statement"]["credentials"]]
    statement, mock = stated(case), Mock(system, case["seed"])
    credentials = [held(system, name) for name in names]
    means = means_of(system, statement, names)
    proof = prove(system, statement, credentials, means, trust=trust, random_bytes=mock)
    assert mock.count == case["draws"]
    return proof


def test_the_files_are_what_the_generator_makes():
    made = make_vectors.make()
    assert sorted(path.name for path in make_vectors.FOLDER.iterdir()) == sorted(made)
    for name, content in made.items():
        assert (make_vectors.FOLDER / name).read_text(encoding="ascii") == content, name


@pytest.mark.parametrize("name", list(BackendName))
def test_generators_and_constants(name):
    found, system = read("parameters"), system_on(name)
    assert (system.api_id.decode(), system.suite.P1.octets.hex()) == (found["apiId"], found["P1"])
    for family in found["families"].values():
        octets = system.suite.generators(family["count"], family["id"].encode()).octets
        assert hashlib.sha256(octets).hexdigest() == family["sha256"]
        assert [octets[at : at + 48].hex() for at in range(0, len(octets), 48)][:8] == family["first"]
    assert [scalar_text(system.ABSENT), scalar_text(system.PAD)] == list(found["constants"].values())


def test_slots_and_headers(system):
    found = read("slots")
    octets = b"".join(frame(label.encode(), unhex(value)) for label, value in found["typeMap"]["frames"])
    types = types_of(found["types"])
    assert hashlib.sha256(octets).hexdigest() == found["typeMap"]["sha256"] == types.digest().hex()
    codes = b"".join(frame(b"code", code.encode()) for code in found["codeList"]["codes"])
    assert hashlib.sha256(codes).hexdigest() == found["codeList"]["sha256"]
    for name in ("person", "membership"):
        credential = known(name)
        header, slots = header_of(credential["header"]), list(map(type_of, credential["types"]))
        assert header.encode().hex() == credential["headerOctets"]
        assert len(slots) == header.typed
        domain = credential_domain(system, unhex(credential["issuerKey"]), header)
        assert scalar_text(domain) == credential["domain"]
        quads = [scalar_text(system.typed_scalar(b"quad", quad.encode())) for quad in credential["quads"]]
        assert credential["scalars"][header.typed : header.typed + len(quads)] == quads
        assert set(credential["scalars"][header.typed + len(quads) : header.slots]) == {
            scalar_text(system.PAD)
        }


def test_no_small_multiple_of_the_absent_value_is_near_zero(system):
    # Best approximations of ABSENT/r: no factor below 2^32 brings it within 2^220 of a multiple of r.
    a, b = system.ABSENT, GROUP_ORDER
    before, factor = 0, 1
    while True:
        quotient, rest = divmod(b, a)
        if factor >= 1 << 32:
            break
        nearest = a
        before, factor = factor, quotient * factor + before
        a, b = rest, a
    assert nearest > 1 << 220


def test_lists(system):
    found = read("lists")
    digits, members = lists_of(system)
    secret = SecretKey.from_bytes(system.suite, unhex(found["digits"]["secretKey"]))
    assert publish_digits(system, secret).hex() == found["digits"]["octets"]
    assert (digits.digest.hex(), members.digest.hex()) == (found["digits"]["digest"], found["set"]["digest"])
    for each in found["gaps"]:
        secret = SecretKey.from_bytes(system.suite, unhex(each["secretKey"]))
        scope = RevocationScope(hashlib.sha256(each["url"].encode()).digest(), each["width"])
        signed = sign_gaps(system, secret, each["revoked"], scope=scope, epoch=each["epoch"])
        assert [[gap.left, gap.right, gap.signature.hex()] for gap in signed] == each["gaps"]
    for each in found["ends"]:
        assert [list(pair) for pair in gap_ends(each["revoked"], each["width"])] == each["ends"]


@pytest.mark.parametrize("case", read("lists")["refused"], ids=lambda case: case["title"])
def test_a_bad_list_is_refused(system, case):
    octets = spliced(unhex(read("lists")[case["of"]]["octets"]), case["splice"])
    check = {"digits": check_digits, "set": check_set}[case["of"]]
    with pytest.raises(ZkError) as refused:
        check(system, octets, random_bytes=Mock(system, "weights"))
    assert refused.value.code == case["code"]


@pytest.mark.parametrize("name", ["person", "membership"])
def test_issuance(system, name):
    case, credential = by_name("issuance")[name], known(name)
    secrets, context = secrets_of(case), unhex(case["context"])
    request = commit(
        system, secrets, issuer=case["issuer"], context=context, random_bytes=Mock(system, case["seed"])
    )
    assert (request.octets.hex(), scalar_text(request.blind)) == (case["octets"], case["blind"])
    assert [case["transcript"][0][1], case["transcript"][2][1]] == [case["context"], f"{case['N']:016x}"]
    frames = b"".join(frame(label.encode(), unhex(value)) for label, value in case["transcript"])
    assert scalar_text(system.hash_to_scalar(frames, b"ISSUE_CHAL_")) == case["challenge"]
    signature = blind_sign(
        system,
        SecretKey.from_bytes(system.suite, unhex(credential["issuerSecretKey"])),
        header_of(credential["header"]),
        [scalar_of(text) for text in credential["scalars"][: credential["header"]["L"]]],
        issuance_cases.check(system, case),
        entropy=scalar_of(case["entropy"]),
    )
    assert signature.hex() == case["signature"] == credential["signature"]
    mine = held(system, name)
    assert list(map(scalar_text, mine.scalars)) == credential["scalars"]
    assert system.backend.encode_g1(mine.B).hex() == credential["B"]


@pytest.mark.parametrize("case", read("issuance")["refused"], ids=lambda case: case["title"])
def test_a_bad_commitment_is_refused(system, case):
    assert issuance_cases.code_of(system, by_name("issuance")[case["of"]], case) == case["code"]


@pytest.mark.parametrize("file", PRESENTED)
def test_presentations_come_out_again_and_hold(system, file):
    trust = trust_of(read(file)["trust"])
    for case in read(file)["cases"]:
        statement, proof = stated(case), unhex(case["proof"])
        octets = statement.encode(system)
        assert octets.hex() == case["statementOctets"], case["name"]
        assert split_frames(octets)[0] == ["suite", system.api_id.hex()]
        assert proof_length(statement) == case["proofLength"] == len(proof)
        frames = b"".join(frame(label.encode(), unhex(value)) for label, value in case["transcript"])
        assert encode_scalar(challenge(system, octets, frames)).hex() == case["challenge"] == proof[:32].hex()
        assert proven(system, case, trust) == proof, case["name"]
        verified = verify(system, statement, proof, trust=trust, weight_seed=b"")
        assert [nym.hex() for _, nym in verified.nyms] == case["nyms"]


@pytest.mark.parametrize("name", [BackendName.ARKWORKS, BackendName.PYECC])
def test_other_backends_make_and_verify_the_same(name):
    # py_ecc takes seconds a proof: it only verifies, and not the composite one.
    system, trust = system_on(name), trust_of(read("presentations")["trust"])
    cases = by_name("presentations")
    names = ("member text", "exclude present", "not-revoked 8", "pseudonym two secrets")
    if name is BackendName.ARKWORKS:
        cases = {**cases, **by_name("composite")}
        assert proven(system, cases["composite"], trust).hex() == cases["composite"]["proof"]
        names = tuple(cases)
    for each in names:
        verify(system, stated(cases[each]), unhex(cases[each]["proof"]), trust=trust, weight_seed=b"")


@pytest.mark.parametrize("case", read("refused")["cases"], ids=lambda case: case["title"])
def test_a_bad_presentation_is_refused(system, case):
    cases, credentials = by_name(*PRESENTED), read("credentials")["credentials"]
    assert refused_cases.outcome(system, case, cases, credentials, read("refused")["trust"]) == case["code"]


def test_vector_1(system):
    found = read("vector-1")
    public_key, digit_key = unhex(found["issuerKey"]), unhex(found["digitKey"])
    header = header_of(found["header"])
    statement = first_vector.statement_for(system, public_key, header, digit_key)
    assert isinstance(statement.credentials[0], Credential)
    assert (header.encode().hex(), statement.encode(system).hex()) == (
        found["headerOctets"],
        found["statementOctets"],
    )
    trust = first_vector.trust_for(public_key, digit_key)
    verified = verify(system, statement, unhex(found["proof"]), trust=trust, weight_seed=b"")
    assert [nym.hex() for _, nym in verified.nyms] == found["nyms"]
