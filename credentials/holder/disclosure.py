"""What a presentation will reveal and what stays hidden, before it is made.

Invariants:
- every leaf of a credential is in exactly one of the two lists.
- what the suite always discloses (mandatory pointers, types, identifiers on the way) counts as revealed.

What is not here: who asks (the request says it), and the consent itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials import pointers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from credentials.exchange.matching import Match
    from credentials.exchange.request import PresentationRequest
    from credentials.predicates.expressions import Expression
    from did.types import JsonObject, JsonValue

_KEPT = ("id", "type")


@dataclass(frozen=True, slots=True)
class Choice:
    """A stored credential that answers one query: what it shows (by JSON pointer), and what it does not.

    `proven` is what is proven of it without showing it, None where it is shown in parts only.
    """

    credential_id: str
    match: Match
    selective: bool
    revealed: Mapping[str, JsonValue]
    hidden: tuple[str, ...]
    proven: tuple[Expression, ...] | None = None

    def to_json(self) -> JsonObject:
        """Give the choice as JSON; hidden values are named, not given."""
        hidden: list[JsonValue] = [*self.hidden]
        proven: list[JsonValue] = [expression.text() for expression in self.proven or ()]
        return {
            "query": self.match.query.id,
            "credential": self.credential_id,
            "issuer": self.match.credential.issuer,
            "types": [*self.match.credential.types],
            "selective": self.selective,
            "revealed": dict(self.revealed),
            "hidden": hidden,
            "proven": proven,
        }


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The answer that a wallet would give to a request."""

    request: PresentationRequest
    choices: tuple[Choice, ...]

    def to_json(self) -> JsonObject:
        """Give the preview as JSON: who asks, and each choice."""
        choices: list[JsonValue] = [choice.to_json() for choice in self.choices]
        return {"domain": self.request.domain, "choices": choices}


def split(document: JsonObject, disclosed: Sequence[str]) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    """Split the leaves of a credential into those that the pointers disclose and those that they do not."""
    paths = [pointers.parse(pointer) for pointer in disclosed]
    ways = {path[:length] for path in paths for length in range(len(path))}
    revealed: dict[str, JsonValue] = {}
    hidden = []
    for path, value in _leaves(document, ()):
        kept = any(
            path[: len(way)] == way and path[len(way)] in _KEPT for way in ways if len(way) < len(path)
        )
        if kept or any(path[: len(chosen)] == chosen for chosen in paths):
            revealed[pointers.write(path)] = value
        else:
            hidden.append(pointers.write(path))
    return revealed, tuple(hidden)


def _leaves(value: JsonValue, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], JsonValue]]:
    if isinstance(value, dict) and value:
        for name, child in value.items():
            if path or name not in {"@context", "proof"}:
                yield from _leaves(child, (*path, name))
    elif isinstance(value, list) and value:
        for index, child in enumerate(value):
            yield from _leaves(child, (*path, str(index)))
    else:
        yield path, value
