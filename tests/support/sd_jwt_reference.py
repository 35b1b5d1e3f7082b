"""The reference implementation from PyPI (`sd-jwt`), and the published examples that it reads.

It keeps disclosures of the JSON serialization beside the signature, as drafts did; RFC 9901 has them in the
unprotected header. It checks neither exp nor nbf.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

import yaml
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from did.encoding import encode_base64url
from did.keys import Ed25519Signer

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, eq=False)
class Mark:
    """A name or an element that the issuer of an example makes selectively disclosable."""

    value: Any


class _Loader(yaml.SafeLoader):
    """Reads `!sd`, and keeps times as text."""


def _mark(loader: _Loader, node: yaml.Node) -> Mark:
    if isinstance(node, yaml.ScalarNode):
        tag = loader.resolve(yaml.ScalarNode, node.value, (node.style is None, node.style is not None))
        return Mark(loader.construct_object(yaml.ScalarNode(tag, node.value), deep=True))
    if isinstance(node, yaml.SequenceNode):
        return Mark(loader.construct_sequence(node, deep=True))
    return Mark(loader.construct_mapping(node, deep=True))


_Loader.add_constructor("!sd", _mark)


def load(text: str) -> Any:
    """Read an example, with its marks."""
    return yaml.load(text, _Loader)


def claims_and_paths(
    marked: Any, place: tuple[str | int, ...] = ()
) -> tuple[Any, list[tuple[str | int, ...]]]:
    """Take the marks off: plain claims, and the paths of what was marked."""
    paths: list[tuple[str | int, ...]] = []
    items = marked.items() if isinstance(marked, dict) else enumerate(marked)
    plain: Any = {} if isinstance(marked, dict) else []
    for step, value in items:
        hidden = step if isinstance(step, Mark) else value if isinstance(value, Mark) else None
        name = step.value if isinstance(step, Mark) else step
        below = value.value if isinstance(value, Mark) else value
        here = (*place, name)
        if hidden is not None:
            paths.append(here)
        if isinstance(below, dict | list):
            below, inner = claims_and_paths(below, here)
            paths += inner
        if isinstance(plain, dict):
            plain[name] = below
        else:
            plain.append(below)
    return plain, paths


def reference_marks(marked: Any) -> Any:
    """Turn marks into the reference's own."""
    if isinstance(marked, Mark):
        return SDObj(reference_marks(marked.value))
    if isinstance(marked, dict):
        return {reference_marks(name): reference_marks(value) for name, value in marked.items()}
    if isinstance(marked, list):
        return [reference_marks(value) for value in marked]
    return marked


def key(signer: Any, secret: bytes) -> JWK:
    """The private key of a signer as the reference takes it."""
    return JWK(**signer.public_key.jwk(), d=encode_base64url(secret))


def algorithm(signer: Any) -> str:
    """The name of its algorithm."""
    return "EdDSA" if isinstance(signer, Ed25519Signer) else "ES256"


def issue(claims: Any, issuer: JWK, alg: str, typ: str, *, holder: JWK | None = None, **options: Any) -> Any:
    """Let the reference issue claims with its marks; gives the text."""
    made = SDJWTIssuer(claims, issuer, holder, sign_alg=alg, extra_header_parameters={"typ": typ}, **options)
    return made.sd_jwt_issuance


def present(
    text: str,
    selection: Any,
    *,
    now: datetime,
    nonce: Any = None,
    aud: Any = None,
    holder: Any = None,
    alg: Any = None,
) -> str:
    """Let the reference present."""
    holding = SDJWTHolder(text)
    with mock.patch("sd_jwt.holder.time", now.timestamp):
        holding.create_presentation(selection, nonce, aud, holder, sign_alg=alg)
    return holding.sd_jwt_presentation


class _Verifier(SDJWTVerifier):
    """The reference takes ES256 for every key binding; this one takes what it is told."""

    binding_alg = "ES256"

    def _verify_key_binding_jwt(self, aud: Any = None, nonce: Any = None, sign_alg: Any = None) -> None:
        super()._verify_key_binding_jwt(aud, nonce, sign_alg or self.binding_alg)


def verify(text: str, issuer: JWK, *, aud: Any = None, nonce: Any = None, binding_alg: str = "ES256") -> Any:
    """Let the reference verify; gives the payload."""
    kind = type("Told", (_Verifier,), {"binding_alg": binding_alg})
    return kind(text, lambda _issuer, _header: issuer, aud, nonce).get_verified_payload()


def json_form(compact: str) -> Any:
    """A compact SD-JWT in the flattened JSON serialization of RFC 9901."""
    jwt, *disclosures, binding = compact.split("~")
    protected, payload, signature = jwt.split(".")
    header = {"disclosures": disclosures, **({"kb_jwt": binding} if binding else {})}
    return {"payload": payload, "protected": protected, "signature": signature, "header": header}
