"""Where a verifier's knowledge of revocation lists and digit lists comes from.

Text: `bbs-predicates-2026` version 1, sections 2.4, 4.2 (S8, S9) and 4.7.

Invariants:
- what a source gives as bytes is a stranger's word: metadata are verified (`metadata.verify_metadata`) with
  the issuer's newest document, parameters were compared with their digest.
- what it gives as `ListMetadata` is its own list.
- a source that cannot give something raises `revocation.unreachable`, which leaves a proof undecided.
- both are needed before a proof can be verified, so a source asks other hosts for those of issuers that are
  trusted, and at the issuer's own host.

Not here: HTTP, storage (`api`); gap files, which a verifier never needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from credentials.revocation.metadata import ListMetadata


class RevocationSource(Protocol):
    """Whoever gives lists and parameters of an issuer, a DID."""

    def metadata(self, url: str, *, issuer: str) -> ListMetadata | bytes:
        """Give the metadata of a list: its own, or signed as fetched. Codes: revocation.unreachable."""
        ...

    def digit_list(self, digest: bytes, *, issuer: str) -> bytes:
        """Give the octets of a digit list by their digest. Codes: revocation.unreachable."""
        ...

    def set_list(self, digest: bytes) -> bytes:
        """Give the octets of a set list that the verifier keeps. Codes: revocation.unreachable."""
        ...
