"""The list of members is held against the contexts, so none of a version can be missing from it."""

from credentials.model import CONTEXT_V1, CONTEXT_V2, Version
from credentials.model.vocabulary import DECISIVE, MEMBERS, PERIOD, PRESENTATION_MEMBERS
from credentials.suites import same_json
from schemas import contexts

# About the document, not said by it; `holder` and `issued` stand in the older context and in no text.
APART = {"@protected", "@version", "id", "type", "proof", "cred", "sec", "xsd", "holder", "issued"}


def terms(url, kind="VerifiableCredential"):
    scoped = contexts.load(url)["@context"][kind]["@context"]
    found = {}
    for name in scoped.keys() - (APART if kind == "VerifiableCredential" else APART - {"holder"}):
        iri = scoped[name] if isinstance(scoped[name], str) else scoped[name]["@id"]
        found[name] = iri.replace("cred:", "https://www.w3.org/2018/credentials#")
    return found


def members(version):
    return {member.name: member.iri for member in MEMBERS if version in member.versions}


def test_every_term_of_the_second_context_is_a_member():
    assert terms(CONTEXT_V2) == members(Version.V2)


def test_every_term_of_the_first_context_is_a_member():
    # Reserved there for the version to come, and refused in a credential of this one.
    reserved = {member.name: member.iri for member in PERIOD[Version.V2]}
    assert terms(CONTEXT_V1) == members(Version.V1) | reserved


def test_every_term_of_presentations_is_a_member():
    found = {member.name: member.iri for member in PRESENTATION_MEMBERS}
    assert terms(CONTEXT_V2, "VerifiablePresentation").items() <= found.items()
    assert found.keys() == {"holder", "verifiableCredential", "termsOfUse"}


def test_what_decides_is_guarded_in_statements():
    assert {f"<{iri}>": name for iri, name in DECISIVE.items()} == same_json.DECISIVE
    assert set(DECISIVE.values()) == {
        "issuer",
        "credentialSubject",
        "validFrom",
        "validUntil",
        "issuanceDate",
        "expirationDate",
        "credentialStatus",
        "credentialSchema",
        "evidence",
        "termsOfUse",
        "refreshService",
        "relatedResource",
        "holder",
        "verifiableCredential",
    }


def test_names_and_properties_are_one_to_one():
    assert len({member.name for member in MEMBERS}) == len({member.iri for member in MEMBERS}) == len(MEMBERS)
