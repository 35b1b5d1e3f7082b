"""Every form in which this program issues, by its name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from credentials.dialects.disclosed_text import DisclosedTextDialect
from credentials.dialects.embedded import embedded_dialects
from credentials.dialects.signed_bytes import SignedBytesDialect
from credentials.dialects.signed_text import SignedTextDialect
from credentials.dialects.typed_text import TypedTextDialect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.dialects.securing import Dialect
    from credentials.suites import CredentialSuite


def dialects(suites: Mapping[str, CredentialSuite]) -> Mapping[str, Dialect]:
    """Give the forms over these cryptosuites."""
    enveloped: tuple[Dialect, ...] = (
        SignedTextDialect(),
        DisclosedTextDialect(),
        SignedBytesDialect(),
        TypedTextDialect(),
    )
    return MappingProxyType({**embedded_dialects(suites), **{form.name: form for form in enveloped}})
