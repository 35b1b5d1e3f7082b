import base64
import hashlib

import pytest

from credentials.errors import CredentialError
from credentials.limits import LIMITS
from credentials.model import check_content
from credentials.model.related import read_related
from did.encoding import encode_base64url, encode_multibase
from tests.support.world import refusal

CONTENT = b"the resource"


def sri(name, content=CONTENT):
    return f"{name}-{base64.b64encode(hashlib.new(name, content).digest()).decode()}"


def multihash(code, name, content=CONTENT):
    digest = hashlib.new(name, content).digest()
    return bytes([code, len(digest)]) + digest


HASHES = [(0x12, "sha256"), (0x13, "sha512"), (0x20, "sha384"), (0x14, "sha3_512"), (0x16, "sha3_256")]


def related(**members):
    return read_related({"relatedResource": {"id": "urn:x:a", **members}}, LIMITS)


@pytest.mark.parametrize(
    "digests",
    [
        *({"digestSRI": sri(name)} for name in ("sha256", "sha384", "sha512")),
        {"digestSRI": sri("sha256").rstrip("=")},
        {"digestSRI": sri("sha384").replace("+", "-").replace("/", "_").replace("sha384", "SHA384")},
        {"digestSRI": [sri("sha256"), sri("sha512")]},
        *({"digestMultibase": encode_multibase(multihash(*entry))} for entry in HASHES),
        {"digestMultibase": "u" + encode_base64url(multihash(0x12, "sha256"))},
        # Without the header, as in the text's own examples.
        *(
            {"digestMultibase": "u" + encode_base64url(hashlib.new(name, CONTENT).digest())}
            for name in ("sha256", "sha384", "sha512")
        ),
        {"digestSRI": sri("sha256"), "digestMultibase": encode_multibase(multihash(0x20, "sha384"))},
        # What nobody here can compute does not stand in the way of what can be.
        {"digestSRI": sri("sha256"), "digestMultibase": encode_multibase(b"\x1e\x20" + bytes(32))},
    ],
)
def test_content_is_known_again_by_its_digests(digests):
    (resource,) = related(**digests, mediaType="text/plain")
    check_content(resource, CONTENT)
    with pytest.raises(CredentialError, match=r"resource\.digest"):
        check_content(resource, CONTENT + b".")


@pytest.mark.parametrize("wrong", ["digestSRI", "digestMultibase"])
def test_every_digest_must_agree(wrong):
    digests = {"digestSRI": sri("sha256"), "digestMultibase": encode_multibase(multihash(0x12, "sha256"))}
    other = {
        "digestSRI": sri("sha256", b"other"),
        "digestMultibase": encode_multibase(multihash(0x12, "sha256", b"")),
    }
    (resource,) = related(**{**digests, wrong: other[wrong]})
    with pytest.raises(CredentialError, match=r"resource\.digest"):
        check_content(resource, CONTENT)


def test_a_digest_of_another_length_is_well_formed_and_nothing_s_digest():
    (resource,) = related(digestSRI="sha256-" + hashlib.sha256(CONTENT).hexdigest())
    with pytest.raises(CredentialError, match=r"resource\.digest"):
        check_content(resource, CONTENT)


def test_an_unknown_algorithm_decides_nothing():
    (resource,) = related(digestMultibase=encode_multibase(b"\x9e\x01\x02" + bytes(2)))
    assert resource.digests[0].algorithm == "0x9e"
    with pytest.raises(CredentialError, match=r"resource\.algorithm"):
        check_content(resource, CONTENT)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"id": "relative", "digestSRI": sri("sha256")},
        {"id": None, "digestSRI": sri("sha256")},
        {"digestSRI": []},
        {"digestSRI": None},
        {"digestSRI": ""},
        {"digestSRI": "sha256"},
        {"digestSRI": "sha256-"},
        {"digestSRI": "sha256-A"},
        {"digestSRI": "sha256-!!!!"},
        {"digestSRI": "sha1-" + "A" * 27 + "="},
        {"digestSRI": sri("sha256") + " " + sri("sha512")},
        {"digestSRI": sri("sha256") + "?option"},
        {"digestSRI": [sri("sha256")] * 21},
        {"digestMultibase": ""},
        {"digestMultibase": "m" + base64.b64encode(multihash(0x12, "sha256")).decode()},
        {"digestMultibase": "z"},
        {"digestMultibase": encode_multibase(hashlib.sha256(CONTENT).digest()[:1] + b"\x80" * 12)},
        {"digestMultibase": encode_multibase(multihash(0x12, "sha256")[:-1])},
        {"digestMultibase": encode_multibase(multihash(0x12, "sha256") + b"\x00")},
        {"digestMultibase": encode_multibase(multihash(0x12, "sha384"))},
        {"digestMultibase": encode_multibase(b"\x1e\x20" + bytes(513))},
        {"digestSRI": sri("sha256"), "mediaType": "text"},
        {"digestSRI": sri("sha256"), "mediaType": None},
    ],
)
def test_refused_forms(members):
    with refusal() as codes:
        related(**members)
    assert codes == ["model.related-resource"]


def test_parameters_of_a_media_type():
    (resource,) = related(digestSRI=sri("sha256"), mediaType='text/html; charset=utf-8;a="b c"')
    assert resource.media_type == 'text/html; charset=utf-8;a="b c"'
