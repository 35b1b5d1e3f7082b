"""The published examples of SD-JWT: issued by us and by the reference, presented, and verified by both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import yaml

from credentials import sd_jwt
from did.encoding import decode_base64url
from did.keys import P256Signer, PublicKey
from tests.support import sd_jwt_reference as reference
from tests.support import vectors
from tests.support.sd_jwt import Randomness

TYP = "example+sd-jwt"
FOLDERS = (
    "address_only_flat",
    "address_only_recursive",
    "address_only_structured",
    "address_only_structured_one_open",
    "arf-pid",
    "complex_eidas",
    "complex_eidas_proposal",
    "complex_ekyc",
    "json_serialization_flattened",
    "json_serialization_general",
    "jsonld",
    "simple",
    "simple_structured",
    "w3c-vc",
    "w3c-vc_for_slide_deck",
)


class Example:
    """One folder, with the settings of all."""

    def __init__(self, name):
        found = reference.load(vectors.path("sd-jwt", name, "specification.yml").read_text())
        general = yaml.safe_load(vectors.path("sd-jwt", "settings.yml").read_text())
        self.settings = {**general, **found.get("settings_override", {})}
        keys = self.settings["key_settings"]
        self.issuer, self.issuer_key = signer(keys["issuer_keys"][0])
        self.holder, self.holder_key = signer(keys["holder_key"])
        self.bound = found.get("key_binding", False)
        self.decoys = found.get("add_decoy_claims", False)
        self.typ = found.get("extra_header_parameters", {}).get("typ", TYP)
        defaults = {"iss": general["identifiers"]["issuer"], "iat": general["iat"], "exp": general["exp"]}
        self.marked = {
            **(defaults if found.get("include_default_claims", True) else {}),
            **found["user_claims"],
        }
        self.claims, self.paths = reference.claims_and_paths(self.marked)
        self.selection = found["holder_disclosed_claims"]
        self.nonce = general["key_binding_nonce"]
        self.verifier = general["identifiers"]["verifier"]

    def issue(self):
        return sd_jwt.issue(
            self.claims,
            signer=self.issuer,
            typ=self.typ,
            random_bytes=Randomness(),
            disclosable=self.paths,
            holder_key=self.holder.public_key if self.bound else None,
            decoys=4 if self.decoys else 0,
        )

    def issue_by_reference(self):
        return reference.issue(
            reference.reference_marks(self.marked),
            self.issuer_key,
            "ES256",
            self.typ,
            holder=self.holder_key if self.bound else None,
            add_decoy_claims=self.decoys,
        )

    def present_by_reference(self, text):
        if not self.bound:
            return reference.present(text, self.selection, now=NOW)
        return reference.present(
            text, self.selection, now=NOW, nonce=self.nonce, aud=self.verifier, holder=self.holder_key
        )

    def present_the_same(self, text, presentation):
        """Choose by our own code what the reference chose."""
        held = self.receive(text)
        chosen = self.verify(presentation).disclosed
        texts = {item.text for item in chosen}
        places = {item.place for item in held.disclosed if item.text in texts}
        binding = sd_jwt.KeyBinding(self.holder, self.verifier, self.nonce, NOW) if self.bound else None
        return sd_jwt.present_places(held, places, key_binding=binding)

    def receive(self, text):
        return sd_jwt.receive(sd_jwt.read(text), self.issuer.public_key, expected_typ=self.typ, now=NOW)

    def verify(self, text):
        read = sd_jwt.read(text)
        verified = sd_jwt.verify(read, self.issuer.public_key, expected_typ=self.typ, now=NOW)
        if self.bound:
            holder = sd_jwt.verify_key_binding(
                verified,
                expected_nonce=self.nonce,
                expected_audience=self.verifier,
                now=NOW,
                max_age=timedelta(minutes=5),
                skew=timedelta(0),
            )
            assert holder == self.holder.public_key
        return verified

    def verify_by_reference(self, text):
        demanded = {"aud": self.verifier, "nonce": self.nonce} if self.bound else {}
        return reference.verify(text, self.issuer_key, **demanded)


NOW = datetime(2026, 11, 20, tzinfo=UTC)


def signer(jwk):
    found = P256Signer(decode_base64url(jwk["d"]))
    assert found.public_key == PublicKey.from_jwk({name: jwk[name] for name in ("kty", "crv", "x", "y")})
    return found, reference.key(found, decode_base64url(jwk["d"]))


def test_every_folder_is_used():
    found = {path.name for path in vectors.path("sd-jwt").iterdir() if path.is_dir()}
    assert found == set(FOLDERS)


@pytest.mark.parametrize("name", FOLDERS)
def test_what_we_issue_holds_all_claims(name):
    example = Example(name)
    held = example.receive(example.issue())
    key = {"cnf": {"jwk": example.holder.public_key.jwk()}} if example.bound else {}
    assert held.claims == {**example.claims, **key}
    assert held.disclosed_places == set(example.paths)
    assert (held.processed.hidden > 0) is example.decoys


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("issuer", ["we", "the reference"])
def test_both_verify_what_both_present(name, issuer):
    example = Example(name)
    text = example.issue() if issuer == "we" else example.issue_by_reference()
    theirs = example.present_by_reference(text)
    ours = example.present_the_same(text, theirs)
    claims = example.verify(theirs).claims
    assert claims == example.verify_by_reference(theirs)
    assert claims == example.verify(ours).claims
    assert claims == example.verify_by_reference(ours)


@pytest.mark.parametrize("name", ["json_serialization_flattened", "json_serialization_general"])
def test_json_serializations_say_what_the_compact_one_says(name):
    example = Example(name)
    compact = example.present_by_reference(example.issue())
    document = reference.json_form(compact)
    if name.endswith("general"):
        other = {"protected": document["protected"], "signature": "AAAA"}
        first = {member: document.pop(member) for member in ("protected", "signature", "header")}
        document["signatures"] = [first, other]
    assert sd_jwt.read_json(document) == sd_jwt.read(compact)
