"""Cryptosuites over canonical RDF, and the selective disclosure functions they share."""

from credentials.suites.bbs_2023 import Bbs2023

__all__ = ["Bbs2023"]
