"""`CompiledCanonicalizer`: documents to canonical N-Quads, in this process, over contexts compiled once.

Invariants:
- One object serves all threads; it holds no lock and keeps nothing of a document but what its contexts mean.
- In a partition, unnamed nodes are told apart by their place in the document. So a text that a context makes
  an identifier never names one of them.
- A selection is read by itself, under the contexts that stand in it: what it states is compared with what the
  document states by whoever groups the statements (`credentials.suites.selective`).

Not here: reading (`credentials.rdf.reader`), labelling (`credentials.rdf.labelling`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from credentials import pointers
from credentials.errors import CredentialError
from credentials.rdf.canonical import Canonical, Limits, Partition
from credentials.rdf.labelling import label
from credentials.rdf.reader import Reader
from credentials.rdf.work import Work
from schemas.sources import BundledContexts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.rdf.canonical import HashName
    from credentials.rdf.json_ld.places import Place
    from credentials.rdf.reader import Dataset
    from did.types import JsonObject
    from schemas.sources import ContextSource

_RESERVED: Final = "<urn:bnid:"
"""What implementations of selective disclosure write in the place of a blank node, and read back as one."""


class CompiledCanonicalizer:
    """See `credentials.rdf.canonical` for what it promises.

    Contexts come from `source`, which is asked once for each URL: the bundled ones, unless told otherwise.
    `unsafe_doubles` admits numbers with a fraction and is for published vectors only.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        source: ContextSource | None = None,
        unsafe_doubles: bool = False,
    ) -> None:
        self._limits = limits or Limits()
        self._reader = Reader(source or BundledContexts(), self._limits, unsafe_doubles=unsafe_doubles)

    def canonicalize(self, document: JsonObject, *, hash_name: HashName = "sha256") -> Canonical:
        """Return the canonical N-Quads of a JSON-LD document. Raises ``rdf.*``."""
        return self._labelled(self._reader.read(document), hash_name)

    def partition(self, document: JsonObject, selections: Mapping[str, Sequence[str]]) -> Partition:
        """Canonicalize a document together with selections from it. Raises ``rdf.*``, ``pointer.*``."""
        own = _unshared(document, self._limits.max_depth)
        dataset = self._reader.read(own)
        _check_names(dataset)
        found: dict[str, Canonical] = {}
        for name, chosen in selections.items():
            traced = pointers.trace(own, chosen)
            if traced.selection:
                part = self._reader.read(traced.selection, labels=_given(dataset.labels, traced.origins))
                found[name] = self._labelled(part)
            else:
                found[name] = Canonical((), (), {})
        return Partition(self._labelled(dataset), found)

    def _labelled(self, dataset: Dataset, hash_name: HashName = "sha256") -> Canonical:
        return label(dataset.quads, work=Work(self._limits.max_work), hash_name=hash_name)


def _check_names(dataset: Dataset) -> None:
    # [RDF-76] an identifier of the document's own that others would take for an unnamed node
    if dataset.named or any(term.startswith(_RESERVED) for quad in dataset.quads for term in quad):
        raise CredentialError(
            "rdf.blank-node",
            "the document gives a node an identifier that is reserved for unnamed nodes",
            remedy="leave the identifier out",
        )


def _unshared(value: Any, depth: int) -> Any:  # noqa: ANN401  # JSON
    """Copy objects and arrays, so that each stands in one place; what is nested too deeply stays as it is."""
    if depth >= 0:
        if type(value) is dict:
            return {name: _unshared(member, depth - 1) for name, member in value.items()}
        if type(value) is list:
            return [_unshared(item, depth - 1) for item in value]
    return value


def _given(labels: Mapping[Place, str], origins: Sequence[pointers.Origin]) -> dict[Place, str]:
    """The labels of the document, for the places of a selection too."""
    given = dict(labels)
    origin_of = {id(origin.original): origin for origin in origins}
    for place, found in labels.items():
        owner, part = (place, None) if isinstance(place, int) else place
        origin = origin_of.get(owner)
        if origin is None:
            continue
        made = id(origin.made)
        if part is None:
            given[made] = found
        elif type(part) is str:
            given[made, part] = found
        elif part in origin.places:
            given[made, origin.places.index(part)] = found
    return given
