"""From a reference to what it means: get the list, verify it, find the entry.

Texts: W3C Bitstring Status List 1.0, section 3.2 (Validate Algorithm); IETF Token Status List, section 8.3.

Checklist of `check`, for a credential whose own proof has verified:
1. the list is had from the source, in the form of its kind, and nowhere else.
2. a list that came from elsewhere is verified: its own proof or signature, by its issuer.
3. the issuer of the list is that of the credential, or one that the policy names as keeper of lists.
4. the list is the one asked for: `id` (where present) or `sub` is the address.
5. now lies in the list's period.
6. the list serves the purpose of the entry.
7. it inflates within the limit and is long enough; the index lies in it.
8. only a value of 0 is valid: set bits of revocation, suspension and refresh have their meaning; anything
   else that is set means something that nobody here knows, and leaves the status undecided.

What is not here: fetching, keys (`credentials.verifying.lists`), what a policy lets pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.status import bitstring, token_list
from credentials.status.faults import fault, undecided
from credentials.status.references import MESSAGE, REFRESH, REVOCATION, SUSPENSION, TokenReference
from credentials.status.sources import KeptList, Kind
from did.errors import DidError

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from credentials.limits import Limits
    from credentials.model.view import CredentialView
    from credentials.status.inflating import Work
    from credentials.status.references import BitstringReference, Reference
    from credentials.status.sources import ListProofs, StatusSource
    from did.types import JsonObject, JsonValue

LIST_CREDENTIAL: Final = "BitstringStatusListCredential"
LIST_TYPE: Final = "BitstringStatusList"
_TEXT: Final = "Bitstring Status List 1.0, 3.2"


@dataclass(frozen=True, slots=True)
class Status:
    """What a list says of one entry, when that does not speak against the credential."""

    purpose: str
    value: int

    @property
    def valid(self) -> bool:
        """What the W3C text calls valid."""
        return self.value == 0


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms lists are read: by whom they may be kept, at what time, how large."""

    keepers: frozenset[str]
    now: datetime
    clock_skew: timedelta
    limits: Limits
    work: Work | None = None


def check(reference: Reference, *, source: StatusSource, proofs: ListProofs, terms: Terms) -> Status:
    """Check one reference: give its status, or raise what speaks against the credential.

    Codes: status.revoked, status.suspended, status.message, status.value, and those of the faults.
    """
    kind = Kind.TOKEN if isinstance(reference, TokenReference) else Kind.BITSTRING
    found = source.status_list(reference.uri, kind)  # 1
    if isinstance(found, bytes):
        read = _token if kind is Kind.TOKEN else _credential
        found = read(found, reference.uri, proofs, terms)  # 2, 4, 5
    # [STA-23] somebody else's list
    if found.issuer not in terms.keepers:  # 3
        raise fault(
            "status.list-issuer",
            f"the status list is by {found.issuer[:200]}, who does not keep the lists of this issuer",
            remedy="name that DID among the policy's status issuers, if the issuer lets it keep its lists",
        )
    if isinstance(reference, TokenReference):
        return _token_status(token_list.read(found.data, reference.index, size=found.size))
    # [STA-24] for another purpose
    if reference.purpose not in found.purposes:  # 6
        raise fault(
            "status.purpose",
            f"the list is for {', '.join(sorted(found.purposes))[:80]}, not for {reference.purpose[:40]}",
        )
    return _status(reference, bitstring.read(found.data, reference.index, size=reference.size))  # 7


def _credential(raw: bytes, uri: str, proofs: ListProofs, terms: Terms) -> KeptList:
    try:
        credential = proofs.credential(raw)
    except (CredentialError, DidError) as error:
        raise _unproved(error) from error
    # [STA-25] no list at all
    if LIST_CREDENTIAL not in credential.types:
        raise fault("status.list", f"the list must be of type {LIST_CREDENTIAL}")
    # [STA-26] another list
    if credential.document.get("id", uri) != uri:
        raise fault("status.list-id", "the id of the list is not the address that the entry names")
    _check_period(credential, terms)
    subject = _subject(credential)
    encoded = subject.get("encodedList")
    # [STA-27] nothing to decode
    if not isinstance(encoded, str):
        raise fault("status.list", "encodedList must be a text")
    data = bitstring.decode(str(encoded), max_bytes=terms.limits.max_status_bytes, work=terms.work)
    return KeptList(Kind.BITSTRING, credential.issuer, _purposes(subject.get("statusPurpose")), data)


def _token(raw: bytes, uri: str, proofs: ListProofs, terms: Terms) -> KeptList:
    try:
        issuer, claims = proofs.token(raw)
    except (CredentialError, DidError) as error:
        raise _unproved(error) from error
    found = token_list.parse(claims, max_bytes=terms.limits.max_status_bytes, work=terms.work)
    token_list.check(found, expected_uri=uri, now=terms.now, clock_skew=terms.clock_skew)
    return KeptList(Kind.TOKEN, issuer, frozenset(), found.data, found.size)


def _unproved(error: CredentialError | DidError) -> CredentialError:
    detail = f"the status list does not verify: {error.code}: {error.detail}"
    if error.code.startswith("resolution."):
        return undecided("status.list-proof", detail, remedy=error.remedy)
    return fault("status.list-proof", detail, remedy="ask the issuer; do not rely on the credential")


def _check_period(credential: CredentialView, terms: Terms) -> None:
    start, end = credential.valid_from, credential.valid_until
    # [STA-28] not yet valid
    if start is not None and terms.now + terms.clock_skew < start:
        raise undecided("status.not-yet-valid", "the status list is not valid yet")
    # [STA-29] run out
    if end is not None and terms.now - terms.clock_skew > end:
        raise undecided(
            "status.expired",
            "the status list has run out",
            remedy="fetch it again; if that gives the same, ask the issuer",
        )


def _subject(credential: CredentialView) -> JsonObject:
    subjects = [subject.document for subject in credential.subjects]
    # [STA-30] exactly one list
    if len(subjects) != 1 or subjects[0].get("type") not in (LIST_TYPE, [LIST_TYPE]):
        raise fault("status.list", f"the list must have one subject, of type {LIST_TYPE}", clause=_TEXT)
    return subjects[0]


def _purposes(value: JsonValue) -> frozenset[str]:
    listed = value if isinstance(value, list) else [value]
    return frozenset(item for item in listed if isinstance(item, str))


def _status(reference: BitstringReference, value: int) -> Status:
    purpose = reference.purpose
    if value == 0 or purpose == REFRESH:
        return Status(purpose, value)
    if purpose == REVOCATION:
        raise revoked()
    if purpose == SUSPENSION:
        raise suspended()
    shown = f": {reference.messages[value][:200]!r}" if reference.messages and purpose == MESSAGE else ""
    raise undecided(
        "status.message" if purpose == MESSAGE else "status.value",
        f"the status for the purpose {purpose[:40]!r} is {value:#x}{shown}, which no rule here judges",
        clause=_TEXT,
        remedy="ask the issuer what it means for you",
    )


def _token_status(value: int) -> Status:
    if value == token_list.VALID:
        return Status(REVOCATION, value)
    if value == token_list.INVALID:
        raise revoked()
    if value == token_list.SUSPENDED:
        raise suspended()
    raise undecided(
        "status.value",
        f"the status is {value:#x}, which no rule here judges",
        clause="Token Status List, 7.1",
        remedy="ask the issuer what it means for you",
    )


def revoked() -> CredentialError:
    """Make the error of a credential that is revoked."""
    return fault(
        "status.revoked", "the issuer revoked the credential", clause=_TEXT, remedy="ask for a new one"
    )


def suspended() -> CredentialError:
    """Make the error of a credential that is suspended."""
    return fault(
        "status.suspended",
        "the issuer suspended the credential",
        clause=_TEXT,
        remedy="ask the issuer when it will be lifted",
    )
