"""How much one document may still cost, in units that do not depend on the machine."""

from __future__ import annotations

from credentials.errors import CredentialError


class Work:
    """A budget of units; to spend more than are left is ``rdf.work-limit``."""

    __slots__ = ("limit", "spent")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.spent = 0

    def spend(self, units: int) -> None:
        """Take units before the work they stand for is begun."""
        # [RDF-80] data sets that are made to cost
        if self.spent + units > self.limit:
            raise CredentialError(
                "rdf.work-limit",
                "too many unnamed nodes look alike; labelling them would take too long",
                remedy="give them identifiers, or claims in which they differ",
                clause="RDF Dataset Canonicalization 1.0, 7.1",
            )
        self.spent += units
