"""The one package that imports BLS12-381 libraries, behind one interface named by secrecy."""

from zk.backend.interface import G1, G2, Backend, FixedBase
from zk.backend.selection import BackendName, best, create

__all__ = ["G1", "G2", "Backend", "BackendName", "FixedBase", "best", "create"]
