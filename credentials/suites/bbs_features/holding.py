"""Which optional features of `bbs-2023` there are, and what a holder keeps for each.

Source: W3C Data Integrity BBS Cryptosuites 1.0 (April 2025), `featureOption` and "Optional Features".

| feature | the holder's secret | its share of the nym secret | committed scalars |
|---|---|---|---|
| anonymous_holder_binding | yes | no | 1 |
| pseudonym | no | yes | 1 |
| holder_binding_pseudonym | yes | yes | 2 |

Invariants:
- A holder has exactly what its feature needs.
- Nothing of it shows in a repr; only `to_json` gives it out, for a sealed wallet.

Not here: the blind of a commitment and the share as mathematics (`zk.blind.secret_scalars`), sealing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NoReturn

from credentials.errors import CredentialError
from did.encoding import decode_base64url, encode_base64url
from did.errors import DidError
from zk.blind.single_pseudonyms import ProverBlind, SingleProverNym
from zk.errors import ZkError

if TYPE_CHECKING:
    from did.types import JsonObject
    from zk.bbs import Suite

SECRET_LENGTH: Final = 32
_MEMBERS: Final = ("feature", "blind", "secret", "nym")


class Feature(StrEnum):
    """The values of `featureOption`, other than the baseline."""

    HOLDER_BINDING = "anonymous_holder_binding"
    PSEUDONYM = "pseudonym"
    HOLDER_BINDING_PSEUDONYM = "holder_binding_pseudonym"

    @property
    def binds(self) -> bool:
        """Whether the holder's secret is signed."""
        return self is not Feature.PSEUDONYM

    @property
    def names(self) -> bool:
        """Whether proofs carry a pseudonym."""
        return self is not Feature.HOLDER_BINDING

    @property
    def committed(self) -> int:
        """How many scalars a holder commits to."""
        return self.binds + self.names


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class HolderSecrets:
    """What a holder keeps of one commitment.

    Attributes:
        feature: what it was made for.
        blind: of the commitment that was signed.
        secret: 32 octets, the same in all credentials that shall be of one holder; None without binding.
        nym: its share of the nym secret, the same on re-issue; None without pseudonyms.
    """

    feature: Feature
    blind: ProverBlind
    secret: bytes | None
    nym: SingleProverNym | None

    def __post_init__(self) -> None:
        """Refuse what the feature does not need, and miss nothing that it does.

        Codes: ``bbs-2023.holder-secret``, ``bbs-2023.holder-nym``.
        """
        if (self.secret is not None) is not self.feature.binds:
            raise CredentialError("bbs-2023.holder-secret", f"a secret and {self.feature} do not go together")
        if self.secret is not None and len(self.secret) != SECRET_LENGTH:
            raise CredentialError("bbs-2023.holder-secret", f"the secret is not {SECRET_LENGTH} bytes")
        if (self.nym is not None) is not self.feature.names:
            raise CredentialError(
                "bbs-2023.holder-nym", f"a share of a nym secret and {self.feature} do not go together"
            )

    @property
    def committed_messages(self) -> list[bytes]:
        """The messages of the holder that are signed, without its share."""
        return [] if self.secret is None else [self.secret]

    def to_json(self) -> JsonObject:
        """Write everything, in clear: for a wallet that seals it."""
        parts = {
            "blind": self.blind.to_bytes(),
            "secret": self.secret,
            "nym": None if self.nym is None else self.nym.to_bytes(),
        }
        written = {name: encode_base64url(part) for name, part in parts.items() if part is not None}
        return {"feature": self.feature.value, **written}

    @classmethod
    def from_json(cls, suite: Suite, value: JsonObject) -> HolderSecrets:
        """Read what `to_json` wrote. Code ``bbs-2023.holder-secrets``, and those of the type itself."""
        if not value.keys() <= set(_MEMBERS):
            _malformed("they have an unknown member")
        feature = value.get("feature")
        if not isinstance(feature, str) or feature not in set(Feature):
            _malformed("their feature is none of bbs-2023")
        blind, secret, nym = (_octets(value, name) for name in _MEMBERS[1:])
        try:
            return cls(
                Feature(feature),
                ProverBlind.from_bytes(suite, blind or b""),
                secret,
                None if nym is None else SingleProverNym.from_bytes(suite, nym),
            )
        except ZkError as error:
            _malformed(error.detail)


def _octets(value: JsonObject, name: str) -> bytes | None:
    found = value.get(name)
    if found is None:
        return None
    if not isinstance(found, str):
        _malformed(f"{name} is no text")
    try:
        return decode_base64url(found, max_bytes=SECRET_LENGTH)
    except DidError as error:
        _malformed(f"{name}: {error.detail}")


def _malformed(detail: str) -> NoReturn:
    raise CredentialError("bbs-2023.holder-secrets", f"a holder's secrets cannot be read: {detail}")
