"""The names of the forms in which a credential is secured, as profiles and policies write them.

Data Integrity forms have the name of their cryptosuite; the others that of their media type (without
``application/``).

What is not here: what the forms are (`credentials.dialects`).
"""

from __future__ import annotations

from typing import Final

EDDSA_JCS_2022: Final = "eddsa-jcs-2022"
EDDSA_RDFC_2022: Final = "eddsa-rdfc-2022"
ECDSA_JCS_2019: Final = "ecdsa-jcs-2019"
ECDSA_RDFC_2019: Final = "ecdsa-rdfc-2019"
ECDSA_SD_2023: Final = "ecdsa-sd-2023"
BBS_2023: Final = "bbs-2023"
BBS_PREDICATES_2026: Final = "bbs-predicates-2026"
ED25519_SIGNATURE_2020: Final = "Ed25519Signature2020"
VC_JWT: Final = "vc+jwt"
VC_SD_JWT: Final = "vc+sd-jwt"
VC_COSE: Final = "vc+cose"
DC_SD_JWT: Final = "dc+sd-jwt"
JWT_VC: Final = "jwt_vc"
"""The legacy form of data model 1.1 (a `vc` claim in a JWT): verified, never issued."""

CRYPTOSUITES: Final = (
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    ECDSA_SD_2023,
    BBS_2023,
    BBS_PREDICATES_2026,
)
ISSUED: Final = (*CRYPTOSUITES, VC_JWT, VC_SD_JWT, VC_COSE, DC_SD_JWT)
"""What profiles may name."""

ACCEPTED: Final = frozenset({*ISSUED, ED25519_SIGNATURE_2020, JWT_VC})
"""What policies may name."""

CURRENT: Final = frozenset(ISSUED)
"""What a policy accepts that names no formats: everything but the legacy forms."""
