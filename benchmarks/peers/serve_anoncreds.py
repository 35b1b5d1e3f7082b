"""Measures AnonCreds on request, in an environment of its own: CL signatures, by the wheel's native library.

    python benchmarks/peers/serve_anoncreds.py

Speaks as `serve.mjs` does: first what it can do, then CPU time for each line. A credential of ten attributes,
five revealed; with one or two predicates `>=` about a hidden number. Nothing of Avow is imported here.
"""

from __future__ import annotations

import json
import sys
import time

import anoncreds

SCHEMA_ID, DEFINITION_ID, ISSUER = (
    "https://issuer.example/schema",
    "https://issuer.example/definition",
    "did:x:issuer",
)
VALUES = {f"claim{i}": f"claim {i}" for i in range(8)} | {"amount": "52000", "year": "1990"}
SHOWN = [f"claim{i}" for i in range(5)]


class World:
    """One credential, and everybody's part of it."""

    def __init__(self) -> None:
        self.schema = anoncreds.Schema.create("benchmark", "1.0", ISSUER, list(VALUES))
        self.definition, self.secret, proof = anoncreds.CredentialDefinition.create(
            SCHEMA_ID, self.schema, ISSUER, "tag", "CL"
        )
        self.link_secret = anoncreds.create_link_secret()
        self.offer = anoncreds.CredentialOffer.create(SCHEMA_ID, DEFINITION_ID, proof)
        self.request, self.metadata = anoncreds.CredentialRequest.create(
            "entropy", None, self.definition, self.link_secret, "link", self.offer
        )
        self.credential = self.issue().process(self.metadata, self.link_secret, self.definition)

    def issue(self) -> anoncreds.Credential:
        """Sign."""
        return anoncreds.Credential.create(self.definition, self.secret, self.offer, self.request, VALUES)

    def asked(self, predicates: int) -> anoncreds.PresentationRequest:
        """Ask for five attributes and some predicates."""
        bounds = [("amount", 40_000), ("year", 1_980)][:predicates]
        return anoncreds.PresentationRequest.load(
            {
                "name": "benchmark",
                "version": "1.0",
                "nonce": anoncreds.generate_nonce(),
                "requested_attributes": {name: {"name": name} for name in SHOWN},
                "requested_predicates": {
                    name: {"name": name, "p_type": ">=", "p_value": least} for name, least in bounds
                },
            }
        )

    def prove(self, asked: anoncreds.PresentationRequest, predicates: int) -> anoncreds.Presentation:
        """Present."""
        shown = anoncreds.PresentCredentials()
        for name in SHOWN:
            shown.add_attributes(self.credential, name, reveal=True)
        for name in ("amount", "year")[:predicates]:
            shown.add_predicates(self.credential, name)
        return anoncreds.Presentation.create(
            asked, shown, {}, self.link_secret, {SCHEMA_ID: self.schema}, {DEFINITION_ID: self.definition}
        )

    def verify(self, asked: anoncreds.PresentationRequest, proof: anoncreds.Presentation) -> None:
        """Verify, or stop."""
        if not proof.verify(asked, {SCHEMA_ID: self.schema}, {DEFINITION_ID: self.definition}):
            sys.exit("AnonCreds does not take its own proof")


def operations() -> dict[str, object]:
    world = World()
    found = {"sign": world.issue}
    for predicates, name in enumerate(("proof", "1 predicate", "2 predicates")):
        asked = world.asked(predicates)
        made = world.prove(asked, predicates)
        found[f"prove {name}"] = lambda asked=asked, count=predicates: world.prove(asked, count)
        found[f"verify {name}"] = lambda asked=asked, made=made: world.verify(asked, made)
    return found


def main() -> None:
    found = operations()
    sizes = {
        name: len(made.to_json()) if (made := run()) is not None else None for name, run in found.items()
    }
    print(json.dumps({"operations": sizes}), flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        run = found[task["operation"]]
        start = time.process_time_ns()
        for _ in range(task["loops"]):
            run()
        print(json.dumps({"nanoseconds": time.process_time_ns() - start}), flush=True)


if __name__ == "__main__":
    main()
