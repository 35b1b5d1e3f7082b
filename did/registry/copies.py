"""A log as its tiles show it: entries read and checked, and proofs made without its operator.

C2SP tlog-tiles, registry protocol version 1, sections 4.3 and 4.7. Whoever holds a checkpoint and what is
under it can do all that is done here.

Invariants:
- No entry is handed on that does not stand under the root (``log.rewritten``, ``log.missing``).
- A proof is made only from a log in which every entry has an effect and every seal holds; otherwise the
  first fault is raised.

Not here: fetching (`fetch` is an argument), signatures (`checkpoint`), findings with evidence (`monitor`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from did.errors import DidError
from did.registry.log import DidProof
from did.registry.mapproof import map_key
from did.registry.replay import Replay
from did.registry.tiles import WIDTH, TilePath, fetch_entries
from did.registry.tiletree import TileTree
from did.registry.tree import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from did.registry.checkpoint import Checkpoint
    from did.registry.tiles import Fetch


def read_entries(tree: TileTree, fetch: Fetch, *, start: int = 0) -> Iterator[bytes]:
    """The entries from `start` on, each compared with its leaf; raises at the first that differs.

    Codes ``log.rewritten``, ``log.missing``, ``log.bundle`` and those of `TileTree`.
    """
    for number in range(start // WIDTH, -(-tree.size // WIDTH)):
        path = TilePath(None, number, min(WIDTH, tree.size - number * WIDTH))
        leaves = tree.leaves(number)[: path.width]
        served = fetch_entries(fetch, path)
        for at, (raw, leaf) in enumerate(zip(served, leaves, strict=True)):
            if leaf_hash(raw) != leaf:
                raise _false_entry(path.first + at, raw, leaves[at + 1 :])
        yield from served[max(start - path.first, 0) :]


def prove_did(checkpoint: Checkpoint, fetch: Fetch, scid34: bytes) -> DidProof:
    """Prove the latest state of a DID at a checkpoint, by replaying the log. Time grows with the log.

    Besides the codes of `read_entries`: the first fault of the log (``entry.*``, ``seal.*``), and
    ``log.unsealed`` for a size that does not end in a seal.
    """
    tree = TileTree.read(checkpoint.size, checkpoint.root, fetch)
    replay = Replay()
    for raw in read_entries(tree, fetch):
        found = replay.feed(raw)
        if found is not None:
            raise DidError(found.code, f"entry {found.index}: {found.detail}")
    if replay.sealed_sizes[-1:] != (checkpoint.size,):
        raise DidError(
            "log.unsealed", f"size {checkpoint.size} does not end in a seal", clause="registry 3.4"
        )
    state = replay.states.get(scid34)
    return DidProof(
        size=checkpoint.size,
        map_root=replay.map.root,
        seal_path=tree.inclusion(checkpoint.size - 1),
        map_proof=replay.map.prove(map_key(scid34)),
        state=state,
        entry_path=() if state is None else tree.inclusion(state.index),
    )


def _false_entry(index: int, raw: bytes, following: tuple[bytes, ...]) -> DidError:
    # Where what is served belongs to a later place, something before it was left out.
    if leaf_hash(raw) in following:
        return DidError("log.missing", f"entry {index} was left out: a later one is served in its place")
    return DidError("log.rewritten", f"entry {index} is served with other bytes than were logged")
