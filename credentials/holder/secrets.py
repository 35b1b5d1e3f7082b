"""A holder's secrets for blind issuance: made once, kept in the wallet, never shown to anybody.

Text: docs/specs/bbs-predicates-2026.md, section 3.

- one holder secret, the same in all credentials, so that they can be shown to be of one person;
- nym secrets for each issuer, so that no two issuers have a common tag;
- for each offer that was answered, the blind factors, until the credential has come.

Invariants:
- no text shows a secret; the wallet's file encrypts them all.
- an issuer always sees the same secrets, as it will sign for a person only once otherwise.
- an offer that has expired can be forgotten, an answered one is forgotten with its credential.

What is not here: commitments (`zk.predicates.issuance`), offers (`credentials.holder.offers`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from credentials.errors import WalletError
from did.encoding import decode_base64url, encode_base64url
from zk.curve import Scalar, decode_scalar, encode_scalar
from zk.hashing import draw_scalars
from zk.predicates.issuance import HolderSecrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from did.types import JsonObject, JsonValue, RandomBytes

NYMS: Final = 1
"""N: nym secrets for an issuer."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An offer that was answered: its nonce, the issuer, when it ends, and the blind factor by suite."""

    nonce: str
    issuer: str
    expires: str
    blinds: Mapping[str, bytes] = field(repr=False)

    def to_json(self) -> JsonObject:
        """Give as the wallet keeps it."""
        return {
            "nonce": self.nonce,
            "issuer": self.issuer,
            "expires": self.expires,
            "blinds": _octets_to_json(self.blinds),
        }

    @classmethod
    def parse(cls, entry: JsonObject) -> Pending:
        """Read what `to_json` gave. Codes: wallet.contents."""
        return cls(
            _text(entry, "nonce"), _text(entry, "issuer"), _text(entry, "expires"), octets(entry, "blinds")
        )


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """All secrets of a holder; `holder` is None until the first offer."""

    holder: Scalar | None = None
    nyms: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    pending: tuple[Pending, ...] = ()

    def __repr__(self) -> str:
        return f"Secrets({len(self.nyms)} issuers, {len(self.pending)} pending)"

    def prepared(self, issuer: str, *, random_bytes: RandomBytes) -> Secrets:
        """Give the same with what an issuer's offer needs, drawn where it was never needed."""
        holder = self.holder if self.holder is not None else next(draw_scalars(random_bytes, 1))
        nyms = dict(self.nyms)
        if issuer not in nyms:
            nyms[issuer] = tuple(draw_scalars(random_bytes, NYMS))
        return replace(self, holder=holder, nyms=MappingProxyType(nyms))

    def of(self, issuer: str) -> HolderSecrets:
        """Give the secrets that an issuer's credentials are bound to. Codes: wallet.secrets."""
        nyms = self.nyms.get(issuer)
        if self.holder is None or nyms is None:
            raise WalletError(
                "wallet.secrets",
                "this wallet has answered no offer of that issuer",
                remedy="receive the credential into the wallet that made the commitment",
            )
        return HolderSecrets(self.holder, nyms)

    def with_pending(self, pending: Pending) -> Secrets:
        """Give the same with an offer that was answered."""
        return replace(self, pending=(*self.pending, pending))

    def without_pending(self, nonce: str) -> Secrets:
        """Give the same without an offer."""
        return replace(self, pending=tuple(item for item in self.pending if item.nonce != nonce))

    def to_json(self) -> JsonObject:
        """Give as the wallet keeps them."""
        nyms: JsonObject = {
            issuer: [encode_base64url(encode_scalar(nym)) for nym in found]
            for issuer, found in self.nyms.items()
        }
        pending: list[JsonValue] = [item.to_json() for item in self.pending]
        holder = None if self.holder is None else encode_base64url(encode_scalar(self.holder))
        return {"holder": holder, "nyms": nyms, "pending": pending}

    @classmethod
    def parse(cls, value: JsonValue) -> Secrets:
        """Read what `to_json` gave; a wallet of before has none. Codes: wallet.contents."""
        if value is None:
            return cls()
        if not isinstance(value, dict):
            raise _unreadable("secrets")
        holder, nyms, pending = value.get("holder"), value.get("nyms"), value.get("pending")
        if not isinstance(nyms, dict) or not isinstance(pending, list):
            raise _unreadable("secrets")
        return cls(
            None if holder is None else _scalar(holder),
            MappingProxyType({issuer: _scalars(found) for issuer, found in nyms.items()}),
            tuple(map(_pending, pending)),
        )


def _pending(value: JsonValue) -> Pending:
    if not isinstance(value, dict):
        raise _unreadable("pending")
    return Pending.parse(value)


def octets(entry: JsonObject, member: str) -> Mapping[str, bytes]:
    """Read a map from name to base64url. Codes: wallet.contents, encoding.*."""
    found = entry.get(member, {})
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise _unreadable(member)
    return MappingProxyType({name: decode_base64url(str(text)) for name, text in found.items()})


def _octets_to_json(values: Mapping[str, bytes]) -> JsonObject:
    return {name: encode_base64url(value) for name, value in values.items()}


def _scalars(value: JsonValue) -> tuple[Scalar, ...]:
    if not isinstance(value, list):
        raise _unreadable("nyms")
    return tuple(_scalar(item) for item in value)


def _scalar(value: JsonValue) -> Scalar:
    if not isinstance(value, str):
        raise _unreadable("a secret")
    return decode_scalar(decode_base64url(value), what="a secret of the wallet", code="wallet.contents")


def _text(entry: JsonObject, member: str) -> str:
    value = entry.get(member)
    if not isinstance(value, str):
        raise _unreadable(member)
    return value


def _unreadable(member: str) -> WalletError:
    return WalletError("wallet.contents", f"{member} is not as this wallet writes it")
