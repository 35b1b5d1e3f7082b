"""Lists and parameters of issuers elsewhere, for a verification: ours at once, others' once they are fetched.

Invariants:
- both are needed before a proof can be verified, so nothing says yet that the credential is the issuer's.
  Other hosts are therefore asked for issuers that the policy trusts and for nobody else, and only at the host
  of the issuer's did:webvh: a stranger's presentation makes nobody's address be asked.
- parameters that do not have the digest never come back from here.

Not here: the check of metadata (`credentials.revocation.verify_metadata`), the fetching itself (`Reach`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.services.revocation.places import parameters_url
from credentials.errors import CredentialError
from credentials.revocation import MAX_METADATA, check_parameters, unreachable
from did.errors import DidError
from did.methods.webvh import WebvhDid

if TYPE_CHECKING:
    from api.services.reaching import Reach
    from credentials.revocation import ListMetadata

_OCTETS: Final = frozenset({"application/octet-stream"})
_JSON: Final = frozenset({"application/json"})
_DIGIT_LIST_BYTES: Final = 1 << 14
"""A digit list has 12,392 octets."""
_HOSTED: Final = "dids"
"""DIDs of a service lie at `{its address}/dids/{name}`, what else it publishes beside that folder."""


@dataclass(frozen=True, slots=True)
class ReachedRevocations:
    """A `RevocationSource` for one verification."""

    reach: Reach

    def metadata(self, url: str, *, issuer: str) -> ListMetadata | bytes:
        """Give ours as they are, another's as fetched (`revocation.unreachable`)."""
        try:
            return self.reach.core.revocations.metadata(url, issuer=issuer)
        except CredentialError:
            if not url.startswith(f"{self._place(issuer, url)}/"):
                raise unreachable(f"the revocation list {url}", "it is not at its issuer's host") from None
        return self._load(url, _JSON, MAX_METADATA)

    def digit_list(self, digest: bytes, *, issuer: str) -> bytes:
        """Give ours, or another's as fetched (`revocation.unreachable`, `revocation.digest`)."""
        try:
            return self.reach.core.revocations.digit_list(digest, issuer=issuer)
        except CredentialError:
            what = f"the digit list {digest.hex()}"
        did = self._asked(issuer, what)
        path = did.path[:-2] if did.path[-2:-1] == (_HOSTED,) else ()
        base = "/".join((self._place(issuer, what), *path))
        content = self._load(parameters_url(base, digest), _OCTETS, _DIGIT_LIST_BYTES)
        return check_parameters(content, expected_digest=digest)

    def set_list(self, digest: bytes) -> bytes:
        """Give a set of ours: whoever asks for membership publishes the set (`revocation.unreachable`)."""
        return self.reach.core.revocations.set_list(digest)

    def _load(self, url: str, media_types: frozenset[str], max_bytes: int) -> bytes:
        code = "revocation.unreachable"
        try:
            return self.reach.load(url, "revocation", max_bytes, code, media_types)
        except CredentialError as error:
            raise unreachable(url, error.detail) from None

    def _place(self, issuer: str, what: str) -> str:
        """The root of an issuer's host."""
        did = self._asked(issuer, what)
        elsewhere = self.reach.core.elsewhere
        if elsewhere is None:
            raise unreachable(what, "it is kept elsewhere, and no other host is asked")
        authority = did.host if did.port is None else f"{did.host}:{did.port}"
        return elsewhere.place(did, f"https://{authority}")

    def _asked(self, issuer: str, what: str) -> WebvhDid:
        """The issuer, if its host may be asked."""
        if issuer not in self.reach.chosen.policy.trusted_issuers:
            raise unreachable(what, "other hosts are asked for trusted issuers only")
        try:
            return WebvhDid.parse(issuer)
        except DidError:
            raise unreachable(what, "its issuer is no did:webvh, so no host is known") from None
