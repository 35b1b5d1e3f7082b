"""The data model: credentials and presentations as typed, frozen values."""

from credentials.model.documents import (
    CONTEXT_V1,
    CONTEXT_V2,
    CREDENTIAL_TYPE,
    PRESENTATION_TYPE,
    Credential,
    Presentation,
    Subject,
)
from credentials.model.members import Typed

__all__ = [
    "CONTEXT_V1",
    "CONTEXT_V2",
    "CREDENTIAL_TYPE",
    "PRESENTATION_TYPE",
    "Credential",
    "Presentation",
    "Subject",
    "Typed",
]
