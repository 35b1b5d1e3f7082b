"""The rule for what may be signed: two steps around the register's synced file.

Registry protocol version 1, section 3.6.

    line = next_line(log, size, register=register, now=now)    # steps 1 to 4
    if register.find(size) is None:
        ...                                                    # append line.text to the file and sync it
        register.record(line)
    note = sign_checkpoint(log, size, register=register, signers=[signer])    # all steps again, then 5

Invariants:
- Nothing is signed that is not sealed, durable, recomputed, in line with the register and registered.
- Two roots for one size are never signed, and nothing new below the register's size.

Not here: the register's file (`api`), cosignatures (`note`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from did.errors import DidError
from did.registry.checkpoint import format_note, parse_body
from did.registry.entries import Seal, encode
from did.registry.note import SignedNote
from did.registry.register import RegisterLine, check_agrees
from did.registry.tree import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.registry.log import Log
    from did.registry.note import NoteSigner
    from did.registry.register import Register


def next_line(log: Log, size: int, *, register: Register, now: int) -> RegisterLine:
    """The register line that must be appended and synced before size `size` is signed (section 3.6, 1 to 4).

    1. the size is sealed (``log.unsealed``)
    2. its entries are durable: a log holds nothing that was not committed
    3. both roots, computed from what the log holds, are those of the seal (``seal.map-root``); a size that
       stands in the register passed this when its line was written
    4. it extends the last line of the register (``register.behind``, ``register.forked``), or repeats a line,
       which is then returned as it stands
    """
    # Steps 1 and 2: sealed, hence durable.
    checkpoint = log.checkpoint(size)
    if known := register.find(size):
        check_agrees(known, log)
        return known
    # Step 3: the leaf of the seal is rebuilt from the recomputed map root.
    map_root = log.computed_map_root(size)
    if leaf_hash(encode(Seal(size - 1, map_root))) != log.leaf(size - 1):
        raise DidError(
            "seal.map-root", f"the seal of size {size} holds another map root", clause="registry 3.6"
        )
    # Step 4: the register.
    last = register.last
    if last and size < last.size:
        raise DidError(
            "register.behind",
            f"size {last.size} was signed, and {size} was not: nothing below is signed any more",
            clause="registry 7.4",
        )
    if last:
        check_agrees(last, log)
    return RegisterLine(size, checkpoint.root, map_root, now)


def sign_checkpoint(log: Log, size: int, *, register: Register, signers: Sequence[NoteSigner]) -> str:
    """Sign the checkpoint of a sealed size: the note. Section 3.6 whole; step 5 is ``register.missing``.

    `register` holds a line only once it was synced. More than one signer while a key is being rotated; all of
    them have the origin as their name.
    """
    line = register.find(size)
    if line is None:
        raise DidError(
            "register.missing",
            f"size {size} does not stand in the checkpoint register",
            remedy="append the line of next_line, sync the file, record it, then sign",
            clause="registry 3.6",
        )
    if not line.same_checkpoint(next_line(log, size, register=register, now=line.time)):
        raise DidError(
            "register.forked", f"the register has other roots for size {size}", clause="registry 3.6"
        )
    if not signers or any(signer.key.name != log.origin for signer in signers):
        raise DidError("log.signer", "a log signs under its origin as key name", clause="registry 5.2")
    body = log.checkpoint(size).body
    return format_note(body, [signer.sign(body) for signer in signers])


def sign_again(note: SignedNote, *, register: Register, signers: Sequence[NoteSigner]) -> SignedNote:
    """Put the signatures of `signers` in the place of the log's older ones; cosignatures stay (3.6, 5.5).

    Only a body that stands in the register is signed again (``register.missing``): it was signed by the whole
    rule once, and says nothing new.
    """
    checkpoint = parse_body(note.body)
    line = register.find(checkpoint.size)
    if line is None or line.root != checkpoint.root:
        raise DidError(
            "register.missing",
            f"the register does not hold this checkpoint of size {checkpoint.size}",
            clause="registry 3.6",
        )
    if not signers or any(signer.key.name != checkpoint.origin for signer in signers):
        raise DidError("log.signer", "a log signs under its origin as key name", clause="registry 5.2")
    others = (kept for kept in note.lines if kept.name != checkpoint.origin)
    return SignedNote(note.body, (*(signer.sign(note.body) for signer in signers), *others))
