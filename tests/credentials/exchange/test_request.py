import pytest

from credentials.errors import CredentialError
from credentials.exchange.request import Accepted, PresentationRequest
from tests.support.world import BBS, World, tamper

REQUEST = {"challenge": "A" * 22, "domain": "https://verifier.example", "query": None, "expires": "later"}


def test_a_request_survives_json():
    world = World("request")
    request = world.request()
    assert PresentationRequest.parse(request.to_json()) == request
    assert PresentationRequest.parse(REQUEST).query is None


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("challenge", ..., "request.malformed"),
        ("challenge", "A" * 21, "request.malformed"),
        ("challenge", "A" * 257, "request.malformed"),
        ("challenge", "A" * 21 + "/", "request.malformed"),
        ("challenge", 5, "request.malformed"),
        ("domain", ..., "request.malformed"),
        ("domain", "", "request.malformed"),
        ("domain", "a\nb", "request.malformed"),
        ("domain", ["https://verifier.example"], "request.malformed"),
        ("query", {}, "query.malformed"),
        ("holder", "did:example:x", "request.malformed"),
    ],
)
def test_refused_requests(member, value, code):
    with pytest.raises(CredentialError) as caught:
        PresentationRequest.parse(tamper(REQUEST, f"/{member}", value))
    assert caught.value.code == code


def test_a_request_is_no_list():
    with pytest.raises(CredentialError, match=r"request\.malformed"):
        PresentationRequest.parse([])


def test_request_presented_accepted():
    world = World("request")
    world.receive(world.issue(BBS))
    request = world.request()
    presented = request.present(world.present(request))
    verified = world.verify(presented.received, request).result
    accepted = presented.accept(verified)
    assert isinstance(accepted, Accepted)
    assert accepted.verified.claims()["identity"]["/credentialSubject/nationality"] == "PT"


def test_what_was_verified_is_this_answer_to_this_request():
    world = World("request")
    world.receive(world.issue(BBS))
    request, other = world.request(), world.request()
    presentation = world.present(request)
    verified = world.verify(presentation, request).result
    for presented in (other.present(presentation), request.present(world.present(request))):
        with pytest.raises(CredentialError) as caught:
            presented.accept(verified)
        assert caught.value.code == "exchange.mismatch"
