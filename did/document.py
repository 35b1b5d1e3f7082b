"""DID documents as strict values: W3C DID Core 1.0 section 5, Controlled Identifiers 1.0 section 2.

Invariants:
- `id` is a DID; every verification method has an absolute or own-relative id with a fragment, used once.
- A method that is embedded in a relationship serves that relationship only.
- Methods of types that are not known here stand in the JSON but authorise nothing (`key.unsupported`).
- `authorised` gives a method only if the relationship lists it and the document's subject controls it.

Errors: `document.malformed`, `key.not-authorized`, `key.unsupported`. Not here: resolution.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from did.errors import DidError
from did.identifiers import Did, DidUrl
from did.keys import KeyType, PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from did.types import JsonObject, JsonValue

AUTHENTICATION: Final = "authentication"
ASSERTION_METHOD: Final = "assertionMethod"
KEY_AGREEMENT: Final = "keyAgreement"
CAPABILITY_INVOCATION: Final = "capabilityInvocation"
CAPABILITY_DELEGATION: Final = "capabilityDelegation"
RELATIONSHIPS: Final = (
    AUTHENTICATION,
    ASSERTION_METHOD,
    KEY_AGREEMENT,
    CAPABILITY_INVOCATION,
    CAPABILITY_DELEGATION,
)
DID_CONTEXT: Final = "https://www.w3.org/ns/did/v1"
MULTIKEY_CONTEXT: Final = "https://w3id.org/security/multikey/v1"
_MAX_METHODS: Final = 256  # an issuer that rotates weekly for years stays below
_ONLY_TYPE: Final = {
    "Ed25519VerificationKey2020": KeyType.ED25519,
    "X25519KeyAgreementKey2020": KeyType.X25519,
}


@dataclass(frozen=True, slots=True)
class VerificationMethod:
    """A key under a name: absolute DID URL, the DID that controls it, and the key."""

    id: str
    controller: str
    key: PublicKey

    def to_json(self) -> JsonObject:
        """Write as a Multikey verification method."""
        return {
            "id": self.id,
            "type": "Multikey",
            "controller": self.controller,
            "publicKeyMultibase": self.key.multikey(),
        }


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the subject: absolute id, types, and the endpoint as it stands (text, object or list)."""

    id: str
    types: tuple[str, ...]
    endpoint: JsonValue


@dataclass(frozen=True, slots=True)
class DidDocument:
    """A checked DID document; made by `from_json` only."""

    id: str
    also_known_as: tuple[str, ...]
    controllers: tuple[str, ...]
    services: tuple[Service, ...]
    _methods: Mapping[str, VerificationMethod | None]
    _relationships: Mapping[str, tuple[str, ...]]
    _source: JsonObject = field(repr=False)

    @classmethod
    def from_json(cls, source: JsonObject) -> DidDocument:
        """Check and take a DID document (`document.malformed`)."""
        did = Did.parse(_text(source.get("id"), "id")).text
        methods: dict[str, VerificationMethod | None] = {}
        for item in _items(source, "verificationMethod"):
            _add_method(methods, did, item)
        listed = frozenset(methods)
        elsewhere: set[str] = set()
        relationships: dict[str, tuple[str, ...]] = {}
        for name in RELATIONSHIPS:
            members = _items(source, name)
            ids = [
                _absolute(did, item) if isinstance(item, str) else _add_method(methods, did, item)
                for item in members
            ]
            if len(set(ids)) != len(ids):
                raise _malformed(f"{name} lists a method twice")
            referred = {
                method_id for method_id, item in zip(ids, members, strict=True) if isinstance(item, str)
            }
            elsewhere |= referred - listed
            relationships[name] = tuple(ids)
        if elsewhere & methods.keys():
            raise _malformed("a relationship refers to a method that is embedded in another one")
        return cls(
            id=did,
            also_known_as=_texts(source, "alsoKnownAs"),
            controllers=_texts(source, "controller"),
            services=tuple(_service(did, item) for item in _items(source, "service")),
            _methods=MappingProxyType(methods),
            _relationships=MappingProxyType(relationships),
            _source=copy.deepcopy(source),
        )

    def to_json(self) -> JsonObject:
        """Give a copy of the JSON that the document was read from."""
        return copy.deepcopy(self._source)

    @property
    def did(self) -> Did:
        """The subject as a value."""
        return Did.parse(self.id)

    def verification_method(self, method_id: str) -> VerificationMethod:
        """Give a method whatever it may do (`key.not-authorized` if absent, `key.unsupported`)."""
        try:
            method = self._methods[method_id]
        except KeyError:
            raise DidError(
                "key.not-authorized", f"{self.id} has no verification method {method_id}"
            ) from None
        if method is None:
            raise DidError("key.unsupported", f"{method_id} is of a type that is not known here")
        return method

    def relationship(self, name: str) -> tuple[VerificationMethod, ...]:
        """Give the methods of this document that a relationship lists and that are known here."""
        ids = self._relationships.get(name, ())
        return tuple(method for method_id in ids if (method := self._methods.get(method_id)) is not None)

    def authorised(self, purpose: str, method_id: str) -> VerificationMethod:
        """Give the method if it may serve `purpose`, or raise `key.not-authorized`.

        1. The relationship named by the purpose lists the method.
        2. The method stands in this document.
        3. Its controller is the subject of this document.
        """
        if method_id not in self._relationships.get(purpose, ()):
            raise DidError(
                "key.not-authorized",
                f"{method_id} is not listed for {purpose} in the document of {self.id}",
                remedy="sign with a key that the newest document lists, or restore the key there",
                clause="Controlled Identifiers 1.0 section 3.3",
            )
        method = self.verification_method(method_id)
        if method.controller != self.id:
            raise DidError(
                "key.not-authorized", f"{method_id} is controlled by {method.controller}, not by {self.id}"
            )
        return method


def document_json(
    did: str,
    methods: Sequence[tuple[VerificationMethod, Iterable[str]]],
    *,
    controllers: Sequence[str] = (),
    also_known_as: Sequence[str] = (),
    services: Sequence[JsonObject] = (),
) -> JsonObject:
    """Write a document whose methods are listed once and referred to from their relationships.

    `did` is not checked: it may hold the placeholder of an identifier that is yet to be computed.
    """
    source: JsonObject = {"@context": [DID_CONTEXT, MULTIKEY_CONTEXT], "id": did}
    if also_known_as:
        source["alsoKnownAs"] = list(also_known_as)
    if controllers:
        source["controller"] = list(controllers)
    source["verificationMethod"] = [method.to_json() for method, _ in methods]
    for name in RELATIONSHIPS:
        ids: list[JsonValue] = [method.id for method, names in methods if name in names]
        if ids:
            source[name] = ids
    if services:
        source["service"] = list(services)
    return source


def _add_method(methods: dict[str, VerificationMethod | None], did: str, item: JsonValue) -> str:
    if not isinstance(item, dict):
        raise _malformed("a verification method is neither an object nor, in a relationship, a DID URL")
    method_id = _absolute(did, item.get("id"))
    if method_id in methods:
        raise _malformed(f"the verification method {method_id} stands twice")
    if len(methods) >= _MAX_METHODS:
        raise _malformed(f"more than {_MAX_METHODS} verification methods")
    controller = Did.parse(_text(item.get("controller"), "controller of a verification method")).text
    key = _key(item)
    methods[method_id] = None if key is None else VerificationMethod(method_id, controller, key)
    return method_id


def _key(item: JsonObject) -> PublicKey | None:
    kind = _text(item.get("type"), "type of a verification method")
    if "publicKeyMultibase" in item and "publicKeyJwk" in item:
        raise _malformed("a verification method has its key in two forms")
    if kind in {"JsonWebKey", "JsonWebKey2020"}:
        jwk = item.get("publicKeyJwk")
        if not isinstance(jwk, dict):
            raise _malformed(f"a {kind} has no publicKeyJwk")
        return _supported(lambda: PublicKey.from_jwk(jwk))
    if kind == "Multikey" or kind in _ONLY_TYPE:
        text = _text(item.get("publicKeyMultibase"), f"publicKeyMultibase of a {kind}")
        key = _supported(lambda: PublicKey.from_multikey(text))
        if key is not None and _ONLY_TYPE.get(kind, key.type) is not key.type:
            raise _malformed(f"a {kind} holds a key of type {key.type}")
        return key
    return None


def _supported(read: Callable[[], PublicKey]) -> PublicKey | None:
    try:
        return read()
    except DidError as error:
        if error.code == "key.unsupported":
            return None
        raise


def _service(did: str, item: JsonValue) -> Service:
    if not isinstance(item, dict):
        raise _malformed("a service is no object")
    endpoint = item.get("serviceEndpoint")
    if not isinstance(endpoint, (str, dict, list)) or not endpoint:
        raise _malformed("a service has no serviceEndpoint")
    types = _texts(item, "type")
    if not types:
        raise _malformed("a service has no type")
    service_id = _text(item.get("id"), "id of a service")
    return Service(did + service_id if service_id.startswith("#") else service_id, types, endpoint)


def _absolute(did: str, value: JsonValue) -> str:
    text = _text(value, "id of a verification method")
    url = DidUrl.parse(did + text if text.startswith("#") else text)
    if not url.fragment:
        raise _malformed("the id of a verification method has no fragment")
    return url.text


def _items(source: JsonObject, name: str) -> list[JsonValue]:
    value = source.get(name, [])
    if not isinstance(value, list):
        raise _malformed(f"{name} is no list")
    return value


def _texts(source: JsonObject, name: str) -> tuple[str, ...]:
    value = source.get(name, [])
    values = value if isinstance(value, list) else [value]
    return tuple(_text(item, name) for item in values)


def _text(value: JsonValue, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise _malformed(f"{what} is missing or no text")
    return value


def _malformed(detail: str) -> DidError:
    return DidError("document.malformed", detail, clause="DID Core 1.0 section 5")
