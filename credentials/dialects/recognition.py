"""Which form a received credential has: told by its shape and media type, never by trying.

An object with `proof` carries Data Integrity proofs.

What is not here: reading beyond the form (each dialect's module).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.dialects.embedded import Embedded
from credentials.model import Credential
from credentials.verifying import checks

if TYPE_CHECKING:
    from credentials.dialects.reading import Reading
    from credentials.verifying.means import Means
    from did.types import JsonValue


def read(value: JsonValue | Credential, means: Means) -> Reading:
    """Read a credential in its own form. Codes: model.*."""
    credential = (
        value if isinstance(value, Credential) else Credential.parse(value, limits=means.policy.limits)
    )
    return Embedded(credential, checks.is_derived(credential, means.suites))
