"""Whatever is given, a value or our error comes back; whatever is well formed is read and left as it was."""

import copy
from datetime import datetime, timedelta, timezone

import orjson
from hypothesis import given
from hypothesis import strategies as st

from credentials.model import (
    CONTEXT_V1,
    CONTEXT_V2,
    Credential,
    Presentation,
    Version,
    issued_form,
    read_credential,
    read_presentation,
)
from tests.credentials.model.test_credential import CREDENTIAL, OLD
from tests.credentials.model.test_presentation import ENVELOPE, PRESENTATION
from tests.support.world import refusal

OURS = ("model.", "presentation.", "issue.")
READERS = (read_credential, read_presentation, issued_form, Credential.parse, Presentation.parse)
MEMBERS = sorted(
    {*CREDENTIAL, *OLD, *PRESENTATION, *ENVELOPE, "proof", "credentialStatus", "credentialSchema"}
    | {"relatedResource", "evidence", "termsOfUse", "refreshService", "confidenceMethod", "renderMethod"}
    | {"name", "description", "@id", "@type", "@value"}
)
WORDS = st.sampled_from(
    [
        *("VerifiableCredential", "VerifiablePresentation", "EnvelopedVerifiableCredential"),
        *(CONTEXT_V1, CONTEXT_V2, "urn:x:y", "data:a/b,c", "data:a/b;base64,YQ==", "2026-01-01T00:00:00Z"),
        *("sha256-YQ==", "zQm", "en"),
    ]
)
NAMES = st.sampled_from([*MEMBERS, "@language", "@direction", "@list", "digestSRI", "digestMultibase"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_json_gives_a_value_or_our_error(value):
    for read in READERS:
        with refusal() as codes:
            read(value)
        assert all(code.startswith(OURS) for code in codes)


@given(st.sampled_from(MEMBERS), JSON)
def test_whatever_stands_in_a_member_only_our_errors_leave(member, value):
    for whole in (CREDENTIAL, OLD, PRESENTATION, ENVELOPE):
        for read in READERS:
            with refusal() as codes:
                read({**whole, member: value})
            assert all(code.startswith(OURS) for code in codes)


URLS = st.sampled_from(["did:example:a", "urn:uuid:5", "https://x.example/a?b#c", "tag:x,2026:ü"])
TYPES = st.lists(st.sampled_from(["A", "B", "urn:x:C"]), min_size=1, max_size=3, unique=True)
LANGUAGE_VALUES = st.fixed_dictionaries(
    {"@value": st.text(max_size=8)},
    optional={
        "@language": st.sampled_from(["en", "zh-Hant", "de-CH-1996"]),
        "@direction": st.sampled_from(["ltr", "rtl"]),
    },
)
TEXTS = st.text(max_size=8) | LANGUAGE_VALUES | st.lists(LANGUAGE_VALUES, min_size=1, max_size=3)
ZONES = st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
CLAIMS = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8) | LANGUAGE_VALUES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc~/", min_size=1, max_size=4), inner, max_size=3)
        | st.fixed_dictionaries({"id": URLS, "type": TYPES, "c": inner})
    ),
    max_leaves=6,
)


def one_or_more(entries):
    return entries | st.lists(entries, min_size=1, max_size=3)


def typed(*, with_id):
    ids = {"id": URLS}
    always = {"type": TYPES | st.just("A"), **(ids if with_id else {})}
    return one_or_more(st.fixed_dictionaries(always, optional={**({} if with_id else ids), "claim": CLAIMS}))


@st.composite
def periods(draw, start, end):
    times = st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - strategies take naive bounds
        max_value=datetime(9999, 12, 28),  # noqa: DTZ001
        timezones=ZONES,
    )
    first, last = sorted([draw(times), draw(times)])
    return {start: first.isoformat(), end: last.isoformat()}


@st.composite
def credentials(draw, version):
    old = version is Version.V1
    subjects = st.dictionaries(st.sampled_from(["a", "b", "c"]), CLAIMS, min_size=1)
    document = draw(
        st.fixed_dictionaries(
            {
                "@context": st.just([CONTEXT_V1 if old else CONTEXT_V2, "https://x.example/c"]),
                "type": TYPES.map(lambda types: [*types, "VerifiableCredential"]),
                "issuer": URLS | st.fixed_dictionaries({"id": URLS}, optional={"name": TEXTS}),
                "credentialSubject": one_or_more(subjects),
            },
            optional={
                "id": URLS,
                "credentialStatus": typed(with_id=old),
                "credentialSchema": typed(with_id=True),
                "evidence": typed(with_id=False),
                "termsOfUse": typed(with_id=False),
                "refreshService": typed(with_id=old),
                "name": TEXTS,
                "description": TEXTS,
                "renderMethod": typed(with_id=False),
                "confidenceMethod": typed(with_id=False),
                "other": CLAIMS,
            },
        )
    )
    names = ("issuanceDate", "expirationDate") if old else ("validFrom", "validUntil")
    return {**document, **draw(periods(*names))}


BOTH = st.sampled_from(Version).flatmap(credentials)


@given(BOTH)
def test_well_formed_credentials_are_read_and_left_as_they_were(document):
    before = copy.deepcopy(document)
    credential = issued_form(document)
    assert credential.document is document
    assert document == before
    assert Credential.decode(orjson.dumps(document)) == credential
    names = (
        ("issuanceDate", "expirationDate")
        if credential.version is Version.V1
        else ("validFrom", "validUntil")
    )
    found = [datetime.fromisoformat(document[name]) for name in names]
    assert [credential.valid_from, credential.valid_until] == found


@given(st.lists(BOTH | st.just(ENVELOPE), min_size=1, max_size=3), URLS)
def test_well_formed_presentations_are_read_and_left_as_they_were(held, holder):
    document = {**PRESENTATION, "holder": holder, "verifiableCredential": held}
    before = copy.deepcopy(document)
    presentation = Presentation.parse(document)
    assert presentation.document is document
    assert document == before
    assert [item.document for item in presentation.credentials] == held
