"""What a verifier works with; everything comes from the caller.

What is not here: the checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.sources import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from credentials.revocation.sources import RevocationSource
    from credentials.sd_jwt.vc.issuer_metadata import IssuerMetadataSource
    from credentials.sd_jwt.vc.type_metadata import TypeMetadataSource
    from credentials.status.sources import StatusSource
    from credentials.suites import CredentialSuite
    from credentials.verifying.checks import AssuranceSource
    from credentials.verifying.policy import Policy
    from did.resolution import DocumentSource
    from schemas.sources import Sources


@dataclass(frozen=True, slots=True)
class Means:
    """What a verifier works with: documents of issuers, suites, its policy, and the moment of verification.

    `documents` gives the newest logged document; `assurances`, where present, says how far it is anchored;
    `issuer_metadata`, where present, gives the keys that issuers of SD-JWT VC publish on the web, `types` the
    metadata of their types; `statuses` gives status lists, and without it no status can be checked;
    `revocation` gives what composite proofs need of their issuers: revocation lists and digit lists;
    `known` has the contexts and schemas that may be relied on.
    """

    documents: DocumentSource
    suites: Mapping[str, CredentialSuite]
    policy: Policy
    now: datetime
    assurances: AssuranceSource | None = None
    issuer_metadata: IssuerMetadataSource | None = None
    types: TypeMetadataSource | None = None
    statuses: StatusSource | None = None
    revocation: RevocationSource | None = None
    known: Sources = BUNDLED
