import itertools
from datetime import timedelta

import orjson
import pytest

from credentials.errors import CredentialError
from credentials.holder.wallet import Wallet
from credentials.suites.bbs_proof_value import DerivedProofValue
from tests.support.world import BBS, EDDSA, IDENTITY_TYPE, World, tamper

HIDDEN = {
    "/credentialSubject/givenName",
    "/credentialSubject/familyName",
    "/credentialSubject/birthDate",
    "/credentialSubject/birthPlace",
    "/credentialSubject/documentNumber",
    "/credentialSubject/address/streetAddress",
    "/credentialSubject/address/postalCode",
    "/credentialSubject/address/addressLocality",
    "/credentialSubject/address/addressCountry",
    "/credentialSchema/id",
    "/credentialSchema/type",
}
PUBLIC = {"/issuer", "/type/0", "/type/1", "/validFrom", "/validUntil"}


@pytest.fixture
def world():
    return World("wallet")


def refused(act):
    with pytest.raises(CredentialError) as caught:
        act()
    return caught.value.code


def disclosure(world, request, **options):
    return world.wallet.match(request, suites=world.suites, now=world.now, **options)


# Receiving


@pytest.mark.parametrize("cryptosuite", [EDDSA, BBS])
def test_a_verified_credential_is_stored(world, cryptosuite):
    credential = world.issue(cryptosuite)
    world.receive(credential)
    (stored,) = world.wallet.credentials
    assert stored.credential.document == credential
    assert stored.received == world.now
    assert world.wallet.get(stored.id[:6]) == stored


@pytest.mark.parametrize("cryptosuite", [EDDSA, BBS])
@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/credentialSubject/nationality", "FR", "proof.signature"),
        ("/validUntil", "2099-01-01T00:00:00Z", "proof.signature"),
        ("/proof", ..., "proof.missing"),
        ("/issuer", "did:example:other", "issuer.mismatch"),
        ("/type", "Other", "model.type"),
    ],
)
def test_nothing_is_stored_that_does_not_verify(world, cryptosuite, pointer, value, code):
    assert refused(lambda: world.receive(tamper(world.issue(cryptosuite), pointer, value))) == code
    assert world.wallet.credentials == ()


def test_a_derived_credential_is_not_stored(world):
    world.receive(world.issue(BBS))
    derived = world.present(world.request())["verifiableCredential"][0]
    assert refused(lambda: world.receive(derived)) == "proof.derived"


def test_a_credential_is_stored_once(world):
    credential = world.issue(BBS)
    world.receive(credential)
    assert refused(lambda: world.receive(credential)) == "wallet.duplicate"


def test_an_expired_credential_is_not_stored(world):
    credential = world.issue(BBS)
    world.now += timedelta(days=366)
    assert refused(lambda: world.receive(credential)) == "credential.expired"


# Contents


def test_the_contents_survive_json(world):
    world.receive(world.issue(BBS))
    contents = orjson.loads(orjson.dumps(world.wallet.to_json()))
    assert Wallet.parse(contents) == world.wallet


@pytest.mark.parametrize(
    "contents",
    [
        {},
        {"credentials": [], "keys": {}},
        {"credentials": ["x"], "keys": []},
        {"credentials": [{}], "keys": []},
        {"credentials": [], "keys": [{}]},
        {"credentials": [], "keys": [{"seed": "AAAA"}]},
    ],
)
def test_malformed_contents(contents):
    assert refused(lambda: Wallet.parse(contents)) == "wallet.contents"


def test_secrets_do_not_show(world):
    (key,) = world.wallet.keys
    assert key.seed.hex() not in repr(world.wallet)
    assert repr(key.seed) not in repr(world.wallet)


def test_a_credential_is_forgotten(world):
    world.receive(world.issue(BBS))
    world.receive(world.issue(EDDSA))
    first, second = world.wallet.credentials
    assert world.wallet.without(first.id).credentials == (second,)
    assert refused(lambda: world.wallet.get("")) == "wallet.unknown"
    assert refused(lambda: world.wallet.without("zz")) == "wallet.unknown"


# Matching


def test_the_preview_says_what_is_revealed_and_what_stays_hidden(world):
    world.receive(world.issue(BBS))
    (choice,) = disclosure(world, world.request()).choices
    asked = {"/credentialSubject/nationality", "/credentialSubject/resident"}
    assert choice.selective
    assert set(choice.revealed) == PUBLIC | asked
    assert choice.revealed["/credentialSubject/resident"] is True
    assert set(choice.hidden) == HIDDEN


def test_the_preview_is_what_the_presentation_shows(world):
    world.receive(world.issue(BBS))
    request = world.request("nationality", "address.postalCode")
    (choice,) = disclosure(world, request).choices
    (shown,) = world.present(request)["verifiableCredential"]
    shown.pop("proof")
    assert set(leaves(shown)) == set(choice.revealed.items())


def test_of_a_whole_credential_everything_is_revealed(world):
    world.receive(world.issue(EDDSA))
    (choice,) = disclosure(world, world.request()).choices
    assert not choice.selective
    assert choice.hidden == ()
    preview = disclosure(world, world.request()).to_json()
    assert preview["domain"] == "https://verifier.example"
    assert preview["choices"][0]["hidden"] == []


def test_what_discloses_parts_goes_before_what_is_shown_whole_and_new_before_old(world):
    world.receive(world.issue(BBS))
    world.now += timedelta(minutes=1)
    world.receive(world.issue(BBS))
    world.now += timedelta(minutes=1)
    world.receive(world.issue(EDDSA))
    old, new, whole = world.wallet.credentials
    request = world.request()
    assert disclosure(world, request).choices[0].credential_id == new.id
    for wanted in (old, new, whole):
        chosen = disclosure(world, request, chosen={"identity": wanted.id[:8]})
        assert chosen.choices[0].credential_id == wanted.id


def test_an_expired_credential_is_not_offered(world):
    world.receive(world.issue(BBS))
    request = world.request()
    world.now += timedelta(days=366)
    assert refused(lambda: disclosure(world, request)) == "query.unsatisfied"


def query(*claims):
    entry = {"id": "q", "format": "ldp_vc", "meta": {"type_values": [[IDENTITY_TYPE]]}}
    return {"credentials": [{**entry, **({"claims": [{"path": path} for path in claims]} if claims else {})}]}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (None, "query.absent"),
        (query(["credentialSubject", "shoeSize"]), "query.unsatisfied"),
        (query(), "query.no-claim"),
        (query(["issuer"]), "query.no-claim"),
        (query(["credentialSubject", "nationality"], ["type", 0]), "query.index"),
    ],
)
def test_requests_that_the_wallet_refuses(world, asked, code):
    world.receive(world.issue(BBS))
    assert refused(lambda: disclosure(world, world.request(query=asked))) == code


# Presenting


def test_the_key_of_a_presentation_is_made_for_it(world):
    world.receive(world.issue(BBS))
    first, second = world.present(world.request()), world.present(world.request())
    assert first["holder"] != second["holder"]
    assert first["holder"] != world.holder != second["holder"]


def test_a_whole_credential_goes_out_under_its_subjects_key(world):
    world.receive(world.issue(EDDSA))
    assert world.present(world.request())["holder"] == world.holder


def test_a_credential_of_another_subject_is_not_presented(world):
    subject = {"id": "did:example:other", "nationality": "PT", "resident": True}
    document = {k: v for k, v in world.issue(EDDSA).items() if k not in {"proof", "credentialSchema"}}
    world.receive(world.sign({**document, "credentialSubject": subject}))
    assert refused(lambda: world.present(world.request())) == "wallet.unbound"


def test_a_credential_without_a_subject_is_not_presented(world):
    document = {k: v for k, v in world.issue(EDDSA).items() if k != "proof"}
    world.receive(world.sign(tamper(document, "/credentialSubject/id", ...)))
    assert refused(lambda: world.present(world.request())) == "wallet.unbound"


def test_credentials_of_two_subjects_are_not_presented_together(world):
    world.receive(world.issue(EDDSA))
    world.wallet, other = world.wallet.with_key(world.random)
    document = {k: v for k, v in world.issue(EDDSA).items() if k != "proof"}
    world.receive(world.sign(tamper(document, "/credentialSubject/id", other.did)))
    entry = query(["credentialSubject", "nationality"])["credentials"][0]
    request = world.request(query={"credentials": [entry, {**entry, "id": "r"}]})
    assert refused(lambda: world.present(request)) == "wallet.holders"


# Unlinkability


def test_two_presentations_share_only_what_is_disclosed_mandatory_or_public(world):
    world.receive(world.issue(BBS))
    first, second = world.present(world.request()), world.present(world.request())
    for presentation in (first, second):
        presentation["proof"].pop("created")  # the moment of presenting, which the verifier knows anyway
    common = {value for _, value in leaves(first)} & {value for _, value in leaves(second)}
    (choice,) = disclosure(world, world.request()).choices
    public = {
        # of the form
        "https://www.w3.org/ns/credentials/v2",
        "https://avow.example/contexts/national-identity/v1",
        "VerifiablePresentation",
        "DataIntegrityProof",
        "bbs-2023",
        "eddsa-jcs-2022",
        "assertionMethod",
        "authentication",
        # of the verifier and the issuer
        "https://verifier.example",
        f"{world.issuer.did}#bbs",
    }
    assert common <= public | set(choice.revealed.values())
    assert set(choice.revealed) == PUBLIC | {"/credentialSubject/nationality", "/credentialSubject/resident"}


def test_two_derived_proofs_share_no_bytes_but_small_positions(world):
    """Header, mandatory pointers and key are the same for all holders of a profile; positions are few.

    What bbs-2023 leaves common between two proofs of one credential is where statements and unnamed nodes
    stand after shuffling: a handful of small numbers, asserted here to be that and no more.
    """
    world.receive(world.issue(BBS))
    values = [
        DerivedProofValue.read(
            world.present(world.request())["verifiableCredential"][0]["proof"]["proofValue"]
        )
        for _ in range(2)
    ]
    first, second = values
    assert first.presentation_header != second.presentation_header
    assert not runs(first.proof) & runs(second.proof)
    assert all(len(label) <= 4 for value in values for label in value.labels.values())
    assert all(
        index < 64 for value in values for index in (*value.mandatory_indexes, *value.selective_indexes)
    )


def test_no_presentation_carries_anything_of_the_base_proof(world):
    credential = world.issue(BBS)
    world.receive(credential)
    (shown,) = world.present(world.request())["verifiableCredential"]
    base = credential["proof"]["proofValue"]
    assert not runs(base[5:].encode(), 12) & runs(shown["proof"]["proofValue"][5:].encode(), 12)


def test_the_same_claims_of_two_people_look_alike(world):
    """But for positions: every member that is not random is the same in both presentations."""
    shapes = []
    for given_name in ("Ines", "Duarte"):
        other = World(f"wallet-{given_name}")
        other.registry, other.issuer, other.policy = world.registry, world.issuer, world.policy
        other.receive(other.issue(BBS))
        (shown,) = other.present(other.request())["verifiableCredential"]
        shown["proof"].pop("proofValue")
        shapes.append(shown)
    assert shapes[0] == shapes[1]


def runs(data, size=8):
    return {data[at : at + size] for at in range(len(data) - size + 1)}


def leaves(value, path=""):
    """Every scalar of a document, by pointer; contexts and all of a proof included."""
    if isinstance(value, dict):
        nested = [leaves(item, f"{path}/{key}") for key, item in value.items() if key != "@context" or path]
    elif isinstance(value, list):
        nested = [leaves(item, f"{path}/{number}") for number, item in enumerate(value)]
    else:
        return [(path, value)]
    return list(itertools.chain.from_iterable(nested))
