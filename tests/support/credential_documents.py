"""Documents as issuers write them, and odder ones, for comparing JSON-LD processors: the same for each seed.

They use what credentials use of JSON-LD 1.1 (scoped contexts, containers, lists, language, JSON literals,
graphs in presentations, reverse and nested members), with text of any script, nodes with and without
identifiers, and copies of nodes that nothing tells apart. Values are such that all processors write them
alike: integers; no characters from U+E000 to U+FFFF beside those beyond; and no control characters but line
feed and carriage return, unless `tabs`.
"""

from __future__ import annotations

import copy
import random
from typing import Any

from schemas import examples

V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
OPEN = "https://www.w3.org/ns/credentials/undefined-terms/v2"
CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
LICENCE = ["https://w3id.org/vdl/v1", "https://w3id.org/vdl/aamva/v1"]
CHARS = "abcXYZ 0123456789 \"\\\n\r<>{}|^`'@_:c14n0.éßЖ中文\u0085\u00a0\u0300\u200d\u2028\u2060\U0001f600"

Document = dict[str, Any]


def document(seed: str, number: int, *, tabs: bool = False) -> Document:
    """Make one document."""
    author = _Author(random.Random(f"{seed}/{number}"), CHARS + "\t\t" if tabs else CHARS)
    return author.document()


class _Author:
    def __init__(self, rng: random.Random, chars: str) -> None:
        self.rng, self.chars = rng, chars

    def maybe(self, probability: float) -> bool:
        return self.rng.random() < probability

    def text(self) -> str:
        return "".join(self.rng.choice(self.chars) for _ in range(self.rng.randrange(12)))

    def word(self) -> str:
        return "".join(self.rng.choice("abcdefghij") for _ in range(self.rng.randrange(3, 9)))

    def iri(self) -> str:
        kinds = ("did:example:{}", "urn:uuid:{}", "https://e.example/{}?a=b#c", "https://e.example/é/{}")
        return self.rng.choice(kinds).format(self.rng.randrange(6))

    def day(self) -> str:
        return f"{self.rng.randrange(1950, 2026)}-0{self.rng.randrange(1, 10)}-1{self.rng.randrange(10)}"

    def moment(self) -> str:
        return f"{self.day()}T0{self.rng.randrange(10)}:00:00Z"

    def number(self) -> int | float:
        return self.rng.choice([0, 1, -1, 7.0, 2**53 - 1, self.rng.randrange(-(10**6), 10**6)])

    def scalar(self) -> Any:
        return self.rng.choice([self.text, self.word, self.number, lambda: self.maybe(0.5)])()

    def some(self, make: Any, most: int = 3) -> Any:
        """One value, or an array of them with repetitions."""
        if self.maybe(0.6):
            return make()
        found = [make() for _ in range(self.rng.randrange(most + 1))]
        return found + found[:1] if self.maybe(0.3) else found

    def phrase(self) -> Any:
        if self.maybe(0.5):
            return self.text()
        value = {"@value": self.text(), "@language": self.rng.choice(["en", "pt-BR", "zh-Hans"])}
        return [value, self.text()] if self.maybe(0.3) else value

    def shuffled(self, value: Any) -> Any:
        if isinstance(value, dict):
            names = list(value)
            self.rng.shuffle(names)
            return {name: self.shuffled(value[name]) for name in names}
        return [self.shuffled(item) for item in value] if isinstance(value, list) else value

    def document(self) -> Document:
        kinds = (self.profile, self.card, self.licence, self.terms, self.terms, self.undefined, self.first,
                 self.presentation)  # fmt: skip
        made = self.rng.choice(kinds)()
        self.twins(made)
        return self.shuffled(made)

    def frame(self, contexts: list[Any], kind: str | None) -> Document:
        made: Document = {
            "@context": [V2, *contexts],
            "type": ["VerifiableCredential", kind] if kind else self.rng.choice(
                ["VerifiableCredential", ["VerifiableCredential"]]),
            "issuer": self.iri() if self.maybe(0.6) else {"id": self.iri(), "name": self.phrase()},
        }  # fmt: skip
        optional: dict[str, Any] = {
            "id": self.iri,
            "name": self.phrase,
            "description": self.phrase,
            "validFrom": self.moment,
            "validUntil": self.moment,
            "credentialStatus": lambda: self.some(self.status),
            "credentialSchema": lambda: self.some(lambda: {"id": self.iri(), "type": "JsonSchema"}),
            "relatedResource": lambda: {"id": self.iri(), "digestSRI": self.word(), "mediaType": "text/x"},
            "evidence": lambda: self.some(lambda: {"id": self.iri(), "type": "VerifiableCredential"}),
            "proof": lambda: self.some(self.proof),
        }
        made.update({name: make() for name, make in optional.items() if self.maybe(0.25)})
        return made

    def status(self) -> Document:
        return {
            "type": "BitstringStatusListEntry",
            "statusPurpose": self.rng.choice(["revocation", "suspension"]),
            "statusListIndex": str(self.rng.randrange(10**6)),
            "statusListCredential": self.iri(),
        }

    def proof(self) -> Document:
        found = {
            "type": "DataIntegrityProof",
            "cryptosuite": self.rng.choice(["eddsa-rdfc-2022", "ecdsa-rdfc-2019"]),
            "created": self.moment(),
            "verificationMethod": self.iri(),
            "proofPurpose": "assertionMethod",
            "proofValue": "z" + self.word(),
        }
        return {**found, "challenge": self.text(), "domain": self.word()} if self.maybe(0.3) else found

    def profile(self) -> Document:
        name = self.rng.choice(examples.NAMES)
        kind = "".join(map(str.capitalize, name.split("-"))) + "Credential"
        made = self.frame([f"https://avow.example/contexts/{name}/v1"], kind)
        subject = copy.deepcopy(examples.load(name))
        for member, value in list(subject.items()):
            if isinstance(value, str) and "Date" not in member and member != "awardedOn":
                subject[member] = self.some(self.text) if self.maybe(0.4) else value
        return {**made, "credentialSubject": self.identified(subject)}

    def identified(self, subject: Document) -> Document:
        return {"id": self.iri(), **subject} if self.maybe(0.4) else subject

    def card(self) -> Document:
        made = self.frame([CITIZENSHIP], "PermanentResidentCardCredential")
        card = {
            "type": self.rng.choice(["PermanentResidentCard", ["PermanentResidentCard"]]),
            "identifier": self.some(self.text),
            "lprCategory": self.word(),
        }
        subject = {
            "type": ["PermanentResident", "Person"] if self.maybe(0.5) else ["Person", "PermanentResident"],
            "givenName": self.some(self.text),
            "birthDate": self.moment(),
            "height": {"type": "QuantitativeValue", "value": self.number(), "unitCode": "CMT"},
            "residence": {"type": "PostalAddress", "addressCountry": self.text()},
            "permanentResidentCard": self.identified(card),
        }
        return {**made, "credentialSubject": self.identified(subject)}

    def licence(self) -> Document:
        made = self.frame(LICENCE, "Iso18013DriversLicenseCredential")
        privileges = {"codes": [{"code": self.text(), "é": None}], "b": self.number(), "a": [True, {}]}
        licence = {
            "type": "Iso18013DriversLicense",
            "family_name": self.text(),
            "birth_date": self.moment(),
            "height": self.rng.randrange(100, 220),
            "portrait": "data:image/png;base64,iVBORw0KGgo=",
            "driving_privileges": self.rng.choice([privileges, [privileges, privileges], self.word()]),
            "aamva_dhs_compliance": "F",
        }
        subject = {"type": "LicensedDriver", "driversLicense": self.identified(licence)}
        return {**made, "credentialSubject": self.identified(subject)}

    def undefined(self) -> Document:
        made = self.frame([OPEN], None)
        return {**made, "credentialSubject": self.some(lambda: self.tree(3))}

    def tree(self, depth: int) -> Document:
        found: Document = {self.word(): self.some(self.scalar) for _ in range(self.rng.randrange(1, 4))}
        if depth and self.maybe(0.7):
            found[self.word()] = self.some(lambda: self.tree(depth - 1))
        if self.maybe(0.3):
            found["type"] = self.some(self.word)
        return self.identified(found)

    def first(self) -> Document:
        """Data model 1.1, whose terms have property-scoped contexts."""
        made = {
            "@context": [V1, {"name": "https://schema.org/name", "knows": "urn:x:knows"}],
            "type": ["VerifiableCredential"],
            "issuer": self.iri(),
            "issuanceDate": self.moment(),
            "credentialSubject": self.some(
                lambda: self.identified({"name": self.some(self.text), "knows": {"name": self.scalar()}})
            ),
        }
        if self.maybe(0.3):
            made["proof"] = {
                "type": "Ed25519Signature2018",
                "created": self.moment(),
                "jws": self.text(),
                "proofPurpose": "assertionMethod",
                "verificationMethod": self.iri(),
            }
        if self.maybe(0.3):
            made["refreshService"] = {"id": self.iri(), "type": "ManualRefreshService2018"}
        return made

    def presentation(self) -> Document:

        def held() -> Document:
            made = self.rng.choice([self.profile, self.card, self.first])()
            return made if made["@context"][0] == V1 else {"proof": self.some(self.proof, 2), **made}

        return {
            "@context": [V2],
            "type": ["VerifiablePresentation"],
            "holder": self.iri(),
            "verifiableCredential": self.some(held, 2),
            "proof": {**self.proof(), "proofPurpose": "authentication"},
        }

    def terms(self) -> Document:
        """A context of the issuer's own, with everything that a member may be."""
        made = self.frame([TERMS], None)
        subject = self.claims(2)
        return {**made, "credentialSubject": subject}

    def claims(self, depth: int) -> Document:
        def node() -> Document:
            return self.claims(depth - 1) if depth else {"plain": self.scalar()}

        def unnamed() -> Document:
            return {name: value for name, value in node().items() if name != "id"}

        makers: dict[str, Any] = {
            "plain": lambda: self.some(self.scalar),
            "day": lambda: self.some(self.day),
            "listed": lambda: [self.scalar() for _ in range(self.rng.randrange(4))],
            "nodes": lambda: [node() for _ in range(self.rng.randrange(3))],
            "explicit": lambda: {"@list": [self.scalar(), node()]},
            "set": lambda: {"@set": [self.scalar(), self.scalar()]},
            "spoken": lambda: {"en": self.some(self.text), "de-CH": [self.text(), self.text()]},
            "english": lambda: self.some(self.text),
            "link": lambda: self.some(self.iri),
            "word": lambda: self.some(lambda: self.rng.choice(["red", "green", self.iri()])),
            "json": lambda: self.tree(2),
            "byId": lambda: {self.iri(): unnamed(), self.iri() + "1": unnamed()},
            "byType": lambda: {"Thing": node(), "Other": [node()]},
            "scoped": lambda: {"inner": self.scalar(), "plain": self.scalar(), "below": {"plain": 1}},
            "graph": lambda: self.some(lambda: {**node(), "plain": 1}, 2),
            "partOf": lambda: self.some(node, 2),
            "nested": lambda: {"hidden": self.scalar(), "day": self.day()},
            "typed": lambda: {"@value": self.text(), "@type": "https://e.example/kind"},
            "@included": lambda: [{"id": self.iri(), "plain": self.scalar()}],
            "prefix:tail": self.scalar,
            "https://e.example/full": node,
        }
        chosen = self.rng.sample(sorted(makers), self.rng.randrange(1, 6))
        found: Document = {name: makers[name]() for name in chosen}
        if self.maybe(0.4):
            found["type"] = self.some(lambda: self.rng.choice(["Thing", "Other"]))
            found.setdefault("special", self.scalar()) if "Thing" in found["type"] else None
        return self.identified(found)

    def twins(self, made: Document) -> None:
        """Copy a node that has no identifier, once or twice; sometimes one copy then differs."""
        places = [
            (holder, name)
            for holder in _objects(made.get("credentialSubject"))
            for name, value in holder.items()
            if isinstance(value, dict) and "id" not in value and value and name not in NO_ARRAYS
            and not any(key.startswith("@") for key in value)
        ]  # fmt: skip
        if places and self.maybe(0.4):
            holder, name = self.rng.choice(places)
            copies = [copy.deepcopy(holder[name]) for _ in range(self.rng.randrange(2, 4))]
            texts = [
                member for member, value in copies[0].items() if type(value) is str and member not in FIXED
            ]
            if texts and self.maybe(0.4):
                copies[0][self.rng.choice(texts)] += "x"
            holder[name] = copies


FIXED = {"type", "word"}
NO_ARRAYS = {"json", "spoken", "byId", "byType", "nested", "driving_privileges"}
TERMS: Document = {
    "prefix": {"@id": "https://e.example/vocab#", "@prefix": True},
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "plain": "prefix:plain",
    "day": {"@id": "prefix:day", "@type": "xsd:date"},
    "listed": {"@id": "prefix:listed", "@container": "@list"},
    "nodes": {"@id": "prefix:nodes", "@container": "@list"},
    "explicit": "prefix:explicit",
    "set": {"@id": "prefix:set", "@container": "@set"},
    "spoken": {"@id": "prefix:spoken", "@container": "@language"},
    "english": {"@id": "prefix:english", "@language": "en"},
    "link": {"@id": "prefix:link", "@type": "@id"},
    "red": "prefix:red",
    "green": "https://e.example/colours/green",
    "word": {"@id": "prefix:word", "@type": "@vocab"},
    "json": {"@id": "prefix:json", "@type": "@json"},
    "byId": {"@id": "prefix:byId", "@container": "@id"},
    "byType": {"@id": "prefix:byType", "@container": "@type"},
    "scoped": {"@id": "prefix:scoped", "@context": {"inner": "prefix:inner", "below": "prefix:below"}},
    "graph": {"@id": "prefix:graph", "@container": "@graph"},
    "partOf": {"@reverse": "prefix:hasPart"},
    "nested": "@nest",
    "hidden": "prefix:hidden",
    "typed": "prefix:typed",
    "Thing": {"@id": "prefix:Thing", "@context": {"special": "prefix:special", "plain": "prefix:thingly"}},
    "Other": "prefix:Other",
}


def _objects(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        for name, item in value.items():
            if name not in NO_ARRAYS and not name.startswith("@"):
                yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)
