"""A request for a presentation, and the states of the exchange that follows it.

`PresentationRequest` → `Presented` → `Accepted`: each state is a type, and a later one is made from an
earlier one only, so that a wrong order does not type-check.

What is not here: fresh challenges and their use once only (`api` keeps them), transport.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.dialects import presenting
from credentials.errors import CredentialError
from credentials.exchange.dcql import Query
from credentials.limits import LIMITS

if TYPE_CHECKING:
    from credentials.verifying.verified import VerifiedPresentation
    from did.types import JsonObject, JsonValue

# The challenge is URL-safe text of at least 128 bits in base64url (OpenID4VP 1.0, 5.2).
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_.~-]{22,256}")
_MAX_DOMAIN: Final = 2048
_MEMBERS: Final = frozenset({"challenge", "domain", "query", "expires"})


@dataclass(frozen=True, slots=True)
class PresentationRequest:
    """What a verifier asks: answer this challenge, for this domain, with what the query names.

    Without a query any presentation answers, which only the verifier's own policy can make sense of.
    """

    challenge: str
    domain: str
    query: Query | None

    @classmethod
    def parse(cls, value: JsonValue) -> PresentationRequest:
        """Read a request: `challenge`, `domain`, `query` (DCQL) and, ignored here, `expires`.

        Codes: request.malformed, query.*.
        """
        if not isinstance(value, dict):
            raise _malformed("a request is a JSON object")
        unknown = set(value) - _MEMBERS
        if "challenge" not in value:
            raise _malformed("this is no request: it has no challenge")
        if unknown:
            raise _malformed(f"unknown member {min(unknown)[:40]!r}")
        challenge, domain, query = value.get("challenge"), value.get("domain"), value.get("query")
        if not isinstance(challenge, str) or not _CHALLENGE.fullmatch(challenge):
            raise _malformed("challenge must have 22 to 256 URL-safe characters")
        if not isinstance(domain, str) or not 0 < len(domain) <= _MAX_DOMAIN or not domain.isprintable():
            raise _malformed(f"domain must have 1 to {_MAX_DOMAIN} printable characters")
        return cls(challenge, domain, None if query is None else Query.parse(query))

    def to_json(self) -> JsonObject:
        """Give the request in the form that `parse` reads."""
        result: JsonObject = {"challenge": self.challenge, "domain": self.domain}
        if self.query is not None:
            result["query"] = self.query.to_json()
        return result

    def present(self, value: JsonValue) -> Presented:
        """Take an answer to this request, of which the form is checked (codes model.*, presentation.*)."""
        presenting.read(value, LIMITS)
        return Presented(self, value)


@dataclass(frozen=True, slots=True)
class Presented:
    """A request with an answer that nobody has verified."""

    request: PresentationRequest
    received: JsonValue

    def accept(self, verified: VerifiedPresentation) -> Accepted:
        """Go on with what `credentials.verifying.verifier` made of this very answer to this very request.

        Codes: exchange.mismatch.
        """
        expected = (self.request.challenge, self.request.domain)
        same = verified.received == self.received
        if not same or (verified.challenge, verified.domain) != expected:
            raise CredentialError("exchange.mismatch", "the verified presentation answers another request")
        return Accepted(self.request, verified)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request with its verified answer: the end of the exchange."""

    request: PresentationRequest
    verified: VerifiedPresentation


def _malformed(detail: str) -> CredentialError:
    return CredentialError("request.malformed", detail, remedy="ask the verifier for a new request")
