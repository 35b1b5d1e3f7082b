"""The cryptosuites by which credentials are secured, and the selective disclosure functions they share."""

from credentials.suites.bbs_2023 import Bbs2023
from credentials.suites.ecdsa_sd_2023 import EcdsaSd2023
from credentials.suites.protocol import BbsKey, CredentialSuite, Reader, Setting
from credentials.suites.registry import suite_of, suites

__all__ = [
    "Bbs2023",
    "BbsKey",
    "CredentialSuite",
    "EcdsaSd2023",
    "Reader",
    "Setting",
    "suite_of",
    "suites",
]
