"""What types say about credentials: read, inherited, kept."""

from __future__ import annotations

import hashlib

import orjson
import pytest

from credentials import sd_jwt
from credentials.errors import CredentialError
from credentials.sd_jwt import vc
from credentials.sd_jwt.vc import svg
from credentials.sd_jwt.vc.integrity import check_integrity
from did.encoding import encode_base64
from tests.support.sd_jwt import ISSUER, NOW, Randomness

BASE, CHILD = "https://types.example/person", "https://types.example/student"


def document(vct, **members):
    return orjson.dumps({"vct": vct, **members})


def pin(body, name="sha256"):
    return f"{name}-{encode_base64(hashlib.new(name, body).digest())}"


class Types:
    """Documents by type; an unknown one is our error."""

    def __init__(self, *bodies):
        self.bodies = {orjson.loads(body)["vct"]: body for body in bodies}

    def load(self, vct):
        if vct not in self.bodies:
            raise CredentialError("type.unknown", "no such type")
        return self.bodies[vct]


PERSON = document(
    BASE,
    name="Person",
    description="Somebody",
    display=[{"locale": "en", "name": "Person"}],
    claims=[
        {
            "path": ["name"],
            "mandatory": True,
            "display": [{"locale": "en", "label": "Name"}],
            "svg_id": "name",
        },
        {"path": ["address", "city"], "sd": "always"},
        {"path": ["nationalities", None], "sd": "allowed", "svg_id": "nations"},
    ],
)
STUDENT = document(
    CHILD,
    name="Student",
    extends=BASE,
    **{"extends#integrity": pin(PERSON)},
    claims=[
        {"path": ["nationalities", None], "sd": "always", "svg_id": "nations"},
        {"path": ["university"], "sd": "never", "mandatory": True},
    ],
)
CLAIMS = {
    "vct": CHILD,
    "iss": "https://issuer.example",
    "name": "Ines <&\"'>",
    "address": {"city": "Lisboa", "street": "Rua 1"},
    "nationalities": ["PT", "FR"],
    "university": "Coimbra",
}
HIDDEN = [("name",), ("address", "city"), ("nationalities", None)]


def resolve(*bodies, vct=CHILD, integrity=None):
    return vc.resolve(vct, integrity=integrity, source=Types(*(bodies or (PERSON, STUDENT))))


def credential(selected=None, hidden=HIDDEN, **claims):
    stated = {**CLAIMS, **claims}
    text = vc.issue(
        {name: value for name, value in stated.items() if value is not None},
        signer=ISSUER,
        random_bytes=Randomness(),
        header={"kid": "key"},
        disclosable=hidden,
    )
    held = sd_jwt.receive(sd_jwt.read(text), ISSUER.public_key, expected_typ=vc.TYP, now=NOW)
    shown = text if selected is None else sd_jwt.present(held, selected)
    return vc.verify(sd_jwt.read(shown), ISSUER.public_key, now=NOW)


def code(attempt):
    with pytest.raises(CredentialError) as caught:
        attempt()
    return caught.value.code


def test_a_type_inherits_and_narrows():
    found = resolve(integrity=pin(STUDENT))
    assert found.types == (CHILD, BASE)
    assert (found.name, found.description) == ("Student", None)
    assert found.display == ({"locale": "en", "name": "Person"},)
    rules = {claim.path: (claim.sd, claim.mandatory) for claim in found.claims}
    assert rules == {
        ("name",): ("allowed", True),
        ("address", "city"): ("always", False),
        ("nationalities", None): ("always", False),
        ("university",): ("never", True),
    }


def test_display_is_replaced_as_a_whole():
    own = document(CHILD, extends=BASE, display=[{"lang": "pt", "name": "Estudante"}])
    assert resolve(PERSON, own).display == ({"lang": "pt", "name": "Estudante"},)


def test_a_replaced_claim_keeps_what_it_does_not_state():
    own = document(CHILD, extends=BASE, claims=[{"path": ["address", "city"]}, {"path": ["name"]}])
    rules = {claim.path: claim for claim in resolve(PERSON, own).claims}
    assert rules["address", "city"].sd == "always"
    assert rules["name",].mandatory is True
    assert rules["name",].display == ()


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_a_pinned_document_is_the_one(name):
    check_integrity(PERSON, pin(PERSON, name))
    check_integrity(PERSON, f"{pin(b'', name)} {pin(PERSON, name)}?option")
    assert code(lambda: check_integrity(PERSON + b" ", pin(PERSON, name))) == "sd-jwt-vc.integrity"


@pytest.mark.parametrize("text", ["", " ", "sha256", "sha256-", "sha256-" + "A" * 44, 7, None, "a" * 2000])
def test_what_pins_nothing_is_refused(text):
    assert code(lambda: check_integrity(b"", text)) == "sd-jwt-vc.integrity-form"


def test_an_extended_type_is_pinned_too():
    changed = document(BASE, name="Somebody else")
    assert code(lambda: resolve(changed, STUDENT)) == "sd-jwt-vc.integrity"


def test_eight_extended_types_are_read():
    names = [f"type-{index}" for index in range(9)]
    bodies = [
        document(name, **({"extends": following} if following else {}))
        for name, following in zip(names, [*names[1:], None], strict=True)
    ]
    assert vc.resolve("type-0", integrity=None, source=Types(*bodies)).types == tuple(names)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        document(CHILD, name=7),
        document(CHILD, extends=7),
        document(CHILD, claims={}),
        document(CHILD, claims=["a"]),
        document(CHILD, claims=[{}] * 501),
        document(CHILD, claims=[{"path": ["a"], "display": {}}]),
        document(CHILD, claims=[{"path": ["a"], "display": [{"locale": "en"}]}]),
        document(CHILD, display=[7]),
        document(CHILD, display=[{"locale": "en", "name": "a"}] * 101),
    ],
    ids=lambda body: body[:90].decode(),
)
def test_what_is_no_type(body):
    source = Types(PERSON)
    source.bodies[CHILD] = body
    assert code(lambda: vc.resolve(CHILD, integrity=None, source=source)) == "type.malformed"


def test_a_path_of_a_type_is_a_path():
    assert code(lambda: resolve(document(CHILD, claims=[{"path": []}]))) == "path.malformed"


@pytest.mark.parametrize(
    "selected", [None, [], [("name",)], [("nationalities", 1), ("address", "city")]], ids=repr
)
def test_a_credential_of_its_type(selected):
    vc.check_type(credential(selected), resolve(), holds_all_disclosures=False)


def test_only_a_holder_knows_what_was_left_out():
    without_name = credential([], name=None, hidden=[("address", "city"), ("nationalities", None)])
    vc.check_type(without_name, resolve(), holds_all_disclosures=False)
    held = credential(None, name=None, hidden=[("address", "city"), ("nationalities", None)])
    assert code(lambda: vc.check_type(held, resolve(), holds_all_disclosures=True)) == "type.mandatory"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hidden": [("name",), ("nationalities", None)]}, "type.not-disclosable"),
        ({"hidden": [("address", "city"), ("nationalities", 0)]}, "type.not-disclosable"),
        ({"hidden": [*HIDDEN, ("university",)]}, "type.disclosable"),
        ({"university": None}, "type.mandatory"),
        ({"nationalities": {"a": 1}, "hidden": HIDDEN[:2]}, "type.path"),
        ({"vct": BASE}, "type.mismatch"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_credential_that_breaks_its_type(changes, expected):
    found = credential(None, **changes)
    assert code(lambda: vc.check_type(found, resolve(), holds_all_disclosures=False)) == expected


def test_additional_types_count():
    found = credential(None, aka_vcts=[BASE])
    assert found.types == (CHILD, BASE)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"vct": None}, "sd-jwt-vc.type"),
        ({"vct": ""}, "sd-jwt-vc.type"),
        ({"vct": "https://a b"}, "sd-jwt-vc.type"),
        ({"vct": "a" * 2049}, "sd-jwt-vc.type"),
        ({"aka_vcts": [""]}, "sd-jwt-vc.type"),
        ({"aka_vcts": ["a"] * 17}, "sd-jwt-vc.type"),
        ({"cnf": []}, "sd-jwt-vc.claims"),
        ({"sub": 7}, "sd-jwt-vc.claims"),
        ({"iss": None}, "sd-jwt-vc.claims"),
        ({"vct#integrity": "sha256-short"}, "sd-jwt-vc.integrity-form"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_not_issued(members, expected):
    assert code(lambda: credential(None, hidden=[], **members)) == expected


def test_placeholders_are_filled_with_escaped_values():
    resolved, claims = resolve(), credential([("name",)]).claims
    texts = svg.values(resolved, claims)
    assert texts == {"name": CLAIMS["name"], "nations": ""}
    template = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9"><text x="1">{{name}}, {{nations}}</text></svg>'
    )
    filled = svg.fill(template, texts)
    assert filled.count("Ines &lt;&amp;&quot;&apos;&gt;, ") == 1
    assert filled == template.replace("{{name}}, {{nations}}", "Ines &lt;&amp;&quot;&apos;&gt;, ")


def test_several_values_are_joined():
    assert svg.values(resolve(), CLAIMS)["nations"] == "PT, FR"


@pytest.mark.parametrize(
    "tag",
    [
        "<script>",
        "<SCRIPT x=''>",
        "<svg:script>",
        "<foreignObject>",
        "<style>",
        "<animate attributeName='href'/>",
        "<set attributeName='onload'/>",
        "<g onload='a()'>",
        "<g\nonload = 'a()'>",
        "<g a=''onload='a()'>",
        "<g/onload='a()'>",
        "<image href='https://a.example/b'/>",
        '<image xlink:href="javascript:a()"/>',
        "<image href='data:image/svg+xml;base64,AAAA'/>",
        "<image href='&#106;avascript:a()'/>",
        "<g style='fill: url(https://a.example)'>",
        "<!DOCTYPE svg>",
        "<!ENTITY a 'b'>",
        "<?xml-stylesheet href='a'?>",
        "<![CDATA[{{name}}]]>",
        "<!-- {{name}} -->",
        "<g id='{{name}}'>",
        "{{unknown}}",
        '<g id="a>',
        "a > b",
        "<",
    ],
)
def test_templates_that_are_refused(tag):
    assert code(lambda: svg.fill(f"<svg>{tag}</svg>", {"name": "Ines"})) == "type.svg"


@pytest.mark.parametrize(
    "tag",
    [
        "<use href='#part'/>",
        "<image href='data:image/png;base64,AAAA'/>",
        "<g fill='url(#shade)'>",
        "<text>{{name}}</text>",
    ],
)
def test_templates_that_are_filled(tag):
    assert "svg" in svg.fill(f"<svg>{tag}</svg>", {"name": "Ines"})


def test_a_long_template_is_searched_in_linear_time():
    hostile = "<a" + " b='" * 50_000
    assert code(lambda: svg.fill(hostile, {})) == "type.svg"
