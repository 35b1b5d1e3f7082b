from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.suites import bbs_proof_value
from credentials.suites.bbs_proof_value import BaseProofValue, DerivedProofValue
from credentials.suites.proof_cbor import MAX_BYTES
from did.encoding import encode_base58btc, encode_base64url

BASE_HEADER, DERIVED_HEADER = bbs_proof_value.BASE.header, bbs_proof_value.DERIVED.header
BASE = [bytes(80), bytes(64), bytes(96), bytes(32), ["/issuer"]]
DERIVED = [bytes(272), {0: 2, 1: 0}, [0, 3], [1, 2], b"header"]


def text(header, body):
    return "u" + encode_base64url(header + body)


def base(parts, header=BASE_HEADER):
    return text(header, cbor2.dumps(parts, canonical=True))


def derived(parts, header=DERIVED_HEADER):
    return text(header, cbor2.dumps(parts, canonical=True))


def code_of(read, value):
    try:
        read(value)
    except CredentialError as error:
        return error.code
    return None


def put(parts, index, value):
    return [*parts[:index], value, *parts[index + 1 :]]


def test_the_forms_as_such_are_read_and_written_back():
    assert BaseProofValue.read(base(BASE)).write() == base(BASE)
    assert DerivedProofValue.read(derived(DERIVED)).write() == derived(DERIVED)


def test_a_base_value_does_not_show_its_secrets():
    assert repr(BaseProofValue.read(base(BASE))) == "BaseProofValue(1 mandatory pointers)"


FAULTS = {
    "trailing byte": text(DERIVED_HEADER, cbor2.dumps(DERIVED) + b"\0"),
    "cut": text(DERIVED_HEADER, cbor2.dumps(DERIVED)[:-1]),
    "empty": text(DERIVED_HEADER, b""),
    "another header": derived(DERIVED, bytes.fromhex("d95d05")),
    "no header": text(b"", cbor2.dumps(DERIVED)),
    "base58": "z" + encode_base58btc(DERIVED_HEADER + cbor2.dumps(DERIVED)),
    "no multibase": derived(DERIVED)[1:],
    "padding": derived(DERIVED) + "=",
    "not base64": "u2V0D!",
    "no list": derived({0: 1}),
    "four components": derived(DERIVED[:4]),
    "six components": derived([*DERIVED, 0]),
    "proof as text": derived(put(DERIVED, 0, "proof")),
    "header as text": derived(put(DERIVED, 4, "header")),
    "labels as a list": derived(put(DERIVED, 1, [2, 0])),
    "labels of text": derived(put(DERIVED, 1, {"c14n0": "b0"})),
    "labels not injective": derived(put(DERIVED, 1, {0: 2, 1: 2})),
    "labels with a gap": derived(put(DERIVED, 1, {0: 2, 2: 0})),
    "label negative": derived(put(DERIVED, 1, {0: -1, 1: 0})),
    "label true": derived(put(DERIVED, 1, {0: True, 1: 0})),
    "label huge": derived(put(DERIVED, 1, {0: 2**70, 1: 0})),
    "index true": derived(put(DERIVED, 2, [False, True])),
    "index negative": derived(put(DERIVED, 3, [-1])),
    "index fraction": derived(put(DERIVED, 3, [1.5])),
    "index huge": derived(put(DERIVED, 3, [2**40])),
    "indexes unsorted": derived(put(DERIVED, 2, [3, 0])),
    "index twice": derived(put(DERIVED, 2, [3, 3])),
    "indexes as map": derived(put(DERIVED, 2, {})),
    "unsorted map": text(
        DERIVED_HEADER, b"\x85\x40\xa2\x01\x00\x00\x02\x80\x80\x40"
    ),
    "map key twice": text(DERIVED_HEADER, b"\x85\x40\xa2\x00\x02\x00\x02\x80\x80\x40"),
    "long integer": text(DERIVED_HEADER, b"\x85\x40\xa0\x81\x18\x01\x80\x40"),
    "indefinite list": text(DERIVED_HEADER, b"\x9f\x40\xa0\x80\x80\x40\xff"),
    "indefinite string": text(DERIVED_HEADER, b"\x85\x5f\x40\xff\xa0\x80\x80\x40"),
    "tagged": text(DERIVED_HEADER, b"\xc2" + cbor2.dumps(DERIVED)),
    "pattern tag": text(DERIVED_HEADER, b"\x85\xd8\x23\x64(a+)" + cbor2.dumps(DERIVED)[1:]),
    "date tag": text(DERIVED_HEADER, b"\x85\xc1\x00\xa0\x80\x80\x40"),
    "self-described": text(DERIVED_HEADER, b"\xd9\xd9\xf7" + cbor2.dumps(DERIVED)),
    "shared": text(DERIVED_HEADER, b"\xd8\x1c" + cbor2.dumps(DERIVED)),
    "nested": text(DERIVED_HEADER, b"\x81" * 5000 + b"\x00"),
    "undefined": text(DERIVED_HEADER, b"\x85\xf7\xa0\x80\x80\x40"),
    "too long": text(DERIVED_HEADER, bytes(MAX_BYTES)),
    "nothing": "",
}  # fmt: skip


@pytest.mark.parametrize("value", FAULTS.values(), ids=FAULTS)
def test_malformed_derived_values(value):
    assert code_of(DerivedProofValue.read, value) == "bbs-2023.malformed"


@pytest.mark.parametrize(
    "parts",
    [put(BASE, index, part) for index, part in [
        (0, bytes(79)), (0, "s"), (1, bytes(63)), (2, bytes(95)), (3, bytes(31)), (3, bytes(33)),
        (4, "/issuer"), (4, [b"/issuer"]), (4, [1]), (4, {}),
    ]],
)  # fmt: skip
def test_malformed_base_values(parts):
    assert code_of(BaseProofValue.read, base(parts)) == "bbs-2023.malformed"


def test_each_form_refuses_the_other_by_name():
    assert code_of(BaseProofValue.read, derived(DERIVED)) == "bbs-2023.derived-proof"
    assert code_of(DerivedProofValue.read, base(BASE)) == "bbs-2023.base-proof"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_our_error(body):
    for read, header in ((DerivedProofValue.read, DERIVED_HEADER), (BaseProofValue.read, BASE_HEADER)):
        assert code_of(read, text(header, body)) in (None, "bbs-2023.malformed")


@given(st.text(max_size=50))
def test_any_text_gives_a_value_or_our_error(found):
    assert (code_of(DerivedProofValue.read, found) or "").startswith("bbs-2023.")


ascending = st.sets(st.integers(0, 2**31 - 1), max_size=20).map(sorted).map(tuple)


@given(
    st.binary(max_size=300),
    st.permutations(range(8)),
    ascending,
    ascending,
    st.binary(max_size=64),
)
def test_what_is_written_is_read_back(proof, order, mandatory, chosen, header):
    labels = {f"c14n{index}": f"b{label}" for index, label in enumerate(order)}
    value = DerivedProofValue(proof, labels, mandatory, chosen, header)
    assert DerivedProofValue.read(value.write()) == value
