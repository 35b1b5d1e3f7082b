"""did:webvh histories: published logs and their results, and the numbered catalogue of must-rejects."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from did.eddsa_jcs import EddsaJcs2022
from did.identifiers import Did
from did.integrity import ProofOptions, add_proof
from did.jcs import canonicalize
from did.keys import Ed25519Signer, P256Signer
from did.methods.webvh import (
    NO_WITNESSES,
    Changes,
    WitnessRule,
    create,
    deactivate,
    hash_key,
    placeholder_did,
    update,
    verify_history,
    verify_next,
    witness_file,
    witness_proof,
)
from did.methods.webvh.history import verify_entry
from did.methods.webvh.log import entry_hash, read_entry, scid_of
from did.resolution import ResolutionOptions, resolve_history
from tests.did.outcomes import code_of, outcome
from tests.support import vectors

START = datetime(2026, 11, 1, tzinfo=UTC)
LATER = START + timedelta(days=365)
KEYS = [Ed25519Signer(bytes([n]) * 32) for n in range(1, 6)]
WITNESSES = [Ed25519Signer(bytes([n]) * 32) for n in range(101, 105)]
PLACE = placeholder_did("registry.example", ["dids", "alice"])
DOCUMENT = {"@context": ["https://www.w3.org/ns/did/v1"], "id": PLACE}


def at(days):
    return START + timedelta(days=days)


def log(*lines):
    return "".join(f"{line}\n" for line in lines).encode()


def verified(*lines, witnesses=None, expected_did=None, now=LATER):
    return verify_history(log(*lines), expected_did=expected_did, witnesses=witnesses, now=now)


def first(**options):
    return create(DOCUMENT, signer=KEYS[0], now=START, **{"portable": True, **options})


def rule(threshold, *signers):
    return WitnessRule(threshold, tuple(f"did:key:{signer.public_key.multikey()}" for signer in signers))


def approvals(*pairs):
    """`(line, witnesses who approve it)`… as the text of did-witness.json."""
    return witness_file(
        (
            json.loads(line)["versionId"],
            [witness_proof(json.loads(line)["versionId"], signer=signer, now=START) for signer in signers],
        )
        for line, signers in pairs
    )


def sign(entry, signer=KEYS[0], **options):
    """Put a proof on an entry without any check, as an attacker or a careless library would."""
    multikey = signer.public_key.multikey()
    stated = {
        "cryptosuite": "eddsa-jcs-2022",
        "verification_method": f"did:key:{multikey}#{multikey}",
        "proof_purpose": "assertionMethod",
        "created": START,
        **options,
    }
    secured = add_proof(entry, suite=EddsaJcs2022(), options=ProofOptions(**stated), signer=signer)
    return canonicalize({**entry, "proof": [secured["proof"]]}).decode()


def forge_first(edit, signer=KEYS[0]):
    """A first entry with whatever `edit` makes of it, and SCID, hash and proof that fit."""
    draft = {
        "versionId": "{SCID}",
        "versionTime": "2026-11-01T00:00:00Z",
        "parameters": {
            "method": "did:webvh:1.0",
            "scid": "{SCID}",
            "updateKeys": [KEYS[0].public_key.multikey()],
            "portable": True,
        },
        "state": copy.deepcopy(DOCUMENT),
    }
    edit(draft)
    scid = scid_of(draft, "{SCID}")
    entry = json.loads(canonicalize(draft).replace(b"{SCID}", scid.encode()))
    entry["versionId"] = f"1-{entry_hash(entry, scid)}"
    return sign(entry, signer)


def forge_next(previous, edit=lambda entry: None, signer=KEYS[0], number=None, **options):
    """A later entry with whatever `edit` makes of it, and hash and proof that fit."""
    before = json.loads(previous)
    entry = {
        "versionId": before["versionId"],
        "versionTime": "2026-11-02T00:00:00Z",
        "parameters": {},
        "state": before["state"],
    }
    entry = copy.deepcopy(entry)
    edit(entry)
    number = int(before["versionId"].partition("-")[0]) + 1 if number is None else number
    entry["versionId"] = f"{number}-{entry_hash(entry, before['versionId'])}"
    return sign(entry, signer, **options)


def tamper(line, edit):
    """Change a finished line and leave hash and proof as they were."""
    entry = json.loads(line)
    edit(entry)
    return json.dumps(entry, separators=(",", ":"))


def put(*path_and_value):
    *path, name, value = path_and_value

    def edit(entry):
        for step in path:
            entry = entry[step]
        entry[name] = value

    return edit


def drop(*path):
    *steps, name = path

    def edit(entry):
        for step in steps:
            entry = entry[step]
        del entry[name]

    return edit


# -- what must be accepted --------------------------------------------------------------------------------

SCENARIOS = [
    "basic-create",
    "basic-update",
    "deactivate",
    "key-rotation",
    "multi-update",
    "multiple-update-keys",
    "portable",
    "portable-move",
    "pre-rotation",
    "pre-rotation-consume",
    "services",
    "witness-threshold",
]


def published(scenario):
    text = vectors.path("didwebvh", scenario, "did.jsonl").read_bytes()
    beside = vectors.folder() / "didwebvh" / scenario / "did-witness.json"
    return text, beside.read_bytes() if beside.exists() else None


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_published_logs_verify_and_resolve(scenario):
    text, witnesses = published(scenario)
    history = verify_history(text, expected_did=None, witnesses=witnesses, now=LATER)
    for beside in vectors.path("didwebvh", scenario).glob("resolutionResult*.json"):
        expected = json.loads(beside.read_bytes())
        number = beside.name.removeprefix("resolutionResult").removesuffix("json").strip(".")
        options = ResolutionOptions(version_number=int(number) if number else None)
        result = resolve_history(history, history.did, options)
        if history.deactivated:
            # W3C DID Resolution gives no document here; the published result predates that.
            assert result.document is None
        else:
            assert result.document == expected["didDocument"]
        assert expected["didDocumentMetadata"].items() <= result.document_metadata.items()


def test_published_log_whose_new_witnesses_approve_themselves_is_refused():
    # The generator of this log let a new witness list take effect in the entry that brings it. The text says
    # "after"; the generator's own tracker calls the log wrong (didwebvh-ts issue 117, fixed in 2.8.0).
    text, witnesses = published("witness-update")
    assert (
        code_of(verify_history, text, expected_did=None, witnesses=witnesses, now=LATER)
        == "history.witness-threshold"
    )


def test_histories_inside_registry_bundles_verify():
    bundles = [json.loads(item["bundle"]) for item in vectors.load("registry", "bundle.json")["bundles"]]
    histories = [
        verify_history(
            bundle["history"].encode(), expected_did=Did.parse(bundle["did"]), witnesses=None, now=None
        )
        for bundle in bundles
        if "history" in bundle
    ]
    assert {(len(history.versions), history.deactivated) for history in histories} == {(2, False), (2, True)}


def test_create_update_rotate_move_deactivate():
    one = first()
    history = verified(one)
    assert history.did.text == PLACE.replace("{SCID}", history.scid)
    assert history.text == log(one)
    assert len(history.scid34) == 34
    two = update(history, signer=KEYS[0], now=at(1), changes=Changes(update_keys=[KEYS[1].public_key]))
    history = verify_next(history, two.encode(), witnesses=None, now=at(1))
    moved = history.did.text.replace("registry.example:dids:alice", "localhost%3A8000")
    document = {**history.latest.document, "id": moved, "alsoKnownAs": [history.did.text]}
    three = update(history, signer=KEYS[1], now=at(2), document=document)
    history = verify_next(history, three.encode(), witnesses=None, now=at(2))
    assert history.did.text == moved
    four = deactivate(history, signer=KEYS[1], now=at(3))
    history = verify_next(history, four.encode(), witnesses=None, now=at(3))
    assert history.deactivated
    assert history.latest.document == document
    again = verified(one, two, three, four, expected_did=Did.parse(moved))
    assert again == history
    assert [version.number for version in again.versions] == [1, 2, 3, 4]
    assert all(before.time < after.time for before, after in pairwise(again.versions))


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_an_entry_that_is_spread_over_lines_is_refused(end):
    """Strict JSON allows line ends between tokens; stored, it would be two broken lines of the history."""
    history = verified(first())
    line = update(history, signer=KEYS[0], now=at(1))
    spread = line.replace(",", f",{end}", 1).encode()
    assert code_of(verify_next, history, spread, witnesses=None, now=at(1)) == "history.entry"
    begun = end.encode() + line.encode()
    assert code_of(verify_next, history, begun, witnesses=None, now=at(1)) == "history.entry"


def test_an_entry_that_makes_the_history_too_large_to_read_is_refused(monkeypatch):
    history = verified(first())
    line = update(history, signer=KEYS[0], now=at(1)).encode()
    monkeypatch.setattr("did.methods.webvh.log.MAX_HISTORY_BYTES", len(history.text) + len(line))
    assert code_of(verify_next, history, line, witnesses=None, now=at(1)) == "history.too-large"
    monkeypatch.setattr("did.methods.webvh.log.MAX_HISTORY_BYTES", len(history.text) + len(line) + 1)
    verify_next(history, line, witnesses=None, now=at(1))


def test_pre_rotation_from_start_to_end():
    commit = [hash_key(signer.public_key) for signer in KEYS]
    one = first(next_key_hashes=[commit[1], commit[4]])
    history = verified(one)
    rotated = Changes(update_keys=[KEYS[1].public_key], next_key_hashes=[commit[2]])
    two = update(history, signer=KEYS[1], now=at(1), changes=rotated)
    history = verify_next(history, two.encode(), witnesses=None, now=at(1))
    ended = Changes(update_keys=[KEYS[2].public_key], next_key_hashes=[])
    three = update(history, signer=KEYS[2], now=at(2), changes=ended)
    history = verify_next(history, three.encode(), witnesses=None, now=at(2))
    four = update(history, signer=KEYS[2], now=at(3))
    assert verified(one, two, three, four).latest.update_keys == (KEYS[2].public_key.multikey(),)


def test_witnesses_join_change_and_leave():
    one = first(witness=rule(2, *WITNESSES[:3]))
    seen = approvals((one, WITNESSES[1:3]))
    history = verified(one, witnesses=seen)
    two = update(history, signer=KEYS[0], now=at(1), changes=Changes(witness=rule(1, WITNESSES[3])))
    # The list before still decides on the entry that replaces it; approving version 2 approves version 1.
    seen = approvals((two, WITNESSES[:2]))
    history = verify_next(history, two.encode(), witnesses=seen, now=at(1))
    assert verified(one, two, witnesses=seen) == history
    three = update(history, signer=KEYS[0], now=at(2), changes=Changes(witness=NO_WITNESSES))
    seen = approvals((two, WITNESSES[:2]), (three, WITNESSES[3:]))
    history = verify_next(history, three.encode(), witnesses=seen, now=at(2))
    four = update(history, signer=KEYS[0], now=at(3))
    history = verify_next(history, four.encode(), witnesses=None, now=at(3))
    assert verified(one, two, three, four, witnesses=seen) == history


def test_two_versions_within_a_second():
    one = first()
    history = verified(one)
    soon = START + timedelta(milliseconds=3)
    history = verify_next(
        history, update(history, signer=KEYS[0], now=soon).encode(), witnesses=None, now=soon
    )
    assert history.latest.time == soon
    assert history.latest.time_text == "2026-11-01T00:00:00.003Z"
    next_microsecond = soon + timedelta(microseconds=1)
    line = update(history, signer=KEYS[0], now=next_microsecond)
    assert json.loads(line)["versionTime"] == "2026-11-01T00:00:00.003001Z"
    assert code_of(update, history, signer=KEYS[0], now=soon) == "history.time"


def test_null_means_the_default():
    line = forge_first(lambda entry: entry["parameters"].update(witness=None, watchers=None, ttl=None))
    parameters = verified(line).latest.parameters
    assert (parameters.witness, parameters.watchers, parameters.ttl) == (NO_WITNESSES, (), 3600)


def test_empty_lines_at_the_end_are_tolerated():
    assert verify_history(log(first()) + b"\n\n", expected_did=None, witnesses=None, now=LATER)


def test_the_forgers_of_this_file_can_make_valid_entries():
    one = forge_first(lambda entry: None)
    verified(one, forge_next(one))


# -- what must be refused ---------------------------------------------------------------------------------

ONE = first()
TWO = forge_next(ONE)
COMMITTED = first(next_key_hashes=[hash_key(KEYS[1].public_key)])
FIXED = first(portable=False)
WITNESSED = first(witness=rule(2, *WITNESSES[:3]))
ENDED = deactivate(verified(ONE), signer=KEYS[0], now=at(1))
MULTIKEYS = [signer.public_key.multikey() for signer in KEYS]
OTHER_SCID = "QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwGy"
P256_KEY = P256Signer(bytes(31) + b"\x07").public_key.multikey()


def first_with(*path_and_value):
    return [forge_first(put(*path_and_value))]


def next_with(*path_and_value, after=ONE, **options):
    return [after, forge_next(after, put(*path_and_value), **options)]


def witness_rule(threshold, *ids):
    return {"threshold": threshold, "witnesses": [{"id": item} for item in ids]}


def moved_to(text, *, also=True, after=ONE):
    old = json.loads(after)["state"]["id"]

    def edit(entry):
        entry["state"]["id"] = text
        if also:
            entry["state"]["alsoKnownAs"] = [old]

    return [after, forge_next(after, edit)]


def half_filled():
    """A first entry whose SCID fits although one placeholder was left: a second entry for the same SCID."""
    draft = json.loads(forge_first(put("state", "x", "{SCID}")))
    scid = draft["parameters"]["scid"]
    entry = {name: value for name, value in draft.items() if name != "proof"}
    entry["state"]["x"] = "{SCID}"
    entry["versionId"] = f"1-{entry_hash(entry, scid)}"
    return sign(entry)


def many_witnesses():
    signers = [Ed25519Signer(bytes([1, n]) * 16) for n in range(65)]
    return [f"did:key:{signer.public_key.multikey()}" for signer in signers]


W = [f"did:key:{signer.public_key.multikey()}" for signer in WITNESSES]
REJECTS = {
    # Form of the log and of an entry
    "01-no-entry": ([], "history.empty"),
    "02-not-json": ([ONE[:-1]], "history.entry"),
    "03-doubled-key": ([ONE.replace('"state":', '"state":{},"state":', 1)], "history.entry"),
    "04-unknown-member": ([tamper(ONE, put("extra", 1))], "history.entry"),
    "05-missing-member": ([tamper(ONE, drop("versionTime"))], "history.entry"),
    "06-empty-line-between": ([ONE, "", TWO], "history.entry"),
    "07-proof-no-list": ([tamper(ONE, put("proof", {}))], "history.entry"),
    "08-parameters-no-object": ([tamper(ONE, put("parameters", []))], "history.entry"),
    # Version ids and the chain
    "09-version-id-without-hash": ([tamper(ONE, put("versionId", "1"))], "history.version-id"),
    "10-version-id-leading-zero": (
        [ONE.replace('"versionId":"1-', '"versionId":"01-')],
        "history.version-id",
    ),
    "11-version-id-other-hash": ([tamper(ONE, put("versionId", "1-" + "1" * 46))], "history.version-id"),
    "12-first-is-two": ([TWO], "history.version-number"),
    "13-gap": ([ONE, forge_next(ONE, number=3)], "history.version-number"),
    "14-repeated": ([ONE, ONE], "history.version-number"),
    "15-entry-changed": ([tamper(ONE, put("state", "x", 1))], "history.scid"),
    "16-later-entry-changed": ([ONE, tamper(TWO, put("state", "x", 1))], "history.entry-hash"),
    "17-other-predecessor": ([ONE, forge_next(FIXED, signer=KEYS[0])], "history.entry-hash"),
    "18-time-changed": (
        [ONE, tamper(TWO, put("versionTime", "2026-11-03T00:00:00Z"))],
        "history.entry-hash",
    ),
    # SCID
    "19-scid-swapped": ([ONE.replace(json.loads(ONE)["parameters"]["scid"], OTHER_SCID)], "history.scid"),
    "20-scid-is-no-hash": ([tamper(ONE, put("parameters", "scid", "abc"))], "history.scid"),
    "21-placeholder-left": ([half_filled()], "history.scid"),
    "21-placeholder-left-and-escaped": (
        [half_filled().replace("{SCID}", r"\u007bSCID}")],
        "history.scid",
    ),
    "22-scid-again": (next_with("parameters", {"scid": OTHER_SCID}), "history.parameters"),
    # Parameters
    "23-unknown-parameter": (first_with("parameters", "prerotation", True), "history.parameters"),
    "24-unknown-method": (first_with("parameters", "method", "did:webvh:1.1"), "history.method"),
    "25-method-changes": (next_with("parameters", {"method": "did:webvh:0.5"}), "history.method"),
    "26-no-method": ([tamper(ONE, drop("parameters", "method"))], "history.parameters"),
    "27-no-update-keys": ([tamper(ONE, drop("parameters", "updateKeys"))], "history.parameters"),
    "28-key-of-another-type": (first_with("parameters", "updateKeys", [P256_KEY]), "history.parameters"),
    "29-flag-as-text": (first_with("parameters", "portable", "true"), "history.parameters"),
    "30-ttl-negative": (first_with("parameters", "ttl", -1), "history.parameters"),
    "31-ttl-is-true": (first_with("parameters", "ttl", True), "history.parameters"),
    "32-portable-later": (next_with("parameters", {"portable": True}, after=FIXED), "history.parameters"),
    "33-witness-threshold-zero": (
        first_with("parameters", "witness", witness_rule(0, W[0])),
        "history.parameters",
    ),
    "34-witness-threshold-high": (
        first_with("parameters", "witness", witness_rule(2, W[0])),
        "history.parameters",
    ),
    "35-witness-doubled": (
        first_with("parameters", "witness", witness_rule(2, W[0], W[0])),
        "history.parameters",
    ),
    "36-witness-is-no-did-key": (
        first_with("parameters", "witness", witness_rule(1, "did:web:w.example")),
        "history.parameters",
    ),
    "37-witness-empty-list": (first_with("parameters", "witness", witness_rule(0)), "history.parameters"),
    "37a-witness-is-a-list": (first_with("parameters", "witness", []), "history.parameters"),
    "37b-witness-without-list": (first_with("parameters", "witness", {"threshold": 1}), "history.parameters"),
    "37c-witness-other-member": (
        first_with("parameters", "witness", {**witness_rule(1, W[0]), "self": True}),
        "history.parameters",
    ),
    "37d-witnesses-as-text": (
        first_with("parameters", "witness", {"threshold": 1, "witnesses": W[0]}),
        "history.parameters",
    ),
    "37e-witness-as-text": (
        first_with("parameters", "witness", {"threshold": 1, "witnesses": [W[0]]}),
        "history.parameters",
    ),
    "37f-key-under-another-method": (
        first_with("parameters", "witness", witness_rule(1, W[0].replace("did:key:", "did:web:"))),
        "history.parameters",
    ),
    "37g-too-many-witnesses": (
        first_with("parameters", "witness", witness_rule(1, *many_witnesses())),
        "history.parameters",
    ),
    "37h-keys-as-text": (first_with("parameters", "updateKeys", MULTIKEYS[0]), "history.parameters"),
    "37i-too-many-keys": (first_with("parameters", "updateKeys", MULTIKEYS * 13), "history.parameters"),
    "37j-watcher-is-a-number": (first_with("parameters", "watchers", [1]), "history.parameters"),
    "37k-watcher-is-empty": (first_with("parameters", "watchers", [""]), "history.parameters"),
    "37l-scid-is-a-number": ([tamper(ONE, put("parameters", "scid", 1))], "history.parameters"),
    # Time
    "38-same-time": (next_with("versionTime", "2026-11-01T00:00:00Z"), "history.time"),
    "39-earlier": (next_with("versionTime", "2026-10-31T23:59:59Z"), "history.time"),
    "40-no-zone": (first_with("versionTime", "2026-11-01T00:00:00"), "history.time"),
    "41-other-zone": (first_with("versionTime", "2026-11-01T00:00:00+01:00"), "history.time"),
    "42-no-such-day": (first_with("versionTime", "2026-02-30T00:00:00Z"), "history.time"),
    "43-future": (first_with("versionTime", "2027-11-01T00:00:01Z"), "history.future"),
    # Document and moves
    "44-document-without-id": ([forge_first(drop("state", "id"))], "history.document-id"),
    "45-document-of-another-method": (
        first_with("state", "id", "did:web:registry.example"),
        "history.document-id",
    ),
    "46-move-to-another-scid": (
        moved_to(f"did:webvh:{OTHER_SCID}:registry.example:dids:alice"),
        "history.document-id",
    ),
    "47-move-not-portable": (
        moved_to(json.loads(FIXED)["state"]["id"] + ":new", after=FIXED),
        "history.portable",
    ),
    "48-move-forgets-the-old": (
        moved_to(json.loads(ONE)["state"]["id"] + ":new", also=False),
        "history.portable",
    ),
    "49-document-host-is-an-address": (
        first_with("state", "id", "did:webvh:{SCID}:127.0.0.1%3A8000"),
        "history.document-id",
    ),
    # Keys
    "50-first-signed-by-a-stranger": ([forge_first(lambda entry: None, signer=KEYS[1])], "history.key"),
    "51-next-signed-by-a-stranger": ([ONE, forge_next(ONE, signer=KEYS[1])], "history.key"),
    "52-next-signed-by-the-key-it-brings": (
        next_with("parameters", {"updateKeys": [MULTIKEYS[1]]}, signer=KEYS[1]),
        "history.key",
    ),
    "53-signed-by-a-removed-key": (
        [
            ONE,
            rotated := forge_next(ONE, put("parameters", {"updateKeys": [MULTIKEYS[1]]})),
            forge_next(rotated, put("versionTime", "2026-11-03T00:00:00Z"), signer=KEYS[0]),
        ],
        "history.key",
    ),
    "54-pre-rotation-uncommitted-key": (
        next_with(
            "parameters",
            {"updateKeys": [MULTIKEYS[2]], "nextKeyHashes": []},
            after=COMMITTED,
            signer=KEYS[2],
        ),
        "history.pre-rotation",
    ),
    "55-pre-rotation-one-key-uncommitted": (
        next_with(
            "parameters",
            {"updateKeys": [MULTIKEYS[1], MULTIKEYS[2]], "nextKeyHashes": []},
            after=COMMITTED,
            signer=KEYS[1],
        ),
        "history.pre-rotation",
    ),
    "56-pre-rotation-without-update-keys": (
        next_with("parameters", {"nextKeyHashes": []}, after=COMMITTED),
        "history.pre-rotation",
    ),
    "57-pre-rotation-without-next": (
        next_with("parameters", {"updateKeys": [MULTIKEYS[1]]}, after=COMMITTED, signer=KEYS[1]),
        "history.pre-rotation",
    ),
    "58-pre-rotation-signed-by-the-old-key": (
        next_with(
            "parameters", {"updateKeys": [MULTIKEYS[1]], "nextKeyHashes": []}, after=COMMITTED, signer=KEYS[0]
        ),
        "history.key",
    ),
    # Proofs
    "59-no-proof": ([tamper(ONE, put("proof", []))], "history.proof"),
    "60-signature-changed": (
        [tamper(ONE, put("proof", 0, "proofValue", json.loads(TWO)["proof"][0]["proofValue"]))],
        "history.proof",
    ),
    "61-other-purpose": ([ONE, forge_next(ONE, proof_purpose="authentication")], "history.proof"),
    "62-other-suite": ([tamper(ONE, put("proof", 0, "cryptosuite", "eddsa-rdfc-2022"))], "history.proof"),
    "63-body-and-fragment-differ": (
        [ONE, forge_next(ONE, verification_method=f"did:key:{MULTIKEYS[1]}#{MULTIKEYS[0]}")],
        "history.key",
    ),
    "64-fragment-of-a-stranger": (
        [ONE, forge_next(ONE, verification_method=f"did:key:{MULTIKEYS[0]}#{MULTIKEYS[1]}")],
        "history.key",
    ),
    "65-method-without-fragment": (
        [ONE, forge_next(ONE, verification_method=f"did:key:{MULTIKEYS[0]}")],
        "history.key",
    ),
    "66-second-proof-does-not-hold": (
        [tamper(ONE, lambda entry: entry["proof"].append({**entry["proof"][0], "nonce": "x"}))],
        "history.proof",
    ),
    "67-proof-expires": ([ONE, forge_next(ONE, expires=LATER)], "history.proof"),
    "68-proof-bound-to-a-domain": ([ONE, forge_next(ONE, domain="x.example")], "history.proof"),
    "69-nine-proofs": (
        [tamper(ONE, lambda entry: entry["proof"].extend(entry["proof"] * 8))],
        "history.proof",
    ),
    # Deactivation
    "70-entry-after-the-last": (
        [ONE, ENDED, forge_next(ENDED, put("versionTime", "2026-11-05T00:00:00Z"))],
        "history.deactivated",
    ),
    "71-revival": (
        [
            ONE,
            ENDED,
            forge_next(
                ENDED,
                lambda entry: entry.update(
                    versionTime="2026-11-05T00:00:00Z", parameters={"deactivated": False}
                ),
            ),
        ],
        "history.deactivated",
    ),
}


@pytest.mark.parametrize("name", REJECTS)
def test_must_reject(name):
    lines, code = REJECTS[name]
    found = outcome(
        verify_history,
        log(*lines),
        expected_did=None,
        witnesses=None,
        now=LATER,
    )
    assert found.code == code


def test_must_reject_72_another_did():
    did = Did.parse(f"did:webvh:{OTHER_SCID}:registry.example:dids:alice")
    assert code_of(verified, ONE, expected_did=did) == "history.did"


def approval(line, signer, **options):
    version_id = json.loads(line)["versionId"]
    secured = json.loads(sign({"versionId": version_id}, signer, **options))
    return {"versionId": version_id, "proof": secured["proof"]}


def merged(*items):
    return json.dumps([{"versionId": items[0]["versionId"], "proof": [p for i in items for p in i["proof"]]}])


WITNESS_REJECTS = {
    "73-no-file": (None, "history.witness-missing"),
    "74-not-json": (b"[", "history.witness-file"),
    "75-no-list": (b"{}", "history.witness-file"),
    "76-version-twice": (
        json.dumps([approval(WITNESSED, WITNESSES[0]), approval(WITNESSED, WITNESSES[1])]),
        "history.witness-file",
    ),
    "77-too-few": (merged(approval(WITNESSED, WITNESSES[0])), "history.witness-threshold"),
    "78-one-witness-twice": (
        merged(approval(WITNESSED, WITNESSES[0]), approval(WITNESSED, WITNESSES[0], created=at(1))),
        "history.witness-threshold",
    ),
    "79-stranger": (
        merged(approval(WITNESSED, WITNESSES[0]), approval(WITNESSED, WITNESSES[3])),
        "history.witness-threshold",
    ),
    "80-stranger-under-a-witness's-name": (
        merged(
            approval(WITNESSED, WITNESSES[0]),
            approval(WITNESSED, WITNESSES[3], verification_method=f"{W[1]}#{W[1][8:]}"),
        ),
        "history.witness-threshold",
    ),
    "81-stranger's-fragment-under-a-witness's-did": (
        merged(
            approval(WITNESSED, WITNESSES[0]),
            approval(WITNESSED, WITNESSES[3], verification_method=f"{W[1]}#{W[3][8:]}"),
        ),
        "history.witness-threshold",
    ),
    "81a-witness-under-a-stranger's-fragment": (
        merged(
            approval(WITNESSED, WITNESSES[0]),
            approval(WITNESSED, WITNESSES[1], verification_method=f"{W[1]}#{W[3][8:]}"),
        ),
        "history.witness-threshold",
    ),
    "82-other-purpose": (
        merged(
            approval(WITNESSED, WITNESSES[0]),
            approval(WITNESSED, WITNESSES[1], proof_purpose="authentication"),
        ),
        "history.witness-threshold",
    ),
    "83-proofs-of-another-did": (
        json.dumps(
            [
                {
                    **approval(WITNESSED, WITNESSES[0]),
                    "proof": approval(ONE, WITNESSES[0])["proof"] + approval(ONE, WITNESSES[1])["proof"],
                }
            ]
        ),
        "history.witness-threshold",
    ),
    "84-unpublished-version": (
        merged(
            *[
                {**approval(ONE, s), "versionId": "2-" + json.loads(ONE)["versionId"][2:]}
                for s in WITNESSES[:2]
            ]
        ),
        "history.witness-threshold",
    ),
    "84a-version-id-is-a-number": (
        json.dumps([{**approval(WITNESSED, WITNESSES[0]), "versionId": 1}]),
        "history.witness-file",
    ),
    "84b-proof-is-an-object": (
        json.dumps([{**approval(WITNESSED, WITNESSES[0]), "proof": {}}]),
        "history.witness-file",
    ),
    "84c-proof-is-text": (
        json.dumps([{**approval(WITNESSED, WITNESSES[0]), "proof": ["x"]}]),
        "history.witness-file",
    ),
    "84d-item-is-text": (b'["x"]', "history.witness-file"),
    "85-member-beside": (
        json.dumps([{**approval(WITNESSED, WITNESSES[0]), "note": 1}]),
        "history.witness-file",
    ),
}


@pytest.mark.parametrize("name", WITNESS_REJECTS)
def test_must_reject_witnesses(name):
    witnesses, code = WITNESS_REJECTS[name]
    data = witnesses.encode() if isinstance(witnesses, str) else witnesses
    assert code_of(verified, WITNESSED, witnesses=data) == code


def test_must_reject_86_witnesses_that_replace_the_list_approve_themselves():
    two = update(
        verified(WITNESSED, witnesses=approvals((WITNESSED, WITNESSES[:2]))),
        signer=KEYS[0],
        now=at(1),
        changes=Changes(witness=rule(1, WITNESSES[3])),
    )
    seen = approvals((WITNESSED, WITNESSES[:2]), (two, WITNESSES[3:]))
    assert code_of(verified, WITNESSED, two, witnesses=seen) == "history.witness-threshold"


def test_must_reject_87_first_witnesses_count_at_once():
    two = update(verified(ONE), signer=KEYS[0], now=at(1), changes=Changes(witness=rule(1, WITNESSES[0])))
    assert code_of(verified, ONE, two) == "history.witness-missing"
    verified(ONE, two, witnesses=approvals((two, WITNESSES[:1])))


def test_must_reject_88_too_large_and_too_many():
    assert (
        code_of(verify_history, b" " * ((4 << 20) + 1), expected_did=None, witnesses=None, now=None)
        == "history.too-large"
    )
    assert (
        code_of(verify_history, b"{}\n" * 10_001, expected_did=None, witnesses=None, now=None)
        == "history.too-large"
    )


def test_must_reject_89_next_entries_meet_the_same_rules():
    history = verified(ONE)
    assert code_of(verify_next, history, TWO.encode(), witnesses=None, now=START) == "history.future"
    stranger = forge_next(ONE, signer=KEYS[1]).encode()
    assert code_of(verify_next, history, stranger, witnesses=None, now=LATER) == "history.key"
    joined = forge_next(ONE, put("parameters", {"witness": witness_rule(1, W[0])}))
    assert (
        code_of(verify_next, history, joined.encode(), witnesses=None, now=LATER) == "history.witness-missing"
    )


def test_writers_refuse_what_would_not_verify():
    history = verified(ONE)
    assert code_of(update, history, signer=KEYS[1], now=at(1)) == "history.key"
    assert code_of(update, history, signer=KEYS[0], now=at(-1)) == "history.time"
    assert code_of(update, history, signer=KEYS[0], now=at(1), document={"id": "x"}) == "history.document-id"
    assert code_of(update, verified(COMMITTED), signer=KEYS[0], now=at(1)) == "history.pre-rotation"
    assert code_of(create, {"id": "did:web:x.example"}, signer=KEYS[0], now=START, portable=True) == (
        "history.document-id"
    )
    other = [KEYS[1].public_key]
    assert code_of(first, update_keys=other) == "history.key"


@given(st.binary(max_size=80) | st.just(ONE.encode()).map(lambda line: line[: len(line) // 2]))
def test_random_bytes_give_only_our_errors(data):
    found = outcome(verify_history, data, expected_did=None, witnesses=None, now=LATER)
    assert found.code is not None
    assert found.code.startswith("history.")


@given(st.integers(0, len(ONE) - 1), st.integers(0, 127))
def test_any_changed_byte_is_refused(position, byte):
    data = bytearray(ONE.encode())
    same = data[position] == byte
    data[position] = byte
    found = outcome(verify_history, bytes(data), expected_did=None, witnesses=None, now=LATER)
    assert (found.code is None) == same or json.loads(bytes(data)) == json.loads(ONE)


def test_an_entry_alone_is_verified_against_the_version_before():
    one = verify_entry(read_entry(ONE.encode()), None)
    assert verify_entry(read_entry(TWO.encode()), one).number == 2
