"""Whether a source's log is the one that was signed here, before anything of it is taken over.

Checklist:
1. its checkpoint is of this origin, and signed by a key that is relied on: the service's own, or that of the
   trust anchors (`checkpoint.*`); without such a key the register must hold that very checkpoint
   (`recover.unsigned`)
2. its tiles lead to that root (``log.tile-root``, ``log.missing``, ``log.tile``)
3. it reaches the newest line of the register, by its checkpoint or by tiles that lead to that line
   (`register.behind`), and has the root of every line (`register.forked`)
4. it reaches the contract's head and has its root (``chain.ahead``, ``log.forked``)

Entries are verified one by one when they are taken over (`filling`), map roots after that.

Not here: sources that are shorter than the database; such a one can still bring histories.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.client.failures import RejectedError
from did.chain.driver import next_step
from did.errors import DidError
from did.registry.checkpoint import parse_checkpoint, verify_checkpoint
from did.registry.tiletree import TileTree

if TYPE_CHECKING:
    from api.recovery.sources import Source
    from did.chain.driver import Head
    from did.registry.checkpoint import Checkpoint
    from did.registry.policy import Policy
    from did.registry.register import Register


@dataclass(frozen=True, slots=True)
class Vouched:
    """A source's log that is the one that was signed here; `note` is None where only the register vouches."""

    tree: TileTree
    note: str | None


def vouch(
    source: Source,
    *,
    origin: str,
    policy: Policy | None,
    register: Register,
    head: Head | None,
    stored_size: int,
) -> Vouched:
    """All steps; `stored_size` is what the database has sealed, below which nothing has to reach."""
    found = _vouched(source, origin, policy, register)  # 1, 2
    tree, last = found.tree, register.last
    if last and max(tree.size, stored_size) < last.size:
        raise RejectedError(
            "register.behind",
            f"a checkpoint of {last.size} entries was signed, and {source.name} ends at {tree.size}",
            remedy="name a copy that reaches it, a mirror or the newest public folder; sign nothing before",
            clause="registry 7.4",
        )
    for line in register.lines():
        if line.size <= tree.size and tree.root(line.size) != line.root:
            raise RejectedError(
                "register.forked",
                f"{source.name} has another root at size {line.size} than the checkpoint that was signed",
                remedy="find out which copy is true; nothing was changed",
                clause="registry 7.4",
            )
    if head is not None and not tree.size < head.size <= stored_size:  # 4
        next_step(head, max(tree.size, stored_size), tree.root)
    return found


def _vouched(source: Source, origin: str, policy: Policy | None, register: Register) -> Vouched:
    """Steps 1 and 2."""
    note, last = source.note(), register.last
    checkpoint = None if note is None else _signed(note, origin, policy, register)
    if last and (checkpoint is None or checkpoint.size < last.size):
        # Tiles are published before their checkpoint, so they may reach further than it says.
        try:
            return Vouched(TileTree.read(last.size, last.root, source.tile), None)
        except DidError:
            if checkpoint is None:
                raise
    if checkpoint is None:
        raise RejectedError(
            "recover.source", f"{source.name} has no checkpoint", remedy="name another copy of the log"
        )
    return Vouched(TileTree.read(checkpoint.size, checkpoint.root, source.tile), note)


def _signed(note: str, origin: str, policy: Policy | None, register: Register) -> Checkpoint:
    """Step 1."""
    if policy is not None:
        return verify_checkpoint(note, policy=policy, expected_origin=origin).checkpoint
    checkpoint, _ = parse_checkpoint(note)
    if checkpoint.origin != origin:
        raise DidError(
            "checkpoint.origin", f"expected a checkpoint of {origin}, found one of {checkpoint.origin}"
        )
    line = register.find(checkpoint.size)
    if line is None or line.root != checkpoint.root:
        raise RejectedError(
            "recover.unsigned",
            "no key of this log is at hand to check the source's signature, and the register does not hold "
            "its checkpoint",
            remedy="restore service-keys.json, or name your trust anchors with --trust FILE",
        )
    return checkpoint
