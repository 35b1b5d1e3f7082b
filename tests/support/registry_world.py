"""A registry in memory with its operator, its witnesses and its chain: attacks in a few lines.

    world = RegistryWorld()
    alice = world.create("alice")
    world.publish()
    world.verify(world.bundle(alice), alice)

Attacks end in `bundle` or `verify` and are named after what the attacker does. Keys, times and hashes are
fixed; nothing here depends on the calendar.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from did import jcs
from did.chain import ChainKind, Head
from did.keys import Ed25519Signer
from did.methods.webvh import create, deactivate, placeholder_did, update, verify_history
from did.registry.bundle import (
    AnchorClaim,
    ChainView,
    Expectations,
    Level,
    ObservedHead,
    Requirement,
    TrustedChain,
    VerifiedState,
    build_bundle,
    verify_bundle,
)
from did.registry.checkpoint import Checkpoint, format_note
from did.registry.entries import DidOperation
from did.registry.note import Cosigner, NoteSigner
from did.registry.policy import parse_policy
from did.registry.receipt import (
    EvidenceSubject,
    Opening,
    VerifiedReceipt,
    build_receipt,
    verify_receipt,
)
from did.registry.register import Register
from did.registry.signing import next_line, sign_checkpoint
from did.registry.tlogproof import TlogProof
from tests.support.memory_log import MemoryLog

if TYPE_CHECKING:
    from did.registry.log import DidProof

ORIGIN = "registry.example/log"
CHAIN = TrustedChain(
    chain="eip155:31337",
    contract="0x" + "0a" * 20,
    log_id=b"\x0b" * 32,
    code_hash=b"\x0c" * 32,
    kind=ChainKind.LOCAL,
)
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Controller:
    """One DID with its history and the key that updates it."""

    did: str
    signer: Ed25519Signer
    lines: list[str] = field(default_factory=list)

    @property
    def history(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True)
class Logged:
    """A digest in the log, and what opens its commitment."""

    index: int
    opening: Opening


class RegistryWorld:
    """An honest operator with two witnesses and a chain, until a test lets it cheat."""

    def __init__(self, *, origin: str = ORIGIN, chain: TrustedChain = CHAIN) -> None:
        self.clock = START
        self.chain = chain
        self.log = MemoryLog(origin)
        self.register = Register()
        self.log_signer = NoteSigner(origin, Ed25519Signer(b"\x01" * 32))
        self.witnesses = [
            Cosigner(f"witness{i}.example/w", Ed25519Signer(bytes((i + 2,)) * 32)) for i in range(2)
        ]
        self.notes: dict[int, str] = {}
        self.head: ObservedHead | None = None

    # What honest people do.

    def create(self, name: str) -> Controller:
        signer = Ed25519Signer(name.encode().ljust(32, b"\x00"))
        document: dict[str, Any] = {
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": placeholder_did("registry.example", ["dids", name]),
        }
        line = create(document, signer=signer, now=self._tick(), portable=True)
        history = verify_history(line.encode(), expected_did=None, witnesses=None, now=None)
        controller = Controller(history.latest.did, signer, [line])
        self._append(controller)
        return controller

    def update(self, controller: Controller, **document: Any) -> None:
        """A new version whose document has these members more."""
        history = self._history(controller)
        document = {**history.latest.document, **document}
        line = update(history, signer=controller.signer, now=self._tick(), document=document)
        controller.lines.append(line)
        self._append(controller)

    def deactivate(self, controller: Controller) -> None:
        line = deactivate(self._history(controller), signer=controller.signer, now=self._tick())
        controller.lines.append(line)
        self._append(controller)

    def publish(self) -> int:
        """Seal, sign, cosign and anchor; returns the size."""
        size = self.log.seal().size
        self.register.record(next_line(self.log, size, register=self.register, now=self.now))
        note = sign_checkpoint(self.log, size, register=self.register, signers=[self.log_signer])
        self.notes[size] = self.cosign(note)
        self.anchor(size)
        return size

    def bundle(
        self, controller: Controller, size: int | None = None, *, anchored: bool = True, **changes: Any
    ) -> bytes:
        """The bundle of a DID at a size, by default the newest; `changes` replace its members."""
        size = self.log.sealed_size if size is None else size
        proof = self.log.prove_did(self._scid34(controller), size)
        bundle = build_bundle(
            did=controller.did,
            checkpoint=self.notes[size],
            proof=proof,
            history=controller.history if proof.state else None,
            anchors=[self.claim()] if anchored else [],
        )
        return jcs.canonicalize({**bundle, **changes})

    def log_evidence(self, digest: bytes) -> Logged:
        """Log a digest; its salt is fixed by it."""
        opening = Opening(EvidenceSubject(digest), sha256(b"salt" + digest).digest())
        return Logged(self.log.append(opening.entry), opening)

    def receipt(
        self, logged: Logged, size: int | None = None, *, note: str | None = None, anchored: bool = True
    ) -> bytes:
        """The receipt of what was logged, at a size, by default the newest."""
        size = self.log.sealed_size if size is None else size
        proof = TlogProof(
            logged.index, self.log.inclusion(logged.index, size), self.notes[size] if note is None else note
        )
        return jcs.canonicalize(build_receipt(logged.opening, proof, [self.claim()] if anchored else []))

    # What a verifier has.

    @property
    def now(self) -> int:
        return int(self.clock.timestamp())

    def expectations(self, **require: Any) -> Expectations:
        witnesses = "".join(f"witness w{i} {w.key.text}\n" for i, w in enumerate(self.witnesses))
        policy = f"log {self.log_signer.key.text}\n{witnesses}group both all w0 w1\nquorum both\n"
        return Expectations(
            origin=self.log.origin,
            policy=parse_policy(policy),
            view=ChainView(
                chains=(CHAIN,),
                heads=(self.head,) if self.head else (),
                trusted_blocks=(),
                extensions=self._extensions(),
            ),
            require=replace(Requirement(level=Level.FINAL, max_age=3600, cosigned=True), **require),
            now=self.now,
            known=(),
        )

    def verify(
        self, raw: bytes, controller: Controller, expectations: Expectations | None = None
    ) -> VerifiedState:
        return verify_bundle(
            raw, expected_did=controller.did, expectations=expectations or self.expectations()
        )

    def verify_receipt(
        self, raw: bytes, logged: Logged, expectations: Expectations | None = None
    ) -> VerifiedReceipt:
        return verify_receipt(
            raw,
            expected_subject=logged.opening.subject,
            expectations=expectations or self.expectations(),
        )

    # What a cheating operator, with its witnesses, can do.

    def cosign(self, note: str) -> str:
        body = note.partition("\n\n")[0] + "\n"
        lines = [witness.cosign(body, now=self.now) for witness in self.witnesses]
        return note + "".join(line.text for line in lines)

    def sign_anything(self, size: int, root: bytes) -> str:
        """A note with all signatures over any claim: what colluding keys produce."""
        body = Checkpoint(self.log.origin, size, root).body
        return self.cosign(format_note(body, [self.log_signer.sign(body)]))

    def anchor(self, size: int) -> None:
        """The chain takes over an honest checkpoint."""
        sequence = self.head.head.sequence + 1 if self.head else 1
        self.head = ObservedHead(
            chain=CHAIN.chain,
            contract=CHAIN.contract,
            log_id=CHAIN.log_id,
            code_hash=CHAIN.code_hash,
            head=Head(
                size=size,
                sequence=sequence,
                block=sequence + 2,
                time=self.now,
                root=self.log.root(size),
                map_root=self.log.map_root(size),
            ),
            final=True,
        )

    def claim(self, **changes: Any) -> AnchorClaim:
        claim = AnchorClaim(
            chain=self.chain.chain,
            contract=self.chain.contract,
            log_id=self.chain.log_id,
            block_number=self.head.head.block if self.head else 0,
            block_hash=bytes(32),
            state=None,
        )
        return replace(claim, **changes)

    def old_version_as_latest(self, controller: Controller, version: int) -> bytes:
        """The history cut to an older version, with its true entry, under the newest checkpoint."""
        size = self.log.sealed_size
        older = self.log.prove_did(self._scid34(controller), self._sealed_with(controller, version))
        newest = self.log.prove_did(self._scid34(controller), size)
        assert older.state is not None
        proof = replace(newest, state=older.state, entry_path=self.log.inclusion(older.state.index, size))
        return self._raw(controller, proof, self.notes[size])

    def rival_history(self, controller: Controller, **document: Any) -> str:
        """A history that ends with another version than the logged one, which its controller signed too."""
        before = "".join(f"{line}\n" for line in controller.lines[:-1])
        history = verify_history(before.encode(), expected_did=None, witnesses=None, now=None)
        changed = {**history.latest.document, **document}
        return f"{before}{update(history, signer=controller.signer, now=self._tick(), document=changed)}\n"

    def fork(self) -> RegistryWorld:
        """Another log of the same operator, keys, origin and chain, that starts empty."""
        other = RegistryWorld(origin=self.log.origin, chain=self.chain)
        other.clock = self.clock
        return other

    def with_map_of(self, other: RegistryWorld, controller: Controller) -> bytes:
        """This log, this checkpoint, but the map and its proof out of another log."""
        mine = self.log.prove_did(self._scid34(controller), self.log.sealed_size)
        theirs = other.log.prove_did(self._scid34(controller), other.log.sealed_size)
        proof = replace(mine, map_root=theirs.map_root, map_proof=theirs.map_proof)
        return self._raw(controller, proof, self.notes[self.log.sealed_size])

    def with_wrong_size(self, controller: Controller, claimed: int) -> bytes:
        """The true root under a false size, signed by everybody."""
        size = self.log.sealed_size
        note = self.sign_anything(claimed, self.log.root(size))
        return self._raw(controller, self.log.prove_did(self._scid34(controller), size), note)

    def _raw(self, controller: Controller, proof: DidProof, note: str) -> bytes:
        return jcs.canonicalize(
            build_bundle(
                did=controller.did,
                checkpoint=note,
                proof=proof,
                history=controller.history if proof.state else None,
                anchors=[self.claim()],
            )
        )

    def _sealed_with(self, controller: Controller, version: int) -> int:
        for size in self.log.sealed_sizes:
            state = self.log.state(self._scid34(controller), size)
            if state and state.version == version:
                return size
        raise AssertionError(f"version {version} was never the newest at a seal")

    def _append(self, controller: Controller) -> None:
        latest = self._history(controller).latest
        operation = DidOperation(
            self._scid34(controller), latest.number, latest.entry_hash34, latest.deactivated
        )
        self.log.append(operation)

    def _history(self, controller: Controller):
        return verify_history(controller.history.encode(), expected_did=None, witnesses=None, now=None)

    def _scid34(self, controller: Controller) -> bytes:
        return self._history(controller).scid34

    def _extensions(self) -> dict[tuple[int, int], tuple[bytes, ...]]:
        newest = self.head.head.size if self.head else 0
        if newest > self.log.size:
            return {}
        return {(size, newest): self.log.consistency(size, newest) for size in self.notes if size < newest}

    def _tick(self) -> datetime:
        self.clock += timedelta(seconds=10)
        return self.clock
