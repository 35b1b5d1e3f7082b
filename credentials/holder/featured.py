"""The holder's secrets for the optional features of `bbs-2023`: made of those that the wallet has anyway.

Source: W3C Data Integrity BBS Cryptosuites 1.0 (April 2025), `featureOption`. Secrets are made our own way.

    secret   HMAC-SHA-256(holder secret, "bbs-2023 holder secret")       the same in all credentials
    share    HMAC-SHA-512(nym secret, "bbs-2023 nym"), 48 octets mod r   one for each issuer

Invariants:
- what one suite shows says nothing of the secrets of the other.
- a blind factor is kept under the name of its feature (`kept_as`), so that the wallet knows how to prove.

Not here: the features (`credentials.suites.bbs_features`), offers (`credentials.holder.offers`).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from credentials.errors import WalletError
from credentials.formats import BBS_2023
from credentials.suites.bbs_features import Feature, HolderSecrets
from zk.blind.secret_scalars import ProverBlind, SingleProverNym
from zk.curve import encode_scalar
from zk.hashing import EXPAND_LENGTH, reduce_to_scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.suites.selective_suites import Bbs
    from did.types import RandomBytes
    from zk.bbs import Suite
    from zk.predicates import issuance


def kept_as(feature: Feature) -> str:
    """Name the place of a feature's blind factor among those of a credential."""
    return f"{BBS_2023}:{feature.value}"


def commit(
    suite: Bbs, feature: Feature, own: issuance.HolderSecrets, *, random_bytes: RandomBytes
) -> tuple[bytes, bytes]:
    """Commit for a feature; gives octets for the issuer, and the blind factor to keep."""
    bbs_suite = suite.suite.bbs_suite
    octets, kept = suite.features.commit(
        feature,
        secret=_secret(own) if feature.binds else None,
        nym=_share(bbs_suite, own) if feature.names else None,
        random_bytes=random_bytes,
    )
    return octets, kept.blind.to_bytes()


def found(suite: Bbs, own: issuance.HolderSecrets, blinds: Mapping[str, bytes]) -> HolderSecrets:
    """Give what the holder proves with, for the one feature that blind factors were kept for.

    Code `wallet.secrets` where there is none.
    """
    bbs_suite = suite.suite.bbs_suite
    for feature in Feature:
        blind = blinds.get(kept_as(feature))
        if blind is not None:
            return HolderSecrets(
                feature,
                ProverBlind.from_bytes(bbs_suite, blind),
                _secret(own) if feature.binds else None,
                _share(bbs_suite, own) if feature.names else None,
            )
    raise WalletError(
        "wallet.secrets",
        "the credential is not bound to secrets of this wallet",
        remedy="receive it into the wallet that made the commitment",
    )


def _secret(own: issuance.HolderSecrets) -> bytes:
    return hmac.digest(encode_scalar(own.holder), b"bbs-2023 holder secret", "sha256")


def _share(suite: Suite, own: issuance.HolderSecrets) -> SingleProverNym:
    octets = hmac.digest(encode_scalar(own.nyms[0]), b"bbs-2023 nym", "sha512")
    return SingleProverNym.from_bytes(suite, encode_scalar(reduce_to_scalar(octets[:EXPAND_LENGTH])))
