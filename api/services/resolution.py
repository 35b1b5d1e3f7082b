"""Resolving DIDs and dereferencing DID URLs over HTTP, with the registry's evidence in the metadata.

Invariants:
- The DID is taken from the path as it was sent; options are never read out of it by concatenation.
- What leaves as `Location` is a plain http or https URL and nothing else.

Not here: statuses and error types (`did.resolution`), the bundle (`did.registry.bundle`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from did.dereferencing import dereference
from did.encoding import decode_multihash34
from did.errors import DidError
from did.identifiers import Did, DidUrl
from did.methods.webvh import WebvhDid
from did.registry.states import PROVABLE, RegistryState
from did.resolution import (
    MEDIA_TYPES,
    ResolutionOptions,
    ResolutionResult,
    failed,
    resolve_history,
    resolved,
    self_certified,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.registry.registry import Evidence
    from api.services.core import Core
    from did.types import JsonObject

RESULT: Final = "application/did-resolution"
LEGACY: Final = 'application/ld+json;profile="https://w3id.org/did-resolution"'
DEREFERENCED: Final = "application/did-url-dereferencing"
ASSURANCE: Final = "assurance"
"""Our own option: the state that the proof is to show, where the registry has got so far."""
VERSION_OPTIONS: Final[tuple[str, ...]] = ("versionId", "versionTime", "versionNumber")
LOOPBACK: Final = frozenset({"localhost"})


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, media type and body of an answer of the resolver."""

    status: int
    media_type: str
    body: JsonObject
    code: str = ""
    location: str = ""


def did_of(raw_path: bytes, prefix: bytes) -> str:
    """The DID in the path as it was sent: verbatim, or percent-encoded as a whole."""
    _, _, raw = raw_path.partition(prefix)
    if not raw.lower().startswith(b"did:"):
        raw = unquote_to_bytes(raw)
    return raw.decode("utf-8", "replace")


async def resolve(core: Core, text: str, query: Sequence[tuple[str, str]], accept: str) -> Answer:
    """Resolve; never raises for a DID, an option or a form that cannot be served."""
    form = negotiate(accept)
    if form is None:
        return _written(failed(_no_form()), RESULT)
    options_form = form if form in MEDIA_TYPES else MEDIA_TYPES[0]
    try:
        if any(sign in text for sign in "/?#"):
            return await _dereference(core, DidUrl.parse(text), query)
        plain, wanted = _options(query)
        options = ResolutionOptions.parse(plain, accept=options_form)
        result = await _resolve(core, Did.parse(text), options, wanted)
    except DidError as error:
        result = failed(error)
    return _written(result, form)


async def _dereference(core: Core, url: DidUrl, query: Sequence[tuple[str, str]]) -> Answer:
    """What a DID URL stands for: part of the document, or the address of a service (303)."""
    parameters = url.parameters()
    versions = {name: parameters[name] for name in VERSION_OPTIONS if name in parameters}
    plain, wanted = _options(query)
    result = await _resolve(core, url.did, ResolutionOptions.parse({**versions, **plain}), wanted)
    if result.document is None:
        return _written(result, RESULT)
    found = dereference(url, result.document)
    if found.location is not None:
        return Answer(303, "text/uri-list", {}, location=_location(found.location))
    body: JsonObject = {
        "dereferencingMetadata": result.resolution_metadata,
        "content": found.content,
        "contentMetadata": result.document_metadata,
    }
    return Answer(200, DEREFERENCED, body)


def _location(address: str) -> str:
    if not address.startswith(("http://", "https://")) or not address.isascii() or not address.isprintable():
        raise DidError("resolution.feature", "the service's endpoint is no plain http or https address")
    return address


def _options(query: Sequence[tuple[str, str]]) -> tuple[dict[str, str], RegistryState]:
    """The options of DID resolution, and ours."""
    options = dict(query)
    if len(options) != len(query):
        raise DidError("resolution.options", "an option is given twice")
    wanted = options.pop(ASSURANCE, RegistryState.ANCHORED)
    if wanted not in PROVABLE:
        raise DidError("resolution.options", f"{ASSURANCE} is one of {', '.join(PROVABLE)}")
    return options, RegistryState(wanted)


def negotiate(accept: str) -> str | None:
    """The form to answer in; the full result where the client does not care, None where none fits."""
    known = {
        RESULT: RESULT,
        "application/json": RESULT,
        "*/*": RESULT,
        "application/*": RESULT,
        DEREFERENCED: RESULT,
    }
    known.update({media_type: media_type for media_type in MEDIA_TYPES})
    choices: list[tuple[float, int, str]] = []
    for place_, item in enumerate(accept.split(",") if accept.strip() else ["*/*"]):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name.lower() == "application/ld+json" and any("did-resolution" in p for p in parameters):
            form: str | None = LEGACY
        else:
            form = known.get(name.lower())
        quality = next((_quality(p[2:]) for p in parameters if p.lower().startswith("q=")), 1.0)
        if form is not None and quality > 0:
            choices.append((-quality, place_, form))
    return min(choices)[2] if choices else None


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


async def _resolve(
    core: Core, did: Did, options: ResolutionOptions, wanted: RegistryState
) -> ResolutionResult:
    if did.method != "webvh":
        return resolved(self_certified(did), accept=options.accept)
    parsed = WebvhDid.parse(did)
    found = core.documents.logged(parsed.scid)
    if found is None and not _is_ours(core, parsed):
        return await _elsewhere(core, did, parsed, options)
    if found is None:
        return _unknown(core, did, parsed, wanted)
    history, state = found
    result = resolve_history(history, did, options)
    metadata: JsonObject = {**result.resolution_metadata, **_reach(core)}
    if result.document_metadata.get("versionId") == history.latest.version_id:
        evidence = core.registry.evidence(did.text, history.scid34, history, wanted, state=state)
        metadata |= evidence.reached | {"logIndex": state.index, "assurance": core.registry.assurance}
        metadata |= _shown(evidence)
    return ResolutionResult(result.document, metadata, result.document_metadata)


def _shown(evidence: Evidence) -> JsonObject:
    """The proof, and the state that it shows: it can be less than the operation's, or than was wanted."""
    if evidence.proof is None or evidence.shows is None:
        return {}
    return {"proof": [evidence.proof], "proofState": evidence.shows.value}


def _unknown(core: Core, did: Did, parsed: WebvhDid, wanted: RegistryState) -> ResolutionResult:
    """A DID that would be ours and is not here: with evidence of its absence."""
    result = failed(DidError("resolution.not-found", "no DID with this SCID is logged here"))
    evidence = core.registry.evidence(did.text, decode_multihash34(parsed.scid), None, wanted, state=None)
    metadata: JsonObject = {**result.resolution_metadata, "assurance": core.registry.assurance}
    metadata |= _shown(evidence)
    return ResolutionResult(None, metadata, {}, result.error)


def _is_ours(core: Core, parsed: WebvhDid) -> bool:
    host, port, _ = core.settings.place
    return (parsed.host, parsed.port) == (host.lower(), port)


async def _elsewhere(core: Core, did: Did, parsed: WebvhDid, options: ResolutionOptions) -> ResolutionResult:
    """A DID of another host: from there, verified, and without evidence of any registry."""
    if core.elsewhere is None:
        return failed(
            DidError(
                "resolution.feature",
                "this resolver serves the DIDs hosted here and fetches none from other hosts",
                remedy=f"ask the resolver of {parsed.host}, or let the operator set AVOW_FETCH=on",
            )
        )
    result = resolve_history(await core.elsewhere.history(parsed), did, options)
    return ResolutionResult(
        result.document, {**result.resolution_metadata, "source": parsed.host}, result.document_metadata
    )


def _reach(core: Core) -> JsonObject:
    """A DID under a loopback name resolves on this machine only: say so."""
    return {"reach": "loopback"} if core.settings.place[0] in LOOPBACK else {}


def _written(result: ResolutionResult, form: str) -> Answer:
    code = ""
    error = result.resolution_metadata.get("error")
    if isinstance(error, dict):
        code = str(error.get("code", ""))
    if form == LEGACY:
        return Answer(result.http_status, LEGACY, _legacy(result), code)
    if form != RESULT and result.document is not None:
        return Answer(result.http_status, form, result.document, code)
    return Answer(result.http_status, RESULT, result.to_json(), code)


def _legacy(result: ResolutionResult) -> JsonObject:
    metadata = dict(result.resolution_metadata)
    if result.error is not None:
        metadata["error"] = result.error.legacy_word
    body = result.to_json()
    body["@context"] = "https://w3id.org/did-resolution/v1"
    body["didResolutionMetadata"] = metadata
    return body


def _no_form() -> DidError:
    return DidError(
        "resolution.representation", f"results come as {RESULT}, documents as {', '.join(MEDIA_TYPES)}"
    )
