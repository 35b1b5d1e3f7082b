"""Asking witnesses: quorums, liars, the dead and the slow; what is published, remembered and shown."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest

from api.client.resolving import has_reached, state_text
from api.errors import ApiError
from api.registry import cosigning
from api.registry.notes import Signed
from api.registry.witness_client import WitnessClient
from api.services import policy_files
from did import jcs
from did.errors import DidError
from did.registry.bundle import Level, verify_bundle
from did.registry.checkpoint import verify_checkpoint
from did.registry.note import parse_note
from did.registry.policy import parse_policy
from did.registry.receipt import EvidenceSubject, verify_receipt
from did.registry.states import RegistryState
from did.registry.witness import SizeConflictError

from .conftest import world
from .test_dids import expectations, resolve, settled
from .witnesses import Witnesses

pytestmark = pytest.mark.anyio

QUORUM = "group g 2 w0 w1 w2\nquorum g\n"
DIGEST = "A" * 43


@pytest.fixture
def witnesses(monkeypatch):
    made = Witnesses()
    monkeypatch.setattr(
        policy_files, "WitnessClient", lambda url: WitnessClient(url, transport=made.transport)
    )
    monkeypatch.setattr(cosigning, "PATIENCE_SECONDS", (0.02, 0.05))
    return made


@contextlib.asynccontextmanager
async def asking(folder, witnesses, *, quorum=QUORUM, **settings):
    path = folder / "witnesses.txt"
    path.write_text(witnesses.policy(quorum))
    async with world(folder / "data", witnesses=path, **settings) as avow:
        witnesses.serve(avow)
        yield avow


async def until(holds):
    for _ in range(1000):
        if (found := holds()) and (found := await found if asyncio.iscoroutine(found) else found):
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("not within ten seconds")


async def standing(avow, did):
    return (await resolve(avow, did)).json()["didResolutionMetadata"]


async def cosigned(avow, did):
    """The metadata once the quorum has seen the DID."""

    async def seen():
        found = await standing(avow, did)
        return found if found["cosigned"]["quorum"] else None

    return await until(seen)


async def newest_verifies(avow):
    """Whether the newest checkpoint holds under the policy that the service publishes."""
    policy = parse_policy((await avow.client.get("/log/policy")).text)
    note = (await avow.client.get("/log/checkpoint")).text
    try:
        return verify_checkpoint(note, policy=policy, expected_origin="localhost:8000/log")
    except DidError as error:
        assert error.code == "checkpoint.quorum"  # noqa: PT017
        return None


async def test_a_quorum_cosigns_and_everything_that_is_published_shows_it(tmp_path, witnesses):
    async with asking(tmp_path, witnesses) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        found = await cosigned(avow, made["did"])
        await until(lambda: avow.core.registry._cosigning.standing(found["logIndex"])["count"] == 3)
        verified = await until(lambda: newest_verifies(avow))
        await settled(avow, made["did"])
        proof = (await standing(avow, made["did"]))["proof"][0]
        for cosigned_required in (True, False):
            expected = await expectations(avow, Level.ANCHORED)
            require = replace(expected.require, cosigned=cosigned_required)
            bundle = verify_bundle(
                jcs.canonicalize(proof),
                expected_did=made["did"],
                expectations=replace(expected, require=require),
            )
            assert len(bundle.witnesses) >= 2
        logged = await avow.post("/evidence", {"digest": DIGEST}, status=201)

        async def evidence():
            answer = (await avow.call("GET", f"/evidence/{logged['id']}")).json()
            return answer if answer["state"] == "final" and answer["cosigned"]["quorum"] else None

        receipt = (await until(evidence))["receipt"]
        expected = await expectations(avow, Level.ANCHORED)
        shown = verify_receipt(
            jcs.canonicalize(receipt), expected_subject=EvidenceSubject(bytes(32)), expectations=expected
        )
        assert len(shown.witnesses) >= 2
        static = avow.settings.public_log_path / "checkpoint"
        await until(lambda: len(parse_note(static.read_text()).lines) == 4)
        told = (await avow.client.get("/log/status")).json()
        assert [sorted(item) for item in told["witnesses"]] == [["cosigned", "name"]] * 3
        assert all(0 < item["cosigned"] <= told["sizes"]["signed"] for item in told["witnesses"])
        page = (await avow.client.get("/")).text
        assert '<th scope="row">cosigned' in page
        assert all(f"{item['name']} <span" in page for item in told["witnesses"])
    assert verified.quorum_time is not None
    assert all(witness.olds[0] == 0 for witness in witnesses)


async def test_what_was_cosigned_is_stored_and_nobody_is_asked_again(tmp_path, witnesses):
    async with asking(tmp_path, witnesses) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        size = avow.core.registry._sealer.signed.size
        await until(lambda: all(witness.held.size == size for witness in witnesses))
        await until(lambda: avow.core.registry._cosigning.standing(size - 1)["count"] == 3)
    before = [list(witness.asked) for witness in witnesses]
    async with asking(tmp_path, witnesses) as avow:
        assert (await standing(avow, made["did"]))["cosigned"] == {"count": 3, "of": 3, "quorum": True}
        assert (await newest_verifies(avow)).witnesses == ("w0", "w1", "w2")
        await asyncio.sleep(0.1)
        assert [witness.asked for witness in witnesses] == before
        # And from then on the proofs start where each of them stands.
        again = await avow.post("/dids", {"name": "two"}, status=201)
        await cosigned(avow, again["did"])
        assert witnesses[0].olds[len(before[0])] == size


@pytest.mark.parametrize(
    "mood", ["down", "lying", "early", "chatty", "redirecting", "ahead", "confused", "refusing"]
)
async def test_one_that_fails_or_lies_is_done_without_and_none_of_its_lines_is_taken(
    tmp_path, witnesses, mood
):
    witnesses[1].mood = mood
    async with asking(tmp_path, witnesses) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        found = await cosigned(avow, made["did"])
        assert found["cosigned"]["count"] == 2
        await settled(avow, made["did"])
        verified = await until(lambda: newest_verifies(avow))
        assert verified.witnesses == ("w0", "w2")
        assert len(witnesses[1].asked) >= 1
        assert (await avow.client.get("/readyz")).status_code == 200
        # It comes back and is asked for what is the newest by then.
        witnesses[1].mood = "honest"
        await until(lambda: avow.core.registry._cosigning.standing(found["logIndex"])["count"] == 3)


async def test_without_a_quorum_the_log_goes_on_and_says_so(tmp_path, witnesses):
    witnesses[0].mood, witnesses[1].mood = "down", "lying"
    async with asking(tmp_path, witnesses) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        found = await standing(avow, made["did"])
        await until(lambda: avow.core.registry._cosigning.standing(found["logIndex"])["count"] == 1)
        found = await standing(avow, made["did"])
        assert found["cosigned"] == {"count": 1, "of": 3, "quorum": False}
        assert state_text(found) == "final, cosigned 1/3"
        assert await newest_verifies(avow) is None
        expected = await expectations(avow, Level.ANCHORED)
        with pytest.raises(DidError) as caught:
            verify_bundle(
                jcs.canonicalize(found["proof"][0]), expected_did=made["did"], expectations=expected
            )
        assert caught.value.code == "checkpoint.quorum"


async def test_a_slow_witness_delays_neither_seals_nor_anchors_nor_the_other_witnesses(tmp_path, witnesses):
    witnesses[1].mood = "slow"
    async with asking(tmp_path, witnesses) as avow:
        for name in ("one", "two", "three", "four"):
            made = await avow.post("/dids", {"name": name}, status=201)
            await settled(avow, made["did"])
            assert (await cosigned(avow, made["did"]))["cosigned"]["count"] == 2
        assert len(witnesses[1].asked) == 1
        witnesses[1].gate.set()
        found = await standing(avow, made["did"])
        await until(lambda: avow.core.registry._cosigning.standing(found["logIndex"])["count"] == 3)


async def test_two_slow_witnesses_hold_up_nothing_but_the_quorum(tmp_path, witnesses):
    witnesses[0].mood = witnesses[1].mood = "slow"
    async with asking(tmp_path, witnesses) as avow:
        for name in ("one", "two", "three"):
            made = await avow.post("/dids", {"name": name}, status=201)
            found = (await settled(avow, made["did"]))["didResolutionMetadata"]
            assert found["cosigned"]["quorum"] is False
        for slow in witnesses.all[:2]:
            slow.mood = "honest"
            slow.gate.set()
        await cosigned(avow, made["did"])


async def test_every_anchored_checkpoint_is_shown_to_the_witnesses_that_are_there(tmp_path, witnesses):
    async with asking(tmp_path, witnesses, seal_interval_ms=10, anchor_interval_ms=10) as avow:
        await avow.headers()
        for number in range(15):
            made = await avow.post("/dids", {"name": f"d{number}"}, status=201)
        await settled(avow, made["did"])
        await cosigned(avow, made["did"])
        anchored = [anchor["size"] for anchor in (await avow.client.get("/log/anchors")).json()["anchors"]]
        # The first may have been asked for before the witnesses knew this log's key.
        await until(lambda: set(anchored[:-1]) <= set(witnesses[0].asked))
        for size in anchored[:-1]:
            await until(lambda size=size: avow.core.registry._cosigning.meets(size))


async def test_what_is_being_anchored_comes_before_what_is_newer():
    def signed(size):
        return Signed(size, b"", b"", "", 0)

    sealer = SimpleNamespace(on_cosigning=asyncio.Event(), signed=signed(9))
    publisher = SimpleNamespace(picked=signed(7))
    task = cosigning.Cosigning(
        policy=parse_policy("quorum none\n"),
        clients={},
        sequencer=None,
        sealer=sealer,
        publisher=publisher,
        notes=None,
        system=None,
    )
    for expected in (7, 9):
        task._target = await task._next()
        assert task._target.size == expected
    waiting = asyncio.create_task(task._next())
    await asyncio.sleep(0)
    sealer.signed = publisher.picked = signed(12)
    sealer.on_cosigning.set()
    assert (await waiting).size == 12


async def test_until_it_is_anchored_an_entry_is_cosigned_and_shown_under_a_cosigned_note(tmp_path, witnesses):
    async with asking(tmp_path, witnesses) as avow:
        avow.core.registry._publisher._step = lambda: asyncio.sleep(0.01)  # nothing is anchored any more
        made = await avow.post("/dids", {"name": "one"}, status=201)
        found = await cosigned(avow, made["did"])
        assert found["state"] == "cosigned"
        assert state_text(found) in {"cosigned 2/3", "cosigned 3/3"}
        expected = await expectations(avow, Level.SEALED)
        require = replace(expected.require, cosigned=True)
        bundle = verify_bundle(
            jcs.canonicalize(found["proof"][0]),
            expected_did=made["did"],
            expectations=replace(expected, require=require),
        )
        assert bundle.as_of is not None
        # While the next checkpoint waits for its quorum, this one goes on being shown.
        witnesses[0].mood = witnesses[1].mood = "down"
        await avow.post("/dids", {"name": "two"}, status=201)
        await until(lambda: avow.core.registry._sealer.signed.size > bundle.size)
        again = await standing(avow, made["did"])
        assert again["state"] == "cosigned"
        # The same checkpoint; the third witness may have signed it meanwhile.
        notes = [parse_note(each["proof"][0]["checkpoint"]) for each in (found, again)]
        assert notes[0].body == notes[1].body
        assert set(notes[0].lines) <= set(notes[1].lines)


async def test_while_the_newest_anchor_waits_for_its_quorum_the_one_before_is_shown(tmp_path, witnesses):
    async with asking(tmp_path, witnesses) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        await cosigned(avow, made["did"])
        registry = avow.core.registry
        await until(lambda: registry._cosigning.meets(registry._publisher.anchored.size))
        before = (await standing(avow, made["did"]))["proof"][0]
        for witness in witnesses.all:
            witness.mood = "down"
        later = await avow.post("/dids", {"name": "two"}, status=201)
        newest = (await settled(avow, later["did"]))["didResolutionMetadata"]
        after = await standing(avow, made["did"])
        assert after["state"] == "final"
        assert after["proof"][0]["checkpoint"].split("\n")[1] == before["checkpoint"].split("\n")[1]
        expected = await expectations(avow, Level.SEALED)
        for proof, did, refused in (
            (after["proof"][0], made["did"], False),
            (newest["proof"][0], later["did"], True),
        ):
            with pytest.raises(DidError) if refused else contextlib.nullcontext():
                verify_bundle(jcs.canonicalize(proof), expected_did=did, expectations=expected)
        # Not for ever: then the newest anchor counts more, and not after a reorganisation.
        registry._publisher.moves += 1
        moved = (await standing(avow, made["did"]))["proof"][0]["checkpoint"]
        assert moved.split("\n")[1] == newest["proof"][0]["checkpoint"].split("\n")[1]


async def test_a_witness_that_holds_another_size_is_asked_once_more_from_there(tmp_path, witnesses):
    async with asking(tmp_path, witnesses) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await cosigned(avow, made["did"])
        task = avow.core.registry._cosigning
        for asked in task._asked:
            asked.size = 0  # as after a start from a copy without the lines
        before = len(witnesses[0].olds)
        again = await avow.post("/dids", {"name": "two"}, status=201)
        await cosigned(avow, again["did"])
        first, second, *_ = witnesses[0].olds[before:]
        assert first == 0
        assert second > 0


async def test_the_published_policy_names_witnesses_and_quorum_without_their_addresses(tmp_path, witnesses):
    async with asking(tmp_path, witnesses) as avow:
        text = (await avow.client.get("/log/policy")).text
        policy = parse_policy(text)
        assert text.startswith("# For convenience.")
        assert "http" not in text
        assert list(policy.witnesses) == ["w0", "w1", "w2"]
        assert policy.groups["g"].threshold == 2
        assert [key.name for key in policy.logs] == ["localhost:8000/log"]


async def test_without_witnesses_nothing_is_said_of_them(tmp_path):
    async with world(tmp_path) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        found = (await settled(avow, made["did"]))["didResolutionMetadata"]
        assert "cosigned" not in found
        assert (await avow.client.get("/log/status")).json()["witnesses"] == []
        text = (await avow.client.get("/log/policy")).text
        assert text.splitlines()[1:] == [
            f"log {avow.core.registry._notes.signers[0].key.text}",
            "quorum none",
        ]


async def test_an_assurance_of_cosigned_can_be_asked_for(tmp_path, witnesses):
    async with asking(tmp_path, witnesses) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await cosigned(avow, made["did"])
        await avow.put("/policies/p", {"trustedIssuers": [made["did"]], "requiredAssurance": "cosigned"})


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("quorum none\n", "0 witnesses"),
        ("# nobody\n", "one quorum"),
        ("{line}", "one quorum"),
        ("{bare}quorum w0\n", "no address"),
        ("{ftp}quorum w0\n", "http"),
        ("{own}quorum w0\n", "name of this log"),
    ],
)
async def test_a_policy_that_cannot_be_asked_stops_the_start(tmp_path, policy, says):
    line = Witnesses(1)[0].line
    name, vkey, url = line.split()[1:]
    key = replace(Witnesses(1)[0].cosigner.key, name="localhost:8000/log")
    path = tmp_path / "witnesses.txt"
    path.write_text(
        policy.format(
            line=line,
            bare=f"witness {name} {vkey}\n",
            ftp=f"witness {name} {vkey} ftp://w.example\n",
            own=f"witness {name} {key.text} {url}\n",
        )
    )
    with pytest.raises(ApiError, match=says) as caught:
        async with world(tmp_path / "data", witnesses=path):
            pass
    assert caught.value.code == "settings.invalid"


ANSWERS = {
    "a size": (409, b"12\n", "text/x.tlog.size", "witness.conflict"),
    "a size with a charset": (409, b"12\n", "text/x.tlog.size; charset=utf-8", "witness.conflict"),
    "a size without a line feed": (409, b"12", "text/x.tlog.size", "witness.answer"),
    "a size with a zero": (409, b"012\n", "text/x.tlog.size", "witness.answer"),
    "two sizes": (409, b"12\n13\n", "text/x.tlog.size", "witness.answer"),
    "another root": (409, b"12\n", "text/plain", "witness.refused"),
    "an error": (500, b"", "text/plain", "witness.refused"),
    "a redirect": (302, b"", "text/plain", "witness.refused"),
    "too much": (200, b"x" * 16_385, "text/plain", "witness.answer"),
    "no text": (200, b"\xff", "text/plain", "witness.answer"),
}


@pytest.mark.parametrize(("status", "content", "media_type", "code"), ANSWERS.values(), ids=ANSWERS)
async def test_answers_of_witnesses_are_bounded_and_read_strictly(status, content, media_type, code):
    transport = httpx.MockTransport(
        lambda _request: httpx.Response(status, content=content, headers={"content-type": media_type})
    )
    client = WitnessClient("https://w.example/witness/", transport=transport)
    with pytest.raises((ApiError, DidError)) as caught:
        await client.add_checkpoint("old 5\n\n", old=5)
    assert caught.value.code == code
    if isinstance(caught.value, SizeConflictError):
        assert caught.value.size == 12
    await client.close()


@pytest.mark.parametrize(
    "fault", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")]
)
async def test_a_witness_that_does_not_answer_is_unreachable(fault):
    def fail(_request):
        raise fault

    client = WitnessClient("https://w.example/witness", transport=httpx.MockTransport(fail))
    with pytest.raises(ApiError) as caught:
        await client.add_checkpoint("old 5\n\n", old=5)
    assert caught.value.code == "witness.unreachable"
    await client.close()


async def test_a_witness_that_never_ends_its_answer_is_given_up(monkeypatch):
    async def never(_request):
        await asyncio.sleep(60)

    monkeypatch.setattr("api.registry.witness_client.TOTAL_SECONDS", 0.05)
    client = WitnessClient("https://w.example/witness", transport=httpx.MockTransport(never))
    with pytest.raises(ApiError) as caught:
        await client.add_checkpoint("old 5\n\n", old=5)
    assert caught.value.code == "witness.unreachable"
    await client.close()


def test_waiting_for_the_witnesses_is_waiting_for_their_quorum():
    """The contract may be quicker than they are; where there are none, the states' order decides."""
    short = {"state": "anchored", "cosigned": {"count": 1, "of": 3, "quorum": False}}
    met = {"state": "cosigned", "cosigned": {"count": 2, "of": 3, "quorum": True}}
    assert not has_reached(short, RegistryState("cosigned"))
    assert has_reached(short, RegistryState("anchored"))
    assert has_reached(met, RegistryState("cosigned"))
    assert not has_reached(met, RegistryState("anchored"))
    assert has_reached({"state": "anchored"}, RegistryState("cosigned"))
    assert not has_reached({"state": "sealed"}, RegistryState("cosigned"))
    assert not has_reached({}, RegistryState("logged"))
    assert [state_text(short), state_text(met)] == ["anchored, cosigned 1/3", "cosigned 2/3"]
    assert state_text({"state": "sealed"}) == "sealed"
