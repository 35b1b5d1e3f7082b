"""Selective disclosure over canonical statements: labels that say nothing, and which statement is where.

Source: W3C Data Integrity ECDSA Cryptosuites 1.0, 3.4, and Data Integrity BBS Cryptosuites 1.0, 3.3: label
replacement (createHmacIdLabelMapFunction, createShuffledIdLabelMapFunction), canonicalizeAndGroup.
Invariants:
- A line is one canonical N-Quad with its line feed; labels are written without ``_:``.
- Labels are replaced in term positions only, never in a literal that looks like one.
- Groups hold positions in the relabelled, sorted statements of the whole document, ascending.

Not here: naming unnamed nodes for selection and canonicalizing, which a `Canonicalizer` does in `partition`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.errors import CredentialError
from did.encoding import encode_base64url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from credentials.rdf.canonical import Partition


@dataclass(frozen=True, slots=True)
class Grouped:
    """The statements of a document under their new labels, and which of them each selection holds.

    `labels` maps the input labels of the partition to the new ones.
    """

    lines: tuple[str, ...]
    labels: Mapping[str, str]
    groups: Mapping[str, tuple[int, ...]]

    def remaining(self, group: str) -> tuple[int, ...]:
        """Return the positions that are not in `group`, ascending."""
        members = set(self.groups[group])
        return tuple(index for index in range(len(self.lines)) if index not in members)


def shuffled_labels(labels: Iterable[str], hmac_key: bytes) -> dict[str, str]:
    """Map each canonical label to ``b0``, ``b1``, … in the order of the HMACs of the labels.

    The order of the canonical labels follows from the claims, undisclosed ones included; this order does not.
    """
    keyed = {label: encode_base64url(hmac.digest(hmac_key, label.encode(), "sha256")) for label in labels}
    return {label: f"b{rank}" for rank, label in enumerate(sorted(keyed, key=keyed.__getitem__))}


def hmac_labels(labels: Iterable[str], hmac_key: bytes) -> dict[str, str]:
    """Map each canonical label to ``u`` and its HMAC-SHA-256 in base64url, as ecdsa-sd-2023 does."""
    return {
        label: "u" + encode_base64url(hmac.digest(hmac_key, label.encode(), "sha256")) for label in labels
    }


def relabel(line: str, labels: Mapping[str, str]) -> str:
    """Replace the blank node labels of one canonical N-Quad."""
    subject, predicate, rest = line.split(" ", 2)
    literal_end = rest.rfind('"') + 1
    terms = rest[literal_end:].split(" ")
    subject = _replaced(subject, labels)
    return f"{subject} {predicate} {rest[:literal_end]}{' '.join(_replaced(term, labels) for term in terms)}"


def relabelled(lines: Iterable[str], labels: Mapping[str, str]) -> tuple[str, ...]:
    """Relabel every line, and sort as canonical N-Quads are sorted."""
    return tuple(sorted(relabel(line, labels) for line in lines))


def group(partition: Partition, relabelling: Mapping[str, str]) -> Grouped:
    """Find the statements of every selection among those of the document, under new labels.

    `relabelling` maps the canonical labels of the whole document. Raises ``pointer.partial`` for a selection
    that makes a statement which the document does not make: a part of a JSON-LD list.
    """
    whole = partition.whole
    lines = relabelled(whole.lines, relabelling)
    position = {line: index for index, line in enumerate(lines)}
    labels = {label: relabelling[canonical] for label, canonical in whole.labels.items()}
    groups = {}
    for name, selection in partition.selections.items():
        # a selection's canonical label -> its input label -> the new label
        back = {canonical: labels[label] for label, canonical in selection.labels.items() if label in labels}
        try:
            found = sorted(position[relabel(line, back)] for line in selection.lines)
        except KeyError:
            raise CredentialError(
                "pointer.partial",
                "a pointer selects a part of an ordered list, which is signed as one",
                remedy="select the whole list",
            ) from None
        groups[name] = tuple(found)
    return Grouped(lines, labels, groups)


def ranks(members: Sequence[int], within: Sequence[int]) -> tuple[int, ...]:
    """Return the positions, in `within`, of those of its elements that are also in `members`."""
    wanted = set(members)
    return tuple(rank for rank, index in enumerate(within) if index in wanted)


def _replaced(term: str, labels: Mapping[str, str]) -> str:
    return f"_:{labels[term[2:]]}" if term.startswith("_:") else term
