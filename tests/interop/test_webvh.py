"""did:webvh 1.0 against didwebvh-ts: each verifies and resolves what the other writes; what each refuses."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from did.identifiers import Did
from did.methods.webvh import (
    NO_WITNESSES,
    Changes,
    create,
    deactivate,
    hash_key,
    update,
    verify_history,
    verify_next,
    with_implicit_services,
)
from did.resolution import ResolutionOptions, resolve_history
from tests.did.methods.test_webvh_history import (
    DOCUMENT,
    KEYS,
    LATER,
    REJECTS,
    START,
    WITNESS_REJECTS,
    WITNESSED,
    WITNESSES,
    approvals,
    at,
    first,
    log,
    rule,
)
from tests.did.outcomes import code_of
from tests.support.peers import ask, values

NOW = {"now": "2027-11-01T00:00:00Z"}
SEEDS = [(bytes([n]) * 32).hex() for n in range(1, 6)]
WITNESS_SEEDS = [(bytes([n]) * 32).hex() for n in range(101, 105)]
MULTIKEYS = [signer.public_key.multikey() for signer in KEYS]
HASHES = [hash_key(signer.public_key) for signer in KEYS]


# -- we write -------------------------------------------------------------------------------------------


class Author:
    """Writes a history step by step, and verifies it as it goes."""

    def __init__(self, **options):
        self.lines = [create(DOCUMENT, signer=KEYS[0], now=START, **{"portable": False, **options})]
        self.approved = []
        if "witness" not in options:
            self.history = self.verified()

    def verified(self):
        return verify_history(log(*self.lines), expected_did=None, witnesses=self.witnesses, now=LATER)

    @property
    def witnesses(self):
        return approvals(*self.approved) if self.approved else None

    def approve(self, *signers):
        self.approved.append((self.lines[-1], signers))
        self.history = self.verified()
        return self

    def then(self, call, signer, *, days=None, approved=(), **options):
        now = at(len(self.lines) if days is None else days)
        line = call(self.history, signer=signer, now=now, **options)
        self.lines.append(line)
        if approved:
            self.approved.append((line, approved))
        self.history = verify_next(self.history, line.encode(), witnesses=self.witnesses, now=LATER)
        return self

    @property
    def document(self):
        return self.history.latest.document


def keys_to(number, *committed):
    return Changes(
        update_keys=[KEYS[number].public_key], next_key_hashes=[HASHES[item] for item in committed]
    )


def with_services(author):
    did = author.document["id"]
    method = {"id": f"{did}#key", "type": "Multikey", "controller": did, "publicKeyMultibase": MULTIKEYS[4]}
    service = {"id": "#site", "type": "LinkedDomains", "serviceEndpoint": "https://registry.example"}
    document = {
        **author.document,
        "verificationMethod": [method],
        "authentication": [method["id"]],
        "assertionMethod": [method["id"]],
        "service": [service],
    }
    return author.then(update, KEYS[0], document=document)


def moved(author):
    old = author.document["id"]
    new = old.replace("registry.example:dids:alice", "other.example%3A8443:a%20b")
    return author.then(update, KEYS[0], document={**author.document, "id": new, "alsoKnownAs": [old]})


def pre_rotated(*, ended):
    author = Author(next_key_hashes=[HASHES[1], HASHES[4]])
    author.then(update, KEYS[1], changes=keys_to(1, 2)).then(update, KEYS[2], changes=keys_to(2, 3))
    if ended:
        author.then(update, KEYS[3], changes=keys_to(3)).then(update, KEYS[3])
    return author


OURS = {
    "create": Author,
    "create with all parameters": lambda: Author(portable=True, ttl=60, watchers=["https://watcher.example"]),
    "update": lambda: with_services(Author()),
    "two versions within a second": lambda: Author().then(update, KEYS[0], days=0.000_000_05),
    "two update keys": lambda: Author(update_keys=[KEYS[0].public_key, KEYS[1].public_key]).then(
        update, KEYS[1]
    ),
    "rotate": lambda: (
        Author()
        .then(update, KEYS[0], changes=Changes(update_keys=[KEYS[1].public_key]))
        .then(update, KEYS[1])
    ),
    "pre-rotation": lambda: pre_rotated(ended=False),
    "pre-rotation, ended": lambda: pre_rotated(ended=True),
    "pre-rotation begins later": lambda: (
        Author()
        .then(update, KEYS[0], changes=Changes(next_key_hashes=[HASHES[1]]))
        .then(update, KEYS[1], changes=keys_to(1, 2))
    ),
    "move": lambda: moved(Author(portable=True)),
    "portable no more": lambda: moved(Author(portable=True)).then(
        update, KEYS[0], changes=Changes(portable=False)
    ),
    "deactivate": lambda: Author().then(deactivate, KEYS[0]),
    "deactivate under pre-rotation": lambda: pre_rotated(ended=False).then(
        deactivate, KEYS[3], changes=keys_to(3)
    ),
    "witnesses": lambda: Author(witness=rule(2, *WITNESSES[:3])).approve(*WITNESSES[1:3]),
    "witnesses change and leave": lambda: (
        Author(witness=rule(1, *WITNESSES[:2]))
        .approve(WITNESSES[0])
        .then(update, KEYS[0], changes=Changes(witness=rule(1, WITNESSES[2])), approved=WITNESSES[1:2])
        .then(update, KEYS[0], changes=Changes(witness=NO_WITNESSES), approved=WITNESSES[2:3])
        .then(update, KEYS[0])
    ),
}


def resolve(lines, witnesses=None, **more):
    file = json.loads(witnesses) if witnesses else None
    return {"do": "resolve", "log": lines, "witnesses": file, **more}


@pytest.fixture(scope="module")
def ours():
    return {name: write() for name, write in OURS.items()}


@pytest.fixture(scope="module")
def resolved(ours):
    tasks = {}
    for name, author in ours.items():
        did = author.document["id"]
        tasks[name, None] = resolve(author.lines, author.witnesses, did=did)
        for version in author.history.versions:
            tasks[name, version.number] = resolve(author.lines, author.witnesses, version=version.number)
    answers = ask("webvh", {f"{name} {number}": task for (name, number), task in tasks.items()}, NOW)
    return dict(zip(tasks, answers.values(), strict=True))


@pytest.mark.parametrize("name", OURS)
def test_the_peer_verifies_and_resolves_what_we_write(ours, resolved, name):
    history = ours[name].history
    answer = resolved[name, None]
    assert answer.error is None
    assert answer.value["did"] == history.did.text
    result = resolve_history(history, history.did, ResolutionOptions())
    assert answer.value["doc"] == result.document
    meta = answer.value["meta"]
    assert meta.get("error") is None
    latest = history.latest
    assert meta["versionId"] == latest.version_id
    assert meta["updated"] == latest.time_text
    assert meta["scid"] == history.scid
    assert tuple(meta["updateKeys"]) == latest.update_keys
    assert tuple(meta["nextKeyHashes"]) == latest.next_key_hashes
    assert meta["deactivated"] == latest.deactivated
    assert meta["portable"] == latest.parameters.portable


@pytest.mark.parametrize("name", OURS)
def test_every_version_is_the_same_document(ours, resolved, name):
    history = ours[name].history
    for version in history.versions:
        answer = resolved[name, version.number]
        assert answer.error is None
        # The peer answers for the whole log; we answer for the DID that a version was published under.
        did = Did.parse(version.did)
        result = resolve_history(history, did, ResolutionOptions(version_number=version.number))
        if version.deactivated:
            # A selector makes the peer return the document all the same; W3C DID Resolution gives none.
            assert result.document is None
            assert answer.value["doc"] == with_implicit_services(version.document)
        else:
            assert answer.value["doc"] == result.document, version.number
        assert answer.value["meta"]["versionId"] == version.version_id


# -- the peer writes ------------------------------------------------------------------------------------


def step(call, signer, day, **options):
    time = (START + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")
    stated = {"create": {"created": time}, "update": {"updated": time}}.get(call, {})
    return {"call": call, "signer": SEEDS[signer], "at": time, **stated, **options}


METHODS = [{"type": "Multikey", "publicKeyMultibase": MULTIKEYS[4], "purpose": "assertionMethod"}]
ALL_METHODS = [
    {"type": "Multikey", "publicKeyMultibase": MULTIKEYS[number], "purpose": purpose}
    for number, purpose in enumerate(["authentication", "assertionMethod", "capabilityInvocation"])
]


def created(**options):
    stated = {
        "address": "registry.example",
        "paths": ["dids", "bob"],
        "updateKeys": [MULTIKEYS[0]],
        "verificationMethods": METHODS,
        **options,
    }
    return step("create", 0, 0, **stated)


def witness(threshold, *numbers):
    ids = [f"did:key:{WITNESSES[number].public_key.multikey()}" for number in numbers]
    return {"threshold": threshold, "witnesses": [{"id": item} for item in ids]}


THEIRS = {
    "create": ([created()], None),
    "create at a host's root with a port": ([created(address="localhost:8000", paths=[])], None),
    "create from a document": (
        [created(didDocument={**DOCUMENT, "id": "did:webvh:{SCID}:registry.example:dids:bob"})],
        None,
    ),
    "create with all parameters": (
        [
            created(
                portable=True,
                watchers=["https://watcher.example"],
                verificationMethods=ALL_METHODS,
                alsoKnownAs=["https://bob.example"],
                alsoKnownAsWeb=True,
            )
        ],
        None,
    ),
    "update": (
        [
            created(),
            step(
                "update",
                0,
                1,
                verificationMethods=ALL_METHODS,
                services=[{"id": "#s", "type": "S", "serviceEndpoint": "https://s.example"}],
            ),
        ],
        None,
    ),
    "rotate": ([created(), step("update", 0, 1, updateKeys=[MULTIKEYS[1]]), step("update", 1, 2)], None),
    "pre-rotation": (
        [
            created(nextKeyHashes=[HASHES[1]]),
            step("update", 1, 1, updateKeys=[MULTIKEYS[1]], nextKeyHashes=[HASHES[2]]),
            step("update", 2, 2, updateKeys=[MULTIKEYS[2]], nextKeyHashes=[]),
            step("update", 2, 3),
        ],
        None,
    ),
    "move": ([created(portable=True), step("update", 0, 1, address="other.example:8443", paths=["x"])], None),
    "deactivate": ([created(), step("deactivate", 0, 1)], None),
    "witnesses": (
        [
            created(witness=witness(2, 0, 1, 2)),
            step("update", 0, 1, witness=witness(1, 3)),
            step("update", 0, 2),
        ],
        [WITNESS_SEEDS[:2], WITNESS_SEEDS[1:3], WITNESS_SEEDS[3:]],
    ),
}


@pytest.fixture(scope="module")
def theirs():
    tasks = {
        name: {"do": "write", "steps": steps, "approvals": seeds} for name, (steps, seeds) in THEIRS.items()
    }
    return values(ask("webvh", tasks, NOW))


@pytest.mark.parametrize("name", THEIRS)
def test_we_verify_what_the_peer_writes(theirs, name):
    steps, seeds = THEIRS[name]
    lines, file = theirs[name]["log"], theirs[name]["witnesses"].encode() if seeds else None
    history = verify_history(log(*lines), expected_did=None, witnesses=file, now=LATER)
    assert len(history.versions) == len(steps)
    assert history.deactivated == (steps[-1]["call"] == "deactivate")
    assert history.latest.document == json.loads(lines[-1])["state"]
    changed = (
        log(*lines).replace(b"registry.example", b"mallory.example").replace(b"localhost", b"mallory.org")
    )
    assert code_of(verify_history, changed, expected_did=None, witnesses=file, now=LATER) == "history.scid"


def test_the_peer_commits_to_keys_as_we_do():
    answers = ask("webvh", {key: {"do": "hash", "key": key} for key in MULTIKEYS}, NOW)
    assert list(values(answers).values()) == HASHES


def test_we_continue_what_the_peer_began_and_the_peer_what_we_began(theirs):
    began = verify_history(log(*theirs["update"]["log"]), expected_did=None, witnesses=None, now=LATER)
    three = update(began, signer=KEYS[0], now=at(5), changes=Changes(update_keys=[KEYS[1].public_key]))
    lines = [*theirs["update"]["log"], three]
    answers = ask("webvh", {"ours on theirs": resolve(lines)}, NOW)
    assert answers["ours on theirs"].value["meta"]["updateKeys"] == [MULTIKEYS[1]]


# -- what is refused ------------------------------------------------------------------------------------

PEER_TAKES = {
    "03-doubled-key": "its parser takes the last of two members",
    "04-unknown-member": "only known members are read",
    "11-version-id-other-hash": "the hash in the first versionId is not compared",
    "23-unknown-parameter": "only known parameters are read",
    "29-flag-as-text": "types of parameters are not checked",
    "30-ttl-negative": "ttl is not read",
    "31-ttl-is-true": "ttl is not read",
    "37-witness-empty-list": "taken for no witnesses",
    "37a-witness-is-a-list": "taken for no witnesses",
    "37b-witness-without-list": "taken for no witnesses",
    "37i-too-many-keys": "no limit",
    "37j-watcher-is-a-number": "types of parameters are not checked",
    "37k-watcher-is-empty": "watchers are not checked",
    "43-future": "five minutes of clock skew are allowed",
    "48-move-forgets-the-old": "alsoKnownAs is not looked at after a move",
    "57-pre-rotation-without-next": "the commitment of the version before stays in force",
    "59-no-proof": "an empty list of proofs is enough",
    "65-method-without-fragment": "did:key without its fragment is read as its only key",
    "67-proof-expires": "such members of a proof are signed but not read",
    "68-proof-bound-to-a-domain": "such members of a proof are signed but not read",
    "69-nine-proofs": "no limit",
    "70-entry-after-the-last": "verified, and stays deactivated",
    "71-revival": "verified, and stays deactivated",
}
"""Of our must-rejects those that the peer accepts. We are stricter; in no case the other way round."""


def test_the_peer_refuses_what_we_refuse_but_for_a_known_list():
    answers = ask("webvh", {name: resolve(lines) for name, (lines, _) in REJECTS.items()}, NOW)
    assert {name for name, answer in answers.items() if answer.error is None} == set(PEER_TAKES)
    for name in ("70-entry-after-the-last", "71-revival"):
        assert answers[name].value["doc"] is None
        assert answers[name].value["meta"]["deactivated"] is True


def test_under_pre_rotation_the_peer_must_be_told_to_state_the_next_keys():
    """did:webvh 1.0 wants `nextKeyHashes` in every entry then; to the peer, the old ones stay in force."""
    begin = created(nextKeyHashes=[HASHES[1]])
    steps = {
        "update": [begin, step("update", 1, 1, updateKeys=[MULTIKEYS[1]])],
        "deactivate": [begin, step("deactivate", 0, 1)],
    }
    made = values(ask("webvh", {name: {"do": "write", "steps": found} for name, found in steps.items()}, NOW))
    logs = {name: found["log"] for name, found in made.items()}
    for lines in logs.values():
        code = code_of(verify_history, log(*lines), expected_did=None, witnesses=None, now=LATER)
        assert code == "history.pre-rotation"
    answers = ask("webvh", {name: resolve(lines) for name, lines in logs.items()}, NOW)
    assert answers["update"].error is None
    # Its deactivation keeps the key of before, which was not committed to: it refuses that log itself.
    assert "Not found in nextKeyHashes" in answers["deactivate"].error


WITNESS_TAKES = {
    "76-version-twice": "two items for one version are added up",
}


def test_the_peer_refuses_the_witness_files_that_we_refuse_but_for_a_known_list():
    files = {}
    for name, (text, _) in WITNESS_REJECTS.items():
        try:
            files[name] = json.loads(text) if text else None
        except ValueError:
            continue
    tasks = {name: {"do": "resolve", "log": [WITNESSED], "witnesses": file} for name, file in files.items()}
    answers = ask("webvh", tasks, NOW)
    assert {name for name, answer in answers.items() if answer.error is None} == set(WITNESS_TAKES)


def test_the_peer_refuses_another_did():
    line = first()
    other = json.loads(line)["state"]["id"].replace("alice", "mallory")
    assert "does not match state.id" in ask("webvh", {"it": resolve([line], did=other)}, NOW)["it"].error
