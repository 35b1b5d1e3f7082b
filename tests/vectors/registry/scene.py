"""What the vectors are about: a log with three anchored sizes, its DIDs, and an operator who cheats."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from did import jcs
from did.chain import AnchorCall
from did.chain.embedded import EmbeddedChain
from did.registry.bundle import AnchorClaim, build_bundle
from did.registry.entries import Event, IssuerEvent, event_commitment, event_salt
from did.registry.log import DidProof
from did.registry.mapproof import map_key
from did.registry.receipt import DidSubject, EventSubject, Opening, build_receipt
from did.registry.tlogproof import TlogProof
from did.registry.tree import leaf_hash
from tests.support.memory_log import map_of
from tests.support.memory_tree import Tree
from tests.support.registry_world import ORIGIN, Controller, Logged, RegistryWorld
from tests.support.tile_server import TileServer

if TYPE_CHECKING:
    from did.registry.note import NoteSigner
    from did.registry.statemap import DidState

DIGEST = bytes(range(32))
CREDENTIAL_KEY = b"\x05" * 32
PUBLISHER, ADMIN = b"\x01" * 32, b"\x02" * 32


@dataclass(frozen=True)
class Anchored:
    """What the chain held after an anchor."""

    claim: AnchorClaim
    head: dict[str, Any]


class Scene:
    """Alice with two versions, Bob deactivated, evidence, an event; sizes 2, 7 and 9 are anchored."""

    def __init__(self) -> None:
        self.world = RegistryWorld()
        self.server = TileServer(self.world)
        self.anchors: dict[int, Anchored] = {}
        self.stranger = RegistryWorld().create("stranger")
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(self._play(Path(folder)))

    async def _play(self, folder: Path) -> None:
        world = self.world
        chain = await EmbeddedChain.open(
            folder / "chain.db",
            origin=ORIGIN,
            publisher_key=PUBLISHER,
            admin_key=ADMIN,
            now=lambda: world.now,
        )
        try:
            self.alice = world.create("alice")
            await self._publish(chain)
            self.bob = world.create("bob")
            self.evidence = world.log_evidence(DIGEST)
            self.event = self._log_event(Event.ISSUED)
            world.update(self.alice, alsoKnownAs=["https://alice.example"])
            await self._publish(chain)
            world.deactivate(self.bob)
            await self._publish(chain)
        finally:
            await chain.close()

    def _log_event(self, event: Event) -> Logged:
        issuer = self.world._scid34(self.alice)
        salt = event_salt(CREDENTIAL_KEY, event, 0)
        entry = IssuerEvent(issuer, event, event_commitment(issuer, event, salt, DIGEST))
        return Logged(self.world.log.append(entry), Opening(EventSubject(issuer, event, DIGEST), salt))

    async def _publish(self, chain: EmbeddedChain) -> None:
        world, before = self.world, self.world.log.sealed_size
        size = world.publish()
        log = world.log
        await chain.anchor(
            AnchorCall(
                size, log.root(size), log.map_root(size), log.consistency(before, size), log.edge(size)
            )
        )
        info, ref, head = await chain.describe(), await chain.block(), await chain.head()
        self.chain = info.to_json()
        claim = AnchorClaim.of(info, ref, await chain.state_proof(ref))
        self.anchors[size] = Anchored(
            claim,
            {
                **{name: self.chain[name] for name in ("chain", "contract", "logId", "codeHash")},
                "size": head.size,
                "sequence": head.sequence,
                "block": head.block,
                "time": head.time,
                "root": head.root.hex(),
                "mapRoot": head.map_root.hex(),
                "final": True,
            },
        )
        world.head = None

    # what a verifier brings

    def policy(self, quorum: str = "both", *, logs: tuple[NoteSigner, ...] = ()) -> str:
        keys = "".join(f"log {signer.key.text}\n" for signer in (self.world.log_signer, *logs))
        witnesses = "".join(f"witness w{i} {w.key.text}\n" for i, w in enumerate(self.world.witnesses))
        return f"{keys}{witnesses}group both all w0 w1\nquorum {quorum}\n"

    def inputs(self) -> dict[str, Any]:
        return {
            "expectedDid": self.alice.did,
            "origin": ORIGIN,
            "policy": self.policy(),
            "root": None,
            "known": [],
            "chains": [self.chain],
            "heads": [self.anchors[9].head],
            "trustedBlocks": [],
            "extensions": [],
            "require": require(),
            "now": self.world.now + 60,
        }

    def trusted_block(self, size: int, *, final: bool = True) -> dict[str, Any]:
        claim = self.anchors[size].claim
        return {"chain": claim.chain, "hash": claim.block_hash.hex(), "final": final}

    def extension(self, old: int, new: int) -> dict[str, Any]:
        return {
            "old": old,
            "new": new,
            "proof": [node.hex() for node in self.world.log.consistency(old, new)],
        }

    def bob_key(self) -> str:
        """The verification method of Bob's update key."""
        multikey = self.bob.signer.public_key.multikey()
        return f"did:key:{multikey}#{multikey}"

    # what a service, honest or not, sends

    def bundle(
        self, who: Controller, size: int = 9, *, state: bool = False, anchors: Any = None, **changes: Any
    ) -> dict[str, Any]:
        claim = self.anchors[size].claim
        claims = [claim if state else replace(claim, state=None)] if anchors is None else anchors
        proof = self.world.log.prove_did(self.world._scid34(who), size)
        bundle = build_bundle(
            did=who.did,
            checkpoint=self.world.notes[size],
            proof=proof,
            history=who.history if proof.state else None,
            anchors=claims,
        )
        return {**bundle, **changes}

    def forged(
        self, who: Controller, entries: list[bytes], states: dict[bytes, DidState], *, size: int | None = None
    ) -> dict[str, Any]:
        """A bundle from any entries and any map, signed by everybody: what colluding keys can do."""
        tree = Tree.from_leaf_hashes(b"".join(leaf_hash(entry) for entry in entries))
        size, scid34 = tree.size if size is None else size, self.world._scid34(who)
        state_map, state = map_of(states), states.get(scid34)
        proof = DidProof(
            size=size,
            map_root=state_map.root,
            seal_path=tree.inclusion(tree.size - 1),
            map_proof=state_map.prove(map_key(scid34)),
            state=state,
            entry_path=tree.inclusion(state.index) if state and state.index < tree.size else (),
        )
        note = self.world.sign_anything(size, tree.root())
        return build_bundle(
            did=who.did, checkpoint=note, proof=proof, history=who.history if state else None, anchors=[]
        )

    def states(self, size: int) -> dict[bytes, DidState]:
        found = {
            scid34: self.world.log.state(scid34, size)
            for scid34 in map(self.world._scid34, (self.alice, self.bob))
        }
        return {scid34: state for scid34, state in found.items() if state}

    def receipt(self, logged: Logged, size: int = 9, **changes: Any) -> dict[str, Any]:
        proof = TlogProof(logged.index, self.world.log.inclusion(logged.index, size), self.world.notes[size])
        claim = replace(self.anchors[size].claim, state=None)
        return {**build_receipt(logged.opening, proof, [claim]), **changes}

    def operation(self) -> Logged:
        """The first version of Alice, as a receipt opens it."""
        first = self.world.log.state(self.world._scid34(self.alice), 2)
        assert first is not None
        subject = DidSubject(self.world._scid34(self.alice), 1, first.hash34, deactivated=False)
        return Logged(first.index, Opening(subject, None))


def require(level: str = "final", max_age: int | None = 3600, *, cosigned: bool = True) -> dict[str, Any]:
    return {"level": level, "maxAge": max_age, "cosigned": cosigned}


def text(value: Any) -> str:
    return value if isinstance(value, str) else jcs.canonicalize(value).decode()
