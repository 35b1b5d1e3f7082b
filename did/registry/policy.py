"""Whom a verifier trusts: logs, witnesses and the quorum that a checkpoint needs.

C2SP tlog-policy. A policy is the verifier's own configuration; nothing in a proof can add to it.

Invariants:
- A key stands in one `log` line or one `witness` line at most; a name is defined once, before it is used,
  and is a member of one group at most. So a witness contributes to the quorum in only one way.
- There is exactly one quorum.

URLs of witnesses are kept for a log that asks them; verification never looks at them. Those of logs are read
over. Not here: the verification of a checkpoint (`checkpoint`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from did.errors import DidError
from did.registry.note import SignatureType, VerifierKey

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_POLICY: Final = 64 * 1024
MAX_LINES: Final = 256
"""Enough for 32 logs, witnesses and groups with comments, which the specification wants at least."""

_WHITESPACE: Final = re.compile(r"[ \t]+")
_THRESHOLD: Final = re.compile(r"[1-9][0-9]{0,3}")
_NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Group:
    """Has witnessed what at least `threshold` of its members (witnesses or groups) have."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed policy; `quorum` is the name of a witness or group, or None for `quorum none`.

    `urls` are by the witness's name, as they stand in the policy, for those that have one.
    """

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, Group]
    quorum: str | None
    urls: Mapping[str, str]

    @property
    def text(self) -> str:
        """The policy as text, without comments and URLs: what a verifier needs."""
        return "".join(
            (
                *(f"log {key.text}\n" for key in self.logs),
                *(f"witness {name} {key.text}\n" for name, key in self.witnesses.items()),
                *(f"group {name} {g.threshold} {' '.join(g.members)}\n" for name, g in self.groups.items()),
                f"quorum {_NONE if self.quorum is None else self.quorum}\n",
            )
        )

    def quorum_time(self, times: Mapping[str, int]) -> int | None:
        """The time at which the quorum had witnessed, given the newest time of each witness that did.

        The time of a group of threshold k is the k-th newest of its members' times (registry 5.4). None if
        the quorum is not reached, or where no quorum is asked for.
        """
        known = dict(times)
        # Members are defined before their group, so one pass in order settles all of them.
        for name, group in self.groups.items():
            newest = sorted((known[member] for member in group.members if member in known), reverse=True)
            if len(newest) >= group.threshold:
                known[name] = newest[group.threshold - 1]
        return None if self.quorum is None else known.get(self.quorum)


@dataclass(slots=True)
class _Draft:
    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    grouped: set[str] = field(default_factory=set)
    quorums: list[str] = field(default_factory=list)


def parse_policy(text: str) -> Policy:
    """Read a policy; `DidError` ``policy.malformed`` says which line and why."""
    draft = _read(text)
    if len(draft.quorums) != 1:
        raise DidError("policy.malformed", f"a policy has one quorum line, found {len(draft.quorums)}")
    quorum = draft.quorums[0]
    return Policy(
        tuple(draft.logs), draft.witnesses, draft.groups, None if quorum == _NONE else quorum, draft.urls
    )


def parse_logs(text: str) -> tuple[VerifierKey, ...]:
    """Read a file of `log` lines and nothing else but comments: whom a witness serves (``policy.malformed``).

    A log whose key is being rotated has two lines of one name.
    """
    draft = _read(text)
    if draft.witnesses or draft.groups or draft.quorums:
        raise DidError("policy.malformed", "only log lines are expected here", clause="C2SP tlog-policy")
    return tuple(draft.logs)


def _read(text: str) -> _Draft:
    if len(text) > MAX_POLICY:
        raise DidError("policy.malformed", f"a policy has at most {MAX_POLICY} characters")
    if any(c < " " and c not in "\n\t" for c in text) or "\x7f" in text:
        raise DidError("policy.malformed", "a control character other than tab and line feed")
    lines = text.split("\n")
    if lines.pop() or len(lines) > MAX_LINES:
        raise DidError("policy.malformed", f"a policy has 1 to {MAX_LINES} lines, each ended by a line feed")
    draft = _Draft()
    for number, line in enumerate(lines, start=1):
        words = [word for word in _WHITESPACE.split(line) if word]
        if words and not words[0].startswith("#"):
            try:
                _read_line(draft, words)
            except DidError as error:
                raise DidError("policy.malformed", f"line {number}: {error.detail}") from None
    return draft


def _read_line(draft: _Draft, words: list[str]) -> None:
    match words:
        case ["log", vkey] | ["log", vkey, _]:
            _add_log(draft, vkey)
        case ["witness", name, vkey]:
            _add_witness(draft, name, vkey)
        case ["witness", name, vkey, url]:
            _add_witness(draft, name, vkey)
            draft.urls[name] = url
        case ["group", name, threshold, *members] if members:
            _add_group(draft, name, threshold, members)
        case ["quorum", name]:
            if name != _NONE:
                _check_defined(draft, name)
            draft.quorums.append(name)
        case _:
            raise _fault("expected a log, witness, group or quorum line with its items")


def _add_log(draft: _Draft, vkey: str) -> None:
    key = VerifierKey.parse(vkey)
    if key.type is not SignatureType.ED25519:
        raise _fault("a log key has type 01")
    if any(key.public_key == other.public_key for other in draft.logs):
        raise _fault("this log key stands in another line")
    _check_id_is_free(key, draft.logs)
    draft.logs.append(key)


def _add_witness(draft: _Draft, name: str, vkey: str) -> None:
    _check_new(draft, name)
    key = VerifierKey.parse(vkey)
    if key.type is not SignatureType.COSIGNATURE:
        raise _fault("a witness key has type 04")
    if any(key.public_key == other.public_key for other in draft.witnesses.values()):
        raise _fault("this witness key stands in another line")
    _check_id_is_free(key, [*draft.witnesses.values()])
    draft.witnesses[name] = key


def _add_group(draft: _Draft, name: str, threshold: str, members: list[str]) -> None:
    _check_new(draft, name)
    for member in members:
        _check_defined(draft, member)
        if member in draft.grouped:
            raise _fault(f"{member!r:.80} is a member already")
        draft.grouped.add(member)
    if threshold in {"all", "any"}:
        k = len(members) if threshold == "all" else 1
    elif _THRESHOLD.fullmatch(threshold) and int(threshold) <= len(members):
        k = int(threshold)
    else:
        raise _fault(f"the threshold is all, any or 1 to {len(members)}")
    draft.groups[name] = Group(k, tuple(members))


def _check_new(draft: _Draft, name: str) -> None:
    if name == _NONE or name in draft.witnesses or name in draft.groups:
        raise _fault(f"the name {name!r:.80} is taken")


def _check_defined(draft: _Draft, name: str) -> None:
    if name not in draft.witnesses and name not in draft.groups:
        raise _fault(f"the name {name!r:.80} is not defined above")


def _check_id_is_free(key: VerifierKey, others: list[VerifierKey]) -> None:
    # Two keys under one name and id could not be told apart in a note (C2SP signed-note).
    if any((key.name, key.key_id) == (other.name, other.key_id) for other in others):
        raise _fault("another key has the same name and key id")


def _fault(detail: str) -> DidError:
    return DidError("policy.malformed", detail, clause="C2SP tlog-policy")
