"""The contract `AnchorLog` in plain Python: same order of checks, same names of errors, same values.

Source: the registry protocol, section 6. The contract is what counts; this is what it is compared with,
and what the drivers without a chain run on.

Invariants:
- A refused call changes nothing.
- Every refusal is a `ChainRejectedError` that carries the contract's own name.

Not here: gas, events, the ABI, and what the ABI decoder refuses (dirty bits, short calldata).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from did.chain.abi import ZERO20, ZERO32, Roles, log_id_of
from did.chain.driver import Head
from did.chain.errors import ChainRejectedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.chain.driver import AnchorCall

SEAL_PREFIX: Final = b"\x00avow-entry/1\n\x04"


@dataclass(frozen=True, slots=True)
class _Log:
    """The storage of one log."""

    head: Head
    roles: Roles


EMPTY: Final = Head(0, 0, 0, 0, ZERO32, ZERO32)
_UNOPENED: Final = _Log(
    head=EMPTY,
    roles=Roles(ZERO20, ZERO20, ZERO20, ZERO20, paused=False, closed=False),
)


@dataclass(slots=True)
class ReferenceAnchorLog:
    """All logs of one contract. `sender` is the 20-byte account that calls."""

    _logs: dict[bytes, _Log] = field(default_factory=dict)

    def open(self, sender: bytes, origin_hash: bytes, publisher: bytes) -> bytes:
        """Open a log with the sender as its admin and give its id."""
        _require(publisher != ZERO20, "ZeroAddress")
        log_id = log_id_of(sender, origin_hash)
        _require(log_id not in self._logs, "AlreadyOpen")
        self._set_roles(log_id, replace(_UNOPENED.roles, admin=sender, publisher=publisher))
        return log_id

    def anchor(self, sender: bytes, log_id: bytes, call: AnchorCall, *, block: int, time: int) -> None:
        """Take a checkpoint that extends the one held."""
        log = self._log(log_id)
        # 1. the sender may publish
        _require(log.roles.publisher == sender != ZERO20, "NotPublisher")
        _require(not log.roles.paused, "IsPaused")
        _require(not log.roles.closed, "IsClosed")
        self._logs[log_id] = replace(log, head=advanced(log.head, call, block=block, time=time))

    def head(self, log_id: bytes) -> Head:
        """The newest checkpoint; all zero before the first one and for an unknown id."""
        return self._log(log_id).head

    def roles(self, log_id: bytes) -> Roles:
        """Who may do what."""
        return self._log(log_id).roles

    def includes(self, log_id: bytes, entry: bytes, index: int, path: Sequence[bytes]) -> bool:
        """Tell whether `entry` is the entry at `index` as of the newest checkpoint."""
        head = self._log(log_id).head
        return included(sha256(b"\x00" + entry).digest(), index, head.size, head.root, path)

    def offer_publisher(self, sender: bytes, log_id: bytes, account: bytes) -> None:
        """Offer the publisher's role; zero withdraws the offer."""
        self._set_roles(log_id, replace(self._as_admin(sender, log_id), offered_publisher=account))

    def accept_publisher(self, sender: bytes, log_id: bytes) -> None:
        """Take the publisher's role that was offered to the sender."""
        roles = self._log(log_id).roles
        _require(roles.offered_publisher == sender, "NotOffered")
        self._set_roles(log_id, replace(roles, publisher=sender, offered_publisher=ZERO20))

    def offer_admin(self, sender: bytes, log_id: bytes, account: bytes) -> None:
        """Offer the admin's role; zero withdraws the offer."""
        self._set_roles(log_id, replace(self._as_admin(sender, log_id), offered_admin=account))

    def accept_admin(self, sender: bytes, log_id: bytes) -> None:
        """Take the admin's role that was offered to the sender; voids an open offer of publisher."""
        roles = self._log(log_id).roles
        _require(roles.offered_admin == sender, "NotOffered")
        self._set_roles(log_id, replace(roles, admin=sender, offered_admin=ZERO20, offered_publisher=ZERO20))

    def set_paused(self, sender: bytes, log_id: bytes, *, paused: bool) -> None:
        """Stop anchors at once, or let them go on."""
        self._set_roles(log_id, replace(self._as_admin(sender, log_id), paused=paused))

    def close(self, sender: bytes, log_id: bytes) -> None:
        """End the log for ever."""
        roles = self._as_admin(sender, log_id)
        _require(not roles.closed, "IsClosed")
        self._set_roles(log_id, replace(roles, closed=True))

    def _log(self, log_id: bytes) -> _Log:
        return self._logs.get(log_id, _UNOPENED)

    def _as_admin(self, sender: bytes, log_id: bytes) -> Roles:
        roles = self._log(log_id).roles
        _require(roles.admin == sender, "NotAdmin")
        return roles

    def _set_roles(self, log_id: bytes, roles: Roles) -> None:
        self._logs[log_id] = replace(self._log(log_id), roles=roles)


def advanced(head: Head, call: AnchorCall, *, block: int, time: int) -> Head:
    """The head after a checkpoint that extends it and is sealed, whoever sent it."""
    # 2. the size grows
    if call.size <= head.size:
        raise ChainRejectedError("NotLarger", (head.size, call.size))
    # 3. the new tree extends the one held
    _require(extends(head.size, call.size, head.root, call.root, call.extension), "NotConsistent")
    # 4. the last leaf is the seal of this size and map root
    index = call.size - 1
    leaf = sha256(SEAL_PREFIX + index.to_bytes(8, "big") + call.map_root).digest()
    _require(included(leaf, index, call.size, call.root, call.edge), "NotSealed")
    # 5. hold it
    return Head(call.size, head.sequence + 1, block, time, call.root, call.map_root)


def extends(m: int, n: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Verify a consistency proof from size `m` to `n` > `m` as the contract does (section 6.3)."""
    if m == 0:
        return not proof
    fn, sn = m - 1, n - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    nodes = list(proof)
    if fn:
        if not nodes:
            return False
        first = nodes.pop(0)
    else:
        first = old_root
    second = first
    for node in nodes:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = _node(node, first), _node(node, second)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = _node(second, node)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old_root and second == new_root


def included(leaf: bytes, index: int, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Verify an inclusion path as the contract does (section 6.3)."""
    if index >= size:
        return False
    fn, sn, value = index, size - 1, leaf
    for node in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            value = _node(node, value)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            value = _node(value, node)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and value == root


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _require(holds: bool, error: str) -> None:
    if not holds:
        raise ChainRejectedError(error)
