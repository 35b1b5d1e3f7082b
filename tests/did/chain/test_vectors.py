"""The published vectors: the contract and the reference do with them what they say."""

from __future__ import annotations

import pytest
from eth_utils import keccak

from did.chain import AnchorCall, ChainRejectedError
from did.chain.abi import artefact, base_slot, encode_anchor, encode_call, log_id_of
from did.chain.reference import ReferenceAnchorLog
from tests.support import vectors
from tests.support.contract_sandbox import Sandbox


def _bytes(text):
    return bytes.fromhex(text.removeprefix("0x"))


def _vector():
    return vectors.load("registry", "contract.json")


def _call(anchor):
    return AnchorCall(
        anchor["size"],
        _bytes(anchor["root"]),
        _bytes(anchor["mapRoot"]),
        tuple(map(_bytes, anchor["extension"])),
        tuple(map(_bytes, anchor["edge"])),
    )


def _opened(vector):
    sandbox = Sandbox()
    sandbox.at(number=2, time=1_800_000_002)
    answer = sandbox.call(_bytes(vector["admin"]), _bytes(vector["openCalldata"]))
    assert answer.error is None
    assert answer.output == _bytes(vector["logId"])
    return sandbox


def _anchored(sandbox, vector, anchor):
    sandbox.at(number=anchor["blockNumber"], time=anchor["time"])
    return sandbox.call(_bytes(vector["publisher"]), _bytes(anchor["calldata"]))


def test_selectors_are_those_of_the_interface():
    vector = _vector()
    assert {name.split("(")[0]: _bytes(value) for name, value in vector["selectors"].items()} == dict(
        artefact().selectors
    )
    for signature, value in vector["selectors"].items():
        assert keccak(text=signature)[:4] == _bytes(value)


def test_the_log_id_and_the_opening_call():
    vector = _vector()
    origin_hash = keccak(text=vector["origin"])
    assert origin_hash == _bytes(vector["originHash"])
    assert log_id_of(_bytes(vector["admin"]), origin_hash) == _bytes(vector["logId"])
    call = encode_call("open", origin_hash, _bytes(vector["publisher"]))
    assert call == _bytes(vector["openCalldata"])


def test_calldata_is_encoded_as_in_the_vectors():
    vector = _vector()
    for anchor in vector["anchors"]:
        assert encode_anchor(_bytes(vector["logId"]), _call(anchor)) == _bytes(anchor["calldata"])


def test_calldata_is_accepted_and_storage_is_identical():
    vector = _vector()
    sandbox = _opened(vector)
    for anchor in vector["anchors"]:
        assert _anchored(sandbox, vector, anchor).error is None
        slots = {int(slot, 16): int(value, 16) for slot, value in anchor["storage"].items()}
        assert min(slots) == base_slot(_bytes(vector["logId"]))
        assert {slot: sandbox.storage(slot) for slot in slots} == slots


def test_refusals_carry_the_named_error():
    vector = _vector()
    sandbox = _opened(vector)
    assert _anchored(sandbox, vector, vector["anchors"][0]).error is None
    assert len(vector["refusedAfterFirstAnchor"]) == 10
    for refused in vector["refusedAfterFirstAnchor"]:
        answer = sandbox.call(_bytes(refused["sender"]), _bytes(refused["calldata"]))
        assert (refused["name"], answer.error) == (refused["name"], refused["error"])


def test_the_reference_takes_the_anchors_of_the_vectors():
    vector = _vector()
    reference = ReferenceAnchorLog()
    publisher, log_id = _bytes(vector["publisher"]), _bytes(vector["logId"])
    assert reference.open(_bytes(vector["admin"]), _bytes(vector["originHash"]), publisher) == log_id
    for anchor in vector["anchors"]:
        call = _call(anchor)
        reference.anchor(publisher, log_id, call, block=anchor["blockNumber"], time=anchor["time"])
        head = reference.head(log_id)
        packed = head.size | head.sequence << 64 | head.block << 128 | head.time << 192
        stored = [int(value, 16) for value in anchor["storage"].values()]
        assert [int.from_bytes(head.root), int.from_bytes(head.map_root), packed] == stored[:3]


def test_the_reference_refuses_a_sender_that_never_opened_the_log():
    vector = _vector()
    with pytest.raises(ChainRejectedError) as refused:
        ReferenceAnchorLog().anchor(
            _bytes(vector["publisher"]), _bytes(vector["logId"]), _call(vector["anchors"][0]), block=1, time=1
        )
    assert (refused.value.code, refused.value.error) == ("chain.rejected", "NotPublisher")
