"""The holder's wallet as a value: credentials and keys, receiving, matching, presenting.

Invariants:
- nothing is stored whose issuer's signature has not been verified.
- a derived credential goes out in a presentation only, under a key made for it from fresh random bytes.
- a credential that names its subject is presented with that subject's key, or not at all.
- a wallet never changes: every operation gives another one, so a failure leaves what was there.

What is not here: encryption (`credentials.holder.vault`), files, consent, transport.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError, WalletError
from credentials.exchange import dcql, matching
from credentials.formats import BBS_PREDICATES_2026
from credentials.holder import featured as features
from credentials.holder.choosing import choice_of, plain, predicates_proof, provable
from credentials.holder.contents import (
    HolderKey,
    StoredCredential,
    digest_from,
    entries_of,
    holder_key,
    identifier_of,
    key_from,
    stored_from,
)
from credentials.holder.disclosure import Disclosure
from credentials.holder.kept import Kept
from credentials.holder.offers import Acceptance
from credentials.holder.proving import Answer, Prepared, check_prepared, prepare
from credentials.holder.secrets import Secrets, octets
from credentials.holder.signing import sign_presentation
from credentials.model import Credential
from credentials.predicates.needs import needs_of
from credentials.sector import sector_of
from credentials.suites import Reader
from credentials.suites.predicates.credential_suite import Predicates
from credentials.suites.predicates.value import BaseValue
from credentials.suites.selective_suites import Bbs
from credentials.verifying.binding import presentation_header
from credentials.verifying.means import Means
from credentials.verifying.policy import Policy
from credentials.verifying.verifier import check_credential
from did import encoding
from did.errors import DidError
from did.keys import Ed25519Signer, KeyType, PublicKey
from zk.curve import decode_scalar
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from credentials.exchange.request import PresentationRequest
    from credentials.holder.disclosure import Choice
    from credentials.holder.stored_gaps import StoredGap
    from credentials.suites import CredentialSuite
    from credentials.suites.predicates.suite import Held, Predicates2026
    from did.resolution import DocumentSource
    from did.types import JsonObject, JsonValue, RandomBytes
    from schemas.sources import SchemaSource

_SEED_BYTES: Final = 32
_NO_CHOICE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Wallet:
    """The contents of a wallet.

    `parameters` are published lists by digest, that proofs need; `kept` are schemas and contexts that are not
    bundled.
    """

    credentials: tuple[StoredCredential, ...] = ()
    keys: tuple[HolderKey, ...] = ()
    secrets: Secrets = field(default_factory=Secrets)
    parameters: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)
    kept: Kept = field(default_factory=Kept)

    @classmethod
    def parse(cls, contents: JsonObject) -> Wallet:
        """Read the contents of an opened vault. Codes: wallet.contents."""
        try:
            stored = [stored_from(item) for item in entries_of(contents, "credentials")]
            keys = [key_from(item) for item in entries_of(contents, "keys")]
            secrets = Secrets.parse(contents.get("secrets"))
            lists = octets(contents, "parameters").items()
            parameters = {digest_from(digest): found for digest, found in lists}
            kept = Kept.parse(contents.get("kept"))
        except (CredentialError, DidError, ZkError) as error:
            raise WalletError("wallet.contents", f"{error.code}: {error.detail}") from error
        return cls(tuple(stored), tuple(keys), secrets, parameters, kept)

    def to_json(self) -> JsonObject:
        """Give the contents for a vault; they hold secrets."""
        return {
            "credentials": [stored.to_json() for stored in self.credentials],
            "keys": [{"seed": encoding.encode_base64url(key.seed)} for key in self.keys],
            "secrets": self.secrets.to_json(),
            "parameters": {
                digest.hex(): encoding.encode_base64url(found) for digest, found in self.parameters.items()
            },
            "kept": self.kept.to_json(),
        }

    def with_key(self, random_bytes: RandomBytes) -> tuple[Wallet, HolderKey]:
        """Make a lasting key, whose DID an issuer may name as subject."""
        key = holder_key(random_bytes(_SEED_BYTES))
        return replace(self, keys=(*self.keys, key)), key

    def with_secrets(self, secrets: Secrets) -> Wallet:
        """Give the same with other secrets: after an offer was answered."""
        return replace(self, secrets=secrets)

    def with_kept(self, kept: Kept) -> Wallet:
        """Give the same with more schemas and contexts."""
        return replace(self, kept=kept)

    def receive(
        self,
        value: JsonValue,
        *,
        documents: DocumentSource,
        suites: Mapping[str, CredentialSuite],
        now: datetime,
    ) -> tuple[Wallet, StoredCredential]:
        """Store a credential after verifying it: issuer's key, proof (base proofs too), model, validity.

        Whether to trust the issuer is the verifiers' matter, and a status is theirs to check. One that was
        signed blindly must have come of an offer that this wallet answered.
        Codes: those of `credentials.verifying.verifier`, wallet.duplicate, wallet.offer, wallet.secrets.
        """
        credential = Credential.parse(value)
        identifier = identifier_of(credential.document)
        if any(known.id == identifier for known in self.credentials):
            raise WalletError("wallet.duplicate", f"the wallet has this credential already, as {identifier}")
        policy = Policy(
            trusted_issuers=frozenset({credential.issuer}),
            unsafe_accept_unsupported_status=True,
            unsafe_accept_unknown_schema=True,
        )
        known = self.kept.sources()
        acceptance = Acceptance(suites, self.secrets, issuer=credential.issuer, schemas=known.schemas)
        means = Means(documents, suites, policy, now, known=known)
        check_credential(value, means, reader=Reader.HOLDER, beyond=acceptance)
        left = acceptance.accepted()
        stored = StoredCredential(identifier, credential, now, left.blinds)
        return replace(self, credentials=(*self.credentials, stored), secrets=left.secrets), stored

    def get(self, credential_id: str) -> StoredCredential:
        """Find a credential by its local id, or by a beginning that only it has. Codes: wallet.unknown."""
        found = [stored for stored in self.credentials if stored.id.startswith(credential_id)]
        if len(found) != 1 or not credential_id:
            raise WalletError(
                "wallet.unknown",
                f"{len(found)} credentials have an id that begins so, expected one",
                remedy="list the credentials and give more of the id",
            )
        return found[0]

    def without(self, credential_id: str) -> Wallet:
        """Forget a credential. Codes: wallet.unknown."""
        gone = self.get(credential_id)
        return replace(self, credentials=tuple(stored for stored in self.credentials if stored is not gone))

    def provable(self) -> tuple[tuple[StoredCredential, BaseValue], ...]:
        """Give the credentials that can be proven with, and what their issuers signed for the holder."""
        return tuple(
            (stored, BaseValue.read(str(proof.get("proofValue"))))
            for stored in self.credentials
            if BBS_PREDICATES_2026 in stored.blinds
            and (proof := predicates_proof(stored.credential)) is not None
        )

    def with_gap(self, credential_id: str, gap: StoredGap | None) -> Wallet:
        """Give the same with the gap of a credential, or without one where it is revoked."""
        wanted = self.get(credential_id)
        return replace(
            self,
            credentials=tuple(
                replace(stored, gap=gap) if stored is wanted else stored for stored in self.credentials
            ),
        )

    def with_parameters(self, digest: bytes, octets: bytes) -> Wallet:
        """Give the same with a published list, which has this digest."""
        return replace(self, parameters={**self.parameters, digest: octets})

    def match(
        self,
        request: PresentationRequest,
        *,
        suites: Mapping[str, CredentialSuite],
        now: datetime,
        chosen: Mapping[str, str] = _NO_CHOICE,
    ) -> Disclosure:
        """Choose a credential for each query and say what the answer will reveal.

        `chosen` maps query ids to local ids; elsewhere what reveals in parts goes before what is shown whole,
        and newer before older. Expired credentials are left out. Codes: query.unsatisfied, query.absent.
        """
        if request.query is None:
            raise CredentialError(
                "query.absent",
                "the request does not say what it asks for",
                remedy="ask the verifier for a request with a query",
            )
        usable = [stored for stored in self.credentials if _is_current(stored.credential, now)]
        usable.sort(key=lambda stored: stored.received, reverse=True)
        usable.sort(key=lambda stored: not plain(stored.credential, suites).suite.selective)
        found = matching.answer(
            request.query,
            [
                matching.Held(
                    stored.credential, dcql.LDP_VC, provable=provable(stored.credential, stored.blinds)
                )
                for stored in usable
            ],
            allowed={query: self.get(wanted).credential for query, wanted in chosen.items()},
            known=self.kept.sources().contexts,
        )
        ids = {id(stored.credential): stored.id for stored in usable}
        return Disclosure(
            request,
            tuple(choice_of(match, request.query, ids[id(match.credential)], suites) for match in found),
        )

    def present(
        self,
        disclosure: Disclosure,
        *,
        suites: Mapping[str, CredentialSuite],
        random_bytes: RandomBytes,
        now: datetime,
        prepared: Prepared | None = None,
    ) -> JsonObject:
        """Make the presentation that a disclosure announced, signed by its holder key.

        `prepared` is what `prepare` gave for it, where something is to be proven.

        Codes: wallet.unbound, wallet.holders, bbs-2023.*, rdf.*, and those of `credentials.holder.proving`.
        """
        request = disclosure.request
        check_prepared(disclosure, prepared)
        seed = self._holder(disclosure) or random_bytes(_SEED_BYTES)
        signer = Ed25519Signer(seed)
        header = presentation_header(
            domain=request.domain, challenge=request.challenge, holder_key=signer.public_key
        )
        proven = iter([] if prepared is None else prepared.prove(header=header, random_bytes=random_bytes))
        shown: list[JsonValue] = [
            next(proven)
            if choice.proven is not None
            else self._shown(choice, request.domain, suites, header, random_bytes)
            for choice in disclosure.choices
        ]
        return sign_presentation(
            shown, signer=signer, challenge=request.challenge, domain=request.domain, now=now
        )

    def _shown(
        self,
        choice: Choice,
        domain: str,
        suites: Mapping[str, CredentialSuite],
        header: bytes,
        random_bytes: RandomBytes,
    ) -> JsonObject:
        """Show a credential by a proof that stands alone; one with a feature by the wallet's secrets."""
        stored = self.get(choice.credential_id)
        chosen, pointers = plain(stored.credential, suites), choice.match.pointers()
        suite = chosen.suite
        if not isinstance(suite, Bbs) or not suite.features.is_base_proof(chosen.proof):
            return chosen.present(pointers, header=header, random_bytes=random_bytes)
        own = self.secrets.of(stored.credential.issuer)
        holder = features.found(suite, own, stored.blinds)
        return suite.features.derive(
            chosen.secured,
            holder=holder,
            context=sector_of(domain) if holder.feature.names else "",
            selective_pointers=pointers,
            presentation_header=header,
            random_bytes=random_bytes,
        )

    def prepare(
        self,
        disclosure: Disclosure,
        *,
        suites: Mapping[str, CredentialSuite],
        random_bytes: RandomBytes,
        schemas: SchemaSource | None = None,
    ) -> Prepared | None:
        """Check what the proof of a disclosure needs; None where nothing is to be proven.

        Codes: wallet.secrets, and those of `credentials.holder.proving`.
        """
        suite, query = suites.get(BBS_PREDICATES_2026), disclosure.request.query
        chosen = [choice for choice in disclosure.choices if choice.proven is not None]
        if not chosen or query is None or not isinstance(suite, Predicates):
            return None
        answers = []
        for choice in chosen:
            stored, name = self.get(choice.credential_id), choice.match.query.id
            held = self.held(stored, suite.suite, schemas or self.kept.sources().schemas)
            answers.append(Answer(name, held, choice.match.pointers(), needs_of(query, name), stored.gap))
        return prepare(
            suite.suite,
            answers,
            disclosure.request,
            parameters=self.parameters,
            random_bytes=random_bytes,
        )

    def held(self, stored: StoredCredential, suite: Predicates2026, schemas: SchemaSource) -> Held:
        """Give a credential as one that can be proven with. Codes: wallet.secrets, and those of `accept`."""
        proof = predicates_proof(stored.credential)
        blind = stored.blinds.get(BBS_PREDICATES_2026)
        if proof is None or blind is None:
            raise WalletError(
                "wallet.secrets",
                "the credential is not bound to secrets of this wallet, so nothing can be proven with it",
                remedy="have it issued for a commitment of this wallet",
            )
        document = {name: value for name, value in stored.credential.document.items() if name != "proof"}
        value = BaseValue.read(str(proof.get("proofValue")))
        return suite.accept(
            {**document, "proof": proof},
            public_key=PublicKey(KeyType.BLS12381_G2, value.issuer_key),
            schemas=schemas,
            secrets=self.secrets.of(stored.credential.issuer),
            blind=decode_scalar(blind, what="the blind factor", code="wallet.contents"),
        )

    def _holder(self, disclosure: Disclosure) -> bytes | None:
        subjects = {
            subject.id
            for choice in disclosure.choices
            for subject in choice.match.credential.subjects
            if subject.id is not None or not choice.selective
        }
        if not subjects:
            return None
        if len(subjects) > 1:
            raise WalletError(
                "wallet.holders", "the credentials have different subjects", remedy="present them one by one"
            )
        for key in self.keys:
            if key.did in subjects:
                return key.seed
        raise WalletError(
            "wallet.unbound",
            "the credential names no subject whose key is in this wallet",
            remedy="have it issued to a DID of this wallet, or in a form with selective disclosure",
        )


def _is_current(credential: Credential, now: datetime) -> bool:
    return credential.valid_until is None or now <= credential.valid_until
