"""SD-JWT: credentials whose claims are disclosed one by one (RFC 9901), read, issued, presented, verified."""

from credentials.sd_jwt.disclosures import HashName
from credentials.sd_jwt.form import SdJwt, read, read_json
from credentials.sd_jwt.issuing import issue
from credentials.sd_jwt.key_binding import KeyBinding, holder_key, verify_key_binding
from credentials.sd_jwt.limits import LIMITS, Limits, Work
from credentials.sd_jwt.paths import Path
from credentials.sd_jwt.presenting import present, present_places, receive, select
from credentials.sd_jwt.processing import Disclosed, Place, Processed
from credentials.sd_jwt.verifying import VerifiedSdJwt, verify

__all__ = [
    "LIMITS",
    "Disclosed",
    "HashName",
    "KeyBinding",
    "Limits",
    "Path",
    "Place",
    "Processed",
    "SdJwt",
    "VerifiedSdJwt",
    "Work",
    "holder_key",
    "issue",
    "present",
    "present_places",
    "read",
    "read_json",
    "receive",
    "select",
    "verify",
    "verify_key_binding",
]
