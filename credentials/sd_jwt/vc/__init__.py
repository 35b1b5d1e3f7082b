"""SD-JWT VC: credentials of a type in SD-JWT, the issuer's key, and type metadata (draft 18)."""

from credentials.sd_jwt.vc.claims import ALWAYS_VISIBLE, TYP, SdJwtVc, issue, verify
from credentials.sd_jwt.vc.issuer_keys import IssuerKey, KeySources, Mechanism, find, in_document, mechanism
from credentials.sd_jwt.vc.issuer_metadata import IssuerMetadataSource, metadata_url, read_metadata
from credentials.sd_jwt.vc.type_claims import check_type
from credentials.sd_jwt.vc.type_metadata import ResolvedType, TypeMetadata, TypeMetadataSource, resolve

__all__ = [
    "ALWAYS_VISIBLE",
    "TYP",
    "IssuerKey",
    "IssuerMetadataSource",
    "KeySources",
    "Mechanism",
    "ResolvedType",
    "SdJwtVc",
    "TypeMetadata",
    "TypeMetadataSource",
    "check_type",
    "find",
    "in_document",
    "issue",
    "mechanism",
    "metadata_url",
    "read_metadata",
    "resolve",
    "verify",
]
