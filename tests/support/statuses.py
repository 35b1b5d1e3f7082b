"""Status lists of a simulated issuer: signed in both forms, served by address, counted when asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson

from credentials.dialects.typed_text import TypedClaims
from credentials.jose import jws
from credentials.model import Typed
from credentials.status import publishing, token_list
from credentials.status.references import TOKEN_STATUS
from credentials.status.sources import Kind, unreachable
from credentials.verifying.lists import SignedLists
from credentials.verifying.status_check import status

URI = "https://issuer.example/lists/1"
ENTRIES = 131_072


class Lists:
    """A `StatusSource` of signed lists; `asked` names what was asked for."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.signed: dict[tuple[str, Kind], bytes] = {}
        self.asked: list[str] = []

    def status_list(self, uri: str, kind: Kind) -> bytes:
        self.asked.append(uri)
        if (uri, kind) not in self.signed:
            raise unreachable(uri, "nobody answers")
        return self.signed[uri, kind]

    def bitstring(self, bits: bytes = bytes(ENTRIES // 8), *, issuer: Any = None, **changes: Any) -> None:
        """Sign a list credential; `changes` replace members, None removes one; `subject` its subject's."""
        by = issuer or self.world.issuer
        document = publishing.list_credential(
            bits,
            uri=URI,
            issuer=by.did,
            purpose=changes.pop("purpose", "revocation"),
            now=self.world.now,
            lasts=timedelta(hours=1),
        )
        document["credentialSubject"].update(changes.pop("subject", {}))
        document.update(changes)
        document = {name: value for name, value in document.items() if value is not None}
        self.signed[URI, Kind.BITSTRING] = orjson.dumps(self.world.sign(document, by))

    def token(
        self, data: bytes = bytes(ENTRIES // 8), *, size: int = 1, issuer: Any = None, **changes: Any
    ) -> None:
        """Sign a list token; `changes` replace its claims, `typ` and `kid` those of its header."""
        by = issuer or self.world.issuer
        claims = publishing.list_claims(
            data,
            uri=URI,
            issuer=by.did,
            size=size,
            now=self.world.now,
            lasts=timedelta(hours=1),
            ttl=timedelta(minutes=5),
        )
        header = {
            "typ": changes.pop("typ", token_list.TYPE),
            "kid": changes.pop("kid", f"{by.did}#ed25519"),
        }
        claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        self.signed[URI, Kind.TOKEN] = jws.sign(
            orjson.dumps(claims), header=header, signer=by.signer
        ).encode()


def token_status(world: Any, lists: Any, index: int = 7, **policy: Any) -> Any:
    """What a token by the world's issuer has as its status, as the verifier says it."""
    claims = {"status": publishing.claim(uri=URI, index=index)}
    view = TypedClaims(claims, (), world.issuer.did, None, None, (), (Typed((TOKEN_STATUS,), None, claims),))
    means = world.means(**policy)
    return status(view, means.policy, source=lists, proofs=SignedLists(means), now=means.now, proven=None)


def entry(index: object = 7, purpose: object = "revocation", **more: Any) -> dict[str, Any]:
    """An entry of `credentialStatus`."""
    return {**publishing.entry(uri=URI, index=0, purpose=str(purpose)), "statusListIndex": str(index), **more}


def marked(index: int, order: str = "big") -> bytes:
    """A bitstring with one bit set, written without the product's code."""
    number = 1 << (ENTRIES - 1 - index)
    packed = number.to_bytes(ENTRIES // 8, "big")
    if order == "big":
        return packed
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in packed)
