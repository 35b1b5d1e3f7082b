"""The parameters of a did:webvh log: their form, defaults, inheritance and changes (did:webvh 1.0).

Invariants:
- Only the parameters of version 1.0 are known; another name, type or method version is refused.
- What an entry does not mention keeps its value; `method` and `scid` stand in the first entry, `scid` never
  again. `null` means the default, as readers of early logs are asked to take it.
- `portable` can become false but never true again; witness ids are distinct, 1 ≤ threshold ≤ their number.

Errors: `history.parameters`, `history.method`. Not here: what follows from a value (`history`, `witness`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from did.errors import DidError
from did.keys import KeyType, PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from did.types import JsonObject, JsonValue

METHOD: Final = "did:webvh:1.0"
MAX_KEYS: Final = 64  # update keys, key hashes, witnesses, watchers: each list
_MAX_TTL: Final = 2**31
_MAX_TEXT: Final = 2048
_DEFAULT_TTL: Final = 3600
_NAMES: Final = frozenset(
    {
        "method",
        "updateKeys",
        "nextKeyHashes",
        "witness",
        "watchers",
        "portable",
        "deactivated",
        "ttl",
    }
)
_T = TypeVar("_T")
_CLAUSE: Final = "did:webvh 1.0, DID Method Parameters"
_DID_KEY: Final = "did:key:"


@dataclass(frozen=True, slots=True)
class WitnessRule:
    """Which witnesses (did:key texts) must approve an entry, and how many of them; none: no witnessing."""

    threshold: int = 0
    witnesses: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether any approval is needed."""
        return bool(self.witnesses)

    def to_json(self) -> JsonObject:
        """Write as the value of `witness`."""
        if not self.active:
            return {}
        return {"threshold": self.threshold, "witnesses": [{"id": witness} for witness in self.witnesses]}


NO_WITNESSES: Final = WitnessRule()


@dataclass(frozen=True, slots=True)
class Parameters:
    """The values in force after an entry; `update_keys` are Multikey texts."""

    scid: str
    update_keys: tuple[str, ...]
    next_key_hashes: tuple[str, ...] = ()
    witness: WitnessRule = NO_WITNESSES
    watchers: tuple[str, ...] = ()
    portable: bool = False
    deactivated: bool = False
    ttl: int = 3600


def first_parameters(stated: JsonObject) -> Parameters:
    """Read the parameters of a first entry."""
    for name in ("method", "scid", "updateKeys"):
        if name not in stated:
            raise _refused(f"the first entry lacks {name}")
    scid = _text(stated["scid"])
    return _applied(Parameters(scid, ()), {name: item for name, item in stated.items() if name != "scid"})


def next_parameters(previous: Parameters, stated: JsonObject) -> Parameters:
    """Read the parameters of a later entry on top of those in force; there, `scid` is an unknown name."""
    current = _applied(previous, stated)
    if current.portable and not previous.portable:
        raise _refused("portable can be set to true in the first entry only")
    return current


def _applied(parameters: Parameters, stated: JsonObject) -> Parameters:
    unknown = sorted(set(stated) - _NAMES)
    if unknown:
        raise _refused(f"unknown parameter {unknown[0][:64]!r}")
    if "method" in stated and stated["method"] != METHOD:
        raise DidError("history.method", f"only {METHOD} is understood", clause=_CLAUSE)
    return Parameters(
        scid=parameters.scid,
        update_keys=_value(stated, "updateKeys", _keys, parameters.update_keys, ()),
        next_key_hashes=_value(stated, "nextKeyHashes", _texts, parameters.next_key_hashes, ()),
        witness=_value(stated, "witness", _witness, parameters.witness, NO_WITNESSES),
        watchers=_value(stated, "watchers", _texts, parameters.watchers, ()),
        portable=_value(stated, "portable", _flag, parameters.portable, False),  # noqa: FBT003
        deactivated=_value(stated, "deactivated", _flag, parameters.deactivated, False),  # noqa: FBT003
        ttl=_value(stated, "ttl", _ttl, parameters.ttl, _DEFAULT_TTL),
    )


def _value(stated: JsonObject, name: str, read: Callable[[JsonValue], _T], inherited: _T, default: _T) -> _T:
    if name not in stated:
        return inherited
    value = stated[name]
    return default if value is None else read(value)


def _keys(value: JsonValue) -> tuple[str, ...]:
    keys = _texts(value)
    for key in keys:
        _check_ed25519(key)
    return keys


def _check_ed25519(multikey: str) -> None:
    try:
        key = PublicKey.from_multikey(multikey)
    except DidError as error:
        raise _refused(f"a key: {error.detail}") from None
    if key.type is not KeyType.ED25519:
        raise _refused(f"a key of type {key.type}; version 1.0 signs with Ed25519 only")


def _witness(value: JsonValue) -> WitnessRule:
    if value == {}:
        return NO_WITNESSES
    if not isinstance(value, dict) or set(value) != {"threshold", "witnesses"}:
        raise _refused("witness is {} or has threshold and witnesses")
    listed, threshold = value["witnesses"], value["threshold"]
    if not isinstance(listed, list) or not listed or len(listed) > MAX_KEYS:
        raise _refused(f"witnesses is a list of 1 to {MAX_KEYS}")
    ids = tuple(_witness_id(item) for item in listed)
    if len(set(ids)) != len(ids):
        raise _refused("a witness is listed twice")
    if type(threshold) is not int or not 1 <= threshold <= len(ids):
        raise _refused("the witness threshold is not between 1 and the number of witnesses")
    return WitnessRule(threshold, ids)


def _witness_id(item: JsonValue) -> str:
    if not isinstance(item, dict) or set(item) - {"id", "weight"}:
        raise _refused("a witness is an object with its id")
    text = _text(item.get("id"))
    if not text.startswith(_DID_KEY):
        raise _refused("a witness is a did:key")
    _check_ed25519(text[len(_DID_KEY) :])
    return text


def _texts(value: JsonValue) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_KEYS:
        raise _refused(f"expected a list of at most {MAX_KEYS} texts")
    return tuple(_text(item) for item in value)


def _text(value: JsonValue) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT:
        raise _refused("expected a text")
    return value


def _flag(value: JsonValue) -> bool:
    if not isinstance(value, bool):
        raise _refused("expected true or false")
    return value


def _ttl(value: JsonValue) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_TTL:
        raise _refused("ttl is not between 0 and 2^31")
    return value


def _refused(detail: str) -> DidError:
    return DidError("history.parameters", detail, clause=_CLAUSE)
