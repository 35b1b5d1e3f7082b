"""Made-up JSON-LD: contexts with everything that scopes, coerces and contains, and documents that use them.

Also documents over given contexts, whose members are all defined; the choice is that of a `random.Random`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from credentials.rdf.json_ld.active import ABSENT
from credentials.rdf.json_ld.iris import KEYWORDS

if TYPE_CHECKING:
    from random import Random

    from credentials.rdf.json_ld.tables import Table

TERMS = "abcde"
TYPES = "TU"
ALIASES = {"id": "@id", "type": "@type", "val": "@value", "g": "@graph", "nest": "@nest", "s": "@set"}
CONTAINERS: list[Any] = [
    ["@set"], "@list", "@language", ["@language", "@set"], "@index", "@id", ["@id", "@set"], "@type",
    "@graph", ["@graph", "@id"], ["@graph", "@set"], ["@graph", "@index"],
]  # fmt: skip
DATATYPES = ["@id", "@vocab", "@json", "@none", "urn:dt", "http://www.w3.org/2001/XMLSchema#integer"]


def term(random: Random, depth: int) -> Any:
    """A term definition, with contexts of its own down to a depth."""
    iri = "urn:t:" + random.choice("pqrst")
    if random.random() < 0.2:
        return iri
    if random.random() < 0.08:
        return {"@reverse": iri}
    made: dict[str, Any] = {"@id": iri}
    if random.random() < 0.15:
        made["@type"] = random.choice(DATATYPES)
    elif random.random() < 0.1:
        made["@language"] = random.choice(["en", None])
    if random.random() < 0.5:
        made["@container"] = random.choice(CONTAINERS)
        if made["@container"] == "@index":
            made["@index"] = "urn:index"
    if depth and random.random() < 0.25:
        made["@context"] = context(random, depth - 1)
    return made


def context(random: Random, depth: int, *, most: bool = False) -> dict[str, Any]:
    """A context; with `most`, of nearly all terms and all aliases."""
    share = 0.97 if most else 0.25
    made: dict[str, Any] = {name: term(random, depth) for name in TERMS if random.random() < share}
    for name in TYPES:
        if random.random() < share:
            made[name] = {"@id": f"urn:type:{name}"}
            if depth and random.random() < 0.5:
                made[name]["@context"] = context(random, depth - 1)
    if random.random() < 0.08:
        made["@vocab"] = "urn:v:"
    if random.random() < 0.08:
        made["@language"] = random.choice(["de", "EN"])
    if random.random() < 0.05:
        made["@propagate"] = random.random() < 0.5
    if random.random() < 0.05:
        made["@protected"] = True
    return {**made, **ALIASES} if most else made


def value(random: Random, depth: int) -> Any:
    """A value of any form."""
    chance = random.random()
    if depth == 0 or chance < 0.3:
        return random.choice(["x", "y", "urn:i:1", "urn:i:2", "a", "T", 7, True, None, 7.0, 'q"\n'])
    if chance < 0.4:
        return [value(random, depth - 1) for _ in range(random.randrange(3))]
    if chance < 0.5:
        made = {random.choice(["@value", "val"]): random.choice(["x", 1, True, None])}
        more = random.choice([{}, {"@type": "urn:dt"}, {"@type": "@json"}, {"@language": "en"}])
        return {**made, **more}
    if chance < 0.6:
        return {random.choice(["@list", "@set", "s"]): value(random, depth - 1)}
    if chance < 0.68:
        return {random.choice(["en", "@none", "urn:i:3", "urn:i:4", "a", "T"]): value(random, depth - 1)}
    return node(random, depth - 1)


def node(random: Random, depth: int) -> dict[str, Any]:
    """A node, whose members need not be defined where it comes to stand."""
    made: dict[str, Any] = {}
    if random.random() < 0.1:
        made["@context"] = context(random, 1)
    if random.random() < 0.3:
        made[random.choice(["@id", "id"])] = random.choice(["urn:i:1", "urn:i:2", "_:z"])
    if random.random() < 0.45:
        made[random.choice(["@type", "type"])] = random.choice(
            ["T", "U", ["T", "U"], ["U", "T"], "urn:type:X"]
        )
    for name in TERMS:
        if random.random() < 0.4:
            made[name] = value(random, depth)
    for name in ("@graph", "@nest", "nest", "g"):
        if depth and random.random() < 0.04:
            made[name] = node(random, depth - 1)
    if depth and random.random() < 0.04:
        made["@reverse"] = {random.choice(TERMS): node(random, depth - 1)}
    members = list(made.items())
    random.shuffle(members)
    return dict(members)


def document(random: Random) -> dict[str, Any]:
    """A document with its context."""
    return {**node(random, 3), "@context": context(random, 3, most=True)}


def defined(random: Random, table: Table, budget: Any, depth: int) -> dict[str, Any]:
    """A node whose types and members are all defined by the contexts of a table."""
    made: dict[str, Any] = {}
    terms = table.active.terms
    types = [
        name for name, one in terms.items() if one.context is not ABSENT and one.iri and name[0].isupper()
    ]
    if types and "type" in terms and random.random() < 0.7:
        made["type"] = random.sample(types, min(len(types), random.randrange(1, 3)))
        table = table.scoped_to(made["type"], budget).table
        terms = table.active.terms
    if "id" in terms and random.random() < 0.4:
        made["id"] = f"urn:i:{random.randrange(6)}"
    names = [name for name, one in terms.items() if one.iri and one.iri not in KEYWORDS and name[0].islower()]
    for name in random.sample(names, min(len(names), random.randrange(1, 5))):
        made[name] = _member(random, table, name, budget, depth)
    return made


def _member(random: Random, table: Table, name: str, budget: Any, depth: int) -> Any:
    entry = table.entry(name, budget)
    if entry.mode == "@json":
        return random.choice([None, {"b": [1, "x"], "a": None}, "text", [], 5])
    if "@graph" in entry.container or (depth and random.random() < 0.5):
        made = [defined(random, entry.node_table, budget, max(depth - 1, 0))]
    else:
        texts = ["urn:i:1", "urn:i:7"] if entry.mode else ["x", 'y"\\', "5.5E0", "tab\t"]
        made = [random.choice(texts) for _ in range(random.randrange(1, 3))]
    return made if random.random() < 0.5 else made[0]
