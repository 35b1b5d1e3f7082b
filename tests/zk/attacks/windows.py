"""Finding a window of 16 octets that occurs twice in many megabytes, in little memory."""

from __future__ import annotations

import re

WINDOW = 16
CLASSES = [re.compile(b"[\\x%02x-\\x%02x]" % (low, low + 15)) for low in range(0, 256, 16)]


def windows(octets, starts):
    return (octets[at : at + WINDOW] for at in starts)


def starts_of(octets, found):
    last = len(octets) - WINDOW
    return [match.start() for match in found.finditer(octets) if match.start() <= last]


def repeated(octets, forbidden=b""):
    """Return the windows that occur twice in `octets`, or there and in `forbidden`.

    Windows are taken by the upper half of their first octet, one class after the other, as hashes of
    8 octets; only a class in which hashes meet is looked at again as it is.
    """
    shared = set()
    for found in CLASSES:
        starts, others = starts_of(octets, found), starts_of(forbidden, found)
        hashes = set(map(hash, windows(octets, starts)))
        if len(hashes) < len(starts) or not hashes.isdisjoint(map(hash, windows(forbidden, others))):
            shared |= exactly(octets, starts, set(windows(forbidden, others)))
    return shared


def exactly(octets, starts, seen):
    twice = set()
    for window in windows(octets, starts):
        (twice if window in seen else seen).add(window)
    return twice
