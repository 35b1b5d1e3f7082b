"""A revocation list in the simulated world: its issuer, signed metadata, gaps signed or only shaped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from credentials.revocation import ListMetadata, sign_metadata, whole_file
from did.document import DidDocument, VerificationMethod, document_json
from did.keys import Ed25519Signer
from zk import bbs
from zk.predicates import system
from zk.predicates.published.gaps import Gap, gap_ends, sign_gaps

ISSUER = "did:web:issuer.example"
METHOD = f"{ISSUER}#key-1"
SIGNER = Ed25519Signer(b"\x01" * 32)
OTHER = Ed25519Signer(b"\x02" * 32)
URL = "https://issuer.example/revocation/AAAAAAAAAAAAAAAAAAAAAA"
ZERO = datetime(2026, 1, 1, tzinfo=UTC)
NOW = ZERO + timedelta(hours=5, minutes=59)
EPOCH = 5


@cache
def predicates():
    return system(bbs.suite(bbs.SHA256))


@cache
def gap_secret(seed=b"\x07"):
    return bbs.key_generate(predicates().suite, seed * 32)


def gap_key(seed=b"\x07"):
    return gap_secret(seed).public_key(predicates().suite)


def metadata(**changes):
    values = {
        "url": URL,
        "issuer": ISSUER,
        "width": 32,
        "epoch_zero": ZERO,
        "epoch_seconds": 3600,
        "gap_key": gap_key(),
    }
    return ListMetadata(**{**values, **changes})


def document(signer=SIGNER, did=ISSUER, purposes=("assertionMethod",)):
    method = VerificationMethod(f"{did}#key-1", did, signer.public_key)
    return DidDocument.from_json(document_json(did, [(method, list(purposes))]))


def signed(found=None, *, signer=SIGNER, now=NOW, lasts=timedelta(days=1)):
    return sign_metadata(found or metadata(), method=METHOD, signer=signer, now=now, lasts=lasts)


def shaped(revoked, *, width=32, epoch=EPOCH):
    """A whole file of gaps with signatures of the right size that nobody made."""
    gaps = [Gap(*ends, bytes([at % 251]) * 80) for at, ends in enumerate(gap_ends(revoked, width))]
    return whole_file(gaps, scope=metadata(width=width).scope, epoch=epoch)


def published(revoked, *, epoch=EPOCH, seed=b"\x07"):
    """A whole file of signed gaps."""
    scope = metadata().scope
    gaps = sign_gaps(predicates(), gap_secret(seed), revoked, scope=scope, epoch=epoch)
    return whole_file(list(gaps), scope=scope, epoch=epoch)
