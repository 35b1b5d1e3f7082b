"""Calls, answers, errors and storage slots of `AnchorLog`, in the contract ABI and nothing beyond it.

Invariants:
- Encoders give the one canonical encoding; decoders take exactly that and raise `chain.answer`.
- Addresses are 20 bytes inside and ``0x`` with 40 lower-case hex digits in text.

Not here: a general ABI library; the tests compare with one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from eth_hash.auto import keccak as _keccak

from did.chain.driver import Head
from did.chain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from did.chain.driver import AnchorCall

ZERO32: Final = bytes(32)
ZERO20: Final = bytes(20)
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")
ARTEFACT: Final = Path(__file__).with_name("AnchorLog.json")


@dataclass(frozen=True, slots=True)
class Artefact:
    """What the compiler made of AnchorLog.sol: code to deploy, code that must then stand on the chain."""

    bytecode: bytes
    deployed_bytecode: bytes
    code_hash: bytes
    selectors: Mapping[str, bytes]
    errors: Mapping[bytes, tuple[str, int]]
    events: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Roles:
    """Who may do what with a log; accounts are 20 bytes, zero where nobody is meant."""

    admin: bytes
    publisher: bytes
    offered_admin: bytes
    offered_publisher: bytes
    paused: bool
    closed: bool


def keccak(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it (not SHA3-256)."""
    return bytes(_keccak(data))


@cache
def artefact() -> Artefact:
    """Load the checked-in artefact (`chain.artefact` if it is damaged)."""
    try:
        parsed: dict[str, Any] = json.loads(ARTEFACT.read_bytes())
        abi = cast("list[dict[str, Any]]", parsed["abi"])
        deployed = bytes.fromhex(parsed["deployedBytecode"].removeprefix("0x"))
        signatures = {kind: _signatures(abi, kind) for kind in ("function", "error", "event")}
        return Artefact(
            bytecode=bytes.fromhex(parsed["bytecode"].removeprefix("0x")),
            deployed_bytecode=deployed,
            code_hash=keccak(deployed),
            selectors={name: keccak(text.encode())[:4] for name, text, _ in signatures["function"]},
            errors={keccak(text.encode())[:4]: (name, count) for name, text, count in signatures["error"]},
            events={name: keccak(text.encode()) for name, text, _ in signatures["event"]},
        )
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as fault:
        raise ChainError(
            "chain.artefact",
            f"the artefact AnchorLog.json cannot be read: {fault}",
            remedy="install Avow again, or rebuild it in did/chain/contract with `npm ci && npm run build`",
        ) from fault


def _signatures(abi: list[dict[str, Any]], kind: str) -> list[tuple[str, str, int]]:
    found = []
    for item in abi:
        if item["type"] == kind:
            types = [member["type"] for member in item["inputs"]]
            found.append((item["name"], f"{item['name']}({','.join(types)})", len(types)))
    return found


def log_id_of(admin: bytes, origin_hash: bytes) -> bytes:
    """The id of the log that `admin` opened for the origin with this Keccak-256 hash."""
    return keccak(_word(admin) + origin_hash)


def base_slot(log_id: bytes) -> int:
    """The first storage slot of a log: the key of the mapping at slot 0."""
    return int.from_bytes(keccak(log_id + ZERO32), "big")


def encode_call(name: str, *words: bytes | int) -> bytes:
    """Encode a call whose arguments are all one word: integers, addresses and hashes."""
    return artefact().selectors[name] + b"".join(_word(word) for word in words)


def encode_anchor(log_id: bytes, call: AnchorCall) -> bytes:
    """Encode `anchor`: six head words, then both arrays with their lengths."""
    words: list[bytes | int] = [log_id, call.size, call.root, call.map_root]
    words += [0xC0, 0xC0 + 32 * (1 + len(call.extension))]
    words += [len(call.extension), *call.extension, len(call.edge), *call.edge]
    return encode_call("anchor", *words)


def encode_includes(log_id: bytes, entry: bytes, index: int, path: Sequence[bytes]) -> bytes:
    """Encode `includes`: four head words, then the entry in whole words, then the path."""
    padded = entry + bytes(-len(entry) % 32)
    words: list[bytes | int] = [log_id, 0x80, index, 0x80 + 32 + len(padded), len(entry)]
    words += [padded[at : at + 32] for at in range(0, len(padded), 32)]
    return encode_call("includes", *words, len(path), *path)


def decode_head(answer: bytes) -> Head:
    """Decode the six words of `head`."""
    words = _words(answer, 6)
    size, sequence, block, time = (int.from_bytes(word, "big") for word in words[:4])
    if max(size, sequence, block, time) >= 2**64:
        raise ChainError("chain.answer", "a number of the head has more than 64 bits")
    return Head(size, sequence, block, time, root=words[4], map_root=words[5])


def decode_roles(answer: bytes) -> Roles:
    """Decode the six words of `roles`."""
    words = _words(answer, 6)
    flags = [int.from_bytes(word, "big") for word in words[4:]]
    if any(word[:12] != bytes(12) for word in words[:4]) or max(flags) > 1:
        raise ChainError("chain.answer", "the roles hold a word that is no address and no flag")
    admin, publisher, offered_admin, offered_publisher = (word[12:] for word in words[:4])
    return Roles(admin, publisher, offered_admin, offered_publisher, bool(flags[0]), bool(flags[1]))


def decode_revert(data: bytes) -> tuple[str, tuple[int, ...]]:
    """Name the error in revert data, with its integer arguments; ``Unknown`` for any other data.

    All errors of the contract have integer arguments or none. An ABI decoder that meets dirty bits or
    short calldata reverts without data.
    """
    name, count = artefact().errors.get(data[:4], ("Unknown", 0))
    if len(data) != 4 + 32 * count:
        return ("Unknown", ())
    return name, tuple(int.from_bytes(data[at : at + 32], "big") for at in range(4, len(data), 32))


def address_text(address: bytes) -> str:
    """Write 20 bytes as the text of an address."""
    return "0x" + address.hex()


def parse_address(text: str) -> bytes:
    """Read an address; upper and lower case mixed must be those of its check sum (EIP-55).

    Raises:
        ChainError: `chain.address`.
    """
    if not _ADDRESS.fullmatch(text):
        raise ChainError(
            "chain.address",
            f"{text!r:.60} is no address: 0x and 40 hex digits",
            remedy="copy the address again, whole",
        )
    digits = text[2:]
    if digits not in {digits.lower(), digits.upper()} and digits != _with_check_sum(digits.lower()):
        raise ChainError(
            "chain.address",
            f"{text} has a wrong check sum",
            remedy="a digit is mistyped: copy the address again",
        )
    return bytes.fromhex(digits)


def _with_check_sum(digits: str) -> str:
    upper = keccak(digits.encode()).hex()
    return "".join(d.upper() if int(upper[at], 16) >= 8 else d for at, d in enumerate(digits))


def _word(value: bytes | int) -> bytes:
    return value.to_bytes(32, "big") if isinstance(value, int) else value.rjust(32, b"\0")


def _words(answer: bytes, count: int) -> list[bytes]:
    if len(answer) != 32 * count:
        raise ChainError("chain.answer", f"the contract answered {len(answer)} bytes and not {32 * count}")
    return [answer[at : at + 32] for at in range(0, len(answer), 32)]
