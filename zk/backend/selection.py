"""Choose a backend; libraries are imported only when asked for."""

from __future__ import annotations

import importlib
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from zk.errors import ZkError

if TYPE_CHECKING:
    from zk.backend.interface import Backend


class BackendName(StrEnum):
    """The implementations, best first."""

    NATIVE = "native"
    """pyblst and py_arkworks_bls12381 together; constant-time on secrets."""
    ARKWORKS = "arkworks"
    """py_arkworks_bls12381 alone; quick, variable-time."""
    PYECC = "pyecc"
    """py_ecc; pure Python, slow, variable-time: fallback and cross-check."""


_CLASSES: Final = {
    BackendName.NATIVE: ("zk.backend.native", "NativeBackend"),
    BackendName.ARKWORKS: ("zk.backend.arkworks", "ArkworksBackend"),
    BackendName.PYECC: ("zk.backend.pyecc", "PyEccBackend"),
}


def create(name: BackendName, *, unsafe_variable_time: bool = False) -> Backend:
    """Make the backend of this name; ZkError `zk.backend` where its library is not installed."""
    module_name, class_name = _CLASSES[name]
    try:
        module = importlib.import_module(module_name)
    except ImportError as missing:
        raise ZkError(
            "zk.backend",
            f"the {name} backend needs a library that is not here: {missing.name}",
            remedy="install pyblst, py-arkworks-bls12381 or py-ecc",
        ) from None
    backend: Backend = getattr(module, class_name)(unsafe_variable_time=unsafe_variable_time)
    return backend


def best() -> Backend:
    """Make the best backend that is installed: `native`, else one that verifies and refuses secrets."""
    for name in BackendName:
        try:
            return create(name)
        except ZkError as fault:
            absent = fault
    raise absent
