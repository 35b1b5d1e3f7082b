"""A simulated world: issuer, registry, holder, verifier and clock in memory, so that an attack is three
lines.

Everything is the product's own code; only clock, randomness and the registry's storage are stand-ins. The
registry holds real did:webvh histories. Randomness is a counter through SHAKE, so a world is reproducible.
"""

from __future__ import annotations

import copy
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from credentials.dialects.registry import dialects
from credentials.dialects.securing import IssuingKey
from credentials.errors import CredentialError
from credentials.exchange.request import PresentationRequest
from credentials.holder.signing import sign_presentation
from credentials.holder.wallet import Wallet
from credentials.issuing import IssuerProfile, issue
from credentials.rdf import CompiledCanonicalizer
from credentials.suites import BbsKey, Reader, suites
from credentials.suites.bbs_2023 import Bbs2023
from credentials.verifying.means import Means
from credentials.verifying.policy import Policy
from credentials.verifying.verified import Assurance
from credentials.verifying.verifier import (
    check_credential,
    check_presentation,
    verify_credential,
    verify_presentation,
)
from did.document import ASSERTION_METHOD, AUTHENTICATION, DidDocument, VerificationMethod, document_json
from did.eddsa_jcs import EddsaJcs2022
from did.errors import DidError
from did.integrity import ProofOptions, add_proof
from did.keys import Ed25519Signer, KeyType, PublicKey
from did.methods import webvh
from did.registry.states import RegistryState
from did.resolution import document_from_history, self_certified
from schemas import examples
from zk import bbs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from credentials.verifying.verdict import Verdict
    from did.identifiers import Did

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DOMAIN = "https://verifier.example"
IDENTITY_CONTEXT = "https://avow.example/contexts/national-identity/v1"
IDENTITY_SCHEMA = "https://avow.example/schemas/national-identity/v1"
IDENTITY_TYPE = "https://avow.example/vocab/national-identity#NationalIdentityCredential"
EDDSA = "eddsa-jcs-2022"
BBS = "bbs-2023"


@cache
def all_suites() -> Any:
    """The suites, with one canonicalizer, and its compiled contexts, for all tests of a run."""
    return suites(Bbs2023(CompiledCanonicalizer()))


class Random:
    """Reproducible bytes that never repeat."""

    def __init__(self, seed: str) -> None:
        self.seed, self.drawn = seed, 0

    def __call__(self, size: int) -> bytes:
        self.drawn += 1
        return hashlib.shake_256(f"{self.seed}/{self.drawn}".encode()).digest(size)


class Registry:
    """Histories by DID: a `DocumentSource` and an `AssuranceSource`; it counts what it is asked."""

    def __init__(self) -> None:
        self.histories: dict[str, Any] = {}
        self.state = RegistryState.FINAL
        self.chain = "eip155:1"
        self.asked: list[str] = []
        self.forged: dict[str, DidDocument] = {}

    def document(self, did: Did) -> DidDocument:
        self.asked.append(did.text)
        if did.text in self.forged:
            return self.forged[did.text]
        if did.method == "key":
            return self_certified(did)
        if did.text not in self.histories:
            raise DidError("resolution.not-found", f"{did} is not known")
        return document_from_history(self.histories[did.text], did)

    def assurance(self, document: DidDocument) -> Assurance | None:
        history = self.histories.get(document.id)
        if history is None:
            return None
        return Assurance(self.state, self.chain, history.latest.version_id)


@dataclass
class Issuer:
    """An issuer with an Ed25519 and a BBS key in a did:webvh document."""

    did: str
    update_signer: Ed25519Signer
    signer: Ed25519Signer
    bbs: BbsKey
    methods: dict[str, tuple[VerificationMethod, tuple[str, ...]]] = field(default_factory=dict)

    def profile(self, cryptosuite: str) -> IssuerProfile:
        return IssuerProfile(
            did=self.did,
            formats=(cryptosuite,),
            contexts=(IDENTITY_CONTEXT,),
            types=("NationalIdentityCredential",),
            schema=IDENTITY_SCHEMA,
        )

    def keys(self) -> dict[str, IssuingKey]:
        """The key for each form."""
        return {
            EDDSA: IssuingKey(f"{self.did}#ed25519", self.signer),
            BBS: IssuingKey(f"{self.did}#bbs", self.bbs),
        }


class World:
    """One of everything. `policy` trusts `issuer`, and `stranger` is an issuer that it does not trust."""

    def __init__(self, seed: str = "world") -> None:
        self.now = NOW
        self.random = Random(seed)
        self.suites = all_suites()
        self.registry = Registry()
        self.statuses: Any = None
        self.issuer = self.new_issuer("issuer")
        self.stranger = self.new_issuer("stranger")
        self.policy = Policy(trusted_issuers=frozenset({self.issuer.did}))
        self.wallet, holder = Wallet().with_key(self.random)
        self.holder = holder.did

    # issuers and their documents

    def new_issuer(self, name: str) -> Issuer:
        update, signer = Ed25519Signer(self.random(32)), Ed25519Signer(self.random(32))
        suite = bbs.suite(bbs.SHA256)
        secret = bbs.key_generate(suite, self.random(32))
        public = PublicKey(KeyType.BLS12381_G2, bbs.public_key(suite, secret))
        placeholder = webvh.placeholder_did("localhost", ("dids", name), port=8000)
        methods = {
            "ed25519": (signer.public_key, (ASSERTION_METHOD,)),
            "login": (update.public_key, (AUTHENTICATION,)),
            "bbs": (public, (ASSERTION_METHOD,)),
        }
        document = _document(placeholder, methods)
        line = webvh.create(document, signer=update, now=self.now - timedelta(days=30), portable=True)
        history = webvh.verify_history(line.encode() + b"\n", expected_did=None, witnesses=None, now=self.now)
        did = history.latest.did
        self.registry.histories[did] = history
        return Issuer(did, update, signer, BbsKey(secret, public), methods)

    def change_keys(self, issuer: Issuer, methods: dict[str, Any]) -> None:
        history = self.registry.histories[issuer.did]
        line = webvh.update(
            history, signer=issuer.update_signer, now=self.now, document=_document(issuer.did, methods)
        )
        self.registry.histories[issuer.did] = webvh.verify_next(
            history, line.encode(), witnesses=None, now=self.now
        )

    def remove_key(self, fragment: str) -> None:
        """The issuer's newest document no longer has this key."""
        left = {name: item for name, item in self.issuer.methods.items() if name != fragment}
        self.change_keys(self.issuer, left)

    def deactivate(self, issuer: Issuer) -> None:
        history = self.registry.histories[issuer.did]
        line = webvh.deactivate(history, signer=issuer.update_signer, now=self.now)
        self.registry.histories[issuer.did] = webvh.verify_next(
            history, line.encode(), witnesses=None, now=self.now
        )

    # issuing, holding, presenting

    def issue(self, cryptosuite: str = BBS, issuer: Issuer | None = None, **template: Any) -> Any:
        by = issuer or self.issuer
        subject = examples.load("national-identity")
        if cryptosuite == EDDSA:
            subject = {"id": self.holder, **subject}
        issued = issue(
            {"credentialSubject": subject, **template},
            profile=by.profile(cryptosuite),
            dialects=dialects(self.suites),
            keys=by.keys(),
            now=self.now,
            random_bytes=self.random,
        )
        return issued[cryptosuite]

    def sign(self, document: Any, issuer: Issuer | None = None, **options: Any) -> Any:
        """Sign anything with the issuer's Ed25519 key, beside all the care that `issue` takes."""
        by = issuer or self.issuer
        stated = {
            "cryptosuite": EDDSA,
            "verification_method": f"{by.did}#ed25519",
            "proof_purpose": ASSERTION_METHOD,
            "created": self.now,
        }
        key = options.pop("signer", by.signer)
        return add_proof(
            document,
            suite=EddsaJcs2022(),
            options=ProofOptions(**{**stated, **options}),
            signer=key,
        )

    def receive(self, credential: Any) -> None:
        self.wallet, _ = self.wallet.receive(
            credential, documents=self.registry, suites=self.suites, now=self.now
        )

    def request(self, *claims: str, **changes: Any) -> PresentationRequest:
        """A request with a new challenge for these members of the subject."""
        names = claims or ("nationality", "resident")
        query = {
            "credentials": [
                {
                    "id": "identity",
                    "format": "ldp_vc",
                    "meta": {"type_values": [[IDENTITY_TYPE]]},
                    "claims": [{"path": ["credentialSubject", *name.split(".")]} for name in names],
                }
            ]
        }
        request = {"challenge": self.random(24).hex(), "domain": DOMAIN, "query": query}
        return PresentationRequest.parse({**request, **changes})

    def present(self, request: PresentationRequest) -> Any:
        disclosure = self.wallet.match(request, suites=self.suites, now=self.now)
        seeds: list[bytes] = []

        def remembered(size: int) -> bytes:
            seeds.append(self.random(size))
            return seeds[-1]

        prepared = self.wallet.prepare(disclosure, suites=self.suites, random_bytes=self.random)
        shown = self.wallet.present(
            disclosure, suites=self.suites, random_bytes=remembered, now=self.now, prepared=prepared
        )
        drawn = seeds[0] if seeds and len(seeds[0]) == 32 else None
        self.last_signer = Ed25519Signer(drawn) if drawn else self.holder_signer()
        return shown

    def wrap(self, credentials: list[Any], request: PresentationRequest, **changes: Any) -> Any:
        """Sign any credentials as a presentation; without `signer` by a new key."""
        options = {
            "signer": Ed25519Signer(self.random(32)),
            "challenge": request.challenge,
            "domain": request.domain,
            "now": self.now,
        }
        return sign_presentation(credentials, **{**options, **changes})

    def rewrap(self, presentation: Any, request: PresentationRequest) -> Any:
        """What a thief does: take the credentials out and present them as one's own."""
        return self.wrap(copy.deepcopy(presentation["verifiableCredential"]), request)

    def replay(self, presentation: Any) -> str:
        """Show a presentation again, where a new challenge was asked."""
        return self.refuse(presentation, self.request())

    def holder_signer(self) -> Ed25519Signer:
        return Ed25519Signer(self.wallet.keys[0].seed)

    # verifying

    def means(self, **policy: Any) -> Means:
        return Means(
            self.registry,
            self.suites,
            replace(self.policy, **policy),
            self.now,
            assurances=self.registry,
            statuses=self.statuses,
        )

    def verify(self, presentation: Any, request: PresentationRequest, **policy: Any) -> Verdict[Any]:
        """The verdict; the raising verifier must agree with it."""
        expected = {
            "expected_challenge": request.challenge,
            "expected_domain": request.domain,
            "expected_query": request.query,
        }
        means = self.means(**policy)
        verdict = verify_presentation(copy.deepcopy(presentation), means, **expected)
        with refusal() as raised:
            check_presentation(presentation, means, **expected)
        assert "".join(raised) == cause(verdict)
        return verdict

    def refuse(self, presentation: Any, request: PresentationRequest, **policy: Any) -> str:
        """The code with which a presentation is refused; empty where it is accepted."""
        return cause(self.verify(presentation, request, **policy))

    def verify_credential(
        self, credential: Any, reader: Reader = Reader.VERIFIER, **policy: Any
    ) -> Verdict[Any]:
        means = self.means(**policy)
        verdict = verify_credential(copy.deepcopy(credential), means, reader=reader)
        with refusal() as raised:
            check_credential(credential, means, reader=reader)
        assert "".join(raised) == cause(verdict)
        return verdict

    def refuse_credential(self, credential: Any, reader: Reader = Reader.VERIFIER, **policy: Any) -> str:
        return cause(self.verify_credential(credential, reader, **policy))


@contextmanager
def refusal() -> Iterator[list[str]]:
    """Collect the code of the `CredentialError` that ends the block."""
    codes: list[str] = []
    try:
        yield codes
    except CredentialError as error:
        codes.append(error.code)


def cause(verdict: Verdict[Any]) -> str:
    assert verdict.accepted == (verdict.cause is None)
    assert verdict.verified or not verdict.accepted
    return "" if verdict.cause is None else verdict.cause.code


def tamper(document: Any, pointer: str, value: Any) -> Any:
    """A copy with another value at a JSON pointer; the value `...` removes the member."""
    changed = copy.deepcopy(document)
    *way, last = pointer[1:].split("/")
    place = changed
    for name in way:
        place = place[int(name)] if isinstance(place, list) else place[name]
    key: Any = int(last) if isinstance(place, list) else last
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return changed


def _document(did: str, methods: dict[str, Any]) -> Any:
    return document_json(
        did,
        [
            (VerificationMethod(f"{did}#{name}", did, key), purposes)
            for name, (key, purposes) in methods.items()
        ],
    )
