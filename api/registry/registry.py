"""The registry as the rest of the service sees it: how far an operation has got, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select
from sqlmodel import col

from api.errors import ApiError
from api.store.tables import Anchor, Checkpoint, DidRow
from did.chain.embedded import EmbeddedChain
from did.chain.rpc import ReadOnlyRpc
from did.encoding import decode_multihash34
from did.errors import DidError
from did.registry.bundle import build_bundle
from did.registry.receipt import build_receipt
from did.registry.tlogproof import TlogProof

if TYPE_CHECKING:
    from api.registry.publisher import Publisher
    from api.registry.sealer import Sealer
    from api.registry.sequencer import Sequencer
    from api.registry.tiles import Tiles
    from api.store.reader import Reader
    from api.store.writer import Writer
    from api.system import System
    from did.chain.driver import ChainDriver
    from did.methods.webvh import History
    from did.registry.bundle import AnchorClaim
    from did.registry.note import NoteSigner
    from did.registry.receipt import Opening
    from did.registry.statemap import DidState
    from did.types import JsonObject

ANCHOR_LAG_SECONDS: Final = 60.0
"""Longer than this behind the newest checkpoint, and the service is not ready."""
LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class Evidence:
    """What can be shown for a DID or a leaf now: its state, and the bundle or receipt where there is one."""

    state: str
    proof: JsonObject | None


@dataclass(frozen=True, slots=True)
class _Reached:
    """How far an entry has got: the state, and the size and anchors that show it."""

    state: str
    size: int
    anchors: tuple[AnchorClaim, ...]


class Registry:
    """Progress and evidence; reads only."""

    def __init__(
        self,
        *,
        origin: str,
        schema: str,
        signer: NoteSigner,
        sequencer: Sequencer,
        sealer: Sealer,
        publisher: Publisher,
        tiles: Tiles,
        reader: Reader,
        writer: Writer,
        system: System,
    ) -> None:
        self.origin = origin
        self.schema = schema
        self.sequencer = sequencer
        self.tiles = tiles
        self._signer = signer
        self._sealer = sealer
        self._publisher = publisher
        self._reader = reader
        self._writer = writer
        self._system = system
        chain = publisher.chain
        self._rpc = ReadOnlyRpc(chain) if isinstance(chain, EmbeddedChain) else None
        self._notes: dict[int, str] = {}

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

    def progress(self, index: int) -> str:
        """How far the operation at `index` has got: logged, sealed, anchored or final."""
        reached = self._reached(index)
        return "logged" if reached is None else reached.state

    def evidence(self, did: str, scid34: bytes, history: History | None) -> Evidence:
        """The bundle at the newest anchored size that holds the DID's newest version, else at the signed one.

        Until the newest version is sealed there is no bundle, and no claim that it is the latest.
        """
        state = self.sequencer.state(scid34)
        reached = self._reached(-1 if state is None else state.index)
        if reached is None:
            return Evidence("logged", None)
        note = self._note(reached.size)
        proof = self.sequencer.log.prove_did(scid34, reached.size)
        text = None if proof.state is None or history is None else history.text.decode()
        bundle = build_bundle(did=did, checkpoint=note, proof=proof, history=text, anchors=reached.anchors)
        return Evidence(reached.state, bundle)

    def receipt(self, index: int, opening: Opening) -> Evidence:
        """The receipt of the leaf at `index`, at the newest anchored size that holds it, else the signed one.

        Until the leaf is sealed there is none.
        """
        reached = self._reached(index)
        if reached is None:
            return Evidence("logged", None)
        note = self._note(reached.size)
        path = self.sequencer.log.inclusion(index, reached.size)
        receipt = build_receipt(opening, TlogProof(index, path, note), reached.anchors)
        return Evidence(reached.state, receipt)

    def _reached(self, index: int) -> _Reached | None:
        """How far the entry at `index` has got; -1 stands for no entry, which any size shows."""
        anchored, signed = self._publisher.anchored, self._sealer.signed
        if anchored is not None and index < anchored.size:
            final = anchored.final or 0 <= index < self._publisher.final_size
            return _Reached("final" if final else "anchored", anchored.size, (anchored.claim,))
        if signed is not None and index < signed.size:
            return _Reached("sealed", signed.size, ())
        return None

    def checkpoint(self) -> str:
        """The newest signed note (`log.unsealed` before the first)."""
        if self._sealer.signed is None:
            raise ApiError("log.unsealed", "nothing is signed yet", remedy="Ask again in a moment.")
        return self._sealer.signed.note

    def policy(self) -> str:
        """A tlog-policy with our key: for convenience, and no trust anchor when it comes from us."""
        return (
            "# For convenience. Take the key from where you trust it, not from the log itself.\n"
            f"log {self._signer.key.text}\nquorum none\n"
        )

    async def anchors(self) -> JsonObject:
        """Chain, contract, the contract's head, and the newest anchors."""
        head = await self.chain.head()
        rows = self._reader.all(
            select(
                col(Anchor.size),
                col(Anchor.block_number),
                col(Anchor.block_hash),
                col(Anchor.transaction),
                col(Anchor.final),
                col(Anchor.time),
            )
            .where(
                col(Anchor.chain) == self._publisher.info.chain,
                col(Anchor.log_id) == self._publisher.info.log_id,
                col(Anchor.state) == "anchored",
            )
            .order_by(col(Anchor.size).desc())
            .limit(LISTED)
        )
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
            "anchors": [
                {
                    "size": row.size,
                    "block": {"number": row.block_number, "hash": "0x" + row.block_hash.hex()},
                    "transaction": "0x" + (row.transaction or b"").hex(),
                    "state": "final" if row.final else "anchored",
                    "time": row.time,
                }
                for row in rows
            ],
        }

    async def rpc(self, request: object) -> JsonObject:
        """Answer read-only JSON-RPC over the embedded chain (`chain.no-rpc` where there is another chain)."""
        if self._rpc is None:
            raise ApiError("chain.no-rpc", "this service's chain is not embedded: ask a node of that chain")
        return await self._rpc.respond(request)

    async def overview(self) -> dict[str, object]:
        """What the start page shows."""
        anchored, signed = self._publisher.anchored, self._sealer.signed
        count = self._reader.first(select(func.count(col(DidRow.scid))))
        info = self._publisher.info
        return {
            "size": self.sequencer.size,
            "sealed": signed.size if signed else 0,
            "anchored": anchored.size if anchored else 0,
            "block": anchored.block.number if anchored else 0,
            "chain": info.chain,
            "kind": info.kind.value,
            "contract": info.contract,
            "dids": count[0] if count is not None else 0,
        }

    def health(self) -> dict[str, str]:
        """What is wrong with log and chain, by name; "ok" where nothing is."""
        behind = self._publisher.behind_since
        late = behind is not None and self._system.monotonic() - behind > ANCHOR_LAG_SECONDS
        return {
            "log": self._writer.broken or self._sealer.trouble or "ok",
            "signer": "ok" if self._sealer.signed is not None else "nothing is signed yet",
            "chain": self._publisher.stopped or ("the anchors lag behind" if late else "ok"),
        }

    def _note(self, size: int) -> str:
        signed = self._sealer.signed
        if signed is not None and signed.size == size:
            return signed.note
        if size not in self._notes:
            row = self._reader.first(select(col(Checkpoint.note)).where(col(Checkpoint.size) == size))
            # After a recovery the newest note alone is stored.
            self._notes = {size: self._sealer.sign_again(size) if row is None else row.note}
        return self._notes[size]
