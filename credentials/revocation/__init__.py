"""Revocation lists that a holder proves against: metadata, gap files by epoch, published parameters."""

from credentials.revocation.checking import (
    DIGITS,
    MAX_PARAMETERS,
    SET,
    check_gap,
    check_parameters,
    parameters_digest,
)
from credentials.revocation.faults import unreachable
from credentials.revocation.gap_file import WHOLE, GapFile, Page, decode, max_bytes, whole_file
from credentials.revocation.metadata import MAX_BYTES as MAX_METADATA
from credentials.revocation.metadata import (
    ListMetadata,
    PreviousKey,
    list_id,
    sign_metadata,
    verify_metadata,
)
from credentials.revocation.pages import EpochSummary, summarize
from credentials.revocation.sources import RevocationSource

__all__ = [
    "DIGITS",
    "MAX_METADATA",
    "MAX_PARAMETERS",
    "SET",
    "WHOLE",
    "EpochSummary",
    "GapFile",
    "ListMetadata",
    "Page",
    "PreviousKey",
    "RevocationSource",
    "check_gap",
    "check_parameters",
    "decode",
    "list_id",
    "max_bytes",
    "parameters_digest",
    "sign_metadata",
    "summarize",
    "unreachable",
    "verify_metadata",
    "whole_file",
]
