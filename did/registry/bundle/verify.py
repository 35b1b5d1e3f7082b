"""Verification of a bundle: this is the latest state of a DID as of a checkpoint, and who says so.

Registry protocol version 1, sections 8.2 to 8.5.

Invariants:
- Nothing in a bundle names a key, a contract or a chain that is then trusted: all trust is in `Expectations`.
- Entry, seal, map key and map value are rebuilt here; the bundle brings paths only.
- `VerifiedState` is made here alone, after the last step.

Not here: the JSON form (`form`), chains (`anchors`). Between `as_of` and now anything can have been logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from did.chain import ChainKind
from did.encoding import decode_multihash34
from did.errors import DidError
from did.methods.webvh import Version, WebvhDid, verify_history
from did.methods.webvh.log import read_entry, split_lines
from did.registry.bundle.anchors import judge_anchors, require_age, require_level
from did.registry.bundle.form import parse_bundle
from did.registry.bundle.trust import Level, TrustedRoot
from did.registry.checkpoint import match_checkpoint, verify_checkpoint
from did.registry.entries import DidOperation, Seal, encode
from did.registry.mapproof import map_key, value_hash, verify_map
from did.registry.statemap import DidState
from did.registry.tree import leaf_hash, verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.registry.bundle.form import Bundle
    from did.registry.bundle.trust import ChainView, Requirement, TrustedChain
    from did.registry.checkpoint import Checkpoint, VerifiedCheckpoint
    from did.registry.policy import Policy
    from did.types import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What a verifier brings (section 8.2). All of it explicit; `now` in whole seconds since 1970.

    `origin` comes from the verifier's own table, or from `default_origin`. `policy` says which checkpoint is
    believed: one that its keys signed, or the one whose root the verifier holds already. `known` are
    (size, root) pairs of this log that were accepted earlier.
    """

    origin: str
    policy: Policy | TrustedRoot
    view: ChainView
    require: Requirement
    now: int
    known: tuple[tuple[int, bytes], ...]

    @property
    def unanchored(self) -> Level:
        """The level of a checkpoint that no chain holds."""
        return Level.ROOT if isinstance(self.policy, TrustedRoot) else Level.SEALED


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedState:
    """The latest state of a DID as of `as_of`, at that level. Made by `verify_bundle` alone.

    `version`, `deactivated` and `document` are None where the log does not know the DID; a deactivated DID
    has no document for use. Of `chains`, which hold the checkpoint, the level rests on those of `bearing`.
    `reasons` are codes of anchors that did not count.
    """

    did: str
    version: int | None
    deactivated: bool | None
    document: JsonObject | None
    level: Level
    size: int
    root: bytes
    map_root: bytes
    as_of: int | None
    witnesses: tuple[str, ...]
    chains: tuple[TrustedChain, ...]
    bearing: tuple[TrustedChain, ...]
    reasons: tuple[str, ...]

    @property
    def only_local_chains(self) -> bool:
        """Whether the level rests on the operator's own chains alone (assurance ``local-chain``)."""
        return only_local(self.bearing)


def verify_bundle(raw: bytes, *, expected_did: str, expectations: Expectations) -> VerifiedState:
    """Verify a bundle (section 8.3); each refusal has the code of its step.

    1. size, strict decoding, exact members (`parse_bundle`)
    2. type and version (`parse_bundle`)
    3. it is about the DID asked for
    4. the checkpoint holds under policy and origin
    5. no other root is known for this size
    6. the checkpoint's last entry is the seal of this size and map root
    7. the history is valid and of this DID
    8. the map holds exactly this state, or nothing
    9. the operation is in the log at the index that the map names
    10. each anchor
    11. the level, and cosignatures, asked for
    12. the age asked for
    13. the result
    """
    # Steps 1 and 2: form.
    bundle = parse_bundle(raw)
    # Step 3: the DID.
    did = _checked_did(bundle.did, expected_did)
    # Steps 4 and 5: the checkpoint, and memory.
    verified = accept_checkpoint(bundle.checkpoint, expectations)
    checkpoint = verified.checkpoint
    # Step 6: the seal.
    _verify_seal(bundle, checkpoint)
    # Step 7: the history.
    version = _verify_history(bundle, did)
    # Steps 8 and 9: map and log.
    _verify_state(bundle, decode_multihash34(did.scid), version, checkpoint)
    # Step 10: anchors.
    verdict = judge_anchors(
        bundle.anchors,
        checkpoint=checkpoint,
        map_root=bundle.map_root,
        view=expectations.view,
        unanchored=expectations.unanchored,
    )
    # Steps 11 and 12: level, cosignatures, age.
    require_level(verdict, expectations.require)
    as_of = require_trust(verified, verdict.times, expectations)
    # Step 13: nothing is returned before.
    return VerifiedState(
        did=expected_did,
        version=version.number if version else None,
        deactivated=version.deactivated if version else None,
        document=version.document if version and not version.deactivated else None,
        level=verdict.level,
        size=checkpoint.size,
        root=checkpoint.root,
        map_root=bundle.map_root,
        as_of=as_of,
        witnesses=verified.witnesses,
        chains=verdict.chains,
        bearing=verdict.bearing,
        reasons=verdict.reasons,
    )


def default_origin(did: str) -> str:
    """The origin of the log at a did:webvh's own host: host and port, then ``/log`` (``bundle.did``).

    For services under a path, the verifier's own table must say more.
    """
    return _origins(_webvh(did))[0]


def lies_under(did: str, origin: str) -> bool:
    """Whether a did:webvh is published under the address of that log, be it at its root or under a path.

    A log speaks for the DIDs under its own address. One that moved away may have newer versions elsewhere.
    """
    return origin in _origins(_webvh(did))


def accept_checkpoint(text: str, expectations: Expectations) -> VerifiedCheckpoint:
    """Steps 4 and 5: the checkpoint holds, and does not differ from one that was accepted earlier."""
    believed, origin = expectations.policy, expectations.origin
    if isinstance(believed, TrustedRoot):
        verified = match_checkpoint(text, size=believed.size, root=believed.root, expected_origin=origin)
    else:
        verified = verify_checkpoint(text, policy=believed, expected_origin=origin)
    checkpoint = verified.checkpoint
    if any(size == checkpoint.size and root != checkpoint.root for size, root in expectations.known):
        raise DidError(
            "log.forked",
            f"another root of size {checkpoint.size} was accepted earlier",
            remedy="keep both notes: they convict the log's operator",
            clause="registry 8.3 (5)",
        )
    return verified


def only_local(chains: Sequence[TrustedChain]) -> bool:
    """Whether there are chains, and all of them are run by the log's own operator."""
    return bool(chains) and all(chain.kind is ChainKind.LOCAL for chain in chains)


def require_trust(
    verified: VerifiedCheckpoint, times: tuple[int, ...], expectations: Expectations
) -> int | None:
    """The rest of step 11, and step 12: cosigned where asked for, and young enough. Returns `as_of`."""
    if expectations.require.cosigned and verified.quorum_time is None:
        raise DidError(
            "checkpoint.quorum",
            "cosignatures are required and the policy names no quorum",
            remedy="give the policy a quorum line",
            clause="registry 8.3 (11)",
        )
    if verified.quorum_time is not None:
        times = (*times, verified.quorum_time)
    return require_age(times, expectations.require, now=expectations.now)


def _checked_did(did: str, expected_did: str) -> WebvhDid:
    if did != expected_did:
        raise _wrong_did(f"the bundle is about {did!r:.200}, not the DID asked for", 3)
    return _webvh(did)


def _webvh(did: str) -> WebvhDid:
    try:
        return WebvhDid.parse(did)
    except DidError as error:
        raise _wrong_did(error.detail, 3) from None


def _origins(did: WebvhDid) -> list[str]:
    """The origins under which a DID can be published: its host's own, then those under each path above it."""
    place = did.host if did.port is None else f"{did.host}:{did.port}"
    return ["/".join((place, *did.path[:depth], "log")) for depth in range(len(did.path) + 1)]


def _verify_seal(bundle: Bundle, checkpoint: Checkpoint) -> None:
    if checkpoint.size == 0:
        raise DidError("seal.inclusion", "an empty log has no seal", clause="registry 8.3 (6)")
    seal = Seal(checkpoint.size - 1, bundle.map_root)
    verify_inclusion(
        leaf_hash(encode(seal)),
        seal.index,
        checkpoint.size,
        bundle.seal_path,
        checkpoint.root,
        code="seal.inclusion",
    )


def _verify_history(bundle: Bundle, did: WebvhDid) -> Version | None:
    """Step 7. No clock is asked: that a version is the latest follows from the map, not from its time."""
    if bundle.history is None:
        return None
    text = bundle.history.encode()
    witnesses = None if bundle.witnesses is None else bundle.witnesses.encode()
    try:
        # The SCID first: a whole history of something else costs as much to verify as the right one.
        stated = read_entry(split_lines(text)[0]).parameters.get("scid")
        if stated != did.scid:
            raise _wrong_did("the history is of another SCID", 7)
        history = verify_history(text, expected_did=None, witnesses=witnesses, now=None)
    except DidError as error:
        if error.code == "bundle.did":
            raise
        raise DidError("history.invalid", f"{error.code}: {error.detail}", clause="did:webvh 1.0") from None
    if history.latest.did != did.text:
        raise _wrong_did("the history ends with a document of another DID", 7)
    return history.latest


def _verify_state(bundle: Bundle, scid34: bytes, version: Version | None, checkpoint: Checkpoint) -> None:
    key = map_key(scid34)
    if version is None or bundle.entry_index is None:
        verify_map(bundle.map_root, key, None, bundle.map_proof)
        return
    state = DidState(version.number, version.entry_hash34, bundle.entry_index, version.deactivated)
    verify_map(bundle.map_root, key, value_hash(state.encode()), bundle.map_proof)
    operation = DidOperation(scid34, version.number, version.entry_hash34, version.deactivated)
    verify_inclusion(
        leaf_hash(encode(operation)),
        bundle.entry_index,
        checkpoint.size,
        bundle.entry_path,
        checkpoint.root,
        code="entry.inclusion",
    )


def _wrong_did(detail: str, step: int) -> DidError:
    return DidError("bundle.did", detail, clause=f"registry 8.3 ({step})")
