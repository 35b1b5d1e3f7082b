"""Receipts: the vectors, the subject that was asked for, proofs as text."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from did import jcs
from did.encoding import decode_multihash34
from did.errors import DidError
from did.registry.entries import Event, Seal, encode
from did.registry.receipt import (
    DidSubject,
    EventSubject,
    EvidenceSubject,
    build_receipt,
    parse_receipt,
    verify_receipt,
)
from did.registry.tlogproof import TlogProof, parse_tlog_proof
from tests.support import vectors
from tests.support.registry_inputs import expectations_of


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


def cases():
    return vectors.load("registry", "receipts.json")


def expectations():
    return expectations_of(vectors.load("registry", "bundle.json")["inputs"])


def subjects():
    case = cases()
    issuer = decode_multihash34(case["issuer"])
    return [
        EvidenceSubject(bytes.fromhex(case["evidence"]["digest"])),
        EventSubject(issuer, Event.ISSUED, bytes.fromhex(case["credentialDigest"])),
        DidSubject(
            issuer, 1, decode_multihash34("QmaATTYtz28TGGEFn6b4VSEkP5tDmQLATBmHBevFTcmNFU"), deactivated=False
        ),
    ]


def test_the_receipts_of_the_vectors_verify_and_are_built_byte_for_byte():
    receipts = cases()["receipts"]
    for raw, subject, index in zip(receipts, subjects(), (1, 2, 0), strict=True):
        verified = verify_receipt(raw.encode(), expected_subject=subject, expectations=expectations())
        assert (verified.index, verified.size, verified.as_of) == (index, 16, 1_800_000_006)
        assert verified.level.label == "final"
        parsed = parse_receipt(raw.encode())
        built = build_receipt(parsed.opening, parsed.proof, parsed.anchors)
        assert jcs.canonicalize(built).decode() == raw


def test_every_refused_receipt_of_the_vectors_has_its_code():
    refused = cases()["refused"]
    assert len(refused) == 5
    for case in refused:
        raw = case["receipt"].encode()
        # Asked about what the receipt claims: the log itself refuses.
        claimed = parse_receipt(raw).opening.subject
        code = code_of(verify_receipt, raw, expected_subject=claimed, expectations=expectations())
        assert code == case["code"], case["name"]


def test_a_receipt_about_something_else_is_no_answer():
    receipts, all_subjects = cases()["receipts"], subjects()
    evidence, event, did = all_subjects
    others = [
        (0, EvidenceSubject(bytes(32))),
        (0, event),
        (1, replace(event, event=Event.REVOKED)),
        (1, replace(event, issuer=b"\x12\x20" + bytes(32))),
        (1, replace(event, digest=bytes(32))),
        (1, evidence),
        (2, replace(did, version=2)),
        (2, replace(did, deactivated=True)),
        (2, replace(did, hash34=did.scid34)),
    ]
    for at, subject in others:
        raw = receipts[at].encode()
        code = code_of(verify_receipt, raw, expected_subject=subject, expectations=expectations())
        assert code == "receipt.subject"


def test_anchors_and_ages_count_for_receipts_too():
    raw, subject = cases()["receipts"][0].encode(), subjects()[0]
    base = expectations()

    def refuse(changed):
        return code_of(verify_receipt, raw, expected_subject=subject, expectations=changed)

    assert refuse(replace(base, now=base.now + 10**6)) == "age.exceeded"
    assert refuse(replace(base, known=((16, bytes(32)),))) == "log.forked"
    assert refuse(replace(base, origin="other.example/log")) == "checkpoint.origin"
    assert refuse(replace(base, view=replace(base.view, heads=()))) == "anchor.unverified"
    observed = base.view.heads[0]
    head = replace(observed, head=replace(observed.head, root=bytes(32)))
    assert refuse(replace(base, view=replace(base.view, heads=(head,)))) == "log.forked"
    # There is no map root in a receipt, so another one on chain says nothing against it.
    head = replace(observed, head=replace(observed.head, map_root=bytes(32)))
    changed = replace(base, view=replace(base.view, heads=(head,)))
    verify_receipt(raw, expected_subject=subject, expectations=changed)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("type",), "x"),
        (("version",), 2),
        (("more",), 1),
        (("proof",), "x"),
        (("proof",), 5),
        (("opening",), []),
        (("opening", "kind"), "seal"),
        (("opening", "salt"), "AA"),
        (("opening", "digest"), None),
        (("opening", "event"), "issued"),
        (("anchors",), "x"),
    ],
)
def test_a_receipt_has_its_exact_members(path, value):
    receipt = json.loads(cases()["receipts"][0])
    parent = receipt
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    assert code_of(parse_receipt, json.dumps(receipt).encode()) == "receipt.malformed"


@pytest.mark.parametrize(
    ("at", "member", "value"),
    [
        (1, "event", "Issued"),
        (1, "issuer", "QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwG"),
        (2, "versionId", "01-QmaATTYtz28TGGEFn6b4VSEkP5tDmQLATBmHBevFTcmNFU"),
        (2, "versionId", "9999999999999999-QmaATTYtz28TGGEFn6b4VSEkP5tDmQLATBmHBevFTcmNFU"),
        (2, "versionId", "1-zzz"),
        (2, "deactivated", 0),
        (2, "salt", "x"),
        (2, "scid", "x"),
    ],
)
def test_an_opening_has_its_exact_members(at, member, value):
    receipt = json.loads(cases()["receipts"][at])
    receipt["opening"][member] = value
    assert code_of(parse_receipt, json.dumps(receipt).encode()) == "receipt.malformed"


@given(st.binary(max_size=80))
def test_noise_is_malformed(raw):
    assert code_of(parse_receipt, raw) == "receipt.malformed"


def test_a_receipt_over_its_cap_is_malformed():
    assert code_of(parse_receipt, b" " * (256 * 1024 + 1)) == "receipt.malformed"


HASHES = "A" * 43 + "=\n"


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("c2sp.org/tlog-proof@v1\nindex 0\n\nnote", True),
        (f"c2sp.org/tlog-proof@v1\nindex 7\n{HASHES * 64}\nnote\n\nmore\n", True),
        ("c2sp.org/tlog-proof@v1\nextra QQ==\nindex 0\n\nnote", True),
        ("c2sp.org/tlog-proof@v1\nextra QQ\nindex 0\n\nnote", False),
        ("c2sp.org/tlog-proof@v1\nextra QQ==\nextra QQ==\nindex 0\n\nnote", False),
        ("c2sp.org/tlog-proof@v2\nindex 0\n\nnote", False),
        ("c2sp.org/tlog-proof@v1\n\nnote", False),
        ("c2sp.org/tlog-proof@v1\nindex 00\n\nnote", False),
        ("c2sp.org/tlog-proof@v1\nindex -1\n\nnote", False),
        ("c2sp.org/tlog-proof@v1\nindex 0\nnote", False),
        ("c2sp.org/tlog-proof@v1\nindex 0", False),
        ("", False),
        (f"c2sp.org/tlog-proof@v1\nindex 7\n{HASHES * 65}\nnote", False),
        ("c2sp.org/tlog-proof@v1\nindex 7\nQQ==\n\nnote", False),
        ("c2sp.org/tlog-proof@v1\r\nindex 7\n\nnote", False),
    ],
)
def test_a_proof_as_text(text, reads):
    if not reads:
        assert code_of(parse_tlog_proof, text) == "tlog-proof.malformed"
    elif "extra" not in text:
        assert parse_tlog_proof(text).text == text
    else:
        assert parse_tlog_proof(text) == TlogProof(0, (), "note")


def test_an_opening_cannot_be_a_seal():
    # A receipt rebuilds kinds 01 to 03 only, so no commitment can be made to read as a seal.
    seal = encode(Seal(0, bytes(32)))
    for subject in subjects():
        opening = parse_receipt(cases()["receipts"][subjects().index(subject)].encode()).opening
        assert len(encode(opening.entry)) != len(seal)
