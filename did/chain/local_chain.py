"""What the embedded chain does on its own thread: found, check, read, mine.

Invariants:
- The code that stands on the chain is compared with the artefact at every start (`chain.code-mismatch`).
- The first start (first block, contract, log) is one transaction: it happened as a whole or not at all.
- Times of blocks come from the clock that was handed in and never go back.

Not here: threads and the driver's protocol (`embedded`), execution (`evm`), storage (`evm_store`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from did.chain.abi import (
    Roles,
    address_text,
    artefact,
    base_slot,
    decode_roles,
    encode_anchor,
    encode_call,
    keccak,
    log_id_of,
)
from did.chain.driver import Anchored, BlockRef, ChainInfo, ChainKind, Head, anchor_refused
from did.chain.errors import ChainError, ChainRejectedError
from did.chain.evm_state import ChainState
from did.chain.evm_store import EvmStore
from did.chain.local_keys import Role, account_address, account_secret
from did.encoding import encode_base64url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from did.chain.driver import AnchorCall
    from did.chain.evm import Evm, Mined
    from did.chain.evm_state import Header
    from did.types import JsonObject, JsonValue

T = TypeVar("T")

ASSURANCE: Final = "local-chain"
# A verifier refuses times more than 60 s ahead of its own clock (registry protocol, 8.3, step 12).
MAX_AHEAD_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the log stands: fixed at the first start and kept beside the chain."""

    origin: str
    chain_id: int
    admin: bytes
    contract: bytes
    log_id: bytes

    def to_meta(self) -> dict[str, str]:
        return {
            "origin": self.origin,
            "chainId": str(self.chain_id),
            "admin": self.admin.hex(),
            "contract": self.contract.hex(),
        }

    @classmethod
    def from_meta(cls, meta: dict[str, str]) -> _Place:
        try:
            origin, admin = meta["origin"], bytes.fromhex(meta["admin"])
            contract, chain_id = bytes.fromhex(meta["contract"]), int(meta["chainId"])
        except (KeyError, ValueError) as fault:
            raise ChainError("chain.store", "the embedded chain has lost its description") from fault
        return cls(origin, chain_id, admin, contract, log_id_of(admin, keccak(origin.encode())))


class LocalChain:
    """One log on one embedded chain; synchronous, for one thread at a time. Made by `open`."""

    def __init__(self, store: EvmStore, place: _Place, publisher: bytes, now: Callable[[], int]) -> None:
        self._store = store
        self._state = ChainState(store)
        self._place = place
        self._publisher = publisher
        self._now = now
        self._evm: Evm | None = None
        self.info = ChainInfo(
            chain=f"eip155:{place.chain_id}",
            contract=address_text(place.contract),
            log_id=place.log_id,
            code_hash=artefact().code_hash,
            kind=ChainKind.LOCAL,
            assurance=ASSURANCE,
        )

    @classmethod
    def open(
        cls,
        path: Path,
        origin: str,
        chain_id: int,
        publisher_key: bytes,
        admin_key: bytes | None,
        now: Callable[[], int],
    ) -> LocalChain:
        """Open the chain in a file, or make it; then check place, code and publisher."""
        publisher = account_secret(publisher_key, Role.PUBLISHER)
        store = EvmStore(path)
        try:
            meta = store.meta()
            if not meta:
                with store.transaction():
                    _found(store, origin, chain_id, publisher, admin_key, now())
                meta = store.meta()
            work = cls(store, _Place.from_meta(meta), publisher, now)
            work._check(origin, chain_id)
        except BaseException:
            store.close()
            raise
        return work

    @classmethod
    def look(cls, path: Path, origin: str) -> LocalChain:
        """Open the chain in a file to read it, without a key; `chain.configuration` for another log's."""
        store = EvmStore(path, reading=True)
        try:
            place = _Place.from_meta(store.meta())
        except BaseException:
            store.close()
            raise
        work = cls(store, place, b"", lambda: 0)
        if place.origin != origin:
            work.close()
            raise ChainError("chain.configuration", f"this chain was made for origin {place.origin}")
        return work

    def head(self, at: int | None) -> Head:
        """The contract's head, read from its three storage slots."""
        header = self._header(at)
        account = self._state.account(header.state_root, self._place.contract)
        base = base_slot(self._place.log_id)
        root, map_root, packed = (self._state.storage(account, base + offset) for offset in range(3))
        size, sequence, block, time = ((packed >> shift) & (2**64 - 1) for shift in (0, 64, 128, 192))
        return Head(size, sequence, block, time, root.to_bytes(32, "big"), map_root.to_bytes(32, "big"))

    def block(self, number: int | None) -> BlockRef:
        """Number and hash of a block."""
        header = self._header(number)
        return BlockRef(header.number, header.hash)

    def anchor(self, call: AnchorCall) -> Anchored:
        """Mine one block with this anchor."""
        try:
            mined = self._execute(self._publisher, encode_anchor(self._place.log_id, call))
        except ChainRejectedError as refused:
            raise anchor_refused(refused, call) from refused
        return Anchored(BlockRef(mined.number, mined.block_hash), mined.tx_hash, mined.gas_used)

    def is_canonical(self, block: BlockRef) -> bool:
        """Whether this block is one of this chain."""
        header = self._state.by_number(block.number)
        return header is not None and header.hash == block.hash

    def state_proof(self, block: BlockRef) -> JsonObject:
        """Header, account and the head's three slots, as of a block."""
        header = self._header(block.number)
        if header.hash != block.hash:
            raise ChainError("chain.block-unknown", f"block {block.number} has another hash on this chain")
        account = self._state.account(header.state_root, self._place.contract)
        base = base_slot(self._place.log_id)
        return {
            "header": encode_base64url(header.encoded),
            "account": _texts(self._state.prove_account(header.state_root, self._place.contract)),
            "storage": [_texts(self._state.prove_storage(account, base + offset)) for offset in range(3)],
        }

    def roles(self) -> Roles:
        """Who may do what with the log."""
        data = encode_call("roles", self._place.log_id)
        place = self._place
        return decode_roles(self._loaded().call(self._state.newest().hash, place.admin, place.contract, data))

    def act(self, key: bytes, role: Role, name: str, arguments: tuple[bytes | int, ...]) -> BlockRef:
        """Mine one call of the contract on this log, sent by the account of a role."""
        data = encode_call(name, self._place.log_id, *arguments)
        mined = self._execute(account_secret(key, role), data)
        return BlockRef(mined.number, mined.block_hash)

    def replace_publisher(self, admin_key: bytes, publisher_key: bytes) -> None:
        """Offer and accept the publisher's role, both or neither."""
        successor = account_secret(publisher_key, Role.PUBLISHER)
        with self._store.transaction():
            self.act(admin_key, Role.ADMIN, "offerPublisher", (account_address(successor),))
            self.act(publisher_key, Role.PUBLISHER, "acceptPublisher", ())
        self._publisher = successor

    def read(self, question: Callable[[ChainState, Evm], T]) -> T:
        """Answer a question that only reads."""
        return question(self._state, self._loaded())

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def _check(self, origin: str, chain_id: int) -> None:
        place = self._place
        if (place.origin, place.chain_id) != (origin, chain_id):
            raise ChainError(
                "chain.configuration",
                f"this chain was made for origin {place.origin} and chain id {place.chain_id},"
                f" not for {origin} and {chain_id}",
                remedy="start with the settings this data directory was made with, or with a new one",
            )
        account = self._state.account(self._state.newest().state_root, place.contract)
        if account.code_hash != artefact().code_hash:
            raise ChainError(
                "chain.code-mismatch",
                f"the code at {self.info.contract} is not that of AnchorLog.json",
                remedy="use the version of Avow that made this chain; never anchor into unknown code",
            )
        self._state.code(account)
        publisher_slot = self._state.storage(account, base_slot(place.log_id) + 3) & (2**160 - 1)
        if publisher_slot.to_bytes(20, "big") != account_address(self._publisher):
            raise ChainError(
                "chain.configuration",
                "the contract names another publisher than the account of this key",
                remedy="start with the key this chain was made with, or hand the role over as its admin",
            )

    def _header(self, number: int | None) -> Header:
        header = self._state.newest() if number is None else self._state.by_number(number)
        if header is None:
            raise ChainError("chain.block-unknown", f"there is no block {number} on this chain")
        return header

    def _execute(self, secret: bytes, data: bytes) -> Mined:
        time = _block_time(self._now(), self._state.newest().time)
        return self._loaded().execute(secret, self._place.contract, data, time=time)

    def _loaded(self) -> Evm:
        if self._evm is None:
            from did.chain.evm import Evm  # noqa: PLC0415  # half a second that a warm start does not need

            self._evm = Evm(self._store, self._place.chain_id)
        return self._evm


def _found(
    store: EvmStore, origin: str, chain_id: int, publisher: bytes, admin_key: bytes | None, now: int
) -> None:
    """Make the chain: first block, contract, log; the caller holds the transaction."""
    from did.chain.evm import Evm  # noqa: PLC0415  # as above

    if admin_key is None:
        raise ChainError("chain.configuration", "a new chain needs the admin's key to open its log")
    admin = account_secret(admin_key, Role.ADMIN)
    evm = Evm(store, chain_id)
    evm.create(now)
    contract = evm.execute(admin, b"", artefact().bytecode, time=now).created
    origin_hash = keccak(origin.encode())
    evm.execute(admin, contract, encode_call("open", origin_hash, account_address(publisher)), time=now)
    address = account_address(admin)
    store.set_meta(_Place(origin, chain_id, address, contract, log_id_of(address, origin_hash)).to_meta())


def _block_time(now: int, newest: int) -> int:
    """The time of the next block: the clock's, or the newest block's if the clock went back a little."""
    if newest > now + MAX_AHEAD_SECONDS:
        raise ChainError(
            "chain.clock",
            f"the clock is {newest - now} seconds behind the newest block",
            remedy="set the clock; if a block was made with a wrong clock, wait or restore the chain",
        )
    return max(now, newest)


def _texts(nodes: list[bytes]) -> list[JsonValue]:
    return [encode_base64url(node) for node in nodes]
