"""Entries: the vectors byte for byte, every refusal with its code, and nothing but our errors on noise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from did.errors import DidError
from did.registry import entries
from did.registry.entries import DidOperation, Event, Evidence, IssuerEvent, Seal
from did.registry.tree import leaf_hash
from tests.support import vectors

SCID = b"\x12\x20" + b"\x07" * 32
HASH = b"\x12\x20" + b"\x08" * 32

multihashes = st.binary(min_size=32, max_size=32).map(lambda tail: b"\x12\x20" + tail)
digests = st.binary(min_size=32, max_size=32)
any_entry = st.one_of(
    st.builds(DidOperation, multihashes, st.integers(1, 2**53 - 1), multihashes, st.booleans()),
    st.builds(Evidence, digests),
    st.builds(IssuerEvent, multihashes, st.sampled_from(Event), digests),
    st.builds(Seal, st.integers(0, 2**64 - 1), digests),
)


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


def test_every_entry_of_the_vectors_encodes_decodes_and_hashes_as_published():
    cases = vectors.load("registry", "entries.json")["entries"]
    assert len(cases) == 16
    for case in cases:
        raw = bytes.fromhex(case["entry"])
        entry = entries.decode(raw)
        assert entries.encode(entry) == raw
        assert leaf_hash(raw).hex() == case["leafHash"]
        match entry:
            case DidOperation():
                assert (case["kind"], case["version"], case["flags"]) == (
                    "did",
                    entry.version,
                    int(entry.deactivated),
                )
            case Evidence():
                assert (case["kind"], case["commitment"]) == ("evidence", entry.commitment.hex())
            case IssuerEvent():
                assert (case["kind"], case["event"], case["commitment"]) == (
                    "event",
                    entry.event,
                    entry.commitment.hex(),
                )
            case Seal():
                assert (case["sealIndex"], case["mapRoot"]) == (entry.index, entry.map_root.hex())


def test_every_broken_entry_of_the_vectors_is_refused_with_its_code():
    cases = vectors.load("registry", "entries.json")["refused"]
    assert len(cases) == 17
    for case in cases:
        assert code_of(entries.decode, bytes.fromhex(case["entry"])) == case["code"], case["name"]


@given(any_entry)
def test_encoding_is_the_inverse_of_decoding(entry):
    assert entries.decode(entries.encode(entry)) == entry


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: entries.PREFIX + tail))
def test_noise_decodes_to_itself_or_fails_with_our_error(raw):
    try:
        entry = entries.decode(raw)
    except DidError:
        return
    assert entries.encode(entry) == raw


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (DidOperation(SCID[1:], 1, HASH, deactivated=False), "entry.length"),
        (DidOperation(b"\x00" + SCID[1:], 1, HASH, deactivated=False), "entry.scid"),
        (DidOperation(SCID, 0, HASH, deactivated=False), "entry.version"),
        (DidOperation(SCID, -1, HASH, deactivated=False), "entry.version"),
        (DidOperation(SCID, 2**53, HASH, deactivated=False), "entry.version"),
        (DidOperation(SCID, 2**64, HASH, deactivated=False), "entry.version"),
        (DidOperation(SCID, 1, b"\x00" + HASH[1:], deactivated=False), "entry.hash"),
        (Evidence(b"\x00" * 31), "entry.length"),
        (Seal(2**64, b"\x00" * 32), "entry.length"),
    ],
)
def test_what_decoding_would_refuse_is_not_encoded(entry, code):
    assert code_of(entries.encode, entry) == code


def test_the_length_cap_comes_before_the_prefix():
    assert code_of(entries.decode, b"\x00" * 257) == "entry.length"
    assert code_of(entries.decode, b"\x00" * 256) == "entry.prefix"


def test_commitments_and_salts_are_those_of_the_vectors():
    case = vectors.load("registry", "receipts.json")
    evidence = case["evidence"]
    assert (
        entries.evidence_commitment(bytes.fromhex(evidence["salt"]), bytes.fromhex(evidence["digest"])).hex()
        == evidence["commitment"]
    )
    key, digest = bytes.fromhex(case["credentialKey"]), bytes.fromhex(case["credentialDigest"])
    scid34 = entries.decode(
        bytes.fromhex(vectors.load("registry", "entries.json")["entries"][2]["entry"])
    ).scid34
    for event in case["events"]:
        kind = Event.from_label(event["event"])
        assert kind == event["byte"]
        salt = entries.event_salt(key, kind, event["counter"])
        assert salt.hex() == event["salt"]
        assert entries.event_commitment(scid34, kind, salt, digest).hex() == event["commitment"]
    unused = case["unusedCounterExample"]
    salt = entries.event_salt(key, Event(unused["event"]), unused["counter"])
    assert (
        entries.event_commitment(scid34, Event(unused["event"]), salt, digest).hex() == unused["commitment"]
    )


def test_openings_of_other_sizes_are_refused():
    assert code_of(entries.evidence_commitment, b"", b"\x00" * 32) == "entry.opening"
    assert code_of(entries.event_commitment, SCID, Event.ISSUED, b"\x00" * 32, b"") == "entry.opening"
    for scid in (b"", SCID + b"\x00", b"\x13" + SCID[1:]):
        code = code_of(entries.event_commitment, scid, Event.ISSUED, b"\x00" * 32, b"\x00" * 32)
        assert code == "entry.scid"
    assert code_of(entries.event_salt, b"\x00" * 32, Event.ISSUED, -1) == "entry.counter"
    assert code_of(entries.event_salt, b"\x00" * 32, Event.ISSUED, 2**32) == "entry.counter"
    assert code_of(entries.event_salt, b"\x00" * 31, Event.ISSUED, 0) == "entry.opening"
    assert code_of(Event.from_label, "Issued") == "entry.event"
