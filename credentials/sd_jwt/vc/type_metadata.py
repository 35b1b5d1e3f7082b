"""Type metadata: what a type says about its credentials, with the types that it extends.

Text: SD-JWT VC draft 18, Type Metadata, Claim Metadata, and Circular "extends" Dependencies.
Invariants:
- a document's `vct` is the name under which it was asked for; where a reference pins its bytes, they match.
- a type extends at most `MAX_DEPTH` others, and never itself.
- a claim of the extended type is inherited; the same path in the extending type replaces it, and may only
  narrow it: `sd` from allowed to always or never, `mandatory` from false to true.
- `display` of the extending type replaces the inherited one as a whole.
- extending a type says nothing about who may issue it.

Not here: fetching (`TypeMetadataSource`), checking a credential (`type_claims`), drawing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, Protocol

from credentials.errors import CredentialError
from credentials.sd_jwt.paths import Path, parse, show
from credentials.sd_jwt.vc.integrity import check_form, check_integrity
from did.errors import DidError
from did.jsontext import parse_object

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

Disclosability = Literal["always", "allowed", "never"]
MAX_BYTES: Final = 1 << 18
MAX_DEPTH: Final = 8
MAX_CLAIMS: Final = 500
MAX_DISPLAYS: Final = 100
_CLAUSE: Final = "SD-JWT VC draft 18, Type Metadata"
_SD: Final[dict[str, Disclosability]] = {"always": "always", "allowed": "allowed", "never": "never"}
_SVG_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class TypeMetadataSource(Protocol):
    """Whatever has type metadata: a bundle, the own registry, the egress client, a wallet's cache."""

    def load(self, vct: str) -> bytes:
        """Give the document of a type as it was published, or raise `CredentialError` type.unknown."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimMetadata:
    """What a type says about the claims at one path; `stated` names the rules that it wrote itself."""

    path: Path
    display: tuple[JsonObject, ...]
    mandatory: bool
    sd: Disclosability
    svg_id: str | None
    stated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TypeMetadata:
    """One checked document; `display` is None where it has none, which inherits."""

    vct: str
    name: str | None
    description: str | None
    extends: str | None
    extends_integrity: JsonValue
    display: tuple[JsonObject, ...] | None
    claims: tuple[ClaimMetadata, ...]


@dataclass(frozen=True, slots=True)
class ResolvedType:
    """A type with what it inherits; `types` are its name and those it extends, nearest first."""

    types: tuple[str, ...]
    name: str | None
    description: str | None
    display: tuple[JsonObject, ...]
    claims: tuple[ClaimMetadata, ...]


def read(body: bytes, *, expected_vct: str) -> TypeMetadata:
    """Read one document (`type.malformed`, `type.mismatch`)."""
    try:
        document = parse_object(body, max_bytes=MAX_BYTES)
    except DidError as error:
        raise _malformed(f"{error.code}, {error.detail}") from None
    # [SVC-23] the type asked for
    if document.get("vct") != expected_vct:
        raise CredentialError(
            "type.mismatch", "the document describes another type than was asked for", clause=_CLAUSE
        )
    pinned = document.get("extends#integrity")
    if pinned is not None:
        check_form(pinned)
    display = _displays(document["display"], "name") if "display" in document else None
    return TypeMetadata(
        expected_vct,
        _text(document, "name"),
        _text(document, "description"),
        _text(document, "extends"),
        pinned,
        display,
        _claims(document.get("claims", [])),
    )


def resolve(vct: str, *, integrity: JsonValue, source: TypeMetadataSource) -> ResolvedType:
    """Load a type and all it extends; `integrity` is `vct#integrity` of the credential, None without.

    Codes: type.unknown, type.malformed, type.mismatch, type.cycle, type.depth, type.widened,
    sd-jwt-vc.integrity, sd-jwt-vc.integrity-form.
    """
    chain: list[TypeMetadata] = []
    wanted: str | None = vct
    while wanted is not None:
        # [SVC-24] no cycle
        if any(wanted == known.vct for known in chain):
            raise CredentialError("type.cycle", "a type extends itself", clause=_CLAUSE)
        # [SVC-25] no endless chain
        if len(chain) > MAX_DEPTH:
            raise CredentialError("type.depth", f"a type extends more than {MAX_DEPTH} others")
        body = source.load(wanted)
        if integrity is not None:
            check_integrity(body, integrity)
        document = read(body, expected_vct=wanted)
        chain.append(document)
        wanted, integrity = document.extends, document.extends_integrity
    return _merge(chain)


def _merge(chain: list[TypeMetadata]) -> ResolvedType:
    display: tuple[JsonObject, ...] = ()
    claims: dict[Path, ClaimMetadata] = {}
    for document in reversed(chain):
        display = display if document.display is None else document.display
        for claim in document.claims:
            inherited = claims.get(claim.path)
            claims[claim.path] = claim if inherited is None else _narrowed(inherited, claim)
    nearest = chain[0]
    _check_svg_ids(tuple(claims.values()))
    return ResolvedType(
        tuple(document.vct for document in chain),
        nearest.name,
        nearest.description,
        display,
        tuple(claims.values()),
    )


def _narrowed(inherited: ClaimMetadata, claim: ClaimMetadata) -> ClaimMetadata:
    """Let a claim replace the inherited one; a rule that it does not state is inherited."""
    # [SVC-26] from allowed to always or never, nowhere else
    if "sd" in claim.stated and inherited.sd not in {"allowed", claim.sd}:
        raise _widened(f"{show(claim.path)} is {claim.sd} disclosable, the extended type says {inherited.sd}")
    # [SVC-43] what is mandatory stays so
    if "mandatory" in claim.stated and inherited.mandatory and not claim.mandatory:
        raise _widened(f"{show(claim.path)} is optional, the extended type says mandatory")
    sd = claim.sd if inherited.sd == "allowed" else inherited.sd
    return replace(claim, sd=sd, mandatory=claim.mandatory or inherited.mandatory)


def _claims(value: JsonValue) -> tuple[ClaimMetadata, ...]:
    if not isinstance(value, list) or len(value) > MAX_CLAIMS:
        raise _malformed(f"claims is no list of at most {MAX_CLAIMS}")
    claims = tuple(_claim(item) for item in value)
    # [SVC-27] one rule for a path
    if len({claim.path for claim in claims}) != len(claims):
        raise _malformed("two claims of a type have one path")
    _check_svg_ids(claims)
    return claims


def _check_svg_ids(claims: tuple[ClaimMetadata, ...]) -> None:
    ids = [claim.svg_id for claim in claims if claim.svg_id is not None]
    # [SVC-28] one claim for a placeholder
    if len(set(ids)) != len(ids):
        raise _malformed("two claims of a type have one svg_id")


def _claim(value: JsonValue) -> ClaimMetadata:
    if not isinstance(value, dict):
        raise _malformed("a claim's metadata is no object")
    sd, mandatory, svg_id = value.get("sd", "allowed"), value.get("mandatory", False), value.get("svg_id")
    # [SVC-29] a known rule
    if not isinstance(sd, str) or sd not in _SD:
        raise _malformed("sd is none of always, allowed, never")
    # [SVC-30] a known rule
    if not isinstance(mandatory, bool):
        raise _malformed("mandatory is no boolean")
    # [SVC-31] a name
    if svg_id is not None and not (isinstance(svg_id, str) and _SVG_ID.fullmatch(svg_id)):
        raise _malformed("svg_id is no name of letters, digits and underscores")
    display = _displays(value["display"], "label") if "display" in value else ()
    name = svg_id if isinstance(svg_id, str) else None
    stated = frozenset({"sd", "mandatory"} & value.keys())
    return ClaimMetadata(parse(value.get("path")), display, mandatory is True, _SD[str(sd)], name, stated)


def _displays(value: JsonValue, title: str) -> tuple[JsonObject, ...]:
    if not isinstance(value, list) or len(value) > MAX_DISPLAYS:
        raise _malformed(f"display is no list of at most {MAX_DISPLAYS}")
    displays = [item for item in value if isinstance(item, dict)]
    languages = [item.get("locale", item.get("lang")) for item in displays]
    # [SVC-32] `lang` is what drafts before 12 wrote
    if len(displays) != len(value) or not all(isinstance(item, str) for item in languages):
        raise _malformed("an entry of display names no language")
    if not all(isinstance(item.get(title), str) for item in displays):
        raise _malformed(f"an entry of display has no {title}")
    return tuple(displays)


def _text(document: JsonObject, name: str) -> str | None:
    value = document.get(name)
    if not (value is None or isinstance(value, str)):
        raise _malformed(f"{name} is no string")
    return value


def _malformed(detail: str) -> CredentialError:
    return CredentialError("type.malformed", detail, clause=_CLAUSE)


def _widened(detail: str) -> CredentialError:
    return CredentialError(
        "type.widened", detail, remedy="a type may only narrow what it extends", clause=_CLAUSE
    )
