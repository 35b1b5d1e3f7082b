"""The registry as the rest of the service sees it: how far an operation has got, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select
from sqlmodel import col

from api.errors import ApiError
from api.store.tables import DidRow
from did.chain.embedded import EmbeddedChain
from did.chain.rpc import ReadOnlyRpc
from did.encoding import decode_multihash34
from did.errors import DidError
from did.registry.bundle import build_bundle
from did.registry.receipt import build_receipt
from did.registry.states import RegistryState
from did.registry.tlogproof import TlogProof

if TYPE_CHECKING:
    from api.registry.anchor_rows import AnchorRow
    from api.registry.cosigning import Cosigning
    from api.registry.notes import Notes
    from api.registry.publisher import AnchoredSize, Publisher
    from api.registry.sealer import Sealer
    from api.registry.sequencer import Sequencer
    from api.registry.tiles import Tiles
    from api.store.reader import Reader
    from api.store.writer import Writer
    from api.system import System
    from did.chain.driver import ChainDriver
    from did.methods.webvh import History
    from did.registry.bundle import AnchorClaim
    from did.registry.receipt import Opening
    from did.registry.statemap import DidState
    from did.types import JsonObject

BACKED_SECONDS: Final = 600.0
"""How long an older anchor with a quorum is shown before the newest one without."""
LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class Evidence:
    """What can be shown for a DID or a leaf now: its state, and the bundle or receipt where there is one.

    `shows` is the state that the proof alone shows. An operation can be further: `final` by an older anchor,
    while the proof stands at the newest one. `cosigned` says how many witnesses have seen it, where witnesses
    are asked.
    """

    state: RegistryState
    proof: JsonObject | None = None
    shows: RegistryState | None = None
    cosigned: JsonObject | None = None

    @property
    def reached(self) -> JsonObject:
        """State and witnesses, as members of an answer."""
        return {"state": self.state, **({"cosigned": self.cosigned} if self.cosigned else {})}


@dataclass(frozen=True, slots=True)
class Place:
    """A size at which proofs can be made, the state that they show, and the anchors that go with them."""

    state: RegistryState
    size: int
    anchors: tuple[AnchorClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class _Backed:
    """The newest anchor whose note met the quorum, how often anchors had moved by then, and when that was."""

    place: Place
    moves: int
    at: float


class Registry:
    """Progress and evidence; reads only."""

    def __init__(
        self,
        *,
        origin: str,
        schema: str,
        notes: Notes,
        sequencer: Sequencer,
        sealer: Sealer,
        publisher: Publisher,
        cosigning: Cosigning,
        tiles: Tiles,
        reader: Reader,
        writer: Writer,
        system: System,
        anchor_lag: float,
    ) -> None:
        self.origin = origin
        self.schema = schema
        self.sequencer = sequencer
        self.tiles = tiles
        self._notes = notes
        self._sealer = sealer
        self._publisher = publisher
        self._cosigning = cosigning
        self._reader = reader
        self._writer = writer
        self._system = system
        self._anchor_lag = anchor_lag
        chain = publisher.chain
        self._rpc = ReadOnlyRpc(chain) if isinstance(chain, EmbeddedChain) else None
        self._backed: _Backed | None = None

    @property
    def assurance(self) -> str:
        """The label that every answer about the chain carries."""
        return self._publisher.info.assurance

    @property
    def chain(self) -> ChainDriver:
        """The chain behind the anchors."""
        return self._publisher.chain

    def state(self, scid: str) -> DidState | None:
        """The newest logged state of a DID by its SCID's text; None for one that is not logged here."""
        try:
            return self.sequencer.state(decode_multihash34(scid))
        except DidError:
            return None

    def places(self) -> list[Place]:
        """Where proofs can be made now, the strongest state first: the one place that knows the order."""
        anchored, final, signed = self._publisher.anchored, self._publisher.final, self._sealer.signed
        found = [_place_of(final)] if final else []
        if anchored is not None and anchored != final:
            found.append(_place_of(anchored))
        cosigned = self._cosigning.shown_size
        if cosigned > max((place.size for place in found), default=0):
            found.append(Place(RegistryState.COSIGNED, cosigned))
        if signed is not None:
            found.append(Place(RegistryState.SEALED, signed.size))
        return found

    def needed_from(self) -> int:
        """The smallest size at which a proof may still be asked for; older maps can be forgotten.

        Asked in the writer's thread; what it reads is changed on the event loop.
        """
        anchors, backed = self._publisher.info.anchors, self._backed
        if anchors and self._publisher.final is None:
            return 0  # any anchor may be the first one that becomes final
        kept = [place.size for place in self.places()]
        if not anchors:
            kept += self._cosigning.awaited
        # Longer than it is shown: whoever found it a moment ago is still making a proof.
        if backed is not None and self._system.monotonic() - backed.at <= 2 * BACKED_SECONDS:
            kept.append(backed.place.size)
        return min(kept, default=0)

    def progress(self, index: int) -> RegistryState:
        """How far the operation at `index` has got."""
        return next((place.state for place in self.places() if index < place.size), RegistryState.LOGGED)

    def reached(self, index: int) -> JsonObject:
        """The same with the witnesses that have seen it, as members of an answer."""
        return Evidence(self.progress(index), cosigned=self._cosigning.standing(index)).reached

    def place(self, index: int, at_least: RegistryState = RegistryState.ANCHORED) -> Place | None:
        """The newest size that holds the entry at `index` and shows `at_least` that state.

        Where none does, the one that shows most; None while the entry is not sealed. -1 stands for no entry,
        which any size shows.
        """
        holding = [place for place in self.places() if index < place.size]
        fitting = [place for place in holding if place.state.reaches(at_least)]
        if fitting:
            return self._best(max(fitting, key=lambda place: place.size), index, at_least)
        return holding[0] if holding else None

    def evidence(
        self,
        did: str,
        scid34: bytes,
        history: History | None,
        at_least: RegistryState = RegistryState.ANCHORED,
        *,
        state: DidState | None,
    ) -> Evidence:
        """The bundle at the `place` that holds the DID's newest version, whose state is `state`.

        Until the newest version is sealed there is no bundle, and no claim that it is the latest.
        """
        index = -1 if state is None else state.index
        place, cosigned = self.place(index, at_least), self._cosigning.standing(index)
        if place is None:
            return Evidence(RegistryState.LOGGED, cosigned=cosigned)
        note = self._note(place.size)
        proof = self.sequencer.log.prove_did(scid34, place.size, newest=state)
        text = None if proof.state is None or history is None else history.text.decode()
        bundle = build_bundle(did=did, checkpoint=note, proof=proof, history=text, anchors=place.anchors)
        return Evidence(self.progress(index), bundle, place.state, cosigned)

    def receipt(
        self, index: int, opening: Opening, at_least: RegistryState = RegistryState.ANCHORED
    ) -> Evidence:
        """The receipt of the leaf at `index`, at its `place`; until the leaf is sealed there is none."""
        place, cosigned = self.place(index, at_least), self._cosigning.standing(index)
        if place is None:
            return Evidence(RegistryState.LOGGED, cosigned=cosigned)
        note = self._note(place.size)
        path = self.sequencer.log.inclusion(index, place.size)
        receipt = build_receipt(opening, TlogProof(index, path, note), place.anchors)
        return Evidence(self.progress(index), receipt, place.state, cosigned)

    def _best(self, newest: Place, index: int, at_least: RegistryState) -> Place:
        """The newest anchor, or the one before while the witnesses have not signed the newest note yet."""
        if not newest.anchors:
            return newest
        moves, now = self._publisher.moves, self._system.monotonic()
        if self._cosigning.meets(newest.size):
            self._backed = _Backed(newest, moves, now)
            return newest
        backed = self._backed
        if backed is None or backed.moves != moves or now - backed.at > BACKED_SECONDS:
            self._backed = None
            return newest
        older = backed.place
        return older if index < older.size < newest.size and older.state.reaches(at_least) else newest

    def checkpoint(self) -> str:
        """The newest signed note (`log.unsealed` before the first)."""
        if self._sealer.signed is None:
            raise ApiError("log.unsealed", "nothing is signed yet", remedy="Ask again in a moment.")
        return self._sealer.signed.note

    def policy(self) -> str:
        """A tlog-policy with our keys and our witnesses: for convenience, and no trust anchor from us."""
        keys = tuple(signer.key for signer in self._notes.signers)
        return (
            "# For convenience. Take the keys from where you trust them, not from the log itself.\n"
            + replace(self._cosigning.policy, logs=keys).text
        )

    async def anchors(self) -> JsonObject:
        """Chain, contract, the contract's head, and the newest anchors."""
        head = await self.chain.head()
        return {
            **self._publisher.info.to_json(),
            "assurance": self.assurance,
            "head": {
                "size": head.size,
                "sequence": head.sequence,
                "blockNumber": head.block,
                "time": head.time,
                "root": "0x" + head.root.hex(),
                "mapRoot": "0x" + head.map_root.hex(),
            },
            "anchors": [anchor_json(row) for row in self._publisher.rows.newest(LISTED)],
        }

    async def rpc(self, request: object) -> JsonObject:
        """Answer read-only JSON-RPC over the embedded chain (`chain.no-rpc` where there is another chain)."""
        if self._rpc is None:
            anchors = self._publisher.info.anchors
            why = "is not embedded: ask a node of that chain" if anchors else "is a file, and has no state"
            raise ApiError("chain.no-rpc", f"this service's chain {why}")
        return await self._rpc.respond(request)

    async def overview(self) -> dict[str, object]:
        """What the start page shows."""
        anchored = self._publisher.anchored
        count = self._reader.first(select(func.count(col(DidRow.scid))))
        info = self._publisher.info
        return {
            "block": anchored.block.number if anchored else 0,
            "chain": info.chain,
            "kind": info.kind.value,
            "contract": info.contract,
            "dids": count[0] if count is not None else 0,
        }

    def health(self) -> dict[str, str]:
        """What is wrong with log and chain, by name; "ok" where nothing is."""
        behind = self._publisher.behind_since
        late = behind is not None and self._system.monotonic() - behind > self._anchor_lag
        trouble = self._publisher.trouble or "no answer yet"
        return {
            "log": self._writer.broken or self._sealer.trouble or "ok",
            "signer": "ok" if self._sealer.signed is not None else "nothing is signed yet",
            "chain": self._publisher.stopped or (f"the anchors lag behind: {trouble}" if late else "ok"),
        }

    def _note(self, size: int) -> str:
        signed = self._sealer.signed
        return signed.note if signed is not None and signed.size == size else self._notes.note(size)


def _place_of(anchor: AnchoredSize) -> Place:
    state = RegistryState.FINAL if anchor.final else RegistryState.ANCHORED
    return Place(state, anchor.size, (anchor.claim,))


def anchor_json(row: AnchorRow) -> JsonObject:
    """An anchor as the public listings show it."""
    found: JsonObject = {
        "size": row.size,
        "block": row.block.to_json(),
        "transaction": "0x" + row.transaction.hex(),
        "state": "anchored" if row.final_time is None else "final",
        "time": row.time,
    }
    return found if row.final_time is None else {**found, "finalTime": row.final_time}
