"""A monitor's look at a log: what was signed is fetched, replayed and compared with what was seen before.

Registry protocol version 1, sections 3.5, 4.3, 5.7 and 7.6.

Checklist of one look:
1. the note verifies under the monitor's policy; what nobody signed convicts nobody, and raises
2. it is not older than the last one (``log.rolled-back``), nor another of the same size (``log.forked``)
3. its tiles are served and lead to its root (``log.missing``, ``log.tile``, ``log.tile-root``,
   ``log.tile-hash``)
4. it extends the last one (``log.forked``)
5. each new entry is served and is the one under the root (``log.missing``, ``log.rewritten``, ``log.bundle``)
6. each has an effect, each seal holds (``entry.*``, ``seal.*``; ``monitor.unknown-kind`` stops)
7. the last entry is a seal (``log.unsealed``)
8. the contract is the trusted one, holds a prefix of this log, and not an old one (``anchor.contract``,
   ``chain.ahead``, ``log.forked``, ``anchor.stale``)

Invariants:
- The state moves on only to a log that passed 1 to 5 and could be followed in 6.
- What is wrong in the log itself stays in the state: a later look does not forget it.

Not here: fetching, files, time (arguments); evidence as others check it (`judging`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from did.errors import DidError
from did.registry.checkpoint import verify_checkpoint
from did.registry.copies import read_entries
from did.registry.entries import Seal, decode
from did.registry.judging import ChainFact, EntryFact, Evidence, ForkFact
from did.registry.replay import Replay
from did.registry.tiletree import TileTree

if TYPE_CHECKING:
    from did.registry.bundle.trust import ObservedHead, TrustedChain
    from did.registry.checkpoint import Checkpoint
    from did.registry.monitorstate import MonitorState
    from did.registry.policy import Policy
    from did.registry.tiles import Fetch

MAX_AGE: Final = 26 * 3600
"""Seconds: a heartbeat of a day, and two hours for anchoring and finality (section 7.6)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold. `lasting`: it stands in what was signed and stays true for ever."""

    code: str
    detail: str
    lasting: bool
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Look:
    """What one look brought: the state to keep, the new findings, the checkpoint that was looked at."""

    state: MonitorState
    findings: tuple[Finding, ...]
    checkpoint: Checkpoint
    entries: int


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract that a monitor trusts, and what was read there."""

    trusted: TrustedChain
    observed: ObservedHead


def look(
    state: MonitorState,
    note: str,
    *,
    policy: Policy,
    fetch: Fetch,
    contract: Contract | None,
    now: int,
    max_age: int = MAX_AGE,
) -> Look:
    """Take one look. The contract must have been read before the note, since it only follows the log.

    Raises for a note that does not verify (``checkpoint.*``).
    """
    verified = verify_checkpoint(note, policy=policy, expected_origin=state.origin)  # 1
    seen = _Seen(state, note, verified.checkpoint, fetch)
    following = seen.advance() if seen.follows() else state  # 2
    if contract is not None:
        seen.compare(contract, now=now, max_age=max_age)
    lasting = tuple((found.code, found.detail) for found in seen.findings if found.lasting)
    known = tuple(dict.fromkeys((*state.known, *lasting)))
    return Look(
        replace(following, known=known),
        tuple(seen.findings),
        verified.checkpoint,
        following.size - state.size,
    )


class _Seen:
    """One checkpoint under the eyes of a monitor."""

    def __init__(self, state: MonitorState, note: str, checkpoint: Checkpoint, fetch: Fetch) -> None:
        self._state = state
        self._note = note
        self._checkpoint = checkpoint
        self._fetch = fetch
        self._tree: TileTree | None = None
        self.findings: list[Finding] = []

    def follows(self) -> bool:
        """Step 2: whether this checkpoint is newer than the state, or the same."""
        size, state = self._checkpoint.size, self._state
        if size > state.size:
            return True
        if size == state.size:
            if self._checkpoint.root != state.root:
                self._find_fork(f"two signed roots for size {size}", ForkFact((state.note, self._note)))
            return False
        self._find(
            "log.rolled-back",
            f"a checkpoint of size {size} is served after one of size {state.size}",
            Evidence(notes=(state.note, self._note)),
        )
        try:
            older = TileTree.read(state.size, state.root, self._fetch)
            root = older.root(size)
        except DidError:
            return False
        if root != self._checkpoint.root:
            fact = ForkFact((self._note, state.note), root, older.consistency(size, state.size))
            self._find_fork(f"size {state.size} does not extend the signed size {size}", fact)
        return False

    def advance(self) -> MonitorState:
        """Steps 3 to 7: the state after this checkpoint, or the old one where it cannot be followed."""
        state, checkpoint = self._state, self._checkpoint
        try:
            tree = self._read_tree()  # 3
            if not self._extends(tree):  # 4
                return state
            entries = [*read_entries(tree, self._fetch, start=state.size)]  # 5
        except DidError as error:
            self._find(error.code, error.detail, Evidence(notes=(self._note,)))
            return state
        replay = Replay(state.size, state.states)
        for index, raw in enumerate(entries, state.size):  # 6
            try:
                found = replay.feed(raw)
            except DidError as error:
                self._find(error.code, error.detail, self._entry(tree, index, raw))
                return state
            if found is not None:
                self._find(found.code, found.detail, self._entry(tree, index, raw), lasting=True)
        self._check_sealed(tree, entries[-1])  # 7
        return replace(
            state,
            size=checkpoint.size,
            root=checkpoint.root,
            note=self._note,
            states=dict(replay.states),
        )

    def compare(self, contract: Contract, *, now: int, max_age: int) -> None:
        """Step 8: the contract against this checkpoint."""
        trusted, observed = contract.trusted, contract.observed
        head, size = observed.head, self._checkpoint.size
        fact = ChainFact(observed.chain, observed.contract, observed.log_id, head.size, head.root)
        evidence = Evidence(notes=(self._note,), chain=fact)
        places = [(each.chain, each.contract, each.log_id, each.code_hash) for each in (trusted, observed)]
        if places[0] != places[1]:
            self._find(
                "anchor.contract", "the node shows another chain, log or code than is trusted", evidence
            )
            return
        since = head.time or self._state.since
        if now - since > max_age:
            what = (
                "the newest anchor was made" if head.size else "nothing is anchored, and the first look was"
            )
            self._find("anchor.stale", f"{what} at {since}, more than {max_age} seconds ago", evidence)
        if head.size > size:
            detail = f"the contract holds size {head.size}, the log shows {size}"
            self._find("chain.ahead", detail, evidence)
        elif head.size:
            self._compare_root(fact)

    def _compare_root(self, fact: ChainFact) -> None:
        """Step 8, the root: what the contract holds is a prefix of this log."""
        checkpoint = self._checkpoint
        root = checkpoint.root
        path: tuple[bytes, ...] = ()
        if fact.size < checkpoint.size:
            try:
                tree = self._read_tree()
                root, path = tree.root(fact.size), tree.consistency(fact.size, checkpoint.size)
            except DidError as error:
                if not self.findings:
                    self._find(error.code, error.detail, Evidence(notes=(self._note,)))
                return
        if root != fact.root:
            detail = f"the contract holds another root for size {fact.size} than this log"
            self._find_fork(detail, ForkFact((self._note,), root, path), chain=fact)

    def _read_tree(self) -> TileTree:
        if self._tree is None:
            self._tree = TileTree.read(self._checkpoint.size, self._checkpoint.root, self._fetch)
        return self._tree

    def _extends(self, tree: TileTree) -> bool:
        state, size = self._state, self._checkpoint.size
        if not state.size or tree.root(state.size) == state.root:
            return True
        fact = ForkFact((state.note, self._note), tree.root(state.size), tree.consistency(state.size, size))
        self._find_fork(f"size {size} does not extend the signed size {state.size}", fact)
        return False

    def _check_sealed(self, tree: TileTree, last: bytes) -> None:
        index = self._checkpoint.size - 1
        try:
            sealed = isinstance(decode(last), Seal)
        except DidError:
            sealed = False
        if not sealed:
            detail = f"size {index + 1} was signed, and entry {index} is no seal"
            self._find("log.unsealed", detail, self._entry(tree, index, last), lasting=True)

    def _entry(self, tree: TileTree, index: int, raw: bytes) -> Evidence:
        return Evidence(notes=(self._note,), entry=EntryFact(index, raw, tree.inclusion(index)))

    def _find(self, code: str, detail: str, evidence: Evidence, *, lasting: bool = False) -> None:
        self.findings.append(Finding(code, detail, lasting, evidence))

    def _find_fork(self, detail: str, fork: ForkFact, *, chain: ChainFact | None = None) -> None:
        evidence = Evidence(notes=fork.notes, fork=fork, chain=chain)
        self._find("log.forked", detail, evidence, lasting=True)
