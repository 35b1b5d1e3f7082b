"""Attacks on composite proofs: parts of a presentation read, changed, and signed again by its holder."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cbor2

from credentials.holder.contents import StoredCredential
from credentials.issuing import MANDATORY
from credentials.model import Credential
from credentials.suites.predicates.value import BASE, DERIVED, BaseValue, DerivedValue
from credentials.verifying.binding import presentation_header
from credentials.verifying.composite import Occasion
from credentials.verifying.verifier import check_presentation
from did.encoding import decode_multibase, encode_base64url
from did.integrity import ProofOptions
from did.keys import KeyType, PublicKey
from schemas.sources import BUNDLED
from tests.support.proving import ProvingWorld, asking
from zk.curve import decode_scalar

if TYPE_CHECKING:
    from collections.abc import Callable

PREDICATES = "bbs-predicates-2026"


def proof_of(credential: Any) -> Any:
    """The one proof of the suite that a credential has."""
    proofs = credential["proof"] if isinstance(credential["proof"], list) else [credential["proof"]]
    return next(proof for proof in proofs if proof["cryptosuite"] == PREDICATES)


def alone(credential: Any) -> Any:
    """A copy of a credential with its proof of this suite only."""
    return {**copy.deepcopy(credential), "proof": copy.deepcopy(proof_of(credential))}


def shown(presentation: Any, index: int = 0) -> DerivedValue:
    """What the proof value of a credential in a presentation says."""
    return DerivedValue.read(proof_of(presentation["verifiableCredential"][index])["proofValue"])


def restated(credential: Any, **changes: Any) -> Any:
    """A shown credential whose proof value says something else."""
    changed = copy.deepcopy(credential)
    proof = proof_of(changed)
    proof["proofValue"] = replace(DerivedValue.read(proof["proofValue"]), **changes).write()
    return changed


def recoded(text: str, change: Callable[[list[Any]], object]) -> str:
    """A proof value with other CBOR."""
    form = BASE if BASE.begins(text) else DERIVED
    parts = cbor2.loads(decode_multibase(text, max_bytes=1 << 20)[3:])
    change(parts)
    return "u" + encode_base64url(form.header + cbor2.dumps(parts, canonical=True))


def with_base(credential: Any, **changes: Any) -> Any:
    """A credential as issued, alone with its proof of this suite, whose value says something else."""
    changed = alone(credential)
    value = BaseValue.read(changed["proof"]["proofValue"])
    changed["proof"]["proofValue"] = replace(value, **changes).write()
    return changed


def header_of(world: ProvingWorld, request: Any) -> bytes:
    """The header of the presentation that the last holder key signs in answer to a request."""
    return presentation_header(
        domain=request.domain, challenge=request.challenge, holder_key=world.last_signer.public_key
    )


def sealed(world: ProvingWorld, credentials: list[Any], request: Any) -> Any:
    """Credentials in a presentation that the last holder key signs: what its holder can change at will."""
    return world.wrap(copy.deepcopy(credentials), request, signer=world.last_signer)


def checked(world: ProvingWorld, presentation: Any, request: Any, means: Any = None) -> Any:
    """What the raising verifier says of a presentation that should answer a request."""
    return check_presentation(
        presentation,
        means or world.means(),
        expected_challenge=request.challenge,
        expected_domain=request.domain,
        expected_query=request.query,
    )


def verified_by(world: ProvingWorld, credentials: list[Any], request: Any, means: Any = None) -> Any:
    """What it says of credentials that the last holder key signs."""
    return checked(world, sealed(world, credentials, request), request, means)


def accepted(
    world: ProvingWorld,
    secured: Any,
    blind: Any,
    *,
    key: PublicKey | None = None,
    schemas: Any = None,
    secrets: Any = None,
) -> Any:
    """What the holder's check of a credential gives."""
    return world.suite.accept(
        secured,
        public_key=key or world.issuer.bbs.public_key,
        schemas=schemas or BUNDLED.schemas,
        secrets=secrets or world.wallet.secrets.of(world.issuer.did),
        blind=blind if not isinstance(blind, bytes) else decode_scalar(blind, what="blind", code="test"),
    )


def other_key(world: ProvingWorld) -> PublicKey:
    """A BBS key that is not the issuer's."""
    return PublicKey(KeyType.BLS12381_G2, world.stranger.bbs.public_key.raw)


def foreign_facts(world: ProvingWorld, expression: str, **claims: Any) -> tuple[Any, Any]:
    """A stranger signs other facts into a credential of the issuer, beside the issuer's own proof of it.

    Gives the request and its answer, in which both proofs are genuine and show the same document.
    """
    genuine = world.issue("bbs-2023")
    binding, blind = world.binding(world.issuer, revocable=False)
    document = {name: item for name, item in genuine.items() if name != "proof"}
    document["credentialSubject"] = {**document["credentialSubject"], **claims}
    options = ProofOptions(PREDICATES, f"{world.stranger.did}#bbs", "assertionMethod", None)
    forged = world.suite.create_base(
        document,
        options,
        world.stranger.bbs,
        binding,
        mandatory_pointers=tuple(pointer for pointer in MANDATORY if pointer[1:] in document),
        random_bytes=world.random,
    )
    stored = StoredCredential(
        "f" * 16, Credential.parse(forged), world.now, {PREDICATES: blind.to_bytes(32, "big")}
    )
    parameters = {**world.wallet.parameters, **world.revocations.octets}
    world.wallet = replace(world.wallet, credentials=(stored,), parameters=parameters)
    world.sync()
    request = world.asked(expression, claims=("nationality",))
    (proven,) = world.answer(request)["verifiableCredential"]
    own = world.suites["bbs-2023"].present(
        genuine,
        pointers=("/credentialSchema", "/credentialSubject/nationality"),
        header=header_of(world, request),
        random_bytes=world.random,
    )
    return request, {**proven, "proof": [own["proof"], proven["proof"]]}


class Shown:
    """A presentation of credentials of some issuers, and everything that it was made from."""

    def __init__(
        self,
        *expressions: str,
        issuers: tuple[str, ...] = ("issuer",),
        formats: tuple[str, ...] = ("bbs-2023", PREDICATES),
        across: tuple[str, ...] = (),
        revocable: bool = True,
    ) -> None:
        self.world = ProvingWorld()
        self.issuers = {"issuer": self.world.issuer}
        for name in issuers:
            if name not in self.issuers:
                self.issuers[name] = self.world.new_issuer(name)
            self.world.hold(self.issuers[name], formats=formats, revocable=revocable)
        trusted = frozenset(issuer.did for issuer in self.issuers.values())
        self.world.policy = replace(self.world.policy, trusted_issuers=trusted)
        others = tuple(
            asking(f"{name}-{number}", *expressions, claims=("nationality",))
            for number, name in enumerate(issuers[1:])
        )
        self.request = self.world.asked(*expressions, claims=("nationality",), others=others, across=across)
        self.answer = self.world.answer(self.request)

    @property
    def credentials(self) -> list[Any]:
        """Copies of the credentials that are shown."""
        return copy.deepcopy(list(self.answer["verifiableCredential"]))

    @property
    def occasion(self) -> Occasion:
        """For what the proof was made."""
        return Occasion(self.request.query, self.request.domain, header_of(self.world, self.request))

    def parsed(self) -> list[Credential]:
        """The credentials that are shown, as the verifier reads them."""
        return [Credential.parse(item) for item in self.credentials]

    def check(
        self, credentials: list[Any] | None = None, request: Any = None, means: Any = None, **policy: Any
    ) -> Any:
        """Verify the answer, or other credentials that its holder signs, against this or another request."""
        asked = request or self.request
        if credentials is None:
            return checked(self.world, copy.deepcopy(self.answer), asked, means or self.world.means(**policy))
        return verified_by(self.world, credentials, asked, means or self.world.means(**policy))
