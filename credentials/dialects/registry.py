"""Every form in which this program issues, by its name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from credentials.dialects.embedded import embedded_dialects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.dialects.securing import Dialect
    from credentials.securing import CredentialSuite


def dialects(suites: Mapping[str, CredentialSuite]) -> Mapping[str, Dialect]:
    """Give the forms over these cryptosuites."""
    return MappingProxyType(embedded_dialects(suites))
