"""Histories in a mirror, and resolving from it: only what the log commits to, nobody asked."""

from __future__ import annotations

import json

import httpx
import pytest

from api.client.checking import Grounds
from api.client.failures import OUR_ERRORS
from api.client.mirrored import prove
from api.client.mirroring import Mirror, history_path
from api.client.service_client import ServiceClient
from did.encoding import decode_base64url, encode_base58btc
from did.registry.bundle import Level
from did.registry.entries import DidOperation, Seal, encode
from did.registry.policy import parse_policy
from did.registry.tiles import decode_bundle, encode_bundle
from tests.support.registry_world import RegistryWorld

from .test_watching import NOW, Site


class Origin(Site):
    """A log with the histories of its DIDs, which may serve others instead."""

    def __init__(self) -> None:
        self.dids = {}
        self.instead = {}
        self.asked = []
        super().__init__()

    def grow(self, *names, evidence=0):
        made = super().grow(*names, evidence=evidence)
        self.dids |= {self.scid(each): each for each in made}
        return made

    def change(self, controller):
        self.world.update(controller, alsoKnownAs=[f"https://{len(controller.lines)}.example"])
        self.note = self.world.notes[self.world.publish()]

    @staticmethod
    def scid(controller):
        return controller.did.split(":")[2]

    def answer(self, request):
        path = request.url.path
        if not path.startswith("/log/history/"):
            return super().answer(request)
        self.asked.append(path)
        scid = path.removeprefix("/log/history/").removesuffix(".jsonl")
        text = self.instead.get(scid, self.dids[scid].history)
        return httpx.Response(404) if text is None else httpx.Response(200, text=text)

    def grounds(self):
        return Grounds(
            origin=self.anchors.origin,
            stated_origin=None,
            policy=parse_policy(self.anchors.policy),
            root=None,
            chains=(),
            level=Level.SEALED,
            max_age=None,
            cosigned=True,
            now=self.world.now,
        )


class Copy:
    """A mirror's directory."""

    def __init__(self, origin, folder):
        self.origin, self.folder = origin, folder

    def run(self, limit=1000, origin=None):
        """Look once; gives how many histories are kept, how many missing, and the refused with codes."""
        origin = origin or self.origin
        mirror = Mirror(self.folder, origin.client())
        memory, seen = mirror.update(origin.memory(mirror.state_path), now=NOW, max_age=10)
        memory.keep(mirror.state_path)
        assert seen.findings == ()
        found = mirror.histories(memory.state, limit=limit, advance=lambda: None)
        return found.kept, found.missing, [code for code, _ in found.withheld]

    def file(self, controller):
        return self.folder / history_path(Origin.scid(controller)).lstrip("/")

    def prove(self, did):
        return prove(self.folder, did, self.origin.grounds())

    def refusal(self, did):
        with pytest.raises(OUR_ERRORS) as caught:
            self.prove(did)
        return caught.value.code


@pytest.fixture
def origin():
    return Origin()


@pytest.fixture
def copy(origin, tmp_path):
    return Copy(origin, tmp_path / "copy")


def test_every_history_is_kept_up_to_the_version_that_the_log_holds(origin, copy):
    [bob, carol] = origin.grow("bob", "carol")
    assert copy.run() == (3, 0, [])
    assert copy.file(bob).read_text() == bob.history
    assert copy.run() == (3, 0, [])
    assert len(origin.asked) == 3  # nothing was asked again
    origin.change(carol)
    sealed = carol.history
    origin.world.update(carol, alsoKnownAs=["https://not-sealed-yet.example"])
    assert copy.run() == (3, 0, [])
    assert copy.file(carol).read_text() == sealed
    assert len(origin.asked) == 4


def test_a_run_is_bounded_and_the_next_goes_on(origin, copy):
    made = origin.grow(*(f"did{number}" for number in range(9)))
    assert copy.run(limit=4) == (4, 6, [])
    assert copy.run(limit=0) == (4, 6, [])
    origin.change(made[0])
    assert copy.run(limit=4) == (7, 3, [])
    assert copy.run() == (10, 0, [])


def test_a_lost_history_is_fetched_again(origin, copy):
    [bob] = origin.grow("bob")
    copy.run()
    copy.file(bob).unlink()
    assert copy.run() == (2, 0, [])
    assert copy.file(bob).exists()


@pytest.mark.parametrize("lie", ["another's", "older", "rival", "tampered", "noise", "nothing"])
def test_a_history_that_is_not_the_logged_one_is_not_kept(origin, copy, lie):
    [bob] = origin.grow("bob")
    origin.change(bob)
    served = {
        "another's": RegistryWorld().create("stranger").history,
        "older": f"{bob.lines[0]}\n",
        "rival": origin.world.rival_history(bob, alsoKnownAs=["https://rival.example"]),
        "tampered": bob.history.replace("https://1.example", "https://2.example"),
        "noise": "{}\n\xff\n",
        "nothing": None,
    }
    origin.instead[Origin.scid(bob)] = served[lie]
    code = "mirror.withheld" if lie == "nothing" else "mirror.history"
    for _ in range(2):
        assert copy.run() == (1, 1, [code])
        assert not copy.file(bob).exists()
    assert copy.refusal(bob.did) == "mirror.incomplete"
    origin.instead.clear()
    assert copy.run() == (2, 0, [])


def test_a_history_logged_under_a_foreign_scid_is_not_kept_there(origin, copy):
    """Entries are not signed: an operator can log a first version under any SCID."""
    [bob] = origin.grow("bob")
    known = origin.world.log.state(origin.world._scid34(bob))
    foreign = b"\x12\x20" + b"\x07" * 32
    origin.world.log.append(DidOperation(foreign, 1, known.hash34, deactivated=False))
    origin.note = origin.world.notes[origin.world.publish()]
    origin.dids[encode_base58btc(foreign)] = bob
    assert copy.run() == (2, 1, ["mirror.history"])


def test_histories_that_nobody_can_get_keep_no_others_out(origin, copy):
    for controller in origin.grow(*(f"lost{number}" for number in range(8))):
        origin.instead[Origin.scid(controller)] = None
    origin.grow(*(f"kept{number}" for number in range(5)))
    assert copy.run(limit=4) == (1, 13, ["mirror.withheld"] * 3)
    assert copy.run(limit=4)[:2] == (1, 13)
    assert copy.run(limit=4)[:2] == (4, 10)  # those refused before come last
    assert copy.run(limit=4)[:2] == (6, 8)
    assert copy.run(limit=4) == (6, 8, ["mirror.withheld"] * 4)
    origin.instead.clear()
    assert copy.run() == (14, 0, [])


def test_a_mirror_of_a_mirror_is_as_good(origin, copy, tmp_path):
    [bob] = origin.grow("bob")
    copy.run()

    class Files:
        """The first copy behind a file server."""

        memory = origin.memory

        @staticmethod
        def client():
            def answer(request):
                file = copy.folder / request.url.path.lstrip("/")
                return (
                    httpx.Response(200, content=file.read_bytes()) if file.is_file() else httpx.Response(404)
                )

            return ServiceClient("http://localhost:2", transport=httpx.MockTransport(answer))

    second = Copy(origin, tmp_path / "second")
    assert second.run(origin=Files()) == (2, 0, [])
    assert second.prove(bob.did).state.version == 1


def test_a_did_resolves_from_the_copy_with_a_proof_for_others(origin, copy):
    [bob] = origin.grow("bob", evidence=300)
    origin.change(bob)
    copy.run()
    proven = copy.prove(bob.did)
    assert (proven.state.version, proven.state.level, proven.state.size) == (2, Level.SEALED, 306)
    assert proven.state.witnesses == ("w0", "w1")
    result = proven.result()
    assert result["didDocument"]["alsoKnownAs"] == ["https://1.example"]
    assert result["didResolutionMetadata"]["state"] == "sealed"
    # The same bundle as the origin's, but for the anchor, which only the origin knows.
    assert proven.bundle == json.loads(origin.world.bundle(bob, anchored=False))
    stranger = RegistryWorld().create("stranger")
    assert copy.prove(stranger.did).result() is None


def test_a_deactivated_did_has_no_document_in_the_copy_either(origin, copy):
    [bob] = origin.grow("bob")
    origin.world.deactivate(bob)
    origin.note = origin.world.notes[origin.world.publish()]
    copy.run()
    result = copy.prove(bob.did).result()
    assert result["didDocument"] is None
    assert result["didDocumentMetadata"]["deactivated"] is True


def test_a_copy_that_was_changed_proves_nothing(origin, copy):
    [bob] = origin.grow("bob")
    origin.change(bob)
    copy.run()
    good = {path: path.read_bytes() for path in copy.folder.rglob("*") if path.is_file()}

    def refused(name, content):
        file = copy.folder / name
        kept = file.read_bytes()
        file.write_bytes(content)
        code = copy.refusal(bob.did)
        file.write_bytes(kept)
        return code

    size = int(good[copy.folder / "log/checkpoint"].split(b"\n")[1])
    entries = f"log/tile/entries/000.p/{size}"
    listed = [*decode_bundle(good[copy.folder / entries], size)]
    assert refused(entries, encode_bundle([*listed[:2], listed[1], *listed[3:]])) == "log.rewritten"
    assert refused(entries, encode_bundle([*listed[:2], *listed[3:], listed[-1]])) == "log.missing"
    assert refused(f"log/tile/0/000.p/{size}", bytes(32 * size)) == "log.tile-root"
    note = good[copy.folder / "log/checkpoint"]
    assert refused("log/checkpoint", note.replace(b"\n%d\n" % size, b"\n%d\n" % (size - 1))) == "log.missing"
    assert (
        refused("log/checkpoint", note.partition(b"\n\n")[0] + b"\n\n\xe2\x80\x94 x AAAAAAA=\n")
        == "checkpoint.unsigned"
    )
    assert refused("log/checkpoint", b"\xff") == "checkpoint.malformed"
    history = copy.file(bob).relative_to(copy.folder)
    assert refused(history, f"{bob.lines[0]}\n".encode()) == "bundle.malformed"
    assert refused(history, bob.history.replace("//1.", "//2.").encode()) == "history.invalid"
    (copy.folder / entries).unlink()
    assert copy.refusal(bob.did) == "log.missing"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (
            lambda world: [b"nonsense", encode(Seal(3, world.log.map_root(world.log.sealed_size)))],
            "entry.prefix",
        ),
        (lambda world: [encode(Seal(2, bytes(32)))], "seal.map-root"),
        (lambda world: [b"avow-entry/1\n\x05"], "monitor.unknown-kind"),
        (lambda world: [b"avow-entry/1\n\x90"], "log.unsealed"),
    ],
)
def test_a_log_that_lies_proves_nothing(origin, copy, more, code):
    """Whoever runs a mirror keeps what was signed; what is false in it is refused when it is used."""
    origin.server.entries += more(origin.world)
    origin.note = origin.server.sign()
    copy.folder.mkdir(parents=True)
    entries, tree = origin.server.entries, origin.server.tree
    for path, content in (
        ("checkpoint", origin.note.encode()),
        (f"tile/entries/000.p/{len(entries)}", encode_bundle(entries)),
        (f"tile/0/000.p/{len(entries)}", tree.nodes(0, 0, len(entries))),
    ):
        (copy.folder / "log" / path).parent.mkdir(parents=True, exist_ok=True)
        (copy.folder / "log" / path).write_bytes(content)
    [alice] = origin.dids.values()
    assert copy.refusal(alice.did) == code


def test_the_proof_of_a_copy_is_the_map_of_the_log(origin, copy):
    origin.grow(*(f"did{number}" for number in range(12)))
    copy.run()
    for controller in origin.dids.values():
        bundle = copy.prove(controller.did).bundle
        assert decode_base64url(bundle["seal"]["mapRoot"]) == origin.world.log.map_root(origin.world.log.size)
