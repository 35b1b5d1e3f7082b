"""Objects and lists of them, and objects that must say their type: status, schema, evidence and the like.

Texts: VC Data Model 2.0, 4.10, 4.11, 5.4 to 5.6 and 5.10; 1.1, 4.9 and 5.4 to 5.6.

Invariants:
- one object or a non-empty list of objects; null and an empty list never stand for "absent".
- every entry has a type. It has an id where `credentials.model.vocabulary` says so: schemas always, status
  and refresh services in version 1.1.

What is not here: what a type means (`credentials.status`, `credentials.verifying`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.model import identifiers
from credentials.model.vocabulary import MEMBERS

if TYPE_CHECKING:
    from credentials.limits import Limits
    from credentials.model.contexts import Version
    from credentials.model.vocabulary import Member
    from did.types import JsonObject, JsonValue

_TYPED: Final = tuple(member for member in MEMBERS if member.typed)


@dataclass(frozen=True, slots=True)
class Typed:
    """An entry of a list of typed objects, as in `credentialStatus`, `evidence` and `termsOfUse`."""

    types: tuple[str, ...]
    id: str | None
    document: JsonObject


def read_objects(
    value: JsonValue, code: str, where: str, limits: Limits
) -> tuple[tuple[str, JsonObject], ...]:
    """Read one object or a non-empty list of objects, each with the place where it stands."""
    places = enumerate(value) if isinstance(value, list) else None
    listed = [(where, value)] if places is None else [(f"{where}/{index}", item) for index, item in places]
    found = tuple((place, item) for place, item in listed if isinstance(item, dict))
    # [MDL-16] objects, one at least
    if not listed or len(found) != len(listed):
        raise CredentialError(code, f"{where}: must be an object or a non-empty list of objects")
    # [MDL-17] each entry is work for whoever checks it
    if len(found) > limits.max_entries:
        raise CredentialError(
            code, f"{where}: {len(found)} entries, at most {limits.max_entries} are accepted"
        )
    return found


def read_typed(document: JsonObject, member: Member, version: Version, limits: Limits) -> tuple[Typed, ...]:
    """Read a member whose entries must have a type; absent gives none."""
    if member.name not in document:
        return ()
    entries = []
    for where, entry in read_objects(document[member.name], member.code, f"/{member.name}", limits):
        # [MDL-18] some must be found by their id
        if version in member.identified and "id" not in entry:
            raise CredentialError(
                member.code,
                f"{where}: every entry must have an id in version {version.value}",
                clause="VCDM 2.0, 4.11; VCDM 1.1, 4.9 and 5.5",
            )
        identifier = identifiers.optional_id(entry, member.code, where, limits)
        types = identifiers.names(entry.get("type"), member.code, f"{where}/type", limits)
        entries.append(Typed(types, identifier, entry))
    return tuple(entries)


def read_all_typed(document: JsonObject, version: Version, limits: Limits) -> dict[str, tuple[Typed, ...]]:
    """Read every member of a credential that holds typed objects, by its name."""
    return {
        member.name: read_typed(document, member, version, limits) if version in member.versions else ()
        for member in _TYPED
    }
